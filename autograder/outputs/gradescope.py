"""A report as Gradescope's results.json: a test an exercise, with partial credit.

Gradescope adds up the tests; a score of the whole is stated only if lateness takes something off.
Tests are visible by default: what a hidden check shows was written to be shown.  With
`after_published` students see no points before: Gradescope hides the total as soon as one test is
hidden.
Source: Gradescope's autograder specification, "Output Format".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from autograder.reports.report_json import identity_to_dict
from autograder.student.cards.card import card_text
from autograder.student.cards.wording import clean
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

MAX_OUTPUT = 20_000
VISIBLE, FULL = "visible", "sandbox: full"
LATER = "Handed in and graded. Points and findings are shown once the grades are published."
FEWER = "This machine has fewer layers of the sandbox than others ({}). No grade depends on that."
Board = Sequence[Mapping[str, Any]]


def results(report: Report, visibility: str = VISIBLE, board: Board = ()) -> dict[str, Any]:
    """The document for one submission.

    visibility: of each test, `visible`, `after_due_date` or `after_published`.  board: rows of the leaderboard.
    """
    lines = [LATER] if visibility != VISIBLE else []
    lines += [clean(report.late)] if report.late else []
    lines += [clean(note) for note in report.notes]
    wall = report.provenance.sandbox or FULL
    lines += [] if wall.startswith(FULL) else [FEWER.format(clean(wall))]
    document: dict[str, Any] = {
        "execution_time": round(report.seconds, 3),
        "output": "\n".join(lines),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "identity": identity_to_dict(report.identity),
            "provenance": asdict(report.provenance),
        },
        "tests": [
            _test(number, result, visibility) for number, result in enumerate(report.exercises, 1)
        ],
    }
    if board:
        document["leaderboard"] = list(board)
    if report.penalty:
        document["score"] = report.score
    if report.status is not Status.GRADED:
        document["score"] = 0.0
        document["output"] = clean(report.reason)
    return document


def write_results(report: Report, visibility: str = VISIBLE, board: Board = ()) -> bytes:
    """The same as JSON in UTF-8."""
    return (json.dumps(results(report, visibility, board), indent=1) + "\n").encode()


def row(name: str, value: float, *, least_first: bool = True) -> dict[str, Any]:
    """A row of the leaderboard."""
    return {"name": name, "value": value, "order": "asc" if least_first else "desc"}


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
