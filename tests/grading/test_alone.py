"""Each exercise is judged alone: on stand-ins for the exercises that it calls, where one of them is wrong."""

from functools import cache

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.grading.answer_key import AnswerKey, make_key, misconceived
from autograder.grading.grade import Grader
from autograder.hidden.catalogue import Misconception
from autograder.student.model.results import Report
from autograder.submissions.ingest import Submission

ASSIGNMENTS = tuple(catalogue())
# Of the misconceptions in exercises that others call, one in so many is tried here; `make truth` tries all.
SAMPLE = 6


@cache
def key_of(assignment: str) -> AnswerKey:
    return make_key(*catalogue()[assignment], "alone", HERE)


def called_by_others(key: AnswerKey) -> list[str]:
    """The exercises that others build on, in their order."""
    below = {name for exercise in key.assignment.exercises for name in exercise.builds_on}
    return [exercise.name for exercise in key.assignment.exercises if exercise.name in below]


def graded(sandbox, assignment: str, replace: dict[str, str], untouched: list[str]) -> Report:
    key = key_of(assignment)
    notebook = filled_notebook(key.source, key.assignment, replace, untouched=untouched)
    text = notebook_text(notebook)
    submission = Submission("student", f"{assignment}.ipynb", 0.0, text.encode)
    return Grader({assignment: key}, sandbox, "0").grade(submission)


def lost(report: Report) -> dict[str, float]:
    assert report.exercises, report.reason
    return {r.exercise: r.possible - r.earned for r in report.exercises if r.earned < r.possible}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_whatever_others_call_has_a_stand_in(assignment):
    key = key_of(assignment)
    assert set(called_by_others(key)) == set(key.stand_ins)


@pytest.mark.parametrize("assignment", [name for name in ASSIGNMENTS if key_of(name).stand_ins])
def test_a_stand_in_is_no_answer(sandbox, assignment):
    stand_ins = dict(key_of(assignment).stand_ins)
    report = graded(sandbox, assignment, stand_ins, [])
    assert set(lost(report)) >= set(stand_ins)


@pytest.mark.parametrize("assignment", [name for name in ASSIGNMENTS if key_of(name).stand_ins])
def test_an_exercise_keeps_its_points_where_those_that_it_calls_are_not_attempted(
    sandbox, assignment
):
    untouched = called_by_others(key_of(assignment))
    assert set(lost(graded(sandbox, assignment, {}, untouched))) == set(untouched)


def test_a_mistake_costs_at_most_a_twentieth_of_its_points_in_other_exercises(sandbox):
    tried: list[tuple[str, Misconception]] = []
    for assignment in ASSIGNMENTS:
        key = key_of(assignment)
        below = called_by_others(key)
        tried += [(assignment, m) for name in below for m in key.misconceptions[name]]
    own = elsewhere = 0.0
    for assignment, misconception in tried[::SAMPLE]:
        text = misconceived(key_of(assignment).source, misconception)
        cost = lost(graded(sandbox, assignment, {misconception.exercise: text}, []))
        own += cost.pop(misconception.exercise)
        elsewhere += sum(cost.values())
    assert elsewhere <= own / 20
