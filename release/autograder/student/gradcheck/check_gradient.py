"""Check a gradient against the function that it is the gradient of.

    >>> print(check_gradient(lambda w: np.sum(w**2), w, 2 * w))
    The gradient is right: …

No tolerance is guessed: every slope is measured with a bound on the measurement's own error, and a gradient is wrong
only where it is farther off than that.  Where nothing can be decided the report says so, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from autograder.student.gradcheck.mistakes import named
from autograder.student.gradcheck.noise import Forward, UnmeasurableError, copied, largest
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
from autograder.student.gradcheck.verdicts import judge_values
from autograder.student.model.compare import ROUNDING, as_numbers
from autograder.student.model.results import Diagnosis

# Two calls on the same input differ by no more than this, as a fraction of the largest element.
SAME_CALL = 1e-12
# How often a gradient is asked for on the same input: two calls may agree by chance, and three show that they add up.
CALLS = 3
NAN = Diagnosis(
    "nan", "nan comes from 0/0, from inf - inf, or from a function outside of its domain"
)
INFINITE = Diagnosis(
    "not finite",
    "inf comes from a division by zero, or from a number that is too large, as exp(1000)",
)


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
    the same each time, and how it behaves nearby.  wrt: the names that have gradients, all by default.  reference: a
    right gradient, called like `gradient`, that decides what slopes cannot; terms: a function that gives, by name,
    the named terms it is the sum of; sizes: named array sizes.  The last three help to name a mistake.
    """
    __tracebackhide__ = True  # IPython shows the student's lines alone
    alone = not isinstance(x, Mapping)
    given: dict[str, object] = dict(x) if isinstance(x, Mapping) else {"x": np.asarray(x)}
    names = tuple(wrt) or tuple(given)
    weights = np.ones(()) if upstream is None else np.asarray(upstream, dtype=np.float64)
    forward, again, known = _Function(f, alone), None, Truth(sizes=sizes)
    answers, changed = [gradient], forward.at(given)[1]
    if callable(gradient):
        backward = _Function(gradient, alone)
        calls = [backward.at(given) for _ in range(CALLS)]
        answers = [answer for answer, _ in calls]
        changed += calls[0][1]
        again = partial(backward.gradients, names=names)
    if reference:
        truth = _Function(reference, alone)
        right = _arrays(_by_name(truth.at(given)[0], names, alone=alone))
        elsewhere = _fitting(partial(truth.gradients, names=names))
        broken = (lambda points: [terms(**point) for point in points]) if terms else None
        known = Truth(right if _fits(right, given) else None, elsewhere, broken, sizes)
    by_name = [_by_name(answer, names, alone=alone) for answer in answers]
    outputs = partial(forward.outputs, shape=weights.shape)
    try:
        report = judge_gradients(outputs, given, by_name, weights, again, known)
    except UnmeasurableError as why:
        message = f"No slope can be measured: {why}"
        report = GradientReport(tuple(Judged(name, Verdict.UNDECIDED, message) for name in names))
    return replace(report, changed=tuple(dict.fromkeys(changed)))


@dataclass(frozen=True, slots=True)
class _Function:
    """A student's function, called with copies of its inputs.  alone: it takes one array, no names."""

    call: Callable[..., object]
    alone: bool

    def at(self, point: Point) -> tuple[object, list[str]]:
        """The result, and the inputs that were changed in place."""
        __tracebackhide__ = True
        mine = copied(point)
        with np.errstate(all="ignore"):
            result = self._of(mine)
        arrays = [name for name, value in point.items() if isinstance(value, np.ndarray)]
        changed = [
            n for n in arrays if np.asarray(point[n]).tobytes() != np.asarray(mine[n]).tobytes()
        ]
        return result, changed

    def near(self, point: Point) -> object:
        """The result at a point that was made for this call; None if an exception says that it has no value there."""
        try:
            return self._of(point)
        except Exception:  # outside of its domain a function may raise anything
            return None

    def _of(self, mine: Point) -> object:
        __tracebackhide__ = True
        return self.call(mine["x"]) if self.alone else self.call(**mine)

    def outputs(self, points: Sequence[Point], shape: tuple[int, ...]) -> list[np.ndarray]:
        """The results as arrays; nan of `shape` where there is none."""
        results = [self.near(point) for point in points]
        return [
            np.full(shape, np.nan) if r is None else np.asarray(r, dtype=np.float64)
            for r in results
        ]

    def gradients(self, points: Sequence[Point], names: Sequence[str]) -> list[Gradients | None]:
        """The results as gradients by name, of whatever shape."""
        found = [_by_name(self.near(copied(point)), names, alone=self.alone) for point in points]
        return [_arrays(answer) for answer in found]


def _arrays(answer: Mapping[str, object]) -> Gradients:
    return {name: _array(value) for name, value in answer.items()}


def _fits(gradients: Gradients, point: Point) -> bool:
    """Whether each gradient has the shape of its input."""
    return all(array.shape == np.asarray(point[name]).shape for name, array in gradients.items())


def _fitting(again: Again) -> Again:
    """The same gradients, but None where one has not the shape of its input."""
    return lambda points: [
        answer if answer is not None and _fits(answer, point) else None
        for answer, point in zip(again(points), points, strict=True)
    ]


@np.errstate(all="ignore")  # the checker's own overflows are no student's business
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
    arrays = _arrays(answers[0])
    got = {name: arrays[name] for name, found in judged.items() if found is None}
    evaluations = rounds = 0
    if got:
        # Float32 of float32 inputs has float32's rounding; float32 of float64 inputs has lost digits.
        single = any(_is_single(x[name]) and _is_single(answers[0][name]) for name in got)
        fitting = _fitting(again) if again else None
        measured, loss = judge_values(forward, x, got, upstream, fitting, known, single=single)
        judged |= measured
        evaluations, rounds = loss.evaluations, loss.rounds
    called = dict(labels or {name: f"gradient of {name}" for name in answers[0]})
    parts = named(
        [j for j in judged.values() if j], x, arrays, called, known, again, forward, upstream
    )
    return GradientReport(tuple(parts), evaluations, rounds)


def _by_name(answer: object, names: Sequence[str], *, alone: bool) -> dict[str, object]:
    if alone:
        return {"x": answer}
    if isinstance(answer, Mapping):
        return {name: answer.get(name) for name in names}
    if isinstance(answer, (tuple, list)) and len(answer) == len(names):
        return dict(zip(names, answer, strict=True))
    return {name: answer if len(names) == 1 else None for name in names}


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
        message = f"The gradient of {name} has shape {first.shape}; {name} has shape {shape}"
        return Judged(name, Verdict.WRONG, message)
    first = first.astype(np.float64)
    if not np.isfinite(first).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(first))[0])
        message = f"The gradient of {name}{at(index)} is {first[index]}"
        return Judged(
            name, Verdict.WRONG, message, mistake=NAN if np.isnan(first[index]) else INFINITE
        )
    return _changing(name, [first, *(_array(answer[name]) for answer in answers[1:])])


def _changing(name: str, calls: Sequence[np.ndarray]) -> Judged | None:
    """What is wrong if calls on the same input give different gradients."""
    if all(np.array_equal(call, calls[0]) for call in calls):
        return None
    allowed = SAME_CALL * largest(calls[0])
    if all(call.shape == calls[0].shape and largest(call - calls[0]) <= allowed for call in calls):
        return None
    steps = [after - before for before, after in pairwise(calls)]
    if len(steps) > 1 and all(
        largest(step - steps[0]) <= ROUNDING * largest(steps[0]) for step in steps
    ):
        text = "each call adds to the gradients of the one before; set them to zero first"
        mistake = Diagnosis("zero the gradients first", text)
    else:
        mistake = Diagnosis("random", "it depends on random numbers, or on what ran before")
    return Judged(name, Verdict.WRONG, f"The gradient of {name} is not the same each time, on the same input",
                  mistake=mistake)  # fmt: skip
