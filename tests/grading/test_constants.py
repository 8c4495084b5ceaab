"""A constant in the place of an answer earns nothing, whatever the constant is."""

import pytest
from conftest import mostly_long

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.submissions.ingest import Submission

VALUES = ("None", "0", "1", "0.0", "True", "''", "[]", "{}")
RETURNED = (*VALUES, "(0, 0)", "(1.0, 1.0)", "np.zeros(3)", "np.ones((2, 2))", "{'loss': 0}")
# `name` is the exercise's.  The last ones give back what they are given, or its shape.
CONSTANTS = (
    *(f"name = {value}" for value in VALUES),
    *(f"name = lambda *given, **named: {value}" for value in RETURNED),
    "def name(*given, **named):\n    return given[0]",
    "def name(*given, **named):\n    return given",
    "def name(*given, **named):\n    return np.zeros_like(given[0])",
    "def name(*given, **named):\n    return np.ones_like(given[0])",
    "def name(*given, **named):\n    return tuple(np.ones_like(each) for each in given)",
    "class name:\n    def __init__(self, *given, **named):\n        pass",
)


@pytest.mark.parametrize("assignment", mostly_long(catalogue(), *list(catalogue())[:3]))
def test_a_constant_bound_to_every_name_earns_nothing(sandbox, assignment):
    key = make_key(*catalogue()[assignment], "constants", HERE)
    grader = Grader({assignment: key}, sandbox, "0")
    earned = {}
    for constant in CONSTANTS:
        replace = {
            exercise.name: constant.replace("name =", f"{exercise.name} =")
            .replace("def name", f"def {exercise.name}")
            .replace("class name", f"class {exercise.name}")
            for exercise in key.assignment.exercises
        }
        text = notebook_text(filled_notebook(key.source, key.assignment, replace))
        submission = Submission("student", f"{assignment}.ipynb", 0.0, text.encode)
        report = grader.grade(submission)
        assert len(report.exercises) == len(replace), report.reason
        earned.update({(constant, r.exercise): r.earned for r in report.exercises if r.earned})
    assert not earned
