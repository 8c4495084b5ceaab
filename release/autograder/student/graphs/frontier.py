"""Find where a graph goes wrong first: the numbers that are wrong although all that they depend on is right.

A value depends on the values of the gate's operands.  A gradient depends on those of all gates that read the wire, and
on the numbers of these gates; a tangent on the tangents and values of the operands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.student.graphs.operations import output, slopes
from autograder.student.model.circuits import GRADIENT, TANGENT, Wire
from autograder.student.model.compare import ROUNDING, as_numbers

VALUE = "value"

# A number on the graph: which kind, and on which wire.
Key = tuple[str, str]
Numbers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Graph:
    """The wires of a probe, by name, parents first, and who reads them.  below: gradients or tangents."""

    wires: Mapping[str, Wire]
    readers: Mapping[str, tuple[str, ...]]
    below: str

    @property
    def keys(self) -> list[Key]:
        """All numbers of the graph, each after those that it depends on."""
        names = list(self.wires)
        back = names if self.below == TANGENT else names[::-1]
        return [*((VALUE, name) for name in names), *((self.below, name) for name in back)]

    def needs(self, key: Key) -> list[Key]:
        """The numbers that one number depends on."""
        kind, name = key
        above = [(VALUE, parent) for parent in self.wires[name].parents]
        if kind == VALUE:
            return above
        if kind == TANGENT:
            return [*above, (VALUE, name), *((TANGENT, parent) for parent in self.wires[name].parents)]
        read = self.readers[name]
        operands = [(VALUE, operand) for reader in read for operand in (reader, *self.wires[reader].parents)]
        return [*operands, *((GRADIENT, reader) for reader in read)]


@dataclass(frozen=True, slots=True)
class Known:
    """The numbers on a graph: what the student's code gave (None: no number), and what is right, as far as known."""

    got: dict[Key, np.ndarray | None] = field(default_factory=dict)
    right: dict[Key, np.ndarray] = field(default_factory=dict)


def make_graph(wires: Sequence[Wire]) -> Graph:
    """The graph of wires that come parents first.  Raises ValueError if they do not."""
    readers: dict[str, list[str]] = {}
    for wire in wires:
        for parent in dict.fromkeys(wire.parents):
            if parent not in readers:
                raise ValueError(f"wire {wire.name!r}: its parent {parent!r} does not come before it; change the order")
            readers[parent].append(wire.name)
        readers[wire.name] = []
    below = TANGENT if any(wire.tangent for wire in wires) else GRADIENT
    return Graph({w.name: w for w in wires}, {name: tuple(read) for name, read in readers.items()}, below)


def source(graph: Graph, key: Key) -> str:
    """The name of the answer or input that says what a wire carries; "" if none does."""
    kind, name = key
    wire = graph.wires[name]
    return {VALUE: wire.value, GRADIENT: wire.gradient, TANGENT: wire.tangent}[kind]


def read_numbers(graph: Graph, answers: Numbers, inputs: Numbers, expected: Numbers) -> Known:
    """What is known of a graph's numbers.  What is right and not told is computed from what is, gate by gate."""
    known = Known()
    for key in graph.keys:
        name = source(graph, key)
        # An answer that is called like an input is its gradient.
        seen, right = ({**n, **inputs} if key[0] == VALUE else {**inputs, **n} for n in (answers, expected))
        if name in seen:
            numbers = as_numbers(seen[name])
            known.got[key] = None if isinstance(numbers, str) else numbers.astype(np.float64)
        if name in right:
            known.right[key] = np.asarray(right[name], dtype=np.float64)
    return replace(known, right=completed(graph, known.right))


def completed(graph: Graph, numbers: Mapping[Key, np.ndarray]) -> dict[Key, np.ndarray]:
    """The numbers, and those that the gates make of them."""
    whole = {**_untold(graph), **numbers}
    for key in graph.keys:
        if key not in whole and (made := _made(graph, key, whole)) is not None:
            whole[key] = np.array(made)
    return whole


def _untold(graph: Graph) -> dict[Key, np.ndarray]:
    """What goes without saying: the way back begins with 1, and what is no variable does not move."""
    if graph.below == GRADIENT:
        keys, number = [(GRADIENT, list(graph.wires)[-1])], 1.0
    else:
        keys, number = [(TANGENT, name) for name, wire in graph.wires.items() if not wire.parents], 0.0
    return {key: np.array(number) for key in keys if not source(graph, key)}


def frontier(graph: Graph, wrong: Mapping[Key, bool]) -> list[Key]:
    """The numbers that are wrong while all that they depend on is right, in the order of the computation.

    wrong: of each number that can be judged whether it is; one that cannot is only as good as what it depends on.
    """
    first: list[Key] = []
    bad: set[Key] = set()
    for key in graph.keys:
        spoilt = any(need in bad for need in graph.needs(key))
        if wrong.get(key, spoilt):
            bad.add(key)
            first += [key] * (not spoilt)
    return first


def wrong_numbers(graph: Graph, known: Known, allowed: Mapping[str, float]) -> dict[Key, bool]:
    """Of each number that was seen, and of which the right one is known, whether it is wrong."""
    sizes = {
        kind: max((float(np.abs(r).max(initial=0.0)) for (k, _), r in known.right.items() if k == kind), default=0.0)
        for kind in (VALUE, graph.below)
    }
    found = {}
    for key, got in known.got.items():
        if key in known.right:
            right, room = known.right[key], allowed.get(source(graph, key), ROUNDING * (sizes[key[0]] or 1.0))
            with np.errstate(all="ignore"):
                found[key] = got is None or got.shape != right.shape or not bool(np.all(np.abs(got - right) <= room))
    return found


def strays(
    graph: Graph, key: Key, own: Mapping[Key, np.ndarray], wrong: Mapping[Key, bool], allowed: Mapping[str, float]
) -> bool:
    """Whether a number is not even what its gates make of the student's own numbers, wrong as these may be.

    Of a gradient only where no value is wrong: a slope may be made from any of them.  Nothing is found where what it
    depends on was not seen.
    """
    if key[0] != VALUE and any(bad for (kind, _), bad in wrong.items() if kind == VALUE):
        return False
    if any(need not in wrong for need in graph.needs(key) if need[0] == key[0]):
        return False
    made, got = _made(graph, key, own), own.get(key)
    if made is None or got is None or got.ndim:
        return False
    return not abs(float(got) - made) <= max(allowed.get(source(graph, key), 0.0), ROUNDING * abs(made))


def _made(graph: Graph, key: Key, numbers: Mapping[Key, np.ndarray]) -> float | None:
    """What one number must be if those that it depends on are `numbers`; None if that cannot be told."""
    kind, name = key
    wire = graph.wires[name]
    values = _scalars([numbers.get((VALUE, parent)) for parent in wire.parents])
    if kind == VALUE:
        return output(wire.operation, values) if values else None
    if kind == TANGENT:
        moved = _scalars([numbers.get((TANGENT, parent)) for parent in wire.parents])
        steep = slopes(wire.operation, values) if values else None
        return sum(s * t for s, t in zip(steep, moved, strict=True)) if steep and moved else None
    shares = shares_of(graph, name, numbers)
    return sum(shares.values()) if shares else None


def shares_of(graph: Graph, name: str, numbers: Mapping[Key, np.ndarray]) -> dict[str, float] | None:
    """By reader of a wire, what its gate must hand back; None if that cannot be told."""
    shares = {}
    for reader in graph.readers[name]:
        gate = graph.wires[reader]
        values = _scalars([numbers.get((VALUE, parent)) for parent in gate.parents])
        upstream = _scalars([numbers.get((GRADIENT, reader))])
        steep = slopes(gate.operation, values) if values else None
        if not steep or not upstream:
            return None
        shares[reader] = upstream[0] * sum(s for s, p in zip(steep, gate.parents, strict=True) if p == name)
    return shares


def _scalars(arrays: Sequence[np.ndarray | None]) -> list[float]:
    """Single numbers; none at all if one of them is unknown or an array."""
    known = [float(array) for array in arrays if array is not None and array.ndim == 0]
    return known if len(known) == len(arrays) else []
