"""Make a notebook that nbgrader accepts out of any submission: every graded cell once and signed.

The student's cells keep their order.  A cell is matched with a cell of the released notebook by its
id, or by the exercise that it defines.  Locked cells are restored as they were released, and missing
cells are inserted where they were.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.errors import MisuseError
from autograder.submissions.ingest import (
    Cell,
    Notebook,
    UnreadableError,
    read_notebook,
    read_script,
    suffix_of,
)
from autograder.submissions.plan import defined
from autograder.submissions.python_file import SUFFIX

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTES = "notes-of-the-grader"
# The key under which Jupyter keeps pictures that a student pasted into a text.
ATTACHED = "attachments"


def read_released(path: Path) -> NotebookNode:
    """The notebook that students were given.  Raises MisuseError if the course does not have it."""
    with quick_imports():
        import nbformat
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    except (OSError, ValueError) as error:
        what = f"cannot be read as a notebook ({error})"
        raise MisuseError(
            f"{path}: {what}; make it by nbgrader generate_assignment {path.stem}"
        ) from None
    return notebook


def sanitized(name: str, data: bytes, released: NotebookNode) -> NotebookNode:
    """The sanitized submission; the released notebook if the file cannot be read."""
    named = [cell for cell in released.cells if _grade_id(cell)]
    exercises = frozenset(_grade_id(cell) for cell in named if not _locked(cell))
    try:
        if suffix_of(name) == SUFFIX:
            return sanitize(read_script(data, exercises), released, {})
        return sanitize(read_notebook(data), released, _attachments(data))
    except UnreadableError:
        return sanitize(Notebook((), ""), released, {})


def sanitize(
    submitted: Notebook, released: NotebookNode, pictures: Mapping[int, object]
) -> NotebookNode:
    """The sanitized notebook.  pictures: the attachments of its cells, by the number of the cell."""
    named = {_grade_id(cell): cell for cell in released.cells if _grade_id(cell)}
    answers = {name for name, cell in named.items() if not _locked(cell)}
    exercises = {name for name in answers if named[name].cell_type == "code"}
    matched = _matched(submitted.cells, named)
    notebook = copy.copy(released)
    notebook.metadata, notebook.cells = copy.deepcopy(released.metadata), []
    for number, cell in enumerate(submitted.cells, 1):
        match = named.get(matched.get(number, ""))
        attached = pictures.get(number)
        has_answer = bool(exercises & set(defined(cell.text)))
        if match is None or (_locked(match) and has_answer):
            notebook.cells.append(_plain(number, cell, attached))
        if match is not None:
            notebook.cells.append(_filled(match, cell, attached))
    _insert_missing(notebook.cells, named)
    return notebook


def with_notes(notebook: NotebookNode, notes: Sequence[str]) -> NotebookNode:
    """The notebook with the grader's notes on it in a cell at the top; `notes` are safe Markdown."""
    if notes:
        import nbformat

        text = "**From the grader**\n\n" + "\n".join(f"- {note}" for note in notes)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=NOTES))
    return notebook


def _matched(cells: Sequence[Cell], named: Mapping[str, NotebookNode]) -> dict[int, str]:
    """The grade id of each submitted cell that has one, by the number of the cell.

    Of several cells with one id the last one that was changed counts, as for the grader.
    """
    matched: dict[int, str] = {}
    for name, released in named.items():
        same = [number for number, cell in enumerate(cells, 1) if cell.id == name]
        changed = [number for number in same if cells[number - 1].text != released.source]
        if changed and not _locked(released):
            matched[changed[-1]] = name
        elif same:
            matched[same[-1]] = name
    found = set(matched.values())
    lost = [n for n, cell in named.items() if n not in found and cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        if number in matched:
            continue
        for name in defined(cell.text):
            if name in lost:
                matched[number] = name
                lost.remove(name)
                break
    return matched


def _filled(released: NotebookNode, cell: Cell, pictures: object) -> NotebookNode:
    """A released cell, with the student's text unless it is locked."""
    filled = copy.deepcopy(released)
    if _locked(released):
        return filled
    filled.source = cell.text
    if pictures and released.cell_type == "markdown":
        filled[ATTACHED] = pictures
    return filled


def _plain(number: int, cell: Cell, pictures: object) -> NotebookNode:
    """A cell that the student added; nbgrader ignores it."""
    from nbformat.notebooknode import from_dict

    kind = cell.kind if cell.kind in ("code", "markdown") else "raw"
    made: dict[str, object] = {"id": f"cell-{number}", "cell_type": kind, "metadata": {}}
    # Not by nbformat's own functions, which validate each cell: the whole notebook is, when it is written.
    if kind == "code":
        made |= {"execution_count": None, "source": cell.text, "outputs": []}
    else:
        made["source"] = cell.text
    if kind == "markdown" and pictures:
        made[ATTACHED] = pictures
    node: NotebookNode = from_dict(made)
    return node


def _insert_missing(cells: list[NotebookNode], named: Mapping[str, NotebookNode]) -> None:
    """Insert each missing released cell after the one before it in the released notebook."""
    before = ""
    present = [_grade_id(cell) for cell in cells]
    for name, released in named.items():
        if name not in present:
            position = present.index(before) + 1 if before else 0
            cells.insert(position, copy.deepcopy(released))
            present.insert(position, name)
        before = name


def _attachments(data: bytes) -> dict[int, object]:
    """The attachments of a notebook's cells, by the number of the cell."""
    cells = enumerate(json.loads(data)["cells"], 1)
    return {number: cell[ATTACHED] for number, cell in cells if _pictures(cell.get(ATTACHED))}


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _locked(cell: NotebookNode) -> bool:
    return not cell.metadata.nbgrader.solution


def _pictures(found: object) -> bool:
    """Whether a value has the form of pasted pictures: file name -> media type -> text."""
    if not isinstance(found, dict):
        return False
    for bundle in found.values():
        if not isinstance(bundle, dict):
            return False
        if not all(isinstance(data, str) for data in bundle.values()):
            return False
    return True
