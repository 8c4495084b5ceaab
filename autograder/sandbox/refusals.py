"""Messages for what the wall refuses, where Python would only say "operation not permitted".

Nothing here protects anything: the kernel does.  Student code that bypasses these functions gets the kernel's error.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Callable
from multiprocessing import synchronize
from typing import Any, NoReturn

from autograder.sandbox.protocol import SKIPPED

NO_PROGRAMS = "other programs do not run while a notebook is graded"
NO_PROCESSES = "a notebook cannot start processes while it is graded; threads work"
NO_NETWORK = "the network is closed while a notebook is graded"
LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "create_server")
NO_SUCH_PROGRAM = 127 << 8  # what os.system returns when the shell finds no such program


def explain_refusals() -> None:
    """Replace functions that the wall refuses by ones that say why, in this process and its children."""
    os.system = _skip
    refused: list[tuple[Any, str, str]] = [
        (synchronize.SemLock, "__init__", NO_PROCESSES),  # what pools of processes make first
        (subprocess.Popen, "_execute_child", NO_PROGRAMS),
        *((os, name, NO_PROCESSES) for name in ("fork", "forkpty")),
        *((os, name, NO_PROGRAMS) for name in ("posix_spawn", "posix_spawnp", "execv", "execve")),
        *((socket, name, NO_NETWORK) for name in LOOK_UPS),
    ]
    for owner, name, why in refused:
        setattr(owner, name, _refuse(why))
    socket.socket.__init__ = _explained(socket.socket.__init__)  # type: ignore[method-assign]


def _skip(command: Any) -> int:
    """Replace os.system: print that nothing was run; the cell goes on."""
    print(f"os.system({command!r}): {SKIPPED}")
    return NO_SUCH_PROGRAM


def _refuse(why: str) -> Callable[..., NoReturn]:
    def refused(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EPERM, why)

    return refused


def _explained(make: Callable[..., None]) -> Callable[..., None]:
    """A constructor of sockets that says why it is refused; wrapping a descriptor still works."""

    def explained(self: socket.socket, *arguments: Any, **named: Any) -> None:
        try:
            make(self, *arguments, **named)
        except PermissionError:
            raise PermissionError(errno.EPERM, NO_NETWORK) from None

    return explained
