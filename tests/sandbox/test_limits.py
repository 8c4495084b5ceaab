"""Limits, for real: what takes too long, prints, writes or stores too much is stopped, and costs itself alone."""

import os
import signal
import textwrap
import threading
import time

import psutil
import pytest

from autograder.sandbox.limits import GRACE, Allowance, Limits
from autograder.sandbox.usage import Meter, cpu_of
from autograder.student.model.exercises import Probe, Stop

ROUNDING = 1e-6
# Machines are busy: what is measured in CPU time is given much patience, and what sleeps is given little.
BUSY = Limits(cell=0.3, call=0.3, patience=100)
ASLEEP = Limits(cell=1, call=1, patience=1)


def code(text):
    return textwrap.dedent(text).strip()


def only(runs):
    (run,) = runs
    return run


def value(session, expression):
    (answer,) = session.answers(Probe(expression, ("value",)), [{}])
    assert answer.failure is None, answer.failure
    return answer.value


@pytest.fixture
def quick(sandbox):
    with sandbox.session(limits=Limits(cell=0.4, call=0.4, patience=5)) as opened:
        yield opened


# Time


ENDLESS = {
    "busy": "while True: pass",
    "asleep": "import time\ntime.sleep(600)",
    "waiting for a lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "waiting for a thread": "import threading, time\nt = threading.Thread(target=time.sleep, args=(600,))\n"
    "t.start()\nt.join()",
    "a busy thread": "import threading\ndef spin():\n    while True: pass\n"
    "t = threading.Thread(target=spin, daemon=True)\nt.start()\nt.join()",
    "awaiting": "import asyncio\nawait asyncio.sleep(600)",
    "printing": "while True: print('x' * 1000)",
    "catching errors": "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass",
    "a pipe that nobody writes to": "import os\nreader, writer = os.pipe()\nos.read(reader, 1)",
    "a queue": "import queue\nqueue.Queue().get()",
}


@pytest.mark.parametrize("loop", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_cell_is_interrupted_and_keeps_what_it_did(quick, loop):
    runs = quick.run(["x = 1", f"x += 1\n{loop}\nx = 100", "y = x"])
    assert [run.failure and run.failure.stop for run in runs] == [None, Stop.TIMED_OUT, None]
    assert "was interrupted" in runs[1].failure.message
    assert value(quick, "x") == value(quick, "y") == 2


STUBBORN = {
    "ignores the signal": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "handles the signal": "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nwhile True: pass",
    "swallows the exception": code("""
        import time
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass
    """),
    "loops where it cleans up": "import time\ntry:\n    time.sleep(600)\nfinally:\n    while True: pass",
    "in C": "sum(iter(int, 1))",
}


@pytest.mark.parametrize("loop", STUBBORN.values(), ids=STUBBORN)
def test_a_cell_that_does_not_heed_the_interrupt_is_killed_and_left_out(quick, loop):
    runs = quick.run(["x = 1", f"x += 1\n{loop}", "y = x"])
    assert [run.failure and run.failure.stop for run in runs] == [None, Stop.TIMED_OUT, None]
    assert "nor when it was interrupted" in runs[1].failure.message
    assert value(quick, "x") == value(quick, "y") == 1


def test_what_ran_out_is_said(sandbox):
    for limits, loop, late in (
        (BUSY, "while True: pass", "0.3 s of CPU time"),
        (ASLEEP, "import time\ntime.sleep(600)", "1 s"),
    ):
        with sandbox.session(limits=limits) as session:
            failure = only(session.run([loop])).failure
        assert failure.message == f"the cell did not finish within {late} and was interrupted"


def test_an_interrupted_cell_is_run_and_interrupted_again_when_the_cells_are_run_again(quick):
    quick.run(["x = 1", "x += 1\nwhile True: pass", "import os"])
    assert only(quick.run(["os._exit(1)"])).failure.stop is Stop.DIED
    assert value(quick, "x") == 2


def test_a_cell_that_waits_for_the_processor_is_not_late(sandbox):
    with sandbox.session(limits=Limits(cell=0.5, patience=30)) as session:
        session.run(["import time"])
        worker = psutil.Process(session._worker.pid)
        starve = threading.Timer(0.05, lambda: (worker.suspend(), time.sleep(1), worker.resume()))
        starve.start()
        run = only(
            session.run(
                ["begin = time.process_time()\nwhile time.process_time() < begin + 0.3: pass"]
            )
        )
        starve.join()
    assert run.failure is None
    assert run.seconds > 0.9


def test_the_processor_time_of_another_process_is_what_it_says_itself(sandbox):
    with sandbox.session() as session:
        session.run(
            [
                "import time\nbegin = time.process_time()\nwhile time.process_time() < begin + 0.1: pass"
            ]
        )
        before = value(session, "time.process_time()")
        measured = cpu_of(session._worker.pid)
        after = value(session, "time.process_time()")
        assert before - ROUNDING <= measured <= after + ROUNDING


def test_where_the_kernel_does_not_tell_the_processor_time_the_clock_decides():
    meter = Meter(2**22 + 1, Allowance(cpu=1.0, asleep=0.01))  # no process has this number
    while not meter.exceeded():
        pass
    meter.extend()
    assert (meter.cpu, meter.late) == (0.0, "0.01 s")


def test_a_meter_allows_a_little_more_once():
    meter = Meter(os.getpid(), Allowance(cpu=0.001, asleep=60.0))
    while not meter.exceeded():
        pass
    meter.extend()
    assert meter.late == "0.001 s of CPU time"
    assert 0 < meter.left <= GRACE
    assert not meter.exceeded()


# Calls

DOUBLED = Probe("f(x)", ("y",))


def test_each_call_has_a_limit_of_its_own(sandbox):
    with sandbox.session(limits=ASLEEP) as session:
        session.run(["import time\ndef f(x):\n    time.sleep(0.1)\n    return 2 * x"])
        answers = session.answers(DOUBLED, [{"x": i} for i in range(20)])
        assert [a.value for a in answers] == [2 * i for i in range(20)]


def test_calls_that_suddenly_take_longer_are_still_in_time_each_for_itself(sandbox):
    with sandbox.session(limits=ASLEEP) as session:
        session.run(
            ["import time\ndef f(x):\n    time.sleep(0.2 if 40 < x < 50 else 0)\n    return 2 * x"]
        )
        answers = session.answers(DOUBLED, [{"x": i} for i in range(100)])
        assert [a.value for a in answers] == [2 * i for i in range(100)]


def test_one_endless_call_fails_all_and_the_next_request_finds_the_same_worker(quick):
    quick.run(["def f(x):\n    while x == 7: pass\n    return 2 * x", "x = []"])
    quick.run(["x.append(1)"])
    worker = quick._worker
    answers = quick.answers(DOUBLED, [{"x": i} for i in range(20)])
    assert {a.failure.stop for a in answers} == {Stop.TIMED_OUT}
    assert "was interrupted" in answers[0].failure.message
    assert quick._worker is worker
    assert [a.value for a in quick.answers(DOUBLED, [{"x": i} for i in range(3)])] == [0, 2, 4]


def test_a_call_that_swallows_the_interrupt_is_killed(quick):
    loop = code("""
        import time
        def f(x):
            while True:
                try:
                    time.sleep(600)
                except BaseException:
                    pass
    """)
    quick.run([loop])
    worker = quick._worker
    (answer,) = quick.answers(DOUBLED, [{"x": 1}])
    assert answer.failure.message.endswith("nor when it was interrupted")
    assert quick._worker is not worker
    assert quick.defined(["f"]) == {"f"}


def test_a_submission_over_its_limit_says_so_whether_asleep_or_busy(sandbox):
    for patience, loop, late in (
        (50, "while True: pass", "0.5 s of CPU time"),
        (1, "import time\ntime.sleep(9)", "0.5 s"),
    ):
        with sandbox.session(limits=Limits(submission=0.5, patience=patience)) as session:
            runs = session.run([loop, "print('never')"])
            assert [run.failure.message for run in runs] == [
                f"the submission did not finish within {late}"
            ] * 2


@pytest.mark.parametrize("when", ["between two looks", "between two requests"])
def test_workers_that_end_themselves_share_the_allowance_of_one_submission(sandbox, when):
    """They burn CPU where the grader does not look, and die: their parent sees it at the reap."""
    burn = (
        "import os, time\nend = time.process_time() + 0.04\nwhile time.process_time() < end: pass"
    )
    cell = f"{burn}\nos._exit(0)"
    if when == "between two requests":
        cell = "import threading\ndef later():\n    " + cell.replace("\n", "\n    ")
        cell += "\nthreading.Timer(0.01, later).start()"
    zygote, limit = psutil.Process(sandbox.zygote), 0.5
    before = zygote.cpu_times()
    with sandbox.session(limits=Limits(submission=limit, patience=100)) as session:
        for _ in range(60):
            session.run([cell])
            time.sleep(0.06 if when == "between two requests" and not session.over else 0)
        assert session.over
    after = zygote.cpu_times()
    used = sum(after[2:4]) - sum(before[2:4])  # of the children that it reaped
    assert 0.9 * limit < used < 1.3 * limit


def test_a_worker_killed_from_outside_is_remembered(sandbox):
    with sandbox.session() as session:
        session.run(["import os, time", "x = 1"])
        pid = session._worker.pid
        killer = threading.Timer(0.2, lambda: os.kill(pid, signal.SIGKILL))
        killer.start()
        run = only(session.run(["time.sleep(600)"]))
        killer.join()
        assert run.failure.stop is Stop.DIED
        assert session.disturbed == {3}
        assert only(session.run(["os._exit(0)"])).failure.stop is Stop.DIED
        assert session.disturbed == {3}


# Output, files and memory

DEEP = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nopen('f', 'w').write('x')"
FLOODS = {
    "printed": "print('x' * 10**8)",
    "to the standard streams": "import os\nfor _ in range(4000): os.write(1 + _ % 2, b'x' * 10_000)",
    "displayed": "from IPython.display import display\nfor _ in range(5000): display('x' * 1000)",
    "logged": "import logging\nfor _ in range(2000): logging.error('x' * 1000)",
    "warned": "import warnings\nfor i in range(2000): warnings.warn('x' * 1000 + str(i))",
    "a value": "'x' * 10**8",
    "an exception": "raise ValueError('x' * 10**8)",
    "a huge file": "with open('f', 'wb') as f:\n    for _ in range(10**5): f.write(bytes(10**6))",
    "a sparse file": "with open('f', 'wb') as f: f.truncate(10**13)",
    "many files": "for i in range(10**6): open(str(i), 'w').close()",
    "many large files": "for i in range(1000): open(str(i), 'wb').write(bytes(10**6))",
    "many folders": "import os\nfor i in range(10**6): os.mkdir(str(i))",
    "many links": "import os\nopen('f', 'w').close()\nfor i in range(10**6): os.symlink('f', str(i))",
    "a deep folder": DEEP,
    "locked folders": "import os\nos.makedirs('a/b/c')\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
    "a large list": "x = [0] * 10**10",
    "a large array": "import numpy as np\nnp.ones(10**10)",
    "more and more memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "threads": "import threading, time\nfor _ in range(10**4): threading.Thread(target=time.sleep, args=(60,)).start()",
    "open files": "files = [open('f', 'w') for _ in range(10**5)]",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_costs_its_cell_alone_and_leaves_nothing(sandbox, flood):
    limits = Limits(cell=5, patience=10, memory=512 << 20, output=1000, scratch=8 << 20)
    with sandbox.session(limits=limits) as session:
        session.run(["earlier = 1"])
        run = only(session.run([flood]))
        assert len(run.stdout) <= limits.output
        assert value(session, "earlier") == 1
        scratch = session._worker.scratch
        size = sum(path.lstat().st_size for path in scratch.iterdir() if path.is_file())
        assert size <= limits.scratch
    assert not scratch.exists()


PRINTS = {
    "a cell": "for _ in range(50_000): print('x' * 2000)",
    "a cell on the other stream": "import sys\nfor _ in range(50_000): print('x' * 2000, file=sys.stderr)",
    "a cell that is interrupted": "while True: print('x' * 2000)",
    "display": "from IPython.display import display\nfor _ in range(5_000): display('x' * 20_000)",
}
ROOM = 40 << 20  # bytes that a worker may grow by, of the 100 MB that are printed


@pytest.mark.parametrize("cell", PRINTS.values(), ids=PRINTS)
def test_a_cell_that_prints_for_long_keeps_no_memory(sandbox, cell):
    with sandbox.session(limits=Limits(cell=3.0, patience=20)) as session:
        session.run(["print('first')", "from IPython.display import display\ndisplay(1)"])
        worker = psutil.Process(session._worker.pid)
        before = worker.memory_info().rss
        session.run([cell, "1"])
        assert worker.memory_info().rss < before + ROOM


def test_a_call_that_prints_for_long_keeps_no_memory(sandbox):
    with sandbox.session(limits=Limits(call=5.0, patience=20)) as session:
        session.run(["def f():\n    for _ in range(50_000): print('x' * 2000)\n    return peak()"])
        peak = "import resource\ndef peak():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10"
        session.run([peak])
        before = value(session, "peak()")
        assert value(session, "f()") < before + ROOM
