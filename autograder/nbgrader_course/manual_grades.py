"""Put the scores and comments that people entered in the gradebook into reports.

The gradebook is read as a database, in three queries for a whole course: to import nbgrader takes two seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.nbgrader_course.gradebook import GRADEBOOK, KEEP_TICKS, REMEMBER, open_database
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

WRITTEN = "written_"
OF_STUDENT = """
    JOIN submitted_notebook ON submitted_notebook.id = cell.notebook_id
    JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    JOIN assignment ON assignment.id = submitted_assignment.assignment_id
    JOIN base_cell ON base_cell.id = cell.cell_id
"""
GRADES = f"""
SELECT assignment.name, submitted_assignment.student_id, submitted_notebook.notebook_id, base_cell.name,
    grade_cells.max_score, cell.auto_score, cell.manual_score, cell.extra_credit, backprop_kit_bonus.points,
    ticks.comment
FROM grade AS cell {OF_STUDENT} JOIN grade_cells ON grade_cells.id = cell.cell_id
    LEFT JOIN backprop_kit_bonus ON backprop_kit_bonus.notebook_id = cell.notebook_id
    LEFT JOIN backprop_kit_ticks AS ticks ON ticks.grade_id = cell.id
WHERE cell.manual_score IS NOT NULL OR cell.extra_credit IS NOT NULL OR base_cell.name NOT LIKE 'check!_%' ESCAPE '!'
ORDER BY base_cell.rowid
"""
COMMENTS = f"""
SELECT assignment.name, submitted_assignment.student_id, base_cell.name, cell.manual_comment
FROM comment AS cell {OF_STUDENT} WHERE cell.manual_comment <> ''
"""
# The check that holds the kit's bonus as extra credit is the last of its notebook.
LAST_CHECKS = """
SELECT source_cell.notebook_id, source_cell.name FROM source_cell
    JOIN base_cell ON base_cell.notebook_id = source_cell.notebook_id AND base_cell.name = source_cell.name
    JOIN grade_cells ON grade_cells.id = base_cell.id
WHERE grade_cells.cell_type = 'code' ORDER BY source_cell.rowid
"""


@dataclass(frozen=True, slots=True)
class _Grade:
    """What the gradebook says of one graded cell.

    extra: the points that a person added.  ticked: what a person ticked in a sheet, in words; None for nothing.
    """

    name: str
    most: float
    auto: float | None
    manual: float | None
    extra: float
    ticked: str | None

    @property
    def waits(self) -> bool:
        """Whether nobody has graded it, and nobody but a person can."""
        return self.auto is None and self.manual is None


@dataclass(slots=True)
class _Entered:
    """What people entered for one submission: scores, and comments by cell."""

    grades: list[_Grade] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)


def with_manual_grades(folder: Path, reports: Sequence[Report]) -> tuple[Report, ...]:
    """All reports with what people entered in a course's gradebook.

    The written questions, which only people grade, become exercises of the report.  The report of a student who is not
    in the gradebook is returned as it is.  Raises MisuseError if the gradebook cannot be read.
    """
    entered = _read(folder / GRADEBOOK)
    nothing = _Entered()
    return tuple(
        _merged(report, entered.get((report.assignment, report.student), nothing))
        if report.status is Status.GRADED
        else report
        for report in reports
    )


def waiting_notes(folder: Path, assignments: Iterable[str]) -> list[str]:
    """A note on each of these assignments in which written answers wait for a person."""
    waiting: dict[str, int] = defaultdict(int)
    for (assignment, _), entered in _read(folder / GRADEBOOK).items():
        waiting[assignment] += sum(grade.waits for grade in entered.grades)
    return [
        f"{name}: {waiting[name]} written answer{'s wait' if waiting[name] > 1 else ' waits'} for a person, "
        "so its column is not final; grade in formgrader, or in the sheets of autograder written"
        for name in sorted(set(assignments))
        if waiting[name]
    ]


def _read(path: Path) -> dict[tuple[str, str], _Entered]:
    """What people entered, by assignment and student."""
    entered: dict[tuple[str, str], _Entered] = defaultdict(_Entered)
    with open_database(path) as database:
        database.execute(REMEMBER)
        database.execute(KEEP_TICKS)
        holders = dict(database.execute(LAST_CHECKS))
        for (
            assignment,
            student,
            notebook,
            name,
            most,
            auto,
            manual,
            extra,
            bonus,
            ticked,
        ) in database.execute(GRADES):
            kits = (bonus or 0.0) if holders.get(notebook) == name else 0.0
            grade = _Grade(name, most, auto, manual, (extra or 0.0) - kits, ticked)
            entered[assignment, student].grades.append(grade)
        for assignment, student, name, comment in database.execute(COMMENTS):
            entered[assignment, student].comments[name] = comment
    return entered


def _merged(report: Report, entered: _Entered) -> Report:
    grades = {grade.name: grade for grade in entered.grades}
    results = []
    for result in report.exercises:
        name = f"{CHECK}{result.exercise}"
        results.append(_by_hand(result, grades[name]) if name in grades else result)
    written = [grade for grade in entered.grades if not grade.name.startswith(CHECK)]
    results += [_with_comment(_answer(grade), grade.ticked) for grade in written if not grade.waits]
    return replace(
        report,
        exercises=tuple(_with_comment(r, entered.comments.get(r.exercise)) for r in results),
        notes=(*report.notes, *(_waiting(grade) for grade in written if grade.waits)),
        possible=report.possible + sum(grade.most for grade in written),
    )


def _by_hand(result: ExerciseResult, grade: _Grade) -> ExerciseResult:
    """An exercise with a person's score instead of the kit's, and with a person's extra points."""
    parts = result.parts
    if grade.manual is not None:
        text = "points given by a person"
        parts = (PartResult("person", text, grade.manual, result.possible),)
    if grade.extra:
        parts = (*parts, PartResult("extra", "points added by a person", grade.extra, 0.0))
    return replace(result, parts=parts)


def _answer(grade: _Grade) -> ExerciseResult:
    """A written question that a person has graded, or that was not answered."""
    given = grade.auto if grade.manual is None else grade.manual
    earned = (given or 0.0) + grade.extra
    part = PartResult("answer", "the written answer", earned, grade.most)
    outcome = Outcome.PASSED if earned >= grade.most else Outcome.FAILED
    if grade.manual is None and grade.ticked is None and grade.most != 0:
        outcome = Outcome.UNATTEMPTED
    return ExerciseResult(grade.name, _title(grade), outcome, (part,))


def _with_comment(result: ExerciseResult, comment: str | None) -> ExerciseResult:
    """The result with a person's comment on the answer."""
    if not comment:
        return result
    finding = Finding("", f"A person writes: {comment}", warning=True)
    return replace(result, findings=(*result.findings, finding))


def _waiting(grade: _Grade) -> str:
    return f"{_title(grade)}: {points(0, grade.most)} so far, a person has not graded it yet"


def _title(grade: _Grade) -> str:
    return f"written question {grade.name.removeprefix(WRITTEN).replace('_', ' ')!r}"
