"""One class, eight weeks, four ways of grading in any order: one gradebook, table, pages and exports."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import answer_source, read_source
from autograder.nbgrader_course.gradebook import url_of
from autograder.student.checks import assignments

# Of every run of the tests, test_course_walk.py walks through one week.
pytestmark = pytest.mark.long
TERMS = [pytest.param((0, 4), id="two weeks"), pytest.param(range(8), id="eight weeks")]
STUDENTS = ("ada", "bob", "cy")
# Dee hands in nothing.
ROSTER = (
    "id,first_name,last_name,lms_user_id\nada,Ada,Ng,1\nbob,Bo,Lee,2\ncy,Cy,Kim,3\ndee,Dee,Orr,4\n"
)
# Handed in: in time, a day late, two days late with an extension of one.
TIMES = {"ada": "2026-02-01 10:00:00", "bob": "2026-02-02 10:00:00", "cy": "2026-02-03 10:00:00"}
DUE = "2026-02-01T23:59:00Z"


def course_settings(names):
    """The due times of a term, what a late day costs, and one student's extensions."""
    due = [f"{name} = {DUE}" for name in names]
    later = [f"{name} = 2026-02-02T23:59:00Z" for name in names]
    return "\n".join(["[due]", *due, "[late]\npercent = 10\n[extensions.cy]", *later])


# Runs a plan of (assignment, way) in the course of the folder that it is in, in one process.
DRIVER = """
import contextlib, io, json, sys
from nbgrader.apps import AutogradeApp, NbGraderAPI, NbGraderApp
from autograder.cli import app

def kit(*words):
    with contextlib.redirect_stdout(io.StringIO()):
        assert not app(list(words), standalone_mode=False), words

def autograde(name):
    AutogradeApp.clear_instance()
    nbgraders = AutogradeApp.instance(log_level="ERROR")
    nbgraders.initialize([name, "--force"])
    nbgraders.start()

def button(name):
    NbGraderApp.clear_instance()
    own = NbGraderApp(log_level="ERROR")
    own.initialize([])
    for student in ("ada", "bob", "cy"):
        done = NbGraderAPI(config=own.config).autograde(name, student, force=True)
        assert done["success"], done

WAYS = {
    "zip": lambda name: kit("grade", f"../downloads/{name}.zip"),
    "submitted": lambda name: kit("grade", "submitted"),
    "autograde": autograde,
    "button": button,
}
for name, way in json.loads(sys.argv[1]):
    import shutil
    if way != "zip":
        shutil.copytree(f"../downloads/{name}", "submitted", dirs_exist_ok=True)
    WAYS[way](name)
kit("report")
"""


def handed_in(week, student):
    """A light notebook: the first exercise answered, or two of them, or none."""
    source = read_source(HERE.source(week.name), week)
    answered = {"ada": 2, "bob": 1, "cy": 0}[student]
    done = [exercise.name for exercise in week.exercises[:answered]]
    if not done:
        return notebook_text(stub_notebook(source, week))
    others = {e.name for e in week.exercises if e.name not in done}
    others |= {question.id for question in week.written}
    assert all(answer_source(source, name) for name in done)
    return notebook_text(filled_notebook(source, week, untouched=others))


@pytest.fixture(scope="module", params=TERMS)
def term(request, tmp_path_factory, copy_course):
    """A course before its first week, and the downloads of all weeks."""
    weeks = [assignments()[number] for number in request.param]
    names = [week.name for week in weeks]
    root = tmp_path_factory.mktemp("weeks")
    folder = copy_course(root / "start")
    (root / "roster.csv").write_text(ROSTER)
    made = subprocess.run(
        [sys.executable, "-m", "autograder", "init", folder, "--students", root / "roster.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    path = folder / "course.toml"
    kept = [x for x in path.read_text().splitlines() if x.startswith(("title", "seed"))]
    path.write_text("\n".join([*kept, course_settings(names)]) + "\n")
    for week in weeks:
        below = root / "downloads" / week.name
        for student in STUDENTS:
            own = below / student / week.name
            own.mkdir(parents=True)
            (own / f"{week.name}.ipynb").write_text(handed_in(week, student))
            (own / "timestamp.txt").write_text(f"{TIMES[student]} UTC\n")
        with zipfile.ZipFile(root / "downloads" / f"{week.name}.zip", "w") as archive:
            for file in sorted(below.rglob("*.*")):
                archive.write(file, f"submitted/{file.relative_to(below)}")
    return root


def names_of(root):
    """The assignments of a term."""
    return sorted(path.stem for path in (root / "downloads").glob("*.zip"))


def run(root, plan):
    """The course after a plan."""
    folder = root / f"course{len(list(root.glob('course*')))}"
    shutil.copytree(root / "start", folder)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(plan)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder


def gradebook(folder):
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        return {
            (name, s.student.id): (s.score, s.max_score, s.late_submission_penalty)
            for name in names_of(folder.parent)
            for s in book.assignment_submissions(name)
        }


def pages(folder):
    """Every page that students and instructors read, without the seconds that grading took."""
    found = sorted((folder / "graded").rglob("*.html"))
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in found}
    return {name: re.sub("Slowest to grade:.*", "", text) for name, text in texts.items()}


def exports(folder, form, *words):
    out = folder.parent / f"{folder.name}-{form}"
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "export", form, "--out", out, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*.[cj]s*")}


@pytest.fixture(scope="module")
def usual(term):
    """The course graded from the downloads, one a week."""
    return run(term, [(name, "zip") for name in names_of(term)])


WAYS = ("zip", "submitted", "autograde", "button")


@pytest.mark.timeout(900)
@given(st.randoms(use_true_random=False))
@settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_any_way_and_any_order_give_one_gradebook_the_same_pages_and_exports(term, usual, draw):
    names = names_of(term)
    order = draw.sample(names, len(names))
    other = run(term, [(name, draw.choice(WAYS)) for name in order])
    assert len(gradebook(usual)) == len(names) * len(STUDENTS)
    assert gradebook(other) == gradebook(usual)
    assert pages(other) == pages(usual)
    assert exports(other, "nbgrader-csv") == exports(usual, "nbgrader-csv")


def test_who_handed_in_nothing_is_in_every_page_and_export_whatever_way_work_came_in(term, usual):
    names = names_of(term)
    by_nbgrader = run(term, [(name, "autograde") for name in names])
    book = gradebook(usual)
    for folder in (usual, by_nbgrader):
        found = pages(folder)
        assert "dee (Dee Orr)" in found["graded/class.html"]
        for name in names:
            assert "nothing was handed in" in found[f"graded/{name}/dee.html"]
        [table] = exports(folder, "nbgrader-csv").values()
        rows = [row for row in csv.DictReader(io.StringIO(table)) if row["student_id"] == "dee"]
        assert [(row["assignment"], row["score"]) for row in rows] == [(n, "0") for n in names]
        assert {float(row["max_score"]) for row in rows} == {most for _, most, _ in book.values()}
        [told] = exports(folder, "json").values()
        reports = json.loads(told)["reports"]
        absent = {r["assignment"] for r in reports if r["identity"]["student"] == "dee"}
        assert absent == set(names)
    assert pages(by_nbgrader) == pages(usual)


def test_the_columns_of_canvas_moodle_and_gradescope_read_back_are_the_gradebook(term, usual):
    name = names_of(term)[1]
    wanted = {
        student: score - (penalty or 0)
        for (week, student), (score, _, penalty) in gradebook(usual).items()
        if week == name
    }
    [points] = {most for (week, _), (_, most, _) in gradebook(usual).items() if week == name}
    (term / "canvas.csv").write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,Week (1)\n    Points Possible,,,,,{points}\n"
        '"Ng, Ada",1,,ada,A,\n"Lee, Bo",2,,bob,A,\n"Kim, Cy",3,,cy,A,\n"Orr, Dee",4,,dee,A,\n'
    )
    (term / "moodle.csv").write_text(
        "Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\n"
        f"Participant 1,Ada Ng,,{points},-\nParticipant 2,Bo Lee,,{points},-\n"
        f"Participant 3,Cy Kim,,{points},-\n"
    )
    [filled] = exports(
        usual, "canvas", "--assignment", name, "--into", "../canvas.csv", "--column", "Week (1)"
    ).values()
    rows = list(csv.DictReader(io.StringIO(filled.removeprefix("\ufeff"))))
    column = next(title for title in rows[0] if title.startswith("Week"))
    assert [r[column] for r in rows if r["SIS Login ID"] == "dee"] == [""]
    assert {r["SIS Login ID"]: float(r[column]) for r in rows if r[column] and r["ID"]} == wanted
    written = exports(usual, "moodle", "--assignment", name, "--into", "../moodle.csv")
    [sheet] = [text for file, text in written.items() if file.endswith(".csv")]
    rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    by_name = {"Ada Ng": "ada", "Bo Lee": "bob", "Cy Kim": "cy"}
    assert {by_name[r["Full name"]]: float(r["Grade"]) for r in rows} == wanted
    found = {}
    for file, text in exports(usual, "gradescope", "--assignment", name).items():
        student = next(s for s in (*STUDENTS, "dee") if re.search(rf"\b{s}\b", file))
        results = json.loads(text)
        # Gradescope adds up the tests, unless a penalty makes the score another one.
        found[student] = results.get("score", sum(each["score"] for each in results["tests"]))
    assert found == {**wanted, "dee": 0}
