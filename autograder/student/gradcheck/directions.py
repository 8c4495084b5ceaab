"""The lines along which a gradient is tested: coordinates, directions through many of them, and ties."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.student.gradcheck.noise import Line, Loss

# Up to so many parameters all coordinates are tested; above, so many of each input, and directions.
ALL = 600
SAMPLE = 12
# Directions through everything, and disjoint ones that together hold all of an input that is not tested one by one.
THROUGH_ALL = 2
BLOCKS = 4
# So many groups of tied numbers are tested.
TIES = 8


def inside(line: Line, where: slice) -> bool:
    """Whether a line moves the coordinates of one input only."""
    return bool(where.start <= line.index[0] and line.index[-1] < where.stop)


def touches(line: Line, where: slice) -> bool:
    """Whether a line moves coordinates of one input, alone or with others."""
    return bool(((line.index >= where.start) & (line.index < where.stop)).any())


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


def coordinates(loss: Loss, which: np.ndarray) -> list[Line]:
    """A line for each flat coordinate of `which`, in units of its scale."""
    which = np.asarray(which, dtype=int)
    return [Line(which[k : k + 1], loss.scale[which[k : k + 1]]) for k in range(which.size)]


def directions(loss: Loss) -> Iterator[Line]:
    """Lines through many coordinates at once: what is wrong with one of them, or only with several
    together, shows."""
    if loss.base.size < 2:
        return
    rng = np.random.default_rng(3)
    everything = np.arange(loss.base.size)
    for _ in range(THROUGH_ALL):
        yield _random(loss, everything, rng)
    if loss.base.size <= ALL:
        return
    for where in loss.slices.values():
        mine = everything[where]
        if mine.size > SAMPLE:
            yield Line(mine, loss.scale[mine])  # all up: what was summed, or has an offset
            for block in np.array_split(rng.permutation(mine), BLOCKS):
                yield _random(loss, np.sort(block), rng)


def _random(loss: Loss, index: np.ndarray, rng: np.random.Generator) -> Line:
    signs = rng.choice([-1.0, 1.0], index.size)
    return Line(index, loss.scale[index] * rng.uniform(0.5, 1.5, index.size) * signs)


def ties(loss: Loss, kinked: np.ndarray) -> list[Line]:
    """Lines that move equal numbers together: the largest of them rises as fast as all, and only their shares differ.

    kinked: the flat coordinates that sit on a kink.
    """
    values = loss.base[kinked]
    groups = [kinked[values == value] for value in np.unique(values)]
    return [
        Line(group, np.full(group.size, loss.scale[group].max()))
        for group in groups
        if group.size > 1
    ][:TIES]
