"""Comparing one answer with the expected array: what is equal, what is not, and the words for it."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.student.model.compare import ROUNDING, as_numbers, differ, scales_of, show

RIGHT = np.array([1.0, 2.0, 3.0])


class Hostile:
    """An object of a student's own that fails at every touch."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    __str__ = __len__ = __iter__ = __float__ = __array__ = __repr__


class Chameleon:
    """An object that has every attribute, as a mock has."""

    def __getattr__(self, name):
        return self


class Sequence:
    """An object that looks like a list to numpy and is none."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        raise KeyError(index)


def kind(value):
    return type(value).__name__


def within_rounding(value, expected):
    return differ("x", value, expected, ROUNDING * scales_of([expected])[0])


def matrix(rows):
    with warnings.catch_warnings(action="ignore", category=PendingDeprecationWarning):
        return np.matrix(rows)


def endless():
    """A list that holds itself."""
    loop = []
    loop.append(loop)
    return loop


def nested(depth):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        [np.float64(1), 2, True + 2],
        np.array([1, 2, 3], dtype=np.uint8),
        np.array([1, 2, 3], dtype=np.float32),
        np.ma.masked_array([1.0, 2.0, 3.0]),
        np.array([1.0, 2.0, 3.0])[::-1][::-1],
        [np.array(1.0), np.array(2.0), np.array(3.0)],
        RIGHT + 1e-12,
    ],
    ids=repr,
)
def test_the_right_numbers_in_any_container_of_numbers_pass(value):
    assert within_rounding(value, RIGHT) is None


@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.array(0.5), np.float32(0.5)], ids=repr)
def test_a_number_and_an_array_without_dimensions_are_the_same(value):
    assert within_rounding(value, np.array(0.5)) is None


def test_bools_count_as_zero_and_one():
    assert within_rounding(np.array([True, False]), np.array([1.0, 0.0])) is None
    assert within_rounding(True, np.array(1.0)) is None
    assert within_rounding(np.array([True, True]), np.array([1.0, 0.0])) is not None


def test_integers_of_more_than_64_bits_are_numbers():
    assert within_rounding(10**30, np.array(1e30)) is None
    assert within_rounding([2**64, -(2**70)], np.array([2.0**64, -(2.0**70)])) is None
    assert within_rounding(10**30 + 10**22, np.array(1e30)) is not None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.empty(0), "shape (0,), expected (3,)"),
        ([], "shape (0,), expected (3,)"),
        (2.0, "x is a single number, expected (3,)"),
        (np.array([1.0, 2.0, 3.0, 4.0]), "shape (4,), expected (3,)"),
        (RIGHT[None], "shape (1, 3), expected (3,)"),
        (RIGHT[:, None], "shape (3, 1), expected (3,)"),
        (matrix([[1.0, 2.0, 3.0]]), "shape (1, 3), expected (3,)"),
        (np.ones((3, 0)), "shape (3, 0), expected (3,)"),
    ],
    ids=repr,
)
def test_what_numpy_would_broadcast_is_wrong(value, said):
    assert within_rounding(value, RIGHT).message.endswith(said)


@pytest.mark.parametrize(
    "expected", [np.array(1.0), np.ones((1, 1)), np.ones((3, 1)), np.empty(0)], ids=repr
)
def test_one_number_is_not_an_array_of_one(expected):
    assert within_rounding(np.ones(1), expected) is not None


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_wrong_and_named_where_it_stands(odd):
    value = np.array([[1.0, 2.0], [odd, 4.0]])
    assert (
        differ("dW", value, np.array([[1.0, 2.0], [3.0, 4.0]]), np.inf).message
        == f"dW[1, 0] is {odd}"
    )
    assert differ("dW", odd, np.array(1.0), np.inf).message == f"dW is {odd}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "x is None: nothing was returned"),
        ("0.5", "x is the text '0.5', expected numbers"),
        (b"0.5", "x is a bytes, expected numbers"),
        ({"x": RIGHT}, "x is a dict, expected numbers"),
        ({1.0, 2.0, 3.0}, "x is a set, expected numbers"),
        ((v for v in RIGHT), "x is a generator, expected numbers"),
        (map(float, RIGHT), "x is a map, expected numbers"),
        (range(1, 4), "x is a range, expected numbers"),
        (np.sum, "x is a _ArrayFunctionDispatcher, expected numbers"),
        (float, "x is a type, expected numbers"),
        (Hostile(), "x is a Hostile, expected numbers"),
        (Chameleon(), "x is a Chameleon, expected numbers"),
        ([1.0, None, 3.0], "x is a list that holds something other than numbers"),
        ([1.0, "2", 3.0], "x is a list that holds something other than numbers"),
        ((1.0, {}, 3.0), "x is a tuple that holds something other than numbers"),
        ([Hostile()] * 3, "x is a list that holds something other than numbers"),
        ([Sequence()] * 3, "x is a list that holds something other than numbers"),
        (np.array(["1", "2", "3"]), "x is an array that holds something other than numbers"),
        (
            np.array([1.0, 2.0, 3.0], dtype=object),
            "x is an array that holds something other than numbers",
        ),
        (
            np.array(["2020-01-01"] * 3, dtype="M8[D]"),
            "x is an array that holds something other than numbers",
        ),
        ([[1.0, 2.0], [3.0]], "x is a list whose rows differ in length"),
        ([1.0, [2.0], 3.0], "x is a list whose rows differ in length"),
        ([np.ones(2), np.ones(3)], "x is a list whose rows differ in length"),
        (1.0 + 0.0j, "x is complex, expected real numbers"),
        (RIGHT.astype(complex), "x is complex, expected real numbers"),
        (10**400, "x is too large a number"),
        (endless(), "x is a list that holds something other than numbers"),
        (nested(5000), "x is a list that holds something other than numbers"),
    ],
    ids=kind,
)
def test_what_is_no_array_of_numbers_is_said(value, said):
    found = within_rounding(value, RIGHT)
    assert found.message == said


@pytest.mark.parametrize(
    "value", [10**5000, nested(5000), endless(), [Hostile()], {Hostile(): Hostile()}], ids=kind
)
def test_showing_an_answer_never_runs_or_trusts_student_code(value):
    assert len(show(value)) < 1500


def test_what_stands_for_something_else_is_named_after_it():
    class Opaque:
        typename = "Tensor"

    assert within_rounding(Opaque(), RIGHT).message == "x is a Tensor, expected numbers"
    assert show([Opaque()]) == "[<Tensor>]"


def test_numbers_beyond_float64_are_wrong_without_a_warning():
    assert (
        within_rounding(
            np.array([1.0, 2.0, 3.0], dtype=np.longdouble) * np.longdouble("1e4000"), RIGHT
        )
        is not None
    )
    assert within_rounding(np.array([1.7e308]), np.array([-1.7e308])) is not None


def test_the_verdict_is_the_same_whatever_errors_numpy_was_told_to_raise():
    with np.errstate(all="raise"):
        assert within_rounding(RIGHT * (1 + 1e-15), RIGHT) is None
        assert within_rounding(np.array([1e-310, -1e308, 1e308]), RIGHT) is not None


def test_where_everything_is_zero_the_room_is_absolute():
    zeros = np.zeros(3)
    assert scales_of([zeros, zeros]) == [1.0, 1.0]
    assert within_rounding(np.full(3, 1e-12), zeros) is None
    assert within_rounding(np.full(3, 1e-6), zeros) is not None


def test_a_case_is_judged_by_its_own_size_unless_it_may_be_a_cancellation():
    small, large, nearly_zero = np.array([0.5]), np.array([100.0]), np.array([1e-17])
    assert scales_of([small, large]) == [0.5, 100.0]
    assert scales_of([nearly_zero, large]) == [100.0, 100.0]
    assert scales_of([np.zeros(1), large]) == [100.0, 100.0]


def test_the_worst_element_is_named_and_the_others_counted():
    found = within_rounding(np.array([[1.0, 2.5], [3.0, 7.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert found.message == "x[1, 1] is 7, expected 4 (2 of 4 values differ)"


def test_both_numbers_are_told_with_as_many_digits_as_it_takes():
    assert within_rounding(1.0000001, np.array(1.0)).message.startswith(
        "x is 1.0000001, expected 1;"
    )


@pytest.mark.parametrize(
    "wrong", [RIGHT.astype(np.float32) * np.float32(1 / 3), np.round(RIGHT / 3, 6)], ids=repr
)
def test_lost_digits_are_named(wrong):
    assert "the first digits agree" in within_rounding(wrong, RIGHT / 3).message


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (np.array([1e6, 2.0]), np.array([1e6, 1.0])),
        (RIGHT * 1.001, RIGHT),
        (np.array([1e-7, 2.0]), np.array([0.0, 2.0])),
    ],
    ids=repr,
)
def test_lost_digits_are_not_claimed_of_a_value_that_is_wrong_in_its_first_digits(wrong, expected):
    assert "digits" not in within_rounding(wrong, expected).message


NUMBERS = st.floats(-1e6, 1e6).filter(lambda v: v == 0 or abs(v) > 1e-6)
ARRAYS = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=NUMBERS
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(ARRAYS, st.integers(0, 2**32 - 1))
def test_one_wrong_element_in_any_array_is_seen(expected, seed):
    wrong = expected.copy()
    index = np.random.default_rng(seed).integers(wrong.size)
    wrong.flat[index] += 1e-8 * scales_of([expected])[0]
    assert within_rounding(expected.tolist(), expected) is None
    assert within_rounding(wrong, expected) is not None


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=3)
    | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=2), inner)
    ),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(JUNK)
def test_any_answer_gets_a_verdict_and_passes_only_as_the_expected_numbers(value):
    found = differ("x", value, RIGHT, 1e-9)
    if found is None:
        assert np.array_equal(np.asarray(value, dtype=float), RIGHT)
    else:
        assert found.message.startswith("x")
        assert isinstance(as_numbers(value), np.ndarray | str)
