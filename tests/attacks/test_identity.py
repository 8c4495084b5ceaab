"""One student's files against a class: whatever they are called and hold, the others' work stays theirs.

Each attack, and each case of which file counts, is tried in each layout of a download.  When layout was decided by a
majority of all notebooks, those in `SUCCEEDED` were seen to succeed: with the code of that time they changed what the
others had handed in, hung or stopped.
"""

import hashlib
import io
import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, course_above
from autograder.grading.run import find_work
from autograder.submissions.ingest import UnreadableError, read_cells

NAME = "04_matmul"
TODAY = (2026, 2, 2, 10, 0, 0)
EARLY = b"2020-01-01 00:00:00 UTC"
VICTIMS = ("bo", "cy")
# More than the honest notebooks of the class, so that a majority would be the attacker's.
DOZENS = 40


def notebook(answer):
    """A notebook of the assignment in which one exercise is answered."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    source = f"def matmul_backward(dD, W, X):\n    return {answer}\n"
    tree = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"backprop_kit": {"assignment": NAME}}}
    return json.dumps({**tree, "cells": [{**cell, "source": source}]}).encode()


HONEST = {student: notebook(f"'{student}'") for student in (*VICTIMS, "mal")}
BLANK = notebook("None")
FORGED_METADATA = """\
submission_1:
  :submitters: [{':name': bo, ':sid': '4712', ':email': bo@school.example}]
  :created_at: 2026-03-01 00:00:00 Z
submission_2:
  :submitters: [{':name': cy, ':sid': '4713', ':email': cy@school.example}]
  :created_at: 2026-03-01 00:00:00 Z
"""
METADATA = """\
submission_1:
  :submitters: [{':name': bo, ':sid': '4712', ':email': bo@school.example}]
  :created_at: 2026-02-01 00:00:00 Z
submission_2:
  :submitters: [{':name': cy, ':sid': '4713', ':email': cy@school.example}]
  :created_at: 2026-02-01 00:00:00 Z
submission_3:
  :submitters: [{':name': mal, ':sid': '4714', ':email': mal@school.example}]
  :created_at: 2026-02-01 00:00:00 Z
"""
IDS = {"bo": 4712, "cy": 4713, "mal": 4714}


# --- where a student's own file lies in each download; the first part is what the platform writes


def in_folder(student):
    return f"{student}/"


def in_canvas(student):
    return f"{student}_{IDS[student]}_{IDS[student] + 5000}_"


def in_moodle(student):
    return f"{student}_{IDS[student]}_assignsubmission_file_/"


def in_flat_moodle(student):
    return f"{student}_{IDS[student]}_assignsubmission_file_"


def in_gradescope(student):
    return f"submission_{IDS[student] - 4711}/"


def in_clone(student):
    return f"04-matmul-{student}/"


def in_nbgrader(student):
    return f"submitted/{student}/{NAME}/"


def in_blackboard(student):
    return f"HW 4_{student}_attempt_2026-02-01-10-00-00_"


def in_d2l(student):
    return f"77-{IDS[student]} - {student} - Feb 1, 2026 1000 AM/"


PLACES = {
    "plain": in_folder,
    "plain zip": in_folder,
    "canvas": in_canvas,
    "moodle": in_moodle,
    "flat moodle": in_flat_moodle,
    "gradescope": in_gradescope,
    "github": in_clone,
    "nbgrader": in_nbgrader,
    "blackboard": in_blackboard,
    "d2l": in_d2l,
}
IN_FOLDERS = ("plain", "github")
FLAT = ("canvas", "flat moodle", "blackboard")


# --- what the attacker hands in


def forged_canvas():
    return {
        f"{v}_{IDS[v]}_{9000 + n}_{NAME}-{n}.ipynb": BLANK for v in VICTIMS for n in range(DOZENS)
    }


def forged_moodle():
    return {
        f"{v}_{IDS[v]}_assignsubmission_file_/{n}/{NAME}.ipynb": BLANK
        for v in VICTIMS
        for n in range(DOZENS)
    }


def forged_flat_moodle():
    return {
        f"{v}_{IDS[v]}_assignsubmission_file_{n}.ipynb": BLANK
        for v in VICTIMS
        for n in range(DOZENS)
    }


def forged_gradescope():
    notebooks = {f"submission_{k}/{n}.ipynb": BLANK for k in (1, 2) for n in range(DOZENS)}
    return {"submission_metadata.yml": FORGED_METADATA.encode(), **notebooks}


def forged_nbgrader():
    notebooks = {f"submitted/{v}/{NAME}/{n}.ipynb": BLANK for v in VICTIMS for n in range(DOZENS)}
    return {**notebooks, **{f"submitted/{v}/{NAME}/timestamp.txt": EARLY for v in VICTIMS}}


def forged_clones():
    notebooks = {f"04-matmul-{v}/{n}.ipynb": BLANK for v in VICTIMS for n in range(DOZENS)}
    return {**notebooks, **{f"04-matmul-{v}/.git/config": b"" for v in VICTIMS}}


def forged_blackboard():
    names = (
        f"HW 4_{v}_attempt_2026-03-01-10-00-{n:02d}_{NAME}.ipynb"
        for v in VICTIMS
        for n in range(DOZENS)
    )
    return dict.fromkeys(names, BLANK)


def forged_d2l():
    places = (
        f"77-{IDS[v]} - {v} - Mar 1, 2026 1000 AM/{n}.ipynb" for v in VICTIMS for n in range(DOZENS)
    )
    return dict.fromkeys(places, BLANK)


def classmates_folders():
    return {f"{v}/{NAME}.ipynb": BLANK for v in VICTIMS}


def early_timestamps():
    return {"timestamp.txt": EARLY, **{f"{n}/timestamp.txt": EARLY for n in range(DOZENS)}} | {
        f"{n}/{n}.ipynb": HONEST["mal"] for n in range(DOZENS)
    }


def deep_metadata():
    return {"submission_metadata.yml": b"[" * 300_000}


def endless_timestamp():
    return {"timestamp.txt": b"2020-01-01 00:00:00 UTC" + b" " * 5_000_000}


def climbing_names():
    return {f"../{v}/{NAME}.ipynb": BLANK for v in VICTIMS}


def a_zip_of_them_all():
    everything = {**forged_canvas(), **forged_gradescope(), **classmates_folders()}
    return {"all.zip": zip_bytes(everything)}


def zip_bytes(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, TODAY), data)
    return stream.getvalue()


TRICKS = {
    trick.__name__: trick
    for trick in (
        forged_canvas,
        forged_moodle,
        forged_flat_moodle,
        forged_gradescope,
        forged_nbgrader,
        forged_clones,
        forged_blackboard,
        forged_d2l,
        classmates_folders,
        early_timestamps,
        deep_metadata,
        endless_timestamp,
        climbing_names,
        a_zip_of_them_all,
    )
}


SUCCEEDED = {
    "forged_canvas": ("plain", "plain zip", "moodle", "gradescope", "github", "nbgrader", "d2l"),
    "forged_moodle": ("plain", "plain zip", "gradescope", "github", "nbgrader", "d2l"),
    "forged_gradescope": ("plain", "plain zip", "github", "nbgrader", "d2l"),
    "forged_clones": ("plain", "plain zip", "nbgrader", "d2l"),
    "deep_metadata": ("plain", "plain zip", "github", "nbgrader", "d2l"),
}


def download(root, layout, extra, *, alone=False):
    """A class in which all hand in a notebook, and the attacker `extra` beside it, or `extra` alone."""
    place = PLACES[layout]
    files = {f"{place(student)}{NAME}.ipynb": data for student, data in HONEST.items()}
    if alone:
        del files[f"{place('mal')}{NAME}.ipynb"]
    if layout == "gradescope":
        files["submission_metadata.yml"] = METADATA.encode()
    if layout == "github":
        files |= {f"{place(student)}.git/config": b"" for student in HONEST}
    if layout == "nbgrader":
        files |= {
            f"{place(student)}timestamp.txt": b"2026-02-01 10:00:00 UTC" for student in HONEST
        }
    for name, data in extra.items():
        if layout == "nbgrader" and name == "timestamp.txt":
            continue  # nbgrader writes its own over it
        # A platform without folders takes files alone, and writes no slash into a name.
        own = name.replace("/", "_") if layout in FLAT else name
        files[place("mal") + own] = data
    if layout in IN_FOLDERS:
        for name, data in files.items():
            (root / "class" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "class" / name).write_bytes(data)
            os.utime(root / "class" / name, (1.77e9, 1.77e9))
        return root / "class"
    (root / "class.zip").write_bytes(zip_bytes(files))
    return root / "class.zip"


def graded_work(path):
    """Whose files would be graded: everything that distinguishes a student, and the bytes."""
    rows = []
    for s in find_work([path]).submissions:
        try:
            data = hashlib.sha256(s.read()).hexdigest()
        except ValueError as why:
            data = str(why)
        rows.append((s.student, s.name, dict(s.ids), s.attempt, s.modified, s.clock.value, data))
    return rows


def others(rows):
    return [row for row in rows if row[0] != "mal"]


PAIRS = [
    pytest.param(trick, layout, id=f"{trick}-{layout}")
    for trick in TRICKS
    for layout in PLACES
    if not (trick == "climbing_names" and layout in IN_FOLDERS)  # no folder holds such a name
]


def test_what_is_said_to_have_succeeded_is_tried():
    tried = {(param.values[0], param.values[1]) for param in PAIRS}
    assert {(trick, layout) for trick, layouts in SUCCEEDED.items() for layout in layouts} <= tried


@pytest.mark.parametrize(("trick", "layout"), PAIRS)
def test_a_students_files_leave_all_others_as_they_were(trick, layout, tmp_path):
    (tmp_path / "honest").mkdir()
    honest = graded_work(download(tmp_path / "honest", layout, {}))
    assert sorted(row[0] for row in honest) == ["bo", "cy", "mal"]
    (tmp_path / "attacked").mkdir()
    started = time.process_time()
    attacked = graded_work(download(tmp_path / "attacked", layout, TRICKS[trick]()))
    assert time.process_time() - started < 20
    assert others(attacked) == others(honest)
    assert {row[0] for row in attacked} == {"bo", "cy", "mal"}
    [before], [after] = ([row for row in rows if row[0] == "mal"] for rows in (honest, attacked))
    assert after[2] == before[2]  # nor do they change the attacker's own ids
    assert after[4:6] == before[4:6]  # nor the time


# --- which file counts, and that nobody vanishes


GOOD, OTHER = notebook("dD @ X.T, W.T @ dD"), notebook("dD, X")
SCRIPT = b"def matmul_backward(dD, W, X): ...\n"
STUB = HERE.notebook(NAME).read_bytes()
FILLED = STUB.replace(b"raise NotImplementedError()", b"return 0.0")
# What is handed in, the bytes that count, and why; or the reason for there being nothing to grade.
CASES = {
    "a blank copy": (
        {f"{NAME}.ipynb": FILLED, f"zz {NAME} copy.ipynb": STUB},
        FILLED,
        "the other is untouched",
    ),
    "a blank one of the right name": (
        {f"{NAME}.ipynb": STUB, "zz.ipynb": FILLED},
        FILLED,
        "the other is untouched",
    ),
    "an old folder": (
        {f"{NAME}.ipynb": GOOD, "zz/old.ipynb": OTHER},
        GOOD,
        "it is named like the assignment",
    ),
    "an old copy": (
        {f"{NAME}.ipynb": GOOD, f"{NAME} (1).ipynb": OTHER},
        GOOD,
        "it is named like the assignment",
    ),
    "versions": (
        {"Version 9.ipynb": OTHER, "Version 10.ipynb": GOOD},
        GOOD,
        "its name is the later version",
    ),
    "a script beside it": ({f"{NAME}_x.py": SCRIPT, "a.ipynb": GOOD}, GOOD, "it is a notebook"),
    "upper case": ({"04_MATMUL.IPYNB": GOOD}, GOOD, ""),
    "a browser's text": ({f"{NAME}.ipynb.txt": GOOD}, GOOD, ""),
    "a browser's json": ({f"{NAME}.ipynb.json": GOOD}, GOOD, ""),
    "a zip": ({"hw.zip": zip_bytes({f"hw/{NAME}.ipynb": GOOD, "hw/README.md": b""})}, GOOD, ""),
    "a zip in a zip": (
        {"hw.zip": zip_bytes({"hw/in.zip": zip_bytes({f"{NAME}.ipynb": GOOD})})},
        None,
        "a zip inside of a zip, which is not opened",
    ),
    "a broken zip": ({"hw.zip": b"PK and nothing else"}, None, "it cannot be read as a zip"),
    "a RAR archive": (
        {"hw.rar": b"Rar!"},
        None,
        "a RAR archive, which is not opened; hand in the notebook",
    ),
    "a 7z archive": (
        {"hw.7z": b"7z"},
        None,
        "a 7z archive, which is not opened; hand in the notebook",
    ),
    "a PDF": ({"hw.pdf": b"%PDF"}, None, "a PDF, which cannot be run; hand in the notebook"),
    "marimo": (
        {
            f"{NAME}.py": b"import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    def dot_test(): ...\n"
        },
        None,
        "a marimo file; export it as a notebook",
    ),
    "Databricks": (
        {f"{NAME}.py": b"# Databricks notebook source\ndef dot_test(f): ...\n"},
        None,
        "a Databricks source file; export it as an IPython notebook",
    ),
}
HIDDEN_FILES = {
    "a hidden file": (f".{NAME}.ipynb", "its name begins with a dot, which hides it; rename it"),
    "a checkpoint": (
        f".ipynb_checkpoints/{NAME}-checkpoint.ipynb",
        "it is a copy that Jupyter keeps for itself",
    ),
}


def only_row(path):
    [row] = [row for row in graded_work(path) if row[0] == "mal"]
    return row


def reason_of(path):
    """Why nothing of the attacker's work is graded: what reading it says, or what grading says of it."""
    [submission] = [s for s in find_work([path]).submissions if s.student == "mal"]
    with pytest.raises(UnreadableError) as refused:
        read_cells(submission, submission.read(), frozenset({"dot_test", "matmul_backward"}))
    return str(refused.value)


@pytest.mark.parametrize("layout", PLACES)
@pytest.mark.parametrize("case", CASES)
def test_one_rule_says_which_file_of_a_student_counts_in_every_layout(case, layout, tmp_path):
    files, expected, why = CASES[case]
    path = download(tmp_path, layout, files, alone=True)
    if expected is None:
        assert why in reason_of(path)
        return
    assert only_row(path)[-1] == hashlib.sha256(expected).hexdigest()
    [submission] = [s for s in find_work([path]).submissions if s.student == "mal"]
    assert submission.chosen == (f"of 2 files: {submission.chosen[12:]}" if why else "")
    assert why in submission.chosen


@pytest.mark.parametrize("layout", [layout for layout in PLACES if layout not in FLAT])
@pytest.mark.parametrize("case", HIDDEN_FILES)
def test_whose_only_file_is_hidden_has_a_row_with_the_reason(case, layout, tmp_path):
    name, why = HIDDEN_FILES[case]
    assert why in reason_of(download(tmp_path, layout, {name: GOOD}, alone=True))


def test_a_settings_file_in_the_work_is_never_read(tmp_path, monkeypatch):
    """For a file, for its folder, and for CI, which stands in the student's own folder."""
    work = tmp_path / "class" / "mal"
    work.mkdir(parents=True)
    (work / COURSE_FILE).write_text("seed = 'known'")
    (work / f"{NAME}.ipynb").write_bytes(GOOD)
    for path in (work / f"{NAME}.ipynb", work, work.parent):
        for start in (path, work, Path("/")):
            monkeypatch.chdir(work)
            assert course_above(start, [path]) is None
    (tmp_path / COURSE_FILE).write_text("seed = 'secret'")
    for path in (work / f"{NAME}.ipynb", work, work.parent):
        assert course_above(path, [path]) == tmp_path / COURSE_FILE
