"""The IPython shell that runs a notebook's cells unattended: no history, no pictures, no questions to a person."""

from __future__ import annotations

import ast
import builtins
import getpass
import io
import site
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import matplotlib
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from matplotlib._pylab_helpers import Gcf
from traitlets import Type
from traitlets.config import Config

from autograder.sandbox.bindings import Bindings
from autograder.sandbox.protocol import SKIPPED
from autograder.student.judging.stops import describe
from autograder.student.model.exercises import Failure

# Magics that would start another program.  Those of one line skip that line, those of a cell skip the cell.
LINE_PROGRAMS = ("pip", "conda", "mamba", "micromamba", "uv", "sx", "system", "sc", "edit")
CELL_PROGRAMS = (
    "!",
    "bash",
    "perl",
    "pypy",
    "python",
    "python2",
    "python3",
    "ruby",
    "script",
    "sh",
    "sx",
    "system",
)


class Printed(io.TextIOBase):
    """What a cell prints, both streams in one, up to `limit` characters."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._parts: list[str] = []
        self._room = limit

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Keep as much of `text` as there is room for."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._room > 0:
            self._parts.append(str(text[: self._room]))
            self._room -= len(self._parts[-1])
        return len(text)

    def close(self) -> None:
        """Do nothing: a cell that closes its output does not close the next cell's."""

    def take(self) -> str:
        """Return what was kept since the last call, and forget it."""
        text = "".join(self._parts)
        self._parts, self._room = [], self.limit
        return text


class _Quiet(DisplayHook):
    """Prints the value of a cell's last line without `Out[1]:`."""

    def write_output_prompt(self) -> None:
        """Nothing."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Print the text of the value."""
        print(format_dict.get("text/plain", ""))

    def log_output(self, format_dict: dict[str, Any]) -> None:
        """Keep no history of values in words."""


class _TextOnly(DisplayPublisher):
    """Prints what a cell displays, if it has a text form."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        """Print the text of `data`."""
        if "text/plain" in data:
            print(data["text/plain"])

    def clear_output(self, wait: bool = False) -> None:
        """Nothing: what was printed stays."""


class _Counted(ast.NodeTransformer):
    """Counts the lines of a cell from the top of its file."""

    def __init__(self, line: int) -> None:
        self.line = line

    def visit(self, node: ast.AST) -> ast.AST:
        """The tree of the whole cell, with later lines."""
        return ast.increment_lineno(node, self.line)


class Shell(InteractiveShell):
    """An IPython shell for a notebook that runs unattended."""

    bindings: Bindings
    displayhook_class = Type(_Quiet)
    display_pub_class = Type(_TextOnly)

    @contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """Keep no history of what is printed: it would grow as long as a cell prints."""
        yield

    def system(self, cmd: str) -> None:
        """Print that `cmd` was skipped."""
        print(f"!{cmd}: {SKIPPED}")

    system_raw = system_piped = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> object:
        """Print that `cmd` was skipped; its output is empty."""
        self.system(cmd)
        return SList([]) if split else LSString("")

    def enable_gui(self, gui: object = None) -> None:
        """Nothing: there is no screen."""

    def enable_matplotlib(self, gui: object = None) -> Any:
        """Show figures inline, whatever window was asked for."""
        return super().enable_matplotlib("inline")  # type: ignore[no-untyped-call]

    def showtraceback(self, *_: object, **__: object) -> None:
        """Nothing: the failure is described by its exception."""

    showsyntaxerror = showtraceback

    def _format_exception_for_storage(self, *_: object, **__: object) -> dict[str, object]:
        """Return nothing: nobody reads it, and formatting an endless recursion takes seconds."""
        return {}

    def should_run_async(self, raw_cell: str, **known: Any) -> bool:
        """Whether a cell awaits something; only one that has a word for it is compiled to see that."""
        worded = "await" in raw_cell or "async" in raw_cell
        return worded and super().should_run_async(raw_cell, **known)

    def ask_exit(self) -> NoReturn:
        """End the cell, as exit() would the notebook."""
        raise SystemExit("exit() was called")


def start_shell() -> Shell:
    """The shell of this process, ready for its first cell."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryAccessor.enabled = False
    config.DisplayFormatter.active_types = ["text/plain"]
    config.InteractiveShell.display_page = True
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config)
    shell.bindings = Bindings(shell.user_ns)
    shell.db = {}  # where magics store data between sessions
    for name in LINE_PROGRAMS:
        shell.register_magic_function(_skip_line(shell, name), "line", name)
    for name in CELL_PROGRAMS:
        shell.register_magic_function(_skip_cell(shell, name), "cell", name)
    _settle_interpreter()
    shell.enable_matplotlib()
    matplotlib.use = _stay  # a window's backend cannot be loaded here, and no notebook needs one
    return shell


def run_cell(
    shell: Shell, cell: str, printed: Printed, line: int = 0
) -> tuple[Failure | None, str]:
    """Run one cell; how it stopped if it did, and what it printed.  Its figures are closed.

    line: how many lines of its file stand before it.
    """
    sys.stdout = sys.stderr = printed
    counted = [_Counted(line)] if line else []
    shell.ast_transformers[:0] = counted
    result = shell.run_cell(cell, store_history=True)  # type: ignore[no-untyped-call]
    for transformer in counted:
        if transformer in shell.ast_transformers:
            shell.ast_transformers.remove(transformer)
    error = result.error_before_exec or result.error_in_exec
    failure = None if error is None else describe(error)
    Gcf.destroy_all()
    return failure, printed.take()


def _skip_line(shell: Shell, name: str) -> Any:
    return lambda line: shell.system(f"{name} {line}".strip())


def _skip_cell(shell: Shell, name: str) -> Any:
    return lambda line, cell: shell.system(f"{name} {line}".strip())


def _stay(*_: object, **__: object) -> None:
    """Stand in for matplotlib.use."""


def _no_input(*_: object) -> NoReturn:
    raise EOFError(
        "input() was called, but nobody can type while a notebook is graded; give the value in the code"
    )


def _settle_interpreter() -> None:
    """Add what `python -S` leaves out, and replace what waits for a person."""
    site.sethelper()
    site.setcopyright()
    builtins.input = _no_input
    getpass.getpass = _no_input  # type: ignore[assignment]
    sys.stdin = io.StringIO()
    sys.breakpointhook = _stay
    warnings.filterwarnings(
        "ignore", message="To exit: use"
    )  # IPython's advice to who calls sys.exit()
