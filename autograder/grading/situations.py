"""Name the inputs for which an answer is wrong, where one simple condition parts them from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograder.grading.relations import same_answer
from autograder.student.model.compare import NUMBERS
from autograder.student.model.exercises import Answer, Check, Inputs
from autograder.student.model.results import Diagnosis

# So many cases must be wrong, and so many right, before a condition is named.
WRONG, RIGHT = 2, 3
LARGE, FEW = 100.0, 1


def _has_equal(x: np.ndarray) -> bool:
    """Of labels only: among other numbers, equal ones are often there for another reason."""
    return x.dtype.kind in "iu" and len(np.unique(x)) < x.size


def _is_square(x: np.ndarray) -> bool:
    return x.ndim == 2 and x.shape[0] == x.shape[1] > FEW


# In words that follow "where": a condition on one input.
CONDITIONS: dict[str, Callable[[np.ndarray], bool]] = {
    "{} is negative": lambda x: x.size > 0 and bool((x < 0).all()),
    "{} holds a negative number": lambda x: bool((x < 0).any()),
    "{} is or holds 0": lambda x: bool((x == 0).any()),
    "{} holds equal numbers": _has_equal,
    "{} holds integers": lambda x: x.dtype.kind in "iu",
    "{} is square": _is_square,
    "{} has one row": lambda x: x.ndim > 0 and len(x) == FEW,
    "{} is a single number": lambda x: x.ndim == 0,
    "{} has more than two axes": lambda x: x.ndim > 2,
    "{} holds a number above 100 in size": lambda x: bool((np.abs(x) > LARGE).any()),
    "{} holds no number above 1 in size": lambda x: bool((np.abs(x) <= 1).all()),
}


def situations(
    checks: Sequence[Check], truth: Sequence[Sequence[Answer]], seen: Sequence[Sequence[Answer]]
) -> dict[str, Diagnosis]:
    """By part that is wrong: the one condition that holds wherever any answer of the exercise is wrong."""
    cases: list[tuple[dict[str, np.ndarray], bool]] = []
    lost: set[str] = set()
    for check, right, own in zip(checks, truth, seen, strict=False):
        for case, true, answer in zip(check.cases, right, own, strict=False):
            wrong = [name for name in check.judges if not same_answer(check, name, answer, true)]
            lost |= {check.judges[name] for name in wrong}
            cases.append((_numbers(case.inputs), bool(wrong)))
    words = _parting(cases)
    text = f"your answers are right, except where {words}"
    return {part: Diagnosis(f"where {words}", text) for part in lost} if words else {}


def _numbers(inputs: Inputs) -> dict[str, np.ndarray]:
    """Those inputs that are numbers or arrays of numbers."""
    plain = {name: value for name, value in inputs.items() if isinstance(value, NUMBERS)}
    arrays = {name: np.asarray(value) for name, value in plain.items()}
    return {name: array for name, array in arrays.items() if array.dtype.kind in "iuf"}


def _parting(cases: Sequence[tuple[dict[str, np.ndarray], bool]]) -> str:
    """The one condition that holds wherever an answer is wrong and nowhere where it is right."""
    wrong = [inputs for inputs, is_wrong in cases if is_wrong]
    right = [inputs for inputs, is_wrong in cases if not is_wrong]
    if len(wrong) < WRONG or len(right) < RIGHT:
        return ""
    shared = set.intersection(*map(set, [*wrong, *right]))
    fitting = [
        words.format(name)
        for name in sorted(shared)
        for words, holds in CONDITIONS.items()
        if all(holds(inputs[name]) for inputs in wrong)
        and not any(holds(inputs[name]) for inputs in right)
    ]
    return fitting[0] if len(fitting) == 1 else ""
