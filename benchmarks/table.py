"""Show the rounds as tables: medians and spread by arm, ratios against the goals, and what must be known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table

from benchmarks.measure import Run
from benchmarks.measured import Printout
from benchmarks.picture import on
from benchmarks.summary import (
    FEW,
    FLOOR,
    KIT,
    LEAN,
    MANY,
    NBCLIENT,
    NBGRADER,
    OTTER,
    Round,
    Spread,
    arms_of,
    goals,
    grading_time,
    jobs_of,
    of_arm,
    ratio,
    speedup,
    spread,
)

MB = 1 << 20
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
    ("kit / lean floor", KIT, LEAN),
    ("kit / floor", KIT, FLOOR),
    ("nbclient / kit", NBCLIENT, KIT),
    ("nbgrader / kit", NBGRADER, KIT),
    ("otter / kit", OTTER, KIT),
)
NOTES = """\
Every run is a fresh process; grading is from the first submission to the last, start-up all before it. Of nbgrader, \
start-up is up to the log line of its first submission.
nbgrader autograde grades one submission after the other. To use the same cores, it runs in as many course directories \
side by side, each with its share of the class; its times are those of the slowest, its CPU that of all. otter-grader \
(as `otter run`, without a container) and nbclient run in as many processes, each with one kernel at a time.
nbclient runs every cell, the demos and the visible checks too, and judges nothing. nbgrader does so and scores the \
visible checks; otter-grader runs them as its tests instead. The kit skips demos, runs the visible and the hidden \
checks and names mistakes. The floor runs every cell but the checks, from a warm process; \
the lean floor skips the demos as well and so runs the cells that the kit runs. Neither checks anything.
Left out of the class: the endless loop, whose waiting would hide the rest, and the file that is no notebook.
No arm writes pages for people. BLAS has one thread everywhere. The memory of all processes is sampled every 0.25 s."""


def print_rounds(
    rounds: Sequence[Round], assignments: Sequence[str], busy: str, printout: Printout
) -> None:
    """Print medians, ratios and the verdicts on the goals."""
    first, arms, cores = rounds[0].of(KIT)[0], arms_of(rounds), jobs_of(rounds)
    names = ", ".join(f"`{name}`" for name in assignments)
    lanes = " and ".join(map(str, cores))
    printout.print(
        f"{first.submissions} submissions ({names}), {lanes} at a time on as many cores; {busy}."
    )
    order = ", ".join(run.arm for run in rounds[0].at(cores[0]).runs)
    large = rounds[0].large
    printout.print(
        f"Rounds: {len(rounds)}, each of {order} on each number of cores, and the kit once more on {large.submissions}."
    )
    for name in (NBCLIENT, OTTER):
        if name not in arms:
            printout.print(f"{name} is left out: the peers' environment is not installed there.")
    printout.print("Medians over all runs, least and most in brackets.\n")
    for jobs in cores:
        printout.print(_arms(rounds, arms, jobs))
    printout.print(_ratios(rounds, arms, cores))
    if {FEW, MANY} <= set(cores):
        printout.print(_speedups(rounds, arms))
    printout.print(_goals(rounds))
    printout.print(_phases([r.at(cores[-1]) for r in rounds]))
    printout.print(NOTES)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    return table


def _arms(rounds: Sequence[Round], arms: Sequence[str], jobs: int) -> Table:
    table = _table(f"\nThe same class {on(jobs)}", "", *arms)
    some = [r.at(jobs) for r in rounds]
    for name, what in ROWS:
        table.add_row(name, *(_spread(of_arm(some, arm, what)) for arm in arms))
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


def _ratios(rounds: Sequence[Round], arms: Sequence[str], cores: Sequence[int]) -> Table:
    quantities: tuple[tuple[str, Callable[[Run], float]], ...] = (
        ("grading", grading_time),
        ("CPU of grading", lambda run: run.grading.cpu),
        ("whole run", lambda run: run.wall),
    )
    columns = [(f"{name} {on(n)}", what, n) for name, what in quantities for n in cores]
    table = _table("\nRatios, round by round", "", *(title for title, _, _ in columns))
    for name, above, below in RATIOS:
        if {above, below} <= set(arms):
            cells = [
                _spread(ratio([r.at(n) for r in rounds], above, below, what))
                for _, what, n in columns
            ]
            table.add_row(name, *cells)
    return table


def _speedups(rounds: Sequence[Round], arms: Sequence[str]) -> Table:
    table = _table(f"\n{MANY} cores over {FEW}: times as fast", "", "grading")
    for arm in arms:
        table.add_row(arm, _spread(speedup(rounds, arm)))
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
