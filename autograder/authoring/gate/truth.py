"""The true verdicts of a class whose answers are known, and the comparison of a graded class with them.

A truth file lies next to the folder of submissions, never in it, and no grader reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import MisuseError
from autograder.student.model.results import ExerciseResult, Report, Status


@dataclass(frozen=True, slots=True)
class Expected:
    """The true verdict of one exercise: the least and the most points, the outcome ("" for any), the mistake's name.

    mistakes: one of these names must be given, and no name if it is empty; None if any name or none
    is right.
    """

    least: float
    most: float
    outcome: str = ""
    mistakes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SubmissionTruth:
    """The true verdicts of one submission; `readable` is False for a file that no grader can read."""

    student: str
    assignment: str
    file: str
    readable: bool = True
    exercises: Mapping[str, Expected] = field(default_factory=dict)


def write_truth(truths: Sequence[SubmissionTruth], path: Path) -> Path:
    """Write the true verdicts of a class as JSON."""
    rows = [
        {
            "student": t.student,
            "assignment": t.assignment,
            "file": t.file,
            "readable": t.readable,
            "exercises": {
                n: [e.least, e.most, e.outcome, e.mistakes] for n, e in t.exercises.items()
            },
        }
        for t in truths
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return path


def read_truth(path: Path) -> list[SubmissionTruth]:
    """Read a truth file.  Raises MisuseError for any other file."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            SubmissionTruth(
                row["student"],
                row["assignment"],
                row["file"],
                row["readable"],
                {name: _expected(*values) for name, values in row["exercises"].items()},
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MisuseError(f"{path}: is not a truth file of a simulated class ({error!r})") from None


def _expected(
    least: float, most: float, outcome: str = "", mistakes: list[str] | None = None
) -> Expected:
    if isinstance(mistakes, str):
        raise TypeError(f"mistakes must be a list of names, not {mistakes!r}")
    return Expected(least, most, outcome, None if mistakes is None else tuple(mistakes))


def wrong_verdicts(
    truths: Sequence[SubmissionTruth], reports: Sequence[Report]
) -> tuple[int, list[str]]:
    """Compare reports with the truth; return the number of verdicts, and a line for each wrong one."""
    graded = {(r.student, r.assignment): r for r in reports if r.status is Status.GRADED}
    unreadable = [r.reason for r in reports if r.status is Status.UNREADABLE]
    count, wrong = 0, []
    for truth in truths:
        where = f"{truth.student} {truth.assignment}"
        report = graded.get((truth.student, truth.assignment))
        if not truth.readable:
            count += 1
            named = any(reason.startswith(f"{truth.file}: ") for reason in unreadable)
            if report is not None or not named:
                wrong.append(f"{where}: should be a row with a reason")
            continue
        count += len(truth.exercises)
        if report is None:
            wrong.append(f"{where}: was not graded")
            continue
        results = {result.exercise: result for result in report.exercises}
        for name, expected in truth.exercises.items():
            problem = (
                _contradiction(expected, results[name]) if name in results else "has no result"
            )
            wrong += [f"{where} {name}: {problem}"] if problem else []
    return count, wrong


def _contradiction(expected: Expected, result: ExerciseResult) -> str:
    if not expected.least - 1e-9 <= result.earned <= expected.most + 1e-9:
        return f"earned {result.earned:g}, true is {expected.least:g} to {expected.most:g}"
    if expected.outcome and result.outcome.value != expected.outcome:
        return f"is {result.outcome.value!r}, true is {expected.outcome!r}"
    named = result.diagnosis.name if result.diagnosis else ""
    if expected.mistakes is not None and named not in (expected.mistakes or ("",)):
        return f"is diagnosed as {named!r}, true is {' or '.join(map(repr, expected.mistakes)) or 'no known mistake'}"
    return ""
