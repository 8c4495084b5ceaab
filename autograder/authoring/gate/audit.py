"""The mutation audit: would the checks see any small thing wrong in a reference answer?

Every mutant is graded as a submission is: a notebook, the sandbox, the judge.  One that keeps full marks has survived:
it shows a check that is missing, or it means the same as the reference, and then a list says why.  Each exercise is
judged alone, so that a mutant costs what one exercise costs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.gate.mutants import Mutant, mutants_of, sample
from autograder.authoring.gate.simulate import builders
from autograder.course.source import Kind
from autograder.grading.answer_key import AnswerKey
from autograder.grading.grade import Grader, grade_class
from autograder.hidden.catalogue import Equivalent
from autograder.sandbox.limits import MIB, Limits
from autograder.student.model.exercises import Exercise
from autograder.student.model.results import Outcome, Report
from autograder.submissions.ingest import Submission

# What a mutant may use, as a multiple of what the reference takes: one in fifty never ends, and all of them shall
# cost little.  At least half a second of CPU time; on the clock ten times that, so that a busy machine kills none.
ROOM, LEAST, PATIENCE = 5.0, 0.5, 10.0
MEMORY = 512 * MIB

# A sample's mutants of one exercise take so many seconds of one worker, if the reference is slow; at least so few.
BUDGET, FEWEST = 4.0, 3

Notebook = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Score:
    """One exercise in the audit's table: mutants there are and were graded, and what became of them.

    late: those of the killed that ran out of time.  seconds: on the clock, for all that were graded.
    """

    assignment: str
    exercise: str
    mutants: int
    graded: int
    killed: int
    late: int
    equivalent: int
    seconds: float

    @property
    def survivors(self) -> int:
        """How many live and are not known to mean the same."""
        return self.graded - self.killed - self.equivalent


@dataclass(frozen=True, slots=True)
class Audit:
    """A score for each exercise, the mutants that survived without excuse, and every problem with its cure."""

    scores: tuple[Score, ...]
    survivors: tuple[Mutant, ...]
    problems: tuple[str, ...]


def audit(
    key: AnswerKey,
    equivalents: Sequence[Equivalent],
    grader: Grader,
    jobs: int,
    *,
    most: int | None = None,
    seed: int = 0,
    only: Collection[str] | None = None,
) -> Audit:
    """Grade the mutants of every exercise of an assignment, or of those in `only`.

    most: so many of each exercise, drawn by `seed`; all of them if it is None.
    """
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    scores, survivors, problems = [], [], _strays(key, equivalents)
    for exercise in key.assignment.exercises:
        if only is not None and exercise.name not in only:
            continue
        own = [e for e in equivalents if e.exercise == exercise.name]
        mutants = mutants_of(key.source.named(Kind.EXERCISE, exercise.name))
        started = time.monotonic()
        try:
            seconds = _time_reference(key, exercise, notebook, grader)
            drawn = mutants if most is None else sample(mutants, affordable(most, seconds), seed)
            outcomes = _grade(key, exercise, notebook, drawn, _listed(own), grader, seconds, jobs)
        except LookupError as why:
            problems.append(str(why))
            continue
        alive = [m for m, outcome in zip(drawn, outcomes, strict=True) if outcome is Outcome.PASSED]
        new = [m for m in alive if m.change not in _listed(own)]
        problems += _wrongly_listed(own, mutants, drawn, alive) + [_survives(mutant) for mutant in new]
        late = outcomes.count(Outcome.TIMED_OUT)
        counts = (len(mutants), len(drawn), len(drawn) - len(alive), late, len(alive) - len(new))
        scores.append(Score(key.assignment.name, exercise.name, *counts, time.monotonic() - started))
        survivors += new
    return Audit(tuple(scores), tuple(survivors), tuple(f"{key.assignment.name}: {p}" for p in problems))


def narrowed(key: AnswerKey, names: Collection[str]) -> AnswerKey:
    """The key for these exercises alone: whatever they build on beside each other is the reference's own."""
    exercises = tuple(
        replace(e, builds_on=tuple(b for b in e.builds_on if b in names))
        for e in key.assignment.exercises
        if e.name in names
    )
    assignment = replace(key.assignment, exercises=exercises, written=())
    return replace(key, assignment=assignment, checks={e.name: key.checks[e.name] for e in exercises})


def limits_for(seconds: float, usual: Limits) -> Limits:
    """What a mutant may use where grading the reference takes `seconds`."""
    most = max(LEAST, ROOM * seconds)
    return replace(
        usual,
        cell=min(usual.cell, most),
        call=min(usual.call, most),
        submission=min(usual.submission, 2 * most),
        patience=max(usual.patience, PATIENCE),
        memory=min(usual.memory, MEMORY),
    )


def affordable(most: int, seconds: float) -> int:
    """How many mutants of an exercise a sample holds: fewer where the reference takes `seconds`, as in training."""
    return min(most, max(FEWEST, int(BUDGET / max(seconds, 1e-3))))


def _time_reference(key: AnswerKey, exercise: Exercise, notebook: Notebook, grader: Grader) -> float:
    """The seconds that grading the reference takes.  Raises LookupError, in words, if it is not right."""
    reference = _judging(key, _family(key, exercise), grader).grade(_paper(notebook))
    if _outcome(reference) is not Outcome.PASSED:
        raise LookupError(f"the reference of {exercise.name} loses points; mend that before its mutants are graded")
    return reference.seconds


def _grade(
    key: AnswerKey,
    exercise: Exercise,
    notebook: Notebook,
    mutants: Sequence[Mutant],
    listed: Collection[tuple[str, str]],
    grader: Grader,
    seconds: float,
    jobs: int,
) -> list[Outcome]:
    """What became of each mutant of an exercise whose reference takes `seconds`.

    Each is judged by its own exercise first.  What lives is judged by the exercises that build on it, too: only a
    backward pass shows what its forward pass has kept for it.
    """
    first = replace(_judging(key, {exercise.name}, grader), limits=limits_for(seconds, grader.sandbox.limits))
    outcomes = [_outcome(r) for r in grade_class(first, [_paper(notebook, m) for m in mutants], jobs, _nothing)]
    again = [
        number
        for number, (mutant, outcome) in enumerate(zip(mutants, outcomes, strict=True))
        # One that means the same must not seem to be killed because it is slower than the reference.
        if outcome is Outcome.PASSED or (outcome is Outcome.TIMED_OUT and mutant.change in listed)
    ]
    papers = [_paper(notebook, mutants[number]) for number in again]
    second = _judging(key, _family(key, exercise), grader)
    for number, report in zip(again, grade_class(second, papers, jobs, _nothing), strict=True):
        outcomes[number] = _outcome(report)
    return outcomes


def _family(key: AnswerKey, exercise: Exercise) -> set[str]:
    """The exercise and all that build on it."""
    return {exercise.name, *builders(key, exercise.name)}


def _judging(key: AnswerKey, names: Collection[str], grader: Grader) -> Grader:
    """A grader that judges these exercises alone."""
    return replace(grader, keys={key.assignment.name: narrowed(key, names)})


def _paper(notebook: Notebook, mutant: Mutant | None = None) -> Submission:
    """The solved notebook, with one answer exchanged if a mutant is given; written when it is read."""
    name = mutant.id if mutant else "reference"
    return Submission(name, f"{name}.ipynb", 0.0, partial(_notebook_with, notebook, mutant))


def _notebook_with(notebook: Notebook, mutant: Mutant | None) -> bytes:
    if mutant is None:
        return json.dumps(notebook).encode()
    cells = notebook["cells"]
    assert isinstance(cells, list)
    changed = [{**cell, "source": mutant.text} if cell["id"] == mutant.exercise else cell for cell in cells]
    return json.dumps({**notebook, "cells": changed}).encode()


def _outcome(report: Report) -> Outcome:
    """The first outcome of a report that is not a pass.  LookupError if the grader gave none."""
    if not report.exercises:
        raise LookupError(f"{report.student} was not graded: {report.reason}")
    return next((r.outcome for r in report.exercises if r.earned < r.possible), Outcome.PASSED)


def _listed(equivalents: Sequence[Equivalent]) -> list[tuple[str, str]]:
    """The changes that are said to mean the same."""
    return [(e.was, now) for e in equivalents for now in e.now]


def _wrongly_listed(
    equivalents: Sequence[Equivalent], mutants: Sequence[Mutant], graded: Sequence[Mutant], alive: Sequence[Mutant]
) -> list[str]:
    """Entries of an exercise's list that no mutant bears out."""
    there, tried, kept = ({m.change for m in some} for some in (mutants, graded, alive))
    problems = []
    for entry in equivalents:
        for change in _listed([entry]):
            why = "no mutant does that" if change not in there else "a check tells them apart"
            if change not in there or change in tried - kept:
                said = f"{entry.exercise} lists {change[0]!r} -> {change[1]!r} as equivalent"
                problems.append(f"{said}, but {why}; take it off the list")
    return problems


def _survives(mutant: Mutant) -> str:
    cure = "add a case that tells it to a hidden check, or list it as equivalent with the reason"
    return f"{mutant.id} survives ({mutant.said}); {cure}"


def _strays(key: AnswerKey, equivalents: Sequence[Equivalent]) -> list[str]:
    """Entries that belong to no exercise, or give no reason."""
    names = [exercise.name for exercise in key.assignment.exercises]
    strange = dict.fromkeys(e.exercise for e in equivalents if e.exercise not in names)
    problems = [f"an equivalent is listed for {name!r}, which is no exercise; take it off the list" for name in strange]
    return problems + [
        f"{e.exercise} lists {e.was!r} as equivalent without a reason; give the proof"
        for e in equivalents
        if not e.reason.strip()
    ]


def _nothing(_: Report) -> None:
    """What is done as each mutant is graded."""
