"""Subjects with gradients from an engine: a tape of scalars, and dual numbers; with the engine's own mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.corpus.subject import Gradient, Subject


@dataclass(eq=False, slots=True)
class Node:
    """A number on the tape: its value, and the local slope to each of its parents."""

    value: float
    parents: tuple[tuple[Node, float], ...] = ()
    adjoint: float = field(default=0.0)

    def __add__(self, other: Node) -> Node:
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __sub__(self, other: Node) -> Node:
        return Node(self.value - other.value, ((self, 1.0), (other, -1.0)))

    def __mul__(self, other: Node) -> Node:
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

    def tanh(self) -> Node:
        """The hyperbolic tangent."""
        t = math.tanh(self.value)
        return Node(t, ((self, 1 - t * t),))

    def relu(self) -> Node:
        """max(x, 0)."""
        return Node(max(self.value, 0.0), ((self, float(self.value > 0)),))

    def exp(self) -> Node:
        """The exponential."""
        e = math.exp(self.value)
        return Node(e, ((self, e),))


@dataclass(frozen=True, slots=True)
class Dual:
    """A number with its tangent."""

    value: float
    tangent: float

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.value - other.value, self.tangent - other.tangent)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(
            self.value * other.value, self.tangent * other.value + self.value * other.tangent
        )

    def tanh(self) -> Dual:
        """The hyperbolic tangent."""
        t = math.tanh(self.value)
        return Dual(t, self.tangent * (1 - t * t))

    def relu(self) -> Dual:
        """max(x, 0)."""
        return Dual(max(self.value, 0.0), self.tangent * (self.value > 0))

    def exp(self) -> Dual:
        """The exponential."""
        e = math.exp(self.value)
        return Dual(e, self.tangent * e)


class HalfDual(Dual):
    """A dual number whose product rule has lost its second half."""

    def __mul__(self, other: Dual) -> Dual:
        return HalfDual(self.value * other.value, self.tangent * other.value)

    def __add__(self, other: Dual) -> Dual:
        return HalfDual(self.value + other.value, self.tangent + other.tangent)

    def __sub__(self, other: Dual) -> Dual:
        return HalfDual(self.value - other.value, self.tangent - other.tangent)


# Programs with forks and joins, written once, run on floats, nodes and duals.
Program = Callable[[Sequence[Node]], Node]
PROGRAMS: dict[str, tuple[Program, int]] = {
    "fork": (lambda v: v[0] * v[1] + v[0], 2),
    "square by itself": (lambda v: v[0] * v[0] * v[1] - v[2], 3),
    "diamond": (lambda v: (v[0] * v[1]).tanh() * (v[0] + v[1]).exp() + v[2] * v[0], 3),
    "chain": (lambda v: ((v[0] * v[1] + v[2]).tanh() * v[3] + v[4]).tanh(), 5),
    "two layers": (
        lambda v: (
            ((v[0] * v[2] + v[1] * v[3]).relu() + (v[0] * v[4] + v[1] * v[5]).relu()) * v[6] - v[0]
        ),
        7,
    ),
}


def subjects(rng: np.random.Generator) -> Iterator[Subject]:
    """All subjects of this module."""
    for name, (program, count) in PROGRAMS.items():
        for number in range(3):
            x = {"v": rng.uniform(0.3, 1.4, count) * rng.choice([-1, 1], count)}
            if name == "two layers" and number < 2:
                x["v"] = np.abs(x["v"])
            yield Subject(
                f"tape: {name}",
                f"point {number + 1}",
                lambda v, program=program: program([Node(float(n)) for n in v]).value,
                on_tape(program, _accumulate),
                x,
                others={"dual numbers": by_duals(program, Dual)},
                own={
                    "= instead of +=": (on_tape(program, _overwrite), "|one element|factor|zero"),
                    "order of visit": (on_tape(program, _eager), "|one element|factor"),
                    "product rule cut in half": (
                        by_duals(program, HalfDual),
                        "|one element|factor|zero",
                    ),
                },
            )


def by_duals(program: Program, kind: type[Dual]) -> Gradient:
    """The gradient by one run of dual numbers for each input."""

    def gradient(v: np.ndarray) -> dict[str, object]:
        rows = np.eye(v.size)
        return {
            "v": np.array(
                [
                    program([kind(float(n), t) for n, t in zip(v, row, strict=True)]).tangent
                    for row in rows
                ]
            )
        }

    return gradient


def on_tape(program: Program, walk: Callable[[Node], None]) -> Gradient:
    """The gradient by one backward walk over the tape."""

    def gradient(v: np.ndarray) -> dict[str, object]:
        leaves = [Node(float(n)) for n in v]
        walk(program(leaves))
        return {"v": np.array([leaf.adjoint for leaf in leaves])}

    return gradient


def _ordered(root: Node) -> list[Node]:
    """The tape from the result to the leaves: each node after all its consumers."""
    order: list[Node] = []
    seen: set[int] = set()

    def visit(node: Node) -> None:
        if id(node) not in seen:
            seen.add(id(node))
            for parent, _ in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order[::-1]


def _accumulate(root: Node) -> None:
    root.adjoint = 1.0
    for node in _ordered(root):
        for parent, slope in node.parents:
            parent.adjoint += slope * node.adjoint


def _overwrite(root: Node) -> None:
    root.adjoint = 1.0
    for node in _ordered(root):
        for parent, slope in node.parents:
            parent.adjoint = slope * node.adjoint


def _eager(root: Node) -> None:
    """Hand on what a node has so far as soon as it gets something: what was handed on is counted again."""
    root.adjoint = 1.0
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        for parent, slope in node.parents:
            parent.adjoint += slope * node.adjoint
            waiting.append(parent)
