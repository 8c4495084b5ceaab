"""What was entered into the gradebook and written beside it, so that what is unchanged is not made again.

A table of the gradebook holds a hash for each submission: of all that its scores and files were made from, of its
rows, which people change too, and of the files' sizes and dates.  The hash is only a short cut: without it, or if it
differs, everything is made and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.paths import HERE
from autograder.grading.last_run import file_row, file_rows
from autograder.grading.provenance import digest
from autograder.nbgrader_course.gradebook import make_kit_tables
from autograder.student.model.results import Report

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

TABLE = """
CREATE TABLE IF NOT EXISTS backprop_kit_entered
(student VARCHAR(128), assignment VARCHAR(128), state VARCHAR(64) NOT NULL, PRIMARY KEY (student, assignment))
"""
KNOWN = "SELECT student, assignment, state FROM backprop_kit_entered"
NOTE = "INSERT OR REPLACE INTO backprop_kit_entered VALUES (:student, :assignment, :state)"
OF_SUBMISSION = """
FROM submitted_assignment s JOIN assignment a ON a.id = s.assignment_id
JOIN submitted_notebook n ON n.assignment_id = s.id
"""
# All that a gradebook holds of a submission.
ROWS = (
    f"""
    SELECT s.student_id, a.name, s.timestamp, s.extension, n.late_submission_penalty, b.points
    {OF_SUBMISSION} LEFT JOIN backprop_kit_bonus b ON b.notebook_id = n.id
    """,
    f"""
    SELECT s.student_id, a.name, g.cell_id, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
    {OF_SUBMISSION} JOIN grade g ON g.notebook_id = n.id
    """,
    f"""
    SELECT s.student_id, a.name, c.cell_id, c.auto_comment, c.manual_comment
    {OF_SUBMISSION} JOIN comment c ON c.notebook_id = n.id
    """,
)
# All that it holds of the assignments.
ASSIGNMENTS = (
    "SELECT name, duedate FROM assignment",
    "SELECT b.id, b.name, g.max_score FROM base_cell b JOIN grade_cells g ON g.id = b.id",
    "SELECT b.id, b.name, t.max_score FROM base_cell b JOIN task_cells t ON t.id = b.id",
    "SELECT id, name, cell_type FROM source_cell",
)
_Owner = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """A submission with all that was written of it.

    report: under the student's id in the gradebook.  made_from: a hash of what the files were made from, but for the
    gradebook.
    """

    report: Report
    made_from: str
    files: tuple[Path, ...]

    @property
    def owner(self) -> _Owner:
        """Whose it is: the student and the assignment."""
        return self.report.student, self.report.assignment


class Entered:
    """The hashes of one gradebook, whose tables of the kit are made if they are missing.

    basis: what all submissions have in common, besides the kit itself.
    """

    def __init__(self, gradebook: Gradebook, basis: Sequence[object]) -> None:
        from sqlalchemy import text

        self._gradebook = gradebook
        gradebook.db.execute(text(TABLE))
        make_kit_tables(gradebook)
        shared = [sorted(map(str, gradebook.db.execute(text(sql)))) for sql in ASSIGNMENTS]
        package = list(file_rows(HERE.package, without=()))
        self._basis = digest([list(map(str, basis)), shared, package])
        self._known = {(s, a): state for s, a, state in gradebook.db.execute(text(KNOWN))}
        self._rows = self.rows()

    def rows(self) -> Mapping[_Owner, str]:
        """The hash of what the gradebook holds of each submission now."""
        from sqlalchemy import text

        found: dict[_Owner, list[str]] = defaultdict(list)
        for sql in ROWS:
            for student, assignment, *row in self._gradebook.db.execute(text(sql)):
                found[student, assignment].append(str(row))
        return {owner: digest(sorted(rows)) for owner, rows in found.items()}

    def holds(self, done: Done) -> bool:
        """Whether everything about a submission is as it was left."""
        known = self._known.get(done.owner)
        return known is not None and known == self._state(done, self._rows)

    def note(self, done: Sequence[Done], rows: Mapping[_Owner, str]) -> None:
        """Note that everything about these submissions is up to date; the caller commits.

        rows: what the gradebook held before the pages were written, so that what a person has entered since is seen.
        """
        from sqlalchemy import text

        values = [
            {"student": student, "assignment": assignment, "state": self._state(each, rows)}
            for each in done
            for student, assignment in [each.owner]
        ]
        self._gradebook.db.execute(text(NOTE), values)

    def _state(self, done: Done, rows: Mapping[_Owner, str]) -> str:
        files = [file_row(path) for path in done.files]
        return digest([self._basis, rows.get(done.owner, ""), done.made_from, files])
