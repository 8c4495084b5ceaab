"""How a check judges the answers of its probe.

A rule is a function of (student, check): it runs the check's cases through the student, whoever answers (the
notebook's kernel or the sandbox), and returns a Trial: every answer as it came, and what is wrong in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from autograder.student.gradcheck.relations import SAME, relate, relate_gradient
from autograder.student.graphs.locate import point_out
from autograder.student.judging.findings import expected_answer, make_finding, notices, one_per_part, stopped, unpack
from autograder.student.model.compare import ROUNDING, as_numbers, differ, scales_of, show
from autograder.student.model.exercises import Answer, Case, Check, Student, Trial
from autograder.student.model.results import Diagnosis, Finding

Known = Callable[[], Mapping[str, Diagnosis]]


@dataclass(frozen=True, slots=True)
class Values:
    """The answers equal the expected ones.

    within: allowed error as a fraction of the largest expected magnitude of the case, or of all the check's cases
    where this one is small beside them.  quiet: no floating-point warning may be raised (an overflow on the way to a
    right value).  sizes: named array sizes for saying "N times".
    """

    within: float = ROUNDING
    quiet: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)

    def judge(self, student: Student, check: Check) -> Trial:
        """Compare every named answer of every case."""
        answers = tuple(student.answers(check.probe, [case.inputs for case in check.cases]))
        findings: list[Finding] = []
        known = cache(lambda: relations(check, answers, self.sizes))  # sought once, and only if something is wrong
        scales = {name: scales_of([expected_answer(case, name) for case in check.cases]) for name in check.judges}
        for number, (case, answer) in enumerate(zip(check.cases, answers, strict=True)):
            allowed = {name: self.within * sizes[number] for name, sizes in scales.items()}
            found = {part for finding in findings if not finding.warning for part in finding.parts}
            findings += stopped(check, case, answer) or self._wrong(student, check, case, answer, allowed, found, known)
            findings += notices(check, case, answer, quiet=self.quiet)
        return Trial(check, answers, tuple(one_per_part(findings)))

    def _wrong(
        self,
        student: Student,
        check: Check,
        case: Case,
        answer: Answer,
        allowed: Mapping[str, float],
        found_before: set[str],
        known: Known,
    ) -> list[Finding]:
        """What is wrong in one case.  Of a part that an earlier case has found wrong nothing more is told."""
        unpacked = unpack(check.probe, answer.value)
        if isinstance(unpacked, str):
            return [make_finding(check, case, unpacked, tuple(check.judges.values()), got=show(answer.value))]
        found: dict[str, Finding] = {}
        for name, part in check.judges.items():
            if part in found_before:
                continue
            wrong = differ(name, unpacked[name], expected_answer(case, name), allowed[name])
            if wrong:
                said = f"{name} is not what it should be" if check.hidden else wrong.said
                mistake = known().get(name)
                found[name] = make_finding(
                    check, case, said, (part,), got=wrong.got, expected=wrong.expected, mistake=mistake
                )
        return list(point_out(student, check, case, unpacked, allowed, found).values())


def relations(check: Check, answers: Sequence[Answer], sizes: Mapping[str, int]) -> dict[str, Diagnosis]:
    """How each named answer relates to the right one over all cases, where it is wrong and that is clear."""
    values = [unpack(check.probe, answer.value) for answer in answers if answer.failure is None]
    if len(values) < len(answers):
        return {}
    expected = {name: [expected_answer(case, name) for case in check.cases] for name in check.judges}
    found: dict[str, Diagnosis] = {}
    for name, right in expected.items():
        arrays = [as_numbers(value[name]) if isinstance(value, dict) else "" for value in values]
        pairs = [(a, e) for a, e in zip(arrays, right, strict=True) if not isinstance(a, str)]
        others = {other: exchanged(values, other, right, expected[other]) for other in expected if other != name}
        if len(pairs) < len(arrays):
            continue
        terms = [case.terms[name] for case in check.cases if name in case.terms]
        relation = (
            relate_gradient(name, pairs, sizes, others, terms=terms) if terms else relate(name, pairs, sizes, others)
        )
        if relation:
            found[name] = relation
    return found


def exchanged(
    values: Sequence[object], other: str, right: Sequence[np.ndarray], numbers: Sequence[np.ndarray]
) -> Sequence[np.ndarray]:
    """The expected numbers of `other` if the student's `other` holds ours in every case; else none: no exchange."""
    held = [as_numbers(value[other]) if isinstance(value, dict) else "" for value in values]
    mutual = all(
        not isinstance(h, str) and h.shape == r.shape and np.allclose(h.astype(float), r, rtol=SAME, atol=0)
        for h, r in zip(held, right, strict=True)
    )
    return numbers if mutual else ()
