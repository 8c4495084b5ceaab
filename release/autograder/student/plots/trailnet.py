"""Pictures of notebook 8: trail views, three activations, layers, training, confidence, and the flight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.student.data.trailnet import (
    HALF,
    STRIDE,
    Flight,
    Steer,
    draw_views,
    fly,
    winding_trail,
)
from autograder.student.plots.style import BLUE, GREEN, GREY, INK, ORANGE, RED, explained, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Params = Mapping[str, np.ndarray]
Trained = tuple[Params, Sequence[float]]
Probabilities = Callable[..., Any]
Views = tuple[np.ndarray, np.ndarray, np.ndarray]

CLASSES = ("left", "centre", "right")
COLOURS, LINES = (BLUE, GREEN, ORANGE), ("-", "--", "-.")
COLUMNS = 5
# A loss is drawn as the mean over this many steps.
SMOOTHED = 50
# The degrees of heading in one average of confidence, and the number of views in it.
BAND, LOOKED_AT = 5.0, 3000
# The pictures beside the flight: how many, their width and height and the gap between them, in units of the panel.
STRIP, WIDE, HIGH, GAP = 5, 16.0, 9.0, 3.4
# The part of the world that is drawn: metres to either side, and along.
ASIDE, BEHIND, BEFORE = 9.0, 2.0, 48.0
# (name, parameters): of convolutions k*k*inputs*outputs and a bias for each output.
BLOCKS = ((64, 64), (64, 128), (128, 256), (256, 512))
HEADS = 2


def show_views(images: np.ndarray, view: np.ndarray, side: np.ndarray) -> None:
    """Draw views in a grid, each with its two classes."""
    labels = [f"view {CLASSES[v]}, side {CLASSES[s]}" for v, s in zip(view, side, strict=True)]
    alt = f"{len(images)} drawn views of a trail through grass, with a forest behind: {'; '.join(labels)}."
    rows, (height, width) = -(-len(images) // COLUMNS), images.shape[1:3]
    with figure(9.6, 1.5 * rows, alt) as (_, axes):
        for i, image in enumerate(images):
            left, top = (i % COLUMNS) * 1.08 * width, (i // COLUMNS) * 1.5 * height
            axes.imshow(image, extent=(left, left + width, top + height, top))
            axes.text(
                left + width / 2,
                top - 0.08 * height,
                labels[i],
                ha="center",
                va="bottom",
                fontsize=9,
                color=INK,
            )
        axes.set(
            xlim=(0, COLUMNS * 1.08 * width),
            ylim=((1.5 * rows - 0.4) * height, -0.4 * height),
            aspect="equal",
        )
        axes.set_axis_off()


@explained
def plot_activations(srelu_forward: Callable[[Any], Any]) -> None:
    """Draw the student's shifted ReLU over [-4, 3] with the ReLU and the ELU."""
    x = np.linspace(-4, 3, 351)
    mine = np.asarray(srelu_forward(x), dtype=np.float64)
    curves = {
        "ReLU": (np.where(x > 0, x, 0.0), GREY, ":"),
        "ELU": (np.maximum(x, 0) + np.exp(np.minimum(x, 0)) - 1, ORANGE, "--"),
        "shifted ReLU": (mine, BLUE, "-"),
    }
    alt = (
        f"Three activations over x from -4 to 3, which are all x on the right. At -4 the ReLU is 0, the ELU "
        f"{np.expm1(-4):.2f} and the shifted ReLU {mine[0]:.2f}; at -1 they are 0, {np.expm1(-1):.2f} and "
        f"{mine[150]:.2f}."
    )
    with figure(7.6, 3.4, alt) as (_, axes):
        axes.axhline(0, color=GREY, linewidth=0.6)
        for name, (curve, colour, line) in curves.items():
            axes.plot(x, curve, color=colour, linestyle=line, linewidth=2.2, label=name)
        axes.set(xlabel="x", xlim=(-4, 3), ylim=(-1.5, 3), yticks=[-1, 0, 1, 2, 3])
        axes.legend(frameon=False, loc="upper left")


def parameters() -> list[tuple[str, int]]:
    """The layers of TrailNet that have parameters or change the shape, with how many parameters each has."""
    rows = [("convolution 7×7", _convolution(7, 3, 64)), ("pool", 0)]
    for inputs, outputs in BLOCKS:
        shortcut = _convolution(1, inputs, outputs) if inputs != outputs else 0
        count = _convolution(3, inputs, outputs) + 3 * _convolution(3, outputs, outputs) + shortcut
        rows.append(("two residual blocks", count))
    return [
        *rows,
        ("mean over all places", 0),
        ("two heads", HEADS * _convolution(1, BLOCKS[-1][1], len(CLASSES))),
    ]


def _convolution(window: int, inputs: int, outputs: int) -> int:
    return window * window * inputs * outputs + outputs


@explained
def show_layers(trailnet_shapes: Callable[[], Any]) -> None:
    """Print TrailNet's layers, with the student's shapes and the number of parameters of each."""
    rows = parameters()
    shapes = ["×".join(map(str, shape)) for shape in trailnet_shapes()]
    ends = [str(BLOCKS[-1][1]), "×".join(map(str, (HEADS, len(CLASSES))))]
    for (name, count), shape in zip(rows, [*shapes, *ends], strict=True):
        print(f"{name:<22}{shape:>12}{count:>14,}")
    print(f"{'together':<22}{'':>12}{sum(count for _, count in rows):>14,}")


def plot_training(
    train_view: Callable[..., Trained],
    train_side: Callable[..., Trained],
    probabilities: Probabilities,
    views: Views,
    kept_back: Views,
) -> dict[str, np.ndarray]:
    """Train the view, then the side, and draw both losses; return the parameters, none at a stub."""
    trained: dict[str, np.ndarray] = {}
    _plot_training(trained, train_view, train_side, probabilities, views, kept_back)
    return trained


@explained
def _plot_training(
    trained: dict[str, np.ndarray],
    train_view: Callable[..., Trained],
    train_side: Callable[..., Trained],
    probabilities: Probabilities,
    views: Views,
    kept_back: Views,
) -> None:
    images, view, side = views
    params, view_losses = train_view(images, view, 0.01)
    params, side_losses = train_side(params, images, side)
    trained.update(params)
    answers = probabilities(params, kept_back[0])
    right = [
        float(np.mean(np.argmax(p, axis=1) == y))
        for p, y in zip(answers, kept_back[1:], strict=True)
    ]
    titles = [
        f"{head}: {share:.0%} right of {len(kept_back[0])} that were kept back"
        for head, share in zip(("view", "side"), right, strict=True)
    ]
    curves = [_smooth(losses) for losses in (view_losses, side_losses)]
    ends = [f"from {curve[0]:.2f} to {curve[-1]:.2f}" for curve in curves]
    alt = f"Two loss curves. First, {titles[0]}, falls {ends[0]}. Then {titles[1]}, with all else frozen, {ends[1]}."
    with figure(9.6, 3.2, alt, columns=2) as (_, panels):
        for axes, curve, title, colour in zip(panels, curves, titles, (BLUE, RED), strict=True):
            axes.plot(np.arange(len(curve)) * SMOOTHED, curve, color=colour, linewidth=1.6)
            axes.axhline(np.log(3), color=INK, linewidth=2, linestyle=":", label="knows nothing")
            axes.legend(frameon=False, loc="lower left", fontsize=9)
            axes.set(xlabel="step", ylabel="loss", ylim=(0, 1.3), xlim=(0, None))
            axes.set_title(title, fontsize=10)


def _smooth(losses: Sequence[float]) -> np.ndarray:
    whole = len(losses) // SMOOTHED * SMOOTHED
    return np.asarray(np.reshape(losses[:whole], (-1, SMOOTHED)).mean(axis=1), dtype=np.float64)


@explained
def plot_confidence(
    train_view: Callable[..., Trained], probabilities: Probabilities, views: Views, strong: float
) -> None:
    """Train the view without the entropy term and with a strong one; draw the answers of each for every heading."""
    images, heading, _ = draw_views(LOOKED_AT, seed=4)
    edges = np.arange(-35, 36, BAND)
    bands = np.digitize(heading, edges) - 1
    found = {}
    for lam1 in (0.0, strong):
        params, _ = train_view(views[0], views[1], lam1)
        p = np.asarray(probabilities(params, images)[0])
        found[lam1] = (
            float(p.max(axis=1).mean()),
            np.array([p[bands == b].mean(0) for b in range(len(edges) - 1)]),
        )
    summaries = [f"λ₁ = {lam1:g}: {sure:.0%} sure on average" for lam1, (sure, _) in found.items()]
    tops = [
        ", ".join(f"{name} {top:.0%}" for name, top in zip(CLASSES, p.max(0), strict=True))
        for _, p in found.values()
    ]
    alt = (
        "Mean probabilities of left, centre and right against the heading, as two networks see it. "
        + " ".join(f"{words}, at most {top}." for words, top in zip(summaries, tops, strict=True))
    )
    with figure(9.6, 3.3, alt, columns=2) as (_, panels):
        for axes, (_, curves), title in zip(panels, found.values(), summaries, strict=True):
            for curve, name, colour, line in zip(curves.T, CLASSES, COLOURS, LINES, strict=True):
                axes.plot(
                    edges[:-1] + BAND / 2,
                    curve,
                    color=colour,
                    linestyle=line,
                    linewidth=2,
                    label=name,
                )
            axes.set(
                xlabel="heading in degrees, left is positive",
                ylabel="probability",
                ylim=(0, 1.2),
                xlim=(35, -35),
            )
            axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
            axes.set_title(title, fontsize=10)
        panels[0].legend(frameon=False, loc="upper center", ncols=3, fontsize=9)


def pilot(probabilities: Probabilities, turn_angle: Callable[..., float]) -> Steer:
    """A drone's pilot: the two heads turn a picture into an angle."""

    def steer(picture: np.ndarray) -> float:
        view, side = probabilities(picture)
        return float(turn_angle(view[0], side[0]))

    return steer


@explained
def plot_flight(probabilities: Probabilities, turn_angle: Callable[..., float]) -> None:
    """Fly the student's drone and one that turns the other way; draw both paths, and what the first one saw."""
    steer = pilot(probabilities, turn_angle)
    flights = {
        "your turn_angle": fly(steer),
        "the other sign": fly(lambda picture: -steer(picture)),
    }
    fates = {name: _fate(flight) for name, flight in flights.items()}
    alt = "A winding trail from above, flown twice. " + " ".join(
        f"With {name}: {fates[name]}." for name in flights
    )
    with figure(9.6, 7.6, alt, columns=3) as (_, panels):
        for axes, (name, flight), colour in zip(panels, flights.items(), (BLUE, RED), strict=False):
            _map(axes, flight, colour)
            axes.set_title(f"{name}:\n{fates[name]}", fontsize=10)
        _strip(panels[0], panels[2], flights["your turn_angle"])


def _fate(flight: Flight) -> str:
    """How a flight went, in words."""
    lost = flight.left_trail
    if lost is None:
        far = np.abs(flight.offsets).max()
        return f"{len(flight.places) * STRIDE:.0f} m, at most {far:.2f} m from the middle"
    return f"leaves the trail after {lost * STRIDE:.1f} m"


def _map(axes: Axes, flight: Flight, colour: str) -> None:
    """The trail and a flight from above: along is up, left is left."""
    along = np.linspace(-BEHIND, BEFORE, 600)
    middle, slope = winding_trail(along)
    half = HALF * np.hypot(1, slope)
    axes.fill_betweenx(along, middle - half, middle + half, color=ORANGE, alpha=0.25, linewidth=0)
    axes.plot(*flight.places.T, color=colour, linewidth=1.8)
    axes.plot(*flight.places[0], marker="o", markersize=6, color=INK)
    if flight.left_trail is not None:
        axes.plot(
            *flight.places[flight.left_trail],
            marker="X",
            markersize=10,
            color=colour,
            markeredgecolor=INK,
        )
    axes.set(aspect="equal", xlim=(-ASIDE, ASIDE), ylim=(-BEHIND, BEFORE), xlabel="metres")


def _strip(beside: Axes, axes: Axes, flight: Flight) -> None:
    """Some of a flight's pictures, the latest on top, numbered here and on the map beside."""
    taken = np.linspace(0, len(flight.places) - 1, STRIP + 2)[1:-1].astype(int)
    for number, i in enumerate(taken, 1):
        low = (number - 1) * (HIGH + GAP)
        axes.imshow(flight.pictures[i], extent=(0, WIDE, low, low + HIGH))
        turn = flight.turns[i]
        way = "left" if turn > 0 else "right"
        axes.text(
            0,
            low - 0.3,
            f"{number}: {abs(turn):.1f}° to the {way}",
            ha="left",
            va="top",
            fontsize=9,
        )
        across, along = flight.places[i]
        beside.plot(across, along, marker="o", markersize=5, color=INK)
        beside.text(across + 1.4, along, str(number), ha="left", va="center", fontsize=9)
    axes.set_title("what yours saw", fontsize=10)
    axes.set(xlim=(0, WIDE), ylim=(-GAP, STRIP * (HIGH + GAP) - GAP), aspect="equal")
    axes.set_axis_off()
