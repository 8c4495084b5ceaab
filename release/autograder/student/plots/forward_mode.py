"""Pictures of notebook 5: the trace of the running example in two passes, and the passes that either mode takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from IPython.display import display

from autograder.student.plots.style import BLUE, GREY, INK, ORANGE, PlotOutput, explained, figure

Make = Callable[[float, float], Any]
Count = Callable[[Callable[[list[Any]], Any], int], int]

# The steps of z = xy + sin x, and the rule of each one's speed.
TRACED_STEPS: Mapping[str, tuple[str, str]] = {
    "x": ("x", "ẋ (seed)"),
    "y": ("y", "ẏ (seed)"),
    "a": ("a = x y", "ȧ = y ẋ + x ẏ"),
    "b": ("b = sin x", "ḃ = cos x · ẋ"),
    "z": ("z = a + b", "ż = ȧ + ḃ"),
}
# The purpose of either pass, and its seed.
TWO_PASSES = (("1st pass", "along x", (1.0, 0.0)), ("2nd pass", "along y", (0.0, 1.0)))
# Reverse mode runs through all steps once forwards and once back.
REVERSE = 2
SIZES = (1, 2, 5, 10, 20, 50, 100)


@explained
def plot_trace(dual: Make, x: float, y: float) -> None:
    """Show a table of z = xy + sin x, step by step, with the student's values and derivatives of two passes."""
    traces = [_trace(dual(x, xdot), dual(y, ydot)) for _, _, (xdot, ydot) in TWO_PASSES]
    values = {name: float(node.val) for name, node in traces[0].items()}
    dots = {name: [float(trace[name].dot) for trace in traces] for name in TRACED_STEPS}
    read = "; ".join(
        f"{name}: value {value:.4f}, derivative {dots[name][0]:.4f} along x and {dots[name][1]:.4f} along y"
        for name, value in values.items()
    )
    alt = f"The steps of z = xy + sin x, from the top to the bottom. {read}."
    display(PlotOutput(_table(values, dots), alt))


@explained
def plot_passes(passes: Count) -> None:
    """Draw the passes that the student's forward mode takes for 1 to 100 inputs, and those of reverse mode."""
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
            f"× {forward[-1] / REVERSE:.3g}",
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
    """The function of notebook 6's picture: n inputs, 2n + 1 operations."""
    out = v[0].sin()
    for i, u in enumerate(v):
        out = out + u * v[i - 1]
    return out


def _table(values: Mapping[str, float], dots: Mapping[str, Sequence[float]]) -> str:
    """The trace as an HTML table: a row for each step, a column for each pass."""
    passes = "".join(
        f'<th scope="col" class="agk-n">{name},<br>{along}</th>' for name, along, _ in TWO_PASSES
    )
    rows = ""
    for name, (step, rule) in TRACED_STEPS.items():
        speeds = "".join(f'<td class="agk-n agk-slope">{dot:.4f}</td>' for dot in dots[name])
        value = f'<td class="agk-n agk-value">{values[name]:.4f}</td>'
        row = f'<th scope="row">{step}</th>{value}<td>{rule}</td>{speeds}'
        last = ' class="agk-last"' if name == "z" else ""
        rows += f"<tr{last}>{row}</tr>"
    return (
        '<div class="agk-plot" tabindex="0" role="group" aria-label="Trace">'
        "<table><caption>z = x y + sin x, from the top to the bottom</caption><thead><tr>"
        '<th scope="col">step</th><th scope="col" class="agk-n">value</th>'
        f'<th scope="col">its speed</th>{passes}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
