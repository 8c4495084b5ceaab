"""Each exercise is judged alone: on stand-ins for the exercises that it calls, where one of them is wrong."""

import re
from functools import cache

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import answer_source
from autograder.grading.answer_key import AnswerKey, make_key, misconceived
from autograder.grading.grade import Grader
from autograder.hidden.catalogue import Misconception
from autograder.student.model.exercises import Exercise
from autograder.student.model.results import Report
from autograder.submissions.ingest import Submission
from tests.conftest import mostly_long

ASSIGNMENTS = tuple(catalogue())
# Of the misconceptions in exercises that others call, one in so many is tried here; `make truth` tries all.
SAMPLE = 6
# What an exercise is judged on.  Whatever its answer calls has a stand-in, where that is wrong.
ITSELF = "numbers of the check alone"
STAND_INS = "numbers of the check, and stand-ins for what it calls"
MADE = "nodes and duals that the check makes with the constructor, with slopes of the check"
FORWARD = "a cache of the forward pass before it, and the slopes of that or stand-ins for it"
JUDGED_ON = {
    ITSELF: "d_sin2 num_grad rel_error partials simple_backprop_step gd_step chain_rule max_backward fork_grad sigmoid "
    "sigmoid_grad sigmoid_staged relu tanh_neuron_step which_way matmul_backward affine_forward unbroadcast dot_test "
    "Dual Value unmask relu_forward relu_backward mse_cost softmax_loss sgd_step paraboloid_paths image_slopes "
    "srelu_forward srelu_backward conv_out trail_loss bug_hunt freeze_step turn_angle",
    STAND_INS: "fd_sweep num_vjp gate_circuit neuron_forward slide27 layer_by_index loss_and_grads train "
    "trailnet_shapes",
    MADE: "jvp grad_forward passes topo_sort backward zero_grad grad_reverse",
    FORWARD: "neuron_backward affine_backward residual_backward",
}
CLASSES = {"05_forward_mode": "Dual", "06_reverse_mode": "Value"}
# How a function may go wrong, whatever it is for: what is returned in the place of `right`, its right result.
WRONG = {
    "nothing": "None",
    "a text": "'abc'",
    "an error": "1 / 0",
    "one result more": "(*right, 0.0) if isinstance(right, tuple) else (right, 0.0)",
    "in another order": "right[::-1] if isinstance(right, tuple | list) else [right]",
    "zeros": "tuple(0 * each if isinstance(each, float | np.ndarray) else each for each in right)"
    " if isinstance(right, tuple) else 0 * right",
}


@cache
def key_of(assignment: str) -> AnswerKey:
    return make_key(*catalogue()[assignment], "alone", HERE)


def called_by_others(key: AnswerKey) -> list[str]:
    """The exercises that others build on, in their order."""
    below = {name for exercise in key.assignment.exercises for name in exercise.builds_on}
    return [exercise.name for exercise in key.assignment.exercises if exercise.name in below]


def graded(sandbox, assignment: str, replace: dict[str, str], untouched: list[str]) -> Report:
    key = key_of(assignment)
    notebook = filled_notebook(key.source, key.assignment, replace, untouched=untouched)
    text = notebook_text(notebook)
    submission = Submission("student", f"{assignment}.ipynb", 0.0, text.encode)
    return Grader({assignment: key}, sandbox, "0").grade(submission)


def lost(report: Report) -> dict[str, float]:
    assert report.exercises, report.reason
    return {r.exercise: r.possible - r.earned for r in report.exercises if r.earned < r.possible}


def judged_on(key: AnswerKey, exercise: Exercise) -> str:
    """What an exercise is judged on, read from the probes of its checks."""
    probes = [f"{check.probe.setup} {check.probe.call}" for check in key.checks[exercise.name]]
    named = set(re.findall(r"\w+", " ".join(probes))) - {exercise.name}
    if named & set(CLASSES.values()):
        return MADE
    if any(f"{name}(" in " ".join(probes) for name in exercise.builds_on if "_forward" in name):
        return FORWARD
    return STAND_INS if exercise.builds_on else ITSELF


def test_the_table_says_of_every_exercise_what_it_is_judged_on():
    keys = [key_of(assignment) for assignment in ASSIGNMENTS]
    found = {e.name: judged_on(key, e) for key in keys for e in key.assignment.exercises}
    assert found == {name: on for on, names in JUDGED_ON.items() for name in names.split()}


@pytest.mark.parametrize("assignment", CLASSES)
def test_what_is_judged_on_nodes_needs_no_operator_of_the_class(sandbox, assignment):
    name = CLASSES[assignment]
    text, count = re.subn(
        r"other = as_\w+\(other\)", "1 / 0", answer_source(key_of(assignment).source, name)
    )
    assert count > 2
    assert set(lost(graded(sandbox, assignment, {name: text}, []))) == {name}


@pytest.mark.parametrize("first", mostly_long(range(SAMPLE), 0))
def test_no_way_in_which_a_function_goes_wrong_costs_others_points(sandbox, first):
    tried = [
        (assignment, name, wrong)
        for assignment in ASSIGNMENTS
        for name in called_by_others(key_of(assignment))
        for wrong in WRONG
        if name not in CLASSES.values() and (name, wrong) != ("topo_sort", "zeros")
    ]
    for assignment, name, wrong in tried[first::SAMPLE]:
        right = answer_source(key_of(assignment).source, name)
        text = (
            f"{right}\n\nright_{name} = {name}\n\n\ndef {name}(*args, **kwargs):\n"
            f"    right = right_{name}(*args, **kwargs)\n    return {WRONG[wrong]}\n"
        )
        cost = lost(graded(sandbox, assignment, {name: text}, []))
        assert set(cost) <= {name}, (name, wrong, cost)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_whatever_others_call_has_a_stand_in(assignment):
    key = key_of(assignment)
    assert set(called_by_others(key)) == set(key.stand_ins)


@pytest.mark.parametrize("assignment", [name for name in ASSIGNMENTS if key_of(name).stand_ins])
def test_a_stand_in_is_no_answer(sandbox, assignment):
    stand_ins = dict(key_of(assignment).stand_ins)
    report = graded(sandbox, assignment, stand_ins, [])
    assert set(lost(report)) >= set(stand_ins)


@pytest.mark.parametrize("assignment", [name for name in ASSIGNMENTS if key_of(name).stand_ins])
def test_an_exercise_keeps_its_points_where_those_that_it_calls_are_not_attempted(
    sandbox, assignment
):
    untouched = called_by_others(key_of(assignment))
    assert set(lost(graded(sandbox, assignment, {}, untouched))) == set(untouched)


def test_a_mistake_costs_at_most_a_twentieth_of_its_points_in_other_exercises(sandbox):
    tried: list[tuple[str, Misconception]] = []
    for assignment in ASSIGNMENTS:
        key = key_of(assignment)
        below = called_by_others(key)
        tried += [(assignment, m) for name in below for m in key.misconceptions[name]]
    own = elsewhere = 0.0
    for assignment, misconception in tried[::SAMPLE]:
        text = misconceived(key_of(assignment).source, misconception)
        cost = lost(graded(sandbox, assignment, {misconception.exercise: text}, []))
        own += cost.pop(misconception.exercise)
        elsewhere += sum(cost.values())
    assert elsewhere <= own / 20
