"""Look at a notebook before it is handed in: is everything there, and does it run from top to bottom?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.student.cards.wording import SENTENCE, Mark, clip, points
from autograder.student.ci.kernel import INTERRUPTED, Run, run_notebook
from autograder.student.ci.visible import CHECK, FOOTER, changed, read, saved_assignment
from autograder.student.model.exercises import Assignment
from autograder.student.model.notebooks import MAX_NOTEBOOK, NotebookError, SavedCell, SavedNotebook
from autograder.student.model.results import Outcome

STUB, INPUT = "NotImplementedError", "StdinNotImplementedError"
ASKED = "input() waits for somebody to type, and nobody does; write the value into the code"
ENDLESS = "it did not finish in time and was interrupted"
# From here on, outputs are most of a notebook, and other systems than ours begin to refuse it.
LARGE = MAX_NOTEBOOK // 2


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was looked at: how it is, and a sentence."""

    mark: Mark
    text: str


def look(path: Path) -> list[Said]:
    """What is to be said of a notebook that is to be handed in.  KernelError if there is no Jupyter to run it."""
    try:
        _, notebook = read(path)
        assignment = saved_assignment(notebook)
    except NotebookError as why:
        return [Said(Mark.NOT_YET, f"{path.name}: {why}.")]
    run = run_notebook(notebook.tree, assignment, path.parent)
    return [
        *_file(path, assignment),
        *_missing(notebook, assignment),
        *_ran(notebook, run),
        *_answered(notebook, assignment, run),
    ]


def ready(said: Sequence[Said]) -> bool:
    """Whether nothing is left to do."""
    return not any(one.mark is Mark.NOT_YET for one in said)


def _file(path: Path, assignment: Assignment) -> Iterator[Said]:
    size = path.stat().st_size
    yield Said(Mark.PASSED, f"It is a notebook of {assignment.name}, of {max(1, size >> 10)} kB.")
    if size > LARGE:
        yield Said(
            Mark.NOTE,
            f"The file is large ({size >> 20} MB); clear the outputs before you hand it in.",
        )
    if path.name != f"{assignment.name}.ipynb":
        yield Said(
            Mark.NOTE, f"Its name is {path.name}; your course may ask for {assignment.name}.ipynb."
        )


def _missing(notebook: SavedNotebook, assignment: Assignment) -> Iterator[Said]:
    """Cells that were handed out and are gone, or are not what they were."""
    there = {cell.id for cell in notebook.cells}
    for name in [e.name for e in assignment.exercises if not there & {e.name, f"{CHECK}{e.name}"}]:
        yield Said(
            Mark.NOTE,
            f"The cells of {name} are gone; you find them in the notebook as it was handed out.",
        )
    for cell in changed(notebook):
        yield Said(
            Mark.NOTE,
            f"Cell {cell.number} ({cell.id}) was changed; the grader runs it as it was handed out.",
        )


def _ran(notebook: SavedNotebook, run: Run) -> Iterator[Said]:
    """How the run in a fresh kernel went.  Where only an exercise that is not done stops it, that is to be done."""
    if run.stopped:
        yield Said(Mark.NOT_YET, f"It does not run: {run.stopped}.")
        return
    for place, kind, message in run.errors:
        number = notebook.cells[place].number
        if kind == STUB:
            yield Said(
                Mark.NOTE,
                f"Cell {number} stops, because it shows an exercise that is not done yet.",
            )
        else:
            yield Said(Mark.NOT_YET, f"Cell {number} stops: {_why(kind, message)}")
    if not run.errors:
        yield Said(
            Mark.PASSED,
            "It runs from top to bottom in a fresh kernel, and no cell stops with an error.",
        )


def _why(kind: str, message: str) -> str:
    known = {INPUT: ASKED, INTERRUPTED: ENDLESS}
    return (
        f"{known[kind]}."
        if kind in known
        else f"{kind}: {clip(message, SENTENCE)}"
        if message
        else kind
    )


def _answered(notebook: SavedNotebook, assignment: Assignment, run: Run) -> Iterator[Said]:
    """Which exercises and written questions have an answer, and what the visible checks say of it."""
    open_ones = {
        r.exercise: r.outcome
        for r in run.results
        if r.outcome in (Outcome.MISSING, Outcome.UNATTEMPTED)
    }
    for exercise in assignment.exercises:
        outcome = open_ones.get(exercise.name)
        if outcome and exercise.bonus:
            yield Said(Mark.NOTE, f"{exercise.name} (a bonus) is {outcome.value}.")
        elif outcome:
            yield Said(
                Mark.NOT_YET, f"{exercise.name} is {outcome.value}: {points(0, exercise.points)}."
            )
    cells = {cell.id: cell for cell in notebook.cells}
    for question in assignment.written:
        if not _is_written(cells.get(f"written_{question.name}")):
            worth = f": {points(0, question.points)}" if question.points else ""
            yield Said(Mark.NOT_YET, f"The written question {question.name} has no answer{worth}.")
    if not run.results:
        return
    if not open_ones:
        yield Said(Mark.PASSED, "Every exercise has an answer.")
    wrong = [
        r.exercise
        for r in run.results
        if r.outcome is not Outcome.PASSED and r.exercise not in open_ones
    ]
    if wrong:
        yield Said(
            Mark.NOTE,
            f"Visible checks do not pass for {', '.join(wrong)}; you may hand it in all the same.",
        )
    earned = sum(result.earned for result in run.results)
    yield Said(
        Mark.NOTE, f"By the visible checks it has {points(earned, assignment.checked)}. {FOOTER}"
    )


def _is_written(cell: SavedCell | None) -> bool:
    """Whether a written question has an answer: its cell is there, not empty, and not as it was handed out."""
    return cell is not None and bool(cell.text.strip()) and cell.signed is not True
