"""Notebook 5, forward mode: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Equivalent, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import numbers
from autograder.hidden.misconceptions.forward_mode import MISCONCEPTIONS
from autograder.student.checks.forward_mode import (
    ALONG,
    COUNTS,
    DIV,
    EXP,
    JVP,
    LOG,
    MUL,
    NUMBER,
    PASSES,
    POW,
    SIGMOID,
    SIN,
    SLOPES,
    along,
    counted,
    operation,
    slopes,
)
from autograder.student.model.exercises import Inputs, Probe

# A number that is used again must still be what it was.
ADDED, SUBTRACTED = operation("a + b + (c + a)", "abc"), operation("a - b - (c - a - a)", "abc")
MULTIPLIED, DIVIDED = operation("a * b * (c * a)", "abc"), operation("a / (b / a) / c", "abc")


def _several(expressions: str) -> Probe:
    """The values and the dots of several operations on a = Dual(x, xdot) and plain numbers k and m."""
    call = "[out.val for out in outs], [out.dot for out in outs]"
    return Probe(call, NUMBER, f"a = Dual(x, xdot)\nouts = [{expressions}]")


BEFORE, AFTER = _several("k + a, k - a, k * a"), _several("a + k, a - k, a * k")
FRACTIONS = _several("k / a, a / k, m / (a + k)")
MIXED = operation("k - (a + m) * k + -a")

WHEEL = counted("return sum(v[i] * v[i - 1] for i in range(len(v))) + v[0].sin()")
LOOP = counted("s = v[0]\n    for u in v[1:]:\n        s = s * u + u.exp() if u.val > 0 else s - u * u\n    return s")
# Whoever has one operation wrong gets wrong numbers here, and no error: the logarithm's number is positive anyhow.
ALL = counted("return (v[-1] * v[-1]).log() / (3 + v[0] ** 2) + (2 - v[0]).sigmoid()")
IDLE = counted("return 3 * v[-1]")
LINEAR = Probe(
    "(along_u, along_w, along_both)",
    ("along_u", "along_w", "along_both"),
    f"{WHEEL}\nboth = [k * p + q for p, q in zip(u, w)]\n"
    "def along(v):\n    y, ydot = jvp(f, x, v)\n    return ydot\n"
    "along_u, along_w, along_both = map(along, (u, w, both))",
)

PRODUCT_TERMS = {"dot": {"that of the first factor": "xdot * y", "that of the second factor": "x * ydot"}}
QUOTIENT_TERMS = {"dot": {"that of the numerator": "xdot / y", "that of the denominator": "-x * ydot / y**2"}}
DIRECTION_TERMS = {
    "ydot": {"that of the first input": "v[0] * (x[1] + np.cos(x[0]))", "that of the second input": "v[1] * x[0]"}
}


def _named(rng: np.random.Generator, names: str, count: int = 3) -> list[dict[str, float]]:
    """So many draws of values and dots, by names with spaces between; values are twice as large as dots."""
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
    return [*whole, {**broken, "x": float(rng.uniform(1.3, 2.5)), "n": float(rng.uniform(0.3, 0.7))}]


def _two(rng: np.random.Generator) -> Sequence[Inputs]:
    return _named(rng, "x xdot y ydot")


def _three(rng: np.random.Generator) -> Sequence[Inputs]:
    return _named(rng, "x xdot y ydot z zdot")


def _plain(rng: np.random.Generator) -> Sequence[Inputs]:
    """A Dual, and plain numbers that are far enough from it for their sum to be no small one."""
    drawn = _named(rng, "x xdot k m")
    return [{**inputs, "k": inputs["k"] + 3} for inputs in drawn]


def _points(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [np.array(numbers(rng, size)) for size in (2, 3, 5)]
    return [*({"x": 2 * x} for x in drawn), {"x": numbers(rng, 4)}, {"x": np.array(numbers(rng, 1))}]


def _aimed(rng: np.random.Generator, points: Sequence[np.ndarray]) -> Sequence[Inputs]:
    """Points with a direction each, the last two as lists, and zeros and whole numbers in the last.

    The elements of a direction have one sign, so that shares add up and do not cancel.
    """
    sides = rng.choice([-1.0, 1.0], len(points))
    drawn = [{"x": 2 * x, "v": side * np.abs(numbers(rng, len(x)))} for x, side in zip(points, sides, strict=True)]
    *arrays, listed, whole = drawn
    return [*arrays, {k: v.tolist() for k, v in listed.items()}, {"x": whole["x"].tolist(), "v": [2, 3, 0]}]


def _directions(rng: np.random.Generator) -> Sequence[Inputs]:
    """Directions at points whose numbers are positive."""
    return _aimed(rng, [np.abs(numbers(rng, size)) for size in (2, 3, 5, 1, 4, 3)])


def _mixed_directions(rng: np.random.Generator) -> Sequence[Inputs]:
    """Directions at points whose numbers have both signs."""
    return _aimed(rng, [np.array(numbers(rng, size)) for size in (2, 3, 5, 1, 4, 3)])


def _pairs(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": 2 * np.array(numbers(rng, 2)), "v": np.array(numbers(rng, 2))} for _ in range(3)]


def _combined(rng: np.random.Generator) -> Sequence[Inputs]:
    names = ("x", "u", "w")
    drawn = [{name: np.array(numbers(rng, size)) for name in names} for size in (2, 3, 4)]
    return [{**given, "k": 3 + numbers(rng, 1)[0]} for given in drawn]


def _sizes(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"n": int(n)} for n in (1, *rng.permutation(np.arange(2, 9))[:4], 40)]


def _dual(text: str, probe: Probe, part: str, draw: object, terms: object = None) -> HiddenCheck:
    judges = dict.fromkeys(probe.names, part)
    return HiddenCheck("Dual", text, probe, draw, judges, terms=terms or {})  # type: ignore[arg-type]


SLOPE = dict.fromkeys(LINEAR.names, "slope")

HIDDEN = HiddenAssignment(
    name="05_forward_mode",
    checks=(
        _dual("Sums of three numbers, one of them used twice.", ADDED, "sums", _three),
        _dual("Differences of three numbers, one of them used again.", SUBTRACTED, "sums", _three),
        _dual("Products of other numbers at other speeds.", MUL, "mul", _two, PRODUCT_TERMS),
        _dual("Products of three numbers, one of them used twice.", MULTIPLIED, "mul", _three),
        _dual("Quotients of other numbers at other speeds.", DIV, "div", _two, QUOTIENT_TERMS),
        _dual("Quotients of three numbers, one of them used twice.", DIVIDED, "div", _three),
        _dual("Quotients with a plain number above or below.", FRACTIONS, "div", _plain),
        _dual("Other powers, whole, negative and broken.", POW, "pow", _powers),
        _dual("The sine at other points and speeds.", SIN, "sin", _one),
        _dual("The exponential at other points and speeds.", EXP, "exp", _one),
        _dual("The logarithm at other points and speeds.", LOG, "log", _positive),
        _dual("The sigmoid at other points and speeds.", SIGMOID, "sigmoid", _one),
        _dual("Plain numbers before a Dual.", BEFORE, "plain", _plain),
        _dual("Plain numbers after a Dual.", AFTER, "plain", _plain),
        _dual("Plain numbers in a longer expression.", MIXED, "plain", _plain),
        HiddenCheck(
            "jvp", "The running example elsewhere and in other directions.", JVP, _pairs, ALONG, terms=DIRECTION_TERMS
        ),
        HiddenCheck("jvp", "Functions of one to five inputs.", along(WHEEL), _directions, ALONG),
        HiddenCheck("jvp", "A function with a loop and a branch.", along(LOOP), _mixed_directions, ALONG),
        HiddenCheck("jvp", "A function that uses its last input only.", along(IDLE), _directions, ALONG),
        HiddenCheck("jvp", "Slopes along several directions and along their sum.", LINEAR, _combined, SLOPE),
        HiddenCheck("grad_forward", "Functions of one to five inputs.", slopes(WHEEL), _points, SLOPES),
        HiddenCheck("grad_forward", "A function with a loop and a branch.", slopes(LOOP), _points, SLOPES),
        HiddenCheck("grad_forward", "A function of many operations.", slopes(ALL), _points, SLOPES),
        HiddenCheck("grad_forward", "A function that uses its last input only.", slopes(IDLE), _points, SLOPES),
        HiddenCheck("passes", "Other numbers of inputs.", PASSES, _sizes, COUNTS),
    ),
    misconceptions=MISCONCEPTIONS,
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
