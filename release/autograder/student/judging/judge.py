"""Judge one exercise: run its checks on a student's code and add up the parts that hold.

The same function serves the notebook (visible checks, the kernel's namespace) and the grader (all checks, the
sandbox).  A part earns its points when none of its checks found anything wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.model.exercises import Check, Exercise, Failure, Probe, Stop, Student, Trial
from autograder.student.model.results import ExerciseResult, Finding, Outcome, PartResult

NOT_ATTEMPTED = "NotImplementedError"
NO_NAME = re.compile(r"^name '(\w+)' is not defined")
# Runs beside the student's code: which known names a function mentions, itself or through functions of its own.
MENTIONED = """
def mentioned(function):
    seen, waiting = set(), [function]
    while waiting and len(seen) < 500:
        value = waiting.pop()
        parts = vars(value).values() if isinstance(value, type) else [value]
        for code in [getattr(part, "__code__", part) for part in parts]:
            for name in getattr(code, "co_names", ()):
                if name not in seen and name not in known:
                    waiting.append(globals().get(name))
                seen.add(name)
            waiting += [c for c in getattr(code, "co_consts", ()) if hasattr(c, "co_names")]
    return [name for name in known if name in seen]
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An exercise's result, for whoever diagnoses further with the trials it came from and, if it failed, the
    exercises that the student's answer really builds on."""

    result: ExerciseResult
    trials: tuple[Trial, ...]
    builds_on: tuple[str, ...] = ()


def judge_exercise(student: Student, exercise: Exercise, checks: Sequence[Check], hint: str = "") -> Judgement:
    """Run `checks` on the student's code.  Never raises for anything that student code does.

    hint: what to tell a student whose exercise does not pass.
    """
    if not student.defined((exercise.name,)):
        return _missing(exercise)
    trials: list[Trial] = []
    with np.errstate(all="ignore"):  # whatever a notebook has set: answers may be anything, and verdicts must come
        for check in checks:
            trials.append(check.rule.judge(student, check))
            if _lost(trials[-1]):  # what follows would only run out of time again
                break
    result = _result(exercise, checks, trials, hint)
    if result.blocked_by and _is_stub(student, exercise.name):
        result = replace(result, outcome=Outcome.UNATTEMPTED, findings=(), hint="", blocked_by="")
    return Judgement(result, tuple(trials), _foundation(student, exercise, trials, result))


def _foundation(
    student: Student, exercise: Exercise, trials: Sequence[Trial], result: ExerciseResult
) -> tuple[str, ...]:
    """Of the exercises that this one may build on, those that its checks or the student's answer really call."""
    if result.outcome is Outcome.PASSED or not exercise.builds_on:
        return ()
    probed = {word for t in trials for word in re.findall(r"\w+", f"{t.check.probe.setup} {t.check.probe.call}")}
    [answer] = student.answers(
        Probe(f"mentioned({exercise.name})", ("names",), MENTIONED), [{"known": exercise.builds_on}]
    )
    called = answer.value if isinstance(answer.value, list) else []
    return tuple(name for name in exercise.builds_on if name in probed or name in called)


def _is_stub(student: Student, name: str) -> bool:
    """Whether the exercise itself is untouched, when the checks stop before they reach it: a stub raises at once,
    whatever it is given."""
    [answer] = student.answers(Probe(f"{name}(*[None] * {name}.__code__.co_argcount)", (name,)), [{}])
    return answer.failure is not None and answer.failure.type == NOT_ATTEMPTED and answer.failure.function == name


def _missing(exercise: Exercise) -> Judgement:
    finding = Finding("The function exists.", f"{exercise.name} is not defined", tuple(p.name for p in exercise.parts))
    parts = tuple(PartResult(p.name, p.text, 0.0, p.points) for p in exercise.parts)
    return Judgement(ExerciseResult(exercise.name, exercise.title, Outcome.MISSING, parts, (), (finding,)), ())


def _result(exercise: Exercise, checks: Sequence[Check], trials: Sequence[Trial], hint: str) -> ExerciseResult:
    findings = tuple(f for trial in trials for f in trial.findings)
    broken = {part for f in findings if not f.warning for part in f.parts}
    unseen = {part for check in checks[len(trials) :] for part in check.judges.values()}
    parts = tuple(
        PartResult(p.name, p.text, 0.0 if p.name in broken | unseen else p.points, p.points) for p in exercise.parts
    )
    passed = tuple(t.check.text for t in trials if all(f.warning for f in t.findings))
    # A part that none of these checks is about, because hidden ones are, tells nothing of what was attempted.
    judged = {part for check in checks for part in check.judges.values()}
    outcome, blocker = _outcome(exercise, [p for p in parts if p.name in judged] or parts, trials)
    if outcome is Outcome.UNATTEMPTED:
        findings, parts = (), tuple(replace(part, earned=0.0) for part in parts)
    return ExerciseResult(
        exercise.name,
        exercise.title,
        outcome,
        parts,
        passed,
        findings,
        hint="" if outcome in (Outcome.PASSED, Outcome.UNATTEMPTED) else hint,
        blocked_by=blocker,
    )


def _outcome(exercise: Exercise, parts: Sequence[PartResult], trials: Sequence[Trial]) -> tuple[Outcome, str]:
    """The outcome, and the name of the exercise that must be solved first if that is what stopped this one."""
    if all(p.earned == p.possible for p in parts):
        return Outcome.PASSED, ""
    failures = [a.failure for t in trials for a in t.answers if a.failure]
    undefined = {name for f in failures if f.type == "NameError" for name in NO_NAME.findall(f.message)}
    absent = next((name for name in exercise.builds_on if name in undefined), "")
    if absent:
        return Outcome.FAILED, absent
    stub = next((f for f in failures if f.type == NOT_ATTEMPTED), None)
    unfinished = stub.function.partition(".")[0] if stub else ""  # of a class, whichever method it was
    if unfinished in exercise.builds_on:
        return Outcome.FAILED, unfinished
    if stub and not any(p.earned for p in parts):
        return Outcome.UNATTEMPTED, ""
    if any(f.stop is Stop.TIMED_OUT for f in failures):
        return Outcome.TIMED_OUT, ""
    return (Outcome.ERRORED if failures else Outcome.FAILED), ""


def _lost(trial: Trial) -> bool:
    failures: list[Failure] = [a.failure for a in trial.answers if a.failure]
    return any(f.stop is not Stop.RAISED for f in failures)
