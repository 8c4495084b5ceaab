"""Where the kit refuses to run student code, tests that meet the refusal are skipped, and no others."""

import os
import subprocess
import sys

import pytest
from conftest import REFUSAL, was_refused

from autograder.course.paths import HERE
from autograder.errors import SandboxError
from autograder.sandbox.layers import Machine, choose_layers, refusal

MAC = Machine("darwin", "24.0", "arm64")
WHY = refusal(MAC)


def caught(test) -> pytest.ExceptionInfo[BaseException]:
    with pytest.raises((SandboxError, AssertionError)) as found:
        test()
    return found


def refused():
    choose_layers(MAC)


def refused_command():
    script = f"import sys; sys.exit({WHY!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0


def wrong():
    done = subprocess.run(
        [sys.executable, "-c", "raise SystemExit(3)"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("test", [refused, refused_command])
def test_the_refusal_is_known_in_an_error_and_behind_a_command(test):
    assert was_refused(caught(test), WHY)


def test_any_other_failure_stays_one():
    assert not was_refused(caught(wrong), WHY)


@pytest.mark.skipif(sys.platform != "linux", reason="what CI's Linux must have")
def test_nothing_is_skipped_where_there_is_a_wall():
    assert REFUSAL is None


GRADE_ON = """
import sys
for name in {missing!r}:
    sys.modules[name] = None  # as where Python has no such module
from autograder.sandbox import layers
layers.available = lambda: layers.Machine({system!r}, "10.0", "AMD64")
from autograder.cli import main
sys.exit(main())
"""
POSIX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios")
SOLVED = HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb"


@pytest.mark.parametrize(
    ("system", "missing", "said"),
    [
        ("win32", POSIX_ONLY, "student code cannot be run on Windows itself; use WSL2 or Docker"),
        ("darwin", (), "NOT SANDBOXED: on darwin student code runs in a process of its own"),
    ],
)
@pytest.mark.parametrize("command", ["grade", "regrade"])
def test_where_student_code_cannot_be_run_a_class_is_refused_before_anything_is_written(
    system, missing, said, command, tmp_path
):
    report = tmp_path / "graded" / "report.json"
    if command == "regrade":
        report.parent.mkdir()
        report.write_text("{}")
    script = GRADE_ON.format(missing=missing, system=system)
    words = [sys.executable, "-c", script, command, SOLVED]
    environment = {**os.environ, "PYTHONPATH": str(HERE.root)}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stderr.startswith(f"autograder: sandbox: {said}")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [report] * (
        command == "regrade"
    )
