"""Check right gradients and mistakes of 1 %, and count what the checker says of them."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from autograder.student import check_gradient
from benchmarks.corpus.libraries.functions import Sample

OFF = 1.01


@dataclass(slots=True)
class Counts:
    """Verdicts on right gradients; mistakes that were tried, and those that were called right; all slips by name.

    lacking: by verdict, the functions whose right gradient is not called right.
    """

    right: Counter[str] = field(default_factory=Counter)
    lacking: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    mistakes: int = 0
    missed: int = 0
    slips: list[str] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Check a library's own gradient, and mistakes in it."""
        verdict = _verdict(sample, sample.gradient)
        self.right[verdict] += 1
        if verdict != "right":
            self.lacking[verdict].append(sample.function)
        for wrong in mistakes(sample):
            self.mistakes += 1
            if _verdict(sample, wrong) == "right":
                self.missed += 1
                self.slips.append(
                    f"a mistake in {sample.function} at {sample.kind.value} called right"
                )


def mistakes(sample: Sample) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """The gradient 1 % too large, everywhere and in its largest element only; none where it is 0."""
    right = sample.gradient(sample.x)
    if not right.any():
        return
    largest = int(np.argmax(np.abs(right)))
    one = np.where(np.arange(right.size) == largest, OFF, 1.0)
    yield lambda x: OFF * sample.gradient(x)
    yield lambda x: one * sample.gradient(x)


def _verdict(sample: Sample, gradient: Callable[[np.ndarray], np.ndarray]) -> str:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return check_gradient(sample.f, sample.x, gradient).verdict.value
