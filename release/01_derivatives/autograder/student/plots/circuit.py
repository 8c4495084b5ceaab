"""Draw a circuit of gates, or the graph of a computation: values above the wires, gradients below (slides 12-14, 18).

A circuit is plain data, a sequence of `Node`s.  `trace` makes it from linked objects such as micrograd's `Value`.

    draw_circuit([Node("x", value=2, gradient=3), Node("y", value=3, gradient=2), Node("f", "*", ("x", "y"), 6, 1)])
    draw_circuit(trace(loss), wrong={"b"})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from autograder.student.circuits import GRADIENT, WrongCircuit
from autograder.student.plots.layout import Layout, Spot, lay_out
from autograder.student.plots.nodes import Circuit, Node, by_name, circuit_words, number, parents_of, trace
from autograder.student.plots.style import BLUE, INK, RED, STYLE, as_image, figure

__all__ = [
    "Circuit",
    "Node",
    "circuit_size",
    "circuit_words",
    "draw_circuit",
    "paint_circuit",
    "trace",
    "wrong_circuit_image",
]

# All lengths are inches.  A gate's height and least width, and the width of one character of its label.
GATE, CHARACTER = 0.38, 0.09
# Between two layers, for wires to bend; more where they climb.
BEND, CLIMB = 0.24, 0.2
# The least length of a wire with its numbers, and how far these stand from it.
WIRE, NUMBER, NAME, MARK = 0.5, 0.13, 0.34, 0.33
# Distance of two nodes of a layer, of a node and a passing wire, and what surrounds the whole.
ROOM, NARROW, MARGIN = 0.95, 0.6, 0.12
# The least width, which the legend needs; sizes of print.
LEGEND, SMALL, LARGE = 2.8, 8, 13
WIRES: Mapping[str, Any] = {"color": INK, "shrinkA": 0, "shrinkB": 0, "linewidth": 1}
WRONG: Mapping[str, Any] = {"linewidth": 2.4, "linestyle": (0, (2, 1))}
# Gates that look better in print than in code.
PRINTED = {"*": "×", "-": "−", "/": "÷", "*2": "× 2", "*-1": "× −1", "+1": "+ 1"}
# Gates whose inputs must not change places; any other's enter in the order in which they come.
ORDERED = ("-", "−", "/", "÷", "**", "pow")


def draw_circuit(circuit: Circuit, *, wrong: Collection[str] = (), about: str = "A circuit.") -> None:
    """Show a circuit; its picture's alternative text is `about` and the circuit in words.

    wrong: names of nodes to be marked as wrong.  Raises ValueError if the circuit is empty or has a cycle, an unknown
    parent or one name twice, and if a wrong node is not in it.
    """
    alt = f"{about} {circuit_words(circuit, wrong)}".strip()
    with figure(*circuit_size(circuit), alt) as (_, axes):
        _fill(axes, circuit, wrong)


def wrong_circuit_image(circuit: WrongCircuit) -> str:
    """A circuit that went wrong as an HTML image, with marks where it does; its alternative text is in words."""
    alt = f"The circuit with your numbers. {circuit_words(circuit.nodes, circuit.wrong, circuit.below)}"
    with rc_context(STYLE):  # without pyplot, so that no figure of the notebook is touched
        drawing = Figure(circuit_size(circuit.nodes), layout="constrained")
        _fill(drawing.add_subplot(), circuit.nodes, circuit.wrong, circuit.below)
        return as_image(drawing, alt)


def _fill(axes: Axes, circuit: Circuit, wrong: Collection[str], below: str = GRADIENT) -> None:
    width, height = circuit_size(circuit)
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    paint_circuit(axes, circuit, wrong, below)


def circuit_size(circuit: Circuit) -> tuple[float, float]:
    """Width and height of the painted circuit in inches."""
    plan = _plan(by_name(circuit))
    return max(LEGEND, plan.columns[-1][2] + MARGIN), plan.top + NAME + NUMBER + MARGIN


def paint_circuit(axes: Axes, circuit: Circuit, wrong: Collection[str] = (), below: str = GRADIENT) -> None:
    """Paint a circuit into axes whose unit is one inch, from their origin on to `circuit_size`.

    below: what the numbers below the wires are.
    """
    nodes = by_name(circuit, wrong)
    plan = _plan(nodes)
    read = Counter(parent for node in circuit for parent in node.parents)
    for node in circuit:
        _paint_node(axes, node, plan, wrong=node.name in wrong, readers=read[node.name])
        for parent, port in _ports(node, plan):
            _paint_way(axes, [*_way(plan, parent, node.name), _gate_edge(node, plan, port)])
    if all(node.value is None and node.gradient is None for node in circuit):
        return
    axes.text(MARGIN, MARGIN, "value above", color=BLUE, fontsize=SMALL, va="bottom")
    axes.text(MARGIN + 0.82, MARGIN, f"and {below} below each wire", color=RED, fontsize=SMALL, va="bottom")


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything is painted.

    layout: in which layer and in which order.  columns: of each layer where its gates begin, where they end and
    where their wires end.  y: the height of each spot.  top: the highest of them.
    """

    layout: Layout
    columns: tuple[tuple[float, float, float], ...]
    column: Mapping[Spot, int]
    y: Mapping[Spot, float]
    top: float


def _plan(nodes: Mapping[str, Node]) -> _Plan:
    layout = lay_out(parents_of(nodes), ROOM, NARROW)
    column = {spot: i for i, spots in enumerate(layout.layers) for spot in spots}
    columns: list[tuple[float, float, float]] = []
    start = MARGIN
    for i, spots in enumerate(layout.layers):
        here = [nodes[spot] for spot in spots if isinstance(spot, str)]
        climbs = [abs(layout.height[a] - layout.height[b]) for a, b in layout.links if column[a] == i]
        gate_end = start + max(map(_gate_width, here))
        end = gate_end + max(map(_wire_length, here))
        columns.append((start, gate_end, end))
        start = end + BEND + CLIMB * max(climbs, default=0.0)
    below = 2 * MARGIN + MARK + NUMBER + 0.1 - min(layout.height.values())
    y = {spot: height + below for spot, height in layout.height.items()}
    return _Plan(layout, tuple(columns), column, y, max(y.values()))


def _gate_width(node: Node) -> float:
    return max(GATE, CHARACTER * len(_label(node) or node.name) + (0.16 if node.operation else 0.06))


def _label(node: Node) -> str:
    """What stands in a node's gate."""
    return PRINTED.get(node.operation, node.operation)


def _wire_length(node: Node) -> float:
    longest = max(len(number(node.value)), len(number(node.gradient)), len(node.name) if node.operation else 0)
    return max(WIRE, CHARACTER * longest + 0.2)


def _ports(node: Node, plan: _Plan) -> list[tuple[str, float]]:
    """Each operand with the height, from the gate's middle, at which its wire enters."""
    operands = list(node.parents)
    if node.operation not in ORDERED:
        before = {parent: (parent, *plan.layout.routes[parent, node.name])[-1] for parent in operands}
        operands.sort(key=lambda parent: -plan.y[before[parent]])
    middle = (len(operands) - 1) / 2
    step = min(0.18, 0.26 / (len(operands) - 1)) if len(operands) > 1 else 0.0
    return [(parent, step * (middle - i)) for i, parent in enumerate(operands)]


def _gate_edge(node: Node, plan: _Plan, port: float) -> tuple[float, float]:
    """The point on the round left end of a gate at height `port` from its middle."""
    radius = GATE / 2
    left = plan.columns[plan.column[node.name]][1] - _gate_width(node)
    return left + radius - sqrt(radius**2 - port**2), plan.y[node.name] + port


def _way(plan: _Plan, parent: str, name: str) -> list[tuple[float, float]]:
    """The points where the wire from `parent` turns on its way to the gate `name`."""
    points = [(plan.columns[plan.column[parent]][2], plan.y[parent])]
    for spot in plan.layout.routes[parent, name]:
        start, _, end = plan.columns[plan.column[spot]]
        points += [(start, plan.y[spot]), (end, plan.y[spot])]
    return points


def _paint_node(axes: Axes, node: Node, plan: _Plan, *, wrong: bool, readers: int) -> None:
    """Paint a gate or an input's name, and the wire that leaves it with its numbers."""
    _, gate_end, end = plan.columns[plan.column[node.name]]
    y, middle = plan.y[node.name], (gate_end + end) / 2
    if node.operation:
        _paint_gate(axes, gate_end - _gate_width(node), y, node)
        axes.text(middle, y + NAME, node.name, ha="center", va="center", style="italic", color=INK)
    else:
        axes.text(gate_end - 0.06, y, node.name, ha="right", va="center", style="italic", color=INK, fontsize=LARGE)
    # What is wrong is the number on the wire; the gate that made it may be right.
    wire = {**WIRES, **(WRONG if wrong else {}), "arrowstyle": "-" if readers else "-|>"}
    axes.annotate("", (end, y), (gate_end, y), arrowprops=wire)
    if readers > 1:
        axes.plot(end, y, marker="o", markersize=4, color=INK)
    weight = "bold" if wrong else "normal"
    axes.text(middle, y + NUMBER, _printed(node.value), ha="center", va="center", color=BLUE)
    axes.text(middle, y - NUMBER, _printed(node.gradient), ha="center", va="center", color=RED, weight=weight)
    if wrong:
        axes.text(middle, y - MARK, "✗ wrong", ha="center", va="center", color=INK, weight="bold", fontsize=SMALL)


def _paint_gate(axes: Axes, left: float, y: float, node: Node) -> None:
    shape = FancyBboxPatch(
        (left, y - GATE / 2),
        _gate_width(node),
        GATE,
        boxstyle=f"round,pad=0,rounding_size={GATE / 2}",
        facecolor="white",
        edgecolor=INK,
        linewidth=1.0,
    )
    axes.add_patch(shape)
    axes.text(left + _gate_width(node) / 2, y, _label(node), ha="center", va="center_baseline", color=INK)


def _paint_way(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Paint a wire that turns at `points`, level at each of them, with an arrow at its end."""
    codes, vertices = [Path.MOVETO], [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        codes += [Path.CURVE4] * 3
        vertices += [(half, y0), (half, y1), (x1, y1)]
    axes.add_patch(FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=9, color=INK, lw=1))


def _printed(value: float | None) -> str:
    return number(value).replace("-", "−")
