"""What students get: complete by itself, the same bytes every time, and without anything that must not ship."""

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import mostly_long
from packaging.requirements import Requirement
from toy.checkout import make_checkout
from toy.checks import ASSIGNMENT

from autograder.authoring.build.downloads import (
    download_leaks,
    find_download_leaks,
    make_downloads,
    write_downloads,
)
from autograder.authoring.build.leaks import LeakError
from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.authoring.build.release import (
    find_release_leaks,
    release_files,
    release_leaks,
    stale_release,
    write_release,
)
from autograder.course.paths import HERE, Places
from autograder.course.source import SourceError, read_source
from autograder.files import release_date
from autograder.student.checks import assignments

# Home directories of others' machines, put together here: this file is none of the places where one may stand.
HOMES = ["/" + "/".join(names) for names in (("home", "s001"), ("Users", "s001"), ("root",))]
NAME = ASSIGNMENT.name
DATE = datetime(2026, 3, 4, 5, 6, 8, tzinfo=UTC)
PROJECT = tomllib.loads(HERE.pyproject.read_text(encoding="utf-8"))["project"]
WHEEL = f"backprop_student-{PROJECT['version']}-py3-none-any.whl"
LIBRARIES = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]


@pytest.fixture
def places(tmp_path):
    return make_checkout(tmp_path / "checkout")


@pytest.fixture(scope="module")
def first_release(tmp_path_factory):
    """A checkout with its release, that no test changes."""
    places = make_checkout(tmp_path_factory.mktemp("released") / "checkout")
    write(places)
    return places


@pytest.fixture
def released(first_release, tmp_path):
    """A copy of it that a test may change."""
    return Places(shutil.copytree(first_release.root, tmp_path / "checkout"))


def write(places):
    return write_release([ASSIGNMENT], [NAME], places)


def stale(places):
    return stale_release([ASSIGNMENT], [NAME], places)


def leaks(places):
    return release_leaks([ASSIGNMENT], places)


def in_folder(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def in_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def made(places, date=DATE):
    return make_downloads([ASSIGNMENT], [NAME], places, date)


def test_condas_environment_is_that_of_pip(released):
    made = yaml.safe_load((released.release / "environment.yml").read_text())
    assert made["name"] == "backprop"
    python, pip, packages = made["dependencies"]
    assert (python, pip) == ("python>=3.11", "pip")
    assert packages == {"pip": ["-r requirements.txt"]}


def test_the_release_holds_what_a_student_needs_and_nothing_else(released):
    names = set(in_folder(released.release))
    workflow = ".github/workflows/student.yml"
    assert {
        f"{NAME}.ipynb",
        "README.md",
        "requirements.txt",
        "autograder/__init__.py",
        workflow,
    } <= names
    assert {"autograder/student/notebook.py", "autograder/student/judging/rules.py"} <= names
    tops = {
        f"{NAME}.ipynb",
        "README.md",
        "requirements.txt",
        "environment.yml",
        "autograder",
        ".github",
    }
    assert {name.split("/")[0] for name in names} == tops
    assert {name.split("/")[1] for name in names if name.startswith("autograder/")} == {
        "__init__.py",
        "student",
    }


def test_a_licence_ships_everywhere(places):
    (places.root / "LICENSE").write_text("Do good.\n")
    write(places)
    assert (places.release / "LICENSE").read_text() == "Do good.\n"
    assert leaks(places) == () == download_leaks([ASSIGNMENT], places)
    for name, data in made(places).items():
        assert [member for member in in_zip(data) if member.endswith("/LICENSE")], name


def test_a_notebook_that_is_not_out_yet_may_be_missing(places):
    write_release([ASSIGNMENT], [], places)
    assert not places.released(NAME).exists()
    assert f"`{NAME}.ipynb`" in (places.release / "README.md").read_text(encoding="utf-8")
    assert stale_release([ASSIGNMENT], [], places) == ()
    assert list(make_downloads([ASSIGNMENT], [], places, DATE)) == ["backprop-course.zip", WHEEL]
    assert stale(places) == (f"{places.released(NAME)}: is missing; run autograder release",)
    write(places)
    assert write_release([ASSIGNMENT], [], places) is False  # what is out stays out
    assert places.released(NAME).is_file()


def test_a_repository_that_the_release_is_stays(released):
    (released.release / ".git").mkdir()
    (released.release / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    assert (stale(released), leaks(released)) == ((), ())
    (released.release / "README.md").unlink()
    assert write(released) is True
    assert (released.release / ".git" / "HEAD").is_file()


def test_a_zip_of_the_course_is_the_folder(released):
    folder = in_folder(released.release)
    assert in_zip(made(released)["backprop-course.zip"]) == {
        f"backprop-course/{name}": data for name, data in folder.items()
    }


def test_a_zip_of_an_assignment_is_the_folder_with_its_notebook_only():
    folder = in_folder(HERE.release)
    name = "04_matmul"
    [zipped] = [data for file, data in kits_downloads().items() if file == f"{name}.zip"]
    others = {f"{a.name}.ipynb" for a in assignments()} - {f"{name}.ipynb"} | {
        ".github/workflows/student.yml"
    }
    assert in_zip(zipped) == {
        f"{name}/{file}": data for file, data in folder.items() if file not in others
    }


def test_downloads_tell_nothing_of_where_they_were_made(released, tmp_path):
    elsewhere = make_checkout(tmp_path / "another" / "checkout")
    for path in elsewhere.root.rglob("*"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o700)
    ours = made(released)
    assert list(ours) == [f"{NAME}.zip", "backprop-course.zip", WHEEL]
    assert made(elsewhere) == ours
    for data in ours.values():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
        assert [m.filename for m in members] == sorted(m.filename for m in members)
        assert {(m.date_time, m.external_attr >> 16, m.compress_type) for m in members} == {
            ((2026, 3, 4, 5, 6, 8), 0o100644, zipfile.ZIP_STORED)
        }


def test_downloads_carry_the_date_of_the_commit(released, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    os.utime(released.pyproject, (1.1e9, 1.1e9))
    assert release_date(released.root) == datetime.fromtimestamp(1.1e9, UTC)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-04T05:06:08+0000")
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=released.root, check=True)
    assert release_date(released.root) == DATE
    paths = write_downloads([ASSIGNMENT], [NAME], tmp_path / "downloads", released)
    assert {path.name: path.read_bytes() for path in paths} == made(released)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1200000000")
    assert release_date(released.root) == datetime.fromtimestamp(1.2e9, UTC)


def test_the_released_notebook_is_the_built_one(released):
    source = read_source(released.source(NAME), ASSIGNMENT)
    text = released.released(NAME).read_text(encoding="utf-8")
    assert text == notebook_text(stub_notebook(source, ASSIGNMENT))


def test_the_requirements_are_the_students_extra(released):
    listed = (released.release / "requirements.txt").read_text().split()
    assert listed == PROJECT["optional-dependencies"]["student"]


def test_the_readme_is_filled_from_the_catalogue(released):
    text = (released.release / "README.md").read_text(encoding="utf-8")
    assert f"| `{NAME}.ipynb` | {ASSIGNMENT.title} | {ASSIGNMENT.points:g} |" in text
    assert f"submit-check {NAME}.ipynb" in text
    assert "$" not in text


def test_releasing_twice_writes_once(released):
    assert write(released) is False
    assert stale(released) == ()


def change_prose(places):
    path = places.source(NAME)
    path.write_text(
        path.read_text(encoding="utf-8").replace("# That is all.", "# No more."), encoding="utf-8"
    )


def change_code(places):
    path = places.student / "model" / "compare.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")


STALE = {
    "other prose": (change_prose, f"{NAME}.ipynb: is out of date"),
    "other code": (change_code, "autograder/student/model/compare.py: is out of date"),
    "a file taken out": (lambda p: (p.release / "README.md").unlink(), "README.md: is missing"),
    "a file put in": (lambda p: (p.release / "a.txt").write_text(""), "a.txt: does not belong"),
    "a link put in": (lambda p: (p.release / "a").symlink_to(p.root), "a (link): does not belong"),
}


@pytest.mark.parametrize("change", STALE)
def test_a_stale_release_is_named_file_by_file_and_corrected(released, change):
    make, said = STALE[change]
    make(released)
    assert stale(released) == (f"{released.release}/{said}; run autograder release",)
    assert write(released) is True
    assert stale(released) == ()


def test_litter_is_left_behind_and_an_unknown_kind_of_file_is_refused(places):
    for name in ("__pycache__/a.pyc", ".ipynb_checkpoints/a.py", ".hidden"):
        path = places.student / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert write(places) is True
    (places.student / "notes.doc").write_text("x")
    with pytest.raises(
        SourceError, match=r"student/notes.doc: the release carries no .doc files; take it out"
    ):
        write(places)


# Leaks.  Each is a file of the release, the text planted in it, and what is said of it.
ANSWER_LINE = "return inner**2, dout * 2 * inner * slope"
HIDDEN_LINE = "Your gradient lacks the slope of the inner function, whatever its value."
PLANTED = {
    "a line of an answer": (
        "autograder/student/judging/rules.py",
        f"\n    {ANSWER_LINE}\n",
        'the answer to "chain"',
    ),
    "an answer formatted otherwise": (
        "autograder/student/judging/rules.py",
        "\nreturn inner ** 2,dout*2 * inner* slope\n",
        'the answer to "chain"',
    ),
    "an answer in a comment": (
        "autograder/student/judging/rules.py",
        f"\n# like {ANSWER_LINE}.\n",
        'the answer to "chain"',
    ),
    "an answer in the README": ("README.md", f"\nTry `{ANSWER_LINE}`\n", 'the answer to "chain"'),
    "one line of a longer answer": (
        "autograder/student/model/compare.py",
        "\nsine = np.sin(np.asarray(x, dtype=np.float64))\n",
        'a line of the answer to "double"',
    ),
    "a written answer": (
        "README.md",
        "\nThe inner slope is a factor of the gradient, and it\nvanishes there.\n",
        'the answer to "why"',
    ),
    "a hidden string": (
        "autograder/student/checks/toy.py",
        f"\n# {HIDDEN_LINE}\n",
        "text of the hidden room",
    ),
    "a hidden string wrapped in code": (
        "autograder/student/checks/toy.py",
        '\nSAID = (\n    "Your gradient lacks the slope "\n    "of the inner function, whatever its value."\n)\n',
        "text of the hidden room",
    ),
    "a hidden string wrapped in prose": (
        "README.md",
        f"\n{HIDDEN_LINE.replace('function, ', 'function,' + chr(10))}\n",
        "text of the hidden room",
    ),
    "a solution marker": (
        "autograder/student/model/compare.py",
        "\n### BEGIN SOLUTION\n",
        "holds BEGIN SOLUTION",
    ),
    "a hidden test": ("README.md", "\n### BEGIN HIDDEN TESTS\n", "holds BEGIN HIDDEN"),
    "a home directory": (
        "README.md",
        f"\nsee {HOMES[0]}/notes\n",
        "a path of the author's machine",
    ),
    "a home directory of a Mac": (
        "requirements.txt",
        f"file://{HOMES[1]}/a.whl\n",
        "a path of the author's machine",
    ),
    "a home directory of Windows": (
        "README.md",
        "\nC:\\Users\\s001\\notes\n",
        "a path of the author's machine",
    ),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_leak_planted_in_folder_or_zip_is_found(released, leak):
    name, text, said = PLANTED[leak]
    path = released.release / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    archive = zipped({f"{NAME}/{name}": path.read_bytes()})
    [in_files] = leaks(released)
    [in_archive] = map(str, find_download_leaks({f"{NAME}.zip": archive}, [ASSIGNMENT], released))
    start = before.count("\n") + 1
    for found, where in (
        (in_files, f"{released.release}/{name}:"),
        (in_archive, f"{NAME}.zip:{NAME}/{name}:"),
    ):
        assert found.startswith(where)
        line = int(found.removeprefix(where).split(":")[0])
        assert start <= line <= start + text.count("\n")
        assert said in found
        assert "; " in found  # and what to do


def zipped(files, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_clean_release_has_no_leak(released):
    assert leaks(released) == () == download_leaks([ASSIGNMENT], released)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": [f"x\n    {ANSWER_LINE}\n"]},
        {"output_type": "error", "ename": "E", "evalue": HIDDEN_LINE, "traceback": []},
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": [f'<a href="{HOMES[2]}/x">{ANSWER_LINE}</a>']},
        },
    ],
    ids=["stdout", "error", "html"],
)
def test_a_leak_in_a_notebooks_output_is_found(released, output):
    path = released.released(NAME)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][4]["outputs"] = [output]
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    found = leaks(released)
    assert found
    assert all(leak.startswith(f"{path}:") for leak in found)


def test_an_answer_typed_into_the_notebook_is_found(released):
    source = read_source(released.source(NAME), ASSIGNMENT)
    path = released.released(NAME)
    path.write_text(notebook_text(filled_notebook(source, ASSIGNMENT)), encoding="utf-8")
    found = " ".join(leaks(released))
    assert all(f'the answer to "{name}"' in found for name in ("double", "chain", "why"))


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME}.py",
        "solutions/90_toy.py",
        "91_other.ipynb",
        "autograder/hidden/toy.py",
        "autograder/student/__pycache__/rules.cpython-311.pyc",
        "autograder/authoring/build/leaks.py",
    ],
)
def test_a_file_outside_the_allow_list_is_found(released, name):
    path = released.release / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x00\x01")
    assert leaks(released) == (f"{path}: is no file that students get; take it out",)
    archives = {"a.zip": zipped({f"a/{name}": b""}), WHEEL: zipped({name: b""})}
    found = map(str, find_download_leaks(archives, [ASSIGNMENT], released))
    said = "is no file that students get; take it out"
    assert list(found) == [f"a.zip:a/{name}: {said}", f"{WHEEL}:{name}: {said}"]


def test_a_symbolic_link_is_found(released):
    path = released.release / "README.md"
    path.unlink()
    path.symlink_to(released.source(NAME))
    found = leaks(released)
    assert f"{path} (link): is no file that students get; take it out" in found
    assert any("a path of the author's machine" in leak for leak in found)


def test_an_answer_of_lines_too_short_to_tell_is_found_as_a_whole(places):
    path = places.source(NAME)
    text = path.read_text(encoding="utf-8")
    start, end = text.index("    sine = "), text.index("    ### END")
    path.write_text(text[:start] + "    y = x\n    return y + y\n" + text[end:], encoding="utf-8")
    library = places.student / "model" / "compare.py"
    code = library.read_text(encoding="utf-8")
    library.write_text(f"{code}\n\ndef twice(y):\n    return y + y\n", encoding="utf-8")
    assert write(places) is True
    library.write_text(
        f"{code}\n\ndef twice(x):\n        y = x\n\n        return y + y\n", encoding="utf-8"
    )
    with pytest.raises(LeakError, match=r"compare.py:\d+: holds the answer to \"double\""):
        write(places)


def test_what_a_zip_holds_beside_its_files_is_read_too(released):
    archive = zipped({"elsewhere/README.md": b""}, comment=ANSWER_LINE.encode())
    found = [
        str(leak) for leak in find_download_leaks({f"{NAME}.zip": archive}, [ASSIGNMENT], released)
    ]
    assert any("zip:(comment)" in leak and 'the answer to "chain"' in leak for leak in found)
    assert any("zip:elsewhere/README.md: is no file that students get" in leak for leak in found)


def test_data_files_are_opened(places):
    data = places.student / "data"
    data.mkdir(exist_ok=True)
    with zipfile.ZipFile(data / "digits.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.npy", ANSWER_LINE)
    with pytest.raises(LeakError, match=r"digits.npz:1: holds the answer to \"chain\""):
        write(places)


def test_a_leaking_release_is_not_written(places):
    path = places.student / "model" / "compare.py"
    path.write_text(path.read_text(encoding="utf-8") + f"\n# {ANSWER_LINE}\n", encoding="utf-8")
    with pytest.raises(
        LeakError, match=r"compare.py:\d+: holds the answer to \"chain\".*90_toy.py:51"
    ):
        write(places)
    assert not places.release.exists()


def test_what_the_notebook_shows_is_no_secret(places):
    path = places.source(NAME)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("# A function of a function.", f"#     {ANSWER_LINE}"), encoding="utf-8"
    )
    assert write(places) is True


def test_an_answer_that_only_another_notebook_shows_is_a_leak(places):
    later = replace(ASSIGNMENT, name="91_later")
    text = places.source(NAME).read_text(encoding="utf-8")
    shown = text.replace("# A function of a function.", f"#     {ANSWER_LINE}").replace(
        NAME, later.name
    )
    places.source(later.name).write_text(shown, encoding="utf-8")
    with pytest.raises(
        LeakError, match=r'91_later.ipynb:\d+: holds the answer to "chain" \(.*90_toy.py:51\)'
    ):
        write_release([ASSIGNMENT, later], [later.name], places)


# The kit's own.


@cache
def kits_files():
    """The files of the kit's own release, made afresh."""
    return release_files(assignments(), [a.name for a in assignments()], HERE)


@cache
def kits_downloads():
    return make_downloads(assignments(), [a.name for a in assignments()], HERE, DATE)


def test_the_kits_release_is_small_and_fresh():
    assert len(kits_files()) < 100
    assert in_folder(HERE.release) == kits_files()


def test_what_the_kit_releases_does_not_leak():
    assert find_release_leaks(kits_files(), assignments(), HERE) == ()
    assert find_download_leaks(kits_downloads(), assignments(), HERE) == ()


def test_the_release_is_closed_under_import():
    files = kits_files()
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files
    }
    for name, data in files.items():
        if name.endswith(".py"):
            for imported in imports(ast.parse(data)):
                assert imported.split(".")[0] != "autograder" or imported in modules, (
                    f"{name} imports {imported}"
                )


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module


ALONE = """
import json, sys
sys.path[:0] = [sys.argv[1]]
sys.path += sys.argv[3:]
namespace = {"__name__": "__main__"}
earned = {}
for cell in json.load(open(sys.argv[2], encoding="utf-8"))["cells"]:
    code = "".join(line for line in cell["source"] if not line.startswith("%"))
    if cell["id"].startswith("check_"):
        earned[cell["id"]] = float(eval(code, namespace))
    elif cell["cell_type"] == "code" and "demo" not in cell["metadata"].get("tags", []):
        exec(code, namespace)
import autograder
print(json.dumps([earned, autograder.__file__]))
"""


@pytest.mark.parametrize("assignment", assignments(), ids=lambda a: a.name)
@pytest.mark.parametrize("zip_of", mostly_long(["course"], "assignment"))
def test_a_solved_notebook_of_either_zip_runs_with_the_repository_out_of_reach(
    assignment, zip_of, tmp_path
):
    name = assignment.name if zip_of == "assignment" else "backprop-course"
    with zipfile.ZipFile(io.BytesIO(kits_downloads()[f"{name}.zip"])) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / name
    notebook = folder / f"{assignment.name}.ipynb"
    source = read_source(HERE.source(assignment.name), assignment)
    notebook.write_text(notebook_text(filled_notebook(source, assignment)), encoding="utf-8")
    # -S keeps out the .pth file by which the repository is installed.
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(folder), str(notebook), *LIBRARIES]
    ran = subprocess.run(
        command, cwd=folder, env=bare(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    earned, where = json.loads(ran.stdout.splitlines()[-1])
    assert earned == {f"check_{e.name}": e.points for e in assignment.exercises}
    assert Path(where) == folder / "autograder" / "__init__.py"


def bare(home):
    """An environment that knows nothing of this process's."""
    return {"HOME": str(home), "PATH": os.defpath, "MPLBACKEND": "agg", "MPLCONFIGDIR": str(home)}


# Run as a student runs it: in a Jupyter kernel of an environment that has the libraries only.


def run_in_kernel(python, folder, *arguments):
    command = [python, "-m", *arguments]
    ran = subprocess.run(
        command, cwd=folder, env=bare(folder.parent), capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.mark.parametrize("name", [NAME, "backprop-course"])
def test_either_zip_runs_in_a_students_jupyter(released, tmp_path, students_python, name):
    with zipfile.ZipFile(io.BytesIO(made(released)[f"{name}.zip"])) as archive:
        archive.extractall(tmp_path / "home")
    folder = tmp_path / "home" / name
    ran = run_solved(folder, students_python, released)
    assert ran["where"].outputs[0].text.strip() == str(folder / "autograder" / "__init__.py")


def run_solved(folder, python, places):
    """Run the solved notebook in a kernel there; its cells by their ids, and all points are earned."""
    source = read_source(places.source(NAME), ASSIGNMENT)
    notebook = filled_notebook(source, ASSIGNMENT)
    notebook.cells.append(
        nbformat.v4.new_code_cell("import autograder; print(autograder.__file__)", id="where")
    )
    (folder / "solved.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
    run_in_kernel(
        python, folder, "nbconvert", "--to", "notebook", "--execute", "--inplace", "solved.ipynb"
    )
    ran = {cell.id: cell for cell in nbformat.read(folder / "solved.ipynb", as_version=4).cells}
    for exercise in ASSIGNMENT.exercises:
        outputs = ran[f"check_{exercise.name}"].outputs
        assert [o.get("name", "") for o in outputs if o.output_type == "stream"] == []
        (result,) = [o for o in outputs if o.output_type == "execute_result"]
        assert float(result.data["text/plain"]) == exercise.points
    return ran


# The wheel.


@pytest.fixture
def environment(tmp_path, students_python):
    """An environment of its own with the libraries; its Python, and the folder where pip puts packages."""
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text("\n".join(LIBRARIES))
    return folder / "bin" / "python", site


def pip(python, *arguments):
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--disable-pip-version-check",
        *arguments,
    ]
    subprocess.run(command, check=True, capture_output=True)


def install_wheel(python, places, folder):
    folder.mkdir(exist_ok=True)
    path = folder / WHEEL
    path.write_bytes(made(places)[WHEEL])
    pip(python, "install", "--no-index", "--no-deps", path)


@pytest.mark.long
def test_a_notebook_alone_runs_where_the_wheel_is_installed(released, tmp_path, environment):
    python, site = environment
    install_wheel(python, released, tmp_path / "wheels")
    alone = tmp_path / "alone"
    alone.mkdir()
    ran = run_solved(alone, python, released)
    assert ran["where"].outputs[0].text.strip() == str(site / "autograder" / "__init__.py")
    assert run_in_kernel(python, alone, "nbgrader", "validate", "solved.ipynb").stdout.startswith(
        "Success!"
    )
    pip(python, "uninstall", "--yes", "backprop-student")
    assert not (site / "autograder").exists()


WHICH = "import autograder.cli, autograder.student as s; print(s.__path__[0], autograder.cli.__path__[0])"


def test_the_wheel_and_the_kit_from_a_checkout_are_installed_side_by_side(
    released, tmp_path, environment
):
    python, site = environment
    install_wheel(python, released, tmp_path / "wheels")
    (site / "kit.pth").write_text(str(HERE.root))
    ours = [str(HERE.package / room) for room in ("student", "cli")]
    for installed in ("both", "the kit alone"):
        ran = subprocess.run(
            [python, "-c", WHICH], cwd=tmp_path, env=bare(tmp_path), capture_output=True, text=True
        )
        assert ran.stdout.split() == ours, (installed, ran.stderr)
        run_in_kernel(python, tmp_path, "autograder", "--help")
        if installed == "both":
            pip(python, "uninstall", "--yes", "backprop-student")


def test_the_wheel_needs_only_what_its_modules_import_at_once(released):
    metadata = in_zip(made(released)[WHEEL])[
        f"backprop_student-{PROJECT['version']}.dist-info/METADATA"
    ].decode()
    needed = [
        line.partition(": ")[2]
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist")
    ]
    assert {Requirement(line).name for line in needed} == {"numpy", "matplotlib"}
    assert set(needed) <= set(PROJECT["optional-dependencies"]["student"])
    outside = {
        "numpy",
        "matplotlib",
        "IPython",
        "autograder",
        *sys.stdlib_module_names,
    }  # a kernel has IPython
    for name, data in kits_files().items():
        if name.endswith(".py"):
            at_once = ast.Module(
                [node for node in ast.parse(data).body if not isinstance(node, ast.FunctionDef)], []
            )
            assert {imported.split(".")[0] for imported in imports(at_once)} <= outside, name


def test_stock_nbgrader_validates_a_solved_notebook_and_not_an_unsolved_one(
    released, students_python
):
    folder = released.release
    source = read_source(released.source(NAME), ASSIGNMENT)
    (folder / "solved.ipynb").write_text(
        notebook_text(filled_notebook(source, ASSIGNMENT)), encoding="utf-8"
    )
    ran = run_in_kernel(
        students_python, folder, "nbgrader", "validate", "solved.ipynb", f"{NAME}.ipynb"
    )
    solved, unsolved = ran.stdout.split(
        "VALIDATION FAILED ON 3 CELL(S)"
    )  # both exercises and the written answer
    assert "Success! Your notebook passes all the tests." in solved
    assert "You did not provide a response." in unsolved
