"""The command line.  stdout is the result, stderr is progress and diagnostics.

Exit codes: 0 done; 1 a check failed (build --check, release --check, verify, compare, doctor); 2 misuse; 3 the grader
failed.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.errors import GraderError, KitError, MisuseError
from autograder.exporting import Format
from autograder.outputs.escape import PASSAGE, one_line
from autograder.places import HERE, shown
from autograder.student.checks import assignments, module_of
from autograder.student.exercises import Assignment
from autograder.student.results import Status

app = typer.Typer(
    help="Build, release and grade the backpropagation assignments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
FAILED = 1
REPORT_FILE = "report.json"
stderr = Console(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)

Names = Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="All of them if none is named.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; say what is stale and which command mends it.")]
CourseFile = Annotated[Path | None, typer.Option("--course", help="A course.toml; else the nearest one above PATH.")]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Go on where student code cannot be kept from your files.")]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="How many at a time; all cores if not said.")]


class Extent(StrEnum):
    """How many mutants of each reference answer are graded."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


# So many mutants of each exercise are a sample: with 60 exercises, half a minute on two cores.
SAMPLE = 12


def main() -> None:
    """Run the command line; errors of the kit become one line on stderr and their exit code."""
    try:
        app()
    except KitError as error:
        _say(f"autograder: {error}")
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        stderr.print("autograder: the grader itself failed, see above; please report it")
        sys.exit(GraderError.exit_code)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@app.command()
def build(names: Names = None, check: Check = False) -> None:
    """Write assignments/NN_slug.ipynb from solutions/NN_slug.py."""
    from autograder.authoring import notebook

    stale: list[str] = []
    for assignment in _chosen(names):
        source, target = HERE.source(assignment.name), HERE.notebook(assignment.name)
        if check:
            stale += notebook.stale(source, assignment, target)
        else:
            written = notebook.build(source, assignment, target)
            print(f"{shown(target)}: {'written' if written else 'unchanged'}")
    _report(stale)


@app.command()
def release(names: Names = None, check: Check = False) -> None:
    """Write release/NN_slug/ and its zip, after a scan for leaks: all that students get."""
    from autograder.authoring import bundle

    stale: list[str] = []
    for assignment in _chosen(names):
        source, module = HERE.source(assignment.name), module_of(assignment.name)
        if check:
            stale += bundle.stale_release(source, assignment, module, HERE)
        else:
            written = bundle.release(source, assignment, module, HERE)
            print(f"{shown(HERE.bundle(assignment.name))}: {'written' if written else 'unchanged'}")
    _report(stale)


@app.command()
def verify(
    names: Names = None,
    mutants: Annotated[Extent, typer.Option(help=f"Of each answer: all, a sample of {SAMPLE}, none.")] = Extent.SAMPLE,
    seed: Annotated[int, typer.Option(help="Another seed draws another sample.")] = 0,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Put every exercise through the gate: stub 0, reference full, misconceptions caught and named, mutants killed."""
    from autograder.authoring import bundle, notebook
    from autograder.authoring import verify as gate
    from autograder.authoring.audit import audit
    from autograder.course import catalogue, load_course
    from autograder.grading.run import make_keys, start_grader
    from autograder.outputs.gate import print_audit, print_gate

    settings, known = load_course(course), catalogue()
    chosen = _chosen(names)
    problems: list[str] = []
    for assignment in chosen:
        source, module = HERE.source(assignment.name), module_of(assignment.name)
        problems += notebook.stale(source, assignment, HERE.notebook(assignment.name))
        problems += bundle.stale_release(source, assignment, module, HERE)
        problems += bundle.release_leaks(source, assignment, module, HERE)
    keys = make_keys(settings)
    secrets = [course.parent] if course else []
    most = SAMPLE if mutants is Extent.SAMPLE else None
    verdicts, audits = [], []
    started = start_grader(keys, settings, jobs or cores(), unsafe=unsafe, protected=secrets)
    with started as grader, stderr.status("") as status:
        stderr.print(grader.sandbox.layers)
        for name in (assignment.name for assignment in chosen):
            hidden = known[name][1]
            status.update(f"{name}: grading stub, reference and misconceptions")
            verdicts.append(gate.verify(keys[name], hidden, grader, jobs or cores()))
            if mutants is not Extent.NONE:
                status.update(f"{name}: grading mutants")
                audits.append(audit(keys[name], hidden.equivalents, grader, jobs or cores(), most=most, seed=seed))
    print_gate([row for verdict in verdicts for row in verdict.rows], sys.stdout)
    if audits:
        survivors = [mutant.diff for found in audits for mutant in found.survivors]
        print_audit([score for found in audits for score in found.scores], survivors, sys.stdout)
    problems += [problem for verdict in verdicts for problem in verdict.problems]
    _report([*problems, *(problem for found in audits for problem in found.problems)])


@app.command()
def grade(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Notebooks, or folders or zips of notebooks.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the pages and report.json go.")] = Path("graded"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON instead of a table.")] = False,
    course: CourseFile = None,
    jobs: Jobs = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions in the sandbox; print a table, write a page for each student and one for the class."""
    from autograder.course import find_course, load_course
    from autograder.grading.run import grade_paths
    from autograder.outputs import jsonfile, terminal
    from autograder.outputs.pages import PageMeta, write_pages

    course = course or find_course(paths[0])
    settings = load_course(course)
    with _progress() as progress:
        task = progress.add_task("starting", total=None)
        graded = grade_paths(
            paths,
            settings,
            jobs or cores(),
            found=lambda found: progress.update(task, description="grading", total=len(found.submissions)),
            done=lambda _: progress.advance(task),
            unsafe=unsafe,
            protected=[course.parent] if course else [],
        )
    titles = {assignment.name: assignment.title for assignment in assignments()}
    out.mkdir(parents=True, exist_ok=True)
    page, *_ = write_pages(graded.reports, out, PageMeta(settings.title, titles))
    jsonfile.write_json(graded.reports, out / REPORT_FILE)
    if as_json:
        jsonfile.write_json(graded.reports, sys.stdout)
    else:
        terminal.print_reports(graded.reports, sys.stdout, [shown(page), shown(out / REPORT_FILE)])
    stderr.print(f"found: {graded.found.layout}, {len(graded.found.submissions)} notebooks; {graded.sandbox}")
    for name, reason in graded.left_out:
        _say(f"left out {one_line(name)}: {reason}")
    if any(report.status is Status.STOPPED for report in graded.reports):
        raise typer.Exit(GraderError.exit_code)


@app.command()
def export(
    form: Annotated[Format, typer.Argument(metavar="FORMAT", help=" | ".join(f.value for f in Format))],
    report: Annotated[Path, typer.Option(help="The report.json of a graded class.")] = Path("graded") / REPORT_FILE,
    into: Annotated[Path | None, typer.Option(help="canvas, moodle: the file that you exported, to be filled.")] = None,
    assignment: Annotated[str, typer.Option(help="Which, if the report holds several.")] = "",
    column: Annotated[str, typer.Option(help="canvas: the column's title; the assignment's if not said.")] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for what is written.")] = Path("exported"),
) -> None:
    """Write a graded class for another system: a filled gradebook, feedback files, results.json, JUnit XML."""
    from autograder.exporting import export as write
    from autograder.outputs.jsonfile import read_json
    from autograder.outputs.pages import PageMeta

    titles = {known.name: known.title for known in assignments()}
    written = write(read_json(_text(report)), form, into, assignment, column, PageMeta(titles=titles))
    for name, data in written.files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(shown(path))
    for note in written.notes:
        _say(note)


@app.command()
def doctor(unsafe: Unsafe = False) -> None:
    """Say what keeps student code in on this machine, and try it: what a worker can do and what it cannot."""
    from autograder import __version__
    from autograder.grading.run import SECRETS
    from autograder.outputs.doctor import print_trials
    from autograder.sandbox.doctor import describe, examine
    from autograder.sandbox.layers import available

    print(describe(available()))
    found = examine(SECRETS, [HERE.root / "README.md"], unsafe=unsafe)
    print(found.line)
    print_trials([(tried.trial.text, tried.said, tried.right) for tried in found.tried], sys.stdout)
    print(f"backprop-kit {__version__}, {', '.join(found.versions)}")
    _report([f"{tried.trial.text}: {tried.said}; do not grade here" for tried in found.tried if not tried.right])


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="A new folder for the notebooks; the truth goes beside it.")],
    students: Annotated[int, typer.Option(min=1, help="How many students.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same class.")] = 0,
) -> None:
    """Make a class to try the grader on, from the reference and the misconceptions."""
    from autograder.authoring.simulate import simulate_class
    from autograder.course import load_course
    from autograder.grading.run import make_keys

    truth = simulate_class(list(make_keys(load_course(None)).values()), folder, students, seed)
    print(f"{folder}: {students} students; what is true of them: {truth}")


@app.command()
def compare(
    report: Annotated[Path, typer.Argument(help="The report.json of a graded class.")],
    truths: Annotated[list[Path], typer.Argument(metavar="TRUTH...", help="Truth files of the submissions in it.")],
) -> None:
    """Hold a graded class against the truth and count the wrong verdicts."""
    from autograder.authoring.truth import read_truth, wrong_verdicts
    from autograder.outputs.jsonfile import read_json

    reports = read_json(_text(report))
    wrong: list[str] = []
    for truth in truths:
        count, contradictions = wrong_verdicts(read_truth(truth), reports)
        print(f"{shown(truth)}: {count} verdicts, {len(contradictions)} wrong")
        wrong += contradictions
    _report(wrong)


def _chosen(names: Sequence[str] | None) -> list[Assignment]:
    """The assignments named, in the catalogue's order; all of them if none is named."""
    known = {assignment.name: assignment for assignment in assignments()}
    for name in names or ():
        if name not in known:
            raise MisuseError(f"{name}: there is no such assignment; there are {', '.join(known)}")
    return [assignment for name, assignment in known.items() if not names or name in names]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"{path}: cannot be read ({error}); name the report.json of a graded class") from None


def _say(text: str) -> None:
    """Print on stderr what may hold names that students chose: they steer no terminal, and no log of a workflow."""
    for line in text.splitlines():
        stderr.print(one_line(line, PASSAGE))


def _report(problems: Sequence[str]) -> None:
    """Print each problem on stderr; exit 1 if there are any."""
    for problem in problems:
        _say(problem)
    if problems:
        raise typer.Exit(FAILED)


def _progress() -> Progress:
    """A progress bar on stderr; nothing where stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)
