"""The five engines of notebook 6's bonus: what tells them apart, and how short it can be."""

from collections.abc import Iterator
from itertools import product

import pytest

from autograder.course.paths import HERE
from autograder.course.source import read_source, reference_namespace
from autograder.student.checks import find_exercise
from autograder.student.checks.reverse_mode import IMPOSTORS
from autograder.student.graphs.engines import ENGINES, Recorded, add_up, fails
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.plots.reverse_mode import show_engines

AT = {"x": 0.7, "y": -1.3}
SLIDES = {
    12: ([("q", "+", "x", "y"), ("f", "*", "q", "z")], {"x": -2.0, "y": 5.0, "z": -4.0}),
    26: (
        [("a", "*", "x", "y"), ("b", "sin", "x"), ("z", "+", "a", "b")],
        {"x": 1.5707963267948966, "y": 3.0},
    ),
}


def programs(steps: int) -> Iterator[list[tuple[str, ...]]]:
    """Every program of that many steps, each of which may use all that came before."""
    shorter = programs(steps - 1) if steps > 1 else iter([[]])
    for before in shorter:
        names = [*AT, *(name for name, *_ in before)]
        new = f"v{len(before)}"
        for operation, *operands in (
            *product("+*", names, names),
            *(("sin", name) for name in names),
        ):
            yield [*before, (new, operation, *operands)]


def exposed(engine, steps):
    return any(fails(engine, Recorded(program, AT), AT) for program in programs(steps))


@pytest.mark.parametrize("number", SLIDES)
def test_the_slides_own_numbers_expose_no_engine(number):
    program, at = SLIDES[number]
    assert not any(fails(engine, Recorded(program, at), at) for engine in ENGINES.values())


@pytest.mark.parametrize("name", IMPOSTORS)
def test_no_program_is_shorter_than_the_check_asks_for(name):
    _, rule = IMPOSTORS[name]
    found = [steps for steps in (1, 2, 3) if exposed(rule.engine, steps)]
    assert found[0] == rule.steps


def test_the_right_engine_adds_up_what_the_chain_rule_says():
    program = [("b", "*", "x", "y"), ("c", "+", "b", "x"), ("d", "*", "b", "c")]
    x, y = AT.values()  # d = x y (x y + x)
    grads = add_up(Recorded(program, AT))
    assert grads["x"] == pytest.approx(2 * x * y * (y + 1))
    assert grads["y"] == pytest.approx(x * x * (2 * y + 1))


def test_a_program_is_shown_with_the_gradients_of_every_engine(capsys):
    show_engines([("b", "+", "x", "x")], x=0.7)
    assert capsys.readouterr().out == (
        "engine         x\nA         2.0000\nB         1.0000\nC         2.0000\nD         2.0000\nE         2.0000\n\n"
    )


WITNESSES = {
    "A": [("b", "+", "x", "y"), ("c", "+", "b", "b")],
    "B": [("b", "+", "x", "x")],
    "D": [("b", "*", "x", "y"), ("c", "+", "b", "y"), ("d", "*", "b", "c")],
    "E": [("b", "*", "x", "y"), ("c", "sin", "b")],
}


def earned(**programs):
    """The points of a set of programs, by the checks of the notebook."""
    assignment, exercise = find_exercise("unmask")
    source = read_source(HERE.source(assignment.name), assignment)
    namespace = reference_namespace(source) | {"unmask": lambda: WITNESSES | programs}
    return judge_exercise(LocalStudent(namespace), exercise, exercise.checks).result.earned


@pytest.mark.parametrize("letter", WITNESSES)
def test_a_program_that_exposes_nobody_costs_what_its_own_engine_is_worth(letter):
    assert earned(**{letter: [("b", "*", "x", "y")]}) == 1.5
    assert earned(**{letter: None}) == 1.5


def test_a_program_for_the_right_engine_costs_everything():
    assert earned() == 2.0
    assert earned(C=[("b", "+", "x", "x")]) == 0.0
