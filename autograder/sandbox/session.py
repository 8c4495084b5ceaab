"""One submission in the sandbox: runs its cells and answers probes, with a fresh worker when one is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import is_
from typing import TypeVar

import numpy as np

from autograder.errors import GraderError, OutageError, WireError
from autograder.sandbox import protocol
from autograder.sandbox.bindings import END
from autograder.sandbox.channel import FORGED, LateError, Worker, WorkerLostError
from autograder.sandbox.codec import Frame, encode
from autograder.sandbox.limits import Allowance, Limits
from autograder.sandbox.protocol import Message
from autograder.sandbox.usage import Meter
from autograder.student.model.exercises import Answer, Failure, Inputs, Probe, Stop

# Types of failures that are not exceptions.
LATE, DIED = "TimeoutError", "ProcessDied"
LOOK = "a look at names"
# At most this many inputs, and bytes, go in one request, so that the answers fit in a frame too.
BATCH = 512
BATCH_BYTES = 8 << 20
# A request should take at most this share of the limit of one call, judged by how long the last call took.
SHARE = 0.2
# Seconds; a remaining time below this is a rounding error.
NOTHING = 1e-6

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class CellRun:
    """How a cell ended, what it printed (both streams, cut), and its seconds on the grader's clock."""

    failure: Failure | None
    stdout: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A probe, the sets of inputs to run it on, and the moment at which the names are to stand."""

    moment: str
    probe: Probe
    inputs: Sequence[Inputs]

    def is_same(self, other: Wanted) -> bool:
        """Whether the other asks the same, of the very same inputs."""
        same = len(other.inputs) == len(self.inputs) and all(map(is_, other.inputs, self.inputs))
        return same and other.moment == self.moment and other.probe == self.probe


class Batch:
    """Questions for one request.  It is encoded once, however many submissions are asked.

    names: moments, each with a name of which it is asked whether it can be called then.
    """

    request = protocol.together_request()

    def __init__(self, questions: Iterable[Wanted], names: Iterable[tuple[str, str]] = ()) -> None:
        fit = [q for q in questions if q.inputs and len(q.inputs) <= _fitting(q.inputs)]
        self.questions, self.names = fit, list(names)
        self.counts = [len(question.inputs) for question in self.questions]

    @cached_property
    def body(self) -> Frame:
        """All that is asked, encoded.  WireError, at every call, if it is too large for one request."""
        requests = [protocol.answers_request(q.probe, q.inputs, q.moment) for q in self.questions]
        return encode(protocol.together_body(requests, self.names))


class Session:
    """One submission: a `Student` in the sandbox.  For one thread only.

    A request that takes too long is interrupted; its effects until then stay.  If a worker ignores the interrupt or
    ends by itself, the next request starts a fresh worker and runs the cells again, without those that lost a worker.
    Any method raises OutageError if the zygote is lost; then begin again.
    """

    def __init__(self, spawn: Callable[[], Worker], limits: Limits) -> None:
        self._spawn, self._limits = spawn, limits
        self._worker: Worker | None = None
        self._done: list[Message] = []  # cells that ran and moments that were kept
        self._lines = 0  # of the longest cell, counted from the top of its file
        self._cpu = 0.0  # seconds of the workers that have ended
        self._asleep = self._held = 0.0  # seconds of the submission
        self._took = 0.0  # seconds of its last request alone, on the clock
        self._pace: dict[Probe, float] = {}  # seconds that one call took the last time
        self._ahead: list[
            tuple[Wanted, list[Answer]]
        ] = []  # answered, until somebody asks for them
        self._known: dict[tuple[str, str], bool] = {}  # whether a name can be called at a moment
        self._kept: list[str] = []  # moments of which the next request tells the worker
        self._asked = 0
        self._disturbed: set[int] = set()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker and remove its files.  May be called again."""
        if self._worker:
            self._worker.close()
            self._cpu += self._worker.cpu
            self._worker = None

    def restart(self) -> None:
        """Begin again with a fresh worker; the time used so far still counts."""
        self.close()
        self._done.clear()
        self._ahead.clear()
        self._known.clear()
        self._kept.clear()
        self._disturbed.clear()
        self._asked = 0

    @property
    def over(self) -> bool:
        """Whether the submission has used up its time."""
        left = self._left()
        return min(left.cpu, left.asleep, left.held) < NOTHING

    @property
    def disturbed(self) -> frozenset[int]:
        """The requests, counted from 1, that failed because something outside killed or paused the worker."""
        return frozenset(self._disturbed)

    def run(self, cells: Sequence[str]) -> list[CellRun]:
        """Run cells one after the other; a failure costs only its own cell."""
        return [self.run_one(cell) for cell in cells]

    def run_one(self, cell: str, line: int = 0, given: str = "") -> CellRun:
        """Run one cell.

        line: how many lines of its file stand before it, where errors are to name those.  given: those of its
        definitions that checks see as they were handed out.
        """
        self._lines = max(self._lines, line + cell.count("\n") + 1)
        self._known.clear()  # the cell may bind names anew
        request = protocol.run_request(cell, line, given)
        read = partial(protocol.read_run, output=self._limits.output)
        found = self._ask(request, read, self._limits.cell, "the cell")
        if self._worker:  # it is alive, even if the cell was interrupted
            self._done.append(request)
        return (
            CellRun(found, "", self._took)
            if isinstance(found, Failure)
            else CellRun(*found, self._took)
        )

    def keep(self, moment: str) -> None:
        """Remember what every name means now, so that `at` can go back to it."""
        self._kept.append(moment)

    def at(self, moment: str) -> Moment:
        """The same submission as it stood at a moment that was kept; at the end if it was not."""
        return Moment(self, moment)

    def changed(self, moments: Sequence[str]) -> frozenset[str]:
        """Those moments at which a name meant something else than it does at the end."""
        request = protocol.changed_request(moments)
        found = self._ask(
            request, partial(protocol.read_names, names=moments), self._limits.call, LOOK
        )
        return frozenset() if isinstance(found, Failure) else found

    def defined(self, names: Sequence[str], moment: str = END) -> frozenset[str]:
        """Those of `names` that the cells defined as something callable; all of them if the worker does not answer.

        A call of a name that does not exist then fails with its own message.
        """
        if names and all((moment, name) in self._known for name in names):
            return frozenset(name for name in names if self._known[moment, name])
        request = protocol.defined_request(names, moment)
        found = self._ask(
            request, partial(protocol.read_names, names=names), self._limits.call, LOOK
        )
        return frozenset(names) if isinstance(found, Failure) else found

    def answers(self, probe: Probe, inputs: Iterable[Inputs], moment: str = END) -> list[Answer]:
        """Run `probe` once on each set of inputs, each time on fresh copies.

        If a call is late or loses the worker, every input gets that failure, so that the result does not depend on
        how many inputs go in one request.  Each call has its own limit.
        """
        waiting = list(inputs)
        for number, (asked, there) in enumerate(self._ahead):
            if asked.is_same(Wanted(moment, probe, waiting)):
                del self._ahead[number]
                return there
        answered: list[Answer] = []
        alone = 0
        while waiting:
            count = 1 if alone else min(self._share(probe), _fitting(waiting))
            found = self._answers(probe, waiting[:count], moment)
            if isinstance(found, Failure) and found.stop is Stop.TIMED_OUT and count > 1:
                alone = count  # late together; each one may be in time by itself
                continue
            if isinstance(found, Failure):
                return [Answer(failure=found)] * (len(answered) + len(waiting))
            self._pace[probe] = self._took / count
            answered += found
            waiting = waiting[count:]
            alone = max(0, alone - 1)
        return answered

    def ask_ahead(self, batch: Batch) -> None:
        """Run probes in one request, and keep their answers until `answers` is asked for them.

        If a call is late or loses the worker, nothing is kept: each is asked for by itself then, in
        a fresh worker.
        """
        read = partial(
            protocol.read_together, counts=batch.counts, names=batch.names, lines=self._lines
        )
        try:
            request, limit = batch.request, SHARE * self._limits.call
            found = self._ask(request, read, limit, "the calls", batch.body)
        except WireError:  # too large for one request
            return
        if isinstance(found, Failure):
            self.close()
            return
        for asked, answers in zip(batch.questions, found.answers, strict=True):
            self._ahead.append((asked, answers))
            self._pace[asked.probe] = self._took / len(answers)  # at most
        self._known |= dict(zip(batch.names, found.callable, strict=True))

    def has_asked(self, batch: Batch) -> bool:
        """Whether all answers of a batch were asked ahead, and wait."""
        waiting = [question for question, _ in self._ahead]
        return all(any(map(each.is_same, waiting)) for each in batch.questions)

    def _share(self, probe: Probe) -> int:
        """How many calls to put in one request; one if it is not known how long a call takes."""
        pace = self._pace.get(probe)
        return max(1, int(SHARE * self._limits.call / pace)) if pace else 1

    def _answers(
        self, probe: Probe, inputs: Sequence[Inputs], moment: str
    ) -> list[Answer] | Failure:
        request = protocol.answers_request(probe, inputs, moment)
        read = partial(protocol.read_answers, count=len(inputs), lines=self._lines)
        try:
            return self._ask(request, read, self._limits.call, "the call")
        except WireError as error:
            raise GraderError(
                f"{probe.call}: inputs cannot be sent ({error}); use smaller, plain ones"
            ) from error

    def _ask(
        self,
        request: Message,
        read: Callable[[Message], Reply],
        limit: float,
        what: str,
        body: Frame = (),
    ) -> Reply | Failure:
        """The reply to a request, read; or how it was lost, in words about `what`.

        body: the rest of the request, encoded before.
        """
        self._asked += 1
        self._took = 0.0
        worker = self._revive()
        if worker is None:
            return self._late()
        try:
            reply = self._exchange(worker, {**request, "keep": self._kept}, limit, body)
        except (LateError, WorkerLostError) as lost:
            stop = lost.stop if isinstance(lost, WorkerLostError) else Stop.TIMED_OUT
            if stop is Stop.TIMED_OUT:
                return self._late() if self.over else Failure(stop, LATE, f"{what} {lost.message}")
            return Failure(Stop.DIED, DIED, f"{what} {lost.message}")
        finally:
            self._note_kept()
        try:
            return read(reply)
        except WireError:
            self.close()
            return Failure(Stop.DIED, DIED, f"{what} {FORGED}")

    def _note_kept(self) -> None:
        """The worker, if it is alive, has kept what the last request told it to keep."""
        if self._worker:
            self._done += map(protocol.keep_request, self._kept)
            self._kept.clear()

    def _revive(self) -> Worker | None:
        """A worker in which the cells have run; None if the submission's time is over."""
        while self._worker is None and not self.over:
            self._worker = self._spawn()
            self._replay(self._worker)
        return None if self.over else self._worker

    def _replay(self, worker: Worker) -> None:
        for index, request in enumerate(self._done):
            try:
                self._exchange(worker, request, self._limits.cell)
            except LateError:
                continue  # as before
            except WorkerLostError:
                del self._done[index]  # it lost a worker, so it is not run again
                return

    def _exchange(
        self, worker: Worker, request: Message, limit: float, body: Frame = ()
    ) -> Message:
        allowed, left = self._limits.allow(limit), self._left()
        asleep = min(allowed.asleep, left.asleep)
        meter = Meter(worker.pid, Allowance(min(allowed.cpu, left.cpu), asleep, left.held))
        try:
            return worker.ask(request, meter, body)
        except (WorkerLostError, LateError) as lost:
            if isinstance(lost, WorkerLostError):
                self.close()
            if lost.disturbed:
                self._disturbed.add(self._asked)
            raise
        except OutageError:
            self.close()
            raise
        finally:
            self._took = meter.wall
            self._asleep += meter.asleep
            self._held += meter.held

    def _left(self) -> Allowance:
        whole = self._limits.allow(self._limits.submission)
        cpu = self._cpu + (self._worker.cpu if self._worker else 0.0)
        return Allowance(whole.cpu - cpu, whole.asleep - self._asleep, whole.held - self._held)

    def _late(self) -> Failure:
        whole, left = self._limits.allow(self._limits.submission), self._left()
        late = f"{whole.asleep:.3g} s"
        if left.cpu < NOTHING:
            late = f"{whole.cpu:.3g} s of CPU time"
        elif left.held < NOTHING:
            late = f"{whole.held:.3g} s in which the machine was paused or too busy"
        return Failure(Stop.TIMED_OUT, LATE, f"the submission did not finish within {late}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A submission as it stood at one moment: a `Student`."""

    session: Session
    moment: str

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """Those of `names` that could be called."""
        return self.session.defined(names, self.moment)

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """Run `probe` once on each set of inputs."""
        return self.session.answers(probe, inputs, self.moment)


def _fitting(inputs: Sequence[Inputs]) -> int:
    """How many of `inputs` may go into one request, judged by the first."""
    size = sum(value.nbytes for value in inputs[0].values() if isinstance(value, np.ndarray))
    return max(1, min(BATCH, BATCH_BYTES // max(size, 1)))
