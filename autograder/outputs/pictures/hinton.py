"""A wrong gradient beside the expected one, element by element: where the squares of the picture go.

Both are Hinton diagrams on one scale: a square's area is an element's size, a full square is positive, an empty one
negative.  Elements that differ are framed.  No meaning rests on colour, so it reads in print and in the dark alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.outputs.escape import pages
from autograder.student.model.results import Finding

Matrix = tuple[tuple[float, ...], ...]

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?nan|[+-]?inf", re.IGNORECASE)
MOST, FEWEST, LONGEST = 14, 4, 4000
# Six digits are printed: what differs by less than this of the largest may be the same.
PRINTED = 1e-5
# The drawing's own units: the side of a cell, the largest square in it, what lies between two panels and above them.
CELL, SQUARE, BETWEEN, ABOVE = 22.0, 17.0, 44.0, 20.0
TITLE = 62.0


@dataclass(frozen=True, slots=True)
class Square:
    """One element: the middle of its cell, the side of its square, how it is drawn, and what a square cannot show."""

    x: float
    y: float
    side: float
    negative: bool
    wrong: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One matrix: its title, the frame around it, and its elements."""

    title: str
    x: float
    width: float
    height: float
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Both matrices, laid out.  text: what they show, for readers who cannot see it."""

    panels: tuple[Panel, ...]
    width: float
    height: float
    text: str
    differs: bool
    top: float = ABOVE
    cell: float = CELL


def picture(finding: Finding) -> str:
    """A finding's arrays as an SVG; nothing of a hidden check, or where there are no two arrays to be compared."""
    if finding.hidden or finding.warning:
        return ""
    drawing = draw(read_matrix(finding.got), read_matrix(finding.expected))
    return pages().get_template("hinton.html.j2").render(drawing=drawing) if drawing else ""


def read_matrix(text: str) -> Matrix | None:
    """The numbers of a printed array of one or two axes; None if the text is anything else, or was shortened."""
    if len(text) > LONGEST:
        return None
    flat = "".join(text.split())
    rows = re.findall(r"\[([^\[\]]*)\]", flat)
    if not rows or flat not in (f"[{rows[0]}]", "[" + ",".join(f"[{row}]" for row in rows) + "]"):
        return None
    numbers = [row.split(",") for row in rows]
    if len({len(row) for row in numbers}) > 1 or not all(NUMBER.fullmatch(n) for row in numbers for n in row):
        return None
    return tuple(tuple(map(float, row)) for row in numbers)


def draw(got: Matrix | None, expected: Matrix | None) -> Drawing | None:
    """Lay out both matrices; None if one is not there, too large to be looked at, or too small to need it."""
    if not got or not expected:
        return None
    sizes = [(len(matrix), len(matrix[0])) for matrix in (got, expected)]
    if any(max(size) > MOST for size in sizes) or max(a * b for a, b in sizes) < FEWEST:
        return None
    largest = max((abs(n) for matrix in (got, expected) for row in matrix for n in row if math.isfinite(n)), default=0)
    wrong = _apart(got, expected, PRINTED * largest) if sizes[0] == sizes[1] else frozenset()
    start = max(TITLE, CELL * sizes[0][1]) + BETWEEN
    panels = (
        _panel("yours", got, 0.0, largest, wrong),
        _panel("expected", expected, start, largest, frozenset()),
    )
    width = start + max(TITLE, CELL * sizes[1][1])
    height = ABOVE + CELL * max(rows for rows, _ in sizes)
    return Drawing(panels, width + 2, height + 2, _text(got, expected, wrong), bool(wrong))


def _apart(got: Matrix, expected: Matrix, room: float) -> frozenset[tuple[int, int]]:
    """The elements that differ; what is no number differs from everything."""
    return frozenset(
        (i, j) for i, row in enumerate(got) for j, n in enumerate(row) if not abs(n - expected[i][j]) <= room
    )


def _panel(title: str, matrix: Matrix, x: float, largest: float, wrong: frozenset[tuple[int, int]]) -> Panel:
    squares = tuple(
        Square(
            x + CELL * (j + 0.5),
            ABOVE + CELL * (i + 0.5),
            SQUARE * math.sqrt(abs(n) / largest) if math.isfinite(n) and largest else 0.0,
            negative=n < 0,
            wrong=(i, j) in wrong,
            label="" if math.isfinite(n) else str(n),
        )
        for i, row in enumerate(matrix)
        for j, n in enumerate(row)
    )
    return Panel(title, x, CELL * len(matrix[0]), CELL * len(matrix), squares)


def _text(got: Matrix, expected: Matrix, wrong: frozenset[tuple[int, int]]) -> str:
    shapes = [f"{len(matrix)} by {len(matrix[0])}" for matrix in (got, expected)]
    if shapes[0] != shapes[1]:
        return f"Yours, {shapes[0]}, beside the expected array, {shapes[1]}, as squares of the elements' sizes."
    count = len(got) * len(got[0])
    return f"Yours beside the expected array, {shapes[0]}, as squares of the elements' sizes. {_where(wrong, count)}"


def _where(wrong: frozenset[tuple[int, int]], count: int) -> str:
    named = [f"[{i}, {j}]" for i, j in sorted(wrong)]
    if len(wrong) == count:
        return "All elements differ."
    return f"{len(wrong)} of {count} elements differ{': ' if named else ''}{_listed(named)}."


def _listed(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
