"""Read a notebook's file, and say on which of its lines each exercise stands.

GitHub annotates lines of files, so lines are counted in the JSON text, where each line of a cell is a line of its own
if Jupyter wrote it.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFINES = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*lambda\b", re.MULTILINE)
# A key of an object: inside a text its quotes would have backslashes before them.
CELLS, SOURCE = (re.compile(rf'(?<!\\)"{key}"\s*:\s*') for key in ("cells", "source"))
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
DECODER = json.JSONDecoder()


class NotebookError(ValueError):
    """The text is no notebook; the message is the reason, for a person."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its number from 1, type, grade id (else cell id), text, nbgrader's marks, tags, and lines of the file."""

    number: int
    kind: str
    id: str
    text: str
    marks: Mapping[str, Any]
    tags: frozenset[str]
    first: int
    last: int

    @property
    def defines(self) -> frozenset[str]:
        """Functions and classes that the cell defines."""
        return frozenset(a or b for a, b in DEFINES.findall(self.text))

    @property
    def signed(self) -> bool | None:
        """Whether the text is as it was handed out, by nbgrader's signature; None if the cell has none."""
        checksum = self.marks.get("checksum")
        return None if not isinstance(checksum, str) else checksum == _signature(self)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook: the assignment that it says it is ("" if none), its cells, and the whole as it was parsed."""

    assignment: str
    cells: tuple[Cell, ...]
    tree: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, and its first and last line."""

    file: str
    first: int = 1
    last: int = 1


def read_notebook(text: str) -> Notebook:
    """Parse a notebook's text.  Raises NotebookError with the reason."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotebookError(f"it is not valid JSON{where}, so not a notebook; save it again in Jupyter") from None
    if not isinstance(tree, dict) or tree.get("nbformat") != 4 or not isinstance(tree.get("cells"), list):
        raise NotebookError("it is JSON but not a notebook of format 4; save it again in Jupyter")
    spans = _spans(text, tree["cells"])
    cells = tuple(_cell(n, raw, span) for n, (raw, span) in enumerate(zip(tree["cells"], spans, strict=True), 1))
    kit = _table(_table(tree.get("metadata")).get("backprop_kit"))
    return Notebook(str(kit.get("assignment", "")), cells, tree)


def find_places(file: str, text: str, exercises: Sequence[str]) -> dict[str, Place]:
    """Where each exercise is answered in a notebook or a Python file; those that are nowhere are left out.

    Of several cells the last counts, as it does for Python.
    """
    if not file.endswith(".ipynb"):
        found = {m[1] or m[2]: text.count("\n", 0, m.start(m.lastindex or 0)) + 1 for m in DEFINES.finditer(text)}
        return {name: Place(file, found[name], found[name]) for name in exercises if name in found}
    try:
        cells = read_notebook(text).cells
    except NotebookError:
        return {}
    lines = text.split("\n")
    places = {}
    for name in exercises:
        by_id = [cell for cell in cells if cell.id == name]
        own = [cell for cell in cells if cell.kind == "code" and name in cell.defines] or by_id
        if own:
            places[name] = Place(file, _definition(lines, own[-1], name), own[-1].last)
    return places


def _definition(lines: Sequence[str], cell: Cell, name: str) -> int:
    """The line of the file on which a cell defines `name`; its first if that cannot be told."""
    for number in range(cell.first, cell.last + 1):
        for literal in STRING.findall(lines[number - 1]):
            if any(name in names for names in DEFINES.findall(_unquoted(literal))):
                return number
    return cell.first


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


def _cell(number: int, raw: object, span: tuple[int, int]) -> Cell:
    if not isinstance(raw, dict):
        raise NotebookError(f"cell {number} is not a cell; save the notebook again in Jupyter")
    source = raw.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = _table(raw.get("metadata"))
    marks, tags = _table(metadata.get("nbgrader")), metadata.get("tags")
    name = marks.get("grade_id") or raw.get("id") or ""
    kept = frozenset(map(str, tags)) if isinstance(tags, list) else frozenset()
    return Cell(number, str(raw.get("cell_type")), str(name), text, marks, kept, *span)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _spans(text: str, cells: Sequence[object]) -> list[tuple[int, int]]:
    """The first and last line of each cell's source; line 1 where it cannot be found."""
    breaks = [found.start() for found in re.finditer("\n", text)]
    for found in CELLS.finditer(text):
        sources = _sources(text, found.end(), cells)
        spans = [(bisect_left(breaks, a) + 1, bisect_left(breaks, b) + 1) for a, b in sources]
        if len(spans) == len(cells):
            return spans
    return [(1, 1)] * len(cells)


def _sources(text: str, at: int, cells: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Where in the text the source of each cell begins and ends, if the list of cells begins at `at`."""
    for cell in cells:
        at = text.find("{", at)
        try:
            value, end = DECODER.raw_decode(text, at) if at >= 0 else (None, 0)
        except ValueError:
            return
        if value != cell or not isinstance(cell, dict):
            return
        begin = at
        for key in SOURCE.finditer(text, at, end):
            inside, stop = DECODER.raw_decode(text, key.end())
            if inside == cell.get("source"):
                yield (key.end(), stop - 1) if isinstance(inside, str) or not inside else _inner(text, key.end(), stop)
                break
        else:
            yield begin, begin
        at = end


def _inner(text: str, begin: int, end: int) -> tuple[int, int]:
    """The same without the brackets of the list and the line breaks beside them."""
    return text.index('"', begin), text.rindex('"', begin, end)


def _signature(cell: Cell) -> str:
    """What nbgrader signs a cell with (nbgrader.utils.compute_checksum)."""
    marks = cell.marks
    flags = [str(bool(marks.get(flag))) for flag in ("grade", "solution", "locked")]
    signed = [cell.text, cell.kind, *flags, str(marks.get("grade_id", ""))]
    if marks.get("grade"):
        try:
            signed.append(str(float(marks.get("points", 0))))
        except (TypeError, ValueError):
            return ""
    return hashlib.md5("".join(signed).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
