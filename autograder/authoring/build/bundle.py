"""Make the bundle that students get: one folder, complete by itself, and the same as a zip."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePath, PurePosixPath
from string import Template
from typing import Any

from autograder.authoring.build.leaks import LeakError, find_leaks, folder_files, secrets, zip_files
from autograder.authoring.build.notebook import notebook_text, stub_notebook
from autograder.course.paths import Places, shown
from autograder.course.source import Source, SourceError, read_source
from autograder.files import zip_bytes
from autograder.student.model.exercises import Assignment

# What the student folder may hold beside Python: data, its licence, and styles of the check card.
CARRIED = (".py", ".npz", ".csv", ".json", ".txt", ".md", ".css", ".html")
# Left behind by editors and by Python itself.
LITTER = ("__pycache__", ".ipynb_checkpoints")


@dataclass(frozen=True, slots=True)
class AllowList:
    """Which files the bundle of an assignment may hold.

    others: the modules of the other assignments.  They stand in rooms of `student`; what lies in `student` itself is
    the kit's own, whatever its name.
    """

    assignment: str
    others: frozenset[str]

    def allows(self, name: str) -> bool:
        """Whether a file of that name may stand in the folder."""
        if name in (f"{self.assignment}.ipynb", "README.md", "requirements.txt", "LICENSE", "autograder/__init__.py"):
            return True
        path = PurePosixPath(name)
        ours = path.is_relative_to("autograder/student") and ".." not in path.parts
        return ours and path.suffix in CARRIED and not self.is_of_another(path)

    def is_of_another(self, path: PurePath) -> bool:
        """Whether a file of the student folder belongs to another assignment."""
        return path.stem in self.others and path.parent.name != "student"

    def allows_zipped(self, name: str) -> bool:
        """The same inside the zip, whose only folder is the assignment's."""
        folder, _, inside = name.partition("/")
        return folder == self.assignment and self.allows(inside)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a bundle by name, in order."""

    assignment: str
    files: Mapping[str, bytes]


def make_bundle(source: Source, assignment: Assignment, module: str, places: Places) -> Bundle:
    """The bundle of an assignment.  module: the name of its check module in `autograder.student.checks`."""
    files = {
        f"{assignment.name}.ipynb": notebook_text(stub_notebook(source, assignment)).encode(),
        "README.md": _readme(assignment, places).encode(),
        "requirements.txt": _requirements(places).encode(),
        "autograder/__init__.py": (places.package / "__init__.py").read_bytes(),
    }
    files |= {path.name: path.read_bytes() for path in [places.root / "LICENSE"] if path.is_file()}
    files |= _student_files(places, allow_list(assignment, module, places))
    return Bundle(assignment.name, dict(sorted(files.items())))


def allow_list(assignment: Assignment, module: str, places: Places) -> AllowList:
    """What the bundle of an assignment may hold: of modules named like an assignment's checks, only its own."""
    modules = {path.stem for path in (places.student / "checks").glob("*.py")} - {"__init__"}
    if module not in modules:
        raise SourceError(f"{shown(places.student)}/checks/{module}.py: is missing; write the visible checks there")
    return AllowList(assignment.name, frozenset(modules - {module}))


def zipped(bundle: Bundle) -> bytes:
    """The bundle as a zip, byte for byte the same on every machine."""
    return zip_bytes({f"{bundle.assignment}/{name}": data for name, data in bundle.files.items()})


def release(path: Path, assignment: Assignment, module: str, places: Places) -> bool:
    """Write folder and zip of the assignment whose source is at `path`; whether anything had to be written.

    Raises LeakError, with nothing written, if the bundle holds what must not ship.
    """
    source = read_source(path, assignment)
    bundle = make_bundle(source, assignment, module, places)
    allowed = allow_list(assignment, module, places)
    leaks = find_leaks(bundle.files.items(), secrets(source, places.hidden), places.root, allowed.allows)
    if leaks:
        where = shown(places.bundle(assignment.name))
        raise LeakError("\n  ".join([f"{where}: the bundle leaks and was not written; mend this", *map(str, leaks)]))
    if not _differences(bundle, places):
        return False
    _write(bundle, places)
    return True


def stale_release(path: Path, assignment: Assignment, module: str, places: Places) -> tuple[str, ...]:
    """What is out of date in folder and zip, and which command mends it; empty if all is fresh."""
    bundle = make_bundle(read_source(path, assignment), assignment, module, places)
    return tuple(f"{what}; run autograder release {assignment.name}" for what in _differences(bundle, places))


def release_leaks(path: Path, assignment: Assignment, module: str, places: Places) -> tuple[str, ...]:
    """Every leak in folder and zip as they lie on disk, in words; empty if there is none."""
    forbidden = secrets(read_source(path, assignment), places.hidden)
    allowed = allow_list(assignment, module, places)
    folder, archive = places.bundle(assignment.name), places.archive(assignment.name)
    leaks = find_leaks(folder_files(folder), forbidden, places.root, allowed.allows)
    found = [f"{shown(folder)}/{leak}" for leak in leaks]
    if archive.is_file():
        leaks = find_leaks(zip_files(archive.read_bytes()), forbidden, places.root, allowed.allows_zipped)
        found += [f"{shown(archive)}:{leak}" for leak in leaks]
    return tuple(found)


def _student_files(places: Places, allowed: AllowList) -> Iterator[tuple[str, bytes]]:
    """The student folder without what belongs to other assignments."""
    for path in sorted(places.student.rglob("*")):
        name = path.relative_to(places.root).as_posix()
        litter = any(part in LITTER or part.startswith(".") for part in PurePosixPath(name).parts)
        if litter or allowed.is_of_another(path) or not path.is_file():
            continue
        if not allowed.allows(name):
            what = f"a bundle carries no {path.suffix or 'such'} files"
            raise SourceError(f"{shown(path)}: {what}; take it out of the student folder, or list it in CARRIED")
        yield name, path.read_bytes()


def _readme(assignment: Assignment, places: Places) -> str:
    """The student's README, filled from the catalogue."""
    template = Template(
        (resources.files("autograder.authoring.build") / "student_readme.md").read_text(encoding="utf-8")
    )
    rows = [f"| `{e.name}`: {e.title} | {e.points:g} |" for e in assignment.exercises]
    rows += [f"| {_words(w.name)} (written; a person reads it) | {w.points:g} |" for w in assignment.written]
    return template.substitute(
        name=assignment.name,
        title=assignment.title,
        points=f"{assignment.points:g}",
        python=_project(places)["requires-python"].removeprefix(">="),
        exercises="\n".join(rows),
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _requirements(places: Places) -> str:
    return "\n".join(_project(places)["optional-dependencies"]["student"]) + "\n"


def _project(places: Places) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(places.pyproject.read_text(encoding="utf-8"))["project"]
    return project


def _differences(bundle: Bundle, places: Places) -> list[str]:
    """What on disk is not as the bundle says, file by file."""
    folder, archive = places.bundle(bundle.assignment), places.archive(bundle.assignment)
    there = dict(folder_files(folder))
    found = []
    for name in sorted(there.keys() | bundle.files.keys()):
        if there.get(name) != bundle.files.get(name):
            what = (
                "is missing" if name not in there else "is out of date" if name in bundle.files else "does not belong"
            )
            found.append(f"{shown(folder)}/{name}: {what}")
    if not archive.is_file() or archive.read_bytes() != zipped(bundle):
        found.append(f"{shown(archive)}: is {'out of date' if archive.is_file() else 'missing'}")
    return found


def _write(bundle: Bundle, places: Places) -> None:
    folder = places.bundle(bundle.assignment)
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in bundle.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    places.archive(bundle.assignment).write_bytes(zipped(bundle))
