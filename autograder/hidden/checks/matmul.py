"""Notebook 4, matrix multiply and batches: hidden checks and misconceptions."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Draw, Equivalent, HiddenAssignment, HiddenCheck, Misconception
from autograder.hidden.shared import BIAS_FORGOTTEN, DIVIDED_BY_N, FORMULAS, UPSTREAM_IGNORED, measuring, near
from autograder.student.checks.matmul import AFFINE, BACKWARD, FORWARD, MEASUREMENT, SUMMED
from autograder.student.judging.formula_rule import NUDGED, Analytic
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe

# The number of examples where all cases of a check have the same sizes, so that a factor of 1/N can be named.
BATCH = 7
BATCH_KNOWN = Values(sizes={"N": BATCH})

# A second backward pass on one cache.  The first gets a copy of dout: writing into dout is only worth a warning.
AFFINE_AGAIN = Probe(AFFINE.call, AFFINE.names, setup=f"{AFFINE.setup}\naffine_backward(dout.copy(), cache)")
# The backward pass of sin(A x) is right if B is the transpose of A, and wrong otherwise.
DISTANCES = Probe(
    "[distance(*layer) for layer in layers]",
    ("distances",),
    setup="""\
import numpy as np
def distance(A, B, x, seed):
    def f(x):
        return np.sin(A @ x)
    def vjp(v, x):
        return B @ (v * np.cos(A @ x))
    return dot_test(f, vjp, x, seed)""",
)
BOTH = {"dW": "dW", "dX": "dX"}
ALL = {"dx": "dx", "dw": "dw", "db": "db"}


def _product(rng: np.random.Generator, m: int, n: int, p: int) -> Inputs:
    return {"dD": rng.normal(size=(m, p)), "W": rng.normal(size=(m, n)), "X": rng.normal(size=(n, p))}


def _products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, 4, 5, BATCH) for _ in range(3)]


def _thin_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, *sizes) for sizes in ((3, 2, 1), (1, 4, 6), (2, 1, 5), (6, 3, 2))]


def _square_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, n, n, n) for n in (3, 3, 4)]


def _layer(rng: np.random.Generator, x_shape: tuple[int, ...], outputs: int) -> dict[str, object]:
    x = rng.normal(size=x_shape)
    weights = rng.normal(size=(x[0].size, outputs))
    return {"x": x, "w": weights, "b": rng.normal(size=outputs)}


def _vectors(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_layer(rng, *sizes) for sizes in (((5, 4), 3), ((1, 4), 2), ((2, 3), 6), ((3, 4), 3))]


def _images(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_layer(rng, *sizes) for sizes in (((2, 3, 4), 5), ((1, 2, 3, 4), 6), ((3, 2, 4, 5), 1), ((4, 3, 2), 4))]


def _with_upstream(rng: np.random.Generator, x_shape: tuple[int, ...], outputs: int) -> Inputs:
    return {**_layer(rng, x_shape, outputs), "dout": rng.normal(size=(x_shape[0], outputs))}


def _batches(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_with_upstream(rng, (BATCH, 5), 4) for _ in range(3)]


def _any_shape(rng: np.random.Generator) -> Sequence[Inputs]:
    shapes = (((1, 4), 3), ((2, 3, 4), 5), ((3, 2, 4, 5), 6), ((1, 3, 2), 4), ((5, 2), 1))
    return [_with_upstream(rng, *sizes) for sizes in shapes]


def _twice(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_with_upstream(rng, *sizes) for sizes in (((3, 5), 2), ((2, 3, 4), 5))]


def _square_layers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_with_upstream(rng, *sizes) for sizes in (((4, 3), 3), ((3, 3), 3), ((2, 5), 5))]


def _stretched(*pairs: tuple[tuple[int, ...], tuple[int, ...]]) -> Draw:
    """Draw gradients for these pairs of the shape of g and the shape that it came from."""

    def draw(rng: np.random.Generator) -> Sequence[Inputs]:
        return [{"g": rng.normal(size=stretched), "shape": shape} for stretched, shape in pairs]

    return draw


IN_FRONT = _stretched(
    ((5, 3), (3,)), ((2, 5, 4), (4,)), ((4, 2, 3), (2, 3)), ((3, 2), ()), ((2, 3), (2, 3)), ((3, 3), (3,))
)
REPEATED = _stretched(
    ((3, 4), (3, 1)),
    ((5, 2), (1, 2)),
    ((2, 3, 4), (2, 1, 4)),
    ((2, 5), (1, 1)),
    ((4, 2, 3), (1, 2, 1)),
    ((3, 1), (3, 1)),
    ((3, 3), (3, 1)),
)
FRONT_AND_REPEATED = _stretched(
    ((4, 2, 3), (2, 1)), ((3, 4), (1,)), ((5, 2, 3, 4), (1, 3, 1)), ((2, 4, 5), (1, 1)), ((2, 2, 3), (2, 1))
)


def _backward_passes(rng: np.random.Generator) -> Sequence[Inputs]:
    """Right and wrong backward passes, all in one case: a right one's distance is judged by the size of the others'.

    Twice and zero have distances of opposite sign before the absolute value is taken.
    """
    layers: list[list[object]] = []
    for rows, x_shape in ((5, (3,)), (7, (4, 3)), (4, (4,)), (6, (5, 2)), (3, (3, 5))):
        A = _lively(rng, rows, x_shape[0])
        x, seed = rng.uniform(-1, 1, x_shape), int(rng.integers(2**31))
        layers += [[A, factor * A.T, x, seed] for factor in (1.0, 2.0, 0.0)]
        if A.shape == A.T.shape:
            layers.append([A, A, x, seed])
    return [{"layers": layers}]


def _lively(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of both signs between 0.5 and 2: sin(A x) then bends enough to show a forward difference."""
    return np.asarray(rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape))


HIDDEN = HiddenAssignment(
    name="04_matmul",
    checks=(
        HiddenCheck("matmul_backward", "The gradients for other matrices.", BACKWARD, _products, BOTH, BATCH_KNOWN),
        HiddenCheck(
            "matmul_backward",
            "The gradients for a single example, a single output, a single input.",
            BACKWARD,
            _thin_products,
            BOTH,
        ),
        HiddenCheck(
            "matmul_backward",
            "The gradients for square matrices, where every product fits and only the numbers tell.",
            BACKWARD,
            _square_products,
            BOTH,
        ),
        HiddenCheck("affine_forward", "Other batches of vectors.", FORWARD, _vectors, {"out": "vectors"}),
        HiddenCheck(
            "affine_forward", "Other batches of images, of two and three axes.", FORWARD, _images, {"out": "images"}
        ),
        HiddenCheck("affine_backward", "The gradients for batches of vectors.", AFFINE, _batches, ALL, BATCH_KNOWN),
        HiddenCheck("affine_backward", "The gradients for images, and for a single example.", AFFINE, _any_shape, ALL),
        HiddenCheck(
            "affine_backward", "A second backward pass on the same cache gives the same.", AFFINE_AGAIN, _twice, ALL
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for square weights, where every product fits and only the numbers tell.",
            AFFINE,
            _square_layers,
            ALL,
        ),
        HiddenCheck("affine_backward", FORMULAS, AFFINE, near(_batches, "x", "w", "dout"), ALL, Analytic()),
        HiddenCheck("unbroadcast", "Other axes in front.", SUMMED, IN_FRONT, {"summed": "prepended"}),
        HiddenCheck("unbroadcast", "Other axes of size 1.", SUMMED, REPEATED, {"summed": "kept"}),
        HiddenCheck("unbroadcast", "Both at once, in other places.", SUMMED, FRONT_AND_REPEATED, {"summed": "both"}),
        HiddenCheck(
            "dot_test",
            "The distance for right backward passes, and for others that are scaled, transposed or zero.",
            DISTANCES,
            _backward_passes,
            {"distances": "distance"},
            Values(within=MEASUREMENT),
            on_purpose="a right backward pass has the distance 0, where the absolute value has its kink",
        ),
    ),
    misconceptions=(
        Misconception(
            "affine_backward",
            NUDGED.name,
            NUDGED.text,
            (
                (
                    "dw = rows.T @ dout",
                    f"{measuring()}dw = measured(lambda v: np.sum(affine_forward(x, v, 0 * dout[0])[0] * dout), w)",
                ),
            ),
        ),
        Misconception(
            "matmul_backward",
            "factors of dW exchanged",
            "You multiply the right two matrices for dW in the wrong order. With square matrices that even runs, and "
            "is still wrong: check the shapes with three different sizes.",
            (("dW = dD @ X.T", "dW = X.T @ dD"),),
        ),
        Misconception(
            "matmul_backward",
            "X not transposed",
            "The sum behind dW runs over the examples. In your product it does not: X stands the wrong way.",
            (("dW = dD @ X.T", "dW = dD @ X"),),
        ),
        Misconception(
            "matmul_backward",
            "dW transposed",
            "Your dW holds the right numbers, with rows for columns. Compare its shape with that of W.",
            (("dW = dD @ X.T", "dW = X @ dD.T"),),
        ),
        Misconception(
            "matmul_backward",
            "dW element by element",
            "With * NumPy multiplies element by element. The gradient of a matrix product is a matrix product.",
            (("dW = dD @ X.T", "dW = dD * X"),),
        ),
        Misconception(
            "matmul_backward",
            "factors of dX exchanged",
            "You multiply the right two matrices for dX in the wrong order. With square matrices that even runs, and "
            "is still wrong: check the shapes with three different sizes.",
            (("dX = W.T @ dD", "dX = dD @ W.T"),),
        ),
        Misconception(
            "matmul_backward",
            "W not transposed",
            "The sum behind dX runs over the outputs. In your product it does not: W stands the wrong way.",
            (("dX = W.T @ dD", "dX = W @ dD"),),
        ),
        Misconception(
            "matmul_backward",
            "dX transposed",
            "Your dX holds the right numbers, with rows for columns. Compare its shape with that of X.",
            (("dX = W.T @ dD", "dX = dD.T @ W"),),
        ),
        Misconception("matmul_backward", *DIVIDED_BY_N, (("dD @ X.T", "dD @ X.T / X.shape[1]"),)),
        Misconception(
            "matmul_backward",
            *UPSTREAM_IGNORED,
            (("dW = dD @ X.T", "dD = np.ones_like(dD)\n    dW = dD @ X.T"),),
        ),
        Misconception(
            "matmul_backward",
            "dW and dX exchanged",
            "Both gradients are right, but you return them in the other order.",
            (("return dW, dX", "return dX, dW"),),
        ),
        Misconception("affine_forward", *BIAS_FORGOTTEN, (("rows @ w + b", "rows @ w"),)),
        Misconception(
            "affine_forward",
            "images not laid in rows",
            "You multiply x by the weights as it comes. That works for vectors; an image must first become one row.",
            (("rows = x.reshape(len(x), -1)", "rows = x"),),
        ),
        Misconception(
            "affine_forward",
            "examples mixed",
            "Your matrix has the right shape, but its rows hold numbers of several examples. Reshaping never moves a "
            "number: lay the examples in rows from the start.",
            (("x.reshape(len(x), -1)", "x.reshape(len(w), -1).T"),),
        ),
        Misconception(
            "affine_forward",
            "order of the pixels",
            "Each of your rows holds the right image, but its numbers stand in another order than in x[n].ravel(), "
            "so they meet the wrong weights.",
            (("x.reshape(len(x), -1)", 'x.reshape(len(x), -1, order="F")'),),
        ),
        Misconception(
            "affine_backward",
            "bias gradient not summed",
            "Your db still has one row for each example. The biases are shared by all examples, so their "
            "contributions add up.",
            (("db = dout.sum(axis=0)", "db = dout"),),
        ),
        Misconception(
            "affine_backward",
            "bias gradients lumped together",
            "You add up everything that arrives into one number. Each bias only has a part in its own output.",
            (("db = dout.sum(axis=0)", "db = dout.sum()"),),
        ),
        Misconception(
            "affine_backward",
            "bias gradient averaged",
            "Your db is the mean over the examples. Contributions of copies are added, not averaged.",
            (("db = dout.sum(axis=0)", "db = dout.mean(axis=0)"),),
        ),
        Misconception(
            "affine_backward",
            "bias gradient over the outputs",
            "You add up the outputs of each example. It is the examples that must be added up, for each output.",
            (("db = dout.sum(axis=0)", "db = dout.sum(axis=1)"),),
        ),
        Misconception(
            "affine_backward",
            "bias gradient as a row",
            "Your db has the right numbers in the shape (1, M). The biases are (M,), and a gradient has the shape of "
            "what it is the gradient of.",
            (("dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)"),),
        ),
        Misconception(
            "affine_backward",
            "dx left in rows",
            "Your dx is right for vectors. For images it is still laid in rows; give it back the shape of x.",
            (("(dout @ w.T).reshape(x.shape)", "dout @ w.T"),),
        ),
        Misconception(
            "affine_backward",
            "w not transposed",
            "The sum behind dx runs over the outputs. In your product it does not: w stands the wrong way.",
            (("dout @ w.T", "dout @ w"),),
        ),
        Misconception(
            "affine_backward",
            "dw transposed",
            "Your dw holds the right numbers, with rows for columns. Compare its shape with that of w.",
            (("dw = rows.T @ dout", "dw = dout.T @ rows"),),
        ),
        Misconception("affine_backward", *DIVIDED_BY_N, (("x, w = cache", "x, w = cache\n    dout = dout / len(x)"),)),
        Misconception(
            "affine_backward",
            *UPSTREAM_IGNORED,
            (("x, w = cache", "x, w = cache\n    dout = np.ones_like(dout)"),),
        ),
        Misconception(
            "affine_backward",
            "dx and dw exchanged",
            "The gradients are right, but you return them in another order than dx, dw, db.",
            (("return dx, dw, db", "return dw, dx, db"),),
        ),
        Misconception(
            "affine_backward",
            "cache overwritten",
            "Your first backward pass is right and spoils the second: it writes into an array that the cache still "
            "holds. Reshaping makes no copy, so writing into the reshaped array writes into the original.",
            (("dx = (dout @ w.T).reshape(x.shape)", "rows[:] = dout @ w.T\n    dx = x"),),
        ),
        Misconception(
            "unbroadcast",
            "axes in front kept",
            "You add up over the axes in front, but they are still there with size 1. The shape does not have them.",
            (
                (
                    "while g.ndim > len(shape):\n        g = g.sum(axis=0)",
                    "g = g.sum(axis=tuple(range(g.ndim - len(shape))), keepdims=True)",
                ),
            ),
        ),
        Misconception(
            "unbroadcast",
            "axes in front not added up",
            "You only look at axes of size 1. Broadcasting has also put new axes in front; they must be added up too.",
            (("    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n", ""),),
        ),
        Misconception(
            "unbroadcast",
            "first axis always added up",
            "You add up over the first axis once, whatever came in. First count how many axes g has more than the "
            "shape: it may be none, or several.",
            (("    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n", "    g = g.sum(axis=0)\n"),),
        ),
        Misconception(
            "unbroadcast",
            "axes of size 1 dropped",
            "You add up over the axes of size 1, and then they are gone. The shape has them, so keep them.",
            (("keepdims=True", "keepdims=False"),),
        ),
        Misconception(
            "unbroadcast",
            "axes of size 1 not added up",
            "You only add up over the axes in front. Broadcasting has also repeated axes of size 1.",
            (
                (
                    "    for axis, size in enumerate(shape):\n        if size == 1:\n"
                    "            g = g.sum(axis=axis, keepdims=True)\n",
                    "",
                ),
            ),
        ),
        Misconception(
            "unbroadcast",
            "averaged instead of added",
            "You take means. Forwards a number was copied, not divided; backwards its copies' gradients are added.",
            (
                ("g.sum(axis=0)", "g.mean(axis=0)"),
                ("g.sum(axis=axis, keepdims=True)", "g.mean(axis=axis, keepdims=True)"),
            ),
        ),
        Misconception(
            "unbroadcast",
            "one copy only",
            "You keep the gradient of one copy and lose the others. All of them go back to the same number.",
            (
                ("g.sum(axis=0)", "g[0]"),
                ("g.sum(axis=axis, keepdims=True)", "g.take([0], axis=axis)"),
            ),
        ),
        Misconception(
            "unbroadcast",
            "axes counted from the wrong end",
            "Each kind of stretching alone comes out right, both at once do not: while the axes in front are still "
            "there, the axes of g have other numbers than those of the shape.",
            (
                ("    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n    for", "    for"),
                ("    return g\n", "    while g.ndim > len(shape):\n        g = g.sum(axis=0)\n    return g\n"),
            ),
        ),
        Misconception(
            "dot_test",
            "forward difference",
            "Your J u is measured on one side only. It is off by a multiple of the step, so a right backward pass "
            "looks slightly wrong. Measure to both sides.",
            (("(f(x + h * u) - f(x - h * u)) / (2 * h)", "(f(x + h * u) - f(x)) / h"),),
        ),
        Misconception(
            "dot_test",
            "divided by one step",
            "Your two points lie two steps apart, but you divide by one. So J u comes out twice too large.",
            (("/ (2 * h)", "/ h"),),
        ),
        Misconception(
            "dot_test",
            "absolute value forgotten",
            "Your distance can be negative. A distance cannot.",
            (("abs(measured - claimed)", "measured - claimed"),),
        ),
        Misconception(
            "dot_test",
            "vjp not used",
            "Your test finds every backward pass right, because its answer does not depend on vjp.",
            (("np.sum(vjp(v, x) * u)", "np.sum(v * Ju)"),),
        ),
        Misconception(
            "dot_test",
            "v forgotten",
            "You add up J u itself. The first product is the one of J u with v.",
            (("np.sum(v * Ju)", "np.sum(Ju)"),),
        ),
        Misconception(
            "dot_test",
            "relative distance",
            "You divide by the size of the product. Here the distance itself is asked for.",
            (("abs(measured - claimed)", "abs(measured - claimed) / abs(measured)"),),
        ),
    ),
    equivalents=(
        Equivalent(
            "affine_forward",
            "rows = x.reshape(len(x), -1)",
            ("rows = x.reshape(len(x), -2)",),
            "NumPy takes any negative size for the one that it has to work out.",
        ),
        Equivalent(
            "affine_backward",
            "rows = x.reshape(len(x), -1)",
            ("rows = x.reshape(len(x), -2)", "rows = x.reshape(len(dout), -1)"),
            "NumPy takes any negative size for the one that it has to work out, and dout has a row for each example "
            "of x.",
        ),
        Equivalent(
            "unbroadcast",
            "for axis, size in enumerate(shape):",
            ("for axis, size in reversed(list(enumerate(shape))):",),
            "Sums over different axes, all of them kept, may be taken in any order.",
        ),
        Equivalent(
            "dot_test",
            "return abs(measured - claimed)",
            ("return abs(claimed - measured)",),
            "A distance is the same from either side.",
        ),
    ),
)
