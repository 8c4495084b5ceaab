"""The gate: check an assignment before it is handed out.

Everything is graded as a student's work is: a notebook, the sandbox, the judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.authoring.gate.points import fewest_cases, point_problems
from autograder.authoring.gate.simulate import expected_of
from autograder.authoring.gate.truth import SubmissionTruth, wrong_verdicts
from autograder.grading.answer_key import AnswerKey, misconceived
from autograder.grading.grade import Grader, grade_class
from autograder.hidden.catalogue import Misconception
from autograder.student.model.exercises import Exercise
from autograder.student.model.results import ExerciseResult, Outcome, Report
from autograder.submissions.ingest import Submission

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True, slots=True)
class Row:
    """One exercise in verify's table.

    fewest: the number of hidden cases that clearly separate the hardest misconception.  misnamed: the number of
    misconceptions that get the name of another.  lost, elsewhere: the points that its misconceptions cost it, and other
    exercises, which are right.
    """

    assignment: str
    exercise: str
    points: float
    visible: int
    hidden: int
    misconceptions: int
    caught: int
    named: int
    fewest: int
    misnamed: int = 0
    lost: float = 0.0
    elsewhere: float = 0.0


@dataclass(frozen=True, slots=True)
class GateResult:
    """A row for each exercise, and every problem with what to do."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]


def verify_assignment(key: AnswerKey, grader: Grader, jobs: int) -> GateResult:
    """Put one assignment through the gate."""
    name = key.assignment.name
    if not key.assignment.exercises:
        return GateResult(
            (), (f"{name}: has no exercise; add one with autograder new exercise NAME --in {name}",)
        )
    wrong = [m for own in key.misconceptions.values() for m in own]
    papers = [
        _paper("stub", stub_notebook(key.source, key.assignment)),
        _paper("reference", _filled(key, {})),
    ]
    papers += [
        _paper(_label(number, m), _filled(key, {m.exercise: misconceived(key.source, m)}))
        for number, m in enumerate(wrong)
    ]
    stub, reference, *mistaken = grade_class(grader, papers, jobs, lambda _: None)
    problems = [*_stub_problems(stub), *_reference_problems(reference)]
    for exercise in key.assignment.exercises:
        problems += _incomplete(key, exercise)
    truths = [
        SubmissionTruth(_label(number, m), name, "", True, expected_of(key, {m.exercise: m.name}))
        for number, m in enumerate(wrong)
    ]
    problems += wrong_verdicts(truths, mistaken)[1]
    problems += [*_vacuous_checks(key, mistaken), *point_problems(key)]
    rows = tuple(_row(key, exercise, mistaken) for exercise in key.assignment.exercises)
    return GateResult(rows, tuple(f"{name}: {problem}" for problem in problems))


def _label(number: int, misconception: Misconception) -> str:
    return f"{misconception.exercise}: {number}: {misconception.name}"


def _filled(key: AnswerKey, replace: Mapping[str, str]) -> NotebookNode:
    return filled_notebook(key.source, key.assignment, replace)


def _paper(student: str, notebook: NotebookNode) -> Submission:
    return Submission(student, f"{student}.ipynb", 0.0, notebook_text(notebook).encode)


def _stub_problems(report: Report) -> list[str]:
    """An untouched stub scores 0 on every exercise, as not attempted."""
    return [
        f"the stub of {r.exercise} is {r.outcome.value} with {r.earned:g} points; it must be not attempted with 0"
        for r in report.exercises
        if r.outcome is not Outcome.UNATTEMPTED or r.earned
    ] or (
        [f"the untouched notebook was not graded: {report.reason}"] if not report.exercises else []
    )


def _reference_problems(report: Report) -> list[str]:
    """The reference scores full marks without a single remark."""
    problems = [f"the reference was not graded: {report.reason}"] if not report.exercises else []
    problems += [f"the reference's notebook gets the note {note!r}" for note in report.notes]
    for r in report.exercises:
        if r.earned != r.possible:
            problems.append(f"the reference earns {r.earned:g} of {r.possible:g} on {r.exercise}")
        problems += [
            f"the reference gets a remark on {r.exercise}: {f.message}" for f in r.findings
        ]
    return problems


def _incomplete(key: AnswerKey, exercise: Exercise) -> list[str]:
    """Every exercise has hints, slides, checks of both kinds and a misconception; every part is judged by a check."""
    checks = key.checks[exercise.name]
    needs = {
        "hint (in autograder/student/checks)": exercise.hints,
        "slide (in autograder/student/checks)": exercise.slides,
        "visible check (in autograder/student/checks)": [c for c in checks if not c.hidden],
        "hidden check (in autograder/hidden)": [c for c in checks if c.hidden],
        "misconception (in autograder/hidden)": key.misconceptions[exercise.name],
    }
    problems = [
        f"{exercise.name} has no {what}; add one" for what, present in needs.items() if not present
    ]
    for kind, hidden in (("visible", False), ("hidden", True)):
        judged = {part for c in checks if c.hidden is hidden for part in c.judges.values()}
        problems += [
            f"part {p.name!r} of {exercise.name} is judged by no {kind} check"
            for p in exercise.parts
            if p.name not in judged
        ]
    unknown = {part for check in checks for part in check.judges.values()} - {
        p.name for p in exercise.parts
    }
    return problems + [
        f"a check of {exercise.name} judges the unknown part {part!r}" for part in sorted(unknown)
    ]


def _vacuous_checks(key: AnswerKey, mistaken: Sequence[Report]) -> list[str]:
    """Every check fails on some misconception of its exercise."""
    problems = []
    for name, checks in key.checks.items():
        failed = {
            f.check for _, result in _own(name, mistaken) for f in result.findings if not f.warning
        }
        idle = [check.text for check in checks if check.text not in failed]
        problems += [
            f"the check {text!r} of {name} fails on no misconception; add one that it sees"
            for text in idle
        ]
    return problems


def _own(exercise: str, mistaken: Sequence[Report]) -> list[tuple[str, ExerciseResult]]:
    """The exercise's results for its own misconceptions, with their names."""
    own = [report for report in mistaken if report.student.startswith(f"{exercise}: ")]
    return [
        (p.student.split(": ", 2)[2], r) for p in own for r in p.exercises if r.exercise == exercise
    ]


def _row(key: AnswerKey, exercise: Exercise, mistaken: Sequence[Report]) -> Row:
    checks = key.checks[exercise.name]
    own = _own(exercise.name, mistaken)
    reports = [report for report in mistaken if report.student.startswith(f"{exercise.name}: ")]
    everywhere = sum(
        result.possible - result.earned for report in reports for result in report.exercises
    )
    lost = sum(result.possible - result.earned for _, result in own)
    return Row(
        key.assignment.name,
        exercise.name,
        exercise.points,
        sum(not c.hidden for c in checks),
        sum(c.hidden for c in checks),
        len(own),
        sum(r.earned < r.possible for _, r in own),
        sum(r.diagnosis is not None and r.diagnosis.name == name for name, r in own),
        fewest_cases(key, exercise.name),
        sum(r.diagnosis is not None and r.diagnosis.name != name for name, r in own),
        lost,
        everywhere - lost,
    )
