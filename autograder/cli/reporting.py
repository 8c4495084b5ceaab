"""Commands for instructors who look at a class: its pages again, and answers that are alike."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import INSTRUCTORS, CourseFile, Jobs, OutFolder, Unsafe, app, cores, say
from autograder.cli.courses import (
    current_reports,
    remembered_in,
    spent_seed,
    what_counts,
    with_people,
)
from autograder.cli.grading_run import check_machine
from autograder.course.paths import shown
from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.outputs.escape import one_line
from autograder.student.cards.wording import how_many
from autograder.student.model.results import Report, Status


@app.command(rich_help_panel=INSTRUCTORS)
def report(
    graded: Annotated[
        Path | None,
        typer.Argument(
            metavar="[REPORT]", help="A report.json; by default all that was graded in the course."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A folder; by default the report's own.")
    ] = None,
    open_hidden: Annotated[
        str,
        typer.Option(
            "--open",
            metavar="ASSIGNMENT",
            help="After the due time: write this assignment's student pages with the inputs of its hidden checks.",
        ),
    ] = "",
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Write the class page and the students' pages again."""
    from autograder.course.settings import find_course

    if open_hidden:
        _open(open_hidden, course or find_course(Path.cwd()), out, jobs or cores(), unsafe=unsafe)
        return
    from autograder.course.settings import load_course
    from autograder.outputs.pages import page_meta, write_pages

    course = course or find_course(graded or Path.cwd())
    settings = load_course(course)
    own = graded.parent if graded else remembered_in(course, None)
    pages = write_pages(current_reports(course, settings, graded), out or own, page_meta(settings))
    print(f"{shown(pages[0])}: the class page; {len(pages) - 1} more beside it")


def _open(
    assignment: str, course: Path | None, out: Path | None, jobs: int, *, unsafe: bool
) -> None:
    """Write the students' pages of an assignment with its hidden checks, and note that its seed is spent."""
    from autograder.course.settings import chosen_assignments, load_course
    from autograder.grading.late import is_over
    from autograder.grading.opened import opened_checks
    from autograder.grading.run import make_keys, start_grader
    from autograder.grading.store import open_store
    from autograder.outputs.pages import page_meta, place_pages, student_page
    from autograder.reports.opened import OpenedCheck

    settings = load_course(course)
    keys = make_keys(settings, assignment)
    if assignment not in keys:
        known = ", ".join(each.name for each in chosen_assignments(settings.choice))
        raise MisuseError(f"--open: there is no assignment {assignment!r}; there are {known}")
    if assignment in settings.schedule.due and not is_over(settings.schedule, assignment):
        raise MisuseError(f"--open: {assignment} is not due yet for everybody; wait until it is")
    check_machine(unsafe=unsafe)
    memory = remembered_in(course, None)
    meta = page_meta(settings)
    secrets = [memory, *([course.parent] if course else [])]
    grading = start_grader(keys, settings, jobs, unsafe=unsafe, protected=secrets)
    with what_counts(course, settings, memory) as counting, grading as grader:
        handed_in = {
            entry.submission.student: entry.submission
            for entry in counting.entries
            if entry.report.assignment == assignment
        }

        def opened(report: Report) -> Sequence[OpenedCheck]:
            return opened_checks(grader, keys[assignment], handed_in[report.student])

        own = [r for r in counting.reports if r.assignment == assignment and r.student in handed_in]
        pages = place_pages(with_people(course, [r for r in own if r.status is Status.GRADED]))
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            shown_checks = list(pool.map(opened, [page.report for page in pages]))
    folder = out or memory / "opened"
    for page, checks in zip(pages, shown_checks, strict=True):
        replace_file(folder / page.path, student_page(page.report, meta, checks).encode())
    with open_store(memory, say) as store:
        store.note_opened(assignment, settings.seed_hash)
    print(f"{shown(folder / assignment)}: {how_many(len(pages), 'page')} with hidden inputs")
    say(spent_seed([assignment]))


@app.command(rich_help_panel=INSTRUCTORS)
def written(course: CourseFile = None) -> None:
    """Write a page with all answers to each written question, and a sheet in which you tick its rubric."""
    from autograder.course.settings import find_course, load_course
    from autograder.nbgrader_course.gradebook import has_gradebook
    from autograder.nbgrader_course.written import write_sheets
    from autograder.outputs.pages import page_meta

    course = course or find_course(Path.cwd())
    if course is None or not has_gradebook(course):
        raise MisuseError("written: this is not a course directory; make one with autograder init")
    settings = load_course(course)
    meta = page_meta(settings)
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
            help="Notebooks, folders or zips; by default all that was graded in the course.",
        ),
    ] = None,
    out: OutFolder = None,
    course: CourseFile = None,
) -> None:
    """List pairs whose answers share more than chance explains, for a person to look at.  Runs no student code."""
    from autograder.course.settings import find_course, load_course
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
    replace_file(page, similar_page(found, page_meta(settings)).encode())
    print_similar(found, sys.stdout)
    print(f"written: {shown(page)}: both side by side; a table to look at, not a verdict")
    for name, reason in left_out:
        say(f"left out {one_line(name)}: {reason}")
