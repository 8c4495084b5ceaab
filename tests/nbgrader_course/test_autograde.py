"""Stock `nbgrader autograde` in the kit's course: its scores are the kit's, and nbgrader's traps catch nobody."""

import copy
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import catalogue, load_course
from autograder.course.source import answer_source
from autograder.grading.answer_key import make_key, misconceived
from autograder.grading.run import start_grader
from autograder.nbgrader_course.gradebook import url_of
from autograder.submissions.ingest import Submission

MATMUL, MLP = "04_matmul", "07_mlp_sgd"
SPOILT = "matmul_backward"
WRITES = "import sys, warnings; warnings.warn('old', DeprecationWarning); print('noise', file=sys.stderr)"
MARKUP = "<script>alert(1)</script> `x` [a](http://example.org) $x$"


def nbgrader(folder, *arguments):
    """Stock nbgrader in a course directory, as a person runs it."""
    environment = {**os.environ, "IPYTHONDIR": str(folder.parent / "ipython")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280
    )


def hand_in(folder, student, assignment, notebook):
    path = folder / "submitted" / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        notebook if isinstance(notebook, str) else notebook_text(notebook), encoding="utf-8"
    )


def grades(folder, assignment):
    """The gradebook's entries on every graded cell, and the comments, by student."""
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        notebooks = {
            s.student.id: s.notebooks[0] for s in gradebook.assignment_submissions(assignment)
        }
        return {
            student: (
                {
                    g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
                    for g in n.grades
                },
                {c.name: (c.auto_comment, c.manual_comment) for c in n.comments},
                n.score,
            )
            for student, n in notebooks.items()
        }


def scores(folder, assignment):
    return {
        student: {n: g[0] for n, g in cells.items()}
        for student, (cells, _, _) in grades(folder, assignment).items()
    }


def person_enters(folder, assignment, student, cell, score, comment, extra=None):
    """What formgrader does when a person types a score and a comment."""
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        grade = gradebook.find_grade(cell, assignment, assignment, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        grade.extra_credit = grade.extra_credit if extra is None else extra
        answer = gradebook.find_comment(
            cell.removeprefix("check_"), assignment, assignment, student
        )
        answer.manual_comment = comment
        gradebook.db.commit()


def key_of(folder, assignment):
    return make_key(*catalogue()[assignment], load_course(folder / "course.toml").seed)


def with_line(source, exercise, line):
    """The reference answer of an exercise with one more line in front of its body."""
    text = answer_source(source, exercise)
    return re.sub(
        r'(\n    """.*?"""\n)', lambda found: f"{found[0]}    {line}\n", text, count=1, flags=re.S
    )


def matmul_class(key):
    """A class in which every student brings a trap."""

    def filled(**changed):
        return filled_notebook(key.source, key.assignment, **changed)

    def cell(notebook, name):
        return next(c for c in notebook.cells if c.id == name)

    wrong = next(m for m in key.misconceptions[SPOILT] if not m.form[0][1].startswith("pass"))
    made = {
        "perfect": filled(),
        "mistaken": filled(replace={SPOILT: misconceived(key.source, wrong)}),
        "noisy": filled(replace={SPOILT: with_line(key.source, SPOILT, WRITES)}),
        "raises": filled(
            replace={SPOILT: with_line(key.source, SPOILT, f"raise ValueError({MARKUP!r})")}
        ),
        "dies": filled(
            replace={SPOILT: answer_source(key.source, SPOILT) + "\nimport os\nos._exit(9)\n"}
        ),
        "forger": filled(untouched=[SPOILT]),
        "copier": filled(),
        "deleter": filled(),
        "renamer": filled(),
        "broken": "{ this is no notebook",
        "elsewhere": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    }
    cell(made["forger"], f"check_{SPOILT}").source = "'full marks, please'"
    copied = made["copier"].cells
    copied += [copy.deepcopy(cell(made["copier"], name)) for name in (SPOILT, f"check_{SPOILT}")]
    for number, copied_cell in enumerate(copied[-2:]):
        copied_cell.id = f"copy-{number}"
    lost = (f"check_{SPOILT}", "check_dot_test")
    made["deleter"].cells = [c for c in made["deleter"].cells if c.id not in lost]
    renamed = cell(made["renamer"], SPOILT)
    renamed.metadata, renamed.id = {}, "mine"
    return made


SEED = "the pages of a class of the tests"


@pytest.fixture(scope="module")
def graded(tmp_path_factory, copy_course):
    """A course in which a class was autograded by stock nbgrader; the folder, the key and what was said."""
    folder = copy_course(tmp_path_factory.mktemp("autograde") / "course")
    # The same seed in every run: with another one a hidden input may look like a number of a page by chance.
    settings = folder / "course.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(?m)^seed = ".*"$', f'seed = "{SEED}"', text), encoding="utf-8")
    key = key_of(folder, MATMUL)
    for student, notebook in matmul_class(key).items():
        hand_in(folder, student, MATMUL, notebook)
    ran = nbgrader(folder, "autograde", MATMUL)
    assert ran.returncode == 0, ran.stderr
    return folder, key, ran.stderr


@pytest.fixture(scope="module")
def told(graded):
    """The feedback pages that stock nbgrader makes of it, by student."""
    folder, *_ = graded
    ran = nbgrader(folder, "generate_feedback", MATMUL)
    assert ran.returncode == 0, ran.stderr
    return {
        p.parts[-3]: p.read_text(encoding="utf-8")
        for p in folder.glob(f"feedback/*/{MATMUL}/*.html")
    }


def test_every_score_is_the_kits_own(graded):
    folder, key, _ = graded
    course = load_course(folder / "course.toml")
    with start_grader({MATMUL: key}, course) as grader:
        for student, given in scores(folder, MATMUL).items():
            path = folder / "submitted" / student / MATMUL / f"{MATMUL}.ipynb"
            report = grader.grade(Submission(student, path.name, 0.0, path.read_bytes))
            ours = {f"check_{r.exercise}": round(r.earned, 6) for r in report.exercises}
            assert given == (ours or dict.fromkeys(given, 0.0)), student


@pytest.mark.parametrize("student", ["perfect", "noisy", "copier", "deleter", "renamer"])
def test_what_stock_nbgrader_trips_over_costs_nothing(graded, student):
    folder, key, _ = graded
    assert grades(folder, MATMUL)[student][2] == key.assignment.points


@pytest.mark.parametrize("student", ["forger", "raises", "dies"])
def test_one_bad_cell_costs_its_own_exercise(graded, student):
    folder, key, _ = graded
    given = scores(folder, MATMUL)[student]
    assert given[f"check_{SPOILT}"] == 0.0
    free = {e.name for e in key.assignment.exercises} - {SPOILT}
    assert {f"check_{name}": key.assignment.exercise(name).points for name in free} == {
        name: score for name, score in given.items() if name != f"check_{SPOILT}"
    }


@pytest.mark.parametrize(
    ("student", "why"), [("broken", "valid JSON"), ("elsewhere", "none of the assignments")]
)
def test_what_is_no_notebook_gets_zero_and_waits_for_a_person(graded, student, why):
    folder, *_ = graded
    cells, comments, score = grades(folder, MATMUL)[student]
    assert score == 0.0
    assert all(needs for *_, needs in cells.values())
    assert all(why in said for said, _ in comments.values())
    assert (folder / "autograded" / student / MATMUL / f"{MATMUL}.ipynb").is_file()


def test_a_mistake_is_named_in_the_comment(graded):
    folder, key, _ = graded
    said, _ = grades(folder, MATMUL)["mistaken"][1][SPOILT]
    assert re.match(r"\d(\.\d+)? of 4 points", said)
    assert any(m.name in said for m in key.misconceptions[SPOILT])
    assert grades(folder, MATMUL)["perfect"][1][SPOILT] == (None, None)


def test_graded_notebooks_are_whole_whatever_was_handed_in(graded):
    folder, *_ = graded
    released = json.loads(
        (folder / "release" / MATMUL / f"{MATMUL}.ipynb").read_text(encoding="utf-8")
    )
    marked = {c["id"]: c for c in released["cells"] if "nbgrader" in c["metadata"]}
    for path in folder.glob(f"autograded/*/{MATMUL}/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        there = {
            c["metadata"]["nbgrader"]["grade_id"]: c for c in cells if "nbgrader" in c["metadata"]
        }
        assert there.keys() == marked.keys(), path
        assert len({c["id"] for c in cells}) == len(cells), path
        for name, cell in there.items():
            if cell["metadata"]["nbgrader"]["locked"]:
                assert cell["source"] == marked[name]["source"], path


def test_feedback_pages_show_what_the_checks_found_and_run_nothing_of_the_students(told):
    assert "not yet" in told["mistaken"]
    assert "<script>alert" not in told["raises"]
    assert "&lt;script&gt;alert" in told["raises"]
    assert ">a</a>" not in told["raises"]
    assert "valid JSON" in told["broken"]


def numbers_in(value):
    """Every number in arrays and lists, however deep."""
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers_in(item)]
    return np.ravel(value).tolist() if isinstance(value, np.ndarray | float) else []


def test_no_hidden_input_is_on_any_page(graded, told):
    folder, key, _ = graded
    cases = [
        (check.hidden, case)
        for checks in key.checks.values()
        for check in checks
        for case in check.cases
    ]
    hidden = {
        f"{n:.5g}"
        for secret, case in cases
        if secret
        for n in numbers_in(list(case.inputs.values()))
    }
    shown = [
        [*case.inputs.values(), *case.expected.values()] for secret, case in cases if not secret
    ]
    hidden = {digits for digits in hidden if len(digits.strip("-0.")) >= 5} - {
        f"{n:.5g}" for n in numbers_in(shown)
    }
    assert len(hidden) > 50
    pages = [p.read_text(encoding="utf-8") for p in folder.glob("autograded/*/*/*.ipynb")] + list(
        told.values()
    )
    for page in pages:
        text = re.sub(
            r"T\d\d:\d\d:\d\d\.\d+", "", page
        )  # when a cell ran: its seconds are no input
        numbers = set(
            re.findall(
                r"-?\d+\.\d+(?:e[+-]\d+)?", re.sub(r"<style.*?</style>", "", text, flags=re.S)
            )
        )
        found = hidden & {f"{float(number):.5g}" for number in numbers}
        assert not found, sorted(found)


@pytest.mark.long
def test_a_deleted_check_keeps_no_score_and_a_persons_word_stays(graded):
    folder, key, _ = graded
    person_enters(folder, MATMUL, "perfect", f"check_{SPOILT}", 1.5, "See me.")
    emptied = filled_notebook(key.source, key.assignment, untouched=[SPOILT])
    emptied.cells = [c for c in emptied.cells if c.id != f"check_{SPOILT}"]
    for student in ("perfect", "deleter"):
        hand_in(folder, student, MATMUL, emptied)
        assert (
            nbgrader(folder, "autograde", MATMUL, "--force", "--student", student).returncode == 0
        )
    given = grades(folder, MATMUL)
    assert given["deleter"][0][f"check_{SPOILT}"] == (0.0, None, None, False)
    assert given["perfect"][0][f"check_{SPOILT}"] == (0.0, 1.5, None, True)
    assert given["perfect"][1][SPOILT] == ("0 of 4 points. Not attempted yet.", "See me.")
    assert given["perfect"][2] == key.assignment.points - 4 + 1.5


def test_validate_says_in_words_that_checks_fail_though_it_exits_with_zero(graded):
    folder, *_ = graded
    ran = nbgrader(folder, "validate", f"release/{MATMUL}/{MATMUL}.ipynb")
    assert ran.returncode == 0
    assert "VALIDATION FAILED ON 5 CELL(S)" in ran.stdout


def test_generate_assignment_makes_the_same_release_again(graded, made_course):
    folder, *_ = graded
    ran = nbgrader(folder, "generate_assignment", MATMUL, "--force")
    assert ran.returncode == 0, ran.stderr
    for path in (made_course / "release" / MATMUL).rglob("*"):
        again = folder / "release" / MATMUL / path.relative_to(made_course / "release" / MATMUL)
        assert path.is_dir() or again.read_bytes() == path.read_bytes()


@pytest.fixture(scope="module")
def bonus(tmp_path_factory, copy_course):
    """A course with written questions and a bonus, autograded."""
    folder = copy_course(tmp_path_factory.mktemp("bonus") / "course")
    key = key_of(folder, MLP)
    question = key.assignment.written[0].name
    hand_in(folder, "all", MLP, filled_notebook(key.source, key.assignment))
    hand_in(
        folder,
        "none",
        MLP,
        filled_notebook(key.source, key.assignment, untouched=[f"written_{question}"]),
    )
    ran = nbgrader(folder, "autograde", MLP)
    assert ran.returncode == 0, ran.stderr
    return folder, key, f"written_{question}"


def test_a_written_answer_waits_for_a_person_and_no_answer_is_zero(bonus):
    folder, _, question = bonus
    given = grades(folder, MLP)
    assert given["all"][0][question] == (None, None, None, True)
    assert given["none"][0][question] == (0.0, None, None, False)
    assert given["none"][1][question] == ("No answer.", None)


@pytest.mark.long
def test_a_bonus_is_extra_credit_beside_what_a_person_adds_or_takes_away(bonus):
    folder, key, _ = bonus
    extra = sum(e.points for e in key.assignment.exercises if e.bonus)
    last = f"check_{[e for e in key.assignment.exercises if not e.bonus][-1].name}"
    cells, _, score = grades(folder, MLP)["all"]
    assert [name for name, (_, _, extra, _) in cells.items() if extra] == [last]
    assert cells[last][2] == extra == 3.0
    assert score == key.assignment.checked + extra
    for entered, kept in ((extra + 1, extra + 1), (0.0, 0.0)):
        person_enters(folder, MLP, "all", last, None, None, extra=entered)
        assert nbgrader(folder, "autograde", MLP, "--force", "--student", "all").returncode == 0
        assert grades(folder, MLP)["all"][0][last][2] == kept


def test_export_quotes_and_keeps_every_column(graded):
    folder, *_ = graded
    with Gradebook(url_of(folder / "gradebook.db")) as gradebook:
        gradebook.update_or_create_student(
            "mistaken", last_name='O"Neill, Jr.', first_name="=cmd()"
        )
    assert nbgrader(folder, "export", "--assignment", f"['{MATMUL}']").returncode == 0
    text = (folder / "grades.csv").read_text(encoding="utf-8")
    assert f'{MATMUL},,,mistaken,"O""Neill, Jr.",\'=cmd(),' in text
    assert (
        nbgrader(
            folder, "export", "--to", "raw.csv", "--exporter", "nbgrader.plugins.CsvExportPlugin"
        ).returncode
        == 0
    )
    header, *rows = (folder / "raw.csv").read_text(encoding="utf-8").splitlines()
    assert any(row.count(",") > header.count(",") for row in rows)  # what the kit's exporter is for
