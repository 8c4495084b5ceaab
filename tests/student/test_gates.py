"""Notebook 2: the slides' numbers, either form of an answer, ties, and pictures of the student's functions."""

import re

import numpy as np
import pytest
from judged import judge, key_of, reference_of, source_of
from variants.gates import (
    chain_as_a_dict,
    chain_by_local_slopes,
    circuit_by_recursion,
    circuit_in_a_tuple,
    descent_multiplied_out,
    fork_by_tanh,
    step_in_one_line,
)

from autograder.course.source import reference_namespace
from autograder.grading.diagnose import diagnose
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.plots import gates

NAME = "02_gates"
SLIDE13 = (3.0, -4.0, 2.0, -1.0)


def stub(*_, **__):
    raise NotImplementedError


def nothing(*_, **__):
    return None


def broken(*_, **__):
    raise ZeroDivisionError


@pytest.fixture
def reference():
    return reference_of(NAME)


def parts_of(answers, exercise):
    """The points that these answers earn in each part of the exercise, all checks asked."""
    result = judge(key_of(NAME), {**reference_of(NAME), **answers}, exercise)
    return {part.name: part.earned for part in result.parts}


# --- the slides' numbers


def test_slide_9_steps_to_where_the_error_is_zero(reference):
    w, yhat, err = reference["simple_backprop_step"](2, 3, 5, 1)
    assert (round(w, 3), yhat, err) == (1.667, 6, 1)
    assert reference["simple_backprop_step"](w, 3, 5, 1) == pytest.approx((w, 5, 0))
    assert round(2 - w, 3) == 0.333


def test_descent_leaps_to_minus_4_and_with_half_the_loss_to_minus_1(reference):
    w, dw = reference["gd_step"](2, 3, 5, 1)
    assert (w, dw, (w * 3 - 5) ** 2) == (-4, 6, 289)
    assert 2 - dw / 2 == -1
    assert reference["gd_step"](2, 3, 5, 0.05)[0] == pytest.approx(1.7)


def test_slide_12_and_the_homework_at_the_same_place(reference):
    assert reference["chain_rule"](-2, 5, -4) == (-4, -4, 3, -4)
    assert reference["chain_rule"](-2, 5, -4, first="mul") == (5, -2, 1, 1)


def test_slide_13_has_its_value_and_its_seven_gradients(reference):
    f, grads = reference["gate_circuit"](*SLIDE13)
    assert (f, grads) == (-20, {"s": 2, "p": 2, "m": 2, "x": -8, "y": 6, "z": 2, "w": 0})


def test_slide_18_adds_the_two_branches(reference):
    f, dx = reference["fork_grad"](2)
    assert (round(f, 3), round(dx, 3), round(dx - 1, 3)) == (2.881, 1.105, 0.105)


# --- what is taken and what is not


def test_the_homework_alone_earns_its_part_and_slide_12_alone_the_others():
    def slide12(x, y, z):
        return z, z, x + y, z

    def homework(x, y, z, first="mul"):
        return y, x, 1.0, 1.0

    assert parts_of({"chain_rule": slide12}, "chain_rule") == {
        "df_dq": 0.5,
        "df_dz": 0.5,
        "inputs": 0.5,
        "homework": 0,
    }
    assert parts_of({"chain_rule": homework}, "chain_rule") == {
        "df_dq": 0,
        "df_dz": 0,
        "inputs": 0,
        "homework": 0.5,
    }


def test_the_homeworks_order_costs_all_but_a_gradient_that_is_the_same_in_either():
    def in_its_order(x, y, z, first="add"):
        df_dx, df_dy, df_dz, df_dq = chain_by_local_slopes(x, y, z, first)
        return df_dz, df_dq, df_dx, df_dy

    assert parts_of({"chain_rule": in_its_order}, "chain_rule") == {
        "df_dq": 0.5,
        "df_dz": 0,
        "inputs": 0,
        "homework": 0,
    }


def test_exchanging_x_and_y_shows_in_the_homework_only():
    def exchanged(x, y, z, first="add"):
        df_dx, df_dy, *others = chain_by_local_slopes(x, y, z, first)
        return [df_dy, df_dx, *others]

    assert parts_of({"chain_rule": exchanged}, "chain_rule") == {
        "df_dq": 0.5,
        "df_dz": 0.5,
        "inputs": 0.5,
        "homework": 0,
    }


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_any_split_of_a_tie_is_right_that_adds_up(share):
    def split(x, y, dout):
        return (share * dout, dout - share * dout) if x == y else (dout * (x > y), dout * (y > x))

    assert parts_of({"max_backward": split}, "max_backward") == {"routed": 0.75, "tie": 0.25}


@pytest.mark.parametrize(("dx", "dy"), [(1.0, 1.0), (0.0, 0.0), (2.0, -1.0), (-0.5, 1.5)])
def test_a_tie_that_does_not_add_up_or_takes_more_than_all_costs_its_part(dx, dy):
    def split(x, y, dout):
        return (dx * dout, dy * dout) if x == y else (dout * (x > y), dout * (y > x))

    assert parts_of({"max_backward": split}, "max_backward") == {"routed": 0.75, "tie": 0}


@pytest.mark.parametrize(
    ("grads", "said"),
    [
        ({"x": 1, "y": 2, "z": 3, "w": 4}, "the result has no 'ds', 'dp', 'dm'"),
        ((1, 2, 3, 4), "the result has no 'dy', 'dz', 'dw'"),
    ],
    ids=["a dict", "a tuple"],
)
def test_missing_wires_are_told(grads, said):
    namespace = {**reference_of(NAME), "gate_circuit": lambda x, y, z, w: (0.0, grads)}
    result = judge(key_of(NAME), namespace, "gate_circuit")
    assert result.earned == 0
    assert said in result.findings[0].message


def test_a_wrong_max_gate_costs_the_circuit_no_more_than_its_max_part():
    wrong = "def max_backward(x, y, dout):\n    return dout, dout\n"
    namespace = reference_namespace(source_of(NAME), {"max_backward": wrong})
    result = judge(key_of(NAME), namespace, "gate_circuit")
    assert {part.name: part.earned for part in result.parts} == {
        "f": 0.5,
        "sum": 0.5,
        "product": 1.0,
        "max": 0,
    }


def test_the_slides_own_numbers_are_no_known_mistake_of_the_max_gate():
    """An answer that returns them everywhere sends all of max's gradient to z by chance, and earns nothing for it."""
    slide = "def gate_circuit(x, y, z, w):\n    return -20, (2, 2, 2, -8, 6, 2, 0)\n"
    key, namespace = key_of(NAME), reference_namespace(source_of(NAME), {"gate_circuit": slide})
    judgement = judge_exercise(
        LocalStudent(namespace), key.assignment.exercise("gate_circuit"), key.checks["gate_circuit"]
    )
    diagnosed = diagnose(key, judgement, {})
    assert diagnosed.result.earned == 0.0
    assert diagnosed.result.diagnosis and diagnosed.result.diagnosis.name == "always the same"


def test_a_descent_that_divides_by_the_input_or_the_rate_is_wrong_where_they_are_0():
    def divided(w, x, y, alpha):
        new = y / x + (1 - 2 * alpha * x * x) * (w - y / x)
        return new, (w - new) / alpha

    assert parts_of({"gd_step": divided}, "gd_step") == {"w": 0, "dw": 0}


# --- pictures


def test_both_steps_are_drawn_and_read_out(shown):
    gates.plot_steps(step_in_one_line, descent_multiplied_out)
    assert (
        "Slide 9 leads to 1.667. Slide 3 leads to -4 at the rate 1, where the loss is 289;"
        in shown[0]
    )
    assert "it leads by 1.88, 1.803," in shown[0]


def test_wrong_steps_are_drawn_where_they_lead(shown):
    gates.plot_steps(
        lambda w, x, y, alpha: (w + alpha, 0, 0), lambda w, x, y, alpha: (w + alpha * 6, 0)
    )
    assert (
        "Slide 9 leads to 3. Slide 3 leads to 8 at the rate 1, where the loss is 361;" in shown[0]
    )


def test_both_circuits_carry_the_students_gradients(shown):
    gates.plot_chain(chain_as_a_dict)
    slide12, homework = shown
    assert "z: an input, value -4, gradient 3. q: + of x and y, value 3, gradient -4." in slide12
    assert "f: * of q and z, value -12, gradient 1." in slide12
    assert "x: an input, value -2, gradient 5. y: an input, value 5, gradient -2." in homework
    assert "f: + of q and z, value -14, gradient 1." in homework


@pytest.mark.parametrize("answer", [circuit_in_a_tuple, circuit_by_recursion])
def test_slide_13_carries_the_students_value_and_gradients(shown, answer):
    gates.plot_gates(answer)
    for words in (
        "p: * of x and y, value -12, gradient 2.",
        "m: max of z and w, value 2, gradient 2.",
        "s: + of p and m, value -10, gradient 2.",
        "f: *2 of s, value -20, gradient 1.",
        "x: an input, value 3, gradient -8. y: an input, value -4, gradient 6.",
        "z: an input, value 2, gradient 2. w: an input, value -1, gradient 0.",
    ):
        assert words in shown[0]


def test_a_fork_shows_the_shares_beside_the_students_sum(shown):
    gates.plot_fork(fork_by_tanh)
    gates.plot_fork(lambda x: (2.5, 0.105))
    assert "x: an input, value 2, gradient 1.105." in shown[0]
    assert "bent: copy of x, value 2, gradient 0.105." in shown[0]
    assert "wrong" not in shown[0]
    assert "x: an input, value 2, gradient 0.105, marked wrong." in shown[1]
    assert shown[1].endswith("f: + of straight and s, value 2.5, gradient 1, marked wrong.")


def marked(alt):
    """The wires that a picture's text calls wrong."""
    return {
        wire
        for wire, said in re.findall(r"(\w+): ((?:(?!\w+: ).)*)", alt)
        if "marked wrong" in said
    }


@pytest.mark.parametrize(
    ("grads", "wrong"),
    [
        ((2, 2, 2, -8, 6, 2, 0), set()),
        ((1, 1, 1, -4, 3, 1, 0), {"s"}),
        ((2, 1, 1, -4, 3, 1, 0), {"p", "m"}),
        ((2, 2, 2, 6, -8, 2, 0), {"x", "y"}),
        ((2, 2, 2, -8, 6, 2, 2), {"w"}),
        ((2, 2, 2, -8, 6, 1, 0), {"z"}),
    ],
)
def test_the_wire_is_marked_where_the_error_begins_not_where_it_is_inherited(shown, grads, wrong):
    gates.plot_gates(lambda x, y, z, w: (-20, grads))
    assert marked(shown[0]) == wrong


def test_a_wrong_value_is_marked_at_the_output(shown):
    gates.plot_gates(lambda x, y, z, w: (-10, (2, 2, 2, -8, 6, 2, 0)))
    assert marked(shown[0]) == {"f"}


@pytest.mark.parametrize(
    ("grads", "wrong"),
    [
        ((-4, -4, 3, -4), set()),
        ((1, 1, 3, -4), {"x", "y"}),
        ((3, 3, -4, 3), {"q", "z"}),
        ((-4, -4, 3, 3), {"q"}),
    ],
)
def test_a_wire_of_slide_12_is_marked_where_it_goes_wrong_first(shown, grads, wrong):
    gates.plot_chain(lambda x, y, z, first="add": grads if first == "add" else (-2, 5, 1, 1))
    assert [marked(alt) for alt in shown] == [wrong, {"x", "y"}]


@pytest.mark.parametrize(
    "draw",
    [
        lambda answer: gates.plot_steps(answer, descent_multiplied_out),
        lambda answer: gates.plot_steps(step_in_one_line, answer),
        gates.plot_chain,
        gates.plot_gates,
        gates.plot_fork,
    ],
)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (stub, "Fill in the cells above"),
        (nothing, "does not fit yet"),
        (broken, "does not fit yet"),
        (lambda *_, **__: np.full(8, np.nan), "does not fit yet"),
    ],
)
def test_an_answer_that_cannot_be_drawn_gives_a_sentence(shown, capsys, draw, answer, words):
    draw(answer)
    assert not shown
    assert words in capsys.readouterr().out
