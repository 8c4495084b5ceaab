"""What a Jupyter kernel knows of its cells: which ran and how, what the saved notebook holds, and what is covered.

A check runs the functions that are in the kernel.  Where those are not what the student sees in the notebook, a
sentence says so.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.student.judging.judge import MENTIONED
from autograder.student.judging.probes import PYTHONS, LocalStudent
from autograder.student.model.exercises import Exercise, Probe
from autograder.student.model.notebooks import NotebookError, definitions, parse_notebook

# Where Jupyter and VS Code say which notebook a kernel belongs to.
JUPYTER, VS_CODE = "JPY_SESSION_NAME", "__vsc_ipynb_file__"
# Names that IPython itself gives a notebook.
IPYTHONS = frozenset({"exit", "quit", "open", "display", "get_ipython", "copyright", "credits"})


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a cell: its text, its number, when it ended, and the name of the error that stopped it.

    code: the text as Python, without magics; "" if it could not even begin.
    """

    text: str
    number: int
    ended: float
    error: str = ""
    code: str = ""


# The last runs; a kernel that is open for weeks keeps no more.
MOST_RUNS = 1000
RUNS: deque[Ran] = deque(maxlen=MOST_RUNS)


def follow_cells() -> None:
    """Remember every cell that this kernel runs from now on; nothing where no kernel is."""
    shell = kernel_shell()
    if shell is not None:
        shell.events.register("post_run_cell", _remember)


def kernel_shell() -> Any:
    """The IPython shell of this process if a kernel runs it, not a terminal; else None."""
    ipython = sys.modules.get("IPython")
    shell = getattr(ipython, "get_ipython", lambda: None)()
    return shell if hasattr(shell, "kernel") else None


def remarks(exercise: Exercise, namespace: Mapping[str, object]) -> list[str]:
    """Sentences on how what a check sees differs from what the notebook shows; mostly none."""
    return [
        *_version(exercise.name, namespace.get(exercise.name), namespace.get(VS_CODE)),
        *_covered(exercise.name, namespace),
    ]


def _remember(result: Any) -> None:
    error, text = result.error_before_exec or result.error_in_exec, result.info.raw_cell
    code = "" if result.error_before_exec else kernel_shell().transform_cell(text)
    name = type(error).__name__ if error else ""
    RUNS.append(Ran(text, result.execution_count or 0, time.time(), name, code))


def _version(name: str, value: object, file: object) -> list[str]:
    """Whether another version of a function stands in the notebook than the one that was checked."""
    last = next((ran for ran in reversed(RUNS) if name in definitions(ran.text)), None)
    if last is None:
        return []
    if last.error and not _made_by(value, last.code):
        older = "" if value is None else "; this is the older version"
        return [f"The cell of {name} stopped with {last.error} when it last ran{older}."]
    saved = _saved_cell(name, file, since=last.ended)
    if saved and saved.strip() != last.text.strip():
        return [f"The cell of {name} was changed and not run: run it, then this one."]
    return []


def _made_by(value: object, code: str) -> bool:
    """Whether a function or class was defined by a cell of this code."""
    parts = list(vars(value).values()) if isinstance(value, type) else [value]
    files = {part.__code__.co_filename for part in parts if hasattr(part, "__code__")}
    return any("".join(linecache.getlines(file)).strip() == code.strip() for file in files)


def _saved_cell(name: str, file: object, since: float) -> str:
    """The text of the last cell that defines `name` in the notebook's file, if that was saved later."""
    path = Path(os.environ.get(JUPYTER) or str(file or ""))
    try:
        if path.suffix != ".ipynb" or path.stat().st_mtime <= since:
            return ""
        cells = parse_notebook(path.read_bytes()).cells
    except (OSError, NotebookError):
        return ""
    texts = [cell.text for cell in cells if cell.kind == "code" and name in definitions(cell.text)]
    return texts[-1] if texts else ""


def _covered(name: str, namespace: Mapping[str, object]) -> list[str]:
    """The builtins that an answer uses and a cell has covered, each with that cell."""
    covered = [
        each
        for each, value in PYTHONS.items()
        if not each.startswith("_") and each not in IPYTHONS
        if namespace.get(each, value) is not value
    ]
    if not covered or not callable(namespace.get(name)):
        return []
    probe = Probe(f"mentioned({name})", ("names",), MENTIONED)
    [answer] = LocalStudent(namespace).answers(probe, [{"known": covered}])
    used = answer.value if isinstance(answer.value, list) else []
    return [_uncover(each, namespace[each]) for each in used]


def _uncover(name: str, value: object) -> str:
    number = next((ran.number for ran in reversed(RUNS) if name in _bound(ran.text)), 0)
    where = f" since cell [{number}]" if number else ""
    return (
        f"{name} is no longer Python's own{where}, but a value of type {type(value).__name__}: "
        f"give that another name there, then run del {name}."
    )


def _bound(text: str) -> set[str]:
    """The names that a cell assigns, defines or imports at its top level."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    names = set(definitions(text))
    kept = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    for node in [each for statement in kept for each in ast.walk(statement)]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
    return names
