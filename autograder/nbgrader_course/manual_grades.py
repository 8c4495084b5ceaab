"""Put the scores and comments that people entered in the gradebook into reports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.nbgrader_course.gradebook import (
    GRADEBOOK,
    bonus_grade,
    kit_bonus,
    open_gradebook,
    url_of,
)
from autograder.nbgrader_course.roster import Roster
from autograder.nbgrader_course.scores import CHECK
from autograder.student.cards.wording import points
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Outcome,
    PartResult,
    Report,
    Status,
)

if TYPE_CHECKING:
    from nbgrader.api import Grade, Gradebook

WRITTEN = "written_"


def with_manual_grades(report: Report, gradebook: Gradebook) -> Report:
    """The report of a student in the gradebook, with people's scores and comments.

    The written questions, which only people grade, become exercises of the report.
    """
    notebook = gradebook.find_submission_notebook(
        report.assignment, report.assignment, report.student
    )
    grades = {grade.name: grade for grade in notebook.grades}
    extra = {name: grade.extra_credit or 0.0 for name, grade in grades.items()}
    holder = bonus_grade(notebook)
    if holder is not None:
        extra[holder.name] -= kit_bonus(gradebook, notebook)
    results = []
    for result in report.exercises:
        name = f"{CHECK}{result.exercise}"
        results.append(_by_hand(result, grades[name], extra[name]) if name in grades else result)
    written = [grade for grade in notebook.grades if grade.name.startswith(WRITTEN)]
    for grade in written:
        if grade.auto_score is not None or _is_graded(grade):
            results.append(_answer(grade, extra[grade.name]))
    comments = {comment.name: comment.manual_comment for comment in notebook.comments}
    return replace(
        report,
        exercises=tuple(_with_comment(result, comments.get(result.exercise)) for result in results),
        notes=(*report.notes, *_waiting(written)),
        possible=report.possible + sum(grade.max_score for grade in written),
    )


def all_with_manual_grades(folder: Path, reports: Sequence[Report]) -> tuple[Report, ...]:
    """All reports with what people entered in a course's gradebook.

    The report of a student who is not in the gradebook is returned as it is.
    """
    with quick_imports():
        from nbgrader.api import MissingEntry

    merged = []
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        roster = Roster.of(gradebook.students)
        for report in reports:
            identity = replace(report.identity, student=roster.id_of(report.identity))
            known = replace(report, identity=identity)
            if report.status is Status.GRADED:
                with suppress(MissingEntry):
                    known = with_manual_grades(known, gradebook)
            merged.append(replace(known, identity=report.identity))
    return tuple(merged)


def _is_graded(grade: Grade) -> bool:
    return grade.manual_score is not None


def _by_hand(result: ExerciseResult, grade: Grade, extra: float) -> ExerciseResult:
    """An exercise with a person's score instead of the kit's, and with a person's extra points."""
    parts = result.parts
    if _is_graded(grade):
        text = "points given by a person"
        parts = (PartResult("person", text, grade.manual_score, result.possible),)
    if extra:
        parts = (*parts, PartResult("extra", "points added by a person", extra, 0.0))
    return replace(result, parts=parts)


def _answer(grade: Grade, extra: float) -> ExerciseResult:
    """A written question that a person has graded, or that was not answered."""
    earned = (grade.manual_score or 0.0) + extra
    part = PartResult("answer", "the written answer", earned, grade.max_score)
    outcome = Outcome.PASSED if earned >= grade.max_score else Outcome.FAILED
    if not _is_graded(grade) and grade.max_score != 0:
        outcome = Outcome.UNATTEMPTED
    return ExerciseResult(grade.name, _title(grade), outcome, (part,))


def _with_comment(result: ExerciseResult, comment: str | None) -> ExerciseResult:
    """The result with a person's comment on the answer."""
    if not comment:
        return result
    finding = Finding("", f"A person writes: {comment}", warning=True)
    return replace(result, findings=(*result.findings, finding))


def _waiting(written: Sequence[Grade]) -> list[str]:
    return [
        f"{_title(grade)}: {points(0, grade.max_score)} so far, a person has not graded it yet"
        for grade in written
        if grade.auto_score is None and not _is_graded(grade)
    ]


def _title(grade: Grade) -> str:
    return f"written question {grade.name.removeprefix(WRITTEN).replace('_', ' ')!r}"
