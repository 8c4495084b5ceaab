"""Check a gradient against the function that it is the gradient of.

    >>> print(check_gradient(lambda w: np.sum(w**2), w, 2 * w))
    The gradient is right: …

No tolerance is guessed: every slope is measured with a bound on the measurement's own error, and a gradient is wrong
only where it is farther off than that.  Where nothing can be decided the report says so, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from autograder.student.gradcheck.mistakes import named
from autograder.student.gradcheck.noise import Forward, UnmeasurableError
from autograder.student.gradcheck.report import (
    NOTHING,
    Again,
    GradientReport,
    Gradients,
    Judged,
    Point,
    Terms,
    Truth,
    Verdict,
    at,
)
from autograder.student.gradcheck.slopes import largest
from autograder.student.gradcheck.verdicts import judge_values
from autograder.student.model.compare import ROUNDING, as_numbers
from autograder.student.model.results import Diagnosis

# Two calls on the same input differ by no more than this, as a fraction of the largest element.
SAME_CALL = 1e-12


def check_gradient(
    f: Callable[..., object],
    x: np.ndarray | Mapping[str, object],
    gradient: object,
    *,
    upstream: object = None,
    wrt: Sequence[str] = (),
    reference: Callable[..., object] | None = None,
    terms: Callable[..., Mapping[str, Terms]] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> GradientReport:
    """Check that `gradient` is the gradient of `f` at `x`.

    x: an array, for f(x); or arrays by name, for f(**x).  f returns a number, or with `upstream` an array of its
    shape, and what is checked is the gradient of sum(upstream * f).  gradient: a function with the arguments of f, or
    what it returned: an array for an array, a mapping by name for names.  A function can be asked again: whether it is
    the same each time, and how it behaves nearby.  wrt: the names that have gradients, all if not said.  reference: a
    right gradient, called like `gradient`, that decides what slopes cannot; terms: a function that gives, by name,
    the named terms it is the sum of; sizes: named array sizes.  The last three help to name a mistake.
    """
    alone = not isinstance(x, Mapping)
    given: dict[str, object] = dict(x) if isinstance(x, Mapping) else {"x": np.asarray(x)}
    names = tuple(wrt) or tuple(given)

    def called(function: Callable[..., object], point: Point) -> object:
        mine = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in point.items()}
        with np.errstate(all="ignore"):
            return function(mine["x"]) if alone else function(**mine)

    def forward(points: Sequence[Point]) -> list[np.ndarray]:
        return [np.asarray(called(f, point), dtype=np.float64) for point in points]

    def asked(function: Callable[..., object]) -> Callable[[Sequence[Point]], list[object]]:
        return lambda points: [called(function, point) for point in points]

    weights = np.ones(()) if upstream is None else np.asarray(upstream, dtype=np.float64)
    function = gradient if callable(gradient) else None
    answers = asked(function)([given] * 3) if function else [gradient]
    by_name = [_by_name(answer, names, alone=alone) for answer in answers]
    again = _well_formed_only(asked(function), names, alone=alone) if function else None
    known = Truth(sizes=sizes)
    if reference:
        told = _well_formed_only(asked(reference), names, alone=alone)
        broken = (lambda points: [terms(**point) for point in points]) if terms else None
        known = Truth(told([given])[0], told, broken, sizes)
    try:
        return judge_gradients(forward, given, by_name, weights, again, known)
    except UnmeasurableError as why:
        said = f"No slope can be measured: {why}"
        return GradientReport(tuple(Judged(name, Verdict.UNDECIDED, said) for name in names))


def judge_gradients(
    forward: Forward,
    x: Point,
    answers: Sequence[Mapping[str, object]],
    upstream: np.ndarray,
    again: Again | None = None,
    known: Truth = NOTHING,
    labels: Mapping[str, str] | None = None,
) -> GradientReport:
    """Judge the gradients of sum(upstream * forward) with respect to inputs by name.

    answers: one call's answers, or those of several calls on the same input.  forward is called once a round.
    labels: what the gradient of each input is called.  Raises UnmeasurableError if no slope can be measured.
    """
    judged = {name: _form(name, answers, x) for name in answers[0]}
    arrays = {name: _array(value) for name, value in answers[0].items()}
    got = {name: arrays[name] for name, found in judged.items() if found is None}
    evaluations = rounds = 0
    if got:
        # Float32 of float32 inputs has float32's rounding; float32 of float64 inputs has lost digits.
        single = any(_is_single(x[name]) and _is_single(answers[0][name]) for name in got)
        measured, loss = judge_values(forward, x, got, upstream, again, known, single=single)
        judged |= measured
        evaluations, rounds = loss.evaluations, loss.rounds
    called = dict(labels or {name: f"gradient of {name}" for name in answers[0]})
    parts = named([j for j in judged.values() if j], x, arrays, called, known, again, forward, upstream)
    return GradientReport(tuple(parts), evaluations, rounds)


def _by_name(answer: object, names: Sequence[str], *, alone: bool) -> dict[str, object]:
    if alone:
        return {"x": answer}
    if isinstance(answer, Mapping):
        return {name: answer.get(name) for name in names}
    if isinstance(answer, (tuple, list)) and len(answer) == len(names):
        return dict(zip(names, answer, strict=True))
    return {name: answer if len(names) == 1 else None for name in names}


def _well_formed_only(asked: Callable[[Sequence[Point]], list[object]], names: Sequence[str], *, alone: bool) -> Again:
    def again(points: Sequence[Point]) -> list[Gradients | None]:
        found: list[Gradients | None] = []
        for point, answer in zip(points, asked(points), strict=True):
            made = {name: _array(value) for name, value in _by_name(answer, names, alone=alone).items()}
            fits = all(array.shape == np.shape(np.asarray(point[name])) for name, array in made.items())
            found.append(made if fits else None)
        return found

    return again


def _is_single(value: object) -> bool:
    return bool(np.asarray(value).dtype == np.float32)


def _array(value: object) -> np.ndarray:
    """The numbers in an answer as float64; of what holds none, an array of nan."""
    numbers = as_numbers(value)
    return np.asarray(np.nan) if isinstance(numbers, str) else numbers.astype(np.float64)


# --- whether an answer is a gradient at all


def _form(name: str, answers: Sequence[Mapping[str, object]], x: Point) -> Judged | None:
    """What is wrong with an answer before any value is compared; None if nothing is."""
    shape = np.asarray(x[name]).shape
    first = as_numbers(answers[0][name])
    if isinstance(first, str):
        return Judged(name, Verdict.WRONG, f"The gradient of {name} {first}")
    if first.shape != shape:
        said = f"The gradient of {name} has shape {first.shape}; {name} has shape {shape}"
        return Judged(name, Verdict.WRONG, said)
    first = first.astype(np.float64)
    if not np.isfinite(first).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(first))[0])
        return Judged(name, Verdict.WRONG, f"The gradient of {name}{at(index)} is {first[index]}")
    return _changing(name, [first, *(_array(answer[name]) for answer in answers[1:])])


def _changing(name: str, calls: Sequence[np.ndarray]) -> Judged | None:
    """What is wrong if calls on the same input give different gradients."""
    if all(np.array_equal(call, calls[0]) for call in calls):
        return None
    allowed = SAME_CALL * largest(calls[0])
    if all(call.shape == calls[0].shape and largest(call - calls[0]) <= allowed for call in calls):
        return None
    steps = [after - before for before, after in pairwise(calls)]
    if len(steps) > 1 and all(largest(step - steps[0]) <= ROUNDING * largest(steps[0]) for step in steps):
        text = "each call adds to the gradients of the one before; set them to zero first"
        mistake = Diagnosis("zero the gradients first", text)
    else:
        mistake = Diagnosis("random", "it depends on random numbers, or on what ran before")
    return Judged(name, Verdict.WRONG, f"The gradient of {name} is not the same each time, on the same input",
                  mistake=mistake)  # fmt: skip
