"""Grade the same class by the kit, by its peers and by the floors, in turns; print medians and ratios.

    python -m benchmarks.grading [--students 8] [--rounds 3] [--quick]

Absolute times mean little on a machine that does other work; the ratios are of runs that took
turns.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.cli.app import cores
from autograder.course.paths import HERE, shown
from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.grading.answer_key import AnswerKey
from autograder.grading.run import make_keys
from benchmarks.classroom import hand_in, quiet_home, write_class, write_course, write_for_otter
from benchmarks.command import run
from benchmarks.measure import Run, run_arm
from benchmarks.measured import PAGE, WRITE_HELP, Printout
from benchmarks.peers.environment import ABSENT, PEERS, installed, pinned
from benchmarks.picture import draw
from benchmarks.summary import FEW, KIT, MANY, NBGRADER, OTTER, QUICK_ROUND, ROUND, Round, goals
from benchmarks.table import print_rounds

RESULTS = HERE.root / "benchmarks" / "results"
LARGER = 10  # times as many students, to see whether memory grows
STUDENTS, ROUNDS = 8, 3
QUICK_STUDENTS, QUICK_ROUNDS = 2, 1
CLASS, LARGE, COURSE = "small", "large", "course"  # folders
WIDTH = 150  # of what is printed where nobody looks on
stderr = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)


def main(
    students: Annotated[
        int | None, typer.Option(min=1, help=f"Students, {STUDENTS} if not said.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help=f"Rounds, {ROUNDS} if not said.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small class, once: to see that it works.")
    ] = False,
    assignment: Annotated[list[str] | None, typer.Option(help="By default all of them.")] = None,
    jobs: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Submissions at a time, on as many cores; 1 and 2 if not said."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the JSON of this run goes.")] = RESULTS,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Grade the same class by the kit, by nbclient, nbgrader and otter-grader, and by the floors, in turns."""
    students = students or (QUICK_STUDENTS if quick else STUDENTS)
    rounds = rounds or (QUICK_ROUNDS if quick else ROUNDS)
    lanes = sorted(set(jobs or [n for n in (FEW, MANY) if n <= cores()]))
    arms = QUICK_ROUND if quick else ROUND
    if not installed():
        arms = tuple(arm for arm in arms if arm not in PEERS)
        stderr.print(f"left out are {' and '.join(PEERS)}: {ABSENT}")
    keys = _chosen(assignment)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        done = _measure(keys, Path(folder), students, [arms] * rounds, lanes)
    busy = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    path = _write(done, out, busy)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, markup=False, highlight=False)
    printout = Printout(console)
    section = "bench" if assignment else "bench_all"
    if write:
        picture = PAGE.with_name(f"{section}.png")
        printout.print(f"![{draw(done, picture)}]({picture.name})")
    print_rounds(done, [key.assignment.name for key in keys], busy, printout)
    printout.print(", ".join(f"{name} {number}" for name, number in _versions().items()) + ".")
    if write:
        printout.write(section)
    print(f"written: {shown(path)}")


@contextmanager
def _confined(jobs: int) -> Iterator[None]:
    """Confine this process, and so the arms that it starts, to as many cores as there are jobs."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(free)[:jobs])
    try:
        yield
    finally:
        os.sched_setaffinity(0, free)


def _chosen(names: Sequence[str] | None) -> list[AnswerKey]:
    keys = make_keys(Course())
    for name in names or ():
        if name not in keys:
            raise MisuseError(f"{name}: there is no such assignment; there are {', '.join(keys)}")
    return [key for name, key in keys.items() if not names or name in names]


def _measure(
    keys: Sequence[AnswerKey],
    folder: Path,
    students: int,
    rounds: Sequence[Sequence[str]],
    lanes: Sequence[int],
) -> list[Round]:
    """Make the class and run each of `rounds`, the arms in the order given, on each number of cores in `lanes`."""
    environment = quiet_home(folder / "home")
    sizes = {}
    for name, count in ((CLASS, students), (LARGE, LARGER * students)):
        stderr.print(f"writing a class of {count}")
        sizes[name] = write_class(keys, folder / name, count)
    write_course(keys, folder / COURSE, environment)
    if OTTER in rounds[0]:
        write_for_otter(keys, folder / CLASS, folder / OTTER, environment)
    return [_round(arms, folder, sizes, lanes, environment) for arms in rounds]


def _round(
    arms: Sequence[str],
    folder: Path,
    sizes: Mapping[str, int],
    lanes: Sequence[int],
    environment: Mapping[str, str],
) -> Round:
    def run(arm: str, source: str, size: int, jobs: int) -> Run:
        stderr.print(f"{arm}, {size} submissions, {jobs} at a time")
        with _confined(jobs):
            return run_arm(arm, folder / source, size, jobs, environment)

    runs = []
    for jobs in lanes:
        courses = folder / "graded"  # anew each time: nbgrader passes over what it has graded
        hand_in(folder / COURSE, folder / CLASS, courses, jobs)
        sources = {NBGRADER: courses.name, OTTER: OTTER}
        runs += [run(arm, sources.get(arm, CLASS), sizes[CLASS], jobs) for arm in arms]
        shutil.rmtree(courses)
    return Round(tuple(runs), run(KIT, LARGE, sizes[LARGE], lanes[-1]))


def _write(rounds: Sequence[Round], out: Path, busy: str) -> Path:
    """Write everything that was measured as JSON; the path."""
    now = datetime.now(UTC)
    result = {
        "when": now.isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "busy": busy,
        },
        "versions": _versions(),
        "goals": [asdict(goal) for goal in goals(rounds)],
        "rounds": [asdict(r) for r in rounds],
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"grading-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def _versions() -> dict[str, str]:
    """Of everything whose speed is measured."""
    here = ("backprop-kit", "nbgrader", "numpy", "ipython", "matplotlib")
    peers = ("nbclient", "otter-grader") if installed() else ()
    return (
        {"python": platform.python_version()}
        | {name: version(name) for name in here}
        | {name: pinned(name) for name in peers}
    )


def _processor() -> str:
    """The model's name, where Linux tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), ""
    )


if __name__ == "__main__":
    run(main)
