"""What a gradient check is told and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import SupportsInt

import numpy as np

from autograder.student.gradcheck.slopes import Slope
from autograder.student.model.compare import show
from autograder.student.model.results import Diagnosis

Point = Mapping[str, object]
Gradients = Mapping[str, np.ndarray]
# The gradients at other points, by input; None where there are none.
Again = Callable[[Sequence[Point]], Sequence[Gradients | None]]
Terms = Mapping[str, np.ndarray]


class Verdict(Enum):
    """What a check came to."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of the gradient with respect to one input.

    message: what is wrong or undecided, in a sentence.  slope: what was measured, nan where nothing was.  differs: the
    elements that are off.  kinks: how many elements sit on a kink.  mistake: its name, where it is known.
    """

    name: str
    verdict: Verdict
    message: str = ""
    slope: Slope | None = None
    differs: np.ndarray | None = None
    kinks: int = 0
    mistake: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class GradientReport:
    """The outcome of a gradient check, input by input, and what it cost.  `print` it to read it.

    changed: the inputs that the student's functions change in place.
    """

    parts: tuple[Judged, ...]
    evaluations: int = 0
    rounds: int = 0
    changed: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Wrong if the gradient of any input is; right if all are."""
        verdicts = {part.verdict for part in self.parts}
        return next((v for v in (Verdict.WRONG, Verdict.UNDECIDED) if v in verdicts), Verdict.RIGHT)

    @property
    def mistake(self) -> Diagnosis | None:
        """The first mistake that has a name."""
        return next((part.mistake for part in self.parts if part.mistake), None)

    def __str__(self) -> str:
        lines = [
            f"{p.message}: {p.mistake.text}." if p.mistake else f"{p.message}."
            for p in self.parts
            if p.message
        ]
        lines = lines or [
            "The gradient is right: it agrees with the slopes of the function, measured by nudging."
        ]
        kinks = sum(part.kinks for part in self.parts)
        if kinks:
            number = "One element sits" if kinks == 1 else f"{kinks} elements sit"
            lines.append(f"{number} on a kink, where any slope between left and right is accepted.")
        if self.changed:
            lines.append(
                f"Note: your code changes its input {', '.join(self.changed)} in place; work on a copy."
            )
        return "\n".join(dict.fromkeys(lines))


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of the right gradient, if anything: it decides where slopes cannot, and helps to name a mistake.

    right: the gradients here.  again: the same elsewhere.  terms: named terms, elsewhere, that sum up to them, by
    input.  sizes: named array sizes for saying "N times".  smooth: the function has no kink anywhere, so a gradient
    that is wrong here is wrong, even if it is right nearby.
    """

    right: Gradients | None = None
    again: Again | None = None
    terms: Callable[[Sequence[Point]], Sequence[Mapping[str, Terms]]] | None = None
    sizes: Mapping[str, int] | None = None
    smooth: bool = False


NOTHING = Truth()


def at(index: Iterable[SupportsInt]) -> str:
    """`[2, 0]`; nothing for a single number."""
    numbers = ", ".join(str(int(i)) for i in index)
    return f"[{numbers}]" if numbers else ""


def farthest_off(
    gradient: str, name: str, got: np.ndarray, slope: np.ndarray, differs: np.ndarray
) -> str:
    """Say which of the elements that differ is farthest from the slope, and by how much.

    gradient: what the student's numbers are called.  name: the input that was nudged.
    """
    index = np.unravel_index(
        int(np.argmax(np.where(differs, np.abs(got - slope), -1.0))), got.shape
    )
    mine, measured = show(float(got[index])), show(float(slope[index]))
    return f"{gradient}{at(index)} is {mine}, but nudging {name}{at(index)} up and down gives {measured}"
