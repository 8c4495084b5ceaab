"""Run a submission's plan in its session, and judge its exercises in an order that gives nothing away.

All visible checks of all exercises run before the first hidden one: a message, a warning or a value
that student code makes of a hidden input comes too late to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from autograder.grading.answer_key import AnswerKey
from autograder.grading.carried import carry_forward
from autograder.grading.known import judge_or_recall
from autograder.sandbox.bindings import END
from autograder.sandbox.session import Batch, CellRun, Moment, Session, Wanted
from autograder.student.judging.formula_rule import probe_of
from autograder.student.judging.judge import (
    Judgement,
    conclude,
    ended_process,
    run_checks,
    with_renamed,
)
from autograder.student.model.exercises import Check, Exercise, Student, Trial
from autograder.student.model.results import Outcome
from autograder.submissions.plan import Step

Judge: TypeAlias = Callable[[Student, Check], Trial]
NOT_RUN = CellRun(None, "", 0.0)
AT_THE_END = (
    "a cell below its check makes it better, so it is graded as it is at the end of the notebook"
)


def run_steps(session: Session, steps: Sequence[Step]) -> list[CellRun]:
    """Run every step in its order; at a check, keep what every name means there."""
    return [_run(session, step) for step in steps]


def _run(session: Session, step: Step) -> CellRun:
    if step.check:
        session.keep(step.check)
        return NOT_RUN
    return session.run_one(step.text, step.line, step.given)


@dataclass(frozen=True, slots=True)
class _Look:
    """An exercise as it stood at one moment, and the trials of its visible checks."""

    student: Moment
    exercise: Exercise
    checks: Sequence[Check]
    visible: Sequence[Trial]
    judge: Judge

    @classmethod
    def begun(cls, student: Moment, exercise: Exercise, key: AnswerKey) -> _Look:
        """Run the visible checks."""
        checks, judge = key.checks[exercise.name], partial(judge_or_recall, key, exercise.name)
        _ask_ahead(student.session, key, [(student.moment, exercise.name)], hidden=False)
        trials = run_checks(student, exercise, _of(checks, hidden=False), judge=judge)
        return cls(student, exercise, checks, trials, judge)

    @property
    def lacks_a_name(self) -> bool:
        """Whether the function, or something that it uses, was not defined yet: a cell below may define it."""
        failures = [
            answer.failure for trial in self.visible for answer in trial.answers if answer.failure
        ]
        return not self.visible or any(failure.type == "NameError" for failure in failures)

    @property
    def lost(self) -> bool:
        """Whether nothing more is to be asked: it is not defined, or its visible checks have lost the process."""
        return not self.visible or any(map(ended_process, self.visible))

    def judged(self, key: AnswerKey, broken: Sequence[str]) -> Judgement:
        """Run the hidden checks, and judge all; if need be, on top of earlier exercises that are wrong."""
        more = _of(self.checks, hidden=True)
        if not self.lost:
            place = self.student.moment, self.exercise.name
            _ask_ahead(self.student.session, key, [place], hidden=True)
        hidden = run_checks(self.student, self.exercise, more, self.visible, self.judge)
        hint = self.exercise.hints[0] if self.exercise.hints else ""
        judgement = conclude(
            self.student, self.exercise, self.checks, (*self.visible, *hidden), hint
        )
        result = with_renamed(self.student, key.assignment, judgement.result)
        judgement = replace(judgement, result=result)
        if not broken or judgement.result.outcome is Outcome.PASSED:
            return judgement
        return carry_forward(self.student, key, self.exercise, judgement, broken)


def _of(checks: Sequence[Check], *, hidden: bool) -> list[Check]:
    return [check for check in checks if check.hidden is hidden]


def _ask_ahead(
    session: Session, key: AnswerKey, places: Sequence[tuple[str, str]], *, hidden: bool
) -> None:
    """Ask at once what the checks of exercises ask first, if it was not asked; places: moments and exercises.

    Nothing is asked twice, since an answer may depend on the calls before.
    """
    asked = tuple(places), hidden
    if asked not in key.memory.batches:
        questions = [
            Wanted(moment, probe_of(check), [case.inputs for case in check.cases])
            for moment, exercise in places
            for check in _of(key.checks[exercise], hidden=hidden)
        ]
        key.memory.batches[asked] = Batch(questions, () if hidden else places)
    batch = key.memory.batches[asked]
    if not session.has_asked(batch):
        session.ask_ahead(batch)


def _is_right(judgement: Judgement) -> bool:
    """Whether an exercise does what the reference does."""
    return judgement.result.outcome is Outcome.PASSED and not judgement.carried


def judge_all(session: Session, key: AnswerKey) -> tuple[dict[str, Judgement], list[str]]:
    """Judge every exercise as it stood at its check cell; the judgements by exercise, and notes for the student.

    Where it is another at the end of the notebook, the better of the two counts.
    """
    exercises = key.assignment.exercises
    places = [(exercise.name, exercise.name) for exercise in exercises]
    # Where all together take too long, each exercise asks for itself.
    _ask_ahead(session, key, places, hidden=False)
    looks = {e.name: _Look.begun(session.at(e.name), e, key) for e in exercises}
    changed = session.changed([e.name for e in exercises])
    late = [e for e in exercises if e.name in changed or looks[e.name].lacks_a_name]
    again = {e.name: _Look.begun(session.at(END), e, key) for e in late}
    if not any(look.lost for look in looks.values()):
        _ask_ahead(session, key, places, hidden=True)
    judgements: dict[str, Judgement] = {}
    below: dict[str, frozenset[str]] = {}
    notes = []
    for name, look in looks.items():
        direct = look.exercise.builds_on
        below[name] = frozenset(direct).union(*(below.get(each, ()) for each in direct))
        broken = [
            each
            for each, judged in judgements.items()
            if each in below[name] and not _is_right(judged)
        ]
        judgements[name] = look.judged(key, broken)
        if name in again and judgements[name].result.outcome is not Outcome.PASSED:
            at_the_end = again[name].judged(key, broken)
            if at_the_end.result.earned > judgements[name].result.earned:
                judgements[name] = at_the_end
                notes.append(f"{name}: {AT_THE_END}")
    return judgements, notes
