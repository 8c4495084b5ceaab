"""Points and the choice of exercises come from course.toml, into every part of the kit at once."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.build.notebook import stub_notebook
from autograder.authoring.build.release import CHOICE, release_files
from autograder.course.choice import choice_json, used_names
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue, chosen_assignments, load_course
from autograder.course.source import SourceError, read_source
from autograder.errors import MisuseError
from autograder.grading.answer_key import make_key
from autograder.grading.run import make_keys
from autograder.student.checks import assignments
from autograder.student.model.exercises import Choice

MATMUL, NEURON, MLP = "04_matmul", "03_sigmoid_neuron", "07_mlp_sgd"
CHOSEN = Choice((MATMUL, MLP), {MATMUL: {"matmul_backward": 8}}, ("dot_test",))
TOML = f"""
[assignments]
use = ["{MLP}", "{MATMUL}"]
[points]
{MATMUL}.matmul_backward = 8
[exercises]
drop = ["dot_test"]
"""
EXERCISES = [(a.name, e) for a in assignments() for e in a.exercises]


def written(folder, text):
    path = folder / "course.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_course_chooses_assignments_points_and_exercises(tmp_path):
    course = load_course(written(tmp_path, TOML))
    assert course.choice == CHOSEN
    matmul, mlp = chosen_assignments(course.choice)
    assert (matmul.name, mlp.name) == (MATMUL, MLP)
    assert matmul.exercise("matmul_backward").points == 8
    assert [part.points for part in matmul.exercise("matmul_backward").parts] == [4, 4]
    assert "dot_test" not in [exercise.name for exercise in matmul.exercises]
    assert matmul.checked == 16
    assert mlp == next(a for a in assignments() if a.name == MLP)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assignments = 3", "assignments must hold names; write use = "),
        ("[assignments]\nuse = []", "assignments must hold names"),
        ("[assignments]\nonly = ['x']", "assignments must hold names"),
        ('[assignments]\nuse = ["09_x"]', "assignments.use: there is no '09_x'; there are 01_"),
        ('[exercises]\ndrop = ["dot"]', "exercises.drop: there is no 'dot'; there are d_sin2"),
        ("points = 3", "points must be a table"),
        ("[points]\n09_x.f = 3", "points.09_x: there is no such assignment"),
        ("[points]\n04_matmul = 3", "points.04_matmul: there is no such assignment"),
        ("[points]\n04_matmul.dot = 3", "points.04_matmul.dot: there is no such exercise"),
        ("[points]\n04_matmul.dot_test = 0", "points.04_matmul.dot_test is 0; write a number"),
        ("[points]\n04_matmul.dot_test = true", "points.04_matmul.dot_test is True; write"),
        ("[points]\n04_matmul.dot_test = inf", "points.04_matmul.dot_test is inf; write"),
        (
            '[exercises]\ndrop = ["affine_forward"]',
            "exercises.drop: 'affine_backward' builds on 'affine_forward'; drop both or none",
        ),
        (
            '[exercises]\ndrop = ["d_sin2","num_grad","rel_error","fd_sweep","partials","num_vjp"]',
            "exercises.drop leaves no exercise of 01_derivatives",
        ),
    ],
)
def test_what_cannot_be_chosen_is_misuse_that_names_it(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(MisuseError) as refused:
        load_course(path)
    assert str(refused.value).startswith(f"{path}: {said}")


def test_two_exercises_of_which_one_builds_on_the_other_may_be_dropped_together(tmp_path):
    path = written(tmp_path, '[exercises]\ndrop = ["affine_forward", "affine_backward"]')
    [matmul] = [a for a in chosen_assignments(load_course(path).choice) if a.name == MATMUL]
    assert matmul.dropped == ("affine_forward", "affine_backward")


@given(st.sampled_from(EXERCISES), st.integers(1, 400))
@settings(max_examples=200)
def test_parts_share_any_points_as_before_and_add_up_to_them(chosen, quarters):
    assignment, exercise = chosen
    points = quarters / 4
    choice = Choice((), {assignment: {exercise.name: points}})
    [changed] = [
        a.exercise(exercise.name) for a in chosen_assignments(choice) if a.name == assignment
    ]
    assert changed.points == points
    shares = [part.points / exercise.points for part in exercise.parts]
    for part, share in zip(changed.parts, shares, strict=True):
        assert part.points == pytest.approx(share * points, abs=1e-5)


def droppable():
    """Every exercise that no other builds on, alone."""
    for assignment, exercise in EXERCISES:
        choice = Choice(drop=(exercise.name,))
        chosen = next(a for a in chosen_assignments(choice) if a.name == assignment)
        try:
            read_source(HERE.source(assignment), chosen)
        except SourceError:
            continue
        if not any(exercise.name in other.builds_on for other in chosen.exercises):
            yield chosen


DROPPABLE = list(droppable())


def test_more_than_half_of_all_exercises_may_be_dropped_alone():
    assert len(DROPPABLE) > len(EXERCISES) / 2


@pytest.mark.parametrize("chosen", DROPPABLE, ids=lambda a: a.dropped[0])
def test_a_notebook_without_an_exercise_is_whole_and_keeps_the_others_hidden_inputs(chosen):
    name, [dropped] = chosen.name, chosen.dropped
    source = read_source(HERE.source(name), chosen)
    assert all(dropped not in used_names(cell.code) for cell in source.cells if cell.code)
    assert f"check_{dropped}" not in [cell.id for cell in stub_notebook(source, chosen).cells]
    hidden = catalogue()[name][1]
    own = make_key(chosen, hidden, "a seed")
    whole = make_key(catalogue()[name][0], hidden, "a seed")
    assert dict(own.checks).keys() == whole.checks.keys() - {dropped}
    for exercise, checks in own.checks.items():
        assert repr(checks) == repr(whole.checks[exercise])


def test_a_cell_that_needs_a_dropped_exercise_is_named():
    chosen = next(a for a in chosen_assignments(Choice(drop=("freeze_step",))) if a.dropped)
    with pytest.raises(SourceError, match="provided 'train' needs 'freeze_step'"):
        read_source(HERE.source(chosen.name), chosen)


def test_a_written_question_may_be_dropped_and_carry_other_points():
    points = {MLP: {"written_three_learning_rates": 5}}
    [mlp] = chosen_assignments(Choice((MLP,), points))
    assert [question.points for question in mlp.written] == [5]
    cells = stub_notebook(read_source(HERE.source(MLP), mlp), mlp).cells
    marks = [c.metadata.nbgrader for c in cells if "nbgrader" in c.metadata]
    assert [m.points for m in marks if m.grade_id.startswith("written_")] == [5]
    [mlp] = chosen_assignments(Choice((MLP,), drop=("written_three_learning_rates",)))
    cells = stub_notebook(read_source(HERE.source(MLP), mlp), mlp).cells
    assert mlp.written == () and not [c for c in cells if c.id.startswith("written_")]


def test_what_the_texts_state_of_points_is_the_course_s():
    points = {MLP: {"written_three_learning_rates": 1.5, "train": 5, "paraboloid_paths": 1}}
    [mlp] = chosen_assignments(Choice((MLP,), points, ("image_slopes",)))
    cells = read_source(HERE.source(MLP), mlp).cells
    texts = "\n".join(cell.text for cell in cells)
    assert "About 120 minutes, 16.5 points and a bonus of 1.*" in texts
    assert "it carries 1.5 points." in texts
    assert "This exercise earns up to 1 point on top." in texts
    [neuron] = chosen_assignments(Choice((NEURON,)))
    assert "About 75 minutes, 13 points.*" in read_source(HERE.source(NEURON), neuron).cells[0].text


def test_another_choice_is_another_version_of_the_answer_key():
    kits, own = make_keys(Course(), MATMUL), make_keys(Course(choice=CHOSEN), MATMUL)
    assert kits[MATMUL].version != own[MATMUL].version


def test_the_library_that_students_get_has_the_course_s_points(tmp_path):
    files = release_files(chosen_assignments(CHOSEN), [MATMUL], HERE, Course(choice=CHOSEN))
    assert CHOICE not in release_files(assignments(), (), HERE)
    assert files[CHOICE] == choice_json(CHOSEN)
    assert b"| Matrix multiply and batches | 16 |" in files["README.md"]
    assert b"sigmoid_neuron.ipynb" not in files["README.md"]
    cells = json.loads(files[f"{MATMUL}.ipynb"])["cells"]
    points = {c["id"]: c["metadata"].get("nbgrader", {}).get("points") for c in cells}
    assert points["check_matmul_backward"] == 8 and "check_dot_test" not in points
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    code = (
        "from autograder.student.checks import assignments as a; "
        "print([(x.name, x.points, x.exercises[0].points) for x in a()])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith(f"[('{MATMUL}', 16.0, 8.0), ('{MLP}', ")


def test_a_file_read_before_may_name_assignments_that_are_not_here(tmp_path):
    """An upload to Gradescope holds one assignment, and the course.toml of all."""
    text = f'[due]\n05_other = 2026-02-01T23:59:00Z\n[teams.05_other]\nred = ["a", "b"]\n{TOML}'
    path = written(tmp_path, text)
    with pytest.raises(MisuseError, match=r"due\.05_other: there is no such assignment"):
        load_course(path)
    course = load_course(path, whole=False)
    assert list(course.schedule.due) == ["05_other"]
    assert course.choice.points == CHOSEN.points and course.choice.drop == CHOSEN.drop
