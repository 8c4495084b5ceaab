"""What is true of a class whose answers are known, and a graded class held against it.

A truth file lies beside the submissions, never among them, and no grader reads it.
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
    """What is true of one exercise: points at least and at most, the outcome ("" if any), the mistake's name.

    mistakes: the names one of which must be given, none of them if it is empty; None if anything may be said.
    """

    least: float
    most: float
    outcome: str = ""
    mistakes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one submission; `readable` is False for a file that no grader can read."""

    student: str
    assignment: str
    file: str
    readable: bool = True
    exercises: Mapping[str, Expected] = field(default_factory=dict)


def write_truth(truths: Sequence[Truth], path: Path) -> Path:
    """Write what is true of a class as JSON."""
    rows = [
        {
            "student": t.student,
            "assignment": t.assignment,
            "file": t.file,
            "readable": t.readable,
            "exercises": {n: [e.least, e.most, e.outcome, e.mistakes] for n, e in t.exercises.items()},
        }
        for t in truths
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return path


def read_truth(path: Path) -> list[Truth]:
    """Read a truth file.  Raises MisuseError if it is none."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            Truth(
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


def _expected(least: float, most: float, outcome: str = "", mistakes: list[str] | None = None) -> Expected:
    if isinstance(mistakes, str):
        raise TypeError(f"mistakes must be a list of names, not {mistakes!r}")
    return Expected(least, most, outcome, None if mistakes is None else tuple(mistakes))


def wrong_verdicts(truths: Sequence[Truth], reports: Sequence[Report]) -> tuple[int, list[str]]:
    """How many verdicts were held against the truth, and a line for each that is wrong."""
    graded = {(r.student, r.assignment): r for r in reports if r.status is Status.GRADED}
    unreadable = [r.reason for r in reports if r.status is Status.UNREADABLE]
    count, wrong = 0, []
    for truth in truths:
        where = f"{truth.student} {truth.assignment}"
        report = graded.get((truth.student, truth.assignment))
        if not truth.readable:
            count += 1
            told = report is None and any(reason.startswith(f"{truth.file}: ") for reason in unreadable)
            wrong += [] if told else [f"{where}: should be a row with a reason"]
            continue
        count += len(truth.exercises)
        if report is None:
            wrong.append(f"{where}: was not graded")
            continue
        results = {result.exercise: result for result in report.exercises}
        for name, expected in truth.exercises.items():
            problem = _contradiction(expected, results[name]) if name in results else "has no result"
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
