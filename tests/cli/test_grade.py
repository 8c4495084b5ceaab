"""`grade` as a command: odd submissions, zips, seeds, and the same again."""

import importlib
import io
import json
import re
import zipfile

import pytest
from rich.console import Console

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import read_source
from tests.cli.commands import NEURON, SOLVED, autograder, grade


def test_unsafe_is_stamped_on_everything(tmp_path):
    path = tmp_path / "s001.ipynb"
    path.write_text(SOLVED, encoding="utf-8")
    done, (report,) = grade(path, tmp_path / "out", "--unsafe")
    stamp = report["provenance"]["sandbox"]
    assert stamp.endswith("; --unsafe")
    assert stamp in done.stderr
    for page in (tmp_path / "out").rglob("*.html"):
        assert stamp in page.read_text(encoding="utf-8")


ODD = 'Ångström, "Anna" 王小明 <b>'


@pytest.fixture(scope="module")
def odd_class(tmp_path_factory):
    """A class with one right notebook among what cannot be read, graded without a course.toml."""
    tmp_path = tmp_path_factory.mktemp("odd")
    room = tmp_path / "class"
    (room / ODD).mkdir(parents=True)
    (room / ODD / "03_sigmoid_neuron.ipynb").write_text(SOLVED)
    (room / "s002.ipynb").write_text("{this is not JSON")
    (room / "s003.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
    )
    with (room / "s004.ipynb").open("wb") as large:
        large.truncate(200 << 20)
    (room / "notes.txt").write_text("not a notebook")
    done, reports = grade(room, tmp_path / "out")
    return done, reports, (tmp_path / "out" / "class.html").read_text()


def test_bad_submissions_are_rows_with_a_reason_and_cost_nobody_else(odd_class):
    done, reports, page = odd_class
    by_student = {report["identity"]["student"]: report for report in reports}
    assert by_student[ODD]["earned"] == by_student[ODD]["possible"] == 12
    assert "not valid JSON" in by_student["s002"]["reason"]
    assert "none of the assignments" in by_student["s003"]["reason"]
    assert "200 MB" in by_student["s004"]["reason"]
    assert "left out notes.txt" in done.stderr
    assert "王小明" in page
    assert "<b>" not in page.split("<body", 1)[1].split("Ångström", 1)[1][:60]


def test_the_table_names_a_wrong_submissions_misconception(tmp_path):
    answer = (
        "def neuron_backward(dout, cache):\n"
        "    w, x, f = cache\n"
        "    ddot = f * (1 - f)\n"
        "    return [ddot * x[0], ddot * x[1], ddot], [ddot * w[0], ddot * w[1]]\n"
    )
    source = read_source(HERE.source(NEURON.name), NEURON)
    wrong = notebook_text(filled_notebook(source, NEURON, {"neuron_backward": answer}))
    (tmp_path / "s001.ipynb").write_text(wrong)
    done = autograder("grade", tmp_path / "s001.ipynb", "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "neuron_backward: upstream gradient ignored" in done.stdout


def test_a_zip_is_graded_like_its_folder_and_the_newest_notebook_counts(tmp_path):
    stub = notebook_text(stub_notebook(read_source(HERE.source(NEURON.name), NEURON), NEURON))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("s001/first.ipynb", (2026, 1, 1, 8, 0, 0)), stub)
        archive.writestr(zipfile.ZipInfo("s001/second.ipynb", (2026, 1, 2, 8, 0, 0)), SOLVED)
        archive.writestr("../s002.ipynb", SOLVED)
    done, reports = grade(tmp_path / "class.zip", tmp_path / "out")
    assert [(r["identity"]["student"], r["earned"]) for r in reports] == [("s001", 12)]
    assert "left out s001/first.ipynb" in done.stderr
    assert "left out ../s002.ipynb" in done.stderr


def test_the_same_submissions_get_the_same_reports_again(tmp_path):
    (tmp_path / "s001.ipynb").write_text(SOLVED.replace("shrunk / (1 + shrunk)", "shrunk"))
    runs = []
    for i in range(2):
        done, reports = grade(tmp_path / "s001.ipynb", tmp_path / f"out{i}")
        assert done.returncode == 0, done.stderr
        runs.append(
            [
                {key: told for key, told in report.items() if key not in ("seconds", "graded_at")}
                for report in reports
            ]
        )
    assert runs[0] == runs[1]
    assert runs[0][0]["earned"] < 12


def test_another_seed_draws_other_hidden_inputs_and_gives_the_same_grade(tmp_path, odd_class):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "s001.ipynb").write_text(SOLVED)
    (tmp_path / "course.toml").write_text('seed = "another"\n')
    _, reports = grade(tmp_path / "class", tmp_path / "out")
    assert reports[0]["earned"] == 12
    _, others, _ = odd_class
    [demonstration] = {each["provenance"]["seed"] for each in others if each["earned"]}
    assert reports[0]["provenance"]["seed"] != demonstration


def test_the_progress_bar_says_how_much_time_is_left(monkeypatch):
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, color_system=None, width=120)
    shared = importlib.import_module("autograder.cli.app")  # the package has a Typer of that name
    monkeypatch.setattr(shared, "stderr", console)
    with shared.progress_bar() as progress:
        task = progress.add_task("grading", total=10)
        for _ in range(4):
            progress.advance(task)
        progress.refresh()
    assert re.search(
        r"grading .* 4/10 \d:\d\d:\d\d left: [-\d]:[-\d]{2}:[-\d]{2}", terminal.getvalue()
    )
