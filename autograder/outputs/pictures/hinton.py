"""Draw a wrong gradient and the expected one as Hinton diagrams on one scale.

The area of a square is the size of an element; a full square is positive, an empty one negative.
Elements that differ are framed.  Colour carries no meaning, so the picture works in print and in the
dark.
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
# Rows or columns, elements, and characters of an array that is drawn.
MOST_ROWS, FEWEST_ELEMENTS, LONGEST_ARRAY = 14, 4, 4000
# Six digits are printed: smaller differences, relative to the largest element, may be rounding.
ROUNDING = 1e-5
# In units of the drawing: a cell, the largest square in it, the gap between panels, the title's height.
CELL, SQUARE, BETWEEN, ABOVE = 22.0, 17.0, 44.0, 20.0
TITLE = 62.0


@dataclass(frozen=True, slots=True)
class Square:
    """One element: the middle of its cell, the side of its square, and a label for nan and inf."""

    x: float
    y: float
    side: float
    negative: bool
    wrong: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One matrix: its title, its frame and its elements."""

    title: str
    x: float
    width: float
    height: float
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class HintonDiagram:
    """Both matrices, laid out.  text: the alternative text."""

    panels: tuple[Panel, ...]
    width: float
    height: float
    text: str
    differs: bool
    top: float = ABOVE
    cell: float = CELL


def picture(finding: Finding) -> str:
    """A finding's arrays as SVG; "" for a hidden check, or if there are not two arrays to compare."""
    if finding.hidden or finding.warning:
        return ""
    drawing = draw_hinton(read_matrix(finding.got), read_matrix(finding.expected))
    return pages().get_template("hinton.html.j2").render(drawing=drawing) if drawing else ""


def read_matrix(text: str) -> Matrix | None:
    """The numbers of a printed array of one or two axes; None for any other or shortened text."""
    if len(text) > LONGEST_ARRAY:
        return None
    flat = "".join(text.split())
    rows = re.findall(r"\[([^\[\]]*)\]", flat)
    if not rows or flat not in (f"[{rows[0]}]", "[" + ",".join(f"[{row}]" for row in rows) + "]"):
        return None
    numbers = [row.split(",") for row in rows]
    if len({len(row) for row in numbers}) > 1 or not all(
        NUMBER.fullmatch(n) for row in numbers for n in row
    ):
        return None
    return tuple(tuple(map(float, row)) for row in numbers)


def draw_hinton(got: Matrix | None, expected: Matrix | None) -> HintonDiagram | None:
    """Lay out both matrices; None if one is missing, too large to read, or too small to need it."""
    if not got or not expected:
        return None
    sizes = [(len(matrix), len(matrix[0])) for matrix in (got, expected)]
    if (
        any(max(size) > MOST_ROWS for size in sizes)
        or max(a * b for a, b in sizes) < FEWEST_ELEMENTS
    ):
        return None
    elements = [n for matrix in (got, expected) for row in matrix for n in row]
    largest = max((abs(n) for n in elements if math.isfinite(n)), default=0)
    wrong = _apart(got, expected, ROUNDING * largest) if sizes[0] == sizes[1] else frozenset()
    start = max(TITLE, CELL * sizes[0][1]) + BETWEEN
    panels = (
        _panel("yours", got, 0.0, largest, wrong),
        _panel("expected", expected, start, largest, frozenset()),
    )
    width = start + max(TITLE, CELL * sizes[1][1])
    height = ABOVE + CELL * max(rows for rows, _ in sizes)
    return HintonDiagram(panels, width + 2, height + 2, _text(got, expected, wrong), bool(wrong))


def _apart(got: Matrix, expected: Matrix, room: float) -> frozenset[tuple[int, int]]:
    """The elements that differ; nan differs from everything."""
    apart = set()
    for i, row in enumerate(got):
        for j, n in enumerate(row):
            is_near = abs(n - expected[i][j]) <= room  # False for nan
            if not is_near:
                apart.add((i, j))
    return frozenset(apart)


def _panel(
    title: str, matrix: Matrix, x: float, largest: float, wrong: frozenset[tuple[int, int]]
) -> Panel:
    squares = []
    for i, row in enumerate(matrix):
        for j, n in enumerate(row):
            middle_x, middle_y = x + CELL * (j + 0.5), ABOVE + CELL * (i + 0.5)
            side, label = 0.0, "" if math.isfinite(n) else str(n)
            if math.isfinite(n) and largest:
                side = SQUARE * math.sqrt(abs(n) / largest)
            squares.append(Square(middle_x, middle_y, side, n < 0, (i, j) in wrong, label))
    return Panel(title, x, CELL * len(matrix[0]), CELL * len(matrix), tuple(squares))


def _text(got: Matrix, expected: Matrix, wrong: frozenset[tuple[int, int]]) -> str:
    shapes = [f"{len(matrix)} by {len(matrix[0])}" for matrix in (got, expected)]
    if shapes[0] != shapes[1]:
        return f"Your array, {shapes[0]}, and the expected one, {shapes[1]}: a square for each element, as large as it."
    count = len(got) * len(got[0])
    both = (
        f"Your array and the expected one, {shapes[0]}: a square for each element, as large as it."
    )
    return f"{both} {_where(wrong, count)}"


def _where(wrong: frozenset[tuple[int, int]], count: int) -> str:
    if len(wrong) == count:
        return "All elements differ."
    text = f"{len(wrong)} of {count} elements differ"
    if wrong:
        text += ": " + _listed([f"[{i}, {j}]" for i, j in sorted(wrong)])
    return f"{text}."


def _listed(names: Sequence[str], most: int = 8) -> str:
    text = ", ".join(names[:most])
    return f"{text} and {len(names) - most} more" if len(names) > most else text
