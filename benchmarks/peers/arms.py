"""The arms that run in the environment of peers: otter-grader, and nbclient alone, which executes and checks nothing.

    .venv-peers/bin/python -m benchmarks.peers.arms nbclient FOLDER JOBS BEGAN

Each takes one submission after the other in as many processes as there are jobs.  Students' code runs here as it does
in these tools: without a sandbox.  The class is the kit's own simulated one.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.arms import GRADING, Outcome, Stopwatch, peak_memory, run_named


def nbclient(folder: Path, jobs: int, began: float) -> Outcome:
    """Execute every cell of each notebook in a kernel of its own and keep what it wrote, errors as well."""
    watch = Stopwatch(began)
    import nbclient
    import nbformat

    watch.lap("imports")
    assert nbclient and nbformat
    return _grade(_execute, sorted(folder.glob("*/*.ipynb")), jobs, watch)


def otter(folder: Path, jobs: int, began: float) -> Outcome:
    """Grade each notebook as `otter run` does, by the tests in folder/{assignment}.zip."""
    watch = Stopwatch(began)
    import otter.api
    import otter.execute
    from nbconvert.preprocessors import ExecutePreprocessor

    watch.lap("imports")
    assert otter.api and otter.execute and ExecutePreprocessor
    return _grade(_run_otter, sorted(folder.glob("*/*.ipynb")), jobs, watch)


def _grade(
    grade: Callable[[Path], bool], notebooks: Sequence[Path], jobs: int, watch: Stopwatch
) -> Outcome:
    """Grade in `jobs` processes, forked when everything is imported; `grade` says whether it came to an end."""
    with (
        tempfile.TemporaryDirectory() as folder,  # students' code may write into it
        ProcessPoolExecutor(
            jobs, multiprocessing.get_context("fork"), initializer=_begin, initargs=(folder,)
        ) as pool,
    ):
        ended = list(pool.map(_measured, [grade] * len(notebooks), notebooks))
        watch.lap(GRADING)
    return Outcome(watch.phases, sum(whole for whole, _ in ended), max(peak for _, peak in ended))


def _begin(folder: str) -> None:
    """Work in `folder`; the standard output is for the result of all alone."""
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _measured(grade: Callable[[Path], bool], notebook: Path) -> tuple[bool, int]:
    """Whether a notebook was graded, and the peak memory of this process so far."""
    return grade(notebook), peak_memory(os.getpid())


def _execute(path: Path) -> bool:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    return True


def _run_otter(path: Path) -> bool:
    from otter.api import grade_submission

    results = grade_submission(str(path), str(path.parents[1] / f"{path.stem}.zip"), quiet=True)
    return not results.has_catastrophic_failure() and bool(results.results)


if __name__ == "__main__":
    run_named({"nbclient": nbclient, "otter": otter})
