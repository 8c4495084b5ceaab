"""Commands for instructors: grade a class, hand the grades on, and ask what keeps student code
in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import (
    INSTRUCTORS,
    CourseFile,
    Jobs,
    LayoutOption,
    OutFolder,
    Unsafe,
    app,
    cores,
    one_of,
    report_problems,
    say,
)
from autograder.cli.courses import (
    current_reports,
    now,
    people_in,
    remembered_in,
    tell_who_waits,
    write_class,
)
from autograder.cli.grading_run import check_machine, grade_into, rows_of, tell
from autograder.course.paths import HERE, shown
from autograder.errors import GraderError
from autograder.files import replace_file
from autograder.outputs.export import FORMATS
from autograder.student.checks import assignments
from autograder.student.model.results import Status


@app.command(rich_help_panel=INSTRUCTORS)
def grade(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            readable=False,  # the kit says it in its own words
            help="Notebooks, or folders or zips of notebooks.",
        ),
    ],
    out: OutFolder = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the reports as JSON instead of a table.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Grade all again, also what is finished and unchanged.")
    ] = False,
    layout: LayoutOption = None,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions in the sandbox and add them to the course: a table, pages, a gradebook.

    What was graded before in the same course, and is unchanged, is not run again.
    """
    from autograder.course.settings import course_above, is_own_file, load_course
    from autograder.grading.ledger import open_ledger
    from autograder.grading.run import find_work
    from autograder.grading.standing import standing
    from autograder.grading.store import Sources, open_store
    from autograder.outputs import terminal
    from autograder.reports import report_json
    from autograder.submissions.find import work_of

    paths = [work_of(path) for path in paths]
    course = course or course_above(paths[0], paths) or course_above(Path.cwd(), paths)
    settings, work = load_course(course), find_work(paths, layout)
    sources = Sources(tuple(paths), course, layout)
    check_machine(unsafe=unsafe)
    memory = remembered_in(course, out)
    out = out or memory
    with open_store(memory, say, fresh=fresh) as store, open_ledger(store.root) as ledger:
        store.remember(sources)
        graded = grade_into(store, work, sources, settings, jobs or cores(), unsafe=unsafe)
        ledger.enter(list(zip(work.submissions, graded.reports, strict=True)), now)
        counting = standing(ledger.entries(), settings.schedule, people_in(course), store.better())
        written = write_class(course, settings, ledger, counting, graded.reports, out)
        whole_class = any(not is_own_file(path) for path in paths)
        rows = rows_of(graded.reports, written.reports, whole_class=whole_class)
        if as_json:
            report_json.write_json(rows, sys.stdout)
        else:
            files = [shown(written.page), shown(written.report)]
            terminal.print_reports(rows, sys.stdout, files)
        tell(graded, store, counting)
        if settings.seed_problem and whole_class:
            say(settings.seed_problem)
        tell_who_waits(course, graded.reports)
    if written.problem:
        raise written.problem
    if any(report.status is Status.STOPPED for report in graded.reports):
        raise typer.Exit(GraderError.exit_code)


@app.command("export", rich_help_panel=INSTRUCTORS)
def export_class(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=" | ".join(FORMATS))],
    report: Annotated[
        Path | None,
        typer.Option(help="A report.json; if not said, all that was graded in the course."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="canvas, moodle: the file that you exported, to be filled.")
    ] = None,
    assignment: Annotated[str, typer.Option(help="Which, if the course has several.")] = "",
    column: Annotated[
        str, typer.Option(help="canvas: the column's title; the assignment's if not said.")
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for what is written.")] = Path(
        "exported"
    ),
    course: CourseFile = None,
) -> None:
    """Write a graded class for another system: a filled gradebook, feedback files, results.json,
    JUnit XML."""
    from autograder.course.settings import find_course, load_course
    from autograder.outputs.export import export
    from autograder.outputs.pages import page_meta

    course = course or (find_course(report) if report else None) or find_course(Path.cwd())
    settings = load_course(course)
    meta = page_meta(settings.title, assignments())
    reports = current_reports(course, settings, report)
    one_of(form, FORMATS, "export")
    written = export(reports, form, into, assignment, column, meta)
    for name, data in written.files.items():
        path = out / name
        replace_file(path, data)
        print(shown(path))
    for note in written.notes:
        say(note)
    tell_who_waits(course, [each for each in reports if assignment in ("", each.assignment)])


@app.command(rich_help_panel=INSTRUCTORS)
def doctor(unsafe: Unsafe = False) -> None:
    """Say what keeps student code in on this machine, and try it: what a worker can do and what it
    cannot."""
    from autograder import __version__
    from autograder.outputs.doctor import print_trials
    from autograder.sandbox.doctor import describe_machine, examine_machine
    from autograder.sandbox.layers import available

    print(describe_machine(available()))
    found = examine_machine(HERE.secrets, [HERE.root / "README.md"], unsafe=unsafe)
    print(found.line)
    print_trials(
        [(tried.attempt.text, tried.words, tried.right) for tried in found.tried], sys.stdout
    )
    print(f"backprop-kit {__version__}, {', '.join(found.versions)}")
    report_problems(
        [
            f"{tried.attempt.text}: {tried.words}; do not grade here"
            for tried in found.tried
            if not tried.right
        ]
    )
