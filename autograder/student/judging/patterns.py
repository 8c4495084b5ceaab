"""Name what wrong answers have in common over all checks of an exercise at once.

That is how they relate to the right ones, or the one condition on the inputs that parts them from right answers.  The
notebook looks at the visible checks, the grader at all.  A relation is named only if it holds in every case of every
check that judges the part, shows in two cases and on two different numbers beside 0, 1 and 2, and no other relation
fits as well.  Names of the part that are right everywhere say nothing.  Agreement of nan or infinity is no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import comb

import numpy as np

from autograder.student.gradcheck.gradient_relations import rounded_to_float32
from autograder.student.gradcheck.relations import CANCELLED, FACTORS, SAME
from autograder.student.judging.findings import numbers_of
from autograder.student.model.compare import NUMBERS, ROUNDING
from autograder.student.model.exercises import Answer, Case, Check, Inputs, Trial
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding

# An answer is wrong, and tells something, where it is off by more than this fraction of its size.
OFF = 1e-5
# Numbers that agree by chance too easily, and how many others it takes.
PLAIN, ENOUGH = (0.0, 1.0, 2.0), 2
DIGITS, SIZE_OF_FLOAT32 = range(1, 9), 1e-6
# From so many right digits on, an answer is nearly right; so many different right answers, or none is the same for all.
NEARLY, SEVERAL = 3, 3
# So many names of answers are not listed.
MANY = 4
# Names that say less than a relation that a check itself has found.
WEAK = ("wrong where ", "right to ", "always the same")

FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "square": np.square,
    "square root": np.sqrt,
    "logarithm": np.log,
    "logarithm to the base 10": np.log10,
    "exponential": np.exp,
    "reciprocal": np.reciprocal,
}
REDUCED: dict[str, Callable[[np.ndarray], np.floating]] = {
    "the sum of its numbers": np.sum,
    "the mean of its numbers": np.mean,
    "the largest of its numbers": np.max,
    "the norm of its numbers": np.linalg.norm,
}

# So many cases must be wrong, and so many right, before a condition is named; and by so many times more ways than there
# are conditions to choose from could they have been wrong, unless the wrong elements of an answer show the condition.
WRONG, RIGHT, RARE = 2, 3, 20
LARGE, FEW = 100.0, 1

Holds = Callable[[np.ndarray], np.ndarray]


def _has_equal(x: np.ndarray) -> bool:
    """Of labels only: among other numbers, equal ones are often there for another reason."""
    return x.dtype.kind in "iu" and len(np.unique(x)) < x.size


def _is_square(x: np.ndarray) -> bool:
    return x.ndim == 2 and x.shape[0] == x.shape[1] > FEW


def _any(x: np.ndarray, holds: Holds) -> bool:
    return bool(holds(x).any())


# In words that follow "where": a condition on one input, first those on its elements, then those on all of it.
OF_ELEMENTS: dict[str, Holds] = {
    "{} holds a negative number": lambda x: x < 0,
    "{} is or holds 0": lambda x: x == 0,
    "{} holds a number above 100 in size": lambda x: np.abs(x) > LARGE,
}
CONDITIONS: dict[str, Callable[[np.ndarray], bool]] = {
    **{words: partial(_any, holds=holds) for words, holds in OF_ELEMENTS.items()},
    "{} is negative": lambda x: x.size > 0 and bool((x < 0).all()),
    "{} holds equal numbers": _has_equal,
    "{} holds integers": lambda x: x.dtype.kind in "iu",
    "{} is square": _is_square,
    "{} has one row": lambda x: x.ndim > 0 and len(x) == FEW,
    "{} is a single number": lambda x: x.ndim == 0,
    "{} has more than two axes": lambda x: x.ndim > 2,
    "{} holds no number above 1 in size": lambda x: bool((np.abs(x) <= 1).all()),
}


@dataclass(frozen=True, slots=True)
class _Case:
    """One answer of a student: what it is, what is right, and the inputs that are numbers.

    earlier: the right answers of the cases before it in its check.  others: right answers, in the same case, that
    belong into other names.
    """

    got: np.ndarray
    right: np.ndarray
    inputs: dict[str, np.ndarray]
    earlier: tuple[np.ndarray, ...]
    others: dict[str, np.ndarray]


Known = Sequence[tuple[Check, Sequence[Answer], Sequence[Answer]]]


def name_patterns(
    result: ExerciseResult, checks: Sequence[Check], trials: Sequence[Trial]
) -> ExerciseResult:
    """The notebook's result, with what the visible checks show together.

    Only those count whose right answers are written down, and none of the others may say anything else of the part.
    """
    known = []
    other: dict[str, set[str]] = {}
    for check, trial in zip(checks, trials, strict=False):
        truth = [_right_answer(check, case) for case in check.cases]
        answered = len(trial.answers) == len(truth)
        if answered and all(right is not None for right in truth):
            known.append((check, truth, trial.answers))
            continue
        for finding in [f for f in trial.findings if not f.warning]:
            for part in finding.parts:
                other.setdefault(part, set()).add(finding.mistake.name if finding.mistake else "")
    found = patterns(*zip(*known, strict=True)) if known else {}
    whole = {
        part: each for part, each in found.items() if other.get(part, {each.name}) == {each.name}
    }
    return replace(result, findings=tuple(with_pattern(f, whole) for f in result.findings))


def _right_answer(check: Check, case: Case) -> Answer | None:
    """The right answer to a case, as a student's would come; None where it is not written down."""
    names, right = check.probe.names, case.expected
    if not isinstance(right, Mapping):
        return None
    return Answer(right[names[0]] if len(names) == 1 else {name: right.get(name) for name in names})


def patterns(
    checks: Sequence[Check], truth: Sequence[Sequence[Answer]], seen: Sequence[Sequence[Answer]]
) -> dict[str, Diagnosis]:
    """By part: a relation that holds in all checks, else the condition under which its answers are wrong."""
    return situations(checks, truth, seen) | whole_relations(checks, truth, seen)


def with_pattern(finding: Finding, whole: Mapping[str, Diagnosis]) -> Finding:
    """The finding with what all checks show of its part, unless its own check says more."""
    shown = [whole[part] for part in finding.parts if part in whole]
    weak = bool(finding.mistake and shown and shown[0].name.startswith(WEAK))
    return finding if weak or not shown or finding.warning else replace(finding, mistake=shown[0])


def whole_relations(
    checks: Sequence[Check], truth: Sequence[Sequence[Answer]], seen: Sequence[Sequence[Answer]]
) -> dict[str, Diagnosis]:
    """By part: how its wrong answers relate to the right ones in all checks, where that is clear."""
    found = {}
    for part in {part for check in checks for part in check.judges.values()}:
        by_name: dict[str, list[_Case | None]] = {}
        for check, right, own in zip(checks, truth, seen, strict=False):
            for name in [n for n, judged in check.judges.items() if judged == part]:
                by_name.setdefault(name, []).extend(_cases(check, name, right, own))
        wrong = {
            name: cases
            for name, cases in by_name.items()
            if any(case is None or _is_wrong(case) for case in cases)
        }
        everything = [case for cases in wrong.values() for case in cases]
        few = len(wrong) == 1 or len(wrong) < min(len(by_name), MANY)
        told = wrong if few else ["result"]
        words = " and ".join(told)
        relation = _relation(everything, words) or _always_the_same(wrong.values(), words)
        if relation:
            found[part] = relation
    return found


def _cases(
    check: Check, name: str, right: Sequence[Answer], own: Sequence[Answer]
) -> Iterator[_Case | None]:
    """The answers to a check under one name; None for one that is not all finite numbers."""
    earlier: list[np.ndarray] = []
    for case, true, answer in zip(check.cases, right, own, strict=False):
        wanted, got = numbers_of(check, name, true), numbers_of(check, name, answer)
        if isinstance(wanted, str) or isinstance(got, str) or not np.isfinite(got).all():
            yield None
            continue
        inputs = {given: array.astype(float) for given, array in _numbers(case.inputs).items()}
        others = {
            other: numbers
            for other in check.judges
            if other != name and not isinstance(numbers := numbers_of(check, other, true), str)
        }
        yield _Case(got, wanted, inputs, tuple(earlier), others)
        earlier.append(wanted)


def _relation(cases: Sequence[_Case | None], name: str) -> Diagnosis | None:
    known = [case for case in cases if case is not None]
    if len(known) < len(cases) or sum(map(_is_wrong, known)) < 2:
        return None
    fitting = [relation for relation, change in _changes(known, name) if _fits(known, change)]
    # A factor that is the same everywhere is not a size that happens to be so, a shape no choice of one number.
    fitting = [r for r in fitting if r.name.startswith(("factor", "shape"))] or fitting
    if not fitting:
        return _right_to_digits(known, name)
    return fitting[0] if len({relation.text for relation in fitting}) == 1 else None


def _always_the_same(names: Iterable[Sequence[_Case | None]], name: str) -> Diagnosis | None:
    """The name of answers each of which is the same for inputs that call for different ones.

    It takes several numbers, or one that is right for some input and so is known by heart.
    """
    telling: set[float] = set()
    by_heart = False
    for cases in names:
        rows = [row for case in cases for row in _rows(case, cases)]
        first = rows[0][0] if rows else None
        if first is None or not all(got is not None and _same(got, first) for got, _ in rows):
            return None
        rights: list[np.ndarray] = []
        for _, right in rows:
            if not any(_same(right, other) for other in rights):
                rights.append(right)
        if len(rights) < SEVERAL:
            return None
        own = set(np.abs(first).ravel().round(9).tolist()).difference(PLAIN)
        telling |= own
        by_heart = by_heart or (bool(own) and any(_same(first, right) for right in rights))
    if len(telling) < ENOUGH and not by_heart:
        return None
    text = f"your {name} is the same for inputs that call for different ones: work it out from them"
    return Diagnosis("always the same", text)


def _rows(
    case: _Case | None, cases: Sequence[_Case | None]
) -> list[tuple[np.ndarray | None, np.ndarray]]:
    """The answers of a case, which may hold a row of them, with the right ones; None for one of another form."""
    shape = min((each.got.shape for each in cases if each is not None), key=len, default=())
    if case is None or case.got.shape != case.right.shape:
        return [(None, np.empty(0))]
    if case.got.shape[case.got.ndim - len(shape) :] != shape:
        return [(None, np.empty(0))]
    return list(zip(case.got.reshape(-1, *shape), case.right.reshape(-1, *shape), strict=True))


def _right_to_digits(cases: Sequence[_Case], name: str) -> Diagnosis | None:
    """The name of an answer each of whose numbers is nearly right."""
    worst = 0.0
    for case in cases:
        if case.got.shape != case.right.shape:
            return None
        apart = np.abs(case.got - case.right)
        if (apart[case.right == 0] > 0).any():
            return None
        sizes = np.abs(case.right)[case.right != 0]
        worst = max(worst, float((apart[case.right != 0] / sizes).max(initial=0.0)))
    digits = int(-np.log10(worst)) if worst else 0
    if digits < NEARLY or not _fits(cases, lambda case: case.got):
        return None
    text = (
        f"your {name} is right to {digits} digits everywhere, but no further: a constant or a step "
        "in it is only nearly right"
    )
    return Diagnosis(f"right to {digits} digits", text)


def same_answer(check: Check, name: str, one: Answer, other: Answer) -> bool:
    """Whether two answers are numbers of one shape that are the same but for rounding."""
    places = _wrong_elements(check, name, one, other)
    return places is not None and not places.any()


Change = Callable[[_Case], np.ndarray | None]


def _fits(cases: Sequence[_Case], change: Change) -> bool:
    """Whether a change of the right answer gives the student's in every case, and tells enough."""
    telling: set[float] = set()
    for case in cases:
        predicted = change(case)
        if predicted is None or not _same(case.got, predicted):
            return False
        if _is_wrong(case):
            telling |= set(np.abs(predicted).ravel().round(9).tolist())
    return len(telling.difference(PLAIN)) >= ENOUGH


def _same(got: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether two answers are the same but for rounding."""
    if got.shape != wanted.shape:
        return False
    room = SAME * np.abs(wanted) + CANCELLED * np.abs(wanted).max(initial=0.0)
    return bool((np.abs(got - wanted) <= room).all())


def _is_wrong(case: _Case) -> bool:
    return not _same(case.got, case.right)


def _changes(cases: Sequence[_Case], name: str) -> Iterator[tuple[Diagnosis, Change]]:
    """Every relation that is looked for, with what it makes of a right answer."""
    yield from _rounded(name)
    yield from _of_numbers(cases, name)
    yield from _of_forms(name)
    yield from _of_calls(name)
    for other in {other for case in cases for other in case.others}:
        text = f"your {name} holds what belongs into {other}"
        yield Diagnosis("another name's", text), partial(_other, name=other)


def _rounded(name: str) -> Iterator[tuple[Diagnosis, Change]]:
    """Right, with some digits lost."""
    for digits in DIGITS:
        text = f"your {name} is right, but rounded to {digits} digits after the point"
        yield Diagnosis("rounded", text), partial(_round, digits=digits)
    text = f"your {name} is right, but only to the seven digits of float32; compute with float64"
    yield Diagnosis("float32", text), _as_float32
    text = f"your {name} holds whole numbers: what stands behind the point is cut off or rounded"
    for cut in (np.trunc, np.floor, np.round):
        yield Diagnosis("whole numbers", text), partial(_cut, how=cut)


def _other(case: _Case, name: str) -> np.ndarray | None:
    return case.others.get(name)


def _cut(case: _Case, how: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return how(case.right)


def _round(case: _Case, digits: int) -> np.ndarray:
    return np.round(case.right, digits)


def _as_float32(case: _Case) -> np.ndarray | None:
    """The answer itself, if it is float32's and next to the right one."""
    if not _is_wrong(case):
        return case.right
    if case.got.shape != case.right.shape or not rounded_to_float32(case.got):
        return None
    near = np.abs(case.got - case.right) <= SIZE_OF_FLOAT32 * np.abs(case.right)
    return case.got if near.all() else None


def _of_numbers(cases: Sequence[_Case], name: str) -> Iterator[tuple[Diagnosis, Change]]:
    """Each number changed by itself: its sign, its size, a factor, an offset."""
    yield (
        Diagnosis(
            "sign", f"a sign is turned in your {name}: it is the negative of what it should be"
        ),
        lambda case: -case.right,
    )
    text = f"the sign is lost in your {name}: sizes are right, and none is negative"
    yield Diagnosis("sign lost", text), lambda case: np.abs(case.right)
    text = f"your {name} is right where it should be positive and 0 where it should be negative"
    yield Diagnosis("nothing below 0", text), lambda case: np.maximum(case.right, 0.0)
    largest = max((float(np.abs(case.got).max(initial=0.0)) for case in cases), default=0.0)
    text = f"your {name} is right up to a size at which it is cut off"
    yield Diagnosis("cut off", text), lambda case: np.clip(case.right, -largest, largest)
    factor = _factor(cases)
    if factor:
        words = FACTORS.get(factor, "always the same multiple of")
        text = f"your {name} is {words} what it should be, everywhere"
        yield Diagnosis(f"factor {factor:.4g}", text), lambda case: factor * case.right
    text = f"your {name} is what it should be divided by one of the sizes in play"
    yield Diagnosis("extra 1/N", text), partial(_by_size, power=-1)
    text = f"your {name} is what it should be times one of the sizes in play"
    yield Diagnosis("1/N left out", text), partial(_by_size, power=1)
    offsets = [case.got - case.right for case in cases if case.got.shape == case.right.shape]
    offset = float(np.median(np.concatenate([o.ravel() for o in offsets] or [np.zeros(1)])))
    if offset:
        text = f"your {name} is off by the same number everywhere"
        yield Diagnosis("offset", text), lambda case: case.right + offset
    for words, function in FUNCTIONS.items():
        text = f"your {name} is the {words} of what it should be"
        brief = "squared" if words == "square" else words
        yield Diagnosis(brief, text), partial(_function, how=function)
    for given in sorted({given for case in cases for given in case.inputs}):
        text = f"your {name} is what it should be times {given}"
        yield Diagnosis(f"times {given}", text), partial(_by_input, given=given, power=1)
        text = f"your {name} is what it should be divided by {given}"
        yield Diagnosis(f"{given} left out", text), partial(_by_input, given=given, power=-1)


def _factor(cases: Sequence[_Case]) -> float:
    """The factor at the largest number of all that is off; 0.0 if there is none."""
    best, found = 0.0, 0.0
    for case in cases:
        if case.got.shape != case.right.shape or not case.right.size or not _is_wrong(case):
            continue
        place = np.unravel_index(int(np.abs(case.right).argmax()), case.right.shape)
        if abs(case.right[place]) > best:
            best, found = abs(float(case.right[place])), float(case.got[place] / case.right[place])
    near = [known for known in FACTORS if abs(known - found) <= SAME * known]
    return near[0] if near else found if abs(found - 1) > OFF and abs(found + 1) > OFF else 0.0


def _by_size(case: _Case, power: int) -> np.ndarray | None:
    """Times or over one of the sizes in play, whichever fits; the same where there is only one of everything."""
    arrays = [*case.inputs.values(), case.right]
    sizes = {size for array in arrays for size in array.shape}
    factors = [float(size) ** power for size in sorted({*sizes, case.right.size, 1})]
    fitting = [f for f in factors if _same(case.got, f * case.right)]
    return fitting[0] * case.right if fitting else None


def _function(case: _Case, how: Callable[[np.ndarray], np.ndarray]) -> np.ndarray | None:
    with np.errstate(all="ignore"):
        predicted = how(case.right)
    return predicted if np.isfinite(predicted).all() else None


def _by_input(case: _Case, given: str, power: int) -> np.ndarray | None:
    """Times or over an input: a single number, or one of the answer's own shape."""
    factor = case.inputs.get(given)
    if factor is None or factor.shape not in ((), case.right.shape):
        return None
    if power < 0 and not factor.all():
        return None
    return np.asarray(case.right * factor if power > 0 else case.right / factor)


def _of_forms(name: str) -> Iterator[tuple[Diagnosis, Change]]:
    """The right numbers in another shape or order, or some of them."""
    text = f"your {name} has the right numbers, transposed"
    yield Diagnosis("transposed", text), lambda case: case.right.T
    text = f"your {name} has the right numbers in the wrong shape"
    yield Diagnosis("shape", text), _reshaped
    text = f"your {name} has the right numbers in another order"
    yield Diagnosis("order", text), _ordered
    for brief, cut in (("first", slice(1, None)), ("last", slice(None, -1))):
        text = f"your {name} is right, but its {brief} number or row is not there"
        yield Diagnosis(f"{brief} left out", text), partial(_piece, cut=cut)
    for brief, place in (("first", 0), ("last", -1)):
        text = f"your {name} is only the {brief} of the numbers or rows that it should hold"
        yield Diagnosis(f"only the {brief}", text), partial(_piece, cut=place)
    for words, reduce in REDUCED.items():
        text = f"your {name} still holds many numbers where one is asked for: {words}"
        yield Diagnosis("many for one", text), partial(_not_reduced, how=reduce)


def _reshaped(case: _Case) -> np.ndarray | None:
    fits = case.got.size == case.right.size
    return case.right.reshape(case.got.shape) if fits else None


def _ordered(case: _Case) -> np.ndarray | None:
    """The right numbers in the student's order, unless they stand as they do in the transpose."""
    if case.got.shape != case.right.shape or (_same(case.got, case.right.T) and _is_wrong(case)):
        return None
    ordered = np.empty(case.right.size)
    ordered[np.argsort(case.got, axis=None)] = np.sort(case.right, axis=None)
    return ordered.reshape(case.got.shape)


def _piece(case: _Case, cut: slice | int) -> np.ndarray | None:
    least = 1 if isinstance(cut, int) else 2
    if case.got.ndim == case.right.ndim > 1 and len(case.got) == len(case.right):
        return case.right[:, cut if isinstance(cut, slice) else [cut]]  # several answers at once
    return case.right[cut] if case.right.ndim and len(case.right) >= least else None


def _not_reduced(case: _Case, how: Callable[[np.ndarray], np.floating]) -> np.ndarray | None:
    """The answer itself, if the right one is a single number that comes from all of its numbers."""
    if case.right.ndim or case.got.size < 2:
        return case.right
    return case.got if _same(np.asarray(how(case.got)), case.right) else None


def _of_calls(name: str) -> Iterator[tuple[Diagnosis, Change]]:
    """What has to do with the calls before."""
    text = f"your {name} is that of the call before"
    yield Diagnosis("earlier call", text), lambda case: (*case.earlier, case.right)[-2:][0]
    text = f"your {name} is always that of the first call"
    yield Diagnosis("first call", text), lambda case: (*case.earlier, case.right)[0]
    text = f"your {name} adds up over the calls: each begins where the one before it ended"
    yield Diagnosis("added up over calls", text), _added_up


def _added_up(case: _Case) -> np.ndarray | None:
    if any(each.shape != case.right.shape for each in case.earlier):
        return None
    return np.asarray(np.sum([*case.earlier, case.right], axis=0))


@dataclass(frozen=True, slots=True)
class _Situation:
    """The inputs of a case that are numbers, whether an answer is wrong there, and which elements of it are."""

    inputs: dict[str, np.ndarray]
    is_wrong: bool
    places: tuple[np.ndarray, ...]


def situations(
    checks: Sequence[Check], truth: Sequence[Sequence[Answer]], seen: Sequence[Sequence[Answer]]
) -> dict[str, Diagnosis]:
    """By part that is wrong: the one condition that holds wherever any answer of the exercise is wrong."""
    cases: list[_Situation] = []
    lost: set[str] = set()
    for check, right, own in zip(checks, truth, seen, strict=False):
        for case, true, answer in zip(check.cases, right, own, strict=False):
            places = {name: _wrong_elements(check, name, answer, true) for name in check.judges}
            wrong = {name: each for name, each in places.items() if each is None or each.any()}
            lost |= {check.judges[name] for name in wrong}
            known = tuple(each for each in wrong.values() if each is not None)
            cases.append(_Situation(_numbers(case.inputs), bool(wrong), known))
    words = _parting(cases)
    text = "your answers are right everywhere else"
    return {part: Diagnosis(f"wrong where {words}", text) for part in lost} if words else {}


def _numbers(inputs: Inputs) -> dict[str, np.ndarray]:
    """Those inputs that are numbers or arrays of numbers."""
    plain = {name: value for name, value in inputs.items() if isinstance(value, NUMBERS)}
    arrays = {name: np.asarray(value) for name, value in plain.items()}
    return {name: array for name, array in arrays.items() if array.dtype.kind in "iuf"}


def _parting(cases: Sequence[_Situation]) -> str:
    """The one condition that holds wherever an answer is wrong and nowhere where it is right."""
    wrong = [case for case in cases if case.is_wrong]
    if len(wrong) < WRONG or len(cases) - len(wrong) < RIGHT:
        return ""
    apart = [case.is_wrong for case in cases]
    patterns_tried, fitting = set(), []
    for name in sorted(set.intersection(*[set(case.inputs) for case in cases])):
        for words, holds in CONDITIONS.items():
            pattern = [holds(case.inputs[name]) for case in cases]
            patterns_tried.add(tuple(pattern))
            if pattern == apart:
                fitting.append((words, name))
    if len(fitting) != 1:
        return ""
    [(words, name)] = fitting
    shown = _in_place(wrong, name, OF_ELEMENTS[words]) if words in OF_ELEMENTS else None
    rare = comb(len(cases), len(wrong)) >= RARE * len(patterns_tried)
    return words.format(name) if shown or (shown is None and rare) else ""


def _in_place(wrong: Sequence[_Situation], name: str, holds: Holds) -> bool | None:
    """Whether elements are wrong where the condition holds for the input's own; None if that is not to be seen."""
    shown = None
    for case in wrong:
        given = case.inputs[name]
        for places in [each for each in case.places if each.shape == given.shape and each.size > 1]:
            meant = holds(given)
            if (places & ~meant).any() or 2 * (places & meant).sum() <= meant.sum():
                return False
            shown = shown or not places.all() or None
    return shown


def _wrong_elements(check: Check, name: str, one: Answer, right: Answer) -> np.ndarray | None:
    """Which elements of an answer differ from the right one's by more than rounding; None if it has another shape."""
    got, wanted = numbers_of(check, name, one), numbers_of(check, name, right)
    if isinstance(got, str) or isinstance(wanted, str) or got.shape != wanted.shape:
        return None
    room = ROUNDING * (np.abs(wanted).max(initial=0.0) or 1.0)
    with np.errstate(all="ignore"):
        return np.asarray(~(np.abs(got - wanted) <= room))
