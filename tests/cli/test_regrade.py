"""`regrade` in a real process: who moves, by how much, why; a dry run writes nothing; the better score counts."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
SOURCE = read_source(HERE.source(NEURON.name), NEURON)
SOLVED = notebook_text(filled_notebook(SOURCE, NEURON))
STUB = notebook_text(stub_notebook(SOURCE, NEURON))
WRONG = notebook_text(filled_notebook(SOURCE, NEURON, {"relu": "def relu(x):\n    return x\n"}))
DUE = 'zone = "America/Los_Angeles"\n[due]\n03_sigmoid_neuron = 2026-02-01T23:59:00\n'
LATE = DUE + "[late]\npercent = 10\n"


def kit(*words: object, cwd: Path = HERE.root) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *map(str, words)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env=environment, check=False, timeout=280
    )


def put(course: Path, student: str, text: str, time: str) -> None:
    """A submission as nbgrader collects it."""
    folder = course / "submitted" / student / NEURON.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NEURON.name}.ipynb").write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text(time)


def scores(out: Path) -> dict[str, float]:
    reports = json.loads((out / "report.json").read_text())["reports"]
    return {r["identity"]["student"]: r["score"] for r in reports if r["status"] == "graded"}


def published(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in out.rglob("*.*") if "store" not in path.parts}


def moved(done: subprocess.CompletedProcess[str]) -> dict[str, dict]:
    assert done.returncode == 0, done.stderr
    return {move["student"]: move for move in json.loads(done.stdout)["moves"]}


@pytest.fixture
def course(tmp_path):
    put(tmp_path, "ada", SOLVED, "2026-02-01 20:00:00 UTC")
    put(
        tmp_path, "bo", WRONG, "2026-02-03 07:59:00.000001 UTC"
    )  # a day and a microsecond after the due time
    put(tmp_path, "cy", STUB, "2026-02-01 20:00:00 UTC")
    (tmp_path / "course.toml").write_text(DUE)
    done = kit("grade", tmp_path / "submitted", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert scores(tmp_path / "out") == {"ada": 12, "bo": 11, "cy": 0}
    return tmp_path


@pytest.mark.long
def test_policy_and_submissions_change_and_the_better_score_counts(course):
    out = course / "out"
    assert moved(kit("regrade", "--out", out, "--dry-run", "--json")) == {}
    (course / "course.toml").write_text(LATE)
    put(course, "ada", STUB, "2026-02-01 21:00:00 UTC")
    put(course, "cy", SOLVED, "2026-02-02 07:59:00 UTC")
    before = published(out)
    dry = kit("regrade", "--out", out, "--dry-run", "--json")
    moves = moved(dry)
    assert published(out) == before
    assert json.loads(dry.stdout)["applied"] is False
    told = {
        s: (m["before"], m["after"], m["counts"], m["kept"], m["causes"][0])
        for s, m in moves.items()
    }
    assert told == {
        "ada": (12.0, 0.0, 12.0, True, "submission"),
        "bo": (11.0, 8.6, 11.0, True, "late policy"),
        "cy": (0.0, 12.0, 12.0, False, "submission"),
    }
    assert moves["bo"]["exercises"] == []
    assert {e["exercise"] for e in moves["cy"]["exercises"]} == {e.name for e in NEURON.exercises}
    table = kit("regrade", "--out", out)
    assert table.returncode == 0, table.stderr
    assert "3 change: 1 up, 2 down, 2 of them keep the earlier score" in table.stdout
    assert scores(out) == {"ada": 12, "bo": 11, "cy": 12}
    again = kit("grade", course / "submitted", "--out", out)
    assert scores(out) == {"ada": 12, "bo": 11, "cy": 12}
    assert (
        "bo, 03_sigmoid_neuron: 11 points stay, better than the 8.6 points of a later grading"
        in again.stderr
    )
    lowered = moved(kit("regrade", "--out", out, "--lower-too", "--json"))
    assert (lowered["bo"]["counts"], lowered["ada"]["counts"]) == (8.6, 0)
    assert scores(out) == {"ada": 0, "bo": 8.6, "cy": 12}
    assert kit("grade", course / "submitted", "--out", out).returncode == 0
    assert scores(out) == {"ada": 0, "bo": 8.6, "cy": 12}
    (bo,) = [
        r
        for r in json.loads((out / "report.json").read_text())["reports"]
        if r["identity"]["student"] == "bo"
    ]
    assert (bo["earned"], bo["penalty"]) == (11, 2.4)
    assert bo["late"] == "1 d 1 s late; 2 days begun, 20 % of 12 points taken off"
    assert datetime.fromisoformat(bo["identity"]["submitted"]) == datetime(
        2026, 2, 3, 7, 59, 0, 1, tzinfo=UTC
    )


def test_some_submissions_are_graded_again_and_the_others_stay(course):
    out = course / "out"
    put(course / "more", "cy", SOLVED, "2026-02-01 22:00:00 UTC")
    moves = moved(
        kit(
            "regrade",
            course / "more" / "submitted",
            "--course",
            course / "course.toml",
            "-o",
            out,
            "--json",
        )
    )
    assert {s: (m["before"], m["after"]) for s, m in moves.items()} == {"cy": (0, 12)}
    assert scores(out) == {"ada": 12, "bo": 11, "cy": 12}
    assert (
        moved(kit("regrade", "--out", out, "--json")) == {}
    )  # both places are remembered, and the newer one counts


@pytest.fixture
def copy(tmp_path):
    """A copy of the kit to change."""
    ignored = shutil.ignore_patterns(
        ".venv", ".git", "class", "graded", "__pycache__", ".*_cache", "tests", "release"
    )
    return Path(shutil.copytree(HERE.root, tmp_path / "kit", ignore=ignored))


def changed(copy: Path, file: str, before: str, after: str) -> None:
    path = copy / "autograder" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.long
def test_grades_stay_when_a_colour_a_cards_text_and_a_writer_for_ci_change(course, copy, tmp_path):
    first = kit("grade", course / "submitted", "--out", tmp_path / "out2", cwd=copy)
    assert first.returncode == 0, first.stderr
    before = json.loads((tmp_path / "out2" / "report.json").read_text())
    changed(copy, "student/cards/style.py", "--agk-good:#00664f", "--agk-good:#123456")
    changed(copy, "student/cards/wording.py", '"not yet"', '"nearly"')
    changed(copy, "student/ci/github.py", "from __future__", "# another line\nfrom __future__")
    changed(copy, "outputs/junit.py", "from __future__", "# another line\nfrom __future__")
    again = kit("grade", course / "submitted", "--out", tmp_path / "out2", cwd=copy)
    assert again.returncode == 0, again.stderr
    assert "not run again, since the same work was graded before: 3" in again.stderr
    assert json.loads((tmp_path / "out2" / "report.json").read_text()) == before
    page = (tmp_path / "out2" / NEURON.name / "bo.html").read_text(encoding="utf-8")
    assert "#123456" in page
    assert "nearly" in page
    changed(copy, "student/judging/judge.py", "from __future__", "# another line\nfrom __future__")
    decided = kit("grade", course / "submitted", "--out", tmp_path / "out2", cwd=copy)
    assert decided.returncode == 0, decided.stderr
    assert "not run again" not in decided.stderr


@pytest.mark.long
def test_changed_checks_and_a_changed_kit_are_told_apart(course, copy, tmp_path):
    out = tmp_path / "out2"
    assert kit("grade", course / "submitted", "--out", out, cwd=copy).returncode == 0
    with (copy / "autograder" / "student" / "model" / "compare.py").open("a") as file:
        file.write("\n# a change that decides nothing\n")
    same = kit("regrade", "--out", out, "--dry-run", cwd=copy)
    assert "no score changes; nothing was written" in same.stdout
    assert "not run again" not in same.stderr
    checks = copy / "autograder" / "student" / "checks" / "sigmoid_neuron.py"
    text = checks.read_text()
    assert text.count('Part("stable", 0.5, ') == 1
    checks.write_text(text.replace('Part("stable", 0.5, ', 'Part("stable", 2.5, '))
    moves = moved(kit("regrade", "--out", out, "--dry-run", "--json", cwd=copy))
    assert {s: (m["before"], m["after"]) for s, m in moves.items()} == {
        "ada": (12, 14),
        "bo": (11, 13),
        "cy": (0, 0),
    }
    assert {tuple(move["causes"]) for move in moves.values()} == {("checks", "kit")}
    assert [e["exercise"] for e in moves["ada"]["exercises"]] == ["sigmoid"]
    problem = kit("evidence", "verify", out / "evidence" / NEURON.name / "ada.json", cwd=copy)
    assert problem.returncode == 1
    assert "the checks are not those that graded it" in problem.stderr


def test_what_cannot_be_regraded_is_misuse(tmp_path):
    done = kit("regrade", "--out", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no report.json; grade the class first" in done.stderr
    (tmp_path / "report.json").write_text('{"schema": "backprop-kit/reports/3", "reports": []}\n')
    done = kit("regrade", "--out", tmp_path)
    assert done.returncode == 2
    assert "does not say where its submissions were; name them" in done.stderr
