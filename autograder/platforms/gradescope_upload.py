"""Make the zip that Gradescope's autograder is built from: one assignment's grader, complete by itself.

It holds answers and hidden checks, of this assignment only, and belongs on Gradescope's page for instructors and
nowhere else.  The same course gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from autograder.course.paths import Places, shown
from autograder.errors import MisuseError
from autograder.files import kept_files, release_date, zip_bytes
from autograder.student.model.exercises import Assignment

SCRIPTS = ("setup.sh", "run_autograder")
SETTINGS_FILE, COURSE = "gradescope.json", "course.toml"
LOCK = "requirements.lock"
# What grading imports, and a notebook may; what these need follows from the lock.  No JupyterLab, no test tool.
NEEDED = frozenset(
    {"ipython", "jinja2", "jupytext", "matplotlib", "msgpack", "numpy", "pyyaml", "rich", "typer", "tzdata"}
)
# A package of the lock: its lines up to the next one that begins with a name, and who asks for it.
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*\n(?:[ \t#].*\n)*", re.MULTILINE)
VIA = re.compile(r"^ +#(?: via)? +([a-z0-9][a-z0-9._-]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an upload is told: which assignment, when students see the tests, and whether their speed is ranked."""

    assignment: str
    visibility: str = "visible"
    leaderboard: bool = False


def make_upload(
    assignment: Assignment, module: str, others: frozenset[str], settings: Settings, course: Path | None, places: Places
) -> bytes:
    """The zip, byte for byte the same for the same kit and course.

    module, others: the names of this assignment's check module and of the others', which stay out.  MisuseError if the
    course's file cannot be read.
    """
    scripts = resources.files("autograder.platforms") / "upload"
    files = {name: (scripts / name).read_bytes() for name in SCRIPTS}
    files[LOCK] = grading_lock((places.root / LOCK).read_text(encoding="utf-8")).encode()
    files[SETTINGS_FILE] = (json.dumps(asdict(settings), indent=1) + "\n").encode()
    files |= dict(_package(places, others - {module}))
    source = places.source(assignment.name)
    files[source.relative_to(places.root).as_posix()] = source.read_bytes()
    if course:
        files[COURSE] = _read(course)
    return zip_bytes(files, executable=SCRIPTS, date=release_date(places.root))


def grading_lock(lock: str) -> str:
    """Of a lock that uv wrote, the packages that grading needs, with what they need; versions and hashes stay."""
    packages = [(found[1], found[0]) for found in PACKAGE.finditer(lock)]  # one may be there twice, by markers
    asked = [(name, set(VIA.findall(text))) for name, text in packages]
    kept: set[str] = set()
    more = set(NEEDED)
    while more - kept:
        kept |= more
        more = {name for name, parents in asked if parents & kept}
    missing = sorted(kept - dict(packages).keys())
    if missing:
        raise MisuseError(f"{LOCK}: has no {missing[0]}; write it again with make lock")
    return "".join(text for name, text in packages if name in kept)


def _package(places: Places, others: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """The kit, without the modules in rooms of `student` and `hidden` that are named in `others`."""
    for path in kept_files(places.package):
        foreign = path.stem in others and path.parent.parent in (places.student, places.hidden)
        if not foreign:
            yield path.relative_to(places.root).as_posix(), path.read_bytes()


def _read(course: Path) -> bytes:
    try:
        return course.read_bytes()
    except OSError as error:
        raise MisuseError(f"{shown(course)}: cannot be read ({error.strerror}); name another course.toml") from None
