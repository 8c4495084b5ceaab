"""Notebook 3, the sigmoid neuron: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Equivalent, HiddenAssignment, HiddenCheck
from autograder.hidden.draws import FORMULAS, near, signed
from autograder.hidden.misconceptions.sigmoid_neuron import MISCONCEPTIONS
from autograder.student.checks.sigmoid_neuron import BACKWARD, FORWARD, RELU, SLOPE, STAGED, STAGED_PARTS, TANH_STEP, F
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs

# Sums further from 0 than this leave the sigmoid too flat for a wrong slope to show.
LIVELY = 1.5
# Bounds of the sizes of drawn numbers: none near 0 or 1.
BOUNDS = (0.35, 0.75)
# Of answers that are right in another way: lines that several exercises share, and proofs.
DOT, DOT_FROM_THE_END = "dot = w[0] * x[0] + w[1] * x[1] + w[2]", "dot = w[0] * x[0] + w[1] * x[-1] + w[2]"
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
    big = rng.uniform(750, 800, 3)  # from 746 on the sigmoid of -x is 0 in float64, not the last of its digits
    return [{"x": np.array([-big[0], -1.5, 0.5, big[1]])}, {"x": float(-big[2])}, {"x": 800.0}]


def _outputs(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"f": float(v)} for v in rng.uniform(0.05, 0.45, 3)] + [{"f": rng.uniform(0.55, 0.95, (3, 2))}]


def _twins(rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """A neuron with equal inputs and one with equal weights: who looks a number up by its value goes wrong here."""
    (w0, w1, w2), (x0, x1) = signed(rng, 3, *BOUNDS), signed(rng, 2, *BOUNDS)
    return [
        {"w": np.array([w0, w1, w2]), "x": np.array([x0, x0])},
        {"w": np.array([w0, w0, w2]), "x": np.array([x0, x1])},
    ]


def _neurons(rng: np.random.Generator) -> Sequence[Inputs]:
    return [*(_neuron(rng) for _ in range(4)), *_twins(rng)]


def _with_upstream(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{**neuron, "dout": float(v)} for neuron, v in zip(_neurons(rng), 3 * signed(rng, 6, *BOUNDS), strict=True)]


def _both_branches(rng: np.random.Generator) -> Sequence[Inputs]:
    """Neurons of both signs of z; all that shows of z is its sign, so each of its terms decides some of them."""
    return [_decided_by(rng, term, on) for _ in range(4) for term in range(3) for on in (True, False)]


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
        cases.append({"w": w, "x": x, "b": float(signed(rng, (), *BOUNDS)), "y": float(rng.uniform(-2, -1)), "lr": 0.3})
    return cases


HIDDEN = HiddenAssignment(
    name="03_sigmoid_neuron",
    checks=(
        HiddenCheck(
            "sigmoid", "The right values for numbers and for arrays of any shape.", F, _moderate, {"f": "values"}
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
            "sigmoid_grad", "The slope for outputs on either side of one half.", SLOPE, _outputs, {"slope": "slope"}
        ),
        HiddenCheck("neuron_forward", "The output for other weights and inputs.", FORWARD, _neurons, {"f": "f"}),
        HiddenCheck(
            "neuron_backward",
            "The gradients for other neurons and other upstream gradients.",
            BACKWARD,
            _with_upstream,
            {"dw": "dw", "dx": "dx"},
        ),
        HiddenCheck(
            "neuron_backward", FORMULAS, BACKWARD, near(_with_upstream, "w", "x"), {"dw": "dw", "dx": "dx"}, Analytic()
        ),
        HiddenCheck("sigmoid_staged", "All ten numbers for other weights and inputs.", STAGED, _neurons, STAGED_PARTS),
        HiddenCheck(
            "relu", "Both branches, for other weights and inputs.", RELU, _both_branches, {"dx": "dx", "dw": "dw"}
        ),
        HiddenCheck(
            "tanh_neuron_step",
            "The step for other neurons, targets and numbers of inputs.",
            TANH_STEP,
            _steps,
            {"w": "w", "b": "b"},
        ),
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
    ),
)
