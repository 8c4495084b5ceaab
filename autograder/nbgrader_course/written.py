"""Written answers, graded by rubric: a page and a sheet for each question, in the course's folder `written`.

QUESTION.html shows all answers side by side.  QUESTION.csv has a row a student: `student`, `answer` (a short code of
the text), a column for each item of the rubric, `comment`.  A person writes x where an item is earned and 0 where it is
not; a row without either waits.  The points are entered in nbgrader's gradebook as the kit's, never below 0 or above
those of the question; a score that somebody types in formgrader wins over them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.csv_file import Sheet, read_sheet, write_csv
from autograder.course.settings import COURSE_FILE, chosen_assignments, load_course
from autograder.errors import MisuseError
from autograder.files import update_file
from autograder.nbgrader_course.gradebook import (
    AUTOGRADED,
    GRADEBOOK,
    KEEP_TICKS,
    RELEASE,
    SOURCE,
    WRITTEN_FOLDER,
    open_database,
)
from autograder.nbgrader_course.manual_grades import OF_STUDENT, WRITTEN
from autograder.nbgrader_course.roster import read_people
from autograder.nbgrader_course.scores import safe_markdown
from autograder.outputs.escape import csv_cell
from autograder.outputs.pages import PageMeta, render
from autograder.student.cards.wording import number

OWNER, CODE, REMARK = "student", "answer", "comment"
# Without a rubric an answer is right, or it is not.
NO_RUBRIC = "right"
EARNED, NOT_EARNED = frozenset({"x", "1", "yes"}), frozenset({"0", "no", "-"})
CODE_LENGTH, PIECE, MOST_SHOWN = 6, 1000, 20_000
CELLS = f"""
SELECT cell.id, assignment.name, submitted_assignment.student_id, base_cell.name, grade_cells.max_score,
    cell.manual_score, ticks.points, ticks.comment
FROM grade AS cell {OF_STUDENT} JOIN grade_cells ON grade_cells.id = cell.cell_id
    LEFT JOIN backprop_kit_ticks AS ticks ON ticks.grade_id = cell.id
"""
NOTES = f"""
UPDATE comment SET auto_comment = ? WHERE id IN (
    SELECT cell.id FROM comment AS cell {OF_STUDENT}
    WHERE assignment.name = ? AND submitted_assignment.student_id = ? AND base_cell.name = ?)
"""
TICKED = (
    "UPDATE grade SET auto_score = ?, needs_manual_grade = manual_score IS NOT NULL WHERE id = ?"
)
WAITS = "UPDATE grade SET auto_score = NULL, needs_manual_grade = 1 WHERE id = ?"
KEEP = "INSERT OR REPLACE INTO backprop_kit_ticks (grade_id, points, comment) VALUES (?, ?, ?)"
FORGET = "DELETE FROM backprop_kit_ticks WHERE grade_id = ?"


@dataclass(frozen=True, slots=True)
class _Question:
    """A written question: its assignment, its name, and its rubric."""

    assignment: str
    name: str
    rubric: Mapping[str, float]

    @property
    def cell(self) -> str:
        """Its grade id."""
        return f"{WRITTEN}{self.name}"

    @property
    def header(self) -> dict[str, str]:
        """The columns of its sheet, by what stands there."""
        return {csv_cell(name): name for name in (OWNER, CODE, *self.rubric, REMARK)}


@dataclass(frozen=True, slots=True)
class _GradeCell:
    """What the gradebook has of one answer: points of the question, by a person, and by the sheet."""

    id: str
    assignment: str
    student: str
    name: str
    most: float
    manual: float | None
    points: float | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a sheet.  line: its number in the file.  marks: what stands at each item, in lower case."""

    line: int
    student: str
    code: str
    marks: Mapping[str, str]
    remark: str

    @property
    def is_ticked(self) -> bool:
        """Whether a person has looked at the answer."""
        return any(self.marks.values())


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """The page and the sheet of a question, and how many answers there are and wait."""

    page: Path
    sheet: Path
    answers: int
    waiting: int


def write_sheets(folder: Path, meta: PageMeta) -> list[WrittenSheet]:
    """Bring page and sheet of each question of a course up to date; what a person wrote there stays.

    Raises MisuseError if a sheet cannot be read.
    """
    questions = _questions(folder)
    for question in questions:
        texts = _answers(folder, question, _students(folder, question))
        if texts:
            _update_sheet(folder, question, texts)
    enter_ticks(folder)
    labels = {each.student: each.label for each in read_people(folder / GRADEBOOK).everyone}
    made = []
    for question in questions:
        cells = _cells(folder, question)
        texts = _answers(folder, question, [cell.student for cell in cells])
        shown = [cell for cell in cells if cell.student in texts]
        if shown:
            path = folder / WRITTEN_FOLDER / f"{question.name}.html"
            values = {"question": question, "prompt": _prompt(folder, question), "walls": ()}
            answers = [_shown(cell, labels[cell.student], texts[cell.student]) for cell in shown]
            update_file(path, render("written.html.j2", meta, answers=answers, **values).encode())
            waiting = sum(cell.points is None and cell.manual is None for cell in shown)
            made.append(WrittenSheet(path, path.with_suffix(".csv"), len(shown), waiting))
    return made


def enter_ticks(folder: Path) -> set[tuple[str, str]]:
    """Enter into the gradebook what people ticked; the assignments and students for whom that is new.

    Raises MisuseError, naming file and row, for what cannot be read.
    """
    changed = set()
    for question in _questions(folder):
        path = folder / WRITTEN_FOLDER / f"{question.name}.csv"
        if not path.is_file():
            continue
        cells = _cells(folder, question)
        rows = _rows(read_sheet(path), question, [cell.student for cell in cells])
        ticked = {row.student: row for row in rows if row.is_ticked}
        with _database(folder) as database:
            for cell in cells:
                if _enter(database, cell, ticked.get(cell.student), question.rubric):
                    changed.add((cell.assignment, cell.student))
    return changed


def review_notes(folder: Path) -> list[str]:
    """A note on each answer that is another one than a person ticked."""
    notes = []
    for question in _questions(folder):
        path = folder / WRITTEN_FOLDER / f"{question.name}.csv"
        if not path.is_file():
            continue
        rows = _rows(read_sheet(path), question, _students(folder, question))
        texts = _answers(folder, question, [row.student for row in rows if row.is_ticked])
        for row in rows:
            code = _code(texts.get(row.student, ""))
            if row.is_ticked and row.code != code:
                what = f"the answer of {row.student} is not the one that was ticked"
                cure = f"look again, and write its code, {code}"
                notes.append(f"{WRITTEN_FOLDER}/{path.name}: row {row.line}: {what}; {cure}")
    return notes


def _questions(folder: Path) -> list[_Question]:
    course = load_course(folder / COURSE_FILE)
    return [
        _Question(assignment.name, own.name, course.rubrics.get(own.name, {NO_RUBRIC: own.points}))
        for assignment in chosen_assignments(course.choice)
        for own in assignment.written
    ]


@contextmanager
def _database(folder: Path) -> Iterator[sqlite3.Connection]:
    """The gradebook, for one transaction."""
    with open_database(folder / GRADEBOOK) as database, database:
        database.execute(KEEP_TICKS)
        yield database


def _cells(folder: Path, question: _Question) -> list[_GradeCell]:
    """What the gradebook has of all answers to a question, by student."""
    where = (
        "WHERE assignment.name = ? AND base_cell.name = ? ORDER BY submitted_assignment.student_id"
    )
    with _database(folder) as database:
        found = database.execute(f"{CELLS} {where}", (question.assignment, question.cell))
        return [_GradeCell(*row) for row in found]


def _students(folder: Path, question: _Question) -> list[str]:
    return [cell.student for cell in _cells(folder, question)]


def _enter(
    database: sqlite3.Connection, cell: _GradeCell, row: _Row | None, rubric: Mapping[str, float]
) -> bool:
    """Bring one cell of the gradebook up to date; whether it was not."""
    points, comment = (None, None) if row is None else _sum(row, rubric, cell.most)
    if (points, comment) == (cell.points, cell.comment):
        return False
    if points is None:
        database.execute(WAITS, (cell.id,))
        database.execute(FORGET, (cell.id,))
    else:
        database.execute(TICKED, (points, cell.id))
        database.execute(KEEP, (cell.id, points, comment))
    note = safe_markdown(comment) if comment else None
    database.execute(NOTES, (note, cell.assignment, cell.student, cell.name))
    return True


def _sum(row: _Row, rubric: Mapping[str, float], most: float) -> tuple[float, str]:
    """The points of a ticked row, and what was ticked in words."""
    ticked = [item for item in rubric if row.marks[item] in EARNED]
    points = min(max(0.0, sum(rubric[item] for item in ticked)), most)
    said = {
        "Earned": [item for item in ticked if rubric[item] >= 0],
        "Deducted": [item for item in ticked if rubric[item] < 0],
        "Not earned": [item for item in rubric if item not in ticked and rubric[item] > 0],
    }
    parts = [
        f"{word}: {', '.join(f'{item} ({number(abs(rubric[item]))})' for item in items)}."
        for word, items in said.items()
        if items
    ]
    return points, " ".join([*parts, row.remark]).strip()


def _rows(
    sheet: Sheet, question: _Question, students: Collection[str], *, whole: bool = True
) -> list[_Row]:
    """The rows of a sheet.  whole: it must have all columns.  Raises MisuseError for what cannot be meant."""
    where = f"{WRITTEN_FOLDER}/{sheet.name}"
    columns = _columns(sheet, question, where, whole=whole)
    known = {csv_cell(student): student for student in students}
    rows: dict[str, _Row] = {}
    for at in range(1, len(sheet.rows)):
        said = {name: sheet.cell(at, column).strip() for name, column in columns.items()}
        student = known.get(said[OWNER])
        marks = {item: said.get(item, "").casefold() for item in question.rubric}
        wrong = [item for item, mark in marks.items() if mark not in EARNED | NOT_EARNED | {""}]
        if student is None or student in rows:
            what = "has handed in nothing" if student is None else "occurs twice"
            cure = f"leave the row out, or mend the column {OWNER!r}"
            raise MisuseError(f"{where}: row {at + 1}: {said[OWNER]!r} {what}; {cure}")
        if wrong:
            what = f"{said[wrong[0]]!r} at {wrong[0]!r} is not a tick"
            cure = "write x (earned) or 0 (not earned), or leave it empty"
            raise MisuseError(f"{where}: row {at + 1}: {what}; {cure}")
        rows[student] = _Row(at + 1, student, said.get(CODE, ""), marks, said.get(REMARK, ""))
    return list(rows.values())


def _columns(sheet: Sheet, question: _Question, where: str, *, whole: bool) -> dict[str, int]:
    """The position of each column, by its name."""
    header = [name.strip() for name in sheet.rows[0]]
    strange = [name for name in header if name and name not in question.header]
    missing = [name for name in question.header if name not in header]
    if strange:
        items = ", ".join(map(repr, question.rubric))
        what = f"column {strange[0]!r} is not an item of the rubric in {COURSE_FILE} ({items})"
        raise MisuseError(f"{where}: {what}; rename it there or here, or leave it out")
    if missing and (whole or OWNER in missing):
        cure = "autograder written adds what is missing but the students"
        raise MisuseError(f"{where}: has no column {missing[0]!r}; {cure}")
    return {question.header[name]: at for at, name in enumerate(header) if name}


def _update_sheet(folder: Path, question: _Question, texts: Mapping[str, str]) -> None:
    """Add rows and columns that are missing; a row that nobody has ticked gets the answer's code."""
    path = folder / WRITTEN_FOLDER / f"{question.name}.csv"
    sheet = read_sheet(path) if path.is_file() else None
    students = _students(folder, question)
    before = _rows(sheet, question, students, whole=False) if sheet else []
    rows = [list(question.header)]
    for row in before:
        code = row.code if row.is_ticked else _code(texts.get(row.student, ""))
        marks = [row.marks[item] for item in question.rubric]
        rows.append([csv_cell(row.student), code, *marks, row.remark])
    present = {row.student for row in before}
    empty = [""] * (len(question.rubric) + 1)
    rows += [[csv_cell(s), _code(texts[s]), *empty] for s in sorted(texts) if s not in present]
    update_file(path, sheet.written(rows) if sheet else write_csv(rows))


def _answers(folder: Path, question: _Question, students: Collection[str]) -> dict[str, str]:
    """The text of each answer that is not as it was handed out, by student."""
    released = _cell_texts(folder / RELEASE / question.assignment, question.assignment)
    found = {}
    for student in students:
        autograded = folder / AUTOGRADED / student / question.assignment
        text = _cell_texts(autograded, question.assignment).get(question.cell, "")
        if text.strip() and text != released.get(question.cell):
            found[student] = text
    return found


def _cell_texts(folder: Path, assignment: str) -> dict[str, str]:
    """The text of each cell of a notebook that the kit or nbgrader wrote, by grade id, in order."""
    path = folder / f"{assignment}.ipynb"
    if not path.is_file():
        return {}
    cells: Sequence[Any] = json.loads(path.read_bytes())["cells"]
    return {_grade_id(cell): "".join(cell["source"]) for cell in cells}


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id") or cell.get("id", ""))


def _prompt(folder: Path, question: _Question) -> tuple[str, str]:
    """The text before the answer in the course's own source, and the answer there."""
    texts = _cell_texts(folder / SOURCE / question.assignment, question.assignment)
    names = list(texts)
    if question.cell not in texts:
        return "", ""
    at = names.index(question.cell)
    answer = [line for line in texts[question.cell].splitlines() if not line.startswith("###")]
    return texts[names[at - 1]] if at else "", "\n".join(answer)


def _code(text: str) -> str:
    """A short code of an answer: another text has another one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:CODE_LENGTH]


def _shown(cell: _GradeCell, label: str, text: str) -> dict[str, object]:
    """What the page shows of an answer.  pieces: its text, in parts that no page clips."""
    standing = "waits"
    if cell.points is not None:
        standing = f"{number(cell.points)} of {number(cell.most)} by the sheet"
    if cell.manual is not None:
        standing = f"{number(cell.manual)} of {number(cell.most)}, entered in formgrader"
    pieces = [text[at : at + PIECE] for at in range(0, min(len(text), MOST_SHOWN), PIECE)]
    comment = cell.comment or ""
    return {
        "label": label,
        "code": _code(text),
        "standing": standing,
        "comment": comment,
        "pieces": pieces,
    }
