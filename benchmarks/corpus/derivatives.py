"""Print what the checker said of derivatives that are not ours.

python -m benchmarks.corpus.derivatives COUNTS [--write]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.corpus.__main__ import table_of
from benchmarks.measured import WRITE_HELP, Printout

VERDICTS = ("right", "undecided", "wrong")
# Why a function takes so long, where that is known.
SLOW = {"exp1": ": its continued fraction needs seconds for one value near 0"}
# Where a library's own gradient is wrong, and is called so.
INACCURATE = {
    "softmax without shift": "at mixed sizes it is 0.61 where the slope is 0, since the square of exp(479) is inf"
}
# What a random expression is called, which has no name.
RANDOM = "expression"
HOW = ("alone", "with the reference")


def main(
    counts: Annotated[Path, typer.Argument(help="What benchmarks.corpus.libraries has counted.")],
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print the tables."""
    printout = Printout(Console(width=150, markup=False, highlight=False))
    _print(counts, printout)
    if write:
        printout.write("derivatives")


def _print(counts: Path, printout: Printout) -> None:
    rows = _added_up(counts.read_text(encoding="utf-8").splitlines())
    functions = ", ".join(
        f"{row['functions']} functions of {row['library']}" for row in rows if "functions" in row
    )
    printout.print(f"\n**Derivatives of others**: {functions}, each as a weighted sum with the library's own gradient, "
                   "at every kind of point in its domain; and random expressions.  A process that takes more than 90 s "
                   "of CPU for one function is ended.")  # fmt: skip
    absent = [row["library"] for row in rows if row.get("absent")]
    if absent:
        printout.print(f"Not installed where this was counted: {', '.join(absent)}.")
    table = table_of("derivatives of", "points", *VERDICTS, "mistakes of 1 %", "called right")
    for row in rows:
        if "kind" in row:
            cells = (row[column] for column in (*VERDICTS, "mistakes", "missed"))
            table.add_row(row["library"], row["kind"], *(f"{cell:,}" for cell in cells))
    printout.print(table)
    late = [
        f"{name} ({row['library']}{SLOW.get(name, '')})"
        for row in rows
        for name in row.get("late", ())
    ]
    if late:
        printout.print(f"Not counted, since they took more than 90 s: {', '.join(late)}.")
    _print_functions(rows, printout)
    named = table_of("simple mistakes in gradients of", "made", *(f"named rightly %, {how}" for how in HOW),
                   *(f"wrongly %, {how}" for how in HOW))  # fmt: skip
    for row in rows:
        if "simple" in row:
            shares = [
                100 * row[kind].get(how, 0) / row["simple"]
                for kind in ("rightly", "wrongly")
                for how in HOW
            ]
            named.add_row(
                row["library"], f"{row['simple']:,}", *(f"{share:.1f}" for share in shares)
            )
    printout.print(named)
    slips = [f"{slip} ({row['library']})" for row in rows for slip in row.get("slips", ())]
    if slips:
        printout.print(f"One by one: {'; '.join(slips)}.")


def _added_up(lines: Sequence[str]) -> list[Mapping[str, Any]]:
    """The counts of all functions by library and kind of point."""
    whole: dict[tuple[str, str | None], Any] = {}
    for line in lines:
        for row in json.loads(line)["rows"]:
            place = (row["library"], row.get("kind"))
            whole[place] = _sum(whole[place], row) if place in whole else row
    return list(whole.values())


def _sum(one: Any, other: Any) -> Any:
    """Numbers added, lists joined, and mappings by key; a text stays."""
    if isinstance(one, dict):
        both = {key: _sum(one[key], other[key]) for key in one if key in other}
        return {**one, **other, **both}
    return one if isinstance(one, str) else one + other


def _print_functions(rows: Sequence[Mapping[str, Any]], printout: Printout) -> None:
    """By function, the kinds of points at which a right gradient is not called right."""
    libraries = [row["library"] for row in rows if "functions" in row]
    kinds: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for verdict, functions in row.get("lacking", {}).items():
            for function in set(functions) - {RANDOM}:
                place = kinds.setdefault((function, row["library"]), [])
                place.append(f"{verdict}: {row['kind']}")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("functions not right at every kind of point", *libraries):
        table.add_column(column)
    for function in sorted({function for function, _ in kinds}):
        table.add_row(function, *("; ".join(kinds.get((function, name), ())) for name in libraries))
    printout.print(table)
    wrong = {function for row in rows for function in row.get("lacking", {}).get("wrong", ())}
    for function in sorted(wrong & set(INACCURATE)):
        reason = INACCURATE[function]
        printout.print(f"Rightly called wrong: the libraries' gradient of {function}: {reason}.")


if __name__ == "__main__":
    typer.run(main)
