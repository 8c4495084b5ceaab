"""Pairs that share more than chance explains: a table, and a page with their answers side by side."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.outputs.escape import one_line, terminal
from autograder.outputs.pages import PageMeta, render
from autograder.reports.similarity import Equal, Likeness, Pair, Shared, Spans

SIMILAR_PAGE = "similar.html"
NAME, EXERCISES, WIDTH = 32, 4, 160
# Pairs of an assignment that are shown side by side; the table has them all.
MOST_PAIRS = 20
# Code that belongs to no exercise.
OTHER_CELLS = "other cells"
# An exercise that is worth less is not shown.
LEAST_BITS = 1.0


def print_similar(found: Sequence[Likeness], stream: TextIO) -> None:
    """Print a table of the pairs, the most alike of each assignment first, and what chance explains."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    console = Console(
        file=stream, width=None if stream.isatty() else WIDTH, highlight=False, markup=False
    )
    with console.capture() as printed:
        if any(likeness.pairs for likeness in found):
            console.print(_table(found))
        for likeness in found:
            for sentence in (in_words(likeness), *_equal_in_words(likeness)):
                line = f"{likeness.assignment}: {sentence}"
                console.print(terminal(line, WIDTH), soft_wrap=True)
    stream.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def _table(found: Sequence[Likeness]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("assignment", "one", "other"):
        table.add_column(name, no_wrap=True)
    table.add_column("bits", justify="right", no_wrap=True)
    table.add_column("where (how much of it is the same, whatever the names)")
    for likeness in found:
        for pair in likeness.pairs:
            names = [terminal(student, NAME) for student in pair.students]
            where = terminal(_where(pair))
            table.add_row(terminal(likeness.assignment, NAME), *names, f"{pair.bits:.0f}", where)
    return table


def _where(pair: Pair) -> str:
    shared = telling(pair)
    texts = [f"{exercise_name(s)} ({100 * s.alike:.0f} %)" for s in shared[:EXERCISES]]
    left = len(shared) - len(texts)
    if left:
        texts.append(f"{left} more")
    return ", ".join(texts)


def in_words(likeness: Likeness) -> str:
    """What was found in one assignment, in a sentence."""
    pairs = likeness.students * (likeness.students - 1) // 2
    if likeness.few:
        return f"{likeness.students} students are too few to separate likeness from chance"
    explained = f"{pairs} pairs; chance explains up to {likeness.needed:.0f} bits"
    if not likeness.pairs:
        return f"{explained}; no pair shares more, the closest shares {likeness.closest:.0f}"
    verb = "shares" if len(likeness.pairs) == 1 else "share"
    listed = f", of which the closest {len(likeness.pairs)} are listed" if likeness.more else ""
    return f"{explained}; {len(likeness.pairs) + likeness.more} {verb} more{listed}"


def _equal_in_words(likeness: Likeness) -> list[str]:
    """A line for each group that is equal in everything, and one line for all others."""
    whole = [equal for equal in likeness.equal if equal.everything]
    said = [
        f"{', '.join(equal.students)}: equal to the byte in {equal_where(equal)}" for equal in whole
    ]
    others = len(likeness.equal) - len(whole)
    if others:
        verb = "group has" if others == 1 else "groups have"
        said.append(f"{others} {verb} some answers that are equal to the byte; the page lists them")
    return said


def equal_where(equal: Equal) -> str:
    """In which answers the students of one group are equal to the byte."""
    if equal.everything:
        count = len(equal.exercises)
        return "the one answer" if count == 1 else f"all {count} answers"
    return ", ".join(exercise or OTHER_CELLS for exercise in equal.exercises)


def without_pairs(found: Sequence[Likeness], meta: PageMeta) -> list[str]:
    """What is to be said of the assignments without a pair, or with more than are listed, each thing once."""
    few = [meta.title(likeness.assignment) for likeness in found if likeness.few]
    closer = [
        f"{meta.title(likeness.assignment)} ({likeness.closest:.0f} of {likeness.needed:.0f} bits)"
        for likeness in found
        if not likeness.few and not likeness.pairs
    ]
    said = []
    if few:
        said.append(f"Too few students to separate likeness from chance: {', '.join(few)}.")
    said += [
        f"{meta.title(likeness.assignment)}: {in_words(likeness)}."
        for likeness in found
        if likeness.more
    ]
    if closer:
        said.append(f"No pair shares more than chance explains: {', '.join(closer)}.")
    return said


def exercise_name(shared: Shared) -> str:
    """The name of the exercise, or a name for code that belongs to none."""
    return shared.exercise or OTHER_CELLS


def telling(pair: Pair) -> tuple[Shared, ...]:
    """The exercises of a pair that are worth a look; the most telling one at least."""
    others = tuple(shared for shared in pair.shared[1:] if shared.bits >= LEAST_BITS)
    return pair.shared[:1] + others


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of code, and whether both have it."""

    text: str
    shared: bool


def pieces(text: str, spans: Spans) -> tuple[Piece, ...]:
    """The code, cut where a shared stretch begins or ends."""
    cuts = [0, *(end for span in spans for end in span), len(text)]
    parts = [Piece(text[a:b], bool(i % 2)) for i, (a, b) in enumerate(pairwise(cuts))]
    return tuple(piece for piece in parts if piece.text)


def similar_page(found: Sequence[Likeness], meta: PageMeta) -> str:
    """The page: the answers of every pair side by side, with what both have marked."""
    words = {
        "without_pairs": without_pairs,
        "exercise_name": exercise_name,
        "equal_where": equal_where,
        "telling": telling,
        "pieces": pieces,
    }
    return render(
        "similar.html.j2", meta, walls=[], found=found, most=MOST_PAIRS, one_line=one_line, **words
    )
