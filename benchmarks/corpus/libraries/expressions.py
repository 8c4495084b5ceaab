"""Random expressions of NumPy functions, whose gradients autograd knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.corpus.libraries.functions import Library, Sample
from benchmarks.corpus.libraries.points import Kind

UNARY = ("sin", "cos", "tanh", "exp", "arctan", "square", "absolute", "sqrt of", "log of", "relu")
BINARY = ("add", "subtract", "multiply", "divide by", "maximum")
DEEPEST = 5
SIZE = 6

Expression = Callable[[Any, Any], Any]


def expressions(library: Library, number: int, seed: int) -> Iterator[Sample]:
    """So many random expressions, each a weighted sum at a random point, with finite values and gradients."""
    rng = np.random.default_rng(seed)
    while number:
        expression, weights = _grown(rng, DEEPEST), rng.normal(size=SIZE)
        x = rng.normal(size=SIZE) * 10.0 ** rng.integers(-3, 4)

        def f(x: Any, expression: Expression = expression, weights: np.ndarray = weights) -> Any:
            return library.numpy.sum(expression(library.numpy, x) * weights)

        gradient = library.gradient(f)
        with np.errstate(all="ignore"):
            usable = np.isfinite(f(x)) and np.isfinite(gradient(x)).all()
        if usable:
            number -= 1
            yield Sample("expression", Kind.ORDINARY, f, gradient, x)


def _grown(rng: np.random.Generator, depth: int) -> Expression:
    """A random expression of at most this depth."""
    if depth == 0 or rng.random() < 0.1:
        shift = int(rng.integers(SIZE))
        return lambda np_, x: np_.roll(x, shift)
    if rng.random() < 0.5:
        return _unary(str(rng.choice(UNARY)), _grown(rng, depth - 1))
    return _binary(str(rng.choice(BINARY)), _grown(rng, depth - 1), _grown(rng, depth - 1))


def _unary(name: str, inner: Expression) -> Expression:
    if name == "sqrt of":
        return lambda np_, x: np_.sqrt(1 + inner(np_, x) ** 2)
    if name == "log of":
        return lambda np_, x: np_.log(1 + inner(np_, x) ** 2)
    if name == "relu":
        return lambda np_, x: np_.maximum(inner(np_, x), 0.0)
    return lambda np_, x: getattr(np_, name)(inner(np_, x))


def _binary(name: str, left: Expression, right: Expression) -> Expression:
    if name == "divide by":
        return lambda np_, x: left(np_, x) / (1 + right(np_, x) ** 2)
    return lambda np_, x: getattr(np_, name)(left(np_, x), right(np_, x))
