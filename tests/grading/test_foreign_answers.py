"""Answers that others wrote, each once graded wrongly: graded as a submission is, each exercise by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import nbformat
import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import answer_source
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader
from autograder.student.model.results import Report
from autograder.submissions.ingest import Submission

GIVEN_OPERATORS = "        return as_value(other) - self"

ONE_ORDER = "    order = rng.permutation(len(X))\n    for _ in range(epochs):\n"


@dataclass(frozen=True)
class Foreign:
    """A notebook that is right but for `answers`, by exercise: a cell's text, or edits of the reference's.

    before, after: a cell of the student's own above all others, and one below.  Expected: `lost`, the exercises that
    lose points; all others keep theirs.
    """

    assignment: str
    answers: Mapping[str, str | tuple[tuple[str, str], ...]] = field(default_factory=dict)
    before: str = ""
    after: str = ""
    lost: tuple[str, ...] = ()


CASES = {
    "a step of 1 changes nothing": Foreign(
        "08_trailnet",
        {"conv_out": (("return (n + 2", "return n if s == 1 else (n + 2"),)},
        lost=("conv_out",),
    ),
    "whatever begins with a trainable name moves": Foreign(
        "08_trailnet",
        {
            "freeze_step": (
                ("in trainable:", "in [n for n in grads if n.startswith(tuple(trainable))]:"),
            )
        },
        lost=("freeze_step",),
    ),
    "one order for all epochs": Foreign(
        "07_mlp_sgd",
        {
            "train": (
                (
                    "    for _ in range(epochs):\n        order = rng.permutation(len(X))\n",
                    ONE_ORDER,
                ),
            )
        },
        lost=("train",),
    ),
    "the examples cut and swapped": Foreign(
        "07_mlp_sgd",
        {
            "train": (
                ("rng.permutation(len(X))", "np.roll(np.arange(len(X)), rng.integers(len(X)))"),
            )
        },
        lost=("train",),
    ),
    "last batches of a few examples dropped": Foreign(
        "07_mlp_sgd",
        {"train": (("range(0, len(X), batch)", "range(0, len(X) - batch + 10, batch)"),)},
        lost=("train",),
    ),
    "gradients clipped at ten": Foreign(
        "07_mlp_sgd",
        {
            "sgd_step": (
                ("lr * grads[name]", "lr * np.sign(grads[name]) * np.abs(grads[name]).clip(0, 10)"),
            )
        },
        lost=("sgd_step",),
    ),
    "outputs clipped in the cost alone": Foreign(
        "07_mlp_sgd",
        {"mse_cost": (("np.sum(difference**2)", "np.sum((np.clip(a, 0, 1) - y) ** 2)"),)},
        lost=("mse_cost",),
    ),
    "sum is a number of the student's": Foreign(
        "06_reverse_mode", before="sum = 0\nfor k in range(5): sum += k * k"
    ),
    "numpy's names cover Python's": Foreign("05_forward_mode", before="from numpy import *"),
    "every builtin that a check might use is covered": Foreign(
        "06_reverse_mode",
        before="id = dict = zip = len = isinstance = sum = map = 7",
        after="list = range = float = 5",
    ),
    "the namespace is emptied at the end": Foreign("04_matmul", after="%reset -f"),
    "given operators were changed, and one is wrong": Foreign(
        "06_reverse_mode", {"Value": ((GIVEN_OPERATORS, "        return self - other"),)}
    ),
    "a given operator forgets a factor": Foreign(
        "06_reverse_mode",
        {"Value": (("        return as_value(other) * self\n", "        return self\n"),)},
    ),
    "a given function was replaced": Foreign(
        "06_reverse_mode", after="def by_paths(*_): pass\nas_value = None"
    ),
    "a later helper has the name of an exercise": Foreign(
        "07_mlp_sgd", after="def relu_forward(x):\n    return np.maximum(0, x), x"
    ),
    "a dict for a tuple": Foreign(
        "04_matmul",
        {"affine_backward": (("return dx, dw, db", 'return {"dx": dx, "dw": dw, "db": db}'),)},
    ),
    "a dict for a tuple on the way forward": Foreign(
        "04_matmul",
        {"affine_forward": (("return out, (x, w)", 'return {"cache": (x, w), "out": out}'),)},
    ),
    "a backward pass is right for its own wrong forward pass": Foreign(
        "03_sigmoid_neuron",
        {
            "neuron_forward": """\
def neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[0] + w[1] * x[0] + w[2] * x[1])))
    return f, (w, x, f)
""",
            "neuron_backward": """\
def neuron_backward(dout, cache):
    w, x, f = cache
    d = dout * f * (1 - f)
    return np.array([d, d * x[0], d * x[1]]), np.array([d * w[1], d * w[2]])
""",
        },
        lost=("neuron_forward",),
    ),
    "all slopes, from a jvp of another form that is wrong": Foreign(
        "05_forward_mode",
        {
            "jvp": (("out = f(duals)\n    return out.val, out.dot", "return 2 * f(duals)"),),
            "grad_forward": (("_, ydot = jvp(f, x, v)", "ydot = jvp(f, x, v).dot"),),
        },
        lost=("jvp",),
    ),
    "a network, from a loss of another form that is wrong": Foreign(
        "07_mlp_sgd",
        {
            "softmax_loss": (("return loss, dx / len(x)", 'return {"loss": 2 * loss, "dx": dx}'),),
            "loss_and_grads": (
                ("data_loss, dscores = softmax", "found = softmax"),
                (" data_loss + reg", ' found["loss"] + reg'),
                ("    dW2 = h", '    dscores = found["dx"]\n    dW2 = h'),
            ),
        },
        lost=("softmax_loss",),
    ),
    "training, from a network of another form that is wrong": Foreign(
        "07_mlp_sgd",
        {
            "loss_and_grads": (
                ("return loss, {", 'return {"loss": loss + 1, "grads": {'),
                ('"b2": db2}', '"b2": db2}}'),
            ),
            "train": (
                ("0.0)[0]]", '0.0)["loss"]]'),
                (
                    "_, grads = loss_and_grads(params, X[rows], y[rows], 0.0)",
                    'grads = loss_and_grads(params, X[rows], y[rows], 0.0)["grads"]',
                ),
                ("0.0)[0])", '0.0)["loss"])'),
            ),
        },
        lost=("loss_and_grads",),
    ),
    "a circuit, from a gate of another form that is wrong": Foreign(
        "02_gates",
        {
            "max_backward": "def max_backward(x, y, dout):\n    return {'dx': dout, 'dy': dout}\n",
            "gate_circuit": (
                (
                    "dz, dw = max_backward(z, w, dm)",
                    "both = max_backward(z, w, dm)\n    dz, dw = both['dx'], both['dy']",
                ),
            ),
        },
        lost=("max_backward",),
    ),
    "a mistake of its own on top of a wrong forward pass": Foreign(
        "04_matmul",
        {
            "affine_forward": """\
def affine_forward(x, w, b):
    return np.squeeze(x.reshape(len(x), -1) @ w) + b, (x, w)
""",
            "affine_backward": """\
def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.mean(axis=0)
""",
        },
        lost=("affine_forward", "affine_backward"),
    ),
    "a network and its training, on top of a wrong rectifier and a wrong loss": Foreign(
        "07_mlp_sgd",
        {
            "relu_forward": "def relu_forward(x):\n    return np.where(x > 0, x, 0.2 * x)",
            "softmax_loss": (("loss, dx / len(x)", "loss, dx"),),
        },
        lost=("relu_forward", "softmax_loss"),
    ),
    "training on top of a network that is wrong": Foreign(
        "07_mlp_sgd",
        {"loss_and_grads": (('"b1": db1', '"b1": 2 * db1'),)},
        lost=("loss_and_grads",),
    ),
    "a rectifier with its corner at 0.1": Foreign(
        "03_sigmoid_neuron", {"relu": (("if z > 0 ", "if z > 0.1 "),)}, lost=("relu",)
    ),
    "the latest neuron in a global, whatever cache comes in": Foreign(
        "03_sigmoid_neuron",
        {
            "neuron_forward": (
                ("return f, (w, x, f)", "globals()['LAST'] = w, x, f\n    return f, None"),
            ),
            "neuron_backward": (("w, x, f = cache", "w, x, f = LAST"),),
        },
        lost=("neuron_backward",),
    ),
    "the latest forward pass in a global, whatever cache comes in": Foreign(
        "04_matmul",
        {
            "affine_forward": (
                ("return out, (x, w)", "globals()['LAST'] = x, w\n    return out, None"),
            ),
            "affine_backward": (("x, w = cache", "x, w = LAST"),),
        },
        lost=("affine_backward",),
    ),
    "a sweep hands all steps to f at once": Foreign(
        "01_derivatives",
        {
            "fd_sweep": """\
def fd_sweep(f, df, x, hs):
    t, hs = df(x), np.asarray(hs)
    a, b = (f(x + hs) - f(x)) / hs, (f(x + hs) - f(x - hs)) / (2 * hs)
    return [rel_error(t, v) for v in a], [rel_error(t, v) for v in b]
"""
        },
        lost=("fd_sweep",),
    ),
    "a sweep divides 0 by 0 where both slopes are 0": Foreign(
        "01_derivatives",
        {
            "fd_sweep": """\
def fd_sweep(f, df, x, hs):
    rel = lambda a, b: abs(a - b) / max(abs(a), abs(b))
    t = df(x)
    forward = [rel(t, (f(x + h) - f(x)) / h) for h in hs]
    return forward, [rel(t, (f(x + h) - f(x - h)) / (2 * h)) for h in hs]
"""
        },
        lost=("fd_sweep",),
    ),
    "the relative error of opposite numbers is 0": Foreign(
        "01_derivatives",
        {
            "rel_error": """\
def rel_error(a, b):
    a = np.atleast_1d(np.asarray(a, dtype=float))
    b = np.atleast_1d(np.asarray(b, dtype=float))
    keep = a + b != 0
    if not keep.any():
        return 0.0
    a, b = a[keep], b[keep]
    return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))
"""
        },
        lost=("rel_error",),
    ),
    "max compares whole parts": Foreign(
        "02_gates",
        {
            "max_backward": """\
def max_backward(x, y, dout):
    return (dout, 0) if int(x) > int(y) else (0, dout)
"""
        },
        lost=("max_backward",),
    ),
}
DUAL_POW = "return Dual(self.val**n, n * self.val ** (n - 1) * self.dot)"
DUAL_PRODUCT = "dot = self.dot * other.val + self.val * other.dot"
CASES |= {
    "a number to the power of 0 is 0": Foreign(
        "05_forward_mode",
        {"Dual": ((DUAL_POW, f"{DUAL_POW} if n else Dual(0.0, 0.0)"),)},
        lost=("Dual",),
    ),
    "a square moves at half its speed": Foreign(
        "05_forward_mode",
        {
            "Dual": (
                (
                    DUAL_PRODUCT,
                    f"{DUAL_PRODUCT}\n        if other is self:\n            dot = self.val * self.dot",
                ),
            )
        },
        lost=("Dual",),
    ),
    "a power of a negative base is nan": Foreign(
        "05_forward_mode",
        {"Dual": ((DUAL_POW, DUAL_POW.replace("self.dot)", "self.dot + 0 * np.log(self.val))")),)},
        lost=("Dual",),
    ),
    "no slope along a direction of zeros": Foreign(
        "05_forward_mode",
        {
            "jvp": """\
def jvp(f, x, v):
    if not np.any(v):
        return f([Dual(a, 0) for a in x]).val, None
    out = f([Dual(a, b) for a, b in zip(x, v)])
    return out.val, out.dot
"""
        },
        lost=("jvp",),
    ),
    "inputs looked up by their numbers": Foreign(
        "05_forward_mode",
        {
            "grad_forward": """\
def grad_forward(f, x):
    x = list(x)
    g = []
    for a in x:
        seed = [0.0] * len(x)
        seed[x.index(a)] = 1.0
        g.append(jvp(f, x, seed)[1])
    return g
"""
        },
        lost=("grad_forward",),
    ),
    "slopes filled into whole numbers": Foreign(
        "05_forward_mode",
        {
            "grad_forward": """\
def grad_forward(f, x):
    x = np.array(x)
    g = np.zeros_like(x)
    for i in range(len(x)):
        g[i] = jvp(f, x, np.eye(len(x))[i])[1]
    return g
"""
        },
        lost=("grad_forward",),
    ),
    "nodes remembered from call to call": Foreign(
        "06_reverse_mode",
        {
            "topo_sort": """\
def topo_sort(root, seen=set()):
    if root in seen:
        return []
    seen.add(root)
    order = []
    for p in root._parents:
        order += topo_sort(p, seen)
    return order + [root]
"""
        },
        lost=("topo_sort",),
    ),
    "a difference with one parent": Foreign(
        "06_reverse_mode",
        {
            "Value": (
                (
                    "Value(self.data - other.data, (self, other))",
                    "Value(self.data - other.data, (self,))",
                ),
            )
        },
        lost=("Value",),
    ),
    "a class that does not compile": Foreign(
        "06_reverse_mode", {"Value": "class Value(:\n    pass"}, lost=("Value",)
    ),
    "a class of dual numbers that does not compile": Foreign(
        "05_forward_mode", {"Dual": "class Dual(:\n    pass"}, lost=("Dual",)
    ),
    "slopes by a jvp that is wrong": Foreign(
        "05_forward_mode",
        {
            "jvp": (("Dual(x[i], v[i])", "Dual(x[i], 2 * v[i])"),),
            "grad_forward": (
                "def grad_forward(f, x):\n"
                "    return np.array([jvp(f, x, np.eye(len(x))[i])[1] for i in range(len(x))])"
            ),
        },
        lost=("jvp",),
    ),
}


@cache
def key_of(assignment: str) -> AnswerKey:
    return make_key(*catalogue()[assignment], "foreign", HERE)


def graded(sandbox, foreign: Foreign) -> Report:
    key = key_of(foreign.assignment)
    replace = {}
    for exercise, answer in foreign.answers.items():
        text = answer if isinstance(answer, str) else answer_source(key.source, exercise)
        for old, new in () if isinstance(answer, str) else answer:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        replace[exercise] = text
    notebook = filled_notebook(key.source, key.assignment, replace)
    own = [nbformat.v4.new_code_cell(text) for text in (foreign.before, foreign.after)]
    setup = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[setup + 1 : setup + 1] = own[:1]
    notebook.cells.append(own[1])
    text = notebook_text(notebook)
    submission = Submission("student", f"{foreign.assignment}.ipynb", 0.0, text.encode)
    return Grader({foreign.assignment: key}, sandbox, "0").grade(submission)


def lost(report: Report) -> dict[str, list[str]]:
    found = {
        r.exercise: [f.message for f in r.findings]
        for r in report.exercises
        if r.earned < r.possible
    }
    return found if report.exercises else {"": [report.reason]}


@pytest.mark.parametrize("name", CASES)
def test_only_the_answer_decides(sandbox, name):
    found = lost(graded(sandbox, CASES[name]))
    assert tuple(found) == CASES[name].lost, found


def test_a_definition_below_its_check_counts_where_it_is_better_and_a_note_says_so(sandbox):
    wrong = Foreign(
        "04_matmul",
        {"unbroadcast": "def unbroadcast(g, shape):\n    return g"},
        after=answer_source(key_of("04_matmul").source, "unbroadcast"),
    )
    report = graded(sandbox, wrong)
    assert not lost(report)
    assert [
        note
        for note in report.notes
        if note.startswith("unbroadcast: ") and "below its check" in note
    ]


def test_an_exercise_that_is_right_on_a_wrong_one_says_on_which(sandbox):
    report = graded(sandbox, CASES["a backward pass is right for its own wrong forward pass"])
    [result] = [r for r in report.exercises if r.exercise == "neuron_backward"]
    assert [f.message for f in result.findings] == [
        "right, on top of your neuron_forward, which is not"
    ]


def test_a_mistake_of_its_own_is_named_where_the_foundation_is_broken_too(sandbox):
    report = graded(sandbox, CASES["a mistake of its own on top of a wrong forward pass"])
    [result] = [r for r in report.exercises if r.exercise == "affine_backward"]
    assert (result.blocked_by, [part.earned > 0 for part in result.parts]) == (
        "",
        [True, True, False],
    )
    assert result.diagnosis is not None
