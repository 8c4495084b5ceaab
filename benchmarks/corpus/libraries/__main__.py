"""Run the checker on the derivatives of libraries, and keep the counts in a file, function by function.

Runs in an environment of its own, which has these libraries: make corpus makes it.  A run may be ended at any time:
the next one goes on where it was, as long as the checker and this corpus are the same.

python -m benchmarks.corpus.libraries FILE
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from autograder.student import gradcheck
from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.expressions import expressions
from benchmarks.corpus.libraries.functions import LIBRARIES, NAMES, autograd
from benchmarks.corpus.libraries.processes import Tally, tallies

EXPRESSIONS, PORTION = 1000, 100
SEEDS = (5, 404)

Row = dict[str, object]


def main(target: Path) -> None:
    """Count each function of each library, and the random expressions, unless they were counted before."""
    kept = _kept(target)
    with target.open("a", encoding="utf-8") as lines:
        for name, rows in _counted(kept):
            lines.write(json.dumps({"of": name, "rows": rows}) + "\n")
            lines.flush()


def _kept(target: Path) -> set[str]:
    """What was counted before, of this very checker and corpus; a file of any other begins anew."""
    folders = (Path(gradcheck.__path__[0]), Path(__file__).parent)
    texts = [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.py"))]
    first = json.dumps({"of": hashlib.sha256(b"".join(texts)).hexdigest(), "rows": []})
    whole = target.read_text(encoding="utf-8") if target.exists() else ""
    lines = whole[: whole.rfind("\n") + 1].splitlines()  # the last may be half written
    if lines[:1] != [first]:
        lines = [first]
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {json.loads(line)["of"] for line in lines}


def _counted(kept: set[str]) -> Iterator[tuple[str, list[Row]]]:
    """What is counted now: its name, and its rows of the tables."""
    for library in LIBRARIES:
        if importlib.util.find_spec(library) is None:
            yield library, [{"library": library, "absent": True}]
            continue
        waiting = [name for name in NAMES if f"{library} {name}" not in kept]
        for name, part in tallies(library, waiting):
            yield f"{library} {name}", list(_rows(library, part))
    for seed in SEEDS:
        kind = f"{EXPRESSIONS:,} random expressions, seed {seed}"
        for start in range(0, EXPRESSIONS, PORTION):
            if f"{kind}, {start}" not in kept:
                counts = Counts()
                for sample in islice(expressions(autograd(), start + PORTION, seed), start, None):
                    counts.add(sample)
                yield f"{kind}, {start}", [_row("autograd", kind, counts)]


def _rows(library: str, part: Tally) -> Iterator[Row]:
    for kind, counts in part.kinds.items():
        yield _row(library, kind.value, counts)
    summary = {"functions": part.functions, "late": part.late, "simple": part.names.mistakes}
    names = {"rightly": part.names.rightly, "wrongly": part.names.wrongly}
    yield {"library": library, **summary, **names, "slips": part.names.slips}


def _row(library: str, kind: str, counts: Counts) -> Row:
    verdicts = {said: counts.right[said] for said in ("right", "undecided", "wrong")}
    return {"library": library, "kind": kind, **verdicts, "mistakes": counts.mistakes, "missed": counts.missed,
            "slips": counts.slips, "lacking": counts.lacking}  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
