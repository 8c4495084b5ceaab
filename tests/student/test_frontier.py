"""A graph's first wrong number is found: in every graph with one broken gate, and nowhere in a right one."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from autograder.course.settings import catalogue
from autograder.student.checks.reverse_mode import ALONE
from autograder.student.graphs.frontier import VALUE, frontier, make_graph, read_numbers, source
from autograder.student.graphs.locate import GraphCase, locate
from autograder.student.graphs.operations import GATES, output, slopes
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import Case, Check, Probe

OPERATIONS = {
    "+": (lambda a, b: a + b, lambda a, b, o: (1.0, 1.0)),
    "-": (lambda a, b: a - b, lambda a, b, o: (1.0, -1.0)),
    "*": (lambda a, b: a * b, lambda a, b, o: (b, a)),
    "/": (lambda a, b: a / b, lambda a, b, o: (1 / b, -a / b**2)),
    "sin": (math.sin, lambda a, o: (math.cos(a),)),
    "exp": (math.exp, lambda a, o: (o,)),
    "tanh": (math.tanh, lambda a, o: (1 - o * o,)),
    "relu": (lambda a: max(0.0, a), lambda a, o: (float(a > 0),)),
    "square": (lambda a: a * a, lambda a, o: (2 * a,)),
}
# What a gate hands back instead of its shares, from these, the upstream gradient and its operands.
BACKWARD = {
    "sign": lambda shares, g, xs: [-s for s in shares],
    "half": lambda shares, g, xs: [0.5 * s for s in shares],
    "upstream ignored": lambda shares, g, xs: [s / g if g else 0.0 for s in shares],
    "upstream alone": lambda shares, g, xs: [g * 1.7 for _ in shares],
    "first only": lambda shares, g, xs: [shares[0] * 1.3, *shares[1:]],
    "last dropped": lambda shares, g, xs: [*shares[:-1], 0.0],
    "masked by the upstream": lambda shares, g, xs: [s if g > 0 else 2 * s for s in shares],
}


@dataclass
class Run:
    """A graph of numbers with, at will, one broken gate: its forward, its backward, or the sum at one wire."""

    parents: dict[str, tuple[str, ...]]
    operation: dict[str, str]
    leaves: dict[str, float]
    forward: str = ""
    backward: tuple[str, str] = ("", "")
    overwritten: str = ""

    def __post_init__(self):
        self.value, self.tangent = dict(self.leaves), dict.fromkeys(self.leaves, 1.0)
        for name, above in self.parents.items():
            if above:
                self._step(name, [self.value[p] for p in above], [self.tangent[p] for p in above])
        self.gradient = dict.fromkeys(self.parents, 0.0) | {list(self.parents)[-1]: 0.8}
        for name, above in reversed(self.parents.items()):
            for parent, share in zip(above, self.shares(name), strict=True):
                kept = 0.0 if parent == self.overwritten else self.gradient[parent]
                self.gradient[parent] = kept + share

    def _step(self, name, xs, moved):
        run, slope = OPERATIONS[self.operation[name]]
        out = run(*xs)
        self.value[name] = out + 0.3 if name == self.forward else out
        factor = 0.5 if name == self.backward[0] else 1.0
        self.tangent[name] = factor * sum(
            s * t for s, t in zip(slope(*xs, out), moved, strict=True)
        )

    def shares(self, name):
        above = self.parents[name]
        if not above:
            return []
        xs = [self.value[p] for p in above]
        shares = [
            self.gradient[name] * s
            for s in OPERATIONS[self.operation[name]][1](*xs, self.value[name])
        ]
        broken, how = self.backward
        return BACKWARD[how](shares, self.gradient[name], xs) if name == broken else shares

    def alone(self, name, xs, upstream):
        """The gate's value and what it hands to each wire, as broken as it is in the graph."""
        run, slope = OPERATIONS[self.operation[name]]
        shares = [upstream * s for s in slope(*xs, run(*xs))]
        if name == self.backward[0]:
            shares = BACKWARD[self.backward[1]](shares, upstream, xs)
        pairs = list(zip(self.parents[name], shares, strict=True))
        totals = [
            sum(share for parent, share in pairs if parent == one)
            for one in dict.fromkeys(self.parents[name])
        ]
        return [run(*xs) + 0.3 * (name == self.forward), *totals]

    def totals(self, name):
        """What a gate hands to each wire, which it may read twice."""
        pairs = list(zip(self.parents[name], self.shares(name), strict=True))
        return [
            sum(share for parent, share in pairs if parent == one)
            for one in dict.fromkeys(self.parents[name])
        ]


def random_graph(seed):
    """A graph whose numbers are neither huge nor tiny, so that what is wrong shows."""
    rng = np.random.default_rng(seed)
    while True:
        graph = drawn_graph(rng)
        try:
            run = Run(*graph)
        except ArithmeticError:
            continue
        sizes = [abs(v) for v in (*run.value.values(), *run.gradient.values())]
        if min(sizes) > 1e-3 and max(sizes) < 1e3:
            return graph


def drawn_graph(rng, gates=9):
    """Leaves and gates that all lead to the last one; some wires are read more than once, some twice by one gate."""
    leaves = {
        f"x{i}": float(v) for i, v in enumerate(rng.uniform(0.4, 1.2, 3) * rng.choice([-1, 1], 3))
    }
    parents, operation = dict.fromkeys(leaves, ()), {}
    unread = list(leaves)
    while len(operation) < gates or len(unread) > 1:
        name, kind = f"g{len(operation)}", str(rng.choice(list(OPERATIONS)))
        if len(operation) >= gates - 3 and len(unread) > 1:
            kind = str(rng.choice(["+", "-", "*"]))
        count = 2 if kind in "+-*/" else 1
        fresh = [unread.pop(int(rng.integers(len(unread)))) for _ in range(min(count, len(unread)))]
        others = [str(n) for n in rng.choice(list(parents), count)]
        parents[name], operation[name] = tuple([*fresh, *others][:count]), kind
        unread.append(name)
    return parents, operation, leaves


def wires_of(parents, operation, *, forward=False):
    below = {"tangent": "below"} if forward else {"gradient": "below"}
    return [
        Wire(
            n,
            operation.get(n, ""),
            above,
            value=f"{n}.value",
            **{kind: f"{n}.{b}" for kind, b in below.items()},
        )
        for n, above in parents.items()
    ]


def told(run, *, forward=False):
    below = run.tangent if forward else run.gradient
    return {f"{n}.value": v for n, v in run.value.items()} | {
        f"{n}.below": b for n, b in below.items()
    }


def found(right, wrong, hand_back=None, *, forward=False):
    wires = wires_of(right.parents, right.operation, forward=forward)
    return locate(
        wires, GraphCase(told(wrong, forward=forward), {}, told(right, forward=forward)), hand_back
    )


def first(right, wrong):
    graph = make_graph(wires_of(right.parents, right.operation))
    pairs = [((kind, n), getattr(right, kind)[n], getattr(wrong, kind)[n]) for kind in ("value", "gradient") for n in
             right.parents]  # fmt: skip
    return frontier(
        graph, {key: not math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for key, a, b in pairs}
    )


SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_graph_is_never_accused(seed):
    graph = random_graph(seed)
    assert found(Run(*graph), Run(*graph)) is None
    assert found(Run(*graph), Run(*graph), forward=True) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gate_that_makes_a_wrong_number_is_where_it_goes_wrong_first(seed):
    graph = random_graph(seed)
    for name in graph[1]:
        circuit, answer, said = found(Run(*graph), Run(*graph, forward=name))
        assert (circuit.wrong[0], answer) == (name, f"{name}.value")
        assert said.startswith(f"It goes wrong first at the value of {name}; ")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gate_that_hands_back_a_wrong_share_stands_behind_every_first_wrong_gradient(seed):
    graph, checked = random_graph(seed), 0
    right = Run(*graph)
    for name, how in [(name, how) for name in graph[1] for how in BACKWARD]:
        wrong = Run(*graph, backward=(name, how))
        if np.allclose(right.totals(name), wrong.totals(name), rtol=1e-6, atol=0):
            continue
        keys = first(right, wrong)
        assert keys, (name, how)
        assert {(kind, n in graph[0][name]) for kind, n in keys} == {("gradient", True)}, (
            name,
            how,
        )
        checked += 1
    assert checked > 2 * len(graph[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wire_whose_shares_are_overwritten_is_the_first_wrong_one_and_says_which_are_lost(seed):
    graph = random_graph(seed)
    right = Run(*graph)
    readers = {n: [r for r, above in graph[0].items() if n in above] for n in graph[0]}
    forks = [n for n, read in readers.items() if len(read) > 1]
    for name in forks:
        wrong = Run(*graph, overwritten=name)
        if math.isclose(right.gradient[name], wrong.gradient[name], rel_tol=1e-6):
            continue
        circuit, answer, said = found(right, wrong)
        assert (circuit.wrong[0], answer) == (name, f"{name}.below")
        assert "the shares add up" in said or "shares must add up" in said


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gate_with_a_wrong_tangent_is_where_it_goes_wrong_first_in_forward_mode(seed):
    graph = random_graph(seed)
    right = Run(*graph)
    for name in graph[1]:
        if right.tangent[name]:
            circuit, answer, said = found(right, Run(*graph, backward=(name, "half")), forward=True)
            assert (circuit.wrong, answer, circuit.below) == ((name,), f"{name}.below", "tangent")
            assert said.startswith(f"It goes wrong first at the tangent of {name}; ")


CHAIN = (
    Wire("x", value="x", gradient="dx"),
    Wire("s", "sin", ("x",), "s", "ds"),
    Wire("p", "*", ("x", "s"), gradient="dp"),
    Wire("out", "+", ("p", "s"), "out", "dout"),
)
AT = {"x": 0.7, "dout": 2.0}
RIGHT = {
    "s": math.sin(0.7),
    "ds": 2 * 1.7,
    "dx": 2 * math.sin(0.7) + 3.4 * math.cos(0.7),
    "dp": 2.0,
    "out": 1.7 * math.sin(0.7),
}


def at(changes, *, hidden=False):
    return locate(CHAIN, GraphCase(RIGHT | changes, AT, RIGHT), hidden=hidden)


def test_two_faults_are_told_apart_though_the_second_rests_on_wrong_numbers():
    circuit, answer, said = at({"ds": 3.0, "dx": 1.0})
    assert (circuit.wrong, answer) == (("s", "x"), "ds")
    assert said.endswith("Wrong by itself, too: the gradient of x.")
    follows = 2 * math.sin(0.7) + 3.0 * math.cos(0.7)
    circuit, _, said = at({"ds": 3.0, "dx": follows})
    assert circuit.wrong == ("s",)
    assert "by itself" not in said


def test_of_a_wire_that_lost_a_share_it_is_said_which():
    assert at({"dx": 2 * math.sin(0.7)})[2] == (
        "It goes wrong first at the gradient of x; the gradients of s and p, nearer to the output, are right. "
        "It holds the share of p, but not the share of s: shares must add up."
    )


def test_nothing_is_said_of_numbers_that_were_not_seen():
    """Whether x is wrong by itself depends on what p carries."""
    unseen = [replace(wire, gradient="") if wire.name == "p" else wire for wire in CHAIN]
    answers = {name: number for name, number in RIGHT.items() if name != "dp"} | {
        "ds": 0.0,
        "dx": 1.0,
    }
    circuit, _, said = locate(unseen, GraphCase(answers, AT, RIGHT))
    assert circuit.wrong == ("s",)
    assert "gradient of out, nearer to the output, is right" in said
    assert "of p" not in said


def test_a_gradient_is_not_blamed_where_a_value_is_wrong():
    """It may be right for the student's own value."""
    circuit, answer, _ = at({"s": 0.5, "dx": 2 * 0.5 + 3.4 * math.cos(0.7)})
    assert (circuit.wrong, answer) == (("s",), "s")


def test_what_is_no_number_is_wrong_and_stands_in_the_picture_without_one():
    for odd in (None, "much", [1.0, 2.0], float("nan")):
        circuit, answer, _ = at({"ds": odd})
        assert (circuit.wrong, answer) == (("s",), "ds")


def test_hidden_numbers_are_not_shown():
    circuit, _, said = at({"ds": 3.25}, hidden=True)
    assert circuit.expected == ()
    assert {(node.value, node.gradient) for node in circuit.nodes} == {(None, None)}
    assert not any(figure in said for figure in "0123456789")


def test_the_right_number_stands_only_beside_a_wrong_one():
    circuit, _, _ = at({"ds": 3.0})
    assert [
        (n.name, n.value, n.gradient)
        for n in circuit.expected
        if (n.value, n.gradient) != (None, None)
    ] == [("s", None, 3.4)]


def test_numbers_that_no_answer_tells_are_computed_gate_by_gate():
    graph = make_graph(CHAIN)
    known = read_numbers(graph, {}, AT, {})
    assert float(known.right["gradient", "x"]) == pytest.approx(RIGHT["dx"], rel=1e-14)
    assert float(known.right[VALUE, "out"]) == pytest.approx(RIGHT["out"], rel=1e-14)
    assert set(known.got) == {(VALUE, "x"), ("gradient", "out")}


def test_wires_must_come_parents_first():
    with pytest.raises(ValueError, match="wire 's': its parent 'x' does not come before it"):
        make_graph(CHAIN[1:])


@pytest.mark.parametrize("operation", GATES)
def test_gates_know_their_slopes_to_the_last_digits(operation):
    rng = np.random.default_rng(3)
    count = 2 if operation in ("+", "-", "*", "/", "**", "max") else 1
    for _ in range(50):
        xs = [float(x) for x in rng.uniform(0.3, 2.0, count)]
        if operation in ("relu", "square", "1/x", "+1", "*-1", "sin", "*", "-"):
            xs = [x * float(rng.choice([-1.0, 1.0])) for x in xs]
        for i, slope in enumerate(slopes(operation, xs)):
            up, down = ([x + h * (i == j) for j, x in enumerate(xs)] for h in (1e-5, -1e-5))
            assert slope == pytest.approx(
                (output(operation, up) - output(operation, down)) / 2e-5, rel=1e-7, abs=1e-9
            )


def test_a_power_of_a_negative_number_has_its_slope():
    for n in (2.0, 3.0, -2.0):
        assert slopes("**", [-1.3, n])[0] == pytest.approx(n * (-1.3) ** (n - 1), rel=1e-14)


def test_a_gate_that_is_unknown_or_has_no_value_says_nothing():
    assert output("spline", [1.0]) is None
    assert slopes("spline", [1.0]) is None
    assert output("1/x", [0.0]) is None


VISIBLE = [
    pytest.param(check, id=f"{exercise.name}: {check.text}")
    for public, _ in catalogue().values()
    for exercise in public.exercises
    for check in exercise.checks
    if check.probe.wires
]


@pytest.mark.parametrize("check", VISIBLE)
def test_the_wires_of_every_check_describe_what_it_expects(check):
    """What the gates make of the inputs, and hand back from the last wire, is what the check expects."""
    graph = make_graph(check.probe.wires)
    for case in check.cases:
        end = graph.wires[list(graph.wires)[-1]].gradient
        known = read_numbers(
            graph, {}, case.inputs, {end: case.expected[end]} if end in case.expected else {}
        )
        told = {source(graph, key): key for key in graph.keys}
        given = {
            source(graph, key)
            for key in graph.keys
            if not graph.wires[key[1]].parents and key[0] == VALUE
        }
        compared = 0
        for name, expected in case.expected.items():
            if name in told and told[name] in known.right and name not in given:
                assert float(known.right[told[name]]) == pytest.approx(
                    float(expected), rel=1e-9, abs=1e-12
                ), name
                compared += 1
        assert compared or given & case.expected.keys()
        assert (
            locate(check.probe.wires, GraphCase(case.expected, case.inputs, case.expected)) is None
        )


def alone(run):
    """Runs the gates of a graph by themselves, as broken as they are in it."""

    def hand_back(tasks):
        return [run.alone(task.gate.name, task.numbers, task.upstream) for task in tasks]

    return hand_back


@pytest.mark.parametrize("seed", SEEDS)
def test_of_every_graph_with_one_broken_gate_that_gate_is_named_and_no_other(seed):
    """The values and gradients are those that occur; whatever is wrong in the graph because of it is no excuse."""
    graph = random_graph(seed)
    right, named = Run(*graph), 0
    broken = [{"backward": (name, how)} for name in graph[1] for how in BACKWARD]
    broken += [{"forward": name} for name in graph[1]]
    for fault in broken:
        wrong = Run(*graph, **fault)
        name = fault.get("forward") or fault["backward"][0]
        if "backward" in fault and np.allclose(
            right.totals(name), wrong.totals(name), rtol=1e-6, atol=0
        ):
            continue
        assert (
            f"The {graph[1][name]} gate of {name} is wrong even when it is run by itself."
            in found(right, wrong, alone(wrong))[2]
        )
        named += 1
    assert named > 3 * len(graph[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_where_shares_are_lost_no_gate_is_blamed(seed):
    graph = random_graph(seed)
    right = Run(*graph)
    for name in graph[0]:
        wrong = Run(*graph, overwritten=name)
        if not math.isclose(right.gradient[name], wrong.gradient[name], rel_tol=1e-6):
            assert (
                "Every gate is right when it is run by itself"
                in found(right, wrong, alone(wrong))[2]
            )


def test_gates_that_cannot_be_run_are_not_blamed():
    right = Run(*random_graph(0))
    wrong = Run(*random_graph(0), backward=(list(right.operation)[-1], "half"))
    unknown = [
        replace(w, operation="spline") if w.operation else w
        for w in wires_of(right.parents, right.operation)
    ]
    said = locate(unknown, GraphCase(told(wrong), {}, told(right)), alone(wrong))[2]
    assert "run by" not in said
    assert "by itself" not in said.replace("Wrong by itself", "")


@pytest.mark.parametrize("odd", [None, "much", [1.0], [[1.0], 2.0], float("nan")])
def test_a_gate_that_hands_back_no_numbers_does_wrong(odd):
    right = Run(*random_graph(0))
    broken = Run(*random_graph(0), backward=(list(right.operation)[-1], "half"))
    assert (
        "are wrong even when they are run"
        in found(right, broken, lambda tasks: [odd for _ in tasks])[2]
    )


ENGINE = """
import math
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self._parents, self._backward = float(data), 0.0, tuple(parents), lambda: None
    def _made(self, data, *pairs):
        out = Value(data, [node for node, _ in pairs])
        def _backward():
            for node, slope in pairs:
                node.grad += slope * out.grad
        out._backward = _backward
        return out
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data + other.data, (self, 1.0), (other, 1.0))
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data * other.data, (self, other.data), (other, self.data))
    __radd__, __rmul__ = __add__, __mul__
    def sin(self):
        return self._made(math.sin(self.data), (self, math.cos(self.data)))
    def exp(self):
        return self._made(math.exp(self.data), (self, math.exp(self.data)))
def topo_sort(root):
    order = []
    def visit(node):
        if node not in order:
            for parent in node._parents:
                visit(parent)
            order.append(node)
    visit(root)
    return order
def backward(root, seed=1.0):
    root.grad = seed
    for node in reversed(topo_sort(root)):
        node._backward()
def by_paths(node, g):
    node.grad = g
    parents = list({id(p): p for p in node._parents}.values())
    before = [p.grad for p in parents]
    node._backward()
    for p, old in zip(parents, before):
        if p._parents:
            by_paths(p, p.grad - old)
"""


def of_engine(setup, wires, inputs, expected):
    """A check of gradients in a graph of an engine's own nodes."""
    names = tuple(expected)
    grads = ", ".join(f'"{name}": {name}.grad, "{name}.data": {name}.data' for name in names)
    told = tuple(
        replace(w, value=f"{w.name}.data", gradient=w.name) if w.name in names else w for w in wires
    )
    answers = (*names, *(f"{name}.data" for name in names))
    probe = Probe(f"{{{grads}}}", answers, setup, keyed=True, wires=told, alone=ALONE)
    return Check(
        "A graph.", probe, (Case(inputs, expected),), dict.fromkeys(names, "chain"), Values()
    )


CONSTANT = Wire("k", value="k")
ENGINE_CHECKS = (
    of_engine(
        "a = Value(x)\nb = a.sin()\nc = b * k\nout = c.exp()\nbackward(out, seed)",
        (
            Wire("a"),
            Wire("b", "sin", ("a",)),
            CONSTANT,
            Wire("c", "*", ("b", "k")),
            Wire("out", "exp", ("c",)),
        ),
        {"x": 0.0, "k": 2.0, "seed": 1.0},
        {"out": 1.0, "c": 1.0, "b": 2.0, "a": 2.0},
    ),
    of_engine(
        "a = Value(x)\nb = k * a\nc = b + a\nd = c * b\nout = d * c + b\nbackward(out, seed)",
        (
            CONSTANT,
            Wire("a"),
            Wire("b", "*", ("k", "a")),
            Wire("c", "+", ("b", "a")),
            Wire("d", "*", ("c", "b")),
            Wire("dc", "*", ("d", "c")),
            Wire("out", "+", ("dc", "b")),
        ),
        {"x": 0.7, "k": 3.0, "seed": 1.0},
        {"out": 1.0, "d": 2.8, "c": 11.76, "b": 20.6, "a": 73.56},
    ),
)


def judged(old, new):
    """The findings on a chain and on notebook 6's small graph for an engine with one line changed."""
    assert ENGINE.count(old) == 1
    namespace = {}
    exec(ENGINE.replace(old, new), namespace)
    trials = [check.rule.judge(LocalStudent(namespace), check) for check in ENGINE_CHECKS]
    return " ".join(finding.message for trial in trials for finding in trial.findings)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "(self, other.data), (other, self.data)",
            "(self, other.data), (other, other.data)",
            "* gate of",
        ),
        (
            "(self, math.cos(self.data))",
            "(self, -math.cos(self.data))",
            "The sin gate of b is wrong even when it is run by itself.",
        ),
        (
            "(self, math.exp(self.data))",
            "(self, self.data)",
            "The exp gate of out is wrong even when it is run by itself.",
        ),
        (
            "node.grad += slope * out.grad",
            "node.grad = slope * out.grad",
            "are wrong even when they are run by themselves.",
        ),
        (
            "in reversed(topo_sort(root))",
            "in topo_sort(root)",
            "Every gate is right when it is run by itself",
        ),
        ("    root.grad = seed\n", "", "Every gate is right when it is run by itself"),
    ],
)
def test_of_an_engine_of_the_students_own_it_is_told_whether_a_gate_or_the_sweep_is_at_fault(
    old, new, said
):
    assert said in judged(old, new)


def test_a_right_engine_is_silent():
    assert judged("import math", "import math  # right") == ""
