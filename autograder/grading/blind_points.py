"""Answers so small that a check is blind to them: zero at every point, or far below what the other
points give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.model.compare import SMALL

# An answer below this is zero, and tells nothing of a factor or a sign.
VANISHED = 1e-6


@dataclass(frozen=True, slots=True)
class Faint:
    """A named answer that tells nothing: its size at one case, or at all if `case` is None, and the
    largest size."""

    name: str
    case: int | None
    size: float
    largest: float


def faint_answers(expected: Sequence[Mapping[str, object]]) -> tuple[Faint, ...]:
    """The faint ones among the expected answers of a check's cases, each by name; float64 arrays or
    numbers."""
    found = []
    for name in expected[0]:
        sizes = [
            float(np.abs(np.asarray(case[name], dtype=np.float64)).max(initial=0.0))
            for case in expected
        ]
        largest = max(sizes)
        if largest < VANISHED:
            found.append(Faint(name, None, largest, largest))
            continue
        found += [
            Faint(name, n, size, largest)
            for n, size in enumerate(sizes)
            if 0 < size < SMALL * largest
        ]
    return tuple(found)
