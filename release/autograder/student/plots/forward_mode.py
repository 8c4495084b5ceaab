"""Pictures of notebook 5: the trace of the running example in two passes, and the passes that either mode takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, RED, explained, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Make = Callable[[float, float], Any]
Count = Callable[[Callable[[list[Any]], Any], int], int]

# The steps of z = xy + sin x, and the rule of each one's speed.
TRACED_STEPS: Mapping[str, tuple[str, str]] = {
    "x": ("$x$", "$\\dot x$  (seed)"),
    "y": ("$y$", "$\\dot y$  (seed)"),
    "a": ("$a = x\\,y$", "$\\dot a = y\\,\\dot x + x\\,\\dot y$"),
    "b": ("$b = \\sin x$", "$\\dot b = \\cos x\\cdot\\dot x$"),
    "z": ("$z = a + b$", "$\\dot z = \\dot a + \\dot b$"),
}
# What either pass is for, and how it is seeded.
TWO_PASSES = (("1st pass", "along x", (1.0, 0.0)), ("2nd pass", "along y", (0.0, 1.0)))
# Where the columns of the table are: left edges of the words, right edges of the numbers.
STEP, VALUE, RULE, FIRST, WIDTH = 0.35, 2.5, 3.0, 5.6, 1.3
ROW, HEAD = 0.42, 0.72
# Reverse mode runs through all steps once forwards and once back.
REVERSE = 2
SIZES = (1, 2, 5, 10, 20, 50, 100)


@explained
def plot_trace(dual: Make, x: float, y: float) -> None:
    """Draw a table of z = xy + sin x, step by step, with the student's values and derivatives of two passes."""
    traces = [_trace(dual(x, xdot), dual(y, ydot)) for _, _, (xdot, ydot) in TWO_PASSES]
    values = {name: float(node.val) for name, node in traces[0].items()}
    dots = {name: [float(trace[name].dot) for trace in traces] for name in TRACED_STEPS}
    read = "; ".join(
        f"{name}: value {value:.4f}, derivative {dots[name][0]:.4f} along x and {dots[name][1]:.4f} along y"
        for name, value in values.items()
    )
    width, height = (
        FIRST + WIDTH * (len(TWO_PASSES) - 1) + 0.35,
        HEAD + ROW * len(TRACED_STEPS) + 0.12,
    )
    with figure(
        width, height, f"The steps of z = xy + sin x, from the top to the bottom. {read}."
    ) as (_, axes):
        axes.set_axis_off()
        axes.set(xlim=(0, width), ylim=(0, height))
        _head(axes, height, width)
        for row, name in enumerate(TRACED_STEPS):
            _row(axes, height - HEAD - ROW * (row + 0.5), name, values[name], dots[name])
        axes.annotate(
            "",
            (0.13, 0.22),
            (0.13, height - HEAD - 0.1),
            arrowprops={"arrowstyle": "->", "color": GREY},
        )


@explained
def plot_passes(passes: Count) -> None:
    """Draw the passes that the student's forward mode takes for 1 to 100 inputs, beside those of reverse mode."""
    forward = [int(passes(_wheel, n)) for n in SIZES]
    counts = "; ".join(
        f"n = {n}: forward {count}, reverse {REVERSE}"
        for n, count in zip(SIZES, forward, strict=True)
    )
    with figure(6.4, 3.6, f"Passes against the number of inputs, on log axes. {counts}.") as (
        _,
        axes,
    ):
        axes.loglog(SIZES, forward, "s--", color=ORANGE, linewidth=2, markersize=6)
        axes.loglog(SIZES, [REVERSE] * len(SIZES), "o-", color=BLUE, linewidth=2, markersize=6)
        axes.annotate(
            "forward mode:\none run for each input",
            (SIZES[-3], max(forward[-3], 1)),
            (-12, 12),
            **_LABEL,
        )
        axes.annotate("reverse mode:\none run, one sweep", (SIZES[-2], REVERSE), (0, -34), **_LABEL)
        ends = [(SIZES[-1], REVERSE), (SIZES[-1], max(forward[-1], 1))]
        axes.annotate(
            "", *ends, arrowprops={"arrowstyle": "<->", "color": GREY, "shrinkA": 6, "shrinkB": 6}
        )
        middle = math.sqrt(REVERSE * max(forward[-1], 1))
        axes.annotate(
            f"× {forward[-1] / REVERSE:.0f}",
            (SIZES[-1], middle),
            (8, 0),
            **{**_LABEL, "ha": "left"},
        )
        axes.set(
            xlabel="inputs n",
            ylabel="passes",
            xlim=(0.9, 160),
            ylim=(0.6, 160),
            xticks=SIZES,
            yticks=SIZES,
        )
        axes.set_xticklabels([str(n) for n in SIZES])
        axes.set_yticklabels([str(n) for n in SIZES])
        axes.minorticks_off()


_LABEL: Mapping[str, Any] = {
    "textcoords": "offset points",
    "color": INK,
    "fontsize": 10,
    "ha": "right",
}


def _trace(x: Any, y: Any) -> dict[str, Any]:
    a = x * y
    b = x.sin()
    return {"x": x, "y": y, "a": a, "b": b, "z": a + b}


def _wheel(v: list[Any]) -> Any:
    """A function of n inputs in 2n + 1 operations, the one of notebook 6's picture."""
    out = v[0].sin()
    for i, u in enumerate(v):
        out = out + u * v[i - 1]
    return out


def _head(axes: Axes, height: float, width: float) -> None:
    top = height - 0.2
    words = [
        (STEP, "step", "left", INK),
        (VALUE, "value", "right", BLUE),
        (RULE, "its speed", "left", INK),
    ]
    for x, word, side, color in words:
        axes.text(x, top, word, ha=side, va="center", color=color, fontsize=10)
    for number, (name, along, _) in enumerate(TWO_PASSES):
        x = FIRST + WIDTH * number
        axes.text(x, top, name, ha="right", va="center", color=RED, fontsize=10)
        axes.text(x, top - 0.24, along, ha="right", va="center", color=GREY, fontsize=9)
    axes.plot([STEP, width - 0.3], [height - HEAD + 0.1] * 2, color=GREY, linewidth=1)


def _row(axes: Axes, y: float, name: str, value: float, dots: Sequence[float]) -> None:
    step, rule = TRACED_STEPS[name]
    axes.text(STEP, y, step, va="center", color=INK, fontsize=12)
    axes.text(VALUE, y, f"{value:.4f}", ha="right", va="center", color=BLUE)
    axes.text(RULE, y, rule, va="center", color=INK, fontsize=12)
    for number, dot in enumerate(dots):
        weight = "bold" if name == "z" else "normal"
        axes.text(
            FIRST + WIDTH * number,
            y,
            f"{dot:.4f}",
            ha="right",
            va="center",
            color=RED,
            weight=weight,
        )
