"""The directory that a worker may write to: filled, measured and removed; and files that a worker leaves elsewhere.

Student code made the tree, and its process has ended when the tree is removed.  Nothing here follows a symbolic link
or recurses: a tree can be deeper than Python's stack and longer than any path.
"""

from __future__ import annotations

import itertools
import os
import secrets
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from autograder.errors import MisuseError

# A directory with more entries than this counts as full: an empty file takes room too.
MAX_ENTRIES = 10_000
# The directory of a sandbox: how its name begins, and what it may hold.
PREFIX = "autograder-sandbox-"
ENTRIES = {"staged", "home", "work", "root", "own", "config.json", "zygote.log"}
YOUNG = 60.0  # seconds; a directory so young may be about to be marked as in use
BLOCK = 512  # the unit of st_blocks
# Folders where every user of a machine may write.
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run/shm")


def fill(scratch: Path, files: Mapping[str, bytes]) -> None:
    """Write the submission's own files, with the owner of the directory.

    MisuseError for a name that leads out of the directory.
    """
    owner = scratch.stat()
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise MisuseError(
                f"{name}: not a path inside the submission; give a relative path without '..'"
            )
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).write_bytes(content)
        for made in (path, *path.parents[:-1]):
            os.chown(scratch / made, owner.st_uid, owner.st_gid)


def exceeds(scratch: Path, limit: int) -> bool:
    """Whether the files take more than `limit` bytes on disk, or are too many, too deep or closed to be counted."""
    used = entries = 0
    folders = [str(scratch)]
    try:
        while folders:
            with (
                suppress(FileNotFoundError, NotADirectoryError),
                os.scandir(folders.pop()) as found,
            ):
                for entry in found:  # the tree changes while it is counted
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    used += entry.stat(follow_symlinks=False).st_blocks * BLOCK
                    if used > limit or entries > MAX_ENTRIES:
                        return True
    except OSError:
        return True
    return False


def hold(base: Path) -> int:
    """Mark a sandbox's directory as in use for as long as this process has the descriptor open."""
    import fcntl  # not on Windows, where there is no sandbox

    held = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def remove_abandoned(place: Path) -> None:
    """Remove the directories of sandboxes in `place` whose processes were all killed at once."""
    for base in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is somebody else's, or another run removes it just now
            if _is_abandoned(base):
                remove_tree(base)


def _is_abandoned(base: Path) -> bool:
    import fcntl  # not on Windows, where there is no sandbox

    held = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = os.fstat(held)
        is_old = time.time() - status.st_mtime > YOUNG
        named = {path.name for path in base.iterdir()}
        return status.st_uid == os.geteuid() and is_old and named <= ENTRIES
    finally:
        os.close(held)


def remove_tree(top: Path) -> None:
    """Remove `top` and everything below it.  OSError if something refuses to go; nothing happens if it is gone.

    Each folder inside `top` is emptied by moving its folders up into `top` under new names, so that
    the depth of the tree does not matter.
    """
    with suppress(FileNotFoundError):
        if not top.is_symlink():
            top.chmod(0o700)
        _empty(top)
        top.rmdir()


def shared_folders(tops: Iterable[str] = SHARED) -> tuple[str, ...]:
    """The folders at and below `tops` where every user may write."""
    found = []
    for top in tops:
        for place, folders, _ in os.walk(top):
            try:
                mode = os.lstat(place).st_mode
            except FileNotFoundError:  # others use these folders too
                continue
            if not mode & stat.S_IXOTH:
                folders.clear()  # no worker can pass
            elif mode & stat.S_IWOTH:
                found.append(place)
    return tuple(found)


def remove_leftovers(uids: Collection[int], folders: Iterable[str]) -> None:
    """Remove from `folders` what processes with these uids, which have all ended, left there."""
    for folder in folders:
        with suppress(FileNotFoundError):
            for path in list(Path(folder).iterdir()):
                _remove_of(uids, path)


def _remove_of(uids: Collection[int], path: Path) -> None:
    with suppress(OSError):  # it is gone, or resists: then nobody but root can read it
        status = path.lstat()
        if status.st_uid not in uids:
            return
        if stat.S_ISDIR(status.st_mode):
            remove_tree(path)
        else:
            path.unlink()


def _empty(top: Path) -> None:
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    fresh = (
        f"{secrets.token_hex(8)}.{number}" for number in itertools.count()
    )  # names that no entry has
    try:
        while entries := _entries(here):
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    _lift(entry.name, here, fresh)
                    os.rmdir(entry.name, dir_fd=here)
                else:
                    os.unlink(entry.name, dir_fd=here)
    finally:
        os.close(here)


def _lift(name: str, here: int, fresh: Iterator[str]) -> None:
    """Remove the files of folder `name`, and move the folders in it up beside it."""
    os.chmod(name, 0o700, dir_fd=here)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
    try:
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(
                    entry.name, 0o700, dir_fd=folder
                )  # to be moved, a folder must be writable itself
                os.rename(entry.name, next(fresh), src_dir_fd=folder, dst_dir_fd=here)
            else:
                os.unlink(entry.name, dir_fd=folder)
    finally:
        os.close(folder)


def _entries(folder: int) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return list(found)
