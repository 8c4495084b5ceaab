"""Answers that are right and look different: no check may take a point from them.  One module an assignment.

`VARIANTS` maps what is different to the functions that replace the reference's.  `REMARKED` holds answers that keep
all points and get a remark.
"""

import importlib
from types import ModuleType

from autograder.student.checks import module_of
from autograder.student.model.exercises import Assignment


def variants_of(assignment: str) -> ModuleType:
    """The module of right answers in other styles of an assignment."""
    return importlib.import_module(f"{__name__}.{module_of(assignment)}")


def touched(assignment: Assignment, functions: dict[str, object]) -> list[str]:
    """The exercises that these functions answer or that build on one of them."""
    return [e.name for e in assignment.exercises if {e.name, *e.builds_on} & set(functions)]
