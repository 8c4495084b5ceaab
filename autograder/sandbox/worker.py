"""The process of one submission: it confines itself, then runs cells and answers calls until the grader hangs up.

Student code can change anything in this process, so nothing here is trusted.  Only values leave it, and the grader
judges them.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TypeAlias

import numpy as np
from matplotlib._pylab_helpers import Gcf

from autograder.sandbox import protocol
from autograder.sandbox.bindings import END
from autograder.sandbox.codec import encode, read_frame
from autograder.sandbox.confinement import THREADS, Wall
from autograder.sandbox.layers import Layer, Machine
from autograder.sandbox.lockdown import REPLIES, REQUESTS, Confinement, cap, lock_down
from autograder.sandbox.protocol import Message
from autograder.sandbox.shell import Printed, Shell, run_cell, start_shell
from autograder.student.judging.probes import run_probe
from autograder.student.model.exercises import Answer, Probe

Pieces: TypeAlias = list[bytes | memoryview]

# A worker closes every descriptor below this limit; the lower, the sooner.
MAX_OPEN_FILES = 256
# Exit codes.  None is 0, which student code can give too.
HUNG_UP, NOT_CONFINED, BROKEN = 70, 71, 72


class _HungUpError(Exception):
    """The grader closed the pipe."""


class _InterruptError(KeyboardInterrupt):
    """The grader has waited long enough."""


def live(
    shell: Shell, wall: Wall, job: Mapping[str, Any], parent: int, requests: int, replies: int
) -> NoReturn:
    """Run as the worker of one job until the grader hangs up; never returns.

    job: `ready`, the id of the frame that says so; `output`, characters kept of each cell; and the
    fields of a Confinement.
    """
    try:
        _begin(wall, job, parent, requests, replies)
        _serve(shell, Printed(job["output"]))
    except _HungUpError:
        os._exit(HUNG_UP)
    finally:
        os._exit(BROKEN)


def start_standalone(
    config: Mapping[str, Any], job: Mapping[str, Any], requests: int, replies: int
) -> NoReturn:
    """Run as the worker of one job in a fresh interpreter, on systems without a zygote."""
    cap(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    layers = frozenset(map(Layer, config["layers"]))
    wall = Wall(Machine(**config["machine"]), layers, (), (), (), None, None, THREADS)
    live(start_shell(), wall, job, os.getppid(), requests, replies)


def _begin(wall: Wall, job: Mapping[str, Any], parent: int, requests: int, replies: int) -> None:
    """Confine this process and report it; if that fails, report why and end before any student code."""
    confinement = Confinement(job["scratch"], job["uid"], job["cpu"], job["memory"], job["file"])
    try:
        lock_down(parent, requests, replies, confinement, wall)
    except BaseException as error:
        _send(encode({"id": job["ready"], "error": f"{type(error).__name__}: {error}"}), REPLIES)
        os._exit(NOT_CONFINED)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path.insert(0, "")  # a notebook can import a module that lies beside it
    _send(encode({"id": job["ready"]}), REPLIES)


def _serve(shell: Shell, printed: Printed) -> NoReturn:
    """Answer requests, one reply each, in the order they come."""
    while True:
        request = _message()
        if request["do"] == protocol.TOGETHER:
            request |= _message()
        for moment in request.get("keep", ()):
            shell.bindings.keep(moment)
        try:
            with _interruptible():
                pieces = _REPLIES[request["do"]](shell, printed, request)
        except _InterruptError:
            printed.take()
            pieces = _frame(request, {})  # the grader knows that it interrupted this
        _send(pieces, REPLIES)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise _InterruptError when the grader sends SIGINT meanwhile; ignore SIGINT afterwards."""
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(*_: object) -> NoReturn:
    raise _InterruptError


def _start(shell: Shell, printed: Printed, request: Message) -> Pieces:
    random.seed(request["seed"])
    np.random.seed(request["seed"] % 2**32)
    return _frame(request, {})


def _run(shell: Shell, printed: Printed, request: Message) -> Pieces:
    shell.bindings.turn(END)
    reply = protocol.run_reply(*run_cell(shell, request["cell"], printed, request["line"]))
    with suppress(Exception):  # a student's class may refuse its methods
        shell.bindings.hand_out(request["given"])
    return _frame(request, reply)


def _keep(shell: Shell, printed: Printed, request: Message) -> Pieces:
    return _frame(request, {})


def _changed(shell: Shell, printed: Printed, request: Message) -> Pieces:
    return _frame(request, {"names": shell.bindings.changed(request["names"])})


def _defined(shell: Shell, printed: Printed, request: Message) -> Pieces:
    names, moment = request["names"], request["moment"]
    return _frame(request, {"names": [name for name in names if _is_callable(shell, moment, name)]})


def _is_callable(shell: Shell, moment: str, name: str) -> bool:
    shell.bindings.turn(moment)
    return callable(shell.user_ns.get(name))


def _answers(shell: Shell, printed: Printed, request: Message) -> Pieces:
    """Run a probe.  If the answers cannot be sent together, those that are the cause become Opaque."""
    answers = _run_probe(shell, printed, request)
    try:
        return _frame(request, protocol.answers_reply(answers))
    except Exception:  # a limit of the wire, or a type of the student's that resists
        return _frame(request, protocol.answers_reply(protocol.sendable(answers)))


def _together(shell: Shell, printed: Printed, request: Message) -> Pieces:
    """Run several probes.  If their answers cannot be sent together, none are: the grader asks one by one then."""
    names = [_is_callable(shell, *each) for each in request["names"]]
    found = [_run_probe(shell, printed, each) for each in request["each"]]
    try:
        each = [protocol.answers_reply(answers) for answers in found]
        return _frame(request, {"each": each, "names": names})
    except Exception:  # as above
        return _frame(request, {"each": None})


def _run_probe(shell: Shell, printed: Printed, request: Message) -> list[Answer]:
    inputs = protocol.read_inputs(request)
    shell.bindings.turn(request["moment"])
    watched, stand_ins = request["watched"], request["stand_ins"]
    probe = Probe(request["call"], (), request["setup"], watched=watched, stand_ins=stand_ins)
    given = shell.bindings.given
    with shell.builtin_trap:  # gives functions `display` and `get_ipython`, as while a cell runs
        answers = run_probe(shell.user_ns, probe, inputs, ends=_InterruptError, given=given)
    Gcf.destroy_all()
    printed.take()  # what was printed on stderr belongs to no cell
    return answers


_REPLIES: dict[str, Callable[[Shell, Printed, Message], Pieces]] = {
    "begin": _start,
    "run": _run,
    "keep": _keep,
    "changed": _changed,
    "defined": _defined,
    "answers": _answers,
    protocol.TOGETHER: _together,
}


def _frame(request: Message, reply: Message) -> Pieces:
    return encode({"id": request["id"], **reply})


def _message() -> Message:
    """The next message of the grader."""
    message = read_frame(_read)
    assert isinstance(message, dict)
    return message


def _read(size: int) -> bytearray:
    """Exactly `size` bytes from the grader."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(REQUESTS, [view])
        if count == 0:
            raise _HungUpError
        view = view[count:]
    return data


def _send(pieces: Pieces, fd: int) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(fd, view) :]
