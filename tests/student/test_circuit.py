"""Circuits are traced from objects, laid out without overlaps and put in words; wrong nodes are marked."""

import math
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Bbox

from autograder.student.cards.circuit_layout import in_order, lay_out
from autograder.student.cards.circuit_picture import circuit_picture, wrong_circuit_picture
from autograder.student.model.circuits import WrongCircuit
from autograder.student.plots.circuit import Node, circuit_words, draw_circuit, trace

ROOM, NARROW = 1.0, 0.6

SLIDE_12 = (
    Node("x", value=-2, gradient=-4),
    Node("y", value=5, gradient=-4),
    Node("z", value=-4, gradient=3),
    Node("q", "+", ("x", "y"), 3, -4),
    Node("f", "*", ("q", "z"), -12, 1),
)


class Value:
    """As small as a node of a computation can be."""

    def __init__(self, data, prev=(), op="", label="", grad=0.0):
        self.data, self._prev, self._op, self.label, self.grad = data, prev, op, label, grad


def gate(op, *above, label=""):
    return Value(sum(v.data for v in above), above, op, label)


def random_parents(rng, n):
    """A graph of n nodes: three inputs, and gates that read one to three of the nodes before."""
    parents = {f"n{i}": () for i in range(min(3, n))}
    for i in range(len(parents), n):
        parents[f"n{i}"] = tuple(f"n{j}" for j in rng.integers(0, i, rng.integers(1, 4)))
    return parents


GRAPHS = [
    random_parents(np.random.default_rng(seed), n) for seed in range(4) for n in (1, 2, 3, 5, 9, 15)
]


def crossings(layout):
    place = {spot: (i, j) for i, spots in enumerate(layout.layers) for j, spot in enumerate(spots)}
    pairs = combinations([(place[a], place[b]) for a, b in layout.links], 2)
    return sum(a[0] == c[0] and (a[1] - c[1]) * (b[1] - d[1]) < 0 for (a, b), (c, d) in pairs)


def svg_of(markup):
    """The only <svg> of a piece of HTML, which must be well-formed."""
    return ElementTree.fromstring(re.sub(r"^<style>.*?</style>", "", markup, flags=re.DOTALL)).find(
        "svg"
    )


def painted(circuit, wrong=()):
    """The <svg> of a circuit."""
    return svg_of(circuit_picture(circuit, "A circuit.", wrong))


def texts_of(svg, kind=""):
    return [text.text for text in svg.iter("text") if kind in text.get("class").split() or not kind]


def box_of(text):
    """The room that a text takes, measured in a wide font, DejaVu Sans."""
    kinds = text.get("class").split()
    weight = "bold" if "agk-strong" in kinds else "normal"
    size = 11 if "agk-small" in kinds else 13
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    wide, high, _ = TextToPath().get_text_width_height_descent(text.text, font, ismath=False)
    x, y = float(text.get("x")), float(text.get("y"))
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor")]
    return Bbox.from_bounds(left, y - high / 2, wide, high)


def points_of(path):
    """The points that the data of a path names, in order."""
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize("parents", GRAPHS)
def test_every_wire_runs_from_left_to_right_one_layer_at_a_time(parents):
    layout = lay_out(parents, ROOM, NARROW)
    layer = {spot: i for i, spots in enumerate(layout.layers) for spot in spots}
    assert set(parents) <= set(layer)
    for (parent, name), way in layout.routes.items():
        assert all(layer[b] == layer[a] + 1 for a, b in pairwise((parent, *way, name)))


@pytest.mark.parametrize("parents", GRAPHS)
def test_spots_of_a_layer_keep_their_distance(parents):
    layout = lay_out(parents, ROOM, NARROW)
    for spots in layout.layers:
        for upper, lower in pairwise(spots):
            least = ROOM if isinstance(upper, str) and isinstance(lower, str) else NARROW
            assert layout.height[upper] - layout.height[lower] > least - 1e-9


def test_a_tree_is_drawn_without_crossings_whatever_the_order_of_its_inputs():
    parents = {
        "d": (),
        "b": (),
        "c": (),
        "a": (),
        "p": ("a", "b"),
        "q": ("c", "d"),
        "f": ("q", "p"),
    }
    assert crossings(lay_out(parents, ROOM, NARROW)) == 0


def test_sorting_by_barycentres_undoes_crossings_of_the_first_order():
    """As they are met from the output, the two sums would lie across each other."""
    parents = {
        "a": (),
        "b": (),
        "u": ("a",),
        "v": ("b",),
        "s": ("u", "v"),
        "t": ("b", "v"),
        "o": ("s", "t", "a"),
    }
    assert crossings(lay_out(parents, ROOM, NARROW)) == 0


def test_the_two_operands_of_a_gate_stand_evenly_about_it():
    layout = lay_out({"x": (), "y": (), "f": ("x", "y")}, ROOM, NARROW)
    assert layout.height["x"] == pytest.approx(ROOM / 2)
    assert layout.height["y"] == pytest.approx(-ROOM / 2)
    assert layout.height["f"] == pytest.approx(0)


def test_nodes_come_after_their_parents_and_a_loop_is_refused():
    assert in_order({"f": ("x", "g"), "g": ("x",), "x": ()}) == ("x", "g", "f")
    with pytest.raises(ValueError, match="no loops, but there is a path from"):
        in_order({"f": ("g",), "g": ("f",)})
    with pytest.raises(ValueError, match="no node for the parent 'x' of 'f'"):
        in_order({"f": ("x",)})


@pytest.mark.parametrize("parents", [p for p in GRAPHS if len(p) >= 3])
def test_no_two_texts_of_a_circuit_overlap_and_none_lies_outside(parents):
    circuit = [
        Node(name, "exp" if above else "", above, -1.2345 * i, 12.3456 / (i + 1))
        for i, (name, above) in enumerate(parents.items())
    ]
    svg = painted(circuit, wrong=tuple(parents)[::2])
    boxes = {text.text: box_of(text) for text in svg.iter("text")}
    assert len(boxes) > 3 * len(circuit)
    assert [
        (a, b) for a, b in combinations(boxes, 2) if boxes[a].shrunk(0.98, 0.7).overlaps(boxes[b])
    ] == []
    _, _, width, height = map(float, svg.get("viewBox").split())
    sheet = Bbox.from_bounds(0, 0, width, height)
    assert [
        text
        for text, box in boxes.items()
        if not sheet.contains(*box.min) or not sheet.contains(*box.max)
    ] == []


def test_values_stand_above_and_gradients_below_their_wire():
    height = {
        text.text: float(text.get("y"))
        for text in painted([Node("x", value=7, gradient=5)]).iter("text")
    }
    assert height["7"] < height["x"] < height["5"]  # counted from the top


@pytest.mark.parametrize(("op", "crossed"), [("-", 1), ("+", 0)])
def test_only_wires_into_a_gate_whose_operands_may_not_change_places_cross_to_keep_their_order(
    op, crossed
):
    circuit = [
        Node("a"),
        Node("b"),
        Node("c", "exp", ("a",)),
        Node("s", op, ("b", "a")),
        Node("d", "sin", ("b",)),
        Node("f", "max", ("c", "s", "d")),
    ]
    wires = [
        points_of(path.get("d"))
        for path in painted(circuit).iter("path")
        if path.get("class") == "agk-wire"
    ]
    bent = [wire for wire in wires if wire[0][1] != wire[-1][1] or len(wire) > 4]
    begin = min(wire[0][0] for wire in bent)
    first = [(wire[0][1], wire[3][1]) for wire in bent if wire[0][0] == begin]
    assert len(first) == 4
    assert sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(first, 2)) == crossed


def test_a_circuit_is_said_in_words_inputs_first():
    assert circuit_words(SLIDE_12[::-1]) == (
        "z: an input, value -4, gradient 3. y: an input, value 5, gradient -4. x: an input, value -2, gradient -4. "
        "q: + of x and y, value 3, gradient -4. f: * of q and z, value -12, gradient 1."
    )


def test_a_wrong_node_is_marked_in_the_picture_and_in_words():
    assert "q: + of x and y, value 3, gradient -4, marked wrong." in circuit_words(SLIDE_12, {"q"})
    assert circuit_words(SLIDE_12, {"q"}).count("wrong") == 1
    assert texts_of(painted(SLIDE_12)).count("✗ wrong") == 0
    svg = painted(SLIDE_12, {"q"})
    assert texts_of(svg).count("✗ wrong") == 1
    assert [path.get("class") for path in svg.iter("path")].count("agk-wrong") == 1
    assert texts_of(svg, "agk-slope").count("−4") == 3
    assert texts_of(svg, "agk-strong") == ["−4", "✗ wrong"]


def test_every_node_is_painted_with_its_numbers_and_every_wire_ends_in_an_arrow():
    svg = painted(SLIDE_12)
    assert texts_of(svg, "agk-operation") == ["+", "×"]
    assert len([*svg.iter("rect")]) == 2
    for node in SLIDE_12:
        assert {node.name, f"{node.value:g}".replace("-", "−")} <= set(texts_of(svg))
    # Four wires enter gates; the output's wire ends in an arrow, too.
    assert [path.get("class") for path in svg.iter("path")].count("agk-arrow") == 5


def test_where_two_read_a_wire_there_is_a_dot():
    svg = painted([Node("x", value=3), Node("y", "*", ("x", "x"), 9)])
    assert len([*svg.iter("circle")]) == 1
    assert [path.get("class") for path in svg.iter("path")].count("agk-wire") == 4


def test_the_circuit_of_a_hidden_check_has_no_numbers():
    bare = tuple(replace(node, value=None, gradient=None) for node in SLIDE_12)
    texts = texts_of(svg_of(wrong_circuit_picture(WrongCircuit(bare, (), ("q",)))))
    assert "✗ wrong" in texts
    assert not re.search(r"\d", " ".join(texts))
    assert "value above" not in texts


@pytest.mark.parametrize(
    "changed",
    [
        WrongCircuit(()),
        WrongCircuit((Node("f", "*", ("f", "f")),)),
        WrongCircuit((Node("f", "*", ("nobody",)),)),
        WrongCircuit((Node("x"), Node("x"))),
        WrongCircuit(SLIDE_12, (), ("nobody",)),
        WrongCircuit(tuple(Node(f"x{i}") for i in range(10_000))),
    ],
)
def test_a_changed_report_whose_circuit_is_none_gives_no_picture(changed):
    assert wrong_circuit_picture(changed) == ""


def test_hostile_names_in_a_circuit_stay_text():
    hostile = "<script>alert(1)</script>"
    nodes = (Node(hostile, value=math.nan), Node("f", '</svg><b onload="x">', (hostile,)))
    svg = svg_of(wrong_circuit_picture(WrongCircuit(nodes, (), ("f",))))
    assert {element.tag for element in svg.iter()} == {"svg", "path", "rect", "text"}
    assert {hostile, '</svg><b onload="x">'} <= set(texts_of(svg))


def test_a_circuit_needs_no_matplotlib():
    code = (
        "import sys\nfrom autograder.student.plots.circuit import Node, draw_circuit\n"
        "draw_circuit([Node('x', value=2)])\nassert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_words_are_the_pictures_alternative_text(shown):
    draw_circuit(SLIDE_12, about="Slide 12.")
    assert shown == [f"Slide 12. {circuit_words(SLIDE_12)}"]


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (3.0, "3"),
        (0.26894142, "0.2689"),
        (-12.5, "-12.5"),
        (2e-7, "2.00e-07"),
        (3.3e7, "3.30e+07"),
        (0, "0"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_are_short(value, printed):
    assert circuit_words([Node("x", value=value)]) == f"x: an input, value {printed}."


@pytest.mark.parametrize(
    ("circuit", "wrong", "words"),
    [
        ([], (), "at least one node"),
        ([Node("x"), Node("x")], (), "two nodes called 'x'"),
        (SLIDE_12, {"w"}, "no node 'w' to be marked"),
        ([Node("f", "exp", ("x",))], (), "no node for the parent 'x' of 'f'"),
    ],
)
def test_what_is_no_circuit_is_refused_with_words(circuit, wrong, words):
    with pytest.raises(ValueError, match=words):
        draw_circuit(circuit, wrong=wrong)


def test_objects_are_traced_once_each_with_their_numbers():
    x = Value(3.0, label="x", grad=np.array(6.0))
    assert trace(gate("*", x, x, label="f")) == (
        Node("x", "", (), 3.0, 6.0),
        Node("f", "*", ("x", "x"), 6.0, 0.0),
    )


def test_nodes_without_names_are_named_and_equal_names_are_numbered():
    one, two, named = Value(2.0), Value(2.0), Value(5.0, label="v1")
    circuit = trace(gate("+", gate("+", one, two), named))
    assert [node.name for node in circuit] == ["2", "2 (2)", "v1", "v1 (2)", "v2"]
    assert circuit[-1].parents == ("v1 (2)", "v1")


def test_names_stay_unique_when_a_label_looks_like_a_numbered_one():
    circuit = trace(
        gate("+", Value(1.0, label="a"), Value(2.0, label="a (2)"), Value(3.0, label="a"))
    )
    assert len({node.name for node in circuit}) == 4


def test_a_set_of_parents_comes_in_the_same_order_every_time():
    above = [Value(float(i), label=name) for i, name in enumerate("cab")]
    orders = {trace(Value(0.0, set(order), "+"))[-1].parents for order in (above, above[::-1])}
    assert orders == {("a", "b", "c")}


def test_other_objects_are_traced_by_other_accessors():
    class Gate:
        def __init__(self, kind, inputs):
            self.kind, self.inputs, self.data, self.grad = kind, inputs, None, "not yet"

    circuit = trace(
        Gate("relu", [Gate("input", [])]),
        parents=lambda g: g.inputs,
        operation=lambda g: g.kind,
        name=lambda g: f"<{g.kind}>",
    )
    assert circuit == (Node("<input>"), Node("<relu>", "relu", ("<input>",)))


def test_a_graph_too_deep_for_recursion_is_traced():
    end = Value(1.0, label="x")
    for _ in range(5000):
        end = gate("+", end)
    assert len(trace(end)) == 5001


def test_a_loop_of_objects_is_refused():
    one = Value(1.0, label="one")
    one._prev = (gate("+", one, label="other"),)
    with pytest.raises(ValueError, match="no loops"):
        trace(one)
