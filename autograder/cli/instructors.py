"""Commands for instructors: grade a class, hand the grades on, and ask what keeps student code in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TextIO, cast

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
    grouped,
    one_of,
    report_problems,
    say,
)
from autograder.cli.courses import (
    current_reports,
    now,
    people_in,
    remembered_in,
    seed_problems,
    who_waits,
    write_class,
)
from autograder.cli.grading_run import (
    DaskOptions,
    check_machine,
    grade_into,
    note_run,
    print_again,
    print_class,
    printed_form,
    rows_of,
    tell,
    tell_removed,
)
from autograder.cli.streams import Copied
from autograder.course.paths import HERE, shown
from autograder.errors import GraderError
from autograder.files import replace_file
from autograder.outputs.export import FORMATS
from autograder.student.model.results import Status


@app.command(rich_help_panel=INSTRUCTORS)
@grouped
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
        bool,
        typer.Option(
            "--fresh", help="Grade everything again, also finished and unchanged submissions."
        ),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave old grades in the store that no longer count.")
    ] = False,
    layout: LayoutOption = None,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
    *,
    cluster: DaskOptions,
) -> None:
    """Grade submissions in the sandbox and add them to the course: a table, pages, a gradebook.

    Unchanged submissions that were graded before in the same course are not run again.
    """
    from autograder.course.settings import course_above, is_own_file, settings_files
    from autograder.grading.last_run import basis_of
    from autograder.nbgrader_course.gradebook import files_of, has_gradebook
    from autograder.submissions.find import work_of

    engine = cluster.engine()
    paths = [work_of(path) for path in paths]
    course = course or course_above(paths[0], paths) or course_above(Path.cwd(), paths)
    wall, form = check_machine(unsafe=unsafe), printed_form(as_json=as_json)
    own, memory = settings_files(course), remembered_in(course, out)
    kept = files_of(course.parent) if course and has_gradebook(course) else ()
    basis = basis_of([wall, layout, keep, *own, *kept], [*paths, *own], memory)
    if not fresh and print_again(memory, kept, basis, form):
        return
    from autograder.course.settings import load_course
    from autograder.grading.ledger import open_ledger
    from autograder.grading.run import find_work
    from autograder.grading.standing import current_standing
    from autograder.grading.store import Sources, open_store

    settings = load_course(course)
    work = find_work(paths, layout, settings.choice)
    sources = Sources(tuple(paths), course, layout)
    out = out or memory
    table = Copied(sys.stdout)
    with open_store(memory, say, fresh=fresh) as store:
        with open_ledger(store.root) as ledger:
            store.remember(sources)
            graded = grade_into(
                store, work, sources, settings, jobs or cores(), unsafe=unsafe, engine=engine
            )
            ledger.enter(list(zip(work.submissions, graded.reports, strict=True)), now)
            del work  # of a large class, what is not needed again
            graded = graded.entered()
            counting = current_standing(ledger, store, settings.schedule, people_in(course))
            written = write_class(course, settings, ledger, counting, graded.reports, out)
            whole_class = any(not is_own_file(path) for path in paths)
            rows = rows_of(graded.reports, written.reports, whole_class=whole_class)
            print_class(rows, written, cast(TextIO, table), as_json=as_json)
            tell(graded, store, counting)
            problems = seed_problems(settings, store, whole_class=whole_class)
            problems += who_waits(course, graded.reports)
            for problem in problems:
                say(problem)
            if not keep:
                tell_removed(store.prune(ledger.bases(), graded.reports))
        if basis and not written.problem:
            note_run(
                store, kept, graded, counting, basis, form, table.text, [*written.again, *problems]
            )
    if written.problem:
        raise written.problem
    if any(report.status is Status.STOPPED for report in graded.reports):
        raise typer.Exit(GraderError.exit_code)


@app.command("export", rich_help_panel=INSTRUCTORS)
def export_class(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=" | ".join(FORMATS))],
    report: Annotated[
        Path | None,
        typer.Option(help="A report.json; by default all that was graded in the course."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="canvas, moodle: the file that you exported, to be filled.")
    ] = None,
    assignment: Annotated[
        str, typer.Option(help="The assignment, if the course has several.")
    ] = "",
    column: Annotated[
        str, typer.Option(help="canvas: the column's title; by default the assignment's.")
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for the files.")] = Path(
        "exported"
    ),
    course: CourseFile = None,
) -> None:
    """Write a graded class for another system: a filled gradebook, feedback files, results.json, JUnit XML."""
    from autograder.course.settings import find_course, load_course
    from autograder.outputs.export import export
    from autograder.outputs.pages import page_meta

    course = course or (find_course(report) if report else None) or find_course(Path.cwd())
    settings = load_course(course)
    meta = page_meta(settings)
    reports = current_reports(course, settings, report)
    one_of(form, FORMATS, "export")
    written = export(reports, form, into, assignment, column, meta)
    for name, data in written.files.items():
        path = out / name
        replace_file(path, data)
        print(shown(path))
    for note in written.notes:
        say(note)
    for note in who_waits(course, [r for r in reports if assignment in ("", r.assignment)]):
        say(note)


@app.command(rich_help_panel=INSTRUCTORS)
def doctor(unsafe: Unsafe = False) -> None:
    """Show the layers of the sandbox on this machine, and try what student code can and cannot do."""
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
