"""Make a class to try the grader on: real notebooks, filled from the reference and the misconceptions.

Some students are perfect, most have one or several mistakes, one did not begin, one has an exception at top level,
one an endless loop, and one file is not valid JSON.  The true verdicts go into a file that the grader never reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.gate.truth import Expected, SubmissionTruth, write_truth
from autograder.course.source import answer_source, reference_namespace
from autograder.errors import MisuseError
from autograder.files import replace_file
from autograder.grading.answer_key import AnswerKey, misconceived
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import Outcome

UNATTEMPTED, TOP_LEVEL_ERROR, ENDLESS_LOOP, NOT_JSON = (
    "unattempted",
    "exception at top level",
    "endless loop",
    "not JSON",
)
SPECIAL = (UNATTEMPTED, TOP_LEVEL_ERROR, ENDLESS_LOOP, NOT_JSON)
PERFECT_SHARE = 0.25
UNFINISHED_SHARE = 0.2
MOST_MISTAKES = 3


def simulate_class(keys: Sequence[AnswerKey], folder: Path, students: int, seed: int) -> Path:
    """Write `students` notebooks of each assignment to `folder`, and the truth file next to it; return its path.

    folder must not exist or be empty; else MisuseError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MisuseError(f"{folder}: is there already and not empty; name a new folder")
    truths = []
    for number, key in enumerate(keys):
        rng = np.random.default_rng([seed, number])
        for student, profile in zip(range(1, students + 1), _profiles(rng, students), strict=True):
            path = folder / f"s{student:03d}" / f"{key.assignment.name}.ipynb"
            text, expected = _submission(key, profile, rng)
            replace_file(path, text.encode())
            readable = profile != NOT_JSON
            file = path.relative_to(folder).as_posix()
            truths.append(
                SubmissionTruth(path.parent.name, key.assignment.name, file, readable, expected)
            )
    named = folder if folder.name else folder.resolve()  # "." has no name to put another beside
    return write_truth(truths, named.with_name(f"{named.name}.truth.json"))


def _profiles(rng: np.random.Generator, students: int) -> list[str]:
    """One profile a student, shuffled: the special ones once each, if the class is large enough for them."""
    special = SPECIAL[: max(0, students - 1)]
    perfect = max(1, round(PERFECT_SHARE * students))
    profiles = [*special, *["perfect"] * perfect, *["mistaken"] * students][:students]
    return [profiles[i] for i in rng.permutation(students)]


def _submission(
    key: AnswerKey, profile: str, rng: np.random.Generator
) -> tuple[str, dict[str, Expected]]:
    """A notebook's text and its true verdicts."""
    names = [e.name for e in key.assignment.exercises]
    if profile == UNATTEMPTED:
        nothing = {n: Expected(0.0, 0.0, Outcome.UNATTEMPTED.value) for n in names}
        return _filled(key, {}, [*names, *_written(key)]), nothing
    if profile == TOP_LEVEL_ERROR:
        return _filled(key, {}, [], extra="print(ansewr)"), expected_of(key, {})
    if profile == ENDLESS_LOOP:
        loser = str(rng.choice([n for n in names if not builders(key, n)]))
        answer = f"{misconceived_by(key, loser, '')}\n\nwhile True:\n    pass"
        lost = {loser: Expected(0.0, 0.0, Outcome.TIMED_OUT.value)}
        return _filled(key, {loser: answer}, []), expected_of(key, {}) | lost
    if profile == NOT_JSON:
        return _filled(key, {}, [])[:-400], {}
    mistakes = _mistakes(key, rng) if profile == "mistaken" else {}
    unfinished = _unfinished(key, mistakes, rng) if profile == "mistaken" else []
    answers = {name: misconceived_by(key, name, mistake) for name, mistake in mistakes.items()}
    return _filled(key, answers, unfinished), expected_of(key, mistakes, unfinished)


def _mistakes(key: AnswerKey, rng: np.random.Generator) -> dict[str, str]:
    """One to three misconceptions in different exercises, by exercise."""
    known = [name for name, misconceptions in key.misconceptions.items() if misconceptions]
    most = min(MOST_MISTAKES, len(known))
    chosen = rng.choice(known, size=rng.integers(min(1, most), most + 1), replace=False)
    return {str(name): rng.choice([m.name for m in key.misconceptions[name]]) for name in chosen}


def _unfinished(key: AnswerKey, mistakes: Mapping[str, str], rng: np.random.Generator) -> list[str]:
    """Some students stop before the last exercise."""
    last = list(key.checks)[-1]
    return [last] if last not in mistakes and rng.random() < UNFINISHED_SHARE else []


def _written(key: AnswerKey) -> list[str]:
    return [f"written_{question.name}" for question in key.assignment.written]


def builders(key: AnswerKey, name: str) -> set[str]:
    """The exercises that build on `name`, directly or through others."""
    found: set[str] = set()
    for (
        exercise
    ) in key.assignment.exercises:  # in the notebook's order, so that one pass follows the chain
        if found & set(exercise.builds_on) or name in exercise.builds_on:
            found.add(exercise.name)
    return found


def expected_of(
    key: AnswerKey, mistakes: Mapping[str, str], unfinished: Sequence[str] = ()
) -> dict[str, Expected]:
    """Return the true verdicts of a notebook with these mistakes: full marks for all that does not build on one."""
    touched = {n for name in (*mistakes, *unfinished) for n in builders(key, name)}
    expected = {}
    for exercise in key.assignment.exercises:
        name, points = exercise.name, exercise.points
        if name in unfinished:
            expected[name] = Expected(0.0, 0.0, Outcome.UNATTEMPTED.value)
        elif name in mistakes:
            # On top of a wrong foundation a mistake may be out of sight; it must never get another's name.
            names = (mistakes[name], "") if name in touched else (mistakes[name],)
            is_made_up_for = name in touched and _is_right(key, name, mistakes)
            least = 0.0 if is_made_up_for else min(part.points for part in exercise.parts)
            expected[name] = Expected(0.0, points - least, mistakes=names)
        else:
            expected[name] = Expected(0.0 if name in touched else points, points, mistakes=())
    return expected


def _is_right(key: AnswerKey, name: str, mistakes: Mapping[str, str]) -> bool:
    """Whether all mistakes together make up for each other in an exercise: what it then returns is right.

    Marked nodes, for example, are passed over by a second sweep, and so add up no second gradient.
    """
    edits = {each: misconceived_by(key, each, mistake) for each, mistake in mistakes.items()}
    student = LocalStudent(reference_namespace(key.source, edits))
    exercise = key.assignment.exercise(name)
    return judge_exercise(student, exercise, key.checks[name]).result.earned == exercise.points


def misconceived_by(key: AnswerKey, exercise: str, mistake: str) -> str:
    """The answer's cell with a misconception by name; with none, the reference answer."""
    for misconception in key.misconceptions[exercise]:
        if misconception.name == mistake:
            return misconceived(key.source, misconception)
    if mistake:
        raise LookupError(f"{exercise} has no misconception {mistake!r}")
    return answer_source(key.source, exercise)


def _filled(
    key: AnswerKey, answers: Mapping[str, str], untouched: Sequence[str], extra: str = ""
) -> str:
    notebook = filled_notebook(key.source, key.assignment, answers, untouched)
    if extra:
        import nbformat

        notebook.cells.insert(
            len(notebook.cells) // 2, nbformat.v4.new_code_cell(extra, id="own-cell")
        )
    return notebook_text(notebook)
