"""Judge gradients by the slopes that are measured on the student's own forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.check_gradient import judge_gradients
from autograder.student.gradcheck.mistakes import MEASURED
from autograder.student.gradcheck.noise import typical
from autograder.student.gradcheck.relations import relate
from autograder.student.gradcheck.report import Again, Judged, Truth, Verdict, farthest_off
from autograder.student.gradcheck.slopes import Forward, Slope, UnmeasurableError, measure
from autograder.student.judging.findings import (
    expected_answer,
    make_finding,
    notices,
    one_per_part,
    stopped,
    unpack,
    wrong_form,
)
from autograder.student.judging.formula_rule import nudging, probe_of
from autograder.student.model.compare import ROUNDING, as_numbers, differ, scales_of, show
from autograder.student.model.exercises import Answer, Case, Check, Inputs, Probe, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

# How often a gradient is asked for again on the same input, to see whether it stays the same.
REPEATS = 2
# How far away "near" is, as a fraction of a number's size.
NEAR = 1e-3


@dataclass(frozen=True, slots=True)
class Slopes:
    """The backward answers equal the slopes measured from the student's own forward pass.

    forward: a probe with one name, the output array.  upstream: the input that holds dL/d(output), of
    the output's shape.  wrt: which input each of the backward probe's names is the gradient of.  smooth: the forward
    pass has no kink anywhere, so a gradient that is wrong at one point is wrong, even if it is right nearby.
    formulas: the exercise asks for formulas, so nobody may measure with nudged inputs either.
    """

    forward: Probe
    upstream: str
    wrt: Mapping[str, str]
    smooth: bool = False
    formulas: bool = False

    def judge(self, student: Student, check: Check) -> Trial:
        """Measure each slope and compare the student's gradient, within the measurement's error bound."""
        answers = tuple(student.answers(probe_of(check), [case.inputs for case in check.cases]))
        measured = nudging(check, answers)
        findings: list[Finding] = []
        for case, answer in zip(check.cases, answers, strict=True):
            findings += stopped(check, case, answer) or self._wrong(student, check, case, answer)
            findings += notices(check, case, answer, quiet=False)
        by_hand = {part for finding in measured for part in finding.parts}
        findings = [f for f in findings if f.warning or not by_hand.issuperset(f.parts)]
        return Trial(check, answers, (*measured, *one_per_part(findings)))

    def outputs_near(self, student: Student, check: Check) -> list[np.ndarray]:
        """What the forward pass gives at each case of a check and once near it; nan where it gives no numbers."""
        rng = np.random.default_rng(11)
        points = []
        for case in check.cases:
            here = self._given(case)
            near = {name: moved(here[name], rng) for name in self.wrt.values()}
            points += [here, self._moved(case, {**here, **near})]
        outputs = [as_numbers(a.value) for a in student.answers(self.forward, points)]
        return [np.full((), np.nan) if isinstance(o, str) else o for o in outputs]

    def _wrong(self, student: Student, check: Check, case: Case, answer: Answer) -> list[Finding]:
        """What is wrong with the gradients of one case."""
        parts = tuple(check.judges.values())
        unpacked = unpack(check.probe, answer.value)
        if isinstance(unpacked, str):
            return [wrong_form(check, case, unpacked, answer.value)]
        if _equals_reference(check, case, unpacked):
            return []
        try:
            judged = self._judged(student, check, case, unpacked)
            found = [
                self._finding(student, check, case, name, unpacked[name], judged[self.wrt[name]])
                for name in check.judges
            ]
        except UnmeasurableError as error:
            reason = "no slope can be measured" if check.hidden else str(error)
            message = f"{reason}; get the forward pass right first"
            return [make_finding(check, case, message, parts)]
        return [finding for finding in found if finding]

    def _judged(
        self, student: Student, check: Check, case: Case, unpacked: Mapping[str, object]
    ) -> dict[str, Judged]:
        """Judge all gradients of a case at once, by the input that each belongs to."""
        repeated = student.answers(check.probe, [case.inputs] * REPEATS)
        answers = [self._by_input(check, unpacked)]
        answers += [again for a in repeated if (again := self._unpack(check, a.value)) is not None]
        forward, upstream = self._forward(student, case)
        again_at = self._again(student, check, case)
        names = {self.wrt[name]: name for name in check.judges}
        truth = self._truth(check, case)
        given = self._given(case)
        report = judge_gradients(forward, given, answers, upstream, again_at, truth, names)
        return {part.name: part for part in report.parts}

    def _by_input(self, check: Check, unpacked: Mapping[str, object]) -> dict[str, object]:
        """The named answers by the input that each is the gradient of."""
        return {self.wrt[name]: unpacked[name] for name in check.judges}

    def _unpack(self, check: Check, value: object) -> dict[str, object] | None:
        """The gradients in a value, by input; None if it does not hold them."""
        unpacked = unpack(check.probe, value)
        return None if isinstance(unpacked, str) else self._by_input(check, unpacked)

    def _again(self, student: Student, check: Check, case: Case) -> Again:
        """A function that asks the student's backward pass for its gradients at other points."""
        upstream = {self.upstream: case.inputs[self.upstream]}

        def again(points: Sequence[Inputs]) -> list[dict[str, np.ndarray] | None]:
            inputs = [self._moved(case, {**point, **upstream}) for point in points]
            answers = student.answers(check.probe, inputs)
            return [_arrays(self._unpack(check, answer.value), case) for answer in answers]

        return again

    def _truth(self, check: Check, case: Case) -> Truth:
        """The reference's gradients and their terms, as far as the case knows them."""
        if not isinstance(case.expected, Mapping):
            return Truth(smooth=self.smooth)
        right = {self.wrt[name]: expected_answer(case, name) for name in check.judges}
        terms = {self.wrt[name]: case.terms[name] for name in check.judges if name in case.terms}
        named = (lambda points: [terms]) if terms else None
        return Truth(right, terms=named, smooth=self.smooth)

    def _given(self, case: Case) -> dict[str, object]:
        """The inputs of the forward pass."""
        return {name: value for name, value in case.inputs.items() if name != self.upstream}

    def _moved(self, case: Case, point: Inputs) -> Inputs:
        """A point in the types of the case: an input that was a list is made a list again."""
        moved = dict(point)
        for name in self.wrt.values():
            if not isinstance(case.inputs[name], np.ndarray):
                moved[name] = np.asarray(point[name]).tolist()
        return moved

    def _forward(self, student: Student, case: Case) -> tuple[Forward, np.ndarray]:
        """The student's forward pass for many points at once, and the gradient of its output."""
        upstream = np.asarray(case.inputs[self.upstream], dtype=np.float64)

        def forward(points: Sequence[Inputs]) -> list[np.ndarray]:
            moved = [self._moved(case, point) for point in points]
            outputs = [as_numbers(a.value) for a in student.answers(self.forward, moved)]
            # Near the point there may be no value, where a domain ends.
            no_value = np.full_like(upstream, np.nan)
            return [no_value if isinstance(output, str) else output for output in outputs]

        [here] = student.answers(self.forward, [self._given(case)])
        if here.failure:
            raise UnmeasurableError(here.failure.text)
        output = as_numbers(here.value)
        if isinstance(output, str):
            raise UnmeasurableError(f"the forward pass {output}")
        return forward, upstream

    def _finding(
        self, student: Student, check: Check, case: Case, name: str, value: object, judged: Judged
    ) -> Finding | None:
        """The finding for one gradient, in the words of the case; None if it is not wrong."""
        if judged.verdict is not Verdict.WRONG:
            return None
        slope, mistake, form = judged.slope, judged.mistake, ""
        if slope is None:  # no value was compared, so no slope was measured
            forward, upstream = self._forward(student, case)
            slope = measure(forward, self._given(case), self.wrt[name], upstream)
            wrong = differ(name, value, slope.value, 0.0)
            message = wrong.message if wrong and not mistake else judged.message
            form = wrong.form if wrong else ""
            mistake = mistake or _relation(name, value, slope)
        else:
            message = _difference(name, np.asarray(value, float), judged, slope)
        if check.hidden:
            message = f"{name} is not the slope of your own forward pass"
        parts, got = (check.judges[name],), show(value)
        expected = show(slope.value) if np.isfinite(slope.value).all() else ""
        return make_finding(
            check, case, message, parts, got=got, expected=expected, mistake=mistake, form=form
        )


def moved(value: object, rng: np.random.Generator) -> np.ndarray:
    """Numbers, each a little larger or smaller."""
    numbers = np.asarray(value, dtype=np.float64)
    return np.asarray(numbers + NEAR * typical(numbers) * rng.uniform(-1, 1, numbers.shape))


def _equals_reference(check: Check, case: Case, unpacked: Mapping[str, object]) -> bool:
    """Whether the answers equal the reference's gradients, which only the grader knows.

    They are right then, and no slope has to be measured.  Gradients that differ are measured.
    """
    if not isinstance(case.expected, Mapping):
        return False
    for name in check.judges:
        right = expected_answer(case, name)
        if differ(name, unpacked[name], right, ROUNDING * scales_of([right])[0]):
            return False
    return True


def _difference(name: str, got: np.ndarray, judged: Judged, slope: Slope) -> str:
    """Where one gradient is farthest off, by how much, and how many of its elements differ."""
    differs = judged.differs
    if differs is None or not differs.any():
        return f"{name} is not what nudging {judged.name} gives"
    message = farthest_off(name, judged.name, got, slope.value, differs)
    if got.size == 1:
        return message
    return f"{message} ({int(differs.sum())} of {got.size} values differ)"


def _arrays(answer: Mapping[str, object] | None, case: Case) -> dict[str, np.ndarray] | None:
    """Gradients as arrays of their inputs' shapes; None if one has another shape or no numbers."""
    if answer is None:
        return None
    arrays = {}
    for name, value in answer.items():
        numbers = as_numbers(value)
        if isinstance(numbers, str) or numbers.shape != np.asarray(case.inputs[name]).shape:
            return None
        arrays[name] = numbers.astype(np.float64)
    return arrays


def _relation(name: str, value: object, slope: Slope) -> Diagnosis | None:
    """How a gradient relates to the measured slope, if that is clear."""
    got = as_numbers(value)
    if isinstance(got, str) or slope.undecided():
        return None
    return relate(name, [(got, slope.value)], same=MEASURED)
