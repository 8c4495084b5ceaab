"""Workers without a zygote, as on macOS, run here on whatever this is: the way that takes is the same."""

from pathlib import Path

import psutil
import pytest

from autograder.errors import SandboxError
from autograder.sandbox.layers import Layer, Machine
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.student.model.exercises import Probe, Stop

MAC = Machine("darwin", "24.0", "arm64")
QUICK = Limits(cell=0.5, call=0.5)


@pytest.fixture(scope="module")
def alone():
    with Sandbox(QUICK, machine=MAC, unsafe=True) as sandbox:
        yield sandbox
    assert not sandbox._base.exists()


def test_cells_and_calls_are_answered(alone):
    with alone.session(seed=7, files={"data.txt": b"42"}) as session:
        runs = session.run(
            [
                "import numpy as np, random",
                "print(open('data.txt').read())",
                "def f(x):\n    return x * 2",
            ]
        )
        assert [run.failure for run in runs] == [None] * 3
        assert runs[1].stdout == "42\n"
        (answer,) = session.answers(Probe("f(x)", ("y",)), [{"x": 1.5}])
        assert answer.value == 3.0


def test_what_a_cell_does_to_its_process_costs_itself_alone(alone):
    stubborn = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    with alone.session() as session:
        runs = session.run(["x = 1", "while True: pass", "import os\nos._exit(0)", stubborn, "x"])
    stops = [run.failure and run.failure.stop for run in runs]
    assert stops == [None, Stop.TIMED_OUT, Stop.DIED, Stop.TIMED_OUT, None]
    assert runs[-1].stdout == "1\n"


def test_limits_are_all_there_is_and_that_is_said(alone):
    assert alone.layers.startswith("NOT SANDBOXED; on darwin")
    assert alone.layers.endswith("--unsafe")
    assert alone.wall.layers == {Layer.LIMITS}
    with alone.session() as session:
        (run,) = session.run(
            [
                "import resource\nresource.getrlimit(resource.RLIMIT_NOFILE)[0], open('/etc/passwd').name"
            ]
        )
    assert run.stdout == "(128, '/etc/passwd')\n"
    with pytest.raises(SandboxError, match=r"NOT SANDBOXED: on darwin .*; refusing"):
        Sandbox(machine=MAC)


def test_nothing_stays_behind():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Sandbox(QUICK, machine=MAC, unsafe=True) as sandbox, sandbox.session() as session:
        session.run(["open('file', 'w').write('x')"])
        assert {child.pid for child in psutil.Process().children(recursive=True)} > before
        scratch = session._worker.scratch
        assert Path(scratch, "file").exists()
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before
    assert not scratch.exists()


@pytest.mark.parametrize("unsafe", [False, True])
def test_windows_is_told_where_to_go(unsafe):
    with pytest.raises(SandboxError, match="cannot be run on Windows itself; use WSL2 or Docker"):
        Sandbox(machine=Machine("win32", "10", "AMD64"), unsafe=unsafe)
