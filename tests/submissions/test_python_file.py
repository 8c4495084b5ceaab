"""Python files as submissions: every function exercise, as functions or as methods, and nothing of them blocks."""

import ast
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.grading.run import find_work, make_keys, start_grader
from autograder.student.checks import assignments
from autograder.student.model.results import Outcome, Status
from autograder.submissions.find import find_all
from autograder.submissions.ingest import Submission, UnreadableError, read_script
from autograder.submissions.python_file import (
    MAIN_SKIPPED,
    MAX_SCRIPT,
    REPLACED,
    NotPythonError,
    Statement,
    cells_of,
    mentions,
)
from tests.classes import grade_below

NAMES = frozenset({"sigmoid", "relu", "Dual"})
FUNCTIONS = """\
import numpy as np
import cv2
import matplotlib.pyplot as plt


def sigmoid(x):
    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))


def sigmoid_grad(f):
    return f * (1 - f


plt.imshow(np.eye(2))
plt.show()
cv2.imshow("window", np.eye(2))
cv2.waitKey(0)
answer = input("?")
if __name__ == "__main__":
    while True:
        pass
"""
METHODS = """\
import numpy as np


class Assignment5:
    def __init__(self):
        self.half = 0.5

    def sigmoid(self, x):
        return self.half * (1 + np.tanh(np.asarray(x) / 2))

    @staticmethod
    def sigmoid_grad(f):
        return f * (1 - np.asarray(f))

    def neuron_forward(self, w, x):
        f = self.sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
        return f, (w, x, f)

    def neuron_backward(self, dout, cache):
        raise ValueError("on line 20")


if "__main__" == __name__:
    Assignment5().neuron_backward(1, None)
"""


def graded(folder, text, name="ada.py"):
    (folder / name).write_text(text, encoding="utf-8")
    [report] = grade_below([folder], Course(), 1).reports
    return report, {result.exercise: result for result in report.exercises}


def test_functions_in_a_file_score_and_nothing_in_it_blocks(tmp_path):
    report, results = graded(tmp_path, FUNCTIONS.replace("(1 - f\n", "(1 - f)\n"))
    assert (report.student, report.assignment, report.status) == (
        "ada",
        "03_sigmoid_neuron",
        Status.GRADED,
    )
    assert results["sigmoid"].outcome is Outcome.PASSED
    assert results["sigmoid_grad"].outcome is Outcome.PASSED
    assert results["relu"].outcome is Outcome.MISSING
    assert MAIN_SKIPPED in report.notes
    assert any("cv2" in note for note in report.notes)


def test_methods_of_a_class_score_and_lines_are_those_of_the_file(tmp_path):
    _, results = graded(tmp_path, METHODS, "assignment5.py")
    passed = [name for name, result in results.items() if result.outcome is Outcome.PASSED]
    assert passed == ["sigmoid", "sigmoid_grad", "neuron_forward"]
    assert any("line 20" in finding.message for finding in results["neuron_backward"].findings)


def test_the_reference_as_a_file_earns_what_the_notebook_earns(tmp_path):
    report, _ = graded(tmp_path, HERE.source("04_matmul").read_text(encoding="utf-8"))
    assert (report.assignment, report.earned) == ("04_matmul", 14.0)


def test_a_file_that_is_no_python_is_a_row_that_says_where(tmp_path):
    report, _ = graded(tmp_path, FUNCTIONS)
    assert report.status is Status.UNREADABLE
    assert "ada.py: it is not valid Python (line " in report.reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_file_that_python_cannot_run_for_its_encoding_is_a_row_that_says_so(tmp_path, encoding):
    cure = f"it is text in {encoding[:6].upper()}, which Python cannot run; save it as UTF-8"
    (tmp_path / "ada.py").write_bytes(METHODS.encode(encoding))
    [report] = grade_below([tmp_path], Course(), 1).reports
    assert report.status is Status.UNREADABLE
    assert report.reason == f"ada.py: nothing that can be graded: ada.py: {cure}"
    for student in ("ada", "bob"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "03.py").write_bytes(METHODS.encode(encoding))
    for report in grade_below([tmp_path / "class"], Course(), 1).reports:
        assert report.reason.endswith(f"{report.student}/03.py: {cure}")


def test_characters_that_are_not_utf_8_are_replaced_and_that_is_said(tmp_path):
    text = f"# by Zo\xeb\n{METHODS}"
    (tmp_path / "ada.py").write_bytes(text.encode("latin-1"))
    [report] = grade_below([tmp_path], Course(), 1).reports
    assert REPLACED in report.notes
    (tmp_path / "ada.py").write_text(text.replace("\xeb", "\ufffd"), encoding="utf-8")
    [again] = grade_below([tmp_path], Course(), 1).reports
    assert report.earned == again.earned > 0
    assert REPLACED not in again.notes


def test_other_programs_beside_a_notebook_are_left_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ada/04_matmul.ipynb", "{}")
        archive.writestr("ada/setup.py", "from setuptools import setup\nsetup()\n")
        archive.writestr("bo/work.py", "relu = lambda x, w: (x, w)\n")
    found = find_all([tmp_path / "class.zip"], frozenset(), NAMES)
    assert [s.name for s in found.submissions] == ["ada/04_matmul.ipynb", "bo/work.py"]
    assert found.left_out == (("ada/setup.py", "it is not a notebook, and defines no exercise"),)


def test_a_file_alone_must_define_an_exercise(tmp_path):
    (tmp_path / "other.py").write_text("print(1)")
    with pytest.raises(
        MisuseError, match=r"no notebook .* it is not a notebook, and defines no exercise"
    ):
        find_all([tmp_path / "other.py"], frozenset(), NAMES)


def test_each_statement_is_a_cell_at_its_own_line():
    text = "import os; import sys\n\n@staticmethod\ndef sigmoid(x):\n    return x\nrelu = lambda x: x\n"
    cells, _ = cells_of(text, NAMES)
    assert cells == [
        Statement("", "import os", 0),
        Statement("", "import sys", 0),
        Statement("sigmoid", "@staticmethod\ndef sigmoid(x):\n    return x", 2),
        Statement("relu", "relu = lambda x: x", 5),
    ]


def test_a_function_goes_before_a_method_of_the_same_name():
    text = "def relu(x):\n    return x\nclass Mine:\n    def relu(self): ...\n    def sigmoid(self): ...\n"
    cells, _ = cells_of(text, NAMES)
    assert [cell.exercise for cell in cells] == ["relu", "", "sigmoid"]
    assert cells[-1].text == "sigmoid = Mine().sigmoid"


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("def relu(self, x): ...", "relu = Mine().relu"),
        ("def relu(self): ...", "relu = Mine().relu"),
        ("def relu(x, w): ...", "relu = Mine.relu"),
        ("def relu(): ...", "relu = Mine.relu"),
        ("def relu(x, /, w): ...", "relu = Mine.relu"),
        ("def relu(*args): ...", "relu = Mine().relu"),
        ("@staticmethod\n    def relu(x): ...", "relu = Mine().relu"),
        ("@classmethod\n    def relu(cls, x): ...", "relu = Mine().relu"),
    ],
)
def test_a_method_is_called_as_it_can_be(method, line):
    cells, _ = cells_of(f"class Mine:\n    {method}\n", NAMES)
    assert cells[-1] == Statement("relu", line)


class Methods(ast.NodeTransformer):
    """Turn functions into methods that call each other as methods: the other form of the homework."""

    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        mine = node.id in self.names and isinstance(node.ctx, ast.Load)
        return ast.Attribute(ast.Name("self", ast.Load()), node.id, ast.Load()) if mine else node


def as_methods(text, names):
    """A Python file whose functions for `names` are methods of one class."""
    tree = ast.parse(text)
    methods = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names
    ]
    rest = [node for node in tree.body if node not in methods]
    functions = {node.name for node in methods}  # an exercise may also be a class, which stays one
    for node in methods:
        node.body = [Methods(functions).visit(statement) for statement in node.body]
        node.args.args.insert(0, ast.arg("self"))
    made = ast.ClassDef("Assignment5", [], [], methods, [])
    return ast.unparse(ast.fix_missing_locations(ast.Module([*rest, made], [])))


@pytest.fixture(scope="module")
def grader():
    course = Course()
    with start_grader(make_keys(course), course) as started:
        yield started


@pytest.mark.parametrize("form", ["functions", "methods"])
@pytest.mark.parametrize("assignment", assignments(), ids=lambda a: a.name)
def test_every_exercise_of_every_assignment_can_be_handed_in_as_a_file(grader, assignment, form):
    text = HERE.source(assignment.name).read_text(encoding="utf-8")
    names = {exercise.name for exercise in assignment.exercises}
    text = as_methods(text, names) if form == "methods" else text
    report = grader.grade(Submission("ada", "Assignment5.py", 0.0, text.encode))
    assert (report.assignment, report.reason) == (assignment.name, "")
    assert [e.exercise for e in report.exercises if e.outcome is not Outcome.PASSED] == []


def test_a_class_that_is_the_exercise_is_one_cell():
    cells, _ = cells_of("class Dual:\n    def sigmoid(self): ...\n", NAMES)
    assert [cell.exercise for cell in cells] == ["Dual"]


@pytest.mark.parametrize("data", [b"\x00", b"x = (" * 5000, b"def f(:", "\u0661 = 1".encode()])
def test_bytes_that_are_no_python_are_refused_with_a_reason(data):
    with pytest.raises(UnreadableError, match="it is not valid Python"):
        read_script(data, NAMES)


def test_a_file_too_large_is_refused():
    with pytest.raises(UnreadableError, match="a Python file may have 256 kB"):
        read_script(b"#" * (MAX_SCRIPT + 1), NAMES)


@settings(max_examples=1000)
@given(st.text())
def test_any_text_is_cells_or_no_python(text):
    mentions(text, NAMES)
    try:
        cells, _ = cells_of(text, NAMES)
    except NotPythonError:
        return
    for cell in cells:
        ast.parse(cell.text)


def test_a_file_of_hundreds_of_thousands_of_lines_costs_its_size_and_keeps_its_line_numbers(
    tmp_path,
):
    text = "\n" * 240_000 + "def sigmoid(x):\n    raise ValueError('here')\n" + "x = 1\n" * 1500
    (tmp_path / "03_sigmoid_neuron.py").write_text(text)
    [submission] = find_work([tmp_path]).submissions
    cells = read_script(submission.read(), NAMES).cells
    assert sum(len(cell.text) for cell in cells) < len(text)
    assert (cells[0].line, cells[-1].line) == (240_000, 241_501)


def test_an_error_is_at_its_line_of_the_file(tmp_path):
    text = "import numpy as np\n\n\ndef sigmoid(x):\n    raise ValueError('on line five')\n\n\nx = 1 / 0\n"
    report, results = graded(tmp_path, text, "03_sigmoid_neuron.py")
    assert any("line 5" in finding.message for finding in results["sigmoid"].findings)
    assert any("line 8" in note for note in report.notes)
