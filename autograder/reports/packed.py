"""Reports of a large class in little memory: the results of exercises are kept compressed, and equal ones once."""

from __future__ import annotations

import ctypes
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import overload

from autograder.student.model.results import ExerciseResult, Report
from autograder.student.model.results_json import read_exercise, write_exercise

# glibc's option for how many heaps threads may have.
M_ARENA_MAX = -8
# How many results are unpacked at a time: whoever looks at one mostly looks at it again.
UNPACKED = 256
# The first result of each exercise: those of others are much the same.
_ALIKE: dict[str, bytes] = {}
# The exercise of a result, and all of the result compressed.
_Part = tuple[str, bytes]
# Each different result that this process has packed.
_PARTS: dict[_Part, _Part] = {}


@contextmanager
def small_heap() -> Iterator[None]:
    """Let all threads share one heap, and give back to the system what it has free at the end.

    The heap stays shared until the process ends.  Arrays and long texts lie in it; small objects of Python do not.
    Does nothing where the C library is not glibc.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)
    try:
        yield
    finally:
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)


class PackedResults(Sequence[ExerciseResult]):
    """The results of one report, as they were given; they are read from their compressed form when looked at."""

    __slots__ = ("_parts",)

    def __init__(self, results: Sequence[ExerciseResult]) -> None:
        self._parts = tuple(map(_packed, results))

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, place: int) -> ExerciseResult: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[ExerciseResult, ...]: ...
    def __getitem__(self, place: int | slice) -> ExerciseResult | tuple[ExerciseResult, ...]:
        if isinstance(place, slice):
            return tuple(map(_unpacked, self._parts[place]))
        return _unpacked(self._parts[place])

    def __iter__(self) -> Iterator[ExerciseResult]:
        return map(_unpacked, self._parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def packed(report: Report) -> Report:
    """An equal report that needs little memory."""
    if isinstance(report.exercises, PackedResults):
        return report
    return replace(report, exercises=PackedResults(report.exercises))


def _packed(result: ExerciseResult) -> _Part:
    text = json.dumps(write_exercise(result)).encode()
    packer = zlib.compressobj(zdict=_ALIKE.setdefault(result.exercise, text))
    part = (result.exercise, packer.compress(text) + packer.flush())
    return _PARTS.setdefault(part, part)


@lru_cache(UNPACKED)
def _unpacked(part: _Part) -> ExerciseResult:
    exercise, data = part
    text = zlib.decompressobj(zdict=_ALIKE[exercise]).decompress(data)
    return read_exercise(json.loads(text))
