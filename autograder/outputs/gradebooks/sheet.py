"""What the gradebooks of other systems have in common: a CSV of the instructor's own, read, filled and written back.

No exporter computes a score: what a report says is written, and a file that disagrees about the points is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from autograder.errors import MisuseError
from autograder.student.model.results import Report, Status

Thing = TypeVar("Thing")
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Export:
    """Files to be written, by name, and what a person should know: whose grade went nowhere, and why."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file as it was read: its rows, and how it was written."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    bom: bool

    def column(self, header: str) -> int:
        """Where a column stands.  MisuseError if there is none."""
        try:
            return self.rows[0].index(header)
        except ValueError:
            has = ", ".join(map(repr, self.rows[0]))
            raise MisuseError(f"{self.name}: has no column {header!r}, only {has}; export it again") from None

    def cell(self, row: int, column: int) -> str:
        """A cell; "" where the row is too short."""
        return self.rows[row][column] if column < len(self.rows[row]) else ""

    def written(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Other rows in the form of this file."""
        return (BOM if self.bom else b"") + write_csv(rows, self.delimiter)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file that an instructor exported.  MisuseError, naming the file, if it is none."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"{path}: cannot be read ({error}); export it again as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = tuple(map(tuple, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)))
    except csv.Error as error:
        raise MisuseError(f"{path}: is not a CSV file ({error}); export it again") from None
    rows = tuple(row for row in rows if row)
    if not rows:
        raise MisuseError(f"{path}: is empty; export it again")
    return Sheet(path.name, rows, delimiter, data.startswith(BOM))


def write_csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """Rows as CSV in UTF-8, quoted where that is needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def one_assignment(reports: Sequence[Report], wanted: str) -> list[Report]:
    """The reports of one assignment: of the one wanted, or of the only one there is ("").

    Last, those of files that did not say of which they are: perhaps of this one.
    """
    names = sorted({report.assignment for report in reports if report.assignment})
    if wanted and wanted not in names:
        raise MisuseError(f"{wanted}: nobody was graded for it; there are {', '.join(names)}")
    if not wanted and len(names) != 1:
        raise MisuseError(f"the report holds {', '.join(names) or 'no assignment'}; name one with --assignment")
    return [report for own in (wanted or names[0], "") for report in reports if report.assignment == own]


def possible(reports: Sequence[Report]) -> float:
    """The points of the one assignment that all these reports are of."""
    return max((report.possible for report in reports), default=0.0)


def match(
    reports: Sequence[Report], rows: Sequence[int], keys: Sequence[tuple[Callable[[Report], str], Callable[[int], str]]]
) -> tuple[dict[int, Report], list[str]]:
    """The graded report of each row, and a note on every report that found none.

    keys: what a report and a row are compared by, the surest first.  A key that two rows or two reports share decides
    nothing.
    """
    found: dict[int, Report] = {}
    waiting = [report for report in reports if report.status is Status.GRADED]
    notes = [
        f"{r.student}: was not graded ({r.reason}); its cell is left as it is" for r in reports if r not in waiting
    ]
    for of_report, of_row in keys:
        wanted = _single((of_report(report), report) for report in waiting)
        there = _single((of_row(row), row) for row in rows if row not in found)
        found |= {there[key]: report for key, report in wanted.items() if key in there}
        waiting = [report for report in waiting if not any(report is taken for taken in found.values())]
    return found, [*notes, *(f"{r.student}: is not in the file; enter {r.score:g} points by hand" for r in waiting)]


def _single(pairs: Iterable[tuple[str, Thing]]) -> dict[str, Thing]:
    """By key, what no other has the same key as; what has none is left out."""
    found: dict[str, list[Thing]] = {}
    for key, thing in pairs:
        found.setdefault(key, []).append(thing)
    return {key: things[0] for key, things in found.items() if key and len(things) == 1}


def score(points: float) -> str:
    """Points for a gradebook: not rounded as for people."""
    return f"{round(points, 6):.10g}"


def letters(name: str) -> str:
    """A name reduced to what file names keep of it: letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", name).lower()
