"""Teams in course.toml, and in the group file that Canvas exports."""

import pytest

from autograder.course.schedule import settle_people
from autograder.course.settings import load_course
from autograder.errors import MisuseError
from autograder.student.model.results import Identity

# As Canvas exports a group set: who is in no group has empty columns at the end.
GROUPS = (
    "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
    '"Ng, Ada",4711,s1,ang,A,"Red, the first",55,\n"Lee, Bo",4712,s2,blee,A,"Red, the first",55,\n'
    '"Kim, Cy",4713,s3,ckim,A,Blue,56,\n"Orr, Di",4714,s4,dorr,A,,,\n'
)
EVERYONE = [Identity(name) for name in ("ang", "blee", "ckim", "dorr")]


@pytest.fixture
def schedule(tmp_path):
    """The schedule of a course.toml beside groups.csv."""

    def read(text, groups=GROUPS, *, whole=True):
        (tmp_path / "groups.csv").write_text(groups)
        (tmp_path / "course.toml").write_text(text)
        return load_course(tmp_path / "course.toml", whole=whole).schedule

    return read


def test_canvas_s_groups_are_teams_of_all_assignments_or_of_one(schedule):
    for people in (
        EVERYONE,
        [
            Identity(e.student, ids={"canvas id": n})
            for e, n in zip(EVERYONE, ("4711", "4712", "4713", "4714"), strict=True)
        ],
    ):
        every = settle_people(schedule('[teams]\nfile = "groups.csv"\n'), people)
        assert (
            every.team_of("04_matmul", "ang")
            == every.team_of("02_gates", "blee")
            == ("ang", "blee")
        )
        assert every.team_of("04_matmul", "ckim") == ("ckim",)
        assert every.team_of("04_matmul", "dorr") == ("dorr",)
    one = schedule('[teams]\ngreen = ["ckim", "dorr"]\n[teams.04_matmul]\nfile = "groups.csv"\n')
    settled = settle_people(one, EVERYONE)
    assert settled.team_of("04_matmul", "ang") == ("ang", "blee")
    assert settled.team_of("04_matmul", "ckim") == ("ckim",)
    assert settled.team_of("02_gates", "ckim") == ("ckim", "dorr")


def test_without_a_roster_members_are_called_by_canvas_s_id(schedule):
    [team] = schedule('[teams]\nfile = "groups.csv"\n').teams
    assert (team.name, team.members) == ("groups.csv: Red, the first", ("4711", "4712"))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("id,team\n1,red\n", "groups.csv: has no column 'group_name', only 'id', 'team'"),
        ("name,login_id,group_name\nAda,,Red\n", "groups.csv: row 2: has no canvas_user_id"),
        ("", "groups.csv: is empty; export it again"),
    ],
)
def test_a_file_that_names_no_groups_is_misuse_in_one_line(schedule, groups, said):
    with pytest.raises(MisuseError) as refused:
        schedule('[teams]\nfile = "groups.csv"\n', groups)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_misuse_and_is_not_asked_for_where_one_student_is_graded(schedule):
    text = '[teams]\nfile = "elsewhere.csv"\n'
    with pytest.raises(MisuseError, match=r"elsewhere.csv: cannot be read .* export it again"):
        schedule(text)
    assert schedule(text, whole=False).teams == ()


def test_who_is_in_a_list_and_in_the_file_is_misuse(schedule):
    both = schedule('[teams]\nred = ["ang", "ckim"]\nfile = "groups.csv"\n')
    with pytest.raises(MisuseError, match="ang is in 2 teams; leave the student in one"):
        settle_people(both, EVERYONE)
