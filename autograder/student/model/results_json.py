"""Exercise results as plain JSON values, and back: what every document of results holds, whoever writes it.

    exercise  exercise title outcome("passed"|"failed"|"stopped with an error"|"ran out of time"|"missing"|
              "not attempted") brief earned possible hint blocked_by diagnosis(mistake|null)
              passed[str] parts[part] findings[finding]
    part      name text earned possible
    finding   check said parts[str] tried got expected mistake(mistake|null) hidden(bool) warning(bool)
              circuit(circuit|null) printed form
    circuit   nodes[node] expected[node] wrong[str: the nodes where it goes wrong] below("gradient"|"tangent")
    node      name operation("" for an input) parents[str] value gradient: a number, "nan", "inf", "-inf" or null
    mistake   name text

Every key is always there.  `brief`, `earned` and `possible` of an exercise follow from the rest: they are written for
readers and not read back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograder.student.model.circuits import Node, WrongCircuit
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding, Outcome, PartResult


def write_exercise(result: ExerciseResult) -> dict[str, Any]:
    """An exercise's result as plain values, keys in the order of the schema."""
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
        "parts": [
            {"name": p.name, "text": p.text, "earned": p.earned, "possible": p.possible}
            for p in result.parts
        ],
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "said": finding.message,
        "parts": list(finding.parts),
        "tried": finding.tried,
        "got": finding.got,
        "expected": finding.expected,
        "mistake": _mistake(finding.mistake),
        "hidden": finding.hidden,
        "warning": finding.warning,
        "circuit": _circuit(finding.circuit),
        "printed": finding.printed,
        "form": finding.form,
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
    """A number; as a word where JSON has no notation for it."""
    return value if value is None or math.isfinite(value) else str(value)


def _mistake(mistake: Diagnosis | None) -> dict[str, str] | None:
    return None if mistake is None else {"name": mistake.name, "text": mistake.text}


def read_exercise(data: Mapping[str, Any]) -> ExerciseResult:
    """The result that `write_exercise` wrote.  KeyError, TypeError or ValueError if it is none."""
    return ExerciseResult(
        exercise=data["exercise"],
        title=data["title"],
        outcome=Outcome(data["outcome"]),
        parts=tuple(
            PartResult(p["name"], p["text"], read_points(p["earned"]), read_points(p["possible"]))
            for p in data["parts"]
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
        message=data["said"],
        parts=tuple(data["parts"]),
        tried=data["tried"],
        got=data["got"],
        expected=data["expected"],
        mistake=_read_mistake(data["mistake"]),
        hidden=data["hidden"],
        warning=data["warning"],
        circuit=_read_circuit(data["circuit"]),
        printed=data.get("printed", ""),
        form=data.get("form", ""),
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
    value, gradient = (
        None if number is None else float(number) for number in (data["value"], data["gradient"])
    )
    return Node(data["name"], data["operation"], tuple(data["parents"]), value, gradient)


def _read_mistake(data: Mapping[str, str] | None) -> Diagnosis | None:
    return None if data is None else Diagnosis(data["name"], data["text"])


def read_points(value: object) -> float:
    """A number of points; TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is not a number of points")
    return float(value)
