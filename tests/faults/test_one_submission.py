"""One submission costs its own limit, once: seen from outside a whole run of `grade`."""

import json
import os
import subprocess
import sys
import time
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
    """What `grade` prints; the CPU seconds that it and all its processes took; the files that were
    seen in workers' directories."""
    (folder / "course.toml").write_text(SETTINGS)
    (folder / "tmp").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(HERE.root), "TMPDIR": str(folder / "tmp")}
    command = [sys.executable, "-m", "autograder", "grade", "class", "--json"]
    seen: set[str] = set()
    with (folder / "printed").open("w") as printed, (folder / "told").open("w") as told:
        started = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=told
        )
        while not (ended := os.wait4(started.pid, os.WNOHANG))[0]:
            found = (folder / "tmp").glob("/".join(("autograder-*", "work", "*", "*")))
            seen |= {path.name for path in found}
            time.sleep(0.02)
    started.returncode = os.waitstatus_to_exitcode(ended[1])
    assert started.returncode == 0, (folder / "told").read_text()
    used = ended[2].ru_utime + ended[2].ru_stime
    reports = json.loads((folder / "printed").read_text())
    return reports, (folder / "told").read_text(), used, seen


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> float:
    """The CPU seconds of a run with one right notebook."""
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
