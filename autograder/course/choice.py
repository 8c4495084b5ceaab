"""The keys of course.toml that choose from the catalogue, all of them optional:

    [assignments]
    use = ["03_sigmoid_neuron", "07_mlp_sgd"]      # only these notebooks

    [points]
    04_matmul.matmul_backward = 8                  # of an exercise
    07_mlp_sgd.written_three_learning_rates = 2    # of a written question

    [exercises]
    drop = ["dot_test"]                            # exercises and written questions

An exercise goes by its name, a written question by the id of its cell.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.errors import MisuseError
from autograder.files import python_tree
from autograder.student.model.exercises import Assignment, Choice, Exercise

CHOICE_KEYS = ("assignments", "points", "exercises")


def read_choice(path: Path, table: Mapping[str, Any], known: Sequence[Assignment] | None) -> Choice:
    """What the table of a course.toml chooses.

    known: all assignments that there are; None if the table was checked before.  Raises
    MisuseError, naming the key, for a name that is unknown, for points that are no positive number,
    and for an exercise that cannot be dropped because another one builds on it.
    """
    if known is None:
        used, dropped = table.get("assignments", {}), table.get("exercises", {})
        points = table.get("points", {})
        return Choice(tuple(used.get("use", ())), points, tuple(dropped.get("drop", ())))
    ids = {assignment.name: _ids(assignment) for assignment in known}
    use = _names(path, table, "assignments", "use", list(ids))
    drop = _names(path, table, "exercises", "drop", [each for own in ids.values() for each in own])
    choice = Choice(use, _points(path, table.get("points", {}), ids), drop)
    for assignment in known:
        _refuse_drop(path, choice.of(assignment))
    return choice


def choice_json(choice: Choice) -> bytes:
    """The choice as the students' library reads it; empty if everything is as in the catalogue."""
    if choice == Choice():
        return b""
    return (json.dumps(asdict(choice), indent=1, sort_keys=True) + "\n").encode()


def used_names(code: str) -> frozenset[str]:
    """The names that code refers to."""
    nodes = ast.walk(python_tree(code))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def _ids(assignment: Assignment) -> list[str]:
    return [*(e.name for e in assignment.exercises), *(w.id for w in assignment.written)]


def _names(
    path: Path, table: Mapping[str, Any], key: str, inner: str, known: Sequence[str]
) -> tuple[str, ...]:
    """The names listed below [key], in the order of those that are known."""
    if key not in table:
        return ()
    found = table[key]
    listed = found.get(inner) if isinstance(found, dict) and set(found) <= {inner} else None
    if not isinstance(listed, list) or not listed:
        raise MisuseError(f'{path}: {key} must hold names; write {inner} = ["..."] below [{key}]')
    for name in listed:
        if name not in known:
            raise MisuseError(
                f"{path}: {key}.{inner}: there is no {name!r}; there are {', '.join(known)}"
            )
    return tuple(name for name in known if name in listed)


def _points(
    path: Path, table: object, known: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    if not isinstance(table, dict):
        raise MisuseError(f"{path}: points must be a table; write 04_matmul.dot_test = 3 below it")
    chosen = {}
    for assignment, points in table.items():
        if assignment not in known or not isinstance(points, dict):
            raise MisuseError(
                f"{path}: points.{assignment}: there is no such assignment; write "
                f"ASSIGNMENT.EXERCISE = NUMBER for one of {', '.join(known)}"
            )
        chosen[assignment] = dict(_numbers(path, assignment, points, known[assignment]))
    return chosen


def _numbers(
    path: Path, assignment: str, points: Mapping[str, Any], ids: Sequence[str]
) -> Iterator[tuple[str, float]]:
    for name, value in points.items():
        where = f"{path}: points.{assignment}.{name}"
        if name not in ids:
            raise MisuseError(f"{where}: there is no such exercise; there are {', '.join(ids)}")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 < value < math.inf:
            raise MisuseError(
                f"{where} is {value!r}; write a number above 0, or name it in exercises.drop"
            )
        yield name, value


def _refuse_drop(path: Path, assignment: Assignment) -> None:
    """Refuse what leaves no exercise, or one that builds on another that is dropped."""
    if not assignment.dropped:
        return
    if not assignment.exercises:
        raise MisuseError(
            f"{path}: exercises.drop leaves no exercise of {assignment.name}; name the other "
            "assignments in assignments.use instead"
        )
    for exercise in assignment.exercises:
        for name in sorted(_needed(exercise).intersection(assignment.dropped)):
            raise MisuseError(
                f"{path}: exercises.drop: {exercise.name!r} builds on {name!r}; drop both or none"
            )


def _needed(exercise: Exercise) -> set[str]:
    """The names that an exercise builds on, and those that its checks call."""
    needed = set(exercise.builds_on)
    for check in exercise.checks:
        probe = check.probe
        for code in (probe.setup, probe.call, probe.alone, probe.stand_ins):
            needed |= used_names(code)
    return needed
