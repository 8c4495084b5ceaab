"""How a check judges the answers of its probe.

A rule is a function of (student, check): it runs the check's cases through the student, whoever
answers (the notebook's kernel or the sandbox), and returns a Trial: every answer as it came, and
what is wrong in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from autograder.student.gradcheck.gradient_relations import relate_gradient
from autograder.student.gradcheck.relations import SAME, relate
from autograder.student.graphs.locate import point_out
from autograder.student.judging.findings import (
    expected_answer,
    make_finding,
    notices,
    one_per_part,
    stopped,
    unpack,
    wrong_form,
)
from autograder.student.model.compare import ROUNDING, as_numbers, category, differ, scales_of
from autograder.student.model.exercises import Answer, Case, Check, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

_Relation = Callable[[str], Diagnosis | None]


@dataclass(frozen=True, slots=True)
class Values:
    """The answers equal the expected ones.

    within: allowed error as a fraction of the largest expected magnitude of the case, or of all cases where
    this one is small compared with them.  quiet: no floating-point warning may be raised, such as an overflow
    on the way to a right value.  sizes: named array sizes, so that a finding can name "N times".
    """

    within: float = ROUNDING
    quiet: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)

    def judge(self, student: Student, check: Check) -> Trial:
        """Compare every named answer of every case."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        relation_of = cache(partial(_related, check, answers, self.sizes))
        allowed = self._allowed(check)
        findings: list[Finding] = []
        for number, (case, answer) in enumerate(zip(check.cases, answers, strict=True)):
            if answer.failure:
                findings += stopped(check, case, answer)
            else:
                lost = {
                    part for finding in findings if not finding.warning for part in finding.parts
                }
                findings += self._wrong(
                    student, check, case, answer, allowed[number], lost, relation_of
                )
            findings += notices(check, case, answer, quiet=self.quiet)
        return Trial(check, answers, tuple(one_per_part(findings)))

    def _allowed(self, check: Check) -> list[dict[str, float]]:
        """The allowed error of each named answer, case by case."""
        allowed: list[dict[str, float]] = [{} for _ in check.cases]
        for name in check.judges:
            scales = scales_of([expected_answer(case, name) for case in check.cases])
            for errors, scale in zip(allowed, scales, strict=True):
                errors[name] = self.within * scale
        return allowed

    def _wrong(
        self,
        student: Student,
        check: Check,
        case: Case,
        answer: Answer,
        allowed: Mapping[str, float],
        lost: set[str],
        relation_of: _Relation,
    ) -> list[Finding]:
        """What is wrong in one case, without the parts that an earlier case has already lost."""
        unpacked = unpack(check.probe, answer.value)
        if isinstance(unpacked, str):
            return [wrong_form(check, case, unpacked, answer.value)]
        found: dict[str, Finding] = {}
        told = set(lost)
        for name, part in check.judges.items():
            if part in told:
                continue
            shown, right = check.probe.shown(name), expected_answer(case, name)
            wrong = differ(shown, unpacked[name], right, allowed[name])
            if not wrong:
                continue
            message = wrong.message
            if check.hidden:
                kind = category(unpacked[name], right)
                message = f"{shown} is not what it should be" + (f": {kind}" if kind else "")
            got, expected = wrong.got, wrong.expected
            mistake = relation_of(name)
            if not check.probe.wires:  # one finding a part; of a graph all, to see where it begins
                told.add(part)
            found[name] = make_finding(
                check,
                case,
                message,
                (part,),
                got=got,
                expected=expected,
                mistake=mistake,
                form=wrong.form,
            )
        return list(point_out(student, check, case, unpacked, allowed, found).values())


def _related(
    check: Check, answers: Sequence[Answer], sizes: Mapping[str, int], name: str
) -> Diagnosis | None:
    """How the answer called `name` relates to the right one over all cases, where that is clear."""
    values = [unpack(check.probe, answer.value) for answer in answers if answer.failure is None]
    arrays = [as_numbers(value[name]) if isinstance(value, dict) else "" for value in values]
    numbers = [array for array in arrays if not isinstance(array, str)]
    if len(numbers) < len(answers):
        return None
    expected = {
        each: [expected_answer(case, each) for case in check.cases] for each in check.judges
    }
    right = expected.pop(name)
    pairs = list(zip(numbers, right, strict=True))
    others = {
        check.probe.shown(other): exchanged(values, other, right, wanted)
        for other, wanted in expected.items()
    }
    shown = check.probe.shown(name)
    terms = [case.terms[name] for case in check.cases if name in case.terms]
    if terms:
        return relate_gradient(shown, pairs, sizes, others, terms=terms)
    return relate(shown, pairs, sizes, others)


def exchanged(
    values: Sequence[object], other: str, right: Sequence[np.ndarray], numbers: Sequence[np.ndarray]
) -> Sequence[np.ndarray]:
    """`numbers`, the expected ones of `other`, if the student's `other` holds `right` in every case; else none.

    So an exchange is named only if it goes both ways.
    """
    for value, expected in zip(values, right, strict=True):
        held = as_numbers(value[other]) if isinstance(value, dict) else ""
        if isinstance(held, str) or held.shape != expected.shape:
            return ()
        if not np.allclose(held.astype(float), expected, rtol=SAME, atol=0):
            return ()
    return numbers
