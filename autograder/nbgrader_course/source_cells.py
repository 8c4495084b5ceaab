"""What an nbgrader course may change in source/, and what it may not, because the grader would not follow.

Texts may be changed and translated, and manually graded cells and demos added.  Points and the choice of exercises come
from course.toml.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.build.notebook import source_notebook
from autograder.course.paths import Places
from autograder.course.settings import Course, catalogue
from autograder.course.source import bare_code, code_tree, read_source, state_points
from autograder.errors import MisuseError
from autograder.nbgrader_course.scores import CHECK

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.student.model.exercises import Assignment

PROVIDED, PROSE = "provided_", "-text-"
AGAIN = "then run autograder init in the course's folder"


def course_notebook(course: Course, assignment: Assignment, places: Places) -> NotebookNode:
    """The notebook of an assignment as the course's source/ begins with it."""
    source = read_source(places.source(assignment.name), assignment, course.handout)
    return source_notebook(source, assignment)


def refuse_changes(
    path: Path, notebook: NotebookNode, course: Course, places: Places, *, code: bool = True
) -> None:
    """Refuse a notebook of source/ or release/ that asks for what the grader does not do.

    path: where it is.  code: whether changed code is refused too; not of what was released, perhaps by an
    earlier version of the kit.  Raises MisuseError for the first cell that the grader cannot follow.
    An assignment that is not the kit's is the instructor's own, and passes.
    """
    known = catalogue(course.choice)
    if path.stem not in known:
        return
    assignment, _ = known[path.stem]
    wanted = course_notebook(course, assignment, places)
    for problem in _problems(notebook, wanted, assignment.name, code=code):
        raise MisuseError(f"{path}: {problem}")


def follow_course(
    notebook: NotebookNode, wanted: NotebookNode, whole: NotebookNode, assignment: Assignment
) -> bool:
    """Bring points and exercises of a notebook of source/ in line with the course; whether anything changed.

    wanted: the course's notebook as the kit writes it.  whole: the same with all exercises and the kit's points.
    Texts that state points in the kit's words state the course's then.
    """
    before = copy.deepcopy(notebook)
    named = named_cells(wanted)
    gone = named_cells(whole).keys() - named.keys()
    notebook.cells = [cell for cell in notebook.cells if _leads_to(cell) not in gone]
    for name, cell in named_cells(notebook).items():
        if name in named and _points(named[name]) is not None:
            cell.metadata.nbgrader.points = _points(named[name])
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = state_points(cell.source, assignment, _leads_to(cell))
    if _lacks(notebook, named):
        _put_back(notebook, wanted)
    return bool(notebook != before)


def _problems(
    notebook: NotebookNode, wanted: NotebookNode, assignment: str, *, code: bool
) -> Iterator[str]:
    """What the grader cannot follow, each with its cure."""
    found, named = named_cells(notebook), named_cells(wanted)
    for name, cell in found.items():
        marks = cell.metadata.nbgrader
        by_hand = marks.get("grade") and marks.get("solution")
        if name not in named and not by_hand and (marks.get("grade") or marks.get("task")):
            yield (
                f"the grader does not know the graded cell {name!r}; give it back its id, or make "
                "it a manually graded answer"
            )
    for name in _lacks(notebook, named):
        exercise = name.removeprefix(CHECK)
        yield (
            f"the cell {name!r} is gone or has another id; give it back, run autograder init, or "
            f'write drop = ["{exercise}"] below [exercises] in course.toml'
        )
    for name in found.keys() & named.keys():
        yield from _other_points(name, found[name], named[name], assignment)
        if code:
            yield from _other_code(name, found[name], named[name])


def _other_points(
    name: str, cell: NotebookNode, wanted: NotebookNode, assignment: str
) -> Iterator[str]:
    points, right = _points(cell), _points(wanted)
    if points != right:
        key = f"{assignment}.{name.removeprefix(CHECK)}"
        yield (
            f"the cell {name!r} carries {_number(points)} and the course says {_number(right)}; "
            f"write {key} = {points or right or 1:g} below [points] in course.toml, {AGAIN}"
        )


def _other_code(name: str, cell: NotebookNode, wanted: NotebookNode) -> Iterator[str]:
    if cell.cell_type != "code":
        return
    if name.startswith(PROVIDED) and bare_code(cell.source) != bare_code(wanted.source):
        yield (
            f"the code of {name!r} is changed, and the grader runs the kit's; put it back (its "
            "comments and docstrings may change)"
        )
    if _is_answer(wanted) and _headers(cell.source) != _headers(wanted.source):
        yield (
            f"{name!r} defines something else, or takes other arguments; put its def line back "
            "(its texts may change)"
        )


def _lacks(notebook: NotebookNode, named: Mapping[str, NotebookNode]) -> list[str]:
    """The ids of the exercises, checks and questions that a notebook does not have, in order."""
    found = named_cells(notebook)
    needed = (name for name, cell in named.items() if _is_answer(cell) or name.startswith(CHECK))
    return [name for name in needed if name not in found]


def _put_back(notebook: NotebookNode, wanted: NotebookNode) -> None:
    """Insert the cells that are gone, each behind the one before it."""
    present = {cell.id for cell in notebook.cells}
    at = 0
    for cell in wanted.cells:
        if cell.id in present:
            at = 1 + [each.id for each in notebook.cells].index(cell.id)
        elif not cell.id.startswith("after-"):
            notebook.cells.insert(at, copy.deepcopy(cell))
            at += 1


def _leads_to(cell: NotebookNode) -> str:
    """The grade id of a cell, or of the one that its text leads to."""
    own = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return str(own or cell.get("id", "").partition(PROSE)[0])


def named_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that nbgrader knows, by their grade ids."""
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {str(cell.metadata.nbgrader.get("grade_id", "")): cell for cell in marked}


def _points(cell: NotebookNode) -> float | None:
    marks = cell.metadata.nbgrader
    return float(marks.get("points", 0)) if marks.get("grade") else None


def _number(points: float | None) -> str:
    return "no points" if points is None else f"{points:g} points"


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("solution"))


def _headers(text: str) -> Sequence[str]:
    """The functions and classes that a cell defines, with their arguments."""
    found = []
    for node in code_tree(text).body:
        if isinstance(node, ast.FunctionDef):
            found.append(f"{node.name}({ast.unparse(node.args)})")
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
    return found
