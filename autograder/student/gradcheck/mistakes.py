"""Name the mistake in a wrong gradient, from as many points as it takes to exclude a coincidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from autograder.student.gradcheck.directions import coordinates
from autograder.student.gradcheck.extrapolation import glance, likely_error
from autograder.student.gradcheck.gradient_relations import relate_gradient
from autograder.student.gradcheck.noise import Forward, Loss, Noise, UnmeasurableError
from autograder.student.gradcheck.relations import SAME
from autograder.student.gradcheck.report import Again, Gradients, Judged, Point, Truth, Verdict
from autograder.student.gradcheck.slopes import Slope
from autograder.student.model.compare import as_numbers

# Agreement with a measured gradient that counts as "the same numbers" when a relation is sought.
MEASURED = 1e-6
# Further points: as many as give so many numbers in all, and at least one; and how far they are
# from the one that was checked, as a fraction of each number.
NUMBERS = 4
SPREAD = 0.3
# Without a reference, slopes at further points are measured for so many parameters only.
FEW = 12
# What has not the shape of a gradient was not measured yet; it is, up to so many parameters.
SOME = 100


def named(
    parts: Sequence[Judged],
    x: Point,
    answers: Gradients,
    labels: dict[str, str],
    known: Truth,
    again: Again | None,
    forward: Forward,
    upstream: np.ndarray,
) -> list[Judged]:
    """The wrong ones of `parts` with the relation to the right gradient, where that is clear.

    answers: the student's arrays here, of whatever shape.
    """
    wrong = [part.name for part in parts if part.verdict is Verdict.WRONG and not part.mistake]
    if not wrong:
        return list(parts)
    points, mine = [x], [answers]
    for point in _further_points(x, [part.name for part in parts]) if again else ():
        (there,) = again([point]) if again else (None,)
        if there is not None and all(np.isfinite(array).all() for array in there.values()):
            points, mine = [*points, point], [*mine, there]
    right = _right(parts, wrong, points, known, forward, upstream)
    if right is None:
        return list(parts)
    mine, points = mine[: len(right)], points[: len(right)]
    terms = known.terms(points) if known.terms else ()
    found = {}
    for name in wrong:
        slopes = [r[name] for r in right]
        others = {
            labels[other]: [r[other].value for r in right]
            for other in wrong
            if other != name and _exchanged(mine, right, other, name)
        }
        found[name] = relate_gradient(
            labels[name],
            [(g[name], slope.value) for g, slope in zip(mine, slopes, strict=True)],
            known.sizes or {},
            others,
            same=SAME if known.right is not None else MEASURED,
            terms=[t[name] for t in terms if name in t],
            rooms=[slope.bound for slope in slopes],
            factors=_in_play(points, upstream),
        )
    return [replace(part, mistake=found.get(part.name) or part.mistake) for part in parts]


def _in_play(points: Sequence[Point], upstream: np.ndarray) -> dict[str, list[np.ndarray]]:
    """The arrays that a gradient may have been multiplied by: the inputs, and the gradient that arrives."""
    found = {}
    for name, value in points[0].items():
        numbers = as_numbers(value)
        if not isinstance(numbers, str) and numbers.dtype.kind in "fiu":
            found[name] = [np.asarray(point[name], dtype=np.float64) for point in points]
    return {**found, "the gradient that arrives": [upstream] * len(points)}


def _further_points(x: Point, names: Sequence[str]) -> list[Point]:
    """Further points: every number a little larger or smaller, and 0 as it is."""
    rng = np.random.default_rng(6)
    arrays = {name: np.asarray(x[name], dtype=np.float64) for name in names}
    smallest = min(array.size for array in arrays.values())
    number = max(1, -(-NUMBERS // max(1, smallest)) - 1)

    def moved(array: np.ndarray) -> np.ndarray:
        return np.asarray(array * (1 + SPREAD * rng.uniform(-1, 1, array.shape)))

    return [{**x, **{name: moved(array) for name, array in arrays.items()}} for _ in range(number)]


def _right(
    parts: Sequence[Judged],
    wrong: Sequence[str],
    points: Sequence[Point],
    known: Truth,
    forward: Forward,
    upstream: np.ndarray,
) -> list[dict[str, Slope]] | None:
    """The right gradients at the points, at least at the first; None if they are not known well enough."""
    if known.right is not None:
        elsewhere = known.again(points[1:]) if known.again else ()
        beside = [right for right in elsewhere if right is not None]
        exact = [known.right, *(beside if len(beside) == len(elsewhere) else ())]
        return [
            {name: Slope(array, np.zeros(array.shape)) for name, array in arrays.items()}
            for arrays in exact
        ]
    slopes = {part.name: part.slope for part in parts if part.name in wrong}
    unmeasured = [name for name, slope in slopes.items() if slope is None]
    here = {name: slope for name, slope in slopes.items() if slope is not None}
    if unmeasured and sum(np.asarray(points[0][name]).size for name in unmeasured) <= SOME:
        here |= _glance(points[0], unmeasured, forward, upstream)
    if len(here) < len(wrong) or not all(map(_sharp, here.values())):
        return None
    found = [here]
    for point in points[1:] if sum(slope.value.size for slope in here.values()) <= FEW else ():
        there = _glance(point, wrong, forward, upstream, Noise(0.0))
        if len(there) < len(wrong) or not all(map(_sharp, there.values())):
            break
        found.append(there)
    return found


def _glance(
    point: Point,
    names: Sequence[str],
    forward: Forward,
    upstream: np.ndarray,
    noise: Noise | None = None,
) -> dict[str, Slope]:
    """Slopes from single differences, as far as they can be had; bounded by how much the function bends."""
    try:
        loss = Loss(forward, point, names, upstream, noise)
    except UnmeasurableError:
        return {}
    seen = glance(loss, coordinates(loss, np.arange(loss.base.size)))
    values = loss.split(seen.value / loss.scale)
    bounds = loss.split(likely_error(seen) / loss.scale)
    return {name: Slope(values[name], bounds[name]) for name in names}


def _sharp(slope: Slope) -> bool:
    """Whether a slope is known everywhere, well enough for numbers to be compared with it."""
    return bool(np.isfinite([slope.value, slope.bound]).all()) and not slope.undecided()


def _exchanged(
    mine: Sequence[Gradients], right: Sequence[Mapping[str, Slope]], other: str, name: str
) -> bool:
    """Whether the student's `other` holds the numbers of `name`: then the two may be exchanged."""
    pairs = [(m[other], r[name].value) for m, r in zip(mine, right, strict=True)]
    return all(m.shape == r.shape and np.allclose(m, r, rtol=MEASURED, atol=0) for m, r in pairs)
