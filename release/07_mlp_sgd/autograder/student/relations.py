"""Name how a wrong answer relates to the right one: its negative, its transpose, N times too large.

A relation is named only when it explains every differing case, over enough numbers that a coincidence is
excluded; below that margin this module stays silent, since a wrong name misleads more than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from autograder.student.results import Diagnosis

# Agreement that counts as "the same numbers", as a fraction of the largest magnitude.
SAME = 1e-9
# How many distinct non-zero expected numbers a relation must explain before it is named ...
ENOUGH = 3
# ... where numbers are distinct, and count beside the largest of their array, from this fraction on.
DISTINCT = 1e-6

FACTORS = {
    2.0: "twice",
    0.5: "half of",
    3.0: "three times",
    1 / 3: "a third of",
    4.0: "four times",
    0.25: "a quarter of",
}


Pair = tuple[np.ndarray, np.ndarray]
Agree = Callable[[np.ndarray, np.ndarray], bool]


def relate(
    name: str,
    pairs: Sequence[Pair],
    sizes: Mapping[str, int] = MappingProxyType({}),
    others: Mapping[str, Sequence[np.ndarray]] = MappingProxyType({}),
    same: float = SAME,
) -> Diagnosis | None:
    """Name how the `got` arrays relate to the `expected` ones, or None.

    pairs: (got, expected) for every case of a check.  sizes: named array sizes (`N`, `C` …) that a factor may
    come from, equal in all cases.  others: expected values, per case, of other answers that hold ours.  same:
    agreement that counts as equal, wider where `expected` was itself measured.
    """

    def agree(a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and bool(np.all(np.abs(a - b) <= same * np.abs(b).max(initial=0.0)))

    pairs = [(np.asarray(g, float), np.asarray(e, float)) for g, e in pairs]
    if not _telling([e for _, e in pairs]) or not all(np.isfinite(g).all() for g, _ in pairs):
        return None
    if all(agree(g, e) for g, e in pairs):
        return None
    for other, values in others.items():
        if (
            len(values) == len(pairs)
            and _telling(values)
            and all(agree(g, v) for (g, _), v in zip(pairs, values, strict=True))
        ):
            return Diagnosis("swapped", f"your {name} holds the numbers of {other}, and {other} those of {name}")
    if all(agree(g, -e) for g, e in pairs):
        return Diagnosis("sign", f"your {name} is the negative of what it should be")
    if any(e.ndim == 2 for _, e in pairs) and all(e.ndim == 2 and agree(g, e.T) for g, e in pairs):
        return Diagnosis("transposed", f"your {name} has the right numbers, transposed")
    return _factor(name, pairs, sizes, agree) or _shape(name, pairs, agree)


def _telling(arrays: Sequence[np.ndarray]) -> bool:
    """Whether there are enough different sizes of numbers that agreement with all of them is no coincidence."""
    sizes = [np.abs(array).ravel() for array in arrays]
    seen = np.concatenate([np.zeros(0), *(s[s > DISTINCT * s.max(initial=0.0)] for s in sizes)])
    return len(np.unique(np.round(np.log(seen) / DISTINCT))) >= ENOUGH


def _factor(name: str, pairs: Sequence[Pair], sizes: Mapping[str, int], agree: Agree) -> Diagnosis | None:
    known: dict[float, tuple[str, str]] = {f: (words, f"factor {f:.4g}") for f, words in FACTORS.items()}
    for label, n in sizes.items():
        # A size that another has too, or that is a factor by itself, does not say where the factor came from.
        if n > 1 and n not in FACTORS and list(sizes.values()).count(n) == 1:
            known[float(n)] = (f"{n} times ({label} times)", f"{label} times too large")
            known[1.0 / n] = (f"1/{n} of (1/{label} of)", f"extra 1/{label}")
    for factor, (words, brief) in known.items():
        if all(agree(g, factor * e) for g, e in pairs):
            return Diagnosis(brief, f"your {name} is {words} what it should be, everywhere")
        if all(agree(g, -factor * e) for g, e in pairs):
            return Diagnosis(f"{brief}, sign", f"your {name} is minus {words} what it should be, everywhere")
    return None


def _shape(name: str, pairs: Sequence[Pair], agree: Agree) -> Diagnosis | None:
    if any(g.size == 0 for g, _ in pairs):
        return None
    if all(g.shape != e.shape and g.size == e.size and agree(g.reshape(e.shape), e) for g, e in pairs):
        return Diagnosis("shape", f"your {name} has the right numbers in the wrong shape")
    for axis in range(min(g.ndim for g, _ in pairs)):
        if all(g.ndim == e.ndim + 1 and agree(g.sum(axis), e) for g, e in pairs):
            return Diagnosis("not summed", f"your {name} is not yet summed over axis {axis}")
    return None
