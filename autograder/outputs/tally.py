"""Count results for the tables and pages: shares, outcomes, mistakes.  No score is computed here."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import correlation, fmean, median

from autograder.student.model.results import Diagnosis, ExerciseResult, Outcome, Report, Status

IDLE = (Outcome.UNATTEMPTED, Outcome.MISSING)
MOST_BINS = 20
NAMED_TOGETHER = 2
# Below 10 students a correlation is mostly chance: with ten, even 0.6 may be.
FEWEST_GRADED = 10
SLOWEST = 3


@dataclass(frozen=True, slots=True)
class ExerciseTally:
    """How a class did on one exercise.

    share: mean of earned over possible points, 0 to 1 (its difficulty).  discrimination: correlation
    with the points of all other exercises, -1 to 1; None if there are too few students, or if all
    earned the same.
    """

    exercise: str
    title: str
    possible: float
    share: float
    passed: int
    failed: int
    unattempted: int
    discrimination: float | None = None


@dataclass(frozen=True, slots=True)
class MistakeTally:
    """Which reports show one named mistake."""

    exercise: str
    mistake: Diagnosis
    reports: tuple[Report, ...]

    @property
    def count(self) -> int:
        """How many students made it."""
        return len(self.reports)


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores are at least `low` and below `high`; the last bin holds those with all points."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class ClassTally:
    """The results of one assignment, counted.  mean and median: None if nothing was graded."""

    assignment: str
    possible: float
    graded: tuple[Report, ...]
    others: tuple[Report, ...]
    mean: float | None
    median: float | None
    bins: tuple[Bin, ...]
    exercises: tuple[ExerciseTally, ...]
    mistakes: tuple[MistakeTally, ...]

    @property
    def chance(self) -> float | None:
        """By chance, 19 of 20 discriminations are below this; None if there are too few students."""
        return 1.96 / math.sqrt(len(self.graded) - 1) if len(self.graded) >= FEWEST_GRADED else None

    @property
    def late(self) -> tuple[Report, ...]:
        """The submissions that came late."""
        return tuple(report for report in self.graded if report.late)

    @property
    def slowest(self) -> tuple[Report, ...]:
        """The submissions that took longest, the slowest first."""
        return tuple(sorted(self.graded, key=lambda r: -r.seconds)[:SLOWEST])

    @property
    def timed_out(self) -> tuple[tuple[Report, tuple[ExerciseResult, ...]], ...]:
        """The graded submissions in which exercises ran out of time, with these."""
        found = []
        for report in self.graded:
            slow = tuple(e for e in report.exercises if e.outcome is Outcome.TIMED_OUT)
            if slow:
                found.append((report, slow))
        return tuple(found)


def by_assignment(reports: Iterable[Report]) -> dict[str, list[Report]]:
    """Reports by assignment, then by student, both in order."""
    groups: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda r: (r.assignment, r.student)):
        groups.setdefault(report.assignment, []).append(report)
    return groups


def tally(assignment: str, reports: Sequence[Report]) -> ClassTally:
    """Count the reports of one assignment."""
    graded = tuple(r for r in reports if r.status is Status.GRADED)
    possible = max((r.possible for r in graded), default=0.0)
    scores = [r.score for r in graded]
    return ClassTally(
        assignment,
        possible,
        graded,
        tuple(r for r in reports if r.status is not Status.GRADED),
        fmean(scores) if scores else None,
        median(scores) if scores else None,
        histogram(scores, possible),
        _exercises(graded),
        _mistakes(graded),
    )


def exercise_names(reports: Iterable[Report]) -> list[str]:
    """Every exercise that some report has a result for, in the order of the notebook."""
    longest_first = sorted(reports, key=lambda report: -len(report.exercises))
    names = (result.exercise for report in longest_first for result in report.exercises)
    return list(dict.fromkeys(names))


def mistake_of(result: ExerciseResult) -> Diagnosis | None:
    """The mistake of a result: the grader's diagnosis, else the first that a check named."""
    if result.outcome is Outcome.PASSED or result.blocked_by:
        return None
    if result.diagnosis:
        return result.diagnosis
    for finding in result.findings:
        if finding.mistake and not finding.warning:
            return finding.mistake
    return None


def outcome(report: Report) -> str:
    """How a submission ended, in a few words."""
    if report.status is not Status.GRADED:
        return str(report.status.value)
    passed = sum(result.outcome is Outcome.PASSED for result in report.exercises)
    if report.exercises and passed == len(report.exercises):
        return "all passed"
    if all(result.outcome in IDLE for result in report.exercises):
        return "not attempted"
    return f"{passed} of {len(report.exercises)} passed"


def diagnoses(report: Report, most: int) -> str:
    """At most `most` diagnoses, named mistakes first; the exercises of the others are counted."""
    unsolved = [result for result in report.exercises if result.outcome is not Outcome.PASSED]
    if all(result.outcome in IDLE for result in report.exercises):
        return ""
    exercises: dict[str, list[str]] = {}
    for result in sorted(unsolved, key=_rank):
        exercises.setdefault(result.brief, []).append(result.exercise)
    groups = list(exercises.items())
    texts = [f"{_together(names)}: {brief}" for brief, names in groups[:most]]
    left = sum(len(names) for _, names in groups[most:])
    if left:
        texts.append(f"{left} more")
    return "; ".join(texts)


def _together(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= NAMED_TOGETHER else f"{len(names)} exercises"


def _rank(result: ExerciseResult) -> int:
    """Named mistakes first, then other failures, then consequences, then what was not attempted."""
    if result.outcome in IDLE:
        return 3
    if result.blocked_by:
        return 2
    has_name = result.brief != result.outcome.value
    return 0 if has_name else 1


def histogram(scores: Sequence[float], possible: float) -> tuple[Bin, ...]:
    """Scores in bins of a round width, from 0; all points have a bin of their own."""
    if possible <= 0:
        return ()
    steps = (unit * 10.0**power for power in range(7) for unit in (1, 2, 5))
    width = next(step for step in steps if possible / step <= MOST_BINS)
    lows = [width * i for i in range(math.ceil(possible / width))] + [possible]
    ends = [*lows[1:], math.inf]
    exact = [round(score, 6) for score in scores]  # 0.1 + 0.2 belongs to 0.3
    bins = []
    for low, end in zip(lows, ends, strict=True):
        count = sum(low <= score < end for score in exact)
        bins.append(Bin(low, end, count))
    return tuple(bins)


@dataclass(slots=True)
class _Count:
    """What is counted of one exercise, a report after the other: the points of it and of all others, as numbers."""

    title: str
    possible: float
    earned: array[float] = field(default_factory=lambda: array("d"))
    shares: array[float] = field(default_factory=lambda: array("d"))
    rest: array[float] = field(default_factory=lambda: array("d"))
    passed: int = 0
    unattempted: int = 0

    def add(self, result: ExerciseResult, total: float) -> None:
        self.earned.append(result.earned)
        self.shares.append(result.earned / result.possible if result.possible else 0.0)
        self.rest.append(total - result.earned)
        self.passed += result.outcome is Outcome.PASSED
        self.unattempted += result.outcome in IDLE


def _exercises(graded: Sequence[Report]) -> tuple[ExerciseTally, ...]:
    """Count the results of every exercise, looking at each report once."""
    counts: dict[str, _Count] = {}
    for report in graded:
        total = report.earned
        for result in report.exercises:
            own = counts.setdefault(result.exercise, _Count(result.title, result.possible))
            own.add(result, total)
    return tuple(_exercise(name, counts[name]) for name in exercise_names(graded))


def _exercise(name: str, counted: _Count) -> ExerciseTally:
    return ExerciseTally(
        name,
        counted.title,
        counted.possible,
        fmean(counted.shares),
        counted.passed,
        len(counted.earned) - counted.passed - counted.unattempted,
        counted.unattempted,
        _discrimination(counted.earned, counted.rest),
    )


def _discrimination(earned: Sequence[float], rest: Sequence[float]) -> float | None:
    """The corrected item-total correlation: Pearson's, of an item with the total of the others."""
    if len(earned) < FEWEST_GRADED:
        return None
    exact = [[round(value, 6) for value in values] for values in (earned, rest)]
    if any(len(set(values)) < 2 for values in exact):
        return None
    return correlation(*exact)


def _mistakes(graded: Sequence[Report]) -> tuple[MistakeTally, ...]:
    made: dict[tuple[str, str], list[Report]] = {}
    words: dict[tuple[str, str], Diagnosis] = {}
    for report in graded:
        for result in report.exercises:
            if mistake := mistake_of(result):
                made.setdefault((result.exercise, mistake.name), []).append(report)
                words.setdefault((result.exercise, mistake.name), mistake)
    ranked = sorted(made.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(MistakeTally(key[0], words[key], tuple(found)) for key, found in ranked)
