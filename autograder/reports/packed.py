"""Reports of a large class in little memory: what their exercises hold is kept compressed, some 1 kB instead of 20."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import overload

from autograder.student.model.results import ExerciseResult, Report
from autograder.student.model.results_json import read_exercise, write_exercise

# How many reports are unpacked at a time: whoever looks at one mostly looks at it again.
UNPACKED = 32
# What zlib can look back at.
WINDOW = 1 << 15
# The results of the first report of each assignment, by its first exercise: those of others are much the same.
_ALIKE: dict[str, bytes] = {}


class PackedResults(Sequence[ExerciseResult]):
    """The results of one report, as they were given; they are read from their compressed form when looked at."""

    __slots__ = ("_alike", "_count", "_data")

    def __init__(self, results: Sequence[ExerciseResult]) -> None:
        text = json.dumps([write_exercise(result) for result in results]).encode()
        self._count = len(results)
        self._alike = _ALIKE.setdefault(results[0].exercise if results else "", text[-WINDOW:])
        packer = zlib.compressobj(zdict=self._alike)
        self._data = packer.compress(text) + packer.flush()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> ExerciseResult: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[ExerciseResult, ...]: ...
    def __getitem__(self, place: int | slice) -> ExerciseResult | tuple[ExerciseResult, ...]:
        return _unpacked(self._data, self._alike)[place]

    def __iter__(self) -> Iterator[ExerciseResult]:
        return iter(_unpacked(self._data, self._alike))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def packed(report: Report) -> Report:
    """An equal report that needs little memory."""
    if isinstance(report.exercises, PackedResults):
        return report
    return replace(report, exercises=PackedResults(report.exercises))


@lru_cache(UNPACKED)
def _unpacked(data: bytes, alike: bytes) -> tuple[ExerciseResult, ...]:
    text = zlib.decompressobj(zdict=alike).decompress(data)
    return tuple(map(read_exercise, json.loads(text)))
