"""Write files so that a crash at any moment leaves either the old one or the new one, whole."""

from __future__ import annotations

import os
from pathlib import Path

UNFINISHED = ".unfinished"


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path`, on the disk when this returns; whoever reads sees the file before or the file after.

    Two that write the same path at once do not mix; the later one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}{UNFINISHED}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """See that a file's new name outlives a crash of the machine."""
    fd = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
