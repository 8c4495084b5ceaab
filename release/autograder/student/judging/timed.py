"""A student's functions in a kernel, each call with the time that it has at grading."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn

from autograder.student.judging.probes import LocalStudent, run_probe
from autograder.student.judging.stops import describe
from autograder.student.model.exercises import CALL_SECONDS, Answer, Failure, Inputs, Probe, Stop

# Seconds between interrupts, if code catches the first.
AGAIN = 0.5


class _LateError(BaseException):
    """A call has used up its time; not an Exception, so that `except Exception` lets it pass."""


class TimedStudent(LocalStudent):
    """The student's functions in this very process; a call that takes too long is interrupted.

    interrupted: what to say of a call that something else interrupts.
    """

    def __init__(self, namespace: Mapping[str, object], interrupted: str) -> None:
        super().__init__(namespace)
        self._interrupted = interrupted

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """Run `probe` once on each set of inputs; if one takes too long, that is the answer to all."""
        rows = list(inputs)
        answered: list[Answer] = []
        for row in rows:
            began = time.process_time()
            try:
                with _interrupted_after(CALL_SECONDS):
                    answered += run_probe(
                        self.namespace, probe, [row], (KeyboardInterrupt, _LateError)
                    )
            except _LateError as error:
                return [_interrupted(LATE, error)] * len(rows)
            except KeyboardInterrupt as error:
                return [_interrupted(self._interrupted, error)] * len(rows)
            if time.process_time() - began > CALL_SECONDS:  # where nothing could interrupt it
                return [_interrupted(LATE)] * len(rows)
        return answered


LATE = f"the call did not finish within {CALL_SECONDS:.3g} s of CPU time and was interrupted"
BY_HAND = "you interrupted the call"


def _interrupted(why: str, error: BaseException | None = None) -> Answer:
    """The answer of a call that was interrupted, with the line that it was in."""
    where = describe(error) if error else Failure(Stop.TIMED_OUT, "", "")
    failure = replace(where, stop=Stop.TIMED_OUT, type="TimeoutError", message=why)
    return Answer(failure=failure)


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise _LateError in the block after that much CPU time, where the system can do so."""
    main = threading.current_thread() is threading.main_thread()
    able = hasattr(signal, "setitimer") and sys.platform != "emscripten"  # no alarms in a browser
    if not (main and able):
        yield
        return
    before = signal.signal(signal.SIGPROF, _interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _interrupt(*_: object) -> NoReturn:
    raise _LateError
