"""Find the badly chosen points at which answers are tried: nobody sees them by reading.

A hidden check must clearly separate each misconception from the truth, in every part that the misconception spoils.
No point, hidden or visible, may lie where right and wrong gradients agree: on a kink, where a gradient vanishes, under
an upstream gradient of ones, or where every misconception slips through.  If a point must lie there, as some of the
lecture's own numbers do, the check says why in `on_purpose`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from autograder.course.source import reference_namespace
from autograder.grading.answer_key import AnswerKey
from autograder.grading.blind_points import blind_answers
from autograder.grading.diagnose import distance
from autograder.student.judging.findings import numbers_of
from autograder.student.judging.formula_rule import Analytic, looks_measured
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.judging.slopes_rule import Slopes
from autograder.student.model.compare import ROUNDING, as_numbers, scales_of
from autograder.student.model.exercises import Answer, Case, Check, Inputs, Student

# A wrong answer is clearly separated if it is off by this fraction of the answer's size, far beyond
# rounding; and by several times what its check allows for a measurement.
CLEAR, TIMES = 1e3 * ROUNDING, 5.0
# A step, as a fraction of each input.  Over two of them an answer jumps if it changes by this
# fraction of its size, and has a kink if it bends by this fraction of the step; of a smooth answer
# the bend is as small as the step itself.
STEP, JUMP, BEND = 1e-6, 1e-3, 1e-3
# Where a step is large for its point, shares of it decide: a smooth answer falls with them as steadily as this.
SHARES, STEADY = (1, 1 / 2, 1 / 4), 0.03
# Names that the course gives to the gradient that arrives from above.
UPSTREAM = re.compile(r"dout|upstream|cotangent|g|d[A-Zyz]\w*")


@dataclass(frozen=True, slots=True)
class Sight:
    """How well one check separates one misconception from the truth, in one of its parts.

    distances: by case, how far apart the two are, as a fraction of the answer's size; inf if they
    differ in kind.
    """

    exercise: str
    misconception: str
    check: Check
    part: str
    distances: tuple[float, ...]

    @property
    def clear(self) -> bool:
        """Whether at least one case clearly separates it from the truth."""
        return any(self.separated)

    @property
    def separated(self) -> tuple[bool, ...]:
        """Which cases clearly separate it from the truth."""
        return tuple(
            distance >= max(CLEAR, TIMES * _within(self.check)) for distance in self.distances
        )


def sights(key: AnswerKey, exercise: str) -> tuple[Sight, ...]:
    """How well each check of an exercise separates each of its misconceptions, in its first form."""
    meaning, found = key.meaning(exercise), []
    first = {wrong.misconception.name: wrong for wrong in reversed(meaning.wrong)}
    for wrong in reversed(first.values()):
        for check, right, mistaken in zip(
            key.checks[exercise], meaning.truth, wrong.answers, strict=True
        ):
            far: dict[str, tuple[float, ...]] = {}
            for name, part in check.judges.items():
                apart = _measured(check, name, mistaken, right) or _distances(
                    check, name, mistaken, right
                )
                far[part] = tuple(map(max, apart, far.get(part, apart)))
            found += [
                Sight(exercise, wrong.misconception.name, check, part, d) for part, d in far.items()
            ]
    return tuple(found)


def fewest_cases(key: AnswerKey, exercise: str) -> int:
    """Return the number of hidden cases that clearly separate the hardest misconception; 0 if there is none."""
    counts: dict[str, set[tuple[str, int]]] = {}
    for sight in sights(key, exercise):
        cases = counts.setdefault(sight.misconception, set())
        if sight.check.hidden:
            cases |= {
                (sight.check.text, number) for number, clear in enumerate(sight.separated) if clear
            }
    return min(map(len, counts.values()), default=0)


def point_problems(key: AnswerKey) -> list[str]:
    """List every misconception that slips through, and every badly chosen point of a check."""
    reference = LocalStudent(reference_namespace(key.source))
    problems = []
    for exercise, checks in key.checks.items():
        seen = sights(key, exercise)
        problems += [*_slipping(exercise, seen), *_unteaching(exercise, checks, reference)]
        for check in checks:
            blind = _blind(check, seen)
            bad = [*_idle(check, seen)] if not blind else []
            bad += [*_vanishing(check), *_plain_upstream(check, checks), *_kinks(check, reference)]
            where = f"{'hidden' if check.hidden else 'visible'} check {check.text!r} of {exercise}"
            reason, move = check.on_purpose, "draw otherwise" if check.hidden else "move its points"
            if reason and not bad:
                problems.append(
                    f"{where}: is on purpose ({reason}), but its points are ordinary; take on_purpose off"
                )
            problems += [f"{where}: {problem}; {move}" for problem in blind]
            problems += [
                f"{where}: {problem}; {move}, or say in on_purpose why"
                for problem in bad
                if not reason
            ]
    return problems


def _distances(
    check: Check, name: str, mistaken: Sequence[Answer], right: Sequence[Answer]
) -> tuple[float, ...]:
    """By case, how far one named answer is from the truth, as a fraction of the size that the check judges by."""
    truth = [numbers_of(check, name, answer) for answer in right]
    scales = scales_of([np.zeros(0) if isinstance(true, str) else true for true in truth])
    pairs = zip(mistaken, right, scales, strict=True)
    return tuple(distance(check, name, answer, exact) / scale for answer, exact, scale in pairs)


def _measured(
    check: Check, name: str, mistaken: Sequence[Answer], right: Sequence[Answer]
) -> tuple[float, ...] | None:
    """Distances for a check of rule `Analytic`: inf if the gradient was measured, else 0; None for other rules."""
    if not isinstance(check.rule, Analytic):
        return None
    got, true = (
        [numbers_of(check, name, answer) for answer in answers] for answers in (mistaken, right)
    )
    arrays = [
        g
        for g, t in zip(got, true, strict=True)
        if not isinstance(g, str) and g.shape == np.shape(t)
    ]
    found = len(arrays) == len(true) and looks_measured(arrays, [np.asarray(t) for t in true])
    return tuple(float("inf") if found else 0.0 for _ in true)


def _within(check: Check) -> float:
    return check.rule.within if isinstance(check.rule, Values) else ROUNDING


def _slipping(exercise: str, seen: Sequence[Sight]) -> list[str]:
    """Misconceptions that no hidden check separates in a part that they spoil, and checks that hardly see them."""
    problems = []
    for name in dict.fromkeys(s.misconception for s in seen):
        own = [s for s in seen if s.misconception == name]
        spoiled = dict.fromkeys(s.part for s in own if s.clear)
        blind = [
            part
            for part in spoiled
            if not any(s.clear and s.check.hidden for s in own if s.part == part)
        ]
        if not spoiled:
            problems.append(
                f"{exercise}: {name!r} slips through all checks; add a case at which it is clearly wrong"
            )
        problems += [
            f"{exercise}: {name!r} spoils the part {part!r}, and slips through its hidden checks; add a case there"
            for part in blind
        ]
        problems += [
            f"{exercise}: {name!r} is off by only {max(s.distances):.1g} of the answer's size in the check "
            f"{s.check.text!r}; move its points to where the two are further apart"
            for s in own
            if max(s.distances) > _within(s.check) and not s.clear
        ]
    return problems


def _idle(check: Check, seen: Sequence[Sight]) -> list[str]:
    """Cases at which every catalogued misconception slips through."""
    own = [s for s in seen if s.check is check]
    names = ", ".join(repr(name) for name in dict.fromkeys(s.misconception for s in own))
    return [
        f"at case {number}, {_shown(case)}, every misconception slips through: {names}"
        for number, case in enumerate(check.cases)
        if own and not any(s.separated[number] for s in own)
    ]


def _blind(check: Check, seen: Sequence[Sight]) -> list[str]:
    """A problem if every misconception slips through the whole check; `on_purpose` does not excuse it."""
    own = [s for s in seen if s.check is check]
    names = ", ".join(repr(name) for name in dict.fromkeys(s.misconception for s in own))
    return (
        [f"every misconception slips through: {names}"]
        if own and not any(s.clear for s in own)
        else []
    )


def _unteaching(exercise: str, checks: Sequence[Check], reference: Student) -> list[str]:
    """Problems of visible checks that `on_purpose` does not excuse.

    They are a slope measured on a kink, where any slope between two is right, and an upstream
    gradient of ones in every case that an exercise shows.
    """
    visible = [check for check in checks if not check.hidden]
    problems = [
        f"visible check {check.text!r} of {exercise}: {problem}, where no slope can be measured; move its points"
        for check in visible
        if isinstance(check.rule, Slopes)
        for problem in _kinks(check, reference)
    ]
    upstreams = [value for check in visible for _, _, value in _upstreams(check, checks)]
    if upstreams and all(map(_all_ones, upstreams)):
        problems.append(
            f"{exercise}: in all visible cases the upstream gradient is 1 everywhere; give one another"
        )
    return problems


def _vanishing(check: Check) -> list[str]:
    """Answers that are zero in all cases, and cases whose answer is too small compared with the others."""
    faint = blind_answers(
        [{name: _expected(case, name) for name in check.judges} for case in check.cases]
    )
    return [
        f"{one.name} is zero in all cases, at a stationary point or in saturation"
        if one.case is None
        else f"{one.name} is {one.size:.1g} at case {one.case}, {_shown(check.cases[one.case])}, "
        f"but up to {one.largest:.1g} elsewhere: in saturation"
        for one in faint
    ]


def _plain_upstream(check: Check, checks: Sequence[Check]) -> list[str]:
    """Cases whose upstream gradient is 1 everywhere, so that an answer that ignores it is right."""
    return [
        f"the upstream gradient {name} is 1 everywhere at case {number}"
        for number, name, value in _upstreams(check, checks)
        if _all_ones(value)
    ]


def _upstreams(check: Check, checks: Sequence[Check]) -> Iterator[tuple[int, str, object]]:
    """By case, every upstream gradient: those that checks of slopes name, and inputs with such a name.

    The factor by which a check of slopes multiplies a loss does not count: no answer uses it.
    """
    named = {other.rule.upstream for other in checks if isinstance(other.rule, Slopes)}
    for number, case in enumerate(check.cases):
        for name, value in case.inputs.items():
            if (name in named or UPSTREAM.fullmatch(name)) and re.search(
                rf"\b{name}\b", check.probe.text
            ):
                yield number, name, value


def _all_ones(value: object) -> bool:
    numbers = as_numbers(value)
    return not isinstance(numbers, str) and numbers.size > 0 and bool((numbers == 1).all())


def _kinks(check: Check, reference: Student) -> list[str]:
    """Cases at which the reference's answers jump, or bend sharply, as the inputs move a little."""
    problems = []
    sizes = {
        n: max(float(np.abs(_expected(c, n)).max(initial=0.0)) for c in check.cases) or 1.0
        for n in check.judges
    }
    for number, case in enumerate(check.cases):
        rng = np.random.default_rng(number)
        way = rng.uniform(0.5, 1.0, 1 << 10) * rng.choice([-1.0, 1.0], 1 << 10)
        steps = [sign * share * STEP * way for share in SHARES for sign in (1, -1)]
        answers = reference.answers(check.probe, [_moved(case.inputs, step) for step in steps])
        for name in check.judges:
            here = _expected(case, name)
            values = [numbers_of(check, name, answer) for answer in answers]
            if _bent(here, values, sizes[name], _within(check)):
                problems.append(f"{name} has a kink or a jump at case {number}, {_shown(case)}")
    return problems


def _bent(here: np.ndarray, values: Sequence[np.ndarray | str], size: float, within: float) -> bool:
    """Whether an answer of this size is not smooth between its values up and down by each of the SHARES of a step.

    As the step is halved, and halved again, a smooth answer rises by a half and bends by a quarter each time.  Near a
    kink or a jump, wherever it lies, it does not.
    """
    found = [value for value in values if not isinstance(value, str) and value.shape == here.shape]
    if len(found) < len(values):
        return True
    pairs = list(zip(found[::2], found[1::2], strict=True))
    with np.errstate(all="ignore"):
        bends, rises = (
            [np.abs(up + down - 2 * here) for up, down in pairs],
            [np.abs(up - down) for up, down in pairs],
        )
        steep = max(size * STEP, float(rises[0].max(initial=0.0)))
        straight = (bends[0] <= max(BEND * steep, within * size)) | _falls(bends, 4)
        level = (rises[0] <= JUMP * size) | _falls(rises, 2)
    return not bool((straight & level).all())


def _falls(sizes: Sequence[np.ndarray], by: float) -> np.ndarray:
    """Where each size is so many times the next."""
    steady = np.ones(sizes[0].shape, dtype=bool)
    for far, near in pairwise(sizes):
        steady &= np.isclose(far, by * near, rtol=STEADY, atol=0)
    return steady


def _moved(inputs: Inputs, steps: np.ndarray) -> dict[str, object]:
    """The inputs with every float moved by a fraction of itself; a zero, by one of the size of 1."""
    counter = iter(range(1 << 62))

    def one(value: object) -> object:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            taken = np.array(
                [steps[next(counter) % steps.size] for _ in range(value.size)]
            ).reshape(value.shape)
            return value + taken * np.where(value == 0, 1.0, np.abs(value))
        if isinstance(value, float):
            return value + float(steps[next(counter) % steps.size]) * (abs(value) or 1.0)
        if isinstance(value, (list, tuple)):
            return type(value)(one(item) for item in value)
        return value

    return {name: one(value) for name, value in inputs.items()}


def _expected(case: Case, name: str) -> np.ndarray:
    if not isinstance(case.expected, Mapping):
        raise LookupError("a key's cases hold what is expected")
    return np.asarray(case.expected[name], dtype=np.float64)


def _shown(case: Case) -> str:
    """The inputs of a case by name and shape; an author reads this."""
    return ", ".join(_described(case.inputs))


def _described(inputs: Inputs) -> Iterator[str]:
    for name, value in inputs.items():
        yield (
            f"{name} {value.shape}" if isinstance(value, np.ndarray) else f"{name} = {value!r:.40}"
        )
