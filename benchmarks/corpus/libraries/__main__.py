"""Run the checker on the derivatives of libraries, and write the counts to a file.

Runs in an environment of its own, which has these libraries: make corpus makes it.  What the file holds of this very
checker is kept: a run that was ended goes on where it was, and a part may be run alone.

python -m benchmarks.corpus.libraries FILE [PART]
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

from autograder.student import gradcheck
from benchmarks.corpus.libraries.count import Counts
from benchmarks.corpus.libraries.expressions import expressions
from benchmarks.corpus.libraries.functions import LIBRARIES, autograd
from benchmarks.corpus.libraries.points import Kind
from benchmarks.corpus.libraries.processes import tally

EXPRESSIONS = 1000
SEEDS = ("5", "404")
PARTS = (*LIBRARIES, *SEEDS)

Row = dict[str, object]


def main(target: Path, *only: str) -> None:
    """Count library by library and kind by kind, then the random expressions; or the parts `only`."""
    found: dict[str, object] = {}
    if target.exists():
        found = json.loads(target.read_text(encoding="utf-8"))
    if found.get("checker") != _checker():
        found = {"checker": _checker()}
    for part in only or PARTS:
        if part not in found:
            found[part] = _of_library(part) if part in LIBRARIES else _of_expressions(part)
            target.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _checker() -> str:
    """What the counts are of: the texts of the checker and of this corpus."""
    folders = (Path(gradcheck.__path__[0]), Path(__file__).parent)
    texts = [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _of_library(library: str) -> list[Row]:
    if importlib.util.find_spec(library) is None:
        return [{"library": library, "absent": True}]
    found = tally(library)
    summary = {"functions": found.functions, "late": found.late, "simple": found.names.mistakes}
    names = {"rightly": found.names.rightly, "wrongly": found.names.wrongly}
    return [
        *(_row(library, kind.value, found.kinds[kind]) for kind in Kind),
        {"library": library, **summary, **names, "slips": found.names.slips},
    ]


def _of_expressions(seed: str) -> list[Row]:
    random = Counts()
    for sample in expressions(autograd(), EXPRESSIONS, int(seed)):
        random.add(sample)
    return [_row("autograd", f"{EXPRESSIONS:,} random expressions, seed {seed}", random)]


def _row(library: str, kind: str, counts: Counts) -> Row:
    verdicts = {said: counts.right[said] for said in ("right", "undecided", "wrong")}
    return {"library": library, "kind": kind, **verdicts, "mistakes": counts.mistakes, "missed": counts.missed,
            "slips": counts.slips, "lacking": counts.lacking}  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
