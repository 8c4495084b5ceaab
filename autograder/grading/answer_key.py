"""The answer key of one assignment: every check with its expected answers, and what wrong answers mean.

The key is made from the reference and the course's seed, and stays in the grader's process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from autograder.course.paths import HERE, Places
from autograder.course.source import Source, answer_source, read_source, reference_namespace
from autograder.errors import GraderError
from autograder.files import ONE_THREAD
from autograder.grading.blind_points import blind_answers
from autograder.grading.other_inputs import Recalling, right_for_other_inputs
from autograder.grading.provenance import version
from autograder.hidden.catalogue import HiddenAssignment, HiddenCheck, Misconception
from autograder.sandbox.session import Batch
from autograder.student.judging.findings import unpack
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.compare import ROUNDING, as_numbers, differ, scales_of
from autograder.student.model.exercises import (
    Answer,
    Assignment,
    Case,
    Check,
    Inputs,
    Probe,
    Student,
)
from autograder.student.model.results import Diagnosis, Finding

Answers = tuple[Answer, ...]
# How often hidden inputs are drawn at most; the last ones stay, and `verify` names what is wrong with them.
ATTEMPTS = 20
# Bytes.  Larger arrays of a notebook's data are held once for all known mistakes, by their content.
LARGE = 1 << 14
_SHARED: dict[object, np.ndarray] = {}


class LaterAnswers(Sequence[Answers]):
    """What code answers to checks, one check after the other; each is run when its answers are first looked at.

    namespace: makes what the code defines.
    """

    def __init__(self, namespace: Callable[[], dict[str, object]], checks: Sequence[Check]) -> None:
        self._checks = checks
        self._given: list[Answers] = []
        self._next = _each_answered(namespace, checks)

    def __getitem__(self, place: int) -> Answers:  # type: ignore[override]
        with ONE_THREAD:
            while len(self._given) <= place < len(self._checks):
                self._given.append(next(self._next))
            return self._given[place]

    def __len__(self) -> int:
        return len(self._checks)


def _each_answered(
    namespace: Callable[[], dict[str, object]], checks: Sequence[Check]
) -> Iterator[Answers]:
    names = namespace()
    _share_data(names)
    student = LocalStudent(names)
    for check in checks:
        yield tuple(student.answers(check.probe, [case.inputs for case in check.cases]))


def _share_data(names: dict[str, object]) -> None:
    """Let large arrays among the names of code that was run here be one, read-only, for all such code.

    Each of hundreds of known mistakes would else hold the data of its notebook.
    """
    for name, value in names.items():
        if type(value) is np.ndarray and value.nbytes > LARGE and value.dtype.kind in "biuf":
            content = value.dtype.str, value.shape, hashlib.sha256(value.tobytes()).digest()
            names[name] = _SHARED.setdefault(content, value)
            _SHARED[content].flags.writeable = False


@dataclass(frozen=True, eq=False)
class WrongAnswer:
    """A misconception, and what it answers to each check of its exercise, in the order of the key's checks."""

    misconception: Misconception
    answers: Sequence[Answers]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What each answer to an exercise's checks means: the right answers, and those of every misconception."""

    truth: tuple[Answers, ...]
    wrong: tuple[WrongAnswer, ...]


class KnownMistake:
    """A misconception at one check that measures slopes.  Looked at by the one thread that has the reference."""

    def __init__(self, source: Source, misconception: Misconception, check: Check) -> None:
        self._source, self._misconception, self._check = source, misconception, check

    @cached_property
    def student(self) -> Student:
        """Who makes it."""
        edited = {self._misconception.exercise: misconceived(self._source, self._misconception)}
        return LocalStudent(reference_namespace(self._source, edited))

    @cached_property
    def outputs(self) -> list[np.ndarray]:
        """The forward pass at the check's cases and near them."""
        assert isinstance(self._check.rule, Slopes)
        return self._check.rule.outputs_near(self.student, self._check)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the check finds."""
        return self._check.rule.judge(self.student, self._check).findings


class Drawn(Mapping[str, tuple[Check, ...]]):
    """The checks of an assignment by exercise, drawn when the first is asked for, and kept.

    drawn: whether they are.
    """

    def __init__(self, draw: Callable[[], Mapping[str, tuple[Check, ...]]]) -> None:
        self._draw, self.drawn = draw, False
        self._checks: Mapping[str, tuple[Check, ...]] = {}

    @property
    def now(self) -> Mapping[str, tuple[Check, ...]]:
        """The checks.  Raises GraderError, at every call, if they cannot be drawn."""
        with ONE_THREAD:
            if not self.drawn:
                self._checks, self.drawn = self._draw(), True
            return self._checks

    def __getitem__(self, exercise: str) -> tuple[Check, ...]:
        return self.now[exercise]

    def __iter__(self) -> Iterator[str]:
        return iter(self.now)

    def __len__(self) -> int:
        return len(self.now)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was worked out of a key so far, so that it is worked out once a class.

    meanings: by exercise and the mistakes below it.  checks_on: checks on stand-ins.  recalled: answers
    of the reference.  found: findings by what was answered.  mistaken: by exercise and the number of a
    check, what known mistakes answer.  batches: encoded questions.
    """

    meanings: dict[tuple[str, tuple[Misconception, ...]], Meaning] = field(default_factory=dict)
    checks_on: dict[tuple[str, int, str], Check | None] = field(default_factory=dict)
    recalled: dict[object, Answer] = field(default_factory=dict)
    found: dict[object, tuple[Finding, ...]] = field(default_factory=dict)
    mistaken: dict[tuple[str, int], dict[bytes, list[KnownMistake]]] = field(default_factory=dict)
    batches: dict[object, Batch] = field(default_factory=dict)


class LaterSource:
    """The reference of an assignment, read when it is first asked for.  Raises SourceError, then, if it cannot be."""

    def __init__(self, places: Places, assignment: Assignment) -> None:
        self._places, self._assignment = places, assignment

    @cached_property
    def now(self) -> Source:
        """The reference."""
        with ONE_THREAD:
            return read_source(self._places.source(self._assignment.name), self._assignment)

    @cached_property
    def version(self) -> str:
        """A hash of the checks and the reference; "" of an assignment that is not among the kit's own."""
        return version(self._assignment, self.now) if self._places == HERE else ""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Everything the grader knows about one assignment; exercise names are the keys of the mappings.

    misconceptions: each in every form in which it is known.  stand_ins: what takes an exercise's place, by the
    exercise.
    """

    assignment: Assignment
    reference: LaterSource
    checks: Mapping[str, tuple[Check, ...]]
    misconceptions: Mapping[str, tuple[Misconception, ...]]
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    @property
    def source(self) -> Source:
        """The reference."""
        return self.reference.now

    @property
    def version(self) -> str:
        """A hash of the checks and the reference."""
        return self.reference.version

    def meaning(self, exercise: str, given: tuple[Misconception, ...] = ()) -> Meaning:
        """What answers to the checks of `exercise` mean if the exercises it builds on carry the mistakes `given`.

        Made when first asked for, and kept.  With nothing given the truth is the right answer.
        """
        with ONE_THREAD:
            if (exercise, given) not in self.memory.meanings:
                self.memory.meanings[exercise, given] = self._meaning(exercise, given)
            return self.memory.meanings[exercise, given]

    def check_on(self, exercise: str, number: int, stand_ins: str) -> Check | None:
        """A check of `exercise`, by its number, with what the reference answers on stand-ins.

        None if that gives no numbers.  Made when first asked for, and kept.
        """
        asked = exercise, number, stand_ins
        with ONE_THREAD:
            if asked not in self.memory.checks_on:
                check = self.checks[exercise][number]
                check = replace(check, probe=replace(check.probe, stand_ins=stand_ins))
                self.memory.checks_on[asked] = self._expected(check)
            return self.memory.checks_on[asked]

    def _expected(self, check: Check) -> Check | None:
        try:
            return with_expected(check, self._answers({}, (check,))[0], "on stand-ins")
        except GraderError:
            return None

    def answers_with(self, mistake: Misconception, check: Check) -> Answers:
        """The reference's answers to a check, with the mistake of an earlier exercise in it."""
        with ONE_THREAD, np.errstate(all="ignore"):
            edited = {mistake.exercise: misconceived(self.source, mistake)}
            return self._answers(edited, (check,))[0]

    def for_other_inputs(
        self, exercise: str, seen: Sequence[Answers], parts: frozenset[str]
    ) -> dict[str, Diagnosis]:
        """By part: the other input for which a student's answers would be right, if one is."""
        truth = self.meaning(exercise).truth
        with ONE_THREAD, np.errstate(all="ignore"):
            reference = Recalling(
                LocalStudent(reference_namespace(self.source)), self.memory.recalled
            )
            checks = self.checks[exercise]
            return right_for_other_inputs(reference, checks, truth, seen, parts)

    def _meaning(self, exercise: str, given: tuple[Misconception, ...]) -> Meaning:
        foundation = {m.exercise: misconceived(self.source, m) for m in given}
        checks = self.checks[exercise]
        wrong = [
            WrongAnswer(
                m, self._answers({**foundation, m.exercise: misconceived(self.source, m)}, checks)
            )
            for m in self.misconceptions[exercise]
        ]
        return Meaning(tuple(self._answers(foundation, checks)), tuple(wrong))

    def _answers(self, edited: Mapping[str, str], checks: Sequence[Check]) -> LaterAnswers:
        """What the reference answers with other text in some exercises."""
        return LaterAnswers(partial(reference_namespace, self.source, edited), checks)


def make_key(
    assignment: Assignment, hidden: HiddenAssignment, seed: str, places: Places = HERE
) -> AnswerKey:
    """Draw the hidden inputs and ask the reference for what is expected.

    Raises GraderError, naming the check, if the reference itself cannot answer one with finite
    numbers, if a check draws no inputs, or if a check or misconception belongs to no exercise of
    the assignment.
    """
    key = later_key(assignment, hidden, seed, places)
    return replace(key, checks=dict(key.checks))


def later_key(
    assignment: Assignment, hidden: HiddenAssignment, seed: str, places: Places = HERE
) -> AnswerKey:
    """The same, but the source is read and the hidden inputs are drawn when they are first asked for."""
    names = [exercise.name for exercise in assignment.exercises]
    known = (*names, *assignment.dropped)
    owners = [(h.text, h.exercise) for h in hidden.checks] + [
        (m.name, m.exercise) for m in hidden.misconceptions
    ]
    for what, owner in owners:
        if owner not in known:
            raise GraderError(
                f"hidden half of {assignment.name}: {what!r} belongs to {owner!r}, which is not an exercise of it; "
                f"write one of {', '.join(names)}"
            )
    misconceptions = {
        name: tuple(m for m in hidden.realisations if m.exercise == name) for name in names
    }
    reference = LaterSource(places, assignment)
    checks = Drawn(lambda: _draw(assignment, hidden, reference.now, seed))
    return AnswerKey(assignment, reference, checks, misconceptions, hidden.stand_ins)


def _draw(
    assignment: Assignment, hidden: HiddenAssignment, source: Source, seed: str
) -> dict[str, tuple[Check, ...]]:
    """The checks of every exercise, visible ones first, with what is expected of each case."""
    reference = LocalStudent(reference_namespace(source))
    drawn = [
        (h.exercise, _ready(assignment.name, i, h, reference, seed))
        for i, h in enumerate(hidden.checks)
        if h.exercise not in assignment.dropped
    ]
    return {
        e.name: (
            *(_settled(c, reference) for c in e.checks),
            *(check for name, check in drawn if name == e.name),
        )
        for e in assignment.exercises
    }


def misconceived(source: Source, misconception: Misconception) -> str:
    """The misconception's cell: as it is written, or the reference answer's with its edits.

    Raises GraderError if an edit does not fit.
    """
    if isinstance(misconception.form, str):
        return misconception.form
    text = answer_source(source, misconception.exercise)
    for old, new in misconception.form:
        if text.count(old) != 1:
            raise GraderError(
                f"misconception {misconception.name!r} of {misconception.exercise}: {old!r} occurs "
                f"{text.count(old)} times in the answer of {source.path.name}; make the edit fit the answer"
            )
        text = text.replace(old, new)
    return text


def _ready(
    assignment: str, number: int, hidden: HiddenCheck, reference: Student, seed: str
) -> Check:
    """The hidden check with its cases drawn and what is expected of them filled in.

    Drawn again, from the same seed, where an answer comes out so small that the check would be
    blind to it.
    """
    for attempt in range(ATTEMPTS):
        again = f"\0{attempt}" if attempt else ""
        digest = hashlib.sha256(f"{seed}\0{assignment}\0{number}{again}".encode()).digest()
        drawn = tuple(hidden.draw(np.random.default_rng(int.from_bytes(digest, "little"))))
        if not drawn:
            raise GraderError(
                f"{_where(hidden)} draws no inputs, so it would pass whatever it is given; draw some"
            )
        answers = reference.answers(hidden.probe, drawn)
        expected = [_expected(hidden, _where(hidden), answer) for answer in answers]
        if hidden.on_purpose or not blind_answers(expected):
            break
    terms = _terms(hidden, reference, drawn, expected)
    cases = tuple(Case(*case) for case in zip(drawn, expected, terms, strict=True))
    return Check(
        hidden.text,
        hidden.probe,
        cases,
        hidden.judges,
        hidden.rule,
        hidden=True,
        on_purpose=hidden.on_purpose,
    )


def _terms(
    hidden: HiddenCheck,
    reference: Student,
    drawn: Sequence[Inputs],
    expected: Sequence[Mapping[str, object]],
) -> list[dict[str, dict[str, np.ndarray]]]:
    """The named terms of each case's answers.  Raises GraderError if they do not add up to them."""
    made: list[dict[str, dict[str, np.ndarray]]] = [{} for _ in drawn]
    for name, terms in hidden.terms.items():
        probe = Probe("[" + ", ".join(terms.values()) + "]", tuple(terms), hidden.probe.setup)
        for case, answer, whole in zip(
            made, reference.answers(probe, drawn), expected, strict=True
        ):
            right = np.asarray(whole[name])
            where = f"{_where(hidden)}, terms of {name}"
            if answer.failure or not isinstance(answer.value, list):
                raise GraderError(
                    f"{where}: {answer.failure.text if answer.failure else 'no list'}; mend them"
                )
            arrays = [np.asarray(value, dtype=np.float64) for value in answer.value]
            wrong = differ(name, sum(arrays), right, ROUNDING * scales_of([right])[0])
            if wrong:
                raise GraderError(f"{where} do not add up to it: {wrong.message}; mend them")
            case[name] = dict(zip(terms, arrays, strict=True))
    return made


def _settled(check: Check, reference: Student) -> Check:
    """A visible check that leaves it to a measurement what is expected, with the reference's answers filled in."""
    if all(isinstance(case.expected, Mapping) for case in check.cases):
        return check
    answers = reference.answers(check.probe, [case.inputs for case in check.cases])
    return with_expected(check, answers, f"visible check {check.text!r}")


def with_expected(check: Check, answers: Sequence[Answer], where: str) -> Check:
    """The check with these answers, of its cases, as the expected ones.  Raises GraderError if they are no numbers."""
    expected = [_expected(check, where, answer) for answer in answers]
    cases = tuple(
        Case(c.inputs, right, c.terms) for c, right in zip(check.cases, expected, strict=True)
    )
    return replace(check, cases=cases)


def _expected(check: HiddenCheck | Check, where: str, answer: Answer) -> dict[str, object]:
    values = unpack(check.probe, answer.value) if answer.failure is None else answer.failure.text
    if isinstance(values, str):
        raise GraderError(f"{where}: the reference gives no answer: {values}; mend one of them")
    expected: dict[str, object] = {}
    for name in check.judges:
        numbers = as_numbers(values.get(name))
        if isinstance(numbers, str) or not np.isfinite(numbers).all():
            said = numbers if isinstance(numbers, str) else "is not finite"
            raise GraderError(
                f"{where}: the reference's {name} {said}; mend the reference or draw otherwise"
            )
        expected[name] = numbers.astype(np.float64)
    return expected


def _where(hidden: HiddenCheck) -> str:
    return f"hidden check {hidden.text!r} of {hidden.exercise}"
