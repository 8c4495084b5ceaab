"""A gradient measured with small differences earns nothing where the text asks for a formula, however it is made."""

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.student.judging.formula_rule import Analytic
from autograder.submissions.ingest import Submission

CENTRED = "(fn(v + e) - fn(v - e)) / (2 * h)"
EIGHTH = "sum(k * (fn(v + n * e) - fn(v - n * e)) for n, k in {1: 4/5, 2: -1/5, 3: 4/105, 4: -1/280}.items()) / h"
# The type of numbers, the step, the difference, and what becomes of it.
WAYS = {
    "centred": ("float64", "1e-5", CENTRED, "out"),
    "long double": ("longdouble", "np.longdouble(1e-6)", CENTRED, "out"),
    "eighth order": ("float64", "1e-2", EIGHTH, "out"),
    "complex step": ("complex128", "1e-30j", "fn(v + e).imag / 1e-30", "out"),
    "step one": ("float64", "1.0", "fn(v + e) - fn(v)", "out"),
    "rounded to twelve digits": ("float64", "1e-5", CENTRED, "np.round(out, 12)"),
    "noisy": ("float64", "1e-5", CENTRED, "out * (1 + 1e-12 * np.random.rand(*out.shape))"),
    "remembered": ("float64", "1e-5", CENTRED, "SEEN.setdefault((v.tobytes(), float(fn(v))), out)"),
}
MEASURE = """\
SEEN = {}
def slopes(fn, v):
    v, h = np.array(v, np.FLOAT), STEP
    out = np.zeros(v.shape)
    for i in np.ndindex(v.shape):
        e = np.zeros(v.shape, v.dtype)
        e[i] = h
        out[i] = DIFFERENCE
    return RESULT
"""
ANSWERS = {
    "neuron_backward": """\
def neuron_backward(dout, cache):
    w, x = cache[:2]
    def f(w, x):
        return dout / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    return slopes(lambda v: f(v, x), w), slopes(lambda v: f(w, v), x)
""",
    "affine_backward": """\
def affine_backward(dout, cache):
    x, w = cache
    b = np.zeros(w.shape[1])
    def f(x, w, b):
        return np.sum(dout * (x.reshape(len(x), -1) @ w + b))
    return slopes(lambda v: f(v, w, b), x), slopes(lambda v: f(x, v, b), w), slopes(lambda v: f(x, w, v), b)
""",
    "softmax_loss": """\
def loss_of(x, y):
    shifted = x - x.real.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(x)), y])
def softmax_loss(x, y):
    return float(loss_of(x, y)), slopes(lambda v: loss_of(v, y), x)
""",
    "loss_and_grads": """\
def whole_loss(params, X, y, reg):
    z = X @ params["W1"] + params["b1"]
    scores = np.where(z.real > 0, z, 0) @ params["W2"] + params["b2"]
    shifted = scores - scores.real.max(axis=1, keepdims=True)
    data = np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(X)), y])
    return data + reg * (np.sum(params["W1"]**2) + np.sum(params["W2"]**2))
def loss_and_grads(params, X, y, reg):
    def of(name):
        return lambda v: whole_loss({**params, name: v}, X, y, reg)
    return float(whole_loss(params, X, y, reg)), {k: slopes(of(k), v) for k, v in params.items()}
""",
}
KEYS = {name: make_key(*halves, "measured", HERE) for name, halves in catalogue().items()}
# Of each exercise whose text asks for formulas: the parts that are gradients.
GRADIENTS = {
    name: {
        exercise: set(check.judges.values())
        for exercise, checks in key.checks.items()
        for check in checks
        if isinstance(check.rule, Analytic)
    }
    for name, key in KEYS.items()
}


def test_every_exercise_that_asks_for_formulas_is_tried():
    assert {exercise for asked in GRADIENTS.values() for exercise in asked} == set(ANSWERS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("assignment", [name for name, asked in GRADIENTS.items() if asked])
def test_a_measured_gradient_earns_nothing(sandbox, assignment, way):
    key, asked = KEYS[assignment], GRADIENTS[assignment]
    kind, step, difference, result = WAYS[way]
    measure = MEASURE.replace("FLOAT", kind).replace("STEP", step)
    measure = measure.replace("DIFFERENCE", difference).replace("RESULT", result)
    answers = {exercise: measure + ANSWERS[exercise] for exercise in asked}
    text = notebook_text(filled_notebook(key.source, key.assignment, answers))
    submission = Submission("student", f"{assignment}.ipynb", 0.0, text.encode)
    report = Grader({assignment: key}, sandbox, "0").grade(submission)
    earned = {
        (result.exercise, part.name): part.earned
        for result in report.exercises
        if result.exercise in asked
        for part in result.parts
        if part.name in asked[result.exercise]
    }
    assert earned
    assert not any(earned.values()), earned
