"""What the runs add up to: medians and spread of each arm, ratios round by round, and the goals.  No printing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Run

KIT, FLOOR, LEAN, NBGRADER, NBCLIENT, OTTER = (
    *("kit", "floor", "lean", "nbgrader"),
    *("nbclient", "otter"),
)
# An arm that is compared closely runs on both sides of what lies between, so that a drift of the machine cancels.
ROUND = (KIT, FLOOR, LEAN, NBCLIENT, NBGRADER, OTTER, LEAN, FLOOR, KIT)
QUICK_ROUND = (KIT, FLOOR, LEAN, NBCLIENT, NBGRADER, OTTER)
FEW, MANY = 1, 2  # cores
TIMES_LEAN = 2.0
TIMES_NBGRADER = 40.0
TIMES_ONE_CORE = 1.8
FLAT = 1.1  # of memory: at ten times the class, at most so many times as much


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the runs in order, on one core and then on more, and the kit's run on the large class."""

    runs: tuple[Run, ...]
    large: Run

    def of(self, arm: str) -> list[Run]:
        """This round's runs of one arm."""
        return [run for run in self.runs if run.arm == arm]

    def at(self, jobs: int) -> Round:
        """The same round with the runs on so many cores only."""
        return Round(tuple(run for run in self.runs if run.jobs == jobs), self.large)


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


def jobs_of(rounds: Sequence[Round]) -> list[int]:
    """The numbers of cores that arms ran on, ascending."""
    return sorted({run.jobs for run in rounds[0].runs})


def arms_of(rounds: Sequence[Round]) -> list[str]:
    """The arms that ran, in order."""
    return list(dict.fromkeys(run.arm for run in rounds[0].runs))


def speedup(rounds: Sequence[Round], arm: str) -> Spread:
    """How many times as fast an arm grades on MANY cores as on FEW, round by round."""
    few, many = ([r.at(jobs).of(arm) for r in rounds] for jobs in (FEW, MANY))
    return spread(
        [
            _over(_mean(slow, grading_time), _mean(fast, grading_time))
            for slow, fast in zip(few, many, strict=True)
        ]
    )


def grading_time(run: Run) -> float:
    """Seconds from the first submission to the last."""
    return run.grading.wall


def goals(rounds: Sequence[Round]) -> list[Goal]:
    """The goals, each against the median of its ratio; all but the third of the runs on the most cores."""
    cores = jobs_of(rounds)
    widest = [r.at(cores[-1]) for r in rounds]
    lean = ratio(widest, KIT, LEAN, grading_time)
    nbgrader = ratio(widest, NBGRADER, KIT, grading_time)
    memory = spread([r.large.grader / _mean(r.of(KIT), lambda run: run.grader) for r in widest])
    small, large = widest[0].of(KIT)[0].submissions, widest[0].large.submissions
    found = [
        Goal(
            f"the kit takes at most {TIMES_LEAN:g} times the lean floor",
            lean,
            TIMES_LEAN,
            lean.median <= TIMES_LEAN,
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
    if {FEW, MANY} <= set(cores):
        faster = speedup(rounds, KIT)
        goal = f"the kit is at least {TIMES_ONE_CORE:g} times as fast on {MANY} cores as on {FEW}"
        met = faster.median >= TIMES_ONE_CORE
        found.insert(2, Goal(goal, faster, TIMES_ONE_CORE, met))
    return found
