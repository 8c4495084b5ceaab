"""Grade a class on a Dask cluster.  Only this module knows Dask, and only `grade --dask` imports it.

    this process, the client                  a worker's process, one submission at a time
    read, recognise, look in the store   -->  run in the worker's own sandbox, judge
    store, lateness, gradebook, pages    <--  the report

Dask pickles what goes between the two, which are both ours: answer keys go out, reports come back.  Between a
worker's process and the student's there is the sandbox, as on one machine: values cross, and nothing else.
"""

from __future__ import annotations

import ipaddress
import logging
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, Queue
from urllib.parse import urlsplit

from distributed import (
    CancelledError,
    Client,
    Future,
    KilledWorker,
    Security,
    Worker,
    WorkerPlugin,
    get_worker,
)
from distributed.comm import CommClosedError

from autograder.course.paths import HERE
from autograder.course.settings import Course
from autograder.errors import GraderError, KitError, MisuseError
from autograder.grading.answer_key import AnswerKey, Memory
from autograder.grading.grade import Grader, Prepared, failed_report
from autograder.grading.late import charge
from autograder.grading.provenance import this_grader
from autograder.grading.run import make_keys, start_grader
from autograder.student.model.results import Report
from autograder.submissions.ingest import Submission

# The files of a folder that --dask-tls names.
TLS_FILES = ("ca.pem", "cert.pem", "key.pem")
# A submission that kills this many workers gets no further one.  The first may have died of another submission that
# was in it, so what died with a worker runs again at the end, with no other in the cluster.
DEATHS = 3
# Submissions that are sent for each worker: one that runs, one that waits for it.
AHEAD = 2
# How often to look for workers that have come or gone, in seconds.
LOOK = 2.0
CONNECT_SECONDS = 20
KILLER = f"{DEATHS} workers died while they graded it, the last {DEATHS - 1} with no other submission in the cluster"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask scheduler, and the certificates to reach it by.

    address: such as tls://host:8786.  tls: authority, certificate and key, if it is not on this machine.
    say: tells a person what happens to the workers.
    """

    address: str
    say: Callable[[str], None]
    tls: tuple[Path, ...] = ()

    def grade(
        self,
        grader: Grader,
        course: Course,
        submissions: Sequence[Submission],
        done: Callable[[Report], None],
    ) -> Iterator[Report]:
        """Grade submissions; yield reports in their order.  `done` is called with each as it comes.

        Raises MisuseError or GraderError if the cluster cannot be used.
        """
        check_secrecy(self.address, self.tls)
        with self._connected() as client:
            try:
                run = _Run(client, grader, without_seed(course), self.say, done)
                with run.installed():
                    run.grade(submissions)
            except Exception as why:
                gone = isinstance(why, (CancelledError, CommClosedError))
                if not gone and client.status == "running":
                    raise
                raise GraderError(
                    f"--dask {self.address}: the scheduler was lost ({_one_line(why)}); finished grades are kept, so "
                    "run the same command again"
                ) from None
        yield from (run.reports[number] for number in range(len(submissions)))

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        logging.disable()  # the kit says in its own words what Dask would log
        security = None
        if self.tls:
            authority, certificate, key = map(str, self.tls)
            security = Security(
                tls_ca_file=authority,
                tls_client_cert=certificate,
                tls_client_key=key,
                require_encryption=True,
            )
        try:
            client = Client(
                self.address, security=security, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as why:
            raise MisuseError(
                f"--dask {self.address}: no scheduler answers ({why}); start one: dask scheduler"
            ) from None
        with client:
            info = client.scheduler_info()
            for address in (info["address"], *info["workers"]):
                check_secrecy(address, self.tls)
            yield client


def read_tls(text: str) -> tuple[Path, ...]:
    """The files of CA,CERT,KEY, or of a folder that holds them.  MisuseError if one is missing."""
    folder = Path(text)
    files = [folder / name for name in TLS_FILES] if folder.is_dir() else text.split(",")
    paths = tuple(map(Path, files))
    if len(paths) != len(TLS_FILES):
        raise MisuseError(f"--dask-tls {text}: write CA,CERT,KEY or a folder with {TLS_FILES}")
    for path in paths:
        if not path.is_file():
            raise MisuseError(f"--dask-tls: {path}: there is no such file; make it")
    return paths


def check_secrecy(address: str, tls: Sequence[Path]) -> None:
    """Raise MisuseError if others could read answer keys on their way to this address."""
    try:
        found = urlsplit(address if "://" in address else f"tcp://{address}")
        host, _ = found.hostname or "", found.port
    except ValueError as why:
        raise MisuseError(f"--dask {address}: {why}; write tls://host:port") from None
    if tls and found.scheme != "tls":
        raise MisuseError(f"--dask {address}: --dask-tls needs an address that begins with tls://")
    if not tls and not (found.scheme == "tcp" and _is_loopback(host)):
        raise MisuseError(
            f"--dask {address}: answer keys travel only over TLS or on this machine; write tls://host:port and "
            "--dask-tls CA,CERT,KEY, or start the scheduler with --host 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def without_seed(course: Course) -> Course:
    """The course as workers get it: inputs drawn from its seed, in the keys, and not the seed."""
    return replace(course, seed=Course().seed)


def basis_here(keys: Mapping[str, AnswerKey], layers: str) -> dict[str, str]:
    """What grades made here rest on, apart from the submission: two machines with the same one give the same."""
    here = this_grader()
    versions = {f"checks of {name}": key.version for name, key in keys.items()}
    grader = {"kit": here.kit, "code": here.code, "Python": here.python, "NumPy": here.numpy}
    return {"layers": layers, **grader, **versions}


def difference(own: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """What keeps a worker with the basis `own` from grading for a client with `wanted`; "" if nothing does."""
    for name in sorted({*own, *wanted}):
        if own.get(name) != wanted.get(name):
            there, here = own.get(name, "nothing"), wanted.get(name, "nothing")
            return f"{name}: {there} there, {here} here; install the same there"
    return ""


class Workplace(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """What a worker's process needs to grade for one client: a sandbox of its own.

    Dask sets it up in every worker that is there or comes, also in one that replaces another.
    Submissions need a resource that only a worker has whose basis is the client's.
    """

    def __init__(self, name: str, basis: Mapping[str, str], grader: Grader, course: Course) -> None:
        self.name, self.basis, self.course = name, dict(basis), course
        self.repair, self.unsafe = grader.repair, grader.sandbox.unsafe
        self.protected = grader.sandbox.protected
        self.refusal: str | None = None

    async def setup(self, worker: Worker) -> None:
        """Compare the basis, start the sandbox and take part; or remember why not."""
        self._open = ExitStack()
        keys = make_keys(self.course)
        try:
            grader = self._open.enter_context(
                start_grader(
                    keys,
                    self.course,
                    unsafe=self.unsafe,
                    protected=[*self.protected, *_private(worker)],
                )
            )
            self.refusal = difference(basis_here(keys, grader.sandbox.layers), self.basis)
            if not self.refusal:
                grader.sandbox.start()
        except KitError as why:
            self.refusal = str(why)
        if not self.refusal:
            self.grader = replace(grader, repair=self.repair)
            await worker.set_resources(**{self.name: 1})

    def teardown(self, worker: Worker) -> None:
        """End the sandbox."""
        self._open.close()


def _private(worker: Worker) -> list[Path]:
    """What the student code of a worker must not read: where it spills memory, the checkout, its certificates."""
    security = worker.security
    files = (security.tls_ca_file, security.tls_worker_cert, security.tls_worker_key)
    certificates = [Path(file) for file in files if file and "\n" not in file]
    return [Path(worker.local_directory), HERE.root, *certificates]


class SentKey(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """The answer key of one assignment, in every worker: drawn once, so all judge by the same numbers."""

    def __init__(self, key: AnswerKey) -> None:
        self.key = replace(key, checks=dict(key.checks), memory=Memory())
        _ = self.key.source, self.key.version  # read here: a worker's checkout may lie elsewhere


def _key_name(name: str, assignment: str) -> str:
    return f"{name} {assignment}"


def run_there(name: str, prepared: Prepared) -> Report:
    """Run one submission in the sandbox of the worker that this is called in."""
    plugins = get_worker().plugins
    key = plugins[_key_name(name, prepared.assignment)].key
    grader: Grader = replace(plugins[name].grader, keys={prepared.assignment: key})
    report = grader.run(prepared)
    there = replace(report.provenance, platform=platform.platform())
    return replace(report, provenance=there)


def refusal_of(name: str, dask_worker: Worker) -> str | None:
    """Why a worker takes no part; "" if it does, None while it gets ready."""
    plugin = dask_worker.plugins.get(name)
    return plugin.refusal if plugin else "the kit is not installed there, or another version is"


def basis_there(course: Course, *, unsafe: bool) -> dict[str, str]:
    """The basis of the worker that this is called in."""
    keys = make_keys(course)
    with start_grader(keys, course, unsafe=unsafe) as grader:
        return basis_here(keys, grader.sandbox.layers)


# Submissions by their numbers, as they are handed in and as they are sent.
Work = dict[int, tuple[Submission, Prepared]]


@dataclass(slots=True)
class _Run:
    """One class on a cluster.

    told: the workers whose refusal was told.  sent: the assignments whose keys the workers have.  workers: those that
    took part at the time `looked`; waiting: whether a person knows that there are none.  By the numbers of submissions:
    reports; what is outstanding, and in which future.
    """

    client: Client
    grader: Grader
    course: Course
    say: Callable[[str], None]
    done: Callable[[Report], None]
    name: str = field(default_factory=lambda: f"backprop-kit-{secrets.token_hex(8)}")
    reports: dict[int, Report] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    outstanding: Work = field(default_factory=dict)
    futures: dict[int, Future] = field(default_factory=dict)
    workers: set[str] = field(default_factory=set)
    waiting: bool = False
    looked: float = 0.0
    _finished: Queue[tuple[int, Future]] = field(default_factory=Queue)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Every worker with the same basis takes part, and forgets all at the end."""
        basis = basis_here(self.grader.keys, self.grader.sandbox.layers)
        self._refuse_strangers(basis)
        allowed = self._allow_deaths(0)
        try:
            self._plug(Workplace(self.name, basis, self.grader, self.course), self.name)
            self._look()
            yield
        finally:
            with suppress(OSError, RuntimeError):  # the scheduler may be gone, and all with it
                self._allow_deaths(allowed)
                for name in (*(_key_name(self.name, each) for each in self.sent), self.name):
                    self.client.unregister_worker_plugin(name)

    def grade(self, submissions: Sequence[Submission]) -> None:
        """Fill `reports`."""
        suspects = self._grade_together(submissions)
        for _ in range(DEATHS - 1):
            suspects = self._grade_alone(suspects)
        for number, (submission, prepared) in suspects.items():
            failed = failed_report(prepared.identity, prepared.assignment, GraderError(KILLER))
            self._report(number, submission, failed)

    def _grade_together(self, submissions: Sequence[Submission]) -> Work:
        """Grade all; return those whose worker died."""
        dead: Work = {}
        for number, submission in enumerate(submissions):
            prepared = self.grader.prepare(submission)
            if isinstance(prepared, Report):
                self._report(number, submission, prepared)
                continue
            self._wait(AHEAD * max(1, len(self.workers)) - 1, dead)
            self._send(number, submission, prepared)
        self._wait(0, dead)
        return dead

    def _grade_alone(self, work: Work) -> Work:
        """Grade each with no other in the cluster; return those whose worker died."""
        dead: Work = {}
        for number, (submission, prepared) in sorted(work.items()):
            self._send(number, submission, prepared)
            self._wait(0, dead)
        return dead

    def _refuse_strangers(self, basis: Mapping[str, str]) -> None:
        """Tell of workers with another basis before a key is sent.  GraderError if there are no others."""
        unsafe = self.grader.sandbox.unsafe
        found = self.client.run(basis_there, self.course, unsafe=unsafe, on_error="return")
        for worker, own in found.items():
            strange = isinstance(own, Exception)
            self._refuse(worker, _one_line(own) if strange else difference(own, basis))
        if found and len(self.told) == len(found):
            raise GraderError("--dask: every worker was refused; see above")

    def _refuse(self, worker: str, why: str) -> None:
        if why and worker not in self.told:
            self.told.add(worker)
            self.say(f"worker {worker}: refused: {why}")

    def _plug(self, plugin: WorkerPlugin, name: str) -> None:
        # A stranger may fail to read it, and takes no part then.
        with suppress(ImportError, AttributeError, TypeError):
            self.client.register_plugin(plugin, name=name)

    def _allow_deaths(self, most: int) -> int:
        """Let Dask run a task again after this many workers died with it; return how many it allowed before."""

        def allow(dask_scheduler: object) -> int:  # sent by value: the scheduler needs no kit
            before: int = dask_scheduler.allowed_failures  # type: ignore[attr-defined]
            dask_scheduler.allowed_failures = most  # type: ignore[attr-defined]
            return before

        before: int = self.client.run_on_scheduler(allow)
        return before

    def _look(self) -> None:
        """Count the workers that take part, tell of those that came and do not, and send again what Dask forgot."""
        self.looked = time.monotonic()
        found = self.client.run(refusal_of, self.name, on_error="return")
        for worker, why in found.items():
            if isinstance(why, str):
                self._refuse(worker, why)
        self.workers = {worker for worker, why in found.items() if why == ""}
        if not (self.workers or self.waiting):
            self.say("no worker takes part now; waiting for one")
        self.waiting = not self.workers
        # What waits while no worker takes part is not looked at again when one gets the resource.
        running = {key for keys in self.client.processing().values() for key in keys}
        for number, future in list(self.futures.items()):
            if self.workers and future.status == "pending" and future.key not in running:
                self._send(number, *self.outstanding[number])

    def _send(self, number: int, submission: Submission, prepared: Prepared) -> None:
        assignment = prepared.assignment
        if assignment not in self.sent:
            self.sent.add(assignment)
            key = SentKey(self.grader.keys[assignment])
            self._plug(key, _key_name(self.name, assignment))
        self.outstanding[number] = (submission, prepared)
        future = self.client.submit(
            run_there, self.name, prepared, resources={self.name: 1}, pure=False
        )
        self.futures[number] = future
        future.add_done_callback(lambda ended: self._finished.put((number, ended)))

    def _wait(self, most: int, dead: Work) -> None:
        """Wait until at most this many submissions are in the cluster; put those whose worker died into `dead`."""
        while len(self.outstanding) > most:
            if time.monotonic() > self.looked + LOOK:
                self._look()
            try:
                number, future = self._finished.get(timeout=LOOK)
            except Empty:
                continue
            sent_again = self.futures.get(number) is not future
            if sent_again:
                continue
            try:
                report = future.result()
            except KilledWorker:
                dead[number] = self.outstanding[number]
            else:
                submission, _ = self.outstanding[number]
                self._report(number, submission, self.grader.keep(report))
            del self.outstanding[number], self.futures[number]

    def _report(self, number: int, submission: Submission, report: Report) -> None:
        charged = charge(report, submission, self.grader.schedule)
        self.reports[number] = charged
        self.done(charged)


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
