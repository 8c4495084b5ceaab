"""What grading again changes: who changes, by how much and why, and which of two results counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from autograder.student.model.results import ExerciseResult, Report, Status

# What a grade rests on, in the words of a person; several may have one name.
CAUSES = {
    "submission": "submission",
    "checks": "checks",
    "kit": "kit",
    "code": "kit",
    "seed": "seed",
    "limits": "limits",
    "sandbox": "sandbox",
    "python": "environment",
    "numpy": "environment",
    "late_policy": "late policy",
}
_Graded = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """An exercise whose verdict changed; None where it was not graded."""

    exercise: str
    before: ExerciseResult | None
    after: ExerciseResult | None


@dataclass(frozen=True, slots=True)
class StudentChange:
    """What grading again changes for one student: the score before and after; None where there is none.

    kept: the earlier score counts although there is another one.  causes: what the grade rests on and is not as before.
    """

    student: str
    assignment: str
    before: float | None
    after: float | None
    kept: bool
    causes: tuple[str, ...]
    changes: tuple[VerdictChange, ...]

    @property
    def counts(self) -> float | None:
        """The score that counts from now on."""
        return self.before if self.kept else self.after


def find_changes(
    before: Sequence[Report], after: Sequence[Report], *, lower_too: bool = False
) -> tuple[StudentChange, ...]:
    """What changes, by assignment and student; students whose score and verdicts stay are left out."""
    old, new, gone = _graded(before), _graded(after), _gone(after)
    found = (
        _student_change(old.get(owner), new.get(owner), lower_too=lower_too, gone=owner in gone)
        for owner in sorted(old.keys() | new.keys())
    )
    present = {report.student for report in after}
    # Whoever is not among those graded again, as when a part of the class was, does not change.
    return tuple(
        change
        for change in found
        if change and (change.after is not None or change.student in present)
    )


def settle(
    before: Sequence[Report], after: Sequence[Report], *, lower_too: bool = False
) -> tuple[Report, ...]:
    """The reports that count: of each student and assignment the better one, the later of equals.

    lower_too: the later one even if it is worse.  A grade that is not made again stays as it is, unless the student has
    handed in nothing, as one who has left a team.
    """
    old, new, gone = _graded(before), _graded(after), _gone(after)
    graded = [
        _counting(old.get(owner), new.get(owner), lower_too=lower_too)
        for owner in old | new
        if owner not in gone
    ]
    present = {report.student for report in after}
    others = [report for report in after if report.status is not Status.GRADED]
    others += [r for r in before if r.status is not Status.GRADED and r.student not in present]
    return (*(report for report in graded if report), *others)


def hold_better(reports: Sequence[Report], better: Sequence[Report]) -> tuple[Report, ...]:
    """The same reports, where an earlier one that shall count is better that one instead."""
    earlier = _graded(better)
    return tuple(
        _counting(earlier.get((r.assignment, r.student)), r, lower_too=False) or r
        if r.status is Status.GRADED
        else r
        for r in reports
    )


def kept(reports: Iterable[Report]) -> list[Report]:
    """Those of the reports that count although a later one was worse."""
    return [report for report in reports if report.kept]


def _graded(reports: Iterable[Report]) -> dict[_Graded, Report]:
    return {(r.assignment, r.student): r for r in reports if r.status is Status.GRADED}


def _gone(reports: Iterable[Report]) -> set[_Graded]:
    return {(r.assignment, r.student) for r in reports if r.status is Status.ABSENT}


def _counting(old: Report | None, new: Report | None, *, lower_too: bool) -> Report | None:
    if old is None or new is None:
        return old or new
    if lower_too or old.score <= new.score:
        return new
    return replace(old, kept=f"better than the {new.score:g} points of a later grading")


def _student_change(
    old: Report | None, new: Report | None, *, lower_too: bool, gone: bool
) -> StudentChange | None:
    owner = old or new
    if owner is None:
        return None
    before, after = (report.score if report else None for report in (old, new))
    changes = _changes(old, new)
    if old and new and before == after and not changes:
        return None
    stays = old is not None and not gone
    if old and new:
        stays = old.score > new.score and not lower_too
    causes = _causes(old, new) if old and new else ()
    return StudentChange(owner.student, owner.assignment, before, after, stays, causes, changes)


def _causes(old: Report, new: Report) -> tuple[str, ...]:
    before, after = asdict(old.provenance), asdict(new.provenance)
    differing = [word for key, word in CAUSES.items() if before[key] != after[key]]
    if old.identity.submitted != new.identity.submitted:
        differing.append("time of submission")
    return tuple(dict.fromkeys(differing))


def _changes(old: Report | None, new: Report | None) -> tuple[VerdictChange, ...]:
    if old is None or new is None:
        return ()
    before, after = _by_name(old), _by_name(new)
    found = (VerdictChange(name, before.get(name), after.get(name)) for name in before | after)
    return tuple(change for change in found if _verdict(change.before) != _verdict(change.after))


def _by_name(report: Report) -> dict[str, ExerciseResult]:
    return {result.exercise: result for result in report.exercises}


def _verdict(result: ExerciseResult | None) -> object:
    return result and (
        result.outcome,
        tuple((part.name, part.earned, part.possible) for part in result.parts),
    )
