"""One truth: whatever way work comes in, gradebook, table, pages and exports say the same."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile

import pytest
from nbgrader.api import Gradebook

from autograder.course.paths import HERE
from autograder.nbgrader_course.gradebook import url_of
from tests.cli.test_readme import commands_of
from tests.cli.test_regrade import NEURON, SOLVED, WRONG
from tests.nbgrader_course.test_autograde import nbgrader

# One term, week after week: the tests go on from where the one before left the course.
pytestmark = pytest.mark.long

FIRST, SECOND = "03_sigmoid_neuron", "04_matmul"
ROSTER = """id,first_name,last_name,email,lms_user_id
ang,Ada,Ng,ang@x.edu,4711
blee,Bo,Lee,blee@x.edu,4712
ckim,Cy,Kim,ckim@x.edu,4713
dorr,Di,Orr,,
"""
SETTINGS = f"""
zone = "America/Los_Angeles"
[due]
{FIRST} = 2026-11-20T23:59:00
[late]
percent = 10
[extensions."ang"]
{FIRST} = 2026-11-24T23:59:00
[submitted."4713"]
{FIRST} = 2026-11-22T09:30:00
"""
SHEET = """Student,ID,SIS User ID,SIS Login ID,Section,HW3 (1)
    Points Possible,,,,,{possible}
"Ng, Ada",4711,,x1,A,
"Lee, Bo",4712,,x2,A,
"Kim, Cy",4713,,x3,A,
"""
GRADED = {(FIRST, "ang"), (FIRST, "blee"), (FIRST, "ckim"), (SECOND, "ang")}
FORMGRADER = """
from nbgrader.apps import NbGraderAPI, NbGraderApp
app = NbGraderApp(log_level="ERROR")
app.initialize([])
for student in ("ang", "blee", "ckim"):
    done = NbGraderAPI(config=app.config).autograde("03_sigmoid_neuron", student, force=True)
    assert done["success"], done
"""


def kit(folder, *words):
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def gradebook(folder, assignment=FIRST):
    with Gradebook(url_of(folder / "gradebook.db")) as book:
        return {
            s.student.id: (s.score, s.late_submission_penalty)
            for s in book.assignment_submissions(assignment)
        }


@pytest.fixture(scope="module")
def term(tmp_path_factory, copy_course):
    """A course whose first week has been graded from Canvas's download."""
    root = tmp_path_factory.mktemp("term")
    folder = copy_course(root / "course")
    (root / "roster.csv").write_text(ROSTER)
    kit(root, "init", folder, "--students", root / "roster.csv")
    settings = folder / "course.toml"
    kept = [x for x in settings.read_text().splitlines() if x.startswith(("title", "seed"))]
    settings.write_text("\n".join(kept) + SETTINGS)
    with zipfile.ZipFile(root / "hw3.zip", "w") as archive:
        archive.writestr("ngada_LATE_4711_9900_work.ipynb", SOLVED)
        archive.writestr("leebo_LATE_4712_9901_work.ipynb", WRONG)
        archive.writestr("kimcy_4713_9902_work.ipynb", SOLVED)
    with zipfile.ZipFile(root / "hw4.zip", "w") as archive:
        archive.writestr("ngada_4711_9910_work.ipynb", HERE.released(SECOND).read_bytes())
    printed = kit(folder, "grade", "../hw3.zip")
    return root, folder, printed


def test_the_table_has_the_roster_s_names_and_who_handed_in_nothing(term):
    *_, printed = term
    for named in ("ang (Ada Ng)", "blee (Bo Lee)", "ckim (Cy Kim)", "dorr (Di Orr)"):
        assert named in printed.stdout
    assert "nothing was handed in" in printed.stdout
    assert "nobody of that name" not in printed.stderr


def test_lateness_is_the_same_by_every_way_of_grading(term):
    _, folder, _ = term
    possible = NEURON.checked
    wanted = {
        "ang": (possible, 0),
        "blee": (11, pytest.approx(possible / 10)),
        "ckim": (possible, pytest.approx(possible / 5)),
    }
    assert gradebook(folder) == wanted
    kit(folder, "grade", "submitted")
    assert gradebook(folder) == wanted
    assert nbgrader(folder, "autograde", FIRST, "--force").returncode == 0
    assert gradebook(folder) == wanted
    pressed = subprocess.run(
        [sys.executable, "-c", FORMGRADER], cwd=folder, capture_output=True, text=True, check=False
    )
    assert pressed.returncode == 0, pressed.stderr
    assert gradebook(folder) == wanted
    kit(folder, "grade", "../hw3.zip")
    assert gradebook(folder) == wanted


def test_a_second_download_adds_to_the_course_and_the_first_is_still_exported(term):
    root, folder, _ = term
    other = kit(folder, "grade", "../hw4.zip", "--json")
    assert {r["assignment"] for r in json.loads(other.stdout)["reports"]} == {SECOND}
    page = (folder / "graded" / "class.html").read_text()
    assert "ang (Ada Ng)" in page
    told = json.loads((folder / "graded" / "report.json").read_text())["reports"]
    rows = {(r["assignment"], r["identity"]["student"]): r["status"] for r in told}
    assert rows == {
        (name, student): "graded" if (name, student) in GRADED else "nothing handed in"
        for name in (FIRST, SECOND)
        for student in ("ang", "blee", "ckim", "dorr")
    }
    assert all(r["graded_at"] for r in told if r["status"] == "graded")
    (root / "Gradebook.csv").write_text(SHEET.format(possible=f"{NEURON.points:g}"))
    kit(
        folder,
        "export",
        "canvas",
        "--assignment",
        FIRST,
        "--column",
        "HW3",
        "--into",
        "../Gradebook.csv",
    )
    filled = (folder / "exported" / "canvas.csv").read_text()
    _, _, *people = csv.reader(io.StringIO(filled, newline=""))
    assert {row[1]: float(row[-1]) for row in people} == {"4711": 12, "4712": 9.8, "4713": 9.6}


def test_one_student_is_graded_again_and_answers_are_compared_without_a_download(term):
    root, folder, _ = term
    before = gradebook(folder)
    (root / "hw3.zip").rename(root / "moved.zip")
    again = kit(folder, "regrade", "--student", "Bo Lee", "--json")
    assert json.loads(again.stdout)["moves"] == []
    assert "all that was graded before, 1 notebook;" in again.stderr
    assert gradebook(folder) == before
    assert "3 students" in kit(folder, "similar").stdout
    nobody = subprocess.run(
        [sys.executable, "-m", "autograder", "regrade", "--student", "zed"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (nobody.returncode, "'zed' is nobody graded here" in nobody.stderr) == (2, True)


def test_next_year_takes_the_settings_and_texts_and_no_people_and_draws_a_new_seed(term):
    root, folder, _ = term
    source = folder / "source" / SECOND / f"{SECOND}.ipynb"
    source.write_text(source.read_text().replace("# ", "# Our own: ", 1))
    kit(root, "init", "next", "--from", folder, "--title", "Next year")
    last, new = (tomllib.loads((f / "course.toml").read_text()) for f in (folder, root / "next"))
    assert new == {
        "title": "Next year",
        "seed": new["seed"],
        "zone": "America/Los_Angeles",
        "due": {},
        "late": last["late"],
    }
    assert new["seed"] != last["seed"]
    assert len(new["seed"]) > 20
    copied = root / "next" / "source" / SECOND / f"{SECOND}.ipynb"
    assert copied.read_bytes() == source.read_bytes()
    with Gradebook(url_of(root / "next" / "gradebook.db")) as book:
        assert book.students == []


PAGE = (HERE.root / "docs" / "change.md").read_text(encoding="utf-8")


def test_every_row_of_the_page_of_changes_leads_to_a_section_with_a_command_or_a_setting():
    links = re.findall(r"^\| .*\| \[[^]]*\]\(#([a-z-]+)\) \|$", PAGE, re.M)
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
    by_link = {title.lower().replace(" ", "-"): text for title, text in sections.items()}
    assert links == list(dict.fromkeys(links))
    assert set(links) == set(by_link)
    assert [link for link in links if "```" not in by_link[link]] == []
    # What builds and releases runs in test_changes; these run below.
    others = [c for c in commands_of(PAGE) if not c.startswith((".venv/bin/autograder ", "rm "))]
    assert set(others) == {
        "autograder init .",
        "autograder report",
        "autograder regrade",
        "autograder regrade --dry-run",
        "autograder regrade --student ang",
        "autograder regrade --exercise matmul_backward",
        "autograder regrade --exercise matmul_backward --dry-run",
        "nbgrader generate_assignment 04_matmul --force",
    }


def test_another_title_and_other_words_by_the_commands_of_the_page(term):
    _, folder, _ = term
    settings = folder / "course.toml"
    before = settings.read_text()
    settings.write_text(re.sub(r"title = .*", 'title = "Named anew"', before, count=1))
    again, words = (
        next(c for c in commands_of(PAGE) if c.startswith(begins))
        for begins in ("autograder report", "nbgrader")
    )
    kit(folder, *shlex.split(again)[1:])
    assert "Named anew" in (folder / "graded" / "class.html").read_text()
    settings.write_text(before)
    source = folder / "source" / SECOND / f"{SECOND}.ipynb"
    text = source.read_text()
    source.write_text(text.replace("Matrix multiply and batches", "Matrizen multiplizieren", 1))
    done = nbgrader(folder, *shlex.split(words)[1:])
    source.write_text(text)
    assert done.returncode == 0, done.stderr
    assert "Matrizen" in (folder / "release" / SECOND / f"{SECOND}.ipynb").read_text()
    made = kit(folder, *shlex.split(next(c for c in commands_of(PAGE) if " init " in c))[1:])
    assert f"source/{SECOND}: left as it is" in made.stdout


def test_a_moved_due_time_reaches_the_weeks_before_by_the_commands_of_the_page(term):
    _, folder, _ = term
    first, second, one, *question = (
        shlex.split(command)[1:] for command in commands_of(PAGE) if " regrade" in command
    )
    settings = folder / "course.toml"
    before, text = gradebook(folder), settings.read_text()
    settings.write_text(text.replace("2026-11-20", "2026-11-23"))
    dry = kit(folder, *first)
    assert "ckim" in dry.stdout
    assert gradebook(folder) == before
    kit(folder, *second)
    assert gradebook(folder)["ckim"] == (12, 0)
    for words in question:
        asked = kit(folder, *words)
        assert "all that was graded before, 1 notebook;" in asked.stderr
        assert "no score changes" in asked.stdout
    assert "ends no later" not in kit(folder, *one).stderr
    settings.write_text(text.replace("2026-11-20", "2026-11-25"))
    note = f'course.toml: extensions."ang".{FIRST} ends no later than the due time'
    assert note in kit(folder, *one).stderr


def test_a_team_and_free_days_reach_gradebook_page_and_export_and_can_be_repeated(term):
    """Bo is a day late with the first week; Di has handed in nothing, and is in Ada's team for the second."""
    _, folder, _ = term
    settings = folder / "course.toml"
    text = settings.read_text()
    team = f'\n[teams.{SECOND}]\nred = ["4711", "Di Orr"]\n'
    settings.write_text(text.replace("percent = 10", "percent = 10\nfree_days = 4") + team)
    try:
        told = kit(folder, "export", "json")
        assert "2 scores differ from the pages" in told.stderr
        kit(folder, "regrade")
        assert gradebook(folder)["blee"] == (11, 0)
        page = (folder / "graded" / FIRST / "blee.html").read_text()
        assert "1 free day spent, 3 left" in page
        assert set(gradebook(folder, SECOND)) == {"ang", "dorr"}
        assert gradebook(folder, SECOND)["dorr"] == gradebook(folder, SECOND)["ang"]
        assert (folder / "submitted" / "dorr" / SECOND / f"{SECOND}.ipynb").is_file()
        for name, student in ((FIRST, "blee"), (FIRST, "ckim"), (SECOND, "dorr")):
            evidence = folder / "graded" / "evidence" / name / f"{student}.json"
            assert "repeated and equal" in kit(folder, "evidence", "verify", evidence).stdout
        kit(folder, "grade", "submitted")
        assert gradebook(folder)["blee"] == (11, 0)
        again = kit(folder, "export", "json")
        assert "not as on the pages" not in again.stderr
    finally:
        settings.write_text(text)
