"""Right answers made by rewrites keep all points, and the oracle that proves them right finds wrong ones."""

import ast
from collections import Counter
from functools import cache

import numpy as np
import pytest

from autograder.course.settings import catalogue
from autograder.course.source import answer_source, reference_namespace
from autograder.grading.answer_key import make_key
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from benchmarks.rewrites import __main__ as rewrites
from benchmarks.rewrites import answers, oracle
from benchmarks.rewrites.answers import draw_answers
from benchmarks.rewrites.oracle import FAMILIES, Reference, agree, is_right
from benchmarks.rewrites.rules import RULES, rewritten
from benchmarks.rewrites.statements import REWRITES, rewrite

EXERCISES = [(name, e.name) for name, (public, _) in catalogue().items() for e in public.exercises]
WRONG = [
    ("03_sigmoid_neuron", "sigmoid_grad", "(1 - f) * f", "(1 + f) * f"),
    ("03_sigmoid_neuron", "neuron_backward", "ddot * np.array([x[0]", "np.array([x[0]"),
    ("04_matmul", "affine_backward", "dout.sum(axis=0)", "dout.mean(axis=0)"),
    ("05_forward_mode", "Dual", "self.dot - other.dot", "self.dot + other.dot"),
    ("05_forward_mode", "jvp", "out = f(duals)", "out = f(duals)\n    f(duals)"),
    ("06_reverse_mode", "Value", "self.grad += other.data", "self.grad = other.data"),
    ("06_reverse_mode", "zero_grad", "node.grad = 0.0", "node.grad = seed = 1.0"),
    ("07_mlp_sgd", "relu_backward", "dout * (x > 0)", "np.stack(dout) * (x > 0)"),
    (
        "08_trailnet",
        "srelu_forward",
        "np.maximum(x, -1.0)",
        "np.vectorize(lambda e: max(-1, e))(x)",
    ),
    (
        "08_trailnet",
        "srelu_forward",
        "np.maximum(x, -1.0)",
        "np.vectorize(lambda number: max(float(number), -1))(x).tolist()",
    ),
    (
        "01_derivatives",
        "num_vjp",
        "return num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
        "if np.ndim(x):\n        return num_grad(lambda moved: np.sum(dout * f(moved)), x, h)\n"
        "    return ((dout * f(x + h)).sum() - (dout * f(x - h)).sum()) / (2 * h)",
    ),
    (
        "08_trailnet",
        "freeze_step",
        "    for name in trainable:",
        "    [grads[name] for name in params]\n    for name in trainable:",
    ),
    (
        "06_reverse_mode",
        "Value",
        "self.grad += out.data * out.grad\n\n        out._backward = _backward\n        return out",
        "self.grad += out.data * out.grad\n\n        out._backward = _backward\n        return np.asarray(out)",
    ),
    (
        "01_derivatives",
        "num_vjp",
        "return num_grad(lambda moved: np.sum(dout * f(moved)), x, h)",
        "moves = h * np.eye(np.size(x)).reshape(-1, *np.shape(x))\n"
        "    columns = [np.ravel(f(x + m) - f(x - m)) / (2 * h) for m in moves]\n"
        "    return sum(c * d for c, d in zip(columns, np.ravel(dout))).reshape(np.shape(x))",
    ),
    ("04_matmul", "dot_test", "np.sum(v * Ju)", "np.sum(np.array([v, u])[0] * Ju)"),
    ("07_mlp_sgd", "softmax_loss", "x.max(axis=1, keepdims=True)", "0.0"),
    ("07_mlp_sgd", "train", "start + batch]", "start + batch - 1]"),
]


@cache
def key_of(name):
    return make_key(*catalogue()[name], "rewrites")


@pytest.mark.parametrize("name", catalogue())
def test_right_answers_made_by_rewrites_keep_all_points(name):
    key = key_of(name)
    drawn, _ = draw_answers(key, Reference(reference_namespace(key.source)), 1)
    assert len(drawn) > 1
    student = LocalStudent(reference_namespace(key.source, drawn))
    for exercise, text in drawn.items():
        judged = judge_exercise(student, key.assignment.exercise(exercise), key.checks[exercise])
        assert judged.result.earned == judged.result.possible, text


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_the_oracle_knows_the_domain_of_every_exercise(name, exercise):
    reference = Reference(reference_namespace(key_of(name).source))
    assert is_right(exercise, reference, reference_namespace(key_of(name).source), 0)


@pytest.mark.parametrize(("name", "exercise", "right", "wrong"), WRONG)
def test_the_oracle_throws_away_what_is_wrong(name, exercise, right, wrong):
    source = key_of(name).source
    text = answer_source(source, exercise)
    assert right in text
    changed = reference_namespace(source, {exercise: text.replace(right, wrong)})
    reference = Reference(reference_namespace(source))
    assert not any(is_right(exercise, reference, changed, family) for family in range(FAMILIES))


def test_the_oracle_throws_away_what_never_ends(monkeypatch):
    monkeypatch.setattr(oracle, "SECONDS", 0.2)
    endless = ("visit(root)\n    return", "while True: pass\n    return")
    test_the_oracle_throws_away_what_is_wrong("06_reverse_mode", "topo_sort", *endless)


def test_an_answer_is_proved_right_on_top_of_what_given_code_calls_for_it(monkeypatch):
    """residual_forward, which is handed out, calls srelu_forward: -1 but for rounding makes no mask by `!=`."""
    key = key_of("08_trailnet")
    texts = {e.name: answer_source(key.source, e.name) for e in key.assignment.exercises}
    rounded = texts["srelu_forward"].replace("np.maximum(x, -1.0)", "(x - 1.0 + abs(x + 1.0)) / 2")
    masked = texts["residual_backward"].replace("srelu_backward(dout, z2)", "dout * (z2 > -1)")
    masked = masked.replace("srelu_backward(dz2 @ W2.T, z1)", "(dz2 @ W2.T) * (h != -1)")
    assert rounded != texts["srelu_forward"] and masked != texts["residual_backward"]
    styled = texts | {"srelu_forward": rounded, "residual_backward": masked}
    monkeypatch.setattr(answers, "_styled", lambda key, rng: dict(styled))
    monkeypatch.setattr(answers, "rewrite", lambda text, rng: text)
    right, thrown = draw_answers(key, Reference(reference_namespace(key.source)), 0)
    assert "srelu_forward" in right and "residual_backward" not in right and thrown == 1


def test_every_answer_of_a_notebook_stands_beside_those_it_was_proved_with(monkeypatch):
    """What was graded before is not counted again, but stays: another answer may read its cache."""
    drawn = {"neuron_forward": "forward", "neuron_backward": "backward"}
    monkeypatch.setattr(rewrites, "draw_answers", lambda *given: (dict(drawn), 0))
    batches = rewrites._batches(
        ["03_sigmoid_neuron"], {"03_sigmoid_neuron": key_of("03_sigmoid_neuron")}, 0, Counter()
    )
    for _ in range(2):
        _, notebooks = next(batches)
        assert all(notebook == drawn for notebook in notebooks)


def test_results_agree_within_rounding_in_one_shape():
    assert agree([1.0, (2.0, [3.0])], (1.0, [2.0, np.array([3.0 + 1e-12])]), 1e-10)
    assert not agree([1.0], [1.0 + 1e-6], 1e-10)
    assert not agree(np.ones((1, 2)), np.ones(2), 1e-10)
    assert not agree(np.nan, 1.0, 1e-10)


@pytest.mark.parametrize("left", [left for left, _ in RULES], ids=ast.unparse)
def test_every_rule_fits_what_it_is_written_for(left):
    other = rewritten(left, np.random.default_rng(0))
    assert other is not None and ast.dump(other) != ast.dump(left)


@pytest.mark.parametrize("change", dict.fromkeys(REWRITES), ids=lambda change: change.__name__)
def test_every_rewrite_finds_a_place_and_leaves_code_that_compiles(change):
    texts = [answer_source(key_of(name).source, exercise) for name, exercise in EXERCISES]
    changed = 0
    for seed, text in enumerate(texts):
        tree = ast.parse(text)
        found = change(tree, np.random.default_rng(seed))
        made = ast.unparse(ast.fix_missing_locations(tree))
        compile(made, "<rewrite>", "exec")
        changed += found and made != ast.unparse(ast.parse(text))
    assert changed > 2


def test_the_same_seed_gives_the_same_answer():
    text = answer_source(key_of("04_matmul").source, "unbroadcast")
    first, again, other = (rewrite(text, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first == again != other
