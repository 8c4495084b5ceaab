"""The messages between the grader and a worker, as plain data for the wire.

The grader builds requests and reads replies; the worker reads requests and builds replies.  A reply comes from a
process that student code may control, so every part of it is checked; WireError if it is malformed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograder.errors import WireError
from autograder.sandbox.codec import MAX_FRAME, MAX_HEADER, Opaque, encode, frame_size
from autograder.student.model.exercises import Answer, Failure, Inputs, Probe, Stop

Message: TypeAlias = dict[str, Any]
# Printed by a cell in place of starting another program; the grader tells the student which cell it was.
SKIPPED = "other programs do not run while a notebook is graded; this was skipped"

TOGETHER = "together"
MAX_WORDS = 2000
FEW_WORDS = 100
MOST_LINES = 2**31
NUMERIC = "biufc"


def run_request(cell: str, line: int = 0, given: str = "") -> Message:
    """Run one cell.  line: how many lines of its file stand before it, for the line numbers of errors.

    given: those of its definitions that run as they were handed out.
    """
    return {"do": "run", "cell": cell, "line": line, "given": given}


def keep_request(moment: str) -> Message:
    """Remember what every name means now; any other request may hold such moments too, and keeps them first."""
    return {"do": "keep", "keep": [moment]}


def changed_request(moments: Sequence[str]) -> Message:
    """Ask at which moments a name meant something else than it means now."""
    return {"do": "changed", "names": list(moments)}


def run_reply(failure: Failure | None, stdout: str) -> Message:
    """How a cell ended, and what it printed."""
    return {"failure": _failure_out(failure), "stdout": stdout}


def read_run(reply: Message, output: int) -> tuple[Failure | None, str]:
    """The failure of a cell, None if it has none, and at most `output` characters of what it printed."""
    return _failure_in(reply.get("failure")), _words(reply.get("stdout"), output)


def defined_request(names: Sequence[str], moment: str) -> Message:
    """Ask which of `names` could be called at a moment."""
    return {"do": "defined", "names": list(names), "moment": moment}


def read_names(reply: Message, names: Sequence[str]) -> frozenset[str]:
    """Those of `names` that the worker gives."""
    found = {name for name in _list(reply.get("names")) if isinstance(name, str)}
    return frozenset(names) & found


def answers_request(probe: Probe, inputs: Sequence[Inputs], moment: str) -> Message:
    """Run a probe once on each set of inputs, as the names stood at a moment."""
    run = {"setup": probe.setup, "call": probe.call, "watched": probe.watched}
    run["stand_ins"] = probe.stand_ins
    return {"do": "answers", "moment": moment, **run, **_rows_out(inputs)}


def together_request() -> Message:
    """Several answers requests in one; a frame with `together_body` follows."""
    return {"do": TOGETHER}


def together_body(requests: Sequence[Message], names: Sequence[tuple[str, str]]) -> Message:
    """The answers requests; names: moments, each with a name that may be callable then."""
    return {"each": list(requests), "names": list(map(list, names))}


@dataclass(frozen=True, slots=True)
class Together:
    """The answers to each of several requests, and which of the names that were asked for can be called."""

    answers: list[list[Answer]]
    callable: list[bool]


def read_together(
    reply: Message, counts: Sequence[int], names: Sequence[object], lines: int
) -> Together:
    """The reply to several requests, of which `counts` says how many answers each has."""
    replies, found = _list(reply.get("each"), len(counts)), _list(reply.get("names"), len(names))
    if not all(isinstance(each, dict) for each in replies):
        raise WireError("worker: a reply of the wrong form")
    answers = [read_answers(each, n, lines) for each, n in zip(replies, counts, strict=True)]
    return Together(answers, [each is True for each in found])


def read_inputs(request: Message) -> list[dict[str, object]]:
    """The sets of inputs of an answers request."""
    count = request["count"]
    if "rows" in request:
        return list(request["rows"])
    columns = [_column_in(column, count) for column in request["columns"]]
    return [
        dict(zip(request["names"], row, strict=True)) for row in zip(*columns, strict=True)
    ] or [{} for _ in range(count)]


def answers_reply(answers: Sequence[Answer]) -> Message:
    """The answers: all values as one column, and failures, warnings and changed inputs where there are any."""
    return {
        "values": _column_out([answer.value for answer in answers]),
        "failures": [[i, _failure_out(a.failure)] for i, a in enumerate(answers) if a.failure],
        "warnings": [[i, list(a.warnings)] for i, a in enumerate(answers) if a.warnings],
        "changed": [[i, list(a.changed)] for i, a in enumerate(answers) if a.changed],
        "nudged": [[i, list(a.nudged)] for i, a in enumerate(answers) if a.nudged],
        "printed": [[i, [a.printed]] for i, a in enumerate(answers) if a.printed],
    }


def sendable(answers: Sequence[Answer]) -> list[Answer]:
    """The same answers within the limits: each value that exceeds its share of a frame Opaque, and few words."""
    header, frame = MAX_HEADER // (2 * len(answers)), MAX_FRAME // (2 * len(answers))
    return [
        Answer(
            _fitting(answer.value, header, frame),
            answer.failure and _shortened(answer.failure),
            tuple(warning[:FEW_WORDS] for warning in answer.warnings[:1]),
            answer.changed,
            answer.nudged,
            answer.printed[:FEW_WORDS],
        )
        for answer in answers
    ]


def _shortened(failure: Failure) -> Failure:
    few = failure.message[:FEW_WORDS], failure.plain[:FEW_WORDS]
    return replace(failure, message=few[0], plain=few[1])


def _fitting(value: object, header: int, frame: int) -> object:
    try:
        pieces = encode(value)
    except WireError as error:
        return Opaque(f"{type(value).__name__} that cannot be sent ({error})")
    except Exception:  # what student code put into its own types, answering for itself
        return Opaque(type(value).__name__)
    fits = len(pieces[0]) <= header and frame_size(pieces) <= frame
    return value if fits else Opaque(f"{type(value).__name__} too large to be sent")


def read_answers(reply: Message, count: int, lines: int) -> list[Answer]:
    """Exactly `count` answers of a submission whose longest cell has that many lines."""
    failures = _sparse(reply.get("failures"), count, partial(_failure_in, lines=lines))
    warnings = _sparse(reply.get("warnings"), count, _phrases)
    changed = _sparse(reply.get("changed"), count, _phrases)
    nudged = _sparse(reply.get("nudged"), count, _phrases)
    printed = _sparse(reply.get("printed"), count, _phrases)
    values = _column_in(reply.get("values"), count)
    return [
        Answer(
            None if i in failures else value,
            failures.get(i),
            warnings.get(i, ()),
            changed.get(i, ()),
            nudged.get(i, ()),
            "".join(printed.get(i, ()))[:MAX_WORDS],
        )
        for i, value in enumerate(values)
    ]


def _rows_out(rows: Sequence[Inputs]) -> Message:
    """Rows as columns where all have the same names: a batch is mostly one array moved a little at a time."""
    names = list(rows[0]) if rows else []
    if any(list(row) != names for row in rows):
        return {"count": len(rows), "rows": [dict(row) for row in rows]}
    return {
        "count": len(rows),
        "names": names,
        "columns": [_column_out([row[n] for row in rows]) for n in names],
    }


def _column_out(values: Sequence[object]) -> Message:
    """Values as one stacked array if they are alike, once if they are the same object, else one by one."""
    if not values:
        return {"each": []}
    first, kind = values[0], type(values[0])
    if all(value is first for value in values):
        return {"same": first}
    if not all(type(value) is kind for value in values):
        return {"each": list(values)}
    if kind is np.ndarray and _alike(values):
        return {"stack": np.stack(values)}  # type: ignore[arg-type]
    if issubclass(kind, np.generic) and first.dtype.kind in NUMERIC:  # type: ignore[attr-defined]
        return {"stack": np.array(values)}
    return {"each": list(values)}


def _alike(arrays: Sequence[Any]) -> bool:
    """Whether arrays can be rows of one: numbers of one type and shape, and not 0-d, which would come back scalar."""
    first = arrays[0]
    if first.ndim == 0 or first.dtype.kind not in NUMERIC:
        return False
    return all(array.shape == first.shape and array.dtype == first.dtype for array in arrays)


def _column_in(column: object, count: int) -> list[object]:
    if not isinstance(column, dict) or len(column) != 1:
        raise WireError("worker: a column is malformed")
    ((how, values),) = column.items()
    if how == "same":
        return [values] * count
    if how == "stack" and not (isinstance(values, np.ndarray) and values.ndim):
        raise WireError("worker: a stack is not an array")
    if (
        how not in ("stack", "each")
        or not isinstance(values, (list, np.ndarray))
        or len(values) != count
    ):
        raise WireError(f"worker: {count} values were asked for, others came")
    return list(values)


def _failure_out(failure: Failure | None) -> list[object] | None:
    if failure is None:
        return None
    place = [failure.function, failure.line, failure.code]
    return [failure.type, failure.message, *place, failure.plain]


def _failure_in(fields: object, lines: int = MOST_LINES) -> Failure | None:
    if fields is None:
        return None
    name, message, function, line, code, plain = _list(fields, 6)
    place = line if type(line) is int and 0 <= line <= lines else 0  # there is no other line
    return Failure(
        Stop.RAISED,
        _words(name, 100),
        _words(message, MAX_WORDS),
        _words(function, 100),
        place,
        _words(code, FEW_WORDS),
        _words(plain, MAX_WORDS),
    )


def _sparse(pairs: object, count: int, read: Callable[[object], Any]) -> dict[int, Any]:
    """Entries for some of `count` rows, by row."""
    found = {}
    for pair in _list(pairs):
        index, value = _list(pair, 2)
        if type(index) is not int or not 0 <= index < count:
            raise WireError("worker: an answer to a request that was not made")
        found[index] = read(value)
    return found


def _phrases(values: object) -> tuple[str, ...]:
    return tuple(_words(value, MAX_WORDS) for value in _list(values)[:20])


def _list(value: object, length: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise WireError("worker: a reply of the wrong form")
    return value


def _words(value: object, limit: int) -> str:
    """Text from a worker, cut, and fit to be written as UTF-8."""
    if not isinstance(value, str):
        raise WireError("worker: a reply of the wrong form")
    return value[:limit].encode("utf-8", "replace").decode()
