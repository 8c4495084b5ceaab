"""Notebook 5, forward mode: hidden checks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.hidden.catalogue import (
    SEVERAL,
    Draw,
    Equivalent,
    Excluded,
    HiddenAssignment,
    HiddenCheck,
)
from autograder.hidden.draws import every_number, every_pair, numbers
from autograder.hidden.misconceptions.forward_mode import MISCONCEPTIONS
from autograder.student.checks.forward_mode import (
    ALONG,
    BRANCH,
    COUNTS,
    DIV,
    EXP,
    GRAD_LAST,
    GRAD_LOOP,
    GRAD_STRIDED,
    ITSELF,
    JVP_LAST,
    JVP_LOOP,
    JVP_ONE_OBJECT,
    JVP_STRIDED,
    LOG,
    MUL,
    OVER,
    PASSES,
    PLAIN,
    POW,
    SIGMOID,
    SIN,
    SLOPES,
    SUB,
    along,
    counted,
    slopes,
)
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import KINDS, special

NUMBER = ("val", "dot")


def operation(expression: str, numbers: str = "a") -> Probe:
    """One operation on the Duals a, b and c, or those of them that it names."""
    made = [
        f"{name} = Dual({x}, {x}dot)"
        for name, x in zip("abc", "xyz", strict=True)
        if name in numbers
    ]
    return Probe("(out.val, out.dot)", NUMBER, "\n".join([*made, f"out = {expression}"]))


# A number that is used again must still be what it was.
ADDED, SUBTRACTED = operation("a + b + (c + a)", "abc"), operation("a - b - (c - a - a)", "abc")
MULTIPLIED, DIVIDED = operation("a * b * (c * a)", "abc"), operation("a / (b / a) / c", "abc")


def _several(expressions: str) -> Probe:
    """The values and the dots of several operations on a = Dual(x, xdot) and plain numbers k and m."""
    call = "[out.val for out in outs], [out.dot for out in outs]"
    return Probe(call, NUMBER, f"a = Dual(x, xdot)\nouts = [{expressions}]")


BEFORE, AFTER = _several("k + a, k - a, k * a"), _several("a + k, a - k, a * k")
POWER = operation("a ** n")
FRACTIONS = _several("k / a, a / k, m / (a + k)")
MIXED = operation("k - (a + m) * k + -a")

PRODUCT, QUOTIENT = operation("a * b", "ab"), operation("a / b", "ab")
# Neighbours meet.
WHEEL = """\
    s = made(sum((u.val - w.val) ** 2 for u, w in zip(v, v[1:])), v, [0.5] * len(v))
    return made(s.val + math.atan(v[0].val), [s, v[0], s], [1.0, 1 / (1 + v[0].val ** 2), k])
"""
LINEAR = Probe(
    "tuple(found)",
    ("along_u", "along_w", "along_both"),
    f"""\
{counted(WHEEL)}\
both = [q * p + r for p, r in zip(u, w)]
found = []
for v in (u, w, both):
    y, ydot = jvp(f, x, v)
    found.append(ydot)""",
)

PRODUCT_TERMS = {
    "dot": {"that of the first factor": "xdot * y", "that of the second factor": "x * ydot"}
}
QUOTIENT_TERMS = {
    "dot": {"that of the numerator": "xdot / y", "that of the denominator": "-x * ydot / y**2"}
}


def _named(rng: np.random.Generator, names: str, count: int = 3) -> list[dict[str, float]]:
    """Draws of values and dots, by names with spaces between; values are twice as large as dots."""
    keys = names.split()
    drawn = [dict(zip(keys, numbers(rng, len(keys)), strict=True)) for _ in range(count)]
    return [{key: v if key.endswith("dot") else 2 * v for key, v in one.items()} for one in drawn]


def _one(rng: np.random.Generator) -> list[dict[str, float]]:
    return _named(rng, "x xdot")


def _positive(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**inputs, "x": abs(inputs["x"])} for inputs in _one(rng)]


def _powers(rng: np.random.Generator) -> Sequence[Inputs]:
    whole = [{**inputs, "n": n} for inputs, n in zip(_one(rng), (2, 3, -2), strict=True)]
    [broken, *_] = _one(rng)
    return [
        *whole,
        {**broken, "x": float(rng.uniform(1.3, 2.5)), "n": float(rng.uniform(0.3, 0.7))},
    ]


def _two(rng: np.random.Generator) -> Sequence[Inputs]:
    return _named(rng, "x xdot y ydot")


def _three(rng: np.random.Generator) -> Sequence[Inputs]:
    return _named(rng, "x xdot y ydot z zdot")


def _plain(rng: np.random.Generator) -> Sequence[Inputs]:
    """A Dual, and plain numbers far enough from it that their sum is not small."""
    drawn = _named(rng, "x xdot k m")
    return [{**inputs, "k": inputs["k"] + 3} for inputs in drawn]


def _pairs_of(
    first: int, second: int, rows: list[list[float]], rng: np.random.Generator
) -> list[tuple[float, ...]]:
    """Rows in which two places hold pairs of every kind; the others are taken from `rows`."""
    changed = []
    for pair, row in zip(every_pair(rng), rows, strict=False):
        row[first], row[second] = pair
        changed.append(tuple(row))
    return changed


def _table(
    rng: np.random.Generator, places: int, pairs: Sequence[tuple[int, int]]
) -> list[tuple[float, ...]]:
    """Rows in which each of the `pairs` of places holds pairs of every kind."""
    rows = []
    for first, second in pairs:
        ordinary = [(2 * np.array(numbers(rng, places))).tolist() for _ in every_pair(rng)]
        rows += _pairs_of(first, second, ordinary, rng)
    return rows


ALL_PAIRS = ((0, 2), (1, 3), (0, 3), (1, 2))


def _numbers_and_speeds(rng: np.random.Generator) -> Sequence[Inputs]:
    """x, xdot, y, ydot of every kind, and every kind of pair among the numbers and speeds of two Duals."""
    return [{"numbers": _table(rng, 4, ALL_PAIRS)}]


def _divided(rng: np.random.Generator) -> Sequence[Inputs]:
    """The same without a denominator of 0; a very small one would hide the errors of the others."""
    return [{"numbers": [_above(row, rng) for row in _table(rng, 4, ALL_PAIRS)]}]


def _above(row: tuple[float, ...], rng: np.random.Generator) -> tuple[float, ...]:
    """A row of x, xdot, y, ydot: where y is small, all of it is."""
    x, xdot, y, ydot = row
    if y == 0:
        return x, xdot, 0.7, ydot
    return (x * y, xdot * y, y, ydot * y) if abs(y) < 0.01 else row


def _plain_numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"numbers": _table(rng, 3, ((0, 2), (1, 2)))}]


def _fractions(rng: np.random.Generator) -> Sequence[Inputs]:
    """x, xdot, k, m for k / a and a / m: neither x nor m is 0, and where one is small, what stands above it is."""
    rows = []
    for x, xdot, k, m in _table(rng, 4, ((0, 2), (1, 2), (0, 3), (1, 3))):
        x, m = x or 0.6, m or 0.6
        if abs(x) < 0.01:
            xdot, k = xdot * x * x, k * x
        if abs(m) < 0.01:
            x, xdot, k = x * m, xdot * m * m, k * m
        rows.append((x, xdot, k, m))
    return [{"numbers": rows}]


def _every(rng: np.random.Generator) -> Sequence[Inputs]:
    """x of every kind at an ordinary speed, then an ordinary x at every kind of speed."""
    speeds = (3 * np.array(numbers(rng, 13))).tolist()
    [ordinary] = numbers(rng, 1)
    rows = [
        *zip(every_number(rng), speeds, strict=True),
        *((ordinary, speed) for speed in every_number(rng)),
    ]
    return [{"numbers": rows}]


def _every_exponent(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of exponent of e; 12 stands alone, because e**12 would hide errors of the others."""
    [table] = _every(rng)
    rows = table["numbers"]
    assert isinstance(rows, list)
    return [
        {"numbers": [(-abs(x) if abs(x) > 10 else x, xdot) for x, xdot in rows]},
        {"numbers": [(12.0, 0.7)]},
    ]


def _every_logarithm(rng: np.random.Generator) -> Sequence[Inputs]:
    """Positive numbers of every kind; a small one moves slowly, so that its slope hides no error of the others."""
    positive = [abs(x) or 0.5 for x in every_number(rng)]
    speeds = (3 * np.array(numbers(rng, len(positive)))).tolist()
    rows = [(x, speed * min(1.0, x)) for x, speed in zip(positive, speeds, strict=True)]
    [ordinary] = numbers(rng, 1)
    return [{"numbers": [*rows, *((1 + abs(ordinary), speed) for speed in every_number(rng))]}]


def _every_sigmoid(rng: np.random.Generator) -> Sequence[Inputs]:
    [table] = _every(rng)
    rows = table["numbers"]
    assert isinstance(rows, list)
    return [
        {
            "numbers": [
                *((x if abs(x) < 30 else 29.0, xdot) for x, xdot in rows),
                (-13.0, 1.2),
                (-29.0, 1.2),
            ]
        }
    ]


def _every_power(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b, c, d, e, f, g, h, i, j = np.abs(numbers(rng, 10)).tolist()
    bases = [
        (a, 2),
        (0.0, 2),
        (0.0, 1),
        (1.0, 4),
        (-1.0, 3),
        (-2.0, 2),
        (-3.0, 3),
        (-b, -1),
        (100 + 20 * c, 0.5),
    ]
    small = [(0.003 + 0.005 * d, 3), (7e-7 * (1 + 0.3 * e), 1)]
    exponents = [
        (2 + f, g),
        (1.5, -2.0),
        (1 + h, -i),
        (1 + j, 0),
        (-1 - a, 0),
        (b, 1),
        (-c, 1),
        (1 + g, -1),
    ]
    extreme = [
        (1 + 0.01 * d, 110 + int(9 * e)),
        (1 + f, 0.003 + 0.004 * g),
        (1 + h, 7e-7 * (1 + 0.3 * i)),
    ]
    pairs = [*bases, *small, *exponents, *extreme, (3.0, 3), (1 + j, (1 + j) * (1 + 2e-5))]
    rows = [
        (x, 2 * speed, n) for (x, n), speed in zip(pairs, numbers(rng, len(pairs)), strict=True)
    ]
    speeds = [(a, speed, 2) for speed in every_number(rng)]
    return [{"numbers": [*rows, *speeds, (1 + b, 2.0, 2), (1 + c, -2.0, 2), (1 + d, 2.00003, 2)]}]


def _arrays(rng: np.random.Generator) -> list[Any]:
    """Arrays of every kind but the extreme, lists, integers and single numbers."""
    sizes = {"mixed": 10, "whole": 5, "ones": 2, "equal": 2, "close": 4}
    drawn = [special(kind, rng, sizes.get(kind, 3)) for kind in KINDS if kind != "extreme"]
    whole = rng.permutation([2, -1, 3])
    return [
        *drawn,
        numbers(rng, 4),
        whole.tolist(),
        numbers(rng, 1),
        whole,
        np.array([1.0]),
        np.array(numbers(rng, 1)),
    ]


def _points(rng: np.random.Generator) -> Sequence[Inputs]:
    """Points of every kind; k makes all slopes of a wheel steep."""
    steep = 25 + numbers(rng, 1)[0]
    return [{"points": [*_arrays(rng), special("extreme", rng, 3)], "k": steep}]


def _few_points(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"points": [2 * np.array(numbers(rng, size)) for size in (2, 3, 5)]}]


def _rays(rng: np.random.Generator) -> Sequence[Inputs]:
    """Points and directions of every kind, and those that are equal, opposite and nearly equal."""
    ordinary = [[np.array(numbers(rng, np.size(x))), x] for x in _arrays(rng)]
    rays = [*ordinary, *([x, 2 * np.array(numbers(rng, np.size(x)))] for x in _arrays(rng))]
    here = 2 * np.array(numbers(rng, 3))
    near = [[here, sign * here] for sign in (1, -1, 1 + 2e-5)]
    return [{"rays": [*rays, *near], "k": numbers(rng, 1)[0]}]


def _far_rays(rng: np.random.Generator) -> Sequence[Inputs]:
    """From a far point, and far along; the slope at the far point is large too, beside the other one."""
    far = [special("extreme", rng, 3) for _ in range(2)]
    near = [np.array(numbers(rng, 3)) for _ in range(2)]
    return [{"rays": [[far[0], 1000 * np.abs(near[0])], [near[1], far[1]]]}]


def _few_rays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {
            "rays": [
                [2 * np.array(numbers(rng, size)), np.array(numbers(rng, size))]
                for size in (2, 3, 5)
            ]
        }
    ]


def _combined(rng: np.random.Generator) -> Sequence[Inputs]:
    names = ("x", "u", "w")
    drawn = [{name: np.array(numbers(rng, size)) for name in names} for size in (2, 3, 4)]
    return [{**given, "q": 3 + numbers(rng, 1)[0], "k": numbers(rng, 1)[0]} for given in drawn]


def _sizes(rng: np.random.Generator) -> Sequence[Inputs]:
    odd, even = 2 * int(rng.integers(2, 5)) - 1, 2 * int(rng.integers(2, 5))
    return [{"sizes": [1, odd, even, 2, int(rng.integers(12, 40)), odd]}]


def _dual(
    text: str,
    probe: Probe,
    part: str,
    draw: Draw,
    terms: Mapping[str, Mapping[str, str]] | None = None,
    on_purpose: str = "",
) -> HiddenCheck:
    judges = dict.fromkeys(probe.names, part)
    return HiddenCheck("Dual", text, probe, draw, judges, terms=terms or {}, on_purpose=on_purpose)


SLOPE = dict.fromkeys(LINEAR.names, "slope")
PLAIN_NUMBERS = "The docstring says a number, or a plain number; an array without axes is an array."
ONE_AXIS = "x and v have the shape (n,); an array with one axis has no such order."

# Answers that call these are judged on numbers that hold their speed and do nothing with it, which is all that these
# checks' functions need, and on functions that run f at another point in another direction.  What stands for jvp can
# also be read as a Dual.
STAND_INS = {
    "Dual": """\
class Dual:
    def __init__(self, val, dot):
        self.val, self.dot = float(val), float(dot)
""",
    "jvp": f"""\
{SEVERAL}\
def jvp(f, x, v):
    out = f([Dual(number + 2 * speed, number - speed) for number, speed in zip(x, v)])
    found = Several(y=3 * out.val + out.dot, ydot=out.val - 2 * out.dot)
    found.val, found.dot = found
    return found
""",
    "grad_forward": """\
def grad_forward(f, x):
    return [f([Dual(number, 0.0) for number in x]).val for _ in range(len(x) + 2)]
""",
}
HIDDEN = HiddenAssignment(
    name="05_forward_mode",
    stand_ins=STAND_INS,
    checks=(
        _dual("Sums of three numbers, one of them used twice.", ADDED, "sums", _three),
        _dual("Differences of three numbers, one of them used again.", SUBTRACTED, "sums", _three),
        _dual(
            "Differences of numbers and speeds of every kind.",
            SUB,
            "sums",
            _numbers_and_speeds,
            None,
            ITSELF,
        ),
        _dual("Products of other numbers at other speeds.", PRODUCT, "mul", _two, PRODUCT_TERMS),
        _dual("Products of three numbers, one of them used twice.", MULTIPLIED, "mul", _three),
        _dual("Products of numbers and speeds of every kind.", MUL, "mul", _numbers_and_speeds),
        _dual("Quotients of other numbers at other speeds.", QUOTIENT, "div", _two, QUOTIENT_TERMS),
        _dual("Quotients of three numbers, one of them used twice.", DIVIDED, "div", _three),
        _dual("Quotients of numbers and speeds of every kind.", DIV, "div", _divided, None, ITSELF),
        _dual("Quotients with a plain number above or below.", FRACTIONS, "div", _plain),
        _dual("Quotients with plain numbers of every kind.", OVER, "div", _fractions),
        _dual("Powers with bases, speeds and exponents of every kind.", POW, "pow", _every_power),
        _dual("Other powers, whole, negative and broken.", POWER, "pow", _powers),
        _dual("The sine at points and speeds of every kind.", SIN, "sin", _every),
        _dual("The exponential at points and speeds of every kind.", EXP, "exp", _every_exponent),
        _dual("The logarithm at points and speeds of every kind.", LOG, "log", _every_logarithm),
        _dual(
            "The sigmoid at points and speeds of every kind.", SIGMOID, "sigmoid", _every_sigmoid
        ),
        _dual("Plain numbers before a Dual.", BEFORE, "plain", _plain),
        _dual("Plain numbers after a Dual.", AFTER, "plain", _plain),
        _dual("Plain numbers in a longer expression.", MIXED, "plain", _plain),
        _dual("Plain numbers of every kind.", PLAIN, "plain", _plain_numbers),
        HiddenCheck("jvp", "A function in which neighbours meet.", along(WHEEL), _rays, ALONG),
        HiddenCheck(
            "jvp", "A function with a loop and a branch.", JVP_LOOP, _rays, ALONG, on_purpose=BRANCH
        ),
        HiddenCheck("jvp", "Points or directions that are very far.", JVP_LOOP, _far_rays, ALONG),
        HiddenCheck("jvp", "A function that uses its last input only.", JVP_LAST, _few_rays, ALONG),
        HiddenCheck("jvp", "Every second element of an array.", JVP_STRIDED, _few_rays, ALONG),
        HiddenCheck("jvp", "A point that is its own direction.", JVP_ONE_OBJECT, _few_rays, ALONG),
        HiddenCheck(
            "jvp", "Slopes along several directions and along their sum.", LINEAR, _combined, SLOPE
        ),
        HiddenCheck(
            "grad_forward", "A function in which neighbours meet.", slopes(WHEEL), _points, SLOPES
        ),
        HiddenCheck(
            "grad_forward",
            "A function with a loop and a branch.",
            GRAD_LOOP,
            _points,
            SLOPES,
            on_purpose=BRANCH,
        ),
        HiddenCheck(
            "grad_forward", "A function that uses its last input only.", GRAD_LAST, _points, SLOPES
        ),
        HiddenCheck(
            "grad_forward", "Every second element of an array.", GRAD_STRIDED, _few_points, SLOPES
        ),
        HiddenCheck("passes", "Other numbers of inputs.", PASSES, _sizes, COUNTS),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        Excluded("Dual", ("*: an array without axes)*",), PLAIN_NUMBERS),
        Excluded(
            "Dual",
            ("Dual.__truediv__(other*: zero)*", "Dual.__rtruediv__(self.val: zero)*"),
            "The docstrings say that what stands below is not 0.",
        ),
        Excluded(
            "Dual",
            tuple(
                f"Dual.log(self.val: {what})*"
                for what in ("zero", "minus one", "negative", "below -1", "between*")
            ),
            "The docstring says that self is positive.",
        ),
        Excluded(
            "Dual",
            ("Dual.sigmoid(self.val: large)*",),
            "The docstring says that self is between -30 and 30.",
        ),
        Excluded(
            "Dual",
            (
                "Dual.sin(result: limited at 10) -> val",
                "Dual.sigmoid(result: limited at 10) -> val",
            ),
            "It lies between -1 and 1.",
        ),
        Excluded("passes", ("passes(n: zero)*",), "The docstring says that n is at least 1."),
        Excluded("passes", ("passes(: same object again)*",), "f is a function and n a number."),
        Excluded("jvp", ("*: Fortran order)*",), ONE_AXIS),
        Excluded("grad_forward", ("*: Fortran order)*",), ONE_AXIS),
    ),
    equivalents=(
        Equivalent(
            "jvp",
            "duals = [Dual(x[i], v[i]) for i in range(len(x))]",
            ("duals = [Dual(x[i], v[i]) for i in range(len(v))]",),
            "A point and a direction have the same length n.",
        ),
        Equivalent(
            "grad_forward",
            "v = np.zeros(len(x))",
            ("v = -np.zeros(len(x))", "v = np.zeros(len(x)) * 1.000001"),
            "Zero keeps its value whatever its sign, and whatever it is multiplied by.",
        ),
        Equivalent(
            "grad_forward",
            "return np.array(slopes)",
            ("return slopes",),
            "A list of numbers is taken like an array.",
        ),
        Equivalent(
            "passes",
            "calls.append(v)",
            ("calls.append(calls)", "calls.append(n)", "calls.append(f)"),
            "What a note says is never read; the notes are counted.",
        ),
        Equivalent(
            "passes",
            "return f(v)",
            ("return -f(v)", "return f(v) * 1.000001"),
            "How often a function is called does not depend on what it returns, as long as that is a Dual.",
        ),
    ),
)
