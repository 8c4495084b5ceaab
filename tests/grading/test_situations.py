"""Where an answer is wrong, and for which other input it would be right."""

import numpy as np
import pytest

from autograder.grading.other_inputs import Recalling, right_for_other_inputs
from autograder.student.judging.patterns import situations
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Case, Check, Probe

PROBE = Probe("f(x, lr)", ("y",))
NUMBERS = (
    np.array([1.5, 2.5]),
    np.array([0.25, 7.0]),
    np.array([3.0, -4.5]),
    np.array([-0.7, -9.0]),
)
RATES = (0.3, 1.0, 0.7, 0.2, 0.4)
CASES = tuple(
    Case({"x": x, "lr": lr}) for x, lr in zip((*NUMBERS, 5 * NUMBERS[0]), RATES, strict=True)
)
CHECK = Check("", PROBE, CASES, {"y": "p"}, Values())


def f(x, lr):
    return lr * x**3 + x


def answers(function):
    student = LocalStudent({"f": function})
    return [student.answers(PROBE, [case.inputs for case in CASES])]


def situation(function):
    found = situations([CHECK], answers(f), answers(function))
    return found["p"].name if found else ""


def other(function):
    given = ([CHECK], answers(f), answers(function), frozenset({"p"}))
    found = right_for_other_inputs(LocalStudent({"f": f}), *given)
    return found["p"].text if found else ""


def test_the_inputs_at_which_an_answer_is_wrong_are_named():
    wrong = "wrong where x holds a negative number"
    assert situation(lambda x, lr: f(abs(x), lr)) == wrong


@pytest.mark.parametrize(
    "wrong",
    [
        f,
        lambda x, lr: 0 * x,  # wrong everywhere
        lambda x, lr: f(x, lr) + (x[0] == 0.25),  # in one case
        lambda x, lr: f(x, lr) + (x[0] in (0.25, 3.0)),  # in two that have nothing in common
    ],
)
def test_no_situation_is_named_where_none_parts_wrong_from_right(wrong):
    assert situation(wrong) == ""


def test_a_situation_holds_over_all_checks_of_an_exercise():
    """A condition that separates right from wrong in one part says nothing if another part is wrong elsewhere too."""
    another = Check("", PROBE, CASES[:1], {"y": "q"}, Values())
    truth, wrong = answers(f), answers(lambda x, lr: f(abs(x), lr))
    elsewhere = answers(lambda x, lr: 2 * f(x, lr))
    assert situations([CHECK, another], [*truth, *truth], [*wrong, *wrong]).keys() == {"p"}
    assert situations([CHECK, another], [*truth, *truth], [*wrong, *elsewhere]) == {}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x, lr: f(x, 1.0), "if lr were always 1"),
        (lambda x, lr: f(x, 0.3), "if lr were always 0.3"),
        (lambda x, lr: f(abs(x), lr), "if x had no sign"),
        (lambda x, lr: f(np.trunc(x), lr), "if x held whole numbers"),
        (lambda x, lr: f(np.sort(x), lr), "if x were sorted"),
    ],
)
def test_the_input_for_which_an_answer_would_be_right_is_named(wrong, words):
    assert other(wrong) == f"what you return would be right {words}"


@pytest.mark.parametrize(
    "wrong",
    [
        f,
        lambda x, lr: f(x, 1.0) + 1e-3,
        lambda x, lr: f(x, 0.55),
        lambda x, lr: np.full(2, np.nan),
        lambda x, lr: 0 * x,
    ],
)
def test_no_other_input_is_named_where_none_fits(wrong):
    assert other(wrong) == ""


def test_who_recalls_answers_does_not_take_minus_zero_or_an_integer_for_another_number():
    student = Recalling(LocalStudent({"f": lambda x, lr: (np.copysign(lr, x), type(x))}), {})
    rows = [{"x": x, "lr": 1.0} for x in (0.0, -0.0, 0, 0.0)]
    given = [answer.value for answer in student.answers(PROBE, rows)]
    assert given == [(1.0, float), (-1.0, float), (1.0, int), (1.0, float)]
    assert len(student.kept) == 3
