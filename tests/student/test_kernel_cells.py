"""A notebook's check sees what the grader sees: time, covered names, cells that did not run."""

import json
import re
import time
from html import unescape
from types import SimpleNamespace

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.student import kernel_cells
from autograder.student.judging import timed
from autograder.student.judging.timed import BY_HAND, TimedStudent
from autograder.student.model.exercises import Probe, Stop

CHECK = "check('sigmoid_grad')"
OLDER = "def sigmoid_grad(f):\n    return f\n"
RIGHT = "def sigmoid_grad(f):\n    return (1 - f) * f\n"


def cards(*cells):
    """The cards that the check cells of a notebook show in a real kernel."""
    notebook = new_notebook(
        cells=[new_code_cell(text) for text in ("from autograder.student import check", *cells)]
    )
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, allow_errors=True)
    return [
        unescape(re.sub("<[^>]+>", " ", output.data["text/html"]))
        for cell in client.execute().cells
        for output in cell.outputs
        if cell.source == CHECK and "text/html" in output.get("data", {})
    ]


def test_a_cell_that_stopped_is_named_with_its_error_and_the_version_that_was_checked():
    broken, missing, right = cards(
        OLDER, "def sigmoid_grad(f):\n    return (1 - f * f\n", CHECK,
        "del sigmoid_grad", CHECK,
        "%matplotlib inline\n" + RIGHT + "\nsigmoid_grad()", CHECK,
    )  # fmt: skip
    older = "The cell of sigmoid_grad stopped with SyntaxError when it last ran"
    assert f"{older}; this is the older version." in broken
    assert f"{older}." in missing
    assert "when it last ran" not in right


def test_a_builtin_that_a_cell_covers_is_named_with_its_cell():
    [card] = cards(
        "max = 3.0", "def sigmoid_grad(f):\n    return max(f, f) * (1 - f)\n", "x = 1", CHECK
    )
    assert (
        "max is no longer Python's own since cell [2], but a value of type float: "
        "give that another name there, then run del max."
    ) in card


def test_a_kernel_that_runs_cells_for_weeks_keeps_the_last_ones_only(monkeypatch):
    monkeypatch.setattr(kernel_cells, "kernel_shell", lambda: SimpleNamespace(transform_cell=str))
    monkeypatch.setattr(kernel_cells, "RUNS", kernel_cells.RUNS.copy())
    for number in range(kernel_cells.MOST_RUNS + 10):
        cell = SimpleNamespace(raw_cell=f"x = {number}")
        kernel_cells._remember(
            SimpleNamespace(
                info=cell, execution_count=number, error_before_exec=None, error_in_exec=None
            )
        )
    numbers = [ran.number for ran in kernel_cells.RUNS]
    assert numbers == list(range(10, kernel_cells.MOST_RUNS + 10))


def test_a_builtin_that_the_answer_does_not_use_is_nobodys_matter():
    [card] = cards("list = [1]", RIGHT, CHECK)
    assert "Python's own" not in card


def test_a_cell_that_was_changed_and_not_run_is_named(tmp_path):
    file = tmp_path / "03.ipynb"
    tree = new_notebook(cells=[new_code_cell("import numpy"), new_code_cell(RIGHT)])
    save = (
        f"import os\nos.environ['JPY_SESSION_NAME'] = {str(file)!r}\n"
        f"text = {json.dumps(tree)!r}\nopen({str(file)!r}, 'w').write(text)\n"
    )
    before, after, again = cards(save, OLDER, CHECK, save, CHECK, RIGHT, CHECK)
    said = "The cell of sigmoid_grad was changed and not run: run it, then this one."
    assert [said in card for card in (before, after, again)] == [False, True, False]


@pytest.mark.parametrize(
    "body", ["while True: pass", "while True:\n  try: 1\n  except Exception: 2"]
)
def test_a_call_that_takes_too_long_is_interrupted_as_at_grading(monkeypatch, body):
    monkeypatch.setattr(timed, "CALL_SECONDS", 0.2)
    namespace: dict[str, object] = {}
    exec(f"def f(x):\n {body}", namespace)
    began = time.process_time()
    answers = TimedStudent(namespace, BY_HAND).answers(Probe("f(x)", ("y",)), [{"x": 1}, {"x": 2}])
    assert [answer.failure.stop for answer in answers] == [Stop.TIMED_OUT] * 2
    assert time.process_time() - began < 5


def test_a_person_can_still_interrupt_a_check():
    def f():
        raise KeyboardInterrupt

    [answer] = TimedStudent({"f": f}, BY_HAND).answers(Probe("f()", ("y",)), [{}])
    assert (answer.failure.message, answer.failure.function) == (BY_HAND, "f")
