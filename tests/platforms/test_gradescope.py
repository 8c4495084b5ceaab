"""Gradescope, emulated: its folders below another root, as in a default Docker container."""

import ast
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import jsonschema
import psutil
import pytest
from conftest import REFUSAL
from packaging.requirements import Requirement

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.source import read_source
from autograder.platforms.gradescope_run import HandIn, read_metadata
from autograder.platforms.gradescope_upload import (
    LOCK,
    SCRIPTS,
    Settings,
    make_upload,
    package_files,
)
from autograder.sandbox.staging import STAGED, STAND_INS
from autograder.student.checks import assignments, catalogue, module_of

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "schemas" / "gradescope.json").read_text(encoding="utf-8")
)
CONTAINER = (sys.executable, HERE.root / "tests" / "container.py")
KNOWN = {assignment.name: assignment for assignment in assignments()}
NEURON, MLP = "03_sigmoid_neuron", "07_mlp_sgd"
USERS = [
    {"email": "ada@school.example", "id": 1, "name": "Ada Ng"},
    {"email": "bo@school.example", "id": 2, "name": "Bo Li"},
]
METADATA = {
    "id": 99881,
    "created_at": "2026-02-02T14:58:23.948203-08:00",
    "assignment": {
        "due_date": "2026-02-01T23:59:00.000000-08:00",
        "late_due_date": None,
        "release_date": "2026-01-20T09:00:00.000000-08:00",
        "group_size": 2,
        "group_submission": True,
        "id": 7,
        "course_id": 8,
        "title": "The sigmoid neuron",
        "total_points": "12.0",
    },
    "submission_method": "upload",
    "users": USERS,
    "previous_submissions": [],
}
PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==[^\n]*\n((?:[ \t#].*\n)*)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
LATE = '[late]\nper = "day"\npercent = 10\n'
ENDLESS = "def sigmoid(x):\n    while True:\n        pass\n"


def solved(name=NEURON, **replace):
    return notebook_text(
        filled_notebook(read_source(HERE.source(name), KNOWN[name]), KNOWN[name], replace)
    )


def upload(name=NEURON, course=None, **settings):
    module, others = module_of(name), frozenset(catalogue())
    return make_upload(KNOWN[name], module, others, Settings(name, **settings), course, HERE)


@pytest.fixture
def container():
    """A folder that every user may pass through, as a container's root is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def autograder(tmp_path, container):
    """Build the container's folders, hand something in, and run; what results.json says, and what was printed."""
    if REFUSAL:  # Gradescope's machines are Linux
        pytest.skip(REFUSAL)

    def build(submission, course="", metadata=METADATA, name=NEURON, closed=True, **settings):
        root = container / "autograder"
        (tmp_path / "course.toml").write_text(course)
        with zipfile.ZipFile(
            io.BytesIO(upload(name, tmp_path / "course.toml" if course else None, **settings))
        ) as built:
            built.extractall(root / "source")
        (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
        (root / "run_autograder").chmod(0o755)
        if closed:
            subprocess.run(
                ["chmod", "-R", "go-rwx", root / "source"], check=True
            )  # as setup.sh ends
        (root / "submission").mkdir()
        for file, text in submission.items():
            (root / "submission" / file).write_text(text, encoding="utf-8")
        if metadata:
            (root / "submission_metadata.json").write_text(json.dumps(metadata))
        return root

    def run(submission, *more, course="", metadata=METADATA, name=NEURON, closed=True, **settings):
        root = build(submission, course, metadata, name, closed, **settings)
        with started(root, *more) as process:
            out, said = process.communicate(timeout=240)
        assert process.returncode == 0, said
        return results_of(root), out

    run.build = build
    return run


def started(root, *more, **environ):
    """The container's process: the kit of the upload, with this project's Python instead of one made by setup.sh."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    environment = (
        kept | {"AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable} | environ
    )
    command = [*map(str, CONTAINER), *more, str(root / "run_autograder")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=root, env=environment, start_new_session=True, **pipes)


def results_of(root):
    document = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_a_solved_notebook_has_a_test_an_exercise_and_is_told_of_the_thinner_wall(autograder):
    results, out = autograder({f"{NEURON}.ipynb": solved()})
    assert [test["name"] for test in results["tests"]] == [e.name for e in KNOWN[NEURON].exercises]
    assert sum(test["score"] for test in results["tests"]) == KNOWN[NEURON].checked
    assert {test["visibility"] for test in results["tests"]} == {"visible"}
    assert "score" not in results
    assert "sandbox: strict" in out
    assert "file names and sizes visible" in results["output"]
    if os.getuid() == 0:
        assert "workers run as uid" in results["output"]


def test_a_late_group_loses_what_the_course_says_by_gradescopes_own_times(autograder):
    wrong = "def relu(x, w):\n    return 0.0, [0.0, 0.0, 0.0]\n"
    results, _ = autograder(
        {"work.ipynb": solved(relu=wrong), "essay.txt": "no notebook"}, course=LATE
    )
    assert "14 h 59 min late; 1 day begun, 10 % of 12 points taken off" in results["output"]
    earned = sum(test["score"] for test in results["tests"])
    assert 0 < earned < 12
    assert results["score"] == pytest.approx(earned - 1.2)
    identity = results["extra_data"]["identity"]
    assert identity["emails"] == ["ada@school.example", "bo@school.example"]


def test_an_extension_of_any_member_counts_for_the_group(autograder):
    due = f'[due]\n{NEURON} = 2026-02-01T23:59:00-08:00\n[extensions."bo@school.example"]\n'
    results, _ = autograder(
        {"work.ipynb": solved()}, course=f"{due}{NEURON} = 2026-02-03T23:59:00-08:00\n{LATE}"
    )
    assert "score" not in results
    assert "late" not in results["output"]


def test_without_a_policy_or_without_metadata_nothing_is_taken_off(autograder):
    results, _ = autograder({"work.ipynb": solved()}, metadata=None, course=LATE)
    assert "score" not in results
    assert "late" not in results["output"]


def test_a_python_file_handed_in_instead_is_graded(autograder):
    text = HERE.source(NEURON).read_text(encoding="utf-8")
    results, _ = autograder({"Assignment3.py": text, "helper.py": "def unrelated():\n    pass\n"})
    assert sum(test["score"] for test in results["tests"]) == 12


@pytest.mark.parametrize(
    ("submission", "said"),
    [
        (
            {"essay.txt": "no notebook"},
            "no notebook (.ipynb) and no Python file with one of the exercises was handed in",
        ),
        ({"work.ipynb": "{"}, "work.ipynb: it is not valid JSON"),
        (
            {"work.ipynb": solved("04_matmul")},
            "it belongs to none of the assignments 03_sigmoid_neuron",
        ),
    ],
    ids=["nothing", "broken", "another assignment"],
)
def test_what_cannot_be_graded_gets_no_points_and_a_reason(autograder, submission, said):
    results, _ = autograder(submission)
    assert (results["score"], results["tests"]) == (0.0, [])
    assert said in results["output"]


def test_a_cell_that_never_ends_costs_its_exercise_alone(autograder):
    course = "[limits]\ncall = 0.5\npatience = 1\n"
    results, _ = autograder({"work.ipynb": solved(sigmoid=ENDLESS)}, course=course)
    scores = {test["name"]: (test["score"], test["max_score"]) for test in results["tests"]}
    assert scores["sigmoid"] == (0.0, 1.0)
    assert scores["sigmoid_grad"] == (1.0, 1.0)
    assert "did not finish within" in next(
        test["output"] for test in results["tests"] if test["name"] == "sigmoid"
    )


def grader_below(process):
    """The Python that grades, once it has begun to run what was handed in."""
    for _ in range(600):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end while it is looked at
                if "autograder.platforms.gradescope_run" in child.cmdline() and child.children():
                    return child
        time.sleep(0.1)
    raise AssertionError("the grader did not start")


@pytest.mark.parametrize("whole", [False, True], ids=["the grader", "the container"])
def test_whatever_is_killed_leaves_a_message_and_no_verdict(autograder, whole):
    root = autograder.build({"work.ipynb": solved(sigmoid=ENDLESS)})
    with started(root) as process:
        grader = grader_below(process)
        below = grader.children(recursive=True)
        if whole:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            grader.kill()
        process.wait(timeout=60)
    psutil.wait_procs(below, timeout=30)
    results = results_of(root)
    assert results["extra_data"] == {"status": "stopped"}
    assert "which is not a verdict on your work" in results["output"]


@pytest.mark.skipif(
    os.getuid() != 0, reason="a uid for each worker needs root, which Gradescope's containers have"
)
def test_where_a_uid_is_all_that_keeps_files_apart_it_is_enough_and_is_said(autograder):
    results, _ = autograder({"work.ipynb": solved()}, "--without", "landlock")
    assert sum(test["score"] for test in results["tests"]) == 12, results["output"]
    assert "what every user may read can be read" in results["output"]


def test_a_container_that_keeps_nothing_apart_says_so_and_grades_nothing(autograder):
    results, out = autograder({"work.ipynb": solved()}, "--without", "landlock", closed=False)
    assert "the grader could not run (sandbox: " in results["output"]
    assert "tell your instructor" in results["output"]
    assert "exit code 3" in out


def test_a_broken_course_file_is_the_graders_failure_and_not_the_students(autograder):
    results, out = autograder({"work.ipynb": solved()}, course="[limits]\ncell = 'long'\n")
    assert "the grader could not run" in results["output"]
    assert "limits.cell" in results["output"]
    assert "exit code 2" in out


def test_tests_may_wait_until_grades_are_published(autograder):
    results, _ = autograder({"work.ipynb": solved()}, visibility="after_published")
    assert {test["visibility"] for test in results["tests"]} == {"after_published"}
    assert results["output"].startswith("Handed in and graded.")


def test_the_leaderboard_ranks_the_seconds_that_the_grader_measured(autograder):
    results, _ = autograder({"work.ipynb": solved(MLP)}, name=MLP, leaderboard=True)
    [row] = results["leaderboard"]
    assert (row["name"], row["order"]) == ("seconds to 95 %", "asc")
    assert 0 < row["value"] < 60


def test_who_trains_nothing_is_not_on_the_leaderboard(autograder):
    brought = "def train(params, X, y, lr, epochs, batch, seed):\n    return {'loss': [1.0, 0.0], 'params': params}\n"
    results, _ = autograder({"work.ipynb": solved(MLP, train=brought)}, name=MLP, leaderboard=True)
    assert "leaderboard" not in results


def test_the_upload_has_the_same_bytes_and_holds_no_other_assignment(tmp_path):
    course = tmp_path / "course.toml"
    course.write_text('seed = "secret"\n')
    assert upload(course=course) == upload(course=course)
    with zipfile.ZipFile(io.BytesIO(upload(course=course))) as archive:
        names = archive.namelist()
        modes = {member.filename: member.external_attr >> 16 for member in archive.infolist()}
        assert archive.read("course.toml") == b'seed = "secret"\n'
    assert {name for name in names if modes[name] & 0o111} == set(SCRIPTS)
    assert [name for name in names if name.startswith("solutions/")] == [f"solutions/{NEURON}.py"]
    names = [
        name for name in names if Path(name).parent != Path("autograder/student")
    ]  # the kit's own
    for module in set(catalogue()) - {"sigmoid_neuron"}:
        assert not [name for name in names if Path(name).stem == module], module


def imports_of(path):
    """The modules of the package that a file imports, and the names it takes from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(name):
    """The files of a module, or of the module that a name is taken from, and of the packages around it."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = HERE.root.joinpath(*parts[:end])
        yield from (
            file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()
        )


def needed_by(name):
    """The files that grading one assignment reads: what is imported, copied to where workers import it, or data."""
    module = module_of(name)
    own = [
        HERE.package / room / f"{module}.py"
        for room in ("hidden/checks", "student/checks", "student/plots")
    ]
    staged = [
        file for pattern in STAGED for file in HERE.package.glob(pattern) if file.suffix == ".py"
    ]
    staged += [HERE.package / name for name in STAND_INS]
    staged += [
        file for file in (HERE.student / "plots").glob("*.py") if file.stem not in catalogue()
    ]
    todo = [HERE.package / "platforms" / "gradescope_run.py", HERE.source(name), *own, *staged]
    read = set()
    while todo:
        path = todo.pop()
        if path not in read:
            read.add(path)
            todo += [
                file
                for name in imports_of(path)
                if name.startswith("autograder")
                for file in files_of(name)
            ]
            todo += [file for file in (path.parent / "__init__.py",) if file.is_file()]
    data = {
        *(HERE.student / "data").glob("*.npz"),
        HERE.package / "sandbox" / "linux" / "syscalls.json",
    }
    data.add(HERE.package / "course" / "first_cell.txt")
    others = set(catalogue()) - {module}
    foreign = {
        path
        for path in read
        if path.stem in others and path.parent.parent in (HERE.student, HERE.hidden)
    }
    # A worker's data is copied whole; of the rest that belongs to one assignment, the others' stays out.
    return (read | data) - foreign - {HERE.source(name)}


def test_the_upload_holds_exactly_the_files_that_grading_its_assignment_reads():
    needed = {name: needed_by(name) for name in KNOWN}
    shared = set().union(*needed.values())
    for name, files in needed.items():
        module = module_of(name)
        held = set(package_files(HERE, frozenset(catalogue()) - {module}))
        assert files <= held | {
            path for path in files if path.suffix == ".npz" and path.stem != module
        }, name
        assert held <= shared, name
        of_others = {
            path for path in held if path.parent in HERE.of_assignments and path.stem in catalogue()
        }
        assert {path.stem for path in of_others} == {module}
        assert not [
            path
            for path in held
            if {"authoring", "cli", "nbgrader_course", "similarity"} & set(path.parts)
        ]


def test_the_scripts_are_shell_that_parses():
    folder = HERE.package / "platforms" / "upload"
    for name in SCRIPTS:
        subprocess.run(["bash", "-n", folder / name], check=True)
        assert os.access(folder / name, os.X_OK)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"users": 1, "assignment": 2}',
        '{"users": [3], "created_at": "soon", "assignment": {}}',
    ],
)
def test_strange_metadata_costs_nobody_a_grade(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    assert read_metadata(tmp_path / "m.json") == HandIn()
    assert HandIn().student == "submission"


def test_metadata_names_the_group_and_both_times(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(METADATA))
    hand_in = read_metadata(tmp_path / "m.json")
    assert hand_in.student == "Ada Ng and Bo Li"
    assert (hand_in.created - hand_in.due).total_seconds() == pytest.approx(
        14 * 3600 + 59 * 60 + 23.948203
    )


def test_the_upload_locks_what_grading_needs_with_its_hashes_and_no_more():
    locked = (HERE.root / LOCK).read_text(encoding="utf-8")
    whole = (HERE.root / "requirements.lock").read_text(encoding="utf-8")
    packages = dict(PACKAGE.findall(locked))
    names = set(packages)
    group = tomllib.loads(HERE.pyproject.read_text(encoding="utf-8"))["dependency-groups"][
        "gradescope"
    ]
    assert names >= {Requirement(text).name for text in group}
    assert not names & {"jupyterlab", "jinja2", "nbgrader", "pytest", "ruff", "typer", "hatchling"}
    assert all(HASH.findall(hashes) for hashes in packages.values())
    assert set(HASH.findall(locked)) <= set(
        HASH.findall(whole)
    )  # the versions that the tests ran with
    assert "://" not in locked
    installed = {canonical(d.metadata["Name"]): d for d in distributions()}
    for name in names & installed.keys():
        asked = [Requirement(text) for text in installed[name].requires or ()]
        needed = {
            canonical(a.name) for a in asked if a.marker is None or a.marker.evaluate({"extra": ""})
        }
        assert needed <= names, name


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# Imports nothing of what is named in the first argument, then runs the module after -m.
ONLY = """
import json, runpy, sys
foreign = set(json.loads(sys.argv.pop(1)))
class Refuse:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in foreign:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
_, module = sys.argv[1:3]
sys.argv[1:3] = []
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def test_what_the_upload_locks_is_enough_to_grade(autograder):
    root = autograder.build({"work.ipynb": solved()})
    locked = {name for name, _ in PACKAGE.findall((root / "source" / LOCK).read_text())}
    foreign = [
        n for n, own in packages_distributions().items() if not {canonical(o) for o in own} & locked
    ]
    assert {"nbgrader", "zmq", "pytest"} <= set(foreign)
    (root / "only.py").write_text(ONLY)
    words = json.dumps([name for name in foreign if name != "autograder"])
    (root / "python").write_text(
        f"#!/bin/sh\nexec '{sys.executable}' -c \"$(cat '{root}/only.py')\" '{words}' \"$@\"\n"
    )
    (root / "python").chmod(0o755)
    with started(root, AUTOGRADER_PYTHON=str(root / "python")) as process:
        out, said = process.communicate(timeout=240)
    assert "exit code 0" in out, said
    assert sum(test["score"] for test in results_of(root)["tests"]) == 12
