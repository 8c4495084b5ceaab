"""Where the kit refuses to run student code, tests that meet the refusal are skipped, and no others."""

import subprocess
import sys

import pytest
from conftest import REFUSAL, was_refused

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
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0


def wrong():
    done = subprocess.run([sys.executable, "-c", "raise SystemExit(3)"], capture_output=True, text=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("test", [refused, refused_command])
def test_the_refusal_is_known_in_an_error_and_behind_a_command(test):
    assert was_refused(caught(test), WHY)


def test_any_other_failure_stays_one():
    assert not was_refused(caught(wrong), WHY)


@pytest.mark.skipif(sys.platform != "linux", reason="what CI's Linux must have")
def test_nothing_is_skipped_where_there_is_a_wall():
    assert REFUSAL is None
