"""The workflows: what they may do, and their shell steps as they are written, run in a clean environment."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autograder import __version__
from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.build.release import WORKFLOW
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.student.checks import assignments

KITS = (HERE.root / ".github" / "workflows").glob("*.yml")
WORKFLOWS = {path.name: path for path in (HERE.release / WORKFLOW, *KITS)}
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
KNOWN = {assignment.name: assignment for assignment in assignments()}
NEURON, MATMUL = "03_sigmoid_neuron", "04_matmul"
# How GitHub runs a step whose shell is said to be bash.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@pytest.fixture(params=WORKFLOWS)
def workflow(request):
    return WORKFLOWS[request.param].read_text(encoding="utf-8")


def parsed(name):
    return yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))


def steps(text):
    return [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]


def test_there_are_four():
    assert set(WORKFLOWS) == {"student.yml", "grade.yml", "test.yml", "release.yml"}


def test_every_action_is_pinned_to_a_commit_and_says_its_version(workflow):
    used = re.findall(r"uses: (.*)", workflow)
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


def test_an_action_has_one_version_everywhere():
    used = {
        action
        for path in WORKFLOWS.values()
        for action in re.findall(r"uses: (.*)", path.read_text())
    }
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_a_workflow_may_read_and_no_more_and_every_job_ends(workflow):
    table = yaml.safe_load(workflow)
    assert table["permissions"] == {"contents": "read"}
    for name, job in table["jobs"].items():
        assert "permissions" not in job or (table["name"], name) == ("Release", "attach")
        assert job["timeout-minutes"] <= 120
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_one_job_that_may_write_runs_nothing_of_the_repository():
    job = parsed("release.yml")["jobs"]["attach"]
    assert job["permissions"] == {"contents": "write"}
    [get, attach] = job["steps"]
    assert get["uses"].startswith("actions/download-artifact@")
    assert attach["run"].startswith("gh release create ")


@pytest.mark.long
def test_the_release_makes_what_the_kit_makes_here(kit):
    """Also in a copy without a repository, such as a downloaded archive is."""
    shutil.copytree(HERE.release, kit / "release")
    done = run(
        script("release.yml", "make", "Make the downloads"), kit, SOURCE_DATE_EPOCH="1772600768"
    )
    assert (done.returncode, done.stderr) == (0, "")
    names = {path.name for path in (kit / "downloads").iterdir()}
    assert {f"{name}.zip" for name in KNOWN} | {"backprop-course.zip"} < names
    assert [name for name in names if name.endswith(".whl")] == [
        f"backprop_student-{__version__}-py3-none-any.whl"
    ]


def test_no_expression_is_put_into_a_script(workflow):
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_secrets_are_given_to_single_steps_and_never_to_student_code():
    assert "secrets" not in WORKFLOWS["student.yml"].read_text()
    table = parsed("grade.yml")
    given = [(step["name"], str(step)) for job in table["jobs"].values() for step in job["steps"]]
    assert {name for name, text in given if "SUBMISSIONS_TOKEN" in text} == {
        "Get the student's work"
    }
    assert {name for name, text in given if "secrets.COURSE_TOML" in text} == {"Grade"}
    assert "pull_request_target" not in "".join(path.read_text() for path in WORKFLOWS.values())


def run(script, cwd, **environment):
    """Run a step's script as a runner does, with nothing of this process's environment but PATH."""
    bare = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "MPLCONFIGDIR": str(cwd),
        "RUNNER_TEMP": str(cwd.parent),
    }
    bare |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(cwd)}
    return subprocess.run(
        [*BASH, script],
        cwd=cwd,
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=280,
    )


def script(name, job, step):
    [found] = [each["run"] for each in parsed(name)["jobs"][job]["steps"] if each["name"] == step]
    return found


def solved(name):
    return notebook_text(filled_notebook(read_source(HERE.source(name), KNOWN[name]), KNOWN[name]))


# The student's workflow, on a repository made from what is released, and with the packages of an earlier run.


@pytest.fixture
def repository(tmp_path, students_python):
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / ".venv").symlink_to(students_python.parents[1])
    return folder


def fill(folder, *names):
    """Put the course into a repository, with these notebooks only."""
    shutil.copytree(
        HERE.release, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb")
    )
    for name in names:
        shutil.copy(HERE.released(name), folder)


def check(folder):
    done = run(
        script("student.yml", "check", "Run the visible checks"),
        folder,
        GITHUB_STEP_SUMMARY=f"{folder}.md",
    )
    return done, Path(f"{folder}.md").read_text() if Path(f"{folder}.md").exists() else ""


def test_the_students_workflow_checks_every_notebook_of_a_repository(repository):
    fill(repository, NEURON, MATMUL)
    (repository / f"{NEURON}.ipynb").write_text(solved(NEURON), encoding="utf-8")
    done, summary = check(repository)
    assert done.returncode == 1, done.stderr  # the other one is still to be done
    assert "**12 of 12 points**" in summary
    assert "**0 of 14 points**" in summary
    assert f"file={MATMUL}.ipynb," in done.stdout


def test_the_students_workflow_passes_for_a_solved_notebook(repository):
    fill(repository, NEURON)
    (repository / f"{NEURON}.ipynb").write_text(solved(NEURON), encoding="utf-8")
    done, summary = check(repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert "**12 of 12 points**" in summary


def test_the_students_workflow_says_what_is_missing_in_an_empty_repository(repository):
    done, _ = check(repository)
    assert done.returncode == 2
    missing = "The folder autograder/ is missing at the top of this repository; add all files of the course."
    assert done.stdout == f"::error::{missing}\n"


# The instructor's workflow, in a copy of the kit with this project's environment.


@pytest.fixture
def kit(tmp_path):
    copy = tmp_path / "kit"
    left = (
        ".venv",
        ".git",
        "tests",
        "class",
        "graded",
        "release",
        "__pycache__",
        ".*_cache",
        ".hypothesis",
        "benchmarks",
    )
    shutil.copytree(HERE.root, copy, ignore=shutil.ignore_patterns(*left))
    binaries = copy / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "autograder").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m autograder "$@"\n')
    (binaries / "autograder").chmod(0o755)
    return copy


@pytest.mark.parametrize(
    ("repositories", "folder", "code", "planned"),
    [
        ("school/ada school/bo.li", "", 0, ["school/ada", "school/bo.li"]),
        ("", "submissions", 0, []),
        ("school/ada\n  school/bo", "", 0, ["school/ada", "school/bo"]),
        ("", "", 2, None),
        ("school/ada;id", "", 2, None),
        ('school/ada"],"x":["y', "", 2, None),
        ("* ../..", "", 2, None),
        ("$(id)/x", "", 2, None),
    ],
)
def test_the_plan_takes_names_of_repositories_and_nothing_else(
    tmp_path, repositories, folder, code, planned
):
    output = tmp_path / "output"
    output.write_text("")
    step = script("grade.yml", "plan", "Read what is to be graded")
    done = run(step, tmp_path, REPOSITORIES=repositories, FOLDER=folder, GITHUB_OUTPUT=str(output))
    assert done.returncode == code
    assert (
        planned is None or json.loads(output.read_text().removeprefix("repositories=")) == planned
    )
    assert planned is not None or output.read_text() == ""


def test_a_repository_is_graded_with_the_secret_seed_and_its_pages_and_csv_are_kept(kit):
    (kit / "submission").mkdir()
    (kit / "submission" / "work.ipynb").write_text(solved(NEURON), encoding="utf-8")
    (kit / "submission" / "course.toml").write_text("nonsense")
    output, summary = kit.parent / "output", kit.parent / "summary.md"
    step = script("grade.yml", "repository", "Grade")
    secret = 'title = "A course"\nseed = "secret"\n'
    told = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    done = run(step, kit, STUDENT="school/ada", COURSE_TOML=secret, **told)
    assert done.returncode == 0, done.stderr
    assert output.read_text() == "artifact=graded-school-ada\n"
    assert "**12 of 12 points**" in summary.read_text()
    [report] = json.loads((kit / "graded" / "report.json").read_text())["reports"]
    assert report["identity"]["student"] == "school/ada"
    (kit / "course.toml").write_text(secret)
    hashed = "import sys; from pathlib import Path; from autograder.course.settings import load_course as c; "
    asked = [sys.executable, "-c", f"{hashed}print(c(Path('course.toml')).seed_hash)"]
    assert (
        report["provenance"]["seed"]
        == subprocess.run(asked, cwd=kit, capture_output=True, text=True).stdout.strip()
    )
    assert "school/ada" in (kit / "graded" / "nbgrader.csv").read_text()
    assert list((kit / "graded").rglob("*.html"))


def test_a_folder_is_graded_and_no_secret_stays_behind(kit):
    (kit / "handed in").mkdir()
    (kit / "handed in" / "ada.ipynb").write_text(solved(NEURON), encoding="utf-8")
    (kit / "handed in" / "bo.ipynb").write_text("{")
    done = run(
        script("grade.yml", "folder", "Grade"),
        kit,
        FOLDER="handed in",
        COURSE_TOML='seed = "secret"',
    )
    assert done.returncode == 0, done.stderr
    assert (kit / "graded" / "class.html").is_file()
    assert "ada" in (kit / "graded" / "nbgrader.csv").read_text()
    assert not (kit / "course.toml").exists()


def test_what_ci_makes_are_targets_of_the_makefile():
    scripts = [
        step["run"]
        for path in WORKFLOWS.values()
        for step in steps(path.read_text())
        if "run" in step
    ]
    made = {target for text in scripts for target in re.findall(r"^make (\S+)", text, re.M)}
    assert made == {"test", "long", "lint", "types", "verify", ".venv/installed"}
    for target in made:
        subprocess.run(
            ["make", "--dry-run", target], cwd=HERE.root, capture_output=True, check=True
        )


def test_every_python_that_the_kit_supports_is_tested():
    matrix = parsed("test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {"macos-15"} == {more["os"] for more in matrix["include"]}
