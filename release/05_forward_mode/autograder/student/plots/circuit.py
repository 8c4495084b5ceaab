"""Draw a circuit of gates, or the graph of a computation: values above the wires, gradients below (slides 12-14, 18).

A circuit is plain data, a sequence of `Node`s.  `trace` makes it from linked objects such as micrograd's `Value`.

    draw_circuit([Node("x", value=2, gradient=3), Node("y", value=3, gradient=2), Node("f", "*", ("x", "y"), 6, 1)])
    draw_circuit(trace(loss), wrong={"b"})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograder.student.model.circuits import GRADIENT, WrongCircuit
from autograder.student.plots.geometry import (
    GATE,
    MARGIN,
    MARK,
    NAME,
    NUMBER,
    Plan,
    circuit_size,
    gate_edge,
    gate_width,
    label,
    make_plan,
    ports,
    printed,
    way,
)
from autograder.student.plots.nodes import Circuit, Node, by_name, circuit_words, trace
from autograder.student.plots.style import BLUE, INK, RED, STYLE, as_image, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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

SMALL, LARGE = 8, 13  # sizes of print
WIRES: Mapping[str, Any] = {"color": INK, "shrinkA": 0, "shrinkB": 0, "linewidth": 1}
WRONG: Mapping[str, Any] = {"linewidth": 2.4, "linestyle": (0, (2, 1))}


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
    from matplotlib import rc_context
    from matplotlib.figure import Figure

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


def paint_circuit(axes: Axes, circuit: Circuit, wrong: Collection[str] = (), below: str = GRADIENT) -> None:
    """Paint a circuit into axes whose unit is one inch, from their origin on to `circuit_size`.

    below: what the numbers below the wires are.
    """
    nodes = by_name(circuit, wrong)
    plan = make_plan(nodes)
    read = Counter(parent for node in circuit for parent in node.parents)
    for node in circuit:
        _paint_node(axes, node, plan, wrong=node.name in wrong, readers=read[node.name])
        for parent, port in ports(node, plan):
            _paint_way(axes, [*way(plan, parent, node.name), gate_edge(node, plan, port)])
    if all(node.value is None and node.gradient is None for node in circuit):
        return
    axes.text(MARGIN, MARGIN, "value above", color=BLUE, fontsize=SMALL, va="bottom")
    axes.text(MARGIN + 0.82, MARGIN, f"and {below} below each wire", color=RED, fontsize=SMALL, va="bottom")


def _paint_node(axes: Axes, node: Node, plan: Plan, *, wrong: bool, readers: int) -> None:
    """Paint a gate or an input's name, and the wire that leaves it with its numbers."""
    _, gate_end, end = plan.columns[plan.column[node.name]]
    y, middle = plan.y[node.name], (gate_end + end) / 2
    if node.operation:
        _paint_gate(axes, gate_end - gate_width(node), y, node)
        axes.text(middle, y + NAME, node.name, ha="center", va="center", style="italic", color=INK)
    else:
        axes.text(gate_end - 0.06, y, node.name, ha="right", va="center", style="italic", color=INK, fontsize=LARGE)
    # What is wrong is the number on the wire; the gate that made it may be right.
    wire = {**WIRES, **(WRONG if wrong else {}), "arrowstyle": "-" if readers else "-|>"}
    axes.annotate("", (end, y), (gate_end, y), arrowprops=wire)
    if readers > 1:
        axes.plot(end, y, marker="o", markersize=4, color=INK)
    weight = "bold" if wrong else "normal"
    axes.text(middle, y + NUMBER, printed(node.value), ha="center", va="center", color=BLUE)
    axes.text(middle, y - NUMBER, printed(node.gradient), ha="center", va="center", color=RED, weight=weight)
    if wrong:
        axes.text(middle, y - MARK, "✗ wrong", ha="center", va="center", color=INK, weight="bold", fontsize=SMALL)


def _paint_gate(axes: Axes, left: float, y: float, node: Node) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch(
        (left, y - GATE / 2),
        gate_width(node),
        GATE,
        boxstyle=f"round,pad=0,rounding_size={GATE / 2}",
        facecolor="white",
        edgecolor=INK,
        linewidth=1.0,
    )
    axes.add_patch(shape)
    axes.text(left + gate_width(node) / 2, y, label(node), ha="center", va="center_baseline", color=INK)


def _paint_way(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Paint a wire that turns at `points`, level at each of them, with an arrow at its end."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    codes, vertices = [Path.MOVETO], [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        codes += [Path.CURVE4] * 3
        vertices += [(half, y0), (half, y1), (x1, y1)]
    axes.add_patch(FancyArrowPatch(path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=9, color=INK, lw=1))
