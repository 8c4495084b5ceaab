"""The visible half of the catalogue: what each exercise asks, its points, hints and visible checks.

One module an assignment, each with its `ASSIGNMENT`, whose number gives the order of the course.  A module may be
missing: a Gradescope upload holds that of one assignment only.  What a course drops or gives other points is applied
in `catalogue`, and by the grader with `Choice.of`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from autograder.student.model.exercises import Assignment, Choice, Exercise

# What a course chose, as JSON beside the checks that its students get; the kit itself has none.
CHOICE_FILE = "choice.json"


@cache
def catalogue() -> dict[str, Assignment]:
    """The assignments that are here, by the name of their check module, in the order of their numbers."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found = {name: importlib.import_module(f"{__name__}.{name}").ASSIGNMENT for name in names}
    file = resources.files(__name__) / CHOICE_FILE
    choice = Choice(**json.loads(file.read_bytes())) if file.is_file() else Choice()
    ordered = sorted(found.items(), key=lambda entry: entry[1].name)
    return {
        module: choice.of(assignment)
        for module, assignment in ordered
        if not choice.use or assignment.name in choice.use
    }


def assignments() -> tuple[Assignment, ...]:
    """The assignments that are here, in the order of the course."""
    return tuple(catalogue().values())


def find_exercise(name: str) -> tuple[Assignment, Exercise]:
    """The exercise called `name` and its assignment; LookupError if there is none."""
    for assignment in assignments():
        for exercise in assignment.exercises:
            if exercise.name == name:
                return assignment, exercise
    raise LookupError(
        f"there is no exercise {name!r} in {', '.join(a.name for a in assignments()) or 'this folder'}"
    )


def mistakes_of(assignment: str) -> Mapping[str, Sequence[str]]:
    """The sealed mistakes of an assignment by exercise; none if `build` has written none."""
    file = resources.files(__name__) / "known_mistakes.json"
    tables: Mapping[str, Mapping[str, Sequence[str]]] = (
        json.loads(file.read_bytes()) if file.is_file() else {}
    )
    return tables.get(assignment, {})


def module_of(assignment: str) -> str:
    """The name of the check module of an assignment; LookupError if it is not here."""
    for module, known in catalogue().items():
        if known.name == assignment:
            return module
    raise LookupError(f"autograder.student.checks: no module is for {assignment!r}; add one")
