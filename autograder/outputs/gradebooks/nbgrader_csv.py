"""The columns of nbgrader's CSV export, with quotes: a comma in a name shifts no column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from autograder.course.csv_file import write_csv
from autograder.outputs.escape import csv_cell
from autograder.outputs.gradebooks.sheet import score
from autograder.student.model.results import Report, Status

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def write_nbgrader_csv(reports: Sequence[Report]) -> bytes:
    """A row a student and assignment, sorted, with 0 where nothing was handed in; unknown cells are empty.

    What could not be read has no row: a person must look at it first.
    """
    most: dict[str, float] = defaultdict(float)
    for report in reports:
        most[report.assignment] = max(most[report.assignment], report.possible)
    rows = [
        {
            "assignment": csv_cell(report.assignment),
            "duedate": report.due,
            "timestamp": report.identity.submitted,
            "student_id": csv_cell(report.student),
            "last_name": csv_cell(report.identity.last_name),
            "first_name": csv_cell(report.identity.first_name),
            "email": csv_cell(report.identity.email),
            "raw_score": score(report.earned),
            "late_submission_penalty": score(report.penalty),
            "score": score(report.score),
            "max_score": score(most[report.assignment]),
        }
        for report in sorted(reports, key=lambda r: (r.assignment, r.student))
        if report.status in (Status.GRADED, Status.ABSENT)
    ]
    return write_csv([COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in rows)])
