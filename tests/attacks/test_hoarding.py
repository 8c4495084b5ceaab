"""A submission hoards every input and tells it in every way that it has: no hidden input comes out in any format."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.cli.app import app
from autograder.course.csv_file import read_sheet
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue, load_course
from autograder.grading import run
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.grade import Grader
from autograder.outputs import export
from autograder.outputs.gradebooks.moodle import fill_worksheet
from autograder.outputs.gradescope import write_results
from autograder.outputs.junit import write_junit
from autograder.outputs.pages import page_meta, student_page
from autograder.outputs.terminal import print_reports
from autograder.platforms.ci import WRITERS
from autograder.reports.report_json import read_json, write_json
from autograder.student.ci.cells import find_places
from autograder.student.ci.platforms import Handed, Job, summary_text
from autograder.student.model.results import Report
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
    "a line": "exec(compile('\\n' * (number() % 100_003) + 'raise ValueError()', '<ipython-input-1>', 'exec'))",
    "a shape": "return np.zeros((number() % 100_003, 0))",
    "an input": "[x.fill(number()) for x in given if isinstance(x, np.ndarray)]; return numbers()",
}
HOARDER = """\
import warnings
HOARD = globals().setdefault("HOARD", [])
def number():
    return int(abs(numbers()[-1]) * 1e6)
def numbers():
    return np.array(HOARD[-200:] or [0.5])
def within(value):
    if isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from within(each)
    elif isinstance(value, (float, int, np.number, np.ndarray)):
        yield from np.ravel(np.asarray(value, float))
def said():
    return " ".join(f"{x:.17g}" for x in numbers()[::-1])[:400]
def word():
    return "f" + said().replace(" ", "_").replace(".", "_").replace("-", "_")[:200]
def NAME(*given, **named):
    HOARD.extend(within(given))
    ACT
"""


@cache
def key() -> AnswerKey:
    return make_key(*catalogue()["04_matmul"], "hoard", HERE)


def digits(key: AnswerKey, length: int, *, hidden: bool) -> set[str]:
    """The first digits of every number that checks of one kind put in."""
    checks = [check for own in key.checks.values() for check in own if check.hidden is hidden]
    cases = [case for check in checks for case in check.cases]
    numbers = [x for case in cases for value in case.inputs.values() for x in within(value)]
    return first_digits((f"{x:.17g}" for x in numbers), length)


def within(value: object) -> Iterator[float]:
    """The numbers of an input."""
    if isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from within(each)
    elif isinstance(value, (float, int, np.number, np.ndarray)):
        yield from (float(x) for x in np.ravel(np.asarray(value, dtype=np.float64)))


def first_digits(numbers: Iterable[str], length: int) -> set[str]:
    """The first digits of each number that has enough of them; fewer may agree by chance."""
    digits = {re.sub(r"[-.]", "", number).lstrip("0")[:length] for number in numbers}
    return {text for text in digits if len(text) == length}


def hoarding(name: str, way: str) -> str:
    """A cell that hoards what the function of an exercise is given, and tells it."""
    return HOARDER.replace("NAME", name).replace("ACT", WAYS[way])


@pytest.mark.parametrize("way", WAYS)
def test_no_hidden_input_comes_out_in_any_format(sandbox, way):
    names = [exercise.name for exercise in key().assignment.exercises]
    answers = {name: hoarding(name, way) for name in names}
    text = notebook_text(filled_notebook(key().source, key().assignment, answers))
    grader = Grader({"04_matmul": key()}, sandbox, "0")
    report = grader.grade(Submission("student", "04_matmul.ipynb", 0.0, text.encode))
    out = io.StringIO()
    write_json([report], out)
    print_reports([report], out)
    pages = student_page(report, page_meta(Course("course")))
    said = "\n".join(
        [out.getvalue(), pages, write_results(report).decode(), write_junit([report]).decode()]
    )
    secret = digits(key(), 8, hidden=True) - digits(key(), 8, hidden=False)
    assert len(secret) > 100
    assert not secret & first_digits(re.findall(r"\d[\d.]*", said.replace("_", ".")), 8)
    hidden = [f for r in report.exercises for f in r.findings if f.hidden]
    assert not [f for f in hidden if f.got or f.expected or f.tried]
    lines = [int(line) for f in hidden for line in re.findall(r"line (\d+)", f.message)]
    assert max(lines, default=0) <= max(text.count("\n") + 1 for text in answers.values())


# How many students hand in all notebooks, each with another way of telling in an exercise.
HOARDERS = 2
# Numbers with so many digits do not agree by chance with times and sizes in thousands of files.
LONG = 10


@pytest.fixture(scope="module")
def hoarded(copy_course, tmp_path_factory) -> tuple[Path, dict[str, AnswerKey], str]:
    """A course whose students hoard in every exercise of every notebook, graded; its keys, and what was printed."""
    folder = copy_course(tmp_path_factory.mktemp("hoarded") / "course")
    seed = load_course(folder / "course.toml").seed
    keys = {name: make_key(*catalogue()[name], seed, HERE) for name in catalogue()}
    ways, count = list(WAYS), 0
    for name, key in keys.items():
        for student in range(HOARDERS):
            answers = {}
            for exercise in key.assignment.exercises:
                answers[exercise.name] = hoarding(exercise.name, ways[count % len(ways)])
                count += 1
            path = folder / "submitted" / f"student{student}" / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(notebook_text(filled_notebook(key.source, key.assignment, answers)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            run, "REPAIR_SECONDS", 0.05
        )  # the search for repairs is made, and ends soon
        patched.chdir(folder)
        ran = CliRunner().invoke(app, ["grade", "submitted", "--course", "course.toml"])
    assert ran.exit_code in (0, 1), ran.output
    return folder, keys, ran.output


def written(folder: Path, reports: list[Report], into: Path) -> str:
    """Every format of `export` and of `ci`, in files of a folder; what a log would show."""
    meta = page_meta(Course("course"))
    handed = []
    for number, report in enumerate(reports):
        name = f"{report.identity.student}/{report.assignment}/{report.assignment}.ipynb"
        text = (folder / "submitted" / name).read_text()
        places = find_places(name, text, [result.exercise for result in report.exercises])
        handed.append(Handed(report, name, places))
        row = f"Participant {number},Ada,a@b.example,Submitted for grading,,,Yes,-,-,\n"
        sheet = into / "moodle" / f"{number}.csv"
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text(MOODLE + row)
        owned = replace(report.identity, ids={"moodle participant": str(number)})
        filled = fill_worksheet(
            read_sheet(sheet),
            [replace(report, identity=owned)],
            lambda each: student_page(each, meta),
        )
        for file, data in filled.files.items():
            path = into / "moodle" / str(number) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for form, write in export.WRITERS.items():
        for file, data in write(reports).items():
            path = into / "export" / form / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for form, tell in WRITERS.items():
        out = into / "ci" / form
        out.mkdir(parents=True)
        environment = {n: str(out / n) for n in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        (out / "log").write_text("\n".join(tell(Job(handed, out, environment))))
    return "\n".join(summary_text(each) for each in handed)


MOODLE = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
)
# Random names and hashes have long rows of digits too.
HEXADECIMAL = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def found_in(text: str) -> set[str]:
    text = HEXADECIMAL.sub("", text).replace("_", ".")
    return first_digits(re.findall(r"\d[\d.]*", text), LONG)


@pytest.mark.long
@pytest.mark.timeout(1800)  # a class of all notebooks, on a busy machine
def test_no_hidden_input_of_any_exercise_is_in_any_file_of_a_graded_course(hoarded, tmp_path):
    folder, keys, printed = hoarded
    reports = list(read_json((folder / "graded" / "report.json").read_text()))
    assert len(reports) == HOARDERS * len(keys)
    assert all(len(r.exercises) == len(keys[r.assignment].assignment.exercises) for r in reports)
    printed += written(folder, reports, tmp_path)
    files = [path for root in (folder, tmp_path) for path in root.rglob("*") if path.is_file()]
    texts = {str(path): path.read_bytes().decode("latin-1") for path in files}
    found = {path: found_in(text) for path, text in {**texts, "printed": printed}.items()}
    for name, key in keys.items():
        public = make_key(*catalogue()[name], "another seed", HERE)  # it draws some numbers too
        known = digits(key, LONG, hidden=False) | digits(public, LONG, hidden=True)
        secret = digits(key, LONG, hidden=True) - known
        assert len(secret) > 100, name
        assert [path for path, those in found.items() if secret & those] == []
        hidden = [
            f for r in reports if r.assignment == name for e in r.exercises for f in e.findings
        ]
        assert not [f for f in hidden if f.hidden and (f.got or f.expected or f.tried)]
    # What was hoarded does come out where it may: of visible checks.
    assert any(digits(key, LONG, hidden=False) & found["printed"] for key in keys.values())
