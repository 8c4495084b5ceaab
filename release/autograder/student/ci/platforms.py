"""The formats that a student's repository may ask for, and what the environment asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.student.cards.card import card_text
from autograder.student.cards.wording import SENTENCE, clip, points
from autograder.student.ci import classroom, classroom50, github
from autograder.student.ci.cells import Place
from autograder.student.model.results import Outcome, Report, Status

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"


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


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written: reports, the folder for files unless `environ` names one, and the small print."""

    handed: Sequence[Handed]
    out: Path
    environ: Mapping[str, str]
    footer: Sequence[str] = ()


def asked_for(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The format that the environment asks for: a job summary where a step of GitHub Actions has one."""
    return ("github",) if environ.get(SUMMARY) else ()


def summary_text(handed: Handed) -> str:
    """A report for a log: exercises that did not pass, and the points.  No line of it is a command of a workflow."""
    report = handed.report
    if report.status is not Status.GRADED:
        return github.harmless(clip(f"{handed.file}: {report.reason}", SENTENCE))
    cards = [card_text(e) for e in report.exercises if e.outcome is not Outcome.PASSED]
    notes = [clip(f"note: {note}", SENTENCE) for note in report.notes]
    late = [clip(report.late, SENTENCE)] if report.late else []
    total = f"{clip(handed.file, SENTENCE)}: {points(report.score, report.possible)}"
    return github.harmless("\n\n".join([*cards, *notes, *late, total]))


def file_names(stem: str, handed: Sequence[Handed]) -> list[str]:
    """A file for each report: `stem.json` if there is one report, else with the assignments' names."""
    if len(handed) == 1:
        return [f"{stem}.json"]
    names = [one.report.assignment or "not-graded" for one in handed]
    return [f"{stem}-{name}{names[:n].count(name) or ''}.json" for n, name in enumerate(names)]


def put(path: Path, data: bytes) -> None:
    """Write a file, and its folder if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _github(job: Job) -> list[str]:
    """Add to the step's summary, which others may have begun; the annotations."""
    target = Path(job.environ.get(SUMMARY) or job.out / "summary.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    present = target.stat().st_size if target.exists() else 0
    reports = [one.report for one in job.handed]
    with target.open("ab") as file:
        file.write(github.summary(reports, job.footer, github.MAX_SUMMARY - present).encode())
    return github.ranked(
        a for one in job.handed for a in github.annotate(one.report, one.file, one.places)
    )


def _classroom(job: Job) -> list[str]:
    documents: dict[str, Mapping[str, object]] = {}
    for one in job.handed:
        documents |= classroom.runners(one.report, one.file, one.places)
    if job.environ.get(OUTPUT):
        with Path(job.environ[OUTPUT]).open("a", encoding="utf-8") as file:
            file.write(classroom.step_outputs(documents))
    put(job.out / "classroom.json", (json.dumps(documents, indent=1) + "\n").encode())
    return []


def _classroom50(job: Job) -> list[str]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for one, name in zip(job.handed, file_names("result", job.handed), strict=True):
        put(job.out / name, classroom50.write_result(one.report, now))
    return []


# By name: writes a format that a student's repository may ask for; the lines that stdout is to carry.
WRITERS: Mapping[str, Callable[[Job], list[str]]] = {
    "github": _github,
    "classroom": _classroom,
    "classroom50": _classroom50,
}
