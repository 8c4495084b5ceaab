"""The one `app` that commands register with, the options that several share, and how problems are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from rich.console import Console

from autograder.errors import MisuseError
from autograder.outputs.escape import PASSAGE, one_line
from autograder.submissions.entries import Layout

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
FAILED = 1
AUTHORS, INSTRUCTORS = "For authors", "For instructors"
stderr = Console(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)

CourseFile = Annotated[
    Path | None,
    typer.Option(
        "--course",
        help="A course.toml; by default the nearest one above the submissions, never one inside them.",
    ),
]
LayoutOption = Annotated[
    Layout | None,
    typer.Option("--layout", help="The layout of the download, if its names do not decide it."),
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="A folder for pages and report.json; by default graded/, in the course directory if there is one.",
    ),
]
Unsafe = Annotated[
    bool, typer.Option("--unsafe", help="Go on even where student code could reach your files.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="How many to run at a time; by default one for each core."
    ),
]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command in which one parameter, a dataclass, stands for several options: its fields."""
    hints = get_type_hints(command, include_extras=True)
    [name] = [name for name, kind in hints.items() if is_dataclass(kind)]
    group: Callable[..., Any] = hints[name]
    own = [field.name for field in fields(hints[name])]

    @wraps(command)
    def called(**given: Any) -> None:
        options = group(**{option: given.pop(option) for option in own})
        command(**given, **{name: options})

    taken = signature(command, eval_str=True).parameters.values()
    others = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in taken if each.name != name]
    added = signature(group, eval_str=True).parameters.values()
    known = [*others, *(each.replace(kind=Parameter.KEYWORD_ONLY) for each in added)]
    called.__signature__ = signature(called).replace(parameters=known)  # type: ignore[attr-defined]
    return called


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_of(name: str, known: Collection[str], what: str) -> None:
    """Raise MisuseError if `name` is none of the known ones."""
    if name not in known:
        raise MisuseError(f"{what}: there is no {name!r}; write one of {', '.join(known)}")


def report_text(path: Path) -> str:
    """The text of a report.json; MisuseError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(
            f"{path}: cannot be read ({getattr(error, 'strerror', '') or error}); name the report.json "
            "of a graded class"
        ) from None


def say(text: str) -> None:
    """Print on stderr what may hold names that students chose: they steer no terminal, and no log of a workflow."""
    for line in text.splitlines():
        stderr.print(one_line(line, PASSAGE))


def report_problems(problems: Sequence[str]) -> None:
    """Print each problem on stderr; exit 1 if there are any."""
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(FAILED)


def progress_bar() -> Progress:
    """A progress bar on stderr, with the time that is left; nothing where stderr is not a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),  # by the pace of the last half minute; nothing until there is one
    )
    return Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)
