"""What a comparison of submissions found: pairs that share more than chance explains.  For a person to look at."""

from __future__ import annotations

from dataclasses import dataclass

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """What two answers to one exercise share: how many bits it is worth, and where it stands in both texts.

    exercise: "" for cells that belong to none.  alike: how much of the two is the same in the same order, whatever the
    names, 0 to 1.
    """

    exercise: str
    bits: float
    alike: float
    texts: tuple[str, str]
    spans: tuple[Spans, Spans]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two students, and what they share, the most telling exercise first."""

    students: tuple[str, str]
    bits: float
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """Students whose answers to some exercises are equal to the byte.

    everything: their answers are equal in all that they wrote.
    """

    students: tuple[str, ...]
    exercises: tuple[str, ...]
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Likeness:
    """One assignment: how many students, the bits that chance explains, and the pairs above, most alike first.

    closest: of all pairs the most bits.  few: there are too few students to measure chance, and no pair is listed.
    equal: answers that are equal to the byte, whatever chance explains.  more: pairs above that are not listed.
    """

    assignment: str
    students: int
    needed: float
    closest: float
    pairs: tuple[Pair, ...]
    few: bool = False
    equal: tuple[Equal, ...] = ()
    more: int = 0
