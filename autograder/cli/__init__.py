"""The command line.  stdout is the result, stderr is progress and diagnostics.

Exit codes: 0 done; 1 a check failed (build --check, release --check, verify, compare, doctor,
evidence verify); 2 misuse, or trouble of the machine (a full disk, a file that may not be written);
3 the grader failed; 4 done, but stdout could not be printed; 130 somebody interrupted it.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from autograder import __version__
from autograder.cli import authors, ci, courses, instructors, regrade, reporting
from autograder.cli.app import app, say, stderr
from autograder.cli.streams import Stream, fill_closed_descriptors
from autograder.errors import GraderError, KitError, MisuseError
from autograder.sandbox.scratch import PREFIX

UNPRINTED = 4
SPACE = "free some space, or name a folder on another disk"
TEMPORARY = "free some space, or name a folder on another disk in the variable TMPDIR"
ALLOWED = "name a file or folder that you may use, or ask its owner to allow it"
# What to do about trouble of the machine, by the number of the error.
CURES = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EROFS: "name a folder that you may write, with --out",
    errno.EACCES: ALLOWED,
    errno.EPERM: ALLOWED,
    errno.EEXIST: "name another folder, or move this file away",
    errno.ENOTDIR: "name another folder, or move this file away",
    errno.EISDIR: "name another file, or move this folder away",
    errno.EFBIG: "allow larger files: ulimit -f unlimited",
    errno.EMFILE: "allow more open files: ulimit -n 1024",
    errno.EAGAIN: "allow more processes: ulimit -u 4096",
    errno.ENAMETOOLONG: "use a shorter name",
}
ELSE = "mend that, then run the command again"

# Importing a module registers its commands; their order in the help is the order here.
COMMANDS = (authors, courses, instructors, regrade, reporting, ci)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"backprop-kit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Build, release and grade the backpropagation assignments."""


def main() -> None:
    """Run the command line; errors become one line on stderr and their exit code."""
    fill_closed_descriptors()
    results, diagnostics = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = results, diagnostics
    code = _run()
    results.flush()
    if results.lost and code == 0:
        say(
            f"autograder: stdout: {results.lost}; everything else is done, and all files are written"
        )
        code = UNPRINTED
    diagnostics.flush()
    sys.exit(code)


def _run() -> int:
    """Run the command; its exit code."""
    try:
        app()
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except KitError as error:
        say(f"autograder: {error}")
        return error.exit_code
    except OSError as error:
        say(f"autograder: {machine_trouble(error)}")
        return MisuseError.exit_code
    except MemoryError:
        say("autograder: memory: there is not enough; end other programs, or grade with --jobs 1")
        return MisuseError.exit_code
    except Exception:
        traceback.print_exc()
        stderr.print("autograder: the grader itself failed, see above; please report it")
        return GraderError.exit_code
    return 0


def machine_trouble(error: OSError) -> str:
    """Say where the machine refused, what it said, and what to do."""
    cure = CURES.get(error.errno or 0, ELSE)
    place = error.filename2 or error.filename  # of two, the second is the one that is written
    if place is None and _is_homeless():
        place, cure = "the current folder", "change to a folder that exists"
    elif isinstance(place, str):
        place = _obstacle(Path(place), error.errno or 0)
        if cure == SPACE and PREFIX in place:
            cure = TEMPORARY
    where = f"{place}: " if place else ""
    return f"{where}{error.strerror or error}; {cure}"


def _obstacle(place: Path, number: int) -> str:
    """What stands in the way to `place`: a file above it, or a folder that may not be entered; else itself."""
    for above in reversed(place.parents):
        if number == errno.ENOTDIR and above.is_file():
            return str(above)
        if number == errno.EACCES and not os.access(above, os.X_OK):
            return str(above)
    return str(place)


def _is_homeless() -> bool:
    """Whether the folder that the command was started in is gone."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False
