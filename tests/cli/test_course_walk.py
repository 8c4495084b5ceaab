"""A course from start to finish, in the pages' own commands: a class of 60 from a Canvas zip, ten of them damaged."""

import csv
import io
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.course.paths import HERE
from tests.nbgrader_course.test_autograde import MATMUL, grades, person_enters

pytestmark = pytest.mark.long
DOCS = HERE.root / "docs"


def section(page: str, heading: str) -> str:
    """The text of a page below a heading of the second level."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def commands(text: str) -> list[str]:
    """The commands of the first console block, without their comments."""
    block = text.partition("```console\n")[2].partition("```")[0]
    return [
        line.removeprefix("$ ").split("  #")[0].split(" #")[0].strip()
        for line in block.splitlines()
    ]


TEN = commands(section("instructors.md", "My course in ten commands"))
NBGRADERS = commands(section("nbgrader.md", "nbgrader's own commands"))
COMMANDS = [*TEN, *NBGRADERS]
EXPORT = next(command for command in TEN if command.startswith("autograder export"))
# In the order of the page, after grading.
OTHERS = [
    c
    for c in TEN
    if c.startswith(tuple(f"autograder {w}" for w in ("doctor", "similar", "regrade", "report")))
]
WRITTEN = sorted((HERE.root / "tests" / "hand_filled").glob(f"*/{MATMUL}.ipynb"))
CLASS, DAMAGED = 60, 10
BROKEN = {f"s{number}" for number in range(CLASS - DAMAGED, CLASS)}


def damage(text):
    """Ten ways in which a notebook arrives broken."""
    data = text.encode()
    page = b"<!DOCTYPE html><title>Log in</title>"
    made = [
        b"",
        b"{",
        data[: len(data) // 2],
        page,
        b"PK\x03\x04" + data,
        b'{"cells": 3}',
        b"[]",
        b"null",
    ]
    return [*made, b'{"nbformat": 3, "worksheets": []}', data.replace(b'"cells"', b'"sells"')]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder as an instructor has it: the kit's programs, a roster, Canvas's zip and Canvas's gradebook."""
    place = tmp_path_factory.mktemp("walk")
    (place / ".venv").symlink_to(Path(sys.executable).parent.parent)
    people = [
        ("ada", "Ng, Jr.", "Ada"),
        *((f"s{n:02d}", f"Last{n:02d}", "First") for n in range(1, CLASS)),
    ]
    broken = damage(WRITTEN[0].read_text(encoding="utf-8"))
    assert len(broken) == DAMAGED
    with zipfile.ZipFile(place / "submissions.zip", "w") as archive:
        for number, (_, last, first) in enumerate(people):
            name = re.sub(r"\W", "", f"{last}{first}").lower()
            data = (
                broken[number - CLASS]
                if number >= CLASS - DAMAGED
                else WRITTEN[number % 10].read_bytes()
            )
            archive.writestr(f"{name}_{9000 + number}_{number}_work.ipynb", data)
    with (place / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(student, last, first, 9000 + n) for n, (student, last, first) in enumerate(people)]
        csv.writer(file).writerows([("id", "last_name", "first_name", "lms_user_id"), *rows])
    with (place / "Gradebook.csv").open("w", encoding="utf-8", newline="") as file:
        head = [
            ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
            ("    Points Possible", "", "", "", ""),
        ]
        rows = [
            (f"{last}, {first}", 9000 + n, "", student, "A")
            for n, (student, last, first) in enumerate(people)
        ]
        csv.writer(file).writerows([*head, *rows])
    return place


@pytest.fixture(scope="module")
def run(place):
    """Run a command of the pages after what the first lines of the block set up."""
    before = [command for command in COMMANDS if command.startswith(("export ", "cd "))]

    def run(command, prepared=True):
        words = " && ".join([*(before if prepared else before[:1]), command])
        home = {"HOME": str(place), "IPYTHONDIR": str(place / "ipython")}
        return subprocess.run(
            ["bash", "-c", words],
            cwd=place,
            env={**os.environ, **home},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def walked(place, run):
    """The first block up to the export, with a person at work before it; what each command said."""
    init, grade = (c for c in TEN if c.startswith(("autograder init", "autograder grade")))
    made, graded = run(init, prepared=False), run(grade)
    assert (made.returncode, graded.returncode) == (0, 0), made.stderr + graded.stderr
    person_enters(place / "course", MATMUL, "s01", "check_affine_backward", 3.5, "Nearly.")
    exported = run(EXPORT)
    assert exported.returncode == 0, exported.stderr
    return place / "course", [made, graded, exported]


def test_the_pages_show_what_is_run_here():
    assert len(TEN) == 10
    assert [shlex.split(command)[0] for command in NBGRADERS] == ["nbgrader"] * 5
    named = [
        command
        for command in TEN
        if command.startswith(("export ", "cd ", "autograder init", "autograder grade"))
    ]
    assert len(named) + len(OTHERS) + 1 == 10


def test_sixty_are_in_the_gradebook_and_ten_of_them_wait_with_the_reason(walked):
    folder, (_, graded, _) = walked
    assert "50 graded, 10 unreadable" in graded.stdout
    assert "gradebook.db: 60 submissions written" in graded.stderr
    given = grades(folder, MATMUL)
    assert len(given) == CLASS
    waiting = {
        student
        for student, (cells, _, _) in given.items()
        if all(needs for *_, needs in cells.values())
    }
    assert waiting == BROKEN
    for student in waiting:
        _, comments, score = given[student]
        assert score == 0.0
        assert all(said and "work.ipynb" in said for said, _ in comments.values())
    assert given["ada"][2] == 14.0


def test_canvas_gets_every_graded_score_with_what_a_person_entered(walked):
    folder, (_, _, exported) = walked
    (filled,) = (folder / "exported").glob("*.csv")
    header, possible, *rows = csv.reader(
        io.StringIO(filled.read_text(encoding="utf-8"), newline="")
    )
    assert float(possible[-1]) == 14.0
    given = grades(folder, MATMUL)
    assert rows[0][0] == "Ng, Jr., Ada"
    whole = {student: score for student, (_, _, score) in given.items() if student not in BROKEN}
    assert {row[3]: float(row[-1]) for row in rows if row[-1]} == pytest.approx(whole)
    assert len(header) == 6
    assert sum("is left as it is" in line for line in exported.stderr.splitlines()) == DAMAGED


@pytest.mark.parametrize("command", OTHERS)
def test_the_other_commands_of_the_ten_run_and_change_no_score(walked, run, command):
    folder, _ = walked
    before = grades(folder, MATMUL)
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert grades(folder, MATMUL) == before


@pytest.mark.parametrize("command", NBGRADERS)
def test_nbgraders_own_commands_work_in_the_course(walked, run, command):
    folder, _ = walked
    before = grades(folder, MATMUL)
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert grades(folder, MATMUL) == before
