"""What counts of all that was handed in: one report a student and assignment, with lateness, whatever way it came in.

A pure function of the ledger, course.toml's schedule and the roster, and the only place where they meet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.course.schedule import Schedule, settle_people
from autograder.grading.late import charge_all, schedule_notes
from autograder.grading.ledger import (
    STEADY_IDS,
    Ledger,
    LedgerEntry,
    moment_of,
    person_of,
    same_work,
)
from autograder.grading.store import GradeStore
from autograder.reports.regrade import hold_better
from autograder.student.model.results import Identity, Outcome, Provenance, Report, Status
from autograder.submissions.ingest import Submission

IDLE = (Outcome.UNATTEMPTED, Outcome.MISSING)


@dataclass(frozen=True, slots=True)
class People:
    """Who the students of a course are.  identify: an identity with the roster's id and name.

    everyone: the identities of the roster.
    """

    identify: Callable[[Identity], Identity] = lambda identity: identity
    everyone: tuple[Identity, ...] = ()


NOBODY = People()
# The entries of each assignment and student.
Groups = dict[tuple[str, str], list[LedgerEntry]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts: the reports, by assignment and student; the entry behind each report that was
    handed in; notes on course.toml."""

    reports: tuple[Report, ...]
    entries: tuple[LedgerEntry, ...]
    notes: tuple[str, ...] = ()

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """The files that count, each under its student's name in the reports."""
        return tuple(entry.submission for entry in self.entries)


def current_standing(
    ledger: Ledger, store: GradeStore, schedule: Schedule, people: People
) -> Standing:
    """What counts of a ledger, with the earlier grades that stay: those that a regrade kept, and those that only a
    change of due times or of the late policy would lower."""
    counting = standing(ledger.entries(), schedule, people, store.better())
    now = {(r.assignment, r.student): r.provenance for r in counting.reports}
    earlier = []
    for report in ledger.published():
        before = report.provenance
        own = now.get((report.assignment, report.student), Provenance())
        if own.submission == before.submission and own.late_policy != before.late_policy:
            earlier.append(report)
    return replace(counting, reports=hold_better(counting.reports, earlier))


def standing(
    entries: Sequence[LedgerEntry],
    schedule: Schedule,
    people: People = NOBODY,
    better: Sequence[Report] = (),
) -> Standing:
    """What counts of `entries`.  better: earlier grades that count against later ones with fewer points."""
    known = _identified(entries, people)
    everyone = {identity.student: identity for identity in (*people.everyone, *known.values())}
    settled = settle_people(schedule, everyone.values())
    notes = schedule_notes(settled, everyone.values())
    if not people.everyone:  # whom no list names is as course.toml says
        named = {member for team in settled.teams for member in team.members}
        everyone |= {name: Identity(name) for name in named - everyone.keys()}
    groups: Groups = defaultdict(list)
    for entry in entries:
        identity = known[person_of(entry.submission)]
        groups[entry.report.assignment, identity.student].append(entry)
    _share_in_teams(groups, settled, everyone)
    latest = _last_runs(groups)
    counting = [
        _belonging_to(entry, _owner(entry, student, known, everyone))
        for (assignment, student), group in sorted(groups.items())
        for entry in _counting(group, 0 if assignment else latest[student])
    ]
    chosen = [_with_members(entry, settled, everyone.values()) for entry in counting]
    charged = charge_all([(entry.report, entry.submission) for entry in chosen], settled)
    reports = hold_better(charged, better)
    return Standing((*reports, *_absent(reports, people)), tuple(chosen), notes)


def _identified(entries: Iterable[LedgerEntry], people: People) -> dict[str, Identity]:
    """Each person, with all that any download says of them, by what tells them from others."""
    found: dict[str, Identity] = {}
    for entry in entries:
        own = entry.submission
        ids = {kind: own.ids[kind] for kind in STEADY_IDS if kind in own.ids}
        before = found.get(person_of(own), Identity(own.student))
        found[person_of(own)] = replace(
            before,
            student=min(before.student, own.student, key=lambda name: (len(name), name)),
            ids={**before.ids, **ids},
            emails=before.emails or own.emails,
        )
    shared = Counter(identity.student for identity in found.values())
    for key, identity in found.items():
        numbers = (*identity.ids.values(), *identity.emails)
        if shared[identity.student] > 1 and numbers:
            identity = replace(identity, student=f"{identity.student} ({numbers[0]})")
        identified = people.identify(identity)
        called = identity.student if identity.student != identified.student else ""
        found[key] = replace(identified, called=called)
    return found


def _owner(
    entry: LedgerEntry,
    student: str,
    known: Mapping[str, Identity],
    everyone: Mapping[str, Identity],
) -> Identity:
    """What is known of the student of an entry: what its download says, if that is about this one."""
    own = known.get(person_of(entry.submission))
    return own if own and own.student == student else everyone[student]


def _share_in_teams(groups: Groups, schedule: Schedule, everyone: Mapping[str, Identity]) -> None:
    """Give each member of a team what the others have handed in, as the member's own."""
    given = {owner: tuple(group) for owner, group in groups.items() if owner[0]}
    for (assignment, student), group in given.items():
        for member in schedule.team_of(assignment, student):
            if member != student and member in everyone:
                passed_on = [_passed_on(entry, everyone[member]) for entry in group]
                groups[assignment, member] += passed_on


def _passed_on(entry: LedgerEntry, identity: Identity) -> LedgerEntry:
    """The entry for another member of the team: the same work and time, and nothing else of who handed it in."""
    own = entry.submission
    ids = {kind: number for kind, number in own.ids.items() if "submission" in kind}
    if own.ids:
        ids |= identity.ids
    emails = identity.emails if own.emails else ()
    return replace(entry, submission=replace(own, student=identity.student, ids=ids, emails=emails))


def _with_members(
    entry: LedgerEntry, schedule: Schedule, everyone: Iterable[Identity]
) -> LedgerEntry:
    """The entry with all who handed it in together, as course.toml or the platform has it."""
    own = entry.submission
    team = schedule.team_of(entry.report.assignment, own.student)
    if len(team) == 1 and own.members:
        called = set(own.members)
        team = tuple(
            each.student
            for each in everyone
            if called & (each.person_ids | {each.name, each.student})
        )
    members = team if len(team) > 1 else own.members
    if members == own.members:
        return entry
    whole = replace(own, members=members)
    return replace(entry, submission=whole, report=replace(entry.report, identity=whole.identity))


def _belonging_to(entry: LedgerEntry, identity: Identity) -> LedgerEntry:
    """The entry with everything that is known of its student."""
    own = entry.submission
    called = own.student if own.student != identity.student else ""
    whole = replace(
        own,
        student=identity.student,
        first_name=identity.first_name,
        last_name=identity.last_name,
        called=called,
        ids={**identity.ids, **own.ids},
        emails=own.emails or identity.emails,
    )
    if (whole, entry.report.identity) == (own, whole.identity):
        return entry
    return replace(entry, submission=whole, report=replace(entry.report, identity=whole.identity))


def _last_runs(groups: Mapping[tuple[str, str], Sequence[LedgerEntry]]) -> dict[str, int]:
    """The last run in which something of each student was graded."""
    last: dict[str, int] = defaultdict(int)
    for (_, student), group in groups.items():
        last[student] = max(last[student], *(entry.run for entry in group))
    return last


def _counting(group: Sequence[LedgerEntry], since: int) -> list[LedgerEntry]:
    """The grade that counts of one student and assignment, and what could not be graded and came no earlier.

    since: nothing of an earlier run is listed.
    """
    best: dict[bool, LedgerEntry] = {}
    for entry in _told_once(group):
        graded = entry.report.status is Status.GRADED
        if graded not in best or _rank(entry) > _rank(best[graded]):
            best[graded] = entry
    other = best.get(False)
    if other and (other.run < since or (True in best and _came(other) < _came(best[True]))):
        del best[False]
    return list(best.values())


def _told_once(group: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The entries of one student and assignment in the order in which they came, each file once.

    What was put in by hand, without anything that a platform says, stands for the submission whose place it takes.
    """
    files: dict[str, LedgerEntry] = {}
    for entry in sorted(group, key=lambda e: (e.run, e.hash)):
        own = entry.submission
        before = max(files.values(), key=_came, default=None)
        if entry.hash in files:
            own = same_work(own, files[entry.hash].submission)
        elif before and not own.ids and moment_of(own)[1] in (0.0, moment_of(before.submission)[1]):
            own = replace(before.submission, name=own.name, read=own.read)
        files.pop(entry.hash, None)
        files[entry.hash] = replace(entry, submission=own)
    return list(files.values())


def _rank(entry: LedgerEntry) -> tuple[object, ...]:
    attempted = any(result.outcome not in IDLE for result in entry.report.exercises)
    return (*moment_of(entry.submission), attempted, entry.run, entry.hash)


def _came(entry: LedgerEntry) -> tuple[object, ...]:
    return (*moment_of(entry.submission), entry.run)


def _absent(reports: Sequence[Report], people: People) -> list[Report]:
    """A report on everybody of the roster who has handed in nothing, for each assignment."""
    reason = "nothing was handed in"
    found = []
    for assignment in sorted({report.assignment for report in reports if report.assignment}):
        present = {report.student for report in reports if report.assignment == assignment}
        found += [
            Report(identity, assignment, Status.ABSENT, reason=reason)
            for identity in people.everyone
            if identity.student not in present
        ]
    return found
