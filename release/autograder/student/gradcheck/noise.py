"""A loss that is evaluated in rounds, along lines through one point, and how much of it is rounding noise.

Noise is measured, never assumed: at nearly coincident points a smooth loss is a parabola, and the
residuals are noise.
Source: Moré and Wild, "Estimating computational noise" (2011).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

EPS = float(np.finfo(np.float64).eps)
# Steps up to this fraction of the loss are the rounding of float32, wide ones up to the smaller.
STEPS, WIDE_STEPS = 2.0**-20, 2.0**-23
# Steps of this fraction of the loss or more are looked at elsewhere, too, where it stands still close by.
COARSE_STEPS = 2.0**-30
# Widths of the windows in which noise is looked for.  The two smallest always count; a wider one
# only where the loss does not even move in those before it, as one that is rounded to float32 or to
# nearly nothing: with the fraction that its steps may be.
NARROW = (2.0**-40, 2.0**-28)
WIDER = {2.0**-22: STEPS, 2.0**-16: WIDE_STEPS, 2.0**-8: WIDE_STEPS}
WINDOW = 9
IRREGULAR = np.arange(WINDOW) + np.random.default_rng(0).uniform(0.1, 0.9, WINDOW)


def residuals(steps: np.ndarray) -> np.ndarray:
    """The matrix (K, K) that takes values at nearly coincident points to what a parabola leaves of them."""
    parabola, _ = np.linalg.qr(np.vander(steps / steps.max(), 3))
    return np.asarray(np.eye(steps.size) - parabola @ parabola.T)


RESIDUALS = residuals(IRREGULAR)
# Each window begins with the point itself: twice the same input shows whether a loss is repeatable.
HERE = np.append(0.0, IRREGULAR)
# Where a loss does not move close by, a window this far away and this wide shows whether it moves
# in steps: then close pairs of points have the same value there, too; those apart as well, if steps
# are wide.
AWAY, AWAY_WIDTHS = 0.9183 * 2.0**-4, {2.0**-12: 1 / 8, 2.0**-17: 2.0**-10}
PAIRED, PAIR, APART = [0, 1, 3, 5, 7, 8], 2.0**-30, 2.0**-22
# A difference of so many units in the last place is the loss's own rounding, which is known.
OWN_STEPS = 8
# A loss moves smoothly if its noise is below this fraction of its rise.
CLOSELY = 1 / 16
# Noise is in doubt if the loss is smoother by this factor closest by.
WAVE = 2.0**-6
# Noise beyond this fraction of the loss at nearly the same point: no step is small enough.
WILD = 1e-3
# Numbers that one round may hold, points and outputs together.
ROUND = 1 << 22

Forward = Callable[[Sequence[Mapping[str, object]]], Sequence[np.ndarray]]


class UnmeasurableError(ValueError):
    """The forward pass gave nothing that a slope could be measured from; the message says what."""


@dataclass(frozen=True, slots=True)
class Line:
    """A way to move: the flat coordinates `index`, each by its `step`, all at once."""

    index: np.ndarray
    step: np.ndarray

    def predict(self, gradient: np.ndarray) -> float:
        """How fast a loss of this flat gradient rises along the line."""
        return float(gradient[self.index] @ self.step)

    def size(self, gradient: np.ndarray) -> float:
        """What the rise adds up from, regardless of signs: the root of the sum of squares."""
        return norm(gradient[self.index] * self.step)


def coordinate(lines: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    """By line (E,), the one coordinate that it moves, and its step; -1 and 0 if it moves more than one."""
    only = [line.index[0] if line.index.size == 1 else -1 for line in lines]
    way = [line.step[0] if line.index.size == 1 else 0.0 for line in lines]
    return np.array(only, int), np.array(way, float)


@dataclass(frozen=True, slots=True)
class Noise:
    """How a loss is rounded: the standard deviation of its values, and of its arguments as a fraction of their size.

    The arguments' rounding matters where the slope changes fast: at the minimum of a parabola it is
    all there is.
    wild: noise is all there is, or the loss moves in steps that no rounding explains.  close: the deviation closest by,
    if the loss moves smoothly there; what is noise farther away may be a fast wave then.  still: it does not move at
    all closest by, but in steps.
    """

    values: float
    arguments: float = EPS
    wild: bool = False
    close: float = np.inf
    still: bool = False


class Loss:
    """The scalar sum(upstream * forward(x)) as a function of some of the inputs, flattened and joined.

    forward: takes a list of inputs by name, returns outputs of upstream's shape, nan where there is no value; it is
    called once a round.  It is known by differences of outputs: subtracting before summing loses fewer digits.
    noise: as known from a point nearby; measured if it is not.  Raises UnmeasurableError if outputs are not finite,
    not of upstream's shape, or not repeatable.
    """

    def __init__(
        self,
        forward: Forward,
        x: Mapping[str, object],
        names: Sequence[str],
        upstream: np.ndarray,
        noise: Noise | None = None,
    ) -> None:
        self.forward, self.x = forward, x
        self.others = {name: value for name, value in x.items() if name not in names}
        self.shape, self.weights = upstream.shape, upstream.ravel()
        self.parts = {name: np.asarray(x[name], dtype=np.float64) for name in names}
        ends = np.cumsum([0, *(part.size for part in self.parts.values())])
        self.slices = dict(zip(names, map(slice, ends.tolist(), ends[1:].tolist()), strict=False))
        self.places = [(name, where, self.parts[name].shape) for name, where in self.slices.items()]
        self.base = np.concatenate([np.zeros(0), *(part.ravel() for part in self.parts.values())])
        self.scale = np.concatenate(
            [np.zeros(0), *(typical(part).ravel() for part in self.parts.values())]
        )
        self.owner = np.repeat(
            np.arange(len(self.parts)), [part.size for part in self.parts.values()]
        )
        # The size of each number itself, however small it is compared with the others.
        self.own = np.where(self.base == 0, self.scale, np.abs(self.base))
        self.evaluations = self.rounds = 0
        self.single = False  # whether some of it is rounded to float32
        self.stepped: set[bytes] = set()  # coordinates along which it moves in larger steps
        around = [self._around(width) for width in NARROW]
        rows = self.outputs(around[:1], HERE[:1]) if noise else self.outputs(around, HERE)
        self.here = rows[0]
        if not np.isfinite(self.here).all():
            raise UnmeasurableError("the forward pass is not finite here")
        self.noise = noise or self._measure(rows)

    @property
    def size(self) -> float:
        """What the loss adds up from, regardless of signs."""
        return float(np.abs(self.here) @ np.abs(self.weights))

    def split(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """A flat array of all coordinates as arrays by name."""
        return {name: flat[where].reshape(shape) for name, where, shape in self.places}

    def inputs(self, flat: np.ndarray) -> dict[str, object]:
        """The inputs at a flat point, which they are views of; the others are copied: a function may change them."""
        return {**self.x, **copied(self.others), **self.split(flat)}

    def outputs(self, lines: Sequence[Line], steps: np.ndarray) -> np.ndarray:
        """Forward outputs at all steps along each line, a row each: (lines times steps, upstream.size)."""
        only, way = coordinate(lines)
        number = len(lines) * steps.size
        share = max(1, ROUND // (self.base.size + self.weights.size + 1))
        rows = [np.zeros((0, self.weights.size))]
        # Points are made as they are needed: all at once may not fit.
        for start in range(0, number, share):
            which, step = np.divmod(np.arange(start, min(start + share, number)), steps.size)
            points, t = np.tile(self.base, (which.size, 1)), steps[step]
            one = np.flatnonzero(only[which] >= 0)  # the usual case, all at once
            points[one, only[which[one]]] += t[one] * way[which[one]]
            for row in np.flatnonzero(only[which] < 0).tolist():
                line = lines[which[row]]
                points[row, line.index] += t[row] * line.step
            rows.append(self._round(points))
        return np.concatenate(rows)

    def _round(self, points: np.ndarray) -> np.ndarray:
        self.rounds, self.evaluations = self.rounds + 1, self.evaluations + len(points)
        outs = self.forward([self.inputs(point) for point in points])
        rows = [np.asarray(out, dtype=np.float64) for out in outs]
        for row in rows:
            if row.shape != self.shape:
                raise UnmeasurableError(
                    f"the forward pass returns shape {row.shape}, not {self.shape}"
                )
        return np.array(rows).reshape(len(rows), -1)

    def counts(self, other: Loss) -> None:
        """Add what the same function cost at another point."""
        self.evaluations += other.evaluations
        self.rounds += other.rounds

    def noise_at(self, up: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Standard deviation of the loss's rounding at pairs of points, from outputs (E, K, M): as
        measured, and at least a quarter of a unit in the last place of every output."""
        least = EPS / 4 * ((np.abs(up) + np.abs(down)) / 2 @ np.abs(self.weights))
        return np.asarray(np.maximum(self.noise.values, least))

    def noise_along(self, line: Line) -> float:
        """The steps in which the loss moves along a line, as a standard deviation.

        0 if it does not move in steps; inf if the steps are larger than the rounding of float32.
        """
        found = (self._steps_along(line, width, least) for width, least in AWAY_WIDTHS.items())
        return next((height for height in found if height), 0.0)

    def _steps_along(self, line: Line, width: float, least: float) -> float:
        """The same, of steps that hide at least this fraction of the slope, as a window of this width shows it."""
        steps = AWAY + window(width)
        # The window is short compared with the numbers, however long the line's own steps are.
        shorter = min(1.0, float((self.scale[line.index] / np.abs(line.step)).min()))
        line = Line(line.index, line.step * shorter)
        points = [steps, steps[PAIRED] + PAIR, steps[PAIRED] + APART]
        rows = self.outputs([line], np.concatenate(points))
        values = (rows - self.here) @ self.weights
        if not np.isfinite(values).all():
            return 0.0
        close, apart = values[WINDOW:].reshape(2, -1) - values[PAIRED]
        slopes = np.diff(values[:WINDOW]) / np.diff(steps)
        size = float((np.abs(rows) @ np.abs(self.weights)).max())
        if not _in_steps(close / PAIR, slopes, least, OWN_STEPS * EPS * size / PAIR):
            return 0.0
        still = bool(2 * np.count_nonzero(close == 0) >= close.size)
        height = _spread(values[:WINDOW])
        allowed = WIDE_STEPS if np.median(np.abs(apart)) < height else STEPS
        if height > allowed * max(size, self.size):
            self.stepped.add(line.index.tobytes())
            # Steps below something that moves smoothly are digits lost inside: all slopes lack them.
            self.noise = replace(self.noise, wild=self.noise.wild or not still)
            return np.inf
        # Lines of other inputs may not show it, so the noise counts for all.
        self.single |= still
        self.noise = replace(self.noise, values=max(self.noise.values, height))
        return height

    def _around(self, width: float) -> Line:
        """A line on which each number moves by about this fraction of its size."""
        rng = np.random.default_rng(int(-np.log2(width)))
        ways = rng.uniform(0.7, 1, self.own.size) * rng.choice([-1.0, 1.0], self.own.size)
        return Line(np.arange(self.own.size), width * self.own * ways)

    def _measure(self, rows: np.ndarray) -> Noise:
        """The noise, from outputs here, here again, and in the narrow windows."""
        if not np.array_equal(rows[0], rows[HERE.size]):
            raise UnmeasurableError(
                "the forward pass gives a different result each time it runs on the same input"
            )
        rises = dict(zip(NARROW, self._rises(rows), strict=True))
        enough = WILD
        for width, steps in WIDER.items():
            if all(map(_stands_still, rises.values())):
                there = self.outputs([self._around(width)], HERE)
                rises[width], enough = self._rises(there)[0], steps
        spreads = {width: _spread(rise) for width, rise in rises.items()}
        moved = [
            spreads[width] * window(width)[-1] / largest(rise)
            for width, rise in rises.items()
            if rise.any()
        ]
        values, reach = max(spreads.values()), max(map(largest, rises.values()))
        # Numbers of size 1 may add up to a small loss, and leave their rounding in it.
        rounding = EPS * WINDOW * largest(self.weights)
        wild = values > max(enough * max(self.size, reach), rounding)
        first, close = rises[NARROW[0]], spreads[NARROW[0]]
        coarse = COARSE_STEPS * max(self.size, largest(self.weights))
        still = _stands_still(first) and values > coarse
        if _stands_still(first) or close > CLOSELY * largest(first):
            close = np.inf
        # So close to the end of its domain a loss that moves smoothly bends too fast for the window.
        elif (
            WAVE * values > close
            and not np.isfinite(self.outputs([self._around(NARROW[1])], -IRREGULAR)).all()
        ):
            values, wild = close, False
        return Noise(values, max(EPS, min(moved, default=EPS)), wild, close, still)

    def _rises(self, rows: np.ndarray) -> list[np.ndarray]:
        """How much the loss rises to each point, window by window; 0 in one that leaves its domain."""
        rises = ((rows - self.here) @ self.weights).reshape(-1, HERE.size)[:, 1:]
        return [np.where(np.isfinite(rise).all(), rise, 0.0) for rise in rises]


def copied(point: Mapping[str, object]) -> dict[str, object]:
    """The same inputs, in arrays of their own."""
    return {
        name: value.copy() if isinstance(value, np.ndarray) else value
        for name, value in point.items()
    }


def window(width: float) -> np.ndarray:
    """Irregular steps of about a width each: regular ones would meet the grid on which numbers are rounded."""
    return width * IRREGULAR


def _in_steps(close: np.ndarray, across: np.ndarray, least: float, rounding: float) -> bool:
    """Whether slopes between close points agree with each other, but not with those across the
    window: the rest of the rise is in steps between them.

    least: the fraction of the slope that they must hide.  rounding: what the loss's own rounding may make of a slope
    between close points.
    """
    inner, outer = float(np.median(close)), float(np.mean(across))
    missing = abs(outer - inner)
    # One pair may lie across a step, if there are several; a single one may be a kink.
    several = np.sort(np.abs(across - inner))[-2] > missing / 16
    apart = np.sort(np.abs(close - inner))[-2 if several else -1]
    enough = max(least * abs(outer), least * abs(inner), rounding)
    return bool(apart <= missing / 16) and missing > enough


def _stands_still(rise: np.ndarray) -> bool:
    return bool(np.mean(np.diff(rise) == 0) >= 0.5)


def largest(array: np.ndarray) -> float:
    """The largest magnitude in an array, 0 if it is empty."""
    return float(np.abs(array).max(initial=0.0))


def norm(values: np.ndarray) -> float:
    """The root of the sum of squares, also where the squares are beyond the range of float64."""
    peak = largest(values)
    if peak == 0 or not np.isfinite(peak):
        return peak
    return peak * float(np.linalg.norm(values / peak))


def typical(values: np.ndarray) -> np.ndarray:
    """The natural step of each coordinate: its own size, or the array's median size if that is larger."""
    sizes = np.abs(values)
    median = float(np.median(sizes[sizes > 0])) if (sizes > 0).any() else 1.0
    return np.asarray(np.maximum(sizes, median))


def _spread(rise: np.ndarray) -> float:
    """Standard deviation of the noise in `rise` in a window, robust against one outlier."""
    rest = RESIDUALS @ rise
    deviation = norm(rest) / np.sqrt(len(rest))
    return max(1.4826 * float(np.median(np.abs(rest))), float(deviation))
