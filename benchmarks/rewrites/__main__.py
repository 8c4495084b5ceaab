"""How many right answers the grader refuses: answers made by rewrites that keep the meaning, several at once.

    python -m benchmarks.rewrites [ASSIGNMENT]... [--answers N] [--seed S] [--write]

Each answer is proved right by an independent oracle before it is graded; one that is not equal is thrown away.
An interrupt ends it with what is graded.  Exit code 1 if one is refused; its text is printed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.cli.app import cores
from autograder.course.settings import Course, catalogue
from autograder.course.source import reference_namespace
from autograder.grading.answer_key import AnswerKey
from autograder.grading.grade import Grader, grade_class
from autograder.grading.run import make_keys, start_grader
from autograder.submissions.ingest import Submission
from benchmarks.command import run
from benchmarks.measured import WRITE_HELP, Printout
from benchmarks.rewrites.answers import draw_answers
from benchmarks.rewrites.oracle import Reference

ANSWERS, BATCH, WIDTH = 10_000, 20, 120
Notebook = dict[str, str]


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")] = None,
    answers: Annotated[int, typer.Option(min=1, help="How many answers to grade.")] = ANSWERS,
    seed: Annotated[int, typer.Option(help="Another seed makes other answers.")] = 0,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print the table."""
    known = catalogue()
    if strange := [name for name in names or () if name not in known]:
        sys.exit(f"{strange[0]}: there is no such assignment; there are {', '.join(known)}")
    keys = make_keys(Course())
    accepted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    thrown: Counter[str] = Counter()
    seen: defaultdict[str, set[str]] = defaultdict(set)
    with start_grader(keys, Course(), cores()) as grader, suppress(KeyboardInterrupt):
        for name, notebooks in _batches(names or list(known), keys, seed, thrown):
            for exercise, text, full in graded(keys[name], grader, notebooks):
                if text in seen[exercise]:
                    continue
                seen[exercise].add(text)
                (accepted if full else refused)[exercise] += 1
                if not full:
                    print(f"{name}: refused:\n{text}\n", file=sys.stderr)
            total = accepted.total() + refused.total()
            print(f"{total} answers, {refused.total()} refused", file=sys.stderr)
            if total >= answers:
                break
    printout = Printout(Console(width=None if sys.stdout.isatty() else WIDTH))
    printout.print(_table(accepted, refused))
    printout.print(
        f"{thrown.total():,} others were thrown away before, because they do not equal the original on random inputs "
        f"of the documented domain. {_limit(accepted.total(), refused.total())}"
    )
    if write:
        printout.write("rewrites")
    sys.exit(bool(refused))


def _batches(
    names: Sequence[str], keys: dict[str, AnswerKey], seed: int, thrown: Counter[str]
) -> Iterator[tuple[str, list[Notebook]]]:
    """Notebooks of right answers, in turn from each assignment, without an end."""
    number = seed * 1_000_000
    references = {name: Reference(reference_namespace(keys[name].source)) for name in names}
    while True:
        for name in names:
            notebooks = []
            for place in range(number, number + BATCH):
                drawn, wrong = draw_answers(keys[name], references[name], place)
                thrown[name] += wrong
                notebooks.append(drawn)
            yield name, notebooks
        number += BATCH


def graded(
    key: AnswerKey, grader: Grader, notebooks: Sequence[Notebook]
) -> Iterator[tuple[str, str, bool]]:
    """Grade notebooks; of each answer its exercise, its text, and whether it kept all points."""
    right = notebook_text(filled_notebook(key.source, key.assignment))
    papers = []
    for number, answers in enumerate(notebooks):
        notebook = json.loads(right)
        for cell in notebook["cells"]:
            cell["source"] = answers.get(cell["id"], cell["source"])
        data = json.dumps(notebook).encode()
        papers.append(
            Submission(f"rewrite {number}", f"{number}.ipynb", 0.0, lambda data=data: data)
        )
    reports = grade_class(grader, papers, cores(), lambda report: None)
    for answers, report in zip(notebooks, reports, strict=True):
        whole = {result.exercise for result in report.exercises if result.earned == result.possible}
        for exercise, text in answers.items():
            yield exercise, text, exercise in whole


def _table(accepted: Counter[str], refused: Counter[str]) -> Table:
    table = Table(box=box.SIMPLE, show_footer=True)
    exercises = [e.name for public, _ in catalogue().values() for e in public.exercises]
    tried = [e for e in exercises if accepted[e] + refused[e]]
    table.add_column("exercise", f"{len(tried)} exercises")
    table.add_column(
        "right answers graded", f"{accepted.total() + refused.total():,}", justify="right"
    )
    table.add_column("refused", str(refused.total()), justify="right")
    for exercise in tried:
        table.add_row(
            exercise, f"{accepted[exercise] + refused[exercise]:,}", str(refused[exercise])
        )
    return table


def _limit(accepted: int, refused: int) -> str:
    """What the count says of the rate; with none refused, the rule of three."""
    if refused:
        return f"{refused} of {accepted + refused:,} refused."
    return f"With 95 % confidence fewer than {300 / accepted:.3f} % of such answers are refused (3 of {accepted:,})."


if __name__ == "__main__":
    run(main)
