"""Check a gradient against the function that it is the gradient of.

    >>> print(check_gradient(lambda w: np.sum(w**2), w, 2 * w))
    The gradient is right: …

No tolerance is guessed: every slope is measured with a bound on the measurement's own error, and a gradient is wrong
only where it is farther off than that.  Where nothing can be decided the report says so, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import SupportsInt

import numpy as np

from autograder.student.compare import ROUNDING, as_numbers, show
from autograder.student.examine import SINGLE, Evidence, Room, agrees_along, examine
from autograder.student.ladder import SIGMAS
from autograder.student.noise import Forward, Loss, UnmeasurableError, stray
from autograder.student.relations import relate
from autograder.student.results import Diagnosis
from autograder.student.slopes import CANCELLATION, OWN_ROUNDING, Slope, largest

Point = Mapping[str, object]
Terms = Mapping[str, np.ndarray]
Gradients = Mapping[str, np.ndarray]
# The gradients at other points, by input; None where there are none.
Again = Callable[[Sequence[Point]], Sequence[Gradients | None]]

# Agreement with a measured gradient that counts as "the same numbers" when a relation is sought.
MEASURED = 1e-6
# Two calls on the same input differ by no more than this, as a fraction of the largest element.
SAME_CALL = 1e-12
# How near "nearby" is, where a disagreement may belong to one special point; and how many such points are asked.
NEARBY = 2.0**-9
NEARBY_POINTS = 2
NEARBY_LINES = 8
# Jitter of a gradient is measured at so many points, this close; it is room for a right one up to this fraction.
JITTER_WIDTH = 2.0**-40
JITTER_POINTS = 9
JITTER_ROOM = 1e-4


class Verdict(Enum):
    """What a check came to."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of the gradient with respect to one input.

    said: what is wrong or undecided, in a sentence.  slope: what was measured, nan where nothing was.  differs: the
    elements that are off.  kinks: elements where the function has a kink.  mistake: its name, where it is known.
    """

    name: str
    verdict: Verdict
    said: str = ""
    slope: Slope | None = None
    differs: np.ndarray | None = None
    kinks: int = 0
    mistake: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class GradientReport:
    """The outcome of a gradient check, input by input, and what it cost.  `print` it to read it."""

    parts: tuple[Judged, ...]
    evaluations: int = 0
    rounds: int = 0

    @property
    def verdict(self) -> Verdict:
        """Wrong if the gradient of any input is; right if all are."""
        verdicts = {part.verdict for part in self.parts}
        return next((v for v in (Verdict.WRONG, Verdict.UNDECIDED) if v in verdicts), Verdict.RIGHT)

    @property
    def mistake(self) -> Diagnosis | None:
        """The first mistake that has a name."""
        return next((part.mistake for part in self.parts if part.mistake), None)

    def __str__(self) -> str:
        kinks = sum(part.kinks for part in self.parts)
        lines = [
            part.said + (f": {part.mistake.text}" if part.mistake else "") + "." for part in self.parts if part.said
        ]
        lines = lines or ["The gradient is right: it agrees with the slopes of the function, measured by nudging."]
        if kinks:
            lines.append(f"{kinks} elements sit on a kink, where any slope between left and right is accepted.")
        return "\n".join(dict.fromkeys(lines))


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of the right gradient, if anything: it decides where slopes cannot, and helps to name a mistake.

    right: the gradients here.  again: the same elsewhere.  terms: named terms, elsewhere, that sum up to them.
    sizes: named array sizes for saying "N times".
    """

    right: Gradients | None = None
    again: Again | None = None
    terms: Callable[[Sequence[Point]], Sequence[Mapping[str, Terms]]] | None = None
    sizes: Mapping[str, int] | None = None


NOTHING = Truth()


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
    named = [_by_name(answer, names, alone=alone) for answer in answers]
    again = _well_formed_only(asked(function), names, alone=alone) if function else None
    known = Truth(sizes=sizes)
    if reference:
        told = _well_formed_only(asked(reference), names, alone=alone)
        broken = (lambda points: [terms(**point) for point in points]) if terms else None
        known = Truth(told([given])[0], told, broken, sizes)
    try:
        return judge_gradients(forward, given, named, weights, again, known)
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
    labels = labels or {name: f"gradient of {name}" for name in answers[0]}
    names = list(answers[0])
    judged = {name: _form(name, answers, x) for name in names}
    got = {name: _array(answers[0][name]) for name, found in judged.items() if found is None}
    evaluations = rounds = 0
    if got:
        # Float32 of float32 inputs has float32's rounding; float32 of float64 inputs has lost digits.
        single = any(_is_single(x[name]) and _is_single(answers[0][name]) for name in got)
        measured, loss = _judge_values(forward, x, got, upstream, again, known, single=single)
        judged |= measured
        evaluations, rounds = loss.evaluations, loss.rounds
    malformed = {name: _array(answers[0][name]) for name in names if name not in got}
    parts = [_named(j, labels, got, known) if j.name in got else _named_form(j, labels, malformed, known)
             for j in judged.values() if j]  # fmt: skip
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


def at(index: Iterable[SupportsInt]) -> str:
    """`[2, 0]`; nothing for a single number."""
    numbers = ", ".join(str(int(i)) for i in index)
    return f"[{numbers}]" if numbers else ""


# --- whether its values are right


def _judge_values(
    forward: Forward, x: Point, got: Gradients, upstream: np.ndarray, again: Again | None, known: Truth, *, single: bool
) -> tuple[dict[str, Judged], Loss]:
    with np.errstate(all="ignore"):
        loss = Loss(forward, x, list(got), upstream)
        flat = _flat(got, got)
        room = Room(SINGLE, SINGLE) if single else Room()
        right = _flat(known.right, got) if known.right is not None else None
        asked = np.flatnonzero(_apart(flat, right, loss, room)) if right is not None else np.zeros(0, int)
        if loss.wild:
            return {name: _without_slopes(name, loss, flat, right, room) for name in got}, loss
        evidence = examine(loss, flat, room, asked[:NEARBY_LINES])
        if evidence.differs.any() or evidence.strays:
            evidence, room = _with_jitter(loss, flat, evidence, room, again)
        special = _special(loss, flat, evidence, room, again)
        found = {}
        for name in got:
            verdict, said = _verdict(loss, flat, evidence, name, special=special)
            if right is not None and verdict is not Verdict.WRONG:
                verdict, said = _by_reference(loss, flat, right, evidence, name, room, (verdict, said))
            found[name] = _judged(loss, got, evidence, name, verdict, said)
        return found, loss


def _flat(arrays: Gradients, names: Iterable[str]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *(np.asarray(arrays[name], float).ravel() for name in names)])


def _verdict(loss: Loss, got: np.ndarray, evidence: Evidence, name: str, *, special: bool) -> tuple[Verdict, str]:
    where = loss.slices[name]
    together = bool(evidence.strays) and not any(evidence.wrong(s) for s in loss.slices.values())
    if evidence.wrong(where) or (together and got[where].size):
        if special:
            return Verdict.UNDECIDED, f"The gradient of {name} is right nearby, but not exactly at this point"
        return Verdict.WRONG, ""
    if not evidence.decides(loss, got, where):
        return Verdict.UNDECIDED, f"The slopes of {name} are lost in rounding at this point, and nothing can be said"
    return Verdict.RIGHT, ""


def _without_slopes(name: str, loss: Loss, got: np.ndarray, right: np.ndarray | None, room: Room) -> Judged:
    """The verdict where the forward pass is nothing but noise."""
    where = loss.slices[name]
    if right is None:
        return Judged(name, Verdict.UNDECIDED, f"The slopes of {name} are lost in rounding, and nothing can be said")
    off = _apart(got, right, loss, room)[where]
    differs = off.reshape(loss.parts[name].shape)
    return Judged(name, Verdict.WRONG if off.any() else Verdict.RIGHT,
                  f"The gradient of {name} is not what it should be" if off.any() else "", differs=differs)  # fmt: skip


def _apart(got: np.ndarray, right: np.ndarray, loss: Loss, room: Room) -> np.ndarray:
    """Where a gradient differs from the reference's by more than rounding."""
    sizes = np.zeros(got.size)
    for where in loss.slices.values():
        sizes[where] = largest(right[where])
    single = room.relative > OWN_ROUNDING
    allowed = (room.relative if single else ROUNDING) * np.maximum(
        np.abs(right), (1 if single else CANCEL_SHARE) * sizes
    )
    return np.asarray(np.abs(got - right) > allowed + (room.jitter if room.jitter is not None else 0.0))


# Beside the largest element of its input, rounding of this fraction of it is no difference.
CANCEL_SHARE = CANCELLATION / ROUNDING


def _by_reference(
    loss: Loss,
    got: np.ndarray,
    right: np.ndarray,
    evidence: Evidence,
    name: str,
    room: Room,
    before: tuple[Verdict, str],
) -> tuple[Verdict, str]:
    """The verdict on what slopes do not call wrong: another valid slope at a kink is right, all else is off."""
    where = loss.slices[name]
    off = _apart(got, right, loss, room)[where]
    if not off.any():
        return Verdict.RIGHT, ""
    between = (evidence.kink > 0)[where] & ~evidence.differs[where]
    if not (off & ~between).any():
        return Verdict.RIGHT, ""
    # Where slopes tell the two apart, they have spoken for the student's.
    against = np.abs(right - evidence.value)[where] > evidence.bound[where]
    if before[0] is Verdict.RIGHT and not (off & ~between & ~against).any():
        return before
    return Verdict.WRONG, ""


def _with_jitter(
    loss: Loss, got: np.ndarray, evidence: Evidence, room: Room, again: Again | None
) -> tuple[Evidence, Room]:
    """The evidence once more, with room for the rounding that the gradient itself shows between nearby points.

    A right formula may cancel badly; then it strays from one input to the next by as much as it is off.
    """
    small = np.abs(got - np.nan_to_num(evidence.value, nan=0.0)) <= JITTER_ROOM * np.abs(got)
    if again is None or not small[evidence.differs].all():
        return evidence, room
    rng = np.random.default_rng(4)
    steps = JITTER_WIDTH * (np.arange(JITTER_POINTS) + rng.uniform(0.1, 0.9, JITTER_POINTS))
    way = loss.scale * rng.choice([-1.0, 1.0], loss.base.size)
    near = again([{**loss.x, **loss.split(loss.base + t * way)} for t in steps])
    rows = [_flat(gradients, loss.parts) for gradients in near if gradients is not None]
    if len(rows) < JITTER_POINTS or not np.isfinite(rows).all():
        return evidence, room
    jitter = SIGMAS * stray(steps, np.stack(rows) - rows[0]).std(axis=0)
    if not (jitter > OWN_ROUNDING * np.abs(got)).any():
        return evidence, room
    roomy = replace(room, jitter=np.minimum(jitter, JITTER_ROOM * np.abs(got)))
    return examine(loss, got, roomy), roomy


def _special(loss: Loss, got: np.ndarray, evidence: Evidence, room: Room, again: Again | None) -> bool:
    """Whether what disagrees here agrees nearby: then the point is special, as where branches of a function meet."""
    if again is None or not (evidence.differs.any() or evidence.strays):
        return False
    off = np.abs(np.nan_to_num(evidence.value - got)) * loss.scale * evidence.differs
    worst = np.argsort(-off)[: min(NEARBY_LINES, int(evidence.differs.sum()))]
    rng = np.random.default_rng(5)
    for _ in range(NEARBY_POINTS):
        shift = NEARBY * rng.uniform(0.5, 1, got.size) * rng.choice([-1.0, 1.0], got.size)
        point = {**loss.x, **loss.split(loss.base + shift * loss.scale)}
        try:
            (there,) = again([point])
            near = Loss(loss.forward, point, list(loss.parts), loss.weights.reshape(loss.shape), noise=loss.noise)
        except UnmeasurableError:
            return False
        if there is None or not np.isfinite(_flat(there, loss.parts)).all():
            return False
        elsewhere = agrees_along(near, _flat(there, loss.parts), worst, evidence.strays, room)
        loss.evaluations, loss.rounds = loss.evaluations + near.evaluations, loss.rounds + near.rounds
        if not elsewhere:
            return False
    return True


# --- in words


def _judged(loss: Loss, got: Gradients, evidence: Evidence, name: str, verdict: Verdict, said: str) -> Judged:
    where, shape = loss.slices[name], loss.parts[name].shape
    value, bound = evidence.value[where].reshape(shape), evidence.bound[where].reshape(shape)
    differs = evidence.differs[where].reshape(shape)
    if verdict is Verdict.WRONG:
        said = said or _difference(name, got[name], value, differs)
    return Judged(name, verdict, said, Slope(value, bound), differs, evidence.kinks(where))


def _difference(name: str, got: np.ndarray, value: np.ndarray, differs: np.ndarray) -> str:
    if not differs.any():
        return f"The gradient of {name} is not the slope of the function"
    index = np.unravel_index(int(np.argmax(np.where(differs, np.abs(got - value), -1.0))), got.shape)
    mine, measured = show(float(got[index])), show(float(value[index]))
    return f"The gradient of {name}{at(index)} is {mine}, but nudging {name}{at(index)} up and down gives {measured}"


def _named(judged: Judged, labels: Mapping[str, str], got: Gradients, known: Truth) -> Judged:
    if judged.verdict is not Verdict.WRONG or judged.mistake or judged.slope is None:
        return judged
    name = judged.name
    sizes = known.sizes or {}
    if known.right is not None:
        return replace(judged, mistake=relate(labels[name], [(got[name], known.right[name])], sizes))
    if np.isfinite(judged.slope.value).all() and not judged.slope.undecided():
        return replace(judged, mistake=relate(labels[name], [(got[name], judged.slope.value)], sizes, same=MEASURED))
    return judged


def _named_form(judged: Judged, labels: Mapping[str, str], got: Gradients, known: Truth) -> Judged:
    if judged.mistake or known.right is None or not np.isfinite(got[judged.name]).all():
        return judged
    return replace(
        judged, mistake=relate(labels[judged.name], [(got[judged.name], known.right[judged.name])], known.sizes or {})
    )
