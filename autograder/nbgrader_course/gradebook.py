"""Enter scores into nbgrader's gradebook; what people entered there stays as it is."""

from __future__ import annotations

import logging
import os
import sqlite3
import sysconfig
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.errors import MisuseError
from autograder.nbgrader_course.scores import Scores, safe_markdown

if TYPE_CHECKING:
    from nbgrader.api import (
        Assignment,
        Grade,
        Gradebook,
        Student,
        SubmittedAssignment,
        SubmittedNotebook,
    )

GRADEBOOK = "gradebook.db"
CONFIG_FILE = "nbgrader_config.py"
SUBMITTED, AUTOGRADED, FEEDBACK, RELEASE = "submitted", "autograded", "feedback", "release"
SOURCE, WRITTEN_FOLDER = "source", "written"
SAFE = "and grade again; the grades in graded/ are safe"
# Seconds to wait while another program writes.
PATIENCE = 10
# What to do, by what the database says.
CURES = {
    "locked": "close what uses it",
    "readonly": "allow writing to it",
    "full": "free some space",
    "no such": "put a copy back, or bring it to this version with nbgrader db upgrade",
}
ELSE = "put a copy back"
# nbgrader has one field for extra credit, which people use too; this table holds the kit's share of it.
REMEMBER = "CREATE TABLE IF NOT EXISTS backprop_kit_bonus (notebook_id VARCHAR(32) PRIMARY KEY, points FLOAT NOT NULL)"
# What people ticked in the sheets of written questions: points that the kit enters as its own.
KEEP_TICKS = """
CREATE TABLE IF NOT EXISTS backprop_kit_ticks
    (grade_id VARCHAR(32) PRIMARY KEY, points FLOAT NOT NULL, comment TEXT NOT NULL)
"""
TICKS = """
SELECT base_cell.name, ticks.points, ticks.comment FROM backprop_kit_ticks AS ticks
    JOIN grade ON grade.id = ticks.grade_id JOIN base_cell ON base_cell.id = grade.cell_id
WHERE grade.notebook_id = :notebook
"""
RECALL = "SELECT points FROM backprop_kit_bonus WHERE notebook_id = :notebook"
REPLACE = (
    "INSERT OR REPLACE INTO backprop_kit_bonus (notebook_id, points) VALUES (:notebook, :points)"
)


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """The gradebook at `url`, made if it is not there.

    Raises MisuseError if the database cannot be read or written: locked, damaged, read-only, of
    another version.
    """
    with quick_imports():
        from nbgrader.api import Gradebook, InvalidEntry
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with quiet(), _scripts_on_path(), Gradebook(url) as gradebook:
            yield gradebook
    except (SQLAlchemyError, InvalidEntry) as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise trouble(url.removeprefix("sqlite:///"), why) from None


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """The database of a gradebook, without the time that it takes to import nbgrader.

    Raises MisuseError if it cannot be read or written.
    """
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as database:
            yield database
    except sqlite3.Error as error:
        raise trouble(path, str(error)) from None


def trouble(path: str | Path, why: str) -> MisuseError:
    """What is wrong with a gradebook, in the database's words, and what to do."""
    cure = next((cure for sign, cure in CURES.items() if sign in why), ELSE)
    return MisuseError(f"{path}: {why}; {cure}, {SAFE}")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep nbgrader's log back: it holds tracebacks of what the kit reports in one line."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(disabled)


def has_gradebook(course: Path | None) -> bool:
    """Whether the folder of a course.toml is a course directory with a gradebook.

    Raises MisuseError if it is a course directory and its gradebook is gone.
    """
    if course is None:
        return False
    path = course.parent / GRADEBOOK
    if path.is_file():
        return True
    if path.exists():
        raise MisuseError(f"{path}: is not a file; move it away, put a copy back, {SAFE}")
    if (course.parent / CONFIG_FILE).exists():
        raise MisuseError(
            f"{path}: is missing; put a copy back, or make an empty one with autograder init, {SAFE}"
        )
    return False


def files_of(folder: Path) -> tuple[Path, ...]:
    """All in a course directory that nbgrader or a person may change, and that is brought up to date."""
    log = f"{GRADEBOOK}-wal"  # where SQLite may write first
    steps = (SOURCE, RELEASE, SUBMITTED, AUTOGRADED, FEEDBACK, WRITTEN_FOLDER)
    return tuple(folder / name for name in (GRADEBOOK, log, CONFIG_FILE, *steps))


def url_of(path: Path) -> str:
    """How SQLAlchemy names an SQLite file."""
    return f"sqlite:///{path.resolve()}"


def make_kit_tables(gradebook: Gradebook) -> None:
    """Make the tables that `enter` and `holds` read, where they are missing."""
    from sqlalchemy import text

    for table in (REMEMBER, KEEP_TICKS):
        gradebook.db.execute(text(table))


def add_submissions(gradebook: Gradebook, wanted: Sequence[tuple[str, str]]) -> None:
    """Make students and their submissions without scores, as nbgrader does, where there are none; the caller commits.

    wanted: assignments and students.
    """
    from nbgrader import api

    db = gradebook.db
    with db.no_autoflush:
        people = {student: db.get(api.Student, student) for _, student in wanted}
        for student, person in people.items():
            people[student] = person or api.Student(id=student)
        db.add_all(people.values())
        for assignment, student in wanted:
            try:
                gradebook.find_submission(assignment, student)
            except api.MissingEntry:
                made = gradebook.find_assignment(assignment)
                db.add(_empty_submission(made, people[student]))
        db.flush()


def _empty_submission(assignment: Assignment, student: Student) -> SubmittedAssignment:
    """A submission with a row for each score and comment, all of them empty."""
    from nbgrader import api

    submission = api.SubmittedAssignment(assignment=assignment, student=student)
    for notebook in assignment.notebooks:
        own = api.SubmittedNotebook(notebook=notebook, assignment=submission)
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            api.Grade(cell_id=cell.id, notebook=own)
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            api.Comment(cell_id=cell.id, notebook=own)
    return submission


def load_submissions(
    gradebook: Gradebook, students: Collection[str]
) -> Sequence[SubmittedNotebook]:
    """Everything about the submissions of some students, in a few queries; fast as long as the result is kept."""
    from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy.orm import joinedload, selectinload

    found: Sequence[SubmittedNotebook] = (
        gradebook.db.query(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .filter(SubmittedAssignment.student_id.in_(students))
        .options(
            selectinload(SubmittedNotebook.grades).joinedload(Grade.cell),
            selectinload(SubmittedNotebook.comments),
            joinedload(SubmittedNotebook.assignment),
        )
        .all()
    )
    return found


def enter(gradebook: Gradebook, assignment: str, student: str, scores: Scores) -> None:
    """Enter scores for the submission that the gradebook has of a student; the caller commits.

    Every cell of the notebook is entered, so none keeps the score of an earlier run.  A score or a
    comment by a person stays; nbgrader then shows the score for review.
    """
    notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    scores = _with_ticks(gradebook, notebook, scores)
    for grade in notebook.grades:
        grade.auto_score = scores.points.get(grade.name)
        waits = grade.auto_score is None or grade.manual_score is not None
        grade.needs_manual_grade = waits or scores.needs_review
    for comment in notebook.comments:
        comment.auto_comment = scores.comments.get(comment.name)
    notebook.late_submission_penalty = scores.penalty or None
    _enter_times(notebook.assignment, scores)
    _enter_bonus(gradebook, notebook, scores.bonus)


def holds(gradebook: Gradebook, assignment: str, student: str, scores: Scores) -> bool:
    """Whether the gradebook has these scores already, so that nobody need review them again."""
    from nbgrader.api import MissingEntry

    try:
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
    except MissingEntry:
        return False
    submission = notebook.assignment
    scores = _with_ticks(gradebook, notebook, scores)
    has_due = submission.assignment.duedate is not None
    wanted = replace(
        scores,
        submitted=scores.submitted or submission.timestamp,
        due=scores.due if has_due else None,
    )
    return wanted == Scores(
        {grade.name: grade.auto_score for grade in notebook.grades},
        {note.name: note.auto_comment for note in notebook.comments if note.auto_comment},
        kit_bonus(gradebook, notebook),
        notebook.late_submission_penalty or 0.0,
        submission.timestamp,
        submission.duedate if has_due else None,
        scores.needs_review,
    )


def enter_due(gradebook: Gradebook, due: Mapping[str, datetime]) -> None:
    """Give every assignment the due time that the course says, or none."""
    for assignment in gradebook.assignments:
        time = due.get(assignment.name)
        assignment.duedate = time.astimezone(UTC).replace(tzinfo=None) if time else None
    gradebook.db.commit()


def kit_bonus(gradebook: Gradebook, notebook: SubmittedNotebook) -> float:
    """The kit's share of a notebook's extra credit."""
    from sqlalchemy import text

    return float(gradebook.db.execute(text(RECALL), {"notebook": notebook.id}).scalar() or 0.0)


def _with_ticks(gradebook: Gradebook, notebook: SubmittedNotebook, scores: Scores) -> Scores:
    """The scores with what people ticked for written answers that wait."""
    from sqlalchemy import text

    found = list(gradebook.db.execute(text(TICKS), {"notebook": notebook.id}))
    waiting = [row for row in found if scores.points.get(row[0], 0.0) is None]
    points = {name: score for name, score, _ in waiting}
    comments = {name: safe_markdown(comment) for name, _, comment in waiting if comment}
    return replace(
        scores, points={**scores.points, **points}, comments={**scores.comments, **comments}
    )


def _enter_times(submission: SubmittedAssignment, scores: Scores) -> None:
    """Enter the time of submission, and the student's extension."""
    submission.timestamp = scores.submitted or submission.timestamp
    due = submission.assignment.duedate
    has_extension = due and scores.due and scores.due != due
    submission.extension = scores.due - due if has_extension else None


def _enter_bonus(gradebook: Gradebook, notebook: SubmittedNotebook, bonus: float) -> None:
    """Put a bonus into the extra credit of the last check; a person's share of it stays."""
    from sqlalchemy import text

    before = kit_bonus(gradebook, notebook)
    last = bonus_grade(notebook) if bonus != before else None
    if last is None:
        return
    last.extra_credit = (last.extra_credit or 0.0) + bonus - before
    gradebook.db.execute(text(REPLACE), {"notebook": notebook.id, "points": bonus})


def bonus_grade(notebook: SubmittedNotebook) -> Grade | None:
    """The grade whose extra credit takes the bonus: the last check's; None without a check."""
    order = {cell.name: number for number, cell in enumerate(notebook.notebook.source_cells)}
    checks = [grade for grade in notebook.grades if grade.cell_type == "code"]
    return max(checks, key=lambda grade: order.get(grade.name, -1), default=None)


@contextmanager
def _scripts_on_path() -> Iterator[None]:
    """Put the environment's programs on PATH: a new gradebook runs `alembic`."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
