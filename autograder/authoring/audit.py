"""The mutation audit: would the checks see any small thing wrong in a reference answer?

Every mutant is graded as a submission is: a notebook, the sandbox, the judge.  One that keeps full marks has survived:
it shows a check that is missing, or it means the same as the reference, and then a list says why.  Each exercise is
judged alone, so that a mutant costs what one exercise costs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from autograder.authoring.mutants import Mutant, mutants_of, sample
from autograder.authoring.notebook import filled_notebook, notebook_text
from autograder.authoring.simulate import builders
from autograder.authoring.source import Kind
from autograder.grading.grade import Grader, grade_class
from autograder.grading.ingest import Submission
from autograder.grading.key import AnswerKey
from autograder.hidden.catalogue import Equivalent
from autograder.sandbox.limits import MIB, Limits
from autograder.student.exercises import Exercise
from autograder.student.results import Outcome, Report

# What a mutant may use, as a multiple of what the reference takes: one in fifty never ends, and all of them shall
# cost little.  At least half a second of CPU time; on the clock ten times that, so that a busy machine kills none.
ROOM, LEAST, PATIENCE = 5.0, 0.5, 10.0
MEMORY = 512 * MIB

Done = Callable[[Report], None]
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
    done: Done = lambda _: None,
) -> Audit:
    """Grade the mutants of every exercise of an assignment; `most` of each, drawn by `seed`, or all if it is None.

    done: called with each mutant's report, for whoever shows progress.
    """
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    scores, survivors, problems = [], [], _strays(key, equivalents)
    for exercise in key.assignment.exercises:
        mutants = mutants_of(key.source.named(Kind.EXERCISE, exercise.name))
        own = [e for e in equivalents if e.exercise == exercise.name]
        listed = {(e.was, now) for e in own for now in e.now}
        there = {(m.was, m.now) for m in mutants}
        problems += [f"{_names(exercise, pair)}: no mutant does that; take it off the list" for pair in listed - there]
        drawn = mutants if most is None else sample(mutants, most, seed)
        started = time.monotonic()
        try:
            outcomes = _grade(key, exercise, notebook, drawn, listed, grader, jobs, done)
        except LookupError as why:
            problems.append(str(why))
            continue
        seconds = time.monotonic() - started
        alive = [m for m, o in zip(drawn, outcomes, strict=True) if o is Outcome.PASSED]
        found = {(m.was, m.now) for m in alive}
        dead = (listed & {(m.was, m.now) for m in drawn}) - found
        problems += [f"{_names(exercise, pair)}: a check sees it; take it off the list" for pair in dead]
        new = [m for m in alive if (m.was, m.now) not in listed]
        problems += [
            f"{m.id} survives ({m.said}); add a case that tells it to a hidden check, or list it as equivalent"
            for m in new
        ]
        late = outcomes.count(Outcome.TIMED_OUT)
        counts = (len(mutants), len(drawn), len(drawn) - len(alive), late, len(alive) - len(new))
        scores.append(Score(key.assignment.name, exercise.name, *counts, seconds))
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


def _grade(
    key: AnswerKey,
    exercise: Exercise,
    notebook: Notebook,
    mutants: Sequence[Mutant],
    listed: set[tuple[str, str]],
    grader: Grader,
    jobs: int,
    done: Done,
) -> list[Outcome]:
    """What became of each mutant.  Raises LookupError, in words, if the reference itself is not right.

    Each is judged by its own exercise first.  What lives is judged by the exercises that build on it, too: only a
    backward pass shows what its forward pass has kept for it.
    """
    alone, family = ({exercise.name}, {exercise.name, *builders(key, exercise.name)})
    usual = replace(grader, keys={key.assignment.name: narrowed(key, family)})
    reference = usual.grade(_paper(notebook))
    if _outcome(reference) is not Outcome.PASSED:
        raise LookupError(f"the reference of {exercise.name} loses points; mend that before its mutants are graded")
    limits = limits_for(reference.seconds, grader.sandbox.limits)
    first = replace(usual, keys={key.assignment.name: narrowed(key, alone)}, limits=limits)
    outcomes = [_outcome(r) for r in grade_class(first, [_paper(notebook, m) for m in mutants], jobs, done)]
    again = [
        number
        for number, (mutant, outcome) in enumerate(zip(mutants, outcomes, strict=True))
        # One that means the same must not seem to be killed because it is slower than the reference.
        if outcome is Outcome.PASSED or (outcome is Outcome.TIMED_OUT and (mutant.was, mutant.now) in listed)
    ]
    papers = [_paper(notebook, mutants[number]) for number in again]
    for number, report in zip(again, grade_class(usual, papers, jobs, lambda _: None), strict=True):
        outcomes[number] = _outcome(report)
    return outcomes


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


def _names(exercise: Exercise, pair: tuple[str, str]) -> str:
    return f"{exercise.name} lists {pair[0]!r} -> {pair[1]!r} as equivalent"


def _strays(key: AnswerKey, equivalents: Sequence[Equivalent]) -> list[str]:
    """Entries that belong to no exercise, or give no reason."""
    names = [exercise.name for exercise in key.assignment.exercises]
    problems = [
        f"an equivalent is listed for {e.exercise!r}, which is no exercise"
        for e in equivalents
        if e.exercise not in names
    ]
    return problems + [
        f"{e.exercise} lists {e.was!r} as equivalent without a reason" for e in equivalents if not e.reason
    ]
