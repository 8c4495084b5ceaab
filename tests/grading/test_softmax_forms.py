"""The classic mistakes of softmax, each as six students write it: named at grading and in the notebook."""

import numpy as np
import pytest

from autograder.authoring.build.mistakes import mistakes_table
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import make_key
from autograder.grading.diagnose import diagnose
from autograder.hidden.misconceptions.mlp_sgd import (
    NO_SHIFT,
    ONE_MAXIMUM,
    ONE_SUM,
    STYLES,
    SUM_OVER_EXAMPLES,
    softmax_written,
)
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.known_mistakes import name_mistake, read_table
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import Outcome

PUBLIC, HIDDEN = catalogue()["07_mlp_sgd"]
EXERCISE = PUBLIC.exercise("softmax_loss")
CLASSIC = {
    "largest score not taken away": NO_SHIFT,
    "one maximum for all examples": ONE_MAXIMUM,
    "one sum for all examples": ONE_SUM | ONE_MAXIMUM,
    "sums over the examples": SUM_OVER_EXAMPLES | ONE_MAXIMUM,
    "1 not subtracted": {"one": "0"},
    "gradient without 1/N": {"by_n": ""},
    "1/N twice": {"by_n": " / len(x) / len(x)"},
    "mean over the scores": {"by_n": " / x.size"},
    "sum instead of the mean": {"mean": "np.sum", "by_n": ""},
    "sign of the loss": {"minus": "+1 * "},
    "logarithm kept away from 0": {"tiny": " + 1e-8"},
}
# "log of the sum" takes no logarithm of a probability.
NOT_WRITTEN = {("log of the sum", "logarithm kept away from 0")}


@pytest.fixture(scope="module")
def key():
    return make_key(PUBLIC, HIDDEN, "winter")


@pytest.fixture(scope="module")
def table():
    return read_table(mistakes_table(PUBLIC, HIDDEN, HERE))["softmax_loss"]


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_right_without_a_mistake(key, style):
    names = reference_namespace(key.source, {"softmax_loss": softmax_written(style)})
    result = judge_exercise(LocalStudent(names), EXERCISE, key.checks["softmax_loss"]).result
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("mistake", CLASSIC)
def test_a_classic_mistake_is_named_however_it_is_written(key, table, style, mistake):
    if (style, mistake) in NOT_WRITTEN:
        pytest.skip("this style has no place for it")
    answer = softmax_written(style, **CLASSIC[mistake])
    assert answer != softmax_written(style)
    student = LocalStudent(reference_namespace(key.source, {"softmax_loss": answer}))
    with np.errstate(all="ignore"):
        graded = judge_exercise(student, EXERCISE, key.checks["softmax_loss"])
        seen = judge_exercise(student, EXERCISE, EXERCISE.checks)
    result = name_mistake(table, EXERCISE, seen.result, seen.trials)
    names = (diagnose(key, graded, {}).result.diagnosis.name, result.diagnosis.name)
    assert names == (mistake, mistake)
