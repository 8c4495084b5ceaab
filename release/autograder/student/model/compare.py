"""Compare answers strictly: exact shape, plain finite numbers, then the size of the error.

A comparison either passes or says, in words, the first thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.student.model.exercises import DEEPEST

# What a right float64 formula may differ by, as a fraction of the largest expected magnitude.
# Reordering a sum of a few hundred terms costs about 1e-13; float32 costs 1e-7 and four decimals
# cost 1e-4, and neither is right.
ROUNDING = 1e-9
PRECISION_LOST = 1e-5
# A case counts as small, and is judged by its own size, down to this fraction of the largest case.
# Below it, its numbers may be what is left where larger ones cancel.
SMALL = 1e-3
SHOWN = 4  # levels of a nested value that are printed
# Significant digits of a number wherever a student reads one; characters of a text.
DIGITS = 6
QUOTED = 60
# Numbers of an array that are shown; of a longer one only the first and last.
FEW = 60
# What helps with the form of an answer.
RETURN_IT = "Let the function end with return and the value that is asked for."
RETURN_ONE = "Return the one value that is asked for, without a comma after it."
RETURN_NUMBERS = "Return numbers or an array of numbers"
# How a check begins what it puts in place of an answer that an error cost.
STOPPED = "stopped: "
PRINT_SHAPES = (
    "Print the shapes of the arrays in your function, and look where this one comes from."
)
# Numbers of results that are written as words.
COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}

NUMBERS = (bool, int, float, complex, np.ndarray, np.generic)
_PLAIN_TYPES = frozenset({float, int, np.ndarray})


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with an answer: `message` in a sentence, `got` and `expected` for display.

    form: what helps, if the answer has not the form of numbers that can be compared.
    """

    message: str
    got: str = ""
    expected: str = ""
    form: str = ""


def as_numbers(value: object) -> np.ndarray | str:
    """The answer as an array, or a phrase that says why it is none."""
    if value is None:
        return "is None: nothing was returned"
    if type(value) is str and value.startswith(STOPPED):
        return value
    if not isinstance(value, (list, tuple, *NUMBERS)):
        return f"is {kind(value)}, expected numbers"
    if not _holds_numbers(value):
        return f"is {kind(value)} that holds something other than numbers"
    try:
        array = np.asarray(value)
        if array.dtype == object and not isinstance(
            value, np.ndarray
        ):  # integers of more than 64 bits
            array = np.asarray(value, dtype=np.float64)
    except OverflowError:
        return "is too large a number"
    except (ValueError, TypeError):
        return "is a list whose rows differ in length"
    if array.dtype.kind == "c":
        return "is complex, expected real numbers"
    if array.dtype.kind not in "biuf":
        return f"is {kind(value)} that holds something other than numbers"
    return array


def _holds_numbers(value: object, depth: int = DEEPEST) -> bool:
    """Whether lists hold only numbers and arrays; asked before numpy may call methods of student types."""
    if type(value) in _PLAIN_TYPES:
        return True
    if isinstance(value, (list, tuple)):
        return depth > 0 and all(_holds_numbers(item, depth - 1) for item in value)
    return isinstance(value, NUMBERS)


def kind(value: object) -> str:
    """What a value is: `a dict`, `an int`, `the text 'abc'`."""
    if type(value) is str:
        return f"the text {_quoted(value)}"
    name = "array" if isinstance(value, np.ndarray) else _typename(value)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _quoted(text: str) -> str:
    """A text in quotes, its beginning if it is long."""
    return repr(text if len(text) <= QUOTED else f"{text[:QUOTED]}…")


def _typename(value: object) -> str:
    """The type's name; for a stand-in, the name of the type that could not be sent."""
    stands_for = getattr(value, "typename", None) if hasattr(type(value), "typename") else None
    return stands_for if type(stands_for) is str else type(value).__name__


def scales_of(expected: Sequence[np.ndarray]) -> list[float]:
    """The natural size of an answer in each case of a check: its largest expected magnitude; 1 if all are 0.

    A case so small that it may be what cancellation leaves has the size of the largest case.
    """
    sizes = [float(np.abs(e).max(initial=0.0)) for e in expected]
    largest = max(sizes, default=0.0) or 1.0
    return [size if size >= SMALL * largest else largest for size in sizes]


def differ(name: str, value: object, expected: np.ndarray, allowed: float) -> Difference | None:
    """Compare one answer with the expected array.

    `allowed` is an absolute error.  Shapes must be equal (a list is an array, a Python float is a 0-d array) and
    every element finite.  Returns None if they agree.
    """
    if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == expected.shape:
        with np.errstate(all="ignore"):
            error = np.abs(value - expected)
        if (
            np.isfinite(error).all() and (error <= allowed).all()
        ):  # the usual case, and the quickest to settle
            return None
    got = as_numbers(value)
    if isinstance(got, str) or got.shape != expected.shape:
        return _form(name, value, got, expected)
    with np.errstate(all="ignore"):  # beyond float64 is inf, and so is the error
        got = got.astype(np.float64)
        error = np.abs(got - expected)
    if not np.isfinite(got).all():
        index = _first(~np.isfinite(got))
        return Difference(f"{name}{_at(index)} is {got[index]}", show(got), show(expected))
    wrong = ~(error <= allowed)
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), error.shape))
    mine, right = tell_apart(float(got[index]), float(expected[index]))
    message = f"{name}{_at(index)} is {mine}, expected {right}"
    if error.size > 1:
        message += f" ({int(wrong.sum())} of {error.size} values differ)"
    if (error <= PRECISION_LOST * np.abs(expected)).all():
        message += (
            "; the first digits agree: look for a value that is rounded, or for float32, on the way"
        )
    return Difference(message, show(got), show(expected))


def _form(name: str, value: object, got: np.ndarray | str, expected: np.ndarray) -> Difference:
    """What is wrong with the form of an answer, which does not have the numbers to be compared."""
    if isinstance(value, tuple) and _is_several(value, expected):
        count = COUNTS.get(len(value), len(value))
        said, form = f"you return {count} values for {name}, one is asked for", RETURN_ONE
    elif isinstance(got, str):
        said, form = f"{name} {got}", _numbers_please(value)
        if got is value:  # the error says more than what stands in the answer's place
            return Difference(said)
    else:
        shape = f"has shape {got.shape}" if got.shape else "is a single number"
        wanted = expected.shape if expected.shape else "a single number"
        said, form = f"{name} {shape}, expected {wanted}", PRINT_SHAPES
        if not expected.any():  # a check of shapes expects zeros, which are not worth showing
            return Difference(said, form=form)
    return Difference(said, show(value), show(expected), form)


def _numbers_please(value: object) -> str:
    """What helps where an answer holds no numbers."""
    if value is None:
        return RETURN_IT
    if type(value) is str:
        return f"{RETURN_NUMBERS}, no texts and nothing in quotes."
    if isinstance(value, (list, tuple, np.ndarray)):
        return f"{RETURN_NUMBERS}, with nothing else among them."
    # Without the type's name, which a student can make of a hidden input.
    return f"{RETURN_NUMBERS}: if the object that you return holds one, return that one."


def _is_several(values: tuple[object, ...], expected: np.ndarray) -> bool:
    """Whether a tuple holds several results, the first of which has the form that is expected."""
    if len(values) < 2 or expected.shape[:1] == (len(values),):
        return False
    first = as_numbers(values[0])
    return not isinstance(first, str) and first.shape == expected.shape


def category(value: object, expected: np.ndarray) -> str:
    """What kind of difference there is, in words that tell nothing of the right answer's numbers."""
    got = as_numbers(value)
    if isinstance(got, str):
        return "it holds no numbers"
    if got.shape != expected.shape:
        return "its shape is wrong"
    got = got.astype(np.float64)
    if not np.isfinite(got).all():
        return "it is not finite everywhere"
    with np.errstate(all="ignore"):
        error, size = np.abs(got - expected), np.abs(expected)
    for digits in (12, 9, 6, 4, 3):
        if (error <= size * 10.0**-digits).all():
            return f"it is right to {digits} digits"
    wrong = error > ROUNDING * size.max(initial=0.0)
    if wrong.size > 2 and wrong.sum() == 1:
        return "one element is wrong"
    if wrong.ndim > 1 and len(wrong) > 2 and wrong.reshape(len(wrong), -1).any(axis=1).sum() == 1:
        return "one row is wrong"
    return "some of its numbers are right" if 0 < 2 * wrong.sum() < wrong.size else ""


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _at(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def tell_apart(got: float, expected: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see that they differ."""
    for digits in (DIGITS, 9, 12, 17):
        mine, right = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if mine != right:
            return mine, right
    return repr(got), repr(expected)


def show(value: object, depth: int = SHOWN) -> str:
    """A value for display: a few lines, 6 significant digits; only the name of a student's own types."""
    if type(value) is str:
        return _quoted(value)
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (int, np.integer)):
        return (
            str(int(value))
            if int(value).bit_length() <= 128
            else f"an integer of {int(value).bit_length()} bits"
        )
    if isinstance(value, (float, np.floating)):
        return f"{float(value) + 0.0:.{DIGITS}g}"
    if isinstance(value, np.ndarray):
        return rounded_text(value) if value.dtype.kind in "biufcUSM" else "<array>"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(show(v, depth - 1) for v in value[:12]) if depth else "…"
        inner += ", …" if depth and len(value) > 12 else ""
        return (
            f"[{inner}]"
            if isinstance(value, list)
            else f"({inner}{',' if len(value) == 1 else ''})"
        )
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(_item(k, v, depth - 1) for k, v in list(value.items())[:20] if depth)
            + "}"
        )
    return f"<{_typename(value)}>"


def _item(key: object, value: object, depth: int) -> str:
    name = key if isinstance(key, str) else show(key, depth)
    return f"{name}: {show(value, depth)}"


def rounded_text(array: np.ndarray) -> str:
    """An array in a few lines, each number as it is shown alone; of a matrix, points below points."""
    if array.ndim < 2:
        return array_text(array, FEW, lambda number: f"{number + 0.0:.{DIGITS}g}")
    numbers = np.asarray(array).ravel()[:FEW].tolist() if array.dtype.kind == "f" else []
    heads = [f"{number + 0.0:.{DIGITS}g}".partition(".")[0] for number in numbers]
    before = max(map(len, heads), default=0)

    def aligned(number: float) -> str:
        text = f"{number + 0.0:.{DIGITS}g}"
        return " " * (before - len(text.partition(".")[0])) + text

    width = max((len(aligned(number)) for number in numbers), default=0)
    return array_text(array, FEW, lambda number: aligned(number).ljust(width))


def array_text(
    array: np.ndarray, threshold: int = 100_000, form: Callable[[float], str] | None = None
) -> str:
    """An array as text, whatever print options the notebook has set.

    threshold: with more elements, only the first and last are shown.  form: writes one float; None
    for all of its digits.
    """
    formatter: Any = {"float_kind": form} if form else None
    with np.printoptions(
        formatter=formatter,
        legacy=False,
        sign="-",
        edgeitems=3,
        linewidth=75,
        nanstr="nan",
        infstr="inf",
    ):
        return np.array2string(
            array, separator=", ", threshold=threshold, suppress_small=False, floatmode="unique"
        )
