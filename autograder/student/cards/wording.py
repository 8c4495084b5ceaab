"""What a card says, before it is drawn: clean text, points in words, and one line a check.

Text that student code chose (messages, printed arrays, names) passes through `clean` here, once,
whatever shows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from importlib import resources

from autograder.student.model.exercises import NOT_DEFINED
from autograder.student.model.results import ExerciseResult, Finding, Outcome

# Terminal escape sequences are removed as a whole, so that no "[31m" is left behind.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b.?"
)
# Control characters, marks that reorder or hide text (bidi, zero width, tags), and halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# One number of an array and what it should be, in a sentence on the array.
ONE_NUMBER = re.compile(r"(?<=\]) is \S+, (?:expected|but nudging (?P<nudged>.+) gives) \S+(?= \()")
SENTENCE, VALUE, CODE = 600, 1500, 3000
# The fixed words of cards and students' pages, by the names under which a course may translate them.
ENGLISH = {
    "all_pass": "All visible checks pass.",
    "begin": "To begin, replace raise NotImplementedError() by your own lines and run that cell.",
    "check": "{} check",
    "checks": "{} checks",
    "checks_found": "what {} found",
    "checks_passed": "{} that passed",
    "checks_saw": "what the checks saw",
    "code_printed": "what your code printed",
    "code_tried": "the code that was tried",
    "costs_nothing": "costs no points",
    "exercise": "Exercise",
    "exercises": "Exercises",
    "exercises_passed": "exercises passed",
    "expected": "expected",
    "first_right": "First get {} right: the failed checks build on it.",
    "found": "What was found",
    "got": "got",
    "grader_did": "What the grader did with your notebook",
    "hidden_check": "hidden check",
    "hint": "Hint",
    "late": "Late.",
    "mistake": "The mistake looks like",
    "more": "More: {}",
    "not_attempted": "Not attempted yet.",
    "not_yet": "not yet",
    "note": "note",
    "of": "of {}",
    "other_check": "{} other check",
    "other_checks": "{} other checks",
    "part": "Part",
    "passed": "passed",
    "passed_exercise": "Passed: {} exercise",
    "passed_exercises": "Passed: {} exercises",
    "person_reads": "A person grades the written question, for {} more.",
    "point": "{} of {} point",
    "points": "{} of {} points",
    "points_by_part": "Points by part",
    "points_title": "Points",
    "printed": "printed",
    "run_definition": "Run the cell that defines it, then this one.",
    "run_first": "Run the cell above that defines {}: the failed checks build on it.",
    "so_far": "Notebook so far: {}.",
    "so_far_bonus": "Notebook so far: {}, and a bonus of {}.",
    "stopped": "You interrupted the check. Run this cell again.",
    "tried": "tried",
    "with_bonus": "{}, the bonus included",
}
# A course's translation, beside this module in what its students get; the kit itself has none.
WORDS_FILE = "words.json"


def _shipped() -> Mapping[str, str]:
    file = resources.files(__package__) / WORDS_FILE
    words: Mapping[str, str] = json.loads(file.read_bytes()) if file.is_file() else {}
    return words


SHIPPED = _shipped()
_WORDS: ContextVar[Mapping[str, str]] = ContextVar("_WORDS", default=SHIPPED)


@contextmanager
def translated(words: Mapping[str, str]) -> Iterator[None]:
    """Let cards be drawn with a translation of `ENGLISH`, or of a part of it."""
    before = _WORDS.set(words)
    try:
        yield
    finally:
        _WORDS.reset(before)


def said(name: str, *values: object) -> str:
    """A fixed sentence of `ENGLISH` as the course has translated it."""
    return _WORDS.get().get(name, ENGLISH[name]).format(*values)


class Mark(Enum):
    """What a line of a card reports, as a symbol and as a word."""

    PASSED = ("✓", "passed")
    NOT_YET = ("✗", "not_yet")
    NOTE = ("!", "note")

    @property
    def symbol(self) -> str:
        """One character."""
        return self.value[0]

    @property
    def word(self) -> str:
        """The same as a word."""
        return said(self.value[1])


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of a card: a check and the findings below it, or a note that costs no points."""

    mark: Mark
    text: str
    hidden: bool = False
    findings: tuple[Finding, ...] = ()


def clean(text: str) -> str:
    """Take out everything that could steer a terminal or a page instead of being read; keep line breaks and tabs."""
    return _UNSAFE.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def clip(text: str, most: int) -> str:
    """Clean text of at most `most` characters, and how many more there were."""
    text = clean(text)
    return (
        text
        if len(text) <= most
        else f"{text[:most].rstrip()} … ({len(text) - most} more characters)"
    )


def how_many(count: int, what: str) -> str:
    """`1 notebook`, `2 notebooks`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def number(value: float) -> str:
    """Points without needless zeros: 2, 2.5, 0.67."""
    return f"{round(value, 2):g}" if abs(value) < 1e6 else f"{value:.0f}"


def points(earned: float, possible: float) -> str:
    """Points in words: `2 of 4 points`; more than all of them come with a bonus."""
    text = said("point" if possible == 1 else "points", number(earned), number(possible))
    return said("with_bonus", text) if earned > possible else text


def headline(result: ExerciseResult) -> str:
    """The one sentence that replaces or introduces the checks, where there is one."""
    if result.blocked_by:
        undefined = NOT_DEFINED.format(result.blocked_by)
        if any(undefined in finding.message for finding in result.findings):
            return said("run_first", result.blocked_by)
        return said("first_right", result.blocked_by)
    if result.outcome is Outcome.UNATTEMPTED:
        return said("not_attempted")
    return ""


def shows_values(finding: Finding) -> bool:
    """Whether a card shows what was got and expected below the finding's sentence.

    A sentence or a circuit that holds both numbers needs no second copy of them.
    """
    if finding.hidden or finding.circuit or not (finding.got or finding.expected):
        return False
    got, expected = finding.got.strip("[]"), finding.expected.strip("[]")
    if f" is {got}, expected {expected}" in finding.message:  # the one number of an array
        return False
    return not (finding.got in finding.message and finding.expected in finding.message)


def finding_sentence(finding: Finding) -> str:
    """The finding's sentence, without the numbers of an array that stands below it."""
    if shows_values(finding) and finding.got.startswith("["):
        return ONE_NUMBER.sub(_farthest, finding.message)
    return finding.message


def _farthest(match: re.Match[str]) -> str:
    nudged = match["nudged"]
    return f" is farthest off what nudging {nudged} gives" if nudged else " is farthest off"


def lines(result: ExerciseResult) -> tuple[CardLine, ...]:
    """Every check as a line: those not yet passed with their findings, then notes, then passed ones."""
    known = result.diagnosis  # shown once for the whole exercise, not at each finding
    findings = [
        replace(f, mistake=None) if known and f.mistake == known else f for f in result.findings
    ]
    if any(
        f.circuit and not f.hidden for f in findings
    ):  # a circuit without numbers would add nothing
        findings = [replace(f, circuit=None) if f.hidden else f for f in findings]
    passed = [CardLine(Mark.PASSED, text) for text in result.passed]
    wrong = [
        CardLine(Mark.NOT_YET, text, hidden, tuple(found))
        for (text, hidden), found in _by_check(f for f in findings if not f.warning)
    ]
    notes = [CardLine(Mark.NOTE, said, hidden) for said, hidden in _notes(findings)]
    return (*wrong, *notes, *passed)


def _by_check(findings: Iterable[Finding]) -> list[tuple[tuple[str, bool], list[Finding]]]:
    """Findings under the check they belong to, each thing said once."""
    checks: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        found = checks.setdefault((finding.check, finding.hidden), [])
        if finding not in found:
            found.append(finding)
    return list(checks.items())


def _notes(findings: Iterable[Finding]) -> list[tuple[str, bool]]:
    return list(dict.fromkeys((f.message, f.hidden) for f in findings if f.warning))
