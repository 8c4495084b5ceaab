"""Special arrays and points together fulfil every condition, whatever the seed and for small arrays too."""

from itertools import combinations

import numpy as np
import pytest

from autograder.authoring.gate.predicates import OF_ARRAYS, OF_NUMBER_PAIRS, OF_NUMBERS, OF_PAIRS
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.special import (
    KINDS,
    ROOM,
    WIDE_KINDS,
    at_arrays,
    at_points,
    every_kind,
    every_wide_kind,
    large_points,
    ordinary_points,
    point_case,
    special,
)


@pytest.mark.parametrize("n", [6, 10, 24])
def test_some_kind_fulfils_each_condition(n):
    for seed in range(50):
        arrays = [special(kind, np.random.default_rng(seed), n) for kind in KINDS]
        missing = [
            w
            for w, holds in OF_ARRAYS.items()
            if w != "one element" and not any(map(holds, arrays))
        ]
        assert missing in ([], ["a large value"]) if n < 8 else missing == [], (seed, missing)


def test_every_input_meets_every_kind():
    cases = every_kind(np.random.default_rng(1), {"a": (2, 5), "b": (10,)})
    assert len(cases) == len(KINDS)
    for name, shape in (("a", (2, 5)), ("b", (10,))):
        assert {case[name].shape for case in cases} == {shape}
        for what, holds in OF_ARRAYS.items():
            assert what == "one element" or any(holds(case[name]) for case in cases), what


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_each_coordinate_of_points_meets_every_kind_of_number_and_each_pair_every_relation(n):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        ordinary, large = ordinary_points(rng, n), large_points(rng, n)
        for i in range(n):
            values = [point[i] for point in (*ordinary, *large)]
            assert [what for what, holds in OF_NUMBERS.items() if not any(map(holds, values))] == []
            assert any(type(value) is int for value in values)
        for i, j in combinations(range(n), 2):
            pairs = [(np.float64(point[i]), np.float64(point[j])) for point in ordinary]
            relations = OF_PAIRS | OF_NUMBER_PAIRS
            assert [
                what for what, holds in relations.items() if not any(holds(*pair) for pair in pairs)
            ] == []
        assert ordinary[0] == ordinary[-1]


@pytest.mark.parametrize(
    "answer", [lambda x, y: (x + y, x), lambda x, y: {"first": x, "sum": x + y}]
)
def test_results_at_several_points_come_by_name_over_all_points(answer):
    probe = at_points("answer(x, y)", "x, y", ("sum", "first"))
    [given] = LocalStudent({"answer": answer}).answers(probe, [{"points": [(1, 2), (3, 4)]}])
    assert given.value == [[3, 7], [1, 3]]


def test_one_result_at_several_points_is_a_list_and_calls_on_several_arrays_are_told_apart():
    twice = {"twice": lambda *given: 2 * sum(given)}
    points, arrays = (
        at_points("twice(x)", "(x,)", ("it",)),
        at_arrays("twice({})", ("a", "a.copy(), b")),
    )
    assert LocalStudent(twice).answers(points, [{"points": [(1,), (3,)]}])[0].value == [2, 6]
    assert arrays.names == ("for_a", "for_a_b")
    given = {"a": np.array([1.0]), "b": np.array([2.0])}
    assert LocalStudent(twice).answers(arrays, [given])[0].value == ([2.0], [6.0])


def test_rows_of_points_and_results_become_a_case():
    probe = at_points("f(x, y)", "x, y", ("a", "b"))
    case = point_case(probe, [((1, 2), (3, 4)), ((5, 6), (7, 8))])
    assert case.inputs == {"points": [(1, 2), (5, 6)]}
    assert case.expected == {"a": [3, 7], "b": [4, 8]}


@pytest.mark.parametrize("n", [ROOM, 20])
def test_the_wide_kinds_with_positive_and_extreme_fulfil_each_condition(n):
    for seed in range(50):
        arrays = [
            special(kind, np.random.default_rng(seed), n)
            for kind in (*WIDE_KINDS, "positive", "extreme")
        ]
        missing = [
            w
            for w, holds in OF_ARRAYS.items()
            if w != "one element" and not any(map(holds, arrays))
        ]
        assert missing == [], seed


def test_every_input_meets_every_wide_kind_in_a_shape_of_its_own():
    shapes = [{"a": (1, n), "b": (n,)} for n in (14, 3, 5, 2)]
    cases = every_wide_kind(np.random.default_rng(1), shapes)
    assert [case["a"].shape for case in cases] == [own["a"] for own in shapes]
    for name in ("a", "b"):
        assert sum(not case[name].any() for case in cases) == 1
        assert sum(bool((case[name] == 1).all()) for case in cases) == 1
