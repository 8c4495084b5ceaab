"""Grade everything below a path: find the submissions, make the keys, start the sandbox, grade the class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.course.source import Kind
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader, grade_class
from autograder.grading.late import strangers
from autograder.grading.provenance import version
from autograder.grading.store import GradeStore
from autograder.sandbox.pool import Sandbox
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Found, Submission, find_all

# What student code must never be able to read.
SECRETS = (HERE.solutions, HERE.hidden)


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded class: what was found, one report a student and assignment, and all files left out with the reason.

    sandbox: what kept student code in, in words.  notes: what else whoever grades should know.
    """

    found: Found
    reports: tuple[Report, ...]
    left_out: tuple[tuple[str, str], ...]
    sandbox: str
    notes: tuple[str, ...] = ()


def make_keys(course: Course) -> dict[str, AnswerKey]:
    """The answer keys of all assignments, by name, each with the hash of its checks."""
    keys = {name: make_key(public, hidden, course.seed) for name, (public, hidden) in catalogue().items()}
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
    """A grader with its sandbox running, warmed by what every student's notebook begins with; for `jobs` at a time.

    unsafe: go on where student code cannot be kept from the files.  protected: what it must not read, beside the
    solutions and the hidden checks.  store: where finished grades are kept; none are if None.
    """
    provided = [cell.text for key in keys.values() for cell in key.source.cells if cell.kind is Kind.PROVIDED]
    secrets = (*SECRETS, *protected)
    with Sandbox(limits=course.limits, warm=provided, jobs=jobs, unsafe=unsafe, protected=secrets) as sandbox:
        yield Grader(keys, sandbox, course.seed_hash, store=store, schedule=course.schedule)


def grade_paths(
    paths: Sequence[Path],
    course: Course,
    jobs: int,
    found: Callable[[Found], None] = lambda _: None,
    done: Callable[[Report], None] = lambda _: None,
    *,
    unsafe: bool = False,
    protected: Sequence[Path] = (),
    store: GradeStore | None = None,
) -> Graded:
    """Grade what lies below `paths`.  found and done are called as the work goes on, for whoever shows progress.

    unsafe, protected and store: as for `start_grader`; the submissions themselves are protected anyway.

    Raises MisuseError if there is nothing to grade, SandboxError if student code cannot be run safely.
    """
    everything = find_work(paths)
    found(everything)
    return grade_found(everything, course, jobs, done, unsafe=unsafe, protected=(*protected, *paths), store=store)


def find_work(paths: Sequence[Path]) -> Found:
    """The submissions to any assignment below `paths`.  Raises MisuseError if there is nothing to grade."""
    answers = frozenset(e.name for public, _ in catalogue().values() for e in public.exercises)
    return find_all(paths, frozenset(catalogue()), answers)


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
    """Grade submissions that were found, as `grade_paths` does.  protected: their paths too."""
    with start_grader(make_keys(course), course, jobs, unsafe=unsafe, protected=protected, store=store) as grader:
        layers, reports = grader.sandbox.layers, list(grade_class(grader, everything.submissions, jobs, done))
    pairs = zip(everything.submissions, reports, strict=True)
    kept, older = _newest(list(pairs))
    unknown = strangers(course.schedule, kept)
    return Graded(everything, tuple(kept), (*everything.left_out, *older), layers, unknown)


def _age(submission: Submission) -> tuple[int, float, str]:
    """What puts the submissions of one student in order, the newest last."""
    return submission.attempt, submission.modified, submission.name


def _newest(pairs: list[tuple[Submission, Report]]) -> tuple[list[Report], list[tuple[str, str]]]:
    """One report a student and assignment, the newest; the others as files left out.

    A file that cannot be read is always kept, as a row with its reason: it must not take the place of one that can.
    """
    best: dict[tuple[str, str], tuple[Submission, Report]] = {}
    unreadable, older = [], []
    for submission, report in pairs:
        if report.status is Status.UNREADABLE:
            unreadable.append(report)
            continue
        owner = (report.student, report.assignment)
        rival = best.setdefault(owner, (submission, report))
        if rival[0] is submission:
            continue
        first, second = sorted((rival, (submission, report)), key=lambda pair: _age(pair[0]))
        best[owner] = second
        older.append((first[0].name, f"{second[0].name} is the same student's newer one"))
    return [report for _, report in best.values()] + unreadable, older
