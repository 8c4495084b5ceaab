"""Commands for instructors who look at a class: its pages again, and answers that are alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import INSTRUCTORS, CourseFile, OutFolder, app, say
from autograder.cli.courses import current_reports, remembered_in, what_counts
from autograder.course.paths import shown
from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.outputs.escape import one_line


@app.command(rich_help_panel=INSTRUCTORS)
def report(
    graded: Annotated[
        Path | None,
        typer.Argument(
            metavar="[REPORT]",
            help="A report.json; if not said, all that was graded in the course.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A folder; the report's own if not said.")
    ] = None,
    course: CourseFile = None,
) -> None:
    """Write the class page and the students' pages again."""
    from autograder.course.settings import chosen_assignments, find_course, load_course
    from autograder.outputs.pages import page_meta, write_pages

    course = course or find_course(graded or Path.cwd())
    settings = load_course(course)
    own = graded.parent if graded else remembered_in(course, None)
    pages = write_pages(
        current_reports(course, settings, graded),
        out or own,
        page_meta(settings.title, chosen_assignments(settings.choice)),
    )
    print(f"{shown(pages[0])}: the class page; {len(pages) - 1} more beside it")


@app.command(rich_help_panel=INSTRUCTORS)
def written(course: CourseFile = None) -> None:
    """Write a page with all answers to each written question, and a sheet in which you tick its rubric."""
    from autograder.course.settings import chosen_assignments, find_course, load_course
    from autograder.nbgrader_course.gradebook import has_gradebook
    from autograder.nbgrader_course.written import write_sheets
    from autograder.outputs.pages import page_meta

    course = course or find_course(Path.cwd())
    if course is None or not has_gradebook(course):
        raise MisuseError("written: this is no course directory; make one with autograder init")
    settings = load_course(course)
    meta = page_meta(settings.title, chosen_assignments(settings.choice))
    for made in write_sheets(course.parent, meta):
        print(
            f"{shown(made.page)}: {made.answers} answers, {made.waiting} wait; tick them in {shown(made.sheet)}"
        )


@app.command(rich_help_panel=INSTRUCTORS)
def similar(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            readable=False,  # the kit says it in its own words
            help="Notebooks, folders or zips; if none is named, all that was graded in the course.",
        ),
    ] = None,
    out: OutFolder = None,
    course: CourseFile = None,
) -> None:
    """List pairs whose answers share more than chance explains, for a person to look at.  Runs no student code."""
    from autograder.course.settings import chosen_assignments, find_course, load_course
    from autograder.outputs.pages import page_meta
    from autograder.outputs.similarity import SIMILAR_PAGE, print_similar, similar_page
    from autograder.similarity.pairs import compare_submissions, find_similar

    course = course or find_course(paths[0] if paths else Path.cwd())
    settings, memory = load_course(course), remembered_in(course, out)
    if paths:
        found, left_out = find_similar(paths)
    else:
        with what_counts(course, settings, memory) as counting:
            found, left_out = compare_submissions(counting.submissions)
    page = (out or memory) / SIMILAR_PAGE
    replace_file(
        page,
        similar_page(
            found, page_meta(settings.title, chosen_assignments(settings.choice))
        ).encode(),
    )
    print_similar(found, sys.stdout)
    print(f"written: {shown(page)}: both side by side; a table to look at, no verdict")
    for name, reason in left_out:
        say(f"left out {one_line(name)}: {reason}")
