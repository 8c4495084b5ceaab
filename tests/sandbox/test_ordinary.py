"""Ordinary notebooks do not notice grading: cells work, or are refused in words and cost nothing.

Each cell in the folder `ordinary` is put into a solved notebook, which is graded as any other.
"""

import importlib.util
import json
from pathlib import Path

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import Course, catalogue
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.student.model.results import Status
from autograder.submissions.ingest import Submission

ASSIGNMENT, HIDDEN = catalogue()["03_sigmoid_neuron"]
COURSE = Course()
FOLDER = Path(__file__).parents[1] / "ordinary"
PLACE = 2  # the new cell's place in the notebook, counted from 1: after the title


@pytest.fixture(scope="module")
def key():
    return make_key(ASSIGNMENT, HIDDEN, COURSE.seed)


@pytest.fixture(scope="module")
def grader(key, sandbox):
    return Grader({ASSIGNMENT.name: key}, sandbox, COURSE.seed_hash)


@pytest.fixture(scope="module")
def hasty(key):
    """A grader with little patience, for what would otherwise be waited for."""
    with Sandbox(Limits(cell=1, patience=1)) as sandbox:
        yield Grader({ASSIGNMENT.name: key}, sandbox, COURSE.seed_hash)


def graded(grader, key, *cells):
    """The report on a solved notebook with more cells in it."""
    notebook = json.loads(notebook_text(filled_notebook(key.source, ASSIGNMENT)))
    new = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": c}
        for c in cells
    ]
    notebook["cells"][PLACE - 1 : PLACE - 1] = new
    data = json.dumps(notebook).encode()
    report = grader.grade(Submission("s001", "s001.ipynb", 0.0, lambda: data))
    assert report.status is Status.GRADED
    assert report.earned == report.possible
    return report


def cells(file):
    """The cells of a text file by name, each with the words after `# ->` if it has any."""
    found = {}
    for block in (FOLDER / file).read_text(encoding="utf-8").split("# %% ")[1:]:
        name, _, text = block.partition("\n")
        cell, _, words = text.partition("# -> ")
        found[name] = (cell.strip(), words.strip())
    return found


WORKS, TOLD = cells("works.txt"), cells("told.txt")


@pytest.mark.parametrize("cell", [cell for cell, _ in WORKS.values()], ids=WORKS)
def test_what_notebooks_do_works_and_nothing_is_remarked(grader, key, cell):
    assert graded(grader, key, cell).notes == ()


@pytest.mark.parametrize(("cell", "said"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_done_is_said_with_the_cell_and_costs_nothing(grader, key, cell, said):
    (note,) = graded(grader, key, "earlier = 1", cell, "assert earlier == 1").notes
    assert note.startswith(f"cell {PLACE + 1}")
    assert said
    assert said in note


def test_a_window_that_waits_for_a_key_is_interrupted_and_named(hasty, key):
    library = (
        "import sys, time, types\ncv2 = types.ModuleType('cv2')\ncv2.imshow = lambda title, picture: None\n"
        "cv2.waitKey = lambda delay: time.sleep(600)\nsys.modules['cv2'] = cv2"
    )
    window = "import cv2\nseen = 1\ncv2.imshow('window', None)\ncv2.waitKey(0)"
    (note,) = graded(hasty, key, library, window, "assert seen == 1").notes
    assert (
        note == f"cell {PLACE + 1} stopped: the cell did not finish within 1 s and was interrupted"
    )


@pytest.mark.parametrize("name", ["pandas", "scipy", "sklearn", "cv2", "torch", "PIL"])
def test_other_libraries_work_if_they_are_there_and_are_named_if_not(grader, key, name):
    notes = graded(grader, key, f"import {name}").notes
    if importlib.util.find_spec(name):
        assert notes == ()
    else:
        assert notes == (
            f"cell {PLACE} stopped: ModuleNotFoundError at line 1: No module named {name!r}",
        )


def test_tables_of_pandas_work_if_it_is_there(grader, key):
    cell = (
        "import numpy as np, pandas as pd\ntable = pd.DataFrame({'a': np.arange(3)})\ntable.to_csv('a.csv')\n"
        "assert pd.read_csv('a.csv', index_col=0).equals(table)\ntable.describe()\ntable"
    )
    notes = graded(grader, key, cell).notes
    if importlib.util.find_spec("pandas"):
        assert notes == ()
    else:
        assert notes == (
            f"cell {PLACE} stopped: ModuleNotFoundError at line 1: No module named 'pandas'",
        )
