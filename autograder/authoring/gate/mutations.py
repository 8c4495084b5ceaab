"""The kinds of small changes that make mutants, each as a function of a site in the syntax tree.

They know no exercise.  The usual kinds are from Offutt et al., "An experimental determination of sufficient mutant
operators" (1996); the others imitate mistakes in gradients: transposes, axes, `+=`, exchanged neighbours.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.grading.repair import FAMILIES

Operators = Mapping[type[ast.AST], tuple[type[ast.AST], ...]]

ARITHMETIC: Operators = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
}
ONE_SIDED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
COMPARISONS: Operators = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
# Conversions: without one an answer means the same, or stops at once.
CONVERSIONS = (
    "list",
    "tuple",
    "dict",
    "set",
    "float",
    "int",
    "len",
    "range",
    "enumerate",
    "zip",
    "isinstance",
)
# A number that is not whole is also multiplied by this.
FRACTION = 2.0
# A result times this keeps its first six digits only.
BLURRED = 1.000001
# A name is replaced by this many others: those that are bound just before and after it.
OTHERS = 3


@dataclass(frozen=True, slots=True)
class Site:
    """A node of the syntax tree, its position in its parent, and the names that may replace it.

    names: variables bound before it in its functions.  attributes: those that the answer writes.  keys: strings that
    the answer uses as keys.
    """

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    line: int
    names: tuple[str, ...]
    attributes: tuple[str, ...]
    keys: tuple[str, ...]

    def put(self, other: ast.AST) -> None:
        """Put `other` in the node's position."""
        if self.index is None:
            setattr(self.parent, self.field, other)
        else:
            getattr(self.parent, self.field)[self.index] = other


Changes = Iterator[ast.AST]


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _without(items: Sequence[ast.AST], index: int) -> list[ast.AST]:
    return [*items[:index], *items[index + 1 :]]


def _nearest(name: str, names: Sequence[str]) -> list[str]:
    """The other names, nearest first, at most OTHERS."""
    where = names.index(name)
    others = sorted((i for i in range(len(names)) if i != where), key=lambda i: abs(i - where))
    return [names[i] for i in others[:OTHERS]]


def _operator(site: Site) -> Changes:
    node = site.node
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from (_changed(node, op=other()) for other in ARITHMETIC.get(type(node.op), ()))


def _operand(site: Site) -> Changes:
    """Leave out a factor or a term, or exchange the two where their order matters."""
    node = site.node
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
        if isinstance(node.op, ONE_SIDED):
            yield _changed(node, left=node.right, right=node.left)


def _sign(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if _is_result(site):
        assert isinstance(node, ast.expr)
        yield ast.UnaryOp(ast.USub(), node)


def _precision(site: Site) -> Changes:
    """Keep only the first six digits of a result."""
    if _is_result(site):
        assert isinstance(site.node, ast.expr)
        yield ast.BinOp(site.node, ast.Mult(), ast.Constant(BLURRED))


def _is_result(site: Site) -> bool:
    """Whether the node is a computed value that is assigned or returned, alone or in a tuple."""
    node, parent = site.node, site.parent
    returned = isinstance(parent, ast.Return) or (
        isinstance(parent, ast.Tuple) and site.field == "elts"
    )
    assigned = isinstance(parent, (ast.Assign, ast.AugAssign)) and site.field == "value"
    computed = (ast.BinOp, ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    return (returned or assigned) and isinstance(node, computed) and loaded


def _comparison(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield _changed(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _constant(site: Site) -> Changes:
    """Change a number by one, its sign or its size; negate a truth value."""
    node = site.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (bool, int, float)):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
        return
    signed = isinstance(site.parent, ast.UnaryOp)
    others = [value + 1, value - 1] if value == int(value) else [FRACTION * value, value + 1]
    for other in (*others, *([] if signed else [-value])):
        if other != value:
            yield (
                ast.Constant(other) if other >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-other))
            )


def _key(site: Site) -> Changes:
    node, parent = site.node, site.parent
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        looked_up = (
            isinstance(parent, ast.Subscript) and site.field == "slice"
        ) or site.field == "keys"
        yield from (
            ast.Constant(key) for key in (_nearest(node.value, site.keys) if looked_up else ())
        )


def _transpose(site: Site) -> Changes:
    node = site.node
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    if isinstance(node, ast.Attribute) and turned:
        yield node.value
    multiplied = isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult)
    if isinstance(node, ast.expr) and multiplied and not turned:
        yield ast.Attribute(node, "T", ast.Load())


def _overwrite(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


def _delete(site: Site) -> Changes:
    if isinstance(site.node, ast.stmt) and not isinstance(site.node, ast.Pass):
        yield ast.Pass()


def _keyword(site: Site) -> Changes:
    """Leave out an option: axis, keepdims, dtype."""
    node = site.node
    if isinstance(node, ast.Call):
        yield from (
            _changed(node, keywords=_without(node.keywords, i)) for i in range(len(node.keywords))
        )


def _call(site: Site) -> Changes:
    """Replace a call by its first argument, or a method call by its object."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    function = node.func
    method = isinstance(function, ast.Attribute) and not (
        isinstance(function.value, ast.Name) and function.value.id not in site.names
    )
    if isinstance(function, ast.Attribute) and method:
        yield function.value
    elif node.args and getattr(function, "id", getattr(function, "attr", "")) not in CONVERSIONS:
        yield node.args[0]


def _function(site: Site) -> Changes:
    node = site.node
    if not isinstance(node, ast.Call):
        return
    function = node.func
    if isinstance(function, ast.Attribute):
        yield from (
            _changed(node, func=_changed(function, attr=o)) for o in _relatives(function.attr)
        )
    elif isinstance(function, ast.Name):
        # Only those that Python knows without a module.
        known = [o for o in _relatives(function.id) if o in ("sum", "max", "min", "any", "all")]
        yield from (_changed(node, func=ast.Name(o, ast.Load())) for o in known)


def _relatives(name: str) -> list[str]:
    return [other for family in FAMILIES if name in family for other in family if other != name]


def _arguments(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        yield _changed(node, args=[node.args[1], node.args[0], *node.args[2:]])


def _name(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in site.names:
        yield from (ast.Name(other, ast.Load()) for other in _nearest(node.id, site.names))


def _attribute(site: Site) -> Changes:
    node = site.node
    if isinstance(node, ast.Attribute) and node.attr in site.attributes:
        yield from (_changed(node, attr=other) for other in _nearest(node.attr, site.attributes))


def _result(site: Site) -> Changes:
    """Return the members of a tuple in another order, or without one."""
    node = site.node
    if isinstance(site.parent, ast.Return) and isinstance(node, ast.Tuple):
        for i in range(len(node.elts) - 1):
            yield _changed(
                node, elts=[*node.elts[:i], node.elts[i + 1], node.elts[i], *node.elts[i + 2 :]]
            )
        for i in range(len(node.elts)):
            rest = _without(node.elts, i)
            yield _changed(node, elts=rest) if len(rest) > 1 else rest[0]


def _condition(site: Site) -> Changes:
    """Negate a condition, make it always true or never true, or leave out one of several."""
    node = site.node
    if isinstance(node, (ast.If, ast.While)):
        negated = (
            node.test.operand
            if isinstance(node.test, ast.UnaryOp)
            else ast.UnaryOp(ast.Not(), node.test)
        )
        tests = (negated, ast.Constant(True), ast.Constant(False))
        yield from (_changed(node, test=test) for test in tests)
    if isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse, _changed(node, body=node.orelse, orelse=node.body))
    if isinstance(node, ast.BoolOp):
        yield _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from _fewer(node)
    if isinstance(node, ast.comprehension):
        yield from (_changed(node, ifs=_without(node.ifs, i)) for i in range(len(node.ifs)))


def _fewer(node: ast.BoolOp) -> Changes:
    for i in range(len(node.values)):
        rest = _without(node.values, i)
        yield _changed(node, values=rest) if len(rest) > 1 else rest[0]


def _slice(site: Site) -> Changes:
    """Leave out an end of a slice or an index, or move an end by one."""
    node = site.node
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            end = getattr(node, field)
            if end is not None:
                yield _changed(node, **{field: None})
            if end is not None and not isinstance(
                end, (ast.Constant, ast.UnaryOp)
            ):  # whose numbers change elsewhere
                for operator in (ast.Add(), ast.Sub()):
                    yield _changed(node, **{field: ast.BinOp(end, operator, ast.Constant(1))})
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value


def _loop(site: Site) -> Changes:
    """Leave out the first or the last round of a loop, or reverse its order."""
    node = site.node
    if isinstance(node, (ast.For, ast.comprehension)):
        every = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
        for lower, upper in (
            (ast.Constant(1), None),
            (None, ast.UnaryOp(ast.USub(), ast.Constant(1))),
        ):
            yield _changed(node, iter=ast.Subscript(every, ast.Slice(lower, upper), ast.Load()))
        yield _changed(node, iter=ast.Call(ast.Name("reversed", ast.Load()), [every], []))


# In the order in which they are tried: of two equal changes, the first gives the mutant its kind.
KINDS: Mapping[str, Callable[[Site], Changes]] = {
    "operator": _operator,
    "operand": _operand,
    "sign": _sign,
    "precision": _precision,
    "comparison": _comparison,
    "constant": _constant,
    "transpose": _transpose,
    "overwrite": _overwrite,
    "keyword": _keyword,
    "call": _call,
    "function": _function,
    "arguments": _arguments,
    "result": _result,
    "condition": _condition,
    "slice": _slice,
    "loop": _loop,
    "attribute": _attribute,
    "key": _key,
    "name": _name,
    "delete": _delete,
}
