"""The kinds of points at which functions are checked."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import numpy as np

# How many numbers a point has, and how near an edge is to the end of a domain.
NUMBERS = 9
NEAR = 1e-6


class Kind(Enum):
    """What is special about a point."""

    ORDINARY = "ordinary"
    SMALL = "1e-4"
    LARGE = "1e4"
    MIXED = "mixed sizes"
    TIES = "ties"
    ZEROS = "zeros"
    EDGES = "edges"


def points(low: float, high: float, rng: np.random.Generator) -> Iterator[tuple[Kind, np.ndarray]]:
    """A point of each kind that lies in the open domain (low, high)."""
    bottom, top = max(low, -2.0), min(high, 2.0)
    if top <= bottom:  # the domain begins or ends beyond 2
        bottom, top = (low, low + 3.0) if np.isfinite(low) else (high - 3.0, high)
    middle = bottom + (top - bottom) * rng.uniform(0.05, 0.95, NUMBERS)
    made = {
        Kind.ORDINARY: middle,
        Kind.SMALL: 1e-4 * middle,
        Kind.LARGE: 1e4 * middle,
        Kind.MIXED: middle * 10.0 ** rng.uniform(-4, 3, NUMBERS),
        Kind.TIES: np.repeat(middle[:3], 3),
        Kind.ZEROS: np.zeros(NUMBERS),
    }
    ends = [end for end in (low + NEAR, high - NEAR) if np.isfinite(end)]
    if ends:
        made[Kind.EDGES] = np.concatenate([ends[:1], ends[-1:], middle[2:]])
    for kind, point in made.items():
        if ((low < point) & (point < high)).all():
            yield kind, point
