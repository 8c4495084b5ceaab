"""Recognise a gradient that was made from finite differences, where the exercise asks for a formula.

Between nearly coincident inputs a formula changes smoothly, to about 1e-16 of its size; a difference of rounded values,
divided by a small step, jitters by 1e-12 to 1e-8.  How much jitter is too much is told by the reference's own: without
one, a formula that cancels badly would be accused, so nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.noise import stray, typical
from autograder.student.judging.findings import one_per_part, stopped, unpack
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Answer, Case, Check, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

# Nearly coincident points: how many, and how close.
CLOSE_POINTS = 9
WIDTH = 2.0**-40
# Jitter beyond this many times the reference's own, or a formula's least, is no formula's.
FACTOR = 30.0
LEAST_JITTER = 2e-15
# A difference is about right, by so much of the gradient's size; and no number of so few decimals.
NEAR, DIGITS = 1e-2, 14
NUDGED = Diagnosis(
    "measured by nudging",
    "You measure the gradient with small steps, at the price of a forward pass or two for every number in it. A "
    "backward pass finds all of it at once, from the local slope of each gate.",
)
CLOSE_STEPS = WIDTH * (np.arange(CLOSE_POINTS) + np.random.default_rng(8).uniform(0.1, 0.9, CLOSE_POINTS))


def nearly(case: Case, *moved: str) -> tuple[Case, ...]:
    """The cases of an `Analytic` check: `case` with the inputs `moved` at nearly coincident points."""
    rng = np.random.default_rng(9)
    arrays = {name: np.asarray(case.inputs[name], dtype=np.float64) for name in moved}
    ways = {name: typical(array) * rng.uniform(0.5, 1.5, array.shape) for name, array in arrays.items()}
    return tuple(
        Case({**case.inputs, **{name: array + t * ways[name] for name, array in arrays.items()}}) for t in CLOSE_STEPS
    )


def jitter(gradients: Sequence[np.ndarray]) -> float:
    """How much gradients at the points of `nearly` stray from a smooth curve: the norm of the deviations."""
    rows = np.stack([np.asarray(g, dtype=np.float64).ravel() for g in gradients])
    return float(np.linalg.norm(stray(CLOSE_STEPS, rows - rows[0]).std(axis=0)))


def looks_numeric(got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    """Whether gradients at the points of `nearly` jitter as no formula does; `right`: the reference's there."""
    # A wrong formula may leave nothing but rounding; beside the right one's size that is no jitter.
    size = max(float(np.linalg.norm(got[0])), float(np.linalg.norm(right[0])))
    return jitter(got) > FACTOR * max(jitter(right), LEAST_JITTER * size)


def looks_measured(got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    """Whether gradients that look numeric are about right and not rounded, as small differences are."""
    if not all(np.isfinite(g).all() for g in got) or not looks_numeric(got, right):
        return False
    near = all(np.linalg.norm(g - r) <= NEAR * np.linalg.norm(r) for g, r in zip(got, right, strict=True))
    return near and not any(all((np.round(g, digits) == g).all() for g in got) for digits in range(DIGITS))


@dataclass(frozen=True, slots=True)
class Analytic:
    """The answers come from formulas, not from finite differences.  The check's cases are those of `nearly`.

    Nothing else is judged: an answer that is no gradient at all is left to the exercise's other checks.
    """

    def judge(self, student: Student, check: Check) -> Trial:
        """Compare the jitter of every answer with the reference's; where that is unknown, find nothing."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        if any(answer.failure for answer in answers):
            pairs = zip(check.cases, answers, strict=True)
            found = [finding for case, answer in pairs for finding in stopped(check, case, answer)]
            return Trial(check, answers, tuple(one_per_part(found)))
        measured = self.measured(check, answers)
        if measured and not self._same_again(student, check, answers[0]):
            measured = []  # it depends on random numbers or on calls before
        return Trial(check, answers, tuple(one_per_part([self._finding(check, name) for name in measured])))

    def measured(self, check: Check, answers: Sequence[Answer]) -> list[str]:
        """Which of a check's answers come from finite differences; none where what is expected is unknown."""
        values = [unpack(check.probe, answer.value) for answer in answers if answer.failure is None]
        if len(values) < len(answers) or not all(isinstance(case.expected, dict) for case in check.cases):
            return []
        return [name for name in check.judges if looks_measured(*_pairs(check, name, values))]

    def _same_again(self, student: Student, check: Check, first: Answer) -> bool:
        [again] = student.answers(check.probe, [check.cases[0].inputs])
        one, other = (unpack(check.probe, answer.value) for answer in (first, again))
        if isinstance(one, str) or isinstance(other, str) or again.failure:
            return False
        return all(np.array_equal(np.asarray(one[name]), np.asarray(other[name])) for name in check.judges)

    def _finding(self, check: Check, name: str) -> Finding:
        said = f"{name} comes from small differences of the forward pass; this exercise asks for its formula"
        return Finding(check.text, said, (check.judges[name],), mistake=NUDGED, hidden=check.hidden)


def _pairs(
    check: Check, name: str, values: Sequence[dict[str, object] | str]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A named answer and the right one at every point; the right one twice if the answer is no gradient there."""
    got = [as_numbers(value[name]) for value in values if isinstance(value, dict)]
    right = [np.asarray(case.expected[name]) for case in check.cases if isinstance(case.expected, dict)]
    arrays = [
        g.astype(np.float64) for g, r in zip(got, right, strict=False) if not isinstance(g, str) and g.shape == r.shape
    ]
    return (arrays if len(arrays) == len(right) else right), right
