"""A second run into the same folder: it does nothing where nothing has changed, and everything where something has."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import mostly_long

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.cli.streams import MOST_COPIED, Copied
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.grading.last_run import SETTLED
from autograder.student.checks import assignments

GATES = next(a for a in assignments() if a.name == "02_gates")
SAID = "not run again, since the same work was graded before: "


def grade(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", "grade", "class", "--out", "graded", *options]
    time.sleep(2 * SETTLED)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)


def files(folder: Path) -> dict[str, int]:
    """The moment at which each file of a folder was written."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path): path.stat().st_mtime_ns for path in paths}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second")
    text = notebook_text(filled_notebook(read_source(HERE.source(GATES.name), GATES), GATES))
    for student in ("ada", "ben"):
        path = folder / "class" / student / f"{GATES.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (folder / "class" / "ben" / "notes.txt").write_text("left out")
    (folder / "course.toml").write_text('title = "A course"\n')
    return folder, grade(folder)


@pytest.fixture
def graded(first, tmp_path):
    """A folder of its own in which a class was graded, and what was printed."""
    shutil.copytree(first[0], tmp_path, dirs_exist_ok=True)
    return tmp_path, grade(tmp_path)


def test_a_run_with_nothing_to_do_prints_the_same_and_writes_nothing(graded):
    folder, before = graded
    written = files(folder / "graded")
    again = grade(folder)
    assert again.stdout == before.stdout
    assert again.stderr == before.stderr
    assert f"{SAID}2\n" in again.stderr
    assert files(folder / "graded") == written
    assert grade(folder, "--json").stdout == (folder / "graded" / "report.json").read_text()


def test_what_is_printed_of_a_very_large_class_is_not_kept_in_memory():
    stream = Copied(io.StringIO())
    stream.write("x" * MOST_COPIED)
    assert len(stream.text) == MOST_COPIED
    stream.write("y")
    stream.write("z")
    assert stream.text is None


def test_a_run_with_nothing_to_do_loads_no_numpy(graded):
    folder, _ = graded
    script = (
        "import sys; from autograder.cli.app import app; import autograder.cli; "
        "app(['grade', 'class', '--out', 'graded'], standalone_mode=False); "
        "sys.exit(' '.join({'numpy', 'jupytext', 'jinja2'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "gone", mostly_long(["class.html", "store/results", "report.json"], "evidence")
)
def test_what_is_gone_is_written_again(graded, gone):
    folder, before = graded
    path = folder / "graded" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert grade(folder).stdout == before.stdout
    assert path.exists()


def test_a_submission_changed_under_its_old_size_and_date_is_graded_again(graded):
    folder, before = graded
    path = folder / "class" / "ada" / f"{GATES.name}.ipynb"
    found = path.stat()
    path.write_text(path.read_text().replace("return w - alpha", "return w + alpha"))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert path.stat().st_size == found.st_size
    assert grade(folder).stdout != before.stdout


@pytest.mark.parametrize("change", mostly_long(["student", "fresh"], "course"))
def test_any_other_change_is_seen_too(graded, change):
    folder, _ = graded
    written = files(folder / "graded")
    if change == "course":
        (folder / "course.toml").write_text('title = "Another"\n')
    if change == "student":
        (folder / "class" / "cleo").mkdir()
    grade(folder, *(["--fresh"] if change == "fresh" else []))
    assert files(folder / "graded") != written


REMOVED = "removed from the store: 1 old grade that no longer counts, 0.0 MB"


def test_old_grades_are_removed_after_a_change_of_the_seed_and_said_in_one_line(graded):
    folder, before = graded
    assert "removed" not in before.stderr
    kept = set(files(folder / "graded" / "store" / "results"))
    (folder / "course.toml").write_text('title = "A course"\nseed = "a new one, long enough"\n')
    left = grade(folder, "--keep")
    assert "removed" not in left.stderr
    both = set(files(folder / "graded" / "store" / "results"))
    assert len(both) == 2
    assert both > kept
    assert REMOVED in grade(folder).stderr.splitlines()
    assert set(files(folder / "graded" / "store" / "results")) == both - kept
    again = grade(folder)
    assert again.stdout == left.stdout
    assert "removed" not in again.stderr
    assert f"{SAID}2\n" in again.stderr


@pytest.fixture(scope="module")
def in_course(first, tmp_path_factory, copy_course):
    """A course directory with a gradebook, in which the class was graded, and what was printed."""
    folder = copy_course(tmp_path_factory.mktemp("directory") / "course")
    shutil.copytree(first[0] / "class", folder / "class")
    return folder, grade(folder)


def test_a_second_run_in_a_course_directory_does_nothing_and_says_the_same(in_course):
    folder, before = in_course
    written = files(folder)
    again = grade(folder)
    assert again.stdout == before.stdout
    assert again.stderr.count("\n") > 3
    once = [line for line in before.stderr.splitlines() if "added as" not in line]
    said = "\n".join(once).replace("2 submissions written, 0", "0 submissions written, 2")
    assert sorted([*said.splitlines(), f"{SAID}2"]) == sorted(again.stderr.splitlines())
    assert files(folder) == written
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "autograder", "grade", "class", "--out", "graded"],
        cwd=folder, capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert not [name for name in ("| numpy", "| nbgrader", "| sqlalchemy") if name in loaded]


@pytest.mark.parametrize("change", mostly_long(["autograded", "feedback"], "score"))
def test_what_a_person_changed_in_a_course_directory_is_seen(in_course, tmp_path, change):
    shutil.copytree(in_course[0], tmp_path, dirs_exist_ok=True)
    before = grade(tmp_path)
    page = tmp_path / "feedback" / "ada" / GATES.name / f"{GATES.name}.html"
    notebook = tmp_path / "autograded" / "ada" / GATES.name / f"{GATES.name}.ipynb"
    left = notebook.read_bytes(), page.read_bytes()
    if change == "score":
        with sqlite3.connect(tmp_path / "gradebook.db") as book:
            book.execute("UPDATE grade SET manual_score = 0.125 WHERE auto_score > 0")
    elif change == "autograded":
        notebook.unlink()
    else:
        page.write_text("spoilt")
    again = grade(tmp_path)
    assert (again.stdout == before.stdout) is (change != "score")
    assert ((notebook.read_bytes(), page.read_bytes()) == left) is (change != "score")
