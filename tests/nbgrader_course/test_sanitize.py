"""Whatever is handed in becomes a notebook that nbgrader takes, with the student's answers in it."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.nbgraderformat import MetadataValidator

from autograder.authoring.build.notebook import notebook_text
from autograder.course.paths import HERE
from autograder.errors import MisuseError
from autograder.nbgrader_course.sanitize import read_released, sanitized

NAME = "03_sigmoid_neuron"
RELEASED = read_released(HERE.notebook(NAME))
GIVEN = json.loads(HERE.notebook(NAME).read_text(encoding="utf-8"))
MARKED = {cell.id: cell for cell in RELEASED.cells if "nbgrader" in cell.metadata}
WRITTEN = next(name for name in MARKED if name.startswith("written_"))
PICTURE = {"figure.png": {"image/png": "aGVsbG8="}}


def whole(tree, name="work.ipynb"):
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return sanitized(name, data, RELEASED)


def of(notebook, name):
    """The one cell that is marked with this name."""
    (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    return cell


def changed(**cells):
    """The released notebook with other text in some cells, or without them if it is None."""
    kept = [cell for cell in GIVEN["cells"] if cells.get(cell["id"], "") is not None]
    return {
        **GIVEN,
        "cells": [{**c, "source": cells[c["id"]]} if c["id"] in cells else c for c in kept],
    }


def assert_nbgrader_takes(notebook):
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for name, own in MARKED.items():
        cell = of(notebook, name)
        assert (cell.cell_type, cell.metadata) == (own.cell_type, own.metadata)
        assert own.metadata.nbgrader.solution or cell.source == own.source
    assert nbformat.reads(notebook_text(notebook), as_version=4).cells


def test_an_untouched_notebook_stays_as_it_is_but_for_the_ids_of_prose():
    made = whole(GIVEN)
    assert [(c.cell_type, c.source, c.metadata) for c in made.cells] == [
        (c.cell_type, c.source, c.metadata) for c in RELEASED.cells
    ]


@pytest.mark.parametrize("name", MARKED)
def test_a_cell_that_was_deleted_stands_where_it_stood(name):
    made = whole(changed(**{name: None}))
    assert_nbgrader_takes(made)
    names = [c.metadata.nbgrader.grade_id for c in made.cells if "nbgrader" in c.metadata]
    assert names == list(MARKED)


def test_of_copies_the_last_that_was_changed_counts_and_the_others_stay_as_plain_cells():
    answer = {
        "cell_type": "code",
        "metadata": dict(MARKED["sigmoid"].metadata),
        "id": "sigmoid",
        "outputs": [],
    }
    texts = [
        "def sigmoid(z):\n    return 1",
        "def sigmoid(z):\n    return 2",
        MARKED["sigmoid"].source,
    ]
    copies = [{**answer, "source": text} for text in texts]
    made = whole({**GIVEN, "cells": [*changed(sigmoid=None)["cells"], *copies]})
    assert_nbgrader_takes(made)
    assert of(made, "sigmoid").source == texts[1]
    assert texts[0] in [cell.source for cell in made.cells if "nbgrader" not in cell.metadata]


def test_an_answer_in_a_cell_of_the_students_own_is_the_answer():
    answer = "def relu(z):\n    return z * (z > 0)"
    own = {"cell_type": "code", "metadata": {}, "id": "x", "outputs": [], "source": answer}
    made = whole({**GIVEN, "cells": [*changed(relu=None)["cells"], own]})
    assert_nbgrader_takes(made)
    assert of(made, "relu").source == answer


def test_an_answer_written_into_a_check_is_kept_beside_it():
    answer = 'def relu(z):\n    return z * (z > 0)\ncheck("relu")'
    made = whole(changed(check_relu=answer))
    assert_nbgrader_takes(made)
    at = made.cells.index(of(made, "check_relu"))
    assert made.cells[at - 1].source == answer


def test_a_retyped_answer_is_code_and_a_retyped_check_is_a_check_again():
    cells = [
        {**c, "cell_type": "markdown"} if c["id"] in ("relu", "check_relu") else c
        for c in GIVEN["cells"]
    ]
    assert_nbgrader_takes(whole({**GIVEN, "cells": cells}))


def test_pictures_pasted_into_a_written_answer_stay():
    cells = [
        {**c, "attachments": PICTURE, "source": "![](a)"} if c["id"] == WRITTEN else c
        for c in GIVEN["cells"]
    ]
    made = whole({**GIVEN, "cells": cells})
    assert_nbgrader_takes(made)
    assert of(made, WRITTEN).attachments == PICTURE


@pytest.mark.parametrize("data", [b"", b"{", b'{"cells": 3}', b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_cannot_be_read_becomes_the_released_notebook(data):
    made = whole(data)
    assert_nbgrader_takes(made)
    assert all(of(made, name).source == own.source for name, own in MARKED.items())


def test_the_statements_of_a_python_file_are_its_cells():
    made = whole(b"import numpy as np\ndef relu(z):\n    return np.maximum(z, 0)\n", "work.py")
    assert_nbgrader_takes(made)
    assert of(made, "relu").source == "def relu(z):\n    return np.maximum(z, 0)"


def test_a_release_that_is_missing_is_said_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(MisuseError, match="nbgrader generate_assignment 03_sigmoid_neuron"):
        read_released(tmp_path / f"{NAME}.ipynb")


JUNK = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
)
IDS = st.sampled_from([*MARKED, "sigmoid-text-1", "cell-1", "", "?"])


@st.composite
def strange_cells(draw):
    """A cell of the notebook, perhaps with another type, text, id or metadata, or with some of it gone."""
    cell = dict(draw(st.sampled_from(GIVEN["cells"])))
    for key, values in {
        "cell_type": st.sampled_from(["code", "markdown", "raw", "strange"]),
        "source": st.text(max_size=8)
        | st.sampled_from([f"def {name}(z):\n    pass" for name in MARKED]),
        "id": IDS | JUNK,
        "metadata": JUNK
        | st.fixed_dictionaries(
            {"nbgrader": JUNK | st.fixed_dictionaries({"grade_id": IDS | JUNK})}
        ),
        "attachments": JUNK | st.just(PICTURE) | st.fixed_dictionaries({"a": JUNK}),
        "outputs": JUNK,
    }.items():
        if draw(st.integers(0, 3)) == 0:
            cell[key] = draw(values)
    return cell


@settings(max_examples=150)
@given(st.lists(strange_cells(), max_size=12))
def test_nbgrader_takes_whatever_becomes_of_a_notebook(cells):
    assert_nbgrader_takes(whole({**GIVEN, "cells": cells}))
