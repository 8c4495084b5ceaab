"""A class of 60 as Canvas hands it out, ten notebooks of it damaged: 50 get their true grade, ten a reason each."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.authoring.gate.simulate import simulate_class
from autograder.authoring.gate.truth import SubmissionTruth, read_truth, wrong_verdicts
from autograder.course.settings import Course, load_course
from autograder.grading.run import Graded, make_keys
from autograder.outputs.export import export
from autograder.outputs.pages import PageMeta
from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import MAX_CELLS
from tests.classes import grade_below

pytestmark = pytest.mark.long

NAME, TITLE = "03_sigmoid_neuron", "The sigmoid neuron"
GOOD, POSSIBLE = 50, 12
COURSE = """\
zone = "America/Los_Angeles"
[due]
03_sigmoid_neuron = 2026-02-01T23:59:00
[late]
percent = 25
[limits]
cell = 0.5
call = 0.5
patience = 200
"""
LATE = ("s007", "s008")
EMPTY = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def damaged(whole: bytes) -> dict[str, tuple[bytes, str]]:
    """By student, what became of a notebook, and words of the reason that must be given."""
    large = whole.replace(
        b'"metadata"', b'"padding": "' + b"x" * MAX_NOTEBOOK + b'", "metadata"', 1
    )
    many = b", ".join([b'{"cell_type": "code", "source": ""}'] * (MAX_CELLS + 1))
    return {
        "cut": (whole[: len(whole) // 2], "it is not valid JSON"),
        "empty": (b"", "it is not valid JSON (line 1)"),
        "webpage": (
            b"<!DOCTYPE html><html><title>Log in to Canvas</title></html>",
            "it is not valid JSON (line 1)",
        ),
        "word": (b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 40, "it is not valid JSON"),
        "conflict": (
            b"<<<<<<< HEAD\n" + whole + b"\n=======\n" + whole + b"\n>>>>>>> mine\n",
            "it is not valid JSON",
        ),
        "old": (whole.replace(b'"nbformat": 4', b'"nbformat": 3'), "not a notebook of format 4"),
        "other": (EMPTY, "none of the assignments"),
        "pictures": (large, "MB; a notebook may have 20 MB (clear its outputs)"),
        "pasted": (EMPTY.replace(b"[]", b"[" + many + b"]"), f"at most {MAX_CELLS} are read"),
        "program": (
            EMPTY.replace(b"[]", b'[{"cell_type": "code", "source": 3}]'),
            "cell 1 has no text",
        ),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One more than the good ones, since one of a simulated class is not JSON."""
    made: Path = tmp_path_factory.mktemp("simulated") / "class"
    simulate_class([make_keys(Course())[NAME]], made, GOOD + 1, seed=60)
    return made


@pytest.fixture(scope="module")
def truths(folder) -> list[SubmissionTruth]:
    return [truth for truth in read_truth(folder.with_name("class.truth.json")) if truth.readable]


@pytest.fixture(scope="module")
def notebooks(folder, truths) -> Mapping[str, bytes]:
    """What each of the 60 handed in."""
    good = {truth.student: (folder / truth.file).read_bytes() for truth in truths}
    return good | {
        student: data for student, (data, _) in damaged(next(iter(good.values()))).items()
    }


@pytest.fixture(scope="module")
def graded(notebooks, tmp_path_factory) -> Graded:
    download: Path = tmp_path_factory.mktemp("canvas") / "submissions.zip"
    with zipfile.ZipFile(download, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (student, data) in enumerate(notebooks.items(), 1):
            late = "LATE_" if student in LATE else ""
            archive.writestr(
                f"{student}_{late}{4000 + number}_{90_000 + number}_{NAME}.ipynb", data
            )
    (download.parent / "course.toml").write_text(COURSE)
    return grade_below([download], load_course(download.parent / "course.toml"), 2)


def of(graded: Graded, status: Status) -> dict[str, Report]:
    return {report.student: report for report in graded.reports if report.status is status}


def test_the_download_is_recognised_and_nobody_is_left_out(graded):
    assert graded.found.layout == "a zip from Canvas"
    assert len(graded.found.submissions) == len(graded.reports) == 60
    assert graded.left_out == ()


def test_every_verdict_on_the_fifty_is_true(graded, truths):
    count, wrong = wrong_verdicts(truths, list(graded.reports))
    assert not wrong, "\n".join(wrong)
    assert count == GOOD * 8
    assert of(graded, Status.GRADED).keys() == {truth.student for truth in truths}


def test_each_of_the_ten_has_its_reason(graded, notebooks):
    expected = {student: words for student, (_, words) in damaged(notebooks["s001"]).items()}
    reasons = {student: report.reason for student, report in of(graded, Status.UNREADABLE).items()}
    assert reasons.keys() == expected.keys()
    for student, words in expected.items():
        assert words in reasons[student]
        assert reasons[student].startswith(f"{student}_")


def test_who_is_marked_late_without_a_time_loses_what_one_day_costs_and_is_told(graded):
    for student, report in of(graded, Status.GRADED).items():
        assert report.penalty == (min(report.earned, 0.25 * POSSIBLE) if student in LATE else 0)
        assert bool(report.late) == (student in LATE)


def test_canvas_gets_fifty_scores_and_ten_notes(graded, notebooks, tmp_path):
    header = f"Student,ID,SIS User ID,SIS Login ID,Section,{TITLE} (77)\n    Points Possible,,,,,{POSSIBLE}\n"
    rows = "".join(
        f'"{student.title()}, A",{4000 + n},,,A,\n' for n, student in enumerate(notebooks, 1)
    )
    (tmp_path / "gradebook.csv").write_text(header + rows)
    done = export(
        graded.reports,
        "canvas",
        tmp_path / "gradebook.csv",
        NAME,
        "",
        PageMeta(titles={NAME: TITLE}),
    )
    back = csv.DictReader(io.StringIO(done.files["canvas.csv"].decode()))
    scores = {row["ID"]: row[f"{TITLE} (77)"] for row in back if row["ID"]}
    wanted = {r.identity.ids["canvas id"]: r.score for r in of(graded, Status.GRADED).values()}
    assert {number: float(score) for number, score in scores.items() if score} == pytest.approx(
        wanted
    )
    assert sum(score == "" for score in scores.values()) == len(done.notes) == 10
