"""Read a notebook's file: its cells, and the functions and classes that they define.

The one reader of notebooks, for the look before handing in, for the student's own CI and for the
grader.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CELL_KINDS = ("code", "markdown", "raw")
MAX_NOTEBOOK = 20 << 20  # bytes of a notebook that is read
# This share of an assignment's exercises must be found in a notebook that does not say which assignment it is.
RECOGNISED = 0.3
_DEFINITION = re.compile(
    r"^(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)"
    r"|^(?P<variable>\w+)[ \t]*=[ \t]*lambda\b",
    re.MULTILINE,
)


class NotebookError(ValueError):
    """The text is no notebook; the message is the reason, for a person."""


@dataclass(frozen=True, slots=True)
class SavedCell:
    """A cell as it stands in a file.

    number: its place in the notebook, from 1.  kind: one of CELL_KINDS, or "strange".  id: its grade id,
    or else its cell id.  marks: nbgrader's metadata.
    """

    number: int
    kind: str
    id: str
    text: str
    marks: Mapping[str, Any]
    tags: frozenset[str]

    @property
    def defines(self) -> frozenset[str]:
        """Functions, methods and classes that the cell defines."""
        return frozenset(definitions(self.text, nested=True))

    @property
    def signed(self) -> bool | None:
        """Whether the text is as it was released, by nbgrader's signature; None if it has none."""
        checksum = self.marks.get("checksum")
        return checksum == _signature(self) if isinstance(checksum, str) else None


@dataclass(frozen=True, slots=True)
class SavedNotebook:
    """A notebook: the assignment that it names ("" if none), its cells, and the JSON it came from."""

    assignment: str
    cells: tuple[SavedCell, ...]
    tree: Mapping[str, Any]


def definitions(text: str, *, nested: bool = False) -> dict[str, int]:
    """The functions and classes that code defines, in order, each with the line of its last definition.

    nested: those inside a class or a function, too.  The code need not be valid Python.
    """
    found = {}
    for match in _DEFINITION.finditer(text):
        if nested or not match["indent"]:
            group = "name" if match["name"] else "variable"
            found[match[group]] = text.count("\n", 0, match.start(group)) + 1
    return found


def notebook_content(data: bytes) -> str:
    """The text of a notebook's file, in UTF-8, UTF-16 or UTF-32.  Raises NotebookError with the reason."""
    try:
        return data.decode(json.detect_encoding(data), "surrogatepass")
    except UnicodeDecodeError:
        raise NotebookError(
            "it is not valid JSON, since it is not text in UTF-8; save it again in Jupyter"
        ) from None


def parse_notebook(data: str | bytes) -> SavedNotebook:
    """Parse the content of a notebook's file.  Raises NotebookError with the reason."""
    text = data if isinstance(data, str) else notebook_content(data)
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotebookError(
            f"it is not valid JSON{where}, so not a notebook; save it again in Jupyter"
        ) from None
    if (
        not isinstance(tree, dict)
        or tree.get("nbformat") != 4
        or not isinstance(tree.get("cells"), list)
    ):
        raise NotebookError("it is JSON but not a notebook of format 4; save it again in Jupyter")
    cells = tuple(_cell(number, cell) for number, cell in enumerate(tree["cells"], 1))
    kit = _table(_table(tree.get("metadata")).get("backprop_kit"))
    return SavedNotebook(_text(kit.get("assignment")), cells, tree)


def _cell(number: int, cell: object) -> SavedCell:
    if not isinstance(cell, dict):
        raise NotebookError(f"cell {number} is not a cell; save the notebook again in Jupyter")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    kind = cell.get("cell_type")
    if not isinstance(source, str) or not isinstance(kind, str):
        raise NotebookError(f"cell {number} has no text; save the notebook again in Jupyter")
    metadata = _table(cell.get("metadata"))
    marks, tags = _table(metadata.get("nbgrader")), metadata.get("tags")
    return SavedCell(
        number,
        kind if kind in CELL_KINDS else "strange",
        _text(marks.get("grade_id")) or _text(cell.get("id")),
        # Half a surrogate pair is valid in JSON, and neither Python nor a report can take it.
        source.encode("utf-8", "replace").decode(),
        marks,
        frozenset(map(str, tags)) if isinstance(tags, list) else frozenset(),
    )


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _signature(cell: SavedCell) -> str:
    """What nbgrader signs a cell with (nbgrader.utils.compute_checksum)."""
    marks = cell.marks
    flags = [str(bool(marks.get(flag))) for flag in ("grade", "solution", "locked")]
    signed = [cell.text, cell.kind, *flags, str(marks.get("grade_id", ""))]
    if marks.get("grade"):
        try:
            signed.append(str(float(marks.get("points", 0))))
        except (TypeError, ValueError):
            return ""
    return hashlib.md5(
        "".join(signed).encode("utf-8", "replace"), usedforsecurity=False
    ).hexdigest()
