"""Find the row of each report in the CSV files of other systems' gradebooks.

No exporter computes a score: it writes the scores of the reports, and refuses a file that states
other points possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from autograder.errors import MisuseError
from autograder.student.model.results import Report, Status

Thing = TypeVar("Thing")
# How a report and a row are compared: both functions give the same text, or "".
Key = tuple[Callable[[Report], str], Callable[[int], str]]


@dataclass(frozen=True, slots=True)
class Export:
    """Files to write, by name, and notes for a person: whose grade was not entered, and why."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def one_assignment(reports: Sequence[Report], wanted: str) -> list[Report]:
    """The reports of the assignment that is wanted; if "", of the only one.

    At the end are those of files that do not say of which assignment they are.
    """
    names = sorted({report.assignment for report in reports if report.assignment})
    if wanted and wanted not in names:
        raise MisuseError(f"{wanted}: nobody was graded for it; there are {', '.join(names)}")
    if not wanted and len(names) != 1:
        there_are = ", ".join(names) or "no assignment"
        raise MisuseError(f"the report holds {there_are}; name one with --assignment")
    chosen = wanted or names[0]
    of_it = [report for report in reports if report.assignment == chosen]
    unknown = [report for report in reports if not report.assignment]
    return of_it + unknown


def possible(reports: Sequence[Report]) -> float:
    """The points possible of the assignment that all these reports are of."""
    return max((report.possible for report in reports), default=0.0)


def match(
    reports: Sequence[Report], rows: Sequence[int], keys: Sequence[Key]
) -> tuple[dict[int, Report], list[str]]:
    """The graded report of each row, and a note on every report without a row.

    keys: tried in this order, the surest first.  Ambiguous matches are left empty: a key that two
    rows or two reports share decides nothing.
    """
    found: dict[int, Report] = {}
    waiting, notes = [], []
    for report in reports:
        if report.status is Status.GRADED:
            waiting.append(report)
        else:
            why = f"was not graded ({report.reason})"
            notes.append(f"{report.student}: {why}; its cell is left as it is")
    for of_report, of_row in keys:
        by_key = _unique((of_report(report), report) for report in waiting)
        row_of = _unique((of_row(row), row) for row in rows if row not in found)
        for key, report in by_key.items():
            if key in row_of:
                found[row_of[key]] = report
        taken = {id(report) for report in found.values()}
        waiting = [report for report in waiting if id(report) not in taken]
    for report in waiting:
        cure = f"enter {report.score:g} points by hand"
        notes.append(f"{report.student}: is not in the file; {cure}")
    return found, notes


def _unique(pairs: Iterable[tuple[str, Thing]]) -> dict[str, Thing]:
    """The things whose key no other thing has; a thing with an empty key is left out."""
    found: dict[str, list[Thing]] = {}
    for key, thing in pairs:
        found.setdefault(key, []).append(thing)
    return {key: things[0] for key, things in found.items() if key and len(things) == 1}


def score(points: float) -> str:
    """Points for a gradebook: in full, not rounded for reading."""
    return f"{round(points, 6):.10g}"


def letters(name: str) -> str:
    """A name as file names keep it: its letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", name).lower()
