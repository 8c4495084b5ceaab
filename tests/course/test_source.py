"""Reading a source: what a well-formed one gives, and the message on each malformed one."""

import inspect
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from toy.checks import ASSIGNMENT

from autograder.course.paths import HERE
from autograder.course.source import (
    Kind,
    SourceError,
    answer_source,
    read_source,
    reference_namespace,
    solution_regions,
)
from autograder.student.checks import assignments, catalogue, find_exercise, module_of

TOY = Path(__file__).parents[1] / "toy" / "solutions" / "90_toy.py"
DOUBLE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def toy():
    return read_source(TOY, ASSIGNMENT)


def edited(folder, *edits):
    """A copy of the toy source with each (old, new) applied to its one occurrence."""
    text = TOY.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / TOY.name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path, assignment=ASSIGNMENT):
    with pytest.raises(SourceError) as refused:
        read_source(path, assignment)
    return str(refused.value)


def test_every_cell_has_its_kind_and_name(toy):
    named = [(cell.kind, cell.name) for cell in toy.cells if cell.kind is not Kind.PROSE]
    assert named == [
        (Kind.DEMO, "start"),
        (Kind.PROVIDED, "setup"),
        (Kind.EXERCISE, "double"),
        (Kind.CHECK, "double"),
        (Kind.EXERCISE, "chain"),
        (Kind.CHECK, "chain"),
        (Kind.DEMO, "table"),
        (Kind.WRITTEN, "why"),
    ]


def test_every_cell_knows_the_line_of_its_marker(toy):
    lines = TOY.read_text(encoding="utf-8").splitlines()
    written = [cell for cell in toy.cells if cell.id != "demo_start"]  # which every notebook gets
    for cell in written:
        assert lines[cell.line - 1].startswith("# %%")
        assert cell.name in lines[cell.line - 1]


def test_a_magic_is_a_command_in_the_notebook_and_a_comment_in_the_code(toy):
    setup = toy.named(Kind.PROVIDED, "setup")
    assert setup.text.startswith("%matplotlib inline\n")
    assert setup.code.startswith("# %matplotlib inline\n")


def test_solution_regions_carry_their_lines_in_the_file(toy):
    lines = TOY.read_text(encoding="utf-8").splitlines()
    regions = solution_regions(toy.named(Kind.EXERCISE, "chain"))
    assert [len(region.lines) for region in regions] == [2, 1]
    for region in regions:
        start = region.line - 1
        assert lines[start : start + len(region.lines)] == list(region.lines)


def test_the_answer_is_the_whole_cell(toy):
    answer = answer_source(toy, "double")
    assert answer.startswith("def double(x):")
    assert "### BEGIN SOLUTION" in answer
    with pytest.raises(LookupError, match="triple"):
        answer_source(toy, "triple")


def test_the_reference_namespace_runs_no_demo_and_no_check(toy, capsys):
    demo = toy.named(Kind.DEMO, "table")
    assert "print(" in demo.text
    assert {"np", "double", "chain"} <= reference_namespace(toy).keys()
    assert capsys.readouterr().out == ""


def test_the_reference_namespace_holds_working_answers(toy):
    namespace = reference_namespace(toy)
    f, dx = namespace["chain"](np.pi / 4, 1.0)
    assert (f, dx) == pytest.approx((2.0, 4.0))


def test_a_replaced_answer_is_used_by_the_answers_that_build_on_it(toy):
    namespace = reference_namespace(toy, {"double": DOUBLE})
    assert namespace["chain"](3.0, 1.0)[0] == 36.0
    assert reference_namespace(toy)["chain"](3.0, 1.0)[0] != 36.0


def test_replacing_an_exercise_that_is_not_there_is_refused(toy):
    with pytest.raises(LookupError, match="triple"):
        reference_namespace(toy, {"triple": DOUBLE})


def test_a_traceback_through_the_reference_shows_the_source_line(toy):
    chain = reference_namespace(toy)["chain"]
    with pytest.raises(ValueError) as raised:
        chain("seven", 1.0)
    frames = {frame.name: frame for frame in traceback.extract_tb(raised.value.__traceback__)}
    assert frames["double"].filename == str(TOY)
    assert frames["double"].line == "sine = np.sin(np.asarray(x, dtype=np.float64))"
    assert inspect.getsource(chain).startswith("def chain(x, dout):")


@pytest.mark.parametrize(
    ("replace", "said"),
    [
        ({"double": "def double(x)\n    return x"}, "exercise 'double' raised SyntaxError"),
        (
            {"chain": "chain = undefined"},
            "exercise 'chain' raised NameError: name 'undefined' is not defined",
        ),
    ],
)
def test_an_answer_that_cannot_be_executed_is_named(toy, replace, said):
    with pytest.raises(SourceError) as refused:
        reference_namespace(toy, replace)
    assert said in str(refused.value)
    assert refused.value.__cause__ is not None


def test_the_cells_do_not_inherit_this_kits_future_imports(toy):
    annotated = "def double(x: int): return 2 * x\n"
    assert reference_namespace(toy, {"double": annotated})["double"].__annotations__ == {"x": int}


def test_comments_that_begin_like_a_shell_command_are_refused_before_they_become_one(tmp_path):
    path = edited(tmp_path, ("    sine = ", "    # copy the array first\n    sine = "))
    assert read_source(path, ASSIGNMENT).named(Kind.EXERCISE, "double")
    path = edited(tmp_path, ("import numpy as np", "import numpy as np\n# copy nothing"))
    assert "90_toy.py:9: jupytext takes the comment in provided 'setup' for a command" in refusal(
        path
    )


def test_jupytexts_own_header_is_passed_over(tmp_path, toy):
    header = "# ---\n# title: ignored\n# jupyter: {}\n# ---\n\n"
    path = tmp_path / TOY.name
    path.write_text(header + TOY.read_text(encoding="utf-8"), encoding="utf-8")
    headed = read_source(path, ASSIGNMENT)
    assert [(c.kind, c.text, c.line - 5) for c in headed.cells] == [
        (c.kind, c.text, c.line) for c in toy.cells
    ]


# Each fault: the edits that make it, the text of the line that is named, and what is said of it.
MALFORMED = {
    "a kind that does not exist": (
        [('# %% demo="table"', '# %% demonstration="table"')],
        'demonstration="table"',
        "a code cell cannot be of kind 'demonstration'",
    ),
    "a code cell of no kind": (
        [('# %% demo="table"', "# %% ")],
        "# %% ",
        "a cell of no known kind",
    ),
    "two kinds at once": (
        [('demo="table"', 'demo="t" check="t"')],
        'demo="t"',
        "a cell of no known kind",
    ),
    "a name without quotes": (
        [('demo="table"', "demo=table")],
        "demo=table",
        "a code cell cannot be of kind",
    ),
    "a name that is no identifier": (
        [('"table"', '"a table"')],
        "a table",
        "'a table' cannot name a cell",
    ),
    "a written question in a code cell": (
        [('demo="table"', 'written="table"')],
        'written="table"',
        "a code cell cannot be of kind 'written'",
    ),
    "two exercises of one name": (
        [('demo="table"', 'exercise="double" ')],
        'exercise="double" ',
        "duplicate exercise 'double': line 18 gives the same id",
    ),
    "an answer without a region": (
        [
            ("    ### BEGIN SOLUTION\n    sine", "    sine"),
            ("+ sine\n    ### END SOLUTION", "+ sine"),
        ],
        'exercise="double"',
        "exercise 'double' has no BEGIN SOLUTION",
    ),
    "a region never closed": (
        [
            ("BEGIN SOLUTION\n    sine", "BEGIN SOLUTION first\n    sine"),
            ("+ sine\n    ### END SOLUTION", "+ sine"),
        ],
        "BEGIN SOLUTION first",
        "exercise 'double' has no END SOLUTION",
    ),
    "a region opened twice": (
        [("    return sine + sine", "    ### BEGIN SOLUTION again\n    return sine + sine")],
        "BEGIN SOLUTION again",
        "exercise 'double' has '### BEGIN SOLUTION again' out of turn; close the region before it",
    ),
    "a region closed twice": (
        [
            (
                "+ sine\n    ### END SOLUTION",
                "+ sine\n    ### END SOLUTION\n    ### END SOLUTION again",
            )
        ],
        "END SOLUTION again",
        "exercise 'double' has '### END SOLUTION again' out of turn; open the region before it",
    ),
    "a solution in provided code": (
        [("import numpy as np", "### BEGIN SOLUTION here\nimport numpy as np\n### END SOLUTION")],
        "BEGIN SOLUTION here",
        "provided 'setup' holds a solution marker",
    ),
    "a solution in prose": (
        [("# That is", "# ### BEGIN SOLUTION that")],
        "SOLUTION that",
        "prose holds a solution marker",
    ),
    "a check of another exercise": (
        [('# %% check="chain"\ncheck("chain")', '# %% check="chains"\ncheck("chains")')],
        'check="chains"',
        "check 'chains' has no exercise before it",
    ),
    "a check that does more": (
        [('check("chain")\n', 'print(1)\ncheck("chain")\n')],
        '# %% check="chain"',
        "check 'chain' holds something else; its only line is check(\"chain\")",
    ),
    "an exercise without a check": (
        [('# %% check="chain"\ncheck("chain")\n', "")],
        'exercise="chain"',
        "exercise 'chain' has no check",
    ),
    "an exercise that the catalogue does not know": (
        [('exercise="double"', 'exercise="twice"')],
        'exercise="twice"',
        "exercise 'twice' is not in the catalogue",
    ),
    "a written question that the catalogue does not know": (
        [('written="why"', 'written="how"')],
        'written="how"',
        "written 'how' is not in the catalogue",
    ),
    "code that is no Python": (
        [("return sine + sine", "return sine +")],
        "return sine +",
        "exercise 'double' is not Python",
    ),
    "a marker inside a string": (
        [('"""Twice the sine of x.', '"""Twice the sine of x.\n# %% of the docstring')],
        "# %% of the docstring",
        "up to here, one # %% lies in a string or a code fence",
    ),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_source_is_told_where_and_what(tmp_path, fault):
    edits, at, said = MALFORMED[fault]
    path = edited(tmp_path, *edits)
    message = refusal(path)
    place, _, rest = message.removeprefix(f"{path}:").partition(": ")
    assert at in path.read_text(encoding="utf-8").split("\n")[int(place) - 1]
    assert rest.startswith(said)
    assert ";" in rest  # and what to do


def test_a_header_that_jupytext_cannot_read_is_told(tmp_path):
    path = tmp_path / TOY.name
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n"
    path.write_text(header + TOY.read_text(encoding="utf-8"), encoding="utf-8")
    assert (
        "90_toy.py:1: jupytext cannot read it ('display_name' is a required property)"
        in refusal(path)
    )


def test_text_before_the_first_cell_is_refused(tmp_path):
    path = tmp_path / TOY.name
    path.write_text("import numpy\n" + TOY.read_text(encoding="utf-8"), encoding="utf-8")
    assert "90_toy.py:1: text before the first cell" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"x = 1\n", b"\xff\xfe"])
def test_a_file_that_is_no_percent_text_is_refused(tmp_path, content):
    path = tmp_path / TOY.name
    path.write_bytes(content)
    assert "90_toy.py:1: " in refusal(path)


def test_a_source_that_is_not_there_is_refused(tmp_path):
    assert "90_toy.py:1: cannot be read" in refusal(tmp_path / TOY.name)


def test_a_source_named_otherwise_than_its_catalogue_is_refused(tmp_path):
    path = tmp_path / "91_toy.py"
    path.write_text(TOY.read_text(encoding="utf-8"), encoding="utf-8")
    assert "91_toy.py:1: the catalogue calls this assignment '90_toy'" in refusal(path)


def test_an_exercise_missing_from_the_source_is_named(tmp_path):
    whole = TOY.read_text(encoding="utf-8")
    start, end = whole.index('# %% exercise="chain"'), whole.index('# %% demo="table"')
    path = tmp_path / TOY.name
    path.write_text(whole[:start] + whole[end:], encoding="utf-8")
    assert "the catalogue's exercise 'chain' is missing" in refusal(path)


def test_exercises_out_of_the_catalogues_order_are_refused(tmp_path):
    whole = TOY.read_text(encoding="utf-8")
    first, second, end = (
        whole.index(mark) for mark in ('# %% exercise="d', '# %% exercise="c', '# %% demo="table"')
    )
    path = tmp_path / TOY.name
    path.write_text(
        whole[:first] + whole[second:end] + whole[first:second] + whole[end:], encoding="utf-8"
    )
    assert "90_toy.py:18: exercise 'chain' comes where the catalogue has 'double'" in refusal(path)


def test_reading_a_source_leaves_every_module_importable():
    code = (
        "import sys; from autograder.course.source import quick_imports\n"
        "assert 'jupytext' not in sys.modules and 'nbformat' not in sys.modules\n"
        "with quick_imports():\n    import nbformat\n"
        "assert 'rfc3987_syntax' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("assignment", assignments(), ids=lambda a: a.name)
def test_every_assignment_of_the_kit_has_a_source_whose_reference_runs(assignment):
    namespace = reference_namespace(read_source(HERE.source(assignment.name), assignment))
    assert all(callable(namespace[exercise.name]) for exercise in assignment.exercises)


def test_exercise_names_are_unique_over_the_whole_course():
    names = [exercise.name for assignment in assignments() for exercise in assignment.exercises]
    assert len(names) == len(set(names)) > 0


def test_the_catalogue_finds_an_exercise_and_its_module():
    for module, assignment in catalogue().items():
        assert module_of(assignment.name) == module
        for exercise in assignment.exercises:
            assert find_exercise(exercise.name) == (assignment, exercise)


def test_the_catalogue_says_what_it_does_not_have():
    with pytest.raises(LookupError, match="no exercise 'sigmoyd'"):
        find_exercise("sigmoyd")
    with pytest.raises(LookupError, match="99_nothing"):
        module_of("99_nothing")
