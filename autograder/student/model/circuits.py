"""Circuits as plain data: what a check knows of a graph, what its wires carry, and where it goes wrong first."""

from __future__ import annotations

from dataclasses import dataclass

GRADIENT, TANGENT = "gradient", "tangent"


@dataclass(frozen=True, slots=True)
class Wire:
    """One wire of the graph that a probe runs through: an input, or what leaves a gate.

    operation: the gate's, a name of `gates.GATES` if its slope is to be known, "" for an input.  parents: the wires
    that enter it, in order.  value, gradient: which of the probe's answers, or of the case's inputs, say what the wire
    carries; "" if none does.  In forward mode `tangent` takes the place of `gradient`.
    """

    name: str
    operation: str = ""
    parents: tuple[str, ...] = ()
    value: str = ""
    gradient: str = ""
    tangent: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One input or gate and the wire that leaves it, for a picture.

    name: unique in the circuit.  operation: what stands in the gate, "" for an input.  parents: the names of its
    operands in order, one twice for x*x.  value, gradient: what the wire carries, None if nothing is to be shown.
    """

    name: str
    operation: str = ""
    parents: tuple[str, ...] = ()
    value: float | None = None
    gradient: float | None = None


@dataclass(frozen=True, slots=True)
class WrongCircuit:
    """The graph of one case with a student's numbers on it.

    nodes: what the wires carry, inputs first.  expected: the same nodes with what they should carry where they carry
    something else.  For a hidden check the nodes have no numbers and `expected` is empty.  wrong: the names of the
    nodes that are wrong by themselves, although everything they depend on is right; the first one first.
    below: what stands below the wires, gradients or tangents.
    """

    nodes: tuple[Node, ...]
    expected: tuple[Node, ...] = ()
    wrong: tuple[str, ...] = ()
    below: str = GRADIENT
