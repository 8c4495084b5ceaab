"""Sends requests to a worker and reads one reply each under a deadline; always reaps the worker."""

from __future__ import annotations

import os
import random
import secrets
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from autograder.errors import KitError, OutageError, WireError
from autograder.sandbox.codec import Frame, encode, read_frame
from autograder.sandbox.protocol import Message
from autograder.sandbox.scratch import exceeds, remove_tree
from autograder.sandbox.usage import EVERY, Meter, cpu_of
from autograder.student.model.exercises import Stop

PIPE_SIZE = 1 << 20
FORGED = "wrote into the grader's channel"
ENDINGS = {"SIGXCPU": "used up its CPU time", "SIGSEGV": "crashed (segmentation fault)"}

Reap: TypeAlias = Callable[[int], tuple[int, float] | None]


class LateError(KitError):
    """A request took too long and was interrupted; the worker is still alive.

    disturbed: whether the machine may be the cause.
    """

    def __init__(self, message: str, *, disturbed: bool) -> None:
        super().__init__(message)
        self.message, self.disturbed = message, disturbed


class WorkerLostError(KitError):
    """The worker gave no proper answer and has ended.

    disturbed: whether the machine may be the cause, or somebody who killed the worker from outside.
    """

    def __init__(self, stop: Stop, message: str, *, disturbed: bool = False) -> None:
        super().__init__(message)
        self.stop, self.message, self.disturbed = stop, message, disturbed


class Worker:
    """One worker: a process with two pipes and a directory.  For one thread only.

    pipes: one to write requests to and one to read replies from.  room: bytes of files that it may have in `scratch`.
    reap: kills and reaps a process by its id; returns its exit status, negative for a signal, and its CPU seconds;
    None if they are unknown.
    """

    def __init__(
        self, pid: int, pidfd: int, pipes: tuple[int, int], scratch: Path, room: int, reap: Reap
    ) -> None:
        self.pid, self.scratch = pid, scratch
        self._pidfd, self._room, self._reap = pidfd, room, reap
        self._requests, self._replies = pipes
        self._watched = time.monotonic()
        self._open, self._cpu = True, 0.0
        for fd in pipes:
            os.set_blocking(fd, False)

    @property
    def cpu(self) -> float:
        """CPU seconds since its process began, until it was reaped."""
        if self._open:
            with suppress(OSError):  # the system tells it at the end alone
                self._cpu = cpu_of(self.pid)
        return self._cpu

    def expect(self, token: str, meter: Meter) -> Message:
        """Wait for the frame that says the worker is ready, or that it is not; WorkerLostError if none comes."""
        return self._receive(token, meter)

    def ask(self, request: Message, meter: Meter, body: Frame = ()) -> Message:
        """Send a request, with the rest of it if that was encoded before, and return its reply.

        A request that takes longer than the meter allows is interrupted, then killed.  Raises LateError if the
        interrupt was enough; WorkerLostError, and the worker has ended, if there was no valid reply; OutageError if
        the zygote is lost; WireError, and the worker is still alive, if the request exceeds the limits of the wire.
        """
        token = secrets.token_hex(8)
        pieces = [*encode({"id": token, **request}), *body]
        self._refuse_unasked()
        for piece in pieces:
            self._send(memoryview(piece), meter)
        reply = self._receive(token, meter)
        meter.count_cpu()
        self._watch()
        if meter.late:
            message = f"did not finish within {meter.late} and was interrupted"
            raise LateError(message, disturbed=meter.doubtful)
        return reply

    def lives(self) -> bool:
        """Whether its process, which waits for a request, is still running."""
        return not _ready(self._pidfd if self._pidfd >= 0 else self._replies)

    def lose(self, stop: Stop, message: str, *, disturbed: bool = False) -> WorkerLostError:
        """End the worker; the error that says why."""
        self.close()
        return WorkerLostError(stop, message, disturbed=disturbed)

    def close(self) -> int | None:
        """Kill the worker, reap it and remove its files; its exit status the first time."""
        if not self._open:
            return None
        seen, self._open = self.cpu, False
        self._signal(signal.SIGKILL)
        status, self._cpu = self._reap(self.pid) or (None, seen)
        for fd in (self._pidfd, self._requests, self._replies):
            if fd >= 0:
                os.close(fd)
        with suppress(
            OSError
        ):  # what cannot be removed now is tried again when the sandbox is closed
            remove_tree(self.scratch)
        return status

    def _receive(self, token: str, meter: Meter) -> Message:
        try:
            reply = read_frame(lambda size: self._read(size, meter))
        except WireError:
            raise self._forged() from None
        if not isinstance(reply, dict) or reply.get("id") != token:
            raise self._forged()
        return reply

    def _read(self, size: int, meter: Meter) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            try:
                count = os.readv(self._replies, [view])
            except BlockingIOError:
                self._wait(self._replies, select.POLLIN, meter)
                continue
            if count == 0:
                raise self._died()
            view = view[count:]
        return data

    def _send(self, view: memoryview, meter: Meter) -> None:
        while view:
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                self._wait(self._requests, select.POLLOUT, meter)
            except BrokenPipeError:
                raise self._died() from None

    def _wait(self, fd: int, event: int, meter: Meter) -> None:
        """Wait until `fd` is ready for `event`; raise if the worker dies, writes too much or ignores an interrupt."""
        poll = select.poll()
        poll.register(fd, event)
        if self._pidfd >= 0:  # without one, the pipes' ends tell
            poll.register(self._pidfd, select.POLLIN)
        while True:
            if meter.exceeded():
                if meter.late:
                    message = f"did not finish within {meter.late}, nor when it was interrupted"
                    raise self.lose(Stop.TIMED_OUT, message, disturbed=meter.doubtful)
                meter.extend()
                self._signal(signal.SIGINT)
            # At random moments: a worker that knew them could be busy just then, and sleep in between.
            pause = random.uniform(0.5, 1.5) * EVERY
            ready = dict(poll.poll(1000 * min(meter.left, pause)))
            if fd in ready:  # a reply that was written before the end still counts
                return
            if ready:
                raise self._died()
            self._watch()

    def _watch(self) -> None:
        """End a worker whose files take too much room."""
        now = time.monotonic()
        if now - self._watched < EVERY:
            return
        self._watched = now
        if exceeds(self.scratch, self._room):
            raise self.lose(Stop.DIED, f"wrote more files than the {self._room >> 20} MB allowed")

    def _refuse_unasked(self) -> None:
        """End a worker that wrote before it was asked: our own code in it does not do that."""
        with suppress(BlockingIOError):
            raise self._forged() if os.read(self._replies, 1) else self._died()

    def _forged(self) -> WorkerLostError:
        return self.lose(Stop.DIED, FORGED)

    def _died(self) -> KitError:
        status = self.close()
        if status is None:
            return OutageError("sandbox: the zygote was lost, and a worker with it; grade again")
        if status >= 0:
            return WorkerLostError(
                Stop.DIED, f"ended the notebook's process (exit status {status})"
            )
        known = {int(number): number.name for number in signal.Signals}
        name = known.get(-status, f"signal {-status}")
        message = ENDINGS.get(name, f"was killed by {name}")
        return WorkerLostError(Stop.DIED, message, disturbed=-status == signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            else:  # only we reap it, so the id cannot belong to another process yet
                os.kill(self.pid, number)


def _ready(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def open_pipe() -> tuple[int, int]:
    """A pipe that holds a whole batch, where the system allows it."""
    import fcntl  # not on every platform that imports this module

    reader, writer = os.pipe()
    with suppress(PermissionError, AttributeError):  # not allowed; not known to the system
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    return reader, writer
