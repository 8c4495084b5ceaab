"""A worker can import what notebooks import, and nothing of this kit that differentiates or knows answers."""

import ast
import subprocess
import sys

import pytest

from autograder import student
from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.sandbox import stand_ins
from autograder.sandbox.staging import PICTURES, public_names, stage
from autograder.sandbox.zygote_client import isolated

LIBRARIES = [path for path in sys.path if path.endswith("-packages")]
SHIPPED = sorted((HERE.package / "student").rglob("*.py"))
HAS = ("autograder.student.data", "autograder.student.plots")
NEEDS = {
    "autograder.student",
    "autograder.student.judging",
    "autograder.student.judging.probes",
    "autograder.student.judging.stops",
    "autograder.student.model",
    "autograder.student.model.circuits",
    "autograder.student.model.exercises",
    "autograder.student.model.results",
}
TRIED = """
import importlib
def imports(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True
"""


def module(path):
    parts = path.relative_to(HERE.root).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imported(text):
    """The statements of a cell that import from this kit."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    return [ast.unparse(node) for node in found if node.module.startswith("autograder")]


def test_a_worker_finds_the_data_stand_ins_and_nothing_else_of_the_student_library(sandbox):
    with sandbox.session() as session:
        session.run([TRIED])
        names = [module(path) for path in SHIPPED]
        found = {
            name for name in names if session.run([f"assert imports({name!r})"])[0].failure is None
        }
    expected = {name for name in names if name in NEEDS or name.startswith(HAS)}
    assert found == expected
    assert "autograder.student.graphs.operations" in set(names) - found


def test_of_the_graders_side_of_the_sandbox_a_worker_has_nothing(sandbox):
    others = ("pool", "session", "channel", "doctor", "zygote_client", "staging", "stand_ins")
    with sandbox.session() as session:
        session.run([TRIED])
        runs = session.run([f"assert not imports('autograder.sandbox.{name}')" for name in others])
    assert [run.failure for run in runs] == [None] * len(others)


def test_what_is_staged_is_enough_for_a_zygote_and_for_a_worker_alone(tmp_path):
    stage(tmp_path)
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, *{LIBRARIES!r}]; import autograder.sandbox.zygote"
    subprocess.run(isolated(code), check=True)


@pytest.mark.parametrize("assignment", catalogue())
def test_the_import_cells_of_every_notebook_work_in_a_worker(sandbox, assignment):
    source = HERE.source(assignment).read_text(encoding="utf-8")
    statements = imported(
        "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    )
    assert statements
    with sandbox.session() as session:
        runs = session.run(statements)
    assert [run.failure for run in runs] == [None] * len(statements)


def test_every_picture_can_be_called_with_anything_and_draws_nothing(sandbox):
    cells = []
    for path in sorted((HERE.package / PICTURES).glob("*.py")):
        names = public_names(path.read_text(encoding="utf-8"))
        cells += [
            f"from {module(path)} import {name}\nlist({name}(1, print, about=2))" for name in names
        ]
    assert any("plot_flight" in cell for cell in cells)
    with sandbox.session() as session:
        assert [run.failure for run in session.run(cells)] == [None] * len(cells)


def test_the_stand_in_offers_what_the_student_library_offers():
    assert stand_ins.__all__ == student.__all__


OWN_CELLS = {
    "a gradient check": "from autograder.student import check_gradient\nimport numpy as np\n"
    "report = check_gradient(lambda w: np.sum(w**2), np.ones(3), 2 * np.ones(3))\nprint(report)\n"
    "assert report.verdict.value == 'right'\nassert report.mistake is None",
    "points": "from autograder.student import check\nassert check('f') == 2\nassert check('f') >= 1.5\n"
    "if check('f') != 1 or check('f') < 1:\n    raise ValueError\nprint(f\"{check('f') + check('g'):.1f}\")",
    "a circuit": "from autograder.student.plots.circuit import Node, draw_circuit, trace\n"
    "draw_circuit([Node('x', value=2)])\nfor node in trace(object()):\n    print(node.name)",
}


@pytest.mark.parametrize("cell", OWN_CELLS.values(), ids=OWN_CELLS)
def test_a_students_own_cell_with_a_stand_in_runs_to_its_end(sandbox, cell):
    with sandbox.session() as session:
        assert session.run([cell])[0].failure is None
