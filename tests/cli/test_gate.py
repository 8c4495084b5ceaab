"""`build --check` and `verify` as commands."""

import re
import shutil

import pytest

from autograder.course.paths import HERE
from tests.cli.commands import autograder


# CI itself runs `build --check`.
@pytest.mark.long
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


# All but the exercise whose hidden check is spoiled: a course that drops them has nothing to take off the lists.
ALONE = """
[exercises]
drop = ["matmul_backward", "affine_forward", "affine_backward", "unbroadcast"]
"""


# The table of survivors has quick tests in test_audit.py.
@pytest.mark.long
def test_verify_shows_survivors_with_their_diff_and_refuses_a_list_that_is_out_of_date(tmp_path):
    copy = tmp_path / "kit"
    ignored = shutil.ignore_patterns(".venv", ".git", "class", "graded", ".*_cache", "tests")
    shutil.copytree(HERE.root, copy, ignore=ignored)
    hidden = copy / "autograder" / "hidden" / "checks" / "matmul.py"
    text = hidden.read_text()
    assert text.count("abs(claimed - measured)") == 1
    hidden.write_text(text.replace("abs(claimed - measured)", "abs(claimed / measured)"))
    (tmp_path / "course.toml").write_text(ALONE)
    course = ("--course", tmp_path / "course.toml")
    done = autograder("verify", "04_matmul", "--mutants", "all", *course, cwd=copy)
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
    assert len(re.findall(r"(?m)^04_matmul: ", done.stderr)) == 2
    assert "is no condition" not in done.stderr and "is no exercise" not in done.stderr


@pytest.mark.long
def test_verify_without_mutants_grades_none():
    done = autograder("verify", "03_sigmoid_neuron", "--mutants", "none")
    assert done.returncode == 0, done.stderr
    assert "fewest cases" in done.stdout
    assert "alive" not in done.stdout
