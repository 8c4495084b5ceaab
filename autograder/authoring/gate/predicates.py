"""What may be special about the arguments of a call: the vocabulary of conditions, shared by all exercises.

Each entry says of one argument, of two, or of the calls so far whether a condition holds.  An answer that is wrong
only under one of them is a *condition mutant* (`autograder.authoring.gate.conditions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

TINY, SMALL, LARGE, HUGE = 1e-6, 1e-2, 1e2, 1e6
# A limit that students set on values or gradients, and a corner that stands beside 0.
LIMIT, CORNER = 10, 0.1
# Values that differ by less than this share of their size are nearly equal.
NEARLY = 1e-4

ArrayTest = Callable[[np.ndarray], bool]


def _equal_values(a: np.ndarray) -> bool:
    return len(np.unique(a)) < a.size


def _nearly_equal_values(a: np.ndarray) -> bool:
    ordered = np.sort(a.ravel())
    gaps = np.diff(ordered)
    return bool(np.any((gaps > 0) & (gaps < NEARLY * np.abs(ordered[1:]))))


def _opposite_values(a: np.ndarray) -> bool:
    return any(v != 0 and -v in a for v in a.ravel())


def _whole(a: np.ndarray) -> bool:
    return a.dtype.kind == "f" and bool(np.all(a == np.round(a))) and bool(np.any(np.abs(a) > 1))


def _single_axis_above_one(a: np.ndarray) -> bool:
    return a.ndim > 1 and max(a.shape) == a.size > 1


# Of an array of numbers.  Tests see float64 copies, but for those below that ask for the form.
OF_ARRAYS: Mapping[str, ArrayTest] = {
    "a zero": lambda a: bool(np.any(a == 0)),
    "no zero and no negative value": lambda a: bool(np.all(a > 0)),
    "all zeros": lambda a: a.size > 0 and not a.any(),
    "all ones": lambda a: a.size > 0 and bool(np.all(a == 1)),
    "equal values": _equal_values,
    "all values equal": lambda a: a.size > 1 and np.ptp(a) == 0,
    "nearly equal values": _nearly_equal_values,
    "opposite values": _opposite_values,
    "a negative value": lambda a: bool(np.any(a < 0)),
    "negative values only": lambda a: a.size > 0 and bool(np.all(a < 0)),
    "a value of 1": lambda a: bool(np.any(a == 1)),
    "a value above 1": lambda a: bool(np.any(a > 1)),
    "a value below -1": lambda a: bool(np.any(a < -1)),
    "sizes below 1 only": lambda a: a.size > 0 and bool(np.all(np.abs(a) < 1)),
    "whole numbers": _whole,
    "a large value": lambda a: bool(np.any(np.abs(a) > LARGE)),
    "a huge value": lambda a: bool(np.any(np.abs(a) > HUGE)),
    "a value above 10": lambda a: bool(np.any(np.abs(a) > LIMIT)),
    "a value between 0 and 0.1": lambda a: bool(np.any((a > 0) & (a < CORNER))),
    "a small value": lambda a: bool(np.any((a != 0) & (np.abs(a) < SMALL))),
    "a tiny value": lambda a: bool(np.any((a != 0) & (np.abs(a) < TINY))),
    "one element": lambda a: a.size == 1,
    "largest value first": lambda a: a.size > 1 and int(np.argmax(a)) == 0,
    "largest value last": lambda a: a.size > 1 and int(np.argmax(a)) == a.size - 1,
    "first value negative": lambda a: a.size > 0 and a.ravel()[0] < 0,
    "last value negative": lambda a: a.size > 0 and a.ravel()[-1] < 0,
    "a positive sum": lambda a: a.size > 1 and a.sum() > 0,
    "a negative sum": lambda a: a.size > 1 and a.sum() < 0,
}
# Of an array with two axes or more.
OF_MATRICES: Mapping[str, ArrayTest] = {
    "one row": lambda a: a.ndim > 1 and len(a) == 1,
    "one column": lambda a: a.ndim > 1 and a.shape[-1] == 1,
    "one row or column": _single_axis_above_one,
    "two axes of one size": lambda a: len(set(a.shape)) < a.ndim,
    "more rows than columns": lambda a: a.ndim > 1 and a.shape[0] > a.shape[-1],
    "fewer rows than columns": lambda a: a.ndim > 1 and a.shape[0] < a.shape[-1],
}
# How many axes an array has; only those are tried that some check has.
OF_AXES: Mapping[str, ArrayTest] = {
    "no axis": lambda a: a.ndim == 0,
    "one axis": lambda a: a.ndim == 1,
    "two axes": lambda a: a.ndim == 2,
    "three axes": lambda a: a.ndim == 3,
    "four axes": lambda a: a.ndim == 4,
}
# Of a shape or a list of counts.
OF_SIZES: Mapping[str, ArrayTest] = {
    "no size": lambda a: a.size == 0,
    "one size": lambda a: a.size == 1,
    "more than two sizes": lambda a: a.size > 2,
    "a size of 1": lambda a: bool(np.any(a == 1)),
    "sizes of 1 only": lambda a: a.size > 0 and bool(np.all(a == 1)),
    "equal sizes": _equal_values,
}
# Of what a function with a corner at 0 is called with.
BELOW_CORNER = "between -0.1 and 0"
OF_CORNERS: Mapping[str, ArrayTest] = {
    BELOW_CORNER: lambda a: bool(np.any((a < 0) & (a > -CORNER)))
}
# Of the form in which an array comes.  Not whether it may be written: a change of an input is a
# note, not a mistake, so no check hands out an array that forbids it.
OF_FORMS: Mapping[str, Callable[[object], bool]] = {
    "a list": lambda v: isinstance(v, (list, tuple)),
    "integers": lambda v: isinstance(v, np.ndarray) and v.dtype.kind in "iu",
    "strided": lambda v: (
        isinstance(v, np.ndarray) and not (v.flags.c_contiguous or v.flags.f_contiguous)
    ),
    "Fortran order": lambda v: (
        isinstance(v, np.ndarray) and v.flags.f_contiguous and not v.flags.c_contiguous
    ),
}
# Of one number.
OF_NUMBERS: Mapping[str, Callable[[float], bool]] = {
    "zero": lambda x: x == 0,
    "one": lambda x: x == 1,
    "minus one": lambda x: x == -1,
    "negative": lambda x: x < 0,
    "positive": lambda x: x > 0,
    "below 1": lambda x: 0 < x < 1,
    "above 1": lambda x: x > 1,
    "below -1": lambda x: x < -1,
    "between -1 and 0": lambda x: -1 < x < 0,
    "between 0 and 0.1": lambda x: 0 < x < CORNER,
    "a whole number": lambda x: abs(x) > 1 and x == round(x),
    "a broken number": lambda x: x != round(x),
    "large": lambda x: abs(x) > LARGE,
    "small": lambda x: 0 < abs(x) < SMALL,
    "tiny": lambda x: 0 < abs(x) < TINY,
}
OF_NUMBER_FORMS: Mapping[str, Callable[[object], bool]] = {
    "an int": lambda v: isinstance(v, (int, np.integer)) and not isinstance(v, bool),
    "an array without axes": lambda v: isinstance(v, np.ndarray) and v.ndim == 0,
}
# Of a count or an index.
OF_COUNTS: Mapping[str, Callable[[int], bool]] = {
    "zero": lambda n: n == 0,
    "one": lambda n: n == 1,
    "two": lambda n: n == 2,
    "more than two": lambda n: n > 2,
    "even": lambda n: n > 0 and n % 2 == 0,
    "odd and above one": lambda n: n > 1 and n % 2 == 1,
    "above ten": lambda n: n > 10,
}
# Of a node of a graph, and of what it was made from.
OF_NODES: Mapping[str, Callable[[object], bool]] = {
    "no parents": lambda root: not _parents(root),
    "one parent": lambda root: len({id(parent) for parent in _parents(root)}) == 1,
    "a parent twice": lambda root: any(
        len({id(p) for p in ps}) < len(ps) for ps in map(_parents, _graph(root))
    ),
    "a node used by two others": lambda root: max(_consumers(root).values(), default=0) > 1,
    "equal numbers in two nodes": lambda root: _equal_values(
        np.array([_data(node) for node in _graph(root)])
    ),
    "more than ten nodes": lambda root: len(_graph(root)) > 10,
}
# Of a list of names, or of the keys of a dict.
OF_NAMES: Mapping[str, Callable[[Sequence[str]], bool]] = {
    "no name": lambda names: not names,
    "one name": lambda names: len(names) == 1,
    "not sorted": lambda names: list(names) != sorted(names),
    "one name within another": lambda names: any(
        a in b or b in a for a, b in combinations(names, 2)
    ),
}
# Of two arguments, as float64 arrays.
OF_PAIRS: Mapping[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "are equal": lambda a, b: bool(np.array_equal(a, b)),
    "are opposite": lambda a, b: a.shape == b.shape and bool(a.any()) and np.array_equal(-a, b),
    "are nearly equal": lambda a, b: _nearly(a, b),
}
ONE_OBJECT = "are one object"  # tested on the arguments themselves
OF_ARRAY_PAIRS: Mapping[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "have one shape": lambda a, b: a.ndim > 0 and a.shape == b.shape,
    ONE_OBJECT: lambda a, b: False,
}
OF_NUMBER_PAIRS: Mapping[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "rise": lambda a, b: a.ndim == b.ndim == 0 and bool(a < b),
    "fall": lambda a, b: a.ndim == b.ndim == 0 and bool(a > b),
}
# Of an array and a count: its rows are taken in batches of so many.
OF_BATCHES: Mapping[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "leave no row": lambda a, n: _rest(a, n) == 0,
    "leave one row": lambda a, n: _rest(a, n) == 1,
    "leave less than half a batch": lambda a, n: bool(0 < 2 * _rest(a, n) < n),
    "leave half a batch or more": lambda a, n: bool(2 * _rest(a, n) >= n),
    "make one batch that is not full": lambda a, n: 0 < _rest(a, n) == a.shape[0],
}
# Of two dicts.
OTHER_ORDER = "have one set of keys in two orders"
ALL_PAIRS = {**OF_PAIRS, **OF_ARRAY_PAIRS, **OF_NUMBER_PAIRS, **OF_BATCHES}


def made_from(root: object, node: object) -> bool:
    """Whether a node is one of those that root was made from; root itself is not."""
    return any(node is other for other in _graph(root)[1:])


def _parents(node: object) -> Sequence[object]:
    parents: Sequence[object] = node._parents  # type: ignore[attr-defined]
    return parents


def _data(node: object) -> float:
    return float(node.data)  # type: ignore[attr-defined]


def _consumers(root: object) -> Counter[int]:
    """How many nodes were made from each node of a graph, by its id."""
    return Counter(i for node in _graph(root) for i in {id(parent) for parent in _parents(node)})


def _graph(root: object) -> list[object]:
    """Root and all nodes that it was made from, each once."""
    found, seen = [root], {id(root)}
    for node in found:
        for parent in _parents(node):
            if id(parent) not in seen:
                seen.add(id(parent))
                found.append(parent)
    return found


def _rest(rows: np.ndarray, batch: np.ndarray) -> float:
    """How many rows the last batch holds if it is not full; nan if the two are no rows and no count."""
    if rows.ndim == 0 or batch.ndim or batch < 1:
        return np.nan
    return float(len(rows) % batch)


def _nearly(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or np.array_equal(a, b):
        return False
    return bool(np.allclose(a, b, rtol=NEARLY, atol=0))
