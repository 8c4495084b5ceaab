"""Find where a graph goes wrong first: at the wrong numbers that depend on right numbers only.

A value depends on the values of the gate's operands.  A gradient depends on the gradients of all gates that read the
wire, and on their operands.  A tangent depends on the tangents and the values of the operands.
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
    """The wires of a probe by name, parents first, and the gates that read each.  below: gradients or tangents."""

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
            return [
                *above,
                (VALUE, name),
                *((TANGENT, parent) for parent in self.wires[name].parents),
            ]
        read = self.readers[name]
        operands = [
            (VALUE, operand) for reader in read for operand in (reader, *self.wires[reader].parents)
        ]
        return [*operands, *((GRADIENT, reader) for reader in read)]


@dataclass(frozen=True, slots=True)
class Known:
    """The numbers on a graph: `got` from the student's code (None where it gave no number), and the right ones."""

    got: dict[Key, np.ndarray | None] = field(default_factory=dict)
    right: dict[Key, np.ndarray] = field(default_factory=dict)


def make_graph(wires: Sequence[Wire]) -> Graph:
    """The graph of wires that come parents first.  Raises ValueError if they do not."""
    readers: dict[str, list[str]] = {}
    for wire in wires:
        for parent in dict.fromkeys(wire.parents):
            if parent not in readers:
                raise ValueError(
                    f"wire {wire.name!r}: its parent {parent!r} does not come before it; change the order"
                )
            readers[parent].append(wire.name)
        readers[wire.name] = []
    below = TANGENT if any(wire.tangent for wire in wires) else GRADIENT
    return Graph(
        {w.name: w for w in wires}, {name: tuple(read) for name, read in readers.items()}, below
    )


def source(graph: Graph, key: Key) -> str:
    """The name of the answer or input that holds the number of a key; "" if there is none."""
    kind, name = key
    wire = graph.wires[name]
    return {VALUE: wire.value, GRADIENT: wire.gradient, TANGENT: wire.tangent}[kind]


def read_numbers(graph: Graph, answers: Numbers, inputs: Numbers, expected: Numbers) -> Known:
    """The numbers of a graph that answers, inputs and expected answers hold; the gates give the other right ones."""
    known = Known()
    for key in graph.keys:
        name = source(graph, key)
        # An answer with the name of an input is that input's gradient.
        if key[0] == VALUE:
            seen, right = {**answers, **inputs}, {**expected, **inputs}
        else:
            seen, right = {**inputs, **answers}, {**inputs, **expected}
        if name in seen:
            numbers = as_numbers(seen[name])
            known.got[key] = None if isinstance(numbers, str) else numbers.astype(np.float64)
        if name in right:
            known.right[key] = np.asarray(right[name], dtype=np.float64)
    return replace(known, right=completed(graph, known.right))


def completed(graph: Graph, numbers: Mapping[Key, np.ndarray]) -> dict[Key, np.ndarray]:
    """The numbers, and all others that the gates compute from them."""
    whole = {**_default_seeds(graph), **numbers}
    for key in graph.keys:
        if key in whole:
            continue
        number = _computed(graph, key, whole)
        if number is not None:
            whole[key] = np.array(number)
    return whole


def _default_seeds(graph: Graph) -> dict[Key, np.ndarray]:
    """Default seeds: the output's gradient is 1; tangents of constants are 0."""
    if graph.below == GRADIENT:
        keys, number = [(GRADIENT, list(graph.wires)[-1])], 1.0
    else:
        keys, number = (
            [(TANGENT, name) for name, wire in graph.wires.items() if not wire.parents],
            0.0,
        )
    return {key: np.array(number) for key in keys if not source(graph, key)}


def frontier(graph: Graph, wrong: Mapping[Key, bool]) -> list[Key]:
    """The wrong numbers that depend on right numbers only, in the order of the computation.

    wrong: whether each number is wrong, as far as it can be judged.  A number that cannot be judged counts as wrong if
    it depends on a wrong one.
    """
    first: list[Key] = []
    all_wrong: set[Key] = set()
    for key in graph.keys:
        depends_on_wrong = any(need in all_wrong for need in graph.needs(key))
        if not wrong.get(key, depends_on_wrong):
            continue
        all_wrong.add(key)
        if not depends_on_wrong:
            first.append(key)
    return first


def wrong_numbers(graph: Graph, known: Known, allowed: Mapping[str, float]) -> dict[Key, bool]:
    """Whether each number is wrong, where both the student's and the right one are known."""
    sizes = {VALUE: 0.0, graph.below: 0.0}
    for (kind, _), right in known.right.items():
        sizes[kind] = max(sizes[kind], float(np.abs(right).max(initial=0.0)))
    found = {}
    for key, got in known.got.items():
        if key in known.right:
            room = allowed.get(source(graph, key), ROUNDING * (sizes[key[0]] or 1.0))
            found[key] = not _equal(got, known.right[key], room)
    return found


def _equal(got: np.ndarray | None, right: np.ndarray, room: float) -> bool:
    """Whether an answer has the right shape and the right numbers, within `room`."""
    if got is None or got.shape != right.shape:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(got - right) <= room))


def inconsistent(
    graph: Graph,
    key: Key,
    own: Mapping[Key, np.ndarray],
    wrong: Mapping[Key, bool],
    allowed: Mapping[str, float],
) -> bool:
    """Whether a number is wrong even for the student's own numbers, from which its gates compute it.

    A gradient is judged only if no value is wrong: any of them may be part of a slope.  A number that depends on an
    unseen one is not judged.
    """
    if key[0] != VALUE and any(is_wrong for (kind, _), is_wrong in wrong.items() if kind == VALUE):
        return False
    if any(need not in wrong for need in graph.needs(key) if need[0] == key[0]):
        return False
    computed, got = _computed(graph, key, own), own.get(key)
    if computed is None or got is None or got.ndim:
        return False
    return not abs(float(got) - computed) <= max(
        allowed.get(source(graph, key), 0.0), ROUNDING * abs(computed)
    )


def _computed(graph: Graph, key: Key, numbers: Mapping[Key, np.ndarray]) -> float | None:
    """One number, computed from the `numbers` that it depends on; None if one of them is unknown."""
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


def shares_of(
    graph: Graph, name: str, numbers: Mapping[Key, np.ndarray]
) -> dict[str, float] | None:
    """The share that each gate that reads a wire must hand back to it; None if one of them is unknown."""
    shares = {}
    for reader in graph.readers[name]:
        gate = graph.wires[reader]
        values = _scalars([numbers.get((VALUE, parent)) for parent in gate.parents])
        upstream = _scalars([numbers.get((GRADIENT, reader))])
        steep = slopes(gate.operation, values) if values else None
        if not steep or not upstream:
            return None
        shares[reader] = upstream[0] * sum(
            s for s, p in zip(steep, gate.parents, strict=True) if p == name
        )
    return shares


def _scalars(arrays: Sequence[np.ndarray | None]) -> list[float]:
    """The arrays as numbers; an empty list if one of them is unknown, or is not a single number."""
    known = [float(array) for array in arrays if array is not None and array.ndim == 0]
    return known if len(known) == len(arrays) else []
