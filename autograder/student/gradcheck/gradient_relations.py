"""Name how a wrong gradient relates to the right one, in ways that only gradients go wrong.

A term that is missing, a factor that is one of the arrays in play, a sum over an axis too many, one
wrong element or row, numbers in other places or with other signs, an offset, numbers rounded to
float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from autograder.student.gradcheck.noise import largest
from autograder.student.gradcheck.relations import (
    CLEAR,
    DISTINCT,
    NONE,
    SAME,
    Arrays,
    Compared,
    Pair,
    Terms,
    all_are,
    all_equal,
    compared,
    enough_numbers,
    relate,
    wrong_and_telling,
)
from autograder.student.gradcheck.slopes import OWN_ROUNDING
from autograder.student.model.results import Diagnosis

# Rounding to float32, as a fraction of a number; and what a number of few binary digits is a fraction of.
FLOAT32 = 1e-6
FEW_DIGITS = 2.0**12
# What is right beside a wrong place is known at least to this fraction of itself.
ROUGH = 1e-3


def relate_gradient(
    name: str,
    pairs: Sequence[Pair],
    sizes: Mapping[str, int] = MappingProxyType({}),
    others: Arrays = NONE,
    same: float = SAME,
    terms: Sequence[Terms] = (),
    rooms: Sequence[np.ndarray] = (),
    factors: Arrays = NONE,
) -> Diagnosis | None:
    """Name how wrong gradients relate to the right ones: as `relate`, and in ways that only gradients go wrong.

    terms: per case, named terms that the right gradient is the sum of.  factors: arrays, per case, that it may have
    been multiplied by, or not: the inputs, and the gradient that arrives.
    """
    found = _in_float32(name, pairs) or relate(name, pairs, sizes, others, same, rooms)
    cases = compared(pairs, same, rooms)
    closely = compared(pairs, min(same, OWN_ROUNDING), rooms)
    if found or not wrong_and_telling(closely):
        return found
    if all_equal(cases, np.asarray):
        return _local(name, closely)
    found = _term(name, cases, terms)
    if found or any(case.got.shape != case.expected.shape for case in cases):
        return found
    if all(case.got.ndim and not case.got.any() for case in cases):
        return Diagnosis("zero", f"your {name} is all zeros; it was never filled in")
    return (
        _times_array(name, cases, factors)
        or _summed(name, cases)
        or _local(name, closely)
        or _scaled(name, cases)
        or _order(name, cases)
        or _shifted(name, cases)
    )


def rounded_to_float32(numbers: np.ndarray) -> bool:
    """Whether all numbers are float32's, and not because they have few digits."""
    numbers = np.asarray(numbers, float)
    with np.errstate(all="ignore"):
        whole = np.frexp(numbers)[0] * FEW_DIGITS
        return bool(
            (numbers == numbers.astype(np.float32)).all() and (whole != np.round(whole)).any()
        )


def _in_float32(name: str, pairs: Sequence[Pair]) -> Diagnosis | None:
    """Right, but rounded to float32."""
    rounded = all(rounded_to_float32(got) for got, _ in pairs)
    if not (rounded and all_equal(compared(pairs, FLOAT32, ()), np.asarray)):
        return None
    text = f"your {name} has only the seven digits of float32; compute with float64"
    return Diagnosis("float32", text)


def _term(name: str, cases: Sequence[Compared], terms: Sequence[Terms]) -> Diagnosis | None:
    """One of the named terms is missing, there twice, or alone: the others were overwritten by it."""
    if len(terms) != len(cases):
        return None
    only: list[Diagnosis] = []
    for term in terms[0] if len(terms[0]) > 1 else ():
        parts = [
            np.broadcast_to(known[term], case.expected.shape)
            for known, case in zip(terms, cases, strict=True)
        ]
        if not enough_numbers(parts):
            continue
        if _with_term(cases, parts, -1.0):
            text = f"your {name} lacks one of its terms, {term}; the rest is right"
            return Diagnosis("missing term", text)
        if _with_term(cases, parts, 1.0):
            text = f"your {name} counts one of its terms twice, {term}; the rest is right"
            return Diagnosis("doubled term", text)
        if all_are(cases, parts):
            text = f"your {name} is only one of its terms, {term}: contributions must be added, not overwritten"
            only.append(Diagnosis("only one term", text))
    return only[0] if only else None


def _with_term(cases: Sequence[Compared], parts: Sequence[np.ndarray], times: float) -> bool:
    """Whether every answer is the right one with so many times a term more; where that makes a difference."""
    changed = [
        Compared(c.got, c.expected + times * p, c.room) for c, p in zip(cases, parts, strict=True)
    ]
    differ = [np.abs(p) > CLEAR * c.room for c, p in zip(cases, parts, strict=True)]
    shown = [np.where(d, p, 0.0) for d, p in zip(differ, parts, strict=True)]
    return enough_numbers(shown) and all_equal(changed, np.asarray)


def _times_array(name: str, cases: Sequence[Compared], factors: Arrays) -> Diagnosis | None:
    """Multiplied by one of the arrays in play, or not multiplied by it."""
    for label, arrays in factors.items():
        if len(arrays) < len(cases):
            continue
        fitting = [_spread(a, c.expected.shape) for a, c in zip(arrays, cases, strict=False)]
        spread = [array for array in fitting if array is not None]
        if len(spread) < len(cases) or not enough_numbers(spread):
            continue
        pairs = list(zip(cases, spread, strict=True))
        if all(case.equals(partial(np.multiply, array)) for case, array in pairs):
            text = f"your {name} is what it should be, times {label}: one factor too many"
            return Diagnosis(f"times {label}", text)
        if all(case.equals(partial(_divided, by=array)) for case, array in pairs):
            return Diagnosis(f"without {label}", f"your {name} lacks the factor {label}")
    return None


def _spread(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """An array that is multiplied into another of `shape`; None if it does not fit."""
    array = np.asarray(array, float)
    if array.size < 2 or array.ndim > len(shape):
        return None
    fits = all(a in (1, b) for a, b in zip(array.shape[::-1], shape[::-1], strict=False))
    return np.broadcast_to(array, shape) if fits else None


def _divided(expected: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Where the factor is 0 the quotient is unknown, and equals nothing."""
    return np.where(by == 0, np.nan, expected / np.where(by == 0, 1.0, by))


def _summed(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """Summed or averaged over an axis that must stay, and spread out again."""
    for axis in range(min(case.expected.ndim for case in cases)):
        if all(case.expected.shape[axis] == 1 for case in cases):
            continue
        for words, over in (("summed", np.sum), ("averaged", np.mean)):
            if all_equal(cases, partial(_spread_over, over=over, axis=axis)):
                return Diagnosis(words, f"your {name} is {words} over axis {axis}, which must stay")
    return None


def _spread_over(e: np.ndarray, over: Callable[..., np.ndarray], axis: int) -> np.ndarray:
    return np.broadcast_to(over(e, axis=axis, keepdims=True), e.shape)


def _local(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """All is right but for one element, or one row, column or slice."""
    shape = cases[0].expected.shape
    if any(case.expected.shape != shape for case in cases) or not shape:
        return None
    off = [np.abs(case.got - case.expected) > case.room for case in cases]
    clear = [np.abs(case.got - case.expected) > CLEAR * case.room for case in cases]
    anywhere = np.any(off, axis=0)
    if any((o != c).any() for o, c in zip(off, clear, strict=True)):
        return None
    slightest = min(_slightest(case, o) for case, o in zip(cases, off, strict=True))
    if not _known_well(cases, ~anywhere, min(ROUGH, slightest / CLEAR)):
        return None
    # What is right must say enough by itself, and be most of what there is.
    if 2 * np.count_nonzero(anywhere) > anywhere.size or not enough_numbers(
        [case.expected[~anywhere] for case in cases]
    ):
        return None
    zero = all((case.got[o] == 0).all() for case, o in zip(cases, off, strict=True))
    what = "is zero" if zero else "is wrong"
    if np.count_nonzero(anywhere) == 1:
        place = ", ".join(str(int(i)) for i in np.argwhere(anywhere)[0])
        return Diagnosis(
            "one element", f"only element [{place}] of your {name} {what}; all others are right"
        )
    for axis in range(anywhere.ndim if anywhere.ndim > 1 else 0):
        others = tuple(a for a in range(anywhere.ndim) if a != axis)
        (hit,) = np.nonzero(anywhere.any(axis=others))
        if hit.size == 1 and 2 * np.count_nonzero(anywhere) > anywhere.size // anywhere.shape[axis]:
            place = f"index {int(hit[0])} of axis {axis}"
            text = f"only {place} of your {name} {what}; all else is right"
            return Diagnosis("one block", text)
    return None


def _slightest(case: Compared, off: np.ndarray) -> float:
    """The smallest fraction of itself that a number there is off by."""
    sizes = np.maximum(np.abs(case.expected), np.abs(case.got))[off]
    return float((np.abs(case.got - case.expected)[off] / sizes).min(initial=np.inf))


def _known_well(cases: Sequence[Compared], where: np.ndarray, well: float) -> bool:
    """Whether "right" can be said of each number there: it is known to this fraction of itself, or is nothing."""
    for case in cases:
        expected, room = np.abs(case.expected[where]), case.room[where]
        nothing = (case.got[where] == 0) & (expected <= room)
        if not (nothing | (room <= well * expected)).all():
            return False
    return True


def _scaled(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """Each row or column is the right one times a factor of its own."""
    shape = cases[0].expected.shape
    if len(shape) != 2 or any(case.expected.shape != shape for case in cases):
        return None
    for axis, words in ((0, "row"), (1, "column")):
        factors = []
        for case in cases:
            lines = [np.moveaxis(p, axis, 0) for p in (case.got, case.expected, case.room)]
            factors.append(np.array([_ratio(*three) for three in zip(*lines, strict=True)]))
        if any(np.isnan(factor).any() for factor in factors):
            continue
        if all(np.ptp(factor) > CLEAR * DISTINCT * largest(factor) for factor in factors):
            text = f"each {words} of your {name} is the right one times a number of its own"
            return Diagnosis(f"{words}s scaled", text)
    return None


def _ratio(got: np.ndarray, expected: np.ndarray, room: np.ndarray) -> float:
    """The factor between two rows that are proportional; nan if they are not, or are too short to tell."""
    if not enough_numbers([expected]):
        return np.nan
    largest = int(np.argmax(np.abs(expected)))
    factor = float(got[largest] / expected[largest])
    wide = abs(factor) * (room + room[largest] * np.abs(expected / expected[largest]))
    return factor if bool((np.abs(got - factor * expected) <= wide).all()) else np.nan


def _order(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """The right numbers in other places, or with other signs."""
    if all(bool(np.all(np.abs(c.got - c.expected) <= CLEAR * c.room)) for c in cases):
        return None
    if all_equal([_in_order(c) for c in cases], np.asarray):
        return Diagnosis("permuted", f"your {name} has the right numbers in the wrong places")
    wrong = [case for case in cases if not case.equals(np.asarray)]
    some = all((np.sign(c.got) * np.sign(c.expected) > 0).any() for c in wrong)
    sizes = [Compared(np.abs(c.got), np.abs(c.expected), c.room) for c in cases]
    if some and all_equal(sizes, np.asarray):
        text = f"your {name} has the right sizes, but some signs are wrong"
        return Diagnosis("sign of some", text)
    return None


def _in_order(case: Compared) -> Compared:
    order = np.argsort(case.expected, axis=None)
    return Compared(
        np.sort(case.got, axis=None), case.expected.ravel()[order], case.room.ravel()[order]
    )


def _shifted(name: str, cases: Sequence[Compared]) -> Diagnosis | None:
    """The same number too much in every element."""
    if not all(enough_numbers([case.expected]) for case in cases):
        return None
    shifts = [float(np.mean(case.got - case.expected)) for case in cases]
    pairs = list(zip(cases, shifts, strict=True))
    moved = [Compared(c.got, c.expected + s, np.maximum(c.room, SAME * abs(s))) for c, s in pairs]
    clear = [abs(shift) > CLEAR * largest(case.room) for case, shift in pairs]
    if all(clear) and all_equal(moved, np.asarray):
        return Diagnosis("offset", f"your {name} is off by the same number in every element")
    return None
