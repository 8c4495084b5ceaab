"""Whatever is killed while a class is graded, and whenever: the reports are the same, and nothing is left behind."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from itertools import count, repeat
from pathlib import Path

import psutil
import pytest
from conftest import needs_wall

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.authoring.gate.simulate import simulate_class
from autograder.authoring.gate.truth import read_truth
from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue
from autograder.grading.grade import grade_class
from autograder.grading.run import make_keys, start_grader
from autograder.grading.store import GradeStore
from autograder.sandbox.limits import Limits
from autograder.sandbox.pool import Sandbox
from autograder.sandbox.scratch import PREFIX
from autograder.student.model.results import Outcome, Status
from autograder.submissions.find import find_all
from autograder.submissions.ingest import Submission

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
        if any(
            expected.outcome == Outcome.TIMED_OUT.value for expected in truth.exercises.values()
        ):
            (made / truth.file).unlink()
    return made


def graded(grader, folder):
    """The reports, without the seconds that they took."""
    submissions = find_all([folder], frozenset(catalogue())).submissions
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


def supervisor(sandbox):
    """The parent of the zygote; nothing once it has ended, when some other process is that for a moment."""
    above = psutil.Process(sandbox.zygote).parent()
    return [above] if above and above.ppid() == os.getpid() else []


def alive(sandbox):
    """How many processes the sandbox has; None as long as there is a zombie among them."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for above in supervisor(sandbox):
            family = [above, *above.children(recursive=True)]
            return None if any(p.status() == psutil.STATUS_ZOMBIE for p in family) else len(family)
    return None


@contextlib.contextmanager
def killing(victims, most, sandbox, seed):
    """Kill one of the victims at random moments, at `most` so often, as long as this lasts; those that were hit.

    A submission whose worker was killed is spared from then on: killed twice at one request, it
    would rightly be told to be graded again.
    """
    chance, over, hit = random.Random(seed), threading.Event(), []
    sessions = []  # the ids of the workers of each
    honest = sandbox.session

    def session(**options):
        begun = honest(**options)
        ids, spawn = [], begun._spawn

        def spawned():
            worker = spawn()
            ids.append(worker.pid)
            return worker

        begun._spawn = spawned
        sessions.append(ids)
        return begun

    def kill():
        while len(hit) < most and not over.wait(chance.uniform(0, 0.4)):
            before = {victim.pid for victim in hit}
            spared = {pid for ids in list(sessions) if before & {*ids} for pid in ids}
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                victim = chance.choice([v for v in victims(sandbox) if v.pid not in spared])
                victim.kill()
                hit.append(victim)

    killer = threading.Thread(target=kill)
    sandbox.session = session
    killer.start()
    try:
        yield hit
    finally:
        over.set()
        killer.join()
        del sandbox.session


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("victims", "most"), [(workers, 20), (zygote, 3), (supervisor, 3)])
def test_kills_at_random_moments_change_no_report_and_leave_nothing(
    keys, folder, undisturbed, victims, most
):
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
        until(
            lambda: (
                alive(grader.sandbox) == JOBS + 2 and len(list((base / "work").iterdir())) == JOBS
            )
        )
    assert not base.exists()
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before


def kept(store):
    """How many grades a store keeps."""
    return len(list((store.root / "results").glob("*.json")))


def answered(keys, *heads):
    """A right notebook with cells of one's own at its head."""
    key = keys["03_sigmoid_neuron"]
    notebook = json.loads(notebook_text(filled_notebook(key.source, key.assignment)))
    plain = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"][:0] = [
        {**plain, "id": f"own-{n}", "source": head} for n, head in enumerate(heads)
    ]
    data = json.dumps(notebook).encode()
    return Submission("s001", "s001.ipynb", 0.0, lambda: data)


@contextlib.contextmanager
def killing_marked(sandbox, fates, how=signal.SIGKILL):
    """Decide what comes of each worker that waits at MARK: it is killed, or goes on.

    fates: whether to kill, one after the other; when they are used up, all go on.  how: by which signal.
    Yields the directories of those that were killed.
    """
    sandbox.start()
    over, hits = threading.Event(), []

    def kill():
        while not over.wait(0.01):
            for mark in (sandbox._base / "work").glob("*/here"):
                if not next(fates, False):
                    mark.unlink(missing_ok=True)
                    continue
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    os.kill(int(mark.read_text()), how)
                    hits.append(mark.parent)
                until(lambda gone=mark.parent: over.is_set() or not gone.exists())

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield hits
    finally:
        over.set()
        killer.join()


# Waits until it is decided whether it is killed here.
MARK = """
import os, time
with open('begun', 'w') as file:
    file.write(str(os.getpid()))
os.rename('begun', 'here')
while os.path.exists('here'):
    time.sleep(0.01)
"""


def test_what_was_killed_once_is_graded_again_and_kept(keys, tmp_path):
    store = GradeStore(tmp_path)
    with (
        start_grader(keys, COURSE, store=store) as grader,
        killing_marked(grader.sandbox, iter([True])) as hits,
    ):
        report = grader.grade(answered(keys, MARK))
    assert len(hits) == 1
    assert (report.earned, report.notes) == (report.possible, ())
    assert kept(store) == 1


def test_what_is_killed_twice_at_one_place_is_told_and_not_kept(keys, tmp_path):
    store = GradeStore(tmp_path)
    with (
        start_grader(keys, COURSE, store=store) as grader,
        killing_marked(grader.sandbox, repeat(True)) as hits,
    ):
        report = grader.grade(answered(keys, MARK))
    assert len(hits) == 2
    assert report.earned == report.possible
    assert report.notes[-1].endswith("this result is not kept: grade again")
    assert kept(store) == 0


class Impatient(Limits):
    """Limits of a grader that gives up after a second in which the machine held up a submission."""

    def allow(self, seconds):
        return replace(super().allow(seconds), held=1.0)


def test_what_is_stopped_until_the_grader_gives_up_is_told_and_not_kept(keys, tmp_path):
    store, course = GradeStore(tmp_path), Course(limits=Impatient())
    with (
        start_grader(keys, course, store=store) as grader,
        killing_marked(grader.sandbox, repeat(True), signal.SIGSTOP) as hits,
    ):
        report = grader.grade(answered(keys, MARK))
    assert hits
    assert report.status is Status.GRADED
    assert report.notes[-1].endswith("this result is not kept: grade again")
    assert kept(store) == 0


def test_all_attempts_at_a_submission_share_the_time_of_one(keys):
    """A third of the moments at which a worker waits are its last."""
    limits = Limits(cell=1.0, submission=2.0, patience=20)
    chance = random.Random(1)
    fates = (chance.random() < 0.3 for _ in count())
    work = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    with start_grader(keys, Course(limits=limits)) as grader:
        zygote = psutil.Process(grader.sandbox.zygote)
        until(zygote.children)
        before = zygote.cpu_times().children_user
        with killing_marked(grader.sandbox, fates) as hits:
            report = grader.grade(answered(keys, *[work + MARK] * 6))
        used = zygote.cpu_times().children_user - before
    assert hits
    assert used < 1.5 * limits.submission
    assert report.status is Status.GRADED


@needs_wall
@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_killed_grader_leaves_nothing_and_the_class_is_graded_the_same_afterwards(keys, tmp_path):
    place, few = tmp_path / "place", tmp_path / "class"
    place.mkdir()
    simulate_class(list(keys.values()), few, 2, seed=4)
    for student in list(
        few.iterdir()
    ):  # enough that no machine has graded them all before it is killed
        for number in range(20):
            shutil.copytree(student, few / f"{student.name}-{number}")
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        str(few),
        "--json",
        "--out",
        str(tmp_path / "out"),
    ]
    settings = {
        "cwd": HERE.root,
        "env": {**os.environ, "TMPDIR": str(place)},
        "stderr": subprocess.DEVNULL,
    }
    first = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, check=True, **settings).stdout
    )
    command[-1] = str(tmp_path / "killed")  # where nothing is graded yet
    # Nobody reads what it prints, so that it never ends by itself, however late it is killed.
    reading, unread = os.pipe()
    os.set_blocking(unread, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(unread, bytes(1 << 12)):
            pass
    os.set_blocking(unread, True)
    chance = random.Random(2)
    for _ in range(2):
        grader = subprocess.Popen(command, stdout=unread, **settings)
        until(lambda: any(any((base / "work").glob("*")) for base in place.glob("autograder-*")))
        time.sleep(chance.uniform(0, 0.5))
        grader.kill()
        assert grader.wait() == -signal.SIGKILL
        until(lambda: not list(place.glob("autograder-*")) and not running_from(place))
    for end in (reading, unread):
        os.close(end)
    again = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, check=True, **settings).stdout
    )
    for report in first["reports"] + again["reports"]:
        del report["seconds"], report["graded_at"]
    assert again == first


@needs_wall
def test_what_a_run_leaves_whose_processes_are_all_killed_at_once_the_next_run_removes(tmp_path):
    """Kill all, as a machine without memory does: files in use and files that are no sandbox's stay."""
    place, notebook = (
        tmp_path / "place",
        HERE.root / "tests/hand_filled/h01/03_sigmoid_neuron.ipynb",
    )
    mine = place / f"{PREFIX}of-mine"
    mine.mkdir(parents=True)
    (mine / "notes.txt").write_text("mine")
    command = [sys.executable, "-m", "autograder", "grade", str(notebook), "--out", str(tmp_path)]
    settings = {"cwd": tmp_path, "env": {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(HERE.root)},
                "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # fmt: skip
    waiting = [*command[:4], str(tmp_path / "03_sigmoid_neuron.py"), *command[5:]]
    Path(waiting[4]).write_text(f"{MARK}\ndef sigmoid(x):\n    return x\n")
    (tmp_path / "course.toml").write_text("[limits]\npatience = 1000\n")
    grader = subprocess.Popen(waiting, **settings)
    until(lambda: any(place.glob("/".join((f"{PREFIX}*", "work", "*", "here")))))
    (above,) = psutil.Process(grader.pid).children()
    above.suspend()
    grader.kill()
    grader.wait()
    above.kill()
    until(lambda: not running_from(place))
    [left] = set(place.iterdir()) - {mine}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place))
        with Sandbox() as in_use:
            in_use.start()
            assert left.exists()  # too young
            for folder in place.iterdir():
                os.utime(folder, (0, 0))
            subprocess.run(command, check=True, **settings)
            assert set(place.iterdir()) == {mine, in_use._base}
    assert list(place.iterdir()) == [mine]


def running_from(place):
    """Processes of a sandbox that lies in `place`; one that has ended has no command line any more."""
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [command for command in commands if any(str(place) in word for word in command)]


def until(true, seconds=240):
    """Wait for what happens elsewhere; an error if it never does."""
    late = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < late
        time.sleep(0.01)
