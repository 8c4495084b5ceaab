"""A graph's first wrong number is found: in every graph with one broken gate, and nowhere in a right one."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from autograder.course import catalogue
from autograder.student.circuits import Wire
from autograder.student.frontier import VALUE, frontier, make_graph, read_numbers, source
from autograder.student.gates import GATES, output, slopes
from autograder.student.locate import locate

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
        self.tangent[name] = factor * sum(s * t for s, t in zip(slope(*xs, out), moved, strict=True))

    def shares(self, name):
        above = self.parents[name]
        if not above:
            return []
        xs = [self.value[p] for p in above]
        shares = [self.gradient[name] * s for s in OPERATIONS[self.operation[name]][1](*xs, self.value[name])]
        broken, how = self.backward
        return BACKWARD[how](shares, self.gradient[name], xs) if name == broken else shares

    def totals(self, name):
        """What a gate hands to each wire, which it may read twice."""
        pairs = list(zip(self.parents[name], self.shares(name), strict=True))
        return [sum(share for parent, share in pairs if parent == one) for one in dict.fromkeys(self.parents[name])]


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
    leaves = {f"x{i}": float(v) for i, v in enumerate(rng.uniform(0.4, 1.2, 3) * rng.choice([-1, 1], 3))}
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
        Wire(n, operation.get(n, ""), above, value=f"{n}.value", **{kind: f"{n}.{b}" for kind, b in below.items()})
        for n, above in parents.items()
    ]


def told(run, *, forward=False):
    below = run.tangent if forward else run.gradient
    return {f"{n}.value": v for n, v in run.value.items()} | {f"{n}.below": b for n, b in below.items()}


def found(right, wrong, *, forward=False):
    wires = wires_of(right.parents, right.operation, forward=forward)
    return locate(wires, told(wrong, forward=forward), {}, told(right, forward=forward), {}, hidden=False)


def first(right, wrong):
    graph = make_graph(wires_of(right.parents, right.operation))
    pairs = [((kind, n), getattr(right, kind)[n], getattr(wrong, kind)[n]) for kind in ("value", "gradient") for n in
             right.parents]  # fmt: skip
    return frontier(graph, {key: not math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for key, a, b in pairs})


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
        assert {(kind, n in graph[0][name]) for kind, n in keys} == {("gradient", True)}, (name, how)
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
    Wire("p", "*", ("x", "s")),
    Wire("out", "+", ("p", "s"), "out", "dout"),
)
AT = {"x": 0.7, "dout": 2.0}
RIGHT = {"s": math.sin(0.7), "ds": 2 * 1.7, "dx": 2 * math.sin(0.7) + 3.4 * math.cos(0.7), "out": 1.7 * math.sin(0.7)}


def at(changes, *, hidden=False):
    return locate(CHAIN, RIGHT | changes, AT, RIGHT, {}, hidden=hidden)


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
        "It goes wrong first at the gradient of x; the gradients of s and out, behind it, are right. "
        "It holds what p hands back, but not what s does: shares must add up."
    )


def test_nothing_is_said_of_numbers_that_were_not_seen():
    said = at({"ds": 0.0})[2]
    assert "gradient of out, behind it, is right" in said
    assert "gradient of p" not in said


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
    assert [(n.name, n.value, n.gradient) for n in circuit.expected if (n.value, n.gradient) != (None, None)] == [
        ("s", None, 3.4)
    ]


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
            assert slope == pytest.approx((output(operation, up) - output(operation, down)) / 2e-5, rel=1e-7, abs=1e-9)


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
        known = read_numbers(graph, {}, case.inputs, {end: case.expected[end]} if end in case.expected else {})
        told = {source(graph, key): key for key in graph.keys}
        given = {source(graph, key) for key in graph.keys if not graph.wires[key[1]].parents and key[0] == VALUE}
        compared = 0
        for name, expected in case.expected.items():
            if name in told and told[name] in known.right and name not in given:
                assert float(known.right[told[name]]) == pytest.approx(float(expected), rel=1e-9, abs=1e-12), name
                compared += 1
        assert compared or given & case.expected.keys()
        assert locate(check.probe.wires, case.expected, case.inputs, case.expected, {}, hidden=False) is None
