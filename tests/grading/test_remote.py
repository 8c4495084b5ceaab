"""A class graded on a local Dask cluster, by the commands of docs/cluster.md: the reports equal those of a local run.

Two clusters: one with a worker that is killed and one of another version; one over TLS, with a submission that kills
every worker it is run in.
"""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.authoring.gate.simulate import simulate_class
from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.grading.run import make_keys, start_grader

pytest.importorskip(
    "distributed", reason="distributed is missing: pip install --editable '.[dask]'"
)

from autograder.grading import remote

# Half a minute on two quiet cores: ten processes are started, and each imports Dask and the kit.
pytestmark = pytest.mark.timeout(600)

NAME = "04_matmul"
STUDENTS = 5
VICTIM, KILLER = "s002", "s003"
# Runs in a worker's process: writes down what is begun; waits with the first run of the victim; dies of the killer.
PRELOAD = """
import os, signal, time
from pathlib import Path
from autograder.grading.grade import Grader

def replaced(real, log):
    def run(self, prepared):
        student = prepared.identity.student
        again = log.exists() and f"{student} " in log.read_text()
        with log.open("a") as out:
            out.write(f"{student} {os.getpid()}\\n")
        if student == os.environ["KILLER"]:
            os.kill(os.getpid(), signal.SIGKILL)
        while student == os.environ["VICTIM"] and not again:
            time.sleep(0.1)
        return real(self, prepared)
    return run

if Grader.run.__name__ == "run" and Grader.run.__module__ == Grader.__module__:  # Dask loads this twice
    Grader.run = replaced(Grader.run, Path(os.environ["BEGUN"]))
"""
WAIT = 240.0


def python(*arguments: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=out,
            stderr=out,
            env=os.environ | environment,
            cwd=log.parent,
            start_new_session=True,
        )


def wait_for(path: Path, text: str, count: int = 1) -> str:
    """The content of a file, once it holds a text `count` times."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        content = path.read_text() if path.exists() else ""
        if content.count(text) >= count:
            return content
        time.sleep(0.1)
    raise AssertionError(f"{path.name} does not hold {text!r}: {content[-3000:]}")


def shown(program: str) -> tuple[list[str], list[str]]:
    """The words of the page's two commands that begin so: on one machine, and over TLS."""
    page = (HERE.root / "docs" / "cluster.md").read_text(encoding="utf-8")
    found = re.findall(rf"^\$ \.venv/bin/{program} (.*)$", page, re.M)
    plain, tls = (shlex.split(line) for line in found)
    return plain, tls


class Dask:
    """A scheduler and workers, as processes, by the commands of the page."""

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        self.folder, self.tls, self.processes = folder, tls, []
        file = folder / "scheduler.json"
        words = shown("dask scheduler")[tls]
        here = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
        self._start("scheduler", "dask", "scheduler", *words, *here)
        self.address = json.loads(wait_for(file, "}\n") or "{}")["address"]

    def _start(self, name: str, *words: str, **environment: str) -> None:
        log = self.folder / f"{name}.log"
        self.processes.append(python(*words, log=log, **environment))

    def _addressed(self, words: list[str]) -> list[str]:
        shown_address = "tls://HOST:8786" if self.tls else "tcp://127.0.0.1:8786"
        assert shown_address in words
        return [self.address if word == shown_address else word for word in words]

    def workers(self, *arguments: str, **environment: str) -> None:
        """Start the two workers of the page, each with a nanny that replaces it; wait until they are there."""
        words = self._addressed(shown("dask worker")[self.tls])
        place = ["--local-directory", str(self.folder / "spilled")]
        self._start("workers", "dask", "worker", *words, *place, *arguments, **environment)
        wait_for(self.folder / "workers.log", "Registered to:", 2)

    def stranger(self, checkout: Path) -> None:
        """Start a worker of another checkout; wait until it is there."""
        place = ["--no-nanny", "--local-directory", str(self.folder / "stranger")]
        self._start("stranger", "dask", "worker", self.address, *place, PYTHONPATH=str(checkout))
        wait_for(self.folder / "stranger.log", "Registered to:")

    def grade(self, folder: Path, out: Path) -> subprocess.Popen[bytes]:
        """Start grading on this cluster; it writes grade.log."""
        words = self._addressed(shown("autograder grade")[self.tls])
        words = [str(folder) if word == "SUBMISSIONS" else word for word in words]
        self._start("grade", "autograder", "grade", *words, "--out", str(out))
        return self.processes[-1]

    def stop(self) -> None:
        """End all, the scheduler last; the nannies end their workers."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:  # Dask's own shutdown may hang
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def grade(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", "grade", str(folder), "--out", str(out)]
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, check=False, timeout=280
    )


def reports(out: Path) -> dict[str, dict[str, object]]:
    """The reports by student, without the seconds that grading took and the moment of it."""
    found = json.loads((out / "report.json").read_text())["reports"]
    return {
        report["identity"]["student"]: {
            key: value for key, value in report.items() if key not in ("seconds", "graded_at")
        }
        for report in found
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class in which no two notebooks have the same bytes."""
    made = tmp_path_factory.mktemp("remote") / "class"
    simulate_class([make_keys(Course(), NAME)[NAME]], made, STUDENTS, seed=11)
    for number, path in enumerate(sorted(made.rglob("*.ipynb"))):
        path.write_bytes(path.read_bytes() + b" " * number)
    (made.parent / "preload.py").write_text(PRELOAD)
    return made


@pytest.fixture(scope="module")
def local(folder):
    out = folder.parent / "local"
    done = grade(folder, out, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    return reports(out)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """The kit with another comment in a file that decides grades."""
    root = tmp_path_factory.mktemp("stranger")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE.package, root / "autograder", ignore=ignored)
    shutil.copytree(HERE.solutions, root / "solutions", ignore=ignored)
    with (root / "autograder" / "grading" / "late.py").open("a") as out:
        out.write("# Another version.\n")
    return root


@pytest.fixture(scope="module")
def killed(folder, stranger, tmp_path_factory):
    """A run in which a worker is killed while it grades, and a worker has another version."""
    place = tmp_path_factory.mktemp("dask")
    begun, out = place / "begun", folder.parent / "killed"
    known = {"BEGUN": str(begun), "KILLER": "", "VICTIM": VICTIM}
    cluster = Dask(place)
    try:
        cluster.workers("--preload", str(folder.parent / "preload.py"), **known)
        cluster.stranger(stranger)
        run = cluster.grade(folder, out)
        lines = wait_for(begun, f"{VICTIM} ").splitlines()
        victim = next(line for line in lines if line.startswith(VICTIM))
        os.kill(int(victim.split()[1]), signal.SIGKILL)
        code = run.wait(WAIT)
    finally:
        cluster.stop()
    log = (place / "grade.log").read_text()
    return SimpleNamespace(code=code, log=log, begun=begun.read_text().split("\n"), out=out)


@pytest.mark.long
def test_a_worker_that_is_killed_costs_nothing_and_every_submission_is_graded_once(killed, local):
    assert killed.code == 0, killed.log
    assert reports(killed.out) == local
    assert len(local) == STUDENTS
    assert sum(line.startswith(VICTIM) for line in killed.begun) == 2


@pytest.mark.long
def test_a_worker_of_another_version_is_refused_and_runs_nothing(killed):
    refused = [line for line in killed.log.splitlines() if "refused" in line]
    assert len(refused) == 1, killed.log
    assert "refused: code: " in refused[0]
    assert refused[0].endswith("; install the same there")
    processes = {line.split()[1] for line in killed.begun if line}
    assert len(processes) <= 3  # two, and the one that took the place of the killed one


@pytest.mark.long
def test_grades_made_by_the_cluster_are_found_again_by_a_local_run(killed, folder, local):
    again = grade(folder, killed.out)
    assert again.returncode == 0, again.stderr
    graded = sum(report["status"] == "graded" for report in local.values())
    assert f"graded before: {graded}" in again.stderr
    assert reports(killed.out) == local


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The folder with the page's certificates, and the folder above."""
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificates, is missing")
    place = tmp_path_factory.mktemp("tls")
    page = (HERE.root / "docs" / "cluster.md").read_text(encoding="utf-8")
    for command in re.findall(r"^\$ ((?:mkdir|openssl|cp) .*)$", page, re.M):
        subprocess.run(shlex.split(command), cwd=place, check=True, capture_output=True)
    return place / "certificates"


@pytest.mark.long
def test_over_tls_a_submission_that_kills_three_workers_gets_that_as_its_result(
    folder, local, certificates
):
    place = certificates.parent
    begun, out = place / "begun", place / "out"
    known = {"BEGUN": str(begun), "KILLER": KILLER, "VICTIM": ""}
    cluster = Dask(place, tls=True)
    try:
        cluster.workers("--preload", str(folder.parent / "preload.py"), **known)
        code = cluster.grade(folder, out).wait(WAIT)
    finally:
        cluster.stop()
    assert code == 3, (place / "grade.log").read_text()
    found = reports(out)
    assert begun.read_text().count(f"{KILLER} ") == remote.DEATHS
    assert found[KILLER]["reason"] == f"the grader failed: {remote.KILLER}"
    del found[KILLER]
    assert found == {student: report for student, report in local.items() if student != KILLER}


@pytest.mark.long
def test_a_lost_scheduler_is_one_line_and_so_is_the_wait_for_workers(folder, tmp_path):
    cluster = Dask(tmp_path)
    try:
        run = cluster.grade(folder, tmp_path / "out")
        wait_for(tmp_path / "grade.log", "waiting for one")
        cluster.processes[0].kill()
        code = run.wait(WAIT)
    finally:
        cluster.stop()
    first, second = (tmp_path / "grade.log").read_text().splitlines()
    assert (code, first) == (3, "no worker takes part now; waiting for one")
    assert "the scheduler was lost" in second
    assert "run the same command again" in second


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.7:8786", "tls://10.0.0.7:8786", "cluster.example:8786", "tcp://:8786"]
)
def test_answer_keys_are_not_sent_where_others_could_read_them(address):
    with pytest.raises(MisuseError, match="only over TLS or on this machine"):
        remote.check_secrecy(address, ())


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:1"])
def test_on_this_machine_no_certificates_are_needed(address):
    remote.check_secrecy(address, ())


def test_certificates_need_an_encrypted_address(certificates):
    tls = remote.read_tls(str(certificates))
    assert tls == remote.read_tls(",".join(map(str, tls)))
    remote.check_secrecy("tls://10.0.0.7:8786", tls)
    with pytest.raises(MisuseError, match="begins with tls://"):
        remote.check_secrecy("tcp://127.0.0.1:8786", tls)


def test_a_missing_certificate_and_an_address_in_the_open_are_one_line_each(folder, tmp_path):
    missing = grade(folder, tmp_path / "a", "--dask", "tls://h:1", "--dask-tls", "ca,cert,key")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1), missing.stderr
    assert "ca: there is no such file" in missing.stderr
    plain = grade(folder, tmp_path / "b", "--dask", "tcp://10.0.0.7:8786")
    assert (plain.returncode, plain.stderr.count("\n")) == (2, 1), plain.stderr


def test_the_seed_stays_with_the_client():
    secret = "a seed that nobody has"
    sent = remote.without_seed(Course(seed=secret, title="EEP"))
    assert secret not in repr(sent)
    assert sent == Course(title="EEP")


def set_up(local_directory: Path) -> tuple[remote.Workplace, dict[str, float]]:
    """A workplace, set up in a worker that spills its memory there, and the resources that it gave the worker."""
    from distributed import Security

    given: dict[str, float] = {}

    async def set_resources(**resources: float) -> None:
        given.update(resources)

    worker = SimpleNamespace(
        local_directory=str(local_directory), security=Security(), set_resources=set_resources
    )
    keys = make_keys(Course())
    with start_grader(keys, Course()) as grader:
        basis = remote.basis_here(keys, grader.sandbox.layers)
        workplace = remote.Workplace("class", basis, grader, Course())
    asyncio.run(workplace.setup(worker))
    workplace.teardown(worker)
    return workplace, given


def test_a_worker_takes_part_with_its_checkout_and_its_spilled_memory_behind_the_wall(tmp_path):
    workplace, given = set_up(tmp_path / "spilled")
    assert (workplace.refusal, given) == ("", {"class": 1})
    assert {HERE.root, tmp_path / "spilled"} <= set(workplace.grader.sandbox.protected)


def test_a_worker_whose_spilled_memory_student_code_could_read_is_refused():
    open_folder = Path(shutil.__file__).parent / "spilled"
    workplace, given = set_up(open_folder)
    assert f"{open_folder}: lies in" in (workplace.refusal or "")
    assert given == {}
