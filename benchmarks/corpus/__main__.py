"""Judge the corpus by every checker and print who is right how often.

python -m benchmarks.corpus [--every 1] [--only CHECKER] [--slips]
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.corpus.build import corpus, counted
from benchmarks.corpus.score import JUDGES, Verdict, judged, score
from benchmarks.corpus.subject import Kind


def main(
    every: Annotated[int, typer.Option(min=1, help="Take every n-th candidate only.")] = 1,
    only: Annotated[str, typer.Option(help="Run the checkers whose name holds this text only.")] = "",
    slips: Annotated[bool, typer.Option("--slips", help="List each wrong verdict of the kit's own.")] = False,
) -> None:
    """Print the table of checkers."""
    console = Console(width=150, markup=False, highlight=False)
    candidates = list(corpus(every))
    counts = counted(candidates)
    console.print(", ".join(f"{n} {kind.value}" for kind, n in counts.items()))
    table = Table(box=None, header_style="bold", pad_edge=False)
    columns = ("checker", "false alarm % (undecided)", "missed value %", "missed tiny %", "missed form %", "hidden %",
               "evaluations / ms", "named % (of all)", "wrongly %")  # fmt: skip
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for name, judge in JUDGES.items():
        if only not in name:
            continue
        verdicts = judged(judge, candidates)
        s = score(verdicts)
        table.add_row(
            name,
            f"{s.false_alarms:.1f} ({s.undecided:.1f})",
            f"{s.missed[Kind.VALUE]:.2f}",
            f"{s.missed[Kind.TINY]:.2f}",
            f"{s.missed[Kind.FORM]:.1f}",
            f"{s.missed[Kind.HIDDEN]:.0f}",
            f"{s.evaluations:.0f} / {s.milliseconds:.2g}",
            f"{s.named_where_simple:.1f} ({s.named_of_all:.1f})" if s.named_of_all else "",
            f"{s.named_wrongly:.1f}" if s.named_of_all else "",
        )
        if slips and "kit" in name:
            print_slips(verdicts, console)
    console.print(table)


def print_slips(verdicts: list[Verdict], console: Console) -> None:
    """List false alarms, misses and wrong names."""
    for v in verdicts:
        c = v.candidate
        if c.kind is Kind.RIGHT and v.said != "right":
            console.print(f"{v.said}, but right: {c.subject.name}: {c.mistake}")
        if v.missed and c.kind is not Kind.HIDDEN:
            console.print(f"missed ({v.said}), {c.kind.value}: {c.subject.name}: {c.mistake}")
        if v.named and not v.named_rightly:
            console.print(f"named {v.named!r}, is {c.relation!r}: {c.subject.name}: {c.mistake}")


if __name__ == "__main__":
    typer.run(main)
