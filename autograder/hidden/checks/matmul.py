"""Notebook 4, matrix multiply and batches: hidden checks."""

from collections.abc import Mapping, Sequence

import numpy as np

from autograder.hidden.catalogue import Draw, Equivalent, Excluded, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import FORMULAS, near, signed
from autograder.hidden.misconceptions.matmul import MISCONCEPTIONS
from autograder.student.checks.matmul import (
    AFFINE,
    AFFINE_AGAIN,
    BACKWARD,
    BATCH_AS_WEIGHTS,
    FORWARD,
    MATRIX_IN_ALL_ROLES,
    MEASUREMENT,
    STRIDED_AFFINE,
    STRIDED_BACKWARD,
    STRIDED_FORWARD,
    SUMMED,
    SUMMED_AGAIN,
    SUMMED_STRIDED,
    extreme_layer,
    extreme_product,
    positive_layer,
    special_layers,
    special_products,
)
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe
from autograder.student.model.special import special

# The number of examples where all cases of a check have the same sizes, so that a factor of 1/N can be named.
BATCH = 7
BATCH_KNOWN = Values(sizes={"N": BATCH})

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
    strided, columns = np.repeat(x, 2, axis=-1)[..., ::2], np.asfortranarray(x)
    return dot_test(f, vjp, strided, seed), dot_test(f, vjp, columns, seed)""",
)
BOTH = {"dW": "dW", "dX": "dX"}
ALL = {"dx": "dx", "dw": "dw", "db": "db"}


def _product(rng: np.random.Generator, m: int, n: int, p: int) -> Inputs:
    return {
        "dD": rng.normal(size=(m, p)),
        "W": rng.normal(size=(m, n)),
        "X": rng.normal(size=(n, p)),
    }


def _products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, 4, 5, BATCH) for _ in range(3)]


def _thin_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, *sizes) for sizes in ((3, 2, 1), (1, 4, 6), (2, 1, 5), (6, 3, 2))]


def _square_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_product(rng, n, n, n) for n in (3, 3, 4)]


def _special_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return special_products(rng, 18)


def _extreme_products(rng: np.random.Generator) -> Sequence[Inputs]:
    return [extreme_product(rng)]


def _matrix(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"A": special("positive", rng, (3, 3))}]


def _layer(rng: np.random.Generator, x_shape: tuple[int, ...], outputs: int) -> dict[str, object]:
    x = rng.normal(size=x_shape)
    weights = rng.normal(size=(x[0].size, outputs))
    return {"x": x, "w": weights, "b": rng.normal(size=outputs)}


def _vectors(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        _layer(rng, *sizes)
        for sizes in (((5, 4), 3), ((1, 4), 2), ((2, 3), 6), ((3, 4), 3), ((2, 1), 1))
    ] + [{**_layer(rng, (3, 2), 4), "b": np.full(4, 1.5)}]


def _images(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        _layer(rng, *sizes)
        for sizes in (((2, 3, 4), 5), ((1, 2, 3, 4), 6), ((3, 2, 4, 5), 1), ((4, 3, 2), 4))
    ]


def _special_layers(rng: np.random.Generator) -> Sequence[Inputs]:
    return special_layers(rng, 18)


def _extreme_layers(rng: np.random.Generator) -> Sequence[dict[str, np.ndarray]]:
    """Layers on images, each with a huge and a tiny value in another of its inputs.

    Only one at a time, so that the other inputs still show in the result.
    """
    extreme = extreme_layer(rng)
    ordinary = positive_layer(rng, extreme["x"].shape, len(extreme["b"]))
    return [{**ordinary, name: np.roll(value, 1)} for name, value in extreme.items()]


def _forward_only(layer: Mapping[str, np.ndarray], *axes: int) -> dict[str, np.ndarray]:
    """The inputs of the forward pass, each example in the shape of `axes`."""
    return {"x": layer["x"].reshape(len(layer["x"]), *axes), "w": layer["w"], "b": layer["b"]}


def _special_vectors(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_forward_only(layer, -1) for layer in special_layers(rng, 26)]


def _special_images(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_forward_only(layer, 1, -1, 1) for layer in special_layers(rng, 18)]


def _extreme_images(rng: np.random.Generator) -> Sequence[Inputs]:
    return [_forward_only(layer, 2, 1) for layer in _extreme_layers(rng)]


def _square_batch(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"A": special("positive", rng, (3, 3)), "b": special("positive", rng, 3)}]


def _positive_layers(rng: np.random.Generator) -> Sequence[Inputs]:
    return [positive_layer(rng, *sizes) for sizes in (((4, 3), 2), ((2, 3, 2), 3))]


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
    ((5, 3), (3,)),
    ((2, 5, 4), (4,)),
    ((4, 2, 3), (2, 3)),
    ((3, 2), ()),
    ((2, 3), (2, 3)),
    ((3, 3), (3,)),
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
    ((4, 2, 3), (2, 1)),
    ((3, 4), (1,)),
    ((5, 2, 3, 4), (1, 3, 1)),
    ((2, 4, 5), (1, 1)),
    ((2, 2, 3), (2, 1)),
)


def _special_sums(rng: np.random.Generator) -> Sequence[Inputs]:
    pairs = (
        ("rich", (1, 16), (1,)),
        ("ones", (2, 3, 2, 2), (3, 1, 2)),
        ("negative whole", (4, 1), (1, 1)),
    )
    return [
        {"g": special(kind, rng, stretched), "shape": shape} for kind, stretched, shape in pairs
    ]


def _extreme_sums(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {"g": np.roll(special("extreme", rng, 5), 1), "shape": (1,)},
        {"g": special("extreme", rng, (2, 2)), "shape": (1, 2)},
    ]


def _unstretched(rng: np.random.Generator) -> Sequence[Inputs]:
    stays = [
        {"g": special("positive", rng, shape), "shape": shape} for shape in ((3, 3), (2, 1), (4,))
    ]
    return [*stays, {"g": np.array(0.0), "shape": ()}]


def _backward_passes(rng: np.random.Generator) -> Sequence[Inputs]:
    """Right and wrong backward passes, all in one case: a right one's distance is judged by the size of the others'.

    Twice and zero have distances of opposite sign before the absolute value is taken.
    """
    layers: list[list[object]] = []
    special_points = (
        ("rich", (14,), 0),
        ("negative whole", (3, 1), 2),
        ("ones", (2, 2), 11 + 2 * int(rng.integers(5))),
        ("zeros", (2, 3), 12 + 2 * int(rng.integers(5))),
        ("positive", (1, 3), 1),
        ("close", (1, 1), 3 + 2 * int(rng.integers(4))),
    )
    for kind, x_shape, seed in special_points:
        x = special(kind, rng, x_shape)
        # Small where x is large, so that the step does not get lost in the rounding of A x.
        A = signed(rng, (3, x_shape[0]), 0.2, 0.9) / np.maximum(
            1, np.abs(x).reshape(len(x), -1).max(axis=1)
        )
        x.ravel()[-1] *= 1e-7 if kind == "positive" else 1.0
        layers += [[A, factor * A.T, x, seed] for factor in (1.0, 2.0)]
    for rows, x_shape in ((5, (3,)), (7, (4, 3)), (4, (4,)), (6, (5, 2)), (3, (3, 5))):
        # So large that sin(A x) bends enough to show a forward difference.
        A = signed(rng, (rows, x_shape[0]), 0.5, 2)
        x, seed = rng.uniform(-1, 1, x_shape), int(rng.integers(2**31))
        layers += [[A, factor * A.T, x, seed] for factor in (1.0, 2.0, 0.0)]
        if A.shape == A.T.shape:
            layers.append([A, A, x, seed])
    return [{"layers": layers}, {"layers": _aligned_layers(rng)}]


def _aligned_layers(rng: np.random.Generator) -> list[list[object]]:
    """A right backward pass, and one that is far off, since its matrix is aligned with the directions of the seed."""
    x, seed = np.zeros((4, 8)), int(rng.integers(2**31))
    directions = np.random.default_rng(seed)
    u, v = directions.uniform(-1, 1, x.shape), directions.uniform(-1, 1, (6, 8))
    products = v @ u.T
    A = 12 * np.sign(products) / np.sum(np.abs(products))
    return [[A, factor * A.T, x, seed] for factor in (1.0, 2.0)]


# Its cache is the usual one; a cache of another form is judged by the slopes of its own forward pass.
STAND_INS = {
    "affine_forward": """\
def affine_forward(x, w, b):
    return 2 * np.tanh(x.reshape(len(x), -1)) @ w - b, (x, w)
"""
}
HIDDEN = HiddenAssignment(
    name="04_matmul",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "matmul_backward",
            "The gradients for other matrices.",
            BACKWARD,
            _products,
            BOTH,
            BATCH_KNOWN,
        ),
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
        HiddenCheck(
            "matmul_backward",
            "The gradients for numbers of every kind, in matrices of every size.",
            STRIDED_BACKWARD,
            _special_products,
            BOTH,
            on_purpose="all kinds of numbers, so ones and zeros as well",
        ),
        HiddenCheck(
            "matmul_backward",
            "The gradients for huge and tiny numbers.",
            STRIDED_BACKWARD,
            _extreme_products,
            BOTH,
        ),
        HiddenCheck(
            "matmul_backward",
            "The gradients for another matrix in all roles, and for the same matrices again.",
            MATRIX_IN_ALL_ROLES,
            _matrix,
            BOTH,
        ),
        HiddenCheck(
            "affine_forward", "Other batches of vectors.", FORWARD, _vectors, {"out": "vectors"}
        ),
        HiddenCheck(
            "affine_forward",
            "Other batches of images, of two and three axes.",
            FORWARD,
            _images,
            {"out": "images"},
        ),
        HiddenCheck(
            "affine_forward",
            "Vectors with numbers of every kind, in batches of every size.",
            STRIDED_FORWARD,
            _special_vectors,
            {"out": "vectors"},
        ),
        HiddenCheck(
            "affine_forward",
            "Images with numbers of every kind, in batches of every size.",
            STRIDED_FORWARD,
            _special_images,
            {"out": "images"},
        ),
        HiddenCheck(
            "affine_forward",
            "Huge and tiny numbers.",
            FORWARD,
            _extreme_images,
            {"out": "images"},
            on_purpose="one huge input at a time, so some results are small",
        ),
        HiddenCheck(
            "affine_forward",
            "Another batch as its own weights, and the same batch again.",
            BATCH_AS_WEIGHTS,
            _square_batch,
            {"out": "vectors"},
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for batches of vectors.",
            AFFINE,
            _batches,
            ALL,
            BATCH_KNOWN,
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for images, and for a single example.",
            AFFINE,
            _any_shape,
            ALL,
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients after other passes, and from a cache that has served before.",
            AFFINE_AGAIN,
            _twice,
            ALL,
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for numbers of every kind, in batches of every size.",
            STRIDED_AFFINE,
            _special_layers,
            ALL,
            on_purpose="all kinds of numbers, so ones and zeros as well",
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for huge and tiny numbers.",
            STRIDED_AFFINE,
            _extreme_layers,
            ALL,
            on_purpose="one huge input at a time, so some results are small",
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for positive numbers below 1.",
            AFFINE,
            _positive_layers,
            ALL,
        ),
        HiddenCheck(
            "affine_backward",
            "The gradients for square weights, where every product fits and only the numbers tell.",
            AFFINE,
            _square_layers,
            ALL,
        ),
        HiddenCheck(
            "affine_backward", FORMULAS, AFFINE, near(_batches, "x", "w", "dout"), ALL, Analytic()
        ),
        HiddenCheck(
            "unbroadcast", "Other axes in front.", SUMMED, IN_FRONT, {"summed": "prepended"}
        ),
        HiddenCheck("unbroadcast", "Other axes of size 1.", SUMMED, REPEATED, {"summed": "kept"}),
        HiddenCheck(
            "unbroadcast",
            "Both at once, in other places.",
            SUMMED,
            FRONT_AND_REPEATED,
            {"summed": "both"},
        ),
        HiddenCheck(
            "unbroadcast",
            "Numbers of every kind; a row, a column, four axes.",
            SUMMED_STRIDED,
            _special_sums,
            {"summed": "both"},
            on_purpose="all kinds of numbers, so ones as well",
        ),
        HiddenCheck(
            "unbroadcast", "Huge and tiny numbers.", SUMMED, _extreme_sums, {"summed": "kept"}
        ),
        HiddenCheck(
            "unbroadcast",
            "Gradients that need no sum come back as they are, also when they come again.",
            SUMMED_AGAIN,
            _unstretched,
            {"summed": "prepended"},
        ),
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
    misconceptions=MISCONCEPTIONS,
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
    excluded=(
        Excluded("matmul_backward", ("*: a list)*", "*: integers)*"), "All arrays are float64."),
        Excluded("affine_forward", ("*: a list)*", "*: integers)*"), "All arrays are float64."),
        Excluded(
            "affine_forward",
            ("*(?, b: *)*", "*(b: Fortran order)*"),
            "b has one axis, x and w have two or more, so they are never alike; one axis has no order of its own.",
        ),
        Excluded(
            "affine_forward",
            ("* -> 1",),
            "The cache is anything that affine_backward needs, in a form of the student's own.",
        ),
        Excluded("affine_backward", ("*: a list)*", "*: integers)*"), "dout is a float64 array."),
        Excluded("unbroadcast", ("*: a list)*", "*: integers)*"), "g is a float64 array."),
        Excluded("dot_test", ("*: a list)*", "*: integers)*"), "x is a float64 array."),
        Excluded(
            "dot_test",
            ("dot_test(term ?: *",),
            "Where products are above 10 the checks' function bends so much that a right step is off.",
        ),
        Excluded("dot_test", ("*(x: a huge value)*",), "All numbers of x are below 1e6."),
        Excluded(
            "dot_test",
            ("*(x, seed: *)*",),
            "The seed only draws directions; it has no size to compare with x.",
        ),
        Excluded(
            "matmul_backward",
            ("*(dD, ?: are one object)*",),
            "Writing into dD is only worth a note, so dD is never W or X itself.",
        ),
    ),
)
