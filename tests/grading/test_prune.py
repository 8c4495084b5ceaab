"""Which finished grades are removed from the store, and that what counts is never among them."""

import random
import subprocess
import sys
import time
from dataclasses import fields, replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from autograder.grading.ledger import open_ledger
from autograder.grading.store import open_store
from autograder.student.model.results import Identity, Provenance, Report, Status
from autograder.submissions.ingest import Submission

MATMUL, NEURON = "04_matmul", "03_sigmoid_neuron"
LAST = Provenance(
    kit="1", code="a", seed="now", limits="l", sandbox="full", python="3.12", numpy="2"
)
KINDS_OF_CHANGE = ("checks", "kit", "code", "seed", "limits", "sandbox", "python", "numpy")
KILLS = 6


def handed_in(student, text, assignment=MATMUL, **basis):
    """A file and its grade."""
    data = text.encode()
    provenance = replace(LAST, submission=sha256(data).hexdigest(), read_as="notebook", **basis)
    submission = Submission(student, f"{text}.ipynb", 0.0, read=lambda: data)
    report = Report(submission.identity, assignment, Status.GRADED, provenance=provenance)
    return submission, report


@pytest.fixture
def folder(tmp_path):
    with open_store(tmp_path, pytest.fail) as store, open_ledger(store.root) as ledger:
        yield store, ledger


def run(folder, *graded, entered=True):
    """Keep grades as a run does, and enter them; their reports."""
    store, ledger = folder
    reports = [report for _, report in graded]
    for report in reports:
        store.keep(report)
    if entered:
        ledger.enter(graded, lambda: datetime.now(UTC))
    return reports


def prune(folder, latest):
    store, ledger = folder
    return len(store.prune(ledger.bases(), latest))


def found(folder, *reports):
    store, _ = folder
    return [store.fetch(each.provenance, each.assignment) is not None for each in reports]


def test_each_part_of_the_basis_is_known_here():
    never = {"submission", "read_as", "platform", "late_policy"}
    assert {each.name for each in fields(Provenance)} == {*KINDS_OF_CHANGE, *never}


@pytest.mark.parametrize("what", KINDS_OF_CHANGE)
def test_what_a_newer_grade_of_the_same_file_replaced_is_removed(folder, what):
    [before] = run(folder, handed_in("ada", "work"))
    now = run(folder, handed_in("ada", "work", **{what: "other"}))
    assert prune(folder, now) == 1
    assert found(folder, before, *now) == [False, True]
    assert prune(folder, now) == 0


def test_an_earlier_file_of_a_student_stays_with_whatever_it_was_graded(folder):
    earlier = run(folder, handed_in("ada", "first", seed="then", kit="0"))
    later = run(folder, handed_in("ada", "second"))
    assert prune(folder, later) == 0
    assert found(folder, *earlier, *later) == [True, True]


def test_another_assignment_and_another_course_in_the_same_folder_stay(folder):
    other = run(folder, handed_in("ada", "neuron", NEURON, checks="n", seed="another course"))
    own = run(folder, handed_in("ada", "matmul", checks="m"))
    assert prune(folder, own) == prune(folder, other) == 0
    assert found(folder, *other, *own) == [True, True]


def test_what_an_interrupted_run_has_graded_stays_until_it_would_not_be_found(folder):
    work = handed_in("bo", "kept"), handed_in("bo", "of another", NEURON, checks="n")
    interrupted = run(folder, *work, entered=False)
    now = run(folder, handed_in("ada", "work"))
    assert prune(folder, now) == 0
    assert found(folder, *interrupted) == [True, True]
    later = run(folder, handed_in("ada", "work", checks="new"))
    assert prune(folder, later) == 2  # of ada and of bo; the checks of the other one are not known
    assert found(folder, *interrupted) == [False, True]
    later = run(folder, handed_in("ada", "work", checks="new", code="new"))
    assert prune(folder, later) == 2
    assert found(folder, *interrupted) == [False, False]


def test_one_file_of_two_students_stays_for_both(folder):
    run(folder, handed_in("ada", "work"), handed_in("bo", "work"))
    now = run(folder, handed_in("ada", "work", seed="new"))
    assert prune(folder, now) == 0  # bo's grade still rests on the old seed


def test_a_run_that_graded_nothing_removes_nothing(folder):
    [before] = run(folder, handed_in("ada", "work"))
    run(folder, handed_in("ada", "work", seed="new"))
    unreadable = Report(Identity("bo"), MATMUL, Status.UNREADABLE, reason="not JSON")
    assert prune(folder, [unreadable]) == prune(folder, []) == 0
    assert found(folder, before) == [True]


def test_what_is_damaged_and_nobodys_is_removed_and_what_is_no_file_stays(folder):
    store, _ = folder
    now = run(folder, handed_in("ada", "work"))
    for name in ("cut.json", "other.json"):
        (store.root / "results" / name).write_text('{"schema": ')
    (store.root / "results" / "folder.json").mkdir()
    assert prune(folder, now) == 2
    assert store.count() == 2
    assert store.damaged == []


PRUNES = """
import sys
from pathlib import Path
from autograder.grading.ledger import open_ledger
from autograder.grading.store import open_store
with open_store(Path(sys.argv[1]), print) as store, open_ledger(store.root) as ledger:
    latest = [entry.report for entry in ledger.entries()]
    print("ready", flush=True)
    print(len(store.prune(ledger.bases(), latest)))
"""


def test_whoever_is_killed_while_pruning_loses_nothing_that_counts(tmp_path):
    moments, work = random.Random(3), range(300)
    with open_store(tmp_path, pytest.fail) as store, open_ledger(store.root) as ledger:
        own = [handed_in(f"s{number}", f"work {number}") for number in work]
        now = run((store, ledger), *own)
        old = [handed_in(f"s{number}", f"work {number}", seed="then") for number in work]
        run((store, ledger), *old, entered=False)
    counts = []
    for _ in range(KILLS):
        command = [sys.executable, "-c", PRUNES, str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.communicate()
        counts.append(len(list((tmp_path / "store" / "results").iterdir())))
    assert counts == sorted(counts, reverse=True)
    with open_store(tmp_path, pytest.fail) as store, open_ledger(store.root) as ledger:
        assert all(found((store, ledger), *now))
        left = store.count()
        assert prune((store, ledger), now) == left - len(now)
        assert all(found((store, ledger), *now))
        assert store.count() == len(now)
