"""A student's side of CI: visible checks and submit-check, with only the files that students get."""

import json
import os
import shutil
import subprocess

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.cards.wording import Mark
from autograder.student.checks import assignments
from autograder.student.ci.kernel import run_notebook
from autograder.student.ci.submit_check import look
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.timed import LATE
from autograder.student.model.notebooks import SavedCell
from autograder.student.model.results import Outcome

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
NAME = NEURON.name
WRONG = """\
def neuron_backward(dout, cache):
    w, x, f = cache
    ddot = f * (1 - f)
    return [ddot * x[0], ddot * x[1], ddot], [ddot * w[0], ddot * w[1]]
"""


def solved(replace=None, *cells):
    """The solved notebook's text, with more cells at its end."""
    notebook = json.loads(
        notebook_text(
            filled_notebook(read_source(HERE.source(NAME), NEURON), NEURON, replace or {})
        )
    )
    notebook["cells"] += [code(text) for text in cells]
    return json.dumps(notebook, indent=1)


def code(source):
    return {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


@pytest.fixture
def course(tmp_path):
    """A folder as a student unpacks it, with one notebook and the repository out of reach."""
    folder = tmp_path / "repository" / "course"
    shutil.copytree(HERE.release, folder, ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copy(HERE.released(NAME), folder)
    return folder


@pytest.fixture
def student(course, students_python):
    """Run one of the library's commands there, with the given notebook in it."""

    def run(*arguments, notebook="", **more):
        if notebook:
            (course / f"{NAME}.ipynb").write_text(notebook, encoding="utf-8")
        bare = {
            "HOME": str(course.parent),
            "PATH": os.defpath,
            "MPLBACKEND": "agg",
            "MPLCONFIGDIR": str(course.parent),
        }
        command = [students_python, "-m", "autograder.student", *map(str, arguments)]
        return subprocess.run(
            command, cwd=course, env=bare | more, capture_output=True, text=True, timeout=300
        )

    return run


def test_a_solved_notebook_passes_and_is_told_so_to_github(student, course):
    summary = course.parent / "summary.md"
    summary.write_text("what was there before\n")
    done = student("ci", notebook=solved(), GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{NAME}.ipynb: 12 of 12 points" in done.stdout
    assert "::" not in done.stdout
    assert summary.read_text().startswith("what was there before\n## ")
    assert "**12 of 12 points**" in summary.read_text()
    assert "Visible checks only" in summary.read_text()


def test_a_mistake_is_named_on_its_line_and_fails_the_step(student, course):
    summary = course.parent / "summary.md"
    text = solved({"neuron_backward": WRONG})
    done = student(
        "ci", notebook=text, GITHUB_STEP_SUMMARY=str(summary), GITHUB_WORKSPACE=str(course.parent)
    )
    assert done.returncode == 1
    [command] = [line for line in done.stdout.splitlines() if line.startswith("::")]
    line = 1 + [row.strip() for row in text.split("\n")].index(
        '"def neuron_backward(dout, cache):\\n",'
    )
    assert command.startswith(f"::error file=course/{NAME}.ipynb,line={line},")
    assert "upstream gradient" in command
    assert "| ✗ | `neuron_backward` |" in summary.read_text()


def test_a_notebook_that_never_ends_or_kills_its_kernel_is_a_row_and_no_error_of_ours(
    student, course
):
    done = student("ci", notebook=solved(None, "import os\nos._exit(1)"))
    assert done.returncode == 1
    assert "the kernel died while the notebook ran" in done.stdout
    (course / f"{NAME}.ipynb").write_text("{")
    done = student("ci", "--format", "github", "--out", "written")
    assert done.returncode == 1
    assert (
        "::error file=03_sigmoid_neuron.ipynb,line=1,endLine=1,title=not graded::it is not valid JSON"
        in done.stdout
    )
    assert "Not graded" in (course / "written" / "summary.md").read_text()


def test_misuse_and_a_missing_jupyter_have_their_own_exit_codes(student, course):
    assert student("ci", "nowhere.ipynb").returncode == 2
    assert student("submit-check", "README.md").returncode == 2
    assert student("submit-check").returncode == 2
    broken = course / "nbconvert.py"  # what python -m finds first in this folder
    broken.write_text("raise ImportError('no nbconvert here')")
    done = student("ci", notebook=solved())
    assert done.returncode == 3
    assert "no nbconvert here; install requirements.txt with pip" in done.stderr


def test_classroom_formats_are_written_from_the_folder(student, course):
    output = course.parent / "output"
    formats = ("--format", "classroom", "--format", "classroom50", "--out", "written")
    assert student("ci", *formats, notebook=solved(), GITHUB_OUTPUT=str(output)).returncode == 0
    assert len(output.read_text().splitlines()) == len(NEURON.exercises)
    document = json.loads((course / "written" / "result.json").read_text())
    assert (document["score"], document["max-score"]) == (48, 48)  # in quarters of a point


def test_a_solved_notebook_is_ready_and_stays_as_it_is(student, course):
    text = solved({"written_push_towards_the_target": "The two pushes have opposite signs."})
    done = student("submit-check", f"{NAME}.ipynb", notebook=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ready to be handed in." in done.stdout
    assert "it has 12 of 12 points" in done.stdout
    assert (course / f"{NAME}.ipynb").read_text(encoding="utf-8") == text


def test_an_untouched_notebook_is_told_what_is_left(student):
    done = student("submit-check", f"{NAME}.ipynb")
    assert done.returncode == 1
    for exercise in NEURON.exercises:
        assert f"✗ not yet {exercise.name} is not attempted" in done.stdout
    for question in NEURON.written:
        assert f"The written question {question.name} has no answer" in done.stdout
    assert "Not ready" in done.stdout


def by_mark(said):
    return {mark: [sentence.text for sentence in said if sentence.mark is mark] for mark in Mark}


def test_a_show_of_an_exercise_that_is_not_done_is_no_error_of_its_own(tmp_path):
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(
        solved(
            {"relu": "def relu(x, w):\n    raise NotImplementedError()"},
            "relu([1.0, 2.0], [1.0, 1.0, 1.0])",
        )
    )
    said = by_mark(look(path))
    last = len(json.loads(path.read_text())["cells"])
    assert (
        f"Cell {last} stops, because it shows an exercise that is not done yet." in said[Mark.NOTE]
    )
    assert said[Mark.NOT_YET][0] == "relu is not attempted: 0 of 1 point."
    assert not [text for text in said[Mark.PASSED] if "top to bottom" in text]


def test_what_would_stop_or_wait_is_told_with_its_cell(tmp_path):
    path = tmp_path / "mine.ipynb"
    tree = json.loads(solved(None, "input('?')", "1 / 0", "::error::"))
    tree["cells"] = [c for c in tree["cells"] if c["id"] not in ("relu", "check_relu")]
    next(c for c in tree["cells"] if c["id"] == "provided_setup")["source"].append("\nmine = 1")
    path.write_text(json.dumps(tree))
    said = by_mark(look(path))
    last = len(tree["cells"])
    assert (
        f"Cell {last - 2} stops: input() waits for somebody to type, and nobody does; write the value into the code."
        in (said[Mark.NOT_YET])
    )
    assert f"Cell {last - 1} stops: ZeroDivisionError: division by zero" in said[Mark.NOT_YET]
    assert "relu is missing: 0 of 1 point." in said[Mark.NOT_YET]
    assert any("The cells of relu are gone" in note for note in said[Mark.NOTE])
    assert any("(provided_setup) was changed" in note for note in said[Mark.NOTE])
    assert any("Its name is mine.ipynb" in note for note in said[Mark.NOTE])


def test_a_call_that_sleeps_too_long_is_late_and_nobody_is_said_to_have_interrupted_it(tmp_path):
    sleepy = "import time\ndef relu(x, w):\n    while True:\n        time.sleep(0.1)"
    tree = SHORT | {"cells": [code(sleepy) | {"id": "own"}]}
    run = run_notebook(tree, NEURON, tmp_path, cell_seconds=12)
    [relu] = [result for result in run.results if result.exercise == "relu"]
    assert (relu.outcome, relu.earned) == (Outcome.TIMED_OUT, 0.0)
    line = "in relu, in the line “time.sleep(0.1)”"
    assert (
        relu.findings[0].message
        == f"the checks did not finish within 12 s and were interrupted {line}"
    )


SHORT = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
ENDLESS = "def relu(x, w):\n    while True:\n        pass"
LEAVES = "def sigmoid_grad(f):\n    raise SystemExit"


@pytest.mark.long
def test_what_never_ends_costs_itself_alone(tmp_path):
    """A cell, and a function that only the checks call.  The seconds are many enough for a busy machine's imports."""
    tree = SHORT | {
        "cells": [
            code("while True:\n    pass"),
            code(ENDLESS),
            code("def sigmoid(x):\n    return x"),
            code(LEAVES),
        ]
    }
    for number, cell in enumerate(tree["cells"]):
        cell["id"] = f"own-{number}"
    run = run_notebook(tree, NEURON, tmp_path, cell_seconds=12)
    assert run.errors == ((0, "KeyboardInterrupt", ""),)
    outcomes = {result.exercise: result.outcome for result in run.results}
    assert outcomes["relu"] is Outcome.TIMED_OUT
    assert outcomes["sigmoid"] is Outcome.FAILED
    assert outcomes["sigmoid_grad"] is Outcome.ERRORED
    assert outcomes["neuron_forward"] is Outcome.MISSING
    [relu] = [result for result in run.results if result.exercise == "relu"]
    # On a busy machine the cell's seconds on the clock are over before the call's CPU time.
    late = (LATE, "the checks did not finish within 12 s")
    assert relu.earned == 0.0
    assert relu.findings[0].message.startswith(late)


def test_a_notebook_that_never_ends_is_ended(tmp_path):
    run = run_notebook(
        SHORT | {"cells": [code("while True:\n    pass")]}, NEURON, tmp_path, notebook_seconds=3
    )
    assert run.stopped == "the notebook did not finish within 3 s"


@pytest.mark.parametrize("assignment", assignments(), ids=lambda a: a.name)
def test_an_untouched_stub_earns_nothing_from_visible_checks(assignment):
    namespace = {}
    for cell in json.loads(HERE.notebook(assignment.name).read_text(encoding="utf-8"))["cells"]:
        mine = cell["cell_type"] == "code" and not cell["id"].startswith("check_")
        if mine and "demo" not in cell["metadata"].get("tags", []):
            exec("".join(line for line in cell["source"] if not line.startswith("%")), namespace)
    for exercise in assignment.exercises:
        result = judge_exercise(LocalStudent(namespace), exercise, exercise.checks).result
        assert (result.outcome, result.earned) == (Outcome.UNATTEMPTED, 0.0), exercise.name


def test_a_cell_without_marks_of_nbgrader_is_neither_signed_nor_changed():
    assert SavedCell(1, "code", "own", "x = 1", {}, frozenset()).signed is None
