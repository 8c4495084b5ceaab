"""Grade everything below a path: find the submissions, make the keys, start the sandbox, grade the
class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course.paths import HERE
from autograder.course.schedule import settle_people
from autograder.course.settings import Course, catalogue
from autograder.course.source import Kind
from autograder.grading.answer_key import AnswerKey, later_key
from autograder.grading.grade import Grader, grade_class
from autograder.grading.late import strangers
from autograder.grading.provenance import version
from autograder.grading.store import GradeStore
from autograder.sandbox.pool import Sandbox
from autograder.student.model.results import Report
from autograder.submissions.choose import find_chosen, find_own
from autograder.submissions.entries import Layout
from autograder.submissions.find import Found


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded class: what was found, one report a student and assignment, and all files left out
    with the reason.

    sandbox: what kept student code in, in words.  notes: what else whoever grades should know.
    """

    found: Found
    reports: tuple[Report, ...]
    left_out: tuple[tuple[str, str], ...]
    sandbox: str
    notes: tuple[str, ...] = ()


def make_keys(course: Course) -> dict[str, AnswerKey]:
    """The answer keys of all assignments, by name, each with the hash of its checks.

    The inputs of each are drawn when it is first needed: those of absent assignments never are.
    """
    keys = {
        name: later_key(public, hidden, course.seed)
        for name, (public, hidden) in catalogue().items()
    }
    return {name: replace(key, version=version(name, key.source)) for name, key in keys.items()}


@contextmanager
def start_grader(
    keys: dict[str, AnswerKey],
    course: Course,
    jobs: int = 1,
    *,
    unsafe: bool = False,
    protected: Sequence[Path] = (),
    store: GradeStore | None = None,
) -> Iterator[Grader]:
    """A grader with its sandbox, warmed by what every student's notebook begins with; for `jobs` at
    a time.  The sandbox is started when something must be run.

    unsafe: go on where student code cannot be kept from the files.  protected: what it must not read, beside the
    solutions and the hidden checks.  store: where finished grades are kept; none are if None.
    """
    provided = [
        cell.text
        for key in keys.values()
        for cell in key.source.cells
        if cell.kind is Kind.PROVIDED
    ]
    secrets = (*HERE.secrets, *protected)
    with Sandbox(
        limits=course.limits,
        warm=provided,
        jobs=jobs,
        unsafe=unsafe,
        protected=secrets,
        started=False,
    ) as sandbox:
        yield Grader(keys, sandbox, course.seed_hash, store=store, schedule=course.schedule)


def find_work(paths: Sequence[Path], layout: Layout | None = None) -> Found:
    """The submissions to any assignment below `paths`, one a student and assignment.

    layout: settles by hand how the download is laid out.  Raises MisuseError if there is nothing to grade.
    """
    return find_chosen(paths, all_exercises(), layout)


def find_students_work(path: Path, student: str) -> Found:
    """The submissions below a path that holds the work of one student, one an assignment."""
    return find_own(path, student, all_exercises())


def all_exercises() -> dict[str, list[str]]:
    """The names of each assignment's exercises."""
    return {name: [e.name for e in public.exercises] for name, (public, _) in catalogue().items()}


def grade_found(
    everything: Found,
    course: Course,
    jobs: int,
    done: Callable[[Report], None] = lambda _: None,
    *,
    unsafe: bool = False,
    protected: Sequence[Path] = (),
    store: GradeStore | None = None,
) -> Graded:
    """Grade submissions that were found; `done` is called with each report as the work goes on.

    unsafe, protected and store: as for `start_grader`; protected holds the submissions' paths too.
    Raises SandboxError if student code cannot be run safely.
    """
    people = [submission.identity for submission in everything.submissions]
    course = replace(course, schedule=settle_people(course.schedule, people))
    with start_grader(
        make_keys(course), course, jobs, unsafe=unsafe, protected=protected, store=store
    ) as grader:
        layers, reports = (
            grader.sandbox.layers,
            list(grade_class(grader, everything.submissions, jobs, done)),
        )
    return Graded(
        everything, tuple(reports), everything.left_out, layers, strangers(course.schedule, reports)
    )
