"""Notebook 6, reverse mode: points, hints and visible checks.  Slides 20, 25-28."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.graphs.engines import (
    ENGINES,
    Engine,
    Recorded,
    add_up,
    fails,
    forget,
    hand_on_again,
    hurry,
    overwrite,
)
from autograder.student.judging.findings import make_finding, notices, stopped, tried
from autograder.student.judging.rules import Values
from autograder.student.model.circuits import Wire
from autograder.student.model.compare import as_numbers, show
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Inputs,
    Part,
    Probe,
    Student,
    Trial,
)
from autograder.student.model.results import Finding
from autograder.student.model.special import matrix, table_case

OPERATIONS = ("+", "*", "sin")


@dataclass(frozen=True, slots=True)
class Exposes:
    """The program for one wrong engine makes it fail in every case, in as few steps as are needed,
    and there is no program for the right engine.  Programs for other engines do not matter.

    The answer is the table of `encode`: for engines A to E three steps, each an operation and the
    places of what it works on, -1 where there is none.
    """

    engine: Engine
    steps: int

    def judge(self, student: Student, check: Check) -> Trial:
        """Let the engine run the program that is meant for it."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        (part,) = check.judges.values()
        for case, answer in zip(check.cases, answers, strict=True):
            findings = stopped(check, case, answer)
            wrong = "" if findings else self._wrong(answer.value, case.inputs)
            if wrong:
                findings = [make_finding(check, case, wrong, (part,))]
            if findings:
                return Trial(check, answers, tuple(findings))
        return Trial(check, answers)

    def _wrong(self, value: object, inputs: Inputs) -> str:
        table = as_numbers(value)
        if isinstance(table, str) or table.shape != (len(ENGINES), 3, 3):
            return "the programs are not what encode gives"
        numbers = {name: float(np.asarray(number)) for name, number in inputs.items()}
        programs = {
            letter: program
            for letter, rows in zip(ENGINES, table.astype(int).tolist(), strict=True)
            if (program := _program(rows, list(numbers)))
        }
        letters = {engine: letter for letter, engine in ENGINES.items()}
        right, letter = letters[add_up], letters[self.engine]
        if right in programs:
            return (
                f"engine {right} gives the right gradients, at the program for it and at any other"
            )
        if letter not in programs:
            return "no program exposes this engine"
        if not fails(self.engine, Recorded(programs[letter], numbers), numbers):
            return f"engine {letter} gives the right gradients at the program for it"
        if len(programs[letter]) > self.steps:
            return f"engine {letter} fails at its program, and at a shorter one too"
        return ""


def _program(rows: Sequence[Sequence[int]], names: list[str]) -> list[tuple[str, ...]]:
    """The steps of one program; `names` are the inputs, and grow."""
    steps = []
    for operation, *operands in rows:
        if operation >= 0:
            name = f"v{len(names)}"
            used = [names[place] for place in operands if place >= 0]
            steps.append((name, OPERATIONS[operation], *used))
            names.append(name)
    return steps


HALF_PI = 1.5707963267948966


@dataclass(frozen=True, slots=True)
class ParentsFirst:
    """Of several lists of nodes, the place of each node, -1 if it is missing: each node stands after its parents.

    Any such order is right.  edges: the input that lists the parents of each node.  roots: the input that lists the
    root of each list; the root and all nodes behind it must stand in the list.
    """

    edges: str = "edges"
    roots: str = "roots"

    def judge(self, student: Student, check: Check) -> Trial:
        """Hold the place of every node against those of its parents."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        (name, part), *_ = check.judges.items()
        for case, answer in zip(check.cases, answers, strict=True):
            findings = stopped(check, case, answer)
            wrong = "" if findings else self._wrong(name, answer.value, case.inputs)
            if wrong and check.hidden:
                findings = [
                    Finding(check.text, f"{name} is not what it should be", (part,), hidden=True)
                ]
            elif wrong:
                findings = [
                    Finding(
                        check.text, wrong, (part,), tried(check.probe, case), show(answer.value)
                    )
                ]
            if findings:
                return Trial(
                    check, answers, (*findings, *notices(check, case, answer, quiet=False))
                )
        return Trial(check, answers)

    def _wrong(self, name: str, value: object, inputs: Mapping[str, object]) -> str:
        """What is wrong with the places, in words; "" if nothing is."""
        edges, roots = inputs[self.edges], inputs[self.roots]
        assert isinstance(edges, Sequence) and isinstance(roots, Sequence)  # a case of our own
        places = as_numbers(value)
        if isinstance(places, str) or places.shape != (len(roots), len(edges)):
            return (
                f"{name} {places if isinstance(places, str) else 'is no table of calls and nodes'}"
            )
        for call, (root, row) in enumerate(zip(roots, places.tolist(), strict=True)):
            wrong = _misplaced(row, root, edges)
            if wrong:
                return f"call {call}, for nodes[{root}]: {wrong}"
        return ""


def _misplaced(places: Sequence[int], root: int, edges: Sequence[Sequence[int]]) -> str:
    """The first node that is missing or comes before a parent, in words; "" if there is none."""
    waiting, met = [root], {root}
    while waiting:
        node = waiting.pop()
        if places[node] < 0:
            return f"nodes[{node}] is missing"
        for parent in edges[node]:
            if places[parent] > places[node]:
                return f"nodes[{node}] comes before its parent nodes[{parent}]"
            if parent not in met:
                met.add(parent)
                waiting.append(parent)
    return ""


UNARY = ("out", "da", "twice", "db")
BINARY = ("out", "da", "db", "plain", "dc", "twice", "dd")


def unary(expression: str, inputs: str = "x, dout") -> Probe:
    """One operation on a node p, for each set of numbers by itself; the node comes out of a sum, so it has a parent.

    expression: the operation.  A second graph adds it up twice, on one and the same node.
    """
    return _table(
        UNARY,
        inputs,
        f"""\
    a, b = Value(x), Value(x)
    p = a + 0
    out = {expression}
    by_paths(out, dout)
    p = b
    twice = {expression} + {expression}
    by_paths(twice, dout)
    rows.append((out.data, a.grad, twice.data, b.grad))""",
    )


def binary(sign: str) -> Probe:
    """One operation on two nodes that have parents, on an input and a plain number, and on one node with itself."""
    return _table(
        BINARY,
        "x, y, dout",
        f"""\
    a, b, c, d = Value(x), Value(y), Value(x), Value(x)
    out, plain, twice = (a + 0) {sign} (b + 0), c {sign} y, (d {sign} d) + (d {sign} d)
    for root in (out, plain, twice):
        by_paths(root, dout)
    rows.append((out.data, a.grad, b.grad, plain.data, c.grad, twice.data, d.grad))""",
    )


def _table(names: tuple[str, ...], inputs: str, lines: str) -> Probe:
    """A few lines, run for each row of the table `numbers`; of each name a list."""
    call = "[list(column) for column in zip(*rows)]"
    return Probe(call, names, f"rows = []\nfor {inputs} in numbers:\n{lines}")


# One gate of the class by itself, run back by the plain walk that is given.
ALONE = """\
RUN = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "square": lambda x: x**2,
    "sin": lambda x: x.sin(),
    "exp": lambda x: x.exp(),
    "relu": lambda x: x.relu(),
}

def alone(gate, parents, numbers, upstream, before):
    nodes = {name: Value(x) for name, x in zip(parents, numbers)}
    for node in nodes.values():
        node.grad = before
    out = RUN[gate](*(nodes[name] for name in parents))
    by_paths(out, upstream)
    return [out.data, *(node.grad - before for node in nodes.values())]
"""
MUL, SUB = binary("*"), binary("-")
POW = unary("p ** n", "x, n, dout")
SIN, EXP, RELU = (unary(f"p.{name}()") for name in ("sin", "exp", "relu"))
TWICE = Probe(
    "(len({a, b}), out.data, a.grad, b.grad)",
    ("nodes", "out", "da", "db"),
    "a, b = Value(x), Value(x)\nout = a * b + a\nby_paths(out, dout)",
    wires=(
        Wire("a", value="x", gradient="da"),
        Wire("b", value="x", gradient="db"),
        Wire("ab", "*", ("a", "b")),
        Wire("out", "+", ("ab", "a"), "out", "dout"),
    ),
)
# A node of the check's own: whoever walks a graph is judged on these, whatever the student's class does.
NODE = """\
class Node(globals().get("Value", object)):
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self._parents = data, 0.0, tuple(parents)
        self.steps = list(zip(parents, slopes))

    def forget(self):
        self.grad = 0.0

    def _backward(self):
        for parent, slope in self.steps:
            parent.grad += slope * self.grad

"""
# The graph grows as far as each root, so that a later call may meet an earlier root, or a node inside one.
GROW = """\
    for parents in edges[len(nodes):root + 1]:
        i = len(nodes)
        nodes.append(Node(data[i], [nodes[p] for p in parents], slopes[i]))
"""
ORDERS = f"""{NODE}\
nodes, lists = [], []
for root in roots:
{GROW.replace(", slopes[i]", "")}\
    lists.append(topo_sort(nodes[root]))
number = {{id(node): i for i, node in enumerate(nodes)}}
orders = [[number.get(id(node), -1) for node in found] for found in lists]
orders = [[-1] * (-1 in order) + [i for i in order if i >= 0] for order in orders]  # -1: no node of this graph"""
# The last column is 1 if something else is in the list.
MEMBERS = Probe(
    "[[order.count(i) for i in [*range(len(edges)), -1]] for order in orders]", ("times",), ORDERS
)
ORDER = Probe(
    "[[order.index(i) if i in order else -1 for i in range(len(edges))] for order in orders]",
    ("places",),
    ORDERS,
)
LINKS, SHARES = ("out", "c", "b", "a"), ("out", "d", "c", "b", "a")


def sweep(names: tuple[str, ...], wires: tuple[Wire, ...]) -> Probe:
    """The gradients of the nodes called `names` after a sweep through a graph that is given.

    The inputs `data`, `parents` and `slopes` hold the number of each node, its parents and its
    slopes along them.
    """
    setup = f"""{NODE}\
nodes = {{}}
for name, number in data.items():
    nodes[name] = Node(number, [nodes[p] for p in parents[name]], slopes[name])
backward(nodes["out"], seed)"""
    call = (
        "{name: node.grad for name, node in nodes.items()} | "
        "{f'{name}.data': node.data for name, node in nodes.items()}"
    )
    told = tuple(
        replace(w, value=f"{w.name}.data", gradient=w.name) if w.name in names else w for w in wires
    )
    return Probe(call, (*names, *(f"{name}.data" for name in names)), setup, keyed=True, wires=told)


K = Wire("k", value="k")
CHAIN = sweep(
    LINKS,
    (
        Wire("a"),
        Wire("b", "sin", ("a",)),
        K,
        Wire("c", "*", ("b", "k")),
        Wire("out", "exp", ("c",)),
    ),
)
SHARED = sweep(
    SHARES,
    (
        K,
        Wire("a"),
        Wire("b", "*", ("k", "a")),
        Wire("c", "+", ("b", "a")),
        Wire("d", "*", ("c", "b")),
        Wire("dc", "*", ("d", "c")),
        Wire("out", "+", ("dc", "b")),
    ),
)
SWEEPS = Probe(
    "grads",
    ("grads",),
    f"""{NODE}\
nodes, grads = [], []
for root, seed in zip(roots, seeds):
{GROW}\
    for node in nodes:
        node.forget()
    backward(nodes[root], *seed)  # a seed that is not given is 1
    grads.append([node.grad for node in nodes] + [0.0] * (len(edges) - len(nodes)))""",
)
ZEROED = Probe(
    "grads",
    ("grads",),
    f"""{NODE}\
nodes, grads = [], []
for root in roots:
{GROW.replace(", slopes[i]", "")}\
    for node, number in zip(nodes, left):
        node.grad = number
    zero_grad(nodes[root])
    grads.append([node.grad for node in nodes] + left[len(nodes):])""",
)
AGAIN = Probe(
    "(first, a.grad)",
    ("first", "second"),
    f"""{NODE}\
a = Node(x)
b = Node(x, [a, a], [k, k])
out = Node(x, [b, a, b], [k, k, k])
by_paths(out, 1.0)
first = a.grad
zero_grad(out)
by_paths(out, 1.0)""",
)
# A node of the student's class with slopes of the check's own, for functions that take such nodes.
MADE = """\
def made(data, parents, slopes):
    out = Value(data, parents)

    def rule():
        for parent, slope in zip(parents, slopes):
            parent.grad += slope * out.grad

    out._backward = rule
    return out

"""


def gradients(body: str) -> Probe:
    """All slopes of a function at several points, one after the other, the first again at the end; and its calls."""
    setup = f"""{MADE}\
calls = []

def f(v):
    calls.append(1)
{body}
found = np.concatenate([grad_reverse(f, x) for x in [*points, points[0]]])"""
    return Probe("(found, len(calls))", ("grad", "calls"), setup)


GIVEN = gradients("    return made(value, v, slopes)\n")
# A loop and a branch; a node inside is used by the next one and at the end.
LOOP = gradients(
    """\
    s = v[0]
    for u in v:
        early, t = s, s.data + 2 * u.data
        if u.data > 0:
            s = made(math.hypot(1, t), (s, u), (t / math.hypot(1, t), 2 * t / math.hypot(1, t)))
        else:
            s = made(t / 4, (u, s), (0.5, 0.25))
    return made(early.data + s.data, (early, s), (1.0, 1.0))
"""
)
IDLE = gradients("    return v[-1]\n")
STRIDED = replace(LOOP, setup=f"points = [np.repeat(x, 2)[::2] for x in points]\n{LOOP.setup}")
SLIDE27 = Probe(
    '{"loss": loss, "z": grads["z"], "y": grads["y"], "x": grads["x"]}',
    ("loss", "z", "y", "x"),
    "loss, grads = slide27(x, y, target)",
    keyed=True,
    wires=(
        Wire("x", value="x", gradient="x"),
        Wire("y", value="y", gradient="y"),
        Wire("a", "*", ("x", "y")),
        Wire("b", "sin", ("x",)),
        Wire("z", "+", ("a", "b"), gradient="z"),
        Wire("target", value="target"),
        Wire("e", "-", ("z", "target")),
        Wire("loss", "square", ("e",), value="loss"),
    ),
    alone=ALONE,
)
SLIDES = Probe(
    "[list(column) for column in zip(*rows)]",
    SLIDE27.names,
    """\
rows = []
for x, y, target in numbers:
    loss, grads = slide27(x, y, target)
    rows.append((loss, grads["z"], grads["y"], grads["x"]))""",
)
LEVELS = 24
# A ladder on which every node is made from the one before, twice.  Whoever walks each path looks at
# nodes too often: an order found by going over all nodes again and again takes a few times their
# number squared, and all paths a million times as much.
LADDER = f"""{NODE}\
looks, nodes = [], [Node(data)]

def look():
    looks.append(1)
    if len(looks) > 10_000:
        raise RuntimeError(f"{{len(nodes)}} nodes were looked at 10,000 times")

class Watched(Node):
    @property
    def _parents(self):
        look()
        return self.kept

    @_parents.setter
    def _parents(self, parents):
        self.kept = parents

    def _backward(self):
        look()
        super()._backward()

for level in range(levels):
    nodes.append(Watched(data, (nodes[-1], nodes[-1]), (k, 0.0)))
"""
FOUND = """\
number = {id(node): i for i, node in enumerate(nodes)}
order = [number.get(id(node), -1) for node in topo_sort(nodes[-1])]
order = [-1] * (-1 in order) + [i for i in order if i >= 0]  # -1: no node of this graph"""
ORDERED_LADDER = Probe("order", ("order",), LADDER + FOUND)
SWEPT_LADDER = Probe("nodes[0].grad", ("grad",), f"{LADDER}backward(nodes[-1], seed)")
ZEROED_LADDER = Probe(
    "[node.grad for node in nodes]",
    ("grads",),
    f"{LADDER}for node in nodes:\n    node.grad = left\nzero_grad(nodes[-1])",
)
JUDGED = dict.fromkeys(LINKS, "chain")
GRADIENTS = {"grad": "grad", "calls": "once"}
LOSS_PARTS = {"loss": "loss", "z": "z", "y": "y", "x": "x"}
# Why some points lie where nothing moves or where something bends.
ITSELF = "A number less itself is 0, wherever it is."
BEND = (
    "At 0, where the rectifier bends, its value is asked for; the gradient that arrives there is 0."
)
LARGE = "The exponential of a large number stands beside those of small ones."
BRANCH = "At 0 the function takes another branch."

# Parents of each node: the notebook's small graph, and one with nodes that enter twice and equal
# numbers of every kind.
SMALL: list[list[int]] = [[], [0], [1, 0], [2, 1], [3, 2], [4, 1]]
EDGES: list[list[int]] = [
    [],
    [],
    [0],
    [0, 1],
    [2, 2],
    [3, 4, 2],
    [4],
    [5, 3],
    [6, 5, 6],
    [8],
    [9, 7, 9],
    [10, 2],
    [11, 10, 0],
]
SLOPES: list[list[float]] = [
    [],
    [],
    [2.0],
    [0.5, -1.5],
    [1.0, 3.0],
    [0.0, -0.5, 2.0],
    [-2.0],
    [1.5, 0.25],
    [0.5, 1.0, -1.0],
    [-0.4],
    [0.3, 1.2, 0.6],
    [1.0, -2.0],
    [0.5, 1.0, 4.0],
]
DATA = [1.0, 0.0, 1.0, -1.0, -0.5, 0.25, 250.0, 0.002, 8e-07, -3.0, 1.5, 2.0, 1.0]
ROOTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 3, 12, 12, 12, 0]
SEEDS: list[list[float]] = [
    [],
    [0.0],
    [1.0],
    [-1.0],
    [-0.5],
    [0.2500007],
    [0.75],
    [-0.002],
    [9e-07],
    [3],
    [110.0],
    [],
    [2.0],
    [1.0],
    [2.5],
    [2.5],
    [-2],
    [-1.0],
]
PRODUCTS = table_case(
    MUL.names,
    """
      3.0    -2.0   2.0 |       -6        -4       6       -6        -4       18       24
      0.5     4.0  -1.5 |        2        -6   -0.75        2        -6      0.5       -3
      0.0     0.5   1.0 |        0       0.5       0        0       0.5        0        0
      1.0     0.0  -1.0 |        0         0      -1        0         0        2       -4
     -1.0     1.0   0.5 |       -1       0.5    -0.5       -1       0.5        2       -2
     -0.5    -1.0 -0.25 |      0.5      0.25   0.125      0.5      0.25      0.5      0.5
    120.0   -0.75   0.5 |      -90    -0.375      60      -90    -0.375    28800      240
     0.75     130   0.5 |     97.5        65   0.375     97.5        65    1.125      1.5
    0.002       3   2.0 |    0.006         6   0.004    0.006         6    8e-06    0.016
     -2.5   0.004   3.0 |    -0.01     0.012    -7.5    -0.01     0.012     12.5      -30
    8e-07     0.5   1.5 |    4e-07      0.75 1.2e-06    4e-07      0.75 1.28e-12  4.8e-06
      0.5  -8e-07   1.5 |   -4e-07  -1.2e-06    0.75   -4e-07  -1.2e-06      0.5        3
      2.0       2  -3.0 |        4        -6      -6        4        -6        8      -24
      1.5 1.50003  -0.6 | 2.250045 -0.900018    -0.9 2.250045 -0.900018      4.5     -3.6
      0.7    -1.6 110.0 |    -1.12      -176      77    -1.12      -176     0.98      308
      0.6     0.8 9e-07 |     0.48   7.2e-07 5.4e-07     0.48   7.2e-07     0.72 2.16e-06
      0.9     0.4   0.0 |     0.36         0       0     0.36         0     1.62        0
      1.0    -1.6  -1.0 |     -1.6       1.6      -1     -1.6       1.6        2       -4
      0.3     0.0   2.0 |        0         0     0.6        0         0     0.18      2.4
     -0.8    -0.3 0.003 |     0.24   -0.0009 -0.0024     0.24   -0.0009     1.28  -0.0096
    """,
)
DIFFERENCES = table_case(
    SUB.names,
    """
      3.0    -2.0   2.0 |          5     2     -2          5     2 0 0
      0.5     4.0  -1.5 |       -3.5  -1.5    1.5       -3.5  -1.5 0 0
      0.0     0.5   1.0 |       -0.5     1     -1       -0.5     1 0 0
      1.0     0.0  -1.0 |          1    -1      1          1    -1 0 0
     -1.0     1.0   0.5 |         -2   0.5   -0.5         -2   0.5 0 0
     -0.5    -1.0 -0.25 |        0.5 -0.25   0.25        0.5 -0.25 0 0
    120.0   -0.75   0.5 |     120.75   0.5   -0.5     120.75   0.5 0 0
     0.75     130   0.5 |    -129.25   0.5   -0.5    -129.25   0.5 0 0
    0.002       3   2.0 |     -2.998     2     -2     -2.998     2 0 0
     -2.5   0.004   3.0 |     -2.504     3     -3     -2.504     3 0 0
    8e-07     0.5   1.5 | -0.4999992   1.5   -1.5 -0.4999992   1.5 0 0
      0.5  -8e-07   1.5 |  0.5000008   1.5   -1.5  0.5000008   1.5 0 0
      2.0       2  -3.0 |          0    -3      3          0    -3 0 0
      1.5 1.50003  -0.6 |     -3e-05  -0.6    0.6     -3e-05  -0.6 0 0
      0.7    -1.6 110.0 |        2.3   110   -110        2.3   110 0 0
      0.6     0.8 9e-07 |       -0.2 9e-07 -9e-07       -0.2 9e-07 0 0
      0.9     0.4   0.0 |        0.5     0      0        0.5     0 0 0
      1.0    -1.6  -1.0 |        2.6    -1      1        2.6    -1 0 0
      0.3     0.0   2.0 |        0.3     2     -2        0.3     2 0 0
     -0.8    -0.3 0.003 |       -0.5 0.003 -0.003       -0.5 0.003 0 0
    """,
)
POWERS = table_case(
    POW.names,
    """
      2.0       3  -0.5 |             8                -6            16               -12
      0.0       2   1.0 |             0                 0             0                 0
      0.0       1   2.0 |             0                 2             0                 4
      1.0       5   3.0 |             1                15             2                30
     -1.0       3   0.5 |            -1               1.5            -2                 3
     -2.0       2  -1.0 |             4                 4             8                 8
     -0.5      -1   1.5 |            -2                -6            -4               -12
      4.0     0.5   2.0 |             2               0.5             4                 1
      2.5    -2.0  -3.0 |          0.16             0.384          0.32             0.768
     0.25    -0.5   0.4 |             2              -1.6             4              -3.2
      1.7       0   2.0 |             1                 0             2                 0
     -1.2       0   1.5 |             1                 0             2                 0
      0.7       1  -1.5 |           0.7              -1.5           1.4                -3
      3.0       3   0.1 |            27               2.7            54               5.4
     1.01     120   0.1 | 3.30038689457     39.2125175593 6.60077378915     78.4250351186
      1.3   0.004   2.0 | 1.00105000793  0.00616030774111 2.00210001586   0.0123206154822
      1.4   8e-07   2.0 | 1.00000026918 1.14285745049e-06 2.00000053836 2.28571490098e-06
    120.0     0.5 -0.25 | 10.9544511501  -0.0114108866147 21.9089023002  -0.0228217732294
    0.004       2   2.0 |       1.6e-05             0.016       3.2e-05             0.032
    8e-07       1   1.5 |         8e-07               1.5       1.6e-06                 3
      1.5 1.50003  -1.0 | 1.83713965383    -1.83717639663 3.67427930766    -3.67435279325
      0.6       2 110.0 |          0.36               132          0.72               264
      0.8       3 9e-07 |         0.512         1.728e-06         1.024         3.456e-06
      0.9       2   0.0 |          0.81                 0          1.62                 0
      0.7    -1.0 0.003 | 1.42857142857 -0.00612244897959 2.85714285714  -0.0122448979592
    """,
)
LARGE_EXPONENTIALS = table_case(
    EXP.names,
    """
    11.0 1.5 | 59874.1417152 89811.2125728 119748.28343 179622.425146
    """,
)
SINES = table_case(
    SIN.names,
    """
                   0.0   2.0 |                0                 2                0                 4
    1.5707963267948966   2.0 |                1 1.22464679915e-16                2 2.44929359829e-16
                   1.0   1.0 |   0.841470984808    0.540302305868    1.68294196962     1.08060461174
                  -1.0  -1.0 |  -0.841470984808   -0.540302305868   -1.68294196962    -1.08060461174
                   3.0   0.5 |    0.14112000806     -0.4949962483    0.28224001612     -0.9899924966
                  -2.5 -0.25 |  -0.598472144104    0.200285903887   -1.19694428821    0.400571807773
                   0.5  -3.0 |   0.479425538604    -2.63274768567   0.958851077208    -5.26549537134
                  -0.4   1.5 |  -0.389418342309       1.381591491  -0.778836684617     2.76318298201
                 120.0   0.7 |   0.580611184212    0.569926679369    1.16122236842     1.13985335874
                 0.002  -2.5 | 0.00199999866667         -2.499995 0.00399999733333          -4.99999
                   0.9 110.0 |   0.783326909627     68.3770965098    1.56665381925      136.75419302
                   0.6 9e-07 |   0.564642473395 7.42802053419e-07    1.12928494679 1.48560410684e-06
                  -0.7   0.0 |  -0.644217687238                 0   -1.28843537448                 0
                 8e-07 0.003 |            8e-07             0.003          1.6e-06             0.006
    """,
)
EXPONENTIALS = table_case(
    EXP.names,
    """
       1.0   2.0 |     2.71828182846     5.43656365692     5.43656365692     10.8731273138
       0.0   2.0 |                 1                 2                 2                 4
      -1.0   1.0 |    0.367879441171    0.367879441171    0.735758882343    0.735758882343
       3.0  -1.0 |     20.0855369232    -20.0855369232     40.1710738464    -40.1710738464
      -2.5   0.5 |   0.0820849986239   0.0410424993119    0.164169997248   0.0820849986239
       0.5 -0.25 |      1.6487212707   -0.412180317675      3.2974425414    -0.82436063535
      -0.4  -3.0 |    0.670320046036    -2.01096013811     1.34064009207    -4.02192027621
       1.7   1.5 |     5.47394739173     8.21092108759     10.9478947835     16.4218421752
    -120.0   0.7 | 7.66764807372e-53 5.36735365161e-53 1.53352961474e-52 1.07347073032e-52
     0.002  -2.5 |     1.00200200133    -2.50500500334     2.00400400267    -5.01001000667
       0.9 110.0 |     2.45960311116     270.556342227     4.91920622231     541.112684455
       0.6 9e-07 |     1.82211880039 1.63990692035e-06     3.64423760078  3.2798138407e-06
      -0.7   0.0 |    0.496585303791                 0    0.993170607583                 0
     8e-07 0.003 |         1.0000008      0.0030000024         2.0000016      0.0060000048
    """,
)
RECTIFIED = table_case(
    RELU.names,
    """
       3.0   2.0 |     3     2       6       4
      -3.0   2.0 |     0     0       0       0
       1.0   1.0 |     1     1       2       2
      -1.0  -1.0 |     0     0       0       0
       0.5   0.5 |   0.5   0.5       1       1
      -0.4 -0.25 |     0     0       0       0
     120.0  -3.0 |   120    -3     240      -6
    -130.0   1.5 |     0     0       0       0
     0.002   0.7 | 0.002   0.7   0.004     1.4
    -0.003  -2.5 |     0     0       0       0
       0.7 110.0 |   0.7   110     1.4     220
       1.6 9e-07 |   1.6 9e-07     3.2 1.8e-06
       0.0   0.0 |     0     0       0       0
     8e-07 0.003 | 8e-07 0.003 1.6e-06   0.006
      -0.8 9e-07 |     0     0       0       0
      -0.6  -2.0 |     0     0       0       0
       0.4 0.003 |   0.4 0.003     0.8   0.006
      -1.4 110.0 |     0     0       0       0
    """,
)
SMALL_MEMBERS = Case(
    {"data": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0], "edges": SMALL, "roots": [5]},
    {
        "times": matrix("""
    1 1 1 1 1 1 0
    """)
    },
)
MANY_MEMBERS = Case(
    {"data": DATA, "edges": EDGES, "roots": ROOTS},
    {
        "times": matrix("""
    1 0 0 0 0 0 0 0 0 0 0 0 0 0
    0 1 0 0 0 0 0 0 0 0 0 0 0 0
    1 0 1 0 0 0 0 0 0 0 0 0 0 0
    1 1 0 1 0 0 0 0 0 0 0 0 0 0
    1 0 1 0 1 0 0 0 0 0 0 0 0 0
    1 1 1 1 1 1 0 0 0 0 0 0 0 0
    1 0 1 0 1 0 1 0 0 0 0 0 0 0
    1 1 1 1 1 1 0 1 0 0 0 0 0 0
    1 1 1 1 1 1 1 0 1 0 0 0 0 0
    1 1 1 1 1 1 1 0 1 1 0 0 0 0
    1 1 1 1 1 1 1 1 1 1 1 0 0 0
    1 1 1 1 1 1 1 1 1 1 1 1 0 0
    1 1 1 1 1 1 1 1 1 1 1 1 0 0
    1 1 0 1 0 0 0 0 0 0 0 0 0 0
    1 1 1 1 1 1 1 1 1 1 1 1 1 0
    1 1 1 1 1 1 1 1 1 1 1 1 1 0
    1 1 1 1 1 1 1 1 1 1 1 1 1 0
    1 0 0 0 0 0 0 0 0 0 0 0 0 0
    """)
    },
)
SMALL_CHAIN = Case(
    {
        "data": {"a": 0.0, "b": 0.0, "c": 0.0, "out": 1.0},
        "parents": {"a": [], "b": ["a"], "c": ["b"], "out": ["c"]},
        "slopes": {"a": [], "b": [1.0], "c": [2.0], "out": [1.0]},
        "k": 2.0,
        "seed": 1.0,
    },
    {"out": 1.0, "c": 1.0, "b": 2.0, "a": 2.0},
)
SMALL_GRAPH = Case(
    {
        "data": {"a": 0.7, "b": 2.1, "c": 2.8, "d": 5.88, "dc": 16.464, "out": 18.564},
        "parents": {
            "a": [],
            "b": ["a"],
            "c": ["b", "a"],
            "d": ["c", "b"],
            "dc": ["d", "c"],
            "out": ["dc", "b"],
        },
        "slopes": {
            "a": [],
            "b": [3.0],
            "c": [1.0, 1.0],
            "d": [2.1, 2.8],
            "dc": [2.8, 5.88],
            "out": [1.0, 1.0],
        },
        "k": 3.0,
        "seed": 1.0,
    },
    {"out": 1.0, "d": 2.8, "c": 11.76, "b": 20.6, "a": 73.56},
)
MANY_SWEEPS = Case(
    {"data": DATA, "edges": EDGES, "slopes": SLOPES, "roots": ROOTS, "seeds": SEEDS},
    {
        "grads": matrix("""
           1       0       0       0           0         0        0      0     0     0    0    0   0
           0       0       0       0           0         0        0      0     0     0    0    0   0
           2       0       1       0           0         0        0      0     0     0    0    0   0
        -0.5     1.5       0      -1           0         0        0      0     0     0    0    0   0
          -4       0      -2       0        -0.5         0        0      0     0     0    0    0   0
           0       0       0       0 -0.12500035 0.2500007        0      0     0     0    0    0   0
         -12       0      -6       0        -1.5         0     0.75      0     0     0    0    0   0
    -0.00025 0.00075       0 -0.0005      0.0015    -0.003        0 -0.002     0     0    0    0   0
     7.2e-06       0 3.6e-06       0     4.5e-07     9e-07 -4.5e-07      0 9e-07     0    0    0   0
        -9.6       0    -4.8       0        -0.6      -1.2      0.6      0  -1.2     3    0    0   0
      -300.3   -49.5  -158.4      33      -118.8     158.4     19.8    132 -39.6    99  110    0   0
       -6.73   -0.45   -3.44     0.3       -1.08      1.44     0.18    1.2 -0.36   0.9    1    1   0
      -13.46    -0.9   -6.88     0.6       -2.16      2.88     0.36    2.4 -0.72   1.8    2    2   0
         0.5    -1.5       0       1           0         0        0      0     0     0    0    0   0
     -5.2375 -1.6875    -7.9   1.125       -4.05       5.4    0.675    4.5 -1.35 3.375 3.75 1.25 2.5
     -5.2375 -1.6875    -7.9   1.125       -4.05       5.4    0.675    4.5 -1.35 3.375 3.75 1.25 2.5
        4.19    1.35    6.32    -0.9        3.24     -4.32    -0.54   -3.6  1.08  -2.7   -3   -1  -2
          -1       0       0       0           0         0        0      0     0     0    0    0   0
    """)
    },
)
MANY_ZEROS = Case(
    {
        "data": DATA,
        "edges": EDGES,
        "roots": ROOTS,
        "left": [7.0, -2.0, 0.5, 3.0, 1.0, 4.0, -6.0, 2.0, 5.0, 0.0, -3.0, 0.0, 8.0],
    },
    {
        "grads": matrix("""
    0 -2 0.5 3 1 4 -6 2 5 0 -3 0 8
    7  0 0.5 3 1 4 -6 2 5 0 -3 0 8
    0 -2   0 3 1 4 -6 2 5 0 -3 0 8
    0  0 0.5 0 1 4 -6 2 5 0 -3 0 8
    0 -2   0 3 0 4 -6 2 5 0 -3 0 8
    0  0   0 0 0 0 -6 2 5 0 -3 0 8
    0 -2   0 3 0 4  0 2 5 0 -3 0 8
    0  0   0 0 0 0 -6 0 5 0 -3 0 8
    0  0   0 0 0 0  0 2 0 0 -3 0 8
    0  0   0 0 0 0  0 2 0 0 -3 0 8
    0  0   0 0 0 0  0 0 0 0  0 0 8
    0  0   0 0 0 0  0 0 0 0  0 0 8
    0  0   0 0 0 0  0 0 0 0  0 0 8
    0  0 0.5 0 1 4 -6 2 5 0 -3 0 8
    0  0   0 0 0 0  0 0 0 0  0 0 0
    0  0   0 0 0 0  0 0 0 0  0 0 0
    0  0   0 0 0 0  0 0 0 0  0 0 0
    0 -2 0.5 3 1 4 -6 2 5 0 -3 0 8
    """)
    },
)
TWO_PASSES = Case({"x": 1.5, "k": 2.0}, {"first": 18.0, "second": 18.0})
GIVEN_SLOPES = Case(
    {
        "points": [np.array([0.7, -1.3])],
        "value": -0.26578231276230885,
        "slopes": [-0.5351578127155114, 0.7],
    },
    {"grad": np.array([-0.535157812716, 0.7, -0.535157812716, 0.7]), "calls": 2},
)
STEEP_SLOPES = Case(
    {
        "points": [np.array([12.5, -20.0])],
        "value": -250.0663218973512,
        "slopes": [-19.002201720821418, 12.5],
    },
    {"grad": np.array([-19.002201720821418, 12.5, -19.002201720821418, 12.5]), "calls": 2},
)
LOOP_SLOPES = Case(
    {
        "points": [
            np.array(
                [
                    -4.000e-01,
                    0.000e00,
                    4.000e-01,
                    1.000e00,
                    9.000e-01,
                    1.240e01,
                    9.000e-01,
                    -1.504e02,
                    3.000e-03,
                    1.509e02,
                ]
            ),
            np.array([0.9, 0.5, 0.2]),
            np.array([-2.5, -1.4, -0.3]),
            np.array([-2.0, 3.0, 2.0, 3.0, -1.0]),
            np.array([1.0, 1.0]),
            np.array([0.0, 0.0, 0.0]),
            np.array([1.75, 1.75]),
            np.array([2.0e07, 3.0e-07, 8.0e-01]),
            np.array([0.7, 0.70001, -2.1]),
            [0.6, -1.2],
            np.array([3, -1, 2]),
            [2, 0, -1],
            np.array([0.3]),
            [1.0],
            np.array([-1.6]),
        ]
    },
    {
        "grad": np.array(
            [
                -0.0515633730784,
                -0.137502328209,
                -0.550009312836,
                -0.937035263239,
                -0.980778743832,
                -0.998844780358,
                -0.999396530923,
                -0.99988751243,
                -3.99955004972,
                1.99999265671,
                5.38081284992,
                3.82534077021,
                1.95039725956,
                0.234375,
                0.625,
                0.5,
                0.906958814842,
                2.41855683958,
                2.47755470055,
                2.49421000639,
                0.5,
                5.64015852094,
                1.96349939791,
                0.234375,
                0.625,
                0.5,
                5.8753728896,
                1.98733735355,
                6.0,
                4.0,
                2.0,
                3.27000278628,
                2.41454999091,
                0.5,
                3.27808978546,
                0.5,
                1.47985399097,
                0.992640580477,
                1.97056232191,
                0.924744303593,
                0.625,
                0.5,
                3.00689419487,
                3.84604989415,
                1.75,
                -0.0515633730784,
                -0.137502328209,
                -0.550009312836,
                -0.937035263239,
                -0.980778743832,
                -0.998844780358,
                -0.999396530923,
                -0.99988751243,
                -3.99955004972,
                1.99999265671,
            ]
        ),
        "calls": 16,
    },
)
IDLE_SLOPES = Case(
    {"points": [np.array([0.7, -1.3, 0.4]), [2.0]]},
    {"grad": np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]), "calls": 3},
)
STRIDED_SLOPES = Case(
    {"points": [np.array([0.7, -1.3, 0.4])]},
    {
        "grad": np.array(
            [
                1.07692742917,
                0.795196605097,
                1.18078642039,
                1.07692742917,
                0.795196605097,
                1.18078642039,
            ]
        ),
        "calls": 2,
    },
)
OTHER_SLIDES = table_case(
    SLIDES.names,
    """
    1.5707963267948966     3.0     0.0 |     32.6313878632     11.4247779608    17.9459992552    34.2743338823
                   0.0     2.0     1.0 |                 1                -2                0               -6
                   1.0     0.0    -1.0 |     3.39101538789     3.68294196962    3.68294196962    1.98990203856
                  -1.0     1.0     9.0 |     117.537493114    -21.6829419696    21.6829419696   -33.3982855138
                   0.7    -1.3     0.5 |     0.58642255054    -1.53156462552   -1.07209523787   0.819628775028
                  -0.4     0.6    -0.3 |    0.108516444249   -0.658836684617   0.263534673847   -1.00213078239
                   2.0    -1.0    -2.5 |     1.98611923726     2.81859485365     5.6371897073   -3.99154418551
               -2.4963  0.5047   120.0 |     14850.1800648    -243.722629764    608.404800681    71.7089958001
              120.0043  0.2537     3.0 |     785.635923361     56.0583953877    6727.24849763    59.7233151827
                0.5038  -130.0       4 |     4762.55167657    -138.022486234   -69.5357285648     17822.049409
                 0.002    -2.5     2.5 |     6.26500900667    -5.00600000267 -0.0100120000053      7.509010016
                 8e-07     1.5   0.004 |     1.5984004e-05         -0.007996      -6.3968e-09         -0.01999
                   1.5   0.003   9e-07 |     1.00399214959     2.00398817321    3.00598225981   0.147768480068
                   0.6   8e-07      -2 |      6.5773934784     5.12928590679    3.07757154407    4.23338644136
                     2       3       8 |     1.18963210313    -2.18140514635    -4.3628102927   -5.63643058817
                     3       2       3 |     9.86663490503     6.28224001612    18.8467200484    6.34510955444
                   1.5 1.50003     1.4 |      3.4134040021     3.69507997321    5.54261995981    5.80411042945
                   0.8     2.5 2.49998 |   0.0472523648948    0.434752181799   0.347801745439    1.38977521646
                   0.7     1.6 0.70001 |     1.13253800158     2.12841537448    1.48989076213    5.03336646962
                   0.9     0.9     0.9 |    0.480702203614     1.38665381925    1.24798843733    2.10994627392
                   0.4    -0.4     0.4 |   0.0290981019407   -0.341163315383  -0.136465326153  -0.177766896231
                  -0.6     0.6     0.6 |     2.32453467168    -3.04928494679    1.82957096807   -4.34625443467
                   0.3    -2.0    -0.3 | 2.00685483571e-05 -0.00895958667732 -0.0026878760032 0.00935975327431
                  -2.5    -0.8     1.7 |    0.089085620806   -0.596944288208    1.49236072052   0.955793535901
                   0.7    -1.3     0.5 |     0.58642255054    -1.53156462552   -1.07209523787   0.819628775028
    """,
)


def _visible(
    text: str, probe: Probe, cases: Sequence[Case], part: str, on_purpose: str = ""
) -> Check:
    judged = dict.fromkeys(name for name in probe.names if not name.endswith(".data"))
    return Check(
        text, probe, tuple(cases), dict.fromkeys(judged, part), Values(), on_purpose=on_purpose
    )


UNMASK = Probe("encode(unmask())", ("programs",))
IMPOSTOR_POINTS = (Case({"x": 0.7, "y": -1.3}), Case({"x": -2.0, "y": 0.4}))
IMPOSTORS = {
    "overwrites": ("The engine that overwrites fails at a program.", Exposes(overwrite, 1)),
    "forgets": ("The engine that forgets fails at a program.", Exposes(forget, 2)),
    "repeats": ("The engine that repeats fails at a program.", Exposes(hand_on_again, 2)),
    "hurries": ("The engine that hurries fails at a program.", Exposes(hurry, 3)),
}

ASSIGNMENT = Assignment(
    name="06_reverse_mode",
    title="Reverse-mode automatic differentiation",
    exercises=(
        Exercise(
            name="Value",
            title="Operations that record their backward rule",
            slides=(25, 26),
            parts=(
                Part("mul", 1.5, "multiply"),
                Part("sub", 1.0, "subtract"),
                Part("pow", 1.0, "power"),
                Part("sin", 1.0, "sine"),
                Part("exp", 0.5, "exponential"),
                Part("relu", 0.5, "rectifier"),
                Part("nodes", 0.5, "nodes that are used twice, or hold the same number"),
            ),
            hints=(
                "What is the local derivative of your operation, and which number must it be multiplied by?",
                "Look at the lines inside _backward: each has a += and the grad of out, and none reads the grad of a "
                "parent.",
                "Follow the pattern of addition: make out from the parents' data, then add to each parent's grad its "
                "local derivative times the gradient of out; assign that function and return out.",
            ),
            checks=(
                _visible(
                    "A product passes to each factor the other one times the upstream gradient.",
                    MUL,
                    [PRODUCTS],
                    "mul",
                ),
                _visible(
                    "A difference rises with its first number and falls with its second.",
                    SUB,
                    [DIFFERENCES],
                    "sub",
                    on_purpose=ITSELF,
                ),
                _visible(
                    "The slope of the cube at 2 is 12; exponents may be whole, broken, negative, 1 or 0.",
                    POW,
                    [POWERS],
                    "pow",
                ),
                _visible(
                    "The slope of the sine at 0 is 1, and at the top of its wave 0.",
                    SIN,
                    [SINES],
                    "sin",
                ),
                _visible(
                    "The exponential is its own slope, and the upstream gradient multiplies it.",
                    EXP,
                    [EXPONENTIALS, LARGE_EXPONENTIALS],
                    "exp",
                    LARGE,
                ),
                _visible(
                    "The rectifier passes gradients where its input is positive, and none where it is negative.",
                    RELU,
                    [RECTIFIED],
                    "relu",
                    on_purpose=BEND,
                ),
                _visible(
                    "Two inputs that hold the same number stay two nodes, and one that is used twice adds up.",
                    TWICE,
                    [
                        Case(
                            {"x": 3.0, "dout": 2.0}, {"nodes": 2, "out": 12.0, "da": 8.0, "db": 6.0}
                        )
                    ],
                    "nodes",
                ),
            ),
        ),
        Exercise(
            name="topo_sort",
            title="Nodes in topological order",
            slides=(26,),
            parts=(
                Part("nodes", 1.0, "every node once"),
                Part("order", 1.0, "parents before what is made from them"),
                Part("fast", 1.0, "no path is walked twice"),
            ),
            hints=(
                "What must already stand in the list at the moment when you append a node?",
                "Look at where you ask whether a node is new, and where you append it: one comes before the walk to "
                "the parents, the other after it.",
                "For a node that is new: remember it, deal with each of its parents in the same way, and only then put "
                "the node itself into the list.",
            ),
            checks=(
                Check(
                    text="Each node stands in the list exactly once, two nodes with the same number too.",
                    probe=MEMBERS,
                    cases=(SMALL_MEMBERS, MANY_MEMBERS),
                    judges={"times": "nodes"},
                    rule=Values(),
                ),
                Check(
                    text="Parents stand before what is made from them.",
                    probe=ORDER,
                    cases=(Case(SMALL_MEMBERS.inputs), Case(MANY_MEMBERS.inputs)),
                    judges={"places": "order"},
                    rule=ParentsFirst(),
                ),
                _visible(
                    "A graph of 25 nodes with 16 million paths is put in order by looking at each node a few times.",
                    ORDERED_LADDER,
                    [
                        Case(
                            {"data": 1.0, "levels": LEVELS, "k": 1.0},
                            {"order": np.arange(LEVELS + 1)},
                        )
                    ],
                    "fast",
                ),
            ),
        ),
        Exercise(
            name="backward",
            title="The backward pass through a graph",
            slides=(25, 26),
            builds_on=("topo_sort",),
            parts=(
                Part("chain", 1.0, "one node after the other"),
                Part("shared", 1.5, "nodes that are used more than once"),
                Part("fast", 0.5, "each node passes its gradient on once"),
            ),
            hints=(
                "Which node knows its gradient before anything has been passed back, and what is it?",
                "Look at the direction in which you go through the list, and at what has its grad set before the loop.",
                "Give the root its gradient, then let every node pass its own on, consumers before parents.",
            ),
            checks=(
                Check(
                    text="Along a chain every node gets what its consumer passes on.",
                    probe=CHAIN,
                    cases=(SMALL_CHAIN,),
                    judges=JUDGED,
                    rule=Values(),
                ),
                _visible(
                    "The small graph above: the slope at 0.7 is 73.56.",
                    SHARED,
                    [SMALL_GRAPH],
                    "shared",
                ),
                _visible(
                    "A graph that grows, swept from several roots with several seeds, each time from zero.",
                    SWEEPS,
                    [MANY_SWEEPS],
                    "shared",
                ),
                _visible(
                    "In a graph of 25 nodes with 16 million paths every node passes its gradient on once.",
                    SWEPT_LADDER,
                    [
                        Case(
                            {"data": 1.0, "levels": LEVELS, "k": 2.0, "seed": 1.0},
                            {"grad": 2.0**LEVELS},
                        )
                    ],
                    "fast",
                ),
            ),
        ),
        Exercise(
            name="zero_grad",
            title="Set all gradients to zero",
            slides=(26,),
            builds_on=("topo_sort",),
            parts=(Part("zero", 1.0, "every gradient is zero again"),),
            hints=(
                "Which nodes still hold a gradient after a backward pass?",
                "Look at which nodes your loop visits: you have a function that lists them all.",
                "Every node that the root was made from, root and inputs included, gets the gradient zero.",
            ),
            checks=(
                _visible(
                    "The gradient of every node behind the root is zero, of the inputs too, and no other is changed.",
                    ZEROED,
                    [MANY_ZEROS],
                    "zero",
                ),
                _visible(
                    "A second pass through the same graph gives the same gradients.",
                    AGAIN,
                    [TWO_PASSES],
                    "zero",
                ),
                _visible(
                    "In a graph of 25 nodes with 16 million paths each node is looked at a few times.",
                    ZEROED_LADDER,
                    [
                        Case(
                            {"data": 1.0, "levels": LEVELS, "k": 1.0, "left": 7.0},
                            {"grads": np.zeros(LEVELS + 1)},
                        )
                    ],
                    "zero",
                    on_purpose="Zeros are what this function leaves behind.",
                ),
            ),
        ),
        Exercise(
            name="grad_reverse",
            title="All slopes from one backward pass",
            slides=(20, 28),
            builds_on=("Value", "backward"),
            parts=(
                Part("grad", 1.5, "the slope along each input"),
                Part("once", 0.5, "the function is called once"),
            ),
            hints=(
                "Which objects hold the slopes after the backward pass, and do you still have them?",
                "Look at what you hand to f: a list of nodes that you keep, one for each input.",
                "One node for each number; the function of these nodes; one backward pass; the gradient of each node.",
            ),
            checks=(
                Check(
                    "Both slopes of v0 v1 + sin v0, from one call.",
                    GIVEN,
                    (GIVEN_SLOPES, STEEP_SLOPES),
                    GRADIENTS,
                    Values(),
                ),
                Check(
                    "A loop and a branch; nodes inside are used twice.",
                    LOOP,
                    (LOOP_SLOPES,),
                    GRADIENTS,
                    Values(),
                    on_purpose=BRANCH,
                ),
                Check(
                    "A function that returns its last input and uses no other.",
                    IDLE,
                    (IDLE_SLOPES,),
                    GRADIENTS,
                    Values(),
                ),
                Check(
                    "Inputs may be every second element of an array.",
                    STRIDED,
                    (STRIDED_SLOPES,),
                    GRADIENTS,
                    Values(),
                ),
            ),
        ),
        Exercise(
            name="slide27",
            title="Loss and gradients of slide 27",
            slides=(27,),
            builds_on=("Value", "backward"),
            parts=(
                Part("loss", 0.5, "the loss"),
                Part("z", 0.5, "the gradient of the prediction"),
                Part("y", 1.0, "the gradient of y"),
                Part("x", 1.0, "the gradient of x"),
            ),
            hints=(
                "From which node does the backward pass start, and which two ways lead from it to x?",
                "Look at the root of your backward pass, and at whether the target is a plain number.",
                "Make nodes of x and y, compute prediction and loss with them, run back from the loss, then read the "
                "three gradients.",
            ),
            checks=(
                Check(
                    text="Slide 27's loss and gradients, with all digits.",
                    probe=SLIDE27,
                    cases=(
                        Case(
                            {"x": HALF_PI, "y": 3.0, "target": 9.0},
                            {
                                "loss": 10.80838621629602,
                                "z": -6.575222039230621,
                                "y": -10.328334627084308,
                                "x": -19.725666117691862,
                            },
                        ),
                    ),
                    judges=LOSS_PARTS,
                    rule=Values(),
                ),
                Check(
                    "Other points and other targets.", SLIDES, (OTHER_SLIDES,), LOSS_PARTS, Values()
                ),
            ),
        ),
        Exercise(
            name="unmask",
            title="Programs that expose four wrong engines (bonus)",
            slides=(12, 20, 26),
            bonus=True,
            parts=tuple(Part(part, 0.5, text) for part, (text, _) in IMPOSTORS.items()),
            hints=(
                "Which mistake changes nothing where every number is used once, and which changes nothing where "
                "every node hands on 1?",
                "Look at the number of steps that the text allows for each program, and at the program for the "
                "engine whose gradients agree with yours everywhere.",
                "Write down, for each mistake, what must happen in a graph before it changes a number. Then draw the "
                "smallest graph in which it happens.",
            ),
            checks=tuple(
                Check(text, UNMASK, IMPOSTOR_POINTS, {"programs": part}, rule)
                for part, (text, rule) in IMPOSTORS.items()
            ),
        ),
    ),
)
