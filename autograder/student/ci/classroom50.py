"""A report as classroom50/result/v1: a test an exercise, points in whole numbers.

Points that are no whole numbers are told in the smallest unit that makes all of them whole; each test says in `points`
what was earned before that.  Who and where is left blank: the runner fills it in.
Source: Classroom 50's runner, schema "classroom50/result/v1".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from autograder.student.cards.card import card_text
from autograder.student.cards.wording import clean, clip, points
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

SCHEMA = "classroom50/result/v1"
IDENTITY = (
    "classroom",
    "assignment",
    "assignment_type",
    "owner",
    "submission",
    "commit",
    "release",
    "review",
)
MAX_MESSAGE = 4000


def result(report: Report, datetime: str = "") -> dict[str, Any]:
    """The document of one report.  datetime: when it was graded, in ISO 8601."""
    unit = _unit(part for e in report.exercises for p in e.parts for part in (p.earned, p.possible))
    unit = math.lcm(
        unit, _unit([report.possible, report.score])
    )  # what lateness costs may be any share
    blank = dict.fromkeys(IDENTITY, "") | {
        "assignment": report.assignment,
        "assignment_type": "individual",
    }
    tests = [_test(exercise, unit) for exercise in report.exercises]
    if report.status is not Status.GRADED:
        nothing = {"passed": False, "score": 0, "max-score": round(report.possible * unit)}
        tests = [
            {
                "test-name": "the notebook is read",
                **nothing,
                "message": clip(report.reason, MAX_MESSAGE),
            }
        ]
    scores = {"score": round(report.score * unit), "max-score": round(report.possible * unit)}
    return {"schema": SCHEMA, **blank, "datetime": datetime, **scores, "tests": tests}


def write_result(report: Report, datetime: str = "") -> bytes:
    """The same as JSON in UTF-8."""
    return (json.dumps(result(report, datetime), indent=1) + "\n").encode()


def _test(exercise: ExerciseResult, unit: int) -> dict[str, Any]:
    return {
        "test-name": clean(exercise.exercise),
        "passed": exercise.outcome is Outcome.PASSED,
        "score": round(exercise.earned * unit),
        "max-score": round(exercise.possible * unit),
        "message": ""
        if exercise.outcome is Outcome.PASSED
        else clip(card_text(exercise), MAX_MESSAGE),
        "points": points(exercise.earned, exercise.possible),
    }


def _unit(values: Iterable[float]) -> int:
    """Into how many a point must be divided for all values to be whole numbers; thirds and the like are found too."""
    return math.lcm(*(Fraction(value).limit_denominator(1000).denominator for value in values))
