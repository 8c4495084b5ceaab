"""The ways of grading that are compared.  Each runs in a fresh process and prints what it took as JSON:

    python -m benchmarks.arms kit FOLDER JOBS BEGAN

BEGAN is the monotonic clock's time at which the process was started.  The floor does what no grader can do without:
it forks a worker for each submission and runs the notebook's cells; it has no checks and judges nothing.  The lean
floor leaves out the demonstrations as well, as the kit does, so that what the kit's checks cost is seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from autograder.course.source import Source
    from autograder.submissions.ingest import Notebook

GRADING = "grading"
FIRST_SUBMISSION = "Creating/updating student"  # what nbgrader logs when it begins with one


@dataclass(slots=True)
class Stopwatch:
    """Seconds and CPU seconds of one phase after the other: of this process and of all that it started."""

    wall: float
    cpu: float = 0.0
    phases: list[tuple[str, float, float]] = field(default_factory=list)

    def lap(self, phase: str) -> None:
        """What passed since the last lap belongs to `phase`."""
        wall, cpu = time.monotonic(), cpu_of(psutil.Process())
        self.phases.append((phase, wall - self.wall, cpu - self.cpu))
        self.wall, self.cpu = wall, cpu


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an arm took: its phases, how many submissions it graded, and the peak memory of the grader, in bytes."""

    phases: list[tuple[str, float, float]]
    graded: int
    peak: int


def kit(folder: Path, jobs: int, began: float) -> Outcome:
    """Grade with the kit, as `autograder grade` does."""
    watch = Stopwatch(began)
    from autograder.course.settings import Course, catalogue
    from autograder.grading.grade import grade_class
    from autograder.grading.run import REPAIR_SECONDS, make_keys, start_grader
    from autograder.student.model.results import Status
    from autograder.submissions.find import find_all

    watch.lap("imports")
    keys = make_keys(Course())
    for name in {path.stem for path in folder.glob("*/*.ipynb")}:
        list(keys[name].checks)  # drawn now, not with the first notebook
    watch.lap("answer keys")
    submissions = find_all([folder], frozenset(catalogue())).submissions
    with start_grader(keys, Course()) as grader:
        grader.sandbox.start()  # as the floors do before they begin
        watch.lap("sandbox")
        naming = replace(grader, repair=REPAIR_SECONDS)
        reports = list(grade_class(naming, submissions, jobs, done=lambda _: None))
        watch.lap(GRADING)
    return Outcome(
        watch.phases, sum(r.status is Status.GRADED for r in reports), peak_memory(os.getpid())
    )


def floor(folder: Path, jobs: int, began: float) -> Outcome:
    """Fork a worker for each submission from a warm process and run its notebook: every code cell but the checks."""

    def cells(notebook: Notebook, source: Source) -> list[str]:
        checks = {cell.id for cell in source.cells if cell.kind.value == "check"}
        return [
            cell.text for cell in notebook.cells if cell.kind == "code" and cell.id not in checks
        ]

    return _floor(folder, jobs, Stopwatch(began), cells)


def lean(folder: Path, jobs: int, began: float) -> Outcome:
    """The floor of what the kit itself runs: no demonstrations either, and provided cells as they were handed out."""

    def cells(notebook: Notebook, source: Source) -> list[str]:
        from autograder.submissions.plan import make_plan

        return [step.text for step in make_plan(notebook, source).steps]

    return _floor(folder, jobs, Stopwatch(began), cells)


def _floor(
    folder: Path, jobs: int, watch: Stopwatch, cells: Callable[[Notebook, Source], list[str]]
) -> Outcome:
    """Fork a worker for each submission from the kit's own warm process and run what `cells` chooses of it."""
    from autograder.course.paths import HERE
    from autograder.course.settings import Course, catalogue
    from autograder.course.source import Kind, read_source
    from autograder.sandbox.pool import Sandbox
    from autograder.sandbox.session import CellRun
    from autograder.submissions.find import find_all
    from autograder.submissions.ingest import read_notebook

    watch.lap("imports")
    sources = {
        name: read_source(HERE.source(name), public) for name, (public, _) in catalogue().items()
    }
    notebooks = [
        read_notebook(s.read()) for s in find_all([folder], frozenset(sources)).submissions
    ]
    plans = [cells(notebook, sources[notebook.assignment]) for notebook in notebooks]
    watch.lap("reading")
    provided = [
        cell.text
        for source in sources.values()
        for cell in source.cells
        if cell.kind is Kind.PROVIDED
    ]
    with Sandbox(limits=Course().limits, warm=provided) as sandbox:

        def run(plan: list[str]) -> list[CellRun]:
            with sandbox.session(seed=0) as session:
                return session.run(plan)

        watch.lap("sandbox")
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            graded = len(list(pool.map(run, plans)))
        watch.lap(GRADING)
    return Outcome(watch.phases, graded, peak_memory(os.getpid()))


def nbgrader(folder: Path, jobs: int, began: float) -> Outcome:
    """Run stock `nbgrader autograde` in the course directories below `folder`, one for each job, side by side."""
    courses = sorted(path for path in folder.iterdir() if (path / "submitted").is_dir())
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return _together(list(pool.map(_autograde_all, courses)), of_walls=max)


def _autograde_all(course: Path) -> Outcome:
    """Autograde what was handed in to one course directory, one assignment after the other."""
    assignments = sorted({path.name for path in course.glob("submitted/*/*")})
    return _together([_autograde(course, assignment) for assignment in assignments], of_walls=sum)


def _together(outcomes: Sequence[Outcome], of_walls: Callable[[Iterable[float]], float]) -> Outcome:
    """Several outcomes as one; of_walls: what their seconds on the clock come to."""
    phases = []
    for same in zip(*(outcome.phases for outcome in outcomes), strict=True):
        names, walls, cpus = zip(*same, strict=True)
        phases.append((names[0], of_walls(walls), sum(cpus)))
    return Outcome(phases, sum(o.graded for o in outcomes), max(o.peak for o in outcomes))


def _autograde(course: Path, assignment: str) -> Outcome:
    """One `nbgrader autograde`.  Its start-up ends where it first logs that it begins with a submission."""
    began = time.monotonic()
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment]
    first, first_cpu, peak = 0.0, 0.0, 0
    log = []
    with subprocess.Popen(
        command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            log.append(line)
            if FIRST_SUBMISSION in line:
                first, first_cpu = (
                    first or time.monotonic(),
                    first_cpu or cpu_of(psutil.Process(process.pid)),
                )
            peak = peak_memory(process.pid) or peak
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"nbgrader autograde {assignment} failed: {''.join(log)[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    phases = [
        ("start-up", first - began, first_cpu),
        (GRADING, time.monotonic() - first, cpu - first_cpu),
    ]
    return Outcome(phases, len(list(course.glob(f"autograded/*/{assignment}/*.ipynb"))), peak)


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process, of all its living descendants, and of the dead ones that were waited for."""
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        try:
            total += sum(member.cpu_times()[:4])
        except psutil.NoSuchProcess:  # ended since it was listed; its parent has its time now
            continue
    return total


def peak_memory(pid: int) -> int:
    """The largest resident set that a process has had, in bytes; 0 if it has gone.

    Not from getrusage: there, a process begins with the peak of the one that started it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return 0
    return next(
        (int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM")), 0
    )


def run_named(arms: Mapping[str, Callable[[Path, int, float], Outcome]]) -> None:
    """Run the arm that the command line names."""
    name, folder, jobs, began = sys.argv[1:]
    outcome = arms[name](Path(folder), int(jobs), float(began))
    print(json.dumps({"phases": outcome.phases, "graded": outcome.graded, "peak": outcome.peak}))


if __name__ == "__main__":
    run_named({"kit": kit, "floor": floor, "lean": lean, "nbgrader": nbgrader})
