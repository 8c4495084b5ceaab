"""Workers that are forked in advance, so that no submission waits for a fork."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from autograder.errors import SandboxError
from autograder.sandbox.channel import Worker

LOOK_AGAIN = 1.0  # seconds between looks for dead workers
CLOSED = "sandbox: it has been closed; start another"


class ReadyWorkers:
    """Keeps `count` workers waiting; a worker that is taken is replaced in the background.

    fork: makes a worker.  Its errors are raised by `take`.
    """

    def __init__(self, fork: Callable[[], Worker], count: int) -> None:
        self._fork = fork
        self._waiting: queue.SimpleQueue[Worker | SandboxError] = queue.SimpleQueue()
        self._wanted = threading.Semaphore(count)
        self._closed = False
        self._thread = threading.Thread(target=self._fill, name="ready workers", daemon=True)
        self._thread.start()

    def take(self) -> Worker:
        """A worker for the caller alone.  SandboxError if none can be made."""
        found = self._waiting.get()
        if isinstance(found, Worker):
            self._wanted.release()
            return found
        if self._closed:
            self._waiting.put(found)  # for other callers that wait
        else:
            self._wanted.release()
        raise found

    def close(self) -> None:
        """End the waiting workers; `take` raises from now on."""
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
                self._replace_dead()
            elif not self._closed:
                self._waiting.put(self._forked())

    def _forked(self) -> Worker | SandboxError:
        try:
            return self._fork()
        except SandboxError as error:
            return error
        except Exception as error:  # without an entry, callers would wait for ever
            return SandboxError(f"sandbox: no worker can be made: {type(error).__name__}: {error}")

    def _replace_dead(self) -> None:
        """Replace workers that died while they waited."""
        for _ in range(self._waiting.qsize()):
            with suppress(queue.Empty):
                found = self._waiting.get_nowait()
                if isinstance(found, Worker) and not found.lives():
                    found.close()
                    self._wanted.release()
                else:
                    self._waiting.put(found)
