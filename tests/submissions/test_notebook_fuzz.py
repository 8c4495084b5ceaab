"""Whatever is handed in as a notebook, grading it gives a report: bytes, halves, JSON of any depth, any code."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy.checks import ASSIGNMENT
from toy.hidden import HIDDEN

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import Places
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader, grade_class
from autograder.reports.report_json import to_dict
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.student.model.notebooks import MAX_NOTEBOOK
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Submission

POSSIBLE = sum(exercise.points for exercise in ASSIGNMENT.exercises)
# Each example may run a notebook.
FEW = settings(derandomize=True, deadline=None, max_examples=60)
MANY = settings(derandomize=True, deadline=None, max_examples=500)

KEY = make_key(ASSIGNMENT, HIDDEN, "autumn", Places(Path(__file__).parents[1] / "toy"))
SOLVED = notebook_text(filled_notebook(KEY.source, ASSIGNMENT)).encode()
TREE = json.loads(SOLVED)


@pytest.fixture(scope="module")
def grader():
    with Sandbox(Limits(cell=1, call=1, submission=5)) as sandbox:
        yield Grader({ASSIGNMENT.name: KEY}, sandbox, "hash")


def graded(grader, data) -> Report:
    """The report on some bytes: one that says why it has no grade, or has one, and that can be written down."""
    report = grader.grade(Submission("s001", "s001.ipynb", 0.0, lambda: data))
    assert report.status in (Status.GRADED, Status.UNREADABLE), report.reason
    assert bool(report.reason) == (report.status is Status.UNREADABLE)
    assert 0 <= report.earned <= POSSIBLE
    json.dumps(to_dict(report)).encode("ascii")
    return report


def test_the_notebook_that_is_taken_apart_below_is_right(grader):
    assert graded(grader, SOLVED).earned == POSSIBLE


@MANY
@given(data=st.binary(max_size=200))
def test_random_bytes_are_unreadable(grader, data):
    assert graded(grader, data).status is Status.UNREADABLE


@MANY
@given(length=st.integers(0, len(SOLVED.rstrip()) - 1))
def test_half_a_notebook_is_unreadable(grader, length):
    assert graded(grader, SOLVED[:length]).status is Status.UNREADABLE


@FEW
@given(
    st.lists(
        st.tuples(st.integers(0, len(SOLVED) - 1), st.integers(0, 255)), min_size=1, max_size=5
    )
)
def test_wrong_bytes_in_a_notebook_give_a_report(grader, changes):
    data = bytearray(SOLVED)
    for place, byte in changes:
        data[place] = byte
    graded(grader, bytes(data))


JUNK = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            -1,
            10**30,
            0.5,
            float("nan"),
            "",
            "x" * 10_000,
            "\x00",
            "\ud800",
            "code",
            "markdown",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(tree, path=()):
    """Where in a JSON tree something is that could be something else."""
    found = [path]
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for name, item in items:
        found += places(item, (*path, name))
    return found


def replaced(tree, path, new):
    """The tree with something else in one place."""
    if not path:
        return new
    tree = copy.copy(tree)
    tree[path[0]] = replaced(tree[path[0]], path[1:], new)
    return tree


PLACES = places(TREE)


@settings(FEW, max_examples=120)
@given(path=st.sampled_from(PLACES), new=JUNK)
def test_anything_anywhere_in_the_tree_gives_a_report(grader, path, new):
    graded(grader, json.dumps(replaced(TREE, path, new)).encode())


@FEW
@given(path=st.sampled_from([path for path in PLACES if path]), times=st.integers(0, 3))
def test_cells_and_keys_lost_or_repeated_give_a_report(grader, path, times):
    tree = copy.deepcopy(TREE)
    parent = tree
    for name in path[:-1]:
        parent = parent[name]
    item = parent.pop(path[-1])
    if isinstance(parent, list):
        parent[path[-1] : path[-1]] = [item] * times
    graded(grader, json.dumps(tree).encode())


SNIPPETS = st.sampled_from(
    """
    x = 1|def double(x): return x|def chain(x, dout): return x, x|chain = double = None|import os|1 / 0|raise SystemExit
    while True: pass|x = = 1|del double|double.__code__ = chain.__code__|import sys; sys.modules.clear()|exit()
    globals().clear()|import os; os._exit(3)|raise BaseException|print('x' * 10**7)|%reset -f|!ls|%%bash|%timeit 1|?
    await x|async def double(x): return 1|class double: pass|double = lambda x: [[[]]]|import builtins; del builtins.len
    import gc; gc.disable()|x = [0] * 10**7|get_ipython().kernel|\x00|\ud800|é = 1|@|lambda: (yield)|return 1|%%|%|!
    """.replace("\n", "|").split("|")
).map(str.strip)


@settings(FEW, max_examples=100)
@given(
    cells=st.lists(SNIPPETS | st.text(max_size=30), min_size=1, max_size=3),
    place=st.integers(0, len(TREE["cells"])),
    kind=st.sampled_from(["code", "markdown", "raw"]),
)
def test_any_text_in_a_cell_gives_a_report(grader, cells, place, kind):
    tree = copy.deepcopy(TREE)
    tree["cells"][place:place] = [
        {"cell_type": kind, "metadata": {}, "source": cell} for cell in cells
    ]
    graded(grader, json.dumps(tree).encode())


@pytest.mark.parametrize(
    "data",
    [
        b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"nbformat": 4, "cells": [], "metadata": ' + b"1" * 100_000 + b"}",
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "'
        + b"x" * MAX_NOTEBOOK
        + b'"}]}',
        b"\xff\xfe" + SOLVED.decode().encode("utf-16-le"),
        b"\xef\xbb\xbf" + SOLVED,
        b"\x00" * 1000,
        b"",
        b"null",
        b'{"nbformat": 4, "cells": {}}',
        b'{"nbformat": NaN, "cells": []}',
    ],
    ids=[
        "deep list",
        "deep object",
        "long number",
        "too large",
        "utf-16",
        "byte order mark",
        "zeros",
        "",
        "null",
        "",
        "",
    ],
)
def test_hostile_json_gives_a_report(grader, data):
    graded(grader, data)


def test_huge_outputs_are_not_in_the_way(grader):
    tree = copy.deepcopy(TREE)
    for cell in tree["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": ["x" * 1000] * 500}
            ] * 3
    assert graded(grader, json.dumps(tree).encode()).earned == POSSIBLE


def test_deep_outputs_are_not_in_the_way(grader):
    tree = copy.deepcopy(TREE)
    deep = []
    for _ in range(400):
        deep = [deep]
    tree["cells"][1]["outputs"] = deep
    assert graded(grader, json.dumps(tree).encode()).earned == POSSIBLE


def test_a_notebook_of_very_many_cells_gives_a_report(grader):
    many = [{"cell_type": "code", "metadata": {}, "source": "x = 1"}] * 500
    assert (
        graded(grader, json.dumps({**TREE, "cells": TREE["cells"] + many}).encode()).earned
        == POSSIBLE
    )


def test_a_fault_of_the_graders_own_stops_one_submission_and_no_other(grader):
    def broken():
        raise LookupError("the disk is gone")

    faulty, sound = (
        Submission(name, f"{name}.ipynb", 0.0, read)
        for name, read in (("s1", broken), ("s2", lambda: SOLVED))
    )
    first, second = grade_class(grader, [faulty, sound], 2, lambda _: None)
    assert (first.status, second.status) == (Status.STOPPED, Status.GRADED)
    assert first.reason == "the grader failed: LookupError: the disk is gone"
