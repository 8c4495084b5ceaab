"""What ships to students: `check`, the result model, visible checks, gradient checks and pictures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.student.gradient import GradientReport, check_gradient
    from autograder.student.notebook import check

__all__ = ["GradientReport", "check", "check_gradient"]


def __getattr__(name: str) -> object:
    # On demand: the sandbox imports this package's types, and no exercise may come into its process with them.
    if name == "check":
        from autograder.student.notebook import check

        return check
    if name in ("GradientReport", "check_gradient"):
        from autograder.student import gradient

        return getattr(gradient, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
