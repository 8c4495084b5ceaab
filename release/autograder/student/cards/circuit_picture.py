"""Paint a circuit as SVG: values above the wires, gradients below, and a mark where it goes wrong
first.

The picture is made of shapes and text in the colours of the page around it (`cards/style.py`):
sharp in print, legible in the dark, and its numbers can be searched and copied.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograder.student.cards.circuit_geometry import (
    GATE,
    MARGIN,
    MARK,
    NAME,
    NUMBER,
    CircuitPlan,
    gate_edge,
    gate_width,
    label,
    plan_circuit,
    ports,
    printed,
    way,
)
from autograder.student.cards.circuit_nodes import Circuit, Node, by_name, circuit_words
from autograder.student.cards.wording import SENTENCE, clip
from autograder.student.model.circuits import GRADIENT, WrongCircuit

# Units of the drawing for an inch; type is 13 of them high.
INCH = 90.0
ARROW, HALF_ARROW = 8.0, 3.5
# In inches: how far an input's name ends before its wire, and how wide the legend's first words
# are.
NAME_GAP, LEGEND_STEP = 0.06, 0.83
# A picture of more nodes shows nothing, and its words are no help.
MOST_NODES, MOST_WORDS = 60, 6000

_Point = tuple[float, float]


def wrong_circuit_picture(circuit: WrongCircuit) -> str:
    """A circuit that went wrong, with the student's numbers; "" if it is too large or no circuit at
    all."""
    if len(circuit.nodes) > MOST_NODES:
        return ""
    try:
        return circuit_picture(
            circuit.nodes, "The circuit with your numbers.", circuit.wrong, circuit.below
        )
    except ValueError:  # a report that somebody has changed
        return ""


def circuit_picture(
    circuit: Circuit, about: str, wrong: Collection[str] = (), below: str = GRADIENT
) -> str:
    """A circuit as SVG in HTML; its alternative text is `about` and the circuit in words.

    wrong: names of nodes to be marked as wrong.  below: what the numbers below the wires are.  Raises ValueError if
    the circuit is empty or has a cycle, an unknown parent or one name twice, and if a wrong node is not in it.
    """
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
        '<div class="agk-circuit" tabindex="0" role="group" aria-label="Circuit">'
        f'<svg viewBox="0 0 {width} {height}" width="{width}" style="min-width:{round(0.7 * width)}px" '
        f'role="img" aria-label="{alt}">{"".join([*shapes, *texts])}</svg></div>'
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
