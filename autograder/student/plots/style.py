"""Pictures that a student's own functions bring to life, and the style they share.

Every plot takes the student's functions, draws, and shows the figure with a text for readers who cannot
see it.  A function that is still a stub gives a sentence instead of a picture, so that "Run all" runs on.
Colours are Okabe and Ito's, which colour-blind readers can tell apart; no meaning rests on colour alone.
Matplotlib comes in with the first picture: the grader imports these modules too, with the notebooks' first cells.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
from IPython.display import HTML, display

from autograder.student.judging.findings import unpack
from autograder.student.judging.judge import NOT_ATTEMPTED
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Inputs, Probe

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, GREY, INK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#767676",
    "#222222",
)
DPI = 150
STYLE: Any = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
}

P = ParamSpec("P")
Function = Callable[..., Any]
UNFILLED = (
    "This picture is drawn by your own functions. Fill in the cells above, then run this one again."
)


def explained(draw: Callable[P, None]) -> Callable[P, None]:
    """Let `draw` say why there is no picture, where an answer above is missing or stops, instead of
    a traceback that stops the notebook."""

    @wraps(draw)
    def patient(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except NotImplementedError:
            print(UNFILLED)
        except Exception as error:  # a student's half-done answer may raise anything
            name = type(error).__name__
            print(
                f"There is no picture: your code above stops with {name}. Its check says where; then come back."
            )

    return patient


@cache
def signed_colours() -> LinearSegmentedColormap:
    """From orange for numbers below zero, over white, to blue for those above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [ORANGE, "white", BLUE])


@contextmanager
def figure(width: float, height: float, alt: str, columns: int = 1) -> Iterator[tuple[Figure, Any]]:
    """A figure of the kit's style, shown with `alt` as its text when the block ends."""
    import matplotlib.pyplot as plt

    with plt.rc_context(STYLE):
        drawing, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
        try:
            yield drawing, axes
            show_figure(drawing, alt)
        finally:
            plt.close(drawing)


def show_figure(drawing: Figure, alt: str) -> None:
    """Show a figure as an image with alternative text, which needs no other file."""
    png = BytesIO()
    drawing.savefig(png, format="png", dpi=DPI, facecolor="white")
    data = base64.b64encode(png.getvalue()).decode()
    width = round(drawing.get_figwidth() * 96)
    attributes = f'alt="{html.escape(alt)}" width="{width}" style="max-width:100%"'
    display(HTML(f'<img {attributes} src="data:image/png;base64,{data}">'))


def ask(
    functions: Mapping[str, Function],
    probe: Probe,
    cases: Sequence[Inputs],
    shape: tuple[int, ...] = (),
) -> list[dict[str, np.ndarray]]:
    """What the student's functions, by name, give to `probe` in each case: float64 arrays of `shape`, all finite.

    Where that is not to be had: a sentence for the student, and nothing.
    """
    found = []
    for answer in LocalStudent(functions).answers(probe, cases):
        if answer.failure and answer.failure.type == NOT_ATTEMPTED:
            print(UNFILLED)
            return []
        named = unpack(probe, answer.value)
        arrays = (
            {}
            if isinstance(named, str)
            else {key: as_numbers(value) for key, value in named.items()}
        )
        numbers = {
            key: array.astype(np.float64)
            for key, array in arrays.items()
            if not isinstance(array, str)
        }
        fits = [array.shape == shape and np.isfinite(array).all() for array in numbers.values()]
        if answer.failure or len(fits) < len(probe.names) or not all(fits):
            print(
                "This picture is drawn by your own functions. One of them does not fit yet: see the checks above."
            )
            return []
        found.append(numbers)
    return found
