"""Name how a wrong answer relates to the right one: its negative, its transpose, N times too large.

A relation is named only when it explains every differing case, over enough numbers that a
coincidence is excluded, and each number at its own size; below that margin this module stays
silent, since a wrong name misleads more than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from autograder.student.gradcheck.noise import largest
from autograder.student.model.results import Diagnosis

# Agreement that counts as "the same number", as a fraction of the number ...
SAME = 1e-9
# ... and of the largest of its array, where terms of that size may have cancelled.
CANCELLED = 1e-13
# How many distinct non-zero expected numbers a relation must explain before it is named ...
ENOUGH = 3
# ... where numbers are distinct, and count beside the largest of their array, from this fraction on.
DISTINCT = 1e-6
# What is off in places, or in order, must be off by so many times the agreement that counts as equal.
CLEAR = 30.0

FACTORS = {
    2.0: "twice",
    0.5: "half of",
    3.0: "three times",
    1 / 3: "a third of",
    4.0: "four times",
    0.25: "a quarter of",
}

Pair = tuple[np.ndarray, np.ndarray]
Terms = Mapping[str, np.ndarray]
Arrays = Mapping[str, Sequence[np.ndarray]]
Change = Callable[[np.ndarray], np.ndarray]
NONE: Mapping[str, Sequence[np.ndarray]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer beside the right one.  room: by how much each of its numbers may differ and still be the same."""

    got: np.ndarray
    expected: np.ndarray
    room: np.ndarray

    def equals(self, change: Change) -> bool:
        """Whether the answer is what a linear change makes of the right one."""
        wanted, room = change(self.expected), np.abs(change(self.room))
        return self.got.shape == wanted.shape and bool(np.all(np.abs(self.got - wanted) <= room))


def relate(
    name: str,
    pairs: Sequence[Pair],
    sizes: Mapping[str, int] = MappingProxyType({}),
    others: Arrays = NONE,
    same: float = SAME,
    rooms: Sequence[np.ndarray] = (),
) -> Diagnosis | None:
    """Name how the `got` arrays relate to the `expected` ones, or None.

    pairs: (got, expected) for every case of a check.  sizes: named array sizes (`N`, `C` …) that a factor may come
    from, equal in all cases.  others: expected values, per case, of other answers that hold ours.  same: agreement that
    counts as equal, wider where `expected` was itself measured; rooms: the same by number, in each case.
    """
    cases = compared(pairs, same, rooms)
    if not wrong_and_telling(cases):
        return None
    for other, values in others.items():
        if len(values) == len(cases) and enough_numbers(values) and all_are(cases, values, same):
            text = f"your {name} holds the numbers of {other}, and {other} those of {name}"
            return Diagnosis("swapped", text)
    if all_equal(cases, np.negative):
        return Diagnosis("sign", f"your {name} is the negative of what it should be")
    if any(case.expected.ndim == 2 for case in cases):
        if all_equal(cases, np.transpose):
            return Diagnosis("transposed", f"your {name} has the right numbers, transposed")
        if all_equal(cases, lambda e: -e.T):
            text = f"your {name} has the right numbers, transposed and with a minus"
            return Diagnosis("transposed, sign", text)
    return _factor(name, cases, sizes) or _shape(name, cases)


def compared(pairs: Sequence[Pair], same: float, rooms: Sequence[np.ndarray]) -> list[Compared]:
    """The pairs as arrays, each with the room in which its numbers count as equal."""
    cases = []
    for number, (got, expected) in enumerate(pairs):
        got, expected = np.asarray(got, float), np.asarray(expected, float)
        room = same * np.abs(expected) + CANCELLED * largest(expected)
        cases.append(Compared(got, expected, np.maximum(room, rooms[number]) if rooms else room))
    return cases


def all_equal(cases: Sequence[Compared], change: Change) -> bool:
    """Whether every answer is what a linear change makes of the right one."""
    return all(case.equals(change) for case in cases)


def all_are(cases: Sequence[Compared], values: Sequence[np.ndarray], same: float = SAME) -> bool:
    """Whether every answer is the array of its case in `values`."""
    rooms = [same * np.abs(v) + CANCELLED * largest(v) for v in values]
    pairs = zip(cases, values, rooms, strict=True)
    return all(
        c.got.shape == np.shape(v) and bool(np.all(np.abs(c.got - v) <= room))
        for c, v, room in pairs
    )


def wrong_and_telling(cases: Sequence[Compared]) -> bool:
    """Whether there is something to name, and enough numbers to name it by."""
    if not all(np.isfinite(case.got).all() and np.isfinite(case.expected).all() for case in cases):
        return False
    return enough_numbers([case.expected for case in cases]) and not all_equal(cases, np.asarray)


def enough_numbers(arrays: Sequence[np.ndarray]) -> bool:
    """Whether there are enough different sizes of numbers that agreement with all of them is no coincidence."""
    sizes = [np.abs(array).ravel() for array in arrays]
    seen = np.concatenate([np.zeros(0), *(s[s > DISTINCT * s.max(initial=0.0)] for s in sizes)])
    return len(np.unique(np.round(np.log(seen) / DISTINCT))) >= ENOUGH


def _factor(name: str, cases: Sequence[Compared], sizes: Mapping[str, int]) -> Diagnosis | None:
    known: dict[float, tuple[str, str]] = {
        f: (words, f"factor {f:.4g}") for f, words in FACTORS.items()
    }
    for label, n in sizes.items():
        # A size that another has too, or that is a factor by itself, does not say where the factor came from.
        if n > 1 and n not in FACTORS and list(sizes.values()).count(n) == 1:
            known[float(n)] = (f"{n} times ({label} times)", f"{label} times too large")
            known[1.0 / n] = (f"1/{n} of (1/{label} of)", f"extra 1/{label}")
    for factor, (words, brief) in known.items():
        if all_equal(cases, partial(np.multiply, factor)):
            return Diagnosis(brief, f"your {name} is {words} what it should be, everywhere")
        if all_equal(cases, partial(np.multiply, -factor)):
            text = f"your {name} is minus {words} what it should be, everywhere"
            return Diagnosis(f"{brief}, sign", text)
    return None


def _shape(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    if any(case.got.size == 0 for case in cases):
        return None
    reshaped = [Compared(c.got.reshape(c.expected.shape), c.expected, c.room)
                for c in cases if c.got.shape != c.expected.shape and c.got.size == c.expected.size]  # fmt: skip
    if len(reshaped) == len(cases) and all_equal(reshaped, np.asarray):
        return Diagnosis("shape", f"your {name} has the right numbers in the wrong shape")
    if all(case.got.ndim == case.expected.ndim + 1 for case in cases):
        for axis in range(min(case.got.ndim for case in cases)):
            if all(Compared(c.got.sum(axis), c.expected, c.room).equals(np.asarray) for c in cases):
                return Diagnosis("not summed", f"your {name} is not yet summed over axis {axis}")
    return None
