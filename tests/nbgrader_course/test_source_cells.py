"""source/ of an nbgrader course: texts are free, what the grader cannot follow is refused with the cure."""

import copy
import csv
import json
import os
import re
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.course.source import read_source
from autograder.errors import MisuseError
from autograder.nbgrader_course.gradebook import url_of
from autograder.nbgrader_course.sanitize import read_released
from autograder.nbgrader_course.source_cells import course_notebook, refuse_changes
from autograder.reports.report_json import read_json
from autograder.student.model.results import Outcome
from tests.nbgrader_course.test_autograde import nbgrader

MATMUL = "04_matmul"
PUBLIC = catalogue()[MATMUL][0]
SOURCE = read_source(HERE.source(MATMUL), PUBLIC)
BEGUN = course_notebook(Course(), PUBLIC, HERE)


def changed(change):
    notebook = copy.deepcopy(BEGUN)
    change(notebook, {cell.id: cell for cell in notebook.cells})
    return notebook


def refusal_of(change, tmp_path):
    with pytest.raises(MisuseError) as refused:
        refuse_changes(tmp_path / f"{MATMUL}.ipynb", changed(change), Course(), HERE)
    return str(refused.value).removeprefix(f"{tmp_path / MATMUL}.ipynb: ")


def points_changed(_, cells):
    cells["check_matmul_backward"].metadata.nbgrader.points = 8


def check_removed(notebook, cells):
    notebook.cells.remove(cells["check_dot_test"])


def id_changed(_, cells):
    cells["dot_test"].metadata.nbgrader.grade_id = "my_dot_test"


def ungraded(_, cells):
    cells["check_dot_test"].metadata.nbgrader.grade = False


def own_tests(notebook, cells):
    own = copy.deepcopy(cells["check_dot_test"])
    own.id, own.metadata.nbgrader.grade_id = "more", "more_tests"
    notebook.cells.append(own)


def provided_code(_, cells):
    cells["provided_setup"].source += "\nnp = None"


def other_arguments(_, cells):
    cell = cells["unbroadcast"]
    cell.source = re.sub(r"def unbroadcast\((\w+),", r"def unbroadcast(more, \1,", cell.source)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            points_changed,
            "the cell 'check_matmul_backward' carries 8 points and the course says 4 points; write "
            "04_matmul.matmul_backward = 8 below [points] in course.toml, then run autograder init",
        ),
        (ungraded, "the cell 'check_dot_test' carries no points and the course says 2 points"),
        (
            check_removed,
            "the cell 'check_dot_test' is gone or has another id; give it back, run autograder "
            'init, or write drop = ["dot_test"] below [exercises] in course.toml',
        ),
        (id_changed, "the cell 'dot_test' is gone or has another id; give it back"),
        (own_tests, "the grader does not know the graded cell 'more_tests'; give it back its id"),
        (provided_code, "the code of 'provided_setup' is changed, and the grader runs the kit's"),
        (other_arguments, "'unbroadcast' defines something else, or takes other arguments"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_change_that_the_grader_cannot_follow_is_refused_by_name_with_the_cure(
    tmp_path, change, said
):
    assert refusal_of(change, tmp_path).startswith(said)


@pytest.mark.parametrize("change", [provided_code, other_arguments])
def test_code_of_an_earlier_kit_in_what_was_released_stops_no_grading(tmp_path, change):
    path = tmp_path / f"{MATMUL}.ipynb"
    refuse_changes(path, changed(change), Course(), HERE, code=False)


DOCSTRING = re.compile(r'""".*?"""', re.S)


def translate(notebook):
    """Every text of a notebook in other words: prose, docstrings and comments."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = "Auf Deutsch: " + cell.source
        elif "check_" not in cell.id:
            cell.source = DOCSTRING.sub('"""Auf Deutsch."""', cell.source)
            cell.source = cell.source.replace("# your code", "# Ihr Code")
    return notebook


def test_texts_demos_and_answers_for_a_person_may_be_changed_and_added(tmp_path):
    def change(notebook, cells):
        translate(notebook)
        notebook.cells.remove(cells["demo_boxes"])
        own = copy.deepcopy(cells["unbroadcast"])
        own.metadata.nbgrader.update(grade_id="essay", grade=True, points=3)
        notebook.cells.append(own)

    refuse_changes(tmp_path / f"{MATMUL}.ipynb", changed(change), Course(), HERE)


def test_an_assignment_of_the_instructor_s_own_passes(tmp_path):
    refuse_changes(tmp_path / "essay.ipynb", changed(points_changed), Course(), HERE)


def kit(folder, *words):
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def with_settings(folder, text):
    """Write course.toml anew: its title and seed, and these settings."""
    path = folder / "course.toml"
    kept = [x for x in path.read_text().splitlines() if x.startswith(("title", "seed"))]
    path.write_text("\n".join(kept) + "\n" + text)


CHOICE = f"""
[assignments]
use = ["{MATMUL}"]
[points]
{MATMUL}.matmul_backward = 8
"""


# The rest of the cards' words stays English.
WORDS = 'not_attempted = "Noch nicht begonnen."\npoints = "{} von {} Punkten"\n'


@pytest.fixture(scope="module")
def course(tmp_path_factory, copy_course):
    """A course with a translated notebook and words; course.toml then gives one exercise more points."""
    folder = copy_course(tmp_path_factory.mktemp("choice") / "course")
    path = folder / "source" / MATMUL / f"{MATMUL}.ipynb"
    path.write_text(notebook_text(translate(read_released(path))))
    with_settings(folder, CHOICE)
    (folder / "words.toml").write_text(WORDS)
    made = kit(folder, "init", ".")
    assert made.returncode == 0, made.stderr
    released = read_released(folder / "release" / MATMUL / f"{MATMUL}.ipynb")
    for student, answered in (("ada", True), ("bob", False)):
        notebook = copy.deepcopy(released)
        answers = {cell.id: cell.source for cell in filled_notebook(SOURCE, PUBLIC).cells}
        for cell in notebook.cells if answered else ():
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = answers[cell.id]
        hand_in = folder.parent / "work" / student / f"{MATMUL}.ipynb"
        hand_in.parent.mkdir(parents=True)
        hand_in.write_text(notebook_text(notebook))
    graded = kit(folder, "grade", "../work")
    assert graded.returncode == 0, graded.stderr
    return folder, made.stdout, graded


def test_init_brings_the_course_in_line_with_its_settings_and_keeps_its_texts(course):
    folder, said, _ = course
    assert f"source/{MATMUL}: made" in said and f"release/{MATMUL}: made" in said
    for step in ("source", "release"):
        text = (folder / step / MATMUL / f"{MATMUL}.ipynb").read_text()
        assert "Auf Deutsch" in text
        cells = {c["id"]: c["metadata"].get("nbgrader", {}) for c in json.loads(text)["cells"]}
        assert cells["check_matmul_backward"]["points"] == 8
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        assert book.find_assignment(MATMUL).max_score == 18
    again = kit(folder, "init", ".")
    assert f"source/{MATMUL}: left as it is\nrelease/{MATMUL}: left" in again.stdout


def test_table_gradebook_page_and_export_have_the_course_s_points(course):
    folder, _, graded = course
    assert "18" in graded.stdout
    reports = {
        r.student: r for r in read_json((folder / "graded" / "report.json").read_text(), "r")
    }
    assert (reports["ada"].earned, reports["ada"].possible) == (18, 18)
    assert reports["bob"].earned == 0
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        scores = {s.student.id: s.score for s in book.assignment_submissions(MATMUL)}
    assert scores == {"ada": 18, "bob": 0}
    assert (
        "<dd>18<small>of 18</small>"
        in (folder / "feedback" / "ada" / MATMUL / f"{MATMUL}.html").read_text()
    )
    exported = kit(folder, "export", "nbgrader-csv", "--out", "../exported")
    assert exported.returncode == 0, exported.stderr
    [file] = (folder.parent / "exported").glob("*.csv")
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert {row["student_id"]: (row["score"], row["max_score"]) for row in rows} == {
        "ada": ("18", "18"),
        "bob": ("0", "18"),
    }


def test_an_untouched_stub_of_a_translated_notebook_is_not_attempted(course):
    folder, *_ = course
    reports = {
        r.student: r for r in read_json((folder / "graded" / "report.json").read_text(), "r")
    }
    assert {r.outcome for r in reports["bob"].exercises} == {Outcome.UNATTEMPTED}


def test_cards_pages_and_comments_have_the_course_s_words_and_else_english(course):
    folder, *_ = course
    of_bob = (folder / "feedback" / "bob" / MATMUL / f"{MATMUL}.html").read_text()
    assert "Noch nicht begonnen." in of_bob and "<h2>Exercises</h2>" in of_bob
    cells = (folder / "autograded" / "bob" / MATMUL / f"{MATMUL}.ipynb").read_text()
    assert "0 von 8 Punkten" in cells
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        comment = book.find_comment("matmul_backward", MATMUL, MATMUL, "bob").auto_comment
    assert comment == "0 von 8 Punkten. Noch nicht begonnen."
    code = (
        "from autograder.student.notebook import check; "
        "matmul_backward = lambda dout, cache: None; print(check('matmul_backward').card)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder / "release" / MATMUL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 von 8 Punkten" in ran.stdout and "<b>Hint</b>" in ran.stdout


def test_a_translated_docstring_or_comment_is_not_reported_as_a_change(course):
    folder, *_ = course
    reports = read_json((folder / "graded" / "report.json").read_text(), "r")
    assert [note for report in reports for note in report.notes if "was changed" in note] == []


def test_the_check_in_the_course_s_notebook_gives_its_points(course):
    folder, *_ = course
    code = (
        "import json; from autograder.student.notebook import check; "
        f"cells = json.load(open('{MATMUL}.ipynb'))['cells']; "
        "from autograder.student.checks import find_exercise; "
        "print(find_exercise('matmul_backward')[1].points)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder / "release" / MATMUL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "8.0\n"


def test_nbgraders_own_generate_refuses_and_names_the_cell_and_grade_does_too(course):
    folder, *_ = course
    path = folder / "source" / MATMUL / f"{MATMUL}.ipynb"
    before = path.read_text()
    path.write_text(before.replace('"points": 8.0', '"points": 9.0'))
    refused = nbgrader(folder, "generate_assignment", MATMUL, "--force")
    path.write_text(before)
    assert refused.returncode != 0
    assert f"write {MATMUL}.matmul_backward = 9 below [points]" in refused.stderr
    release = folder / "release" / MATMUL / f"{MATMUL}.ipynb"
    asked = release.read_text() if release.is_file() else ""
    assert asked == "" or '"points": 9.0' not in asked
    kit(folder, "init", ".")
    with_settings(folder, CHOICE.replace("= 8", "= 6"))
    graded = kit(folder, "grade", "../work")
    with_settings(folder, CHOICE)
    assert graded.returncode == 2
    assert "carries 8 points and the course says 6 points" in graded.stderr


@pytest.mark.long
def test_an_exercise_is_dropped_in_the_middle_of_a_term(course):
    """Last, because it changes the course."""
    folder, *_ = course
    with_settings(folder, CHOICE + '[exercises]\ndrop = ["dot_test"]\n')
    made = kit(folder, "init", ".")
    assert made.returncode == 0, made.stderr
    again = kit(folder, "regrade")
    assert again.returncode == 0, again.stderr
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        found = {s.student.id: (s.score, s.max_score) for s in book.assignment_submissions(MATMUL)}
    assert found == {"ada": (16, 16), "bob": (0, 16)}
    by_nbgrader = nbgrader(folder, "autograde", MATMUL, "--force")
    assert by_nbgrader.returncode == 0, by_nbgrader.stderr
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        found = {s.student.id: (s.score, s.max_score) for s in book.assignment_submissions(MATMUL)}
    assert found == {"ada": (16, 16), "bob": (0, 16)}


def test_the_stub_of_the_kit_is_the_course_s_without_its_answers():
    stubs = {cell.id: cell.metadata.get("nbgrader") for cell in stub_notebook(SOURCE, PUBLIC).cells}
    assert {cell.id: cell.metadata.get("nbgrader") for cell in BEGUN.cells} == stubs
