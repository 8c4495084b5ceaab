"""The mutation audit, through the real sandbox: what it kills, what it finds alive, and what it says of its list."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from toy.checks import ASSIGNMENT, CHAIN
from toy.hidden import HIDDEN

from autograder.authoring.gate.audit import Audit, Score, affordable, audit, limits_for, narrowed
from autograder.authoring.gate.tables import print_audit
from autograder.course.paths import Places
from autograder.course.settings import Course, catalogue
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader
from autograder.grading.run import start_grader
from autograder.hidden.catalogue import Equivalent, HiddenAssignment, HiddenCheck, Misconception
from autograder.sandbox.limits import Limits
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import (
    Assignment,
    Case,
    Check,
    Exercise,
    Inputs,
    Part,
    Probe,
)

TOY = Places(Path(__file__).parents[1] / "toy")
JOBS = 2
# The toy's changes that are right all the same.
RIGHT = (
    Equivalent(
        "double",
        "sine = np.sin(np.asarray(x, dtype=np.float64))",
        ("sine = np.sin(np.asarray(x))", "sine = np.sin(x)"),
        "Its checks hand in float64 numbers only.",
    ),
)


def without_visible(key: AnswerKey) -> AnswerKey:
    return replace(
        key, checks={name: tuple(c for c in own if c.hidden) for name, own in key.checks.items()}
    )


def toy_with(draw) -> AnswerKey:
    """The toy with other points for the hidden check of `chain`, and no visible checks."""
    check = HiddenCheck("chain", "Other points.", CHAIN, draw, {"f": "f", "dx": "dx"})
    hidden = HiddenAssignment(HIDDEN.name, (HIDDEN.checks[0], check), HIDDEN.misconceptions)
    return without_visible(make_key(ASSIGNMENT, hidden, "autumn", TOY))


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    return make_key(ASSIGNMENT, HIDDEN, "autumn", TOY)


@pytest.fixture(scope="module")
def grader(key) -> Iterator[Grader]:
    with start_grader({key.assignment.name: key}, Course(), JOBS) as started:
        yield started


def audited(
    key: AnswerKey, grader: Grader, equivalents: Sequence[Equivalent] = RIGHT, **options: object
) -> Audit:
    return audit(
        key, equivalents, replace(grader, keys={key.assignment.name: key}), JOBS, **options
    )


def by_exercise(found: Audit) -> dict[str, Score]:
    return {score.exercise: score for score in found.scores}


def test_good_checks_leave_no_mutant_alive(key, grader):
    found = audited(key, grader)
    assert found.problems == ()
    assert found.survivors == ()
    for score in found.scores:
        assert score.killed + score.equivalent == score.graded == score.mutants > 10
    assert by_exercise(found)["double"].equivalent == 2


def test_a_point_where_mistakes_do_not_show_leaves_mutants_alive_with_their_diff(grader):
    def ones(rng: np.random.Generator) -> Sequence[Inputs]:
        return [{"x": float(x), "dout": 1.0} for x in rng.uniform(0.2, 1.2, 4)]

    found = audited(toy_with(ones), grader)
    assert by_exercise(found)["chain"].survivors == len(found.survivors) > 0
    ignored = [
        mutant
        for mutant in found.survivors
        if mutant.now == "return (inner ** 2, 2 * inner * slope)"
    ]
    assert [mutant.diff.split("\n")[-2:] for mutant in ignored] == [
        [
            "-    return (inner ** 2, dout * 2 * inner * slope)",
            "+    return (inner ** 2, 2 * inner * slope)",
        ]
    ]
    [said] = [problem for problem in found.problems if ignored[0].id in problem]
    assert said.startswith("90_toy: chain:")
    assert "survives (operand: dout * 2 -> 2); add a case that tells it to a hidden check" in said


def test_an_equivalent_that_a_check_can_tell_is_a_problem(key, grader):
    wrong = Equivalent("double", "return sine + sine", ("return sine - sine",), "It is not.")
    found = audited(key, grader, (RIGHT[0], wrong), only={"double"})
    assert found.problems == (
        "90_toy: double lists 'return sine + sine' -> 'return sine - sine' as equivalent, but a check tells them "
        "apart; take it off the list",
    )


def test_an_equivalent_that_no_mutant_is_or_that_has_no_reason_or_no_exercise_is_a_problem(
    key, grader
):
    gone = Equivalent("double", "return sine * sine", ("return sine",), "It was once.")
    mute = replace(RIGHT[0], reason=" ")
    lost = replace(RIGHT[0], exercise="triple")
    found = audited(key, grader, (gone, mute, lost), most=1, only={"double"})
    told = "\n".join(found.problems)
    assert "'return sine * sine' -> 'return sine' as equivalent, but no mutant does that" in told
    assert (
        "double lists 'sine = np.sin(np.asarray(x, dtype=np.float64))' as equivalent without a reason"
        in told
    )
    assert "an equivalent is listed for 'triple', which is no exercise" in told
    assert len(found.problems) == 3


def test_a_sample_says_nothing_of_equivalents_that_it_did_not_draw(key, grader):
    for seed in range(3):
        found = audited(key, grader, most=2, seed=seed)
        assert [score.graded for score in found.scores] == [2, 2]
        assert found.problems == ()


def test_a_reference_that_is_wrong_itself_is_told_and_its_mutants_are_not_graded(key, grader):
    check = next(c for c in key.checks["double"] if c.hidden)
    off = replace(check, cases=(Case(check.cases[0].inputs, {"f": np.zeros(3)}),))
    wrong = replace(key, checks={**key.checks, "double": (off,)})
    found = audited(wrong, grader, most=2)
    assert (
        "90_toy: the reference of double loses points; mend that before its mutants are graded"
        in found.problems
    )
    assert "double" not in by_exercise(found)


@pytest.fixture(scope="module")
def matmul() -> AnswerKey:
    return make_key(*catalogue()["04_matmul"], "autumn")


KNOWN = catalogue()["04_matmul"][1].equivalents


def test_what_a_forward_pass_keeps_is_judged_by_the_backward_pass_that_builds_on_it(matmul, grader):
    [together] = audited(matmul, grader, KNOWN, only={"affine_forward"}).scores
    assert together.survivors == 0
    unrelated = tuple(replace(exercise, builds_on=()) for exercise in matmul.assignment.exercises)
    alone = replace(matmul, assignment=replace(matmul.assignment, exercises=unrelated))
    kept = [
        mutant.now for mutant in audited(alone, grader, KNOWN, only={"affine_forward"}).survivors
    ]
    assert "return (out, (x, b))" in kept
    assert all(now.startswith("return (out, ") for now in kept)


def test_mutants_that_never_end_are_counted_and_stop_nothing(matmul, grader):
    [score] = audited(matmul, grader, KNOWN, only={"unbroadcast"}).scores
    assert score.late > 0
    assert score.killed == score.graded - score.equivalent


DUAL = """\
# %% provided="setup"
from autograder.student import check

# %% exercise="Dual"
class Dual:
    def __init__(self, primal, tangent=0.0):
        self.primal, self.tangent = primal, tangent

    def __mul__(self, other):
        ### BEGIN SOLUTION
        tangent = self.tangent * other.primal + self.primal * other.tangent
        return Dual(self.primal * other.primal, tangent)
        ### END SOLUTION

# %% check="Dual"
check("Dual")
"""
PRODUCT = Probe("[z.primal, z.tangent]", ("z",), setup="z = Dual(a, da) * Dual(b, db)")


def dual_key(folder: Path, *names: str) -> AnswerKey:
    """A course of one class, tried at these of its four numbers; the others stay 1."""

    def draw(rng: np.random.Generator) -> Sequence[Inputs]:
        cases = [{"a": 1.0, "da": 1.0, "b": 1.0, "db": 1.0} for _ in range(3)]
        return [{**case, **{name: float(rng.uniform(2, 3)) for name in names}} for case in cases]

    (folder / "solutions").mkdir()
    (folder / "solutions" / "91_class.py").write_text(DUAL)
    seen = Check(
        "One.",
        PRODUCT,
        (Case({"a": 1.0, "da": 1.0, "b": 1.0, "db": 1.0}, {"z": [1.0, 2.0]}),),
        {"z": "p"},
        Values(),
    )
    exercise = Exercise("Dual", "Dual", (1,), (Part("p", 1.0, "product"),), ("?",), (seen,))
    checks = (HiddenCheck("Dual", "Products.", PRODUCT, draw, {"z": "p"}),)
    wrong = Misconception(
        "Dual", "one term", "There are two.", ((" + self.primal * other.tangent", ""),)
    )
    return make_key(
        Assignment("91_class", "A class", (exercise,)),
        HiddenAssignment("91_class", checks, (wrong,)),
        "s",
        Places(folder),
    )


def test_the_methods_of_a_class_are_audited(grader, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    [score] = audited(dual_key(good, "a", "da", "b", "db"), grader, ()).scores
    assert score.killed == score.graded > 20
    alive = audited(dual_key(bad, "a", "da"), grader, ()).survivors
    assert "tangent = self.tangent + self.primal * other.tangent" in [
        mutant.now for mutant in alive
    ]


def test_a_sample_is_smaller_where_the_reference_is_slow():
    assert [affordable(12, seconds) for seconds in (0.0, 0.05, 0.5, 1.0, 60.0)] == [12, 12, 8, 4, 3]
    assert affordable(1, 60.0) == 1


def test_an_exercise_is_judged_alone_but_by_all_of_its_own_checks(key):
    alone = narrowed(key, {"chain"})
    assert [(e.name, e.builds_on) for e in alone.assignment.exercises] == [("chain", ())]
    assert alone.checks == {"chain": key.checks["chain"]}
    both = narrowed(key, {"double", "chain"})
    assert both.assignment.exercise("chain").builds_on == ("double",)


def test_limits_follow_the_reference_and_are_never_above_the_courses_own():
    usual = Limits()
    quick, slow, never = (limits_for(seconds, usual) for seconds in (0.01, 0.5, 1e3))
    assert quick.call == quick.cell < slow.call < never.call == usual.call
    assert quick.submission < slow.submission < never.submission == usual.submission
    assert quick.memory < usual.memory
    # Twice what the reference takes is always enough: a slower machine kills nobody.
    assert slow.call >= 2 * 0.5


def test_the_table_gives_the_score_and_the_diffs_and_rounds_no_survivor_away():
    scores = [
        Score("90_toy", "double", 3000, 2001, 1999, 3, 1, 20.0),
        Score("90_toy", "chain", 9, 0, 0, 0, 0, 0.0),
    ]
    out = StringIO()
    print_audit(scores, ["--- reference\n+++ double:9:sign\n-    return x\n+    return -x"], out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["90_toy", "double", "3000", "2001", "1999", "3", "1", "1", "99.9", "%", "10"] in lines
    assert ["90_toy", "chain", "9", "0", "0", "0", "0", "0", "–", "–"] in lines
    assert ["2", "exercises", "3009", "2001", "1999", "3", "1", "1", "99.9", "%", "10"] in lines
    assert "+++ double:9:sign\n-    return x\n+    return -x\n" in out.getvalue()
