"""The table that `grade` prints: one table an assignment, one row a submission."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.outputs.escape import one_line, terminal
from autograder.outputs.tally import (
    ClassTally,
    by_assignment,
    diagnoses,
    exercise_names,
    outcome,
    tally,
)
from autograder.student.cards.wording import number
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

# The width where no terminal sets a limit; rich uses only what a table needs.
UNLIMITED = 10_000
# Of a larger class the table is printed in parts, each with its header: while it is made, a row is 20 kB.
MOST_ROWS = 200
NAMES_IN_PLAIN, NAMES_ON_SCREEN = 4, 2
NAME, REASON, FEW_WORDS = 100, 160, 24


def print_reports(reports: Iterable[Report], stream: TextIO, written: Sequence[str] = ()) -> None:
    """Print a table for each assignment, the counts, and the names of the files written."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(
            errors="replace"
        )  # a name that the terminal's encoding lacks must not stop the table
    width = None if stream.isatty() else UNLIMITED
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    groups = by_assignment(reports)
    for assignment, group in groups.items():
        names = exercise_names(group)
        for first in range(0, len(group), MOST_ROWS):
            with _printed(console, stream):
                print_table(console, assignment, group[first : first + MOST_ROWS], names)
    with _printed(console, stream):
        console.print(
            closing_line([report for group in groups.values() for report in group]), soft_wrap=True
        )
        for name in written:
            console.print(Text("written: ").append(one_line(name)), soft_wrap=True)


@contextmanager
def _printed(console: Console, stream: TextIO) -> Iterator[None]:
    """Print what is captured meanwhile, without blanks at the ends of lines."""
    with console.capture() as printed:
        yield
    stream.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def print_table(
    console: Console, assignment: str, reports: Sequence[Report], names: Sequence[str]
) -> None:
    """Print the table of one assignment; on a narrow screen exercises are numbered and listed above it."""
    table = make_table(reports, names, on_screen=console.is_terminal)
    needed = console.measure(table, options=console.options.update(max_width=UNLIMITED)).minimum
    title = terminal(assignment, style="bold")
    if console.is_terminal and needed > console.width:
        table = make_narrow_table(reports, names)
        title.append(
            ": " + ", ".join(f"{i} {one_line(name, NAME)}" for i, name in enumerate(names, 1)),
            style="not bold",
        )
    console.print(title)
    console.print(table)


def make_table(reports: Sequence[Report], names: Sequence[str], *, on_screen: bool) -> Table:
    """One row a report, exercises by name.  on_screen: few words, so that a row stays one line."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold" if on_screen else "")
    table.add_column("student", no_wrap=True)
    for name in names:
        # Broken at underscores: the column of "neuron_backward" is hardly wider than "backward".
        table.add_column(
            Text(one_line(name, NAME).replace("_", "_\n")), justify="right", no_wrap=True
        )
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("diagnosis", min_width=FEW_WORDS)
    for report in reports:
        said = _said(report, NAMES_ON_SCREEN if on_screen else NAMES_IN_PLAIN)
        table.add_row(*_numbers(report, names), Text(outcome(report)), _yielding(said))
    return table


def make_narrow_table(reports: Sequence[Report], names: Sequence[str]) -> Table:
    """The same with exercises by number, and the outcome only if there is no diagnosis."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("student", no_wrap=True)
    for i in range(len(names)):
        table.add_column(str(i + 1), justify="right", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("diagnosis")
    for report in reports:
        said = _said(report, NAMES_ON_SCREEN) or outcome(report)
        if report.status is not Status.GRADED:
            said = f"{outcome(report)}: {said}"
        table.add_row(*_numbers(report, names), _yielding(said))
    return table


def _numbers(report: Report, names: Sequence[str]) -> list[Text]:
    """The student's name, points by exercise and the total."""
    results = {result.exercise: result for result in report.exercises}
    known = report.status is Status.GRADED or bool(report.exercises)
    total = f"{number(report.score)}/{number(report.possible)}" if known else "–"
    return [
        terminal(report.identity.label, NAME),
        *(_points(results.get(name)) for name in names),
        Text(total, style="bold"),
    ]


def _yielding(said: str) -> Text:
    """Words that are cut where a row does not fit; only their column becomes narrower."""
    text = terminal(said, REASON)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _said(report: Report, most: int) -> str:
    if report.status is not Status.GRADED:
        return report.reason
    return "; ".join(filter(None, (report.late, diagnoses(report, most))))


def _points(result: ExerciseResult | None) -> Text:
    if result is None:
        return Text("–", style="dim")
    text = f"{number(result.earned)}/{number(result.possible)}"
    return Text(text, style="green" if result.outcome is Outcome.PASSED else "yellow")


def closing_line(reports: Sequence[Report]) -> str:
    """How many were graded, how many were not and the mean points of each assignment."""
    counts = []
    for status in Status:
        count = sum(report.status is status for report in reports)
        if count or status in (Status.GRADED, Status.UNREADABLE):
            counts.append(f"{count} {status.value}")
    named = [(name, group) for name, group in by_assignment(reports).items() if name]
    means = [_mean(tally(name, group)) for name, group in named]
    return "; ".join([", ".join(counts), *means])


def _mean(counted: ClassTally) -> str:
    name = one_line(counted.assignment)
    if counted.mean is None:
        return f"{name}: no mean"
    return f"{name}: mean {counted.mean:.2f} of {number(counted.possible)} points"
