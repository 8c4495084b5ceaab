"""Reports as plain JSON, and back.

`autograder grade --json` writes one document:

    {"schema": "backprop-kit/reports/1", "reports": [report, ...]}          sorted by assignment, then student
    report    student assignment status("graded"|"unreadable"|"stopped") reason notes[str] earned penalty score
              possible submitted due late seconds evidence{str: str} exercises[exercise]
    exercise  exercise title outcome("passed"|"failed"|"stopped with an error"|"ran out of time"|"missing"|
              "not attempted") brief earned possible hint blocked_by diagnosis(mistake|null) passed[str]
              parts[part] findings[finding]
    part      name text earned possible
    finding   check said parts[str] tried got expected mistake(mistake|null) hidden(bool) warning(bool)
              circuit(circuit|null)
    circuit   nodes[node] expected[node] wrong[str: the nodes where it goes wrong] below("gradient"|"tangent")
    node      name operation("" for an input) parents[str] value gradient: a number, "nan", "inf", "-inf" or null
    mistake   name text

Every key is always there.  `brief`, and `earned` and `possible` of an exercise and `earned` and `score` of a report,
follow from the rest: they are written for readers and not read back.  `submitted` and `due` are times in ISO format
with their zone, or "".  Text stands as student code produced it, in ASCII with
backslash escapes; whoever shows it escapes it for the place where it is shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from autograder.atomic import replace_file
from autograder.errors import MisuseError
from autograder.student.circuits import Node, WrongCircuit
from autograder.student.results import Diagnosis, ExerciseResult, Finding, Outcome, PartResult, Report, Status

SCHEMA = "backprop-kit/reports/1"


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
        "exercises": [_exercise(result) for result in report.exercises],
    }


def from_dict(data: Mapping[str, Any]) -> Report:
    """The report that `to_dict` wrote.  Raises MisuseError, naming what is missing or wrong."""
    try:
        return Report(
            student=data["student"],
            assignment=data["assignment"],
            status=Status(data["status"]),
            exercises=tuple(map(_read_exercise, data["exercises"])),
            notes=tuple(data["notes"]),
            reason=data["reason"],
            possible=_points(data["possible"]),
            seconds=data["seconds"],
            evidence=_texts(data["evidence"]),
            submitted=data["submitted"],
            due=data["due"],
            penalty=_points(data["penalty"]),
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


def _points(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number of points")
    return float(value)


def _exercise(result: ExerciseResult) -> dict[str, Any]:
    return {
        "exercise": result.exercise,
        "title": result.title,
        "outcome": result.outcome.value,
        "brief": result.brief,
        "earned": result.earned,
        "possible": result.possible,
        "hint": result.hint,
        "blocked_by": result.blocked_by,
        "diagnosis": _mistake(result.diagnosis),
        "passed": list(result.passed),
        "parts": [{"name": p.name, "text": p.text, "earned": p.earned, "possible": p.possible} for p in result.parts],
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "said": finding.said,
        "parts": list(finding.parts),
        "tried": finding.tried,
        "got": finding.got,
        "expected": finding.expected,
        "mistake": _mistake(finding.mistake),
        "hidden": finding.hidden,
        "warning": finding.warning,
        "circuit": _circuit(finding.circuit),
    }


def _circuit(circuit: WrongCircuit | None) -> dict[str, Any] | None:
    if circuit is None:
        return None
    return {
        "nodes": list(map(_node, circuit.nodes)),
        "expected": list(map(_node, circuit.expected)),
        "wrong": list(circuit.wrong),
        "below": circuit.below,
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "operation": node.operation,
        "parents": list(node.parents),
        "value": _number(node.value),
        "gradient": _number(node.gradient),
    }


def _number(value: float | None) -> float | str | None:
    """A number that JSON has no sign for as a word."""
    return value if value is None or math.isfinite(value) else str(value)


def _mistake(mistake: Diagnosis | None) -> dict[str, str] | None:
    return None if mistake is None else {"name": mistake.name, "text": mistake.text}


def _read_exercise(data: Mapping[str, Any]) -> ExerciseResult:
    return ExerciseResult(
        exercise=data["exercise"],
        title=data["title"],
        outcome=Outcome(data["outcome"]),
        parts=tuple(
            PartResult(p["name"], p["text"], _points(p["earned"]), _points(p["possible"])) for p in data["parts"]
        ),
        passed=tuple(data["passed"]),
        findings=tuple(map(_read_finding, data["findings"])),
        diagnosis=_read_mistake(data["diagnosis"]),
        hint=data["hint"],
        blocked_by=data["blocked_by"],
    )


def _read_finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        check=data["check"],
        said=data["said"],
        parts=tuple(data["parts"]),
        tried=data["tried"],
        got=data["got"],
        expected=data["expected"],
        mistake=_read_mistake(data["mistake"]),
        hidden=data["hidden"],
        warning=data["warning"],
        circuit=_read_circuit(data["circuit"]),
    )


def _read_circuit(data: Mapping[str, Any] | None) -> WrongCircuit | None:
    if data is None:
        return None
    return WrongCircuit(
        tuple(map(_read_node, data["nodes"])),
        tuple(map(_read_node, data["expected"])),
        tuple(data["wrong"]),
        data["below"],
    )


def _read_node(data: Mapping[str, Any]) -> Node:
    value, gradient = (None if number is None else float(number) for number in (data["value"], data["gradient"]))
    return Node(data["name"], data["operation"], tuple(data["parents"]), value, gradient)


def _read_mistake(data: Mapping[str, str] | None) -> Diagnosis | None:
    return None if data is None else Diagnosis(data["name"], data["text"])
