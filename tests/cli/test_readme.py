"""Every command in README and docs/ runs, in copies of the checkout; every link, picture and make target exists."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer.main
import yaml
from conftest import REFUSAL
from test_course_walk import COMMANDS as WALKED

import autograder
from autograder.cli import app
from autograder.course.paths import HERE
from autograder.course.settings import Course, load_course

README = HERE.root / "README.md"
PAGES = [README, HERE.root / "CONTRIBUTING.md", *sorted((HERE.root / "docs").glob("*.md"))]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
# What an instructor exported from Canvas and downloaded from Moodle.
GRADEBOOK = (
    'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"One, H",1,,h01,A\n'
)
WORKSHEET = "Identifier,Full name,Grade,Last modified (grade)\nParticipant 1,h01,,-\n"
KIT = ".venv/bin/autograder "
STUDENTS = ".venv/bin/python -m autograder.student "
# Takes minutes, and is a step of CI by itself.
STEPS_OF_CI = {f"{KIT}verify": "verify"}
# The commands of this page change the copy that they run in: test_changes has them.
CHANGES = "change.md"
# Those of this page run in tests/grading/test_remote.py.
CLUSTER = "cluster.md"


def commands_of(text: str) -> list[str]:
    """The commands of a page's console blocks, without their comments."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    return [line[2:].split(" #")[0].strip() for block in blocks for line in block.splitlines()]


BY_PAGE = {page: commands_of(text) for page, text in TEXTS.items()}
# Each command once, though several pages show it.
COMMANDS = list(
    dict.fromkeys(
        command
        for page, commands in BY_PAGE.items()
        if page not in (CHANGES, CLUSTER)
        for command in commands
    )
)


def copy_checkout(target: Path) -> Path:
    """A copy of what the repository holds, as after a clone."""
    ignored = shutil.ignore_patterns(
        ".venv",
        ".git",
        "class",
        "graded",
        "uploads",
        "downloads",
        "site",
        "results",
        "hand_filled",
        ".*_cache",
    )
    shutil.copytree(HERE.root, target, ignore=ignored)
    return target


def run_kit(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "autograder", *shlex.split(command.removeprefix(KIT))]
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    copy = copy_checkout(tmp_path_factory.mktemp("readme") / "kit")
    written = copy / "SUBMISSIONS" / "h01"
    written.mkdir(parents=True)
    shutil.copy(HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb", written)
    (copy / "Gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    (copy / "Worksheet.csv").write_text(WORKSHEET, encoding="utf-8")
    return copy


def test_there_are_commands_to_run():
    assert sum(command.startswith(KIT) for command in COMMANDS) >= 20
    assert sum(command.startswith("make ") for command in COMMANDS) >= 4


# Grading comes first: the others read what it leaves.
KITS = [c for c in COMMANDS if c.startswith(KIT) and c not in STEPS_OF_CI]


# Whole builds, which test_build.py and test_release.py try in parts.
BUILDS = (f"{KIT}build", f"{KIT}release", f"{KIT}release --zips downloads")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(each, marks=pytest.mark.long) if each in BUILDS else each
        for each in sorted(KITS, key=lambda c: not c.startswith(f"{KIT}grade "))
    ],
)
def test_command_of_the_kit_runs(command, checkout):
    done = run_kit(command, checkout)
    if REFUSAL and "graded" in done.stderr and not (checkout / "graded" / "report.json").exists():
        pytest.skip(f"asks for a graded class, and {REFUSAL}")
    assert done.returncode == 0, done.stderr


def test_the_job_of_gitlab_leaves_the_report_that_it_names(checkout):
    (text,) = re.findall(r"```yaml\n(.*?)```", TEXTS["ci.md"], re.S)
    job = yaml.safe_load(text)["grade"]
    target, command = job["script"]
    subprocess.run([*target.split(), "--dry-run"], cwd=checkout, check=True, capture_output=True)
    report = checkout / job["artifacts"]["reports"]["junit"]
    report.unlink(missing_ok=True)
    done = run_kit(command, checkout, GITLAB_CI="true")
    assert done.returncode == 0, done.stderr
    assert report.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(STUDENTS)])
def test_command_of_a_student_runs_there(command, tmp_path, students_python):
    ignored = shutil.ignore_patterns("*.ipynb")
    folder = shutil.copytree(HERE.release, tmp_path / "course", ignore=ignored)
    shutil.copy(HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb", folder)
    words = [students_python, "-m", "autograder.student", *command.removeprefix(STUDENTS).split()]
    bare = {"HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run(
        words, cwd=folder, env=bare, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_that_is_shown_is_run():
    others = [c for c in COMMANDS if not c.startswith((KIT, STUDENTS, "make "))]
    exchanged = BY_PAGE["nbgrader.md"]  # by test_exchange, or as the walk's
    assert [c for c in others if c not in (*WALKED, *exchanged)] == []


@pytest.mark.parametrize(("command", "target"), STEPS_OF_CI.items())
def test_what_is_left_to_ci_is_run_there(command, target):
    assert command in COMMANDS
    assert f"\nmake {target}\n" in (HERE.root / ".ci" / "run").read_text(encoding="utf-8")
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=HERE.root, capture_output=True, text=True, check=True
    )
    assert f"\n{command}\n" in done.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_make_target_exists(command):
    words = ["make", "--dry-run", *command.removeprefix("make ").split()]
    done = subprocess.run(words, cwd=HERE.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_course_file_that_is_shown_is_one(tmp_path):
    shown = [
        block for text in TEXTS.values() for block in re.findall(r"```toml\n(.*?)```", text, re.S)
    ]
    assert len(shown) >= 2
    (tmp_path / "groups.csv").write_text("canvas_user_id,group_name\n1,Red\n2,Red\n")
    for text in shown:
        (tmp_path / "course.toml").write_text(text, encoding="utf-8")
        assert load_course(tmp_path / "course.toml") != Course()


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and MkDocs make them."""
    without_code = re.sub(r"```.*?```", "", text, flags=re.S)
    headings = re.findall(r"^#+ (.*)$", without_code, re.M)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_is_there(page):
    text = TEXTS[page.name]
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target
    for described, _ in re.findall(r"!\[(.*?)\]\((.*?)\)", text, re.S):
        assert len(described) > 20
    makefile = (HERE.root / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z]+)`", text):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_readme_is_one_page_with_every_command_in_its_table():
    text = TEXTS["README.md"]
    assert len(text.splitlines()) <= 170
    assert len(re.findall(r"!\[", text)) >= 2
    table = text.partition("\n## Commands\n")[2].partition("\n## ")[0]
    shown = set(re.findall(r"`([a-z0-9-]+)(?: [a-z]+)?`", table))
    known = typer.main.get_command(app).commands
    assert {name for name, command in known.items() if not command.hidden} <= shown


def test_every_assignment_is_in_the_table_of_the_syllabus():
    for source in HERE.solutions.glob("[0-9]*.py"):
        assert f"`{source.stem}`" in TEXTS["syllabus.md"]


def test_the_version_stands_in_the_changelog_and_is_the_same_everywhere():
    project = tomllib.loads((HERE.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## (\S+)", (HERE.root / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest is not None
    assert newest[1] == project["version"] == autograder.__version__


def test_the_locked_requirements_name_no_index():
    locks = sorted(HERE.root.glob("*.lock"))
    assert locks
    for lock in locks:
        locked = lock.read_text(encoding="utf-8")
        assert "://" not in locked, lock.name
        assert "--index-url" not in locked, lock.name


class Assets(HTMLParser):
    """What a page loads when it is shown: scripts, styles, pictures, frames."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "link"):
            self.found += [address for key in ("src", "href") if (address := named.get(key))]


def test_the_site_has_every_page_and_loads_nothing_from_elsewhere(tmp_path):
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(words, cwd=HERE.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = {path.stem: path for path in (tmp_path / "site").glob("*.html")}
    assert {path.stem for path in (HERE.root / "docs").glob("*.md")} <= set(built)
    assert (tmp_path / "site" / "search" / "search_index.json").is_file()
    for page in built.values():
        assets = Assets()
        assets.feed(page.read_text(encoding="utf-8"))
        outside = [
            address for address in assets.found if address.startswith(("http:", "https:", "//"))
        ]
        assert outside == [], page.name
    for style in (tmp_path / "site").rglob("*.css"):
        assert not re.search(
            r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")
        ), style.name
