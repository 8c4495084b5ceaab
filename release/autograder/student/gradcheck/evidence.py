"""Hold a gradient against slopes measured along lines.

Most lines of a right gradient cost two forward passes: a single centred difference that agrees to eight digits is no
coincidence.  Where it does not agree, ladders of steps measure the slope with a bound on its error, and only a distance
beyond that bound is a mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.gradcheck.directions import (
    chosen,
    coordinates,
    directions,
    inside,
    ties,
    touches,
)
from autograder.student.gradcheck.noise import EPS, Line, Loss, largest, norm
from autograder.student.gradcheck.slopes import CANCELLATION, NOTHING, POWER, LineSlopes, Room

# What a float32 formula may be off by, of its own size and of the largest.
SINGLE = 1e-5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured: by flat coordinate (n,), and by line for directions.

    value, bound, kink, reach: of the coordinates, in the gradient's units; nan, inf, 0 and 0 where nothing was
    measured.  differs: coordinates that cannot be right.  inconsistent: directions along which it cannot;
    ties: lines that move equal numbers together, along which it cannot.
    """

    value: np.ndarray
    bound: np.ndarray
    kink: np.ndarray
    reach: np.ndarray
    tested: np.ndarray
    differs: np.ndarray
    inconsistent: tuple[Line, ...]
    ties: tuple[Line, ...]

    def wrong(self, where: slice) -> bool:
        """Whether the gradient of one input cannot be right."""
        along = any(inside(line, where) for line in self.inconsistent)
        return along or bool(self.differs[where].any())

    def breaks_tie(self, where: slice) -> bool:
        """Whether the shares of tied numbers, some of them of this input, do not add up."""
        return any(touches(line, where) for line in self.ties)

    def without(self, lost: np.ndarray) -> Evidence:
        """The same without what was measured of the coordinates `lost`, and along lines through them."""
        if not lost.any():
            return self
        inconsistent, ties = (
            tuple(line for line in lines if not lost[line.index].any())
            for lines in (self.inconsistent, self.ties)
        )
        bound = np.where(lost, np.inf, self.bound)
        differs = self.differs & ~lost
        return replace(self, bound=bound, differs=differs, inconsistent=inconsistent, ties=ties)

    @property
    def off(self) -> bool:
        """Whether anything cannot be right."""
        return bool(self.differs.any() or self.inconsistent)

    def decides(self, got: np.ndarray, where: slice) -> bool:
        """Whether the measurement is sharp enough to call the gradient of one input right."""
        tested = self.tested[where]
        constant = (self.reach == 0) & (got == 0)  # the loss does not move at all
        bound = np.where(constant, 0.0, self.bound - self.kink)[where][tested]
        size = max(norm(self.value[where][tested]), norm(got[where][tested]))
        if not (tested.any() or not tested.size) or not (
            np.isfinite(bound).all() and np.isfinite(size)
        ):
            return False
        if (bound > _telling(got[where])[tested]).any():
            return False
        as_good_as_zero = (bound <= NOTHING * self.reach[where][tested]).all()
        return norm(bound) <= POWER * size or bool(as_good_as_zero and not got[where].any())


def _telling(got: np.ndarray) -> np.ndarray:
    """How well each number (n,) must be known at least: it differs from 0, or is what larger ones leave by rounding."""
    peak = largest(got)
    size = np.abs(got)
    residue = (size >= EPS * peak) & (size <= CANCELLATION * peak)
    return np.where(residue | (got == 0), np.inf, size)


def examine(loss: Loss, got: np.ndarray, room: Room, asked: np.ndarray | None = None) -> Evidence:
    """Test the flat gradient `got` along coordinates, directions and ties.  asked: coordinates to test in any case."""
    which = np.union1d(chosen(loss), () if asked is None else asked).astype(int)
    lines, ways = coordinates(loss, which), list(directions(loss))
    if loss.noise.wild:
        which, lines, ways = which[:0], [], []
    slopes = LineSlopes(loss, got, [*lines, *ways], room)
    blamed = _measure_coordinates(slopes, loss.owner[which])
    unexplained = [
        len(lines) + number
        for number, way in enumerate(ways)
        if not blamed & set(loss.owner[way.index].tolist())
    ]
    across = _inconsistent(slopes, unexplained)
    together = ties(loss, which[slopes.kink[: which.size] > 0])
    tied = _inconsistent(LineSlopes(loss, got, together, room), range(len(together)))
    return _evidence(loss, slopes, which, across, tied)


def _measure_coordinates(slopes: LineSlopes, owner: np.ndarray) -> set[int]:
    """Measure the coordinates that do not agree with a single difference; return the inputs that are wrong.

    owner: the number of each coordinate's input.  An input is wrong if its worst coordinate is: then its others are
    not measured with more than the single difference.
    """
    doubtful = [i for i in range(owner.size) if not slopes.agrees[i]]
    suspects = _worst(slopes, doubtful, owner)
    slopes.measure(suspects)
    wrong = {int(owner[i]) for i in suspects if slopes.off[i]}
    others = [i for i in doubtful if i not in suspects]
    settled = [i for i in others if owner[i] not in wrong]
    slopes.settle(settled)
    slopes.measure([i for i in settled if slopes.off[i]])  # three steps accuse nobody
    rough = [i for i in others if owner[i] in wrong]  # a single difference is enough
    slopes.bound[rough] = slopes.likely[rough]
    return {int(number) for number in owner[slopes.off[: owner.size]]}


def _worst(slopes: LineSlopes, doubtful: Sequence[int], owner: np.ndarray) -> list[int]:
    """The doubtful line of each input that is farthest off, if a single difference cannot be off by as much."""
    worst: dict[int, int] = {}
    for i in doubtful:
        best = worst.get(int(owner[i]), i)
        worst[int(owner[i])] = i if slopes.excess[i] > slopes.excess[best] else best
    return [i for i in worst.values() if slopes.excess[i] > 0]


def _inconsistent(slopes: LineSlopes, which: Sequence[int]) -> tuple[Line, ...]:
    """Those of the lines `which` along which the gradient cannot be right."""
    doubtful = [i for i in which if not slopes.agrees[i]]
    slopes.measure_quickly(doubtful)
    slopes.measure([i for i in doubtful if slopes.off[i] or not np.isfinite(slopes.bound[i])])
    return tuple(slopes.lines[i] for i in doubtful if slopes.off[i])


def _evidence(
    loss: Loss,
    slopes: LineSlopes,
    which: np.ndarray,
    across: tuple[Line, ...],
    tied: tuple[Line, ...],
) -> Evidence:
    """Spread what was measured of the coordinates `which` over all of them."""
    scale = loss.scale[which]

    def spread(found: np.ndarray, elsewhere: float) -> np.ndarray:
        whole = np.full(loss.base.size, elsewhere)
        whole[which] = found[: which.size] / scale
        return whole

    value, bound = spread(slopes.value, np.nan), spread(slopes.bound, np.inf)
    kink, reach = spread(slopes.kink, 0.0), spread(slopes.reach, 0.0)
    tested, differs = np.zeros((2, loss.base.size), bool)
    tested[which], differs[which] = True, slopes.off[: which.size]
    return Evidence(value, bound, kink, reach, tested, differs, across, tied)


def agreements(slopes: LineSlopes, steepest: float) -> list[bool | None]:
    """Whether the gradient agrees with the slope along each line; None where that is too rough beside `steepest`."""
    slopes.settle([int(i) for i in np.flatnonzero(~slopes.agrees)])
    steepest = max(steepest, largest(np.nan_to_num(slopes.value)))
    sharp = slopes.agrees | (slopes.bound <= POWER * steepest)
    return [
        False if wrong else True if sure else None
        for wrong, sure in zip(slopes.off, sharp, strict=True)
    ]
