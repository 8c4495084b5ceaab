"""Cases and expected numbers written as tables of text, one row a line."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence

import numpy as np

from autograder.student.model.exercises import Case


def table_case(names: Sequence[str], text: str) -> Case:
    """A case from a table: what is given stands left of `|`, what is expected right of it, a column for each name.

    The rows on the left become the input `numbers`, in which `2` is an int and `2.0` a float.
    """
    halves = [line.split("|") for line in text.strip().splitlines()]
    given = [tuple(map(literal_eval, left.split())) for left, _ in halves]
    columns = zip(*[right.split() for _, right in halves], strict=True)
    expected = {name: [float(number) for number in column] for name, column in zip(names, columns, strict=True)}
    return Case({"numbers": given}, expected)


def matrix(text: str) -> np.ndarray:
    """An array with two axes from its rows of numbers."""
    return np.array([[float(number) for number in line.split()] for line in text.strip().splitlines()])
