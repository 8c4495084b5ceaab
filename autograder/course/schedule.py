"""When what is due, for whom, what lateness costs, and who works together: course.toml's part about a term.

zone = "America/Los_Angeles"      # a name of the time zone database; times without an offset are in it

[due]                             # by assignment
01_derivatives = 2026-02-01T23:59:00
04_matmul = 2026-02-15T23:59:00-08:00

[extensions."Ada Ng"]             # another due time for one student, by any id, or by a name that only one has
04_matmul = 2026-02-18T23:59:00

[submitted."Ada Ng"]              # when a student handed in, where you know it and the download does not
04_matmul = 2026-02-16T09:30:00

[late]                            # without it nothing is taken off
per = "day"                       # or "hour"; one that has begun counts whole
percent = 10                      # of the assignment's points, for each of them
grace = 15                        # minutes after the due time that still are in time
cap = 50                          # at most this many percent are taken off
closes = 7                        # days after the due time; what comes later earns nothing
free_days = 4                     # days after the due time that cost a student nothing, in the whole term
file_dates = false                # true: where a download tells no time, the file's own date is taken for it

[teams]                           # each member gets the grade of what any of them handed in last
red = ["ang", "blee"]             # by any id, or by a name that only one student has

[teams.08_trailnet]               # only for this assignment, in which the others do not hold
blue = ["ang", "ckim"]
file = "groups.csv"               # and all groups of a file that Canvas exported
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.course.teams import Team, read_teams
from autograder.errors import MisuseError
from autograder.student.model.results import Identity

KEYS = frozenset({"zone", "due", "extensions", "submitted", "late", "teams"})
PERCENTS = ("percent", "cap")
WHOLE = ("grace", "closes", "free_days")
MOST_PERCENT, MOST_WHOLE = 100, 1_000_000
# Times by assignment; and these by student.
Times = Mapping[str, datetime]
StudentTimes = Mapping[str, Times]


class Per(Enum):
    """What lateness is counted in."""

    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """What lateness costs.  cap: in percent, None if all may be lost.  closes: None if work is taken for ever.

    free_days: days after the due time that cost a student nothing, in the whole term.
    """

    per: Per = Per.DAY
    percent: Fraction = Fraction(0)
    grace: int = 0
    cap: Fraction | None = None
    closes: int | None = None
    free_days: int = 0
    file_dates: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When what is due, for whom, what lateness costs (None: nothing), and who works together.

    Every time has a zone.
    """

    zone: ZoneInfo | None = None
    due: Times = field(default_factory=dict)
    extensions: StudentTimes = field(default_factory=dict)
    submitted: StudentTimes = field(default_factory=dict)
    policy: LatePolicy | None = None
    teams: tuple[Team, ...] = ()

    def team_of(self, assignment: str, student: str) -> tuple[str, ...]:
        """The members of a student's team in an assignment; the student alone without one."""
        own = [team for team in self.teams if team.assignment == assignment]
        general = [team for team in self.teams if not team.assignment]
        found = (team.members for team in own or general if student in team.members)
        return next(found, (student,))


def read_schedule(
    path: Path, table: Mapping[str, object], assignments: Collection[str] | None
) -> Schedule:
    """The schedule in a parsed course.toml.  Raises MisuseError, naming file and key, for what it cannot be.

    assignments: the names that may stand in it; any if None.
    """
    zone = _zone(path, table.get("zone"))
    due = _times(path, "due", table.get("due", {}), assignments, zone)
    students = {
        what: {
            student: _times(path, f"{what}.{_quoted(student)}", times, assignments, zone)
            for student, times in _table(path, what, table.get(what, {})).items()
        }
        for what in ("extensions", "submitted")
    }
    for student, times in students["extensions"].items():
        for name in times:
            where = f"{path}: extensions.{_quoted(student)}.{name}"
            if name not in due:
                raise MisuseError(f"{where}: the assignment has no due time; write it under [due]")
    policy = _policy(path, table["late"]) if "late" in table else None
    teams = read_teams(path, _table(path, "teams", table.get("teams", {})), assignments)
    return Schedule(zone, due, students["extensions"], students["submitted"], policy, teams)


def settle_people(schedule: Schedule, people: Collection[Identity]) -> Schedule:
    """The schedule of a class, with each student called as in its reports: by one name that nobody else has.

    An id goes before a name, which others may have, or choose to look like an id.  Raises MisuseError, with the ids, if
    several are meant.
    """
    return replace(
        schedule,
        extensions=_settled("extensions", schedule.extensions, people),
        submitted=_settled("submitted", schedule.submitted, people),
        teams=_settled_teams(schedule.teams, people),
    )


def _settled_teams(teams: Sequence[Team], people: Collection[Identity]) -> tuple[Team, ...]:
    settled = []
    for team in teams:
        called = (_known(each, team, people) for each in team.members)
        members = dict.fromkeys(_one_called(each, team.name, people) for each in called)
        settled.append(replace(team, members=tuple(members)))
    seats = Counter((team.assignment, each) for team in settled for each in team.members)
    for (assignment, student), count in seats.items():
        if count > 1:
            what = f"{student} is in {count} teams" + (f" of {assignment}" if assignment else "")
            raise MisuseError(f"course.toml: teams: {what}; leave the student in one")
    return tuple(settled)


def _known(member: str, team: Team, people: Collection[Identity]) -> str:
    """The first id of a member by which anybody is known; else the first one."""
    ids = (member, *team.others.get(member, ()))
    return next((each for each in ids if _called(each, people)), member)


def _settled(table: str, times: StudentTimes, people: Collection[Identity]) -> StudentTimes:
    settled: dict[str, Times] = {}
    for called, own in times.items():
        student = _one_called(called, f"{table}.{_quoted(called)}", people)
        settled[student] = {**settled.get(student, {}), **own}
    return settled


def _one_called(called: str, where: str, people: Collection[Identity]) -> str:
    """The student who is meant, as in the reports; nobody's name stays as it is."""
    meant = _called(called, people)
    if len(meant) > 1:
        which = ", ".join(f"{name} ({ids})" if ids else name for name, ids in sorted(meant.items()))
        what = f"{where} may be any of {len(meant)} students: {which}"
        raise MisuseError(f"course.toml: {what}; write an id")
    return next(iter(meant), called)


def _called(called: str, people: Collection[Identity]) -> dict[str, str]:
    """The students who may be meant, each with the ids that tell them apart."""
    name = unicodedata.normalize("NFC", called)
    by_id = [one for one in people if name in one.person_ids]
    by_name = [
        one
        for one in people
        if name in (one.student, one.name, one.called, *one.members)
        or one.student.startswith(f"{name} (")
    ]
    return {one.student: ", ".join(sorted(one.person_ids)) for one in by_id or by_name}


def _quoted(student: str) -> str:
    return f'"{student}"'


def _table(path: Path, key: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MisuseError(f"{path}: {key} must be a table; write [{key}] and one key a line")
    return value


def _zone(path: Path, name: object) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(str(name))
    except (
        ValueError,
        OSError,
        KeyError,
    ):  # no such name; or a folder's, or one that leads out of the database
        raise MisuseError(
            f'{path}: zone is {name!r}, which is not a time zone; write a name such as "America/Los_Angeles" or "UTC"'
        ) from None


def _times(
    path: Path, key: str, table: object, assignments: Collection[str] | None, zone: ZoneInfo | None
) -> dict[str, datetime]:
    found = {}
    for name, value in _table(path, key, table).items():
        if assignments is not None and name not in assignments:
            raise MisuseError(
                f"{path}: {key}.{name}: there is no such assignment; there are {', '.join(assignments)}"
            )
        found[name] = _time(f"{path}: {key}.{name}", value, zone)
    return found


def _time(where: str, value: object, zone: ZoneInfo | None) -> datetime:
    """A TOML time as a moment: in the course's zone if that is named, else in its own."""
    if not isinstance(value, datetime):
        raise MisuseError(
            f"{where} is {str(value)!r}, which is not a time; write one such as 2026-02-01T23:59:00"
        )
    if value.tzinfo is None and zone is None:
        raise MisuseError(
            f"{where} is {value}, a time without a zone; "
            f'write zone = "America/Los_Angeles" (or yours) at the top, or an offset such as {value.isoformat()}-08:00'
        )
    try:
        if value.tzinfo is None and zone is not None:
            return _on_the_clock(where, value, zone)
        value.astimezone(UTC)
        return value.astimezone(zone) if zone else value
    except OverflowError:
        raise MisuseError(
            f"{where} is {value}, which is beyond the calendar; write another"
        ) from None


def _on_the_clock(where: str, value: datetime, zone: ZoneInfo) -> datetime:
    """A time as clocks show it in `zone`; of two such moments, when clocks go back, the later one."""
    moment = value.replace(tzinfo=zone, fold=1)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != value:
        raise MisuseError(
            f"{where} is {value}, a time that clocks in {zone.key} skip that day; write another time"
        )
    return moment


def _policy(path: Path, value: object) -> LatePolicy:
    table = _table(path, "late", value)
    known = ("per", *PERCENTS, *WHOLE, "file_dates")
    for key, said in table.items():
        where = f"{path}: late.{key} is {said!r}; it must be"
        if key not in known:
            raise MisuseError(f"{path}: unknown key late.{key}; known keys are {', '.join(known)}")
        if key == "per" and said not in [per.value for per in Per]:
            raise MisuseError(f'{where} "day" or "hour"')
        if key in PERCENTS and not _within(said, MOST_PERCENT, float):
            raise MisuseError(f"{where} a number from 0 to {MOST_PERCENT}")
        if key in WHOLE and not _within(said, MOST_WHOLE, int):
            raise MisuseError(
                f"{where} a whole number, of {'minutes' if key == 'grace' else 'days'}"
            )
        if key == "free_days" and table.get("per", Per.DAY.value) != Per.DAY.value:
            raise MisuseError(
                f'{path}: late.free_days counts days; write per = "day", or leave it out'
            )
        if key == "file_dates" and not isinstance(said, bool):
            raise MisuseError(f"{where} true or false")
    if "percent" not in table and "closes" not in table:
        raise MisuseError(
            f"{path}: late has neither percent nor closes; write one, or leave [late] out"
        )
    numbers = {key: Fraction(str(table[key])) for key in PERCENTS if key in table}
    others = {key: table[key] for key in (*WHOLE, "file_dates") if key in table}
    return LatePolicy(Per(table.get("per", Per.DAY.value)), **numbers, **others)  # type: ignore[arg-type]


def _within(value: object, most: int, kind: type[int] | type[float]) -> bool:
    return isinstance(value, (int, kind)) and not isinstance(value, bool) and 0 <= value <= most


def wall_after(due: datetime, days: int) -> datetime:
    """The moment when clocks show the due time again, `days` later: 23 or 25 hours where they are changed.

    Of two such moments the later one; where clocks skip it, as long after the change.  Raises OverflowError beyond the
    calendar.
    """
    clock = due.replace(tzinfo=None, fold=0) + timedelta(days=days)
    return _later(clock, due.tzinfo)


def _later(clock: datetime, zone: tzinfo | None) -> datetime:
    first, second = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(first, second)
