"""Where the gates and wires of a circuit go, in inches, whatever paints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from autograder.student.cards.circuit_layout import CircuitLayout, Spot, lay_out
from autograder.student.cards.circuit_nodes import Node, parents_of, wire_number

# All lengths are inches.  A gate's height and least width, and the width of one character of its
# label.
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
