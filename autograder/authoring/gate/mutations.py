"""What can be wrong in one place of an answer: each kind of small change, as a function of that place.

A change is generated from the syntax tree alone, so it knows no exercise.  Source of the usual kinds: Offutt et al.,
"An experimental determination of sufficient mutant operators" (1996); the others are what goes wrong in gradients:
transposes, axes, `+=`, exchanged neighbours.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
# Functions and methods that are easily taken for one another.
FAMILIES = (
    ("sum", "mean", "max", "min", "prod"),
    ("exp", "log"),
    ("expm1", "log1p"),
    ("sin", "cos"),
    ("sinh", "cosh"),
    ("tan", "tanh"),
    ("maximum", "minimum", "add"),
    ("argmax", "argmin"),
    ("zeros_like", "ones_like"),
    ("zeros", "ones"),
    ("floor", "ceil"),
    ("sqrt", "square"),
    ("any", "all"),
    ("dot", "multiply", "outer"),
    ("append", "insert"),
)
# What only converts: without it an answer means the same, or stops at once.
CONVERSIONS = ("list", "tuple", "dict", "set", "float", "int", "len", "range", "enumerate", "zip", "isinstance")
# A number that is no whole one is also taken so many times as large.
FRACTION = 2.0
# What a result is multiplied by that keeps its first six digits.
BLURRED = 1.000001
# By how many others a name is replaced: those that are bound next before and after it are the ones mistaken for it.
OTHERS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the syntax tree, where it hangs, and the names that mean something there.

    names: variables bound before it in its functions.  attributes: those that the answer writes.  keys: texts that it
    looks things up by.
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
        """Hang `other` where the node hangs."""
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
    """The other names that stand next to this one."""
    where = names.index(name)
    others = sorted((i for i in range(len(names)) if i != where), key=lambda i: abs(i - where))
    return [names[i] for i in others[:OTHERS]]


def _operator(place: Place) -> Changes:
    node = place.node
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from (_changed(node, op=other()) for other in ARITHMETIC.get(type(node.op), ()))


def _operand(place: Place) -> Changes:
    """A factor or a term forgotten, or the two exchanged where their order matters."""
    node = place.node
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
        if isinstance(node.op, ONE_SIDED):
            yield _changed(node, left=node.right, right=node.left)


def _sign(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if _is_result(place):
        assert isinstance(node, ast.expr)
        yield ast.UnaryOp(ast.USub(), node)


def _precision(place: Place) -> Changes:
    """A result of which only the first six digits are right."""
    if _is_result(place):
        assert isinstance(place.node, ast.expr)
        yield ast.BinOp(place.node, ast.Mult(), ast.Constant(BLURRED))


def _is_result(place: Place) -> bool:
    """Whether the node is something computed that is kept or returned, alone or in a tuple."""
    node, parent = place.node, place.parent
    returned = isinstance(parent, ast.Return) or (isinstance(parent, ast.Tuple) and place.field == "elts")
    assigned = isinstance(parent, (ast.Assign, ast.AugAssign)) and place.field == "value"
    computed = (ast.BinOp, ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    return (returned or assigned) and isinstance(node, computed) and loaded


def _comparison(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield _changed(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _constant(place: Place) -> Changes:
    """A number one off, or of the other sign, or twice as large; a truth the other way round."""
    node = place.node
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (bool, int, float)):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
        return
    signed = isinstance(place.parent, ast.UnaryOp)
    others = [value + 1, value - 1] if value == int(value) else [FRACTION * value, value + 1]
    for other in (*others, *([] if signed else [-value])):
        if other != value:
            yield ast.Constant(other) if other >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-other))


def _key(place: Place) -> Changes:
    node, parent = place.node, place.parent
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        looked_up = (isinstance(parent, ast.Subscript) and place.field == "slice") or place.field == "keys"
        yield from (ast.Constant(key) for key in (_nearest(node.value, place.keys) if looked_up else ()))


def _transpose(place: Place) -> Changes:
    node = place.node
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    if isinstance(node, ast.Attribute) and turned:
        yield node.value
    multiplied = isinstance(place.parent, ast.BinOp) and isinstance(place.parent.op, ast.MatMult)
    if isinstance(node, ast.expr) and multiplied and not turned:
        yield ast.Attribute(node, "T", ast.Load())


def _overwrite(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


def _delete(place: Place) -> Changes:
    if isinstance(place.node, ast.stmt) and not isinstance(place.node, ast.Pass):
        yield ast.Pass()


def _keyword(place: Place) -> Changes:
    """An option left out: axis, keepdims, dtype."""
    node = place.node
    if isinstance(node, ast.Call):
        yield from (_changed(node, keywords=_without(node.keywords, i)) for i in range(len(node.keywords)))


def _call(place: Place) -> Changes:
    """A function forgotten: its first argument, or what its method belongs to, as it is."""
    node = place.node
    if not isinstance(node, ast.Call):
        return
    function = node.func
    method = isinstance(function, ast.Attribute) and not (
        isinstance(function.value, ast.Name) and function.value.id not in place.names
    )
    if isinstance(function, ast.Attribute) and method:
        yield function.value
    elif node.args and getattr(function, "id", getattr(function, "attr", "")) not in CONVERSIONS:
        yield node.args[0]


def _function(place: Place) -> Changes:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    function = node.func
    if isinstance(function, ast.Attribute):
        yield from (_changed(node, func=_changed(function, attr=o)) for o in _relatives(function.attr))
    elif isinstance(function, ast.Name):
        # Of these, the ones that Python knows without a module.
        known = [o for o in _relatives(function.id) if o in ("sum", "max", "min", "any", "all")]
        yield from (_changed(node, func=ast.Name(o, ast.Load())) for o in known)


def _relatives(name: str) -> list[str]:
    return [other for family in FAMILIES if name in family for other in family if other != name]


def _arguments(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        yield _changed(node, args=[node.args[1], node.args[0], *node.args[2:]])


def _name(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in place.names:
        yield from (ast.Name(other, ast.Load()) for other in _nearest(node.id, place.names))


def _attribute(place: Place) -> Changes:
    node = place.node
    if isinstance(node, ast.Attribute) and node.attr in place.attributes:
        yield from (_changed(node, attr=other) for other in _nearest(node.attr, place.attributes))


def _result(place: Place) -> Changes:
    """What is returned in another order, or without one of its members."""
    node = place.node
    if isinstance(place.parent, ast.Return) and isinstance(node, ast.Tuple):
        for i in range(len(node.elts) - 1):
            yield _changed(node, elts=[*node.elts[:i], node.elts[i + 1], node.elts[i], *node.elts[i + 2 :]])
        for i in range(len(node.elts)):
            rest = _without(node.elts, i)
            yield _changed(node, elts=rest) if len(rest) > 1 else rest[0]


def _condition(place: Place) -> Changes:
    """A condition turned round, always true or never true; one of several conditions left out."""
    node = place.node
    if isinstance(node, (ast.If, ast.While)):
        negated = node.test.operand if isinstance(node.test, ast.UnaryOp) else ast.UnaryOp(ast.Not(), node.test)
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


def _slice(place: Place) -> Changes:
    """The ends of a slice left out or one off, and an index left out."""
    node = place.node
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            end = getattr(node, field)
            if end is not None:
                yield _changed(node, **{field: None})
            if end is not None and not isinstance(end, (ast.Constant, ast.UnaryOp)):  # whose numbers change elsewhere
                for operator in (ast.Add(), ast.Sub()):
                    yield _changed(node, **{field: ast.BinOp(end, operator, ast.Constant(1))})
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value


def _loop(place: Place) -> Changes:
    """The first or the last round left out, or all rounds from the end."""
    node = place.node
    if isinstance(node, (ast.For, ast.comprehension)):
        every = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
        for lower, upper in ((ast.Constant(1), None), (None, ast.UnaryOp(ast.USub(), ast.Constant(1)))):
            yield _changed(node, iter=ast.Subscript(every, ast.Slice(lower, upper), ast.Load()))
        yield _changed(node, iter=ast.Call(ast.Name("reversed", ast.Load()), [every], []))


# In the order in which they are tried: of two changes that come to the same, the first gives the mutant its kind.
KINDS: Mapping[str, Callable[[Place], Changes]] = {
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
