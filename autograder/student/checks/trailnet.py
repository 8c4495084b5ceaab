"""Notebook 8, autonomous trail following: points, hints and visible checks.  Slide 33."""

from collections.abc import Sequence

import numpy as np

from autograder.student.checks.mlp_sgd import (
    AGAIN,
    ANY_SHAPE,
    MIXED,
    OTHER_MIXED,
    POSITIVE,
    RELU_AGAIN,
    RELU_BACK_AGAIN,
)
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Inputs,
    Part,
    Probe,
)

SRELU = Probe("srelu_forward(x)", ("out",))
SRELU_BACK = Probe("srelu_backward(dout, x)", ("dx",))


def _shifted(probe: Probe) -> Probe:
    """The probe of notebook 7's rectifier, for the shifted one."""
    return Probe(
        probe.call.replace("relu", "srelu"), probe.names, probe.setup.replace("relu", "srelu")
    )


SRELU_AGAIN, SRELU_BACK_AGAIN = _shifted(RELU_AGAIN), _shifted(RELU_BACK_AGAIN)
# Huge negative numbers, which become -1, beside small and nearly equal ones.
LOW = np.array([[1e-7, -0.7, 0.7], [0.70001, -3.1e7, -2.5e7]])
ANY_WINDOW = "A step of 1, windows as long as the row or longer, and much padding."
ANY_NAMES = "Any rate, numbers and names: none trainable, one alone, one name within another, and the same again."
PLACES = Probe("conv_out(n, k, s, p)", ("places",))
PLACES_AGAIN = Probe("conv_out(n, k, s, p)", ("places",), setup="conv_out(n, k, s, p)")
SHAPES = Probe("trailnet_shapes(width, height)", ("shapes",))
PICTURES = "Pictures that are odd, square, higher than wide and huge, each of them twice."
SHAPES_AGAIN = Probe(
    "shapes",
    ("shapes",),
    "shapes = [trailnet_shapes(*picture) for picture in pictures for _ in range(2)]",
)
BLOCK_GRADS = ("dx", "dW1", "db1", "dW2", "db2")
# residual_forward line by line, which shows the grader that the activation is the student's own.
BLOCK = Probe(
    "residual_backward(dout, cache)",
    BLOCK_GRADS,
    setup="""\
z1 = x @ W1 + b1
h = np.asarray(srelu_forward(z1))
z2 = h @ W2 + b2 + x
cache = (x, z1, h, z2, W1, W2)""",
)
# The same cache with another upstream gradient first; `dout` in another form.
BLOCK_AGAIN, BLOCK_COLUMNS = (
    Probe(BLOCK.call, BLOCK_GRADS, f"{BLOCK.setup}\nresidual_backward(dout, cache)\ndout = {form}")
    for form in ("np.repeat(dout, 2, axis=-1)[..., ::2]", "np.asfortranarray(dout)")
)
HUGE = "A huge upstream gradient."
BY_COLUMNS = "An upstream gradient that stands in memory by columns."
ANY_BLOCK = "Any upstream gradient, any sizes, and a cache that serves again."
BLOCK_PARTS = {"dx": "dx", "dW1": "first", "db1": "first", "dW2": "second", "db2": "second"}
LOSS = Probe("trail_loss(logits, y, lam1, lam2, eps)", ("loss", "dlogits"))
TRAIL_LOSS = "loss, dlogits = trail_loss(logits, y, lam1, lam2, eps)"
LOSS_ONLY = Probe("loss", ("loss",), setup=TRAIL_LOSS)
LOSS_GRADIENT = Probe("dlogits", ("dlogits",), setup=TRAIL_LOSS)
LOSS_PARTS = {"loss": "loss", "dlogits": "gradient"}
# The second batch stands in memory by columns, the third in steps.
FORMS = """\
    if number == 1:
        logits = np.asfortranarray(logits)
    if number == 2:
        logits, y = np.repeat(logits, 2, axis=-1)[..., ::2], np.repeat(y, 2)[::2]
"""
LOSSES = Probe(
    "(losses, np.concatenate(slopes))",
    ("losses", "slopes"),
    f"""\
losses, slopes = [], []
for number, (logits, y, lam1, lam2, eps) in enumerate(batches):
{FORMS}    trail_loss(logits, y, lam1, lam2, eps)
    loss, dlogits = trail_loss(logits, y, lam1, lam2, eps)
    losses.append(loss)
    slopes.append(dlogits)""",
)
LOSSES_PARTS = {"losses": "loss", "slopes": "gradient"}
ANY_BATCH = "Any scores, classes and weights, small or large, and every batch twice."
HUNT = Probe("bug_hunt(logits, y)", ("first", "dlogits"))
HUNT_PARTS = {"first": "first", "dlogits": "fix"}
HUNTS = Probe(
    "(firsts, np.concatenate(slopes))",
    ("firsts", "slopes"),
    f"""\
firsts, slopes = [], []
for number, (logits, y) in enumerate(batches):
{FORMS}    bug_hunt(logits, y)
    first, dlogits = bug_hunt(logits, y)
    firsts.append(first)
    slopes.append(dlogits)""",
)
HUNTS_PARTS = {"firsts": "first", "slopes": "fix"}
ANY_SCORES = "Any scores and classes, and every batch twice."
STEP = Probe(
    'moved.get("W2"), moved.get("b"), moved.get("W")',
    ("W", "b", "F"),
    setup='params, grads = {"W2": W, "b": b, "W": F}, {"W2": dW, "b": db, "W": dF}\n'
    'moved = freeze_step(params, grads, ["W2", "b"], lr)',
)
FREEZE = Probe(
    '[[run[name] for run in (moved, alone)] for name in ("W", "b", "F", "W2")]',
    ("W", "b", "F", "W2"),
    setup="""\
given = (("F", dF), ("W2", dW2), ("b", db), ("W", dW))
grads = {name: slopes for name, slopes in given if name in trainable or trainable[:1] == ["W"]}
params = {}
def again(sign=1):
    params.clear()
    params.update({name: sign * value for name, value in (("W", W), ("b", b), ("F", F), ("W2", W2))})
    return dict(freeze_step(params, grads, trainable, lr))
again()
moved = again()
again(-1)
alone = {}
for name in list(params):
    alone.update(freeze_step({name: -params[name]}, grads, [name] if name in trainable else [], lr))""",
)
FREEZE_PARTS = {"W": "moved", "b": "moved", "F": "frozen", "W2": "frozen"}
STEP_PARTS = {"W": "moved", "b": "moved", "F": "frozen"}
TURN = Probe("turn_angle(view, side)", ("degrees",))
TURN_BY = Probe("turn_angle(view, side, gain)", ("degrees",))
# Both heads one array where they are equal; the first array in steps.
TURNS = Probe(
    "found",
    ("found",),
    """\
found = []
for number, (view, side, gain) in enumerate(turns):
    if number == 0:
        view, side = np.repeat(view, 2)[::2], np.repeat(side, 2)[::2]
    if np.array_equal(view, side):
        side = view
    turn_angle(view, side, gain)
    found.append(turn_angle(view, side, gain))""",
)
ANY_TURN = "Sure, unsure and equal heads, and any gain."


def of_a_term(weight: str) -> Probe:
    """What one term adds to the gradient: with its weight, less without it."""
    without = {"lam1": "0.0, lam2", "lam2": "lam1, 0.0"}[weight]
    return Probe(
        "np.subtract(whole, dlogits)",
        ("term",),
        setup=f"{TRAIL_LOSS}\nwhole = dlogits\nloss, dlogits = trail_loss(logits, y, {without}, eps)",
    )


ENTROPY, SIDE = of_a_term("lam1"), of_a_term("lam2")

SOME_PICTURES = [(321, 181), (300, 300), (181, 321), (20000, 20001)]
BLOCK_SLOPES = Slopes(
    forward=Probe("out", ("out",), setup="out, cache = residual_forward(x, W1, b1, W2, b2)"),
    upstream="dout",
    wrt={name: name[1:] for name in BLOCK_GRADS},
)
FEW_NUMBERS = "Some upstream gradients are zeros or ones, and some blocks have one number."
# A block of four examples with four features, of which the blocks below are corners.
X = np.array(
    [[0.6, -1.9, 0.8, 1.3], [1.1, 0.4, -0.7, 0.5], [-1.4, 0.9, 1.6, -0.3], [0.2, 1.2, -2.1, 0.7]]
)
W_IN = np.array([[0.9, -0.8, 0.4], [-0.5, 1.3, 0.7], [1.1, 0.6, -0.9], [-0.3, -1.2, 0.5]])
W_OUT = np.array([[0.5, -0.4, 0.9, 0.3], [-0.7, 0.8, 0.2, -1.1], [0.6, 0.3, -0.5, 0.7]])


def _corner(dout: Sequence[Sequence[float]]) -> Inputs:
    """A block with as many examples and features as an upstream gradient."""
    n, features = np.shape(dout)
    return {
        "dout": np.array(dout),
        "x": X[:n, :features],
        "W1": W_IN[:features],
        "b1": np.array([-0.2, 0.3, 0.1]),
        "W2": W_OUT[:, :features],
        "b2": np.array([0.4, -0.1, 0.2, -0.3])[:features],
    }


BLOCKS = [
    _corner(dout)
    for dout in (
        [[-0.6, 0.0, 0.6], [1.0, 0.75, -2.5], [0.75, 0.004, 0.4], [-150.0, 0.7, 0.70001]],
        [[-4.0, -3.0, -3.0], [-2.0, -5.0, -2.0], [-6.0, -3.0, -1.0]],
        [[1.0, 1.0, 1.0, 1.0]],
        [[0.0], [0.0], [0.0]],
        [[0.9, 0.5, 0.3], [0.2, 4e-7, 0.4]],
    )
]
# Rows: scores, classes, lam1, lam2, eps.
BATCHES = [
    (
        np.array(
            [
                [-0.5, 0.0, 0.5],
                [1.0, 12.5, 0.75],
                [0.75, -150.0, 0.003],
                [0.7, 0.70001, -2.5],
                [0.25, 0.5, 150.0],
            ]
        ),
        np.array([0, 1, 2, 2, 0]),
        0.2,
        0.3,
        0.1,
    ),
    (np.array([[-4.0, -3.0, -3.0], [-2.0, -5.0, -1.0]]), np.array([1, 1]), 1, 2, 0),
    (
        np.array([[0.9, 0.7, 0.4], [0.3, 0.2, 0.1], [0.25, 0.5, 0.6]]),
        np.array([2, 1, 0]),
        0.3,
        0.3,
        0.3,
    ),
    (np.array([[1.0, 1.0, 1.0]]), np.array([0]), 0.0, 1, 1),
    (np.zeros((2, 3)), np.array([0, 2]), 0.5, 0.50001, 0.500005),
    (np.array([[0.3, 1.5, -0.8]]), np.array([2]), 0.003, 0.004, 0.002),
    (np.array([[-0.9, 0.4, 0.8]]), np.array([0]), 0.7, 0.6, 0.9),
    (np.array([[1.4, -0.2, 4e-7]]), np.array([2]), 3e-7, 2e-7, 1e-7),
    (np.array([[0.6, 1.1, -0.4]]), np.array([0]), 3, 0, 0.25),
    (np.array([[-0.6, 0.3, -0.4]]), np.array([2]), 1.5, 1.2, 1.0),
]
HEAVY_BATCH = [
    (np.array([[-0.9, 0.4, 0.8], [0.5, -0.7, 0.2]]), np.array([0, 2]), 150.0, 120.0, 0.9)
]
HUGE_BLOCK = _corner([[3e7]])
HEAVY_BATCH = [
    (np.array([[-0.9, 0.4, 0.8], [0.5, -0.7, 0.2]]), np.array([0, 2]), 150.0, 120.0, 0.9)
]
HUGE_BLOCK = _corner([[3e7]])
HUGE_BATCH = [(np.array([[2.5e7, 0.5, 1e-7], [0.5, -3e7, 1.5]]), np.array([2, 0]), 0.2, 0.3, 0.1)]
# Rows: scores, classes.
HUNTED = [
    (
        np.array(
            [[-0.5, 0.0, 0.5], [1.0, 0.75, 0.75], [0.003, 0.7, 0.70001], [0.25, -150.0, 12.5]]
        ),
        np.array([0, 1, 2, 0]),
    ),
    (np.array([[-4.0, -3.0, -3.0], [-2.0, -2.0, -1.0]]), np.array([1, 1])),
    (np.array([[0.9, 0.7, 0.4], [0.3, 0.2, 0.1], [0.25, 0.5, 0.6]]), np.array([2, 1, 0])),
    (np.array([[1.0, 1.0, 1.0]]), np.array([0])),
    (np.zeros((2, 3)), np.array([0, 0])),
    (np.array([[0.4, -2.5e7, 1e-7], [0.2, -0.3, 0.1]]), np.array([2, 0])),
    (
        np.array([[-0.2, 0.9, 0.4], [0.8, -1.5, 0.3], [-1.2, 0.5, 0.1], [0.2, 0.3, 0.9]]),
        np.array([2, 2, 1, 0]),
    ),
    # Four rows are wrong: the first, the last, the furthest off and the first down the columns are others.
    (
        np.array(
            [[0.5, 0.1, 0.2], [0.3, 0.4, 0.6], [0.2, 0.7, 0.1], [1.5, 0.2, -0.4], [0.6, 0.3, 0.8]]
        ),
        np.array([0, 2, 0, 2, 0]),
    ),
    # The other side comes late.
    (np.array([[0.3, -0.2, 0.4]] * 11 + [[0.0, 0.0, 0.0]] * 2), np.array([1] * 11 + [0, 2])),
]
# Rows: view, side, gain.
SOME_TURNS = [
    (np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7]), 10.0),
    (np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), 0),
    (np.array([0.6, 0.25, 0.15]), np.array([0.6, 0.25, 0.15]), 30),
    (np.array([1.0, 0.0, 0.0]), np.array([0.998, 0.002, 0.0]), 1),
    (np.array([0.2, 0.2, 0.6]), np.array([0.2, 0.20001, 0.59999]), 0.5),
    (np.array([1 / 3, 1 / 3, 1 / 3]), np.array([0.0, 0.0, 1.0]), 45.5),
    (np.array([0.003, 0.9, 0.097]), np.array([1 / 3, 1 / 3, 1 / 3]), 0.004),
    (np.array([3e-7, 0.7, 0.2999997]), np.array([0.4, 0.5999996, 4e-7]), 150),
    (np.array([0.1, 0.8, 0.1]), np.array([0.15, 0.15, 0.7]), 4e-7),
    (np.array([0.2, 0.70001, 0.09999]), np.array([0.5, 0.1, 0.4]), 1.0),
    (np.array([0.2, 0.7, 0.70001]) / 1.60001, np.array([0.5, 0.1, 0.4]), 20.5),
]

ASSIGNMENT = Assignment(
    name="08_trailnet",
    title="A drone that follows a trail",
    exercises=(
        Exercise(
            name="srelu_forward",
            title="Shifted ReLU, forward pass",
            slides=(33,),
            parts=(Part("out", 0.5, "the right values"),),
            hints=(
                "What becomes of -0.5, and what of -3?",
                "Look at your comparison: the corner of ReLU moves along the diagonal and not along an axis.",
                "Each number on its own: the larger one of it and minus one.",
            ),
            checks=(
                Check(
                    text="Numbers above -1 stay, those below become -1.",
                    probe=SRELU,
                    cases=(
                        Case(
                            {"x": np.array([[1.5, -1.05, -0.95], [-0.05, 3.0, -4.0]])},
                            {"out": np.array([[1.5, -1.0, -0.95], [-0.05, 3.0, -1.0]])},
                        ),
                    ),
                    judges={"out": "out"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_SHAPE,
                    probe=SRELU,
                    cases=(
                        Case(
                            {"x": MIXED},
                            {
                                "out": np.array(
                                    [-0.5, 0.0, 0.5, 1.0, 0.75, 12.5, 0.75, -1.0, 0.002, 150.5]
                                )
                            },
                        ),
                        Case({"x": np.ones((2, 2))}, {"out": np.ones((2, 2))}),
                        Case({"x": POSITIVE}, {"out": np.array([[0.9], [0.4], [0.125]])}),
                        Case(
                            {"x": np.array([[-2.5, -1.5, -0.25]])},
                            {"out": np.array([[-1.0, -1.0, -0.25]])},
                        ),
                        Case({"x": np.array(-3.0)}, {"out": -1.0}),
                        Case({"x": np.zeros((2, 1, 2))}, {"out": np.zeros((2, 1, 2))}),
                    ),
                    judges={"out": "out"},
                    rule=Values(),
                ),
                Check(
                    text=AGAIN,
                    probe=SRELU_AGAIN,
                    cases=(
                        Case(
                            {"x": LOW},
                            {
                                "first": np.array([[1e-07, -0.7, 0.7], [0.70001, -1.0, -1.0]]),
                                "again": np.array([[1e-07, -0.7, 0.7], [0.70001, -1.0, -1.0]]),
                                "columns": np.array([[1e-07, -0.7, 0.7], [0.70001, -1.0, -1.0]]),
                                "steps": np.array([[1e-07, -0.7, 0.7], [0.70001, -1.0, -1.0]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(SRELU_AGAIN.names, "out"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="srelu_backward",
            title="Shifted ReLU, backward pass",
            slides=(33,),
            parts=(Part("dx", 0.5, "the gradient"),),
            hints=(
                "Where is the corner of the shifted ReLU, and what is the slope on either side of it?",
                "Look at your condition: which array is compared, and with which number?",
                "The upstream gradient, where the number that went in lies above the corner; zero elsewhere.",
            ),
            checks=(
                Check(
                    text="The gradient passes where x is above -1 and nowhere else.",
                    probe=SRELU_BACK,
                    cases=(
                        Case(
                            {
                                "dout": np.array([[0.7, -1.2, 2.0], [-0.3, 1.1, -0.8]]),
                                "x": np.array([[1.5, -1.05, -0.25], [-0.95, -3.0, 4.0]]),
                            },
                            {"dx": np.array([[0.7, 0.0, 2.0], [-0.3, 0.0, -0.8]])},
                        ),
                    ),
                    judges={"dx": "dx"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_SHAPE,
                    probe=SRELU_BACK,
                    cases=(
                        Case(
                            {"dout": OTHER_MIXED, "x": MIXED},
                            {
                                "dx": np.array(
                                    [3.5, 0.0, -3.5, 0.25, -0.25, -12.5, 1.0, 0.0, 150.5, 0.002]
                                )
                            },
                        ),
                        Case(
                            {"dout": POSITIVE, "x": POSITIVE},
                            {"dx": np.array([[0.9], [0.4], [0.125]])},
                        ),
                        Case(
                            {
                                "dout": np.array([[2.5, 1.5, 0.25]]),
                                "x": np.array([[-2.5, -1.5, -0.25]]),
                            },
                            {"dx": np.array([[0.0, 0.0, 0.25]])},
                        ),
                        Case(
                            {"dout": np.array([[-3.0, -2.0], [-2.0, -1.0]]), "x": np.ones((2, 2))},
                            {"dx": np.array([[-3.0, -2.0], [-2.0, -1.0]])},
                        ),
                        Case({"dout": np.array(1.0), "x": np.array(-3.0)}, {"dx": 0.0}),
                        Case(
                            {"dout": np.zeros((2, 1, 2)), "x": np.zeros((2, 1, 2))},
                            {"dx": np.zeros((2, 1, 2))},
                        ),
                    ),
                    judges={"dx": "dx"},
                    rule=Values(),
                    on_purpose="Some cases hold one sign only, or no gradient at all.",
                ),
                Check(
                    text=AGAIN,
                    probe=SRELU_BACK_AGAIN,
                    cases=(
                        Case(
                            {
                                "dout": np.array(
                                    [
                                        [1.00001e-07, -0.700007, 0.700007],
                                        [0.700017, -31000310.0, -25000250.0],
                                    ]
                                ),
                                "x": LOW,
                            },
                            {
                                "first": np.array(
                                    [[1.00001e-07, -0.700007, 0.700007], [0.700017, 0.0, 0.0]]
                                ),
                                "again": np.array(
                                    [[1.00001e-07, -0.700007, 0.700007], [0.700017, 0.0, 0.0]]
                                ),
                                "columns": np.array(
                                    [[1.00001e-07, -0.700007, 0.700007], [0.700017, 0.0, 0.0]]
                                ),
                                "steps": np.array(
                                    [[1.00001e-07, -0.700007, 0.700007], [0.700017, 0.0, 0.0]]
                                ),
                                "squares": np.array([[1e-07, -0.7, 0.7], [0.70001, 0.0, 0.0]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(SRELU_BACK_AGAIN.names, "dx"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="conv_out",
            title="Output size of a convolution",
            slides=(33,),
            parts=(Part("places", 0.5, "the number of places"),),
            hints=(
                "How far can the window move from its first place, and in steps of how many pixels?",
                "Look at the rounding, and at the padding: how many ends has a row?",
                "The row with its padding at both ends, less the window, divided by the step and rounded down: so many "
                "steps. There is one place more than there are steps.",
            ),
            checks=(
                Check(
                    text="TrailNet's first convolution has 157 places across and 87 down; a padded one makes 39 of 78.",
                    probe=PLACES,
                    cases=(
                        Case({"n": 320, "k": 7, "s": 2, "p": 0}, {"places": 157}),
                        Case({"n": 180, "k": 7, "s": 2, "p": 0}, {"places": 87}),
                        Case({"n": 78, "k": 3, "s": 2, "p": 1}, {"places": 39}),
                    ),
                    judges={"places": "places"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_WINDOW,
                    probe=PLACES_AGAIN,
                    cases=(
                        Case({"n": 1, "k": 1, "s": 1, "p": 1}, {"places": 3.0}),
                        Case({"n": 12, "k": 11, "s": 1, "p": 11}, {"places": 24.0}),
                        Case({"n": 2, "k": 2, "s": 12, "p": 2}, {"places": 1.0}),
                        Case({"n": 11, "k": 3, "s": 3, "p": 3}, {"places": 5.0}),
                        Case({"n": 3, "k": 5, "s": 2, "p": 6}, {"places": 6.0}),
                    ),
                    judges={"places": "places"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="trailnet_shapes",
            title="Shapes of TrailNet",
            slides=(33,),
            builds_on=("conv_out",),
            parts=(Part("shapes", 0.5, "the shape after each stage"),),
            hints=(
                "What does each stage get as its input?",
                "Look at the order of the three numbers, and at what width and height are when the next stage begins.",
                "Go through the stages: width and height each become what conv_out says, the channels are the table's.",
            ),
            checks=(
                Check(
                    text="A picture of 320×180 ends as 10×6 places with 512 numbers each.",
                    probe=Probe("trailnet_shapes()[-1]", ("last",)),
                    cases=(Case({}, {"last": np.array([10, 6, 512])}),),
                    judges={"last": "shapes"},
                    rule=Values(),
                ),
                Check(
                    text=PICTURES,
                    probe=SHAPES_AGAIN,
                    cases=(
                        Case(
                            {"pictures": SOME_PICTURES},
                            {
                                "shapes": np.array(
                                    [
                                        [
                                            [158.0, 88.0, 64.0],
                                            [78.0, 43.0, 64.0],
                                            [78.0, 43.0, 64.0],
                                            [39.0, 22.0, 128.0],
                                            [20.0, 11.0, 256.0],
                                            [10.0, 6.0, 512.0],
                                        ],
                                        [
                                            [158.0, 88.0, 64.0],
                                            [78.0, 43.0, 64.0],
                                            [78.0, 43.0, 64.0],
                                            [39.0, 22.0, 128.0],
                                            [20.0, 11.0, 256.0],
                                            [10.0, 6.0, 512.0],
                                        ],
                                        [
                                            [147.0, 147.0, 64.0],
                                            [73.0, 73.0, 64.0],
                                            [73.0, 73.0, 64.0],
                                            [37.0, 37.0, 128.0],
                                            [19.0, 19.0, 256.0],
                                            [10.0, 10.0, 512.0],
                                        ],
                                        [
                                            [147.0, 147.0, 64.0],
                                            [73.0, 73.0, 64.0],
                                            [73.0, 73.0, 64.0],
                                            [37.0, 37.0, 128.0],
                                            [19.0, 19.0, 256.0],
                                            [10.0, 10.0, 512.0],
                                        ],
                                        [
                                            [88.0, 158.0, 64.0],
                                            [43.0, 78.0, 64.0],
                                            [43.0, 78.0, 64.0],
                                            [22.0, 39.0, 128.0],
                                            [11.0, 20.0, 256.0],
                                            [6.0, 10.0, 512.0],
                                        ],
                                        [
                                            [88.0, 158.0, 64.0],
                                            [43.0, 78.0, 64.0],
                                            [43.0, 78.0, 64.0],
                                            [22.0, 39.0, 128.0],
                                            [11.0, 20.0, 256.0],
                                            [6.0, 10.0, 512.0],
                                        ],
                                        [
                                            [9997.0, 9998.0, 64.0],
                                            [4998.0, 4998.0, 64.0],
                                            [4998.0, 4998.0, 64.0],
                                            [2499.0, 2499.0, 128.0],
                                            [1250.0, 1250.0, 256.0],
                                            [625.0, 625.0, 512.0],
                                        ],
                                        [
                                            [9997.0, 9998.0, 64.0],
                                            [4998.0, 4998.0, 64.0],
                                            [4998.0, 4998.0, 64.0],
                                            [2499.0, 2499.0, 128.0],
                                            [1250.0, 1250.0, 256.0],
                                            [625.0, 625.0, 512.0],
                                        ],
                                    ]
                                )
                            },
                        ),
                    ),
                    judges={"shapes": "shapes"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="residual_backward",
            title="Residual block, backward pass",
            slides=(33,),
            builds_on=("srelu_forward", "srelu_backward"),
            parts=(
                Part("dx", 1.0, "gradient of the input"),
                Part("second", 0.5, "gradients of the second layer"),
                Part("first", 0.5, "gradients of the first layer"),
            ),
            hints=(
                "How often is x used in the forward pass, and what must become of the gradients of its uses?",
                "Look at both activations: which numbers went into each of them in the forward pass?",
                "Look at your line for dx: does it hold two terms, and is the shortcut's share already behind the last "
                "activation?",
                "Undo the forward pass line by line: the last activation, the second layer, the first activation, "
                "the first layer. What comes out of the first layer is added to the shortcut's share, which is the "
                "gradient at z2.",
            ),
            hint_parts={1: ("first", "second", "dx"), 2: ("dx",)},
            checks=(
                Check(
                    text="With W2 = 0 only the shortcut and the second layer get a gradient.",
                    probe=BLOCK,
                    cases=(
                        Case(
                            {
                                "dout": np.array([[1.0, -2.0], [0.5, 3.0]]),
                                "x": np.array([[0.5, -3.0], [2.0, -0.5]]),
                                "W1": np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
                                "b1": np.zeros(3),
                                "W2": np.zeros((3, 2)),
                                "b2": np.zeros(2),
                            },
                            {
                                "dx": np.array([[1.0, 0.0], [0.5, 3.0]]),
                                "dW1": np.zeros((2, 3)),
                                "db1": np.zeros(3),
                                "dW2": np.array([[1.5, 6.0], [-1.25, -1.5], [-1.0, -3.0]]),
                                "db2": np.array([1.5, 3.0]),
                            },
                        ),
                    ),
                    judges=BLOCK_PARTS,
                    rule=Values(),
                    on_purpose="Without W2 only the shortcut is left; the next check has both ways.",
                ),
                Check(
                    text="All gradients are the measured slopes of the block.",
                    probe=BLOCK,
                    cases=(
                        Case(
                            {
                                "dout": np.array([[1.1, -0.6], [-0.3, -1.1], [1.4, 0.9]]),
                                "x": np.array([[-0.3, 1.3], [0.9, 2.0], [-0.6, -1.7]]),
                                "W1": np.array([[-1.0, -0.2, 1.5], [-0.4, 0.5, 1.3]]),
                                "b1": np.array([-0.2, 0.2, 0.4]),
                                "W2": np.array([[0.3, 1.2], [0.7, -0.5], [0.7, -0.7]]),
                                "b2": np.array([0.6, 0.1]),
                            }
                        ),
                    ),
                    judges=BLOCK_PARTS,
                    rule=BLOCK_SLOPES,
                ),
                Check(
                    text=ANY_BLOCK,
                    probe=BLOCK_AGAIN,
                    cases=tuple(map(Case, BLOCKS[:-1])),
                    judges=BLOCK_PARTS,
                    rule=BLOCK_SLOPES,
                    on_purpose=FEW_NUMBERS,
                ),
                Check(
                    text=HUGE,
                    probe=BLOCK_AGAIN,
                    cases=(Case(HUGE_BLOCK),),
                    judges=BLOCK_PARTS,
                    rule=BLOCK_SLOPES,
                ),
                Check(
                    text=BY_COLUMNS,
                    probe=BLOCK_COLUMNS,
                    cases=(Case(BLOCKS[-1]),),
                    judges=BLOCK_PARTS,
                    rule=BLOCK_SLOPES,
                ),
            ),
        ),
        Exercise(
            name="trail_loss",
            title="TrailNet's loss and its gradient",
            slides=(33,),
            parts=(
                Part("loss", 1.0, "the loss"),
                Part("gradient", 1.0, "its whole gradient"),
                Part("entropy", 0.5, "the entropy's share of the gradient"),
                Part("side", 0.5, "the wrong side's share of the gradient"),
            ),
            hints=(
                "Which of the three terms are added, which is taken away, and which examples have all three?",
                "Look at the targets: do they add up to 1 in every row?",
                "Look at every sum: does it run over the three classes of one example, or over the whole batch?",
                "The slope of the entropy along score k: the sum over s of -(log p_s + 1) times the softmax's slope "
                "of p_s along x_k. Treat s = k and the other s apart; a loop over s and k for each example is fine.",
                "For one example: the probabilities less the smoothed targets; less lam1 times the slope of the "
                "entropy; plus lam2 times the slope of the opposite side's probability, if there is one. Treat each "
                "row of a batch by itself, and divide all of them by N.",
            ),
            hint_parts={1: ("loss", "gradient"), 3: ("gradient", "entropy")},
            checks=(
                Check(
                    text="With TrailNet's weights the example above has the loss 1.84819.",
                    probe=LOSS_ONLY,
                    cases=(
                        Case(
                            {
                                "logits": np.array([[2.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
                                "y": np.array([2, 1]),
                                "lam1": 0.01,
                                "lam2": 1e-4,
                                "eps": 0.01,
                            },
                            {"loss": 1.8481895842514228},
                        ),
                    ),
                    judges={"loss": "loss"},
                    rule=Values(),
                ),
                Check(
                    text="Equal scores push towards the right class, and away from the opposite one.",
                    probe=LOSS,
                    cases=(
                        Case(
                            {
                                "logits": np.zeros((1, 3)),
                                "y": np.array([0]),
                                "lam1": 0.3,
                                "lam2": 0.6,
                                "eps": 0.1,
                            },
                            {
                                "loss": 0.7 * np.log(3) + 0.2,
                                "dlogits": np.array([[-38.0, 13.0, 25.0]]) / 60,
                            },
                        ),
                    ),
                    judges=LOSS_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="The gradient is the measured slope of your own loss.",
                    probe=LOSS_GRADIENT,
                    cases=(
                        Case(
                            {
                                "logits": np.array(
                                    [[1.2, -0.7, 0.4], [0.3, 0.9, -0.5], [-0.6, 0.2, 0.8]]
                                ),
                                "y": np.array([2, 1, 0]),
                                "lam1": 0.2,
                                "lam2": 0.3,
                                "eps": 0.1,
                                "dloss": 1.0,
                            }
                        ),
                    ),
                    judges={"dlogits": "gradient"},
                    rule=Slopes(forward=LOSS_ONLY, upstream="dloss", wrt={"dlogits": "logits"}),
                ),
                Check(
                    text="Where left is as likely as the two others together, the entropy's share pushes left down.",
                    probe=ENTROPY,
                    cases=(
                        Case(
                            {
                                "logits": np.log(np.array([[0.5, 0.25, 0.25]])),
                                "y": np.array([0]),
                                "lam1": 0.4,
                                "lam2": 0.0,
                                "eps": 0.1,
                            },
                            {"term": np.log(2) * np.array([[0.1, -0.05, -0.05]])},
                        ),
                    ),
                    judges={"term": "entropy"},
                    rule=Values(),
                ),
                Check(
                    text="The wrong side's share pushes the opposite side down, and is zero for a centre example.",
                    probe=SIDE,
                    cases=(
                        Case(
                            {
                                "logits": np.log(np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])),
                                "y": np.array([2, 1]),
                                "lam1": 0.0,
                                "lam2": 0.8,
                                "eps": 0.1,
                            },
                            {"term": np.array([[0.1, -0.05, -0.05], [0.0, 0.0, 0.0]])},
                        ),
                    ),
                    judges={"term": "side"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_BATCH,
                    probe=LOSSES,
                    cases=(
                        Case(
                            {"batches": BATCHES},
                            {
                                "losses": np.array(
                                    [
                                        31.505225522,
                                        1.76319906,
                                        0.94902270793,
                                        1.431945622,
                                        0.71597614433,
                                        2.6326894122,
                                        0.64023211823,
                                        1.770523535,
                                        -1.6917920867,
                                        -0.17777468795,
                                    ]
                                ),
                                "slopes": np.array(
                                    [
                                        [-0.1533169442, 0.040136839381, 0.11318010482],
                                        [-0.010002633692, 0.020004763705, -0.010002130013],
                                        [0.14531036217, -0.01, -0.13531036217],
                                        [0.1042488263, 0.074849235152, -0.17909806145],
                                        [-0.18, -0.01, 0.19],
                                        [0.01206873821, -0.25603436911, 0.24396563089],
                                        [0.042228457773, -0.51771689932, 0.47548844154],
                                        [0.11961338361, 0.048357548759, -0.16797093237],
                                        [0.075815751194, -0.12281278381, 0.046997032617],
                                        [-0.15962975854, 0.05330586435, 0.10632389419],
                                        [0.22222222222, -0.27777777778, 0.055555555556],
                                        [-0.11110916667, 0.013887083333, 0.097222083333],
                                        [0.097222083333, 0.013887083333, -0.11110916667],
                                        [0.21408924005, 0.71283600775, -0.9269252478],
                                        [-0.12910210524, -0.2275937199, 0.35669582514],
                                        [0.69037249548, 0.13938366827, -0.82975616375],
                                        [-0.56899133224, 0.99325692162, -0.42426558939],
                                        [-0.25304064722, 0.18623848551, 0.066802161706],
                                    ]
                                ),
                            },
                        ),
                        Case(
                            {"batches": HEAVY_BATCH},
                            {
                                "losses": np.array([-81.777762825]),
                                "slopes": np.array(
                                    [
                                        [-13.453747649, -14.136911812, 27.590659461],
                                        [25.511788563, -14.598035655, -10.913752908],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=LOSSES_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="bug_hunt",
            title="Find a bug that one example hides, and mend it",
            slides=(33,),
            parts=(
                Part("first", 0.5, "the first element that is wrong"),
                Part("fix", 0.5, "the right gradient"),
            ),
            hints=(
                "What do two examples share in leaky_backward that each should have for itself?",
                "Look at the line that makes `opposite`: how often does it run, and how often should it?",
                "Every example needs marks of its own for the opposite side. With the right gradient in hand, compare "
                "the two element by element, and take the first place at which they are further apart than rounding.",
            ),
            checks=(
                Check(
                    text="A single example shows nothing; of two on different sides the second is wrong.",
                    probe=HUNT,
                    cases=(
                        Case(
                            {"logits": np.zeros((1, 3)), "y": np.array([2])},
                            {
                                "first": np.array([-1, -1]),
                                "dlogits": np.array([[4.0, -2.0, -2.0]]) / 27,
                            },
                        ),
                        Case(
                            {"logits": np.zeros((2, 3)), "y": np.array([0, 2])},
                            {
                                "first": np.array([1, 2]),
                                "dlogits": np.array([[-1.0, -1.0, 2.0], [2.0, -1.0, -1.0]]) / 27,
                            },
                        ),
                    ),
                    judges=HUNT_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Your gradient is the measured slope of side_penalty.",
                    probe=Probe(
                        "dlogits", ("dlogits",), setup="first, dlogits = bug_hunt(logits, y)"
                    ),
                    cases=(
                        Case(
                            {
                                "logits": np.array(
                                    [[0.9, -0.4, 0.3], [-0.2, 0.7, 0.1], [0.5, -0.8, 1.1]]
                                ),
                                "y": np.array([2, 1, 0]),
                                "dloss": 1.0,
                            }
                        ),
                    ),
                    judges={"dlogits": "fix"},
                    rule=Slopes(
                        forward=Probe("side_penalty(logits, y)", ("loss",)),
                        upstream="dloss",
                        wrt={"dlogits": "logits"},
                    ),
                ),
                Check(
                    text=ANY_SCORES,
                    probe=HUNTS,
                    cases=(
                        Case(
                            {"batches": HUNTED},
                            {
                                "firsts": np.array(
                                    [
                                        [2.0, 2.0],
                                        [-1.0, -1.0],
                                        [2.0, 0.0],
                                        [-1.0, -1.0],
                                        [-1.0, -1.0],
                                        [1.0, 0.0],
                                        [3.0, 0.0],
                                        [1.0, 2.0],
                                        [12.0, 2.0],
                                    ]
                                ),
                                "slopes": np.array(
                                    [
                                        [-0.023898103074, -0.0394013108674, 0.0632994139414],
                                        [0.0, 0.0, 0.0],
                                        [0.0159137609885, -0.00795684070985, -0.00795692027865],
                                        [-2.39252435037e-06, -1.33693551615e-71, 2.39252435036e-06],
                                        [0.0, 0.0, 0.0],
                                        [0.0, 0.0, 0.0],
                                        [0.0666081846299, -0.0382625732191, -0.0283456114109],
                                        [0.0, 0.0, 0.0],
                                        [-0.026437539472, -0.0339464726368, 0.0603840121088],
                                        [-0.0740740740741, -0.0740740740741, 0.148148148148],
                                        [-0.037037037037, -0.037037037037, 0.0740740740741],
                                        [-0.037037037037, -0.037037037037, 0.0740740740741],
                                        [0.143841140751, 0.0, -0.143841140751],
                                        [-0.0516904121319, -0.0313518197712, 0.0830422319031],
                                        [0.0122013480936, -0.00759484297409, -0.00460650511949],
                                        [0.0710755461441, -0.0100821419089, -0.0609934042352],
                                        [0.0, 0.0, 0.0],
                                        [-0.0290155669848, -0.0320671608031, 0.0610827277879],
                                        [-0.0156609086043, -0.0104978209766, 0.0261587295808],
                                        [0.0238101088943, -0.0107185015445, -0.0130916073498],
                                        [-0.00729811357515, -0.0120325550873, 0.0193306686625],
                                        [0.0587063366484, -0.0379041164725, -0.020802220176],
                                        [-0.0229575439314, -0.0170073668465, 0.039964910778],
                                        *[[0.0, 0.0, 0.0]] * 11,
                                        [-0.00569800569801, -0.00569800569801, 0.011396011396],
                                        [0.011396011396, -0.00569800569801, -0.00569800569801],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=HUNTS_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="freeze_step",
            title="One step with frozen parameters",
            slides=(3, 33),
            parts=(Part("moved", 0.5, "what is trained"), Part("frozen", 0.5, "what is frozen")),
            hints=(
                "Which names does the result have, and which of them changed?",
                "Look at the names that you go through when you move something, and at those in what you return.",
                "All parameters as they are; then, for each trainable name, the parameter less the learning rate times "
                "its gradient.",
            ),
            checks=(
                Check(
                    text=ANY_NAMES,
                    probe=FREEZE,
                    cases=(
                        Case(
                            {
                                "W": np.array(
                                    [
                                        [-0.5, 0.0, 0.5, 1.0, 0.75],
                                        [12.5, 0.75, -150.5, 0.002, 150.5],
                                    ]
                                ),
                                "b": np.ones(3),
                                "F": np.array([-0.5, -2.5]),
                                "W2": np.array([[0.9], [0.4]]),
                                "dW": np.array(
                                    [
                                        [3.5, 0.0, -3.5, 0.25, -0.25],
                                        [-12.5, 1.0, 0.25, 150.5, 0.002],
                                    ]
                                ),
                                "db": np.zeros(3),
                                "dF": np.array([1.0, -3.0]),
                                "dW2": np.array([[3.0], [-2.0]]),
                                "trainable": ["b", "W"],
                                "lr": 0.003,
                            },
                            {
                                "W": np.array(
                                    [
                                        [
                                            [-0.5105, 0.0, 0.5105, 0.99925, 0.75075],
                                            [12.5375, 0.747, -150.50075, -0.4495, 150.499994],
                                        ],
                                        [
                                            [-0.5105, 0.0, 0.5105, 0.99925, 0.75075],
                                            [12.5375, 0.747, -150.50075, -0.4495, 150.499994],
                                        ],
                                    ]
                                ),
                                "b": np.ones((2, 3)),
                                "F": np.array([[-0.5, -2.5], [-0.5, -2.5]]),
                                "W2": np.array([[[0.9], [0.4]], [[0.9], [0.4]]]),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[2.0, -3.0], [3.0, 1.0]]),
                                "b": np.array([-2.5, -1.5]),
                                "F": np.zeros(2),
                                "W2": np.array([[0.0]]),
                                "dW": np.array([[0.9, 0.4], [0.25, 0.125]]),
                                "db": np.array([-2.5, -1.5]),
                                "dF": np.array([0.5, 0.5]),
                                "dW2": np.array([[1.0]]),
                                "trainable": ["W2"],
                                "lr": 1,
                            },
                            {
                                "W": np.array(
                                    [[[2.0, -3.0], [3.0, 1.0]], [[2.0, -3.0], [3.0, 1.0]]]
                                ),
                                "b": np.array([[-2.5, -1.5], [-2.5, -1.5]]),
                                "F": np.zeros((2, 2)),
                                "W2": np.array([[[-1.0]], [[-1.0]]]),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[0.7, 0.70001]]),
                                "b": np.array([-3.0]),
                                "F": np.array([2.0]),
                                "W2": np.ones((2, 2)),
                                "dW": np.array([[-0.7, -0.70001]]),
                                "db": np.array([0.003]),
                                "dF": np.array([1.0]),
                                "dW2": np.ones((2, 2)),
                                "trainable": ["W", "b"],
                                "lr": 0.0,
                            },
                            {
                                "W": np.array([[[0.7, 0.70001]], [[0.7, 0.70001]]]),
                                "b": np.array([[-3.0], [-3.0]]),
                                "F": np.array([[2.0], [2.0]]),
                                "W2": np.ones((2, 2, 2)),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[0.75, 0.5]]),
                                "b": np.array([-4.5]),
                                "F": np.array([0.5, 0.25]),
                                "W2": np.ones((2, 2)),
                                "dW": np.array([[0.25, 1.5]]),
                                "db": np.array([4.5]),
                                "dF": np.array([1.0, 2.0]),
                                "dW2": np.array([[1.0, 2.0], [-3.0, 0.5]]),
                                "trainable": [],
                                "lr": 1e-07,
                            },
                            {
                                "W": np.array([[[0.75, 0.5]], [[0.75, 0.5]]]),
                                "b": np.array([[-4.5], [-4.5]]),
                                "F": np.array([[0.5, 0.25], [0.5, 0.25]]),
                                "W2": np.ones((2, 2, 2)),
                            },
                        ),
                        Case(
                            {
                                "W": np.array([[0.75, 0.5]]),
                                "b": np.array([-4.5, 0.5]),
                                "F": np.array([0.5, 0.25]),
                                "W2": np.array([[1.5]]),
                                "dW": np.array([[0.25, 1.5]]),
                                "db": np.array([4.5, -3.0]),
                                "dF": np.array([1.0, 2.0]),
                                "dW2": np.array([[1.0]]),
                                "trainable": ["W2", "W"],
                                "lr": 150.0,
                            },
                            {
                                "W": np.array([[[-36.75, -224.5]], [[-36.75, -224.5]]]),
                                "b": np.array([[-4.5, 0.5], [-4.5, 0.5]]),
                                "F": np.array([[0.5, 0.25], [0.5, 0.25]]),
                                "W2": np.array([[[-148.5]], [[-148.5]]]),
                            },
                        ),
                    ),
                    judges=FREEZE_PARTS,
                    rule=Values(),
                    on_purpose="A rate of 0, and nothing trainable: some cases move nothing.",
                ),
                Check(
                    text="Two parameters move downhill; the third is frozen and stays.",
                    probe=STEP,
                    cases=(
                        Case(
                            {
                                "W": np.array([[1.0, -2.0], [0.5, 4.0]]),
                                "b": np.array([3.0, -1.0]),
                                "F": np.array([2.0, -0.5, 1.0]),
                                "dW": np.array([[0.5, 1.0], [-2.0, 0.0]]),
                                "db": np.array([-1.0, 2.0]),
                                "dF": np.array([4.0, 1.0, -2.0]),
                                "lr": 0.5,
                            },
                            {
                                "W": np.array([[0.75, -2.5], [1.5, 4.0]]),
                                "b": np.array([3.5, -2.0]),
                                "F": np.array([2.0, -0.5, 1.0]),
                            },
                        ),
                    ),
                    judges=STEP_PARTS,
                    rule=Values(),
                ),
                Check(
                    text="Huge numbers and tiny ones, and a small rate.",
                    probe=FREEZE,
                    cases=(
                        Case(
                            {
                                "W": np.array([[25000000.0, 1e-07, 0.5]]),
                                "b": np.array([1e-07, 35000000.0]),
                                "F": np.array([20000000.0, 0.5]),
                                "W2": np.array([[-0.5], [30000000.0]]),
                                "dW": np.array([[-30000000.0, 0.5, 1e-07]]),
                                "db": np.array([0.5, 20000000.0]),
                                "dF": np.array([1.0, 2.0]),
                                "dW2": np.array([[1e-07], [-40000000.0]]),
                                "trainable": ["W", "b"],
                                "lr": 0.25,
                            },
                            {
                                "W": np.array(
                                    [
                                        [[32500000.0, -0.1249999, 0.499999975]],
                                        [[32500000.0, -0.1249999, 0.499999975]],
                                    ]
                                ),
                                "b": np.array([[-0.1249999, 30000000.0], [-0.1249999, 30000000.0]]),
                                "F": np.array([[20000000.0, 0.5], [20000000.0, 0.5]]),
                                "W2": np.array([[[-0.5], [30000000.0]], [[-0.5], [30000000.0]]]),
                            },
                        ),
                    ),
                    judges=FREEZE_PARTS,
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="turn_angle",
            title="The angle to turn by",
            slides=(33,),
            parts=(Part("angle", 0.75, "the angle"), Part("limit", 0.25, "its limits")),
            hints=(
                "The camera points to the right of the trail. Which way must the drone turn, and which sign has that?",
                "Look at the indices: which place of the three is left, and which is right? And at the limit: does it "
                "hold on both sides?",
                "For each head: right less left. Both differences times the gain, added up, and cut off at 90 either "
                "way.",
            ),
            checks=(
                Check(
                    text="What each head adds, with its sign: first the 6 degrees of the text.",
                    probe=TURN,
                    cases=(
                        Case(
                            {"view": np.array([0.1, 0.2, 0.7]), "side": np.array([0.2, 0.6, 0.2])},
                            {"degrees": 6.0},
                        ),
                        Case(
                            {"view": np.array([0.2, 0.6, 0.2]), "side": np.array([0.5, 0.5, 0.0])},
                            {"degrees": -5.0},
                        ),
                    ),
                    judges={"degrees": "angle"},
                    rule=Values(),
                ),
                Check(
                    text="However large the gain, it is never more than 90 degrees.",
                    probe=TURN_BY,
                    cases=(
                        Case(
                            {
                                "view": np.array([0.0, 0.0, 1.0]),
                                "side": np.array([0.0, 0.5, 0.5]),
                                "gain": 100.0,
                            },
                            {"degrees": 90.0},
                        ),
                        Case(
                            {
                                "view": np.array([0.5, 0.5, 0.0]),
                                "side": np.array([1.0, 0.0, 0.0]),
                                "gain": 100.0,
                            },
                            {"degrees": -90.0},
                        ),
                    ),
                    judges={"degrees": "limit"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_TURN,
                    probe=TURNS,
                    cases=(
                        Case(
                            {"turns": SOME_TURNS},
                            {
                                "found": np.array(
                                    [
                                        3.0,
                                        0.0,
                                        -27.0,
                                        -1.998,
                                        0.399995,
                                        45.5,
                                        0.000376,
                                        -15.00003,
                                        2.2e-07,
                                        -0.20001,
                                        4.35633808539,
                                    ]
                                )
                            },
                        ),
                    ),
                    judges={"found": "angle"},
                    rule=Values(),
                ),
            ),
        ),
    ),
)
