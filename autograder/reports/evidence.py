"""The evidence of one grade: the whole report, sealed so that a change of it, or of whose it is, is seen.

    {"schema": "backprop-kit/evidence/3", "seal": "...", "report": {...}}     the report as in report.json

The seal is a hash of the report that only the course's seed can make.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import MisuseError
from autograder.reports.report_json import to_dict
from autograder.student.model.results import Report

EVIDENCE, SCHEMA = "evidence", "backprop-kit/evidence/3"
CURE = "name a file of graded/evidence/, or grade the class again"
Seal = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class SealedReport:
    """What an evidence file says: the report as plain values, and its seal."""

    report: dict[str, Any]
    seal: str

    def is_sealed(self, seal: Seal) -> bool:
        """Whether nothing was changed since the file was written."""
        return self.seal == seal(_canonical(self.report))


def write_evidence(report: Report, seal: Seal) -> bytes:
    """The evidence file of a report."""
    values = to_dict(report)
    document = {"schema": SCHEMA, "seal": seal(_canonical(values)), "report": values}
    return (json.dumps(document, indent=1) + "\n").encode()


def read_evidence(path: Path) -> SealedReport:
    """The content of an evidence file.  MisuseError if the file is none, or of an older kit."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MisuseError(f"{path}: cannot be read as evidence ({error}); {CURE}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise MisuseError(f'{path}: its "schema" is not "{SCHEMA}"; {CURE}')
    report = document.get("report")
    if not isinstance(report, dict):
        raise MisuseError(f"{path}: holds no report; {CURE}")
    return SealedReport(report, str(document.get("seal", "")))


def _canonical(report: dict[str, Any]) -> bytes:
    """The same bytes for equal values, in whatever order a file lists its keys."""
    return json.dumps(report, sort_keys=True, separators=(",", ":")).encode()
