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

import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
# Scores are counted in this many steps a bit.
STEPS = 256
# Pairs of an assignment that are listed, the closest: nobody looks at more.
MOST_LISTED = 1000

ByExercise = Mapping[str, str]
# The bits that two students share, and which these are.
Score = tuple[float, tuple[int, int]]
Found = tuple[tuple[Likeness, ...], tuple[tuple[str, str], ...]]


class _Answers(Mapping[str, str]):
    """A student's answers by exercise, compressed: those of a whole class are held."""

    __slots__ = ("_data",)

    def __init__(self, answers: ByExercise) -> None:
        self._data = zlib.compress(json.dumps(dict(answers)).encode())

    def _unpacked(self) -> dict[str, str]:
        texts: dict[str, str] = json.loads(zlib.decompress(self._data))
        return texts

    def __getitem__(self, exercise: str) -> str:
        return self._unpacked()[exercise]

    def __iter__(self) -> Iterator[str]:
        return iter(self._unpacked())

    def __len__(self) -> int:
        return len(self._unpacked())


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: its text, its tokens, and the hashes of its fingerprints in order."""

    text: str
    tokens: tuple[Token, ...]
    prints: np.ndarray


@dataclass(frozen=True, slots=True)
class _Exercise:
    """One exercise of the class.

    prints: those that two may share, as sorted hashes.  worth: of each, in bits a token.  places: those of each
    student, as places in `prints`.
    """

    name: str
    prints: np.ndarray
    worth: np.ndarray
    places: tuple[np.ndarray, ...]


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
        chosen.setdefault(assignment, {})[together] = _Answers(answers)
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
            exercise: hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
            for exercise, text in by_exercise.items()
            if text.strip() not in ("", handed_out.get(exercise, "").strip())
        }
        for student, by_exercise in sorted(answers.items())
    }
    alike: dict[frozenset[tuple[str, bytes]], list[str]] = {}
    by_text: dict[tuple[str, bytes], list[str]] = {}
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
    group_of = {student: number for number, g in enumerate(everything) for student in g.students}
    parts: dict[tuple[str, ...], list[str]] = {}
    for (exercise, _), students in by_text.items():
        groups = {group_of.get(student) for student in students}
        is_listed = len(groups) == 1 and None not in groups
        if len(students) > 1 and not is_listed:
            parts.setdefault(tuple(students), []).append(exercise)
    some = [Equal(students, tuple(exercises)) for students, exercises in parts.items()]
    some.sort(key=lambda equal: (-len(equal.exercises), len(equal.students)))
    return (*everything, *some)


def compare_answers(
    assignment: str, answers: Mapping[str, ByExercise], common: Iterable[str] = ()
) -> Likeness:
    """Compare the students of one assignment; of the pairs that share more than chance explains, list MOST_LISTED.

    answers: by student, then by exercise.  common: code that proves nothing.
    """
    students = sorted(answers)
    worthless = np.concatenate([_answer(text).prints for text in ("", *common)])
    names = dict.fromkeys(name for by_exercise in answers.values() for name in by_exercise)
    exercises = [
        _exercise(name, (answers[student].get(name, "") for student in students), worthless)
        for name in names
    ]
    least = math.log2(max(math.comb(len(students), 2) * ONCE_IN, 1))
    counts, closest = _scores(exercises, len(students), least)
    needed = explained_by_chance(counts)
    most = (len(counts) - 1) / STEPS if len(counts) else 0.0
    if len(students) < FEWEST_STUDENTS:
        return Likeness(assignment, len(students), needed, most, (), few=True)
    above = [(bits, pair) for bits, pair in closest if bits > needed][:MOST_LISTED]
    reported = tuple(_pair(bits, pair, students, answers, exercises) for bits, pair in above)
    more = int(counts[math.floor(needed * STEPS) + 1 :].sum()) - len(reported)
    return Likeness(assignment, len(students), needed, most, reported, more=more)


def _scores(
    exercises: Sequence[_Exercise], students: int, least: float
) -> tuple[np.ndarray, list[Score]]:
    """How many pairs have each score, as `steps_of` gives it, and the closest pairs above `least` bits.

    One student after the other is compared with all later ones, so a class takes no table of all pairs.
    """
    counts = np.zeros(0, np.int64)
    closest: list[Score] = []
    holders = [_holders(exercise) for exercise in exercises]
    for student in range(students):
        total = np.zeros(students)
        for exercise, (holding, first, ends) in zip(exercises, holders, strict=True):
            for place in exercise.places[student]:
                first[place] += 1  # past this student: only later ones are left
                total[holding[first[place] : ends[place]]] += exercise.worth[place]
        own = steps_of(total[student + 1 :])
        longer, shorter = (own, counts) if len(own) > len(counts) else (counts, own)
        longer[: len(shorter)] += shorter
        counts = longer
        steps = np.rint(total * STEPS) / STEPS
        later = np.flatnonzero(steps > least)
        closest += [(float(steps[other]), (student, int(other))) for other in later]
        if len(closest) > 4 * MOST_LISTED or student == students - 1:
            closest.sort(key=lambda score: (-score[0], score[1]))
            del closest[MOST_LISTED:]
    return counts, closest


def _holders(exercise: _Exercise) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The students that have each fingerprint, in order, and where those of each begin and end."""
    sizes = np.zeros(len(exercise.prints), np.int64)
    for own in exercise.places:
        sizes[own] += 1
    ends = np.cumsum(sizes)
    place = ends - sizes
    holding = np.zeros(int(sizes.sum()), np.int32)
    for student, own in enumerate(exercise.places):
        holding[place[own]] = student
        place[own] += 1
    return holding, ends - sizes, ends


def steps_of(bits: np.ndarray) -> np.ndarray:
    """How many scores there are of 0, 1, 2 ... STEPS-ths of a bit."""
    return np.bincount(np.rint(bits * STEPS).astype(np.int64))


def explained_by_chance(counts: np.ndarray) -> float:
    """The score that some pair exceeds by chance in one class of ONCE_IN.

    counts: of all pairs of the class, by score.  The tail above the ninth decile is exponential, with
    the scale that fits between the median and the ninth decile.  So a tenth of the pairs may be copies
    without raising the score that they are compared with.
    """
    pairs = int(counts.sum())
    if not pairs:
        return 0.0
    middle, high = (_quantile(counts, share) for share in (0.5, 0.9))
    scale = (high - middle) / math.log(0.5 / 0.1)
    tail = high + scale * math.log(max(0.1 * pairs * ONCE_IN, 1.0))
    return float(max(tail, math.log2(pairs * ONCE_IN)))


def _quantile(counts: np.ndarray, share: float) -> float:
    """A quantile of the scores that were counted, between two of them on the line from one to the other."""
    ends = np.cumsum(counts)
    rank = share * (int(ends[-1]) - 1)
    below, above = np.searchsorted(ends, (math.floor(rank), math.ceil(rank)), side="right")
    return float(below + (rank - math.floor(rank)) * (above - below)) / STEPS


def _exercise(name: str, texts: Iterable[str], worthless: np.ndarray) -> _Exercise:
    """Read the answers to one exercise, and find what two may share: what some have, not all, and nobody was given.

    SPAN overlapping fingerprints cover the same tokens, hence the division by SPAN.
    """
    read = []
    answered = 0
    for text in texts:
        answer = _answer(text)
        answered += bool(answer.tokens)
        read.append(np.unique(answer.prints))
    prints, count = np.unique(np.concatenate(read), return_counts=True)
    useful = (count > 1) & (count < answered) & ~np.isin(prints, worthless)
    prints, count = prints[useful], count[useful]
    for student, own in enumerate(read):  # in place: of each student only the shorter list is kept
        read[student] = _places(own, prints)
    return _Exercise(name, prints, np.log2(answered / count) / SPAN, tuple(read))


def _places(own: np.ndarray, prints: np.ndarray) -> np.ndarray:
    """Where those of `own` that are in `prints` stand there; both are sorted."""
    places = np.searchsorted(prints, own)
    known = places < len(prints)
    places, own = places[known], own[known]
    found: np.ndarray = places[prints[places] == own].astype(np.int32)
    return found


def _answer(text: str) -> _Answer:
    tokens = tokens_of(text)
    return _Answer(text, tokens, np.array([hash(each) for each in fingerprints(tokens)], np.int64))


def _pair(
    bits: float,
    pair: tuple[int, int],
    students: Sequence[str],
    answers: Mapping[str, ByExercise],
    exercises: Sequence[_Exercise],
) -> Pair:
    """Two students with what they share, the most telling exercise first."""
    first, second = (students[student] for student in pair)
    shared = []
    for exercise in exercises:
        both = np.intersect1d(exercise.places[pair[0]], exercise.places[pair[1]])
        if len(both):
            one, two = (_answer(answers[student][exercise.name]) for student in (first, second))
            shared.append(_shared(exercise, both, (one, two)))
    shared.sort(key=lambda s: (-s.bits, s.exercise))
    return Pair((first, second), bits, tuple(shared))


def _shared(exercise: _Exercise, both: np.ndarray, answers: tuple[_Answer, ...]) -> Shared:
    """What the answers of two students to one exercise share.  both: the places of these fingerprints."""
    one, two = answers
    marked: list[Spans] = []
    for answer in answers:
        is_shared = np.isin(answer.prints, exercise.prints[both])
        marked.append(spans(answer.text, answer.tokens, is_shared.tolist()))
    nameless = [
        ["name" if token.is_name else token.text for token in answer.tokens]
        for answer in (one, two)
    ]
    alike = Indel.normalized_similarity(*nameless)
    bits = float(exercise.worth[both].sum())
    return Shared(exercise.name, bits, alike, (one.text, two.text), (marked[0], marked[1]))
