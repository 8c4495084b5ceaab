"""Run the checker on the derivatives of libraries, and write the counts to a file.

Runs in an environment of its own, which has these libraries: make corpus makes it.

python -m benchmarks.corpus.libraries FILE
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.expressions import expressions
from benchmarks.corpus.libraries.functions import LIBRARIES, autograd
from benchmarks.corpus.libraries.points import Kind
from benchmarks.corpus.libraries.processes import tally

EXPRESSIONS = 1000
SEEDS = (5, 404)


def main(target: Path) -> None:
    """Count library by library and kind by kind, then the random expressions."""
    rows: list[dict[str, object]] = []
    for library in LIBRARIES:
        if importlib.util.find_spec(library) is None:
            rows.append({"library": library, "absent": True})
            continue
        found = tally(library)
        rows += [_row(library, kind.value, found.kinds[kind]) for kind in Kind]
        summary = {"functions": found.functions, "late": found.late, "simple": found.names.mistakes}
        names = {"rightly": found.names.rightly, "wrongly": found.names.wrongly}
        rows.append({"library": library, **summary, **names, "slips": found.names.slips})
    for seed in SEEDS:
        random = Counts()
        for sample in expressions(autograd(), EXPRESSIONS, seed):
            random.add(sample)
        rows.append(_row("autograd", f"{EXPRESSIONS:,} random expressions, seed {seed}", random))
    target.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _row(library: str, kind: str, counts: Counts) -> dict[str, object]:
    verdicts = {said: counts.right[said] for said in ("right", "undecided", "wrong")}
    return {"library": library, "kind": kind, **verdicts, "mistakes": counts.mistakes, "missed": counts.missed,
            "slips": counts.slips, "lacking": counts.lacking}  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
