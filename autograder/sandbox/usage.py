"""What a request uses, measured from outside: of itself, a worker could say anything."""

from __future__ import annotations

import time
from contextlib import suppress

from autograder.sandbox.limits import GRACE, Allowance


def cpu_of(pid: int) -> float:
    """CPU seconds of a process since it began, all its threads together.  OSError if the kernel does not tell."""
    return time.clock_gettime(~pid << 3 | 2)  # how Linux numbers the CPU clock of a process


class Meter:
    """What a request has used, `cpu` and `wall` seconds, beside what it may use.

    late: what it exceeded, in words; "" while it has not.
    """

    def __init__(self, pid: int, allowed: Allowance) -> None:
        self._pid, self._allowed = pid, allowed
        self._began, self.cpu, self.late = time.monotonic(), 0.0, ""
        try:
            self._before = cpu_of(pid)
        except OSError:  # then only the clock decides
            self._pid = 0

    @property
    def wall(self) -> float:
        """Seconds on the clock."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """In how many seconds all may be used up, unless several threads are at it."""
        return max(0.0, min(self._allowed.cpu - self.cpu, self._allowed.wall - self.wall))

    def look(self) -> None:
        """See what was used so far."""
        if self._pid:
            with suppress(OSError):  # the process is gone; what was seen last counts
                self.cpu = cpu_of(self._pid) - self._before

    def exceeded(self) -> bool:
        """Whether more was used than allowed."""
        self.look()
        return self.left == 0

    def extend(self) -> None:
        """Note what was exceeded, and allow a little more."""
        allowed = self._allowed
        busy = self.cpu >= allowed.cpu
        self.late = f"{allowed.cpu:.3g} s of CPU time" if busy else f"{allowed.wall:.3g} s"
        self._allowed = Allowance(self.cpu + GRACE, self.wall + GRACE * allowed.wall / allowed.cpu)
