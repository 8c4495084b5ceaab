"""Answers that are right and look different: no check may take a point from them.  One module an assignment.

`VARIANTS` maps what is different to the functions that replace the reference's.  `REMARKED` holds answers that keep
all points and get a remark.  An assignment that is new may have no module yet.
"""

import importlib
import importlib.util
from collections.abc import Mapping

from autograder.student.checks import module_of
from autograder.student.model.exercises import Assignment

Functions = Mapping[str, object]


def variants_of(assignment: str, kind: str = "VARIANTS") -> dict[str, Functions]:
    """The right answers in other styles of an assignment, or its REMARKED ones, by what is different."""
    module = f"{__name__}.{module_of(assignment)}"
    if importlib.util.find_spec(module) is None:
        return {}
    found: dict[str, Functions] = getattr(importlib.import_module(module), kind)
    return found


def touched(assignment: Assignment, functions: Functions) -> list[str]:
    """The exercises that these functions answer or that build on one of them."""
    return [e.name for e in assignment.exercises if {e.name, *e.builds_on} & set(functions)]
