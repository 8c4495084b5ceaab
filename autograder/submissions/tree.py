"""A download as a tree of folders and files, whether it lies in a folder or in a zip.  Nothing in it is trusted.

Nothing is unpacked to the disk, no link is followed, and limits hold before a file is read: for the
files of one student, how many, how deep, and how large.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from autograder.errors import MisuseError
from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.submissions.ingest import Clock, UnreadableError, too_large

# Of one student; a virtual environment handed in by mistake has about 10,000.
MAX_FILES = 20_000
MAX_DEPTH = 100
# Of one zip, with the files of all students.
MAX_ENTRIES = 1_000_000
# Of a zip inside the download.
MAX_INNER = 100 << 20
NOT_WORK = frozenset(
    {".ipynb_checkpoints", "__MACOSX", "__pycache__", "site-packages", "node_modules"}
)
CHECKPOINTS = ".ipynb_checkpoints"
UTF8_NAME = 0x800
# What zipfile and the decompressors behind it raise for a zip that is broken, encrypted or of an unknown kind.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
)
OUT_OF_ZIP, LINK, SPECIAL = (
    "its path leads out of the zip",
    "it is a link",
    "it is not a regular file",
)
SPECIAL_IN_ZIP = "it is a link or a special file"


class TooManyError(UnreadableError):
    """More files than are read of one student, or of one zip."""


# Opens a zip anew each time that one of its entries is read.
OpenZip = Callable[[], zipfile.ZipFile]


@dataclass(frozen=True, slots=True)
class File:
    """One file: its path below the root of the download, its date, its size, and how to read it.

    fault: why it is never read; "" if it can be.
    """

    path: str
    modified: float
    clock: Clock
    size: int
    read: Callable[[int], bytes]
    fault: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Listed:
    """What one folder holds, each list sorted by name."""

    folders: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


class Tree(Protocol):
    """Folders and files below one root.  A path has "/" between its parts; the root is ""."""

    def listed(self, at: str, most: int) -> Listed:
        """The content of one folder.  UnreadableError with the reason if it cannot be listed, or holds too much."""


def joined(at: str, name: str) -> str:
    """The path of something in a folder."""
    return f"{at}/{name}" if at else name


@dataclass(frozen=True, slots=True)
class FolderTree:
    """A folder of this machine."""

    root: Path

    def listed(self, at: str, most: int) -> Listed:
        """The content of one folder, without following links."""
        folders, files = [], []
        try:
            with os.scandir(self.root / at) as scan:
                items = list(islice(scan, most + 1))
        except OSError as error:
            raise UnreadableError(unopened(error)) from None
        if len(items) > most:
            raise TooManyError(f"it holds more than {most} files")
        for item in sorted(items, key=lambda item: item.name):
            path = joined(at, item.name)
            try:
                status = item.stat(follow_symlinks=False)
            except OSError as error:
                files.append(File(path, 0.0, Clock.FILE, 0, _unread, unopened(error)))
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(item.name)
            else:
                files.append(self._file(path, status))
        return Listed(tuple(folders), tuple(files))

    def _file(self, path: str, status: os.stat_result) -> File:
        fault = ""
        if not stat.S_ISREG(status.st_mode):
            fault = LINK if stat.S_ISLNK(status.st_mode) else SPECIAL
        read = partial(read_file, self.root / path)
        return File(path, status.st_mtime, Clock.FILE, status.st_size, read, fault)


@dataclass(slots=True)
class _Folder:
    """One folder of a zip while its directory is read."""

    folders: set[str] = field(default_factory=set)
    files: dict[str, File] = field(default_factory=dict)


@dataclass(slots=True)
class ZipTree:
    """A zip, read one entry at a time.  outside: entries whose paths lead out of it, or are too deep."""

    outside: list[str] = field(default_factory=list)
    _folders: dict[str, _Folder] = field(default_factory=lambda: {"": _Folder()})

    @classmethod
    def of(cls, path: Path) -> ZipTree:
        """The tree of a zip of this machine.  MisuseError if it cannot be read."""
        try:
            return cls._of(lambda: zipfile.ZipFile(path), MAX_ENTRIES)
        except UnreadableError as why:
            raise MisuseError(
                f"{path}: {why}; unpack it and name the folder of the submissions"
            ) from None
        except ZIP_ERRORS as error:
            raise MisuseError(
                f"{path}: cannot be read as a zip ({error}); zip the submissions again"
            ) from None

    @classmethod
    def inside(cls, file: File) -> ZipTree:
        """The tree of a zip that was handed in.  UnreadableError with the reason if it cannot be read."""
        if file.size > MAX_INNER:
            raise UnreadableError(
                f"the zip has {file.size >> 20} MB; at most {MAX_INNER >> 20} MB are read"
            )
        try:
            return cls._of(lambda: zipfile.ZipFile(io.BytesIO(file.read(MAX_INNER))), MAX_FILES)
        except UnreadableError:
            raise
        except ZIP_ERRORS as error:
            raise UnreadableError(f"it cannot be read as a zip ({error}); zip it again") from None

    @classmethod
    def _of(cls, opened: OpenZip, most: int) -> ZipTree:
        with opened() as archive:
            infos = archive.infolist()
        if len(infos) > most:
            raise TooManyError(f"it holds more than {most} files")
        tree = cls()
        names = [_name(info) for info in infos]
        # Older .NET and PowerShell write backslashes and no slashes; elsewhere a backslash may be part of a name.
        backslashes = sum("\\" in name for name in names)
        windows = 2 * backslashes >= len(names) and not any("/" in name for name in names)
        for info, name in zip(infos, names, strict=True):
            tree._add(info, name.replace("\\", "/") if windows else name, opened)
        return tree

    def _add(self, info: zipfile.ZipInfo, name: str, opened: OpenZip) -> None:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if (
            name.startswith("/")
            or ".." in parts
            or re.match(r"[A-Za-z]:/", name)
            or len(parts) > MAX_DEPTH
        ):
            self.outside.append(info.filename)
            return
        if not parts:
            return
        at = ""
        folders = parts if info.is_dir() or name.endswith("/") else parts[:-1]
        for part in folders:
            self._folders[at].folders.add(part)
            at = joined(at, part)
            self._folders.setdefault(at, _Folder())
        if folders is parts:
            return
        special = stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG)
        self._folders[at].files[parts[-1]] = File(
            "/".join(parts),
            zip_seconds(info.date_time),
            Clock.WALL,
            info.file_size,
            partial(_read_zipped, opened, info),
            SPECIAL_IN_ZIP if special else "",
        )

    def listed(self, at: str, most: int) -> Listed:
        """The content of one folder."""
        found = self._folders.get(at, _Folder())
        if len(found.folders) + len(found.files) > most:
            raise TooManyError(f"it holds more than {most} files")
        return Listed(
            tuple(sorted(found.folders)), tuple(found.files[name] for name in sorted(found.files))
        )


def walk(tree: Tree, at: str) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """Every file below a folder of one student; and the hidden ones, which are not read.

    A folder that cannot be opened stands among the files with its fault.  UnreadableError with the reason if there are
    too many files.
    """
    files: list[File] = []
    hidden: list[File] = []
    waiting, seen = [(at, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        try:
            found = tree.listed(folder, MAX_FILES)
        except TooManyError:
            raise
        except UnreadableError as why:
            files.append(File(folder, 0.0, Clock.FILE, 0, _unread, str(why)))
            continue
        seen += len(found.folders) + len(found.files)
        if seen > MAX_FILES:
            raise TooManyError(f"it holds more than {MAX_FILES} files")
        for file in found.files:
            (hidden if file.name.startswith(".") else files).append(file)
        for name in found.folders:
            if name == CHECKPOINTS:
                hidden += _shallow(tree, joined(folder, name))
            elif not is_hidden(name) and depth < MAX_DEPTH:
                waiting.append((joined(folder, name), depth + 1))
    return tuple(sorted(files, key=lambda file: file.path)), tuple(hidden)


def _shallow(tree: Tree, at: str) -> tuple[File, ...]:
    """The files of one folder; none if it cannot be listed."""
    try:
        return tree.listed(at, MAX_FILES).files
    except UnreadableError:
        return ()


def is_hidden(name: str) -> bool:
    """Whether a folder holds what no student wrote for a person to read: .git, caches, installed packages."""
    return name.startswith(".") or name in NOT_WORK


def unopened(error: OSError) -> str:
    """The reason for a file or folder that the system does not open."""
    return f"it cannot be opened: {error.strerror}"


def read_file(path: Path, most: int = MAX_NOTEBOOK) -> bytes:
    """The bytes of a regular file; neither a link nor a pipe put there since the look can hang or mislead."""
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
        ) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError(SPECIAL)
            if status.st_size > most:
                raise UnreadableError(too_large(status.st_size, most))
            return file.read(most + 1)
    except OSError as error:
        raise UnreadableError(unopened(error)) from None


def _read_zipped(opened: OpenZip, info: zipfile.ZipInfo, most: int = MAX_NOTEBOOK) -> bytes:
    if info.file_size > most:
        raise UnreadableError(too_large(info.file_size, most))
    try:
        with opened() as archive, archive.open(info) as file:
            data = file.read(most + 1)  # a zip may lie about a size
    except UnreadableError:
        raise
    except ZIP_ERRORS as error:
        raise UnreadableError(f"the zip's entry cannot be read: {error}") from None
    if len(data) > most:
        raise UnreadableError(too_large(len(data), most))
    return data


def _unread(most: int) -> bytes:
    raise UnreadableError("it cannot be read")


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a zip's entry: macOS writes UTF-8 without the flag that says so."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def zip_seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """Seconds since the epoch out of a zip's date, as if in UTC; it has no time zone and need not be a date (0)."""
    try:
        return datetime(*date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
