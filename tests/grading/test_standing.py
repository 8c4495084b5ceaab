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
from autograder.course.teams import Team
from autograder.errors import MisuseError
from autograder.grading.ledger import FILE, open_ledger
from autograder.grading.run import Again
from autograder.grading.standing import NOBODY, People, current_standing, standing
from autograder.grading.store import GradeStore
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


def team(*members, assignment=""):
    return Team("teams.red", members, assignment)


@pytest.mark.parametrize("called", [("ang", "blee"), ("4711", "Bo Lee"), ("ngada", "blee@x.edu")])
def test_each_member_of_a_team_gets_what_any_of_them_handed_in_last(counted, called):
    schedule = Schedule(due={WEEKS[0]: DUE}, policy=LATE, teams=(team(*called),))
    first, second = canvas("ngada", "4711", "9", late=True), canvas("leebo", "4712", "5", attempt=1)
    runs = [[(first, graded(first))], [(second, graded(second))]]
    for size, wanted in ((1, 8), (2, 5)):
        counting = counted(*runs[:size], people=ROSTER, schedule=schedule)
        assert scores(counting) == {(WEEKS[0], "ang"): wanted, (WEEKS[0], "blee"): wanted}
    ada, bo = (r.identity for r in counting.reports if r.status is Status.GRADED)
    assert (ada.ids["canvas id"], bo.ids["canvas id"]) == ("4711", "4712")
    assert (ada.emails, bo.emails) == (("ang@x.edu",), ("blee@x.edu",))
    assert ada.members == bo.members == ("ang", "blee")
    assert counting.notes == ()


def test_a_team_s_work_keeps_its_lateness_when_each_member_s_copy_is_graded(counted):
    schedule = Schedule(due={WEEKS[0]: DUE}, policy=LATE, teams=(team("ang", "blee"),))
    first, copy = canvas("ngada", "4711", "9", late=True), work("blee", "9")
    for order in permutations([[(first, graded(first))], [(copy, graded(copy))]]):
        counting = counted(*order, people=ROSTER, schedule=schedule)
        assert scores(counting) == {(WEEKS[0], "ang"): 8, (WEEKS[0], "blee"): 8}


def test_the_latest_extension_of_a_team_s_members_counts_for_all_of_them(counted):
    schedule = Schedule(
        due={WEEKS[0]: DUE},
        extensions={"blee": {WEEKS[0]: DUE + timedelta(days=3)}},
        submitted={"ang": {WEEKS[0]: DUE + timedelta(days=4)}},
        policy=LATE,
        teams=(team("ang", "blee"),),
    )
    one = canvas("ngada", "4711", "8")
    counting = counted([(one, graded(one))], people=ROSTER, schedule=schedule)
    assert scores(counting) == {(WEEKS[0], "ang"): 7, (WEEKS[0], "blee"): 7}


def test_members_that_a_platform_names_share_their_latest_extension(counted):
    members = ("ang@x.edu", "blee@x.edu")
    handed_in = [
        replace(work(name, "8"), emails=(email,), members=members)
        for name, email in zip(("Ada Ng", "Bo Lee"), members, strict=True)
    ]
    schedule = Schedule(
        due={WEEKS[0]: DUE},
        extensions={"blee": {WEEKS[0]: DUE + timedelta(days=3)}},
        submitted={name: {WEEKS[0]: DUE + timedelta(days=4)} for name in ("ang", "blee")},
        policy=LATE,
    )
    counting = counted([(one, graded(one)) for one in handed_in], people=ROSTER, schedule=schedule)
    assert scores(counting) == {(WEEKS[0], "ang"): 7, (WEEKS[0], "blee"): 7}


def test_teams_of_one_assignment_take_the_place_of_the_others(counted):
    teams = (team("ang", "blee"), team("ang", "ckim", assignment=WEEKS[1]))
    one = canvas("ngada", "4711", "8")
    runs = [[(one, graded(one, week))] for week in WEEKS[:2]]
    counting = counted(*runs, people=ROSTER, schedule=Schedule(teams=teams))
    assert set(scores(counting)) == {
        (WEEKS[0], "ang"),
        (WEEKS[0], "blee"),
        (WEEKS[1], "ang"),
        (WEEKS[1], "ckim"),
    }


def test_a_member_who_is_nobody_is_told_and_gets_a_grade_only_where_no_roster_is(counted):
    one = canvas("ngada", "4711", "8")
    schedule = Schedule(teams=(team("ngada", "zed"),))
    with_roster = counted([(one, graded(one))], people=ROSTER, schedule=schedule)
    assert scores(with_roster) == {(WEEKS[0], "ang"): 8}
    without = counted(schedule=schedule)
    assert scores(without) == {(WEEKS[0], "ngada"): 8, (WEEKS[0], "zed"): 8}
    for counting in (with_roster, without):
        [note] = counting.notes
        assert note.startswith('course.toml: teams.red: "zed": nobody of that name or id')


def test_whoever_is_in_two_teams_is_misuse(counted):
    one = canvas("ngada", "4711", "8")
    schedule = Schedule(teams=(team("ang", "blee"), team("4711", "ckim")))
    with pytest.raises(MisuseError, match="teams: ang is in 2 teams; leave the student in one"):
        counted([(one, graded(one))], people=ROSTER, schedule=schedule)


def test_free_days_are_spent_in_the_order_of_handing_in_whatever_was_graded_first(
    counted, tmp_path
):
    """Three free days: week 2 comes in first and takes two, week 1 then one of its two."""
    budget = Schedule(
        due=dict.fromkeys(WEEKS, DUE), policy=LatePolicy(Per.DAY, Fraction(10), free_days=3)
    )
    days = {WEEKS[1]: timedelta(days=1.5), WEEKS[0]: timedelta(days=1.6), WEEKS[2]: timedelta(0)}
    runs = []
    for week, late in days.items():
        moment = (DUE + late).timestamp()
        text = f"8{' ' * WEEKS.index(week)}"
        one = replace(work("ada", text), clock=Clock.STATED, modified=moment)
        runs.append([(one, graded(one, week))])
    for number, order in enumerate(permutations(runs)):
        with open_ledger(tmp_path / str(number)) as ledger:
            for run in order:
                ledger.enter(run, now)
            counting = standing(ledger.entries(), budget)
        assert scores(counting) == {
            (WEEKS[0], "ada"): 7,
            (WEEKS[1], "ada"): 8,
            (WEEKS[2], "ada"): 8,
        }
    first, second, third = counting.reports
    assert second.late == "1 d 12 h late; 2 free days spent, 1 left"
    assert first.late == (
        "1 d 14 h late; 1 free day spent, 0 left; 1 day begun, 10 % of 10 points taken off"
    )
    assert (third.late, third.free_days) == ("", 3)


def test_free_days_open_no_closed_work_and_cover_a_lateness_of_unknown_length(counted):
    policy = LatePolicy(Per.DAY, Fraction(10), closes=2, free_days=4)
    schedule = Schedule(
        due=dict.fromkeys(WEEKS, DUE),
        submitted={"ang": {WEEKS[0]: DUE + timedelta(days=3)}},
        policy=policy,
    )
    closed, marked = canvas("ngada", "4711", "8"), canvas("leebo", "4712", "8", late=True)
    counting = counted(
        [(one, graded(one)) for one in (closed, marked)], people=ROSTER, schedule=schedule
    )
    assert scores(counting) == {(WEEKS[0], "ang"): 0, (WEEKS[0], "blee"): 8}
    assert "1 free day spent, 3 left" in counting.reports[1].late


def with_exercises(report, **points):
    results = [
        ExerciseResult(name, name, Outcome.FAILED, (PartResult("p", "a part", earned, 10.0),))
        for name, earned in points.items()
    ]
    return replace(report, exercises=tuple(results))


@pytest.mark.parametrize("called", ["e", f"{WEEKS[0]}.e"])
def test_one_exercise_is_graded_again_and_the_others_stay_as_they_were(tmp_path, called):
    one = canvas("ngada", "4711", "8")
    first = with_exercises(graded(one), e=8.0, f=3.0)
    with open_ledger(tmp_path) as ledger:
        ledger.enter([(one, first)], now)
        again = Again(tuple(ledger.entries())).narrowed("4711", called)
        after = replace(with_exercises(first, e=9.0, f=1.0), provenance=Provenance(checks="new"))
        again.enter([after], ledger, now, called)
        [entry] = ledger.entries()
        assert [result.earned for result in entry.report.exercises] == [9.0, 3.0]
        assert entry.report.provenance == first.provenance
        whole = replace(with_exercises(first, e=9.0, f=3.0), provenance=Provenance(checks="new"))
        again.enter([whole], ledger, now, called)
        assert ledger.entries()[0].report.provenance.checks == "new"
        with pytest.raises(
            MisuseError, match=r"--exercise: 'g' is not an exercise .*; there are e, f$"
        ):
            again.narrowed("", "g")


def test_a_change_of_the_due_time_lowers_nobody_and_every_reader_says_the_same(tmp_path):
    one = replace(work("ada", "8"), clock=Clock.STATED, modified=(DUE + timedelta(1)).timestamp())
    new = replace(one, read=lambda: b"5", modified=one.modified + 60)
    in_time = Schedule(due={WEEKS[0]: DUE + timedelta(days=1)}, policy=LATE)
    sooner, later = (replace(in_time, due={WEEKS[0]: DUE + timedelta(n)}) for n in (0, 2))
    with open_ledger(tmp_path) as ledger:
        store = GradeStore(tmp_path)
        ledger.enter([(one, graded(one))], now)
        for schedule in (in_time, sooner, later, sooner):
            counting = current_standing(ledger, store, schedule, NOBODY)
            assert scores(counting) == {(WEEKS[0], "ada"): 8}
            ledger.publish(counting.reports)
        ledger.enter([(new, graded(new))], now)
        counting = current_standing(ledger, store, sooner, NOBODY)
        assert scores(counting) == {(WEEKS[0], "ada"): 3}
