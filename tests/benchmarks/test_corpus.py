"""A sample of the corpus: no right gradient is called wrong, and no wrong one passes where the reference is known."""

import dataclasses

import numpy as np
import pytest

from autograder.student.judging.formula_rule import Analytic, nearly
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.exercises import Case, Check, Probe
from benchmarks.corpus.build import corpus
from benchmarks.corpus.mistakes import SHOWS
from benchmarks.corpus.rivals import RIVALS, verdict_of
from benchmarks.corpus.score import JUDGES, OWN, judged, score
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
    verdicts = judged(JUDGES[f"{OWN}, with the reference"], [c for c in sample if c.kind is not Kind.HIDDEN])
    assert [v.candidate.mistake for v in verdicts if v.candidate.kind is Kind.RIGHT and v.said != "right"] == []
    assert [(v.candidate.subject.name, v.candidate.mistake) for v in verdicts if v.missed] == []
    assert score(verdicts).named_where_simple > 80


def test_from_slopes_alone_no_right_gradient_is_called_wrong(sample):
    verdicts = judged(JUDGES[OWN], [c for c in sample if c.kind is Kind.RIGHT])
    assert [v.candidate.subject.name for v in verdicts if v.said == "wrong"] == []


def test_a_wrong_candidate_differs_and_a_right_one_does_not(sample):
    """The corpus is what it says: otherwise the table would measure nothing."""
    for c in (c for c in sample if c.kind in (Kind.VALUE, Kind.TINY)):
        right, wrong = c.subject.gradient(**c.subject.x), c.make()(**c.subject.x)
        loss = max(abs(c.subject.f(**c.subject.x)), c.subject.coarse)
        moved = [np.abs(np.asarray(wrong[n], float) - right[n]) * reach_of(c.subject, n) for n in c.subject.x]
        assert max(float(m.max(initial=0.0)) for m in moved) > SHOWS * loss, c.subject.name


def test_a_loose_tolerance_lets_tiny_errors_pass_that_the_corpus_holds(sample):
    tiny = [c for c in sample if c.kind is Kind.TINY]
    loose = RIVALS["CS231n, h = 1e-5, relative < 1e-4"]
    assert sum(verdict_of(loose, c, c.subject.f) == "right" for c in tiny) > len(tiny) / 2


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
        cases = tuple(dataclasses.replace(case, expected={"dx": right(**case.inputs)}) for case in cases)
    check = Check("dx is a formula.", Probe("g(x)", ("dx",)), cases, {"dx": "formula"}, Analytic())
    return Analytic().judge(LocalStudent(namespace(backward)), check).findings


def test_finite_differences_cost_the_part_that_asks_for_a_formula():
    [found] = analytic_findings(DIFFERENCES)
    assert found.parts == ("formula",)
    assert "small differences" in found.said


@pytest.mark.parametrize("backward", [FORMULA, "def g(x): return 3 * x", "def g(x): return np.sinh(x)"])
def test_a_formula_is_not_taken_for_finite_differences_even_if_it_is_wrong(backward):
    assert analytic_findings(backward) == ()


def test_a_formula_that_cancels_like_the_reference_is_not_accused():
    assert analytic_findings(CANCELS, formula=CANCELS) == ()


def test_without_a_reference_nobody_is_accused():
    assert analytic_findings(DIFFERENCES, reference=False) == ()


def test_a_gradient_that_stops_is_told_as_such():
    [found] = analytic_findings("def g(x): raise ValueError('no')")
    assert found.said.startswith("ValueError")
