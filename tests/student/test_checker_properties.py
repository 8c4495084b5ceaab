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
from autograder.student.gradcheck.gradient_relations import rounded_to_float32
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
        report = check_gradient(
            lambda z: np.sum(np.tanh(z)), z, right, reference=lambda z: np.cosh(z) ** -2.0
        )
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
    known = check_gradient(
        f, x, lambda x: up * np.where(x == 0, side, x > 0), reference=lambda x: up * (x > 0)
    )
    assert (
        known.verdict is Verdict.RIGHT
    )  # the grader knows it, and any slope between left and right at 0 itself


@CAREFUL
@given(st.integers(0, 2**32 - 1))
def test_a_right_gradient_of_float32_inputs_passes(seed):
    x = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    for right in (gradient_of, lambda x: gradient_of(x).astype(np.float32)):
        assert check_gradient(loss_of, x, right).verdict is Verdict.RIGHT
        assert (
            check_gradient(loss_of, x, lambda x, right=right: 2 * right(x)).verdict is Verdict.WRONG
        )


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
    assert (
        check_gradient(loss_of, X, lambda x: gradient_of(x) * rng.normal(size=3)).mistake.name
        == "random"
    )


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (np.ones(2), r"The gradient of x has shape \(2,\); x has shape \(3,\)"),
        (np.array([1.0, np.nan, 2.0]), r"The gradient of x\[1\] is nan"),
        (None, "The gradient of x is None"),
        (
            gradient_of(X) + np.array([0, 0.1, 0]),
            r"The gradient of x\[1\] is .*, but nudging x\[1\] up and down gives",
        ),
    ],
)
def test_what_is_wrong_is_said(gradient, said):
    report = check_gradient(loss_of, X, gradient)
    assert report.verdict is Verdict.WRONG
    assert re.search(said, str(report))


def test_several_inputs_are_judged_one_by_one():
    w = X + 1
    report = check_gradient(lambda x, w: x @ w, {"x": X, "w": w}, lambda x, w: {"x": w, "w": 2 * x})
    assert [(part.name, part.verdict) for part in report.parts] == [
        ("x", Verdict.RIGHT),
        ("w", Verdict.WRONG),
    ]
    assert report.mistake.name == "factor 2"


def test_an_output_array_is_weighted_by_the_upstream_gradient():
    up = np.array([1.0, -2.0, 0.5])
    assert check_gradient(np.sin, X, up * np.cos(X), upstream=up).verdict is Verdict.RIGHT
    assert check_gradient(np.sin, X, np.cos(X), upstream=up).verdict is Verdict.WRONG


def test_a_kink_is_accepted_and_mentioned():
    report = check_gradient(
        lambda x: np.sum(np.maximum(x, 0)), np.array([0.0, 1.0]), lambda x: (x > 0) * 1.0
    )
    assert report.verdict is Verdict.RIGHT
    assert "One element sits on a kink" in str(report)


def test_half_a_slope_beside_a_kink_is_wrong_though_between_both_sides():
    x = np.array([1e-9, 1.0])
    assert (
        check_gradient(lambda x: np.sum(np.maximum(x, 0)), x, lambda x: 0.5 * (x > 0)).verdict
        is Verdict.WRONG
    )


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
    assert (
        check_gradient(f, X, lambda x: 1e3 * np.cos(x), reference=np.cos).verdict is Verdict.WRONG
    )


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

    assert (
        check_gradient(f, np.array([0.0, 1.0]), np.array([0.0, 1e3])).verdict is Verdict.UNDECIDED
    )


@pytest.mark.parametrize("off", [[1, -1, -1], [1, 1.01, 1], [1, 1e3, 1], [1, 1, 1]])
def test_small_numbers_beside_a_huge_one_that_hides_them_are_undecided(off):
    report = check_gradient(
        lambda x: np.sum(np.exp(x)), np.array([600.0, 1.0, 2.0]), lambda x: np.exp(x) * off
    )
    assert report.verdict is Verdict.UNDECIDED
    assert "lost in the rounding" in str(report)


@pytest.mark.parametrize("score", [300.0, 355.0, 500.0, 700.0])
def test_minus_the_gradient_is_wrong_where_its_square_is_beyond_float64(score):
    x = np.array([score, score + 1, score - 1])
    assert check_gradient(lambda x: np.sum(np.exp(x)), x, np.exp).verdict is Verdict.RIGHT
    report = check_gradient(lambda x: np.sum(np.exp(x)), x, lambda x: -np.exp(x))
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, "sign")


@pytest.mark.parametrize("score", [709.0, 709.7])
def test_where_slopes_are_beyond_float64_minus_the_gradient_is_not_right(score):
    x = np.array([score, score - 1])
    assert check_gradient(lambda x: np.sum(np.exp(x)), x, np.exp).verdict is not Verdict.WRONG
    report = check_gradient(lambda x: np.sum(np.exp(x)), x, lambda x: -np.exp(x))
    assert report.verdict is not Verdict.RIGHT


# --- with a reference, a difference that is more than rounding is wrong


def tied(x):
    return (x == x.max()) * 1.0


def first_of_ties(x):
    return np.eye(x.size)[np.argmax(x)]


TIED = np.array([1.0, 2.0, 2.0, 0.3])


@pytest.mark.parametrize("reference", [None, first_of_ties])
@pytest.mark.parametrize("wrong", [tied, np.zeros_like, lambda x: tied(x) * (tied(x).sum() < 2)])
def test_shares_of_a_tie_that_do_not_add_up_are_wrong(wrong, reference):
    assert check_gradient(np.max, TIED, wrong, reference=reference).verdict is Verdict.WRONG


@pytest.mark.parametrize("reference", [None, first_of_ties])
@pytest.mark.parametrize(
    "right",
    [first_of_ties, lambda x: tied(x) / tied(x).sum(), lambda x: first_of_ties(x[::-1])[::-1]],
)
def test_shares_of_a_tie_that_add_up_are_right(right, reference):
    assert check_gradient(np.max, TIED, right, reference=reference).verdict is Verdict.RIGHT


def test_all_numbers_tied_and_two_inputs_tied_with_each_other():
    x = np.full(5, 0.7)
    assert check_gradient(np.max, x, tied).verdict is Verdict.WRONG
    assert check_gradient(np.max, x, lambda x: tied(x) / 5).verdict is Verdict.RIGHT

    def both(a, b):
        return {"a": (a >= b) * 1.0, "b": (b >= a) * 1.0}

    def f(a, b):
        return np.sum(np.maximum(a, b))

    assert check_gradient(f, {"a": np.ones(2), "b": np.ones(2)}, both).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    "wrong", [lambda x: -np.exp(x), lambda x: np.exp(x) * [1, 1, 1, 1.01], np.zeros_like]
)
def test_with_a_reference_a_noisy_forward_pass_hides_nothing(wrong):
    x = np.array([600.0, 599.0, 598.5, 598.0])
    assert (
        check_gradient(lambda x: np.sum(np.exp(x)), x, wrong, reference=np.exp).verdict
        is Verdict.WRONG
    )
    assert (
        check_gradient(lambda x: np.sum(np.exp(x)), x, np.exp, reference=np.exp).verdict
        is Verdict.RIGHT
    )
    far = lambda x: 1e15 + np.sum(np.sin(x))  # noqa: E731
    assert (
        check_gradient(far, X, lambda x: 2 * np.cos(x), reference=np.cos).verdict is Verdict.WRONG
    )
    assert check_gradient(far, X, np.cos, reference=np.cos).verdict is Verdict.RIGHT


@pytest.mark.parametrize("off", [[1, -1, -1], [1, 1.01, 1], [1, 1, 0.99]])
def test_with_a_reference_a_small_number_beside_a_huge_one_is_judged_too(off):
    x = np.array([600.0, 1.0, 2.0])

    def judged(gradient):
        return check_gradient(lambda x: np.sum(np.exp(x)), x, gradient, reference=np.exp).verdict

    assert judged(lambda x: np.exp(x) * off) is Verdict.WRONG
    assert judged(np.exp) is Verdict.RIGHT


def steep(x):
    return 1 / (1 + np.exp(-1e5 * x))


def steep_gradient(x):
    return 1e5 * steep(x) * (1 - steep(x))


@pytest.mark.parametrize(
    "wrong", [lambda x: -steep_gradient(x), np.zeros_like, lambda x: 0.5 * steep_gradient(x)]
)
def test_with_a_reference_nothing_wrong_is_right_on_a_steep_place(wrong):
    x = np.array([1e-5, 0.3, -0.4])
    f = lambda x: np.sum(steep(x))  # noqa: E731
    assert check_gradient(f, x, wrong, reference=steep_gradient).verdict is Verdict.WRONG
    assert check_gradient(f, x, steep_gradient, reference=steep_gradient).verdict is Verdict.RIGHT


def test_a_choice_at_several_kinks_at_once_is_right_with_a_reference():
    """Each summand is right; the sum of the choices lies outside of what nudging one number can show."""
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    f = lambda x: np.sum(np.array([1.0, 2.0, 0.5, 1.5, 3.0]) * np.maximum(signs * x, 0))  # noqa: E731

    def choosing(side):
        return lambda x: np.array(
            [np.array([1.0, 2.0, 0.5, 1.5, 3.0]) @ (signs * np.where(x == 0, side, signs * x > 0))]
        )

    for side in (0.0, 1.0):
        report = check_gradient(f, np.zeros(1), choosing(side), reference=choosing(1.0 - side))
        assert report.verdict is Verdict.RIGHT
        assert check_gradient(f, np.zeros(1), choosing(side)).verdict is not Verdict.WRONG


def test_what_is_wrong_close_to_kinks_is_wrong():
    x = np.array([-999.99, -443.8, -999.99, -1647.8, -999.99])
    up = 1e-6 * np.array([-1.48, 1.06, -1.39, 3.0, -0.81])
    f = lambda x: np.sum(up * np.maximum(x, -1000))  # noqa: E731
    off = np.array([0.99, 0.985, 0.997, 1.0, 1.01])
    assert check_gradient(f, x, lambda x: up * (x > -1000) * off).verdict is Verdict.WRONG
    assert check_gradient(f, x, lambda x: up * (x > -1000)).verdict is Verdict.RIGHT


def test_a_larger_number_beside_a_smaller_one_is_no_rounding_to_float32():
    f = lambda a, b: np.sum(np.maximum(a, b))  # noqa: E731
    x = {"a": np.array([-0.50692348]), "b": np.array([-1.1884342])}
    wrong = check_gradient(f, x, lambda a, b: {"a": np.array([1 + 1e-5]), "b": np.zeros(1)})
    assert wrong.verdict is Verdict.WRONG


# --- right gradients that are hard to measure


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@pytest.mark.parametrize("seed", range(4))
def test_float32_in_one_input_of_the_forward_only_raises_no_false_alarm(seed):
    rng = np.random.default_rng(seed)
    x = {"z": rng.normal(size=3), "v": rng.normal(size=3)}

    def f(z, v):
        return np.sum(softmax(z.astype(np.float32)) * v)

    def gradient(z, v):
        q = softmax(z)
        return {"z": q * (v - q @ v), "v": q}

    assert check_gradient(f, x, gradient).verdict is not Verdict.WRONG
    assert check_gradient(f, x, gradient, reference=gradient).verdict is Verdict.RIGHT
    wrong = check_gradient(f, x, lambda z, v: {**gradient(z, v), "v": 1.1 * softmax(z)})
    assert wrong.verdict is Verdict.WRONG


@pytest.mark.parametrize("x", [[1.0, 2, 2, 2, 5], [1.0, 2, 2, 5], [2.0, 2, 2]])
def test_a_median_at_ties_raises_no_false_alarm(x):
    def share(x):
        middle = np.isclose(x, np.median(x)) * 1.0
        return middle / middle.sum()

    assert check_gradient(np.median, np.array(x), share).verdict is not Verdict.WRONG
    assert check_gradient(np.median, np.array(x), share, reference=share).verdict is Verdict.RIGHT


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-5])
def test_a_pole_inside_the_coarse_steps_raises_no_false_alarm(distance):
    x = np.array([1.0, 3.0])
    f = lambda x: 1 / (x[0] - 1 - distance) + 1e6 * x[1] ** 2  # noqa: E731
    right = lambda x: np.array([-1 / (x[0] - 1 - distance) ** 2, 2e6 * x[1]])  # noqa: E731
    assert check_gradient(f, x, right).verdict is Verdict.RIGHT
    assert check_gradient(f, x, lambda x: -right(x)).verdict is Verdict.WRONG


@pytest.mark.parametrize("x", [[1.0, 2.0, 0.5], [0.3, 1.7, 4.1], [123.4, -7.7]])
@pytest.mark.parametrize(
    ("f", "right"),
    [
        (lambda x: np.sin(1e8 * x), lambda x: 1e8 * np.cos(1e8 * x)),
        (lambda x: np.floor(1e4 * x), np.zeros_like),
        (lambda x: np.trunc(1e4 * x) / 1e4 + x, np.ones_like),
    ],
)
def test_what_moves_faster_than_any_step_is_undecided(f, right, x):
    report = check_gradient(lambda x: np.sum(f(x)), np.array(x), right)
    assert report.verdict is Verdict.UNDECIDED
    assert "lost in the rounding" not in str(report)


W = np.array([[1.0, 2.0], [3.0, 4.0], [0.5, -1.0]])
FITTED = np.array([0.3, -0.7])
MOSTLY_TINY, TINIEST = np.array([1.0, *np.full(6, 1e-9)]), np.array([*np.full(7, 1e-12), 1.0])


@pytest.mark.parametrize(
    ("f", "right", "x"),
    [
        (
            lambda w: np.mean((W @ w - W @ FITTED) ** 2),
            lambda w: 2 * W.T @ (W @ w - W @ FITTED) / 3,
            FITTED,
        ),
        (lambda x: np.sum(x**2), lambda x: 2 * x, np.zeros(3)),
        (lambda x: np.sum(np.maximum(x, 0)), lambda x: (x > 0) * 1.0, np.zeros(3)),
        (lambda x: 3.0 + 0 * np.sum(x), np.zeros_like, np.ones(3)),
        (lambda x: np.arange(1.0, 8) @ x, lambda x: np.arange(1.0, 8), MOSTLY_TINY),
        (lambda x: np.arange(1.0, 9) @ x, lambda x: np.arange(1.0, 9), TINIEST),
        (edge, edge_gradient, np.array([1e-2, 0.4, 0.59])),
        (edge, edge_gradient, np.array([1e-3, 0.4, 0.599])),
        (edge, edge_gradient, np.array([1e-4, 0.4, 0.5999])),
    ],
)
def test_ordinary_special_points_are_decided(f, right, x):
    report = check_gradient(f, x, right)
    assert report.verdict is Verdict.RIGHT
    assert "kink" not in str(report) or not x.any()
    off = right(x) - 0.01 * np.abs(right(x)).max() - 1e-3
    assert check_gradient(f, x, off).verdict is Verdict.WRONG


def test_the_reason_why_nothing_is_decided_is_true():
    lost = check_gradient(lambda x: 1e15 + np.sum(np.sin(x)), X, np.cos)
    assert (lost.verdict, "lost in the rounding" in str(lost)) == (Verdict.UNDECIDED, True)
    ends = check_gradient(
        lambda x: np.sum(np.sqrt(x)), np.array([0.0, 1.0]), lambda x: 0.5 / np.sqrt(x + 1e-9)
    )
    assert (ends.verdict, "the function ends, jumps" in str(ends)) == (Verdict.UNDECIDED, True)


def test_a_mistake_in_the_last_digits_is_wrong_beside_a_kink_that_is_nearer_still():
    """No step of a kink is taken for a digit that larger numbers lost."""
    x = np.array([1e-9 - 1.0])
    f = lambda x: 1e-6 * np.sum(np.maximum(x, -1.0))  # noqa: E731
    assert check_gradient(f, x, lambda x: 1e-6 * (x > -1)).verdict is Verdict.RIGHT
    report = check_gradient(
        f, x, lambda x: 1.0001e-6 * (x > -1), reference=lambda x: 1e-6 * (x > -1)
    )
    assert report.verdict is Verdict.WRONG


def test_no_kink_is_the_reason_where_both_branches_have_the_same_slope():
    """Each of the two branches is chosen at 0, or none: wrong there only, and the function is a line."""
    report = check_gradient(
        lambda x: np.sum(np.maximum(x, 0) - np.maximum(-x, 0)),
        np.array([0.0, 1.0]),
        lambda x: (x != 0) * 1.0,
    )
    assert report.verdict is Verdict.UNDECIDED
    assert "kink" not in str(report)


@pytest.mark.parametrize("seed", range(8))
def test_an_answer_that_is_rounded_to_float32_is_wrong_and_named(seed):
    x = np.random.default_rng(seed).normal(size=3)
    for rounded in (
        lambda x: gradient_of(x).astype(np.float32),
        lambda x: np.float64(np.float32(gradient_of(x))),
    ):
        report = check_gradient(loss_of, x, rounded)
        assert (report.verdict, report.mistake.name) == (Verdict.WRONG, "float32")


def test_what_is_left_after_larger_numbers_cancelled_is_no_float32():
    x = np.array([1304.0000451301373, 947.0809631292421, -703.7352358069926])
    up = np.array([1.05, -1.68, -0.68])

    def gradient(x):
        return (up / np.cosh(np.arctan(x)) ** 2 / (1 + x * x) + 300.0) - 300.0

    assert rounded_to_float32(gradient(x))
    report = check_gradient(lambda x: np.sum(up * np.tanh(np.arctan(x))), x, gradient)
    assert report.verdict is Verdict.RIGHT


@pytest.mark.parametrize("seed", [11, 15, 45, 63, 65, 93])
def test_an_answer_in_float32_is_named_at_every_scale(seed):
    rng = np.random.default_rng(1)
    for _ in range(seed + 1):
        x = rng.normal(size=4) * 10.0 ** rng.integers(-2, 3)
    report = check_gradient(loss_of, x, lambda x: gradient_of(x).astype(np.float32))
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, "float32")


def test_numbers_of_float32_that_are_right_are_right():
    x = np.random.default_rng(0).normal(size=5).astype(np.float32).astype(np.float64)
    assert check_gradient(lambda x: np.sum(x**2), x, lambda x: 2 * x).verdict is Verdict.RIGHT


# --- names


def affine(w):
    return np.sum(np.tanh(w) * np.arange(1.0, 13).reshape(3, 4))


def affine_gradient(w):
    return (1 - np.tanh(w) ** 2) * np.arange(1.0, 13).reshape(3, 4)


@pytest.mark.parametrize("reference", [None, affine_gradient])
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda w: -affine_gradient(w), "sign"),
        (lambda w: affine_gradient(w) + 0.7, "offset"),
        (lambda w: affine_gradient(w) * w, "times x"),
        (lambda w: affine_gradient(w) * [[1.0], [2.0], [3.0]], "rows scaled"),
        (lambda w: affine_gradient(w) * [1.0, 2.0, 3.0, 1.5], "columns scaled"),
        (lambda w: affine_gradient(w)[::-1], "permuted"),
        (lambda w: np.where(w == w[1, 1], np.nan, affine_gradient(w)), "nan"),
        (lambda w: np.where(w == w[1, 1], np.inf, affine_gradient(w)), "not finite"),
        (lambda w: affine_gradient(w) * (1 + 0.01 * w), None),
    ],
)
def test_a_simple_mistake_is_named_with_and_without_a_reference(wrong, name, reference):
    w = np.random.default_rng(3).normal(size=(3, 4))
    report = check_gradient(affine, w, wrong, reference=reference)
    assert report.verdict is Verdict.WRONG
    assert (report.mistake.name if report.mistake else None) == name


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda g, x: -g.T, "transposed, sign"),
        (lambda g, x: g / x, "without x"),
        (lambda g, x: np.where(x == x[0, 0], np.nan, g), "nan"),
    ],
)
def test_a_simple_mistake_in_a_square_of_numbers_is_named(wrong, name, known):
    weights = np.arange(1.0, 10).reshape(3, 3)
    x = np.random.default_rng(3).normal(size=(3, 3))

    def right(x):
        return weights * (1 - np.tanh(x) ** 2)

    report = check_gradient(
        lambda x: np.sum(weights * np.tanh(x)),
        x,
        lambda x: wrong(right(x), x),
        reference=right if known else None,
    )
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, name)


@pytest.mark.parametrize(
    ("shape", "name"), [((1,), "shape"), ((1, 1), "shape"), ((2,), "not summed")]
)
def test_the_wrong_shape_of_a_single_number_is_named(shape, name):
    def wrong(x):
        return np.full(shape, np.cos(x) / np.prod(shape))

    report = check_gradient(np.sin, np.array(0.4), wrong)
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, name)


def test_one_element_is_named_only_where_the_small_ones_are_right():
    sizes = np.array([1e6, 1.0, 1e-2, 1e-3, 1.0])
    f, right = (lambda x: np.sum(sizes * np.sin(x))), (lambda x: sizes * np.cos(x))
    x = np.array([0.3, -1.1, 0.7, 0.2, 0.5])
    off = [0.0, 5.0, 5.0, 50.0, 2.0]
    report = check_gradient(f, x, lambda x: right(x) * off)
    assert (report.verdict, report.mistake) == (Verdict.WRONG, None)
    report = check_gradient(f, x, lambda x: right(x) * off, reference=right)
    assert (report.verdict, report.mistake) == (Verdict.WRONG, None)


# --- what a check costs


def test_a_wrong_gradient_of_ten_parameters_costs_at_most_200_evaluations():
    x = np.random.default_rng(0).normal(size=10)
    for wrong in (
        lambda x: -gradient_of(x),
        lambda x: 2 * gradient_of(x),
        lambda x: gradient_of(x) + 0.1 * x,
    ):
        report = check_gradient(loss_of, x, wrong)
        assert report.verdict is Verdict.WRONG
        assert report.evaluations <= 200
    several = {"w": x[:6].reshape(2, 3), "v": x[6:8], "u": x[8:9], "t": x[9:]}

    def loss_of_several(**parts):
        return sum(loss_of(part) for part in parts.values())

    report = check_gradient(
        loss_of_several,
        several,
        lambda **p: {name: 2 * gradient_of(part) for name, part in p.items()},
    )
    assert report.verdict is Verdict.WRONG
    assert report.evaluations <= 200


def test_a_check_of_100_000_parameters_costs_at_most_600_evaluations():
    x = np.random.default_rng(0).normal(size=100_000)
    report = check_gradient(loss_of, x, gradient_of)
    assert (report.verdict, report.evaluations <= 600) == (Verdict.RIGHT, True)


# --- what a student's code does to the checker, and the checker to the student


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (lambda x: math.log(x[0]) + x[1], lambda x: np.array([1 / x[0], 1.0]), [1e-9, 0.4]),
        (lambda x: math.log(x[0]) + x[1], lambda x: np.array([1 / x[0], 1.0]), [1e-3, 0.4]),
        (
            lambda x: math.sqrt(x[0] - 1),
            lambda x: np.array([0.5 / math.sqrt(x[0] - 1), 0.0]),
            [1.001, 1.0],
        ),
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


@pytest.mark.parametrize(
    ("rate", "x"), [(82991, 1.351), (183360, 1.261), (276534, 0.532), (503984, 0.264)]
)
def test_steps_that_all_jump_over_a_wave_do_not_make_its_gradient_wrong(rate, x):
    """Coarse steps may agree with each other by chance; finer ones see the wave, and count."""
    report = check_gradient(
        lambda x: np.sum(np.sin(rate * x)), np.array([x]), lambda x: rate * np.cos(rate * x)
    )
    assert report.verdict.value != "wrong"


# Right gradients of random expressions that were called wrong, each the least of its kind.


def _riding(x):
    """A rounding of 1 + u, on something that moves smoothly."""
    return np.log(1 + (x[0] * x[1]) ** 2) * (x[1] - np.cos(x[1]))


def _riding_gradient(x):
    u = x[0] * x[1]
    outer, factor = 2 * u / (1 + u * u), x[1] - np.cos(x[1])
    return np.array(
        [outer * x[1] * factor, outer * x[0] * factor + np.log1p(u * u) * (1 + np.sin(x[1]))]
    )


def _lost(x):
    return np.sum(np.log(1 + np.log(1 + np.maximum(x, 0) ** 2) ** 2))


def _lost_gradient(x):
    inner = np.log(1 + np.maximum(x, 0) ** 2)
    return 2 * inner / (1 + inner**2) * 2 * np.maximum(x, 0) / (1 + x * x)


def _coarse_gradient(x):
    """Right, but rounded on the way to the digits that x leaves."""
    return (x - np.sin(1 / x) / x**2) - x


def _waving(x):
    return np.sum(x**4 + x * x / (1 + np.sin(x * x) ** 2))


def _waving_gradient(x):
    u, below = x * x, 1 + np.sin(x * x) ** 2
    return 4 * x**3 + 2 * x / below - 4 * x * u * np.sin(u) * np.cos(u) / below**2


def _beside_one(x):
    return np.sum(np.cos(np.cos(x) / (1 + x * x)))


def _beside_one_gradient(x):
    below = 1 + x * x
    inner = np.cos(x) / below
    return np.sin(inner) * (np.sin(x) / below + 2 * x * inner / below)


def _fading_gradient(x):
    below = 1 + x * x
    wave = np.sin(x) / below
    return 2 * wave * (np.cos(x) / below - 2 * x * wave / below)


def _unmoved(x):
    u = x * x[0] / (1 + x[1] ** 2)
    return np.sum(np.log(1 + np.log(1 + u * u) ** 2))


def _unmoved_gradient(x):
    below = 1 + x[1] ** 2
    u = x * x[0] / below
    inner = np.log1p(u * u)
    slopes = 2 * inner / (1 + inner**2) * 2 * u / (1 + u * u)
    gradient = slopes * x[0] / below
    gradient[0] += slopes @ x / below
    gradient[1] -= slopes @ u * 2 * x[1] / below
    return gradient


TANHS = np.array([-0.14953064931640953, -0.9450263496942884, -0.28994015477580487,
                  2.397185771876416, 0.71111683289418, 0.08698766161230179])  # fmt: skip


def _saturating(x):
    """All but one of the six are saturated, and that one has lost digits inside."""
    product, _, logarithm = _inside(x)
    return np.sum(TANHS * np.tanh(product * logarithm * np.roll(x, 2)))


def _inside(x):
    small = np.roll(x, 1) / (1 + np.roll(x, 3) ** 2)
    product = np.cos(x) - np.roll(x, 4) * np.roll(x, 5)
    return product, small, np.log(1 + small**2)


def _saturating_gradient(x):
    (product, small, logarithm), by = _inside(x), np.roll(x, 2)
    outer = TANHS / np.cosh(product * logarithm * by) ** 2
    by_product, by_small = outer * logarithm * by, outer * product * by * 2 * small / (1 + small**2)
    below, z = 1 + np.roll(x, 3) ** 2, np.roll(x, 3)
    gradient = -np.sin(x) * by_product + np.roll(outer * product * logarithm, -2)
    gradient -= np.roll(by_product * np.roll(x, 5), -4) + np.roll(by_product * np.roll(x, 4), -5)
    return gradient + np.roll(by_small / below, -1) - np.roll(by_small * small / below * 2 * z, -3)


def _jumping(x):
    """1 + x^4 moves in steps: between them, only the sine moves."""
    return np.sum(3e-11 * np.sin(x) - 6.3e-4 * np.log(1 + x**4))


def _jumping_gradient(x):
    return 3e-11 * np.cos(x) - 6.3e-4 * 4 * x**3 / (1 + x**4)


SPECIAL = {
    "digits that one unsaturated number lost inside": (
        _saturating, _saturating_gradient,
        [835.7647481399455, 468.4104910778613, -1030.3368562800542,
         520.0879119754446, -1166.298942266618, 2161.120369545275]),
    "steps that are met far away only": (_jumping, _jumping_gradient, [1.473610149634513e-4]),
    "such steps beside digits that are lost": (
        _jumping, _jumping_gradient, [1.473610149634513e-4, 2e-3]),
    "three steps jump over a small fast wiggle": (
        lambda x: np.sum(x * x + 1e-3 * np.cos(400 * x)),
        lambda x: 2 * x - 0.4 * np.sin(400 * x), [-651.8, -174.7, 1663.7]),
    "digits lost below a smooth factor": (_riding, _riding_gradient, [1.1e-3, 3.7e-3]),
    "nearly all digits lost below a smooth factor": (_riding, _riding_gradient, [-1e-3, -2e-3]),
    "all digits lost close by": (_lost, _lost_gradient, [2.5e-4, 1.7e-3, -1e-3]),
    "a formula that cancels coarsely": (
        lambda x: np.sum(np.cos(1 / x) * -1.0), _coarse_gradient, [47.3, 472.1, 775.4]),
    "a wave faster than numbers follow each other, hidden by larger numbers": (
        lambda x: np.sum(np.exp(x) + np.cos(np.exp(x))),
        lambda x: np.exp(x) * (1 - np.sin(np.exp(x))), [149.1746362250036]),
    "such a wave on something that moves slowly": (
        lambda x: np.sum(x * x + np.sin(np.exp(x))),
        lambda x: 2 * x + np.cos(np.exp(x)) * np.exp(x), [403.9593111535853, 205.68482543248996]),
    "a wave that looks like steps along a direction": (
        _waving, _waving_gradient, [125.7302210933933, -132.10486329130188, 640.422650443282]),
    "a wave that looks like noise": (
        lambda x: np.sum(1e3 * x + np.sin(x**3)), lambda x: 1e3 + 3 * x * x * np.cos(x**3),
        [172.792096032393, 410.80907175057916]),
    "a wave beside 1": (_beside_one, _beside_one_gradient, [345.584192064786, 821.6181435011583]),
    "a wave beside 1 where close points differ by rounding only": (
        _beside_one, _beside_one_gradient, [-1206.849486366775, 131.3579179202519]),
    "a wave that is flat far away": (
        lambda x: np.sum(1 + (np.sin(x) / (1 + x * x))**2), _fading_gradient,
        [2040.9191213851825, -2555.6650313141818]),
    "what does not move at all, beside what moves in steps": (
        _unmoved, _unmoved_gradient,
        [-0.0003992465894713503, -0.012577367209219155, 0.02574023189963745]),
}  # fmt: skip


WEIGHTS = np.array([-1.7005187616064719, 1.132101596306776, -0.6265694149247362,
                    0.4729563131301244, -0.6878307530830818, 0.47638088887466157])  # fmt: skip


def _fine_wave(x):
    return np.sum(WEIGHTS * np.sin(np.arctan(np.roll(x, 5)) - _small(x) ** 2))


def _small(x):
    return np.sin(np.roll(x, 5)) / (1 + np.roll(x, 4) ** 2)


def _fine_wave_gradient(x):
    y, z, small = np.roll(x, 5), np.roll(x, 4), _small(x)
    outer, below = WEIGHTS * np.cos(np.arctan(y) - small**2), 1 + z * z
    by_y = outer * (1 / (1 + y * y) - 2 * small * np.cos(y) / below)
    return np.roll(by_y, -5) + np.roll(outer * 4 * small**2 * z / below, -4)


def test_coarse_steps_that_agree_by_chance_have_no_say_where_finer_ones_move():
    x = [377.0834947891797, -1353.351292890462, 391.5572787736328,
         1450.9695369595934, 153.5856749631072, -661.7481303337792]  # fmt: skip
    assert check_gradient(_fine_wave, np.array(x), _fine_wave_gradient).verdict is Verdict.RIGHT


@pytest.mark.parametrize("rate", [6869454.0, 2381194.0])
def test_a_fine_wave_between_the_steps_that_a_gradient_forgets_is_wrong(rate):
    def f(x):
        return np.sum(x * x + 1.5e-12 * np.sin(rate * x))

    def right(x):
        return 2 * x + 1.5e-12 * rate * np.cos(rate * x)

    x = np.array([-0.0632339])
    assert check_gradient(f, x, lambda x: 2 * x).verdict is Verdict.WRONG
    assert check_gradient(f, x, right).verdict is Verdict.RIGHT


@pytest.mark.parametrize("kind", SPECIAL)
def test_what_no_step_shows_rightly_is_never_called_wrong(kind):
    f, gradient, x = SPECIAL[kind]
    assert check_gradient(f, np.array(x), gradient).verdict is not Verdict.WRONG


@pytest.mark.parametrize("x", [[-143.1, 300.0], [40.0, 50.0], [20.0, 25.0]])
def test_a_number_that_is_lost_in_rounding_is_undecided_and_zero_is_right(x):
    x = np.array(x)
    right = np.cosh(x) ** -2.0
    for answer in (right, 1.01 * right):
        report = check_gradient(lambda x: np.sum(np.tanh(x)), x, answer)
        assert report.verdict is Verdict.UNDECIDED
    zero = check_gradient(lambda x: np.sum(np.tanh(x)), x, np.zeros(2))
    assert zero.verdict is Verdict.RIGHT


@pytest.mark.parametrize("away", [1.0587, 1.0593])
def test_a_kink_farther_away_is_no_step_in_which_the_function_moves(away):
    corners, heights = [0.0, 1.0003, 1.001, away, 2.0], [18.0, -0.0054, 0.0, 0.0, 100.0]

    def f(x):
        return np.sum(np.interp(x, corners, heights) + 1e4 * np.clip(x - 1, -3e-4, 3e-4) ** 3)

    report = check_gradient(f, np.ones(1), lambda x: np.full(1, -18.0))
    assert report.verdict is Verdict.RIGHT


@pytest.mark.parametrize("rate", [1e9, 3.162e11])
@pytest.mark.parametrize("height", [0.01, 0.1])
def test_a_wave_that_is_taken_for_noise_makes_no_right_gradient_wrong(height, rate):
    def f(x):
        return np.sum(2 * x + height * np.sin(rate * x))

    def gradient(x):
        return 2 + height * rate * np.cos(rate * x)

    x = np.array([164.38674722])
    assert check_gradient(f, x, gradient).verdict is not Verdict.WRONG
    assert check_gradient(f, x, lambda x: -gradient(x)).verdict is Verdict.WRONG


def test_a_slope_just_inside_of_a_domain_that_ends_is_measured():
    x = np.array([1 - 1e-8, 0.3])

    def f(x):
        return np.log(1 - x[0]) + x[1]

    def gradient(x):
        return np.array([1 / (x[0] - 1), 1.0])

    assert check_gradient(f, x, gradient).verdict is Verdict.RIGHT
    assert check_gradient(f, x, np.zeros_like).verdict is Verdict.WRONG


def test_twice_the_gradient_is_wrong_however_near_the_edge_of_a_domain_is():
    p = np.array([1e-12, 0.4, 0.6])
    assert check_gradient(edge, p, lambda p: 2 * edge_gradient(p)).verdict is Verdict.WRONG


def test_a_formula_that_overflows_inside_is_wrong_where_the_right_one_is_not():
    """Libraries divide by the square of the sum, which is inf; the function is flat there."""
    x, up = np.array([0.02, -2.1, 479.0]), np.array([1.0, 2.0, 0.6])

    def f(x):
        return np.sum(up * np.exp(x) / np.sum(np.exp(x)))

    def overflowing(x):
        e, whole = np.exp(x), np.sum(np.exp(x))
        return e * up / whole - e * np.sum(e * up) / whole**2

    right = check_gradient(f, x, lambda x: softmax(x) * (up - up @ softmax(x)))
    assert right.verdict is not Verdict.WRONG
    assert check_gradient(f, x, overflowing).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    "gradient",
    [
        lambda x: np.cos(x.astype(np.float32)) * np.ones(5),
        lambda x: np.cos(x.astype(np.float32).astype(np.float64)),
        lambda x: (3.7 * np.cos(x)).astype(np.float32) / np.float64(3.7),
    ],
    ids=["float32 inputs", "rounded inputs", "a rounded product"],
)
def test_a_backward_pass_that_computes_in_float32_is_wrong_and_named(gradient):
    x = np.random.default_rng(2).normal(size=5)
    report = check_gradient(lambda x: np.sum(np.sin(x)), x, gradient)
    assert (report.verdict, report.mistake.name) == (Verdict.WRONG, "float32")
    assert "it has only the seven digits of float32; compute with float64" in str(report)
    right = check_gradient(lambda x: np.sum(np.sin(x)), x, gradient, reference=lambda x: np.cos(x))
    assert right.verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2, [9.5, -9.3, 9.9]),
        (lambda x: np.tanh(x - 9.7), lambda x: 1 - np.tanh(x - 9.7) ** 2, [1e-4, 0.1, 0.2]),
        (np.arctan, lambda x: 1 - x * x / (1 + x * x), [1e5, 4e4]),
        (lambda x: x - np.sin(x), lambda x: 1 - np.cos(x), [1e-4, 2e-4]),
    ],
    ids=["tanh", "beside a constant", "arctan", "near 0"],
)
def test_a_formula_that_loses_as_many_digits_as_float32_has_not_is_right(f, gradient, x):
    assert check_gradient(lambda x: np.sum(f(x)), np.array(x), gradient).verdict is Verdict.RIGHT


@pytest.mark.parametrize("place", range(3))
def test_near_the_end_of_a_domain_slopes_are_measured_wherever_the_number_stands(place):
    x = np.insert([0.5, 0.7], place, 1 - 1e-9)
    for off, verdict in ((1.0, Verdict.RIGHT), (2.0, Verdict.WRONG)):
        report = check_gradient(
            lambda x: np.sum(np.log(1 - x)), x, lambda x, off=off: off / (x - 1)
        )
        assert report.verdict is verdict


@pytest.mark.parametrize("steps", [1e4, 1e5, 1e6, 1e7])
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_of_a_function_that_moves_in_fine_steps_nothing_is_said(steps, scale):
    x = scale * np.random.default_rng(1).normal(size=3)
    for gradient in (np.zeros_like, np.ones_like):
        report = check_gradient(lambda x: np.sum(np.ceil(steps * x) / steps), x, gradient)
        assert report.verdict is not (Verdict.WRONG if gradient is np.zeros_like else Verdict.RIGHT)


@pytest.mark.parametrize("weight", [1.4, -0.5, 0.14])
def test_a_small_part_of_the_forward_in_float32_raises_no_false_alarm(weight):
    def f(x):
        return np.sum(weight * np.sin(x).astype(np.float32)) + np.sum(x**3)

    def gradient(x):
        return weight * np.cos(x) + 3 * x**2

    x = np.array([-1.49246388])
    assert check_gradient(f, x, gradient).verdict is not Verdict.WRONG
    assert check_gradient(f, x, lambda x: 1.3 * gradient(x)).verdict is Verdict.WRONG
