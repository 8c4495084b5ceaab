"""Every error that the kit raises on purpose, and the exit code that each leaves with.

    KitError                      3
    ├── MisuseError               2  the command, its arguments or its files are not what they must be
    ├── SourceError               2  course/source.py: a source in solutions/ cannot be built or executed
    ├── LeakError                 1  authoring/build/leaks.py: a release holds what must stay with the author
    ├── GraderError               3  the grader itself failed; neither a student nor the caller is the cause
    │   └── SandboxError          3  the sandbox could not be started, used or removed
    │       └── OutageError       3  work was lost because something was killed from outside; do it again
    ├── LateError                 3  sandbox/channel.py: a request took too long and was interrupted
    ├── WorkerLostError           3  sandbox/channel.py: a worker has ended without a proper answer
    └── WireError                 3  bytes that are not plain data

LateError, WorkerLostError and WireError never reach the command line: a caller turns each into a finding or into
another error.  Errors that name a student's file as unreadable are ValueErrors of their rooms, and become a report.

A message reads "where: what is wrong; what to do".  What student code does is never an error: it is data.
"""

from __future__ import annotations

from typing import ClassVar


class KitError(Exception):
    """Any error of the kit; `exit_code` is what the command line leaves with."""

    exit_code: ClassVar[int] = 3


class MisuseError(KitError):
    """The caller asked for something that cannot be done."""

    exit_code: ClassVar[int] = 2


class GraderError(KitError):
    """The grader failed."""


class SandboxError(GraderError):
    """The sandbox could not be started, used or removed."""


class OutageError(SandboxError):
    """A process that others need was killed; the work that was lost can be done again."""


class WireError(KitError):
    """Bytes or values that the codec refuses."""
