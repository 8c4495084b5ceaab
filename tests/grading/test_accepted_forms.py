"""Several results may come as a tuple, a list, an array or a dict of the documented names, in every exercise."""

import copy
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import Outcome

SEVERAL = re.compile(r"Returns \((\w+(?:, \w+)+)\)")
KEYS = {a.name: make_key(a, hidden, "forms", HERE) for a, hidden in catalogue().values()}


def several(key: AnswerKey) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The exercises that document several results, and the names of those."""
    namespace = reference_namespace(key.source)
    for exercise in key.assignment.exercises:
        names = SEVERAL.search(namespace[exercise.name].__doc__ or "")
        if names:
            yield exercise.name, tuple(names[1].split(", "))


def as_dict(names: tuple[str, ...], results: tuple[object, ...]) -> object:
    return dict(zip(reversed(names), reversed(results), strict=True))


def as_list(names: tuple[str, ...], results: tuple[object, ...]) -> object:
    return list(results)


def as_array(names: tuple[str, ...], results: tuple[object, ...]) -> object:
    """One array where all results are numbers; else an array of objects."""
    if all(np.ndim(result) == 0 and isinstance(result, (int, float)) for result in results):
        return np.array(results)
    objects = np.empty(len(results), dtype=object)
    objects[:] = results
    return objects


EXERCISES = [(key, name, names) for key in KEYS.values() for name, names in several(key)]


def test_the_exercises_with_several_results_are_found():
    assert len(EXERCISES) > 15


@pytest.mark.parametrize("form", [as_dict, as_list, as_array])
@pytest.mark.parametrize(
    ("key", "name", "names"), EXERCISES, ids=[name for _, name, _ in EXERCISES]
)
def test_several_results_may_come_in_any_form(
    key: AnswerKey,
    name: str,
    names: tuple[str, ...],
    form: Callable[[tuple[str, ...], tuple[object, ...]], object],
):
    namespace = reference_namespace(key.source)
    right = namespace[name]
    namespace[name] = lambda *given, **named: form(names, right(*given, **named))
    result = judge_exercise(
        LocalStudent(namespace), key.assignment.exercise(name), key.checks[name]
    ).result
    assert result.outcome is Outcome.PASSED, [finding.message for finding in result.findings]


KEPT = re.compile(r"unchanged|as (?:it|they) (?:was|were)")
# A change so small that it costs no digit, and yet a change.
LITTLE = 1 + 2.0**-50


def leaves_its_inputs(key: AnswerKey) -> Iterator[str]:
    """The exercises that promise to leave what they are given as it was."""
    namespace = reference_namespace(key.source)
    for exercise in key.assignment.exercises:
        if KEPT.search(" ".join((namespace[exercise.name].__doc__ or "").split())):
            yield exercise.name


def arrays_within(value: object) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from arrays_within(each)


PROMISES = [(key, name) for key in KEYS.values() for name in leaves_its_inputs(key)]


@pytest.mark.parametrize(("key", "name"), PROMISES, ids=[name for _, name in PROMISES])
def test_an_input_that_does_not_stay_as_it_was_is_a_note_and_costs_nothing(
    key: AnswerKey, name: str
):
    namespace = reference_namespace(key.source)
    right = namespace[name]

    def changes(*given: object, **named: object) -> object:
        result = copy.deepcopy(right(*given, **named))
        for array in arrays_within([*given, *named.values()]):
            array *= LITTLE
        return result

    namespace[name] = changes
    result = judge_exercise(
        LocalStudent(namespace), key.assignment.exercise(name), key.checks[name]
    ).result
    assert result.outcome is Outcome.PASSED, [finding.message for finding in result.findings]
    notes = [finding.message for finding in result.findings if finding.warning]
    assert any("changes its input" in note for note in notes), notes
