"""Run one arm in a fresh process and measure it from outside: seconds, CPU seconds, memory of the whole tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.course.paths import HERE
from autograder.errors import GraderError
from benchmarks.arms import peak_memory
from benchmarks.peers.environment import PEERS, PYTHON

SAMPLING_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an arm's run, in seconds on the clock and of CPU."""

    name: str
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one arm.  The last phase is grading, those before it are start-up.

    jobs: submissions at a time, on as many cores.  wall, cpu: seconds of everything, from the start of the process to
    its end.  grader: peak memory of the grading process alone; tree: the same of all processes together, sampled,
    pages that they share counted once.  Bytes.
    """

    arm: str
    jobs: int
    phases: tuple[Phase, ...]
    submissions: int
    wall: float
    cpu: float
    grader: int
    tree: int

    @property
    def grading(self) -> Phase:
        """From the first submission to the last."""
        return self.phases[-1]

    @property
    def startup(self) -> Phase:
        """What comes before the first submission, in all."""
        before = self.phases[:-1]
        return Phase("start-up", sum(p.wall for p in before), sum(p.cpu for p in before))


@dataclass(slots=True)
class Peak:
    """The largest samples so far, in bytes: of a process alone, and of it and all its descendants together."""

    alone: int = 0
    tree: int = 0


def run_arm(
    arm: str, folder: Path, submissions: int, jobs: int, environment: Mapping[str, str]
) -> Run:
    """Run `arm` on what lies in `folder`.  Raises GraderError if it fails or does not grade all `submissions`."""
    program = [sys.executable, "-m", "benchmarks.arms"]
    if arm in PEERS:
        program = [str(PYTHON), "-m", "benchmarks.peers.arms"]
        environment = {**environment, "PYTHONPATH": str(HERE.release)}  # as students have it
    began = time.monotonic()
    command = [*program, arm, str(folder), str(jobs), repr(began)]
    with tempfile.TemporaryFile("w+") as errors:
        with (
            subprocess.Popen(
                command,
                cwd=HERE.root,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
            sampled(process.pid) as peak,
        ):
            assert process.stdout is not None
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        errors.seek(0)
        if process.returncode or not said:
            raise GraderError(
                f"benchmark: the arm {arm!r} failed: {errors.read()[-2000:] or 'it said nothing'}"
            )
    outcome = json.loads(said)
    if outcome["graded"] != submissions:
        raise GraderError(
            f"benchmark: the arm {arm!r} graded {outcome['graded']} of {submissions} submissions"
        )
    phases = tuple(Phase(*phase) for phase in outcome["phases"])
    cpu = usage.ru_utime + usage.ru_stime
    return Run(arm, jobs, phases, submissions, wall, cpu, outcome["peak"], peak.tree)


@contextmanager
def sampled(pid: int) -> Iterator[Peak]:
    """Sample the memory of a tree of processes until the end of the block."""
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLING_SECONDS):
            peak.alone = max(peak.alone, peak_memory(pid))
            peak.tree = max(peak.tree, tree_memory(pid))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def tree_memory(pid: int) -> int:
    """Proportional memory of a process and its descendants, in bytes; resident where the kernel hides the former."""
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(map(_memory, members))


def _memory(process: psutil.Process) -> int:
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        return next(
            int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith("Pss:")
        )
    except PermissionError:
        return _resident(process)
    except (OSError, StopIteration):  # it has ended
        return 0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
