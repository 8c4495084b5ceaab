"""Naming how a wrong answer relates to the right one, and silence wherever that could be a coincidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.student.gradcheck.gradient_relations import relate_gradient
from autograder.student.gradcheck.relations import relate

RNG = np.random.default_rng(0)
MATRICES = [RNG.normal(size=(3, 5)) for _ in range(3)]
SQUARES = [RNG.normal(size=(3, 3)) for _ in range(3)]
VECTORS = [RNG.normal(size=4) for _ in range(2)]
SCALARS = [np.array(v) for v in (0.3, -0.7, 1.1)]


def name_of(wrong, expected, **known):
    """The name given when `wrong` is made of each expected array."""
    found = relate("dW", [(np.asarray(wrong(e)), e) for e in expected], **known)
    return found.name if found else None


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda e: -e, "sign"),
        (lambda e: 2 * e, "factor 2"),
        (lambda e: e / 2, "factor 0.5"),
        (lambda e: e / 3, "factor 0.3333"),
        (lambda e: -2 * e, "factor 2, sign"),
        (lambda e: e.ravel(), "shape"),
        (lambda e: e.T, "transposed"),
        (lambda e: np.stack([e / 3, 2 * e / 3]), "not summed"),
        (lambda e: np.stack([e / 3, 2 * e / 3], axis=-1), "not summed"),
    ],
)
def test_a_relation_is_named(wrong, name):
    assert name_of(wrong, MATRICES) == name


@pytest.mark.parametrize("expected", [MATRICES, SQUARES, VECTORS, SCALARS])
def test_the_right_answer_has_no_relation_to_itself(expected):
    assert name_of(lambda e: e, expected) is None
    assert name_of(lambda e: e * (1 + 1e-13), expected) is None


@pytest.mark.parametrize("expected", [MATRICES, SQUARES, VECTORS, SCALARS])
def test_an_unrelated_answer_has_no_relation(expected):
    others = {"dX": [RNG.normal(size=e.shape) for e in expected]}
    assert (
        name_of(lambda e: RNG.normal(size=e.shape), expected, sizes={"N": 7}, others=others) is None
    )


def test_a_symmetric_matrix_is_not_its_own_transpose():
    symmetric = [e + e.T for e in SQUARES]
    assert name_of(lambda e: e.T, symmetric) is None
    assert name_of(lambda e: -e.T, symmetric) == "sign"
    assert name_of(lambda e: e.T, [*symmetric, SQUARES[0]]) == "transposed"


@pytest.mark.parametrize(
    "expected",
    [
        [np.array(0.5)],
        [np.array(0.5), np.array(-0.5)],
        [np.array([1.0, 1.0, -1.0, 0.0])],
        [np.array([0.5, 1.0])],
        [np.zeros((3, 3))],
        [np.array([1.0, 1.0 + 1e-9, 1.0 - 1e-9])],
        [np.array([1.0, 2.0, 1e-15])],
        [],
    ],
    ids=repr,
)
def test_too_few_different_numbers_are_no_evidence(expected):
    for wrong in (lambda e: -e, lambda e: 2 * e, lambda e: e.T, lambda e: e[None]):
        assert name_of(wrong, expected) is None


@pytest.mark.parametrize("size", [1e-15, 1.0, 1e12])
def test_the_size_of_the_numbers_does_not_matter(size):
    assert name_of(lambda e: -e, [size * m for m in MATRICES]) == "sign"
    assert name_of(lambda e: 2 * e, [size * m for m in SCALARS]) == "factor 2"


def test_a_relation_must_hold_in_every_case():
    pairs = [(-e, e) for e in MATRICES]
    assert relate("dW", pairs).name == "sign"
    assert relate("dW", [*pairs[:-1], (MATRICES[-1], MATRICES[-1])]) is None
    assert relate("dW", [*pairs[:-1], (2 * MATRICES[-1], MATRICES[-1])]) is None


def test_one_element_that_is_off_breaks_a_relation():
    wrong = [-e for e in MATRICES]
    wrong[1][0, 0] *= 1 + 1e-6
    assert relate("dW", list(zip(wrong, MATRICES, strict=True))) is None


def test_a_factor_is_named_after_the_size_that_it_comes_from():
    assert name_of(lambda e: 7 * e, MATRICES, sizes={"N": 7}) == "N times too large"
    assert name_of(lambda e: e / 7, MATRICES, sizes={"N": 7, "C": 5}) == "extra 1/N"
    assert name_of(lambda e: 7 * e, MATRICES) is None


def test_a_factor_that_two_sizes_share_is_given_to_neither():
    assert name_of(lambda e: 7 * e, MATRICES, sizes={"N": 7, "C": 7}) is None
    assert name_of(lambda e: 2 * e, MATRICES, sizes={"N": 2}) == "factor 2"
    assert name_of(lambda e: e, MATRICES, sizes={"N": 1}) is None


def test_the_numbers_of_another_answer_are_named():
    pairs = list(zip(SQUARES, [RNG.normal(size=(3, 3)) for _ in SQUARES], strict=True))
    found = relate("dW", pairs, others={"db": MATRICES, "dX": SQUARES})
    assert found.name == "swapped"
    assert "your dW holds the numbers of dX" in found.text
    assert relate("dW", pairs, others={"dX": ()}) is None


@pytest.mark.parametrize("other", [0.0, 1.0])
def test_a_constant_is_not_recognised_as_another_answer(other):
    others = {"dc": [np.array(other)] * 3}
    assert name_of(lambda e: other, SCALARS, others=others) is None


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_not_finite_has_no_relation(odd):
    assert name_of(lambda e: np.full_like(e, odd), MATRICES) is None
    assert name_of(lambda e: np.where(e > 0, e, odd), MATRICES, others={"dX": MATRICES}) is None


def test_nothing_is_said_of_empty_answers():
    assert name_of(lambda e: np.empty(0), MATRICES) is None
    assert name_of(lambda e: np.empty((2, 0)), [np.empty(0)]) is None


def test_a_measured_gradient_is_compared_more_widely():
    measured = [e * (1 + 1e-8) for e in MATRICES]
    assert name_of(lambda e: -e * (1 - 1e-8), measured) is None
    assert name_of(lambda e: -e * (1 - 1e-8), measured, same=1e-6) == "sign"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_random_answers_are_never_named(seed, shape):
    rng = np.random.default_rng(seed)
    expected = [rng.normal(size=shape) for _ in range(2)]
    others = {
        "dX": [rng.normal(size=shape) for _ in expected],
        "db": [rng.normal(size=shape[:1]) for _ in expected],
    }
    pairs = [(rng.normal(size=shape), e) for e in expected]
    assert relate("dW", pairs, sizes={"N": 5, "C": 3}, others=others) is None


# --- ways in which only gradients go wrong


def gradient_name(wrong, expected, **known):
    found = relate_gradient("dW", [(np.asarray(wrong(e)), e) for e in expected], **known)
    return found.name if found else None


def put(e, place, value):
    made = e.copy()
    made[place] = value
    return made


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda e: -e, "sign"),
        (lambda e: e.T, "transposed"),
        (lambda e: 0 * e, "zero"),
        (lambda e: np.broadcast_to(e.sum(0), e.shape), "summed"),
        (lambda e: np.broadcast_to(e.mean(1, keepdims=True), e.shape), "averaged"),
        (lambda e: e[::-1], "permuted"),
        (lambda e: np.roll(e, 1, 1), "permuted"),
        (np.abs, "sign of some"),
        (lambda e: e + 0.3, "offset"),
        (lambda e: put(e, (1, 2), 0.0), "one element"),
        (lambda e: put(e, (1, 2), 1.01 * e[1, 2]), "one element"),
        (lambda e: put(e, 1, 0.0), "one block"),
        (lambda e: put(e, (slice(None), 0), 9.0), "one block"),
        (lambda e: -e.T, "transposed, sign"),
        (lambda e: e * [[1.0], [2.0], [-3.0]], "rows scaled"),
        (lambda e: e + 0.1 * e**2, None),
        (lambda e: put(put(e, (0, 0), 9.0), (1, 1), 9.0), None),
    ],
)
def test_a_relation_of_gradients_is_named(wrong, name):
    assert gradient_name(wrong, MATRICES) == name


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda a, b: a, "missing term"),
        (lambda a, b: b, "missing term"),
        (lambda a, b: a + 2 * b, "doubled term"),
        (lambda a, b: a + 3 * b, None),
    ],
)
def test_a_term_that_is_missing_or_doubled_is_named(wrong, name):
    terms = [{"the skip": e, "the branch": RNG.normal(size=e.shape)} for e in MATRICES]
    pairs = [(wrong(*t.values()), sum(t.values())) for t in terms]
    found = relate_gradient("dX", pairs, terms=terms)
    assert (found.name if found else None) == name


def test_the_only_contribution_that_is_left_of_three_is_named():
    terms = [{f"use {k}": RNG.normal(size=e.shape) for k in range(3)} for e in MATRICES]
    found = relate_gradient("dx", [(t["use 2"], sum(t.values())) for t in terms], terms=terms)
    assert found.name == "only one term"
    assert "use 2" in found.text


def test_a_place_that_is_hardly_off_is_not_named():
    wrong = [put(e, (0, 0), e[0, 0] + 5e-9 * np.abs(e).max()) for e in MATRICES]
    assert relate_gradient("dW", list(zip(wrong, MATRICES, strict=True))) is None


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_random_gradients_are_never_named(seed, shape):
    rng = np.random.default_rng(seed)
    expected = [rng.normal(size=shape) for _ in range(2)]
    terms = [{"a": rng.normal(size=shape)} for _ in expected]
    terms = [{**t, "b": e - t["a"]} for t, e in zip(terms, expected, strict=True)]
    pairs = [(rng.normal(size=shape), e) for e in expected]
    assert relate_gradient("dW", pairs, sizes={"N": 5, "C": 3}, terms=terms) is None


# --- each number counts at its own size


MIXED = [np.array([1e6, 3.0, -0.2, 0.07, 1.3]) * scale for scale in (1.0, 1.1, 0.9)]


def test_one_element_is_not_named_where_small_ones_are_off_too():
    def wrong(e):
        return np.concatenate([[0.0], 5 * e[1:]]) if e[0] > 1e5 else e

    assert gradient_name(wrong, MIXED, same=1e-6) is None
    assert gradient_name(lambda e: put(e, 0, 0.0), MIXED, same=1e-6) == "one element"


def test_a_term_is_not_missing_where_small_numbers_say_otherwise():
    terms = [{"a": e, "b": np.array([3e5, 1.0, 0.5, 0.2, 0.9])} for e in MIXED]
    right = [t["a"] + t["b"] for t in terms]
    lacking = [(t["a"] * [1, 7, 7, 7, 7], r) for t, r in zip(terms, right, strict=True)]
    assert relate_gradient("dx", lacking, terms=terms, same=1e-6) is None
    assert (
        relate_gradient("dx", [(t["a"], r) for t, r in zip(terms, right, strict=True)], terms=terms)
        is not None
    )


def test_one_element_that_is_hardly_off_is_named_where_the_others_are_known_better():
    expected = np.array([1.0, 3.0, -0.2, 0.7, 1.3])
    got = [put(expected, 0, (1 + 1e-6) * expected[0])]

    def named(known):
        return relate_gradient(
            "dx", [(got[0], expected)], same=1e-6, rooms=[known * np.abs(expected)]
        )

    assert named(1e-9).name == "one element"
    assert (
        named(np.array([1e-9, 1e-6, 1e-9, 1e-9, 1e-9])) is None
    )  # as far off, for all that is known


def test_infinity_equals_nothing():
    right = [np.array([np.inf, 1.0, 2.0, 3.0])]
    assert gradient_name(lambda e: np.array([np.inf, 9.0, 9.0, 9.0]), right) is None


def test_a_number_that_is_known_roughly_is_not_called_right():
    expected, got = [np.array([5.0, 1e-3, 2.0, 3.0])], [np.array([0.0, 5e-3, 2.0, 3.0])]
    rooms = [np.array([1e-6, 1e-2, 1e-6, 1e-6])]
    pairs = list(zip(got, expected, strict=True))
    assert relate_gradient("dx", pairs, rooms=rooms) is None
    assert relate_gradient("dx", pairs, rooms=[np.full(4, 1e-6)]) is None
    assert (
        relate_gradient("dx", [(put(expected[0], 0, 0.0), expected[0])], rooms=[np.full(4, 1e-6)])
        is not None
    )


def test_an_array_in_play_is_named_as_a_factor_too_many_or_missing():
    x = [RNG.normal(size=e.shape) for e in MATRICES]
    pairs = list(zip(x, MATRICES, strict=True))
    many = relate_gradient("dW", [(a * e, e) for a, e in pairs], factors={"x": x})
    few = relate_gradient("dW", [(e, a * e) for a, e in pairs], factors={"x": x})
    assert (many.name, few.name) == ("times x", "without x")
    assert few.text == "your dW lacks the factor x"
    assert relate_gradient("dW", [(3.7 * a, e) for a, e in pairs], factors={"x": x}) is None


def test_columns_that_are_scaled_one_by_one_are_named():
    wide = [e.T for e in MATRICES]
    assert gradient_name(lambda e: e * [2.0, 1.0, 0.5], wide) == "columns scaled"
    assert gradient_name(lambda e: e * RNG.normal(size=e.shape), wide) is None


def test_zeros_are_zeros_though_the_right_rows_add_up_to_zero():
    right = [e - e.mean(axis=1, keepdims=True) for e in MATRICES]
    rooms = [1e-6 * np.abs(e) for e in right]
    assert relate_gradient("dz", [(0 * e, e) for e in right], rooms=rooms).name == "zero"


@pytest.mark.parametrize("size", [1e-7, 1.0, 1e7])
def test_a_square_is_not_the_right_one_times_a_factor_of_each_column(size):
    right = [size * RNG.normal(size=(5, 4)) for _ in range(2)]
    rooms = [1e-6 * np.abs(e) for e in right]
    assert relate_gradient("dW", [(e * e, e) for e in right], rooms=rooms, same=1e-6) is None


def test_numbers_that_are_rounded_to_float32_are_named():
    assert gradient_name(lambda e: e.astype(np.float32), MATRICES) == "float32"
    assert gradient_name(lambda e: 2 * e.astype(np.float32), MATRICES) is None
