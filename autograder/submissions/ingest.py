"""From the bytes of one file that was handed in to its cells, trusting nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from autograder.student.model.notebooks import MAX_NOTEBOOK, NotebookError, parse_notebook
from autograder.student.model.results import Identity
from autograder.submissions.python_file import (
    MAX_SCRIPT,
    SUFFIX,
    NotPythonError,
    cells_of,
    script_text,
)

MAX_CELLS = 2000
# Lists and objects take up to a hundred times the room in memory that they take in a file.
MAX_CONTAINERS = 500_000
# A browser that takes a notebook for text, or for JSON, adds a suffix when it saves.
NOTEBOOK = ".ipynb"
ADDED_SUFFIXES = (".txt", ".json")


class UnreadableError(ValueError):
    """A submission that cannot be read as a notebook; the message is the reason, for a person."""


class Clock(Enum):
    """Whose time a submission carries, and whether it has a zone.

    STATED: the platform states a moment.  LOCAL: the platform states it without a zone.  FILE: the date of a file.
    WALL: the date of a zip's entry, without a zone.
    """

    STATED, LOCAL, FILE, WALL = "stated", "local", "file", "wall"


@dataclass(frozen=True, slots=True)
class Submission:
    """One file that a student handed in: whose, under which name, how new, and how to read its bytes.

    clock: what `modified` was taken from.  dated: whether the file's own date may tell which one is newer; that of a
    download or a checkout does not.  own_name: the file's path in the student's own words, without what the platform
    put around it.  The others: as in `Identity`.
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
    chosen: str = ""
    own_name: str = ""
    dated: bool = False
    first_name: str = ""
    last_name: str = ""
    called: str = ""

    @property
    def identity(self) -> Identity:
        """Whose it is, as the report will say; when it was handed in depends on the course."""
        return Identity(
            student=self.student,
            file=self.name,
            attempt=self.attempt,
            marked_late=self.marked_late,
            ids=self.ids,
            emails=self.emails,
            members=self.members,
            chosen=self.chosen,
            first_name=self.first_name,
            last_name=self.last_name,
            called=self.called,
        )

    @property
    def is_script(self) -> bool:
        """Whether it is a plain Python file."""
        return suffix_of(self.name) == SUFFIX


def suffix_of(name: str) -> str:
    """`.ipynb` or `.py`, in whatever letters and with whatever a browser added; "" for any other file."""
    plain = name.lower()
    for added in ADDED_SUFFIXES:
        plain = plain.removesuffix(added)
    return next((suffix for suffix in (NOTEBOOK, SUFFIX) if plain.endswith(suffix)), "")


def stem_of(name: str) -> str:
    """A file's name without its suffixes: `04_matmul` of `04_matmul.ipynb.txt`."""
    suffix = suffix_of(name)
    return name[: name.lower().rindex(suffix)] if suffix else name


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as the student handed it in.  line: how many lines of its file stand before it, if they are counted."""

    kind: str
    id: str
    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook reduced to what grading needs, and notes for its author."""

    cells: tuple[Cell, ...]
    assignment: str
    notes: tuple[str, ...] = ()


def too_large(size: int, most: int = MAX_NOTEBOOK) -> str:
    """The reason for a file above the limit, in bytes."""
    return f"the file has {size / 2**20:.0f} MB; a notebook may have {most >> 20} MB (clear its outputs)"


def read_notebook(data: bytes) -> Notebook:
    """Parse a notebook's bytes.  Raises UnreadableError with the reason, for a person."""
    if len(data) > MAX_NOTEBOOK:
        raise UnreadableError(too_large(len(data)))
    if data.count(b"[") + data.count(b"{") > MAX_CONTAINERS:
        raise UnreadableError(
            f"it holds more than {MAX_CONTAINERS} lists and objects (clear its outputs)"
        )
    try:
        saved = parse_notebook(data)
    except NotebookError as why:
        raise UnreadableError(str(why)) from None
    if len(saved.cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(saved.cells)} cells; at most {MAX_CELLS} are read")
    return Notebook(
        tuple(Cell(cell.kind, cell.id, cell.text) for cell in saved.cells), saved.assignment
    )


def read_cells(submission: Submission, data: bytes, answers: frozenset[str]) -> Notebook:
    """The cells of a submission whose bytes are `data`.  UnreadableError with the reason if they cannot be read."""
    return read_script(data, answers) if submission.is_script else read_notebook(data)


def read_script(data: bytes, answers: frozenset[str]) -> Notebook:
    """A Python file as a notebook.  answers: names of exercises.  Raises UnreadableError with the reason."""
    if len(data) > MAX_SCRIPT:
        raise UnreadableError(
            f"the file has {len(data) >> 10} kB; a Python file may have {MAX_SCRIPT >> 10} kB"
        )
    try:
        text, replaced = script_text(data)
        cells, notes = cells_of(text, answers)
    except NotPythonError as why:
        raise UnreadableError(str(why)) from None
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(cells)} statements; at most {MAX_CELLS} are read")
    return Notebook(
        tuple(Cell("code", part.exercise, part.text, part.line) for part in cells),
        "",
        (*notes, *replaced),
    )
