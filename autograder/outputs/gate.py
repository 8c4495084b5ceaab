"""The table that `verify` prints: one row an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.student.wording import number

if TYPE_CHECKING:
    from autograder.authoring.verify import Row

COLUMNS = ("assignment", "exercise", "points", "visible checks", "hidden checks", "misconceptions", "caught", "named")


def print_gate(rows: Sequence[Row], stream: TextIO) -> None:
    """Print how many checks and misconceptions each exercise has, and how many of those are caught and named."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    counts = [[row.visible, row.hidden, row.misconceptions, row.caught, row.named] for row in rows]
    totals = [str(sum(column)) for column in zip(*counts, strict=True)] or [""] * 5
    points = number(sum(row.points for row in rows))
    for name, footer in zip(COLUMNS, ("", f"{len(rows)} exercises", points, *totals), strict=True):
        table.add_column(name, footer, justify="left" if name in COLUMNS[:2] else "right", no_wrap=True)
    for row, numbers in zip(rows, counts, strict=True):
        table.add_row(row.assignment, row.exercise, number(row.points), *map(str, numbers))
    Console(file=stream, width=None if stream.isatty() else 160, highlight=False, markup=False).print(table)
