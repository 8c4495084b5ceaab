"""A circuit that went wrong as an SVG: the student's numbers on its wires, and a mark where it goes wrong first.

The same drawing as in the notebook, but as shapes and text in the page's own colours, so that it is sharp in print,
legible in the dark, and its numbers can be searched and copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograder.outputs.escape import pages
from autograder.student.model.circuits import Node, WrongCircuit
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
from autograder.student.plots.nodes import by_name, circuit_words

# Units of the drawing for an inch; type is 13 of them.
INCH = 90.0
ARROW, HALF_ARROW = 8.0, 3.5
# Of more nodes nothing can be seen.
MOST = 60

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: its rectangle and what stands in it."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A wire, or an arrow's head, as the data of an SVG path.  kind: wire, wrong or head."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Word:
    """Text centred at a height.  kind: the class that gives it colour.  anchor: as SVG names it."""

    x: float
    y: float
    text: str
    kind: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A circuit, laid out.  text: what it shows, for readers who cannot see it."""

    width: float
    height: float
    text: str
    gates: tuple[Gate, ...]
    strokes: tuple[Stroke, ...]
    words: tuple[Word, ...]
    dots: tuple[Spot, ...]


def picture(circuit: WrongCircuit) -> str:
    """A circuit as an SVG; nothing if it is too large, or no circuit at all."""
    try:
        drawing = draw(circuit) if 0 < len(circuit.nodes) <= MOST else None
    except ValueError:  # a report that somebody has changed
        return ""
    return pages().get_template("circuit.html.j2").render(drawing=drawing) if drawing else ""


def draw(circuit: WrongCircuit) -> Drawing:
    """Lay out a circuit.  Raises ValueError if it has a cycle, an unknown parent or one name twice."""
    nodes = by_name(circuit.nodes, circuit.wrong)
    plan, (width, height) = make_plan(nodes), circuit_size(circuit.nodes)
    paper = _Paper(plan, height)
    readers = Counter(parent for node in circuit.nodes for parent in node.parents)
    text = f"The circuit with your numbers. {circuit_words(circuit.nodes, circuit.wrong, circuit.below)}"
    wrong = frozenset(circuit.wrong)
    return Drawing(
        INCH * width,
        INCH * height,
        text,
        tuple(paper.gate(node) for node in circuit.nodes if node.operation),
        tuple(stroke for node in circuit.nodes for stroke in paper.strokes(node, readers, wrong=node.name in wrong)),
        (*(word for n in circuit.nodes for word in paper.words(n, wrong=n.name in wrong)), *_legend(circuit, paper)),
        tuple(paper.at(plan.columns[plan.column[name]][2], plan.y[name]) for name, n in readers.items() if n > 1),
    )


def _legend(circuit: WrongCircuit, paper: _Paper) -> Iterator[Word]:
    if any(node.value is not None or node.gradient is not None for node in circuit.nodes):
        for x, said, kind in (
            (MARGIN, "value above", "value"),
            (0.95, f"and {circuit.below} below each wire", "slope"),
        ):
            yield Word(*paper.at(x, MARGIN), said, f"{kind} small", "start")


@dataclass(frozen=True, slots=True)
class _Paper:
    """Turns a plan's inches, counted from the bottom, into the drawing's units, counted from the top."""

    plan: Plan
    height: float

    def at(self, x: float, y: float) -> Spot:
        """A point of the drawing."""
        return round(INCH * x, 1), round(INCH * (self.height - y), 1)

    def gate(self, node: Node) -> Gate:
        """A node's gate."""
        end, width = self.plan.columns[self.plan.column[node.name]][1], gate_width(node)
        x, y = self.at(end - width, self.plan.y[node.name] + GATE / 2)
        return Gate(x, y, round(INCH * width, 1), INCH * GATE, label(node))

    def strokes(self, node: Node, readers: Mapping[str, int], *, wrong: bool) -> Iterator[Stroke]:
        """The wires that enter a node, and the one that leaves it; a wire that nothing reads ends in an arrow."""
        _, start, end = self.plan.columns[self.plan.column[node.name]]
        y = self.plan.y[node.name]
        yield from self._wire([(start, y), (end, y)], "wrong" if wrong else "wire", head=not readers[node.name])
        for parent, port in ports(node, self.plan):
            points = [*way(self.plan, parent, node.name), gate_edge(node, self.plan, port)]
            yield from self._wire(points, "wire", head=True)

    def _wire(self, points: Sequence[Spot], kind: str, *, head: bool) -> Iterator[Stroke]:
        path = "M{} {}".format(*self.at(*points[0]))
        for (x0, y0), (x1, y1) in pairwise(points):
            half = (x0 + x1) / 2
            path += "C{} {} {} {} {} {}".format(*self.at(half, y0), *self.at(half, y1), *self.at(x1, y1))
        yield Stroke(kind, path)
        if head:
            x, y = self.at(*points[-1])
            yield Stroke("head", f"M{x} {y}l{-ARROW} {-HALF_ARROW}v{2 * HALF_ARROW}z")

    def words(self, node: Node, *, wrong: bool) -> Iterator[Word]:
        """A node's name and its numbers."""
        _, start, end = self.plan.columns[self.plan.column[node.name]]
        y, middle = self.plan.y[node.name], (start + end) / 2
        if node.operation:
            yield Word(*self.at(middle, y + NAME), node.name, "wire-name")
        else:
            yield Word(*self.at(start - 0.06, y), node.name, "wire-name", "end")
        yield Word(*self.at(middle, y + NUMBER), printed(node.value), "value")
        yield Word(*self.at(middle, y - NUMBER), printed(node.gradient), "slope strong" if wrong else "slope")
        if wrong:
            yield Word(*self.at(middle, y - MARK), "✗ wrong", "strong small")
