"""Hidden inputs that more than one notebook draws."""

from collections.abc import Mapping, Sequence

import numpy as np

from autograder.hidden.catalogue import Draw
from autograder.student.judging.formula_rule import nearly
from autograder.student.model.exercises import Case, Inputs
from autograder.student.model.special import every_kind

# The text of a check of rule `Analytic`.
FORMULAS = (
    "The gradients come from formulas; one that is measured with small differences earns nothing."
)


def signed(
    rng: np.random.Generator, shape: int | tuple[int, ...], low: float, high: float
) -> np.ndarray:
    """Numbers of either sign with sizes between low and high, no two of them of the same size.

    If there are three or more, some are negative and some positive.
    """
    n = int(np.prod(shape))
    sizes = low + (high - low) * (np.arange(n) + rng.uniform(0.2, 0.8, n)) / n
    drawn: np.ndarray = rng.permutation(sizes) * rng.choice([-1.0, 1.0], n)
    if n > 2 and abs(np.sign(drawn).sum()) == n:
        drawn[rng.integers(n)] *= -1
    return np.reshape(drawn, shape)


def numbers(rng: np.random.Generator, n: int, low: float = 0.3, high: float = 0.8) -> list[float]:
    """n numbers as `signed` draws them; by default none near 0 or 1 or of the size of a slide's number."""
    return [float(v) for v in signed(rng, n, low, high)]


def near(draw: Draw, *moved: str) -> Draw:
    """Draw nearly coincident points about the first that `draw` draws; the inputs `moved` differ a little."""

    def drawn(rng: np.random.Generator) -> Sequence[Inputs]:
        [first, *_] = draw(rng)
        return [case.inputs for case in nearly(Case(first), *moved)]

    return drawn


# Inputs larger than this need a check of their own: compared with them the others are too small to be judged.
HUGE = 1e4


def every(shapes: Mapping[str, tuple[int, ...]], *, huge: bool = False) -> Draw:
    """Draw inputs that meet every kind of number of `special`; those with huge numbers, or all others."""

    def drawn(rng: np.random.Generator) -> Sequence[Inputs]:
        return [case for case in every_kind(rng, shapes) if huge == _holds_huge(case)]

    return drawn


def _holds_huge(case: Mapping[str, np.ndarray]) -> bool:
    return any(bool(np.any(np.abs(value) > HUGE)) for value in case.values())


def every_number(rng: np.random.Generator, large: int = 1) -> list[float]:
    """One number of every kind, the first an ordinary one; large: the sign of the large one."""
    a, b, c, d, e, f, g = np.abs(numbers(rng, 7)).tolist()
    ordinary = [a, -b, 1 + c, -1 - d]
    special = [
        0.0,
        1.0,
        -1.0,
        float(rng.integers(2, 5)),
        -float(rng.integers(2, 5)),
        int(rng.integers(5, 8)),
    ]
    extreme = [large * (105 + 20 * e), 0.002 + 0.006 * f, 7e-7 * (1 + 0.3 * g)]
    return [*ordinary, *special, *extreme]


def every_pair(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Pairs in which either number is of every kind, and pairs that are equal, opposite or nearly equal."""
    firsts, seconds = every_number(rng), every_number(rng)
    mates = (2 * np.abs(numbers(rng, len(firsts) + len(seconds)))).tolist()
    pairs = [*zip(firsts, mates, strict=False), *zip(mates[len(firsts) :], seconds, strict=True)]
    a, b, c = (1 + np.abs(numbers(rng, 3))).tolist()
    return [
        *pairs,
        (a, a),
        (2.0, 2),
        (b, -b),
        (3.0, -3),
        (c, c * (1 + 2e-5)),
        (-a, 0.5 * a),
        (0.0, 0.0),
    ]
