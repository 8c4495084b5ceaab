"""What grading costs as a class grows: time, CPU time and memory of whole runs of `autograder grade`.

    python -m benchmarks.curve [SIZE]... [--kept FILE] [--write]

Each size is a class of its own, graded by the command in a fresh process: pages, report.json and ledger too.  Then the
same again, with nothing to do, and `similar`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.cli.app import cores
from autograder.course.settings import Course
from autograder.errors import GraderError
from autograder.grading.run import make_keys
from autograder.reports.report_json import LINES_FILE
from benchmarks.classroom import quiet_home, write_class
from benchmarks.command import run
from benchmarks.measure import sampled
from benchmarks.measured import PAGE, WRITE_HELP, Printout
from benchmarks.picture import draw_curve

NOTEBOOKS = ("03_sigmoid_neuron", "04_matmul")
SIZES = (16, 64, 256, 1000)
# Students whose answers differ; those of larger classes repeat them, in notebooks with bytes of their own.
DIFFERENT = 60
MB = 1e6
stderr = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)


@dataclass(frozen=True, slots=True)
class Command:
    """One run of a command: seconds on the clock and of CPU, and peak memory in bytes.

    alone: of its own process.  tree: of all processes together, pages that they share counted once.
    """

    wall: float
    cpu: float
    alone: int
    tree: int


@dataclass(frozen=True, slots=True)
class Size:
    """What a class of so many submissions costs: graded, once more with nothing to do, and compared.

    different: how many files differ; what equals an earlier file is taken from the store.
    """

    submissions: int
    different: int
    load: float
    grade: Command
    again: Command
    similar: Command


def main(
    sizes: Annotated[list[int] | None, typer.Argument(metavar="[SIZE]...", min=2)] = None,
    kept: Annotated[
        Path | None,
        typer.Option(help="Where sizes that are done are kept; a later run goes on there."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Grade a class of each size, and draw what a submission costs."""
    done = list(_measured(sorted(sizes or SIZES), kept))
    printout = Printout(Console(width=None if sys.stdout.isatty() else 120, highlight=False))
    if write:
        picture = PAGE.with_name("curve.png")
        printout.print(f"![{draw_curve(done, picture)}]({picture.name})")
    printout.print(_table(done))
    loads = [size.load for size in done]
    busy = f"load average {min(loads):.1f} to {max(loads):.1f} before a size"
    printout.print(
        f"Notebooks {' and '.join(NOTEBOOKS)}, {DIFFERENT} of each with catalogued mistakes and copies of them; a file "
        f"that equals an earlier one is not run again. {cores()} cores, {busy}. Every run is a fresh process; its time "
        "and CPU time are of everything from start to end, student code included. "
        "Memory is the peak of the resident set of the grader's process, sampled four times a second."
    )
    if write:
        printout.write("curve")


def _measured(sizes: Sequence[int], kept: Path | None) -> Iterator[Size]:
    """Each size in order; one that `kept` holds is not measured again."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    known = {size.submissions: size for size in map(_read, lines)}
    for count in sizes:
        if count not in known:
            known[count] = _measure(count)
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    print(json.dumps(asdict(known[count])), file=file)
        yield known[count]


def _read(line: str) -> Size:
    row = json.loads(line)
    runs = {name: Command(**row[name]) for name in ("grade", "again", "similar")}
    return Size(row["submissions"], row["different"], row["load"], **runs)


def _measure(count: int) -> Size:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        folder = Path(made)
        stderr.print(f"writing {count} submissions")
        different = _write(folder, count)
        environment = quiet_home(folder / "home")
        load = os.getloadavg()[0]
        runs = []
        for command in ("grade", "grade", "similar"):
            stderr.print(f"{command}, {count} submissions")
            paths = [] if command == "similar" else ["class"]
            runs.append(_run([command, *paths, "--out", "graded"], folder, environment))
            graded = len((folder / "graded" / LINES_FILE).read_bytes().splitlines())
            if graded != count:
                raise GraderError(f"benchmark: {command}: {graded} of {count} submissions graded")
        return Size(count, different, load, *runs)


def _write(folder: Path, count: int) -> int:
    """Write a class as class/{student}/{assignment}.ipynb in `folder`; how many files differ.

    Files are equal where the simulated class has equal ones, as where several students have everything right.
    """
    keys = make_keys(Course())
    different = min(count, DIFFERENT)
    write_class([keys[name] for name in NOTEBOOKS], folder / "simulated", different)
    simulated = {name: sorted((folder / "simulated").glob(f"*/{name}.ipynb")) for name in NOTEBOOKS}
    texts = {name: [path.read_bytes() for path in paths] for name, paths in simulated.items()}
    written = set()
    for number in range(count):
        student, which = divmod(number, len(NOTEBOOKS))
        name = NOTEBOOKS[which]
        copy, answers = divmod(student, different)
        path = folder / "class" / f"s{student:05}" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = texts[name][answers] + b" " * (1 + copy)
        path.write_bytes(data)
        written.add(sha256(data).digest())
    return len(written)


def _run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Command:
    command = [sys.executable, "-m", "autograder", *arguments]
    began = time.monotonic()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said) as process,
        sampled(process.pid) as peak,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise GraderError(f"benchmark: {arguments[0]} failed: {said.read()[-2000:].decode()}")
    wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    return Command(wall, cpu, peak.alone, peak.tree)


def _table(sizes: Sequence[Size]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    heads = (
        "submissions",
        "different files",
        "whole run, s",
        "of one, ms",
        "CPU of one, ms",
        "grader, MB",
    )
    more = ("all processes, MB", "nothing to do, s", "similar, s", "similar, MB")
    for head in (*heads, *more):
        table.add_column(head, justify="right")
    for size in sizes:
        count, grade, similar = size.submissions, size.grade, size.similar
        table.add_row(
            f"{count:,}",
            f"{size.different:,}",
            f"{grade.wall:.1f}",
            f"{1e3 * grade.wall / count:.1f}",
            f"{1e3 * grade.cpu / count:.1f}",
            f"{grade.alone / MB:.0f}",
            f"{grade.tree / MB:.0f}",
            f"{size.again.wall:.2f}",
            f"{similar.wall:.1f}",
            f"{similar.alone / MB:.0f}",
        )
    return table


if __name__ == "__main__":
    run(main)
