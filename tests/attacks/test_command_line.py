"""What the command line prints about hostile files, in a terminal or in the log of a workflow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.submissions.find import MAX_LISTED
from tests.attacks.arena import notebook
from tests.attacks.outputs import COMMAND, CONTROL, ESCAPES, NEWEST_COMMAND, OLDER_COMMAND

NAMES = (ESCAPES, f"\n{NEWEST_COMMAND}", OLDER_COMMAND, "\r\x1b[1A", NEWEST_COMMAND)
# Each is left out for a reason of its own: more than three of one folder for one reason are one line without names.
SUFFIXES = ("txt", "pdf", "html", "docx", "rar")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "class"
    folder.mkdir()
    for name, suffix in zip(NAMES, SUFFIXES, strict=True):
        (folder / f"{name} s.ipynb").write_text(notebook(), encoding="utf-8")
        (folder / f"{name} u.ipynb").write_text("{", encoding="utf-8")
        (folder / f"{name} t.{suffix}").write_text(name, encoding="utf-8")
        (folder / f"{name} d").mkdir()
        for number in range(MAX_LISTED + 1):
            (folder / f"{name} d" / f"{number}.txt").write_text(name, encoding="utf-8")
    return folder


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "json"])
def test_names_of_files_steer_no_terminal_and_no_workflow(
    options: list[str], folder: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        folder,
        "--out",
        tmp_path / "graded",
        *options,
    ]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert len(done.stderr.splitlines()) == 2 + 2 * len(
        NAMES
    )  # what was found, the seed, each file, each folder
    for printed in (done.stdout, done.stderr):
        assert not CONTROL.search(printed)
        assert not COMMAND.search(printed)
