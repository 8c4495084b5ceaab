"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.student.model.exercises import CALL_SECONDS

MIB = 1 << 20
# Seconds that student code has to heed an interrupt before its process is killed.
GRACE = 1.0
# Seconds that the machine may keep a submission from running, in all, before the grader gives up.
HELD = 3600.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request may use, in seconds that the grader counts.

    cpu: CPU time.  asleep: time in which the worker sleeps.  held: time in which it could not go on, because it was
    stopped or had to wait for a core.
    """

    cpu: float
    asleep: float
    held: float = HELD


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use.

    Seconds of CPU time, which a busy or paused machine does not use up: `cell` for a cell; `call` for one call;
    `submission` for everything, replays included.  patience: each may sleep this many times as long; time in which
    the worker waits for a core or is stopped does not count.  Bytes: `memory` that the submission may add to what a
    warm worker holds; `scratch` of files.  Characters: `output` printed by one cell that are kept.
    """

    cell: float = 10.0
    call: float = CALL_SECONDS
    submission: float = 180.0
    patience: float = 3.0
    memory: int = 2048 * MIB
    output: int = 64 * 1024
    scratch: int = 64 * MIB

    def allow(self, seconds: float) -> Allowance:
        """What a request with a limit of `seconds` may use."""
        return Allowance(seconds, seconds * self.patience)
