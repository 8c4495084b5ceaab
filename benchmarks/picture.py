"""Draw what a submission takes by each arm, on one core and on more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from benchmarks.summary import KIT, LEAN, OTTER, Round, Spread, arms_of, jobs_of, of_arm

NAMES = {KIT: "this kit", LEAN: "lean floor", OTTER: "otter-grader"}
MARKS = (
    ("#b3541e", "s"),
    ("#1b6ca8", "o"),
    ("#3f7d4e", "^"),
)  # colour and form, by number of cores
SIZE = (7.0, 4.0)  # inches; the page shows some 100 pixels for each
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
