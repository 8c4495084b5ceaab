"""Whatever is killed while a class is graded, and whenever: the reports are the same, and nothing is left behind."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psutil
import pytest
from conftest import needs_wall

from autograder.authoring.gate.simulate import simulate_class
from autograder.authoring.gate.truth import read_truth
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.grading.grade import grade_class
from autograder.grading.run import make_keys, start_grader
from autograder.sandbox.limits import Limits
from autograder.student.model.results import Outcome
from autograder.submissions.find import find_submissions

COURSE = Course(limits=Limits(patience=20))
STUDENTS, JOBS = 10, 2


@pytest.fixture(scope="module")
def keys():
    return make_keys(COURSE)


@pytest.fixture(scope="module")
def folder(keys, tmp_path_factory):
    made = tmp_path_factory.mktemp("kills") / "class"
    truths = read_truth(simulate_class(list(keys.values()), made, STUDENTS, seed=3))
    for truth in truths:
        # An endless cell runs long enough to be killed twice, which then is its own doing for all that anyone knows.
        if any(expected.outcome == Outcome.TIMED_OUT.value for expected in truth.exercises.values()):
            (made / truth.file).unlink()
    return made


def graded(grader, folder):
    """The reports, without the seconds that they took."""
    submissions = find_submissions(folder, frozenset(catalogue())).submissions
    return [replace(r, seconds=0.0) for r in grade_class(grader, submissions, JOBS, lambda _: None)]


@pytest.fixture(scope="module")
def undisturbed(keys, folder):
    with start_grader(keys, COURSE, JOBS) as grader:
        return graded(grader, folder)


def workers(sandbox):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(sandbox.zygote).children()
    return []


def zygote(sandbox):
    return [psutil.Process(sandbox.zygote)]


def keeper(sandbox):
    return [psutil.Process(sandbox.zygote).parent()]


def alive(sandbox):
    """How many processes the sandbox has; None as long as there is a zombie among them."""
    with contextlib.suppress(psutil.NoSuchProcess):
        (above,) = keeper(sandbox)
        family = [above, *above.children(recursive=True)]
        return None if any(p.status() == psutil.STATUS_ZOMBIE for p in family) else len(family)
    return None


@contextlib.contextmanager
def killing(victims, most, sandbox, seed):
    """Kill one of the victims at random moments, at `most` so often, as long as this lasts; those that were hit."""
    chance, over, hit = random.Random(seed), threading.Event(), []

    def kill():
        while len(hit) < most and not over.wait(chance.uniform(0, 0.4)):
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                victim = chance.choice(victims(sandbox))
                victim.kill()
                hit.append(victim)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield hit
    finally:
        over.set()
        killer.join()


@pytest.mark.parametrize(("victims", "most"), [(workers, 20), (zygote, 3), (keeper, 3)])
def test_kills_at_random_moments_change_no_report_and_leave_nothing(keys, folder, undisturbed, victims, most):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with start_grader(keys, COURSE, JOBS) as grader:
        with killing(victims, most, grader.sandbox, seed=1) as hit:
            again = [graded(grader, folder)]
            while len(hit) < 3:  # a fast machine is done before it was disturbed enough
                again.append(graded(grader, folder))
        for reports in again:
            for report, expected in zip(reports, undisturbed, strict=True):
                assert report == expected
        base = grader.sandbox._base
        until(lambda: alive(grader.sandbox) == JOBS + 2 and len(list((base / "work").iterdir())) == JOBS)
    assert not base.exists()
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before


@needs_wall
def test_a_killed_grader_leaves_nothing_and_the_class_is_graded_the_same_afterwards(keys, tmp_path):
    place, few = tmp_path / "place", tmp_path / "class"
    place.mkdir()
    simulate_class(list(keys.values()), few, 2, seed=4)
    for student in list(few.iterdir()):  # enough that no machine has graded them all before it is killed
        for number in range(20):
            shutil.copytree(student, few / f"{student.name}-{number}")
    command = [sys.executable, "-m", "autograder", "grade", str(few), "--json", "--out", str(tmp_path / "out")]
    settings = {"cwd": HERE.root, "env": {**os.environ, "TMPDIR": str(place)}, "stderr": subprocess.DEVNULL}
    first = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, **settings).stdout)
    chance = random.Random(2)
    for _ in range(2):
        grader = subprocess.Popen(command, stdout=subprocess.DEVNULL, **settings)
        until(lambda: any(any((base / "work").glob("*")) for base in place.glob("autograder-*")))
        time.sleep(chance.uniform(0, 0.5))
        grader.kill()
        assert grader.wait() == -signal.SIGKILL
        until(lambda: not list(place.glob("autograder-*")) and not running_from(place))
    again = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, **settings).stdout)
    for report in first["reports"] + again["reports"]:
        del report["seconds"]
    assert again == first


def running_from(place):
    """Processes of a sandbox that lies in `place`; one that has ended has no command line any more."""
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [command for command in commands if any(str(place) in word for word in command)]


def until(true, seconds=60):
    """Wait for what happens elsewhere; an error if it never does."""
    late = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < late
        time.sleep(0.01)
