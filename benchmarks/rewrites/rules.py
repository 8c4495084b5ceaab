"""Rewrites of expressions, as a table of patterns.  A single capital letter stands for any expression."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping

import numpy as np

# On the left what is found, on the right what may stand for it.  Not all of them fit everywhere: `math.exp` takes no
# array.  The oracle throws away what is not equal.
TABLE: Mapping[str, tuple[str, ...]] = {
    "A + B": ("B + A", "A - -B", "np.add(A, B)", "sum((A, B))"),
    "A - B": ("A + -B", "-(B - A)", "-B + A", "np.subtract(A, B)"),
    "A * B": ("B * A", "np.multiply(A, B)"),
    "A + B + C": ("A + (B + C)", "A + C + B"),
    "A * B * C": ("A * (B * C)", "A * C * B"),
    "A * (B + C)": ("A * B + A * C",),
    "A / B": ("A * (1 / B)", "np.divide(A, B)"),
    "A**2": ("A * A", "np.square(A)", "pow(A, 2)", "np.power(A, 2)"),
    "2 * A": ("A + A", "A * 2.0"),
    "-A": ("-1 * A", "0 - A", "np.negative(A)"),
    "1 - A**2": ("(1 - A) * (1 + A)",),
    "A * (1 - A)": ("A - A**2", "A - A * A"),
    "A @ B": (
        "np.dot(A, B)",
        "np.matmul(A, B)",
        "np.tensordot(A, B, axes=1)",
        "(B.T @ A.T).T",
        "np.inner(A, B.T)",
        'np.einsum("ij,jk->ik", A, B)',
        'np.einsum("ij,j->i", A, B)',
        'np.einsum("i,i->", A, B)',
        "np.array([[sum(one * two for one, two in zip(row, column)) for column in B.T] for row in A])",
        "np.array([np.sum(row * B) for row in A])",
        "sum(one * two for one, two in zip(A, B))",
    ),
    "A.T": ("np.transpose(A)", "A.transpose()", "np.swapaxes(A, 0, -1)", "np.array(list(zip(*A)))"),
    "np.sum(A)": ("A.sum()", "np.add.reduce(np.ravel(A))", "sum(np.ravel(A))", "math.fsum(np.ravel(A))"),
    "A.sum(axis=0)": (
        "np.sum(A, axis=0)",
        "np.add.reduce(A)",
        "np.ones(len(A)) @ A",
        "sum(A)",
        "A.T.sum(axis=-1).T",
        'np.einsum("n...->...", A)',
    ),
    "np.sum(A, axis=1, keepdims=True)": (
        "A.sum(axis=1)[:, None]",
        "np.sum(A, axis=-1).reshape(-1, 1)",
        "np.array([[sum(row)] for row in A])",
    ),
    "A.sum(axis=1, keepdims=True)": ("np.sum(A, axis=1)[:, None]", "np.array([[sum(row)] for row in A])"),
    "A.max(axis=1, keepdims=True)": ("np.max(A, axis=1)[:, None]", "np.array([[max(row)] for row in A])"),
    "np.mean(A)": ("np.sum(A) / np.size(A)", "A.mean()", "np.average(A)"),
    "np.max(A)": ("np.amax(A)", "np.sort(np.ravel(A))[-1]", "max(np.ravel(A))"),
    "np.exp(A)": ("math.exp(A)", "1 / np.exp(-A)", "np.e**A"),
    "np.sin(A)": ("math.sin(A)", "-np.sin(-A)", "np.cos(A - np.pi / 2)"),
    "np.cos(A)": ("math.cos(A)", "np.cos(-A)", "np.sin(A + np.pi / 2)"),
    "np.tanh(A)": ("math.tanh(A)", "np.sinh(A) / np.cosh(A)", "2 / (1 + np.exp(-2 * A)) - 1"),
    "np.log(A)": ("np.log2(A) * np.log(2)", "math.log(A)", "-np.log(1 / A)"),
    "math.sin(A)": ("np.sin(A)", "-math.sin(-A)"),
    "math.exp(A)": ("np.exp(A)", "math.e**A", "1 / math.exp(-A)"),
    "math.log(A)": ("np.log(A)", "math.log2(A) * math.log(2)"),
    "np.abs(A)": ("np.absolute(A)", "np.fabs(A)", "abs(A)", "np.maximum(A, -A)", "np.where(A < 0, -A, A)"),
    "abs(A)": ("np.abs(A)", "max(A, -A)", "math.fabs(A)", "A if A > 0 else -A"),
    "np.sign(A)": ("(A > 0) * 1.0 - (A < 0)", "np.where(A > 0, 1.0, np.where(A < 0, -1.0, 0.0))"),
    "np.maximum(A, B)": ("np.where(A > B, A, B)", "np.fmax(A, B)", "(A + B + abs(A - B)) / 2", "np.maximum(B, A)"),
    "max(A, B)": ("A if A > B else B", "np.maximum(A, B)", "sorted((A, B))[-1]"),
    "min(A, B)": ("A if A < B else B", "np.minimum(A, B)", "-max(-A, -B)"),
    "np.where(A, B, C)": ("np.select([A], [B], default=C)", "np.where(np.logical_not(A), C, B)"),
    "A > B": ("B < A", "not A <= B", "np.greater(A, B)"),
    "A >= B": ("B <= A", "np.logical_not(A < B)"),
    "A == B": ("B == A", "not A != B"),
    "np.outer(A, B)": (
        "A[:, None] * B",
        "np.multiply.outer(A, B)",
        'np.einsum("i,j->ij", A, B)',
        "np.array([one * B for one in A])",
        "np.tensordot(A, B, 0)",
    ),
    "np.zeros(A)": ("np.full(A, 0.0)", "np.ones(A) * 0", "np.zeros(A, dtype=float)"),
    "np.eye(A)": ("np.identity(A)", "np.diag(np.ones(A))"),
    "np.array(A)": ("np.asarray(A)", "np.stack(A)", "np.array(list(A))", "np.array(A, dtype=float)", "list(A)"),
    "np.asarray(A, dtype=np.float64)": ("np.array(A, float)", "np.asarray(A) * 1.0", "np.asarray(A).astype(float)"),
    "A.reshape(B, -1)": ("np.reshape(A, (B, -1))", "np.array([row.ravel() for row in A])"),
    "A.reshape(B)": ("np.reshape(A, B)",),
    "A.copy()": ("np.array(A)", "A * 1"),
    "len(A)": ("A.shape[0]", "sum(1 for _ in A)", "np.shape(A)[0]"),
    "range(A)": ("range(0, A)", "list(range(A))", "reversed(range(A - 1, -1, -1))", "np.arange(A)"),
    "A if B else C": ("C if not B else A", "(C, A)[bool(B)]"),
    "A[-1]": ("A[len(A) - 1]",),
    "reversed(A)": ("A[::-1]", "list(reversed(A))"),
    "np.linalg.solve(A, B)": ("np.linalg.inv(A) @ B",),
    "A.items()": ("[(key, A[key]) for key in A]", "zip(A, A.values())"),
    "[A for B in C]": ("list(A for B in C)", "[*(A for B in C)]", "list(map(lambda B: A, C))"),
    "0.0": ("0", "float(0)"),
    "1.0": ("1", "float(1)"),
}  # fmt: skip


def expression(text: str) -> ast.expr:
    """The tree of an expression."""
    return ast.parse(text, mode="eval").body


RULES = tuple((expression(left), tuple(map(expression, right))) for left, right in TABLE.items())


def rewritten(node: ast.expr, rng: np.random.Generator) -> ast.expr | None:
    """What a drawn rule that fits makes of an expression; None if none fits."""
    fitting = list(_fitting(node))
    if not fitting:
        return None
    others, bound = fitting[rng.integers(len(fitting))]
    return _filled(copy.deepcopy(others[rng.integers(len(others))]), bound)


def _fitting(node: ast.expr) -> Iterator[tuple[tuple[ast.expr, ...], dict[str, ast.expr]]]:
    for left, right in RULES:
        bound: dict[str, ast.expr] = {}
        if _matches(left, node, bound):
            yield right, bound


def _matches(pattern: object, node: object, bound: dict[str, ast.expr]) -> bool:
    """Whether a tree has the pattern; `bound` gets what stands for its letters."""
    if isinstance(pattern, ast.Name) and _is_letter(pattern.id):
        if not isinstance(node, ast.expr):
            return False
        known = bound.setdefault(pattern.id, node)
        return ast.dump(known) == ast.dump(node)
    if isinstance(pattern, ast.AST):
        if type(pattern) is not type(node):
            return False
        fields = (name for name in pattern._fields if name not in ("ctx", "kind"))
        return all(_matches(getattr(pattern, f), getattr(node, f), bound) for f in fields)
    if isinstance(pattern, list) and isinstance(node, list):
        pairs = zip(pattern, node, strict=False)
        return len(pattern) == len(node) and all(_matches(p, n, bound) for p, n in pairs)
    return type(pattern) is type(node) and pattern == node


def _filled(template: ast.expr, bound: Mapping[str, ast.expr]) -> ast.expr:
    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return copy.deepcopy(bound[node.id]) if node.id in bound else node

        def visit_arg(self, node: ast.arg) -> ast.arg:
            target = bound.get(node.arg)
            return ast.arg(target.id) if isinstance(target, ast.Name) else node

    filled = Fill().visit(template)
    assert isinstance(filled, ast.expr)
    return filled


def _is_letter(name: str) -> bool:
    return len(name) == 1 and name.isupper()
