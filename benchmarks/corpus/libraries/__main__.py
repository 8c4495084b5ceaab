"""Run the checker on the derivatives of libraries, and write the counts to a file.

Runs in an environment of its own, which has these libraries: make corpus makes it.

python -m benchmarks.corpus.libraries FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.expressions import expressions
from benchmarks.corpus.libraries.functions import autograd, jax, samples
from benchmarks.corpus.libraries.points import Kind

EXPRESSIONS = 1000


def main(target: Path) -> None:
    """Count library by library and kind by kind, then the random expressions."""
    rows: list[dict[str, object]] = []
    for library in (autograd(), jax()):
        counts, functions = {kind: Counts() for kind in Kind}, set()
        for sample in samples(library):
            counts[sample.kind].add(sample)
            functions.add(sample.function)
        rows += [_row(library.name, kind.value, found) for kind, found in counts.items()]
        rows.append({"library": library.name, "functions": len(functions)})
    random = Counts()
    for sample in expressions(autograd(), EXPRESSIONS):
        random.add(sample)
    rows.append(_row("autograd", f"{EXPRESSIONS:,} random expressions", random))
    target.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _row(library: str, kind: str, counts: Counts) -> dict[str, object]:
    verdicts = {said: counts.right[said] for said in ("right", "undecided", "wrong")}
    return {"library": library, "kind": kind, **verdicts, "mistakes": counts.mistakes, "missed": counts.missed,
            "slips": counts.slips}  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
