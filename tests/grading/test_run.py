"""Grading everything below a path: which notebook of a student counts, and that nothing is lost on the way."""

import os
import shutil
from dataclasses import asdict

import pytest

from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.student.model.results import Outcome, Status
from tests.classes import grade_below

NAME = "03_sigmoid_neuron"
STUB = HERE.notebook(NAME)
OLD, NEW = 1_700_000_000, 1_750_000_000


def put(path, when, content=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        shutil.copy(STUB, path)
    else:
        path.write_bytes(content)
    os.utime(path, (when, when))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One student handed in three times, one once and with a file that is not a notebook, one a broken file only."""
    root = tmp_path_factory.mktemp("class")
    broken = STUB.read_bytes()[:-100]
    put(root / "s001" / "first" / f"{NAME}.ipynb", OLD)
    put(root / "s001" / f"{NAME}.ipynb", NEW)
    put(root / "s001" / "late" / f"{NAME}.ipynb", NEW + 1, broken)
    put(root / "s002" / "renamed.ipynb", OLD)
    put(root / "s002" / "notes.txt", OLD, b"notes")
    put(root / "s003" / f"{NAME}.ipynb", OLD, broken)
    put(root / "s004" / "other.ipynb", OLD, b'{"nbformat": 4, "cells": [], "metadata": {}}')
    return root


@pytest.fixture(scope="module")
def heard():
    return {"done": []}


@pytest.fixture(scope="module")
def graded(folder, heard):
    return grade_below([folder], Course(), 2, done=heard["done"].append)


def rows(graded, status):
    return sorted(
        (r.student, r.reason.partition(": ")[0]) for r in graded.reports if r.status is status
    )


def test_the_newest_notebook_that_can_be_read_counts(graded):
    kept = {r.student: r for r in graded.reports if r.status is Status.GRADED}
    assert kept.keys() == {"s001", "s002"}
    assert kept["s001"].identity.file == f"s001/{NAME}.ipynb"


def test_older_ones_and_other_files_are_listed_with_the_reason(graded):
    assert dict(graded.left_out) == {
        f"s001/first/{NAME}.ipynb": f"s001/{NAME}.ipynb counts: its date is newer",
        "s002/notes.txt": "it is not a notebook",
    }


def test_every_file_that_cannot_be_read_is_a_row_with_its_reason(graded):
    assert rows(graded, Status.UNREADABLE) == [
        ("s001", f"s001/late/{NAME}.ipynb"),
        ("s003", f"s003/{NAME}.ipynb"),
        ("s004", "s004/other.ipynb"),
    ]


def test_an_untouched_notebook_earns_nothing_and_is_not_attempted(graded):
    [report] = [r for r in graded.reports if r.student == "s002"]
    assert {e.outcome for e in report.exercises} == {Outcome.UNATTEMPTED}
    assert report.earned == 0
    assert report.possible == sum(e.possible for e in report.exercises) > 0


def test_whoever_shows_progress_hears_of_each_submission_once(graded, heard):
    assert len(graded.found.submissions) == len(heard["done"]) == 5
    assert {r.student for r in heard["done"]} == {s.student for s in graded.found.submissions}


def test_evidence_lets_a_regrade_be_compared(graded):
    provenance = next(r for r in graded.reports if r.status is Status.GRADED).provenance
    assert provenance.seed == Course().seed_hash
    assert len(provenance.submission) == 64
    assert provenance.sandbox
    assert "demonstration" not in " ".join(asdict(provenance).values())


def test_nothing_to_grade_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="no notebook"):
        grade_below([tmp_path], Course(), 1)
