"""The layers of the wall: which a machine has, what each does, and that ordinary notebooks do not notice."""

import contextlib
import ctypes
import mmap
import os
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import needs_wall

from autograder.authoring.build.notebook import filled_notebook, notebook_text
from autograder.course.settings import Course
from autograder.errors import SandboxError
from autograder.grading.grade import Grader, grade_class
from autograder.grading.run import make_keys, start_grader
from autograder.sandbox import protocol
from autograder.sandbox.channel import Worker, WorkerLostError
from autograder.sandbox.confinement import Wall, check_uid_alone, guard, used_uids
from autograder.sandbox.layers import (
    UIDS,
    Layer,
    Machine,
    available,
    choose_layers,
    default_layers,
    line,
    refusal,
)
from autograder.sandbox.limits import Allowance, Limits
from autograder.sandbox.linux.seccomp import Program, install
from autograder.sandbox.pool import Sandbox, Session, _pipes
from autograder.sandbox.usage import Meter
from autograder.sandbox.worker import NOT_CONFINED
from autograder.student.model.results import Provenance, Report
from autograder.submissions.ingest import Submission

HERE = default_layers(available())
ALL = frozenset(Layer)
LINUX = Machine("linux", "6.12.0", "x86_64", landlock=6, seccomp=True, mounts=True)
STRICT = replace(LINUX, mounts=False)
UID_WORDS = f"workers run as uid {UIDS[0]}-{UIDS[-1]}"
NO_FILES = (
    "no file isolation: student code could read the solutions, the hidden checks and your own files"
)
NO_FILTER = "no system call filter: student code could start programs and reach the network"


def code(text: str) -> str:
    return textwrap.dedent(text).strip()


# Which layers there are, and the words for them


@pytest.mark.parametrize(
    ("machine", "missing", "said"),
    [
        (LINUX, {Layer.UID}, "sandbox: full"),
        (replace(LINUX, root=True), set(), f"sandbox: full; {UID_WORDS}"),
        (STRICT, {Layer.UID, Layer.NAMESPACE}, "sandbox: strict; file names and sizes visible"),
        (
            replace(STRICT, root=True, landlock=1),
            {Layer.NAMESPACE},
            f"sandbox: strict; {UID_WORDS}; file names and sizes visible",
        ),
        (replace(LINUX, landlock=5), {Layer.UID}, "sandbox: strict"),
        (replace(LINUX, landlock=0), {Layer.UID, Layer.LANDLOCK}, "sandbox: strict"),
        (
            replace(STRICT, root=True, landlock=0),
            {Layer.NAMESPACE, Layer.LANDLOCK},
            f"sandbox: strict; {UID_WORDS}; what every user may read can be read",
        ),
    ],
)
def test_a_machine_uses_all_that_it_has_and_says_so(machine, missing, said):
    chosen = choose_layers(machine)
    assert chosen.layers == ALL - missing
    assert chosen.line == line(machine, chosen.layers) == said
    assert refusal(machine) is None
    assert choose_layers(machine, unsafe=True).line == f"{said}; --unsafe"


@pytest.mark.parametrize(
    ("machine", "said", "stamp"),
    [
        (
            replace(STRICT, landlock=0),
            f"{NO_FILES}; refusing. Use Docker as root, Linux >= 5.13, or --unsafe",
            f"NOT SANDBOXED; {NO_FILES}",
        ),
        (
            replace(LINUX, seccomp=False),
            f"{NO_FILTER}; refusing. Use Linux with seccomp on x86_64 or aarch64, or --unsafe",
            f"NOT SANDBOXED; {NO_FILTER}",
        ),
        (
            Machine("darwin", "24.0", "arm64"),
            "NOT SANDBOXED: on darwin student code runs in a process of its own and can read and write what you can; "
            "refusing. Use Docker or Linux, or --unsafe",
            "NOT SANDBOXED; on darwin student code runs in a process of its own and can read and write what you can",
        ),
    ],
)
def test_a_machine_without_isolation_refuses_unless_told_otherwise(machine, said, stamp):
    assert refusal(machine) == said
    with pytest.raises(SandboxError) as refused:
        choose_layers(machine)
    assert str(refused.value) == f"sandbox: {said}"
    unsafe = choose_layers(machine, unsafe=True)
    assert unsafe.line == f"{stamp}; --unsafe"
    assert unsafe.layers == default_layers(machine)


def test_a_subset_is_named_and_must_be_there():
    assert choose_layers(LINUX, [Layer.SECCOMP, Layer.LIMITS]).line == (
        "NOT SANDBOXED in full: layers chosen by hand: limits, seccomp"
    )
    assert choose_layers(LINUX, []).line == "NOT SANDBOXED in full: layers chosen by hand: none"
    with pytest.raises(SandboxError, match="'landlock' is not available"):
        choose_layers(replace(LINUX, landlock=0), [Layer.LANDLOCK])


def test_this_machine_isolates_student_code(sandbox):
    assert {Layer.LIMITS, Layer.SECCOMP} < HERE
    assert sandbox.layers == line(available(), HERE)
    assert sandbox.layers.startswith("sandbox: ")


# Each layer by itself


def said_by(session: Session, cell: str) -> str:
    """What a cell printed, or the type of the error it ended with."""
    (run,) = session.run([code(cell)])
    return run.failure.type if run.failure else run.stdout.strip()


LISTENING = "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=5).close()\nprint('through')"
ALONE = [
    (Layer.LIMITS, "files = [open('/dev/null') for _ in range(200)]\nprint('through')", "OSError"),
    (
        Layer.LIMITS,
        "import mmap\nmmap.mmap(-1, 3 << 30, flags={lazily})\nprint('through')",
        "OSError",
    ),
    (
        Layer.SECCOMP,
        "import os\npid = os.fork() or os._exit(0)\nos.wait()\nprint('through')",
        "PermissionError",
    ),
    (
        Layer.SECCOMP,
        "import subprocess\nsubprocess.run(['true'])\nprint('through')",
        "PermissionError",
    ),
    (Layer.SECCOMP, LISTENING, "PermissionError"),
    (Layer.SECCOMP, "import os\nos.symlink('a', 'b')\nprint('through')", "PermissionError"),
    (Layer.LANDLOCK, "open('/etc/passwd').close()\nprint('through')", "PermissionError"),
    (Layer.LANDLOCK, "import os\nos.listdir('/')\nprint('through')", "PermissionError"),
    (Layer.LANDLOCK, "open({outside!r}, 'w').close()\nprint('through')", "PermissionError"),
    (
        Layer.LANDLOCK,
        "import autograder\nopen(autograder.__file__, 'r+').close()\nprint('through')",
        "PermissionError",
    ),
    (Layer.LANDLOCK, LISTENING, "PermissionError"),
    (Layer.NAMESPACE, "import os\nos.stat('/etc/passwd')\nprint('through')", "FileNotFoundError"),
    (Layer.NAMESPACE, "import os\nos.stat({outside!r})\nprint('through')", "FileNotFoundError"),
    (
        Layer.NAMESPACE,
        "import autograder\nopen(autograder.__file__, 'r+').close()\nprint('through')",
        "OSError",
    ),
    (Layer.UID, "import os\nos.listdir({private!r})\nprint('through')", "PermissionError"),
    (Layer.UID, "import os\nos.setuid(0)\nprint('through')", "PermissionError"),
    (
        Layer.UID,
        "import autograder\nopen(autograder.__file__, 'r+').close()\nprint('through')",
        "PermissionError",
    ),
]


@pytest.fixture(scope="module")
def bare() -> Iterator[Sandbox]:
    with Sandbox(layers=[]) as started:
        yield started


@pytest.fixture(scope="module")
def alone() -> Iterator[dict[Layer, Sandbox]]:
    started = {layer: Sandbox(layers=[layer]) for layer in HERE}
    yield started
    for sandbox in started.values():
        sandbox.close()


@pytest.fixture
def bait(tmp_path) -> Iterator[dict[str, object]]:
    """Things to reach for: a file of ours, a folder closed to others, a socket that listens; and more memory."""
    outside, private = tmp_path / "outside", tmp_path / "private"
    outside.write_text("ours")
    private.mkdir(mode=0o700)
    lazily = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE: address space alone
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield {"outside": str(outside), "private": str(private), "port": port, "lazily": lazily}


@needs_wall
@pytest.mark.parametrize(("layer", "cell", "refused"), [row for row in ALONE if row[0] in HERE])
def test_each_layer_does_its_own_job(alone, bare, bait, layer, cell, refused):
    with bare.session() as open_, alone[layer].session() as closed:
        assert said_by(open_, cell.format_map(bait)) == "through"
        assert said_by(closed, cell.format_map(bait)) == refused


def test_threads_are_counted_for_each_worker_alone(sandbox):
    hog = """
        import threading, time
        started = 0
        try:
            while started < 1000:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                started += 1
        except RuntimeError:
            pass
        print(started)
    """
    crowd = """
        import threading
        threads = [threading.Thread(target=print, args=("x",)) for _ in range(20)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    """
    with sandbox.session() as first, sandbox.session() as second:
        assert 20 < int(said_by(first, hog)) < 1000
        if HERE & {Layer.UID, Layer.NAMESPACE}:
            assert said_by(second, crowd).split() == ["x"] * 20


def test_workers_do_not_find_each_other(sandbox):
    look = """
        import os
        print(os.getcwd(), os.getpid(), os.getuid())
    """
    with sandbox.session() as first, sandbox.session() as second:
        place, pid, uid = said_by(first, look).split()
        elsewhere, _, other = said_by(second, look).split()
        assert said_by(first, "open('mine', 'w').write('x')\nprint(os.listdir('.'))") == "['mine']"
        assert said_by(second, "print(os.listdir('.'))") == "[]"
        scratches = [str(worker.scratch) for worker in (first._worker, second._worker)]
        assert said_by(second, f"os.listdir({scratches[0]!r})") in (
            "PermissionError",
            "FileNotFoundError",
        )
        assert said_by(second, f"os.kill({pid}, 0)") == "PermissionError"
        if Layer.NAMESPACE in HERE:
            assert (place, place) == (elsewhere, str(sandbox._base / "work"))
            assert said_by(second, f"os.stat({scratches[1]!r})") == "FileNotFoundError"
        if Layer.UID in HERE:
            assert len({int(uid), int(other)} & set(UIDS)) == 2


def test_the_grader_and_its_workers_show_their_memory_to_nobody(sandbox):
    assert (
        ctypes.CDLL(None).prctl(3) == 0
    )  # PR_GET_DUMPABLE, of this process, which is the grader's
    with sandbox.session() as session:
        assert said_by(session, "import ctypes\nprint(ctypes.CDLL(None).prctl(3))") == "0"


# What goes wrong while locking down


def close_to_others(base: Path) -> None:
    base.chmod(0o700)


def remove_fonts(base: Path) -> None:
    shutil.rmtree(base / "home")


SPOILED = {
    Layer.LANDLOCK: (remove_fonts, "FileNotFoundError"),  # a folder that workers are to be granted
    Layer.UID: (
        close_to_others,
        "PermissionError",
    ),  # so that the uid cannot reach its scratch directory
}


@pytest.mark.parametrize("layer", [layer for layer in SPOILED if layer in HERE])
def test_a_layer_that_fails_ends_the_worker_before_any_cell(layer):
    spoil, error = SPOILED[layer]
    with Sandbox(layers=[layer]) as sandbox:
        spoil(sandbox._base)
        limits = Limits(memory=1 << 30)  # other than those of workers that wait already
        with (
            sandbox.session(limits=limits) as session,
            pytest.raises(SandboxError, match=f"not be confined: {error}"),
        ):
            session.run(["open('/tmp/never', 'w')"])
    assert not Path("/tmp/never").exists()


@pytest.mark.parametrize(
    "layers",
    [HERE & {Layer.NAMESPACE}, HERE - {Layer.UID}, set()],
    ids=["namespace", "all but uid", "none"],
)
def test_a_scratch_directory_that_does_not_exist_ends_the_worker(layers):
    with Sandbox(layers=layers) as sandbox:
        job = {
            "ready": "0",
            "scratch": "/nonexistent",
            "output": 1,
            "cpu": 9,
            "memory": 1 << 30,
            "file": 1 << 20,
        }
        theirs, ours = _pipes()
        pid, pidfd = sandbox._zygote.spawn(job, theirs)
        for fd in theirs:
            os.close(fd)
        worker = Worker(pid, pidfd, ours, sandbox._base / "nowhere", 1 << 20, sandbox._zygote.reap)
        said = worker.expect("0", Meter(pid, Allowance(30.0, 60.0)))
        assert str(said["error"]).startswith("FileNotFoundError")
        with pytest.raises(WorkerLostError, match=f"exit status {NOT_CONFINED}"):
            worker.ask(
                protocol.run_request("open('/tmp/never', 'w')"), Meter(pid, Allowance(30.0, 60.0))
            )
    assert not Path("/tmp/never").exists()


def test_a_filter_that_the_kernel_refuses_is_an_error():
    with pytest.raises(OSError, match="seccomp"):
        install(Program(b"\xff" * 8, ()))


# What must stay secret


def test_a_protected_path_that_can_be_read_stops_the_sandbox():
    numpy = Path(np.__file__).parent
    with pytest.raises(
        SandboxError,
        match=f"{numpy}: lies in .*site-packages, which student code can read; move it",
    ):
        Sandbox(protected=[numpy])


def test_only_what_lies_in_a_readable_folder_is_at_risk(tmp_path):
    readable = ("/usr/lib", str(tmp_path / "lib"))
    guard(readable, [tmp_path, tmp_path / "library", tmp_path / "solutions", Path("/usr")])
    for path in (Path("/usr/lib"), tmp_path / "lib" / "solutions"):
        with pytest.raises(SandboxError, match="student code can read"):
            guard(readable, [path])


def test_secrets_that_everyone_may_read_are_refused_where_only_the_uid_protects_them(tmp_path):
    wall = Wall(LINUX, frozenset({Layer.UID}), ("/usr",), (), (), None, None, 1)
    secret = Path("/usr/share/secret-of-the-course")
    check_uid_alone(wall, [tmp_path / "closed", secret])
    with pytest.raises(SandboxError, match="/usr/share: can be read by every user"):
        check_uid_alone(wall, [Path("/usr/share")])
    tmp_path.chmod(0o700)
    with pytest.raises(
        SandboxError,
        match=f"uid {UIDS[0]}, as which .*, cannot pass through it to {tmp_path}/python",
    ):
        check_uid_alone(replace(wall, readable=(str(tmp_path / "python"),)), [])


# Ordinary notebooks do not notice

ORDINARY = """
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
--
import matplotlib.pyplot as plt
plt.plot([1, 2])
for kind in ("png", "pdf", "svg"): plt.savefig(f"figure.{kind}")
--
import matplotlib.animation as animation, matplotlib.pyplot as plt
fig, ax = plt.subplots()
assert animation.FuncAnimation(fig, lambda i: ax.plot([i]), frames=2).to_jshtml()
--
%%time
x = 1
--
%timeit -n 1 -r 1 sum(range(10))
--
import asyncio
await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(3)))
--
import asyncio, threading
thread = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(0)))
thread.start()
thread.join()
--
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool: assert list(pool.map(abs, range(9))) == list(range(9))
--
import sqlite3
db = sqlite3.connect("a.db")
db.execute("create table t(x)")
db.commit()
db.close()
--
import numpy as np
m = np.memmap("m", dtype=float, mode="w+", shape=9)
m[:] = 1
m.flush()
--
import numpy as np
np.save("a", np.ones(3))
np.load("a.npy", mmap_mode="r")
np.savez_compressed("b", x=np.ones(3))
--
import numpy as np
a = np.random.default_rng(0).normal(size=(300, 300))
np.linalg.svd(a @ a.T)
--
import tempfile
with tempfile.NamedTemporaryFile() as f, tempfile.TemporaryDirectory() as d: f.write(b"x")
--
import shutil
open("a", "w").close()
shutil.copy2("a", "b")
shutil.copytree(".", "c/d")
shutil.move("b", "e")
shutil.rmtree("c")
--
from pathlib import Path
Path("a/b").mkdir(parents=True)
Path("a/b/c").touch()
Path("a").rename("z")
--
import tarfile, zipfile
with zipfile.ZipFile("a.zip", "w") as z: z.writestr("a", "b")
zipfile.ZipFile("a.zip").extractall("f")
with tarfile.open("a.tgz", "w:gz") as t: t.add("f")
--
import logging, warnings
warnings.warn("careful")
logging.getLogger().warning("careful")
--
import csv, decimal, email, html.parser, http.client, lzma, pickle, pydoc, statistics, unittest, xml.dom.minidom
import ctypes, multiprocessing, socket, subprocess
multiprocessing.cpu_count()
--
import zoneinfo
zoneinfo.ZoneInfo("Europe/London")
--
import getpass, os, platform, time
os.cpu_count(), platform.platform(), time.tzname, getpass.getuser(), os.getcwd()
--
import random, secrets, uuid
secrets.token_hex(), uuid.uuid4(), random.SystemRandom().random()
--
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001)
signal.pause()
"""


@pytest.mark.parametrize("cell", ORDINARY.split("--\n"))
def test_ordinary_cells_run(sandbox, cell):
    with sandbox.session() as session:
        (run,) = session.run([cell.strip()])
    assert run.failure is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "import subprocess\nsubprocess.run(['ls'])",
            "other programs do not run while a notebook is graded",
        ),
        ("import os\nos.popen('ls')", "other programs do not run while a notebook is graded"),
        (
            "import os\nos.execvp('ls', ['ls'])",
            "other programs do not run while a notebook is graded",
        ),
        (
            "import os\nos.fork()",
            "a notebook cannot start processes while it is graded; threads work",
        ),
        (
            "import multiprocessing\nmultiprocessing.Process(target=print).start()",
            "cannot start processes",
        ),
        ("import multiprocessing\nmultiprocessing.Pool(2)", "cannot start processes"),
        (
            "import concurrent.futures as c\nc.ProcessPoolExecutor(2).submit(print)",
            "cannot start processes",
        ),
        ("import socket\nsocket.socket()", "the network is closed while a notebook is graded"),
        ("import socket\nsocket.create_connection(('example.org', 80))", "the network is closed"),
        (
            "import urllib.request\nurllib.request.urlopen('https://example.org')",
            "the network is closed",
        ),
    ],
)
def test_what_is_refused_says_why(sandbox, cell, said):
    with sandbox.session() as session:
        (run,) = session.run([cell])
    assert run.failure is not None
    assert said in run.failure.text


def test_os_system_says_that_it_did_nothing_and_the_cell_goes_on(sandbox):
    with sandbox.session() as session:
        (run,) = session.run(["import os\nstatus = os.system('ls')\nprint(status != 0)"])
    assert run.failure is None
    assert (
        run.stdout
        == "os.system('ls'): other programs do not run while a notebook is graded; this was skipped\nTrue\n"
    )


def test_a_solved_notebook_gets_the_same_report_with_every_layer_and_with_none():
    keys = make_keys(Course())
    solved = [
        Submission(
            name,
            f"{name}.ipynb",
            0.0,
            notebook_text(filled_notebook(key.source, key.assignment, {})).encode,
        )
        for name, key in keys.items()
    ]

    def graded(grader: Grader) -> list[Report]:
        reports = grade_class(grader, solved, 2, lambda _: None)
        return [replace(report, seconds=0.0, provenance=Provenance()) for report in reports]

    with start_grader(keys, Course()) as walled, Sandbox(layers=[]) as bare:
        assert walled.sandbox.layers == line(available(), HERE)
        within = graded(walled)
        assert within == graded(replace(walled, sandbox=bare))
    assert [report.earned for report in within] == [
        sum(e.possible for e in report.exercises) for report in within
    ]
    assert [report.notes for report in within] == [()] * len(keys)


SHARED_PLACES = ("/tmp", "/var/tmp", "/dev/shm")
LEAVE_WIDE_OPEN = """
import os
os.umask(0)
for place in places:
    os.makedirs(f"{place}/in", 0o777)
    os.chmod(place, 0o777)
    for file in (f"{place}/in/file", f"{place}-file"):
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o666))
"""


def test_workers_whose_uid_is_their_only_wall_leave_nothing_and_read_nothing_of_each_other():
    layers = (Layer.LIMITS, Layer.SECCOMP, Layer.UID)
    if not set(layers) <= HERE:
        pytest.skip("workers can have no uid of their own here")
    mark = f"left-{os.getpid()}"
    places = [Path(folder, mark) for folder in SHARED_PLACES if Path(folder).is_dir()]
    leave = f"places = {[str(path) for path in places]!r}\n{LEAVE_WIDE_OPEN}"
    try:
        with Sandbox(layers=layers) as sandbox:
            with sandbox.session() as first, sandbox.session() as second:
                assert first.run([leave])[0].failure is None
                assert all(path.exists() for path in places)
                for path in places:
                    for reading in (f"os.listdir({str(path)!r})", f"open('{path}-file')"):
                        (run,) = second.run([f"import os\n{reading}"])
                        assert run.failure.type == "PermissionError"
                first.close()
                assert not any(path.exists() or Path(f"{path}-file").exists() for path in places)
                assert second.run(["open('mine', 'w').write('x')"])[0].failure is None
            used = used_uids()
            # Workers of a test beside this one take the uids that come next to theirs.
            nobodys = max(UIDS, key=lambda uid: min((uid - other) % len(UIDS) for other in used))
            places[0].mkdir()  # of a worker whose grader was killed
            os.chown(places[0], nobodys, nobodys)
        with Sandbox(layers=layers):
            assert not places[0].exists()
    finally:
        for path in places:
            shutil.rmtree(path, ignore_errors=True)
            Path(f"{path}-file").unlink(missing_ok=True)


def test_workers_whose_uid_is_their_only_wall_share_it_with_no_process_of_this_machine():
    layers = (Layer.LIMITS, Layer.SECCOMP, Layer.UID)
    if not set(layers) <= HERE:
        pytest.skip("workers can have no uid of their own here")
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(layers=layers))
        # The uids that come next, as if another grader's workers had them.
        others = [UIDS[(sandbox.zygote + step) % len(UIDS)] for step in (1, 2)]
        for uid in others:
            other = stack.enter_context(subprocess.Popen(["sleep", "60"], user=uid))
            stack.callback(other.kill)
        for session in [stack.enter_context(sandbox.session()) for _ in range(2)]:
            assert session.run(["x = 1"])[0].failure is None
        owners = {path.stat().st_uid for path in (sandbox._base / "work").iterdir()}
        assert len(owners) >= 2 and not owners & set(others)
