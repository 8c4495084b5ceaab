"""Write the first lines of a new exercise or assignment, one place an audience.

An exercise starts as a small example that builds and can be graded: its function doubles a number.  Its hints and
slides are empty, so `verify` fails and names them until the author has filled them in.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import indent

from autograder.course.paths import Places, shown
from autograder.course.source import NAME_LENGTH, Kind, Source, read_source
from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.student.checks import assignments
from autograder.student.model.exercises import Assignment

ASSIGNMENT_NAME = re.compile(r"[0-9]{2}_([a-z][a-z0-9_]*)")
WIDTH = 100
TYPES = ("Case", "Check", "Exercise", "Part", "Probe")

CELLS = '''\
# %% [markdown]
# ## Title of $name
#
# **Slide N.** What is taught here, with its formula.


# %% exercise="$name"
def $name(x):
    """Return twice the number x."""
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION


# %% check="$name"
check("$name")
'''
EXERCISE = """\
Exercise(
    name="$name",
    title="Title of $name",
    slides=(),
    parts=(Part("value", 1.0, "the right value"),),
    hints=(),
    checks=(
        Check(
            text="The right values for two numbers.",
            probe=$probe,
            cases=(Case({"x": 1.5}, {"value": 3.0}), Case({"x": -0.25}, {"value": -0.5})),
            judges={"value": "value"},
            rule=Values(),
        ),
    ),
),
"""
PROBE = '$probe = Probe("$name(x)", ("value",))\n'
HIDDEN_CHECK = """\
HiddenCheck(
    "$name",
    "The right values for other numbers.",
    $probe,
    lambda rng: [{"x": x} for x in numbers(rng, 3)],
    {"value": "value"},
),
"""
MISCONCEPTION = """\
Misconception(
    "$name",
    "not doubled",
    "You return the number itself. Name the mistake here, and never the answer.",
    (("x + x", "x"),),
),
"""

SOURCE = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # $number · $title
#
# What this notebook is about, and what one can do at the end of it.

# %% provided="setup"
import numpy as np

from autograder.student import check
"""
CHECKS = '''\
"""Notebook $number, $words: points, hints and visible checks."""

from autograder.student.model.exercises import Assignment

ASSIGNMENT = Assignment(
    name="$name",
    title="$title",
    exercises=(),
)
'''
HIDDEN_CHECKS = '''\
"""Notebook $number, $words: hidden checks."""

from autograder.hidden.catalogue import HiddenAssignment
from autograder.hidden.misconceptions.$stem import MISCONCEPTIONS

HIDDEN = HiddenAssignment(
    name="$name",
    checks=(),
    misconceptions=MISCONCEPTIONS,
)
'''
MISCONCEPTIONS = '''\
"""Notebook $number, $words: the named wrong answers."""

from autograder.hidden.catalogue import Misconception

MISCONCEPTIONS: tuple[Misconception, ...] = ()
'''


def write_assignment(name: str, places: Places) -> list[Path]:
    """Write an assignment without exercises: its source, checks, hidden checks and misconceptions.

    Raises MisuseError, with nothing written, for a name that cannot be or a file that is there
    already.
    """
    match = ASSIGNMENT_NAME.fullmatch(name)
    if not match or keyword.iskeyword(match[1]):
        raise MisuseError(
            f"{name}: an assignment has a number and a name; write it like 09_convolution"
        )
    stem, words = match[1], match[1].replace("_", " ")
    named = {
        "name": name,
        "stem": stem,
        "words": words,
        "title": words.capitalize(),
        "number": str(int(name[:2])),
    }
    visible, hidden, misconceptions = (folder / f"{stem}.py" for folder in places.of_assignments)
    templates = {
        places.source(name): SOURCE,
        visible: CHECKS,
        hidden: HIDDEN_CHECKS,
        misconceptions: MISCONCEPTIONS,
    }
    for path in templates:
        if path.exists():
            raise MisuseError(f"{shown(path)}: is there already; choose another name")
    for path in places.source(name).parent.glob(f"{name[:2]}_*.py"):
        raise MisuseError(f"{shown(path)}: has that number already; choose another number")
    return _write({path: _filled(template, named) for path, template in templates.items()})


def add_exercise(name: str, assignment: Assignment, module: str, places: Places) -> list[Path]:
    """Add an exercise to the end of an assignment: its cells, its check, its hidden check and a misconception.

    module: the name of the assignment's modules.  Raises MisuseError, with nothing written, for a name that cannot be
    or a file that does not read as expected.
    """
    if (
        not name.isidentifier()
        or not name.isascii()
        or keyword.iskeyword(name)
        or len(name) > NAME_LENGTH
    ):
        raise MisuseError(f"{name}: not a name in Python; write that of the function to fill in")
    source = read_source(places.source(assignment.name), assignment)
    exercises = {e.name for known in (assignment, *assignments()) for e in known.exercises}
    if name in exercises or name in {cell.name for cell in source.cells}:
        raise MisuseError(f"{name}: a cell or an exercise has that name already; choose another")
    named = {"name": name, "probe": f"{name.upper()}_CALL"}
    visible, hidden, misconceptions = (folder / f"{module}.py" for folder in places.of_assignments)
    checks = _with_element(visible, "ASSIGNMENT", "exercises", _filled(EXERCISE, named))
    checks = _with_lines_before(checks, "ASSIGNMENT", _filled(PROBE, named))
    checks = _with_import(checks, "autograder.student.model.exercises", *TYPES)
    checks = _with_import(checks, "autograder.student.judging.rules", "Values")
    hidden_checks = _with_element(hidden, "HIDDEN", "checks", _filled(HIDDEN_CHECK, named))
    hidden_checks = _with_import(hidden_checks, "autograder.hidden.catalogue", "HiddenCheck")
    hidden_checks = _with_import(hidden_checks, "autograder.hidden.draws", "numbers")
    hidden_checks = _with_import(
        hidden_checks, f"autograder.student.checks.{module}", named["probe"]
    )
    wrong = _with_element(misconceptions, "MISCONCEPTIONS", "", _filled(MISCONCEPTION, named))
    return _write(
        {
            source.path: _with_cells(source, _filled(CELLS, named)),
            visible: checks,
            hidden: hidden_checks,
            misconceptions: wrong,
        }
    )


def _filled(template: str, named: Mapping[str, str]) -> str:
    return Template(template).substitute(named)


def _write(texts: Mapping[Path, str]) -> list[Path]:
    for path, text in texts.items():
        replace_file(path, text.encode())
    return list(texts)


def _with_cells(source: Source, cells: str) -> str:
    """The source's text with these cells after its last check, or at its end."""
    lines = source.path.read_text(encoding="utf-8").splitlines()
    checks = [number for number, cell in enumerate(source.cells) if cell.kind is Kind.CHECK]
    following = source.cells[checks[-1] + 1 :] if checks else ()
    if not following:
        return "\n".join([*lines, "", cells])
    at = following[0].line - 1
    return "\n".join([*lines[:at], cells, *lines[at:], ""])


def _with_element(path: Path, variable: str, argument: str, element: str) -> str:
    """A module's text with one more element at the end of a tuple.

    The tuple is the value of a variable, or an argument of the call that makes it.
    """
    text = path.read_text(encoding="utf-8")
    value = _assigned(ast.parse(text), variable).value
    if argument and isinstance(value, ast.Call):
        value = next((k.value for k in value.keywords if k.arg == argument), None)
    if not isinstance(value, ast.Tuple):
        what = f"{argument} of {variable}" if argument else variable
        raise MisuseError(f"{shown(path)}: {what} is no tuple in parentheses; write it as one")
    lines = text.splitlines(keepends=True)
    first = lines[value.lineno - 1]
    margin = first[: len(first) - len(first.lstrip())]
    start = _offset(lines, value.lineno, value.col_offset)
    end = _offset(lines, value.end_lineno, value.end_col_offset)
    if value.end_lineno == value.lineno:
        there = "".join(f"{margin}    {_segment(text, each)},\n" for each in value.elts)
        there = f"(\n{there}"
    else:
        there = text[start : end - 1].rstrip(" ")
    return f"{text[:start]}{there}{indent(element, margin + '    ')}{margin}){text[end:]}"


def _with_lines_before(text: str, variable: str, new: str) -> str:
    """A module's text with new lines just above the assignment to a variable."""
    lines = text.splitlines(keepends=True)
    at = _assigned(ast.parse(text), variable).lineno - 1
    return "".join([*lines[:at], new, "\n", *lines[at:]])


def _with_import(text: str, module: str, *names: str) -> str:
    """A module's text that imports these names, in the order of ruff's rule I001."""
    lines = text.splitlines(keepends=True)
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if (node.module or "").startswith("autograder.")]
    same = next((node for node in ours if node.module == module), None)
    if same and {*names} <= {alias.name for alias in same.names}:
        return text
    taken = {*names, *(alias.name for alias in same.names)} if same else {*names}
    statement = _import(module, sorted(taken, key=_kind_first))
    if same:
        first, after = same.lineno - 1, same.end_lineno
    else:
        later = [node.lineno - 1 for node in ours if (node.module or "") > module]
        first = after = later[0] if later else ours[-1].end_lineno or 0
    return "".join([*lines[:first], statement, *lines[after:]])


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _kind_first(name: str) -> tuple[int, str, str]:
    """Constants come before classes, classes before functions; among them an underscore comes before letters."""
    if name.isupper() and len(name) > 1:
        return 0, name.lower(), name
    return 1 if name[0].isupper() else 2, name.lower(), name


def _assigned(tree: ast.Module, variable: str) -> ast.Assign | ast.AnnAssign:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(
            isinstance(target, ast.Name) and target.id == variable for target in targets
        ):
            return node
    raise MisuseError(
        f"no {variable} is assigned in the assignment's module; write it as the other modules do"
    )


def _segment(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ""


def _offset(lines: list[str], line: int | None, column: int | None) -> int:
    """Where a node starts or ends in a text; ast counts columns in bytes."""
    assert line is not None and column is not None
    before = sum(len(text) for text in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column].decode())
