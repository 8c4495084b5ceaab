"""Commands for authors: build, release, verify, and a class to try the grader on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.app import (
    AUTHORS,
    CourseFile,
    Jobs,
    Unsafe,
    app,
    cores,
    report_problems,
    report_text,
    stderr,
)
from autograder.course.paths import HERE, shown
from autograder.errors import MisuseError
from autograder.student.cards.wording import how_many
from autograder.student.checks import module_of

if TYPE_CHECKING:
    from autograder.student.model.exercises import Assignment

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="By default all of them.")
]
Check = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; say what is stale and which command mends it."),
]


class Extent(StrEnum):
    """How many mutants of each reference answer are graded."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


# So many mutants of each exercise are a sample: with 60 exercises, half a minute on two cores.
SAMPLE = 12

new = typer.Typer(
    help="Write the first lines of a new assignment or exercise.", no_args_is_help=True
)
app.add_typer(new, name="new", rich_help_panel=AUTHORS)


@new.command("assignment")
def new_assignment(
    name: Annotated[str, typer.Argument(help="Its number and its name, as in 09_convolution.")],
) -> None:
    """Write an assignment without exercises: its source, visible checks, hidden checks and mistakes."""
    from autograder.authoring import new as stubs

    for path in stubs.write_assignment(name, HERE):
        print(f"{shown(path)}: written")


@new.command("exercise")
def new_exercise(
    name: Annotated[str, typer.Argument(help="The function or class that students fill in.")],
    assignment: Annotated[str, typer.Option("--in", metavar="ASSIGNMENT", help="As in 04_matmul.")],
) -> None:
    """Add an exercise: its cells, its visible check, and its hidden check with a mistake."""
    from autograder.authoring import new as stubs

    [chosen] = _chosen([assignment])
    for path in stubs.add_exercise(name, chosen, module_of(assignment), HERE):
        print(f"{shown(path)}: changed")


@app.command(rich_help_panel=AUTHORS)
def build(names: Names = None, check: Check = False) -> None:
    """Write assignments/ from solutions/; also docs/syllabus.md and the tables by which notebooks name mistakes."""
    from autograder.authoring.build import mistakes, notebook, syllabus
    from autograder.course.settings import catalogue, course_in

    known, handout = catalogue(), course_in(HERE.root).handout
    if check:
        stale = [*syllabus.stale_syllabus(_known(), HERE)]
        for assignment in _chosen(names):
            target = HERE.notebook(assignment.name)
            stale += notebook.stale(HERE.source(assignment.name), assignment, target, handout)
            stale += mistakes.stale_mistakes(*known[assignment.name], HERE)
        report_problems(stale)
        return
    for assignment in _chosen(names):
        target = HERE.notebook(assignment.name)
        source = HERE.source(assignment.name)
        written = notebook.build_notebook(source, assignment, target, handout)
        print(f"{shown(target)}: {'written' if written else 'unchanged'}")
    tables = [mistakes.write_mistakes(*known[a.name], HERE) for a in _chosen(names)]
    print(f"{shown(HERE.mistakes)}: {'written' if any(tables) else 'unchanged'}")
    written = syllabus.write_syllabus(_known(), HERE)
    print(f"{shown(HERE.syllabus)}: {'written' if written else 'unchanged'}")


@app.command(rich_help_panel=AUTHORS)
def release(
    names: Names = None,
    check: Check = False,
    zips: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write a zip for each assignment, one of everything, and a wheel."
        ),
    ] = None,
    browser: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the files from which JupyterLite makes a site (make site)."
        ),
    ] = None,
) -> None:
    """Write release/, all that students get, and scan it for leaks first.

    Notebooks that are there already stay, and are brought up to date.
    """
    from autograder.authoring.build import downloads
    from autograder.authoring.build import release as folder

    if check and (zips or browser):
        option = "--zips" if zips else "--browser"
        raise MisuseError(
            f"{option}: does nothing with --check, which writes no files; leave one out"
        )
    known, chosen = _known(), [assignment.name for assignment in _chosen(names)]
    if check:
        report_problems(_release_problems(chosen if names else []))
        return
    written = folder.write_release(known, chosen, HERE)
    print(f"{shown(HERE.release)}: {'written' if written else 'unchanged'}")
    out = folder.released(known, HERE)
    for target, write in (
        (zips, downloads.write_downloads),
        (browser, downloads.write_browser_course),
    ):
        for path in write(known, out, target, HERE) if target else ():
            print(f"{shown(path)}: written")


def _release_problems(out: Sequence[str]) -> list[str]:
    """What is stale in release/, and every leak in it and in what is made from it."""
    from autograder.authoring.build import downloads
    from autograder.authoring.build import release as folder

    known = _known()
    return [
        *folder.stale_release(known, out, HERE),
        *folder.release_leaks(known, HERE),
        *downloads.download_leaks(known, HERE),
    ]


@app.command(rich_help_panel=AUTHORS)
def verify(
    names: Names = None,
    mutants: Annotated[
        Extent,
        typer.Option(
            help=f"Mutants of each answer: all, a sample of {SAMPLE}, or none. With none, answers that are "
            "wrong on special inputs are not tried either."
        ),
    ] = Extent.SAMPLE,
    seed: Annotated[int, typer.Option(help="Another seed draws another sample.")] = 0,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Put every exercise through the gate: stub 0, reference all points, mistakes caught and named, mutants caught."""
    from autograder.authoring.build import notebook
    from autograder.authoring.gate import verify as gate
    from autograder.authoring.gate.audit import audit
    from autograder.authoring.gate.conditions import audit_conditions, unused_exclusions
    from autograder.authoring.gate.tables import print_audit, print_conditions, print_gate
    from autograder.course.settings import catalogue, course_in, load_course
    from autograder.grading.run import make_keys, start_grader

    beside, built = course_in(HERE.root), _chosen(names)
    settings = load_course(course) if course else beside
    known = catalogue(settings.choice)
    problems = _release_problems([assignment.name for assignment in built])
    for assignment in built:
        target, source = HERE.notebook(assignment.name), HERE.source(assignment.name)
        problems += notebook.stale(source, assignment, target, beside.handout)
    keys = make_keys(settings)
    secrets = [course.parent] if course else []
    most = SAMPLE if mutants is Extent.SAMPLE else None
    verdicts, audits, special = [], [], []
    started = start_grader(keys, settings, jobs or cores(), unsafe=unsafe, protected=secrets)
    with started as grader, stderr.status("") as status:
        stderr.print(grader.sandbox.layers)
        for name in (name for name in known if not names or name in names):
            status.update(f"{name}: grading stub, reference and mistakes")
            verdicts.append(gate.verify_assignment(keys[name], grader, jobs or cores()))
            if mutants is Extent.NONE:
                continue
            status.update(f"{name}: grading mutants")
            hidden = known[name][1]
            audits.append(
                audit(keys[name], hidden.equivalents, grader, jobs or cores(), most=most, seed=seed)
            )
            status.update(f"{name}: trying special inputs")
            exercises = keys[name].assignment.exercises
            special += [audit_conditions(keys[name], hidden.excluded, e) for e in exercises]
            problems += unused_exclusions(keys[name], hidden.excluded)
    print_gate([row for verdict in verdicts for row in verdict.rows], sys.stdout)
    if audits:
        survivors = [mutant.diff for found in audits for mutant in found.survivors]
        print_audit([score for found in audits for score in found.scores], survivors, sys.stdout)
        print_conditions(special, sys.stdout)
    problems += [problem for verdict in verdicts for problem in verdict.problems]
    problems += [problem for score in special for problem in score.problems]
    report_problems([*problems, *(problem for found in audits for problem in found.problems)])


@app.command(rich_help_panel=AUTHORS)
def simulate(
    folder: Annotated[
        Path, typer.Argument(help="A new folder for the notebooks; the truth goes beside it.")
    ],
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same class.")] = 0,
) -> None:
    """Make a class for a trial of the grader: its answers are right ones and catalogued mistakes."""
    from autograder.authoring.gate.simulate import simulate_class
    from autograder.course.settings import load_course
    from autograder.grading.run import make_keys

    truth = simulate_class(list(make_keys(load_course(None)).values()), folder, students, seed)
    print(f"{folder}: {how_many(students, 'student')}; their true results: {truth}")


@app.command(rich_help_panel=AUTHORS)
def compare(
    report: Annotated[Path, typer.Argument(help="The report.json of a graded class.")],
    truths: Annotated[
        list[Path], typer.Argument(metavar="TRUTH...", help="Truth files of the submissions in it.")
    ],
) -> None:
    """Compare a graded class with the truth and count the wrong verdicts."""
    from autograder.authoring.gate.truth import read_truth, wrong_verdicts
    from autograder.reports.report_json import read_json

    reports = read_json(report_text(report), str(report))
    wrong: list[str] = []
    for truth in truths:
        count, contradictions = wrong_verdicts(read_truth(truth), reports)
        print(f"{shown(truth)}: {count} verdicts, {len(contradictions)} wrong")
        wrong += contradictions
    report_problems(wrong)


def _known() -> tuple[Assignment, ...]:
    """The assignments as the course chose them whose course.toml lies beside the kit."""
    from autograder.course.settings import chosen_assignments, course_in

    return chosen_assignments(course_in(HERE.root).choice)


def _chosen(names: Sequence[str] | None) -> list[Assignment]:
    """The assignments named, in the catalogue's order; all of them if none is named."""
    known = {assignment.name: assignment for assignment in _known()}
    for name in names or ():
        if name not in known:
            raise MisuseError(f"{name}: there is no such assignment; there are {', '.join(known)}")
    return [assignment for name, assignment in known.items() if not names or name in names]
