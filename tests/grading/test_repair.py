"""A mistake without a name is shown by the one change that makes every check pass."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.schedule import Schedule
from autograder.course.settings import catalogue, load_course
from autograder.course.source import answer_source, read_source
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.grading.repair import MOST, edits_of
from autograder.grading.run import find_work, grade_found
from autograder.nbgrader_course.kept_grader import KeptGrader
from autograder.platforms.ci import grade_student
from autograder.platforms.gradescope_run import HandIn, _grade, find_one
from autograder.platforms.gradescope_upload import Settings
from autograder.student.model.results import Diagnosis, Outcome, Status
from autograder.submissions.ingest import Submission

NAME = "04_matmul"
OVER = Schedule(due={NAME: datetime(2026, 1, 1, tzinfo=UTC)})
OPEN = Schedule(due={NAME: datetime.now(UTC) + timedelta(days=30)})
TOO_MUCH = "something must go"
ANSWER = """\
def affine_backward(dout, cache):
    x, w = cache
    rows = x.reshape(len(x), -1)
    dw = rows.T @ dout
    dx = (dout @ w.T).reshape(x.shape)
    db = dout.sum(axis=0)
    return dx, dw, db
"""


@pytest.fixture(scope="module")
def grader(sandbox):
    key = make_key(*catalogue()[NAME], "autumn")
    return Grader({NAME: key}, sandbox, "0", repair=30.0, schedule=OVER)


def diagnosis(grader, exercise, *edits):
    key = grader.keys[NAME]
    text = answer_source(key.source, exercise)
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    notebook = filled_notebook(key.source, key.assignment, {exercise: text})
    submission = Submission("s", f"{NAME}.ipynb", 0.0, notebook_text(notebook).encode)
    [result] = [r for r in grader.grade(submission).exercises if r.exercise == exercise]
    assert result.earned < result.possible
    return result.diagnosis


SPOILT = ("db = dout.sum(axis=0)", "db = dout.sum(axis=0) + x.mean()")


def test_the_line_and_the_kind_of_the_change_are_told_when_the_work_is_over(grader):
    found = diagnosis(grader, "affine_backward", SPOILT)
    cell = answer_source(grader.keys[NAME].source, "affine_backward")
    # The mark of the solution's beginning is not in a student's notebook.
    line = cell.split("db = ")[0].count("\n") - 1
    assert found == Diagnosis(
        f"one change: {TOO_MUCH}",
        f"One change makes every check pass: line {line + 1}, `{SPOILT[1]}`, has something that must go.",
    )


def test_the_change_is_named_alike_by_grade_ci_nbgrader_and_gradescope(copy_course, tmp_path):
    folder = copy_course(tmp_path / "course")
    settings = folder / "course.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("[due]\n", f"[due]\n{NAME} = 2026-01-01T00:00:00Z\n", 1)
    settings.write_text(text, encoding="utf-8")
    course = load_course(settings)
    source = read_source(HERE.source(NAME), catalogue()[NAME][0])
    spoilt = answer_source(source, "affine_backward").replace(*SPOILT)
    notebook = filled_notebook(source, catalogue()[NAME][0], {"affine_backward": spoilt})
    path = tmp_path / "submission" / f"{NAME}.ipynb"
    path.parent.mkdir()
    path.write_text(notebook_text(notebook), encoding="utf-8")
    hand_in = HandIn((("s", ""),))
    uploaded = find_one(path.parent, NAME, hand_in)
    reports = {
        "grade": grade_found(find_work([path.parent]), course, 1).reports[0],
        "ci": grade_student([path], course, 1, "s")[0].reports[0],
        "nbgrader": KeptGrader().get(folder, NAME).grade(uploaded),
        "gradescope": _grade(tmp_path, Settings(NAME), hand_in, course)[0],
    }
    found = {
        where: [(r.exercise, r.earned, r.diagnosis) for r in report.exercises]
        for where, report in reports.items()
    }
    assert len({str(each) for each in found.values()}) == 1, found
    [named] = [mistake for _, _, mistake in found["grade"] if mistake]
    assert named.name == f"one change: {TOO_MUCH}"
    assert "line" in named.text


@pytest.mark.parametrize("schedule", [OPEN, Schedule()])
def test_the_kind_alone_is_told_while_work_can_be_handed_in(grader, schedule):
    found = diagnosis(replace(grader, schedule=schedule), "affine_backward", SPOILT)
    assert found.text == f"One change makes every check pass: {TOO_MUCH}."


def test_nothing_is_said_where_two_changes_are_needed(grader):
    other = ("dw = rows.T @ dout", "dw = rows.T @ (dout + dout**3) * dout.size")
    assert diagnosis(grader, "affine_backward", SPOILT, other) is None


@pytest.mark.parametrize("step", ["diagnose", "repair"])
def test_an_error_in_the_search_for_a_name_costs_the_name_alone(grader, monkeypatch, capsys, step):
    def fails(*_, **__):
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(f"autograder.grading.grade.{step}", fails)
    key = grader.keys[NAME]
    text = answer_source(key.source, "affine_backward").replace(*SPOILT)
    notebook = filled_notebook(key.source, key.assignment, {"affine_backward": text})
    submission = Submission("s", f"{NAME}.ipynb", 0.0, notebook_text(notebook).encode)
    report = grader.grade(submission)
    assert report.status is Status.GRADED
    spoilt = next(r for r in report.exercises if r.exercise == "affine_backward")
    others = [r for r in report.exercises if r is not spoilt]
    assert all(r.outcome is Outcome.PASSED and r.earned == r.possible for r in others)
    assert (spoilt.outcome, spoilt.diagnosis) == (Outcome.FAILED, None)
    assert 0 < spoilt.earned < spoilt.possible
    told = capsys.readouterr().err
    assert "RecursionError: maximum recursion depth exceeded" in told
    assert "s, affine_backward: the grader failed while it looked for the mistake's name" in told


def test_nothing_is_sought_where_no_time_is_given(grader):
    assert diagnosis(replace(grader, repair=0.0), "affine_backward", SPOILT) is None


@pytest.mark.parametrize("end", ["os._exit(0)", "exec('while True: pass')"])
def test_nothing_is_sought_where_the_answer_ended_its_process_or_ran_too_long(
    grader, monkeypatch, end
):
    monkeypatch.setattr("autograder.grading.grade.repair", lambda *_, **__: pytest.fail("sought"))
    limits = replace(grader.sandbox.limits, call=0.5)
    stopping = ("db = dout.sum(axis=0)", f"import os; {end}\n    db = dout.sum(axis=0)")
    assert diagnosis(replace(grader, limits=limits), "affine_backward", stopping) is None


def test_a_name_of_the_catalogue_goes_before(grader):
    found = diagnosis(grader, "affine_backward", ("dout.sum(axis=0)", "dout.sum(axis=1)"))
    assert found.name == "bias gradient over the outputs"


def test_candidates_come_in_a_fixed_order_each_once_and_are_programs():
    edits = list(edits_of(ANSWER))
    assert edits == list(edits_of(ANSWER))
    assert len({edit.text for edit in edits}) == len(edits) <= MOST
    for edit in edits:
        compile(edit.text, "answer", "exec")
        assert 2 <= edit.line <= 7 or ".copy()" in edit.text or "dtype=float" in edit.text
    assert list(edits_of("def f(:")) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("if n > 3:\n        x = 1", "x = 1"),
        ("return x.mean(axis=1)", "return x.sum(axis=1)"),
        ("return np.exp(x)", "return np.exp(x - np.max(x))"),
        ("return n.T @ x", "return n @ x"),
        ("y = 1\n    n = 2", "n = 2\n    y = 1"),
        ("return x + n", "return x"),
        ("y = n", "y += n"),
        ("return x.sum(axis=1)", "return x.sum(axis=0)"),
        ("return x[1:]", "return x[:-1]"),
        ("return x * 3", "return x * 2"),
        ("return x * 3", "return x * n"),
        ("return x", "x = x.copy()\n    return x"),
        ("return x - n", "return n, x"),
        ("return n < x", "return n <= x"),
        ("return n, x", "return x, n"),
        ("return n * x**n - 1 * x", "return n * x ** (n - 1) * x"),
        ("return 2 * x - n", "return 2 * (x - n)"),
        ("return x / 2 * n", "return x / (2 * n)"),
        ("return np.max(x, n)", "return np.maximum(x, n)"),
        ("return round(x / n)", "return round(x // n)"),
        ("return x", "return -x"),
        ("return x", "return 2 * x"),
        ("y = 5 * x\n    return 5 * y", "y = 4 * x\n    return 4 * y"),
    ],
)
def test_each_kind_of_change_is_tried(wrong, right):
    edits = {edit.text for edit in edits_of(f"def f(x, n):\n    {wrong}\n")}
    found = ast.unparse(ast.parse(f"def f(x, n):\n    {right}")) in edits
    assert found is (wrong != "return x - n")  # never two changes, never an inserted expression


CLASS = """\
class Dual:
    def __mul__(self, other):
        return Dual(self.val * other.val, self.dot * other.dot)

    def sin(self):
        return Dual(math.sin(self.val), math.sin(self.val))
"""


def test_of_a_class_only_the_methods_are_changed_that_are_called_like_what_was_lost():
    lines = {edit.line for edit in edits_of(CLASS, ["sin"])}
    assert lines <= {5, 6} and lines
    everywhere = list(edits_of(CLASS))
    assert {3, 6} <= {edit.line for edit in everywhere}
    assert everywhere == list(edits_of(CLASS, ["sin", "plain"]))


def test_the_search_ships_to_no_student():
    shipped = [path.read_text(encoding="utf-8") for path in HERE.student.rglob("*.py")]
    assert not any("grading.repair" in text or "edits_of" in text for text in shipped)
    assert not list(HERE.release.rglob("repair.py"))
