"""Judge the corpus by every checker and print who is right how often, and what checks cost.

python -m benchmarks.corpus [--every 1] [--only CHECKER] [--slips] [--write]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from autograder.student.gradcheck.directions import ALL
from autograder.student.gradcheck.noise import typical
from autograder.student.judging.formula_rule import CLOSE_STEPS, looks_numeric
from benchmarks.corpus.build import corpus, counted, subjects
from benchmarks.corpus.cost import costs
from benchmarks.corpus.score import JUDGES, OWN, Score, Verdict, judged, score
from benchmarks.corpus.single import count_singles, weighted_sums
from benchmarks.corpus.subject import Candidate, Gradient, Kind, Point
from benchmarks.measured import WRITE_HELP, Printout

COLUMNS = ("checker", "false alarm % (undecided)", "missed value %", "missed tiny %", "missed form %",
           "evaluations")  # fmt: skip
NOTES = """\
Missed: wrong and not called wrong; undecided is not enough.  Tiny: off by 1e-4 to 1e-6 in a constant or one element.
Form: a wrong shape, nan, random, not zeroed.  Evaluations: the median.
With more than 600 parameters, the checkers that take differences of all of them were given a sample of 100."""


def main(
    every: Annotated[int, typer.Option(min=1, help="Take every n-th candidate only.")] = 1,
    only: Annotated[
        str, typer.Option(help="Run the checkers whose name holds this text only.")
    ] = "",
    slips: Annotated[
        bool, typer.Option("--slips", help="List each wrong verdict of the kit's own.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print the tables."""
    console = Console(width=150, markup=False, highlight=False)
    printout = Printout(console)
    candidates = list(corpus(every))
    numbers = ", ".join(f"{n} {kind.value}" for kind, n in counted(candidates).items())
    sample = f" (a sample: every {every}th candidate)" if every > 1 else ""
    printout.print(f"**Our own corpus**, on which the checker was developed{sample}: {numbers}.")
    table, told = table_of(*COLUMNS), []
    for name, judge in JUDGES.items():
        if only not in name:
            continue
        verdicts = judged(judge, candidates)
        counts = score(verdicts)
        table.add_row(name, *_cells(counts))
        if OWN in name:
            told.append((name, counts))
        if slips and OWN in name:
            print_slips(verdicts, console)
    printout.print(table)
    printout.print(NOTES)
    _print_names(told, printout)
    _print_numeric(candidates, printout)
    _print_singles(printout)
    _print_costs(printout)
    if write:
        printout.write("corpus")


def table_of(*columns: str) -> Table:
    """An empty table of numbers; the first column is text."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _cells(s: Score) -> tuple[str, ...]:
    return (
        f"{s.false_alarms:.1f} ({s.undecided:.1f})",
        f"{s.missed[Kind.VALUE]:.2f}",
        f"{s.missed[Kind.TINY]:.2f}",
        f"{s.missed[Kind.FORM]:.1f}",
        f"{s.evaluations:.0f}",
    )


def _print_names(told: Sequence[tuple[str, Score]], printout: Printout) -> None:
    table = table_of("\nmistakes named", "rightly %, of those with a simple relation", "of all wrong ones", "wrongly %",
                   "found where the loss hides them %")  # fmt: skip
    for name, s in told:
        found = 100 - s.missed[Kind.HIDDEN]
        table.add_row(
            name,
            f"{s.named_where_simple:.1f}",
            f"{s.named_of_all:.1f}",
            f"{s.named_wrongly:.2f}",
            f"{found:.0f}",
        )
    printout.print(table)


def _print_numeric(candidates: Sequence[Candidate], printout: Printout) -> None:
    """How many finite differences are recognised as such, and how many formulas are taken for some."""
    groups = {
        kind: [c for c in candidates if c.kind is kind and 4 <= c.subject.parameters <= 600]
        for kind in Kind
    }
    with np.errstate(all="ignore"):
        seen = [taken_for_numeric(c) for c in groups[Kind.NUMERIC]]
        accused = [taken_for_numeric(c) for kind in (Kind.RIGHT, Kind.VALUE) for c in groups[kind]]
    printout.print(f"\nfinite differences recognised: {sum(seen)} of {len(seen)}; "
                  f"formulas, right and wrong, taken for some: {sum(accused)} of {len(accused)}")  # fmt: skip


def _print_singles(printout: Printout) -> None:
    """What is said of backward passes that compute in float32: of all, they are few."""
    functions = [s for s in subjects() if s.parameters <= ALL and "float32" not in s.place]
    seen = count_singles([*functions, *weighted_sums()])
    share = 100 * (seen.wrong + seen.undecided) / max(1, seen.seen)
    printout.print(
        f"\nbackward passes with float32 on the way that return float64, {seen.seen:,} whose errors show: "
        f"{seen.wrong:,} wrong, of these {seen.named:,} named float32; {seen.undecided:,} undecided; "
        f"{100 - share:.1f} % right"
    )


def taken_for_numeric(candidate: Candidate) -> bool:
    """Whether any part of a candidate's gradient jitters as finite differences do."""
    x = {name: np.asarray(value, float) for name, value in candidate.subject.x.items()}
    rng = np.random.default_rng(9)
    ways = {name: typical(value) * rng.uniform(0.5, 1.5, value.shape) for name, value in x.items()}
    points = [{name: value + t * ways[name] for name, value in x.items()} for t in CLOSE_STEPS]
    got, right = (_gradients(g, points) for g in (candidate.make(), candidate.subject.gradient))
    return any(looks_numeric([g[name] for g in got], [r[name] for r in right]) for name in x)


def _gradients(gradient: Gradient, points: Sequence[Point]) -> list[dict[str, np.ndarray]]:
    return [
        {name: np.asarray(value, float) for name, value in gradient(**point).items()}
        for point in points
    ]


def _print_costs(printout: Printout) -> None:
    table = table_of(
        "\nevaluations of a check, parameters", "right gradient", "wrong gradient", "plain loop"
    )
    for cost in costs():
        table.add_row(
            *(f"{number:,}" for number in (cost.parameters, cost.right, cost.wrong, cost.plain))
        )
    printout.print(table)


def print_slips(verdicts: Sequence[Verdict], console: Console) -> None:
    """List false alarms, misses and wrong names."""
    for v in verdicts:
        c = v.candidate
        if c.kind is Kind.RIGHT and v.message != "right":
            console.print(f"{v.message}, but right: {c.subject.name}: {c.mistake}")
        if v.missed and c.kind is not Kind.HIDDEN:
            console.print(f"missed ({v.message}), {c.kind.value}: {c.subject.name}: {c.mistake}")
        if v.named and not v.named_rightly:
            console.print(f"named {v.named!r}, is {c.relation!r}: {c.subject.name}: {c.mistake}")


if __name__ == "__main__":
    typer.run(main)
