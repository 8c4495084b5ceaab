"""The benchmark: it runs, and says what it measured.  Never how long anything takes."""

import json
import math
import re
import subprocess
import sys

import pytest

from autograder.authoring.gate.audit import Score
from autograder.authoring.gate.conditions import ConditionFound, ConditionScore
from autograder.authoring.gate.verify import Row
from autograder.course.paths import HERE
from benchmarks.compat import find_python, oldest
from benchmarks.measure import Phase, Run
from benchmarks.summary import FLOOR, KIT, LEAN, NBGRADER, QUICK_ROUND, ROUND, Round, goals, ratio
from benchmarks.truth import line, total

ASSIGNMENT = "03_sigmoid_neuron"


def run_of(arm, grading, grader=100):
    phases = (
        Phase("imports", 1.0, 1.0),
        Phase("sandbox", 2.0, 1.0),
        Phase("grading", grading, grading),
    )
    return Run(arm, phases, 24, wall=grading + 4, cpu=grading + 2, grader=grader, tree=3 * grader)


def round_of(kit, floor, nbgrader, large=100):
    seconds = {KIT: kit, FLOOR: floor, LEAN: floor / 2, NBGRADER: nbgrader}
    return Round(tuple(run_of(arm, seconds[arm]) for arm in ROUND), run_of(KIT, 10 * kit, large))


def test_the_oldest_packages_are_those_of_the_lower_bounds():
    assert oldest(["numpy>=2.0", "matplotlib>=3.9"]) == ["numpy==2.0.*", "matplotlib==3.9.*"]


def test_a_python_is_found_by_its_version_or_its_path():
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert find_python(here) == find_python(sys.executable) == sys.executable
    assert find_python("2.1") is None


def test_start_up_is_all_that_comes_before_grading():
    run = run_of(KIT, 5.0)
    assert run.startup == Phase("start-up", 3.0, 2.0)
    assert run.grading == Phase("grading", 5.0, 5.0)


def test_a_ratio_compares_within_a_round():
    rounds = [round_of(2.0, 1.0, 20.0), round_of(40.0, 10.0, 400.0), round_of(3.0, 1.0, 30.0)]
    found = ratio(rounds, KIT, FLOOR, lambda run: run.grading.wall)
    assert (found.median, found.least, found.most) == (3.0, 2.0, 4.0)


def test_what_was_too_short_for_the_clock_is_no_ratio():
    assert (
        ratio([round_of(2.0, 0.0, 20.0)], KIT, FLOOR, lambda run: run.grading.wall).median
        == math.inf
    )


@pytest.mark.parametrize(
    ("kit", "floor", "nbgrader", "large", "met"),
    [
        (1.2, 1.0, 20.0, 105, [True, True, True]),
        (1.4, 1.0, 20.0, 105, [False, True, True]),
        (1.2, 1.0, 8.0, 105, [True, False, True]),
        (1.2, 1.0, 20.0, 130, [True, True, False]),
    ],
)
def test_each_goal_is_held_against_its_own_ratio(kit, floor, nbgrader, large, met):
    assert [goal.met for goal in goals([round_of(kit, floor, nbgrader, large)])] == met


@pytest.mark.long
def test_a_tiny_class_is_graded_by_all_arms(tmp_path):
    command = [
        sys.executable,
        "-m",
        "benchmarks.grading",
        "--quick",
        "--students",
        "1",
        "--jobs",
        "1",
    ]
    command += ["--assignment", ASSIGNMENT, "--out", str(tmp_path)]
    ran = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    (written,) = tmp_path.glob("*.json")
    result = json.loads(written.read_text(encoding="utf-8"))
    (only,) = result["rounds"]
    assert [run["arm"] for run in only["runs"]] == list(QUICK_ROUND)
    assert {run["submissions"] for run in only["runs"]} == {1}
    assert only["large"]["submissions"] == 10
    for run in [*only["runs"], only["large"]]:
        assert run["phases"][-1]["name"] == "grading"
        assert 0 < sum(phase["wall"] for phase in run["phases"]) < run["wall"]
        assert run["cpu"] > 0
        assert run["grader"] > 0
        assert run["tree"] > 0
    assert [goal["met"] for goal in result["goals"]].count(True) == ran.stdout.replace(
        "not met", ""
    ).count(" met")
    ratios = ("kit / floor", "kit / lean floor", "nbgrader / kit")
    for word in ("start-up, s", "grading, s", "peak memory of the grader", *ratios):
        assert word in ran.stdout


def test_an_unknown_assignment_is_misuse(tmp_path):
    command = [
        sys.executable,
        "-m",
        "benchmarks.grading",
        "--assignment",
        "99_none",
        "--out",
        str(tmp_path),
    ]
    ran = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "99_none: there is no such assignment; there are " in ran.stderr
    assert ASSIGNMENT in ran.stderr


@pytest.mark.long
def test_a_class_is_entered_into_a_gradebook():
    command = [sys.executable, "-m", "benchmarks.gradebook", "--students", "4", "--different", "3"]
    ran = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for kind in ("new", "changed", "unchanged", "plain INSERTs"):
        (row,) = [row for row in ran.stdout.splitlines() if row.startswith(f"{kind} ")]
        assert float(row.split()[-2]) > 0


def test_the_layers_of_the_sandbox_are_timed():
    command = [sys.executable, "-m", "benchmarks.sandbox", "--quick"]
    ran = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for arm in ("bare fork", "no layer", "all layers"):
        (row,) = [row for row in ran.stdout.splitlines() if row.startswith(f"{arm} ")]
        started, *_ = row.removeprefix(arm).split()
        assert float(started) > 0


@pytest.mark.long
def test_the_truth_of_a_grade_is_told_by_exercise():
    command = [sys.executable, "-m", "benchmarks.truth", ASSIGNMENT, "--mutants", "none"]
    ran = subprocess.run(command, cwd=HERE.root, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "false alarms: 0; missed: 0; misnamed: 0" in ran.stdout
    (row,) = [row for row in ran.stdout.splitlines() if "neuron_backward" in row]
    assert re.search(r"neuron_backward\s+–\s+(\d+) of \1\s+(\d+) of \2\s+\2\s+0", row)


def test_what_is_missed_is_counted_over_mutants_and_misconceptions():
    row = Row(
        "03",
        "f",
        1.0,
        1,
        1,
        misconceptions=5,
        caught=4,
        named=3,
        fewest=1,
        misnamed=1,
        lost=4.0,
        elsewhere=0.5,
    )
    score = Score("03", "f", mutants=20, graded=10, killed=7, late=0, equivalent=2, seconds=1.0)
    conditions = [
        ConditionFound(None, visible=True, hidden=True),
        ConditionFound(None, visible=False, hidden=True),
    ]
    found = line(row, score, [True, True, False], ConditionScore("03", "f", 0, tuple(conditions)))
    assert found.cells == (
        "f",
        "7 of 8",
        "2 of 3",
        "4 of 5",
        "3",
        "1",
        "0.5 to 4",
        "1 of 2",
        "2 of 2",
    )
    assert found.missed == 2
    both = ("2 exercises", "14 of 16", "4 of 6", "8 of 10", "6", "2", "1 to 8", "2 of 4", "4 of 4")
    assert total([found, found]).cells == both
