"""The truth of a grade, by exercise: wrong answers seen, right ones accepted, mistakes named and misnamed.

    python -m benchmarks.truth [ASSIGNMENT]... [--mutants all|sample|none] [--write]

A mutant that means the same as the reference is no wrong answer; each is listed with its proof.  Exit code 1 if a wrong
answer keeps all points, a right one loses some, or a mistake gets the name of another.
"""

from __future__ import annotations

import sys
from dataclasses import astuple, dataclass
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.authoring.gate.audit import Score, audit
from autograder.authoring.gate.conditions import ConditionScore, audit_conditions
from autograder.authoring.gate.verify import Row, verify_assignment
from autograder.cli.app import cores
from autograder.cli.authors import SAMPLE, Extent
from autograder.course.settings import Course, catalogue
from autograder.grading.run import make_keys, start_grader
from benchmarks.command import run
from benchmarks.measured import WRITE_HELP, Printout
from tests.variants.__main__ import accepted

COLUMNS = (
    *(
        "exercise",
        "mutants\nkilled",
        "right answers\naccepted",
        "known mistakes\ncaught",
        "named",
        "misnamed",
    ),
    *("points lost in\nother exercises", "conditions\nfound visible", "conditions\nfound hidden"),
)
# Wide enough for all columns, where nobody looks on.
WIDTH = 150


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise: how many of how many wrong and right answers were seen as what they are.

    wrong: mutants that were graded and do not mean the same as the reference.  lost, elsewhere: the points that its
    misconceptions cost it, and other exercises.  visible, hidden: conditions found by checks of that kind.
    """

    exercise: str
    killed: int
    wrong: int
    accepted: int
    right: int
    misconceptions: int
    caught: int
    named: int
    misnamed: int
    lost: float = 0.0
    elsewhere: float = 0.0
    conditions: int = 0
    visible: int = 0
    hidden: int = 0

    @property
    def missed(self) -> int:
        """Wrong answers that kept all points."""
        return self.wrong - self.killed + self.misconceptions - self.caught

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in the table."""
        pairs = (
            (self.killed, self.wrong),
            (self.accepted, self.right),
            (self.caught, self.misconceptions),
        )
        shares = [f"{some} of {all_}" if all_ else "–" for some, all_ in pairs]
        others = f"{self.elsewhere:g} to {self.lost:g}" if self.lost else "–"
        found = [
            f"{n} of {self.conditions}" if self.conditions else "–"
            for n in (self.visible, self.hidden)
        ]
        return (self.exercise, *shares, str(self.named), str(self.misnamed), others, *found)


def line(
    row: Row, score: Score | None, kept: list[bool], special: ConditionScore | None = None
) -> Line:
    """Put together what the gate, the audit and the right answers say of one exercise."""
    killed, wrong = (score.killed, score.graded - score.equivalent) if score else (0, 0)
    named = (row.misconceptions, row.caught, row.named, row.misnamed, row.lost, row.elsewhere)
    found = (len(special.outcomes), special.seen, special.caught) if special else (0, 0, 0)
    return Line(row.exercise, killed, wrong, sum(kept), len(kept), *named, *found)


def total(lines: list[Line]) -> Line:
    """All lines added up."""
    counts = [astuple(each)[1:] for each in lines]
    return Line(f"{len(lines)} exercises", *map(sum, zip(*counts, strict=True)))


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")] = None,
    mutants: Extent = Extent.ALL,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print the table."""
    known = catalogue()
    if strange := [name for name in names or () if name not in known]:
        sys.exit(f"{strange[0]}: there is no such assignment; there are {', '.join(known)}")
    chosen, keys, lines = names or list(known), make_keys(Course()), []
    most = SAMPLE if mutants is Extent.SAMPLE else None
    with start_grader(keys, Course(), cores()) as grader:
        for name in chosen:
            rows = verify_assignment(keys[name], grader, cores()).rows
            scores: dict[str, Score] = {}
            special: dict[str, ConditionScore] = {}
            if mutants is not Extent.NONE:
                found = audit(
                    keys[name], known[name][1].equivalents, grader, cores(), most=most
                ).scores
                scores = {score.exercise: score for score in found}
                public, hidden = known[name]
                special = {
                    e.name: audit_conditions(keys[name], hidden.excluded, e)
                    for e in public.exercises
                }
            kept = accepted(name)
            lines += [
                line(row, scores.get(row.exercise), kept[row.exercise], special.get(row.exercise))
                for row in rows
            ]
    whole = total(lines)
    table = Table(*COLUMNS, box=box.SIMPLE, show_footer=True)
    for column, footer in zip(table.columns, whole.cells, strict=True):
        column.footer, column.no_wrap = footer, True
    for one in lines:
        table.add_row(*one.cells)
    printout = Printout(Console(width=None if sys.stdout.isatty() else WIDTH))
    printout.print(table)
    alarms = whole.right - whole.accepted
    printout.print(f"false alarms: {alarms}; missed: {whole.missed}; misnamed: {whole.misnamed}")
    if write:
        printout.write("truth")
    sys.exit(bool(alarms or whole.missed or whole.misnamed))


if __name__ == "__main__":
    run(main)
