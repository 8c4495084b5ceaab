"""What a check costs beside a plain centred difference of every parameter, in evaluations of the function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.check_gradient import check_gradient
from benchmarks.corpus.networks import perceptron
from benchmarks.corpus.subject import Gradient

# inputs, hidden, outputs of an MLP with about 10, 1,000 and 100,000 parameters
WIDTHS = ((1, 2, 2), (20, 40, 4), (600, 160, 10))


@dataclass(frozen=True, slots=True)
class Cost:
    """Evaluations at one size: of a right gradient, of a wrong one, and of the plain loop."""

    parameters: int
    right: int
    wrong: int
    plain: int


def costs() -> Iterator[Cost]:
    """The cost at each size."""
    rng = np.random.default_rng(3)
    for widths in WIDTHS:
        subject = perceptron(rng, "cost", 8, widths)
        right, wrong = (
            check_gradient(subject.f, subject.x, g)
            for g in (subject.gradient, doubled(subject.gradient))
        )
        yield Cost(subject.parameters, right.evaluations, wrong.evaluations, 2 * subject.parameters)


def doubled(gradient: Gradient) -> Gradient:
    """Twice the gradient."""
    return lambda **x: {name: 2 * np.asarray(part) for name, part in gradient(**x).items()}
