"""What a card says, before it is drawn: clean text, points in words, and one line a check.

Text that student code chose (messages, printed arrays, names) passes through `clean` here, once,
whatever shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

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


class Mark(Enum):
    """What a line of a card reports, as a symbol and as a word."""

    PASSED = ("✓", "passed")
    NOT_YET = ("✗", "not yet")
    NOTE = ("!", "note")

    @property
    def symbol(self) -> str:
        """One character."""
        return self.value[0]

    @property
    def word(self) -> str:
        """The same as a word."""
        return self.value[1]


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


def number(value: float) -> str:
    """Points without needless zeros: 2, 2.5, 0.67."""
    return f"{round(value, 2):g}" if abs(value) < 1e6 else f"{value:.0f}"


def points(earned: float, possible: float) -> str:
    """Points in words: `2 of 4 points`; more than all of them come with a bonus."""
    text = f"{number(earned)} of {number(possible)} point{'' if possible == 1 else 's'}"
    return f"{text}, the bonus included" if earned > possible else text


def headline(result: ExerciseResult) -> str:
    """The one sentence that replaces or introduces the checks, where there is one."""
    if result.blocked_by:
        undefined = NOT_DEFINED.format(result.blocked_by)
        if any(undefined in finding.message for finding in result.findings):
            return f"Run the cell above that defines {result.blocked_by}: {result.exercise} builds on it."
        return f"First get {result.blocked_by} right: {result.exercise} builds on it."
    if result.outcome is Outcome.UNATTEMPTED:
        return "Not attempted yet."
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
