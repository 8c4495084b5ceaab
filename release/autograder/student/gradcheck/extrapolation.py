"""Measure a slope on a ladder of steps, and bound the measurement's own error.

A centred difference (f(x+h) - f(x-h)) / 2h has two errors: too large a step bends (truncation), too small a step
drowns in rounding.  No single h is right for every function, so each slope is measured on a ladder of steps,
improved by Richardson extrapolation, and returned together with a bound on its own error:

    bound = 3 x (what extrapolation still changed)  +  6 x (measured noise of f) / h  +  1/2 x (kink)

where the kink is what the slopes to the left and to the right still differ by when h goes to 0: at a kink every value
between them is a valid slope.  A measurement must agree with those at smaller steps, or it is not used.

Source: Ridders, "Accurate computation of F'(x) and F'(x) F''(x)" (1982), for the ladder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.noise import EPS, Line, Loss

RATIO = 4.0
SAFETY = 3.0
SIGMAS = 6.0
# Steps that are no powers of two: those would meet the grid on which numbers are rounded.
ODD = 0.9183
QUICK = ODD * 2.0 ** -np.array([6.0, 8.0, 10.0])
FULL = ODD * 2.0 ** -np.arange(3.0, 26.0, 2.0)
# Where a kink or a fast function asks for smaller steps than the usual ones.
FINE = 2.0**-12


@dataclass(frozen=True, slots=True)
class Rises:
    """Slopes along lines, (E,) each: value, error bound, and the part of the bound that is a kink's."""

    value: np.ndarray
    bound: np.ndarray
    kink: np.ndarray


# A loss that has shown this many levels of a common unit, and no number between them, moves in steps of that unit;
# one that does not move at all close by needs to have shown one.
LEVELS = 4


def climb(
    loss: Loss, lines: Sequence[Line], steps: np.ndarray, grain: np.ndarray | None = None
) -> tuple[Rises, np.ndarray]:
    """The slope along each line, from a ladder of centred differences with `steps` of the line's own.

    Returns the slopes, and the grain (E,) of the loss along each line: the steps that it moves in, as one that is
    rounded to float32 on the way; it cannot be known better.  grain: what earlier ladders have shown of it.
    """
    up, down, widths = differences(loss, lines, steps)
    plain = (up - down) @ loss.weights / widths
    bend = ((up - loss.here) - (loss.here - down)) @ loss.weights / (widths / 2)
    shown = _grain(loss, np.concatenate([up - loss.here, down - loss.here], axis=1) @ loss.weights)
    grain = shown if grain is None else np.maximum(grain, shown)
    noise = np.maximum(loss.noise_at(up, down), grain[:, None] / 4)
    return extrapolate(plain, bend, noise * 2**0.5 / widths), grain


def _grain(loss: Loss, rises: np.ndarray) -> np.ndarray:
    """The largest power of two that all numbers of each row (E, K) are multiples of; 0 where few levels are seen.

    Of a loss that does not move close by, a line along which it never moves has the others' grain; if it has none
    either, that of numbers of size 1: its own size, 0 as it may be, does not tell.
    """
    mantissa, exponent = np.frexp(rises)
    known = np.isfinite(rises) & (rises != 0)
    whole = np.where(known, np.ldexp(np.where(known, mantissa, 0.0), 53), 0.0).astype(np.int64)
    lowest = np.where(known, np.ldexp((whole & -whole).astype(np.float64), exponent - 53), np.inf)
    least = lowest.min(axis=1, initial=np.inf)
    highest = np.where(known, np.abs(rises), 0.0).max(axis=1, initial=0.0)
    levels = 1 if loss.stuck else LEVELS
    grain = np.where(np.isfinite(least) & (highest >= levels * least), least, 0.0)
    return np.asarray(np.where(loss.stuck & (highest == 0), grain.max(initial=0.0) or EPS, grain))


def differences(loss: Loss, lines: Sequence[Line], steps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs (E, K, M) on both sides of the point, and the distance (E, K) between the two in units of the line."""
    moves = [(line, t) for line in lines for t in steps]
    widths = np.array([_taken(loss, line, t) for line, t in moves]).reshape(len(lines), len(steps))
    out = loss.outputs(loss.moved(line, side * t) for line, t in moves for side in (1, -1))
    out = out.reshape(*widths.shape, 2, loss.weights.size)
    return out[:, :, 0], out[:, :, 1], widths


def _taken(loss: Loss, line: Line, t: float) -> float:
    """The distance of x+t from x-t: of one coordinate as rounded; of many, their rounding is part of the noise."""
    if line.index.size != 1:
        return 2 * t
    x, step = float(loss.base[line.index[0]]), float(line.step[0])
    return ((x + t * step) - (x - t * step)) / step


def extrapolate(plain: np.ndarray, bend: np.ndarray, noise: np.ndarray) -> Rises:
    """The most trustworthy value of each row of a ladder, and its error bound.

    plain: (E, K) centred differences, steps shrinking by RATIO along a row.  bend: slope to the right minus slope to
    the left.  noise: standard deviation of the rounding in plain.  Candidates are the plain values and their first and
    second Richardson extrapolations; each is bounded by what its last extrapolation changed, its noise and the kink;
    the smallest bound wins.  Where nothing is finite: 0, with an infinite bound.
    """
    once = plain[:, 1:] + np.diff(plain, axis=1) / (RATIO**2 - 1)
    twice = once[:, 1:] + np.diff(once, axis=1) / (RATIO**4 - 1)
    # Of a smooth function the bend shrinks with the step; what extrapolation leaves of it is a kink.
    kink = np.abs(bend[:, 2:] + np.diff(bend, axis=1)[:, 1:] / (RATIO - 1)) / 2
    change0, change1 = np.abs(np.diff(plain, axis=1)), np.abs(np.diff(once, axis=1))
    # Extrapolation supposes that changes shrink with the square of the step; where they do not, all of the last one
    # is in doubt.
    doubt = kink + np.where(change0[:, 1:] > change0[:, :-1] * 2 / RATIO**2, SAFETY * change0[:, 1:], 0.0)
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
    bound = bounds[rows, best]
    # A bend that rounding may have made, or that is little of the bound, is no kink to speak of.
    shown = np.where(kink > 2 * SIGMAS * last, kink, 0.0)[rows, best % last.shape[1]]
    return Rises(values[rows, best], bound, np.where(np.isfinite(bound) & (shown > bound / 4), shown, 0.0))


def _contradicted(values: np.ndarray, bounds: np.ndarray, rung: np.ndarray) -> np.ndarray:
    """Which candidates (E, C) cannot be true together with one at a smaller step, a higher rung (C,)."""
    apart = np.abs(values[:, :, None] - values[:, None, :]) > bounds[:, :, None] + bounds[:, None, :]
    return np.asarray((apart & (rung[:, None] < rung[None, :])).any(axis=2))
