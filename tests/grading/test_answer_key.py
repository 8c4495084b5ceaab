"""The answer key: inputs from the seed, answers from the reference, and what it refuses to be made of."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy.checks import ASSIGNMENT, F
from toy.hidden import HIDDEN

from autograder.course.paths import Places
from autograder.course.source import read_source, reference_namespace
from autograder.errors import GraderError
from autograder.grading.answer_key import make_key, misconceived
from autograder.hidden.catalogue import HiddenCheck, Misconception
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Case, Check, Probe
from autograder.student.model.results import Outcome

TOY = Places(Path(__file__).parents[1] / "toy")


def made(hidden=HIDDEN, seed="autumn"):
    return make_key(ASSIGNMENT, hidden, seed, TOY)


def with_check(draw, probe=F):
    return replace(HIDDEN, checks=(HiddenCheck("double", "Odd.", probe, draw, {"f": "values"}),))


@pytest.fixture(scope="module")
def key():
    return made()


def inputs(key):
    return [
        np.concatenate([np.ravel(v) for v in case.inputs.values()]).tolist()
        for checks in key.checks.values()
        for check in checks
        if check.hidden
        for case in check.cases
    ]


def test_the_same_seed_gives_the_same_hidden_inputs_bit_for_bit(key):
    assert inputs(made()) == inputs(key)


def test_another_seed_gives_other_hidden_inputs(key):
    assert all(a != b for a, b in zip(inputs(made(seed="winter")), inputs(key), strict=True))


def test_each_hidden_check_draws_its_own_inputs(key):
    twice = replace(HIDDEN, checks=(HIDDEN.checks[0], HIDDEN.checks[0]))
    first, second = (check for check in made(twice).checks["double"] if check.hidden)
    assert first.cases[0].inputs["x"].tolist() != second.cases[0].inputs["x"].tolist()


def test_visible_checks_come_first_and_hidden_ones_know_what_is_expected(key):
    assert [check.hidden for check in key.checks["chain"]] == [False, False, True]
    for case in key.checks["double"][-1].cases:
        np.testing.assert_allclose(case.expected["f"], 2 * np.sin(case.inputs["x"]), rtol=1e-15)


def test_the_meaning_of_answers_is_made_once(key):
    assert key.meaning("double") is key.meaning("double")
    assert [wrong.misconception.name for wrong in key.meaning("double").wrong] == [
        "cosine",
        "not doubled",
    ]


def test_a_meaning_can_be_had_on_a_mistaken_foundation(key):
    undoubled = next(m for m in key.misconceptions["double"] if m.name == "not doubled")
    value = key.meaning("chain", (undoubled,)).truth[-1][0].value[0]
    assert value == pytest.approx(key.meaning("chain").truth[-1][0].value[0] / 4)


def test_a_misconception_is_the_reference_with_its_edits(key):
    source = read_source(TOY.source("90_toy"), ASSIGNMENT)
    text = misconceived(source, HIDDEN.misconceptions[0])
    assert "np.cos(np.asarray" in text
    assert "np.sin" not in text


@pytest.mark.parametrize(
    ("edits", "times"),
    [
        ((("no such line", ""),), "0 times"),
        ((("sine", "cosine"),), "4 times"),
        ((("", "x"),), "times"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_by_name(edits, times):
    source = read_source(TOY.source("90_toy"), ASSIGNMENT)
    with pytest.raises(GraderError, match=f"misconception 'odd' of double: .* {times}"):
        misconceived(source, Misconception("double", "odd", "Odd.", edits))


@pytest.mark.parametrize("owner", ["duble", "", "check_double"])
def test_what_belongs_to_no_exercise_is_refused_by_name(owner):
    lost_check = replace(HIDDEN, checks=(replace(HIDDEN.checks[0], exercise=owner),))
    lost_mistake = replace(
        HIDDEN, misconceptions=(replace(HIDDEN.misconceptions[0], exercise=owner),)
    )
    for hidden, name in ((lost_check, "Other angles"), (lost_mistake, "cosine")):
        with pytest.raises(
            GraderError,
            match=rf"90_toy: '{name}\.?' belongs to {owner!r}, which is not an exercise",
        ):
            made(hidden)


def test_a_check_that_draws_nothing_is_refused():
    with pytest.raises(GraderError, match=r"hidden check 'Odd\.' of double draws no inputs"):
        made(with_check(lambda rng: []))


@pytest.mark.parametrize(
    ("draw", "probe", "said"),
    [
        (lambda rng: [{"x": np.inf}], F, "the reference's f is not finite"),
        (lambda rng: [{"x": "text"}], F, "the reference gives no answer: "),
        (lambda rng: [{"x": 1.0}], Probe("None", ("f",)), "the reference's f is None"),
        (
            lambda rng: [{"x": 1.0}],
            Probe("'text'", ("f",)),
            "the reference's f is the text 'text', expected numbers",
        ),
        (
            lambda rng: [{"x": 1.0}],
            Probe("double(x)", ("f", "g")),
            "the reference gives no answer: the result is a",
        ),
    ],
)
def test_a_reference_that_does_not_answer_is_the_graders_failure(draw, probe, said):
    with pytest.raises(GraderError) as refused:
        made(with_check(draw, probe))
    assert said in str(refused.value)
    assert refused.value.exit_code == 3


def test_the_reference_passes_its_own_key_and_every_misconception_fails(key):
    student = LocalStudent(reference_namespace(key.source))
    for exercise in ASSIGNMENT.exercises:
        assert (
            judge_exercise(student, exercise, key.checks[exercise.name]).result.outcome
            is Outcome.PASSED
        )
    for misconception in HIDDEN.misconceptions:
        exercise = ASSIGNMENT.exercise(misconception.exercise)
        wrong = LocalStudent(
            reference_namespace(
                key.source, {exercise.name: misconceived(key.source, misconception)}
            )
        )
        assert (
            judge_exercise(wrong, exercise, key.checks[exercise.name]).result.outcome
            is Outcome.FAILED
        )


def test_keys_asked_at_the_same_time_give_the_process_its_stdout_back():
    """Probes swallow what is printed by exchanging sys.stdout: of two at once, one would put back the other's."""
    keys = [made(seed=f"season {number}") for number in range(8)]
    mine, interval = sys.stdout, sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(keys)) as pool:
            asked = [pool.submit(key.meaning, name) for key in keys for name in key.checks]
            assert all(future.result().truth for future in asked)
        assert sys.stdout is mine
    finally:
        sys.setswitchinterval(interval)
        sys.stdout = mine


# --- named terms of an answer that is a sum

GRADIENT = Probe("chain(x, dout)[1]", ("dx",))


def with_terms(terms):
    """The toy course with one hidden check of `chain`, whose gradient is a sum of terms."""

    def draw(rng):
        return [{"x": rng.uniform(0.2, 1.2, 3), "dout": rng.uniform(0.2, 1.2, 3)} for _ in range(2)]

    check = HiddenCheck("chain", "Other points.", GRADIENT, draw, {"dx": "dx"}, terms=terms)
    return make_key(
        ASSIGNMENT, replace(HIDDEN, checks=(check,), misconceptions=()), "autumn", TOY
    ).checks["chain"][-1]


def test_terms_that_add_up_come_with_the_case():
    case = with_terms(
        {
            "dx": {
                "twice too little": "chain(x, dout)[1] / 3",
                "the rest": "chain(x, dout)[1] * 2 / 3",
            }
        }
    ).cases[0]
    assert np.allclose(sum(case.terms["dx"].values()), case.expected["dx"])


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"dx": {"once": "chain(x, dout)[1]", "too much": "x"}}, "do not add up to it"),
        ({"dx": {"once": "chain(x, dout)[1]", "unknown": "nothing"}}, "nothing is not defined"),
    ],
)
def test_terms_that_do_not_add_up_are_the_graders_failure(terms, said):
    with pytest.raises(GraderError, match=said):
        with_terms(terms)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("dout * x", "missing term"),
        ("dout * (x + 2 * np.sin(x))", "doubled term"),
        ("dout * np.sin(x)", "missing term"),
        ("dout * (x - np.sin(x))", None),
        ("dout * (x + np.sin(x))", None),
    ],
)
def test_a_missing_or_doubled_term_is_named(answer, name):
    x, dout = np.array([0.3, 0.9, 0.5]), np.array([0.7, 0.4, 1.1])
    terms = {"the straight part": dout * x, "the bent part": dout * np.sin(x)}
    case = Case({"x": x, "dout": dout}, {"dx": sum(terms.values())}, {"dx": terms})
    check = Check("Sums.", GRADIENT, (case,), {"dx": "dx"}, Values())
    student = LocalStudent(
        {"np": np, "chain": lambda x, dout: (None, eval(answer, {"np": np, "x": x, "dout": dout}))}
    )
    found = Values().judge(student, check).findings
    assert [f.mistake.name if f.mistake else None for f in found] == (
        [name] if name else [None] * ("-" in answer)
    )
