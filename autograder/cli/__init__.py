"""The command line.  stdout is the result, stderr is progress and diagnostics.

Exit codes: 0 done; 1 a check failed (build --check, release --check, verify, compare, doctor, evidence verify);
2 misuse; 3 the grader failed; 130 somebody interrupted it.
"""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from autograder import __version__
from autograder.cli import authors, ci, courses, instructors, regrade, reporting
from autograder.cli.app import app, say, stderr
from autograder.errors import GraderError, KitError

# Importing a module registers its commands; their order in the help is the order here.
COMMANDS = (authors, courses, instructors, regrade, reporting, ci)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"backprop-kit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """Build, release and grade the backpropagation assignments."""


def main() -> None:
    """Run the command line; errors of the kit become one line on stderr and their exit code."""
    try:
        app()
    except KitError as error:
        say(f"autograder: {error}")
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        stderr.print("autograder: the grader itself failed, see above; please report it")
        sys.exit(GraderError.exit_code)
