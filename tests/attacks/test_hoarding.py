"""A submission hoards every input and tells it in every way that it has: no hidden input comes out in any format."""

import io
import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader
from autograder.outputs.gradescope import write_results
from autograder.outputs.junit import write_junit
from autograder.outputs.pages import page_meta, student_page
from autograder.outputs.terminal import print_reports
from autograder.reports.report_json import write_json
from autograder.submissions.ingest import Submission

# Each tells what was hoarded: as one number, or as a text that holds all of it.
WAYS = {
    "a message": "raise ValueError(said())",
    "a type": "raise type(said(), (Exception,), {})()",
    "a function": "exec(f'def {word()}(): raise ValueError()\\n{word()}()', {})",
    "a warning": "warnings.warn(said())",
    "print": "print(said())",
    "a value": "return said()",
    "keys": "return {said(): 1}",
    "a type's name": "return type(said(), (), {})()",
    "numbers": "return numbers()",
    "a length": "return [0] * (number() % 100_003)",
    "a line": "exec(compile('\\n' * number() + 'raise ValueError()', '<ipython-input-1>', 'exec'))",
    "a shape": "return np.zeros((number() % 100_003, 0))",
    "an input": "[x.fill(number()) for x in given if isinstance(x, np.ndarray)]; return numbers()",
}
HOARDER = """\
import warnings
HOARD = globals().setdefault("HOARD", [])
def number():
    return int(abs(numbers()[-1]) * 1e6)
def numbers():
    arrays = [x for given in HOARD for x in given if isinstance(x, np.ndarray)]
    return np.concatenate([np.ravel(np.asarray(x, float)) for x in arrays] or [[0.5]])
def said():
    return " ".join(f"{x:.17g}" for x in numbers()[::-1])[:400]
def word():
    return "f" + said().replace(" ", "_").replace(".", "_").replace("-", "_")[:200]
def NAME(*given, **named):
    HOARD.append(given)
    ACT
"""


@cache
def key() -> AnswerKey:
    return make_key(*catalogue()["04_matmul"], "hoard", HERE)


def digits(*, hidden: bool) -> set[str]:
    """The first digits of every number that checks of one kind put in."""
    checks = [check for own in key().checks.values() for check in own if check.hidden is hidden]
    arrays = [
        value
        for check in checks
        for case in check.cases
        for value in case.inputs.values()
        if isinstance(value, np.ndarray)
    ]
    numbers = [float(x) for array in arrays for x in np.ravel(np.asarray(array, dtype=np.float64))]
    return first_digits(f"{x:.17g}" for x in numbers)


def first_digits(numbers: Iterable[str]) -> set[str]:
    """The first eight digits of each number that has so many; fewer may agree by chance."""
    digits = {re.sub(r"[-.]", "", number).lstrip("0")[:8] for number in numbers}
    return {text for text in digits if len(text) == 8}


@pytest.mark.parametrize("way", WAYS)
def test_no_hidden_input_comes_out_in_any_format(sandbox, way):
    names = [exercise.name for exercise in key().assignment.exercises]
    answers = {name: HOARDER.replace("NAME", name).replace("ACT", WAYS[way]) for name in names}
    text = notebook_text(filled_notebook(key().source, key().assignment, answers))
    grader = Grader({"04_matmul": key()}, sandbox, "0")
    report = grader.grade(Submission("student", "04_matmul.ipynb", 0.0, text.encode))
    out = io.StringIO()
    write_json([report], out)
    print_reports([report], out)
    pages = student_page(report, page_meta("course", [key().assignment]))
    said = "\n".join(
        [out.getvalue(), pages, write_results(report).decode(), write_junit([report]).decode()]
    )
    secret = digits(hidden=True) - digits(hidden=False)
    assert len(secret) > 100
    assert not secret & first_digits(re.findall(r"\d[\d.]*", said.replace("_", ".")))
    hidden = [f for r in report.exercises for f in r.findings if f.hidden]
    assert not [f for f in hidden if f.got or f.expected or f.tried]
    lines = [int(line) for f in hidden for line in re.findall(r"line (\d+)", f.message)]
    assert max(lines, default=0) <= max(text.count("\n") + 1 for text in answers.values())
