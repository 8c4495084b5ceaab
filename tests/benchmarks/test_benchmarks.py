"""The benchmark: it runs, and says what it measured.  Never how long anything takes."""

import json
import math
import re
import subprocess
import sys

import pytest
from rich.console import Console

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.gate.audit import Score
from autograder.authoring.gate.conditions import ConditionFound, ConditionScore
from autograder.authoring.gate.verify import Row
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.grading.run import make_keys
from benchmarks import classroom
from benchmarks.classroom import quiet_home, write_for_otter
from benchmarks.compat import find_python, oldest
from benchmarks.curve import Command, Size
from benchmarks.measure import Phase, Run, run_arm
from benchmarks.measured import Printout
from benchmarks.peers.environment import ABSENT, PEERS, PYTHON, installed, pinned
from benchmarks.picture import draw, draw_curve
from benchmarks.summary import (
    FLOOR,
    KIT,
    LEAN,
    NBCLIENT,
    NBGRADER,
    OTTER,
    QUICK_ROUND,
    ROUND,
    Round,
    goals,
    grading_time,
    ratio,
    speedup,
)
from benchmarks.table import print_rounds
from benchmarks.truth import line, total

ASSIGNMENT = "03_sigmoid_neuron"


def run_of(arm, grading, grader=100, jobs=2):
    phases = (
        Phase("imports", 1.0, 1.0),
        Phase("sandbox", 2.0, 1.0),
        Phase("grading", grading, grading),
    )
    return Run(
        arm, jobs, phases, 24, wall=grading + 4, cpu=grading + 2, grader=grader, tree=3 * grader
    )


def round_of(kit, lean, nbgrader, large=100, faster=1.9, arms=ROUND):
    """A round on one core and on two; there the kit is `faster` times as fast, all others twice."""
    seconds = {KIT: kit, FLOOR: 2 * lean, LEAN: lean, NBGRADER: nbgrader}
    seconds |= {NBCLIENT: nbgrader / 2, OTTER: 2 * nbgrader}
    one = [
        run_of(arm, seconds[arm] * (faster if arm == KIT else 2), grader=90, jobs=1) for arm in arms
    ]
    two = [run_of(arm, seconds[arm]) for arm in arms]
    return Round((*one, *two), run_of(KIT, 10 * kit, large))


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
    found = ratio([r.at(2) for r in rounds], KIT, LEAN, grading_time)
    assert (found.median, found.least, found.most) == (3.0, 2.0, 4.0)


def test_what_was_too_short_for_the_clock_is_no_ratio():
    assert ratio([round_of(2.0, 0.0, 20.0)], KIT, LEAN, grading_time).median == math.inf


def test_cores_are_compared_within_a_round():
    rounds = [round_of(2.0, 1.0, 20.0, faster=f) for f in (1.5, 1.7, 1.6)]
    found = speedup(rounds, KIT)
    assert (found.median, found.least, found.most) == pytest.approx((1.6, 1.5, 1.7))
    assert speedup(rounds, OTTER).median == 2.0


@pytest.mark.parametrize(
    ("kit", "nbgrader", "faster", "large", "met"),
    [
        (2.0, 80.0, 1.8, 110, [True, True, True, True]),
        (2.1, 90.0, 1.8, 110, [False, True, True, True]),
        (2.0, 79.0, 1.8, 110, [True, False, True, True]),
        (2.0, 80.0, 1.7, 110, [True, True, False, True]),
        (2.0, 80.0, 1.8, 111, [True, True, True, False]),
    ],
)
def test_each_goal_is_held_against_its_own_ratio(kit, nbgrader, faster, large, met):
    rounds = [round_of(kit, 1.0, nbgrader, large, faster)]
    assert [goal.met for goal in goals(rounds)] == met


def test_on_one_core_nothing_is_said_of_two():
    only = [round_of(2.0, 1.0, 80.0).at(1)]
    assert not any("cores" in goal.text for goal in goals(only))
    assert "cores over" not in printed(only)


def printed(rounds):
    """What the tables say, as Markdown."""
    page = Printout(Console(quiet=True))
    print_rounds(rounds, [ASSIGNMENT], "idle", page)
    return page.text


def test_every_arm_stands_in_the_tables_of_both_numbers_of_cores():
    text = printed([round_of(2.0, 1.0, 100.0), round_of(2.0, 1.0, 80.0)])
    header = "|  | kit | floor | lean | nbclient | nbgrader | otter |"
    for lane in ("1 core", "2 cores"):
        assert f"**The same class on {lane}**\n\n{header}" in text
    speeds = text.partition("**2 cores over 1: times as fast**")[2]
    assert "| otter | 2.00 (2.00-2.00) |" in speeds
    assert "| kit | 1.90 (1.90-1.90) |" in speeds
    ratios = text.partition("**Ratios, round by round**")[2]
    for name, most in (
        ("nbclient / kit", "25.0"),
        ("nbgrader / kit", "50.0"),
        ("otter / kit", "100"),
    ):
        (row,) = [row for row in ratios.splitlines() if row.startswith(f"| {name} |")]
        assert f"-{most}) |" in row


def test_arms_whose_environment_is_absent_are_said_to_be_left_out():
    arms = tuple(arm for arm in QUICK_ROUND if arm not in PEERS)
    text = printed([round_of(2.0, 1.0, 80.0, arms=arms)])
    assert "|  | kit | floor | lean | nbgrader |" in text
    for arm in PEERS:
        assert f"{arm} is left out: the peers' environment is not installed there." in text
        assert f"{arm} / kit" not in text


def test_the_picture_shows_every_arm_and_says_so_in_words(tmp_path):
    path = tmp_path / "bench.png"
    text = draw([round_of(2.4, 1.2, 96.0), round_of(2.4, 1.2, 144.0)], path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert text.startswith(
        "Milliseconds a submission on 1 core and on 2 cores, medians: lean floor 100 and 50; "
    )
    for words in ("this kit 190 and 100", "nbclient 5000 and 2500", "otter-grader 20000 and 10000"):
        assert words in text


def test_the_curve_shows_every_size_and_says_its_ends_in_words(tmp_path):
    def size(count):
        runs = [Command(2 + count / 20, 2 + count / 10, 100_000_000, 200_000_000)] * 3
        return Size(count, count, 1.0, *runs)

    text = draw_curve([size(10), size(100), size(1000)], tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert text == (
        "One submission in a class of 10 and of 1,000: 300 and 102 ms of CPU time; the grader's memory 100 and 100 MB."
    )


@pytest.mark.long
def test_a_size_that_is_kept_is_not_measured_again(tmp_path):
    command = [
        sys.executable,
        "-m",
        "benchmarks.curve",
        "3",
        "--kept",
        str(tmp_path / "kept.jsonl"),
    ]
    first, again = (
        subprocess.run(command, cwd=HERE.root, capture_output=True, text=True) for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert "grade, 3 submissions" in first.stderr
    assert again.stderr == ""
    assert again.stdout == first.stdout
    (row,) = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert row["submissions"] == 3
    for name in ("grade", "again", "similar"):
        assert min(row[name].values()) > 0


def test_the_peers_versions_are_those_of_their_requirements():
    assert re.fullmatch(r"[\d.]+", pinned("otter-grader"))
    assert re.fullmatch(r"[\d.]+", pinned("nbclient"))


def solved_and_untouched(folder):
    """Two submissions: all answers, and what was handed out."""
    key = make_keys(Course())[ASSIGNMENT]
    texts = {
        "solved": notebook_text(filled_notebook(key.source, key.assignment)),
        "untouched": HERE.released(ASSIGNMENT).read_text(encoding="utf-8"),
    }
    for student, text in texts.items():
        path = folder / student / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return key


def test_otter_gets_a_test_for_each_exercise_and_notebooks_without_checks(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(classroom, "_prepare", lambda command, *_: asked.append(command))
    key = solved_and_untouched(tmp_path / "class")
    write_for_otter([key], tmp_path / "class", tmp_path / "otter", {})
    (command,) = asked
    assert command[1:4] == ["-m", "otter", "generate"]
    assert command[-1] == str(tmp_path / "otter" / f"{ASSIGNMENT}.zip")
    tests = {path.stem: path for path in (tmp_path / "otter" / "tests" / ASSIGNMENT).iterdir()}
    assert set(tests) == {exercise.name for exercise in key.assignment.exercises}
    for exercise in key.assignment.exercises:
        text = tests[exercise.name].read_text(encoding="utf-8")
        compile(text, exercise.name, "exec")
        assert f"points = {exercise.points}\n" in text
    for student in ("solved", "untouched"):
        before, after = (
            (tmp_path / folder / student / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
            for folder in ("class", "otter")
        )
        assert 'check(\\"sigmoid\\")' in before
        assert 'check(\\"' not in after
        assert "def sigmoid(x)" in after


VERDICTS = """
import json, sys
from otter.api import grade_submission

for notebook in sys.argv[2:]:
    results = grade_submission(notebook, sys.argv[1], quiet=True).results
    print(json.dumps({name: test.passed_all for name, test in results.items()}))
"""


@pytest.mark.long
@pytest.mark.skipif(not installed(), reason=ABSENT)
def test_the_peers_grade_two_submissions_and_otter_gives_the_visible_checks_verdicts(tmp_path):
    environment = quiet_home(tmp_path / "home")
    key = solved_and_untouched(tmp_path / "class")
    write_for_otter([key], tmp_path / "class", tmp_path / "otter", environment)
    for arm, folder in ((NBCLIENT, "class"), (OTTER, "otter")):
        run = run_arm(arm, tmp_path / folder, 2, 2, environment)
        assert [phase.name for phase in run.phases] == ["imports", "grading"]
        assert 0 < run.grading.wall < run.wall
        assert run.grading.cpu > 0
        assert run.grader > 0
    notebooks = [
        str(tmp_path / "otter" / name / f"{ASSIGNMENT}.ipynb") for name in ("solved", "untouched")
    ]
    command = [str(PYTHON), "-c", VERDICTS, str(tmp_path / "otter" / f"{ASSIGNMENT}.zip")]
    ran = subprocess.run(
        [*command, *notebooks],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(HERE.release)},
        capture_output=True,
        text=True,
    )
    names = {exercise.name for exercise in key.assignment.exercises}
    verdicts = [json.loads(line) for line in ran.stdout.splitlines()]
    assert verdicts == [dict.fromkeys(names, True), dict.fromkeys(names, False)], ran.stderr


@pytest.mark.long
def test_a_tiny_class_is_graded_by_all_arms_whose_environment_is_here(tmp_path):
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
    expected = [arm for arm in QUICK_ROUND if installed() or arm not in PEERS]
    assert [run["arm"] for run in only["runs"]] == expected
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
