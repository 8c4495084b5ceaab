"""`report --open`: hidden inputs on students' pages after the deadline, and on no other page."""

import html
import re

import pytest

from autograder.course.settings import load_course
from autograder.grading.run import make_keys
from autograder.student.judging.findings import tried
from tests.cli.test_regrade import NEURON, SOLVED, WRONG
from tests.nbgrader_course.test_source_cells import kit

FUTURE = "2199-01-01T00:00:00Z"


def settings_with(folder, due):
    text = f'seed = "{"long and secret " * 3}"\n[due]\n{NEURON.name} = {due}\n'
    (folder / "course.toml").write_text(text)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A class of two, graded; a page is asked for too early, then after the deadline."""
    folder = tmp_path_factory.mktemp("open")
    for student, text in (("ada", SOLVED), ("bob", WRONG)):
        path = folder / "work" / student / f"{NEURON.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    settings_with(folder, FUTURE)
    graded = kit(folder, "grade", "work")
    early = kit(folder, "report", "--open", NEURON.name)
    settings_with(folder, "2026-01-01T00:00:00Z")
    done = kit(folder, "report", "--open", NEURON.name)
    return folder, graded, early, done


def inputs_of(folder):
    """The first lines of every set of hidden inputs, as they are shown."""
    key = make_keys(load_course(folder / "course.toml"), NEURON.name)[NEURON.name]
    hidden = [c for checks in key.checks.values() for c in checks if c.hidden]
    return {tried(check.probe, case) for check in hidden for case in check.cases}


def test_before_the_deadline_nothing_is_opened(opened):
    *_, early, _ = opened
    assert early.returncode == 2
    assert "is not due yet for everybody; wait until it is" in early.stderr


def test_a_page_shows_inputs_what_the_answer_gave_and_what_was_expected(opened):
    folder, _, _, done = opened
    assert done.returncode == 0, done.stderr
    assert "2 pages with hidden inputs" in done.stdout
    for student in ("ada", "bob"):
        page = (folder / "graded" / "opened" / NEURON.name / f"{student}.html").read_text()
        shown = {html.unescape(text) for text in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S)}
        assert inputs_of(folder) <= shown
        assert ("(not passed)" in page) is (student == "bob")
        got = re.findall(r"Your answer gave</p>\s*<pre[^>]*>(.*?)</pre>", page, re.S)
        expected = re.findall(r"Expected</p>\s*<pre[^>]*>(.*?)</pre>", page, re.S)
        assert len(got) == len(expected) == len(inputs_of(folder))
        assert "inputs that are not shown" not in page


def test_the_seed_is_spent_and_grade_says_so_until_it_is_changed(opened):
    folder, graded, _, done = opened
    words = f"students may know the hidden inputs of {NEURON.name}: the seed is spent"
    assert words in done.stderr and words not in graded.stderr
    again = kit(folder, "grade", "work", "--fresh")
    assert words in again.stderr
    path = folder / "course.toml"
    path.write_text(path.read_text().replace("long and secret", "other and secret"))
    assert words not in kit(folder, "grade", "work", "--fresh").stderr
    settings_with(folder, "2026-01-01T00:00:00Z")


def test_no_other_page_holds_a_hidden_input(opened):
    folder, *_ = opened
    numbers = {n for text in inputs_of(folder) for n in re.findall(r"\d\.\d{5,}", text)}
    assert len(numbers) > 20
    pages = [p for p in (folder / "graded").rglob("*.html") if "opened" not in p.parts]
    assert len(pages) == 3
    for page in (*pages, folder / "graded" / "report.json"):
        text = page.read_text()
        assert not [number for number in numbers if number in text]


def test_an_assignment_that_is_not_there_is_named(opened):
    folder, *_ = opened
    wrong = kit(folder, "report", "--open", "09_x")
    assert wrong.returncode == 2
    assert "--open: there is no assignment '09_x'; there are 01_derivatives" in wrong.stderr
