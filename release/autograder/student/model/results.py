"""The result model.  Notebook card, terminal, HTML and every export read these types and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from autograder.student.model.circuits import WrongCircuit


class Outcome(Enum):
    """How an exercise ended.  The value is the word that people read."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "stopped with an error"
    TIMED_OUT = "ran out of time"
    MISSING = "missing"
    UNATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake by name, and a sentence or two that teach (never the answer)."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check saw, in the words a student reads.

    A visible check says what was `tried`, what it `got` and what was `expected`.  A hidden check says only
    `said`, written by the instructor or derived from the student's own output.  `mistake` names the mistake
    where it is known.  A `warning` costs no points.  `circuit` shows where the graph that was run goes wrong first.
    """

    check: str
    said: str
    parts: tuple[str, ...] = ()
    tried: str = ""
    got: str = ""
    expected: str = ""
    mistake: Diagnosis | None = None
    hidden: bool = False
    warning: bool = False
    circuit: WrongCircuit | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """Points earned by one part of an exercise."""

    name: str
    text: str
    earned: float
    possible: float


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """The result of one exercise."""

    exercise: str
    title: str
    outcome: Outcome
    parts: tuple[PartResult, ...]
    passed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    diagnosis: Diagnosis | None = None
    hint: str = ""
    blocked_by: str = ""

    @property
    def earned(self) -> float:
        """Points earned."""
        return sum(part.earned for part in self.parts)

    @property
    def possible(self) -> float:
        """Points that could be earned."""
        return sum(part.possible for part in self.parts)

    @property
    def brief(self) -> str:
        """The result in a few words, for a table: the mistake's name, or what came first."""
        if self.outcome is Outcome.PASSED:
            return ""
        if self.blocked_by:
            return f"builds on {self.blocked_by}"
        if self.diagnosis:
            return self.diagnosis.name
        named = [f.mistake.name for f in self.findings if f.mistake and not f.warning]
        return named[0] if named else self.outcome.value


class Status(Enum):
    """Whether a submission could be graded at all."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one submission: one student's notebook for one assignment.

    `notes` tell the student what the grader changed or skipped; `reason` says why a submission was not graded.
    `evidence` holds what a regrade must repeat (hashes, seed hash, versions, layers) as plain strings.
    `submitted` and `due` are times in ISO format with their zone, "" where they are not known; `penalty` is the points
    taken off for lateness, and `late` says in words how late it was and what that costs.
    """

    student: str
    assignment: str
    status: Status
    exercises: tuple[ExerciseResult, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    possible: float = 0.0
    seconds: float = 0.0
    evidence: Mapping[str, str] = field(default_factory=dict)
    submitted: str = ""
    due: str = ""
    penalty: float = 0.0
    late: str = ""

    @property
    def earned(self) -> float:
        """Points earned by all exercises."""
        return sum(e.earned for e in self.exercises)

    @property
    def score(self) -> float:
        """Points that count: those earned without those taken off, and never fewer than none."""
        return max(0.0, self.earned - self.penalty)
