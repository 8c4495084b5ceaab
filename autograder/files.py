"""Files written whole, a lock between processes, zips that are the same on every machine, and Python as a tree."""

from __future__ import annotations

import ast
import errno
import io
import os
import stat
import subprocess
import threading
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from autograder.errors import MisuseError

UNFINISHED = ".unfinished"
# The first day of the zip format, for archives whose entries carry no date.
DAY_ONE = datetime(1980, 1, 1, tzinfo=UTC)
# Left behind by editors and by Python itself.
LITTER = ("__pycache__", ".ipynb_checkpoints")
UNIX, PLAIN_FILE, EXECUTABLE_FILE = 3, 0o100644, 0o100755
# Held by the one thread that parses Python, or that has the reference answer in this process, whose probes are parsed
# on the way, their warnings recorded and what they print swallowed for all threads.
ONE_THREAD = threading.RLock()


def python_tree(text: str) -> ast.Module:
    """The tree of a Python program, without the warnings that reading it gives.

    One thread parses at a time: CPython counts the depth of the tree for all threads together, so that two at once end
    in "AST constructor recursion depth mismatch".  Raises SyntaxError, ValueError, RecursionError or MemoryError where
    the text is no program that can be read.
    """
    with ONE_THREAD, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def replace_file(
    path: Path, data: bytes | Iterable[bytes], mode: int = 0o666, *, lasting: bool = True
) -> None:
    """Put `data` at `path`, on the disk when this returns; a reader sees the file before or the file after.

    lasting: if not, it is on the disk some seconds later; a process may be killed all the same, a machine not.
    data: the content, or its pieces in their order.
    A crash at any moment leaves one of the two, whole.  Two processes that write the same path do not mix; the later
    one stays.  mode: the permissions of the file, before the umask.  Raises MisuseError where a folder is in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}{UNFINISHED}")
    try:
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb"
        ) as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        temporary.replace(path)
    except IsADirectoryError:
        temporary.unlink(missing_ok=True)
        raise MisuseError(
            f"{path}: a folder is where this file belongs; remove it or move it away"
        ) from None
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk does not say whose file it refuses
        raise
    if lasting:
        _sync_folder(path.parent)


def update_file(
    path: Path, data: bytes | Iterable[bytes], mode: int = 0o666, *, lasting: bool = True
) -> bool:
    """Replace a file unless it holds `data` already; return whether it was replaced.  In pieces it always is.

    No other process may write the same path at the same time: what a killed one left is removed.
    lasting: as for `replace_file`.
    """
    if isinstance(data, bytes) and path.is_file() and path.read_bytes() == data:
        return False
    for left in path.parent.glob(f".{escape(path.name)}.*{UNFINISHED}"):
        left.unlink()
    replace_file(path, data, mode, lasting=lasting)
    return True


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half written below `folder`.  The caller is the only writer there."""
    for unfinished in folder.rglob(f"*{UNFINISHED}"):
        if not unfinished.is_dir():
            unfinished.unlink(missing_ok=True)


def read_regular(path: Path, most: int) -> bytes:
    """At most `most` bytes of a regular file.  OSError for anything else: reading from a pipe might never end."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read(most)


@contextmanager
def locked(fd: int, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of an open file; `waiting` is called once if another process has it.

    The kernel gives the lock back when the process ends, however it ends.
    """
    import fcntl  # not on Windows, where nothing is graded, but where this module is imported

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)


def kept_files(folder: Path) -> Iterator[Path]:
    """The files below a folder, sorted, without what editors and Python leave behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        litter = any(part in LITTER or part.startswith(".") for part in parts)
        if path.is_file() and not litter:
            yield path


def release_date(root: Path) -> datetime:
    """The date of what is made from a checkout: SOURCE_DATE_EPOCH, or that of the last commit.

    Without a repository it is the date of pyproject.toml, since a downloaded archive gives its
    files
    the date of their commit.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        asked = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
        with suppress(OSError):
            seconds = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    if not seconds.strip().isdecimal():
        seconds = str(int((root / "pyproject.toml").stat().st_mtime))
    return datetime.fromtimestamp(int(seconds), UTC)


def zip_bytes(
    files: Mapping[str, bytes],
    executable: Collection[str] = (),
    compression: int = zipfile.ZIP_STORED,
    date: datetime = DAY_ONE,
) -> bytes:
    """A zip of files by name, sorted, byte for byte the same on every machine.

    By default members are stored: the output of a compressor depends on the zlib that Python was
    built with.
    date: what every member carries, in UTC.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(name, date.timetuple()[:6])
            member.create_system = UNIX
            member.external_attr = (EXECUTABLE_FILE if name in executable else PLAIN_FILE) << 16
            archive.writestr(member, data, compression)
    return buffer.getvalue()


def _sync_folder(folder: Path) -> None:
    """See that a file's new name outlives a crash of the machine."""
    fd = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
