"""Downloads as instructors have them, made small: whose each notebook is, which one counts, and what it earns."""

import io
import json
import zipfile

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.grading.run import find_work, make_keys, start_grader
from autograder.sandbox.protocol import SKIPPED
from autograder.student.model.results import Status

NAME = "04_matmul"
ONE_DATE = (2026, 2, 1, 10, 0, 0)
UTF8 = 0x800


@pytest.fixture(scope="module")
def grader():
    with start_grader(make_keys(Course()), Course()) as grader:
        yield grader


@pytest.fixture(scope="module")
def right(grader):
    """A notebook that earns everything."""
    key = grader.keys[NAME]
    return notebook_text(filled_notebook(key.source, key.assignment)).encode()


@pytest.fixture(scope="module")
def wrong(grader):
    """One in which an exercise is wrong."""
    key = grader.keys[NAME]
    stub = "def matmul_backward(dD, W, X):\n    return 0 * W, 0 * X\n"
    return notebook_text(
        filled_notebook(key.source, key.assignment, {"matmul_backward": stub})
    ).encode()


@pytest.fixture(scope="module")
def blank():
    """The notebook as it was handed out."""
    return HERE.notebook(NAME).read_bytes()


def zipped(path, files, *, flags=None):
    """A zip of files of one date.  flags: the bits to write into each entry instead of Python's own."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, ONE_DATE), data)
    if flags is not None:
        raw = bytearray(path.read_bytes())
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = raw.find(mark)
            while place >= 0:
                raw[place + at : place + at + 2] = flags.to_bytes(2, "little")
                place = raw.find(mark, place + 4)
        path.write_bytes(raw)
    return path


def chosen(path):
    """The file that counts, by student."""
    return {s.student: s.name for s in find_work([path]).submissions}


@pytest.mark.parametrize(
    "names",
    [
        ("ada/04_matmul.ipynb", "ada/Copy of 04_matmul.ipynb", "ada/zz_untouched_04_matmul.ipynb"),
        (
            "ngada_4711_9900_04_matmul.ipynb",
            "ngada_4711_9901_Copy_of_04_matmul.ipynb",
            "ngada_4711_9902_z.ipynb",
        ),
    ],
)
def test_a_blank_copy_of_the_same_date_does_not_beat_the_filled_one(tmp_path, right, blank, names):
    for filled in names:
        path = zipped(
            tmp_path / "hw4.zip", {name: right if name == filled else blank for name in names}
        )
        assert list(chosen(path).values()) == [filled]
        [first, second] = find_work([path]).left_out
        assert first[1] == second[1] == f"{filled} counts: the other is untouched"


def test_gradescope_takes_the_file_named_like_the_assignment(tmp_path, right, wrong):
    metadata = """\
submission_1:
  :submitters:
  - {':name': Ada Ng, ':sid': '1'}
  - {':name': Bo Lee, ':sid': '2'}
  :created_at: 2026-02-01 10:00:00 Z
submission_2:
  :submitters:
  - {':name': Cy Kim, ':sid': '3'}
  :created_at: 2026-02-01 10:00:00 Z
"""
    files = {
        "a/submission_metadata.yml": metadata,
        "a/submission_1/04_matmul.ipynb": right,
        "a/submission_1/old/04_matmul_old.ipynb": wrong,
        "a/submission_2/04_matmul.ipynb": right,
        "a/submission_2/04_matmul (1).ipynb": wrong,
    }
    path = zipped(tmp_path / "assignment_1_export.zip", files)
    assert chosen(path) == {
        "Ada Ng": "a/submission_1/04_matmul.ipynb",
        "Bo Lee": "a/submission_1/04_matmul.ipynb",
        "Cy Kim": "a/submission_2/04_matmul.ipynb",
    }
    counts = "04_matmul.ipynb counts: same date; it is named like the assignment"
    assert find_work([path]).left_out == (
        ("a/submission_1/old/04_matmul_old.ipynb", f"a/submission_1/{counts}"),
        ("a/submission_2/04_matmul (1).ipynb", f"a/submission_2/{counts}"),
    )


def test_version_10_is_newer_than_version_9(tmp_path, right, wrong):
    files = {
        "Ada Ng/HW4/Version 10/04_matmul.ipynb": right,
        "Ada Ng/HW4/Version 9/04_matmul.ipynb": wrong,
        "Bo Lee/HW4/Version 1/04_matmul.ipynb": right,
    }
    assert (
        chosen(zipped(tmp_path / "hw4.zip", files))["Ada Ng"]
        == "Ada Ng/HW4/Version 10/04_matmul.ipynb"
    )


def test_names_in_utf8_without_the_flag_that_says_so_are_read(tmp_path, blank):
    path = zipped(
        tmp_path / "hw4.zip", {"Jörg Müller.ipynb": blank, "Bo Lee.ipynb": blank}, flags=0
    )
    assert sorted(chosen(path)) == ["Bo Lee", "Jörg Müller"]


def test_decomposed_names_are_those_of_the_roster_and_of_each_other(tmp_path, blank):
    decomposed, composed = "Jo\u0308rg Mu\u0308ller", "J\u00f6rg M\u00fcller"
    assert set(
        chosen(zipped(tmp_path / "nfd.zip", {f"{decomposed}.ipynb": blank, "Bo.ipynb": blank}))
    ) == {composed, "Bo"}
    both = zipped(
        tmp_path / "both.zip",
        {f"{decomposed}/a.ipynb": blank, f"{composed}/04_matmul.ipynb": blank},
    )
    assert chosen(both) == {composed: f"{composed}/04_matmul.ipynb"}


def test_backslashes_of_older_windows_zips_are_folders(tmp_path, blank):
    path = zipped(
        tmp_path / "hw4.zip", {"ada\\04_matmul.ipynb": blank, "bo\\04_matmul.ipynb": blank}
    )
    assert chosen(path) == {"ada": "ada/04_matmul.ipynb", "bo": "bo/04_matmul.ipynb"}
    climbing = zipped(
        tmp_path / "other.zip", {"ada\\..\\bo.ipynb": blank, "bo\\04_matmul.ipynb": blank}
    )
    assert chosen(climbing) == {"bo": "bo/04_matmul.ipynb"}


def test_brightspace_and_blackboard_downloads_have_one_row_a_student_the_newest(
    tmp_path, right, wrong
):
    ada, bo = "12345-67890 - Ada Ng", "12345-67891 - Bo Lee"
    for ends in ("/04_matmul.ipynb", " - 04_matmul.ipynb"):
        files = {
            "index.html": b"",
            f"{ada} - Nov 20, 2026 1159 PM{ends}": right,
            f"{bo} - Nov 19, 2026 1159 PM{ends}": wrong,
            f"{bo} - Nov 20, 2026 1201 AM{ends}": right,
        }
        path = zipped(tmp_path / "HW4 Download Nov 21, 2026 801 AM.zip", files)
        assert chosen(path) == {
            "Ada Ng": f"{ada} - Nov 20, 2026 1159 PM{ends}",
            "Bo Lee": f"{bo} - Nov 20, 2026 1201 AM{ends}",
        }
    files = {
        "Homework 4_ang_attempt_2026-11-20-23-59-00_04_matmul.ipynb": right,
        "Homework 4_ang_attempt_2026-11-20-23-59-00.txt": b"",
        "Homework 4_blee_attempt_2026-11-19-20-00-00_04_matmul.ipynb": wrong,
        "Homework 4_blee_attempt_2026-11-20-20-00-00_04_matmul.ipynb": right,
    }
    assert chosen(zipped(tmp_path / "gradebook_EEP596_HW4.zip", files)) == {
        "ang": "Homework 4_ang_attempt_2026-11-20-23-59-00_04_matmul.ipynb",
        "blee": "Homework 4_blee_attempt_2026-11-20-20-00-00_04_matmul.ipynb",
    }


def test_a_moodle_download_without_folders_names_students_and_participants(tmp_path, blank):
    files = {
        "Ada Ng_12_assignsubmission_file_04_matmul.ipynb": blank,
        "Bo Lee_13_assignsubmission_file_homework.ipynb": blank,
        "Bo Lee_13_assignsubmission_onlinetext_onlinetext.html": b"",
    }
    found = find_work([zipped(tmp_path / "m.zip", files)])
    assert found.layout == "a zip from Moodle"
    assert {s.student: s.ids["moodle participant"] for s in found.submissions} == {
        "Ada Ng": "12",
        "Bo Lee": "13",
    }


def test_a_zip_handed_in_on_canvas_is_opened(tmp_path, right):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("04_matmul/04_matmul.ipynb", right)
        archive.writestr("04_matmul/README.md", "mine")
    files = {"ngada_4711_9900_hw4.zip": inner.getvalue(), "leebo_4712_9901_04_matmul.ipynb": right}
    path = zipped(tmp_path / "submissions.zip", files)
    assert chosen(path)["ngada"] == "ngada_4711_9900_hw4.zip/04_matmul/04_matmul.ipynb"


@pytest.mark.parametrize("name", ["04_MATMUL.IPYNB", "04_matmul.ipynb.txt", "04_matmul.ipynb.json"])
def test_suffixes_that_browsers_write_are_read_and_graded(tmp_path, grader, right, name):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / name).write_bytes(right)
    [submission] = find_work([tmp_path]).submissions
    assert submission.read() == right


def test_whose_only_file_is_hidden_is_a_row_with_the_reason(tmp_path, grader, right):
    for name in ("ada/.04_matmul.ipynb", "bo/04_matmul.ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(right)
    ada, bo = find_work([tmp_path]).submissions
    report = grader.grade(ada)
    assert (report.student, report.status) == ("ada", Status.UNREADABLE)
    assert "its name begins with a dot, which hides it" in report.reason
    assert bo.student == "bo"


def test_a_file_that_colab_saved_is_graded_without_its_shell_commands(tmp_path, grader):
    text = HERE.source(NAME).read_text(encoding="utf-8")
    head = "# -*- coding: utf-8 -*-\n!pip install -q numpy\n%matplotlib inline\nfrom google.colab import drive\n"
    (tmp_path / "04_matmul.py").write_text(head + text, encoding="utf-8")
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert report.earned == report.possible == 14
    assert any(SKIPPED in note for note in report.notes)


def test_a_marimo_file_is_a_row_that_says_what_to_do(tmp_path, grader):
    text = (
        "import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n    def matmul_backward(): ...\n"
    )
    (tmp_path / "04_matmul.py").write_text(text)
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert (report.status, report.assignment) == (Status.UNREADABLE, NAME)
    assert report.reason == "04_matmul.py: it is a marimo file; export it as a notebook (.ipynb)"


def test_an_import_of_colab_in_an_answer_costs_nothing_else(tmp_path, grader, right):
    tree = json.loads(right)
    [cell] = [cell for cell in tree["cells"] if cell["id"] == "unbroadcast"]
    cell["source"] = [
        "from google.colab import files\n",
        *"".join(cell["source"]).splitlines(keepends=True),
    ]
    (tmp_path / "04_matmul.ipynb").write_text(json.dumps(tree))
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert report.earned == 14
    assert any("google" in note for note in report.notes)


def test_the_lectures_own_homework_is_recognised_for_what_it_is(tmp_path, grader):
    text = """\
import torch

class Assignment5:
    def gd_step(self):
        return torch.tensor(1.0)
    def chain_rule(self):
        return 1.0, 2.0, 3.0
    def sigmoid(self):
        return 0.5
"""
    (tmp_path / "Assignment5.py").write_text(text)
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert report.status is Status.UNREADABLE
    assert "it looks like the lecture's own homework" in report.reason
    assert "takes no arguments and uses PyTorch" in report.reason


def test_one_shared_name_never_decides_whose_assignment_a_file_is(tmp_path, grader):
    (tmp_path / "work.py").write_text("def chain_rule(f, g):\n    return f(g)\n")
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert (report.status, report.assignment) == (Status.UNREADABLE, "")
    assert (
        "it defines chain_rule, which is not enough; name the file like the assignment"
        in report.reason
    )


def test_a_cell_too_large_to_be_sent_costs_its_own_exercise(tmp_path, grader, right):
    tree = json.loads(right)
    [cell] = [cell for cell in tree["cells"] if cell["id"] == "unbroadcast"]
    cell["source"] = "".join(cell["source"]) + "\n# " + "x" * 1_200_000
    (tmp_path / "04_matmul.ipynb").write_text(json.dumps(tree))
    [submission] = find_work([tmp_path]).submissions
    report = grader.grade(submission)
    assert report.status is Status.GRADED
    assert 0 < report.earned < 14
    assert any("kB of text; at most 512 kB are run" in note for note in report.notes)
