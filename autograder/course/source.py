"""Read an assignment's source: percent text in which every cell names its kind.

The reference namespace, which gives the right answers, is executed here too, so this module must
import quickly: jupytext is imported only when a source is read.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import Any, ClassVar

from autograder.course.choice import used_names
from autograder.course.paths import shown
from autograder.errors import KitError
from autograder.files import python_tree
from autograder.student.model.exercises import Assignment

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
# Modules that libraries import if they are installed, and that the kit does not need.
NOT_NEEDED = ("rfc3987_syntax", "jupytext.sync_contentsmanager", "jupytext.async_contentsmanager")
# The line that starts a cell: jupytext's two patterns in one.
MARKER = re.compile(r"\s*#\s*%%(%*\s.*)?$")
# The most characters of a cell's name.
NAME_LENGTH = 40
NUMBER = r"\d+(?:\.\d+)?"
# Where the texts state points: of a notebook, of a bonus, of a written question.
TOTAL = re.compile(rf"minutes, {NUMBER} points?(?: and a bonus of {NUMBER})?")
ON_TOP = re.compile(rf"earns up to {NUMBER} points? on top")
CARRIES = re.compile(rf"it carries {NUMBER} points?")
# The first code cell of every notebook, which JupyterLab folds; the grader does not run it.
START = "start"
# What that cell says on Colab, where the instructor has set no address of the wheel.
UPLOAD = "Upload your course's backprop_student-….whl to Files, on the left. "
WHEEL = "backprop_student-*.whl"
NOTHING: Mapping[str, str] = MappingProxyType({})


class SourceError(KitError):
    """A source that cannot be built or executed: `path:line: what is wrong; what to do`."""

    exit_code: ClassVar[int] = 2


class Kind(Enum):
    """The kind of a cell.  The value is the key that marks it in the source: `# %% exercise="sigmoid"`."""

    PROSE = "markdown"
    PROVIDED = "provided"
    DEMO = "demo"
    EXERCISE = "exercise"
    CHECK = "check"
    WRITTEN = "written"


# The kinds that the grader executes to get the reference's functions.
TRUSTED = (Kind.PROVIDED, Kind.EXERCISE)
ANSWERED = (Kind.EXERCISE, Kind.WRITTEN)
MARKS = {kind.value: kind for kind in Kind if kind is not Kind.PROSE}
HOW_TO_MARK = (
    'mark it provided, demo, exercise, check or (markdown) written, as in # %% exercise="sigmoid"'
)


@dataclass(frozen=True, slots=True)
class SourceCell:
    """One cell of a source.

    `text` is the notebook's, `code` is the file's, where magics are comments.  `line` is the line of the cell's
    `# %%`.  Prose has no name.
    """

    kind: Kind
    name: str
    text: str
    line: int
    code: str = ""

    @property
    def id(self) -> str:
        """The id of a named cell in the notebook, which is its grade id too."""
        return self.name if self.kind is Kind.EXERCISE else f"{self.kind.value}_{self.name}"


@dataclass(frozen=True, slots=True)
class Region:
    """The lines between BEGIN SOLUTION and END SOLUTION; `line` is the first one's line in the file."""

    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The source of one assignment, validated against its catalogue."""

    path: Path
    cells: tuple[SourceCell, ...]

    def named(self, kind: Kind, name: str) -> SourceCell:
        """The cell of that kind and name; LookupError if there is none."""
        for cell in self.cells:
            if cell.kind is kind and cell.name == name:
                return cell
        raise LookupError(f"{shown(self.path)}: there is no {kind.value} {name!r}")


def read_source(path: Path, assignment: Assignment, handout: str = "") -> Source:
    """Read and validate the percent text at `path`.  Raises SourceError at the first thing that is wrong."""
    source = Source(path, _with_first_cell(tuple(_read_cells(path)), handout))
    if assignment.dropped:
        source = _without(source, assignment.dropped)
    source = _with_points(source, assignment)
    if path.stem != assignment.name:
        raise _error(
            path,
            1,
            f"the catalogue calls this assignment {assignment.name!r}",
            "rename one of them",
        )
    _validate_names(source)
    for cell in source.cells:
        _validate_code(path, cell)
        _validate_regions(path, cell)
    _validate_order(source, Kind.EXERCISE, [e.name for e in assignment.exercises])
    _validate_order(source, Kind.WRITTEN, [w.name for w in assignment.written])
    _validate_checks(source)
    return source


def state_points(text: str, assignment: Assignment, named: str) -> str:
    """A text of the notebook with the course's points, where it states points in the kit's words.

    named: the id of the cell, or of the one that the text leads to.
    """
    bonus = sum(exercise.points for exercise in assignment.exercises if exercise.bonus)
    total = f"minutes, {_in_points(assignment.points)}"
    text = TOTAL.sub(f"{total} and a bonus of {bonus:g}" if bonus else total, text)
    for exercise in assignment.exercises:
        if exercise.name == named and exercise.bonus:
            text = ON_TOP.sub(f"earns up to {_in_points(exercise.points)} on top", text)
    for question in assignment.written:
        if question.id == named:
            text = CARRIES.sub(f"it carries {_in_points(question.points)}", text)
    return text


def _in_points(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"


def _with_points(source: Source, assignment: Assignment) -> Source:
    cells: list[SourceCell] = []
    following = ""
    for cell in reversed(source.cells):
        following = cell.id if cell.name else following
        is_text = cell.kind in (Kind.PROSE, Kind.WRITTEN)
        text = state_points(cell.text, assignment, following) if is_text else cell.text
        cells.insert(0, replace(cell, text=text))
    return Source(source.path, tuple(cells))


def _without(source: Source, dropped: Sequence[str]) -> Source:
    """The source without some exercises, their checks, and the demos that call them; the prose that leads to each
    goes with it.  Raises SourceError if another cell needs one."""
    kept: list[SourceCell] = []
    leading: list[SourceCell] = []
    for cell in source.cells:
        if cell.kind is Kind.PROSE:
            leading.append(cell)
            continue
        needed = sorted(used_names(cell.code).intersection(dropped)) if cell.code else []
        own = cell.name if cell.kind is Kind.CHECK else cell.id
        if own not in dropped and needed and cell.kind in TRUSTED:
            what = f"{cell.kind.value} {cell.name!r} needs {needed[0]!r}, which the course drops"
            raise _error(source.path, cell.line, what, "take it out of exercises.drop")
        if own not in dropped and not needed:
            kept += [*leading, cell]
        leading.clear()
    return Source(source.path, (*kept, *leading))


def answer_source(source: Source, exercise: str) -> str:
    """The whole cell of an exercise, solution markers included; LookupError if there is none."""
    return source.named(Kind.EXERCISE, exercise).text


def reference_namespace(source: Source, replace: Mapping[str, str] = NOTHING) -> dict[str, object]:
    """Execute provided and exercise cells in a fresh namespace; the exercises in `replace` with other text.

    Tracebacks and inspect.getsource find the source's own file and lines.  Raises SourceError, from the exception
    itself, if a cell raises.
    """
    for name in replace:
        source.named(Kind.EXERCISE, name)
    namespace: dict[str, object] = {
        "__name__": "__main__"
    }  # what the cells see in a notebook's kernel
    for cell in source.cells:
        if cell.kind in TRUSTED:
            _execute(
                source.path,
                cell,
                replace.get(cell.name) if cell.kind is Kind.EXERCISE else None,
                namespace,
            )
    return namespace


def solution_regions(cell: SourceCell) -> tuple[Region, ...]:
    """The solution regions of a validated cell."""
    regions: list[Region] = []
    start: int | None = None
    lines = cell.text.split("\n")
    for number, line in enumerate(lines):
        if BEGIN in line:
            start = number + 1
        elif END in line and start is not None:
            regions.append(Region(cell.line + 1 + start, tuple(lines[start:number])))
            start = None
    return tuple(regions)


def code_tree(text: str) -> ast.Module:
    """The tree of a cell's code, magics left out; an empty one for what is not Python."""
    lines = ("" if line.startswith(("%", "!")) else line for line in text.split("\n"))
    try:
        return python_tree("\n".join(lines))
    except SyntaxError:
        return python_tree("")


def bare_code(text: str) -> str:
    """Code without its comments and docstrings, to compare it with a translated one."""
    tree = code_tree(text)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


@cache
def handed_out(source: Source) -> Mapping[str, str]:
    """The definitions that nobody is to write, by name: functions, and classes with some of their methods.

    Of a class those methods that hold no solution and make no object themselves, so that they are
    the same whatever the student's constructor takes: they are written in terms of the others.
    """
    found: dict[str, str] = {}
    for cell in source.cells:
        regions = [
            range(r.line - cell.line - 1, r.line - cell.line + len(r.lines))
            for r in solution_regions(cell)
        ]
        for node in python_tree(cell.code).body if cell.kind in TRUSTED else ():
            if isinstance(node, ast.FunctionDef) and not _holds(node, regions):
                found[node.name] = ast.unparse(node)
            if isinstance(node, ast.ClassDef) and (methods := _given_methods(node, regions)):
                found[node.name] = ast.unparse(ast.ClassDef(node.name, [], [], methods, []))
    return found


def _given_methods(node: ast.ClassDef, regions: Sequence[range]) -> list[ast.stmt]:
    methods = [
        each
        for each in node.body
        if isinstance(each, ast.FunctionDef) and not _holds(each, regions)
    ]
    return [each for each in methods if each.name != "__init__" and not _names(each, node.name)]


def _holds(node: ast.FunctionDef, regions: Sequence[range]) -> bool:
    """Whether a function holds one of the regions, given by their lines in the cell."""
    return any(region.start in range(node.lineno, (node.end_lineno or 0) + 1) for region in regions)


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


@contextmanager
def quick_imports() -> Iterator[None]:
    """Hide two slow modules while jupytext, nbformat or nbgrader are imported; both are optional.

    nbformat imports jsonschema, which compiles a grammar of international URLs if it is installed; no notebook needs
    it.  jupytext imports Jupyter's server for its contents managers, which only that server uses.
    """
    absent = [name for name in NOT_NEEDED if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _error(path: Path, line: int, what: str, cure: str) -> SourceError:
    return SourceError(f"{shown(path)}:{line}: {what}; {cure}")


def _read_cells(path: Path) -> Iterator[SourceCell]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _error(
            path, 1, f"cannot be read ({error})", "put the assignment's percent text there"
        ) from error
    lines = text.splitlines()
    marked = [number for number, line in enumerate(lines, 1) if MARKER.match(line)]
    if not marked or any(line.strip() for line in lines[_after_header(lines) : marked[0] - 1]):
        raise _error(path, 1, "text before the first cell", "start the file with a # %% line")
    try:
        cells = _parse(text)
    except (
        Exception
    ) as error:  # errors of jupytext and its libraries, for example of a malformed header
        first_line = str(error).partition("\n")[0]
        raise _error(
            path, 1, f"jupytext cannot read it ({first_line})", "mend or remove its header"
        ) from error
    if len(cells) != len(marked):
        missed = (
            line
            for count, line in enumerate(marked, 1)
            if len(_parse("\n".join(lines[:line]))) < count
        )
        quoted = next(missed, marked[-1])
        raise _error(
            path,
            quoted,
            "up to here, one # %% lies in a string or a code fence",
            "write that line otherwise",
        )
    for line, cell in zip(marked, cells, strict=True):
        kind, name = _kind(path, line, cell.cell_type, dict(cell.metadata))
        code = (
            lines[line : line + 1 + cell.source.count("\n")]
            if cell.source and cell.cell_type == "code"
            else ()
        )
        yield SourceCell(kind, name, cell.source, line, "\n".join(code))


def _with_first_cell(cells: tuple[SourceCell, ...], handout: str) -> tuple[SourceCell, ...]:
    """The cells, with the one that finds the checks before the first one that has a name."""
    text = Path(__file__).with_name("first_cell.txt").read_text(encoding="utf-8").rstrip("\n")
    if handout:
        text = text.replace(UPLOAD, "").replace(WHEEL, handout)
    at = next((number for number, cell in enumerate(cells) if cell.name), len(cells))
    line = cells[at].line if at < len(cells) else 1
    return (*cells[:at], SourceCell(Kind.DEMO, START, text, line), *cells[at:])


def _after_header(lines: Sequence[str]) -> int:
    """The number of lines of jupytext's header, which editors read and the build does not."""
    return lines.index("# ---", 1) + 1 if lines[0] == "# ---" and "# ---" in lines[1:] else 0


@lru_cache(
    maxsize=16
)  # one process reads a source several times: to build, to draw the key, to check
def _parse(text: str) -> Sequence[Any]:
    with quick_imports():
        import jupytext
    percent = {
        "extension": ".py",
        "format_name": "percent",
        "root_level_metadata_as_raw_cell": False,
    }
    cells: Sequence[Any] = jupytext.reads(text, fmt=percent).cells
    return cells


def _kind(path: Path, line: int, cell_type: str, metadata: dict[str, object]) -> tuple[Kind, str]:
    metadata.pop("lines_to_next_cell", None)
    if cell_type == "markdown" and not metadata:
        return Kind.PROSE, ""
    if cell_type not in ("code", "markdown") or len(metadata) != 1:
        raise _error(path, line, "a cell of no known kind", HOW_TO_MARK)
    (mark, name), *_ = metadata.items()
    kind = MARKS.get(mark)
    if kind is None or (cell_type == "markdown") != (kind is Kind.WRITTEN):
        raise _error(path, line, f"a {cell_type} cell cannot be of kind {mark!r}", HOW_TO_MARK)
    if not isinstance(name, str) or not (
        name.isidentifier() and name.isascii() and len(name) <= NAME_LENGTH
    ):
        raise _error(
            path,
            line,
            f"{name!r} cannot name a cell",
            f"use at most {NAME_LENGTH} letters, digits and underscores",
        )
    return kind, name


def _validate_names(source: Source) -> None:
    seen: dict[str, SourceCell] = {}
    for cell in source.cells:
        if cell.kind is not Kind.PROSE and seen.setdefault(cell.id, cell) is not cell:
            what = f"duplicate {cell.kind.value} {cell.name!r}: line {seen[cell.id].line} gives the same id"
            raise _error(source.path, cell.line, what, "rename one of them")


def _validate_code(path: Path, cell: SourceCell) -> None:
    """Require that code is Python, and that jupytext finds magics in provided and demo cells only."""
    if not cell.code:
        return
    what = f"{cell.kind.value} {cell.name!r}"
    try:
        python_tree(cell.code)
    except SyntaxError as error:
        where = cell.line + (error.lineno or 0)
        raise _error(path, where, f"{what} is not Python ({error.msg})", "mend it") from error
    pairs = zip(cell.text.split("\n"), cell.code.split("\n"), strict=True)
    for line, (text, code) in enumerate(pairs, cell.line + 1):
        if text != code and not (text.startswith("%") and cell.kind in (Kind.PROVIDED, Kind.DEMO)):
            raise _error(
                path,
                line,
                f"jupytext takes the comment in {what} for a command",
                "word it differently",
            )


def _validate_regions(path: Path, cell: SourceCell) -> None:
    """Require regions that open and close in turn: at least one in a cell that is answered, none elsewhere."""
    what = f"{cell.kind.value} {cell.name!r}" if cell.name else "prose"
    opened: int | None = None
    found = 0
    for line, text in enumerate(cell.text.split("\n"), cell.line + 1):
        if BEGIN not in text and END not in text:
            continue
        if cell.kind not in ANSWERED:
            raise _error(
                path,
                line,
                f"{what} holds a solution marker",
                "move it to an exercise or a written cell",
            )
        if (BEGIN in text) == (opened is not None):
            cure = "close the region before it" if opened else "open the region before it"
            raise _error(path, line, f"{what} has {text.strip()!r} out of turn", cure)
        opened = line if BEGIN in text else None
        found += 1
    if opened is not None:
        raise _error(path, opened, f"{what} has no {END}", "close the region")
    if cell.kind in ANSWERED and not found:
        raise _error(
            path,
            cell.line,
            f"{what} has no {BEGIN}",
            "put the answer between ### BEGIN and ### END SOLUTION",
        )


def _validate_order(source: Source, kind: Kind, catalogue: Sequence[str]) -> None:
    """Require that the cells of a kind are the catalogue's, in its order."""
    cells = [cell for cell in source.cells if cell.kind is kind]
    for cell in cells:
        if cell.name not in catalogue:
            what = f"{kind.value} {cell.name!r} is not in the catalogue"
            raise _error(
                source.path,
                cell.line,
                what,
                "add it to autograder/student/checks or take the cell out",
            )
    present = {cell.name for cell in cells}
    for name in catalogue:
        if name not in present:
            what = f"the catalogue's {kind.value} {name!r} is missing"
            raise _error(
                source.path,
                source.cells[-1].line,
                what,
                "add its cell or take it out of the catalogue",
            )
    for cell, name in zip(cells, catalogue, strict=True):
        if cell.name != name:
            what = f"{kind.value} {cell.name!r} comes where the catalogue has {name!r}"
            raise _error(source.path, cell.line, what, "put them in the same order")


def _validate_checks(source: Source) -> None:
    """Require that every exercise is followed by its own check, which is one fixed line."""
    answered: list[str] = []
    checked: set[str] = set()
    for cell in source.cells:
        if cell.kind is Kind.EXERCISE:
            answered.append(cell.name)
        if cell.kind is not Kind.CHECK:
            continue
        if cell.name not in answered:
            what = f"check {cell.name!r} has no exercise before it"
            raise _error(source.path, cell.line, what, f'put # %% exercise="{cell.name}" above it')
        if cell.text != f'check("{cell.name}")':
            what = f"check {cell.name!r} holds something else"
            raise _error(source.path, cell.line, what, f'its only line is check("{cell.name}")')
        checked.add(cell.name)
    for name in answered:
        if name not in checked:
            cell = source.named(Kind.EXERCISE, name)
            raise _error(
                source.path,
                cell.line,
                f"exercise {name!r} has no check",
                f'add # %% check="{name}" below it',
            )


@cache
def _compiled(text: str, filename: str) -> CodeType:
    """A cell of the reference, compiled once a process."""
    # This module's own __future__ imports must not reach the cells.
    return compile(text, filename, "exec", dont_inherit=True)


def _execute(path: Path, cell: SourceCell, other: str | None, namespace: dict[str, object]) -> None:
    try:
        if other is None:
            code = _compiled("\n" * cell.line + cell.code, str(path))
        else:
            code = _compiled.__wrapped__(other, f"<another answer to {cell.name}>")
        exec(code, namespace)
    except Exception as error:
        what = f"{cell.kind.value} {cell.name!r} raised {type(error).__name__}: {error}"
        cure = "mend the reference" if other is None else "mend the answer put in its place"
        raise _error(path, cell.line, what, cure) from error
