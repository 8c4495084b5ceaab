"""Judge gradients by the slopes that are measured on the student's own forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.gradcheck.check_gradient import judge_gradients
from autograder.student.gradcheck.mistakes import MEASURED
from autograder.student.gradcheck.relations import relate
from autograder.student.gradcheck.report import Judged, Truth, Verdict, at
from autograder.student.gradcheck.slopes import Forward, Slope, UnmeasurableError, measure
from autograder.student.judging.findings import expected_answer, make_finding, notices, one_per_part, stopped, unpack
from autograder.student.model.compare import ROUNDING, as_numbers, differ, scales_of, show
from autograder.student.model.exercises import Answer, Case, Check, Inputs, Probe, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

# How often a gradient is asked for again on the same input, to see whether it stays the same.
REPEATS = 2


@dataclass(frozen=True, slots=True)
class Slopes:
    """The backward answers equal the slopes measured from the student's own forward pass.

    forward: a probe with one name, the output array.  upstream: the input that holds dL/d(output), of the output's
    shape.  wrt: which input each of the backward probe's names is the gradient of.
    """

    forward: Probe
    upstream: str
    wrt: Mapping[str, str]

    def judge(self, student: Student, check: Check) -> Trial:
        """Measure each gradient and compare the student's with it, within the measurement's own error bound."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        findings: list[Finding] = []
        for case, answer in zip(check.cases, answers, strict=True):
            findings += stopped(check, case, answer) or self._wrong(student, check, case, answer)
            findings += notices(check, case, answer, quiet=False)
        return Trial(check, answers, tuple(one_per_part(findings)))

    def _wrong(self, student: Student, check: Check, case: Case, answer: Answer) -> list[Finding]:
        unpacked = unpack(check.probe, answer.value)
        if isinstance(unpacked, str):
            return [make_finding(check, case, unpacked, tuple(check.judges.values()), got=show(answer.value))]
        if self._settled(check, case, unpacked):
            return []
        try:
            judged = self._examine(student, check, case, unpacked)
            found = [
                self._told(student, check, case, name, unpacked[name], judged[self.wrt[name]]) for name in check.judges
            ]
        except UnmeasurableError as why:
            said = "no slope can be measured" if check.hidden else str(why)
            said += "; get the forward pass right first"
            return [make_finding(check, case, said, tuple(check.judges.values()))]
        return [finding for finding in found if finding]

    def _settled(self, check: Check, case: Case, unpacked: Mapping[str, object]) -> bool:
        """Whether the reference's gradients are known, as in the grader, and the answers equal them: they are right,
        and no slope has to be measured.  Gradients that differ are measured like everywhere else."""
        if not isinstance(case.expected, Mapping):
            return False
        right = {name: expected_answer(case, name) for name in check.judges}
        return not any(differ(n, unpacked[n], e, ROUNDING * scales_of([e])[0]) for n, e in right.items())

    def _examine(self, student: Student, check: Check, case: Case, unpacked: Mapping[str, object]) -> dict[str, Judged]:
        """Judge all gradients of a case at once, by the input that each belongs to."""
        names = {self.wrt[name]: name for name in check.judges}

        def answered(value: object) -> dict[str, object] | None:
            found = unpack(check.probe, value)
            return None if isinstance(found, str) else {wrt: found[name] for wrt, name in names.items()}

        def again(points: Sequence[Inputs]) -> list[dict[str, np.ndarray] | None]:
            whole = [self._moved(case, {**point, self.upstream: case.inputs[self.upstream]}) for point in points]
            made = [answered(a.value) for a in student.answers(check.probe, whole)]
            return [_arrays(answer, case) if answer else None for answer in made]

        repeated = [answered(a.value) for a in student.answers(check.probe, [case.inputs] * REPEATS)]
        first = {wrt: unpacked[name] for wrt, name in names.items()}
        answers = [first, *(answer for answer in repeated if answer)]
        right = None
        if isinstance(case.expected, Mapping):
            right = {wrt: expected_answer(case, name) for wrt, name in names.items()}
        forward, upstream = self._forward(student, case)
        terms = {wrt: case.terms[name] for wrt, name in names.items() if name in case.terms}
        truth = Truth(right, terms=lambda points: [terms]) if right and terms else Truth(right)
        report = judge_gradients(forward, self._given(case), answers, upstream, again, truth, names)
        return {part.name: part for part in report.parts}

    def _given(self, case: Case) -> dict[str, object]:
        return {name: value for name, value in case.inputs.items() if name != self.upstream}

    def _moved(self, case: Case, point: Inputs) -> Inputs:
        """A point in the types of the case: what is moved was made an array."""
        lists = {wrt for wrt in self.wrt.values() if not isinstance(case.inputs[wrt], np.ndarray)}
        return {name: np.asarray(value).tolist() if name in lists else value for name, value in point.items()}

    def _forward(self, student: Student, case: Case) -> tuple[Forward, np.ndarray]:
        """The student's forward pass for many points at once, and the gradient that comes from above."""
        upstream = np.asarray(case.inputs[self.upstream], dtype=np.float64)

        def forward(points: Sequence[Inputs]) -> list[np.ndarray]:
            moved = [self._moved(case, point) for point in points]
            outputs = [as_numbers(a.value) for a in student.answers(self.forward, moved)]
            # Beside the point there may be no value, where a domain ends.
            return [np.full_like(upstream, np.nan) if isinstance(output, str) else output for output in outputs]

        [here] = student.answers(self.forward, [self._given(case)])
        output = as_numbers(here.value)
        if here.failure or isinstance(output, str):
            raise UnmeasurableError(here.failure.text if here.failure else f"the forward pass {output}")
        return forward, upstream

    def _told(
        self, student: Student, check: Check, case: Case, name: str, value: object, judged: Judged
    ) -> Finding | None:
        """The finding for one gradient, in the words of the case."""
        if judged.verdict is not Verdict.WRONG:
            return None
        no_slope, part = f"{name} is not the slope of your own forward pass", check.judges[name]
        slope = judged.slope
        if slope is None:  # no value was compared, so none was measured
            slope = measure(*self._forward_of(student, case, self.wrt[name]))
            wrong = differ(name, value, slope.value, 0.0)
            said = judged.said if judged.mistake or not wrong else wrong.said
            got = as_numbers(value)
            mistake = judged.mistake or (None if isinstance(got, str) else _relation(name, got, slope))
            said = no_slope if check.hidden else said
            return make_finding(
                check, case, said, (part,), got=show(value), expected=show(slope.value), mistake=mistake
            )
        said = no_slope if check.hidden else self._difference(name, np.asarray(value, float), judged)
        expected = show(slope.value) if np.isfinite(slope.value).all() else ""
        return make_finding(check, case, said, (part,), got=show(value), expected=expected, mistake=judged.mistake)

    def _forward_of(self, student: Student, case: Case, wrt: str) -> tuple[Forward, Inputs, str, np.ndarray]:
        forward, upstream = self._forward(student, case)
        return forward, self._given(case), wrt, upstream

    def _difference(self, name: str, got: np.ndarray, judged: Judged) -> str:
        """Where one gradient is farthest off, by how much, and how much of it is."""
        slope, off = judged.slope, judged.differs
        if slope is None or off is None or not off.any():
            return f"{name} is not what nudging {judged.name} gives"
        index = np.unravel_index(int(np.argmax(np.where(off, np.abs(got - slope.value), -1.0))), got.shape)
        mine, measured = show(float(got[index])), show(float(slope.value[index]))
        said = f"{name}{at(index)} is {mine}, but nudging {judged.name}{at(index)} up and down gives {measured}"
        return f"{said} ({int(off.sum())} of {got.size} values differ)" if got.size > 1 else said


def _arrays(answer: Mapping[str, object], case: Case) -> dict[str, np.ndarray] | None:
    """Gradients as arrays of their inputs' shapes; None if one is none."""
    made = {wrt: as_numbers(value) for wrt, value in answer.items()}
    arrays = {w: a.astype(np.float64) for w, a in made.items() if not isinstance(a, str)}
    fits = all(w in arrays and arrays[w].shape == np.asarray(case.inputs[w]).shape for w in made)
    return arrays if fits else None


def _relation(name: str, got: np.ndarray, slope: Slope) -> Diagnosis | None:
    return None if slope.undecided() else relate(name, [(got, slope.value)], same=MEASURED)
