"""What a check sees of an answer besides its values: what it printed, a stub's line, its time."""

import linecache

import pytest

from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Case, Check, Exercise, Part, Probe
from autograder.student.model.results import Outcome

CASES = tuple(Case({"x": x}, {"y": 2 * x}) for x in (1.5, -2.0))
CHECK = Check("f doubles.", Probe("f(x)", ("y",)), CASES, {"y": "y"}, Values())
DOUBLE = Exercise("f", "Double", (1,), (Part("y", 1.0, "the double"),), ("Think.",), (CHECK,))


def judge(code, exercise=DOUBLE):
    """Judge a cell as a kernel keeps it: its lines are found by its file's name."""
    linecache.cache["<cell>"] = (len(code), None, code.splitlines(keepends=True), "<cell>")
    namespace = {}
    exec(compile(code, "<cell>", "exec"), namespace)
    return judge_exercise(LocalStudent(namespace), exercise, exercise.checks).result


def test_an_answer_that_prints_its_value_reads_that_it_must_return_it():
    [found] = judge("def f(x):\n    print(2 * x)\n").findings
    assert found.message == "y is None: nothing was returned; it printed 3.0: return it"
    assert found.printed == "3.0"


def test_what_was_printed_is_kept_without_advice_where_something_came_back():
    [found] = judge("def f(x):\n    print('x is', x)\n    return x\n").findings
    assert (found.message, found.printed) == ("y is 1.5, expected 3", "x is 1.5")


def test_endless_printing_keeps_its_beginning_only():
    [found] = judge("def f(x):\n    print('1234567890' * 1000)\n").findings
    assert len(found.printed) == 500


@pytest.mark.parametrize(
    "lines",
    [
        "# YOUR CODE HERE\n    y = 2 * x\n    raise NotImplementedError()",
        "# YOUR CODE HERE\n    raise NotImplementedError()\n    return 2 * x",
        "if x > 9:\n        return 2 * x\n    raise NotImplementedError",
    ],
)
def test_a_stubs_line_that_is_left_beside_an_answer_is_named(lines):
    result = judge(f'def f(x):\n    """Double x."""\n    {lines}\n')
    assert result.outcome is Outcome.ERRORED
    assert result.findings[0].message == (
        "f still holds the line raise NotImplementedError(): delete it"
    )
    assert result.earned == 0


@pytest.mark.parametrize(
    "lines",
    [
        "raise NotImplementedError()",
        "rng = 3\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "# YOUR CODE HERE\n    pass\n    raise NotImplementedError()",
    ],
)
def test_a_stub_as_it_was_handed_out_is_not_attempted(lines):
    result = judge(f'def f(x):\n    """Double x."""\n    {lines}\n')
    assert (result.outcome, result.findings) == (Outcome.UNATTEMPTED, ())
