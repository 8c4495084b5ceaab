"""What a graded folder remembers: whole or not at all, never trusted when damaged, held by one process at a time."""

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course.settings import Course
from autograder.errors import MisuseError
from autograder.files import UNFINISHED, replace_file
from autograder.grading.store import GradeStore, Sources, open_store, read_sources
from autograder.outputs.pages import PageMeta
from autograder.outputs.publish import publish
from autograder.reports.report_json import read_json
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Provenance,
    Report,
    Status,
)
from autograder.submissions.entries import Layout

PROVENANCE = Provenance(submission="ab" * 32, checks="1", kit="0.1.0")
OTHER = replace(PROVENANCE, submission="cd" * 32)
MATMUL = "04_matmul"
KILLS = 12


def report(student="ada", earned=0.1 + 0.2, provenance=PROVENANCE):
    finding = Finding("A check.", "dW is \x1b[31m wrong \ud800", ("p",), "f(1)", "2", "3")
    result = ExerciseResult(
        "e", "E", Outcome.FAILED, (PartResult("p", "a part", earned, 2.0),), findings=(finding,)
    )
    given = (Identity(student), MATMUL, Status.GRADED, (result,), ("a note",))
    return Report(*given, possible=2.0, seconds=0.25, provenance=provenance)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path, pytest.fail) as opened:
        yield opened


def result_file(store: GradeStore) -> Path:
    (path,) = (store.root / "results").iterdir()
    return path


def test_what_is_kept_is_found_again_by_what_it_rests_on(store):
    assert store.fetch(PROVENANCE, MATMUL) is None
    store.keep(report())
    assert store.fetch(PROVENANCE, MATMUL) == report()
    for each in fields(Provenance):
        kept = report() if each.name in ("platform", "late_policy") else None
        assert store.fetch(replace(PROVENANCE, **{each.name: "other"}), MATMUL) == kept
    assert store.fetch(PROVENANCE, "05_dual_numbers") is None
    assert (store.found, store.damaged) == (0, [])


def test_only_what_an_earlier_run_kept_is_counted_as_found(tmp_path):
    with open_store(tmp_path, pytest.fail) as store:
        store.keep(report())
    with open_store(tmp_path, pytest.fail) as store:
        store.keep(report(provenance=OTHER))
        assert store.fetch(PROVENANCE, MATMUL) == report()
        assert store.fetch(OTHER, MATMUL) == report(provenance=OTHER)
        assert store.found == 1


def test_a_fresh_run_looks_at_nothing_and_keeps_everything(tmp_path, store):
    store.keep(report(earned=1.0))
    fresh = GradeStore(store.root, fresh=True)
    assert fresh.fetch(PROVENANCE, MATMUL) is None
    fresh.keep(report(earned=2.0))
    assert store.fetch(PROVENANCE, MATMUL).earned == 2.0


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 255))
def test_a_file_with_any_byte_changed_is_never_trusted(store, where, byte):
    store.keep(report())
    path = result_file(store)
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] = byte
    path.write_bytes(data)
    store.damaged.clear()
    found = store.fetch(PROVENANCE, MATMUL)
    assert found == report() if found else store.damaged
    if store.damaged:
        [(name, _)] = store.damaged
        assert name == f"store/results/{path.name}"


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_a_file_that_was_cut_off_is_told(store, share):
    store.keep(report())
    path = result_file(store)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert store.fetch(PROVENANCE, MATMUL) is None
    assert len(store.damaged) == 1


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[" * 100_000, '{"schema": "backprop-kit/store/3", "content": []}', "\0"]
)
def test_a_file_of_another_kind_is_told(store, text):
    store.keep(report())
    result_file(store).write_text(text)
    assert store.fetch(PROVENANCE, MATMUL) is None
    assert len(store.damaged) == 1


def test_a_file_that_was_put_in_anothers_place_is_not_trusted(store):
    store.keep(report())
    path = result_file(store)
    store.keep(report("bo", 2.0, OTHER))
    (moved,) = set((store.root / "results").iterdir()) - {path}
    moved.replace(path)
    assert store.fetch(PROVENANCE, MATMUL) is None
    assert store.damaged == [(f"store/results/{path.name}", "it is of another submission")]


def test_what_a_killed_run_left_unfinished_is_removed(tmp_path):
    left = tmp_path / "store" / "results" / f"x.json.1.2{UNFINISHED}"
    left.parent.mkdir(parents=True)
    left.write_text("{")
    with open_store(tmp_path, pytest.fail):
        assert not left.exists()


def test_where_the_submissions_were_is_remembered_once_each(tmp_path, store):
    course = tmp_path / "course.toml"
    assert store.sources() == ()
    store.remember(Sources((tmp_path / "a", tmp_path / "x" / ".." / "a"), course))
    store.remember(Sources((tmp_path / "b",), course, Layout.CANVAS))
    expected = (
        Sources((tmp_path / "a",), course),
        Sources((tmp_path / "b",), course, Layout.CANVAS),
    )
    assert store.sources() == read_sources(tmp_path) == expected
    (store.root / "class.json").write_text("{}")
    assert store.sources() == read_sources(tmp_path) == ()
    assert store.damaged == [
        (
            "store/class.json",
            "its schema is not backprop-kit/store/3, so another version of the kit wrote it",
        )
    ]


def test_a_better_score_counts_until_it_is_forgotten(store):
    store.keep_better([report("ada"), report("bo")])
    store.keep_better([report("ada", 2.0)])
    assert {r.student: r.earned for r in store.better()} == {"ada": 2.0, "bo": 0.1 + 0.2}
    store.forget_better([report("ada", 0.0), report("nobody")])
    assert [r.student for r in store.better()] == ["bo"]


# --- Real processes

WRITES = """
import sys
from pathlib import Path
from autograder.files import replace_file
path = Path(sys.argv[1])
print("ready", flush=True)
for number in range(10**9):
    replace_file(path, b"%d\\n" % (number % 10) * 50_000)
"""
HOLDS = """
import subprocess, sys
from pathlib import Path
from autograder.grading.store import open_store
with open_store(Path(sys.argv[1]), lambda said: print(said, flush=True)):
    child = subprocess.Popen(["sleep", "20"])
    print("held", child.pid, flush=True)
    sys.stdin.read()
"""
PUBLISHES = """
import sys
from pathlib import Path
from autograder.reports.report_json import read_json
from autograder.outputs.pages import PageMeta
from autograder.outputs.publish import publish
from autograder.course.settings import Course
out, *classes = map(Path, sys.argv[1:])
classes = [read_json(path.read_text()) for path in classes]
print("ready", flush=True)
while True:
    for reports in classes:
        publish(reports, out, PageMeta(), Course().seal)
"""


def start(script: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_whoever_is_killed_while_writing_leaves_a_whole_file(tmp_path):
    path, moments = tmp_path / "file", random.Random(1)
    for _ in range(KILLS):
        writer = start(WRITES, path)
        assert writer.stdout.readline() == "ready\n"
        while not path.exists():
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.05))
        stop(writer)
        lines = path.read_text().splitlines()
        assert len(lines) == 50_000
        assert len(set(lines)) == 1


def test_a_failed_write_leaves_the_file_before_and_nothing_else(tmp_path):
    replace_file(tmp_path / "file", b"before")
    with pytest.raises(TypeError):
        replace_file(tmp_path / "file", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"before"


def test_whoever_is_killed_while_publishing_leaves_one_class_or_the_other(tmp_path):
    classes, moments, out = [], random.Random(2), tmp_path / "out"
    for points in (1.0, 2.0):
        reports = [report(f"s{number:03}", points) for number in range(20)]
        classes.append(publish(reports, tmp_path / f"{points}", PageMeta(), Course().seal)[1])
    expected = [read_json(path.read_text()) for path in classes]
    for _ in range(4):
        publisher = start(PUBLISHES, out, *classes)
        assert publisher.stdout.readline() == "ready\n"
        while not (out / "report.json").exists():
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.3))
        stop(publisher)
        assert read_json((out / "report.json").read_text()) in expected
        for page in out.rglob("*.html"):
            assert page.read_text().rstrip().endswith("</html>"), page
    publish(expected[0], out, PageMeta(), Course().seal)
    for path in (tmp_path / "1.0").rglob("*.*"):
        assert (out / path.relative_to(tmp_path / "1.0")).read_bytes() == path.read_bytes()


@pytest.mark.long
def test_the_second_process_says_that_it_waits_and_goes_on_when_the_first_is_killed(tmp_path):
    first = start(HOLDS, tmp_path)
    assert first.stdout.readline().startswith("held")
    second = start(HOLDS, tmp_path)
    assert second.stdout.readline() == (
        f"{tmp_path}: process {first.pid} is grading into this folder; waiting until it ends\n"
    )
    assert select.select([second.stdout], [], [], 0.3)[0] == []
    stop(first)  # its child lives on, and holds nothing
    assert second.stdout.readline().startswith("held")
    stop(second)


def test_a_store_is_json_that_anyone_can_read(store):
    store.keep(report())
    document = json.loads(result_file(store).read_text(encoding="ascii"))
    assert document["content"]["report"]["provenance"] == asdict(PROVENANCE)
    assert document["content"]["report"]["identity"]["student"] == "ada"


def put_fifo(path):
    os.mkfifo(path)


def put_socket(path):
    short = Path(
        tempfile.gettempdir(), f"socket-{os.getpid()}"
    )  # its path may have some 100 characters
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(short))
    short.rename(path)


def put_folder(path):
    path.mkdir()
    (path / "in").touch()


KINDS = [put_fifo, put_socket, put_folder]


@pytest.mark.parametrize("put", KINDS)
def test_what_is_no_file_in_place_of_a_grade_is_told_and_does_not_stop_the_class(store, put):
    store.keep(report())
    path = result_file(store)
    path.unlink()
    put(path)
    assert store.fetch(PROVENANCE, report().assignment) is None
    store.keep(report())
    assert {name for name, _ in store.damaged} == {path.relative_to(store.root.parent).as_posix()}
    fetched = store.fetch(PROVENANCE, report().assignment)
    assert fetched == (None if put is put_folder else report())


@pytest.mark.parametrize("put", KINDS)
def test_what_is_no_file_among_better_scores_is_told(store, put):
    store.keep_better([report()])
    put(store.root / "kept" / "other.json")
    assert store.better() == (report(),)
    assert len(store.damaged) == 1


@pytest.mark.parametrize("put", KINDS)
def test_what_is_no_file_in_place_of_the_lock_is_named(tmp_path, put):
    (tmp_path / "store").mkdir()
    put(tmp_path / "store" / "lock")
    with (
        pytest.raises(MisuseError, match=r"store/lock: .*; remove it$"),
        open_store(tmp_path, print),
    ):
        pass


@pytest.mark.parametrize("put", KINDS)
def test_what_is_no_file_in_place_of_the_memory_of_the_class_is_replaced_or_named(
    tmp_path, store, put
):
    put(store.root / "class.json")
    assert store.sources() == ()
    if put is put_folder:
        with pytest.raises(MisuseError, match=r"class.json: a folder is where this file belongs"):
            store.remember(Sources((tmp_path,), None))
    else:
        store.remember(Sources((tmp_path,), None))
        assert store.sources() == (Sources((tmp_path,), None),)


@pytest.mark.parametrize("put", KINDS)
def test_what_is_no_file_and_is_called_unfinished_does_not_stop_a_run(tmp_path, put):
    (tmp_path / "store" / "results").mkdir(parents=True)
    put(tmp_path / "store" / "results" / f"x{UNFINISHED}")
    with open_store(tmp_path, print):
        pass
