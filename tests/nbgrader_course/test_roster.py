"""Whom of the gradebook a report is about, and who has handed in nothing."""

import pytest

from autograder.course.csv_file import read_sheet
from autograder.errors import MisuseError
from autograder.nbgrader_course.roster import Enrolled, people_of
from autograder.nbgrader_course.roster_file import read_roster
from autograder.student.model.results import Identity

PEOPLE = people_of(
    [
        Enrolled("ada", "Ada", "Ng", "ada@school.example", "4711"),
        Enrolled("bo", "Bo", "Lee"),
        Enrolled("jm", "J\u00f6rg", "M\u00fcller"),
    ]
)


def id_of(name, **identity):
    return PEOPLE.identify(Identity(name, **identity)).student


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


def test_who_is_on_the_roster_has_its_name_and_all_ids():
    assert PEOPLE.identify(Identity("ngada", ids={"sid": "7", "canvas id": "4711"})) == Identity(
        "ada",
        ids={"canvas id": "4711", "sid": "7"},
        emails=("ada@school.example",),
        first_name="Ada",
        last_name="Ng",
    )
    assert [identity.label for identity in PEOPLE.everyone] == [
        "ada (Ada Ng)",
        "bo (Bo Lee)",
        "jm (J\u00f6rg M\u00fcller)",
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


EXPORTED = {
    "canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (3)\n    Points Possible,,,,,14\n"
        '"Ng, Jr., Ada",4711,s1,ang,A,\n"Student, Test",4799,,,A,\n'
    ),
    "moodle": "First name;Surname;ID number;Email address\nAda;Ng, Jr.;ang;ada@x.edu\n",
    "gradescope": (
        "First Name,Last Name,SID,Email,Role,Sections\n"
        'Ada,"Ng, Jr.",ang,ada@x.edu,Student,\nPat,Poe,pp,pp@x.edu,Instructor,\n'
    ),
}


@pytest.mark.parametrize("platform", EXPORTED)
def test_a_roster_is_read_as_each_platform_exports_it(tmp_path, platform):
    path = tmp_path / "roster.csv"
    path.write_text(EXPORTED[platform], encoding="utf-8-sig")
    about = read_roster(read_sheet(path))
    assert list(about) == ["ang"]
    assert (about["ang"]["first_name"], about["ang"]["last_name"]) == ("Ada", "Ng, Jr.")
    assert about["ang"].get("lms_user_id") == ("4711" if platform == "canvas" else None)


def test_columns_that_are_no_rosters_are_named(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Nom,Courriel\nAda,ada@x.edu\n")
    with pytest.raises(
        MisuseError, match=r"its columns are 'Nom', 'Courriel', which is not a roster"
    ):
        read_roster(read_sheet(path))
