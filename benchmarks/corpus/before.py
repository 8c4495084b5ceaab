"""What a check costs beside the checker as it was before it was mended: the time of both in one run, turn by turn.

python -m benchmarks.corpus.before [--write]
"""

from __future__ import annotations

import importlib
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from autograder.course.paths import HERE
from autograder.student import check_gradient
from autograder.student.gradcheck.report import GradientReport
from benchmarks.corpus.__main__ import table_of
from benchmarks.corpus.cost import doubled
from benchmarks.corpus.formulas import FUNCTIONS
from benchmarks.corpus.networks import perceptron
from benchmarks.corpus.subject import Subject
from benchmarks.measured import WRITE_HELP, Printout

# The last state of this repository with that checker.
BEFORE = "e0ed05cc4277c4290a5af32ee74930a278e10b3c"
CHECKER = "autograder.student.gradcheck.check_gradient"
NUMBERS = (10, 30, 100, 300, 1000)
# Inputs, hidden and outputs of an MLP with about as many parameters.
WIDTHS = ((1, 2, 2), (2, 5, 3), (5, 10, 4), (10, 20, 4), (20, 40, 4))
SUMS_OF = ("sin", "softplus", "polynomial", "gauss")
# Checks by each at least; more of small ones, which one interruption disturbs more.
TURNS, SMALL = 21, 2000

Check = Callable[..., GradientReport]


def main(write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False) -> None:
    """Print the tables."""
    printout = Printout(Console(width=150, markup=False, highlight=False))
    with TemporaryDirectory() as folder:
        before = checker_in(_unpacked(Path(folder)))
        _print(before, printout)
    if write:
        printout.write("cost")


def _print(before: Check, printout: Printout) -> None:
    printout.print(
        f"**Cost beside the checker before it was mended** ({BEFORE[:7]}): CPU time now as a "
        f"fraction of the time then, the median of {TURNS} pairs of checks or more, in turn; in "
        "brackets the evaluations then and now."
    )
    for kind in ("right", "wrong"):
        columns = (f"{number:,} parameters" for number in NUMBERS)
        table = table_of(f"\na {kind} gradient of", *columns)
        for name, subjects in _functions().items():
            gradients = [s.gradient if kind == "right" else doubled(s.gradient) for s in subjects]
            pairs = zip(subjects, gradients, strict=True)
            cells = [_cell(before, subject, gradient) for subject, gradient in pairs]
            table.add_row(name, *cells)
        printout.print(table)


def _cell(before: Check, subject: Subject, gradient: Callable[..., object]) -> str:
    """`0.85 (62, 44)`: the time now by that before, and the evaluations."""
    asked = [
        check(subject.f, subject.x, gradient).evaluations for check in (before, check_gradient)
    ]
    ratios = []
    for _ in range(max(TURNS, SMALL // subject.parameters)):
        then, now = (_seconds(check, subject, gradient) for check in (before, check_gradient))
        ratios.append(now / then)
    return f"{statistics.median(ratios):.2f} ({asked[0]:,}, {asked[1]:,})"


def _seconds(check: Check, subject: Subject, gradient: Callable[..., object]) -> float:
    start = time.process_time()
    check(subject.f, subject.x, gradient)
    return time.process_time() - start


def _functions() -> dict[str, list[Subject]]:
    """Functions by name, each with so many parameters."""
    rng = np.random.default_rng(3)
    found = {f"sum of {name}": [_sum_of(name, n, rng) for n in NUMBERS] for name in SUMS_OF}
    found["log of sum of exp"] = [_log_sum_exp(n, rng) for n in NUMBERS]
    found["MLP"] = [perceptron(rng, "cost", 8, widths) for widths in WIDTHS]
    return found


def _sum_of(name: str, number: int, rng: np.random.Generator) -> Subject:
    f, slope, *_ = FUNCTIONS[name]
    x = {"x": rng.normal(size=number)}
    return Subject("sum", name, lambda x: float(np.sum(f(x))), lambda x: {"x": slope(x)}, x)


def _log_sum_exp(number: int, rng: np.random.Generator) -> Subject:
    x = {"x": rng.normal(size=number)}
    return Subject(
        "sum",
        "log of exp",
        lambda x: float(np.log(np.sum(np.exp(x)))),
        lambda x: {"x": np.exp(x) / np.sum(np.exp(x))},
        x,
    )


def _unpacked(folder: Path) -> Path:
    """The package as it was then, in a folder.  Needs this repository's history."""
    command = ["git", "archive", BEFORE, "autograder"]
    archive = subprocess.run(command, cwd=HERE.root, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def checker_in(folder: Path) -> Check:
    """The check_gradient of the package in a folder, beside the one that is imported."""
    mine = dict(_ours())
    for name in mine:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        found: Check = importlib.import_module(CHECKER).check_gradient
    finally:
        sys.path.remove(str(folder))
        for name in dict(_ours()):
            del sys.modules[name]
        sys.modules.update(mine)
    return found


def _ours() -> Iterator[tuple[str, object]]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "autograder":
            yield name, module


if __name__ == "__main__":
    typer.run(main)
