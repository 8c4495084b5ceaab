"""One submission costs its own limit, once: seen from outside a whole run of `grade`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import needs_wall

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.grading.run import make_keys

pytestmark = needs_wall
LIMIT = 5.0  # seconds of CPU time of one submission
SETTINGS = (
    f'seed = "secret"\n[limits]\ncell = 2.0\ncall = 1.0\nsubmission = {LIMIT}\npatience = 20\n'
)
ENDLESS = "open({name!r}, 'w').close()\nwhile True: pass"
# Ends the process, by its own hand, at random requests: in cells, when they are run again, and in calls.
WORK = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
SUICIDE = """
import os, ctypes, sys
def die(*_):
    if os.urandom(1)[0] < 100:
        [lambda: os._exit(0), lambda: ctypes.string_at(0)][os.urandom(1)[0] % 2]()
"""
# The command line, which writes down what its workers took, and what lay in their directories.
METERED = """
import os
import psutil
from autograder.cli import main
from autograder.sandbox.channel import Worker
from autograder.sandbox.zygote_client import Zygote

def close(zygote, honest=Zygote.close):
    if not zygote.lost:
        used = psutil.Process(zygote.pid).cpu_times()
        with open("used", "w") as file:
            file.write(str(used.children_user + used.children_system))
    honest(zygote)

def end(worker, honest=Worker.close):
    if worker.scratch.exists():
        with open("seen", "a") as file:
            file.writelines(name + os.linesep for name in os.listdir(worker.scratch))
    return honest(worker)

Zygote.close, Worker.close = close, end
main()
"""
IN_CALLS = "sys.setprofile(lambda frame, event, arg: die() if frame.f_code.co_name == 'run_probe' else None)"


def hand_in(path: Path, *heads: str) -> None:
    """A right notebook with cells of one's own at its head."""
    key = make_keys(Course())["03_sigmoid_neuron"]
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    plain = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"][:0] = [
        {**plain, "id": f"own-{n}", "source": head} for n, head in enumerate(heads)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def grade(folder: Path) -> tuple[dict, str, float, set[str]]:
    """What `grade` prints, the CPU seconds of its workers, and the files seen in their directories."""
    (folder / "course.toml").write_text(SETTINGS)
    (folder / "tmp").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(HERE.root), "TMPDIR": str(folder / "tmp")}
    command = [sys.executable, "-c", METERED, "grade", "class", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    used, seen = (folder / "used").read_text(), (folder / "seen").read_text().split()
    return json.loads(done.stdout), done.stderr, float(used), {*seen}


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> float:
    """The CPU seconds of the worker of one right notebook."""
    folder = tmp_path_factory.mktemp("usual")
    hand_in(folder / "class" / "ada" / "03_sigmoid_neuron.ipynb")
    return grade(folder)[2]


def test_of_ten_endless_notebooks_by_one_student_one_is_run(tmp_path, usual):
    for number in range(10):
        name = f"03_sigmoid_neuron_{number}.ipynb"
        hand_in(tmp_path / "class" / "ada" / name, ENDLESS.format(name=f"run-{number}"))
    hand_in(tmp_path / "class" / "bob" / "03_sigmoid_neuron.ipynb")
    printed, told, used, seen = grade(tmp_path)
    report, other = printed["reports"]
    assert other["earned"] == other["possible"]
    assert report["identity"]["file"] == "ada/03_sigmoid_neuron_9.ipynb"
    assert seen == {"run-9"}
    assert told.count("left out ada/03_sigmoid_neuron_") == 9
    assert used - usual < LIMIT / 2


def test_a_worker_that_ends_itself_at_random_requests_costs_the_limit_of_one_submission(
    tmp_path, usual
):
    hand_in(tmp_path / "class" / "ada" / "03_sigmoid_neuron.ipynb",
            SUICIDE + IN_CALLS, *[f"{WORK}\ndie()"] * 8)  # fmt: skip
    printed, _, used, _ = grade(tmp_path)
    [report] = printed["reports"]
    assert report["status"] == "graded"
    print(f"{(used - usual) / LIMIT:.2f} of the limit")
    assert used - usual < 1.2 * LIMIT
