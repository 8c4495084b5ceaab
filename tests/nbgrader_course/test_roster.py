"""Whom of the gradebook a report is about, and who has handed in nothing."""

from types import SimpleNamespace

import pytest

from autograder.errors import MisuseError
from autograder.nbgrader_course.directory import read_roster
from autograder.nbgrader_course.roster import Roster, absent
from autograder.outputs.gradebooks.sheet import read_sheet
from autograder.student.model.results import Identity, Report, Status


def student(called, first="", last="", email="", lms=""):
    return SimpleNamespace(
        id=called, first_name=first, last_name=last, email=email, lms_user_id=lms
    )


BOOK = SimpleNamespace(
    students=[
        student("ada", "Ada", "Ng", "ada@school.example", "4711"),
        student("bo", "Bo", "Lee"),
        student("jm", "J\u00f6rg", "M\u00fcller"),
    ]
)


def id_of(name, **identity):
    return Roster.of(BOOK).id_of(Report(Identity(name, **identity), "04_matmul", Status.GRADED))


def test_an_id_of_a_platform_goes_before_a_name():
    assert id_of("bo", ids={"canvas id": "4711"}) == "ada"
    assert id_of("bo", emails=("ada@school.example",)) == "ada"
    assert id_of("Bo Lee", emails=("ada@school.example",), ids={"sid": "0"}) == "ada"


def test_a_name_makes_nobody_a_student_whom_the_roster_knows_by_another_id():
    for name in ("ada", "Ada Ng"):
        for other in ({"ids": {"canvas id": "666"}}, {"emails": ("mal@school.example",)}):
            assert id_of(name, **other) not in ("ada", "bo", "jm")
        assert id_of(name) == "ada"


def test_names_are_the_same_however_their_accents_are_written():
    assert id_of("Mu\u0308ller, Jo\u0308rg") == "jm"


def test_who_has_handed_in_nothing_has_a_row_that_says_so():
    handed_in = [Report(Identity("ngada", ids={"canvas id": "4711"}), "04_matmul", Status.GRADED)]
    rows = absent(BOOK, handed_in)
    assert [(r.student, r.assignment, r.status, r.reason) for r in rows] == [
        (called, "04_matmul", Status.ABSENT, "nothing was handed in") for called in ("bo", "jm")
    ]


@pytest.mark.parametrize(
    "called", ["a/b", "..", ".hidden", "a\\b", "a*", "[ab]", "x" * 101, "a\tb", "-" * 200]
)
def test_an_id_that_cannot_be_a_folders_name_is_refused(tmp_path, called):
    sheet = tmp_path / "roster.csv"
    sheet.write_text(f'id\ngood\n"{called}"\n')
    with pytest.raises(
        MisuseError,
        match=r"roster.csv: row 3: .* cannot be a folder's name; write an id of letters",
    ):
        read_roster(read_sheet(sheet))
