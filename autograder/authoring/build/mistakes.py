"""Write what each catalogued mistake answers to the visible checks, as the table by which a notebook names it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from autograder.course.paths import Places, shown
from autograder.files import update_file
from autograder.grading.answer_key import AnswerKey, make_key
from autograder.grading.diagnose import far_cases
from autograder.hidden.catalogue import HiddenAssignment, Misconception
from autograder.student.judging.known_mistakes import (
    Imprint,
    Spot,
    mark_of,
    seal,
    spot_of,
    table_of,
)
from autograder.student.model.exercises import Assignment
from autograder.student.model.results import Diagnosis

Imprints = tuple[tuple[Spot, Imprint], ...]


def write_mistakes(assignment: Assignment, hidden: HiddenAssignment, places: Places) -> bool:
    """Write the table of an assignment unless it is there already; whether it was written."""
    return update_file(places.mistakes, _with_table(assignment, hidden, places))


def stale_mistakes(
    assignment: Assignment, hidden: HiddenAssignment, places: Places
) -> tuple[str, ...]:
    """What is out of date and which command mends it; empty if the table is what the catalogue gives."""
    file = places.mistakes
    if file.is_file() and file.read_bytes() == _with_table(assignment, hidden, places):
        return ()
    what = f"differs from what the catalogue of {assignment.name} gives"
    return (f"{shown(places.mistakes)}: {what}; run autograder build {assignment.name}",)


def _with_table(assignment: Assignment, hidden: HiddenAssignment, places: Places) -> bytes:
    """The file of all tables: one assignment's as it should be, and none whose source is gone."""
    file = places.mistakes
    try:
        tables = json.loads(file.read_bytes()) if file.is_file() else {}
    except ValueError:  # a merge may spoil a file that nobody writes by hand
        tables = {}
    tables = {name: table for name, table in tables.items() if places.source(name).is_file()}
    tables[assignment.name] = mistakes_table(assignment, hidden, places)
    return (json.dumps(dict(sorted(tables.items())), indent=0) + "\n").encode()


def mistakes_table(
    assignment: Assignment, hidden: HiddenAssignment, places: Places
) -> dict[str, list[str]]:
    """The table of an assignment.  Those mistakes come first that spoil most cases.

    Mistakes that no visible check tells apart share an entry, which names them all.  One that answers otherwise when
    it is run again, as one with unseeded random numbers does, has none.
    """
    once, again = (make_key(assignment, replace(hidden, checks=()), "", places) for _ in range(2))
    entries = {}
    for exercise in assignment.exercises:
        found = defaultdict[Imprints, dict[Diagnosis, None]](dict)
        telling = {}
        first, second = (_marks_of(key, exercise.name) for key in (once, again))
        for mistake, (marks, cases) in first.items():
            if marks and marks == second[mistake][0]:
                found[marks][Diagnosis(mistake.name, mistake.text)] = None
                telling[marks] = cases
        ranked = sorted(found, key=lambda marks: -telling[marks])
        entries[exercise.name] = [seal(_any_of(found[marks]), dict(marks)) for marks in ranked]
    return table_of(entries)


def _marks_of(key: AnswerKey, exercise: str) -> dict[Misconception, tuple[Imprints, int]]:
    """The marks of what each misconception gets wrong, and in how many cases it is far from the truth."""
    checks, meaning = key.checks[exercise], key.meaning(exercise)
    found = {}
    for wrong in meaning.wrong:
        far = far_cases(checks, meaning.truth, wrong)
        marks: list[tuple[Spot, Imprint]] = []
        for number, (check, answers) in enumerate(zip(checks, wrong.answers, strict=True)):
            names = list(check.judges)
            spoiled = [name for name in names if far[number, name]]
            # On the wires of a graph an error spreads, so all of them count.
            for name in names if spoiled and check.probe.keyed else spoiled:
                mark = mark_of(check, name, answers)
                marks.append((spot_of(number, names.index(name), mark), mark))
        found[wrong.misconception] = tuple(marks), sum(far.values())
    return found


def _any_of(mistakes: Collection[Diagnosis]) -> Diagnosis:
    """One mistake as it is; of several, that it is one of them."""
    names = " or ".join(mistake.name for mistake in mistakes)
    return Diagnosis(names, " Or: ".join(mistake.text for mistake in mistakes))
