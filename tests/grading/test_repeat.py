"""A grade is repeated from its evidence; everything that was tampered with is named."""

import json
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from conftest import mostly_long

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.paths import HERE
from autograder.course.settings import load_course
from autograder.course.source import read_source
from autograder.errors import MisuseError
from autograder.grading.repeat import CHANGED, Repeated, repeat
from autograder.grading.store import Sources, open_store
from autograder.outputs.pages import PageMeta
from autograder.outputs.publish import publish
from autograder.reports.evidence import read_evidence, write_evidence
from autograder.reports.report_json import from_dict
from autograder.student.checks import assignments
from autograder.student.model.results import Provenance
from tests.classes import grade_below

NEURON = next(a for a in assignments() if a.name == "03_sigmoid_neuron")
SOURCE = read_source(HERE.source(NEURON.name), NEURON)
SOLVED = notebook_text(filled_notebook(SOURCE, NEURON))
WRONG = notebook_text(
    filled_notebook(SOURCE, NEURON, {"relu": "def relu(x, w):\n    return x, w\n"})
)
COURSE = """\
seed = "secret"
zone = "Europe/Berlin"
[due]
03_sigmoid_neuron = 2026-02-01T12:00:00
[late]
percent = 10
"""
LATE = "2026-02-01 11:00:00.000001 UTC"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A class of one, graded: handed in a microsecond late, one exercise wrong."""
    root = tmp_path_factory.mktemp("evidence")
    folder = root / "submitted" / "ada" / NEURON.name
    folder.mkdir(parents=True)
    (folder / "work.ipynb").write_text(WRONG, encoding="utf-8")
    (folder / "timestamp.txt").write_text(LATE)
    (root / "course.toml").write_text(COURSE)
    with open_store(root / "out", pytest.fail) as store:
        course = root / "course.toml"
        store.remember(Sources((root / "submitted",), course))
        settings = load_course(course)
        reports = grade_below([root / "submitted"], settings, 1).reports
        publish(reports, root / "out", PageMeta(), settings.seal)
    return root


@pytest.fixture
def room(made, tmp_path):
    """A copy to tamper with, which remembers where it is."""
    root = tmp_path / "copy"
    shutil.copytree(made, root)
    (root / "out" / "store" / "class.json").unlink()
    with open_store(root / "out", pytest.fail) as store:
        store.remember(Sources((root / "submitted",), root / "course.toml"))
    return root


def evidence(root: Path) -> Path:
    return root / "out" / "evidence" / NEURON.name / "ada.json"


def verify(root: Path, submission: Path | None = None) -> Repeated:
    path = evidence(root)
    return repeat(read_evidence(path), submission, None, path)


def tamper(root: Path, change) -> None:
    """Change the report in the evidence, and leave the seal as it was."""
    path = evidence(root)
    document = json.loads(path.read_text())
    change(document["report"])
    path.write_text(json.dumps(document))


def forge(root: Path, change) -> None:
    """Change the report in the evidence and seal it again, as only somebody who knows the seed can."""
    tamper(root, change)
    path = evidence(root)
    forged = from_dict(json.loads(path.read_text())["report"])
    path.write_bytes(write_evidence(forged, load_course(root / "course.toml").seal))


def test_evidence_holds_all_that_a_grade_rests_on(made):
    told = read_evidence(evidence(made)).report
    assert set(told["provenance"]) == {each.name for each in fields(Provenance)}
    assert all(told["provenance"].values())
    assert told["seconds"] > 0
    assert told["identity"]["submitted"] == "2026-02-01T12:00:00.000001+01:00"
    assert (told["earned"], told["penalty"], told["score"]) == (11.0, 1.2, 9.8)
    assert "secret" not in evidence(made).read_text()


def test_an_honest_grade_is_repeated_bit_for_bit(made):
    repeated = verify(made)
    assert (repeated.problems, repeated.notes) == ((), ())
    assert repeated.report.score == 9.8


@pytest.mark.long
def test_the_command_says_equal_or_what_differs_by_its_exit_code(room):
    def command(*options):
        words = [
            sys.executable,
            "-m",
            "autograder",
            "evidence",
            "verify",
            str(evidence(room)),
            *options,
        ]
        return subprocess.run(
            words, cwd=HERE.root, capture_output=True, text=True, check=False, timeout=280
        )

    honest = command()
    assert honest.returncode == 0, honest.stderr
    assert honest.stdout.endswith(f"repeated and equal: ada, {NEURON.name}, 9.8 points\n")
    tamper(room, lambda report: report.update(score=12.0))
    forged = command("--submission", str(room / "submitted"))
    assert (forged.returncode, forged.stdout) == (1, "")
    first, second = forged.stderr.splitlines()[-2:]
    assert first.endswith("ada.json: score: 12.0 in the evidence, 9.8 repeated")
    assert second.endswith(f"ada.json: {CHANGED}")


def test_a_changed_score_is_told_wherever_it_was_changed(room):
    def change(report):
        report["exercises"][-3]["parts"][0]["earned"] = 0.5
        report["exercises"][-3]["outcome"] = "passed"
        report["penalty"] = 0.0

    tamper(room, change)
    problems = verify(room).problems
    name = NEURON.exercises[-3].name
    assert f'exercises[{name}].outcome: "passed" in the evidence, "failed" repeated' in problems
    assert "penalty: 0.0 in the evidence, 1.2 repeated" in problems
    assert any(
        problem.startswith(f"exercises[{name}].parts[dx].earned: 0.5") for problem in problems
    )
    assert not any("another" in problem for problem in problems)


@pytest.mark.parametrize(
    "change",
    mostly_long(
        [
            {"student": "bo"},
            {"file": "bo/03_sigmoid_neuron/work.ipynb"},
            {"ids": {"sid": "7"}},
            {"emails": ["bo@school.example"]},
            {"attempt": 2},
            {"marked_late": True},
        ],
        {"submitted": "2026-02-01T11:59:59+01:00"},
    ),
    ids=str,
)
def test_evidence_that_was_changed_to_another_person_is_told_whoever_changed_it(room, change):
    """By its seal; and, by somebody who knows the seed, by the submission where it lies."""
    tamper(room, lambda report: report["identity"].update(change))
    assert CHANGED in verify(room).problems
    forge(room, lambda report: report["identity"].update(change))
    (key,) = change
    problems = verify(room).problems
    assert CHANGED not in problems
    assert any(problem.startswith(f"identity.{key}") for problem in problems)


def test_evidence_that_was_changed_to_another_assignment_is_told(room):
    tamper(room, lambda report: report.update(assignment="04_matmul"))
    problems = verify(room).problems
    assert 'assignment: "04_matmul" in the evidence, "03_sigmoid_neuron" repeated' in problems
    assert CHANGED in problems


def test_a_lone_file_is_taken_for_the_students_whom_sealed_evidence_names(room, tmp_path):
    alone = tmp_path / "elsewhere.ipynb"
    alone.write_text(WRONG, encoding="utf-8")
    assert verify(room, alone).problems == ()
    tamper(room, lambda report: report["identity"].update(student="bo"))
    assert verify(room, alone).problems == (CHANGED,)


def test_a_changed_submission_is_told_first_of_all(room):
    (room / "submitted" / "ada" / NEURON.name / "work.ipynb").write_text(SOLVED, encoding="utf-8")
    first, *others = verify(room).problems
    assert first.startswith("the submission is not the one that was graded: another hash: ")
    assert "earned: 11.0 in the evidence, 12.0 repeated" in others


def test_a_submission_that_is_no_longer_one_is_told(room):
    (room / "submitted" / "ada" / NEURON.name / "work.ipynb").write_text("{", encoding="utf-8")
    (problem,) = verify(room).problems
    assert problem.startswith(
        "the submission cannot be graded now: ada/03_sigmoid_neuron/work.ipynb: it is not valid"
    )


def test_a_changed_seed_is_told_in_the_course_as_in_the_evidence(room):
    (room / "course.toml").write_text(COURSE.replace("secret", "other"))
    (problem,) = verify(room).problems
    assert problem.startswith("the seed of the course has changed, so hidden inputs differ: ")
    (room / "course.toml").write_text(COURSE)
    forge(room, lambda report: report["provenance"].update(seed="0123456789abcdef"))
    (problem,) = verify(room).problems
    assert "0123456789abcdef in the evidence" in problem


RESTS_ON = {
    "checks": "the checks are not those that graded it",
    "kit": "the kit is of another version",
    "code": "the kit's code is not the one that graded it",
    "limits": "the limits have changed",
    "late_policy": "the due time or the late policy has changed",
    "submission": "the submission is not the one that was graded",
}


@pytest.mark.parametrize("key", mostly_long(RESTS_ON, "checks", "limits"))
def test_every_other_thing_that_a_grade_rests_on_is_told_by_its_name(room, key):
    forge(room, lambda report: report["provenance"].update({key: "x"}))
    (problem,) = verify(room).problems
    assert problem.startswith(RESTS_ON[key])
    assert ": x in the evidence, " in problem


def test_another_machine_is_a_note_and_no_problem(room):
    forge(room, lambda report: report["provenance"].update(platform="x", numpy="1"))
    repeated = verify(room)
    assert repeated.problems == ()
    assert [note.partition(":")[0] for note in repeated.notes] == ["numpy", "platform"]


def test_a_time_that_only_the_evidence_tells_is_a_note(room, tmp_path):
    alone = tmp_path / "elsewhere.ipynb"
    alone.write_text(WRONG, encoding="utf-8")
    repeated = verify(room, alone)
    assert repeated.problems == ()
    assert repeated.notes == (
        "time of submission: 2026-02-01T12:00:00.000001+01:00, which nothing but the evidence says",
    )
    forge(room, lambda report: report["identity"].update(submitted="2026-02-01T11:59:59+01:00"))
    problems = verify(room).problems
    assert problems == (
        'identity.submitted: "2026-02-01T11:59:59+01:00" in the evidence, "2026-02-01T12:00:00.000001+01:00" repeated',
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as evidence"),
        ("[]", 'its "schema" is not'),
        ('{"schema": "backprop-kit/evidence/3"}', "holds no report"),
        ('{"schema": "backprop-kit/evidence/3", "report": {}}', "report: has no 'identity'"),
        ('{"schema": "backprop-kit/evidence/1", "report": {}}', "or grade the class again"),
    ],
)
def test_a_file_that_is_no_evidence_is_misuse(room, text, said):
    evidence(room).write_text(text)
    with pytest.raises(MisuseError, match=said):
        verify(room)


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report["provenance"].update(seed=["x"]),
        lambda report: report["provenance"].pop("seed"),
        lambda report: report["identity"].update(ids={"sid": 3}),
        lambda report: report["identity"].update(marked_late="no"),
        lambda report: report.update(penalty="much"),
        lambda report: report.update(exercises=3),
        lambda report: report["exercises"][0]["parts"][0].update(earned=None),
        lambda report: report.update(status="perfect"),
    ],
)
def test_evidence_of_another_shape_is_misuse(room, change):
    tamper(room, change)
    with pytest.raises(MisuseError, match=r"^report: "):
        verify(room)


def test_without_a_place_to_look_the_submission_must_be_named(room):
    shutil.rmtree(room / "out" / "store")
    with pytest.raises(
        MisuseError, match="nothing says where the submission is; name it with --submission"
    ):
        verify(room)
    shutil.copytree(room / "submitted" / "ada", room / "submitted" / "bo")
    (room / "submitted" / "ada" / NEURON.name / "work.ipynb").rename(
        room / "submitted" / "ada" / "other.ipynb"
    )
    with pytest.raises(
        MisuseError, match=r"holds no submission called 'ada/.*/work.ipynb', but 2 others"
    ):
        verify(room, room / "submitted")
