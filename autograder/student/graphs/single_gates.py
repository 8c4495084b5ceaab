"""Run each gate of a graph by itself, at the numbers that occur there, to tell a wrong gate from a wrong sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.student.graphs.frontier import VALUE, Graph, Key
from autograder.student.graphs.operations import output, slopes
from autograder.student.model.circuits import GRADIENT, Wire
from autograder.student.model.compare import ROUNDING, as_numbers

# What each operand's gradient holds before the gate runs: it shows whether a gate overwrites instead of adding.
BEFORE = 0.375


@dataclass(frozen=True, slots=True)
class Task:
    """One gate to be run: the numbers of its operands, and the gradient that arrives at it."""

    gate: Wire
    numbers: tuple[float, ...]
    upstream: float

    @property
    def inputs(self) -> dict[str, object]:
        """The task as the inputs of a probe."""
        return {
            "gate": self.gate.operation,
            "parents": list(self.gate.parents),
            "numbers": list(self.numbers),
            "upstream": self.upstream,
            "before": BEFORE,
        }

    def right(self) -> list[float] | None:
        """The right result: the gate's value, then one share for each operand, added up if it enters twice."""
        made, steep = (
            output(self.gate.operation, self.numbers),
            slopes(self.gate.operation, self.numbers),
        )
        if made is None or steep is None:
            return None
        shares = dict.fromkeys(self.gate.parents, 0.0)
        for parent, slope in zip(self.gate.parents, steep, strict=True):
            shares[parent] += self.upstream * slope
        return [made, *shares.values()]


# Runs the student's gates: for each task it returns the gate's value and its shares, or whatever else they return.
HandBack = Callable[[Sequence[Task]], Sequence[object]]


def make_tasks(graph: Graph, numbers: Mapping[Key, np.ndarray]) -> list[Task]:
    """A task for each gate with known operands and a known upstream gradient."""
    tasks = []
    for name, wire in graph.wires.items():
        needed = [
            numbers.get(key)
            for key in [(GRADIENT, name), *((VALUE, parent) for parent in wire.parents)]
        ]
        known = [float(n) for n in needed if n is not None and n.ndim == 0 and np.isfinite(n)]
        if wire.parents and len(known) == len(needed):
            tasks.append(Task(wire, tuple(known[1:]), known[0]))
    return tasks


def broken_gates(
    graph: Graph, numbers: Mapping[Key, np.ndarray], hand_back: HandBack
) -> tuple[str, ...] | None:
    """The wires that leave a wrong gate; None if not all gates can be run."""
    tasks = make_tasks(graph, numbers)
    right = [task.right() for task in tasks]
    if len(tasks) < sum(bool(wire.parents) for wire in graph.wires.values()) or None in right:
        return None
    handed = hand_back(tasks)
    pairs = zip(tasks, handed, right, strict=True)
    return tuple(
        task.gate.name for task, got, expected in pairs if not _agrees(got, np.array(expected))
    )


def _agrees(got: object, expected: np.ndarray) -> bool:
    """Whether a gate gave the right numbers, within the rounding of what its operands' gradients held before."""
    array = as_numbers(got)
    if isinstance(array, str) or array.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        return bool(
            np.all(np.abs(array - expected) <= ROUNDING * np.maximum(np.abs(expected), BEFORE))
        )
