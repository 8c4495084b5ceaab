"""Reports as plain JSON, and back.

`autograder grade --json` writes one document:

    {"schema": "backprop-kit/reports/3", "reports": [report, ...]}          sorted by assignment, then student
    report      identity{identity} assignment status(a value of `Status`) reason notes[str] earned penalty
                score possible due late kept graded_at free_days(int) seconds provenance{str: str} exercises[exercise]
    identity    student file submitted attempt marked_late(bool) ids{str: str} emails[str] members[str] chosen
                first_name last_name called
    provenance  the fields of `autograder.student.model.results.Provenance`
    exercise    as in `autograder.student.model.results_json`

`report.jsonl` beside a `report.json` holds the same reports, one a line: a large class can be read line by line.

Every key is always there.  `earned` and `score` of a report follow from the rest: they are written for readers and not
read back.  `submitted` and `due` are times in ISO format with their zone, or "".  Text stands as student code produced
it, in ASCII with backslash escapes; whoever shows it escapes it for the place where it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from sys import intern
from typing import Any, TextIO

from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.student.model.results import Identity, Provenance, Report, Status
from autograder.student.model.results_json import read_exercise, read_points, write_exercise

SCHEMA = "backprop-kit/reports/3"
REPORT_FILE, LINES_FILE = "report.json", "report.jsonl"
AGAIN = "write it again with grade --json"
TOO_DEEP = "it has too many brackets in one another"


def write_json(reports: Iterable[Report], target: TextIO | Path) -> None:
    """Write all reports as one JSON document to an open text stream, or to a file, one report after the other."""
    ordered = sorted(reports, key=lambda report: (report.assignment, report.student))
    if isinstance(target, Path):
        replace_file(target, (piece.encode() for piece in _pieces(ordered)))
    else:
        target.writelines(_pieces(ordered))


def write_lines(reports: Iterable[Report], path: Path) -> None:
    """Write the reports as JSON lines, one a report, in the order in which they come."""
    replace_file(path, (f"{_escaped(json.dumps(to_dict(each)))}\n".encode() for each in reports))


def _pieces(reports: Sequence[Report]) -> Iterator[str]:
    """The document as `json.dumps` with indent 1 writes it, in pieces."""
    yield f'{{\n "schema": {json.dumps(SCHEMA)},\n "reports": ['
    for number, report in enumerate(reports):
        text = json.dumps(to_dict(report), indent=1).replace("\n", "\n  ")
        yield f"{',' if number else ''}\n  {_escaped(text)}"
    yield "\n ]\n}\n" if reports else "]\n}\n"


def _escaped(text: str) -> str:
    """The same to a reader of JSON, without what is a command to a workflow's log."""
    return text.replace("##[", "#\\u0023[")


def read_json(text: str, where: str = REPORT_FILE) -> tuple[Report, ...]:
    """The reports of a document that `write_json` wrote.

    where: the document's name in an error.  Raises MisuseError if it is none, or of an older kit.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as why:
        reason = TOO_DEEP if isinstance(why, RecursionError) else why
        raise MisuseError(f"{where}: is not JSON ({reason}); {AGAIN}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise MisuseError(
            f'{where}: its "schema" is not "{SCHEMA}"; grade the class again, or {AGAIN}'
        )
    reports = document.get("reports")
    if not isinstance(reports, list):
        raise MisuseError(f'{where}: "reports" is not a list; {AGAIN}')
    return tuple(map(from_dict, reports))


def to_dict(report: Report) -> dict[str, Any]:
    """A report as plain JSON values, keys in the order of the schema."""
    return {
        "identity": identity_to_dict(report.identity),
        "assignment": report.assignment,
        "status": report.status.value,
        "reason": report.reason,
        "notes": list(report.notes),
        "earned": report.earned,
        "penalty": report.penalty,
        "score": report.score,
        "possible": report.possible,
        "due": report.due,
        "late": report.late,
        "kept": report.kept,
        "graded_at": report.graded_at,
        "free_days": report.free_days,
        "seconds": report.seconds,
        "provenance": asdict(report.provenance),
        "exercises": [write_exercise(result) for result in report.exercises],
    }


def identity_to_dict(identity: Identity) -> dict[str, Any]:
    """An identity as plain JSON values."""
    return {
        "student": identity.student,
        "file": identity.file,
        "submitted": identity.submitted,
        "attempt": identity.attempt,
        "marked_late": identity.marked_late,
        "ids": dict(sorted(identity.ids.items())),
        "emails": list(identity.emails),
        "members": list(identity.members),
        "chosen": identity.chosen,
        "first_name": identity.first_name,
        "last_name": identity.last_name,
        "called": identity.called,
    }


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` wrote.  Raises MisuseError, naming what is missing or wrong."""
    try:
        return Report(
            identity=_identity(data["identity"]),
            assignment=data["assignment"],
            status=Status(data["status"]),
            exercises=tuple(map(read_exercise, data["exercises"])),
            notes=tuple(data["notes"]),
            reason=data["reason"],
            possible=read_points(data["possible"]),
            seconds=data["seconds"],
            provenance=read_provenance(data["provenance"]),
            due=data["due"],
            penalty=read_points(data["penalty"]),
            late=data["late"],
            kept=data["kept"],
            graded_at=_text("graded_at", data["graded_at"]),
            free_days=int(data.get("free_days", 0)),  # older files have none
        )
    except KeyError as missing:
        raise MisuseError(f"report: has no {missing}; {AGAIN}") from None
    except (TypeError, ValueError, AttributeError) as why:
        raise MisuseError(f"report: {why}; {AGAIN}") from None


def _identity(data: Mapping[str, Any]) -> Identity:
    attempt, marked_late = data["attempt"], data["marked_late"]
    if not isinstance(attempt, int) or not isinstance(marked_late, bool):
        raise TypeError(
            "identity: attempt is not a whole number, or marked_late neither true nor false"
        )
    return Identity(
        student=intern(_text("student", data["student"])),
        file=intern(_text("file", data["file"])),
        submitted=_text("submitted", data["submitted"]),
        attempt=attempt,
        marked_late=marked_late,
        ids={kind: _text(kind, value) for kind, value in data["ids"].items()},
        emails=tuple(_text("emails", email) for email in data["emails"]),
        members=tuple(_text("members", member) for member in data["members"]),
        chosen=_text("chosen", data["chosen"]),
        first_name=_text("first_name", data["first_name"]),
        last_name=_text("last_name", data["last_name"]),
        called=_text("called", data["called"]),
    )


def read_provenance(data: Mapping[str, Any]) -> Provenance:
    """What a grade rests on, as `to_dict` wrote it."""
    # Most of it is the same in a whole class, which keeps it once.
    said = {f.name: intern(_text(f.name, data[f.name])) for f in fields(Provenance)}
    return Provenance(**said)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{key!r} is not text")
    return value
