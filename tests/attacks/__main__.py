"""The table of attacks by layer: how each ends behind the whole wall, and whether it succeeds with its layers off.

    python -m tests.attacks [--write | GROUP...]

--write puts the counts, group by group, into docs/measured.md.

Exit code 1 if an attack got through, or did not succeed where nothing stops it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.outputs.escape import terminal
from benchmarks.measured import Printout
from tests.attacks.arena import EVERY_LAYER, Arena, Arenas
from tests.attacks.catalogue import Attack
from tests.attacks.everything import GROUPS
from tests.attacks.machine import missing

THROUGH, FAILS = "GOT THROUGH", "DOES NOT SUCCEED"
WIDTH, HOW = 170, 62


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    attack: Attack
    within: str
    without: str

    @property
    def bad(self) -> bool:
        """Whether the wall or the test has a hole."""
        return THROUGH in self.within or FAILS in self.without


def main(wanted: Sequence[str], *, write: bool = False) -> int:
    """Try every attack of the groups wanted, print the tables, and return the exit code."""
    tried: dict[str, list[Row]] = {}
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False)
    with Arenas() as arenas:
        console.print(arenas[EVERY_LAYER].sandbox.layers)
        for group, attacks in GROUPS.items():
            if not wanted or group in wanted:
                tried[group] = [try_out(attack, arenas) for attack in attacks]
                console.print(table(group, tried[group]))
    printout = Printout(console)
    printout.print(counts(tried))
    if write:
        printout.write("attacks")
    return int(any(row.bad for rows in tried.values() for row in rows))


def try_out(attack: Attack, arenas: Arenas) -> Row:
    """An attack against the whole wall, and without what stops it."""
    after = arenas[EVERY_LAYER].launch(attack, beside_honest=True)
    harm = {
        "it succeeded": attack.succeeded(after),
        "others lost points": not after.others_graded_as_usual,
        "a process was left": not arenas[EVERY_LAYER].healthy(),
    }
    seen = ", ".join(words for words, is_seen in harm.items() if is_seen)
    within = f"{THROUGH} ({seen}): {after.how}" if seen else after.how
    return Row(attack, within, _without(attack, arenas))


def _without(attack: Attack, arenas: Arenas) -> str:
    if attack.control:
        return "succeeds in one process" if _succeeds(attack, arenas[EVERY_LAYER]) else FAILS
    if attack.walls:
        return "not applicable"
    lacking = missing(attack)
    if lacking:
        return lacking
    after = arenas[EVERY_LAYER - attack.off].launch(attack)
    return "succeeds" if attack.succeeded(after) else f"{FAILS}: {after.how}"


def _succeeds(attack: Attack, arena: Arena) -> bool:
    return bool(attack.control and attack.control(attack, arena))


def counts(tried: Mapping[str, Sequence[Row]]) -> Table:
    """How many attacks of each group got through, and how many succeed where nothing stops them."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("attacks")
    for name in (
        "tried",
        "got through",
        "succeed without what stops them",
        "cannot be tried without it",
    ):
        made.add_column(name, justify="right")
    everything = [row for rows in tried.values() for row in rows]
    for group, rows in [*tried.items(), ("all", everything)]:
        through = sum(THROUGH in row.within for row in rows)
        succeeded = sum(row.without.startswith("succeeds") for row in rows)
        failed = sum(FAILS in row.without for row in rows)
        untried = len(rows) - succeeded - failed
        made.add_row(group, *(str(n) for n in (len(rows), through, succeeded, untried)))
    return made


def table(group: str, rows: Sequence[Row]) -> Table:
    """A group's attacks, one a line."""
    made = Table(
        title=group, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for name in ("attack", "stopped by any of", "with all layers", "without those"):
        made.add_column(name)
    for row in rows:
        style = "bold red" if row.bad else ""
        cells = (row.attack.name, row.attack.guarded_by, row.within, row.without)
        made.add_row(*(terminal(cell, HOW) for cell in cells), style=style)
    return made


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main([a for a in arguments if a != "--write"], write="--write" in arguments))
