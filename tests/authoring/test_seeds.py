"""Verdicts do not depend on the course's seed, and an exercise's card stays short."""

import pytest
from conftest import mostly_long

from autograder.course.settings import catalogue
from benchmarks.conditions import SHARES, differences, verdicts

MOST_CASES = 8
# Of the shares of answers, those that are tried here, each at a seed of its own; `make seeds` tries all.
TRIED = range(0, SHARES, 3)
EXERCISES = [exercise for public, _ in catalogue().values() for exercise in public.exercises]


@pytest.mark.parametrize(
    "name", mostly_long(catalogue(), "01_derivatives", "02_gates", "04_matmul")
)
def test_other_seeds_give_the_same_verdicts(name):
    for share in TRIED:
        assert differences(verdicts(name, "0", share), verdicts(name, f"{share} more", share)) == []


@pytest.mark.parametrize(("name", "seed"), [("05_forward_mode", 43), ("08_trailnet", 137)])
def test_a_seed_that_once_gave_another_verdict_gives_the_same(name, seed):
    share = seed % SHARES
    assert differences(verdicts(name, "0", share), verdicts(name, f"{seed}", share)) == []


def test_a_verdict_that_only_one_seed_gives_is_a_difference():
    assert differences({"a": True, "b": 1.0}, {"a": True, "b": 0.5, "c": False}) == ["b", "c"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_exercise_has_few_visible_cases(exercise):
    assert sum(len(check.cases) for check in exercise.checks) <= MOST_CASES
