"""Commands for after the first grading: grade again and see who moves; settle an appeal by the
evidence."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import (
    INSTRUCTORS,
    CourseFile,
    Jobs,
    LayoutOption,
    Unsafe,
    app,
    cores,
    report_problems,
    report_text,
    say,
)
from autograder.cli.courses import keep_gradebook
from autograder.cli.grading_run import check_machine, grade_into, tell
from autograder.course.paths import shown
from autograder.errors import GraderError, MisuseError
from autograder.reports.report_json import REPORT_FILE
from autograder.student.checks import assignments
from autograder.student.model.results import Status

evidence = typer.Typer(help="Repeat a grade from its evidence.", no_args_is_help=True)
app.add_typer(evidence, name="evidence", rich_help_panel=INSTRUCTORS)


@app.command(rich_help_panel=INSTRUCTORS)
def regrade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Submissions; if none is named, those that were graded before.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the graded class.")
    ] = Path("graded"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say who moves, and write nothing.")
    ] = False,
    lower_too: Annotated[
        bool,
        typer.Option(
            "--lower-too", help="Let the new score count even where the one before was better."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the moves as JSON instead of a table.")
    ] = False,
    layout: LayoutOption = None,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade again what has changed, and print who moves, by how much and why; the better score of
    each counts."""
    from autograder.course.settings import course_above, load_course
    from autograder.grading.run import find_work
    from autograder.grading.store import Sources, open_store, read_sources
    from autograder.outputs.pages import page_meta
    from autograder.outputs.publish import publish
    from autograder.outputs.regrade_table import print_regrade_table, write_regrade_json
    from autograder.reports.regrade import find_changes, kept, settle
    from autograder.reports.report_json import read_json
    from autograder.submissions.find import work_of

    if not (out / REPORT_FILE).is_file():
        raise MisuseError(
            f"{out}: holds no {REPORT_FILE}; grade the class first, or name its folder with --out"
        )
    remembered = read_sources(out)
    if not paths and remembered is None:
        raise MisuseError(f"{out}: does not say where its submissions were; name them")
    chosen = tuple(work_of(path) for path in paths or (remembered.paths if remembered else ()))
    layout = layout or (remembered.layout if remembered and not paths else None)
    course = (
        course
        or (None if paths or not remembered else remembered.course)
        or course_above(chosen[0], chosen)
        or course_above(Path.cwd(), chosen)
    )
    settings, work = load_course(course), find_work(chosen, layout)
    sources = Sources(chosen, course, layout)
    check_machine(unsafe=unsafe)
    with open_store(out, say) as store:
        before = read_json(report_text(out / REPORT_FILE), str(out / REPORT_FILE))
        graded = grade_into(store, work, sources, settings, jobs or cores(), unsafe=unsafe)
        reports = settle(before, graded.reports, lower_too=lower_too)
        found = find_changes(before, graded.reports, lower_too=lower_too)
        if not dry_run:
            store.remember(
                replace(sources, paths=(*(remembered.paths if remembered else ()), *chosen))
            )
            if lower_too:
                store.forget_better(graded.reports)
            store.keep_better(kept(reports))
            publish(reports, out, page_meta(settings.title, assignments()), settings.seal)
        (write_regrade_json if as_json else print_regrade_table)(
            found, sys.stdout, applied=not dry_run
        )
        tell(graded, store, reports)
        if not dry_run:
            again = {(report.student, report.assignment) for report in graded.reports}
            own = [report for report in reports if (report.student, report.assignment) in again]
            keep_gradebook(course, settings, work.submissions, own)
    if any(report.status is Status.STOPPED for report in graded.reports):
        raise typer.Exit(GraderError.exit_code)


@evidence.command("verify")
def verify_evidence(
    file: Annotated[
        Path, typer.Argument(help="The evidence of one submission, from graded/evidence/.")
    ],
    submission: Annotated[
        Path | None,
        typer.Option(
            help="The submission, or the folder or zip that holds it; else where it was graded."
        ),
    ] = None,
    course: CourseFile = None,
    unsafe: Unsafe = False,
) -> None:
    """Repeat a grade from its evidence and say that it is the same, bit for bit, or what differs
    (exit code 1)."""
    from autograder.grading.repeat import repeat
    from autograder.reports.evidence import read_evidence

    repeated = repeat(read_evidence(file), submission, course, file, unsafe=unsafe)
    for note in repeated.notes:
        say(note)
    report_problems([f"{shown(file)}: {problem}" for problem in repeated.problems])
    report = repeated.report
    print(
        f"{shown(file)}: repeated and equal: {report.student}, {report.assignment}, {report.score:g} points"
    )
