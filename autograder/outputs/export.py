"""`autograder export`: the files of a graded class for another system.  Grades nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from autograder.course.csv_file import read_sheet
from autograder.errors import MisuseError
from autograder.outputs.gradebooks.canvas import fill_gradebook
from autograder.outputs.gradebooks.moodle import fill_worksheet
from autograder.outputs.gradebooks.nbgrader_csv import write_nbgrader_csv
from autograder.outputs.gradebooks.sheet import Export, one_assignment
from autograder.outputs.gradescope import write_results
from autograder.outputs.junit import write_junit
from autograder.outputs.pages import PageMeta, place_pages, student_page
from autograder.reports.report_json import write_json
from autograder.student.model.results import Report

# By name: which file of the instructor's a format fills.
FILLED = {
    "canvas": "the gradebook that you exported from Canvas",
    "moodle": "Moodle's grading worksheet",
}


def export(
    reports: Sequence[Report],
    form: str,
    into: Path | None,
    assignment: str,
    column: str,
    meta: PageMeta,
) -> Export:
    """Make the files of one of FORMATS.

    into: the instructor's own file, for a format that fills one.  assignment: for a format that
    takes one at a time.  column: the title of Canvas's column; "" for the assignment's own.  Raises
    MisuseError if something is missing or does not fit.
    """
    if form not in FILLED:
        if into is not None:
            raise MisuseError(f"export {form}: fills no file; leave --into out")
        return Export(WRITERS[form](one_assignment(reports, assignment) if assignment else reports))
    if into is None:
        raise MisuseError(f"export {form}: fills a file of yours; name {FILLED[form]} with --into")
    own = one_assignment(reports, assignment)
    if form == "canvas":
        return fill_gradebook(read_sheet(into), own, column or meta.title(own[0].assignment))
    return fill_worksheet(read_sheet(into), own, lambda report: student_page(report, meta))


def _nbgrader(reports: Sequence[Report]) -> dict[str, bytes]:
    return {"nbgrader.csv": write_nbgrader_csv(reports)}


def _junit(reports: Sequence[Report]) -> dict[str, bytes]:
    return {"junit.xml": write_junit(reports)}


def _json(reports: Sequence[Report]) -> dict[str, bytes]:
    text = io.StringIO()
    write_json(reports, text)
    return {"report.json": text.getvalue().encode()}


def _gradescope(reports: Sequence[Report]) -> dict[str, bytes]:
    return {
        f"gradescope/{page.path.removesuffix('.html')}/results.json": write_results(page.report)
        for page in place_pages(reports)
    }


# By name: the files of a format that needs nothing but the reports.
WRITERS: Mapping[str, Callable[[Sequence[Report]], dict[str, bytes]]] = {
    "nbgrader-csv": _nbgrader,
    "gradescope": _gradescope,
    "junit": _junit,
    "json": _json,
}
FORMATS = (*FILLED, *WRITERS)
