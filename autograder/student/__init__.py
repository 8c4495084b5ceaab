"""What ships to students: `check`, the result model, visible checks, gradient checks and pictures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.student.gradcheck.check_gradient import check_gradient
    from autograder.student.gradcheck.report import GradientReport
    from autograder.student.notebook import check

__all__ = ["GradientReport", "check", "check_gradient"]


def __getattr__(name: str) -> object:
    # On demand: the sandbox imports this package's types, and no exercise may come into its process with them.
    if name == "check":
        from autograder.student.notebook import check

        return check
    if name == "check_gradient":
        from autograder.student.gradcheck.check_gradient import check_gradient

        return check_gradient
    if name == "GradientReport":
        from autograder.student.gradcheck.report import GradientReport

        return GradientReport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
