"""Notebooks filled by hand as ten different students would, held against their true verdicts.

The truth was written down from the lecture and the docstrings, before any grader saw the answers.  Where the two
disagree, it is the grader that is looked at first.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from conftest import mostly_long

from autograder.authoring.gate.truth import read_truth, wrong_verdicts
from autograder.course.settings import Course, catalogue
from autograder.grading import run
from autograder.student.model.results import Report
from tests.classes import grade_below

FOLDER = Path(__file__).parents[1] / "hand_filled"
TRUTHS = read_truth(FOLDER.with_name("hand_filled.truth.json"))
LARGEST = 60_000
# One answer sleeps 0.2 s a call; others run meanwhile.
JOBS = 4

# The long run grades and searches for minutes before the first test begins.
pytestmark = pytest.mark.timeout(1200)

Reports = Mapping[tuple[str, str], Report]


# The search for a change that makes every check pass takes three quarters of the time; it names mistakes and changes no
# point.
UNSEARCHED = "is diagnosed as '', true is"


@pytest.fixture(scope="module", params=mostly_long([True], False), ids=["verdicts", "names too"])
def searched(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def reports(searched: bool) -> Reports:
    with pytest.MonkeyPatch.context() as patch:
        if not searched:
            patch.setattr(run, "REPAIR_SECONDS", 0.0)
        graded = grade_below([FOLDER], Course(), JOBS)
    return {(report.student, report.assignment): report for report in graded.reports}


def test_every_verdict_is_the_true_one(reports: Reports, searched: bool) -> None:
    count, wrong = wrong_verdicts(TRUTHS, list(reports.values()))
    if not searched:
        wrong = [each for each in wrong if not (UNSEARCHED in each and "'one change" in each)]
    assert not wrong, "\n".join([f"{len(wrong)} of {count} verdicts are wrong:", *wrong])
    assert count == sum(len(truth.exercises) for truth in TRUTHS)


def test_truth_is_told_of_every_notebook_and_of_exercises_that_there_are() -> None:
    """An exercise that is new may be missing in the notebooks and in the truth."""
    assert {truth.file for truth in TRUTHS} == {
        p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.ipynb")
    }
    for truth in TRUTHS:
        public, _ = catalogue()[truth.assignment]
        possible = {exercise.name: exercise.points for exercise in public.exercises}
        assert truth.file == f"{truth.student}/{truth.assignment}.ipynb"
        assert truth.exercises.keys() <= possible.keys()
        assert all(0 <= e.least <= e.most <= possible[name] for name, e in truth.exercises.items())


def test_ten_students_answer_each_assignment_about_half_of_it_right() -> None:
    for name in {truth.assignment for truth in TRUTHS}:
        public, _ = catalogue()[name]
        possible = {exercise.name: exercise.points for exercise in public.exercises}
        answers = [
            item for truth in TRUTHS if truth.assignment == name for item in truth.exercises.items()
        ]
        counted = Counter(exercise for exercise, _ in answers)
        right = sum(expected.least == possible[exercise] for exercise, expected in answers)
        assert counted and set(counted.values()) == {10}
        assert 0.4 <= right / len(answers) <= 0.6


@pytest.mark.parametrize("file", [truth.file for truth in TRUTHS])
def test_submissions_are_small_valid_notebooks(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    nbformat.validate(nbformat.reads(text, as_version=nbformat.NO_CONVERT))


@pytest.mark.parametrize(
    ("student", "assignment", "words"),
    [
        pytest.param("h06", "03_sigmoid_neuron", "cell 3", id="a shell command"),
        pytest.param(
            "h07", "03_sigmoid_neuron", "2 cells answer 'sigmoid'", id="an answer cell twice"
        ),
        pytest.param(
            "h07", "03_sigmoid_neuron", "SLOPE_WHEN_OFF", id="a name defined further down"
        ),
        pytest.param(
            "h08",
            "03_sigmoid_neuron",
            "'setup' was changed and was restored",
            id="a provided cell edited",
        ),
        pytest.param(
            "h08", "04_matmul", "'setup' was changed and was restored", id="a provided cell broken"
        ),
        pytest.param(
            "h09",
            "03_sigmoid_neuron",
            "input() was called",
            id="a cell that waits for the keyboard",
        ),
    ],
)
def test_what_is_odd_about_a_notebook_is_said(
    reports: Reports, student: str, assignment: str, words: str
) -> None:
    assert any(words in note for note in reports[student, assignment].notes), reports[
        student, assignment
    ].notes


@pytest.mark.parametrize(
    ("assignment", "exercise"),
    [
        ("03_sigmoid_neuron", "neuron_backward"),
        ("03_sigmoid_neuron", "tanh_neuron_step"),
        ("04_matmul", "unbroadcast"),
    ],
)
def test_writing_into_an_input_is_remarked_on(
    reports: Reports, assignment: str, exercise: str
) -> None:
    results = {result.exercise: result for result in reports["h09", assignment].exercises}
    assert any("in place" in finding.message for finding in results[exercise].findings)
