"""The real command line in a real subprocess: what it prints where, and its exit codes."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
SOLVED = notebook_text(filled_notebook(read_source(HERE.source(NEURON.name), NEURON), NEURON))


def autograder(*arguments: object, cwd: Path = HERE.root) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env=environment, check=False, timeout=300
    )


def grade(
    path: Path, out: Path, *options: str
) -> tuple[subprocess.CompletedProcess[str], list[dict]]:
    done = autograder("grade", path, "--out", out, "--json", *options)
    return done, json.loads(done.stdout)["reports"] if done.returncode == 0 else []


def test_the_version_is_that_of_the_project():
    version = tomllib.loads(HERE.pyproject.read_text(encoding="utf-8"))["project"]["version"]
    done = autograder("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"backprop-kit {version}\n", "")


@pytest.mark.parametrize(
    "command",
    ["build", "release", "verify", "grade", "report", "similar", "doctor", "simulate", "compare"],
)
def test_every_command_has_help_of_one_screen(command):
    done = autograder(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 40


def test_without_arguments_the_commands_are_listed():
    assert "grade" in autograder("--help").stdout


def test_a_path_that_is_not_there_is_misuse(tmp_path):
    done = autograder("grade", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "there is no such file or folder" in done.stderr
    assert done.stdout == ""


def test_a_folder_without_notebooks_is_misuse_and_says_what_it_saw(tmp_path):
    (tmp_path / "essay.docx").write_text("text")
    done = autograder("grade", tmp_path)
    assert done.returncode == 2
    assert "no notebook (.ipynb) in there" in done.stderr
    assert "essay.docx" in done.stderr


def test_unsafe_is_stamped_on_everything(tmp_path):
    path = tmp_path / "s001.ipynb"
    path.write_text(SOLVED, encoding="utf-8")
    done, (report,) = grade(path, tmp_path / "out", "--unsafe")
    stamp = report["provenance"]["sandbox"]
    assert stamp.endswith("; --unsafe")
    assert stamp in done.stderr
    for page in (tmp_path / "out").rglob("*.html"):
        assert stamp in page.read_text(encoding="utf-8")


def test_an_unknown_assignment_is_misuse():
    done = autograder("build", "99_nothing")
    assert done.returncode == 2
    assert "there is no such assignment" in done.stderr


def test_a_bad_course_file_is_misuse_and_names_the_key(tmp_path):
    (tmp_path / "course.toml").write_text("[limits]\ncell = 'long'\n")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "s001.ipynb").write_text(SOLVED)
    done = autograder("grade", tmp_path / "class")
    assert done.returncode == 2
    assert "limits.cell" in done.stderr


def test_bad_submissions_are_rows_with_a_reason_and_cost_nobody_else(tmp_path):
    room = tmp_path / "class"
    odd = 'Ångström, "Anna" 王小明 <b>'
    (room / odd).mkdir(parents=True)
    (room / odd / "03_sigmoid_neuron.ipynb").write_text(SOLVED)
    (room / "s002.ipynb").write_text("{this is not JSON")
    (room / "s003.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
    )
    with (room / "s004.ipynb").open("wb") as large:
        large.truncate(200 << 20)
    (room / "notes.txt").write_text("not a notebook")
    done, reports = grade(room, tmp_path / "out")
    by_student = {report["identity"]["student"]: report for report in reports}
    assert by_student[odd]["earned"] == by_student[odd]["possible"] == 12
    assert "not valid JSON" in by_student["s002"]["reason"]
    assert "none of the assignments" in by_student["s003"]["reason"]
    assert "200 MB" in by_student["s004"]["reason"]
    assert "left out notes.txt" in done.stderr
    page = (tmp_path / "out" / "class.html").read_text()
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


def test_another_seed_draws_other_hidden_inputs_and_gives_the_same_grade(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "s001.ipynb").write_text(SOLVED)
    (tmp_path / "course.toml").write_text('seed = "another"\n')
    _, reports = grade(tmp_path / "class", tmp_path / "out")
    assert reports[0]["earned"] == 12
    assert reports[0]["provenance"]["seed"] != grade_seed_of_demonstration(tmp_path)


def grade_seed_of_demonstration(tmp_path: Path) -> str:
    (tmp_path / "course.toml").unlink()
    return str(grade(tmp_path / "class", tmp_path / "out")[1][0]["provenance"]["seed"])


def test_build_check_names_the_stale_file_and_the_command(tmp_path):
    copy = tmp_path / "kit"
    ignored = shutil.ignore_patterns(".venv", ".git", "class", "graded", ".*_cache", "tests")
    shutil.copytree(HERE.root, copy, ignore=ignored)
    notebook = copy / "assignments" / "03_sigmoid_neuron.ipynb"
    notebook.write_text(notebook.read_text().replace("Squash", "Squeeze"))
    done = autograder("build", "--check", cwd=copy)
    assert done.returncode == 1
    assert "assignments/03_sigmoid_neuron.ipynb" in done.stderr
    assert "run autograder build 03_sigmoid_neuron" in done.stderr
    assert "04_matmul" not in done.stderr


def test_verify_shows_survivors_with_their_diff_and_refuses_a_list_that_is_out_of_date(tmp_path):
    copy = tmp_path / "kit"
    ignored = shutil.ignore_patterns(".venv", ".git", "class", "graded", ".*_cache", "tests")
    shutil.copytree(HERE.root, copy, ignore=ignored)
    hidden = copy / "autograder" / "hidden" / "checks" / "matmul.py"
    text = hidden.read_text()
    assert text.count("abs(claimed - measured)") == 1
    hidden.write_text(text.replace("abs(claimed - measured)", "abs(claimed / measured)"))
    done = autograder("verify", "04_matmul", "--mutants", "all", cwd=copy)
    assert done.returncode == 1
    assert (
        "-    return abs(measured - claimed)\n+    return abs(claimed - measured)\n" in done.stdout
    )
    assert re.search(
        r"04_matmul: dot_test:\d+:operand\S* survives \(operand: measured - claimed", done.stderr
    )
    assert (
        "-> 'return abs(claimed / measured)' as equivalent, but no mutant does that" in done.stderr
    )
    assert "03_sigmoid_neuron" not in done.stdout


def test_verify_without_mutants_grades_none():
    done = autograder("verify", "03_sigmoid_neuron", "--mutants", "none")
    assert done.returncode == 0, done.stderr
    assert "fewest cases" in done.stdout
    assert "alive" not in done.stdout


def test_simulate_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "precious").write_text("work")
    done = autograder("simulate", tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "precious").read_text() == "work"


def test_a_simulated_class_is_graded_without_a_wrong_verdict(tmp_path):
    assert autograder("simulate", tmp_path / "class", "--students", 12, "--seed", 5).returncode == 0
    (tmp_path / "class" / "course.toml").write_text("[limits]\ncell = 2\n")
    assert autograder("grade", tmp_path / "class", "--out", tmp_path / "out").returncode == 0
    done = autograder("compare", tmp_path / "out" / "report.json", tmp_path / "class.truth.json")
    assert done.returncode == 0, done.stderr
    assert " 0 wrong" in done.stdout


def test_compare_finds_a_wrong_verdict(tmp_path):
    (tmp_path / "s001.ipynb").write_text(SOLVED)
    assert autograder("grade", tmp_path / "s001.ipynb", "--out", tmp_path / "out").returncode == 0
    truth = [
        {
            "student": "s001",
            "assignment": NEURON.name,
            "file": "s001.ipynb",
            "readable": True,
            "exercises": {e.name: [0.0, 0.0, "", None] for e in NEURON.exercises},
        }
    ]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    done = autograder("compare", tmp_path / "out" / "report.json", tmp_path / "truth.json")
    assert done.returncode == 1
    assert "8 wrong" in done.stdout


def test_a_help_page_is_shown_without_numpy_or_templates():
    script = "import sys, autograder.cli; print({'numpy', 'jinja2', 'yaml'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert loaded.stdout == "set()\n", loaded.stderr
