"""Unexpected files where `grade` looks, and workers that send no answer: each is reported, and nobody else pays."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import needs_wall

from autograder.course.paths import HERE

pytestmark = needs_wall
NOTEBOOK = HERE.root / "tests" / "hand_filled" / "h01" / "03_sigmoid_neuron.ipynb"
SECONDS = 200  # none of these may hang
# Answers neuron_forward wrongly, and then the grader's question, which other exercises that answer
# mentions, with arrays.
FORGE = """
import sys
import numpy as np
worker = sys.modules["autograder.sandbox.worker"]
from autograder.student.model.exercises import Answer
honest = worker.run_probe
def forged(namespace, probe, inputs, **more):
    if "mentioned(" in probe.call:
        return [Answer([np.ones((2, 3)), [np.ones(2)]]) for _ in inputs]
    if probe.call.startswith("neuron_forward("):
        return [Answer(9.0) for _ in inputs]
    return honest(namespace, probe, inputs, **more)
worker.run_probe = forged
"""


def put_pipe(path: Path) -> None:
    os.mkfifo(path)


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, tempfile.TemporaryDirectory() as short:
        made.bind(f"{short}/s")
        Path(short, "s").rename(path)


def put_folder(path: Path) -> None:
    path.mkdir()
    (path / "in").touch()


KINDS = [put_pipe, put_socket, put_folder]


def grade(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", "grade", *words]
    environment = {**os.environ, "PYTHONPATH": str(HERE.root)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert "Traceback" not in done.stderr
    return done


def hand_in(folder: Path, name: str, head: str = "") -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    if head:
        notebook["cells"].insert(0, {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [],
                                     "execution_count": None, "source": head})  # fmt: skip
    (folder / "class").mkdir(exist_ok=True)
    (folder / "class" / name).write_text(json.dumps(notebook))


def earned(done: subprocess.CompletedProcess[str]) -> dict[str, float | None]:
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)["reports"]
    return {
        report["identity"]["file"]: report["earned"] if report["status"] == "graded" else None
        for report in reports
    }


def test_what_is_no_file_in_the_store_is_told_and_its_grade_made_again(tmp_path):
    for student in ("ada", "bob", "eve", "joe"):
        hand_in(tmp_path, f"{student}.ipynb", f"student = {student!r}")
    first = earned(grade(tmp_path, "class", "--json", "--out", "out"))
    assert len(first) == 4 and None not in first.values()
    results = sorted((tmp_path / "out" / "store" / "results").glob("*.json"))
    for put, path in zip(KINDS, results[:3], strict=True):
        path.unlink()
        put(path)
    again = grade(tmp_path, "class", "--json", "--out", "out")
    assert earned(again) == first
    assert "not run again, since the same work was graded before: 1" in again.stderr
    for path in results[:3]:
        assert f"store/results/{path.name}" in " ".join(again.stderr.split())


@pytest.mark.parametrize("path", ["/dev/zero", "pipe", "socket"])
def test_a_device_a_pipe_or_a_socket_that_is_named_is_refused_at_once(tmp_path, path):
    put_pipe(tmp_path / "pipe")
    put_socket(tmp_path / "socket")
    done = grade(tmp_path, path)
    assert done.returncode == 2
    assert done.stderr == (
        f"autograder: {path}: is neither a notebook (.ipynb) nor a folder nor a zip; name one of these\n"
    )


def test_what_is_no_file_among_the_submissions_and_a_hidden_one_are_told(tmp_path):
    hand_in(tmp_path, "ada.ipynb")
    hand_in(tmp_path, ".hidden.ipynb")
    for name, put in zip(("pipe", "socket", "folder"), KINDS, strict=True):
        put(tmp_path / "class" / f"{name}.ipynb")
    done = grade(tmp_path, "class", "--json")
    assert list(earned(done)) == ["ada.ipynb"]
    said = " ".join(done.stderr.split())
    assert "left out .hidden.ipynb: its name begins with a dot, which hides it" in said
    for name in ("pipe", "socket"):
        assert f"left out {name}.ipynb: it is not a regular file" in said
    assert "folder.ipynb" in said


def test_a_pipe_that_is_named_as_the_notebook_is_a_row_with_the_reason(tmp_path):
    put_pipe(tmp_path / "03_sigmoid_neuron.ipynb")
    done = grade(tmp_path, "03_sigmoid_neuron.ipynb")
    assert done.returncode == 0
    assert "not a regular file" in done.stdout
    assert "0 graded, 1 unreadable" in done.stdout


def test_a_pipe_whose_assignment_is_unknown_counts_for_none(tmp_path):
    put_pipe(tmp_path / "pipe.ipynb")
    done = grade(tmp_path, "pipe.ipynb")
    assert "0 graded, 1 unreadable\n" in done.stdout


def test_a_forged_list_of_what_an_answer_mentions_costs_that_exercise_alone(tmp_path):
    hand_in(tmp_path, "ada.ipynb")
    hand_in(tmp_path, "eve.ipynb", FORGE)
    done = grade(tmp_path, "class", "--json")
    assert None not in earned(done).values()
    ada, eve = json.loads(done.stdout)["reports"]
    points = [{e["exercise"]: e["earned"] for e in r["exercises"]} for r in (ada, eve)]
    assert points[0].pop("neuron_forward") > points[1].pop("neuron_forward") == 0
    assert points[0] == points[1]
