"""The hashes and versions in a grade's provenance: equal ones give equal grades, so no grade is made twice.

The hash of the kit's code covers the rooms that decide grades (`ROOMS`) and no other: a card's
colour is not in it.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from autograder import __version__
from autograder.course.paths import HERE, Places
from autograder.course.source import Kind, Source
from autograder.sandbox.limits import Limits
from autograder.student.checks import catalogue, module_of
from autograder.student.model.exercises import Assignment
from autograder.student.model.results import Provenance

# What a report's provenance names and no grade depends on; lateness is charged after a grade is taken from the store.
NOT_DECIDING = ("platform", "late_policy")
# What of the package decides grades: the rest makes notebooks, or shows what was graded.
ROOMS = (
    *(f"student/{room}" for room in ("model", "gradcheck", "graphs", "judging", "checks", "data")),
    *("hidden", "sandbox", "course", "submissions", "grading"),
)
FILES = ("errors.py",)
IGNORED = frozenset({"__pycache__"})
DIGITS = 32


def digest(value: object) -> str:
    """The hash of plain data: the same for equal values, in whatever order a mapping lists its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def this_grader() -> Provenance:
    """The kit, its code and the machine; the rest is left open."""
    import numpy as np

    return Provenance(
        kit=__version__,
        code=code_hash(),
        python=platform.python_version(),
        numpy=np.__version__,
        platform=platform.platform(),
    )


def deciding(provenance: Provenance, assignment: str) -> dict[str, str]:
    """Everything that decides a grade, by name: what a stored grade is looked up by."""
    named = {name: value for name, value in asdict(provenance).items() if name not in NOT_DECIDING}
    return named | {"assignment": assignment}


def limits_text(limits: Limits) -> str:
    """The limits in a line that a person can read and a regrade can compare."""
    return " ".join(f"{name}={value!r}" for name, value in asdict(limits).items())


@cache
def code_hash(places: Places = HERE) -> str:
    """The hash of the kit's own code as far as it decides grades; no assignment's checks are in it."""
    rooms = (path for room in ROOMS for path in (places.package / room).rglob("*"))
    chosen = [*rooms, *(places.package / name for name in FILES)]
    return _hash(places.package, (path for path in chosen if not _module(places, path)))


@cache
def checks_hash(module: str, places: Places = HERE) -> str:
    """The hash of an assignment's own files: visible checks, hidden checks and misconceptions called `module`."""
    return _hash(places.package, (folder / f"{module}.py" for folder in places.of_assignments))


def version(assignment: Assignment, source: Source) -> str:
    """The hash of an assignment's checks, points and reference; prose may change without it."""
    cells = [
        [cell.kind.value, cell.name, cell.text, cell.code]
        for cell in source.cells
        if cell.kind is not Kind.PROSE
    ]
    points = [part.points for exercise in assignment.exercises for part in exercise.parts]
    return digest([checks_hash(module_of(assignment.name)), points, cells])[:DIGITS]


def _module(places: Places, path: Path) -> bool:
    """Whether a file belongs to one assignment."""
    return path.parent in places.of_assignments and path.stem in catalogue()


def _hash(root: Path, paths: Iterable[Path]) -> str:
    files = sorted({p for p in paths if p.is_file() and not IGNORED & set(p.parts)})
    hashed = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        hashed.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return hashed.hexdigest()[:DIGITS]
