"""Tables of cases, and arrays and points that hold many special values, so that few cases try every kind.

Visible and hidden checks use the same kinds with other numbers.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from autograder.student.model.exercises import Case, Probe

Point = tuple[float, ...]
# The first line of a probe that keeps the results at each point, and its value: each result over all points.
FOUND = "found = []  # one result for each point, in the order of the points"
GATHERED = "[list(column) for column in zip(*found)]"
Kind = Callable[[np.random.Generator, int], np.ndarray]


def _mixed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Both signs, a zero, equal and opposite values, a 1, and values that are small, above 10 and above 100."""
    a, b = 0.3 + 0.6 * rng.random(2)
    values = [-a, 0.0, a, 1.0, b, 12.0 + a, b, -150.0 - a, 0.003 * b, 150.0 + b]
    more = (0.2 + 3 * rng.random(max(0, n - len(values)))) * rng.choice(
        [-1.0, 1.0], max(0, n - len(values))
    )
    return np.concatenate([values[:n], more])


def _positive(rng: np.random.Generator, n: int) -> np.ndarray:
    """Between 0 and 1, none equal, the largest first."""
    return np.sort(0.05 + 0.9 * (np.arange(n) + rng.random(n)) / n)[::-1].copy()


def _negative(rng: np.random.Generator, n: int) -> np.ndarray:
    """Negative only, some below -1, none equal, the largest last."""
    return np.sort(-0.2 - 2.6 * (np.arange(n) + rng.random(n)) / n)


def _whole(rng: np.random.Generator, n: int) -> np.ndarray:
    """Whole numbers of both signs, some equal, some opposite, one of them above 1."""
    values = [-2.0, 3.0, 2.0, 3.0, -1.0]
    return np.concatenate([values[:n], rng.integers(-4, 5, max(0, n - len(values)))]).astype(
        np.float64
    )


def _extreme(rng: np.random.Generator, n: int) -> np.ndarray:
    """A huge, a tiny and ordinary values."""
    values = [1e7 * (1 + rng.random()), 1e-7 * (1 + rng.random())]
    return np.concatenate([values[:n], 0.5 + rng.random(max(0, n - 2))])


def _close(rng: np.random.Generator, n: int) -> np.ndarray:
    """Nearly equal values beside others; the sum is negative."""
    a = 0.6 + 0.3 * rng.random()
    values = [a, a * (1 + 2e-5), -3.0 * a]
    return np.concatenate([values[:n], -0.2 - rng.random(max(0, n - 3))])


def _rich(rng: np.random.Generator, n: int) -> np.ndarray:
    """What ordinary numbers of both signs can hold at once: mixed and close values.  It takes ROOM elements."""
    return np.concatenate([_mixed(rng, 10), _close(rng, 3), _mixed(rng, max(0, n - ROOM))])[:n]


def _negative_whole(rng: np.random.Generator, n: int) -> np.ndarray:
    """Negative whole numbers, some equal, the largest last."""
    values = [-4.0, -3.0, -3.0, -2.0]
    return np.concatenate([-5.0 - rng.integers(0, 3, max(0, n - len(values))), values[-n:]])


# How many elements hold every condition of "rich".
ROOM = 13
KINDS: Mapping[str, Kind] = {
    "mixed": _mixed,
    "positive": _positive,
    "negative": _negative,
    "whole": _whole,
    "ones": lambda rng, n: np.ones(n),
    "zeros": lambda rng, n: np.zeros(n),
    "equal": lambda rng, n: np.full(n, 1.5 + rng.random()),
    "extreme": _extreme,
    "close": _close,
}
# Fewer kinds for larger arrays.  Together with "positive" and "extreme" they hold every condition.
WIDE_KINDS: Mapping[str, Kind] = {
    "rich": _rich,
    "negative whole": _negative_whole,
    "ones": KINDS["ones"],
    "zeros": KINDS["zeros"],
}


def special(kind: str, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
    """A float64 array of one of KINDS or WIDE_KINDS.  KeyError if there is no such kind."""
    return np.reshape({**KINDS, **WIDE_KINDS}[kind](rng, int(np.prod(shape))), shape)


def every_kind(
    rng: np.random.Generator, shapes: Mapping[str, tuple[int, ...]]
) -> list[dict[str, np.ndarray]]:
    """Inputs of the given shapes, one set for each of KINDS, so that every input meets every kind.

    In one set each input has another kind.
    """
    kinds = list(KINDS)
    cases: list[dict[str, np.ndarray]] = []
    for first in range(len(kinds)):
        chosen = {name: kinds[(first + 2 * i) % len(kinds)] for i, name in enumerate(shapes)}
        cases.append({name: special(chosen[name], rng, shape) for name, shape in shapes.items()})
    return cases


def every_wide_kind(
    rng: np.random.Generator, shapes: Sequence[Mapping[str, tuple[int, ...]]]
) -> list[dict[str, np.ndarray]]:
    """Inputs so that every input meets each of WIDE_KINDS; `shapes` gives those of each set.

    In set `i` the input `j` has kind `i + j`, counted round: no two of up to four inputs have one
    kind in one set.
    """
    kinds = list(WIDE_KINDS)
    cases: list[dict[str, np.ndarray]] = []
    for first, own in zip(range(len(kinds)), shapes, strict=True):
        chosen = {name: kinds[(first + i) % len(kinds)] for i, name in enumerate(own)}
        cases.append({name: special(chosen[name], rng, shape) for name, shape in own.items()})
    return cases


def at_points(call: str, given: str, names: tuple[str, ...], before: str = "") -> Probe:
    """A probe that makes a call at each of several `points` and gathers each of its results over all of them.

    given: the variables of a point, as they stand in a for loop.  names: the documented names of the results.
    before: lines that come before.
    """
    results = ", ".join(names)
    kept, value = (f"({results})", GATHERED) if len(names) > 1 else (results, "found")
    lines = (
        before,
        f"{FOUND}\nfor {given} in points:",
        f"    {results} = {call}",
        f"    found.append({kept})",
    )
    return Probe(value, names, "\n".join(lines).strip())


def at_arrays(call: str, given: Sequence[str], before: str = "") -> Probe:
    """A probe that makes one call for each of several inputs, or tuples of inputs, written "x" or "x, dout".

    call: `{}` stands for the inputs.  The result for "x, dout" is called "for_x_dout".  What stands in several calls
    should be written "x.copy()", since a change of an input is no mistake.
    """
    calls = ",\n    ".join(call.format(inputs) for inputs in given)
    names = [f"for_{inputs}".replace(".copy()", "").replace(", ", "_") for inputs in given]
    return Probe(f"(\n    {calls},\n)", tuple(names), before)


def point_case(probe: Probe, rows: Sequence[tuple[Sequence[object], Sequence[object]]]) -> Case:
    """A case of a probe at points; a row holds a point and the results that are expected there."""
    points, results = (
        [point for point, _ in rows],
        zip(*(results for _, results in rows), strict=True),
    )
    return Case({"points": points}, dict(zip(probe.names, map(list, results), strict=True)))


def ordinary_points(rng: np.random.Generator, n: int) -> list[Point]:
    """Points of n numbers, so that each coordinate meets every kind of number that is not large.

    Any two coordinates are equal, opposite and nearly equal somewhere, and either is the larger one.  The first point
    comes again at the end.
    """
    a, b, c = (0.3 + 0.5 * rng.random(3)).tolist()
    whole = int(rng.integers(2, 10))
    values = [1.0 + a, -b, 1.0, -whole, c, -1.0, whole + 1, -1.0 - c]
    points: list[Point] = [
        tuple(values[(row + 3 * i) % len(values)] for i in range(n)) for row in range(len(values))
    ]
    for special_value in (0.0, 1e-7 * (1 + b)):
        points += [
            tuple(special_value if i == row else values[i] for i in range(n)) for row in range(n)
        ]
    points += [(1 + b,) * n, tuple((1 + c) * (1 + 1e-5 * i) for i in range(n))]
    points += [
        tuple(a * (-1) ** (i >> bit) for i in range(n)) for bit in range((n - 1).bit_length())
    ]
    return [*points, points[0]]


def large_points(rng: np.random.Generator, n: int) -> list[Point]:
    """Points of n numbers of which one is above 100 or below -100, each coordinate either once."""
    others = 0.3 + 0.5 * rng.random((2 * n, n))
    points = others * np.where(np.arange(n) % 2, -1.0, 1.0)
    for row in range(2 * n):
        points[row, row // 2] = (-1) ** row * (150 + 50 * rng.random())
    return [tuple(point) for point in points.tolist()]


def table_case(names: Sequence[str], text: str, *blocks: str) -> Case:
    """A case from a table: what is given stands left of `|`, what is expected right of it, a column for each name.

    The rows on the left become the input `numbers`, in which `2` is an int and `2.0` a float.  blocks: instead of the
    right side, the answers of each name if those of a row are several.
    """
    given, *right = zip(*[line.split("|") for line in text.strip().splitlines()], strict=True)
    rows = [tuple(map(literal_eval, row.split())) for row in given]
    answers = map(matrix, blocks) if blocks else matrix("\n".join(right[0])).T
    return Case({"numbers": rows}, dict(zip(names, answers, strict=True)))


def matrix(text: str) -> np.ndarray:
    """An array with two axes from its rows of numbers."""
    return np.array(
        [[float(number) for number in line.split()] for line in text.strip().splitlines()]
    )
