"""Commands for instructors: a course directory, in which nbgrader works too; and what others do
about its gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.app import INSTRUCTORS, app, say, stderr
from autograder.course.paths import HERE, shown
from autograder.student.checks import assignments

if TYPE_CHECKING:
    from autograder.course.settings import Course
    from autograder.student.model.results import Report
    from autograder.submissions.ingest import Submission

NEXT = """\
next: cd {folder}
  students get the folders in release/; what they hand in is graded by
    autograder grade SUBMISSIONS     # a folder or zip, as it was downloaded; scores go into gradebook.db
    jupyter lab                      # the menu Nbgrader, Formgrader: comments and scores by hand
    autograder export --help         # into Canvas, Moodle, Gradescope
course.toml holds the secret seed of the hidden checks: keep a copy, and publish nothing but release/"""


@app.command(rich_help_panel=INSTRUCTORS)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    title: Annotated[str, typer.Option(help="What the course is called.")] = "",
    students: Annotated[
        Path | None, typer.Option(help="A CSV with id, first_name, last_name, email.")
    ] = None,
) -> None:
    """Make a course directory: settings with a secret seed, all assignments, an nbgrader
    gradebook."""
    from autograder.nbgrader_course.directory import make_course
    from autograder.nbgrader_course.gradebook import GRADEBOOK
    from autograder.outputs.gradebooks.sheet import read_sheet

    done = make_course(folder, title, read_sheet(students) if students else None, HERE)
    for name in done.made:
        print(f"{shown(folder / name)}: made")
    for name in done.left:
        print(f"{shown(folder / name)}: left as it is")
    if students:
        print(f"{shown(folder / GRADEBOOK)}: {done.students} students added")
    stderr.print(NEXT.format(folder=folder))


def keep_gradebook(
    course: Path | None,
    settings: Course,
    submissions: Sequence[Submission],
    reports: Sequence[Report],
) -> None:
    """Bring the course directory of a course.toml up to date with a graded class; nothing if it is
    none."""
    from autograder.nbgrader_course.gradebook import GRADEBOOK, has_gradebook

    if course is None or not has_gradebook(course):
        return
    from autograder.nbgrader_course.writer import keep_course
    from autograder.outputs.pages import page_meta

    meta = page_meta(settings.title, assignments())
    kept = keep_course(course.parent, settings, submissions, reports, meta, say)
    for note in kept.notes:
        say(note)
    stderr.print(
        f"{shown(course.parent / GRADEBOOK)}: {kept.written} submissions written, {kept.unchanged} unchanged"
    )


def absent_students(course: Path | None, reports: Sequence[Report]) -> tuple[Report, ...]:
    """Reports on the students of the course's gradebook who have handed in nothing; none if there
    is no gradebook."""
    from autograder.nbgrader_course.gradebook import (
        GRADEBOOK,
        has_gradebook,
        open_gradebook,
        url_of,
    )

    if course is None or not has_gradebook(course):
        return ()
    from autograder.nbgrader_course.roster import absent

    with open_gradebook(url_of(course.parent / GRADEBOOK)) as gradebook:
        return absent(gradebook, reports)


def counting_people(course: Path | None, reports: Sequence[Report]) -> Sequence[Report]:
    """Reports with the scores that people entered in the course's gradebook, if there is one."""
    from autograder.nbgrader_course.gradebook import GRADEBOOK, has_gradebook

    if course is None or not has_gradebook(course):
        return reports
    from autograder.nbgrader_course.manual_grades import all_with_manual_grades

    stderr.print(f"with the scores and comments by people in {shown(course.parent / GRADEBOOK)}")
    return all_with_manual_grades(course.parent, reports)
