"""Building a notebook: what students get is what nbgrader expects, and the same bytes every time."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from toy.checks import ASSIGNMENT

from autograder.authoring.build.notebook import (
    build_notebook,
    filled_notebook,
    notebook_text,
    source_notebook,
    stale,
    stub_notebook,
)
from autograder.course.paths import HERE
from autograder.course.source import SourceError, read_source
from autograder.student.checks import assignments

TOY = Path(__file__).parents[1] / "toy" / "solutions" / "90_toy.py"
STUB = "# YOUR CODE HERE\n    raise NotImplementedError()"
ANSWERED = ("double", "chain", "written_why")


@pytest.fixture(scope="module")
def source():
    return read_source(TOY, ASSIGNMENT)


@pytest.fixture(scope="module")
def stub(source):
    return stub_notebook(source, ASSIGNMENT)


@pytest.fixture(scope="module")
def filled(source):
    return filled_notebook(source, ASSIGNMENT)


def cells(notebook):
    return {cell.id: cell for cell in notebook.cells}


def edited(folder, old, new):
    """A copy of the toy source with its one `old` replaced."""
    text = TOY.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / TOY.name
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_cell_ids_come_from_the_names_in_the_source(stub):
    assert [cell.id for cell in stub.cells] == [
        "demo_start-text-1",
        "demo_start",
        "provided_setup",
        "double-text-1",
        "double",
        "check_double",
        "chain-text-1",
        "chain",
        "check_chain",
        "demo_table",
        "written_why-text-1",
        "written_why",
        "after-written_why-text-1",
    ]


def test_grade_ids_are_the_cell_ids_and_prose_has_none(stub):
    for cell in stub.cells:
        assert cell.metadata.get("nbgrader", {}).get("grade_id", cell.id) == cell.id
        assert ("nbgrader" in cell.metadata) != ("-text-" in cell.id)


READ_ONLY = {"grade": False, "locked": True, "solution": False, "task": False}
TESTS = {"grade": True, "locked": True, "solution": False, "task": False}
ANSWER = {"grade": False, "locked": False, "solution": True, "task": False}
MANUAL = {"grade": True, "locked": False, "solution": True, "task": False}


@pytest.mark.parametrize(
    ("cell_id", "flags", "points", "locked"),
    [
        ("provided_setup", READ_ONLY, None, True),
        ("demo_table", READ_ONLY, None, True),
        ("double", ANSWER, None, False),
        ("check_double", TESTS, 1, True),
        ("check_chain", TESTS, 2.5, True),
        ("written_why", MANUAL, 2, False),
    ],
)
def test_metadata_is_nbgraders_schema_3(stub, cell_id, flags, points, locked):
    cell = cells(stub)[cell_id]
    marks = dict(cell.metadata.nbgrader)
    signed = (
        cell.source
        + cell.cell_type
        + "".join(str(flags[flag]) for flag in ("grade", "solution", "locked"))
    )
    signed += cell_id + ("" if points is None else str(float(points)))
    assert marks.pop("checksum") == hashlib.md5(signed.encode()).hexdigest()
    assert marks.pop("points", None) == points
    assert marks == {**flags, "schema_version": 3, "grade_id": cell_id, "cell_type": cell.cell_type}
    assert cell.metadata.deletable is False
    assert cell.metadata.get("editable", True) is not locked


def test_only_demos_are_tagged(stub):
    tagged = {cell.id: cell.metadata.tags for cell in stub.cells if "tags" in cell.metadata}
    assert tagged == {"demo_start": ["demo"], "demo_table": ["demo"]}


def test_the_first_code_cell_alone_is_folded(stub):
    folded = [cell.id for cell in stub.cells if "jupyter" in cell.metadata]
    assert folded == ["demo_start"]


def test_the_notebook_says_what_it_is(stub):
    assert (stub.nbformat, stub.nbformat_minor) == (4, 5)
    assert stub.metadata.kernelspec.name == "python3"
    assert stub.metadata.language_info.name == "python"
    assert stub.metadata.backprop_kit.assignment == "90_toy"
    assert stub.metadata.backprop_kit.version


def test_stubs_keep_signature_and_docstring_and_raise(stub):
    assert cells(stub)["double"].source.startswith('def double(x):\n    """Twice the sine of x.\n')
    assert cells(stub)["double"].source.endswith(f'    """\n    {STUB}')
    assert cells(stub)["chain"].source.count("raise NotImplementedError()") == 2
    assert "what stands between them stays" in cells(stub)["chain"].source
    assert cells(stub)["written_why"].source == "YOUR ANSWER HERE"


def test_a_filled_notebook_differs_from_the_stub_in_its_answers_only(stub, filled):
    for mine, theirs in zip(stub.cells, filled.cells, strict=True):
        assert (mine.source == theirs.source) == (mine.id not in ANSWERED)
        assert (
            mine.metadata == theirs.metadata
        )  # the stub's signature too: it is what a student hands in
    assert "return sine + sine" in cells(filled)["double"].source
    assert "SOLUTION" not in notebook_text(filled)


def test_answers_are_replaced_or_left_as_stubs_by_cell_id(source, stub):
    other = "def double(x):\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION"
    notebook = cells(
        filled_notebook(source, ASSIGNMENT, {"double": other, "written_why": "Because."}, ["chain"])
    )
    assert notebook["double"].source == "def double(x):\n    return x + x"
    assert notebook["written_why"].source == "Because."
    assert notebook["chain"].source == cells(stub)["chain"].source


def test_an_answer_to_nothing_is_refused(source):
    with pytest.raises(SourceError, match="'triple'"):
        filled_notebook(source, ASSIGNMENT, {"triple": ""})
    with pytest.raises(SourceError, match="'provided_setup'"):
        filled_notebook(source, ASSIGNMENT, untouched=["provided_setup"])


def test_a_stub_that_would_lose_its_function_is_refused(tmp_path):
    text = TOY.read_text(encoding="utf-8")
    start, end = text.index("def double"), text.index("    sine = ")
    text = (
        text[:start]
        + "### BEGIN SOLUTION\n"
        + text[start:end].replace("    ### BEGIN SOLUTION\n", "")
        + text[end:]
    )
    path = tmp_path / TOY.name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="the stub of exercise 'double' does not define double"):
        stub_notebook(read_source(path, ASSIGNMENT), ASSIGNMENT)


def test_other_prose_leaves_the_ids_of_a_section_alone(tmp_path, stub):
    path = edited(tmp_path, "# ## Twice\n#\n", "# ## Before\n\n# %% [markdown]\n# ## Twice\n#\n")
    more = stub_notebook(read_source(path, ASSIGNMENT), ASSIGNMENT)
    assert set(cells(more)) - set(cells(stub)) == {"double-text-2"}
    assert set(cells(stub)) < set(cells(more))


def test_building_twice_gives_the_same_bytes_and_writes_once(tmp_path):
    target = tmp_path / "assignments" / "90_toy.ipynb"
    assert build_notebook(TOY, ASSIGNMENT, target) is True
    first = target.read_bytes()
    target.touch()
    os.utime(target, (0, 0))
    assert build_notebook(TOY, ASSIGNMENT, target) is False
    assert target.stat().st_mtime == 0
    target.write_bytes(first + b"\n")
    assert build_notebook(TOY, ASSIGNMENT, target) is True
    assert target.read_bytes() == first


def test_building_does_not_depend_on_the_process(tmp_path):
    build_notebook(TOY, ASSIGNMENT, tmp_path / "here.ipynb")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from toy.checks import ASSIGNMENT; from autograder.authoring.build.notebook import build_notebook\n"
        "build_notebook(Path(sys.argv[2]), ASSIGNMENT, Path('there.ipynb'))"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(TOY)]
    subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert (tmp_path / "there.ipynb").read_bytes() == (tmp_path / "here.ipynb").read_bytes()


def test_a_stale_notebook_is_named_with_the_command_that_mends_it(tmp_path):
    target = tmp_path / "90_toy.ipynb"
    assert stale(TOY, ASSIGNMENT, target) == (f"{target}: is missing; run autograder build 90_toy",)
    build_notebook(TOY, ASSIGNMENT, target)
    assert stale(TOY, ASSIGNMENT, target) == ()
    target.write_text(
        target.read_text(encoding="utf-8").replace("Twice", "Thrice"), encoding="utf-8"
    )
    assert stale(TOY, ASSIGNMENT, target) == (
        f"{target}: differs from what its source builds; run autograder build 90_toy",
    )


@pytest.mark.parametrize("assignment", assignments(), ids=lambda a: a.name)
def test_every_notebook_of_the_kit_is_valid_and_cut(assignment):
    source = read_source(HERE.source(assignment.name), assignment)
    text = notebook_text(stub_notebook(source, assignment))
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert "SOLUTION" not in text
    assert (
        sum("hidden checks ask the same" in " ".join(c.source.split()) for c in notebook.cells) == 1
    )
    graded = sum(
        c.metadata.nbgrader.points
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade")
    )
    assert graded == assignment.points


def run_nbgrader(folder, *arguments):
    """Run stock nbgrader in a course directory, with alembic on PATH and a home of its own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {
        **os.environ,
        "PATH": path,
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


def test_stock_nbgrader_releases_the_filled_source_as_the_kit_builds_it(tmp_path, source, stub):
    target = tmp_path / "source" / "90_toy" / "90_toy.ipynb"
    target.parent.mkdir(parents=True)
    target.write_text(notebook_text(source_notebook(source, ASSIGNMENT)), encoding="utf-8")
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "toy"\n'
    )
    ran = run_nbgrader(tmp_path, "generate_assignment", "90_toy")
    assert ran.returncode == 0, ran.stderr
    released = json.loads(
        (tmp_path / "release" / "90_toy" / "90_toy.ipynb").read_text(encoding="utf-8")
    )
    ours = json.loads(notebook_text(stub))
    assert released["cells"] == ours["cells"]
