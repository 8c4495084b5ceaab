"""Grade what lies below some paths, in one call, as the command does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.course.settings import Course
from autograder.grading.run import Graded, find_work, grade_found


def grade_below(
    paths: Sequence[Path], course: Course, jobs: int, *, protected: Sequence[Path] = (), **more: Any
) -> Graded:
    return grade_found(find_work(paths), course, jobs, protected=(*protected, *paths), **more)
