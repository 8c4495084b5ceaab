"""A gradient to be judged, and the room that its own rounding needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograder.student.gradcheck.directions import ALL
from autograder.student.gradcheck.evidence import SINGLE, Evidence, examine
from autograder.student.gradcheck.extrapolation import SIGMAS, differences
from autograder.student.gradcheck.gradient_relations import rounded_to_float32
from autograder.student.gradcheck.noise import EPS, RESIDUALS, STEPS, Line, Loss, largest, window
from autograder.student.gradcheck.report import Again, Gradients
from autograder.student.gradcheck.slopes import CANCELLATION, OWN_ROUNDING, Room
from autograder.student.model.compare import ROUNDING

# Jitter of a gradient is measured at points this close, and where it shows none a little
# farther away, as of numbers that were rounded to a coarse grid; it is room for a right one up to
# this fraction.
JITTER_WIDTHS = (2.0**-40, 2.0**-18)
JITTER_ROOM = 1e-4
# Jitter of float32 shows at points this close, wherever: it is about such a fraction of a number, and
# more than such a fraction of what the number changes there, at several of the scales nearby; and
# there is no scale, near or far, at which it is as little as that of float64.
GRID, NEAR, ENOUGH = 2.0**-22, 14, 3
SCALES = [side * 2.0**k for k in sorted(range(-20, 25), key=abs) for side in (1, -1)]
LEAST, MOST, COARSE = 2.0**-30, 2.0**-18, 2.0**-12
PRECISE, FINE = 2.0**-36, 2.0**-16
# A wave goes as straight as its slope over such a fraction of the step in which it goes up and down.
SHORT = 2.0 ** -np.array([6.0, 10.0, 14.0])
# A right formula may be off by so many units in the last place of the largest numbers that it works
# with, as 1 - tanh^2 far from 0 is by units of 1.  They show on the way to 0, where nothing is
# saturated and the gradient stays the same: it grows by less than this from each point to the next.
UNITS = 4
# Where it is looked whether a gradient is rounded to float32.
ASIDE = (1.0137, 0.9871)
# Numbers that are float32's are either rounded or, like 2 times such a number, right to the last digit.
OF_FLOAT32 = Room(relative=1e-12)
# So many binary digits that float32 has, and none of the numbers uses, are no coincidence.
UNUSED = 16
SHRUNK = 2.0 ** -np.arange(1.0, 13.0)
LEVEL = 1.5


@dataclass(frozen=True, slots=True)
class Question:
    """A flat gradient to be judged, the right one if known, room for rounding, and a way to ask for more.

    again: the gradient at other points; elsewhere: the right one there, or else the same.  single: the inputs and the
    gradient are float32.  float32: which numbers (n,) are known to have only its digits, though their inputs have more.
    """

    loss: Loss
    got: np.ndarray
    room: Room
    again: Again | None
    right: np.ndarray | None
    elsewhere: Again | None
    single: bool
    float32: np.ndarray

    def differs(self) -> np.ndarray:
        """Where the gradient differs from the reference's by more than rounding of numbers of its own size (n,)."""
        if self.right is None:
            return np.zeros(self.got.size, bool)
        single = SINGLE if self.single else 0.0
        sizes = np.zeros(self.got.size)
        for where in self.loss.slices.values():
            sizes[where] = largest(self.right[where])
        # Terms as large as the largest do not cancel to numbers that are below its last place.
        magnitude = np.maximum(np.abs(self.got), np.abs(self.right))
        sizes = np.where((self.got != 0) & (magnitude < EPS * sizes), magnitude, sizes)
        allowed = max(ROUNDING, single) * np.abs(self.right) + max(CANCELLATION, single) * sizes
        if self.room.jitter is not None:
            allowed = allowed + self.room.jitter
        return np.asarray(~(np.abs(self.got - self.right) <= allowed))

    def apart(self) -> np.ndarray:
        """Where it differs by more than rounding of the numbers that it is made from (n,)."""
        differs = self.differs()
        # The usual case, in which nothing has to be asked for.
        if self.right is None or not differs.any():
            return differs
        off = ~(np.abs(self.got - self.right) <= UNITS * EPS * self._working_size())
        return np.asarray(differs & off)

    def _working_size(self) -> np.ndarray:
        """How large the numbers are that the gradient is made from (n,), as far as that can be seen."""
        here: np.ndarray = np.abs(self.got)
        if self.elsewhere is None:
            return here
        shrunk = [self.loss.inputs(self.loss.base * times) for times in SHRUNK]
        there = [flat(found, self.loss) for found in self.elsewhere(shrunk) if found is not None]
        if len(there) < len(SHRUNK) or not np.isfinite(there).all():
            return here
        sizes = np.abs(there)
        level = sizes[-1] <= LEVEL * sizes[-2]
        return np.asarray(np.where(level, np.maximum(here, sizes.max(axis=0)), here))

    def jitter(self) -> np.ndarray | None:
        """How much the gradient jitters between nearly coincident inputs (n,); None if that is not known."""
        rows = [self._near(width) for width in JITTER_WIDTHS]
        close, wide = (_spread(row) if row is not None else None for row in rows)
        return None if close is None or wide is None else np.where(close == 0, wide, close)

    def in_float32(self, doubtful: np.ndarray) -> np.ndarray:
        """Which of the doubtful numbers (n,) have only float32's digits, here and far away.

        What a right formula loses by cancelling it does not lose at every scale.  Of many numbers it is not asked:
        that takes the gradient at hundreds of points.
        """
        if self.room.relative != OWN_ROUNDING or self.got.size > ALL:
            return doubtful & (self.room == OF_FLOAT32)
        coarse = np.zeros(self.got.size, int)
        for number, times in enumerate(SCALES):
            if number == NEAR:
                doubtful = doubtful & (coarse >= ENOUGH)
            if not doubtful.any():
                break
            rows = self._near(GRID, times)
            if rows is None:
                continue
            spread, rise, size = _spread(rows), np.ptp(rows, axis=0), np.abs(rows[0])
            coarse += (spread > COARSE * rise) & (spread > LEAST * size) & (spread < MOST * size)
            fine = (spread > 0) & (spread < FINE * rise) & (spread < PRECISE * size)
            doubtful = doubtful & ~fine
        return np.asarray(doubtful)

    def _near(self, width: float, times: float = 1.0) -> np.ndarray | None:
        """The gradient at nearly coincident points (WINDOW, n); None if it is not known there."""
        if self.again is None:
            return None
        way = self.loss.own * np.random.default_rng(4).choice([-1.0, 1.0], self.loss.base.size)
        places = times * (self.loss.base + window(width)[:, None] * way)
        near = self.again([self.loss.inputs(place) for place in places])
        rows = [flat(gradients, self.loss) for gradients in near if gradients is not None]
        if len(rows) < len(places) or not np.isfinite(rows).all():
            return None
        return np.stack(rows)

    def races(self, evidence: Evidence) -> np.ndarray:
        """Where the gradient may be the slope of a wave too fast to be followed (n,).

        It jumps from one number to the next, by as much as it is off and by more than a difference of two
        rounded values of the loss ever could; or over tiny steps the loss moves as it says.
        """
        loss = self.loss
        rows = self._near(JITTER_WIDTHS[0]) if evidence.differs.any() else None
        if rows is None:
            return np.zeros(self.got.size, bool)
        spread = _spread(rows)
        off = np.abs(self.got - np.nan_to_num(evidence.value))
        jumps = spread * np.spacing(loss.own) > loss.noise.values
        lost = evidence.differs & jumps & (off <= SIGMAS * spread)
        which = np.flatnonzero(evidence.differs & ~lost & (self.got != 0))
        if which.size and loss.noise.values > STEPS * loss.size:
            units = loss.noise.values / np.abs(self.got[which, None])
            lines = [Line(*pair) for pair in zip(which[:, None], units, strict=True)]
            up, down, widths = differences(loss, lines, SHORT)
            slopes = (up - down) @ loss.weights / widths / units
            lost[which] = (np.abs(slopes / self.got[which, None] - 1) <= 1 / 4).any(axis=1)
        return np.asarray(lost)


def _spread(rows: np.ndarray) -> np.ndarray:
    """The standard deviation (n,) of a gradient's jitter, from its rows at nearly coincident points."""
    rest = RESIDUALS @ (rows - rows[0])
    peak = max(largest(rest), np.finfo(float).tiny)  # squares may be beyond float64
    return np.asarray(peak * (rest / peak).std(axis=0))


def is_float32(got: np.ndarray, loss: Loss, again: Again | None) -> bool:
    """Whether a gradient is rounded to float32, here and a little farther away.

    What is left after larger numbers have cancelled may have as few digits; but all are multiples of the same number.
    """
    if again is None or not rounded_to_float32(got):
        return rounded_to_float32(got)
    places = [loss.inputs(loss.base * times) for times in ASIDE]
    near = [flat(gradients, loss) for gradients in again(places) if gradients is not None]
    if not all(rounded_to_float32(numbers) for numbers in near):
        return False
    mantissa, exponent = np.frexp(np.concatenate([got, *near]))
    whole, exponent = np.ldexp(mantissa, 24).astype(np.int64), exponent[mantissa != 0] - 24
    last = np.log2((whole & -whole)[mantissa != 0]) + exponent
    unused = np.maximum(last.min(initial=np.inf) - exponent, 0).sum()
    return bool(unused < UNUSED)


def with_jitter(question: Question, evidence: Evidence) -> tuple[Question, Evidence]:
    """The same with room for the rounding that the gradient itself shows between nearly coincident points.

    A right formula may cancel badly; then it jitters from one input to the next by as much as it is
    off.
    """
    got = question.got
    small = np.abs(got - np.nan_to_num(evidence.value)) <= JITTER_ROOM * np.abs(got)
    if not evidence.off or not small[evidence.differs].all():
        return question, evidence
    jitter = question.jitter()
    if jitter is None or not (SIGMAS * jitter > question.room.relative * np.abs(got)).any():
        return question, evidence
    # A grid of float32 is a mistake of its own, and no room for it.
    single = question.in_float32(evidence.differs if evidence.differs.any() else got != 0)
    room = np.minimum(np.where(single, 0.0, SIGMAS * jitter), JITTER_ROOM * np.abs(got))
    question = replace(question, room=replace(question.room, jitter=room), float32=single)
    return question, examine(question.loss, got, question.room)


def flat(arrays: Gradients, loss: Loss) -> np.ndarray:
    """Gradients by input as one flat array, in the order of the loss."""
    return np.concatenate(
        [np.zeros(0), *(np.asarray(arrays[name], float).ravel() for name in loss.parts)]
    )
