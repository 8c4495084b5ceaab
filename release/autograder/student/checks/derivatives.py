"""Notebook 1, derivatives and a gradient checker: points, hints and visible checks.  Slides 5-8, 10, 11."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe

DERIVATIVES = (5, 6, 7, 8)
GATES = (10, 11)

SLOPE = Probe("d_sin2(x)", ("slope",))
LINE = Probe("num_grad(f, x)", ("slope",), setup="def f(x):\n    return 4 * x")
CUBE = Probe("num_grad(f, x, h)", ("slope",), setup="def f(x):\n    return x**3")
PRODUCT = Probe("num_grad(f, x)", ("grad",), setup="def f(x):\n    return x[0] * x[1]")
SQUARES = Probe("num_grad(f, x)", ("grad",), setup="import numpy as np\ndef f(x):\n    return np.sum(x**2)")
DISTANCE = Probe("rel_error(a, b)", ("distance",))
SWEEP = Probe(
    "fd_sweep(f, df, x, hs)",
    ("forward", "centred"),
    setup="""\
import numpy as np
def f(x):
    return 1 / (1 + np.exp(-x))
def df(x):
    return f(x) * (1 - f(x))""",
)
PARTIALS = Probe("partials(op, x, y)", ("fx", "fy"))
LINE_BACK = Probe("num_vjp(f, x, dout)", ("dx",), setup=LINE.setup)
GATES_BACK = Probe(
    "num_vjp(f, x, dout)",
    ("dx",),
    setup="import numpy as np\ndef f(x):\n    return np.array([x[0] * x[1], x[0] + x[1]])",
)
CUBE_BACK = Probe("num_vjp(f, x, dout, h)", ("dx",), setup=CUBE.setup)

# Room for a centred difference, as a fraction of the largest slope.  What is expected is the centred difference with
# the same step, so what it misses of the true slope cancels; only rounding is left.  Each value of f is off by a few
# eps |f|, and the points by eps |x|, together a few eps (|f| + |x f'|) / h: under a fifth of this for h = 1e-5, for
# |f| and |x f'| up to 20 times the slope.  A forward difference is off by h/2 f'', at that step hundreds of times
# as much.  A step other than the one given changes the result by h²/6 f''', which shows from h = 1e-3 on.
ROUNDING_OVER_STEP = 1e-8
# Room for a guard against 0/0 in a relative error: many add 1e-8 to sizes that are at least 0.1 here.
GUARD = 2e-7

ASSIGNMENT = Assignment(
    name="01_derivatives",
    title="Derivatives and a gradient checker",
    exercises=(
        Exercise(
            name="d_sin2",
            title="Derivative of the squared sine",
            slides=DERIVATIVES,
            parts=(Part("slope", 1.0, "the slope by the chain rule"),),
            hints=(
                "Which two functions make the chain, and which of them comes first?",
                "The slope of the square, taken at the sine's value, times the slope of the sine.",
                "Look at the factors of your product: is there one for each of the two functions?",
            ),
            checks=(
                Check(
                    text="At x = 1 the slope is 0.9093.",
                    probe=SLOPE,
                    cases=(Case({"x": 1.0}, {"slope": 0.9092974268256817}),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="num_grad",
            title="Gradient by measurement",
            slides=DERIVATIVES,
            parts=(
                Part("number", 1.0, "the slope for a number"),
                Part("vector", 1.0, "the gradient for a vector"),
                Part("shape", 1.0, "arrays of any shape, and integers"),
            ),
            hints=(
                "How far apart are the two points at which you run f?",
                "For each element: add h to this element alone and run f, take h from it and run f, and divide the "
                "difference of the two by the whole distance. Every element starts from the x that was given.",
                "Look at the line that moves x: does it move a copy or x itself, and can that array hold 1e-5?",
                "Look at your loop: does it reach every element of a matrix, and each of them by itself?",
            ),
            checks=(
                Check(
                    text="4x has the slope 4.",
                    probe=LINE,
                    cases=(Case({"x": 3.0}, {"slope": 4.0}),),
                    judges={"slope": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text="With a step of 0.5 the cube at 2 measures 12.25: a coarse step, and it shows.",
                    probe=CUBE,
                    cases=(Case({"x": 2.0, "h": 0.5}, {"slope": 12.25}),),
                    judges={"slope": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text="The product x[0] x[1] at (4, -3) has the gradient (-3, 4).",
                    probe=PRODUCT,
                    cases=(Case({"x": np.array([4.0, -3.0])}, {"grad": np.array([-3.0, 4.0])}),),
                    judges={"grad": "vector"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text="A sum of squares over a matrix: the gradient has its shape.",
                    probe=SQUARES,
                    cases=(
                        Case(
                            {"x": np.array([[1.0, -0.5, 2.0], [0.25, 3.0, -1.5]])},
                            {"grad": np.array([[2.0, -1.0, 4.0], [0.5, 6.0, -3.0]])},
                        ),
                    ),
                    judges={"grad": "shape"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
            ),
        ),
        Exercise(
            name="rel_error",
            title="Relative error",
            slides=DERIVATIVES,
            parts=(Part("distance", 1.0, "the largest relative error"),),
            hints=(
                "By what must the distance of two numbers be divided, so that it does not matter in which unit they "
                "are measured?",
                "Take the distance of each pair, divide it by the larger of the two sizes, and return the largest "
                "result. Sizes have no sign.",
                "Look at the division: what does it give where both numbers are 0?",
            ),
            checks=(
                Check(
                    text="4 and 5 differ by a fifth.",
                    probe=DISTANCE,
                    cases=(Case({"a": 4.0, "b": 5.0}, {"distance": 0.2}),),
                    judges={"distance": "distance"},
                    rule=Values(within=GUARD),
                ),
                Check(
                    text="Of two arrays the largest relative error counts.",
                    probe=DISTANCE,
                    cases=(
                        Case(
                            {"a": np.array([[1.0, -2.0], [30.0, 4.0]]), "b": np.array([[1.0, -2.5], [31.0, 3.0]])},
                            {"distance": 0.25},
                        ),
                    ),
                    judges={"distance": "distance"},
                    rule=Values(within=GUARD),
                ),
            ),
        ),
        Exercise(
            name="fd_sweep",
            title="Errors for many steps",
            slides=DERIVATIVES,
            builds_on=("num_grad", "rel_error"),
            parts=(
                Part("forward", 0.5, "errors of the forward difference"),
                Part("centred", 0.5, "errors of the centred difference"),
            ),
            hints=(
                "How many numbers does each of the two results hold, and which step belongs to which?",
                "For every step measure the slope twice, to one side and to both sides, and take the relative error "
                "of each against the exact slope at x.",
                "Look at the forward difference: by how much were its two points apart?",
            ),
            checks=(
                Check(
                    text="The sigmoid at 1: a tenth of the step leaves a tenth of the forward error, and a hundredth "
                    "of the centred one.",
                    probe=SWEEP,
                    cases=(
                        Case(
                            {"x": 1.0, "hs": np.array([0.1, 0.01, 0.001])},
                            {
                                "forward": np.array([0.02337937232278, 0.00231355416084, 0.00023108849766]),
                                "centred": np.array([0.00029966843793, 2.99454831e-06, 2.99453e-08]),
                            },
                        ),
                    ),
                    judges={"forward": "forward", "centred": "centred"},
                    rule=Values(within=GUARD),
                ),
            ),
        ),
        Exercise(
            name="partials",
            title="Slopes of three gates",
            slides=GATES,
            parts=(
                Part("mul", 1.0, "multiply"),
                Part("add", 0.5, "add"),
                Part("max", 0.5, "max"),
            ),
            hints=(
                "If y is held and x moves by a little, by how much does the output move?",
                "Multiply: each input's slope is what it is multiplied by. Add: both inputs pass a nudge on as it is. "
                "Max: only the larger one does.",
                "Look at what you return for max: slopes, or the values themselves?",
            ),
            checks=(
                Check(
                    text="Multiply, at x = 4 and y = -3: the slopes are -3 and 4.",
                    probe=PARTIALS,
                    cases=(Case({"op": "mul", "x": 4.0, "y": -3.0}, {"fx": -3.0, "fy": 4.0}),),
                    judges={"fx": "mul", "fy": "mul"},
                    rule=Values(),
                ),
                Check(
                    text="Add, at x = 4 and y = -3: both slopes are 1.",
                    probe=PARTIALS,
                    cases=(Case({"op": "add", "x": 4.0, "y": -3.0}, {"fx": 1.0, "fy": 1.0}),),
                    judges={"fx": "add", "fy": "add"},
                    rule=Values(),
                ),
                Check(
                    text="Max, at x = 4 and y = -3: the slopes are 1 and 0.",
                    probe=PARTIALS,
                    cases=(Case({"op": "max", "x": 4.0, "y": -3.0}, {"fx": 1.0, "fy": 0.0}),),
                    judges={"fx": "max", "fy": "max"},
                    rule=Values(),
                    on_purpose="That the smaller input gets nothing is what is shown.",
                ),
            ),
        ),
        Exercise(
            name="num_vjp",
            title="Vector-Jacobian product by measurement",
            slides=DERIVATIVES,
            builds_on=("num_grad",),
            parts=(
                Part("number", 0.5, "one output"),
                Part("array", 1.5, "outputs of any shape"),
            ),
            hints=(
                "Which single number, made from f(x) and dout, has the gradient that is asked for?",
                "Write a function of x that runs f, multiplies each output by its upstream gradient and adds up. Then "
                "measure its gradient.",
                "Look at where dout stands: inside the function whose gradient is measured, or outside?",
                "Look at the step: is it the h that was handed in?",
            ),
            checks=(
                Check(
                    text="4x with 6 arriving from above: 24 goes back.",
                    probe=LINE_BACK,
                    cases=(Case({"x": 3.0, "dout": 6.0}, {"dx": 24.0}),),
                    judges={"dx": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text="The step that is handed in is used.",
                    probe=CUBE_BACK,
                    cases=(Case({"x": 2.0, "dout": -2.0, "h": 0.5}, {"dx": -24.5}),),
                    judges={"dx": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text="Two outputs, a product and a sum, with 2 and 5 arriving from above.",
                    probe=GATES_BACK,
                    cases=(
                        Case(
                            {"x": np.array([4.0, -3.0]), "dout": np.array([2.0, 5.0])},
                            {"dx": np.array([-1.0, 13.0])},
                        ),
                    ),
                    judges={"dx": "array"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
            ),
        ),
    ),
)
