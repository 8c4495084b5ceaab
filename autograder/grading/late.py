"""What lateness costs.  Times are compared as moments, to the microsecond; shares of points are exact fractions.

What counts is the time that the course knows, else the one that the download states.  A file's own date may be that of
the download, so it counts only where the course says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from autograder.course.schedule import LatePolicy, Per, Schedule, StudentTimes, wall_after
from autograder.student.cards.wording import how_many, number
from autograder.student.model.results import Identity, Report, Status
from autograder.submissions.ingest import Clock, Submission

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


def charge_all(work: Sequence[tuple[Report, Submission]], schedule: Schedule) -> list[Report]:
    """The reports of a term, each with the time it was handed in, its due time, and what lateness takes off.

    A student's free days are spent in the order in which work was handed in, whatever the order of `work`.
    """
    moments = [handed_in(report, submission, schedule) for report, submission in work]
    charged: dict[int, Report] = {}
    left: dict[str, int] = {}
    budget = schedule.policy.free_days if schedule.policy else 0

    def turn(place: int) -> tuple[datetime, str]:
        report = work[place][0]
        moment = moments[place] or _until(report, schedule)
        return _moment(moment) if moment else EPOCH, report.assignment

    for place in sorted(range(len(work)), key=turn):
        report = work[place][0]
        days = left.get(report.student, budget)
        charged[place], spent = _charged(report, moments[place], schedule, days)
        left[report.student] = days - spent
    return [charged[place] for place in range(len(work))]


def charge(
    report: Report, submission: Submission, schedule: Schedule, free_days: int = 0
) -> Report:
    """The same for one report.  free_days: those that the student has left."""
    return charge_at(report, handed_in(report, submission, schedule), schedule, free_days)


def is_over(schedule: Schedule, assignment: str) -> bool:
    """Whether an assignment was due, for everybody, before now."""
    extended = [times[assignment] for times in schedule.extensions.values() if assignment in times]
    due = [schedule.due[assignment], *extended] if assignment in schedule.due else []
    return bool(due) and max(each.astimezone(UTC) for each in due) < datetime.now(UTC)


def charge_at(
    report: Report, moment: datetime | None, schedule: Schedule, free_days: int = 0
) -> Report:
    """The same for a moment that is known, or None for one that is not."""
    return _charged(report, moment, schedule, free_days)[0]


def _charged(
    report: Report, moment: datetime | None, schedule: Schedule, days: int
) -> tuple[Report, int]:
    """The charged report, and how many of the student's free days it takes."""
    until = _until(report, schedule)
    identity = replace(report.identity, submitted=moment.isoformat() if moment else "")
    said = replace(report, identity=identity, due=until.isoformat() if until else "")
    if until is None or report.status is not Status.GRADED:
        return said, 0
    policy = schedule.policy or LatePolicy()
    policy_words = policy_text(said.due, schedule.policy)
    provenance = replace(report.provenance, late_policy=policy_words)
    said = replace(said, provenance=provenance, free_days=days)
    units = units_late(moment, until, policy) if moment else 0
    if moment and units:
        closed = policy.closes is not None and moment > _boundary(until, policy.closes)
        span = f"{_span(moment - until.astimezone(UTC))} late"
    elif moment is None and report.identity.marked_late:
        extended = until != schedule.due.get(report.assignment)
        sure = not extended and not policy.grace and schedule.policy is not None
        span = "late, and the download does not say by how much"
        if not sure:
            return replace(said, late=f"{span}; nothing is taken off"), 0
        units, closed = 1, False
    else:
        return said, 0
    spent = min(units, days) if policy.percent and not closed else 0
    penalty, cost = _penalty(report, policy, units - spent, closed=closed)
    free = f"{how_many(spent, 'free day')} spent, {days - spent} left" if spent else ""
    return replace(said, penalty=penalty, late="; ".join(filter(None, (span, free, cost)))), spent


def _until(report: Report, schedule: Schedule) -> datetime | None:
    """The time until which work is not late: the due time, or the latest extension of the student and of the team."""
    due = schedule.due.get(report.assignment)
    extended = _for_student(schedule.extensions, report.identity.names, report.assignment)
    if extended and due and _moment(extended) <= _moment(due):
        return due
    return extended or due


def policy_text(due: str, policy: LatePolicy | None) -> str:
    """Due time and cost of lateness in words, for the provenance."""
    if policy is None:
        return f"due {due}; nothing is taken off"
    said = [
        f"due {due}",
        f"{number(float(policy.percent))} % a {policy.per.value}",
        f"grace {policy.grace} min",
    ]
    said += [f"cap {number(float(policy.cap))} %"] if policy.cap is not None else []
    said += [f"closed after {policy.closes} days"] if policy.closes is not None else []
    said += [f"{policy.free_days} free days"] if policy.free_days else []
    return "; ".join([*said, *(["file dates count"] if policy.file_dates else [])])


def schedule_notes(schedule: Schedule, people: Iterable[Identity]) -> tuple[str, ...]:
    """Notes on students of course.toml whom nobody here is, and on extensions that give no more time."""
    present = frozenset().union(*(identity.names for identity in people))
    tables = {"extensions": schedule.extensions, "submitted": schedule.submitted}
    named = [(f'{table}."{each}"', each) for table, students in tables.items() for each in students]
    named += [(f'{team.name}: "{each}"', each) for team in schedule.teams for each in team.members]
    notes = [
        f"course.toml: {where}: nobody of that name or id has handed in; write it as the table has it"
        for where, student in named
        if student not in present
    ]
    for student, times in schedule.extensions.items():
        for name, time in times.items():
            if _moment(time) <= _moment(schedule.due[name]):
                where = f'course.toml: extensions."{student}".{name}'
                notes.append(f"{where} ends no later than the due time; it changes nothing")
    return tuple(notes)


def handed_in(report: Report, submission: Submission, schedule: Schedule) -> datetime | None:
    """The moment when a submission was handed in, in the course's zone; None if nothing trustworthy tells it."""
    zone = schedule.zone or UTC
    known = _for_student(schedule.submitted, report.identity.names, report.assignment)
    if known:
        return known
    trusted = submission.clock in (Clock.STATED, Clock.LOCAL) or (
        schedule.policy is not None and schedule.policy.file_dates
    )
    if not trusted or not submission.modified:  # 0 stands for a date that is none
        return None
    try:
        moment = EPOCH + round(Fraction(submission.modified) * 10**6) * MICROSECOND
        if submission.clock in (
            Clock.WALL,
            Clock.LOCAL,
        ):  # of two moments that a clock shows the same, the earlier one
            return moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        return moment.astimezone(zone)
    except OverflowError:
        return None


def units_late(moment: datetime, due: datetime, policy: LatePolicy) -> int:
    """How many days or hours late, one that has begun counted whole; 0 if in time or within the grace.

    A day ends when clocks in the due time's zone show the due time again.
    """
    late = moment.astimezone(UTC) - due.astimezone(UTC)
    if late <= timedelta(minutes=policy.grace):
        return 0
    if policy.per is Per.HOUR:
        return -(-late // HOUR)
    days = max(1, late // DAY)  # nearly: clocks may have been changed
    while days > 1 and moment <= _boundary(due, days - 1):
        days -= 1
    while moment > _boundary(due, days):
        days += 1
    return days


def _boundary(due: datetime, days: int) -> datetime:
    """The moment until which work is no more than `days` late; the end of the calendar if that lies beyond it."""
    try:
        return wall_after(due, days) if days else due.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _penalty(report: Report, policy: LatePolicy, units: int, *, closed: bool) -> tuple[float, str]:
    """Points taken off, never more than were earned, and the reason in words; "" if nothing is."""
    earned = Fraction(report.earned)
    if closed:
        return float(earned), f"closed {how_many(policy.closes or 0, 'day')} after it was due"
    percent = min(units * policy.percent, 100 if policy.cap is None else policy.cap)
    if not percent:
        return 0.0, ""
    lost = min(earned, percent / 100 * Fraction(report.possible))
    begun = f"{how_many(units, policy.per.value)} begun"
    return float(
        lost
    ), f"{begun}, {number(float(percent))} % of {number(report.possible)} points taken off"


def _for_student(times: StudentTimes, names: frozenset[str], assignment: str) -> datetime | None:
    found = [
        by_assignment.get(assignment)
        for student, by_assignment in times.items()
        if student in names
    ]
    return max(filter(None, found), default=None, key=_moment)


def _moment(time: datetime) -> datetime:
    """A time in UTC: in one zone Python compares clocks, not moments."""
    return time.astimezone(UTC)


def _span(late: timedelta) -> str:
    """A duration in its two largest units that are not 0: `1 d 3 h`."""
    seconds = -(-late // timedelta(seconds=1))
    said = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        said += [f"{count} {name}"] if count else []
    return " ".join(said[:2])
