"""Fill the gradebook that an instructor exported from Canvas.

The columns are Student, ID, SIS User ID, SIS Login ID, Section and one for each assignment; the row
after the header holds the points possible.  Canvas accepts a file with fewer columns, and looks for
a student by ID first.
Source: gradebook_importer.rb of Canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from autograder.course.csv_file import Sheet
from autograder.errors import MisuseError
from autograder.outputs.gradebooks.sheet import Export, Key, letters, match, possible, score
from autograder.student.model.results import Report

STUDENT, ID, SECTION = "Student", "ID", "Section"
SIS_ID, LOGIN = "SIS User ID", "SIS Login ID"
POINTS = "Points Possible"
FILE = "canvas.csv"
MOST_NAMED = 3


def fill_gradebook(sheet: Sheet, reports: Sequence[Report], title: str) -> Export:
    """The sheet with the scores of one assignment in the column whose header begins with `title`.

    Without such a column the sheet gets a new one, and Canvas makes a new assignment of it.  Raises
    MisuseError if the sheet is not a gradebook of Canvas, or has other points possible than the
    reports.
    """
    last = sheet.column(SECTION)
    students = sheet.column(STUDENT)
    column = _column(sheet, title)
    points = _points_row(sheet, students)
    worth = score(possible(reports))
    if column is not None and points is not None:
        _agree(sheet, points, column, worth)
    rows = [row for row in range(1, len(sheet.rows)) if row != points]
    found, notes = match(reports, rows, _keys(sheet, students))
    if column is None:
        notes += _new_column(sheet, title, points)
    filled = []
    for number in range(len(sheet.rows)):
        value = sheet.cell(number, column) if column is not None else ""
        if number == 0 and column is None:
            value = title
        elif number == points and column is None:
            value = worth
        elif number in found:
            value = score(found[number].score)
        kept = [sheet.cell(number, c) for c in range(last + 1)]
        filled.append([*kept, value])
    return Export({FILE: sheet.written(filled)}, tuple(notes))


def _keys(sheet: Sheet, students: int) -> list[Key]:
    """How a report and a row are compared: by Canvas's id, by id or login, by name."""
    ids = sheet.column(ID)
    keys: list[Key] = [(_canvas_id, lambda row: sheet.cell(row, ids))]
    for name in (SIS_ID, LOGIN):
        if name in sheet.rows[0]:
            keys.append((_student, partial(_cell, sheet, sheet.column(name))))
    keys.append(
        (lambda report: letters(report.student), lambda row: letters(sheet.cell(row, students)))
    )
    return keys


def _cell(sheet: Sheet, column: int, row: int) -> str:
    return sheet.cell(row, column)


def _canvas_id(report: Report) -> str:
    return report.identity.ids.get("canvas id", "")


def _student(report: Report) -> str:
    return report.student


def _column(sheet: Sheet, title: str) -> int | None:
    """The assignment's column: Canvas writes its number in brackets after the title."""
    numbered = f"{title} ("
    headers = enumerate(sheet.rows[0])
    found = [c for c, name in headers if name == title or name.startswith(numbered)]
    if len(found) > 1:
        what = f"{len(found)} columns are called {title!r}"
        raise MisuseError(f"{sheet.name}: {what}; name one whole with --column")
    return found[0] if found else None


def _new_column(sheet: Sheet, title: str, points: int | None) -> list[str]:
    """A note that Canvas will make a new assignment, where the file has columns that may be meant."""
    first = sheet.column(SECTION) + 1
    others = [
        name
        for column, name in enumerate(sheet.rows[0])
        if column >= first and (points is None or "read only" not in sheet.cell(points, column))
    ]
    if not others:
        return []
    listed = " or ".join(f'--column "{name}"' for name in others[:MOST_NAMED])
    more = f" or another of the {len(others)}" if len(others) > MOST_NAMED else ""
    what = f"has no column {title!r}, so Canvas will make a new assignment of it"
    return [f"{sheet.name}: {what}; to fill one that is there, say {listed}{more}"]


def _points_row(sheet: Sheet, student: int) -> int | None:
    for row in range(1, len(sheet.rows)):
        if sheet.cell(row, student).strip() == POINTS:
            return row
    return None


def _agree(sheet: Sheet, points: int, column: int, worth: str) -> None:
    """Raise MisuseError if the column takes no scores or has other points possible."""
    header = sheet.rows[0][column]
    stated = sheet.cell(points, column).strip()
    if "read only" in stated:
        raise MisuseError(f"{sheet.name}: {header!r} is read only; choose another with --column")
    try:
        agrees = float(stated) == float(worth)
    except ValueError:
        agrees = stated == ""
    if not agrees:
        what = f"{header!r} has {stated} points, the assignment {worth}"
        raise MisuseError(f"{sheet.name}: {what}; set it in Canvas first")
