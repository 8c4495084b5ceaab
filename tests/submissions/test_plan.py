"""The cells of a submitted notebook that are run, whatever was done to them, and the notes to the student."""

from pathlib import Path

import pytest
from toy.checks import ASSIGNMENT

from autograder.course.source import Kind, read_source
from autograder.submissions.ingest import Cell, Notebook
from autograder.submissions.plan import Step, make_plan, recognise

DOUBLE = "def double(x):\n    return 2 * np.sin(x)"
CHAIN = "def chain(x, dout):\n    return double(x), dout"
OWN = "helper = 3"


@pytest.fixture(scope="module")
def source():
    return read_source(Path(__file__).parents[1] / "toy" / "solutions" / "90_toy.py", ASSIGNMENT)


@pytest.fixture(scope="module")
def setup(source):
    return source.named(Kind.PROVIDED, "setup").text


def cells(source, **answers):
    """The toy notebook as handed in: the answers typed over the stubs."""
    kinds = {Kind.PROSE: "markdown", Kind.WRITTEN: "markdown"}
    texts = {"double": DOUBLE, "chain": CHAIN, **answers}
    return [
        Cell(
            kinds.get(cell.kind, "code"),
            cell.id if cell.name else f"prose{n}",
            texts.get(cell.id, cell.text),
        )
        for n, cell in enumerate(source.cells)
    ]


def plan_of(source, submitted):
    return make_plan(Notebook(tuple(submitted), "90_toy"), source)


def texts(plan):
    return [step.text for step in plan.steps if not step.check]


def at(submitted, name):
    return next(n for n, cell in enumerate(submitted) if cell.id == name)


def test_an_untouched_order_runs_provided_cells_and_answers_only(source, setup):
    plan = plan_of(source, cells(source))
    assert plan.notes == ()
    checks = Step("", number=6, check="double"), Step("", number=9, check="chain")
    assert plan.steps == (
        Step(setup, "", 3),
        Step(DOUBLE, "double", 5),
        checks[0],
        Step(CHAIN, "chain", 8),
        checks[1],
    )


def test_a_students_own_cells_run_where_they_stand(source, setup):
    submitted = cells(source)
    submitted.insert(at(submitted, "chain"), Cell("code", "new", OWN))
    submitted.append(Cell("code", "", "print(1)"))
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, DOUBLE, OWN, CHAIN, "print(1)"]
    assert plan.notes == ()


def test_a_changed_provided_cell_is_restored_and_said(source, setup):
    plan = plan_of(source, cells(source, provided_setup="import numpy as np\nnp.sin = np.cos"))
    assert texts(plan) == [setup, DOUBLE, CHAIN]
    assert plan.notes == ("cell 3: the provided cell 'setup' was changed and was restored",)


@pytest.mark.parametrize("padding", ["\n\n", "  \n", "\n   "])
def test_space_around_a_provided_cell_is_no_change(source, setup, padding):
    assert plan_of(source, cells(source, provided_setup=setup + padding)).notes == ()


def test_a_missing_provided_cell_is_put_back_before_it_is_needed(source, setup):
    submitted = [cell for cell in cells(source) if cell.id != "provided_setup"]
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, DOUBLE, CHAIN]
    assert plan.steps[0].number == 0
    assert plan.notes == ("the provided cell 'setup' was missing and was put back",)


def test_a_provided_cell_is_put_back_although_no_answer_is_left(source, setup):
    assert texts(plan_of(source, [Cell("code", "x", OWN)])) == [OWN, setup]


def test_a_provided_cell_that_was_moved_below_an_answer_runs_before_it_too(source, setup):
    submitted = cells(source)
    submitted.append(submitted.pop(at(submitted, "provided_setup")))
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, DOUBLE, CHAIN, setup]


def test_reordered_answers_run_in_the_students_order(source, setup):
    submitted = cells(source)
    first, second = at(submitted, "double"), at(submitted, "chain")
    submitted[first], submitted[second] = submitted[second], submitted[first]
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, CHAIN, DOUBLE]
    assert plan.notes == ()


def test_a_deleted_answer_is_simply_not_run(source, setup):
    submitted = [cell for cell in cells(source) if cell.id != "double"]
    assert texts(plan_of(source, submitted)) == [setup, CHAIN]


def test_of_a_duplicated_answer_the_last_definition_counts_and_this_is_said(source, setup):
    submitted = cells(source)
    submitted.insert(at(submitted, "double") + 1, Cell("code", "double", f"{DOUBLE} + 1"))
    submitted.append(Cell("code", "copy", f"{DOUBLE} + 2"))
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, DOUBLE, f"{DOUBLE} + 1", CHAIN, f"{DOUBLE} + 2"]
    assert plan.notes == (
        "3 cells answer 'double'; the better of those at its check and at the end counts",
    )


def test_a_split_answer_runs_in_both_its_cells_without_a_note(source, setup):
    helper, rest = (
        "def half(x):\n    return np.sin(x)",
        "def double(x):\n    return half(x) + half(x)",
    )
    for first_keeps_the_id in (True, False):
        submitted = cells(source, double=helper if first_keeps_the_id else rest)
        where = at(submitted, "double") + first_keeps_the_id
        submitted.insert(where, Cell("code", "split", rest if first_keeps_the_id else helper))
        plan = plan_of(source, submitted)
        assert texts(plan) == [setup, helper, rest, CHAIN]
        assert plan.notes == ()
        assert {step.exercise for step in plan.steps if step.text == rest} == {"double"}


def test_an_answer_whose_id_was_lost_is_known_by_what_it_defines(source, setup):
    submitted = [Cell(c.kind, "" if c.id == "double" else c.id, c.text) for c in cells(source)]
    plan = plan_of(source, submitted)
    answers = tuple(step for step in plan.steps if not step.check)
    assert answers == (Step(setup, "", 3), Step(DOUBLE, "double", 5), Step(CHAIN, "chain", 8))


@pytest.mark.parametrize(
    "text",
    [
        "double = lambda x: 2 * np.sin(x)",
        "%%time\ndef double(x): return 2",
        "@np.vectorize\ndef double(x): return 2",
        "import os\n\n\nasync def double(x): return 2",
        "class double:\n    pass",
    ],
)
def test_every_way_of_defining_a_function_is_recognised(source, text):
    submitted = [
        Cell(c.kind, "renamed" if c.id == "double" else c.id, c.text)
        for c in cells(source, double=text)
    ]
    assert Step(text, "double", 5) in plan_of(source, submitted).steps


@pytest.mark.parametrize(
    "text",
    ["# def double(x): ...", "    def double(x): pass", "def doubled(x): pass", "x = double"],
)
def test_what_only_mentions_a_function_does_not_define_it(source, text):
    submitted = [*cells(source), Cell("code", "own", text)]
    assert plan_of(source, submitted).steps[-1] == Step(text, "", len(submitted))


@pytest.mark.parametrize("kind", ["markdown", "raw", "strange"])
def test_a_retyped_answer_is_run_as_code_and_said(source, setup, kind):
    submitted = [Cell(kind if c.id == "double" else c.kind, c.id, c.text) for c in cells(source)]
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, DOUBLE, CHAIN]
    assert plan.notes == (f"cell 5: the answer cell 'double' is a {kind} cell; it was run as code",)


def test_a_retyped_provided_cell_still_runs(source, setup):
    submitted = [
        Cell("markdown" if c.id == "provided_setup" else c.kind, c.id, c.text)
        for c in cells(source)
    ]
    assert texts(plan_of(source, submitted)) == [setup, DOUBLE, CHAIN]


def test_a_students_own_prose_is_not_run(source, setup):
    submitted = [*cells(source), Cell("markdown", "own", DOUBLE), Cell("raw", "", "text")]
    assert texts(plan_of(source, submitted)) == [setup, DOUBLE, CHAIN]


@pytest.mark.parametrize(
    ("place", "kind", "number"),
    [("check_double", "check", 6), ("check_chain", "check", 9), ("demo_table", "demo", 10)],
)
def test_an_answer_typed_into_a_cell_that_is_not_run_is_found(source, setup, place, kind, number):
    typed = f'{DOUBLE}\ncheck("double")'
    submitted = [c for c in cells(source, **{place: typed}) if c.id != "double"]
    plan = plan_of(source, submitted)
    assert Step(typed, "double", number - 1) in plan.steps
    name = place.split("_")[1]
    assert plan.notes == (
        f"cell {number - 1}: an answer to 'double' was found in the {kind} cell {name!r}",
    )


def test_an_answer_typed_into_a_provided_cell_runs_after_what_was_provided(source, setup):
    typed = f"{setup}\n{DOUBLE}"
    submitted = [c for c in cells(source, provided_setup=typed) if c.id != "double"]
    plan = plan_of(source, submitted)
    assert texts(plan) == [setup, typed, CHAIN]
    assert plan.notes == ("cell 3: an answer to 'double' was found in the provided cell 'setup'",)


def test_a_check_cell_with_something_else_in_it_is_not_run_and_said(source, setup):
    plan = plan_of(source, cells(source, check_double='check = lambda name: 99\ncheck("double")'))
    assert texts(plan) == [setup, DOUBLE, CHAIN]
    assert plan.notes == ("cell 6: the check cell 'double' was changed; it is not run",)


def test_code_in_a_written_answer_is_not_run(source, setup):
    assert texts(plan_of(source, cells(source, written_why=DOUBLE))) == [setup, DOUBLE, CHAIN]


def test_an_empty_notebook_has_a_plan(source, setup):
    plan = plan_of(source, [])
    assert texts(plan) == [setup]
    assert plan.notes == (
        "the provided cell 'setup' was missing and was put back",
        "the answer cell 'double' is missing",
        "the answer cell 'chain' is missing",
        "check cells were missing (double, chain); what they check is graded",
    )


def test_what_was_not_handed_out_as_a_notebook_has_lost_no_cells(source):
    submitted = [Cell("code", "double", DOUBLE)]
    assert make_plan(Notebook(tuple(submitted), ""), source).notes == (
        "the provided cell 'setup' was missing and was put back",
    )


# --- which assignment

KNOWN = {"90_toy": ["double", "chain"], "91_other": ["f", "g", "h", "double"], "92_empty": []}


def test_a_notebook_says_which_assignment_it_is():
    assert recognise(Notebook((), "91_other"), KNOWN) == "91_other"


@pytest.mark.parametrize("says", ["", "99_unknown"])
def test_a_notebook_that_does_not_say_is_known_by_its_exercises(says):
    by_id = (Cell("code", "double", ""), Cell("code", "chain", ""))
    by_definition = (Cell("code", "", DOUBLE), Cell("code", "", CHAIN))
    for submitted in (by_id, by_definition):
        assert recognise(Notebook(submitted, says), KNOWN) == "90_toy"


def test_a_notebook_of_something_else_is_none_of_them():
    assert recognise(Notebook((Cell("code", "", "x = 1"),), ""), KNOWN) == ""
    assert recognise(Notebook((Cell("code", "", "def f(): pass"),), ""), KNOWN) == ""
    assert recognise(Notebook((), ""), {}) == ""
