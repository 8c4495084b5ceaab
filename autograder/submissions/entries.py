"""A download's entries in words common to all platforms: who owns one, where it lies, when it was handed in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum

from autograder.submissions.ingest import Clock, UnreadableError, suffix_of
from autograder.submissions.tree import NOT_WORK, File, Listed, Tree, joined

MAX_STUDENTS = 50_000
ARCHIVE = ".zip"


class Layout(Enum):
    """How a download is laid out; the value is what `--layout` takes."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    GITHUB = "github"
    NBGRADER = "nbgrader"
    BLACKBOARD = "blackboard"
    D2L = "d2l"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Owner:
    """A student as a download names them, with the platform's ids; the first id is the one to show.

    key: tells one person from another; two people of one name have two keys.
    """

    student: str
    key: str
    ids: Mapping[str, str] = field(default_factory=dict)
    emails: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """Tells people of one name apart: the first id or email; "" if the platform gives none."""
        return next(iter((*self.ids.values(), *self.emails)), "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a download: whose it is, where it lies, and what the platform says of its time.

    Several owners handed in together.  at: the path of a folder or file.  own_name: a file's name without what the
    platform put around it.  submitted: seconds since the epoch, by `clock`.  late: the platform says so.
    absent: the download names it and does not hold it.  dated: the dates of its files are older than the download.
    team: the names of all who handed it in, each of whom has an entry.
    """

    owners: tuple[Owner, ...]
    at: str
    file: File | None = None
    own_name: str = ""
    attempt: int = 0
    submitted: float | None = None
    clock: Clock = Clock.STATED
    late: bool = False
    absent: bool = False
    dated: bool = False
    team: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The names at a root that may be entries.  work: those of a kind that students hand in."""

    folders: tuple[str, ...]
    files: Mapping[str, File]

    @classmethod
    def of(cls, listed: Listed) -> Names:
        """The names of a listed folder, without hidden ones."""
        folders = (
            name for name in listed.folders if not name.startswith(".") and name not in NOT_WORK
        )
        files = {file.name: file for file in listed.files if not file.name.startswith(".")}
        return cls(tuple(folders), files)

    @property
    def work(self) -> tuple[str, ...]:
        """Folders, and files of a kind that students hand in."""
        return (*self.folders, *filter(is_work, self.files))

    @property
    def all(self) -> tuple[str, ...]:
        """All names."""
        return (*self.folders, *self.files)


@dataclass(frozen=True, slots=True)
class Root:
    """The folder in which the students' entries lie; no entry is opened yet.

    where: the download, for messages.  called: what the folder, or else the zip, is called.  known: names of
    assignments, which as a file's name say nothing about the student.
    """

    tree: Tree
    where: str
    called: str
    known: frozenset[str] = frozenset()
    at: str = ""

    @property
    def listed(self) -> Listed:
        """What lies at the root.  UnreadableError if that is too much."""
        return self.tree.listed(self.at, MAX_STUDENTS)

    def below(self, name: str) -> Root:
        """The root one folder further down."""
        return replace(self, called=name, at=joined(self.at, name))


def is_work(name: str) -> bool:
    """Whether a file is a notebook, a Python file or a zip by its name."""
    return bool(suffix_of(name)) or name.lower().endswith(ARCHIVE)


def composed(name: str) -> str:
    """A name as text that UTF-8 can hold, in NFC, since macOS writes names decomposed.

    Names that a person can tell apart stay different.
    """
    return unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())


def owner_named(name: str) -> Owner:
    """A student of whom only the name is known."""
    student = composed(name)
    return Owner(student, student)


def read_text(file: File, most: int) -> str:
    """The text of a small file that a platform wrote; "" if it cannot be read or is too large."""
    try:
        data = file.read(most)
    except UnreadableError:
        return ""
    return data.decode("utf-8", "replace")


def seconds_of(value: object) -> float | None:
    """Seconds since the epoch out of a date in a file; without a time zone it is UTC.  None if it is no date."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(re.sub(r" (UTC|\+0000)$", "+00:00", value.strip()))
        except ValueError:
            return None
    if not isinstance(value, date):
        return None
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
