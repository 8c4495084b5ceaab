"""What a check costs beside a plain centred difference of every parameter, at three sizes, in one run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.check_gradient import check_gradient
from benchmarks.corpus.networks import perceptron
from benchmarks.corpus.subject import Subject

# inputs, hidden, outputs of an MLP with about 10, 1,000 and 100,000 parameters
WIDTHS = ((1, 2, 2), (20, 40, 4), (600, 160, 10))
# Of more parameters than this the plain loop is timed for so many, and its cost multiplied up.
TIMED = 2000
STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Cost:
    """One size: parameters, and evaluations and milliseconds of the checker and of the plain loop."""

    parameters: int
    evaluations: int
    milliseconds: float
    plain_evaluations: int
    plain_milliseconds: float


def costs() -> Iterator[Cost]:
    """The cost at each size."""
    rng = np.random.default_rng(3)
    for widths in WIDTHS:
        subject = perceptron(rng, "cost", 8, widths)
        start = time.perf_counter()
        report = check_gradient(subject.f, subject.x, subject.gradient)
        spent = 1e3 * (time.perf_counter() - start)
        plain = _plain(subject)
        yield Cost(subject.parameters, report.evaluations, spent, 2 * subject.parameters, plain)


def _plain(subject: Subject) -> float:
    """Milliseconds of nudging every parameter up and down once."""
    x = {name: value.copy() for name, value in subject.x.items()}
    done, start = 0, time.perf_counter()
    for value in x.values():
        for i in list(np.ndindex(value.shape))[:TIMED]:
            kept = value[i]
            value[i] = kept + STEP
            up = subject.f(**x)
            value[i] = kept - STEP
            _ = (up - subject.f(**x)) / (2 * STEP)
            value[i] = kept
            done += 1
    return 1e3 * (time.perf_counter() - start) * subject.parameters / done
