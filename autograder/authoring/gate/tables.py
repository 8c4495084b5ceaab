"""The tables that `verify` prints: what it found of each exercise, and what its checks see of mutants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.student.cards.wording import number

if TYPE_CHECKING:
    from autograder.authoring.gate.audit import Score
    from autograder.authoring.gate.conditions import ConditionScore
    from autograder.authoring.gate.verify import Row

COLUMNS = (
    "assignment",
    "exercise",
    "points",
    "visible checks",
    "hidden checks",
    "misconceptions",
    "caught",
    "named",
    "fewest cases",
)
CONDITIONS = ("assignment", "exercise", "excluded", "conditions", "found visible", "found hidden")
MUTANTS = (
    "assignment",
    "exercise",
    "mutants",
    "graded",
    "killed",
    "of these late",
    "equivalent",
    "alive",
    "score",
    "ms",
)


def print_gate(rows: Sequence[Row], stream: TextIO) -> None:
    """Print how many checks and misconceptions each exercise has, and how many of those are caught and named."""
    counts = [[row.visible, row.hidden, row.misconceptions, row.caught, row.named] for row in rows]
    totals = [str(sum(column)) for column in zip(*counts, strict=True)] or [""] * 5
    fewest = [str(row.fewest) for row in rows]
    points = number(sum(row.points for row in rows))
    cells = [
        (r.assignment, r.exercise, number(r.points), *map(str, c), few)
        for r, c, few in zip(rows, counts, fewest, strict=True)
    ]
    _print_table(
        COLUMNS,
        ("", f"{len(rows)} exercises", points, *totals, min(fewest, key=int, default="")),
        cells,
        stream,
    )


def print_conditions(scores: Sequence[ConditionScore], stream: TextIO) -> None:
    """Print how many condition mutants of each exercise the visible and the hidden checks find."""
    rows = [
        (s.assignment, s.exercise, s.excluded, len(s.outcomes), s.seen, s.caught) for s in scores
    ]
    totals = [sum(column) for column in list(zip(*rows, strict=True))[2:]] or [0] * 4
    cells = [(*row[:2], *map(str, row[2:])) for row in rows]
    _print_table(CONDITIONS, ("", f"{len(rows)} exercises", *map(str, totals)), cells, stream)


def print_audit(scores: Sequence[Score], survivors: Sequence[str], stream: TextIO) -> None:
    """Print what became of the mutants of each exercise, the milliseconds that one took, and the survivors' diffs."""
    counts = [[s.mutants, s.graded, s.killed, s.late, s.equivalent, s.survivors] for s in scores]
    totals = [sum(column) for column in zip(*counts, strict=True)] or [0] * 6
    cells = [
        (
            s.assignment,
            s.exercise,
            *map(str, c),
            _share(s.killed, s.survivors),
            _pace(s.seconds, s.graded),
        )
        for s, c in zip(scores, counts, strict=True)
    ]
    whole = (_share(totals[2], totals[5]), _pace(sum(s.seconds for s in scores), totals[1]))
    _print_table(
        MUTANTS, ("", f"{len(scores)} exercises", *map(str, totals), *whole), cells, stream
    )
    for diff in survivors:
        stream.write(f"{diff}\n\n")


def _share(killed: int, alive: int) -> str:
    """The mutation score, rounded down: 100 % is said only where none is alive."""
    return f"{1000 * killed // (killed + alive) / 10:.1f} %" if killed + alive else "–"


def _pace(seconds: float, count: int) -> str:
    return f"{1000 * seconds / count:.0f}" if count else "–"


def _print_table(
    columns: Sequence[str], footers: Sequence[str], rows: Sequence[Sequence[str]], stream: TextIO
) -> None:
    """Print a table whose first two columns are names and the others numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    for name, footer in zip(columns, footers, strict=True):
        table.add_column(
            name, footer, justify="left" if name in columns[:2] else "right", no_wrap=True
        )
    for row in rows:
        table.add_row(*row)
    Console(
        file=stream, width=None if stream.isatty() else 160, highlight=False, markup=False
    ).print(table)
