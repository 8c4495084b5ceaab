"""Notebook 6, reverse mode: hidden checks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.hidden.catalogue import Equivalent, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import numbers
from autograder.hidden.misconceptions.reverse_mode import MISCONCEPTIONS
from autograder.student.checks.reverse_mode import (
    AGAIN,
    CHAIN,
    JUDGED,
    LADDER,
    LEVELS,
    MEMBERS,
    ORDER,
    ORDERED_LADDER,
    SHARED,
    SHARES,
    SLIDE27,
    SWEPT_LADDER,
    TWICE,
    TWO,
    TWO_INPUTS,
    ZEROED,
    ParentsFirst,
    operation,
    sweep,
)
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Inputs, Probe


def _inside(expression: str, names: tuple[str, ...]) -> Probe:
    """An operation inside a longer expression, on inputs that have already got a share from elsewhere."""
    shares = "a.grad, b.grad = ga, gb\n" if "db" in names else "a.grad = ga\n"
    return operation(f"{expression} + m", names, shares)


ONE = ("out", "da")
PRODUCT, DIFFERENCE = _inside("(a * b) * k", TWO), _inside("(a - b - k)", TWO)
POWER, SINE = _inside("a**n", ONE), _inside("a.sin()", ONE)
EXPONENTIAL, RECTIFIER = _inside("a.exp()", ONE), _inside("a.relu()", ONE)
SQUARE = _inside("a * a", ONE)
TWINS = Probe(
    TWICE.call,
    TWICE.names,
    "a, b = Value(x), Value(x)\nout = b * a + b + a\nby_paths(out, dout)",
)
MIRROR = replace(SHARED, setup=SHARED.setup.replace("b + a", "a + b").replace("d * c + b", "b + c * d"))
EQUALS = sweep(
    "a, b = Value(x), Value(x)\nc = a * a\nd = c * b\nout = d + a * k\nbackward(out, seed)",
    SHARES,
    (
        Wire("a"),
        Wire("b"),
        Wire("c", "*", ("a", "a")),
        Wire("d", "*", ("c", "b")),
        Wire("k", value="k"),
        Wire("ak", "*", ("a", "k")),
        Wire("out", "+", ("d", "ak")),
    ),
)
ALONE = Probe("a.grad", ("a",), "a = Value(x)\nbackward(a, seed)")
ZEROED_LADDER = Probe(
    ZEROED.call,
    ZEROED.names,
    LADDER + "for node in nodes:\n    node.grad = left\nzero_grad(nodes[-1])",
)


def _function(body: str) -> Probe:
    return Probe(TWO_INPUTS.call, TWO_INPUTS.names, f"calls = []\n\ndef f(v):\n    calls.append(v)\n    {body}\n")


WHEEL = _function("return sum(v[i] * v[i - 1] for i in range(len(v))) + v[0].sin()")
LOOP = _function(
    "s = v[0]\n    for u in v[1:]:\n        s = s * u + u.exp() if u.data > 0 else s - u * u\n    return s"
)
IDLE = _function("return v[-1]")
SLOPES = {"grad": "grad", "calls": "once"}


def _binary(rng: np.random.Generator) -> Sequence[Inputs]:
    names = ("x", "y", "k", "m", "ga", "gb", "dout")
    return [dict(zip(names, numbers(rng, 7), strict=True)) for _ in range(3)]


def _unary(rng: np.random.Generator) -> Sequence[Inputs]:
    return [dict(zip(("x", "m", "ga", "dout"), numbers(rng, 4), strict=True)) for _ in range(3)]


def _powers(rng: np.random.Generator) -> Sequence[Inputs]:
    whole = [{**inputs, "n": n} for inputs, n in zip(_unary(rng), (2, 3, -2), strict=True)]
    [broken, *_] = _unary(rng)
    return [*whole, {**broken, "x": float(rng.uniform(1.3, 2.5)), "n": float(rng.uniform(0.3, 0.7))}]


def _both_signs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Inputs and upstream gradients of each sign."""
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    drawn = [dict(zip(("x", "m", "ga", "dout"), numbers(rng, 4), strict=True)) for _ in signs]
    return [{**d, "x": s * abs(d["x"]), "dout": t * abs(d["dout"])} for d, (s, t) in zip(drawn, signs, strict=True)]


def _twins(rng: np.random.Generator) -> Sequence[Inputs]:
    return [dict(zip(("x", "dout"), numbers(rng, 2), strict=True)) for _ in range(2)]


def _graph(rng: np.random.Generator, size: int, *, ladder: bool) -> list[list[int]]:
    """The parents of each node, drawn; in a ladder each node has the one before among them, so one order is right."""
    edges: list[list[int]] = [[]] if ladder else [[], []]
    while len(edges) < size:
        count = len(edges)
        first = count - 1 if ladder or count == size - 1 else int(rng.integers(count))
        others = rng.choice(count, size=min(count, int(rng.integers(1, 3))), replace=False)
        edges.append([int(i) for i in rng.permutation(sorted({first, *map(int, others)}))])
    return edges


def _graphs(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [_graph(rng, size, ladder=ladder) for size, ladder in ((8, True), (11, True), (9, False), (12, False))]
    return [{"data": numbers(rng, 1)[0], "edges": edges} for edges in [*drawn, [[]]]]


def _left(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**graph, "left": numbers(rng, 1)[0]} for graph in _graphs(rng)]


def _seeded(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [dict(zip(("x", "k", "seed"), numbers(rng, 3), strict=True)) for _ in range(3)]
    return [{**d, "k": 3 * d["k"]} for d in drawn]


def _alone(rng: np.random.Generator) -> Sequence[Inputs]:
    return [dict(zip(("x", "seed"), numbers(rng, 2), strict=True))]


def _ladder(rng: np.random.Generator) -> Sequence[Inputs]:
    data, seed, left = numbers(rng, 3)
    return [{"data": data, "seed": seed, "left": left, "k": float(rng.uniform(1.8, 2.2)), "levels": LEVELS}]


def _once(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": x} for x in numbers(rng, 3)]


def _points(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [np.array(numbers(rng, size)) for size in (2, 3, 5)]
    return [*({"x": 2 * x} for x in drawn), {"x": numbers(rng, 4)}, {"x": np.array(numbers(rng, 1))}]


def _slide(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [dict(zip(("x", "y", "target"), numbers(rng, 3), strict=True)) for _ in range(3)]
    return [{**d, "target": 5 + d["target"]} for d in drawn]


def _value(text: str, probe: Probe, part: str, draw: object) -> HiddenCheck:
    return HiddenCheck("Value", text, probe, draw, dict.fromkeys(probe.names, part))  # type: ignore[arg-type]


BETWEEN = (
    "A node made from the parent stands between them in the graph; its own gradient stays 0, so it passes nothing on, "
    "and the parent still comes before and gets its share."
)
ADDED_UP = dict.fromkeys(SHARES, "shared")

HIDDEN = HiddenAssignment(
    name="06_reverse_mode",
    checks=(
        _value("Products inside longer expressions, added to what is there.", PRODUCT, "mul", _binary),
        _value("A number times itself.", SQUARE, "mul", _unary),
        _value("Differences inside longer expressions, added to what is there.", DIFFERENCE, "sub", _binary),
        _value("Powers inside longer expressions, for other exponents.", POWER, "pow", _powers),
        _value("The sine inside longer expressions, added to what is there.", SINE, "sin", _unary),
        _value("The exponential inside longer expressions, added to what is there.", EXPONENTIAL, "exp", _unary),
        _value("The rectifier on either side, for gradients of either sign.", RECTIFIER, "relu", _both_signs),
        _value("Two inputs with the same number, each used twice.", TWINS, "nodes", _twins),
        HiddenCheck("topo_sort", "Every node of other graphs, each once.", MEMBERS, _graphs, {"nodes": "nodes"}),
        HiddenCheck(
            "topo_sort", "Other graphs in any right order.", ORDER, _graphs, {"order": "order"}, ParentsFirst()
        ),
        HiddenCheck(
            "topo_sort",
            "Another graph of 25 nodes with 16 million paths.",
            ORDERED_LADDER,
            _ladder,
            {"order": "fast"},
        ),
        HiddenCheck("backward", "Other chains and other seeds.", CHAIN, _seeded, JUDGED),
        HiddenCheck("backward", "A root that is an input.", ALONE, _alone, {"a": "chain"}),
        HiddenCheck("backward", "The small graph with other numbers.", SHARED, _seeded, ADDED_UP),
        HiddenCheck("backward", "The small graph written the other way round.", MIRROR, _seeded, ADDED_UP),
        HiddenCheck(
            "backward", "Two inputs with the same number, one of them times itself.", EQUALS, _seeded, ADDED_UP
        ),
        HiddenCheck(
            "backward",
            "Another graph of 25 nodes with 16 million paths, and another seed.",
            SWEPT_LADDER,
            _ladder,
            {"grad": "fast"},
        ),
        HiddenCheck("zero_grad", "Every node of other graphs.", ZEROED, _left, {"grads": "zero"}),
        HiddenCheck(
            "zero_grad",
            "A second backward pass gives what the first gave.",
            AGAIN,
            _once,
            {"first": "zero", "second": "zero"},
        ),
        HiddenCheck(
            "zero_grad",
            "A graph of 25 nodes with 16 million paths.",
            ZEROED_LADDER,
            _ladder,
            {"grads": "zero"},
            on_purpose="Zero is what the exercise asks for.",
        ),
        HiddenCheck("grad_reverse", "Functions of one to five inputs.", WHEEL, _points, SLOPES),
        HiddenCheck("grad_reverse", "A function with a loop and a branch.", LOOP, _points, SLOPES),
        HiddenCheck("grad_reverse", "A function that returns its last input.", IDLE, _points, SLOPES),
        HiddenCheck(
            "slide27",
            "Loss and gradients at other points and targets.",
            SLIDE27,
            _slide,
            {"loss": "loss", "z": "z", "y": "y", "x": "x"},
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    equivalents=(
        Equivalent(
            "Value",
            "out = Value(self.data - other.data, (self, other))",
            (
                "out = Value(self.data - other.data, (self, -other))",
                "out = Value(self.data - other.data, (self, other * 1.000001))",
            ),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "self.grad += 1.0 * out.grad",
            ("self.grad += out.grad",),
            "Once a number is the number.",
        ),
        Equivalent(
            "Value",
            "out = Value(self.data ** n, (self,))",
            ("out = Value(self.data ** n, (-self,))", "out = Value(self.data ** n, (self * 1.000001,))"),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "out = Value(math.sin(self.data), (self,))",
            ("out = Value(math.sin(self.data), (-self,))", "out = Value(math.sin(self.data), (self * 1.000001,))"),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "out = Value(math.exp(self.data), (self,))",
            ("out = Value(math.exp(self.data), (-self,))", "out = Value(math.exp(self.data), (self * 1.000001,))"),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "out = Value(max(0.0, self.data), (self,))",
            (
                "out = Value(max(self.data, 0.0), (self,))",
                "out = Value(max(0.0, self.data), (-self,))",
                "out = Value(max(0.0, self.data), (self * 1.000001,))",
            ),
            f"The larger of two numbers does not depend on their order. {BETWEEN}",
        ),
        Equivalent(
            "Value",
            "self.grad += (self.data > 0) * out.grad",
            ("self.grad += (self.data >= 0) * out.grad", "self.grad += (out.data > 0) * out.grad"),
            "The gradient at exactly 0 is never asked for, and the output is above 0 where the input is.",
        ),
        Equivalent(
            "topo_sort",
            "if node in seen:",
            ("if node in order:",),
            "Among its own ancestors a node would be seen and not yet in order, and no graph has such a circle.",
        ),
        Equivalent(
            "topo_sort",
            "for parent in node._parents:",
            ("for parent in reversed(list(node._parents)):",),
            "Any order with parents first is right.",
        ),
        Equivalent(
            "backward",
            "for node in reversed(topo_sort(root)):",
            ("for node in list(reversed(topo_sort(root)))[:-1]:",),
            "The first node of an order has no parents, so its rule does nothing.",
        ),
        Equivalent(
            "zero_grad",
            "for node in topo_sort(root):",
            ("for node in reversed(list(topo_sort(root))):",),
            "Zeros may be written in any order.",
        ),
        Equivalent(
            "grad_reverse",
            "return np.array([leaf.grad for leaf in leaves])",
            ("return [leaf.grad for leaf in leaves]",),
            "A list of numbers is taken like an array.",
        ),
        Equivalent(
            "slide27",
            "loss = (z - target) ** 2",
            ("loss = (target - z) ** 2",),
            "A square does not depend on the sign, and neither does its gradient with respect to z.",
        ),
    ),
)
