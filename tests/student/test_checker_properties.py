"""check_gradient: one wrong element of ten thousand is seen, a right gradient passes wherever it is evaluated."""

import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograder.student
from autograder.student import GradientReport, check_gradient
from autograder.student.gradcheck.report import Verdict

CAREFUL = settings(derandomize=True, deadline=None, max_examples=40)
FEW = settings(derandomize=True, deadline=None, max_examples=6)
MANY = 10_000


def loss_of(z):
    return np.sum(np.sin(z) + 0.3 * z * z)


def gradient_of(z):
    return np.cos(z) + 0.6 * z


@FEW
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-4, -1e-4, 1e-2, -2.0]))
def test_one_element_of_ten_thousand_off_by_a_ten_thousandth_is_wrong(seed, error):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=MANY)
    right = gradient_of(x)
    large = np.flatnonzero(np.abs(right) > 0.5)  # of an element that matters
    wrong = right.copy()
    wrong[rng.choice(large)] *= 1 + error
    assert check_gradient(loss_of, x, right).verdict is Verdict.RIGHT
    report = check_gradient(loss_of, x, wrong)
    assert report.verdict is Verdict.WRONG
    assert report.evaluations < MANY / 10


@CAREFUL
@given(st.integers(0, 2**32 - 1), st.floats(-6, 6), st.floats(-6, 6))
def test_a_right_gradient_passes_and_a_wrong_one_does_not_at_every_scale(seed, size_in, size_out):
    a, b = 10.0**size_in, 10.0**size_out
    x = a * np.random.default_rng(seed).normal(size=5)
    f, right = (lambda x: b * loss_of(x / a)), (lambda x: b / a * gradient_of(x / a))
    assert check_gradient(f, x, right).verdict is Verdict.RIGHT
    assert check_gradient(f, x, lambda x: right(x) * (1 + 1e-4)).verdict is Verdict.WRONG


@CAREFUL
@given(st.integers(0, 2**32 - 1), st.floats(1, 60))
def test_a_right_gradient_is_never_wrong_where_it_is_saturated(seed, size):
    z = size * np.random.default_rng(seed).choice([-1.0, 1.0], 4)
    for right in (lambda z: 1 - np.tanh(z) ** 2, lambda z: np.cosh(z) ** -2.0):
        assert check_gradient(lambda z: np.sum(np.tanh(z)), z, right).verdict is not Verdict.WRONG
        report = check_gradient(lambda z: np.sum(np.tanh(z)), z, right, reference=lambda z: np.cosh(z) ** -2.0)
        assert report.verdict is Verdict.RIGHT  # the grader knows it


@CAREFUL
@given(st.lists(st.sampled_from([0.0, 1e-12, -1e-9, 1e-6, -1e-4, 0.3, -0.7]), min_size=1, max_size=6),
       st.sampled_from([0.0, 0.5, 1.0]))  # fmt: skip
def test_a_right_gradient_is_never_wrong_near_kinks(distances, side):
    x = np.array(distances)
    up = np.arange(1.0, x.size + 1) * np.resize([1, -1], x.size)
    f = lambda x: np.sum(up * np.maximum(x, 0))  # noqa: E731
    report = check_gradient(f, x, lambda x: up * np.where(x == 0, side, x > 0))
    assert report.verdict is not Verdict.WRONG
    assert check_gradient(f, x, lambda x: -up).verdict is Verdict.WRONG
    known = check_gradient(f, x, lambda x: up * np.where(x == 0, side, x > 0), reference=lambda x: up * (x > 0))
    assert known.verdict is Verdict.RIGHT  # the grader knows it, and any slope between left and right at 0 itself


@CAREFUL
@given(st.integers(0, 2**32 - 1))
def test_a_right_gradient_of_float32_inputs_passes(seed):
    x = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    for right in (gradient_of, lambda x: gradient_of(x).astype(np.float32)):
        assert check_gradient(loss_of, x, right).verdict is Verdict.RIGHT
        assert check_gradient(loss_of, x, lambda x, right=right: 2 * right(x)).verdict is Verdict.WRONG


def test_a_forward_pass_in_float32_raises_no_false_alarm():
    x = np.array([0.3, -1.1, 0.7])

    def f(x):
        return np.sum(np.sin(x.astype(np.float32)))

    assert check_gradient(f, x, np.cos).verdict is not Verdict.WRONG
    assert check_gradient(f, x, np.sin).verdict is Verdict.WRONG


X = np.array([0.4, -1.2, 2.0])


def test_random_numbers_and_gradients_that_add_up_are_told_apart():
    rng, sums = np.random.default_rng(0), np.zeros(3)

    def adding(x):
        sums[:] += gradient_of(x)
        return sums.copy()

    assert check_gradient(loss_of, X, adding).mistake.name == "zero the gradients first"
    assert check_gradient(loss_of, X, lambda x: gradient_of(x) * rng.normal(size=3)).mistake.name == "random"


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (np.ones(2), r"The gradient of x has shape \(2,\); x has shape \(3,\)"),
        (np.array([1.0, np.nan, 2.0]), r"The gradient of x\[1\] is nan"),
        (None, "The gradient of x is None"),
        (gradient_of(X) + np.array([0, 0.1, 0]), r"The gradient of x\[1\] is .*, but nudging x\[1\] up and down gives"),
    ],
)
def test_what_is_wrong_is_said(gradient, said):
    report = check_gradient(loss_of, X, gradient)
    assert report.verdict is Verdict.WRONG
    assert re.search(said, str(report))


def test_several_inputs_are_judged_one_by_one():
    w = X + 1
    report = check_gradient(lambda x, w: x @ w, {"x": X, "w": w}, lambda x, w: {"x": w, "w": 2 * x})
    assert [(part.name, part.verdict) for part in report.parts] == [("x", Verdict.RIGHT), ("w", Verdict.WRONG)]
    assert report.mistake.name == "factor 2"


def test_an_output_array_is_weighted_by_the_upstream_gradient():
    up = np.array([1.0, -2.0, 0.5])
    assert check_gradient(np.sin, X, up * np.cos(X), upstream=up).verdict is Verdict.RIGHT
    assert check_gradient(np.sin, X, np.cos(X), upstream=up).verdict is Verdict.WRONG


def test_a_kink_is_accepted_and_mentioned():
    report = check_gradient(lambda x: np.sum(np.maximum(x, 0)), np.array([0.0, 1.0]), lambda x: (x > 0) * 1.0)
    assert report.verdict is Verdict.RIGHT
    assert "One element sits on a kink" in str(report)


def test_half_a_slope_beside_a_kink_is_wrong_though_between_both_sides():
    x = np.array([1e-9, 1.0])
    assert check_gradient(lambda x: np.sum(np.maximum(x, 0)), x, lambda x: 0.5 * (x > 0)).verdict is Verdict.WRONG


def test_a_tie_accepts_either_side_and_no_wrong_gradient_beside_it():
    x = {"a": np.ones(2), "b": np.ones(2), "c": np.array([0.5, 2.0])}

    def f(a, b, c):
        return np.sum(np.maximum(a, b)) + np.sum(c * c)

    def gradient(factor):
        return lambda a, b, c: {"a": (a >= b) * 1.0, "b": (a < b) * 1.0, "c": factor * c}

    assert check_gradient(f, x, gradient(2.0)).verdict is not Verdict.WRONG
    assert check_gradient(f, x, gradient(2.02)).verdict is Verdict.WRONG


def test_the_reference_decides_what_slopes_cannot_see():
    f, right = (lambda x: 1e14 + np.sum(np.sin(x))), np.cos
    assert check_gradient(f, X, right).verdict is Verdict.UNDECIDED
    assert check_gradient(f, X, right, reference=np.cos).verdict is Verdict.RIGHT
    assert check_gradient(f, X, lambda x: 1e3 * np.cos(x), reference=np.cos).verdict is Verdict.WRONG


def test_a_forward_pass_that_cannot_be_measured_is_undecided_and_says_why():
    report = check_gradient(lambda x: np.sum(x) * np.nan, X, np.ones(3))
    assert report.verdict is Verdict.UNDECIDED
    assert "not finite" in str(report)


# --- what cannot be measured is undecided, never right


def edge(p):
    return -np.log(p[0])


def edge_gradient(p):
    return np.array([-1 / p[0], 0.0, 0.0])


def test_zeros_are_not_right_where_a_small_number_sits_at_the_edge_of_a_domain():
    p = np.array([1e-8, 0.4, 0.6])
    assert check_gradient(edge, p, np.zeros_like).verdict is Verdict.WRONG
    assert check_gradient(edge, p, np.zeros(3)).verdict is Verdict.WRONG
    assert check_gradient(edge, p, edge_gradient).verdict is Verdict.RIGHT


def test_an_element_without_slope_is_undecided_even_if_the_others_are_large():
    def f(x):
        return np.sqrt(x[0]) + 1e3 * x[1]

    assert check_gradient(f, np.array([0.0, 1.0]), np.array([0.0, 1e3])).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("score", [300.0, 355.0, 500.0, 700.0])
def test_minus_the_gradient_is_wrong_where_its_square_is_beyond_float64(score):
    x = np.array([score, score + 1, score - 1])
    assert check_gradient(lambda x: np.sum(np.exp(x)), x, np.exp).verdict is Verdict.RIGHT
    report = check_gradient(lambda x: np.sum(np.exp(x)), x, lambda x: -np.exp(x))
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, "sign")


# --- what a student's code does to the checker, and the checker to the student


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (lambda x: math.log(x[0]) + x[1], lambda x: np.array([1 / x[0], 1.0]), [1e-9, 0.4]),
        (lambda x: math.log(x[0]) + x[1], lambda x: np.array([1 / x[0], 1.0]), [1e-3, 0.4]),
        (lambda x: math.sqrt(x[0] - 1), lambda x: np.array([0.5 / math.sqrt(x[0] - 1), 0.0]), [1.001, 1.0]),
        (lambda x: np.linalg.cholesky(x)[1, 1], None, [[1.0, 0.999], [0.999, 1.0]]),
        (lambda x: math.exp(x[0]), lambda x: np.array([math.exp(x[0])]), [709.0]),
    ],
)
def test_an_exception_where_the_checker_nudges_out_of_the_domain_is_no_value_there(f, gradient, x):
    report = check_gradient(f, np.array(x), gradient or np.zeros_like)
    assert report.verdict is not Verdict.WRONG if gradient else report.verdict is Verdict.WRONG


def test_an_exception_at_the_point_itself_is_the_students_to_see():
    with pytest.raises(ValueError, match="math domain error"):
        check_gradient(lambda x: math.log(x[0]), np.array([-1.0]), np.ones(1))


def test_an_input_that_is_changed_in_place_is_a_note():
    def doubling(x):
        x *= 2
        return np.cos(x / 2)

    report = check_gradient(lambda x: np.sum(np.sin(x)), X, doubling)
    assert report.verdict is Verdict.RIGHT
    assert "your code changes its input x in place; work on a copy" in str(report)


@pytest.mark.parametrize("x", [[300.0, 301.0, 299.0], [700.0, 701.0], [1e308, 1.0], [1e-320, 1.0]])
def test_no_warning_of_the_checkers_own_reaches_a_student(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradient(lambda x: np.sum(np.exp(x)), np.array(x), lambda x: -np.exp(x))
        check_gradient(lambda x: np.sum(x * x), np.array(x), lambda x: -x)


def test_forward_evaluations_come_in_few_rounds():
    report = check_gradient(loss_of, np.random.default_rng(0).normal(size=400), gradient_of)
    assert report.rounds <= 4
    assert report.evaluations < 3 * 400


def test_the_checker_is_public():
    assert set(autograder.student.__all__) >= {"check_gradient", "GradientReport"}
    assert isinstance(check_gradient(loss_of, X, gradient_of), GradientReport)
