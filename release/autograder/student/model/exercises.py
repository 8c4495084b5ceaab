"""What an exercise is: parts that carry points, checks, cases, and the code a check runs.

Plain data, no behaviour.  The visible half of the catalogue (`autograder.student.checks`) is written in these
types and ships to students; the hidden half uses the same types and stays with the grader.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from autograder.student.model.circuits import Wire
from autograder.student.model.results import Finding

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]
# Seconds of CPU time that one call of a student's code may use, in the notebook and at grading.
CALL_SECONDS = 5.0
DEEPEST = 32  # levels of a nested value that are looked at
# What a student reads of a name that Python does not know.
NOT_DEFINED = "{0} is not defined; run the cell above that defines {0}, or correct the name"

_IN_A_DICT = re.compile(r'\w+\["\w+"\]')


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
    order, or a dict with those keys, so they are those of the exercise's docstring; if `keyed`, a dict and nothing
    else, whose keys are wires of a graph in the order in which they are computed.
    `wires`: the graph that the code runs through, parents first, so that a check can say where it goes wrong first.
    `alone`: lines that define alone(gate, parents, numbers, upstream, before), which runs one gate of the student's by
    itself and returns its value and what it adds to the gradient of each operand, which is `before` to begin with.
    `watched`: see to it whether functions of the student's are called with an input that is nudged.
    `stand_ins`: definitions that take the place of the student's own of those names while the probe runs.
    """

    call: str
    names: tuple[str, ...]
    setup: str = ""
    keyed: bool = False
    wires: tuple[Wire, ...] = ()
    alone: str = ""
    watched: bool = False
    stand_ins: str = ""

    @property
    def text(self) -> str:
        """The probe as code that a student can paste below their own."""
        target = "wires" if self.keyed else ", ".join(self.names)
        return f"{self.setup}\n{target} = {self.call}".strip()

    def shown(self, name: str) -> str:
        """What the student's code calls an answer: `grads["W1"]` where the call takes `dW1` out of a dict."""
        parts = dict(zip(self.names, self.call.split(", "), strict=False))
        return parts[name] if _IN_A_DICT.fullmatch(parts.get(name, "")) else name


@dataclass(frozen=True, slots=True)
class Case:
    """Inputs for a probe, by name, and the answers expected of it, by the probe's names.

    terms: the named terms of answers that are sums, so that a finding can name a missing one.
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


class Stop(Enum):
    """Why a probe gave no value."""

    RAISED = "raised"
    TIMED_OUT = "timed out"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Failure:
    """How student code stopped: type and message of the exception, and the student's innermost function.

    code: the line itself, "" where it is not known.  plain: what went wrong in better words than the
    exception's message, "" where that will do.
    """

    stop: Stop
    type: str
    message: str
    function: str = ""
    line: int = 0
    code: str = ""
    plain: str = ""

    @property
    def text(self) -> str:
        """One line for a person: `ValueError in sigmoid, in the line "return 1 / x": ...`."""
        place = f" in {self.function}" if self.function else ""
        if self.stop is not Stop.RAISED:
            return f"{self.message}{place}{self._at}"
        words = self.plain or self.message
        return f"{self.type}{place}{self._at}" + (f": {words}" if words else "")

    @property
    def _at(self) -> str:
        """The line: as it is written, since a notebook shows no numbers; else its number."""
        if self.code:
            return f", in the line “{self.code}”"
        if not self.line:
            return ""
        return f", line {self.line}" if self.function else f" at line {self.line}"

    @property
    def discreet(self) -> str:
        """The same without words that student code chose, which could reveal a hidden input."""
        if self.stop is not Stop.RAISED:
            return self.message
        known = isinstance(getattr(builtins, self.type, None), type)
        return f"{self.type if known else 'an exception'} was raised" + (
            f" at line {self.line}" if self.line else ""
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of a probe, or its failure; the warnings it raised and the inputs it changed in place.

    nudged: the inputs at which a slope was measured, of a probe that is watched.  printed: the beginning of what it
    printed.
    """

    value: object = None
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    nudged: tuple[str, ...] = ()
    printed: str = ""


class Student(Protocol):
    """Runs probes beside one student's code."""

    def defined(self, names: Sequence[str]) -> frozenset[str]:
        """Which of `names` the student's code defines."""
        ...

    def answers(self, probe: Probe, inputs: Iterable[Inputs]) -> list[Answer]:
        """Run `probe` once on each set of inputs, each time on fresh copies."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of a student's code: run `probe` on every case and judge the answers by `rule`.

    `judges` maps the probe's names to the parts that lose their points when that answer is wrong.  `text` is
    what the student reads: a sentence that says what must be true.  `on_purpose` tells authors why its points
    lie where right and wrong answers agree (on a kink, in saturation, with an upstream of ones), else "".
    """

    text: str
    probe: Probe
    cases: tuple[Case, ...]
    judges: Mapping[str, str]
    rule: Rule
    hidden: bool = False
    on_purpose: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a check saw: the student's answers case by case, and the findings, none if all is right."""

    check: Check
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...] = ()


class Rule(Protocol):
    """Judges one check."""

    def judge(self, student: Student, check: Check) -> Trial:
        """Run the check's cases and say what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Exercise:
    """One graded function or class of a notebook, with everything a student may know about its grading.

    hints: in the order in which they are shown; only the last may state the formula.  hint_parts: the
    parts that a hint is about, by its place; the others are about all.  bonus: its points come on top
    of the assignment's.
    """

    name: str
    title: str
    slides: tuple[int, ...]
    parts: tuple[Part, ...]
    hints: tuple[str, ...]
    checks: tuple[Check, ...]
    builds_on: tuple[str, ...] = ()
    bonus: bool = False
    hint_parts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def hints_for(self, lost: Collection[str]) -> list[str]:
        """The hints for an answer that lost these parts, those for other parts left out."""
        about = [set(self.hint_parts.get(i, lost)) for i in range(len(self.hints))]
        return [hint for hint, parts in zip(self.hints, about, strict=True) if parts & set(lost)]

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

    @property
    def id(self) -> str:
        """The id of its cell in the notebook."""
        return f"written_{self.name}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One notebook: its name (`NN_slug`), its title, and its exercises in the order of the notebook.

    dropped: ids of the exercises and written questions that the course leaves out.
    """

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    written: tuple[WrittenQuestion, ...] = field(default=())
    dropped: tuple[str, ...] = ()

    @property
    def checked(self) -> float:
        """Points that checks can give, without bonuses and written questions."""
        return sum(e.points for e in self.exercises if not e.bonus)

    @property
    def points(self) -> float:
        """Points of all exercises and written questions; a bonus does not raise them."""
        return self.checked + sum(w.points for w in self.written)

    def exercise(self, name: str) -> Exercise:
        """The exercise called `name`; KeyError if there is none."""
        return {e.name: e for e in self.exercises}[name]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a course takes of the catalogue, by the ids of exercises and written questions.

    use: the assignments, all if it is empty.  points: by assignment, where they are not the catalogue's.
    """

    use: tuple[str, ...] = ()
    points: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    drop: tuple[str, ...] = ()

    def of(self, assignment: Assignment) -> Assignment:
        """The assignment without what is dropped, and with the points of the course."""
        points = self.points.get(assignment.name, {})
        written = [replace(w, points=points.get(w.id, w.points)) for w in assignment.written]
        ids = [e.name for e in assignment.exercises] + [w.id for w in written]
        return replace(
            assignment,
            exercises=tuple(
                _worth(e, points.get(e.name, e.points))
                for e in assignment.exercises
                if e.name not in self.drop
            ),
            written=tuple(w for w in written if w.id not in self.drop),
            dropped=tuple(name for name in ids if name in self.drop),
        )


def _worth(exercise: Exercise, points: float) -> Exercise:
    """The exercise with other points, shared by its parts as before."""
    if points == exercise.points:
        return exercise
    factor = points / exercise.points
    parts = [replace(part, points=round(part.points * factor, 6)) for part in exercise.parts]
    rest = sum(part.points for part in parts[:-1])
    parts[-1] = replace(parts[-1], points=points - rest)
    return replace(exercise, parts=tuple(parts))
