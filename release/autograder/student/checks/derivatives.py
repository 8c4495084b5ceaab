"""Notebook 1, derivatives and a gradient checker: points, hints and visible checks.  Slides 5-8, 10, 11."""

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe
from autograder.student.model.special import at_arrays, at_points, point_case

DERIVATIVES = (5, 6, 7, 8)
GATES = (10, 11)

SLOPE = Probe("d_sin2(x)", ("slope",))
LINE = Probe("num_grad(f, x)", ("slope",), setup="def f(x):\n    return 4 * x")
CUBE = Probe("num_grad(f, x, h)", ("slope",), setup="def f(x):\n    return x**3")
PRODUCT = Probe("num_grad(f, x)", ("grad",), setup="def f(x):\n    return x[0] * x[1]")
SQUARES = Probe(
    "num_grad(f, x)", ("grad",), setup="import numpy as np\ndef f(x):\n    return np.sum(x**2)"
)
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

# The same numbers in other forms: columns first in memory, and every other element of a larger array.
FORMS = """\
import numpy as np
columns_first = np.asfortranarray(columns_first)
every_other = np.repeat(every_other, 2, axis=-1)[..., ::2]
"""
# The same again, the other way round.
TURNED_FORMS = """left, turned = columns_first.copy(), np.asfortranarray(rows_first.copy())
inner, spread = block.copy(), np.repeat(every_other, 2, axis=-1)[..., ::2]
"""
TAKES_A_NUMBER = 'assert np.ndim(x) == 0, "this f takes a number"'
# Two functions of numbers alone, and three for which the order of an array matters.
WAVE = f"""import math
import numpy as np
def f(x):
    {TAKES_A_NUMBER}
    return x**2 + math.sin(3 * x)"""
CUBIC = f"""\
import numpy as np
def f(x):
    {TAKES_A_NUMBER}
    return x**3 - 2 * x"""
SLOW = """import numpy as np
def f(x):
    return np.sum(np.sin(x) * np.cos(x[::-1]))"""
ROWS = """\
import numpy as np
def f(x):
    return np.sum(x * (1 + x[::-1]))"""
TURNED = """\
import numpy as np
def f(x):
    return x**3 + x[::-1] / 2"""
SLOPES_AT_POINTS = at_points("d_sin2(x)", "(x,)", ("slope",))
SLOPES_OF_ARRAYS = at_arrays(
    "d_sin2({})", ("mixed", "zeros", "ones", "huge", "whole", "falling", "single", "no_axis")
)
SLOPES_OF_FORMS = at_arrays(
    "d_sin2({})", ("columns_first", "every_other"), f"{FORMS}d_sin2(columns_first)"
)
MEASURED_AT_POINTS = at_points("num_grad(f, x, h)", "x, h", ("slope",), WAVE)
MEASURED_OF_VECTORS = at_arrays("num_grad(f, {}, h)", ("huge", "falling"), SLOW)
MEASURED_OF_ARRAYS = at_arrays(
    "num_grad(f, {}, h)", ("mixed", "zeros", "ones", "whole", "single"), ROWS
)
# Slopes of functions that return an array without axes, and an integer that is always 0.
MEASURED_OF_FORMS = at_arrays(
    "num_grad({}, h)",
    ("f, columns_first", "f, every_other", "flat, rows_first"),
    f"""\
{FORMS}def f(x):
    return np.array(np.sum(x * (1 + x[::-1])))
def flat(x):
    return 0
num_grad(f, columns_first, h)""",
)
DISTANCES = at_points("rel_error(a, b)", "a, b", ("distance",))
DISTANCES_OF_ARRAYS = at_arrays(
    "rel_error({})",
    (
        "mixed, rough",
        "zeros, ones",
        "row, zero_row",
        "huge, rising",
        "whole, negative",
        "single, other_single",
        "falling.copy(), equal",
        "falling.copy(), opposite",
        "falling.copy(), near",
        "falling, falling",
    ),
)
DISTANCES_OF_FORMS = at_arrays(
    "rel_error({})",
    ("columns_first, rows_first", "every_other, block", "left, turned", "inner, spread"),
    f"""{FORMS}{TURNED_FORMS}kept = columns_first.copy(), rows_first.copy()
rel_error(columns_first, rows_first)
columns_first[...], rows_first[...] = kept""",
)
SWEEP_AT_POINTS = at_points(
    "fd_sweep(f, df, x, np.array(hs))",
    "x, hs",
    SWEEP.names,
    f"{CUBIC}\ndef df(x):\n    return 3 * x**2 - 2",
)
# A curve whose slope at 0 is 0, exactly and measured; f gives arrays without axes.
SWEEP_AT_THE_TOP = Probe(
    "fd_sweep(f, df, x, hs)",
    SWEEP.names,
    setup="""\
import math
import numpy as np
hs = np.repeat(hs, 2)[::2]
def f(x):
    return np.array(math.cos(x))
def df(x):
    return -math.sin(x)
fd_sweep(f, df, x, hs)""",
)
PRODUCTS = at_points('partials("mul", x, y)', "x, y", PARTIALS.names)
SUMS = at_points('partials("add", x, y)', "x, y", PARTIALS.names)
MAXIMA = at_points('partials("max", x, y)', "x, y", PARTIALS.names)
BACK_AT_POINTS = at_points("num_vjp(f, x, dout, h)", "x, dout, h", ("dx",), WAVE)
BACK_OF_ARRAYS = at_arrays(
    "num_vjp(f, {}, h)",
    (
        "mixed.copy(), negative.copy()",
        "negative, mixed",
        "zeros.copy(), ones.copy()",
        "ones, zeros",
        "huge, rising",
        "square.copy(), equal",
        "square.copy(), opposite",
        "square.copy(), near",
        "row, zero_row",
        "single, other_single",
    ),
    TURNED,
)
# Also a function that returns an array without axes.
BACK_OF_FORMS = at_arrays(
    "num_vjp({}, h)",
    (
        "f, columns_first, rows_first",
        "f, every_other, block",
        "f, left, turned",
        "f, inner, spread",
        "total, whole, dout",
    ),
    f"""\
{FORMS}{TURNED_FORMS}def f(x):
    return x**3 + x[::-1] / 2
def total(x):
    return np.array(np.sum(x**2))
kept = columns_first.copy(), rows_first.copy()
num_vjp(f, columns_first, rows_first, h)
columns_first[...], rows_first[...] = kept""",
)

# Room for a centred difference, as a fraction of the largest slope.  What is expected is the
# centred difference with the same step, so what it misses of the true slope cancels; only rounding
# is left.  Each value of f is off by a few eps |f|, and the points by eps |x|, together a few eps
# (|f| + |x f'|) / h: under a fifth of this for h = 1e-5, for |f| and |x f'| up to 20 times the
# slope.  A forward difference is off by h/2 f'', at that step hundreds of times as much.  A step
# other than the one given changes the result by h²/6 f''', which shows from h = 1e-3 on.
ROUNDING_OVER_STEP = 1e-8
# Room for a guard against 0/0 in a relative error: many add 1e-8 to sizes that are at least 0.1 here.
GUARD = 2e-7

# Arrays, and points with the results there: zeros, ones, whole, negative and tiny numbers, and two
# that are equal, opposite or nearly equal.
MIXED = np.array([[-0.5, 0.0, 0.5, 1.0, 0.7], [12.5, 0.7, -150.5, 0.003, 150.25]])
ROUGH = np.array([[0.5, 1.0, -0.5, 0.0, 150.0], [-150.0, 12.0, 0.6, 0.004, 0.6]])
HUGE = np.array([2e-07, 0.8, 0.80001, 10000000.0])
# At larger angles a formula such as cos(x - pi / 2) loses its last digits.
FAR_ANGLES = np.array([2e-07, 0.8, 0.80001, 2000000.0])
RISING = np.array([20000000.0, 0.4, 0.40001, 3e-07])
WHOLE = np.array([[-3, -2], [-2, -1]])
FALLING = np.array([0.9, 0.5, 0.25])
SINGLE = np.array([[-0.25]])
COLUMNS_FIRST = np.array([[0.3, -0.8, 1.2], [-0.6, 0.4, 2.0]])
ROWS_FIRST = np.array([[0.4, -0.5, -1.5], [0.7, 0.8, 1.0]])
EVERY_OTHER = np.array([[[0.2, -0.7]], [[1.1, 0.9]]])
BLOCK = np.array([[[-0.6, 0.5]], [[0.8, 1.4]]])
SLOPE_ROWS = [
    ((0.0,), (0.0,)),
    ((1,), (0.90929742683,)),
    ((-1.0,), (-0.90929742683,)),
    ((-0.4,), (-0.7173560909,)),
    ((0.4,), (0.7173560909,)),
    ((0.003,), (0.0059999640001,)),
    ((2e-07,), (4e-07,)),
    ((-3,), (0.2794154982,)),
    ((2.0,), (-0.75680249531,)),
    ((150.0,), (-0.9997558399,)),
    ((-150.0,), (0.9997558399,)),
    ((0.0,), (0.0,)),
]
MEASURED_ROWS = [
    ((0.0, 0.5), (1.9949899732,)),
    ((1, 1), (1.8602922509,)),
    ((-1.0, 2), (-1.8616903767,)),
    ((-0.4, 0.4), (0.044328975689,)),
    ((2e-07, 0.25), (2.7265554401,)),
    ((-3, 1.5), (-5.4062284853,)),
    ((2.0, 2.0001), (3.8660017655,)),
    ((0.5, 0.5), (1.1411200081,)),
    ((0.5, 2.384185791015625e-07), (1.2122116052,)),
    ((4.0, 0.5), (9.6834801865,)),
    ((150.0, 0.5), (298.54335216,)),
    ((-160.0, 160.0), (-320.00303285,)),
    ((2.0, 250), (4.0028615876,)),
    ((np.array(0.7), 0.5), (0.39283708331,)),
]
DISTANCE_ROWS = [
    ((0.0, 2.0), (1.0,)),
    ((1, -2), (1.5,)),
    ((-0.5, 0), (1.0,)),
    ((-1.0, 0.4), (1.4,)),
    ((0.4, 1.0), (0.6,)),
    ((-3, -4), (0.25,)),
    ((2.0, -1.0), (1.5,)),
    ((0.7, -0.3), (1.4285714286,)),
    ((2e-07, 0.5), (0.9999996,)),
    ((0.5, 2e-07), (0.9999996,)),
    ((0.7, 0.7), (0.0,)),
    ((0.7, -0.7), (2.0,)),
    ((0.7, 0.70001), (1.4285510207e-05,)),
    ((0, 0), (0.0,)),
    ((250.0, 200.0), (0.2,)),
    ((-160.0, -200.0), (0.2,)),
    ((0.0, 2.0), (1.0,)),
    ((np.array(-0.5), np.array(0.4)), (1.8,)),
]
PRODUCT_ROWS = [
    ((0.0, 1.0), (1.0, 0.0)),
    ((1, -2), (-2, 1)),
    ((-2, 0), (0, -2)),
    ((-0.4, 4.0), (4.0, -0.4)),
    ((2e-07, -0.4), (-0.4, 2e-07)),
    ((0.4, 2e-07), (2e-07, 0.4)),
    ((3.0, 0.4), (0.4, 3.0)),
    ((-1.0, 1.0), (1.0, -1.0)),
    ((-1.0, -1.0), (-1.0, -1.0)),
    ((1.2, 1.20001), (1.20001, 1.2)),
    ((4.0, 2.5), (2.5, 4.0)),
    ((0.0, 1.0), (1.0, 0.0)),
]
LARGE_PRODUCT_ROWS = [((250.0, -1.5), (-1.5, 250.0)), ((0.5, -250.0), (-250.0, 0.5))]
SUM_ROWS = [(point, (1.0, 1.0)) for point, _ in (*PRODUCT_ROWS, *LARGE_PRODUCT_ROWS)]
MAXIMUM_ROWS = [
    ((0.0, 1.0), (0.0, 1.0)),
    ((1, -2), (1.0, 0.0)),
    ((-2, 0), (0.0, 1.0)),
    ((-0.4, 4.0), (0.0, 1.0)),
    ((2e-07, -0.4), (1.0, 0.0)),
    ((0.4, 2e-07), (1.0, 0.0)),
    ((3.0, 0.4), (1.0, 0.0)),
    ((-1.0, 1.0), (0.0, 1.0)),
    ((-3.0, -1.0), (0.0, 1.0)),
    ((0.4, -1.0), (1.0, 0.0)),
    ((1.2, 1.20001), (0.0, 1.0)),
    ((1.7, 1.2), (1.0, 0.0)),
    ((1.2, 1.7), (0.0, 1.0)),
    ((4.0, 2.5), (1.0, 0.0)),
    ((250.0, -1.5), (1.0, 0.0)),
    ((0.5, -250.0), (1.0, 0.0)),
    ((-160.0, -150.0), (0.0, 1.0)),
    ((0.0, 1.0), (0.0, 1.0)),
]
BACK_ROWS = [
    ((0.0, 1.0, 0.5), (1.9949899732,)),
    ((1, -2, 1), (-3.7205845018,)),
    ((-1.0, 0.0, 2), (0.0,)),
    ((-2, 1, 0.25), (-1.3820428656,)),
    ((-0.4, 0.4, 0.4), (0.017731590276,)),
    ((2e-07, -0.4, 0.4), (-0.93203924597,)),
    ((0.4, 2e-07, 0.25), (3.5759767236e-07,)),
    ((-2.0, -1.0, 3.0), (3.868098692,)),
    ((1.2, 1.20001, 1.20002), (3.2769028745,)),
    ((0.5, 0.5, 0.5), (0.57056000403,)),
    ((0.5, -3.0, 2.384185791015625e-07), (-3.6366348155,)),
    ((4.0, 2.5, 1.5), (18.625178901,)),
    ((150.0, 2.0, 0.5), (597.08670432,)),
    ((0.5, -250.0, 0.5), (-285.28000201,)),
    ((2.0, -1.5, 150.0), (-5.9934393127,)),
    ((np.array(0.7), np.array(-2.0), 0.5), (-0.78567416662,)),
]
SWEEP_ROWS = [
    ((0.0, [0.5, 0.1]), ([0.125, 0.005], [0.125, 0.005])),
    ((1, [1, 2]), ([0.8, 0.909090909], [0.5, 0.8])),
    ((-1.0, [1.0, 0.25]), ([2.0, 0.6875], [0.5, 0.0588235294])),
    ((-0.4, [0.5, 0.5]), ([0.187165775, 0.187165775], [0.164473684, 0.164473684])),
    ((0.4, [0.2, 0.20001]), ([0.184210526, 0.184221053], [0.0263157895, 0.0263184211])),
    ((2e-07, [1.0, 1.0]), ([0.5000003, 0.5000003], [0.5, 0.5])),
    ((-3, [2000000.0, 0.5]), ([1.0, 0.17], [1.0, 0.0099009901])),
    ((0.5, [2.384185791015625e-07, 0.125]), ([2.86102295e-07, 0.1625], [0.0, 0.0125])),
    ((150.0, [15.0, 150.0]), ([0.0936581043, 0.571435828], [0.00332235725, 0.250005556])),
    ((2.0, [0.01, 0.3]), ([0.00597409568, 0.158957107], [9.99989999e-06, 0.0089197225])),
]
ANY_NUMBERS = "Any numbers will do: zeros, negative, equal and tiny ones."
LARGE_NUMBERS = "Large numbers will do as well."
ANY_ARRAYS = "Arrays of any size and any numbers: a zero, a huge and a tiny one, all of them equal, integers."
ANY_VECTORS = "Vectors of any numbers: a huge, a tiny, nearly equal ones."
ANY_STEPS = "Any x and any steps, in any order: f and df are called with numbers."
NEVER_MOVES = "A function that never moves has no slope."
# Why such points are tried.
EDGES = (
    "Zeros, equal numbers, and tiny ones beside huge ones, are kinds of input that the text allows."
)
ANY_FORM = "Arrays in other forms, and the same array once more."

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
                "Look at the factors of your product: is there one for each of the two functions?",
                "The slope of the square, taken at the sine's value, times the slope of the sine.",
            ),
            checks=(
                Check(
                    text="At x = 1 the slope is 0.9093.",
                    probe=SLOPE,
                    cases=(Case({"x": 1.0}, {"slope": 0.9092974268256817}),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=SLOPES_AT_POINTS,
                    cases=(point_case(SLOPES_AT_POINTS, SLOPE_ROWS),),
                    judges={"slope": "slope"},
                    rule=Values(),
                ),
                Check(
                    text=ANY_ARRAYS,
                    probe=SLOPES_OF_ARRAYS,
                    cases=(
                        Case(
                            {
                                "mixed": MIXED,
                                "zeros": np.array([[0.0], [0.0], [0.0]]),
                                "ones": np.array([[1.0, 1.0, 1.0]]),
                                "huge": FAR_ANGLES,
                                "whole": WHOLE,
                                "falling": FALLING,
                                "single": SINGLE,
                                "no_axis": np.array(0.4),
                            },
                            {
                                "for_mixed": np.array(
                                    [
                                        [
                                            -0.84147098481,
                                            0.0,
                                            0.84147098481,
                                            0.90929742683,
                                            0.98544972999,
                                        ],
                                        [
                                            -0.1323517501,
                                            0.98544972999,
                                            0.55876404959,
                                            0.0059999640001,
                                            -0.88796197484,
                                        ],
                                    ]
                                ),
                                "for_zeros": np.array([[0.0], [0.0], [0.0]]),
                                "for_ones": np.array(
                                    [[0.90929742683, 0.90929742683, 0.90929742683]]
                                ),
                                "for_huge": np.array(
                                    [4e-07, 0.99957360304, 0.99957301885, -0.990140546404]
                                ),
                                "for_whole": np.array(
                                    [[0.2794154982, 0.75680249531], [0.75680249531, -0.90929742683]]
                                ),
                                "for_falling": np.array(
                                    [0.97384763088, 0.84147098481, 0.4794255386]
                                ),
                                "for_single": np.array([[-0.4794255386]]),
                                "for_no_axis": 0.7173560909,
                            },
                        ),
                    ),
                    judges=dict.fromkeys(SLOPES_OF_ARRAYS.names, "slope"),
                    rule=Values(),
                    on_purpose=EDGES,
                ),
                Check(
                    text=ANY_FORM,
                    probe=SLOPES_OF_FORMS,
                    cases=(
                        Case(
                            {"columns_first": COLUMNS_FIRST, "every_other": EVERY_OTHER},
                            {
                                "for_columns_first": np.array(
                                    [
                                        [0.5646424734, -0.99957360304, 0.67546318055],
                                        [-0.93203908597, 0.7173560909, -0.75680249531],
                                    ]
                                ),
                                "for_every_other": np.array(
                                    [
                                        [[0.38941834231, -0.98544972999]],
                                        [[0.80849640382, 0.97384763088]],
                                    ]
                                ),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(SLOPES_OF_FORMS.names, "slope"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="num_grad",
            title="Measure a gradient by centred differences",
            slides=DERIVATIVES,
            parts=(
                Part("number", 1.0, "the slope for a number"),
                Part("vector", 1.0, "the gradient for a vector"),
                Part("shape", 1.0, "arrays of any shape, and integers"),
            ),
            hints=(
                "How far apart are the two points at which you run f?",
                "Look at the line that moves x: does it move a copy or x itself, and can that array hold 1e-5?",
                "Look at your loop: does it reach every element of a matrix, and each of them by itself?",
                "For each element: add h to this element alone and run f, take h from it and run f, and divide the "
                "difference of the two by the whole distance. Every element starts from the x that was given.",
            ),
            hint_parts={1: ("vector", "shape"), 2: ("shape",)},
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
                Check(
                    text=ANY_NUMBERS,
                    probe=MEASURED_AT_POINTS,
                    cases=(point_case(MEASURED_AT_POINTS, MEASURED_ROWS),),
                    judges={"slope": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text=ANY_VECTORS,
                    probe=MEASURED_OF_VECTORS,
                    cases=(
                        Case(
                            {"huge": HUGE, "falling": FALLING, "h": 0.0009765625},
                            {
                                "for_huge": np.array(
                                    [
                                        -0.90727032608,
                                        -0.029209513393,
                                        -0.029209513393,
                                        -0.90727032608,
                                    ]
                                ),
                                "for_falling": np.array(
                                    [0.40848737596, 0.54030196235, 0.40848737596]
                                ),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(MEASURED_OF_VECTORS.names, "vector"),
                    rule=Values(within=ROUNDING_OVER_STEP),
                    on_purpose=EDGES,
                ),
                Check(
                    text=ANY_ARRAYS,
                    probe=MEASURED_OF_ARRAYS,
                    cases=(
                        Case(
                            {
                                "mixed": MIXED,
                                "zeros": np.array([[0.0], [0.0], [0.0]]),
                                "ones": np.array([[1.0, 1.0, 1.0]]),
                                "whole": WHOLE,
                                "single": SINGLE,
                                "h": 0.0009765625,
                            },
                            {
                                "for_mixed": np.array(
                                    [[26.0, 2.4, -300.0, 1.006, 301.5], [0.0, 1.0, 2.0, 3.0, 2.4]]
                                ),
                                "for_zeros": np.array([[1.0], [1.0], [1.0]]),
                                "for_ones": np.array([[3.0, 3.0, 3.0]]),
                                "for_whole": np.array([[-3.0, -1.0], [-5.0, -3.0]]),
                                "for_single": np.array([[0.5]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(MEASURED_OF_ARRAYS.names, "shape"),
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text=f"{ANY_FORM} {NEVER_MOVES}",
                    probe=MEASURED_OF_FORMS,
                    cases=(
                        Case(
                            {
                                "columns_first": COLUMNS_FIRST,
                                "every_other": EVERY_OTHER,
                                "rows_first": ROWS_FIRST,
                                "h": 0.0009765625,
                            },
                            {
                                "for_f_columns_first": np.array(
                                    [[-0.2, 1.8, 5.0], [1.6, -0.6, 3.4]]
                                ),
                                "for_f_every_other": np.array([[[3.2, 2.8]], [[1.4, -0.4]]]),
                                "for_flat_rows_first": np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(MEASURED_OF_FORMS.names, "shape"),
                    rule=Values(within=ROUNDING_OVER_STEP),
                    on_purpose=EDGES,
                ),
            ),
        ),
        Exercise(
            name="rel_error",
            title="Relative error of two results",
            slides=DERIVATIVES,
            parts=(Part("distance", 1.0, "the largest relative error"),),
            hints=(
                "By what must the distance of two numbers be divided, so that it does not matter in which unit they "
                "are measured?",
                "Look at the division: what does it give where both numbers are 0?",
                "Take the distance of each pair, divide it by the larger of the two sizes, and return the largest "
                "result. Sizes have no sign.",
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
                            {
                                "a": np.array([[1.0, -2.0], [30.0, 4.0]]),
                                "b": np.array([[1.0, -2.5], [31.0, 3.0]]),
                            },
                            {"distance": 0.25},
                        ),
                    ),
                    judges={"distance": "distance"},
                    rule=Values(within=GUARD),
                ),
                Check(
                    text=ANY_NUMBERS,
                    probe=DISTANCES,
                    cases=(point_case(DISTANCES, DISTANCE_ROWS),),
                    judges={"distance": "distance"},
                    rule=Values(within=GUARD),
                    on_purpose=EDGES,
                ),
                Check(
                    text=ANY_ARRAYS,
                    probe=DISTANCES_OF_ARRAYS,
                    cases=(
                        Case(
                            {
                                "mixed": MIXED,
                                "rough": ROUGH,
                                "zeros": np.array([[0.0], [0.0], [0.0]]),
                                "ones": np.array([[1.0], [1.0], [1.0]]),
                                "row": np.array([[1.0, 1.0, 1.0]]),
                                "zero_row": np.array([[0.0, 0.0, 0.0]]),
                                "huge": HUGE,
                                "rising": RISING,
                                "whole": WHOLE,
                                "negative": np.array([[-1, -4], [-3, -1]]),
                                "single": SINGLE,
                                "other_single": np.array([[0.5]]),
                                "falling": FALLING,
                                "equal": FALLING,
                                "opposite": np.array([-0.9, -0.5, -0.25]),
                                "near": np.array([0.900009, 0.500005, 0.2500025]),
                            },
                            {
                                "for_mixed_rough": 2.0,
                                "for_zeros_ones": 1.0,
                                "for_row_zero_row": 1.0,
                                "for_huge_rising": 1.0,
                                "for_whole_negative": 0.66666666667,
                                "for_single_other_single": 1.5,
                                "for_falling_equal": 0.0,
                                "for_falling_opposite": 2.0,
                                "for_falling_near": 9.9999000011e-06,
                                "for_falling_falling": 0.0,
                            },
                        ),
                    ),
                    judges=dict.fromkeys(DISTANCES_OF_ARRAYS.names, "distance"),
                    rule=Values(within=GUARD),
                    on_purpose=EDGES,
                ),
                Check(
                    text=ANY_FORM,
                    probe=DISTANCES_OF_FORMS,
                    cases=(
                        Case(
                            {
                                "columns_first": COLUMNS_FIRST,
                                "rows_first": ROWS_FIRST,
                                "every_other": EVERY_OTHER,
                                "block": BLOCK,
                            },
                            {
                                "for_columns_first_rows_first": 1.8571428571,
                                "for_every_other_block": 1.7142857143,
                                "for_left_turned": 1.8571428571,
                                "for_inner_spread": 1.7142857143,
                            },
                        ),
                    ),
                    judges=dict.fromkeys(DISTANCES_OF_FORMS.names, "distance"),
                    rule=Values(within=GUARD),
                ),
            ),
        ),
        Exercise(
            name="fd_sweep",
            title="Error of the measured slope for each step size",
            slides=DERIVATIVES,
            builds_on=("num_grad", "rel_error"),
            parts=(
                Part("forward", 0.5, "errors of the forward difference"),
                Part("centred", 0.5, "errors of the centred difference"),
            ),
            hints=(
                "How many numbers does each of the two results hold, and which step belongs to which?",
                "Look at the forward difference: by how much were its two points apart?",
                "For every step measure the slope twice, to one side and to both sides, and take the relative error "
                "of each against the exact slope at x.",
            ),
            hint_parts={1: ("forward",)},
            checks=(
                Check(
                    text="The sigmoid at 1: a tenth of the step leaves a tenth of the forward error, and a hundredth "
                    "of the centred one.",
                    probe=SWEEP,
                    cases=(
                        Case(
                            {"x": 1.0, "hs": np.array([0.1, 0.01, 0.001])},
                            {
                                "forward": np.array(
                                    [0.02337937232278, 0.00231355416084, 0.00023108849766]
                                ),
                                "centred": np.array(
                                    [0.00029966843793, 2.99454831e-06, 2.99453e-08]
                                ),
                            },
                        ),
                    ),
                    judges={"forward": "forward", "centred": "centred"},
                    rule=Values(within=GUARD),
                ),
                Check(
                    text=ANY_STEPS,
                    probe=SWEEP_AT_POINTS,
                    cases=(point_case(SWEEP_AT_POINTS, SWEEP_ROWS),),
                    judges={"forward": "forward", "centred": "centred"},
                    rule=Values(within=GUARD),
                    on_purpose=EDGES,
                ),
                Check(
                    text="The cosine at 0: its slope is 0, and measured on both sides it is 0 too, which is no error.",
                    probe=SWEEP_AT_THE_TOP,
                    cases=(
                        Case(
                            {"x": 0.0, "hs": np.array([0.5, 0.3, 0.4])},
                            {
                                "forward": np.array([1.0, 1.0, 1.0]),
                                "centred": np.array([0.0, 0.0, 0.0]),
                            },
                        ),
                        Case(
                            {"x": 0.0, "hs": np.array([0.5])},
                            {"forward": np.array([1.0]), "centred": np.array([0.0])},
                        ),
                    ),
                    judges={"forward": "forward", "centred": "centred"},
                    rule=Values(within=GUARD),
                    on_purpose=EDGES,
                ),
            ),
        ),
        Exercise(
            name="partials",
            title="Partial derivatives of product, sum and maximum",
            slides=GATES,
            parts=(Part("mul", 1.0, "multiply"), Part("add", 0.5, "add"), Part("max", 0.5, "max")),
            hints=(
                "If y is held and x moves by a little, by how much does the output move?",
                "Look at what you return for max: slopes, or the values themselves?",
                "Multiply: each input's slope is what it is multiplied by. Add: a change of either input changes the "
                "output by as much. Max: only a change of the larger input does.",
            ),
            hint_parts={1: ("max",)},
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
                Check(
                    text=f"Multiply. {ANY_NUMBERS}",
                    probe=PRODUCTS,
                    cases=(point_case(PRODUCTS, PRODUCT_ROWS),),
                    judges=dict.fromkeys(PARTIALS.names, "mul"),
                    rule=Values(),
                ),
                Check(
                    text=f"Multiply. {LARGE_NUMBERS}",
                    probe=PRODUCTS,
                    cases=(point_case(PRODUCTS, LARGE_PRODUCT_ROWS),),
                    judges=dict.fromkeys(PARTIALS.names, "mul"),
                    rule=Values(),
                ),
                Check(
                    text=f"Add. {ANY_NUMBERS}",
                    probe=SUMS,
                    cases=(point_case(SUMS, SUM_ROWS),),
                    judges=dict.fromkeys(PARTIALS.names, "add"),
                    rule=Values(),
                ),
                Check(
                    text=f"Max. {ANY_NUMBERS}",
                    probe=MAXIMA,
                    cases=(point_case(MAXIMA, MAXIMUM_ROWS),),
                    judges=dict.fromkeys(PARTIALS.names, "max"),
                    rule=Values(),
                ),
            ),
        ),
        Exercise(
            name="num_vjp",
            title="Measure a vector-Jacobian product",
            slides=DERIVATIVES,
            builds_on=("num_grad",),
            parts=(Part("number", 0.5, "one output"), Part("array", 1.5, "outputs of any shape")),
            hints=(
                "Which single number, made from f(x) and dout, has the gradient that is asked for?",
                "Look at where dout stands: inside the function whose gradient is measured, or outside?",
                "Look at the step: is it the h that was handed in?",
                "Write a function of x that runs f, multiplies each output by its upstream gradient and adds up. Then "
                "measure its gradient.",
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
                Check(
                    text=ANY_NUMBERS,
                    probe=BACK_AT_POINTS,
                    cases=(point_case(BACK_AT_POINTS, BACK_ROWS),),
                    judges={"dx": "number"},
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
                Check(
                    text=ANY_ARRAYS,
                    probe=BACK_OF_ARRAYS,
                    cases=(
                        Case(
                            {
                                "mixed": MIXED,
                                "negative": np.array([[-3, -2, -2, -4, -3], [-5, -4, -3, -2, -1]]),
                                "zeros": np.array([[0.0], [0.0], [0.0]]),
                                "ones": np.array([[1.0], [1.0], [1.0]]),
                                "huge": HUGE,
                                "rising": RISING,
                                "square": np.array([[0.9, -0.4], [0.3, 0.7]]),
                                "equal": np.array([[0.9, -0.4], [0.3, 0.7]]),
                                "opposite": np.array([[-0.9, 0.4], [-0.3, -0.7]]),
                                "near": np.array([[0.900009, -0.400004], [0.300003, 0.700007]]),
                                "row": np.array([[0.5, 0.3, 0.2]]),
                                "zero_row": np.array([[0.0, 0.0, 0.0]]),
                                "single": SINGLE,
                                "other_single": np.array([[0.5]]),
                                "h": 0.5,
                            },
                            {
                                "for_mixed_negative": np.array(
                                    [
                                        [-5.5, -2.5, -3.5, -14.0, -5.6600000001],
                                        [
                                            -2346.5,
                                            -7.8800000008,
                                            -203854.0,
                                            -2.5000539999,
                                            -67726.9375,
                                        ],
                                    ]
                                ),
                                "for_negative_mixed": np.array(
                                    [
                                        [-7.375, 0.35, -69.125, 48.2515, 94.2],
                                        [940.375, 33.775, -4100.875, 0.53675, 488.6625],
                                    ]
                                ),
                                "for_zeros_ones": np.array([[0.75], [0.75], [0.75]]),
                                "for_ones_zeros": np.array([[0.0], [0.0], [0.0]]),
                                "for_huge_rising": np.array(
                                    [5000000.0, 1.0625, 1.0625, 100000000.0]
                                ),
                                "for_square_equal": np.array([[2.562, 0.058], [0.606, 1.004]]),
                                "for_square_opposite": np.array(
                                    [[-2.562, -0.058], [-0.606, -1.004]]
                                ),
                                "for_square_near": np.array(
                                    [[2.56202562, 0.05800058], [0.60600606, 1.00401004]]
                                ),
                                "for_row_zero_row": np.array([[0.0, 0.0, 0.0]]),
                                "for_single_other_single": np.array([[0.46875]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(BACK_OF_ARRAYS.names, "array"),
                    rule=Values(within=ROUNDING_OVER_STEP),
                    on_purpose=EDGES,
                ),
                Check(
                    text=ANY_FORM,
                    probe=BACK_OF_FORMS,
                    cases=(
                        Case(
                            {
                                "columns_first": COLUMNS_FIRST,
                                "rows_first": ROWS_FIRST,
                                "every_other": EVERY_OTHER,
                                "block": BLOCK,
                                "whole": WHOLE,
                                "dout": -3.0,
                                "h": 0.25,
                            },
                            {
                                "for_f_columns_first_rows_first": np.array(
                                    [[0.483, -0.59125, -6.07375], [0.99975, 0.184, 11.3125]]
                                ),
                                "for_f_every_other_block": np.array(
                                    [[[0.2905, 1.46625]], [[2.654, 3.7395]]]
                                ),
                                "for_f_left_turned": np.array(
                                    [[0.483, -0.59125, -6.07375], [0.99975, 0.184, 11.3125]]
                                ),
                                "for_f_inner_spread": np.array(
                                    [[[0.7785, -0.11875]], [[2.28075, 4.99825]]]
                                ),
                                "for_total_whole_dout": np.array([[18.0, 12.0], [12.0, 6.0]]),
                            },
                        ),
                    ),
                    judges=dict.fromkeys(BACK_OF_FORMS.names, "array"),
                    rule=Values(within=ROUNDING_OVER_STEP),
                ),
            ),
        ),
    ),
)
