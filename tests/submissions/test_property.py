"""Whatever is added inside one student's entry, nobody else's report changes by a byte."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.course.settings import Course
from autograder.grading.run import find_work, grade_found
from autograder.reports.report_json import to_dict
from tests.attacks.test_identity import (
    BLANK,
    IN_FOLDERS,
    PLACES,
    download,
    graded_work,
    others,
    zip_bytes,
)

# Pieces of names that platforms write, and that a student may put into those of files.
PIECES = (
    "bo",
    "cy",
    "mal",
    "_4712_9712_",
    "_4713_assignsubmission_file_",
    "submission_1",
    "submission_metadata.yml",
    "timestamp.txt",
    "submitted",
    ".git",
    "04_matmul",
    "04-matmul-bo",
    "HW 4_bo_attempt_2026-02-01-10-00-00_",
    "77-4712 - bo - Feb 1, 2026 1000 AM",
    "course.toml",
    "gradebook.db",
    ".ipynb",
    ".ipynb_checkpoints",
    "-9",
    "..",
    " - ",
    "\u0308",
    "\\",
)
ENDS = (".ipynb", ".py", ".zip", ".txt", ".yml", ".IPYNB", "", ".ipynb.txt")
parts = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)
    .map("".join)
    .filter(lambda part: part not in (".", ".."))
)
names = st.builds(
    lambda folders, end: "/".join(folders) + end,
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(ENDS),
)
contents = st.sampled_from(
    (
        BLANK,
        b"",
        b"[" * 1000,
        b"submission_1: {':submitters': []}",
        zip_bytes({"bo/04_matmul.ipynb": BLANK}),
    )
)
extras = st.dictionaries(names, contents, max_size=8)


def folders_of(name):
    """The folders that a file of this name lies in."""
    return {"/".join(name.split("/")[:n]) for n in range(1, name.count("/") + 1)}


def placeable(extra, layout):
    """Names that a layout can hold beside each other and beside its own: no file is another one's folder."""
    own = {"04_matmul.ipynb", ".git/config"} if layout == "github" else {"04_matmul.ipynb"}
    taken = own.union(*(folders_of(name) for name in {*extra, *own}))
    return {
        name: data
        for name, data in extra.items()
        if name not in taken and not (layout in IN_FOLDERS and folders_of(name) & own)
    }


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """What would be graded in each layout where everybody is honest."""
    return {
        layout: graded_work(download(tmp_path_factory.mktemp("honest"), layout, {}))
        for layout in PLACES
    }


@pytest.mark.parametrize("layout", PLACES)
@settings(
    max_examples=25, deadline=timedelta(seconds=20), suppress_health_check=[HealthCheck.too_slow]
)
@example(extra={".git": BLANK})
@example(extra={"04_matmul.ipynb/bo": BLANK})
@given(extra=extras)
def test_files_inside_one_entry_change_nobody_elses_work(layout, extra, honest, tmp_path_factory):
    path = download(tmp_path_factory.mktemp("class"), layout, placeable(extra, layout))
    found = graded_work(path)
    assert others(found) == others(honest[layout])
    assert {row[0] for row in found} == {"bo", "cy", "mal"}


def reports_of(path):
    """The reports on a class as they are written, without the time that grading took."""
    graded = grade_found(find_work([path]), Course(), 2)
    return {
        r.student: json.dumps(to_dict(replace(r, seconds=0.0)))
        for r in graded.reports
        if r.student != "mal"
    }


@pytest.mark.parametrize("layout", ["plain", "canvas", "gradescope"])
def test_nor_do_they_change_anybody_elses_report_by_a_byte(layout, tmp_path):
    for name in ("honest", "attacked"):
        (tmp_path / name).mkdir()
    forged = {f"bo_4712_{n}_04_matmul.ipynb": BLANK for n in range(5)} | {
        "submission_metadata.yml": b"["
    }
    before = reports_of(download(tmp_path / "honest", layout, {}))
    after = reports_of(download(tmp_path / "attacked", layout, forged))
    assert before == after
    assert set(before) == {"bo", "cy"}
