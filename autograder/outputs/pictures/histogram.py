"""Lay out a histogram of scores: bars, ticks and labels.  The template draws them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.outputs.tally import Bin
from autograder.student.cards.wording import number

# In units of the drawing; type is 13 of them, so that it is legible on a phone.
WIDTH, HEIGHT = 520.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 6.0, 22.0, 48.0
GAP = 0.16
LABELS = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: its rectangle, its label on the axis (or ""), and its range in words."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str
    words: str

    @property
    def middle(self) -> float:
        """The x at which its label and its count are centred."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the drawing, labelled with a number of students."""

    y: float
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """A histogram, laid out.  text: the alternative text."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    text: str
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    floor: float = HEIGHT - BOTTOM


def draw_histogram(bins: Sequence[Bin]) -> Histogram | None:
    """Lay out a histogram; None if there is nothing to show."""
    tallest = max((b.count for b in bins), default=0)
    if not tallest:
        return None
    step = (WIDTH - LEFT - RIGHT) / len(bins)
    unit = (HEIGHT - TOP - BOTTOM) / tallest
    every = -(-len(bins) // LABELS)
    bars = []
    for i, b in enumerate(bins):
        # Counted from the right, so that all points always carry their label.
        label = number(b.low) if (len(bins) - 1 - i) % every == 0 else ""
        x, height = LEFT + step * (i + GAP / 2), unit * b.count
        y = HEIGHT - BOTTOM - height
        bars.append(
            Bar(x, y, step * (1 - GAP), height, b.count, label, _words(b, last=i == len(bins) - 1))
        )
    tick = next(size for size in _round_numbers() if tallest / size <= 5)
    ticks = tuple(Tick(HEIGHT - BOTTOM - unit * n, n) for n in range(0, tallest + 1, tick))
    return Histogram(tuple(bars), ticks, _text(bars))


def _round_numbers() -> list[int]:
    return [unit * 10**power for power in range(7) for unit in (1, 2, 5)]


def _words(b: Bin, *, last: bool) -> str:
    if last:
        return f"{number(b.low)} (all points)"
    return f"{number(b.low)} to under {number(b.high)}"


def _text(bars: Sequence[Bar]) -> str:
    counts = ", ".join(f"{bar.words}: {bar.count}" for bar in bars if bar.count)
    return f"Number of students by points. {counts}."
