"""Answers that were judged before: the same answers, to the last bit, get the same findings.

Right answers are alike, and so are those of students who make the same mistake.  A rule that asks
nothing but its check's probe judges by the answers alone.  One that measures slopes asks for more;
what it found of a catalogued mistake holds for a student whose answers and whose forward pass are
those of the mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import is_

import numpy as np

from autograder.errors import WireError
from autograder.files import ONE_THREAD
from autograder.grading.answer_key import AnswerKey, KnownMistake
from autograder.sandbox.codec import encode
from autograder.student.judging.formula_rule import probe_of
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import Answer, Check, Inputs, Probe, Student, Trial
from autograder.student.model.results import Finding

# So many different answers to the checks of an assignment are kept.
MOST = 2048
# Forward passes that differ by no more than this fraction of their size are the same.
SAME_FORWARD = 1e-12


def judge_or_recall(key: AnswerKey, exercise: str, student: Student, check: Check) -> Trial:
    """The check's trial: judged, or as it was judged before."""
    heard = _Heard(student, probe_of(check), [case.inputs for case in check.cases])
    digest = digest_of(heard.first)
    number = next((i for i, own in enumerate(key.checks[exercise]) if own is check), None)
    if number is None or digest is None:
        return check.rule.judge(heard, check)
    place = exercise, number, digest
    known = key.memory.found.get(place)
    if known is None:
        known = _of_a_mistake(key, exercise, number, digest, student)
    if known is not None:
        return Trial(check, tuple(heard.first), known)
    trial = check.rule.judge(heard, check)
    if heard.alone:
        if len(key.memory.found) >= MOST:
            key.memory.found.clear()
        key.memory.found[place] = trial.findings
    return trial


@dataclass(slots=True)
class _Heard:
    """A student who has answered a check's probe; alone: nobody has asked for anything else."""

    student: Student
    probe: Probe
    inputs: Sequence[Inputs]
    alone: bool = True
    first: list[Answer] = field(init=False)
    _told: bool = False

    def __post_init__(self) -> None:
        self.first = self.student.answers(self.probe, self.inputs)

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """Those of `names` that can be called."""
        self.alone = False
        return self.student.defined(names)

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """What was answered, the first time it is asked for; anything else is asked."""
        wanted = list(inputs)
        same = len(wanted) == len(self.inputs) and all(map(is_, wanted, self.inputs))
        if same and not self._told and probe == self.probe:
            self._told = True
            return self.first
        self.alone = False
        return self.student.answers(probe, wanted)


def _of_a_mistake(
    key: AnswerKey, exercise: str, number: int, digest: bytes, student: Student
) -> tuple[Finding, ...] | None:
    """What the check finds of the catalogued mistake that gives these answers; None if none does."""
    check = key.checks[exercise][number]
    rule = check.rule
    if not isinstance(rule, Slopes):
        return None
    with ONE_THREAD, np.errstate(all="ignore"):
        mistakes = _known_mistakes(key, exercise, number).get(digest, [])
    outputs = rule.outputs_near(student, check) if mistakes else []
    with ONE_THREAD, np.errstate(all="ignore"):
        return next((m.findings for m in mistakes if _all_same(outputs, m.outputs)), None)


def _known_mistakes(key: AnswerKey, exercise: str, number: int) -> dict[bytes, list[KnownMistake]]:
    """The catalogued mistakes, by the digest of what they answer to a check."""
    if (exercise, number) not in key.memory.mistaken:
        found: dict[bytes, list[KnownMistake]] = {}
        meaning = key.meaning(exercise)
        right = digest_of(meaning.truth[number])  # which is judged as quickly without
        for wrong in meaning.wrong:
            digest = digest_of(wrong.answers[number])
            if digest is None or digest == right:
                continue
            mistake = KnownMistake(key.source, wrong.misconception, key.checks[exercise][number])
            found.setdefault(digest, []).append(mistake)
        key.memory.mistaken[exercise, number] = found
    return key.memory.mistaken[exercise, number]


def _all_same(outputs: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> bool:
    """Whether two forward passes give the same, but for rounding."""
    return all(
        one.shape == other.shape
        and bool((np.abs(one - other) <= SAME_FORWARD * np.abs(other).max(initial=0.0)).all())
        for one, other in zip(outputs, others, strict=True)
    )


def digest_of(answers: Iterable[Answer]) -> bytes | None:
    """What answers come to, to the last bit; None if they are too large to be known again."""
    around = [
        (a.value, repr(a.failure), a.warnings, a.changed, a.nudged, a.printed) for a in answers
    ]
    digest = hashlib.blake2b(digest_size=16)
    try:
        for piece in encode(around):
            digest.update(piece)
    except WireError:
        return None
    return digest.digest()
