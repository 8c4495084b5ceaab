"""Every command in the README runs, in a copy of the checkout; every path and picture that it names is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REFUSAL
from test_course_walk import BLOCKS

from autograder.course.paths import HERE
from autograder.course.settings import Course, load_course

README = (HERE.root / "README.md").read_text(encoding="utf-8")
CONSOLE = [line[2:] for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
COMMANDS = [line.split("#")[0].strip() for line in CONSOLE]
# What an instructor exported from Canvas and downloaded from Moodle.
GRADEBOOK = 'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"One, H",1,,h01,A\n'
WORKSHEET = "Identifier,Full name,Grade,Last modified (grade)\nParticipant 1,h01,,-\n"
KIT = ".venv/bin/autograder "
BUNDLE = ".venv/bin/python -m autograder.student "
# Takes minutes, and is a step of CI by itself.
STEPS_OF_CI = {f"{KIT}verify": "verify"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    copy = tmp_path_factory.mktemp("readme") / "kit"
    ignored = shutil.ignore_patterns(".venv", ".git", "class", "graded", "uploads", "results", ".*_cache")
    shutil.copytree(HERE.root, copy, ignore=ignored)
    shutil.copytree(HERE.root / "tests" / "hand_filled" / "h01", copy / "SUBMISSIONS" / "h01")
    (copy / "Gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    (copy / "Worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    return copy


def test_there_are_commands_to_run():
    assert sum(command.startswith(KIT) for command in COMMANDS) >= 5
    assert sum(command.startswith("make ") for command in COMMANDS) >= 3


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(KIT) and c not in STEPS_OF_CI])
def test_command_of_the_kit_runs(command, checkout):
    words = [sys.executable, "-m", "autograder", *command.removeprefix(KIT).split()]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False, timeout=300)
    if REFUSAL and "graded" in done.stderr and not (checkout / "graded" / "report.json").exists():
        pytest.skip(f"asks for a graded class, and {REFUSAL}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(BUNDLE)])
def test_command_of_a_student_runs_there(command, tmp_path, students_python):
    ignored = shutil.ignore_patterns("*.ipynb")
    folder = shutil.copytree(HERE.release, tmp_path / "course", ignore=ignored)
    shutil.copy(HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb", folder)
    words = [students_python, "-m", "autograder.student", *command.removeprefix(BUNDLE).split()]
    bare = {"HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run(words, cwd=folder, env=bare, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_that_is_shown_is_run():
    walked = {line[2:].split("#")[0].strip() for block in BLOCKS for line in block.splitlines()}
    others = [c for c in COMMANDS if not c.startswith((KIT, BUNDLE, "make "))]
    assert [c for c in others if c not in walked] == []


@pytest.mark.parametrize(("command", "target"), STEPS_OF_CI.items())
def test_what_is_left_to_ci_is_run_there(command, target):
    assert command in COMMANDS
    assert f"\nmake {target}\n" in (HERE.root / ".ci" / "run").read_text(encoding="utf-8")
    done = subprocess.run(["make", "--dry-run", target], cwd=HERE.root, capture_output=True, text=True, check=True)
    assert f"\n{command}\n" in done.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_make_target_exists(command):
    words = ["make", "--dry-run", *command.removeprefix("make ").split()]
    done = subprocess.run(words, cwd=HERE.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_course_file_that_is_shown_is_one(tmp_path):
    shown = re.findall(r"```toml\n(.*?)```", README, re.S)
    assert len(shown) >= 2
    for text in shown:
        (tmp_path / "course.toml").write_text(text, encoding="utf-8")
        assert load_course(tmp_path / "course.toml") != Course()


def test_what_the_readme_shows_and_names_is_there():
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", README, re.S)
    assert len(pictures) >= 2
    for text, path in pictures:
        assert len(text) > 20
        assert (HERE.root / path).is_file()
    for target in re.findall(r"`make ([a-z]+)`", README):
        assert re.search(rf"^{target}:", (HERE.root / "Makefile").read_text(), re.M), target


def test_every_assignment_is_in_the_table():
    for source in HERE.solutions.glob("[0-9]*.py"):
        assert f"`{source.stem}`" in README
