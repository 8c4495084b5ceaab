"""`autograder init`: make nbgrader's course directory, or the missing parts of one.

Existing files are left alone, and each file is written as a whole, so that an interrupted `init`
can
be run again.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from autograder.authoring.build.notebook import notebook_text, source_notebook
from autograder.authoring.build.release import beside_notebook
from autograder.course.paths import Places
from autograder.course.settings import COURSE_FILE, catalogue, handout_of, limits_table, load_course
from autograder.course.source import quick_imports, read_source
from autograder.errors import MisuseError
from autograder.files import UNFINISHED, update_file
from autograder.nbgrader_course.gradebook import (
    CONFIG_FILE,
    GRADEBOOK,
    open_gradebook,
    quiet,
    url_of,
)
from autograder.nbgrader_course.roster import PLAIN_ID
from autograder.outputs.gradebooks.sheet import Sheet
from autograder.student.checks import assignments

SOURCE, RELEASE = "source", "release"
DEFAULT_TITLE = "Backpropagation and Automatic Differentiation"
# Random bytes of the secret seed; as text it has a third more characters.
SEED_BYTES = 32
PART = ".part"  # of a folder in which a gradebook is being made
# The last line of a traceback.
ERROR = re.compile(r"[\w.]+: .")
# What nbgrader knows of a student besides the id.
ABOUT = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a course directory that were made or left alone, and how many students were
    added."""

    made: tuple[str, ...]
    left: tuple[str, ...]
    students: int = 0


def make_course(folder: Path, title: str, students: Sheet | None, places: Places) -> Made:
    """Make the course directory, or the missing parts of it.

    title: of a new course; "" for the kit's own.  students: a roster with the column `id`, and
    optionally first_name, last_name, email and lms_user_id.  Raises MisuseError if the folder holds
    something else, or another course.
    """
    _refuse_others(folder, title)
    roster = read_roster(students) if students else {}
    steps: dict[str, Callable[[], None]] = {
        COURSE_FILE: lambda: _write_settings(folder, title or DEFAULT_TITLE),
        CONFIG_FILE: lambda: _write_config(folder),
        GRADEBOOK: lambda: _make_gradebook(folder),
    }
    for name in catalogue():
        steps[f"{SOURCE}/{name}"] = lambda name=name: _write_source(folder, name, places)  # type: ignore[misc]
    made, left = [], []
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f".*{PART}"):  # by a run that was killed
        shutil.rmtree(left_over)
    for name, make in steps.items():
        if (folder / name).exists():
            left.append(name)
        else:
            make()
            made.append(name)
    generated = _generate_missing(folder)
    for name in catalogue():
        (made if name in generated else left).append(f"{RELEASE}/{name}")
    return Made(tuple(made), tuple(left), _add_students(folder, roster))


def read_roster(sheet: Sheet) -> dict[str, dict[str, str]]:
    """What the roster says of each student, by id.  Raises MisuseError if an id is missing or occurs twice."""
    ids = sheet.column("id")
    columns = {name: sheet.rows[0].index(name) for name in ABOUT if name in sheet.rows[0]}
    roster: dict[str, dict[str, str]] = {}
    for row in range(1, len(sheet.rows)):
        student = sheet.cell(row, ids).strip()
        student = unicodedata.normalize("NFC", student)
        if not student or student in roster:
            what = f"{student!r} stands there twice" if student else "has no id"
            raise MisuseError(
                f"{sheet.name}: row {row + 1}: {what}; give every student one id of its own"
            )
        if not PLAIN_ID.fullmatch(student):
            what = f"{student!r} cannot be a folder's name"
            raise MisuseError(
                f"{sheet.name}: row {row + 1}: {what}; write an id of letters, digits, @, . and -"
            )
        roster[student] = {
            name: sheet.cell(row, at).strip() for name, at in columns.items() if sheet.cell(row, at)
        }
    return roster


def write_beside_notebook(folder: Path, assignment: str, places: Places) -> None:
    """Put into a course's release what a notebook needs beside it."""
    for name, data in beside_notebook(assignments(), places).items():
        update_file(folder / RELEASE / assignment / name, data)


def _refuse_others(folder: Path, title: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise MisuseError(f"{folder}: is a file; name a new folder")
    if (folder / COURSE_FILE).is_file():
        there = load_course(folder / COURSE_FILE).title
        if title and title != there:
            raise MisuseError(
                f"{folder}: holds the course {there!r}; name a new folder, or leave --title out"
            )
    elif folder.is_dir() and any(path.suffix != UNFINISHED for path in folder.iterdir()):
        raise MisuseError(f"{folder}: is not empty and holds no {COURSE_FILE}; name a new folder")


def _write_settings(folder: Path, title: str) -> None:
    seed = secrets.token_urlsafe(SEED_BYTES)
    text = _filled(
        "course.toml", title=_quoted(title), seed=_quoted(seed), limits=limits_table("# ")
    )
    update_file(folder / COURSE_FILE, text.encode(), mode=0o600)


def _write_config(folder: Path) -> None:
    name = (
        re.sub(r"[^a-z0-9]+", "-", load_course(folder / COURSE_FILE).title.lower()).strip("-")
        or "course"
    )
    update_file(folder / CONFIG_FILE, _filled("nbgrader_config.txt", course=repr(name)).encode())


def _filled(template: str, **values: str) -> str:
    text = (resources.files("autograder.nbgrader_course") / "templates" / template).read_text(
        encoding="utf-8"
    )
    return Template(text).substitute(values)


def _quoted(text: str) -> str:
    """Text as a TOML string: JSON strings are TOML strings but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _make_gradebook(folder: Path) -> None:
    """Make a new gradebook under another name, then rename it.

    nbgrader would take a half-written database for a complete one.
    """
    with tempfile.TemporaryDirectory(prefix=".", suffix=PART, dir=folder) as part:
        new = Path(part) / GRADEBOOK
        with open_gradebook(url_of(new)):
            pass
        new.replace(folder / GRADEBOOK)


def _write_source(folder: Path, assignment: str, places: Places) -> None:
    public, _ = catalogue()[assignment]
    source = read_source(places.source(assignment), public, handout_of(folder))
    notebook = source_notebook(source, public)
    update_file(
        folder / SOURCE / assignment / f"{assignment}.ipynb", notebook_text(notebook).encode()
    )


def _generate_missing(folder: Path) -> list[str]:
    """Let nbgrader generate every assignment that is missing; return their names."""
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        known = {
            notebook.name
            for assignment in gradebook.assignments
            for notebook in assignment.notebooks
        }
    released = {path.stem for path in folder.glob(f"{RELEASE}/*/*.ipynb")}
    missing = [name for name in catalogue() if name not in known & released]
    if missing:
        _generate(folder, missing)
    return missing


def _generate(folder: Path, assignments: list[str]) -> None:
    """`nbgrader generate_assignment` for each of the assignments, in this process."""
    with quick_imports():
        from nbgrader.apps import NbGraderAPI, NbGraderApp

    before = Path.cwd()
    os.chdir(folder)
    try:
        app = NbGraderApp(log_level="ERROR")
        app.initialize([])
        api = NbGraderAPI(config=app.config)
        for name in assignments:
            with quiet():
                done = api.generate_assignment(name, force=True)
            if not done["success"]:
                raise MisuseError(
                    f"{folder / RELEASE / name}: nbgrader could not make it: {_reason(done)}; mend "
                    "that, then run autograder init again"
                )
    finally:
        os.chdir(before)


def _reason(done: Mapping[str, object]) -> str:
    """Why nbgrader failed: the line with the error's type in what it printed."""
    lines = f"{done.get('error') or ''}\n{done.get('log') or ''}".splitlines()
    return next((line for line in reversed(lines) if ERROR.match(line)), "it does not say why")


def _add_students(folder: Path, roster: Mapping[str, Mapping[str, str]]) -> int:
    """Add the students of a roster who are not in the gradebook; return how many."""
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        known = {student.id for student in gradebook.students}
        for student, about in roster.items():
            gradebook.update_or_create_student(student, **about)
        return len(roster.keys() - known)
