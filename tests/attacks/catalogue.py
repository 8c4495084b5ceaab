"""What an attack is: the code that a student hands in, what stops it, and what can be seen if nothing does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox.layers import Layer
from autograder.student.model.results import Status

if TYPE_CHECKING:
    from tests.attacks.aftermath import Aftermath
    from tests.attacks.arena import Arena
    from tests.attacks.stage import Stage

# The exercise that is attacked where one must be: nothing builds on it, so that losing it costs its own points.
TARGET = "tanh_neuron_step"
# An answer to it that has the right form and earns nothing.
JUNK = f"def {TARGET}(w, x, b, y, lr):\n    return 9.0, w * 0.0, 9.0, w * 0.0, 9.0"


class Wall(Enum):
    """What stops an attack and cannot be switched off: how the grader is made."""

    WORKER = "one worker a submission"
    STAGING = "no oracle in the worker"
    WIRE = "only plain data crosses"
    OUTSIDE = "judged outside the worker"
    CLOCK = "the grader's clock"
    SCRATCH = "scratch is watched"
    INGEST = "ingest"
    ESCAPING = "escaping"


Guard = Layer | Wall


@dataclass(frozen=True, slots=True)
class Attack:
    """One thing that a submission may try.

    guards: what stops it, each of them alone; all must be off for it to succeed.  perhaps: layers that stop it on some
    kernels only, and must be off too.
    cell: a cell at the head of an otherwise perfect notebook.  answer: what stands for the answer to TARGET.  sequel: a
    cell at the head of the next student's notebook.  plant: puts files of its own beside an honest submission, instead
    of a notebook with the cell; returns the path to be graded if it is not the folder.
    succeeded: whether it has, from what can be seen outside.  ruinous: it may cost the attacker more than TARGET,
    because it damages the process that its other answers live in.  needs: what a machine must have for it to succeed
    with its guards off ("" if nothing special).  control: whether the same attack succeeds where the wall that stops it
    is missing by construction.
    """

    name: str
    guards: tuple[Guard, ...]
    succeeded: Callable[[Aftermath], bool]
    cell: str = ""
    answer: str = ""
    sequel: str = ""
    plant: Callable[[Stage], Path | None] | None = None
    ruinous: bool = False
    perhaps: tuple[Layer, ...] = ()
    needs: str = ""
    control: Callable[[Attack, Arena], bool] | None = None

    @property
    def layers(self) -> frozenset[Layer]:
        """The guards that can be switched off."""
        return frozenset(guard for guard in self.guards if isinstance(guard, Layer))

    @property
    def off(self) -> frozenset[Layer]:
        """The layers without which only the guards are left that cannot be switched off."""
        return self.layers | set(self.perhaps)

    @property
    def walls(self) -> frozenset[Wall]:
        """The guards that cannot be switched off."""
        return frozenset(guard for guard in self.guards if isinstance(guard, Wall))

    @property
    def guarded_by(self) -> str:
        """The guards in words."""
        return ", ".join(guard.value for guard in self.guards)


# What can be seen afterwards.  `Loot` is an exception that carries what was found into the report.
ADMITTED = re.compile(r"Loot[^\n]*: admitted")


def secret_told(after: Aftermath) -> bool:
    """The secret, or a line of the real solutions or hidden checks, stands in the attacker's report."""
    return after.stage.secret in after.words or any(
        line in after.words for line in after.stage.real_secrets
    )


def admitted(after: Aftermath) -> bool:
    """The kernel let the attack do what it asked for, and it said so."""
    return bool(ADMITTED.search(after.words))


def something_changed(after: Aftermath) -> bool:
    """A file of the grader's is not what it was: content, name, mode, time, attribute."""
    return after.changed


def something_lived(after: Aftermath) -> bool:
    """A process that carries this attack's mark was seen from outside."""
    return after.lived


def someone_heard(after: Aftermath) -> bool:
    """A listener outside was reached."""
    return after.heard


def neighbour_harmed(after: Aftermath) -> bool:
    """Another process of the grader's was ended, or its limits or priority were changed."""
    return after.harmed


def unearned(after: Aftermath) -> bool:
    """Points were given that the answer is not worth."""
    return after.points(TARGET) > 0


def next_one_told(after: Aftermath) -> bool:
    """The next student's notebook found what this one left."""
    return bool(ADMITTED.search(after.sequel_words))


def grader_failed(after: Aftermath) -> bool:
    """The grader stopped, or could not say what the submission is worth."""
    return bool(after.crashed) or any(report.status is Status.STOPPED for report in after.attackers)


def class_harmed(after: Aftermath) -> bool:
    """The grader stopped, or lost more than the attacker's own exercise."""
    return grader_failed(after) or after.lost_more_than(TARGET)


def still_there(after: Aftermath) -> bool:
    """Something of the worker outlived its submission: a process or a directory."""
    return after.left_behind
