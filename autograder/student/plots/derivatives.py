"""Pictures of notebook 1: slopes by formula and by measurement, their error against the step, gradients of gates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from autograder.student.checks.derivatives import PARTIALS, SLOPE, SWEEP
from autograder.student.model.exercises import Probe
from autograder.student.plots.style import (
    BLUE,
    FIXED_GREY,
    FIXED_RED,
    GREY,
    INK,
    ORANGE,
    RED,
    Function,
    ask,
    figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap

NUM_GRAD = Probe(
    "num_grad(f, x)",
    ("slope",),
    setup="import numpy as np\ndef f(x):\n    return np.sum(np.sin(x) ** 2)",
)
# From 1e-15 to 0.1, four for each power of ten; and those whose errors are read out.
SWEPT_STEPS = [
    float(f"{digits}e-{power}") for power in range(15, 0, -1) for digits in (1, 1.8, 3.2, 5.6)
][:-3]
READ = (1e-13, 1e-8, 1e-5, 1e-3, 1e-1)
# Half the side of a map of a gate.
EDGE = 1.9
GATE_MAPS = {
    "mul": ("$x\\,y$", np.multiply),
    "add": ("$x + y$", np.add),
    "max": ("$\\max(x, y)$", np.maximum),
}


def plot_slopes(d_sin2: Function, num_grad: Function) -> None:
    """Draw sin² and the student's slope of it, as a line by d_sin2 and as dots by num_grad."""
    x, nudged = np.linspace(-3.5, 3.5, 281), np.linspace(-3.25, 3.25, 27)
    by_formula = ask({"d_sin2": d_sin2}, SLOPE, [{"x": x}], x.shape)
    measured = by_formula and ask({"num_grad": num_grad}, NUM_GRAD, [{"x": nudged}], nudged.shape)
    if not by_formula or not measured:
        return
    line, dots = by_formula[0]["slope"], measured[0]["slope"]
    apart = float(np.abs(np.interp(nudged, x, line) - dots).max())
    alt = (
        "Over x from -3.5 to 3.5: sin²(x), a row of hills between 0 and 1; its slope by your formula, a line between "
        f"{line.min():.3g} and {line.max():.3g}; and 27 measured slopes as dots. The dots lie "
        + ("on the line." if apart < 0.01 else f"up to {apart:.2g} away from the line.")
    )
    with figure(7.6, 3.4, alt) as (_, axes):
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.plot(x, np.sin(x) ** 2, color=GREY, linewidth=2, linestyle="--", label=r"$\sin^2 x$")
        axes.plot(x, line, color=BLUE, linewidth=2.2, label="slope by your d_sin2")
        axes.plot(nudged, dots, "o", color=RED, markersize=5, label="slope by your num_grad")
        axes.set(xlabel="x", xlim=(-3.5, 3.5))
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def plot_sweep(fd_sweep: Function) -> None:
    """Draw the student's two errors for the sigmoid's slope at 1 against the step, both axes in powers of ten."""
    steps = np.array(SWEPT_STEPS)
    answers = ask({"fd_sweep": fd_sweep}, SWEEP, [{"x": 1.0, "hs": steps}], steps.shape)
    if not answers:
        return
    forward, centred = answers[0]["forward"], answers[0]["centred"]
    with figure(7.6, 4.2, _sweep_in_words(steps, forward, centred)) as (_, axes):
        _errors(axes, steps, forward, ORANGE, "s", "forward")
        _errors(axes, steps, centred, BLUE, "o", "centred")
        axes.axvline(1e-5, color=GREY, linewidth=0.8, linestyle=":")
        axes.text(1.25e-5, 3, r"$h = 10^{-5}$", color=INK, va="center")
        axes.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error of the slope")
        axes.set(xlim=(5e-16, 0.2), ylim=(1e-13, 10))
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def plot_partials(partials: Function) -> None:
    """Draw the three gates as maps of their values, with the student's two slopes as arrows."""
    places = [(x, y) for x in (-1.25, -0.5, 0.25, 1.0) for y in (-1.1, -0.35, 0.4, 1.15)]
    cases = [{"op": op, "x": x, "y": y} for op in GATE_MAPS for x, y in places]
    answers = ask({"partials": partials}, PARTIALS, cases)
    if not answers:
        return
    arrows = np.split(
        np.array([[answer["fx"], answer["fy"]] for answer in answers]), len(GATE_MAPS)
    )
    firsts = zip(GATE_MAPS, [slopes[0] for slopes in arrows], strict=True)
    read = "; ".join(f"{op} ({fx:.3g}, {fy:.3g})" for op, (fx, fy) in firsts)
    alt = (
        f"Three maps over x and y from -{EDGE} to {EDGE}: the product, the sum and the maximum, with lines of equal "
        f"value and your two slopes as arrows at 16 places. The first of the arrows, at {places[0]}: {read}."
    )
    with figure(9.6, 3.5, alt, columns=3) as (_, panels):
        for panel, (title, gate), slopes in zip(panels, GATE_MAPS.values(), arrows, strict=True):
            _map(panel, title, gate)
            x, y = np.transpose(places)
            shape = {"angles": "xy", "scale_units": "xy", "scale": 2, "width": 0.012}
            panel.quiver(x, y, *slopes.T, color=FIXED_RED, **shape)


def _errors(
    axes: Axes, steps: np.ndarray, errors: np.ndarray, color: str, marker: str, name: str
) -> None:
    """Draw one row of errors; an error of exactly 0 has no place on an axis of powers of ten."""
    shown = np.isfinite(errors) & (errors > 0)
    axes.plot(
        steps[shown],
        errors[shown],
        marker,
        color=color,
        markersize=4.5,
        linestyle="-",
        linewidth=1,
        label=name,
    )


def _sweep_in_words(steps: np.ndarray, forward: np.ndarray, centred: np.ndarray) -> str:
    places = np.searchsorted(steps, READ)
    read = "; ".join(
        f"at h = {h:.0e} {forward[i]:.1e} for the forward and {centred[i]:.1e} for the centred difference"
        for h, i in zip(READ, places, strict=True)
    )
    return f"The relative error of two measured slopes against the step, both axes in powers of ten. Errors: {read}."


@cache
def _uphill() -> LinearSegmentedColormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("uphill", ["white", "#73b2d6"])


def _map(axes: Axes, title: str, gate: Callable[..., np.ndarray]) -> None:
    """Draw a function of two numbers in shades of blue, with lines of equal value."""
    side = np.linspace(-EDGE, EDGE, 200)
    height = gate(*np.meshgrid(side, side))
    axes.imshow(height, cmap=_uphill(), origin="lower", extent=(-EDGE, EDGE, -EDGE, EDGE))
    axes.contour(
        side, side, height, levels=9, colors=FIXED_GREY, linewidths=0.8, linestyles="solid"
    )
    axes.set(
        title=title, xlabel="x", ylabel="y", xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal"
    )
