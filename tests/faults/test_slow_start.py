"""A zygote that is slow to start, or killed as it starts, is replaced and costs nobody anything."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest
from conftest import needs_wall

from autograder.cli.grading_run import INTERRUPTED
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.errors import SandboxError
from autograder.grading.grade import grade_class
from autograder.grading.run import make_keys, start_grader
from autograder.grading.store import GradeStore
from autograder.sandbox import zygote_client
from autograder.sandbox.pool import Sandbox
from autograder.student.model.results import Status
from autograder.submissions.ingest import Submission

pytestmark = needs_wall
NOTEBOOK = HERE.root / "tests" / "hand_filled" / "h01" / "03_sigmoid_neuron.ipynb"
PATIENT = 600.0  # seconds; longer than any machine needs


def disturb(patch: pytest.MonkeyPatch, number: signal.Signals, *victims: int) -> list[int]:
    """Send a signal to the zygotes of these numbers as they start; returns the list of all that are started."""
    started: list[int] = []
    honest = zygote_client._start

    def start(base: Path, config):
        process, control = honest(base, config)
        started.append(process.pid)
        if len(started) in victims:
            os.killpg(process.pid, number)
        return process, control

    patch.setattr(zygote_client, "_start", start)
    return started


def allow(patch: pytest.MonkeyPatch, *seconds: float) -> None:
    """Give each attempt to start a zygote this long."""
    patch.setattr(zygote_client, "START_SECONDS", seconds)


def graded(grader) -> list:
    """The reports on three students whose files differ."""
    data = NOTEBOOK.read_bytes()
    work = [
        Submission(name, f"{name}/{NOTEBOOK.name}", 0.0, partial(bytes, data + b"\n" * number))
        for number, name in enumerate(("ada", "bob", "eve"))
    ]
    return list(grade_class(grader, work, 2, lambda _: None))


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_zygote_that_is_slow_or_killed_as_it_starts_is_replaced_and_the_class_is_graded(
    monkeypatch, tmp_path, number
):
    allow(monkeypatch, 0.5 if number is signal.SIGSTOP else PATIENT, PATIENT)
    started = disturb(monkeypatch, number, 1)
    store = GradeStore(tmp_path)
    with start_grader(make_keys(Course()), Course(), store=store) as grader:
        reports = graded(grader)
    assert len(started) == 2
    assert not psutil.pid_exists(started[0])
    assert [report.status for report in reports] == [Status.GRADED] * 3
    assert len({report.earned for report in reports}) == 1
    assert not any("machine" in note for report in reports for note in report.notes)
    assert len(list((tmp_path / "results").glob("*.json"))) == 3


@pytest.mark.parametrize("supervisor", [False, True], ids=["zygote", "supervisor"])
def test_the_one_that_replaces_a_killed_zygote_may_be_slow_too(monkeypatch, supervisor):
    allow(monkeypatch, PATIENT, PATIENT)
    with start_grader(make_keys(Course()), Course()) as grader:
        before = graded(grader)
        started = disturb(monkeypatch, signal.SIGSTOP, 1)
        allow(monkeypatch, 0.5, PATIENT)
        zygote = psutil.Process(grader.sandbox.zygote)
        (zygote.parent() if supervisor else zygote).kill()
        after = graded(grader)
        assert len(started) == 2
    assert [r.earned for r in after] == [r.earned for r in before]
    assert {r.status for r in after} == {Status.GRADED}


def test_where_none_starts_the_class_ends_with_one_line_and_nothing_is_left(monkeypatch):
    allow(monkeypatch, 0.2, 0.2)
    started = disturb(monkeypatch, signal.SIGSTOP, 1, 2, 3, 4)
    sandbox = Sandbox(started=False)
    for _ in range(2):  # said again, and not tried again
        with pytest.raises(SandboxError, match="does not answer") as told:
            sandbox.start()
        line = str(told.value)
        assert line.endswith(
            "and was started 2 times; end what else runs on this machine, and grade again"
        )
        assert "\n" not in line
    assert len(started) == 2
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert not sandbox._base.exists()


# Begins a zygote that never gets on, and then ends as the command does.
STUCK = """
import os, signal, sys
from autograder.sandbox import zygote_client
honest = zygote_client._start

def start(base, config):
    process, control = honest(base, config)
    os.killpg(process.pid, signal.SIGSTOP)
    print(process.pid, flush=True)
    return process, control

zygote_client._start = start
from autograder.cli import main
sys.argv[1:] = ["grade", sys.argv[1]]
main()
"""


def test_who_interrupts_a_class_does_not_wait_for_a_zygote_that_does_not_start(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(HERE.root)}
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, str(NOTEBOOK)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as grader:
        zygote = int(grader.stdout.readline())
        grader.send_signal(signal.SIGINT)
        _, told = grader.communicate(timeout=0.9 * zygote_client.START_SECONDS[0])
    assert grader.returncode == INTERRUPTED
    assert "autograder: interrupted; 0 finished grades are kept" in told
    assert not psutil.pid_exists(zygote)


def test_a_zygote_that_ends_by_itself_is_not_started_again(monkeypatch):
    started = disturb(monkeypatch, signal.SIGCONT)
    cell = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    with pytest.raises(SandboxError, match="2 threads"):
        Sandbox(warm=[cell])
    assert len(started) == 1
