"""Make the zip that Gradescope's autograder is built from: one assignment's grader, complete by itself.

It holds answers and hidden checks, of this assignment only, and belongs on Gradescope's page for instructors and
nowhere else.  The same course gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from autograder.course.paths import Places, shown
from autograder.errors import MisuseError
from autograder.files import kept_files, release_date, zip_bytes
from autograder.student.model.exercises import Assignment

SCRIPTS = ("setup.sh", "run_autograder")
SETTINGS_FILE, COURSE = "gradescope.json", "course.toml"
# Written by `make lock`: the packages that grading imports, with their hashes.
LOCK = "requirements-gradescope.lock"
# The files of the package that grading one submission reads; a test holds the list against what is
# imported.  Of the folders that hold a module for each assignment, the modules of the others stay
# out.
NEEDED = (
    "__init__.py",
    "errors.py",
    "files.py",
    "course/*",
    "grading/*",
    "hidden/**/*",
    "outputs/__init__.py",
    "outputs/gradescope.py",
    "platforms/*.py",
    "reports/__init__.py",
    "reports/packed.py",
    "reports/report_json.py",
    "sandbox/**/*",
    "student/__init__.py",
    "student/kernel_cells.py",
    "student/notebook.py",
    "student/cards/*",
    "student/checks/*",
    "student/data/*",
    "student/gradcheck/*",
    "student/graphs/*",
    "student/judging/*",
    "student/model/*",
    "student/plots/*",
    "submissions/*",
)
NOT_NEEDED = (
    "grading/last_run.py",
    "grading/opened.py",
    "grading/remote.py",
    "grading/repeat.py",
    "grading/standing.py",
    "platforms/ci.py",
    "sandbox/doctor.py",
    "student/checks/known_mistakes.json",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an upload is told: which assignment, when students see the tests, and whether their speed is ranked."""

    assignment: str
    visibility: str = "visible"
    leaderboard: bool = False


def make_upload(
    assignment: Assignment,
    module: str,
    others: frozenset[str],
    settings: Settings,
    course: Path | None,
    places: Places,
) -> bytes:
    """The zip, byte for byte the same for the same kit and course.

    module, others: the names of this assignment's check module and of the others', which stay out.  MisuseError if the
    course's file cannot be read.
    """
    scripts = resources.files("autograder.platforms") / "upload"
    files = {name: (scripts / name).read_bytes() for name in SCRIPTS}
    files[LOCK] = (places.root / LOCK).read_bytes()
    files[SETTINGS_FILE] = (json.dumps(asdict(settings), indent=1) + "\n").encode()
    package = package_files(places, others - {module})
    files |= {path.relative_to(places.root).as_posix(): path.read_bytes() for path in package}
    source = places.source(assignment.name)
    files[source.relative_to(places.root).as_posix()] = source.read_bytes()
    if course:
        files[COURSE] = _read(course)
    return zip_bytes(files, executable=SCRIPTS, date=release_date(places.root))


def package_files(places: Places, others: frozenset[str]) -> list[Path]:
    """The files of the package that an upload holds, without the modules of other assignments."""
    needed, not_needed = (
        {path for pattern in patterns for path in places.package.glob(pattern)}
        for patterns in (NEEDED, NOT_NEEDED)
    )
    return [
        path
        for path in kept_files(places.package)
        if path in needed - not_needed and not _is_of_another(places, path, others)
    ]


def _is_of_another(places: Places, path: Path, others: frozenset[str]) -> bool:
    return path.stem in others and path.parent.parent in (places.student, places.hidden)


def _read(course: Path) -> bytes:
    try:
        return course.read_bytes()
    except OSError as error:
        raise MisuseError(
            f"{shown(course)}: cannot be read ({error.strerror}); name another course.toml"
        ) from None
