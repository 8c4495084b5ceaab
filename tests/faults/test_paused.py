"""A machine that is paused, throttled or busy takes no points: only what a worker does itself counts."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autograder.course.paths import HERE
from autograder.sandbox.limits import HELD, Allowance, Limits
from autograder.sandbox.usage import LONGEST, Meter, State, frozen, state_of
from autograder.student.model.exercises import Probe, Stop

# Little time, and no more patience than that.
STRICT = Limits(cell=0.5, call=0.5, submission=1.0, patience=1)
LONG = 1.5  # seconds of a disturbance: more than any of these limits
WORK = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
SLEEP = "import time\ntime.sleep(0.1)"
CPU, FREEZERS = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/freezer")
UNIFIED = next(
    (
        Path(p)
        for p in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
        if Path(p, "cgroup.procs").exists()
    ),
    None,
)


def later(act, seconds=LONG):
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def stop(pid):
    """Stop a process now, and let it go on LONG later."""

    def go_on():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    os.kill(pid, signal.SIGSTOP)
    later(go_on)


def run_disturbed(sandbox, cell, disturb):
    """Run a cell that `disturb`, called with its worker's id, holds up at the grader's first look at it.

    Again, in another session, where the cell had ended before.
    """
    honest = Meter._look
    while True:
        with sandbox.session(limits=STRICT) as session, pytest.MonkeyPatch.context() as patch:
            session.run(["x = 1"])
            waiting = [session._worker.pid]

            def look(meter, waiting=waiting):
                if waiting:
                    disturb(waiting.pop())
                honest(meter)

            patch.setattr(Meter, "_look", look)
            [run] = session.run([cell])
        assert run.failure is None
        assert not session.disturbed
        if run.seconds > LONG:
            return


@contextlib.contextmanager
def group(parent, **files):
    """A control group of its own below `parent`."""
    made = parent / f"test-{os.getpid()}-{time.monotonic_ns()}"
    try:
        made.mkdir()
        for name, text in files.items():
            (made / name.replace("__", ".")).write_text(text)
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        yield made
    finally:
        for pid in (made / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (parent / "cgroup.procs").write_text(pid)
        made.rmdir()


@pytest.fixture
def strict(sandbox):
    with sandbox.session(limits=STRICT) as session:
        session.run(["x = 1\ndef f(x):\n    return x + 1"])
        yield session


@pytest.mark.parametrize("cell", [WORK, SLEEP], ids=["busy", "asleep"])
def test_a_worker_that_is_stopped_meanwhile_is_not_late(sandbox, cell):
    run_disturbed(sandbox, cell, stop)


def test_a_worker_that_is_stopped_before_it_is_asked_defines_what_it_defined(strict):
    stop(strict._worker.pid)
    assert strict.defined(["f", "g"]) == {"f"}
    [answer] = strict.answers(Probe("f(1)", ("y",)), [{}])
    assert answer.value == 2


def test_a_worker_with_a_twelfth_of_a_core_is_not_late(strict):
    if not CPU.exists():
        pytest.skip("no control group for CPU time")
    with group(CPU, cpu__cfs_period_us="100000", cpu__cfs_quota_us="8000") as slow:
        (slow / "cgroup.procs").write_text(str(strict._worker.pid))
        [run] = strict.run([WORK])
        assert run.failure is None
        assert run.seconds > 1.5


@pytest.mark.parametrize("kind", ["freezer", "unified"])
@pytest.mark.parametrize("cell", [WORK, SLEEP], ids=["busy", "asleep"])
def test_a_worker_that_is_frozen_meanwhile_is_not_late(sandbox, cell, kind):
    parent = FREEZERS if kind == "freezer" else UNIFIED
    if parent is None or not parent.exists():
        pytest.skip(f"no control group of kind {kind}")
    file, on, off = (
        ("freezer.state", "FROZEN", "THAWED") if kind == "freezer" else ("cgroup.freeze", "1", "0")
    )
    with group(parent) as made:

        def freeze(pid):
            (made / "cgroup.procs").write_text(str(pid))
            (made / file).write_text(on)
            until(lambda: frozen(pid))
            later(lambda: (made / file).write_text(off))

        run_disturbed(sandbox, cell, freeze)


GRADER = """
import sys
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
with Sandbox() as sandbox, sandbox.session(limits=Limits(cell=1.0, call=1.0, patience=1.5)) as session:
    session.run(["x = 1"])
    print(session._worker.pid, flush=True)
    for run in session.run(["import time\\ntime.sleep(0.3)", {work!r}]):
        print(run.failure, flush=True)
"""


@pytest.mark.parametrize("options", [[], ["--user"]], ids=["root", "user"])
def test_a_grader_that_is_stopped_together_with_its_worker_blames_nobody(options):
    if os.geteuid() != 0 and options:
        pytest.skip("the tests themselves run as a user")
    code = GRADER.format(work=WORK)
    command = [
        sys.executable,
        HERE.root / "tests" / "container.py",
        *options,
        sys.executable,
        "-c",
        code,
    ]
    environment = {"PYTHONPATH": str(HERE.root), "PATH": os.defpath}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd="/"
    ) as grader:
        worker = int(grader.stdout.readline())
        for pid in (grader.pid, worker):
            os.kill(pid, signal.SIGSTOP)
        time.sleep(LONG)
        for pid in (worker, grader.pid):
            os.kill(pid, signal.SIGCONT)
        assert grader.stdout.read().splitlines() == ["None", "None"]


def test_a_worker_that_sleeps_is_late_however_often_it_wakes(sandbox):
    naps = "import time\nn = 0\nwhile True:\n    time.sleep(0.09)\n    end = time.perf_counter() + 0.01\n"
    naps += "    n += 1\n    while time.perf_counter() < end: pass"
    with sandbox.session(limits=Limits(cell=1.0, patience=1)) as session:
        run, slept = session.run([naps, "n"])
        assert not session.disturbed
    assert run.failure.stop is Stop.TIMED_OUT
    assert 0.1 * int(slept.stdout) < 4


def test_when_the_machine_never_lets_it_run_the_request_is_late_and_that_is_doubtful(strict):
    pid = strict._worker.pid
    os.kill(pid, signal.SIGSTOP)
    meter = Meter(pid, Allowance(cpu=1.0, asleep=1.0, held=0.3))
    while not meter.exceeded():
        time.sleep(0.01)
    meter.extend()
    assert meter.doubtful
    assert meter.late == "0.3 s in which the machine was paused or too busy"
    os.kill(pid, signal.SIGCONT)
    assert Allowance(1.0, 1.0).held == HELD >= 600


@pytest.mark.parametrize("pause", [0.0, LONG], ids=["not paused", "paused"])
def test_processor_time_that_was_charged_while_the_grader_was_paused_is_doubtful(pause):
    """A virtual machine that was paused charges the pause to the process that ran."""
    loop = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(loop) as busy:
        held_up = True
        while held_up:  # where there is to be no pause, the machine that tests run on may make one
            meter = Meter(busy.pid, Allowance(cpu=0.5, asleep=60.0))
            time.sleep(pause)
            looked, held_up = time.monotonic(), False
            while not meter.exceeded():
                time.sleep(0.02)
                held_up = held_up or time.monotonic() - looked > LONGEST - 0.1
                looked = time.monotonic()
            held_up = not pause and (held_up or time.monotonic() - looked > LONGEST - 0.1)
        meter.extend()
        busy.kill()
    assert meter.late == "0.5 s of CPU time"
    assert meter.doubtful is (pause > 0)


def test_the_states_of_a_process_are_told_apart():
    assert state_of(os.getpid()) is State.ACTIVE
    assert state_of(2**22 + 1) is State.UNKNOWN
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        until(lambda: state_of(sleeper.pid) is State.ASLEEP)
        os.kill(sleeper.pid, signal.SIGSTOP)
        until(lambda: state_of(sleeper.pid) is State.STOPPED)
        sleeper.kill()


def until(true):
    """Wait for what happens elsewhere."""
    while not true():
        time.sleep(0.01)
