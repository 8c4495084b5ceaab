"""Mutants of a reference answer: the same cell with one small change in its solution.

Good checks fail every mutant except those that are equivalent to the reference.
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

from autograder.authoring.gate.mutations import KINDS, Site
from autograder.course.source import SourceCell, solution_regions

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# Messages are not checked, so nothing in them is changed.
WORDS = (ast.Raise, ast.Assert, ast.JoinedStr)
SUMMARY_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """A reference answer with one generated change.

    id: exercise, line in the cell, kind of change, and a number if there are several.  summary: the change in one
    line.  was, now: the lines that differ, as in the diff.  text: the whole cell.
    """

    id: str
    exercise: str
    summary: str
    was: str
    now: str
    text: str
    diff: str

    @property
    def change(self) -> tuple[str, str]:
        """The key of this change in a list of equivalents."""
        return self.was, self.now


def mutants_of(cell: SourceCell) -> tuple[Mutant, ...]:
    """Return all mutants of an exercise's cell: different changes inside its solution regions."""
    tree = ast.parse(cell.text)
    reference, seen = ast.unparse(tree), {ast.dump(tree)}
    counts: Counter[str] = Counter()
    mutants = []
    for site in _sites(tree, _solution_lines(cell)):
        for kind, changes in KINDS.items():
            for other in changes(site):
                text = _text_with(tree, site, other)
                same = ast.dump(ast.parse(text))
                if same in seen or _does_not_compile(text):
                    continue
                seen.add(same)
                name = f"{cell.name}:{site.line}:{kind}"
                counts[name] += 1
                number = f".{counts[name]}" if counts[name] > 1 else ""
                summary = f"{kind}: {_short(site.node)} -> {_short(other)}"
                mutants.append(_mutant(f"{name}{number}", cell.name, summary, reference, text))
    return tuple(mutants)


def sample(mutants: Iterable[Mutant], most: int, seed: int) -> tuple[Mutant, ...]:
    """Return at most `most` mutants, in their order.

    Each mutant's place in the draw depends on the seed and on itself only, so changes elsewhere
    keep the sample.
    """
    mutants = tuple(mutants)

    def draw(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed}\0{mutant.exercise}\0{mutant.text}".encode()).digest()

    drawn = set(sorted(mutants, key=draw)[:most])
    return tuple(mutant for mutant in mutants if mutant in drawn)


def _solution_lines(cell: SourceCell) -> frozenset[int]:
    """The lines of a cell, counted from 1, that lie in a solution region."""
    regions = [(region.line - cell.line, len(region.lines)) for region in solution_regions(cell)]
    return frozenset(line for first, count in regions for line in range(first, first + count))


def _sites(tree: ast.Module, lines: frozenset[int]) -> Iterator[Site]:
    """Every node on these lines, in the order of the text."""
    attributes = _distinct(
        n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _stored(n)
    )
    keys = _distinct(_keys(tree))
    yield from _below(tree, lines, (), attributes, keys, 0)


def _below(
    node: ast.AST,
    lines: frozenset[int],
    functions: tuple[ast.AST, ...],
    attributes: tuple[str, ...],
    keys: tuple[str, ...],
    line: int,
) -> Iterator[Site]:
    functions = (*functions, node) if isinstance(node, FUNCTIONS) else functions
    for field, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_docstring(node, child):
                continue
            here = getattr(child, "lineno", line)
            if here in lines:
                yield Site(
                    child,
                    node,
                    field,
                    index,
                    here,
                    _bound(functions, child, here),
                    attributes,
                    keys,
                )
            if not isinstance(child, WORDS):
                yield from _below(child, lines, functions, attributes, keys, here)


def _bound(functions: Sequence[ast.AST], node: ast.AST, line: int) -> tuple[str, ...]:
    """The variables with a value on a line of the innermost function; only names and calls need them."""
    if not isinstance(node, (ast.Name, ast.Call)):
        return ()
    names: list[str] = []
    for function in functions:
        for inner in ast.walk(function):
            if isinstance(inner, ast.arg):
                names.append(inner.arg)
            elif (
                isinstance(inner, ast.Name)
                and isinstance(inner.ctx, ast.Store)
                and inner.lineno < line
            ):
                names.append(inner.id)
    return _distinct(names)


def _stored(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _keys(tree: ast.AST) -> Iterator[str]:
    """The strings that are keys in subscripts and dict displays."""
    for node in ast.walk(tree):
        found = (
            [node.slice]
            if isinstance(node, ast.Subscript)
            else node.keys
            if isinstance(node, ast.Dict)
            else []
        )
        yield from (
            k.value for k in found if isinstance(k, ast.Constant) and isinstance(k.value, str)
        )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _is_docstring(parent: ast.AST, child: ast.AST) -> bool:
    documented = isinstance(
        parent, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    )
    text = (
        isinstance(child, ast.Expr)
        and isinstance(child.value, ast.Constant)
        and isinstance(child.value.value, str)
    )
    return documented and text


def _text_with(tree: ast.Module, site: Site, other: ast.AST) -> str:
    """The text of the tree with another node at one site; the tree itself does not change."""
    site.put(other)
    try:
        return ast.unparse(tree)
    finally:
        site.put(site.node)


def _mutant(name: str, exercise: str, summary: str, reference: str, text: str) -> Mutant:
    lines = list(
        difflib.unified_diff(
            reference.split("\n"), text.split("\n"), "reference", name, lineterm="", n=1
        )
    )
    was, now = ("\n".join(line[1:] for line in lines[2:] if line.startswith(mark)) for mark in "-+")
    return Mutant(name, exercise, summary, dedent(was), dedent(now), text, "\n".join(lines))


def _does_not_compile(text: str) -> bool:
    """Whether Python refuses the text or warns of it, as for a subscripted number: such a mutant tests no check."""
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
    return f"{first[:SUMMARY_LENGTH]} …" if rest or len(first) > SUMMARY_LENGTH else first
