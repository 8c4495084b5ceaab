"""Build the notebook that students fill, and the same notebook filled, from one source.

nbgrader's own preprocessors cut the stubs and sign the cells, so that stock nbgrader takes the notebook for one of its
own.  They are imported where they are used: the import takes seconds.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import __version__
from autograder.course.paths import shown
from autograder.course.source import (
    ANSWERED,
    BEGIN,
    END,
    NOTHING,
    START,
    Kind,
    Source,
    SourceCell,
    SourceError,
    quick_imports,
    read_source,
)
from autograder.student.model.exercises import Assignment

if TYPE_CHECKING:
    from nbformat import NotebookNode

# (grade, locked, solution) of nbgrader's cell types: read-only, tests, autograded answer, manual answer.
FLAGS = {
    Kind.PROVIDED: (False, True, False),
    Kind.DEMO: (False, True, False),
    Kind.CHECK: (True, True, False),
    Kind.EXERCISE: (False, False, True),
    Kind.WRITTEN: (True, False, True),
}
# nbgrader has no points beyond a cell's maximum, and counts every maximum: the check of a bonus is no grade to it.
BONUS_FLAGS = (False, True, False)
DEMO_TAG = "demo"
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def stub_notebook(source: Source, assignment: Assignment) -> NotebookNode:
    """The notebook as students receive it: answers cut, checks locked, every cell signed."""
    with quick_imports():
        import nbformat
        from nbgrader.preprocessors import (
            CheckCellMetadata,
            ClearSolutions,
            ComputeChecksums,
            LockCells,
        )

    metadata = {**KERNEL, "backprop_kit": {"assignment": assignment.name, "version": __version__}}
    cells = [
        _cell(cell, cell_id, _points(assignment, cell))
        for cell, cell_id in zip(source.cells, _ids(source), strict=True)
    ]
    notebook: NotebookNode = nbformat.v4.new_notebook(
        metadata=nbformat.from_dict(metadata), cells=cells
    )
    # Stubs are cut before the cells are signed, because nbgrader knows an untouched answer by its signature.
    for step in (LockCells, ClearSolutions, ComputeChecksums, CheckCellMetadata):
        notebook, _ = step().preprocess(notebook, {})
    nbformat.validate(notebook)
    _validate_stubs(source, notebook)
    return notebook


def source_notebook(source: Source, assignment: Assignment) -> NotebookNode:
    """The notebook as an nbgrader course keeps it in source/: with the answers, between nbgrader's marks."""
    notebook = stub_notebook(source, assignment)
    texts = {cell.id: cell.text for cell in source.cells if cell.name}
    for cell in notebook.cells:
        cell.source = texts.get(cell.id, cell.source)
    return notebook


def filled_notebook(
    source: Source,
    assignment: Assignment,
    replace: Mapping[str, str] = NOTHING,
    untouched: Collection[str] = (),
) -> NotebookNode:
    """The notebook as a student hands it in, unexecuted: the reference's answers typed over the stubs.

    replace: other answers, by cell id (`sigmoid`, `written_push`).  untouched: ids of cells that stay stubs.
    """
    notebook = copy.deepcopy(stub_notebook(source, assignment))
    answered = {cell.id: cell.text for cell in source.cells if cell.kind in ANSWERED}
    strange = {*replace, *untouched} - answered.keys()
    if strange:
        raise SourceError(
            f"{shown(source.path)}: nothing to answer is called {min(strange)!r}; use the id of a cell"
        )
    for cell in notebook.cells:
        if cell.id in answered and cell.id not in untouched:
            cell.source = _without_markers(replace.get(cell.id, answered[cell.id]))
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook's file, byte for byte the same for the same notebook."""
    with quick_imports():
        import nbformat
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text.rstrip("\n") + "\n"


def build_notebook(path: Path, assignment: Assignment, target: Path, handout: str = "") -> bool:
    """Write the notebook of the source at `path` to `target` unless it is there already; whether it was written."""
    text = notebook_text(stub_notebook(read_source(path, assignment, handout), assignment))
    if _holds(target, text):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return True


def stale(path: Path, assignment: Assignment, target: Path, handout: str = "") -> tuple[str, ...]:
    """What is out of date and which command mends it; empty if `target` is what the source builds."""
    source = read_source(path, assignment, handout)
    if _holds(target, notebook_text(stub_notebook(source, assignment))):
        return ()
    what = "differs from what its source builds" if target.exists() else "is missing"
    return (f"{shown(target)}: {what}; run autograder build {assignment.name}",)


def _holds(target: Path, text: str) -> bool:
    return target.is_file() and target.read_bytes() == text.encode("utf-8")


def _ids(source: Source) -> Iterator[str]:
    """One id a cell.  Prose is numbered before the named cell it leads to, so that it keeps its id when other prose
    changes; a dash cannot occur in a name."""
    names = [cell.id if cell.name else "" for cell in source.cells]
    last = next((name for name in reversed(names) if name), "")
    count = 0
    for index, name in enumerate(names):
        count = 0 if name else count + 1
        following = next((n for n in names[index:] if n), "")
        yield name or (f"{following}-text-{count}" if following else f"after-{last}-text-{count}")


def _points(assignment: Assignment, cell: SourceCell) -> float | None:
    """The points of a graded cell, from the catalogue; None for any other, the check of a bonus among them."""
    if cell.kind is Kind.CHECK:
        exercise = assignment.exercise(cell.name)
        if exercise.bonus:
            return None
        points = exercise.points
    elif cell.kind is Kind.WRITTEN:
        points = next(
            question.points for question in assignment.written if question.name == cell.name
        )
    else:
        return None
    return int(points) if points == int(points) else points


def _cell(cell: SourceCell, cell_id: str, points: float | None) -> NotebookNode:
    import nbformat

    written = cell.kind in (Kind.PROSE, Kind.WRITTEN)
    new: Any = nbformat.v4.new_markdown_cell if written else nbformat.v4.new_code_cell
    made: NotebookNode = new(
        cell.text, id=cell_id, metadata=nbformat.from_dict(_metadata(cell, cell_id, points))
    )
    return made


def _metadata(cell: SourceCell, cell_id: str, points: float | None) -> dict[str, object]:
    """nbgrader's marks, before the cell is signed, and what JupyterLab folds; none for prose."""
    if cell.kind is Kind.PROSE:
        return {}
    grade, locked, solution = (
        BONUS_FLAGS if cell.kind is Kind.CHECK and points is None else FLAGS[cell.kind]
    )
    marks: dict[str, object] = {
        "grade": grade,
        "locked": locked,
        "solution": solution,
        "task": False,
    }
    marks |= {"schema_version": 3, "grade_id": cell_id} | (
        {} if points is None else {"points": points}
    )
    shown: dict[str, object] = {"tags": [DEMO_TAG]} if cell.kind is Kind.DEMO else {}
    if cell.name == START and cell.kind is Kind.DEMO:
        shown["jupyter"] = {"source_hidden": True}  # long, and to be run, not read
    return {"nbgrader": marks} | shown


def _without_markers(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if BEGIN not in line and END not in line)


def _validate_stubs(source: Source, notebook: NotebookNode) -> None:
    """A stub must run, and define its exercise: the def line belongs outside the solution region."""
    for cell, built in zip(source.cells, notebook.cells, strict=True):
        if cell.kind is not Kind.EXERCISE:
            continue
        try:
            defined = {getattr(node, "name", "") for node in ast.parse(built.source).body}
        except SyntaxError:
            defined = set()
        if cell.name not in defined:
            what = f"the stub of exercise {cell.name!r} does not define {cell.name}"
            raise SourceError(
                f"{shown(source.path)}:{cell.line}: {what}; keep its def line outside the solution"
            )
