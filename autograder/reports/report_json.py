"""Reports as plain JSON, and back.

`autograder grade --json` writes one document:

    {"schema": "backprop-kit/reports/1", "reports": [report, ...]}          sorted by assignment, then student
    report    student assignment status("graded"|"unreadable"|"stopped") reason notes[str] earned penalty score
              possible submitted due late seconds evidence{str: str} exercises[exercise]
    exercise  as in `autograder.student.model.results_json`

Every key is always there.  `earned` and `score` of a report follow from the rest: they are written for readers and not
read back.  `submitted` and `due` are times in ISO format with their zone, or "".  Text stands as student code produced
it, in ASCII with backslash escapes; whoever shows it escapes it for the place where it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.student.model.results import Report, Status
from autograder.student.model.results_json import read_exercise, read_points, write_exercise

SCHEMA = "backprop-kit/reports/1"
REPORT_FILE = "report.json"
EVIDENCE, EVIDENCE_SCHEMA = "evidence", "backprop-kit/evidence/1"


def write_json(reports: Iterable[Report], target: TextIO | Path) -> None:
    """Write all reports as one JSON document to an open text stream or a file."""
    ordered = sorted(reports, key=lambda report: (report.assignment, report.student))
    text = json.dumps({"schema": SCHEMA, "reports": [to_dict(report) for report in ordered]}, indent=1) + "\n"
    text = text.replace("##[", "#\\u0023[")  # the same to a reader of JSON; the other is a command to a workflow's log
    if isinstance(target, Path):
        replace_file(target, text.encode())
    else:
        target.write(text)


def read_json(text: str) -> tuple[Report, ...]:
    """The reports of a document that `write_json` wrote.  Raises MisuseError if it is none."""
    try:
        document = json.loads(text)
    except ValueError as why:
        raise MisuseError(f"report file: is not JSON ({why}); write it again with grade --json") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise MisuseError(f'report file: its "schema" is not "{SCHEMA}"; write it again with grade --json')
    reports = document.get("reports")
    if not isinstance(reports, list):
        raise MisuseError('report file: "reports" is not a list; write it again with grade --json')
    return tuple(map(from_dict, reports))


def to_dict(report: Report) -> dict[str, Any]:
    """A report as plain JSON values, keys in the order of the schema."""
    return {
        "student": report.student,
        "assignment": report.assignment,
        "status": report.status.value,
        "reason": report.reason,
        "notes": list(report.notes),
        "earned": report.earned,
        "penalty": report.penalty,
        "score": report.score,
        "possible": report.possible,
        "submitted": report.submitted,
        "due": report.due,
        "late": report.late,
        "seconds": report.seconds,
        "evidence": dict(sorted(report.evidence.items())),
        "exercises": [write_exercise(result) for result in report.exercises],
    }


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` wrote.  Raises MisuseError, naming what is missing or wrong."""
    try:
        return Report(
            student=data["student"],
            assignment=data["assignment"],
            status=Status(data["status"]),
            exercises=tuple(map(read_exercise, data["exercises"])),
            notes=tuple(data["notes"]),
            reason=data["reason"],
            possible=read_points(data["possible"]),
            seconds=data["seconds"],
            evidence=_texts(data["evidence"]),
            submitted=data["submitted"],
            due=data["due"],
            penalty=read_points(data["penalty"]),
            late=data["late"],
        )
    except KeyError as missing:
        raise MisuseError(f"report: has no {missing}; write it again with grade --json") from None
    except (TypeError, ValueError, AttributeError) as why:
        raise MisuseError(f"report: {why}; write it again with grade --json") from None


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    for key, value in data.items():
        if not isinstance(value, str):
            raise TypeError(f"evidence {key!r} is no text")
    return dict(data)
