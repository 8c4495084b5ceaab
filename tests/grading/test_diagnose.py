"""Naming a mistake: whose wrong answer it is, and silence wherever that is not certain."""

import numpy as np
import pytest

from autograder.course.paths import Places
from autograder.course.settings import catalogue
from autograder.course.source import answer_source, reference_namespace
from autograder.grading.answer_key import make_key, misconceived
from autograder.grading.diagnose import diagnose
from autograder.hidden.catalogue import HiddenAssignment, HiddenCheck, Misconception
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Assignment, Case, Check, Exercise, Part, Probe
from autograder.student.model.results import Outcome

SOURCE = '''
# %% provided="setup"
import numpy as np

# %% exercise="pair"
def pair(x, y):
    """A product, and y plus x where x is positive and a tenth of it elsewhere."""
    ### BEGIN SOLUTION
    a = x * y
    slope = np.where(x > 0, 1.0, 0.1)
    return a, slope * x + y
    ### END SOLUTION

# %% check="pair"
check("pair")

# %% exercise="total"
def total(x, y):
    """The sum of the pair."""
    ### BEGIN SOLUTION
    a, b = pair(x, y)
    return a + b
    ### END SOLUTION

# %% check="total"
check("total")

# %% exercise="quiet"
def quiet(x):
    """The sigmoid, without an overflow."""
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(x))
    return np.where(x > 0, 1, small) / (1 + small)
    ### END SOLUTION

# %% check="quiet"
check("quiet")
'''
PAIR, TOTAL, QUIET = (
    Probe("pair(x, y)", ("a", "b")),
    Probe("total(x, y)", ("t",)),
    Probe("quiet(x)", ("q",)),
)
X, Y = np.array([0.5, 2.0, 3.0]), np.array([1.5, -0.7, 4.0])


def one_case(text, probe, inputs, expected, rule=None):
    return Check(
        text, probe, (Case(inputs, expected),), {n: n for n in probe.names}, rule or Values()
    )


ASSIGNMENT = Assignment(
    "91_pairs",
    "Pairs",
    (
        Exercise(
            "pair",
            "Pair",
            (1,),
            (Part("a", 1.0, "a"), Part("b", 1.0, "b")),
            ("Think.",),
            (one_case("Positive numbers.", PAIR, {"x": X, "y": Y}, {"a": X * Y, "b": X + Y}),),
        ),
        Exercise(
            "total",
            "Total",
            (1,),
            (Part("t", 1.0, "t"),),
            ("Think.",),
            (one_case("Positive numbers.", TOTAL, {"x": X, "y": Y}, {"t": X * Y + X + Y}),),
            builds_on=("pair",),
        ),
        Exercise(
            "quiet",
            "Quiet",
            (1,),
            (Part("q", 1.0, "q"),),
            ("Think.",),
            (one_case("Zero.", QUIET, {"x": np.zeros(2)}, {"q": np.full(2, 0.5)}),),
        ),
    ),
)
BOTH = {"a": "a", "b": "b"}


def drawn(rng):
    return [{"x": rng.normal(size=4), "y": rng.normal(size=4)} for _ in range(3)]


HIDDEN = HiddenAssignment(
    "91_pairs",
    (
        HiddenCheck("pair", "Numbers of both signs.", PAIR, drawn, BOTH),
        HiddenCheck("total", "Numbers of both signs.", TOTAL, drawn, {"t": "t"}),
        HiddenCheck(
            "quiet",
            "Large numbers.",
            QUIET,
            lambda _: [{"x": np.array([-800.0, 800.0])}],
            {"q": "q"},
            Values(quiet=True),
        ),
    ),
    (
        Misconception("pair", "sum for product", "A sum.", (("x * y", "x + y"),)),
        Misconception("pair", "flat", "Flat.", (("0.1)", "0.0)"),)),
        Misconception("pair", "y forgotten", "No y.", (("slope * x + y", "slope * x"),)),
        Misconception(
            "pair", "flat and no y", "Both.", (("0.1)", "0.0)"), ("slope * x + y", "slope * x"))
        ),
        Misconception("pair", "inner product", "Shapes.", (("x * y", "x.reshape(2, 2) @ y"),)),
        Misconception("pair", "rounded", "Rounded.", (("a = x * y", "a = np.round(x * y, 4)"),)),
        Misconception("total", "difference", "A difference.", (("a + b", "a - b"),)),
        Misconception(
            "quiet",
            "overflow",
            "It overflows.",
            (("return np.where(x > 0, 1, small) / (1 + small)", "return 1 / (1 + np.exp(-x))"),),
        ),
    ),
)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    (root / "solutions").mkdir()
    (root / "solutions" / "91_pairs.py").write_text(SOURCE.lstrip())
    return make_key(ASSIGNMENT, HIDDEN, "autumn", Places(root))


def pair(a="x * y", b="np.where(x > 0, x, 0.1 * x) + y"):
    return f"def pair(x, y):\n    return {a}, {b}"


def diagnosed(key, answers, *names):
    """The results of a student whose answers are the reference's but for `answers`, exercise by exercise."""
    student = LocalStudent(reference_namespace(key.source, answers))
    done = {}
    for exercise in ASSIGNMENT.exercises:
        done[exercise.name] = diagnose(
            key, judge_exercise(student, exercise, key.checks[exercise.name]), done
        )
    return [done[name].result for name in names]


def names_of(key, code):
    """The diagnosis of an answer to `pair`, and the names of its findings by part."""
    [result] = diagnosed(key, {"pair": code}, "pair")
    findings = {f.parts: f.mistake and f.mistake.name for f in result.findings if not f.warning}
    return result.diagnosis and result.diagnosis.name, findings


def test_a_right_answer_in_another_form_has_no_mistake(key):
    [result] = diagnosed(key, {"pair": pair("y * x", "y + x * (1 - 0.9 * (x <= 0))")}, "pair")
    assert (result.outcome, result.diagnosis, result.findings) == (Outcome.PASSED, None, ())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (pair(a="y + x"), "sum for product"),
        (pair(b="np.maximum(x, 0) + y"), "flat"),
        (pair(b="np.where(x > 0, x, x / 10)"), "y forgotten"),
        (pair(b="np.maximum(0, x)"), "flat and no y"),
        (pair(a="np.round(y * x, 4)"), "rounded"),
    ],
)
def test_a_misconception_written_otherwise_is_named(key, code, name):
    found, findings = names_of(key, code)
    assert found == name
    assert set(findings.values()) == {name}


def test_two_mistakes_in_different_parts_are_both_named(key):
    found, findings = names_of(key, pair("x + y", "np.maximum(x, 0) + y"))
    assert found == "sum for product"
    assert findings == {("a",): "sum for product", ("b",): "flat"}


def test_the_mistake_that_explains_more_is_named_where_one_contains_the_other(key):
    found, findings = names_of(key, pair(b="np.maximum(x, 0)"))
    assert found == "flat and no y"
    assert findings == {("b",): "flat and no y"}


@pytest.mark.parametrize(
    "b",
    [
        "np.where(x > 0, x + 1e-3, 0.0) + y",  # flat, and another mistake where flat is right
        "np.where(x > 0, x, 0.0) + 2 * y",  # flat, and another mistake on top
        "np.where(x > 0, x, 0.0) + y + (np.abs(x) > 1)",  # flat in some cases
        "np.where(x > 0, x, -0.1 * x) + y",  # right where flat is right, and not flat elsewhere
        "np.where(x > 0, x, 0.0)[::-1] + y",
        "np.where(x > 0, x, 1e-7) + y",  # almost flat
        "0 * x",
        "np.full_like(x, np.nan)",
    ],
)
def test_a_mistake_that_only_resembles_a_known_one_is_not_named_after_it(key, b):
    found, findings = names_of(key, pair(b=b))
    assert found is None
    assert set(findings.values()) == {None}


def test_agreement_only_where_the_misconception_is_right_is_no_evidence(key):
    found, _ = names_of(key, pair(b="np.where(x > 0, x, 7.0) + y"))
    assert found is None


def test_another_mistake_in_the_other_part_does_not_get_the_name(key):
    found, findings = names_of(key, pair("x + y", "x**3 + y"))
    assert found == "sum for product"
    assert findings == {("a",): "sum for product", ("b",): None}


def test_a_relation_speaks_where_no_misconception_fits(key):
    found, findings = names_of(key, pair(a="-x * y"))
    assert found == "sign"
    assert findings == {("a",): "sign"}


def test_a_known_misconception_speaks_before_a_relation(key):
    found, findings = names_of(key, pair("-x * y", "np.maximum(x, 0) + y"))
    assert found == "flat"
    assert findings == {("a",): "sign", ("b",): "flat"}


def test_the_same_exception_is_a_name_only_if_it_says_the_same(key):
    said, _ = names_of(key, pair(a="x.reshape(2, 2) @ y"))
    assert said == "inner product"
    other, findings = names_of(key, pair(a="x.reshape(7, 7) @ y"))
    assert other is None
    assert set(findings.values()) == {None}


def test_what_is_not_attempted_or_missing_has_no_mistake(key):
    stub = "def pair(x, y):\n    raise NotImplementedError()"
    for code, outcome in ((stub, Outcome.UNATTEMPTED), ("other = 1", Outcome.MISSING)):
        [result] = diagnosed(key, {"pair": code}, "pair")
        assert (result.outcome, result.diagnosis) == (outcome, None)


# --- alarms


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return 1 / (1 + np.exp(-x))", "overflow"),
        ("return 1 / (1 + np.power(np.e, -x))", "overflow"),
        (
            "np.log(np.zeros(1))\n    return np.where(x > 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x)))",
            None,
        ),
    ],
)
def test_an_overflow_is_told_from_other_alarms(key, body, name):
    [result] = diagnosed(key, {"quiet": f"def quiet(x):\n    {body}"}, "quiet")
    assert result.outcome is Outcome.FAILED
    assert (result.diagnosis and result.diagnosis.name) == name


# --- what builds on a mistake


def test_a_consequence_points_at_its_cause_and_has_no_name_of_its_own(key):
    cause, result = diagnosed(key, {"pair": pair(a="x + y")}, "pair", "total")
    assert cause.diagnosis.name == "sum for product"
    assert (result.outcome, result.blocked_by, result.diagnosis) == (Outcome.FAILED, "pair", None)
    assert all(f.mistake is None for f in result.findings)


def test_a_mistake_on_a_mistaken_foundation_is_named_by_what_it_means_there(key):
    answers = {
        "pair": pair(a="x + y"),
        "total": "def total(x, y):\n    a, b = pair(x, y)\n    return a - b",
    }
    [result] = diagnosed(key, answers, "total")
    assert result.diagnosis.name == "difference"


def test_nothing_is_named_on_a_foundation_whose_mistake_is_unknown(key):
    answers = {
        "pair": pair(a="x**3"),
        "total": "def total(x, y):\n    a, b = pair(x, y)\n    return a - b",
    }
    [result] = diagnosed(key, answers, "total")
    assert (result.blocked_by, result.diagnosis) == ("", None)  # it has a mistake of its own


def test_an_exercise_that_is_right_on_a_broken_foundation_has_passed(key):
    alone = "def total(x, y): return x * y + np.where(x > 0, x, 0.1 * x) + y"
    cause, result = diagnosed(key, {"pair": pair(a="x + y"), "total": alone}, "pair", "total")
    assert cause.outcome is Outcome.FAILED
    assert (result.outcome, result.blocked_by) == (Outcome.PASSED, "")


def test_a_relation_to_the_right_answer_is_not_told_of_a_consequence(key):
    _, result = diagnosed(
        key, {"pair": pair("-x * y", "-(np.where(x > 0, x, 0.1 * x) + y)")}, "pair", "total"
    )
    assert result.blocked_by == ""  # nobody knows whether it failed for that reason alone
    assert all(f.mistake is None for f in result.findings)


# --- what does not reach


@pytest.fixture(scope="module")
def engine():
    return make_key(*catalogue()["06_reverse_mode"], "autumn")


MUL = "self.grad += other.data * out.grad"
RELU = "self.grad += (self.data > 0) * out.grad"
SEED = "root.grad = seed"


def of_engine(key, edits):
    """The results of a student whose answers are the reference's but for one line each."""
    answers = {
        name: answer_source(key.source, name).replace(old, new)
        for name, (old, new) in edits.items()
    }
    assert all(answers[name] != answer_source(key.source, name) for name in edits)
    student = LocalStudent(reference_namespace(key.source, answers))
    done = {}
    for exercise in key.assignment.exercises:
        done[exercise.name] = diagnose(
            key, judge_exercise(student, exercise, key.checks[exercise.name]), done
        )
    return {name: diagnosed.result for name, diagnosed in done.items()}


UNNAMED_RELU = (RELU, "self.grad += (self.data > 0) * 0.83 * out.grad")
UNNAMED_MUL = (MUL, "self.grad += 0.83 * other.data * out.grad")
UNNAMED_SEED = (SEED, "root.grad = seed * 0.83")


def test_a_fault_without_a_name_is_no_cause_of_what_it_cannot_reach(engine):
    """No check of the backward pass goes through a rectifier."""
    results = of_engine(engine, {"Value": UNNAMED_RELU, "backward": UNNAMED_SEED})
    assert results["Value"].diagnosis is None
    assert results["Value"].outcome is Outcome.FAILED
    assert (results["backward"].outcome, results["backward"].blocked_by) == (Outcome.FAILED, "")


def test_a_mistake_with_a_name_is_still_named_beside_a_fault_that_does_not_reach_it(engine):
    results = of_engine(engine, {"Value": UNNAMED_RELU, "backward": (SEED, "root.grad = 1.0")})
    assert results["backward"].diagnosis.name == "seed ignored"


def test_no_check_is_said_to_build_on_a_fault_without_a_name_and_nothing_is_named_there(engine):
    for backward in ({}, {"backward": UNNAMED_SEED}):
        results = of_engine(engine, {"Value": UNNAMED_MUL, **backward})
        assert (results["slide27"].outcome, results["slide27"].blocked_by) == (Outcome.FAILED, "")
        assert results["slide27"].diagnosis is None


def test_a_fault_of_the_class_does_not_reach_a_sweep_through_given_nodes(engine):
    results = of_engine(engine, {"Value": UNNAMED_MUL})
    assert all(
        results[name].outcome is Outcome.PASSED for name in ("topo_sort", "backward", "zero_grad")
    )


def test_a_mistake_with_a_name_that_does_not_reach_is_no_cause_either(engine):
    results = of_engine(
        engine, {"Value": (RELU, "self.grad += out.grad"), "backward": UNNAMED_SEED}
    )
    assert results["Value"].diagnosis.name == "rectifier always passes"
    assert (results["backward"].outcome, results["backward"].blocked_by) == (Outcome.FAILED, "")


def test_what_reaches_only_through_another_exercise_still_counts(engine):
    results = of_engine(engine, {"backward": UNNAMED_SEED})
    for name in ("slide27", "grad_reverse"):
        assert (results[name].outcome, results[name].diagnosis) == (Outcome.FAILED, None)


def test_a_mistake_that_shows_as_nan_is_named():
    """Its own answers have no finite size to measure a difference by."""
    key = make_key(*catalogue()["07_mlp_sgd"], "autumn")
    text = misconceived(
        key.source, next(m for m in key.misconceptions["softmax_loss"] if "not taken" in m.name)
    )
    student = LocalStudent(reference_namespace(key.source, {"softmax_loss": text}))
    judged = judge_exercise(
        student, key.assignment.exercise("softmax_loss"), key.checks["softmax_loss"]
    )
    named = diagnose(key, judged, {}).result.diagnosis
    assert named is not None and named.name == "largest score not taken away"
