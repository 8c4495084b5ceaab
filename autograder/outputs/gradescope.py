"""A report as Gradescope's results.json: a test an exercise, with partial credit.

The score of the whole is left to Gradescope, which adds up the tests, unless lateness takes something off.  No test is
hidden: one that is hides the student's total, and nothing of ours needs hiding, for what a hidden check shows was
written to be shown.
Source: Gradescope's autograder specification, "Output Format".
"""

from __future__ import annotations

import json
from typing import Any

from autograder.student.card import card_text
from autograder.student.results import ExerciseResult, Outcome, Report, Status
from autograder.student.wording import clean

MAX_OUTPUT = 20_000


def results(report: Report, visibility: str = "visible") -> dict[str, Any]:
    """The document for one submission.

    visibility: of each test, `visible`, `after_due_date` or `after_published`.
    """
    said = [*([clean(report.late)] if report.late else []), *(clean(note) for note in report.notes)]
    document: dict[str, Any] = {
        "execution_time": round(report.seconds, 3),
        "output": "\n".join(said),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"evidence": dict(report.evidence)},
        "tests": [_test(number, result, visibility) for number, result in enumerate(report.exercises, 1)],
    }
    if report.penalty:
        document["score"] = report.score
    if report.status is not Status.GRADED:
        document["score"] = 0.0
        document["output"] = clean(report.reason)
    return document


def write_results(report: Report, visibility: str = "visible") -> bytes:
    """The same as JSON in UTF-8."""
    return (json.dumps(results(report, visibility), indent=1) + "\n").encode()


def _test(number: int, result: ExerciseResult, visibility: str) -> dict[str, Any]:
    return {
        "number": str(number),
        "name": clean(result.exercise),
        "score": result.earned,
        "max_score": result.possible,
        "status": "passed" if result.outcome is Outcome.PASSED else "failed",
        "output": clean(card_text(result))[:MAX_OUTPUT],
        "visibility": visibility,
    }
