"""What the corpus is made of: a function with its gradient at a point, and candidates for that gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

Point = Mapping[str, np.ndarray]
Loss = Callable[..., float]
Gradient = Callable[..., dict[str, object]]
Terms = Callable[..., dict[str, dict[str, np.ndarray]]]


class Kind(Enum):
    """What is true of a candidate."""

    RIGHT = "right"
    VALUE = "value"  # wrong, and by more than a thousandth
    TINY = "tiny"  # off by 1e-4 to 1e-6, in a constant or in one element
    HIDDEN = "hidden"  # wrong by less than a float64 loss can show, or at a kink alone
    FORM = "form"  # no gradient at all: a wrong shape, nan, other numbers each time, a missing name
    NUMERIC = "numeric"  # right numbers from finite differences, where a formula is asked for


@dataclass(frozen=True, slots=True)
class Subject:
    """A loss f(**x), its right gradient {name: array}, and a point.

    others: further right gradients.  own: wrong ones that only this function has, with the relation that names them
    ("" where there is no simple one).  terms: the gradient as named terms that sum up to it.  sizes: named array
    sizes.  kinks: by name, where f has a kink, so that there is more than one right slope.
    beside: how far a kink is, where one is near.  coarse: the size of the numbers on the way, if larger than the loss.
    """

    family: str
    place: str
    f: Loss
    gradient: Gradient
    x: Point
    others: Mapping[str, Gradient] = field(default_factory=dict)
    own: Mapping[str, tuple[Gradient, str]] = field(default_factory=dict)
    terms: Terms | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    kinks: Mapping[str, np.ndarray] = field(default_factory=dict)
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)
    coarse: float = 0.0

    @property
    def name(self) -> str:
        """`softmax cross-entropy, saturated`."""
        return f"{self.family}, {self.place}"

    @property
    def parameters(self) -> int:
        """How many numbers the gradient has."""
        return sum(value.size for value in self.x.values())


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a student might hand in as a subject's gradient.

    make: gives the gradient function as on its first day; some remember their earlier calls.  relation: the name that
    a relation finder should give it, or several with | between them.  "" where no simple relation
    exists; after a leading |, names that would be true by chance of the numbers.
    """

    subject: Subject
    mistake: str
    make: Callable[[], Gradient]
    kind: Kind
    relation: str = ""


def scale_of(values: np.ndarray) -> np.ndarray:
    """How far each number can be moved and still be of its size: its own size, at least the median one."""
    sizes = np.abs(np.asarray(values, float))
    return np.maximum(sizes, np.median(sizes[sizes > 0]) if (sizes > 0).any() else 1.0)


def reach_of(subject: Subject, name: str) -> np.ndarray:
    """How far each number can be moved before the function changes its branch, or is far from what it was."""
    return np.minimum(scale_of(subject.x[name]), subject.beside.get(name, np.inf))


def rescaled(subject: Subject, size_in: float, size_out: float) -> Subject:
    """The same function of numbers `size_in` times as large, with a loss `size_out` times as large."""

    def inside(x: Point) -> Point:
        return {name: value / size_in for name, value in x.items()}

    def loss(**x: np.ndarray) -> float:
        return size_out * subject.f(**inside(x))

    def scaled(gradient: Gradient) -> Gradient:
        def made(**x: np.ndarray) -> dict[str, object]:
            return {
                name: value * (size_out / size_in) for name, value in gradient(**inside(x)).items()
            }

        return made

    def terms(**x: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
        made = subject.terms(**inside(x)) if subject.terms else {}
        return {
            name: {t: v * (size_out / size_in) for t, v in of.items()} for name, of in made.items()
        }

    return replace(
        subject,
        place=f"{subject.place}, scales {size_in:g} and {size_out:g}",
        f=loss,
        gradient=scaled(subject.gradient),
        x={name: value * size_in for name, value in subject.x.items()},
        others={name: scaled(g) for name, g in subject.others.items()},
        own={name: (scaled(g), relation) for name, (g, relation) in subject.own.items()},
        terms=terms if subject.terms else None,
        beside={name: size_in * value for name, value in subject.beside.items()},
        coarse=size_out * subject.coarse,
    )
