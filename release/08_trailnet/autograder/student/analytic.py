"""Recognise a gradient that was made from finite differences, where the exercise asks for a formula.

Between nearly coincident inputs a formula changes smoothly, to about 1e-16 of its size; a difference of rounded values,
divided by a small step, jitters by 1e-12 to 1e-8.  How much jitter is too much is told by the reference's own: without
one, a formula that cancels badly would be accused, so nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.answers import Student
from autograder.student.compare import as_numbers
from autograder.student.exercises import Case, Check
from autograder.student.noise import stray, typical
from autograder.student.results import Finding
from autograder.student.rules import Trial, one_per_part, stopped, unpack

# Nearly coincident points: how many, and how close.
POINTS = 9
WIDTH = 2.0**-40
# Jitter beyond this many times the reference's own, or a formula's least, is no formula's.
FACTOR = 30.0
FORMULA = 2e-15
STEPS = WIDTH * (np.arange(POINTS) + np.random.default_rng(8).uniform(0.1, 0.9, POINTS))


def nearly(case: Case, *moved: str) -> tuple[Case, ...]:
    """The cases of an `Analytic` check: `case` with the inputs `moved` at nearly coincident points."""
    rng = np.random.default_rng(9)
    arrays = {name: np.asarray(case.inputs[name], dtype=np.float64) for name in moved}
    ways = {name: typical(array) * rng.uniform(0.5, 1.5, array.shape) for name, array in arrays.items()}
    return tuple(
        Case({**case.inputs, **{name: array + t * ways[name] for name, array in arrays.items()}}) for t in STEPS
    )


def jitter(gradients: Sequence[np.ndarray]) -> float:
    """How much gradients at the points of `nearly` stray from a smooth curve: the norm of the deviations."""
    rows = np.stack([np.asarray(g, dtype=np.float64).ravel() for g in gradients])
    return float(np.linalg.norm(stray(STEPS, rows - rows[0]).std(axis=0)))


def looks_numeric(got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    """Whether gradients at the points of `nearly` jitter as no formula does; `right`: the reference's there."""
    # A wrong formula may leave nothing but rounding; beside the right one's size that is no jitter.
    size = max(float(np.linalg.norm(got[0])), float(np.linalg.norm(right[0])))
    return jitter(got) > FACTOR * max(jitter(right), FORMULA * size)


@dataclass(frozen=True, slots=True)
class Analytic:
    """The answers come from formulas, not from finite differences.  The check's cases are those of `nearly`.

    Give it a part of its own: the numbers may well be right, and then only that part's points are lost.
    """

    def judge(self, student: Student, check: Check) -> Trial:
        """Compare the jitter of every answer with the reference's; where that is unknown, find nothing."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        pairs = list(zip(check.cases, answers, strict=True))
        found = [finding for case, answer in pairs for finding in stopped(check, case, answer)]
        values = [unpack(check.probe, answer.value) for answer in answers]
        if not found and all(isinstance(case.expected, dict) for case in check.cases):
            found = [self._finding(check, name) for name in check.judges if self._numeric(check, name, values)]
        return Trial(check, answers, tuple(one_per_part(found)))

    def _numeric(self, check: Check, name: str, values: Sequence[dict[str, object] | str]) -> bool:
        got = [as_numbers(value[name]) for value in values if isinstance(value, dict)]
        right = [np.asarray(case.expected[name]) for case in check.cases if isinstance(case.expected, dict)]
        arrays = [array for array in got if not isinstance(array, str) and array.shape == right[0].shape]
        return len(arrays) == len(right) and looks_numeric(arrays, right)

    def _finding(self, check: Check, name: str) -> Finding:
        said = f"{name} comes from small differences of the forward pass; this exercise asks for its formula"
        return Finding(check.text, said, (check.judges[name],), hidden=check.hidden)
