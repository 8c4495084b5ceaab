"""Turn a report into what nbgrader keeps: scores and comments by grade id, and check cells' values.

nbgrader takes a check cell's last value as its score and allows no points above the maximum, so a
bonus is kept apart.  Text that students chose is escaped here: nbgrader renders comments as
Markdown, HTML included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from autograder.student.cards.card import card_html
from autograder.student.cards.wording import SENTENCE, clip, headline, points, said
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

if TYPE_CHECKING:
    from nbformat import NotebookNode

CHECK = "check_"
# Starts a tag, an entity, code, a formula or a link in Markdown as nbgrader renders it.
MARKUP = re.compile(r"[\\`<&$]|(?<=\])\(")
NOTHING_WRITTEN = "No answer."


@dataclass(frozen=True, slots=True)
class Scores:
    """What nbgrader keeps of one notebook.

    points: by grade id; None where a person must grade.  comments: by grade id.  bonus: points on
    top.  penalty: points off for lateness.  submitted and due: as nbgrader keeps times, in UTC
    without a zone.  needs_review: a person should look at every cell.
    """

    points: Mapping[str, float | None]
    comments: Mapping[str, str]
    bonus: float = 0.0
    penalty: float = 0.0
    submitted: datetime | None = None
    due: datetime | None = None
    needs_review: bool = False


def show_results(notebook: NotebookNode, report: Report) -> None:
    """Put the result into every check cell: the points as its value, shown as a card."""
    from nbformat.notebooknode import from_dict

    for number, (cell, result) in enumerate(_checked(notebook, report), 1):
        data = {"text/plain": repr(_points(result)), "text/html": card_html(result)}
        cell.execution_count = number
        output = {"output_type": "execute_result", "metadata": {}, "data": data}
        cell.outputs = [from_dict(output | {"execution_count": number})]


def notes_of(report: Report) -> list[str]:
    """The notes of the report on the whole submission, as safe Markdown."""
    notes = [report.reason, *report.notes] if report.reason else report.notes
    return [safe_markdown(note) for note in notes]


def scores_of(notebook: NotebookNode, released: NotebookNode, report: Report) -> Scores:
    """The scores of a sanitized notebook.

    released: the notebook that students were given, to see which answers are unchanged.
    """
    graded = {_grade_id(cell) for cell in notebook.cells if _has_mark(cell, "grade")}
    answers = {_grade_id(cell): cell for cell in notebook.cells if _has_mark(cell, "solution")}
    submitted, due = utc(report.identity.submitted), utc(report.due)
    if report.status is not Status.GRADED:
        zeros: dict[str, float | None] = dict.fromkeys(graded, 0.0)
        reasons = dict.fromkeys(answers, safe_markdown(report.reason))
        return Scores(zeros, reasons, submitted=submitted, due=due, needs_review=True)
    unanswered = _unchanged(answers, released)
    earned = {_grade_id(cell): _points(result) for cell, result in _checked(notebook, report)}
    points = {name: earned.get(name) for name in graded}
    comments = {}
    for result in report.exercises:
        comment = comment_on(result)
        if result.exercise in answers and comment:
            comments[result.exercise] = comment
    for name in unanswered & graded:
        points[name] = 0.0
        comments[name] = NOTHING_WRITTEN
    bonus = sum(value for name, value in earned.items() if name not in graded)
    return Scores(points, comments, bonus, round(report.penalty, 6), submitted, due)


def _unchanged(answers: Mapping[str, NotebookNode], released: NotebookNode) -> set[str]:
    """The grade ids of the answers that are still as they were released."""
    return {
        cell.id
        for cell in released.cells
        if cell.id in answers and answers[cell.id].source == cell.source
    }


def utc(time: str) -> datetime | None:
    """A report's time as nbgrader keeps it."""
    return datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None) if time else None


def comment_on(result: ExerciseResult) -> str:
    """The comment beside a student's answer, as safe Markdown; "" if there is nothing to say."""
    if result.outcome is Outcome.PASSED:
        return ""
    paragraphs = [f"{points(result.earned, result.possible)}. {headline(result)}".strip()]
    if not headline(result):
        paragraphs += _findings(result)
    return "\n\n".join(safe_markdown(text) for text in paragraphs)


def _findings(result: ExerciseResult) -> list[str]:
    """What the checks found, then the mistakes by name, then the hint; each of them once."""
    findings = [finding for finding in result.findings if not finding.warning]
    texts = [finding.message for finding in findings if finding.message]
    for mistake in (result.diagnosis, *(finding.mistake for finding in findings)):
        if mistake:
            texts.append(f"{mistake.name}: {mistake.text}")
    if result.hint:
        texts.append(f"{said('hint')}: {result.hint}")
    return list(dict.fromkeys(texts))


def safe_markdown(text: str) -> str:
    """Text as one paragraph of Markdown without markup, links or HTML."""
    return MARKUP.sub(r"\\\g<0>", " ".join(clip(text, SENTENCE).split()))


def _checked(
    notebook: NotebookNode, report: Report
) -> Iterator[tuple[NotebookNode, ExerciseResult]]:
    """Each check cell with its exercise's result."""
    results = {f"{CHECK}{result.exercise}": result for result in report.exercises}
    for cell in notebook.cells:
        name = _grade_id(cell)
        if cell.cell_type == "code" and name in results:
            yield cell, results[name]


def _points(result: ExerciseResult) -> float:
    """Points without rounding errors of the sum, and never above what is possible."""
    return min(round(result.earned, 6), float(result.possible))


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _has_mark(cell: NotebookNode, mark: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(mark))
