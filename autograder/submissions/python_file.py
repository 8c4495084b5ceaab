"""A plain Python file as a submission: each statement at its top level becomes a cell.

So what stops one statement (an import of something that is not here, a window that wants to open) costs nothing else,
as in a notebook.  Code under `if __name__ == "__main__"` does not run.  An exercise may also be a method of a class
that can be made without arguments, or a function in a class that has no `self`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.files import python_tree
from autograder.student.model.notebooks import definitions

MAX_SCRIPT = 1 << 18
SUFFIX = ".py"
NOTE = "a Python file: cell N is its N-th statement, and lines are counted from the top of the file"
# Shell commands and magics, of which Colab leaves some in a file that it writes; no more of them are mended.
MAGIC = re.compile(r"(?P<room>[ \t]*)(?P<sign>[!%])(?P<rest>[^\n]*)")
MAX_MAGICS = 50
# Files that other notebooks write, by what stands in them, with the cure.
FOREIGN = {
    re.compile(
        r"^app = marimo\.App\(", re.MULTILINE
    ): "it is a marimo file; export it as a notebook (.ipynb)",
    re.compile(r"\A(?:\ufeff)?# Databricks notebook source"): (
        "it is a Databricks source file; export it as an IPython notebook (.ipynb)"
    ),
}
REPLACED = "its characters that are not UTF-8 were replaced by \ufffd; save it as UTF-8"
MAIN_SKIPPED = 'code under `if __name__ == "__main__"` was not run'


class NotPythonError(ValueError):
    """The text is no Python; the message is the reason, for a person."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: the exercise it answers ("" if none), its text, and how many lines stand before it."""

    exercise: str
    text: str
    line: int = 0


def script_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a file; and notes for the student.  Raises NotPythonError if it is in UTF-16 or UTF-32."""
    encoding = json.detect_encoding(data)  # by the zeros among the first four bytes
    if encoding.startswith(("utf-16", "utf-32")):
        name = encoding[: len("utf-16")].upper()
        raise NotPythonError(f"it is text in {name}, which Python cannot run; save it as UTF-8")
    text = data.decode("utf-8-sig", "replace")
    replaced = text.count("\ufffd") > data.count("\ufffd".encode())
    return text, (REPLACED,) if replaced else ()


def mentions(text: str, answers: frozenset[str]) -> bool:
    """Whether a file defines any of these names, so that it may be somebody's answers and not some other program."""
    return not answers.isdisjoint(definitions(text, nested=True))


def cells_of(text: str, answers: frozenset[str]) -> tuple[list[Statement], tuple[str, ...]]:
    """The cells of a file; and notes for the student.

    answers: names of exercises.  Raises NotPythonError if the file cannot be parsed, or is no plain Python file.
    """
    for sign, why in FOREIGN.items():
        if sign.search(text):
            raise NotPythonError(why)
    tree, text = _parsed(text)
    lines = text.splitlines(keepends=True)
    body = [node for node in tree.body if not _is_main(node)]
    functions = {name for node in body for name in _names(node)}
    cells = [
        _statement(node, lines, next((n for n in _names(node) if n in answers), ""))
        for node in body
    ]
    for node in body:
        cells += [
            Statement(name, line) for name, line in _methods(node, answers) if name not in functions
        ]
    skipped = len(body) < len(tree.body)
    return cells, (NOTE, MAIN_SKIPPED) if skipped else (NOTE,)


def _parsed(text: str) -> tuple[ast.Module, str]:
    """The tree of a file, and the text with shell commands and magics as the calls that a notebook makes of them."""
    for _ in range(MAX_MAGICS + 1):
        try:
            return python_tree(text), text
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            fault = error
        mended = _without_magic(text, getattr(fault, "lineno", None))
        if mended is None:
            break
        text = mended
    line = getattr(fault, "lineno", None)
    where = f" (line {line}: {getattr(fault, 'msg', '')})" if line else ""
    raise NotPythonError(f"it is not valid Python{where}; run it once before you hand it in")


def _without_magic(text: str, line: int | None) -> str | None:
    """The text with the magic of that line as a call; None if there is none in it."""
    lines = text.split("\n")
    if not line or line > len(lines):
        return None
    found = MAGIC.fullmatch(lines[line - 1])
    if found is None:
        return None
    name, _, rest = found["rest"].partition(" ")
    shell = f"get_ipython().system({found['rest']!r})"
    lines[line - 1] = found["room"] + (
        shell if found["sign"] == "!" else f"get_ipython().run_line_magic({name!r}, {rest!r})"
    )
    return "\n".join(lines)


def _is_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and "__name__" in ast.unparse(node.test)
        and "__main__" in ast.unparse(node.test)
    )


def _names(node: ast.stmt) -> list[str]:
    """What a statement defines as something that can be called."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _statement(node: ast.stmt, lines: list[str], exercise: str) -> Statement:
    """A statement's lines, with its decorators, and where they stand in the file."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    own = lines[first - 1 : node.end_lineno]
    if ";" in own[0] or ";" in own[-1]:  # it may share a line with another
        own = [str(ast.unparse(node))]
    return Statement(exercise, "".join(own).rstrip("\n"), first - 1)


def _methods(node: ast.stmt, answers: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Exercises that are methods of a class, and the line that makes each a function."""
    if not isinstance(node, ast.ClassDef) or node.name in answers:
        return
    for name, method in {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}.items():
        if name in answers:
            yield name, f"{name} = {node.name}{'' if _is_plain(method) else '()'}.{name}"


def _is_plain(method: ast.FunctionDef) -> bool:
    """Whether a function in a class has no place for the object, so that it can only be called on the class."""
    first = next(iter((*method.args.posonlyargs, *method.args.args)), None)
    return (
        not method.decorator_list
        and (first is None or first.arg != "self")
        and not method.args.vararg
    )
