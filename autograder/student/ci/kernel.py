"""Run a notebook from top to bottom in a fresh Jupyter kernel, as its author would, and then the visible checks.

The kernel is the student's own Python with no wall around it: this is for one's own notebook.  What is graded runs in
the grader's sandbox instead.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.student.ci.in_kernel import CELL, ID, MIME
from autograder.student.model.exercises import Assignment, Exercise
from autograder.student.model.results import ExerciseResult, Finding, Outcome, PartResult
from autograder.student.model.results_json import read_exercise

# Seconds for one cell, after which it is interrupted; and for a notebook, after which the kernel is ended.
CELL_SECONDS, NOTEBOOK_SECONDS = 60, 600
INVALID = re.compile(r"^nbformat\S*(?:Validation|NotJSON)Error", re.MULTILINE)
INTERRUPTED, DIED, NO_ANSWER = "KeyboardInterrupt", "DeadKernelError", "the kernel gave no answer"
COMMAND = (
    "-m",
    "nbconvert",
    "--stdin",
    "--stdout",
    "--to",
    "notebook",
    "--execute",
    "--allow-errors",
)
OPTION = "--ExecutePreprocessor."


class KernelError(Exception):
    """No kernel could be started or asked: no fault of the notebook; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a notebook ran.

    stopped: why it did not come to its end, "" if it did.  errors: (place among the cells that were run, type, message)
    of each cell that raised.  results: of all exercises; empty if the notebook did not come to its end.
    """

    stopped: str = ""
    errors: tuple[tuple[int, str, str], ...] = ()
    results: tuple[ExerciseResult, ...] = ()


def run_notebook(
    tree: Mapping[str, Any],
    assignment: Assignment,
    folder: Path,
    cell_seconds: int = CELL_SECONDS,
    notebook_seconds: int = NOTEBOOK_SECONDS,
) -> Run:
    """Run a parsed notebook in `folder`, then the checks of `assignment`.  Nothing on disk is changed.

    Raises KernelError if there is no Jupyter to run it.
    """
    with_id = tree.get("nbformat_minor", 0) >= 5
    late = f"the checks did not finish within {cell_seconds} s and were interrupted"
    last = [_judging(exercise.name, late, with_id=with_id) for exercise in assignment.exercises]
    text = json.dumps({**tree, "cells": [*map(_blank, tree["cells"]), *last]})
    limits = [
        f"{OPTION}timeout={cell_seconds}",
        f"{OPTION}interrupt_on_timeout=True",
        f"{OPTION}kernel_name=python3",
    ]
    status, out, said = _call([sys.executable, *COMMAND, *limits], text, folder, notebook_seconds)
    if status is None:
        return Run(f"the notebook did not finish within {notebook_seconds} s")
    if INVALID.search(said):
        return Run("it is not a valid notebook; open it in Jupyter and save it again")
    if DIED in said:
        return Run("the kernel died while the notebook ran; run it in Jupyter to see at which cell")
    try:
        cells = json.loads(out)["cells"] if status == 0 else []
    except (ValueError, KeyError, TypeError):
        cells = []
    if not cells:
        why = (said.strip().splitlines() or [NO_ANSWER])[-1]
        raise KernelError(
            f"the notebook could not be run: {why}; install requirements.txt with pip"
        )
    own, judging = cells[: len(tree["cells"])], cells[len(tree["cells"]) :]
    results = [
        _result(e, cell, late) for e, cell in zip(assignment.exercises, judging, strict=True)
    ]
    return Run(errors=_errors(own), results=tuple(results))


def _result(exercise: Exercise, cell: Mapping[str, Any], late: str) -> ExerciseResult:
    """What the checks of an exercise showed; if they came to no end, that, or that they are `late`."""
    for output in cell.get("outputs", ()):
        if MIME in output.get("data", {}):
            return read_exercise(output["data"][MIME])
    *_, (_, kind, message) = [(0, "", NO_ANSWER), *_errors([cell])]
    said = late if kind == INTERRUPTED else f"the checks stopped: {kind}: {message}"
    parts = tuple(PartResult(part.name, part.text, 0.0, part.points) for part in exercise.parts)
    finding = Finding("The checks run to their end.", said, tuple(part.name for part in parts))
    outcome = Outcome.TIMED_OUT if kind == INTERRUPTED else Outcome.ERRORED
    return ExerciseResult(exercise.name, exercise.title, outcome, parts, findings=(finding,))


def _call(
    command: Sequence[str], text: str, folder: Path, seconds: int
) -> tuple[int | None, str, str]:
    """The exit status of a command (None if it was ended for its time), and what it printed on each stream."""
    environment = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            out, said = process.communicate(text, timeout=seconds)
        except (
            BaseException
        ) as stopped:  # a person's Ctrl-C as well: kernels end with what started them
            _end(process)
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
            return None, "", ""
    return process.returncode, out, said


def _end(process: subprocess.Popen[str]) -> None:
    """End a process that leads a session.  Its kernel, in a session of its own, ends when it finds its parent gone."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _blank(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell without what an earlier run left, which may be of any size."""
    return (
        {**cell, "outputs": [], "execution_count": None}
        if cell.get("cell_type") == "code"
        else dict(cell)
    )


def _judging(name: str, late: str, *, with_id: bool) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    return {**cell, "source": CELL.format(name=name, late=late)} | (
        {"id": f"{ID}-{name}"[:64]} if with_id else {}
    )


def _errors(cells: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (place, str(output.get("ename")), str(output.get("evalue")))
        for place, cell in enumerate(cells)
        for output in cell.get("outputs", ())
        if output.get("output_type") == "error"
    )
