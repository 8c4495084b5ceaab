"""`autograder ci`: one student's work graded with the hidden checks, and told to the platform that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.outputs import export
from autograder.outputs.gradescope import write_results
from autograder.outputs.pages import PageMeta, write_pages
from autograder.student.checks import assignments
from autograder.student.ci import platforms
from autograder.student.ci.cells import find_places
from autograder.student.ci.platforms import Handed, Job
from autograder.student.model.results import Report, Status

if TYPE_CHECKING:
    from autograder.course.settings import Course
    from autograder.grading.run import Graded
    from autograder.submissions.ingest import Submission

# Systems that show JUnit XML, by the variable that each sets.
JUNIT_READERS = ("GITLAB_CI", "JENKINS_URL", "CIRCLECI", "TF_BUILD", "BUILDKITE")


def wanted_formats(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The format that the environment asks for: GitHub's job summary, or JUnit XML for what shows it, or none."""
    shows_junit = any(environ.get(name) for name in JUNIT_READERS)
    return platforms.asked_for(environ) or (("junit",) if shows_junit else ())


def grade_student(
    paths: Sequence[Path],
    course: Course,
    jobs: int,
    student: str = "",
    *,
    unsafe: bool = False,
    protected: Sequence[Path] = (),
) -> tuple[Graded, tuple[Handed, ...]]:
    """Grade the work of one student, who is called `student` or else as the folder of the first path is.

    What is handed back stands in the order of the reports.  MisuseError if there is nothing to grade.
    """
    from autograder.grading.run import find_students_work, grade_found
    from autograder.submissions.find import Found

    first = paths[0].resolve()
    owner = student or (first.name if first.is_dir() else first.parent.name)
    finds = [(path, find_students_work(path, owner, course.choice)) for path in paths]
    mine = [
        _owned(submission, path, owner) for path, find in finds for submission in find.submissions
    ]
    left_out = tuple(out for _, find in finds for out in find.left_out)
    everything = Found(" and ".join(find.layout for _, find in finds), tuple(mine), left_out)
    graded = grade_found(everything, course, jobs, unsafe=unsafe, protected=(*protected, *paths))
    by_name = {submission.name: submission for submission in mine}
    return graded, tuple(_placed(report, by_name) for report in graded.reports)


def _pages(job: Job) -> list[str]:
    write_pages(_reports(job), job.out, PageMeta(titles={a.name: a.title for a in assignments()}))
    return []


def _gradescope(job: Job) -> list[str]:
    for one, name in zip(job.handed, platforms.file_names("results", job.handed), strict=True):
        platforms.put(job.out / name, write_results(one.report))
    return []


def _files_of(name: str) -> Callable[[Job], list[str]]:
    """A writer of `export`, as one of `ci`."""

    def write(job: Job) -> list[str]:
        for file, data in export.WRITERS[name](_reports(job)).items():
            platforms.put(job.out / file, data)
        return []

    return write


def _reports(job: Job) -> list[Report]:
    return [one.report for one in job.handed]


# By name: all that `ci` writes.  A student's repository may ask for those of `student.ci.platforms` alone.
WRITERS: Mapping[str, Callable[[Job], list[str]]] = {
    **platforms.WRITERS,
    "junit": _files_of("junit"),
    "gradescope": _gradescope,
    "pages": _pages,
    "json": _files_of("json"),
}


def _owned(submission: Submission, path: Path, student: str) -> Submission:
    """A submission under its path from here, by the student whose repository it is in."""
    root = path if path.is_dir() else path.parent
    whole = (root / submission.name).resolve()
    name = whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole
    return replace(submission, student=student, name=name.as_posix())


def _placed(report: Report, submissions: Mapping[str, Submission]) -> Handed:
    """A report with the places of its exercises; a file that could not be read has none."""
    file = report.identity.file
    if report.status is not Status.GRADED or file not in submissions:
        return Handed(report, file, {})
    text = submissions[file].read().decode("utf-8", "replace")
    return Handed(
        report, file, find_places(file, text, [result.exercise for result in report.exercises])
    )
