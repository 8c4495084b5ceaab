"""The process above the zygote: it outlives whatever dies below it, and sees to it that nothing stays behind.

A zygote that is killed takes its workers along, and somebody must reap them, end what they had started, and, if the
grader is gone as well, remove their files.  The keeper does nothing else and holds nothing, so that nothing happens
to it.
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


def keep(zygote: Callable[[], NoReturn], control: int, base: Path) -> NoReturn:
    """Run `zygote` in a child; when it has ended, end all that descends from it, and this process.

    control: the socket to the grader; it stays open here, so the grader hears the end when there is nothing left.
    base: the directory of this sandbox, removed if the grader has hung up.
    """
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what loses its parent becomes a child of this process
    keeper, child = os.getpid(), os.fork()
    if child == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == keeper:
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
    """Kill and reap every child of this process but those `spared`, and what becomes its child by that."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while strays := {int(pid) for pid in children.read_text().split()} - spared:
        for pid in strays:
            end(pid)


def end(pid: int) -> int:
    """Kill and reap a child with its process group; its exit status, negative for the signal that ended it."""
    for kill in (os.killpg, os.kill):  # it may have died before it had a group of its own
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _hung_up(control: int) -> bool:
    poll = select.poll()
    poll.register(control, 0)
    return bool(poll.poll(0))
