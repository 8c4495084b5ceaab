"""The grader's side of the sandbox: one zygote, and one worker forked from it for each submission.

with Sandbox(warm=public_cells) as sandbox, sandbox.session(seed=0) as student:
    student.run(cells)
    student.answers(probe, inputs)
"""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

from autograder.errors import MisuseError, OutageError, SandboxError
from autograder.sandbox.channel import Worker, WorkerLostError, open_pipe
from autograder.sandbox.layers import Layer, Machine, available, choose_layers
from autograder.sandbox.limits import GRACE, Allowance, Limits
from autograder.sandbox.linux.kernel import PR_SET_DUMPABLE, prctl
from autograder.sandbox.prefork import CLOSED, ReadyWorkers
from autograder.sandbox.scratch import PREFIX, fill, hold, remove_abandoned, remove_tree
from autograder.sandbox.session import Session
from autograder.sandbox.staging import stage
from autograder.sandbox.standalone import Standalone
from autograder.sandbox.usage import Meter
from autograder.sandbox.zygote_client import Zygote, start_zygote
from autograder.student.model.exercises import Probe

__all__ = ["Limits", "Sandbox", "Session"]

START = Allowance(30.0, 60.0)  # what a worker needs before it can begin is milliseconds
# Give up after this many zygotes or workers were killed at start: the machine refuses them.
ATTEMPTS = 5
# Open files that a grader needs at the most, without any job and for each job.
FILES, JOB_FILES = 32, 8


class Sandbox:
    """A zygote and the workers forked from it.  May be used from several threads.

    warm: public cells that the zygote runs once, so that workers find their imports and memory ready; never a
    solution.  probes: public ones that it compiles for all workers.  layers: those of the wall; if None, all that this
    machine has, and SandboxError if these are too few and `unsafe` is not set.  protected: paths that no worker may
    read; SandboxError if one could.  jobs: how many sessions run at the same time; this many workers are kept ready.
    machine: what this machine offers; found out if None.  started: start now; else `start`, or the first session,
    does.  Raises SandboxError where there is no sandbox, or if it does not start.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        warm: Sequence[str] = (),
        *,
        probes: Iterable[Probe] = (),
        layers: Collection[Layer] | None = None,
        unsafe: bool = False,
        protected: Sequence[Path] = (),
        jobs: int = 1,
        machine: Machine | None = None,
        started: bool = True,
    ) -> None:
        machine = machine or available()
        self.wall = choose_layers(machine, layers, unsafe=unsafe)
        if machine.system == "linux":
            prctl(PR_SET_DUMPABLE, 0)  # this process knows the answers
        self.limits, self.unsafe = limits or Limits(), unsafe
        self.protected = tuple(protected)
        self._config = {
            "warm": list(warm),
            "probes": [[probe.setup, probe.call] for probe in probes],
            "machine": asdict(machine),
            "layers": [layer.value for layer in self.wall.layers],
            "by_hand": self.wall.by_hand,
            "protected": [] if unsafe else [str(path.resolve()) for path in protected],
        }
        self._lock, self._jobs, self._machine = threading.Lock(), jobs, machine
        self._wanted = True
        self._launch: Callable[[Path, Mapping[str, object]], Zygote | Standalone] = Standalone
        if machine.system == "linux":
            self._launch = partial(start_zygote, wanted=lambda: self._wanted)
        self._starting, self.started, self._closed = threading.Lock(), False, False
        self._refusal: BaseException | None = None
        if started:
            self.start()

    def start(self) -> None:
        """Start the zygote and the first workers; nothing if that is done.

        Raises SandboxError, at every call, if they do not start, or could not be replaced.
        """
        with self._starting:
            if self._refusal:
                raise self._refusal
            if self.started or self._closed:
                return
            if self._machine.system != "win32":
                _allow_files(FILES + JOB_FILES * self._jobs)
            remove_abandoned(Path(tempfile.gettempdir()))
            self._base = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
            self._held = hold(self._base)
            self.started = True
            try:
                stage(self._base / "staged")
                self._zygote: Zygote | Standalone = self._launch(self._base, self._config)
                self._ready = ReadyWorkers(lambda: self._fork(self.limits), self._jobs)
            except BaseException as why:
                self._refusal = why
                self.close()
                raise

    def give_up_start(self) -> None:
        """Do not wait for a zygote that has not started yet: nobody wants its workers any more."""
        self._wanted = False

    @property
    def layers(self) -> str:
        """The layers in force, in words for a report."""
        return self.wall.line

    @property
    def zygote(self) -> int:
        """The process id of the zygote, which is the parent of all workers."""
        self.start()
        return self._zygote.pid

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def session(
        self, seed: int = 0, files: Mapping[str, bytes] | None = None, limits: Limits | None = None
    ) -> Session:
        """A session for one submission.

        seed: of `random` and `np.random`, the same at every run.  files: the submission's own, by relative path;
        they lie in the working directory of its cells.
        """
        chosen = limits or self.limits
        return Session(lambda: self._begin(seed, files or {}, chosen), chosen)

    def close(self) -> None:
        """End every worker and the zygote, and remove their files.  May be called again."""
        if self._closed:
            return
        self._closed = True
        if hasattr(self, "_ready"):
            self._ready.close()
        if hasattr(self, "_zygote"):
            self._zygote.close()
        if not self.started:
            return
        os.close(self._held)
        try:
            remove_tree(self._base)
        except OSError as error:
            raise SandboxError(
                f"{self._base}: cannot be removed ({error}); remove it by hand"
            ) from error

    def _begin(self, seed: int, files: Mapping[str, bytes], limits: Limits) -> Worker:
        """A fresh worker with a submission's seed and files, ready for its first request."""
        self.start()
        if self._closed:
            raise SandboxError(CLOSED)
        # A worker that already waits has the limits of the sandbox.
        take = self._ready.take if limits == self.limits else partial(self._fork, limits)
        for _ in range(ATTEMPTS + self._jobs):
            worker = take()
            try:
                fill(worker.scratch, files)
                worker.ask({"do": "begin", "seed": seed}, Meter(worker.pid, START))
                return worker
            except (WorkerLostError, OutageError) as error:
                lost = error  # it was killed before any student code ran in it
            except BaseException:
                worker.close()
                raise
        raise SandboxError(f"sandbox: every worker ends before it is needed; the last one {lost}")

    def _fork(self, limits: Limits) -> Worker:
        """A worker, confined and waiting.  A zygote that was lost is replaced."""
        for _ in range(ATTEMPTS):
            self._restart()
            with suppress(OutageError):
                return self._spawn(limits)
        raise SandboxError(
            f"sandbox: {ATTEMPTS} workers or zygotes in a row were killed when they started"
        )

    def _restart(self) -> None:
        """Start another zygote if the last one was lost."""
        with self._lock:
            if self._closed:
                raise SandboxError(CLOSED)
            if self._zygote.lost:
                try:
                    self._zygote = self._launch(self._base, self._config)
                except SandboxError as why:
                    self._refusal = why
                    raise

    def _spawn(self, limits: Limits) -> Worker:
        zygote, token = self._zygote, secrets.token_hex(8)
        scratch = Path(tempfile.mkdtemp(dir=self._base / "work"))
        job = {
            "ready": token,
            "scratch": str(scratch),
            "output": limits.output,
            "cpu": limits.submission + 10 * GRACE,  # where the grader ends it first
            "memory": limits.memory,
            "file": limits.scratch,
        }
        theirs, ours = _pipes()
        try:
            pid, pidfd = zygote.spawn(job, theirs)
        except BaseException:
            _close(ours)
            remove_tree(scratch)
            raise
        finally:
            _close(theirs)
        worker = Worker(pid, pidfd, ours, scratch, limits.scratch, zygote.reap)
        try:
            ready = worker.expect(token, Meter(pid, START))
        except WorkerLostError as error:
            if error.disturbed:
                raise OutageError(f"sandbox: a worker {error}") from None
            raise SandboxError(f"sandbox: a worker did not start: it {error}") from None
        if "error" in ready:
            if worker.close() is None:
                raise OutageError("sandbox: the zygote was lost as a worker started")
            raise SandboxError(f"sandbox: a worker could not be confined: {ready['error']}")
        return worker


def _allow_files(count: int) -> None:
    """See that this process may open `count` files; MisuseError if its limit is lower for good."""
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < count:
        if resource.RLIM_INFINITY != hard < count:
            raise MisuseError(
                f"sandbox: {hard} open files are allowed, and {count} are needed; allow more: ulimit -n 1024"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    """The worker's ends (read requests, write replies) and the grader's (write requests, read replies)."""
    requests, replies = open_pipe(), open_pipe()
    return (requests[0], replies[1]), (requests[1], replies[0])


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)
