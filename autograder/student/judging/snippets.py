"""A case as code that a student can paste below their own."""

from __future__ import annotations

import math

import numpy as np

from autograder.student.model.compare import array_text
from autograder.student.model.exercises import Case, Probe


def tried(probe: Probe, case: Case) -> str:
    """The code that was run, inputs first, as a student can paste it below their own."""
    given = [
        f"{name} = {as_code(value, len(name) + len(' = '))}" for name, value in case.inputs.items()
    ]
    return "\n".join([*given, probe.text])


def as_code(value: object, column: int = 0) -> str:
    """An input as Python source; rows of an array are aligned for source that begins at
    `column`."""
    if isinstance(value, np.ndarray):
        rows = array_text(value).replace("\n", "\n" + " " * (column + len("np.array(")))
        made = f"np.array({rows}{_dtype_as_code(value)})".replace("nan", "np.nan").replace(
            "inf", "np.inf"
        )
        return made if value.size or value.ndim == 1 else f"np.empty({value.shape})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {as_code(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(as_code, value))
        return (
            f"[{inner}]"
            if isinstance(value, list)
            else f"({inner}{',' if len(value) == 1 else ''})"
        )
    if isinstance(value, np.generic):
        return as_code(value.item())
    return (
        f"float({str(value)!r})"
        if isinstance(value, float) and not math.isfinite(value)
        else repr(value)
    )


def _dtype_as_code(array: np.ndarray) -> str:
    """The dtype argument of np.array, where the numbers alone do not imply the type."""
    usual = array.size and array.dtype in (np.float64, np.int64, np.bool_)
    return "" if usual else f", dtype=np.{array.dtype.name}"
