"""Find pairs of submissions that share more than chance explains.  No student code is run.

For each exercise, count the fingerprints that two answers share.  A fingerprint is worth
log2(answers / answers that have it) bits: 0 if all have it, most if only these two do.  Code that
was handed out, and the course's own answers (right and wrong), are worth nothing.

A pair is reported if its bits exceed both
- the score that some pair exceeds by chance in 5 % of classes, extrapolated from all pairs of this
  class with an exponential tail, and
- the number of coincidences of one bit each that some pair reaches in 5 % of classes.

Answers that are equal to the byte and differ from what was handed out are listed in any case.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Indel

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import TRUSTED, Kind, Source, read_source
from autograder.grading.answer_key import misconceived
from autograder.hidden.catalogue import Misconception
from autograder.reports.similarity import Equal, Likeness, Pair, Shared, Spans
from autograder.similarity.fingerprints import (
    LONGEST_CODE,
    SPAN,
    Fingerprint,
    Token,
    fingerprints,
    spans,
    tokens_of,
)
from autograder.submissions.choose import find_chosen
from autograder.submissions.ingest import (
    Notebook,
    Submission,
    UnreadableError,
    read_cells,
    read_notebook,
)
from autograder.submissions.plan import assignment_of, make_plan

# Below 8 students (28 pairs) outliers cannot be separated from chance.
FEWEST_STUDENTS = 8
# In one class of 20 a pair is reported by chance.
ONCE_IN = 20

ByExercise = Mapping[str, str]
Found = tuple[tuple[Likeness, ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: its text, its tokens, and its fingerprints in order."""

    text: str
    tokens: tuple[Token, ...]
    prints: tuple[Fingerprint, ...]


@dataclass(frozen=True, slots=True)
class _Exercise:
    """One exercise of the class.

    answers: one a student, in the order of the students.  worth: bits of each fingerprint that two
    may share.  bits: what each pair shares, of shape (students, students).
    """

    name: str
    answers: tuple[_Answer, ...]
    worth: Mapping[Fingerprint, float]
    bits: np.ndarray


def find_similar(paths: Sequence[Path]) -> Found:
    """Compare the submissions below `paths`, assignment by assignment.

    Returns one Likeness an assignment, and the files that were left out, each with the reason.
    """
    exercises = {name: [e.name for e in p.exercises] for name, (p, _) in catalogue().items()}
    everything = find_chosen(paths, exercises)
    found, left_out = compare_submissions(everything.submissions)
    return found, (*everything.left_out, *left_out)


def compare_submissions(submissions: Iterable[Submission]) -> Found:
    """Compare submissions that were found, as `find_similar` does; those of a team are one."""
    known = catalogue()
    sources = {name: read_source(HERE.source(name), public) for name, (public, _) in known.items()}
    exercises = {name: [e.name for e in public.exercises] for name, (public, _) in known.items()}
    left_out: list[tuple[str, str]] = []
    chosen: dict[str, dict[str, ByExercise]] = {}
    all_exercises = frozenset(exercise for names in exercises.values() for exercise in names)
    for submission in submissions:
        try:
            notebook = read_cells(submission, submission.read(), all_exercises)
            assignment = assignment_of(notebook, exercises, submission.name)
        except UnreadableError as reason:
            left_out.append((submission.name, str(reason)))
            continue
        answers = answers_of(notebook, sources[assignment])
        together = ", ".join(submission.members) or submission.student
        chosen.setdefault(assignment, {})[together] = answers
    found = []
    for assignment, source in sources.items():
        if assignment in chosen:
            _, hidden = known[assignment]
            common = common_code(source, hidden.realisations)
            likeness = compare_answers(assignment, chosen[assignment], common)
            handed_out = answers_of(read_notebook(HERE.notebook(assignment).read_bytes()), source)
            found.append(replace(likeness, equal=equal_answers(chosen[assignment], handed_out)))
    return tuple(found), tuple(left_out)


def answers_of(notebook: Notebook, source: Source) -> dict[str, str]:
    """The student's own code by exercise; cells of no exercise are under ""."""
    provided = {cell.text.strip() for cell in source.cells if cell.kind is Kind.PROVIDED}
    texts: dict[str, list[str]] = {}
    for step in make_plan(notebook, source).steps:
        if step.text.strip() not in provided:
            texts.setdefault(step.exercise, []).append(step.text)
    return {exercise: "\n\n".join(parts)[:LONGEST_CODE] for exercise, parts in texts.items()}


def common_code(source: Source, mistakes: Iterable[Misconception]) -> tuple[str, ...]:
    """Code that proves nothing if two have it.

    These are the cells that were handed out, and the course's own answers, right and wrong.
    """
    notebook = read_notebook(HERE.notebook(source.path.stem).read_bytes())
    stubs = [cell.text for cell in notebook.cells if cell.kind == "code"]
    right = [cell.text for cell in source.cells if cell.kind in TRUSTED]
    wrong = [misconceived(source, mistake) for mistake in mistakes]
    return (*stubs, *right, *wrong)


def equal_answers(answers: Mapping[str, ByExercise], handed_out: ByExercise) -> tuple[Equal, ...]:
    """Students whose answers are equal to the byte: first those who are equal in everything.

    answers: by student, then by exercise.  handed_out: by exercise; an answer equal to it is none.
    """
    own = {
        student: {
            exercise: text
            for exercise, text in by_exercise.items()
            if text.strip() not in ("", handed_out.get(exercise, "").strip())
        }
        for student, by_exercise in sorted(answers.items())
    }
    alike: dict[frozenset[tuple[str, str]], list[str]] = {}
    by_text: dict[tuple[str, str], list[str]] = {}
    for student, texts in own.items():
        if texts:
            alike.setdefault(frozenset(texts.items()), []).append(student)
        for item in texts.items():
            by_text.setdefault(item, []).append(student)
    everything = [
        Equal(tuple(students), tuple(own[students[0]]), everything=True)
        for students in alike.values()
        if len(students) > 1
    ]
    parts: dict[tuple[str, ...], list[str]] = {}
    for (exercise, _), students in by_text.items():
        is_listed = any(set(students) <= set(equal.students) for equal in everything)
        if len(students) > 1 and not is_listed:
            parts.setdefault(tuple(students), []).append(exercise)
    some = [Equal(students, tuple(exercises)) for students, exercises in parts.items()]
    some.sort(key=lambda equal: (-len(equal.exercises), len(equal.students)))
    return (*everything, *some)


def compare_answers(
    assignment: str, answers: Mapping[str, ByExercise], common: Iterable[str] = ()
) -> Likeness:
    """Compare the students of one assignment.

    answers: by student, then by exercise.  common: code that proves nothing.
    """
    students = sorted(answers)
    worthless = frozenset(print_ for text in common for print_ in fingerprints(tokens_of(text)))
    names = dict.fromkeys(name for by_exercise in answers.values() for name in by_exercise)
    exercises = [
        _exercise(name, [answers[student].get(name, "") for student in students], worthless)
        for name in names
    ]
    total = np.zeros((len(students), len(students)))
    for exercise in exercises:
        total += exercise.bits
    pairs = list(combinations(range(len(students)), 2))
    bits = np.array([total[pair] for pair in pairs])
    needed = explained_by_chance(bits)
    closest = float(bits.max(initial=0.0))
    if len(students) < FEWEST_STUDENTS:
        return Likeness(assignment, len(students), needed, closest, (), few=True)
    above = [pair for pair in pairs if total[pair] > needed]
    above.sort(key=lambda pair: (-total[pair], pair))
    reported = tuple(_pair(pair, students, exercises) for pair in above)
    return Likeness(assignment, len(students), needed, closest, reported)


def explained_by_chance(bits: np.ndarray) -> float:
    """The score that some pair exceeds by chance in one class of ONCE_IN.

    bits: of all pairs of the class.  The tail above the ninth decile is exponential, with the scale
    that fits between the median and the ninth decile.  So a tenth of the pairs may be copies
    without raising the score that they are compared with.
    """
    if not bits.size:
        return 0.0
    middle, high = np.quantile(bits, (0.5, 0.9))
    scale = (high - middle) / math.log(0.5 / 0.1)
    tail = high + scale * math.log(max(0.1 * bits.size * ONCE_IN, 1.0))
    return float(max(tail, math.log2(bits.size * ONCE_IN)))


def _exercise(name: str, texts: Sequence[str], worthless: frozenset[Fingerprint]) -> _Exercise:
    """Read the answers to one exercise and count what each pair shares."""
    answers = tuple(_answer(text) for text in texts)
    worth = _worth(answers, worthless)
    return _Exercise(name, answers, worth, _bits(answers, worth))


def _answer(text: str) -> _Answer:
    tokens = tokens_of(text)
    return _Answer(text, tokens, tuple(fingerprints(tokens)))


def _worth(
    answers: Sequence[_Answer], worthless: frozenset[Fingerprint]
) -> dict[Fingerprint, float]:
    """What each fingerprint of an exercise is worth if two share it, in bits."""
    counts = Counter(print_ for answer in answers for print_ in set(answer.prints))
    answered = sum(bool(answer.tokens) for answer in answers)
    worth = {}
    for print_, count in counts.items():
        if 1 < count < answered and print_ not in worthless:
            worth[print_] = math.log2(answered / count)
    return worth


def _bits(answers: Sequence[_Answer], worth: Mapping[Fingerprint, float]) -> np.ndarray:
    """What each pair shares, in bits (students, students).

    SPAN overlapping fingerprints cover the same tokens, hence the division by SPAN.
    """
    column = {print_: i for i, print_ in enumerate(worth)}
    present = np.zeros((len(answers), len(column)))
    for row, answer in enumerate(answers):
        present[row, [column[print_] for print_ in answer.prints if print_ in column]] = 1.0
    weights = np.array(list(worth.values()))
    return np.asarray((present * weights) @ present.T / SPAN)


def _pair(pair: tuple[int, int], students: Sequence[str], exercises: Sequence[_Exercise]) -> Pair:
    """Two students with what they share, the most telling exercise first."""
    first, second = pair
    total = sum(float(exercise.bits[pair]) for exercise in exercises)
    shared = [_shared(exercise, pair) for exercise in exercises if exercise.bits[pair] > 0]
    shared.sort(key=lambda s: (-s.bits, s.exercise))
    return Pair((students[first], students[second]), total, tuple(shared))


def _shared(exercise: _Exercise, pair: tuple[int, int]) -> Shared:
    """What the answers of two students to one exercise share."""
    one, two = (exercise.answers[student] for student in pair)
    both = set(one.prints) & set(two.prints) & set(exercise.worth)
    marked: list[Spans] = []
    for answer in (one, two):
        is_shared = [print_ in both for print_ in answer.prints]
        marked.append(spans(answer.text, answer.tokens, is_shared))
    nameless = [
        ["name" if token.is_name else token.text for token in answer.tokens]
        for answer in (one, two)
    ]
    alike = Indel.normalized_similarity(*nameless)
    bits = float(exercise.bits[pair])
    return Shared(exercise.name, bits, alike, (one.text, two.text), (marked[0], marked[1]))
