"""Files written whole, a lock between processes, and zips that come out the same on every machine."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"
# The zip format's first day: an archive must not tell when it was made.
DAY_ONE = (1980, 1, 1, 0, 0, 0)
UNIX, PLAIN_FILE, EXECUTABLE_FILE = 3, 0o100644, 0o100755


def replace_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Put `data` at `path`, on the disk when this returns; a reader sees the file before or the file after.

    A crash at any moment leaves one of the two, whole.  Two processes that write the same path do not mix; the later
    one stays.  mode: the permissions of the file, before the umask.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}{UNFINISHED}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def update_file(path: Path, data: bytes, mode: int = 0o666) -> bool:
    """Replace a file unless it holds `data` already; whether it was replaced."""
    if path.is_file() and path.read_bytes() == data:
        return False
    replace_file(path, data, mode)
    return True


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


def zip_bytes(
    files: Mapping[str, bytes], executable: Collection[str] = (), compression: int = zipfile.ZIP_STORED
) -> bytes:
    """A zip of files by name, sorted, byte for byte the same on every machine.

    By default members are stored: the output of a compressor depends on the zlib that Python was built with.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(name, DAY_ONE)
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
