"""Pictures of notebook 2: two ways to step down a parabola, and circuits with a student's gradients."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from autograder.student.checks.gates import (
    ASSIGNMENT,
    CIRCUIT,
    DESCENT,
    FORK,
    HOMEWORK,
    SLIDE12,
    STEP,
)
from autograder.student.graphs.locate import GraphCase, locate
from autograder.student.graphs.operations import output
from autograder.student.model.compare import ROUNDING
from autograder.student.model.exercises import Probe
from autograder.student.plots.circuit import Node, draw_circuit
from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, Function, ask, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Slide 9's weight, input and answer; a rate that leaps over the bottom, and one that creeps down to it.
W, X, Y = 2.0, 3.0, 5.0
LEAP, CREEP, STEPS = 1.0, 0.02, 7
SLIDE9, SLIDE3 = "slide 9", "slide 3"


def plot_steps(simple_backprop_step: Function, gd_step: Function) -> None:
    """Draw the loss over one weight, with the student's step of slide 9 and steps of slide 3 at two rates."""
    newton = _walk({"simple_backprop_step": simple_backprop_step}, STEP, 1.0, 1)
    leap = newton and _walk({"gd_step": gd_step}, DESCENT, LEAP, 1)
    creep = leap and _walk({"gd_step": gd_step}, DESCENT, CREEP, STEPS)
    if not creep:
        return
    alt = (
        f"The loss over the weight, twice: a parabola with its bottom at {Y / X:.4g}. All steps begin at the weight "
        f"{W:.4g}. {SLIDE9.capitalize()} leads to {newton[-1]:.4g}. {SLIDE3.capitalize()} leads to {leap[-1]:.4g} at "
        f"the rate {LEAP:g}, where the loss is {_loss(leap[-1]):.4g}; at the rate {CREEP:g} it leads by "
        f"{', '.join(f'{w:.4g}' for w in creep[1:])}."
    )
    with figure(9.6, 3.7, alt, columns=2) as (_, (far, near)):
        _parabola(far, [*newton, *leap])
        _steps(far, newton, BLUE, "D", SLIDE9)
        _steps(far, leap, ORANGE, "o", f"{SLIDE3}, rate {LEAP:g}")
        _parabola(near, [*newton, *creep])
        _steps(near, newton, BLUE, "D", SLIDE9)
        _steps(near, creep, ORANGE, "o", f"{SLIDE3}, rate {CREEP:g}")
        far.set_title("from afar", color=INK)
        near.set_title("close by", color=INK)


def plot_chain(chain_rule: Function) -> None:
    """Draw slide 12's circuit and the homework's with the student's gradients, marked where they go wrong first."""
    functions = {"chain_rule": chain_rule}
    if _draw_slide(functions, SLIDE12, "Slide 12's circuit, (x + y) z."):
        _draw_slide(functions, HOMEWORK, "The homework's circuit, x y + z.")


def plot_gates(gate_circuit: Function) -> None:
    """Draw slide 13's circuit with the student's value and gradients, marked where they go wrong first."""
    _draw_slide({"gate_circuit": gate_circuit}, CIRCUIT, "Slide 13's circuit, 2 (x y + max(z, w)).")


def plot_fork(fork_grad: Function) -> None:
    """Draw slide 18's fork with the student's value and gradient, and on either branch the share that comes back."""
    x = 2.0
    answers = ask({"fork_grad": fork_grad}, FORK, [{"x": x}])
    if not answers:
        return
    s = 1 / (1 + np.exp(-x))
    share = s * (1 - s)
    given = {"x": float(answers[0]["dx"]), "f": float(answers[0]["f"])}
    nodes = [
        Node("x", value=x, gradient=given["x"]),
        Node("straight", "copy", ("x",), x, 1.0),
        Node("bent", "copy", ("x",), x, share),
        Node("s", "σ", ("bent",), s, 1.0),
        Node("f", "+", ("straight", "s"), given["f"], 1.0),
    ]
    right = {"x": 1.0 + share, "f": x + s}
    wrong = [
        name for name in given if not np.isclose(given[name], right[name], rtol=ROUNDING, atol=0)
    ]
    draw_circuit(nodes, about="Slide 18's fork, x + sigmoid(x).", wrong=wrong)


def _draw_slide(functions: Mapping[str, Function], probe: Probe, about: str) -> bool:
    """Draw a probe's circuit with the student's results for its visible check; return whether there were any."""
    [case] = next(
        check.cases for e in ASSIGNMENT.exercises for check in e.checks if check.probe is probe
    )
    answers = ask(functions, probe, [case.inputs])
    if not answers:
        return False
    assert isinstance(case.expected, Mapping)  # a slide's numbers are known
    located = locate(probe.wires, GraphCase(answers[0], case.inputs, case.expected))
    numbers = {
        name: float(np.asarray(number)) for name, number in {**case.inputs, **answers[0]}.items()
    }
    nodes: dict[str, Node] = {}
    for wire in probe.wires:
        operands = [nodes[parent].value or 0.0 for parent in wire.parents]
        value = numbers[wire.value] if wire.value else output(wire.operation, operands)
        gradient = numbers[wire.gradient] if wire.gradient else 1.0  # of the output itself
        nodes[wire.name] = Node(wire.name, wire.operation, wire.parents, value, gradient)
    draw_circuit([*nodes.values()], about=about, wrong=located[0].wrong if located else ())
    return True


def _walk(functions: dict[str, Function], probe: Probe, alpha: float, count: int) -> list[float]:
    """Slide 9's weight and those after each of `count` steps by the student; none if a step fails."""
    weights = [W]
    while len(weights) <= count:
        answers = ask(functions, probe, [{"w": weights[-1], "x": X, "y": Y, "alpha": alpha}])
        if not answers:
            return []
        weights.append(float(answers[0]["w"]))
    return weights


def _loss(w: float) -> float:
    return (w * X - Y) ** 2


def _parabola(axes: Axes, weights: list[float]) -> None:
    """Draw the loss over a range that holds all the weights and as much on the other side of the bottom."""
    bottom = Y / X
    reach = 1.25 * max(abs(w - bottom) for w in weights)
    side = np.linspace(bottom - reach, bottom + reach, 301)
    axes.plot(side, [_loss(w) for w in side], color=GREY, linewidth=2)
    axes.set(xlabel="weight w", ylabel="loss L", ylim=(-0.15 * _loss(side[0]), None))


def _steps(axes: Axes, weights: list[float], color: str, marker: str, label: str) -> None:
    """Draw weights as marks on the parabola, and the steps between them as arrows."""
    places = [(w, _loss(w)) for w in weights]
    axes.plot(*np.transpose(places[1:]), marker, color=color, markersize=7, label=label, zorder=3)
    axes.plot(*places[0], "o", color=INK, markersize=7, zorder=3)
    axes.annotate("start", places[0], (6, -15), textcoords="offset points", color=INK)
    for start, end in pairwise(places):
        shape = {"arrowstyle": "->", "color": color, "linewidth": 1.6, "shrinkA": 4, "shrinkB": 4}
        axes.annotate("", end, start, arrowprops=shape)
    axes.legend(frameon=False, loc="upper center")
