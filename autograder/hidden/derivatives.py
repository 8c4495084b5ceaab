"""Notebook 1, derivatives and a gradient checker: hidden checks and misconceptions."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Equivalent, HiddenAssignment, HiddenCheck, Misconception
from autograder.hidden.shared import UPSTREAM_IGNORED
from autograder.student.checks.derivatives import (
    DISTANCE,
    GUARD,
    PARTIALS,
    ROUNDING_OVER_STEP,
    SLOPE,
)
from autograder.student.exercises import Inputs, Probe
from autograder.student.rules import Values

MEASURED = Values(within=ROUNDING_OVER_STEP)
GUARDED = Values(within=GUARD)
# Steps that a student's code is handed.  With the largest a step of its own choice shows, as does an x that was not
# put back; with the smallest, arithmetic of too few digits.  Each is the rest of a call: it may be left out.
STEPS = ((0.2,), (0.02,), (1e-3,), (1e-5,))
USUAL: tuple[float, ...] = ()

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


def _lively(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of both signs between 0.5 and 1.5."""
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))


def _waves(rng: np.random.Generator, *shape: int) -> dict[str, object]:
    """A point and weights for WAVES, at which no slope is small beside the largest."""
    while True:
        w, x = _lively(rng, *shape), _lively(rng, *shape)
        slopes = np.abs(w * (np.cos(np.sum(w * x)) - np.sin(w * x)))
        if slopes.min() > 0.3:
            return {"x": x, "w": w}


def _whole(rng: np.random.Generator, *shape: int) -> dict[str, object]:
    """The same at a point of integers."""
    while True:
        w, x = _lively(rng, *shape), rng.integers(1, 5, shape) * rng.choice([-1, 1], shape)
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
    cases: list[Inputs] = [{"a": float(a), "b": float(0.8 * a)} for a in (40 * _lively(rng), -0.5 - rng.uniform(0, 1))]
    for unit, shape in ((100.0, (5,)), (0.5, (2, 3)), (1.0, (3, 2, 2))):
        a = unit * _lively(rng, *shape)
        cases += [{"a": a, "b": a * rng.uniform(0.6, 1.6, shape)}, {"a": a, "b": -a * rng.uniform(0.6, 1.6, shape)}]
    return cases


def _with_zeros(rng: np.random.Generator) -> Sequence[Inputs]:
    a = _lively(rng, 5)
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
            w, x, c = 1.3 * float(_lively(rng)), float(_lively(rng)), 0.4 * float(_lively(rng))
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
    return [*_gate("mul", (3 * _lively(rng, 4, 2)).tolist()), {"op": "mul", "x": -2, "y": 5}]


def _sums(rng: np.random.Generator) -> Sequence[Inputs]:
    return [*_gate("add", (3 * _lively(rng, 3, 2)).tolist()), {"op": "add", "x": 7, "y": -2}]


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
        A, x, dout = _lively(rng, *outputs, *inputs), _lively(rng, *inputs), 2 * _lively(rng, *outputs)
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
    misconceptions=(
        Misconception(
            "d_sin2",
            "slope of the outer function forgotten",
            "Your answer has the factor of the sine, but in place of the square's slope there is only a 2. The slope "
            "of a square depends on where the square stands.",
            (("2 * np.sin(x) * np.cos(x)", "2 * np.cos(x)"),),
        ),
        Misconception(
            "d_sin2",
            "slope of the inner function forgotten",
            "You differentiate the square and stop. The sine inside it has a slope too, and slopes along a chain "
            "multiply.",
            (("2 * np.sin(x) * np.cos(x)", "2 * np.sin(x)"),),
        ),
        Misconception(
            "d_sin2",
            "inner slope squared",
            "You square the slope of the sine. Squaring is the outer function: it has a slope of its own, taken at "
            "the sine's value.",
            (("2 * np.sin(x) * np.cos(x)", "np.cos(x) ** 2"),),
        ),
        Misconception(
            "d_sin2",
            "square inside the sine",
            "This is the slope of the sine of a square. Here the sine comes first, and its value is squared.",
            (("2 * np.sin(x) * np.cos(x)", "2 * x * np.cos(x**2)"),),
        ),
        Misconception(
            "d_sin2",
            "outer slope at the wrong place",
            "You take the slope of the square at x. The square never sees x; it stands at the sine's value.",
            (("2 * np.sin(x) * np.cos(x)", "2 * x * np.cos(x)"),),
        ),
        Misconception(
            "num_grad",
            "forward difference",
            "You step to one side only, so your slope is off by a multiple of the step. Step to both sides.",
            (("(f(x + step) - f(x - step)) / (2 * h)", "(f(x + step) - f(x)) / h"),),
        ),
        Misconception(
            "num_grad",
            "divided by one step",
            "Your two points lie two steps apart, but you divide by one. So every slope comes out twice too large.",
            (("f(x - step)) / (2 * h)", "f(x - step)) / h"),),
        ),
        Misconception(
            "num_grad",
            "step too small",
            "Your step is so small that the two values of f agree in nearly all their digits: what is left after the "
            "subtraction is rounding. Use the step that is handed in.",
            (("grad = np.zeros(x.shape)\n", "grad = np.zeros(x.shape)\n    h = 1e-15\n"),),
        ),
        Misconception(
            "num_grad",
            "step ignored",
            "Your code has a step of its own and measures with it, whatever h it is given.",
            (("grad = np.zeros(x.shape)\n", "grad = np.zeros(x.shape)\n    h = 1e-5\n"),),
        ),
        Misconception(
            "num_grad",
            "integers cut off",
            "For an x of integers, your array of slopes, or the array that you move, is one of integers too: NumPy "
            "silently cuts off what you write into it. Make it an array of floats.",
            (
                ("np.asarray(x, dtype=np.float64)", "np.asarray(x)"),
                ("grad = np.zeros(x.shape)", "grad = np.zeros_like(x)"),
            ),
        ),
        Misconception(
            "num_grad",
            "step lost in integers",
            "For an x of integers the array that you move is one of integers too, so the step is cut off and nothing "
            "moves. Make it an array of floats.",
            (
                ("np.asarray(x, dtype=np.float64)", "np.asarray(x)"),
                ("step = np.zeros(x.shape)", "step = np.zeros_like(x)"),
            ),
        ),
        Misconception(
            "num_grad",
            "x not put back",
            "You move an element of x and leave it there. All slopes after the first are then measured at another "
            "point than x. Start every element from the x that was given.",
            (
                (
                    "        step = np.zeros(x.shape)\n        step[i] = h\n"
                    "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                    "        x[i] += h\n        up = f(x)\n        x[i] -= 2 * h\n"
                    "        grad[i] = (up - f(x)) / (2 * h)",
                ),
            ),
        ),
        Misconception(
            "num_grad",
            "earlier elements move along",
            "Your first slope is right. With every further element the ones before it still move as well, so each "
            "slope is a sum of slopes.",
            (
                (
                    "    for i in np.ndindex(x.shape):\n        step = np.zeros(x.shape)\n",
                    "    step = np.zeros(x.shape)\n    for i in np.ndindex(x.shape):\n",
                ),
            ),
        ),
        Misconception(
            "num_grad",
            "all elements moved at once",
            "You move the whole array, so every slope you measure is the sum of all slopes. A gradient has one slope "
            "for each element: move this element alone.",
            (("step[i] = h", "step[...] = h"),),
        ),
        Misconception(
            "num_grad",
            "one array under two names",
            "Both of your points are the same array: an assignment gives it a second name and makes no copy. What is "
            "added under one name is taken away under the other, and every slope is zero.",
            (
                (
                    "        step = np.zeros(x.shape)\n        step[i] = h\n"
                    "        grad[i] = (f(x + step) - f(x - step)) / (2 * h)",
                    "        up = x\n        down = x\n        up[i] += h\n        down[i] -= h\n"
                    "        grad[i] = (f(up) - f(down)) / (2 * h)",
                ),
            ),
        ),
        Misconception(
            "num_grad",
            "rows moved at once",
            "Your loop counts the rows of x. For a vector a row is an element; for a matrix you move a whole row.",
            (("in np.ndindex(x.shape)", "in range(len(np.atleast_1d(x))) if x.ndim else [()]"),),
        ),
        Misconception(
            "num_grad",
            "gradient laid flat",
            "Your slopes are right, but they come as a vector. A gradient has the shape of what it is the gradient of.",
            (("    return grad\n", "    return grad.ravel() if grad.ndim else grad\n"),),
        ),
        Misconception(
            "num_grad",
            "float32",
            "Your points are kept in float32. Its seven digits hold no step of 1e-5: measuring slopes needs float64.",
            (
                ("np.asarray(x, dtype=np.float64)", "np.asarray(x, dtype=np.float32)"),
                ("step = np.zeros(x.shape)", "step = np.zeros(x.shape, dtype=np.float32)"),
            ),
        ),
        Misconception(
            "rel_error",
            "absolute error",
            "You return the distance itself. Whether it is large or small depends on the size of the numbers, so "
            "divide by it.",
            (("distance / size", "distance"),),
        ),
        Misconception(
            "rel_error",
            "0/0",
            "Where both numbers are 0 you divide zero by zero. That gives nan, though the two agree perfectly.",
            (("    size = np.where(size == 0, 1.0, size)\n", ""),),
        ),
        Misconception(
            "rel_error",
            "divided by the sum",
            "You divide by the sum of the two sizes. Here the larger of the two is asked for, so that a number and "
            "zero differ by exactly 1.",
            (("np.maximum(np.abs(a), np.abs(b))", "np.abs(a) + np.abs(b)"),),
        ),
        Misconception(
            "rel_error",
            "divided by one of the two",
            "You always divide by the size of the same one of the two, so the answer changes when they are exchanged.",
            (("np.maximum(np.abs(a), np.abs(b))", "np.abs(b)"),),
        ),
        Misconception(
            "rel_error",
            "sign of the distance",
            "Your distances keep their sign, so the negative ones are never the largest.",
            (("np.abs(np.asarray(a) - np.asarray(b))", "np.asarray(a) - np.asarray(b)"),),
        ),
        Misconception(
            "rel_error",
            "sign of the size",
            "You take the larger of the two numbers, not of their sizes. For negative numbers that is the smaller "
            "size, and a negative one.",
            (("np.maximum(np.abs(a), np.abs(b))", "np.maximum(a, b)"),),
        ),
        Misconception(
            "rel_error",
            "mean instead of the largest",
            "You average over the elements. One wrong slope among a million right ones would not be seen.",
            (("np.max(distance / size)", "np.mean(distance / size)"),),
        ),
        Misconception(
            "rel_error",
            "one size for all elements",
            "You divide the largest distance by the largest size of the whole array. A small element may then be all "
            "wrong without being seen; divide element by element.",
            (("np.max(distance / size)", "np.max(distance) / np.max(size)"),),
        ),
        Misconception(
            "fd_sweep",
            "forward and centred exchanged",
            "Both rows of errors are right, but you return them in the other order.",
            (("return np.array(forward), np.array(centred)", "return np.array(centred), np.array(forward)"),),
        ),
        Misconception(
            "fd_sweep",
            "absolute errors",
            "Your errors are distances. Relative ones are asked for: divided by the size of the slopes.",
            (
                ("rel_error((f(x + h) - f(x)) / h, exact)", "abs((f(x + h) - f(x)) / h - exact)"),
                ("rel_error(num_grad(f, x, h), exact)", "abs(num_grad(f, x, h) - exact)"),
            ),
        ),
        Misconception(
            "fd_sweep",
            "backward difference",
            "You step back where a forward difference steps forward. Both are off by about as much, but the errors "
            "are not the same.",
            (("[rel_error((f(x + h) - f(x))", "[rel_error((f(x) - f(x - h))"),),
        ),
        Misconception(
            "fd_sweep",
            "forward difference over two steps",
            "The two points of your forward difference are one step apart, but you divide by two. So half of the "
            "slope is missing, whatever the step.",
            (("(f(x + h) - f(x)) / h, exact", "(f(x + h) - f(x)) / (2 * h), exact"),),
        ),
        Misconception(
            "fd_sweep",
            "one step for all",
            "Your centred errors do not depend on the step: hand each step of hs on to the measurement.",
            (("num_grad(f, x, h)", "num_grad(f, x)"),),
        ),
        Misconception(
            "fd_sweep",
            "relative to the exact slope",
            "You divide by the exact slope always. The rel_error of this notebook divides by the larger of the two.",
            (
                ("rel_error((f(x + h) - f(x)) / h, exact)", "abs((f(x + h) - f(x)) / h - exact) / abs(exact)"),
                ("rel_error(num_grad(f, x, h), exact)", "abs(num_grad(f, x, h) - exact) / abs(exact)"),
            ),
        ),
        Misconception(
            "fd_sweep",
            "exact slope of another point",
            "You compare with the exact slope one step further. The slope at x is to be measured.",
            (
                ("(f(x + h) - f(x)) / h, exact", "(f(x + h) - f(x)) / h, df(x + h)"),
                ("num_grad(f, x, h), exact", "num_grad(f, x, h), df(x + h)"),
            ),
        ),
        Misconception(
            "partials",
            "own value instead of the other",
            "In a product you give each input its own value as slope. Hold one input: the output is then a straight "
            "line in the other one, and how steep it is depends on what is held.",
            (("return y, x", "return x, y"),),
        ),
        Misconception(
            "partials",
            "product passes gradients on",
            "Your product has the slopes of a sum. If one input is doubled, the output moves twice as much when the "
            "other is nudged.",
            (("return y, x", "return 1.0, 1.0"),),
        ),
        Misconception(
            "partials",
            "value instead of slope of a sum",
            "For a sum you return the inputs. How much the output moves with an input does not depend on where the "
            "input stands.",
            (("return 1.0, 1.0", "return x, y"),),
        ),
        Misconception(
            "partials",
            "sum shares its gradient",
            "Your sum gives each input one half. A nudge of either input comes out of a sum whole.",
            (("return 1.0, 1.0", "return 0.5, 0.5"),),
        ),
        Misconception(
            "partials",
            "max passes the value",
            "For max you return the larger input itself. Its slope is asked for: how much the output moves with it.",
            (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(x, 0.0) if x > y else (0.0, y)"),),
        ),
        Misconception(
            "partials",
            "max to both inputs",
            "Your max lets both inputs through. The smaller one is not to be seen at the output, so moving it a "
            "little moves nothing.",
            (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(1.0, 1.0)"),),
        ),
        Misconception(
            "partials",
            "max turned round",
            "Your max listens to the smaller input: the comparison stands the wrong way.",
            (("if x > y", "if x < y"),),
        ),
        Misconception(
            "partials",
            "max by size",
            "You compare sizes without their signs. Of two negative numbers the larger is the one nearer to zero.",
            (("if x > y", "if abs(x) > abs(y)"),),
        ),
        Misconception(
            "partials",
            "max always to x",
            "Your max gives the first input everything, whichever is larger.",
            (("(1.0, 0.0) if x > y else (0.0, 1.0)", "(1.0, 0.0)"),),
        ),
        Misconception(
            "num_vjp",
            *UPSTREAM_IGNORED,
            (("np.sum(dout * f(moved))", "np.sum(f(moved))"),),
        ),
        Misconception(
            "num_vjp",
            "upstream gradient outside the sum",
            "You measure the slope of the plain sum of the outputs and multiply afterwards. Every output must be "
            "multiplied by its own upstream gradient before they are added up.",
            (
                (
                    "num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
                    "np.sum(dout) * num_grad(lambda moved: np.sum(f(moved)), x, h)",
                ),
            ),
        ),
        Misconception(
            "num_vjp",
            "mean over the outputs",
            "You average over the outputs. The ways through different outputs add up.",
            (("np.sum(dout * f(moved))", "np.mean(dout * f(moved))"),),
        ),
        Misconception(
            "num_vjp",
            "step not handed on",
            "Your code takes h and does not use it: the measurement runs with its usual step, whatever is asked for.",
            ((", x, h)", ", x)"),),
        ),
        Misconception(
            "num_vjp",
            "first output only",
            "Your gradient is that of the first output. All outputs depend on x, so all have a part in it.",
            (("np.sum(dout * f(moved))", "np.ravel(dout * f(moved))[0]"),),
        ),
        Misconception(
            "num_vjp",
            "sign",
            "Every gradient has the wrong sign.",
            (("return num_grad", "return -num_grad"),),
        ),
    ),
    equivalents=(
        Equivalent(
            "num_grad",
            "x = np.asarray(x, dtype=np.float64)",
            ("x = np.asarray(x)",),
            "Adding a step of float64 to integers gives float64.",
        ),
        Equivalent(
            "num_grad", "grad = np.zeros(x.shape)", ("grad = np.ones(x.shape)",), "Each element is overwritten."
        ),
        Equivalent(
            "num_grad",
            "for i in np.ndindex(x.shape):",
            ("for i in reversed(list(np.ndindex(x.shape))):", "for i in np.ndindex(grad.shape):"),
            "The elements do not depend on each other, and grad has the shape of x.",
        ),
        Equivalent(
            "num_grad",
            "step = np.zeros(x.shape)",
            ("step = np.zeros(grad.shape)",),
            "grad has the shape of x.",
        ),
        Equivalent(
            "rel_error",
            "distance = np.abs(np.asarray(a) - np.asarray(b))",
            (
                "distance = np.abs(np.asarray(b) - np.asarray(a))",
                "distance = np.abs(a - np.asarray(b))",
                "distance = np.abs(np.asarray(a) - b)",
            ),
            "The distance is symmetric, and one array makes the difference an array.",
        ),
        Equivalent(
            "rel_error",
            "size = np.maximum(np.abs(a), np.abs(b))",
            ("size = np.maximum(np.abs(b), np.abs(a))",),
            "The larger of two is the same in either order.",
        ),
        Equivalent(
            "rel_error",
            "size = np.where(size == 0, 1.0, size)",
            (
                "size = np.where(distance == 0, 1.0, size)",
                "size = np.where(size == 0, 2.0, size)",
                "size = np.where(size == 0, -1.0, size)",
            ),
            "Where a size is replaced the distance is 0, and 0 over anything but 0 is 0.",
        ),
        Equivalent(
            "fd_sweep",
            "forward = [rel_error((f(x + h) - f(x)) / h, exact) for h in hs]",
            ("forward = [rel_error(exact, (f(x + h) - f(x)) / h) for h in hs]",),
            "The relative error is symmetric.",
        ),
        Equivalent(
            "fd_sweep",
            "centred = [rel_error(num_grad(f, x, h), exact) for h in hs]",
            ("centred = [rel_error(exact, num_grad(f, x, h)) for h in hs]",),
            "The relative error is symmetric.",
        ),
        Equivalent(
            "fd_sweep",
            "return (np.array(forward), np.array(centred))",
            ("return (forward, np.array(centred))", "return (np.array(forward), centred)"),
            "A list of numbers is taken for an array.",
        ),
        Equivalent(
            "partials",
            "return (1.0, 0.0) if x > y else (0.0, 1.0)",
            ("return (1.0, 0.0) if x >= y else (0.0, 1.0)",),
            "The two differ in a tie only, where either is right.",
        ),
    ),
)
