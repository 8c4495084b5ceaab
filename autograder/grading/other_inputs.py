"""Name an input that an answer does not use as it comes: its numbers are the reference's for another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from autograder.student.judging.findings import numbers_of
from autograder.student.judging.patterns import same_answer
from autograder.student.model.compare import NUMBERS
from autograder.student.model.exercises import Answer, Check, Inputs, Probe, Student
from autograder.student.model.results import Diagnosis

# An answer tells something if it is wrong in so many cases, and holds so many numbers beside these.
WRONG, ENOUGH, PLAIN = 2, 2, (0.0, 1.0, 2.0)
# The first are tried for arrays too.
CONSTANTS = (0.0, 1.0, 0.001, 0.01, 0.05, 0.1, 0.5, 2.0)
# In words that follow "if x": what an array becomes.
BECOMES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "had no sign": np.abs,
    "held whole numbers": np.trunc,
    "held nothing below 0": lambda x: np.maximum(x, 0.0),
    "had only the digits of float32": lambda x: x.astype(np.float32).astype(float),
    "were half as large": lambda x: 0.5 * x,
    "were twice as large": lambda x: 2.0 * x,
    "were sorted": lambda x: np.sort(x) if x.ndim else x,
}


@dataclass(frozen=True, slots=True)
class _Other:
    """Another input in place of the one that comes."""

    words: str
    name: str
    change: Callable[[np.ndarray], np.ndarray]

    def put(self, inputs: Inputs) -> Inputs:
        value = inputs.get(self.name)
        if not isinstance(value, NUMBERS):
            return inputs
        changed = self.change(np.asarray(value, dtype=float))
        return {**inputs, self.name: changed if np.ndim(value) else float(changed)}


@dataclass(frozen=True, slots=True)
class Recalling:
    """A student who is not asked twice for the same: what was answered is kept by the probe and the plain inputs."""

    student: Student
    kept: dict[object, Answer]

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """Those of `names` that can be called."""
        return self.student.defined(names)

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """The answers to each set of inputs."""
        return [self._answer(probe, row) for row in inputs]

    def _answer(self, probe: Probe, inputs: Inputs) -> Answer:
        asked = probe, tuple((name, _content(value)) for name, value in inputs.items())
        if any(content is None for _, content in asked[1]):
            return self.student.answers(probe, [inputs])[0]
        if asked not in self.kept:
            self.kept[asked] = self.student.answers(probe, [inputs])[0]
        return self.kept[asked]


def _content(value: object) -> object:
    """All that an input is, as something that can be compared at once; None for what is not plain."""
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value.dtype.str, value.shape, value.tobytes()
    # As text: -0.0 equals 0.0, and its reciprocal does not.
    return (type(value), repr(value)) if type(value) in (bool, int, float, str) else None


def right_for_other_inputs(
    reference: Student,
    checks: Sequence[Check],
    truth: Sequence[Sequence[Answer]],
    seen: Sequence[Sequence[Answer]],
    parts: frozenset[str],
) -> dict[str, Diagnosis]:
    """By part: the one other input for which the student's answers are right in every case."""
    found = {}
    for part in parts:
        asked = [
            (check, name, right, own)
            for check, right, own in zip(checks, truth, seen, strict=False)
            for name, judged in check.judges.items()
            if judged == part
        ]
        if not _tells(asked):
            continue
        # What is wrong comes first, so that most others are given up after one run.
        asked.sort(key=lambda one: not _wrong(*one))
        fitting = {o.words for o in _others(asked) if all(_fits(reference, o, *a) for a in asked)}
        if len(fitting) == 1:
            text = f"what you return would be right {fitting.pop()}"
            found[part] = Diagnosis("another input", text)
    return found


Asked = tuple[Check, str, Sequence[Answer], Sequence[Answer]]


def _others(asked: Sequence[Asked]) -> Iterator[_Other]:
    """The inputs that are tried: each fixed to a usual number, or to what the first case has."""
    first: dict[str, object] = {}
    for check, *_ in sorted(asked, key=lambda one: one[0].hidden):
        for name, value in (check.cases[0].inputs if check.cases else {}).items():
            first.setdefault(name, value)
    for name, value in first.items():
        if not isinstance(value, NUMBERS) or np.asarray(value).dtype.kind not in "iuf":
            continue
        usual = {*CONSTANTS, float(np.asarray(value))} if not np.ndim(value) else set(CONSTANTS[:2])
        for constant in sorted(usual):
            words = f"if {name} were always {constant:g}"
            yield _Other(words, name, partial(np.full_like, fill_value=constant))
        for words, change in BECOMES.items():
            yield _Other(f"if {name} {words}", name, change)


def _fits(
    reference: Student,
    other: _Other,
    check: Check,
    name: str,
    right: Sequence[Answer],
    own: Sequence[Answer],
) -> bool:
    """Whether the student's answers to a check are the reference's for the other inputs."""
    if all(other.name not in case.inputs for case in check.cases):
        return not _wrong(check, name, right, own)
    for case, answer in zip(check.cases, own, strict=False):
        [predicted] = reference.answers(check.probe, [other.put(case.inputs)])
        if not same_answer(check, name, answer, predicted):
            return False
    return True


def _wrong(check: Check, name: str, right: Sequence[Answer], own: Sequence[Answer]) -> int:
    """In how many cases the student's answers are not the right ones."""
    count = 0
    for answer, true in zip(own, right, strict=False):
        count += not same_answer(check, name, answer, true)
    return count


def _tells(asked: Sequence[Asked]) -> bool:
    """Whether the answers are finite numbers, wrong in several cases, and not the plain ones."""
    telling: set[float] = set()
    for check, name, right, own in asked:
        for answer, true in zip(own, right, strict=False):
            got = numbers_of(check, name, answer)
            if isinstance(got, str) or not np.isfinite(got).all():
                return False
            if not same_answer(check, name, answer, true):
                telling |= set(np.abs(got).ravel().round(9).tolist())
    cases = sum(_wrong(*one) for one in asked)
    return cases >= WRONG and len(telling.difference(PLAIN)) >= ENOUGH
