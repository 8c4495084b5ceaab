"""`autograder ci`: one student's work graded with the hidden checks, and told to the platform that asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from autograder.course.settings import Course
from autograder.grading.run import Graded, find_students_work, grade_found
from autograder.outputs import gradescope
from autograder.outputs.junit import write_junit
from autograder.outputs.pages import PageMeta, write_pages
from autograder.reports.report_json import write_json
from autograder.student.checks import assignments
from autograder.student.ci import platforms
from autograder.student.ci.cells import find_places
from autograder.student.ci.platforms import Handed, Platform
from autograder.student.model.results import Report, Status
from autograder.submissions.find import Found
from autograder.submissions.ingest import Submission


class Form(Enum):
    """What `ci` writes."""

    GITHUB = "github"
    JUNIT = "junit"
    GRADESCOPE = "gradescope"
    CLASSROOM50 = "classroom50"
    CLASSROOM = "classroom"
    PAGES = "pages"
    JSON = "json"


# Those that a student's repository may write as well.
SHARED = {form: Platform(form.value) for form in (Form.GITHUB, Form.CLASSROOM, Form.CLASSROOM50)}
# Systems that show JUnit XML, by the variable that each sets.
JUNIT_READERS = ("GITLAB_CI", "JENKINS_URL", "CIRCLECI", "TF_BUILD", "BUILDKITE")


def forms_for(environ: Mapping[str, str]) -> tuple[Form, ...]:
    """What the environment asks for: GitHub's job summary, or JUnit XML for what shows it, or nothing."""
    if platforms.found(environ):
        return (Form.GITHUB,)
    return (Form.JUNIT,) if any(environ.get(name) for name in JUNIT_READERS) else ()


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
    first = paths[0].resolve()
    owner = student or (first.name if first.is_dir() else first.parent.name)
    finds = [(path, find_students_work(path, owner)) for path in paths]
    mine = [_owned(submission, path, owner) for path, find in finds for submission in find.submissions]
    left_out = tuple(out for _, find in finds for out in find.left_out)
    everything = Found(" and ".join(find.layout for _, find in finds), tuple(mine), left_out)
    graded = grade_found(everything, course, jobs, unsafe=unsafe, protected=(*protected, *paths))
    by_name = {submission.name: submission for submission in mine}
    return graded, tuple(_placed(report, by_name) for report in graded.reports)


def write_forms(forms: Sequence[Form], handed: Sequence[Handed], out: Path, environ: Mapping[str, str]) -> list[str]:
    """Write all reports in each form; the lines that stdout is to carry.  Files go into `out` unless `environ` says."""
    shared = [SHARED[form] for form in forms if form in SHARED]
    lines = platforms.write(shared, handed, out, environ)
    reports = [one.report for one in handed]
    out.mkdir(parents=True, exist_ok=True)
    if Form.JUNIT in forms:
        (out / "junit.xml").write_bytes(write_junit(reports))
    if Form.JSON in forms:
        write_json(reports, out / "report.json")
    if Form.PAGES in forms:
        write_pages(reports, out, PageMeta(titles={a.name: a.title for a in assignments()}))
    if Form.GRADESCOPE in forms:
        for report, name in zip(reports, platforms.file_names("results", handed), strict=True):
            (out / name).write_bytes(gradescope.write_results(report))
    return lines


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
    return Handed(report, file, find_places(file, text, [result.exercise for result in report.exercises]))
