"""The visible half of the catalogue: what each exercise asks, its points, hints and visible checks.

One module an assignment, each with its `ASSIGNMENT`.  A student's bundle holds only the module of its own assignment,
so the modules are looked for, in the order of the course, and absent ones are passed over.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache

from autograder.student.model.exercises import Assignment, Exercise

MODULES = ("derivatives", "gates", "sigmoid_neuron", "matmul", "forward_mode", "reverse_mode", "mlp_sgd", "trailnet")


@cache
def catalogue() -> dict[str, Assignment]:
    """The assignments that are here, by the name of their check module, in the order of the course."""
    names = {module: f"{__name__}.{module}" for module in MODULES}
    present = {module: name for module, name in names.items() if importlib.util.find_spec(name)}
    return {module: importlib.import_module(name).ASSIGNMENT for module, name in present.items()}


def assignments() -> tuple[Assignment, ...]:
    """The assignments that are here, in the order of the course."""
    return tuple(catalogue().values())


def find_exercise(name: str) -> tuple[Assignment, Exercise]:
    """The exercise called `name` and its assignment; LookupError if there is none."""
    for assignment in assignments():
        for exercise in assignment.exercises:
            if exercise.name == name:
                return assignment, exercise
    raise LookupError(f"there is no exercise {name!r} in {', '.join(a.name for a in assignments()) or 'this folder'}")


def module_of(assignment: str) -> str:
    """The name of the check module of an assignment; LookupError if it is not here."""
    for module, known in catalogue().items():
        if known.name == assignment:
            return module
    raise LookupError(f"autograder.student.checks: no module is for {assignment!r}; add one and list it in MODULES")
