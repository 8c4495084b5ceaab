"""Verdicts do not depend on the course's seed; what the notebook shows as right is right; a card stays short."""

import pytest
from conftest import mostly_long

from autograder.course.settings import catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import make_key
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from benchmarks.conditions import SHARES, differences, green_then_lost, verdicts

MOST_CASES = 8
# Of the shares of answers, those that are tried here, each at a seed of its own; `make seeds` tries all.
TRIED = range(0, SHARES, 3)
EXERCISES = [exercise for public, _ in catalogue().values() for exercise in public.exercises]


@pytest.mark.parametrize("name", mostly_long(catalogue(), "01_derivatives", "04_matmul"))
def test_other_seeds_give_the_same_verdicts(name):
    for share in TRIED:
        assert differences(verdicts(name, "0", share), verdicts(name, f"{share} more", share)) == []


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("05_forward_mode", 43),
        pytest.param("05_forward_mode", 193, marks=pytest.mark.long),
        pytest.param("07_mlp_sgd", 11, marks=pytest.mark.long),
        pytest.param("07_mlp_sgd", 105, marks=pytest.mark.long),
        ("08_trailnet", 137),
    ],
)
def test_a_seed_that_once_gave_another_verdict_gives_the_same(name, seed):
    share = seed % SHARES
    assert differences(verdicts(name, "0", share), verdicts(name, f"{seed}", share)) == []


@pytest.mark.parametrize("name", mostly_long(catalogue(), "03_sigmoid_neuron"))
def test_no_catalogued_mistake_is_green_in_the_notebook_and_loses_points_at_grading(name):
    assert green_then_lost(name) == []


MEASURED = """
def affine_backward(dout, cache):
    x, w, b = cache
    def slopes(changed):
        grad = np.zeros(changed.shape)
        for place in np.ndindex(*changed.shape):
            ends = []
            for step in (1e-3, -1e-3):
                moved = changed.copy()
                moved[place] += step
                parts = [moved if part is changed else part for part in (x, w, b)]
                ends.append(np.sum(affine_forward(*parts)[0] * dout))
            grad[place] = (ends[0] - ends[1]) / 2e-3
        return grad
    return slopes(x), slopes(w), slopes(b)
"""


def test_a_gradient_that_is_measured_is_seen_in_the_notebook_however_exact_it_is():
    public, hidden = catalogue()["04_matmul"]
    source = make_key(public, hidden, "").source
    forward = "def affine_forward(x, w, b):\n    out = x.reshape(len(x), -1) @ w + b\n    return out, (x, w, b)\n"
    namespace = reference_namespace(
        source, {"affine_forward": forward, "affine_backward": MEASURED}
    )
    exercise = public.exercise("affine_backward")
    result = judge_exercise(LocalStudent(namespace), exercise, exercise.checks[1:2]).result
    assert {f.mistake.name for f in result.findings if f.mistake} == {"measured by nudging"}


def test_a_verdict_that_only_one_seed_gives_is_a_difference():
    assert differences({"a": True, "b": 1.0}, {"a": True, "b": 0.5, "c": False}) == ["b", "c"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_exercise_has_few_visible_cases(exercise):
    assert sum(len(check.cases) for check in exercise.checks) <= MOST_CASES
