"""Make release/, the folder that students get: notebooks beside the one copy of their library."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

from autograder.authoring.build.leaks import (
    Leak,
    LeakError,
    Secret,
    find_leaks,
    folder_files,
    secrets,
)
from autograder.authoring.build.notebook import notebook_text, stub_notebook
from autograder.course.choice import choice_json
from autograder.course.paths import Places, shown
from autograder.course.settings import Course, chosen_assignments, course_in
from autograder.course.source import SourceError, read_source
from autograder.course.words import words_json
from autograder.files import kept_files
from autograder.student.cards.wording import WORDS_FILE
from autograder.student.checks import CHOICE_FILE
from autograder.student.model.exercises import Assignment

WORKFLOW = ".github/workflows/student.yml"
# Files that the folder holds beside the notebooks and the library.
REQUIREMENTS, CONDA = "requirements.txt", "environment.yml"
SINGLE_FILES = ("README.md", REQUIREMENTS, CONDA, "LICENSE", "autograder/__init__.py", WORKFLOW)
ENVIRONMENT = """\
name: backprop
dependencies:
  - python{}
  - pip
  - pip:
      - -r {}
"""
# What the library may hold beside Python: data, its licence, and styles of the check card.
CARRIED = (".py", ".npz", ".csv", ".json", ".txt", ".md", ".css", ".html")
# What the course chose, where its students' library looks for it.
CHOICE = f"autograder/student/checks/{CHOICE_FILE}"
WORDS = f"autograder/student/cards/{WORDS_FILE}"
# The folder may be a repository of its own.
REPOSITORY = ".git"


def release_files(
    known: Sequence[Assignment], out: Collection[str], places: Places, course: Course | None = None
) -> dict[str, bytes]:
    """Every file of the folder by its name, sorted.

    known: the assignments of the course.  out: the names of those whose notebooks are out.  course: if it is not the
    one whose course.toml lies beside the kit.
    """
    course = course or course_in(places.root)
    files, handout = library_files(places, course), course.handout
    files["README.md"] = _readme(known, places).encode()
    files[WORKFLOW] = (resources.files(__package__) / "student.yml").read_bytes()
    for assignment in known:
        if assignment.name in out:
            source = read_source(places.source(assignment.name), assignment, handout)
            text = notebook_text(stub_notebook(source, assignment))
            files[notebook_name(assignment.name)] = text.encode()
    return dict(sorted(files.items()))


def beside_notebook(course: Course, places: Places) -> dict[str, bytes]:
    """The files that a notebook of a course needs beside it in a folder of its own, by name."""
    files = release_files(chosen_assignments(course.choice), (), places, course)
    del files[WORKFLOW]
    return files


def library_files(places: Places, course: Course) -> dict[str, bytes]:
    """The students' library with what the course chose, its requirements and its licence, by name."""
    files = {
        REQUIREMENTS: ("\n".join(student_requirements(places)) + "\n").encode(),
        CONDA: ENVIRONMENT.format(project_table(places)["requires-python"], REQUIREMENTS).encode(),
        "autograder/__init__.py": (places.package / "__init__.py").read_bytes(),
    }
    licence = places.root / "LICENSE"
    if licence.is_file():
        files["LICENSE"] = licence.read_bytes()
    return files | dict(_student_files(places)) | of_course(course)


def of_course(course: Course) -> dict[str, bytes]:
    """What a course puts into its students' library, by name."""
    files = {CHOICE: choice_json(course.choice), WORDS: words_json(course.words)}
    return {name: data for name, data in files.items() if data}


def notebook_name(assignment: str) -> str:
    """The name of an assignment's notebook in the folder."""
    return f"{assignment}.ipynb"


def released(known: Sequence[Assignment], places: Places) -> list[str]:
    """The names of the assignments whose notebooks are in the folder."""
    names = [assignment.name for assignment in known]
    return [name for name in names if places.released(name).is_file()]


def allow_list(known: Sequence[Assignment]) -> Callable[[str], bool]:
    """The test whether a file of some name may stand in the folder."""
    notebooks = {notebook_name(assignment.name) for assignment in known}

    def allows(name: str) -> bool:
        path = PurePosixPath(name)
        library = path.is_relative_to("autograder/student") and ".." not in path.parts
        return name in notebooks or name in SINGLE_FILES or (library and path.suffix in CARRIED)

    return allows


def write_release(known: Sequence[Assignment], out: Collection[str], places: Places) -> bool:
    """Write the folder unless it is fresh; whether it was written.

    out: the assignments whose notebooks come out now; those that are there already stay and are
    brought up to date.  Raises LeakError, with nothing written, if the folder would hold what must
    not ship.
    """
    files = release_files(known, {*released(known, places), *out}, places)
    refuse_leaks(find_release_leaks(files, known, places), places.release)
    if not _differences(files, places):
        return False
    _clear(places.release)
    for name, data in files.items():
        target = places.release / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return True


def stale_release(
    known: Sequence[Assignment], out: Collection[str], places: Places
) -> tuple[str, ...]:
    """What is out of date in the folder, and which command corrects it; empty if all is fresh.

    out: the assignments whose notebooks must be there.
    """
    files = release_files(known, {*released(known, places), *out}, places)
    return tuple(f"{what}; run autograder release" for what in _differences(files, places))


def release_leaks(known: Sequence[Assignment], places: Places) -> tuple[str, ...]:
    """Every leak in the folder as it lies on disk, in words; empty if there is none."""
    files = dict(_present(places))
    return tuple(
        f"{shown(places.release)}/{leak}" for leak in find_release_leaks(files, known, places)
    )


def find_release_leaks(
    files: Mapping[str, bytes], known: Sequence[Assignment], places: Places
) -> tuple[Leak, ...]:
    """Every leak in files of the folder, by all answers of all assignments."""
    return find_leaks(files.items(), all_secrets(known, places), places.root, allow_list(known))


def all_secrets(known: Sequence[Assignment], places: Places) -> tuple[Secret, ...]:
    """What nothing that students get may hold: the answers and hidden texts of all assignments."""
    sources = [read_source(places.source(assignment.name), assignment) for assignment in known]
    return secrets(sources, places.hidden)


def refuse_leaks(leaks: Collection[Leak], target: Path) -> None:
    """Raise LeakError if there are leaks in what shall be written to `target`."""
    if leaks:
        refused = f"{shown(target)}: was not written, because it would leak; correct this"
        raise LeakError("\n  ".join([refused, *map(str, leaks)]))


def student_requirements(places: Places) -> list[str]:
    """The packages that a student installs, with their versions."""
    listed: list[str] = project_table(places)["optional-dependencies"]["student"]
    return listed


def project_table(places: Places) -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads(places.pyproject.read_text(encoding="utf-8"))["project"]
    return table


def _student_files(places: Places) -> Iterator[tuple[str, bytes]]:
    for path in kept_files(places.student):
        if path.suffix not in CARRIED:
            what = f"the release carries no {path.suffix or 'such'} files"
            cure = "take it out of the student folder, or list it in CARRIED"
            raise SourceError(f"{shown(path)}: {what}; {cure}")
        yield path.relative_to(places.root).as_posix(), path.read_bytes()


def _readme(known: Sequence[Assignment], places: Places) -> str:
    """The students' README, filled from the catalogue."""
    text = (resources.files(__package__) / "student_readme.md").read_text(encoding="utf-8")
    rows = [
        f"| `{notebook_name(assignment.name)}` | {assignment.title} | {assignment.points:g} |"
        for assignment in known
    ]
    return Template(text).substitute(
        notebooks="\n".join(rows),
        python=project_table(places)["requires-python"].removeprefix(">="),
        first=notebook_name(known[0].name),
    )


def _present(places: Places) -> Iterator[tuple[str, bytes]]:
    """The files of the folder as they lie on disk, without its repository."""
    for name, data in folder_files(places.release):
        if PurePosixPath(name).parts[0] != REPOSITORY:
            yield name, data


def _differences(files: Mapping[str, bytes], places: Places) -> list[str]:
    """What on disk is not as it should be, file by file."""
    present = dict(_present(places))
    found = []
    for name in sorted(present.keys() | files.keys()):
        if name not in present:
            found.append(f"{shown(places.release)}/{name}: is missing")
        elif name not in files:
            found.append(f"{shown(places.release)}/{name}: does not belong")
        elif present[name] != files[name]:
            found.append(f"{shown(places.release)}/{name}: is out of date")
    return found


def _clear(folder: Path) -> None:
    """Empty the folder, but keep its repository."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == REPOSITORY:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
