"""nbgrader's exchange and `nbgrader db` in a course of the kit's, by the commands of the page, as two people."""

import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.paths import HERE
from tests.nbgrader_course.test_autograde import MATMUL, grades

pytestmark = pytest.mark.long
PAGE = (HERE.root / "docs" / "nbgrader.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## The exchange, and the gradebook by command\n")[2]
[BLOCK] = re.findall(r"```console\n(.*?)```", SECTION, re.S)
COMMANDS = [line[2:].split(" #")[0].strip() for line in BLOCK.splitlines()]
STUDENTS_OWN = ("nbgrader fetch", "nbgrader submit")
ME = pwd.getpwuid(os.getuid()).pw_name
SETTINGS = """
c = get_config()
c.Exchange.root = {root!r}
c.Exchange.cache = {cache!r}
c.CourseDirectory.course_id = "exchanged"
"""


def run(command: str, folder: Path) -> str:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "HOME": str(folder.parent), "PATH": programs}
    done = subprocess.run(
        command.split(), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout + done.stderr


def written(number: int) -> Path:
    return HERE.root / "tests" / "hand_filled" / f"h{number:02}" / f"{MATMUL}.ipynb"


@pytest.fixture(scope="module")
def walked(tmp_path_factory, copy_course):
    """The folders of instructor and student, and what each command of the page said."""
    place = tmp_path_factory.mktemp("exchange")
    course, student, root = copy_course(place / "course"), place / "student", place / "exchange"
    student.mkdir()
    root.mkdir()
    settings = SETTINGS.format(root=str(root), cache=str(place / "cache"))
    (student / "nbgrader_config.py").write_text(settings)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(settings)
    (course / "by-mail" / "eve").mkdir(parents=True)
    shutil.copy(written(2), course / "by-mail" / "eve")
    said = {}
    for command in ("autograder grade by-mail", *COMMANDS):
        folder = student if command.startswith(STUDENTS_OWN) else course
        said[command] = run(command, folder)
        if command.startswith("nbgrader fetch_assignment"):
            shutil.copy(written(1), student / MATMUL)
    return course, student, said


def test_what_students_fetch_is_the_release(walked):
    _, student, said = walked
    assert (student / MATMUL / "autograder" / "student").is_dir()
    assert f"exchanged {MATMUL}" in said["nbgrader list"]


def test_what_they_submit_is_graded_with_its_time_and_the_library_beside_it_is_no_work(walked):
    course, _, said = walked
    assert set(grades(course, MATMUL)) == {ME, "eve"}
    graded = said["autograder grade submitted"]
    assert "autograder/student" not in graded
    assert "submission_secret" not in graded
    stamp = (course / "submitted" / ME / MATMUL / "timestamp.txt").read_text()
    assert (course / "autograded" / ME / MATMUL / "timestamp.txt").read_text() == stamp


def test_each_student_fetches_the_kits_page_and_nobody_elses(walked):
    course, student, _ = walked
    [page] = (student / MATMUL / "feedback").rglob("*.html")
    own = course / "feedback" / ME / MATMUL / f"{MATMUL}.html"
    assert page.read_bytes() == own.read_bytes()
    secrets = {path.read_text() for path in course.glob("feedback/*/*/submission_secret.txt")}
    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 64


def test_the_gradebook_is_changed_by_command(walked):
    _, _, said = walked
    assert "zed (None, Zed)" in said["nbgrader db student list"]
    assert MATMUL in said["nbgrader db assignment list"]


def test_nbgraders_own_pages_can_be_released_too(walked):
    course, *_ = walked
    for step in ("autograde", "generate_feedback"):
        run(f"nbgrader {step} {MATMUL} --force", course)
    run(f"nbgrader release_feedback {MATMUL}", course)
    page = course / "feedback" / "eve" / MATMUL / f"{MATMUL}.html"
    assert page.with_name("submission_secret.txt").is_file()
