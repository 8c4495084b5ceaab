"""Name a mistake by the one change of the student's own answer with which every check passes.

Small edits are tried in a fixed order, in one sandbox session; a candidate stops at the first check
that still fails.  What is told is the line and the kind of change, never the new text, and only if
every repair that is found lies in one line.  For the grader alone: on visible checks it would be an
oracle.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from autograder.files import python_tree
from autograder.grading.judgements import run_steps
from autograder.sandbox.limits import Limits
from autograder.sandbox.session import Session
from autograder.student.judging.judge import Judgement
from autograder.student.model.exercises import Check, Student
from autograder.student.model.results import Diagnosis
from autograder.submissions.plan import Step

# So many candidates are tried at most; an answer of so few lines gets the kind of change alone.
MOST, SHORT = 400, 3
# Seconds of CPU time of one call of a candidate: it may loop for ever.
CALL = 1.0

TOO_MUCH = "has something that must go"
OTHER = "holds a value or an operation that must be replaced"
MISSING = "lacks something"
ORDER = "must come in another order"
SPECIAL = "treats a special case that is not needed"
BRACKETS = "lacks brackets, or has them at another place"
# The same, of an answer whose line is not told.
ALONE = {
    TOO_MUCH: "something must go",
    OTHER: "a value or an operation must be replaced",
    MISSING: "something is missing",
    ORDER: "something must come in another order",
    SPECIAL: "a special case is not needed",
    BRACKETS: "brackets are missing, or stand at another place",
}

# Functions and methods that are easily confused.
FAMILIES = (
    ("sum", "mean", "max", "min", "prod"),
    ("max", "maximum"),
    ("min", "minimum"),
    ("exp", "log"),
    ("expm1", "log1p"),
    ("sin", "cos"),
    ("sinh", "cosh"),
    ("tan", "tanh"),
    ("maximum", "minimum", "add"),
    ("argmax", "argmin"),
    ("zeros_like", "ones_like"),
    ("zeros", "ones"),
    ("floor", "ceil", "round", "int"),
    ("sqrt", "square"),
    ("any", "all"),
    ("dot", "multiply", "outer"),
    ("append", "insert"),
)
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.MatMult),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
BINDS: dict[type[ast.operator], tuple[int, str]] = {
    ast.Add: (1, "+"),
    ast.Sub: (1, "-"),
    ast.Mult: (2, "*"),
    ast.Div: (2, "/"),
    ast.FloorDiv: (2, "//"),
    ast.MatMult: (2, "@"),
    ast.Pow: (3, "**"),
}
# A longer row of operands is not tried with other brackets.
LONGEST = 8
AXES, USUAL = (0, 1, -1, None), (0, 1, 2, 0.5)

# The way from the tree's root to a node: fields, and places in lists.
Place = tuple[str | int, ...]
IN_A_CLASS: Place = ("body", 0, "body", 0)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: the line it is in, its kind in words, and the answer after it."""

    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Change:
    """A node or a list of statements that another takes the place of."""

    place: Place
    line: int
    kind: str
    old: ast.AST | list[ast.stmt]
    new: ast.AST | list[ast.stmt]


def edits_of(text: str, lost: Sequence[str] = ()) -> Iterator[Edit]:
    """The candidates for an answer's cell, MOST at most, the likely ones first; none if it cannot be read.

    lost: the parts that are wrong.  If each is called like a method of the answer's, only these are changed.
    """
    try:
        tree = python_tree(text)
    except SyntaxError:
        return
    changes = list(_changes(_sites_of(tree, lost), _scope(tree)))
    known = {ast.unparse(tree)}
    for each in _one_by_one_then_together(changes):
        edit = _edited(tree, each)
        if edit and edit.text not in known:
            known.add(edit.text)
            yield edit
        if len(known) > MOST:
            return


def _one_by_one_then_together(changes: Sequence[_Change]) -> Iterator[Sequence[_Change]]:
    """Each change by itself, then those that write the same for the same in all their places."""
    alike: dict[tuple[str, str], list[_Change]] = {}
    for change in changes:
        yield [change]
        if isinstance(change.old, ast.expr) and isinstance(change.new, ast.expr):
            written = ast.unparse(change.old), ast.unparse(change.new)
            alike.setdefault(written, []).append(change)
    yield from [own for own in alike.values() if len(own) > 1]


def repair(
    session: Callable[[Limits], Session],
    limits: Limits,
    steps: Sequence[Step],
    judgement: Judgement,
    checks: Sequence[Check],
    *,
    told: bool,
) -> Diagnosis | None:
    """What one change makes every check of a failed exercise pass, or None.

    session: makes a fresh one with given limits.  limits: of the whole search.  told: whether the line may be told.
    """
    name = judgement.result.exercise
    own = [number for number, step in enumerate(steps) if step.exercise == name and step.text]
    if len(own) != 1:
        return None
    step = steps[own[0]]
    checked = [number for number, each in enumerate(steps) if each.check == name]
    before = steps[: max([*own, *checked]) + 1]
    failed = {finding.check for finding in judgement.result.findings if not finding.warning}
    # Nobody reads what is wrong with a candidate, and a hidden check does not write down what it tried.
    silent = [replace(check, hidden=True) for check in checks]
    ordered = sorted(silent, key=lambda check: check.text not in failed)
    with session(replace(limits, call=min(CALL, limits.call))) as trying:
        run_steps(trying, [each for each in before if not each.check])
        lost = [part.name for part in judgement.result.parts if part.earned < part.possible]
        found = _repairs_of_one_line(trying, step, lost, ordered)
        if not found:
            return None
    with session(limits) as proving:
        run_steps(proving, [each for each in before if not each.check])
        if not _passes(proving, step, found[0].text, checks):
            return None
    return _diagnosis(found, step, told=told)


def _repairs_of_one_line(
    session: Session, step: Step, lost: Sequence[str], checks: Sequence[Check]
) -> list[Edit]:
    """All edits with which every check passes; none if they are in several lines, or if time was over first."""
    found: list[Edit] = []
    for edit in edits_of(step.text, lost):
        if _passes(session, step, edit.text, checks):
            found.append(edit)
        if session.over or len({each.line for each in found}) > 1:
            return []
    return found


def _passes(session: Session, step: Step, text: str, checks: Sequence[Check]) -> bool:
    """Whether an answer passes all checks, which are tried up to the first that fails."""
    if session.over or session.run_one(text, step.line, step.given).failure:
        return False
    return all(_holds(session, check) for check in checks)


def _holds(student: Student, check: Check) -> bool:
    return all(finding.warning for finding in check.rule.judge(student, check).findings)


def _diagnosis(found: Sequence[Edit], step: Step, *, told: bool) -> Diagnosis:
    """In words: the line, with the student's own text, and the kind if all repairs are of one."""
    kinds = {edit.kind for edit in found}
    kind = kinds.pop() if len(kinds) == 1 else OTHER
    line, lines = found[0].line, step.text.splitlines()
    name = f"one change: {ALONE[kind]}"
    if not told or len([each for each in lines if each.strip()]) - 1 <= SHORT:
        return Diagnosis(name, f"One change makes every check pass: {ALONE[kind]}.")
    own = lines[line - 1].strip()
    where = f"line {step.line + line}, `{own}`,"
    return Diagnosis(name, f"One change makes every check pass: {where} {kind}.")


def _sites(node: ast.AST, place: Place = ()) -> Iterator[tuple[Place, ast.AST]]:
    """Every node in the order of the text, with its place; no annotations, defaults and docstrings."""
    yield place, node
    for field, value in ast.iter_fields(node):
        if field in ("args", "decorator_list", "returns") and isinstance(node, ast.FunctionDef):
            continue
        if isinstance(value, ast.AST):
            yield from _sites(value, (*place, field))
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, ast.AST) and not _is_text(each):
                    yield from _sites(each, (*place, field, number))


def _sites_of(tree: ast.AST, lost: Sequence[str]) -> Sites:
    """The nodes of the methods that are called like the parts that are wrong; all nodes if one is not."""
    sites = list(_sites(tree))
    methods = [
        (place, node.name)
        for place, node in sites
        if isinstance(node, ast.FunctionDef) and len(place) == len(IN_A_CLASS)
    ]
    called = {part: [place for place, name in methods if part in name] for part in lost}
    if not all(called.values()):
        return sites
    within = [place for places in called.values() for place in places]
    return [site for site in sites if not lost or any(site[0][: len(own)] == own for own in within)]


def _is_text(node: ast.AST) -> bool:
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(getattr(node, "value", None), ast.Constant)


def _scope(tree: ast.AST) -> list[str]:
    """The names that an answer binds, in the order in which it does."""
    names = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys([*names, *(node.id for node in stored)]))


Sites = Sequence[tuple[Place, ast.AST]]
Kind = Callable[[Place, ast.AST, Sequence[str]], Iterator[_Change]]


def _change(place: Place, old: ast.AST, kind: str, *new: ast.AST) -> Iterator[_Change]:
    for each in new:
        yield _Change(place, getattr(old, "lineno", 0), kind, old, each)


def _condition(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """A condition off: what stands behind it always happens, or never."""
    if isinstance(node, ast.If):
        yield _Change(place, node.lineno, SPECIAL, node, node.body)
        yield _Change(place, node.lineno, SPECIAL, node, node.orelse or [ast.Pass()])
    if isinstance(node, ast.IfExp):
        yield from _change(place, node, SPECIAL, node.body, node.orelse)
    if isinstance(node, ast.BoolOp):
        yield from _change(place, node, SPECIAL, *node.values)


def _call(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """A call dropped, another function of the family, the largest number taken away before exp."""
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield from _change(place, node, TOO_MUCH, node.func.value)
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield from _change(place, node, TOO_MUCH, node.args[0])
    yield from _change(place, node, OTHER, *_family(node))
    yield from _change(place, node, MISSING, *_shifted(node))


def _transpose(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """A transpose dropped, or put at an operand of a matrix product."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield from _change(place, node, TOO_MUCH, node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            turned = ast.Attribute(getattr(node, side), "T", ast.Load())
            yield from _change((*place, side), getattr(node, side), MISSING, turned)


def _brackets(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """Brackets about some of the operands in a row."""
    if not isinstance(node, ast.BinOp) or place[-1] in ("left", "right"):
        return
    row = _row(node)
    if len(row) > 2 * LONGEST:
        return
    for start in range(0, len(row), 2):
        for end in range(start + 3, len(row) + 1, 2):
            words = [*row[:start], "(", *row[start:end], ")", *row[end:]]
            statement = python_tree(" ".join(words)).body[0]
            yield from _change(place, node, BRACKETS, cast("ast.Expr", statement).value)


def _row(node: ast.expr) -> list[str]:
    """Operands and operators in turn, as they stand in a row without brackets."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in BINDS:
        plain = isinstance(node, (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript))
        return [ast.unparse(node) if plain else f"({ast.unparse(node)})"]
    binds, sign = BINDS[type(node.op)]
    sides = []
    for side, own in ((node.left, sign == "**"), (node.right, sign != "**")):
        inner = BINDS.get(type(side.op), (0, ""))[0] if isinstance(side, ast.BinOp) else 4
        alone = inner < binds or (inner == binds and own)
        sides.append([f"({ast.unparse(side)})"] if alone else _row(side))
    return [*sides[0], sign, *sides[1]]


def _move(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """A statement moved by one, or in or out of a block."""
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if isinstance(block, list) and not isinstance(node, ast.Module):
            for number in range(len(block)):
                yield from _moved((*place, field), block, number)


def _moved(place: Place, block: list[ast.stmt], number: int) -> Iterator[_Change]:
    before, here, after = block[:number], block[number], block[number + 1 :]
    if _is_text(here):
        return
    if after:
        new = [*before, after[0], here, *after[1:]]
        yield _Change(place, here.lineno, ORDER, block, new)
    if not isinstance(here, (ast.For, ast.While, ast.If)):
        return
    if len(here.body) > 1:
        shorter = copy.deepcopy(here)
        last = shorter.body.pop()
        yield _Change(place, last.lineno, ORDER, block, [*before, shorter, last, *after])
    if after:
        longer = copy.deepcopy(here)
        longer.body.append(after[0])
        yield _Change(place, after[0].lineno, ORDER, block, [*before, longer, *after[1:]])


def _operand(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """An operand or a statement dropped, `=` for `+=` and back."""
    if isinstance(node, ast.BinOp):
        yield from _change(place, node, TOO_MUCH, node.left, node.right)
    if isinstance(node, ast.UnaryOp):
        yield from _change(place, node, TOO_MUCH, node.operand)
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
            added = ast.AugAssign(target, ast.Add(), node.value)
            yield from _change(place, node, MISSING, added)
    if isinstance(node, ast.AugAssign):
        replaced = ast.Assign([node.target], node.value, lineno=node.lineno)
        yield from _change(place, node, TOO_MUCH, replaced)
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield from _change(place, node, TOO_MUCH, ast.Pass())


def _axis(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """Another slice or axis; an axis kept or not; a keyword left out."""
    if isinstance(node, ast.Slice):
        for low, high in ((None, None), (1, None), (None, -1)):
            ends = [None if end is None else ast.Constant(end) for end in (low, high)]
            changed = _Change(place, _line(node), OTHER, node, ast.Slice(*ends))
            yield changed
    if not isinstance(node, ast.Call):
        return
    for number, keyword in enumerate(node.keywords):
        yield from _change(place, node, TOO_MUCH, _with_keywords(node, number))
        for other in AXES if keyword.arg == "axis" else ():
            changed_keyword = ast.keyword("axis", ast.Constant(other))
            yield from _change(place, node, OTHER, _with_keywords(node, number, changed_keyword))
    kept = ast.keyword("keepdims", ast.Constant(value=True))
    if [k for k in node.keywords if k.arg == "axis"]:
        yield from _change(place, node, MISSING, _with_keywords(node, len(node.keywords), kept))


def _line(node: ast.AST) -> int:
    return next((n.lineno for n in ast.walk(node) if hasattr(n, "lineno")), 0)


def _with_keywords(node: ast.Call, place: int, *new: ast.keyword) -> ast.Call:
    """The call with others in place of one of its keywords."""
    changed = copy.deepcopy(node)
    changed.keywords[place : place + 1] = new
    return changed


def _name(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """A number one off; a number or name in place of which another name stands."""
    names = [ast.Name(name, ast.Load()) for name in scope]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        near = [ast.Constant(node.value + step) for step in (1, -1)]
        yield from _change(place, node, OTHER, *near, *names)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in scope:
        yield from _change(place, node, OTHER, *names)


def _copy(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """An argument copied, or turned into floats, at the top."""
    if isinstance(node, ast.FunctionDef):
        for argument in [a.arg for a in node.args.args if a.arg != "self"]:
            for made in ("{0} = {0}.copy()", "{0} = np.array({0}, dtype=float)"):
                new = [*python_tree(made.format(argument)).body, *node.body]
                yield _Change((*place, "body"), node.lineno, MISSING, node.body, new)


def _operator(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """Another operator or comparison; two results exchanged."""
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield from _change(place, node, OTHER, ast.BinOp(node.left, other(), node.right))
    if isinstance(node, ast.Compare):
        for turned in COMPARISONS.get(type(node.ops[0]), ()):
            changed = ast.Compare(node.left, [turned(), *node.ops[1:]], node.comparators)
            yield from _change(place, node, OTHER, changed)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for one in range(len(node.elts) - 1):
            first, second = node.elts[one : one + 2]
            others = [*node.elts[:one], second, first, *node.elts[one + 2 :]]
            yield from _change(place, node, ORDER, ast.Tuple(others, ast.Load()))


def _usual(place: Place, node: ast.AST, scope: Sequence[str]) -> Iterator[_Change]:
    """The usual numbers; twice, half or the negative of what is assigned or returned."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield from _change(place, node, OTHER, *map(ast.Constant, USUAL))
    plain = isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and node.value
    if not plain or isinstance(plain, (ast.Tuple, ast.Dict)):
        return
    yield from _change((*place, "value"), plain, MISSING, ast.UnaryOp(ast.USub(), plain))
    for factor in (2, 0.5):
        scaled = ast.BinOp(ast.Constant(factor), ast.Mult(), plain)
        yield from _change((*place, "value"), plain, MISSING, scaled)


# In order of worth, measured on answers of others; those of a group go through the answer together.
KINDS: tuple[tuple[Kind, ...], ...] = (
    (_condition,),
    (_call, _transpose),
    (_brackets,),
    (_move,),
    (_operand, _axis),
    (_name,),
    (_copy, _operator),
    (_usual,),
)


def _changes(sites: Sites, scope: Sequence[str]) -> Iterator[_Change]:
    """All changes, the likely ones first."""
    for group in KINDS:
        for place, node in sites:
            for kind in group:
                yield from kind(place, node, scope)


def _is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math")


def _family(node: ast.Call) -> Iterator[ast.Call]:
    """The call with another function of the same family."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    for other in [each for family in FAMILIES if name in family for each in family]:
        if other != name:
            changed = copy.deepcopy(node)
            field = "attr" if isinstance(changed.func, ast.Attribute) else "id"
            setattr(changed.func, field, other)
            yield changed


def _shifted(node: ast.Call) -> Iterator[ast.Call]:
    """The exponential of numbers from which the largest is taken; a largest number, or a sum, of each row."""
    name = getattr(node.func, "attr", "")
    if name == "exp" and node.args:
        given = ast.unparse(node.args[0])
        for axis in ("", ", axis=1, keepdims=True", ", axis=-1, keepdims=True"):
            changed = copy.deepcopy(node)
            shift = python_tree(f"({given}) - np.max({given}{axis})").body[0]
            changed.args[0] = cast("ast.Expr", shift).value
            yield changed
    if name in ("max", "sum", "mean") and not node.keywords:
        for axis_of in (1, 0):
            changed = copy.deepcopy(node)
            changed.keywords = [
                ast.keyword("axis", ast.Constant(axis_of)),
                ast.keyword("keepdims", ast.Constant(value=True)),
            ]
            yield changed


def _edited(tree: ast.Module, changes: Sequence[_Change]) -> Edit | None:
    """The answer with these changes, and the tree as it was; None if it is no program then."""
    undo: list[Callable[[], None]] = []
    try:
        for change in reversed(changes):
            undo.append(_put(tree, change))
        text = ast.unparse(ast.fix_missing_locations(tree))
        python_tree(text)
    except (SyntaxError, ValueError, AttributeError, TypeError, LookupError):
        return None  # one change may lie inside another
    finally:
        for back in reversed(undo):
            back()
    return Edit(changes[0].line, changes[0].kind, text)


def _put(tree: ast.AST, change: _Change) -> Callable[[], None]:
    """Put what is new into a tree at its place; what undoes it."""
    holder: Any = tree
    for step in change.place[:-1]:
        holder = holder[step] if isinstance(step, int) else getattr(holder, step)
    last = change.place[-1]
    if isinstance(last, str):
        before = getattr(holder, last)
        setattr(holder, last, change.new)
        return partial(setattr, holder, last, before)
    kept = list(holder)
    holder[last : last + 1] = change.new if isinstance(change.new, list) else [change.new]
    return partial(holder.__setitem__, slice(None), kept)
