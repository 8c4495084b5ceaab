"""Functions of autograd and jax with their domains: of one number, and of arrays."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.corpus.libraries.points import NUMBERS, Kind, points

INF = float("inf")
SEED = 31
# Open domains of functions of one number; those that are not named here take all numbers.
DOMAINS = {
    (
        0.0,
        INF,
    ): "log log2 log10 sqrt reciprocal gammaln psi digamma gamma erfcx i0 i1 j0 j1 y0 y1 entr exp1 i0e i1e",
    (-1.0, 1.0): "arcsin arccos arctanh erfinv",
    (-1.0, INF): "log1p",
    (1.0, INF): "arccosh",
    (0.0, 1.0): "logit ndtri",
    (0.0, 2.0): "erfcinv",
}
EVERYWHERE = (
    "sin cos tan tanh sinh cosh exp exp2 expm1 arctan arcsinh square sinc absolute fabs negative deg2rad cbrt "
    "erf erfc expit relu relu6 leaky_relu elu celu selu gelu silu swish mish softplus soft_sign squareplus sigmoid "
    "log_sigmoid hard_tanh hard_sigmoid hard_swish dawsn ndtr log_ndtr log1mexp sparse_plus sparse_sigmoid floor"
)
Vector = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Library:
    """A library with derivatives.  numpy: its version of NumPy; more: where else its functions of one number are."""

    name: str
    numpy: ModuleType
    more: tuple[Any, ...]
    gradient: Callable[[Callable[..., Any]], Callable[..., Any]]
    ready: Callable[[Callable[..., Any]], Callable[..., Any]]

    def function(self, name: str) -> Callable[..., Any] | None:
        """The function of this name, if the library has it."""
        return next(
            (getattr(place, name) for place in (self.numpy, *self.more) if hasattr(place, name)),
            None,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A scalar function at a point, with the library's own gradient."""

    function: str
    kind: Kind
    f: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    x: np.ndarray


def autograd() -> Library:
    """HIPS autograd."""
    module = importlib.import_module
    more = (module("autograd.scipy.special"),)
    return Library("autograd", module("autograd.numpy"), more, module("autograd").grad, lambda f: f)


def jax() -> Library:
    """Jax with numbers of 64 bits."""
    module = importlib.import_module
    module("jax").config.update("jax_enable_x64", True)
    more = (module("jax.nn"), module("jax.scipy.special"))
    return Library("jax", module("jax.numpy"), more, module("jax").grad, module("jax").jit)


@dataclass(frozen=True, slots=True)
class _OfTensors:
    """A module of torch, whose functions are given the tensors in arrays."""

    module: ModuleType
    tensor: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        function = getattr(self.module, name)
        return lambda x: function(self.tensor(x))


def torch() -> Library:
    """PyTorch, by its own version of NumPy."""
    module = importlib.import_module
    tensors, numpy = module("torch"), module("torch._numpy")

    def gradient(f: Callable[..., Any]) -> Callable[..., Any]:
        def slope(x: Any) -> Any:
            leaf = numpy.asarray(x).tensor.detach().requires_grad_()
            return tensors.autograd.grad(f(numpy.asarray(leaf)).tensor, leaf)[0]

        return slope

    more = tuple(
        _OfTensors(module(name), lambda x: numpy.asarray(x).tensor)
        for name in ("torch.special", "torch.nn.functional")
    )
    return Library("torch", numpy, more, gradient, lambda f: lambda x: f(numpy.asarray(x)))


def _square(x: Any) -> Any:
    return x.reshape(3, 3)


def _positive(np_: Any, x: Any) -> Any:
    return _square(x) @ _square(x).T + 0.1 * np_.eye(3)


LAYER = np.arange(-4.0, 5.0).reshape(3, 3)
# Of arrays: functions of (library's numpy, 9 numbers); a number, or an array that is weighted and summed.
ARRAYS: dict[str, Vector] = {
    "sum": lambda np_, x: np_.sum(x),
    "mean": lambda np_, x: np_.mean(x),
    "prod": lambda np_, x: np_.prod(x),
    "var": lambda np_, x: np_.var(x),
    "std": lambda np_, x: np_.std(x),
    "max": lambda np_, x: np_.max(x),
    "min": lambda np_, x: np_.min(x),
    "sort": lambda np_, x: np_.sort(x),
    "cumsum": lambda np_, x: np_.cumsum(x),
    "diff": lambda np_, x: np_.diff(x),
    "norm": lambda np_, x: np_.linalg.norm(x),
    "max of rows": lambda np_, x: np_.max(_square(x), axis=1),
    "maximum": lambda np_, x: np_.maximum(x, np_.roll(x, 1)),
    "where": lambda np_, x: np_.where(x > 0.1, x * x, 0.3 * x),
    "clip": lambda np_, x: np_.clip(x, -0.5, 0.5),
    "logaddexp": lambda np_, x: np_.logaddexp(x, np_.roll(x, 1)),
    "log sum exp": lambda np_, x: np_.log(np_.sum(np_.exp(x - np_.max(x)))) + np_.max(x),
    "softmax": lambda np_, x: np_.exp(x - np_.max(x)) / np_.sum(np_.exp(x - np_.max(x))),
    "softmax without shift": lambda np_, x: np_.exp(x) / np_.sum(np_.exp(x)),
    "cross-entropy": lambda np_, x: np_.log(np_.sum(np_.exp(x - np_.max(x)))) + np_.max(x) - x[2],
    "layer norm": lambda np_, x: (x - np_.mean(x)) / np_.sqrt(np_.var(x) + 1e-5),
    "squared error": lambda np_, x: np_.mean((x - np.linspace(-1, 1, NUMBERS)) ** 2),
    "hinge": lambda np_, x: np_.maximum(0.0, 1 - x * np.linspace(-1, 1, NUMBERS)),
    "outer": lambda np_, x: np_.outer(x, x),
    "kron": lambda np_, x: np_.kron(_square(x), _square(x)),
    "matmul": lambda np_, x: _square(x) @ _square(x),
    "einsum": lambda np_, x: np_.einsum("ij,jk,ki->i", _square(x), _square(x), _square(x)),
    "trace": lambda np_, x: np_.trace(_square(x) @ _square(x)),
    "quadratic form": lambda np_, x: x @ (np.arange(81.0).reshape(9, 9) / 81) @ x,
    "determinant": lambda np_, x: np_.linalg.det(_square(x)),
    "log determinant": lambda np_, x: np_.linalg.slogdet(_positive(np_, x))[1],
    "inverse": lambda np_, x: np_.linalg.inv(_positive(np_, x)),
    "solve": lambda np_, x: np_.linalg.solve(_positive(np_, x), x[:3]),
    "Cholesky": lambda np_, x: np_.linalg.cholesky(_positive(np_, x)),
    "eigenvalues": lambda np_, x: np_.linalg.eigh(_positive(np_, x))[0],
    "attention": lambda np_, x: (
        np_.exp(_square(x) @ _square(x).T) / np_.sum(np_.exp(_square(x) @ _square(x).T))
    ),
    "two layers": lambda np_, x: np_.tanh(np_.maximum(_square(x) @ LAYER, 0) @ LAYER.T),
}


LIBRARIES: dict[str, Callable[[], Library]] = {"autograd": autograd, "jax": jax, "torch": torch}
# The domain of each function.
DOMAIN_OF = {
    **dict.fromkeys(EVERYWHERE.split(), (-INF, INF)),
    **dict.fromkeys(ARRAYS, (-INF, INF)),
    **{name: domain for domain, names in DOMAINS.items() for name in names.split()},
}
NAMES = tuple(DOMAIN_OF)


def samples(library: Library, name: str) -> Iterator[Sample]:
    """A function's weighted sum at a point of each kind where value and gradient are finite; none if it is missing."""
    function = _of_array(library, name)
    if function is None:
        return
    tried = dict(points(*DOMAIN_OF[name], np.random.default_rng(SEED)))
    loss = _weighted(
        library, function, np.size(np.asarray(library.ready(function)(tried[Kind.ORDINARY])))
    )
    value, slope = library.ready(loss), library.ready(library.gradient(loss))
    for kind, x in tried.items():
        sample = Sample(name, kind, _numbers(value), _numbers(slope), x)
        if _has_gradient(sample):
            yield sample


def _of_array(library: Library, name: str) -> Callable[..., Any] | None:
    """The function of this name, of the array of a point."""
    if name in ARRAYS:
        return lambda x: ARRAYS[name](library.numpy, x)
    return library.function(name)


def _has_gradient(sample: Sample) -> bool:
    """Whether the library has a finite value and a finite gradient there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # autograd warns of functions that are constant
        try:
            return bool(
                np.isfinite(sample.f(sample.x)) and np.isfinite(sample.gradient(sample.x)).all()
            )
        except (
            NotImplementedError,
            np.linalg.LinAlgError,
        ):  # of a function that autograd lacks, or a singular matrix
            return False


def _weighted(library: Library, function: Callable[..., Any], size: int) -> Callable[[Any], Any]:
    weights = np.random.default_rng(SEED).normal(size=size)
    return lambda x: library.numpy.sum(library.numpy.ravel(function(x)) * weights)


def _numbers(function: Callable[..., Any]) -> Callable[[np.ndarray], np.ndarray]:
    """A library's function with NumPy's arrays as results."""

    def numbers(x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.array(function(x), dtype=np.float64)

    return numbers
