"""The first cell of every notebook: it finds the checks, or says in a few sentences what to do here."""

import json
import os
import shutil
import subprocess

import pytest

from autograder.authoring.build.notebook import stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments

NAME = "01_derivatives"
COLAB = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('google.colab')"


def first_cell(assignment=NAME):
    cells = json.loads(HERE.released(assignment).read_text(encoding="utf-8"))["cells"]
    return next(cell for cell in cells if cell["cell_type"] == "code")


@pytest.fixture
def run(tmp_path, students_python):
    """Run the first cell in a kernel of its own; what is shown of an error, line by line."""

    def run(before="", beside=False, cell=None):
        if beside:
            shutil.copytree(HERE.release / "autograder", tmp_path / "autograder")
        earlier = {
            "cell_type": "code",
            "id": "before",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
        notebook["cells"] = [earlier | {"source": before}, cell or first_cell()]
        (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        command = [
            students_python,
            "-m",
            "nbconvert",
            "--to",
            "notebook",
            "--execute",
            "--allow-errors",
            "--inplace",
        ]
        bare = {"HOME": str(tmp_path), "PATH": os.defpath}
        subprocess.run(
            [*command, "a.ipynb"],
            cwd=tmp_path,
            env=bare,
            check=True,
            capture_output=True,
            timeout=120,
        )
        outputs = json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8"))["cells"][1][
            "outputs"
        ]
        return [line for output in outputs for line in output["traceback"]]

    return run


def test_every_notebook_begins_with_the_same_locked_cell():
    cells = [first_cell(assignment.name) for assignment in assignments()]
    assert len({"".join(cell["source"]) for cell in cells}) == 1
    assert all(cell["metadata"]["nbgrader"]["locked"] for cell in cells)


def test_beside_the_checks_nothing_is_said(run):
    assert run(beside=True) == []


def test_without_the_checks_three_lines_say_what_to_do(run):
    said = run()
    assert said[0] == "The checks of this course are not here."
    assert len(said) == 3
    assert "autograder/" in " ".join(said)


def test_on_colab_the_line_to_run_is_said(run):
    said = run(COLAB)
    assert said[0].startswith("Colab does not have the checks")
    assert len(said) == 3
    assert "%pip install backprop_student-*.whl" in " ".join(said)


@pytest.mark.long
def test_on_colab_the_address_that_the_course_has_set_is_named(run):
    address = "https://example.org/files/backprop_student-0.2.0-py3-none-any.whl"
    known = next(a for a in assignments() if a.name == NAME)
    source = read_source(HERE.source(NAME), known, address)
    cell = next(c for c in stub_notebook(source, known).cells if c.cell_type == "code")
    said = run(COLAB, cell=dict(cell))
    assert said[0].startswith("Colab does not have the checks")
    assert f"%pip install {address}" in " ".join(said)
    assert "Upload" not in " ".join(said)
    assert len(said) == 3


def test_without_numpy_another_kernel_is_asked_for(run):
    hidden = "import sys\nfor name in ('numpy', 'matplotlib'): sys.modules.pop(name, None)\n"
    hidden += "import importlib.util as u\nfind = u.find_spec\n"
    hidden += "u.find_spec = lambda n: None if n == 'numpy' else find(n)"
    said = run(hidden, beside=True)
    assert said[0] == "This kernel has no numpy or no matplotlib."
    assert len(said) == 3
    assert "Select Kernel" in " ".join(said)


@pytest.mark.long
def test_in_a_browser_the_line_that_installs_is_said(run):
    said = run("import sys\nsys.platform = 'emscripten'")
    assert said[0] == "The Python in this browser does not have the checks yet."
    assert len(said) == 3
    assert "%pip install -q backprop-student" in " ".join(said)
