"""Workers without a zygote: a fresh interpreter for each, with resource limits and no other layer of the wall.

For macOS, whose libraries do not survive a fork and which has none of the layers.  A lost worker is reaped; processes
that it started in a session of their own are not found.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.errors import OutageError
from autograder.sandbox.zygote_client import environment, isolated, write_config

BOOT = """
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    config = json.load(file)
sys.path += config["path"]
from autograder.sandbox.worker import start_standalone
start_standalone(config, json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
"""


class Standalone:
    """Starts and reaps workers one by one, in place of a zygote.  For any number of threads."""

    lost = False

    def __init__(self, base: Path, config: Mapping[str, Any]) -> None:
        self.pid = os.getpid()  # their parent
        self._base, self._lock = base, threading.Lock()
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._config = write_config(base, config)

    def spawn(self, job: Mapping[str, Any], fds: Sequence[int]) -> tuple[int, int]:
        """Start a worker that gets `fds`; its process id, and -1 in place of a pidfd.  OutageError if it fails."""
        command = [
            *isolated(BOOT),
            str(self._config),
            json.dumps({**job, "uid": -1}),
            *map(str, fds),
        ]
        try:
            worker = subprocess.Popen(
                command,
                env=environment(self._base / "home"),
                pass_fds=fds,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise OutageError(f"sandbox: a worker cannot be started ({error})") from error
        with self._lock:
            self._workers[worker.pid] = worker
        return worker.pid, -1

    def reap(self, pid: int) -> tuple[int, float] | None:
        """Kill a worker and its process group; its exit status and CPU seconds, None if it is not known."""
        with self._lock:
            worker = self._workers.pop(pid, None)
        if worker is None:
            return None
        for kill in (os.killpg, os.kill):  # it may have died before it had a group of its own
            with suppress(
                ProcessLookupError, PermissionError
            ):  # macOS says the latter of a group of zombies
                kill(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        return worker.returncode, used.ru_utime + used.ru_stime

    def close(self) -> None:
        """End every worker.  May be called again."""
        for pid in list(self._workers):
            self.reap(pid)
