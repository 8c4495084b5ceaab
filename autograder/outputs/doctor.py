"""The table that `doctor` prints: what student code can and cannot do on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table


def print_trials(trials: Iterable[tuple[str, str, bool]], stream: TextIO) -> None:
    """Print one row a trial: what was tried, the result, and whether the result is right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("student code can", "", "as it must"):
        table.add_column(name, no_wrap=True)
    for text, came, right in trials:
        table.add_row(text, came, "✓" if right else "✗ WRONG")
    Console(
        file=stream, width=None if stream.isatty() else 160, highlight=False, markup=False
    ).print(table)
