"""Notebook 4, matrix multiply and batches: points, hints and visible checks.  Slide 16."""

from dataclasses import replace

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe
from autograder.student.model.special import every_wide_kind, special

PRODUCT = Probe("W @ X", ("D",))
BACKWARD = Probe("matmul_backward(dD, W, X)", ("dW", "dX"))
BACKWARD_OF_NOTHING = Probe(
    BACKWARD.call,
    BACKWARD.names,
    setup="""\
import numpy as np
rng = np.random.default_rng(16)
W, X = rng.normal(size=(5, 10)), rng.normal(size=(10, 3))
dD = np.zeros((5, 3))""",
)
# Arrays whose numbers do not lie next to each other in memory.
STRIDED_BACKWARD = Probe(
    BACKWARD.call,
    BACKWARD.names,
    setup="""\
import numpy as np
dD, W, X = (np.repeat(array, 2, axis=-1)[..., ::2] for array in (dD, W, X))""",
)
# One square matrix in all roles, again and again; the first product has the same matrix twice.
MATRIX_IN_ALL_ROLES = Probe(
    "dWs, dXs",
    ("dW", "dX"),
    setup="""\
import numpy as np
A = np.asfortranarray(A)
near = 1.00001 * A
dWs, dXs = [], []
for dD, W, X in [(near, A, A), (A, A, -A), (A, near, A), (-A, A, near), (near, A, A)]:
    dW, dX = matmul_backward(dD.copy("F"), W, X)
    dWs.append(dW)
    dXs.append(dX)""",
)
IN_ALL_ROLES = {
    "dW": np.array([1.00001, -1, 1, -1.00001, 1.00001]).reshape(5, 1, 1),
    "dX": np.array([1.00001, 1, 1.00001, -1, 1.00001]).reshape(5, 1, 1),
}
FORWARD = Probe("affine_forward(x, w, b)", ("out", "cache"))
OUTPUT = Probe("out", ("out",), setup="out, cache = affine_forward(x, w, b)")
AFFINE = Probe(
    "affine_backward(dout, cache)", ("dx", "dw", "db"), setup="out, cache = affine_forward(x, w, b)"
)
AFFINE_OF_NOTHING = Probe(
    AFFINE.call,
    AFFINE.names,
    setup="""\
import numpy as np
rng = np.random.default_rng(16)
x, w, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(12, 5)), rng.normal(size=5)
dout = np.zeros((2, 5))
out, cache = affine_forward(x, w, b)""",
)
STRIDED_FORWARD = Probe(
    FORWARD.call,
    FORWARD.names,
    setup="""\
import numpy as np
x, w, b = (np.repeat(array, 2, axis=-1)[..., ::2] for array in (x, w, b))""",
)
# A square batch as its own weights, then with others, then once more.
BATCH_AS_WEIGHTS = Probe(
    "outs",
    ("out",),
    setup="""\
import numpy as np
A = np.asfortranarray(A)
outs = []
for w in (A, -A, 1.00001 * A, A):
    out, cache = affine_forward(A, w, b)
    outs.append(out)""",
)
STRIDED_AFFINE = Probe(
    AFFINE.call,
    AFFINE.names,
    setup=f"{STRIDED_FORWARD.setup}\ndout = np.repeat(dout, 2, axis=-1)[..., ::2]\n{AFFINE.setup}",
)
# Another forward pass before the first backward pass; then the same cache with another upstream
# gradient, and twice with the same.  Earlier backward passes get arrays of their own: writing into
# dout is only worth a note.
AFFINE_AGAIN = Probe(
    AFFINE.call,
    AFFINE.names,
    setup="""\
import numpy as np
x, w, dout = np.asfortranarray(x), np.asfortranarray(w), np.asfortranarray(dout)
out, cache = affine_forward(x, w, b)
affine_forward(x + 1, w - 1, b)
affine_backward(dout + 1, cache)
affine_backward(dout.copy("F"), cache)""",
)
SUMMED = Probe("unbroadcast(g, shape)", ("summed",))
SUMMED_STRIDED = Probe(
    SUMMED.call, SUMMED.names, setup="import numpy as np\ng = np.repeat(g, 2, axis=-1)[..., ::2]"
)
SUMMED_AGAIN = Probe(
    SUMMED.call,
    SUMMED.names,
    setup='import numpy as np\ng = np.asfortranarray(g)\nunbroadcast(g.copy("F"), shape)',
)
DISTANCES = Probe(
    "dot_test(f, right, x, seed), dot_test(f, twice, x, seed)",
    ("distance_if_right", "distance_if_twice"),
    setup="""\
import numpy as np
def f(x):
    return np.sin(A @ x)
def right(v, x):
    return A.T @ (v * np.cos(A @ x))
def twice(v, x):
    return 2 * right(v, x)""",
)
# Both distances at once, so that a right one, which is mere rounding, is judged by the size of the other.
BOTH_DISTANCES = "[dot_test(f, right, x, seed), dot_test(f, twice, x, seed)]"
DISTANCES_STRIDED = Probe(
    BOTH_DISTANCES,
    ("distances",),
    setup=f"{DISTANCES.setup}\nx = np.repeat(x, 2, axis=-1)[..., ::2]",
)
DISTANCES_AGAIN = Probe(
    BOTH_DISTANCES,
    ("distances",),
    setup=f'{DISTANCES.setup}\nx = np.asfortranarray(x)\ndot_test(f, right, x.copy("F"), seed)',
)
# Room for the measurement of J u, as a fraction of the largest distance.  A centred difference is
# off by h²/6 |A u|³ and eps/h an output: under half of this for every step from 1e-8 to 1e-4.  A
# forward difference is off by h/2 |A u|², at least eight times as much.
MEASUREMENT = 2e-7

TALL = np.array([[1.5, -0.5], [0.25, 2.0], [-1.25, 0.75]])

# So aligned with the directions of seed 4 that a wrong backward pass is far off.
ALIGNED = np.array(
    [
        [-0.75, 0.75, 0.75, 0.75],
        [-0.75, -0.75, -0.75, 0.75],
        [0.75, 0.75, 0.75, -0.75],
        [0.75, 0.75, 0.75, -0.75],
        [-0.75, -0.75, 0.75, -0.75],
        [-0.75, 0.75, 0.75, 0.75],
    ]
)

LAYER_SLOPES = Slopes(
    forward=OUTPUT, upstream="dout", wrt={"dx": "x", "dw": "w", "db": "b"}, smooth=True
)
# Both signs, zero, equal, opposite and nearly equal numbers, a 1, large and small ones.
RICH = np.array(
    [-0.5, 0.0, 0.5, 1.0, 0.75, 12.5, 0.75, -150.25, 0.002, 0.6, 0.60001, -1.8, 150.5, 2.0]
)

PRODUCT_SLOPES = Slopes(forward=PRODUCT, upstream="dD", wrt={"dW": "W", "dX": "X"}, smooth=True)


def special_products(rng: np.random.Generator, many: int) -> list[dict[str, np.ndarray]]:
    """Matrices dD, W and X of every kind and of every size: a row, a column, one element, square.

    many: how many elements hold all of the first kind.
    """
    return every_wide_kind(
        rng, [_matrices(*sizes) for sizes in ((2, 2, many), (3, 1, 1), (1, 1, many), (1, many, 1))]
    )


def extreme_product(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Matrices dD, W and X that hold a huge and a tiny value each."""
    return {name: special("extreme", rng, shape) for name, shape in _matrices(3, 2, 3).items()}


def _matrices(m: int, n: int, p: int) -> dict[str, tuple[int, ...]]:
    return {"dD": (m, p), "W": (m, n), "X": (n, p)}


def special_layers(rng: np.random.Generator, many: int) -> list[dict[str, np.ndarray]]:
    """Batches, weights, upstream gradients and biases of every kind and of every size: a row, a column, one element.

    many: how many elements hold all of the first kind.
    """
    shapes = (
        _layer((1, many), 1),
        _layer((2, 4), many),
        _layer((1, 1), many),
        _layer((3, 2, 1, many // 2), 1),
    )
    return every_wide_kind(rng, shapes)


def extreme_layer(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The inputs of a square layer, on images, that hold a huge and a tiny value each."""
    return {name: special("extreme", rng, shape) for name, shape in _layer((2, 1, 2), 2).items()}


def positive_layer(
    rng: np.random.Generator, x_shape: tuple[int, ...], outputs: int
) -> dict[str, np.ndarray]:
    """The inputs of a layer, all between 0 and 1."""
    return {
        name: special("positive", rng, shape) for name, shape in _layer(x_shape, outputs).items()
    }


def _layer(x_shape: tuple[int, ...], outputs: int) -> dict[str, tuple[int, ...]]:
    examples, *axes = x_shape
    return {
        "x": x_shape,
        "w": (int(np.prod(axes)), outputs),
        "dout": (examples, outputs),
        "b": (outputs,),
    }


ASSIGNMENT = Assignment(
    name="04_matmul",
    title="Matrix multiply and batches",
    exercises=(
        Exercise(
            name="matmul_backward",
            title="Matrix product, backward pass",
            slides=(16,),
            parts=(
                Part("dW", 2.0, "gradient with respect to the weights"),
                Part("dX", 2.0, "gradient with respect to the inputs"),
            ),
            hints=(
                "Which shape must dW have, and which two of the matrices dD, W and X can be multiplied to give it?",
                "Look at the dimension that disappears in each of your products: is it the one that the two sums "
                "above run over?",
                "Look at every factor: must it be transposed, and is the product a matrix product (@)?",
                "Each weight's gradient is a sum over the examples: what arrives at the outputs of its row, times the "
                "inputs that it was multiplied by.",
            ),
            checks=(
                Check(
                    text="Where nothing arrives from above, all is zero, in the shapes of slide 16's 5x10 times 10x3.",
                    probe=BACKWARD_OF_NOTHING,
                    cases=(Case({}, {"dW": np.zeros((5, 10)), "dX": np.zeros((10, 3))}),),
                    judges={"dW": "dW", "dX": "dX"},
                    rule=Values(),
                    on_purpose="Only the shapes are shown; the next check has numbers.",
                ),
                Check(
                    text="The gradients are the measured slopes of the product.",
                    probe=BACKWARD,
                    cases=(
                        Case(
                            {
                                "dD": np.array([[0.8, -1.7, 0.3, 1.1], [-0.6, 0.9, 2.1, -1.4]]),
                                "W": np.array([[2.0, -1.0, 0.5], [-1.5, 3.0, 0.25]]),
                                "X": np.array(
                                    [
                                        [0.7, -0.2, 1.3, 0.4],
                                        [-1.1, 0.6, 0.9, -2.2],
                                        [1.8, -0.5, 0.1, 1.6],
                                    ]
                                ),
                            }
                        ),
                    ),
                    judges={"dW": "dW", "dX": "dX"},
                    rule=PRODUCT_SLOPES,
                ),
                Check(
                    text="The same for numbers of every kind, in matrices of every size.",
                    probe=STRIDED_BACKWARD,
                    cases=(
                        *map(Case, special_products(np.random.default_rng(4), 14)),
                        Case(extreme_product(np.random.default_rng(4))),
                    ),
                    judges={"dW": "dW", "dX": "dX"},
                    rule=PRODUCT_SLOPES,
                    on_purpose="All kinds of numbers, so ones and zeros as well.",
                ),
                Check(
                    text="The same for one matrix in all roles, and for the same matrices again.",
                    probe=MATRIX_IN_ALL_ROLES,
                    cases=(
                        Case(
                            {"A": np.array([[0.75, 0.5], [0.25, 0.125]])},
                            {
                                "dW": IN_ALL_ROLES["dW"]
                                * np.array([[0.8125, 0.25], [0.25, 0.078125]]),
                                "dX": IN_ALL_ROLES["dX"]
                                * np.array([[0.625, 0.40625], [0.40625, 0.265625]]),
                            },
                        ),
                    ),
                    judges={"dW": "dW", "dX": "dX"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="affine_forward",
            title="Layer, forward pass",
            slides=(16,),
            parts=(
                Part("vectors", 1.0, "a batch of vectors"),
                Part("images", 1.0, "a batch of images"),
            ),
            hints=(
                "How many rows and how many columns must the matrix have that you multiply by w?",
                "Look at the line that changes the shape of x: do the numbers of one example stay side by side?",
                "First give every example one row with all of its numbers, then multiply by the weights, then add the "
                "biases.",
            ),
            checks=(
                Check(
                    text="A batch of two vectors.",
                    probe=FORWARD,
                    cases=(
                        Case(
                            {
                                "x": np.array([[1.0, 2.0, 3.0], [-1.0, 0.0, 4.0]]),
                                "w": np.array(
                                    [
                                        [1.0, 0.0, 2.0, -1.0],
                                        [0.0, 1.0, 1.0, 3.0],
                                        [2.0, -2.0, 0.0, 1.0],
                                    ]
                                ),
                                "b": np.array([0.5, -0.5, 1.0, 0.0]),
                            },
                            {"out": np.array([[7.5, -4.5, 5.0, 8.0], [7.5, -8.5, -1.0, 5.0]])},
                        ),
                    ),
                    judges={"out": "vectors"},
                    rule=Values(),
                ),
                Check(
                    text="A batch of four images of 3 by 2 numbers.",
                    probe=FORWARD,
                    cases=(
                        Case(
                            {
                                "x": np.arange(24.0).reshape(4, 3, 2),
                                "w": np.array([[1.0], [0.0], [-1.0], [2.0], [0.0], [1.0]]),
                                "b": np.array([10.0]),
                            },
                            {"out": np.array([[19.0], [37.0], [55.0], [73.0]])},
                        ),
                    ),
                    judges={"out": "images"},
                    rule=Values(),
                ),
                Check(
                    text="Numbers of every kind, in batches of every size.",
                    probe=STRIDED_FORWARD,
                    cases=(
                        Case(
                            {"x": RICH[None], "w": np.ones((14, 2)), "b": np.array([-3.0, -2.0])},
                            {"out": np.array([[13.65201, 14.65201]])},
                        ),
                        Case(
                            {
                                "x": np.array([[-4.0], [-3.0], [-3.0]]),
                                "w": np.zeros((1, 1)),
                                "b": np.ones(1),
                            },
                            {"out": np.ones((3, 1))},
                        ),
                        Case(
                            {"x": np.ones((2, 2)), "w": RICH.reshape(2, 7), "b": np.zeros(7)},
                            {
                                "out": np.array(
                                    [[-150.75, 0.002, 1.1, 1.60001, -1.05, 163.0, 2.75]] * 2
                                )
                            },
                        ),
                        Case(
                            {"x": np.zeros((1, 1)), "w": np.arange(-15.0, -1.0)[None], "b": RICH},
                            {"out": RICH[None]},
                        ),
                    ),
                    judges={"out": "vectors"},
                    rule=Values(),
                ),
                Check(
                    text="A batch as its own weights, and the same batch again.",
                    probe=BATCH_AS_WEIGHTS,
                    cases=(
                        Case(
                            {
                                "A": np.array([[0.75, 0.5], [0.25, 0.125]]),
                                "b": np.array([0.5, 0.25]),
                            },
                            {
                                "out": [
                                    [[1.1875, 0.6875], [0.71875, 0.390625]],
                                    [[-0.1875, -0.1875], [0.28125, 0.109375]],
                                    [[1.187506875, 0.687504375], [0.7187521875, 0.39062640625]],
                                    [[1.1875, 0.6875], [0.71875, 0.390625]],
                                ]
                            },
                        ),
                    ),
                    judges={"out": "vectors"},
                    rule=Values(),
                ),
                Check(
                    text="Huge and tiny numbers, in images with three axes.",
                    probe=FORWARD,
                    cases=(
                        Case(
                            {
                                "x": np.array([[[[2e6], [1e-7]]], [[[-3.0], [0.5]]]]),
                                "w": np.array([[0.25, 20.0], [2e6, 2e-7]]),
                                "b": np.array([4e6, 1e-7]),
                            },
                            {
                                "out": np.array(
                                    [[4500000.2, 4.0e7 + 1e-7], [4999999.25, -59.9999998]]
                                )
                            },
                        ),
                    ),
                    judges={"out": "images"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="affine_backward",
            title="Layer, backward pass",
            slides=(16,),
            builds_on=("affine_forward",),
            parts=(
                Part("dx", 1.5, "gradient with respect to the inputs"),
                Part("dw", 1.5, "gradient with respect to the weights"),
                Part("db", 1.0, "gradient with respect to the biases"),
            ),
            hints=(
                "The product is x w now, where slide 16 has W X: which of the two is x, and which is w?",
                "Look at db: over which axis of dout are the examples counted?",
                "Look at dx: which shape did x have before it was laid in rows?",
                "Two matrix products as on slide 16. Each bias collects what arrives at it from all the examples. The "
                "inputs' gradient gets back the shape that the inputs came in.",
            ),
            hint_parts={1: ("db",), 2: ("dx",)},
            checks=(
                Check(
                    text="Where nothing arrives from above, all is zero, in the shapes of a batch of two images.",
                    probe=AFFINE_OF_NOTHING,
                    cases=(
                        Case(
                            {},
                            {"dx": np.zeros((2, 3, 4)), "dw": np.zeros((12, 5)), "db": np.zeros(5)},
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw", "db": "db"},
                    rule=Values(),
                    on_purpose="Only the shapes are shown; the next check has numbers.",
                ),
                Check(
                    text="The gradients are the measured slopes of your own forward pass, and come from formulas.",
                    probe=AFFINE,
                    cases=(
                        Case(
                            {
                                "x": np.array(
                                    [
                                        [0.5, -1.2, 2.0, 0.3],
                                        [1.4, 0.8, -0.6, 1.9],
                                        [-2.3, 0.1, 1.1, -0.9],
                                    ]
                                ),
                                "w": np.array([[1.0, -0.4], [0.6, 2.2], [-1.3, 0.7], [0.2, -1.8]]),
                                "b": np.array([0.3, -0.7]),
                                "dout": np.array([[1.6, -0.9], [-0.3, 2.4], [0.8, 1.2]]),
                            }
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw", "db": "db"},
                    rule=replace(LAYER_SLOPES, formulas=True),
                ),
                Check(
                    text="The same for numbers of every kind, in batches of every size.",
                    probe=STRIDED_AFFINE,
                    cases=(
                        *map(Case, special_layers(np.random.default_rng(4), 14)),
                        Case(extreme_layer(np.random.default_rng(4))),
                    ),
                    judges={"dx": "dx", "dw": "dw", "db": "db"},
                    rule=LAYER_SLOPES,
                    on_purpose="All kinds of numbers, so ones and zeros as well.",
                ),
                Check(
                    text="The same after other passes, and from a cache that has served before.",
                    probe=AFFINE_AGAIN,
                    cases=(Case(positive_layer(np.random.default_rng(4), (3, 2), 2)),),
                    judges={"dx": "dx", "dw": "dw", "db": "db"},
                    rule=LAYER_SLOPES,
                ),
            ),
        ),
        Exercise(
            name="unbroadcast",
            title="Undo broadcasting: sum a gradient to a shape",
            slides=(16,),
            parts=(
                Part("prepended", 0.75, "axes that broadcasting put in front"),
                Part("kept", 0.75, "axes of size 1 that it repeated"),
                Part("both", 0.5, "both at once"),
            ),
            hints=(
                "How many axes does g have more than the shape you want, and where do they stand?",
                "Look at the numbers of your axes: which of them move when an axis in front of them disappears?",
                "Add up over every axis in front that the shape does not have; then add up over every axis where the "
                "shape has a 1, and keep that axis.",
            ),
            checks=(
                Check(
                    text="All axes in front are added up and disappear.",
                    probe=SUMMED,
                    cases=(
                        Case(
                            {
                                "g": np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]] * 2),
                                "shape": (3,),
                            },
                            {"summed": np.array([10.0, 14.0, 18.0])},
                        ),
                    ),
                    judges={"summed": "prepended"},
                    rule=Values(),
                ),
                Check(
                    text="An axis of size 1 is added up and stays.",
                    probe=SUMMED,
                    cases=(
                        Case(
                            {"g": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "shape": (2, 1)},
                            {"summed": np.array([[6.0], [15.0]])},
                        ),
                    ),
                    judges={"summed": "kept"},
                    rule=Values(),
                ),
                Check(
                    text="Both at once.",
                    probe=SUMMED,
                    cases=(
                        Case(
                            {"g": np.arange(24.0).reshape(4, 2, 3), "shape": (2, 1)},
                            {"summed": np.array([[120.0], [156.0]])},
                        ),
                    ),
                    judges={"summed": "both"},
                    rule=Values(),
                ),
                Check(
                    text="Numbers of every kind; a row, and four axes.",
                    probe=SUMMED_STRIDED,
                    cases=(
                        Case({"g": RICH[None], "shape": (1,)}, {"summed": np.array([16.65201])}),
                        Case(
                            {"g": np.ones((2, 2, 2, 2)), "shape": (2, 1, 2)},
                            {"summed": np.full((2, 1, 2), 4.0)},
                        ),
                    ),
                    judges={"summed": "both"},
                    rule=Values(),
                    on_purpose="All kinds of numbers, so ones as well.",
                ),
                Check(
                    text="A column with a huge number.",
                    probe=SUMMED,
                    cases=(
                        Case(
                            {"g": np.array([[-2e7], [-3e6], [-2.0]]), "shape": (1, 1)},
                            {"summed": np.array([[-23000002.0]])},
                        ),
                    ),
                    judges={"summed": "kept"},
                    rule=Values(),
                ),
                Check(
                    text="What was not stretched stays as it is, in a second call too; a number stays a number.",
                    probe=SUMMED_AGAIN,
                    cases=(
                        Case(
                            {"g": np.array([[0.75, 0.5], [0.25, 1e-7]]), "shape": (2, 2)},
                            {"summed": np.array([[0.75, 0.5], [0.25, 1e-7]])},
                        ),
                        Case({"g": np.array(0.0), "shape": ()}, {"summed": 0.0}),
                    ),
                    judges={"summed": "prepended"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="dot_test",
            title="Test a backward pass by two dot products",
            slides=(16,),
            parts=(Part("distance", 2.0, "the distance of the two products"),),
            hints=(
                "Which of the two numbers needs forward passes only, and which needs the backward pass under test?",
                "Look at the line that divides by the step: how far apart are the two points?",
                "Look at what you return: is it one number, and can it be negative?",
                "Move x by a step along u, once forwards and once backwards; the difference of the two outputs, "
                "divided by the distance between the two points, is J u. Multiply it by v and add up. Then multiply "
                "what vjp returns by u and add up.",
            ),
            checks=(
                Check(
                    text="(Almost) zero for a right backward pass, and the distance for one that is twice too large.",
                    probe=DISTANCES,
                    cases=(
                        Case(
                            {"A": TALL, "x": np.array([0.5, 0.3]), "seed": 1},
                            {"distance_if_right": 0.0, "distance_if_twice": 1.2339339464},
                        ),
                    ),
                    judges={"distance_if_right": "distance", "distance_if_twice": "distance"},
                    rule=Values(within=MEASUREMENT),
                    on_purpose="A right backward pass has the distance 0.",
                ),
                Check(
                    text="The same for numbers of every kind, in arrays of every size, with other seeds.",
                    probe=DISTANCES_STRIDED,
                    cases=(
                        Case(
                            {
                                "A": np.array(
                                    [
                                        [
                                            0.5,
                                            -0.25,
                                            0.75,
                                            0.5,
                                            1.0,
                                            0.0625,
                                            0.25,
                                            0.004,
                                            -0.5,
                                            1.5,
                                            -0.75,
                                            0.25,
                                            0.005,
                                            -1.0,
                                        ]
                                    ]
                                ),
                                "x": RICH,
                                "seed": 0,
                            },
                            {"distances": [0.0, 0.5211712425]},
                        ),
                        Case(
                            {"A": ALIGNED, "x": np.zeros((4, 8)), "seed": 4},
                            {"distances": [0.0, 17.62136372]},
                        ),
                        Case(
                            {"A": TALL, "x": np.array([[-3.0], [-2.0]]), "seed": 12},
                            {"distances": [0.0, 0.4911567301]},
                        ),
                        Case(
                            {"A": TALL[:, :1], "x": np.array([[-0.5, 1e-7, -0.25]]), "seed": 3},
                            {"distances": [0.0, 0.2685231461]},
                        ),
                        Case(
                            {"A": TALL[:, :1], "x": np.array([[0.5]]), "seed": 2},
                            {"distances": [0.0, 0.2578948887]},
                        ),
                    ),
                    judges={"distances": "distance"},
                    rule=Values(within=MEASUREMENT),
                ),
                Check(
                    text="The same in a later call.",
                    probe=DISTANCES_AGAIN,
                    cases=(
                        Case(
                            {"A": TALL, "x": np.ones((2, 2)), "seed": 5},
                            {"distances": [0.0, 1.324323127]},
                        ),
                    ),
                    judges={"distances": "distance"},
                    rule=Values(within=MEASUREMENT),
                ),
            ),
        ),
    ),
)
