"""Ask a student's functions for the numbers of a picture, in the words of a notebook where they
have none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.student.judging.findings import unpack
from autograder.student.judging.judge import NOT_ATTEMPTED
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Inputs, Probe

Function = Callable[..., Any]


def ask(
    functions: Mapping[str, Function],
    probe: Probe,
    cases: Sequence[Inputs],
    shape: tuple[int, ...] = (),
) -> list[dict[str, np.ndarray]]:
    """What the student's functions, by name, give to `probe` in each case: float64 arrays of
    `shape`, all finite.

    Where that is not to be had: a sentence for the student, and nothing.
    """
    found = []
    for answer in LocalStudent(functions).answers(probe, cases):
        if answer.failure and answer.failure.type == NOT_ATTEMPTED:
            print(
                "This picture is drawn by your own functions. Fill in the cells above, then run this one again."
            )
            return []
        named = unpack(probe, answer.value)
        arrays = (
            {}
            if isinstance(named, str)
            else {key: as_numbers(value) for key, value in named.items()}
        )
        numbers = {
            key: array.astype(np.float64)
            for key, array in arrays.items()
            if not isinstance(array, str)
        }
        fits = [array.shape == shape and np.isfinite(array).all() for array in numbers.values()]
        if answer.failure or len(fits) < len(probe.names) or not all(fits):
            print(
                "This picture is drawn by your own functions. One of them does not fit yet: see the checks above."
            )
            return []
        found.append(numbers)
    return found
