"""`simulate` and `compare` as commands: a class with known mistakes, and its grades."""

import json

import pytest

from tests.cli.commands import NEURON, SOLVED, autograder


def test_simulate_refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "precious").write_text("work")
    done = autograder("simulate", tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "precious").read_text() == "work"


# Eight notebooks a student: a class of twelve takes minutes where much else runs.
MANY = pytest.param(12, marks=[pytest.mark.long, pytest.mark.timeout(1800)])


@pytest.mark.parametrize("students", [2, MANY])
def test_a_simulated_class_is_graded_without_a_wrong_verdict(tmp_path, students):
    made = autograder("simulate", tmp_path / "class", "--students", students, "--seed", 5)
    assert made.returncode == 0, made.stderr
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
