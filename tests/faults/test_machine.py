"""Trouble of the user's machine is one line that says where, what and what to do, with exit code 2."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import mostly_long, needs_wall

from autograder.course.paths import HERE
from autograder.reports.report_json import SCHEMA

NOTEBOOK = HERE.root / "tests" / "hand_filled" / "h01" / "03_sigmoid_neuron.ipynb"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.root)}
GRADE, GRADE_COURSE = f"grade {NOTEBOOK} --out out", "grade submitted"
# Mounts that the command alone sees; for a user, in a user namespace.
MOUNTS = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
CONTAINER = (sys.executable, str(HERE.root / "tests" / "container.py"), "--user")
SAFE = "the grades in graded/ are safe"


def small_disk(size: str, folder: str = "disk", options: str = "") -> tuple[str, ...]:
    """Run a command with a disk of this size at `folder`."""
    made = f"mkdir -p {folder} && mount -t tmpfs -o size={size} none {folder}"
    return (*MOUNTS, "sh", "-ec", f'{made}\n{options}\nexec "$@"', "sh")


@dataclass(frozen=True)
class Fault:
    """Trouble of a machine, and the command that meets it in the folder that is prepared.

    wrap: what the command is started by.  limits: resource limits.  user: not as root.
    course: in a course with a submission in it.  says: parts of the line.
    """

    name: str
    command: str
    says: tuple[str, ...]
    prepare: Callable[[Path], object] = lambda folder: None
    wrap: tuple[str, ...] = ()
    limits: tuple[tuple[int, int], ...] = ()
    course: bool = False
    user: bool = False
    environment: tuple[tuple[str, str], ...] = ()


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


def folder_at(name: str, mode: int = 0o777) -> Callable[[Path], object]:
    return lambda folder: (folder / name).mkdir(mode=mode, parents=True)


def sql(statement: str) -> Callable[[Path], object]:
    def run(course: Path) -> None:
        with closing(sqlite3.connect(course / "gradebook.db")) as database, database:
            database.execute(statement)

    return run


def cut_in_half(course: Path) -> None:
    path = course / "gradebook.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def no_database(course: Path) -> None:
    (course / "gradebook.db").write_bytes(b"not a database, but long enough to be looked at" * 50)


def gone(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def folder_instead(name: str) -> Callable[[Path], object]:
    return lambda folder: ((folder / name).unlink(), (folder / name).mkdir())


def private(folder: Path) -> None:
    """A class that only somebody else may read."""
    (folder / "class").mkdir()
    shutil.copy(NOTEBOOK, folder / "class")
    (folder / "class").chmod(0)


REPORT = "report report.json"
FULL = "No space left on device; free some space"
BRACKETS = "[" * 5000 + "]" * 5000
FAULTS = (
    # A full disk
    Fault("temporary files", GRADE, (FULL, "tmp/", "TMPDIR"), wrap=small_disk("64k", "tmp"),
          environment=(("TMPDIR", "tmp"),)),
    Fault("the store", f"grade {NOTEBOOK} --out disk/out", (FULL, "disk/out/store"),
          wrap=small_disk("8k")),
    Fault("the evidence", f"grade {NOTEBOOK} --out disk/out", (FULL, "disk/out/evidence"),
          wrap=small_disk("120k")),
    Fault("the ledger", f"grade {NOTEBOOK} --out disk/out", (FULL, "disk/out/store/ledger.db"),
          wrap=small_disk("144k")),
    Fault("a simulated class", "simulate disk/class --students 3", (FULL, "disk/class"),
          wrap=small_disk("40k")),
    Fault("a new course", "init disk/course", (FULL, "disk/course/source"),
          wrap=small_disk("200k")),
    Fault("nbgrader's part of a new course", "init disk/course",
          ("disk/course/release", "nbgrader could not make it", "free some space",
           "autograder init again"),
          wrap=small_disk("1m")),
    Fault("the downloads", "release --zips disk/zips", (FULL, "disk/zips"),
          wrap=small_disk("200k")),
    Fault("a limit on the size of files", "simulate class --students 1",
          ("class", "File too large; allow larger files"),
          limits=((resource.RLIMIT_FSIZE, 2000),)),
    # Where the output goes
    Fault("a read-only disk", f"grade {NOTEBOOK} --out disk/out",
          ("disk/out: Read-only file system", "name a folder that you may write"),
          wrap=small_disk("1m", options="mount -o remount,ro,bind disk")),
    Fault("a folder of somebody else", f"grade {NOTEBOOK} --out other/out",
          ("other/out: Permission denied", "that you may use"),
          folder_at("other", 0o555), user=True),
    Fault("a file in place of the folder", GRADE, ("out: Not a directory", "name another folder"),
          write("out", "mine")),
    Fault("a file above the folder", f"grade {NOTEBOOK} --out file/out",
          ("file: Not a directory", "name another folder"), write("file", "mine")),
    Fault("a folder in place of report.json", GRADE, ("out/report.json: a folder is", "move it"),
          folder_at("out/report.json")),
    Fault("a name too long", f"grade {NOTEBOOK} --out {'x' * 300}", ("use a shorter name",)),
    Fault("a file in place of a new course", "init file", ("file: is a file; name a new folder",),
          write("file", "mine")),
    # What is read
    Fault("no such submissions", "grade nothing", ("nothing: there is no such file or folder",)),
    Fault("submissions of somebody else", "grade class --out out",
          ("autograder: class: Permission denied", "ask its owner"), private, user=True),
    Fault("a zip that is none", "grade class.zip", ("class.zip: is neither a notebook",),
          write("class.zip", "PK rubbish")),
    Fault("a report of brackets", REPORT,
          ("report.json: is not JSON (it has too many brackets in one another)",),
          write("report.json", "[" * 100_000)),
    Fault("a nested report", REPORT, ("report",),
          write("report.json", f'{{"schema": "{SCHEMA}", "reports": {BRACKETS}}}')),
    Fault("a report cut off", REPORT, ("report.json: is not JSON",),
          write("report.json", f'{{"schema": "{SCHEMA}", "rep')),
    Fault("a folder in place of a report", REPORT,
          ("report.json: cannot be read (Is a directory); name",),
          folder_at("report.json")),
    Fault("settings that are not TOML", GRADE, ("course.toml: cannot be read as TOML",),
          write("course.toml", "seed = = 1")),
    Fault("a folder in place of the settings", GRADE,
          ("course.toml: cannot be read (Is a directory); name another file",),
          folder_at("course.toml")),
    # The gradebook
    Fault("no database", GRADE_COURSE, ("gradebook.db: file is not a database; put a copy back", SAFE),
          no_database, course=True),
    Fault("half a gradebook", GRADE_COURSE, ("gradebook.db: database disk image", SAFE),
          cut_in_half, course=True),
    Fault("a gradebook of another version", GRADE_COURSE, ("no such column", "nbgrader db upgrade", SAFE),
          sql("alter table grade rename column auto_score to points"), course=True),
    Fault("a gradebook that is gone", GRADE_COURSE, ("gradebook.db: is missing", SAFE),
          gone("gradebook.db"), course=True),
    Fault("a folder in place of the gradebook", GRADE_COURSE,
          ("gradebook.db: is not a file", SAFE), folder_instead("gradebook.db"), course=True),
    # What the system grants
    Fault("too few descriptors", GRADE,
          ("sandbox: 20 open files are allowed", "allow more: ulimit -n"),
          limits=((resource.RLIMIT_NOFILE, 20),)),
    Fault("too few processes", GRADE, ("ulimit -u",), user=True,
          limits=((resource.RLIMIT_NPROC, 1),), environment=(("OPENBLAS_NUM_THREADS", "1"),)),
    Fault("no /proc", GRADE, ("/proc: is not mounted; mount it",),
          wrap=(*MOUNTS, "sh", "-ec", 'mount -t tmpfs none /proc\nexec "$@"', "sh")),
    Fault("a current folder that is gone", "grade nothing",
          ("the current folder: No such file", "change to a folder that exists"),
          wrap=("sh", "-ec", 'mkdir gone\ncd gone\nrmdir ../gone\nexec "$@"', "sh")),
)  # fmt: skip
# Each takes seconds, and another of its kind is quick.
LONG = {"the evidence", "the ledger", "nbgrader's part of a new course", "the downloads",
        "a limit on the size of files", "half a gradebook",
        "a gradebook of another version"}  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach and write to."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o777)
        yield Path(made)


@pytest.fixture
def course(copy_course, folder) -> Path:
    course = copy_course(folder / "course")
    work = course / "submitted" / "ada" / "03_sigmoid_neuron" / "03_sigmoid_neuron.ipynb"
    work.parent.mkdir(parents=True)
    shutil.copy(NOTEBOOK, work)
    return course


def kit(fault: Fault, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*fault.wrap, sys.executable, "-m", "autograder", *fault.command.split()]
    if fault.user and os.geteuid() == 0:
        command = [*CONTAINER, *command]
    words = [f"resource.setrlimit({kind}, ({most}, {most}))" for kind, most in fault.limits]
    if words:  # set last, so that it meets the kit alone
        code = f"import resource, runpy; {'; '.join(words)}; runpy.run_module('autograder', run_name='__main__')"
        command[-len(fault.command.split()) - 2 :] = ["-c", code, *fault.command.split()]
    environment = {**ENVIRONMENT, **dict(fault.environment)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of trouble, once it is seen that it is one, with the right exit code."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("autograder: ")]
    assert len(lines) == 1 and lines[0].count("; ") >= 1, done.stderr
    return lines[0]


def can_mount() -> bool:
    tried = [*MOUNTS, "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(tried, capture_output=True).returncode == 0
    )


@needs_wall
@pytest.mark.parametrize(
    "fault",
    mostly_long(FAULTS, *(fault for fault in FAULTS if fault.name not in LONG)),
    ids=lambda fault: fault.name,
)
def test_trouble_is_one_line(fault, folder, request):
    if fault.wrap[:1] == MOUNTS[:1] and not can_mount():
        pytest.skip("nothing can be mounted here")
    cwd = request.getfixturevalue("course") if fault.course else folder
    fault.prepare(cwd)
    line = told(kit(fault, cwd))
    assert all(part in line for part in fault.says), line


@needs_wall
def test_a_file_in_place_of_the_folder_stays(folder):
    (folder / "out").write_text("mine")
    told(kit(Fault("", GRADE, ()), folder))
    assert (folder / "out").read_text() == "mine"


@needs_wall
@pytest.mark.parametrize("trouble", mostly_long(["locked", "of another version"], "read-only"))
def test_grades_are_safe_when_the_gradebook_cannot_be_written(course, trouble):
    """They are in graded/, and a second run, once the trouble is over, enters them without running anything again."""
    path, grade = course / "gradebook.db", Fault("", GRADE_COURSE, ())
    before = path.read_bytes()
    with closing(sqlite3.connect(path, timeout=0)) as database:
        if trouble == "locked":
            database.execute("begin immediate")
        elif trouble == "read-only":
            # Also for root: SQLite itself finds the file marked as one of a later format.
            path.write_bytes(before[:18] + b"\x03" + before[19:])
        else:
            database.execute("alter table grade rename column auto_score to points")
            database.commit()
        line = told(kit(grade, course))
    cures = {"locked": "close", "read-only": "allow writing", "of another version": "upgrade"}
    assert "gradebook.db" in line and SAFE in line and cures[trouble] in line
    reports = json.loads((course / "graded" / "report.json").read_text())["reports"]
    assert [report["identity"]["student"] for report in reports] == ["ada"]
    if trouble != "locked":
        path.write_bytes(before)
    done = kit(grade, course)
    assert done.returncode == 0, done.stderr
    assert "not run again" in done.stderr
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("select sum(auto_score) from grade").fetchone()[0] > 0


@pytest.mark.parametrize(
    ("stamp", "asked"),
    [("{here}", False), ("/somewhere/else", True), ("{here}/below", True), ("", True)],
)
def test_make_installs_anew_in_a_checkout_that_was_moved(tmp_path, stamp, asked):
    """The programs in .venv begin with the path of the checkout, so the stamp holds it."""
    here = tmp_path / "a course"
    (here / ".venv").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(HERE.root / name, here)
    (here / ".venv" / "installed").write_text(stamp.format(here=here) + "\n")
    make = ["make", "--dry-run", "types"]
    done = subprocess.run(make, cwd=here, capture_output=True, text=True, check=True)
    assert ("-m venv --clear .venv" in done.stdout) is asked
    assert (f"echo '{here}' >.venv/installed" in done.stdout) is asked


@needs_wall
def test_a_gradebook_that_cannot_be_read_leaves_what_was_graded_before(course):
    """The roster is read before anything is written: what stood in graded/ stands there."""
    no_database(course)
    (course / "graded").mkdir()
    (course / "graded" / "of_before.txt").write_text("mine")
    told(kit(Fault("", GRADE_COURSE, ()), course))
    assert not (course / "graded" / "report.json").exists()
    assert (course / "graded" / "of_before.txt").read_text() == "mine"
