"""Make the class that is graded, in the layout that each arm reads.

An endless loop is left out of the class: its waiting time would hide everything else.  So is the file that is no
notebook, which stock nbgrader cannot pass over without failing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.authoring.build.notebook import notebook_text, source_notebook
from autograder.authoring.gate.simulate import simulate_class
from autograder.authoring.gate.truth import SubmissionTruth, read_truth
from autograder.errors import GraderError
from autograder.grading.answer_key import AnswerKey
from autograder.student.model.results import Outcome

SEED = 1
LEFT_OUT = 2  # submissions of an assignment that the simulated class has and this one has not
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


def write_courses(
    keys: Sequence[AnswerKey],
    submissions: Path,
    folder: Path,
    count: int,
    environment: Mapping[str, str],
) -> None:
    """Write `count` nbgrader course directories, folder/0 and so on, each with its share of the class handed in.

    submissions: the folder that `write_class` has written.
    """
    course = folder / "0"
    for key in keys:
        target = course / "source" / key.assignment.name / f"{key.assignment.name}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(
            notebook_text(source_notebook(key.source, key.assignment)), encoding="utf-8"
        )
    (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    for key in keys:
        _generate(course, key.assignment.name, environment)
    for lane in range(1, count):
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


def _generate(course: Path, assignment: str, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
    ran = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise GraderError(f"nbgrader generate_assignment {assignment} failed: {ran.stderr[-2000:]}")


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
