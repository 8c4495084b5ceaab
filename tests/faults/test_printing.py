"""Nothing that cannot be printed decides what is written: a closed stdout, a full one, one that nobody reads."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.paths import HERE

NOTEBOOK = HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb"
GRADE = (sys.executable, "-m", "autograder", "grade")
DONE_UNPRINTED = "everything else is done, and all files are written"


@pytest.fixture(scope="module")
def course(copy_course, tmp_path_factory) -> Path:
    course = copy_course(tmp_path_factory.mktemp("printing") / "course")
    work = course / "submitted" / "ada" / "04_matmul" / "04_matmul.ipynb"
    work.parent.mkdir(parents=True)
    work.write_bytes(NOTEBOOK.read_bytes())
    return course


def unread() -> int:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def score(course: Path) -> float:
    with sqlite3.connect(course / "gradebook.db") as database:
        (total,) = database.execute("select sum(auto_score) from grade").fetchone()
    return total or 0.0


def forget(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("update grade set auto_score = null")
    (course / "graded" / "report.json").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("where", "as_json"),
    [
        ("a full disk", False),
        ("a pipe that nobody reads", True),
        ("a closed descriptor", False),
        pytest.param("a full disk", True, marks=pytest.mark.long),
        pytest.param("a pipe that nobody reads", False, marks=pytest.mark.long),
        pytest.param("a closed descriptor", True, marks=pytest.mark.long),
    ],
)
def test_what_cannot_be_printed_is_written_all_the_same(course, where, as_json):
    forget(course)
    command = [*GRADE, "submitted", "--out", "graded", *(["--json"] if as_json else [])]
    if where == "a closed descriptor":
        shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
        done = subprocess.run(shell, cwd=course, stderr=subprocess.PIPE, text=True)
    else:
        stdout = os.open("/dev/full", os.O_WRONLY) if where == "a full disk" else unread()
        done = subprocess.run(command, cwd=course, stdout=stdout, stderr=subprocess.PIPE, text=True)
        os.close(stdout)
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines()[-1].endswith(DONE_UNPRINTED)
    assert "Traceback" not in done.stderr
    assert score(course) == 14
    assert (course / "graded" / "report.json").is_file()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_nobody_reads_changes_nothing(course, redirection):
    forget(course)
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *GRADE, "submitted", "--out", "graded"]
    done = subprocess.run(command, cwd=course, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, score(course)) == (0, 14)
    assert "ada" in done.stdout
