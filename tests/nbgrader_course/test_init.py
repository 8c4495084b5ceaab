"""`autograder init`: a course directory that nbgrader takes for its own, made whole and never overwritten."""

import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course.csv_file import read_sheet
from autograder.course.paths import HERE
from autograder.course.settings import load_course
from autograder.errors import MisuseError
from autograder.nbgrader_course.directory import make_course
from autograder.nbgrader_course.gradebook import url_of
from autograder.nbgrader_course.roster_file import read_roster
from autograder.student.checks import assignments

TITLE = 'EEP 596, "Autumn" 2026'
NAMES = [assignment.name for assignment in assignments()]
ROSTER = 'id,last_name,first_name,email\nada,"Ng, Jr.",Ada,ada@example.org\nbob,Ray,Bob,\n'


def init(folder, *options):
    command = [sys.executable, "-m", "autograder", "init", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder):
    """Every file below a folder with a hash of its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_no_program_of_the_environment_is_on_the_path_that_init_was_given():
    assert shutil.which("alembic", path=os.defpath) is None


def test_the_settings_can_be_read_and_only_by_their_owner(made_course):
    path = made_course / "course.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    course = load_course(path)
    assert course.title == TITLE
    assert len(course.seed) >= 40


def test_every_course_has_a_seed_of_its_own(tmp_path, made_course):
    """The settings come first, so that one who is stopped early has the seed that counts."""
    settings = tmp_path / "other" / "course.toml"
    with subprocess.Popen(
        [sys.executable, "-m", "autograder", "init", settings.parent], stdout=subprocess.DEVNULL
    ) as made:
        while not settings.exists() and made.poll() is None:
            time.sleep(0.01)
        made.kill()
    assert load_course(settings).seed not in (made_course / "course.toml").read_text(
        encoding="utf-8"
    )


def test_the_gradebook_knows_every_assignment_with_its_points(made_course):
    with Gradebook(url_of(made_course / "gradebook.db")) as gradebook:
        assert {a.name: a.max_score for a in gradebook.assignments} == {
            a.name: a.points for a in assignments()
        }
        assert gradebook.students == []
    with sqlite3.connect(made_course / "gradebook.db") as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize("name", NAMES)
def test_each_folder_of_the_release_is_the_kits_with_one_notebook(made_course, name):
    ours, theirs = contents(HERE.release), contents(made_course / "release" / name)
    notebook = f"{name}.ipynb"
    others = {f"{other}.ipynb" for other in NAMES} - {notebook}
    ours = {
        file: hashed
        for file, hashed in ours.items()
        if file not in others and not file.startswith(".github/")
    }
    assert set(ours) == set(theirs)
    assert {file for file in ours if ours[file] != theirs[file]} <= {notebook}
    released = (made_course / "release" / name / notebook).read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in released
    assert "BEGIN SOLUTION" in (made_course / "source" / name / notebook).read_text(
        encoding="utf-8"
    )


def test_nothing_but_whole_files_is_left_behind(made_course):
    assert [path for path in made_course.rglob("*") if path.name.startswith(".")] == []


def test_a_second_init_leaves_everything_alone_and_says_so(tmp_path, copy_course):
    folder = copy_course(tmp_path / "course")
    before = contents(folder)
    ran = init(folder, "--title", TITLE)
    assert ran.returncode == 0, ran.stderr
    assert contents(folder) == before
    lines = ran.stdout.splitlines()
    assert len(lines) == 3 + 2 * len(NAMES)
    assert all(line.endswith(": left as it is") for line in lines)


@pytest.mark.long
def test_an_interrupted_init_goes_on_where_it_was(tmp_path, copy_course):
    folder = copy_course(tmp_path / "course")
    seed = load_course(folder / "course.toml").seed
    whole = set(contents(folder))
    (folder / "gradebook.db").unlink()
    shutil.rmtree(folder / "release" / NAMES[-1])
    shutil.rmtree(folder / "source" / NAMES[-1])
    (folder / "nbgrader_config.py").unlink()
    assert init(folder).returncode == 0
    assert set(contents(folder)) == whole
    assert load_course(folder / "course.toml").seed == seed
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        assert [a.name for a in gradebook.assignments] == NAMES


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    ran = init(tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "is not empty" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_course_is_refused(made_course):
    before = contents(made_course)
    ran = init(made_course, "--title", "Another")
    assert ran.returncode == 2
    assert "holds the course" in ran.stderr
    assert contents(made_course) == before


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MisuseError, match="is a file"):
        make_course(tmp_path / "file", "", None, HERE)


@pytest.mark.long
def test_students_go_into_the_gradebook_and_are_not_added_twice(tmp_path, copy_course):
    folder = copy_course(tmp_path / "course")
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    assert "2 students added" in init(folder, "--students", str(roster)).stdout
    assert "0 students added" in init(folder, "--students", str(roster)).stdout
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        known = {s.id: (s.last_name, s.first_name, s.email) for s in gradebook.students}
    assert known == {"ada": ("Ng, Jr.", "Ada", "ada@example.org"), "bob": ("Ray", "Bob", None)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,email\nada,\nada,\n", "twice"),
        ("id,email\n,a@b\n", "no id"),
        ("name\nada\n", "its columns are 'name', which is not a roster"),
    ],
)
def test_a_roster_that_names_no_students_is_refused_before_anything_is_made(tmp_path, text, said):
    roster = tmp_path / "roster.csv"
    roster.write_text(text, encoding="utf-8")
    with pytest.raises(MisuseError, match=said):
        read_roster(read_sheet(roster))
    assert init(tmp_path / "new", "--students", str(roster)).returncode == 2
    assert not (tmp_path / "new").exists()


def test_a_course_id_is_made_of_the_title(made_course):
    assert "course_id = 'eep-596-autumn-2026'" in Path(
        made_course / "nbgrader_config.py"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            "extensions.ada.04_matmul = 2026-02-18T23:59:00Z\n[due]\n04_matmul = 2026-02-15T23:59:00Z\n",
            "extensions",
        ),
        ("due = {04_matmul = 2026-02-15T23:59:00Z}\n", "due"),
        ('teams.red = ["ada", "bo"]\n', "teams"),
    ],
)
def test_people_and_times_never_come_along_from_last_year(tmp_path, text, key):
    last = tmp_path / "last"
    last.mkdir()
    (last / "course.toml").write_text(f'title = "Last"\nseed = "of last year"\n{text}')
    with pytest.raises(MisuseError, match=f"course.toml: {key} is not a table of its own"):
        make_course(tmp_path / "next", "", None, HERE, last)
    assert not list((tmp_path / "next").glob("course.toml"))
