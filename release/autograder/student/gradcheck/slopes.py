"""Measure slopes along lines, in stages, and know how far each measurement can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.gradcheck.directions import coordinates
from autograder.student.gradcheck.extrapolation import (
    FAR,
    FINE,
    FULL,
    QUICK,
    climb,
    glance,
    likely_error,
)
from autograder.student.gradcheck.noise import (
    EPS,
    OWN_STEPS,
    WAVE,
    Forward,
    Line,
    Loss,
    UnmeasurableError,
    coordinate,
    largest,
    norm,
)

__all__ = ["Forward", "Slope", "UnmeasurableError", "measure"]

# Room for the student's own rounding: a right formula may be off by this fraction of the gradient ...
OWN_ROUNDING = 1e-8
# ... and by this fraction of its largest element, where terms of that size cancel.
CANCELLATION = 1e-13
# A measurement whose bound exceeds this fraction of the gradient cannot decide.
POWER = 1e-3
# A single difference agrees if it is this close, as a fraction of the slope (and, by CANCEL, of the
# largest of its input, whose terms may have cancelled in it), and the loss does not bend there.
AGREES = 1e-8
CANCEL = 1e-9
BENDS = 1e-3
# A slope is known well if its bound is below this fraction of it, or of a hundredth of the input's largest.
SHARP = 1e-7
# Where less than this times smaller is a mistake, as in float32, it must be known better.
FINER = 1e3
# A slope is as good as zero below this fraction of the steepest rise nearby.
NOTHING = 1e-8


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


@dataclass(frozen=True, slots=True)
class Room:
    """What a right gradient may be off by through its own rounding.

    relative: as a fraction of an element.  of_largest: as a fraction of the largest element of its input.  jitter: as
    measured (n,).
    """

    relative: float = OWN_ROUNDING
    of_largest: float = CANCELLATION
    jitter: np.ndarray | None = None


class LineSlopes:
    """The slopes along lines, by line, (E,) each: predicted by a gradient, and measured in stages, cheap ones first.

    predicted, size: the slope by the gradient, and the size of the terms that it is the sum of; peak: that size if all
    elements were as large as the largest of their input.  value, bound, kink: as measured; nan, inf and 0 where nothing
    was.  reach: the steepest rise seen along the line.  drowned: whether rounding is most of the bound.  agrees:
    whether a single difference agrees with the prediction; nearby: how steep it surely is; rough: its error bound;
    likely: its error if the loss is smooth; excess: how far the prediction is beyond `rough`.
    """

    def __init__(self, loss: Loss, got: np.ndarray, lines: Sequence[Line], room: Room) -> None:
        self.loss, self.lines, self.relative = loss, list(lines), room.relative
        self.sharp = min(SHARP, FINER * room.relative)
        peaks = np.zeros(got.size)
        for where in loss.slices.values():
            peaks[where] = largest(got[where])
        only, way = coordinate(lines)
        self.predicted = got[only] * way
        for row in np.flatnonzero(only < 0).tolist():
            self.predicted[row] = lines[row].predict(got)
        self.size, self.peak = (self._adds_up(numbers, only, way) for numbers in (got, peaks))
        self.room = room.relative * self.size + room.of_largest * self.peak
        if room.jitter is not None:
            self.room += self._adds_up(room.jitter, only, way)
        self.kink, self.jump = np.zeros(len(self.lines)), np.zeros(len(self.lines))
        self.drowned = np.zeros(len(self.lines), bool)
        steps = np.array([largest(line.step) for line in lines])
        self.own = np.where(only < 0, 1.0, loss.own[only] / steps)
        self.far = np.maximum(FAR, largest(loss.base) / steps)
        self._look()

    def _adds_up(self, numbers: np.ndarray, only: np.ndarray, way: np.ndarray) -> np.ndarray:
        """The size of the terms that a slope is the sum of, by line: all at once where a line moves one number."""
        sizes = np.abs(numbers[only] * way)
        for row in np.flatnonzero(only < 0).tolist():
            sizes[row] = self.lines[row].size(numbers)
        return np.asarray(sizes)

    def _look(self) -> None:
        """Take a single difference along each line."""
        seen = glance(self.loss, self.lines)
        distance = np.abs(seen.value - self.predicted)
        close = distance <= min(AGREES, self.relative) * self.size + CANCEL * self.peak
        close &= seen.bound <= self.sharp * np.maximum(self.size, 1e-2 * self.peak)
        told = (distance + seen.bound <= self.size) | (self.predicted == 0)
        straight = seen.kink <= BENDS * self.size + CANCEL * self.peak + seen.bound / 3
        self.agrees = close & told & straight & np.isfinite(self.size)
        self.value, self.bound = seen.value, np.where(self.agrees, distance + seen.bound, np.inf)
        self.reach = np.nan_to_num(seen.reach, posinf=0.0)
        self.nearby = self.reach - seen.bound
        self.noise, self.rough, self.likely = seen.bound, seen.bound + seen.kink, likely_error(seen)
        self.excess = np.where(np.isfinite(distance - self.rough), distance - self.rough, -np.inf)

    def settle(self, which: Sequence[int]) -> None:
        """Measure the lines `which`, each with as many steps as it takes."""
        if which:
            self.measure_quickly(which)
            self.measure(self._of(which, self.open))

    def measure_quickly(self, which: Sequence[int]) -> None:
        """Measure the lines `which` with three steps."""
        self._climb(which, QUICK)

    def measure(self, which: Sequence[int]) -> None:
        """Measure the lines `which` with all steps, and where that is not enough with steps of other sizes.

        Larger steps, where the slope is small compared with the loss; steps of a number's own size,
        where it is far smaller than the others; tiny steps, where there is a kink or a fast
        function nearby.
        """
        if not which:
            return
        self.bound[list(which)] = np.inf  # three steps count no more where twelve contradict them
        self._climb(which, FULL)
        self._climb(self._of(which, self.open & self.drowned), FULL, self.far, smooth=True)
        self._climb(self._of(which, self.open & (self.own != 1)), FULL, self.own)
        fine = np.full(len(self.lines), FINE)
        self._climb(self._of(which, self.open & ~self.drowned), FULL, fine)
        self._look_closely(which)

    def _look_closely(self, which: Sequence[int]) -> None:
        """Widen the bounds to what tiny steps show, where noise farther away may be a fast wave."""
        noise = self.loss.noise
        if noise.close > WAVE * noise.values:
            return
        self.loss.noise = replace(noise, values=noise.close)
        lines = [Line(self.lines[i].index, self.lines[i].step * FINE) for i in which]
        found, rows = climb(self.loss, lines, FULL), np.asarray(which)
        self.loss.noise = noise
        value, bound = found.value / FINE, found.bound / FINE
        apart = np.abs(value - self.value[rows])
        doubtful = (apart > bound + self.bound[rows]) & np.isfinite(bound)
        self.bound[rows] = np.where(doubtful, apart + bound, self.bound[rows])

    def _of(self, which: Sequence[int], these: np.ndarray) -> list[int]:
        return [i for i in which if these[i]]

    def _climb(
        self,
        which: Sequence[int],
        steps: np.ndarray,
        scale: np.ndarray | None = None,
        *,
        smooth: bool = False,
    ) -> None:
        """Measure on a ladder, and keep the better of the old and the new value.

        scale: the steps in units of the lines' own.
        """
        if not which:
            return
        rows = np.asarray(which)
        times = np.ones(rows.size) if scale is None else scale[rows]
        lines = [
            Line(self.lines[i].index, self.lines[i].step * t)
            for i, t in zip(which, times, strict=True)
        ]
        found = climb(self.loss, lines, steps, smooth=smooth)
        value, bound, kink = found.value / times, found.bound / times, found.kink / times
        # Three steps may all jump over something; the single difference is a fourth.
        if steps is QUICK:
            fits = np.abs(value - self.value[rows]) <= bound + self.noise[rows]
            steeper = self.nearby[rows] > 2 * found.reach / times
            bound = np.where(fits & ~steeper, bound, np.inf)
        better = bound - kink < (self.bound - self.kink)[rows]
        # Finer steps have the last word where both cannot be true.
        if not smooth:
            better |= np.abs(value - self.value[rows]) > bound + self.bound[rows]
        kept = rows[better]
        self.value[kept], self.bound[kept] = value[better], bound[better]
        self.kink[kept], self.drowned[kept] = kink[better], found.drowned[better]
        self.reach[rows] = np.maximum(self.reach[rows], found.reach / times)
        self.jump[rows] = np.maximum(self.jump[rows], found.jump / times)
        self._doubt(rows)

    def _doubt(self, rows: np.ndarray) -> None:
        """Widen bounds where the loss jumps, and is off by less than the last digits of 1: it may be numbers of that
        size that have lost the rest."""
        predicted = self.predicted[rows]
        apart = np.abs(predicted - self.value[rows])
        last_digits = OWN_STEPS * EPS * largest(self.loss.weights)
        lost = (predicted != 0) & (apart < last_digits) & (apart < 4 * self.jump[rows])
        self.bound[rows] = np.where(lost, np.maximum(self.bound[rows], apart), self.bound[rows])

    @property
    def off(self) -> np.ndarray:
        """Which predictions cannot be right: their distance is more than the bound and rounding explain."""
        return np.asarray(np.abs(self.predicted - self.value) > self.bound + self.room)

    @property
    def open(self) -> np.ndarray:
        """Which slopes could be known better."""
        enough = self.sharp * np.maximum(np.abs(np.nan_to_num(self.value)), 1e-2 * self.peak)
        enough = np.maximum(enough, NOTHING * self.sharp * self.reach)
        return np.asarray(~(self.bound - self.kink <= enough))


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
        if loss.noise.wild:
            return Slope(np.zeros(shape), np.full(shape, np.inf))
        slopes = LineSlopes(
            loss, np.zeros(loss.base.size), coordinates(loss, np.arange(loss.base.size)), Room()
        )
        slopes.settle(range(loss.base.size))
    value, bound = np.nan_to_num(slopes.value) / loss.scale, slopes.bound / loss.scale
    return Slope(value.reshape(shape), bound.reshape(shape))
