"""Name a student's mistake: whose wrong answer is this?

A misconception is the diagnosis if the student's answers equal its answers on every case of every answer in which
it differs from the truth.  Several that fit: the one that differs from the truth on most cases.  Where none fits,
the relation found by the check speaks, or nothing does: a wrong name misleads more than none.

An exercise that builds on a broken one is read in the light of that one's mistake.  If its answers are what a right
answer gives on the broken foundation, it is only a consequence, and only then are its checks said to build on that; if
the foundation's mistake has no name, nothing is named here either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from autograder.grading.answer_key import AnswerKey, Answers, Meaning, WrongAnswer
from autograder.hidden.catalogue import Misconception
from autograder.student.judging.findings import alarms, numbers_of
from autograder.student.judging.formula_rule import Analytic
from autograder.student.judging.judge import Judgement
from autograder.student.judging.patterns import PLAIN, patterns, with_pattern
from autograder.student.model.compare import ROUNDING
from autograder.student.model.exercises import Answer, Check
from autograder.student.model.results import Diagnosis, ExerciseResult, Finding, Outcome

# A wrong answer counts as different from the right one when it is off by this fraction of the
# answer's scale: far enough beyond rounding that agreeing with the one excludes agreeing with the
# other.
MARGIN = 1e3 * ROUNDING
# In so many cases an earlier exercise's mistake must show.
APART = 2


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """An exercise's result with its mistakes named, and what it carries into the exercises that build on it.

    carries: the misconceptions in its own answer and in all that it builds on; None if something in
    there is wrong and has no name.  doubtful: what is wrong below may be why it failed, or a part of why.
    """

    result: ExerciseResult
    carries: tuple[Misconception, ...] | None = ()
    doubtful: bool = False


def diagnose(key: AnswerKey, judgement: Judgement, before: Mapping[str, Diagnosed]) -> Diagnosed:
    """The exercise's result, with the misconceptions that explain it or the exercise that it follows from.

    before: the exercises that come earlier in the notebook, by name, diagnosed.
    """
    result = judgement.result
    if result.outcome is Outcome.PASSED:  # of its own it hands no mistake on
        return Diagnosed(result, _together([before[name] for name in judgement.carried]))
    foundation = [before[name] for name in judgement.builds_on]
    given = _together(foundation)
    if result.outcome in (Outcome.UNATTEMPTED, Outcome.MISSING) or not judgement.trials:
        return Diagnosed(result, None)
    cause = None if judgement.own else _cause(key, result.exercise, foundation)
    if given is None and cause:
        return Diagnosed(nameless(result), None, doubtful=True)
    meaning = key.meaning(result.exercise, given or ())
    seen, checks = [trial.answers for trial in judgement.trials], key.checks[result.exercise]
    if cause and _all_equal(checks, meaning.truth, seen):
        return Diagnosed(_consequence(result, cause), given)
    fits = _fits(checks, meaning, seen)
    if cause and not fits:
        return Diagnosed(nameless(result), None, doubtful=True)
    # A relation to the right answer says nothing where the right answer is not to be expected.
    silent = bool(cause or judgement.own)
    whole: dict[str, Diagnosis] = {}
    if not silent and any(_fitting(finding, fits) is None for finding in _costly(result)):
        whole = patterns(checks, meaning.truth, seen)
        lost = frozenset(part.name for part in result.parts if part.earned < part.possible)
        whole |= key.for_other_inputs(result.exercise, seen, lost - whole.keys())
        inherited = None if fits else _inherited(key, judgement, meaning.truth)
        whole |= dict.fromkeys(lost, inherited) if inherited else {}
    findings = tuple(_marked(finding, fits, whole, silent=silent) for finding in result.findings)
    named = [f.mistake for f in findings if f.mistake and not f.warning]
    known = [mistake for mistake in named if any(mistake is fit[2] for fit in fits)]
    marked = replace(result, findings=findings, diagnosis=next(iter([*known, *named]), None))
    own = _explanation(key, marked)
    return Diagnosed(marked, (*(given or ()), own) if own else None)


def _inherited(key: AnswerKey, judgement: Judgement, truth: Sequence[Answers]) -> Diagnosis | None:
    """The known mistake of an earlier exercise that the answer does again what it might have called."""
    name = judgement.result.exercise
    [exercise] = [each for each in key.assignment.exercises if each.name == name]
    checks, seen = key.checks[name], [trial.answers for trial in judgement.trials]
    if not _all_finite(checks, seen):
        return None
    found = {}
    for earlier in [each for each in exercise.builds_on if each not in judgement.builds_on]:
        for mistake in key.misconceptions[earlier]:
            predicted: list[Answers] = []
            for check, own in zip(checks, seen, strict=True):
                predicted.append(key.answers_with(mistake, check))
                if not _all_equal([check], predicted[-1:], [own]):
                    break
            else:
                wrong = WrongAnswer(mistake, tuple(predicted))
                if sum(far_cases(checks, truth, wrong).values()) >= APART:
                    text = f"As in {earlier}, which you do again here: {mistake.text}"
                    found[mistake.name] = Diagnosis(mistake.name, text)
    return next(iter(found.values())) if len(found) == 1 else None


def _all_finite(checks: Sequence[Check], seen: Sequence[Answers]) -> bool:
    """Whether all answers are numbers, none of them nan or infinite."""
    return all(
        not isinstance(numbers := numbers_of(check, name, answer), str)
        and np.isfinite(numbers).all()
        for check, answers in zip(checks, seen, strict=False)
        for answer in answers
        for name in check.judges
    )


def _cause(key: AnswerKey, exercise: str, foundation: Sequence[Diagnosed]) -> ExerciseResult | None:
    """The first exercise of a foundation that is broken in a way that may reach `exercise`; None if none is."""
    broken = [b for b in foundation if b.result.outcome is not Outcome.PASSED or b.carries != ()]
    return next((b.result for b in broken if _reaches(key, exercise, b)), None)


def _reaches(key: AnswerKey, exercise: str, broken: Diagnosed) -> bool:
    """Whether what is broken in an exercise may change the answers of another that builds on it.

    A mistake that has a name is tried out on the reference.  One that has none is judged by the parts that it lost: it
    may reach as far as any known mistake that spoils nothing but some of them.
    """
    if broken.carries is not None:
        return _changes(key, exercise, broken.carries)
    result = broken.result
    if result.blocked_by or result.outcome in (Outcome.UNATTEMPTED, Outcome.MISSING):
        return True
    lost = {part.name for part in result.parts if part.earned < part.possible}
    spoiled = {
        wrong: _spoiled(key, result.exercise, wrong) for wrong in key.meaning(result.exercise).wrong
    }
    known = {wrong: parts for wrong, parts in spoiled.items() if parts and parts <= lost}
    unknown = lost - {part for parts in known.values() for part in parts}
    return bool(unknown) or any(_changes(key, exercise, (wrong.misconception,)) for wrong in known)


def _changes(key: AnswerKey, exercise: str, given: tuple[Misconception, ...]) -> bool:
    """Whether right answers to an exercise come out differently on a foundation with these mistakes.

    What was measured there is measured here too, however little the numbers differ.
    """
    checks, truth = key.checks[exercise], key.meaning(exercise, given).truth
    if not _all_equal(checks, key.meaning(exercise).truth, truth):
        return True
    return any(
        isinstance(c.rule, Analytic) and c.rule.measured(c, a)
        for c, a in zip(checks, truth, strict=True)
    )


def _spoiled(key: AnswerKey, exercise: str, wrong: WrongAnswer) -> frozenset[str]:
    """The parts of an exercise that a misconception gets wrong."""
    checks, truth = key.checks[exercise], key.meaning(exercise).truth
    return frozenset(
        check.judges[name]
        for number, check in enumerate(checks)
        for name, (_, differs) in _predicted(number, check, truth, wrong).items()
        if differs
    )


def _together(foundation: Sequence[Diagnosed]) -> tuple[Misconception, ...] | None:
    """All misconceptions that the exercises of a foundation carry, each once; None if one carries an unknown."""
    carried = [diagnosed.carries for diagnosed in foundation]
    if None in carried:
        return None
    return tuple(dict.fromkeys(m for carries in carried for m in carries or ()))


def _explanation(key: AnswerKey, result: ExerciseResult) -> Misconception | None:
    """The catalogued misconception that explains all of a failed exercise, if one does."""
    named = {f.mistake.name if f.mistake else "" for f in result.findings if not f.warning}
    return next((m for m in key.misconceptions[result.exercise] if named == {m.name}), None)


def _consequence(result: ExerciseResult, cause: ExerciseResult) -> ExerciseResult:
    """The result pointing at the exercise that must be mended first, without names that may be its doing."""
    return replace(nameless(result), blocked_by=cause.blocked_by or cause.exercise)


def nameless(result: ExerciseResult) -> ExerciseResult:
    """The result without any name for its mistakes."""
    findings = tuple(replace(finding, mistake=None) for finding in result.findings)
    return replace(result, findings=findings, diagnosis=None)


Explained = frozenset[tuple[str, str]]
Fit = tuple[int, Explained, Diagnosis]


def _fits(checks: Sequence[Check], meaning: Meaning, seen: Sequence[Answers]) -> list[Fit]:
    """The misconceptions that the answers show: on how many cases, and what they explain; most telling first."""
    fits = []
    right = _places_alike(checks, seen, meaning.truth)
    for wrong in meaning.wrong:
        cases, explained = _agreement(checks, meaning.truth, wrong, seen, right)
        if cases:
            fits.append(
                (cases, explained, Diagnosis(wrong.misconception.name, wrong.misconception.text))
            )
    return sorted(fits, key=lambda fit: -fit[0])


def _marked(
    finding: Finding, fits: Sequence[Fit], whole: Mapping[str, Diagnosis], *, silent: bool
) -> Finding:
    """The finding with the first misconception that explains it, else with the relation that all checks show.

    A finding that is `silent` gets no name.
    """
    if finding.warning:
        return finding
    fit = _fitting(finding, fits)
    if fit or silent:
        return replace(finding, mistake=fit)
    return with_pattern(finding, whole)


def _fitting(finding: Finding, fits: Sequence[Fit]) -> Diagnosis | None:
    """The first misconception that explains a finding."""
    for _, explained, diagnosis in fits:
        if any((finding.check, part) in explained for part in finding.parts):
            return diagnosis
    return None


def _costly(result: ExerciseResult) -> list[Finding]:
    """The findings that cost points."""
    return [finding for finding in result.findings if not finding.warning]


def _agreement(
    checks: Sequence[Check],
    truth: Sequence[Answers],
    wrong: WrongAnswer,
    observed: Sequence[Answers],
    right: Mapping[tuple[int, str], bool],
) -> tuple[int, Explained]:
    """On how many cases the student shows this misconception, and which parts of which checks it explains.

    right: by check and name, whether the student's answers are the right ones.  (0, {}) if any answer contradicts the
    misconception: one that it spoils, or that belongs to a part that it spoils, and that is neither right nor what it
    predicts.
    """
    cases, explained, unexplained = 0, set(), set()
    telling, elsewhere = False, False
    for number, (check, mistaken, seen) in enumerate(
        zip(checks, wrong.answers, observed, strict=False)
    ):
        predicted = _predicted(number, check, truth, wrong)
        # On the wires of a graph an error spreads: a mistake that leaves one wrong wire unexplained explains none.
        if check.probe.keyed and any(
            not right[number, name] and not _all_alike(check, name, seen, mistaken)
            for name in check.judges
        ):
            return 0, frozenset()
        for name, part in check.judges.items():
            differing, differs = predicted[name]
            if differing and right[number, name]:  # too far apart to be both
                return 0, frozenset()
            shown = differs and _all_alike(check, name, seen, mistaken)
            if differing and not shown:
                return 0, frozenset()
            cases += differing
            if shown:
                explained.add((check.text, part))
                telling = telling or _tells(check, name, mistaken)
            elif not right[number, name]:
                unexplained.add(part)
                elsewhere = elsewhere or not differs
    # Plain numbers are alike by chance too easily: they name a mistake only if it spoils all that is wrong.
    if unexplained & {part for _, part in explained} or (elsewhere and not telling):
        return 0, frozenset()
    return cases, frozenset(explained)


def _tells(check: Check, name: str, answers: Answers) -> bool:
    """Whether answers hold a number other than 0, 1 and 2, or none at all."""
    numbers = [numbers_of(check, name, answer) for answer in answers]
    return any(isinstance(each, str) or not np.isin(np.abs(each), PLAIN).all() for each in numbers)


def _places_alike(
    checks: Sequence[Check], observed: Sequence[Answers], other: Sequence[Answers]
) -> dict[tuple[int, str], bool]:
    """By check and name, whether the answers observed are what `other` holds."""
    return {
        (number, name): _all_alike(check, name, seen, there)
        for number, (check, seen, there) in enumerate(zip(checks, observed, other, strict=False))
        for name in check.judges
    }


def far_cases(
    checks: Sequence[Check], truth: Sequence[Answers], wrong: WrongAnswer
) -> dict[tuple[int, str], int]:
    """In how many cases a misconception is far from the truth, by the number of the check and the answer's name."""
    return {
        (number, name): far
        for number, check in enumerate(checks)
        for name, (far, _) in _predicted(number, check, truth, wrong).items()
    }


Predicted = dict[str, tuple[int, bool]]
_PREDICTED: WeakKeyDictionary[WrongAnswer, dict[int, Predicted]] = WeakKeyDictionary()


def _predicted(
    number: int, check: Check, truth: Sequence[Answers], wrong: WrongAnswer
) -> Predicted:
    """By name: in how many cases of a check a wrong answer is far from the truth, and whether it differs at all.

    The same for every student, so worked out once; number: the check's.
    """
    known = _PREDICTED.setdefault(wrong, {})
    if number not in known:
        right, mistaken = truth[number], wrong.answers[number]
        predicted: Predicted = {}
        for name in check.judges:
            margin = MARGIN * _scale(check, name, right)
            apart = [distance(check, name, m, r) for m, r in zip(mistaken, right, strict=True)]
            differs = not _all_alike(check, name, mistaken, right)
            predicted[name] = sum(far > margin for far in apart), differs
        known[number] = predicted
    return known[number]


def _all_equal(
    checks: Sequence[Check], truth: Sequence[Answers], observed: Sequence[Answers]
) -> bool:
    """Whether every answer observed is what `truth` holds."""
    return all(
        _all_alike(check, name, seen, right)
        for check, right, seen in zip(checks, truth, observed, strict=False)
        for name in check.judges
    )


def _all_alike(check: Check, name: str, seen: Answers, other: Answers) -> bool:
    """Whether one named answer is the same, but for rounding, in all cases of a check."""
    allowed = ROUNDING * _scale(check, name, other)
    return all(distance(check, name, a, b) <= allowed for a, b in zip(seen, other, strict=True))


def _scale(check: Check, name: str, right: Answers) -> float:
    """The size of the largest finite element; 1.0 if there is none, or none but zeros."""
    values = [numbers_of(check, name, answer) for answer in right]
    finite = [v[np.isfinite(v)] for v in values if not isinstance(v, str)]
    return max((float(np.abs(v).max(initial=0.0)) for v in finite), default=0.0) or 1.0


def distance(check: Check, name: str, one: Answer, other: Answer) -> float:
    """The largest difference of two answers' elements: 0 if they are the same, inf if they differ in kind.

    They differ in kind if their shapes do, if one is not finite where the other is, if they fail in
    different ways and, where a check asks for quiet, if they raise alarms that have no kind in common.  Which more of
    them there are, and whether nan or an infinity comes of them, depends on how a mistake is written.
    """
    kinds, others = _alarm_kinds(one), _alarm_kinds(other)
    alike = kinds & others or kinds == others
    if getattr(check.rule, "quiet", False) and not alike:
        return math.inf
    a, b = numbers_of(check, name, one), numbers_of(check, name, other)
    if isinstance(a, str) or isinstance(b, str):
        same_reason = isinstance(a, str) and isinstance(b, str) and a == b
        return 0.0 if same_reason else math.inf
    if a.shape != b.shape:
        return math.inf
    same = (a == b) | ~(np.isfinite(a) | np.isfinite(b))
    with np.errstate(all="ignore"):
        apart = np.where(same, 0.0, np.abs(a - b))
    return float(np.nan_to_num(apart, nan=math.inf, posinf=math.inf).max(initial=0.0))


def _alarm_kinds(answer: Answer) -> frozenset[str]:
    """The kinds of floating-point warnings of an answer: overflow, divide, invalid."""
    return frozenset(" ".join(alarm.split()[1:2]) for alarm in alarms(answer))
