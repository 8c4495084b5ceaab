"""Hold a gradient against slopes measured along lines: coordinates, and random directions through many of them.

Most lines of a right gradient cost two forward passes: a single centred difference that agrees to seven digits is no
coincidence.  Where it does not agree, a ladder of steps measures the slope with a bound on its error, and only a
distance beyond that bound is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.extrapolation import FINE, FULL, SIGMAS, Rises, climb, differences
from autograder.student.gradcheck.noise import Line, Loss, norm
from autograder.student.gradcheck.slopes import CANCELLATION, OWN_ROUNDING, POWER, coordinate_lines, largest, own_scale

# Up to so many parameters all coordinates are tested; above, so many of each input, and directions.
ALL = 600
SAMPLE = 48
# Directions through everything, and disjoint ones that together hold all of an input that is not tested one by one.
THROUGH_ALL = 2
BLOCKS = 8
# A single difference of this step agrees if it is this close, as a fraction of the slope (and, by CANCEL, of the
# largest slope of the input, whose terms may have cancelled in it), and the loss does not bend there.
STEP = 2.0**-16
AGREES = 1e-7
CANCEL = 1e-9
BENDS = 1e-3
# So many of the lines of an input that agree least are measured first: if one of them is wrong, the input is.
WORST = 16
# What a float32 formula may be off by, of its own size and of the largest.
SINGLE = 1e-5
# A loss that changes by less than this fraction is as good as constant.
CONSTANT = 1e-8


@dataclass(frozen=True, slots=True)
class Room:
    """What a right gradient may be off by through its own rounding.

    relative: as a fraction of an element.  beside: as a fraction of the largest of its input.  jitter: (n,) measured.
    """

    relative: float = OWN_ROUNDING
    beside: float = CANCELLATION
    jitter: np.ndarray | None = None

    def along(self, line: Line, gradient: np.ndarray, largest: np.ndarray) -> float:
        """The room in the slope along a line, for a flat gradient whose inputs' largest elements are `largest` (n,)."""
        own = self.relative * line.size(gradient) + self.beside * line.size(largest)
        return own + (line.size(self.jitter) if self.jitter is not None else 0.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured: by flat coordinate (n,), and by line for directions.

    value, bound, kink: of the coordinates, in the gradient's units; nan, inf, 0 where nothing was measured.
    differs: coordinates that cannot be right.  strays: directions along which the gradient cannot be right.
    """

    value: np.ndarray
    bound: np.ndarray
    kink: np.ndarray
    tested: np.ndarray
    differs: np.ndarray
    strays: tuple[Line, ...]

    def wrong(self, where: slice) -> bool:
        """Whether the gradient of one input cannot be right."""
        return bool(self.differs[where].any()) or any(inside(line, where) for line in self.strays)

    @property
    def off(self) -> bool:
        """Whether anything cannot be right."""
        return bool(self.differs.any() or self.strays)

    def decides(self, loss: Loss, got: np.ndarray, where: slice) -> bool:
        """Whether the measurement is sharp enough to call the gradient of one input right."""
        if loss.wild:
            return False
        tested = self.tested[where]
        bound, got = (self.bound - self.kink)[where][tested], got[where][tested]
        size = max(norm(self.value[where][tested]), norm(got))
        if not (np.isfinite(bound).all() and np.isfinite(size)):
            return False
        constant = CONSTANT * float(np.abs(loss.here) @ np.abs(loss.weights))
        nothing = not got.any() and bool((bound * loss.scale[where][tested] <= constant).all())
        return nothing or norm(bound) <= POWER * size


def examine(loss: Loss, got: np.ndarray, room: Room, asked: np.ndarray | None = None) -> Evidence:
    """Test the flat gradient `got` along coordinates and directions.  asked: coordinates to be measured in any case."""
    return _Examination(loss, got, room).run(np.zeros(0, int) if asked is None else asked)


class _Examination:
    def __init__(self, loss: Loss, got: np.ndarray, room: Room) -> None:
        self.loss, self.got, self.room = loss, got, room
        n = loss.base.size
        self.value, self.bound, self.kink = np.full(n, np.nan), np.full(n, np.inf), np.zeros(n)
        self.peak = np.zeros(n)  # the largest slope of each coordinate's input, by its own scale
        for where in loss.slices.values():
            self.peak[where] = largest(got[where] * loss.scale[where]) / loss.scale[where]

    def run(self, asked: np.ndarray) -> Evidence:
        """Agreement first, then ladders where there is none."""
        which = np.union1d(chosen(self.loss), asked).astype(int)
        tested = np.zeros(self.got.size, bool)
        tested[which] = True
        lines = coordinate_lines(which, self.loss.scale)
        ways = list(directions(self.loss)) if self.got.size > 1 else []
        agree = self._agree([*lines, *ways])
        doubtful = [line for line, ok in zip(lines, agree, strict=False) if not ok]
        self._climb_worst_first(doubtful)
        strays = self._strays([way for way, ok in zip(ways, agree[len(lines) :], strict=True) if not ok])
        return Evidence(self.value, self.bound, self.kink, tested, tested & self._off(), strays)

    def _agree(self, lines: list[Line]) -> np.ndarray:
        """Whether a single difference agrees with the gradient along each line, so closely that it must be right."""
        up, down, widths = differences(self.loss, lines, np.array([STEP]))
        slope = ((up - down) @ self.loss.weights / widths)[:, 0]
        bend = (((up - self.loss.here) - (self.loss.here - down)) @ self.loss.weights / (widths / 2))[:, 0]
        noise = SIGMAS * (self.loss.noise_at(up, down) * 2**0.5 / widths)[:, 0]
        told = np.array([line.predict(self.got) for line in lines])
        size = np.array([line.size(self.got) for line in lines])
        peak = np.array([line.size(self.peak) for line in lines])
        distance = np.abs(slope - told) + noise
        small = distance <= AGREES * size + CANCEL * peak
        straight = np.abs(bend) <= BENDS * size + CANCEL * peak + 2 * noise
        agree = np.asarray(small & straight)
        for line, value, error, sure in zip(lines, slope, distance, agree, strict=True):
            if line.index.size == 1:
                self.value[line.index] = value / line.step
                self.bound[line.index] = error / line.step if sure else np.inf
        return agree

    def _climb_worst_first(self, doubtful: list[Line]) -> None:
        """Ladders for the coordinates that do not agree; of an input that is found wrong, not for all of them."""
        mine = {
            name: sorted((line for line in doubtful if inside(line, where)), key=lambda line: -self._distance(line))
            for name, where in self.loss.slices.items()
        }
        self._climb([line for lines in mine.values() for line in lines[:WORST]])
        wrong = {name for name, where in self.loss.slices.items() if self._off()[where].any()}
        self._climb([line for name, lines in mine.items() if name not in wrong for line in lines[WORST:]])

    def _distance(self, line: Line) -> float:
        """How far the single difference is from the gradient, by the line's own step."""
        far = abs(float(((self.value - self.got)[line.index] * line.step)[0]))
        return far if np.isfinite(far) else np.inf

    def _climb(self, lines: list[Line]) -> None:
        """A ladder for each coordinate; where it does not decide, further ones that suit small numbers and kinks."""
        if not lines:
            return
        rises, grain = climb(self.loss, lines, FULL)
        self._keep(lines, rises)
        seen = np.zeros(self.got.size)
        seen[[int(line.index[0]) for line in lines]] = grain
        open_ = [line for line in lines if self._open(line)]
        own = own_scale(self.loss)
        shorter = [Line(line.index, own[line.index]) for line in open_ if own[line.index] != line.step]
        again = [*shorter, *(Line(line.index, line.step * FINE) for line in open_)]
        if again:
            known = np.array([seen[line.index[0]] for line in again])
            self._keep(again, climb(self.loss, again, FULL, known)[0])

    def _open(self, line: Line) -> bool:
        """Whether a coordinate's measurement could be better."""
        i = int(line.index[0])
        enough = AGREES * max(abs(self.value[i]), 1e-2 * self.peak[i])
        return not self.bound[i] <= enough  # nan is open, too

    def _keep(self, lines: Sequence[Line], rises: Rises) -> None:
        for line, value, bound, kink in zip(lines, rises.value, rises.bound, rises.kink, strict=True):
            i, step = int(line.index[0]), float(line.step[0])
            if not self.bound[i] <= bound / step:
                self.value[i], self.bound[i], self.kink[i] = value / step, bound / step, kink / step

    def _strays(self, ways: Sequence[Line]) -> tuple[Line, ...]:
        """The directions along which the gradient cannot be right."""
        grain = np.zeros(len(ways))
        for factor in (1.0, FINE):
            if not ways:
                break
            rises, grain = climb(self.loss, ways, FULL * factor, grain)
            told = np.array([way.predict(self.got) for way in ways])
            room = np.array([self.room.along(way, self.got, self.peak) for way in ways])
            off = np.abs(told - rises.value) > rises.bound + room
            ways, grain = [way for way, stray in zip(ways, off, strict=True) if stray], grain[off]
        return tuple(ways)

    def _off(self) -> np.ndarray:
        """The coordinates (n,) whose distance from the measured slope is more than its bound and rounding explain."""
        size = np.maximum(np.abs(self.got), np.abs(np.nan_to_num(self.value)))
        room = self.room.relative * size + self.room.beside * self.peak
        room = room if self.room.jitter is None else room + self.room.jitter
        return np.asarray(np.abs(self.got - self.value) > self.bound + room)


def inside(line: Line, where: slice) -> bool:
    """Whether a line moves the coordinates of one input only."""
    return bool(where.start <= line.index[0] and line.index[-1] < where.stop)


def chosen(loss: Loss) -> np.ndarray:
    """The coordinates to test one by one: all, or a sample of every input."""
    if loss.base.size <= ALL:
        return np.arange(loss.base.size)
    rng = np.random.default_rng(2)
    samples = [
        where.start + rng.choice(size, min(SAMPLE, size), replace=False)
        for where in loss.slices.values()
        if (size := where.stop - where.start)
    ]
    return np.sort(np.concatenate(samples))


def directions(loss: Loss) -> Iterator[Line]:
    """Lines through many coordinates at once: what is wrong with one of them, or only with several together, shows."""
    rng = np.random.default_rng(3)
    everything = np.arange(loss.base.size)
    for _ in range(THROUGH_ALL):
        yield _random(loss, everything, rng)
    if loss.base.size <= ALL:
        return
    for where in loss.slices.values():
        inside = everything[where]
        if inside.size > SAMPLE:
            yield Line(inside, loss.scale[inside])  # all up: what was summed, or has an offset
            for block in np.array_split(rng.permutation(inside), BLOCKS):
                yield _random(loss, np.sort(block), rng)


def _random(loss: Loss, index: np.ndarray, rng: np.random.Generator) -> Line:
    signs = rng.choice([-1.0, 1.0], index.size)
    return Line(index, loss.scale[index] * rng.uniform(0.5, 1.5, index.size) * signs)


def agreements(loss: Loss, got: np.ndarray, lines: Sequence[Line], room: Room, steepest: float) -> list[bool | None]:
    """Whether a gradient agrees with the slope along each line; None where that is too rough beside `steepest`."""
    if not lines:
        return []
    rises, _ = climb(loss, lines, FULL)
    told = np.array([line.predict(got) for line in lines])
    rounding = np.array([room.along(line, got, np.zeros(got.size)) for line in lines])
    off = np.abs(told - rises.value) > rises.bound + rounding
    steepest = max(steepest, largest(rises.value))
    sharp = rises.bound <= POWER * steepest
    return [False if wrong else True if sure else None for wrong, sure in zip(off, sharp, strict=True)]
