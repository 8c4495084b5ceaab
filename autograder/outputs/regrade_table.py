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
from autograder.reports.regrade import StudentChange, VerdictChange
from autograder.student.cards.wording import number
from autograder.student.model.results import ExerciseResult

SCHEMA = "backprop-kit/moves/1"
NO_POINTS = "–"
MOST_CHANGES = 3


def print_regrade_table(changes: Sequence[StudentChange], stream: TextIO, *, applied: bool) -> None:
    """Print a row for each student whose grade or verdicts change, and a closing line."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else UNLIMITED
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as printed:
        if changes:
            console.print(_table(changes))
        console.print(_closing(changes, applied=applied), soft_wrap=True)
    stream.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def write_regrade_json(changes: Sequence[StudentChange], stream: TextIO, *, applied: bool) -> None:
    """Write the same as JSON."""
    rows = [_as_json(change) for change in changes]
    document = {"schema": SCHEMA, "applied": applied, "moves": rows}
    stream.write(json.dumps(document, indent=1) + "\n")


def _table(changes: Sequence[StudentChange]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("assignment", "student"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "now", "change", "counts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("changed")
    table.add_column("exercises")
    for change in changes:
        table.add_row(
            terminal(change.assignment, NAME),
            terminal(change.student, NAME),
            *(_points(value) for value in (change.before, change.after)),
            _difference(change),
            Text(_points(change.counts), style="bold"),
            ", ".join(change.causes) or _uncaused(change),
            terminal(_changes(change.changes), REASON),
        )
    return table


def _points(value: float | None) -> str:
    return NO_POINTS if value is None else number(value)


def _difference(change: StudentChange) -> str:
    if change.before is None or change.after is None:
        return NO_POINTS
    gain = round(change.after - change.before, 2)
    return f"{gain:+g}" if gain else "0"


def _uncaused(change: StudentChange) -> str:
    if change.before is None:
        return "graded for the first time"
    return "cannot be graded now" if change.after is None else "no recorded cause"


def _changes(changes: Sequence[VerdictChange]) -> str:
    texts = [_one_change(change) for change in changes[:MOST_CHANGES]]
    left = len(changes) - len(texts)
    if left:
        texts.append(f"{left} more")
    return "; ".join(texts)


def _one_change(change: VerdictChange) -> str:
    return f"{change.exercise} {_result(change.before)} → {_result(change.after)}"


def _result(result: ExerciseResult | None) -> str:
    if result is None:
        return NO_POINTS
    brief = f" ({one_line(result.brief)})" if result.brief else ""
    return f"{number(result.earned)}{brief}"


def _closing(changes: Sequence[StudentChange], *, applied: bool) -> str:
    up = sum(_gain(change) > 0 for change in changes)
    down = sum(_gain(change) < 0 for change in changes)
    kept = sum(change.kept for change in changes)
    text = f"{len(changes)} change: {up} up, {down} down, {kept} of them keep the earlier score"
    if not changes:
        text = "no score changes"
    return text if applied else f"{text}; nothing was written"


def _gain(change: StudentChange) -> float:
    if change.before is None or change.after is None:
        return 0.0
    return change.after - change.before


def _as_json(change: StudentChange) -> dict[str, Any]:
    return {
        "student": change.student,
        "assignment": change.assignment,
        "before": change.before,
        "after": change.after,
        "counts": change.counts,
        "kept": change.kept,
        "causes": list(change.causes),
        "exercises": [_change(verdict) for verdict in change.changes],
    }


def _change(change: VerdictChange) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "exercise": change.exercise,
        "before": before.earned if before else None,
        "after": after.earned if after else None,
        "outcome_before": before.outcome.value if before else None,
        "outcome_after": after.outcome.value if after else None,
    }
