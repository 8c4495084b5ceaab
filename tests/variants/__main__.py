"""The table of right answers in other styles: how many of them keep all points, exercise by exercise.

    python -m tests.variants

Exit code 1 if one loses a point.
"""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.course.settings import catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import make_key
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from tests.variants import touched, variants_of

SEED = "variants"


def main() -> int:
    """Print the table."""
    table = Table(
        "assignment", "exercise", "right answers in other styles", "full marks", box=box.SIMPLE
    )
    lost = False
    for name in catalogue():
        for exercise, full in accepted(name).items():
            table.add_row(name, exercise, str(len(full)), str(sum(full)))
            lost = lost or not all(full)
    Console().print(table)
    return int(lost)


def accepted(name: str) -> dict[str, list[bool]]:
    """For each exercise of an assignment, whether each right answer in another style keeps all points."""
    assignment, hidden = catalogue()[name]
    key = make_key(assignment, hidden, SEED)
    reference = reference_namespace(key.source)
    kept: dict[str, list[bool]] = {exercise.name: [] for exercise in assignment.exercises}
    for functions in (variants_of(name) | variants_of(name, "REMARKED")).values():
        for exercise in touched(assignment, functions):
            student = LocalStudent({**reference, **functions})
            result = judge_exercise(
                student, assignment.exercise(exercise), key.checks[exercise]
            ).result
            kept[exercise].append(result.earned == result.possible)
    return kept


if __name__ == "__main__":
    sys.exit(main())
