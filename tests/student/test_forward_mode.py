"""Notebook 5: what a wrong operation costs, and where a broken class is the cause of what follows."""

import math

import pytest
from judged import COURSE, judge, key_of, mistaken_of, reference_of
from variants.forward_mode import Dual, slopes_without_a_jvp

from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent

NAME = "05_forward_mode"
ASSIGNMENT, HIDDEN = COURSE[NAME]
DUAL = {m.name: m for m in HIDDEN.misconceptions if m.exercise == "Dual"}


def with_a_wrong_class(exercise, name):
    """The judgement of an exercise on top of the misconception of `Dual` called `name`."""
    student = LocalStudent(mistaken_of(NAME, DUAL[name]))
    return judge_exercise(student, ASSIGNMENT.exercise(exercise), key_of(NAME).checks[exercise])


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("speeds of a difference added", {"sums", "plain"}),
        ("only the first factor moves", {"mul"}),
        ("sign of the quotient", {"div"}),
        ("square of the denominator missing", {"div"}),
        ("exponent not lowered", {"pow"}),
        ("sine at rest", {"sin"}),
        ("exponential without dot", {"exp"}),
        ("slope of the logarithm upside down", {"log"}),
        ("sigmoid without dot", {"sigmoid"}),
        ("constant factor does not scale the speed", {"plain"}),
        ("reflected difference turned round", {"plain"}),
        ("reflected quotient turned round", {"div"}),
        ("constants that move", {"plain", "div"}),
    ],
)
def test_a_wrong_operation_costs_the_parts_that_use_it(name, lost):
    parts = with_a_wrong_class("Dual", name).result.parts
    assert {part.name for part in parts if part.earned < part.possible} == lost


@pytest.mark.parametrize("operation", ["exp", "log"])
def test_an_operation_that_stops_costs_its_own_part_alone(operation):
    def stops(self):
        raise NotImplementedError("Replace this line.")

    namespace = reference_of(NAME)
    wrong = type("Dual", (namespace["Dual"],), {operation: stops})
    parts = judge(key_of(NAME), {**namespace, "Dual": wrong}, "Dual").parts
    assert {part.name for part in parts if part.earned < part.possible} == {operation}


@pytest.mark.parametrize("exercise", ["jvp", "grad_forward", "passes"])
@pytest.mark.parametrize("name", DUAL)
def test_a_wrong_operation_costs_its_own_exercise_only(name, exercise):
    result = with_a_wrong_class(exercise, name).result
    assert result.earned == result.possible


def test_whoever_knows_the_number_of_passes_without_counting_gets_half():
    result = judge(key_of(NAME), {**reference_of(NAME), "passes": lambda f, n: n}, "passes")
    assert {part.name: part.earned for part in result.parts} == {"count": 0.5, "run": 0.0}


@pytest.mark.parametrize(("x", "y"), [(math.pi / 2, 3.0), (0.7, -1.3)])
def test_the_running_example_has_the_slides_slopes(x, y):
    slopes = slopes_without_a_jvp(lambda v: v[0] * v[1] + v[0].sin(), [x, y])
    assert slopes == pytest.approx([y + math.cos(x), x], abs=1e-15)
    assert (Dual(x) * y + Dual(x).sin()).val == pytest.approx(x * y + math.sin(x), abs=1e-15)
