"""What a request uses, measured from outside: a worker could say anything about itself.

CPU time counts, and time in which the worker sleeps.  Time in which it cannot go on does not count: while it waits
for a core, while it is stopped, and while the grader itself does not run because the whole machine is paused.
"""

from __future__ import annotations

import time
from contextlib import suppress
from enum import Enum
from pathlib import Path

from autograder.sandbox.limits import GRACE, Allowance

# Seconds between two looks at a worker.
EVERY = 0.1
# The grader looks about every EVERY seconds.  If a look is later than this, the grader itself was
# held up, and the rest of the time does not count.
LONGEST = 1.0
# A time-out is doubtful if the machine may have caused more than this share of the time that counted.
DOUBTFUL = 0.1
# The line that a control group is frozen by: the controllers of its hierarchy, a file of the group, the line.
FREEZERS = (
    ("", "/sys/fs/cgroup{}/cgroup.events", "frozen 1"),
    ("", "/sys/fs/cgroup/unified{}/cgroup.events", "frozen 1"),
    ("freezer", "/sys/fs/cgroup/freezer{}/freezer.state", "FROZEN"),
)


class State(Enum):
    """What a process does at one moment, by its threads."""

    ASLEEP = "no thread of it wants a core"
    ACTIVE = "a thread runs, or waits for a core"
    STOPPED = "it is stopped, or frozen"
    BLOCKED = "a thread waits for the kernel, as for a disk"
    UNKNOWN = "the system does not tell"


def cpu_of(pid: int) -> float:
    """CPU seconds of a process since it began, of all its threads.  OSError if the kernel does not tell."""
    return time.clock_gettime(~pid << 3 | 2)  # how Linux numbers the CPU clock of a process


def state_of(pid: int) -> State:
    """What a process does right now."""
    letters = set()
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                letters.add((thread / "stat").read_text().rpartition(")")[2].split()[0])
    except OSError:
        return State.UNKNOWN
    for state, of_it in ((State.ACTIVE, "R"), (State.STOPPED, "Tt"), (State.BLOCKED, "D")):
        if letters & set(of_it):
            return state
    return State.ASLEEP


def frozen(pid: int) -> bool:
    """Whether the control group of a process is frozen.  Its state does not tell: it looks asleep, or blocked."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return False
    for group in groups:
        _, controllers, path = group.split(":", 2)
        for kind, file, line in FREEZERS:
            if kind == controllers and _says(file.format(path), line):
                return True
    return False


def _says(file: str, line: str) -> bool:
    with suppress(OSError):
        return line in Path(file).read_text().splitlines()
    return False


class Meter:
    """What a request has used, in seconds, and what it may use.

    cpu: CPU time.  asleep: time in which the worker slept.  late: what was exceeded, in words; "" while nothing was.
    doubtful: whether it is late and the machine may be the cause.
    """

    def __init__(self, pid: int, allowed: Allowance) -> None:
        self._pid, self._allowed = pid, allowed
        self._began = self._looked = time.monotonic()
        self.cpu = self.asleep = self._unsure = self._unseen = 0.0
        self.late, self.doubtful = "", False
        try:
            self._before = cpu_of(pid)
        except OSError:  # then only the clock decides
            self._pid = 0

    @property
    def wall(self) -> float:
        """Seconds on the clock."""
        return time.monotonic() - self._began

    @property
    def held(self) -> float:
        """Seconds, until the last look, in which the worker could not go on."""
        return max(0.0, self._looked - self._began - self.cpu - self.asleep)

    @property
    def left(self) -> float:
        """In how many seconds all may be used up, unless several threads are at it."""
        allowed = self._allowed
        rest = (allowed.cpu - self.cpu, allowed.asleep - self.asleep, allowed.held - self.held)
        return max(0.0, min(rest))

    def count_cpu(self) -> None:
        """See how much CPU time was used so far."""
        if self._pid:
            with suppress(OSError):  # the process is gone; what was seen last counts
                self.cpu = cpu_of(self._pid) - self._before

    def exceeded(self) -> bool:
        """Whether more was used than allowed."""
        if time.monotonic() - self._looked >= min(EVERY / 2, self.left):
            self._look()
        return self.left == 0

    def extend(self) -> None:
        """Note what was exceeded, and allow a little more."""
        allowed = self._allowed
        if self.cpu >= allowed.cpu:
            self.late = f"{allowed.cpu:.3g} s of CPU time"
            self.doubtful = self._unseen > DOUBTFUL * self.cpu
        elif self.asleep >= allowed.asleep:
            self.late = f"{allowed.asleep:.3g} s"
            self.doubtful = self._unsure > DOUBTFUL * self.asleep
        else:
            self.late = f"{allowed.held:.3g} s in which the machine was paused or too busy"
            self.doubtful = True
        more = GRACE * allowed.asleep / allowed.cpu
        self._allowed = Allowance(self.cpu + GRACE, self.asleep + more, self.held + more)

    def _look(self) -> None:
        """Count the time since the last look as what the worker does now."""
        now, before = time.monotonic(), self.cpu
        passed = min(now - self._looked, LONGEST)
        held_up = now - self._looked > LONGEST
        self._looked = now
        self.count_cpu()
        if held_up:  # a machine that goes on after a pause may charge it to whoever ran
            self._unseen += self.cpu - before
        state = state_of(self._pid) if self._pid else State.UNKNOWN
        if state in (State.ACTIVE, State.STOPPED) or frozen(self._pid):
            return
        slept = max(0.0, passed - (self.cpu - before))
        self.asleep += slept
        if state is not State.ASLEEP:
            self._unsure += slept
