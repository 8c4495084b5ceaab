"""A grader that lasts as long as the process: nbgrader calls the kit once a submission."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from autograder.course.paths import HERE
from autograder.course.schedule import Schedule
from autograder.course.settings import COURSE_FILE, Course, catalogue, load_course
from autograder.errors import MisuseError
from autograder.grading.grade import Grader
from autograder.grading.ledger import open_ledger
from autograder.grading.run import REPAIR_SECONDS, make_keys, start_grader
from autograder.grading.standing import current_standing
from autograder.grading.store import FOLDER, GRADED, GradeStore
from autograder.nbgrader_course.gradebook import GRADEBOOK, RELEASE
from autograder.nbgrader_course.roster import read_people
from autograder.nbgrader_course.sanitize import read_released
from autograder.nbgrader_course.source_cells import refuse_changes
from autograder.student.model.results import Report
from autograder.submissions.ingest import Submission


class KeptGrader:
    """The grader of one assignment of one course, before lateness; replaced when one of them or the settings change."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lock = Lock()
        self._made: tuple[Path, str, Course, bool] | None = None
        self._grader: Grader | None = None
        atexit.register(self._stack.close)

    def get(self, folder: Path, assignment: str, *, unsafe: bool = False) -> Grader:
        """The grader for an assignment of the course in `folder`.  MisuseError if the kit has no such assignment."""
        settings = load_course(folder / COURSE_FILE)
        course = replace(settings, schedule=Schedule())
        with self._lock:
            wanted = (folder, assignment, course, unsafe)
            if self._grader is None or self._made != wanted:
                self._stack.close()
                self._grader, self._made = (
                    self._start(folder, assignment, course, unsafe=unsafe),
                    wanted,
                )
            return replace(self._grader, repair=REPAIR_SECONDS, deadlines=settings.schedule)

    def _start(self, folder: Path, assignment: str, course: Course, *, unsafe: bool) -> Grader:
        known = catalogue(course.choice)
        if assignment not in known:
            raise MisuseError(
                f"{assignment}: is not an assignment of the kit; there are {', '.join(known)}"
            )
        released = folder / RELEASE / assignment / f"{assignment}.ipynb"
        refuse_changes(released, read_released(released), course, HERE, code=False)
        keys = make_keys(course, assignment)
        return self._stack.enter_context(
            start_grader(keys, course, unsafe=unsafe, protected=[folder])
        )


def enter_one(folder: Path, submission: Submission, report: Report) -> Report:
    """Add a grade to the ledger of a course; the report that counts of this student and assignment.

    What other downloads said of the submission, and what course.toml says of lateness, is in it.
    """
    course, store = load_course(folder / COURSE_FILE), folder / GRADED / FOLDER
    with open_ledger(store) as ledger:
        ledger.enter([(submission, report)], lambda: datetime.now().astimezone())
        people = read_people(folder / GRADEBOOK)
        counting = current_standing(ledger, GradeStore(store), course.schedule, people).reports
    own = (report.assignment, submission.student)
    return next(counted for counted in counting if (counted.assignment, counted.student) == own)


KEPT_GRADER = KeptGrader()
