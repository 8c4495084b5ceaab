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
    inconsistent,
    make_graph,
    read_numbers,
    shares_of,
    source,
    wrong_numbers,
)
from autograder.student.graphs.single_gates import HandBack, Task, broken_gates
from autograder.student.model.circuits import GRADIENT, Node, Wire, WrongCircuit
from autograder.student.model.compare import ROUNDING
from autograder.student.model.exercises import Case, Check, Probe, Student
from autograder.student.model.results import Finding


@dataclass(frozen=True, slots=True)
class GraphCase:
    """One case of a graph: the student's answers, the inputs, and the right answers that are known.

    allowed: by answer, the error that it may have; a rounding error if it is not named.
    """

    answers: Numbers
    inputs: Numbers
    expected: Numbers
    allowed: Mapping[str, float] = field(default_factory=dict)


def locate(
    wires: Sequence[Wire],
    case: GraphCase,
    hand_back: HandBack | None = None,
    *,
    hidden: bool = False,
) -> tuple[WrongCircuit, str, str] | None:
    """Where the graph of one case goes wrong first: the circuit, the name of the wrong answer, and a sentence.

    hand_back: runs single gates of the student's engine, if it has any.  hidden: show no numbers.  Returns None if
    nothing is wrong.
    """
    graph = make_graph(wires)
    known = read_numbers(graph, case.answers, case.inputs, case.expected)
    wrong = wrong_numbers(graph, known, case.allowed)
    first = frontier(graph, wrong)
    if not first:
        return None
    later = [key for key in wrong if wrong[key] and key not in first]
    own = completed(
        graph, {key: numbers for key, numbers in known.got.items() if numbers is not None}
    )
    also = [key for key in later if inconsistent(graph, key, own, wrong, case.allowed)]
    names = tuple(dict.fromkeys(name for _, name in [*first, *also]))
    nodes = tuple(_node(graph, wire, known.got, hidden=hidden) for wire in wires)
    wanted = {key: known.right[key] for key in wrong if wrong[key]}
    right = () if hidden else tuple(_node(graph, wire, wanted, hidden=False) for wire in wires)
    broken = broken_gates(graph, own, hand_back) if hand_back and graph.below == GRADIENT else None
    message = (
        f"{sentence(graph, known, first, wrong)}{_also_wrong(also)}{_single_gates(graph, broken)}"
    )
    return WrongCircuit(nodes, right, names, graph.below), source(graph, first[0]), message


def point_out(
    student: Student,
    check: Check,
    case: Case,
    unpacked: Mapping[str, object],
    allowed: Mapping[str, float],
    found: dict[str, Finding],
) -> dict[str, Finding]:
    """The findings of one case by answer; the first wrong answer of the probe's graph says so, with a picture."""
    probe = check.probe
    if not (found and probe.wires and isinstance(case.expected, Mapping)):
        return found

    def hand_back(tasks: Sequence[Task]) -> list[object]:
        run = Probe("alone(gate, parents, numbers, upstream, before)", ("handed",), probe.alone)
        return [answer.value for answer in student.answers(run, [task.inputs for task in tasks])]

    graph_case = GraphCase(unpacked, case.inputs, case.expected, allowed)
    located = locate(
        probe.wires, graph_case, hand_back if probe.alone else None, hidden=check.hidden
    )
    if located is None:
        return found
    circuit, answer, sentence = located
    name = answer if answer in found else next(iter(found))
    if found[name].form:  # without a number there is no place in the graph at which it goes wrong
        return found
    return found | {
        name: replace(found[name], message=f"{found[name].message}. {sentence}", circuit=circuit)
    }


def _node(
    graph: Graph, wire: Wire, numbers: Mapping[Key, np.ndarray | None], *, hidden: bool
) -> Node:
    def shown(kind: str) -> float | None:
        number = numbers.get((kind, wire.name))
        return None if hidden or number is None or number.ndim else float(number)

    return Node(wire.name, wire.operation, wire.parents, shown(VALUE), shown(graph.below))


def sentence(graph: Graph, known: Known, first: Sequence[Key], seen: Collection[Key]) -> str:
    """Say where a graph goes wrong first, at its frontier `first`, and which of the neighbours are right.

    seen: the numbers that were judged; the sentence names no others.
    """
    kind, name = first[0]
    same = [n for k, n in first if k == kind and _place(graph, (k, n)) == _place(graph, first[0])]
    begins = f"It goes wrong first at the {_plural(kind, same)} of {_listed(same)}"
    right, gates = _nearest_seen(graph, first[0], seen)
    if right:
        neighbours = f"{_listed(right)}, before it,"
        if kind == GRADIENT:
            neighbours = (
                f"the {_plural('gradient', right)} of {_listed(right)}, nearer to the output,"
            )
        begins += f"; {neighbours} {'is' if len(right) == 1 else 'are'} right"
    if kind == GRADIENT and not graph.readers[name]:
        return f"{begins}, where the backward pass begins."
    if kind == GRADIENT and len(graph.readers[name]) > 1 and len(same) == 1:
        return f"{begins}. {_fork(name, graph.readers[name], _kept(graph, known, name))}"
    if not gates:
        return f"{begins}."
    end = "end" if kind == GRADIENT else "inputs"
    between = "them" if right else f"it and the {end}"
    stand = "stands" if len(gates) == 1 else "stand"
    return f"{begins}. Between {between} {stand} the {_listed(gates)} {_plural('gate', gates)}."


def _plural(word: str, names: Sequence[str]) -> str:
    return word if len(names) == 1 else f"{word}s"


def _nearest_seen(graph: Graph, key: Key, seen: Collection[Key]) -> tuple[list[str], list[str]]:
    """The nearest wires with seen numbers, from which a number is computed; and the gates between."""
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


def _also_wrong(keys: Sequence[Key]) -> str:
    """Say which later numbers are wrong by themselves."""
    return (
        f" Wrong by itself, too: the {_listed(f'{kind} of {name}' for kind, name in keys)}."
        if keys
        else ""
    )


def _single_gates(graph: Graph, broken: Sequence[str] | None) -> str:
    """Say which gates are wrong when they are run by themselves, or that none is; nothing if that is not known."""
    if broken is None:
        return ""
    if not broken:
        return (
            " Every gate is right when it is run by itself: look at how they are joined, at where the backward "
            "pass begins, at its order, and at what you return."
        )
    gates = _listed(f"{graph.wires[name].operation} gate of {name}" for name in broken)
    if len(broken) == 1:
        return f" The {gates} is wrong even when it is run by itself."
    return f" The {gates} are wrong even when they are run by themselves."


def _fork(name: str, read: Sequence[str], kept: Sequence[str]) -> str:
    """Say what is wrong at a wire that several gates read; kept: the gates whose shares its gradient holds."""
    if kept:
        lost = [reader for reader in read if reader not in kept]
        held = f"It holds the {_plural('share', kept)} of {_listed(kept)}"
        return (
            f"{held}, but not the {_plural('share', lost)} of {_listed(lost)}: shares must add up."
        )
    return (
        f"{name} is used by {_listed(read)}: each hands back one share, after its own gradient is complete, "
        "and the shares add up."
    )


def _kept(graph: Graph, known: Known, name: str) -> tuple[str, ...]:
    """The gates whose shares are all that a wire's gradient holds; none if that is not clear."""
    got, shares = known.got.get((GRADIENT, name)), shares_of(graph, name, known.right)
    if got is None or got.ndim or shares is None:
        return ()
    room = ROUNDING * max(map(abs, shares.values()))
    some = [s for size in range(1, len(shares)) for s in combinations(shares, size)]
    fits = [s for s in some if abs(float(got) - sum(shares[reader] for reader in s)) <= room]
    return fits[0] if len(fits) == 1 else ()


def _place(graph: Graph, key: Key) -> tuple[str, ...]:
    """The gates that compute a number: one sentence names all wrong numbers of one place."""
    kind, name = key
    return graph.readers[name] if kind == GRADIENT else (name,)


def _listed(names: Iterable[str]) -> str:
    """Each name once: `a`, `a and b`, `a, b and c`."""
    *most, last = dict.fromkeys(names)
    return f"{', '.join(most)} and {last}" if most else last
