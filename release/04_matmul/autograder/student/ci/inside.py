"""What runs in the kernel after a notebook's own cells: the visible checks of all exercises, shown as one value."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.student.answers import LocalStudent
from autograder.student.checks import assignments
from autograder.student.judging import judge_exercise
from autograder.student.notebook import silence
from autograder.student.plain import write_exercise

MIME = "application/vnd.backprop-kit.results+json"
ID = "backprop-kit-results"
# The cell that is put after the others.
CELL = "from autograder.student.ci.inside import judged as _judged\n_judged(globals(), {name!r})"


class Results(list[object]):
    """Results of exercises, which a notebook shows as JSON."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": f"{len(self)} exercises", MIME: list(self)}


def judged(namespace: Mapping[str, object], assignment: str) -> Results:
    """Run the visible checks of every exercise of an assignment on the notebook's own code."""
    known = next(a for a in assignments() if a.name == assignment)
    student = LocalStudent(namespace)
    with silence():
        judgements = [judge_exercise(student, e, e.checks, e.hints[0] if e.hints else "") for e in known.exercises]
    return Results(write_exercise(judgement.result) for judgement in judgements)
