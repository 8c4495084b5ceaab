"""Rules: which answers a check passes, what it says of the others, and what a hidden check keeps to itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.student.judging.findings import as_code, tried, unpack
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.exercises import UNKNOWN, Case, Check, Probe

PAIR = Probe("f(x)", ("a", "b"))
ONE = Probe("f(x)", ("y",))
X = np.array([0.5, -1.0, 2.0])


def judge(check, code):
    namespace = {"np": np}
    exec(compile(code, "<cell 1>", "exec"), namespace)
    return check.rule.judge(LocalStudent(namespace), check)


def findings(check, code):
    return judge(check, code).findings


def check_of(probe, cases, rule=None, hidden=False, judges=None):
    parts = {name: name for name in probe.names} if judges is None else judges
    return Check("It is right.", probe, tuple(cases), parts, rule or Values(), hidden)


def values_check(*xs, f=lambda x: 2 * x, **options):
    return check_of(ONE, [Case({"x": x}, {"y": f(x)}) for x in xs], **options)


# --- unpacking

KEYED = Probe("f(x)", ("a", "b"), keyed=True)


@pytest.mark.parametrize("value", [(1, 2), [1, 2], np.array([1, 2])], ids=repr)
def test_several_names_are_unpacked_as_python_would(value):
    assert unpack(PAIR, value) == {"a": 1, "b": 2}


def test_the_rows_of_an_array_are_several_values():
    rows = unpack(PAIR, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert rows["a"].tolist() == [1.0, 2.0]
    assert rows["b"].tolist() == [3.0, 4.0]


def test_one_name_is_the_value_itself():
    for value in (3.0, (1, 2), [1], None, np.ones((2, 2)), "text"):
        assert unpack(ONE, value)["y"] is value


@pytest.mark.parametrize(
    "value", [(1, 2), [1, 2], {"b": 2, "a": 1}, {"a": 1, "b": 2, "c": 3}], ids=repr
)
def test_values_in_order_or_by_name_are_taken_where_either_will_do(value):
    assert unpack(PAIR, value) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": 1}, "the result has no 'b'"),
        ({}, "the result has no 'a', 'b'"),
        ((1, 2, 3), "the result has 3 values, expected 2: a, b"),
        (3.0, "the result is a float, expected 2 values: a, b"),
        ({"a", "b"}, "the result is a set, expected 2 values: a, b"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_neither_in_order_nor_by_name_is_said(value, said):
    assert unpack(PAIR, value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ((1, 2, 3), "the result has 3 values, expected 2: a, b"),
        ((), "the result has 0 values, expected 2: a, b"),
        (np.ones((3, 2)), "the result has 3 values, expected 2: a, b"),
        (None, "the result is None: nothing was returned, expected 2 values: a, b"),
        (3.0, "the result is a float, expected 2 values: a, b"),
        (np.array(3.0), "the result is an array, expected 2 values: a, b"),
        ("ab", "the result is the text 'ab', expected 2 values: a, b"),
        ((v for v in (1, 2)), "the result is a generator, expected 2 values: a, b"),
        ({1, 2}, "the result is a set, expected 2 values: a, b"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_does_not_hold_the_values_is_said(value, said):
    assert unpack(PAIR, value) == said


def test_wires_are_taken_by_their_keys_and_further_keys_do_not_matter():
    assert unpack(KEYED, {"b": 2, "c": 3, "a": 1}) == {"a": 1, "b": 2}
    assert unpack(KEYED, {"b": 2}) == "the result has no 'a'"
    assert "expected a dict" in unpack(KEYED, (1, 2))


@pytest.mark.parametrize(
    "returned", ["np.array([x, 2 * x], dtype=object)", "np.matrix([x, 2 * x])", "[x, tuple(2 * x)]"]
)
def test_two_answers_pass_in_whatever_holds_two(returned):
    check = check_of(PAIR, [Case({"x": X}, {"a": X, "b": 2 * X})])
    assert all(f.warning for f in findings(check, f"def f(x): return {returned}"))


# --- values


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return x + x",
        "def f(x): return (2 * x).tolist()",
        "f = np.vectorize(lambda v: 2 * v)",
    ],
)
def test_right_answers_pass_whatever_holds_them(code):
    assert findings(values_check(X, -X, np.ones((2, 2))), code) == ()


@pytest.mark.parametrize(
    "returned",
    [
        "np.empty(0)",
        "2 * x[:1]",
        "2 * x[None]",
        "None",
        "np.nan * x",
        "np.where(x > 1, np.inf, 2 * x)",
        "x > 0",
        "str(2 * x)",
        "(2 * x for _ in [0])",
        "2 * x + 1e-6",
        "2 * x * float(np.float32(0.7)) / 0.7",
        "2 * x + 0j",
        "[2 * x, 0]",
        "{'y': 2 * x}",
        "f",
        "type('Equal', (), {'__eq__': lambda *_: True, '__array__': lambda *_: 2 * x})()",
    ],
)
def test_wrong_answers_fail_whatever_they_look_like(returned):
    assert len(findings(values_check(X), f"def f(x): return {returned}")) == 1


def test_a_mistake_in_a_small_case_is_seen_beside_a_large_one():
    small, large = np.array([1.0]), np.array([900.0])
    code = "def f(x): return 2 * x + (1e-7 if abs(x[0]) < 2 else 0)"
    assert len(findings(values_check(small, large), code)) == 1


def test_what_is_left_of_a_cancellation_is_not_held_against_its_own_size():
    cases = [Case({"x": 1.0}, {"y": 1e-17}), Case({"x": 2.0}, {"y": 1.0})]
    assert findings(check_of(ONE, cases), "def f(x): return -3e-17 if x == 1 else 1.0") == ()


def test_expected_zeros_are_met_by_zeros_only():
    check = values_check(X, f=np.zeros_like)
    assert findings(check, "def f(x): return 0 * x") == ()
    assert findings(check, "def f(x): return -0.0 * x") == ()
    assert len(findings(check, "def f(x): return 1e-6 * x")) == 1


def test_the_looser_room_of_a_check_is_used():
    check = values_check(X, rule=Values(within=1e-3))
    assert findings(check, "def f(x): return 2 * x + 1e-4") == ()
    assert len(findings(check, "def f(x): return 2 * x + 1e-2")) == 1


def test_each_part_is_judged_by_its_own_names_and_told_once():
    check = check_of(
        PAIR,
        [Case({"x": x}, {"a": x, "b": 2 * x}) for x in (1.0, 2.0, 3.0)],
        judges={"a": "p", "b": "q"},
    )
    [found] = findings(check, "def f(x): return x, 3 * x")
    assert (found.parts, found.message) == (("q",), "b is 3, expected 2")
    assert [f.parts for f in findings(check, "def f(x): return -x, 3 * x")] == [("p",), ("q",)]
    assert [f.parts for f in findings(check, "def f(x): return x")] == [("p", "q")]


def test_names_that_are_not_judged_cost_nothing():
    check = check_of(PAIR, [Case({"x": 1.0}, {"a": 1.0})], judges={"a": "a"})
    assert findings(check, "def f(x): return x, 'cache'") == ()


def test_a_case_that_expects_nothing_is_the_graders_own_mistake():
    with pytest.raises(LookupError, match="no expected answer"):
        judge(check_of(ONE, [Case({"x": 1.0}, UNKNOWN)]), "def f(x): return x")


def test_an_answer_that_is_random_or_remembers_is_judged_as_it_comes():
    code = (
        "calls = []\ndef f(x):\n    calls.append(x)\n    return 2 * x if len(calls) < 2 else 0 * x"
    )
    assert len(findings(values_check(X, X), code)) == 1


# --- the relation belongs to the answer that it was found in


def test_a_relation_is_told_with_the_answer_that_it_explains():
    two = check_of(
        PAIR, [Case({"x": X}, {"a": X, "b": X**2})], judges={"a": "values", "b": "values"}
    )
    [found] = findings(two, "def f(x): return x + 0.1, -(x**2)")
    assert "a[" in found.message
    assert found.mistake is None
    [found] = findings(two, "def f(x): return x, -(x**2)")
    assert found.mistake.name == "sign"


def test_no_relation_is_told_where_one_answer_stopped_or_has_no_numbers():
    check = values_check(X, 2 * X)
    assert findings(check, "def f(x): return -2 * x")[0].mistake.name == "sign"
    assert findings(check, "def f(x): return -2 * x if x[0] < 1 else None")[0].mistake is None
    assert all(
        f.mistake is None for f in findings(check, "def f(x): return -2 * x if x[0] < 1 else 1 / 0")
    )


def test_an_exchange_is_told_only_if_both_are_exchanged():
    check = check_of(PAIR, [Case({"x": X}, {"a": X + 2, "b": X**2})])
    assert [f.mistake.name for f in findings(check, "def f(x): return x**2, x + 2")] == [
        "swapped",
        "swapped",
    ]
    assert findings(check, "def f(x): return x**2, x**2")[0].mistake is None


# --- warnings and changed inputs


def test_an_overflow_costs_points_only_where_the_check_asks_for_quiet():
    code = "def f(x): return 2 * x + 0 * np.isinf(np.exp(1000 * np.abs(x)))"
    [note] = findings(values_check(X), code)
    assert (note.warning, note.parts) == (True, ())
    [found] = findings(values_check(X, rule=Values(quiet=True)), code)
    assert (found.warning, found.parts) == (False, ("y",))
    assert found.message == "a warning was raised: RuntimeWarning: overflow encountered in exp"


@pytest.mark.parametrize("category", ["DeprecationWarning", "UserWarning", "FutureWarning"])
def test_a_warning_that_is_no_alarm_costs_nothing_even_there(category):
    code = f"import warnings\ndef f(x):\n    warnings.warn('old', {category})\n    return 2 * x"
    [note] = findings(values_check(X, -X, rule=Values(quiet=True)), code)
    assert (note.warning, note.parts) == (True, ())


def test_an_input_changed_in_place_is_a_note():
    [note] = findings(values_check(X), "def f(x):\n    x *= 2\n    return x")
    assert note.warning
    assert note.message == "your code changes its input x in place; work on a copy"


# --- slopes

FORWARD = Probe("f(x, w)", ("out",))
BACKWARD = Probe("g(x, w, dout)", ("dx", "dw"))
SLOPES = Slopes(forward=FORWARD, upstream="dout", wrt={"dx": "x", "dw": "w"})
POINT = {"x": np.array([0.5, -1.0]), "w": 0.7, "dout": np.array([1.3, -0.4])}
RIGHT = "def f(x, w): return np.tanh(w * x)\n"


def slopes_check(point=POINT, hidden=False, rule=SLOPES):
    return check_of(BACKWARD, [Case(point)], rule, hidden)


@pytest.mark.parametrize(
    "backward",
    [
        "s = (1 - np.tanh(w * x)**2) * dout\n    return s * w, s @ x",
        "s = dout / np.cosh(w * x)**2\n    return (s * w).tolist(), float(s @ x)",
        "s = dout / np.cosh(w * x)**2\n    return s * w, np.sum(s * x)",
    ],
)
def test_right_gradients_are_the_slopes_of_the_forward_pass(backward):
    assert findings(slopes_check(), f"{RIGHT}def g(x, w, dout):\n    {backward}") == ()


def test_a_wrong_gradient_is_told_with_what_nudging_gives():
    code = f"{RIGHT}def g(x, w, dout):\n    s = dout / np.cosh(w * x)**2\n    return s, s @ x"
    [found] = findings(slopes_check(), code)
    assert found.parts == ("dx",)
    assert found.message.startswith("dx[0] is 1.15")
    assert "but nudging x[0] up and down gives 0.80" in found.message
    assert found.message.endswith("(2 of 2 values differ)")


def test_the_measured_relation_is_named():
    point = {**POINT, "x": np.array([0.5, -1.0, 0.3]), "dout": np.array([1.3, -0.4, 0.8])}
    code = f"{RIGHT}def g(x, w, dout):\n    s = dout / np.cosh(w * x)**2\n    return -s * w, s @ x"
    [found] = findings(slopes_check(point), code)
    assert found.mistake.name == "sign"


@pytest.mark.parametrize(
    "returned",
    ["(None, 0.0)", "(x[:1], 0.0)", "(np.nan * x, 0.0)", "(x + 0j, 0.0)", "x", "('a', 0.0)", "3"],
)
def test_what_is_no_gradient_is_said(returned):
    found = findings(slopes_check(), f"{RIGHT}def g(x, w, dout): return {returned}")
    assert "dx" in found[0].parts


def test_the_forward_pass_gets_inputs_of_the_types_that_the_case_has():
    forward = """
def f(x, w):
    assert type(w) is float and isinstance(x, np.ndarray)
    if w > 100: return None
    return np.tanh(w * x)
def g(x, w, dout):
    s = dout / np.cosh(w * x)**2
    return s * w, s @ x
"""
    assert findings(slopes_check(), forward) == ()


def test_labels_stay_integers_when_another_input_is_moved():
    check = check_of(
        Probe("g(x, labels, dout)", ("dx",)),
        [
            Case(
                {
                    "x": np.arange(6.0).reshape(2, 3),
                    "labels": np.array([2, 0]),
                    "dout": np.array([1.0, -2.0]),
                }
            )
        ],
        Slopes(Probe("f(x, labels)", ("out",)), "dout", {"dx": "x"}),
    )
    code = """
def f(x, labels): return x[[0, 1], labels]**2
def g(x, labels, dout):
    dx = np.zeros_like(x)
    dx[[0, 1], labels] = 2 * x[[0, 1], labels] * dout
    return dx
"""
    assert findings(check, code) == ()


@pytest.mark.parametrize(
    "guard",
    [
        "if (x <= 0).any(): raise ValueError(x)",
        "assert (x > 0).all()",
        "if (x <= 0).any(): return None",
    ],
)
def test_a_forward_pass_that_refuses_points_outside_its_domain_is_measured_inside(guard):
    check = check_of(
        Probe("g(x, dout)", ("dx",)),
        [Case({"x": np.array([0.01, 1.0, 2.0]), "dout": np.ones(3)})],
        Slopes(Probe("f(x)", ("out",)), "dout", {"dx": "x"}),
    )
    forward = f"def f(x):\n    {guard}\n    return np.log(x)\n"
    assert findings(check, f"{forward}def g(x, dout): return dout / x") == ()
    assert len(findings(check, f"{forward}def g(x, dout): return dout * x")) == 1


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        ("raise ValueError('no')", "ValueError in f, line 1: no; get the forward pass right first"),
        (
            "return None",
            "the forward pass is None: nothing was returned; get the forward pass right first",
        ),
        (
            "return x[:1]",
            "the forward pass returns shape (1,), not (2,); get the forward pass right first",
        ),
        ("return x / 0", "the forward pass is not finite here; get the forward pass right first"),
        (
            "return x * np.random.normal()",
            "the forward pass gives a different result each time it runs on the same input; "
            "get the forward pass right first",
        ),
    ],
)
def test_a_forward_pass_that_cannot_be_measured_is_said_once(forward, said):
    [found] = [
        f
        for f in findings(slopes_check(), f"def f(x, w): {forward}\ndef g(x, w, dout): return x, w")
        if not f.warning
    ]
    assert (found.message, found.parts) == (said, ("dx", "dw"))


def test_a_kink_is_left_to_the_reference():
    check = check_of(
        Probe("g(x, dout)", ("dx",)),
        [Case({"x": np.array([0.0, 1.0, -1.0]), "dout": np.ones(3)})],
        Slopes(Probe("f(x)", ("out",)), "dout", {"dx": "x"}),
    )
    for mask in ("x > 0", "x >= 0", "0.5 * (x == 0) + (x > 0)"):
        code = f"def f(x): return np.maximum(x, 0)\ndef g(x, dout): return dout * ({mask})"
        assert findings(check, code) == ()


def test_a_gradient_that_is_wrong_only_at_one_point_is_wrong_where_the_forward_pass_has_no_kink():
    code = (
        f"{RIGHT}def g(x, w, dout):\n    s = dout / np.cosh(w * x)**2\n"
        "    return s * w * (1 + (x == 0).any()), s @ x"
    )
    special = {**POINT, "x": np.array([0.0, -1.0])}
    assert findings(slopes_check(special), code) == ()
    [found] = findings(slopes_check(special, rule=replace(SLOPES, smooth=True)), code)
    assert found.parts == ("dx",)


# --- what a hidden check keeps to itself

STOPPING = "def f(x, w=0): raise ValueError(f'secret {x}')\ng = f"


@pytest.mark.parametrize(
    "code",
    [
        "def f(x, w=0): return 0 * x - 77\ndef g(x, w, dout): return 0 * x - 77, 0.0",
        "def f(x, w=0): return x[:1]\ndef g(x, w, dout): return x[:1], 0.0",
        "def f(x, w=0): return None\ndef g(x, w, dout): return None",
        "def f(x, w=0): return [str(x)]\ndef g(x, w, dout): return [str(x)]",
        "def f(x, w=0): return x / 0\ndef g(x, w, dout): return x / 0, 0.0",
        "def f(x, w=0): raise ValueError(f'secret {x}')\ndef g(x, w, dout): return x, w",
        "def f(x, w=0): raise ValueError(f'secret {x}')\ndef g(x, w, dout): return f(x)",
        "import warnings\ndef f(x, w=0):\n    warnings.warn(f'secret {x}')\n    return x\ndef g(*_): return f(_[0]), 1",
    ],
)
@pytest.mark.parametrize("rule", ["values", "slopes"])
def test_a_hidden_check_says_nothing_of_its_inputs_or_what_it_expected(rule, code):
    secret = np.array([0.123456, -0.654321])
    point = {**POINT, "x": secret}
    check = (
        values_check(secret, hidden=True) if rule == "values" else slopes_check(point, hidden=True)
    )
    found = findings(check, code)
    assert found
    for finding in found:
        assert finding.hidden
        assert not (finding.tried or finding.got or finding.expected)
        assert not any(
            word in finding.message for word in ("123", "654", "secret", "(1,)", "(2,)", "77")
        )


# --- the code that was tried


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.recursive(
        hnp.arrays(
            st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_]),
            hnp.array_shapes(min_dims=0, min_side=0),
        )
        | st.floats()
        | st.integers()
        | st.booleans()
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner)
            | st.dictionaries(st.text(max_size=3), inner)
        ),
        max_leaves=4,
    )
)
def test_an_input_as_code_gives_the_input_again(value):
    again = eval(as_code(value), {"np": np})
    np.testing.assert_equal(again, value)
    assert type(again) is type(value)
    if isinstance(value, np.ndarray):
        assert (again.dtype, again.shape) == (value.dtype, value.shape)


def test_what_was_tried_can_be_pasted_below_the_students_code():
    probe = Probe("g(y)", ("a", "b"), setup="y = f(x)")
    text = tried(probe, Case({"x": np.array([1 / 3, 2.0]), "k": 3}))
    scope = {"np": np, "f": lambda x: 2 * x, "g": lambda y: y}
    exec(text, scope)
    assert (scope["a"], scope["b"], scope["k"]) == (2 / 3, 4.0, 3)


def test_print_options_of_a_notebook_change_nothing():
    with np.printoptions(
        precision=2, suppress=True, formatter={"float_kind": "{:.1f}".format}, threshold=2
    ):
        text = as_code(np.array([1 / 3, 1e-12, 3.0, 4.0]))
        [found] = findings(values_check(X), "def f(x): return x / 3")
    assert eval(text, {"np": np}).tolist() == [1 / 3, 1e-12, 3.0, 4.0]
    assert found.got == "[0.166667, -0.333333, 0.666667]"


def test_a_check_without_cases_would_pass_anything():
    assert findings(replace(values_check(X), cases=()), "def f(x): return None") == ()


def test_an_answer_that_is_in_a_dict_is_called_by_the_students_own_key():
    probe = Probe('loss, grads["W1"]', ("loss", "dW1"), setup="loss, grads = f(x)")
    case = Case({"x": X}, {"loss": np.array(1.0), "dW1": np.array([1.0, 2.0, 3.0])})
    check = check_of(probe, [case], judges={"loss": "loss", "dW1": "W1"})
    (found,) = findings(check, "def f(x): return 1.0, {'W1': np.array([1.0, 2.0, 4.0])}")
    assert found.message.startswith('grads["W1"][2] is 4, expected 3')
    (found,) = findings(check, "def f(x): return 1.0, {'W1': np.array([-1.0, -2.0, -3.0])}")
    assert found.mistake.text.startswith('your grads["W1"] is the negative')
