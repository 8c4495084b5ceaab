"""The parent process of the zygote: when the zygote ends, it clears up.

A zygote that is killed takes its workers with it.  The supervisor reaps them, ends the processes that they started,
and removes the files of the sandbox if the grader has ended too.  It does nothing else, so nothing can make it fail.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from autograder.sandbox.linux.kernel import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, prctl
from autograder.sandbox.scratch import remove_tree


def supervise(zygote: Callable[[], NoReturn], control: int, base: Path) -> NoReturn:
    """Run `zygote` in a child; when it has ended, end all that descends from it, and this process.

    control: the socket to the grader.  It stays open here, so that the grader sees it closed only when everything has
    ended.  base: the directory of this sandbox; removed if the grader has closed the socket.
    """
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what loses its parent becomes a child of this process
    supervisor, child = os.getpid(), os.fork()
    if child == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == supervisor:
            zygote()
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    end_children(set())
    if _hung_up(control):
        with suppress(OSError):
            remove_tree(base)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def end_children(spared: set[int]) -> None:
    """Kill and reap every child of this process except those `spared`, and processes that become its children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while strays := {int(pid) for pid in children.read_text().split()} - spared:
        for pid in strays:
            end(pid)


def end(pid: int) -> tuple[int, float]:
    """Kill and reap a child with its process group.

    Returns its exit status, negative for the signal that ended it, and the CPU seconds that it and its own children
    used.
    """
    for kill in (os.killpg, os.kill):  # it may have died before it had a group of its own
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def _hung_up(control: int) -> bool:
    poll = select.poll()
    poll.register(control, 0)
    return bool(poll.poll(0))
