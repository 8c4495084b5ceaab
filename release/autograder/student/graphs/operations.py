"""The gates that circuits are made of: what each makes of its operands, and how steep it is there."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np

# A step so small that its square is lost beside 1: the imaginary part is the slope, to the last digit.  It is exact
# for the functions below, and for them only: all are analytic, or choose an operand by its real part.
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
    """What the gate makes of real operands; None if it is not known or has no finite value there."""
    made = _run(operation, operands)
    return None if made is None else float(made.real)


def slopes(operation: str, operands: Sequence[float]) -> tuple[float, ...] | None:
    """The gate's local derivative along each operand, by a complex step; None if it is not known."""
    found = []
    for i in range(len(operands)):
        made = _run(operation, [x + (1j * STEP if i == j else 0) for j, x in enumerate(operands)])
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
