"""A grading that is killed, at whatever moment, goes on where it was; two at once do not disturb each other."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.authoring.gate.simulate import simulate_class
from autograder.course.paths import HERE
from autograder.course.settings import Course, load_course
from autograder.grading.run import find_work, make_keys, start_grader
from autograder.grading.store import GradeStore

NAME = "03_sigmoid_neuron"
STUDENTS, KILLS = 9, 4
SAID = "not run again, since the same work was graded before: "


def command(folder: Path, out: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        str(folder),
        "--course",
        str(folder / "course.toml"),
        "--out",
        str(out),
        "--jobs",
        "2",
        *options,
    ]


def run(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(folder, out, *options),
        cwd=HERE.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return done


def results(out: Path) -> list[Path]:
    return list((out / "store" / "results").glob("*.json"))


def without_timings(out: Path) -> dict[str, object]:
    """All JSON that people and exports read, without the seconds it took, and without the seal, which holds them."""

    def strip(value):
        if isinstance(value, dict):
            return {
                key: strip(item)
                for key, item in value.items()
                if key not in ("seconds", "graded_at", "seal")
            }
        return [strip(item) for item in value] if isinstance(value, list) else value

    files = [out / "report.json", *(out / "evidence").rglob("*.json")]
    return {str(path.relative_to(out)): strip(json.loads(path.read_text())) for path in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class in which no two notebooks have the same bytes."""
    made = tmp_path_factory.mktemp("resume") / "class"
    simulate_class([make_keys(Course())[NAME]], made, STUDENTS, seed=11)
    for number, path in enumerate(sorted(made.rglob("*.ipynb"))):
        path.write_bytes(path.read_bytes() + b" " * number)
    # However busy the machine is, an endless cell ends by its CPU time, in the same words.
    (made / "course.toml").write_text("[limits]\ncell = 0.5\ncall = 0.5\npatience = 200\n")
    return made


@pytest.fixture(scope="module")
def calm(folder, tmp_path_factory):
    """The folder of an undisturbed run."""
    out = tmp_path_factory.mktemp("calm")
    assert SAID not in run(folder, out).stderr
    return out


def graded(out: Path) -> int:
    reports = json.loads((out / "report.json").read_text())["reports"]
    return sum(report["status"] == "graded" for report in reports)


@pytest.mark.long
def test_a_run_killed_again_and_again_ends_like_one_that_was_not(folder, calm, tmp_path):
    moments = random.Random(5)
    seen = []
    for _ in range(KILLS):
        there = len(results(tmp_path))
        process = subprocess.Popen(
            command(folder, tmp_path),
            cwd=HERE.root,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        while len(results(tmp_path)) <= there and process.poll() is None:
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen.append(len(results(tmp_path)))
    assert seen == sorted(set(seen))  # each went on from where the one before was killed
    kept = {path.name for path in results(tmp_path)}
    last = run(folder, tmp_path)
    assert f"{SAID}{len(kept)}\n" in last.stderr
    assert without_timings(tmp_path) == without_timings(calm)
    assert (
        {path.name for path in results(tmp_path)} == {path.name for path in results(calm)} >= kept
    )
    assert len(results(calm)) == graded(calm) >= STUDENTS - 2


def test_who_interrupts_a_run_reads_what_is_kept_and_how_to_go_on(folder, tmp_path):
    process = subprocess.Popen(
        command(folder, tmp_path), cwd=HERE.root, stderr=subprocess.PIPE, text=True
    )
    while not results(tmp_path):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    kept = len(results(tmp_path))
    assert process.returncode == 130, said
    assert f"interrupted; {kept} finished grades are kept in {tmp_path / 'store'}" in said
    assert said.rstrip().endswith("run the same command again to go on from there")
    assert not (tmp_path / "report.json").exists()
    assert f"{SAID}{kept}\n" in run(folder, tmp_path).stderr


def test_a_rerun_runs_nothing_and_changes_not_even_the_timings(folder, calm):
    before = {path: path.read_bytes() for path in calm.rglob("*.*")}
    assert f"{SAID}{graded(calm)}\n" in run(folder, calm).stderr
    assert {path: path.read_bytes() for path in calm.rglob("*.*")} == before


def test_what_changed_or_is_damaged_is_graded_again_and_the_rest_is_not(folder, calm, tmp_path):
    shutil.copytree(calm, tmp_path / "out")
    out = tmp_path / "out"
    first, second, *_ = sorted(results(out))
    first.write_bytes(first.read_bytes()[:-40])
    second.write_text(second.read_text().replace('"earned": ', '"earned": 1', 1))
    done = run(folder, out)
    for path in (first, second):
        assert f"store/results/{path.name}: " in done.stderr
        assert path.stat().st_mtime > (calm / path.relative_to(out)).stat().st_mtime
    assert f"{SAID}{graded(calm) - 2}\n" in done.stderr
    assert without_timings(out) == without_timings(calm)


@pytest.mark.long
def test_fresh_grades_all_again(folder, calm, tmp_path):
    shutil.copytree(calm, tmp_path / "out")
    done = run(folder, tmp_path / "out", "--fresh")
    assert SAID not in done.stderr
    assert without_timings(tmp_path / "out") == without_timings(calm)


@pytest.mark.long
def test_of_two_runs_at_once_the_second_says_that_it_waits_and_then_has_nothing_to_do(
    folder, calm, tmp_path
):
    both = [
        subprocess.Popen(
            command(folder, tmp_path),
            cwd=HERE.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=280)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    (waited,) = [
        number for number, text in enumerate(said) if "is grading into this folder" in text
    ]
    assert f"process {both[1 - waited].pid} is grading" in said[waited]
    assert f"{SAID}{graded(calm)}\n" in said[waited]
    assert without_timings(tmp_path) == without_timings(calm)


def test_sandbox_sources_and_checks_are_there_only_for_what_must_run(folder, tmp_path):
    course = load_course(folder / "course.toml")
    [first, *_] = find_work([folder]).submissions
    store, keys = GradeStore(tmp_path), make_keys(course)
    with start_grader(keys, course, store=store) as grader:
        assert not grader.sandbox.started
        once = grader.grade(first)
        assert grader.sandbox.started
    drawn = [name for name, key in keys.items() if key.checks.drawn]
    assert drawn == [NAME]
    assert [name for name, key in keys.items() if "now" in vars(key.reference)] == [NAME]  # read
    with start_grader(make_keys(course), course, store=store) as grader:
        assert grader.grade(first) == once
        assert not grader.sandbox.started
