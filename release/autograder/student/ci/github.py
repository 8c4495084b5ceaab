"""Reports for GitHub Actions: a job summary in Markdown, and annotations on the lines where exercises are answered.

Source: GitHub Docs, "Workflow commands for GitHub Actions": a step's summary may have 1 MiB, above
which it is dropped; an annotation is `::error file=F,line=N,endLine=M,title=T::message`, with % \\r
\\n escaped, and : , too in properties; of each kind 10 a step are shown, so the weightiest come
first.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.student.cards.card import card_text
from autograder.student.cards.wording import SENTENCE, clip, headline, number, points
from autograder.student.ci.cells import Place
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

MAX_SUMMARY = 1 << 20
# Of each kind of annotation a step shows so many.
MOST = 10
ERROR, WARNING = "error", "warning"
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>@:])")
CUT = "\n*The details of {} more would not fit here.*\n"
NO_PLACES: Mapping[str, Place] = {}


def summary(reports: Sequence[Report], footer: Sequence[str] = (), most: int = MAX_SUMMARY) -> str:
    """Reports as Markdown: a table each, and below it what was found, exercise by exercise.

    footer: small print.  most: bytes; details that do not fit are left out from the end, and counted.
    """
    heads = ["".join(_head(report)) for report in reports]
    details = [
        [_details(result) for result in report.exercises if not _spotless(result)]
        for report in reports
    ]
    foot = "".join(f"\n*{_plain(text)}*\n" for text in footer)
    left = most - sum(_size(text) for text in (*heads, foot, CUT)) - 10
    if left < 0:  # a class, or names out of all measure
        return _clipped("".join(heads), most)
    parts, omitted = [], 0
    for head, texts in zip(heads, details, strict=True):
        parts.append(head)
        for text in texts:
            if _size(text) > left:
                omitted += 1
                continue
            left -= _size(text)
            parts.append(text)
    return "".join((*parts, CUT.format(omitted) if omitted else "", foot))


@dataclass(frozen=True, slots=True)
class Annotation:
    """A workflow command, its kind, and the points that it is about."""

    kind: str
    weight: float
    command: str


def annotate(
    report: Report, file: str, places: Mapping[str, Place] = NO_PLACES
) -> list[Annotation]:
    """An annotation for each exercise of which there is something to say.

    What costs nothing, only waits for another exercise, or was not attempted is a warning.  file: the submission, for
    what stands at no line of it.  places: where exercises are answered.
    """
    if report.status is not Status.GRADED:
        command = _command(ERROR, Place(file), report.assignment or "not graded", report.reason)
        return [Annotation(ERROR, math.inf, command)]
    found = []
    for result in (result for result in report.exercises if not _spotless(result)):
        light = result.blocked_by or result.outcome in (Outcome.PASSED, Outcome.UNATTEMPTED)
        kind = WARNING if light else ERROR
        title = f"{result.exercise}: {points(result.earned, result.possible)}"
        command = _command(kind, places.get(result.exercise, Place(file)), title, _message(result))
        found.append(Annotation(kind, result.possible - result.earned, command))
    return found


def ranked(found: Iterable[Annotation]) -> list[str]:
    """The commands of a step: the weightiest first, at most ten of each kind."""
    by_weight = sorted(found, key=lambda annotation: -annotation.weight)
    return [
        a.command
        for kind in (ERROR, WARNING)
        for a in [a for a in by_weight if a.kind == kind][:MOST]
    ]


def harmless(text: str) -> str:
    """Text for the log of a workflow: no line of it is a command, whatever student code printed.

    A runner takes a line as one that begins with `::`, after blanks, or that holds `##[`.
    """
    return re.sub(r"^(\s*:):", r"\1 :", text, flags=re.MULTILINE).replace("##[", "## [")


def _spotless(result: ExerciseResult) -> bool:
    """Whether there is nothing to say of an exercise."""
    return result.outcome is Outcome.PASSED and not any(
        finding.warning for finding in result.findings
    )


def _head(report: Report) -> Iterator[str]:
    """Title, table and notes of one report."""
    whose = f" · {_plain(report.student)}" if report.student else ""
    yield f"## {_plain(report.assignment or 'Not graded')}{whose}\n\n"
    if report.status is not Status.GRADED:
        yield f"Not graded: {_plain(report.reason)}\n\n"
        return
    yield f"**{points(report.score, report.possible)}**\n\n"
    yield f"{_plain(report.late)}\n\n" if report.late else ""
    yield "| | exercise | points | result |\n|---|---|---:|---|\n"
    for result in report.exercises:
        mark = (
            "✓"
            if result.outcome is Outcome.PASSED
            else "–"
            if result.outcome is Outcome.UNATTEMPTED
            else "✗"
        )
        earned, said = (
            f"{number(result.earned)} of {number(result.possible)}",
            result.brief or result.outcome.value,
        )
        yield f"| {mark} | `{result.exercise}` | {earned} | {_plain(said)} |\n"
    yield "\n"
    yield from (f"- {_plain(note)}\n" for note in report.notes)
    yield "\n" if report.notes else ""


def _details(result: ExerciseResult) -> str:
    """What was found in one exercise, folded.  Inside <pre> nothing is Markdown, and it ends at </pre> alone."""
    title = (
        f"{html.escape(clip(result.title, SENTENCE))} (<code>{html.escape(result.exercise)}</code>)"
    )
    card = html.escape(card_text(result))
    return f"<details><summary>{title}</summary>\n\n<pre>{card}</pre>\n\n</details>\n\n"


def _message(result: ExerciseResult) -> str:
    """What an annotation says: the card without its first line, which is the annotation's title."""
    if said := headline(result):
        return said
    rows = card_text(replace(result, passed=())).split("\n")[1:]
    return clip("\n".join(row[2:] for row in rows), 4 * SENTENCE)


def _command(kind: str, place: Place, title: str, message: str) -> str:
    properties = {
        "file": place.file,
        "line": str(place.first),
        "endLine": str(place.last),
        "title": title,
    }
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {said}::{_data(clip(message, 5000))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clip(text, SENTENCE)).replace(":", "%3A").replace(",", "%2C")


def _plain(text: str) -> str:
    """Text on one line of Markdown: no character of it means anything there."""
    return MARKDOWN.sub(r"\\\1", " ".join(clip(text, SENTENCE).split())).replace("&", "&amp;")


def _size(texts: str | Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def _clipped(text: str, most: int) -> str:
    cut = "\n\n*The rest would not fit here.*\n"
    return text.encode()[: most - _size(cut)].decode(errors="ignore") + cut
