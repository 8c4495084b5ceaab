"""A student in JupyterLab, in a real browser: from the unzipped course to the grade of what was saved.

Everything is done with the keyboard, once the notebook is open.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograder.course.paths import HERE
from tests.conftest import BROWSER

pytestmark = pytest.mark.long
NAME = "03_sigmoid_neuron"
# Works for one number alone; still does, written otherwise; an endless loop; right.
WRONG = "import math\n\ndef sigmoid(x):\n    return 1 / (1 + math.exp(-x))\n"
AS_WRONG = "import math\n\ndef sigmoid(x):\n    e = math.exp(-x)\n    return 1 / (1 + e)\n"
ENDLESS = "def sigmoid(x):\n    n = 0\n    while n < 1:\n        n = n * 2\n    return n\n"
RIGHT = "def sigmoid(x):\n    return (1 + np.tanh(np.asarray(x) / 2)) / 2\n"
# Every cell stays in the page, also those that are not on the screen.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
PATIENCE = 60_000  # milliseconds


@dataclass
class Lab:
    """A JupyterLab that shows one notebook, and the browser's page with it."""

    page: Any
    notebook: Path

    def cell(self, start: str) -> Any:
        """The code cell whose text begins so."""
        return self.page.locator(".jp-CodeCell").filter(
            has=self.page.locator(".cm-content", has_text=re.compile(rf"^\s*{re.escape(start)}"))
        )

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def command(self, words: str) -> None:
        """Run a command by its name in the palette."""
        self.press("Control+Shift+C")
        self.page.locator(".lm-CommandPalette-input").wait_for()
        self.page.keyboard.type(words)
        first = self.page.locator(".lm-CommandPalette-item.lm-mod-active")
        first.filter(has_text=words).wait_for()
        self.press("Enter")

    def select(self, start: str) -> None:
        """Go to a cell with the arrow keys, in command mode."""
        self.press("Escape")
        wanted = self.cell(start)
        for key in ["ArrowUp"] * 40 + ["ArrowDown"] * 40:
            if "jp-mod-selected" in (wanted.get_attribute("class") or ""):
                return
            self.press(key)
        raise AssertionError(f"no way to the cell {start!r}")

    def answer(self, start: str, text: str) -> None:
        """Write an answer over what stands in a cell, and run the cell and the check below it."""
        self.select(start)
        self.press("Enter", "Control+A")
        self.page.keyboard.insert_text(text)
        self.press("Shift+Enter", "Shift+Enter")

    def card(self, name: str, text: str) -> str:
        """The card of a check once it shows a text."""
        card = self.cell(f'check("{name}")').locator(".agk").filter(has_text=text)
        card.wait_for(timeout=PATIENCE)
        return str(card.inner_text())

    def save(self) -> None:
        """Save the notebook, and wait until it is on the disk."""
        before = self.notebook.stat().st_mtime_ns
        self.press("Escape", "Control+S")
        for _ in range(200):
            if self.notebook.stat().st_mtime_ns != before:
                return
            time.sleep(0.05)
        raise AssertionError("the notebook was not saved")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as a student unzips it."""
    folder = tmp_path_factory.mktemp("student")
    command = [Path(sys.executable).parent / "autograder", "release", "--zips", folder / "zips"]
    subprocess.run(command, cwd=HERE.root, check=True, capture_output=True, timeout=120)
    (course,) = (folder / "zips").glob("backprop-course*.zip")
    with zipfile.ZipFile(course) as archive:
        archive.extractall(folder / "course")
    (notebook,) = (folder / "course").rglob(f"{NAME}.ipynb")
    return notebook.parent


@pytest.fixture(scope="module")
def lab(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The notebook, open in JupyterLab."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None or find_spec("playwright") is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    home = tmp_path_factory.mktemp("home")
    for name, values in SETTINGS.items():
        file = home / "settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        "HOME": home,
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    options = [f"--ServerApp.port={port}", "--IdentityProvider.token=", "--no-browser"]
    command = [sys.executable, "-m", "jupyterlab", *options, "--allow-root"]
    address = f"http://127.0.0.1:{port}"
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=course,
            env={**os.environ, **{name: str(place) for name, place in places.items()}},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(f"{address}/api", lambda _: server.poll() is None)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/lab/tree/{NAME}.ipynb")
            page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
            _wait_for(f"{address}/api/sessions", _is_idle)
            page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
            page.locator(".jp-Notebook").focus()
            yield Lab(page, course / f"{NAME}.ipynb")
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, is_there: Callable[[bytes], bool]) -> None:
    """Wait until an address of the server answers as it should."""
    for _ in range(600):
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            if is_there(answer.read()):
                return
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer as it should")


def _is_idle(sessions: bytes) -> bool:
    """Whether the notebook's kernel has started."""
    return [each["kernel"]["execution_state"] for each in json.loads(sessions)] == ["idle"]


def test_run_all_of_an_untouched_notebook_reaches_the_last_check(lab: Lab):
    lab.command("Run All Cells")
    lab.card("which_way", "0 of 1 point")
    assert not lab.page.locator(".jp-RenderedText[data-mime-type*=error]").count()
    lab.card("sigmoid", "To begin, replace")


def test_a_named_mistake_and_a_hint_lead_to_the_points(lab: Lab):
    lab.answer("def sigmoid(x)", WRONG)
    assert "Hint" not in lab.card("sigmoid", "one number at a time")
    lab.answer("import math", AS_WRONG)
    lab.card("sigmoid", "Hint")
    lab.answer("import math", RIGHT)
    solved = lab.card("sigmoid", "All visible checks pass")
    assert "1 of 1 point" in solved and "Notebook so far: 1 of" in solved


def test_an_endless_loop_is_interrupted_to_a_card_that_shows_its_line(lab: Lab):
    lab.answer("def sigmoid(x)", ENDLESS)
    time.sleep(1)
    lab.press("Escape", "i", "i")
    stopped = lab.card("sigmoid", "interrupted")
    assert "n = n * 2" in stopped or "while n < 1" in stopped
    lab.answer("def sigmoid(x)", RIGHT)
    lab.card("sigmoid", "All visible checks pass")


def test_a_check_cell_cannot_be_deleted_by_the_student(lab: Lab):
    lab.select('check("sigmoid_grad")')
    lab.press("d", "d")
    assert lab.cell('check("sigmoid_grad")').count() == 1


def test_what_was_saved_is_looked_at_and_graded(lab: Lab, tmp_path: Path):
    lab.save()
    command = [sys.executable, "-m", "autograder.student", "submit-check", lab.notebook.name]
    looked = subprocess.run(
        command, cwd=lab.notebook.parent, capture_output=True, text=True, timeout=120
    )
    assert "sigmoid_grad is not attempted" in looked.stdout, looked.stdout + looked.stderr
    handed_in = tmp_path / "in" / "ada" / lab.notebook.name
    handed_in.parent.mkdir(parents=True)
    cells = json.loads(lab.notebook.read_text(encoding="utf-8"))
    # Somebody who edits the file can take a check away: the grader has its own.
    cells["cells"] = [cell for cell in cells["cells"] if cell.get("id") != "check_sigmoid"]
    handed_in.write_text(json.dumps(cells), encoding="utf-8")
    command = [Path(sys.executable).parent / "autograder", "grade", tmp_path / "in"]
    run = subprocess.run(
        [*command, "--out", tmp_path / "graded"], cwd=tmp_path, capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "graded" / "report.json").read_text(encoding="utf-8"))
    (graded,) = report["reports"]
    earned = {each["exercise"]: each["earned"] for each in graded["exercises"]}
    assert earned["sigmoid"] == 1 and not any(v for k, v in earned.items() if k != "sigmoid")
