"""The real command line in a real subprocess: what it prints where, and its exit codes."""

import subprocess
import sys
import tomllib

import pytest

from autograder.course.paths import HERE
from tests.cli.commands import SOLVED, autograder


def test_the_version_is_that_of_the_project():
    version = tomllib.loads(HERE.pyproject.read_text(encoding="utf-8"))["project"]["version"]
    done = autograder("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"backprop-kit {version}\n", "")


@pytest.mark.parametrize(
    "command",
    ["build", "release", "verify", "grade", "report", "similar", "doctor", "simulate", "compare"],
)
def test_every_command_has_help_of_one_screen(command):
    done = autograder(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 40


def test_without_arguments_the_commands_are_listed():
    assert "grade" in autograder("--help").stdout


def test_a_path_that_is_not_there_is_misuse(tmp_path):
    done = autograder("grade", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "there is no such file or folder" in done.stderr
    assert done.stdout == ""


def test_a_folder_without_notebooks_is_misuse_and_says_what_it_saw(tmp_path):
    (tmp_path / "essay.docx").write_text("text")
    done = autograder("grade", tmp_path)
    assert done.returncode == 2
    assert "no notebook (.ipynb) in there" in done.stderr
    assert "essay.docx" in done.stderr


def test_an_unknown_assignment_is_misuse():
    done = autograder("build", "99_nothing")
    assert done.returncode == 2
    assert "there is no such assignment" in done.stderr


def test_a_bad_course_file_is_misuse_and_names_the_key(tmp_path):
    (tmp_path / "course.toml").write_text("[limits]\ncell = 'long'\n")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "s001.ipynb").write_text(SOLVED)
    done = autograder("grade", tmp_path / "class")
    assert done.returncode == 2
    assert "limits.cell" in done.stderr


def test_a_help_page_is_shown_without_numpy_or_templates():
    script = "import sys, autograder.cli; print({'numpy', 'jinja2', 'yaml'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert loaded.stdout == "set()\n", loaded.stderr
