"""The course in a browser alone: what JupyterLite makes of it, and the library without what a browser lacks."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograder.authoring.build.notebook import filled_notebook
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import read_source

# No thread, process, socket or alarm can be begun in a browser, and nothing is written.
BARE = """
import _thread, json, os, signal, socket, subprocess, sys
from pathlib import Path
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot, numpy
from IPython.core.interactiveshell import InteractiveShell
package, notebook = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
shell = InteractiveShell()
shell.history_manager.enabled = False
def refused(*args, **kwargs):
    raise RuntimeError("a browser cannot do this")
_thread.start_new_thread = socket.socket = subprocess.Popen = os.fork = refused
del signal.setitimer
sys.platform = "emscripten"
def heard(event, details):
    if event == "open" and isinstance(details[0], str):
        caller = sys._getframe(1).f_code.co_filename
        own = caller.startswith(str(package)) and not details[0].startswith(str(package))
        if own or any(mode in str(details[1]) for mode in "wax+"):
            raise RuntimeError(f"a file outside the package: {details[0]}")
sys.addaudithook(heard)
for cell in notebook["cells"]:
    if cell["cell_type"] == "code":
        result = shell.run_cell("".join(cell["source"]))
        result.raise_error()
"""


@pytest.mark.parametrize("name", ["01_derivatives", "04_matmul", "06_reverse_mode"])
def test_the_checks_need_nothing_that_a_browser_lacks(name, tmp_path):
    assignment, _ = catalogue()[name]
    solved = filled_notebook(read_source(HERE.source(name), assignment), assignment)
    (tmp_path / "a.ipynb").write_text(json.dumps(solved), encoding="utf-8")
    package = HERE.release / "autograder"
    run = subprocess.run(
        # No bytecode, which belongs to no release.
        [sys.executable, "-B", "-c", BARE, str(package), str(tmp_path / "a.ipynb")],
        cwd=package.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    total = sum(exercise.points for exercise in assignment.exercises if not exercise.bonus)
    assert f"Notebook so far: {total:g} of {total:g} points" in run.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site that `make site` makes."""
    folder = tmp_path_factory.mktemp("browser")
    bin_ = Path(sys.executable).parent
    command = [bin_ / "autograder", "release", "--browser", folder / "course"]
    subprocess.run(command, cwd=HERE.root, check=True, capture_output=True, timeout=120)
    command = [bin_ / "jupyter", "lite", "build", "--output-dir", folder / "site"]
    built = subprocess.run(
        [*command, "--no-sourcemaps"], cwd=folder / "course", capture_output=True, timeout=300
    )
    assert built.returncode == 0, built.stderr[-2000:]
    return folder / "site"


@pytest.mark.long
def test_each_notebook_of_the_site_begins_by_installing_the_wheel_beside_it(site):
    wheels = json.loads((site / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert list(wheels) == ["backprop-student"]
    (version,) = wheels["backprop-student"]["releases"].values()
    assert (site / "pypi" / version[0]["filename"]).is_file()
    for name in catalogue():
        notebook = json.loads((site / "files" / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert "%pip install -q backprop-student" in notebook["cells"][0]["source"]


@pytest.fixture(scope="module")
def page(site):
    """A notebook of the site, open in a browser."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None or find_spec("playwright") is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"{address}/notebooks/index.html?path=04_matmul.ipynb")
            page.get_by_text("%pip install").first.wait_for(timeout=60_000)
            yield page
            browser.close()
        server.shutdown()


@pytest.mark.long
def test_the_site_opens_a_notebook_without_menus_that_need_a_server(page):
    heading = page.get_by_role("heading", name="Matrix multiply and batches")
    heading.first.wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Kernel", exact=True).wait_for(timeout=60_000)
    assert not page.get_by_role("menuitem", name="Nbgrader").count()


@pytest.mark.long
@pytest.mark.skipif(
    "JUPYTERLITE_PYODIDE_URL" not in os.environ,
    reason="the kernel comes from Pyodide's own server, unless JUPYTERLITE_PYODIDE_URL names a file",
)
def test_the_kernel_starts_and_finds_the_wheel(page):
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first
    idle.wait_for(timeout=200_000)
    first, second = page.locator(".jp-CodeCell").nth(0), page.locator(".jp-CodeCell").nth(1)
    for cell, prompt in ((first, "[1]:"), (second, "[2]:")):
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        cell.locator(".jp-InputPrompt", has_text=prompt).wait_for(timeout=200_000)
    found = second.locator(".jp-OutputArea-output").all_inner_texts()
    # Pyodide's smallest distribution has no NumPy, and the first cell says so.
    assert found == [] or found[0].startswith("The Python in this browser does not have the checks")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *args):
        pass
