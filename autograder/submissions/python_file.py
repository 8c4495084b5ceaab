"""A plain Python file as a submission: each statement at its top level becomes a cell.

So what stops one statement (an import of something that is not here, a window that wants to open) costs nothing else,
as in a notebook.  Code under `if __name__ == "__main__"` does not run.  An exercise may also be a method of a class
that can be made without arguments, or a function in a class that has no `self`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from autograder.student.model.notebooks import definitions

MAX_SCRIPT = 1 << 18
SUFFIX = ".py"
NOTE = "a Python file: cell N is its N-th statement, and lines are counted from the top of the file"
MAIN_SKIPPED = 'code under `if __name__ == "__main__"` was not run'


class NotPythonError(ValueError):
    """The text is no Python; the message is the reason, for a person."""


def mentions(text: str, answers: frozenset[str]) -> bool:
    """Whether a file defines any of these names, so that it may be somebody's answers and not some other program."""
    return not answers.isdisjoint(definitions(text, nested=True))


def cells_of(text: str, answers: frozenset[str]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """The cells of a file, each the exercise it answers ("" if none) and its text; and notes for the student.

    answers: names of exercises.  Raises NotPythonError if the file cannot be parsed.
    """
    try:
        with warnings.catch_warnings():  # of what the student wrote, such as an invalid escape
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line}: {getattr(error, 'msg', '')})" if line else ""
        raise NotPythonError(f"it is not valid Python{where}; run it once before you hand it in") from None
    lines = text.splitlines(keepends=True)
    body = [node for node in tree.body if not _is_main(node)]
    functions = {name for node in body for name in _names(node)}
    cells = [(next((n for n in _names(node) if n in answers), ""), _source(node, lines)) for node in body]
    cells += [(name, line) for node in body for name, line in _methods(node, answers) if name not in functions]
    skipped = len(body) < len(tree.body)
    return cells, (NOTE, MAIN_SKIPPED) if skipped else (NOTE,)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) and "__main__" in ast.unparse(node.test)


def _names(node: ast.stmt) -> list[str]:
    """What a statement defines as something that can be called."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _source(node: ast.stmt, lines: list[str]) -> str:
    """A statement's lines, with its decorators, pushed down to where they stand in the file."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    own = lines[first - 1 : node.end_lineno]
    if ";" in own[0] or ";" in own[-1]:  # it may share a line with another
        own = [str(ast.unparse(node))]
    return "#\n" * (first - 1) + "".join(own).rstrip("\n")


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
    return not method.decorator_list and (first is None or first.arg != "self") and not method.args.vararg
