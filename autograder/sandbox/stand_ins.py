"""What a worker finds as `autograder.student`: the same names, and nothing behind them.

A student's own cell may call them; it must run to its end, and must learn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["GradientReport", "check", "check_gradient"]


class Verdict(Enum):
    """What a gradient check comes to here."""

    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class GradientReport:
    """The outcome of a gradient check that did not take place."""

    parts: tuple[object, ...] = ()
    evaluations: int = 0
    rounds: int = 0
    verdict: Verdict = Verdict.RIGHT
    mistake: None = None


class FullMarks(float):
    """Points for a cell to compare with: they equal, and reach, any number that it expects."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __ge__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return False

    __hash__ = float.__hash__


def check(name: str) -> FullMarks:
    """Check nothing: the grader does."""
    return FullMarks(1.0)


def check_gradient(*arguments: object, **options: object) -> GradientReport:
    """Check nothing."""
    return GradientReport()


def draw_nothing(*arguments: object, **options: object) -> tuple[()]:
    """Stand in for whatever a module of pictures defines; the result is empty, for who goes through it."""
    return ()
