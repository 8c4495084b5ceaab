"""What a student reads when an answer is not what is asked for: each sentence is a test."""

import html
import linecache
import re

import numpy as np
import pytest

from autograder.course.paths import HERE
from autograder.course.source import read_source, reference_namespace
from autograder.grading.answer_key import misconceived
from autograder.hidden.catalogue import Misconception
from autograder.student.cards.card import card_text
from autograder.student.checks import find_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import differ, show
from autograder.student.model.exercises import Probe
from autograder.student.notebook import ATTEMPTS, check, judge_visible

ONE, THREE = np.array(2.0), np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("value", "expected", "said"),
    [
        (THREE, ONE, "f has shape (3,), expected a single number"),
        (0.5, THREE, "f is a single number, expected (3,)"),
        (np.ones((2, 2)), THREE, "f has shape (2, 2), expected (3,)"),
        ("0.5", ONE, "f is the text '0.5', expected numbers"),
        ("x" * 100, ONE, f"f is the text '{'x' * 60}…', expected numbers"),
        ((0.5, 1.0), ONE, "you return two values for f, one is asked for"),
        ((0.5, {"cache": 1}), ONE, "you return two values for f, one is asked for"),
        ((THREE, THREE), THREE, "you return two values for f, one is asked for"),
        (None, ONE, "f is None: nothing was returned"),
        (0.25, ONE, "f is 0.25, expected 2"),
        (1 / 3, ONE, "f is 0.333333, expected 2"),
        (2.0000004, ONE, "f is 2.0000004, expected 2; the first digits agree"),
    ],
)
def test_a_wrong_answer_is_a_sentence(value, expected, said):
    assert differ("f", value, expected, 1e-9).message.startswith(said)


def test_an_array_of_three_numbers_may_be_a_tuple():
    assert differ("f", (1.0, 2.0, 3.0), THREE, 1e-9) is None
    assert "2 of 3 values differ" in differ("f", (1.0, 5.0, 7.0), THREE, 1e-9).message


@pytest.mark.parametrize("number", [1.0, -0.25, 1 / 3, 123.456789, 1.5e-9, 2e20])
def test_a_number_is_written_in_one_way_wherever_it_stands(number):
    sentence = differ("f", number, np.array(7.0), 1e-9)
    assert sentence.message == f"f is {show(number)}, expected 7"
    assert sentence.got == show(number)
    assert show(np.array([number])) == f"[{show(number)}]"


def test_the_points_of_an_array_stand_below_each_other():
    assert show(np.array([[0.5, -1 / 3], [123.0, 2.0]])) == (
        "[[  0.5     ,  -0.333333],\n [123       ,   2       ]]"
    )


def stopped(code, call="f(x, w)", setup="", **inputs):
    """The sentence for code that stops, as a cell whose text is known."""
    file = "<cell of test_messages>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    namespace = {"np": np}
    exec(compile(code, file, "exec"), namespace)
    probe = Probe(call, ("y",), setup)
    return LocalStudent(namespace).answers(probe, [inputs])[0].failure


X, W = np.ones((2, 3)), np.ones((4, 5))


@pytest.mark.parametrize("line", ["x @ w", "np.matmul(x, w)", "2 * (x @ w)"])
def test_a_matrix_product_that_does_not_fit_names_both_shapes(line):
    failure = stopped(f"def f(x, w):\n    return {line}\n", x=X, w=W)
    assert failure.plain == (
        "shapes (2, 3) and (4, 5) do not fit in a matrix product: 3 columns meet 4 rows"
    )
    assert failure.text.startswith(f"ValueError in f, in the line “return {line}”: shapes")


def test_a_turned_factor_has_its_shape_as_it_stands_in_the_product():
    failure = stopped("def f(x, w):\n    return x @ w.T\n", x=X, w=W)
    assert failure.plain.startswith("shapes (2, 3) and (5, 4) do not fit")


def test_a_product_whose_factors_have_no_names_still_says_which_sizes_meet():
    failure = stopped("def f(x, w):\n    return (x + 1) @ (w * 2)\n", x=X, w=W)
    assert failure.plain == "the matrices do not fit: 3 columns meet 4 rows"


def test_a_product_with_a_single_number_says_so():
    failure = stopped("def f(x, w):\n    return x @ 2.0\n", x=X, w=W)
    assert failure.plain == (
        "the second factor of the matrix product is a single number, not an array"
    )


def test_a_key_that_the_check_does_not_find_is_named_with_what_lacks_it():
    code = "def f(x, w):\n    return {'W2': x}\n"
    failure = stopped(code, 'grads["W1"]', "grads = f(x, w)", x=X, w=W)
    assert failure.text == "KeyError: grads has no 'W1'"
    failure = stopped(code, "grads", "grads = f(x, w)['W1']", x=X, w=W)
    assert failure.text == "KeyError: f(x, w) has no 'W1'"


def test_a_key_error_of_the_students_own_is_left_as_it_is():
    failure = stopped("def f(x, w):\n    return {}['W1']\n", x=X, w=W)
    assert failure.text == "KeyError in f, in the line “return {}['W1']”: 'W1'"


def test_a_name_that_is_not_defined_says_which_cell_to_run():
    failure = stopped("def f(x, w):\n    return sigmoid(x)\n", x=X, w=W)
    assert failure.text == (
        "NameError in f, in the line “return sigmoid(x)”: sigmoid is not defined; "
        "run the cell above that defines sigmoid, or correct the name"
    )


def test_a_line_is_quoted_only_where_it_is_the_functions_own():
    code = "def f(x, w):\n    return 1 / 0\n"
    failure = stopped("\n" + code, x=X, w=W)
    assert failure.code == "return 1 / 0"
    namespace = {}
    exec(compile(code, "<cell of test_messages>", "exec"), namespace)  # one line off, as a script's
    [answer] = LocalStudent(namespace).answers(Probe("f(1, 2)", ("y",)), [{}])
    assert answer.failure.text == "ZeroDivisionError in f, line 2: division by zero"


def missing(name, code):
    namespace = {"np": np}
    exec(code, namespace)
    return card_text(judge_visible(namespace, *find_exercise(name)))


@pytest.mark.parametrize("near", ["gd_stp", "gdStep", "GD_step", "gd_step2"])
def test_a_renamed_function_is_asked_for_by_its_name(near):
    said = f"gd_step is not defined, {near} is: did you mean gd_step?"
    assert said in missing("gd_step", f"def {near}(w): pass")


@pytest.mark.parametrize("other", ["relu_backward", "np", "train"])
def test_another_exercise_is_not_taken_for_a_renamed_one(other):
    assert "did you mean" not in missing("relu_forward", f"def {other}(w): pass")


def test_an_exercise_that_builds_on_a_cell_that_did_not_run_says_to_run_it():
    text = missing(
        "neuron_forward",
        "def neuron_forward(w, x):\n    return sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])\n",
    )
    assert "Run the cell above that defines sigmoid: the failed checks build on it." in text


def solved_with(name, form):
    """The card of an exercise whose reference answer is changed, as a kernel shows it that never saw the exercise."""
    assignment, _ = find_exercise(name)
    source = read_source(HERE.source(assignment.name), assignment)
    wrong = misconceived(source, Misconception(name, "", "", form))
    namespace = reference_namespace(source, {name: wrong})
    ATTEMPTS.clear()
    shown = eval(f"check({name!r})", {**namespace, "check": check}).card
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", shown)).split())


def solved(name, old, new):
    """The same with one text in place of another."""
    return solved_with(name, ((old, new),))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return loss.data, ", "return loss, ", "the node for its number"),
        ('"z": z.grad', '"z": z.data', "value instead of gradient"),
        ("loss = (z - target) ** 2", "loss = z", "loss left out"),
    ],
)
def test_where_every_gate_is_right_the_order_alone_is_not_blamed(old, new, said):
    card = solved("slide27", old, new)
    assert said in card
    assert "the fault is in the order" not in card
    assert "nothing in quotes" not in card


def test_a_node_in_place_of_a_number_is_not_looked_for_in_the_graph():
    card = solved("slide27", "return loss.data, ", "return loss, ")
    assert "loss is a Value, expected numbers" in card
    assert "gates" not in card.partition("the node for its number")[0]


def test_what_a_check_writes_in_place_of_an_answer_is_no_text_of_the_students():
    sentence = differ("val", "stopped: ZeroDivisionError: division by zero", THREE, 1e-9)
    assert sentence.message == "val stopped: ZeroDivisionError: division by zero"
    assert sentence.form == ""


SIN = "math.cos(self.data) * out.grad\n\n        out._backward = _backward\n"
MAX = """\
def max_backward(x, y, dout):
    if x > y:
        return dout, 0.0
    if y > x:
        return 0.0, dout
"""
COUNT = """\
def passes(f, n):
    count = 0

    def counted(v):
        count += 1
        return f(v)

    grad_forward(counted, np.ones(n))
    return count
"""


@pytest.mark.parametrize(
    ("name", "form", "advice"),
    [
        ("max_backward", MAX, "every way through the function end with return"),
        ("passes", COUNT, "nonlocal"),
        ("num_grad", "def num_grad(f, x, h=1e-5):\n    return np.zeros(x.shape)\n", "np.asarray"),
        (
            "Value",
            ((SIN, SIN.replace("= _backward", "= _backward()")),),
            "write its name without brackets",
        ),
        ("Value", ((f"{SIN}        return out\n", SIN),), "ends without return"),
        ("Dual", (("return self + other", "return other + self"),), "calls itself again"),
        (
            "Dual",
            (("return x if isinstance(x, Dual) else Dual(x, 0.0)", "return Dual(x, 0.0)"),),
            "Test with isinstance",
        ),
        (
            "freeze_step",
            (("for name in trainable", "for name in params"),),
            "Print the keys of the dict",
        ),
    ],
)
def test_an_error_that_says_little_to_a_beginner_comes_with_what_helps(name, form, advice):
    assert advice in solved_with(name, form)
