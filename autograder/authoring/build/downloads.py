"""Make what students download from release/: a zip an assignment, one of all, and a wheel.

The same commit gives the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from autograder.authoring.build.leaks import Leak, find_leaks, zip_files
from autograder.authoring.build.release import (
    WORKFLOW,
    all_secrets,
    allow_list,
    library_files,
    notebook_name,
    project_table,
    refuse_leaks,
    release_files,
    released,
    student_requirements,
)
from autograder.course.paths import Places
from autograder.course.settings import course_in
from autograder.files import release_date, update_file, zip_bytes
from autograder.student.model.exercises import Assignment

COURSE = "backprop-course"
WHEEL = "backprop_student"
# What the library imports at once.  Jupyter is wherever the wheel is installed.
LIBRARIES = ("numpy", "matplotlib")
PACKAGE = "autograder/__init__.py"
# Added to the wheel's package: where pip has installed the kit from a checkout, both are found.
KIT_FIRST = """

# The whole kit may be installed too, from its own folder.  It holds all that is here, so it comes first.
def _kit_first(folders):
    from pathlib import Path
    from pkgutil import extend_path

    return sorted(extend_path(folders, __name__), key=lambda folder: not Path(folder, "grading").is_dir())


__path__ = _kit_first(__path__)
"""
INSTALLING: dict[str, object] = {
    "cell_type": "code",
    "id": "browser-install",
    "metadata": {},
    "execution_count": None,
    "outputs": [],
    "source": "# The Python in this browser starts empty: give it the checks, NumPy and Matplotlib.\n"
    "%pip install -q backprop-student",
}
# Extensions that need a server, which a site does not have.
IDLE = ["@jupyter/nbgrader", "jupyterlab-jupytext"]
METADATA = """\
Metadata-Version: 2.1
Name: backprop-student
Version: {version}
Summary: The checks and pictures of the notebooks on backpropagation and automatic differentiation.
Requires-Python: {python}
"""
WHEEL_FILE = """\
Wheel-Version: 1.0
Generator: backprop-kit
Root-Is-Purelib: true
Tag: py3-none-any
"""


def make_downloads(
    known: Sequence[Assignment], out: Collection[str], places: Places, date: datetime
) -> dict[str, bytes]:
    """Every download by its file's name.

    known: the assignments of the course.  out: the names of those whose notebooks are out.
    date: what the entries of the archives carry.
    """
    files = release_files(known, out, places)
    notebooks = {notebook_name(assignment.name) for assignment in known}
    made = {}
    for name in sorted(out):
        others = notebooks - {notebook_name(name)} | {WORKFLOW}
        own = {file: data for file, data in files.items() if file not in others}
        made[f"{name}.zip"] = _zip_of_folder(name, own, date)
    made[f"{COURSE}.zip"] = _zip_of_folder(COURSE, files, date)
    version = project_table(places)["version"]
    made[f"{WHEEL}-{version}-py3-none-any.whl"] = make_wheel(places, date)
    return made


def make_wheel(places: Places, date: datetime) -> bytes:
    """The students' library as a wheel, which can be installed where the kit is installed."""
    project = project_table(places)
    info = f"{WHEEL}-{project['version']}.dist-info"
    files = library_files(places, course_in(places.root))
    members = {name: data for name, data in files.items() if name.startswith("autograder/")}
    members[PACKAGE] += KIT_FIRST.encode()
    metadata = METADATA.format(version=project["version"], python=project["requires-python"])
    needed = [line for line in student_requirements(places) if line.startswith(LIBRARIES)]
    metadata += "".join(f"Requires-Dist: {line}\n" for line in needed)
    members[f"{info}/METADATA"] = metadata.encode()
    members[f"{info}/WHEEL"] = WHEEL_FILE.encode()
    if "LICENSE" in files:
        members[f"{info}/licenses/LICENSE"] = files["LICENSE"]
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD").encode()
    return zip_bytes(members, date=date)


def write_downloads(
    known: Sequence[Assignment], out: Collection[str], folder: Path, places: Places
) -> tuple[Path, ...]:
    """Write every download into a folder; their paths.  LeakError, with nothing written, if one leaks."""
    made = make_downloads(known, out, places, release_date(places.root))
    refuse_leaks(find_download_leaks(made, known, places), folder)
    for name, data in made.items():
        update_file(folder / name, data)
    return tuple(folder / name for name in made)


def write_browser_course(
    known: Sequence[Assignment], out: Collection[str], folder: Path, places: Places
) -> tuple[Path, ...]:
    """Write what JupyterLite makes a site of into a folder: files/, pypi/ and its settings; their paths.

    The notebooks begin with a cell that installs the wheel, since the Python in a browser starts
    empty.  LeakError, with nothing written, if anything leaks.
    """
    made = make_downloads(known, out, places, release_date(places.root))
    refuse_leaks(find_download_leaks(made, known, places), folder)
    files = release_files(known, out, places)
    written = {f"pypi/{name}": data for name, data in made.items() if name.endswith(".whl")}
    for name in map(notebook_name, sorted(out)):
        notebook = json.loads(files[name])
        notebook["cells"].insert(0, INSTALLING)
        written[f"files/{name}"] = (json.dumps(notebook, indent=1) + "\n").encode()
    settings = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"disabledExtensions": IDLE},
    }
    written["jupyter-lite.json"] = (json.dumps(settings, indent=1) + "\n").encode()
    for name, data in written.items():
        update_file(folder / name, data)
    return tuple(folder / name for name in written)


def download_leaks(known: Sequence[Assignment], places: Places) -> tuple[str, ...]:
    """Every leak in the downloads that would be made now, in words; empty if there is none."""
    made = make_downloads(known, released(known, places), places, release_date(places.root))
    return tuple(map(str, find_download_leaks(made, known, places)))


def find_download_leaks(
    made: Mapping[str, bytes], known: Sequence[Assignment], places: Places
) -> tuple[Leak, ...]:
    """Every leak inside the archives, by all answers of all assignments."""
    return find_leaks(_members(made), all_secrets(known, places), places.root, _allow_list(known))


def _zip_of_folder(folder: str, files: Mapping[str, bytes], date: datetime) -> bytes:
    return zip_bytes({f"{folder}/{name}": data for name, data in files.items()}, date=date)


def _record(members: Mapping[str, bytes], own: str) -> str:
    """The wheel's list of its files with their hashes; the list itself has none."""
    lines = []
    for name, data in sorted(members.items()):
        digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{own},,", ""])


def _members(made: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for archive, data in made.items():
        for name, content in zip_files(data):
            yield f"{archive}:{name}", content


def _allow_list(known: Sequence[Assignment]) -> Callable[[str], bool]:
    """The test whether a member may stand in an archive; its name is archive:folder/name."""
    allowed = allow_list(known)

    def allows(name: str) -> bool:
        archive, _, member = name.partition(":")
        folder, _, inside = member.partition("/")
        if not archive.endswith(".whl"):
            return f"{folder}.zip" == archive and allowed(inside)
        is_info = folder.startswith(WHEEL) and folder.endswith(".dist-info")
        named = PurePosixPath(inside).name in ("METADATA", "WHEEL", "RECORD", "LICENSE")
        return allowed(member) or (is_info and named)

    return allows
