"""A report for the autograding reporter of GitHub Classroom: a runner an exercise, a test a part.

The reporter's console counts passed tests (passes / tests × max_score), its notice adds up scores.  A part is earned as
a whole or not at all, so that both agree where the parts of an exercise weigh the same.
Source: classroom-resources/autograding-grading-reporter, src/main.js and src/notify-classroom.js.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from autograder.student.cards.wording import SENTENCE, clip
from autograder.student.ci.cells import Place
from autograder.student.ci.github import NO_PLACES
from autograder.student.model.results import ExerciseResult, Outcome, PartResult, Report, Status

ERRORS = (Outcome.ERRORED, Outcome.TIMED_OUT)


def runners(
    report: Report, file: str, places: Mapping[str, Place] = NO_PLACES
) -> dict[str, dict[str, Any]]:
    """The document of each runner by the runner's id: an exercise's name, or "notebook" if it could not be graded.

    file, places: as for annotations.
    """
    if report.status is not Status.GRADED:
        test = _test("the notebook is read", "error", 0.0, report.reason, Place(file))
        return {
            "notebook": {
                "version": 1,
                "status": "error",
                "max_score": report.possible,
                "tests": [test],
            }
        }
    return {
        result.exercise: _runner(result, places.get(result.exercise, Place(file)))
        for result in report.exercises
    }


def step_outputs(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """The lines for $GITHUB_OUTPUT: an output a runner, named after it, with its document in base64.

    The reporter is given `runners: a,b` and in its environment A_RESULTS and B_RESULTS, one an
    output.
    """
    lines = []
    for name, document in documents.items():
        encoded = base64.b64encode(json.dumps(document).encode()).decode()
        lines.append(f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)}={encoded}\n")
    return "".join(lines)


def _runner(result: ExerciseResult, place: Place) -> dict[str, Any]:
    status = (
        "pass"
        if result.outcome is Outcome.PASSED
        else "error"
        if result.outcome in ERRORS
        else "fail"
    )
    tests = [_part(result, part, place) for part in result.parts]
    return {"version": 1, "status": status, "max_score": result.possible, "tests": tests}


def _part(result: ExerciseResult, part: PartResult, place: Place) -> dict[str, Any]:
    right = part.earned == part.possible
    status = "pass" if right else "error" if result.outcome in ERRORS else "fail"
    said = [f.message for f in result.findings if part.name in f.parts and not f.warning]
    message = "" if right else next(iter(said), result.brief)
    return _test(f"{result.exercise}: {part.text}", status, part.earned, message, place)


def _test(name: str, status: str, score: float, message: str, place: Place) -> dict[str, Any]:
    return {
        "name": clip(name, SENTENCE),
        "status": status,
        "score": score,
        "message": clip(message, SENTENCE),
        "test_code": "",
        "filename": place.file,
        "line_no": place.first,
        "duration": 0,
    }
