"""Notebook 1, derivatives and a gradient checker: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import HiddenAssignment, HiddenCheck
from autograder.hidden.draws import signed
from autograder.hidden.misconceptions.derivatives import EQUIVALENTS, MISCONCEPTIONS
from autograder.student.checks.derivatives import (
    DISTANCE,
    GUARD,
    PARTIALS,
    ROUNDING_OVER_STEP,
    SLOPE,
)
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe

MEASURED = Values(within=ROUNDING_OVER_STEP)
GUARDED = Values(within=GUARD)
# Steps that a student's code is handed.  With the largest a step of its own choice shows, as does an x that was not
# put back; with the smallest, arithmetic of too few digits.  Each is the rest of a call: it may be left out.
STEPS = ((0.2,), (0.02,), (1e-3,), (1e-5,))
USUAL: tuple[float, ...] = ()
# Bounds of the sizes of drawn numbers.
BOUNDS = (0.5, 1.5)

# A function of every element that bends, in which every element changes the slopes of the others.
WAVES = """\
import numpy as np
def f(x):
    return np.sin(np.sum(w * x)) + np.sum(np.cos(w * x))"""
GRAD = Probe("num_grad(f, x, *step)", ("grad",), setup=WAVES)
GRAD_AGAIN = Probe(GRAD.call, GRAD.names, setup=f"{WAVES}\nnum_grad(f, x, *step)")
# Outputs of the shape of A's axes in front; its axes behind are those of x.
LAYER = Probe(
    "num_vjp(f, x, dout, *step)",
    ("dx",),
    setup="import numpy as np\ndef f(x):\n    return np.sin(np.tensordot(A, x, axes=np.ndim(x)))",
)
SWEEP = Probe(
    "fd_sweep(f, df, x, hs)",
    ("forward", "centred"),
    setup="""\
import numpy as np
def f(x):
    return np.sin(w * x) + c * x**2
def df(x):
    return w * np.cos(w * x) + 2 * c * x""",
)


def _waves(rng: np.random.Generator, *shape: int) -> dict[str, object]:
    """A point and weights for WAVES, at which no slope is small beside the largest."""
    while True:
        w, x = signed(rng, shape, *BOUNDS), signed(rng, shape, *BOUNDS)
        slopes = np.abs(w * (np.cos(np.sum(w * x)) - np.sin(w * x)))
        if slopes.min() > 0.3:
            return {"x": x, "w": w}


def _whole(rng: np.random.Generator, *shape: int) -> dict[str, object]:
    """The same at a point of integers."""
    while True:
        w, x = signed(rng, shape, *BOUNDS), rng.integers(1, 5, shape) * rng.choice([-1, 1], shape)
        slopes = np.abs(w * (np.cos(np.sum(w * x)) - np.sin(w * x)))
        if slopes.min() > 0.3:
            return {"x": x, "w": w}


def _numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_as_floats(_waves(rng)), "step": step} for step in (*STEPS, USUAL)]


def _as_floats(case: Inputs) -> Inputs:
    return {name: float(np.asarray(value)) for name, value in case.items()}


def _vectors(rng: np.random.Generator) -> Sequence[Inputs]:
    sizes = (4, 3, 2, 5, 1)
    return [{**_waves(rng, size), "step": step} for size, step in zip(sizes, (*STEPS, (0.1,)), strict=True)]


def _vectors_again(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_waves(rng, size), "step": step} for size, step in ((3, (0.2,)), (2, (1e-3,)))]


def _any_shape(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = ((2, 3), (3, 1, 2), (1, 4), (4, 2))
    return [{**_waves(rng, *shape), "step": step} for shape, step in zip(shapes, STEPS, strict=True)]


def _integers(rng: np.random.Generator) -> Sequence[Inputs]:
    number = _as_floats(_whole(rng))
    return [
        {**number, "x": int(np.asarray(number["x"])), "step": (0.1,)},
        {**_whole(rng, 3), "step": (0.2,)},
        {**_whole(rng, 2, 3), "step": (0.005,)},
    ]


def _angles(rng: np.random.Generator) -> Sequence[Inputs]:
    numbers: list[Inputs] = [{"x": float(v)} for v in (*rng.uniform(-1.2, -0.3, 2), *rng.uniform(1.8, 2.8, 2))]
    return [*numbers, {"x": rng.uniform(-3, 3, (2, 3))}, {"x": 2}]


def _pairs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Numbers and arrays of different units; of one sign in each element, and of both signs over the elements."""
    scalars = (40 * float(signed(rng, (), *BOUNDS)), -float(rng.uniform(0.5, 1.5)))
    cases: list[Inputs] = [{"a": a, "b": 0.8 * a} for a in scalars]
    for unit, shape in ((100.0, (5,)), (0.5, (2, 3)), (1.0, (3, 2, 2))):
        a = unit * signed(rng, shape, *BOUNDS)
        cases += [{"a": a, "b": a * rng.uniform(0.6, 1.6, shape)}, {"a": a, "b": -a * rng.uniform(0.6, 1.6, shape)}]
    return cases


def _with_zeros(rng: np.random.Generator) -> Sequence[Inputs]:
    a = signed(rng, 5, *BOUNDS)
    b = a * rng.uniform(0.6, 0.9, 5)
    a[1] = b[1] = b[3] = 0.0
    return [
        {"a": a[:3], "b": b[:3]},
        {"a": a, "b": b},
        {"a": 0.0, "b": 0.0},
        {"a": np.zeros((2, 3)), "b": np.zeros((2, 3))},
        {"a": b, "b": 3 * a},
        {"a": 0.0, "b": 3 * float(a[0])},
    ]


def _sweeps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Curves of which all of slope, bend and change of bend are there, so that no error vanishes.

    At the first, both measured slopes are larger than the exact one: elsewhere it is the same to divide by the exact.
    """
    cases: list[Inputs] = []
    for hs in ([0.3, 0.1, 0.02], [0.001, 0.05, 0.2, 0.1], [0.15], [0.01, 0.25]):
        while True:
            w = 1.3 * float(signed(rng, (), *BOUNDS))
            x = float(signed(rng, (), *BOUNDS))
            c = 0.4 * float(signed(rng, (), *BOUNDS))
            slope, bend = w * np.cos(w * x) + 2 * c * x, 2 * c - w**2 * np.sin(w * x)
            change = -(w**3) * np.cos(w * x)
            larger = bend * slope > 0 and change * slope > 0
            if min(abs(slope), abs(bend), abs(change)) > 0.3 and (cases or larger):
                break
        cases.append({"x": x, "w": w, "c": c, "hs": np.array(hs)})
    return cases


def _gate(op: str, both: Sequence[tuple[float, float]]) -> list[Inputs]:
    return [{"op": op, "x": float(x), "y": float(y)} for x, y in both]


def _products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [*_gate("mul", (3 * signed(rng, (4, 2), *BOUNDS)).tolist()), {"op": "mul", "x": -2, "y": 5}]


def _sums(rng: np.random.Generator) -> Sequence[Inputs]:
    return [*_gate("add", (3 * signed(rng, (3, 2), *BOUNDS)).tolist()), {"op": "add", "x": 7, "y": -2}]


def _maxima(rng: np.random.Generator) -> Sequence[Inputs]:
    """Either input the larger one, of either sign, and not always the one of larger size."""
    low, high = rng.uniform(0.5, 1.5, 4), rng.uniform(2.5, 4.5, 4)
    both = [(low[0], high[0]), (-low[1], -high[1]), (-high[2], -low[2]), (-high[3], low[3]), (high[0], low[3])]
    return [*_gate("max", both), {"op": "max", "x": 2, "y": 6}]


def _one_output(rng: np.random.Generator) -> Sequence[Inputs]:
    numbers = [{**_as_floats(_layer(rng, (), ())), "step": step} for step in (*STEPS, USUAL)]
    vectors = [{**_layer(rng, (), (n,)), "step": step} for n, step in ((3, (0.2,)), (2, (0.02,)))]
    return [*numbers, *({**case, "dout": float(np.asarray(case["dout"]))} for case in vectors)]


def _many_outputs(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = (((4,), (3,)), ((2,), (5,)), ((3, 2), (4,)), ((3,), (2, 4)), ((2, 3), (3, 2)), ((1,), (3,)))
    steps = (*STEPS, (0.2,), (0.02,))
    cases = [{**_layer(rng, *both), "step": step} for both, step in zip(shapes, steps, strict=True)]
    several_of_one = _layer(rng, (4,), ())
    return [*cases, {**several_of_one, "x": float(np.asarray(several_of_one["x"])), "step": (0.1,)}]


def _layer(rng: np.random.Generator, outputs: tuple[int, ...], inputs: tuple[int, ...]) -> dict[str, object]:
    """Weights, a point and an upstream gradient for LAYER, at which something goes back."""
    while True:
        A, x = signed(rng, (*outputs, *inputs), *BOUNDS), signed(rng, inputs, *BOUNDS)
        dout = 2 * signed(rng, outputs, *BOUNDS)
        back = dout * np.cos(np.tensordot(A, x, axes=x.ndim))
        if np.abs(np.tensordot(back, A, axes=back.ndim)).max() > 0.3:
            return {"A": A, "x": x, "dout": dout}


HIDDEN = HiddenAssignment(
    name="01_derivatives",
    checks=(
        HiddenCheck("d_sin2", "The slope at other places, and for arrays.", SLOPE, _angles, {"slope": "slope"}),
        HiddenCheck(
            "num_grad", "Slopes of another function, with several steps.", GRAD, _numbers, {"grad": "number"}, MEASURED
        ),
        HiddenCheck(
            "num_grad",
            "Gradients of a function in which every element changes the slopes of the others.",
            GRAD,
            _vectors,
            {"grad": "vector"},
            MEASURED,
        ),
        HiddenCheck(
            "num_grad",
            "A second call on the same x gives the same gradient.",
            GRAD_AGAIN,
            _vectors_again,
            {"grad": "vector"},
            MEASURED,
        ),
        HiddenCheck("num_grad", "Arrays of two and three axes.", GRAD, _any_shape, {"grad": "shape"}, MEASURED),
        HiddenCheck("num_grad", "Integers instead of floats.", GRAD, _integers, {"grad": "shape"}, MEASURED),
        HiddenCheck(
            "rel_error",
            "Numbers and arrays of other sizes and signs.",
            DISTANCE,
            _pairs,
            {"distance": "distance"},
            GUARDED,
        ),
        HiddenCheck(
            "rel_error",
            "Zeros, in one of the two and in both.",
            DISTANCE,
            _with_zeros,
            {"distance": "distance"},
            GUARDED,
            on_purpose="0/0 is what the exercise guards against, and there the error jumps.",
        ),
        HiddenCheck(
            "fd_sweep",
            "The errors for other functions and other steps, in the order of the steps.",
            SWEEP,
            _sweeps,
            {"forward": "forward", "centred": "centred"},
            GUARDED,
        ),
        HiddenCheck("partials", "Other products.", PARTIALS, _products, {"fx": "mul", "fy": "mul"}),
        HiddenCheck("partials", "Other sums.", PARTIALS, _sums, {"fx": "add", "fy": "add"}),
        HiddenCheck(
            "partials", "Other maxima, also of negative numbers.", PARTIALS, _maxima, {"fx": "max", "fy": "max"}
        ),
        HiddenCheck("num_vjp", "One output, with several steps.", LAYER, _one_output, {"dx": "number"}, MEASURED),
        HiddenCheck(
            "num_vjp",
            "Outputs and inputs of other shapes, with several steps.",
            LAYER,
            _many_outputs,
            {"dx": "array"},
            MEASURED,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    equivalents=EQUIVALENTS,
)
