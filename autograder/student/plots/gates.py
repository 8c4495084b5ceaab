"""Pictures of notebook 2: two ways to step down a parabola, and circuits with a student's gradients on their wires."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from autograder.student.checks.gates import CIRCUIT, DESCENT, FORK, HOMEWORK, SLIDE12, STEP
from autograder.student.compare import ROUNDING
from autograder.student.exercises import Probe
from autograder.student.plots.asking import Function, ask
from autograder.student.plots.circuit import Node, draw_circuit
from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, figure

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
    """Draw slide 12's circuit and the homework's with the student's gradients, marked where a gate's rule is broken."""
    x, y, z = -2.0, 5.0, -4.0
    for probe, first, then, about in (
        (SLIDE12, "+", "*", "Slide 12's circuit, (x + y) z."),
        (HOMEWORK, "*", "+", "The homework's circuit, x y + z."),
    ):
        answers = ask({"chain_rule": chain_rule}, probe, [{"x": x, "y": y, "z": z}])
        if not answers:
            return
        back = {name.removeprefix("df_d"): float(gradient) for name, gradient in answers[0].items()}
        (q, *inner), (f, *outer) = _gate(first, x, y), _gate(then, _gate(first, x, y)[0], z)
        rules = {"q": outer[0], "z": outer[1], "x": back["q"] * inner[0], "y": back["q"] * inner[1]}
        nodes = [Node(name, value=value, gradient=back[name]) for name, value in (("x", x), ("y", y), ("z", z))]
        nodes += [Node("q", first, ("x", "y"), q, back["q"]), Node("f", then, ("q", "z"), f, 1.0)]
        draw_circuit(nodes, about=about, wrong=_broken(back, rules))


def plot_gates(gate_circuit: Function) -> None:
    """Draw slide 13's circuit with the student's value and gradients, marked where a gate's rule is broken."""
    inputs = {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0}
    answers = ask({"gate_circuit": gate_circuit}, CIRCUIT, [inputs])
    if not answers:
        return
    back = {name.removeprefix("d"): float(number) for name, number in answers[0].items()}
    p, m = inputs["x"] * inputs["y"], max(inputs["z"], inputs["w"])
    rules = {"f": 2 * (p + m), "s": 2.0, "p": back["s"], "m": back["s"], "z": back["m"], "w": 0.0}
    rules |= {"x": back["p"] * inputs["y"], "y": back["p"] * inputs["x"]}
    nodes = [Node(name, value=value, gradient=back[name]) for name, value in inputs.items()]
    nodes += [
        Node("p", "*", ("x", "y"), p, back["p"]),
        Node("m", "max", ("z", "w"), m, back["m"]),
        Node("s", "+", ("p", "m"), p + m, back["s"]),
        Node("f", "× 2", ("s",), back["f"], 1.0),
    ]
    draw_circuit(nodes, about="Slide 13's circuit, 2 (x y + max(z, w)).", wrong=_broken(back, rules))


def plot_fork(fork_grad: Function) -> None:
    """Draw slide 18's fork with the student's value and gradient, and on either branch the share that comes back."""
    x = 2.0
    answers = ask({"fork_grad": fork_grad}, FORK, [{"x": x}])
    if not answers:
        return
    s = 1 / (1 + np.exp(-x))
    share = s * (1 - s)
    own = {"x": float(answers[0]["dx"]), "f": float(answers[0]["f"])}
    nodes = [
        Node("x", value=x, gradient=own["x"]),
        Node("straight", "copy", ("x",), x, 1.0),
        Node("bent", "copy", ("x",), x, share),
        Node("s", "σ", ("bent",), s, 1.0),
        Node("f", "+", ("straight", "s"), own["f"], 1.0),
    ]
    wrong = _broken(own, {"x": 1.0 + share, "f": x + s})
    draw_circuit(nodes, about="Slide 18's fork, x + sigmoid(x).", wrong=wrong)


def _gate(operation: str, a: float, b: float) -> tuple[float, float, float]:
    """Value and local slopes of a gate."""
    return (a + b, 1.0, 1.0) if operation == "+" else (a * b, b, a)


def _broken(own: Mapping[str, float], rules: Mapping[str, float]) -> set[str]:
    """The wires whose own number is not what the rule of their gate makes of the numbers behind it."""
    return {wire for wire, right in rules.items() if not np.isclose(own[wire], right, rtol=ROUNDING, atol=ROUNDING)}


def _walk(functions: dict[str, Function], probe: Probe, alpha: float, count: int) -> list[float]:
    """The weights that `count` of the student's steps lead through, from slide 9's on; none if one cannot be made."""
    weights = [W]
    while len(weights) <= count:
        answers = ask(functions, probe, [{"w": weights[-1], "x": X, "y": Y, "alpha": alpha}])
        if not answers:
            return []
        weights.append(float(answers[0]["w_new"]))
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
