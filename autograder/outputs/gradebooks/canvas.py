"""Fill the gradebook that an instructor exported from Canvas.

Columns are Student, ID, SIS User ID, SIS Login ID, Section and one for each assignment; the row after the header holds
the points possible.  Canvas takes back a file with fewer columns, and finds a student by ID before all else.
Source: gradebook_importer.rb of Canvas.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.errors import MisuseError
from autograder.outputs.gradebooks.sheet import Export, Sheet, letters, match, possible, score
from autograder.student.model.results import Report

STUDENT, ID, SIS_ID, LOGIN, SECTION = "Student", "ID", "SIS User ID", "SIS Login ID", "Section"
POINTS = "Points Possible"
FILE = "canvas.csv"


def fill(sheet: Sheet, reports: Sequence[Report], title: str) -> Export:
    """The sheet with the scores of one assignment in the column whose header begins with `title`.

    A sheet without that column gets a new one, of which Canvas makes a new assignment.  MisuseError if the sheet is no
    gradebook of Canvas, or says other points possible than the reports.
    """
    last = sheet.column(SECTION)
    student, number_ = sheet.column(STUDENT), sheet.column(ID)
    column = _column(sheet, title)
    points = _points_row(sheet, student)
    worth = score(possible(reports))
    if column is not None and points is not None:
        _agree(sheet, points, column, worth)
    others = [sheet.rows[0].index(name) if name in sheet.rows[0] else None for name in (SIS_ID, LOGIN)]
    rows = [row for row in range(1, len(sheet.rows)) if row != points]
    keys = [
        (lambda report: report.evidence.get("canvas id", ""), lambda row: sheet.cell(row, number_)),
        *((lambda report: report.student, lambda row, c=c: sheet.cell(row, c)) for c in others if c is not None),
        (lambda report: letters(report.student), lambda row: letters(sheet.cell(row, student))),
    ]
    found, notes = match(reports, rows, keys)
    header = title if column is None else sheet.rows[0][column]
    filled = [[*sheet.rows[0][: last + 1], header]]
    for row in range(1, len(sheet.rows)):
        before = sheet.cell(row, column) if column is not None else worth if row == points else ""
        value = score(found[row].score) if row in found else before
        filled.append([*(sheet.cell(row, c) for c in range(last + 1)), value])
    return Export({FILE: sheet.written(filled)}, tuple(notes))


def _column(sheet: Sheet, title: str) -> int | None:
    """Where the assignment stands: its title, as Canvas writes it with the assignment's number in brackets."""
    found = [c for c, name in enumerate(sheet.rows[0]) if name == title or name.startswith(f"{title} (")]
    if len(found) > 1:
        raise MisuseError(f"{sheet.name}: {len(found)} columns are called {title!r}; name one whole with --column")
    return found[0] if found else None


def _points_row(sheet: Sheet, student: int) -> int | None:
    return next((r for r in range(1, len(sheet.rows)) if sheet.cell(r, student).strip() == POINTS), None)


def _agree(sheet: Sheet, points: int, column: int, worth: str) -> None:
    said = sheet.cell(points, column).strip()
    if "read only" in said:
        raise MisuseError(f"{sheet.name}: {sheet.rows[0][column]!r} is read only; choose another with --column")
    try:
        agrees = float(said) == float(worth)
    except ValueError:
        agrees = said == ""
    if not agrees:
        where = sheet.rows[0][column]
        raise MisuseError(f"{sheet.name}: {where!r} has {said} points, the assignment {worth}; set it in Canvas first")
