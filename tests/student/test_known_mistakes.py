"""A notebook names every catalogued mistake that changes a visible value, by a table that tells nothing."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import mostly_long

from autograder.authoring.build.mistakes import mistakes_table, stale_mistakes, write_mistakes
from autograder.course.paths import HERE, Places
from autograder.course.settings import catalogue
from autograder.course.source import read_source, reference_namespace
from autograder.grading.answer_key import misconceived
from autograder.student.checks import mistakes_of
from autograder.student.judging.formula_rule import NUDGED
from autograder.student.judging.judge import judge_exercise
from autograder.student.judging.known_mistakes import (
    Spot,
    mark_of,
    name_mistake,
    read_table,
    seal,
    spot_of,
    unseal,
)
from autograder.student.judging.probes import LocalStudent
from autograder.student.judging.rules import Values
from autograder.student.model.exercises import Answer, Case, Check, Probe
from autograder.student.model.results import Diagnosis
from autograder.student.notebook import check

NAMES = list(catalogue())
# The first is right at the points of the table, the second answers otherwise in every run.
BY_ACCIDENT = {"inputs looked up by value", "order not drawn from rng"}


@pytest.mark.parametrize("assignment", mostly_long(NAMES, *NAMES[:3]))
def test_every_mistake_that_changes_a_visible_value_is_named_and_none_wrongly(assignment):
    public, hidden = catalogue()[assignment]
    source, table = (
        read_source(HERE.source(assignment), public),
        read_table(mistakes_of(assignment)),
    )
    nameless, misnamed = set(), []
    for mistake in hidden.realisations:
        exercise = public.exercise(mistake.exercise)
        answers = {exercise.name: misconceived(source, mistake)}
        student = LocalStudent(reference_namespace(source, answers))
        with np.errstate(all="ignore"):
            judgement = judge_exercise(student, exercise, exercise.checks)
        if all(finding.warning for finding in judgement.result.findings):
            continue
        result = judgement.result
        named = name_mistake(table[exercise.name], exercise, result, judgement.trials)
        by_check = [f.mistake for f in named.findings if f.mistake == NUDGED]
        found = named.diagnosis or next(iter(by_check), None)
        if found is None:
            nameless.add(mistake.name)
        elif mistake.name not in found.name.split(" or "):
            misnamed.append((mistake.name, found.name))
    assert (nameless - BY_ACCIDENT, misnamed) == (set(), [])


# CI itself runs `build --check`, which compares all of them.
@pytest.mark.parametrize("assignment", mostly_long(NAMES, *NAMES[:2]))
def test_the_table_is_what_the_catalogue_gives_and_shows_no_text_of_it(assignment):
    public, hidden = catalogue()[assignment]
    assert stale_mistakes(public, hidden, HERE) == ()
    table = mistakes_table(public, hidden, HERE)
    for lines in table.values():
        assert all(re.fullmatch(r"[A-Za-z0-9+/=]+", line) for line in lines)
    for entry in [entry for own in read_table(table).values() for entry in own]:
        words = entry.sealed.decode("latin-1")
        assert not any(mistake.name in words for mistake in hidden.misconceptions)


def test_the_card_of_a_notebook_names_the_mistake(capsys):
    namespace = {"check": check}
    exec("def sigmoid_grad(f):\n    return f * f\ncheck('sigmoid_grad')", namespace)
    plain = " ".join(capsys.readouterr().out.split())
    hidden = catalogue()["03_sigmoid_neuron"][1]
    own = [m for m in hidden.misconceptions if m.exercise == "sigmoid_grad"]
    assert not any(f"mistake {m.name}:" in plain for m in own)
    exec("import numpy as np\ndef sigmoid_grad(f):\n    s = 1 / (1 + np.exp(-np.asarray(f, float)))\n"
         "    return s * (1 - s)\ncheck('sigmoid_grad')", namespace)  # fmt: skip
    plain = " ".join(capsys.readouterr().out.split())
    assert any(f"mistake {m.name}:" in plain for m in own)


def test_a_mark_holds_against_rounding_and_tells_elements_places_and_forms_apart():
    probe = Probe("f(x)", ("y",))
    one = Check("", probe, (Case({}),), {"y": "y"}, Values())

    def text(value):
        return Spot(0, 0, -7, (3, 3)).text(mark_of(one, "y", [Answer(value)]))

    x = np.array([[1.0, -2.0], [0.3, 4.0]])
    assert text(x * (1 + 1e-12)) == text(x)
    others = (x.T, x.ravel(), x + 1e-5, np.where(x > 3, np.nan, x), None, x[::-1])
    assert len({text(each) for each in (x, *others)}) == 1 + len(others)
    assert text(np.where(x > 3, np.nan, x)) == text(np.where(x > 3, np.inf, x))


def test_the_table_of_an_assignment_that_is_gone_is_removed(tmp_path):
    places = Places(tmp_path)
    name = "04_matmul"
    places.solutions.mkdir()
    places.source(name).write_bytes(HERE.source(name).read_bytes())
    places.mistakes.parent.mkdir(parents=True)
    places.mistakes.write_text('{"99_gone": {"f": ["AA=="]}}')
    assert write_mistakes(*catalogue()[name], places)
    assert list(json.loads(places.mistakes.read_text())) == [name]


def test_two_numbers_of_an_answer_make_the_key_so_that_one_that_is_guessed_opens_nothing():
    probe = Probe("f(x)", ("y",))
    one = Check("", probe, (Case({}),), {"y": "y"}, Values())
    mark = mark_of(one, "y", [Answer(np.array([0.3, -1.7, 2.9]))])
    spot = spot_of(0, 0, mark)
    sealed = seal(Diagnosis("half", "You take half."), {spot: mark})
    assert unseal(sealed, {spot: mark}) == Diagnosis("half", "You take half.")
    for numbers in ((mark.numbers[0], 0.0), (0.0, mark.numbers[1])):
        assert unseal(sealed, {spot: replace(mark, numbers=numbers)}) is None


def test_a_file_of_tables_that_a_merge_has_spoilt_is_written_anew(tmp_path):
    places = Places(tmp_path)
    name = "04_matmul"
    places.solutions.mkdir()
    places.source(name).write_bytes(HERE.source(name).read_bytes())
    places.mistakes.parent.mkdir(parents=True)
    places.mistakes.write_text('{"04_matmul": {\n<<<<<<< ours\n')
    assert write_mistakes(*catalogue()[name], places)
    assert list(json.loads(places.mistakes.read_text())) == [name]
