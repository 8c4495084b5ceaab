"""`autograder doctor`: what it says of this machine, and that it sees a wall with holes."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.course.paths import HERE
from autograder.errors import SandboxError
from autograder.sandbox.doctor import attempts, describe_machine, examine_sandbox
from autograder.sandbox.layers import available, default_layers, line, refusal
from autograder.sandbox.pool import Sandbox


@pytest.fixture(scope="module")
def said() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "doctor"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_names_the_machine_the_layers_and_the_versions(said):
    machine = available()
    assert said.startswith(
        f"linux {machine.kernel}, {machine.architecture}, Landlock ABI {machine.landlock}\n"
    )
    assert f"\n{line(machine, default_layers(machine))}\n" in said
    assert f"numpy {np.__version__}" in said
    assert "backprop-kit 0." in said


def test_it_tries_everything_and_nothing_is_wrong(said):
    for attempt in attempts(
        HERE.secrets, [HERE.root / "README.md"], 80, default_layers(available())
    ):
        text = re.sub(r"doctor-\d+", r"doctor-\\d+", re.escape(attempt.text).replace(r"\-", "-"))
        (row,) = [row for row in said.splitlines() if re.match(rf"\s*{text}  ", row)]
        assert row.rstrip().endswith("✓")
        assert (" yes " in row) == attempt.allowed
    assert "WRONG" not in said


LESSER = [{"landlock": 3}, {"landlock": 0, "mounts": True}, {"mounts": False, "root": False}]


@pytest.mark.parametrize("change", LESSER, ids=str)
def test_what_a_lesser_machine_promises_is_kept(change):
    """As far as this machine can play it: only what it has itself can be taken away."""
    machine = available()
    lesser = replace(
        machine, **{name: min(value, getattr(machine, name)) for name, value in change.items()}
    )
    if refusal(lesser):
        with pytest.raises(SandboxError, match="refusing"):
            Sandbox(machine=lesser)
        return
    with Sandbox(machine=lesser, protected=HERE.secrets) as sandbox:
        found = examine_sandbox(sandbox, HERE.secrets, [HERE.root / "README.md"])
    assert found.line == line(lesser, default_layers(lesser))
    assert [tried for tried in found.tried if not tried.right] == []


def test_a_wall_with_holes_is_seen():
    with Sandbox(layers=[]) as bare:
        found = examine_sandbox(bare, HERE.secrets)
    wrong = {tried.attempt.text for tried in found.tried if not tried.right}
    assert {
        "start a process",
        "run a program",
        "connect to 127.0.0.1",
        f"read {HERE.hidden}",
    } <= wrong
    assert len([text for text in wrong if text.startswith("read what another worker keeps")]) == 3
    assert len([text for text in wrong if text.startswith("find what an earlier worker left")]) == 3
    assert not list(Path("/tmp").glob(f"autograder-doctor-{os.getpid()}-*"))
    assert not wrong & {"use its own folder", "start a thread", "read Python's library"}
    assert found.line.startswith("NOT SANDBOXED in full")


def test_every_layer_is_named_whether_it_is_there_or_not():
    assert describe_machine(available()).count(" yes") == len(default_layers(available()))
