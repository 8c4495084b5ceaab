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
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from autograder.authoring.build.notebook import notebook_text
from autograder.authoring.build.release import CHOICE, WORDS, beside_notebook, of_course
from autograder.course.csv_file import Sheet
from autograder.course.paths import Places
from autograder.course.settings import (
    COURSE_FILE,
    Course,
    catalogue,
    chosen_assignments,
    limits_table,
    load_course,
)
from autograder.course.source import quick_imports
from autograder.errors import MisuseError
from autograder.files import UNFINISHED, update_file
from autograder.nbgrader_course.gradebook import (
    CONFIG_FILE,
    GRADEBOOK,
    RELEASE,
    SOURCE,
    open_gradebook,
    quiet,
    url_of,
)
from autograder.nbgrader_course.roster_file import read_roster
from autograder.nbgrader_course.sanitize import read_released
from autograder.nbgrader_course.source_cells import (
    course_notebook,
    follow_course,
    named_cells,
    refuse_changes,
)
from autograder.student.model.exercises import Assignment

DEFAULT_TITLE = "Backpropagation and Automatic Differentiation"
# Random bytes of the secret seed; as text it has a third more characters.
SEED_BYTES = 32
PART = ".part"  # of a folder in which a gradebook is being made
# What belongs to the people of one term, and is not taken over to the next.
OF_A_TERM = ("extensions", "submitted", "teams")
TABLE = re.compile(r"\s*\[([^\]]*)\]")
SEED, TITLE = re.compile(r"(?m)^seed\s*=.*$"), re.compile(r"(?m)^title\s*=.*$")
# The last line of a traceback.
ERROR = re.compile(r"[\w.]+: .")
# In nbgrader's own error, which comes after the one that says why.
SEE_ABOVE = "Please see the the above traceback"


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a course directory that were made or left alone, and how many students were added."""

    made: tuple[str, ...]
    left: tuple[str, ...]
    students: int = 0


def make_course(
    folder: Path, title: str, students: Sheet | None, places: Places, last_year: Path | None = None
) -> Made:
    """Make the course directory, or the missing parts of it.

    title: of a new course; "" for that of `last_year`, or the kit's own.  students: a roster, as
    `roster_file` has it.  last_year: another course directory, of which the settings and the own
    exercises are taken, but no people, no times and no seed.  Raises MisuseError if the folder
    holds something else, or another course.
    """
    _refuse_others(folder, title)
    roster = read_roster(students) if students else {}
    steps: dict[str, Callable[[], object]] = {
        COURSE_FILE: lambda: _write_settings(folder, title, last_year),
        CONFIG_FILE: lambda: _write_config(folder),
        GRADEBOOK: lambda: _make_gradebook(folder),
    }
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
    course = load_course(folder / COURSE_FILE)
    for assignment in chosen_assignments(course.choice):
        changed = _follow(folder, assignment, course, places, last_year)
        (made if changed else left).append(f"{SOURCE}/{assignment.name}")
    generated = _generate_stale(folder, course, places)
    for name in catalogue(course.choice):
        (made if name in generated else left).append(f"{RELEASE}/{name}")
    return Made(tuple(made), tuple(left), _add_students(folder, roster))


def write_beside_notebook(folder: Path, assignment: str, places: Places) -> None:
    """Put into a course's release what a notebook needs beside it."""
    files = beside_notebook(load_course(folder / COURSE_FILE), places)
    for name, data in files.items():
        update_file(folder / RELEASE / assignment / name, data)
    for name in {CHOICE, WORDS} - files.keys():
        (folder / RELEASE / assignment / name).unlink(missing_ok=True)


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


def _write_settings(folder: Path, title: str, last_year: Path | None) -> None:
    seed = secrets.token_urlsafe(SEED_BYTES)
    if last_year:
        text = _settings_of(last_year, title, seed)
    else:
        title = title or DEFAULT_TITLE
        text = _filled(
            "course.toml", title=_quoted(title), seed=_quoted(seed), limits=limits_table("# ")
        )
    update_file(folder / COURSE_FILE, text.encode(), mode=0o600)


def _settings_of(last_year: Path, title: str, seed: str) -> str:
    """The settings of another course with a new seed, and without the times and people of its term."""
    path = last_year / COURSE_FILE
    before = load_course(path)
    lines: list[str] = []
    table = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        found = TABLE.match(line)
        table = found[1].strip().partition(".")[0] if found else table
        is_key = table == "due" and "=" in line.partition("#")[0]
        if table not in OF_A_TERM and not is_key:
            lines.append(line)
    text = "\n".join(lines) + "\n"
    text = SEED.sub(lambda _: f"seed = {_quoted(seed)}", text, count=1)
    text = TITLE.sub(lambda _: f"title = {_quoted(title or before.title)}", text, count=1)
    taken = tomllib.loads(text)
    kept = next((key for key in (*OF_A_TERM, "due") if taken.get(key)), "")
    if kept:
        what = f"{kept} is not a table of its own, so it cannot be left out"
        raise MisuseError(f"{path}: {what}; write [{kept}] and one key a line")
    if taken.get("seed") != seed:
        raise MisuseError(
            f'{path}: its seed is not a line of its own; write seed = "..." in one line'
        )
    return text


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


def _follow(
    folder: Path, assignment: Assignment, course: Course, places: Places, last_year: Path | None
) -> bool:
    """Write the source of an assignment if it is not there: that of last year, with its own texts,
    where the grader can follow it; else the kit's.  Bring points and exercises of one that is there
    in line with course.toml.  Whether anything was written."""
    target = Path(SOURCE) / assignment.name / f"{assignment.name}.ipynb"
    wanted = course_notebook(course, assignment, places)
    if (folder / target).is_file():
        notebook = read_released(folder / target)
        whole = course_notebook(course, catalogue()[assignment.name][0], places)
        if not follow_course(notebook, wanted, whole, assignment):
            return False
    elif last_year and (last_year / target).is_file():
        notebook = read_released(last_year / target)
        try:
            refuse_changes(last_year / target, notebook, course, places)
        except MisuseError:
            notebook = wanted
    else:
        notebook = wanted
    return update_file(folder / target, notebook_text(notebook).encode())


def _generate_stale(folder: Path, course: Course, places: Places) -> list[str]:
    """Let nbgrader generate every assignment that is missing or differs from course.toml; return the names."""
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        known = {
            notebook.name
            for assignment in gradebook.assignments
            for notebook in assignment.notebooks
        }
    released = {path.stem for path in folder.glob(f"{RELEASE}/*/*.ipynb")}
    stale = [
        name
        for name in catalogue(course.choice)
        if name not in known & released or not _is_current(folder, name, course, places)
    ]
    if stale:
        _forget_dropped(folder, course, stale)
        _generate(folder, stale)
    return stale


def _forget_dropped(folder: Path, course: Course, stale: Sequence[str]) -> None:
    """Remove what the course drops from the gradebook, with its scores; nbgrader keeps cells that were handed in."""
    chosen = {a.name: a for a in chosen_assignments(course.choice) if a.name in stale and a.dropped}
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        for assignment in gradebook.assignments:
            if assignment.name not in chosen or not assignment.submissions:
                continue
            path = folder / SOURCE / assignment.name / f"{assignment.name}.ipynb"
            kept = named_cells(read_released(path)).keys()
            for notebook in assignment.notebooks:
                graded = (*notebook.grade_cells, *notebook.solution_cells)
                dropped = [cell for cell in graded if cell.name not in kept]
                scores = [each for cell in dropped for each in (*cell.grades, *cell.comments)]
                texts = [cell for cell in notebook.source_cells if cell.name not in kept]
                for entry in (*scores, *dropped, *texts):
                    gradebook.db.delete(entry)
        gradebook.db.commit()


def _is_current(folder: Path, name: str, course: Course, places: Places) -> bool:
    """Whether the release of an assignment has the points, exercises and words of the course."""
    release = folder / RELEASE / name
    there = {each: release / each for each in (CHOICE, WORDS)}
    if of_course(course) != {e: path.read_bytes() for e, path in there.items() if path.is_file()}:
        return False
    path = release / f"{name}.ipynb"
    try:
        refuse_changes(path, read_released(path), course, places, code=False)
    except MisuseError:
        return False
    return True


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
                    f"{folder / RELEASE / name}: nbgrader could not make it{_reason(done)}, then run "
                    "autograder init again"
                )
    finally:
        os.chdir(before)


def _reason(done: Mapping[str, object]) -> str:
    """Why nbgrader failed, and what to do: the line with the error's type in what it printed."""
    lines = f"{done.get('error') or ''}\n{done.get('log') or ''}".splitlines()
    errors = [line for line in lines if ERROR.match(line) and SEE_ABOVE not in line]
    if errors:
        return f": {errors[-1]}; mend that"
    return ", and gave no reason, as on a full disk; free some space"


def _add_students(folder: Path, roster: Mapping[str, Mapping[str, str]]) -> int:
    """Add the students of a roster who are not in the gradebook; return how many."""
    with open_gradebook(url_of(folder / GRADEBOOK)) as gradebook:
        known = {student.id for student in gradebook.students}
        for student, about in roster.items():
            gradebook.update_or_create_student(student, **about)
        return len(roster.keys() - known)
