"""Read the table of the lecture's slides: what each says, and the numbers that it prints."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SlideNumbers:
    """Numbers printed on a slide, and how students' functions give them.

    printed: the digits of the slide; empty where it prints none.  by: the notebook whose functions `call` names.
    ours: the exact values, to four decimals or more.  note: why both differ by more than rounding.
    """

    printed: str
    by: str
    call: str
    ours: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide: what it says, and words of which a text that names it holds at least one."""

    number: int
    says: str
    words: tuple[str, ...]
    numbers: tuple[SlideNumbers, ...]


@cache
def lecture() -> tuple[Slide, ...]:
    """All slides, in order."""
    text = (files("autograder.authoring.build") / "slides.toml").read_text(encoding="utf-8")
    return tuple(_slide(row) for row in tomllib.loads(text)["slides"])


def _slide(row: dict[str, object]) -> Slide:
    match row:
        case {"number": int(number), "says": str(says), "words": list(words)}:
            rows = row.get("numbers", [])
            assert isinstance(rows, list)
            numbers = tuple(SlideNumbers(**{**one, "ours": tuple(one["ours"])}) for one in rows)
            return Slide(number, says, tuple(words), numbers)
    raise ValueError(f"slides.toml: {row} is not a slide; give it a number, says and words")
