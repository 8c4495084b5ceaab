"""How a check judges the answers of its probe.

A rule is a function of (student, check): it runs the check's cases through the student, whoever answers (the
notebook's kernel or the sandbox), and returns a Trial: every answer as it came, and what is wrong in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import numpy as np

from autograder.student.gradcheck.check_gradient import judge_gradients
from autograder.student.gradcheck.mistakes import MEASURED
from autograder.student.gradcheck.relations import SAME, relate, relate_gradient
from autograder.student.gradcheck.report import Judged, Truth, Verdict, at
from autograder.student.gradcheck.slopes import Forward, Slope, UnmeasurableError, measure
from autograder.student.graphs.locate import point_out
from autograder.student.judging.probes import Answer, Student
from autograder.student.judging.snippets import tried
from autograder.student.model.compare import ROUNDING, as_numbers, differ, kind, scales_of, show
from autograder.student.model.exercises import Case, Check, Inputs, Probe
from autograder.student.model.results import Diagnosis, Finding

# How often a gradient is asked for again on the same input, to see whether it stays the same.
REPEATS = 2

Known = Callable[[], Mapping[str, Diagnosis]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check saw: the student's answers case by case, and the findings, none if all is right."""

    check: Check
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...] = ()


class Rule(Protocol):
    """Judges one check."""

    def judge(self, student: Student, check: Check) -> Trial:
        """Run the check's cases and say what is wrong."""
        ...


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
        scales = {name: scales_of([_expected(case, name) for case in check.cases]) for name in check.judges}
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
            return [_finding(check, case, unpacked, tuple(check.judges.values()), got=show(answer.value))]
        found: dict[str, Finding] = {}
        for name, part in check.judges.items():
            if part in found_before:
                continue
            wrong = differ(name, unpacked[name], _expected(case, name), allowed[name])
            if wrong:
                said = f"{name} is not what it should be" if check.hidden else wrong.said
                mistake = known().get(name)
                found[name] = _finding(
                    check, case, said, (part,), got=wrong.got, expected=wrong.expected, mistake=mistake
                )
        return list(point_out(student, check, case, unpacked, allowed, found).values())


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
            return [_finding(check, case, unpacked, tuple(check.judges.values()), got=show(answer.value))]
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
            return [_finding(check, case, said, tuple(check.judges.values()))]
        return [finding for finding in found if finding]

    def _settled(self, check: Check, case: Case, unpacked: Mapping[str, object]) -> bool:
        """Whether the reference's gradients are known, as in the grader, and the answers equal them: they are right,
        and no slope has to be measured.  Gradients that differ are measured like everywhere else."""
        if not isinstance(case.expected, Mapping):
            return False
        right = {name: _expected(case, name) for name in check.judges}
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
            right = {wrt: _expected(case, name) for wrt, name in names.items()}
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
            return _finding(check, case, said, (part,), got=show(value), expected=show(slope.value), mistake=mistake)
        said = no_slope if check.hidden else self._difference(name, np.asarray(value, float), judged)
        expected = show(slope.value) if np.isfinite(slope.value).all() else ""
        return _finding(check, case, said, (part,), got=show(value), expected=expected, mistake=judged.mistake)

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


def unpack(probe: Probe, value: object) -> dict[str, object] | str:
    """The probe's named answers out of a value, or a phrase that says why it does not hold them."""
    names = probe.names
    if probe.keyed or (probe.either and isinstance(value, Mapping)):
        if not isinstance(value, Mapping):
            return f"the result is {kind(value)}, expected a dict with the keys {', '.join(map(repr, names))}"
        missing = [name for name in names if name not in value]
        return f"the result has no {', '.join(map(repr, missing))}" if missing else {n: value[n] for n in names}
    if len(names) == 1:
        return {names[0]: value}
    if isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        if len(value) == len(names):
            return dict(zip(names, value, strict=True))
        return f"the result has {len(value)} values, expected {len(names)}: {', '.join(names)}"
    found = "None: nothing was returned" if value is None else kind(value)
    return f"the result is {found}, expected {len(names)} values: {', '.join(names)}"


def stopped(check: Check, case: Case, answer: Answer) -> list[Finding]:
    """A finding for a probe that gave no value."""
    if answer.failure is None:
        return []
    said = answer.failure.discreet if check.hidden else answer.failure.text
    return [_finding(check, case, said, tuple(check.judges.values()))]


def alarms(answer: Answer) -> tuple[str, ...]:
    """The floating-point warnings of an answer: overflow, division by zero, an invalid value."""
    return tuple(warning for warning in answer.warnings if warning.startswith("RuntimeWarning: "))


def notices(check: Check, case: Case, answer: Answer, *, quiet: bool) -> list[Finding]:
    """Warnings raised and inputs changed on the way.  Alarms cost points where the check asks for quiet."""
    found = []
    costly = alarms(answer) if quiet else ()
    for warning in (costly or answer.warnings)[:1]:
        text = "a warning was raised" if check.hidden else f"a warning was raised: {warning}"
        parts = tuple(check.judges.values()) if costly else ()
        found.append(_finding(check, case, text, parts, warning=not costly))
    if answer.changed:
        text = f"your code changes its input {', '.join(answer.changed)} in place; work on a copy"
        found.append(_finding(check, case, text, (), warning=True))
    return found


def relations(check: Check, answers: Sequence[Answer], sizes: Mapping[str, int]) -> dict[str, Diagnosis]:
    """How each named answer relates to the right one over all cases, where it is wrong and that is clear."""
    values = [unpack(check.probe, answer.value) for answer in answers if answer.failure is None]
    if len(values) < len(answers):
        return {}
    expected = {name: [_expected(case, name) for case in check.cases] for name in check.judges}
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


def one_per_part(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding for each part, and each warning once: ten cases of one mistake are one mistake."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.said,) if finding.warning else finding.parts, finding)
    return list(kept.values())


def _expected(case: Case, name: str) -> np.ndarray:
    if not isinstance(case.expected, Mapping):
        raise LookupError(f"case {dict(case.inputs)!r} has no expected answer; the grader fills it from the reference")
    return np.asarray(case.expected[name], dtype=np.float64)


def _finding(
    check: Check,
    case: Case,
    said: str,
    parts: tuple[str, ...],
    *,
    got: str = "",
    expected: str = "",
    mistake: Diagnosis | None = None,
    warning: bool = False,
) -> Finding:
    """A finding of `check`; a hidden check shows neither its inputs nor what it expected."""
    parts = tuple(dict.fromkeys(parts))
    if check.hidden:
        return Finding(check.text, said, parts, mistake=mistake, hidden=True, warning=warning)
    return Finding(
        check.text, said, parts, tried(check.probe, case), got, expected, mistake, hidden=False, warning=warning
    )
