"""Find pairs of submissions that share more than chance explains.  No student code is run.

Of each exercise the fingerprints are counted that two answers share.  One is worth log2(answers / answers that have
it) bits: nothing if all have it, most if only these two do.  What was handed out is worth nothing, nor is what the
course's own answers hold, right and wrong ones.  A pair is told if its bits are more than chance explains in this
class: more than the tail of all its pairs reaches in one class of twenty, continued as an exponential one, and more
than the coincidences of one bit each that some pair of so many has in one class of twenty.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Indel

from autograder.course.paths import HERE
from autograder.course.settings import catalogue
from autograder.course.source import TRUSTED, Kind, Source, read_source
from autograder.grading.answer_key import misconceived
from autograder.grading.grade import ANY
from autograder.hidden.catalogue import Misconception
from autograder.reports.similarity import Likeness, Pair, Shared, Spans
from autograder.similarity.fingerprints import LONGEST, SPAN, Fingerprint, Word, fingerprints, spans, words_of
from autograder.submissions.ingest import Notebook, Submission, UnreadableError, find_all, read_notebook, read_script
from autograder.submissions.plan import RECOGNISED, make_plan, recognise
from autograder.submissions.python_file import SUFFIX

# Of fewer students, 28 pairs, the tail of all pairs is not to be told from a few that stand out.
FEWEST = 8
# By chance a pair is told in one of so many classes.
ONCE_IN = 20
# A student's own cells that answer no exercise.
OTHER = ""

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Read:
    """One answer: its text, its tokens, and its fingerprints in order."""

    text: str
    words: tuple[Word, ...]
    prints: tuple[Fingerprint, ...]


def find_similar(paths: Sequence[Path]) -> tuple[tuple[Likeness, ...], tuple[tuple[str, str], ...]]:
    """Compare what lies below `paths`, assignment by assignment; and what was left out, with the reason."""
    known = catalogue()
    sources = {name: read_source(HERE.source(name), public) for name, (public, _) in known.items()}
    exercises = {name: [e.name for e in public.exercises] for name, (public, _) in known.items()}
    everything = find_all(paths, frozenset(known), frozenset(e for own in exercises.values() for e in own))
    left_out = list(everything.left_out)
    newest: dict[tuple[str, str], Answers] = {}
    for submission in sorted(everything.submissions, key=lambda s: (s.attempt, s.modified, s.name)):
        try:
            notebook = _read(submission, frozenset(e for own in exercises.values() for e in own))
            name = recognise(notebook, exercises, ANY if submission.name.endswith(SUFFIX) else RECOGNISED)
            if not name:
                raise UnreadableError("it is a notebook of no assignment")
        except UnreadableError as why:
            left_out.append((submission.name, str(why)))
            continue
        newest[name, submission.student] = answers_of(notebook, sources[name])
    found = []
    for name, source in sources.items():
        own = {student: answers for (assignment, student), answers in newest.items() if assignment == name}
        if own:
            found.append(compare(name, own, common_code(source, known[name][1].misconceptions)))
    return tuple(found), tuple(left_out)


def _read(submission: Submission, answers: frozenset[str]) -> Notebook:
    data = submission.read()
    return read_script(data, answers) if submission.name.endswith(SUFFIX) else read_notebook(data)


def answers_of(notebook: Notebook, source: Source) -> dict[str, str]:
    """A student's own code by exercise; under OTHER what belongs to none."""
    provided = {cell.text.strip() for cell in source.cells if cell.kind is Kind.PROVIDED}
    own: dict[str, list[str]] = {}
    for step in make_plan(notebook, source).steps:
        if step.text.strip() not in provided:
            own.setdefault(step.exercise, []).append(step.text)
    return {exercise: "\n\n".join(texts)[:LONGEST] for exercise, texts in own.items()}


def common_code(source: Source, mistakes: Iterable[Misconception]) -> tuple[str, ...]:
    """Code that proves nothing if two have it: what was handed out, and the course's own answers, right and wrong."""
    notebook = read_notebook(HERE.notebook(source.path.stem).read_bytes())
    stubs = [cell.text for cell in notebook.cells if cell.kind == "code"]
    right = [cell.text for cell in source.cells if cell.kind in TRUSTED]
    return (*stubs, *right, *(misconceived(source, mistake) for mistake in mistakes))


def compare(assignment: str, answers: Mapping[str, Answers], common: Iterable[str] = ()) -> Likeness:
    """Compare the students of one assignment.  answers: by student, by exercise.  common: code that proves nothing."""
    students = sorted(answers)
    nothing = frozenset(f for text in common for f in fingerprints(words_of(text)))
    exercises = list(dict.fromkeys(exercise for own in answers.values() for exercise in own))
    read = {e: [_answer(answers[student].get(e, "")) for student in students] for e in exercises}
    worth = {e: _worth(read[e], nothing) for e in exercises}
    bits = {e: _bits(read[e], worth[e]) for e in exercises}
    total = sum(bits.values(), np.zeros((len(students), len(students))))
    pairs = list(combinations(range(len(students)), 2))
    all_bits = np.array([total[pair] for pair in pairs])
    needed, closest = explained_by_chance(all_bits), float(all_bits.max(initial=0.0))
    if len(students) < FEWEST:
        return Likeness(assignment, len(students), needed, closest, (), few=True)
    above = sorted((pair for pair in pairs if total[pair] > needed), key=lambda pair: (-total[pair], pair))
    told = tuple(_pair(pair, students, read, worth, {e: float(b[pair]) for e, b in bits.items()}) for pair in above)
    return Likeness(assignment, len(students), needed, closest, told)


def explained_by_chance(bits: np.ndarray) -> float:
    """The bits that no pair of a class reaches by chance but in one class of ONCE_IN, from the bits of all its pairs.

    The tail beyond the ninth decile falls as between the median and there, a tenth for each such step and a little; so
    up to a tenth of the pairs may stand out without hiding behind themselves.
    """
    if not bits.size:
        return 0.0
    middle, high = np.quantile(bits, (0.5, 0.9))
    scale = (high - middle) / math.log(0.5 / 0.1)
    tail = high + scale * math.log(max(0.1 * bits.size * ONCE_IN, 1.0))
    return float(max(tail, math.log2(bits.size * ONCE_IN)))


def _answer(text: str) -> _Read:
    words = words_of(text)
    return _Read(text, words, tuple(fingerprints(words)))


def _worth(read: Sequence[_Read], nothing: frozenset[Fingerprint]) -> dict[Fingerprint, float]:
    """What each fingerprint of an exercise is worth if two share it, in bits."""
    counts = Counter(f for answer in read for f in set(answer.prints))
    answered = sum(bool(answer.words) for answer in read)
    return {f: math.log2(answered / n) for f, n in counts.items() if 1 < n < answered and f not in nothing}


def _bits(read: Sequence[_Read], worth: Mapping[Fingerprint, float]) -> np.ndarray:
    """What each pair shares, in bits (students, students).  SPAN runs that overlap say one thing, not SPAN."""
    column = {f: i for i, f in enumerate(worth)}
    present = np.zeros((len(read), len(column)))
    for row, answer in enumerate(read):
        present[row, [column[f] for f in answer.prints if f in column]] = 1.0
    return np.asarray((present * np.array(list(worth.values()))) @ present.T / SPAN)


def _pair(
    pair: tuple[int, int],
    students: Sequence[str],
    read: Mapping[str, Sequence[_Read]],
    worth: Mapping[str, Mapping[Fingerprint, float]],
    bits: Mapping[str, float],
) -> Pair:
    first, second = pair
    shared = [_shared(e, read[e][first], read[e][second], worth[e], bits[e]) for e in read if bits[e] > 0]
    ordered = tuple(sorted(shared, key=lambda s: (-s.bits, s.exercise)))
    return Pair((students[first], students[second]), sum(bits.values()), ordered)


def _shared(exercise: str, one: _Read, two: _Read, worth: Mapping[Fingerprint, float], bits: float) -> Shared:
    both = set(one.prints) & set(two.prints) & set(worth)
    marked: list[Spans] = [
        spans(answer.text, answer.words, [f in both for f in answer.prints]) for answer in (one, two)
    ]
    plain = [["name" if word.name else word.text for word in answer.words] for answer in (one, two)]
    alike = Indel.normalized_similarity(*plain)
    return Shared(exercise, bits, alike, (one.text, two.text), (marked[0], marked[1]))
