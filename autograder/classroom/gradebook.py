"""Put marks into nbgrader's gradebook, beside what people entered there, which is theirs and stays."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.classroom.marks import Marks

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedNotebook

# nbgrader has one field for points on top, which people use too: what of it is the kit's is remembered here.
REMEMBER = "CREATE TABLE IF NOT EXISTS backprop_kit_bonus (notebook_id VARCHAR(32) PRIMARY KEY, points FLOAT NOT NULL)"
RECALL = "SELECT points FROM backprop_kit_bonus WHERE notebook_id = :notebook"
REPLACE = "INSERT OR REPLACE INTO backprop_kit_bonus (notebook_id, points) VALUES (:notebook, :points)"


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """The gradebook at `url`, made if it is not there."""
    from nbgrader.api import Gradebook

    with _scripts_on_path(), Gradebook(url) as gradebook:
        yield gradebook


def url_of(path: Path) -> str:
    """How SQLAlchemy names an SQLite file."""
    return f"sqlite:///{path.resolve()}"


def enter(gradebook: Gradebook, assignment: str, student: str, marks: Marks) -> SubmittedNotebook:
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
    _enter_bonus(gradebook, notebook, marks.bonus)
    return notebook


def _enter_bonus(gradebook: Gradebook, notebook: SubmittedNotebook, bonus: float) -> None:
    """Put a bonus into the extra credit of the last check; what a person added there or took away is kept."""
    from sqlalchemy import text

    checks = [grade for grade in notebook.grades if grade.cell_type == "code"]
    gradebook.db.execute(text(REMEMBER))
    before = gradebook.db.execute(text(RECALL), {"notebook": notebook.id}).scalar() or 0.0
    if not checks or bonus == before:
        return
    last = max(checks, key=lambda grade: _place(notebook, grade.name))
    last.extra_credit = (last.extra_credit or 0.0) + bonus - before
    gradebook.db.execute(text(REPLACE), {"notebook": notebook.id, "points": bonus})


def _place(notebook: SubmittedNotebook, name: str) -> int:
    """Where a cell stands in its notebook."""
    return next((n for n, cell in enumerate(notebook.notebook.source_cells) if cell.name == name), -1)


@contextmanager
def _scripts_on_path() -> Iterator[None]:
    """Let nbgrader find `alembic`, which a new gradebook runs as a program, though nobody activated an environment."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
