"""`autograder ci`, the real command: one student's work, every platform, and its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, course_above
from autograder.course.source import read_source
from autograder.platforms.ci import WRITERS
from autograder.student.checks import assignments

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
SOURCE = read_source(HERE.source(NEURON.name), NEURON)
WRONG = """\
def neuron_backward(dout, cache):
    w, x, f = cache
    ddot = f * (1 - f)
    return [ddot * x[0], ddot * x[1], ddot], [ddot * w[0], ddot * w[1]]
"""
LOUD = "print('::error::owned')\nraise ValueError('::error::owned\\n::error::again')"
# What the environment of a test run, which may be a workflow itself, says of platforms.
TOLD = (
    "GITHUB_STEP_SUMMARY",
    "GITHUB_OUTPUT",
    "GITHUB_WORKSPACE",
    "GITLAB_CI",
    "JENKINS_URL",
    "CIRCLECI",
    "TF_BUILD",
)


def solved(**replace):
    return notebook_text(filled_notebook(SOURCE, NEURON, replace))


def ci(folder, *arguments, before=(), **more):
    command = [*before, sys.executable, "-m", "autograder", "ci", *map(str, arguments)]
    plain = {key: value for key, value in os.environ.items() if key not in TOLD}
    environment = plain | {"NO_COLOR": "1", "PYTHONPATH": str(HERE.root)} | more
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def work(tmp_path):
    """A student's clone with one notebook in it."""
    folder = tmp_path / "neuron-ada"
    folder.mkdir()
    (folder / "work.ipynb").write_text(solved(), encoding="utf-8")
    return folder


def test_solved_work_passes_and_belongs_to_the_folders_name(work):
    done = ci(work, "--format", "json", "--out", "../out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "work.ipynb: 12 of 12 points\n\n"
    assert done.stderr.startswith("sandbox: ")
    [report] = json.loads((work.parent / "out" / "report.json").read_text())["reports"]
    assert (report["identity"]["student"], report["identity"]["file"]) == (
        "neuron-ada",
        "work.ipynb",
    )


def test_a_mistake_fails_and_is_told_to_github_on_its_line(work):
    text = solved(neuron_backward=WRONG)
    (work / "work.ipynb").write_text(text, encoding="utf-8")
    done = ci(
        work.parent,
        "neuron-ada",
        "--student",
        "ada",
        GITHUB_STEP_SUMMARY=str(work.parent / "sum.md"),
    )
    assert done.returncode == 1
    line = 1 + [row.strip() for row in text.split("\n")].index(
        '"def neuron_backward(dout, cache):\\n",'
    )
    assert f"::error file=neuron-ada/work.ipynb,line={line}," in done.stdout
    assert "upstream gradient ignored" in (work.parent / "sum.md").read_text()
    assert "· ada" in (work.parent / "sum.md").read_text()
    assert ci(work.parent, "neuron-ada", "--exit-zero").returncode == 0


def test_every_form_is_written_at_once(work):
    options = [word for form in WRITERS for word in ("--format", form)]
    assert ci(work, *options, "--out", "../out").returncode == 0
    written = {
        path.relative_to(work.parent / "out").as_posix()
        for path in (work.parent / "out").rglob("*.*")
    }
    assert written == {
        "summary.md", "junit.xml", "results.json", "result.json", "classroom.json", "class.html", "report.json",
        "03_sigmoid_neuron/neuron-ada.html",
    }  # fmt: skip


def test_a_python_file_is_graded_and_annotated_where_it_is_wrong(work):
    (work / "work.ipynb").unlink()
    text = (
        HERE.source(NEURON.name)
        .read_text(encoding="utf-8")
        .replace("return (1 - f) * f", "return (1 + f) * f")
    )
    (work / "Assignment3.py").write_text(text, encoding="utf-8")
    done = ci(work, "--format", "github", "--out", "../out")
    assert done.returncode == 1
    line = 1 + text.split("\n").index("def sigmoid_grad(f):")
    assert (
        f"::error file=Assignment3.py,line={line},endLine={line},title=sigmoid_grad" in done.stdout
    )


def test_what_students_print_and_raise_is_no_command_of_a_workflow(work):
    notebook = json.loads(solved())
    notebook["cells"].append(
        {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "source": LOUD}
    )
    (work / "work.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    done = ci(work, "--format", "github", "--out", "../out")
    assert "owned" in done.stdout
    assert not [
        line for line in (done.stdout + done.stderr).splitlines() if line.lstrip().startswith("::")
    ]


def test_a_students_course_file_decides_nothing(work):
    (work / COURSE_FILE).write_text("[limits]\nsubmission = 1e-9\n")
    (work.parent / COURSE_FILE).write_text('seed = "secret"\n')
    assert ci(work).returncode == 0
    assert ci(work.parent, "neuron-ada").returncode == 0
    assert course_above(work, [work]) == work.parent / COURSE_FILE
    assert course_above(work, [Path(os.path.relpath(work))]) == work.parent / COURSE_FILE
    assert course_above(work.parent, [work]) == work.parent / COURSE_FILE


def test_misuse_unreadable_work_and_a_grader_that_fails_have_their_own_exit_codes(work):
    assert ci(work, "nowhere").returncode == 2
    assert ci(work, "--format", "paper").returncode == 2
    (work / "notes.txt").write_text("none")
    (work / "work.ipynb").rename(work.parent / "work.ipynb")
    assert ci(work).returncode == 2
    (work / "work.ipynb").write_text("{")
    done = ci(work, "--format", "junit", "--out", "../out")
    assert done.returncode == 1
    assert "it is not valid JSON" in done.stdout
    (work / "work.ipynb").write_text(solved(), encoding="utf-8")
    without = [sys.executable, HERE.root / "tests" / "container.py", "--without", "landlock"]
    done = ci(work, before=without)
    assert (done.returncode, done.stdout) == (3, "")
    assert "autograder: sandbox: " in done.stderr


def test_of_several_notebooks_the_one_with_the_assignments_name_counts(work):
    (work / f"{NEURON.name}.ipynb").write_text(solved(neuron_backward=WRONG), encoding="utf-8")
    os.utime(work / f"{NEURON.name}.ipynb", (1e9, 1e9))
    done = ci(work)
    assert done.returncode == 1
    assert (
        "left out work.ipynb: 03_sigmoid_neuron.ipynb counts: same date; it is named like the assignment"
        in done.stderr
    )
