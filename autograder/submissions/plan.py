"""Decide what of a submitted notebook is run, and say what was changed on the way.

Provided cells run as they were handed out; checks and demos do not run; a student's own cells run in the student's
order.  A cell belongs to an exercise by its id, or by the functions that it defines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.course.source import Kind, Source, SourceCell
from autograder.student.model.notebooks import definitions
from autograder.submissions.ingest import Cell, Notebook

# Of an assignment's exercises, this share must be found in a notebook that does not say which assignment it is.
RECOGNISED = 0.3


@dataclass(frozen=True, slots=True)
class Step:
    """One cell to run: its text, the exercise it belongs to ("" if none), its number in the notebook (0: put in)."""

    text: str
    exercise: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells to run, in order, and notes for the student on what was changed."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


def recognise(notebook: Notebook, exercises: Mapping[str, Sequence[str]], least: float = RECOGNISED) -> str:
    """The assignment that a notebook belongs to, or "" if to none.

    exercises: names of each assignment's exercises.  A notebook's own word counts if it names a known assignment;
    else the assignment with most exercises found by id or definition, if their share is at least `least`.
    """
    if notebook.assignment in exercises:
        return notebook.assignment
    present = {cell.id for cell in notebook.cells} | {name for cell in notebook.cells for name in defined(cell.text)}
    shares = {name: len(present & set(own)) / len(own) for name, own in exercises.items() if own}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= least and shares[best] else ""


def make_plan(notebook: Notebook, source: Source) -> Plan:
    """What to run of `notebook`, which belongs to the assignment of `source`."""
    ours = {cell.id: cell for cell in source.cells if cell.kind is not Kind.PROSE}
    exercises = [cell.name for cell in source.cells if cell.kind is Kind.EXERCISE]
    notes = list(notebook.notes)
    steps = [step for n, cell in enumerate(notebook.cells, 1) for step in _steps(n, cell, ours, exercises, notes)]
    present = {cell.id for cell in notebook.cells}
    lost = [cell for cell in source.cells if cell.kind is Kind.PROVIDED and cell.id not in present]
    notes += [f"the provided cell {cell.name!r} was missing and was put back" for cell in lost]
    if notebook.assignment:  # it was handed out by the kit, cells and all
        notes += _deleted(notebook, source)
    notes += _repeated(steps, exercises)
    return Plan(_in_time(steps, source), tuple(notes))


def _in_time(steps: Sequence[Step], source: Source) -> tuple[Step, ...]:
    """The steps, and before the first one of each exercise whatever provided cells the source has before it.

    A cell that was moved or lost would otherwise be missed by a definition that needs it.
    """
    waiting = [cell for cell in source.cells if cell.kind in (Kind.PROVIDED, Kind.EXERCISE)]
    order = {cell.name: number for number, cell in enumerate(waiting) if cell.kind is Kind.EXERCISE}
    provided = {number: cell.text for number, cell in enumerate(waiting) if cell.kind is Kind.PROVIDED}
    done: list[Step] = []
    for step in steps:
        due = [number for number in provided if number < order.get(step.exercise, 0)]
        done += [Step(provided.pop(number)) for number in due]
        provided = {number: text for number, text in provided.items() if text != step.text}
        done.append(step)
    return (*done, *(Step(text) for text in provided.values()))


def _steps(
    number: int, cell: Cell, ours: Mapping[str, SourceCell], exercises: Sequence[str], notes: list[str]
) -> list[Step]:
    own = ours.get(cell.id)
    answered = [name for name in defined(cell.text) if name in exercises]
    if own and own.kind is Kind.PROVIDED:
        steps = [Step(own.text, "", number)]
        if answered:
            notes.append(_misplaced(number, own, answered[0]))
            steps.append(Step(cell.text, answered[0], number))
        elif cell.text.strip() != own.text.strip():
            notes.append(f"cell {number}: the provided cell {own.name!r} was changed and was restored")
        return steps
    if own and own.kind is Kind.WRITTEN:
        return []
    if own and own.kind in (Kind.CHECK, Kind.DEMO):
        if answered:
            notes.append(_misplaced(number, own, answered[0]))
            return [Step(cell.text, answered[0], number)]
        if cell.text.strip() != own.text.strip():
            notes.append(f"cell {number}: the {own.kind.value} cell {own.name!r} was changed; it is not run")
        return []
    if cell.kind != "code":
        if not own:
            return []
        notes.append(f"cell {number}: the answer cell {own.name!r} is a {cell.kind} cell; it was run as code")
    return [Step(cell.text, own.name if own else next(iter(answered), ""), number)]


def _deleted(notebook: Notebook, source: Source) -> list[str]:
    """A note on the answer cells of which nothing is left, and one on the check cells that are gone."""
    present = {cell.id for cell in notebook.cells} | {name for cell in notebook.cells for name in defined(cell.text)}
    answers = [c.name for c in source.cells if c.kind is Kind.EXERCISE and not {c.id, c.name} & present]
    checks = [c.name for c in source.cells if c.kind is Kind.CHECK and c.id not in present]
    notes = [f"the answer cell {name!r} is missing" for name in answers]
    return [*notes, *([f"check cells were missing ({', '.join(checks)}); what they check is graded"] if checks else [])]


def _misplaced(number: int, own: SourceCell, exercise: str) -> str:
    return f"cell {number}: an answer to {exercise!r} was found in the {own.kind.value} cell {own.name!r}"


def defined(text: str) -> list[str]:
    """The functions and classes that a cell defines at its top level, in order."""
    return list(definitions(text))


def _repeated(steps: Sequence[Step], exercises: Sequence[str]) -> list[str]:
    counts = Counter(name for step in steps for name in set(defined(step.text)) if name in exercises)
    return [f"{counts[e]} cells answer {e!r}; the last definition counts" for e in exercises if counts[e] > 1]
