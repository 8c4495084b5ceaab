"""A killed `init` leaves nothing that the next one does not use or remove."""

import subprocess
import sys

import pytest

from autograder.files import UNFINISHED
from autograder.nbgrader_course.directory import GRADEBOOK

INIT = (sys.executable, "-m", "autograder", "init")


def test_a_course_half_made_is_completed_and_no_part_of_it_is_left(copy_course, tmp_path):
    course = copy_course(tmp_path / "course")
    (course / ".abc.part").mkdir()
    (course / GRADEBOOK).rename(course / ".abc.part" / GRADEBOOK)
    (course / f".course.toml.1.ab{UNFINISHED}").write_text("seed =")
    done = subprocess.run([*INIT, str(course)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (course / GRADEBOOK).is_file()
    assert not list(course.glob(".*.part"))


@pytest.mark.long
def test_a_folder_with_half_of_its_settings_is_no_course_of_somebody_else(tmp_path):
    left = tmp_path / f".course.toml.1.ab{UNFINISHED}"
    left.write_text("seed =")
    command = [*INIT, str(tmp_path), "--title", "Mine"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not left.exists()
