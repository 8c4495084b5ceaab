"""How a benchmark is run from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from autograder.cli.app import stderr
from autograder.errors import KitError


def run(main: Callable[..., None]) -> None:
    """Run a benchmark's `main`; errors of the kit become one line on stderr and their exit code."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    try:
        app()
    except KitError as error:
        stderr.print(f"benchmarks: {error}")
        sys.exit(error.exit_code)
