"""Expected answers with which a check sees nothing: zero at every point, or far below the other points'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.model.compare import SMALL

# An answer below this is zero, and shows neither a factor nor a sign.
VANISHED = 1e-6


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """A named answer too small to show a mistake, at one case, or at every case if `case` is None."""

    name: str
    case: int | None
    size: float
    largest: float


def blind_answers(expected: Sequence[Mapping[str, object]]) -> tuple[BlindAnswer, ...]:
    """The blind ones among the expected answers of a check's cases, by name; float64 arrays or numbers."""
    found = []
    for name in expected[0]:
        sizes = [
            float(np.abs(np.asarray(case[name], dtype=np.float64)).max(initial=0.0))
            for case in expected
        ]
        largest = max(sizes)
        if largest < VANISHED:
            found.append(BlindAnswer(name, None, largest, largest))
            continue
        found += [
            BlindAnswer(name, n, size, largest)
            for n, size in enumerate(sizes)
            if 0 < size < SMALL * largest
        ]
    return tuple(found)
