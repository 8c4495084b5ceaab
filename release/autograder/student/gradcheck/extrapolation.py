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

from autograder.student.gradcheck.noise import EPS, Line, Loss, coordinate, largest

RATIO = 4.0
SAFETY = 3.0
SIGMAS = 6.0
# Steps that are no powers of two: those would meet the grid on which numbers are rounded.
ODD = 0.9183
STEP = 2.0**-16
QUICK = ODD * 2.0 ** -np.array([6.0, 8.0, 10.0])
FULL = ODD * 2.0 ** -np.arange(3.0, 26.0, 2.0)
# Where a kink or a fast function asks for smaller steps than the usual ones.
FINE = 2.0**-12
# Where a slope is lost in the rounding of the loss, larger steps may lift it out; if the loss is so
# smooth that each of them changes far less than the one before.
FAR = 2.0**12
SMOOTH = 1 / 8
# A loss that does not move at all at so many of the smallest steps stands still there.
STILL = 3
# From one step to the next the changes of a smooth loss do not shrink as much as this.
SUDDEN = RATIO**-6


@dataclass(frozen=True, slots=True)
class Rises:
    """Slopes along lines, (E,) each: value, error bound, the part of the bound that is a kink's,
    whether rounding is most of it, the steepest rise to any point of the ladder, and what the slope changes at once."""

    value: np.ndarray
    bound: np.ndarray
    kink: np.ndarray
    drowned: np.ndarray
    reach: np.ndarray
    jump: np.ndarray


def glance(loss: Loss, lines: Sequence[Line]) -> Rises:
    """The slope along each line, from a single centred difference.

    Its bound is that of its noise alone; its kink is how much it bends, far more than a smooth
    function is off by.
    """
    if not lines:
        return Rises(*(np.zeros(0) for _ in range(6)))
    up, down, widths = differences(loss, lines, np.array([STEP]))
    value, bend, reach = _slopes(loss, up, down, widths)
    bound = SIGMAS * loss.noise_at(up, down) * 2**0.5 / widths
    nowhere = np.zeros(len(lines), bool)
    return Rises(
        value[:, 0], bound[:, 0], np.abs(bend[:, 0]), nowhere, reach[:, 0], 0 * reach[:, 0]
    )


def _slopes(
    loss: Loss, up: np.ndarray, down: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centred differences (E, K), the slope to the right minus that to the left, and the steeper of the two."""
    right = (up - loss.here) @ loss.weights / (widths / 2)
    left = (loss.here - down) @ loss.weights / (widths / 2)
    steeper = np.fmax(np.abs(right), np.abs(left))
    return (up - down) @ loss.weights / widths, right - left, steeper


def likely_error(seen: Rises) -> np.ndarray:
    """What single differences are off by if the loss is smooth: its third derivative is to its second as that to its
    first.  At a kink, all of the bend."""
    share = np.minimum(seen.kink / np.maximum(np.abs(seen.value), np.finfo(float).tiny), 1.0)
    return np.asarray(seen.bound + seen.kink * share)


def climb(loss: Loss, lines: Sequence[Line], steps: np.ndarray, *, smooth: bool = False) -> Rises:
    """The slope along each line, from a ladder of centred differences with `steps` of the line's own.

    smooth: be content only with a loss on which all steps agree, as far apart as they are.
    """
    up, down, widths = differences(loss, lines, steps)
    plain, bend, reach = _slopes(loss, up, down, widths)
    rises = np.concatenate([up - loss.here, down - loss.here], axis=1) @ loss.weights
    values = np.maximum(loss.noise_at(up, down), _grain(rises)[:, None] / 4)
    values = _with_steps(loss, lines, values, plain, bend, widths)
    # Rounded arguments shift the point at which the slope is taken, and the slope by as much as it bends.
    sizes = [np.abs(loss.own[line.index] / line.step).max() for line in lines]
    arguments = loss.noise.arguments * np.array(sizes)
    noise = values * 2**0.5 / widths + arguments[:, None] * np.abs(bend) / (widths / 2)
    value, bound, kink, drowned = extrapolate(plain, bend, noise)
    if smooth:
        rough = _outgrown(np.abs(np.diff(plain, axis=1)), noise / 2, SMOOTH).any(axis=1)
        # A loss that is flat far away may be anything close by.
        flat = np.abs(value) <= bound
        bound = np.where(rough | flat | (kink > 0), np.inf, bound)
    steepest = np.where(np.isfinite(reach), reach, 0.0).max(axis=1, initial=0.0)
    return Rises(value, bound, kink, drowned, steepest, _jump(plain, noise))


def _with_steps(
    loss: Loss,
    lines: Sequence[Line],
    values: np.ndarray,
    plain: np.ndarray,
    bend: np.ndarray,
    widths: np.ndarray,
) -> np.ndarray:
    """The noise of the loss at each point (E, K), where it may move in steps along a line: `values` or more."""
    values = values.copy()
    lost = EPS / 4 * largest(loss.weights)
    still = _stands_still(plain, bend)
    # Where the loss moves farther away only, it may be numbers of size 1 that have lost the rest.
    values[still] = np.maximum(values[still], lost)
    restless = _outgrown(np.abs(np.diff(plain, axis=1)), values * 2**0.5 / widths).any(axis=1)
    known = np.array([line.index.tobytes() in loss.stepped for line in lines], bool)
    values[known] = np.inf
    for row in np.flatnonzero((still | restless) & ~known) if widths.shape[1] > QUICK.size else ():
        values[row] = np.maximum(values[row], loss.noise_along(lines[int(row)]))
    if loss.stepped or still.any():  # then what does not move at all may be lost, too
        unmoved = ~plain.any(axis=1)
        values[unmoved] = np.maximum(values[unmoved], lost)
    return values


def _stands_still(plain: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """The rows (E,) that do not move at the smallest steps, but at larger ones."""
    flat = (plain == 0) & (bend == 0)
    return np.asarray(flat[:, -STILL:].all(axis=1) & plain.any(axis=1))


def _jump(plain: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The largest change of each row (E,) that comes all at once, beside smaller steps that hardly change anything."""
    change = np.abs(np.diff(plain, axis=1))
    real = np.where(np.isfinite(change), _real(change, noise), 0.0)[:, :-1]
    jumps = np.where(change[:, 1:] < SUDDEN * real, real, 0.0)
    return np.asarray(jumps.max(axis=1, initial=0.0))


def _grain(rises: np.ndarray) -> np.ndarray:
    """The largest power of two (E,) that all numbers of each row (E, K) are multiples of: the steps of a loss that adds
    up from numbers far larger than itself.  A row of zeros has that of the others, or of numbers of size 1."""
    mantissa, exponent = np.frexp(rises)
    known = np.isfinite(rises) & (rises != 0)
    whole = np.where(known, np.ldexp(np.where(known, mantissa, 0.0), 53), 0.0).astype(np.int64)
    lowest = np.where(known, np.ldexp((whole & -whole).astype(np.float64), exponent - 53), np.inf)
    grain = lowest.min(axis=1, initial=np.inf)
    largest_known = np.where(np.isfinite(grain), grain, 0.0).max(initial=0.0)
    return np.asarray(np.where(np.isfinite(grain), grain, largest_known or EPS))


def differences(
    loss: Loss, lines: Sequence[Line], steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs (E, K, M) on both sides of the point, and the distance (E, K) between the two in units of the line."""
    out = loss.outputs(lines, np.concatenate([steps, -steps]))
    out = out.reshape(len(lines), 2, steps.size, loss.weights.size)
    # Of one coordinate the distance is as rounded; of many, their rounding is part of the noise.
    only, way = (found[:, None] for found in coordinate(lines))
    up, down = loss.base[only] + steps * way, loss.base[only] - steps * way
    return out[:, 0], out[:, 1], np.where(only < 0, 2 * steps, (up - down) / way)


def extrapolate(plain: np.ndarray, bend: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, ...]:
    """The most trustworthy value of each row of a ladder, its error bound, the part of it that is a
    kink's, and whether rounding is most of it.

    plain: (E, K) centred differences, steps shrinking by RATIO along a row.  bend: slope to the right minus slope to
    the left.  noise: standard deviation of the rounding in plain.  Candidates are the plain values and their first and
    second Richardson extrapolations; each is bounded by what its last extrapolation changed, its noise and the kink;
    the smallest bound wins.  Where nothing is finite: 0, with an infinite bound.
    """
    once = plain[:, 1:] + np.diff(plain, axis=1) / (RATIO**2 - 1)
    twice = once[:, 1:] + np.diff(once, axis=1) / (RATIO**4 - 1)
    # Of a smooth function the bend shrinks with the step; what extrapolation leaves of it may be a kink.
    kink = np.abs(bend[:, 2:] + np.diff(bend, axis=1)[:, 1:] / (RATIO - 1)) / 2
    # A kink is at least as large as smaller steps have surely seen it: larger ones may meet others.
    seen = np.maximum.accumulate((kink - 2 * SIGMAS * noise[:, 2:])[:, ::-1], axis=1)[:, ::-1]
    kink = np.fmax(kink, seen)
    change0, change1 = np.abs(np.diff(plain, axis=1)), np.abs(np.diff(once, axis=1))
    last = noise[:, 2:]
    doubt = kink + SAFETY * _irregular(change0, noise)
    values = np.concatenate([plain[:, 2:], once[:, 1:], twice], axis=1)
    changes = [
        np.maximum(change0[:, 1:], change0[:, :-1] / RATIO**2),
        np.maximum(change1, change0[:, 1:] / RATIO**2),
        np.maximum(np.abs(twice - once[:, 1:]), change1 / RATIO**2),
    ]
    rounding = [times * SIGMAS * last + doubt for times in (1.0, 1.1, 1.2)]
    bounds = SAFETY * np.concatenate(changes, axis=1) + np.concatenate(rounding, axis=1)
    finite = np.isfinite(values) & np.isfinite(bounds)
    values, bounds = np.where(finite, values, 0.0), np.where(finite, bounds, np.inf)
    bounds = np.where(np.tile(_outgrown(change0, noise), 3), np.inf, bounds)
    rung = np.tile(np.arange(last.shape[1]), 3)
    bounds = np.where(_contradicted(values, bounds, rung), np.inf, bounds)
    kink = np.where(_stays(bend, noise, kink), kink, 0.0)
    rows, best = np.arange(plain.shape[0]), (bounds - np.tile(kink, 3)).argmin(axis=1)
    bound, rung = bounds[rows, best], best % last.shape[1]
    kink = np.where(np.isfinite(bound) & (kink[rows, rung] > bound / 4), kink[rows, rung], 0.0)
    drowned = (kink == 0) & (SAFETY * SIGMAS * last[rows, rung] > bound)
    return values[rows, best], bound, kink, drowned


def _irregular(change: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """What is in doubt of the rungs (E, K-2), from the third on: extrapolation supposes that changes shrink with the
    square of the step, and where one does not, there or surely at a smaller step, all of it is in doubt."""
    odd = np.where(change[:, 1:] > change[:, :-1] * 2 / RATIO**2, change[:, 1:], 0.0)
    sure = np.where(odd > 0, _real(change, noise)[:, 1:], 0.0)
    return np.fmax(odd, np.fmax.accumulate(sure[:, ::-1], axis=1)[:, ::-1])


def _real(change: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """What each step changes (E, K-1), 0 where rounding explains it."""
    explained = change <= SIGMAS * (noise[:, 1:] + noise[:, :-1])
    return np.where(explained, 0.0, np.nan_to_num(change, nan=np.inf))


def _stays(bend: np.ndarray, noise: np.ndarray, kink: np.ndarray) -> np.ndarray:
    """Where a bend is a kink (E, K-2): it does not shrink with the step, neither there nor at any
    smaller step, and is more than rounding may have made."""
    size = np.abs(bend)
    flat = size[:, 1:] > size[:, :-1] / 2
    steady = flat & (size[:, 1:] < size[:, :-1] * 2)
    least = np.minimum.accumulate((size + 2 * SIGMAS * noise)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(
        steady[:, 1:] & flat[:, :-1] & (least[:, 2:] > kink) & (kink > 2 * SIGMAS * noise[:, 2:])
    )


def _outgrown(change: np.ndarray, noise: np.ndarray, shrink: float = 1.0) -> np.ndarray:
    """The rungs (E, K-2), from the third on, at which or after which a step changes more than
    `shrink` times as much as the one before it did.

    change: (E, K-1) what each step has changed.  Rounding alone may do that, as far as the noise explains it; else the
    larger steps have jumped over what the function does close by.
    """
    later = np.maximum.accumulate(_real(change, noise)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(later[:, 1:] > shrink * change[:, :-1])


def _contradicted(values: np.ndarray, bounds: np.ndarray, rung: np.ndarray) -> np.ndarray:
    """Which candidates (E, C) cannot be true together with one at a smaller step, a higher rung (C,)."""
    distance = np.abs(values[:, :, None] - values[:, None, :])
    apart = distance > bounds[:, :, None] + bounds[:, None, :]
    return np.asarray((apart & (rung[:, None] < rung[None, :])).any(axis=2))
