"""Fill submitted/, autograded/, feedback/ and gradebook.db from the reports of a graded class: one writer, one process.

Nothing records how far the writer got.  It compares what is there with what must be there and writes what differs, so
killed at any moment it ends, when run again, where it would have ended.  A submission's marks are entered in one
transaction, before the notebook that says they were.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.build.notebook import notebook_text
from autograder.course.settings import COURSE_FILE, Course
from autograder.files import locked, remove_unfinished, update_file
from autograder.nbgrader_course.gradebook import GRADEBOOK, enter, enter_due, holds, open_gradebook, url_of
from autograder.nbgrader_course.manual_grades import with_people
from autograder.nbgrader_course.roster import Roster
from autograder.nbgrader_course.sanitize import read_released, whole_notebook, with_notes
from autograder.nbgrader_course.scores import Marks, marks_of, notes_of, show_results
from autograder.outputs.pages import PageMeta, student_page
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Submission, UnreadableError
from autograder.submissions.python_file import SUFFIX

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

SUBMITTED, AUTOGRADED, FEEDBACK, RELEASE = "submitted", "autograded", "feedback", "release"
STAMP = "timestamp.txt"
# What the report of a file that could not be read begins with, instead of evidence.
NAMED = re.compile(r"(.*\.(?:ipynb|py)): ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the writer did: how many submissions were new or changed, how many were as they are, what to know."""

    written: int
    unchanged: int
    notes: tuple[str, ...]


def keep_course(
    folder: Path,
    course: Course,
    submissions: Sequence[Submission],
    reports: Sequence[Report],
    meta: PageMeta,
    waiting: Callable[[str], None] = lambda _: None,
) -> Kept:
    """Bring a course directory up to date with the reports of `submissions`.  waiting: told if another is at it."""
    written, unchanged = 0, 0
    notes: list[str] = []
    with _alone(folder, waiting), open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        enter_due(gradebook, course.schedule.due)
        # Written questions stand in the reports as people graded them; the pages need not announce them.
        meta = replace(meta, assignments={name: replace(a, written=()) for name, a in meta.assignments.items()})
        roster = Roster.of(gradebook)
        known = {a.name for a in gradebook.assignments if _released(folder, a.name).is_file()}
        for student, report in _by_student(reports, roster, notes).items():
            found = _file_of(report, submissions)
            if report.assignment not in known:
                cure = f"run autograder init {folder}"
                notes.append(f"{report.student}, {report.assignment}: this course has no such assignment; {cure}")
            elif found is None:
                notes.append(f"{report.student}, {report.assignment}: the file is not there any more; left as it was")
            elif _keep(folder, gradebook, student[0], *found, report, meta):
                written += 1
            else:
                unchanged += 1
    return Kept(written, unchanged, tuple(notes))


def _by_student(reports: Sequence[Report], roster: Roster, notes: list[str]) -> dict[tuple[str, str], Report]:
    """The reports that go into the gradebook, by student id and assignment, in this order.

    A file that cannot be read goes there only if there is none that can, and what was not graded not at all.  If all
    others are of one assignment, so is what does not say of which it is.
    """
    chosen: dict[tuple[str, str], Report] = {}
    named = {report.assignment for report in reports if report.assignment}
    if len(named) == 1:
        reports = [replace(report, assignment=next(iter(named))) for report in reports]
    for report in sorted(reports, key=lambda r: (r.status is not Status.GRADED, r.student, r.assignment)):
        if not report.assignment or report.status is Status.STOPPED:
            notes.append(f"{report.student}: not in the gradebook: {report.reason}")
            continue
        student = roster.id_of(report)
        if chosen.setdefault((student, report.assignment), report) is not report:
            notes.append(f"{report.student}: not in the gradebook: {student} has another {report.assignment} there")
        elif roster.known and student not in roster.known:
            notes.append(f"{report.student}: was not in the gradebook; added as {student}")
    return dict(sorted(chosen.items()))


def _file_of(report: Report, submissions: Sequence[Submission]) -> tuple[str, bytes] | None:
    """Name and bytes of the file that a report is about; None if it cannot be found again."""
    said = NAMED.match(report.reason)
    name = report.evidence.get("file") or (said[1] if said else "")
    wanted = report.evidence.get("submission")
    for submission in submissions:
        if (submission.name, submission.student) == (name, report.student):
            try:
                data = submission.read()
            except UnreadableError:
                data = b""
            if not wanted or hashlib.sha256(data).hexdigest() == wanted:
                return name, data
    return None


def _keep(
    folder: Path, gradebook: Gradebook, student: str, name: str, data: bytes, report: Report, meta: PageMeta
) -> bool:
    """Bring everything about one submission up to date; whether anything but the feedback had to be.

    The order is the order of trust: the notebook in autograded/ comes last, and says that marks are entered.
    """
    assignment = report.assignment
    at = {step: folder / step / student / assignment for step in (SUBMITTED, AUTOGRADED, FEEDBACK)}
    released = read_released(_released(folder, assignment))
    notebook = whole_notebook(name, data, released)
    show_results(notebook, report)
    notebook = with_notes(notebook, notes_of(report))
    marks, text = marks_of(notebook, released, report), notebook_text(notebook).encode()
    target = at[AUTOGRADED] / f"{assignment}.ipynb"
    changed = not (target.is_file() and target.read_bytes() == text and holds(gradebook, assignment, student, marks))
    if changed:
        gradebook.update_or_create_student(student)
        with gradebook.db.no_autoflush:  # else SQLAlchemy warns of how nbgrader makes a submission
            gradebook.update_or_create_submission(assignment, student)
        enter(gradebook, assignment, student, marks)
        gradebook.db.commit()
    update_file(at[SUBMITTED] / f"{assignment}{SUFFIX if name.endswith(SUFFIX) else '.ipynb'}", data)
    for stamp in _stamps(marks):
        update_file(at[SUBMITTED] / STAMP, stamp)
        update_file(at[AUTOGRADED] / STAMP, stamp)
    update_file(target, text)
    page = student_page(with_people(replace(report, student=student), gradebook), meta)
    update_file(at[FEEDBACK] / f"{assignment}.html", page.encode())
    return changed


def _released(folder: Path, assignment: str) -> Path:
    """Where the notebook is that students were given."""
    return folder / RELEASE / assignment / f"{assignment}.ipynb"


def _stamps(marks: Marks) -> list[bytes]:
    """The text of timestamp.txt, if the time is known."""
    return [f"{marks.submitted:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()] if marks.submitted else []


@contextmanager
def _alone(folder: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process writes into this course."""
    words = f"{folder}: another autograder is writing into this course; waiting for it"
    with (folder / COURSE_FILE).open("rb") as held, locked(held.fileno(), lambda: waiting(words)):
        remove_unfinished(folder)
        yield
