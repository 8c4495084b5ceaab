"""The mutation audit: do the checks find any small mistake in a reference answer?

Every mutant is graded as a submission is: a notebook, the sandbox, the judge.  A mutant that keeps full marks has
survived: a check is missing, or the mutant is equivalent to the reference, and then a list says why.  Each exercise is
judged by itself, so a mutant costs as much as one exercise.
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

# The CPU time of a mutant, as a multiple of the reference's, and its least; one mutant in fifty
# never ends.  On the clock it has PATIENCE times as long, so that a busy machine kills none.
ROOM, LEAST, PATIENCE = 5.0, 0.5, 10.0
MEMORY = 512 * MIB

# A sample of one exercise takes at most BUDGET seconds of one worker, but has FEWEST mutants at least.
BUDGET, FEWEST = 4.0, 3

Notebook = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Score:
    """One exercise in the audit's table: its mutants, how many were graded, and how those ended.

    late: the killed ones that ran out of time.  seconds: on the clock, for all that were graded.
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
        """The number of mutants that survived and are not listed as equivalent."""
        return self.graded - self.killed - self.equivalent


@dataclass(frozen=True, slots=True)
class Audit:
    """A score for each exercise, the survivors that are not listed as equivalent, and every problem with its cure."""

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

    most: the size of the sample of each exercise, drawn by `seed`; None for all mutants.
    """
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    scores, survivors, problems = [], [], _inconsistent(key, equivalents)
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
        problems += _wrongly_listed(own, mutants, drawn, alive) + [
            _survives(mutant) for mutant in new
        ]
        late = outcomes.count(Outcome.TIMED_OUT)
        counts = (len(mutants), len(drawn), len(drawn) - len(alive), late, len(alive) - len(new))
        scores.append(
            Score(key.assignment.name, exercise.name, *counts, time.monotonic() - started)
        )
        survivors += new
    return Audit(
        tuple(scores), tuple(survivors), tuple(f"{key.assignment.name}: {p}" for p in problems)
    )


def narrowed(key: AnswerKey, names: Collection[str]) -> AnswerKey:
    """Return the key for these exercises alone; other exercises that they build on come from the reference."""
    exercises = tuple(
        replace(e, builds_on=tuple(b for b in e.builds_on if b in names))
        for e in key.assignment.exercises
        if e.name in names
    )
    assignment = replace(key.assignment, exercises=exercises, written=())
    return replace(
        key, assignment=assignment, checks={e.name: key.checks[e.name] for e in exercises}
    )


def limits_for(seconds: float, usual: Limits) -> Limits:
    """Return the limits of a mutant if grading the reference takes `seconds`."""
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
    """Return the size of a sample: smaller than `most` if grading the reference takes long, as in training."""
    return min(most, max(FEWEST, int(BUDGET / max(seconds, 1e-3))))


def _time_reference(
    key: AnswerKey, exercise: Exercise, notebook: Notebook, grader: Grader
) -> float:
    """The seconds that grading the reference takes.  Raises LookupError if the reference loses points."""
    reference = _judging(key, _family(key, exercise), grader).grade(_paper(notebook))
    if _outcome(reference) is not Outcome.PASSED:
        raise LookupError(
            f"the reference of {exercise.name} loses points; mend that before its mutants are graded"
        )
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
    """The outcome of each mutant of an exercise whose reference takes `seconds`.

    Each is judged by its own exercise first.  Survivors are judged by the exercises that build on it, too: only a
    backward pass shows whether its forward pass has kept the right values.
    """
    first = replace(
        _judging(key, {exercise.name}, grader), limits=limits_for(seconds, grader.sandbox.limits)
    )
    outcomes = [
        _outcome(r)
        for r in grade_class(first, [_paper(notebook, m) for m in mutants], jobs, _nothing)
    ]
    again = [
        number
        for number, (mutant, outcome) in enumerate(zip(mutants, outcomes, strict=True))
        # An equivalent that is slower than the reference must not count as killed.
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
    changed = [
        {**cell, "source": mutant.text} if cell["id"] == mutant.exercise else cell for cell in cells
    ]
    return json.dumps({**notebook, "cells": changed}).encode()


def _outcome(report: Report) -> Outcome:
    """The first outcome of a report that is not a pass.  LookupError if the grader gave none."""
    if not report.exercises:
        raise LookupError(f"{report.student} was not graded: {report.reason}")
    return next((r.outcome for r in report.exercises if r.earned < r.possible), Outcome.PASSED)


def _listed(equivalents: Sequence[Equivalent]) -> list[tuple[str, str]]:
    """The changes that are listed as equivalent."""
    return [(e.was, now) for e in equivalents for now in e.now]


def _wrongly_listed(
    equivalents: Sequence[Equivalent],
    mutants: Sequence[Mutant],
    graded: Sequence[Mutant],
    alive: Sequence[Mutant],
) -> list[str]:
    """Problems of an exercise's list: changes that no mutant makes, and changes that a check found."""
    made, tried, kept = ({m.change for m in some} for some in (mutants, graded, alive))
    problems = []
    for entry in equivalents:
        for change in _listed([entry]):
            if change in made and change not in tried - kept:
                continue
            why = "a check tells them apart" if change in made else "no mutant does that"
            what = f"{entry.exercise} lists {change[0]!r} -> {change[1]!r} as equivalent"
            problems.append(f"{what}, but {why}; take it off the list")
    return problems


def _survives(mutant: Mutant) -> str:
    cure = "add a case that tells it to a hidden check, or list it as equivalent with the reason"
    return f"{mutant.id} survives ({mutant.summary}); {cure}"


def _inconsistent(key: AnswerKey, equivalents: Sequence[Equivalent]) -> list[str]:
    """Problems of entries that belong to no exercise, or give no reason."""
    names = [*(each.name for each in key.assignment.exercises), *key.assignment.dropped]
    unknown = dict.fromkeys(e.exercise for e in equivalents if e.exercise not in names)
    problems = [
        f"an equivalent is listed for {name!r}, which is no exercise; take it off the list"
        for name in unknown
    ]
    return problems + [
        f"{e.exercise} lists {e.was!r} as equivalent without a reason; give the proof"
        for e in equivalents
        if not e.reason.strip()
    ]


def _nothing(_: Report) -> None:
    """Called as each mutant is graded; nothing is to do."""
