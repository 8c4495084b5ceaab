"""Say how a student's code stopped: where, in which line, and in words that need no knowledge of NumPy's insides."""

from __future__ import annotations

import ast
import linecache
import os
import re
import traceback
from pathlib import Path
from types import CodeType, FrameType, TracebackType

import numpy as np

from autograder.student.model.exercises import NOT_DEFINED, Failure, Stop

PROBE_FILE = "<check>"
# The folders of code that is not the student's: the standard library, site-packages, this kit.
_LIBRARY_FOLDERS = (
    Path(os.__file__).parent,
    Path(np.__file__).parents[1],
    Path(__file__).parents[2],
)
LIBRARIES = tuple(f"{folder}{os.sep}" for folder in _LIBRARY_FOLDERS)
# Characters of a line that are quoted.
LINE = 100
# What Python says of a name that it does not know.
NO_NAME = re.compile(r"^name '(\w+)' is not defined")
# What NumPy says of a matrix product that does not fit, and of one with a single number.
NO_FIT = re.compile(r"^matmul: .*\(size (\d+) is different from (\d+)\)$")
NO_MATRIX = re.compile(r"^matmul: Input operand (\d) does not have enough dimensions")


def describe(error: BaseException, probe: str = "") -> Failure:
    """Name an exception and where in the student's own code it came from.

    `function` is the innermost named function of the student that was running (`Class.method` for a
    method), "" if there was none.  `line` is the line inside the cell, 0 if no line of the student
    ran, and `code` that line.  probe: the text of the check's code that ran, if any.
    Only texts that are in memory are quoted, as those of cells are; no file is read.
    """
    name, message = type(error).__name__, _tidy(text_of(error))
    if isinstance(error, SyntaxError):
        code, line = _tidy(error.text or "")[:LINE], error.lineno or 0
        return Failure(Stop.RAISED, name, _tidy(str(error.msg)), "", line, code)
    places = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_students(frame.f_code.co_filename)
    ]
    # A comprehension, lambda or class body may have a frame, whose name stands in angle brackets.
    named = [place for place in places if not place[0].co_name.startswith("<")]
    function, line, code = "", places[-1][1] if places else 0, ""
    if named:
        owner, line = named[-1]
        function = owner.co_qualname.rpartition("<locals>.")[2]
        code = _quoted(owner, line)
    plain = _in_plain_words(error, message, probe)
    return Failure(Stop.RAISED, name, message, function, line or 0, code, plain)


def is_students(file: str) -> bool:
    """Whether code compiled from `file` is a student's: that of a cell, or of a module that is no library."""
    generated = file in (PROBE_FILE, "<string>") or file.startswith(("<frozen", "<decorator-gen"))
    return not generated and not file.startswith(LIBRARIES)


def text_of(value: object) -> str:
    """str(value), even where student code wrote `__str__` and it fails."""
    try:
        return str(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # it is as much student code as what raised
        return ""


def _tidy(text: str) -> str:
    """One line of at most 500 characters."""
    return " ".join(text[:5000].split())[:500]


def _text(file: str) -> list[str]:
    """The lines of a cell, or of other code whose text is in memory."""
    known = linecache.cache.get(file, ())
    return known[2] if len(known) == 4 else []


def _quoted(code: CodeType, line: int) -> str:
    """A line of a function as it is written; "" where its text is not known, or not for sure."""
    lines = ["", *_text(code.co_filename)]
    if not max(code.co_firstlineno, line) < len(lines):
        return ""
    first = lines[code.co_firstlineno].lstrip()
    begins = first.startswith("@") or f"def {code.co_name}" in first
    return _tidy(lines[line])[:LINE] if begins else ""


def _in_plain_words(error: BaseException, message: str, probe: str) -> str:
    """What stopped, in better words than Python's own; "" where those will do."""
    unknown = NO_NAME.match(message) if type(error) is NameError else None
    if unknown:
        return NOT_DEFINED.format(unknown[1])
    if error.__traceback__ is None:
        return ""
    *_, last = _chain(error.__traceback__)
    if type(error) is KeyError and last.tb_frame.f_code.co_filename == PROBE_FILE:
        return _missing_key(_expression(last, probe.splitlines()))
    return _matrices(message, last) if type(error) is ValueError else ""


def _matrices(message: str, last: TracebackType) -> str:
    """What NumPy says of a matrix product, in words; "" if it says something else."""
    number = NO_MATRIX.match(message)
    if number:
        which = "second" if number[1] == "1" else "first"
        return f"the {which} factor of the matrix product is a single number, not an array"
    fits = NO_FIT.match(message)
    if fits is None:
        return ""
    node = _expression(last, _text(last.tb_frame.f_code.co_filename))
    shapes = _factors(node, last.tb_frame)
    named = f"shapes {shapes[0]} and {shapes[1]} do not fit in a matrix product" if shapes else ""
    return f"{named or 'the matrices do not fit'}: {fits[2]} columns meet {fits[1]} rows"


def _chain(trace: TracebackType | None) -> list[TracebackType]:
    found = []
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found


def _expression(trace: TracebackType, lines: list[str]) -> ast.expr | None:
    """The expression of one line that a frame was evaluating; None where its text is not known."""
    positions = list(trace.tb_frame.f_code.co_positions())
    line, end_line, start, end = positions[trace.tb_lasti // 2]
    if line is None or line != end_line or not 0 < line <= len(lines):
        return None
    text = lines[line - 1].encode()[start:end].decode(errors="replace")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _missing_key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"{ast.unparse(node.value)} has no {node.slice.value!r}"
    return ""


def _factors(node: ast.expr | None, frame: FrameType) -> list[tuple[int, ...]]:
    """The shapes of the two factors of a matrix product, where both are plain names."""
    factors: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        factors = [node.left, node.right]
    elif isinstance(node, ast.Call):
        factors = node.args[:2]
    shapes = [_shape(factor, frame) for factor in factors]
    return [shape for shape in shapes if shape] if len(shapes) == 2 and all(shapes) else []


def _shape(node: ast.expr, frame: FrameType) -> tuple[int, ...]:
    """The shape of an array that has a name, or of its transpose; () if it has none."""
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    name = node.value if turned and isinstance(node, ast.Attribute) else node
    if not isinstance(name, ast.Name):
        return ()
    value = frame.f_locals.get(name.id, frame.f_globals.get(name.id))
    shape: tuple[int, ...] = value.shape if type(value) is np.ndarray else ()
    return shape[::-1] if turned else shape
