"""Workers that are forked ahead, so that no submission waits for a fork."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from autograder.errors import SandboxError
from autograder.sandbox.channel import Worker

LOOK_AGAIN = 1.0  # seconds
CLOSED = "sandbox: it has been closed; start another"


class ReadyWorkers:
    """Keeps `count` workers waiting; each that is taken is replaced in the background.

    fork: makes a worker; what it raises is raised where a worker is taken.
    """

    def __init__(self, fork: Callable[[], Worker], count: int) -> None:
        self._fork = fork
        self._waiting: queue.SimpleQueue[Worker | SandboxError] = queue.SimpleQueue()
        self._wanted = threading.Semaphore(count)
        self._closed = False
        self._thread = threading.Thread(target=self._fill, name="ready workers", daemon=True)
        self._thread.start()

    def take(self) -> Worker:
        """A worker that nobody else has.  SandboxError if none can be made."""
        found = self._waiting.get()
        if isinstance(found, Worker):
            self._wanted.release()
            return found
        if self._closed:
            self._waiting.put(found)  # for whoever else is waiting
        else:
            self._wanted.release()
        raise found

    def close(self) -> None:
        """End the workers that wait, and refuse all who come for one."""
        self._closed = True
        self._wanted.release()
        self._thread.join()
        while not self._waiting.empty():
            found = self._waiting.get()
            if isinstance(found, Worker):
                found.close()
        self._waiting.put(SandboxError(CLOSED))

    def _fill(self) -> None:
        while not self._closed:
            if not self._wanted.acquire(timeout=LOOK_AGAIN):
                self._bury()
            elif not self._closed:
                self._waiting.put(self._made())

    def _made(self) -> Worker | SandboxError:
        try:
            return self._fork()
        except SandboxError as error:
            return error
        except Exception as error:  # or whoever waits would wait for ever
            return SandboxError(f"sandbox: no worker can be made: {type(error).__name__}: {error}")

    def _bury(self) -> None:
        """Replace those that died while they waited."""
        for _ in range(self._waiting.qsize()):
            with suppress(queue.Empty):
                found = self._waiting.get_nowait()
                if isinstance(found, Worker) and not found.lives():
                    found.close()
                    self._wanted.release()
                else:
                    self._waiting.put(found)
