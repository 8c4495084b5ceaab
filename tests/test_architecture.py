"""The walls between the rooms: who imports whom, who reads the solutions, and who executes text."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter

import pytest

from autograder.course.paths import HERE
from autograder.sandbox.staging import stage

PACKAGE = HERE.package
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
# The rooms and the modules at the top, from the lowest: each imports only itself and lower ones.
ORDER = (
    "errors",
    "files",
    "student",
    "hidden",
    "sandbox",
    "course",
    "submissions",
    "reports",
    "grading",
    "similarity",
    "outputs",
    "authoring",
    "nbgrader_course",
    "platforms",
    "cli",
    "__main__",
)
AT_THE_TOP = {"__init__.py", "__main__.py", "errors.py", "files.py"}
STANDARD = sys.stdlib_module_names | {"__future__"}
# What a student installs.
STUDENTS_LIBRARIES = {"numpy", "matplotlib", "IPython"}
# Of the student's room, what a worker must not hold: exercises, and what draws for people.
EXERCISES = (
    "autograder.student.checks",
    "autograder.student.notebook",
    "autograder.student.cards.card",
)
# May turn a text into a module's name.
DYNAMIC_IMPORTS = {"student/checks/__init__.py", "course/settings.py"}
EXECUTES_TEXT = {"student/judging/probes.py", "course/source.py"}
RUNS_CELLS = "sandbox/"
# nbgrader names these, and imports nbgrader first; nobody else may import them.
NBGRADERS_OWN = {"nbgrader_course/preprocessors.py", "nbgrader_course/plugins.py"}
# Where the folder is derived, and where it is closed to student code.
NAMES_THE_SOLUTIONS = {"course/paths.py", "grading/run.py"}
OPAQUE_FORMATS = {
    "pickle",
    "_pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "copyreg",
}


@cache
def modules() -> dict[str, ast.Module]:
    """Every file of the package, parsed; not on import, which each process of the tests does."""
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def in_room(room: str) -> dict[str, ast.Module]:
    return {name: tree for name, tree in modules().items() if name.startswith(f"{room}/")}


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported anywhere in a file, and every name that is taken from one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(file: str) -> str:
    """The name that imports a file of the package."""
    return f"autograder.{file.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"


def imports_between_modules() -> dict[str, set[str]]:
    """For each module of the package, the modules of the package that it imports anywhere."""
    known = {named(file) for file in FILES}
    found: dict[str, set[str]] = {}
    for file, tree in modules().items():
        taken = {name if name in known else name.rpartition(".")[0] for name in imported(tree)}
        found[named(file)] = taken & known - {named(file)}
    return found


def room_of(module: str) -> str:
    return module.split(".")[1]


def below(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def strangers(
    room: str, allowed: tuple[str, ...], libraries: set[str], forbidden: tuple[str, ...] = ()
) -> list[str]:
    """Imports of a room that are neither the standard library's, nor of `libraries`, nor of the rooms allowed."""
    return [
        f"{file} imports {name}"
        for file, tree in in_room(room).items()
        for name in imported(tree)
        if name.partition(".")[0] not in STANDARD | libraries
        and not (below(name, *allowed) and not below(name, *forbidden))
    ]


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call, by the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def test_there_are_modules_to_look_at():
    assert {
        "student",
        "sandbox",
        "outputs",
        "hidden",
        "grading",
        "authoring",
        "nbgrader_course",
    } <= {m.partition("/")[0] for m in FILES}


def test_every_module_stands_in_a_room():
    assert {file for file in FILES if "/" not in file} == AT_THE_TOP
    assert {file.partition("/")[0].removesuffix(".py") for file in FILES} - {"__init__"} == set(
        ORDER
    )


def test_no_room_imports_a_higher_one():
    upwards = [
        f"{module} imports {other}"
        for module, others in imports_between_modules().items()
        for other in others
        if ORDER.index(room_of(other)) > ORDER.index(room_of(module))
    ]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle():
    TopologicalSorter(
        imports_between_modules()
    ).prepare()  # raises CycleError, which names the circle


def test_what_ships_to_students_needs_nothing_but_itself():
    assert strangers("student", ("autograder.student",), STUDENTS_LIBRARIES) == []


def test_the_sandbox_knows_no_exercise():
    rooms = ("autograder.sandbox", "autograder.student", "autograder.files", "autograder.errors")
    libraries = {"numpy", "matplotlib", "IPython", "traitlets", "msgpack"}
    found = strangers("sandbox", rooms, libraries, EXERCISES)
    assert [stranger for stranger in found if not stranger.endswith("imports autograder")] == []


def test_a_worker_is_imported_without_exercises_or_answers():
    script = (
        "import sys, autograder.sandbox.zygote; "
        "print(*(name for name in sys.modules if name.startswith('autograder')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "autograder.sandbox.worker" in loaded
    secret = (
        "autograder.hidden",
        "autograder.grading",
        "autograder.authoring",
        "autograder.course.settings",
        *EXERCISES,
    )
    assert [name for name in loaded if below(name, *secret)] == []


def test_outputs_touch_neither_students_code_nor_secrets():
    forbidden = ("autograder.sandbox", "autograder.hidden", "autograder.grading")
    for file, tree in in_room("outputs").items():
        assert not [name for name in imported(tree) if below(name, *forbidden)], file


def test_the_hidden_room_needs_the_students_types_only():
    assert strangers("hidden", ("autograder.student", "autograder.hidden"), {"numpy"}) == []


def test_grading_writes_no_output_and_asks_no_command_line():
    for file, tree in in_room("grading").items():
        assert not [
            name for name in imported(tree) if below(name, "autograder.outputs", "autograder.cli")
        ], file


@pytest.mark.parametrize("room", ["student", "hidden", "sandbox", "outputs", "grading"])
def test_no_room_but_the_authors_builds_notebooks(room):
    """Importing nbgrader takes seconds, and only authors need it."""
    for file, tree in in_room(room).items():
        assert not [
            name for name in imported(tree) if below(name, "nbgrader", "nbformat", "jupytext")
        ], file


def test_a_course_directory_is_the_concern_of_one_room_and_the_command_line():
    for file, tree in modules().items():
        if not file.startswith(("nbgrader_course/", "cli/")):
            assert not [
                name for name in imported(tree) if below(name, "autograder.nbgrader_course")
            ], file


def test_nbgrader_is_imported_where_it_is_used_but_for_what_nbgrader_itself_imports():
    own = {f"autograder.{file.removesuffix('.py').replace('/', '.')}" for file in NBGRADERS_OWN}
    for file, tree in {**in_room("nbgrader_course"), **in_room("cli")}.items():
        if file not in NBGRADERS_OWN:
            at_once = [
                node for node in tree.body if not isinstance(node, DEFINES) and not guarded(node)
            ]
            found = imported(ast.Module(at_once, []))
            assert not [
                name for name in found if below(name, "nbgrader", "nbconvert", "nbformat", *own)
            ], file


def guarded(node: ast.stmt) -> bool:
    """Whether a statement is `if TYPE_CHECKING`, which imports nothing when it runs."""
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def test_grading_imports_no_nbgrader_before_there_is_a_gradebook(tmp_path):
    script = (
        "import sys; from autograder.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith(('nbgrader', 'nbconvert', 'sqlalchemy'))))"
    )
    notebook = HERE.root / "tests" / "hand_filled" / "h01" / "04_matmul.ipynb"
    command = [
        sys.executable,
        "-c",
        script,
        "grade",
        str(notebook),
        "--out",
        str(tmp_path),
        "--json",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (tmp_path / "report.json").is_file()
    assert ran.stdout.splitlines()[-1] == ""


def test_modules_are_named_by_a_text_in_two_places_only():
    dynamic = {"import_module", "__import__", "exec_module", "run_module", "run_path", "find_spec"}
    assert {
        file for file, tree in modules().items() if any(name in dynamic for name, _ in calls(tree))
    } <= DYNAMIC_IMPORTS


def test_text_is_executed_in_two_places_only():
    found = {
        file
        for file, tree in modules().items()
        if any(name in ("eval", "exec") for name, _ in calls(tree))
    }
    assert found == EXECUTES_TEXT
    for file, tree in modules().items():
        mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert file in EXECUTES_TEXT or not mentioned & {"eval", "exec"}, file


def test_rooms_that_grade_in_threads_parse_python_in_one_place():
    rooms = ("sandbox/", "course/", "submissions/", "grading/", "similarity/", "outputs/")
    for file, tree in modules().items():
        if file.startswith(rooms):
            assert ("ast", "parse") not in [
                (getattr(node.value, "id", ""), node.attr)
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
            ], file


def test_cells_run_in_the_sandbox_only():
    shells = {
        "run_cell",
        "InteractiveShell",
        "InteractiveConsole",
        "NotebookClient",
        "ExecutePreprocessor",
    }
    for file, tree in modules().items():
        if not file.startswith(RUNS_CELLS):
            assert not [name for name, _ in calls(tree) if name in shells], file


def test_nothing_is_stored_or_sent_in_a_form_that_runs_code_when_it_is_read():
    for file, tree in modules().items():
        assert not {name.partition(".")[0] for name in imported(tree)} & OPAQUE_FORMATS, file
        for name, call in calls(tree):
            allowing = [
                k
                for k in call.keywords
                if k.arg == "allow_pickle" and getattr(k.value, "value", True)
            ]
            assert not allowing, f"{file}: {name}"


def test_nobody_spells_out_where_the_solutions_lie():
    for file, tree in modules().items():
        if file in NAMES_THE_SOLUTIONS:
            continue
        docstrings = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, DOCUMENTED)
        }
        texts = [
            n.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        assert not [text for text in texts if text not in docstrings and "solutions/" in text], file
        assert not [
            n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "solutions"
        ], file
        assert not [n for n in imported(tree) if below(n, "solutions")], file


AUDIT = """
import sys
from pathlib import Path
solutions, package = map(str, (Path(sys.argv[1]), Path(sys.argv[2])))
readers = set()
def heard(event, details):
    if event == "open" and str(details[0]).startswith(solutions) and str(details[0]).endswith(".py"):
        frame = sys._getframe(1)
        while frame and not frame.f_code.co_filename.startswith(package):
            frame = frame.f_back
        readers.add(Path(frame.f_code.co_filename).relative_to(package).as_posix() if frame else "nobody")
sys.addaudithook(heard)
from autograder.course.settings import Course
from autograder.grading.run import make_keys
for key in make_keys(Course()).values():
    for exercise in key.assignment.exercises:
        key.meaning(exercise.name)
print(*readers)
"""


def test_only_one_module_reads_the_solutions():
    ran = subprocess.run(
        [sys.executable, "-c", AUDIT, HERE.solutions, PACKAGE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["course/source.py"]


DEFINES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def public(node: ast.AST) -> Iterator[ast.AST]:
    """A module or class, and what it shows: its public classes, functions and methods."""
    yield node
    for child in getattr(node, "body", ()):
        if isinstance(child, DOCUMENTED) and not child.name.startswith("_"):
            yield from public(child) if isinstance(child, ast.ClassDef) else (child,)


@pytest.mark.parametrize("file", FILES)
def test_everything_public_has_a_docstring(file):
    missing = [
        getattr(node, "name", "the module")
        for node in public(modules()[file])
        if not ast.get_docstring(node)
    ]
    assert missing == []


def test_what_a_worker_can_import_is_closed_under_import(tmp_path):
    stage(tmp_path)
    staged = {
        ".".join(path.relative_to(tmp_path).with_suffix("").parts)
        for path in tmp_path.rglob("*.py")
    }
    staged |= {name.removesuffix(".__init__") for name in staged}
    for path in tmp_path.rglob("*.py"):
        for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
            if below(name, "autograder"):
                assert name in staged or name.rpartition(".")[0] in staged, (
                    f"{path.name} imports {name}"
                )


DRAWN = re.compile(
    r"^    (?P<place>[ │├└─]*)(?P<name>\w+Error) +(?P<code>\d)(?:  (?P<file>\S+\.py):)?",
    re.MULTILINE,
)


def test_the_tree_of_errors_is_drawn_as_it_is():
    parents = {
        node.name: (getattr(node.bases[0], "id", ""), file)
        for file, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.bases
    }

    def depth(name):
        return 0 if name == "KitError" else 1 + depth(parents[name][0])

    def is_of_the_kit(name):
        return name == "KitError" or (name in parents and is_of_the_kit(parents[name][0]))

    drawn = {
        found["name"]: found
        for found in DRAWN.finditer(ast.get_docstring(modules()["errors.py"], clean=False))
    }
    assert set(drawn) == set(filter(is_of_the_kit, parents))
    for name, found in drawn.items():
        file = parents[name][1]
        assert (len(found["place"]) // 4, found["file"] or "errors.py") == (depth(name), file)
        module = importlib.import_module(f"autograder.{file.removesuffix('.py').replace('/', '.')}")
        assert getattr(module, name).exit_code == int(found["code"])


# One in each module that starts a process, one in each that answers for the other, or a command and what it runs.
SAME_BY_PROTOCOL = {
    *("main", "submit_check", "check", "check_gradient", "GradientReport", "Verdict", "catalogue"),
    *("gate", "operation", "slopes"),  # build the cases of one assignment's checks
}


def test_a_public_class_or_function_has_a_name_of_its_own():
    homes = {}
    for file, tree in modules().items():
        for node in tree.body:
            if isinstance(node, DEFINES) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(file)
    doubles = {
        name: files
        for name, files in homes.items()
        if len(files) > 1 and name not in SAME_BY_PROTOCOL
    }
    assert not doubles
