"""Measuring gradients: a right one is never called wrong, a wrong one is seen, and the error bound is one."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from autograder.student.gradcheck.slopes import Slope, UnmeasurableError, measure

# Functions of numbers, with their derivatives.
SMOOTH = {
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "exp": (np.exp, np.exp),
    "square": (np.square, lambda z: 2 * z),
    "cube": (lambda z: z**3, lambda z: 3 * z * z),
    "softplus": (lambda z: np.logaddexp(0, z), lambda z: 1 / (1 + np.exp(-z))),
    "bell": (lambda z: 1 / (2 + z * z), lambda z: -2 * z / (2 + z * z) ** 2),
}
CAREFUL = settings(derandomize=True, deadline=None, max_examples=200)


@dataclass(frozen=True, slots=True)
class Composed:
    """size_out * chain(A x / size_in), weighted by `upstream`, at the point x."""

    names: tuple[str, ...]
    matrix: np.ndarray
    x: np.ndarray
    upstream: np.ndarray
    size_in: float
    size_out: float

    def forward(self, x):
        """The outputs."""
        z = self.matrix @ (x / self.size_in)
        for name in self.names:
            z = SMOOTH[name][0](z)
        return self.size_out * z

    def gradient(self):
        """The gradient of the weighted sum of the outputs, by the chain rule."""
        z, slope = self.matrix @ (self.x / self.size_in), 1.0
        for name in self.names:
            value, derivative = SMOOTH[name]
            slope, z = slope * derivative(z), value(z)
        return self.matrix.T @ (self.upstream * self.size_out * slope) / self.size_in


@st.composite
def composed(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inputs, outputs = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    size_in, size_out = (10.0 ** draw(st.floats(-6, 6)) for _ in range(2))
    return Composed(
        tuple(draw(st.lists(st.sampled_from(sorted(SMOOTH)), min_size=1, max_size=3))),
        rng.normal(size=(outputs, inputs)),
        rng.uniform(0.3, 1.5, inputs) * rng.choice([-1, 1], inputs) * size_in,
        rng.normal(size=outputs),
        size_in,
        size_out,
    )


def measured(f, x, upstream=None) -> Slope:
    x = np.asarray(x, dtype=float)
    upstream = np.ones(np.shape(f(x))) if upstream is None else upstream

    def forward(points):
        with np.errstate(all="ignore"):
            return [np.asarray(f(point["x"])) for point in points]

    return measure(forward, {"x": x}, "x", upstream)


@CAREFUL
@given(composed())
def test_a_right_gradient_of_a_smooth_function_never_disagrees(case):
    with np.errstate(all="ignore"):
        right = case.gradient()
        assume(np.isfinite(right).all() and np.isfinite(case.forward(case.x)).all())
    slope = measured(case.forward, case.x, case.upstream)
    event("undecided" if slope.undecided() else "decided")
    assert not slope.disagrees(right).any()


@CAREFUL
@given(composed())
def test_the_error_of_a_measurement_is_within_its_bound(case):
    with np.errstate(all="ignore"):
        right = case.gradient()
        assume(np.isfinite(right).all() and np.isfinite(case.forward(case.x)).all())
    slope = measured(case.forward, case.x, case.upstream)
    own_rounding = 1e-14 * np.abs(right).max()
    assert (np.abs(slope.value - right) <= slope.bound + own_rounding).all()


@CAREFUL
@given(composed(), st.sampled_from([1e-4, -1e-4, 1.0, -2.0]))
def test_a_gradient_that_is_off_in_one_element_always_disagrees_there(case, error):
    with np.errstate(all="ignore"):
        right = case.gradient()
        assume(np.isfinite(right).all() and np.isfinite(case.forward(case.x)).all())
    slope = measured(case.forward, case.x, case.upstream)
    if slope.undecided():
        # Only where the slopes are lost in the function's own rounding or faster than any step.
        size = np.abs(case.upstream) @ np.abs(case.forward(case.x))
        moved = np.abs(right * case.x).max()
        assert moved < 1e-6 * size or moved > 1e6 * size
        return
    for index in range(right.size):
        # An element far smaller than the others is lost in their rounding.
        if abs(right[index] * case.x[index]) > 1e-5 * np.abs(right * case.x).max():
            wrong = right.copy()
            wrong[index] *= 1 + error
            assert slope.disagrees(wrong)[index]


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_a_dropped_term_shows_at_every_scale(size):
    x = size * np.array([0.5, -1.2, 2.0])
    slope = measured(lambda x: (x / size) ** 2 + np.sin(x / size), x)
    right = 2 * x / size**2 + np.cos(x / size) / size
    assert not slope.disagrees(right).any()
    assert slope.disagrees(2 * x / size**2).all()


def test_numbers_of_different_sizes_are_each_measured():
    x = np.array([1e-3, 1.0, 1e3])
    slope = measured(np.square, x)
    assert not slope.disagrees(2 * x).any()
    assert slope.disagrees(2 * x * (1 + 1e-4)).all()


@pytest.mark.parametrize(
    ("f", "gradient", "x"),
    [
        (np.log, lambda x: 1 / x, [0.1, 1.0, 2.0]),
        (np.log, lambda x: 1 / x, [1e-9, 1.0, 2.0]),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-3, 1.0, 2.0]),
        (lambda x: 1 / x, lambda x: -1 / x**2, [0.01, -1.0, 2.0]),
        (np.arcsin, lambda x: 1 / np.sqrt(1 - x**2), [0.999, -0.5]),
        (lambda x: np.exp(300 * x), lambda x: 300 * np.exp(300 * x), [1.0]),
    ],
)
def test_the_end_of_a_domain_nearby_is_no_mistake(f, gradient, x):
    x = np.array(x)
    slope = measured(f, x)
    assert not slope.disagrees(gradient(x)).any()
    assert slope.disagrees(-gradient(x))[-1]


def test_the_edge_of_a_domain_is_undecided():
    slope = measured(np.sqrt, [0.0])
    assert slope.undecided()
    assert not slope.disagrees(np.array([1e9])).any()


KINKED = {
    "relu": lambda z: np.maximum(z, 0),
    "absolute": np.abs,
    "largest": lambda z: np.max(z),
    "shifted relu": lambda z: np.maximum(z, -1),
    "relu and a smooth rest": lambda z: np.maximum(z, 0) + 100 * np.sin(z),
    "one relu of many": lambda z: np.sum(np.maximum(z, 0)) + np.sum(np.exp(z)) * 50,
}


def sides(name, at):
    """The kinked function's slope in its first number `at` from the kink, and what is right to its left and right."""
    kink = {"largest": 1.3, "shifted relu": -1.0}.get(name, 0.0)
    f, x = KINKED[name], np.array([kink + at, -0.7, 1.3])
    steps = [np.array([step, 0.0, 0.0]) for step in (-1e-5, 1e-5)]
    return measured(f, x), *(np.sum(f(x + step) - f(x)) / step[0] for step in steps)


@pytest.mark.parametrize("at", [0.0, 1e-17, -1e-17])
@pytest.mark.parametrize("name", KINKED)
def test_at_a_kink_every_slope_between_left_and_right_is_right(name, at):
    slope, left, right = sides(name, at)
    known = 1e-5 * 150  # the two sides, from one step of 1e-5
    for share in (0.0, 0.3, 1.0):
        got = left + share * (right - left)
        assert abs(got - slope.value[0]) <= slope.bound[0] + known
    beyond = slope.value + np.array([2 * (right - left), 0.0, 0.0])
    assert slope.disagrees(beyond).tolist() == [True, False, False]


@pytest.mark.parametrize("at", [1e-13, -1e-13])
@pytest.mark.parametrize("name", KINKED)
def test_beside_a_kink_the_slope_of_that_side_is_right(name, at):
    slope, left, right = sides(name, at)
    assert abs((right if at > 0 else left) - slope.value[0]) <= slope.bound[0] + 1e-5 * 150


@pytest.mark.parametrize("distance", [1e-9, 1e-6, 1e-3, 0.1])
def test_a_kink_nearby_is_no_mistake(distance):
    x = np.array([distance, -distance, 1.0, -1.0])
    slope = measured(lambda x: np.maximum(x, 0) * 3, x)
    assert not slope.disagrees(3.0 * (x > 0)).any()
    assert slope.disagrees(np.full(4, 7.0)).all()


def test_a_jump_is_undecided():
    assert not measured(np.sign, [0.0, 1.0]).disagrees(np.zeros(2)).any()


@pytest.mark.parametrize("frequency", [10.0, 1e3, 1e5])
def test_a_fast_function_is_measured_with_small_steps(frequency):
    x = np.array([1.0, 2.0])
    slope = measured(lambda x: np.sin(frequency * x), x)
    assert not slope.disagrees(frequency * np.cos(frequency * x)).any()
    assert slope.disagrees(np.cos(frequency * x)).all()


def test_a_function_faster_than_rounding_is_undecided():
    slope = measured(lambda x: np.sin(np.exp(40 * x)), [1.0, 0.9])
    assert slope.undecided()
    assert not slope.disagrees(np.array([1e18, -3.0])).any()


def test_a_slope_that_drowns_in_rounding_is_undecided():
    assert measured(lambda x: 1e15 + np.sin(x), [1.0, 2.0]).undecided()


def test_a_zero_gradient_is_zero_and_not_something_else():
    constant = measured(lambda x: 0 * x + 3.0, [1.0, 2.0])
    assert not constant.disagrees(np.zeros(2)).any()
    assert constant.disagrees(np.full(2, 1e-6)).all()
    saturated = measured(lambda x: np.maximum(x, 0), [-1.0, -2.0])
    assert not saturated.disagrees(np.zeros(2)).any()
    assert saturated.disagrees(np.ones(2)).all()
    assert measured(np.square, [0.0, 1.0]).disagrees(np.array([1e-3, 2.0])).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_disagrees(odd):
    assert measured(np.sin, [1.0, 2.0]).disagrees(np.array([odd, np.cos(2.0)])).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (2, 1, 2), (0,), (2, 0)])
def test_the_slope_has_the_shape_of_the_input(shape):
    x = np.random.default_rng(0).normal(size=shape)
    slope = measured(np.sin, x)
    assert slope.value.shape == slope.bound.shape == shape
    assert not slope.disagrees(np.cos(x)).any()


def test_other_inputs_are_passed_on_as_they_are():
    labels = [2, 0]

    def forward(points):
        assert all(point["labels"] is labels for point in points)
        return [point["x"][[0, 1], point["labels"]] for point in points]

    slope = measure(forward, {"x": np.ones((2, 3)), "labels": labels}, "x", np.array([1.0, 5.0]))
    assert not slope.disagrees(np.array([[0.0, 0.0, 1.0], [5.0, 0.0, 0.0]])).any()


def test_a_large_input_is_measured_in_several_rounds():
    x = np.random.default_rng(0).normal(size=1500)
    rounds = []

    def forward(points):
        rounds.append(len(points))
        return [np.sin(point["x"]) for point in points]

    slope = measure(forward, {"x": x}, "x", np.ones(1500))
    assert not slope.disagrees(np.cos(x)).any()
    assert max(rounds) < sum(rounds) / 2


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda x: x * np.nan, "not finite"),
        (lambda x: np.log(x - 5), "not finite"),
        (lambda x: x * NOISE.normal(), "different result each time"),
    ],
)
def test_what_cannot_be_measured_is_said(f, why):
    with pytest.raises(UnmeasurableError, match=why):
        measured(f, [1.0, 2.0], np.ones(2))


NOISE = np.random.default_rng(0)


def test_an_output_of_another_shape_than_the_upstream_gradient_is_said():
    with pytest.raises(UnmeasurableError, match=r"returns shape \(2,\), not \(1,\)"):
        measured(np.sin, [1.0, 2.0], np.ones(1))


def test_measuring_needs_no_numpy_defaults():
    with np.errstate(all="raise"):
        assert not measured(np.sin, [1e-300, 1.0]).disagrees(np.cos([1e-300, 1.0])).any()
