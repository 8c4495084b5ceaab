"""Measure a gradient from forward passes alone, and know how far the measurement can be trusted.

A centred difference (f(x+h) - f(x-h)) / 2h has two errors: too large a step bends (truncation), too small a step
drowns in rounding.  No single h is right for every function, so each slope is measured on a ladder of steps,
improved by Richardson extrapolation, and returned together with a bound on its own error:

    bound = 3 x (what extrapolation still changed)  +  6 x (measured noise of f) / h  +  1/2 x (kink)

where the kink is what the slopes to the left and to the right still differ by when h goes to 0: at a kink every value
between them is a valid slope.  A measurement must agree with those at smaller steps, or it is not used.

Source: Moré and Wild, "Estimating computational noise" (2011), for measuring the noise; Ridders (1982) for the
ladder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

EPS = float(np.finfo(np.float64).eps)
RATIO = 4.0
SAFETY = 3.0
SIGMAS = 6.0
QUICK = 2.0 ** -np.array([6.0, 8.0, 10.0])
FULL = 2.0 ** -np.arange(3.0, 26.0, 2.0)
# Room for the student's own rounding: a right formula may be off by this fraction of the gradient ...
OWN_ROUNDING = 1e-8
# ... and by this fraction of its largest element, where terms of that size cancel.
CANCELLATION = 1e-13
# A measurement whose bound exceeds this fraction of the gradient cannot decide.
POWER = 1e-3
# An element is measured again with more steps if its bound exceeds this fraction of it.
TIGHT = 1e-5
NOISE_WIDTH = 2.0**-40
NOISE_POINTS = 9
# Numbers that one round may hold, points and outputs together.
ROUND = 1 << 22

Forward = Callable[[Sequence[Mapping[str, object]]], Sequence[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Slope:
    """A measured gradient with respect to one input: value and error bound, both in the input's shape."""

    value: np.ndarray
    bound: np.ndarray

    def disagrees(self, got: np.ndarray) -> np.ndarray:
        """Where `got` cannot be the gradient: its distance exceeds the bound plus room for rounding."""
        room = OWN_ROUNDING * np.abs(self.value) + CANCELLATION * _largest(self.value)
        return np.asarray(~(np.isfinite(got) & (np.abs(got - self.value) <= self.bound + room)))

    def undecided(self) -> bool:
        """Whether the whole measurement is too rough to decide anything."""
        return float(np.linalg.norm(self.bound)) > POWER * max(float(np.linalg.norm(self.value)), EPS)


class UnmeasurableError(ValueError):
    """The forward pass gave nothing that a slope could be measured from; the message says what."""


def measure(forward: Forward, x: Mapping[str, object], wrt: str, upstream: np.ndarray) -> Slope:
    """Measure the gradient of sum(upstream * forward(x)) with respect to the input called `wrt`.

    forward: takes a list of inputs by name, returns the outputs (arrays of upstream's shape, nan where there is no
    value); it is called once a round, with all points of the round.  x: the inputs; x[wrt] holds float64 numbers.
    Returns a Slope in the shape of x[wrt]; its bound is inf where nothing could be measured.  Raises
    UnmeasurableError if the forward pass is not finite, not of upstream's shape, or not repeatable.
    """
    base = np.asarray(x[wrt], dtype=np.float64)
    with np.errstate(all="ignore"):  # what is not finite ends in an infinite bound
        loss = _Loss(forward, x, wrt, upstream)
        if loss.wild:
            return Slope(np.zeros(base.shape), np.full(base.shape, np.inf))
        typical = _typical(base)
        value, bound = _climb(loss, np.arange(base.size), typical, QUICK)
        # Then all steps, and where that is not enough, steps that suit a number far smaller than the others.  A forward
        # pass may be slow: a coordinate costs 6 calls, at most 54, and 30 if it is as large as the others.
        own = np.where(base == 0, typical, np.abs(base))
        for scale, new in ((typical, True), (own, (own != typical).ravel())):
            weak = bound > TIGHT * np.maximum(np.abs(value), OWN_ROUNDING * _largest(value))
            weak = np.flatnonzero(weak & new)
            again, rest = _climb(loss, weak, scale, FULL)
            better = rest < bound[weak]
            value[weak[better]], bound[weak[better]] = again[better], rest[better]
    return Slope(value.reshape(base.shape), bound.reshape(base.shape))


class _Loss:
    """The scalar sum(upstream * forward), known by differences of outputs: subtracting first loses fewer digits."""

    def __init__(self, forward: Forward, x: Mapping[str, object], wrt: str, upstream: np.ndarray) -> None:
        self.forward, self.x, self.wrt = forward, x, wrt
        self.base = np.asarray(x[wrt], dtype=np.float64)
        self.shape, self.weights = upstream.shape, upstream.ravel()
        steps = NOISE_WIDTH * (np.arange(NOISE_POINTS) + np.random.default_rng(0).uniform(0.1, 0.9, NOISE_POINTS))
        direction = _typical(self.base) * np.random.default_rng(1).choice([-1.0, 1.0], self.base.shape)
        near = self.outputs([self.base, self.base, *(self.base + t * direction for t in steps)])
        self.here = near[0]
        if not np.isfinite(self.here).all():
            raise UnmeasurableError("the forward pass is not finite here")
        if not np.array_equal(self.here, near[1]):
            raise UnmeasurableError("the forward pass gives a different result each time it runs on the same input")
        rise = np.nan_to_num((near[2:] - self.here) @ self.weights)
        self.noise = _spread(steps, rise)
        # Where noise is all there is, at nearly the same point, no step is small enough.
        self.wild = self.noise > POWER * max(_largest(rise), float(np.abs(self.here) @ np.abs(self.weights)))

    def outputs(self, points: Sequence[np.ndarray]) -> np.ndarray:
        """Forward outputs at `points` (values of the moved input), a row each: (len(points), upstream.size)."""
        outs = self.forward([{**self.x, self.wrt: p} for p in points])
        for out in outs:
            if np.shape(out) != self.shape:
                raise UnmeasurableError(f"the forward pass returns shape {np.shape(out)}, not {self.shape}")
        return np.stack([np.asarray(out, dtype=np.float64).ravel() for out in outs])

    def noise_at(self, up: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Standard deviation of the loss's rounding at pairs of points, from outputs (E, K, M): as measured, and at
        least a quarter of a unit in the last place of every output."""
        return np.asarray(np.maximum(self.noise, EPS / 4 * ((np.abs(up) + np.abs(down)) / 2 @ np.abs(self.weights))))


def _spread(steps: np.ndarray, rise: np.ndarray) -> float:
    """Standard deviation of `rise` about a parabola through nearly coincident points."""
    t = steps / steps.max()
    fit = np.stack([np.ones_like(t), t, t * t], axis=1)
    rest = rise - fit @ np.linalg.lstsq(fit, rise, rcond=None)[0]
    return max(1.4826 * float(np.median(np.abs(rest))), float(rest.std()))


def _typical(base: np.ndarray) -> np.ndarray:
    """The natural step of each coordinate: its own size, or the array's median size if that is larger."""
    sizes = np.abs(base)
    typical = float(np.median(sizes[sizes > 0])) if (sizes > 0).any() else 1.0
    return np.asarray(np.maximum(sizes, typical))


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0.0))


def _climb(loss: _Loss, which: np.ndarray, scale: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and bounds for the flat coordinates `which`, from a ladder of centred differences."""
    share = max(1, ROUND // (2 * steps.size * (loss.base.size + loss.weights.size + 1)))
    rounds = [_round(loss, which[i : i + share], scale, steps) for i in range(0, which.size, share)]
    values, bounds = zip(*rounds, strict=True) if rounds else ([which * 0.0], [which * 0.0])
    return np.concatenate(values), np.concatenate(bounds)


def _round(loss: _Loss, which: np.ndarray, scale: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points, widths = [], np.empty((which.size, steps.size))
    for row, i in enumerate(which):
        for column, step in enumerate(steps * scale.flat[i]):
            up, down = loss.base.copy(), loss.base.copy()
            up.flat[i] += step
            down.flat[i] -= step
            widths[row, column] = up.flat[i] - down.flat[i]  # the step that was really taken
            points += [up, down]
    out = loss.outputs(points).reshape(*widths.shape, 2, -1)
    up, down = out[:, :, 0], out[:, :, 1]
    plain = (up - down) @ loss.weights / widths
    bend = ((up - loss.here) - (loss.here - down)) @ loss.weights / (widths / 2)
    return extrapolate(plain, bend, loss.noise_at(up, down) * 2**0.5 / widths)


def extrapolate(plain: np.ndarray, bend: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most trustworthy value of each row of a ladder, and its error bound.

    plain: (E, K) centred differences, steps shrinking by RATIO along a row.  bend: slope to the right minus slope to
    the left.  noise: standard deviation of the rounding in plain.  Candidates are the plain values and their first and
    second Richardson extrapolations; each is bounded by what its last extrapolation changed, its noise and the kink;
    the smallest bound wins.  Where nothing is finite: 0, with an infinite bound.
    """
    once = plain[:, 1:] + np.diff(plain, axis=1) / (RATIO**2 - 1)
    twice = once[:, 1:] + np.diff(once, axis=1) / (RATIO**4 - 1)
    # Of a smooth function the bend shrinks with the step; what extrapolation leaves of it is a kink.
    doubt = np.abs(bend[:, 2:] + np.diff(bend, axis=1)[:, 1:] / (RATIO - 1)) / 2
    change0, change1 = np.abs(np.diff(plain, axis=1)), np.abs(np.diff(once, axis=1))
    # Extrapolation supposes that smaller steps change less; where they do not, all of the change is in doubt.
    doubt += np.where(change0[:, 1:] > change0[:, :-1] / 2, SAFETY * change0[:, 1:], 0.0)
    last = noise[:, 2:]
    values = np.concatenate([plain[:, 2:], once[:, 1:], twice], axis=1)
    bounds = np.concatenate(
        [
            SAFETY * np.maximum(change0[:, 1:], change0[:, :-1] / RATIO**2) + SIGMAS * last + doubt,
            SAFETY * np.maximum(change1, change0[:, 1:] / RATIO**2) + 1.1 * SIGMAS * last + doubt,
            SAFETY * np.maximum(np.abs(twice - once[:, 1:]), change1 / RATIO**2) + 1.2 * SIGMAS * last + doubt,
        ],
        axis=1,
    )
    finite = np.isfinite(values) & np.isfinite(bounds)
    values, bounds = np.where(finite, values, 0.0), np.where(finite, bounds, np.inf)
    bounds = np.where(_contradicted(values, bounds, np.tile(np.arange(last.shape[1]), 3)), np.inf, bounds)
    rows, best = np.arange(plain.shape[0]), bounds.argmin(axis=1)
    return values[rows, best], bounds[rows, best]


def _contradicted(values: np.ndarray, bounds: np.ndarray, rung: np.ndarray) -> np.ndarray:
    """Which candidates (E, C) cannot be true together with one at a smaller step, a higher rung (C,)."""
    apart = np.abs(values[:, :, None] - values[:, None, :]) > bounds[:, :, None] + bounds[:, None, :]
    return np.asarray((apart & (rung[:, None] < rung[None, :])).any(axis=2))
