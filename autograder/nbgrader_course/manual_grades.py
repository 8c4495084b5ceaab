"""What people entered in the gradebook, put into a report: their scores count, and their comments are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.source import quick_imports
from autograder.nbgrader_course.gradebook import GRADEBOOK, bonus_grade, credited, open_gradebook, url_of
from autograder.nbgrader_course.roster import Roster
from autograder.nbgrader_course.scores import CHECK
from autograder.student.cards.wording import points
from autograder.student.model.results import ExerciseResult, Finding, Outcome, PartResult, Report, Status

if TYPE_CHECKING:
    from nbgrader.api import Grade, Gradebook

WRITTEN = "written_"


def with_people(report: Report, gradebook: Gradebook) -> Report:
    """The report of one who is in the gradebook, with scores and comments by people, and the written questions."""
    notebook = gradebook.find_submission_notebook(report.assignment, report.assignment, report.student)
    holder, bonus = bonus_grade(notebook), credited(gradebook, notebook)
    extra = {g.name: (g.extra_credit or 0.0) - (bonus if g is holder else 0.0) for g in notebook.grades}
    grades = {grade.name: grade for grade in notebook.grades}
    results = [
        _by_hand(result, grades[name], extra[name]) if (name := f"{CHECK}{result.exercise}") in grades else result
        for result in report.exercises
    ]
    written = [grade for grade in notebook.grades if grade.name.startswith(WRITTEN)]
    results += [
        _answer(grade, extra[grade.name]) for grade in written if grade.auto_score is not None or _scored(grade)
    ]
    said = {comment.name: comment.manual_comment for comment in notebook.comments if comment.manual_comment}
    return replace(
        report,
        exercises=tuple(_with_comment(result, said.get(result.exercise, "")) for result in results),
        notes=(*report.notes, *_waiting(written)),
        possible=report.possible + sum(grade.max_score for grade in written),
    )


def all_with_people(folder: Path, reports: Sequence[Report]) -> tuple[Report, ...]:
    """Reports with what people entered in the gradebook of a course; those who are not in it as they are."""
    with quick_imports():
        from nbgrader.api import MissingEntry

    counted = []
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        roster = Roster.of(gradebook)
        for report in reports:
            known = replace(report, student=roster.id_of(report))
            try:
                merged = with_people(known, gradebook) if report.status is Status.GRADED else known
            except MissingEntry:
                merged = known
            counted.append(replace(merged, student=report.student))
    return tuple(counted)


def _scored(grade: Grade) -> bool:
    return grade.manual_score is not None


def _by_hand(result: ExerciseResult, grade: Grade, extra: float) -> ExerciseResult:
    """An exercise with the score that a person gave instead of the kit's, and what a person added."""
    parts = result.parts
    if _scored(grade):
        parts = (PartResult("person", "points given by a person", grade.manual_score, result.possible),)
    if extra:
        parts = (*parts, PartResult("extra", "points added by a person", extra, 0.0))
    return replace(result, parts=parts)


def _answer(grade: Grade, extra: float) -> ExerciseResult:
    """A written question that a person has graded, or that was not answered."""
    earned = (grade.manual_score or 0.0) + extra
    part = PartResult("answer", "the written answer", earned, grade.max_score)
    outcome = Outcome.PASSED if earned >= grade.max_score else Outcome.FAILED
    answered = _scored(grade) or grade.max_score == 0
    return ExerciseResult(grade.name, _title(grade), outcome if answered else Outcome.UNATTEMPTED, (part,))


def _with_comment(result: ExerciseResult, comment: str) -> ExerciseResult:
    """The result with what a person wrote beside the answer."""
    if not comment:
        return result
    return replace(result, findings=(*result.findings, Finding("", f"A person writes: {comment}", warning=True)))


def _waiting(written: Sequence[Grade]) -> list[str]:
    return [
        f"{_title(grade)}: {points(0, grade.max_score)} so far, a person has not graded it yet"
        for grade in written
        if grade.auto_score is None and not _scored(grade)
    ]


def _title(grade: Grade) -> str:
    return f"written question {grade.name.removeprefix(WRITTEN).replace('_', ' ')!r}"
