"""nbgrader's plugins that `nbgrader_config.py` names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.course.csv_file import write_csv
from autograder.outputs.escape import csv_cell
from autograder.outputs.gradebooks.nbgrader_csv import COLUMNS
from autograder.outputs.gradebooks.sheet import score

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


class QuotedCsv(ExportPlugin):  # type: ignore[misc]
    """nbgrader's CSV export, with quotes around a name with a comma."""

    def export(self, gradebook: Gradebook) -> None:
        """Write every student's score of every assignment, 0 where nothing was handed in, as nbgrader does."""
        target = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", target)
        target.write_bytes(write_csv([COLUMNS, *self._rows(gradebook)]))

    def _rows(self, gradebook: Gradebook) -> Iterator[list[str]]:
        assignments = {str(name) for name in self.assignment}
        students = {str(name) for name in self.student}
        for assignment in gradebook.assignments:
            if assignments and assignment.name not in assignments:
                continue
            for student in gradebook.students:
                if students and student.id not in students:
                    continue
                row = _row(gradebook, assignment, student)
                yield [row.get(column, "") for column in COLUMNS]


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> dict[str, str]:
    """One student's score of one assignment."""
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        timestamp, raw, penalty = "", 0.0, 0.0
    else:
        timestamp, raw, penalty = (
            str(submission.timestamp or ""),
            submission.score,
            submission.late_submission_penalty,
        )
    return {
        "assignment": csv_cell(assignment.name),
        "duedate": str(assignment.duedate or ""),
        "timestamp": timestamp,
        "student_id": csv_cell(student.id),
        "last_name": csv_cell(student.last_name or ""),
        "first_name": csv_cell(student.first_name or ""),
        "email": csv_cell(student.email or ""),
        "raw_score": score(raw),
        "late_submission_penalty": score(penalty),
        "score": score(max(0.0, raw - penalty)),
        "max_score": score(assignment.max_score),
    }
