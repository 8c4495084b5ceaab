"""Small differences in place of a formula are recognised where an exercise asks for one; a formula never is."""

import numpy as np
import pytest

from autograder.course.settings import Course, catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import make_key, misconceived
from autograder.grading.diagnose import diagnose
from autograder.student.judging.formula_rule import NUDGED, Analytic
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent

KEYS = {name: make_key(*halves, Course().seed) for name, halves in catalogue().items()}
CHECKS = {
    exercise: (key, check)
    for key in KEYS.values()
    for exercise, checks in key.checks.items()
    for check in checks
    if isinstance(check.rule, Analytic)
}
# How the gradient is measured: by a step up, or by one up and one down; with which step.
MEASURES = [(kind, step) for kind in ("forward", "centred") for step in (1e-4, 1e-5, 1e-6, 1e-7)]


def measured(f, v, kind, step):
    v, found = np.array(v, dtype=float), np.zeros(np.shape(v))
    for i in np.ndindex(*v.shape):
        nudge = np.zeros(v.shape)
        nudge[i] = step
        found[i] = (
            (f(v + nudge) - f(v)) / step
            if kind == "forward"
            else (f(v + nudge) - f(v - nudge)) / (2 * step)
        )
    return found


def numeric(exercise, names, kind, step):
    """The exercise's function of a student who measures all of its gradients."""

    def slope(f, v):
        return measured(f, v, kind, step)

    def affine_backward(dout, cache):
        x, w = cache
        b = np.zeros(dout.shape[1])

        def loss(x, w, b):
            return np.sum(names["affine_forward"](x, w, b)[0] * dout)

        return (
            slope(lambda v: loss(v, w, b), x),
            slope(lambda v: loss(x, v, b), w),
            slope(lambda v: loss(x, w, v), b),
        )

    def neuron_backward(dout, cache):
        w, x, _ = cache

        def loss(w, x):
            return dout * names["neuron_forward"](w, x)[0]

        return slope(lambda v: loss(v, x), w), slope(lambda v: loss(w, v), x)

    exact_softmax, exact_network = names.get("softmax_loss"), names.get("loss_and_grads")

    def softmax_loss(x, y):
        return exact_softmax(x, y)[0], slope(lambda v: exact_softmax(v, y)[0], x)

    def loss_and_grads(params, X, y, reg):
        def loss(name, value):
            return exact_network({**params, name: value}, X, y, reg)[0]

        grads = {
            name: slope(lambda v, name=name: loss(name, v), value) for name, value in params.items()
        }
        return exact_network(params, X, y, reg)[0], grads

    return {
        f.__name__: f for f in (affine_backward, neuron_backward, softmax_loss, loss_and_grads)
    }[exercise]


def judged(exercise, change=lambda names: {}):
    key, check = CHECKS[exercise]
    names = reference_namespace(key.source)
    return check, check.rule.judge(LocalStudent({**names, **change(names)}), check).findings


def test_the_exercises_that_ask_for_formulas_have_the_check_and_state_its_price():
    assert set(CHECKS) == {"neuron_backward", "affine_backward", "softmax_loss", "loss_and_grads"}
    for exercise, (key, check) in CHECKS.items():
        assert "earns nothing" in check.text
        assert "earns nothing" in " ".join(
            reference_namespace(key.source)[exercise].__doc__.split()
        )


@pytest.mark.parametrize("exercise", CHECKS)
def test_the_reference_is_a_formula(exercise):
    assert judged(exercise)[1] == ()


@pytest.mark.parametrize(("kind", "step"), MEASURES)
@pytest.mark.parametrize("exercise", CHECKS)
def test_a_measured_gradient_loses_the_parts_that_it_answers(exercise, kind, step):
    check, findings = judged(
        exercise, lambda names: {exercise: numeric(exercise, names, kind, step)}
    )
    assert {part for finding in findings for part in finding.parts} == set(check.judges.values())
    assert {finding.mistake for finding in findings} == {NUDGED}
    assert all(finding.hidden and not finding.tried for finding in findings)


def with_answer(exercise, change):
    """The reference with every gradient that it returns changed."""

    def changed(value):
        if isinstance(value, dict):
            return {name: changed(item) for name, item in value.items()}
        return tuple(map(changed, value)) if isinstance(value, tuple) else change(np.asarray(value))

    def wrapped(names):
        return {exercise: lambda *args: changed(names[exercise](*args))}

    return wrapped


COUNTER = np.random.default_rng(0)
OTHERS = {
    "rounded to twelve decimals": lambda g: np.round(g, 12),
    "rounded to four decimals": lambda g: np.round(g, 4),
    "float32": lambda g: g.astype(np.float32),
    "off by a factor": lambda g: 2 * g,
    "off by a little": lambda g: 1.0001 * g,
    "zero": lambda g: 0 * g,
    "random": lambda g: g * (1 + 1e-9 * COUNTER.normal(size=g.shape)),
    "negative": lambda g: -g,
    "not finite": lambda g: g * np.nan,
    "of another shape": lambda g: g.reshape(1, *g.shape),
    "in other words": lambda g: "much",
    "cancelled a little": lambda g: (g + 10.0) - 10.0,
}


@pytest.mark.parametrize("change", OTHERS)
@pytest.mark.parametrize("exercise", CHECKS)
def test_other_answers_right_or_wrong_are_not_taken_for_measured_ones(exercise, change):
    assert judged(exercise, with_answer(exercise, OTHERS[change]))[1] == ()


@pytest.mark.parametrize("exercise", CHECKS)
def test_an_answer_that_stops_is_told_as_such(exercise):
    check, findings = judged(exercise, lambda names: {exercise: lambda *args: 1 / 0})
    assert {part for finding in findings for part in finding.parts} == set(check.judges.values())
    assert all(finding.mistake is None for finding in findings)


@pytest.mark.long
def test_what_builds_on_a_measured_gradient_is_its_consequence_and_not_measured_itself():
    key = KEYS["07_mlp_sgd"]
    nudged = next(m for m in key.misconceptions["softmax_loss"] if m.name == NUDGED.name)
    names = reference_namespace(key.source, {"softmax_loss": misconceived(key.source, nudged)})
    found = {}
    for exercise in key.assignment.exercises[
        : [e.name for e in key.assignment.exercises].index("loss_and_grads") + 1
    ]:
        found[exercise.name] = diagnose(
            key, judge_exercise(LocalStudent(names), exercise, key.checks[exercise.name]), found
        )
    assert found["softmax_loss"].result.diagnosis == NUDGED
    network = found["loss_and_grads"].result
    assert network.earned < network.possible
    assert (network.diagnosis, network.blocked_by) == (None, "softmax_loss")
