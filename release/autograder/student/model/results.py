"""The result model.  Notebook card, terminal, HTML and every export read these types and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from autograder.student.model.circuits import WrongCircuit

# The check that an answer fails which is one number whatever comes in.
DEPENDS_ON_INPUTS = "The answer depends on the inputs."


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
    `message`, written by the instructor or derived from the student's own output.  `mistake` names the mistake
    where it is known.  A `warning` costs no points.  `circuit` shows where the graph that was run goes wrong first.
    `printed` is what the student's code printed meanwhile.  `form` helps with an answer that has not the form
    that is asked for, so that its numbers were not looked at.
    """

    check: str
    message: str
    parts: tuple[str, ...] = ()
    tried: str = ""
    got: str = ""
    expected: str = ""
    mistake: Diagnosis | None = None
    hidden: bool = False
    warning: bool = False
    circuit: WrongCircuit | None = None
    printed: str = ""
    form: str = ""


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
            return f"its failed checks build on {self.blocked_by}"
        if self.diagnosis:
            return self.diagnosis.name
        named = [f.mistake.name for f in self.findings if f.mistake and not f.warning]
        return named[0] if named else self.outcome.value


class Status(Enum):
    """Whether a submission could be graded at all."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    ABSENT = "nothing handed in"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose submission a report is about, and which: what a download and its platform say of it.

    file: its name in the download.  submitted: when it was handed in, in ISO format with a zone; "" if that is not
    known.  attempt: its number where a platform counts a student's attempts, else 0.  marked_late: the platform says
    that it is late.  ids: what platforms call the student or the submission, by the kind of id, such as "canvas id".
    emails, members: of the student, or of all members of a group.  chosen: why this file counts, if there were several.
    first_name, last_name: as the course's roster has them.  called: the name in the download, where `student` is the
    roster's id.
    """

    student: str
    file: str = ""
    submitted: str = ""
    attempt: int = 0
    marked_late: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)
    emails: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    chosen: str = ""
    first_name: str = ""
    last_name: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """The student's name in the roster; "" if it has none."""
        return " ".join(filter(None, (self.first_name, self.last_name)))

    @property
    def label(self) -> str:
        """The student for a table: the id, and the roster's name behind it."""
        return f"{self.student} ({self.name})" if self.name else self.student

    @property
    def email(self) -> str:
        """The student's e-mail address; "" if it is not known, or if a group has several."""
        return self.emails[0] if len(self.emails) == 1 else ""

    @property
    def person_ids(self) -> frozenset[str]:
        """The ids and e-mail addresses of the student, without those of one submission."""
        ids = (said for kind, said in self.ids.items() if "submission" not in kind)
        return frozenset({*ids, *self.emails})

    @property
    def names(self) -> frozenset[str]:
        """Everything that the student may be called by: names, ids and e-mail addresses."""
        names = {self.student, self.name, self.called, *self.members} - {""}
        return frozenset(names) | self.person_ids


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a grade rests on: the same provenance gives the same grade.  "" stands for what is not known.

    submission: hash of the bytes that were handed in.  read_as: "notebook" or "script".  checks: hash of the
    assignment's checks and reference.  kit, code: version and hash of the grader.  seed: hash of the course's secret.
    limits, sandbox: what student code was allowed, and the layers that held it.  python, numpy, platform: the machine.
    late_policy: due time and cost of lateness, in words.
    """

    submission: str = ""
    read_as: str = ""
    checks: str = ""
    kit: str = ""
    code: str = ""
    seed: str = ""
    limits: str = ""
    sandbox: str = ""
    python: str = ""
    numpy: str = ""
    platform: str = ""
    late_policy: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one submission: one student's notebook for one assignment.

    notes: what the grader changed or skipped, for the student.  reason: why a submission was not graded.  due: a time
    in ISO format with its zone, "" if there is none.  penalty: points taken off for lateness.  late: how late it was
    and what that costs, in words.  kept: why this report counts although a later one exists; "" if it is the latest.
    graded_at: when this grade was made, in ISO format; "" if no course remembers it.  free_days: late days that cost
    nothing, as many as the student had left when this was handed in.
    """

    identity: Identity
    assignment: str
    status: Status
    exercises: Sequence[ExerciseResult] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    possible: float = 0.0
    seconds: float = 0.0
    provenance: Provenance = Provenance()
    due: str = ""
    penalty: float = 0.0
    late: str = ""
    kept: str = ""
    graded_at: str = ""
    free_days: int = 0

    @property
    def student(self) -> str:
        """The student's name, or that of a group."""
        return self.identity.student

    @property
    def earned(self) -> float:
        """Points earned by all exercises."""
        return sum(e.earned for e in self.exercises)

    @property
    def score(self) -> float:
        """Points that count: those earned without those taken off, and never fewer than none."""
        return max(0.0, self.earned - self.penalty)
