"""Commands for instructors: a course directory, in which nbgrader works too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import INSTRUCTORS, app, stderr
from autograder.places import HERE, shown

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
    students: Annotated[Path | None, typer.Option(help="A CSV with id, first_name, last_name, email.")] = None,
) -> None:
    """Make a course directory: settings with a secret seed, all assignments, an nbgrader gradebook."""
    from autograder.classroom.directory import GRADEBOOK, make_course
    from autograder.outputs.gradebook import read_sheet

    done = make_course(folder, title, read_sheet(students) if students else None, HERE)
    for name in done.made:
        print(f"{shown(folder / name)}: made")
    for name in done.left:
        print(f"{shown(folder / name)}: left as it is")
    if students:
        print(f"{shown(folder / GRADEBOOK)}: {done.students} students added")
    stderr.print(NEXT.format(folder=folder))
