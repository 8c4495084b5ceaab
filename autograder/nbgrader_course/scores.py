"""What a report comes to in an nbgrader notebook: the value of each check cell, and score and comment by grade id.

nbgrader counts what a check cell's last value says and knows no points beyond a maximum, so a bonus is kept apart.
Text that students chose is made harmless here: nbgrader renders comments as Markdown, HTML included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from autograder.student.cards.card import card_html
from autograder.student.cards.wording import SENTENCE, clip, headline, points
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

if TYPE_CHECKING:
    from nbformat import NotebookNode

CHECK = "check_"
# What makes a tag, an entity, code, a formula or a link in Markdown as nbgrader renders it.
MARKUP = re.compile(r"[\\`<&$]|(?<=\])\(")
NOTHING_WRITTEN = "No answer."


@dataclass(frozen=True, slots=True)
class Marks:
    """Score and comment of a notebook's cells by grade id.

    A score of None waits for a person.  doubtful: a person should look at all of it.  bonus: points on top.  penalty:
    points off for lateness.  submitted and due: times as nbgrader keeps them, in UTC without saying so.
    """

    scores: Mapping[str, float | None]
    comments: Mapping[str, str]
    bonus: float = 0.0
    penalty: float = 0.0
    submitted: datetime | None = None
    due: datetime | None = None
    doubtful: bool = False


def show_results(notebook: NotebookNode, report: Report) -> None:
    """Put into every check cell what grading it came to: the points as its value, drawn as a card."""
    import nbformat

    for number, (cell, result) in enumerate(_checked(notebook, report), 1):
        data = {"text/plain": repr(_score(result)), "text/html": card_html(result)}
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=number)]


def notes_of(report: Report) -> list[str]:
    """What the report says of the submission as a whole, as safe Markdown."""
    return [safe_markdown(note) for note in (*([report.reason] if report.reason else []), *report.notes)]


def marks_of(notebook: NotebookNode, released: NotebookNode, report: Report) -> Marks:
    """The marks of a restored notebook.  released: the same as students got it, to see what was not answered."""
    graded = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if _marked(cell, "grade")}
    answers = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if _marked(cell, "solution")}
    if report.status is not Status.GRADED:
        said = safe_markdown(report.reason)
        times = utc(report.submitted), utc(report.due)
        return Marks(dict.fromkeys(graded, 0.0), dict.fromkeys(answers, said), 0.0, 0.0, *times, doubtful=True)
    results = {result.exercise: result for result in report.exercises}
    empty = {cell.id for cell in released.cells for own in [answers.get(cell.id)] if own and own.source == cell.source}
    earned = {cell.metadata.nbgrader.grade_id: _score(result) for cell, result in _checked(notebook, report)}
    scores = {name: 0.0 if name in empty else earned.get(name) for name in graded}
    comments = {name: comment_on(result) for name, result in results.items() if name in answers}
    comments |= dict.fromkeys(empty & graded.keys(), NOTHING_WRITTEN)
    bonus = sum(score for name, score in earned.items() if name not in graded)
    comments = {name: said for name, said in comments.items() if said}
    penalty = round(report.penalty, 6)
    return Marks(scores, comments, bonus, penalty, utc(report.submitted), utc(report.due))


def utc(time: str) -> datetime | None:
    """A report's time as nbgrader keeps it."""
    return datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None) if time else None


def comment_on(result: ExerciseResult) -> str:
    """What is said beside a student's answer, as safe Markdown; "" if there is nothing to say."""
    if result.outcome is Outcome.PASSED:
        return ""
    said = [f"{points(result.earned, result.possible)}. {headline(result)}".strip()]
    if not headline(result):
        said += dict.fromkeys(finding.said for finding in result.findings if finding.said and not finding.warning)
        known = [result.diagnosis, *(finding.mistake for finding in result.findings if not finding.warning)]
        said += dict.fromkeys(f"{mistake.name}: {mistake.text}" for mistake in known if mistake)
        said += [f"Hint: {result.hint}"] if result.hint else []
    return "\n\n".join(safe_markdown(text) for text in said)


def safe_markdown(text: str) -> str:
    """Text as one paragraph of Markdown that shows it and does nothing else."""
    return MARKUP.sub(r"\\\g<0>", " ".join(clip(text, SENTENCE).split()))


def _checked(notebook: NotebookNode, report: Report) -> Iterator[tuple[NotebookNode, ExerciseResult]]:
    """Each check cell with its exercise's result."""
    results = {f"{CHECK}{result.exercise}": result for result in report.exercises}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.cell_type == "code" and name in results:
            yield cell, results[name]


def _score(result: ExerciseResult) -> float:
    """Points without the noise of a sum, and never above what is possible."""
    return min(round(result.earned, 6), float(result.possible))


def _marked(cell: NotebookNode, mark: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(mark))
