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
