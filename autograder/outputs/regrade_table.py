"""The changes of a regrade, as a table and as JSON.

{"schema": "backprop-kit/moves/1", "applied": bool, "moves": [move, ...]}    sorted by assignment, then student
move      student assignment before after counts (points, or null) kept(bool) causes[str] exercises[change]
change    exercise before after (points, or null) outcome_before outcome_after (or null)
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.outputs.escape import one_line, terminal
from autograder.outputs.terminal import NAME, REASON, UNLIMITED
from autograder.reports.regrade import Change, Move
from autograder.student.cards.wording import number
from autograder.student.model.results import ExerciseResult

SCHEMA = "backprop-kit/moves/1"
NO_POINTS = "–"
MOST_CHANGES = 3


def print_regrade_table(moves: Sequence[Move], stream: TextIO, *, applied: bool) -> None:
    """Print a row for each student who moves, and a closing line."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else UNLIMITED
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as printed:
        if moves:
            console.print(_table(moves))
        console.print(_closing(moves, applied=applied), soft_wrap=True)
    stream.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def write_regrade_json(moves: Sequence[Move], stream: TextIO, *, applied: bool) -> None:
    """Write the same as JSON."""
    document = {"schema": SCHEMA, "applied": applied, "moves": [_move(move) for move in moves]}
    stream.write(json.dumps(document, indent=1) + "\n")


def _table(moves: Sequence[Move]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("assignment", "student"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "now", "change", "counts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("changed")
    table.add_column("exercises")
    for move in moves:
        table.add_row(
            terminal(move.assignment, NAME),
            terminal(move.student, NAME),
            *(_points(value) for value in (move.before, move.after)),
            _difference(move),
            Text(_points(move.counts), style="bold"),
            ", ".join(move.causes) or _uncaused(move),
            terminal(_changes(move.changes), REASON),
        )
    return table


def _points(value: float | None) -> str:
    return NO_POINTS if value is None else number(value)


def _difference(move: Move) -> str:
    if move.before is None or move.after is None:
        return NO_POINTS
    change = round(move.after - move.before, 2)
    return f"{change:+g}" if change else "0"


def _uncaused(move: Move) -> str:
    if move.before is None:
        return "graded for the first time"
    return "cannot be graded now" if move.after is None else "nothing that is recorded"


def _changes(changes: Sequence[Change]) -> str:
    texts = [_one_change(change) for change in changes[:MOST_CHANGES]]
    left = len(changes) - len(texts)
    if left:
        texts.append(f"{left} more")
    return "; ".join(texts)


def _one_change(change: Change) -> str:
    return f"{change.exercise} {_result(change.before)} → {_result(change.after)}"


def _result(result: ExerciseResult | None) -> str:
    if result is None:
        return NO_POINTS
    brief = f" ({one_line(result.brief)})" if result.brief else ""
    return f"{number(result.earned)}{brief}"


def _closing(moves: Sequence[Move], *, applied: bool) -> str:
    up = sum(_gain(move) > 0 for move in moves)
    down = sum(_gain(move) < 0 for move in moves)
    kept = sum(move.kept for move in moves)
    text = f"{len(moves)} change: {up} up, {down} down, {kept} of them keep the score before"
    if not moves:
        text = "nobody's grade changes"
    return text if applied else f"{text}; nothing was written"


def _gain(move: Move) -> float:
    if move.before is None or move.after is None:
        return 0.0
    return move.after - move.before


def _move(move: Move) -> dict[str, Any]:
    return {
        "student": move.student,
        "assignment": move.assignment,
        "before": move.before,
        "after": move.after,
        "counts": move.counts,
        "kept": move.kept,
        "causes": list(move.causes),
        "exercises": [_change(change) for change in move.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "exercise": change.exercise,
        "before": before.earned if before else None,
        "after": after.earned if after else None,
        "outcome_before": before.outcome.value if before else None,
        "outcome_after": after.outcome.value if after else None,
    }
