"""Conditions by exercise: how many are found and excluded, what is green and then lost, and whether the seed matters.

    python -m benchmarks.conditions [ASSIGNMENT]... [--seeds N] [--kept FILE] [--write]

Exit code 1 if a condition is not found by checks of both kinds, or a verdict depends on the seed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated
from zlib import crc32

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.authoring.gate.conditions import (
    Condition,
    ConditionScore,
    allowed_conditions,
    audit_conditions,
    verdicts_by_condition,
)
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.course.source import read_source, reference_namespace
from autograder.grading.answer_key import make_key, misconceived
from autograder.grading.provenance import version
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import Outcome
from benchmarks.command import run
from benchmarks.measured import WRITE_HELP, Printout
from tests.variants import touched, variants_of

COLUMNS = ("exercise", "excluded", "conditions", "found visible", "found hidden", "found by both")
WIDTH = 120
# At another seed one share of the answers is tried, another share at the next.
SHARES = 10
FIRST_SEED = "0"


def verdicts(name: str, seed: str, share: int) -> dict[str, object]:
    """What the hidden checks of an assignment say at a seed: of each condition mutant whether it is found, of each
    misconception and right answer the points that they leave it.  Visible checks do not know the seed.

    share: which of SHARES of the answers is tried.
    """
    public, hidden = catalogue()[name]
    key = make_key(public, hidden, seed)
    checks = {e.name: [c for c in key.checks[e.name] if c.hidden] for e in public.exercises}
    found: dict[str, object] = {}
    for exercise in public.exercises:
        tried = [c for c in _conditions(name, exercise.name) if _share(c.id) == share]
        own = verdicts_by_condition(key, tried, checks[exercise.name])
        found |= {f"{exercise.name}: {condition}": seen for condition, seen in own.items()}

    def earned(exercise: str, namespace: Mapping[str, object]) -> float:
        student = LocalStudent(namespace)
        return judge_exercise(student, public.exercise(exercise), checks[exercise]).result.earned

    for number, mistake in enumerate(hidden.realisations):
        label = f"{mistake.exercise}: {number}: {mistake.name}"
        if _share(label) == share:
            text = {mistake.exercise: misconceived(key.source, mistake)}
            found[label] = earned(mistake.exercise, reference_namespace(key.source, text))
    reference = reference_namespace(key.source)
    for style, functions in variants_of(name).items():
        for exercise_name in touched(public, functions):
            label = f"{exercise_name}: right, {style}"
            if _share(label) == share:
                found[label] = earned(exercise_name, {**reference, **functions})
    return found


@cache
def _conditions(name: str, exercise: str) -> list[Condition]:
    """The same conditions of an exercise for every seed."""
    public, hidden = catalogue()[name]
    key = make_key(public, hidden, FIRST_SEED)
    return allowed_conditions(key, hidden.excluded, public.exercise(exercise))


def _share(answer: str) -> int:
    return crc32(answer.encode()) % SHARES


def green_then_lost(name: str) -> list[str]:
    """The catalogued mistakes of an assignment, form by form, that the notebook shows as right and grading does not."""
    public, hidden = catalogue()[name]
    key = make_key(public, hidden, Course().seed)
    lost = []
    for number, mistake in enumerate(hidden.realisations):
        text = {mistake.exercise: misconceived(key.source, mistake)}
        exercise = public.exercise(mistake.exercise)
        seen, graded = (
            judge_exercise(LocalStudent(reference_namespace(key.source, text)), exercise, checks)
            for checks in (exercise.checks, key.checks[exercise.name])
        )
        if seen.result.outcome is Outcome.PASSED and graded.result.outcome is not Outcome.PASSED:
            lost.append(f"{mistake.exercise}: {number}: {mistake.name}")
    return lost


def differences(first: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """The answers of which two seeds give another verdict, or which only one of them has."""
    return sorted(answer for answer in first | other if first.get(answer) != other.get(answer))


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Other seeds to compare.")] = 0,
    kept: Annotated[
        Path | None,
        typer.Option(help="Where seeds that are done are kept; a later run goes on there."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
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
    printout = Printout(Console(width=None if sys.stdout.isatty() else WIDTH, markup=False))
    printout.print(_table(scores))
    _print_green(chosen, scores, printout)
    unsteady = _compare(chosen, seeds, kept, printout) if seeds else 0
    if write:
        printout.write("conditions")
    sys.exit(bool(unsteady or any(score.problems for score in scores)))


def _print_green(
    names: Sequence[str], scores: Sequence[ConditionScore], printout: Printout
) -> None:
    """Print how many answers are all green in the notebook and lose points at grading, and which mistakes do."""
    mistakes = sum(len(catalogue()[name][1].realisations) for name in names)
    green = [label for name in names for label in green_then_lost(name)]
    conditions = sum(len(score.outcomes) for score in scores)
    special = sum(score.green for score in scores)
    printout.print(
        f"Green in the notebook, then lost: {len(green)} of {mistakes:,} catalogued mistakes, each form counted, and "
        f"{special} of {conditions:,} conditions."
    )
    for label in green:
        printout.print(f"Green, then lost: {label}")


def _compare(names: Sequence[str], seeds: int, kept: Path | None, printout: Printout) -> int:
    """Print each verdict that another seed changes, and how many there are; return that number.

    An interrupt ends it with the seeds that are done.
    """
    tried: dict[str, list[_Tried]] = {name: [] for name in names}
    try:
        for name in names:
            for one in _tried(name, seeds, kept):
                tried[name].append(one)
                for answer in one.changed:
                    printout.print(f"{name}, seed {one.seed}: another verdict of {answer}")
    except KeyboardInterrupt:
        pass
    done = min(len(each) for each in tried.values())
    everything = [one for each in tried.values() for one in each]
    compared, unsteady = (
        sum(t.compared for t in everything),
        sum(len(t.changed) for t in everything),
    )
    printout.print(
        f"{done} other seeds, each with one of {SHARES} shares of the conditions, mistakes and right answers, "
        f"by the hidden checks alone: {compared:,} verdicts, of which {unsteady} depend on the seed."
    )
    return unsteady


@dataclass(frozen=True, slots=True)
class _Tried:
    """One assignment at one other seed: how many verdicts were compared, and the answers that got another one."""

    seed: int
    compared: int
    changed: tuple[str, ...]


def _tried(name: str, seeds: int, kept: Path | None) -> Iterator[_Tried]:
    """An assignment at each other seed, in order; one that `kept` holds of the same checks is not tried again."""
    first = cache(lambda share: verdicts(name, FIRST_SEED, share))
    public, _ = catalogue()[name]
    state = {"assignment": name, "version": version(public, read_source(HERE.source(name), public))}
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    rows = [row for row in map(json.loads, lines) if row.items() >= state.items()]
    known = {
        row["seed"]: _Tried(row["seed"], row["compared"], tuple(row["changed"])) for row in rows
    }
    for seed in range(1, seeds + 1):
        if seed not in known:
            before, other = first(seed % SHARES), verdicts(name, str(seed), seed % SHARES)
            known[seed] = _Tried(seed, len(other), tuple(differences(before, other)))
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    print(json.dumps(state | asdict(known[seed])), file=file)
        yield known[seed]


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
