"""What the last run into a folder rested on and printed: where nothing has changed, nothing is done again.

Files are compared as Git does it: by size, dates and number on the disk, not by their bytes.  A file's second date is
the kernel's own, which no program can set, so no change goes unseen.  Where anything differs, everything is looked at.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import sysconfig
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.paths import HERE
from autograder.grading.provenance import digest
from autograder.grading.store import FOLDER, LAST_RUN, LOCK

# A file that was changed within this many seconds before it was looked at might be changed again under the same date.
SETTLED = 0.05
CACHE = "__pycache__"


@dataclass(frozen=True, slots=True)
class LastRun:
    """A finished run: what it rested on, what it left in its folder, and what it printed.

    form: how stdout was to be printed.  text: what was printed there.  found and notes: what was said around how many
    grades were taken from the store.
    """

    basis: str
    left: str
    form: str
    text: str
    graded: int
    found: str
    notes: tuple[str, ...]


def basis_of(request: Sequence[object], paths: Sequence[Path], out: Path) -> str:
    """All that a run into `out` rests on; "" if some of it may change unseen.

    request: what was asked for.  paths: the submissions and the course's own files.
    """
    python = Path(sysconfig.get_path("purelib"))
    watched = [path.resolve() for path in (*paths, HERE.package, *HERE.secrets)]
    latest = time.time_ns() - int(SETTLED * 1e9)
    try:
        hashes = [_hash_below(path, (out.resolve(),), latest) for path in watched]
        installed = python.stat().st_mtime_ns
    except OSError:
        return ""
    if not all(hashes):
        return ""
    surroundings = [sys.version, time.tzname, str(Path.cwd()), installed]
    return digest([list(map(str, request)), surroundings, hashes])


def left_in(out: Path, kept: Sequence[Path]) -> str:
    """The files that a run left in its folder, but for its lock and its own record, and what it kept elsewhere."""
    store = out.resolve() / FOLDER
    below = [path.resolve() for path in (out, *kept) if path.exists()]
    without = (store / LOCK, store / LAST_RUN)
    return digest([_hash_below(path, without) for path in below])


def _hash_below(path: Path, without: Collection[Path], latest: float = math.inf) -> str:
    """The hash of all rows at or below a path; "" if one of them changed after `latest`."""
    hashed = hashlib.sha256()
    for row in file_rows(path, without):
        if row[-1] > latest:
            return ""
        hashed.update(f"{row}\n".encode())
    return hashed.hexdigest()


Row = tuple[str, int, int, int, int]


def file_rows(path: Path, without: Collection[Path]) -> Iterator[Row]:
    """Every file and folder at or below a path, each with all by which a change shows."""
    if not path.is_dir():
        yield _row(str(path), path.lstat())
        return
    skipped = {str(each) for each in without}
    waiting = [str(path)]
    while waiting:
        with os.scandir(waiting.pop()) as unsorted:
            entries = sorted(unsorted, key=lambda entry: entry.name)
        for entry in entries:
            if entry.name == CACHE or entry.path in skipped:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
                yield entry.path, 0, 0, 0, 0
            else:
                yield _row(entry.path, entry.stat(follow_symlinks=False))


def _row(path: str, found: os.stat_result) -> Row:
    return path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def file_row(path: Path) -> Row | None:
    """All by which a change of one file shows; None if it is not there."""
    try:
        return _row(str(path), path.lstat())
    except FileNotFoundError:
        return None
