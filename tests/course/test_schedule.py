"""Due times, extensions and the late policy of course.toml: read with their zones, or refused by name."""

import tomllib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.schedule import LatePolicy, Per, Schedule, read_schedule, wall_after
from autograder.course.settings import load_course
from autograder.errors import MisuseError
from autograder.grading.late import schedule_notes
from autograder.student.model.results import Identity

NAMES = ("01_derivatives", "04_matmul")
PATH = Path("course.toml")
ZONE = 'zone = "America/Los_Angeles"\n'


def schedule(text: str) -> Schedule:
    return read_schedule(PATH, tomllib.loads(text), NAMES)


def due(text: str, zone: str = ZONE) -> datetime:
    return schedule(f"{zone}[due]\n04_matmul = {text}\n").due["04_matmul"].astimezone(UTC)


def test_without_keys_nothing_is_due_and_nothing_is_taken_off():
    assert schedule("") == Schedule()


def test_a_time_without_an_offset_is_in_the_zone_of_the_course_summer_or_winter():
    assert due("2026-02-01T23:59:00") == datetime(2026, 2, 2, 7, 59, tzinfo=UTC)
    assert due("2026-07-01T23:59:00") == datetime(2026, 7, 2, 6, 59, tzinfo=UTC)


def test_an_offset_of_its_own_goes_before_the_zone():
    assert due("2026-02-01T23:59:00+01:00") == datetime(2026, 2, 1, 22, 59, tzinfo=UTC)
    assert due("2026-02-01T23:59:00Z", zone="") == datetime(2026, 2, 1, 23, 59, tzinfo=UTC)


def test_of_two_moments_that_clocks_show_the_same_the_later_one_is_meant():
    assert due("2026-11-01T01:30:00") == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert due("2026-11-01T01:30:00-07:00") == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_every_key_is_read():
    read = schedule(
        ZONE + "[due]\n04_matmul = 2026-02-01T23:59:00\n"
        '[extensions."Ada Ng"]\n04_matmul = 2026-02-03T23:59:00\n'
        '[submitted."Bo"]\n04_matmul = 2026-02-02T08:00:00\n'
        '[late]\nper = "hour"\npercent = 2.5\ngrace = 15\ncap = 50\ncloses = 7\nfile_dates = true\n'
    )
    assert read.policy == LatePolicy(Per.HOUR, Fraction(5, 2), 15, Fraction(50), 7, file_dates=True)
    assert read.extensions["Ada Ng"]["04_matmul"].isoformat() == "2026-02-03T23:59:00-08:00"
    assert read.submitted["Bo"]["04_matmul"].isoformat() == "2026-02-02T08:00:00-08:00"


DUE = "[due]\n04_matmul = 2026-02-01T23:59:00\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "Mars/Olympus"', "zone is 'Mars/Olympus', which is not a time zone"),
        ('zone = "../etc"', "zone is '../etc', which is not a time zone"),
        ('zone = "America"', "zone is 'America', which is not a time zone"),
        ('zone = ""', "zone is '', which is not a time zone"),
        ("zone = 3", "zone is 3, which is not a time zone"),
        ("due = 3", "due must be a table"),
        (DUE, "due.04_matmul is 2026-02-01 23:59:00, a time without a zone; write zone = "),
        (
            ZONE + "[due]\n05_nothing = 2026-02-01T23:59:00",
            "due.05_nothing: there is no such assignment; there are 01_",
        ),
        (
            ZONE + "[due]\n04_matmul = 2026-02-01",
            "due.04_matmul is '2026-02-01', which is not a time",
        ),
        (
            ZONE + "[due]\n04_matmul = '2026-02-01T23:59:00'",
            "due.04_matmul is '2026-02-01T23:59:00', which is not a time",
        ),
        (
            ZONE + "[due]\n04_matmul = 2026-03-08T02:30:00",
            "a time that clocks in America/Los_Angeles skip that day",
        ),
        (ZONE + "[due]\n04_matmul = 9999-12-31T23:59:00", "which is beyond the calendar"),
        ("[due]\n04_matmul = 0001-01-01T00:00:00+14:00", "which is beyond the calendar"),
        (ZONE + DUE + "[extensions]\nAda = 3", 'extensions."Ada" must be a table'),
        (
            ZONE + DUE + "[extensions.Ada]\n01_derivatives = 2026-02-01T23:59:00",
            "the assignment has no due time",
        ),
        ("late = 3", "late must be a table"),
        ("[late]\ngrace = 3", "late has neither percent nor closes"),
        (
            "[late]\npercents = 3",
            "unknown key late.percents; known keys are per, percent, cap, grace, closes, free_days, file_d",
        ),
        ('[late]\nper = "week"\npercent = 1', 'late.per is \'week\'; it must be "day" or "hour"'),
        ("[late]\npercent = -1", "late.percent is -1; it must be a number from 0 to 100"),
        ("[late]\npercent = nan", "late.percent is nan; it must be a number from 0 to 100"),
        ("[late]\npercent = true", "late.percent is True; it must be a number from 0 to 100"),
        ("[late]\npercent = 5\ncap = 101", "late.cap is 101; it must be a number from 0 to 100"),
        (
            "[late]\npercent = 5\ngrace = 1.5",
            "late.grace is 1.5; it must be a whole number, of minutes",
        ),
        (
            "[late]\npercent = 5\ncloses = -1",
            "late.closes is -1; it must be a whole number, of days",
        ),
        ("[late]\npercent = 5\nfile_dates = 1", "late.file_dates is 1; it must be true or false"),
        (
            '[late]\npercent = 5\nper = "hour"\nfree_days = 1',
            'late.free_days counts days; write per = "day", or leave it out',
        ),
        ("[late]\npercent = 5\nfree_days = -1", "late.free_days is -1; it must be a whole number"),
        ("teams = 3", "teams must be a table"),
        ('[teams]\nred = "ang"', "teams.red must name its members; write a list of two or more"),
        ('[teams]\nred = ["ang", "ang"]', "teams.red must name its members"),
        ("[teams.04_matmul]\nred = [1, 2]", "teams.04_matmul.red must name its members"),
    ],
)
def test_what_cannot_be_is_misuse_that_names_file_and_key(text, said):
    with pytest.raises(MisuseError) as refused:
        schedule(text)
    assert str(refused.value).startswith("course.toml: ")
    assert said in str(refused.value)


def test_an_extension_is_compared_as_a_moment_when_clocks_go_back():
    text = "[due]\n04_matmul = 2026-11-01T01:30:00-08:00\n[extensions.Ada]\n04_matmul = 2026-11-01T01:40:00-07:00\n"
    [note] = schedule_notes(schedule(ZONE + text), [Identity("Ada")])
    assert "ends no later than the due time" in note


def test_teams_are_for_all_assignments_or_for_one():
    found = schedule('[teams]\nred = ["ang", "blee"]\n[teams.04_matmul]\nblue = ["ang", "ckim"]\n')
    assert found.team_of("01_derivatives", "ang") == ("ang", "blee")
    assert found.team_of("04_matmul", "ang") == ("ang", "ckim")
    assert found.team_of("04_matmul", "blee") == ("blee",)


def test_a_course_file_has_a_schedule(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text(ZONE + DUE + "[late]\npercent = 10\n")
    course = load_course(path)
    assert course.schedule.due["04_matmul"] == datetime(2026, 2, 2, 7, 59, tzinfo=UTC)
    assert course.schedule.policy == LatePolicy(percent=Fraction(10))


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("2026-02-01T23:59:00", 3, 72),
        ("2026-03-07T12:00:00", 1, 23),
        ("2026-10-31T12:00:00", 1, 25),
        ("2026-03-07T02:30:00", 1, 24),
        ("2026-10-31T01:30:00", 1, 25),
    ],
)
def test_a_day_ends_when_clocks_show_the_same_time_again(text, days, hours):
    moment = schedule(f"{ZONE}[due]\n04_matmul = {text}\n").due["04_matmul"]
    assert wall_after(moment, days) - moment.astimezone(UTC) == timedelta(hours=hours)


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["zone", "due", "late", "extensions", "submitted"]), st.text(max_size=9)
    )
)
def test_any_texts_for_the_keys_are_misuse_or_a_zone(table):
    try:
        assert isinstance(read_schedule(PATH, table, NAMES), Schedule)
        assert table.keys() <= {"zone"}
    except MisuseError as refused:
        assert str(refused).startswith("course.toml: ")
