"""Whether a rewritten answer equals the original on random inputs of the documented domain.

The domains are written from the docstrings, and nothing here knows the grader's checks: a rewrite that is right
here and loses points there is a wrong verdict.
"""

from __future__ import annotations

import copy
import inspect
import math
import re
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

Space = Mapping[str, Any]
Rng = np.random.Generator
TRIALS = 80
# The inputs of a trial come from one of so many families, so that the reference answers each only once.
FAMILIES = 12
# CPU time for one trial.
SECONDS = 1.0
ROUNDING = 1e-10
# What rounding adds to a slope that is measured with a small step.
MEASURED = 1e-6
MEASURING = {"num_grad", "fd_sweep", "num_vjp", "dot_test"}


def numbers(rng: Rng, *shape: int) -> np.ndarray:
    """A float64 array: ordinary numbers, large or small ones, whole ones with zeros, or one number throughout.

    Of every second one the first number is whole: what is decided by the first alone shows in the others.
    """
    kind = rng.integers(5)
    if kind == 0:
        return rng.integers(-3, 4, shape).astype(float)
    if kind == 1:
        return np.full(shape, float(rng.integers(-2, 3)))
    made = np.asarray(rng.normal(size=shape) * (1 if kind < 4 else 10.0 ** rng.integers(-3, 3)))
    if rng.integers(2) and made.size:
        made.flat[0] = rng.integers(-3, 4)
    return np.asfortranarray(made) if kind == 2 else made


def number(rng: Rng) -> float:
    """One number, sometimes whole."""
    return float(numbers(rng, 1)[0])


def size(rng: Rng) -> int:
    """The length of an axis: often 1."""
    return int(rng.choice([1, 1, 2, 3, 4, 6]))


def any_shape(rng: Rng) -> Any:
    """A number or an array of any shape, of floats or of integers."""
    shape = tuple(size(rng) for _ in range(rng.integers(4)))
    made = numbers(rng, *shape)
    if rng.integers(3) == 0:
        made = np.round(np.clip(made, -9, 9)).astype(int)
    return made if shape else made.item()


def far(x: Any, rng: Rng) -> Any:
    """The same, or much larger: sizes up to 800."""
    largest = float(np.max(np.abs(x), initial=0.0))
    return x * int(800 / largest) if 0 < largest < 800 and rng.integers(2) else x


def a_shape(rng: Rng, least: int = 0) -> tuple[int, ...]:
    return tuple(size(rng) for _ in range(rng.integers(least, 4)))


class Counted:
    """A function that counts its calls, which are part of what an answer does."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *given: Any) -> Any:
        """The function's value."""
        self.calls += 1
        return self.function(*given)


def wave(x: Any) -> Any:
    return np.sum(np.sin(x) + 0.1 * np.asarray(x) ** 2)


def bend(x: Any) -> Any:
    """A function whose Jacobian is not symmetric."""
    return np.sin(np.asarray(x, float)) + 0.2 * np.cumsum(x).reshape(np.shape(x))


def bend_plainly(x: Any) -> Any:
    """The same, of a number as a float of Python's own, which has no methods of an array."""
    return bend(x) if np.ndim(x) else float(bend(x))


def two_sums(x: Any) -> Any:
    """A function whose results have another shape than its input."""
    return np.array([np.sum(np.sin(x)), np.sum(x) * 0.5])


def tested(rng: Rng) -> tuple[Any, ...]:
    """A function, a backward pass that is twice too large, where, and a seed."""
    x, seed = rng.normal(size=a_shape(rng, 1)), int(rng.integers(9))
    if rng.integers(2):
        return bend, lambda v, x: 2 * np.cos(x) * v, x, seed
    return two_sums, lambda v, x: 2 * np.cos(x) * v[0] + v[1], x, seed


def net(rng: Rng) -> tuple[Any, ...]:
    d, h, c, n = size(rng), size(rng), 1 + size(rng), size(rng)
    shapes = {"W1": (d, h), "b1": (h,), "W2": (h, c), "b2": (c,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return params, numbers(rng, n, d), rng.integers(0, c, n)


def some_params(rng: Rng) -> dict[str, np.ndarray]:
    return {
        name: numbers(rng, *a_shape(rng, 1))
        for name in ("W", "b", "W1", "scale")[: 1 + rng.integers(4)]
    }


def stepped(rng: Rng) -> tuple[Any, ...]:
    params = some_params(rng)
    return params, {k: numbers(rng, *v.shape) for k, v in params.items()}, abs(number(rng))


def frozen(rng: Rng) -> tuple[Any, ...]:
    """Gradients of all that moves and of some that does not."""
    params, grads, lr = stepped(rng)
    trainable = [n for n in params if rng.integers(2)]
    known = {n: g for n, g in grads.items() if n in trainable or rng.integers(2)}
    return params, known, trainable, lr


def bowl(rng: Rng) -> tuple[Any, ...]:
    n = size(rng)
    root = rng.normal(size=(n, n))
    return (
        root @ root.T + np.eye(n),
        numbers(rng, n),
        numbers(rng, n),
        float(rng.uniform(0, 0.2)),
        int(rng.integers(0, 6)),
    )


def product(rng: Rng) -> tuple[Any, ...]:
    m, n, p = size(rng), size(rng), size(rng)
    return numbers(rng, m, n), numbers(rng, m, p), numbers(rng, p, n)


def stretched(rng: Rng) -> tuple[Any, ...]:
    shape = a_shape(rng)
    here = [int(length * rng.choice([1, 3])) if length == 1 else length for length in shape]
    return numbers(rng, *a_shape(rng), *here), shape


def labels(rng: Rng) -> tuple[Any, ...]:
    n = size(rng)
    return np.clip(rng.normal(size=(n, 3)) * rng.choice([1, 60]), -160, 160), rng.integers(0, 3, n)


def pair(rng: Rng, *, apart: bool) -> tuple[float, float]:
    x, y = number(rng), number(rng)
    return (x, y + 1) if apart and x == y else (x, y)


def in_shape(rng: Rng, count: int) -> tuple[Any, ...]:
    shape = a_shape(rng)
    return tuple(numbers(rng, *shape) for _ in range(count))


def layer(rng: Rng) -> tuple[Any, ...]:
    j, k = size(rng), size(rng)
    return numbers(rng, j, k), numbers(rng, k), rng.uniform(size=j), numbers(rng, j)


def off_the_corner(given: tuple[Any, ...], corner: float) -> tuple[Any, ...]:
    """An upstream gradient and an input without the number at which a rectifier has two slopes."""
    dout, x = given
    return dout, np.where(x == corner, corner + 0.5, x)


def probabilities(rng: Rng) -> np.ndarray:
    return rng.dirichlet(np.ones(3))


def scores(rng: Rng) -> tuple[Any, ...]:
    """Scores up to 1000 either way, those of one example not far apart."""
    n, c = size(rng), size(rng)
    near = np.clip(numbers(rng, n, c), -80, 80)
    return near + rng.choice([0, 0, 900, -900], (n, 1)), rng.integers(0, c, n)


def signs(rng: Rng) -> tuple[Any, ...]:
    d, h = size(rng), size(rng)
    return numbers(rng, d), numbers(rng, h, d), numbers(rng, h), number(rng)


def window(rng: Rng) -> tuple[int, ...]:
    n, p = int(rng.integers(1, 40)), int(rng.integers(0, 4))
    return n, int(rng.integers(1, n + 2 * p + 1)), int(rng.integers(1, 6)), p


def tanh_neuron(rng: Rng) -> tuple[Any, ...]:
    d = size(rng)
    return rng.normal(size=d), rng.normal(size=d), number(rng), number(rng), float(rng.uniform())


# The arguments of a call, as the docstring allows them.
ARGUMENTS: Mapping[str, Callable[[Rng], tuple[Any, ...]]] = {
    "d_sin2": lambda rng: (any_shape(rng),),
    "num_grad": lambda rng: (Counted(wave), any_shape(rng), 10.0 ** -rng.integers(3, 6)),
    "rel_error": lambda rng: in_shape(rng, 2),
    "fd_sweep": lambda rng: (np.sin, np.cos, float(rng.normal()), 10.0 ** -rng.uniform(1, 5, 4)),
    "partials": lambda rng: (str(rng.choice(["mul", "add", "max"])), *pair(rng, apart=True)),
    "num_vjp": lambda rng: (lambda x: (Counted(bend_plainly), x, bend_plainly(x) * 0.5 + 1))(any_shape(rng)),
    "simple_backprop_step": lambda rng: (number(rng), number(rng) or 1.5, number(rng), float(rng.uniform())),
    "gd_step": lambda rng: tuple(number(rng) for _ in range(4)),
    "chain_rule": lambda rng: (*(number(rng) for _ in range(3)), str(rng.choice(["add", "mul"]))),
    "max_backward": lambda rng: (*pair(rng, apart=True), number(rng)),
    "gate_circuit": lambda rng: (number(rng), number(rng), *pair(rng, apart=True)),
    "fork_grad": lambda rng: (number(rng), number(rng)),
    "sigmoid": lambda rng: (far(any_shape(rng), rng),),
    "sigmoid_grad": lambda rng: (rng.uniform(size=a_shape(rng)) if rng.integers(3) else float(rng.uniform()),),
    "sigmoid_staged": lambda rng: (rng.normal(size=3), rng.normal(size=2)),
    "relu": lambda rng: (rng.normal(size=2), rng.normal(size=3)),
    "tanh_neuron_step": tanh_neuron,
    "which_way": signs,
    "matmul_backward": product,
    "unbroadcast": stretched,
    "dot_test": tested,
    "relu_forward": lambda rng: in_shape(rng, 1),
    "relu_backward": lambda rng: off_the_corner(in_shape(rng, 2), 0.0),
    "mse_cost": lambda rng: (lambda n: (numbers(rng, n), numbers(rng, n)))(size(rng)),
    "layer_by_index": layer,
    "softmax_loss": scores,
    "loss_and_grads": lambda rng: (*net(rng), abs(number(rng))),
    "sgd_step": stepped,
    "train": lambda rng: (*net(rng), 0.1, int(rng.integers(0, 3)), int(rng.integers(1, 8)), int(rng.integers(9))),
    "paraboloid_paths": bowl,
    "image_slopes": lambda rng: (numbers(rng, *rng.integers(3, 7, 2)),),
    "srelu_forward": lambda rng: in_shape(rng, 1),
    "srelu_backward": lambda rng: off_the_corner(in_shape(rng, 2), -1.0),
    "conv_out": window,
    "trailnet_shapes": lambda rng: tuple(int(n) for n in rng.integers(150, 400, 2)),
    "trail_loss": lambda rng: (*labels(rng), abs(number(rng)), abs(number(rng)), float(rng.uniform())),
    "bug_hunt": labels,
    "freeze_step": frozen,
    "unmask": lambda rng: (),
    "turn_angle": lambda rng: (probabilities(rng), probabilities(rng), abs(number(rng)) * 10),
}  # fmt: skip


def neuron(space: Space, rng: Rng) -> Any:
    """Two forward passes, then each backward pass twice."""
    given = [(rng.normal(size=3), rng.normal(size=2)) for _ in range(2)]
    passed = [space["neuron_forward"](*each) for each in given]
    return [[f, *space["neuron_backward"](d, cache)] for d in (1.5, -0.3) for f, cache in passed]


def affine(space: Space, rng: Rng) -> Any:
    """Two forward passes, then each backward pass twice."""
    found = []
    shapes = [(size(rng), *a_shape(rng, 1)) for _ in range(2)]
    m = size(rng)
    given = [(numbers(rng, *s), numbers(rng, math.prod(s[1:]), m), numbers(rng, m)) for s in shapes]
    passed = [space["affine_forward"](*each) for each in given]
    for _ in range(2):
        for out, cache in passed:
            found.append([out, *space["affine_backward"](numbers(rng, *np.shape(out)), cache)])
    return found


def residual(space: Space, rng: Rng) -> Any:
    n, d, h = size(rng), size(rng), size(rng)
    W1, b1, W2, b2 = (rng.normal(size=s) for s in ((d, h), (h,), (h, d), (d,)))
    _, cache = space["residual_forward"](numbers(rng, n, d), W1, b1, W2, b2)
    return [list(space["residual_backward"](numbers(rng, n, d), cache)) for _ in range(2)]


def formula(kind: Any, rng: Rng) -> Any:
    """A function of a list of two or more Duals or Values; every operation is in it."""
    a, b, n = number(rng) or 0.5, number(rng), int(rng.integers(1, 4))
    both = hasattr(kind, "log")

    def f(v: Sequence[Any]) -> Any:
        x, y = v[0], v[-1]
        grown = (x * x).exp()
        made = (x * y - y) * a + x.sin() - b * y + (y - 2) ** n + 1.5 - grown * 1e-3
        made = made + x / (y * y + 1) + 2 / (x * x + 2.0) - (-y)
        last = ((x * x + 0.5).log(), y.sigmoid()) if both else ((x + 0.1234).relu(),)
        if any(type(each) is not type(x) for each in (grown, made, x.sin(), *last)):
            raise TypeError("an operation gives something else than a node")
        return sum(last, made)

    return Counted(f)


def point(rng: Rng) -> list[float]:
    """Two to four numbers, in a list."""
    return rng.uniform(-2, 2, int(rng.integers(2, 5))).tolist()


def either(x: list[float], rng: Rng) -> Any:
    """The same as a list or as an array."""
    return np.array(x) if rng.integers(2) else x


def duals(space: Space, rng: Rng) -> Any:
    v = [space["Dual"](x, float(rng.normal())) for x in point(rng)]
    out = formula(space["Dual"], rng)(v)
    return [out.val, out.dot, *((each.val, each.dot) for each in v)]


def values(space: Space, rng: Rng) -> Any:
    v = [space["Value"](x) for x in point(rng)]
    out = formula(space["Value"], rng)(v)
    space["backward"](out)
    return [out.data, *((each.data, each.grad) for each in v)]


def ordered(space: Space, rng: Rng) -> Any:
    """Whether every node stands once and after its parents, for a root and for a node inside."""
    v = [space["Value"](x) for x in point(rng)]
    out, found = formula(space["Value"], rng)(v), []
    for root in (out, out._parents[0]):
        order = list(space["topo_sort"](root))
        place = {id(node): i for i, node in enumerate(order)}
        after = all(place[id(p)] < place[id(node)] for node in order for p in node._parents)
        found += [len(order), len(place), after, order[-1] is root]
    return found


def swept(space: Space, rng: Rng) -> Any:
    """Gradients after a sweep, after zeros and after a second sweep; and what comes back."""
    v = [space["Value"](x) for x in point(rng)]
    out, found = formula(space["Value"], rng)(v), []
    for seed in (1.0, number(rng)):
        nothing = [space["backward"](out, seed) is None, out.grad, *(each.grad for each in v)]
        found += [*nothing, space["zero_grad"](out) is None, out.grad, *(each.grad for each in v)]
    return found


def along(space: Space, rng: Rng) -> Any:
    x, f = point(rng), formula(space["Dual"], rng)
    v = (point(rng) * 2)[: len(x)]
    return [*space["jvp"](f, either(x, rng), either(v, rng)), f.calls]


def slopes_forward(space: Space, rng: Rng) -> Any:
    f = formula(space["Dual"], rng)
    return [space["grad_forward"](f, either(point(rng), rng)), f.calls]


def counted(space: Space, rng: Rng) -> Any:
    f = formula(space["Dual"], rng)
    return [space["passes"](f, int(n)) for n in rng.integers(2, 9, 2)] + [f.calls]


def slopes_reverse(space: Space, rng: Rng) -> Any:
    f = formula(space["Value"], rng)
    return [space["grad_reverse"](f, either(point(rng), rng)), f.calls]


def slide27(space: Space, rng: Rng) -> Any:
    return space["slide27"](number(rng), number(rng), number(rng))


# Exercises that are no single call.
PROGRAMS: Mapping[str, Callable[[Space, Rng], Any]] = {
    "neuron_forward": neuron,
    "neuron_backward": neuron,
    "affine_forward": affine,
    "affine_backward": affine,
    "residual_backward": residual,
    "Dual": duals,
    "jvp": along,
    "grad_forward": slopes_forward,
    "passes": counted,
    "Value": values,
    "topo_sort": ordered,
    "backward": swept,
    "zero_grad": swept,
    "grad_reverse": slopes_reverse,
    "slide27": slide27,
}


class Reference:
    """The reference's answers; what it gives to the inputs of a trial is kept."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._outcomes: dict[tuple[str, int, int], Any] = {}

    def outcome(self, exercise: str, family: int, trial: int) -> Any:
        """What the reference gives to one trial's inputs."""
        key = exercise, family, trial
        if key not in self._outcomes:
            rng = np.random.default_rng([family, trial])
            self._outcomes[key] = _outcome(exercise, self.space, self.space, rng)
        return self._outcomes[key]


def is_right(exercise: str, reference: Reference, rewritten: Space, seed: int) -> bool:
    """Whether two notebooks agree on an exercise within rounding, without errors, warnings or changed inputs."""
    within, family = MEASURED if exercise in MEASURING else ROUNDING, seed % FAMILIES
    for trial in range(TRIALS):
        expected = reference.outcome(exercise, family, trial)
        rng = np.random.default_rng([family, trial])
        try:
            with warnings.catch_warnings(), _limited():
                warnings.simplefilter("error")
                got = _outcome(exercise, reference.space, rewritten, rng)
        except Exception:
            return False
        if not agree(got, expected, within):
            return False
    return True


@contextmanager
def _limited() -> Iterator[None]:
    """Raise TimeoutError after so much CPU time: a wrong rewrite may never end."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def _outcome(exercise: str, reference: Space, space: Space, rng: Rng) -> Any:
    if exercise in PROGRAMS:
        return PROGRAMS[exercise](space, rng)
    given = ARGUMENTS[exercise](rng)
    names = documented_names(reference[exercise])
    kept = copy.deepcopy(given)
    result = in_order(space[exercise](*given), names)
    same = all(agree(a, b, 0.0) for a, b in zip(given, kept, strict=True) if not callable(a))
    return [result, same, [f.calls for f in given if isinstance(f, Counted)]]


def documented_names(function: object) -> list[str]:
    """The names of several results in a docstring."""
    found = re.search(r"Returns \(([\w, ]+)\)", inspect.getdoc(function) or "")
    return found[1].split(", ") if found else []


def in_order(result: Any, names: list[str]) -> Any:
    """Several results in the documented order, also from a dict of them."""
    if names and isinstance(result, dict) and set(result) == set(names):
        return tuple(result[name] for name in names)
    return result


def agree(got: Any, expected: Any, within: float) -> bool:
    """Whether two results agree: names, shapes, and numbers up to a share of the largest expected."""
    if isinstance(expected, dict) and isinstance(got, (tuple, list)):
        return agree(got, list(expected.values()), within)  # gate_circuit takes both
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(agree(got[k], v, within) for k, v in expected.items())
        )
    if isinstance(expected, (tuple, list)) and not _is_numbers(expected):
        return (
            (isinstance(got, (tuple, list)) or np.ndim(got) > 0)
            and len(got) == len(expected)
            and all(agree(g, e, within) for g, e in zip(got, expected, strict=True))
        )
    if isinstance(expected, (str, type(None))):
        return bool(got == expected)
    try:
        a, b = np.asarray(got, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return False
    if a.shape != b.shape:
        return False
    return bool(np.all(np.abs(a - b) <= within * np.abs(b).max(initial=0.0)))


def _is_numbers(values: Sequence[Any]) -> bool:
    try:
        return np.asarray(values).dtype.kind in "biuf"
    except ValueError:
        return False
