"""Escape text that students chose (names, messages, printed values): one function a destination."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from rich.text import Text

from autograder.student.cards.wording import clean, clip, number, points

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

# A spreadsheet runs a cell that starts with one of these as a formula (OWASP, "CSV Injection").
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
LINE, PASSAGE = 300, 2000
# A workflow that prints a line beginning with "::", or one with "##[" anywhere, takes it as a
# command.
WORKFLOW_COMMAND = re.compile(r"^::|##(?=\[)")


def one_line(text: str, most: int = LINE) -> str:
    """Text for a single line of a terminal or a log: clean, no command, no line breaks, at most `most` characters."""
    return WORKFLOW_COMMAND.sub(
        lambda found: " ".join(found[0]), " ".join(clip(text, most).split())
    )


def terminal(text: str, most: int = LINE, style: str = "") -> Text:
    """Text for rich: never read as markup, without control characters."""
    return Text(one_line(text, most), style=style)


def csv_cell(text: str) -> str:
    """Text for a spreadsheet: a leading apostrophe keeps it text.  Not for numbers.

    Spreadsheets take full-width signs for plain ones, and pass over any kind of space before them.
    """
    plain = clean(text)
    seen = unicodedata.normalize("NFKC", plain).lstrip(" \u200b\ufeff")
    return f"'{plain}" if seen.startswith(STARTS_FORMULA) else plain


@cache
def pages() -> jinja2.Environment:
    """The environment of the HTML templates: everything that is put in is cleaned, clipped and escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.outputs"),
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, points=points, moment=_moment, day=_day, whole=_whole)
    return environment


def _whole(text: str) -> Markup:
    """Text that is not clipped: the kit's own, however long it is."""
    from markupsafe import Markup

    return Markup.escape(clean(text))


def _moment(text: str) -> str:
    """A time in ISO format as people write it, to the minute; other text unchanged."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{time.day} {time:%B %Y, %H:%M} {time:%Z}".rstrip()


def _day(text: str) -> str:
    """The date of a time in ISO format, short enough for a table; other text unchanged."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{time.day} {time:%b %Y}"


def _finalize(value: object) -> object:
    """Clean and clip text; HTML that is already safe (a card, a macro's result) stays as it is."""
    return (
        clip(value, PASSAGE) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )
