"""Decide what of a submitted notebook is run, and say what was changed on the way.

Provided cells run as they were handed out; checks and demos do not run; a student's own cells run in the student's
order.  A cell belongs to an exercise by its id, or by the functions that it defines.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.course.source import Kind, Source, SourceCell, bare_code, handed_out
from autograder.files import python_tree
from autograder.student.model.notebooks import RECOGNISED, definitions
from autograder.submissions.ingest import Cell, Notebook, UnreadableError, suffix_of
from autograder.submissions.python_file import SUFFIX

# A Python file may hold a few exercises of several assignments; it belongs to the one of which it has most.
ANY = 0.0
# Names of exercises that must be shared, for a single one may be anybody's.
FEWEST = 2
# Packages that are here.
USUAL = sys.stdlib_module_names | {"numpy", "matplotlib", "autograder", "IPython"}
FOREIGN = re.compile(r"^(?:import|from)\s", re.MULTILINE)
TORCH = re.compile(r"^\s*(?:import|from)\s+torch\b", re.MULTILINE)
# Bytes of one cell that are sent to a worker: half of what one message may have.
MAX_CELL = 1 << 19


@dataclass(frozen=True, slots=True)
class Step:
    """One cell to run: its text, the exercise it belongs to ("" if none), its number in the notebook (0: put in).

    line: how many lines of the file stand before it, where lines are counted through the whole file.  given: those
    functions and methods of the text that run as they were handed out.  A check is not run: it has no text, and `check`
    is the exercise that is judged as it stands there.
    """

    text: str
    exercise: str = ""
    number: int = 0
    line: int = 0
    given: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells to run, in order, and notes for the student on what was changed."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


def assignment_of(notebook: Notebook, exercises: Mapping[str, Sequence[str]], name: str) -> str:
    """The assignment that a file called `name` belongs to.  UnreadableError with the reason if to none.

    exercises: names of each assignment's exercises.
    """
    is_script = suffix_of(name) == SUFFIX
    found = recognise(
        notebook, exercises, ANY if is_script else RECOGNISED, named_like(name, exercises)
    )
    shared = _present(notebook) & {each for own in exercises.values() for each in own}
    if is_script and shared and not any(_takes_values(notebook, each) for each in shared):
        torch = (
            " and uses PyTorch" if any(TORCH.search(cell.text) for cell in notebook.cells) else ""
        )
        raise UnreadableError(
            f"it looks like the lecture's own homework: what it defines ({', '.join(sorted(shared))}) takes no "
            f"arguments{torch}; hand in a notebook of {', '.join(exercises)}"
        )
    if found:
        return found
    says = f" (it says it is {notebook.assignment!r})" if notebook.assignment else ""
    if shared:
        names = ", ".join(sorted(shared))
        says += f": it defines {names}, which is not enough; name the file like the assignment that it answers"
    raise UnreadableError(f"it belongs to none of the assignments {', '.join(exercises)}{says}")


def recognise(
    notebook: Notebook,
    exercises: Mapping[str, Sequence[str]],
    least: float = RECOGNISED,
    named: str = "",
) -> str:
    """The assignment that a notebook belongs to, or "" if to none.

    A notebook's own word counts if it names a known assignment; else the assignment with most exercises found by id or
    definition, if their share is at least `least`.  One shared name decides only if the file is `named` so too.
    """
    if notebook.assignment in exercises:
        return notebook.assignment
    present = _present(notebook)
    counts = {name: len(present & set(own)) for name, own in exercises.items()}
    if counts.get(named):
        return named
    shares = {
        name: counts[name] / len(own)
        for name, own in exercises.items()
        if own and counts[name] >= min(FEWEST, len(own))
    }
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= least and shares[best] else ""


def named_like(name: str, assignments: Iterable[str]) -> str:
    """The assignment that a file is named after, whatever a download put around the name; "" if none."""
    words = {each: rf"(?<![^\W_]){re.escape(each)}(?![^\W_])" for each in assignments}
    return next((each for each, word in words.items() if re.search(word, name, re.IGNORECASE)), "")


def _present(notebook: Notebook) -> set[str]:
    """The ids of a notebook's cells, and the names that they define."""
    return {cell.id for cell in notebook.cells} | {
        name for cell in notebook.cells for name in defined(cell.text)
    }


def _takes_values(notebook: Notebook, name: str) -> bool:
    """Whether a function or method of that name takes arguments, or is nothing of which that can be seen."""
    trees = [_tree(cell.text) for cell in notebook.cells if name in cell.text]
    own = [node for tree in trees for node in tree.body]
    own += [node for outer in own if isinstance(outer, ast.ClassDef) for node in outer.body]
    functions = [node for node in own if isinstance(node, ast.FunctionDef) and node.name == name]
    return not functions or any(_arguments(function) for function in functions)


def _arguments(function: ast.FunctionDef) -> bool:
    """Whether a function takes more than the object that it is a method of."""
    given = function.args
    named = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return bool(given.vararg or given.kwarg or [each for each in named if each != "self"])


def _tree(text: str) -> ast.Module:
    """The tree of a cell; an empty one if it is not plain Python."""
    try:
        return python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def make_plan(notebook: Notebook, source: Source) -> Plan:
    """What to run of `notebook`, which belongs to the assignment of `source`."""
    ours = {cell.id: cell for cell in source.cells if cell.kind is not Kind.PROSE}
    exercises = [cell.name for cell in source.cells if cell.kind is Kind.EXERCISE]
    notes = list(notebook.notes)
    steps = [
        step
        for n, cell in enumerate(notebook.cells, 1)
        for step in _steps(n, cell, ours, exercises, notes)
    ]
    present = {cell.id for cell in notebook.cells}
    lost = [cell for cell in source.cells if cell.kind is Kind.PROVIDED and cell.id not in present]
    notes += [f"the provided cell {cell.name!r} was missing and was put back" for cell in lost]
    if notebook.assignment:  # it was handed out by the kit, cells and all
        notes += _deleted(notebook, source)
    notes += _repeated(steps, exercises)
    return Plan(
        tuple(replace(step, given=_given(step, source)) for step in _in_time(steps, source)),
        tuple(notes),
    )


def _given(step: Step, source: Source) -> str:
    """The definitions of what a step defines and was handed out."""
    known = handed_out(source)
    return "\n\n".join(known[name] for name in defined(step.text) if name in known)


def _in_time(steps: Sequence[Step], source: Source) -> tuple[Step, ...]:
    """The steps, and before the first one of each exercise whatever provided cells the source has before it.

    A cell that was moved or lost would otherwise be missed by a definition that needs it.
    """
    waiting = [cell for cell in source.cells if cell.kind in (Kind.PROVIDED, Kind.EXERCISE)]
    order = {cell.name: number for number, cell in enumerate(waiting) if cell.kind is Kind.EXERCISE}
    provided = {
        number: cell.text for number, cell in enumerate(waiting) if cell.kind is Kind.PROVIDED
    }
    done: list[Step] = []
    for step in steps:
        due = [number for number in provided if number < order.get(step.exercise, 0)]
        done += [Step(provided.pop(number)) for number in due]
        provided = {number: text for number, text in provided.items() if text != step.text}
        done.append(step)
    return (*done, *(Step(text) for text in provided.values()))


def _is_changed(text: str, own: str) -> bool:
    """Whether a cell was changed beyond its comments and docstrings, which a course may translate."""
    if text.strip() == own.strip():
        return False
    code = bare_code(text)
    return code != bare_code(own) or code == bare_code("")


def _steps(
    number: int,
    cell: Cell,
    ours: Mapping[str, SourceCell],
    exercises: Sequence[str],
    notes: list[str],
) -> list[Step]:
    own = ours.get(cell.id)
    answered = [name for name in defined(cell.text) if name in exercises]
    if own and own.kind is Kind.PROVIDED:
        steps = [Step(own.text, "", number)]
        if answered:
            notes.append(_misplaced(number, own, answered[0]))
            steps += _own_steps(number, cell, answered[0])
        elif _is_changed(cell.text, own.text):
            notes.append(
                f"cell {number}: the provided cell {own.name!r} was changed and was restored"
            )
        return steps
    if own and own.kind is Kind.WRITTEN:
        return []
    if own and own.kind in (Kind.CHECK, Kind.DEMO):
        if answered:
            notes.append(_misplaced(number, own, answered[0]))
            return _own_steps(number, cell, answered[0])
        if _is_changed(cell.text, own.text):
            notes.append(
                f"cell {number}: the {own.kind.value} cell {own.name!r} was changed; it is not run"
            )
        return [Step("", number=number, check=own.name)] if own.kind is Kind.CHECK else []
    if cell.kind != "code":
        if not own:
            return []
        notes.append(
            f"cell {number}: the answer cell {own.name!r} is a {cell.kind} cell; it was run as code"
        )
    return _own_steps(number, cell, own.name if own else next(iter(answered), ""))


def _own_steps(number: int, cell: Cell, exercise: str) -> list[Step]:
    """The steps of a student's own cell.  Imports of what is not here are one of their own: they cost no answer."""
    size = len(cell.text.encode())
    if size > MAX_CELL:
        said = f"this cell has {size >> 10} kB of text; at most {MAX_CELL >> 10} kB are run"
        return [Step(f"raise ValueError({said!r})", exercise, number)]
    may_cost = exercise and FOREIGN.search(cell.text)
    foreign = [node for node in _tree(cell.text).body if _is_foreign(node)] if may_cost else []
    if not foreign:
        return [Step(cell.text, exercise, number, cell.line)]
    lines = cell.text.split("\n")
    for node in foreign:
        own = slice(node.lineno - 1, node.end_lineno)
        if ";" in "".join(lines[own]):  # it shares a line with another statement
            return [Step(cell.text, exercise, number, cell.line)]
        lines[own] = [""] * len(lines[own])
    imports = "\n".join(ast.unparse(node) for node in foreign)
    rest = "\n".join(lines)
    steps = [Step(imports, "" if rest.strip() else exercise, number, cell.line)]
    return [*steps, Step(rest, exercise, number, cell.line)] if rest.strip() else steps


def _is_foreign(node: ast.stmt) -> bool:
    """Whether a statement imports a package that a student's machine may have and this one may not: google.colab."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [node.module]
    else:
        return False
    return any(name.partition(".")[0] not in USUAL for name in names)


def _deleted(notebook: Notebook, source: Source) -> list[str]:
    """A note on the answer cells of which nothing is left, and one on the check cells that are gone."""
    present = _present(notebook)
    answers = [
        c.name for c in source.cells if c.kind is Kind.EXERCISE and not {c.id, c.name} & present
    ]
    checks = [c.name for c in source.cells if c.kind is Kind.CHECK and c.id not in present]
    notes = [f"the answer cell {name!r} is missing" for name in answers]
    return [
        *notes,
        *(
            [f"check cells were missing ({', '.join(checks)}); what they check is graded"]
            if checks
            else []
        ),
    ]


def _misplaced(number: int, own: SourceCell, exercise: str) -> str:
    return f"cell {number}: an answer to {exercise!r} was found in the {own.kind.value} cell {own.name!r}"


def defined(text: str) -> list[str]:
    """The functions and classes that a cell defines at its top level, in order."""
    return list(definitions(text))


def _repeated(steps: Sequence[Step], exercises: Sequence[str]) -> list[str]:
    counts = Counter(
        name for step in steps for name in set(defined(step.text)) if name in exercises
    )
    return [
        f"{counts[e]} cells answer {e!r}; the better of those at its check and at the end counts"
        for e in exercises
        if counts[e] > 1
    ]
