"""Come to a verdict on a gradient: from slopes; where they cannot tell, from points nearby and the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from autograder.student.gradcheck.directions import SINGLE, Evidence, Room, agreements, examine, inside
from autograder.student.gradcheck.extrapolation import SIGMAS
from autograder.student.gradcheck.noise import EPS, Forward, Line, Loss, UnmeasurableError, stray
from autograder.student.gradcheck.report import Again, Gradients, Judged, Point, Truth, Verdict, farthest_off
from autograder.student.gradcheck.slopes import CANCELLATION, Slope, coordinate_lines, largest
from autograder.student.model.compare import ROUNDING

# How near "nearby" is, in units of each coordinate's scale; how many such points and lines of each input are asked.
NEARBY = 2.0**-9
NEARBY_POINTS = 2
NEARBY_LINES = 8
# Jitter of a gradient is measured at so many points, this close; it is room for a right one up to this fraction.
JITTER_WIDTH = 2.0**-40
JITTER_POINTS = 9
JITTER_ROOM = 1e-4
# A slope that changes the loss by less than this many units in its last place is invisible: it may be anything.
INVISIBLE = 512


@dataclass(frozen=True, slots=True)
class _Question:
    """A flat gradient to be judged, the right one if known, room for rounding, and a way to ask for more."""

    loss: Loss
    got: np.ndarray
    room: Room
    again: Again | None
    right: np.ndarray | None

    def apart(self) -> np.ndarray:
        """Where the gradient differs from the reference's by more than rounding (n,)."""
        if self.right is None:
            return np.zeros(self.got.size, bool)
        sizes = np.zeros(self.got.size)
        for where in self.loss.slices.values():
            sizes[where] = largest(self.right[where])
        own = max(ROUNDING, SINGLE * (self.room.relative == SINGLE))
        beside = max(CANCELLATION, SINGLE * (self.room.relative == SINGLE))
        last_place = max(EPS * float(np.abs(self.loss.here) @ np.abs(self.loss.weights)), self.loss.noise)
        unseen = INVISIBLE * last_place / self.loss.scale
        allowed = own * np.abs(self.right) + beside * sizes + unseen
        allowed = allowed if self.room.jitter is None else allowed + self.room.jitter
        return np.asarray(np.abs(self.got - self.right) > allowed)


def judge_values(
    forward: Forward, x: Point, got: Gradients, upstream: np.ndarray, again: Again | None, known: Truth, *, single: bool
) -> tuple[dict[str, Judged], Loss]:
    """Judge gradients by input, each finite and of its input's shape; and the loss, which knows what it cost.

    single: all of it is float32.  Raises UnmeasurableError if no slope can be measured.
    """
    with np.errstate(all="ignore"):
        loss = Loss(forward, x, list(got), upstream)
        right = flat(known.right, loss) if known.right is not None else None
        question = _Question(loss, flat(got, loss), Room(SINGLE, SINGLE) if single else Room(), again, right)
        evidence = examine(loss, question.got, question.room, np.flatnonzero(question.apart())[:NEARBY_LINES])
        question, evidence = _with_jitter(question, evidence)
        nearby = _nearby(question, evidence)
        verdicts = {name: _verdict(question, evidence, name, nearby) for name in loss.slices}
        return {name: _judged(question, evidence, name, *verdict) for name, verdict in verdicts.items()}, loss


def flat(arrays: Gradients, loss: Loss) -> np.ndarray:
    """Gradients by input as one flat array, in the order of the loss."""
    return np.concatenate([np.zeros(0), *(np.asarray(arrays[name], float).ravel() for name in loss.parts)])


def _verdict(
    question: _Question, evidence: Evidence, name: str, nearby: Mapping[str, bool | None]
) -> tuple[Verdict, str]:
    """The verdict on one input's gradient, and what is to be said if it is undecided."""
    where = question.loss.slices[name]
    blamed = evidence.wrong(where) or (evidence.off and not any(map(evidence.wrong, question.loss.slices.values())))
    if nearby[name] is False or (blamed and not nearby[name]):
        return Verdict.WRONG, ""
    decided = not blamed and evidence.decides(question.loss, question.got, where)
    if question.right is None:
        if decided:
            return Verdict.RIGHT, ""
        return Verdict.UNDECIDED, _why(blamed=blamed)
    # The reference is left what slopes do not call wrong.  Where there is a kink, its choice is one of many.
    off = question.apart()[where] & ~(evidence.kink[where] > 0)
    # Where slopes tell the two apart, they have spoken for the student's.
    far = np.abs(question.right - evidence.value)[where] > evidence.bound[where]
    return (Verdict.WRONG if (off & ~(far if decided else False)).any() else Verdict.RIGHT), ""


def _why(*, blamed: bool) -> str:
    if blamed:
        return "it is right nearby, but not at this very point, where the function has a kink or a tie"
    return "its slopes are lost in the rounding of the function, and nothing can be said"


def _with_jitter(question: _Question, evidence: Evidence) -> tuple[_Question, Evidence]:
    """The same with room for the rounding that the gradient itself shows between nearly coincident points.

    A right formula may cancel badly; then it strays from one input to the next by as much as it is off.
    """
    got, loss = question.got, question.loss
    small = np.abs(got - np.nan_to_num(evidence.value)) <= JITTER_ROOM * np.abs(got)
    if question.again is None or not evidence.off or not small[evidence.differs].all():
        return question, evidence
    rng = np.random.default_rng(4)
    steps = JITTER_WIDTH * (np.arange(JITTER_POINTS) + rng.uniform(0.1, 0.9, JITTER_POINTS))
    way = loss.scale * rng.choice([-1.0, 1.0], loss.base.size)
    near = question.again([{**loss.x, **loss.split(loss.base + t * way)} for t in steps])
    rows = [flat(gradients, loss) for gradients in near if gradients is not None]
    if len(rows) < JITTER_POINTS or not np.isfinite(rows).all():
        return question, evidence
    jitter = SIGMAS * stray(steps, np.stack(rows) - rows[0]).std(axis=0)
    if not (jitter > question.room.relative * np.abs(got)).any():
        return question, evidence
    room = replace(question.room, jitter=np.minimum(jitter, JITTER_ROOM * np.abs(got)))
    return replace(question, room=room), examine(loss, got, room)


def _nearby(question: _Question, evidence: Evidence) -> dict[str, bool | None]:
    """By input, whether what is in doubt here agrees nearby; None if that is not known, or nothing is in doubt.

    Right nearby but not here: the point is special, as where branches of a function meet.  Within a kink's range here
    but wrong nearby: no valid choice of side.
    """
    loss, unknown = question.loss, dict.fromkeys(question.loss.slices)
    lines = _doubtful(question, evidence)
    if question.again is None or not lines:
        return {**unknown}
    # Zero slopes nearby, as on a kink's flat side, are known well if they are beside those here.
    steepest = largest((np.abs(np.nan_to_num(evidence.value)) + evidence.kink) * loss.scale)
    rng = np.random.default_rng(5)
    agreed: list[list[bool | None]] = []
    for _ in range(NEARBY_POINTS):
        shift = NEARBY * rng.uniform(0.5, 1, loss.base.size) * rng.choice([-1.0, 1.0], loss.base.size)
        point = {**loss.x, **loss.split(loss.base + shift * loss.scale)}
        (there,) = question.again([point])
        if there is None or not np.isfinite(flat(there, loss)).all():
            return {**unknown}
        try:
            near = Loss(loss.forward, point, list(loss.parts), loss.weights.reshape(loss.shape), noise=loss.noise)
        except UnmeasurableError:
            return {**unknown}
        agreed.append(agreements(near, flat(there, loss), lines, question.room, steepest))
        loss.evaluations, loss.rounds = loss.evaluations + near.evaluations, loss.rounds + near.rounds
    return {name: _all([a for one in agreed for a, line in zip(one, lines, strict=True) if _concerns(line, where)])
            for name, where in loss.slices.items()}  # fmt: skip


def _concerns(line: Line, where: slice) -> bool:
    """Whether a line says something of one input: it moves that one only, or others too."""
    return inside(line, where) or (line.index.size > 1 and line.index[0] < where.stop and line.index[-1] >= where.start)


def _all(agreed: list[bool | None]) -> bool | None:
    return None if not agreed else False if False in agreed else None if None in agreed else True


def _doubtful(question: _Question, evidence: Evidence) -> list[Line]:
    """Of each input the coordinates most in doubt, on kinks and off them; and the directions that stray, if they do
    not merely tell of those coordinates."""
    distance = np.abs(np.nan_to_num(evidence.value - question.got)) * question.loss.scale
    worst: list[int] = []
    for where in question.loss.slices.values():
        for kind in (evidence.kink > 0, evidence.differs & ~(evidence.kink > 0)):
            mine = where.start + np.flatnonzero(kind[where])
            worst += [int(i) for i in mine[np.argsort(-distance[mine])][:NEARBY_LINES]]
    blamed = any(evidence.differs[where].any() for where in question.loss.slices.values())
    ways = [line for line in evidence.strays if not blamed]
    return [*coordinate_lines(np.array(worst, dtype=int), question.loss.scale), *ways]


def _judged(question: _Question, evidence: Evidence, name: str, verdict: Verdict, why: str) -> Judged:
    where, shape = question.loss.slices[name], question.loss.parts[name].shape
    value, bound = evidence.value[where].reshape(shape), evidence.bound[where].reshape(shape)
    differs = evidence.differs[where].reshape(shape)
    said = ""
    if verdict is Verdict.WRONG:
        got = question.got[where].reshape(shape)
        said = f"The gradient of {name} is not the slope of the function"
        if differs.any():
            said = farthest_off(f"The gradient of {name}", name, got, value, differs)
    elif verdict is Verdict.UNDECIDED:
        said = f"The gradient of {name} is undecided: {why}"
    return Judged(name, verdict, said, Slope(value, bound), differs, int(np.count_nonzero(evidence.kink[where])))
