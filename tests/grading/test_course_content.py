"""Every assignment's own content: references, misconceptions and answers in other styles, judged with all checks."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pytest
from conftest import mostly_long
from judged import COURSE, SEEDS, judge, key_of, mistaken_of, reference_of, source_of
from variants import touched, variants_of

from autograder.course.source import Kind, answer_source
from autograder.student.judging.findings import unpack
from autograder.student.judging.formula_rule import probe_of
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Check
from autograder.student.model.results import Outcome

ENOUGH_VARIANTS = 12
# Characters that a code cell shows without scrolling sideways.
WIDTH = 88


def answered(checks: Sequence[Check], namespace: dict[str, object]) -> Iterator[np.ndarray | str]:
    """All values that the checks judge, in order; in place of a value, how it came to none."""
    for check in checks:
        for answer in LocalStudent(namespace).answers(
            check.probe, [case.inputs for case in check.cases]
        ):
            values = answer.failure.type if answer.failure else unpack(check.probe, answer.value)
            yield from (
                [values]
                if isinstance(values, str)
                else [as_numbers(values[name]) for name in check.judges]
            )
            yield " ".join(answer.warnings) and "warned"


def same(a: np.ndarray | str, b: np.ndarray | str) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-9))


EXERCISES = [
    (name, e.name) for name, (assignment, _) in COURSE.items() for e in assignment.exercises
]
MISCONCEPTIONS = [
    pytest.param(name, m, id=f"{name}-{m.exercise}-{m.name}")
    for name, (_, hidden) in COURSE.items()
    for m in hidden.realisations
]
VARIANTS, REMARKED = (
    [
        pytest.param(name, f, id=f"{name}-{what}")
        for name in COURSE
        for what, f in variants_of(name, kind).items()
    ]
    for kind in ("VARIANTS", "REMARKED")
)


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_the_reference_passes_the_visible_checks_without_a_remark(assignment, exercise):
    asked = COURSE[assignment][0].exercise(exercise)
    result = judge_exercise(LocalStudent(reference_of(assignment)), asked, asked.checks).result
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_the_reference_passes_all_checks_without_a_remark(assignment, exercise, seed):
    result = judge(key_of(assignment, seed), reference_of(assignment), exercise)
    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize(("assignment", "misconception"), MISCONCEPTIONS)
def test_each_edit_of_a_misconception_fits_once_and_changes_something(assignment, misconception):
    text = answer_source(source_of(assignment), misconception.exercise)
    if isinstance(misconception.form, str):
        assert f"{misconception.exercise}" in misconception.form
        return
    for old, new in misconception.form:
        assert text.count(old) == 1
        assert old != new
        text = text.replace(old, new)


@pytest.mark.parametrize("seed", mostly_long(SEEDS, SEEDS[0]))
@pytest.mark.parametrize(("assignment", "misconception"), MISCONCEPTIONS)
def test_a_misconception_loses_points_whatever_the_seed(assignment, misconception, seed):
    mistaken = mistaken_of(assignment, misconception)
    result = judge(key_of(assignment, seed), mistaken, misconception.exercise)
    assert result.earned < result.possible


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_no_two_misconceptions_of_an_exercise_give_the_same_answers(assignment, exercise):
    checks = key_of(assignment).checks[exercise]
    own = [m for m in COURSE[assignment][1].misconceptions if m.exercise == exercise]
    assert len({m.name for m in own}) == len(own)
    given = {m.name: [*answered(checks, mistaken_of(assignment, m))] for m in own}
    for one, other in combinations(given, 2):
        assert len(given[one]) != len(given[other]) or not all(
            map(same, given[one], given[other])
        ), (one, other)


@pytest.mark.parametrize("assignment", [name for name in COURSE if variants_of(name)])
def test_answers_in_other_styles_are_many_and_belong_to_exercises(assignment):
    """An exercise that is new may have none yet."""
    variants = variants_of(assignment)
    assert len(variants) >= ENOUGH_VARIANTS
    assert {name for functions in variants.values() for name in functions} <= {
        exercise.name for exercise in COURSE[assignment][0].exercises
    }


@pytest.mark.parametrize(("assignment", "functions"), VARIANTS)
def test_a_right_answer_in_another_style_keeps_all_points_without_a_remark(assignment, functions):
    key = key_of(assignment)
    for exercise in touched(key.assignment, functions):
        result = judge(key, {**reference_of(assignment), **functions}, exercise)
        assert (exercise, result.outcome, result.findings) == (exercise, Outcome.PASSED, ())


@pytest.mark.parametrize(("assignment", "functions"), REMARKED)
def test_an_input_changed_in_place_costs_no_points_and_is_said(assignment, functions):
    key = key_of(assignment)
    for exercise in functions:
        result = judge(key, {**reference_of(assignment), **functions}, exercise)
        assert result.earned == result.possible
        assert any("in place" in f.message and not f.hidden for f in result.findings)
        assert all(f.warning for f in result.findings)


def _copied(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, dict) else value


def _spoil(value):
    """Write into everything that an argument holds; whether there was something to write into."""
    if isinstance(value, np.ndarray) and value.size:
        value[...] = value + 1 if value.dtype.kind in "iuf" else value
        return value.ndim > 0  # a number of its own gets no note
    if isinstance(value, tuple):
        written = list(map(_spoil, value))  # all of them, so no any() that stops at the first
        return any(written)
    if isinstance(value, dict):
        for key in value:
            value[key] = -value[key] if isinstance(value[key], np.ndarray) else value[key]
        return bool(value)
    if isinstance(value, list) and value:
        value.append(value.pop(0))
        return len(value) > 1
    return False


def spoiling(function, spoiled):
    """The function, which writes into its inputs once its result is known."""

    def answer(*given, **more):
        result = function(*_copied(given), **_copied(more))
        spoiled.append(_spoil((*given, *more.values())))
        return result

    return answer


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_a_right_answer_that_writes_into_all_its_inputs_keeps_its_points_with_a_note(
    assignment, exercise
):
    key, own, spoiled = key_of(assignment), reference_of(assignment), []
    if isinstance(own[exercise], type):  # a class has no call of its own
        return
    answer = spoiling(own[exercise], spoiled)
    result = judge(key, {**own, exercise: answer}, exercise)
    if exercise in ("neuron_backward", "affine_backward"):
        # Their own cache may be used again, with another upstream.
        assert result.outcome is Outcome.FAILED
        return
    notes = [f for f in result.findings if "in place" in f.message]
    assert (result.outcome, [f for f in result.findings if not f.warning]) == (Outcome.PASSED, [])
    assert bool(notes) == any(spoiled)


@pytest.mark.parametrize("assignment", COURSE)
def test_code_cells_fit_a_notebooks_width(assignment):
    cells = [
        cell for cell in source_of(assignment).cells if cell.kind not in (Kind.PROSE, Kind.WRITTEN)
    ]
    lines = [line for cell in cells for line in cell.text.split("\n")]
    assert not [line for line in lines if len(line) > WIDTH and not line.startswith("#")]


class AskedError(Exception):
    """What a rule asked first."""


class Listener:
    """A student that answers nothing and tells what it was asked."""

    def answers(self, probe, inputs):
        raise AskedError(probe, list(inputs))


@pytest.mark.parametrize("assignment", COURSE)
def test_each_rule_asks_first_what_the_grader_asks_ahead_for_it(assignment):
    """Else the grader asks twice, and an answer that remembers its calls is another the second time."""
    for exercise, checks in key_of(assignment).checks.items():
        for check in checks:
            with pytest.raises(AskedError) as first:
                check.rule.judge(Listener(), check)
            probe, inputs = first.value.args
            assert probe == probe_of(check), (exercise, check.text)
            assert len(inputs) == len(check.cases)
            assert all(one is case.inputs for one, case in zip(inputs, check.cases, strict=True))
