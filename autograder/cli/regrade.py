"""Commands for after the first grading: grade again and see who moves; settle an appeal by the evidence."""

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
    OutFolder,
    Unsafe,
    app,
    cores,
    report_problems,
    say,
)
from autograder.cli.courses import now, people_in, remembered_in, write_class
from autograder.cli.grading_run import check_machine, grade_into, tell
from autograder.course.paths import shown
from autograder.errors import GraderError, MisuseError
from autograder.reports.report_json import REPORT_FILE
from autograder.student.model.results import Status

evidence = typer.Typer(help="Repeat a grade from its evidence.", no_args_is_help=True)
app.add_typer(evidence, name="evidence", rich_help_panel=INSTRUCTORS)


@app.command(rich_help_panel=INSTRUCTORS)
def regrade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Submissions; by default those that were graded before."
        ),
    ] = None,
    out: OutFolder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print who moves, and write nothing.")
    ] = False,
    lower_too: Annotated[
        bool,
        typer.Option(
            "--lower-too", help="Let the new score count even where the earlier one was better."
        ),
    ] = False,
    student: Annotated[
        str, typer.Option(help="Only this student: an id, an e-mail address or a name.")
    ] = "",
    exercise: Annotated[
        str, typer.Option(help="Only this exercise: a name, or ASSIGNMENT.NAME; the others stay.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the moves as JSON instead of a table.")
    ] = False,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade again what has changed, and print who moves, by how much and why; the better score of each counts."""
    from autograder.course.settings import course_above, find_course, load_course
    from autograder.grading.ledger import open_ledger
    from autograder.grading.run import find_again, look_at
    from autograder.grading.standing import standing
    from autograder.grading.store import Sources, open_store, read_sources
    from autograder.outputs.regrade_table import print_regrade_table, write_regrade_json
    from autograder.reports.regrade import find_changes, kept, settle
    from autograder.submissions.find import work_of

    memory = remembered_in(course or find_course(Path.cwd()), out)
    out = out or memory
    published = out / REPORT_FILE
    if not published.is_file():
        raise MisuseError(
            f"{out}: holds no {REPORT_FILE}; grade the class first, or name its folder with --out"
        )
    remembered = read_sources(memory)
    if not paths and not remembered:
        raise MisuseError(f"{out}: does not say where its submissions were; name them")
    chosen = tuple(work_of(path) for path in paths or ())
    if course is None:
        own = course_above(chosen[0], chosen) if chosen else remembered[-1].course
        course = own or course_above(Path.cwd(), chosen)
    settings = load_course(course)
    check_machine(unsafe=unsafe)
    with open_store(memory, say) as store, open_ledger(store.root, dry=dry_run) as ledger:
        people = people_in(course)
        layout = next((each.layout for each in remembered if each.paths == chosen), None)
        again = (
            look_at(chosen, layout, settings.choice)
            if chosen
            else find_again(
                remembered,
                standing(ledger.entries(), settings.schedule, people).entries,
                settings.choice,
            )
        )
        again = again.narrowed(student, exercise)
        sources = Sources(chosen, course, layout)
        graded = grade_into(store, again.work, sources, settings, jobs or cores(), unsafe=unsafe)
        again.enter(graded.reports, ledger, now, exercise)
        del again  # of a large class, what is not needed again
        graded = graded.entered()
        counting = standing(ledger.entries(), settings.schedule, people)
        before = tuple(ledger.published())
        reports = settle(before, counting.reports, lower_too=lower_too)
        if not dry_run:
            store.remember(sources)
            if lower_too:
                store.forget_better(counting.reports)
            store.keep_better(kept(reports))
        (write_regrade_json if as_json else print_regrade_table)(
            find_changes(before, counting.reports, lower_too=lower_too),
            sys.stdout,
            applied=not dry_run,
        )
        counting = replace(counting, reports=reports)
        tell(graded, store, counting)
        if not dry_run:
            written = write_class(course, settings, ledger, counting, graded.reports, out)
            if written.problem:
                raise written.problem
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
            help="The submission, or the folder or zip that holds it; by default where it was graded."
        ),
    ] = None,
    course: CourseFile = None,
    unsafe: Unsafe = False,
) -> None:
    """Repeat a grade from its evidence and say that it is the same, bit for bit, or what differs (exit code 1)."""
    from autograder.course.settings import find_course
    from autograder.grading.repeat import repeat
    from autograder.reports.evidence import read_evidence

    people = people_in(course or find_course(file))
    repeated = repeat(read_evidence(file), submission, course, file, people=people, unsafe=unsafe)
    for note in repeated.notes:
        say(note)
    report_problems([f"{shown(file)}: {problem}" for problem in repeated.problems])
    report = repeated.report
    print(
        f"{shown(file)}: repeated and equal: {report.student}, {report.assignment}, {report.score:g} points"
    )
