"""Draw what a submission takes: by each arm, on one core and on more; and in classes of more and more submissions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from benchmarks.summary import KIT, LEAN, OTTER, Round, Spread, arms_of, jobs_of, of_arm

if TYPE_CHECKING:
    from benchmarks.curve import Size

NAMES = {KIT: "this kit", LEAN: "lean floor", OTTER: "otter-grader"}
MARKS = (
    ("#b3541e", "s"),
    ("#1b6ca8", "o"),
    ("#3f7d4e", "^"),
)  # colour and form, by number of cores
SIZE = (7.0, 4.0)  # inches; the page shows some 100 pixels for each
CURVE_SIZE = (7.0, 5.0)
MOST_MEMORY = 150  # MB, the goal for 10,000 submissions
DOTS = 200  # an inch
APART = 0.34  # of the rows of an arm, as a share of the distance of two arms


def draw(rounds: Sequence[Round], path: Path) -> str:
    """Write the picture as PNG; return a text that says what it shows."""
    cores = jobs_of(rounds)
    arms = sorted(arms_of(rounds), key=lambda arm: _cost(rounds, arm, cores[-1]).median)
    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    axes = figure.subplots()
    for lane, (jobs, (colour, mark)) in enumerate(zip(cores, MARKS, strict=False)):
        costs = [_cost(rounds, arm, jobs) for arm in arms]
        places = [row + APART * (lane - (len(cores) - 1) / 2) for row in range(len(arms))]
        medians = [cost.median for cost in costs]
        below = [cost.median - cost.least for cost in costs]
        above = [cost.most - cost.median for cost in costs]
        axes.errorbar(
            medians, places, xerr=(below, above), fmt=mark, color=colour, capsize=3, label=on(jobs)
        )
        for place, cost in zip(places, costs, strict=True):
            axes.annotate(
                f"{cost.median:.0f}",
                (cost.most, place),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.12)
    axes.set_yticks(range(len(arms)), [NAMES.get(arm, arm) for arm in arms])
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds a submission (logarithmic); bars from least to most")
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper right", frameon=False)
    figure.savefig(path, metadata={"Software": None})
    return _text(rounds, arms, cores)


def draw_curve(sizes: Sequence[Size], path: Path) -> str:
    """Write a picture of the CPU time of a submission and of the grader's memory; return a text that says it."""
    counts = [size.submissions for size in sizes]
    cpu = [1e3 * size.grade.cpu / size.submissions for size in sizes]
    memory = [size.grade.alone / 1e6 for size in sizes]
    figure = Figure(figsize=CURVE_SIZE, dpi=DOTS, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.set_title("CPU time of one submission, ms, start-up included", loc="left")
    below.set_title(f"Peak memory of the grader, MB; the line: at most {MOST_MEMORY}", loc="left")
    below.axhline(MOST_MEMORY, color="#888888", ls="--")
    below.set_xlabel("submissions in the class (logarithmic)")
    panels = ((above, cpu, MARKS[0], 1), (below, memory, MARKS[1], -1))
    for axes, values, (colour, mark), side in panels:
        axes.plot(counts, values, mark, ls="-", color=colour)
        _by_size(axes, counts)
        for count, value in zip(counts, values, strict=True):
            _label(axes, count, value, side)
    figure.savefig(path, metadata={"Software": None})
    return (
        f"One submission in a class of {counts[0]:,} and of {counts[-1]:,}: {cpu[0]:.0f} and {cpu[-1]:.0f} ms of CPU "
        f"time; the grader's memory {memory[0]:.0f} and {memory[-1]:.0f} MB."
    )


def _label(axes: Axes, count: int, value: float, side: int) -> None:
    """Write a value beside its mark.  side: 1 for above it, -1 for below."""
    axes.annotate(
        f"{value:.0f}",
        (count, value),
        xytext=(0, 7 * side),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
    )


def _by_size(axes: Axes, counts: Sequence[int]) -> None:
    """The axis of class sizes, and the scale of costs from zero."""
    axes.set_xscale("log")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.margins(x=0.06, y=0.2)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def on(jobs: int) -> str:
    """`on 2 cores`."""
    return f"on {jobs} core{'s' if jobs > 1 else ''}"


def _text(rounds: Sequence[Round], arms: Sequence[str], cores: Sequence[int]) -> str:
    costs = []
    for arm in arms:
        medians = " and ".join(f"{_cost(rounds, arm, jobs).median:.0f}" for jobs in cores)
        costs.append(f"{NAMES.get(arm, arm)} {medians}")
    lanes = " and ".join(map(on, cores))
    return f"Milliseconds a submission {lanes}, medians: {'; '.join(costs)}."


def _cost(rounds: Sequence[Round], arm: str, jobs: int) -> Spread:
    """Milliseconds on the clock that grading a submission takes."""
    some = [r.at(jobs) for r in rounds]
    return of_arm(some, arm, lambda run: 1e3 * run.grading.wall / run.submissions)
