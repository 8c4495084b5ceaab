"""Notebook 2, gates, circuits, one weight: hidden checks."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import (
    SEVERAL,
    Draw,
    Equivalent,
    Excluded,
    HiddenAssignment,
    HiddenCheck,
)
from autograder.hidden.draws import numbers
from autograder.hidden.misconceptions.gates import MISCONCEPTIONS
from autograder.student.checks.gates import (
    ANY_NUMBERS,
    CIRCUIT,
    CIRCUIT_AT_POINTS,
    CIRCUIT_PARTS,
    DESCENT,
    DESCENTS,
    FORK,
    FORK_PARTS,
    FORKS,
    GRADIENTS,
    HOMEWORK,
    HOMEWORK_AT_POINTS,
    LARGE_NUMBERS,
    ROUTED,
    ROUTED_AT_POINTS,
    SLIDE12,
    SLIDE12_AT_POINTS,
    SLIDE12_PARTS,
    STEEPER_FORK,
    STEEPER_FORKS,
    STEP,
    STEPS,
    TIED,
    TIED_AT_POINTS,
)
from autograder.student.model.exercises import Inputs
from autograder.student.model.special import Point, large_points, ordinary_points

STEP_PARTS = {"w": "w", "yhat": "yhat", "err": "err"}
HOMEWORK_PARTS = dict.fromkeys(GRADIENTS, "homework")
ROUTED_PARTS = {"dx": "routed", "dy": "routed"}
TIED_PARTS = dict.fromkeys(TIED.names, "tie")
# The two branches of a fork; the gradient is their sum.
BRANCHES = {
    "dx": {
        "that of the straight branch": "c",
        "that of the sigmoid": "sigmoid(x) * (1 - sigmoid(x))",
    }
}
# Bounds of the sizes of drawn numbers.
BOUNDS = (1.3, 3.3)


def _one_weight(rng: np.random.Generator, sign: float) -> dict[str, float]:
    """A weight whose error has this sign, is not near 0, 1 or its own square, and whose step does not lead to 0."""
    while True:
        w, x, y = numbers(rng, 3, *BOUNDS)
        alpha, err = float(rng.uniform(0.3, 0.7)), w * x - y
        if (
            1.5 < sign * err < 8
            and min(abs(w - alpha * err / x), abs(w - 2 * alpha * err * x)) > 0.3
        ):
            return {"w": w, "x": x, "y": y, "alpha": alpha}


def _weights(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        *(_one_weight(rng, sign) for sign in (1, -1, 1, -1)),
        {"w": -2, "x": 5, "y": 4, "alpha": 0.25},
    ]


def _points(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = [dict(zip("xyz", numbers(rng, 3, *BOUNDS), strict=True)) for _ in range(4)]
    return [*drawn, {"x": 3, "y": -7, "z": 2}]


def _apart(rng: np.random.Generator) -> Sequence[Inputs]:
    """Either input the larger one, of either sign, and not always the one of larger size."""
    low, high = rng.uniform(0.5, 1.5, 4), rng.uniform(2.5, 4.5, 4)
    both = [
        (low[0], high[0]),
        (-low[1], -high[1]),
        (-high[2], -low[2]),
        (-high[3], low[3]),
        (high[0], low[3]),
    ]
    drawn = zip(both, numbers(rng, 5, *BOUNDS), strict=True)
    return [
        *({"x": float(x), "y": float(y), "dout": dout} for (x, y), dout in drawn),
        {"x": 2, "y": 6, "dout": -3},
    ]


def _ties(rng: np.random.Generator) -> Sequence[Inputs]:
    drawn = zip(numbers(rng, 3, *BOUNDS), numbers(rng, 3, *BOUNDS), strict=True)
    return [*({"x": x, "dout": dout} for x, dout in drawn), {"x": -2, "dout": 4}]


def _circuits(rng: np.random.Generator) -> Sequence[Inputs]:
    """Points at which either input of max is the larger one, of either sign."""
    drawn = []
    for apart in [*rng.uniform(0.6, 2.5, 3), *-rng.uniform(0.6, 2.5, 3)]:
        x, y, z = numbers(rng, 3, *BOUNDS)
        drawn.append({"x": x, "y": y, "z": z, "w": float(z + apart)})
    return [*drawn, {"x": -2, "y": 5, "z": 3, "w": 7}]


def _forks(rng: np.random.Generator) -> Sequence[Inputs]:
    """Places where the sigmoid is neither flat nor in the middle, where its value is its own mirror image."""
    drawn: list[Inputs] = [
        {"x": float(v)} for v in (*rng.uniform(0.4, 2.5, 2), *-rng.uniform(0.4, 2.5, 2))
    ]
    return [*drawn, {"x": -1}]


def _steeper_forks(rng: np.random.Generator) -> Sequence[Inputs]:
    return [
        {**fork, "c": c}
        for fork, c in zip(_forks(rng), [3.0, *numbers(rng, 3, *BOUNDS), 2], strict=True)
    ]


def _at(points: Sequence[Point]) -> Sequence[Inputs]:
    return [{"points": list(points)}]


def _ordinary(n: int) -> Draw:
    return lambda rng: _at(ordinary_points(rng, n))


def _large(n: int) -> Draw:
    return lambda rng: _at(large_points(rng, n))


def _any_steps(rng: np.random.Generator) -> Sequence[Inputs]:
    """No input is 0, and with a tiny one the answer is as small, so that no step is huge."""
    points = [
        (w, x if abs(x) > 1e-3 else 1.5, y, alpha) for w, x, y, alpha in ordinary_points(rng, 4)
    ]
    w, x = 1.0 + rng.random(), 1e-7 * (1.0 + rng.random())
    return _at([*points, (w, x, x * (w - 1.3), 0.3)])


def _any_descents(rng: np.random.Generator) -> Sequence[Inputs]:
    """Also a small error of a steep prediction."""
    w, x = 1.0 + rng.random(), 8.0 + rng.random()
    return _at([*ordinary_points(rng, 4), (w, x, w * x - 9e-4, 0.3)])


def _any_maxima(rng: np.random.Generator) -> Sequence[Inputs]:
    """No ties; nearly equal inputs either way round, and two whose whole parts are equal."""
    a, b = (1.1 + 0.3 * rng.random(2)).tolist()
    apart = [point for point in ordinary_points(rng, 3) if point[0] != point[1]]
    equal = [(-a, b, -a), (b, -a, -a)]
    return _at(
        [*apart, *equal, (b + 3e-5, b, a), (a + 0.4, a, -b), (a, a + 0.4, -b), (a, a + 0.4, 20 * b)]
    )


def _any_ties(rng: np.random.Generator) -> Sequence[Inputs]:
    both = [(x, dout) for x, dout in ordinary_points(rng, 2) if abs(x) != 0]
    return _at(
        [
            *((x, x, dout) for x, dout in both),
            (0.0, -0.0, 1.7),
            (0, 0, -2),
            (-3, -3.0, 2.5),
            (150.0, 150.0, -1.5),
        ]
    )


def _any_forks(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at([*ordinary_points(rng, 1), *large_points(rng, 1)])


def _any_steeper_forks(rng: np.random.Generator) -> Sequence[Inputs]:
    return _at([*ordinary_points(rng, 2), *large_points(rng, 2)])


def _any_circuits(rng: np.random.Generator) -> Sequence[Inputs]:
    """The inputs of max are never equal, but any other two are somewhere."""
    a, b = (0.3 + 0.5 * rng.random(2)).tolist()
    apart = [point for point in ordinary_points(rng, 4) if point[2] != point[3]]
    return _at([*apart, (a, a, a, -b), (a, a, -b, a), (a, b, -a, -b)])


# Lines of answers that are right in another way, and their proofs.
BEHIND_PLUS = "The addition passes its gradient on unchanged, so dp and dm are the same number."
SWAPPED = "dx, dy = (dp * y, dp * x)"
ALL = "return (f, {'s': ds, 'p': dp, 'm': dm, 'x': dx, 'y': dy, 'z': dz, 'w': dw})"

STAND_INS = {
    "max_backward": f"""\
{SEVERAL}\
def max_backward(x, y, dout):
    dx, dy = (2 * dout, 0.5 * dout) if x > y else (3 * dout, 5 * dout)
    return Several(dx=dx, dy=dy)
"""
}
HIDDEN = HiddenAssignment(
    name="02_gates",
    stand_ins=STAND_INS,
    checks=(
        HiddenCheck(
            "simple_backprop_step",
            "The step for other weights, errors and parts of a step.",
            STEP,
            _weights,
            STEP_PARTS,
        ),
        HiddenCheck(
            "gd_step",
            "The step for other weights, errors and rates.",
            DESCENT,
            _weights,
            {"w": "w", "dw": "dw"},
        ),
        HiddenCheck(
            "chain_rule", "Slide 12's circuit at other points.", SLIDE12, _points, SLIDE12_PARTS
        ),
        HiddenCheck(
            "chain_rule",
            "The homework's circuit at other points.",
            HOMEWORK,
            _points,
            HOMEWORK_PARTS,
        ),
        HiddenCheck(
            "max_backward",
            "Other inputs, negative ones too, and other upstream gradients.",
            ROUTED,
            _apart,
            ROUTED_PARTS,
        ),
        HiddenCheck(
            "max_backward",
            "Other ties: the two shares add up to what arrives.",
            TIED,
            _ties,
            TIED_PARTS,
        ),
        HiddenCheck(
            "gate_circuit",
            "Other points, with either input of max the larger.",
            CIRCUIT,
            _circuits,
            CIRCUIT_PARTS,
        ),
        HiddenCheck("fork_grad", "Slide 18's fork at other places.", FORK, _forks, FORK_PARTS),
        HiddenCheck(
            "fork_grad",
            "Forks whose straight branch has another slope than 1.",
            STEEPER_FORK,
            _steeper_forks,
            FORK_PARTS,
            terms=BRANCHES,
        ),
        HiddenCheck("simple_backprop_step", ANY_NUMBERS, STEPS, _any_steps, STEP_PARTS),
        HiddenCheck("simple_backprop_step", LARGE_NUMBERS, STEPS, _large(4), STEP_PARTS),
        HiddenCheck("gd_step", ANY_NUMBERS, DESCENTS, _any_descents, {"w": "w", "dw": "dw"}),
        HiddenCheck("gd_step", LARGE_NUMBERS, DESCENTS, _large(4), {"w": "w", "dw": "dw"}),
        HiddenCheck(
            "chain_rule", f"Slide 12. {ANY_NUMBERS}", SLIDE12_AT_POINTS, _ordinary(3), SLIDE12_PARTS
        ),
        HiddenCheck(
            "chain_rule", f"Slide 12. {LARGE_NUMBERS}", SLIDE12_AT_POINTS, _large(3), SLIDE12_PARTS
        ),
        HiddenCheck(
            "chain_rule",
            f"The homework. {ANY_NUMBERS}",
            HOMEWORK_AT_POINTS,
            _ordinary(3),
            HOMEWORK_PARTS,
        ),
        HiddenCheck(
            "chain_rule",
            f"The homework. {LARGE_NUMBERS}",
            HOMEWORK_AT_POINTS,
            _large(3),
            HOMEWORK_PARTS,
        ),
        HiddenCheck("max_backward", ANY_NUMBERS, ROUTED_AT_POINTS, _any_maxima, ROUTED_PARTS),
        HiddenCheck("max_backward", LARGE_NUMBERS, ROUTED_AT_POINTS, _large(3), ROUTED_PARTS),
        HiddenCheck(
            "max_backward", f"At a tie. {ANY_NUMBERS}", TIED_AT_POINTS, _any_ties, TIED_PARTS
        ),
        HiddenCheck("gate_circuit", ANY_NUMBERS, CIRCUIT_AT_POINTS, _any_circuits, CIRCUIT_PARTS),
        HiddenCheck("gate_circuit", LARGE_NUMBERS, CIRCUIT_AT_POINTS, _large(4), CIRCUIT_PARTS),
        HiddenCheck("fork_grad", f"With c left out. {ANY_NUMBERS}", FORKS, _any_forks, FORK_PARTS),
        HiddenCheck(
            "fork_grad", f"With any c. {ANY_NUMBERS}", STEEPER_FORKS, _any_steeper_forks, FORK_PARTS
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    excluded=(
        Excluded("simple_backprop_step", ("*(x: zero)*",), "The docstring: the input is not 0."),
        Excluded("fork_grad", ("fork_grad(term 1: *",), "The sigmoid's slope is 1/4 at most."),
        Excluded(
            "gate_circuit",
            tuple(f"*(result: limited at 10) -> 1.{wire}" for wire in "spmzw"),
            "These gradients are 2 or 0 whatever the inputs are.",
        ),
        Excluded(
            "gate_circuit", ("*(z, w: are equal)*",), "The docstring: z and w are never equal."
        ),
        *(
            Excluded(
                name,
                ("*: an array without axes)*",),
                "The docstring: all inputs are numbers, so none is an array.",
            )
            for name in (
                "simple_backprop_step",
                "gd_step",
                "chain_rule",
                "max_backward",
                "gate_circuit",
                "fork_grad",
            )
        ),
    ),
    equivalents=(
        Equivalent(
            "chain_rule",
            "df_dx, df_dy = (df_dq * y, df_dq * x)",
            (
                "df_dx, df_dy = (y, df_dq * x)",
                "df_dx, df_dy = (df_dq * y, x)",
                "df_dx, df_dy = (df_dz * y, df_dq * x)",
                "df_dx, df_dy = (df_dq * y, df_dz * x)",
            ),
            "Both summands of the homework's last gate have the gradient 1, and a factor of 1 changes nothing.",
        ),
        Equivalent(
            "max_backward",
            "return (dout, 0.0) if x > y else (0.0, dout)",
            ("return (dout, 0.0) if x >= y else (0.0, dout)",),
            "The two only differ at a tie, where either input may get all of what arrives.",
        ),
        Equivalent(
            "gate_circuit",
            "p, m = (x * y, max(z, w))",
            ("p, m = (x * y, max(w, z))",),
            "The larger of two numbers is the same in either order.",
        ),
        Equivalent(
            "gate_circuit",
            SWAPPED,
            ("dx, dy = (dm * y, dp * x)", "dx, dy = (dp * y, dm * x)"),
            BEHIND_PLUS,
        ),
        Equivalent(
            "gate_circuit",
            "dz, dw = max_backward(z, w, dm)",
            ("dz, dw = max_backward(z, w, dp)",),
            BEHIND_PLUS,
        ),
        Equivalent(
            "gate_circuit",
            ALL,
            (ALL.replace("'p': dp", "'p': dm"), ALL.replace("'m': dm", "'m': dp")),
            BEHIND_PLUS,
        ),
        Equivalent("fork_grad", "dx += c", ("dx = c",), "What it is added to is 0."),
    ),
)
