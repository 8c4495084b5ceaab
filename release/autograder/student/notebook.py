"""`check("name")`: run an exercise's visible checks on the notebook's own code and show a card.

Stock nbgrader reads a check cell's last value as its points and gives 0 for any output on stderr.  So `check`
returns a number, and nothing that happens inside it reaches stderr.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from difflib import get_close_matches
from html import escape
from io import StringIO
from types import CodeType

from autograder.student.cards.card import card_html, card_text
from autograder.student.cards.wording import SENTENCE, clip, number, points, said
from autograder.student.checks import assignments, find_exercise, mistakes_of
from autograder.student.judging.judge import judge_exercise, with_renamed
from autograder.student.judging.known_mistakes import name_mistake, read_table
from autograder.student.judging.patterns import name_patterns
from autograder.student.judging.timed import BY_HAND, TimedStudent
from autograder.student.kernel_cells import follow_cells, kernel_shell, remarks
from autograder.student.model.exercises import Assignment, Exercise
from autograder.student.model.results import ExerciseResult, Finding, Outcome

ADVICE = {
    Outcome.PASSED: "all_pass",
    Outcome.UNATTEMPTED: "begin",
    Outcome.MISSING: "run_definition",
}


class ShownPoints(float):
    """A number of points that a notebook displays as a card."""

    card: str

    def __new__(cls, earned: float, card: str = "") -> ShownPoints:
        """Keep `earned` points with the HTML of their card."""
        shown = super().__new__(cls, earned)
        shown.card = card
        return shown

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.card}


@dataclass(slots=True)
class Attempts:
    """One exercise in this kernel: the code that failed last, the name of its mistake, and the points.

    failures: how many versions were shown a hint.  hinted: whether the last one was.
    """

    code: object = None
    mistake: str = ""
    hinted: bool = False
    failures: int = 0
    earned: float = 0.0


ATTEMPTS: dict[str, Attempts] = {}


def check(name: str) -> ShownPoints:
    """Run the visible checks of the exercise called `name` on the caller's code; return the points earned."""
    namespace = sys._getframe(1).f_globals
    try:
        assignment, exercise = find_exercise(str(name))
    except LookupError:
        message = _unknown(str(name))
        return _shown(0.0, f"<p>{escape(message)}</p>", message)
    try:
        with silence():
            judged = judge_visible(namespace, assignment, exercise)
            seen = remarks(exercise, namespace)
    except KeyboardInterrupt:  # outside of the student's code
        stopped = said("stopped")
        return _shown(0.0, f"<p>{escape(stopped)}</p>", stopped)
    attempts = ATTEMPTS.setdefault(exercise.name, Attempts())
    attempts.earned = judged.earned
    result = replace(judged, hint=_next_hint(exercise, judged, attempts, namespace))
    advised = [] if result.blocked_by or result.outcome not in ADVICE else [ADVICE[result.outcome]]
    advice = " ".join([*seen, *map(said, advised)])
    footer = (_so_far(assignment),)
    return _shown(
        result.earned,
        card_html(result, advice=advice, footer=footer),
        card_text(result, advice=advice, footer=footer),
    )


def judge_visible(
    namespace: Mapping[str, object],
    assignment: Assignment,
    exercise: Exercise,
    hint: str = "",
    interrupted: str = BY_HAND,
) -> ExerciseResult:
    """Judge an exercise by its visible checks in this kernel, and name a catalogued mistake.

    On top of another exercise that is wrong nothing is named: it may be that one's doing.
    interrupted: what to say of a call that was.
    """
    student = TimedStudent(namespace, interrupted)
    judgement = judge_exercise(student, exercise, exercise.checks, hint)
    result = with_renamed(student, assignment, judgement.result)
    over = (Outcome.PASSED, Outcome.MISSING, Outcome.TIMED_OUT)
    if result.outcome in over or result.blocked_by:
        return result
    for name in judgement.builds_on:
        other = assignment.exercise(name)
        if judge_exercise(student, other, other.checks).result.outcome is not Outcome.PASSED:
            return result
    entries = read_table(mistakes_of(assignment.name)).get(exercise.name, ())
    named = name_mistake(entries, exercise, result, judgement.trials)
    return named if named.diagnosis else name_patterns(named, exercise.checks, judgement.trials)


@contextmanager
def silence() -> Iterator[None]:
    """Keep warnings, log records and whatever student code writes to stderr away from the notebook."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _next_hint(
    exercise: Exercise, result: ExerciseResult, attempts: Attempts, namespace: Mapping[str, object]
) -> str:
    """The hint for this failure: the next one whenever the code has changed and still fails.

    An answer that has not the form that is asked for gets help with that, and a mistake with a name is left to
    speak for itself until it comes again in another version.  Neither uses up a hint.
    """
    if result.blocked_by or result.outcome in (
        Outcome.PASSED,
        Outcome.UNATTEMPTED,
        Outcome.MISSING,
    ):
        return ""
    wrong = [finding for finding in result.findings if not finding.warning]
    if wrong and wrong[0].form:
        return wrong[0].form
    code = [_code(namespace.get(name)) for name in (exercise.name, *exercise.builds_on)]
    if code != attempts.code:
        mistake = _name_of(result, wrong)
        attempts.hinted = mistake in ("", attempts.mistake)
        attempts.code, attempts.mistake = code, mistake
        attempts.failures += attempts.hinted
    hints = exercise.hints_for(wrong[0].parts if wrong else ()) or exercise.hints
    return hints[min(attempts.failures, len(hints)) - 1] if hints and attempts.hinted else ""


def _name_of(result: ExerciseResult, wrong: Sequence[Finding]) -> str:
    """The name of the mistake that the card shows first; "" if it has none."""
    if result.diagnosis:
        return result.diagnosis.name
    return wrong[0].mistake.name if wrong and wrong[0].mistake else ""


def _code(value: object) -> object:
    """What an edit of a function or class changes: byte code and constants, not comments."""
    if isinstance(value, type):
        return [_code(member) for member in vars(value).values() if callable(member)]
    code = getattr(value, "__code__", None)
    return code if isinstance(code, CodeType) else id(value)


def _so_far(assignment: Assignment) -> str:
    tried = [exercise for exercise in assignment.exercises if exercise.name in ATTEMPTS]
    earned = sum(ATTEMPTS[exercise.name].earned for exercise in tried if not exercise.bonus)
    bonus = sum(ATTEMPTS[exercise.name].earned for exercise in tried if exercise.bonus)
    reached = points(earned, assignment.checked)
    text = said("so_far_bonus", reached, number(bonus)) if bonus else said("so_far", reached)
    if not assignment.written:
        return text
    return f"{text} {said('person_reads', number(assignment.points - assignment.checked))}"


def _unknown(name: str) -> str:
    """Say that there is no such exercise, and suggest names."""
    names = [exercise.name for assignment in assignments() for exercise in assignment.exercises]
    near = get_close_matches(name, names)
    meant = (
        f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else f"the exercises are {', '.join(names)}."
    )
    return clip(f"check({name!r}): there is no exercise of this name; {meant}", SENTENCE)


def _shown(earned: float, card: str, text: str) -> ShownPoints:
    """Print the text card where no notebook will draw the other one."""
    if kernel_shell() is None:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding))
    return ShownPoints(earned, card)


follow_cells()
