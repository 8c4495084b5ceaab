"""Starts the zygote and its supervisor in a fresh interpreter, and asks the zygote to fork and reap workers."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.errors import OutageError, SandboxError

# How long a zygote may take to start, which may build matplotlib's font cache; one after the other is
# tried, since a machine that was paused may have stopped the one before.
START_SECONDS = (120.0, 240.0, 480.0)
REPLY_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.5  # between two looks whether a zygote is still wanted
KILLED = 128  # exit codes from here on stand for a signal that ended a process
MESSAGE = 1 << 16
# The zygote finds the standard library by itself; the staged kit comes before site-packages, and no
# .pth file is read.
BOOT = """
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    config = json.load(file)
sys.path += config["path"]
control = int(sys.argv[2])
def zygote():
    from autograder.sandbox.zygote import main
    main(config, control)
from pathlib import Path
from autograder.sandbox.supervisor import supervise
supervise(zygote, control, Path(config["base"]))
"""


def start_zygote(
    base: Path, config: Mapping[str, Any], wanted: Callable[[], bool] = lambda: True
) -> Zygote:
    """A zygote that serves.  One that is killed, or too slow, as it starts is replaced, as long as one is wanted.

    Raises SandboxError if it ends by itself, or if the last one is lost too.
    """
    for seconds in START_SECONDS:
        try:
            return Zygote(base, config, seconds, wanted)
        except OutageError as error:
            lost = error
        if not wanted():
            break
    raise SandboxError(
        f"{lost}, and was started {len(START_SECONDS)} times; "
        "end what else runs on this machine, and grade again"
    )


class Zygote:
    """One zygote and its supervisor.  For any number of threads.

    seconds: how long it may take to start, as long as it is `wanted`.  Raises OutageError if it takes longer or is
    killed meanwhile, SandboxError if it ends by itself.
    """

    def __init__(
        self, base: Path, config: Mapping[str, Any], seconds: float, wanted: Callable[[], bool]
    ) -> None:
        self._base, self._lock, self._lost = base, threading.Lock(), ""
        self._supervisor, self._control = _start(base, config)
        self._pidfd = -1
        try:
            late = time.monotonic() + seconds
            while not _is_readable(self._control) and wanted() and time.monotonic() < late:
                pass
            hello, fds = self._receive(0.0)
            if "refused" in hello:
                raise SandboxError(f"sandbox: {hello['refused']}")
            (self._pidfd,) = fds
            self.pid = int(hello["pid"])
        except OutageError as error:
            if 0 <= self._supervisor.returncode < KILLED:
                raise SandboxError(str(error)) from None
            raise
        except BaseException:
            self.close()
            raise

    @property
    def lost(self) -> bool:
        """Whether it is known to have ended."""
        return bool(self._lost)

    def spawn(self, job: Mapping[str, Any], fds: Sequence[int]) -> tuple[int, int]:
        """Fork a worker that gets `fds`; return its process id and a pidfd.  OutageError if the zygote is lost."""
        reply, (pidfd,) = self._request({"do": "spawn", **job}, fds)
        return int(reply["pid"]), pidfd

    def reap(self, pid: int) -> tuple[int, float] | None:
        """Kill and reap a worker; its exit status and CPU seconds.

        None if the zygote is lost, and all workers with it.
        """
        try:
            reply, _ = self._request({"do": "reap", "pid": pid})
        except OutageError:
            return None
        return int(reply["status"]), float(reply["cpu"])

    def close(self) -> None:
        """End the zygote and all that it started.  May be called again."""
        with self._lock:
            if self._supervisor.returncode is None:
                self._control.close()  # the zygote leaves, and the supervisor removes the sandbox's files
                self._end("has been closed")

    def _request(
        self, message: Mapping[str, Any], fds: Sequence[int] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        with self._lock:
            if self._lost:
                raise OutageError(self._lost)
            try:
                socket.send_fds(self._control, [json.dumps(message).encode()], fds)
            except OSError as error:
                self._kill()
                raise self._end(f"is gone ({error})") from error
            return self._receive(REPLY_SECONDS)

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        """The zygote's next message and the descriptors that came with it."""
        self._control.settimeout(seconds)
        try:
            message, fds, _, _ = socket.recv_fds(self._control, MESSAGE, 1)
        except OSError as error:
            self._kill()  # a late answer would be taken for the next
            raise self._end(f"does not answer ({error})") from error
        if not message:
            raise self._end("ended")
        try:
            return json.loads(message.decode()), fds
        except ValueError as error:
            self._kill()
            raise self._end(f"sends what cannot be read ({error})") from error

    def _kill(self) -> None:
        """Kill the zygote; its workers die with it, and its supervisor clears up."""
        if self._pidfd < 0:  # it has not said which process it is
            os.killpg(self._supervisor.pid, signal.SIGKILL)
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _end(self, how: str) -> OutageError:
        """Wait until the supervisor has cleared up; the error to raise.

        The control socket stays open meanwhile: for the supervisor, a closed one means that the
        grader has gone, and that the files of the sandbox are nobody's.
        """
        try:
            self._supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._supervisor.pid, signal.SIGKILL)
            self._supervisor.wait()
        self._control.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._lost = f"sandbox: its main process {how}; {self._log()}"
        return OutageError(self._lost)

    def _log(self) -> str:
        log = self._base / "zygote.log"
        text = log.read_text(errors="replace").strip() if log.exists() else ""
        return f"its last words: {text[-2000:]}" if text else "it printed nothing"


def _is_readable(control: socket.socket) -> bool:
    """Whether there is something to receive, at once or a little later."""
    look = select.poll()
    look.register(control, select.POLLIN)
    return bool(look.poll(1000 * LOOK_SECONDS))


def _start(base: Path, config: Mapping[str, Any]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a supervisor and its zygote in a fresh interpreter with an environment of its own."""
    written = write_config(base, config)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [*isolated(BOOT), str(written), str(theirs.fileno())]
    with theirs, (base / "zygote.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment(base / "home"),
            pass_fds=[theirs.fileno()],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return process, ours


def write_config(base: Path, config: Mapping[str, Any]) -> Path:
    """Make the folders of a sandbox and write the file that its processes are configured by; return its path."""
    for name in ("home", "work"):
        (base / name).mkdir(exist_ok=True)
    libraries = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    config = {"base": str(base), "path": [str(base / "staged"), *libraries], **config}
    written = base / "config.json"
    written.write_text(json.dumps(config), encoding="utf-8")
    return written


def isolated(code: str) -> list[str]:
    """The command that runs `code` in an interpreter which reads nothing of the user's.

    As with -I, but for the environment, which is made below: its hash seed has sets of text iterate
    alike at every run, and -I would ignore it.
    """
    return [sys.executable, "-P", "-s", "-S", "-B", "-X", "utf8", "-c", code]


def environment(home: Path) -> dict[str, str]:
    """All that a worker finds in its environment."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
    }
