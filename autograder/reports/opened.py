"""Hidden checks as they are shown after a deadline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """One set of hidden inputs as code, what the student's answer gave, and what was expected."""

    tried: str
    got: str
    expected: str


@dataclass(frozen=True, slots=True)
class OpenedCheck:
    """A hidden check of an exercise, and whether the answer passed it."""

    exercise: str
    text: str
    passed: bool
    cases: tuple[OpenedCase, ...]
