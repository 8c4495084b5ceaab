"""Mutants of a reference answer: the same cell with one small thing wrong in its solution.

A good set of checks tells every mutant from the reference, except those that mean the same.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from autograder.authoring.gate.mutations import KINDS, Place
from autograder.course.source import SourceCell, solution_regions

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# What a student reads in a message is not checked, so nothing in there is changed.
WORDS = (ast.Raise, ast.Assert, ast.JoinedStr)
SAID = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong answer made by machine.

    id: exercise, line in the cell, kind of change, and a number if there are several.  said: the change, in one line.
    was, now: the lines that differ, as in the diff.  text: the whole cell.
    """

    id: str
    exercise: str
    said: str
    was: str
    now: str
    text: str
    diff: str

    @property
    def change(self) -> tuple[str, str]:
        """What a list of equivalents knows it by."""
        return self.was, self.now


def mutants_of(cell: SourceCell) -> tuple[Mutant, ...]:
    """All mutants of an exercise's cell: changes inside its solution regions, no two alike, none like the cell."""
    tree = ast.parse(cell.text)
    reference, seen = ast.unparse(tree), {ast.dump(tree)}
    counts: Counter[str] = Counter()
    mutants = []
    for place in _places(tree, _solution_lines(cell)):
        for kind, changes in KINDS.items():
            for other in changes(place):
                text = _text_with(tree, place, other)
                same = ast.dump(ast.parse(text))
                if same in seen or _stillborn(text):
                    continue
                seen.add(same)
                name = f"{cell.name}:{place.line}:{kind}"
                counts[name] += 1
                number = f".{counts[name]}" if counts[name] > 1 else ""
                said = f"{kind}: {_short(place.node)} -> {_short(other)}"
                mutants.append(_mutant(f"{name}{number}", cell.name, said, reference, text))
    return tuple(mutants)


def sample(mutants: Iterable[Mutant], most: int, seed: int) -> tuple[Mutant, ...]:
    """At most `most` of the mutants, in their order; the same ones for the same seed, whatever becomes of others."""
    mutants = tuple(mutants)

    def draw(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed}\0{mutant.exercise}\0{mutant.text}".encode()).digest()

    drawn = set(sorted(mutants, key=draw)[:most])
    return tuple(mutant for mutant in mutants if mutant in drawn)


def _solution_lines(cell: SourceCell) -> frozenset[int]:
    """The lines of a cell, counted from 1, that lie in a solution region."""
    regions = [(region.line - cell.line, len(region.lines)) for region in solution_regions(cell)]
    return frozenset(line for first, count in regions for line in range(first, first + count))


def _places(tree: ast.Module, lines: frozenset[int]) -> Iterator[Place]:
    """Every node on these lines, in the order of the text."""
    attributes = _distinct(n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _stored(n))
    keys = _distinct(_keys(tree))
    yield from _below(tree, lines, (), attributes, keys, 0)


def _below(
    node: ast.AST,
    lines: frozenset[int],
    functions: tuple[ast.AST, ...],
    attributes: tuple[str, ...],
    keys: tuple[str, ...],
    line: int,
) -> Iterator[Place]:
    functions = (*functions, node) if isinstance(node, FUNCTIONS) else functions
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_docstring(node, child):
                continue
            here = getattr(child, "lineno", line)
            if here in lines:
                yield Place(child, node, field, index, here, _bound(functions, child, here), attributes, keys)
            if not isinstance(child, WORDS):
                yield from _below(child, lines, functions, attributes, keys, here)


def _bound(functions: Sequence[ast.AST], node: ast.AST, line: int) -> tuple[str, ...]:
    """The variables that have a value on a line of the innermost of these functions."""
    if not isinstance(node, (ast.Name, ast.Call)):
        return ()
    names: list[str] = []
    for function in functions:
        for inner in ast.walk(function):
            if isinstance(inner, ast.arg):
                names.append(inner.arg)
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.lineno < line:
                names.append(inner.id)
    return _distinct(names)


def _stored(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _keys(tree: ast.AST) -> Iterator[str]:
    """The texts that subscripts and dict displays look things up by."""
    for node in ast.walk(tree):
        found = [node.slice] if isinstance(node, ast.Subscript) else node.keys if isinstance(node, ast.Dict) else []
        yield from (k.value for k in found if isinstance(k, ast.Constant) and isinstance(k.value, str))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _is_docstring(parent: ast.AST, child: ast.AST) -> bool:
    documented = isinstance(parent, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and isinstance(child.value.value, str)
    return documented and text


def _text_with(tree: ast.Module, place: Place, other: ast.AST) -> str:
    """The text of the tree with another node in one place; the tree is left as it was."""
    place.put(other)
    try:
        return ast.unparse(tree)
    finally:
        place.put(place.node)


def _mutant(name: str, exercise: str, said: str, reference: str, text: str) -> Mutant:
    lines = list(difflib.unified_diff(reference.split("\n"), text.split("\n"), "reference", name, lineterm="", n=1))
    was, now = ("\n".join(line[1:] for line in lines[2:] if line.startswith(mark)) for mark in "-+")
    return Mutant(name, exercise, said, dedent(was), dedent(now), text, "\n".join(lines))


def _stillborn(text: str) -> bool:
    """Whether Python itself sees that it cannot run, as a number that is subscripted: that tells nothing of a check."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        try:
            compile(text, "mutant", "exec")
        except SyntaxError:
            return True
    return False


def _short(node: ast.AST) -> str:
    """A node in one line of bounded length."""
    first, _, rest = ast.unparse(node).partition("\n")
    return f"{first[:SAID]} …" if rest or len(first) > SAID else first
