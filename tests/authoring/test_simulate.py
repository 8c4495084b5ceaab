"""The simulated class: real notebooks, and a truth that judging them finds."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy.checks import ASSIGNMENT
from toy.hidden import HIDDEN

from autograder.authoring.gate.simulate import expected_of, misconceived_by, simulate_class
from autograder.authoring.gate.truth import Expected, read_truth, wrong_verdicts
from autograder.course.paths import Places
from autograder.course.settings import catalogue
from autograder.errors import MisuseError
from autograder.grading.answer_key import make_key
from autograder.grading.diagnose import diagnose
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.probes import LocalStudent
from autograder.student.model.results import Outcome, Report, Status
from autograder.submissions.find import find_all
from autograder.submissions.ingest import UnreadableError, read_notebook
from autograder.submissions.plan import make_plan

STUDENTS = 12


@pytest.fixture(scope="module")
def key():
    return make_key(ASSIGNMENT, HIDDEN, "autumn", Places(Path(__file__).parents[1] / "toy"))


@pytest.fixture(scope="module")
def simulated(key, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "class"
    return folder, read_truth(simulate_class([key], folder, STUDENTS, seed=1))


def run(key, data):
    """What a notebook that we made ourselves defines; its endless loops are not entered."""
    namespace = {}
    for step in make_plan(read_notebook(data), key.source).steps:
        if "while True" in step.text:
            continue
        try:
            exec(
                compile(step.text.replace("%matplotlib", "# %matplotlib"), "<cell>", "exec"),
                namespace,
            )
        except NameError as error:
            assert "ansewr" in str(error)
    return LocalStudent(namespace)


def report_of(key, submission):
    """The report on a notebook that we made ourselves, judged in this process."""
    try:
        student = run(key, submission.read())
    except UnreadableError as why:
        return Report(
            submission.identity, "", Status.UNREADABLE, reason=f"{submission.name}: {why}"
        )
    done = {}
    for exercise in ASSIGNMENT.exercises:
        done[exercise.name] = diagnose(
            key, judge_exercise(student, exercise, key.checks[exercise.name]), done
        )
    return Report(
        submission.identity, ASSIGNMENT.name, Status.GRADED, tuple(d.result for d in done.values())
    )


def without_loops(truth):
    """The truth of a notebook whose endless loops were not entered: what they would have defined is missing."""
    late, gone = Outcome.TIMED_OUT.value, Outcome.MISSING.value
    found = {
        n: replace(e, outcome=gone) if e.outcome == late else e for n, e in truth.exercises.items()
    }
    return replace(truth, exercises=found)


def test_the_truth_is_what_judging_the_notebooks_finds(key, simulated):
    folder, truths = simulated
    reports = [report_of(key, submission) for submission in find_all([folder]).submissions]
    count, wrong = wrong_verdicts([without_loops(truth) for truth in truths], reports)
    assert wrong == []
    assert count == len(ASSIGNMENT.exercises) * (STUDENTS - 1) + 1


def test_every_kind_of_student_is_there(simulated):
    _, truths = simulated
    points = {e.name: e.points for e in ASSIGNMENT.exercises}
    outcomes = Counter(e.outcome for truth in truths for e in truth.exercises.values())
    assert outcomes[Outcome.TIMED_OUT.value] == 1
    assert outcomes[Outcome.UNATTEMPTED.value] >= len(points)
    assert sum(not truth.readable for truth in truths) == 1
    perfect = [
        t
        for t in truths
        if t.exercises and all(e.least == points[n] for n, e in t.exercises.items())
    ]
    assert len(perfect) >= 2
    assert any(e.mistakes and e.mistakes[0] for truth in truths for e in truth.exercises.values())


def test_the_truth_lies_beside_the_class_and_names_its_files(simulated):
    folder, truths = simulated
    assert sorted(t.file for t in truths) == sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*.ipynb")
    )
    assert not list(folder.rglob("*.json"))


def test_the_same_seed_gives_the_same_class_and_another_seed_another(key, simulated, tmp_path):
    folder, truths = simulated
    again, other = tmp_path / "again", tmp_path / "other"
    assert read_truth(simulate_class([key], again, STUDENTS, seed=1)) == truths
    for truth in truths:
        assert (again / truth.file).read_bytes() == (folder / truth.file).read_bytes()
    assert read_truth(simulate_class([key], other, STUDENTS, seed=2)) != truths


def test_a_class_of_one_is_perfect(key, tmp_path):
    [truth] = read_truth(simulate_class([key], tmp_path / "one", 1, seed=0))
    assert all(e.least == e.most > 0 for e in truth.exercises.values())


def test_a_class_may_be_made_in_the_folder_where_one_stands(key, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert simulate_class([key], Path(), 1, seed=0) == tmp_path / "here.truth.json"


def test_a_folder_that_holds_something_is_not_written_to(key, tmp_path):
    (tmp_path / "file").write_text("mine")
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(MisuseError, match="not empty"):
            simulate_class([key], taken, 3, seed=0)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_builds_on_a_mistake_may_lose_points_but_not_get_its_name(key):
    expected = expected_of(key, {"double": "cosine"})
    assert expected["double"] == Expected(0.0, 0.0, mistakes=("cosine",))
    assert (expected["chain"].least, expected["chain"].most, expected["chain"].mistakes) == (
        0.0,
        2.5,
        (),
    )
    alone = expected_of(key, {"chain": "upstream ignored"})
    assert (alone["double"].least, alone["chain"].most) == (1.0, 1.5)


@pytest.mark.parametrize(("marked", "most"), [(True, 2.0), (False, 1.5)])
def test_two_mistakes_that_make_up_for_each_other_may_keep_the_points(marked, most):
    """A sweep for each input adds gradients up, and leaves them alone where all nodes are marked as seen."""
    key = make_key(*catalogue()["06_reverse_mode"], "two mistakes")
    mistakes = {"grad_reverse": "passes added up"} | (
        {"topo_sort": "nodes marked"} if marked else {"topo_sort": "nodes not remembered"}
    )
    assert expected_of(key, mistakes)["grad_reverse"].most == most


def test_an_answer_with_a_mistake_is_the_reference_edited(key):
    right = misconceived_by(key, "double", "")
    assert misconceived_by(key, "double", "cosine") == right.replace("np.sin", "np.cos")
    assert right.startswith("def double(x):")
    with pytest.raises(LookupError, match="no misconception 'cosin'"):
        misconceived_by(key, "double", "cosin")


def test_every_simulated_mistake_is_one_that_its_exercise_knows(simulated):
    known = {(m.exercise, m.name) for m in HIDDEN.misconceptions}
    _, truths = simulated
    named = {(n, m) for t in truths for n, e in t.exercises.items() for m in e.mistakes or () if m}
    assert named <= known
    assert len(named) >= np.ceil(len(known) / 2)
