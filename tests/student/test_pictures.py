"""Pictures show what the student's functions do, say the same in words, and never stop the notebook at a stub."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from variants.forward_mode import Dual, passes_nonlocal
from variants.reverse_mode import Value, order_with_a_stack, sweep_through_a_stack

from autograder.authoring.build.notebook import filled_notebook
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import read_source
from autograder.student.plots import forward_mode, matmul, reverse_mode, sigmoid_neuron


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x)))


def right(dD, W, X):
    return dD @ X.T, W.T @ dD


def half_right(dD, W, X):
    return dD @ X.T, 1.01 * W.T @ dD


def wrong_shape(dD, W, X):
    return X @ dD.T, W.T @ dD


def wrong_order(dD, W, X):
    return X.T @ dD, dD @ W.T


def wrong_kind(dD, W, X):
    return "dW", None


def stub(*_):
    raise NotImplementedError


def test_boxes_are_empty_before_there_is_an_answer(shown):
    matmul.plot_shapes()
    assert shown[0].endswith("dW is empty and dX is empty.")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (right, "dW is filled and dX is filled."),
        (half_right, "dW is filled and dX is empty."),
        (wrong_shape, "dW is empty and dX is filled."),
        (wrong_order, "dW is empty and dX is empty."),
        (wrong_kind, "dW is empty and dX is empty."),
        (stub, "dW is empty and dX is empty."),
    ],
)
def test_a_box_is_filled_by_a_right_gradient_only(shown, answer, state):
    matmul.plot_shapes(answer)
    assert shown[0].endswith(state)


def test_gradients_are_compared_element_by_element(shown):
    matmul.plot_gradients(half_right)
    dW, dX = (float(alt.split("largest difference is ")[1].rstrip(".")) for alt in shown)
    assert dW < 1e-9
    assert dX > 1e-3


def test_a_gradient_of_another_shape_is_drawn_and_said(shown):
    matmul.plot_gradients(wrong_shape)
    assert [alt.endswith("Shapes differ.") for alt in shown] == [True, False]


@pytest.mark.parametrize("answer", [stub, wrong_order, wrong_kind])
def test_gradients_that_are_not_there_give_a_sentence_instead_of_a_picture(shown, capsys, answer):
    matmul.plot_gradients(answer)
    assert not shown
    assert "does not return two gradients yet" in capsys.readouterr().out


def test_the_neuron_draws_its_curve_and_its_gates(shown):
    wires = dict.fromkeys(("dot", "neg", "a", "b", "c", "ddot", "dneg", "da", "db", "dc"), 0.25)
    sigmoid_neuron.plot_saturation(sigmoid, lambda f: f * (1 - f))
    sigmoid_neuron.plot_sigmoid_gates(lambda w, x: wires, w=np.zeros(3), x=np.zeros(2))
    assert len(shown) == 2
    assert "neg: × −1 of dot, value 0.25, gradient 0.25" in shown[1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: sigmoid_neuron.plot_saturation(stub, stub),
        lambda: sigmoid_neuron.plot_sigmoid_gates(stub, w=np.zeros(3), x=np.zeros(2)),
        lambda: matmul.show_dot_tests(stub, stub, stub),
        lambda: forward_mode.plot_trace(stub, 0.7, -1.3),
        lambda: forward_mode.plot_passes(stub),
    ],
)
def test_a_stub_gives_a_sentence_instead_of_a_picture(shown, capsys, draw):
    draw()
    assert not shown
    assert "Fill in the cells above" in capsys.readouterr().out


def test_the_dot_tests_find_the_number_that_was_made_wrong(capsys):
    def forward(x, w, b):
        return x.reshape(len(x), -1) @ w + b, (x, w)

    def backward(dout, cache):
        x, w = cache
        return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)

    def distance(f, vjp, x, seed):
        rng = np.random.default_rng(seed)
        u, v = rng.uniform(-1, 1, x.shape), rng.uniform(-1, 1, f(x).shape)
        return abs(np.sum(v * (f(x + 1e-5 * u) - f(x - 1e-5 * u)) / 2e-5) - np.sum(vjp(v, x) * u))

    matmul.show_dot_tests(distance, forward, backward)
    *good, spoiled = (float(line.split()[-1]) for line in capsys.readouterr().out.splitlines())
    assert len(good) == 3
    assert max(good) < 1e-8
    assert spoiled > 1e-3


def test_the_trace_shows_what_the_students_numbers_hold(shown):
    forward_mode.plot_trace(Dual, math.pi / 2, 3)
    forward_mode.plot_trace(Dual, 0.7, -1.3)
    assert shown[0].endswith("z: value 5.7124, derivative 3.0000 along x and 1.5708 along y.")
    assert "b: value 0.6442, derivative 0.7648 along x and 0.0000 along y" in shown[1]
    assert shown[1].endswith("z: value -0.2658, derivative -0.5352 along x and 0.7000 along y.")


def test_a_number_without_arithmetic_gives_a_sentence_instead_of_a_trace(shown, capsys):
    forward_mode.plot_trace(complex, 0.7, -1.3)
    assert not shown
    assert "your code above stops with AttributeError" in capsys.readouterr().out


def test_passes_are_counted_by_the_students_own_function(shown):
    forward_mode.plot_passes(passes_nonlocal)
    forward_mode.plot_passes(lambda f, n: 0)
    assert "n = 20: forward 20, reverse 2" in shown[0]
    assert "n = 20: forward 0, reverse 2" in shown[1]


def test_both_notebooks_draw_the_same_costs_one_in_passes_and_one_in_operations(shown):
    forward_mode.plot_passes(passes_nonlocal)
    reverse_mode.plot_costs(Value, order_with_a_stack, sweep_through_a_stack)
    passes, operations = (
        re.findall(r"n = (\d+): forward (\d+), reverse (\d+)", alt) for alt in shown
    )
    assert len(passes) == len(operations) == len(forward_mode.SIZES)
    for (n, *counts), (same, *costs) in zip(passes, operations, strict=True):
        assert n == same
        assert [int(count) * (2 * int(n) + 1) for count in counts] == list(map(int, costs))


def network(weights, point):
    x, y = point
    total = Value(0.0)
    for across, down, bias, opinion in weights:
        total = total + opinion * (across * x + down * y + bias).relu()
    return total


def descend(weights, points, targets, sign=-1):
    for _ in range(60):
        for point, target in zip(points, targets, strict=True):
            flat = [weight for neuron in weights for weight in neuron]
            for weight in flat:
                weight.grad = 0.0
            sweep_through_a_stack((network(weights, point) - target) ** 2)
            for weight in flat:
                weight.data += sign * 0.05 * weight.grad


def test_a_network_learns_two_crescents_by_a_right_engine(shown):
    reverse_mode.plot_learning(Value, network, descend)
    start, end = re.findall(r"(\d+)%", shown[-1])
    assert int(start) < 70
    assert int(end) > 95


def test_a_network_that_learns_nothing_is_described_as_it_is(shown):
    reverse_mode.plot_learning(Value, network, lambda *_: None)
    start, end = re.findall(r"(\d+)%", shown[-1])
    assert start == end


@pytest.mark.parametrize("learn", [stub, lambda *_: 1 / 0, lambda *a: descend(*a, sign=1)])
def test_learning_that_stops_does_not_stop_the_notebook(shown, learn):
    reverse_mode.plot_learning(Value, network, learn)


# Runs a solved notebook whose answers are then all replaced by wrong ones; prints cells that stop.
RUN_ALL = """
import json, re, sys
import matplotlib
matplotlib.use("agg")
from IPython.core.interactiveshell import InteractiveShell
names, cells = json.loads(sys.stdin.read())
shell = InteractiveShell()
shell.history_manager.enabled = False
stopped = []
for line in ("return None", "raise ValueError('no')"):
    for name, text in cells:
        if name in names:
            methods = [m for m in re.findall(r"    def (\\w+)", text) if m != "__init__"]
            wrong = f"def wrong(*args, **kwargs): {line}\\n"
            each = [f"{name}.{method} = wrong" for method in methods] or [f"{name} = wrong"]
            text = f"{text}\\n{wrong}" + "\\n".join(each)
        if not shell.run_cell(text).success:
            stopped.append(text)
print("\\nSTOPPED", stopped)
"""


@pytest.mark.parametrize("name", list(catalogue()))
def test_no_wrong_answer_stops_a_notebook(name):
    assignment, _ = catalogue()[name]
    notebook = filled_notebook(read_source(HERE.source(name), assignment), assignment)
    cells = [
        (cell["metadata"].get("nbgrader", {}).get("grade_id", ""), "".join(cell["source"]))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    run = subprocess.run(
        [sys.executable, "-c", RUN_ALL],
        input=json.dumps([[e.name for e in assignment.exercises], cells]),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=HERE.root,
    )
    assert run.stdout.endswith("STOPPED []\n"), run.stdout[-2000:] + run.stderr[-2000:]
