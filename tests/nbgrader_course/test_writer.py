"""The writer of a course directory: the same end whatever interrupts it, and what people entered stays."""

import hashlib
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from conftest import mostly_long
from nbgrader.api import Gradebook
from test_autograde import MATMUL, MLP, grades, key_of, nbgrader, person_enters

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import load_course
from autograder.files import UNFINISHED
from autograder.grading.late import charge
from autograder.nbgrader_course.gradebook import url_of
from autograder.nbgrader_course.manual_grades import with_manual_grades
from autograder.nbgrader_course.writer import TOGETHER, keep_course
from autograder.outputs.pages import PageMeta
from autograder.reports.report_json import write_json
from autograder.student.model.results import Identity, Report, Status
from tests.classes import grade_below

META = PageMeta("Toy")
LATE = """
zone = "UTC"
[due]
04_matmul = 2026-02-01T12:00:00
[extensions.bob]
04_matmul = 2026-02-02T12:00:00
[submitted.ada]
04_matmul = 2026-02-03T11:00:00
[submitted.bob]
04_matmul = 2026-02-03T11:00:00
[late]
per = "day"
percent = 10
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory, copy_course):
    """A class graded by the kit: the course that it belongs to, the settings, what was handed in, and the reports."""
    folder = copy_course(tmp_path_factory.mktemp("writer") / "course")
    handed_in = folder.parent / "handed-in"
    matmul, mlp = key_of(folder, MATMUL), key_of(folder, MLP)
    solved = filled_notebook(matmul.source, matmul.assignment)
    begun = filled_notebook(matmul.source, matmul.assignment, untouched=["dot_test", "unbroadcast"])
    for name, text in {
        f"ada/{MATMUL}.ipynb": notebook_text(solved),
        f"bob/{MATMUL}.ipynb": notebook_text(begun),
        f"ada/{MLP}.ipynb": notebook_text(filled_notebook(mlp.source, mlp.assignment)),
        f"cy/{MATMUL}.ipynb": "{",
        "dee/04_matmul.py": "import numpy as np\n"
        + "".join(c.source for c in solved.cells if c.id == "affine_forward"),
    }.items():
        path = handed_in / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    course = load_course(folder / "course.toml")
    done = grade_below([handed_in], course, 2, protected=[folder])
    return folder, course, done.found.submissions, done.reports


@pytest.fixture
def fresh(tmp_path, copy_course, graded):
    """A course of its own for a test, and how to bring it up to date."""
    folder = copy_course(tmp_path / "course")
    (folder / "course.toml").write_bytes((graded[0] / "course.toml").read_bytes())
    _, course, submissions, reports = graded

    def keep(reports=reports, course=course, submissions=submissions):
        return keep_course(folder, course, submissions, reports, META)

    return folder, keep


def files(folder):
    """Every file that the writer makes, with a hash of its bytes."""
    below = (
        p
        for step in ("submitted", "autograded", "feedback")
        for p in (folder / step).rglob("*")
        if p.is_file()
    )
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in below
    }


def state(folder):
    """All that a person can see of a course directory, without the random ids of the gradebook's rows."""
    return files(folder), grades(folder, MATMUL), grades(folder, MLP)


def test_the_gradebook_has_the_scores_of_the_reports(fresh, graded):
    folder, keep = fresh
    kept = keep()
    assert (kept.written, kept.unchanged, kept.notes) == (5, 0, ())
    *_, reports = graded
    for report in reports:
        cells, _, score = grades(folder, report.assignment)[report.student]
        assert score == pytest.approx(report.earned)
        for result in report.exercises:
            if f"check_{result.exercise}" in cells:
                assert cells[f"check_{result.exercise}"][0] == round(result.earned, 6)


def test_what_was_handed_in_is_kept_as_it_was(fresh, graded):
    folder, keep = fresh
    keep()
    for submission in graded[2]:
        assignment = MLP if MLP in submission.name else MATMUL
        path = folder / "submitted" / submission.student / assignment / assignment
        assert (
            path.with_name(assignment + Path(submission.name).suffix).read_bytes()
            == submission.read()
        )


def test_a_second_run_touches_nothing(fresh):
    folder, keep = fresh
    keep()
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}
    kept = keep()
    assert (kept.written, kept.unchanged) == (0, 5)
    assert {
        p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()
    } == before


def test_stock_autograde_comes_to_the_same(fresh):
    folder, keep = fresh
    keep()
    before = state(folder)
    assert nbgrader(folder, "autograde", MLP, "--force").returncode == 0
    path = f"autograded/ada/{MLP}/{MLP}.ipynb"
    stock, after = (folder / path).read_text(encoding="utf-8"), state(folder)
    assert after[1:] == before[1:]
    keep()
    ours = (folder / path).read_text(encoding="utf-8")
    assert re.sub(r"\s", "", stock) == re.sub(r"\s", "", ours)


# Runs the writer and kills its process, for good, just before the n-th change of a file's name or
# the n-th statement that changes the gradebook.
KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from autograder.nbgrader_course import writer
from autograder.course.settings import load_course
from autograder.submissions.find import find_all
from autograder.reports.report_json import read_json
from autograder.outputs.pages import PageMeta
from autograder.course.settings import catalogue
folder, handed_in, report, what, number, together = sys.argv[1:]
left, writer.TOGETHER = int(number), int(together)
def die(kind):
    global left
    if kind == what:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(lambda event, details: die("file") if event == "os.rename" else None)
@event.listens_for(Engine, "before_cursor_execute")
def statement(connection, cursor, text, *_):
    die("statement" if text.startswith(("INSERT", "UPDATE", "DELETE")) else "")
@event.listens_for(Engine, "commit")
def commit(connection):
    die("commit")
answers = frozenset(e.name for public, _ in catalogue().values() for e in public.exercises)
found = find_all([Path(handed_in)], frozenset(catalogue()), answers)
reports = read_json(Path(report).read_text(encoding="utf-8"))
course = load_course(Path(folder) / "course.toml")
writer.keep_course(Path(folder), course, found.submissions, reports, PageMeta("Toy"))
print("done")
"""


# Holds the course as a writer does until it is told to let go.
HOLD = """
import fcntl, sys
held = open(sys.argv[1], "rb")
fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def writer(graded, folder, what, number, together=TOGETHER):
    report = folder.parent / "report.json"
    write_json(graded[3], report)
    words = [
        sys.executable,
        "-c",
        KILLED,
        folder,
        graded[0].parent / "handed-in",
        report,
        what,
        str(number),
        str(together),
    ]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("file", 1),
        pytest.param("file", 2, marks=pytest.mark.long),
        pytest.param("file", 3, marks=pytest.mark.long),
        ("file", 8),
        ("statement", 1),
        ("statement", 9),
        ("commit", 2),
    ],
)
@pytest.mark.parametrize("together", mostly_long([2], TOGETHER))
def test_killed_at_any_moment_it_ends_where_it_would_have_ended(
    fresh, graded, whole, what, number, together
):
    folder, keep = fresh
    killed = writer(graded, folder, what, number, together)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert state(folder) != whole
    keep()
    assert state(folder) == whole
    assert not list(folder.rglob(f"*{UNFINISHED}"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, copy_course, graded):
    """The end of a run that nothing interrupted, in another process."""
    folder = copy_course(tmp_path_factory.mktemp("whole") / "course")
    (folder / "course.toml").write_bytes((graded[0] / "course.toml").read_bytes())
    ran = writer(graded, folder, "file", 10_000)
    assert ran.stdout == "done\n", ran.stderr
    return state(folder)


def test_two_at_once_wait_for_each_other_and_say_so(fresh, graded, whole):
    folder, _ = fresh
    _, course, submissions, reports = graded
    said = []
    words = [sys.executable, "-c", HOLD, folder / "course.toml"]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"

    def tell(text):
        said.append(text)
        holder.communicate()

    keep_course(folder, course, submissions, reports, META, tell)
    assert len(said) == 1
    assert "waiting for it" in said[0]
    assert state(folder) == whole


def test_what_people_entered_stays_and_is_put_up_for_review_when_the_work_changes(fresh, graded):
    folder, keep = fresh
    keep()
    person_enters(folder, MATMUL, "bob", "check_dot_test", 1.5, "Nearly: <b>see</b> me.")
    before = state(folder)
    keep()
    assert grades(folder, MATMUL)["bob"][0]["check_dot_test"] == (0.0, 1.5, None, False)
    assert state(folder)[1:] == before[1:]
    page = (folder / "feedback" / "bob" / MATMUL / f"{MATMUL}.html").read_text(encoding="utf-8")
    assert "Nearly: &lt;b&gt;see&lt;/b&gt; me." in page
    assert "points given by a person" in page
    *_, submissions, reports = graded
    bobs = next(r for r in reports if (r.student, r.assignment) == ("bob", MATMUL))
    ada = next(s for s in submissions if s.name == f"ada/{MATMUL}.ipynb")
    again = replace(ada, student="bob", name=f"bob/{MATMUL}.ipynb")
    adas = next(r for r in reports if (r.student, r.assignment) == ("ada", MATMUL))
    keep([replace(adas, identity=bobs.identity)], submissions=[again])
    cells, comments, score = grades(folder, MATMUL)["bob"]
    assert cells["check_dot_test"] == (2.0, 1.5, None, True)
    assert comments["dot_test"] == (None, "Nearly: <b>see</b> me.")
    assert score == adas.earned - 0.5


def test_exports_count_what_people_entered(fresh, graded):
    folder, keep = fresh
    keep()
    person_enters(folder, MATMUL, "bob", "check_dot_test", 1.5, None)
    person_enters(folder, MLP, "ada", "check_relu_forward", None, None, extra=0.25)
    counted = {(r.student, r.assignment): r for r in with_manual_grades(folder, graded[3])}
    for report in graded[3]:
        more = {("bob", MATMUL): 1.5, ("ada", MLP): 0.25}.get(
            (report.student, report.assignment), 0.0
        )
        assert counted[report.student, report.assignment].earned == pytest.approx(
            report.earned + more
        )


@pytest.mark.long
def test_lateness_is_the_courses_in_the_gradebook_and_in_stock_commands(fresh, graded):
    folder, keep = fresh
    settings = folder / "course.toml"
    own = [
        line
        for line in settings.read_text(encoding="utf-8").splitlines()
        if line.startswith(("title", "seed"))
    ]
    settings.write_text("\n".join(own) + LATE, encoding="utf-8")
    course = load_course(settings)
    _, _, submissions, reports = graded
    by_file = {submission.name: submission for submission in submissions}
    charged = [
        charge(r, by_file[r.identity.file], course.schedule)
        for r in reports
        if r.status is Status.GRADED
    ]
    keep(charged, course=course)

    def late():
        with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
            found = {s: gradebook.find_submission(MATMUL, s) for s in ("ada", "bob")}
            return {
                s: (f.late_submission_penalty, f.timestamp, f.duedate, f.total_seconds_late)
                for s, f in found.items()
            }

    handed_in = datetime(2026, 2, 3, 11)
    assert late() == {
        "ada": (pytest.approx(2.8), handed_in, datetime(2026, 2, 1, 12), 47 * 3600),
        "bob": (pytest.approx(1.4), handed_in, datetime(2026, 2, 2, 12), 23 * 3600),
    }
    before = late()
    # What course.toml says may be changed there: only a platform's word is kept as the file's time.
    assert not (folder / "submitted" / "ada" / MATMUL / "timestamp.txt").exists()
    assert nbgrader(folder, "autograde", MATMUL, "--force", "--student", "ada").returncode == 0
    assert late() == before
    assert (
        nbgrader(
            folder, "export", "--student", "['ada']", "--assignment", f"['{MATMUL}']"
        ).returncode
        == 0
    )
    row = (folder / "grades.csv").read_text(encoding="utf-8").splitlines()[1]
    assert row == f"{MATMUL},2026-02-01 12:00:00,2026-02-03 11:00:00,ada,,,,14,2.8,11.2,14"


def test_students_are_found_by_whatever_the_download_calls_them(fresh, graded):
    folder, keep = fresh
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        gradebook.add_student("an1", first_name="Ada", last_name="Ng")
        gradebook.add_student("br2", lms_user_id="4711")
        gradebook.add_student("cs3", email="cy@example.org")
        gradebook.add_student("t1", first_name="Tim", last_name="Twin")
        gradebook.add_student("t2", first_name="Tim", last_name="Twin")
    *_, submissions, reports = graded
    report = next(r for r in reports if (r.student, r.assignment) == ("ada", MATMUL))
    given = next(s for s in submissions if s.name == f"ada/{MATMUL}.ipynb")
    called = {
        "ngada": {},
        "Ray, Bob": {"ids": {"canvas id": "4711"}},
        "Cy": {"emails": ("cy@example.org",)},
        "Tim Twin": {},
        "../evil*": {},
    }
    named = [
        replace(report, identity=replace(report.identity, student=name, **ids))
        for name, ids in called.items()
    ]
    kept = keep(named, submissions=[replace(given, student=name) for name in called])
    assert kept.written == len(called)
    there = {path.name for path in (folder / "submitted").iterdir()}
    known = {"an1", "br2", "cs3", "Tim Twin"}
    assert known < there
    (other,) = there - known
    assert re.fullmatch(r"evil-[0-9a-f]{8}", other)
    assert sum("was not in the gradebook" in note for note in kept.added) == 2


def test_what_was_not_graded_leaves_the_gradebook_as_it_is_and_is_told(fresh, graded):
    folder, keep = fresh
    keep()
    before = state(folder)
    stopped = Report(
        Identity("ada"), MATMUL, Status.STOPPED, reason="the grader failed: out of memory"
    )
    before_it = graded[3][0]
    lost = replace(before_it, provenance=replace(before_it.provenance, submission="0" * 64))
    kept = keep([stopped, lost])
    assert (kept.written, kept.unchanged) == (0, 0)
    assert any("out of memory" in note for note in kept.notes)
    assert any("not there any more" in note for note in kept.notes)
    assert state(folder) == before


def test_a_file_that_cannot_be_read_takes_no_graded_ones_place(fresh, graded):
    folder, keep = fresh
    identity = Identity("ada", f"ada/{MATMUL} (2).ipynb")
    broken = Report(
        identity, MATMUL, Status.UNREADABLE, reason=f"{identity.file}: it is not valid JSON"
    )
    kept = keep([broken, *graded[3]])
    assert any("ada has another" in note for note in kept.notes)
    assert grades(folder, MATMUL)["ada"][2] == 14.0
    cells, comments, _ = grades(folder, MATMUL)["cy"]
    assert all(needs for *_, needs in cells.values())
    assert "valid JSON" in comments["dot_test"][0]


@pytest.mark.long
def test_regrade_brings_the_gradebook_up_to_date_for_those_whom_it_graded(
    tmp_path, copy_course, graded
):
    folder = copy_course(tmp_path / "course")
    handed_in, again = tmp_path / "handed-in", tmp_path / "again" / "bob"
    solved, begun = (
        graded[0].parent / "handed-in" / who / f"{MATMUL}.ipynb" for who in ("ada", "bob")
    )
    for source, place in ((solved, handed_in / "ada"), (begun, handed_in / "bob"), (solved, again)):
        place.mkdir(parents=True)
        shutil.copy(source, place)

    def kit(*words):
        command = [sys.executable, "-m", "autograder", *words]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        ).stderr

    assert "2 submissions written, 0 unchanged" in kit("grade", handed_in)
    person_enters(folder, MATMUL, "ada", "check_dot_test", 1.5, "See me.")
    before = grades(folder, MATMUL)
    assert before["bob"][2] < 14
    assert "written" not in kit("regrade", again.parent, "--dry-run")
    assert grades(folder, MATMUL) == before
    said = kit("regrade", again.parent)
    assert "1 submissions written, 0 unchanged" in said
    assert "ada" not in said
    after = grades(folder, MATMUL)
    assert after["ada"] == before["ada"]
    assert after["bob"][2] == 14


def test_an_assignment_that_the_course_has_not_yet_is_told_and_stops_nothing(fresh):
    folder, keep = fresh
    (folder / "release" / MLP / f"{MLP}.ipynb").unlink()
    kept = keep()
    assert kept.written == 4
    assert any(MLP in note and "run autograder init" in note for note in kept.notes)
    assert grades(folder, MLP) == {}


def test_what_is_unchanged_is_neither_made_nor_entered_again(fresh, monkeypatch):
    folder, keep = fresh
    keep()
    before = state(folder)
    monkeypatch.setattr("autograder.nbgrader_course.writer._made", pytest.fail)
    kept = keep()
    assert (kept.written, kept.unchanged, state(folder)) == (0, 5, before)


@pytest.mark.parametrize("step", ["submitted", "autograded", "feedback"])
def test_a_file_that_somebody_changed_is_put_right(fresh, step):
    folder, keep = fresh
    keep()
    before = state(folder)
    path = next(p for p in sorted((folder / step / "ada").rglob("*")) if p.is_file())
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(bytes(data))
    keep()
    assert state(folder) == before


def test_what_a_person_enters_later_is_on_the_page_although_nothing_else_changed(fresh):
    folder, keep = fresh
    keep()
    keep()
    page = folder / "feedback" / "ada" / MLP / f"{MLP}.html"
    for comment in ("First words.", "Other words."):
        person_enters(folder, MLP, "ada", "check_relu_forward", None, comment)
        keep()
        assert comment in page.read_text(encoding="utf-8")
