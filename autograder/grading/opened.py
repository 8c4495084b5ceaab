"""After the deadline: what each hidden check gave to a student's answer, and what was expected.

This is the only place where hidden inputs leave the grader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograder.grading.answer_key import AnswerKey
from autograder.grading.grade import Grader
from autograder.grading.judgements import judge_all, run_steps
from autograder.reports.opened import OpenedCase, OpenedCheck
from autograder.student.cards.wording import clip
from autograder.student.judging.findings import as_code, expected_answer, tried, unpack
from autograder.student.model.exercises import Answer, Case, Check, Trial
from autograder.submissions.ingest import Submission, read_cells
from autograder.submissions.plan import make_plan

# Characters of what a student's answer gave.
LONGEST = 4000
NOT_RUN = (
    "nothing: it was not run, because the function is not defined or an earlier check stopped it"
)


def opened_checks(grader: Grader, key: AnswerKey, submission: Submission) -> list[OpenedCheck]:
    """Run a submission once more, and show its hidden checks.  UnreadableError if it cannot be read."""
    names = frozenset(exercise.name for exercise in key.assignment.exercises)
    plan = make_plan(read_cells(submission, submission.read(), names), key.source)
    grader.sandbox.start()
    with grader.sandbox.session(seed=0, limits=grader.limits) as session:
        run_steps(session, plan.steps)
        judgements, _ = judge_all(session, key)
    return [
        _opened(exercise, check, judgements[exercise].trials)
        for exercise, checks in key.checks.items()
        for check in checks
        if check.hidden
    ]


def _opened(exercise: str, check: Check, trials: Sequence[Trial]) -> OpenedCheck:
    found = [trial for trial in trials if trial.check is check]
    answers: Sequence[Answer | None] = found[0].answers if found else ()
    padded = (*answers, *[None] * (len(check.cases) - len(answers)))
    passed = bool(found) and not any(not f.warning for f in found[0].findings)
    cases = zip(check.cases, padded, strict=True)
    shown = tuple(_case(check, case, answer) for case, answer in cases)
    return OpenedCheck(exercise, check.text, passed, shown)


def _case(check: Check, case: Case, answer: Answer | None) -> OpenedCase:
    expected = "\n".join(_lines({name: expected_answer(case, name) for name in check.judges}))
    return OpenedCase(tried(check.probe, case), clip(_got(check, answer), LONGEST), expected)


def _got(check: Check, answer: Answer | None) -> str:
    if answer is None:
        return NOT_RUN
    if answer.failure:
        return answer.failure.text
    values = unpack(check.probe, answer.value)
    if isinstance(values, str):
        return values
    return "\n".join(_lines({name: values[name] for name in check.judges}))


def _lines(values: dict[str, object] | dict[str, np.ndarray]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} = {as_code(value, len(name) + len(' = '))}"
