"""A whole run of `grade` on a stopped or throttled machine: right answers keep all points, without a remark."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.grading.run import make_keys

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
AS_USER = (sys.executable, str(HERE.root / "tests" / "container.py"), "--user")
STOPPED = 35.0  # seconds; more than a cell may sleep
CPU, SHARE = Path("/sys/fs/cgroup/cpu"), 0.08
# Says which process it is, and waits to be stopped, once.
WAIT = """
import os, time
def wait(where):
    if not os.path.exists(where + '-done'):
        with open(where + '-begun', 'w') as file:
            file.write(str(os.getpid()))
        os.rename(where + '-begun', where)
        while os.path.exists(where):
            time.sleep(0.01)
        open(where + '-done', 'w').close()
"""
IN_CELL, IN_CALL = f"{WAIT}\nwait('in-cell')", "wait('in-call')"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can reach and write to."""
    with tempfile.TemporaryDirectory() as made:
        for name in ("class", "tmp"):
            Path(made, name).mkdir()
        for path in (Path(made), *Path(made).iterdir()):
            path.chmod(0o777)
        yield Path(made)


def hand_in(place: Path, student: str, assignment: str, change=lambda cells: None) -> None:
    """A right notebook, its list of cells changed."""
    key = make_keys(Course())[assignment]
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    change(notebook["cells"])
    path = place / "class" / student / f"{assignment}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook))


def with_head(cells: list, source: str = IN_CELL) -> None:
    cells.insert(0, {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [],
                     "execution_count": None, "source": source})  # fmt: skip


def with_call(cells: list) -> None:
    with_head(cells, WAIT)
    [cell] = [cell for cell in cells if cell["id"] == "neuron_backward"]
    lines = "".join(cell["source"]).splitlines(keepends=True)
    last = max(n for n, text in enumerate(lines) if text.startswith("    return "))
    lines.insert(last, f"    {IN_CALL}\n")
    cell["source"] = "".join(lines)


@contextlib.contextmanager
def meanwhile(act: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `act` in a thread for as long as this lasts; it is handed what says that it is over."""
    over = threading.Event()
    thread = threading.Thread(target=act, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def workers(place: Path, grader: int) -> list[psutil.Process]:
    """The processes that student code runs in: those below the zygote, once that serves."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if any((place / "tmp").glob("/".join(("autograder-*", "work", "*")))):
            for supervisor in psutil.Process(grader).children():
                return [each for zygote in supervisor.children() for each in zygote.children()]
    return []


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def graded(place: Path, user: bool, disturb, jobs: int = 2) -> None:
    """Grade the class while `disturb`, called with the grader's id, does its work; see that nothing came of it."""
    command = [sys.executable, "-m", "autograder", "grade", "class", "--json", "--out", "out"]
    command = [*(AS_USER if user and os.geteuid() == 0 else ()), *command, "--jobs", str(jobs)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.root), "TMPDIR": str(place / "tmp")}
    with subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as grader, meanwhile(lambda over: disturb(grader.pid, over)):  # fmt: skip
        stdout, stderr = grader.communicate()
    assert grader.returncode == 0, stderr
    reports = json.loads(stdout)["reports"]
    assert len(reports) == len(list((place / "class").glob("*/*")))
    for report in reports:
        assert report["status"] == "graded"
        assert {each["outcome"] for each in report["exercises"]} == {"passed"}, report
        assert report["earned"] >= report["possible"] > 0
        assert not any("machine" in note for note in report["notes"]), report["notes"]
    assert len(list((place / "out" / "store" / "results").glob("*.json"))) == len(reports)


both_users = pytest.mark.parametrize("user", [False, True], ids=["as started", "as a user"])


@both_users
def test_workers_that_are_stopped_for_35_seconds_in_a_cell_and_in_a_call_lose_nothing(place, user):
    hand_in(place, "ada", "03_sigmoid_neuron", with_head)
    hand_in(place, "bob", "03_sigmoid_neuron", with_call)
    until: dict[int, float] = {}  # when which worker may go on
    stopped = []

    def disturb(grader, over):
        while not over.wait(0.01):
            for mark in (place / "tmp").glob("/".join(("autograder-*", "work", "*", "in-*"))):
                if mark.name in ("in-cell", "in-call"):
                    worker = int(mark.read_text())
                    os.kill(worker, signal.SIGSTOP)
                    until[worker] = time.monotonic() + STOPPED
                    stopped.append(mark.name)
                    mark.unlink()
            for worker in [w for w, moment in until.items() if moment < time.monotonic()]:
                os.kill(worker, signal.SIGCONT)
                del until[worker]

    graded(place, user, disturb)
    assert sorted(stopped) == ["in-call", "in-cell"]


@both_users
def test_workers_that_are_stopped_again_and_again_lose_nothing(place, user):
    """Stopped 0.25 s, let run 0.02 s: about 0.07 of a core each, and at any moment."""
    for assignment in make_keys(Course()):
        hand_in(place, "ada", assignment)
    stops = []

    def disturb(grader, over):
        while not over.wait(0.02):
            found = workers(place, grader)
            send(found, signal.SIGSTOP)
            stops.extend(found)
            over.wait(0.25)
            send(found, signal.SIGCONT)

    graded(place, user, disturb)
    assert len(stops) > 20


@both_users
def test_a_run_with_a_twelfth_of_a_core_loses_nothing(place, user):
    for assignment in make_keys(Course()):
        hand_in(place, "ada", assignment)
    slow = CPU / f"test-{os.getpid()}-{time.monotonic_ns()}"
    try:
        slow.mkdir()
        (slow / "cpu.cfs_quota_us").write_text(str(int(SHARE * 100_000)))
    except OSError as error:
        pytest.skip(f"no control group for CPU time: {error}")

    def disturb(grader, over):
        (slow / "cgroup.procs").write_text(str(grader))  # and so all that it starts

    try:
        graded(place, user, disturb)
        assert int((slow / "cpu.stat").read_text().split("nr_throttled ")[1].split()[0]) > 100
    finally:
        slow.rmdir()
