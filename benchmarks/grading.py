"""Grade the same class by the kit, by stock nbgrader and by the floor, in turns; print medians and ratios.

    python -m benchmarks.grading [--students 12] [--rounds 3] [--quick]

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
from collections.abc import Mapping, Sequence
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
from benchmarks.classroom import quiet_home, write_class, write_courses
from benchmarks.command import run
from benchmarks.measure import Run, run_arm
from benchmarks.measured import WRITE_HELP, Printout
from benchmarks.summary import KIT, NBGRADER, QUICK_ROUND, ROUND, Round, goals
from benchmarks.table import print_rounds

RESULTS = HERE.root / "benchmarks" / "results"
LARGER = 10  # times as many students, to see whether memory grows
STUDENTS, ROUNDS = 12, 3
QUICK_STUDENTS, QUICK_ROUNDS = 2, 1
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
        int | None, typer.Option(min=1, help="Submissions at a time; all cores if not said.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the JSON of this run goes.")] = RESULTS,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Grade the same class by the kit, by stock nbgrader and by the floor, in turns."""
    students = students or (QUICK_STUDENTS if quick else STUDENTS)
    rounds = rounds or (QUICK_ROUNDS if quick else ROUNDS)
    jobs = _take_cores(jobs)
    keys = _chosen(assignment)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        done = _measure(
            keys, Path(folder), students, [QUICK_ROUND if quick else ROUND] * rounds, jobs
        )
    busy = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    path = _write(done, out, jobs, busy)
    printout = Printout(Console(width=None if sys.stdout.isatty() else 120, highlight=False))
    print_rounds(done, jobs, busy, printout)
    if write:
        printout.write("bench")
    print(f"written: {shown(path)}")


def _take_cores(jobs: int | None) -> int:
    """Confine this process, and so all arms, to as many cores as there are jobs."""
    if jobs and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:jobs])
    return jobs or cores()


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
    jobs: int,
) -> list[Round]:
    """Make the class and run each of `rounds`, the arms in the order given."""
    environment = quiet_home(folder / "home")
    sizes = {}
    for name, count in (("small", students), ("large", LARGER * students)):
        stderr.print(f"writing a class of {count}")
        sizes[name] = write_class(keys, folder / name, count)
    write_courses(keys, folder / "small", folder / "courses", jobs, environment)
    return [_round(arms, folder, sizes, jobs, environment) for arms in rounds]


def _round(
    arms: Sequence[str],
    folder: Path,
    sizes: Mapping[str, int],
    jobs: int,
    environment: Mapping[str, str],
) -> Round:
    def run(arm: str, source: str, size: int) -> Run:
        stderr.print(f"{arm}, {size} submissions")
        return run_arm(arm, folder / source, size, jobs, environment)

    courses = folder / "graded"  # a copy for each round: nbgrader passes over what it has graded
    shutil.copytree(folder / "courses", courses)
    runs = tuple(run(arm, "graded" if arm == NBGRADER else "small", sizes["small"]) for arm in arms)
    shutil.rmtree(courses)
    return Round(runs, run(KIT, "large", sizes["large"]))


def _write(rounds: Sequence[Round], out: Path, jobs: int, busy: str) -> Path:
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
        "versions": {"python": platform.python_version()}
        | {
            name: version(name)
            for name in ("backprop-kit", "nbgrader", "numpy", "ipython", "matplotlib")
        },
        "jobs": jobs,
        "goals": [asdict(goal) for goal in goals(rounds)],
        "rounds": [asdict(r) for r in rounds],
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"grading-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def _processor() -> str:
    """The model's name, where Linux tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), ""
    )


if __name__ == "__main__":
    run(main)
