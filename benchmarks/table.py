"""Show the rounds as tables: medians and spread by arm, ratios against the goals, and what must be known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table

from benchmarks.measure import Run
from benchmarks.measured import Printout
from benchmarks.summary import (
    FLOOR,
    KIT,
    LEAN,
    NBGRADER,
    Round,
    Spread,
    goals,
    of_arm,
    ratio,
    spread,
)

MB = 1 << 20
ARMS = (KIT, FLOOR, LEAN, NBGRADER)
ROWS: tuple[tuple[str, Callable[[Run], float]], ...] = (
    ("start-up, s", lambda run: run.startup.wall),
    ("grading, s", lambda run: run.grading.wall),
    ("  one submission, ms", lambda run: 1e3 * run.grading.wall / run.submissions),
    ("  CPU of one submission, ms", lambda run: 1e3 * run.grading.cpu / run.submissions),
    ("whole run, s", lambda run: run.wall),
    ("CPU of the whole run, s", lambda run: run.cpu),
    ("peak memory of the grader, MB", lambda run: run.grader / MB),
    ("peak memory of all processes, MB", lambda run: run.tree / MB),
)
RATIOS = (
    ("kit / floor", KIT, FLOOR),
    ("kit / lean floor", KIT, LEAN),
    ("nbgrader / kit", NBGRADER, KIT),
)
NOTES = """\
Every run is a fresh process; grading is from the first submission to the last, start-up all before it. Of nbgrader, \
start-up is up to the log line of its first submission.
nbgrader autograde grades one submission after the other. To use the same cores, it runs in {jobs} course directories \
side by side, each with its share of the class; its times are those of the slowest, its CPU that of all.
nbgrader runs every cell, the demos too, and scores the visible checks. The kit skips demos, runs \
the visible and the hidden checks and names mistakes. The floor runs every cell but the checks, from a warm process; \
the lean floor skips the demos as well and so runs the cells that the kit runs. Neither checks anything.
Left out of the class: the endless loop, whose waiting would hide the rest, and the file that is no notebook.
No arm writes pages for people. BLAS has one thread everywhere. The memory of all processes is sampled every 0.25 s."""


def print_rounds(rounds: Sequence[Round], jobs: int, busy: str, printout: Printout) -> None:
    """Print medians, ratios and the verdicts on the goals."""
    first = rounds[0].of(KIT)[0]
    order = ", ".join(run.arm for run in rounds[0].runs)
    printout.print(f"{first.submissions} submissions, {jobs} at a time on as many cores; {busy}")
    printout.print(
        f"Rounds: {len(rounds)}, each of {order}, and the kit once more on {rounds[0].large.submissions}."
    )
    printout.print("Medians over all runs, least and most in brackets.\n")
    printout.print(_arms(rounds))
    printout.print(_phases(rounds))
    printout.print(_ratios(rounds))
    printout.print(_goals(rounds))
    printout.print(NOTES.format(jobs=jobs))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    return table


def _arms(rounds: Sequence[Round]) -> Table:
    table = _table("The same class, four ways", "", *ARMS)
    for name, what in ROWS:
        table.add_row(name, *(_spread(of_arm(rounds, arm, what)) for arm in ARMS))
    return table


def _phases(rounds: Sequence[Round]) -> Table:
    table = _table("\nStart-up in parts, s", "", "kit", "floor")
    names = dict.fromkeys(p.name for arm in (KIT, FLOOR) for p in rounds[0].of(arm)[0].phases[:-1])
    for name in names:
        cells = []
        for arm in (KIT, FLOOR):
            walls = [
                p.wall
                for r in rounds
                for run in r.of(arm)
                for p in run.phases[:-1]
                if p.name == name
            ]
            cells.append(_spread(spread(walls)) if walls else "")
        table.add_row(name, *cells)
    return table


def _ratios(rounds: Sequence[Round]) -> Table:
    table = _table("\nRatios, round by round", "", "grading", "CPU of grading", "whole run")
    for name, above, below in RATIOS:
        quantities = (
            lambda run: run.grading.wall,
            lambda run: run.grading.cpu,
            lambda run: run.wall,
        )
        table.add_row(name, *(_spread(ratio(rounds, above, below, what)) for what in quantities))
    return table


def _goals(rounds: Sequence[Round]) -> Table:
    table = _table("\nGoals", "", "measured", "verdict")
    for goal in goals(rounds):
        table.add_row(goal.text, _spread(goal.ratio), "met" if goal.met else "not met")
    table.add_row("")
    return table


def _spread(values: Spread) -> str:
    """`12.3 (11.9-14.0)`, three digits."""
    return f"{_number(values.median)} ({_number(values.least)}-{_number(values.most)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"
