"""Pictures of notebook 1: slopes by formula and by measurement, their error against the step, gradients of gates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from autograder.student.answers import LocalStudent
from autograder.student.checks.derivatives import PARTIALS, SLOPE, SWEEP
from autograder.student.compare import as_numbers
from autograder.student.exercises import Inputs, Probe
from autograder.student.judging import NOT_ATTEMPTED
from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, RED, figure
from autograder.student.rules import unpack

Function = Callable[..., Any]

UPHILL = LinearSegmentedColormap.from_list("uphill", ["white", BLUE])
MEASURED = Probe("num_grad(f, x)", ("slope",), setup="import numpy as np\ndef f(x):\n    return np.sum(np.sin(x) ** 2)")
# Four steps for each power of ten, from 0.1 to 1e-15, and the three that the notebook speaks of.
STEPS = 10.0 ** -np.arange(1, 15.01, 0.25)
NAMED_STEPS = (1e-5, 1e-8, 1e-13)
GATES = {"mul": ("$x\\,y$", np.multiply), "add": ("$x + y$", np.add), "max": ("$\\max(x, y)$", np.maximum)}


def plot_slopes(d_sin2: Function, num_grad: Function) -> None:
    """Draw sin² and the student's slope of it, as a line by d_sin2 and as dots by num_grad."""
    x, nudged = np.linspace(-3.5, 3.5, 281), np.linspace(-3.25, 3.25, 27)
    by_formula = _ask(d_sin2, SLOPE, [{"x": x}])
    measured = by_formula and _ask(num_grad, MEASURED, [{"x": nudged}])
    if not by_formula or not measured:
        return
    line, dots = by_formula[0]["slope"], measured[0]["slope"]
    if line.shape != x.shape or dots.shape != nudged.shape:
        _point_to_the_checks()
        return
    apart = float(np.abs(np.interp(nudged, x, line) - dots).max())
    alt = (
        "Three things over x from -3.5 to 3.5: sin²(x), a row of hills between 0 and 1; its slope by your formula, a "
        "wave; and 27 measured slopes as dots. The dots lie "
        + ("on the wave." if apart < 0.01 else f"up to {apart:.2g} away from the wave.")
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
    steps = np.unique([*STEPS, *NAMED_STEPS])
    answers = _ask(fd_sweep, SWEEP, [{"x": 1.0, "hs": steps}])
    if not answers:
        return
    forward, centred = answers[0]["forward"], answers[0]["centred"]
    if forward.shape != steps.shape or centred.shape != steps.shape:
        _point_to_the_checks()
        return
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
    places = [(x, y) for x in (-2.4, -0.8, 0.8, 2.4) for y in (-2.0, -0.5, 1.1, 2.7)]
    cases = [{"op": op, "x": x, "y": y} for op in GATES for x, y in places]
    answers = _ask(partials, PARTIALS, cases)
    if not answers:
        return
    if any(value.shape for answer in answers for value in answer.values()):
        _point_to_the_checks()
        return
    arrows = np.array([[answer["fx"], answer["fy"]] for answer in answers], dtype=np.float64)
    alt = (
        "Three maps over x and y from -3.5 to 3.5: the product, the sum and the maximum, with lines of equal value "
        "and your two slopes as arrows at 16 places. At the first place of the product, (-2.4, -2), the arrow is "
        f"({arrows[0, 0]:.3g}, {arrows[0, 1]:.3g})."
    )
    with figure(9.6, 3.5, alt, columns=3) as (_, panels):
        for panel, (title, gate), own in zip(panels, GATES.values(), np.split(arrows, len(GATES)), strict=True):
            _map(panel, title, gate)
            px, py = np.transpose(places)
            panel.quiver(px, py, own[:, 0], own[:, 1], color=RED, angles="xy", scale_units="xy", scale=3, width=0.013)


def _ask(function: Function, probe: Probe, cases: Sequence[Inputs]) -> list[dict[str, np.ndarray]]:
    """What the student's function gives to `probe` in each case, as arrays of finite or other numbers by name.

    Where that is not to be had: a sentence for the student, and nothing.
    """
    name = probe.call.partition("(")[0]
    found = []
    for answer in LocalStudent({name: function}).answers(probe, cases):
        if answer.failure and answer.failure.type == NOT_ATTEMPTED:
            print("This picture is drawn by your own functions. Fill in the cells above, then run this one again.")
            return []
        named = unpack(probe, answer.value)
        arrays = {} if isinstance(named, str) else {key: as_numbers(value) for key, value in named.items()}
        numbers = {key: array.astype(np.float64) for key, array in arrays.items() if not isinstance(array, str)}
        if answer.failure or set(numbers) != set(probe.names):
            _point_to_the_checks()
            return []
        found.append(numbers)
    return found


def _point_to_the_checks() -> None:
    print("This picture is drawn by your own functions, and one of them does not fit yet. See the checks above.")


def _errors(axes: Axes, steps: np.ndarray, errors: np.ndarray, color: str, marker: str, name: str) -> None:
    """Draw one row of errors; an error of exactly 0 has no place on an axis of powers of ten."""
    there = np.isfinite(errors) & (errors > 0)
    axes.plot(steps[there], errors[there], marker, color=color, markersize=4.5, linestyle="-", linewidth=1, label=name)


def _sweep_in_words(steps: np.ndarray, forward: np.ndarray, centred: np.ndarray) -> str:
    read = "; ".join(
        f"at h = {h:.0e} {forward[i]:.1e} for the forward and {centred[i]:.1e} for the centred difference"
        for h in NAMED_STEPS
        for i in [int(np.argmin(np.abs(np.log(steps / h))))]
    )
    return (
        "The relative error of two measured slopes against the step, both axes in powers of ten. From right to left "
        f"each falls in a straight line and then rises again in noise. Errors: {read}."
    )


def _map(axes: Axes, title: str, gate: Callable[..., np.ndarray]) -> None:
    """Draw a function of two numbers in shades of blue, with lines of equal value."""
    side = np.linspace(-3.5, 3.5, 141)
    height = gate(*np.meshgrid(side, side))
    axes.imshow(height, cmap=UPHILL, origin="lower", extent=(-3.5, 3.5, -3.5, 3.5), alpha=0.55)
    axes.contour(side, side, height, levels=9, colors=GREY, linewidths=0.8, linestyles="solid")
    axes.set(title=title, xlabel="x", ylabel="y", xticks=[-3, 0, 3], yticks=[-3, 0, 3], aspect="equal")
