"""All of this kit that a worker can import: what it needs to run cells and probes, the data, and stand-ins.

The student library checks gradients and knows the derivative of every gate.  An answer that imports it would need no
derivative of its own, so none of that is here: `check` and the pictures do nothing in a worker.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import autograder
from autograder.files import python_tree

STAGED = (
    "__init__.py",
    "errors.py",
    "sandbox/__init__.py",
    "sandbox/bindings.py",
    "sandbox/codec.py",
    "sandbox/confinement.py",
    "sandbox/layers.py",
    "sandbox/lockdown.py",
    "sandbox/protocol.py",
    "sandbox/refusals.py",
    "sandbox/scratch.py",
    "sandbox/shell.py",
    "sandbox/supervisor.py",
    "sandbox/worker.py",
    "sandbox/zygote.py",
    "sandbox/linux/*",
    "student/judging/__init__.py",
    "student/judging/probes.py",
    "student/judging/stops.py",
    "student/model/__init__.py",
    "student/model/circuits.py",
    "student/model/exercises.py",
    "student/model/results.py",
    "student/data/*",
)
# Files that a worker finds in another's place.
STAND_INS = {"sandbox/stand_ins.py": "student/__init__.py"}
PICTURES = "student/plots"
# The stand-in of a module of pictures; a line for each of its names follows.
PICTURE = "from autograder.student import draw_nothing\n"


def stage(target: Path) -> None:
    """Copy what a worker may import into `target`, and write the stand-ins for the rest of what notebooks import."""
    source, staged = Path(autograder.__file__).parent, target / "autograder"
    for pattern in STAGED:
        for file in source.glob(pattern):
            if file.is_file():
                _copy(file, staged / file.relative_to(source))
    for name, place in STAND_INS.items():
        _copy(source / name, staged / place)
    for file in (source / PICTURES).glob("*.py"):
        lines = [
            f"{name} = draw_nothing\n" for name in public_names(file.read_text(encoding="utf-8"))
        ]
        picture = staged / file.relative_to(source)
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(PICTURE + "".join(lines), encoding="utf-8")


def public_names(module: str) -> list[str]:
    """The functions and classes that can be imported from a module, by its text."""
    names = []
    for statement in python_tree(module).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names.append(statement.name)
        elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            names += [alias.asname or alias.name for alias in statement.names]
    return [name for name in names if not name.startswith("_")]


def _copy(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
