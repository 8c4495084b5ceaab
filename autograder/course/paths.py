"""Where everything lives in a checkout of the kit.  Paths are derived from an assignment's name, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one checkout, from its root.  An assignment's name is `NN_slug`."""

    root: Path

    @property
    def solutions(self) -> Path:
        """Sources written by hand; they never ship."""
        return self.root / "solutions"

    @property
    def assignments(self) -> Path:
        """Built notebooks."""
        return self.root / "assignments"

    @property
    def release(self) -> Path:
        """What students get: the only folder that may be published."""
        return self.root / "release"

    @property
    def package(self) -> Path:
        """The `autograder` package."""
        return self.root / "autograder"

    @property
    def student(self) -> Path:
        """The part of the package that ships."""
        return self.package / "student"

    @property
    def mistakes(self) -> Path:
        """The sealed tables by which notebooks name mistakes; built."""
        return self.student / "checks" / "known_mistakes.json"

    @property
    def hidden(self) -> Path:
        """Hidden checks and misconceptions; they never ship."""
        return self.package / "hidden"

    @property
    def secrets(self) -> tuple[Path, Path]:
        """What student code must never be able to read."""
        return (self.solutions, self.hidden)

    @property
    def of_assignments(self) -> tuple[Path, Path, Path]:
        """The folders with one file an assignment: visible checks, hidden checks, misconceptions."""
        return (self.student / "checks", self.hidden / "checks", self.hidden / "misconceptions")

    @property
    def pyproject(self) -> Path:
        """The home of every version number."""
        return self.root / "pyproject.toml"

    @property
    def syllabus(self) -> Path:
        """The built page of slides and exercises."""
        return self.root / "docs" / "syllabus.md"

    def source(self, assignment: str) -> Path:
        """The percent text of an assignment."""
        return self.solutions / f"{assignment}.py"

    def notebook(self, assignment: str) -> Path:
        """The built notebook of an assignment."""
        return self.assignments / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The notebook of an assignment that students get."""
        return self.release / f"{assignment}.ipynb"


HERE = Places(Path(__file__).resolve().parents[2])


def shown(path: Path) -> str:
    """A path for a message: from the working directory if it lies below it, else as it is."""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)
