"""The commands of a student: `python -m autograder.student ci` and `python -m autograder.student submit-check`.

Exit codes: 0 all passed, or ready to be handed in; 1 something failed, or is missing; 2 misuse; 3
the checking itself failed, through no fault of the notebook.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.student.ci import platforms
from autograder.student.ci.github import harmless
from autograder.student.ci.kernel import KernelError
from autograder.student.ci.platforms import WRITERS, Job
from autograder.student.ci.submit_check import look, ready
from autograder.student.ci.visible import FOOTER, find_notebooks, grade_visible

PROGRAM = "python -m autograder.student"
OK, FAILED, MISUSE, BROKEN = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description=(__doc__ or "").partition("\n\nExit")[0]
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ci = commands.add_parser(
        "ci", help="run the visible checks on notebooks, for people and for GitHub"
    )
    ci.add_argument(
        "notebooks",
        nargs="*",
        type=Path,
        metavar="NOTEBOOK",
        help="all below this folder if none is named",
    )
    ci.add_argument(
        "--format", action="append", choices=list(WRITERS), dest="formats", help=FORMAT_HELP
    )
    ci.add_argument(
        "--out", type=Path, default=Path("checked"), help="a folder for files (default: checked)"
    )
    ci.set_defaults(
        run=lambda given: visible(given.notebooks, given.formats, given.out, os.environ)
    )
    handin = commands.add_parser("submit-check", help="look at a notebook before you hand it in")
    handin.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    handin.set_defaults(run=lambda given: submit_check(given.notebook))
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a Windows console may know no "✓"
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        return int(given.run(given))
    except KernelError as error:
        return _failed(str(error), BROKEN)


FORMAT_HELP = "write for this platform (repeat it for several); by default the environment decides"


def visible(
    notebooks: Sequence[Path], formats: Sequence[str] | None, out: Path, environ: Mapping[str, str]
) -> int:
    """Run the visible checks on notebooks and tell people and platforms; the exit code."""
    paths = list(notebooks) or find_notebooks(Path())
    if not paths:
        return _failed("no notebook of an assignment is below this folder; name one", MISUSE)
    for path in paths:
        if not path.is_file():
            return _failed(f"{path}: there is no such file; name a notebook", MISUSE)
    handed = [grade_visible(path, _shown(path)) for path in paths]
    job = Job(handed, out, environ, (FOOTER,))
    for one in handed:
        print(platforms.summary_text(one), end="\n\n")
    print(FOOTER)
    for name in formats or platforms.asked_for(environ):
        for line in WRITERS[name](job):
            print(line)
    return OK if all(one.passed for one in handed) else FAILED


def submit_check(notebook: Path) -> int:
    """Say what is missing in a notebook; the exit code."""
    if not notebook.is_file():
        return _failed(f"{notebook}: there is no such file; name your notebook", MISUSE)
    if notebook.suffix != ".ipynb":
        return _failed(
            f"{notebook}: is not a notebook (.ipynb); name the file that you hand in", MISUSE
        )
    said = look(notebook)
    is_ready = ready(said)
    print("Ready to be handed in." if is_ready else "Not ready: see what is marked “not yet”.")
    print()
    for one in said:
        print(harmless(f"{one.mark.symbol} {one.mark.word:<8}{one.text}"))
    return OK if is_ready else FAILED


def _shown(path: Path) -> str:
    """A path from the root of the repository, as GitHub names files; else from here."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    whole = path.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else path.as_posix()


def _failed(why: str, code: int) -> int:
    print(f"{PROGRAM}: {why}", file=sys.stderr)
    return code
