"""What the visible checks show together is named in the notebook, and only if all of them show it."""

import numpy as np
import pytest

from autograder.student.checks import find_exercise
from autograder.student.judging.rules import Values
from autograder.student.notebook import judge_visible

COST = "    difference = np.asarray(a, float) - np.asarray(y, float)\n"
SOFTMAX = """\
def softmax_loss(x, y):
    s = x - x.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    n = np.arange(len(x))
    loss = -np.mean(s[n, y] - np.log(np.exp(s).sum(axis=1))) {change}
    p[n, y] -= 1
    return loss, p / len(x)
"""
# By the name: the exercise and an answer.
NAMED = {
    "factor 2": ("d_sin2", "def d_sin2(x):\n    return 2 * np.sin(2 * np.asarray(x, float))\n"),
    "sign": ("d_sin2", "def d_sin2(x):\n    return -np.sin(2 * np.asarray(x, float))\n"),
    "square root": (
        "mse_cost",
        f"def mse_cost(a, y):\n{COST}    return np.sqrt(np.sum(difference**2)), 2 * difference\n",
    ),
    "factor 0.4343": ("softmax_loss", SOFTMAX.format(change="/ np.log(10)")),
    "rounded": (
        "sgd_step",
        "def sgd_step(params, grads, lr):\n"
        "    return {name: np.round(params[name] - lr * grads[name], 2) for name in params}\n",
    ),
    "always the same": (
        "neuron_forward",
        "def neuron_forward(w, x):\n    return 0.7310585786300049, (w, x)\n",
    ),
    "wrong where dout holds a negative number": (
        "relu_backward",
        "def relu_backward(dout, x):\n    return dout * (dout * x > 0)\n",
    ),
}
NAMELESS = {
    "wrong below -1, and not wherever a number is negative": (
        "srelu_forward",
        "def srelu_forward(x):\n    return np.where(x > -1, x, -1 + 0.01 * (x + 1))\n",
    ),
    "the right root in one case, another number in the next": (
        "mse_cost",
        f"def mse_cost(a, y):\n{COST}    cost = np.sum(difference**2)\n"
        "    return np.sqrt(cost) if len(a) < 4 else cost + 1.5, 2 * difference\n",
    ),
}


def names(exercise, answer):
    namespace = {"np": np}
    exec(answer, namespace)
    result = judge_visible(namespace, *find_exercise(exercise))
    return {f.mistake.name if f.mistake else "" for f in result.findings if not f.warning}


@pytest.mark.parametrize("name", NAMED)
def test_what_all_visible_checks_show_is_named_in_the_notebook(name):
    found = names(*NAMED[name])
    assert name in found and found <= {name, ""}


@pytest.mark.parametrize("what", NAMELESS)
def test_what_one_visible_check_does_not_show_is_not_named(what):
    assert names(*NAMELESS[what]) == {""}


def test_what_a_check_without_written_answers_finds_wrong_is_not_named_by_the_others():
    _, exercise = find_exercise("softmax_loss")
    [slopes] = [check for check in exercise.checks if not isinstance(check.rule, Values)]
    rows = len(slopes.cases[0].inputs["x"])
    answer = SOFTMAX.format(change="")
    minus = answer.replace("p / len(x)", "-p / len(x)")
    other = answer.replace("p / len(x)", f"(3 if len(x) == {rows} else -1) * p / len(x)")
    assert "sign" in names("softmax_loss", minus)
    assert "sign" not in names("softmax_loss", other)


def test_a_constant_is_named_as_such_though_some_part_of_it_agrees_with_a_mistake():
    grads = '{"s": 2, "p": 2, "m": 2, "x": -8, "y": 6, "z": 2, "w": 0}'
    answer = f"def gate_circuit(x, y, z, w):\n    return -20, {grads}\n"
    assert names("gate_circuit", answer) == {"", "always the same"}


def test_numbers_that_are_not_finite_say_nothing_where_the_others_are_wrong_too():
    answer = """
def rel_error(a, b):
    return abs(a - b) / max(abs(a), abs(b), 1e-300)
def fd_sweep(f, df, x, hs):
    forward = [rel_error((f(x + h) - f(x)) / h, df(x)) for h in hs]
    centred = [rel_error((f(x + h) - f(x - h)) / (2 * h), df(x)) for h in hs]
    with np.errstate(all="ignore"):
        return np.log10(forward), np.log10(centred)
"""
    assert "0/0" not in names("fd_sweep", answer)
