"""Pictures that a student's own functions bring to life, and the style they share.

Every plot takes the student's functions, draws, and shows the figure with a text for readers who cannot
see it.  A function that is still a stub gives a sentence instead of a picture, so that "Run all" runs on.
Colours are Okabe and Ito's, which colour-blind readers can tell apart; no meaning rests on colour alone.
Matplotlib comes in with the first picture: the grader imports these modules too, with the notebooks' first cells.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, ParamSpec

from IPython.display import HTML, display

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


def needs_answers(draw: Callable[P, None]) -> Callable[P, None]:
    """Let `draw` say which cell to fill when it meets a stub, instead of stopping the notebook."""

    @wraps(draw)
    def patient(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except NotImplementedError:
            print(
                "This picture is drawn by your own functions. Fill in the cells above, then run this one again."
            )

    return patient


def explained(draw: Callable[P, None]) -> Callable[P, None]:
    """Let `draw` say that the answers above stop with an error, instead of a traceback through the
    kit's own code."""

    @wraps(draw)
    def patient(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except NotImplementedError:
            raise
        except Exception as error:  # a student's half-done class may raise anything
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
