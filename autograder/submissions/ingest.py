"""Find the submissions below a path and read them, trusting nothing.

Understood: one notebook; a folder or zip in any layout of `autograder.submissions.layouts`; any of these with one more
folder around it.  Links, special files, over-large files and paths that lead out of the folder are left out, and every
file left out is listed with its reason.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from autograder.errors import MisuseError
from autograder.student.model.notebooks import NotebookError, parse_notebook
from autograder.student.model.results import Identity
from autograder.submissions.layouts import GIT, MAX_SIDE, SIDE_FILES, Clock, Download, Owner, find_owners, zip_seconds
from autograder.submissions.python_file import MAX_SCRIPT, SUFFIX, NotPythonError, cells_of, mentions

MAX_NOTEBOOK = 20 << 20
MAX_CELLS = 2000
# Lists and objects take up to a hundred times the room in memory that they take in a file.
MAX_CONTAINERS = 500_000
MAX_ENTRIES = 50_000
MAX_NAME = 300
NOT_STUDENTS = frozenset({".ipynb_checkpoints", "__MACOSX", "__pycache__"})
# What zipfile and the decompressors behind it raise for a zip that is broken, encrypted or of an unknown kind.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, RuntimeError, ValueError)


class UnreadableError(ValueError):
    """A submission that cannot be read as a notebook; the message is the reason, for a person."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One notebook that a student handed in: whose, under which name, how new, and how to read its bytes.

    ids: what other systems call the student and the submission.  attempt: where a download numbers a student's
    attempts, the highest is the newest.  clock: what `modified` was taken from.  marked_late, emails, members: as in
    `Identity`.
    """

    student: str
    name: str
    modified: float
    read: Callable[[], bytes]
    ids: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 0
    clock: Clock = Clock.FILE
    marked_late: bool = False
    emails: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """Whose it is, as the report will say; when it was handed in depends on the course."""
        return Identity(
            student=self.student,
            file=self.name,
            attempt=self.attempt,
            marked_late=self.marked_late,
            ids=dict(self.ids),
            emails=self.emails,
            members=self.members,
        )


@dataclass(slots=True)
class _Files:
    """What lies below a path, as it is found: notebooks, side files, clones, and what is left out."""

    notebooks: list[Submission] = field(default_factory=list)
    sides: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    clones: set[str] = field(default_factory=set)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def keep_answers(self, answers: frozenset[str]) -> None:
        """Leave out the Python files that define none of `answers`: they are some other program."""
        for entry in [e for e in self.notebooks if e.name.endswith(SUFFIX)]:
            if not mentions(_text(entry.read)[:MAX_SCRIPT], answers):
                self.notebooks.remove(entry)
                self.left_out.append((entry.name, "it is not a notebook, and defines no exercise"))


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below a path: the layout recognised, the submissions, and the files left out with the reason."""

    layout: str
    submissions: tuple[Submission, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the student handed it in."""

    kind: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook reduced to what grading needs, and notes for its author."""

    cells: tuple[Cell, ...]
    assignment: str
    notes: tuple[str, ...] = ()


def find_all(
    paths: Sequence[Path], known: frozenset[str] = frozenset(), answers: frozenset[str] = frozenset()
) -> Found:
    """Find the notebooks below several paths, as `find_submissions` does for one."""
    found = [find_submissions(path, known, answers) for path in paths]
    return Found(
        " and ".join(f.layout for f in found),
        tuple(submission for f in found for submission in f.submissions),
        tuple(out for f in found for out in f.left_out),
    )


def find_submissions(path: Path, known: frozenset[str] = frozenset(), answers: frozenset[str] = frozenset()) -> Found:
    """Find the notebooks below `path`: a notebook, a folder or a zip.

    known: names of assignments, which as a file's name say nothing about the student.  answers: names of exercises; a
    Python file that defines one of them is taken like a notebook.  Raises MisuseError if there is
    no such path or no notebook below it.
    """
    if not path.exists():
        raise MisuseError(f"{path}: there is no such file or folder; name a notebook, a folder of notebooks or a zip")
    if path.is_dir():
        files = _walk(path)
    elif path.suffix in (".ipynb", SUFFIX):
        files = _Files([_entry(path.parent, path.name)])
    elif zipfile.is_zipfile(path):
        files = _unzip(path)
    else:
        raise MisuseError(f"{path}: is neither a notebook (.ipynb) nor a folder nor a zip; name one of these")
    files.keep_answers(answers)
    left_out = sorted((_printable(name)[:MAX_NAME], why) for name, why in files.left_out)
    if not files.notebooks:
        raise MisuseError(f"{path}: no notebook (.ipynb) in there{_why(left_out)}; name the folder that holds them")
    places = [PurePosixPath(entry.name).parts for entry in files.notebooks]
    download = Download(places, {name: _text(read) for name, read in files.sides.items()}, frozenset(files.clones))
    kind, whose = ("folder", path.resolve().name) if path.is_dir() else ("zip", path.stem)
    layout, owners = find_owners(download, kind, whose, known)
    if path.suffix == ".ipynb" and not path.is_dir():
        layout = "one notebook"
    submissions = [_owned(e, o) for e, own in zip(files.notebooks, owners, strict=True) for o in own]
    return Found(layout, tuple(sorted(submissions, key=lambda s: (s.name, s.student))), tuple(left_out))


def _owned(entry: Submission, owner: Owner) -> Submission:
    """A notebook with its owner; what the owner's system says of the time goes before the file's own date."""
    modified, clock = (entry.modified, entry.clock) if owner.submitted is None else (owner.submitted, Clock.STATED)
    ids = {key: _printable(said)[:MAX_NAME] for key, said in owner.ids.items()}
    emails = tuple(_printable(email)[:MAX_NAME] for email in owner.emails)
    names = _printable(owner.student), _printable(entry.name)
    return Submission(*names, modified, entry.read, ids, owner.attempt, clock, owner.marked_late, emails)


def _text(read: Callable[[], bytes]) -> str:
    """The text of a side file; "" if there is none to be had, or too much."""
    try:
        data = read()
    except UnreadableError:
        return ""
    return data.decode("utf-8", "replace") if len(data) <= MAX_SIDE else ""


def _printable(name: str) -> str:
    """A file's name as text that can be written as UTF-8; different names stay different."""
    return name.encode("utf-8", "backslashreplace").decode()


def _why(left_out: list[tuple[str, str]]) -> str:
    return (
        f" ({len(left_out)} files left out, the first, {left_out[0][0]}, because {left_out[0][1]})" if left_out else ""
    )


def _walk(root: Path) -> _Files:
    found = _Files()
    for name, status in _files(root, found):
        if stat.S_ISLNK(status.st_mode):
            found.left_out.append((name, "it is a link" if name.endswith(".ipynb") else "it is not a notebook"))
        elif PurePosixPath(name).name in SIDE_FILES and stat.S_ISREG(status.st_mode):
            found.sides[name] = partial(_read_file, root / name)
        elif not name.endswith((".ipynb", SUFFIX)):
            found.left_out.append((name, "it is not a notebook"))
        elif not stat.S_ISREG(status.st_mode):
            found.left_out.append((name, "it is not a regular file"))
        else:
            found.notebooks.append(_entry(root, name))
    return found


def _files(root: Path, found: _Files) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below root as (relative name, lstat), without following links and without recursion.

    Folders that hold a repository go to `found.clones`; what cannot be read, such as a folder nested deeper than a path
    can be long, to `found.left_out`.
    """
    folders, seen = [""], 0
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as scan:
                items = list(islice(scan, MAX_ENTRIES + 1 - seen))
        except OSError as error:
            found.left_out.append((folder or ".", _unopened(error)))
            continue
        seen += len(items)
        if seen > MAX_ENTRIES:
            raise MisuseError(f"{root}: holds more than {MAX_ENTRIES} files; name the folder of the submissions")
        if folder and any(item.name == GIT for item in items):
            found.clones.add(folder)
        for item in items:
            if item.name.startswith(".") or item.name in NOT_STUDENTS:
                continue
            name = f"{folder}/{item.name}" if folder else item.name
            try:
                status = item.stat(follow_symlinks=False)
            except OSError as error:
                found.left_out.append((name, _unopened(error)))
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(name)
            else:
                yield name, status


def _unopened(error: OSError) -> str:
    return f"it cannot be opened: {error.strerror}"


def _entry(root: Path, name: str) -> Submission:
    return Submission("", name, (root / name).lstat().st_mtime, partial(_read_file, root / name))


def _read_file(path: Path) -> bytes:
    """The bytes of a regular file; neither a link nor a pipe put there since the look can hang or mislead."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError("it is not a regular file")
            if status.st_size > MAX_NOTEBOOK:
                raise UnreadableError(_too_large(status.st_size))
            return file.read(MAX_NOTEBOOK + 1)
    except OSError as error:
        raise UnreadableError(_unopened(error)) from None


def _too_large(size: int) -> str:
    return f"the file has {size / 2**20:.0f} MB; a notebook may have {MAX_NOTEBOOK >> 20} MB (clear its outputs)"


def _unzip(path: Path) -> _Files:
    """Entries of a zip, read one at a time and never written to disk."""
    found = _Files()
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except ZIP_ERRORS as error:
        raise MisuseError(f"{path}: cannot be read as a zip ({error}); zip the submissions again") from None
    if len(infos) > MAX_ENTRIES:
        raise MisuseError(
            f"{path}: holds more than {MAX_ENTRIES} files; unpack it and name the folder of the submissions"
        )
    for info in infos:
        parts = PurePosixPath(info.filename).parts
        if GIT in parts[1:] and ".." not in parts:
            found.clones.add("/".join(parts[: parts.index(GIT)]))
        if info.is_dir() or any(part.startswith(".") or part in NOT_STUDENTS for part in parts if part != ".."):
            continue
        if info.filename.startswith("/") or "\\" in info.filename or ".." in parts:
            found.left_out.append((info.filename, "its path leads out of the zip"))
        elif parts[-1] in SIDE_FILES:
            found.sides["/".join(parts)] = partial(_read_zipped, path, info)
        elif not info.filename.endswith((".ipynb", SUFFIX)):
            found.left_out.append((info.filename, "it is not a notebook"))
        elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            found.left_out.append((info.filename, "it is a link or a special file"))
        else:
            read = partial(_read_zipped, path, info)
            found.notebooks.append(Submission("", "/".join(parts), zip_seconds(info.date_time), read, clock=Clock.WALL))
    return found


def _read_zipped(path: Path, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > MAX_NOTEBOOK:
        raise UnreadableError(_too_large(info.file_size))
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            data = file.read(MAX_NOTEBOOK + 1)  # a zip may lie about a size
    except ZIP_ERRORS as error:
        raise UnreadableError(f"the zip's entry cannot be read: {error}") from None
    if len(data) > MAX_NOTEBOOK:
        raise UnreadableError(_too_large(len(data)))
    return data


def read_notebook(data: bytes) -> Notebook:
    """Parse a notebook's bytes.  Raises UnreadableError with the reason, for a person."""
    if len(data) > MAX_NOTEBOOK:
        raise UnreadableError(_too_large(len(data)))
    if data.count(b"[") + data.count(b"{") > MAX_CONTAINERS:
        raise UnreadableError(f"it holds more than {MAX_CONTAINERS} lists and objects (clear its outputs)")
    try:
        saved = parse_notebook(data)
    except NotebookError as why:
        raise UnreadableError(str(why)) from None
    if len(saved.cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(saved.cells)} cells; at most {MAX_CELLS} are read")
    return Notebook(tuple(Cell(cell.kind, cell.id, cell.text) for cell in saved.cells), saved.assignment)


def read_script(data: bytes, answers: frozenset[str]) -> Notebook:
    """A Python file as a notebook.  answers: names of exercises.  Raises UnreadableError with the reason."""
    if len(data) > MAX_SCRIPT:
        raise UnreadableError(f"the file has {len(data) >> 10} kB; a Python file may have {MAX_SCRIPT >> 10} kB")
    try:
        cells, notes = cells_of(data.decode("utf-8-sig", "replace"), answers)
    except NotPythonError as why:
        raise UnreadableError(str(why)) from None
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(cells)} statements; at most {MAX_CELLS} are read")
    return Notebook(tuple(Cell("code", exercise, text) for exercise, text in cells), "", notes)
