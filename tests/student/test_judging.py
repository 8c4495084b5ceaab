"""Judging an exercise: points by parts, the outcome, and what it builds on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from autograder.student.judging.judge import judge_exercise, run_checks
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import (
    Answer,
    Case,
    Check,
    Exercise,
    Failure,
    Part,
    Probe,
    Stop,
)
from autograder.student.model.results import Outcome

F = Probe("f(x)", ("a", "b"))
CASES = tuple(Case({"x": x}, {"a": x, "b": x**2}) for x in (1.5, -2.0, 3.0))
FIRST = Check("a is x.", F, CASES, {"a": "a"}, Values())
SECOND = Check("b is its square.", F, CASES, {"b": "b"}, Values())
EXERCISE = Exercise(
    "f",
    "Powers",
    (1,),
    (Part("a", 1.0, "the number"), Part("b", 2.5, "its square")),
    ("Think.",),
    (FIRST, SECOND),
)
STUB = "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


def student(code):
    namespace = {"np": np}
    exec(compile(code, "<cell 1>", "exec"), namespace)
    return LocalStudent(namespace)


def judge(code, exercise=EXERCISE, checks=None):
    return judge_exercise(student(code), exercise, checks or exercise.checks, hint="Think.").result


def earned(result):
    return [part.earned for part in result.parts]


def test_a_right_answer_earns_every_part_and_needs_no_hint():
    result = judge("def f(x): return x, x**2")
    assert (result.outcome, earned(result), result.findings, result.hint) == (
        Outcome.PASSED,
        [1.0, 2.5],
        (),
        "",
    )
    assert result.passed == ("a is x.", "b is its square.")
    assert (result.earned, result.possible) == (3.5, 3.5)


@pytest.mark.parametrize(
    ("code", "points", "passed"),
    [
        ("def f(x): return x, x**3", [1.0, 0.0], ("a is x.",)),
        ("def f(x): return -x, x**2", [0.0, 2.5], ("b is its square.",)),
        ("def f(x): return -x, x**3", [0.0, 0.0], ()),
        ("def f(x): return x if x < 2 else -x, x**2", [0.0, 2.5], ("b is its square.",)),
        ("def f(x): return x", [0.0, 0.0], ()),
        ("def f(x): return None", [0.0, 0.0], ()),
    ],
)
def test_each_part_is_earned_by_itself(code, points, passed):
    result = judge(code)
    assert (result.outcome, earned(result), result.passed) == (Outcome.FAILED, points, passed)
    assert result.hint == "Think."


def test_a_part_that_two_checks_judge_needs_both():
    again = Check("a is x again.", F, (Case({"x": 7.0}, {"a": 7.0}),), {"a": "a"}, Values())
    result = judge("def f(x): return min(x, 5.0), x**2", checks=(FIRST, SECOND, again))
    assert earned(result) == [0.0, 2.5]
    assert result.passed == ("a is x.", "b is its square.")


def test_a_note_costs_nothing():
    result = judge("import warnings\ndef f(x):\n    warnings.warn('old')\n    return x, x**2")
    assert (result.outcome, result.earned) == (Outcome.PASSED, 3.5)
    assert [f.warning for f in result.findings] == [True, True]


def test_a_function_that_is_not_there_is_missing():
    for code in ("", "f = 3.0", "def F(x): return x, x**2"):
        result = judge(code)
        assert (result.outcome, earned(result)) == (Outcome.MISSING, [0.0, 0.0])
        assert result.findings[0].message == "f is not defined"


@pytest.mark.parametrize(
    "stub", [STUB, "class f:\n    def __init__(self, x):\n        raise NotImplementedError()\n"]
)
def test_an_untouched_stub_is_not_attempted_and_gets_no_findings(stub):
    result = judge(stub)
    assert (result.outcome, result.earned, result.findings, result.hint) == (
        Outcome.UNATTEMPTED,
        0.0,
        (),
        "",
    )


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return x / 0, 1",
        "import sys\ndef f(x): sys.exit()",
        "def f(x): return f(x)",
        "def f(): pass",
        "def f(x): return x, x**2 if x > 0 else undefined",
    ],
)
def test_an_answer_that_stops_has_stopped_with_an_error(code):
    result = judge(code)
    assert (result.outcome, earned(result)) == (Outcome.ERRORED, [0.0, 0.0])


def test_a_part_is_kept_when_only_the_others_check_stops():
    only_second = Check("b alone.", Probe("f(x)[1]()", ("b",)), CASES, {"b": "b"}, Values())
    first = Check("a alone.", Probe("f(x)[0]", ("a",)), CASES, {"a": "a"}, Values())
    result = judge("def f(x): return x, lambda: 1 / 0", checks=(first, only_second))
    assert (result.outcome, earned(result)) == (Outcome.ERRORED, [1.0, 0.0])


@dataclass
class Lost:
    """A student whose process is lost at the call of that number."""

    stop: Stop
    at: int
    asked: int = 0

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """All of them."""
        return frozenset(names)

    def answers(self, probe, inputs) -> list[Answer]:
        """Right ones, until the process is lost."""
        self.asked += 1
        if self.asked == self.at:
            return [Answer(failure=Failure(self.stop, "Lost", "the call was lost"))] * len(inputs)
        return [Answer((given["x"], given["x"] ** 2)) for given in inputs]


@pytest.mark.parametrize(
    ("stop", "outcome"), [(Stop.TIMED_OUT, Outcome.TIMED_OUT), (Stop.DIED, Outcome.ERRORED)]
)
def test_after_a_lost_process_no_further_check_is_tried_and_their_parts_are_lost(stop, outcome):
    gone = Lost(stop, at=1)
    result = judge_exercise(gone, EXERCISE, EXERCISE.checks).result
    assert (result.outcome, earned(result), gone.asked) == (outcome, [0.0, 0.0], 1)
    later = judge_exercise(Lost(stop, at=2), EXERCISE, EXERCISE.checks).result
    assert (later.outcome, earned(later), later.passed) == (outcome, [1.0, 0.0], ("a is x.",))


BUILDER = Exercise(
    "g",
    "On top",
    (1,),
    (Part("y", 1.0, "the value"),),
    ("Think.",),
    (
        Check(
            "It is right.",
            Probe("g(x)", ("y",)),
            (Case({"x": 2.0}, {"y": 4.0}),),
            {"y": "y"},
            Values(),
        ),
    ),
    builds_on=("f",),
)


def test_an_exercise_that_stops_in_an_untouched_foundation_points_there():
    result = judge(f"{STUB}\ndef g(x): return f(x)[1]", BUILDER)
    assert (result.outcome, result.blocked_by, result.earned) == (Outcome.FAILED, "f", 0.0)


def test_an_untouched_stub_is_not_attempted_whatever_it_builds_on():
    result = judge(f"{STUB}\n{STUB.replace('f(x)', 'g(x)')}", BUILDER)
    assert (result.outcome, result.blocked_by) == (Outcome.UNATTEMPTED, "")


def test_an_exercise_that_calls_a_missing_foundation_points_there():
    result = judge("def g(x): return f(x)[1]", BUILDER)
    assert (result.outcome, result.blocked_by) == (Outcome.FAILED, "f")


def test_a_check_that_failed_for_another_reason_too_is_not_said_to_build_on_anything():
    cases = tuple(Case({"x": x}, {"y": x * x}) for x in (2.0, -1.0))
    [check] = BUILDER.checks
    both = replace(BUILDER, checks=(replace(check, cases=cases),))
    code = f"{STUB}\ndef g(x):\n    return f(x) if x > 0 else 0.5"
    result = judge(code, both)
    assert (result.outcome, result.blocked_by) == (Outcome.ERRORED, "")


def test_an_exercise_that_does_without_its_foundation_earns_its_points():
    for code in ("", STUB, "def f(x): return None\n"):
        assert judge(f"{code}\ndef g(x): return x**2", BUILDER).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def g(x): return f(x)[0]", ("f",)),
        ("def h(x): return f(x)[0]\ndef g(x): return h(x)", ("f",)),
        ("def g(x): return (lambda v: f(v))(x)[0]", ("f",)),
        ("def g(x): return [f(v) for v in (x,)][0][0]", ("f",)),
        ("class A:\n    def m(self, x): return f(x)[0]\ndef g(x): return A().m(x)", ("f",)),
        ("def g(x): return x", ()),
        ("def g(x): return h(x)\ndef h(x): return g(x)", ()),
        ("g = np.sum", ()),
    ],
)
def test_what_a_failed_answer_really_calls_is_found(code, found):
    assert (
        judge_exercise(student(f"def f(x): return x, x\n{code}"), BUILDER, BUILDER.checks).builds_on
        == found
    )


HOSTILE = [
    "def f(x): return [x] * 10**5",
    "def f(x): return np.empty(0), np.nan",
    "def f(x): return np.array([object(), f]), {f: f}",
    "class V:\n    def __getattr__(self, n): raise RuntimeError(n)\n    __repr__ = __eq__ = __len__ = __bool__ = None\n"
    "def f(x): return V(), [V(), V()]",
    "class V(float):\n    def __float__(self): raise RuntimeError\n    __abs__ = __sub__ = __le__ = __float__\n"
    "def f(x): return V(x), V(x)",
    "class A(np.ndarray):\n    def __array_finalize__(self, other): raise RuntimeError\n"
    "def f(x): return np.ones(2).view(A), 1",
    "class D(dict):\n    def items(self): raise RuntimeError\n    keys = __iter__ = __getitem__ = items\n"
    "def f(x): return D(a=1), D(b=2)",
    "class L(list):\n    def __iter__(self): raise RuntimeError\n    __len__ = __getitem__ = __iter__\n"
    "def f(x): return L([x, x])",
    "class E(Exception):\n    def __str__(self): raise SystemExit\ndef f(x): raise E",
    "def f(x): return 10**5000, -10**400",
    "def f(x):\n    y = []\n    y.append(y)\n    return y, (y, y)",
    "def f(x): return '\\ud800', b'\\xff'",
    "import warnings\nclass W(Warning):\n    def __str__(self): raise RuntimeError\n"
    "def f(x):\n    warnings.warn(W())\n    warnings.warn('', RuntimeWarning)\n    return x, x**2",
    "np.seterr(all='raise')\ndef f(x): return x * 1e-320, x**2",
]


@pytest.mark.parametrize("code", HOSTILE)
def test_whatever_an_answer_is_there_is_a_result(code):
    with np.errstate():
        result = judge(code)
    assert result.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED)
    assert result.earned < result.possible or "return x, x**2" in code


class Asked(LocalStudent):
    """A student who counts how often somebody asks what is defined."""

    asked = 0

    def defined(self, names):
        self.asked += 1
        return super().defined(names)


def test_a_function_that_has_answered_is_not_looked_for_again():
    own = Asked({"f": lambda x: (x, x**2)})
    visible = run_checks(own, EXERCISE, [FIRST])
    hidden = run_checks(own, EXERCISE, [SECOND], visible)
    assert (len(visible), len(hidden), own.asked) == (1, 1, 1)
    missing = Asked({})
    assert run_checks(missing, EXERCISE, [SECOND], run_checks(missing, EXERCISE, [FIRST])) == ()
