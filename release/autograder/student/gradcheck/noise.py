"""A loss that is evaluated in rounds, along lines through one point, and how much of it is rounding noise.

Noise is measured, never assumed: nearly coincident points lie on a parabola, and what they stray from it is noise.
Source: Moré and Wild, "Estimating computational noise" (2011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

EPS = float(np.finfo(np.float64).eps)
# Widths of the windows in which noise is looked for.  The two smallest always count; a wider one only where the loss
# does not even move in those before it, as one that is rounded to float32 or to nearly nothing.
WIDTHS = (2.0**-40, 2.0**-28, 2.0**-16, 2.0**-8)
ALWAYS = 2
WINDOW = 9
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


class Loss:
    """The scalar sum(upstream * forward(x)) as a function of some of the inputs, flattened and joined.

    forward: takes a list of inputs by name, returns outputs of upstream's shape, nan where there is no value; it is
    called once a round.  It is known by differences of outputs: subtracting before summing loses fewer digits.
    Raises UnmeasurableError if outputs are not finite, not of upstream's shape, or not repeatable.
    """

    def __init__(
        self, forward: Forward, x: Mapping[str, object], names: Sequence[str], upstream: np.ndarray, noise: float = -1.0
    ) -> None:
        self.forward, self.x = forward, x
        self.shape, self.weights = upstream.shape, upstream.ravel()
        self.parts = {name: np.asarray(x[name], dtype=np.float64) for name in names}
        ends = np.cumsum([0, *(part.size for part in self.parts.values())])
        self.slices = {name: slice(int(a), int(b)) for name, a, b in zip(names, ends, ends[1:], strict=False)}
        self.base = np.concatenate([np.zeros(0), *(part.ravel() for part in self.parts.values())])
        self.scale = np.concatenate([np.zeros(0), *(typical(part).ravel() for part in self.parts.values())])
        self.evaluations = self.rounds = 0
        self.here = np.zeros(upstream.size)
        self.stuck = False  # whether it moves in no window at all
        self.noise = self._look_around() if noise < 0 else self._settle(noise)

    @property
    def wild(self) -> bool:
        """Whether noise is all there is."""
        return self.noise > WILD * max(self.reach, float(np.abs(self.here) @ np.abs(self.weights)))

    def split(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """A flat array of all coordinates as arrays by name."""
        return {name: flat[where].reshape(self.parts[name].shape) for name, where in self.slices.items()}

    def moved(self, line: Line, t: float) -> np.ndarray:
        """The flat point t along a line."""
        point = self.base.copy()
        point[line.index] += t * line.step
        return point

    def outputs(self, points: Iterable[np.ndarray]) -> np.ndarray:
        """Forward outputs at flat points, a row each: (number of points, upstream.size)."""
        waiting, share = iter(points), max(1, ROUND // (self.base.size + self.weights.size + 1))
        rows = [np.zeros((0, self.weights.size))]
        while portion := list(islice(waiting, share)):  # made as they are needed: all at once may not fit
            rows.append(self._round(portion))
        return np.concatenate(rows)

    def _round(self, points: Sequence[np.ndarray]) -> np.ndarray:
        self.rounds, self.evaluations = self.rounds + 1, self.evaluations + len(points)
        outs = self.forward([{**self.x, **self.split(point)} for point in points])
        for out in outs:
            if np.shape(out) != self.shape:
                raise UnmeasurableError(f"the forward pass returns shape {np.shape(out)}, not {self.shape}")
        return np.stack([np.asarray(out, dtype=np.float64).ravel() for out in outs])

    def noise_at(self, up: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Standard deviation of the loss's rounding at pairs of points, from outputs (E, K, M): as measured, and at
        least a quarter of a unit in the last place of every output."""
        return np.asarray(np.maximum(self.noise, EPS / 4 * ((np.abs(up) + np.abs(down)) / 2 @ np.abs(self.weights))))

    def _settle(self, noise: float) -> float:
        """Evaluate the point itself, where the noise is known from a point beside it."""
        self.here = self.outputs([self.base])[0]
        self.reach = 0.0
        if not np.isfinite(self.here).all():
            raise UnmeasurableError("the forward pass is not finite here")
        return noise

    def _look_around(self) -> float:
        rng = np.random.default_rng(0)
        everything = np.arange(self.base.size)
        # Each number moves by its own size: a small one beside large ones rounds in its own way.
        size = np.where(self.base == 0, self.scale, np.abs(self.base))
        lines = [Line(everything, size * rng.uniform(0.7, 1, size.size) * rng.choice([-1.0, 1.0], size.size))
                 for _ in WIDTHS]  # fmt: skip
        steps = [width * (np.arange(WINDOW) + rng.uniform(0.1, 0.9, WINDOW)) for width in WIDTHS]
        around = [self.moved(line, t) for line, ts in zip(lines, steps, strict=True) for t in ts]
        near = self.outputs([self.base, self.base, *around])
        self.here = near[0]
        if not np.isfinite(self.here).all():
            raise UnmeasurableError("the forward pass is not finite here")
        if not np.array_equal(self.here, near[1]):
            raise UnmeasurableError("the forward pass gives a different result each time it runs on the same input")
        rises = np.nan_to_num((near[2:] - self.here) @ self.weights).reshape(len(WIDTHS), WINDOW)
        self.reach = float(np.abs(rises[0]).max(initial=0.0))
        noise, stuck = 0.0, True
        for number, (ts, rise) in enumerate(zip(steps, rises, strict=True)):
            if number < ALWAYS or stuck:
                noise = max(noise, _spread(ts, rise))
            stuck = stuck and bool(np.mean(np.diff(rise) == 0) >= 0.5)
        self.stuck = not rises.any()
        return noise


def norm(values: np.ndarray) -> float:
    """The root of the sum of squares, also where the squares are beyond the range of float64."""
    peak = float(np.abs(values).max(initial=0.0))
    if peak == 0 or not np.isfinite(peak):
        return peak
    return peak * float(np.linalg.norm(values / peak))


def typical(values: np.ndarray) -> np.ndarray:
    """The natural step of each coordinate: its own size, or the array's median size if that is larger."""
    sizes = np.abs(values)
    median = float(np.median(sizes[sizes > 0])) if (sizes > 0).any() else 1.0
    return np.asarray(np.maximum(sizes, median))


def stray(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What values (K, …) at nearly coincident points stray from a parabola through them."""
    t = steps / steps.max()
    fit = np.stack([np.ones_like(t), t, t * t], axis=1)
    flat = values.reshape(len(t), -1)
    return np.asarray(flat - fit @ np.linalg.lstsq(fit, flat, rcond=None)[0]).reshape(values.shape)


def _spread(steps: np.ndarray, rise: np.ndarray) -> float:
    """Standard deviation of the noise in `rise`, robust against one point that strays far."""
    rest = stray(steps, rise)
    deviation = norm(rest) / np.sqrt(len(rest))
    return max(1.4826 * float(np.median(np.abs(rest))), float(deviation))
