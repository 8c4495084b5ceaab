"""A notebook's file: which cell stands on which lines, and which cells are as they were handed out."""

import json

import pytest

from autograder.course.paths import HERE
from autograder.student.checks import assignments
from autograder.student.ci.cells import Place, find_places
from autograder.student.model.notebooks import NotebookError, parse_notebook

NEURON = "03_sigmoid_neuron"
TEXT = HERE.notebook(NEURON).read_text(encoding="utf-8")


def exercises(name):
    return [exercise.name for a in assignments() if a.name == name for exercise in a.exercises]


@pytest.mark.parametrize("name", [assignment.name for assignment in assignments()])
def test_every_exercise_stands_on_the_line_of_its_definition(name):
    text = HERE.notebook(name).read_text(encoding="utf-8")
    lines, places = text.split("\n"), find_places("a.ipynb", text, exercises(name))
    assert list(places) == exercises(name)
    for exercise, place in places.items():
        assert (
            lines[place.first - 1].lstrip().startswith((f'"def {exercise}(', f'"class {exercise}'))
        )
        assert lines[place.last].strip() == "]"


def notebook(*cells):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}


def code(source, **more):
    return {"cell_type": "code", "id": "x", "metadata": {}, "outputs": [], "source": source, **more}


def test_the_last_definition_counts_whatever_the_id_says():
    text = json.dumps(
        notebook(code("def f():\n  pass", id="f"), code(["x = 1\n", "f = lambda: 2"], id="g")),
        indent=1,
    )
    place = find_places("a.ipynb", text, ["f"])["f"]
    assert "f = lambda" in text.split("\n")[place.first - 1]


def test_keys_of_the_same_name_elsewhere_mislead_nobody():
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"application/json": {"source": "def f(): 0"}},
    }
    tree = notebook(code('print("\\"source\\": [")'), code("def f():\n  pass", outputs=[output]))
    tree = {"metadata": {"cells": [], "note": '"cells": ['}, **tree}
    text = json.dumps(tree, indent=1)
    assert (
        text.split("\n")[find_places("a.ipynb", text, ["f"])["f"].first - 1].strip()
        == '"source": "def f():\\n  pass"'
    )


def test_a_notebook_on_one_line_has_everything_on_line_one():
    assert find_places("a.ipynb", json.dumps(notebook(code("def f(): pass"))), ["f"]) == {
        "f": Place("a.ipynb")
    }


def test_what_is_nowhere_has_no_place():
    assert find_places("a.ipynb", TEXT, ["nowhere"]) == {}
    assert find_places("a.ipynb", "{", ["f"]) == {}


def test_a_python_file_is_read_by_its_lines():
    text = "import numpy\n\n\nclass A:\n    def f(self):\n        pass\n\n\ndef g():\n    pass\n"
    assert find_places("a.py", text, ["f", "g", "h"]) == {
        "f": Place("a.py", 5, 5),
        "g": Place("a.py", 9, 9),
    }


def test_what_was_handed_out_is_signed_and_what_was_changed_is_told():
    assert {cell.signed for cell in parse_notebook(TEXT).cells} == {True, None}
    tree = json.loads(TEXT)
    next(cell for cell in tree["cells"] if cell["id"] == "provided_setup")["source"].append(
        "\nx = 1"
    )
    assert [cell.id for cell in parse_notebook(json.dumps(tree)).cells if cell.signed is False] == [
        "provided_setup"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not valid JSON (line 1)"),
        ("[" * 100_000, "it is not valid JSON"),
        ('{"nbformat": 3}', "not a notebook of format 4"),
        (json.dumps(notebook("no cell")), "cell 1 is not a cell"),
    ],
)
def test_what_is_no_notebook_says_why(text, said):
    with pytest.raises(NotebookError) as error:
        parse_notebook(text)
    assert said in str(error.value)
