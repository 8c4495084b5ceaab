"""Answers that were judged before get the same findings, and only those that are the same to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import catalogue
from autograder.course.source import answer_source, reference_namespace
from autograder.grading.answer_key import AnswerKey, LaterAnswers, Memory, misconceived
from autograder.grading.judgements import judge_all, run_steps
from autograder.grading.known import MOST, digest_of, judge_or_recall
from autograder.sandbox.session import Session
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import Answer, Case, Check, Failure, Inputs, Probe, Stop
from autograder.submissions.ingest import read_notebook
from autograder.submissions.plan import make_plan
from tests.judged import key_of


@dataclass
class Counted:
    """A student whose questions are counted."""

    student: LocalStudent
    asked: int = 0

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        return self.student.defined(names)

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        self.asked += 1
        return self.student.answers(probe, inputs)


def fresh(assignment: str) -> AnswerKey:
    return replace(key_of(assignment), memory=Memory())


def with_answer(key: AnswerKey, exercise: str, old: str, new: str) -> Counted:
    """A student whose answer to one exercise is the reference's with `new` for `old`."""
    text = answer_source(key.source, exercise)
    assert old in text
    edited = {exercise: text.replace(old, new)}
    return Counted(LocalStudent(reference_namespace(key.source, edited)))


@pytest.mark.parametrize("assignment", catalogue())
def test_what_is_recalled_is_what_would_be_judged(assignment):
    key = fresh(assignment)
    for exercise, checks in key.checks.items():
        mistakes = key.misconceptions[exercise][:: max(1, len(key.misconceptions[exercise]) // 3)]
        for text in [{}, *({exercise: misconceived(key.source, m)} for m in mistakes)]:
            for check in checks[::3]:
                student = LocalStudent(reference_namespace(key.source, text))
                found = check.rule.judge(student, check).findings
                for _ in range(2):
                    student = LocalStudent(reference_namespace(key.source, text))
                    trial = judge_or_recall(key, exercise, student, check)
                    assert trial.findings == found
                    assert trial.check is check


def test_the_slopes_of_a_known_mistake_are_measured_once(monkeypatch):
    key = fresh("04_matmul")
    [check] = [c for c in key.checks["matmul_backward"] if isinstance(c.rule, Slopes)][:1]
    mistake = next(m for m in key.misconceptions["matmul_backward"] if m.name)
    text = {"matmul_backward": misconceived(key.source, mistake)}
    first, second = (Counted(LocalStudent(reference_namespace(key.source, text))) for _ in "12")
    found = judge_or_recall(key, "matmul_backward", first, check).findings
    assert found
    assert judge_or_recall(key, "matmul_backward", second, check).findings == found
    # The gradients, and the forward pass at the cases and near them.
    assert (first.asked, second.asked) == (2, 2)


def test_a_known_gradient_of_another_forward_pass_is_measured():
    """Two catalogued mistakes have one gradient: one of them is the slope of its own loss."""
    key = fresh("08_trailnet")
    checks = [c for c in key.checks["trail_loss"] if isinstance(c.rule, Slopes)]
    seen = set()
    for mistake in key.misconceptions["trail_loss"]:
        text = {"trail_loss": misconceived(key.source, mistake)}
        for check in checks:
            student = LocalStudent(reference_namespace(key.source, text))
            digest = digest_of(student.answers(check.probe, [case.inputs for case in check.cases]))
            recalled = judge_or_recall(key, "trail_loss", student, check).findings
            seen.add((digest, bool(recalled)))
    both = [digest for digest, wrong in seen if wrong and (digest, False) in seen]
    assert both


def test_an_answer_that_differs_in_the_last_bit_is_judged_for_itself():
    key = fresh("04_matmul")
    check = key.checks["matmul_backward"][0]
    right = with_answer(key, "matmul_backward", "return ", "return ")
    judge_or_recall(key, "matmul_backward", right, check)
    assert len(key.memory.found) == 1
    judge_or_recall(key, "matmul_backward", right, check)
    assert len(key.memory.found) == 1
    [answer] = right.answers(check.probe, [check.cases[0].inputs])
    moved = (np.nextafter(answer.value[0], np.inf), *answer.value[1:])
    assert digest_of([answer]) != digest_of([replace(answer, value=moved)])


ONE = Answer(1.0)
DIFFERENT = [
    ONE,
    Answer(1),
    Answer(True),
    Answer(np.float64(1)),
    Answer(np.float32(1)),
    Answer(np.ones(())),
    Answer(np.ones(1)),
    Answer(np.ones((1, 1))),
    Answer([1.0]),
    Answer((1.0,)),
    Answer({"y": 1.0}),
    Answer("1.0"),
    Answer(0.0),
    Answer(-0.0),
    Answer(None),
    replace(ONE, warnings=("RuntimeWarning: overflow",)),
    replace(ONE, changed=("x",)),
    replace(ONE, nudged=("x",)),
    replace(ONE, printed="1"),
    Answer(failure=Failure(Stop.RAISED, "ValueError", "no")),
    Answer(failure=Failure(Stop.RAISED, "ValueError", "no", line=2)),
    Answer(failure=Failure(Stop.TIMED_OUT, "ValueError", "no")),
]


def test_answers_that_a_rule_may_tell_apart_have_digests_of_their_own():
    assert len({digest_of([answer]) for answer in DIFFERENT}) == len(DIFFERENT)
    assert digest_of([ONE, ONE]) != digest_of([ONE])


def test_answers_too_large_to_be_sent_are_judged_each_time():
    assert digest_of([Answer(np.zeros((1 << 26) + 8, np.uint8))]) is None


def test_what_is_kept_does_not_grow_with_the_class():
    key = fresh("04_matmul")
    check = key.checks["affine_forward"][0]
    for number in range(MOST + 10):
        student = with_answer(key, "affine_forward", "return ", f"return {number} + ")
        judge_or_recall(key, "affine_forward", student, check)
    assert len(key.memory.found) <= MOST


@pytest.mark.parametrize("assignment", ["03_sigmoid_neuron", "04_matmul"])
def test_a_right_notebook_is_asked_three_times(sandbox, monkeypatch, assignment):
    """All visible checks at once, which names have changed, all hidden checks at once."""
    key = fresh(assignment)
    whole = notebook_text(filled_notebook(key.source, key.assignment, {}))
    plan = make_plan(read_notebook(whole.encode()), key.source)
    asked = []
    ask = Session._ask
    monkeypatch.setattr(
        Session,
        "_ask",
        lambda self, request, *rest: asked.append(request) or ask(self, request, *rest),
    )
    with sandbox.session(seed=0) as session:
        run_steps(session, plan.steps)
        asked.clear()
        judgements, _ = judge_all(session, key)
    assert all(judged.result.earned == judged.result.possible for judged in judgements.values())
    assert [request["do"] for request in asked] == ["together", "changed", "together"]


def test_known_mistakes_have_the_data_of_a_notebook_together():
    probe = Probe("float(data.sum())", ("total",))
    check = Check("The sum.", probe, (Case({}),), {"total": "total"}, Values())
    each = [{"data": np.arange(5000.0), "few": np.arange(3.0)} for _ in range(2)]
    answers = [LaterAnswers(lambda names=names: names, [check])[0][0].value for names in each]
    assert answers == [12497500.0] * 2
    assert each[0]["data"] is each[1]["data"]
    assert not each[0]["data"].flags.writeable
    assert each[0]["few"] is not each[1]["few"]
    assert each[0]["few"].flags.writeable
