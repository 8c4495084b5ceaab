"""Hidden inputs that more than one notebook draws."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.catalogue import Draw
from autograder.student.judging.formula_rule import nearly
from autograder.student.model.exercises import Case, Inputs

# The text of a check of rule `Analytic`.
FORMULAS = "The gradients come from formulas; one that is measured with small differences earns nothing."


def numbers(rng: np.random.Generator, n: int) -> list[float]:
    """n numbers of both signs, no two of the same size, none near 0 or 1 or of the size of a slide's number."""
    sizes = 0.3 + 0.5 * (np.arange(n) + rng.uniform(0.2, 0.8, n)) / n
    return [float(v) for v in rng.permutation(sizes) * rng.choice([-1.0, 1.0], n)]


def near(draw: Draw, *moved: str) -> Draw:
    """Draw nearly coincident points about the first that `draw` draws; the inputs `moved` differ a little."""

    def drawn(rng: np.random.Generator) -> Sequence[Inputs]:
        [first, *_] = draw(rng)
        return [case.inputs for case in nearly(Case(first), *moved)]

    return drawn
