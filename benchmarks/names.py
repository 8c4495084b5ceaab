"""What an unforeseen mistake is called: each catalogued one is tried with its own entry taken out.

    python -m benchmarks.names [ASSIGNMENT]... [--every N] [--write]

The search for one change is tried on every N-th mistake that nothing else names.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import Course, catalogue
from autograder.grading.answer_key import AnswerKey, Meaning, Memory, misconceived
from autograder.grading.grade import Grader
from autograder.grading.run import REPAIR_SECONDS, make_keys, start_grader
from autograder.hidden.catalogue import Misconception
from autograder.student.model.results import ExerciseResult
from autograder.submissions.ingest import Submission
from benchmarks.command import run
from benchmarks.measured import WRITE_HELP, Printout

CATALOGUE, CHANGE, NONE = "another mistake of the catalogue", "one change", "nothing"
METHODS = ("a relation", "another input", "a situation", CATALOGUE, NONE)
WIDTH, EVERY = 120, 10


def without(key: AnswerKey, mistake: Misconception) -> AnswerKey:
    """The key as if a mistake were in no catalogue."""
    whole = key.meaning(mistake.exercise)
    kept = tuple(w for w in whole.wrong if w.misconception.name != mistake.name)
    own = tuple(m for m in key.misconceptions[mistake.exercise] if m.name != mistake.name)
    return replace(
        key,
        memory=Memory({**key.memory.meanings, (mistake.exercise, ()): Meaning(whole.truth, kept)}),
        misconceptions={**key.misconceptions, mistake.exercise: own},
    )


def graded(grader: Grader, key: AnswerKey, mistake: Misconception) -> ExerciseResult:
    """The result of the mistake's exercise."""
    answer = {mistake.exercise: misconceived(key.source, mistake)}
    text = notebook_text(filled_notebook(key.source, key.assignment, answer))
    name = key.assignment.name
    alone = replace(grader, keys={name: without(key, mistake)})
    report = alone.grade(Submission(mistake.name, f"{name}.ipynb", 0.0, text.encode))
    return next(r for r in report.exercises if r.exercise == mistake.exercise)


def method_of(key: AnswerKey, result: ExerciseResult) -> str:
    """By what an exercise's mistake was named."""
    if result.diagnosis is None:
        return NONE
    name = result.diagnosis.name
    if name in {m.name for m in key.misconceptions[result.exercise]}:
        known = [m.text for m in key.misconceptions[result.exercise] if m.name == name]
        return CATALOGUE if result.diagnosis.text in known else METHODS[0]
    kinds = {"another input": METHODS[1], "one change": CHANGE, "where": METHODS[2]}
    return next((kind for brief, kind in kinds.items() if name.startswith(brief)), METHODS[0])


def rows(
    grader: Grader, key: AnswerKey, mistakes: tuple[Misconception, ...], every: int
) -> Iterator[str]:
    """By what each mistake is named; one change where it is sought and found."""
    nameless = 0
    for exercise in key.checks:  # worked out once for all mistakes
        key.meaning(exercise)
    for mistake in mistakes:
        method = method_of(key, graded(grader, key, mistake))
        yield method
        if method == NONE:
            nameless += 1
            if every and nameless % every == 0:
                searching = replace(grader, repair=REPAIR_SECONDS)
                again = method_of(key, graded(searching, key, mistake))
                yield f"sought: {again}"


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")] = None,
    every: Annotated[int, typer.Option(help="Seek one change of every N-th; 0: of none.")] = EVERY,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print the table."""
    known, keys = catalogue(), make_keys(Course())
    table = Table("notebook", "mistakes", *METHODS, box=box.SIMPLE, show_footer=True)
    whole: Counter[str] = Counter()
    with start_grader(keys, Course()) as grader, np.errstate(all="ignore"):
        for name in names or list(known):
            mistakes = known[name][1].misconceptions
            found = Counter(rows(grader, keys[name], mistakes, every))
            whole += found + Counter({"mistakes": len(mistakes)})
            counts = (str(found[method]) for method in METHODS)
            table.add_row(f"`{name}`", str(len(mistakes)), *counts)
    footers = ("all", str(whole["mistakes"]), *(str(whole[method]) for method in METHODS))
    for column, footer in zip(table.columns, footers, strict=True):
        column.footer = footer
    printout = Printout(Console(width=None if sys.stdout.isatty() else WIDTH))
    printout.print(table)
    sought = sum(count for kind, count in whole.items() if kind.startswith("sought: "))
    if sought:
        printout.print(
            f"One change was sought for {sought} of the {whole[NONE]} without a name, and found for "
            f"{whole[f'sought: {CHANGE}']}."
        )
    if write:
        printout.write("names")


if __name__ == "__main__":
    run(main)
