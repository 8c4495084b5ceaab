"""Count a library function by function, in a process that is ended and replaced where one takes too long."""

from __future__ import annotations

import resource
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection

from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.functions import LIBRARIES, samples
from benchmarks.corpus.libraries.names import Names
from benchmarks.corpus.libraries.points import Kind

# Seconds of CPU that one function may take at all points: some of jax's never end.
LIMIT = 90


@dataclass(slots=True)
class Tally:
    """What was counted of a function: verdicts by kind of point, and names; late: the function, if it took too long."""

    functions: int = 0
    kinds: defaultdict[Kind, Counts] = field(default_factory=lambda: defaultdict(Counts))
    names: Names = field(default_factory=Names)
    late: list[str] = field(default_factory=list)


def tallies(library: str, names: Sequence[str]) -> Iterator[tuple[str, Tally]]:
    """Count functions of a library one by one."""
    context = get_context("spawn")
    waiting = list(names)
    while waiting:
        ours, theirs = context.Pipe()
        process = context.Process(target=_count, args=(library, waiting, theirs), daemon=True)
        process.start()
        theirs.close()
        try:
            while waiting:
                part = ours.recv()
                yield waiting.pop(0), part
        except EOFError:  # it was ended, or ended by itself
            process.join()
            if process.exitcode != -signal.SIGXCPU:
                raise
            yield waiting[0], Tally(late=[waiting.pop(0)])
        process.join()


def _count(library: str, names: list[str], results: Connection) -> None:
    """Send what was counted of each function."""
    place = LIBRARIES[library]()
    for name in names:
        until = int(time.process_time()) + LIMIT
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        part = Tally()
        for sample in samples(place, name):
            part.kinds[sample.kind].add(sample)
            if sample.kind is Kind.ORDINARY:
                part.names.add(sample)
        part.functions = int(bool(part.kinds))
        results.send(part)
