"""Is an answer right that calls earlier exercises, one of which is wrong?

It is judged once more on stand-ins: in the place of what is wrong, the student's answer and the reference both call
functions with rules of their own.  A backward pass is also right if it gives the slopes of the student's own forward
pass, which stays in the sandbox and is called there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from autograder.grading.answer_key import AnswerKey
from autograder.student.judging.findings import expected_answer, unpack
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.judge import Judgement, conclude
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import UNKNOWN, Case, Exercise, Probe, Student, Trial
from autograder.student.model.results import Finding, Outcome


def carry_forward(
    student: Student,
    key: AnswerKey,
    exercise: Exercise,
    judgement: Judgement,
    broken: Sequence[str],
) -> Judgement:
    """Judge a failed exercise again on top of the student's own exercises `broken`, which are wrong.

    It keeps the points of all parts that are right so.
    """
    result = judgement.result
    if result.outcome in (Outcome.UNATTEMPTED, Outcome.MISSING):
        return judgement
    stand_ins = "\n".join(key.stand_ins[name] for name in broken if name in key.stand_ins)
    ways = (
        partial(_by_stand_ins, student, key, exercise.name, stand_ins),
        partial(_by_slopes, student, exercise, broken),
    )
    looks = [(t, _judged_again(number, t, ways)) for number, t in enumerate(judgement.trials)]
    measured = _wrong_where_measured([again[-1] for _, again in looks if len(again) == len(ways)])
    trials, own = [], False
    for trial, again in looks:
        lost = _lost(trial)
        decided = [_lost(each) for each in again if each is not None]
        if lost and again[-1] is None and measured is not None:
            decided.append(measured)
        still = lost.intersection(*decided)
        own = own or bool(decided and still)
        trials.append(replace(trial, findings=tuple(_trimmed(trial.findings, still))))
    hint = exercise.hints[0] if exercise.hints else ""
    better = conclude(student, exercise, key.checks[exercise.name], trials, hint)
    kept = [
        new.name
        for new, old in zip(better.result.parts, result.parts, strict=True)
        if new.earned > old.earned
    ]
    if not kept:
        return replace(judgement, own=own)
    what = "" if better.result.outcome is Outcome.PASSED else f"{', '.join(kept)}: "
    below = [name for name in broken if name in judgement.builds_on] or broken
    said = f"{what}right, on top of your {' and '.join(below)}, which {'is' if len(below) == 1 else 'are'} not"
    note = Finding("Each exercise is judged for itself.", said, warning=True)
    findings = (*better.result.findings, note)
    return replace(
        better, result=replace(better.result, findings=findings), carried=tuple(broken), own=own
    )


def _judged_again(
    number: int, trial: Trial, ways: Sequence[Callable[[int, Trial], Trial | None]]
) -> list[Trial | None]:
    """A trial that costs points, judged in one way after the other until it costs none; number: of its check."""
    again: list[Trial | None] = []
    if _lost(trial):
        for way in ways:
            judged = way(number, trial)
            again.append(judged)
            if judged is not None and not _lost(judged):
                break
    return again


def _wrong_where_measured(slopes: Sequence[Trial | None]) -> frozenset[str] | None:
    """The parts that the slopes of the student's own forward pass contradict; None if fewer than two trials tell.

    A trial whose probe runs many passes cannot be measured; it is taken as those that can.
    """
    told = [trial for trial in slopes if trial is not None]
    return frozenset().union(*map(_lost, told)) if len(told) > 1 else None


def _lost(trial: Trial) -> frozenset[str]:
    """The parts that a trial costs."""
    return frozenset(
        part for finding in trial.findings if not finding.warning for part in finding.parts
    )


def _trimmed(findings: Sequence[Finding], lost: Collection[str]) -> list[Finding]:
    """The findings, those that cost points with the parts `lost` only."""
    cut = [
        f if f.warning else replace(f, parts=tuple(part for part in f.parts if part in lost))
        for f in findings
    ]
    return [finding for finding in cut if finding.warning or finding.parts]


def _by_stand_ins(
    student: Student, key: AnswerKey, exercise: str, stand_ins: str, number: int, _: Trial
) -> Trial | None:
    """The trial on stand-ins for the exercises that are wrong; None if they have none, or it gives nothing there."""
    check = key.check_on(exercise, number, stand_ins) if stand_ins else None
    if check is None:
        return None
    rule = check.rule if isinstance(check.rule, (Values, Analytic)) else Values()
    return rule.judge(student, replace(check, rule=rule))


def _by_slopes(
    student: Student, exercise: Exercise, broken: Sequence[str], _: int, trial: Trial
) -> Trial | None:
    """The trial against the slopes of the student's own forward pass; None where that is not wrong or tells nothing.

    A forward pass that does nothing has a backward pass of zeros, which is worth nothing.
    """
    check = trial.check
    rules = [
        c.rule for c in exercise.checks if isinstance(c.rule, Slopes) and c.probe == check.probe
    ]
    rule = next(
        (r for r in rules if set(check.judges) <= set(r.wrt) and _runs(r.forward, broken)), None
    )
    if rule is None or isinstance(check.rule, Analytic) or _vanishes(trial):
        return None
    if isinstance(check.rule, Slopes):
        return trial
    cases = tuple(Case(case.inputs, UNKNOWN) for case in check.cases)
    return rule.judge(student, replace(check, cases=cases, rule=rule))


def _runs(probe: Probe, names: Sequence[str]) -> bool:
    return any(f"{name}(" in f"{probe.setup} {probe.call}" for name in names)


def _vanishes(trial: Trial) -> bool:
    """Whether an answer is all zeros where the right one is not."""
    for case, answer in zip(trial.check.cases, trial.answers, strict=True):
        values = unpack(trial.check.probe, answer.value) if answer.failure is None else {}
        for name in trial.check.judges:
            numbers = as_numbers(values.get(name)) if isinstance(values, dict) else ""
            if expected_answer(case, name).any() and (
                isinstance(numbers, str) or not np.any(numbers)
            ):
                return True
    return False
