"""Paint a circuit as SVG: values above the wires, gradients below, and a mark where it goes wrong first.

The picture is made of shapes and text in the colours of the page around it (`cards/style.py`):
sharp in print, legible in the dark, and its numbers can be searched and copied.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from autograder.student.cards.circuit_layout import CircuitLayout, Spot, lay_out
from autograder.student.cards.circuit_nodes import (
    Circuit,
    Node,
    by_name,
    circuit_words,
    parents_of,
    wire_number,
)
from autograder.student.cards.wording import SENTENCE, clip
from autograder.student.model.circuits import GRADIENT, WrongCircuit

# All lengths are inches.  A gate's height and least width, and the width of one character of its label.
GATE, CHARACTER = 0.38, 0.09
# The width between two layers, for wires to bend, and what a climb adds to it.
BEND, CLIMB = 0.24, 0.2
# The least length of a wire, and how far from it numbers, names and marks stand.
WIRE, NUMBER, NAME, MARK = 0.5, 0.13, 0.34, 0.33
# The distance of two nodes of a layer, that of a node and a passing wire, and the margin.
ROOM, NARROW, MARGIN = 0.95, 0.6, 0.12
# The width that the legend needs.
LEGEND = 2.8
# Gates that look better in print than in code.
GATE_SIGNS = {"*": "×", "-": "−", "/": "÷", "*2": "× 2", "*-1": "× −1", "+1": "+ 1"}
# Gates whose inputs must keep their order; the inputs of others enter from top to bottom.
ORDERED = ("-", "−", "/", "÷", "**", "pow")
# Units of the drawing for an inch; type is 13 of them high.
INCH = 90.0
ARROW, HALF_ARROW = 8.0, 3.5
# In inches: how far an input's name ends before its wire, and how wide the legend's first words are.
NAME_GAP, LEGEND_STEP = 0.06, 0.83
# A picture of more nodes shows nothing, and its words are no help.
MOST_NODES, MOST_WORDS = 60, 6000

_Point = tuple[float, float]


def wrong_circuit_picture(circuit: WrongCircuit) -> str:
    """A circuit that went wrong, with the student's numbers; "" if it is too large or no circuit at all."""
    if len(circuit.nodes) > MOST_NODES:
        return ""
    try:
        drawn = _svg(circuit.nodes, "The circuit with your numbers.", circuit.wrong, circuit.below)
    except ValueError:  # a report that somebody has changed
        return ""
    return f'<div class="agk-circuit">{drawn}</div>'


def circuit_picture(
    circuit: Circuit, about: str, wrong: Collection[str] = (), below: str = GRADIENT
) -> str:
    """A circuit as SVG in HTML that scrolls; its alternative text is `about` and the circuit in words.

    wrong: names of nodes to be marked as wrong.  below: what the numbers below the wires are.  Raises ValueError if
    the circuit is empty or has a cycle, an unknown parent or one name twice, and if a wrong node is not in it.
    """
    opening = '<div class="agk-circuit" tabindex="0" role="group" aria-label="Circuit">'
    return f"{opening}{_svg(circuit, about, wrong, below)}</div>"


def _svg(circuit: Circuit, about: str, wrong: Collection[str], below: str) -> str:
    nodes = by_name(circuit, wrong)
    readers = Counter(parent for node in circuit for parent in node.parents)
    painter = _Painter(plan_circuit(nodes), readers, frozenset(wrong))
    shapes = [shape for node in circuit for shape in painter.shapes(node)]
    texts = [text for node in circuit for text in painter.texts(node)]
    if any(node.value is not None or node.gradient is not None for node in circuit):
        texts += painter.legend(below)
    alt = _escaped(f"{about} {circuit_words(circuit, wrong, below)}".strip(), MOST_WORDS)
    width, height = (round(INCH * inches, 1) for inches in painter.plan.size)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" style="min-width:{round(0.7 * width)}px" '
        f'role="img" aria-label="{alt}">{" ".join([*shapes, *texts])}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Painter:
    """Turns nodes into SVG elements.

    plan: where everything goes, in inches from the bottom; the drawing counts its units from the top.  readers: how
    many operands each node is.  wrong: the names of nodes to be marked.
    """

    plan: CircuitPlan
    readers: Mapping[str, int]
    wrong: Collection[str]

    def shapes(self, node: Node) -> Iterator[str]:
        """The wires that enter a node, its gate, and the wire that leaves it."""
        _, start, end = self.plan.extent(node.name)
        y = self.plan.y[node.name]
        for parent, port in ports(node, self.plan):
            points = [*way(self.plan, parent, node.name), gate_edge(node, self.plan, port)]
            yield self._wire(points) + self._arrow(points[-1])
        if node.operation:
            yield self._gate(node)
        # What is wrong is the number on the wire; the gate that made it may be right.
        yield self._wire(
            [(start, y), (end, y)], "agk-wrong" if node.name in self.wrong else "agk-wire"
        )
        if not self.readers[node.name]:
            yield self._arrow((end, y))
        if self.readers[node.name] > 1:
            x, y = self._at(end, y)
            yield f'<circle cx="{x}" cy="{y}" r="3"/>'

    def texts(self, node: Node) -> Iterator[str]:
        """What stands in a node's gate, its name and its numbers."""
        _, start, end = self.plan.extent(node.name)
        y, middle = self.plan.y[node.name], (start + end) / 2
        if node.operation:
            yield self._text(start - gate_width(node) / 2, y, label(node))
            yield self._text(middle, y + NAME, node.name, "agk-name")
        else:
            yield self._text(start - NAME_GAP, y, node.name, "agk-name", "end")
        yield self._text(middle, y + NUMBER, printed(node.value), "agk-value")
        below = "agk-slope agk-strong" if node.name in self.wrong else "agk-slope"
        yield self._text(middle, y - NUMBER, printed(node.gradient), below)
        if node.name in self.wrong:
            yield self._text(middle, y - MARK, "✗ wrong", "agk-strong agk-small")

    def legend(self, below: str) -> Iterator[str]:
        """What the numbers above and below the wires are."""
        yield self._text(MARGIN, MARGIN, "value above", "agk-value agk-small", "start")
        yield self._text(
            MARGIN + LEGEND_STEP,
            MARGIN,
            f"and {below} below each wire",
            "agk-slope agk-small",
            "start",
        )

    def _at(self, x: float, y: float) -> _Point:
        """A point of the plan in the drawing's units."""
        _, height = self.plan.size
        return round(INCH * x, 1), round(INCH * (height - y), 1)

    def _gate(self, node: Node) -> str:
        width = gate_width(node)
        _, end, _ = self.plan.extent(node.name)
        x, y = self._at(end - width, self.plan.y[node.name] + GATE / 2)
        high = round(INCH * GATE, 1)
        return f'<rect x="{x}" y="{y}" width="{round(INCH * width, 1)}" height="{high}" rx="{high / 2}"/>'

    def _wire(self, points: Sequence[_Point], kind: str = "agk-wire") -> str:
        """A wire that turns at `points`, level at each of them."""
        path = "M{} {}".format(*self._at(*points[0]))
        for (x0, y0), (x1, y1) in pairwise(points):
            half = (x0 + x1) / 2
            path += "C{} {} {} {} {} {}".format(
                *self._at(half, y0), *self._at(half, y1), *self._at(x1, y1)
            )
        return f'<path class="{kind}" d="{path}"/>'

    def _arrow(self, tip: _Point) -> str:
        x, y = self._at(*tip)
        return f'<path class="agk-arrow" d="M{x} {y}l{-ARROW} {-HALF_ARROW}v{2 * HALF_ARROW}z"/>'

    def _text(
        self, x: float, y: float, text: str, kind: str = "agk-operation", anchor: str = "middle"
    ) -> str:
        if not text:
            return ""
        place = 'x="{}" y="{}"'.format(*self._at(x, y))
        styled = f'class="{kind}" {place} text-anchor="{anchor}" dominant-baseline="central"'
        return f"<text {styled}>{_escaped(text, SENTENCE)}</text>"


def _escaped(text: str, most: int) -> str:
    return html.escape(clip(text, most))


@dataclass(frozen=True, slots=True)
class CircuitPlan:
    """Where everything is painted.

    layout: in which layer and in which order.  columns: of each layer where its gates begin, where they end and
    where their wires end.  column: the layer of each spot.  y: the height of each spot.
    """

    layout: CircuitLayout
    columns: tuple[tuple[float, float, float], ...]
    column: Mapping[Spot, int]
    y: Mapping[Spot, float]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole picture."""
        top = max(self.y.values()) + NAME + NUMBER + MARGIN
        return max(LEGEND, self.columns[-1][2] + MARGIN), top

    def extent(self, spot: Spot) -> tuple[float, float, float]:
        """Where the layer of a spot begins, where its gates end and where their wires end."""
        return self.columns[self.column[spot]]


def plan_circuit(nodes: Mapping[str, Node]) -> CircuitPlan:
    """Place every gate and wire of a circuit, given by name.  Raises ValueError on a cycle or an unknown parent."""
    layout = lay_out(parents_of(nodes), ROOM, NARROW)
    column = {spot: i for i, spots in enumerate(layout.layers) for spot in spots}
    columns: list[tuple[float, float, float]] = []
    start = MARGIN
    for i, spots in enumerate(layout.layers):
        here = [nodes[spot] for spot in spots if isinstance(spot, str)]
        climbs = [
            abs(layout.height[a] - layout.height[b]) for a, b in layout.links if column[a] == i
        ]
        gate_end = start + max(map(gate_width, here))
        end = gate_end + max(map(_wire_length, here))
        columns.append((start, gate_end, end))
        start = end + BEND + CLIMB * max(climbs, default=0.0)
    below = 2 * MARGIN + MARK + NUMBER + 0.1 - min(layout.height.values())
    y = {spot: height + below for spot, height in layout.height.items()}
    return CircuitPlan(layout, tuple(columns), column, y)


def gate_width(node: Node) -> float:
    """How wide a gate is, or an input's name."""
    return max(GATE, CHARACTER * len(label(node) or node.name) + (0.16 if node.operation else 0.06))


def _wire_length(node: Node) -> float:
    longest = max(
        len(wire_number(node.value)),
        len(wire_number(node.gradient)),
        len(node.name) if node.operation else 0,
    )
    return max(WIRE, CHARACTER * longest + 0.2)


def ports(node: Node, plan: CircuitPlan) -> list[tuple[str, float]]:
    """Each operand with the height, from the gate's middle, at which its wire enters."""
    operands = list(node.parents)
    if node.operation not in ORDERED:
        before = {
            parent: (parent, *plan.layout.routes[parent, node.name])[-1] for parent in operands
        }
        operands.sort(key=lambda parent: -plan.y[before[parent]])
    middle = (len(operands) - 1) / 2
    step = min(0.18, 0.26 / (len(operands) - 1)) if len(operands) > 1 else 0.0
    return [(parent, step * (middle - i)) for i, parent in enumerate(operands)]


def gate_edge(node: Node, plan: CircuitPlan, port: float) -> tuple[float, float]:
    """The point on the round left end of a gate at height `port` from its middle."""
    radius = GATE / 2
    left = plan.extent(node.name)[1] - gate_width(node)
    return left + radius - sqrt(radius**2 - port**2), plan.y[node.name] + port


def way(plan: CircuitPlan, parent: str, name: str) -> list[tuple[float, float]]:
    """The points where the wire from `parent` turns on its way to the gate `name`."""
    points = [(plan.extent(parent)[2], plan.y[parent])]
    for spot in plan.layout.routes[parent, name]:
        start, _, end = plan.extent(spot)
        points += [(start, plan.y[spot]), (end, plan.y[spot])]
    return points


def label(node: Node) -> str:
    """What stands in a gate."""
    return GATE_SIGNS.get(node.operation, node.operation)


def printed(value: float | None) -> str:
    """A number as it stands at a wire; "" if there is none."""
    return wire_number(value).replace("-", "−")
