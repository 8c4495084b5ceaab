"""A grader that lasts as long as the process: nbgrader calls the kit once a submission."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from autograder.course.settings import COURSE_FILE, Course, catalogue, load_course
from autograder.errors import MisuseError
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.grading.run import start_grader


class KeptGrader:
    """The grader of one assignment of one course; it is replaced when either, or the settings,
    change."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lock = Lock()
        self._made: tuple[Path, str, Course, bool] | None = None
        self._grader: Grader | None = None
        atexit.register(self._stack.close)

    def get(self, folder: Path, assignment: str, *, unsafe: bool = False) -> Grader:
        """The grader for an assignment of the course in `folder`.  MisuseError if the kit has no such assignment."""
        course = load_course(folder / COURSE_FILE)
        with self._lock:
            wanted = (folder, assignment, course, unsafe)
            if self._grader is None or self._made != wanted:
                self._stack.close()
                self._grader, self._made = (
                    self._start(folder, assignment, course, unsafe=unsafe),
                    wanted,
                )
            return self._grader

    def _start(self, folder: Path, assignment: str, course: Course, *, unsafe: bool) -> Grader:
        known = catalogue()
        if assignment not in known:
            raise MisuseError(
                f"{assignment}: is not an assignment of the kit; there are {', '.join(known)}"
            )
        keys = {assignment: make_key(*known[assignment], course.seed)}
        return self._stack.enter_context(
            start_grader(keys, course, unsafe=unsafe, protected=[folder])
        )


KEPT_GRADER = KeptGrader()
