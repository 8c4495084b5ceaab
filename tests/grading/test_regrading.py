"""Grading again: who moves and why, and that the better score counts unless somebody says otherwise."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.reports.regrade import CAUSES, find_changes, hold_better, kept, settle
from autograder.student.model.results import (
    ExerciseResult,
    Identity,
    Outcome,
    PartResult,
    Provenance,
    Report,
    Status,
)

NAME = "04_matmul"


def exercise(name, earned):
    outcome = Outcome.PASSED if earned == 2.0 else Outcome.FAILED
    return ExerciseResult(name, name, outcome, (PartResult("p", "a part", earned, 2.0),))


def report(student, *points, penalty=0.0, **provenance):
    results = tuple(exercise(f"e{number}", p) for number, p in enumerate(points, 1))
    rests_on = Provenance(**provenance)
    return Report(
        Identity(student),
        NAME,
        Status.GRADED,
        results,
        possible=4.0,
        penalty=penalty,
        provenance=rests_on,
    )


def unreadable(student):
    return Report(
        Identity(student), NAME, Status.UNREADABLE, reason=f"{student}.ipynb: it is not valid JSON"
    )


def test_whoever_keeps_score_and_verdicts_does_not_move():
    before = [report("ada", 2.0, 1.0, submission="a")]
    assert find_changes(before, [report("ada", 2.0, 1.0, submission="b")]) == ()


def test_a_move_says_by_how_much_and_which_verdicts_changed_and_what_is_not_as_before():
    before = [
        report("ada", 2.0, 1.0, submission="a", checks="1", code="x", kit="1"),
        report("bo", 2.0, 2.0),
    ]
    after = [
        report("ada", 2.0, 2.0, submission="a", checks="2", code="y", kit="2"),
        report("bo", 2.0, 2.0),
    ]
    (move,) = find_changes(before, after)
    assert (move.student, move.before, move.after, move.counts, move.kept) == (
        "ada",
        3.0,
        4.0,
        4.0,
        False,
    )
    assert move.causes == ("checks", "kit")
    assert [(c.exercise, c.before.earned, c.after.earned) for c in move.changes] == [
        ("e2", 1.0, 2.0)
    ]


def test_every_cause_has_its_own_word():
    for key, word in CAUSES.items():
        before = report("ada", 2.0, **{key: "1"})
        (move,) = find_changes([before], [report("ada", 1.0, **{key: "2"})])
        assert move.causes == (word,)
    later = replace(
        report("ada", 1.0), identity=Identity("ada", submitted="2026-02-02T00:00:00+00:00")
    )
    (move,) = find_changes([report("ada", 2.0)], [later])
    assert move.causes == ("time of submission",)


def test_verdicts_that_change_without_the_score_are_a_move_too():
    (move,) = find_changes([report("ada", 2.0, 1.0)], [report("ada", 1.0, 2.0)])
    assert (move.before, move.after, len(move.changes)) == (3.0, 3.0, 2)


def test_the_better_score_counts_and_a_penalty_is_part_of_it():
    before, after = report("ada", 2.0, 1.0), report("ada", 2.0, 2.0, penalty=1.5)
    (counts,) = settle([before], [after])
    assert (counts.score, counts.exercises) == (3.0, before.exercises)
    assert counts.kept == "better than the 2.5 points of a later grading"
    assert kept([counts]) == [counts]
    (move,) = find_changes([before], [after])
    assert (move.kept, move.counts) == (True, 3.0)
    assert settle([before], [after], lower_too=True) == (after,)
    (move,) = find_changes([before], [after], lower_too=True)
    assert (move.kept, move.counts) == (False, 2.5)


def test_of_equal_scores_the_later_grade_counts():
    before, after = report("ada", 2.0, checks="1"), report("ada", 2.0, checks="2")
    assert settle([before], [after]) == (after,)


def test_a_grade_that_cannot_be_made_again_stays_and_is_told():
    before = report("ada", 2.0)
    assert settle([before], [unreadable("ada")], lower_too=True) == (before, unreadable("ada"))
    (move,) = find_changes([before], [unreadable("ada")])
    assert (move.before, move.after, move.kept, move.counts) == (2.0, None, True, 2.0)


def test_whoever_is_not_among_those_graded_again_stays_as_he_was():
    before = [report("ada", 2.0), report("bo", 1.0), unreadable("cy"), unreadable("di")]
    after = [report("ada", 1.0), report("di", 1.0)]
    settled = settle(before, after, lower_too=True)
    assert [(r.student, r.status.value) for r in settled] == [
        ("ada", "graded"),
        ("bo", "graded"),
        ("di", "graded"),
        ("cy", "unreadable"),
    ]
    assert [move.student for move in find_changes(before, after)] == ["ada", "di"]


def test_an_earlier_better_report_counts_in_a_later_grading_too():
    earlier = report("ada", 2.0, 2.0)
    assert hold_better([report("ada", 1.0), report("bo", 1.0), unreadable("ada")], [earlier]) == (
        replace(earlier, kept="better than the 1 points of a later grading"),
        report("bo", 1.0),
        unreadable("ada"),
    )
    assert hold_better([report("ada", 2.0, 2.0, checks="2")], [earlier]) == (
        report("ada", 2.0, 2.0, checks="2"),
    )


POINTS = st.sampled_from([0.0, 0.5, 1.0, 2.0])
CLASSES = st.dictionaries(st.sampled_from("abcde"), st.tuples(POINTS, POINTS)).map(
    lambda found: tuple(report(student, *points) for student, points in found.items())
)


@settings(max_examples=200)
@given(CLASSES, CLASSES)
def test_nobody_loses_and_settling_twice_changes_nothing_and_moves_tell_it_all(before, after):
    settled = {r.student: r for r in settle(before, after)}
    scores = {r.student: r.score for r in before}
    assert settled.keys() == scores.keys() | {r.student for r in after}
    assert all(settled[student].score >= score for student, score in scores.items())
    again = settle(tuple(settled.values()), after)
    assert {r.student: r.score for r in again} == {
        student: r.score for student, r in settled.items()
    }
    told = {move.student: move.counts for move in find_changes(before, after)}
    for student, one in settled.items():
        assert one.score == told.get(student, scores.get(student))
    lowered = {r.student: r for r in settle(before, after, lower_too=True)}
    assert all(lowered[r.student] == r for r in after)


def test_whoever_has_left_a_team_keeps_no_grade_of_it():
    before, gone = report("ada", 2.0), Report(Identity("ada"), NAME, Status.ABSENT)
    assert settle([before], [gone]) == (gone,)
    (move,) = find_changes([before], [gone])
    assert (move.before, move.counts) == (2.0, None)
