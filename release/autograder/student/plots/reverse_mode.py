"""Pictures of notebook 6: graphs with values and adjoints, and the cost of either mode."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.student.graphs.engines import ENGINES, Recorded, Step
from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, PAPER, RED, explained, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Make = Callable[[float], Any]
Order = Callable[[Any], Sequence[Any]]
Sweep = Callable[[Any], None]
Point = tuple[float, float]
Weights = list[list[Any]]
Guess = Callable[[Weights, Point], Any]
Learn = Callable[[Weights, list[Point], list[int]], None]

# Slide 27's graph: where each node stands, what made it, and from which nodes.
SPOTS: Mapping[str, tuple[float, float]] = {
    "x": (0, 0),
    "y": (0, 1.3),
    "a": (2.3, 1.3),
    "b": (2.3, 0),
    "z": (4.6, 0.65),
    "L": (6.9, 0.65),
}
MADE = {"x": "input", "y": "input", "a": "x · y", "b": "sin x", "z": "a + b", "L": "(z − 9)²"}
ARROWS = (("x", "a"), ("y", "a"), ("x", "b"), ("a", "z"), ("b", "z"), ("z", "L"))
WIDE, HIGH = 1.3, 0.72
SIZES = (1, 2, 5, 10, 20, 50, 100)
# The set that a network learns: two crescents of 30 points each, and how many neurons it gets.
CRESCENT, NEURONS = 30, 8
# The part of the plane that is coloured by the network's answers.
ACROSS, DOWN = np.linspace(-1.8, 1.8, 49), np.linspace(-1.1, 1.1, 31)


@dataclass(frozen=True, slots=True)
class Cost:
    """Operations that each mode runs through for a function of n inputs."""

    n: int
    forward: int
    reverse: int


@explained
def plot_slide27(value: Make, topo_sort: Order, backward: Sweep) -> None:
    """Draw the graph of slide 27 at (pi/2, 3) with the student's values, adjoints and order of the sweep."""
    nodes = graph_of_slide27(value, backward)
    order = topo_sort(nodes["L"])
    turns = {name: _turn(node, order, nodes) for name, node in nodes.items()}
    numbers = {name: (float(node.data), float(node.grad)) for name, node in nodes.items()}
    read = "; ".join(f"{name}: value {v:.4f}, adjoint {g:.4f}" for name, (v, g) in numbers.items())
    with figure(8.6, 2.9, f"The graph of slide 27, from the inputs to the loss. {read}.") as (
        _,
        axes,
    ):
        axes.set_axis_off()
        axes.set(xlim=(-0.75, 7.65), ylim=(-1.02, 1.95), aspect="equal")
        for start, end in ARROWS:
            _arrow(axes, SPOTS[start], SPOTS[end])
        for name, (v, g) in numbers.items():
            _node(axes, name, v, g, turns[name])
        axes.text(-0.65, -0.92, "value", color=BLUE, fontsize=9)
        axes.text(-0.05, -0.92, "adjoint", color=RED, fontsize=9)
        axes.text(
            0.75,
            -0.92,
            "grey numbers: the turn of each node in the sweep back",
            color=GREY,
            fontsize=9,
        )


@explained
def plot_costs(value: Make, topo_sort: Order, backward: Sweep) -> None:
    """Draw how many operations forward and reverse mode run through for functions of 1 to 100 inputs."""
    costs = [_cost(n, value, topo_sort, backward) for n in SIZES]
    counts = "; ".join(f"n = {c.n}: forward {c.forward}, reverse {c.reverse}" for c in costs)
    with figure(
        6.4, 3.6, f"Operations run through against the number of inputs, on log axes. {counts}."
    ) as (_, axes):
        axes.loglog(
            SIZES, [c.forward for c in costs], "s--", color=ORANGE, linewidth=2, markersize=6
        )
        axes.loglog(SIZES, [c.reverse for c in costs], "o-", color=BLUE, linewidth=2, markersize=6)
        last = costs[-1]
        axes.annotate(
            "forward mode:\nn runs", (SIZES[-3], costs[-3].forward), (-12, 14), **_LABEL, ha="right"
        )
        axes.annotate(
            "reverse mode:\none run, one sweep", (SIZES[-3], costs[-3].reverse), (6, -34), **_LABEL
        )
        ends = [(SIZES[-1], last.reverse), (SIZES[-1], last.forward)]
        axes.annotate(
            "", *ends, arrowprops={"arrowstyle": "<->", "color": GREY, "shrinkA": 6, "shrinkB": 6}
        )
        ratio = f"× {last.forward / last.reverse:.0f}" if last.reverse else ""
        axes.annotate(
            ratio, (SIZES[-1], math.sqrt(last.forward * max(last.reverse, 1))), (8, 0), **_LABEL
        )
        axes.set(xlabel="inputs n", ylabel="operations run through", xlim=(0.9, 160), xticks=SIZES)
        axes.set_xticklabels([str(n) for n in SIZES])
        axes.minorticks_off()


@explained
def plot_learning(value: Make, guess: Guess, learn: Learn) -> None:
    """Draw the class that a network of the student's Values gives each point: at the start, and after learning."""
    points, targets = _crescents()
    rng = np.random.default_rng(6)
    weights = [[value(number) for number in rng.normal(0, 0.7, 4)] for _ in range(NEURONS)]
    stages = {"at the start": _classes(guess, weights, points)}
    learn(weights, points, targets)
    stages["after learning"] = _classes(guess, weights, points)
    right = {
        title: float(np.mean(answers == np.array(targets)))
        for title, (answers, _) in stages.items()
    }
    shares = ", ".join(f"{title} {share:.0%}" for title, share in right.items())
    alt = f"Two crescents of points, and which class the network answers where. Right {shares}."
    with figure(9.6, 3.6, alt, columns=2) as (_, panels):
        for axes, (title, (_, ground)) in zip(panels, stages.items(), strict=True):
            _ground(axes, ground)
            for target, marker, colour in ((1, "o", BLUE), (-1, "^", ORANGE)):
                mine = [point for point, one in zip(points, targets, strict=True) if one == target]
                axes.scatter(*np.array(mine).T, s=18, marker=marker, color=colour)
            axes.set_title(f"{title}: {right[title]:.0%} right")


@explained
def show_graph(recorded: Callable[..., Mapping[str, Any]], *at: object) -> None:
    """Print the graph of the student's Values that `recorded(*at)` makes and sweeps back, from output to leaves.

    Every node is printed with its value, its gradient, the operation that made it, and the nodes it
    was made from.
    """
    nodes = recorded(*at)
    names = {id(node): name for name, node in nodes.items()}
    print(f"{'node':<7}{'value':>9}{'grad':>10}   made by")
    for name, node in reversed(list(nodes.items())):
        made = "leaf" if not node._parents else f"{_operation(node)} of {_parents(node, names)}"
        print(f"{name:<7}{node.data:>9.4f}{node.grad:>10.4f}   {made}")


def show_engines(program: Sequence[Step], **inputs: float) -> None:
    """Print the gradient of each input of a program, as each of the five engines finds it."""
    print("engine" + "".join(f"{name:>10}" for name in inputs))
    for letter, engine in ENGINES.items():
        grads = engine(Recorded(program, inputs))
        print(f"{letter:<6}" + "".join(f"{grads[name]:>10.4f}" for name in inputs))
    print()


def _operation(node: Any) -> str:
    """The name of the operation whose backward rule a node holds, `mul` for `Value.__mul__`."""
    path = getattr(node._backward, "__qualname__", "").split(".<locals>")[0]
    return path.rpartition(".")[2].strip("_") or "a step"


def _parents(node: Any, names: Mapping[int, str]) -> str:
    """The nodes that a node was made from; those without a name are shown by their value."""
    return ", ".join(names.get(id(parent)) or f"{parent.data:g}" for parent in node._parents)


_LABEL: Mapping[str, Any] = {"textcoords": "offset points", "color": INK, "fontsize": 10}


def graph_of_slide27(value: Make, backward: Sweep) -> dict[str, Any]:
    """The student's nodes of slides 27 and 28 at (pi/2, 3), by name, swept back from the loss."""
    x, y = value(math.pi / 2), value(3.0)
    a = x * y
    b = x.sin()
    z = a + b
    error = z - 9
    loss = error**2
    backward(loss)
    return {"x": x, "y": y, "a": a, "b": b, "z": z, "z - 9": error, "L": loss}


def _crescents() -> tuple[list[Point], list[int]]:
    """Points of two crescents that reach into each other, by turns, and the class of each."""
    points, targets = [], []
    for angle in np.linspace(0, math.pi, CRESCENT):
        x, y = math.cos(angle), math.sin(angle)
        points += [(x - 0.5, y - 0.25), (0.5 - x, 0.25 - y)]
        targets += [1, -1]
    order = np.random.default_rng(6).permutation(len(points))
    return [points[i] for i in order], [targets[i] for i in order]


def _classes(
    guess: Guess, weights: Weights, points: Sequence[Point]
) -> tuple[np.ndarray, np.ndarray]:
    """The class that the network answers for each point, and for each place of the plane."""
    answers = [_class(guess(weights, point)) for point in points]
    ground = [[_class(guess(weights, (float(x), float(y)))) for x in ACROSS] for y in DOWN]
    return np.array(answers), np.array(ground)


def _class(answer: Any) -> int:
    return 1 if answer.data > 0 else -1


def _ground(axes: Axes, ground: np.ndarray) -> None:
    from matplotlib.colors import ListedColormap

    colours = ListedColormap((ORANGE, BLUE))
    look: Mapping[str, Any] = {
        "vmin": -1,
        "vmax": 1,
        "alpha": 0.3,
        "shading": "nearest",
        "rasterized": True,
    }
    axes.pcolormesh(ACROSS, DOWN, ground, cmap=colours, **look)
    axes.set(aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def _turn(node: Any, order: Sequence[Any], shown: Mapping[str, Any]) -> int:
    """The place of this node among the nodes shown in the sweep back, from 1; 0 if the order lacks it."""
    sweep = [one for one in reversed(order) if any(one is other for other in shown.values())]
    return next((turn for turn, one in enumerate(sweep, 1) if one is node), 0)


def _node(axes: Axes, name: str, value: float, adjoint: float, turn: int) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = SPOTS[name]
    corner = (x - WIDE / 2, y - HIGH / 2)
    style = "round,pad=0,rounding_size=0.12"
    axes.add_patch(
        FancyBboxPatch(corner, WIDE, HIGH, boxstyle=style, facecolor=PAPER, edgecolor=INK, zorder=2)
    )
    axes.text(
        x - WIDE / 2 + 0.12, y, name, ha="left", va="center", style="italic", fontsize=14, zorder=3
    )
    axes.text(
        x + WIDE / 2 - 0.1, y + 0.17, f"{value:.4f}", ha="right", va="center", color=BLUE, zorder=3
    )
    axes.text(
        x + WIDE / 2 - 0.1, y - 0.17, f"{adjoint:.4f}", ha="right", va="center", color=RED, zorder=3
    )
    axes.text(x, y + HIGH / 2 + 0.14, MADE[name], ha="center", va="center", color=INK, fontsize=9)
    if turn:
        axes.text(
            x, y - HIGH / 2 - 0.14, f"{turn}", ha="center", va="center", color=GREY, fontsize=9
        )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    shape = {"arrowstyle": "->", "color": INK, "shrinkA": 0, "shrinkB": 0}
    axes.annotate(
        "", (end[0] - WIDE / 2, end[1]), (start[0] + WIDE / 2, start[1]), arrowprops=shape
    )


def _cost(n: int, value: Make, topo_sort: Order, backward: Sweep) -> Cost:
    """Count the operations of one function, and the backward rules that really run."""
    inputs = [value(1 + i / n) for i in range(n)]
    out = inputs[0].sin()
    for i, v in enumerate(inputs):
        out = out + v * inputs[i - 1]
    made = [node for node in topo_sort(out) if node._parents]
    calls: list[int] = []
    for node in made:
        node._backward = _counted(node._backward, calls)
    backward(out)
    return Cost(n, n * len(made), len(made) + len(calls))


def _counted(rule: Callable[[], None], calls: list[int]) -> Callable[[], None]:
    def counted() -> None:
        calls.append(1)
        rule()

    return counted
