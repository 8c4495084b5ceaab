"""Pictures of notebook 3: saturation, and the sigmoid neuron gate by gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.student.plots.circuit import Node, draw_circuit
from autograder.student.plots.style import BLUE, GREY, INK, RED, explained, figure

# Slopes below this let hardly any gradient pass.
SATURATED = 0.01


@explained
def plot_saturation(sigmoid: Callable[[Any], Any], sigmoid_grad: Callable[[Any], Any]) -> None:
    """Draw the student's sigmoid and its slope over [-8, 8], with the saturated regions shaded."""
    x = np.linspace(-8, 8, 401)
    f = np.asarray(sigmoid(x), dtype=np.float64)
    slope = np.asarray(sigmoid_grad(f), dtype=np.float64)
    flat = np.abs(slope) < SATURATED
    top = int(np.argmax(slope))
    alt = (
        f"Two curves over x from -8 to 8. Your sigmoid is {f[0]:.3g} at -8, {f[200]:.3g} at 0 and {f[-1]:.3g} at 8. "
        f"Your slope is {slope[0]:.3g}, {slope[200]:.3g} and {slope[-1]:.3g} there, and highest, {slope[top]:.3g}, "
        f"at {x[top]:.3g}. "
        + (
            f"The picture is shaded where the slope is saturated, below {SATURATED}: {_ranges(x, flat)}."
            if flat.any()
            else f"The slope is nowhere saturated, below {SATURATED}."
        )
    )
    with figure(7.6, 3.6, alt) as (_, axes):
        axes.fill_between(x, 0, 1, where=flat, color=GREY, alpha=0.18, linewidth=0)
        axes.plot(x, f, color=BLUE, linewidth=2.2)
        axes.plot(x, slope, color=RED, linewidth=2.2, linestyle="--")
        axes.axhline(0.25, color=GREY, linewidth=0.8, linestyle=":")
        axes.annotate(r"$\sigma(x)$", (2.2, 0.8), color=BLUE, fontsize=13)
        axes.annotate(r"slope $(1-f)\,f$", (1.55, 0.27), color=RED, fontsize=13)
        for side in (-6.4, 6.4):
            if flat[np.searchsorted(x, side)]:
                axes.annotate("saturated", (side, 0.52), ha="center", color=INK)
        axes.set(xlabel="x", xlim=(-8, 8), yticks=[0, 0.25, 0.5, 1])
        axes.set_ylim(min(0.0, f.min(), slope.min()), max(1.02, f.max(), slope.max()))


def _ranges(x: np.ndarray, chosen: np.ndarray) -> str:
    """The stretches of x that are chosen, in words."""
    cuts = np.flatnonzero(np.diff(chosen)) + 1
    stretches = [part for part in np.split(np.arange(len(x)), cuts) if chosen[part[0]]]
    return " and ".join(f"from {x[part[0]]:.3g} to {x[part[-1]]:.3g}" for part in stretches)


@explained
def plot_sigmoid_gates(
    staged: Callable[..., Mapping[str, float]], w: np.ndarray, x: np.ndarray
) -> None:
    """Draw slide 14's chain of gates with the student's values above and gradients below each wire."""
    numbers = {name: float(value) for name, value in staged(w, x).items()}
    gates = {"dot": "", "neg": "× −1", "a": "exp", "b": "+ 1", "c": "1 / x"}
    behind = dict(pairwise(gates))
    circuit = [
        Node(
            wire,
            gate,
            tuple(w for w in gates if behind.get(w) == wire),
            numbers[wire],
            numbers["d" + wire],
        )
        for wire, gate in gates.items()
    ]
    draw_circuit(circuit, about="The sigmoid neuron as a chain of four gates.")
