"""Say on which lines of a notebook's file each exercise stands.

GitHub annotates lines of files, so lines are counted in the JSON text, where each line of a cell is
a line of its own if Jupyter wrote it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.student.model.notebooks import NotebookError, definitions, parse_notebook

# A key of an object: inside a text its quotes would have backslashes before them.
CELLS, SOURCE = (re.compile(rf'(?<!\\)"{key}"\s*:\s*') for key in ("cells", "source"))
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, and its first and last line."""

    file: str
    first: int = 1
    last: int = 1


def find_places(file: str, text: str, exercises: Sequence[str]) -> dict[str, Place]:
    """Where each exercise is answered in a notebook or a Python file; those that are nowhere are left out.

    Of several cells the last counts, as it does for Python.
    """
    if not file.endswith(".ipynb"):
        found = definitions(text, nested=True)
        return {name: Place(file, found[name], found[name]) for name in exercises if name in found}
    try:
        notebook = parse_notebook(text)
    except NotebookError:
        return {}
    lines, spans = text.split("\n"), _spans(text, notebook.tree["cells"])
    places = {}
    for name in exercises:
        defining = [cell for cell in notebook.cells if cell.kind == "code" and name in cell.defines]
        answers = defining or [cell for cell in notebook.cells if cell.id == name]
        if answers:
            first, last = spans[answers[-1].number - 1]
            places[name] = Place(file, _definition(lines, first, last, name), last)
    return places


def _definition(lines: Sequence[str], first: int, last: int, name: str) -> int:
    """The line of the file, from `first` to `last`, on which `name` is defined; `first` if none does."""
    for number in range(first, last + 1):
        for literal in STRING.findall(lines[number - 1]):
            if name in definitions(_unquoted(literal), nested=True):
                return number
    return first


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


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
                yield (
                    (key.end(), stop - 1)
                    if isinstance(inside, str) or not inside
                    else _inner(text, key.end(), stop)
                )
                break
        else:
            yield begin, begin
        at = end


def _inner(text: str, begin: int, end: int) -> tuple[int, int]:
    """The same without the brackets of the list and the line breaks beside them."""
    return text.index('"', begin), text.rindex('"', begin, end)
