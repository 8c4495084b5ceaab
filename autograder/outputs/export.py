"""`autograder export`: the files of a graded class for another system.  Grades nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from autograder.errors import MisuseError
from autograder.outputs import gradescope
from autograder.outputs.gradebooks.canvas import fill_gradebook
from autograder.outputs.gradebooks.moodle import fill_worksheet
from autograder.outputs.gradebooks.nbgrader_csv import write_nbgrader_csv
from autograder.outputs.gradebooks.sheet import Export, one_assignment, read_sheet
from autograder.outputs.junit import write_junit
from autograder.outputs.pages import PageMeta, place_pages, student_page
from autograder.reports.report_json import write_json
from autograder.student.model.results import Report


class Format(Enum):
    """What `export` writes."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    NBGRADER = "nbgrader-csv"
    GRADESCOPE = "gradescope"
    JUNIT = "junit"
    JSON = "json"


FILLED = {Format.CANVAS: "the gradebook that you exported from Canvas", Format.MOODLE: "Moodle's grading worksheet"}


def export(
    reports: Sequence[Report], form: Format, into: Path | None, assignment: str, column: str, meta: PageMeta
) -> Export:
    """Make the files of one format.

    into: the instructor's own file, for a format that fills one.  assignment: for a format that
    takes one at a time.  column: the title of Canvas's column; "" for the assignment's own.  Raises
    MisuseError if something is missing or does not fit.
    """
    if form in FILLED:
        if into is None:
            raise MisuseError(f"export {form.value}: fills a file of yours; name {FILLED[form]} with --into")
        own = one_assignment(reports, assignment)
        if form is Format.CANVAS:
            return fill_gradebook(read_sheet(into), own, column or meta.title(own[0].assignment))
        return fill_worksheet(read_sheet(into), own, lambda report: student_page(report, meta))
    if into is not None:
        raise MisuseError(f"export {form.value}: fills no file; leave --into out")
    chosen = one_assignment(reports, assignment) if assignment else list(reports)
    return Export(_files(form, chosen))


def _files(form: Format, reports: Sequence[Report]) -> dict[str, bytes]:
    if form is Format.NBGRADER:
        return {"nbgrader.csv": write_nbgrader_csv(reports)}
    if form is Format.JUNIT:
        return {"junit.xml": write_junit(reports)}
    if form is Format.JSON:
        text = io.StringIO()
        write_json(reports, text)
        return {"report.json": text.getvalue().encode()}
    placed = place_pages(reports)
    return {
        f"gradescope/{page.path.removesuffix('.html')}/results.json": gradescope.write_results(page.report)
        for page in placed
    }
