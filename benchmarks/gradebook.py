"""What a student costs in nbgrader's gradebook: CPU time, and as a ratio to plain INSERTs of the same rows.

    python -m benchmarks.gradebook [--students 500] [--write]

A simulated class is graded once; its reports are dealt out to all students, so that only the writer of the course
directory is measured.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.authoring.gate.simulate import simulate_class
from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, load_course
from autograder.grading.run import find_work, grade_found, make_keys
from autograder.nbgrader_course.directory import make_course
from autograder.nbgrader_course.gradebook import GRADEBOOK
from autograder.nbgrader_course.writer import keep_course
from autograder.outputs.pages import PageMeta
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Submission
from benchmarks.command import run
from benchmarks.measured import WRITE_HELP, Printout

ASSIGNMENT = "04_matmul"
STUDENTS, DIFFERENT = 500, 25
CHANGED_MS, UNCHANGED_MS = 10, 1
# The tables that hold what a submission has.
TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
_Class = tuple[list[Submission], list[Report]]


def main(
    students: Annotated[int, typer.Option(min=2, help="Students in the gradebook.")] = STUDENTS,
    different: Annotated[int, typer.Option(min=2, help="Different notebooks.")] = DIFFERENT,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Enter a class into a gradebook: new, changed and unchanged."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        folder = Path(made)
        make_course(folder / "course", "", None, HERE)
        graded = _graded(folder, different)
        taken = _measured(folder / "course", graded, students)
    printout = Printout(Console(width=None if sys.stdout.isatty() else 120, highlight=False))
    printout.print(_table(taken, students))
    printout.print(
        f"{students} students with {ASSIGNMENT}, {different} different notebooks. CPU time, user and system; "
        f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after. "
        f"Goal: at most {CHANGED_MS} ms for changed work, {UNCHANGED_MS} ms for unchanged."
    )
    if write:
        printout.write("gradebook")


def _graded(folder: Path, different: int) -> _Class:
    """A simulated class that was graded."""
    course = load_course(folder / "course" / COURSE_FILE)
    key = make_keys(course)[ASSIGNMENT]
    simulate_class([key], folder / "class", different, 1)
    done = grade_found(find_work([folder / "class"]), course, os.cpu_count() or 1)
    pairs = zip(done.found.submissions, done.reports, strict=True)
    kept = [pair for pair in pairs if pair[1].status is Status.GRADED]
    return [submission for submission, _ in kept], [report for _, report in kept]


def _dealt(graded: _Class, students: int, shift: int) -> _Class:
    """The graded work dealt out to all students.  shift: by how many each gets other work than the first."""
    submissions, reports = [], []
    for number in range(students):
        which = (number + shift) % len(graded[0])
        own = replace(graded[0][which], student=f"student-{number:03}")
        submissions.append(own)
        identity = replace(graded[1][which].identity, student=own.student)
        reports.append(replace(graded[1][which], identity=identity))
    return submissions, reports


def _measured(folder: Path, graded: _Class, students: int) -> dict[str, float]:
    """CPU seconds of each way to enter a class."""
    course, meta = load_course(folder / COURSE_FILE), PageMeta("Benchmark")

    def keep(work: _Class) -> Callable[[], object]:
        return lambda: keep_course(folder, course, *work, meta)

    first, second = _dealt(graded, students, 0), _dealt(graded, students, 1)
    _seconds(keep(_dealt(graded, 1, 0)))  # nbgrader is imported, the tables are made
    taken = {
        "new": _seconds(keep(first)),
        "changed": _seconds(keep(second)),
        "unchanged": _seconds(keep(second)),
    }
    rows = _rows(folder / GRADEBOOK)
    return taken | {"plain INSERTs": _seconds(lambda: _insert(folder / "plain.db", rows))}


def _seconds(work: Callable[[], object]) -> float:
    """CPU seconds, user and system, of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _rows(gradebook: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(gradebook)) as database:
        return {table: list(database.execute(f"SELECT * FROM {table}")) for table in TABLES}


def _insert(path: Path, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """Insert the same rows into tables without types and keys, in one transaction."""
    with closing(sqlite3.connect(path)) as database:
        for table, own in rows.items():
            columns = ", ".join(f"c{number}" for number in range(len(own[0])))
            database.execute(f"CREATE TABLE {table} ({columns})")
            marks = ", ".join("?" * len(own[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", own)
        database.commit()


def _table(taken: dict[str, float], students: int) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(("a student", "ms", "times plain INSERTs")):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    floor = taken["plain INSERTs"]
    for name, seconds in taken.items():
        table.add_row(name, f"{1e3 * seconds / students:.2f}", f"{seconds / floor:.0f}")
    return table


if __name__ == "__main__":
    run(main)
