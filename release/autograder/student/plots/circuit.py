"""Draw a circuit of gates, or the graph of a computation: values above the wires, gradients below (slides 12-14, 18).

A circuit is plain data, a sequence of `Node`s.  `trace` makes it from linked objects such as micrograd's `Value`.

    draw_circuit([Node("x", value=2, gradient=3), Node("y", value=3, gradient=2), Node("f", "*", ("x", "y"), 6, 1)])
    draw_circuit(trace(loss), wrong={"b"})
"""

from __future__ import annotations

import html
from collections.abc import Collection

from IPython.display import display

from autograder.student.cards.circuit_nodes import Circuit, Node, circuit_words, trace
from autograder.student.cards.circuit_picture import circuit_picture
from autograder.student.cards.style import CIRCUIT_LAYOUT, LIGHT, PLOT_LAYOUT
from autograder.student.plots.style import PlotOutput

__all__ = ["Circuit", "Node", "circuit_words", "draw_circuit", "trace"]


def draw_circuit(
    circuit: Circuit, *, wrong: Collection[str] = (), about: str = "A circuit."
) -> None:
    """Show a circuit; its picture's alternative text is `about` and the circuit in words.

    wrong: names of nodes to be marked as wrong.  Raises ValueError if the circuit is empty or has a cycle, an unknown
    parent or one name twice, and if a wrong node is not in it.
    """
    title = f'<div class="agk-plot">{html.escape(about)}</div>'
    picture = circuit_picture(circuit, about, wrong)
    alt = f"{about} {circuit_words(circuit, wrong)}".strip()
    layout = PLOT_LAYOUT + CIRCUIT_LAYOUT
    display(PlotOutput(title + picture, alt, _file_of(picture), layout))


def _file_of(picture: str) -> str:
    """A circuit in HTML as an SVG file in the colours of the light theme."""
    svg = picture[picture.index("<svg") : picture.index("</svg>")]
    opening, inside = svg.split(">", 1)
    paper = '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'
    style = f"<style>svg{{{LIGHT};font:13px sans-serif}}{CIRCUIT_LAYOUT}</style>"
    head = opening.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" class="agk-circuit"')
    return f"{head}>{style}{paper}{inside}</svg>"
