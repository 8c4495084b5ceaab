"""Graders as there are many: the tests run in the student's process.  Here it is a worker's, behind the whole wall."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from autograder.course.paths import HERE
from tests.attacks.catalogue import TARGET, Attack
from tests.attacks.stage import Stage

if TYPE_CHECKING:
    from tests.attacks.arena import Arena

# What every such grader has in its process: the reference, in a module and in the namespace.
REFERENCE = f"""
import sys, types
import numpy as np
def reference_step(w, x, b, y, lr):
    a = np.tanh(w @ x + b)
    dz = 2 * (a - y) * (1 - a**2)
    return w - lr * dz * x, b - lr * dz
grader_reference = types.ModuleType("grader_reference")
grader_reference.{TARGET} = reference_step
sys.modules["grader_reference"] = grader_reference
"""
CASE = f"""
w, x, b, y, lr = np.array([5.0, 2.0]), np.array([-1.0, 4.0]), -2.0, 1.0, 0.1
got = {TARGET}(w, x, b, y, lr)
expected = reference_step(w, x, b, y, lr)
"""
# Each way of comparing that is met in the wild; a test that raises nothing passes.
TESTS = (
    f"{CASE}\nassert np.allclose(got[0], expected[0]) and np.allclose(got[1], expected[1])",
    f"{CASE}\nnp.testing.assert_allclose(got[0], expected[0]); np.testing.assert_allclose(got[1], expected[1])",
    f"{CASE}\nif (abs(got[0] - expected[0]) > 1e-9).any() or abs(got[1] - expected[1]) > 1e-9:\n    raise ValueError",
)


def fooled_in_one_process(attack: Attack, arena: Arena) -> bool:
    """Whether a grader whose tests are cells of the notebook gives the point to this attack."""
    return any(_passes(attack, test, arena) for test in TESTS)


def told_in_one_process(attack: Attack, arena: Arena) -> bool:
    """Whether the next student finds what this one left, if both are graded in one process."""
    with Stage() as stage, arena.sandbox.session() as session:
        *_, last = session.run([stage.armed(attack.cell), stage.armed(attack.sequel)])
        return last.failure is not None and last.failure.type == "Loot"


def right_beside_the_library(attack: Attack, arena: Arena) -> bool:
    """Whether the answer is right where the whole student library can be imported, as in the student's notebook."""
    told = f"""
from autograder.student.checks import find_exercise
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
namespace = {{}}
exec({attack.answer!r}, namespace)
_, exercise = find_exercise({TARGET!r})
result = judge_exercise(LocalStudent(namespace), exercise, exercise.checks).result
sys.exit(result.earned != result.possible)
"""
    environment = {**os.environ, "PYTHONPATH": str(HERE.root)}
    return (
        subprocess.run(
            [sys.executable, "-c", "import sys\n" + told], env=environment, check=False
        ).returncode
        == 0
    )


def _passes(attack: Attack, test: str, arena: Arena) -> bool:
    with Stage() as stage, arena.sandbox.session() as session:
        *_, last = session.run([REFERENCE, stage.armed(attack.cell), attack.answer, test])
        return last.failure is None
