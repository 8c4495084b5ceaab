"""Measure a whole gradient from forward passes alone, and know how far the measurement can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.extrapolation import FULL, QUICK, Rises, climb
from autograder.student.gradcheck.noise import EPS, Forward, Line, Loss, UnmeasurableError, norm

__all__ = ["Forward", "Slope", "UnmeasurableError", "measure"]

# Room for the student's own rounding: a right formula may be off by this fraction of the gradient ...
OWN_ROUNDING = 1e-8
# ... and by this fraction of its largest element, where terms of that size cancel.
CANCELLATION = 1e-13
# A measurement whose bound exceeds this fraction of the gradient cannot decide.
POWER = 1e-3
# An element is measured again with more steps if its bound exceeds this fraction of it.
TIGHT = 1e-5


@dataclass(frozen=True, slots=True)
class Slope:
    """A measured gradient with respect to one input: value and error bound, both in the input's shape."""

    value: np.ndarray
    bound: np.ndarray

    def disagrees(self, got: np.ndarray) -> np.ndarray:
        """Where `got` cannot be the gradient: its distance exceeds the bound plus room for rounding."""
        room = OWN_ROUNDING * np.abs(self.value) + CANCELLATION * largest(self.value)
        return np.asarray(~(np.isfinite(got) & (np.abs(got - self.value) <= self.bound + room)))

    def undecided(self) -> bool:
        """Whether the whole measurement is too rough to decide anything."""
        return norm(self.bound) > POWER * max(norm(self.value), EPS)


def measure(forward: Forward, x: Mapping[str, object], wrt: str, upstream: np.ndarray) -> Slope:
    """Measure the gradient of sum(upstream * forward(x)) with respect to the input called `wrt`.

    forward: takes a list of inputs by name, returns the outputs (arrays of upstream's shape, nan where there is no
    value); it is called once a round, with all points of the round.  x: the inputs; x[wrt] holds float64 numbers.
    Returns a Slope in the shape of x[wrt]; its bound is inf where nothing could be measured.  Raises
    UnmeasurableError if the forward pass is not finite, not of upstream's shape, or not repeatable.
    """
    shape = np.asarray(x[wrt]).shape
    with np.errstate(all="ignore"):  # what is not finite ends in an infinite bound
        loss = Loss(forward, x, [wrt], upstream)
        if loss.wild:
            return Slope(np.zeros(shape), np.full(shape, np.inf))
        quick = climb_coordinates(loss, np.arange(loss.base.size), loss.scale, QUICK)
        value, bound = quick.value, quick.bound
        # Then all steps, and where that is not enough, steps that suit a number far smaller than the others.  A forward
        # pass may be slow: a coordinate costs 6 calls, at most 54, and 30 if it is as large as the others.
        own = own_scale(loss)
        for scale, new in ((loss.scale, np.ones(own.shape, bool)), (own, own != loss.scale)):
            weak = np.flatnonzero((bound > TIGHT * np.maximum(np.abs(value), OWN_ROUNDING * largest(value))) & new)
            again = climb_coordinates(loss, weak, scale, FULL)
            better = again.bound < bound[weak]
            value[weak[better]], bound[weak[better]] = again.value[better], again.bound[better]
    return Slope(value.reshape(shape), bound.reshape(shape))


def climb_coordinates(loss: Loss, which: Sequence[int] | np.ndarray, scale: np.ndarray, steps: np.ndarray) -> Rises:
    """The partial derivatives for the flat coordinates `which`, with steps relative to `scale` (n,)."""
    which = np.asarray(which, dtype=int)
    rises, _ = climb(loss, coordinate_lines(which, scale), steps)
    return Rises(*(part / scale[which] for part in (rises.value, rises.bound, rises.kink)))


def coordinate_lines(which: np.ndarray, scale: np.ndarray) -> list[Line]:
    """A line for each flat coordinate of `which`, in units of its scale."""
    return [Line(which[k : k + 1], scale[which[k : k + 1]]) for k in range(which.size)]


def own_scale(loss: Loss) -> np.ndarray:
    """The size of each coordinate itself, however small beside the others."""
    return np.where(loss.base == 0, loss.scale, np.abs(loss.base))


def largest(array: np.ndarray) -> float:
    """The largest magnitude in an array, 0 if it is empty."""
    return float(np.abs(array).max(initial=0.0))
