"""What a course remembers, and what counts of it: the same whatever way work came in, and in whatever order."""

import hashlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.schedule import LatePolicy, Per, Schedule
from autograder.errors import MisuseError
from autograder.grading.ledger import FILE, open_ledger
from autograder.grading.standing import NOBODY, People, standing
from autograder.nbgrader_course.roster import Enrolled, people_of
from autograder.student.model.results import (
    ExerciseResult,
    Identity,
    Outcome,
    PartResult,
    Provenance,
    Report,
    Status,
)
from autograder.submissions.ingest import Clock, Submission, UnreadableError

WEEKS = [f"{number:02d}_week" for number in range(1, 9)]
DUE = datetime(2026, 2, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROSTER = people_of(
    [
        Enrolled("ang", "Ada", "Ng", "ang@x.edu", "4711"),
        Enrolled("blee", "Bo", "Lee", "blee@x.edu", "4712"),
        Enrolled("ckim", "Cy", "Kim", "ckim@x.edu", "4713"),
    ]
)
NO_TIMES = Schedule()
LATE = LatePolicy(Per.DAY, Fraction(10))


def now():
    return NOW


def work(student, text, **said):
    return Submission(student, f"{student}.ipynb", 0.0, text.encode, **said)


def canvas(name, number, text, attempt=0, late=False):
    ids = {"canvas id": number, "canvas submission": f"9{number}"}
    return work(name, text, ids=ids, attempt=attempt, marked_late=late)


def graded(submission, assignment=WEEKS[0], status=Status.GRADED, points=None):
    """The report of a submission whose text is its points."""
    text = submission.read().decode()
    earned = float(text.strip() or 0) if points is None else points
    outcome = Outcome.FAILED if earned else Outcome.UNATTEMPTED
    results = (ExerciseResult("e", "E", outcome, (PartResult("p", "a part", earned, 10.0),)),)
    provenance = Provenance(submission=hashlib.sha256(text.encode()).hexdigest())
    if status is not Status.GRADED:
        results, provenance = (), Provenance()
    return Report(
        submission.identity,
        assignment,
        status,
        results,
        possible=10.0,
        provenance=provenance,
        reason="" if status is Status.GRADED else "n.ipynb: why",
    )


def scores(counting):
    return {
        (r.assignment, r.student): r.score for r in counting.reports if r.status is Status.GRADED
    }


@pytest.fixture
def counted(tmp_path):
    """Enter one run after another, and say what counts."""

    def count(*runs, people=NOBODY, schedule=NO_TIMES, better=()):
        with open_ledger(tmp_path) as ledger:
            for run in runs:
                ledger.enter(run, now)
            return standing(ledger.entries(), schedule, people, better)

    return count


def test_each_run_adds_to_what_was_graded_before(counted):
    first, second = canvas("ngada", "4711", "8"), canvas("ngada", "4711", "9")
    counting = counted([(first, graded(first))], [(second, graded(second, WEEKS[1]))])
    assert scores(counting) == {(WEEKS[0], "ngada"): 8, (WEEKS[1], "ngada"): 9}
    assert {report.graded_at for report in counting.reports} == {"2026-03-01T00:00:00+00:00"}


def test_the_roster_names_the_students_and_lists_who_handed_in_nothing(counted):
    one = canvas("ngada", "4711", "8")
    counting = counted([(one, graded(one))], people=ROSTER)
    ada, bo, cy = counting.reports
    assert (ada.student, ada.identity.name, ada.identity.called) == ("ang", "Ada Ng", "ngada")
    assert ada.identity.emails == ("ang@x.edu",)
    assert [(r.identity.label, r.assignment, r.status) for r in (bo, cy)] == [
        ("blee (Bo Lee)", WEEKS[0], Status.ABSENT),
        ("ckim (Cy Kim)", WEEKS[0], Status.ABSENT),
    ]


def test_what_the_download_said_is_kept_when_the_course_s_own_copy_is_graded(counted):
    schedule = Schedule(due={WEEKS[0]: DUE}, policy=LATE)
    from_zip, own = canvas("leebo", "4712", "8", late=True), work("blee", "8")
    for runs in permutations([[(from_zip, graded(from_zip))], [(own, graded(own))]]):
        counting = counted(*runs, people=ROSTER, schedule=schedule)
        [report] = [r for r in counting.reports if r.student == "blee"]
        assert (report.score, report.identity.marked_late) == (7, True)
        assert report.identity.ids["canvas submission"] == "94712"


def test_what_was_put_in_by_hand_takes_the_place_of_the_submission_with_its_lateness(counted):
    schedule = Schedule(due={WEEKS[0]: DUE}, policy=LATE)
    from_zip, mended = canvas("leebo", "4712", "4", attempt=2, late=True), work("blee", "8")
    runs = [[(from_zip, graded(from_zip))], [(mended, graded(mended))]]
    again = counted(*runs, runs[0], people=ROSTER, schedule=schedule)
    assert scores(again) == {(WEEKS[0], "blee"): 7}


def test_a_later_attempt_counts_in_whatever_order_the_downloads_are_graded(counted, tmp_path):
    first, second = canvas("ngada", "4711", "9"), canvas("ngada", "4711", "5", attempt=1)
    runs = [[(first, graded(first))], [(second, graded(second))]]
    for number, order in enumerate(permutations(runs)):
        with open_ledger(tmp_path / str(number)) as ledger:
            for run in order:
                ledger.enter(run, now)
            assert scores(standing(ledger.entries(), Schedule())) == {(WEEKS[0], "ngada"): 5}


def test_without_a_platform_s_word_the_file_that_came_in_last_counts(counted):
    first, second = work("ada", "9"), work("ada", "5")
    counting = counted([(first, graded(first))], [(second, graded(second))])
    assert scores(counting) == {(WEEKS[0], "ada"): 5}


def test_a_file_that_cannot_be_read_takes_no_place_and_is_forgotten_when_a_better_one_comes(
    counted,
):
    def told(*runs):
        return [(r.status, r.score) for r in counted(*runs).reports]

    good, bad = canvas("ngada", "4711", "9"), canvas("ngada", "4711", "?", attempt=1)
    entered = [(good, graded(good))], [(bad, graded(bad, status=Status.UNREADABLE, points=0))]
    assert told(*entered) == [(Status.GRADED, 9), (Status.UNREADABLE, 0)]
    third = canvas("ngada", "4711", "7", attempt=2)
    assert told([(third, graded(third))]) == [(Status.GRADED, 7)]


@pytest.mark.parametrize("called", ["ang", "4711", "ang@x.edu", "Ada Ng", "ngada"])
def test_an_extension_and_a_time_take_any_id_of_a_student(counted, called):
    schedule = Schedule(
        due={WEEKS[0]: DUE},
        extensions={called: {WEEKS[0]: DUE + timedelta(days=3)}},
        submitted={called: {WEEKS[0]: DUE + timedelta(days=4)}},
        policy=LATE,
    )
    one = canvas("ngada", "4711", "8")
    counting = counted([(one, graded(one))], people=ROSTER, schedule=schedule)
    assert scores(counting) == {(WEEKS[0], "ang"): 7}
    assert counting.notes == ()


def test_an_extension_for_somebody_of_the_roster_is_no_stranger_s(counted):
    schedule = Schedule(
        due={WEEKS[0]: DUE}, extensions={"ckim": {WEEKS[0]: DUE + timedelta(days=3)}}
    )
    one = canvas("ngada", "4711", "8")
    assert counted([(one, graded(one))], people=ROSTER, schedule=schedule).notes == ()


def test_two_people_of_one_name_stay_two_in_all_weeks(counted):
    one, other = canvas("ngada", "4711", "8"), canvas("ngada", "4712", "3")
    counting = counted([(one, graded(one))], [(other, graded(other, WEEKS[1]))])
    assert scores(counting) == {(WEEKS[0], "ngada (4711)"): 8, (WEEKS[1], "ngada (4712)"): 3}


def test_the_bytes_are_kept_and_a_grade_that_is_the_same_keeps_its_date(tmp_path):
    one = canvas("ngada", "4711", "8")
    with open_ledger(tmp_path) as ledger:
        ledger.enter([(one, graded(one))], now)
        ledger.enter([(one, replace(graded(one), seconds=3.0))], lambda: NOW + timedelta(days=1))
    with open_ledger(tmp_path) as ledger:
        [entry] = ledger.entries()
        assert entry.submission.read() == b"8"
        assert entry.report.graded_at == "2026-03-01T00:00:00+00:00"
        ledger.regrade([(entry, graded(one, points=9.0))], lambda: NOW + timedelta(days=2))
        [entry] = ledger.entries()
        assert (entry.report.earned, entry.report.graded_at[:10]) == (9.0, "2026-03-03")
        ledger.regrade([(entry, graded(one, status=Status.STOPPED))], now)
        assert [each.report for each in ledger.entries()] == [entry.report]


def test_a_dry_run_forgets_what_it_entered(tmp_path):
    one = canvas("ngada", "4711", "8")
    with open_ledger(tmp_path, dry=True) as ledger:
        ledger.enter([(one, graded(one))], now)
        assert len(ledger.entries()) == 1
    with open_ledger(tmp_path) as ledger:
        assert ledger.entries() == []


def test_nothing_handed_in_is_remembered_with_its_reason(tmp_path):
    def refuse():
        raise UnreadableError("nothing was handed in")

    nothing = Submission("ada", "ada", 0.0, refuse)
    report = Report(nothing.identity, "", Status.UNREADABLE, reason="ada: nothing was handed in")
    with open_ledger(tmp_path) as ledger:
        ledger.enter([(nothing, report)], now)
        [entry] = ledger.entries()
        with pytest.raises(UnreadableError, match=r"^nothing was handed in$"):
            entry.submission.read()


def test_a_damaged_ledger_is_told_with_the_cure(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(MisuseError, match=r"ledger.db: .*; put a copy back"), open_ledger(tmp_path):
        pass


def test_another_process_that_writes_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.grading.ledger.PATIENCE", 0.05)
    one = canvas("ngada", "4711", "8")
    with open_ledger(tmp_path):
        pass
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(MisuseError, match="locked"), open_ledger(tmp_path) as ledger:
            ledger.enter([(one, graded(one))], now)


PEOPLE = [("ngada", "4711", "ang"), ("leebo", "4712", "blee"), ("kimcy", "4713", "ckim")]
HANDED_IN = st.fixed_dictionaries(
    {
        (name, week): st.none() | st.tuples(st.integers(0, 10), st.booleans(), st.integers(0, 2))
        for name, _, _ in PEOPLE
        for week in WEEKS[:3]
    }
)


@settings(max_examples=60, deadline=None)
@given(HANDED_IN, st.randoms(use_true_random=False))
def test_a_term_graded_in_any_order_and_by_any_way_is_one_gradebook(tmp_path_factory, term, chance):
    """Each week's download, all together, the course's own copies, and single files, in a random order."""
    schedule = Schedule(due=dict.fromkeys(WEEKS, DUE), policy=LATE)
    downloads, copies, single = {}, {}, []
    for name, number, student in PEOPLE:
        for week in WEEKS[:3]:
            handed_in = term[name, week]
            if handed_in is None:
                continue
            points, late, attempt = handed_in
            text = f"{points}{' ' * WEEKS.index(week)}{' ' * 10 * int(number[-1])}"
            one = canvas(name, number, text, attempt, late)
            downloads.setdefault(week, []).append((one, graded(one, week)))
            own = work(student, text)
            copies.setdefault(week, []).append((own, graded(own, week)))
            single.append([(own, graded(own, week))])
    whole = [pair for pairs in downloads.values() for pair in pairs]
    runs = [*downloads.values(), whole, *copies.values(), *single, *downloads.values()]

    def gradebook(order):
        with open_ledger(tmp_path_factory.mktemp("term")) as ledger:
            for run in order:
                ledger.enter(run, now)
            return standing(ledger.entries(), schedule, ROSTER)

    plain = gradebook(downloads.values())
    chance.shuffle(runs)
    mixed = gradebook(runs)
    assert mixed.reports == plain.reports


def test_nobody_s_people_are_the_names_in_the_downloads():
    assert People().identify(Identity("ada")) == Identity("ada")


def test_clocks_that_a_platform_states_decide_between_two_files(counted):
    earlier = work("ada", "9", clock=Clock.STATED, emails=("a@x.edu",))
    first = replace(earlier, modified=DUE.timestamp())
    second = replace(earlier, modified=DUE.timestamp() + 60, read=lambda: b"5", name="again.ipynb")
    counting = counted([(second, graded(second))], [(first, graded(first))])
    assert scores(counting) == {(WEEKS[0], "ada"): 5}
