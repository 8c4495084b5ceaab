"""Try the student library with the oldest and the newest packages, on every Python that is here.

Each time an environment is made, the released course is put beside eight solved notebooks, and the
student's own CI runs them: all points, no warning that something goes away.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.build.release import release_files, student_requirements
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments
from benchmarks.measured import WRITE_HELP, Printout

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SHOWN = ("numpy", "matplotlib", "ipython", "jupyterlab")
VERSIONS = (
    "import platform; from importlib.metadata import version; "
    "print(platform.python_version(), *map(version, {names!r}))"
)


@dataclass(frozen=True, slots=True)
class Tried:
    """One environment: what was asked for, what is in it, and what came of it."""

    python: str
    asked: str
    versions: tuple[str, ...] = ()
    install_seconds: float = 0.0
    outcome: str = ""
    fine: bool = True


def try_all(folder: Path, pythons: Sequence[str]) -> list[Tried]:
    """Every Python with the oldest packages that pyproject.toml allows, and with the newest."""
    course = _write_course(folder / "course")
    tried = []
    for name in pythons:
        python = find_python(name)
        if python is None:
            tried.append(Tried(name, "", outcome="this Python is not here"))
            continue
        for asked, wanted in (("oldest", oldest(student_requirements(HERE))), ("newest", None)):
            wanted = wanted or student_requirements(HERE)
            tried.append(_try(name, python, asked, wanted, course, folder / f"{len(tried)}"))
    return tried


def find_python(name: str) -> str | None:
    """A Python that starts, by its version or its path; None if there is none."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == name:
        return sys.executable
    found = shutil.which(name) or shutil.which(f"python{name}")
    works = found and subprocess.run([found, "-c", ""], capture_output=True, check=False)
    return found if works and works.returncode == 0 else None


def oldest(requirements: Sequence[str]) -> list[str]:
    """The lower bound of each requirement, with the latest corrections: numpy>=2.0 as numpy==2.0.*."""
    return [f"{requirement.replace('>=', '==')}.*" for requirement in requirements]


def _write_course(folder: Path) -> Path:
    known = assignments()
    for name, data in release_files(known, [a.name for a in known], HERE).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for assignment in known:
        source = read_source(HERE.source(assignment.name), assignment)
        text = notebook_text(filled_notebook(source, assignment))
        (folder / f"{assignment.name}.ipynb").write_text(text, encoding="utf-8")
    return folder


def _try(
    name: str, python: str, asked: str, wanted: Sequence[str], course: Path, folder: Path
) -> Tried:
    begun = time.monotonic()
    subprocess.run([python, "-m", "venv", folder], check=True)
    own = folder / "bin" / "python"
    pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode:
        reason = installed.stderr.strip().splitlines()[-1]
        return Tried(name, asked, outcome=f"cannot be installed: {reason}")
    seconds = time.monotonic() - begun
    listed = [own, "-c", VERSIONS.format(names=SHOWN)]
    versions = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    environment = {**os.environ, "PYTHONWARNINGS": "error::DeprecationWarning:autograder"}
    done = subprocess.run(
        [own, "-m", "autograder.student", "ci"],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^[\w.]+\.ipynb: ([\d.]+) of ([\d.]+) points?", done.stdout, re.MULTILINE)
    full = [float(earned) >= float(possible) for earned, possible in found]
    fine = done.returncode == 0 and len(full) == len(assignments()) and all(full)
    outcome = f"{sum(full)} of {len(assignments())} notebooks with all points"
    if not fine:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return Tried(versions[0], asked, tuple(versions[1:]), seconds, outcome, fine)


def main(
    pythons: Annotated[list[str] | None, typer.Argument(help="Versions or paths.")] = None,
    write: Annotated[bool, typer.Option("--write", help=WRITE_HELP)] = False,
) -> None:
    """Print a row for each environment; exit code 1 if a notebook lost points in one of them."""
    with tempfile.TemporaryDirectory() as folder:
        tried = try_all(Path(folder), pythons or PYTHONS)
    table = Table("Python", "packages", *SHOWN, "install, s", "solved notebooks")
    for one in tried:
        versions = one.versions or ("",) * len(SHOWN)
        seconds = f"{one.install_seconds:.0f}" if one.versions else ""
        table.add_row(one.python, one.asked, *versions, seconds, one.outcome)
    printout = Printout(Console(width=120))
    printout.print(table)
    if write:
        printout.write("compat")
    if not all(one.fine for one in tried):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
