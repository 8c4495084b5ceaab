"""Written answers: one page with all of them, and a sheet whose ticks reach gradebook, pages and every export."""

import csv
import io
import json
import shutil
import subprocess
import sys

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import load_course
from autograder.errors import MisuseError
from autograder.nbgrader_course.written import enter_ticks, review_notes, write_sheets
from autograder.outputs.pages import PageMeta, page_meta
from tests.attacks.outputs import page_is_active
from tests.cli.test_regrade import NEURON, SOURCE
from tests.nbgrader_course.test_autograde import grades, nbgrader, person_enters
from tests.outputs.test_hostile_pages import RUNNING

QUESTION, CELL = "push_towards_the_target", "written_push_towards_the_target"
RUBRIC = """
[rubrics.push_towards_the_target]
"the factor cancels" = 0.5
"-1 and +1, which way it moves" = 0.75
"claims that the loss is linear" = -0.25
"""
CANCELS, WAY, LINEAR = (
    "the factor cancels",
    "-1 and +1, which way it moves",
    "claims that the loss is linear",
)
LONG = "It cancels, since " + "the slope of the sigmoid stands above and below. " * 60 + "The end."
TICKS = {"ada": ["x", "X", "", "Well put."], "bo": ["0", "", "x", ""], "cy": ["x", "", "", ""]}
ANSWERS = {"ada": LONG, "bo": " ".join(RUNNING), "cy": "It cancels.", "di": "It cancels."}


def kit(folder, *words):
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def put(folder, student, answer):
    replaced = {CELL: answer} if answer else {}
    untouched = () if answer else (CELL,)
    notebook = filled_notebook(SOURCE, NEURON, replaced, untouched=untouched)
    (folder / student).mkdir(parents=True, exist_ok=True)
    (folder / student / f"{NEURON.name}.ipynb").write_text(notebook_text(notebook))


@pytest.fixture(scope="module")
def made(tmp_path_factory, copy_course):
    """A graded course that no test changes, and what `grade` said."""
    folder = copy_course(tmp_path_factory.mktemp("written") / "course")
    settings = folder / "course.toml"
    settings.write_text(settings.read_text() + RUBRIC)
    for student, answer in {**ANSWERS, "eve": ""}.items():
        put(folder.parent / "in", student, answer)
    return folder, kit(folder, "grade", "../in").stderr


@pytest.fixture
def graded(made, tmp_path):
    """A copy of the course that a test may change."""
    shutil.copytree(made[0].parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / made[0].name


@pytest.fixture
def ticked(graded):
    """A copy in which some answers are ticked."""
    write_sheets(graded, page_meta(load_course(graded / "course.toml")))
    tick(graded, **TICKS)
    enter_ticks(graded)
    return graded


def sheet(folder):
    text = (folder / "written" / f"{QUESTION}.csv").read_text()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def tick(folder, **rows):
    """What a person writes: marks at the three items, and a comment."""
    path = folder / "written" / f"{QUESTION}.csv"
    header, *lines = list(csv.reader(io.StringIO(path.read_text(), newline="")))
    for line in lines:
        line[2:] = rows.get(line[0], line[2:])
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])


def test_grade_and_export_say_what_waits_and_it_is_nobody_s_failure(made, graded):
    assert f"{NEURON.name}: 4 written answers wait for a person" in made[1]
    assert "so its column is not final" in kit(graded, "export", "nbgrader-csv").stderr
    reports = json.loads((graded / "graded" / "report.json").read_text())["reports"]
    by_student = {report["identity"]["student"]: report for report in reports}
    assert [e["exercise"] for e in by_student["eve"]["exercises"]][-1] == CELL
    assert all(e["exercise"] != CELL for e in by_student["ada"]["exercises"])


def test_ticks_reach_gradebook_pages_and_exports_and_a_score_in_formgrader_wins(graded):
    folder = graded
    said = kit(folder, "written").stdout
    assert f"written/{QUESTION}.html: 4 answers, 4 wait" in said
    assert [row["student"] for row in sheet(folder)] == ["ada", "bo", "cy", "di"]
    assert sheet(folder)[2]["answer"] == sheet(folder)[3]["answer"] != sheet(folder)[0]["answer"]
    tick(folder, **TICKS)
    exported = kit(folder, "export", "nbgrader-csv")
    assert f"{NEURON.name}: 1 written answer waits" in exported.stderr
    rows = csv.DictReader(io.StringIO((folder / "exported" / "nbgrader.csv").read_text()))
    earned = {row["student_id"]: float(row["score"]) for row in rows}
    assert earned == {
        "ada": NEURON.checked + 1,
        "bo": NEURON.checked,
        "cy": NEURON.checked + 0.5,
        "di": NEURON.checked,
        "eve": NEURON.checked,
    }
    cells, comments, _ = grades(folder, NEURON.name)["ada"]
    assert cells[CELL] == (1.0, None, None, False)
    assert comments[CELL][0].endswith("moves (0.75). Well put.")
    deducted = grades(folder, NEURON.name)["bo"][1][CELL][0]
    assert deducted.startswith(f"Deducted: {LINEAR} (0.25). Not earned: {CANCELS} (0.5), ")
    person_enters(folder, NEURON.name, "cy", CELL, 0.75, "By hand.")
    kit(folder, "grade", "../in")
    found = {student: total for student, (_, _, total) in grades(folder, NEURON.name).items()}
    assert found == {**earned, "cy": NEURON.checked + 0.75}
    page = (folder / "graded" / NEURON.name / "ada.html").read_text()
    assert "Well put." in page
    assert (
        "Well put."
        in (folder / "feedback" / "ada" / NEURON.name / f"{NEURON.name}.html").read_text()
    )
    assert nbgrader(folder, "autograde", NEURON.name, "--force").returncode == 0
    again = {student: total for student, (_, _, total) in grades(folder, NEURON.name).items()}
    assert again == found


def test_the_page_shows_every_answer_whole_and_runs_nothing_that_a_student_wrote(ticked):
    folder = ticked
    kit(folder, "written")
    page = (folder / "written" / f"{QUESTION}.html").read_text()
    assert "The end." in page
    assert "&lt;script&gt;" in page
    assert not page_is_active(page)
    assert "1 of 1 by the sheet" in page


def test_an_answer_that_changes_is_told_until_its_code_is_written_and_new_ones_get_rows(ticked):
    folder = ticked
    put(folder.parent / "in", "ada", "Another one.")
    put(folder.parent / "in", "fay", "Mine.")
    done = kit(folder, "grade", "../in")
    code = next(
        line.rpartition(" ")[2] for line in done.stderr.splitlines() if "answer of ada" in line
    )
    kit(folder, "written")
    assert [row["student"] for row in sheet(folder)] == ["ada", "bo", "cy", "di", "fay"]
    path = folder / "written" / f"{QUESTION}.csv"
    path.write_text(path.read_text().replace(sheet(folder)[0]["answer"], code))
    assert review_notes(folder) == []
    assert grades(folder, NEURON.name)["ada"][0][CELL][0] == 1.0
    tick(folder, ada=["", "", "", ""])
    assert enter_ticks(folder) == {(NEURON.name, "ada")}
    assert grades(folder, NEURON.name)["ada"][0][CELL] == (None, None, None, True)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("\nada,", "\nzed,", "row 2: 'zed' has handed in nothing; leave the row out"),
        ("\nbo,", "\nada,", "row 3: 'ada' occurs twice"),
        (CANCELS, "cancels", "column 'cancels' is not an item of the rubric in course.toml"),
        (",comment", "", "has no column 'comment'; autograder written adds"),
        (
            ",0,",
            ",maybe,",
            "row 3: 'maybe' at 'the factor cancels' is not a tick; write x (earned)",
        ),
    ],
)
def test_what_cannot_be_read_in_a_sheet_is_one_line(ticked, before, after, said):
    folder = ticked
    path = folder / "written" / f"{QUESTION}.csv"
    whole = path.read_text()
    path.write_text(whole.replace(before, after, 1))
    with pytest.raises(MisuseError) as refused:
        enter_ticks(folder)
    assert str(refused.value).startswith(f"written/{QUESTION}.csv: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_rubric_that_grows_gets_its_column_and_keeps_the_ticks(ticked):
    folder = ticked
    settings = folder / "course.toml"
    whole = settings.read_text()
    settings.write_text(whole.replace('"claims', '"names the sign" = 0.25\n"claims'))
    write_sheets(folder, PageMeta())
    [bo] = [row for row in sheet(folder) if row["student"] == "bo"]
    assert (bo["names the sign"], bo[CANCELS], bo[LINEAR]) == ("", "0", "x")


def test_outside_a_course_directory_there_are_no_sheets(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "written"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "this is not a course directory" in done.stderr
