"""Bad points are found by machine: a toy course with one in it is rejected, in words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import mostly_long
from toy.checks import ASSIGNMENT, F
from toy.hidden import HIDDEN

from autograder.authoring.gate.points import point_problems, sights
from autograder.course.paths import Places
from autograder.course.settings import catalogue
from autograder.grading.answer_key import make_key
from autograder.hidden.catalogue import HiddenAssignment, HiddenCheck
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import Assignment, Case, Check, Inputs, Probe

TOY = Places(Path(__file__).parents[1] / "toy")
DOUBLE, CHAINED = HIDDEN.checks
LINKS = [{"x": 0.3, "dout": 1.7}, {"x": 0.9, "dout": -0.6}]
ANGLES = [{"x": np.array([0.3, 1.1])}]


def toy(*checks: HiddenCheck) -> HiddenAssignment:
    """The toy's hidden half with these checks besides its own."""
    return HiddenAssignment(HIDDEN.name, (*HIDDEN.checks, *checks), HIDDEN.misconceptions)


def problems(hidden: HiddenAssignment, assignment=ASSIGNMENT) -> list[str]:
    return point_problems(make_key(assignment, hidden, "autumn", TOY))


def another(check: HiddenCheck, points: Sequence[Inputs], **other: object) -> HiddenCheck:
    """The check with other points."""
    return replace(check, text="Another.", draw=lambda rng: points, **other)


def only_problem(check: HiddenCheck) -> str:
    [said] = problems(toy(check))
    assert said.startswith(f"hidden check 'Another.' of {check.exercise}: ")
    assert said.endswith("; draw otherwise, or say in on_purpose why")
    return said


def test_good_points_are_no_problem():
    assert problems(toy()) == []
    assert problems(toy(another(DOUBLE, ANGLES), another(CHAINED, LINKS))) == []


@pytest.mark.parametrize("seed", mostly_long(["winter", "spring", "summer"], "autumn"))
@pytest.mark.parametrize("name", catalogue())
def test_the_courses_own_points_are_good_whatever_the_seed(name, seed):
    assignment, hidden = catalogue()[name]
    assert point_problems(make_key(assignment, hidden, seed)) == []


@pytest.mark.parametrize("ones", [1.0, 1, np.ones(())])
def test_an_upstream_gradient_of_ones_is_rejected(ones):
    said = only_problem(another(CHAINED, [LINKS[0], {"x": 0.9, "dout": ones}]))
    assert "the upstream gradient dout is 1 everywhere at case 1;" in said


def test_an_upstream_gradient_is_known_by_the_rule_that_measures_with_it():
    chained = next(e for e in ASSIGNMENT.exercises if e.name == "chain")
    slopes = next(c for c in chained.checks if isinstance(c.rule, Slopes))
    probe = Probe("chain(x, arrives)", ("f", "dx"))
    points = [{"x": 0.9, "arrives": 1.0}, {"x": 0.4, "arrives": -2.0}]
    check = another(CHAINED, points, probe=probe)
    assert problems(toy(check)) == []
    rule = replace(slopes.rule, upstream="arrives")
    measured = replace(
        slopes,
        probe=Probe("chain(x, arrives)[1]", ("dx",)),
        cases=(replace(slopes.cases[0], inputs=points[1]),),
        rule=rule,
    )
    exercises = tuple(
        replace(e, checks=(*e.checks[:1], measured)) if e.name == "chain" else e
        for e in ASSIGNMENT.exercises
    )
    [said] = problems(toy(check), replace(ASSIGNMENT, exercises=exercises))
    assert "the upstream gradient arrives is 1 everywhere at case 0" in said


def test_a_point_on_a_kink_is_rejected():
    """An answer with the other slope of the corner is as right as the reference."""
    folded = Probe("abs(double(x) - 1) * double(x)", ("f",))
    corner = float(np.arcsin(0.5))
    said = only_problem(another(DOUBLE, [{"x": 0.4}, {"x": corner}], probe=folded))
    assert f"f has a kink or a jump at case 1, x = {corner!r};" in said
    assert problems(toy(another(DOUBLE, [{"x": 0.4}, {"x": corner + 1e-4}], probe=folded))) == []


def test_a_point_on_a_jump_is_rejected():
    slope = Probe("np.where(double(x) > 1, double(x), 3.0)", ("f",), setup="import numpy as np")
    said = only_problem(another(DOUBLE, [{"x": np.array([0.9, np.arcsin(0.5)])}], probe=slope))
    assert "f has a kink or a jump at case 0, x (2,)" in said


def test_a_steep_slope_is_no_jump_and_a_narrow_bend_no_kink():
    """At an input of 400 a step is large: the answer moves by more than a thousandth of its size, and smoothly."""
    steep = Probe("1000 * (double(x / 1000) - 0.7783)", ("f",))
    assert problems(toy(another(DOUBLE, [{"x": 400.0}], probe=steep))) == []
    narrow = Probe(
        "double(x / 1000) * np.tanh(60 * (x - 399.995))", ("f",), setup="import numpy as np"
    )
    assert problems(toy(another(DOUBLE, [{"x": 400.0}], probe=narrow))) == []


@pytest.mark.parametrize(
    "share", [-0.45, -0.3, -0.2, -0.15, -0.1, 0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4]
)
@pytest.mark.parametrize("kind", ["kink", "jump"])
def test_a_point_is_refused_wherever_the_kink_or_jump_lies_within_its_step(kind, share):
    formula = {
        "kink": "abs(double(x) - 1) * double(x)",
        "jump": "np.where(double(x) > 1, double(x), 3.0)",
    }[kind]
    near = float(np.arcsin(0.5)) * (1 + share * 1e-6)
    check = another(
        DOUBLE, [{"x": 0.4}, {"x": near}], probe=Probe(formula, ("f",), setup="import numpy as np")
    )
    said = problems(toy(check))
    assert any(f"f has a kink or a jump at case 1, x = {near!r};" in problem for problem in said)


def test_a_kink_is_found_where_two_numbers_tie():
    larger = Probe("max(double(x), double(y))", ("f",))
    said = only_problem(another(DOUBLE, [{"x": 0.7, "y": 0.7}, {"x": 0.4, "y": 0.3}], probe=larger))
    assert "a kink or a jump at case 0" in said


def test_a_gradient_that_vanishes_in_all_cases_is_rejected():
    flat = [{"x": np.pi / 2, "dout": 1.7}, {"x": np.pi / 2, "dout": -0.6}]
    check = another(CHAINED, flat, probe=Probe("chain(x, dout)[1]", ("dx",)), judges={"dx": "dx"})
    told = "\n".join(problems(toy(check)))
    assert "dx is zero in all cases, at a stationary point or in saturation; draw otherwise" in told


def test_a_case_in_saturation_is_rejected():
    said = only_problem(another(CHAINED, [*LINKS, {"x": np.pi / 2 - 1e-4, "dout": 1.3}]))
    assert "dx is 0.001 at case 2" in said
    assert "but up to " in said
    assert "in saturation" in said


def test_a_draw_that_comes_out_blind_is_drawn_again_from_the_same_seed():
    def draw(rng: np.random.Generator) -> Sequence[Inputs]:
        return [{"x": 0.4, "dout": 1.7}, {"x": float(rng.choice([1e-4, 0.7])), "dout": 2.0}]

    def drawn(seed: str, on_purpose: str = "") -> set[float]:
        hidden = toy(replace(CHAINED, text="Another.", draw=draw, on_purpose=on_purpose))
        [check] = [
            c
            for c in make_key(ASSIGNMENT, hidden, seed, TOY).checks["chain"]
            if c.text == "Another."
        ]
        return {case.inputs["x"] for case in check.cases}

    seeds = [f"term {number}" for number in range(20)]
    assert all(drawn(seed) == drawn(seed) == {0.4, 0.7} for seed in seeds)
    assert any(drawn(seed, "Small on purpose.") == {0.4, 1e-4} for seed in seeds)


def test_a_case_at_which_every_misconception_slips_through_is_rejected_and_names_them():
    said = only_problem(another(CHAINED, [*LINKS, {"x": 0.0, "dout": -0.6}]))
    assert "at case 2, x = 0.0, dout = -0.6, every misconception slips through" in said
    assert "'inner slope forgotten', 'upstream ignored'" in said


def test_a_misconception_that_only_visible_checks_tell_is_named():
    sine = replace(CHAINED, probe=Probe("chain(x, dout)[0]", ("f",)), judges={"f": "f"})
    told = problems(replace(HIDDEN, checks=(DOUBLE, sine)))
    for name in ("inner slope forgotten", "upstream ignored"):
        assert (
            f"chain: {name!r} spoils the part 'dx', and slips through its hidden checks; add a case there"
            in told
        )


def test_a_misconception_that_is_off_by_little_more_than_rounding_is_named():
    nearly = another(DOUBLE, [{"x": np.pi / 4 + 3e-8}])
    told = problems(toy(nearly))
    assert any(
        p.startswith(
            "double: 'cosine' is off by only 6e-08 of the answer's size in the check 'Another.'"
        )
        for p in told
    )


def test_a_misconception_that_no_check_tells_at_all_is_named():
    exercises = tuple(replace(e, checks=()) for e in ASSIGNMENT.exercises)
    blind = replace(HIDDEN, checks=(DOUBLE, another(CHAINED, [{"x": 0.0, "dout": -0.6}])))
    told = problems(blind, replace(ASSIGNMENT, exercises=exercises))
    assert (
        "chain: 'upstream ignored' slips through all checks; add a case at which it is clearly wrong"
        in told
    )


def with_visible(name: str, *checks: Check) -> Assignment:
    """The toy course with these visible checks of one exercise in place of its own."""
    exercises = tuple(
        replace(e, checks=checks) if e.name == name else e for e in ASSIGNMENT.exercises
    )
    return replace(ASSIGNMENT, exercises=exercises)


CHAIN_EXACT, CHAIN_MEASURED = ASSIGNMENT.exercise("chain").checks


def shown(points: Sequence[Inputs], on_purpose: str = "") -> Check:
    """A visible check of chain's values at these points."""
    cases = tuple(
        Case(at, {"f": 4 * np.sin(at["x"]) ** 2, "dx": at["dout"] * 4 * np.sin(2 * at["x"])})
        for at in points
    )
    return replace(CHAIN_EXACT, text="At these.", cases=cases, on_purpose=on_purpose)


def test_a_visible_slope_on_a_kink_is_rejected():
    folded = Probe("[abs(g - 1) for g in [chain(x, dout)[1]]][0]", ("dx",))
    assert problems(toy(), with_visible("chain", CHAIN_EXACT, CHAIN_MEASURED)) == []
    [case] = CHAIN_MEASURED.cases
    corner = float(np.arcsin(0.25) / 2)
    at = replace(
        CHAIN_MEASURED, probe=folded, cases=(replace(case, inputs={"x": corner, "dout": 1.0}),)
    )
    for reason in ("", "It was there."):
        told = problems(toy(), with_visible("chain", CHAIN_EXACT, replace(at, on_purpose=reason)))
        assert any(
            "dx has a kink or a jump at case 0" in said and "no slope can be measured" in said
            for said in told
        )


def test_a_visible_check_of_slopes_may_multiply_its_loss_by_one():
    """The measured loss has the gradient 1 by nature; what is handed to the student's function is another matter."""
    loss = replace(CHAIN_MEASURED, probe=Probe("chain(x, -1.5)[1]", ("dx",)))
    forward = Probe("-1.5 * chain(x, 1.0)[0]", ("f",))
    loss = replace(
        loss,
        cases=(replace(CHAIN_MEASURED.cases[0], inputs={"x": 0.7, "dloss": 1.0}),),
        rule=replace(CHAIN_MEASURED.rule, forward=forward, upstream="dloss"),
    )
    assert problems(toy(), with_visible("chain", shown(LINKS), loss)) == []


def test_visible_cases_that_all_have_an_upstream_of_ones_are_rejected_whatever_the_reason():
    assert CHAIN_EXACT.cases[0].inputs["dout"] == 1.0
    ones = replace(
        CHAIN_MEASURED, cases=(replace(CHAIN_MEASURED.cases[0], inputs={"x": 0.7, "dout": 1.0}),)
    )
    told = problems(
        toy(), with_visible("chain", CHAIN_EXACT, replace(ones, on_purpose="So it was."))
    )
    assert told == [
        "chain: in all visible cases the upstream gradient is 1 everywhere; give one another"
    ]
    assert problems(toy(), with_visible("chain", CHAIN_EXACT, CHAIN_MEASURED)) == []


BAD = {
    "at case 1, x = 0.0, dout = 2.0, every misconception slips through: ": [
        LINKS[0],
        {"x": 0.0, "dout": 2.0},
    ],
    "the upstream gradient dout is 1 everywhere at case 1": [LINKS[0], {"x": 0.9, "dout": 1.0}],
    "dx is 0.0008 at case 1": [LINKS[0], {"x": np.pi / 2 - 1e-4, "dout": 1.0001}],
}


@pytest.mark.parametrize(("said", "points"), BAD.items())
def test_a_bad_point_is_shown_to_students_only_for_a_reason(said, points):
    [told] = problems(toy(), with_visible("chain", shown(points), CHAIN_MEASURED))
    assert told.startswith(f"visible check 'At these.' of chain: {said}")
    assert told.endswith("; move its points, or say in on_purpose why")
    reason = "The lecture's own."
    assert problems(toy(), with_visible("chain", shown(points, reason), CHAIN_MEASURED)) == []
    [told] = problems(toy(), with_visible("chain", shown(LINKS, reason), CHAIN_MEASURED))
    assert told.endswith(
        f"is on purpose ({reason}), but its points are ordinary; take on_purpose off"
    )


def test_a_visible_check_through_which_everything_slips_is_rejected_whatever_the_reason():
    for reason in ("", "It was so easy."):
        blind = shown([{"x": 0.0, "dout": 2.0}], reason)
        told = problems(toy(), with_visible("chain", blind, CHAIN_MEASURED))
        [said] = [t for t in told if "slips through" in t]
        assert said.startswith(
            "visible check 'At these.' of chain: every misconception slips through: 'inner slope"
        )
        assert said.endswith("'upstream ignored'; move its points")


def test_a_reason_allows_a_point_and_only_where_it_is_needed():
    point = [LINKS[0], {"x": 0.9, "dout": 1.0}]
    assert (
        problems(
            toy(another(CHAINED, point, on_purpose="The output of a network has the gradient 1."))
        )
        == []
    )
    [said] = problems(toy(another(CHAINED, LINKS, on_purpose="Once it was a corner.")))
    assert said.endswith(
        "is on purpose (Once it was a corner.), but its points are ordinary; take on_purpose off"
    )


def test_a_check_with_room_for_a_measurement_asks_for_more_than_that_room():
    rough = another(DOUBLE, [{"x": np.pi / 4 - 1e-3}], rule=Values(within=1e-3))
    told = problems(toy(rough))
    assert any("'cosine' is off by only 0.002 of the answer's size" in problem for problem in told)
    assert problems(toy(replace(rough, rule=Values(within=1e-4)))) == []


def test_of_each_case_it_is_said_what_it_can_tell():
    hidden = toy(another(CHAINED, [*LINKS, {"x": 0.0, "dout": -0.6}]))
    seen = sights(make_key(ASSIGNMENT, hidden, "autumn", TOY), "chain")
    told = {(s.misconception, s.part): s.separated for s in seen if s.check.text == "Another."}
    assert told == {
        ("inner slope forgotten", "f"): (False, False, False),
        ("inner slope forgotten", "dx"): (True, True, False),
        ("upstream ignored", "f"): (False, False, False),
        ("upstream ignored", "dx"): (True, True, False),
    }


def test_a_result_of_another_kind_is_told_whatever_its_numbers():
    key = make_key(ASSIGNMENT, HIDDEN, "autumn", TOY)
    forgotten = [
        s for s in sights(key, "chain") if s.misconception == "upstream ignored" and s.check.hidden
    ]
    assert all(max(s.distances) < np.inf for s in forgotten)
    broken = replace(
        HIDDEN.misconceptions[0], form=(("np.sin(np.asarray(x, dtype=np.float64))", "[0.0]"),)
    )
    other = replace(HIDDEN, misconceptions=(broken, *HIDDEN.misconceptions[1:]))
    seen = sights(make_key(ASSIGNMENT, other, "autumn", TOY), "double")
    assert [
        s.distances
        for s in seen
        if s.misconception == "cosine" and s.check.probe == F and s.check.hidden
    ] == [(np.inf, np.inf)]
