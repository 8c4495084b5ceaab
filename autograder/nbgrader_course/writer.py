"""Fill submitted/, autograded/, feedback/ and gradebook.db from the reports of a graded class.

One process writes at a time.  It keeps no record of its progress: it compares what is there with
what must be there and writes what differs.  So a run that was killed is completed by the next one.
A submission's scores are entered in one transaction, and its notebook in autograded/ is written
after that: it shows that the scores are entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.build.notebook import notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, Course
from autograder.files import locked, remove_unfinished, update_file
from autograder.nbgrader_course.gradebook import (
    GRADEBOOK,
    enter,
    enter_due,
    holds,
    open_gradebook,
    url_of,
)
from autograder.nbgrader_course.manual_grades import with_manual_grades
from autograder.nbgrader_course.roster import Roster
from autograder.nbgrader_course.sanitize import read_released, sanitized, with_notes
from autograder.nbgrader_course.scores import notes_of, scores_of, show_results
from autograder.nbgrader_course.source_cells import refuse_changes
from autograder.outputs.pages import PageMeta, student_page
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import NOTEBOOK, Clock, Submission, UnreadableError, suffix_of

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

SUBMITTED, AUTOGRADED, FEEDBACK, RELEASE = "submitted", "autograded", "feedback", "release"
STAMP, SECRET = "timestamp.txt", "submission_secret.txt"
# Of work that no platform dates: older than any other, so that nbgrader takes every later hand-in.
UNDATED = "1970-01-01 00:00:00.000000 UTC\n"


@dataclass(frozen=True, slots=True)
class Written:
    """How many submissions were written, how many were unchanged, and notes for a person."""

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
) -> Written:
    """Bring a course directory up to date with the reports of `submissions`.

    waiting: called with a message while another process writes.
    """
    written, unchanged = 0, 0
    notes: list[str] = []
    with _only_writer(folder, waiting), open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        enter_due(gradebook, course.schedule.due)
        done: list[Report] = []
        for assignment in sorted({report.assignment for report in reports}):
            path = _released(folder, assignment)
            if path.is_file():
                refuse_changes(path, read_released(path), course, HERE, code=False)
        roster = Roster.of(gradebook.students)
        known = {a.name for a in gradebook.assignments if _released(folder, a.name).is_file()}
        for student, report in _by_student(reports, roster, notes).items():
            found = _file_of(report, submissions)
            what = f"{report.student}, {report.assignment}"
            if report.assignment not in known:
                cure = f"run autograder init {folder}"
                notes.append(f"{what}: this course has no such assignment; {cure}")
            elif found is None:
                notes.append(f"{what}: the file is not there any more; left as it was")
            else:
                renamed = replace(report, identity=replace(report.identity, student=student[0]))
                is_new = _keep(folder, gradebook, *found, renamed)
                written, unchanged = written + is_new, unchanged + (not is_new)
                done.append(renamed)
        for report in with_manual_grades(folder, done):
            own = f"{report.student}/{report.assignment}"
            page = folder / FEEDBACK / own
            text = student_page(report, meta)
            for step in (page, folder / AUTOGRADED / own):
                complete_feedback(step, folder / SUBMITTED / own, course.seal)
            update_file(page / f"{report.assignment}.html", text.encode())
    return Written(written, unchanged, tuple(notes))


def complete_feedback(target: Path, submitted: Path, seal: Callable[[bytes], str]) -> None:
    """Write what `nbgrader release_feedback` looks for beside a page: a time, and a secret.

    By the secret a student who submitted over the exchange finds the page.  Without it nobody does,
    so another one is made, which nobody can guess.
    """
    made = seal(f"{submitted.parent.name}/{submitted.name}".encode())
    for name, instead in ((STAMP, UNDATED), (SECRET, made)):
        own = submitted / name
        update_file(target / name, own.read_bytes() if own.is_file() else instead.encode())


def _by_student(
    reports: Sequence[Report], roster: Roster, notes: list[str]
) -> dict[tuple[str, str], Report]:
    """The reports to enter into the gradebook, by student id and assignment, in this order.

    The report of an unreadable file is entered only if the student has no other; a submission that
    was stopped is not entered.  If all reports that name an assignment name the same one, the others
    belong to it too.
    """
    chosen: dict[tuple[str, str], Report] = {}
    named = {report.assignment for report in reports if report.assignment}
    if len(named) == 1:
        reports = [replace(report, assignment=next(iter(named))) for report in reports]
    for report in sorted(
        reports, key=lambda r: (r.status is not Status.GRADED, r.student, r.assignment)
    ):
        if not report.assignment or report.status is Status.STOPPED:
            notes.append(f"{report.student}: not in the gradebook: {report.reason}")
            continue
        student = roster.id_of(report.identity)
        if chosen.setdefault((student, report.assignment), report) is not report:
            why = f"{student} has another {report.assignment} there"
            notes.append(f"{report.student}: not in the gradebook: {why}")
        elif roster.known and student not in roster.known:
            notes.append(f"{report.student}: was not in the gradebook; added as {student}")
    return dict(sorted(chosen.items()))


def _file_of(report: Report, submissions: Sequence[Submission]) -> tuple[Submission, bytes] | None:
    """The file of a report with its bytes; None if it cannot be found again."""
    name, wanted = report.identity.file, report.provenance.submission
    for submission in submissions:
        if (submission.name, submission.student) == (name, report.student):
            try:
                data = submission.read()
            except UnreadableError:
                data = b""
            if not wanted or hashlib.sha256(data).hexdigest() == wanted:
                return submission, data
    return None


def _keep(
    folder: Path, gradebook: Gradebook, submission: Submission, data: bytes, report: Report
) -> bool:
    """Bring everything about one submission up to date; return whether the scores were not.

    The notebook in autograded/ is written after the scores were entered: it shows that they are.
    """
    assignment, student = report.assignment, report.student
    submitted, autograded = (
        folder / step / student / assignment for step in (SUBMITTED, AUTOGRADED)
    )
    released = read_released(_released(folder, assignment))
    notebook = sanitized(submission.name, data, released)
    show_results(notebook, report)
    notebook = with_notes(notebook, notes_of(report))
    scores = scores_of(notebook, released, report)
    text = notebook_text(notebook).encode()
    target = autograded / f"{assignment}.ipynb"
    is_written = target.is_file() and target.read_bytes() == text
    is_current = is_written and holds(gradebook, assignment, student, scores)
    if not is_current:
        gradebook.update_or_create_student(student)
        with gradebook.db.no_autoflush:  # else SQLAlchemy warns of how nbgrader makes a submission
            gradebook.update_or_create_submission(assignment, student)
        enter(gradebook, assignment, student, scores)
        gradebook.db.commit()
    if data:
        update_file(submitted / f"{assignment}{suffix_of(submission.name) or NOTEBOOK}", data)
    # Only what a platform states: what course.toml says may be changed there.
    if scores.submitted and submission.clock in (Clock.STATED, Clock.LOCAL):
        stamp = f"{scores.submitted:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
        update_file(submitted / STAMP, stamp)
    update_file(target, text)
    return not is_current


def _released(folder: Path, assignment: str) -> Path:
    """The path of the notebook that students were given."""
    return folder / RELEASE / assignment / f"{assignment}.ipynb"


@contextmanager
def _only_writer(folder: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process writes into this course."""
    words = f"{folder}: another autograder is writing into this course; waiting for it"
    with (folder / COURSE_FILE).open("rb") as held, locked(held.fileno(), lambda: waiting(words)):
        for made in (SUBMITTED, AUTOGRADED, FEEDBACK):
            remove_unfinished(folder / made)
        yield
