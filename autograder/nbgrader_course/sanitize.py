"""Make of whatever was handed in a notebook that nbgrader takes: its graded cells each once, signed, and unchanged.

The student's cells keep their order.  A cell is one of the released notebook's by its id, or by the exercise that it
defines; locked cells stand as they were handed out, and what is missing is put back where it was.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.errors import MisuseError
from autograder.submissions.ingest import Cell, Notebook, UnreadableError, read_notebook, read_script
from autograder.submissions.plan import defined
from autograder.submissions.python_file import SUFFIX

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTES = "notes-of-the-grader"
# What may hold pictures that a student pasted into a text.
ATTACHED = "attachments"
PADDING = re.compile(r"\A(?:#\n)+")


def read_released(path: Path) -> NotebookNode:
    """The notebook that students were given.  MisuseError if the course does not hold it."""
    with quick_imports():
        import nbformat
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    except (OSError, ValueError) as error:
        what = f"cannot be read as a notebook ({error})"
        raise MisuseError(f"{path}: {what}; make it by nbgrader generate_assignment {path.stem}") from None
    return notebook


def whole_notebook(name: str, data: bytes, released: NotebookNode) -> NotebookNode:
    """A file that was handed in, made whole; the released notebook if there is nothing in it to be read."""
    exercises = frozenset(_grade_id(cell) for cell in released.cells if _grade_id(cell) and not _locked(cell))
    try:
        if name.endswith(SUFFIX):
            return restore(_unpadded(read_script(data, exercises)), released, {})
        return restore(read_notebook(data), released, _attachments(data))
    except UnreadableError:
        return restore(Notebook((), ""), released, {})


def restore(handed_in: Notebook, released: NotebookNode, attached: Mapping[int, object]) -> NotebookNode:
    """The notebook that was handed in, made whole.  attached: pictures in its cells, by the number of the cell."""
    marked = {_grade_id(cell): cell for cell in released.cells if _grade_id(cell)}
    exercises = {name for name, cell in marked.items() if not _locked(cell) and cell.cell_type == "code"}
    owners = _owners(handed_in.cells, marked)
    whole = copy.deepcopy(released)
    whole.cells = []
    for number, cell in enumerate(handed_in.cells, 1):
        own = marked.get(owners.get(number, ""))
        if own is None or (_locked(own) and exercises & set(defined(cell.text))):
            whole.cells.append(_plain(number, cell, attached.get(number)))
        if own is not None:
            whole.cells.append(_own(cell, own, attached.get(number)))
    _put_back(whole.cells, marked)
    return whole


def with_notes(notebook: NotebookNode, notes: Sequence[str]) -> NotebookNode:
    """The notebook, headed by what the grader has to say of it as a whole; `notes` are safe Markdown."""
    if notes:
        import nbformat

        text = "**From the grader**\n\n" + "\n".join(f"- {note}" for note in notes)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=NOTES))
    return notebook


def _owners(cells: Sequence[Cell], marked: Mapping[str, NotebookNode]) -> dict[int, str]:
    """Whose each cell is, by number.  Of several with one id the last counts that was changed, as for the grader."""
    owners: dict[int, str] = {}
    for name, own in marked.items():
        same = [number for number, cell in enumerate(cells, 1) if cell.id == name]
        changed = [number for number in same if not _locked(own) and cells[number - 1].text != own.source]
        if same:
            owners[(changed or same)[-1]] = name
    lost = [name for name, own in marked.items() if name not in owners.values() and own.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        for name in defined(cell.text) if number not in owners else ():
            if name in lost:
                owners[number] = name
                lost.remove(name)
                break
    return owners


def _own(cell: Cell, own: NotebookNode, pictures: object) -> NotebookNode:
    """A cell of the released notebook, with the student's text if it is theirs to write."""
    made = copy.deepcopy(own)
    if not _locked(own):
        made.source = cell.text
        if pictures and own.cell_type == "markdown":
            made[ATTACHED] = pictures
    return made


def _plain(number: int, cell: Cell, pictures: object) -> NotebookNode:
    """A cell of the student's own, which nbgrader takes no interest in."""
    import nbformat

    made: NotebookNode
    if cell.kind == "code":
        made = nbformat.v4.new_code_cell(cell.text, id=f"cell-{number}")
    elif cell.kind == "markdown":
        made = nbformat.v4.new_markdown_cell(cell.text, id=f"cell-{number}")
        if pictures:
            made[ATTACHED] = pictures
    else:
        made = nbformat.v4.new_raw_cell(cell.text, id=f"cell-{number}")
    return made


def _put_back(cells: list[NotebookNode], marked: Mapping[str, NotebookNode]) -> None:
    """Insert each released cell that is missing after the one that comes before it in the released notebook."""
    before = ""
    for name, own in marked.items():
        places = [_grade_id(cell) for cell in cells]
        if name not in places:
            cells.insert(places.index(before) + 1 if before else 0, copy.deepcopy(own))
        before = name


def _attachments(data: bytes) -> dict[int, object]:
    """The attachments of the cells of a notebook that was read before, by the number of the cell."""
    cells = enumerate(json.loads(data)["cells"], 1)
    return {number: cell[ATTACHED] for number, cell in cells if _pictures(cell.get(ATTACHED))}


def _unpadded(script: Notebook) -> Notebook:
    """The cells of a Python file without the lines in front that keep its line numbers."""
    return replace(script, cells=tuple(replace(cell, text=PADDING.sub("", cell.text)) for cell in script.cells))


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _locked(cell: NotebookNode) -> bool:
    return not cell.metadata.nbgrader.solution


def _pictures(found: object) -> bool:
    """Whether it is what Jupyter writes of pasted pictures: by file name, by type, text."""
    return isinstance(found, dict) and all(
        isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values()) for bundle in found.values()
    )
