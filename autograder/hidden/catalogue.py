"""The types of the hidden half of the catalogue.

A hidden check draws its inputs from the course's secret seed; the reference gives the expected answers.  A
misconception is a named wrong answer, written as a small edit of the reference's own: it tests the grader (it must
lose points and be named) and it diagnoses students.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Inputs, Probe, Rule

EXACT = Values()
Draw = Callable[[np.random.Generator], Sequence[Inputs]]


@dataclass(frozen=True, slots=True)
class HiddenCheck:
    """A check whose inputs are drawn from the course's seed.  Students may read its `text`.

    terms: of each answer that is a sum, its terms as expressions over the inputs and the reference's functions, by the
    words that name them to a student; they must add up to the answer.  on_purpose: why its points lie where `verify`
    forbids it (on a kink, where a gradient vanishes, under an upstream of ones); "" if they do not.
    """

    exercise: str
    text: str
    probe: Probe
    draw: Draw
    judges: Mapping[str, str]
    rule: Rule = EXACT
    on_purpose: str = ""
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


# How a wrong answer is written: (old, new) pairs applied to the reference answer's source, each
# `old` occurring exactly once; or the whole cell, as a student may write it.
Form = tuple[tuple[str, str], ...] | str


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong answer with a name.

    form: how it is written.  text: what a student reads; it names the mistake and never gives the answer.  others:
    further forms of the same mistake, whose numbers may differ.
    """

    exercise: str
    name: str
    text: str
    form: Form
    others: tuple[Form, ...] = ()

    @property
    def realisations(self) -> tuple[Misconception, ...]:
        """The misconception in each of its forms by itself."""
        return tuple(replace(self, form=form, others=()) for form in (self.form, *self.others))


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Changes of one line of a reference answer that no check can see, because the answer is right all the same.

    was: the line, as `verify` shows it in the diff of a survivor.  now: what may stand there instead.  reason: the
    proof, in a sentence.
    """

    exercise: str
    was: str
    now: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """Conditions that the text of an exercise excludes, so that no check has to try them.

    conditions: as the condition audit writes them, `f(x: a zero)`; `*` and `?` stand for any text.  reason: the
    sentence of the docstring that excludes them, or why the reference cannot differ there.
    """

    exercise: str
    conditions: tuple[str, ...]
    reason: str


# What a stand-in returns several results with: an answer that calls it may take them in their order, by their names as
# from a dict, or as attributes, since a student's own function in that place may return any of these.
SEVERAL = """\
class Several(tuple):
    def __new__(cls, **named):
        made = super().__new__(cls, named.values())
        vars(made).update(named)
        return made

    def __getitem__(self, place):
        return vars(self)[place] if isinstance(place, str) else super().__getitem__(place)

"""


@dataclass(frozen=True, slots=True)
class HiddenAssignment:
    """The hidden half of one assignment.

    equivalents: the mutants that `verify` cannot kill, and why nobody can.  excluded: conditions that no check tries.
    stand_ins: functions that take an exercise's place where one that calls it is judged, by the exercise.  One answers
    to every input, by rules of its own: both the student's answer and the reference are run on it.
    """

    name: str
    checks: tuple[HiddenCheck, ...]
    misconceptions: tuple[Misconception, ...]
    equivalents: tuple[Equivalent, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @property
    def realisations(self) -> tuple[Misconception, ...]:
        """Every misconception in each of its forms."""
        return tuple(form for mistake in self.misconceptions for form in mistake.realisations)
