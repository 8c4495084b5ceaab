"""Name how a wrong answer relates to the right one: its negative, its transpose, N times too large.

A relation is named only when it explains every differing case, over enough numbers that a coincidence is
excluded; below that margin this module stays silent, since a wrong name misleads more than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from autograder.student.model.results import Diagnosis

# Agreement that counts as "the same numbers", as a fraction of the largest magnitude.
SAME = 1e-9
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

    agree = _agreement(same)
    pairs = [(np.asarray(g, float), np.asarray(e, float)) for g, e in pairs]
    if not _wrong_and_telling(pairs, agree):
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


def relate_gradient(
    name: str,
    pairs: Sequence[Pair],
    sizes: Mapping[str, int] = MappingProxyType({}),
    others: Mapping[str, Sequence[np.ndarray]] = MappingProxyType({}),
    same: float = SAME,
    terms: Sequence[Terms] = (),
) -> Diagnosis | None:
    """Name how wrong gradients relate to the right ones: as `relate`, and in ways that only gradients go wrong.

    terms: per case, named terms that the right gradient is the sum of.
    """
    found = relate(name, pairs, sizes, others, same)
    agree = _agreement(same)
    pairs = [(np.asarray(g, float), np.asarray(e, float)) for g, e in pairs]
    if found or not _wrong_and_telling(pairs, agree):
        return found
    return (
        _term(name, pairs, terms, agree)
        or _summed(name, pairs, agree)
        or _local(name, pairs, same)
        or _order(name, pairs, same)
        or _shifted(name, pairs, same)
    )


def _agreement(same: float) -> Agree:
    def agree(a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and bool(np.all(np.abs(a - b) <= same * np.abs(b).max(initial=0.0)))

    return agree


def _wrong_and_telling(pairs: Sequence[Pair], agree: Agree) -> bool:
    """Whether there is something to name, and enough numbers to name it by."""
    if not _telling([e for _, e in pairs]) or not all(np.isfinite(g).all() for g, _ in pairs):
        return False
    return not all(agree(g, e) for g, e in pairs)


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


def _term(name: str, pairs: Sequence[Pair], terms: Sequence[Terms], agree: Agree) -> Diagnosis | None:
    """One of the named terms is missing, there twice, or alone: the others were overwritten by it."""
    if len(terms) != len(pairs):
        return None
    found: list[Diagnosis] = []
    for term in terms[0] if len(terms[0]) > 1 else ():
        parts = [np.broadcast_to(known[term], e.shape) for known, (_, e) in zip(terms, pairs, strict=True)]
        if not _telling(parts):
            continue
        cases = [(g, e, t) for (g, e), t in zip(pairs, parts, strict=True)]
        if all(agree(g, e - t) for g, e, t in cases):
            return Diagnosis("missing term", f"your {name} lacks one of its terms, {term}; the rest is right")
        if all(agree(g, e + t) for g, e, t in cases):
            return Diagnosis("doubled term", f"your {name} counts one of its terms twice, {term}; the rest is right")
        if all(agree(g, t) for g, _, t in cases):
            text = f"your {name} is only one of its terms, {term}: contributions must be added, not overwritten"
            found.append(Diagnosis("only one term", text))
    return found[0] if found else None


def _summed(name: str, pairs: Sequence[Pair], agree: Agree) -> Diagnosis | None:
    """Summed or averaged over an axis that must stay, and spread out again."""
    if any(g.shape != e.shape or e.size < 2 for g, e in pairs):
        return None
    for axis in range(min(e.ndim for _, e in pairs)):
        if all(e.shape[axis] == 1 for _, e in pairs):
            continue
        for words, over in (("summed", np.sum), ("averaged", np.mean)):
            if all(agree(g, np.broadcast_to(over(e, axis=axis, keepdims=True), e.shape)) for g, e in pairs):
                return Diagnosis(words, f"your {name} is {words} over axis {axis}, which must stay")
    return None


def _local(name: str, pairs: Sequence[Pair], same: float) -> Diagnosis | None:
    """All is right but for one element, or one row, column or slice; or nothing was ever filled in."""
    shape = pairs[0][1].shape
    if any(g.shape != shape or e.shape != shape for g, e in pairs) or not shape:
        return None
    if not any(g.any() for g, _ in pairs):
        return Diagnosis("zero", f"your {name} is all zeros; it was never filled in")
    distance = [np.abs(g - e) / np.abs(e).max(initial=0.0) for g, e in pairs]
    if any(((same < d) & (d < CLEAR * same)).any() for d in distance):
        return None
    off = [d > same for d in distance]
    anywhere = np.any(off, axis=0)
    # What is right must say enough by itself, and be most of what there is.
    if 2 * np.count_nonzero(anywhere) > anywhere.size or not _telling([e[~anywhere] for _, e in pairs]):
        return None
    zero = all((g[o] == 0).all() for (g, _), o in zip(pairs, off, strict=True))
    what = "is zero" if zero else "is wrong"
    if np.count_nonzero(anywhere) == 1:
        place = ", ".join(str(int(i)) for i in np.argwhere(anywhere)[0])
        return Diagnosis("one element", f"only element [{place}] of your {name} {what}; all others are right")
    for axis in range(anywhere.ndim if anywhere.ndim > 1 else 0):
        others = tuple(a for a in range(anywhere.ndim) if a != axis)
        (hit,) = np.nonzero(anywhere.any(axis=others))
        if hit.size == 1 and 2 * np.count_nonzero(anywhere) > anywhere.size // anywhere.shape[axis]:
            text = f"only index {int(hit[0])} of axis {axis} of your {name} {what}; all else is right"
            return Diagnosis("one block", text)
    return None


def _order(name: str, pairs: Sequence[Pair], same: float) -> Diagnosis | None:
    """The right numbers in other places, or with other signs."""
    agree, hardly = _agreement(same), _agreement(CLEAR * same)
    if any(g.shape != e.shape for g, e in pairs) or all(hardly(g, e) for g, e in pairs):
        return None
    wrong = [(g, e) for g, e in pairs if not agree(g, e)]
    if all(agree(np.sort(g, axis=None), np.sort(e, axis=None)) for g, e in pairs):
        return Diagnosis("permuted", f"your {name} has the right numbers in the wrong places")
    flipped = [np.sign(g) * np.sign(e) for g, e in wrong]
    if all(agree(np.abs(g), np.abs(e)) and (f > 0).any() for (g, e), f in zip(wrong, flipped, strict=True)):
        return Diagnosis("sign of some", f"your {name} has the right sizes, but some signs are wrong")
    return None


def _shifted(name: str, pairs: Sequence[Pair], same: float) -> Diagnosis | None:
    """The same number too much in every element."""
    if any(g.shape != e.shape or not _telling([e]) for g, e in pairs):
        return None
    agree, far = _agreement(same), [abs(float(np.mean(g - e))) / np.abs(e).max() for g, e in pairs]
    if all(agree(g - np.mean(g - e), e) and d > CLEAR * same for (g, e), d in zip(pairs, far, strict=True)):
        return Diagnosis("offset", f"your {name} is off by the same number in every element")
    return None
