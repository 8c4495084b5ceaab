"""Every error that the kit raises on purpose.

    KitError
    ├── MisuseError      exit 2: the command, its arguments or its files are not what they must be
    ├── GraderError      exit 3: the grader itself failed; no fault of a student or of the caller
    │   └── SandboxError     the sandbox could not be started, used or removed
    │       └── OutageError      what was under way was lost to no fault of its own; do it again
    └── WireError        bytes that are not plain data; a caller turns it into one of the above or into a finding

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
    """Something was killed that others depend on; what they were doing can be done again."""


class WireError(KitError):
    """Bytes or values that the wire refuses."""
