"""Say where a graph goes wrong first: in words, and as a circuit to be drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from autograder.student.circuits import GRADIENT, Node, Wire, WrongCircuit
from autograder.student.compare import ROUNDING
from autograder.student.frontier import (
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


def locate(
    wires: Sequence[Wire],
    answers: Numbers,
    inputs: Numbers,
    expected: Numbers,
    allowed: Mapping[str, float],
    *,
    hidden: bool,
) -> tuple[WrongCircuit, str, str] | None:
    """Where the graph of one case goes wrong first: the circuit, the answer at which it does, and a sentence.

    answers: the student's, by the probe's names.  expected: the right ones, as many as are known.  allowed: the errors
    that answers may have; of others a rounding error.  hidden: show no numbers.  None if nothing is found wrong.
    """
    graph = make_graph(wires)
    known = read_numbers(graph, answers, inputs, expected)
    wrong = wrong_numbers(graph, known, allowed)
    first = frontier(graph, wrong)
    if not first:
        return None
    spoilt = [key for key in wrong if wrong[key] and key not in first]
    own = completed(graph, {key: numbers for key, numbers in known.got.items() if numbers is not None})
    also = [key for key in spoilt if strays(graph, key, own, wrong, allowed)]
    names = tuple(dict.fromkeys(name for _, name in [*first, *also]))
    nodes = tuple(_node(graph, wire, known.got, hidden=hidden) for wire in wires)
    wanted = {key: known.right[key] for key in wrong if wrong[key]}
    right = () if hidden else tuple(_node(graph, wire, wanted, hidden=False) for wire in wires)
    return (
        WrongCircuit(nodes, right, names, graph.below),
        source(graph, first[0]),
        f"{sentence(graph, known, first, wrong)}{_too(also)}",
    )


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
    if kind == GRADIENT and not graph.readers[name]:
        return f"{begins}, where the way back begins."
    if not right:
        return f"{begins}."
    whose = (
        f"the gradient{'s' * (len(right) > 1)} of {_listed(right)}, behind it"
        if kind == GRADIENT
        else (f"{_listed(right)}, before it")
    )
    begins += f"; {whose}, {'is' if len(right) == 1 else 'are'} right."
    if kind == GRADIENT and len(graph.readers[name]) > 1 and len(same) == 1:
        return f"{begins} {_fork(name, graph.readers[name], _kept(graph, known, name))}"
    return f"{begins} Between them stand{'s' * (len(gates) == 1)} the {_listed(gates)} gate{'s' * (len(gates) > 1)}."


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
