"""Pictures that a student's own functions bring to life, and the style they share.

Every plot takes the student's functions, draws, and shows the figure with a text for readers who cannot
see it.  A function that is still a stub gives a sentence instead of a picture, so that "Run all" runs on.
Colours are Okabe and Ito's, which colour-blind readers can distinguish; no meaning rests on colour alone.
Matplotlib comes in with the first picture: the grader imports these modules too, with the notebooks' first cells.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from io import StringIO
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np
from IPython.display import display

from autograder.student.cards.style import LIGHT, PLOT_LAYOUT, THEME
from autograder.student.judging.findings import unpack
from autograder.student.judging.judge import NOT_ATTEMPTED
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Inputs, Probe

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

# A picture is drawn in the light theme's colours; in the SVG, the theme's variables take their place.
_VARIABLES = {
    colour: f"var({name})" for name, colour in re.findall(r"(--agk-\w+):(#[0-9a-f]{6})", LIGHT)
}
PAPER, INK, GREY, GREEN, RED, BLUE, ORANGE = (
    re.findall(rf"--agk-{name}:(#[0-9a-f]{{6}})", LIGHT)[0]
    for name in ("paper", "ink", "quiet", "good", "bad", "blue", "warm")
)
# Colours on an image, and of cells, which look the same in every theme.
FIXED_PAPER, FIXED_INK, FIXED_GREY, FIXED_BLUE, FIXED_RED, FIXED_ORANGE = (
    "#fefefe",
    "#000000",
    "#767676",
    "#0072b2",
    "#c04a00",
    "#e69f00",
)
DPI = 150
STYLE: Any = {
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "svg.hashsalt": "picture",
}

P = ParamSpec("P")
Function = Callable[..., Any]
UNFILLED = (
    "This picture is drawn by your own functions. Fill in the cells above, then run this one again."
)


def explained(draw: Callable[P, None]) -> Callable[P, None]:
    """Show a sentence, not a traceback, where `draw` needs an answer that is missing or stops."""

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


class PlotOutput:
    """An output that a notebook shows as HTML, and a console without HTML as the alternative text.

    A notebook from somebody else is not trusted: JupyterLab removes styles and shapes from its outputs and
    keeps images.  Then the same picture is shown as an image, which the style hides otherwise.

    drawn: the picture as an SVG file with colours of its own; "" for a table, which needs none.
    """

    def __init__(self, body: str, alt: str, drawn: str = "", layout: str = PLOT_LAYOUT) -> None:
        file = f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"
        image = f'<img class="agk-plain" alt="{html.escape(alt)}" src="{file}">' if drawn else ""
        self.data = f"<style>{THEME}{layout}.agk-plain{{display:none}}</style>{body}{image}"
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        return self.data


@cache
def signed_colours() -> LinearSegmentedColormap:
    """From orange for numbers below zero, over white, to blue for those above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [FIXED_ORANGE, "white", FIXED_BLUE])


def signed_legend(drawing: Figure, axes: Any, bound: float | None = None) -> None:
    """Explain `signed_colours` beside `axes`: by numbers up to `bound`, or in words without one."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    top = bound or 1.0
    numbers = ScalarMappable(Normalize(-top, top), signed_colours())
    bar = drawing.colorbar(
        numbers, ax=axes, ticks=[-top, 0, top], shrink=0.6, fraction=0.02, pad=0.02
    )
    bar.ax.set_yticklabels(
        [f"{-top:.2g}", "0", f"{top:.2g}"] if bound else ["below 0", "0", "above 0"]
    )
    if bar.solids:
        bar.solids.set_rasterized(True)


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
    """Show a figure as SVG in the colours of the notebook's theme, with alternative text."""
    written = StringIO()
    drawing.savefig(written, format="svg", dpi=DPI, transparent=True)
    svg = written.getvalue()
    start = svg.index(">", svg.index("<svg")) + 1
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    drawn = svg[svg.index("<svg") : start] + paper + svg[start:]
    display(PlotOutput(f'<div class="agk-plot">{_inline(svg, alt)}</div>', alt, drawn))


def _inline(svg: str, alt: str) -> str:
    """Matplotlib's SVG as a part of a page: named, themed, and with ids that no other picture has."""
    box = re.findall(r'viewBox="([^"]+)"', svg)[0]
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    # The style would change every element of the page; nobody needs metadata and comments.
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.S)
    body = re.sub(r'<g id="text_\d+"', '<g class="agk-words"', body)
    body = re.sub(r'<g id="[\w.]+_\d+"', "<g", body)
    name = hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(
        r"((?:fill|stroke): )(#[0-9a-f]{6})",
        lambda found: found[1] + _VARIABLES.get(found[2], found[2]),
        body,
    )
    width = round(float(box.split()[2]) / 72 * 96)
    opening = f'<svg role="img" aria-label="{html.escape(alt)}" width="{width}" viewBox="{box}">'
    return re.sub(r"\s*\n\s*", "\n", opening + body)


def ask(
    functions: Mapping[str, Function],
    probe: Probe,
    cases: Sequence[Inputs],
    shape: tuple[int, ...] = (),
) -> list[dict[str, np.ndarray]]:
    """What the student's functions, by name, give to `probe` in each case: float64 arrays of `shape`, all finite.

    If they cannot be computed: a sentence for the student, and nothing.
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
