"""Notebook 6, reverse mode: points, hints and visible checks.  Slides 20, 25-28."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.judging.findings import notices, stopped
from autograder.student.judging.rules import Values
from autograder.student.judging.snippets import tried
from autograder.student.model.circuits import Wire
from autograder.student.model.compare import as_numbers, show
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe, Student, Trial
from autograder.student.model.results import Finding

HALF_PI = 1.5707963267948966


@dataclass(frozen=True, slots=True)
class ParentsFirst:
    """A list of nodes, by number, holds every node and each after its parents; any such order is right.

    edges: the input that lists the parents of each node.  The last node is the root.
    """

    edges: str = "edges"

    def judge(self, student: Student, check: Check) -> Trial:
        """Hold the first place of every node against those of its parents."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        (name, part), *_ = check.judges.items()
        for case, answer in zip(check.cases, answers, strict=True):
            findings = stopped(check, case, answer)
            wrong = "" if findings else self._wrong(name, answer.value, case.inputs)
            if wrong and check.hidden:
                findings = [Finding(check.text, f"{name} is not what it should be", (part,), hidden=True)]
            elif wrong:
                findings = [Finding(check.text, wrong, (part,), tried(check.probe, case), show(answer.value))]
            if findings:
                return Trial(check, answers, (*findings, *notices(check, case, answer, quiet=False)))
        return Trial(check, answers)

    def _wrong(self, name: str, value: object, inputs: Mapping[str, object]) -> str:
        """What is wrong with an order, in words; "" if nothing is."""
        numbers = as_numbers(value)
        if isinstance(numbers, str) or numbers.ndim != 1:
            return f"{name} {numbers if isinstance(numbers, str) else 'is no list of nodes'}"
        edges = inputs[self.edges]
        assert isinstance(edges, Sequence)  # a case of our own
        places = {number: place for place, number in reversed([*enumerate(numbers.tolist())])}
        waiting, met = [len(edges) - 1], set[int]()
        while waiting:
            node = waiting.pop()
            if node not in places:
                return f"nodes[{node}] is missing"
            for parent in set(edges[node]):
                if places.get(parent, -1) > places[node]:
                    return f"nodes[{node}] comes before its parent nodes[{parent}]"
            waiting += set(edges[node]) - met
            met |= set(edges[node])
        return ""


def operation(
    expression: str, names: tuple[str, ...] = ("out", "da"), before: str = "", wires: tuple[Wire, ...] = ()
) -> Probe:
    """One operation on a = Value(x), and on b = Value(y) if it has two, run backwards path by path."""
    two = "db" in names
    made = "a, b = Value(x), Value(y)" if two else "a = Value(x)"
    call = f"(out.data, a.grad{', b.grad' if two else ''})"
    return Probe(call, names, f"{made}\n{before}out = {expression}\nby_paths(out, dout)", wires=wires)


def gate(symbol: str, *operands: str) -> tuple[Wire, ...]:
    """The circuit of one operation."""
    known = {
        "a": Wire("a", value="x", gradient="da"),
        "b": Wire("b", value="y", gradient="db"),
        "n": Wire("n", value="n"),
    }
    return *(known[name] for name in operands), Wire("out", symbol, operands, "out", "dout")


def sweep(setup: str, names: tuple[str, ...], wires: tuple[Wire, ...]) -> Probe:
    """The gradients of the nodes called `names`, and their numbers, after the lines of `setup`.

    wires: the graph; of each wire that is one of the nodes its number and gradient are told.
    """
    grads = ", ".join(f'"{name}": {name}.grad' for name in names)
    numbers = ", ".join(f'"{name}.data": {name}.data' for name in names)
    told = tuple(replace(w, value=f"{w.name}.data", gradient=w.name) if w.name in names else w for w in wires)
    call = f"{{{grads},\n         {numbers}}}"
    return Probe(call, (*names, *(f"{name}.data" for name in names)), setup, keyed=True, wires=told, alone=ALONE)


# One gate of the class by itself, run back by the plain walk that is given.
ALONE = """\
RUN = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
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
TWO = ("out", "da", "db")
MUL, SUB = (operation(f"a {sign} b", TWO, wires=gate(sign, "a", "b")) for sign in "*-")
POW = operation("a ** n", wires=gate("**", "a", "n"))
SIN, EXP, RELU = (operation(f"a.{name}()", wires=gate(name, "a")) for name in ("sin", "exp", "relu"))
TWICE = Probe(
    "(len({a, b}), out.data, a.grad, b.grad)",
    ("nodes", *TWO),
    "a, b = Value(x), Value(x)\nout = a * b + a\nby_paths(out, dout)",
    wires=(
        Wire("a", value="x", gradient="da"),
        Wire("b", value="x", gradient="db"),
        Wire("ab", "*", ("a", "b")),
        Wire("out", "+", ("ab", "a"), "out", "dout"),
    ),
)
GRAPH = """\
nodes = []
for parents in edges:
    nodes.append(Value(data, [nodes[p] for p in parents]))
"""
FOUND = """\
number = {id(node): i for i, node in enumerate(nodes)}
order = [number.get(id(node), -1) for node in topo_sort(nodes[-1])]"""
GRAPH += FOUND
MEMBERS = Probe("sorted(order)", ("nodes",), GRAPH)
ORDER = Probe("order", ("order",), GRAPH)
K = Wire("k", value="k")
LINKS, SHARES = ("out", "c", "b", "a"), ("out", "d", "c", "b", "a")
CHAIN = sweep(
    "a = Value(x)\nb = a.sin()\nc = b * k\nout = c.exp()\nbackward(out, seed)",
    LINKS,
    (Wire("a"), Wire("b", "sin", ("a",)), K, Wire("c", "*", ("b", "k")), Wire("out", "exp", ("c",))),
)
SHARED = sweep(
    "a = Value(x)\nb = k * a\nc = b + a\nd = c * b\nout = d * c + b\nbackward(out, seed)",
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
ZEROED = Probe(
    "[node.grad for node in nodes]",
    ("grads",),
    "nodes = []\nfor parents in edges:\n    nodes.append(Value(data, [nodes[p] for p in parents]))\n"
    "    nodes[-1].grad = left\nzero_grad(nodes[-1])",
)
AGAIN = Probe(
    "(first, a.grad)",
    ("first", "second"),
    "a = Value(x)\nb = a * a\nout = b * a + b\nbackward(out)\nfirst = a.grad\nzero_grad(out)\nbackward(out)",
)
TWO_INPUTS = Probe(
    "(grad_reverse(f, x), len(calls))",
    ("grad", "calls"),
    "calls = []\n\ndef f(v):\n    calls.append(1)\n    return v[0] * v[1] + v[0].sin()\n",
)
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
)
LEVELS = 24
# A ladder on which every node is made from the one before, twice.  Whoever walks each path looks at nodes too often: an
# order found by going over all nodes again and again takes a few times their number squared, and all paths a million
# times as much.
LADDER = """\
looks, nodes = [], [Value(data)]

def look():
    looks.append(1)
    if len(looks) > 10_000:
        raise RuntimeError(f"{len(nodes)} nodes were looked at 10,000 times")

class Watched(Value):
    @property
    def _parents(self):
        look()
        return self.kept

    @_parents.setter
    def _parents(self, parents):
        self.kept = parents

for level in range(levels):
    nodes.append(Watched(data, (nodes[-1], nodes[-1])))
"""
ORDERED_LADDER = Probe(ORDER.call, ORDER.names, LADDER + FOUND)
SWEPT_LADDER = Probe(
    "nodes[0].grad",
    ("grad",),
    LADDER
    + """
def rule(out, parent):
    def _backward():
        look()
        parent.grad += k * out.grad
    return _backward

for parent, out in zip(nodes, nodes[1:]):
    out._backward = rule(out, parent)
backward(nodes[-1], seed)""",
)
# Parents of each node: the notebook's small graph, and a diamond whose short side comes first.
SMALL: list[list[int]] = [[], [0], [1, 0], [2, 1], [3, 2], [4, 1]]
DIAMOND: list[list[int]] = [[], [0], [0], [1, 2], [0, 3]]

JUDGED = dict.fromkeys(LINKS, "chain")


def _visible(text: str, probe: Probe, cases: Sequence[Case], part: str, on_purpose: str = "") -> Check:
    judged = dict.fromkeys(name for name in probe.names if not name.endswith(".data"))
    return Check(text, probe, tuple(cases), dict.fromkeys(judged, part), Values(), on_purpose=on_purpose)


ASSIGNMENT = Assignment(
    name="06_reverse_mode",
    title="Reverse-mode automatic differentiation",
    exercises=(
        Exercise(
            name="Value",
            title="Operations that record themselves",
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
                "Follow the pattern of addition: make out from the parents' data, then add to each parent's grad its "
                "local derivative times the gradient of out; assign that function and return out.",
                "Look at the lines inside _backward: each has a += and the grad of out, and none reads the grad of a "
                "parent.",
            ),
            checks=(
                _visible(
                    "A product passes to each factor the other one times the upstream gradient.",
                    MUL,
                    [
                        Case(
                            {"x": 3.0, "y": -2.0, "dout": 2.0},
                            {"out": -6.0, "da": -4.0, "db": 6.0},
                        ),
                        Case({"x": 0.5, "y": 4.0, "dout": -1.5}, {"out": 2.0, "da": -6.0, "db": -0.75}),
                    ],
                    "mul",
                ),
                _visible(
                    "A difference rises with its first number and falls with its second.",
                    SUB,
                    [Case({"x": 5.0, "y": 2.0, "dout": 3.0}, {"out": 3.0, "da": 3.0, "db": -3.0})],
                    "sub",
                ),
                _visible(
                    "The slope of the cube at 2 is 12, and the upstream gradient multiplies it.",
                    POW,
                    [Case({"x": 2.0, "n": 3, "dout": -0.5}, {"out": 8.0, "da": -6.0})],
                    "pow",
                ),
                _visible(
                    "The slope of the sine at 0 is 1, and at the top of its wave 0.",
                    SIN,
                    [
                        Case({"x": 0.0, "dout": 2.0}, {"out": 0.0, "da": 2.0}),
                        Case({"x": HALF_PI, "dout": 2.0}, {"out": 1.0, "da": 1.2246467991473532e-16}),
                    ],
                    "sin",
                    on_purpose="The top of the wave is where the slope is 0.",
                ),
                _visible(
                    "The exponential is its own slope, and the upstream gradient multiplies it.",
                    EXP,
                    [Case({"x": 1.0, "dout": 3.0}, {"out": 2.718281828459045, "da": 8.154845485377136})],
                    "exp",
                ),
                _visible(
                    "The rectifier passes gradients where its input is positive, and none where it is negative.",
                    RELU,
                    [
                        Case({"x": 3.0, "dout": -2.0}, {"out": 3.0, "da": -2.0}),
                        Case({"x": -3.0, "dout": -2.0}, {"out": 0.0, "da": 0.0}),
                    ],
                    "relu",
                ),
                _visible(
                    "Two inputs that hold the same number stay two nodes, and one that is used twice adds up.",
                    TWICE,
                    [Case({"x": 3.0, "dout": 2.0}, {"nodes": 2, "out": 12.0, "da": 8.0, "db": 6.0})],
                    "nodes",
                ),
            ),
        ),
        Exercise(
            name="topo_sort",
            title="Topological order",
            slides=(26,),
            builds_on=("Value",),
            parts=(
                Part("nodes", 1.0, "every node once"),
                Part("order", 1.0, "parents before what is made from them"),
                Part("fast", 1.0, "no path is walked twice"),
            ),
            hints=(
                "What must already stand in the list at the moment when you append a node?",
                "For a node that is new: remember it, deal with each of its parents in the same way, and only then put "
                "the node itself into the list.",
                "Look at where you ask whether a node is new, and where you append it: one comes before the walk to "
                "the parents, the other after it.",
            ),
            checks=(
                Check(
                    text="Each node stands in the list exactly once, two nodes with the same number too.",
                    probe=MEMBERS,
                    cases=(
                        Case({"data": 1.0, "edges": DIAMOND}, {"nodes": np.arange(5)}),
                        Case({"data": 1.0, "edges": SMALL}, {"nodes": np.arange(6)}),
                    ),
                    judges={"nodes": "nodes"},
                    rule=Values(),
                ),
                Check(
                    text="Parents stand before what is made from them.",
                    probe=ORDER,
                    cases=(Case({"data": 1.0, "edges": DIAMOND}), Case({"data": 1.0, "edges": SMALL})),
                    judges={"order": "order"},
                    rule=ParentsFirst(),
                ),
                _visible(
                    "A graph of 25 nodes with 16 million paths is put in order by looking at each node a few times.",
                    ORDERED_LADDER,
                    [Case({"data": 1.0, "levels": LEVELS}, {"order": np.arange(LEVELS + 1)})],
                    "fast",
                ),
            ),
        ),
        Exercise(
            name="backward",
            title="The backward pass",
            slides=(25, 26),
            builds_on=("Value", "topo_sort"),
            parts=(
                Part("chain", 1.0, "one node after the other"),
                Part("shared", 1.5, "nodes that are used more than once"),
                Part("fast", 0.5, "each node passes its gradient on once"),
            ),
            hints=(
                "Which node knows its gradient before anything has been passed back, and what is it?",
                "Give the root its gradient, then let every node pass its own on, consumers before parents.",
                "Look at the direction in which you go through the list, and at what has its grad set before the loop.",
            ),
            checks=(
                Check(
                    text="Along a chain every node gets what its consumer passes on.",
                    probe=CHAIN,
                    cases=(
                        Case(
                            {"x": 0.0, "k": 2.0, "seed": 1.0},
                            {"out": 1.0, "c": 1.0, "b": 2.0, "a": 2.0},
                        ),
                    ),
                    judges=JUDGED,
                    rule=Values(),
                ),
                _visible(
                    "The small graph above: the slope at 0.7 is 73.56.",
                    SHARED,
                    [
                        Case(
                            {"x": 0.7, "k": 3.0, "seed": 1.0},
                            {"out": 1.0, "d": 2.8, "c": 11.76, "b": 20.6, "a": 73.56},
                        )
                    ],
                    "shared",
                ),
                _visible(
                    "In a graph of 25 nodes with 16 million paths every node passes its gradient on once.",
                    SWEPT_LADDER,
                    [Case({"data": 1.0, "levels": LEVELS, "k": 2.0, "seed": 1.0}, {"grad": 2.0**LEVELS})],
                    "fast",
                ),
            ),
        ),
        Exercise(
            name="zero_grad",
            title="Start again from zero",
            slides=(26,),
            builds_on=("Value", "topo_sort", "backward"),
            parts=(Part("zero", 1.0, "every gradient is zero again"),),
            hints=(
                "Which nodes still hold a gradient after a backward pass?",
                "Every node that the root was made from, root and inputs included, gets the gradient zero.",
                "Look at which nodes your loop visits: you have a function that lists them all.",
            ),
            checks=(
                _visible(
                    "The gradient of every node is zero, of the inputs too.",
                    ZEROED,
                    [Case({"data": 1.0, "left": 7.0, "edges": DIAMOND}, {"grads": np.zeros(5)})],
                    "zero",
                    on_purpose="Zeros are what this function leaves behind.",
                ),
            ),
        ),
        Exercise(
            name="grad_reverse",
            title="All slopes of any function",
            slides=(20, 28),
            builds_on=("Value", "backward"),
            parts=(
                Part("grad", 1.5, "the slope along each input"),
                Part("once", 0.5, "the function is called once"),
            ),
            hints=(
                "Which objects hold the slopes after the backward pass, and do you still have them?",
                "One node for each number; the function of these nodes; one backward pass; the gradient of each node.",
                "Look at what you hand to f: a list of nodes that you keep, one for each input.",
            ),
            checks=(
                Check(
                    text="Both slopes of v0 v1 + sin v0, from one call.",
                    probe=TWO_INPUTS,
                    cases=(
                        Case({"x": np.array([0.7, -1.3])}, {"grad": np.array([-0.5351578127155114, 0.7]), "calls": 1}),
                    ),
                    judges={"grad": "grad", "calls": "once"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="slide27",
            title="Slide 27",
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
                "Make nodes of x and y, compute prediction and loss with them, run back from the loss, then read the "
                "three gradients.",
                "Look at the root of your backward pass, and at whether the target is a plain number.",
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
                    judges={"loss": "loss", "z": "z", "y": "y", "x": "x"},
                    rule=Values(),
                ),
            ),
        ),
    ),
)
