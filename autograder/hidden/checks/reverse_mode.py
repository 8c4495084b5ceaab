"""Notebook 6, reverse mode: hidden checks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.hidden.catalogue import Draw, Equivalent, Excluded, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import every_number, every_pair, numbers
from autograder.hidden.misconceptions.reverse_mode import MISCONCEPTIONS
from autograder.student.checks.reverse_mode import (
    AGAIN,
    BEND,
    BRANCH,
    CHAIN,
    EXP,
    GRADIENTS,
    IDLE,
    IMPOSTORS,
    ITSELF,
    JUDGED,
    LEVELS,
    LOOP,
    LOSS_PARTS,
    MEMBERS,
    MUL,
    ORDER,
    ORDERED_LADDER,
    POW,
    RELU,
    SHARED,
    SHARES,
    SIN,
    SLIDE27,
    SLIDES,
    STRIDED,
    SUB,
    SWEEPS,
    SWEPT_LADDER,
    TWICE,
    UNMASK,
    ZEROED,
    ZEROED_LADDER,
    ParentsFirst,
    gradients,
    sweep,
)
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import KINDS, special


def _inside(expression: str, *, two: bool = False) -> Probe:
    """An operation inside a longer expression, on inputs that have already got a share from elsewhere."""
    made, shares, grads = "a = Value(x)", "a.grad = ga", "a.grad"
    if two:
        made, shares, grads = (
            "a, b = Value(x), Value(y)",
            "a.grad, b.grad = ga, gb",
            "a.grad, b.grad",
        )
    names = ("out", "da", "db") if two else ("out", "da")
    return Probe(
        f"(out.data, {grads})",
        names,
        f"{made}\n{shares}\nout = {expression} + m\nby_paths(out, dout)",
    )


PRODUCT, DIFFERENCE = _inside("(a * b) * k", two=True), _inside("(a - b - k)", two=True)
POWER, SINE = _inside("a**n"), _inside("a.sin()")
EXPONENTIAL, RECTIFIER = _inside("a.exp()"), _inside("a.relu()")
SQUARE = _inside("a * a")
TWINS = Probe(
    TWICE.call, TWICE.names, "a, b = Value(x), Value(x)\nout = b * a + b + a\nby_paths(out, dout)"
)
WHEEL = gradients(
    """\
    s = made(sum((u.data - w.data) ** 2 for u, w in zip(v, v[1:])), v, [0.5] * len(v))
    return made(s.data + math.atan(v[0].data), [s, v[0], s], [1.0, 1 / (1 + v[0].data ** 2), k])
"""
)


def _binary(rng: np.random.Generator) -> Sequence[Inputs]:
    names = ("x", "y", "k", "m", "ga", "gb", "dout")
    return [dict(zip(names, numbers(rng, 7), strict=True)) for _ in range(3)]


def _unary(rng: np.random.Generator) -> Sequence[Inputs]:
    return [dict(zip(("x", "m", "ga", "dout"), numbers(rng, 4), strict=True)) for _ in range(3)]


def _powers(rng: np.random.Generator) -> Sequence[Inputs]:
    whole = [{**inputs, "n": n} for inputs, n in zip(_unary(rng), (2, 3, -2), strict=True)]
    [broken, *_] = _unary(rng)
    return [
        *whole,
        {**broken, "x": float(rng.uniform(1.3, 2.5)), "n": float(rng.uniform(0.3, 0.7))},
    ]


def _both_signs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Inputs and upstream gradients of each sign."""
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    drawn = [dict(zip(("x", "m", "ga", "dout"), numbers(rng, 4), strict=True)) for _ in signs]
    return [
        {**d, "x": s * abs(d["x"]), "dout": t * abs(d["dout"])}
        for d, (s, t) in zip(drawn, signs, strict=True)
    ]


def _under_upstreams(rng: np.random.Generator, rows: Sequence[Sequence[float]]) -> Sequence[Inputs]:
    """Every row under an ordinary upstream gradient, then the first row under every other one."""
    table = [
        (*row, 3 * upstream) for row, upstream in zip(rows, numbers(rng, len(rows)), strict=True)
    ]
    return [{"numbers": table + [(*rows[0], upstream) for upstream in every_number(rng)]}]


def _pairs(rng: np.random.Generator) -> Sequence[Inputs]:
    return _under_upstreams(rng, every_pair(rng))


def _numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    return _under_upstreams(rng, [(x,) for x in every_number(rng)])


def _rectified(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of number; at exactly 0, where no gradient is asked for, the upstream one is 0."""
    [table] = _numbers(rng)
    rows = table["numbers"]
    assert isinstance(rows, list)
    [negative, positive] = np.abs(numbers(rng, 2)).tolist()
    more = [(x, upstream) for upstream in every_number(rng) for x in (-negative, positive)]
    more += [(-0.05 * negative, 1.5), (0.05 * positive, -2.5)]
    return [{"numbers": [(x, upstream if x else 0.0) for x, upstream in rows + more]}]


def _exponents(rng: np.random.Generator) -> Sequence[Inputs]:
    """Every kind of exponent of e; 12 stands alone, because e**12 would hide errors of the others."""
    [table] = _under_upstreams(rng, [(x,) for x in every_number(rng, large=-1)])
    return [table, {"numbers": [(12.0, *numbers(rng, 1))]}]


def _powers_of_every_kind(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b, c, d, e, f, g, h, i, j = np.abs(numbers(rng, 10)).tolist()
    of_bases = [
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
    of_exponents = [(2 + f, g), (1.5, -2.0), (1 + h, -i), (1 + j, 0), (-1 - a, 0), (b, 1), (-c, 1)]
    extreme = [
        (1 + 0.01 * d, 110 + int(9 * e)),
        (1 + f, 0.003 + 0.004 * g),
        (1 + h, 7e-7 * (1 + 0.3 * i)),
    ]
    whole = 3.0
    return _under_upstreams(
        rng, [*of_bases, *small, *of_exponents, *extreme, (whole, 3), (1 + j, (1 + j) * (1 + 2e-5))]
    )


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
    """Drawn graphs and one of a single node, ordered from the last node; then one that grows, from every node."""
    sizes = ((1, True), (8, True), (11, True), (9, False), (12, False))
    drawn = [_graph(rng, size, ladder=ladder) for size, ladder in sizes]
    last = [
        {"data": numbers(rng, 1) * len(edges), "edges": edges, "roots": [len(edges) - 1]}
        for edges in drawn
    ]
    grown = _grown(rng)
    return [*last, {name: grown[name] for name in ("data", "edges", "roots")}]


def _grown(rng: np.random.Generator) -> dict[str, list[Any]]:
    """A graph with numbers of every kind, some of them equal, swept from every node as it grows and from some again.

    Node 4 is made from one node twice, node 5 from a node and from what was made from it.
    """
    data = every_number(rng)
    size = len(data) + 2
    edges: list[list[int]] = [
        [],
        [],
        [0],
        [1, 0],
        [2, 2],
        [3, 2, 0],
        *_graph(rng, size, ladder=False)[6:],
    ]
    slopes = [numbers(rng, len(parents)) for parents in edges]
    inner = [*map(int, rng.permutation(np.arange(2, size - 1))[:2])]
    roots = [*range(size), size - 1, *inner, inner[0], 0]
    first = every_number(rng)
    ordinary = (3 * np.array(numbers(rng, len(roots) - 1 - len(first)))).tolist()
    seeds: list[list[float]] = [[], *([seed] for seed in [*first, *ordinary])]
    data = [*data, data[0], data[3]]
    return {"data": data, "edges": edges, "slopes": slopes, "roots": roots, "seeds": seeds}


def _sweeps(rng: np.random.Generator) -> Sequence[Inputs]:
    """A graph that grows; in the last calls the seed equals the root's number, twice, is opposite or nearly equal."""
    grown = _grown(rng)
    root = grown["roots"][1]
    number = 0.4 + abs(numbers(rng, 1)[0])
    grown["data"][root] = number
    near = [[number], [number], [-number], [number * (1 + 2e-5)]]
    return [
        {
            **grown,
            "roots": [*grown["roots"], root, root, root, root],
            "seeds": [*grown["seeds"], *near],
        }
    ]


def _left(rng: np.random.Generator) -> Sequence[Inputs]:
    """Graphs with a gradient on each node; in the last one it is 0 on node 2, and not on node 0, which is behind."""
    graphs = _graphs(rng)
    left = [numbers(rng, 20) for _ in graphs]
    left[-1][2] = 0.0
    return [{**graph, "left": grads} for graph, grads in zip(graphs, left, strict=True)]


def _any_numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    """Numbers for x and y, none small: a sine of their product is never nearly straight."""
    return [dict(zip("xy", numbers(rng, 2), strict=True)) for _ in range(3)]


def _links(rng: np.random.Generator) -> Sequence[Inputs]:
    """Chains of four nodes."""
    names = ("a", "b", "c", "out")
    above: dict[str, list[str]] = {name: [before] for before, name in pairwise(names)}
    return [_given(rng, names, {"a": [], **above}) for _ in range(3)]


def _shared(rng: np.random.Generator) -> Sequence[Inputs]:
    """The small graph of the notebook, its parents in one order and in the other."""
    parents = {
        "a": [],
        "b": ["a"],
        "c": ["b", "a"],
        "d": ["c", "b"],
        "dc": ["d", "c"],
        "out": ["dc", "b"],
    }
    turned = {name: above[::-1] for name, above in parents.items()}
    return [_given(rng, tuple(parents), above) for above in (parents, parents, turned, turned)]


def _equals(rng: np.random.Generator) -> Sequence[Inputs]:
    """Two inputs with the same number, one of them used twice by one node and once more."""
    parents = {"a": [], "b": [], "c": ["a", "a"], "d": ["c", "b"], "out": ["d", "a"]}
    drawn = [_given(rng, tuple(parents), parents) for _ in range(3)]
    return [{**d, "data": dict.fromkeys(parents, numbers(rng, 1)[0])} for d in drawn]


def _given(
    rng: np.random.Generator, names: tuple[str, ...], parents: dict[str, list[str]]
) -> dict[str, object]:
    data = dict(zip(names, numbers(rng, len(names)), strict=True))
    slopes = {name: (2 * np.array(numbers(rng, len(parents[name])))).tolist() for name in names}
    [seed] = numbers(rng, 1)
    return {"data": data, "parents": parents, "slopes": slopes, "seed": seed}


def _ladder(rng: np.random.Generator) -> Sequence[Inputs]:
    """A ladder whose seed is negative, whatever is drawn, so that a wrong answer loses the same at each seed."""
    data, seed, left = numbers(rng, 3)
    return [
        {
            "data": data,
            "seed": -abs(seed),
            "left": left,
            "k": float(rng.uniform(1.8, 2.2)),
            "levels": LEVELS,
        }
    ]


def _once(rng: np.random.Generator) -> Sequence[Inputs]:
    return [dict(zip("xk", numbers(rng, 2), strict=True)) for _ in range(3)]


def _points(rng: np.random.Generator) -> Sequence[Inputs]:
    """Arrays of every kind, lists, integers and single numbers; k makes all slopes of a wheel steep."""
    drawn = [
        special(kind, rng, size)
        for size, kind in zip((10, 3, 3, 5, 2, 3, 2, 3, 4), KINDS, strict=True)
    ]
    whole = rng.permutation([2, -1, 3])
    listed = [numbers(rng, 4), whole.tolist(), numbers(rng, 1)]
    return [
        {
            "points": [*drawn, *listed, whole, *(np.array([v]) for v in (1.0, *numbers(rng, 1)))],
            "k": 25 + numbers(rng, 1)[0],
        }
    ]


def _few_points(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"points": [2 * np.array(numbers(rng, size)) for size in (2, 3, 5)]}]


def _slide(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [dict(zip(("x", "y", "target"), numbers(rng, 3), strict=True)) for _ in range(3)]
    return [{**d, "target": 5 + d["target"]} for d in drawn]


def _slides(rng: np.random.Generator) -> Sequence[Inputs]:
    """Each of x, y and target of every kind, and two of them equal, opposite, nearly equal, rising and falling."""
    rows: list[tuple[float, ...]] = []
    for place in range(3):
        for x in every_number(rng):
            row = (2 * np.array(numbers(rng, 3))).tolist()
            row[place] = x
            rows.append(tuple(row))
        for first, second in ([1, -1], [1, 1], [1, 1 + 2e-5], [0.4, 1.3], [1.3, 0.4]):
            row = (2 * np.array(numbers(rng, 3))).tolist()
            row[place], row[place - 1] = first * row[place], second * row[place]
            rows.append(tuple(row))
    return [{"numbers": [*rows, rows[-1]]}]


def _value(text: str, probe: Probe, part: str, draw: Draw, on_purpose: str = "") -> HiddenCheck:
    return HiddenCheck(
        "Value", text, probe, draw, dict.fromkeys(probe.names, part), on_purpose=on_purpose
    )


BETWEEN = (
    "A node made from the parent stands between them in the graph; its own gradient stays 0, so it passes nothing on, "
    "and the parent still comes before and gets its share."
)
PLAIN_NUMBERS = "The docstring says a number, or a plain number; an array without axes is an array."
ADDED_UP = dict.fromkeys(SHARES, "shared")
EQUALS = sweep(
    SHARES,
    (
        Wire("a"),
        Wire("b"),
        Wire("c", "of a and a", ("a", "a")),
        Wire("d", "of c and b", ("c", "b")),
        Wire("out", "of d and a", ("d", "a")),
    ),
)

# Answers that walk a graph are judged on an order that begins with a node of no graph, and on the plain walk that is
# handed out; answers that compute with nodes, on products and sines of another kind.
STAND_INS = {
    "topo_sort": """\
class Idle:
    grad, _parents = 0.0, ()

    def _backward(self):
        pass

def topo_sort(root):
    distance, waiting = {root: 0}, [root]
    while waiting:
        node = waiting.pop()
        for parent in node._parents:
            if distance.get(parent, 0) <= distance[node]:
                distance[parent] = distance[node] + 1
                waiting.append(parent)
    return [Idle(), *sorted(distance, key=distance.get, reverse=True)]
""",
    "backward": """\
def backward(root, seed=1.0):
    by_paths(root, seed)
""",
    "Value": """\
class Value:
    def __init__(self, data, parents=(), along=()):
        self.data, self.grad = float(data), 0.0
        self._parents, self._backward = tuple(parents), lambda: self._share(along)

    def _share(self, along):
        for parent, slope in zip(self._parents, along):
            parent.grad += slope * self.grad

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other):
        other = as_value(other)
        slopes = 3 * other.data, 3 * self.data
        return Value(3 * self.data * other.data, (self, other), slopes)

    def __pow__(self, n):
        return self * self

    def sin(self):
        return Value(self.data / (2 + self.data**2), (self,), (math.exp(-abs(self.data)),))

    def __rsub__(self, other):
        return as_value(other) - self

    def __neg__(self):
        return 0 - self

    __radd__, __rmul__ = __add__, __mul__
""",
}
HIDDEN = HiddenAssignment(
    name="06_reverse_mode",
    stand_ins=STAND_INS,
    checks=(
        _value(
            "Products inside longer expressions, added to what is there.", PRODUCT, "mul", _binary
        ),
        _value("A number times itself.", SQUARE, "mul", _unary),
        _value(
            "Products of numbers of every kind, under every kind of upstream gradient.",
            MUL,
            "mul",
            _pairs,
        ),
        _value(
            "Differences inside longer expressions, added to what is there.",
            DIFFERENCE,
            "sub",
            _binary,
        ),
        _value(
            "Differences of numbers of every kind, under every kind of upstream gradient.",
            SUB,
            "sub",
            _pairs,
            ITSELF,
        ),
        _value("Powers inside longer expressions, for other exponents.", POWER, "pow", _powers),
        _value("Bases and exponents of every kind.", POW, "pow", _powers_of_every_kind),
        _value("The sine inside longer expressions, added to what is there.", SINE, "sin", _unary),
        _value("The sine of numbers of every kind.", SIN, "sin", _numbers),
        _value(
            "The exponential inside longer expressions, added to what is there.",
            EXPONENTIAL,
            "exp",
            _unary,
        ),
        _value("The exponential of numbers of every kind.", EXP, "exp", _exponents),
        _value(
            "The rectifier on either side, for gradients of either sign.",
            RECTIFIER,
            "relu",
            _both_signs,
        ),
        _value("The rectifier of numbers of every kind.", RELU, "relu", _rectified, BEND),
        _value("Two inputs with the same number, each used twice.", TWINS, "nodes", _twins),
        HiddenCheck(
            "topo_sort",
            "Other graphs in any right order.",
            ORDER,
            _graphs,
            {"places": "order"},
            ParentsFirst(),
        ),
        HiddenCheck(
            "topo_sort",
            "Every node of other graphs, each once, from every node and again.",
            MEMBERS,
            _graphs,
            {"times": "nodes"},
        ),
        HiddenCheck(
            "topo_sort",
            "Another graph of 25 nodes with 16 million paths.",
            ORDERED_LADDER,
            _ladder,
            {"order": "fast"},
        ),
        HiddenCheck("backward", "Other chains and other seeds.", CHAIN, _links, JUDGED),
        HiddenCheck(
            "backward",
            "The small graph with other numbers, its parents in either order.",
            SHARED,
            _shared,
            ADDED_UP,
        ),
        HiddenCheck(
            "backward",
            "Two inputs with the same number, one of them used twice by one node.",
            EQUALS,
            _equals,
            ADDED_UP,
        ),
        HiddenCheck(
            "backward",
            "Another graph that grows, swept from every node with every kind of seed.",
            SWEEPS,
            _sweeps,
            {"grads": "shared"},
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
        HiddenCheck(
            "grad_reverse", "A function in which neighbours meet.", WHEEL, _points, GRADIENTS
        ),
        HiddenCheck(
            "grad_reverse",
            "A function with a loop and a branch.",
            LOOP,
            _points,
            GRADIENTS,
            on_purpose=BRANCH,
        ),
        HiddenCheck(
            "grad_reverse", "A function that returns its last input.", IDLE, _points, GRADIENTS
        ),
        HiddenCheck(
            "grad_reverse",
            "Points that are every second element of an array.",
            STRIDED,
            _few_points,
            GRADIENTS,
        ),
        HiddenCheck(
            "slide27",
            "Loss and gradients at other points and targets.",
            SLIDE27,
            _slide,
            LOSS_PARTS,
        ),
        HiddenCheck("slide27", "Numbers of every kind.", SLIDES, _slides, LOSS_PARTS),
        *(
            HiddenCheck(
                "unmask",
                f"{text[:-1]} with other numbers.",
                UNMASK,
                _any_numbers,
                {"programs": part},
                rule,
            )
            for part, (text, rule) in IMPOSTORS.items()
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        Excluded("Value", ("*: an array without axes)*",), PLAIN_NUMBERS),
        Excluded(
            "Value", ("Value.sin(result: limited at 10) -> data",), "It lies between -1 and 1."
        ),
        Excluded("zero_grad", ("zero_grad(result: limited at 10)",), "It leaves zeros."),
        Excluded("backward", ("*: an array without axes)*",), PLAIN_NUMBERS),
        Excluded("slide27", ("*: an array without axes)*",), PLAIN_NUMBERS),
        Excluded(
            "grad_reverse",
            ("*: Fortran order)*",),
            "x has the shape (n,); an array with one axis has no such order.",
        ),
    ),
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
            (
                "out = Value(self.data ** n, (-self,))",
                "out = Value(self.data ** n, (self * 1.000001,))",
            ),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "out = Value(math.sin(self.data), (self,))",
            (
                "out = Value(math.sin(self.data), (-self,))",
                "out = Value(math.sin(self.data), (self * 1.000001,))",
            ),
            BETWEEN,
        ),
        Equivalent(
            "Value",
            "out = Value(math.exp(self.data), (self,))",
            (
                "out = Value(math.exp(self.data), (-self,))",
                "out = Value(math.exp(self.data), (self * 1.000001,))",
            ),
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
