"""Trouble of the user's machine is one line that says where, what and what to do, with exit code
2."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.paths import HERE

NOTEBOOK = HERE.root / "tests" / "hand_filled" / "h01" / "03_sigmoid_neuron.ipynb"


def kit(*words: object, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, **more)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of trouble, once it is seen that it is one, with the right exit code."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("autograder: ")]
    assert len(lines) == 1 and lines[0].count("; ") >= 1, done.stderr
    return lines[0]


def test_out_is_a_file(tmp_path):
    (tmp_path / "graded").write_text("mine")
    line = told(kit("grade", NOTEBOOK, cwd=tmp_path))
    assert "graded" in line and "name another folder" in line
    assert (tmp_path / "graded").read_text() == "mine"


def test_a_report_of_brackets(tmp_path):
    (tmp_path / "report.json").write_text("[" * 100_000)
    line = told(kit("report", "report.json", cwd=tmp_path))
    assert "is not JSON" in line


def test_a_report_that_may_not_be_read(tmp_path):
    (tmp_path / "report.json").mkdir()
    assert "report.json" in told(kit("report", "report.json", cwd=tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(tmp_path):
    """A limit on the size of files stands for the disk: writing more gives EFBIG, as ENOSPC
    would."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # noqa: E731
    done = kit("simulate", "class", "--students", "1", cwd=tmp_path, preexec_fn=limit)
    line = told(done)
    assert "File too large" in line and "class" in line


def test_too_few_descriptors(tmp_path):
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (14, 14))  # noqa: E731
    done = kit("similar", NOTEBOOK.parent.parent, cwd=tmp_path, preexec_fn=limit)
    if done.returncode == 0:
        pytest.skip("14 descriptors are enough here")
    assert "ulimit -n" in told(done)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    (tmp_path / "mine").mkdir(mode=0o500)
    assert "you may" in told(
        kit("grade", NOTEBOOK, "--out", tmp_path / "mine" / "out", cwd=tmp_path)
    )


@pytest.fixture
def course(copy_course, tmp_path) -> Path:
    course = copy_course(tmp_path / "course")
    work = course / "submitted" / "ada" / "03_sigmoid_neuron" / "03_sigmoid_neuron.ipynb"
    work.parent.mkdir(parents=True)
    shutil.copy(NOTEBOOK, work)
    return course


def test_a_gradebook_that_is_none(course):
    """The roster is read before anything is graded: there is no report, and what stood in graded/
    stands there."""
    (course / "gradebook.db").write_bytes(b"not a database, but long enough to be looked at" * 50)
    (course / "graded").mkdir()
    (course / "graded" / "of_before.txt").write_text("mine")
    line = told(kit("grade", "submitted", cwd=course))
    assert "gradebook.db" in line and "what is in graded/ stays as it is" in line
    assert not (course / "graded" / "report.json").exists()
    assert (course / "graded" / "of_before.txt").read_text() == "mine"


def test_a_gradebook_of_another_version(course):
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("alter table grade rename column auto_score to points")
    line = told(kit("grade", "submitted", cwd=course))
    assert "no column named" in line and "what is in graded/ stays as it is" in line
    reports = json.loads((course / "graded" / "report.json").read_text())["reports"]
    assert [report["identity"]["student"] for report in reports] == ["ada"]
