"""A sample of the corpus: no right gradient is called wrong, and no wrong one passes where the reference is known."""

import dataclasses
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from autograder.course.paths import HERE
from autograder.student import check_gradient
from autograder.student.judging.formula_rule import Analytic, nearly
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.exercises import Case, Check, Probe
from benchmarks.corpus.before import checker_in
from benchmarks.corpus.build import corpus, subjects
from benchmarks.corpus.cost import costs
from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.functions import ARRAYS, Sample
from benchmarks.corpus.libraries.names import Names
from benchmarks.corpus.libraries.points import NUMBERS, points
from benchmarks.corpus.libraries.points import Kind as PointKind
from benchmarks.corpus.mistakes import SHOWS
from benchmarks.corpus.rivals import RIVALS, verdict_of
from benchmarks.corpus.score import JUDGES, OWN, judged, score
from benchmarks.corpus.single import count_singles, weighted_sums
from benchmarks.corpus.subject import Kind, reach_of

LARGE = 5000
WRONG = (Kind.VALUE, Kind.TINY, Kind.FORM)


@pytest.fixture(scope="module")
def sample():
    return [c for c in corpus(every=29) if c.subject.parameters <= LARGE]


def test_the_sample_holds_every_kind_and_many_families(sample):
    assert {c.kind for c in sample} == set(Kind)
    assert len({c.subject.family for c in sample}) > 15


def test_with_the_reference_no_right_gradient_is_called_wrong_and_no_wrong_one_passes(sample):
    verdicts = judged(
        JUDGES[f"{OWN}, with the reference"], [c for c in sample if c.kind is not Kind.HIDDEN]
    )
    assert [
        v.candidate.mistake
        for v in verdicts
        if v.candidate.kind is Kind.RIGHT and v.message != "right"
    ] == []
    assert [(v.candidate.subject.name, v.candidate.mistake) for v in verdicts if v.missed] == []
    assert score(verdicts).named_where_simple > 80


def test_from_slopes_alone_no_right_gradient_is_called_wrong(sample):
    verdicts = judged(JUDGES[OWN], [c for c in sample if c.kind is Kind.RIGHT])
    assert [v.candidate.subject.name for v in verdicts if v.message == "wrong"] == []


def test_a_wrong_candidate_differs_and_a_right_one_does_not(sample):
    """The corpus is what it says: otherwise the table would measure nothing."""
    for c in (c for c in sample if c.kind in (Kind.VALUE, Kind.TINY)):
        right, wrong = c.subject.gradient(**c.subject.x), c.make()(**c.subject.x)
        loss = max(abs(c.subject.f(**c.subject.x)), c.subject.coarse)
        moved = [
            np.abs(np.asarray(wrong[n], float) - right[n]) * reach_of(c.subject, n)
            for n in c.subject.x
        ]
        assert max(float(m.max(initial=0.0)) for m in moved) > SHOWS * loss, c.subject.name


def test_a_loose_tolerance_lets_tiny_errors_pass_that_the_corpus_holds(sample):
    tiny = [c for c in sample if c.kind is Kind.TINY]
    loose = RIVALS["CS231n, h = 1e-5, relative < 1e-4"]
    assert sum(verdict_of(loose, c, c.subject.f) == "right" for c in tiny) > len(tiny) / 2


# Evaluations that a check may cost, by parameters: of a right gradient and of a wrong one.
AT_MOST = {10: (62, 200), 1004: (406, 406), 97_770: (600, 600)}


def test_a_check_costs_no_more_than_it_did():
    for cost in costs():
        right, wrong = AT_MOST[cost.parameters]
        assert cost.right <= right
        assert cost.wrong <= wrong


def test_nine_in_ten_backward_passes_with_float32_inside_are_wrong_and_hardly_any_right():
    functions = [s for s in subjects() if s.parameters <= 100 and "float32" not in s.place]
    seen = count_singles([*functions, *weighted_sums()][::4])
    assert seen.seen > 70
    assert seen.wrong > 0.9 * seen.seen
    assert seen.wrong + seen.undecided > 0.97 * seen.seen
    assert seen.named > 0.7 * seen.seen


def test_another_checker_runs_beside_this_one():
    mine = dict(sys.modules)
    other = checker_in(HERE.root)
    assert {name: sys.modules[name] for name in mine} == mine
    assert other is not check_gradient
    x = np.array([1.0, 2.0])
    for check in (other, check_gradient):
        assert check(lambda x: np.sum(x**2), x, lambda x: 2 * x).verdict.value == "right"


# --- a sample of the second corpus, with formulas instead of libraries

FORMULAS = {
    "sin": (np.sin, np.cos, -np.inf, np.inf),
    "exp": (np.exp, np.exp, -np.inf, np.inf),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, -np.inf, np.inf),
    "square": (np.square, lambda x: 2 * x, -np.inf, np.inf),
    "absolute": (np.abs, np.sign, -np.inf, np.inf),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0, -np.inf, np.inf),
    "sigmoid": (
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        -np.inf,
        np.inf,
    ),
    "log": (np.log, lambda x: 1 / x, 0.0, np.inf),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), 0.0, np.inf),
    "arcsin": (np.arcsin, lambda x: 1 / np.sqrt(1 - x * x), -1.0, 1.0),
    "log1p": (np.log1p, lambda x: 1 / (1 + x), -1.0, np.inf),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_at_every_kind_of_point_a_derivative_is_not_wrong_and_a_mistake_of_1_percent_not_right(
    name,
):
    f, derivative, low, high = FORMULAS[name]
    weights = np.random.default_rng(1).normal(size=NUMBERS)
    kinds, counts = set(), Counts()
    for kind, x in points(low, high, np.random.default_rng(2)):
        sample = Sample(
            name, kind, lambda x: np.sum(weights * f(x)), lambda x: weights * derivative(x), x
        )
        with np.errstate(all="ignore"):
            if np.isfinite(sample.f(x)) and np.isfinite(sample.gradient(x)).all():
                counts.add(sample)
                kinds.add(kind)
    assert counts.right["wrong"] == counts.missed == 0
    assert len(kinds) >= 4


@pytest.mark.parametrize("name", ["sin", "exp", "tanh", "sigmoid", "log"])
def test_simple_mistakes_in_a_derivative_are_named_and_none_wrongly(name):
    f, derivative, low, high = FORMULAS[name]
    weights = np.random.default_rng(1).normal(size=NUMBERS)
    x = dict(points(low, high, np.random.default_rng(2)))[PointKind.ORDINARY]
    names = Names()
    names.add(
        Sample(
            name,
            PointKind.ORDINARY,
            lambda x: np.sum(weights * f(x)),
            lambda x: weights * derivative(x),
            x,
        )
    )
    assert names.slips == []
    assert names.mistakes > 20
    assert min(names.rightly.values()) > 0.9 * names.mistakes


def test_what_was_counted_of_other_derivatives_becomes_tables(tmp_path):
    verdicts = {"right": 600, "undecided": 3, "wrong": 0, "mistakes": 1200, "missed": 0}
    names = {"simple": 25, "rightly": {"alone": 20, "with the reference": 25}, "wrongly": {}}
    of_sort = [
        {"library": "jax", "kind": "ties", **verdicts, "slips": ["a slip"], "lacking": {"undecided": ["sort"]}},
        {"library": "jax", "functions": 1, "late": [], **names},
    ]  # fmt: skip
    of_exp1 = [{"library": "jax", "functions": 8, "late": ["exp1"], **names}]
    of_max = [{**of_sort[0], "slips": [], "lacking": {"undecided": ["max"]}}]
    absent = [{"library": "torch", "absent": True}]
    random = [{**of_max[0], "kind": "random", "lacking": {"undecided": ["expression"] * 2}}]
    counts = tmp_path / "counts.jsonl"
    counts.write_text("".join(json.dumps({"of": "", "rows": rows}) + "\n"
                              for rows in ([], of_sort, of_exp1, of_max, absent, random)))  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.corpus.derivatives", str(counts)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "9 functions of jax" in text
    assert re.search(r"jax +ties +1,200 +6 +0 +2,400 +0", text)
    assert re.search(r"jax +50 +80.0 +100.0 +0.0 +0.0", text)
    assert "exp1 (jax: its continued fraction needs seconds" in text
    assert "a slip (jax)" in text
    assert re.search(r"max +undecided: ties", text)
    assert "undecided: random" not in text
    assert re.search(r"sort +undecided: ties", text)
    assert "Not installed where this was counted: torch." in text


def test_the_second_corpus_is_read_without_its_libraries():
    assert "autograd" not in sys.modules
    assert "jax" not in sys.modules
    assert "torch" not in sys.modules
    assert {"softmax", "determinant"} < set(ARRAYS)


# --- formulas and finite differences

FORWARD = "import numpy as np\ndef f(x): return np.sum(np.tanh(x) ** 2)\n"
DIFFERENCES = """
def g(x):
    d = np.empty_like(x)
    for i in range(x.size):
        e = np.zeros_like(x)
        e[i] = 1e-5
        d[i] = (f(x + e) - f(x - e)) / 2e-5
    return d
"""
FORMULA = "def g(x): return 2 * np.tanh(x) * (1 - np.tanh(x) ** 2)"
CANCELS = "def g(x): return 2 * np.tanh(x) * ((1e3 + 1 - np.tanh(x) ** 2) - 1e3)"


def analytic_findings(backward: str, *, reference: bool = True, formula: str = FORMULA):
    def namespace(code):
        scope: dict[str, object] = {}
        exec(FORWARD + code, scope)
        return scope

    cases = nearly(Case({"x": np.array([0.3, -1.2, 0.8, 2.0])}), "x")
    right = namespace(formula)["g"]
    if reference:
        cases = tuple(
            dataclasses.replace(case, expected={"dx": right(**case.inputs)}) for case in cases
        )
    check = Check("dx is a formula.", Probe("g(x)", ("dx",)), cases, {"dx": "formula"}, Analytic())
    return Analytic().judge(LocalStudent(namespace(backward)), check).findings


def test_finite_differences_cost_the_part_that_asks_for_a_formula():
    [found] = analytic_findings(DIFFERENCES)
    assert found.parts == ("formula",)
    assert "small differences" in found.message


@pytest.mark.parametrize(
    "backward", [FORMULA, "def g(x): return 3 * x", "def g(x): return np.sinh(x)"]
)
def test_a_formula_is_not_taken_for_finite_differences_even_if_it_is_wrong(backward):
    assert analytic_findings(backward) == ()


def test_a_formula_that_cancels_like_the_reference_is_not_accused():
    assert analytic_findings(CANCELS, formula=CANCELS) == ()


def test_without_a_reference_nobody_is_accused():
    assert analytic_findings(DIFFERENCES, reference=False) == ()


def test_a_gradient_that_stops_is_told_as_such():
    [found] = analytic_findings("def g(x): raise ValueError('no')")
    assert found.message.startswith("ValueError")
