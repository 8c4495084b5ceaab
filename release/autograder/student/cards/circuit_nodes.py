"""A circuit as plain data, a sequence of `Node`s, by hand or traced from linked objects; in words and as a table."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograder.student.cards.circuit_layout import in_order
from autograder.student.cards.wording import clip
from autograder.student.model.circuits import GRADIENT, Node, WrongCircuit
from autograder.student.model.compare import DIGITS, tell_apart

__all__ = [
    "Circuit",
    "Node",
    "by_name",
    "circuit_rows",
    "circuit_words",
    "parents_of",
    "table_html",
    "table_text",
    "trace",
    "wire_number",
]

Circuit = Sequence[Node]
WIDEST_CELL = 60
FIRST_WRONG = "✗ goes wrong here"

_Row = tuple[str, ...]


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


def circuit_rows(circuit: WrongCircuit) -> list[_Row]:
    """The table's rows, heads first: wire, what it is made of, what it carries, and where it goes wrong.

    Hidden numbers are left out.
    """
    expected = {node.name: node for node in circuit.expected}
    numbers = ("value", circuit.below) if expected else ()
    rows = [("wire", "made of", *numbers, "")]
    for node in circuit.nodes:
        right = expected.get(node.name)
        cells = (
            (_cell(node.value, right.value), _cell(node.gradient, right.gradient)) if right else ()
        )
        rows.append(
            (node.name, _made(node), *cells, FIRST_WRONG if node.name in circuit.wrong else "")
        )
    return [tuple(clip(cell, WIDEST_CELL) for cell in row) for row in rows]


def table_text(circuit: WrongCircuit) -> list[str]:
    """The table as lines of aligned text."""
    rows = circuit_rows(circuit)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def table_html(circuit: WrongCircuit) -> str:
    """The table as HTML."""
    (*head, _), *rows = circuit_rows(circuit)  # the last column has no head
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    heads = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head) + "<td></td>"
    caption = "<caption>The circuit with your numbers</caption>"
    return f'<table class="agk-wires">{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _cells(row: Sequence[str]) -> str:
    name, *others = map(html.escape, row)
    return f'<th scope="row">{name}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


def _made(node: Node) -> str:
    return f"{node.operation} of {' and '.join(node.parents)}" if node.operation else "an input"


def _cell(got: float | None, right: float | None) -> str:
    """A number, and the expected one if it differs; "" if there is none."""
    if right is None:
        return "" if got is None else f"{got:.{DIGITS}g}"
    return (
        f"no number, expected {right:.{DIGITS}g}"
        if got is None
        else "{}, expected {}".format(*tell_apart(got, right))
    )
