"""What ships to students: `check`, the result model, visible checks, gradient checks and pictures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.student.notebook import check

__all__ = ["check"]


def __getattr__(name: str) -> object:
    # On demand: the sandbox imports this package's types, and no exercise may come into its process with them.
    if name == "check":
        from autograder.student.notebook import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
