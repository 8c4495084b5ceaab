"""Rewrites of statements and of whole functions, each at a drawn place.

A rewrite changes a tree and says whether it found a place.  It need not be right everywhere: the oracle throws away
what does not equal the original.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from benchmarks.rewrites.rules import expression, rewritten

Rewrite = Callable[[ast.Module, np.random.Generator], bool]
Function = ast.FunctionDef
Slot = tuple[ast.AST, str, int | None, ast.expr]
SIMPLE = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)
# Inside these an expression runs another number of times than its statement.
DEFERRED = (
    ast.Lambda,
    ast.IfExp,
    ast.BoolOp,
    ast.ListComp,
    ast.GeneratorExp,
    ast.DictComp,
    ast.SetComp,
)
WORDS = (
    "value",
    "result",
    "total",
    "part",
    "thing",
    "current",
    "answer",
    "number",
    "piece",
    "local",
)


def functions(tree: ast.AST) -> list[Function]:
    """All functions and methods, inner ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def outer_functions(tree: ast.Module) -> list[Function]:
    """The functions of a cell and the methods of its classes."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    return [node for body in bodies for node in body if isinstance(node, ast.FunctionDef)]


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements inside the functions."""
    for function in functions(tree):
        for node in ast.walk(function):
            for name in ("body", "orelse"):
                body = getattr(node, name, None)
                if isinstance(body, list) and body:
                    yield body


def drawn(found: Sequence[Any], rng: np.random.Generator) -> Any:
    """One of what was found; None of nothing."""
    return found[rng.integers(len(found))] if found else None


def fresh(tree: ast.AST, rng: np.random.Generator) -> str:
    """A name that the tree does not use."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    used |= {function.name for function in functions(tree)}
    word = WORDS[rng.integers(len(WORDS))]
    names = (word if not n else f"{word}_{n}" for n in count())
    return next(name for name in names if name not in used)


def block(text: str) -> list[ast.stmt]:
    """The statements of a text."""
    return ast.parse(text).body


def _slots(node: ast.AST) -> Iterator[Slot]:
    """Where the expressions of a node stand: the node, its field, the place in a list, the expression."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            yield node, field, None, value
        elif isinstance(value, list):
            yield from ((node, field, i, v) for i, v in enumerate(value) if isinstance(v, ast.expr))


def _put(node: ast.AST, field: str, place: int | None, other: ast.expr) -> None:
    if place is None:
        setattr(node, field, other)
    else:
        getattr(node, field)[place] = other


def an_expression(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Write an expression in another way."""
    inside = [each for function in functions(tree) for each in function.body]
    slots = [slot for each in inside for node in ast.walk(each) for slot in _slots(node)]
    for i in rng.permutation(len(slots)):
        *place, node = slots[i]
        if other := rewritten(node, rng):
            _put(*place, other)
            return True
    return False


def _simple(tree: ast.Module) -> list[tuple[list[ast.stmt], int]]:
    return [(b, i) for b in bodies(tree) for i, each in enumerate(b) if isinstance(each, SIMPLE)]


def _at_once(node: ast.AST) -> Iterator[tuple[ast.AST, str, ast.expr]]:
    """The operands in a statement that run exactly once, each with where it stands."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.expr) and not isinstance(value, DEFERRED):
            if isinstance(value, (ast.BinOp, ast.Call, ast.Subscript)) and name in (
                "left",
                "right",
                "value",
                "operand",
            ):
                yield node, name, value
            yield from _at_once(value)


def temporary(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Give an operand a name on a line of its own, or in its place."""
    places = [
        (b, i, p)
        for b, i in _simple(tree)
        for p in _at_once(b[i])
        if isinstance(getattr(p[2], "ctx", ast.Load()), ast.Load)
    ]
    if not places:
        return False
    body, i, (node, field, operand) = places[rng.integers(len(places))]
    name = fresh(tree, rng)
    if rng.integers(4) == 0:
        setattr(node, field, ast.NamedExpr(ast.Name(name, ast.Store()), operand))
        return True
    setattr(node, field, ast.Name(name, ast.Load()))
    body.insert(i, ast.Assign([ast.Name(name, ast.Store())], operand))
    return True


def own_function(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Compute an operand in an inner function."""
    places = [
        (b, i, p) for b, i in _simple(tree) for p in _at_once(b[i]) if isinstance(p[2], ast.BinOp)
    ]
    if not places:
        return False
    body, i, (node, field, operand) = places[rng.integers(len(places))]
    name = fresh(tree, rng)
    setattr(node, field, ast.Call(ast.Name(name, ast.Load()), [], []))
    made = block(f"def {name}(): return 0" if rng.integers(2) else f"{name} = lambda: 0")[0]
    holder = made.body[0] if isinstance(made, ast.FunctionDef) else made.value
    setattr(holder, "value" if isinstance(holder, ast.Return) else "body", operand)
    body.insert(i, made)
    return True


def branches(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Turn an if round, end it early, or write a choice as an if."""
    places = []
    for body in bodies(tree):
        for i, each in enumerate(body):
            chosen = getattr(each, "value", None)
            if isinstance(each, ast.If) or (
                isinstance(each, (ast.Return, ast.Assign)) and isinstance(chosen, ast.IfExp)
            ):
                places.append((body, i, each))
    if not places:
        return False
    body, i, each = places[rng.integers(len(places))]
    if not isinstance(each, ast.If):
        yes, no = copy.deepcopy(each), copy.deepcopy(each)
        yes.value, no.value = each.value.body, each.value.orelse
        body[i] = ast.If(each.value.test, [yes], [no])
    elif isinstance(each.body[-1], ast.Return) and each.orelse:
        body[i : i + 1] = [ast.If(each.test, each.body, []), *each.orelse]
    elif isinstance(each.body[-1], ast.Return) and body[i + 1 :]:
        body[i:] = [ast.If(each.test, each.body, body[i + 1 :])]
    else:
        turned = ast.UnaryOp(ast.Not(), each.test)
        body[i] = ast.If(turned, each.orelse or [ast.Pass()], each.body)
    return True


def steps(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Write x += y as x = x + y and back, or several targets one by one."""
    places = [(b, i) for b, i in _simple(tree) if _stepped(b[i])]
    if not places:
        return False
    body, i = places[rng.integers(len(places))]
    body[i : i + 1] = _stepped(body[i])
    return True


def _stepped(each: ast.stmt) -> list[ast.stmt]:
    if isinstance(each, ast.AugAssign):
        now = copy.deepcopy(each.target)
        now.ctx = ast.Load()
        return [ast.Assign([each.target], ast.BinOp(now, each.op, each.value))]
    if not isinstance(each, ast.Assign) or len(each.targets) != 1:
        return []
    [target] = each.targets
    if isinstance(each.value, ast.BinOp) and ast.unparse(each.value.left) == ast.unparse(target):
        return [ast.AugAssign(target, each.value.op, each.value.right)]
    if isinstance(target, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in target.elts):
        if isinstance(each.value, ast.Tuple):
            pairs = zip(target.elts, each.value.elts, strict=True)
            return [ast.Assign([one], value) for one, value in pairs]
        held = [
            ast.Assign(
                [ast.Name("held", ast.Store())], ast.Call(expression("list"), [each.value], [])
            )
        ]
        return [
            *held,
            *(ast.Assign([one], expression(f"held[{i}]")) for i, one in enumerate(target.elts)),
        ]
    return []


def loops(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Write a for as a while, over a range or over an iterator, or as a recursion."""
    places = [
        (b, i)
        for b in bodies(tree)
        for i, each in enumerate(b)
        if isinstance(each, ast.For) and not each.orelse
    ]
    if not places:
        return False
    body, i = places[rng.integers(len(places))]
    loop, name = body[i], fresh(tree, rng)
    assert isinstance(loop, ast.For)
    if any(isinstance(node, (ast.Break, ast.Continue)) for node in ast.walk(loop)):
        return False
    if rng.integers(3) == 0 and not any(
        isinstance(n, (ast.Return, ast.Yield)) for n in ast.walk(loop)
    ):
        return _recursion(tree, body, i, name)
    if rng.integers(2):
        made = block(f"{name} = list(0)\nwhile {name}:\n    x = {name}.pop(0)")
        made[0].value.args[0] = loop.iter
        made[1].body[0].targets = [loop.target]
        made[1].body += loop.body
    else:
        made = block(
            f"{name} = iter(0)\nwhile True:\n    try: x = next({name})\n    except StopIteration: break"
        )
        made[0].value.args[0] = loop.iter
        made[1].body[0].body[0].targets = [loop.target]
        made[1].body += loop.body
    body[i : i + 1] = made
    return True


def _stored(nodes: Sequence[ast.AST]) -> list[str]:
    names = (
        n.id
        for each in nodes
        for n in ast.walk(each)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )
    return list(dict.fromkeys(names))


RECURSION = """\
def {name}(rest):
    nonlocal {stored}
    if rest:
        x = rest[0]
        {name}(rest[1:])
{name}(list(0))
"""


def _recursion(tree: ast.Module, body: list[ast.stmt], i: int, name: str) -> bool:
    """Only of a loop that stands in the body of a function itself."""
    owner = next((f for f in functions(tree) if f.body is body), None)
    loop = body[i]
    if owner is None or not isinstance(loop, ast.For):
        return False
    known = {*_stored(body[:i]), *(a.arg for a in owner.args.args)}
    new = [n for n in _stored([loop]) if n not in known]
    made = block(RECURSION.format(name=name, stored=", ".join(_stored([loop]))))
    inner = made[0].body[1].body
    inner[0].targets = [loop.target]
    inner[1:1] = loop.body
    made[1].value.args[0].args[0] = loop.iter
    body[i : i + 1] = [*block("\n".join(f"{n} = None" for n in new)), *made]
    return True


def comprehensions(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Write a comprehension as a loop that appends, or as a generator."""
    places = []
    for body, i in _simple(tree):
        for node in ast.walk(body[i]):
            if not isinstance(node, DEFERRED):
                made = (s for s in _slots(node) if isinstance(s[3], (ast.ListComp, ast.DictComp)))
                places += [(body, i, slot) for slot in made]
    if not places:
        return False
    body, i, (node, field, place, made) = places[rng.integers(len(places))]
    name = fresh(tree, rng)
    lazy = isinstance(made, ast.ListComp) and rng.integers(2)
    _put(node, field, place, expression(f"list({name}())" if lazy else name))
    if lazy:
        [function] = block(f"def {name}(): pass")
        function.body = [_looped(made, ast.Expr(ast.Yield(made.elt)))]
        body.insert(i, function)
    elif isinstance(made, ast.ListComp):
        append = expression(f"{name}.append(0)")
        append.args = [made.elt]
        body[i:i] = [*block(f"{name} = []"), _looped(made, ast.Expr(append))]
    else:
        target = ast.Subscript(expression(name), made.key, ast.Store())
        body[i:i] = [*block(f"{name} = {{}}"), _looped(made, ast.Assign([target], made.value))]
    return True


def _looped(made: ast.ListComp | ast.DictComp, inner: ast.stmt) -> ast.stmt:
    """The loops and conditions of a comprehension about a statement."""
    for each in reversed(made.generators):
        for test in reversed(each.ifs):
            inner = ast.If(test, [inner], [])
        inner = ast.For(each.target, each.iter, [inner], [])
    return inner


# A body in another function; `pass` stands for it.
WRAPPERS = (
    "def {n}({a}): pass\nreturn {n}({a})",
    "def {n}({a}): pass\nreturn (lambda *given: {n}(*given))({a})",
    "class {n}:\n    @staticmethod\n    def run({a}): pass\nreturn {n}.run({a})",
    "class {n}:\n    def __call__(itself, {a}): pass\nreturn {n}()({a})",
    "def {n}({a}): pass\nreturn {{'run': {n}}}['run']({a})",
    "def {n}({a}): pass\nreturn next({n}({a}))",
)


def wrapped(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Put a body into a closure, a class or a generator."""
    function = drawn(outer_functions(tree), rng)
    if function is None or function.name.startswith("__"):
        return False
    wrapper = drawn(WRAPPERS, rng)
    given = ", ".join(a.arg for a in function.args.args)
    made = block(wrapper.format(n=fresh(tree, rng), a=given))
    inner = next(f for each in made for f in ast.walk(each) if isinstance(f, ast.FunctionDef))
    first = 1 if ast.get_docstring(function) else 0
    inner.body = function.body[first:]
    if "next(" in wrapper:
        if not isinstance(inner.body[-1], ast.Return):
            return False
        inner.body = [_yielding(each) for each in inner.body]
    function.body = [*function.body[:first], *made]
    return True


def _yielding(node: Any) -> Any:
    """The statement with each return of the function itself as a yield; the caller asks for no second one."""

    class Yield(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            return node

        def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
            return node

        def visit_Return(self, node: ast.Return) -> ast.stmt:
            return ast.Expr(ast.Yield(node.value))

    return Yield().visit(node)


def names(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Give the local variables of a function other names."""
    function = drawn(outer_functions(tree), rng)
    if function is None:
        return False
    kept = {a.arg for f in functions(function) for a in f.args.args} | set(dir(builtins))
    kept |= {n for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for n in node.names}
    form = drawn(("my_{}", "{}_", "the_{}", "{}_now", "x{}"), rng)
    changed = {name: form.format(name) for name in _stored(function.body) if name not in kept}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = changed.get(node.id, node.id)
    return bool(changed)


def alias(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Import NumPy by another name."""
    function = drawn(outer_functions(tree), rng)
    if function is None or "np." not in ast.unparse(function):
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == "np":
            node.id = "numpy"
    function.body.insert(1 if ast.get_docstring(function) else 0, block("import numpy")[0])
    return True


def returns(tree: ast.Module, rng: np.random.Generator) -> bool:
    """Return a list for a tuple, a number of another type, or name what is returned first."""
    places = [(b, i) for b, i in _simple(tree) if isinstance(b[i], ast.Return) and b[i].value]
    if not places:
        return False
    body, i = places[rng.integers(len(places))]
    each = body[i]
    assert isinstance(each, ast.Return) and each.value
    name = fresh(tree, rng)
    if isinstance(each.value, ast.Tuple) and rng.integers(2):
        each.value = ast.List(each.value.elts, ast.Load())
        return True
    form = drawn(("{}", "{}", "float({})", "np.float64({})", "np.asarray({})", "({})"), rng)
    body[i:] = [
        ast.Assign([ast.Name(name, ast.Store())], each.value),
        *block(f"return {form.format(name)}"),
    ]
    return True


REWRITES: tuple[Rewrite, ...] = (
    *(an_expression,) * 6,
    *(temporary, own_function, branches, steps, loops, loops, comprehensions, comprehensions),
    *(wrapped, names, alias, returns),
)


def rewrite(text: str, rng: np.random.Generator, most: int = 6) -> str:
    """A text after one to `most` rewrites."""
    tree = ast.parse(text)
    for _ in range(rng.integers(1, most + 1)):
        drawn(REWRITES, rng)(tree, rng)
        tree = ast.parse(ast.unparse(ast.fix_missing_locations(tree)))
    return ast.unparse(tree)
