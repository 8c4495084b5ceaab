"""Say where a graph goes wrong first: in words, and as a circuit to be drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from autograder.student.graphs.frontier import (
    VALUE,
    Graph,
    Key,
    Known,
    Numbers,
    completed,
    frontier,
    make_graph,
    read_numbers,
    shares_of,
    source,
    strays,
    wrong_numbers,
)
from autograder.student.graphs.single_gates import HandBack, Task, broken_gates
from autograder.student.model.circuits import GRADIENT, Node, Wire, WrongCircuit
from autograder.student.model.compare import ROUNDING
from autograder.student.model.exercises import Case, Check, Probe, Student
from autograder.student.model.results import Finding


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one case: the student's answers, the inputs and the right answers, as many as are known.

    allowed: the errors that answers may have; of others a rounding error.
    """

    answers: Numbers
    inputs: Numbers
    expected: Numbers
    allowed: Mapping[str, float] = field(default_factory=dict)


def locate(
    wires: Sequence[Wire], told: Told, hand_back: HandBack | None = None, *, hidden: bool = False
) -> tuple[WrongCircuit, str, str] | None:
    """Where the graph of one case goes wrong first: the circuit, the answer at which it does, and a sentence.

    hand_back: runs single gates of the student's, where that can be done.  hidden: show no numbers.  None if nothing
    is found wrong.
    """
    graph = make_graph(wires)
    known = read_numbers(graph, told.answers, told.inputs, told.expected)
    wrong = wrong_numbers(graph, known, told.allowed)
    first = frontier(graph, wrong)
    if not first:
        return None
    spoilt = [key for key in wrong if wrong[key] and key not in first]
    own = completed(graph, {key: numbers for key, numbers in known.got.items() if numbers is not None})
    also = [key for key in spoilt if strays(graph, key, own, wrong, told.allowed)]
    names = tuple(dict.fromkeys(name for _, name in [*first, *also]))
    nodes = tuple(_node(graph, wire, known.got, hidden=hidden) for wire in wires)
    wanted = {key: known.right[key] for key in wrong if wrong[key]}
    right = () if hidden else tuple(_node(graph, wire, wanted, hidden=False) for wire in wires)
    broken = broken_gates(graph, own, hand_back) if hand_back and graph.below == GRADIENT else None
    said = f"{sentence(graph, known, first, wrong)}{_too(also)}{_gates_alone(graph, broken)}"
    return WrongCircuit(nodes, right, names, graph.below), source(graph, first[0]), said


def point_out(
    student: Student,
    check: Check,
    case: Case,
    unpacked: Mapping[str, object],
    allowed: Mapping[str, float],
    found: dict[str, Finding],
) -> dict[str, Finding]:
    """The findings of one case, by answer; the one at which the probe's graph goes wrong first says so and shows it."""
    probe = check.probe
    if not (found and probe.wires and isinstance(case.expected, Mapping)):
        return found

    def hand_back(tasks: Sequence[Task]) -> list[object]:
        run = Probe("alone(gate, parents, numbers, upstream, before)", ("handed",), probe.alone)
        return [answer.value for answer in student.answers(run, [task.inputs for task in tasks])]

    told = Told(unpacked, case.inputs, case.expected, allowed)
    located = locate(probe.wires, told, hand_back if probe.alone else None, hidden=check.hidden)
    if located is None:
        return found
    circuit, answer, sentence = located
    name = answer if answer in found else next(iter(found))
    return found | {name: replace(found[name], said=f"{found[name].said}. {sentence}", circuit=circuit)}


def _node(graph: Graph, wire: Wire, numbers: Mapping[Key, np.ndarray | None], *, hidden: bool) -> Node:
    shown = [numbers.get((kind, wire.name)) for kind in (VALUE, graph.below)]
    value, below = [None if hidden or n is None or n.ndim else float(n) for n in shown]
    return Node(wire.name, wire.operation, wire.parents, value, below)


def sentence(graph: Graph, known: Known, first: Sequence[Key], seen: Collection[Key]) -> str:
    """Say where a graph goes wrong first, and what is right beside it; `first` is its frontier.

    seen: the numbers that were judged; of others nothing is said.
    """
    kind, name = first[0]
    same = [n for k, n in first if k == kind and _place(graph, (k, n)) == _place(graph, first[0])]
    begins = f"It goes wrong first at the {kind}{'s' * (len(same) > 1)} of {_listed(same)}"
    right, gates = _beside(graph, first[0], seen)
    if right:
        whose = (
            f"the gradient{'s' * (len(right) > 1)} of {_listed(right)}, behind it,"
            if kind == GRADIENT
            else (f"{_listed(right)}, before it,")
        )
        begins += f"; {whose} {'is' if len(right) == 1 else 'are'} right"
    if kind == GRADIENT and not graph.readers[name]:
        return f"{begins}, where the way back begins."
    if kind == GRADIENT and len(graph.readers[name]) > 1 and len(same) == 1:
        return f"{begins}. {_fork(name, graph.readers[name], _kept(graph, known, name))}"
    between = "them" if right else f"it and the {'end' if kind == GRADIENT else 'inputs'}"
    stand = f"stand{'s' * (len(gates) == 1)} the {_listed(gates)} gate{'s' * (len(gates) > 1)}" if gates else ""
    return f"{begins}. Between {between} {stand}." if gates else f"{begins}."


def _beside(graph: Graph, key: Key, seen: Collection[Key]) -> tuple[list[str], list[str]]:
    """The nearest wires whose numbers were seen, on the way from which a number comes; and the gates between."""
    kind, name = key
    back = kind == GRADIENT
    near, gates, waiting = dict[str, None](), dict[str, None](), [name]
    while waiting:
        wire = graph.wires[waiting.pop(0)]
        ahead = graph.readers[wire.name] if back else wire.parents
        passed = map(graph.wires.__getitem__, ahead) if back else [wire]
        gates |= dict.fromkeys(gate.operation for gate in passed if gate.operation)
        near |= dict.fromkeys(n for n in ahead if (kind, n) in seen)
        waiting += [n for n in ahead if (kind, n) not in seen]
    return list(near), list(gates)


def _too(keys: Sequence[Key]) -> str:
    """Say what goes wrong by itself, further on, besides."""
    return f" Wrong by itself, too: the {_listed(f'{kind} of {name}' for kind, name in keys)}." if keys else ""


def _gates_alone(graph: Graph, broken: Sequence[str] | None) -> str:
    """Say which gates fail even by themselves, or that none does; nothing if that is not known."""
    if broken is None:
        return ""
    if not broken:
        return " Every gate does right by itself, so it is not a gate that is at fault but the way back through them."
    gates = _listed(f"{graph.wires[name].operation} gate of {name}" for name in broken)
    return f" The {gates} {'does' if len(broken) == 1 else 'do'} wrong even alone."


def _fork(name: str, read: Sequence[str], kept: Sequence[str]) -> str:
    """What to say of a wire that several gates read; kept: those whose shares are all that its gradient holds."""
    if kept:
        lost = _listed([reader for reader in read if reader not in kept])
        return f"It holds what {_listed(kept)} {_hands(kept)} back, but not what {lost} does: shares must add up."
    return (
        f"{name} is used by {_listed(read)}: each hands back a share, once and when its own gradient is complete, "
        "and the shares add up."
    )


def _kept(graph: Graph, known: Known, name: str) -> tuple[str, ...]:
    """Of the gates that read a wire those whose shares are all that its gradient holds; none if that is not clear."""
    got, shares = known.got.get((GRADIENT, name)), shares_of(graph, name, known.right)
    if got is None or got.ndim or shares is None:
        return ()
    room = ROUNDING * max(map(abs, shares.values()))
    some = [s for size in range(1, len(shares)) for s in combinations(shares, size)]
    fits = [s for s in some if abs(float(got) - sum(shares[reader] for reader in s)) <= room]
    return fits[0] if len(fits) == 1 else ()


def _place(graph: Graph, key: Key) -> tuple[str, ...]:
    """The gates at which a number is made: numbers that go wrong at one place are told in one sentence."""
    kind, name = key
    return graph.readers[name] if kind == GRADIENT else (name,)


def _listed(names: Iterable[str]) -> str:
    """Each name once: `a`, `a and b`, `a, b and c`."""
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} and {last}" if most else last


def _hands(names: Sequence[str]) -> str:
    return "hands" if len(names) == 1 else "hand"
