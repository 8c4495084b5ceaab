"""What the runs add up to: medians and spread of each arm, ratios round by round, and the goals.  No printing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Run

KIT, FLOOR, LEAN, NBGRADER = "kit", "floor", "lean", "nbgrader"
# An arm that is compared closely runs on both sides of what lies between, so that a drift of the machine cancels.
ROUND = (KIT, FLOOR, LEAN, NBGRADER, LEAN, FLOOR, KIT)
QUICK_ROUND = (KIT, FLOOR, LEAN, NBGRADER)
TIMES_FLOOR = 1.3
TIMES_NBGRADER = 8.0
FLAT = 1.1  # of memory: at ten times the class, at most so many times as much


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the runs in order, and the kit's run on the large class."""

    runs: tuple[Run, ...]
    large: Run

    def of(self, arm: str) -> list[Run]:
        """This round's runs of one arm."""
        return [run for run in self.runs if run.arm == arm]


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, with the least and the most that was seen."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio, the limit that it is held against, and whether it keeps to it."""

    text: str
    ratio: Spread
    limit: float
    met: bool


def spread(values: Sequence[float]) -> Spread:
    """Median, least and most; values must not be empty."""
    return Spread(median(values), min(values), max(values))


def of_arm(rounds: Sequence[Round], arm: str, what: Callable[[Run], float]) -> Spread:
    """A quantity over all runs of an arm."""
    return spread([what(run) for r in rounds for run in r.of(arm)])


def ratio(rounds: Sequence[Round], above: str, below: str, what: Callable[[Run], float]) -> Spread:
    """A quantity of one arm over that of another, round by round: only what ran close together is compared."""
    return spread([_over(_mean(r.of(above), what), _mean(r.of(below), what)) for r in rounds])


def _over(above: float, below: float) -> float:
    """A ratio; infinite where what is below was too short for the clock, as a phase of one submission may be."""
    return above / below if below else math.inf


def _mean(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    return sum(map(what, runs)) / len(runs)


def goals(rounds: Sequence[Round]) -> list[Goal]:
    """The goals, each against the median of its ratio."""
    floor = ratio(rounds, KIT, FLOOR, lambda run: run.grading.wall)
    nbgrader = ratio(rounds, NBGRADER, KIT, lambda run: run.grading.wall)
    memory = spread([r.large.grader / _mean(r.of(KIT), lambda run: run.grader) for r in rounds])
    small, large = rounds[0].of(KIT)[0].submissions, rounds[0].large.submissions
    return [
        Goal(
            f"the kit takes at most {TIMES_FLOOR:g} times the floor",
            floor,
            TIMES_FLOOR,
            floor.median <= TIMES_FLOOR,
        ),
        Goal(
            f"nbgrader takes at least {TIMES_NBGRADER:g} times the kit",
            nbgrader,
            TIMES_NBGRADER,
            nbgrader.median >= TIMES_NBGRADER,
        ),
        Goal(
            f"the grader's memory is flat from {small} to {large} submissions: at most {FLAT:g} times",
            memory,
            FLAT,
            memory.median <= FLAT,
        ),
    ]
