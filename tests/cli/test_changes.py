"""The commands of docs/change.md that build and release, in a copy of the checkout, do what the page says.

Those of a course that is under way run in test_whole_term.
"""

import re
import shlex
import subprocess

import nbformat
import pytest

from autograder.course.settings import Course, load_course
from tests.cli.test_readme import BY_PAGE, CHANGES, KIT, TEXTS, copy_checkout, run_kit

# The notebooks that the page's examples are about.
FEW = '[assignments]\nuse = ["03_sigmoid_neuron", "04_matmul"]\n'


@pytest.mark.long
def test_the_changes_of_the_page_do_what_it_says(tmp_path):
    folder = copy_checkout(tmp_path / "kit")
    points, drop, use, *_ = re.findall(r"```toml\n(.*?)```", TEXTS[CHANGES], re.S)
    commands = [c for c in BY_PAGE[CHANGES] if c.startswith((KIT, "rm "))]
    build, release, remove, some, *new, init = commands
    # Two notebooks are as good as eight, and sooner built.
    (folder / "course.toml").write_text(points + drop + FEW)
    for command in (build, release):
        done = run_kit(command, folder)
        assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / "release" / "04_matmul.ipynb", as_version=4)
    marks = {cell.id: cell.metadata.get("nbgrader", {}) for cell in notebook.cells}
    assert marks["check_matmul_backward"]["points"] == 8
    assert "check_dot_test" not in marks
    (folder / "course.toml").write_text(points + drop + use)
    done = run_kit(release, folder)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "release").glob("*.ipynb")) == [
        "03_sigmoid_neuron.ipynb",
        "07_mlp_sgd.ipynb",
    ]
    (folder / "course.toml").unlink()
    for command in new:
        done = run_kit(command, folder)
        assert done.returncode == 0, done.stderr
    assert "frobenius_norm" in (folder / "solutions" / "04_matmul.py").read_text(encoding="utf-8")
    assert (folder / "solutions" / "09_convolution.py").is_file()
    subprocess.run(shlex.split(remove), cwd=folder, check=True)
    done = run_kit(some, folder)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "release").glob("*.ipynb")) == [
        "03_sigmoid_neuron.ipynb"
    ]
    (folder / "roster.csv").write_text("id,first_name\nang,Ada\n")
    (folder / "course").mkdir()
    (folder / "course" / "course.toml").write_text(f'seed = "{"secret" * 5}"\n{FEW}')
    assert run_kit("init course", folder).returncode == 0
    done = run_kit(init, folder)
    assert done.returncode == 0, done.stderr
    assert load_course(folder / "course-next" / "course.toml").seed != Course().seed
