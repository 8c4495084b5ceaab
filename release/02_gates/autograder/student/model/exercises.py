"""What an exercise is: parts that carry points, checks, cases, and the code a check runs.

Plain data, no behaviour.  The visible half of the catalogue (`autograder.student.checks`) is written in these
types and ships to students; the hidden half uses the same types and stays with the grader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from autograder.student.model.circuits import Wire

if TYPE_CHECKING:
    from autograder.student.judging.rules import Rule

Inputs = Mapping[str, object]


class _Unknown:
    """Stands for an expected answer that only the grader's reference can give."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Probe:
    """A few lines of code that run beside the student's functions and return plain values.

    `setup` holds the lines that come first (may be empty); `call` is the expression whose value is judged;
    `names` are what its value is unpacked into.  One name: the value itself.  Several: a tuple, list or array in that
    order; if `keyed`, a dict with those keys, which are wires of a graph in the order in which they are computed;
    if `either`, in that order or a dict with those keys, as the exercise's docstring allows.
    `wires`: the graph that the code runs through, parents first, so that a check can say where it goes wrong first.
    `alone`: lines that define alone(gate, parents, numbers, upstream, before), which runs one gate of the student's by
    itself and returns its value and what it adds to the gradient of each operand, which is `before` to begin with.
    """

    call: str
    names: tuple[str, ...]
    setup: str = ""
    keyed: bool = False
    either: bool = False
    wires: tuple[Wire, ...] = ()
    alone: str = ""

    @property
    def text(self) -> str:
        """The probe as code that a student can paste below their own."""
        target = "wires" if self.keyed else ", ".join(self.names)
        return f"{self.setup}\n{target} = {self.call}".strip()


@dataclass(frozen=True, slots=True)
class Case:
    """Inputs for a probe, by name, and the answers expected of it, by the probe's names.

    terms: of an answer that is a sum, its named terms, so that one that is missing can be told.
    """

    inputs: Inputs
    expected: Mapping[str, object] | _Unknown = UNKNOWN
    terms: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of an exercise's points, earned only when all checks of the part pass."""

    name: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of a student's code: run `probe` on every case and judge the answers by `rule`.

    `judges` maps the probe's names to the parts that lose their points when that answer is wrong.  `text` is
    what the student reads: a sentence that says what must be true.  `on_purpose` says to authors why its points lie
    where right and wrong answers meet (on a kink, in saturation, under an upstream of ones); "" if they do not.
    """

    text: str
    probe: Probe
    cases: tuple[Case, ...]
    judges: Mapping[str, str]
    rule: Rule
    hidden: bool = False
    on_purpose: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One graded function or class of a notebook, with everything a student may know about its grading.

    bonus: its points are earned on top; they are no part of what an assignment counts up to.
    """

    name: str
    title: str
    slides: tuple[int, ...]
    parts: tuple[Part, ...]
    hints: tuple[str, ...]
    checks: tuple[Check, ...]
    builds_on: tuple[str, ...] = ()
    bonus: bool = False

    @property
    def points(self) -> float:
        """Points of all parts."""
        return sum(part.points for part in self.parts)


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question that a person grades."""

    name: str
    points: float
    slides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One notebook: its name (`NN_slug`), its title, and its exercises in the order of the notebook."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    written: tuple[WrittenQuestion, ...] = field(default=())

    @property
    def checked(self) -> float:
        """Points that checks decide about: of all exercises but bonuses, without the written questions."""
        return sum(e.points for e in self.exercises if not e.bonus)

    @property
    def points(self) -> float:
        """Points of all exercises and written questions; a bonus can only lift what is earned, not this."""
        return self.checked + sum(w.points for w in self.written)

    def exercise(self, name: str) -> Exercise:
        """The exercise called `name`; KeyError if there is none."""
        return {e.name: e for e in self.exercises}[name]
