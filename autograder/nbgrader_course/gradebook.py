"""Put marks into nbgrader's gradebook, beside what people entered there, which is theirs and stays."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.nbgrader_course.scores import Marks

if TYPE_CHECKING:
    from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

GRADEBOOK = "gradebook.db"
# nbgrader has one field for points on top, which people use too: what of it is the kit's is remembered here.
REMEMBER = "CREATE TABLE IF NOT EXISTS backprop_kit_bonus (notebook_id VARCHAR(32) PRIMARY KEY, points FLOAT NOT NULL)"
RECALL = "SELECT points FROM backprop_kit_bonus WHERE notebook_id = :notebook"
REPLACE = "INSERT OR REPLACE INTO backprop_kit_bonus (notebook_id, points) VALUES (:notebook, :points)"


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """The gradebook at `url`, made if it is not there."""
    with quick_imports():
        from nbgrader.api import Gradebook

    with _scripts_on_path(), Gradebook(url) as gradebook:
        yield gradebook


def has_gradebook(course: Path | None) -> bool:
    """Whether the folder of a course.toml is a course directory with a gradebook."""
    return course is not None and (course.parent / GRADEBOOK).is_file()


def url_of(path: Path) -> str:
    """How SQLAlchemy names an SQLite file."""
    return f"sqlite:///{path.resolve()}"


def enter(gradebook: Gradebook, assignment: str, student: str, marks: Marks) -> None:
    """Enter marks for the submission that the gradebook has of a student; the caller commits.

    Every cell of the notebook gets a mark, so none keeps the one of an earlier run.  A score or a comment by a person
    stays, and such a score is put up for review, as nbgrader itself does.
    """
    notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    for grade in notebook.grades:
        grade.auto_score = marks.scores.get(grade.name)
        waits = grade.auto_score is None or grade.manual_score is not None
        grade.needs_manual_grade = waits or marks.doubtful
    for comment in notebook.comments:
        comment.auto_comment = marks.comments.get(comment.name)
    notebook.late_submission_penalty = marks.penalty or None
    _enter_times(notebook.assignment, marks)
    _enter_bonus(gradebook, notebook, marks.bonus)


def holds(gradebook: Gradebook, assignment: str, student: str, marks: Marks) -> bool:
    """Whether the gradebook has these marks already; then a person who has looked at them need not look again."""
    from nbgrader.api import MissingEntry

    try:
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    except MissingEntry:
        return False
    submission = notebook.assignment
    common = submission.assignment.duedate is not None
    kept = Marks(
        {grade.name: grade.auto_score for grade in notebook.grades},
        {comment.name: comment.auto_comment for comment in notebook.comments if comment.auto_comment},
        credited(gradebook, notebook),
        notebook.late_submission_penalty or 0.0,
        submission.timestamp,
        submission.duedate if common else None,
        marks.doubtful,
    )
    return kept == replace(marks, submitted=marks.submitted or submission.timestamp, due=marks.due if common else None)


def enter_due(gradebook: Gradebook, due: Mapping[str, datetime]) -> None:
    """Give every assignment the due time that the course says, or none."""
    for assignment in gradebook.assignments:
        time = due.get(assignment.name)
        assignment.duedate = time.astimezone(UTC).replace(tzinfo=None) if time else None
    gradebook.db.commit()


def credited(gradebook: Gradebook, notebook: SubmittedNotebook) -> float:
    """Points of a bonus that are part of a notebook's extra credit."""
    from sqlalchemy import text

    gradebook.db.execute(text(REMEMBER))
    return float(gradebook.db.execute(text(RECALL), {"notebook": notebook.id}).scalar() or 0.0)


def _enter_times(submission: SubmittedAssignment, marks: Marks) -> None:
    """When it was handed in, and by how much this student may be later than the others."""
    submission.timestamp = marks.submitted or submission.timestamp
    common = submission.assignment.duedate
    submission.extension = marks.due - common if common and marks.due and marks.due != common else None


def _enter_bonus(gradebook: Gradebook, notebook: SubmittedNotebook, bonus: float) -> None:
    """Put a bonus into the extra credit of the last check; what a person added there or took away is kept."""
    from sqlalchemy import text

    last, before = bonus_grade(notebook), credited(gradebook, notebook)
    if last is None or bonus == before:
        return
    last.extra_credit = (last.extra_credit or 0.0) + bonus - before
    gradebook.db.execute(text(REPLACE), {"notebook": notebook.id, "points": bonus})


def bonus_grade(notebook: SubmittedNotebook) -> Grade | None:
    """The grade whose extra credit takes the bonus: of the last check in the notebook, None if there is none."""
    order = {cell.name: number for number, cell in enumerate(notebook.notebook.source_cells)}
    checks = [grade for grade in notebook.grades if grade.cell_type == "code"]
    return max(checks, key=lambda grade: order.get(grade.name, -1), default=None)


@contextmanager
def _scripts_on_path() -> Iterator[None]:
    """Let nbgrader find `alembic`, which a new gradebook runs as a program, though nobody activated an environment."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
