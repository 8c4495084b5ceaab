"""Grade everything below a path: find the submissions, make the keys, start the sandbox, grade the class."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from pkgutil import iter_modules

from autograder.course.paths import HERE
from autograder.course.schedule import settle_people
from autograder.course.settings import EVERYTHING, Course, catalogue, chosen_assignments
from autograder.errors import MisuseError
from autograder.grading.answer_key import AnswerKey, later_key
from autograder.grading.grade import Grader, grade_class
from autograder.grading.late import schedule_notes
from autograder.grading.ledger import Ledger, LedgerEntry
from autograder.grading.store import GradeStore, Sources
from autograder.reports.packed import packed
from autograder.sandbox.pool import Sandbox
from autograder.student import data, plots
from autograder.student.model.exercises import Choice
from autograder.student.model.results import Report, Status
from autograder.submissions.choose import find_chosen, find_own
from autograder.submissions.entries import Layout
from autograder.submissions.find import Found
from autograder.submissions.ingest import Submission, UnreadableError

# Of CPU time, for each failed exercise whose mistake has no name.
REPAIR_SECONDS = 10.0
# Grades a class: the reports in the order of the submissions.  The last argument is called with each as it is finished.
Engine = Callable[
    [Grader, Course, Sequence[Submission], Callable[[Report], None]], Iterable[Report]
]


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

    def entered(self) -> Graded:
        """The same without what the ledger holds by now: the submissions, and the results of exercises."""
        bare = tuple(replace(report, exercises=()) for report in self.reports)
        return replace(self, found=replace(self.found, submissions=()), reports=bare)


def make_keys(course: Course, only: str = "") -> dict[str, AnswerKey]:
    """The answer keys of all assignments, by name.  only: of one.

    The source of each is read, and its inputs are drawn, when it is first needed: never for absent assignments.
    """
    return {
        name: later_key(public, hidden, course.seed)
        for name, (public, hidden) in catalogue(course.choice).items()
        if only in ("", name)
    }


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
    """A grader with its sandbox, for `jobs` at a time, warmed by what the first cells of notebooks import.

    The sandbox is started when something must be run.

    unsafe: go on where student code cannot be kept from the files.  protected: what it must not read, beside the
    solutions and the hidden checks.  store: where finished grades are kept; none are if None.
    """
    shown = [c.probe for key in keys.values() for e in key.assignment.exercises for c in e.checks]
    secrets = (*HERE.secrets, *protected)
    with Sandbox(
        limits=course.limits,
        warm=[f"import {module}" for module in _shared_modules()],
        probes=shown,
        jobs=jobs,
        unsafe=unsafe,
        protected=secrets,
        started=False,
    ) as sandbox:
        yield Grader(keys, sandbox, course.seed_hash, store=store, schedule=course.schedule)


def _shared_modules() -> Iterator[str]:
    """The modules of the student library that provided cells import."""
    yield "autograder.student.notebook"
    for room in (plots, data):
        for module in iter_modules(room.__path__, f"{room.__name__}."):
            yield module.name


def find_work(
    paths: Sequence[Path], layout: Layout | None = None, choice: Choice = EVERYTHING
) -> Found:
    """The submissions to any assignment of a course below `paths`, one a student and assignment.

    layout: settles by hand how the download is laid out.  Raises MisuseError if there is nothing to grade.
    """
    return find_chosen(paths, all_exercises(choice), layout)


@dataclass(frozen=True, slots=True)
class Again:
    """What a regrade is about: what counts by now, files that came into the downloads since, and
    those there whose bytes are those of an entry that counts."""

    entries: tuple[LedgerEntry, ...]
    new: tuple[Submission, ...] = ()
    same: tuple[tuple[Submission, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def work(self) -> Found:
        """What is to be graded."""
        kept = (entry.submission for entry in self.entries)
        return Found("all that was graded before", (*kept, *self.new), self.left_out)

    def narrowed(self, student: str, exercise: str) -> Again:
        """The same for one student, and for one exercise; "" for all."""
        own = self._of_student(student) if student else self
        return own._of_exercise(exercise) if exercise else own

    def _of_student(self, student: str) -> Again:
        """The same for one student, called by any id, e-mail address or name.

        Raises MisuseError if it is nobody, or if several may be meant.
        """

        def is_own(submission: Submission) -> bool:
            return student in replace(submission.identity, members=()).names

        known = {entry.submission.student for entry in self.entries if is_own(entry.submission)}
        named = known or {submission.student for submission in self.new if is_own(submission)}
        if len(named) != 1:
            what = f"may be any of {', '.join(sorted(named))}" if named else "is nobody graded here"
            raise MisuseError(f"--student: {student!r} {what}; write an id as the table has it")

        return Again(
            tuple(entry for entry in self.entries if is_own(entry.submission)),
            tuple(filter(is_own, self.new)),
            tuple(pair for pair in self.same if is_own(pair[0])),
        )

    def _of_exercise(self, exercise: str) -> Again:
        """What was graded before and holds an exercise: `name`, or `assignment.name`.

        Raises MisuseError if no graded work has it.
        """
        own = tuple(entry for entry in self.entries if _results_called(exercise, entry.report))
        if not own:
            names = sorted({name for entry in self.entries for name in _exercises_of(entry.report)})
            what = (
                f"{exercise!r} is not an exercise of what was graded; there are {', '.join(names)}"
            )
            raise MisuseError(f"--exercise: {what}")
        return Again(own)

    def enter(
        self,
        reports: Sequence[Report],
        ledger: Ledger,
        now: Callable[[], datetime],
        exercise: str = "",
    ) -> None:
        """Enter the reports on `work`, in its order.  exercise: the results of others stay as they were."""
        count = len(self.entries)
        again = [
            (entry, _with_new(entry.report, report, exercise) if exercise else report)
            for entry, report in zip(self.entries, reports[:count], strict=True)
        ]
        ledger.regrade(again, now)
        by_hash = {entry.hash: report for entry, report in again}
        found = [(submission, by_hash[key]) for submission, key in self.same]
        ledger.enter([*zip(self.new, reports[count:], strict=True), *found], now)


def _exercises_of(report: Report) -> list[str]:
    return [result.exercise for result in report.exercises]


def _results_called(exercise: str, report: Report) -> set[str]:
    """The exercises of a report that are meant by `name`, or by `assignment.name`."""
    return {
        name for name in _exercises_of(report) if exercise in (name, f"{report.assignment}.{name}")
    }


def _with_new(before: Report, after: Report, exercise: str) -> Report:
    """A report with the new result of one exercise.

    It rests on what the new one rests on if all others are the same; else on what it rested on before.
    """
    if after.status is not Status.GRADED:
        return after
    named = _results_called(exercise, before)
    new = {result.exercise: result for result in after.exercises if result.exercise in named}
    results = tuple(new.get(result.exercise, result) for result in before.exercises)
    return after if results == after.exercises else replace(before, exercises=results)


def find_again(
    downloads: Sequence[Sources], entries: Sequence[LedgerEntry], choice: Choice = EVERYTHING
) -> Again:
    """What counts, and what has come into the downloads since.

    A download that is gone, or holds nothing any more, is passed over: its work is kept.
    """
    known = {entry.hash for entry in entries}
    new: list[Submission] = []
    same: list[tuple[Submission, str]] = []
    left_out: list[tuple[str, str]] = []
    for download in downloads:
        try:
            there = find_work(download.paths, download.layout, choice)
        except MisuseError:
            continue
        left_out += there.left_out
        for submission in there.submissions:
            key = _hash_of(submission)
            if key in known:
                same.append((submission, key))
            else:
                new.append(submission)
    return Again(tuple(entries), tuple(new), tuple(same), tuple(left_out))


def look_at(paths: Sequence[Path], layout: Layout | None, choice: Choice = EVERYTHING) -> Again:
    """What lies below these paths, and nothing else, is to be graded again."""
    there = find_work(paths, layout, choice)
    return Again((), there.submissions, left_out=there.left_out)


def _hash_of(submission: Submission) -> str:
    try:
        return hashlib.sha256(submission.read()).hexdigest()
    except UnreadableError:
        return ""


def find_students_work(path: Path, student: str, choice: Choice = EVERYTHING) -> Found:
    """The submissions below a path that holds the work of one student, one an assignment."""
    return find_own(path, student, all_exercises(choice))


def all_exercises(choice: Choice = EVERYTHING) -> dict[str, list[str]]:
    """The names of the exercises of each assignment that a course uses."""
    return {a.name: [e.name for e in a.exercises] for a in chosen_assignments(choice)}


def grade_found(
    everything: Found,
    course: Course,
    jobs: int,
    done: Callable[[Report], None] = lambda _: None,
    *,
    unsafe: bool = False,
    protected: Sequence[Path] = (),
    store: GradeStore | None = None,
    engine: Engine | None = None,
) -> Graded:
    """Grade submissions that were found; `done` is called with each report as the work goes on.

    unsafe, protected and store: as for `start_grader`; protected holds the submissions' paths too.
    engine: grades the class instead of `jobs` threads of this process.
    Raises SandboxError if student code cannot be run safely.
    """
    people = [submission.identity for submission in everything.submissions]
    course = replace(course, schedule=settle_people(course.schedule, people))
    with start_grader(
        make_keys(course), course, jobs, unsafe=unsafe, protected=protected, store=store
    ) as grader:
        layers, naming = grader.sandbox.layers, replace(grader, repair=REPAIR_SECONDS)
        work = everything.submissions
        graded = (
            engine(naming, course, work, done) if engine else grade_class(naming, work, jobs, done)
        )
        reports = tuple(map(packed, graded))
    return Graded(
        everything,
        reports,
        everything.left_out,
        layers,
        schedule_notes(course.schedule, [report.identity for report in reports]),
    )
