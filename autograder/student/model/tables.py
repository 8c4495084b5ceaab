"""Cases and expected numbers written as tables of text, one row a line."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence

import numpy as np

from autograder.student.model.exercises import Case


def table_case(names: Sequence[str], text: str, *blocks: str) -> Case:
    """A case from a table: what is given stands left of `|`, what is expected right of it, a column
    for each name.

    The rows on the left become the input `numbers`, in which `2` is an int and `2.0` a float.  blocks: instead of the
    right side, the answers of each name if those of a row are several.
    """
    given, *right = zip(*[line.split("|") for line in text.strip().splitlines()], strict=True)
    rows = [tuple(map(literal_eval, row.split())) for row in given]
    answers = map(matrix, blocks) if blocks else matrix("\n".join(right[0])).T
    return Case({"numbers": rows}, dict(zip(names, answers, strict=True)))


def matrix(text: str) -> np.ndarray:
    """An array with two axes from its rows of numbers."""
    return np.array(
        [[float(number) for number in line.split()] for line in text.strip().splitlines()]
    )
