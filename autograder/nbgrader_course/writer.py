"""Fill submitted/, autograded/, feedback/ and gradebook.db from the reports of a graded class.

One process writes at a time.  It keeps no record of its progress: it compares what is there with
what must be there and writes what differs.  So a run that was killed is completed by the next one.
The scores of some submissions are entered in one transaction, and their notebooks in autograded/ are
written after that: they show that the scores are entered.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.build.notebook import notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, Course
from autograder.files import locked, remove_unfinished, update_file
from autograder.grading.last_run import file_row
from autograder.grading.provenance import digest
from autograder.nbgrader_course.entered import Done, Entered
from autograder.nbgrader_course.gradebook import (
    AUTOGRADED,
    FEEDBACK,
    GRADEBOOK,
    RELEASE,
    SUBMITTED,
    add_submissions,
    enter,
    enter_due,
    holds,
    load_submissions,
    open_gradebook,
    url_of,
)
from autograder.nbgrader_course.manual_grades import with_manual_grades
from autograder.nbgrader_course.roster import Roster
from autograder.nbgrader_course.sanitize import read_released, sanitized, with_notes
from autograder.nbgrader_course.scores import Scores, notes_of, scores_of, show_results
from autograder.nbgrader_course.source_cells import refuse_changes
from autograder.outputs.pages import PageMeta, student_page
from autograder.reports.report_json import to_dict
from autograder.student.cards.wording import translated
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import NOTEBOOK, Clock, Submission, UnreadableError, suffix_of

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

STEPS = (SUBMITTED, AUTOGRADED, FEEDBACK)
STAMP, SECRET = "timestamp.txt", "submission_secret.txt"
# Of work that no platform dates: older than any other, so that nbgrader takes every later hand-in.
UNDATED = "1970-01-01 00:00:00.000000 UTC\n"
# How many submissions are entered in one transaction.
TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Written:
    """How many submissions were written, how many were unchanged, and notes for a person.

    added: notes on students who were added, which the next run will not say again.
    """

    written: int
    unchanged: int
    notes: tuple[str, ...]
    added: tuple[str, ...]


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
    added: list[str] = []
    changed: list[Done] = []
    with (
        _only_writer(folder, waiting),
        open_gradebook(url_of(folder / GRADEBOOK)) as gradebook,
        translated(course.words),
    ):
        enter_due(gradebook, course.schedule.due)
        for assignment in sorted({report.assignment for report in reports}):
            path = _released(folder, assignment)
            if path.is_file():
                refuse_changes(path, read_released(path), course, HERE, code=False)
        roster = Roster.of(gradebook.students)
        known = {a.name for a in gradebook.assignments if _released(folder, a.name).is_file()}
        settings = [
            course.choice,
            sorted(course.words.items()),
            course.seal(b""),
            meta.course,
            sorted(meta.titles.items()),
            meta.made,
        ]
        entered = Entered(gradebook, settings)
        named: dict[tuple[str, str], list[Submission]] = defaultdict(list)
        for submission in submissions:
            named[submission.name, submission.student].append(submission)
        chosen = iter(_by_student(reports, roster, notes, added).items())
        while together := tuple(islice(chosen, TOGETHER)):
            works = []
            for (student, assignment), report in together:
                what = f"{report.student}, {assignment}"
                found = _file_of(report, named[report.identity.file, report.student])
                if assignment not in known:
                    cure = f"run autograder init {folder}"
                    notes.append(f"{what}: this course has no such assignment; {cure}")
                elif found is None:
                    notes.append(f"{what}: the file is not there any more; left as it was")
                else:
                    renamed = replace(report, identity=replace(report.identity, student=student))
                    work = _Work(folder, *found, renamed)
                    works.append((work, work.done))
            stale = [(work, done) for work, done in works if not entered.holds(done)]
            new = _keep(gradebook, [work for work, _ in stale]) if stale else 0
            written, unchanged = written + new, unchanged + len(works) - new
            changed += [done for _, done in stale]
        _write_pages(folder, entered, changed, meta, course.seal)
        gradebook.db.commit()
    return Written(written, unchanged, tuple(notes), tuple(added))


def complete_feedback(target: Path, submitted: Path, seal: Callable[[bytes], str]) -> None:
    """Write what `nbgrader release_feedback` looks for beside a page: a time, and a secret.

    By the secret a student who submitted over the exchange finds the page.  Without it nobody does,
    so another one is made, which nobody can guess.
    """
    made = seal(f"{submitted.parent.name}/{submitted.name}".encode())
    for name, instead in ((STAMP, UNDATED), (SECRET, made)):
        own = submitted / name
        update_file(
            target / name, own.read_bytes() if own.is_file() else instead.encode(), lasting=False
        )


def _by_student(
    reports: Sequence[Report], roster: Roster, notes: list[str], added: list[str]
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
            added.append(f"{report.student}: was not in the gradebook; added as {student}")
    return dict(sorted(chosen.items()))


def _file_of(report: Report, submissions: Sequence[Submission]) -> tuple[Submission, bytes] | None:
    """The file of a report with its bytes; None if it cannot be found again.

    submissions: those of this name and student.
    """
    wanted = report.provenance.submission
    for submission in submissions:
        try:
            data = submission.read()
        except UnreadableError:
            data = b""
        if not wanted or hashlib.sha256(data).hexdigest() == wanted:
            return submission, data
    return None


@dataclass(frozen=True, slots=True)
class _Work:
    """One submission that is entered under its report's student, and the files that are written of it."""

    folder: Path
    submission: Submission
    data: bytes
    report: Report

    @property
    def submitted(self) -> Path:
        """What was handed in."""
        name = f"{self.report.assignment}{suffix_of(self.submission.name) or NOTEBOOK}"
        return self.of(SUBMITTED, name)

    @property
    def autograded(self) -> Path:
        """The notebook that nbgrader reads."""
        return self.of(AUTOGRADED, f"{self.report.assignment}.ipynb")

    @property
    def done(self) -> Done:
        """The submission, what its files are made from, but for the gradebook, and the files."""
        released = file_row(_released(self.folder, self.report.assignment))
        data = hashlib.sha256(self.data).hexdigest()
        clock = self.submission.clock.value
        made_from = digest([to_dict(self.report), data, self.submission.name, clock, released])
        page = _page(self.folder, self.report)
        beside = [self.of(step, name) for step in STEPS for name in (STAMP, SECRET)]
        return Done(self.report, made_from, (self.submitted, self.autograded, page, *beside))

    def of(self, step: str, name: str) -> Path:
        """The path of a file in one of the steps."""
        return self.folder / step / self.report.student / self.report.assignment / name


def _keep(gradebook: Gradebook, works: Sequence[_Work]) -> int:
    """Bring all but the pages of some submissions up to date; return how many had other scores before.

    Their scores are entered in one transaction.  A notebook in autograded/ is written after it: it shows that the
    scores are entered.
    """
    loaded = load_submissions(gradebook, {work.report.student for work in works})
    paths = {_released(work.folder, work.report.assignment) for work in works}
    released = {path.stem: read_released(path) for path in paths}
    made = [_made(work, released[work.report.assignment]) for work in works]
    changed = [
        (work.report.assignment, work.report.student, scores)
        for work, (text, scores) in zip(works, made, strict=True)
        if not _is_current(gradebook, work, text, scores)
    ]
    add_submissions(gradebook, [(assignment, student) for assignment, student, _ in changed])
    with gradebook.db.no_autoflush:  # one statement for all rows of a table, where possible
        for assignment, student, scores in changed:
            enter(gradebook, assignment, student, scores)
    gradebook.db.commit()
    del loaded
    for work, (text, scores) in zip(works, made, strict=True):
        _write(work, text, scores.submitted)
    return len(changed)


def _made(work: _Work, released: NotebookNode) -> tuple[bytes, Scores]:
    """The notebook of a submission with its results, and its scores."""
    notebook = sanitized(work.submission.name, work.data, released)
    show_results(notebook, work.report)
    notebook = with_notes(notebook, notes_of(work.report))
    scores = scores_of(notebook, released, work.report)
    return notebook_text(notebook).encode(), scores


def _is_current(gradebook: Gradebook, work: _Work, text: bytes, scores: Scores) -> bool:
    """Whether the scores of a submission are entered and its notebook, which shows that, is written."""
    is_written = work.autograded.is_file() and work.autograded.read_bytes() == text
    return is_written and holds(gradebook, work.report.assignment, work.report.student, scores)


def _write(work: _Work, notebook: bytes, submitted: datetime | None) -> None:
    """Write the files of a submission, but for the student's page."""
    if work.data:
        update_file(work.submitted, work.data, lasting=False)
    # Only what a platform states: what course.toml says may be changed there.
    if submitted and work.submission.clock in (Clock.STATED, Clock.LOCAL):
        text = f"{submitted:%Y-%m-%d %H:%M:%S.%f} UTC\n"
        update_file(work.of(SUBMITTED, STAMP), text.encode(), lasting=False)
    update_file(work.autograded, notebook, lasting=False)


def _write_pages(
    folder: Path,
    entered: Entered,
    done: Sequence[Done],
    meta: PageMeta,
    seal: Callable[[bytes], str],
) -> None:
    """Write the students' pages, and note what is up to date now; the caller commits."""
    if not done:
        return
    # Before the pages: what a person enters meanwhile is seen by the next run.
    rows = entered.rows()
    for report in with_manual_grades(folder, [each.report for each in done]):
        own, page = f"{report.student}/{report.assignment}", _page(folder, report)
        for step in (page.parent, folder / AUTOGRADED / own):
            complete_feedback(step, folder / SUBMITTED / own, seal)
        update_file(page, student_page(report, meta).encode(), lasting=False)
    entered.note(done, rows)


def _page(folder: Path, report: Report) -> Path:
    """The path of a student's page."""
    return folder / FEEDBACK / report.student / report.assignment / f"{report.assignment}.html"


def _released(folder: Path, assignment: str) -> Path:
    """The path of the notebook that students were given."""
    return folder / RELEASE / assignment / f"{assignment}.ipynb"


@contextmanager
def _only_writer(folder: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process writes into this course."""
    words = f"{folder}: another autograder is writing into this course; waiting for it"
    with (folder / COURSE_FILE).open("rb") as held, locked(held.fileno(), lambda: waiting(words)):
        for made in STEPS:
            remove_unfinished(folder / made)
        yield
