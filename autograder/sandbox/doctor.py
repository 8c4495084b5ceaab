"""Tests the wall on this machine: a worker like any other tries what student code must not do."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import SandboxError
from autograder.sandbox.layers import Layer, Machine, default_layers
from autograder.sandbox.pool import Sandbox
from autograder.student.model.exercises import Probe

# Runs in the worker: returns the type of the error that a statement ends with.
ATTEMPT = """
def attempt(statement):
    try:
        exec(statement, {})
    except BaseException as error:
        return type(error).__name__
    return ""
"""
# Folders where every user may write; a worker too, if its uid is its only wall.
SHARED = tuple(folder for folder in ("/tmp", "/var/tmp", "/dev/shm") if Path(folder).is_dir())
LEAVE = """
import os
os.umask(0)
for path in {paths}:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
    except OSError:
        pass
"""
VERSIONS = ("python", "numpy", "matplotlib", "IPython")
VERSION = """
def version(name):
    import importlib, platform
    return platform.python_version() if name == "python" else importlib.import_module(name).__version__
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that student code may try: in words, as a statement, and whether it should succeed."""

    text: str
    statement: str
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt and its outcome: the type of an error, or "" if it succeeded."""

    attempt: Attempt
    error: str

    @property
    def words(self) -> str:
        """The outcome in words."""
        return f"no ({self.error})" if self.error else "yes"

    @property
    def right(self) -> bool:
        """Whether it ended as it should."""
        return self.attempt.allowed is not bool(self.error)


@dataclass(frozen=True, slots=True)
class Examination:
    """The line of the layers in force, what was tried, and the versions that a worker has."""

    line: str
    tried: tuple[Attempted, ...]
    versions: tuple[str, ...]


def describe_machine(machine: Machine) -> str:
    """What a machine offers, in words."""
    has = default_layers(machine)
    layers = ", ".join(f"{layer.value} {'yes' if layer in has else 'no'}" for layer in Layer)
    return (
        f"{machine.system} {machine.kernel}, {machine.architecture}, "
        f"Landlock ABI {machine.landlock}\nlayers: {layers}"
    )


def examine_machine(
    secrets: Sequence[Path], others: Sequence[Path], *, unsafe: bool = False
) -> Examination:
    """Try everything in a sandbox like the one that grades.

    secrets: paths that a worker must not read.  others: paths that are not secret, but that it should not read.
    Raises SandboxError where there is no sandbox for student code.
    """
    with Sandbox(unsafe=unsafe, protected=secrets) as sandbox:
        return examine_sandbox(sandbox, secrets, others)


def examine_sandbox(
    sandbox: Sandbox, secrets: Sequence[Path], others: Sequence[Path] = ()
) -> Examination:
    """Try everything in a worker of `sandbox`."""
    earlier, another = _left("earlier"), _left("another")
    with sandbox.session() as ended:
        ended.run([LEAVE.format(paths=earlier)])
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        sandbox.session() as beside,
        sandbox.session() as session,
    ):
        beside.run([LEAVE.format(paths=another)])
        session.run([ATTEMPT, VERSION])
        asked = attempts(secrets, others, listening.getsockname()[1], sandbox.wall.layers)
        came = session.answers(
            Probe("attempt(s)", ("error",)), [{"s": attempt.statement} for attempt in asked]
        )
        found = session.answers(
            Probe("version(n)", ("version",)), [{"n": name} for name in VERSIONS]
        )
    for path in (*earlier, *another):
        Path(path).unlink(missing_ok=True)  # where there is no wall
    failed = next((answer.failure for answer in (*came, *found) if answer.failure), None)
    if failed:
        raise SandboxError(f"sandbox: it does not work here: {failed.text}; please report it")
    versions = tuple(f"{name} {answer.value}" for name, answer in zip(VERSIONS, found, strict=True))
    tried = tuple(
        Attempted(attempt, str(answer.value)) for attempt, answer in zip(asked, came, strict=True)
    )
    return Examination(sandbox.layers, tried, versions)


def attempts(
    secrets: Sequence[Path], others: Sequence[Path], port: int, layers: Collection[Layer]
) -> list[Attempt]:
    """Everything that is tried.

    port: a port of this machine that accepts connections.  layers: those in force; they decide what may succeed.
    """
    locked, hidden = Layer.LANDLOCK in layers, Layer.NAMESPACE in layers
    public = not (locked or hidden)  # then a worker may do what every user may
    return [
        Attempt(
            "use its own folder",
            "open('file', 'w').write('x'); assert open('file').read() == 'x'",
            allowed=True,
        ),
        Attempt(
            "start a thread",
            "import threading as t; a = t.Thread(target=print); a.start(); a.join()",
            allowed=True,
        ),
        Attempt("read Python's library", "import os; open(os.__file__).read()", allowed=True),
        Attempt("write to Python's library", "import os; open(os.__file__, 'r+')"),
        Attempt("list the folder /", "import os; os.listdir('/')", allowed=not locked),
        Attempt("read /etc/passwd", "open('/etc/passwd')", allowed=public),
        Attempt(
            "see that /etc/passwd exists", "import os; os.stat('/etc/passwd')", allowed=not hidden
        ),
        *(
            Attempt(
                f"write to {Path(path).parent}",
                f"import os; open({path!r}, 'w').close(); os.unlink({path!r})",
                allowed=public,
            )
            for path in _left("own")
        ),
        *(
            Attempt(f"find what an earlier worker left: {path}", f"import os; os.stat({path!r})")
            for path in _left("earlier")
        ),
        *(
            Attempt(f"read what another worker keeps: {path}", f"open({path!r})")
            for path in _left("another")
        ),
        Attempt("read the grader's memory", f"open('/proc/{os.getpid()}/mem')"),
        *(_reach(path) for path in secrets),
        *(replace(_reach(path), allowed=public) for path in others),
        Attempt("start a process", "import os; os.fork() or os._exit(0)"),
        Attempt("run a program", "import subprocess; subprocess.run(['true'])"),
        Attempt("signal the grader", f"import os; os.kill({os.getpid()}, 0)"),
        Attempt(
            "connect to 127.0.0.1",
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
        ),
        Attempt(
            "send a datagram",
            f"import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'', ('127.0.0.1', {port}))",
        ),
    ]


def _left(whose: str) -> list[str]:
    """A file in each shared folder that one worker may leave there."""
    return [f"{folder}/autograder-doctor-{os.getpid()}-{whose}" for folder in SHARED]


def _reach(path: Path) -> Attempt:
    return Attempt(
        f"read {path}",
        f"import os; (os.listdir if os.path.isdir({str(path)!r}) else open)({str(path)!r})",
    )
