"""The toy course's hidden half: checks drawn from a seed, and misconceptions."""

from collections.abc import Sequence

import numpy as np
from toy.checks import CHAIN, F

from autograder.hidden.catalogue import HiddenAssignment, HiddenCheck, Misconception
from autograder.student.model.exercises import Inputs


def _angles(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": rng.uniform(0.2, 1.2, 3)} for _ in range(2)]


def _links(rng: np.random.Generator) -> Sequence[Inputs]:
    return [{"x": float(x), "dout": float(d)} for x, d in rng.uniform(0.2, 1.2, (4, 2))]


HIDDEN = HiddenAssignment(
    name="90_toy",
    checks=(
        HiddenCheck("double", "Other angles.", F, _angles, {"f": "values"}),
        HiddenCheck(
            "chain", "Other points and upstream gradients.", CHAIN, _links, {"f": "f", "dx": "dx"}
        ),
    ),
    misconceptions=(
        Misconception("double", "cosine", "You took the cosine.", (("np.sin", "np.cos"),)),
        Misconception("double", "not doubled", "Once is not twice.", (("sine + sine", "sine"),)),
        Misconception(
            "chain",
            "inner slope forgotten",
            "The inner function has a slope too.",
            ((" * inner * slope", " * inner"),),
        ),
        Misconception(
            "chain", "upstream ignored", "What arrives from above multiplies.", (("dout * 2", "2"),)
        ),
    ),
)
