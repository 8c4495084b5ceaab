"""Make the class that is graded, in the layout that each arm reads.

An endless loop is left out of the class: its waiting time would hide everything else.  So is the file that is no
notebook, which stock nbgrader cannot pass over without failing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.authoring.build.notebook import notebook_text, source_notebook
from autograder.authoring.gate.simulate import simulate_class
from autograder.authoring.gate.truth import SubmissionTruth, read_truth
from autograder.errors import GraderError
from autograder.grading.answer_key import AnswerKey
from autograder.student.model.results import Outcome
from benchmarks.peers.environment import PYTHON as PEERS_PYTHON

SEED = 1
LEFT_OUT = 2  # submissions of an assignment that the simulated class has and this one has not
OTTER_TEST = """\
OK_FORMAT = False

from otter.test_files import test_case

name = "{name}"
points = {points}


@test_case()
def test_visible_checks(env):
    assert eval("check('{name}')", env) == points  # check looks at the names of its caller
"""
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\n'


def write_class(keys: Sequence[AnswerKey], folder: Path, students: int) -> int:
    """Write `students` notebooks of each assignment as folder/{student}/{assignment}.ipynb; how many these are."""
    truths = read_truth(simulate_class(keys, folder, students + LEFT_OUT, SEED))
    kept: dict[str, list[SubmissionTruth]] = defaultdict(list)
    for truth in truths:
        if _gradable(truth) and len(kept[truth.assignment]) < students:
            kept[truth.assignment].append(truth)
        else:
            (folder / truth.file).unlink()
    for student in folder.iterdir():
        if not any(student.iterdir()):  # an empty folder is a student who handed in nothing
            student.rmdir()
    return sum(map(len, kept.values()))


def _gradable(truth: SubmissionTruth) -> bool:
    return truth.readable and all(
        e.outcome != Outcome.TIMED_OUT.value for e in truth.exercises.values()
    )


def write_course(keys: Sequence[AnswerKey], course: Path, environment: Mapping[str, str]) -> None:
    """Write an nbgrader course directory with all assignments, to which nothing is handed in."""
    for key in keys:
        target = course / "source" / key.assignment.name / f"{key.assignment.name}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(
            notebook_text(source_notebook(key.source, key.assignment)), encoding="utf-8"
        )
    (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    for key in keys:
        _generate(course, key.assignment.name, environment)


def hand_in(course: Path, submissions: Path, folder: Path, count: int) -> None:
    """Write `count` copies of the course directory, folder/0 and so on, each with its share of the class handed in.

    submissions: the folder that `write_class` has written.
    """
    for lane in range(count):
        shutil.copytree(course, folder / str(lane))
    notebooks = sorted(
        submissions.glob("*/*.ipynb"), key=lambda path: (path.stem, path)
    )  # each gets of each assignment
    for number, notebook in enumerate(notebooks):
        submitted = (
            folder
            / str(number % count)
            / "submitted"
            / notebook.parent.name
            / notebook.stem
            / notebook.name
        )
        submitted.parent.mkdir(parents=True)
        shutil.copyfile(notebook, submitted)


def write_for_otter(
    keys: Sequence[AnswerKey], submissions: Path, folder: Path, environment: Mapping[str, str]
) -> None:
    """Write the class for otter-grader: folder/{assignment}.zip with its tests, folder/{student}/{assignment}.ipynb.

    Each exercise is a test that asks the student library for the visible checks, so the notebooks' own cells that do
    so are left out: every check runs once, as everywhere else.
    """
    for key in keys:
        name = key.assignment.name
        tests = folder / "tests" / name
        tests.mkdir(parents=True)
        for exercise in key.assignment.exercises:
            text = OTTER_TEST.format(name=exercise.name, points=exercise.points)
            (tests / f"{exercise.name}.py").write_text(text, encoding="utf-8")
        command = [str(PEERS_PYTHON), "-m", "otter", "generate", "--tests-dir", str(tests)]
        _prepare([*command, "--output-path", f"{folder / name}.zip"], folder, environment)
    for path in submissions.glob("*/*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"] = [cell for cell in notebook["cells"] if not _checks(cell)]
        target = folder / path.relative_to(submissions)
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")


def _checks(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is one of those that run an exercise's visible checks."""
    marks = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and marks.get("grade", False)


def _generate(course: Path, assignment: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
    _prepare(command, course, environment)


def _prepare(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise GraderError(f"{' '.join(command[1:4])} failed: {ran.stderr[-2000:]}")


def quiet_home(home: Path) -> dict[str, str]:
    """An environment in which every arm finds the same: an empty home, a warm font cache, one thread for algebra."""
    home.mkdir()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        ),
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(home / "jupyter-run"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    subprocess.run([sys.executable, "-c", "import matplotlib.pyplot"], env=environment, check=True)
    return environment
