"""The table of a circuit that went wrong: each wire with its numbers, and a mark where it goes wrong first."""

from __future__ import annotations

import html
from collections.abc import Sequence

from autograder.student.cards.wording import clip
from autograder.student.model.circuits import Node, WrongCircuit
from autograder.student.model.compare import DIGITS, tell_apart

WIDEST_CELL = 60
FIRST_WRONG = "✗ goes wrong here"

_Row = tuple[str, ...]


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
