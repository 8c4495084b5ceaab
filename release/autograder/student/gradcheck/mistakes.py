"""Name the mistake in a wrong gradient, from as many points as it takes to exclude a coincidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.student.gradcheck.noise import Forward, UnmeasurableError
from autograder.student.gradcheck.relations import relate_gradient
from autograder.student.gradcheck.report import Again, Gradients, Judged, Point, Terms, Truth, Verdict
from autograder.student.gradcheck.slopes import Slope, measure

# Agreement with a measured gradient that counts as "the same numbers" when a relation is sought.
MEASURED = 1e-6
# Further points: how many, and how far from the one that was checked, as a fraction of each number.
POINTS = 4
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
    if again:
        for point in _beside(x, [part.name for part in parts]):
            (there,) = again([point])
            if there is not None and all(np.isfinite(array).all() for array in there.values()):
                points, mine = [*points, point], [*mine, there]
    right = _right(parts, wrong, points, known, forward, upstream)
    if right is None:
        return list(parts)
    mine, points = mine[: len(right)], points[: len(right)]
    terms = known.terms(points) if known.terms else ()
    same = {} if known.right is not None else {"same": MEASURED}
    found = {}
    for name in wrong:
        pairs = [(g[name], r[name]) for g, r in zip(mine, right, strict=True)]
        broken = [t[name] for t in terms if name in t]
        others = {labels[o]: [r[o] for r in right] for o in wrong if o != name and _exchanged(mine, right, o, name)}
        found[name] = relate_gradient(labels[name], pairs, known.sizes or {}, others, terms=broken, **same)
    return [replace(part, mistake=found.get(part.name) or part.mistake) for part in parts]


def _beside(x: Point, names: Sequence[str]) -> list[Point]:
    """Further points: every number a little larger or smaller, and 0 as it is."""
    rng = np.random.default_rng(6)
    arrays = {name: np.asarray(x[name], dtype=np.float64) for name in names}
    return [
        {**x, **{name: array * (1 + SPREAD * rng.uniform(-1, 1, array.shape)) for name, array in arrays.items()}}
        for _ in range(POINTS)
    ]


def _right(
    parts: Sequence[Judged],
    wrong: Sequence[str],
    points: Sequence[Point],
    known: Truth,
    forward: Forward,
    upstream: np.ndarray,
) -> list[Gradients] | None:
    """The right gradients at the points, at least at the first; None if they are not known well enough."""
    if known.right is not None:
        beside = known.again(points[1:]) if known.again else ()
        return [known.right, *(r for r in beside if r is not None)] if None not in beside else [known.right]
    slopes = {part.name: part.slope or _measured(points[0], part.name, forward, upstream)
              for part in parts if part.name in wrong}  # fmt: skip
    here = {name: slope.value for name, slope in slopes.items() if slope and _sharp(slope)}
    if len(here) < len(wrong):
        return None
    if sum(value.size for value in here.values()) > FEW:
        return [here]
    found: list[Gradients] = [here]
    for point in points[1:]:
        try:
            measured = {name: measure(forward, point, name, upstream) for name in wrong}
        except UnmeasurableError:
            break
        if not all(map(_sharp, measured.values())):
            break
        found.append({name: slope.value for name, slope in measured.items()})
    return found


def _measured(point: Point, name: str, forward: Forward, upstream: np.ndarray) -> Slope | None:
    """The slope with respect to one input, if that is not dear."""
    if np.asarray(point[name]).size > SOME:
        return None
    try:
        return measure(forward, point, name, upstream)
    except UnmeasurableError:
        return None


def _sharp(slope: Slope) -> bool:
    """Whether a slope is known everywhere, well enough for numbers to be compared with it."""
    known = np.isfinite(slope.bound)
    return bool(np.isfinite(slope.value).all()) and not Slope(slope.value[known], slope.bound[known]).undecided()


def _exchanged(mine: Sequence[Gradients], right: Sequence[Gradients], other: str, name: str) -> bool:
    """Whether the student's `other` holds the numbers of `name`: then the two may be exchanged."""
    pairs = [(m[other], r[name]) for m, r in zip(mine, right, strict=True)]
    return all(m.shape == r.shape and np.allclose(m, r, rtol=MEASURED, atol=0) for m, r in pairs)


__all__ = ["MEASURED", "Terms", "named"]
