"""What stands outside the wall for one attack: files worth reading or changing, listeners, and another process.

All of it is made to be thrown away.  An attack names what it wants as a variable, and gets just that.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from types import TracebackType

import psutil

from autograder.course.paths import HERE
from autograder.sandbox.linux.syscalls import table

# At the head of every attacking notebook.  `Loot` carries what was found into the report: a cell's
# exception is quoted.
TOOLS = """
import ctypes, os
class Loot(Exception): pass
def loot(found="admitted"):
    raise Loot(found)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
def call(name, *arguments):
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(NUMBERS[name]), *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result
"""
# Another process of the grader's user, with a secret in its environment, its memory and an open
# file without a name. It allows being looked at as far as a process can (PR_SET_PTRACER).  A plain
# one gives up what root may do.
NEIGHBOUR = """
import ctypes, os, sys, tempfile, time
libc = ctypes.CDLL(None)
libc.prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
if sys.argv[1] == "plain":
    libc.capset((0x20080522).to_bytes(8, "little"), bytes(24))
memory = ctypes.create_string_buffer(os.environ["SECRET"].encode())
file = tempfile.TemporaryFile()
file.write(memory.value)
file.flush()
print(ctypes.addressof(memory), file.fileno(), flush=True)
time.sleep(120)
"""
LARGE = 1 << 20  # a file that is no canary of ours
ASSIGNMENT = "03_sigmoid_neuron"
SOLUTION, HIDDEN_CHECKS = HERE.source(ASSIGNMENT), HERE.hidden / "checks" / "sigmoid_neuron.py"


class Stage:
    """A folder of canaries, listeners and a neighbour, made as they are asked for."""

    def __init__(
        self,
        work: Path | None = None,
        busy_worker: Callable[[bytes], AbstractContextManager[Path]] | None = None,
    ) -> None:
        self._work = work  # where workers' directories are
        self.mark = f"m{secrets.token_hex(6)}"
        self.secret = f"secret-{secrets.token_hex(8)}"
        self.submission_size = 100 + secrets.randbelow(10_000)
        self.root = Path(tempfile.mkdtemp(prefix="stage-"))
        self.root.chmod(0o755)
        self.outside: list[Path] = []  # files that an attack may leave elsewhere
        self._sockets: list[socket.socket] = []
        self._cleaning = contextlib.ExitStack()
        self._busy_worker = busy_worker
        self._process: psutil.Popen | None = None
        self._said: tuple[int, ...] = ()

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._cleaning.close()
        for listener in self._sockets:
            listener.close()
        for path in self.outside:
            path.unlink(missing_ok=True)
        shutil.rmtree(self.root)

    def armed(self, code: str) -> str:
        """An attack's code with its tools, and every variable that it names."""
        calls = set(re.findall(r'call\("(\w+)"', code))
        numbers = {name: table()[name] for name in sorted(calls) if name in table()}
        words = set(re.findall(r"\w+", code))
        given = {name: getattr(self, name) for name in NAMES if name in words}
        plain = {
            name: str(value) if isinstance(value, Path) else value for name, value in given.items()
        }
        variables = [f"{name} = {value!r}" for name, value in plain.items()]
        return "\n".join([TOOLS, f"NUMBERS = {numbers!r}", *variables, code])

    # Files

    @property
    def real_secrets(self) -> tuple[str, ...]:
        """The longest line of the real solutions and of the real hidden checks."""
        return tuple(_longest_line(path) for path in (SOLUTION, HIDDEN_CHECKS))

    @property
    def solution(self) -> Path:
        """The real answers."""
        return SOLUTION

    @property
    def hidden_checks(self) -> Path:
        """The real hidden checks."""
        return HIDDEN_CHECKS

    @cached_property
    def submission(self) -> Path:
        """Another student's notebook, which every user of the machine may read."""
        return self._file("submitted/s002/notebook.ipynb", self.secret.ljust(self.submission_size))

    @cached_property
    def submissions(self) -> Path:
        """The folder of all submissions, with a name in it that is a secret."""
        return self._file(f"submitted/{self.secret}/notebook.ipynb", "").parents[1]

    @cached_property
    def seed_file(self) -> Path:
        """The course's settings, for the grader's eyes only."""
        return self._file("course.toml", f'seed = "{self.secret}"', mode=0o600)

    @cached_property
    def results(self) -> Path:
        """What the grader has written so far."""
        return self._file("graded/report.json", json.dumps({"s001": 0}))

    @cached_property
    def tests_file(self) -> Path:
        """The grader's own checks."""
        return self._file("checks/hidden_checks.py", "CHECKS = ['strict']\n")

    @cached_property
    def home(self) -> Path:
        """A home with a start-up file of the shell's."""
        return self._file("home/.bashrc", "umask 022\n").parent

    @cached_property
    def site(self) -> Path:
        """A library's folder with its compiled files."""
        self._file("site-packages/lib/__pycache__/__init__.cpython-311.pyc", "compiled")
        return self._file("site-packages/lib/__init__.py", "").parent

    @cached_property
    def gradebook(self) -> Path:
        """A gradebook in SQLite."""
        path = self._file("gradebook.db", "")
        with contextlib.closing(sqlite3.connect(path)) as book, book:
            book.execute("create table grade (student text, score real)")
            book.execute("insert into grade values (?, 0)", (self.secret,))
        return path

    @cached_property
    def elsewhere(self) -> Path:
        """A name that is free in the folder that all users share."""
        self.outside.append(Path("/tmp", self.mark))
        return self.outside[-1]

    @cached_property
    def shared_memory(self) -> Path:
        """A name that is free in the shared memory of all users."""
        self.outside.append(Path("/dev/shm", self.mark))
        return self.outside[-1]

    @cached_property
    def neighbour_file(self) -> Path:
        """A file of another student, in the directory of a worker that is busy."""
        assert self._busy_worker
        return self._cleaning.enter_context(self._busy_worker(self.secret.encode()))

    @cached_property
    def folder(self) -> Path:
        """The folder of a class that is to be graded."""
        (self.root / "class").mkdir()
        return self.root / "class"

    def _file(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        for folder in path.parents:
            if folder.is_relative_to(self.root):
                folder.chmod(0o755)
        return path

    def seen(self) -> dict[str, object]:
        """Everything there is to be seen of the files: kind, mode, owner, times, attributes and content."""
        paths = [*self.root.rglob("*"), *self.outside]
        return {str(path): _look(path) for path in paths if os.path.lexists(path)}

    # Another process

    @property
    def victim(self) -> int:
        """The id of another process, which can do what the grader can."""
        return self._neighbour("like the grader").pid

    @property
    def plain_victim(self) -> int:
        """The id of another process, which has no more rights than any of its user's."""
        return self._neighbour("plain").pid

    def _neighbour(self, kind: str) -> psutil.Popen:
        if self._process is None:
            command = [sys.executable, "-I", "-S", "-c", NEIGHBOUR, kind]
            environment = {"SECRET": self.secret, "TMPDIR": str(self.root)}
            self._process = psutil.Popen(command, stdout=subprocess.PIPE, env=environment)
            self._cleaning.callback(_end, self._process)
            self._said = tuple(map(int, self._process.stdout.readline().split()))
        return self._process

    @property
    def victim_address(self) -> int:
        """Where in its memory the secret lies."""
        return self._said[0]

    @property
    def victim_file(self) -> int:
        """The number of its file that holds the secret."""
        return self._said[1]

    def neighbour_state(self) -> object:
        """What others could do to the other process; None if there is none."""
        process = self._process
        if process is None:
            return None
        if process.poll() is not None:
            return "dead"
        return process.nice(), sorted(process.cpu_affinity()), process.rlimit(psutil.RLIMIT_NOFILE)

    # Listeners

    @cached_property
    def tcp_port(self) -> int:
        """A port on which someone listens."""
        return int(self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))[1])

    @cached_property
    def udp_port(self) -> int:
        """A port that takes datagrams, as a name server does."""
        return int(self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))[1])

    @cached_property
    def socket_path(self) -> str:
        """A socket in the file system, as Docker's."""
        return str(self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(self.root / "docker.sock")))

    @cached_property
    def datagram_path(self) -> str:
        """The same for datagrams."""
        return str(self._listen(socket.AF_UNIX, socket.SOCK_DGRAM, str(self.root / "log.sock")))

    @cached_property
    def abstract_name(self) -> str:
        """A socket that has a name and no file."""
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.mark}")
        return f"\0{self.mark}"

    def _listen(self, family: int, kind: int, address: object) -> object:
        listener = socket.socket(family, kind)
        self._sockets.append(listener)
        listener.bind(address)
        listener.setblocking(False)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o777)
        return listener.getsockname()

    def heard(self) -> bool:
        """Whether anyone reached a listener."""
        return any(_reached(listener) for listener in self._sockets)

    # What is left of a worker

    def left_behind(self) -> bool:
        """Whether a process or a directory with the mark is still there."""
        places = self._work.iterdir() if self._work else ()
        return marked_process(self.mark) or any((place / self.mark).exists() for place in places)


# The variables that an attack may name.
NAMES = (
    *(
        "mark",
        "solution",
        "hidden_checks",
        "submission",
        "submissions",
        "seed_file",
        "results",
        "tests_file",
        "home",
    ),
    *(
        "site",
        "gradebook",
        "elsewhere",
        "shared_memory",
        "neighbour_file",
        "victim",
        "plain_victim",
    ),
    *(
        "victim_address",
        "victim_file",
        "tcp_port",
        "udp_port",
        "socket_path",
        "datagram_path",
        "abstract_name",
    ),
)


def marked_process(mark: str) -> bool:
    """Whether a process below this one carries the mark in its name or its command."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and (
                process.name() == mark or mark in process.cmdline()
            ):
                return True
    return False


def _longest_line(path: Path) -> str:
    line = max(path.read_text(encoding="utf-8").splitlines(), key=len)
    return " ".join(line.split())


def _look(path: Path) -> object:
    found = path.lstat()
    kind = stat.S_IFMT(found.st_mode)
    content = path.read_bytes() if kind == stat.S_IFREG and found.st_size < LARGE else b""
    marks = os.listxattr(path, follow_symlinks=False)
    return (
        found.st_mode,
        found.st_uid,
        found.st_mtime_ns,
        found.st_nlink,
        found.st_size,
        content,
        marks,
    )


def _reached(listener: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
            return True
        return bool(listener.recv(100))
    return False


def _end(process: psutil.Popen) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    process.stdout.close()
