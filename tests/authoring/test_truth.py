"""Holding a graded class against what is true of it: every wrong verdict is counted."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.gate.truth import (
    Expected,
    SubmissionTruth,
    read_truth,
    write_truth,
    wrong_verdicts,
)
from autograder.errors import MisuseError
from autograder.student.model.results import (
    Diagnosis,
    ExerciseResult,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)

FULL = Expected(2.0, 2.0, "passed", ())
TRUTH = SubmissionTruth(
    "s001", "90_toy", "s001/90_toy.ipynb", True, {"f": FULL, "g": Expected(0.0, 1.0, "", ("sign",))}
)
BROKEN = SubmissionTruth("s002", "90_toy", "s002/90_toy.ipynb", False)


def result(name, earned=2.0, outcome=Outcome.PASSED, mistake=""):
    diagnosis = Diagnosis(mistake, "Words.") if mistake else None
    return ExerciseResult(
        name, name, outcome, (PartResult("p", "p", earned, 2.0),), diagnosis=diagnosis
    )


RIGHT = Report(
    Identity("s001"),
    "90_toy",
    Status.GRADED,
    (result("f"), result("g", 0.5, Outcome.FAILED, "sign")),
)
UNREADABLE = Report(
    Identity("s002"), "90_toy", Status.UNREADABLE, reason="s002/90_toy.ipynb: it is not valid JSON"
)


def changed(name, **what):
    """The right report with one exercise otherwise."""
    return replace(
        RIGHT,
        exercises=tuple(result(name, **what) if e.exercise == name else e for e in RIGHT.exercises),
    )


def test_a_class_that_was_graded_truly_has_no_wrong_verdict():
    assert wrong_verdicts([TRUTH, BROKEN], [RIGHT, UNREADABLE]) == (3, [])


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            changed("f", earned=1.5, outcome=Outcome.FAILED),
            "s001 90_toy f: earned 1.5, true is 2 to 2",
        ),
        (changed("f", earned=2.5), "s001 90_toy f: earned 2.5, true is 2 to 2"),
        (changed("f", earned=float("nan")), "s001 90_toy f: earned nan, true is 2 to 2"),
        (
            changed("f", outcome=Outcome.ERRORED),
            "s001 90_toy f: is 'stopped with an error', true is 'passed'",
        ),
        (
            changed("f", mistake="sign"),
            "s001 90_toy f: is diagnosed as 'sign', true is no known mistake",
        ),
        (changed("g", earned=1.5, mistake="sign"), "s001 90_toy g: earned 1.5, true is 0 to 1"),
        (changed("g", earned=0.5), "s001 90_toy g: is diagnosed as '', true is 'sign'"),
        (
            changed("g", earned=0.5, mistake="twice"),
            "s001 90_toy g: is diagnosed as 'twice', true is 'sign'",
        ),
        (replace(RIGHT, exercises=RIGHT.exercises[1:]), "s001 90_toy f: has no result"),
        (replace(RIGHT, identity=Identity("s003")), "s001 90_toy: was not graded"),
        (replace(RIGHT, assignment="91_other"), "s001 90_toy: was not graded"),
        (replace(RIGHT, status=Status.STOPPED), "s001 90_toy: was not graded"),
    ],
)
def test_a_wrong_verdict_is_counted_and_told(report, said):
    assert wrong_verdicts([TRUTH, BROKEN], [report, UNREADABLE]) == (3, [said])


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [replace(UNREADABLE, reason="s003/90_toy.ipynb: it is not valid JSON")],
        [replace(UNREADABLE, status=Status.STOPPED)],
        [UNREADABLE, Report(Identity("s002"), "90_toy", Status.GRADED)],
    ],
)
def test_a_file_that_cannot_be_read_must_be_a_row_with_a_reason(reports):
    assert wrong_verdicts([BROKEN], reports) == (1, ["s002 90_toy: should be a row with a reason"])


def test_a_colon_in_a_files_name_is_no_obstacle():
    odd = replace(BROKEN, file="a: b/90_toy.ipynb")
    assert wrong_verdicts([odd], [replace(UNREADABLE, reason="a: b/90_toy.ipynb: no")]) == (1, [])


def test_anything_may_be_said_where_nothing_is_known_of_the_mistake():
    unsure = replace(TRUTH, exercises={"g": Expected(0.0, 1.0)})
    for mistake in ("", "sign", "twice"):
        assert wrong_verdicts([unsure], [changed("g", earned=0.0, mistake=mistake)]) == (1, [])


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
EXPECTED = st.builds(
    Expected,
    st.floats(0, 9),
    st.floats(0, 9),
    st.sampled_from([o.value for o in Outcome] + [""]),
    st.none() | st.tuples(TEXT),
)


TRUTHS = st.builds(
    SubmissionTruth, TEXT, TEXT, TEXT, st.booleans(), st.dictionaries(TEXT, EXPECTED, max_size=2)
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(TRUTHS, max_size=3))
def test_a_truth_file_is_read_as_it_was_written(tmp_path_factory, truths):
    path = write_truth(truths, tmp_path_factory.mktemp("truth") / "class.truth.json")
    assert read_truth(path) == truths


ROW = {
    "student": "s",
    "assignment": "a",
    "file": "f",
    "readable": True,
    "exercises": {"e": [0, 1, "", ["sign"]]},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}{}",
        "3",
        "null",
        '["s001"]',
        '{"student": "s001"}',
        json.dumps([{**ROW, "exercises": []}]),
        json.dumps([{**ROW, "exercises": {"e": 3}}]),
        json.dumps([{**ROW, "exercises": {"e": [1]}}]),
        json.dumps([{**ROW, "exercises": {"e": [0, 1, "", "sign"]}}]),
        json.dumps([{**ROW, "exercises": {"e": [0, 1, "", [], "more"]}}]),
        json.dumps([{k: v for k, v in ROW.items() if k != "file"}]),
    ],
    ids=range(13),
)
def test_what_is_no_truth_file_is_misuse(tmp_path, text):
    path = tmp_path / "class.truth.json"
    path.write_text(text)
    with pytest.raises(MisuseError, match="is not a truth file"):
        read_truth(path)


def test_a_truth_file_that_is_not_there_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="is not a truth file"):
        read_truth(tmp_path / "nothing.json")
