"""The warm process that every worker is forked from.

It imports what notebooks import and runs a few public cells, so that lazy imports are done; then it only forks and
reaps.  It never holds a solution, a hidden check or a submission: a worker can find everything that it ever held.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, NoReturn

import matplotlib
import numpy as np

from autograder.errors import SandboxError
from autograder.sandbox.confinement import Wall, build_wall, check_uid_alone, used_uids
from autograder.sandbox.layers import UIDS, Layer, Machine
from autograder.sandbox.linux.kernel import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, prctl
from autograder.sandbox.lockdown import cap
from autograder.sandbox.refusals import explain_refusals
from autograder.sandbox.scratch import remove_leftovers
from autograder.sandbox.shell import Printed, Shell, run_cell, start_shell
from autograder.sandbox.supervisor import end, end_children
from autograder.sandbox.worker import MAX_OPEN_FILES, live
from autograder.student.judging.probes import compile_probe

MESSAGE = 1 << 16
fork = os.fork  # workers get a replacement that explains why they cannot fork
WARM_CELLS = (
    "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt",
    "def f(x):\n    return x @ x.T\nf(np.random.default_rng(0).normal(size=(64, 64)))",
    "fig, axes = plt.subplots(1, 2)\naxes[0].plot([1, 2], label='$x^2$')\naxes[0].legend()\n"
    "axes[1].imshow(np.eye(4))\nfig.canvas.draw()\nplt.show()",
    "class A:\n    def __init__(self, data):\n        self.data = data\nA(1.0)",
    "raise ValueError('a failing cell has its own lazy imports')",
    "this is no Python",
    "%%time\nnp.linalg.norm(np.ones(3))",
    "!ls",
)


def main(config: Mapping[str, Any], control: int) -> NoReturn:
    """Warm up, report it, and serve until the grader closes the control socket.

    config: `base`, the directory of this sandbox; `warm`, public cells to warm up with, and `probes`, setups and calls
    to compile; `machine`, what it offers; `layers` of the wall, and whether they were chosen `by_hand`; `protected`
    paths that no worker may read.
    """
    cap(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=control) as grader:
        wall = _build(config, grader)
        shell = start_shell()
        _warm(shell, [*WARM_CELLS, *config["warm"]])
        for setup, call in config["probes"]:
            compile_probe(setup, call)
        if Layer.SECCOMP in wall.layers:
            explain_refusals()
        _freeze()
        itself = os.pidfd_open(os.getpid())
        socket.send_fds(grader, [json.dumps({"pid": os.getpid()}).encode()], [itself])
        os.close(itself)
        _serve(shell, wall, grader)
    os._exit(0)  # to finalise such a large interpreter takes long


def _warm(shell: Shell, cells: Sequence[str]) -> None:
    """Run cells and forget them.  They may fail: a provided cell can call a function that a student will write."""
    streams = sys.stdout, sys.stderr
    with _undone():
        for cell in cells:
            run_cell(shell, cell, Printed(0))
    sys.stdout, sys.stderr = streams
    shell.reset(new_session=False)  # type: ignore[no-untyped-call]
    shell.execution_count = 1
    if shell.history_manager:
        shell.history_manager.input_hist_parsed[:] = shell.history_manager.input_hist_raw[:] = [""]
    shell.events.trigger("post_execute")


@contextmanager
def _undone() -> Iterator[None]:
    """Undo what a cell may have set for the whole process."""
    path, environment = sys.path[:], dict(os.environ)
    with warnings.catch_warnings(), np.errstate(), np.printoptions(), matplotlib.rc_context():
        yield
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(environment)
    os.chdir("/")


def _build(config: Mapping[str, Any], grader: socket.socket) -> Wall:
    """The wall for all workers; if it must not stand here, tell the grader why and end."""
    layers = [Layer(name) for name in config["layers"]]
    protected = [Path(path) for path in config["protected"]]
    try:
        wall = build_wall(Path(config["base"]), layers, Machine(**config["machine"]), protected)
        if not config["by_hand"]:
            check_uid_alone(wall, protected)
    except SandboxError as error:
        grader.send(json.dumps({"refused": str(error)}).encode())
        sys.exit(1)
    return wall


def _freeze() -> None:
    """Make this process safe and cheap to fork: one thread, not readable by others, no garbage collection."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(
            f"zygote: {threads} threads after warming up; a warm cell or a library started one"
        )
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.collect()
    gc.disable()
    gc.freeze()


def _serve(shell: Shell, wall: Wall, grader: socket.socket) -> None:
    """Fork and reap when the grader asks."""
    workers: dict[int, int] = {}  # their uids by their ids
    first = os.getpid() % len(UIDS)  # not the same as in another sandbox on this machine
    uids = cycle((*UIDS[first:], *UIDS[:first]))
    while True:
        message, fds, _, _ = socket.recv_fds(grader, MESSAGE, 2)
        if not message:
            return
        job = json.loads(message)
        if job["do"] == "spawn":
            taken = {*workers.values(), *(used_uids() if wall.shared else ())}
            job["uid"] = next(uid for uid in uids if uid not in taken)
            pid = _spawn(shell, wall, job, grader, fds)
            workers[pid] = job["uid"]
        else:
            uid = workers.pop(job["pid"], -1)
            status, cpu = end(job["pid"])
            end_children(set(workers))
            remove_leftovers({uid}, wall.shared)
            grader.send(json.dumps({"status": status, "cpu": cpu}).encode())


def _spawn(
    shell: Shell, wall: Wall, job: Mapping[str, Any], grader: socket.socket, fds: Sequence[int]
) -> int:
    if Layer.UID in wall.layers:
        os.chown(job["scratch"], job["uid"], job["uid"])
    parent, pid = os.getpid(), fork()
    if pid == 0:
        gc.enable()
        live(shell, wall, job, parent, *fds)
    handle = os.pidfd_open(pid)
    socket.send_fds(grader, [json.dumps({"pid": pid}).encode()], [handle])
    for fd in (handle, *fds):
        os.close(fd)
    return pid
