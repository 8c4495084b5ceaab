"""The gates of circuits: the value and the local derivatives of each."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np

# A complex step: its square is lost in rounding, so the imaginary part is the slope to the last
# digit.  This is exact for the functions below only: they are analytic, or choose an operand by its
# real part.
STEP = 1e-200

Number = np.complex128
Gate = Callable[..., Number]


def _relu(x: Number) -> Number:
    return x if x.real > 0 else 0 * x


def _largest(*xs: Number) -> Number:
    return max(xs, key=lambda x: float(x.real))


GATES: Mapping[str, Gate] = {
    "+": lambda *xs: sum(xs[1:], xs[0]),
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "max": _largest,
    "relu": _relu,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "square": lambda x: x * x,
    "1/x": lambda x: 1 / x,
    "*2": lambda x: 2 * x,
    "+1": lambda x: x + 1,
    "*-1": lambda x: -x,
}


def output(operation: str, operands: Sequence[float]) -> float | None:
    """The gate's value for real operands; None if the gate is unknown or has no finite value there."""
    made = _run(operation, operands)
    return None if made is None else float(made.real)


def slopes(operation: str, operands: Sequence[float]) -> tuple[float, ...] | None:
    """The gate's local derivative for each operand, by a complex step; None if the gate is unknown."""
    found = []
    for i in range(len(operands)):
        moved = [complex(x) for x in operands]
        moved[i] += 1j * STEP
        made = _run(operation, moved)
        if made is None:
            return None
        found.append(float(made.imag) / STEP)
    return tuple(found)


def _run(operation: str, operands: Sequence[complex]) -> Number | None:
    if operation not in GATES or not operands:
        return None
    with np.errstate(all="ignore"):
        made = GATES[operation](*(Number(x) for x in operands))
    return made if np.isfinite(made) else None
