"""Notebook 3, the sigmoid neuron: points, hints and visible checks.  Slides 3, 4, 11, 14, 15; homework 5."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.circuits import Wire
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Part,
    Probe,
    WrittenQuestion,
)

# Slide 15's neuron, and another one whose numbers are all different.
SLIDE_W, SLIDE_X = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
OTHER_W, OTHER_X = np.array([0.5, -1.25, 0.75]), np.array([1.5, 0.8])

# What a visible check and a hidden one say that try the same kinds of input.
ANY_SIZES = "One input, one hidden unit, one of each, and as many units as inputs."

F = Probe("sigmoid(x)", ("f",))
SLOPE = Probe("sigmoid_grad(f)", ("slope",))
FORWARD = Probe("neuron_forward(w, x)", ("f", "cache"))
OUTPUT = Probe("f", ("f",), setup="f, cache = neuron_forward(w, x)")
BACKWARD = Probe(
    "neuron_backward(dout, cache)", ("dw", "dx"), setup="f, cache = neuron_forward(w, x)"
)
STAGED = Probe(
    "sigmoid_staged(w, x)",
    ("dot", "neg", "a", "b", "c", "dc", "db", "da", "dneg", "ddot"),
    keyed=True,
    wires=(
        Wire("dot", value="dot", gradient="ddot"),
        Wire("neg", "*-1", ("dot",), "neg", "dneg"),
        Wire("a", "exp", ("neg",), "a", "da"),
        Wire("b", "+1", ("a",), "b", "db"),
        Wire("c", "1/x", ("b",), "c", "dc"),
    ),
)
RELU = Probe("relu(x, w)", ("dx", "dw"))
TANH_STEP = Probe("tanh_neuron_step(w, x, b, y, lr)", ("a", "dw", "db", "new_w", "new_b"))
TANH_PARTS = {name: name for name in TANH_STEP.names}
WHICH_WAY = Probe("which_way(x, W, v, Y)", ("move_h", "move_v", "move_W"))
WHICH_WAY_PARTS = {name: name for name in WHICH_WAY.names}

F_STRIDED = Probe(
    F.call, F.names, setup="import numpy as np\nx = np.repeat(x, 2, axis=-1)[..., ::2]"
)
F_AGAIN = Probe(F.call, F.names, setup="import numpy as np\nx = np.asfortranarray(x)\nsigmoid(x)")
SLOPE_STRIDED = Probe(
    SLOPE.call, SLOPE.names, setup="import numpy as np\nf = np.repeat(f, 2, axis=-1)[..., ::2]"
)
SLOPE_AGAIN = Probe(
    SLOPE.call, SLOPE.names, setup="import numpy as np\nf = np.asfortranarray(f)\nsigmoid_grad(f)"
)
# Many neurons, one after the other, and the first once more; their numbers do not lie next to each other in memory.
STRIDED_NEURONS = """\
import numpy as np
neurons = [(np.repeat(w, 2)[::2], np.repeat(x, 2)[::2]) for w, x in neurons]
"""
MANY_FORWARD = Probe(
    "outputs",
    ("f",),
    setup=f"""\
{STRIDED_NEURONS}outputs = []
for w, x in [*neurons, neurons[0]]:
    f, cache = neuron_forward(w, x)
    outputs.append(f)""",
)
# All forward passes before the first backward pass; then each cache serves three upstream gradients.
MANY_BACKWARD = Probe(
    "dws, dxs",
    ("dw", "dx"),
    setup=f"""\
{STRIDED_NEURONS}caches, dws, dxs = [], [], []
for w, x in neurons:
    f, cache = neuron_forward(w, x)
    caches.append(cache)
for sign in (1, -1, 1):
    for dout, cache in zip(douts, caches):
        dw, dx = neuron_backward(sign * dout, cache)
        dws.append(dw)
        dxs.append(dx)""",
)
MANY_STAGED = Probe(
    "[[numbers[name] for numbers in staged] for name in names]",
    STAGED.names,
    setup=f"""\
{STRIDED_NEURONS}staged = [sigmoid_staged(w, x) for w, x in [*neurons, neurons[0]]]
names = {list(STAGED.names)}""",
)
MANY_RELU = Probe(
    "dxs, dws",
    ("dx", "dw"),
    setup=f"""\
{STRIDED_NEURONS}dxs, dws = [], []
for w, x in [*neurons, neurons[0]]:
    dx, dw = relu(x, w)
    dxs.append(dx)
    dws.append(dw)""",
)
# A step may write into the w that it gets, which is only worth a note, so each gets one of its own.
MANY_STEPS = Probe(
    "outputs, dws, dbs, new_ws, new_bs",
    TANH_STEP.names,
    setup="""\
import numpy as np
steps = [(np.repeat(w, 2)[::2], np.repeat(x, 2)[::2], b, y, lr) for w, x, b, y, lr in steps]
outputs, dws, dbs, new_ws, new_bs = [], [], [], [], []
for w, x, b, y, lr in [*steps, steps[0]]:
    a, dw, db, new_w, new_b = tanh_neuron_step(np.repeat(w, 2)[::2], x, b, y, lr)
    outputs.append(a)
    dws.append(dw)
    dbs.append(db)
    new_ws.append(new_w)
    new_bs.append(new_b)""",
)
# Arrays lie otherwise in memory; the first network comes once more at the end.
MANY_WAYS = Probe(
    "h_moves, v_moves, W_moves",
    WHICH_WAY.names,
    setup="""\
import numpy as np
def strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]
forms = [np.asfortranarray, strided] * len(networks)
made = [
    (strided(x), form(W), strided(v), Y) for form, (x, W, v, Y) in zip(forms, networks)
]
h_moves, v_moves, W_moves = [], [], []
for x, W, v, Y in [*made, made[0]]:
    move_h, move_v, move_W = which_way(x, W, v, Y)
    h_moves.append(move_h)
    v_moves.append(move_v)
    W_moves.append(move_W)""",
)

STAGED_PARTS = dict.fromkeys(("dot", "neg", "a", "b", "c"), "values") | {
    "dc": "db",
    "db": "db",
    "da": "da",
    "dneg": "dneg",
    "ddot": "ddot",
}

# Weights and inputs: zero, one, equal, nearly equal, opposite, whole, negative and positive ones.
NEURONS = (
    (np.array([1.0, 1.0, 1.0]), np.array([0.3, 0.30001])),
    (np.array([0.0, 0.0, 0.0]), np.array([-1.5, -0.5])),
    (np.array([-0.7, -0.70001, -0.2]), np.array([1.0, 1.0])),
    (np.array([0.5, -0.5, 0.25]), np.array([0.0, 0.0])),
    (np.array([-2.0, 3.0, -1.0]), np.array([2.0, 1.0])),
    (np.array([0.6, 0.8, 0.9]), np.array([0.5, -0.5])),
    (np.array([0.5, 0.0, 0.25]), np.array([0.5, -2.0])),
)
# A neuron whose output is nearly 0.
FLAT = (np.array([-5.0, 2.0, -1.0]), np.array([2.0, -0.5]))
HUGE_WEIGHTS = (np.array([2000000000.0, 1e-07, 0.5]), np.array([5e-10, 0.75]))
HUGE_INPUTS = (np.array([2.5e-10, 0.5, -0.25]), np.array([4000000000.0, 1.5]))
# Neurons that are on or off, four of them near the corner.
CORNERS = (
    (np.array([1.0, 1.0, 1.0]), np.array([0.3, 0.30001])),
    (np.array([-0.7, -0.70001, -0.2]), np.array([1.0, 1.0])),
    (np.array([0.5, -0.5, 0.25]), np.array([0.0, 0.0])),
    (np.array([-2.0, 3.0, -1.0]), np.array([2.0, 1.0])),
    (np.array([0.6, 0.8, 0.9]), np.array([0.5, -0.5])),
    (np.array([0.5, 0.0, 0.25]), np.array([0.5, -2.0])),
    (np.array([0.5, -1.0, 0.1]), np.array([0.4, 0.2])),
    (np.array([0.5, -1.0, 0.01]), np.array([0.4, 0.2])),
    (np.array([0.5, -1.0, -0.01]), np.array([0.4, 0.2])),
    (np.array([-0.5, 1.0, 0.001]), np.array([0.4, 0.2])),
)
# Weights, inputs, bias, target and learning rate.
STEPS = (
    (np.array([1.0, 1.0]), np.array([0.3, 0.30001]), 0.0, 1, 1),
    (np.array([0.0, 0.0]), np.array([-1.5, -0.5]), 0.5, -1.0, 0.002),
    (np.array([-0.7, -0.70001]), np.array([1.0, 1.0]), 1, 2.0, 0.125),
    (np.array([0.5, -0.5]), np.array([0.0, 0.0]), -1.0, 0.5, 1e-07),
    (np.array([-2.0, 3.0]), np.array([2.0, 1.0]), 1.0, -0.5, 0.0),
    (np.array([0.6, 0.8]), np.array([0.5, -0.5]), 0.25, 0.25, 0.25),
    (np.array([0.5, 0.25]), np.array([0.5, 0.25]), -0.5, 0.5, 0.5),
    (np.array([0.5, 0.25]), np.array([-0.5, -0.25]), -0.1, 0.1, 0.1),
    (np.array([0.5, 0.25]), np.array([0.500001, 0.250001]), 0.100001, 0.1, 0.1),
    (np.array([-0.25, -1.5]), np.array([-0.75, -0.5]), -1.25, 250.5, 0.01),
    (np.array([0.1, 0.2]), np.array([0.01, 0.02]), -0.125, -0.125001, 0.125),
    (np.array([12.5, 1.0]), np.array([0.01, -0.3]), 0.1, 0.300001, 0.3),
    (np.array([-2.5, -2.0]), np.array([-3.0, -2.0]), -12.0, -3, 1),
    (np.array([0.01, 0.02]), np.array([101.5, -52.0]), 1e-07, -1.5, 0.25),
    (np.array([0.01, 0.02]), np.array([-101.5, 52.0]), 2.5, -250.5, 0.1),
    (np.array([0.3, 0.4]), np.array([0.4, 0.3]), 1, 0.0, 0.1),
    (np.array([0.3, 0.4]), np.array([0.4, 0.3]), -120.25, 119.5, 0.1),
    (np.array([0.3, 0.4]), np.array([0.4, 0.3]), 0.2, -0.2, 0.2000001),
    (np.array([0.3, 0.4]), np.array([0.4, 0.3]), -0.25, 0, 0.25),
    (np.array([0.3, 0.4]), np.array([0.4, 0.3]), 0.5, -0.25, 0.25),
)
HUGE_STEPS = (
    (np.array([20000000.0, 1e-07]), np.array([5e-08, 0.75]), -0.5, 0.25, 0.25),
    (np.array([1e-07, 3.0]), np.array([20000000.0, 50.0]), -151.5, 1e-07, 0.5),
)

# Slide 4's network.  Then networks with numbers of every kind: x, W, v, Y.
SLIDE_4 = {
    "x": np.array([2.0, -1.0]),
    "W": np.array([[3.0, -2.0], [-1.0, 4.0], [5.0, 3.0]]),
    "v": np.array([2.0, 5.0, -1.0]),
}
NETWORKS = (
    (
        np.array([0.5, -0.5, 1.5]),
        np.array([[1.0, 12.5, -150.5], [-0.5, 0.0, 0.5]]),
        np.array([0.75, -0.25]),
        0.5,
    ),
    (
        np.array([1.0, 1.0, 1.0]),
        np.array([[0.9, 0.4, 0.125], [0.3, 0.2, 0.1]]),
        np.array([-2.5, -1.5]),
        -0.75,
    ),
    (
        np.array([0.9, 0.4, 0.125]),
        np.array([[-4.0, -3.0, -3.0], [-5.0, -2.0, -1.0]]),
        np.array([0.0, 0.0]),
        1.0,
    ),
    (
        np.array([-1.0, -2.0, -4.0]),
        np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
        np.array([0.75, 0.25]),
        -1.0,
    ),
    (
        np.array([0.0, 0.0, 0.0]),
        np.array([[0.5, -1.5, 0.25], [-0.75, 2.0, 1.25]]),
        np.array([-0.5, 0.5]),
        0.0,
    ),
    (
        np.array([0.75, 0.750001, -2.5]),
        np.array([[0.75, 0.750001, -2.5], [0.25, -0.125, 0.5]]),
        np.array([0.5, 0.500001]),
        3,
    ),
    (
        np.array([1.5, 1.5, 1.5]),
        np.array([[1.5, 1.5, 1.5], [1.5, 1.5, 1.5]]),
        np.array([1.0, 1.0]),
        13.5,
    ),
    (
        np.array([12.5, 0.002, -250.5]),
        np.array([[0.25, -0.5, 2.0], [1.5, -0.5, 3.0]]),
        np.array([-150.5, 0.002]),
        250.5,
    ),
    (
        np.array([3.0, 2.0, -4.0]),
        np.array([[2.0, -3.0, 4.0], [3.0, -2.0, 1.0]]),
        np.array([-3.0, -2.0]),
        -4,
    ),
    (
        np.array([-0.3, -0.2, -0.1]),
        np.array([[0.002, -0.7, 0.6], [-0.4, 0.8, -0.9]]),
        np.array([2.0, 3.0]),
        0.003,
    ),
    (
        np.array([2.0, -1.0, 0.5]),
        np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        np.array([1.0, -1.0]),
        -2.5,
    ),
    (
        np.array([30000000.0, -0.5, 2e-07]),
        np.array([[-0.5, 0.75, 0.25], [25000000.0, 3e-07, 1.5]]),
        np.array([0.5, -1.25]),
        4e-07,
    ),
    (
        np.array([0.5, -1.5, 0.25]),
        np.array([[0.5, -1.5, 0.25], [-0.75, 2.0, 1.25]]),
        np.array([25000000.0, -3e-07]),
        -120.5,
    ),
    (
        np.array([1.0, 2.0, 0.0]),
        np.array([[2.0, -1.0, 3.0], [1.0, 1.0, 1.0]]),
        np.array([2.0, -2.0]),
        5.0,
    ),
)


def three_times(gradients: list[list[float]]) -> np.ndarray:
    """The gradients for an upstream gradient, for its opposite and once more for itself."""
    return np.concatenate([gradients, np.negative(gradients), gradients])


ASSIGNMENT = Assignment(
    name="03_sigmoid_neuron",
    title="The sigmoid neuron",
    exercises=(
        Exercise(
            name="sigmoid",
            title="Sigmoid without overflow",
            slides=(3, 14),
            parts=(
                Part("values", 0.5, "the right values"),
                Part("stable", 0.5, "no overflow for large |x|"),
            ),
            hints=(
                "What is the largest number that your exponential has to hold when x = -800?",
                "Look at the line with np.exp: which sign does its argument have for negative x, and which for "
                "positive?",
                "Of the two equal forms, use the one whose exponent is never positive.",
            ),
            checks=(
                Check(
                    text="sigmoid(0) is one half, and arrays are treated element by element.",
                    probe=F,
                    cases=(
                        Case({"x": 0.0}, {"f": 0.5}),
                        Case(
                            {"x": np.array([[1.0, -1.0, 0.5], [-2.0, 0.0, 3.0]])},
                            {
                                "f": np.array(
                                    [
                                        [
                                            0.7310585786300049,
                                            0.2689414213699951,
                                            0.6224593312018546,
                                        ],
                                        [0.11920292202211755, 0.5, 0.9525741268224334],
                                    ]
                                )
                            },
                        ),
                    ),
                    judges={"f": "values"},
                    rule=Values(),
                ),
                Check(
                    text="Numbers of every kind, as a row and as a column.",
                    probe=F_STRIDED,
                    cases=(
                        Case(
                            {
                                "x": np.array(
                                    [
                                        [
                                            -0.5,
                                            0.0,
                                            0.5,
                                            1.0,
                                            0.75,
                                            12.5,
                                            0.75,
                                            -1.8,
                                            0.002,
                                            0.6,
                                            0.60001,
                                            1e-7,
                                        ]
                                    ]
                                )
                            },
                            {
                                "f": np.array(
                                    [
                                        [
                                            0.377540668798,
                                            0.5,
                                            0.622459331202,
                                            0.73105857863,
                                            0.679178699175,
                                            0.999996273361,
                                            0.679178699175,
                                            0.1418510649,
                                            0.500499999833,
                                            0.645656306226,
                                            0.645658594065,
                                            0.500000025,
                                        ]
                                    ]
                                )
                            },
                        ),
                        Case(
                            {"x": np.array([[-4.0], [-3.0], [-2.0]])},
                            {
                                "f": np.array(
                                    [[0.0179862099621], [0.0474258731776], [0.119202922022]]
                                )
                            },
                        ),
                    ),
                    judges={"f": "values"},
                    rule=Values(),
                ),
                Check(
                    text="Whole numbers, three axes, and the same array again.",
                    probe=F_AGAIN,
                    cases=(
                        Case(
                            {"x": np.array([3, -2, 0])},
                            {"f": np.array([0.952574126822, 0.119202922022, 0.5])},
                        ),
                        Case({"x": np.zeros((2, 1, 2))}, {"f": np.full((2, 1, 2), 0.5)}),
                        Case({"x": np.ones((2, 2))}, {"f": np.full((2, 2), 0.73105857863)}),
                    ),
                    judges={"f": "values"},
                    rule=Values(),
                ),
                Check(
                    text="Large numbers, without a warning.",
                    probe=F,
                    cases=(
                        Case(
                            {"x": np.array([-799.5, -150.5, 150.5, 799.5])},
                            {"f": np.array([0.0, 0.0, 1.0, 1.0])},
                        ),
                    ),
                    judges={"f": "stable"},
                    rule=Values(quiet=True),
                ),
            ),
        ),
        Exercise(
            name="sigmoid_grad",
            title="Derivative of the sigmoid from its output",
            slides=(15,),
            parts=(Part("slope", 1.0, "the slope from the output"),),
            hints=(
                "Is f the input of the sigmoid or its output?",
                "Look at every call of sigmoid or np.exp in your answer: you should not need any.",
                "The slope is a product of two numbers, both of which you can make from f alone.",
            ),
            checks=(
                Check(
                    text="The slope is largest, 0.25, where the output is one half.",
                    probe=SLOPE,
                    cases=(Case({"f": 0.5}, {"slope": 0.25}),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text="The slope follows from the output alone, element by element.",
                    probe=SLOPE,
                    cases=(
                        Case(
                            {"f": np.array([0.2, 0.5, 0.9])},
                            {"slope": np.array([0.16, 0.25, 0.09])},
                        ),
                    ),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text="Outputs of every kind, as a row and as a column.",
                    probe=SLOPE_STRIDED,
                    cases=(
                        Case(
                            {"f": np.array([[0.3, 0.0, 0.30001, 1.0, 0.3, 1e-7, 0.002, 0.9]])},
                            {
                                "slope": np.array(
                                    [
                                        [
                                            0.21,
                                            0.0,
                                            0.2100039999,
                                            0.0,
                                            0.21,
                                            9.999999e-08,
                                            0.001996,
                                            0.09,
                                        ]
                                    ]
                                )
                            },
                        ),
                        Case(
                            {"f": np.array([[0.2], [0.4], [0.7]])},
                            {"slope": np.array([[0.16], [0.24], [0.21]])},
                        ),
                    ),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text="Where the neuron is saturated the slope is zero; and the same array again.",
                    probe=SLOPE_AGAIN,
                    cases=(
                        Case(
                            {"f": np.array([[0.9, 0.1], [0.5, 0.2]])},
                            {"slope": np.array([[0.09, 0.09], [0.25, 0.16]])},
                        ),
                        Case({"f": np.zeros((1, 2, 1))}, {"slope": np.zeros((1, 2, 1))}),
                        Case({"f": np.ones(3)}, {"slope": np.zeros(3)}),
                    ),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="neuron_forward",
            title="Neuron, forward pass",
            slides=(3, 15),
            builds_on=("sigmoid",),
            parts=(Part("f", 0.5, "the neuron's output"),),
            hints=(
                "How many of the three weights does your sum use?",
                "Look at the line that computes the dot product, and at what is returned first.",
                "Two products and the bias make the sum; the activation comes after it.",
            ),
            checks=(
                Check(
                    text="Slide 15's neuron gives 0.7311.",
                    probe=FORWARD,
                    cases=(Case({"w": SLIDE_W, "x": SLIDE_X}, {"f": 0.7310585786300049}),),
                    judges={"f": "f"},
                    rule=Values(),
                ),
                Check(
                    text="Neurons with numbers of every kind, one after the other.",
                    probe=MANY_FORWARD,
                    cases=(
                        Case(
                            {"neurons": (HUGE_WEIGHTS, HUGE_INPUTS, *NEURONS)},
                            {
                                "f": np.array(
                                    [
                                        0.81757448738,
                                        0.817574476194,
                                        0.832019782767,
                                        0.5,
                                        0.167980217233,
                                        0.562176500886,
                                        0.119202922022,
                                        0.689974481128,
                                        0.622459331202,
                                        0.81757448738,
                                    ]
                                )
                            },
                        ),
                    ),
                    judges={"f": "f"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="neuron_backward",
            title="Neuron, backward pass",
            slides=(15,),
            builds_on=("sigmoid", "sigmoid_grad", "neuron_forward"),
            parts=(
                Part("dw", 1.0, "gradient with respect to the weights"),
                Part("dx", 1.0, "gradient with respect to the inputs"),
            ),
            hints=(
                "Which number multiplies every gradient in this neuron?",
                "Look at the third weight: by what is a bias multiplied in the forward pass?",
                "Find the gradient of the dot product first: upstream gradient times the sigmoid's slope. "
                "Each weight's gradient is that number times whatever the weight is multiplied by.",
            ),
            hint_parts={1: ("dw",)},
            checks=(
                Check(
                    text="Slide 15's gradients, with an upstream gradient of 1.",
                    probe=BACKWARD,
                    cases=(
                        Case(
                            {"w": SLIDE_W, "x": SLIDE_X, "dout": 1.0},
                            {
                                "dw": np.array(
                                    [-0.19661193324148185, -0.3932238664829637, 0.19661193324148185]
                                ),
                                "dx": np.array([0.3932238664829637, -0.5898357997244456]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                    on_purpose="The slide's own numbers; the next check has another upstream gradient.",
                ),
                Check(
                    text="The gradients are the slopes of your own forward pass, with another upstream gradient, and "
                    "come from formulas.",
                    probe=BACKWARD,
                    cases=(Case({"w": OTHER_W, "x": OTHER_X, "dout": -1.7}),),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Slopes(
                        forward=OUTPUT, upstream="dout", wrt={"dw": "w", "dx": "x"}, formulas=True
                    ),
                ),
                Check(
                    text="Neurons and upstream gradients of every kind; each cache serves three times.",
                    probe=MANY_BACKWARD,
                    cases=(
                        Case(
                            {"neurons": NEURONS, "douts": [1.0, -1.0, 0.5, -0.5, 3.0, 0.0, 1.5]},
                            {
                                "dw": three_times(
                                    [
                                        [0.0419288591554, 0.041930256784, 0.139762863851],
                                        [0.375, 0.125, -0.25],
                                        [0.0698814319256, 0.0698814319256, 0.0698814319256],
                                        [-0.0, -0.0, -0.123067041369],
                                        [0.629961512421, 0.314980756211, 0.314980756211],
                                        [0.0, -0.0, 0.0],
                                        [0.176252784151, -0.705011136605, 0.352505568302],
                                    ]
                                ),
                                "dx": three_times(
                                    [
                                        [0.139762863851, 0.139762863851],
                                        [-0.0, -0.0],
                                        [-0.0489170023479, -0.0489177011622],
                                        [-0.0615335206844, 0.0615335206844],
                                        [-0.629961512421, 0.944942268632],
                                        [0.0, 0.0],
                                        [0.176252784151, 0.0],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text="The same for a huge weight.",
                    probe=MANY_BACKWARD,
                    cases=(
                        Case(
                            {"neurons": (HUGE_WEIGHTS,), "douts": [2]},
                            {
                                "dw": three_times(
                                    [[1.49146444966e-10, 0.223719667448, 0.298292889931]]
                                ),
                                "dx": three_times([[596585779.862, 2.98292889931e-08]]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text="The same for a huge input.",
                    probe=MANY_BACKWARD,
                    cases=(
                        Case(
                            {"neurons": (HUGE_INPUTS,), "douts": [-1.7]},
                            {
                                "dw": three_times(
                                    [[-1014195874.08, -0.380323452779, -0.25354896852]]
                                ),
                                "dx": three_times([[-6.33872421299e-11, -0.12677448426]]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text="A tiny upstream gradient.",
                    probe=BACKWARD,
                    cases=(
                        Case(
                            {"w": OTHER_W, "x": OTHER_X, "dout": 3e-7},
                            {
                                "dw": np.array(
                                    [1.05751670491e-07, 5.64008909284e-08, 7.05011136605e-08]
                                ),
                                "dx": np.array([3.52505568302e-08, -8.81263920756e-08]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                    on_purpose="A tiny upstream gradient has tiny gradients.",
                ),
                Check(
                    text="A large upstream gradient.",
                    probe=BACKWARD,
                    cases=(
                        Case(
                            {"w": OTHER_W, "x": OTHER_X, "dout": 250.5},
                            {
                                "dw": np.array([88.3026448597, 47.0947439252, 58.8684299065]),
                                "dx": np.array([29.4342149532, -73.5855373831]),
                            },
                        ),
                    ),
                    judges={"dw": "dw", "dx": "dx"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="sigmoid_staged",
            title="The neuron gate by gate: values and gradients",
            slides=(14,),
            parts=(
                Part("values", 0.5, "the values on the wires"),
                Part("db", 0.5, "gradient before the 1/x gate"),
                Part("da", 0.5, "gradient before the +1 gate"),
                Part("dneg", 0.5, "gradient before the exp gate"),
                Part("ddot", 0.5, "gradient before the -1 gate"),
            ),
            hints=(
                "Going back from the output, which gate comes first, and what is the gradient on its output wire?",
                "Look at the first gradient that the check marks, not at the later ones: they inherit its error.",
                "At every gate: gradient of the input = upstream gradient times local derivative.",
            ),
            checks=(
                Check(
                    text="Slide 14's circuit: ten numbers on five wires.",
                    probe=STAGED,
                    cases=(
                        Case(
                            {"w": SLIDE_W, "x": SLIDE_X},
                            {
                                "dot": 1.0,
                                "neg": -1.0,
                                "a": 0.36787944117144233,
                                "b": 1.3678794411714423,
                                "c": 0.7310585786300049,
                                "dc": 1.0,
                                "db": -0.534446645388523,
                                "da": -0.534446645388523,
                                "dneg": -0.19661193324148188,
                                "ddot": 0.19661193324148188,
                            },
                        ),
                    ),
                    judges=STAGED_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Neurons with numbers of every kind, one after the other.",
                    probe=MANY_STAGED,
                    cases=(
                        Case(
                            {"neurons": (HUGE_WEIGHTS, HUGE_INPUTS, *NEURONS, FLAT)},
                            {
                                "dot": np.array(
                                    [
                                        1.500000075,
                                        1.5,
                                        1.60001,
                                        0.0,
                                        -1.60001,
                                        0.25,
                                        -2.0,
                                        0.8,
                                        0.5,
                                        -12.0,
                                        1.500000075,
                                    ]
                                ),
                                "neg": np.array(
                                    [
                                        -1.500000075,
                                        -1.5,
                                        -1.60001,
                                        -0.0,
                                        1.60001,
                                        -0.25,
                                        2.0,
                                        -0.8,
                                        -0.5,
                                        12.0,
                                        -1.500000075,
                                    ]
                                ),
                                "a": np.array(
                                    [
                                        0.223130143414,
                                        0.223130160148,
                                        0.20189449904,
                                        1.0,
                                        4.95308195497,
                                        0.778800783071,
                                        7.38905609893,
                                        0.449328964117,
                                        0.606530659713,
                                        162754.791419,
                                        0.223130143414,
                                    ]
                                ),
                                "b": np.array(
                                    [
                                        1.22313014341,
                                        1.22313016015,
                                        1.20189449904,
                                        2.0,
                                        5.95308195497,
                                        1.77880078307,
                                        8.38905609893,
                                        1.44932896412,
                                        1.60653065971,
                                        162755.791419,
                                        1.22313014341,
                                    ]
                                ),
                                "c": np.array(
                                    [
                                        0.81757448738,
                                        0.817574476194,
                                        0.832019782767,
                                        0.5,
                                        0.167980217233,
                                        0.562176500886,
                                        0.119202922022,
                                        0.689974481128,
                                        0.622459331202,
                                        6.14417460221e-06,
                                        0.81757448738,
                                    ]
                                ),
                                "dc": np.array(
                                    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
                                ),
                                "db": np.array(
                                    [
                                        -0.668428042414,
                                        -0.668428024123,
                                        -0.692256918916,
                                        -0.25,
                                        -0.0282173533816,
                                        -0.316042418148,
                                        -0.0142093366186,
                                        -0.476064784607,
                                        -0.387455619,
                                        -3.77508815425e-11,
                                        -0.668428042414,
                                    ]
                                ),
                                "da": np.array(
                                    [
                                        -0.668428042414,
                                        -0.668428024123,
                                        -0.692256918916,
                                        -0.25,
                                        -0.0282173533816,
                                        -0.316042418148,
                                        -0.0142093366186,
                                        -0.476064784607,
                                        -0.387455619,
                                        -3.77508815425e-11,
                                        -0.668428042414,
                                    ]
                                ),
                                "dneg": np.array(
                                    [
                                        -0.149146444966,
                                        -0.14914645207,
                                        -0.139762863851,
                                        -0.25,
                                        -0.139762863851,
                                        -0.246134082738,
                                        -0.104993585404,
                                        -0.21390969652,
                                        -0.235003712202,
                                        -6.14413685133e-06,
                                        -0.149146444966,
                                    ]
                                ),
                                "ddot": np.array(
                                    [
                                        0.149146444966,
                                        0.14914645207,
                                        0.139762863851,
                                        0.25,
                                        0.139762863851,
                                        0.246134082738,
                                        0.104993585404,
                                        0.21390969652,
                                        0.235003712202,
                                        6.14413685133e-06,
                                        0.149146444966,
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=STAGED_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="relu",
            title="Gradients of a ReLU neuron",
            slides=(3, 11),
            parts=(
                Part("dx", 0.5, "gradient with respect to the inputs"),
                Part("dw", 0.5, "gradient with respect to the weights"),
            ),
            hints=(
                "For which sign of which number does the rectifier let a gradient through?",
                "Look at the condition in your code: is it about z?",
                "Compute z first; it alone decides whether the gradients are zero.",
            ),
            checks=(
                Check(
                    text="Where z is negative nothing passes: all gradients are zero.",
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": np.array([-1.0, 2.0]), "w": SLIDE_W},
                            {"dx": np.zeros(2), "dw": np.zeros(3)},
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                    on_purpose="Zero is what is shown; the next check passes gradients.",
                ),
                Check(
                    text="Where z is positive the gradient passes unchanged.",
                    probe=RELU,
                    cases=(
                        Case(
                            {"x": SLIDE_X, "w": SLIDE_W},
                            {"dx": np.array([2.0, -3.0]), "dw": np.array([-1.0, -2.0, 1.0])},
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                ),
                Check(
                    text="Neurons with numbers of every kind, one after the other; near the corner, too.",
                    probe=MANY_RELU,
                    cases=(
                        Case(
                            {"neurons": CORNERS},
                            {
                                "dx": np.array(
                                    [
                                        [1.0, 1.0],
                                        [-0.0, -0.0],
                                        [0.5, -0.5],
                                        [-0.0, 0.0],
                                        [0.6, 0.8],
                                        [0.5, 0.0],
                                        [0.5, -1.0],
                                        [0.5, -1.0],
                                        [0.0, -0.0],
                                        [-0.5, 1.0],
                                        [1.0, 1.0],
                                    ]
                                ),
                                "dw": np.array(
                                    [
                                        [0.3, 0.30001, 1.0],
                                        [0.0, 0.0, 0.0],
                                        [0.0, 0.0, 1.0],
                                        [0.0, 0.0, 0.0],
                                        [0.5, -0.5, 1.0],
                                        [0.5, -2.0, 1.0],
                                        [0.4, 0.2, 1.0],
                                        [0.4, 0.2, 1.0],
                                        [0.0, 0.0, 0.0],
                                        [0.4, 0.2, 1.0],
                                        [0.3, 0.30001, 1.0],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                ),
                Check(
                    text="The same for a huge weight.",
                    probe=MANY_RELU,
                    cases=(
                        Case(
                            {"neurons": (HUGE_WEIGHTS,)},
                            {
                                "dx": np.array([[2000000000.0, 1e-07], [2000000000.0, 1e-07]]),
                                "dw": np.array([[5e-10, 0.75, 1.0], [5e-10, 0.75, 1.0]]),
                            },
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                ),
                Check(
                    text="The same for a huge input.",
                    probe=MANY_RELU,
                    cases=(
                        Case(
                            {"neurons": (HUGE_INPUTS,)},
                            {
                                "dx": np.array([[2.5e-10, 0.5], [2.5e-10, 0.5]]),
                                "dw": np.array(
                                    [[4000000000.0, 1.5, 1.0], [4000000000.0, 1.5, 1.0]]
                                ),
                            },
                        ),
                    ),
                    judges={"dx": "dx", "dw": "dw"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="tanh_neuron_step",
            title="One step of a tanh neuron: output, gradients, new parameters",
            slides=(3,),
            parts=(
                Part("a", 0.5, "the output"),
                Part("dw", 1.0, "the gradient for the weights"),
                Part("db", 0.5, "the gradient for the bias"),
                Part("new_w", 0.5, "the weights after the step"),
                Part("new_b", 0.5, "the bias after the step"),
            ),
            hints=(
                "Through which numbers does a change of b reach the loss?",
                "Look at the sign of the step: a positive gradient means that the parameter must shrink.",
                "Three factors for each weight: slope of the square, slope of tanh from its output, and what the "
                "weight is multiplied by.",
            ),
            hint_parts={1: ("new_w", "new_b")},
            checks=(
                Check(
                    text="The homework's neuron: a = 0.7616, gradients 0.2002, -0.8010 and -0.2002, and the step.",
                    probe=TANH_STEP,
                    cases=(
                        Case(
                            {
                                "w": np.array([5.0, 2.0]),
                                "x": np.array([-1.0, 4.0]),
                                "b": -2.0,
                                "y": 1.0,
                                "lr": 0.1,
                            },
                            {
                                "a": 0.761594155956,
                                "dw": np.array([0.200248674779, -0.800994699115]),
                                "db": -0.200248674779,
                                "new_w": np.array([4.97997513252, 2.08009946991]),
                                "new_b": -1.97997513252,
                            },
                        ),
                    ),
                    judges=TANH_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Steps with numbers of every kind, one after the other.",
                    probe=MANY_STEPS,
                    cases=(
                        Case(
                            {"steps": STEPS},
                            {
                                "a": np.array(
                                    [
                                        0.537056682737,
                                        0.46211715726,
                                        -0.379957518611,
                                        -0.761594155956,
                                        0.0,
                                        0.148885033623,
                                        -0.185333199908,
                                        -0.390593338695,
                                        0.390594821709,
                                        -0.302709729332,
                                        -0.119427298534,
                                        -0.0748596906875,
                                        -0.46211715726,
                                        -0.0249946930309,
                                        0.987262968986,
                                        0.845455595727,
                                        -1.0,
                                        0.413644442187,
                                        -0.00999966668,
                                        0.629145161414,
                                        0.537056682737,
                                    ]
                                ),
                                "dw": np.array(
                                    [
                                        [-0.197649978959, -0.197656567292],
                                        [-3.44963617097, -1.14987872366],
                                        [-4.07273697519, -4.07273697519],
                                        [0.0, 0.0],
                                        [2.0, 1.0],
                                        [-0.0988735758684, 0.0988735758684],
                                        [-0.661793104459, -0.33089655223],
                                        [0.415746870517, 0.207873435258],
                                        [0.246260914387, 0.123130703454],
                                        [341.731289739, 227.820859826],
                                        [0.00010988408865, 0.000219768177299],
                                        [-0.00745519962779, 0.223655988834],
                                        [-11.9754732492, -7.98364883282],
                                        [299.23901546, -153.30471728],
                                        [-1292.21738151, 662.022697918],
                                        [0.192902419386, 0.144676814539],
                                        [0.0, 0.0],
                                        [0.406919055894, 0.30518929192],
                                        [-0.00799893342399, -0.005999200068],
                                        [0.424926982956, 0.318695237217],
                                        [-0.197649978959, -0.197656567292],
                                    ]
                                ),
                                "db": np.array(
                                    [
                                        -0.658833263198,
                                        2.29975744732,
                                        -4.07273697519,
                                        -1.05967435006,
                                        1.0,
                                        -0.197747151737,
                                        -1.32358620892,
                                        -0.831493741034,
                                        0.492520843732,
                                        -455.641719652,
                                        0.010988408865,
                                        -0.745519962779,
                                        3.99182441641,
                                        2.94816764,
                                        12.7312057292,
                                        0.482256048465,
                                        0.0,
                                        1.01729763973,
                                        -0.01999733356,
                                        1.06231745739,
                                        -0.658833263198,
                                    ]
                                ),
                                "new_w": np.array(
                                    [
                                        [1.19764997896, 1.19765656729],
                                        [0.00689927234195, 0.00229975744732],
                                        [-0.190907878102, -0.190917878102],
                                        [0.5, -0.5],
                                        [-2.0, 3.0],
                                        [0.624718393967, 0.775281606033],
                                        [0.83089655223, 0.415448276115],
                                        [0.458425312948, 0.229212656474],
                                        [0.475373908561, 0.237686929655],
                                        [-3.66731289739, -3.77820859826],
                                        [0.0999862644889, 0.199972528978],
                                        [12.5022365599, 0.93290320335],
                                        [9.47547324924, 5.98364883282],
                                        [-74.7997538651, 38.34617932],
                                        [129.231738151, -66.1822697918],
                                        [0.280709758061, 0.385532318546],
                                        [0.3, 0.4],
                                        [0.218616148129, 0.338962111097],
                                        [0.301999733356, 0.401499800017],
                                        [0.193768254261, 0.320326190696],
                                        [1.19764997896, 1.19765656729],
                                    ]
                                ),
                                "new_b": np.array(
                                    [
                                        0.658833263198,
                                        0.495400485105,
                                        1.5090921219,
                                        -0.999999894033,
                                        1.0,
                                        0.299436787934,
                                        0.161793104459,
                                        -0.0168506258966,
                                        0.0507489156268,
                                        3.30641719652,
                                        -0.126373551108,
                                        0.323655988834,
                                        -15.9918244164,
                                        -0.737041810001,
                                        1.22687942708,
                                        0.951774395154,
                                        -120.25,
                                        -0.00345962967656,
                                        -0.24500066661,
                                        0.234420635653,
                                        0.658833263198,
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=TANH_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="The same for huge and tiny numbers.",
                    probe=MANY_STEPS,
                    cases=(
                        Case(
                            {"steps": HUGE_STEPS},
                            {
                                "a": np.array([0.462117216244, 0.46211715726, 0.462117216244]),
                                "dw": np.array(
                                    [
                                        [1.66819092274e-08, 0.250228638411],
                                        [14537236.4819, 36.3430912047],
                                        [1.66819092274e-08, 0.250228638411],
                                    ]
                                ),
                                "db": np.array([0.333638184549, 0.726861824094, 0.333638184549]),
                                "new_w": np.array(
                                    [
                                        [20000000.0, -0.0625570596029],
                                        [-7268618.24094, -15.1715456024],
                                        [20000000.0, -0.0625570596029],
                                    ]
                                ),
                                "new_b": np.array(
                                    [-0.583409546137, -151.863430912, -0.583409546137]
                                ),
                            },
                        ),
                    ),
                    judges=TANH_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="One input, and four.",
                    probe=TANH_STEP,
                    cases=(
                        Case(
                            {
                                "w": np.array([0.5]),
                                "x": np.array([-1.5]),
                                "b": 0.25,
                                "y": -0.75,
                                "lr": 0.3,
                            },
                            {
                                "a": -0.46211715726,
                                "dw": np.array([-0.679214427098]),
                                "db": 0.452809618065,
                                "new_w": np.array([0.703764328129]),
                                "new_b": 0.11415711458,
                            },
                        ),
                        Case(
                            {
                                "w": np.array([0.5, -0.25, 1.5, -0.75]),
                                "x": np.array([0.25, 1.5, -0.5, 0.2]),
                                "b": 0.25,
                                "y": -0.75,
                                "lr": 0.3,
                            },
                            {
                                "a": -0.716297870199,
                                "dw": np.array(
                                    [
                                        0.00820507605388,
                                        0.0492304563233,
                                        -0.0164101521078,
                                        0.00656406084311,
                                    ]
                                ),
                                "db": 0.0328203042155,
                                "new_w": np.array(
                                    [
                                        0.497538477184,
                                        -0.264769136897,
                                        1.50492304563,
                                        -0.751969218253,
                                    ]
                                ),
                                "new_b": 0.240153908735,
                            },
                        ),
                    ),
                    judges=TANH_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="which_way",
            title="Signs: which way must each number move?",
            slides=(4,),
            parts=(
                Part("move_h", 0.25, "the hidden units"),
                Part("move_v", 0.25, "the output weights"),
                Part("move_W", 0.5, "the weights in front of the hidden units"),
            ),
            hints=(
                "Take one number of slide 4 and make it a little larger, on paper. Does p grow or shrink?",
                "Look at the first weights: a change of W[j, k] passes x[k] and then what else?",
                "Look at the zeros: what is multiplied by 0 need not move, and nothing moves if p is right.",
                "What a number is multiplied by decides which way p follows it. Whether p is to follow is decided by "
                "Y and p, once for all numbers.",
            ),
            hint_parts={1: ("move_W",)},
            checks=(
                Check(
                    text="Slide 4's network with a target above p = -21, with one below, and with -21 itself.",
                    probe=WHICH_WAY,
                    cases=(
                        Case(
                            {**SLIDE_4, "Y": 0.0},
                            {
                                "move_h": np.array([1.0, 1.0, -1.0]),
                                "move_v": np.array([1.0, -1.0, 1.0]),
                                "move_W": np.array([[1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]),
                            },
                        ),
                        Case(
                            {**SLIDE_4, "Y": -30.0},
                            {
                                "move_h": np.array([-1.0, -1.0, 1.0]),
                                "move_v": np.array([-1.0, 1.0, -1.0]),
                                "move_W": np.array([[-1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]]),
                            },
                        ),
                        Case(
                            {**SLIDE_4, "Y": -21.0},
                            {
                                "move_h": np.array([0.0, 0.0, 0.0]),
                                "move_v": np.array([0.0, 0.0, 0.0]),
                                "move_W": np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
                            },
                        ),
                    ),
                    judges=WHICH_WAY_PARTS,
                    rule=Values(),
                    on_purpose="At the target nothing moves.",
                ),
                Check(
                    text="Networks with numbers of every kind, one after the other.",
                    probe=MANY_WAYS,
                    cases=(
                        Case(
                            {"networks": NETWORKS},
                            {
                                "move_h": np.array(
                                    [
                                        [1.0, -1.0],
                                        [-1.0, -1.0],
                                        [0.0, 0.0],
                                        [1.0, 1.0],
                                        [0.0, 0.0],
                                        [-1.0, -1.0],
                                        [0.0, 0.0],
                                        [1.0, -1.0],
                                        [1.0, 1.0],
                                        [-1.0, -1.0],
                                        [-1.0, 1.0],
                                        [1.0, -1.0],
                                        [-1.0, 1.0],
                                        [1.0, -1.0],
                                        [1.0, -1.0],
                                    ]
                                ),
                                "move_v": np.array(
                                    [
                                        [-1.0, 1.0],
                                        [1.0, 1.0],
                                        [-1.0, -1.0],
                                        [-1.0, -1.0],
                                        [0.0, 0.0],
                                        [-1.0, 1.0],
                                        [0.0, 0.0],
                                        [1.0, 1.0],
                                        [1.0, -1.0],
                                        [-1.0, -1.0],
                                        [0.0, 0.0],
                                        [-1.0, 1.0],
                                        [-1.0, 1.0],
                                        [0.0, 1.0],
                                        [-1.0, 1.0],
                                    ]
                                ),
                                "move_W": np.array(
                                    [
                                        [[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]],
                                        [[-1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[-1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[-1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]],
                                        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                                        [[1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]],
                                        [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0]],
                                        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
                                        [[-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]],
                                        [[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]],
                                        [[-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]],
                                        [[1.0, 1.0, 0.0], [-1.0, -1.0, 0.0]],
                                        [[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=WHICH_WAY_PARTS,
                    rule=Values(),
                    on_purpose="A 0 among the numbers is what is tried: there a sign jumps.",
                ),
                Check(
                    text=ANY_SIZES,
                    probe=MANY_WAYS,
                    cases=(
                        Case(
                            {
                                "networks": (
                                    (
                                        np.array([1.5]),
                                        np.array([[0.5], [-2.0], [0.75]]),
                                        np.array([0.25, -0.5, 1.5]),
                                        2,
                                    ),
                                )
                            },
                            {
                                "move_h": np.array([[-1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]]),
                                "move_v": np.array([[-1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]]),
                                "move_W": np.array(
                                    [[[-1.0], [1.0], [-1.0]], [[-1.0], [1.0], [-1.0]]]
                                ),
                            },
                        ),
                        Case(
                            {
                                "networks": (
                                    (
                                        np.array([1.5, -0.5, 0.25, 2.0]),
                                        np.array([[0.5, -2.0, 0.75, 1.0]]),
                                        np.array([-0.75]),
                                        -0.25,
                                    ),
                                )
                            },
                            {
                                "move_h": np.array([[-1.0], [-1.0]]),
                                "move_v": np.array([[1.0], [1.0]]),
                                "move_W": np.array(
                                    [[[-1.0, 1.0, -1.0, -1.0]], [[-1.0, 1.0, -1.0, -1.0]]]
                                ),
                            },
                        ),
                        Case(
                            {
                                "networks": (
                                    (np.array([-1.5]), np.array([[0.5]]), np.array([2.0]), 1.0),
                                )
                            },
                            {
                                "move_h": np.array([[1.0], [1.0]]),
                                "move_v": np.array([[-1.0], [-1.0]]),
                                "move_W": np.array([[[-1.0]], [[-1.0]]]),
                            },
                        ),
                        Case(
                            {
                                "networks": (
                                    (
                                        np.array([0.5, -1.5]),
                                        np.array([[0.5, -1.5], [2.0, 0.75]]),
                                        np.array([0.5, -1.5]),
                                        -1,
                                    ),
                                    (
                                        np.array([0.5, -1.5]),
                                        np.array([[1.5, 0.25], [-2.0, 0.75]]),
                                        np.array([-0.5, 1.5]),
                                        1,
                                    ),
                                    (
                                        np.array([0.5, -1.5]),
                                        np.array([[1.5, 0.25], [-2.0, 0.75]]),
                                        np.array([0.500001, -1.500003]),
                                        40.25,
                                    ),
                                )
                            },
                            {
                                "move_h": np.array(
                                    [[-1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]
                                ),
                                "move_v": np.array(
                                    [[-1.0, 1.0], [1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]
                                ),
                                "move_W": np.array(
                                    [
                                        [[-1.0, 1.0], [1.0, -1.0]],
                                        [[-1.0, 1.0], [1.0, -1.0]],
                                        [[1.0, -1.0], [-1.0, 1.0]],
                                        [[-1.0, 1.0], [1.0, -1.0]],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=WHICH_WAY_PARTS,
                    rule=Values(),
                ),
            ),
        ),
    ),
    written=(WrittenQuestion("push_towards_the_target", 1.0, (4,)),),
)
