"""Come to a verdict on a gradient: from slopes; where they cannot tell, from points nearby and the reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.student.gradcheck.directions import coordinates, touches
from autograder.student.gradcheck.evidence import SINGLE, Evidence, agreements, examine
from autograder.student.gradcheck.noise import Forward, Line, Loss, UnmeasurableError, largest
from autograder.student.gradcheck.question import (
    OF_FLOAT32,
    Question,
    flat,
    is_float32,
    with_jitter,
)
from autograder.student.gradcheck.report import (
    Again,
    Gradients,
    Judged,
    Point,
    Truth,
    Verdict,
    farthest_off,
)
from autograder.student.gradcheck.slopes import LineSlopes, Room, Slope
from autograder.student.model.results import Diagnosis

FEW_DIGITS = Diagnosis("float32", "it has only the seven digits of float32; compute with float64")
# Where it is looked whether steps are as high, and what counts as alike.
ELSEWHERE, ALIKE = (1 / 16, 16.0), 3.0
# So many of the elements that differ from the reference are measured, even of a large input.
ASKED = 8
# How near "nearby" is, in units of each coordinate's scale; how many such points are asked, and how
# many coordinates of each input there, on kinks and off them.
NEARBY = 2.0**-9
NEARBY_POINTS = 2
NEARBY_KINKS, NEARBY_OTHERS = 2, 1


def judge_values(
    forward: Forward,
    x: Point,
    got: Gradients,
    upstream: np.ndarray,
    again: Again | None,
    known: Truth,
    *,
    single: bool,
) -> tuple[dict[str, Judged], Loss]:
    """Judge gradients by input, each finite and of its input's shape; and the loss, which knows what it cost.

    single: all of it is float32.  Raises UnmeasurableError if no slope can be measured.
    """
    loss = Loss(forward, x, list(got), upstream)
    if loss.noise.still and _on_a_grid(loss):
        loss.noise = replace(loss.noise, wild=True)
    right = flat(known.right, loss) if known.right is not None else None
    answer = flat(got, loss)
    room = OF_FLOAT32 if is_float32(answer, loss, again) else Room()
    room = Room(SINGLE, SINGLE) if single else room
    unknown = np.zeros(answer.size, bool)
    question = Question(loss, answer, room, again, right, known.again or again, single, unknown)
    asked = np.flatnonzero(question.apart())[:ASKED]
    evidence = examine(loss, question.got, room, asked)
    # If the loss is float32, so is its gradient, whatever the student's formula works with.
    if loss.single and not single:
        question = replace(question, room=Room(SINGLE, SINGLE))
        evidence = examine(loss, question.got, question.room, asked)
    # A line may have shown only now that the noise is wild.
    if loss.noise.wild:
        evidence = examine(loss, question.got, question.room, asked)
    question, evidence = with_jitter(question, evidence)
    evidence = evidence.without(question.races(evidence))
    special = (evidence.off or evidence.kink.any()) and not known.smooth
    nearby = _nearby(question, evidence) if special else dict.fromkeys(loss.slices)
    return {name: _judged(question, evidence, name, nearby[name]) for name in loss.slices}, loss


def _on_a_grid(loss: Loss) -> bool:
    """Whether the steps of a loss are as high elsewhere, where it is of another size: those of rounding are not."""
    for times in ELSEWHERE:
        point, upstream = loss.inputs(times * loss.base), loss.weights.reshape(loss.shape)
        try:
            there = Loss(loss.forward, point, list(loss.parts), upstream)
        except UnmeasurableError:
            return False
        loss.counts(there)
        if _alike(there.size, loss.size) or not _alike(there.noise.values, loss.noise.values):
            return False
    return True


def _alike(one: float, other: float) -> bool:
    return one / ALIKE < other < one * ALIKE


# --- the verdict


def _verdict(question: Question, evidence: Evidence, where: slice, nearby: bool | None) -> Verdict:
    """The verdict on one input's gradient.  nearby: whether what is in doubt here is right nearby."""
    somewhere = evidence.off and not any(map(evidence.wrong, question.loss.slices.values()))
    blamed = evidence.wrong(where) or somewhere
    decided = evidence.decides(question.got, where) and not blamed
    if question.right is not None:
        valid = _valid_choice(evidence, where, nearby)
        return _against_reference(question, evidence, where, valid, decided=decided)
    if evidence.breaks_tie(where) or nearby is False or (blamed and nearby is None):
        return Verdict.WRONG
    return Verdict.RIGHT if decided else Verdict.UNDECIDED


def _valid_choice(evidence: Evidence, where: slice, nearby: bool | None) -> np.ndarray:
    """Where the gradient is one of many right ones: on a kink, if the shares of tied numbers add up.

    Between left and right any slope is right; and a slope beyond them is, if the gradient is right
    nearby: where several branches meet at once, each with its own side, the sum of their choices
    may lie outside.
    """
    if nearby is False or evidence.breaks_tie(where):
        return np.zeros(evidence.differs[where].size, bool)
    return np.asarray((evidence.kink[where] > 0) & (~evidence.differs[where] | (nearby is True)))


def _against_reference(
    question: Question, evidence: Evidence, where: slice, valid: np.ndarray, *, decided: bool
) -> Verdict:
    """The verdict where a right gradient is known: whatever differs from it and is no valid choice is wrong.

    But where slopes tell the two apart, and agree with the student's, they have spoken: the
    reference is not the gradient of this forward pass.
    """
    if question.right is None:
        return Verdict.UNDECIDED
    measured = np.abs(question.right - evidence.value)[where] <= evidence.bound[where]
    apart = question.apart()[where] | (question.differs() & evidence.differs)[where] & measured
    if decided:
        apart &= measured
    return Verdict.WRONG if (apart & ~valid).any() else Verdict.RIGHT


def _why(question: Question, evidence: Evidence, where: slice) -> str:
    """Why nothing can be said of one input's gradient."""
    if evidence.off:
        special = evidence.kink[where].any() or evidence.breaks_tie(where)
        has = "has a kink or a tie" if special else "may change faster than any step can follow"
        return f"it is right nearby, but not at this very point, where the function {has}"
    if question.loss.noise.wild:
        return "between nearly equal inputs the function goes up and down: it changes too fast, or its digits are lost"
    if (evidence.tested[where] & ~np.isfinite(evidence.bound[where])).any():
        return "close by the function ends, jumps, moves in steps or changes faster than any step can follow"
    return "its slopes are lost in the rounding of the function"


# --- points nearby


def _nearby(question: Question, evidence: Evidence) -> dict[str, bool | None]:
    """By input, whether what is in doubt here agrees nearby; None if that is not known, or nothing is in doubt.

    Right nearby but not here: the point is special, as where branches of a function meet.  Within a kink's range here
    but wrong nearby: no valid choice of side.
    """
    loss, lines = question.loss, _doubtful(question, evidence)
    rng = np.random.default_rng(5)
    agreed: list[list[bool | None]] = []
    for _ in range(NEARBY_POINTS if lines else 0):
        # Where nothing agrees at the first point, the second has nothing to add.
        if agreed and not any(agreed[0]):
            break
        shift = rng.uniform(0.5, 1, loss.base.size) * rng.choice([-1.0, 1.0], loss.base.size)
        place = loss.base + NEARBY * shift * loss.scale
        agreed.append(_agree_at(question, evidence, place, lines))
    found: dict[str, bool | None] = {}
    for name, where in loss.slices.items():
        concerned = [number for number, line in enumerate(lines) if touches(line, where)]
        known = {answers[number] for answers in agreed for number in concerned} or {None}
        found[name] = next((a for a in (False, None) if a in known), True)
    return found


def _agree_at(
    question: Question, evidence: Evidence, place: np.ndarray, lines: list[Line]
) -> list[bool | None]:
    """Whether the gradient at another point agrees with the slope along each line; None where that is not known."""
    loss, unknown = question.loss, [None] * len(lines)
    if question.again is None:
        return [*unknown]
    point = loss.inputs(place)
    (there,) = question.again([point])
    if there is None or not np.isfinite(flat(there, loss)).all():
        return [*unknown]
    try:
        upstream = loss.weights.reshape(loss.shape)
        near = Loss(loss.forward, point, list(loss.parts), upstream, loss.noise)
    except UnmeasurableError:
        return [*unknown]
    # Zero slopes nearby, as on a kink's flat side, are known well if they are small compared with those here.
    steepest = largest((np.abs(np.nan_to_num(evidence.value)) + evidence.kink) * loss.scale)
    agreed = agreements(LineSlopes(near, flat(there, loss), lines, question.room), steepest)
    loss.counts(near)
    return agreed


def _doubtful(question: Question, evidence: Evidence) -> list[Line]:
    """Of each input the coordinates most in doubt, on kinks and off them; and the inconsistent
    directions, if no coordinate explains them."""
    distance = np.abs(np.nan_to_num(evidence.value - question.got)) * question.loss.scale
    # Off kinks, the coordinate that is most surely off: those beside it may be known roughly only.
    clear = np.abs(evidence.value - question.got) / np.maximum(evidence.bound, np.finfo(float).tiny)
    worst: list[int] = []
    for where in question.loss.slices.values():
        on, off = evidence.kink > 0, evidence.differs & ~(evidence.kink > 0)
        for kind, order, number in ((on, distance, NEARBY_KINKS), (off, clear, NEARBY_OTHERS)):
            mine = where.start + np.flatnonzero(kind[where])
            worst += [int(i) for i in mine[np.argsort(-order[mine])][:number]]
    ways = [] if evidence.differs.any() else list(evidence.inconsistent)
    return [*coordinates(question.loss, np.array(worst, dtype=int)), *ways]


# --- what is reported


def _judged(question: Question, evidence: Evidence, name: str, nearby: bool | None) -> Judged:
    where, shape = question.loss.slices[name], question.loss.parts[name].shape
    verdict = _verdict(question, evidence, where, nearby)
    value, bound = evidence.value[where].reshape(shape), evidence.bound[where].reshape(shape)
    differs = evidence.differs[where].reshape(shape)
    message, mistake = "", None
    if verdict is Verdict.WRONG:
        if (
            question.float32[where].any()
            and not (evidence.differs & ~question.float32)[where].any()
        ):
            mistake = FEW_DIGITS
        got = question.got[where].reshape(shape)
        message = f"The gradient of {name} is not the slope of the function"
        if differs.any():
            message = farthest_off(f"The gradient of {name}", name, got, value, differs)
    elif verdict is Verdict.UNDECIDED:
        message = f"The gradient of {name} is undecided: {_why(question, evidence, where)}"
    kinks = int(np.count_nonzero(evidence.kink[where]))
    return Judged(name, verdict, message, Slope(value, bound), differs, kinks, mistake)
