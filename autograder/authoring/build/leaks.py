"""Find what must never reach a student: answers, the hidden room, paths of the author's machine.

Everything is compared as tokens without spaces, so that another indentation, another line break or JSON's escapes hide
nothing.  The scan knows nothing of how a release is made: it reads the files that are there.
"""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from autograder.course.paths import shown
from autograder.course.source import ANSWERED, Kind, Source, solution_regions
from autograder.errors import KitError

TOKEN = re.compile(r"\w+|[^\w\s]")
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# One line of an answer tells something from this many tokens on: `f = sigmoid(dot)` has 6.  Shorter
# ones, such as `return dx, dw` and `b = a + 1`, stand in any code; an answer made of them is found
# by its region as a whole.
TELLING_LINE = 6
# A whole region is searched from here on: `return 2 * x`.
TELLING_REGION = 4
# Strings of the hidden room are searched from this many characters on, spaces left out.  Names of
# mistakes, parts and inputs are shorter and partly public; sentences, and the longer fragments of
# wrong answers, are not.
TELLING_STRING = 30
Lines = Sequence[tuple[int, str]]
MARKERS = ("BEGIN SOLUTION", "BEGIN HIDDEN")
HOME = re.compile(
    r"(?:(?<![\w./-])|(?<=file://))/(?:(?:home|Users)/\w|root\b)|\b[A-Za-z]:\\{1,2}Users\\{1,2}\w"
)


class LeakError(KitError):
    """A release holds something that must stay with the author."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that no student may get, as tokens, and what it is."""

    tokens: str
    what: str


@dataclass(frozen=True, slots=True)
class Leak:
    """One find: the file, the line, what it is and what to do."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}; {self.cure}"


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text as tokens; `starts` and `lines` say where in the tokens each line of the file begins."""

    tokens: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]

    def find(self, tokens: str) -> int:
        """The line where `tokens` stand, first and last word whole; 0 if nowhere."""
        if tokens not in self.tokens:
            return 0
        before, after = (r"(?<!\w)" * _is_word(tokens[0]), r"(?!\w)" * _is_word(tokens[-1]))
        found = re.search(before + re.escape(tokens) + after, self.tokens)
        return self.lines[bisect_right(self.starts, found.start()) - 1] if found else 0


def secrets(sources: Iterable[Source], hidden: Path) -> tuple[Secret, ...]:
    """What no student may get of these sources: their answers and the strings of the hidden room.

    What the notebook of an answer shows itself, in prose, provided code or stubs, is no secret;
    what
    only another notebook shows is one.
    """
    found: dict[str, Secret] = {}
    shown_texts = []
    for source in sources:
        public = _text(enumerate(_public_lines(source)))
        shown_texts.append(public)
        for secret in _answers(source):
            if not public.find(secret.tokens):
                found.setdefault(secret.tokens, secret)
    for secret in _hidden_strings(hidden):
        if not any(public.find(secret.tokens) for public in shown_texts):
            found.setdefault(secret.tokens, secret)
    return tuple(found.values())


def find_leaks(
    files: Iterable[tuple[str, bytes]],
    forbidden: Sequence[Secret],
    root: Path,
    allowed: Callable[[str], bool],
) -> tuple[Leak, ...]:
    """Every leak in files given by name and content.  `root` is the author's checkout."""
    leaks: dict[tuple[str, str], Leak] = {}
    read: dict[tuple[str, bytes], tuple[Leak, ...]] = {}
    for name, data in files:
        if not allowed(name):
            leaks[name, ""] = Leak(name, 0, "is no file that students get", "take it out")
        suffix = name.rpartition(".")[2]
        if (suffix, data) not in read:  # zips hold many copies of the same files
            views = _views(suffix, data)
            read[suffix, data] = tuple(
                leak for view in views for leak in _leaks_in(name, view, forbidden, root)
            )
        for leak in read[suffix, data]:
            # A secret is reported once a file, though several views show it.
            leaks.setdefault((name, leak.what), replace(leak, file=name))
    return tuple(leaks.values())


def folder_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files below a folder, in order.  A symbolic link is read as the path it names."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield f"{name} (link)", str(path.readlink()).encode()
        elif path.is_file():
            yield name, path.read_bytes()


def zip_files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a zip, and whatever it holds beside them: comments and extra fields.  A broken zip is one file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.comment:
                yield "(comment)", archive.comment
            for member in archive.infolist():
                yield member.filename, archive.read(member)
                if member.comment or member.extra:
                    yield f"{member.filename} (comment)", member.comment + b"\n" + member.extra
    except zipfile.BadZipFile:
        yield "(broken zip)", data


def _answers(source: Source) -> Iterator[Secret]:
    for cell in source.cells:
        if cell.kind not in ANSWERED:
            continue
        for region in solution_regions(cell):
            whole = _tokens("\n".join(region.lines))
            what = f'the answer to "{cell.name}" ({shown(source.path)}:{region.line})'
            if len(TOKEN.findall(whole)) >= TELLING_REGION:
                yield Secret(whole, what)
            for line, text in enumerate(region.lines, region.line):
                if len(TOKEN.findall(text)) >= TELLING_LINE:
                    yield Secret(
                        _tokens(text),
                        f'a line of the answer to "{cell.name}" ({shown(source.path)}:{line})',
                    )


def _hidden_strings(hidden: Path) -> Iterator[Secret]:
    for path in sorted(hidden.rglob("*.py")):
        for line, constant in _constants(path.read_text(encoding="utf-8")):
            for text in constant.split("\n"):
                tokens = _tokens(text)
                if len(tokens) >= TELLING_STRING:
                    yield Secret(tokens, f"text of the hidden room ({shown(path)}:{line})")


def _public_lines(source: Source) -> Iterator[str]:
    """Everything the built notebook shows, line by line, without the answers."""
    for cell in source.cells:
        cut = {
            region.line + n for region in solution_regions(cell) for n in range(len(region.lines))
        }
        for line, text in enumerate(cell.text.split("\n"), cell.line + 1):
            if cell.kind is Kind.PROSE or line not in cut:
                yield text


@dataclass(frozen=True, slots=True)
class View:
    """One way to read a file: its lines, by number, and all their tokens as a text."""

    lines: Lines
    text: Text


# What is released is scanned as a folder, and again in every download: all files of a release are kept.
@lru_cache(maxsize=256)
def _views(suffix: str, data: bytes) -> tuple[View, ...]:
    """The lines to search in a file: as it is; its strings if it is JSON or Python; its members if it is a zip."""
    text = data.decode("utf-8", errors="replace")
    views: list[Lines] = [list(enumerate(text.split("\n"), 1))]
    if suffix in ("ipynb", "json"):
        views.append(list(_json_strings(text)))
    if suffix == "py":
        views.append(list(_constants(text)))
    if zipfile.is_zipfile(io.BytesIO(data)):
        for _, member in zip_files(data):
            views.append(
                [(1, line) for line in member.decode("utf-8", errors="replace").split("\n")]
            )
    return tuple(View(lines, _text(lines)) for lines in views)


def _json_strings(text: str) -> Iterator[tuple[int, str]]:
    """Every string of a JSON text with its line.  A string never spans lines, so this needs no whole parse."""
    for number, line in enumerate(text.split("\n"), 1):
        for literal in JSON_STRING.findall(line):
            try:
                yield number, json.loads(literal, strict=False)
            except ValueError:
                yield number, literal


def _constants(text: str) -> Iterator[tuple[int, str]]:
    """Every string constant of a Python text with its line, adjacent literals joined; none if it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _text(lines: Iterable[tuple[int, str]]) -> Text:
    parts: list[str] = []
    starts, numbers, length = [0], [1], 0
    for number, line in lines:
        tokens = _tokens(line)
        if not tokens:
            continue
        if parts and _is_word(parts[-1][-1]) and _is_word(tokens[0]):
            tokens = f" {tokens}"
        starts.append(length)
        numbers.append(number)
        parts.append(tokens)
        length += len(tokens)
    return Text("".join(parts), tuple(starts), tuple(numbers))


def _tokens(text: str) -> str:
    """The text with one space between words and none elsewhere."""
    return re.sub(r" ?([^\w\s]) ?", r"\1", " ".join(text.split()))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _leaks_in(name: str, view: View, forbidden: Sequence[Secret], root: Path) -> Iterator[Leak]:
    """What a view of a file holds: solution markers, secrets, and paths of the author's machine."""
    text = view.text
    for marker in MARKERS:
        if line := text.find(marker):
            yield Leak(name, line, f"holds {marker}", "cut the region before it ships")
    for secret in forbidden:
        if line := text.find(secret.tokens):
            cure = "take it out, or show it in the notebook's prose or provided code if it is no secret"
            yield Leak(name, line, f"holds {secret.what}", cure)
    for number, words in view.lines:
        if HOME.search(words) or (root != Path(root.anchor) and str(root) in words):
            yield Leak(
                name,
                number,
                "holds a path of the author's machine",
                "make it relative or take it out",
            )
