"""Commands for machines that grade: ci, submit-check, and Gradescope's autograder."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import FAILED, CourseFile, Jobs, Unsafe, app, cores, one_of, say, stderr
from autograder.course.paths import HERE, shown
from autograder.errors import GraderError, MisuseError
from autograder.files import replace_file
from autograder.outputs.escape import one_line
from autograder.platforms.ci import WRITERS
from autograder.student.checks import catalogue, module_of
from autograder.student.model.results import Status

MACHINES = "For CI"


class Visibility(StrEnum):
    """When students see Gradescope's tests."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


@app.command(rich_help_panel=MACHINES)
def ci(
    notebooks: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[NOTEBOOK]...", help="Notebooks, or a folder; by default this folder."
        ),
    ] = None,
    forms: Annotated[
        list[str] | None,
        typer.Option(
            "--format", help=f"{' | '.join(WRITERS)}; by default the environment decides."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for files.")] = Path("graded"),
    student: Annotated[str, typer.Option(help="The student; by default the folder's name.")] = "",
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 where checks failed.")
    ] = False,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade one student's work and report it to the platform that asked.

    Exit codes: 0 all passed, 1 checks failed, 2 misuse, 3 the grader itself failed.
    """
    from autograder.course.settings import course_above, load_course
    from autograder.platforms import ci
    from autograder.student.ci.platforms import Job, summary_text

    for name in forms or ():
        one_of(name, WRITERS, "--format")
    paths = notebooks or [Path()]
    course = course or course_above(Path.cwd(), paths)
    protected = [course.parent] if course else []
    graded, handed = ci.grade_student(
        paths, load_course(course), jobs or cores(), student, unsafe=unsafe, protected=protected
    )
    for one in handed:
        print(summary_text(one), end="\n\n")
    out.mkdir(parents=True, exist_ok=True)
    for name in forms or ci.wanted_formats(os.environ):
        for line in WRITERS[name](Job(handed, out, os.environ)):
            print(line)
    stderr.print(graded.sandbox)
    for name, reason in graded.left_out:
        say(f"left out {one_line(name)}: {reason}")
    for note in graded.notes:
        say(note)
    if any(one.report.status is Status.STOPPED for one in handed):
        raise typer.Exit(GraderError.exit_code)
    if not exit_zero and not all(one.passed for one in handed):
        raise typer.Exit(FAILED)


@app.command(rich_help_panel=MACHINES)
def submit_check(
    notebook: Annotated[
        Path, typer.Argument(metavar="NOTEBOOK", help="Your own: it runs as Jupyter would run it.")
    ],
) -> None:
    """For students: check that a notebook is complete and runs, before it is handed in.

    Exit codes: 0 ready, 1 something is missing or stops, 2 misuse, 3 the check itself failed.
    """
    from autograder.student.ci.command import main

    raise typer.Exit(main(["submit-check", str(notebook)]))


@app.command(rich_help_panel=MACHINES)
def gradescope(
    assignment: Annotated[
        str,
        typer.Argument(
            metavar="ASSIGNMENT", help="The assignment: Gradescope takes one at a time."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for the zip.")] = Path(
        "uploads"
    ),
    visibility: Annotated[
        Visibility, typer.Option(help="When students see points and findings.")
    ] = Visibility.VISIBLE,
    leaderboard: Annotated[
        bool, typer.Option("--leaderboard", help="Rank how fast the network of 07_mlp_sgd learns.")
    ] = False,
    course: CourseFile = None,
) -> None:
    """Make the zip for Gradescope.  It holds answers: give it to Gradescope alone."""
    from autograder.course.settings import chosen_assignments, course_above, load_course
    from autograder.grading.leaderboard import ASSIGNMENT as RANKED
    from autograder.platforms.gradescope_upload import Settings, make_upload

    course = course or course_above(Path.cwd(), [])
    chosen = chosen_assignments(load_course(course).choice)  # a mistake in it is reported here
    known = {each.name: each for each in chosen}
    if assignment not in known:
        raise MisuseError(
            f"{assignment}: there is no such assignment; there are {', '.join(known)}"
        )
    if leaderboard and assignment != RANKED:
        raise MisuseError(
            f"--leaderboard: {assignment} trains no network; leave it out, or build {RANKED}"
        )
    settings = Settings(assignment, visibility.value, leaderboard)
    data = make_upload(
        known[assignment], module_of(assignment), frozenset(catalogue()), settings, course, HERE
    )
    path = out / f"{assignment}-gradescope.zip"
    replace_file(path, data)
    print(shown(path))
    if course is None:
        say(
            "there is no course.toml: hidden inputs come from a seed that is public, and lateness costs nothing"
        )
