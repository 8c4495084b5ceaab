"""Hand reports to the platform that a student's repository lives on, as its environment asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from autograder.student.cards.card import card_text
from autograder.student.cards.wording import SENTENCE, clip, points
from autograder.student.ci import classroom, classroom50, github
from autograder.student.ci.cells import Place
from autograder.student.model.results import Outcome, Report, Status

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"


class Platform(Enum):
    """What reports are written for in a student's repository."""

    GITHUB = "github"
    CLASSROOM = "classroom"
    CLASSROOM50 = "classroom50"


@dataclass(frozen=True, slots=True)
class Handed:
    """A report with the file that it is about, and where in it each exercise is answered."""

    report: Report
    file: str
    places: Mapping[str, Place]

    @property
    def passed(self) -> bool:
        """Whether everything passed."""
        graded = self.report.status is Status.GRADED
        return graded and all(e.outcome is Outcome.PASSED for e in self.report.exercises)


def found(environ: Mapping[str, str]) -> tuple[Platform, ...]:
    """What the environment asks for: a job summary where a step of GitHub Actions has one."""
    return (Platform.GITHUB,) if environ.get(SUMMARY) else ()


def text_of(handed: Handed) -> str:
    """A report for a log: exercises that did not pass, and the points.  No line of it is a command of a workflow."""
    report = handed.report
    if report.status is not Status.GRADED:
        return github.harmless(clip(f"{handed.file}: {report.reason}", SENTENCE))
    cards = [card_text(e) for e in report.exercises if e.outcome is not Outcome.PASSED]
    notes = [clip(f"note: {note}", SENTENCE) for note in report.notes]
    late = [clip(report.late, SENTENCE)] if report.late else []
    total = f"{clip(handed.file, SENTENCE)}: {points(report.score, report.possible)}"
    return github.harmless("\n\n".join([*cards, *notes, *late, total]))


def write(
    platforms: Sequence[Platform],
    handed: Sequence[Handed],
    out: Path,
    environ: Mapping[str, str],
    footer: Sequence[str] = (),
) -> list[str]:
    """Write all reports for each platform; the lines that stdout is to carry.

    Files go where the environment says, else into `out`.  footer: small print of a summary.
    """
    lines = []
    for platform in platforms:
        if platform is Platform.GITHUB:
            lines += _github(handed, out, environ, footer)
        elif platform is Platform.CLASSROOM:
            _classroom(handed, out, environ)
        else:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for one, name in zip(handed, file_names("result", handed), strict=True):
                _put(out / name, classroom50.write_result(one.report, now))
    return lines


def file_names(stem: str, handed: Sequence[Handed]) -> list[str]:
    """A file for each report: `stem.json` if there is one report, else with the assignments' names."""
    if len(handed) == 1:
        return [f"{stem}.json"]
    names = [one.report.assignment or "not-graded" for one in handed]
    return [f"{stem}-{name}{names[:n].count(name) or ''}.json" for n, name in enumerate(names)]


def _github(handed: Sequence[Handed], out: Path, environ: Mapping[str, str], footer: Sequence[str]) -> list[str]:
    """Add to the step's summary, which others may have begun; the annotations."""
    target = Path(environ.get(SUMMARY) or out / "summary.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    there = target.stat().st_size if target.exists() else 0
    with target.open("ab") as file:
        file.write(github.summary([one.report for one in handed], footer, github.MAX_SUMMARY - there).encode())
    return github.ranked(a for one in handed for a in github.annotate(one.report, one.file, one.places))


def _classroom(handed: Sequence[Handed], out: Path, environ: Mapping[str, str]) -> None:
    documents = {name: d for one in handed for name, d in classroom.runners(one.report, one.file, one.places).items()}
    if environ.get(OUTPUT):
        with Path(environ[OUTPUT]).open("a", encoding="utf-8") as file:
            file.write(classroom.step_outputs(documents))
    _put(out / "classroom.json", (json.dumps(documents, indent=1) + "\n").encode())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
