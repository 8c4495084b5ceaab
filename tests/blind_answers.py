"""Wrong answers written from the release alone, before the hidden catalogue and the code that names were opened.

Each is one mistake that a student in the second year makes.  Every second one was never looked at
while names were made.  They stand in blind_answers.txt, each below a line that says where it belongs, what is wrong
with it and which names fit; one without that is right, and those after it may be edits of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = "#: "


@dataclass(frozen=True)
class Blind:
    """An answer, what is wrong with it, and the names that fit."""

    assignment: str
    exercise: str
    wrong: str
    names: tuple[str, ...]
    source: str

    @property
    def cells(self) -> dict[str, str]:
        """The texts of the answer's cells; a backward pass may stand in one text with its forward pass."""
        forward = self.exercise.replace("_backward", "_forward")
        start = self.source.find(f"def {self.exercise}(")
        if start <= 0 or f"def {forward}(" not in self.source:
            return {self.exercise: self.source}
        return {forward: self.source[:start].rstrip() + "\n", self.exercise: self.source[start:]}


def _read(text: str) -> Iterator[Blind]:
    """The answers in a text."""
    right = {}
    for block in text.removeprefix(HEAD).split(f"\n{HEAD}"):
        head, _, body = block.partition("\n")
        place, _, rest = head.partition(": ")
        assignment, exercise = place.split(", ")
        wrong, _, names = rest.partition(" -> ")
        source = body.strip("\n") + "\n"
        if not wrong:
            right[exercise] = source
            continue
        if source.startswith("- "):
            old, new = source.removeprefix("- ").rstrip("\n").split("\n+ ")
            assert right[exercise].count(old) == 1, old
            source = right[exercise].replace(old, new)
        fitting = tuple(filter(None, names.split(" | ")))
        yield Blind(assignment, exercise, wrong, fitting, source)


ANSWERS = list(_read(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")))
