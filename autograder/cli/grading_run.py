"""What `grade` and `regrade` have in common: grade with a progress bar, and say what a person
should know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from autograder.cli.app import progress_bar, say, stderr
from autograder.cli.courses import of_run
from autograder.outputs.escape import one_line
from autograder.student.model.results import Report, Status

if TYPE_CHECKING:
    from autograder.course.settings import Course
    from autograder.grading.run import Graded
    from autograder.grading.standing import Standing
    from autograder.grading.store import GradeStore, Sources
    from autograder.submissions.find import Found

INTERRUPTED = 130  # what a shell gives for a program that SIGINT ended


def check_machine(*, unsafe: bool) -> None:
    """Refuse before anything is written, where student code cannot be run.  SandboxError says why, and what to do."""
    from autograder.sandbox.layers import available, choose_layers

    choose_layers(available(), unsafe=unsafe)


def grade_into(
    store: GradeStore, work: Found, sources: Sources, course: Course, jobs: int, *, unsafe: bool
) -> Graded:
    """Grade what was found below the sources' paths, before lateness; what is in the store, and
    unchanged, is taken from it.

    Whoever interrupts it with Ctrl-C reads what is kept; exit code INTERRUPTED.
    """
    from autograder.course.schedule import Schedule
    from autograder.grading.run import grade_found

    secrets = [*sources.paths, store.root, *([sources.course.parent] if sources.course else [])]
    try:
        with progress_bar() as progress:
            task = progress.add_task("grading", total=len(work.submissions))
            return grade_found(
                work,
                replace(course, schedule=Schedule()),
                jobs,
                lambda _: progress.advance(task),
                unsafe=unsafe,
                protected=secrets,
                store=store,
            )
    except KeyboardInterrupt:
        say(
            f"autograder: interrupted; {store.count()} finished grades are kept in {store.root}, no page or gradebook "
            "was written; run the same command again to go on from there"
        )
        raise typer.Exit(INTERRUPTED) from None


def rows_of(
    graded: Sequence[Report], counting: Sequence[Report], *, whole_class: bool
) -> list[Report]:
    """The rows to print of all that counts: of the assignments that this run graded.

    whole_class: with everybody; else only what this run graded.
    """
    named = {report.assignment for report in graded}
    own = [report for report in counting if report.assignment in named]
    return own if whole_class else of_run(graded, own)


def tell(graded: Graded, store: GradeStore, counting: Standing) -> None:
    """Say on stderr what was found, taken over, damaged and left out."""
    from autograder.reports.regrade import kept

    stderr.print(
        f"found: {graded.found.layout}, {len(graded.found.submissions)} notebooks; {graded.sandbox}"
    )
    if store.found:
        stderr.print(f"not run again, since the same work was graded before: {store.found}")
    for name, why in store.damaged:
        say(f"{name}: {why}; it was not used and what it held was graded again")
    for report in kept(counting.reports):
        say(f"{report.student}, {report.assignment}: {report.score:g} points stay, {report.kept}")
    entered = {(report.identity.file, report.status) for report in counting.reports}
    for report in graded.reports:
        if report.status is Status.STOPPED and (report.identity.file, report.status) not in entered:
            say(f"{report.student}, {report.assignment}: {report.reason}; the grade before stays")
    for name, reason in graded.left_out:
        say(f"left out {one_line(name)}: {reason}")
    for note in counting.notes:
        say(note)
