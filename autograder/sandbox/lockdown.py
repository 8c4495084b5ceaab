"""What a fresh worker does to itself before it sees a line of student code.

Every step must succeed: an exception here ends the worker, never weakens it.
"""

from __future__ import annotations

import fcntl
import math
import os
import resource
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.confinement import Wall
from autograder.sandbox.layers import Layer
from autograder.sandbox.linux import landlock, seccomp
from autograder.sandbox.linux.kernel import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    drop_capabilities,
    prctl,
)
from autograder.sandbox.linux.namespace import enter_view

REQUESTS, REPLIES = 3, 4  # where a worker's two pipes are, always
MAX_OPEN_FILES = 128
MAX_PENDING_SIGNALS = 256
STACK = 8 << 20


@dataclass(frozen=True, slots=True)
class Confinement:
    """The directory and uid of a worker, and its limits in seconds of CPU time and bytes."""

    scratch: str
    uid: int
    cpu: float
    memory: int
    file: int


def lock_down(
    parent: int, requests: int, replies: int, confinement: Confinement, wall: Wall
) -> None:
    """Confine the calling process; afterwards it has the two pipes, at REQUESTS and REPLIES, and nothing else."""
    _keep_only(requests, replies)  # first: from then on a failure can be reported
    if wall.machine.system != "linux":
        _limit_standalone(confinement, wall)
        return
    _leave(parent)
    mapped = _mapped()  # needs /proc, which the view does not have
    place = confinement.scratch if wall.view is None else enter_view(wall.view, confinement.scratch)
    _enter(place)
    if Layer.LIMITS in wall.layers:
        _limit(
            confinement, mapped, wall.tasks
        )  # after the view: a user namespace would take over the limit on tasks
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if Layer.LANDLOCK in wall.layers:  # after the view: it forbids mounting
        landlock.restrict(wall.machine.landlock, wall.granted, place, wall.devices)
    if Layer.UID in wall.layers:  # after both: they take root's rights
        _become(confinement.uid, parent, place)
    elif wall.view:
        drop_capabilities()
    prctl(PR_SET_DUMPABLE, 0)
    if wall.program:  # last: it forbids all of the above
        seccomp.install(wall.program)


def _keep_only(requests: int, replies: int) -> None:
    """Put the pipes in their places, /dev/null on the standard streams, and close every other descriptor."""
    requests, replies = (
        fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, REPLIES + 1) for fd in (requests, replies)
    )
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.dup2(requests, REQUESTS, inheritable=False)
    os.dup2(replies, REPLIES, inheritable=False)
    os.closerange(REPLIES + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _leave(parent: int) -> None:
    """Start a session of its own, and end when the zygote ends."""
    _separate()
    _die_with(parent)
    prctl(PR_SET_DUMPABLE, 1)  # until the end: else /proc/self belongs to root
    # The kernel's choice when memory runs out should be the worker, not the grader.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _separate() -> None:
    """Start a session with default signal handlers."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _limit_standalone(confinement: Confinement, wall: Wall) -> None:
    """On a system without layers: the limits that every Unix has."""
    _separate()
    _enter(confinement.scratch)
    if Layer.LIMITS in wall.layers:
        seconds = math.ceil(confinement.cpu)
        cap(resource.RLIMIT_CPU, seconds, seconds + 1)
        cap(resource.RLIMIT_FSIZE, confinement.file)
        cap(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
        cap(resource.RLIMIT_CORE, 0)


def _die_with(parent: int) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise RuntimeError("the zygote died before its worker began")


def _enter(scratch: str) -> None:
    os.umask(0o077)
    os.chdir(scratch)
    os.environ.update(HOME=scratch, TMPDIR=scratch)
    tempfile.tempdir = None  # to be found anew


def _mapped() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(confinement: Confinement, mapped: int, tasks: int) -> None:
    """Set resource limits.  Memory counts from what the warm worker has already mapped."""
    seconds = math.ceil(confinement.cpu)
    cap(resource.RLIMIT_CPU, seconds, seconds + 1)
    cap(resource.RLIMIT_AS, mapped + confinement.memory)
    cap(resource.RLIMIT_FSIZE, confinement.file)
    cap(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    cap(resource.RLIMIT_NPROC, tasks)
    cap(resource.RLIMIT_SIGPENDING, MAX_PENDING_SIGNALS)
    cap(resource.RLIMIT_STACK, STACK)
    for none in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        cap(none, 0)


def cap(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that is already lower stays."""
    _, ceiling = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, wanted = min(soft, ceiling), min(wanted, ceiling)
    resource.setrlimit(kind, (soft, wanted))


def _become(uid: int, parent: int, place: str) -> None:
    """Give up root for a uid that no other process has; OSError if that uid cannot work in `place`."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _die_with(parent)  # forgotten with the uid
    os.close(os.open(place, os.O_RDONLY | os.O_DIRECTORY))
