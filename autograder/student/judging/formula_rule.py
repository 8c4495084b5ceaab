"""Recognise a gradient that was made from finite differences, where the exercise asks for a formula.

Between inputs that nearly coincide, a formula changes smoothly, to about 1e-16 of its size.  A difference
of rounded values, divided by a small step, jitters by 1e-12 to 1e-8.  The reference's own jitter decides how
much is too much.  Where there is no reference, nothing is reported: a formula that cancels badly jitters, too.

Whoever calls a function with the input nudged, as often as it has elements, measures too, however
small the error. Neither kind of evidence acquits of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from autograder.student.gradcheck.noise import residuals, typical
from autograder.student.judging.findings import one_per_part, stopped, unpack
from autograder.student.judging.probes import complex_steps
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Answer, Case, Check, Probe, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

# How many points nearly coincide, and within which width.
CLOSE_POINTS = 9
WIDTH = 2.0**-40
# A formula jitters at most this many times as much as the reference, or as the least jitter of any
# formula, as a fraction of its size.
FACTOR = 30.0
LEAST_JITTER = 2e-15
# A measured gradient is right within this fraction of its size, and not rounded to fewer decimals than this.
NEAR, DIGITS = 1e-2, 14
NUDGED = Diagnosis(
    "measured by nudging",
    "You measure the gradient with small steps, which takes a forward pass or two for every number in it. A "
    "backward pass finds all of them at once, from the local slope of each gate.",
)
CLOSE_STEPS = WIDTH * (
    np.arange(CLOSE_POINTS) + np.random.default_rng(8).uniform(0.1, 0.9, CLOSE_POINTS)
)


def nearly(case: Case, *moved: str) -> tuple[Case, ...]:
    """The cases of an `Analytic` check: `case` with the inputs `moved` at nearly coincident points."""
    rng = np.random.default_rng(9)
    arrays = {name: np.asarray(case.inputs[name], dtype=np.float64) for name in moved}
    directions = {
        name: typical(array) * rng.uniform(0.5, 1.5, array.shape) for name, array in arrays.items()
    }
    cases = []
    for step in CLOSE_STEPS:
        close = {name: array + step * directions[name] for name, array in arrays.items()}
        cases.append(Case({**case.inputs, **close}))
    return tuple(cases)


def jitter(gradients: Sequence[np.ndarray]) -> float:
    """The norm of the deviations from a smooth curve of gradients at the points of `nearly`."""
    rows = np.stack([np.asarray(g, dtype=np.float64).ravel() for g in gradients])
    return float(np.linalg.norm((residuals(CLOSE_STEPS) @ (rows - rows[0])).std(axis=0)))


def looks_numeric(got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    """Whether gradients at the points of `nearly` jitter more than a formula; `right`: the reference's."""
    # A wrong formula may give nothing but rounding errors, which are small compared with the right gradient.
    size = max(float(np.linalg.norm(got[0])), float(np.linalg.norm(right[0])))
    return jitter(got) > FACTOR * max(jitter(right), LEAST_JITTER * size)


def looks_measured(got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    """Whether gradients are like measured ones: with jitter, nearly right, not rounded to decimals or to float32."""
    if not all(np.isfinite(g).all() for g in got) or not looks_numeric(got, right):
        return False
    for gradient, expected in zip(got, right, strict=True):
        if not np.linalg.norm(gradient - expected) <= NEAR * np.linalg.norm(expected):
            return False
    single = all((gradient.astype(np.float32) == gradient).all() for gradient in got)
    return not (single or any(_rounded(got, digits) for digits in range(DIGITS)))


def _rounded(gradients: Sequence[np.ndarray], digits: int) -> bool:
    """Whether all numbers have at most this many decimals."""
    return all((np.round(gradient, digits) == gradient).all() for gradient in gradients)


def probe_of(check: Check) -> Probe:
    """What the check's rule asks first: its probe, watched where the exercise asks for formulas."""
    watched = check.probe.watched or getattr(check.rule, "formulas", False)
    return replace(check.probe, watched=watched)


@dataclass(frozen=True, slots=True)
class Analytic:
    """The answers come from formulas, not from finite differences.  `nearly` makes the check's cases.

    Nothing else is judged: the exercise's other checks find an answer that is no gradient at all.
    """

    formulas: ClassVar[bool] = True

    def judge(self, student: Student, check: Check) -> Trial:
        """Compare the jitter of every answer with the reference's; find nothing where that is unknown."""
        answers = tuple(student.answers(probe_of(check), [case.inputs for case in check.cases]))
        if any(answer.failure for answer in answers):
            pairs = zip(check.cases, answers, strict=True)
            found = [finding for case, answer in pairs for finding in stopped(check, case, answer)]
            return Trial(check, answers, tuple(one_per_part(found)))
        measured = self.measured(check, answers)
        if measured and not self._same_again(student, check, answers[0]):
            measured = []  # the answer depends on random numbers or on earlier calls
        measured = list(dict.fromkeys([*measured, *_nudged(check, answers)]))
        return Trial(check, answers, _findings(check, measured))

    def measured(self, check: Check, answers: Sequence[Answer]) -> list[str]:
        """The names of the answers that come from finite differences; none where the reference is unknown."""
        values = [unpack(check.probe, answer.value) for answer in answers if answer.failure is None]
        if len(values) < len(answers) or not all(
            isinstance(case.expected, dict) for case in check.cases
        ):
            return []
        return [name for name in check.judges if looks_measured(*_pairs(check, name, values))]

    def _same_again(self, student: Student, check: Check, first: Answer) -> bool:
        [again] = student.answers(check.probe, [check.cases[0].inputs])
        one, other = (unpack(check.probe, answer.value) for answer in (first, again))
        if isinstance(one, str) or isinstance(other, str) or again.failure:
            return False
        return all(
            np.array_equal(np.asarray(one[name]), np.asarray(other[name])) for name in check.judges
        )


def nudging(check: Check, answers: Sequence[Answer]) -> tuple[Finding, ...]:
    """What the answers of a watched probe show of measuring, whatever the check's rule."""
    return _findings(check, _nudged(check, answers))


def _findings(check: Check, measured: Sequence[str]) -> tuple[Finding, ...]:
    """One finding for the answers of these names, which come from finite differences."""
    if not measured:
        return ()
    names, verb = " and ".join(measured), "comes" if len(measured) == 1 else "come"
    message = f"{names} {verb} from small differences of the forward pass; this exercise asks for formulas"
    parts = tuple(dict.fromkeys(check.judges[name] for name in measured))
    return (Finding(check.text, message, parts, mistake=NUDGED, hidden=check.hidden),)


def _nudged(check: Check, answers: Sequence[Answer]) -> list[str]:
    """The answers that are gradients of inputs that functions of the student's were called with, nudged.

    Of an input that no answer is called after, all.
    """
    inputs = {name for answer in answers for name in answer.nudged}
    own = [name for name in check.judges if inputs & {name[1:], complex_steps(_size(check, name))}]
    return own if own or not inputs else list(check.judges)


def _size(check: Check, name: str) -> int:
    """How many numbers the right answer has; 0 if that is unknown."""
    expected = check.cases[0].expected
    return np.size(expected[name]) if isinstance(expected, dict) else 0


def _pairs(
    check: Check, name: str, values: Sequence[dict[str, object] | str]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A named answer and the right one at every point; the right one twice if the answer is no gradient."""
    right = [
        np.asarray(case.expected[name]) for case in check.cases if isinstance(case.expected, dict)
    ]
    arrays = []
    for value, expected in zip(values, right, strict=True):
        numbers = as_numbers(value[name]) if isinstance(value, dict) else ""
        if isinstance(numbers, str) or numbers.shape != expected.shape:
            return right, right
        arrays.append(numbers.astype(np.float64))
    return arrays, right
