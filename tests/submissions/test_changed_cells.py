"""Whatever was done to a notebook's cells, its present content is graded, and the student gets a note.

A solved notebook, with the points of an earlier run in its outputs, is changed in one way and
graded in the sandbox.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.settings import Course, catalogue
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.student.model.results import Outcome, Report, Status
from autograder.submissions.ingest import Submission

ASSIGNMENT, HIDDEN = catalogue()["03_sigmoid_neuron"]
ALL = ASSIGNMENT.checked
Cells = list[dict[str, Any]]


@pytest.fixture(scope="module")
def key():
    return make_key(ASSIGNMENT, HIDDEN, Course().seed)


@pytest.fixture(scope="module")
def grader(key, sandbox):
    return Grader({ASSIGNMENT.name: key}, sandbox, "")


def stale(notebook) -> dict[str, Any]:
    """A notebook whose outputs and metadata say that an earlier run gave every point."""
    tree = json.loads(notebook_text(notebook))
    for cell in tree["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("points"):
            data = {"text/plain": repr(cell["metadata"]["nbgrader"]["points"])}
            output = {
                "output_type": "execute_result",
                "execution_count": 1,
                "metadata": {},
                "data": data,
            }
            cell |= (
                {"outputs": [output], "execution_count": 1} if cell["cell_type"] == "code" else {}
            )
    return tree


def graded(grader, tree, name="ada.ipynb") -> Report:
    data = json.dumps(tree).encode()
    report = grader.grade(Submission("ada", name, 0.0, lambda: data))
    assert report.status is Status.GRADED, report.reason
    return report


@pytest.fixture
def solved(key):
    return stale(filled_notebook(key.source, ASSIGNMENT))


def at(cells: Cells, name: str) -> int:
    return next(n for n, cell in enumerate(cells) if cell["id"] == name)


def new(text: str, kind: str = "code") -> dict[str, Any]:
    cell = {"cell_type": kind, "id": "new-cell", "metadata": {}, "source": text}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def duplicate(cells: Cells, name: str) -> None:
    cells.insert(at(cells, name), dict(cells[at(cells, name)]))


def split(cells: Cells) -> None:
    """A helper stays in the answer's cell, the answer that uses it goes into a new one below."""
    where = at(cells, "sigmoid_grad")
    cells[where]["source"] = "def rest(f):\n    return 1 - f"
    cells.insert(
        where + 1, new("def sigmoid_grad(f):\n    return np.asarray(f) * rest(np.asarray(f))")
    )


def retype(kind: str, name: str) -> Callable[[Cells], None]:
    def change(cells: Cells) -> None:
        where = at(cells, name)
        cells[where] = new("".join(cells[where]["source"]), kind) | {"id": name}

    return change


def reorder(cells: Cells) -> None:
    cells.reverse()


def rename(cells: Cells) -> None:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {}


def without(name: str) -> Callable[[Cells], None]:
    return lambda cells: cells.pop(at(cells, name))


KEEPS: dict[str, tuple[Callable[[Cells], object], str]] = {
    "a check is deleted": (
        without("check_relu"),
        "check cells were missing (relu); what they check is graded",
    ),
    "a provided cell is deleted": (
        without("provided_setup"),
        "the provided cell 'setup' was missing and was put back",
    ),
    "a check is duplicated": (lambda cells: duplicate(cells, "check_relu"), ""),
    "an answer is duplicated": (
        lambda cells: duplicate(cells, "relu"),
        "2 cells answer 'relu'; the better of those",
    ),
    "an answer is split": (split, ""),
    "an answer is retyped": (
        retype("markdown", "relu"),
        "the answer cell 'relu' is a markdown cell; it was run as",
    ),
    "an answer is retyped as raw": (
        retype("raw", "relu"),
        "the answer cell 'relu' is a raw cell; it was run as code",
    ),
    "a check is retyped": (retype("markdown", "check_relu"), ""),
    "cells are reordered": (reorder, "graded as it is at the end of the notebook"),
    "cells are renamed": (rename, "check cells were missing (sigmoid, "),
}


def test_the_stale_notebook_claims_every_point(solved):
    claimed = [o["data"]["text/plain"] for c in solved["cells"] for o in c.get("outputs", ())]
    assert sum(map(float, claimed)) == ALL


@pytest.mark.parametrize(("change", "said"), KEEPS.values(), ids=KEEPS)
def test_a_change_that_loses_no_answer_costs_nothing_and_is_told(grader, solved, change, said):
    change(solved["cells"])
    report = graded(grader, solved)
    assert report.earned == ALL
    assert [note for note in report.notes if said in note] if said else report.notes == ()


def test_a_notebook_of_another_name_that_does_not_say_what_it_is_is_recognised(grader, solved):
    solved["metadata"] = {}
    assert graded(grader, solved, "Untitled (1).ipynb").earned == ALL


def lost(report: Report, outcome: Outcome) -> None:
    """relu is lost with that outcome, and nothing else is."""
    (relu,) = [result for result in report.exercises if result.outcome is not Outcome.PASSED]
    assert (relu.exercise, relu.outcome, relu.earned) == ("relu", outcome, 0.0)
    assert report.earned == ALL - relu.possible


def test_a_deleted_answer_earns_nothing_whatever_an_earlier_run_gave_and_is_told(grader, solved):
    without("relu")(solved["cells"])
    report = graded(grader, solved)
    lost(report, Outcome.MISSING)
    assert report.notes == ("the answer cell 'relu' is missing",)


def test_a_renamed_function_is_missing_and_not_taken_for_the_answer(grader, solved):
    cell = solved["cells"][at(solved["cells"], "relu")]
    cell["source"] = "".join(cell["source"]).replace("def relu(", "def rectifier(")
    lost(graded(grader, solved), Outcome.MISSING)


def test_of_two_answers_the_better_counts_and_this_is_told(grader, solved):
    solved["cells"].append(new("def relu(x, w):\n    return [[0.0, 0.0], [0.0, 0.0, 0.0]]"))
    report = graded(grader, solved)
    assert report.earned == ALL  # it was right at its check, and that is what the student saw
    assert report.notes == (
        "2 cells answer 'relu'; the better of those at its check and at the end counts",
    )


def test_an_untouched_notebook_earns_nothing_though_its_outputs_claim_every_point(grader, key):
    tree = stale(stub_notebook(key.source, ASSIGNMENT))
    report = graded(grader, tree)
    assert report.earned == 0
    assert {result.outcome for result in report.exercises} == {Outcome.UNATTEMPTED}


def test_a_check_that_was_made_to_print_points_gives_none(grader, key):
    tree = stale(stub_notebook(key.source, ASSIGNMENT))
    cell = tree["cells"][at(tree["cells"], "check_relu")]
    cell["source"] = "1.0"
    report = graded(grader, tree)
    assert report.earned == 0
    assert [
        note for note in report.notes if "the check cell 'relu' was changed; it is not run" in note
    ]
