"""Grade a notebook by the visible checks alone: what its author may see, from the students' folder alone."""

from __future__ import annotations

import time
from pathlib import Path

from autograder.student.checks import assignments
from autograder.student.ci.cells import find_places
from autograder.student.ci.kernel import run_notebook
from autograder.student.ci.platforms import Handed
from autograder.student.model.exercises import Assignment
from autograder.student.model.notebooks import (
    MAX_NOTEBOOK,
    RECOGNISED,
    NotebookError,
    SavedCell,
    SavedNotebook,
    notebook_content,
    parse_notebook,
)
from autograder.student.model.results import Identity, Report, Status

FOOTER = "Visible checks only. The hidden checks at grading decide, and can still take points away."
PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages"})
# Long shows that no exercise depends on, and checks, which run after everything else.
DEMO, CHECK = "demo", "check_"


def find_notebooks(folder: Path) -> list[Path]:
    """Notebooks below a folder that belong to an assignment that is here; hidden folders are passed over."""
    found = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not _passed_over(path.relative_to(folder))
    ]
    return [path for path in found if _belongs(path)]


def read(path: Path) -> tuple[str, SavedNotebook]:
    """A notebook's text, and the same parsed.  NotebookError with the reason if it is none that can be graded."""
    try:
        size = path.stat().st_size
        if size > MAX_NOTEBOOK:
            said = (
                f"the file has {size / 2**20:.0f} MB; a notebook may have {MAX_NOTEBOOK >> 20} MB"
            )
            raise NotebookError(f"{said} (clear its outputs)")
        text = notebook_content(path.read_bytes())
    except OSError as error:
        raise NotebookError(f"it cannot be read: {error.strerror}") from None
    return text, parse_notebook(text)


def saved_assignment(notebook: SavedNotebook) -> Assignment:
    """The assignment that a notebook says it is, or else most of whose exercises it defines.  NotebookError if none."""
    defined = {name for cell in notebook.cells for name in (cell.id, *cell.defines)}
    shares = {
        a.name: sum(e.name in defined for e in a.exercises) / len(a.exercises)
        for a in assignments()
    }
    best = (
        notebook.assignment
        if notebook.assignment in shares
        else max(shares, key=lambda name: shares[name])
    )
    if best != notebook.assignment and shares[best] < RECOGNISED:
        says = f" (it says it is {notebook.assignment!r})" if notebook.assignment else ""
        raise NotebookError(f"it belongs to none of the assignments {', '.join(shares)}{says}")
    return next(a for a in assignments() if a.name == best)


def changed(notebook: SavedNotebook) -> list[SavedCell]:
    """Locked cells whose text is not as it was handed out; the grader runs its own copies of them."""
    return [cell for cell in notebook.cells if cell.marks.get("locked") and cell.signed is False]


def grade_visible(path: Path, shown: str) -> Handed:
    """Run a notebook and then the visible checks.  Whatever it holds, this returns a report.

    shown: what the file is called in the report.  KernelError if there is no Jupyter to run it.
    """
    started = time.monotonic()
    try:
        text, notebook = read(path)
        assignment = saved_assignment(notebook)
    except NotebookError as why:
        return Handed(Report(Identity(""), "", Status.UNREADABLE, reason=str(why)), shown, {})
    names = [exercise.name for exercise in assignment.exercises]
    places = find_places(shown, text, names)
    checks = {f"{CHECK}{name}" for name in names}
    cells = [cell for cell in notebook.cells if DEMO not in cell.tags and cell.id not in checks]
    tree = {**notebook.tree, "cells": [notebook.tree["cells"][cell.number - 1] for cell in cells]}
    run = run_notebook(tree, assignment, path.parent)
    if run.stopped:
        return Handed(
            Report(Identity(""), assignment.name, Status.UNREADABLE, reason=run.stopped),
            shown,
            places,
        )
    notes = [
        f"cell {cells[place].number} stopped: {kind}: {message}"
        for place, kind, message in run.errors
    ]
    notes += [
        f"cell {c.number}: {c.id} was changed; the grader runs it as it was handed out"
        for c in changed(notebook)
    ]
    seconds, possible = time.monotonic() - started, assignment.checked
    graded = Report(
        Identity(""),
        assignment.name,
        Status.GRADED,
        run.results,
        tuple(notes),
        possible=possible,
        seconds=seconds,
    )
    return Handed(graded, shown, places)


def _passed_over(path: Path) -> bool:
    return any(part.startswith(".") or part in PASSED_OVER for part in path.parts)


def _belongs(path: Path) -> bool:
    """Whether a notebook is an assignment's; one that cannot be read may be, and is told about."""
    try:
        _, notebook = read(path)
    except NotebookError:
        return True
    try:
        saved_assignment(notebook)
    except NotebookError:
        return False
    return True
