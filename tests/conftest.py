"""Fixtures that several test files share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from autograder.sandbox.pool import Sandbox

# Where a test does not say how many examples it wants: what comes from a hostile process deserves many.
settings.register_profile("quick", max_examples=500, deadline=None)
settings.register_profile("ci", max_examples=10_000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "quick")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for the whole run: its zygote takes a second or two to start."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def made_course(tmp_path_factory) -> Path:
    """A course directory as `autograder init` makes it, where nobody has put the environment's programs on PATH."""
    folder = tmp_path_factory.mktemp("made") / "course"
    command = [sys.executable, "-m", "autograder", "init", str(folder), "--title", 'EEP 596, "Autumn" 2026']
    environment = {**os.environ, "PATH": os.defpath}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="session")
def copy_course(made_course) -> Callable[[Path], Path]:
    """Copy the course to a folder that a test may change."""
    return lambda target: Path(shutil.copytree(made_course, target))
