"""Count results for the tables and pages: shares, outcomes, mistakes.  Plain counting; no score is made here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import correlation, fmean, median

from autograder.student.model.results import Diagnosis, ExerciseResult, Outcome, Report, Status

IDLE = (Outcome.UNATTEMPTED, Outcome.MISSING)
MOST_BINS = 20
NAMED_TOGETHER = 2
# Of fewer students a correlation says more of chance than of the exercise: with ten, even 0.6 may be chance.
FEWEST = 10
SLOWEST = 3


@dataclass(frozen=True, slots=True)
class ExerciseTally:
    """How a class did on one exercise.

    share: mean of earned over possible points, 0 to 1: its difficulty.  discrimination: how these go together with
    the points of all other exercises, -1 to 1; None of too few students, or if all earned the same.
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
    """How many students made a mistake that has a name."""

    exercise: str
    mistake: Diagnosis
    count: int


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores are at least `low` and under `high`; the last bin holds full marks and has no upper end."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class ClassTally:
    """One assignment's class, counted.  Statistics are of the graded submissions; without any they are None."""

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
        """Discriminations up to this size happen by chance, in 19 of 20 cases; None of too few students."""
        return 1.96 / math.sqrt(len(self.graded) - 1) if len(self.graded) >= FEWEST else None

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
        stopped = ((r, tuple(e for e in r.exercises if e.outcome is Outcome.TIMED_OUT)) for r in self.graded)
        return tuple((report, exercises) for report, exercises in stopped if exercises)


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
        tuple(_exercise(name, graded) for name in exercise_names(graded)),
        _mistakes(graded),
    )


def exercise_names(reports: Iterable[Report]) -> list[str]:
    """Every exercise that some report has a result for, in the order of the notebook."""
    return list(
        dict.fromkeys(e.exercise for r in sorted(reports, key=lambda r: -len(r.exercises)) for e in r.exercises)
    )


def mistake_of(result: ExerciseResult) -> Diagnosis | None:
    """The mistake that explains a result: the grader's diagnosis, else the first one a check named."""
    if result.outcome is Outcome.PASSED or result.blocked_by:
        return None
    named = (f.mistake for f in result.findings if f.mistake and not f.warning)
    return result.diagnosis or next(named, None)


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
    """At most `most` diagnoses, those with a name first; the exercises of what was left out are counted."""
    unsolved = [result for result in report.exercises if result.outcome is not Outcome.PASSED]
    if all(result.outcome in IDLE for result in unsolved) and len(unsolved) == len(report.exercises):
        return ""
    groups: dict[str, list[str]] = {}
    for result in sorted(unsolved, key=_rank):
        groups.setdefault(result.brief, []).append(result.exercise)
    said = [f"{_together(names)}: {brief}" for brief, names in list(groups.items())[:most]]
    left = sum(map(len, list(groups.values())[most:]))
    return "; ".join(said) + (f"; {left} more" if left else "")


def _together(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= NAMED_TOGETHER else f"{len(names)} exercises"


def _rank(result: ExerciseResult) -> int:
    """Named mistakes first, then other failures, then consequences, then what was not attempted."""
    if result.outcome in IDLE:
        return 3
    if result.blocked_by:
        return 2
    return 0 if result.brief != result.outcome.value else 1


def histogram(scores: Sequence[float], possible: float) -> tuple[Bin, ...]:
    """Scores in bins of a round width from 0 up; full marks have a bin of their own."""
    if possible <= 0:
        return ()
    steps = (unit * 10.0**power for power in range(7) for unit in (1, 2, 5))
    width = next(step for step in steps if possible / step <= MOST_BINS)
    lows = [width * i for i in range(math.ceil(possible / width))] + [possible]
    ends = [*lows[1:], math.inf]
    exact = [round(score, 6) for score in scores]  # 0.1 + 0.2 belongs to 0.3
    return tuple(Bin(low, end, sum(low <= s < end for s in exact)) for low, end in zip(lows, ends, strict=True))


def _exercise(name: str, graded: Sequence[Report]) -> ExerciseTally:
    found = [(report, result) for report in graded for result in report.exercises if result.exercise == name]
    results = [result for _, result in found]
    passed = sum(r.outcome is Outcome.PASSED for r in results)
    idle = sum(r.outcome in IDLE for r in results)
    share = fmean(r.earned / r.possible if r.possible else 0.0 for r in results)
    together = _correlation([r.earned for r in results], [report.earned - r.earned for report, r in found])
    first, failed = results[0], len(results) - passed - idle
    return ExerciseTally(name, first.title, first.possible, share, passed, failed, idle, together)


def _correlation(own: Sequence[float], rest: Sequence[float]) -> float | None:
    """Pearson's, of an item with the total of the others (the corrected item-total correlation)."""
    exact = [[round(value, 6) for value in values] for values in (own, rest)]
    if len(own) < FEWEST or any(len(set(values)) < 2 for values in exact):
        return None
    return correlation(*exact)


def _mistakes(graded: Sequence[Report]) -> tuple[MistakeTally, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    words: dict[tuple[str, str], Diagnosis] = {}
    for report in graded:
        for result in report.exercises:
            if mistake := mistake_of(result):
                counts[result.exercise, mistake.name] += 1
                words.setdefault((result.exercise, mistake.name), mistake)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(MistakeTally(exercise, words[exercise, name], n) for (exercise, name), n in ranked)
