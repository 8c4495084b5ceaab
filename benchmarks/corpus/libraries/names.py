"""Make simple mistakes in a library's gradients of 3 by 3 numbers, and count which are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from autograder.student import check_gradient
from benchmarks.corpus.libraries.functions import Sample

SHAPE = (3, 3)
SAME = 1e-6
NEAR = 1.01

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]
ROWS = np.array([[1.0], [2.0], [3.5]])


def _one_wrong(g: np.ndarray, x: np.ndarray) -> np.ndarray:
    return g * np.where(np.arange(9).reshape(SHAPE) == 4, 1.5, 1.0)


# What a mistake is called, and what it makes of the right gradient at x.
RELATIONS: dict[str, Change] = {
    "sign": lambda g, x: -g,
    "factor 2": lambda g, x: 2 * g,
    "factor 0.5": lambda g, x: g / 2,
    "extra 1/N": lambda g, x: g / 9,
    "N times too large": lambda g, x: 9 * g,
    "factor 2, sign": lambda g, x: -2 * g,
    "transposed": lambda g, x: g.T,
    "transposed, sign": lambda g, x: -g.T,
    "summed": lambda g, x: np.broadcast_to(g.sum(axis=0), SHAPE),
    "averaged": lambda g, x: np.broadcast_to(g.mean(axis=1, keepdims=True), SHAPE),
    "not summed": lambda g, x: np.stack([0.25 * g, 0.75 * g]),
    "shape": lambda g, x: g.ravel(),
    "offset": lambda g, x: g + 0.7 * np.abs(g).max(),
    "times x": lambda g, x: g * x,
    "without x": lambda g, x: g / x,
    "rows scaled": lambda g, x: g * ROWS,
    "columns scaled": lambda g, x: g * ROWS.T,
    "one element": _one_wrong,
    "one block": lambda g, x: g * np.array([[1.0], [1.0], [0.0]]),
    "zero": lambda g, x: np.zeros(SHAPE),
    "permuted": lambda g, x: g[::-1],
    "sign of some": lambda g, x: np.abs(g),
    "nan": lambda g, x: np.where(np.arange(9).reshape(SHAPE) == 4, np.nan, g),
    "float32": lambda g, x: g.astype(np.float32).astype(np.float64),
}


@dataclass(slots=True)
class Names:
    """Mistakes with a name of their own, and those that got it or another, from slopes alone and with the reference."""

    mistakes: int = 0
    rightly: Counter[str] = field(default_factory=Counter)
    wrongly: Counter[str] = field(default_factory=Counter)
    slips: list[str] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Make every mistake that changes the gradient."""
        x = sample.x.reshape(SHAPE)
        for name, change in RELATIONS.items():
            fitting = set(_names_of(sample, change))
            if name not in fitting:
                continue
            self.mistakes += 1
            for how, reference in (
                ("alone", None),
                ("with the reference", lambda x: _gradient(sample, x)),
            ):
                found = _named(sample, change, x, reference)
                if found in fitting:
                    self.rightly[how] += 1
                elif found:
                    self.wrongly[how] += 1
                    self.slips.append(f"{name} in {sample.function} named {found} ({how})")


def _gradient(sample: Sample, x: np.ndarray) -> np.ndarray:
    return sample.gradient(x.ravel()).reshape(SHAPE)


def _named(
    sample: Sample,
    change: Change,
    x: np.ndarray,
    reference: Callable[[np.ndarray], np.ndarray] | None,
) -> str:
    with np.errstate(all="ignore"):
        report = check_gradient(
            lambda x: sample.f(x.ravel()),
            x,
            lambda x: change(_gradient(sample, x), x),
            reference=reference,
            sizes={"N": 9},
        )
    return report.mistake.name if report.mistake else ""


def _names_of(sample: Sample, change: Change) -> Iterator[str]:
    """All names that fit a mistake, here and nearby; none if it changes nothing."""
    places = [sample.x.reshape(SHAPE), NEAR * sample.x.reshape(SHAPE)]
    right = [_gradient(sample, x) for x in places]
    made = [change(g, x) for g, x in zip(right, places, strict=True)]
    if any(_alike(m, g, tolerance=0.0) for m, g in zip(made, right, strict=True)):
        return
    for name, other in RELATIONS.items():
        pairs = zip(made, right, places, strict=True)
        if all(_alike(m, other(g, x), tolerance=SAME) for m, g, x in pairs):
            yield name
    if all(m.shape == SHAPE for m in made):
        off = np.any([m != g for m, g in zip(made, right, strict=True)], axis=0)
        if 1 in (off.any(axis=0).sum(), off.any(axis=1).sum()):
            yield "one block"
        if off.sum() == 1:
            yield "one element"


def _alike(a: np.ndarray, b: np.ndarray, *, tolerance: float) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=0, equal_nan=True)
