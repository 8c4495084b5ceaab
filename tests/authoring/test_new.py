"""A new exercise and a new assignment, made by the real commands in a copy of the checkout."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder.course.paths import HERE, Places
from autograder.student.checks import catalogue

NEURON, KEPT = "03_sigmoid_neuron", "sigmoid_neuron"
NEW = "09_convolution"


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Places:
    """A checkout with one assignment only."""
    places = Places(tmp_path_factory.mktemp("new") / "checkout")
    litter = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE.package, places.package, ignore=litter)
    shutil.copytree(HERE.solutions, places.solutions, ignore=litter)
    shutil.copy(HERE.pyproject, places.root)
    for module, assignment in catalogue().items():
        if module != KEPT:
            places.source(assignment.name).unlink()
            for folder in places.of_assignments:
                (folder / f"{module}.py").unlink()
    return places


def run(places: Places, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        cwd=places.root,
        env={**os.environ, "PYTHONPATH": str(places.root)},
        capture_output=True,
        text=True,
    )


def done(places: Places, *arguments: str) -> str:
    ran = run(places, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def problems(places: Places) -> list[str]:
    """What `verify` complains of; its exit code is 1 if there is anything, else 0."""
    ran = run(places, "verify", "--mutants", "none")
    found = [line for line in ran.stderr.splitlines() if not line.startswith("sandbox:")]
    assert ran.returncode == bool(found), ran.stderr
    return found


def missing(assignment: str, exercise: str) -> list[str]:
    where = "(in autograder/student/checks); add one"
    return [f"{assignment}: {exercise} has no {what} {where}" for what in ("hint", "slide")]


def complete(places: Places, module: str) -> None:
    """Fill in by hand what a new exercise lacks."""
    path = places.student / "checks" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert "slides=()" in text and "hints=()" in text
    text = text.replace("slides=()", "slides=(16,)").replace(
        "hints=()", 'hints=("What is once more?",)'
    )
    path.write_text(text, encoding="utf-8")


def places_of(assignment: str, module: str) -> list[str]:
    return [
        f"solutions/{assignment}.py",
        f"autograder/student/checks/{module}.py",
        f"autograder/hidden/checks/{module}.py",
        f"autograder/hidden/misconceptions/{module}.py",
    ]


@pytest.mark.long
def test_what_is_new_builds_and_verify_names_what_it_lacks_until_that_is_there(copy):
    written = done(copy, "new", "assignment", NEW)
    assert written.splitlines() == [f"{path}: written" for path in places_of(NEW, "convolution")]
    changed = done(copy, "new", "exercise", "doubled", "--in", NEURON)
    assert changed.splitlines() == [f"{path}: changed" for path in places_of(NEURON, KEPT)]
    done(copy, "build")
    done(copy, "release")
    no_exercise = f"{NEW}: has no exercise; add one with autograder new exercise NAME --in {NEW}"
    assert problems(copy) == [*missing(NEURON, "doubled"), no_exercise]
    done(copy, "new", "exercise", "convolve", "--in", NEW)
    complete(copy, KEPT)
    complete(copy, "convolution")
    done(copy, "build")
    done(copy, "release")
    assert problems(copy) == []


def test_what_is_written_is_as_the_linter_and_the_formatter_want_it(copy):
    config = ["--config", str(HERE.pyproject), "--no-cache"]
    done(copy, "new", "exercise", "tripled", "--in", NEURON)
    for command in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config, "autograder"],
            cwd=copy.root,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["exercise", "neuron_forward", "--in", NEURON],
            "a cell or an exercise has that name already",
        ),
        (["exercise", "not-a-name", "--in", NEURON], "not a name in Python"),
        (["exercise", "lambda", "--in", NEURON], "not a name in Python"),
        (["exercise", "f", "--in", "77_nothing"], "there is no such assignment"),
        (["assignment", "convolution"], "an assignment has a number and a name"),
        (["assignment", "../09_x"], "an assignment has a number and a name"),
        (["assignment", "10_class"], "an assignment has a number and a name"),
        (["assignment", NEURON], "is there already"),
        (["assignment", "03_other"], "has that number already"),
    ],
)
def test_a_name_that_cannot_be_is_misuse_and_changes_nothing(copy, arguments, message):
    before = {path: path.read_bytes() for path in copy.root.rglob("*.py")}
    ran = run(copy, "new", *arguments)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert {path: path.read_bytes() for path in copy.root.rglob("*.py")} == before
