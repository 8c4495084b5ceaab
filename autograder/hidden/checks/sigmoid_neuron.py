"""Notebook 3, the sigmoid neuron: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Equivalent, Excluded, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import FORMULAS, near, signed
from autograder.hidden.misconceptions.sigmoid_neuron import MISCONCEPTIONS
from autograder.student.checks.sigmoid_neuron import (
    ANY_SIZES,
    BACKWARD,
    F_AGAIN,
    F_STRIDED,
    FORWARD,
    MANY_BACKWARD,
    MANY_FORWARD,
    MANY_RELU,
    MANY_STAGED,
    MANY_STEPS,
    MANY_WAYS,
    RELU,
    SLOPE,
    SLOPE_AGAIN,
    SLOPE_STRIDED,
    STAGED,
    STAGED_PARTS,
    TANH_PARTS,
    TANH_STEP,
    WHICH_WAY,
    WHICH_WAY_PARTS,
    F,
)
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs
from autograder.student.model.special import special

# Sums further from 0 than this leave the sigmoid too flat for a wrong slope to show.
LIVELY = 1.5
# Bounds of the sizes of drawn numbers: none near 0 or 1.
BOUNDS = (0.35, 0.75)
# Lines of answers that are right in another way, shared by several exercises, and their proofs.
DOT, DOT_FROM_THE_END = (
    "dot = w[0] * x[0] + w[1] * x[1] + w[2]",
    "dot = w[0] * x[0] + w[1] * x[-1] + w[2]",
)
LAST_OF_TWO = "x has two numbers, so the second is the last."
SAME_BEHIND_PLUS = "The +1 gate passes the gradient on unchanged, so da and db are the same number."


def _neuron(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A neuron whose sum is lively: away from saturation and away from 0."""
    while True:
        w, x = 2 * signed(rng, 3, *BOUNDS), signed(rng, 2, *BOUNDS)
        if 0.3 < abs(w[0] * x[0] + w[1] * x[1] + w[2]) < LIVELY:
            return {"w": w, "x": x}


def _moderate(rng: np.random.Generator) -> Sequence[Inputs]:
    numbers = [*4 * signed(rng, 4, *BOUNDS), rng.uniform(5, 8), -rng.uniform(5, 6.5)]
    return [{"x": float(v)} for v in numbers] + [{"x": rng.uniform(-4, 4, (2, 3, 2))}, {"x": 2}]


def _extreme(rng: np.random.Generator) -> Sequence[Inputs]:
    big = rng.uniform(
        750, 800, 3
    )  # from 746 on the sigmoid of -x is 0 in float64, not the last of its digits
    return [{"x": np.array([-big[0], -1.5, 0.5, big[1]])}, {"x": float(-big[2])}, {"x": 800.0}]


def _outputs(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"f": float(v)} for v in rng.uniform(0.05, 0.45, 3)] + [
        {"f": rng.uniform(0.55, 0.95, (3, 2))}
    ]


def _twins(rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """A neuron with equal inputs and one with equal weights: code that finds a number by its value goes wrong here."""
    (w0, w1, w2), (x0, x1) = signed(rng, 3, *BOUNDS), signed(rng, 2, *BOUNDS)
    return [
        {"w": np.array([w0, w1, w2]), "x": np.array([x0, x0])},
        {"w": np.array([w0, w0, w2]), "x": np.array([x0, x1])},
    ]


def _neurons(rng: np.random.Generator) -> Sequence[Inputs]:
    return [*(_neuron(rng) for _ in range(4)), *_twins(rng)]


def _with_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {**neuron, "dout": float(v)}
        for neuron, v in zip(_neurons(rng), 3 * signed(rng, 6, *BOUNDS), strict=True)
    ]


def _both_branches(rng: np.random.Generator) -> Sequence[Inputs]:
    """Neurons of both signs of z; only the sign of z shows, so each of its terms decides some of them."""
    return [
        _decided_by(rng, term, on) for _ in range(4) for term in range(3) for on in (True, False)
    ]


def _decided_by(rng: np.random.Generator, term: int, on: bool) -> Inputs:
    """A neuron that is on or off because of one of its three terms: without it, z would have the other sign."""
    while True:
        neuron = _neuron(rng)
        terms = neuron["w"] * np.append(neuron["x"], 1.0)
        if (terms.sum() > 0) == on and (terms.sum() - terms[term] > 0) != on:
            return neuron


def _steps(rng: np.random.Generator) -> Sequence[Inputs]:
    cases: list[Inputs] = []
    for size in (2, 3, 4, 1):
        w, x = signed(rng, size, *BOUNDS), signed(rng, size, *BOUNDS)
        cases.append(
            {
                "w": w,
                "x": x,
                "b": float(signed(rng, (), *BOUNDS)),
                "y": float(rng.uniform(-2, -1)),
                "lr": 0.3,
            }
        )
    return cases


def _special_numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    """A row of every kind of number that leaves the sigmoid lively, and a column of negative ones."""
    a, b = rng.uniform(0.3, 0.6, 2)
    row = [
        -a,
        0.0,
        a,
        1.0,
        b,
        11.0 + a,
        b,
        -1.0 - b,
        0.004 * a,
        2 * a,
        2 * a * (1 + 1e-5),
        1e-7 * b,
    ]
    return [{"x": np.array([row])}, {"x": np.array([[-3.0 - a], [-2.0 - a], [-1.0 - b]])}]


def _same_numbers(rng: np.random.Generator) -> Sequence[Inputs]:
    one, two = (int(n) for n in rng.integers(2, 6, 2))
    return [{"x": np.array([-one, 0, two, 1])}, {"x": np.zeros((1, 2, 3))}, {"x": np.ones((2, 2))}]


def _special_outputs(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b = rng.uniform(0.3, 0.45, 2)
    row = [a, 0.0, a * (1 + 1e-5), 1.0, a, 1e-7 * b, 0.004 * b, 0.95]
    return [{"f": np.array([row])}, {"f": np.array([[a / 2], [b], [0.6]])}]


def _saturated(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"f": special("positive", rng, (2, 2))}, {"f": np.zeros((2, 1, 2))}, {"f": np.ones(4)}]


def _special_neurons(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Neurons that together hold every kind of number but huge and tiny ones."""
    a, b, c = rng.uniform(0.3, 0.6, 3)
    whole = float(rng.integers(2, 4))
    neurons = [
        ([1.0, 1.0, 1.0], [a, a * (1 + 2e-5)]),
        ([0.0, 0.0, 0.0], [-1 - b, -a]),
        ([-a, -a * (1 + 2e-5), -c], [1.0, 1.0]),
        ([a, -a, c], [0.0, 0.0]),
        ([-whole, whole + 1, -1.0], [whole, 1.0]),
        ([a, a + 0.1, a + 0.3], [b, -b]),
        ([a, 0.0, c], [b, -2 - b]),
    ]
    return [(np.array(w), np.array(x)) for w, x in neurons]


def _huge_neurons(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """A neuron with a huge weight and one with a huge input, whose sums are ordinary."""
    a, b, c = rng.uniform(0.3, 0.6, 3)
    return [
        (np.array([2e9 * (1 + a), 1e-7, b]), np.array([5e-10, c])),
        (np.array([2.5e-10, a, -c]), np.array([4e9 * (1 + b), 1.5])),
    ]


def _many(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b = rng.uniform(0.3, 0.6, 2)
    flat = np.array([-5.0 - a, 2.0, -1.0]), np.array([2.0, -b])
    return [{"neurons": [*_huge_neurons(rng), *_special_neurons(rng), flat]}]


def _many_with_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b = (float(v) for v in rng.uniform(0.3, 0.6, 2))
    return [{"neurons": _special_neurons(rng), "douts": [1.0, -1.0, a, -b, 3.0, 0.0, 1 + a]}]


def _huge_weight(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"neurons": _huge_neurons(rng)[:1], "douts": [2]}]


def _huge_input(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"neurons": _huge_neurons(rng)[1:], "douts": [-1 - float(rng.uniform(0.3, 0.6))]}]


def _tiny_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_neuron(rng), "dout": 1e-7 * float(rng.uniform(2, 8))}]


def _large_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**_neuron(rng), "dout": float(rng.uniform(150, 300))}]


def _corners(rng: np.random.Generator) -> Sequence[Inputs]:
    """Neurons that are on or off, some of them near the corner; none on it."""
    neurons = [neuron for neuron in _special_neurons(rng) if neuron[0].any()]
    for z in (0.09, 0.009, -0.009, -0.0009):
        w, x = signed(rng, 2, *BOUNDS), signed(rng, 2, *BOUNDS)
        neurons.append((np.append(w, z - w @ x), x))
    return [{"neurons": neurons}]


def _special_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """Steps with every kind of number, and numbers that are equal, opposite or nearly equal to each other."""
    a, b, c = (float(v) for v in rng.uniform(0.3, 0.6, 3))
    near = 1 + 1e-5
    steps = [
        ([1.0, 1.0], [a, a * near], 0.0, 1, 1),
        ([0.0, 0.0], [-1 - b, -a], b, -1.0, 0.002),
        ([-a, -a * near], [1.0, 1.0], 1, 2.0, a / 4),
        ([a, -a], [0.0, 0.0], -1.0, b, 1e-7),
        ([-2.0, 3.0], [2.0, 1.0], 1.0, -a, 0.0),
        ([a, a + 0.1], [b, -b], c, c, c),
        ([a, b], [a, b], -c, c, c),
        ([a, b], [-a, -b], c, -c, c * near),
        ([a, b], [a * near, b * near], c * near, c, 0.1),
        ([-a, -1 - b], [-c, -a], -1 - a, 150 + a, 0.01),
        ([a, b], [0.01 * c, 0.02 * c], -a, b, b * near),
        ([11 + a, 1.0], [0.01, -a], a, 0.3, 0.3),
        ([-2.0, -2.0], [-3.0, -2.0], -12.0, -3, 1),
        ([0.01, 0.02], [101.5 + a, -52 - a], 1e-7, -1 - a, 0.25),
        ([a, b], [b, a], -120 - a, 119.5, 0.1),
        ([a, b], [b, a], -a, 0, a),
        ([a, b], [-b, -a], 1 + a, -c, c),
    ]
    return [{"steps": [(np.array(w), np.array(x), *rest) for w, x, *rest in steps]}]


def _huge_weight_step(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b = (float(v) for v in rng.uniform(0.3, 0.6, 2))
    (w, x), _ = _huge_neurons(rng)
    return [{"steps": [(w[:2], x, -a, b, 0.25)]}]


def _huge_input_step(rng: np.random.Generator) -> Sequence[Inputs]:
    _, (w, x) = _huge_neurons(rng)
    return [{"steps": [(w[:2], x, 0.2 - float(w[:2] @ x), 1e-7, 0.5)]}]


def _ways(rng: np.random.Generator) -> Sequence[Inputs]:
    """Networks of several sizes, each with targets above and below p; no sum near 0."""
    cases: list[Inputs] = []
    for H, D in ((3, 2), (2, 4), (4, 3)):
        network = {
            "x": signed(rng, D, *BOUNDS),
            "W": _lively(rng, H, D),
            "v": signed(rng, H, *BOUNDS),
        }
        cases += [{**network, "Y": 20.0}, {**network, "Y": -20.0}]
    return cases


def _lively(rng: np.random.Generator, H: int, D: int) -> np.ndarray:
    """Weights of both signs; one in each row is so large that no sum comes near 0."""
    W = signed(rng, (H, D), *BOUNDS)
    W[np.arange(H), rng.integers(0, D, H)] *= 3 * D
    return W


Network = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def _network(x: object, W: object, v: object, Y: float) -> Network:
    x, W, v = (np.array(each, dtype=np.float64) for each in (x, W, v))
    return x, W, v, Y


def _special_networks(rng: np.random.Generator) -> Sequence[Inputs]:
    """Networks of two units and three inputs that together hold every kind of number."""
    a, b, c = (float(v) for v in rng.uniform(0.3, 0.45, 3))
    near = 1 + 1e-5
    plain = [[a, -2 * b, c / 2], [-b, 3.0, 1 + c]]
    return [
        {
            "networks": [
                _network([a, -a, 1 + b], [[1, 11 + b, -150 - c], [-a, 0, a]], [2 * b, -c], b),
                _network([1, 1, 1], [[2 * a, a, a / 2], [b, b / 2, b / 4]], [-2 - b, -1 - b], -c),
                _network([2 * a, a, a / 2], [[-4, -3, -3], [-5, -2, -1]], [0, 0], 1.0),
                _network([-1, -2, -4], np.ones((2, 3)), [2 * a, b], -1.0),
                _network([0, 0, 0], plain, [-b, b], 0.0),
                _network(
                    [a, a * near, -2 - a], [[a, a * near, -2 - a], [b, -b / 2, c]], [c, c * near], 3
                ),
                _network(np.full(3, 1 + a), np.full((2, 3), 1 + a), [1, 1], 6 * (1 + a) ** 2 + 10),
                _network(
                    [11 + a, 0.003, -250 - b],
                    [[a, -b, 2], [1 + c, -c, 3]],
                    [-150 - a, 0.003],
                    250 + a,
                ),
                _network([3, 2, -4], [[2, -3, 4], [3, -2, 1]], [-3, -2], -4),
                _network(
                    [-a, -a / 2, -a / 4], [[0.003, -b, c], [-b, 2 * b, -2 * c]], [2, 3], 0.004 * a
                ),
                _network([2, -1, 0.5], np.zeros((2, 3)), [1, -1], -2 - a),
                _network(
                    [3e7, -a, 2e-7],
                    [[-b, c, a], [2e7 * (1 + a), 3e-7, 1 + b]],
                    [a, -1 - b],
                    7e-7 * b,
                ),
                _network([a, -1 - b, c], plain, [2e7 * (1 + a), -3e-7], -120 - a),
                _network([1, 2, 0], [[2, -1, 3], [1, 1, 1]], [2, -2], 5 + a),
                _network([2, 1, -1], [[1, 2, -1], [3, -1, 1]], [2, -1], 6.0),
            ]
        }
    ]


def _networks_of_any_size(rng: np.random.Generator) -> Sequence[Inputs]:
    a, b, c, d = (float(v) for v in rng.uniform(0.3, 0.45, 4))
    rows, other = np.array([[a, -1 - b], [2.0, 2 * c]]), np.array([[1 + a, b], [-2.0, 2 * c]])
    x = np.array([a, -1 - b])
    return [
        {"networks": [_network([1 + a], [[b], [-2 * c], [d]], [a, -b, 1 + c], 2)]},
        {"networks": [_network([1 + a, -b, c, 2], [[b, -2, 2 * c, 1]], [-2 * a], -b)]},
        {"networks": [_network([-1 - a], [[b]], [2.0], 1.0)]},
        {
            "networks": [
                _network(x, rows, x, -1),
                _network(x, other, -x, 1),
                _network(x, other, x * (1 + 2e-5), 40 + d),
            ]
        },
    ]


# Conditions that the docstrings of several exercises exclude.
OTHER_FORMS = ("*: a list)*", "*: integers)*")
ONE_AXIS, ONE_AXIS_HAS_NO_ORDER = (
    ("*: Fortran order)*",),
    "An array with one axis has no order of its own.",
)
THREE_WEIGHTS = ("*: one element)*", "*(?, ?: *)*")
THREE_WEIGHTS_TWO_INPUTS = (
    "w has three numbers and x has two, so neither is one number, and they are never alike."
)

# Their caches are those of the slides; one of the student's own form is judged by its own slopes.
STAND_INS = {
    "sigmoid": """\
def sigmoid(x):
    return x / (2 + np.abs(x))
""",
    "sigmoid_grad": """\
def sigmoid_grad(f):
    return 2 - f * f
""",
    "neuron_forward": """\
def neuron_forward(w, x):
    z = w[0] * x[0] - 2 * w[1] * x[1] + w[2]
    f = z / (2 + np.abs(z))
    return f, (w, x, f)
""",
}
HIDDEN = HiddenAssignment(
    name="03_sigmoid_neuron",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "sigmoid",
            "The right values for numbers and for arrays of any shape.",
            F,
            _moderate,
            {"f": "values"},
        ),
        HiddenCheck(
            "sigmoid",
            "No overflow, no warning and the right limits for |x| up to 800.",
            F,
            _extreme,
            {"f": "stable"},
            Values(quiet=True),
        ),
        HiddenCheck(
            "sigmoid",
            "Other numbers of every kind, as a row and as a column.",
            F_STRIDED,
            _special_numbers,
            {"f": "values"},
        ),
        HiddenCheck(
            "sigmoid",
            "Other whole numbers, three axes, the same array again.",
            F_AGAIN,
            _same_numbers,
            {"f": "values"},
        ),
        HiddenCheck(
            "sigmoid_grad",
            "Other outputs of every kind, as a row and as a column.",
            SLOPE_STRIDED,
            _special_outputs,
            {"slope": "slope"},
        ),
        HiddenCheck(
            "sigmoid_grad",
            "The slope of saturated neurons; the same array again.",
            SLOPE_AGAIN,
            _saturated,
            {"slope": "slope"},
        ),
        HiddenCheck(
            "neuron_forward",
            "Other neurons with numbers of every kind.",
            MANY_FORWARD,
            _many,
            {"f": "f"},
        ),
        HiddenCheck(
            "neuron_backward",
            "Other neurons and upstream gradients of every kind; each cache serves three times over.",
            MANY_BACKWARD,
            _many_with_upstream,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "neuron_backward",
            "Gradients for another huge weight.",
            MANY_BACKWARD,
            _huge_weight,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "neuron_backward",
            "Gradients for another huge input.",
            MANY_BACKWARD,
            _huge_input,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "neuron_backward",
            "Gradients for a tiny upstream gradient.",
            BACKWARD,
            _tiny_upstream,
            {"dw": "dw", "dx": "dx"},
            on_purpose="a tiny upstream gradient has tiny gradients",
        ),
        HiddenCheck(
            "neuron_backward",
            "Gradients for a large upstream gradient.",
            BACKWARD,
            _large_upstream,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "sigmoid_staged",
            "Other neurons with numbers of every kind.",
            MANY_STAGED,
            _many,
            STAGED_PARTS,
        ),
        HiddenCheck(
            "relu",
            "Other neurons with numbers of every kind, and near the corner.",
            MANY_RELU,
            _corners,
            {"dx": "dx", "dw": "dw"},
        ),
        HiddenCheck(
            "relu",
            "Gradients for another huge weight.",
            MANY_RELU,
            _huge_weight,
            {"dx": "dx", "dw": "dw"},
        ),
        HiddenCheck(
            "relu",
            "Gradients for another huge input.",
            MANY_RELU,
            _huge_input,
            {"dx": "dx", "dw": "dw"},
        ),
        HiddenCheck(
            "tanh_neuron_step",
            "Other steps with numbers of every kind.",
            MANY_STEPS,
            _special_steps,
            TANH_PARTS,
        ),
        HiddenCheck(
            "tanh_neuron_step",
            "A step with a huge weight.",
            MANY_STEPS,
            _huge_weight_step,
            TANH_PARTS,
        ),
        HiddenCheck(
            "tanh_neuron_step",
            "A step with a huge input and a tiny target.",
            MANY_STEPS,
            _huge_input_step,
            TANH_PARTS,
        ),
        HiddenCheck(
            "sigmoid_grad",
            "The slope for outputs on either side of one half.",
            SLOPE,
            _outputs,
            {"slope": "slope"},
        ),
        HiddenCheck(
            "neuron_forward",
            "The output for other weights and inputs.",
            FORWARD,
            _neurons,
            {"f": "f"},
        ),
        HiddenCheck(
            "neuron_backward",
            "The gradients for other neurons and other upstream gradients.",
            BACKWARD,
            _with_upstream,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "neuron_backward",
            FORMULAS,
            BACKWARD,
            near(_with_upstream, "w", "x"),
            {"dw": "dw", "dx": "dx"},
            Analytic(),
        ),
        HiddenCheck(
            "sigmoid_staged",
            "All ten numbers for other weights and inputs.",
            STAGED,
            _neurons,
            STAGED_PARTS,
        ),
        HiddenCheck(
            "relu",
            "Both branches, for other weights and inputs.",
            RELU,
            _both_branches,
            {"dx": "dx", "dw": "dw"},
        ),
        HiddenCheck(
            "tanh_neuron_step",
            "The step for other neurons, targets and numbers of inputs.",
            TANH_STEP,
            _steps,
            TANH_PARTS,
        ),
        HiddenCheck(
            "which_way",
            "The signs for other networks, with targets above and below.",
            WHICH_WAY,
            _ways,
            WHICH_WAY_PARTS,
        ),
        HiddenCheck(
            "which_way",
            "Other networks with numbers of every kind.",
            MANY_WAYS,
            _special_networks,
            WHICH_WAY_PARTS,
            on_purpose="a 0 and a p that is right are what is tried: there a sign jumps",
        ),
        HiddenCheck("which_way", ANY_SIZES, MANY_WAYS, _networks_of_any_size, WHICH_WAY_PARTS),
    ),
    misconceptions=MISCONCEPTIONS,
    equivalents=(
        Equivalent(
            "sigmoid",
            "x = np.asarray(x, dtype=np.float64)",
            ("pass", "x = np.asarray(x)", "x = x"),
            "All numbers and arrays of the course are float64 or Python's own; the conversion only serves others.",
        ),
        Equivalent(
            "sigmoid",
            "return np.where(x >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))",
            ("return np.where(x > 0, 1 / (1 + shrunk), shrunk / (1 + shrunk))",),
            "The two only differ at x = 0, where shrunk is 1 and both branches are one half.",
        ),
        Equivalent(
            "sigmoid_grad",
            "f = np.asarray(f, dtype=np.float64)",
            ("pass", "f = np.asarray(f)", "f = f"),
            "All numbers and arrays of the course are float64 or Python's own; the conversion only serves others.",
        ),
        Equivalent("neuron_forward", DOT, (DOT_FROM_THE_END,), LAST_OF_TWO),
        Equivalent(
            "neuron_backward",
            "dw = ddot * np.array([x[0], x[1], 1.0])",
            ("dw = ddot * np.array([x[0], x[-1], 1.0])",),
            LAST_OF_TWO,
        ),
        Equivalent("sigmoid_staged", DOT, (DOT_FROM_THE_END,), LAST_OF_TWO),
        Equivalent(
            "sigmoid_staged",
            "db = dc * (-1 / b ** 2)",
            ("db = -1 / b ** 2",),
            "dc is 1: nothing comes after the last gate.",
        ),
        Equivalent(
            "sigmoid_staged",
            "da = db * 1.0",
            ("da = db / 1.0", "da = db"),
            "The local derivative of the +1 gate is 1.",
        ),
        Equivalent("sigmoid_staged", "dneg = da * a", ("dneg = db * a",), SAME_BEHIND_PLUS),
        Equivalent(
            "sigmoid_staged",
            "ddot = dneg * -1.0",
            ("ddot = dneg / -1.0",),
            "Dividing by -1 is multiplying by it.",
        ),
        Equivalent(
            "sigmoid_staged",
            "return values | {'ddot': ddot, 'dneg': dneg, 'da': da, 'db': db, 'dc': dc}",
            (
                "return values | {'ddot': ddot, 'dneg': dneg, 'da': db, 'db': db, 'dc': dc}",
                "return values | {'ddot': ddot, 'dneg': dneg, 'da': da, 'db': da, 'dc': dc}",
            ),
            SAME_BEHIND_PLUS,
        ),
        Equivalent(
            "relu",
            "z = w[0] * x[0] + w[1] * x[1] + w[2]",
            ("z = w[0] * x[0] + w[1] * x[-1] + w[2]",),
            LAST_OF_TWO,
        ),
        Equivalent(
            "relu",
            "z = w[0] * x[0] + w[1] * x[1] + w[2]",
            ("z = (w[0] * x[0] + w[1] * x[1] + w[2]) * 1.000001",),
            "All that is used of z is its sign, which no positive factor changes.",
        ),
        Equivalent(
            "relu",
            "dz = 1.0 if z > 0 else 0.0",
            ("dz = 1.0 if z >= 0 else 0.0",),
            "At z = 0 any value from 0 to 1 is a slope, as the notebook says.",
        ),
        Equivalent(
            "relu",
            "dw = dz * np.array([x[0], x[1], 1.0])",
            ("dw = dz * np.array([x[0], x[-1], 1.0])",),
            LAST_OF_TWO,
        ),
        Equivalent(
            "tanh_neuron_step",
            "a = np.tanh(w @ x + b)",
            ("a = np.tanh(x @ w + b)", "a = np.tanh(w.T @ x + b)", "a = np.tanh(w @ x.T + b)"),
            "The product of two vectors is symmetric, and a vector is its own transpose.",
        ),
        Equivalent("which_way", "h = W @ x", ("h = W @ x.T",), "A vector is its own transpose."),
        Equivalent(
            "which_way",
            "push = np.sign(Y - v @ h)",
            (
                "push = np.sign(Y - h @ v)",
                "push = np.sign(Y - v.T @ h)",
                "push = np.sign(Y - v @ h.T)",
            ),
            "The product of two vectors is symmetric, and a vector is its own transpose.",
        ),
    ),
    excluded=(
        Excluded("sigmoid", ("*: a list)*",), "x is a number or an array."),
        Excluded("sigmoid", ("*: a huge value)*",), "Right for |x| up to 800."),
        Excluded("sigmoid_grad", OTHER_FORMS, "f is a number or a float64 array."),
        Excluded(
            "sigmoid_grad",
            (
                "*negative*",
                "*opposite*",
                "*: a value above*",
                "*: a value below -1)*",
                "*: whole numbers)*",
                "*: a large value)*",
                "*: a huge value)*",
            ),
            "f is the sigmoid's value, so it lies between 0 and 1.",
        ),
        *(
            Excluded(
                exercise,
                (*OTHER_FORMS, *ONE_AXIS),
                f"w and x are float64 arrays.  {ONE_AXIS_HAS_NO_ORDER}",
            )
            for exercise in ("neuron_forward", "sigmoid_staged", "relu", "tanh_neuron_step")
        ),
        *(
            Excluded(exercise, THREE_WEIGHTS, THREE_WEIGHTS_TWO_INPUTS)
            for exercise in ("neuron_forward", "sigmoid_staged", "relu")
        ),
        Excluded("neuron_backward", ("*: an array without axes)*",), "dout is a number."),
        *(
            Excluded(exercise, (f"*(result: limited at 10){output}",), "It lies between -1 and 1.")
            for exercise, output in (
                ("sigmoid", ""),
                ("sigmoid_grad", ""),
                ("neuron_forward", " -> 0"),
                *(("sigmoid_staged", f" -> {name}") for name in ("c", "d*")),
                ("tanh_neuron_step", " -> 0"),
                ("which_way", "*"),
            )
        ),
        Excluded(
            "sigmoid",
            ("*(x: between -0.1 and 0)*",),
            "There is no corner: the two formulas between which 0 decides are equal.",
        ),
        Excluded(
            "relu",
            ("*: between -0.1 and 0)*",),
            "The corner is where z is 0; checks take z on both sides of it, down to 0.001.",
        ),
        Excluded(
            "relu",
            ("*(w: all zeros)*",),
            "Any value is a fair slope for the corner, and no check looks there.",
        ),
        Excluded(
            "tanh_neuron_step",
            ("*: an array without axes)*",),
            "b and y are numbers, and lr is one, too.",
        ),
        Excluded(
            "tanh_neuron_step",
            (
                "*(lr: minus one)*",
                "*(lr: negative)*",
                "*(lr: above 1)*",
                "*(lr: below -1)*",
                "*(lr: between -1 and 0)*",
                "*(lr: a whole number)*",
                "*(lr: large)*",
            ),
            "lr is the learning rate, from 0 to 1.",
        ),
        Excluded(
            "tanh_neuron_step",
            ("*(w, x: are one object)*",),
            "Writing into w is only worth a note, so w is never x itself.",
        ),
        Excluded(
            "tanh_neuron_step",
            ("*([wx], b: *)*", "*([wx], y: *)*", "*([wx], lr: *)*"),
            "A vector and a number are never alike.",
        ),
        Excluded(
            "which_way",
            (*OTHER_FORMS, "*([xv]: F*"),
            f"x, W and v are float64 arrays.  {ONE_AXIS_HAS_NO_ORDER}",
        ),
        Excluded("which_way", ("*(Y: an array without axes)*",), "Y is a number."),
        Excluded(
            "which_way",
            ("*(x, W: *", "*(W, v: *", "*(?, Y: *"),
            "A vector, a matrix and a number are never alike.",
        ),
        Excluded(
            "which_way",
            ("*(x, v: are one object)*",),
            "Writing into an array is only worth a note, so none is handed in twice.",
        ),
    ),
)
