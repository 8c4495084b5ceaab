"""A class in which every tenth submission attacks: the others are graded as if nothing happened, bit for bit."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import needs_wall

from autograder.authoring.gate.simulate import simulate_class
from autograder.course.settings import Course
from autograder.student.model.results import Report, Status
from tests.attacks.arena import LIMITS, answer_key, notebook
from tests.attacks.everything import ATTACKS
from tests.attacks.stage import ASSIGNMENT, Stage
from tests.classes import grade_below

STUDENTS, JOBS = 200, 2
# Patient, so that a busy machine changes nobody's report.
COURSE = Course(limits=replace(LIMITS, patience=20.0))
# One for each tenth student, from every group.
CHOSEN = (
    "read the solutions",
    "read another student's notebook",
    "overwrite the results",
    "plant a trigger in the gradebook",
    "fork with the bare system call",
    "start a shell",
    "end another process",
    "call the kernel as a 32-bit program",
    "four hundred threads",
    "a folder three thousand deep",
    "a loop that takes no interrupt",
    "connect by TCP",
    "post a datagram from a pair of sockets",
    "leave with exit status 0",
    "crash when asked",
    "write a verdict into the pipe",
    "make np.allclose say yes",
    "leave another built-in function",
    "a script in what is said",
    "lists a million deep",
)


@pytest.fixture(scope="module")
def honest_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "class"
    simulate_class([answer_key()], folder, STUDENTS, seed=3)
    return folder


@pytest.mark.long
@needs_wall
def test_every_tenth_attacks_and_nobody_else_notices(honest_class: Path, tmp_path: Path) -> None:
    attacked = tmp_path / "class"
    shutil.copytree(honest_class, attacked)
    attackers = {f"s{number:03d}" for number in range(10, STUDENTS + 1, 10)}
    with Stage() as stage:
        for student, name in zip(sorted(attackers), CHOSEN, strict=True):
            _hand_in(attacked / student / f"{ASSIGNMENT}.ipynb", name, stage)
        before, state = stage.seen(), stage.neighbour_state()
        reports = _grade(attacked)
        assert (stage.seen(), stage.neighbour_state()) == (before, state)
        assert not stage.heard()
        assert stage.secret not in json.dumps([str(report) for report in reports.values()])
    usual = _grade(honest_class)
    others = usual.keys() - attackers
    assert len(others) == STUDENTS - len(attackers) == 180
    assert {name: reports[name] for name in others} == {name: usual[name] for name in others}
    assert {reports[name].status for name in attackers} == {Status.GRADED, Status.UNREADABLE}


def _hand_in(path: Path, name: str, stage: Stage) -> None:
    """Put the attack called `name` in place of a notebook."""
    attack = next(attack for attack in ATTACKS if attack.name == name)
    if attack.plant:
        attack.plant(stage)
        (planted,) = stage.folder.iterdir()
        path.write_bytes(planted.read_bytes())
        shutil.rmtree(stage.folder)
    else:
        answer = stage.armed(attack.answer) if attack.answer else ""
        path.write_text(notebook(stage.armed(attack.cell), answer=answer), encoding="utf-8")


def _grade(folder: Path) -> dict[str, Report]:
    """Reports by student, but for how long they took."""
    graded = grade_below([folder], COURSE, JOBS)
    assert len(graded.reports) == STUDENTS
    return {report.student: replace(report, seconds=0.0) for report in graded.reports}
