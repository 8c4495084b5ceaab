"""What each layer of the wall adds to a worker: milliseconds, and as a ratio to a bare fork of a process as large.

    python -m benchmarks.sandbox [--rounds 200] [--quick]

Workers with no layer, with each layer alone and with all of them are started and ended in turns, so that whatever else
the machine does falls on all alike.  Workers are forked ahead: who grades waits for nothing that is timed here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.sandbox.layers import Layer, available, default_layers, line
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from benchmarks.measured import WRITE_HELP, Printout

ROUNDS, QUICK_ROUNDS = 200, 3
WARMING = 3  # rounds that are not counted
NONE, ALL = "no layer", "all layers"
# Other than a sandbox's own, so that a session starts a worker instead of taking one that waits.
LIMITS = Limits(memory=Limits().memory - 1)
# A process that holds what a zygote holds, and does nothing but fork, on request.
FORKER = """
import os, sys, time, gc
import autograder.sandbox.zygote
gc.collect(); gc.freeze()
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    print(time.perf_counter() - began, flush=True)
"""


def main(
    rounds: Annotated[
        int | None, typer.Option(min=1, help=f"Rounds, {ROUNDS} if not said.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few rounds of few arms: to see that it works.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Start and end workers with each layer in turns, and print what it took."""
    rounds = rounds or (QUICK_ROUNDS if quick else ROUNDS)
    before = os.getloadavg()[0]
    with ExitStack() as running:
        fork = running.enter_context(_forker())
        arms = {
            name: layers for name, layers in _arms().items() if not quick or name in (NONE, ALL)
        }
        sandboxes = {
            name: running.enter_context(Sandbox(layers=layers)) for name, layers in arms.items()
        }
        taken = [_round(fork, sandboxes) for _ in range(WARMING + rounds)][WARMING:]
    printout = Printout(Console(width=None if sys.stdout.isatty() else 120, highlight=False))
    printout.print(f"{line(available(), default_layers(available()))}")
    printout.print(
        f"{rounds} rounds; load average {before:.1f} before, {os.getloadavg()[0]:.1f} after; medians, in ms\n"
    )
    printout.print(_table(taken, list(sandboxes)))
    if write:
        printout.write("sandbox")


def _arms() -> dict[str, frozenset[Layer]]:
    """The layers of each arm, by its name."""
    has = default_layers(available())
    return {
        NONE: frozenset(),
        **{f"+ {layer.value}": frozenset({layer}) for layer in Layer if layer in has},
        ALL: has,
    }


@contextmanager
def _forker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", FORKER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        yield process
        process.stdin.close()


def _round(
    forker: subprocess.Popen[str], sandboxes: Mapping[str, Sandbox]
) -> dict[str, tuple[float, float]]:
    """Seconds to start and to end, of a bare fork (together) and of a worker of each sandbox."""
    assert forker.stdin and forker.stdout
    print(file=forker.stdin, flush=True)
    taken = {"bare fork": (float(forker.stdout.readline()), 0.0)}
    return taken | {name: _worker(sandbox) for name, sandbox in sandboxes.items()}


def _worker(sandbox: Sandbox) -> tuple[float, float]:
    """Seconds until a fresh worker has answered its first request, and until it is gone with its files."""
    began = time.perf_counter()
    session = sandbox.session(limits=LIMITS)
    session.defined(())
    started = time.perf_counter()
    session.close()
    return started - began, time.perf_counter() - started


def _table(taken: Sequence[Mapping[str, tuple[float, float]]], arms: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(("", "start", "end", "added", "added / bare fork")):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    fork = median(sum(round_["bare fork"]) for round_ in taken)
    table.add_row("bare fork", f"{1e3 * fork:.2f}", "", "", "1.00")
    for arm in arms:
        start, end = (1e3 * median(round_[arm][part] for round_ in taken) for part in (0, 1))
        # Within a round, so that what slows a whole round cancels.
        added = [
            sum(round_[arm]) - sum(round_[NONE] if arm != NONE else round_["bare fork"])
            for round_ in taken
        ]
        table.add_row(
            arm,
            f"{start:.2f}",
            f"{end:.2f}",
            f"{1e3 * median(added):.2f}",
            f"{median(added) / fork:.2f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
