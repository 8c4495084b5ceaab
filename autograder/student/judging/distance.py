"""How far two answers to a check are apart: one measure for the diagnosis and for the authors'
gate."""

from __future__ import annotations

import math

import numpy as np

from autograder.student.judging.findings import alarms, unpack
from autograder.student.model.compare import as_numbers
from autograder.student.model.exercises import Answer, Check


def numbers_of(check: Check, name: str, answer: Answer) -> np.ndarray | str:
    """The named answer as float64 numbers, or a string that says why there are none."""
    if answer.failure:  # the type alone would make one mistake of all that ends in the same type
        return f"failure {answer.failure.type}: {answer.failure.message}"
    unpacked = unpack(check.probe, answer.value)
    if isinstance(unpacked, str):
        return unpacked
    numbers = as_numbers(unpacked[name])
    return numbers if isinstance(numbers, str) else numbers.astype(np.float64)


def distance(check: Check, name: str, one: Answer, other: Answer) -> float:
    """The largest difference of two answers' elements: 0 if they are the same, inf if they differ
    in kind.

    They differ in kind if their shapes do, if one is not finite where the other is, if they fail in
    different ways and, where a check asks for quiet, if they raise different kinds of alarms.
    """
    if getattr(check.rule, "quiet", False) and _alarm_kinds(one) != _alarm_kinds(other):
        return math.inf
    a, b = numbers_of(check, name, one), numbers_of(check, name, other)
    if isinstance(a, str) or isinstance(b, str):
        same_reason = isinstance(a, str) and isinstance(b, str) and a == b
        return 0.0 if same_reason else math.inf
    if a.shape != b.shape:
        return math.inf
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        apart = np.where(same, 0.0, np.abs(a - b))
    return float(np.nan_to_num(apart, nan=math.inf, posinf=math.inf).max(initial=0.0))


def _alarm_kinds(answer: Answer) -> frozenset[str]:
    """The kinds of floating-point warnings of an answer: overflow, divide, invalid."""
    return frozenset(" ".join(alarm.split()[1:2]) for alarm in alarms(answer))
