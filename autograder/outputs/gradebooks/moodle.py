"""Fill the grading worksheet that an instructor downloaded from Moodle, and zip feedback files.

Moodle's importer needs the columns Identifier ("Participant 12"), Grade and Last modified (grade).
It skips rows whose dates are older than its own, so every other cell is written back unchanged.  In
the zip it reads a student's name up to the first underscore and then a number.
Source: mod/assign/feedback/offline and feedback/file of Moodle.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence

from autograder.course.csv_file import Sheet
from autograder.errors import MisuseError
from autograder.files import zip_bytes
from autograder.outputs.gradebooks.sheet import Export, Key, match, possible, score
from autograder.outputs.tally import diagnoses, outcome
from autograder.student.model.results import Report

IDENTIFIER, NAME, EMAIL, GRADE = "Identifier", "Full name", "Email address", "Grade"
MAXIMUM, CHANGEABLE = "Maximum Grade", "Grade can be changed"
MODIFIED, COMMENTS = "Last modified (grade)", "Feedback comments"
PARTICIPANT = "Participant "
FILE, FEEDBACK = "moodle.csv", "moodle-feedback.zip"
MISTAKES = 5


def fill_worksheet(
    sheet: Sheet, reports: Sequence[Report], page: Callable[[Report], str]
) -> Export:
    """The worksheet with grades, with comments where there were none, and the feedback files.

    Moodle takes no grade above the maximum, so a bonus that goes beyond it is cut, with a note.
    page: makes a student's page as HTML.  Raises MisuseError if the sheet is not a worksheet, or
    has another maximum grade.
    """
    columns = {name: sheet.column(name) for name in (IDENTIFIER, GRADE, MODIFIED)}
    optional = (NAME, EMAIL, MAXIMUM, CHANGEABLE, COMMENTS)
    columns |= {name: sheet.column(name) for name in optional if name in sheet.rows[0]}
    rows = range(1, len(sheet.rows))

    def cell(row: int, name: str) -> str:
        return sheet.cell(row, columns[name]) if name in columns else ""

    for row in rows:
        _agree(sheet.name, cell(row, MAXIMUM), possible(reports))
    keys: list[Key] = [
        (_participant, lambda row: cell(row, IDENTIFIER)),
        (lambda report: report.identity.email, lambda row: cell(row, EMAIL)),
        (lambda report: report.student, lambda row: cell(row, EMAIL)),
        (lambda report: report.student, lambda row: cell(row, NAME)),
        (lambda report: report.identity.name, lambda row: cell(row, NAME)),
    ]
    found, notes = match(reports, rows, keys)
    filled = [list(cells) for cells in sheet.rows]
    pages: dict[str, str] = {}
    for row, report in found.items():
        if cell(row, CHANGEABLE).strip().lower() == "no":
            why = "the grade cannot be changed in Moodle"
            notes.append(f"{report.student}: {why}; it is left as it is")
            continue
        missing = len(sheet.rows[0]) - len(filled[row])
        filled[row] += [""] * missing
        most = possible(reports)
        if report.score > most:
            what = f"{score(report.score)} points are more than Moodle's maximum"
            notes.append(f"{report.student}: {what}; {score(most)} are entered, without the bonus")
        filled[row][columns[GRADE]] = score(min(report.score, most))
        if COMMENTS in columns and not cell(row, COMMENTS):
            filled[row][columns[COMMENTS]] = _comment(report)
        pages[_folder(cell(row, IDENTIFIER), cell(row, NAME))] = page(report)
    files = {FILE: sheet.written(filled), FEEDBACK: _zip(pages)}
    return Export(files, tuple(notes))


def _participant(report: Report) -> str:
    number_ = report.identity.ids.get("moodle participant", "")
    return PARTICIPANT + number_ if number_ else ""


def _comment(report: Report) -> str:
    parts = (outcome(report), diagnoses(report, MISTAKES), report.late)
    return "; ".join(part for part in parts if part)


def _folder(identifier: str, name: str) -> str:
    """`Ada Ng_12_assignsubmission_file_` as Moodle names it; an underscore in a name would hide the number."""
    plain = name.replace("_", " ").replace("/", " ").strip() or "Participant"
    return f"{plain}_{identifier.removeprefix(PARTICIPANT)}_assignfeedback_file_"


def _zip(pages: dict[str, str]) -> bytes:
    files = {f"{folder}/feedback.html": page.encode() for folder, page in pages.items()}
    return zip_bytes(files, compression=zipfile.ZIP_DEFLATED)


def _agree(file: str, stated: str, worth: float) -> None:
    """Raise MisuseError if the worksheet states another maximum grade."""
    maximum = stated.strip().replace(",", ".")
    if maximum and _float(maximum) != worth:
        what = f"the maximum grade is {maximum}, the assignment has {score(worth)} points"
        raise MisuseError(f"{file}: {what}; set it in Moodle and download the worksheet again")


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
