"""What `grade` and `regrade` have in common: grade with a progress bar, and say what a person should know."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from autograder.cli.app import progress_bar, say
from autograder.cli.courses import WrittenClass, of_run
from autograder.course.paths import shown
from autograder.errors import MisuseError
from autograder.outputs.escape import one_line
from autograder.student.cards.wording import how_many
from autograder.student.model.results import Report, Status

if TYPE_CHECKING:
    from autograder.course.settings import Course
    from autograder.grading.run import Engine, Graded
    from autograder.grading.standing import Standing
    from autograder.grading.store import GradeStore, Sources
    from autograder.submissions.find import Found

INTERRUPTED = 130  # what a shell gives for a program that SIGINT ended


def check_machine(*, unsafe: bool) -> str:
    """The layers of the wall around student code, in words.

    Refuse before anything is written, where student code cannot be run.  SandboxError says why, and what to do.
    """
    from autograder.sandbox.layers import available, choose_layers

    return choose_layers(available(), unsafe=unsafe).line


def grade_into(
    store: GradeStore,
    work: Found,
    sources: Sources,
    course: Course,
    jobs: int,
    *,
    unsafe: bool,
    engine: Engine | None = None,
) -> Graded:
    """Grade what is below the sources' paths, before lateness; take what is unchanged from the store.

    engine: grades instead of `jobs` threads of this process.
    Whoever interrupts it with Ctrl-C reads what is kept; exit code INTERRUPTED.
    """
    from autograder.course.schedule import Schedule
    from autograder.grading.run import grade_found
    from autograder.reports.packed import small_heap

    secrets = [*sources.paths, store.root, *([sources.course.parent] if sources.course else [])]
    try:
        with progress_bar() as progress, small_heap():
            task = progress.add_task("grading", total=len(work.submissions))
            return grade_found(
                work,
                replace(course, schedule=Schedule()),
                jobs,
                lambda _: progress.advance(task),
                unsafe=unsafe,
                protected=secrets,
                store=store,
                engine=engine,
            )
    except KeyboardInterrupt:
        say(
            f"autograder: interrupted; {store.count()} finished grades are kept in {store.root}, no page or gradebook "
            "was written; run the same command again to go on from there"
        )
        raise typer.Exit(INTERRUPTED) from None


@dataclass(frozen=True, slots=True)
class DaskOptions:
    """Where to grade, if not on this machine."""

    dask: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster of this scheduler.")
    ] = ""
    dask_tls: Annotated[
        str, typer.Option(metavar="CA,CERT,KEY", help="For --dask: certificates, or their folder.")
    ] = ""

    def engine(self) -> Engine | None:
        """What grades on the cluster; None if there is none.  MisuseError if it cannot be asked."""
        if not self.dask:
            return None
        try:
            from autograder.grading.remote import Cluster, check_secrecy, read_tls
        except ModuleNotFoundError as why:
            raise MisuseError(
                f"--dask: the package {why.name} is missing; pip install --editable '.[dask]' in the checkout"
            ) from None

        files = read_tls(self.dask_tls) if self.dask_tls else ()
        check_secrecy(self.dask, files)
        return Cluster(self.dask, say, files).grade


def rows_of(
    graded: Sequence[Report], counting: Sequence[Report], *, whole_class: bool
) -> list[Report]:
    """The rows to print of all that counts: of the assignments that this run graded.

    whole_class: with everybody; else only what this run graded.
    """
    named = {report.assignment for report in graded}
    own = [report for report in counting if report.assignment in named]
    return own if whole_class else of_run(graded, own)


def print_class(
    rows: Sequence[Report], written: WrittenClass, stream: TextIO, *, as_json: bool
) -> None:
    """Print the rows of a graded class and where its files are, or the reports as JSON."""
    from autograder.outputs import terminal
    from autograder.reports import report_json

    if as_json:
        report_json.write_json(rows, stream)
    else:
        terminal.print_reports(rows, stream, [shown(written.page), shown(written.report)])


def tell(graded: Graded, store: GradeStore, counting: Standing) -> None:
    """Say on stderr what was found, taken over, damaged and left out."""
    _tell(_found(graded), store.found, _notes(graded, store, counting))


def tell_removed(sizes: Sequence[int]) -> None:
    """Say how many old grades were removed from the store, and how large they were; nothing if none was."""
    if sizes:
        count = "counts" if len(sizes) == 1 else "count"
        removed = f"{how_many(len(sizes), 'old grade')} that no longer {count}"
        say(f"removed from the store: {removed}, {sum(sizes) / 1e6:.1f} MB")


def _tell(found: str, again: int, notes: Sequence[str]) -> None:
    say(found)
    if again:
        say(f"not run again, since the same work was graded before: {again}")
    for note in notes:
        say(note)


def _found(graded: Graded) -> str:
    notebooks = how_many(len(graded.reports), "notebook")
    return f"found: {graded.found.layout}, {notebooks}; {graded.sandbox}"


def _notes(graded: Graded, store: GradeStore, counting: Standing) -> list[str]:
    from autograder.reports.regrade import kept

    damaged = [
        f"{name}: {why}; it was not used and what it held was graded again"
        for name, why in store.damaged
    ]
    better = [
        f"{report.student}, {report.assignment}: {report.score:g} points stay, {report.kept}"
        for report in kept(counting.reports)
    ]
    entered = {(report.identity.file, report.status) for report in counting.reports}
    stopped = [
        f"{report.student}, {report.assignment}: {report.reason}; the earlier grade stays"
        for report in graded.reports
        if report.status is Status.STOPPED and (report.identity.file, report.status) not in entered
    ]
    left_out = [f"left out {one_line(name)}: {reason}" for name, reason in graded.left_out]
    return [*damaged, *better, *stopped, *left_out, *counting.notes]


def printed_form(*, as_json: bool) -> str:
    """All that decides how a table is printed, in a line."""
    if as_json:
        return "json"
    settings = [f"{name}={os.environ.get(name, '')}" for name in ("TERM", "COLORTERM", "NO_COLOR")]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    return " ".join(["table", str(width), str(sys.stdout.encoding), *settings])


def print_again(out: Path, kept: Sequence[Path], basis: str, form: str) -> bool:
    """Print again what the last run into `out` printed; False where something has changed since.

    kept: what the run brought up to date besides.
    """
    from autograder.grading.last_run import LastRun, left_in
    from autograder.grading.store import FOLDER, LAST_RUN, open_store

    if not basis or not (out / FOLDER / LAST_RUN).is_file():
        return False
    with open_store(out, say) as store:
        content = store.last_run()
        run = LastRun(**content) if content else None
        if run is None or (run.basis, run.form, run.left) != (basis, form, left_in(out, kept)):
            return False
        sys.stdout.write(run.text)
        _tell(run.found, run.graded, run.notes)
    return True


def note_run(
    store: GradeStore,
    kept: Sequence[Path],
    graded: Graded,
    counting: Standing,
    basis: str,
    form: str,
    text: str | None,
    problems: Sequence[str],
) -> None:
    """Keep what a run printed for `print_again`, if there is nothing left that the next one would do.

    kept: what the run brought up to date besides.  text: None if it is too long to be kept.
    problems: what else is said on stderr.
    """
    from autograder.grading.grade import is_final
    from autograder.grading.last_run import LastRun, left_in

    final = [report for report in graded.reports if is_final(report)]
    if not basis or text is None or store.damaged or len(final) < len(graded.reports):
        return
    counted = sum(report.status is Status.GRADED for report in final)
    told = (counted, _found(graded), (*_notes(graded, store, counting), *problems))
    run = LastRun(basis, left_in(store.root.parent, kept), form, text, *told)
    store.note_run(asdict(run))
