"""Answers that once were caught without a name, with a wrong one, or green in the notebook."""

import numpy as np
import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import catalogue
from autograder.course.source import answer_source
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.student.judging.patterns import whole_relations
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Answer, Case, Check, Probe
from autograder.submissions.ingest import Submission

SOFTMAX = """\
def softmax_loss(x, y):
    e = np.exp({scores})
    p = e / np.sum(e, {axis})
    n = np.arange(len(x))
    loss = -np.mean(np.log(p[n, y]))
    d = p.copy()
    d[n, y] -= 1
    return loss, d / len(x)
"""
ROWS = "axis=1, keepdims=True"
# By assignment and exercise: the answer, the name that it must get, and whether the notebook sees it.
ANSWERS = {
    "one number at a time": (
        "01_derivatives",
        "d_sin2",
        "import math\ndef d_sin2(x):\n    return 2 * math.sin(x) * math.cos(x)\n",
    ),
    "overflow": (
        "03_sigmoid_neuron",
        "sigmoid",
        "def sigmoid(x):\n    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))\n",
    ),
    "results in another order": (
        "02_gates",
        "chain_rule",
        'def chain_rule(x, y, z, first="add"):\n    if first == "add":\n'
        "        return z, z, z, x + y\n    return 1, y, x, 1\n",
    ),
    "x not put back": (
        "01_derivatives",
        "num_grad",
        "def num_grad(f, x, h=1e-5):\n    x = np.array(x, dtype=float)\n    g = np.zeros(x.shape)\n"
        "    for i in np.ndindex(x.shape):\n        x[i] += h\n        a = f(x)\n        x[i] -= 2 * h\n"
        "        g[i] = (a - f(x)) / (2 * h)\n    return g\n",
    ),
    "rounded as shown": (
        "03_sigmoid_neuron",
        "neuron_forward",
        "def neuron_forward(w, x):\n"
        "    return round(float(1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))), 4), (w, x)\n",
    ),
    "extra 1/N": (
        "04_matmul",
        "affine_backward",
        "def affine_backward(dout, cache):\n    x, w = cache\n    X = x.reshape(x.shape[0], -1)\n"
        "    N = x.shape[0]\n    dx = np.dot(dout, w.T).reshape(x.shape)\n    dw = np.dot(X.T, dout) / N\n"
        "    db = np.sum(dout, axis=0) / N\n    return dx, dw, db\n",
    ),
    "1 not subtracted": (
        "07_mlp_sgd",
        "loss_and_grads",
        "def loss_and_grads(params, X, y, reg):\n"
        '    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))\n'
        "    N = len(X)\n    h = np.maximum(X @ W1 + b1, 0)\n    s = h @ W2 + b2\n"
        "    e = np.exp(s - s.max(axis=1, keepdims=True))\n    p = e / e.sum(axis=1, keepdims=True)\n"
        "    loss = -np.mean(np.log(p[range(N), y])) + reg * (np.sum(W1**2) + np.sum(W2**2))\n"
        "    d = p / N\n    dz = (d @ W2.T) * (h > 0)\n"
        '    return loss, {"W1": X.T @ dz + 2 * reg * W1, "b1": dz.sum(axis=0),\n'
        '                  "W2": h.T @ d + 2 * reg * W2, "b2": d.sum(axis=0)}\n',
    ),
    "largest score not taken away": (
        "07_mlp_sgd",
        "softmax_loss",
        SOFTMAX.format(scores="x", axis=ROWS),
    ),
    "one maximum for all examples": (
        "07_mlp_sgd",
        "softmax_loss",
        SOFTMAX.format(scores="x - np.max(x)", axis=ROWS),
    ),
    "sums over the examples": (
        "07_mlp_sgd",
        "softmax_loss",
        SOFTMAX.format(scores="x - np.max(x)", axis="axis=0"),
    ),
    "half the price": (
        "07_mlp_sgd",
        "loss_and_grads",
        "def loss_and_grads(params, X, y, reg):\n"
        '    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))\n    N = len(X)\n'
        "    h = np.maximum(0, X @ W1 + b1)\n    s = h @ W2 + b2\n"
        "    s = s - s.max(axis=1, keepdims=True)\n"
        "    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)\n"
        "    loss = -np.log(p[np.arange(N), y]).mean() + 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))\n"
        "    p[np.arange(N), y] -= 1\n    p /= N\n    dW2 = h.T @ p + reg * W2\n    dh = p @ W2.T\n"
        "    dh[h <= 0] = 0\n"
        '    return loss, {"W1": X.T @ dh + reg * W1, "b1": dh.sum(0), "W2": dW2, "b2": p.sum(0)}\n',
    ),
    "a pair where one array is asked for": (
        "07_mlp_sgd",
        "relu_forward",
        "def relu_forward(x):\n    return np.maximum(0, x), x\n",
    ),
    "seed ignored": (
        "07_mlp_sgd",
        "train",
        "def train(params, X, y, lr, epochs, batch, seed):\n    rng = np.random.default_rng(0)\n"
        "    losses = [loss_and_grads(params, X, y, 0.0)[0]]\n    for _ in range(epochs):\n"
        "        order = np.arange(len(X))\n        rng.shuffle(order)\n        Xs, ys = X[order], y[order]\n"
        "        start = 0\n        while start < len(X):\n"
        "            rows = slice(start, start + batch)\n"
        "            _, g = loss_and_grads(params, Xs[rows], ys[rows], 0.0)\n"
        "            params = sgd_step(params, g, lr)\n            start += batch\n"
        "        losses.append(loss_and_grads(params, X, y, 0.0)[0])\n"
        '    return {"loss": losses, "params": params}\n',
    ),
    "order not random": (
        "07_mlp_sgd",
        "train",
        "def train(params, X, y, lr, epochs, batch, seed):\n"
        "    history = [loss_and_grads(params, X, y, 0.0)[0]]\n    for _ in range(epochs):\n"
        "        ahead = list(range(len(X)))\n        while ahead:\n"
        "            rows = [ahead.pop() for _ in range(min(batch, len(ahead)))]\n"
        "            params = sgd_step(params, loss_and_grads(params, X[rows], y[rows], 0.0)[1], lr)\n"
        "        history.append(loss_and_grads(params, X, y, 0.0)[0])\n"
        '    return {"loss": history, "params": params}\n',
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_caught_has_one_name_and_is_seen_in_the_notebook(sandbox, name):
    assignment, exercise, answer = ANSWERS[name]
    key = make_key(*catalogue()[assignment], "winter")
    notebook = filled_notebook(key.source, key.assignment, {exercise: answer})
    submission = Submission("s", f"{assignment}.ipynb", 0.0, notebook_text(notebook).encode)
    report = Grader({assignment: key}, sandbox, "0").grade(submission)
    [result] = [each for each in report.exercises if each.exercise == exercise]
    found = [finding for finding in result.findings if not finding.warning]
    assert result.earned < result.possible
    assert {finding.mistake and finding.mistake.name for finding in found} == {name}
    assert (result.diagnosis.name, result.hint) == (name, "")
    assert any(not finding.hidden for finding in found)


def test_a_mistake_that_shows_in_yes_and_no_alone_is_named_only_where_it_spoils_all(sandbox):
    key = make_key(*catalogue()["07_mlp_sgd"], "autumn")
    text = answer_source(key.source, "train")
    text = text.replace("params = sgd_step(params, grads, lr)", "sgd_step(params, grads, lr)")
    notebook = filled_notebook(key.source, key.assignment, {"train": text})
    submission = Submission("s", "07_mlp_sgd.ipynb", 0.0, notebook_text(notebook).encode)
    report = Grader({"07_mlp_sgd": key}, sandbox, "0").grade(submission)
    [result] = [each for each in report.exercises if each.exercise == "train"]
    assert result.earned < result.possible
    assert "order not random" not in {f.mistake.name for f in result.findings if f.mistake}


RIGHT = [np.array([0.31, -1.7, 12.9]), np.array([-3.4, 0.02, 5.5]), np.array([4.125, 8.75, -0.6])]
ONE = Check("", Probe("f(x)", ("dx",)), tuple(Case({}) for _ in RIGHT), {"dx": "p"}, Values())
RELATIONS = {
    "rounded": [np.round(r, 1) for r in RIGHT],
    "whole numbers": [np.trunc(r) for r in RIGHT],
    "sign lost": [abs(r) for r in RIGHT],
    "nothing below 0": [np.maximum(r, 0) for r in RIGHT],
    "sign": [-r for r in RIGHT],
    "cut off": [np.clip(r, -5, 5) for r in RIGHT],
    "factor 0.5": [r / 2 for r in RIGHT],
    "factor 0.7": [0.7 * r for r in RIGHT],
    "float32": [r.astype(np.float32) for r in RIGHT],
    "offset": [r + 0.25 for r in RIGHT],
    "squared": [r * r for r in RIGHT],
    "order": [r[::-1] for r in RIGHT],
    "shape": [r[:, None] for r in RIGHT],
    "first left out": [r[1:] for r in RIGHT],
    "earlier call": [RIGHT[0], *RIGHT[:-1]],
    "first call": [RIGHT[0]] * 3,
    "added up over calls": list(np.cumsum(RIGHT, axis=0)),
    "exponential": [np.exp(r) for r in RIGHT],
    "reciprocal": [1 / r for r in RIGHT],
    "only the first": [r[0] for r in RIGHT],
    "only the last": [r[-1] for r in RIGHT],
    "always the same": [np.array([0.7, -0.3, 5.0])] * 3,
    "right to 5 digits": [r + 1e-5 * abs(r) for r in RIGHT],
}
NONE = {
    "one case is otherwise": [-RIGHT[0], -RIGHT[1], RIGHT[2] * 1.1],
    "one case alone is wrong": [-RIGHT[0], RIGHT[1], RIGHT[2]],
    "one number is not finite": [-RIGHT[0], -RIGHT[1], np.array([np.nan, -8.75, 0.6])],
    "nothing but zeros": [0 * r for r in RIGHT],
    "nothing but ones": [0 * r + 1 for r in RIGHT],
    "by chance": [np.sin(r) for r in RIGHT],
    "right to two digits": [r + 1e-3 * abs(r) for r in RIGHT],
}


def related(values):
    truth, seen = ([[Answer(value) for value in each]] for each in (RIGHT, values))
    return whole_relations([ONE], truth, seen)


@pytest.mark.parametrize("name", RELATIONS)
def test_a_relation_that_holds_in_every_case_is_named(name):
    assert related(RELATIONS[name])["p"].name == name


NUMBERS = [np.array(4.25), np.array(-3.5), np.array(0.75)]
X, RATE = np.array([1.5, -2.0, 0.3]), -1.5


@pytest.mark.parametrize(
    ("name", "right", "given"),
    [
        ("many for one", NUMBERS, [np.array([n - 1.5, 1.5]) for n in NUMBERS]),
        ("times x", RIGHT, [r * X for r in RIGHT]),
        ("rate left out", [RATE * r for r in RIGHT[:1]] + [r * 4 for r in RIGHT[1:]], RIGHT),
    ],
)
def test_a_relation_to_the_inputs_or_to_a_single_number_is_named(name, right, given):
    rates = [RATE, 4.0, 4.0]
    cases = tuple(Case({"x": X, "rate": rate}) for rate in rates)
    check = Check("", ONE.probe, cases, ONE.judges, Values())
    truth, seen = ([[Answer(value) for value in each]] for each in (right, given))
    assert whole_relations([check], truth, seen)["p"].name == name


def test_a_name_of_the_part_that_is_right_everywhere_says_nothing():
    probe = Probe("f(x)", ("dx", "dy"))
    check = Check("", probe, ONE.cases, {"dx": "p", "dy": "p"}, Values())
    truth = [[Answer((r, r**3)) for r in RIGHT]]
    found = whole_relations([check], truth, [[Answer((r / 2, r**3)) for r in RIGHT]])
    assert (found["p"].name, found["p"].text.split()[1]) == ("factor 0.5", "dx")
    assert whole_relations([check], truth, [[Answer((r / 2, r)) for r in RIGHT]]) == {}


def test_a_relation_to_numbers_that_are_not_finite_is_none():
    right = [np.array([0.0, 2.5, 4.5])] * 3
    truth, seen = ([[Answer(v) for v in each]] for each in (right, [r + 7.1 for r in RIGHT]))
    assert whole_relations([ONE], truth, seen) == {}


@pytest.mark.parametrize("what", NONE)
def test_what_does_not_hold_everywhere_or_tells_too_little_has_no_name(what):
    assert related(NONE[what]) == {}
