"""Fill the grading worksheet that an instructor downloaded from Moodle, and make the zip of feedback files.

The importer needs the columns Identifier ("Participant 12"), Grade and Last modified (grade), and skips rows whose
dates are older than its own, so every other cell goes back as it came.  In the zip it takes a student's name up to the
first underscore and then a number.  Source: mod/assign/feedback/offline and feedback/file of Moodle.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence

from autograder.errors import MisuseError
from autograder.files import zip_bytes
from autograder.outputs.gradebooks.sheet import Export, Sheet, match, possible, score
from autograder.outputs.tally import diagnoses, outcome
from autograder.student.model.results import Report

IDENTIFIER, NAME, EMAIL, GRADE = "Identifier", "Full name", "Email address", "Grade"
MAXIMUM, CHANGEABLE, MODIFIED, COMMENTS = (
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (grade)",
    "Feedback comments",
)
PARTICIPANT = "Participant "
FILE, FEEDBACK = "moodle.csv", "moodle-feedback.zip"
MISTAKES = 5
# Any date of which a zip can tell; always the same, so that the same feedback makes the same zip.


def fill(sheet: Sheet, reports: Sequence[Report], page: Callable[[Report], str]) -> Export:
    """The worksheet with grades, and with comments where there were none; and the pages as feedback files.

    page: a student's page as HTML.  MisuseError if the sheet is no worksheet, or has another maximum grade.
    """
    identifier, grade = sheet.column(IDENTIFIER), sheet.column(GRADE)
    sheet.column(MODIFIED)
    columns = {
        name: sheet.rows[0].index(name)
        for name in (NAME, EMAIL, MAXIMUM, CHANGEABLE, COMMENTS)
        if name in sheet.rows[0]
    }
    rows = range(1, len(sheet.rows))
    _agree(sheet, columns.get(MAXIMUM), possible(reports))

    def said(row: int, name: str) -> str:
        return sheet.cell(row, columns[name]) if name in columns else ""

    keys = [
        (_participant, lambda row: sheet.cell(row, identifier)),
        (lambda report: report.evidence.get("email", ""), lambda row: said(row, EMAIL)),
        (lambda report: report.student, lambda row: said(row, EMAIL)),
        (lambda report: report.student, lambda row: said(row, NAME)),
    ]
    found, notes = match(reports, rows, keys)
    for row in [row for row in found if said(row, CHANGEABLE).strip().lower() == "no"]:
        notes.append(f"{found[row].student}: the grade cannot be changed in Moodle; it is left as it is")
        del found[row]
    filled = [list(cells) for cells in sheet.rows]
    for row, report in found.items():
        filled[row] += [""] * (len(sheet.rows[0]) - len(filled[row]))
        filled[row][grade] = score(report.score)
        if COMMENTS in columns and not said(row, COMMENTS):
            filled[row][columns[COMMENTS]] = _comment(report)
    feedback = {_folder(sheet.cell(row, identifier), said(row, NAME)): page(report) for row, report in found.items()}
    return Export({FILE: sheet.written(filled), FEEDBACK: _zip(feedback)}, tuple(notes))


def _participant(report: Report) -> str:
    number_ = report.evidence.get("moodle participant", "")
    return PARTICIPANT + number_ if number_ else ""


def _comment(report: Report) -> str:
    return "; ".join(filter(None, (outcome(report), diagnoses(report, MISTAKES), report.late)))


def _folder(identifier: str, name: str) -> str:
    """`Ada Ng_12_assignsubmission_file_` as Moodle names it; an underscore in a name would hide the number."""
    plain = name.replace("_", " ").replace("/", " ").strip() or "Participant"
    return f"{plain}_{identifier.removeprefix(PARTICIPANT)}_assignfeedback_file_"


def _zip(pages: dict[str, str]) -> bytes:
    files = {f"{folder}/feedback.html": page.encode() for folder, page in pages.items()}
    return zip_bytes(files, compression=zipfile.ZIP_DEFLATED)


def _agree(sheet: Sheet, column: int | None, worth: float) -> None:
    for row in range(1, len(sheet.rows)) if column is not None else ():
        said = sheet.cell(row, column or 0).strip().replace(",", ".")
        if said and _float(said) != worth:
            raise MisuseError(
                f"{sheet.name}: the maximum grade is {said}, the assignment has {score(worth)} points; "
                "set it in Moodle and download the worksheet again"
            )


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
