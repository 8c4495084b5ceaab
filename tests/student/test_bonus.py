"""A bonus lifts what is earned and never what is possible: in the catalogue, in the notebook and in a report."""

from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.nbgraderformat import MetadataValidator
from toy.checks import ASSIGNMENT as TOY
from toy.hidden import HIDDEN

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import Places
from autograder.course.source import read_source
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.submissions.ingest import Submission

PLACES = Places(Path(__file__).parents[1] / "toy")
DOUBLE, CHAIN = TOY.exercises
WITH_BONUS = replace(TOY, exercises=(DOUBLE, replace(CHAIN, bonus=True)))


def test_a_bonus_adds_nothing_to_the_points_of_its_assignment():
    assert CHAIN.points == 2.5
    assert TOY.checked - WITH_BONUS.checked == CHAIN.points
    assert TOY.points - WITH_BONUS.points == CHAIN.points
    assert WITH_BONUS.points == WITH_BONUS.checked + 2.0


def test_nbgrader_counts_no_points_for_the_check_of_a_bonus():
    built = stub_notebook(read_source(PLACES.source(TOY.name), WITH_BONUS), WITH_BONUS)
    MetadataValidator().validate_nb(built)
    marks = {cell.id: cell.metadata.nbgrader for cell in built.cells if "nbgrader" in cell.metadata}
    assert sum(m.points for m in marks.values() if m.grade) == WITH_BONUS.points
    check = marks["check_chain"]
    assert (check.grade, check.locked, check.solution, "points" in check) == (
        False,
        True,
        False,
        False,
    )


@pytest.fixture
def report(sandbox):
    """A solved notebook, graded."""
    key = make_key(WITH_BONUS, HIDDEN, "autumn", PLACES)
    text = notebook_text(filled_notebook(key.source, WITH_BONUS))
    return Grader({TOY.name: key}, sandbox, "").grade(
        Submission("s001", "s001.ipynb", 0.0, text.encode)
    )


def test_a_report_earns_more_than_is_possible_by_a_bonus(report):
    assert (report.earned, report.possible) == (3.5, 1.0)
    assert [(r.earned, r.possible) for r in report.exercises] == [(1.0, 1.0), (2.5, 2.5)]
