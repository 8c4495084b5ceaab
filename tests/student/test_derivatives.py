"""Notebook 1's pictures show what the student's functions do, and its room for rounding still tells steps apart."""

import re

import numpy as np
import pytest
from judged import judge, key_of, reference_of

from autograder.hidden.checks.derivatives import GRAD, STEPS
from autograder.student.checks.derivatives import ROUNDING_OVER_STEP
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.plots import derivatives
from tests.variants.derivatives import (
    error_by_loops,
    gradient_from_two_copies,
    partials_from_a_table,
    slope_of_the_double_angle,
    sweep_with_arrays,
)

NAME = "01_derivatives"
LARGEST_ROUNDING = 0.1
USUAL_STEP = (1e-5,)


def stub(*_, **__):
    raise NotImplementedError


def nothing(*_, **__):
    return None


def broken(*_, **__):
    raise ZeroDivisionError


def not_finite(x):
    return np.asarray(x) * np.nan


def test_measured_slopes_lie_on_the_formula_or_it_is_said_how_far_off(shown):
    derivatives.plot_slopes(slope_of_the_double_angle, gradient_from_two_copies)
    derivatives.plot_slopes(lambda x: 2 * np.cos(x), gradient_from_two_copies)
    assert shown[0].endswith("The dots lie on the line.")
    assert re.search(r"The dots lie up to 2\.\d+ away from the line\.$", shown[1])


def grad_by_moving_x(f, x, h=1e-5):
    """Right, and x is as it was afterwards; meanwhile its numbers move."""
    if np.ndim(x) == 0:
        return (f(x + h) - f(x - h)) / (2 * h)
    slopes = np.zeros(x.shape)
    own = x if x.dtype == np.float64 else x.astype(np.float64)
    for place in np.ndindex(own.shape):
        kept, ends = own[place], []
        for moved in (kept + h, kept - h):
            own[place] = moved
            ends.append(f(own))
        own[place] = kept
        slopes[place] = (ends[0] - ends[1]) / (2 * h)
    return slopes


@pytest.mark.parametrize("exercise", ["num_grad", "num_vjp"])
def test_a_gradient_may_be_measured_by_moving_x_itself(exercise):
    namespace = reference_of(NAME)
    namespace["num_grad"] = grad_by_moving_x
    result = judge(key_of(NAME), namespace, exercise)
    assert result.earned == result.possible


def test_the_sweep_reads_out_the_errors_that_the_notebook_names(shown):
    derivatives.plot_sweep(sweep_with_arrays)
    [(forward, centred)] = re.findall(
        r"1e-05 (\S+) for the forward and (\S+) for the centred", shown[0]
    )
    assert forward == "2.3e-06"
    assert float(centred) < 5e-11
    [lost] = re.findall(r"1e-13 \S+ for the forward and (\S+) for the centred", shown[0])
    assert 1e-4 < float(lost) < 1e-2


def test_gates_are_drawn_with_the_slopes_given(shown):
    derivatives.plot_partials(partials_from_a_table)
    derivatives.plot_partials(lambda op, x, y: (x, y))
    assert shown[0].endswith("mul (-1.1, -1.25); add (1, 1); max (0, 1).")
    assert shown[1].endswith("mul (-1.25, -1.1); add (-1.25, -1.1); max (-1.25, -1.1).")


@pytest.mark.parametrize(
    "draw",
    [
        lambda answer: derivatives.plot_slopes(answer, gradient_from_two_copies),
        lambda answer: derivatives.plot_slopes(slope_of_the_double_angle, answer),
        derivatives.plot_sweep,
        derivatives.plot_partials,
    ],
)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (stub, "Fill in the cells above"),
        (nothing, "does not fit yet"),
        (broken, "does not fit yet"),
    ],
)
def test_an_answer_that_cannot_be_drawn_gives_a_sentence(shown, capsys, draw, answer, words):
    draw(answer)
    assert not shown
    assert words in capsys.readouterr().out


def test_slopes_that_are_not_numbers_give_a_sentence(shown, capsys):
    derivatives.plot_slopes(not_finite, gradient_from_two_copies)
    assert not shown
    assert "does not fit yet" in capsys.readouterr().out


def shares_of_the_room(answer):
    """How far each hidden gradient is off, in units of the room that the rule leaves; (step, share) for each case."""
    shares = []
    for check in key_of(NAME).checks["num_grad"]:
        if check.hidden and check.probe is GRAD:
            for case in check.cases:
                [given] = LocalStudent({"num_grad": answer}).answers(check.probe, [case.inputs])
                right = np.asarray(case.expected["grad"])
                off = np.abs(as_numbers(given.value) - right).max() / np.abs(right).max()
                shares.append((case.inputs["step"] or USUAL_STEP, off / ROUNDING_OVER_STEP))
    return shares


def test_rounding_takes_little_of_the_room_at_every_step():
    shares = shares_of_the_room(gradient_from_two_copies)
    assert {step for step, _ in shares} >= set(STEPS)
    assert max(share for _, share in shares) < LARGEST_ROUNDING


def test_a_forward_difference_is_far_outside_the_room_at_every_step():
    def forward(f, x, h=1e-5):
        x = np.asarray(x, float)
        rows = np.eye(x.size).reshape(x.size, *x.shape)
        return np.reshape([(f(x + h * row) - f(x)) / h for row in rows], x.shape)

    assert min(share for _, share in shares_of_the_room(forward)) > 10


def test_a_step_of_the_students_own_is_outside_the_room_from_a_thousandth_on():
    shares = shares_of_the_room(lambda f, x, h=1e-5: gradient_from_two_copies(f, x, 1e-5))
    assert min(share for step, share in shares if step >= (1e-3,)) > 1


def test_a_better_measurement_than_asked_for_is_told_from_the_one_asked_for():
    def four_points(f, x, h=1e-5):
        near, far = gradient_from_two_copies(f, x, h), gradient_from_two_copies(f, x, 2 * h)
        return (4 * near - far) / 3

    result = judge(key_of(NAME), {**reference_of(NAME), "num_grad": four_points}, "num_grad")
    assert result.earned == 0


@pytest.mark.parametrize("guard", [0.0, 1e-12, 1e-8])
def test_a_guard_against_division_by_zero_costs_nothing(guard):
    def guarded(a, b):
        sizes = np.maximum(np.abs(a), np.abs(b)) + guard
        return error_by_loops(a, b) if guard == 0 else np.max(np.abs(np.subtract(a, b)) / sizes)

    for exercise in ("rel_error", "fd_sweep"):
        result = judge(key_of(NAME), {**reference_of(NAME), "rel_error": guarded}, exercise)
        assert result.earned == result.possible
