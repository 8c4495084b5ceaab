"""Conditions by exercise: how many are found, how many are excluded, and whether the seed matters.

    python -m benchmarks.conditions [ASSIGNMENT]... [--seeds N]

Exit code 1 if a condition is not found by checks of both kinds, or a verdict depends on the seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.authoring.gate.conditions import ConditionScore, audit_conditions, hidden_verdicts
from autograder.course.settings import Course, catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import make_key, misconceived
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from benchmarks.command import run
from tests.variants import touched, variants_of

COLUMNS = ("exercise", "excluded", "conditions", "found visible", "found hidden", "found by both")
WIDTH = 120


def verdicts(name: str, seed: str, every: int = 1) -> dict[str, object]:
    """What an assignment's key says at a seed: of each condition mutant whether it is found, of each
    misconception and right answer the points that it earns.

    every: try one condition in so many.
    """
    public, hidden = catalogue()[name]
    key = make_key(public, hidden, seed)
    found: dict[str, object] = {}
    for exercise in public.exercises:
        own = hidden_verdicts(key, hidden.excluded, exercise, every)
        found |= {f"{exercise.name}: {condition}": seen for condition, seen in own.items()}

    def earned(exercise: str, namespace: Mapping[str, object]) -> float:
        student = LocalStudent(namespace)
        return judge_exercise(
            student, public.exercise(exercise), key.checks[exercise]
        ).result.earned

    for number, mistake in enumerate(hidden.realisations):
        text = {mistake.exercise: misconceived(key.source, mistake)}
        namespace = reference_namespace(key.source, text)
        found[f"{mistake.exercise}: {number}: {mistake.name}"] = earned(mistake.exercise, namespace)
    reference = reference_namespace(key.source)
    for label, functions in variants_of(name).items():
        for exercise_name in touched(public, functions):
            points = earned(exercise_name, {**reference, **functions})
            found[f"{exercise_name}: right, {label}"] = points
    return found


def differences(first: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """The answers of which two seeds give another verdict, or which only one of them has."""
    return sorted(answer for answer in first | other if first.get(answer) != other.get(answer))


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Other seeds to compare.")] = 0,
) -> None:
    """Print the table, and every verdict that depends on the seed."""
    known = catalogue()
    if strange := [name for name in names or () if name not in known]:
        sys.exit(f"{strange[0]}: there is no such assignment; there are {', '.join(known)}")
    chosen = names or list(known)
    scores: list[ConditionScore] = []
    for name in chosen:
        public, hidden = known[name]
        key = make_key(public, hidden, Course().seed)
        scores += [audit_conditions(key, hidden.excluded, e) for e in public.exercises]
    printout = Console(width=None if sys.stdout.isatty() else WIDTH, markup=False)
    printout.print(_table(scores))
    unsteady = 0
    firsts = {name: verdicts(name, "0") for name in chosen} if seeds else {}
    for seed in range(1, seeds + 1):
        for name, first in firsts.items():
            changed = differences(first, verdicts(name, str(seed)))
            unsteady += len(changed)
            for answer in changed:
                printout.print(f"{name}, seed {seed}: another verdict of {answer}")
        if sys.stderr.isatty() or seed % 10 == 0:
            print(f"{seed} seeds", file=sys.stderr)
    if seeds:
        answers = sum(map(len, firsts.values()))
        printout.print(
            f"{seeds} other seeds, {answers} answers each: {unsteady} verdicts depend on the seed"
        )
    sys.exit(bool(unsteady or any(score.problems for score in scores)))


def _table(scores: list[ConditionScore]) -> Table:
    rows = [(s.excluded, len(s.outcomes), s.seen, s.caught, s.both) for s in scores]
    totals = [str(sum(column)) for column in zip(*rows, strict=True)]
    table = Table(box=box.SIMPLE, show_footer=True)
    footers = (f"{len(scores)} exercises", *totals)
    for column, footer in zip(COLUMNS, footers, strict=True):
        justify = "left" if column == COLUMNS[0] else "right"
        table.add_column(column, footer, justify=justify)  # type: ignore[arg-type]
    for score, row in zip(scores, rows, strict=True):
        table.add_row(score.exercise, *map(str, row))
    return table


if __name__ == "__main__":
    run(main)
