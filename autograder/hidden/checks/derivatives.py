"""Notebook 1, derivatives and a gradient checker: hidden checks."""

import re
from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Draw, Excluded, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import signed
from autograder.hidden.misconceptions.derivatives import EQUIVALENTS, MISCONCEPTIONS
from autograder.student.checks.derivatives import (
    ANY_ARRAYS,
    ANY_FORM,
    ANY_NUMBERS,
    ANY_STEPS,
    ANY_VECTORS,
    BACK_OF_ARRAYS,
    BACK_OF_FORMS,
    DISTANCE,
    DISTANCES,
    DISTANCES_OF_ARRAYS,
    DISTANCES_OF_FORMS,
    EDGES,
    GUARD,
    LARGE_NUMBERS,
    MAXIMA,
    MEASURED_OF_ARRAYS,
    MEASURED_OF_FORMS,
    MEASURED_OF_VECTORS,
    NEVER_MOVES,
    PARTIALS,
    PRODUCTS,
    ROUNDING_OVER_STEP,
    SLOPE,
    SLOPES_AT_POINTS,
    SLOPES_OF_ARRAYS,
    SLOPES_OF_FORMS,
    SUMS,
    SWEEP_AT_THE_TOP,
    TAKES_A_NUMBER,
)
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import at_points, large_points, ordinary_points, special

MEASURED = Values(within=ROUNDING_OVER_STEP)
GUARDED = Values(within=GUARD)
# Steps that a student's code gets.  The largest shows a step of the code's own choice and an x that was not put
# back; the smallest shows arithmetic of too few digits.  Each is the rest of a call: it may be left out.
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
# Outputs have the shape of A's first axes; its last axes are those of x.
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

# A curve of numbers alone.
CURVE = f"""\
import numpy as np
def f(x):
    {TAKES_A_NUMBER}
    return x**3 + c * x"""
MEASURED_AT_POINTS = at_points("num_grad(f, x, h)", "x, h", ("slope",), CURVE)
SWEEP_AT_POINTS = at_points(
    "fd_sweep(f, df, x, np.array(hs))",
    "x, hs",
    SWEEP.names,
    f"{CURVE}\ndef df(x):\n    return 3 * x**2 + c",
)
BACK_AT_POINTS = at_points("num_vjp(f, x, dout, h)", "x, dout, h", ("dx",), CURVE)


def _waves(rng: np.random.Generator, *shape: int) -> dict[str, object]:
    """A point and weights for WAVES, at which no slope is small compared with the largest."""
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
    return [
        {**_waves(rng, size), "step": step}
        for size, step in zip(sizes, (*STEPS, (0.1,)), strict=True)
    ]


def _vectors_again(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_waves(rng, size), "step": step} for size, step in ((3, (0.2,)), (2, (1e-3,)))]


def _any_shape(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = ((2, 3), (3, 1, 2), (1, 4), (4, 2))
    return [
        {**_waves(rng, *shape), "step": step} for shape, step in zip(shapes, STEPS, strict=True)
    ]


def _integers(rng: np.random.Generator) -> Sequence[Inputs]:
    number = _as_floats(_whole(rng))
    return [
        {**number, "x": int(np.asarray(number["x"])), "step": (0.1,)},
        {**_whole(rng, 3), "step": (0.2,)},
        {**_whole(rng, 2, 3), "step": (0.005,)},
    ]


def _angles(rng: np.random.Generator) -> Sequence[Inputs]:
    numbers: list[Inputs] = [
        {"x": float(v)} for v in (*rng.uniform(-1.2, -0.3, 2), *rng.uniform(1.8, 2.8, 2))
    ]
    return [*numbers, {"x": rng.uniform(-3, 3, (2, 3))}, {"x": 2}]


def _pairs(rng: np.random.Generator) -> Sequence[Inputs]:
    """Numbers and arrays of different units; one sign in each element, both signs over the elements."""
    scalars = (40 * float(signed(rng, (), *BOUNDS)), -float(rng.uniform(0.5, 1.5)))
    cases: list[Inputs] = [{"a": a, "b": 0.8 * a} for a in scalars]
    for unit, shape in ((100.0, (5,)), (0.5, (2, 3)), (1.0, (3, 2, 2))):
        a = unit * signed(rng, shape, *BOUNDS)
        cases += [
            {"a": a, "b": a * rng.uniform(0.6, 1.6, shape)},
            {"a": a, "b": -a * rng.uniform(0.6, 1.6, shape)},
        ]
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
    """Curves with a slope, a bend and a change of bend, so that no error vanishes.

    At the first, both measured slopes are larger than the exact one: at the others a division by the exact one
    gives the same.
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
    return [
        *_gate("mul", (3 * signed(rng, (4, 2), *BOUNDS)).tolist()),
        {"op": "mul", "x": -2, "y": 5},
    ]


def _sums(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        *_gate("add", (3 * signed(rng, (3, 2), *BOUNDS)).tolist()),
        {"op": "add", "x": 7, "y": -2},
    ]


def _maxima(rng: np.random.Generator) -> Sequence[Inputs]:
    """Either input the larger one, of either sign, and not always the one of larger size."""
    low, high = rng.uniform(0.5, 1.5, 4), rng.uniform(2.5, 4.5, 4)
    both = [
        (low[0], high[0]),
        (-low[1], -high[1]),
        (-high[2], -low[2]),
        (-high[3], low[3]),
        (high[0], low[3]),
    ]
    return [*_gate("max", both), {"op": "max", "x": 2, "y": 6}]


def _one_output(rng: np.random.Generator) -> Sequence[Inputs]:
    numbers = [{**_as_floats(_layer(rng, (), ())), "step": step} for step in (*STEPS, USUAL)]
    vectors = [{**_layer(rng, (), (n,)), "step": step} for n, step in ((3, (0.2,)), (2, (0.02,)))]
    return [*numbers, *({**case, "dout": float(np.asarray(case["dout"]))} for case in vectors)]


def _many_outputs(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = (
        ((4,), (3,)),
        ((2,), (5,)),
        ((3, 2), (4,)),
        ((3,), (2, 4)),
        ((2, 3), (3, 2)),
        ((1,), (3,)),
    )
    steps = (*STEPS, (0.2,), (0.02,))
    cases = [{**_layer(rng, *both), "step": step} for both, step in zip(shapes, steps, strict=True)]
    several_of_one = _layer(rng, (4,), ())
    return [*cases, {**several_of_one, "x": float(np.asarray(several_of_one["x"])), "step": (0.1,)}]


def _layer(
    rng: np.random.Generator, outputs: tuple[int, ...], inputs: tuple[int, ...]
) -> dict[str, object]:
    """Weights, a point and an upstream gradient for LAYER, at which the gradient is not 0."""
    while True:
        A, x = signed(rng, (*outputs, *inputs), *BOUNDS), signed(rng, inputs, *BOUNDS)
        dout = 2 * signed(rng, outputs, *BOUNDS)
        back = dout * np.cos(np.tensordot(A, x, axes=x.ndim))
        if np.abs(np.tensordot(back, A, axes=back.ndim)).max() > 0.3:
            return {"A": A, "x": x, "dout": dout}


def _at(points: Sequence[tuple[object, ...]], **more: object) -> Sequence[Inputs]:
    return [{"points": list(points), **more}]


def _any_angles(rng: np.random.Generator) -> Sequence[Inputs]:
    small = (0.002 + 0.006 * float(rng.random()),)
    return _at([*ordinary_points(rng, 1), small, *large_points(rng, 1)])


def _any_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Steps are above 0; a point may be a step from 0, on either side."""
    points = [(x, abs(h) or 0.5) for x, h in ordinary_points(rng, 2)]
    without_axes = np.array(rng.uniform(0.3, 0.9))
    return _at(
        [*points, (-points[0][0], points[0][0]), (without_axes, 0.5)],
        c=float(rng.uniform(1.2, 1.8)),
    )


def _large_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at([(x, abs(h)) for x, h in large_points(rng, 2)], c=float(rng.uniform(1.2, 1.8)))


def _any_pairs(rng: np.random.Generator) -> Sequence[Inputs]:
    without_axes = np.array(-rng.uniform(0.3, 0.9)), np.array(rng.uniform(0.3, 0.9))
    return _at([*ordinary_points(rng, 2), (0, 0), without_axes, *large_points(rng, 2)])


def _any_sweeps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Steps that are equal, nearly equal, whole, huge and tiny, the larger one first or last."""
    a, b = rng.uniform(0.2, 0.9, 2).tolist()
    steps = [
        [a, a / 3],
        [1, 3],
        [1.0, 1.0],
        [b, b],
        [b, b * (1 + 1e-5)],
        [1e6 * (1 + a), b],
        [1e-7 * (1 + a), b],
    ]
    points = [x for (x,) in (*ordinary_points(rng, 1), *large_points(rng, 1))]
    rows = [(x, steps[row % len(steps)]) for row, x in enumerate(points)]
    return [{"points": rows, "c": float(rng.uniform(1.2, 1.8))}]


def _tops(rng: np.random.Generator) -> Sequence[Inputs]:
    """At 0; smaller steps would give slopes that a guard against 0/0 changes."""
    return [{"x": x, "hs": rng.uniform(0.4, 0.9, n)} for x, n in ((0.0, 3), (0, 2), (0.0, 1))]


def _any_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at(ordinary_points(rng, 2))


def _large_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at(large_points(rng, 2))


def _any_sums(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at([*ordinary_points(rng, 2), *large_points(rng, 2)])


def _any_maxima(rng: np.random.Generator) -> Sequence[Inputs]:
    """No ties; nearly equal inputs either way round, and two whose whole parts are equal."""
    a = 1.1 + 0.3 * float(rng.random())
    apart = [point for point in ordinary_points(rng, 2) if point[0] != point[1]]
    return _at(
        [
            *apart,
            *large_points(rng, 2),
            (a + 3e-5, a),
            (a + 0.4, a),
            (a, a + 0.4),
            (-a, -a - 1),
            (-a - 1, -a),
        ]
    )


def _any_backs(rng: np.random.Generator) -> Sequence[Inputs]:
    points = [(x, dout, abs(h) or 0.5) for x, dout, h in ordinary_points(rng, 3)]
    a, b, _ = (abs(v) for v in points[0])
    without_axes = np.array(rng.uniform(0.3, 0.9)), np.array(-rng.uniform(1.2, 1.8)), 0.5
    return _at([*points, (-a, b, a), (b, -a, a), without_axes], c=float(rng.uniform(1.2, 1.8)))


def _large_backs(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at(
        [(x, dout, abs(h)) for x, dout, h in large_points(rng, 3)], c=float(rng.uniform(1.2, 1.8))
    )


def _arrays(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Arrays that together hold every condition, one for each name in the probes of arrays."""
    a, b, c, d = rng.uniform(0.3, 0.9, 4)
    falling, square = special("positive", rng, 4), signed(rng, (2, 2), 0.3, 0.9)
    pairs = {
        "columns_first": (2, 3),
        "rows_first": (2, 3),
        "every_other": (2, 1, 2),
        "block": (2, 1, 2),
    }
    return {
        "mixed": special("mixed", rng, (2, 5)),
        # Where one of the two holds a zero or a small value the other does not decide by it.
        "rough": np.roll(special("mixed", rng, 10), 3).reshape(2, 5),
        "zeros": np.zeros((3, 1)),
        "ones": np.ones((3, 1)),
        "row": np.ones((1, 4)),
        "zero_row": np.zeros((1, 4)),
        "huge": np.array([1e-7 * (1 + a), b, b * (1 + 1.3e-5), 1e7 * (1 + c)]),
        "rising": np.array([2e7 * (1 + c), d, d * (1 + 1.7e-5), 2e-7 * (1 + b)]),
        "whole": np.sort(-rng.integers(2, 8, 4)).reshape(2, 2),
        "negative": -np.sort(rng.integers(2, 8, 4)).reshape(2, 2),
        "single": np.array([[-a]]),
        "other_single": np.array([[b]]),
        "no_axis": np.array(c),
        "falling": falling,
        "equal": falling.copy(),
        "opposite": -falling,
        "near": falling * (1 + 1.2e-5),
        "square": square,
        **{name: signed(rng, shape, *BOUNDS) for name, shape in pairs.items()},
    }


def _slopes_of_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_arrays(rng), "ones": np.ones((1, 3))}]


def _angles_of_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    """The same, and no angle above 4e6: there a formula such as cos(x - pi / 2) loses its last digits."""
    [case] = _slopes_of_arrays(rng)
    return [{**case, "huge": np.asarray(case["huge"]) * [1.0, 1.0, 1.0, 0.2]}]


def _measured_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_slopes_of_arrays(rng)[0], "h": 2.0**-10}]


def _pairs_of_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_arrays(rng)]


def _back_of_arrays(rng: np.random.Generator) -> Sequence[Inputs]:
    """The upstream gradient is equal, opposite or nearly equal to x, or has other kinds of numbers."""
    arrays = _arrays(rng)
    square = arrays["square"]
    related = {"equal": square.copy(), "opposite": -square, "near": square * (1 + 1.2e-5)}
    negative = -np.sort(rng.integers(2, 8, 10)).reshape(2, 5)
    return [
        {
            **arrays,
            **related,
            "negative": negative,
            "row": special("positive", rng, (1, 4)),
            "h": 0.5,
        }
    ]


def _measured_forms(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_arrays(rng), "h": 2.0**-10}]


def _forms(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_arrays(rng), "h": 0.25, "dout": -float(rng.uniform(1.2, 1.8))}]


def _only(probe: Probe, draw: Draw) -> Draw:
    """Only those inputs that a probe uses."""
    return lambda rng: [
        {n: v for n, v in case.items() if re.search(rf"\b{n}\b", probe.text)} for case in draw(rng)
    ]


# Answers that call these are judged on functions that measure nothing and compare nothing.
STAND_INS = {
    "num_grad": """\
def num_grad(f, x, h=1e-5):
    x = np.asarray(x, dtype=np.float64)
    return (f(x + h) + 2 * f(x - h)) * (x + 10 * h)
""",
    "rel_error": """\
def rel_error(a, b):
    return np.max(np.abs(np.subtract(a, b)) * (1 + np.square(a) + np.square(b)))
""",
}
HIDDEN = HiddenAssignment(
    name="01_derivatives",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "d_sin2",
            "The slope at other places, and for arrays.",
            SLOPE,
            _angles,
            {"slope": "slope"},
        ),
        HiddenCheck(
            "num_grad",
            "Slopes of another function, with several steps.",
            GRAD,
            _numbers,
            {"grad": "number"},
            MEASURED,
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
        HiddenCheck(
            "num_grad",
            "Arrays of two and three axes.",
            GRAD,
            _any_shape,
            {"grad": "shape"},
            MEASURED,
        ),
        HiddenCheck(
            "num_grad", "Integers instead of floats.", GRAD, _integers, {"grad": "shape"}, MEASURED
        ),
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
            "partials",
            "Other maxima, also of negative numbers.",
            PARTIALS,
            _maxima,
            {"fx": "max", "fy": "max"},
        ),
        HiddenCheck(
            "num_vjp",
            "One output, with several steps.",
            LAYER,
            _one_output,
            {"dx": "number"},
            MEASURED,
        ),
        HiddenCheck(
            "num_vjp",
            "Outputs and inputs of other shapes, with several steps.",
            LAYER,
            _many_outputs,
            {"dx": "array"},
            MEASURED,
        ),
        HiddenCheck("d_sin2", ANY_NUMBERS, SLOPES_AT_POINTS, _any_angles, {"slope": "slope"}),
        HiddenCheck(
            "d_sin2",
            ANY_ARRAYS,
            SLOPES_OF_ARRAYS,
            _only(SLOPES_OF_ARRAYS, _angles_of_arrays),
            dict.fromkeys(SLOPES_OF_ARRAYS.names, "slope"),
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "d_sin2",
            ANY_FORM,
            SLOPES_OF_FORMS,
            _only(SLOPES_OF_FORMS, _forms),
            dict.fromkeys(SLOPES_OF_FORMS.names, "slope"),
        ),
        HiddenCheck(
            "num_grad", ANY_NUMBERS, MEASURED_AT_POINTS, _any_steps, {"slope": "number"}, MEASURED
        ),
        HiddenCheck(
            "num_grad",
            LARGE_NUMBERS,
            MEASURED_AT_POINTS,
            _large_steps,
            {"slope": "number"},
            MEASURED,
        ),
        HiddenCheck(
            "num_grad",
            ANY_VECTORS,
            MEASURED_OF_VECTORS,
            _only(MEASURED_OF_VECTORS, _measured_arrays),
            dict.fromkeys(MEASURED_OF_VECTORS.names, "vector"),
            MEASURED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "num_grad",
            ANY_ARRAYS,
            MEASURED_OF_ARRAYS,
            _only(MEASURED_OF_ARRAYS, _measured_arrays),
            dict.fromkeys(MEASURED_OF_ARRAYS.names, "shape"),
            MEASURED,
        ),
        HiddenCheck(
            "num_grad",
            f"{ANY_FORM} {NEVER_MOVES}",
            MEASURED_OF_FORMS,
            _only(MEASURED_OF_FORMS, _measured_forms),
            dict.fromkeys(MEASURED_OF_FORMS.names, "shape"),
            MEASURED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "rel_error",
            ANY_NUMBERS,
            DISTANCES,
            _any_pairs,
            {"distance": "distance"},
            GUARDED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "rel_error",
            ANY_ARRAYS,
            DISTANCES_OF_ARRAYS,
            _only(DISTANCES_OF_ARRAYS, _pairs_of_arrays),
            dict.fromkeys(DISTANCES_OF_ARRAYS.names, "distance"),
            GUARDED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "rel_error",
            ANY_FORM,
            DISTANCES_OF_FORMS,
            _only(DISTANCES_OF_FORMS, _forms),
            dict.fromkeys(DISTANCES_OF_FORMS.names, "distance"),
            GUARDED,
        ),
        HiddenCheck(
            "fd_sweep",
            ANY_STEPS,
            SWEEP_AT_POINTS,
            _any_sweeps,
            {"forward": "forward", "centred": "centred"},
            GUARDED,
        ),
        HiddenCheck(
            "fd_sweep",
            "The cosine at 0, with other steps.",
            SWEEP_AT_THE_TOP,
            _tops,
            {"forward": "forward", "centred": "centred"},
            GUARDED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "partials",
            f"Multiply. {ANY_NUMBERS}",
            PRODUCTS,
            _any_products,
            {"fx": "mul", "fy": "mul"},
        ),
        HiddenCheck(
            "partials",
            f"Multiply. {LARGE_NUMBERS}",
            PRODUCTS,
            _large_products,
            {"fx": "mul", "fy": "mul"},
        ),
        HiddenCheck("partials", f"Add. {ANY_NUMBERS}", SUMS, _any_sums, {"fx": "add", "fy": "add"}),
        HiddenCheck(
            "partials", f"Max. {ANY_NUMBERS}", MAXIMA, _any_maxima, {"fx": "max", "fy": "max"}
        ),
        HiddenCheck("num_vjp", ANY_NUMBERS, BACK_AT_POINTS, _any_backs, {"dx": "number"}, MEASURED),
        HiddenCheck(
            "num_vjp", LARGE_NUMBERS, BACK_AT_POINTS, _large_backs, {"dx": "number"}, MEASURED
        ),
        HiddenCheck(
            "num_vjp",
            ANY_ARRAYS,
            BACK_OF_ARRAYS,
            _only(BACK_OF_ARRAYS, _back_of_arrays),
            dict.fromkeys(BACK_OF_ARRAYS.names, "array"),
            MEASURED,
            on_purpose=EDGES,
        ),
        HiddenCheck(
            "num_vjp",
            ANY_FORM,
            BACK_OF_FORMS,
            _only(BACK_OF_FORMS, _forms),
            dict.fromkeys(BACK_OF_FORMS.names, "array"),
            MEASURED,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        *(
            Excluded(
                name, ("*: a list)*",), "The docstring: numbers or arrays, so a list is neither."
            )
            for name in ("d_sin2", "num_grad", "rel_error", "num_vjp")
        ),
        Excluded("fd_sweep", ("*: a list)*",), "The docstring: hs is an array."),
        *(
            Excluded(
                name,
                (
                    "*(h: zero)*",
                    "*(h: minus one)*",
                    "*(h: negative)*",
                    "*(h: below -1)*",
                    "*(h: between -1 and 0)*",
                ),
                "The docstring: the step is a number above 0.",
            )
            for name in ("num_grad", "num_vjp")
        ),
        *(
            Excluded(name, ("*: an array without axes)*",), "The docstring: a number, so no array.")
            for name in ("num_grad", "num_vjp", "fd_sweep", "partials")
        ),
        *(
            Excluded(name, ("*(result: limited at 10)*",), "It is at most 2.")
            for name in ("d_sin2", "rel_error", "fd_sweep")
        ),
        Excluded(
            "rel_error",
            ("*: between -0.1 and 0)*",),
            "There is no corner at 0: the error of two numbers and that of their opposites are equal.",
        ),
        Excluded(
            "num_vjp",
            ("num_vjp(x, dout: are one object)",),
            "The docstring: dout is never the array x itself; num_grad may move the numbers of x as it measures.",
        ),
        Excluded(
            "fd_sweep",
            (
                "*(hs: a zero)*",
                "*(hs: all zeros)*",
                "*(hs: opposite values)*",
                "*(hs: *negative*)*",
                "*(hs: a value below -1)*",
            ),
            "The docstring: all steps are above 0.",
        ),
        Excluded(
            "fd_sweep",
            ("*(x, hs: *)*", "*(hs: Fortran order)*"),
            "x is a number and hs has one axis, so neither occurs.",
        ),
    ),
    equivalents=EQUIVALENTS,
)
