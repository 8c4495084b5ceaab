"""A circuit as plain data, a sequence of `Node`s: made by hand or traced from linked objects, and said in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograder.student.cards.circuit_layout import in_order
from autograder.student.model.circuits import GRADIENT, Node

__all__ = ["Circuit", "Node", "by_name", "circuit_words", "parents_of", "trace", "wire_number"]

Circuit = Sequence[Node]


def trace(
    root: Any,
    *,
    parents: Callable[[Any], Iterable[Any]] = lambda node: node._prev,
    operation: Callable[[Any], object] = lambda node: getattr(node, "_op", ""),
    name: Callable[[Any], object] = lambda node: getattr(node, "label", ""),
) -> tuple[Node, ...]:
    """The circuit that ends in `root`, of objects with `.data` and `.grad`; each object is one node, parents first.

    A node without a name gets one: an input its value, a gate the next of v1, v2, …  Equal names are numbered.
    A set of parents has no order, so it is taken by name and value.  Raises ValueError on a cycle.
    """
    found = _reached(root, parents)
    above = {key: tuple(str(id(parent)) for parent in theirs) for key, (_, theirs) in found.items()}
    names: dict[str, str] = {}
    taken: set[str] = set()
    used: dict[str, int] = {}
    gates = 0
    for key in in_order(above):
        node = found[key][0]
        gates += bool(above[key])
        plain = str(name(node) or "") or (
            f"v{gates}" if above[key] else wire_number(_real(node.data))
        )
        names[key] = plain
        while names[key] in taken:
            used[plain] = used.get(plain, 1) + 1
            names[key] = f"{plain} ({used[plain]})"
        taken.add(names[key])
    return tuple(
        Node(
            names[key],
            str(operation(found[key][0]) or "?") if above[key] else "",
            tuple(names[parent] for parent in above[key]),
            _real(found[key][0].data),
            _real(found[key][0].grad),
        )
        for key in names
    )


def circuit_words(circuit: Circuit, wrong: Collection[str] = (), below: str = GRADIENT) -> str:
    """Say a circuit in words, node by node, inputs first.  below: what the numbers below the wires are."""
    nodes = by_name(circuit, wrong)
    return " ".join(
        _node_words(nodes[name], below, wrong=name in wrong) for name in in_order(parents_of(nodes))
    )


def by_name(circuit: Circuit, wrong: Collection[str] = ()) -> dict[str, Node]:
    """The nodes by name.  Raises ValueError if there is none, if a name occurs twice or a wrong node is not there."""
    nodes = {node.name: node for node in circuit}
    if not nodes:
        raise ValueError("a circuit needs at least one node")
    if len(nodes) < len(circuit):
        twice = Counter(node.name for node in circuit).most_common(1)[0][0]
        raise ValueError(f"a circuit has two nodes called {twice!r}; rename one")
    if strangers := sorted(set(wrong) - set(nodes)):
        raise ValueError(
            f"the circuit has no node {strangers[0]!r} to be marked; it has {', '.join(nodes)}"
        )
    return nodes


def parents_of(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """The operands of each node, for a layout."""
    return {name: node.parents for name, node in nodes.items()}


def _node_words(node: Node, below: str, *, wrong: bool) -> str:
    made = f"{node.operation} of {' and '.join(node.parents)}" if node.operation else "an input"
    numbers = {"value": wire_number(node.value), below: wire_number(node.gradient)}
    words = [made, *(f"{what} {number}" for what, number in numbers.items() if number)]
    if wrong:
        words.append("marked wrong")
    return f"{node.name}: {', '.join(words)}."


def wire_number(value: float | None) -> str:
    """At most four decimals without zeros at the end; a power of ten for very small and large numbers."""
    if value is None:
        return ""
    if not isfinite(value) or value == 0 or 5e-4 <= abs(value) < 1e6:
        return f"{value:.4f}".rstrip("0").rstrip(".") if isfinite(value) else str(value)
    return f"{value:.2e}"


def _real(value: object) -> float | None:
    """The number that a node carries; None if it is no number."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return float(value) if isinstance(value, (int, float, np.floating, np.integer)) else None


def _reached(
    root: Any, parents: Callable[[Any], Iterable[Any]]
) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Every node from which `root` is made, and its parents, by the node's id; first operands first."""
    found: dict[str, tuple[Any, tuple[Any, ...]]] = {}
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if str(id(node)) in found:
            continue
        above = parents(node)
        unordered = isinstance(above, (set, frozenset))
        theirs = sorted(above, key=_sight) if unordered else list(above)
        found[str(id(node))] = (node, tuple(theirs))
        ahead += reversed(theirs)
    return found


def _sight(node: Any) -> tuple[str, str]:
    """A key that sorts a set of nodes into the same order in every run."""
    return str(getattr(node, "label", "")), wire_number(_real(node.data))
