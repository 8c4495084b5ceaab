"""Recognise a catalogued mistake in the notebook, by a table that does not say what it is.

Of each mistake the table holds which answers of the visible checks it gets wrong, for each of these a power of ten and
a fraction of it, and what a student reads, sealed with a key made from the wrong answers themselves.  Whoever does not
have those answers learns nothing; whoever has them reads the name.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.judging.findings import alarms, numbers_of
from autograder.student.model.exercises import Answer, Check, Exercise, Trial
from autograder.student.model.results import DEPENDS_ON_INPUTS, Diagnosis, ExerciseResult, Finding

# Answers are told apart to this fraction of their largest number, a power of ten: far above
# rounding, and below every difference that makes a mistake.
DIGITS = 7
# How finely a place between two steps is written down; bytes of zero by which a seal is known.
PLACES, ZEROS = 16, bytes(4)
# How often a key is hashed: about a millisecond, so that trying numbers one by one takes too long.
ROUNDS = 1_000
SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class Imprint:
    """A named answer to a check over all its cases: its form, and two numbers made of all its elements.

    largest: the largest of its finite elements.
    """

    form: str
    numbers: tuple[float, ...]
    largest: float


@dataclass(frozen=True, slots=True)
class Spot:
    """One wrong answer of a mistake: the number of its check and of its name, and how to round its numbers."""

    check: int
    name: int
    exponent: int
    places: tuple[int, ...]

    def text(self, mark: Imprint) -> str:
        """What an answer with this mark adds to the key."""
        if not mark.largest:
            return f"{self.check} {self.name} {mark.form}"
        steps = [
            math.floor(number / 10.0**self.exponent + place / PLACES)
            for number, place in zip(mark.numbers, self.places, strict=True)
        ]
        return f"{self.check} {self.name} {mark.form} {steps}"


@dataclass(frozen=True, slots=True)
class SealedMistake:
    """An entry of the table: a mistake that only its wrong answers open."""

    spots: tuple[Spot, ...]
    sealed: bytes


def mark_of(check: Check, name: str, answers: Sequence[Answer]) -> Imprint:
    """The mark of a named answer over all cases of a check."""
    forms, finite = [], [np.empty(0)]
    for answer in answers:
        numbers = numbers_of(check, name, answer)
        loud = getattr(check.rule, "quiet", False) and bool(alarms(answer))
        if isinstance(numbers, str):
            forms.append(f"{numbers} {loud}")
            continue
        usual = np.isfinite(numbers)
        forms.append(f"{numbers.shape} {loud} {'' if usual.all() else np.packbits(usual).tolist()}")
        finite.append(numbers[usual].ravel())
    elements = np.concatenate(finite)
    # Weights between 1/2 and 3/2 that no exchange of elements leaves as they were.
    places = np.outer(np.sqrt([2, 3]), np.arange(elements.size) + 1)
    weights = 0.5 + np.modf(places)[0]
    with np.errstate(all="ignore"):
        sums = tuple(np.nan_to_num(weights @ elements).tolist())
    return Imprint("|".join(forms), sums, float(np.abs(elements).max(initial=0.0)))


def spot_of(check: int, name: int, mark: Imprint) -> Spot:
    """How to round the numbers of a wrong answer so that each lies in the middle of its step."""
    if not mark.largest:
        return Spot(check, name, 0, (0, 0))
    exponent = min(max(math.floor(math.log10(mark.largest)) - DIGITS, -128), 127)
    steps = [number / 10.0**exponent for number in mark.numbers]
    places = [round((0.5 - (step - math.floor(step))) * PLACES) % PLACES for step in steps]
    return Spot(check, name, exponent, tuple(places))


def seal(mistake: Diagnosis, marks: Mapping[Spot, Imprint]) -> SealedMistake:
    """The mistake as an entry that only who has its wrong answers can read."""
    text = f"{mistake.name}{SEPARATOR}{mistake.text}".encode()
    return SealedMistake(tuple(marks), _crossed(ZEROS + zlib.compress(text, 9), marks))


def unseal(entry: SealedMistake, marks: Mapping[Spot, Imprint]) -> Diagnosis | None:
    """The mistake of an entry, if the answers are its wrong ones."""
    text = _crossed(entry.sealed, marks)
    if not text.startswith(ZEROS):
        return None
    name, _, words = zlib.decompress(text[len(ZEROS) :]).decode().partition(SEPARATOR)
    return Diagnosis(name, words)


def _crossed(data: bytes, marks: Mapping[Spot, Imprint]) -> bytes:
    """Data and the stream of a key, bit by bit exclusive: sealing and unsealing alike."""
    text = "\n".join(spot.text(mark) for spot, mark in marks.items())
    key = hashlib.pbkdf2_hmac("sha256", text.encode(), b"", ROUNDS)
    stream = hashlib.shake_256(key).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


def table_of(entries: Mapping[str, Sequence[SealedMistake]]) -> dict[str, list[str]]:
    """The entries of each exercise as text, those first that are to be tried first."""
    return {name: [_written(entry) for entry in own] for name, own in entries.items()}


def _written(entry: SealedMistake) -> str:
    spots = b"".join(
        bytes(
            [spot.check, spot.name, spot.exponent + 128, spot.places[0] * PLACES + spot.places[1]]
        )
        for spot in entry.spots
    )
    return b64encode(bytes([len(entry.spots)]) + spots + entry.sealed).decode()


def read_table(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[SealedMistake, ...]]:
    """The entries of each exercise."""
    return {name: tuple(map(_read, own)) for name, own in table.items()}


def _read(line: str) -> SealedMistake:
    count, *data = b64decode(line)
    fours = [data[4 * i : 4 * i + 4] for i in range(count)]
    spots = tuple(
        Spot(check, name, power - 128, divmod(places, PLACES))
        for check, name, power, places in fours
    )
    return SealedMistake(spots, bytes(data[4 * count :]))


def name_mistake(
    entries: Sequence[SealedMistake],
    exercise: Exercise,
    result: ExerciseResult,
    trials: Sequence[Trial],
) -> ExerciseResult:
    """The result, with the catalogued mistake whose answers the student's are, if there is one, and no hint then.

    No mistake explains an answer that is the same for all inputs; one that shows in numbers that are not finite alone
    must explain all that is wrong in the parts that it spoils.
    """
    wrong = {(f.check, part) for f in result.findings if not f.warning for part in f.parts}
    if any(text == DEPENDS_ON_INPUTS for text, _ in wrong):
        return result
    for entry in entries:
        explained = {_judged(exercise, spot) for spot in entry.spots}
        parts = {part for _, part in explained}
        left = any(part in parts for _, part in wrong - explained)
        mistake = unsealed_by(entry, exercise, trials)
        if mistake and not (left and _never_finite(entry, exercise, trials)):
            findings = [_marked(finding, mistake, explained) for finding in result.findings]
            return replace(result, findings=tuple(findings), diagnosis=mistake, hint="")
    return result


def unsealed_by(
    entry: SealedMistake, exercise: Exercise, trials: Sequence[Trial]
) -> Diagnosis | None:
    """The mistake of an entry, if the student's answers to the visible checks are its answers."""
    marks = {}
    for spot in entry.spots:
        if spot.check >= len(trials):
            return None
        check, answers = exercise.checks[spot.check], trials[spot.check].answers
        if len(answers) != len(check.cases):
            return None
        marks[spot] = mark_of(check, list(check.judges)[spot.name], answers)
    return unseal(entry, marks)


def _never_finite(entry: SealedMistake, exercise: Exercise, trials: Sequence[Trial]) -> bool:
    """Whether an entry rests on numbers alone among which some are nan or infinite."""
    for spot in entry.spots:
        check, answers = exercise.checks[spot.check], trials[spot.check].answers
        numbers = [numbers_of(check, list(check.judges)[spot.name], answer) for answer in answers]
        if all(isinstance(each, str) or np.isfinite(each).all() for each in numbers):
            return False
    return True


def _judged(exercise: Exercise, spot: Spot) -> tuple[str, str]:
    """The text of a spot's check, and the part that its answer decides."""
    check = exercise.checks[spot.check]
    return check.text, list(check.judges.values())[spot.name]


def _marked(finding: Finding, mistake: Diagnosis, explained: set[tuple[str, str]]) -> Finding:
    known = any((finding.check, part) in explained for part in finding.parts)
    return replace(finding, mistake=mistake) if known and not finding.warning else finding
