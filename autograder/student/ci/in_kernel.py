"""What runs in the kernel after a notebook's own cells: the visible checks of an exercise, shown as a value."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.student.checks import find_exercise
from autograder.student.model.results_json import write_exercise
from autograder.student.notebook import judge_visible, silence

MIME = "application/vnd.backprop-kit.results+json"
ID = "backprop-kit-results"
# The cell that is put after the others, one for each exercise, so that each has its own time.
CELL = "from autograder.student.ci.in_kernel import judged as _judged\n_judged(globals(), {name!r}, {late!r})"


class Shown:
    """A result, which a notebook shows as JSON."""

    def __init__(self, result: dict[str, object]) -> None:
        self.result = result

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": str(self.result["brief"]), MIME: self.result}


def judged(namespace: Mapping[str, object], name: str, late: str) -> Shown:
    """Run the visible checks of the exercise called `name` on the notebook's own code.

    late: what to say if they are interrupted, which happens when the cell's time is over.
    """
    assignment, exercise = find_exercise(name)
    hint = exercise.hints[0] if exercise.hints else ""
    with silence():
        result = judge_visible(namespace, assignment, exercise, hint, late)
    return Shown(write_exercise(result))
