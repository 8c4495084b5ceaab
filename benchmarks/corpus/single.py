"""Backward passes that compute in float32 on the way, and return float64."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from autograder.student import check_gradient
from autograder.student.gradcheck.report import Verdict
from benchmarks.corpus.formulas import FUNCTIONS
from benchmarks.corpus.mistakes import SHOWS
from benchmarks.corpus.subject import Gradient, Subject, reach_of

# A difference counts from this fraction of a number on, and of the largest number beside it.
OFF, BESIDE = 3e-8, 1e-9
# Any number by which what float32 holds is not what is returned.
FACTOR = 3.7


@dataclass(slots=True)
class Singles:
    """What was said of them, as far as a difference shows in the loss."""

    seen: int = 0
    wrong: int = 0
    named: int = 0
    undecided: int = 0


def count_singles(subjects: Iterable[Subject]) -> Singles:
    """Check every backward pass in float32 of these functions."""
    counts = Singles()
    with np.errstate(all="ignore"):
        for subject in subjects:
            for gradient in in_float32(subject):
                if _shows(subject, gradient):
                    report = check_gradient(subject.f, subject.x, gradient)
                    counts.seen += 1
                    counts.wrong += report.verdict is Verdict.WRONG
                    counts.undecided += report.verdict is Verdict.UNDECIDED
                    counts.named += report.mistake is not None and report.mistake.name == "float32"
    return counts


def in_float32(subject: Subject) -> Iterator[Gradient]:
    """The gradient from inputs in float32, from inputs that were rounded to it, and from a product that was."""

    def single(**x: np.ndarray) -> dict[str, object]:
        return _float64(subject.gradient(**{n: _rounded(value) for n, value in x.items()}))

    def rounded(**x: np.ndarray) -> dict[str, object]:
        return subject.gradient(**{n: _rounded(v).astype(np.float64) for n, v in x.items()})

    def product(**x: np.ndarray) -> dict[str, object]:
        right = _float64(subject.gradient(**x))
        return {n: _rounded(FACTOR * v).astype(np.float64) / FACTOR for n, v in right.items()}

    yield from (single, rounded, product)


def weighted_sums() -> Iterator[Subject]:
    """Weighted sums of functions of one number, each at the places where it is looked at."""
    rng = np.random.default_rng(7)
    for name, (f, slope, _, places) in FUNCTIONS.items():
        for place in places:
            x = {"x": place * rng.uniform(0.8, 1.2, size=5)}
            weights = rng.normal(size=5)
            yield Subject(
                f"weighted {name}",
                f"{place:g}",
                lambda x, f=f, w=weights: float(np.sum(w * f(x))),
                lambda x, slope=slope, w=weights: {"x": w * slope(x)},
                x,
            )


def _rounded(value: object) -> np.ndarray:
    return np.asarray(value).astype(np.float32)


def _float64(gradient: dict[str, object]) -> dict[str, np.ndarray]:
    return {name: np.asarray(value, np.float64) for name, value in gradient.items()}


def _shows(subject: Subject, gradient: Gradient) -> bool:
    """Whether what is off changes the loss by more than its last digits."""
    right, got = subject.gradient(**subject.x), gradient(**subject.x)
    size = max(abs(subject.f(**subject.x)), subject.coarse) or 1.0
    for name in subject.x:
        exact = np.asarray(right[name], np.float64)
        off = np.abs(np.asarray(got[name]) - exact)
        least = np.maximum(OFF * np.abs(exact), BESIDE * np.abs(exact).max(initial=0.0))
        if ((off > least) & (off * reach_of(subject, name) > SHOWS * size)).any():
            return bool(np.isfinite(off).all())
    return False
