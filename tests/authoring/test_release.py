"""Releasing a bundle: complete by itself, the same bytes every time, and without anything that must not ship."""

import ast
import io
import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from toy.checkout import make_checkout
from toy.checks import ASSIGNMENT

from autograder.authoring.build.bundle import allow_list, make_bundle, release, release_leaks, stale_release, zipped
from autograder.authoring.build.leaks import LeakError, find_leaks, secrets
from autograder.authoring.build.notebook import filled_notebook, notebook_text, stub_notebook
from autograder.course.paths import HERE
from autograder.course.source import SourceError, read_source
from autograder.student.checks import assignments, module_of

# Home directories of others' machines, put together here: this file is none of the places where one may stand.
HOMES = ["/" + "/".join(names) for names in (("home", "s001"), ("Users", "s001"), ("root",))]
NAME = ASSIGNMENT.name
LIBRARIES = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]


@pytest.fixture
def places(tmp_path):
    return make_checkout(tmp_path / "checkout")


@pytest.fixture
def arguments(places):
    """What release and its kin take for the toy course."""
    return places.source(NAME), ASSIGNMENT, "toy", places


@pytest.fixture
def released(places, arguments):
    release(*arguments)
    return places


def in_folder(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_zip(path):
    with zipfile.ZipFile(path) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def test_a_bundle_holds_what_a_student_needs_and_nothing_else(released):
    names = set(in_folder(released.bundle(NAME)))
    assert {f"{NAME}.ipynb", "README.md", "requirements.txt", "autograder/__init__.py"} <= names
    assert {"autograder/student/notebook.py", "autograder/student/judging/rules.py"} <= names
    assert {name for name in names if "/checks/" in name} == {
        "autograder/student/checks/__init__.py",
        "autograder/student/checks/toy.py",
    }
    assert {name.split("/")[0] for name in names} == {f"{NAME}.ipynb", "README.md", "requirements.txt", "autograder"}
    assert {name.split("/")[1] for name in names if "/" in name} == {"__init__.py", "student"}


def test_the_zip_is_the_folder(released):
    folder = in_folder(released.bundle(NAME))
    assert in_zip(released.archive(NAME)) == {f"{NAME}/{name}": data for name, data in folder.items()}


def test_the_zip_tells_nothing_of_when_and_where_it_was_made(released, tmp_path):
    elsewhere = make_checkout(tmp_path / "another" / "checkout")
    for path in elsewhere.root.rglob("*"):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o700)
    release(elsewhere.source(NAME), ASSIGNMENT, "toy", elsewhere)
    assert elsewhere.archive(NAME).read_bytes() == released.archive(NAME).read_bytes()
    with zipfile.ZipFile(released.archive(NAME)) as archive:
        members = archive.infolist()
    assert [m.filename for m in members] == sorted(m.filename for m in members)
    assert {(m.date_time, m.external_attr >> 16, m.compress_type) for m in members} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_STORED)
    }


def test_the_released_notebook_is_the_built_one(released):
    source = read_source(released.source(NAME), ASSIGNMENT)
    text = (released.bundle(NAME) / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert text == notebook_text(stub_notebook(source, ASSIGNMENT))


def test_the_requirements_are_the_students_extra(released):
    listed = (released.bundle(NAME) / "requirements.txt").read_text().split()
    assert listed == tomllib.loads(HERE.pyproject.read_text())["project"]["optional-dependencies"]["student"]


def test_the_readme_is_filled_from_the_catalogue(released):
    text = (released.bundle(NAME) / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# The toy course\n")
    assert "| `chain`: The chain rule | 2.5 |" in text
    assert "| Why (written; a person reads it) | 2 |" in text
    assert "5.5 points" in text
    assert "$" not in text


def test_releasing_twice_writes_once(released, arguments):
    assert release(*arguments) is False
    assert stale_release(*arguments) == ()


def change_prose(places):
    path = places.source(NAME)
    path.write_text(path.read_text(encoding="utf-8").replace("# That is all.", "# No more."), encoding="utf-8")


def change_code(places):
    path = places.student / "compare.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")


STALE = {
    "other prose": (change_prose, [f"{NAME}/{NAME}.ipynb: is out of date", f"{NAME}.zip: is out of date"]),
    "other code": (
        change_code,
        [f"{NAME}/autograder/student/model/compare.py: is out of date", f"{NAME}.zip: is out of date"],
    ),
    "a file taken out": (lambda p: (p.bundle(NAME) / "README.md").unlink(), [f"{NAME}/README.md: is missing"]),
    "a file put in": (lambda p: (p.bundle(NAME) / "a.txt").write_text(""), [f"{NAME}/a.txt: does not belong"]),
    "no zip": (lambda p: p.archive(NAME).unlink(), [f"{NAME}.zip: is missing"]),
    "a broken zip": (lambda p: p.archive(NAME).write_bytes(b"PK"), [f"{NAME}.zip: is out of date"]),
}


@pytest.mark.parametrize("change", STALE)
def test_a_stale_bundle_is_named_file_by_file_and_mended(released, arguments, change):
    make, said = STALE[change]
    make(released)
    prefix, mend = f"{released.release}/", "; run autograder release 90_toy"
    assert stale_release(*arguments) == tuple(f"{prefix}{what}{mend}" for what in said)
    assert release(*arguments) is True
    assert stale_release(*arguments) == ()


def test_litter_is_left_behind_and_an_unknown_kind_of_file_is_refused(places, arguments):
    for name in ("__pycache__/a.pyc", ".ipynb_checkpoints/a.py", ".hidden"):
        path = places.student / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert release(*arguments) is True
    (places.student / "notes.doc").write_text("x")
    with pytest.raises(SourceError, match=r"student/notes.doc: a bundle carries no .doc files; take it out"):
        release(*arguments)


def test_a_bundle_without_its_check_module_is_refused(places):
    with pytest.raises(SourceError, match=r"checks/other.py: is missing"):
        release(places.source(NAME), ASSIGNMENT, "other", places)


def test_modules_of_other_assignments_stay_out_and_the_kits_own_of_the_same_name_do_not(places):
    for room in ("checks", "plots", ""):
        (places.student / room / "other.py").write_text("")
    release(places.source(NAME), ASSIGNMENT, "toy", places)
    names = in_folder(places.bundle(NAME))
    allowed = allow_list(ASSIGNMENT, "toy", places).allows
    for room, ships in (("checks/", False), ("plots/", False), ("", True)):
        name = f"autograder/student/{room}other.py"
        assert (name in names, allowed(name)) == (ships, ships)


# Leaks.  Each is a file of the bundle, the text planted in it, and what is said of it.
ANSWER_LINE = "return inner**2, dout * 2 * inner * slope"
HIDDEN_LINE = "Your gradient lacks the slope of the inner function, whatever its value."
PLANTED = {
    "a line of an answer": ("autograder/student/judging/rules.py", f"\n    {ANSWER_LINE}\n", 'the answer to "chain"'),
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
    "a hidden string": ("autograder/student/checks/toy.py", f"\n# {HIDDEN_LINE}\n", "text of the hidden room"),
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
    "a solution marker": ("autograder/student/model/compare.py", "\n### BEGIN SOLUTION\n", "holds BEGIN SOLUTION"),
    "a hidden test": ("README.md", "\n### BEGIN HIDDEN TESTS\n", "holds BEGIN HIDDEN"),
    "a home directory": ("README.md", f"\nsee {HOMES[0]}/notes\n", "a path of the author's machine"),
    "a home directory of a Mac": ("requirements.txt", f"file://{HOMES[1]}/a.whl\n", "a path of the author's machine"),
    "a home directory of Windows": ("README.md", "\nC:\\Users\\s001\\notes\n", "a path of the author's machine"),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_leak_planted_in_folder_and_zip_is_found(released, arguments, leak):
    name, text, said = PLANTED[leak]
    path = released.bundle(NAME) / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    with zipfile.ZipFile(released.archive(NAME), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, f"{NAME}/{name}")
    in_files, in_archive = release_leaks(*arguments)
    start = before.count("\n") + 1
    for found, where in ((in_files, f"{NAME}/{name}:"), (in_archive, f"{NAME}.zip:{NAME}/{name}:")):
        assert found.startswith(f"{released.release}/{where}")
        line = int(found.removeprefix(f"{released.release}/{where}").split(":")[0])
        assert start <= line <= start + text.count("\n")
        assert said in found
        assert "; " in found  # and what to do


def test_a_clean_bundle_has_no_leak(released, arguments):
    assert release_leaks(*arguments) == ()


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
def test_a_leak_in_a_notebooks_output_is_found(released, arguments, output):
    path = released.bundle(NAME) / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][4]["outputs"] = [output]
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    found = release_leaks(*arguments)
    assert found
    assert all(leak.startswith(f"{path}:") for leak in found)


def test_an_answer_typed_into_the_notebook_is_found(released, arguments):
    source = read_source(released.source(NAME), ASSIGNMENT)
    path = released.bundle(NAME) / f"{NAME}.ipynb"
    path.write_text(notebook_text(filled_notebook(source, ASSIGNMENT)), encoding="utf-8")
    found = " ".join(release_leaks(*arguments))
    assert all(f'the answer to "{name}"' in found for name in ("double", "chain", "why"))


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME}.py",
        "solutions/90_toy.py",
        "autograder/hidden/toy.py",
        "autograder/student/checks/sigmoid_neuron.py",
        "autograder/student/__pycache__/rules.cpython-311.pyc",
        "autograder/authoring/build/leaks.py",
    ],
)
def test_a_file_outside_the_allow_list_is_found(released, arguments, name):
    path = released.bundle(NAME) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x00\x01")
    assert release_leaks(*arguments) == (f"{path}: is no file of a bundle; take it out",)


def test_a_symbolic_link_in_a_bundle_is_found(released, arguments):
    path = released.bundle(NAME) / "README.md"
    path.unlink()
    path.symlink_to(released.source(NAME))
    found = release_leaks(*arguments)
    assert f"{path} (link): is no file of a bundle; take it out" in found
    assert any("a path of the author's machine" in leak for leak in found)


def test_an_answer_of_lines_too_short_to_tell_is_found_as_a_whole(places, arguments):
    path = places.source(NAME)
    text = path.read_text(encoding="utf-8")
    start, end = text.index("    sine = "), text.index("    ### END")
    path.write_text(text[:start] + "    y = x\n    return y + y\n" + text[end:], encoding="utf-8")
    library = places.student / "compare.py"
    code = library.read_text(encoding="utf-8")
    library.write_text(f"{code}\n\ndef twice(y):\n    return y + y\n", encoding="utf-8")
    assert release(*arguments) is True
    library.write_text(f"{code}\n\ndef twice(x):\n        y = x\n\n        return y + y\n", encoding="utf-8")
    with pytest.raises(LeakError, match=r"compare.py:\d+: holds the answer to \"double\""):
        release(*arguments)


def test_what_a_zip_holds_beside_its_files_is_read_too(released, arguments):
    with zipfile.ZipFile(released.archive(NAME), "a") as archive:
        archive.comment = ANSWER_LINE.encode()
        archive.writestr("elsewhere/README.md", "")
    found = release_leaks(*arguments)
    assert any("zip:(comment)" in leak and 'the answer to "chain"' in leak for leak in found)
    assert any("zip:elsewhere/README.md: is no file of a bundle" in leak for leak in found)


def test_data_files_are_opened(released, arguments):
    data = released.student / "data"
    data.mkdir(exist_ok=True)
    with zipfile.ZipFile(data / "digits.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.npy", ANSWER_LINE)
    with pytest.raises(LeakError, match=r"digits.npz:1: holds the answer to \"chain\""):
        release(*arguments)


def test_a_leaking_bundle_is_not_written(places, arguments):
    path = places.student / "compare.py"
    path.write_text(path.read_text(encoding="utf-8") + f"\n# {ANSWER_LINE}\n", encoding="utf-8")
    with pytest.raises(LeakError, match=r"compare.py:\d+: holds the answer to \"chain\".*90_toy.py:51"):
        release(*arguments)
    assert not places.release.exists()


def test_what_the_notebook_shows_is_no_secret(places, arguments):
    path = places.source(NAME)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("# A function of a function.", f"#     {ANSWER_LINE}"), encoding="utf-8")
    assert release(*arguments) is True


# The kit's own bundles.


@pytest.fixture(params=assignments(), ids=lambda a: a.name)
def own(request):
    """Each assignment of the kit with its source and its bundle, made afresh."""
    assignment = request.param
    source = read_source(HERE.source(assignment.name), assignment)
    return assignment, source, make_bundle(source, assignment, module_of(assignment.name), HERE)


def test_the_kits_own_bundles_do_not_leak(own):
    assignment, source, bundle = own
    allowed = allow_list(assignment, module_of(assignment.name), HERE).allows
    assert find_leaks(bundle.files.items(), secrets(source, HERE.hidden), HERE.root, allowed) == ()


def test_bundles_are_closed_under_import(own):
    _, _, bundle = own
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in bundle.files}
    for name, data in bundle.files.items():
        if name.endswith(".py"):
            for imported in imports(ast.parse(data)):
                assert imported.split(".")[0] != "autograder" or imported in modules, f"{name} imports {imported}"


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


def test_a_solved_bundle_of_the_kit_runs_unzipped_with_the_repository_out_of_reach(own, tmp_path):
    assignment, source, bundle = own
    with zipfile.ZipFile(io.BytesIO(zipped(bundle))) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / assignment.name
    notebook = folder / f"{assignment.name}.ipynb"
    notebook.write_text(notebook_text(filled_notebook(source, assignment)), encoding="utf-8")
    # -S keeps out the .pth file by which the repository is installed.
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(folder), str(notebook), *LIBRARIES]
    ran = subprocess.run(command, cwd=folder, env=bare(tmp_path), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    earned, where = json.loads(ran.stdout.splitlines()[-1])
    assert earned == {f"check_{e.name}": e.points for e in assignment.exercises}
    assert Path(where) == folder / "autograder" / "__init__.py"


def bare(home):
    """An environment that knows nothing of this process's."""
    return {"HOME": str(home), "PATH": os.defpath, "MPLBACKEND": "agg", "MPLCONFIGDIR": str(home)}


# The toy bundle, run as a student runs it: in a Jupyter kernel of an environment that has the libraries only.


def run_in_kernel(python, folder, *arguments):
    command = [python, "-m", *arguments]
    ran = subprocess.run(command, cwd=folder, env=bare(folder.parent), capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_the_bundle_runs_in_a_students_jupyter(released, tmp_path, students_python):
    with zipfile.ZipFile(released.archive(NAME)) as archive:
        archive.extractall(tmp_path / "home")
    folder = tmp_path / "home" / NAME
    source = read_source(released.source(NAME), ASSIGNMENT)
    notebook = filled_notebook(source, ASSIGNMENT)
    notebook.cells.append(nbformat.v4.new_code_cell("import autograder; print(autograder.__file__)", id="where"))
    (folder / "solved.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
    run_in_kernel(students_python, folder, "nbconvert", "--to", "notebook", "--execute", "--inplace", "solved.ipynb")
    ran = {cell.id: cell for cell in nbformat.read(folder / "solved.ipynb", as_version=4).cells}
    assert ran["where"].outputs[0].text.strip() == str(folder / "autograder" / "__init__.py")
    for exercise in ASSIGNMENT.exercises:
        outputs = ran[f"check_{exercise.name}"].outputs
        assert [o.get("name", "") for o in outputs if o.output_type == "stream"] == []
        (result,) = [o for o in outputs if o.output_type == "execute_result"]
        assert float(result.data["text/plain"]) == exercise.points


def test_stock_nbgrader_validates_a_solved_bundle_and_not_an_unsolved_one(released, students_python):
    folder = released.bundle(NAME)
    source = read_source(released.source(NAME), ASSIGNMENT)
    (folder / "solved.ipynb").write_text(notebook_text(filled_notebook(source, ASSIGNMENT)), encoding="utf-8")
    ran = run_in_kernel(students_python, folder, "nbgrader", "validate", "solved.ipynb", f"{NAME}.ipynb")
    solved, unsolved = ran.stdout.split("VALIDATION FAILED ON 3 CELL(S)")  # both exercises and the written answer
    assert "Success! Your notebook passes all the tests." in solved
    assert "You did not provide a response." in unsolved
