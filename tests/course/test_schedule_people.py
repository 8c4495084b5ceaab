"""Whom course.toml means: by an id, or by a name that only one student has."""

import pytest

from autograder.course.schedule import Schedule, settle_people
from autograder.errors import MisuseError
from autograder.student.model.results import Identity

TIMES = {"04_matmul": None}
ADA = Identity("Ada Ng (1001)", ids={"sid": "1001"}, emails=("ada@school.example",))
OTHER = Identity("Ada Ng (1002)", ids={"sid": "1002"}, emails=("ng@school.example",))
BO = Identity("Bo Lee", ids={"canvas id": "4712", "canvas submission": "1001"})


@pytest.mark.parametrize("table", ["extensions", "submitted"])
def test_a_name_that_two_students_have_is_refused_with_their_ids(table):
    with pytest.raises(MisuseError) as refused:
        settle_people(Schedule(**{table: {"Ada Ng": TIMES}}), [ADA, OTHER, BO])
    assert str(refused.value) == (
        f'course.toml: {table}."Ada Ng" may be any of 2 students: Ada Ng (1001) (1001, ada@school.example), '
        "Ada Ng (1002) (1002, ng@school.example); write an id"
    )


@pytest.mark.parametrize("called", ["1001", "ada@school.example", "Ada Ng (1001)"])
def test_an_id_means_one_of_two_students_of_one_name(called):
    settled = settle_people(Schedule(extensions={called: TIMES}), [ADA, OTHER, BO])
    assert settled.extensions == {"Ada Ng (1001)": TIMES}


def test_the_number_of_a_submission_is_no_students_id():
    assert settle_people(Schedule(extensions={"1001": TIMES}), [BO]).extensions == {"1001": TIMES}


def test_a_student_who_is_called_like_anothers_id_gets_nothing_of_theirs():
    posing = Identity("1001", ids={"sid": "6666"})
    settled = settle_people(Schedule(extensions={"1001": TIMES}), [posing, ADA])
    assert settled.extensions == {"Ada Ng (1001)": TIMES}


def test_a_name_is_the_same_however_its_accents_are_written():
    joerg = Identity("J\u00f6rg")
    assert settle_people(Schedule(extensions={"Jo\u0308rg": TIMES}), [joerg]).extensions == {
        "J\u00f6rg": TIMES
    }


def test_times_of_one_student_by_several_names_are_put_together():
    schedule = Schedule(extensions={"Bo Lee": {"a": None}, "4712": {"b": None}})
    assert settle_people(schedule, [BO]).extensions == {"Bo Lee": {"a": None, "b": None}}
