"""The condition audit finds answers that are wrong only at special inputs, and names the blind checks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy.checks import ASSIGNMENT
from toy.hidden import HIDDEN

from autograder.authoring.gate import predicates
from autograder.authoring.gate.conditions import (
    audit_conditions,
    conditions_of,
    excluded_by,
    unused_exclusions,
    verdicts_by_condition,
)
from autograder.course.paths import Places
from autograder.course.settings import catalogue
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.hidden.catalogue import Excluded

TOY = Places(Path(__file__).parents[1] / "toy")
DOUBLE, CHAIN = ASSIGNMENT.exercises


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    return make_key(ASSIGNMENT, HIDDEN, "autumn", TOY)


def found(key: AnswerKey) -> dict[str, tuple[bool, bool]]:
    return {
        o.condition.id: (o.visible, o.hidden) for o in audit_conditions(key, (), DOUBLE).outcomes
    }


def test_a_condition_is_found_by_the_checks_that_have_such_an_input_and_by_no_other(key):
    outcomes = found(key)
    assert outcomes["double(x: a zero)"] == (True, False)  # the board's numbers begin with 0
    assert outcomes["double(x: no zero and no negative value)"] == (False, True)
    assert outcomes["double(x: one axis)"] == (True, True)
    assert outcomes["double(x: a negative value)"] == (False, False)


def test_every_output_is_spoiled_by_itself(key):
    places = {c.output for c in conditions_of(key, CHAIN) if c.what == "negative"}
    assert places == {(0,), (1,)}


def test_an_argument_that_is_a_float_in_one_case_is_a_number_and_no_count_in_the_others():
    key = make_key(*catalogue()["02_gates"], "autumn")
    step, chain = (key.assignment.exercise(name) for name in ("simple_backprop_step", "chain_rule"))
    tried = {
        condition.what for condition in conditions_of(key, step) if condition.arguments == ("w",)
    }
    assert "tiny" in tried and "an int" in tried and "even" not in tried
    calls = {condition.what for condition in conditions_of(key, chain) if not condition.arguments}
    assert calls == {
        "second call",
        "call with equal arguments",
    }  # numbers and names are no objects to be kept


def test_what_lives_is_told_with_the_checks_that_are_blind(key):
    problems = audit_conditions(key, (), DOUBLE).problems
    told = [p for p in problems if "double(x: a zero)" in p]
    assert told == [
        "double: double(x: a zero): an answer that is wrong only there passes the hidden checks; "
        "add a case, or exclude the condition with the reason"
    ]


def test_an_exclusion_covers_conditions_by_pattern_and_must_cover_some(key):
    exclusions = (Excluded("double", ("double(x: a huge *)", "double(y: *)"), "Angles are small."),)
    whole, narrowed = audit_conditions(key, (), DOUBLE), audit_conditions(key, exclusions, DOUBLE)
    assert len(narrowed.outcomes) == len(whole.outcomes) - 1 and narrowed.excluded == 1
    huge = next(c for c in conditions_of(key, DOUBLE) if c.what == "a huge value")
    assert excluded_by(huge, exclusions) is exclusions[0]
    assert excluded_by(replace(huge, exercise="chain"), exclusions) is None
    [problem] = unused_exclusions(key, exclusions)
    assert problem == "double excludes 'double(y: *)', which is no condition; take it off"


EXAMPLES = {
    "a zero": [0.0, 2.0],
    "no zero and no negative value": [0.5, 2.0],
    "all zeros": [0.0, 0.0],
    "all ones": [1.0, 1.0],
    "equal values": [3.0, 1.0, 3.0],
    "all values equal": [3.0, 3.0],
    "nearly equal values": [1.0, 1.00001],
    "opposite values": [2.0, -2.0],
    "a negative value": [-0.5, 2.0],
    "negative values only": [-0.5, -2.0],
    "a value of 1": [1.0, 0.5],
    "a value above 1": [1.5],
    "a value below -1": [-1.5],
    "sizes below 1 only": [0.5, -0.5],
    "whole numbers": [2.0, -3.0],
    "a large value": [200.0],
    "a huge value": [2e6],
    "a value above 10": [11.0],
    "a value between 0 and 0.1": [0.05],
    "a small value": [1e-3],
    "a tiny value": [1e-7],
    "one element": [0.5],
    "largest value first": [2.0, 1.0],
    "largest value last": [1.0, 2.0],
    "first value negative": [-1.0, 2.0],
    "last value negative": [1.0, -2.0],
    "a positive sum": [3.0, -2.0],
    "a negative sum": [1.0, -2.0],
}
# Nothing above is special about these numbers.
ORDINARY = [0.7, 0.9, 0.2]


@pytest.mark.parametrize("what", predicates.OF_ARRAYS)
def test_each_condition_on_arrays_holds_for_its_example(what):
    assert predicates.OF_ARRAYS[what](np.array(EXAMPLES[what]))


def test_ordinary_numbers_fulfil_few_conditions():
    holding = {what for what, holds in predicates.OF_ARRAYS.items() if holds(np.array(ORDINARY))}
    assert holding == {"no zero and no negative value", "sizes below 1 only", "a positive sum"}


BATCHES = {
    "leave no row": (6, 3),
    "leave one row": (7, 3),
    "leave less than half a batch": (11, 9),
    "leave half a batch or more": (8, 3),
    "make one batch that is not full": (2, 5),
}


@pytest.mark.parametrize("what", predicates.OF_BATCHES)
def test_each_condition_on_batches_holds_for_its_example(what):
    rows, batch = BATCHES[what]
    assert predicates.OF_BATCHES[what](np.ones((rows, 2)), np.array(batch))
    assert not predicates.OF_BATCHES[what](np.array(1.0), np.array(batch))


def lost(name: str, exercise: str, wanted: str, cases: int) -> dict[str, bool]:
    """Whether the first visible cases of an exercise find each condition whose id holds a text."""
    public, hidden = catalogue()[name]
    key = make_key(public, hidden, "autumn")
    checks, own = [], public.exercise(exercise)
    for check in own.checks:
        checks.append(replace(check, cases=check.cases[: max(0, cases)]))
        cases -= len(check.cases)
    tried = [c for c in conditions_of(key, own) if wanted in c.id]
    return verdicts_by_condition(key, tried, [check for check in checks if check.cases])


def test_a_limit_on_each_term_of_a_sum_shows_where_a_term_is_large_and_not_before():
    assert lost("07_mlp_sgd", "mse_cost", "term", 1) == {"mse_cost(term 0: limited at 10)": False}
    assert lost("07_mlp_sgd", "mse_cost", "term", 99) == {"mse_cost(term 0: limited at 10)": True}


def test_a_limit_on_a_result_shows_where_it_is_large_and_not_before():
    assert not any(lost("02_gates", "max_backward", "limited", 2).values())
    assert all(lost("02_gates", "max_backward", "limited", 99).values())


def test_a_limit_on_what_a_gate_passes_back_shows_under_a_large_upstream_gradient():
    found = lost("06_reverse_mode", "Value", "Value.sin(term", 99)
    assert found == {"Value.sin(term 0: limited at 10)": True}


def test_a_backward_pass_that_knows_only_the_last_cache_is_a_condition_where_the_forward_pass_is_the_students():
    [(name, found)] = lost("04_matmul", "affine_backward", "another forward pass", 99).items()
    assert name == "affine_backward(cache: made before another forward pass)" and found
    assert not lost("08_trailnet", "residual_backward", "another forward pass", 99)


def test_a_corner_beside_0_is_a_condition_of_what_has_a_corner_at_0():
    assert all(lost("07_mlp_sgd", "relu_backward", "(x: between -0.1 and 0)", 99).values())
    assert not lost("07_mlp_sgd", "sgd_step", "between -0.1 and 0", 1)


def test_two_dicts_of_one_set_of_names_may_hold_them_in_two_orders():
    assert all(lost("07_mlp_sgd", "sgd_step", "in two orders) -> W", 99).values())


class Node:
    def __init__(self, data: float, *parents: "Node") -> None:
        self.data, self._parents = data, parents


def chain(length: int) -> Node:
    root = Node(0.5)
    for i in range(length):
        root = Node(1.0 + i, root)
    return root


LEAF, TWIN = Node(2.0), Node(2.0)
MIDDLE = Node(3.0, LEAF)
NODES = {
    "no parents": LEAF,
    "one parent": MIDDLE,
    "a parent twice": Node(4.0, LEAF, LEAF),
    "a node used by two others": Node(5.0, MIDDLE, LEAF),
    "equal numbers in two nodes": Node(4.0, LEAF, TWIN),
    "more than ten nodes": chain(11),
}


@pytest.mark.parametrize("what", predicates.OF_NODES)
def test_each_condition_on_nodes_holds_for_its_example_and_not_for_a_plain_sum(what):
    assert predicates.OF_NODES[what](NODES[what])
    assert not predicates.OF_NODES[what](Node(5.0, Node(2.0), Node(3.0)))


def test_a_node_is_made_from_those_behind_it_and_not_from_itself():
    root = Node(5.0, MIDDLE)
    assert predicates.made_from(root, LEAF) and predicates.made_from(root, MIDDLE)
    assert not predicates.made_from(LEAF, root) and not predicates.made_from(root, root)


def test_a_function_that_walks_a_graph_meets_conditions_on_graphs_and_on_its_earlier_roots():
    pub, hidden = catalogue()["06_reverse_mode"]
    whats = {
        c.what for c in conditions_of(make_key(pub, hidden, "autumn"), pub.exercise("topo_sort"))
    }
    assert whats >= {*predicates.OF_NODES, "same object again", "a node inside an earlier root"}


def test_an_operation_meets_every_kind_of_upstream_gradient_and_one_operand_used_twice():
    pub, hidden = catalogue()["06_reverse_mode"]
    found = {c.id for c in conditions_of(make_key(pub, hidden, "autumn"), pub.exercise("Value"))}
    assert "Value.__mul__(out.grad: zero) -> _backward" in found
    assert "Value.__mul__(self, other: are one object) -> data" in found
    assert not any("(other.data, other:" in name for name in found)
