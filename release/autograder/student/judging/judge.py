"""Judge one exercise: run its checks on a student's code and add up the parts that hold.

The same function serves the notebook (visible checks, the kernel's namespace) and the grader (all checks, the
sandbox).  A part earns its points when none of its checks found anything wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.judging.findings import expected_answer, numbers_of, one_voice, with_print
from autograder.student.judging.stops import NO_NAME
from autograder.student.model.exercises import (
    Answer,
    Assignment,
    Case,
    Check,
    Exercise,
    Failure,
    Part,
    Probe,
    Stop,
    Student,
    Trial,
)
from autograder.student.model.results import (
    DEPENDS_ON_INPUTS,
    ExerciseResult,
    Finding,
    Outcome,
    PartResult,
)

NOT_ATTEMPTED = "NotImplementedError"
# Runs beside the student's code: which known names a function mentions, itself or through functions of its own.
MENTIONED = """
import dis

def found(name):
    try:
        return globals()[name]
    except KeyError:
        return None

def mentioned(function):
    seen, waiting = set(), [function]
    while waiting and len(seen) < 500:
        value = waiting.pop()
        parts = vars(value).values() if isinstance(value, type) else [value]
        for code in [getattr(part, "__code__", part) for part in parts]:
            read = dis.get_instructions(code) if hasattr(code, "co_names") else ()
            for name in {step.argval for step in read if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}:
                if name not in seen and name not in known:
                    waiting.append(found(name))
                seen.add(name)
            waiting += [c for c in getattr(code, "co_consts", ()) if hasattr(c, "co_names")]
    return [name for name in known if name in seen]
"""


# Runs beside the student's code: functions of its own whose names are like one that is not there.
ALIKE = """
import difflib

def alike(name, known):
    students = vars(globals()).get("_students", {})
    own = [each for each in students if callable(students[each]) and each not in known]
    words = {each.lower().replace("_", ""): each for each in own}
    near = difflib.get_close_matches(name.lower().replace("_", ""), words, cutoff=0.75)
    return [words[each] for each in near]
"""
# Runs beside the student's code: whether a function that stopped as a stub holds lines of its own.
OWN_LINES = """
import ast
import linecache

def has_own_lines(owner, place):
    parts = vars(owner).values() if isinstance(owner, type) else [owner]
    files = [part.__code__.co_filename for part in parts if hasattr(part, "__code__")]
    text = "".join(linecache.getlines(files[0])) if files else ""
    node = ast.parse(text)
    for name in place.split("."):
        found = [each for each in node.body if getattr(each, "name", "") == name]
        if not found:
            return False
        node = found[-1]
    lines = enumerate(text.splitlines()[:node.end_lineno], start=1)
    marks = [n for n, line in lines if n > node.lineno and line.strip() == "# YOUR CODE HERE"]
    own = [each for each in node.body if each.lineno > max(marks, default=0)]
    return len([each for each in own if not empty(each)]) > 1

def empty(statement):
    text = isinstance(getattr(statement, "value", None), ast.Constant)
    return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and text)
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An exercise's result, the trials it came from and, if it failed, what the student's answer builds on.

    builds_on: the names of those exercises that the answer really calls.  carried: those wrong ones on top of which it
    is right, where it is.  own: it is wrong even so, by a mistake of its own.
    """

    result: ExerciseResult
    trials: tuple[Trial, ...]
    builds_on: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    own: bool = False


def judge_exercise(
    student: Student, exercise: Exercise, checks: Sequence[Check], hint: str = ""
) -> Judgement:
    """Run `checks` on the student's code.  Never raises for anything that student code does.

    hint: what to tell a student whose exercise does not pass.
    """
    return conclude(student, exercise, checks, run_checks(student, exercise, checks), hint)


def judge_now(student: Student, check: Check) -> Trial:
    """The trial of a check, by its rule."""
    return check.rule.judge(student, check)


def run_checks(
    student: Student,
    exercise: Exercise,
    checks: Sequence[Check],
    earlier: Sequence[Trial] = (),
    judge: Callable[[Student, Check], Trial] = judge_now,
) -> tuple[Trial, ...]:
    """Run `checks` in their order, up to one that loses the student's process; none if nothing is defined.

    earlier: trials of the same exercise, after which it may be lost already.  They show that it is defined.
    judge: makes the trial of one check.
    """
    trials: list[Trial] = []
    if any(map(ended_process, earlier)) or not (earlier or student.defined((exercise.name,))):
        return ()
    # Answers may hold anything, and a notebook may have asked numpy to raise.
    with np.errstate(all="ignore"):
        for check in checks:
            trials.append(with_print(judge(student, check)))
            if ended_process(trials[-1]):  # what follows would only run out of time again
                break
    return tuple(trials)


def conclude(
    student: Student,
    exercise: Exercise,
    checks: Sequence[Check],
    trials: Sequence[Trial],
    hint: str = "",
) -> Judgement:
    """Judge an exercise by the trials of its checks, which come first in `checks`; no trials: it is not defined."""
    if checks and not trials:
        return _missing(exercise)
    result = _result(exercise, checks, trials, hint)
    if result.blocked_by and _is_stub(student, exercise.name):
        result = replace(result, outcome=Outcome.UNATTEMPTED, findings=(), hint="", blocked_by="")
    if result.outcome is Outcome.UNATTEMPTED:
        result = _with_raise_left(student, result, trials)
    return Judgement(result, tuple(trials), _foundation(student, exercise, trials, result))


def _with_raise_left(
    student: Student, result: ExerciseResult, trials: Sequence[Trial]
) -> ExerciseResult:
    """The result of an answer that stops at the line of its stub: an attempt if it holds lines of its own."""
    name = result.exercise
    place = next((p for p in _stub_places(_failures(trials)) if p.split(".")[0] == name), "")
    probe = Probe(f"has_own_lines({name}, {place!r})", ("own",), OWN_LINES)
    if not place or student.answers(probe, [{}])[0].value is not True:
        return result
    said = f"{place} still holds the line raise NotImplementedError(): delete it"
    parts = tuple(part.name for part in result.parts)
    finding = Finding("Your lines run to their end.", said, parts)
    return replace(result, outcome=Outcome.ERRORED, findings=(finding,))


def _foundation(
    student: Student, exercise: Exercise, trials: Sequence[Trial], result: ExerciseResult
) -> tuple[str, ...]:
    """Those exercises that this one may build on and that its checks or the student's answer really call."""
    if result.outcome is Outcome.PASSED or not exercise.builds_on:
        return ()
    probes = [f"{trial.check.probe.setup} {trial.check.probe.call}" for trial in trials]
    probed = set(re.findall(r"\w+", "\n".join(probes)))
    [answer] = student.answers(
        Probe(f"mentioned({exercise.name})", ("names",), MENTIONED), [{"known": exercise.builds_on}]
    )
    listed = answer.value if isinstance(answer.value, list) else []
    called = {name for name in listed if isinstance(name, str)}
    return tuple(name for name in exercise.builds_on if name in probed or name in called)


def _is_stub(student: Student, name: str) -> bool:
    """Whether the exercise is untouched, where the checks stop before they reach it.

    A stub raises at once, whatever it is given.
    """
    [answer] = student.answers(
        Probe(f"{name}(*[None] * {name}.__code__.co_argcount)", (name,)), [{}]
    )
    return (
        answer.failure is not None
        and answer.failure.type == NOT_ATTEMPTED
        and answer.failure.function == name
    )


def _missing(exercise: Exercise) -> Judgement:
    said = f"{exercise.name} is not defined"
    finding = Finding("The function exists.", said, tuple(p.name for p in exercise.parts))
    parts = tuple(PartResult(p.name, p.text, 0.0, p.points) for p in exercise.parts)
    return Judgement(
        ExerciseResult(exercise.name, exercise.title, Outcome.MISSING, parts, (), (finding,)), ()
    )


def with_renamed(
    student: Student, assignment: Assignment, result: ExerciseResult
) -> ExerciseResult:
    """The result of an exercise that is missing, with the student's function of a similar name."""
    if result.outcome is not Outcome.MISSING:
        return result
    given = {"wanted": result.exercise, "known": [e.name for e in assignment.exercises]}
    names = student.answers(Probe("alike(wanted, known)", ("names",), ALIKE), [given])[0].value
    near = names[0] if isinstance(names, list) and names else None
    if not isinstance(near, str) or not near.isidentifier():
        return result
    said = f"{result.exercise} is not defined, {near} is: did you mean {result.exercise}?"
    return replace(result, findings=(replace(result.findings[0], message=said),))


def _result(
    exercise: Exercise, checks: Sequence[Check], trials: Sequence[Trial], hint: str
) -> ExerciseResult:
    findings = one_voice([finding for trial in trials for finding in trial.findings])
    lost = {part for finding in findings if not finding.warning for part in finding.parts}
    for check in checks[len(trials) :]:  # they did not run
        lost.update(check.judges.values())
    names = tuple(part.name for part in exercise.parts)
    if lost and lost < set(names) and _is_constant(trials):
        lost.update(names)
        text = "your answer is the same for all inputs, so it earns nothing"
        findings = (*findings, Finding(DEPENDS_ON_INPUTS, text, names))
    parts = tuple(_part_result(part, lost=part.name in lost) for part in exercise.parts)
    # A part that none of these checks judges, because hidden ones do, does not show what was attempted.
    judged = {part for check in checks for part in check.judges.values()}
    shown = [part for part in parts if part.name in judged] or parts
    outcome, blocker = _outcome(exercise, shown, trials)
    if outcome is Outcome.UNATTEMPTED:
        findings, parts = (), tuple(replace(part, earned=0.0) for part in parts)
    return ExerciseResult(
        exercise.name,
        exercise.title,
        outcome,
        parts,
        tuple(t.check.text for t in trials if all(f.warning for f in t.findings)),
        findings,
        hint="" if outcome in (Outcome.PASSED, Outcome.UNATTEMPTED) else hint,
        blocked_by=blocker,
    )


def _is_constant(trials: Sequence[Trial]) -> bool:
    """Whether every answer is one and the same number, although the right ones differ."""
    got, right = defaultdict[str, set[float]](set), defaultdict[str, set[float]](set)
    for check, case, answer in _answered(trials):
        for name in check.judges:
            numbers = numbers_of(check, name, answer)
            if not isinstance(numbers, str):
                got[name].update(np.unique(numbers).tolist())
            right[name].update(np.unique(expected_answer(case, name)).tolist())
    varied = [name for name, numbers in right.items() if len(numbers) > 1]
    return bool(varied) and all(len(got[name]) == 1 for name in varied)


def _answered(trials: Sequence[Trial]) -> Iterator[tuple[Check, Case, Answer]]:
    """Every answer, of which it is known what is right."""
    for trial in trials:
        for case, answer in zip(trial.check.cases, trial.answers, strict=False):
            if isinstance(case.expected, Mapping):
                yield trial.check, case, answer


def _part_result(part: Part, *, lost: bool) -> PartResult:
    return PartResult(part.name, part.text, 0.0 if lost else part.points, part.points)


def _outcome(
    exercise: Exercise, parts: Sequence[PartResult], trials: Sequence[Trial]
) -> tuple[Outcome, str]:
    """The outcome, and the name of the exercise that must be solved first if that one stopped this one."""
    if all(part.earned == part.possible for part in parts):
        return Outcome.PASSED, ""
    failures = _failures(trials)
    stub = _unfinished(failures)
    blocker = _blocker(exercise, trials)
    if blocker:
        return Outcome.FAILED, blocker
    own = stub is not None and stub not in exercise.builds_on
    if own and not any(part.earned for part in parts):
        return Outcome.UNATTEMPTED, ""
    if any(failure.stop is Stop.TIMED_OUT for failure in failures):
        return Outcome.TIMED_OUT, ""
    return (Outcome.ERRORED if failures else Outcome.FAILED), ""


def _blocker(exercise: Exercise, trials: Sequence[Trial]) -> str:
    """The exercise that this one builds on and that stopped every case of each check that failed; "" if there is none.

    A check that failed in one case for another reason has not failed for this one alone.
    """
    blockers: list[str] = []
    for trial in trials:
        if not all(finding.warning for finding in trial.findings):
            blockers += [_stopped_by(exercise, answer) for answer in trial.answers]
    return blockers[0] if blockers and all(blockers) else ""


def _stopped_by(exercise: Exercise, answer: Answer) -> str:
    """The exercise that this one builds on and that stopped one call, since it is a stub or not there; or ""."""
    failures = [answer.failure] if answer.failure else []
    names = (_undefined(exercise, failures), _unfinished(failures))
    return next((name for name in names if name in exercise.builds_on), None) or ""


def _undefined(exercise: Exercise, failures: Sequence[Failure]) -> str | None:
    """The first exercise that this one builds on whose name is not defined."""
    messages = [failure.message for failure in failures if failure.type == "NameError"]
    undefined = {name for message in messages for name in NO_NAME.findall(message)}
    return next((name for name in exercise.builds_on if name in undefined), None)


def _unfinished(failures: Sequence[Failure]) -> str | None:
    """The function that stopped first because it is a stub; of a method, its class."""
    return next((place.partition(".")[0] for place in _stub_places(failures)), None)


def _stub_places(failures: Sequence[Failure]) -> list[str]:
    """The functions and methods that stopped because they are stubs."""
    return [failure.function for failure in failures if failure.type == NOT_ATTEMPTED]


def _failures(trials: Sequence[Trial]) -> list[Failure]:
    return [answer.failure for trial in trials for answer in trial.answers if answer.failure]


def ended_process(trial: Trial) -> bool:
    """Whether the student's process ran out of time or died."""
    return any(a.failure.stop is not Stop.RAISED for a in trial.answers if a.failure)
