"""Wrong answers that were written blind: how many get a name, that no name is wrong, and that none is green."""

import pytest

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.course.source import read_source, reference_namespace
from autograder.grading.run import make_keys
from autograder.student.model.results import ExerciseResult, Outcome
from autograder.student.notebook import judge_visible
from tests.blind_answers import ANSWERS, Blind
from tests.classes import grade_below

# Of the answers that lose points, and of those of them that were never looked at while names were made.
NAMED, NAMED_UNSEEN = 0.85, 0.80
NOTEBOOK_GREEN, NOTEBOOK_NAMED = 0.02, 0.85

Judged = list[tuple[Blind, ExerciseResult]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder, keys = tmp_path_factory.mktemp("blind"), make_keys(Course())
    for number, blind in enumerate(ANSWERS):
        key = keys[blind.assignment]
        notebook = filled_notebook(key.source, key.assignment, blind.cells)
        own = folder / f"b{number:03d}"
        own.mkdir()
        (own / f"{blind.assignment}.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
    reports = {report.student: report for report in grade_below([folder], Course(), 2).reports}
    pairs = [
        (blind, next(r for r in reports[f"b{n:03d}"].exercises if r.exercise == blind.exercise))
        for n, blind in enumerate(ANSWERS)
    ]
    return [(blind, result) for blind, result in pairs if result.outcome is not Outcome.PASSED]


@pytest.mark.long
def test_no_wrong_answer_has_a_wrong_name_and_most_have_one(judged: Judged) -> None:
    names = [(b, r.diagnosis.name) for b, r in judged if r.diagnosis]
    wrong = [(b.exercise, b.wrong, name) for b, name in names if name not in b.names]
    assert not wrong
    assert len(names) >= NAMED * len(judged)
    unseen = [b for b, _ in judged if b in ANSWERS[1::2]]
    assert len([b for b, _ in names if b in unseen]) >= NAMED_UNSEEN * len(unseen)


@pytest.mark.long
def test_the_notebook_names_most_of_what_it_sees_and_nothing_wrongly() -> None:
    seen, named, wrong = 0, 0, []
    for blind in ANSWERS:
        public, _ = catalogue()[blind.assignment]
        source = read_source(HERE.source(blind.assignment), public)
        namespace = reference_namespace(source, blind.cells)
        result = judge_visible(namespace, public, public.exercise(blind.exercise))
        names = {f.mistake.name for f in result.findings if f.mistake and not f.warning}
        seen += result.outcome is not Outcome.PASSED
        named += bool(names)
        wrong += [(blind.exercise, blind.wrong, name) for name in names - set(blind.names)]
    assert not wrong
    assert named >= NOTEBOOK_NAMED * seen


@pytest.mark.long
def test_an_answer_that_loses_points_is_not_green_in_the_notebook(judged: Judged) -> None:
    green = [
        (blind.exercise, blind.wrong)
        for blind, result in judged
        if all(finding.hidden for finding in result.findings if not finding.warning)
    ]
    assert len(green) <= NOTEBOOK_GREEN * len(judged), green
