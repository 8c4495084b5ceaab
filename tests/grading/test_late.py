"""What lateness costs: exact at every boundary, whatever the clocks do, and never more than was earned."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course.schedule import LatePolicy, Per, Schedule, wall_after
from autograder.grading.late import charge, charge_at, schedule_notes, units_late
from autograder.student.model.results import (
    ExerciseResult,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)
from autograder.submissions.ingest import Clock, Submission

SEATTLE = ZoneInfo("America/Los_Angeles")
ZONES = [
    UTC,
    SEATTLE,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Pacific/Apia"),
    ZoneInfo("Asia/Kathmandu"),
]
NAME = "04_matmul"
DUE = datetime(2026, 2, 1, 23, 59, tzinfo=SEATTLE)
TICK = timedelta(microseconds=1)
TEN_A_DAY = LatePolicy(Per.DAY, Fraction(10))


def report(earned=8.0, possible=10.0, **said):
    part = PartResult("p", "a part", earned, possible)
    result = ExerciseResult("e", "E", Outcome.FAILED, (part,))
    return Report(Identity("Ada", **said), NAME, Status.GRADED, (result,), possible=possible)


def schedule(policy=TEN_A_DAY, **said):
    return Schedule(SEATTLE, {NAME: DUE}, policy=policy, **said)


def after(late: timedelta, policy=TEN_A_DAY, **said):
    return charge_at(report(**said), DUE.astimezone(UTC) + late, schedule(policy))


@pytest.mark.parametrize(
    ("late", "penalty"),
    [
        (-timedelta(days=400), 0),
        (timedelta(0), 0),
        (TICK, 1),
        (timedelta(days=1), 1),
        (timedelta(days=1) + TICK, 2),
        (timedelta(days=8), 8),
        (timedelta(days=8) + TICK, 8),
        (timedelta(days=90_000), 8),
        (timedelta(days=2_900_000), 8),
    ],
)
def test_each_day_begun_costs_its_share_and_no_more_is_taken_than_was_earned(late, penalty):
    charged = after(late)
    assert (charged.penalty, charged.score) == (penalty, 8 - penalty)
    assert bool(charged.late) == (penalty > 0)


def test_hours_are_of_sixty_minutes_and_begun_ones_count():
    policy = LatePolicy(Per.HOUR, Fraction(5, 2))
    assert [after(timedelta(hours=h), policy).penalty for h in (0, 1, 2)] == [0, 0.25, 0.5]
    assert after(timedelta(hours=1) + TICK, policy).penalty == 0.5


def test_within_the_grace_is_in_time_and_after_it_lateness_counts_from_the_due_time():
    policy = LatePolicy(Per.HOUR, Fraction(10), grace=90)
    assert after(timedelta(minutes=90), policy).penalty == 0
    assert after(timedelta(minutes=90) + TICK, policy).penalty == 2


def test_a_cap_limits_what_is_taken_until_work_is_closed():
    policy = LatePolicy(Per.DAY, Fraction(20), cap=Fraction(50), closes=7)
    assert [after(timedelta(days=d), policy).penalty for d in (1, 2, 3, 7)] == [2, 4, 5, 5]
    closed = after(timedelta(days=7) + TICK, policy)
    assert (closed.penalty, closed.score) == (8, 0)
    assert "closed 7 days after it was due" in closed.late


def test_work_may_close_without_any_other_cost():
    policy = LatePolicy(closes=1)
    assert (after(timedelta(days=1), policy).penalty, after(timedelta(days=1), policy).late) == (
        0,
        "1 d late",
    )
    assert after(timedelta(days=1) + TICK, policy).score == 0


def test_tenths_of_a_percent_are_exact():
    charged = after(timedelta(days=3), LatePolicy(Per.DAY, Fraction("0.1")), possible=14.0)
    assert charged.penalty == 0.042


def test_bonus_points_are_not_lost_with_the_share_of_the_others():
    assert after(timedelta(days=1), earned=12.0).score == 11


def test_words_say_how_late_and_what_it_costs():
    assert (
        after(timedelta(days=1, hours=3)).late
        == "1 d 3 h late; 2 days begun, 20 % of 10 points taken off"
    )
    assert (
        after(timedelta(seconds=59)).late == "59 s late; 1 day begun, 10 % of 10 points taken off"
    )
    assert after(TICK).late.startswith("1 s late; ")
    assert after(timedelta(hours=2), None).late == "2 h late"
    assert after(timedelta(hours=2), None).penalty == 0


def test_times_are_told_in_the_zone_of_the_course():
    moment = datetime(2026, 2, 2, 14, 58, 23, 948203, tzinfo=UTC)
    given_in = Submission("Ada", "a.ipynb", moment.timestamp(), bytes, clock=Clock.STATED)
    charged = charge(report(), given_in, schedule())
    assert charged.identity.submitted == "2026-02-02T06:58:23.948203-08:00"
    assert charged.due == "2026-02-01T23:59:00-08:00"


def test_an_extension_moves_the_due_time_of_one_student_found_by_name_or_id():
    extended = {"Ada": {NAME: DUE + timedelta(days=2)}, "4711": {NAME: DUE + timedelta(days=3)}}
    by_name = charge_at(report(), DUE + timedelta(days=2), schedule(extensions=extended))
    assert (by_name.penalty, by_name.due) == (0, "2026-02-03T23:59:00-08:00")
    by_id = charge_at(
        report(ids={"canvas id": "4711"}), DUE + timedelta(days=3), schedule(extensions=extended)
    )
    assert by_id.penalty == 0
    nobody = charge_at(
        report(), DUE + timedelta(days=1), schedule(extensions={"Bo": extended["Ada"]})
    )
    assert nobody.penalty == 1


def test_a_name_in_the_course_file_that_fits_nobody_is_told():
    later = {NAME: DUE + TICK}
    course = schedule(extensions={"Ada": later, "ada": later}, submitted={"4711": {}, "4712": {}})
    said = schedule_notes(course, [report(ids={"canvas id": "4711"}).identity])
    assert [note.partition(": nobody")[0] for note in said] == [
        'course.toml: extensions."ada"',
        'course.toml: submitted."4712"',
    ]
    assert schedule_notes(Schedule(), []) == ()


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(days=1)])
def test_an_extension_that_has_become_moot_changes_nothing_and_is_a_note(earlier):
    course = schedule(extensions={"Ada": {NAME: DUE - earlier}})
    moment = DUE + timedelta(days=1)
    assert charge_at(report(), moment, course) == charge_at(report(), moment, schedule())
    [note] = schedule_notes(course, [report().identity])
    assert note == (
        f'course.toml: extensions."Ada".{NAME} ends no later than the due time; it changes nothing'
    )


def submission(modified: datetime, clock: Clock) -> Submission:
    return Submission("Ada", "a.ipynb", modified.timestamp(), bytes, clock=clock)


def test_a_files_own_date_counts_only_where_the_course_says_so():
    for clock in (Clock.FILE, Clock.WALL):
        charged = charge(report(), submission(DUE + timedelta(hours=1), clock), schedule())
        assert (charged.identity.submitted, charged.penalty, charged.late) == ("", 0, "")
    dated = schedule(LatePolicy(Per.DAY, Fraction(10), file_dates=True))
    assert charge(report(), submission(DUE + timedelta(hours=1), Clock.FILE), dated).penalty == 1


def test_the_date_in_a_zip_is_what_clocks_of_the_course_showed():
    dated = schedule(LatePolicy(Per.DAY, Fraction(10), file_dates=True))
    in_time = datetime(2026, 2, 1, 23, 58, 58, tzinfo=UTC)  # how a zip's date is read
    assert charge(report(), submission(in_time, Clock.WALL), dated).penalty == 0
    assert (
        charge(report(), submission(in_time + timedelta(seconds=4), Clock.WALL), dated).penalty == 1
    )
    none = Submission("Ada", "a.ipynb", 0.0, bytes, clock=Clock.WALL)
    assert charge(report(), none, dated).identity.submitted == ""


def test_what_the_course_knows_goes_before_what_the_download_says():
    known = schedule(submitted={"Ada": {NAME: DUE}})
    assert charge(report(), submission(DUE + timedelta(days=3), Clock.STATED), known).penalty == 0


def flagged(policy=TEN_A_DAY, **said):
    late = report(marked_late=True, ids={"canvas id": "4711"})
    return charge(late, submission(DUE, Clock.WALL), schedule(policy, **said))


def test_a_download_that_says_late_and_not_when_costs_the_least_that_is_sure():
    charged = flagged()
    assert charged.penalty == 1
    assert charged.late.startswith("late, and the download does not say by how much; 1 day begun")


def test_it_costs_nothing_where_it_may_have_been_in_time():
    extended = {"4711": {NAME: DUE + timedelta(days=2)}}
    for unsure in (
        flagged(LatePolicy(Per.DAY, Fraction(10), grace=5)),
        flagged(extensions=extended),
        flagged(None),
    ):
        assert unsure.penalty == 0
        assert unsure.late.endswith("; nothing is taken off")
    assert flagged(submitted={"4711": {NAME: DUE}}).late == ""


def test_without_a_due_time_and_for_what_is_not_graded_nothing_is_charged():
    moment = DUE + timedelta(days=3)
    assert charge_at(report(), moment, Schedule(policy=TEN_A_DAY)).penalty == 0
    unread = Report(Identity("Ada"), NAME, Status.UNREADABLE, reason="it is no notebook")
    charged = charge_at(unread, moment, schedule())
    assert (charged.penalty, charged.late, charged.identity.submitted) == (
        0,
        "",
        "2026-02-04T23:59:00-08:00",
    )


MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.sampled_from(ZONES))
POLICIES = st.builds(
    LatePolicy,
    st.sampled_from(Per),
    st.fractions(0, 100, max_denominator=10),
    st.integers(0, 3000),
    st.none() | st.fractions(0, 100, max_denominator=10),
    st.none() | st.integers(0, 30),
)
LATENESS = st.timedeltas(timedelta(days=-3), timedelta(days=40))


@settings(max_examples=400)
@given(MOMENTS, LATENESS, POLICIES)
def test_units_are_the_fewest_whose_end_has_not_passed(due, late, policy):
    moment = due.astimezone(UTC) + late

    def end(count: int) -> datetime:
        return (
            due.astimezone(UTC) + count * timedelta(hours=1)
            if policy.per is Per.HOUR
            else wall_after(due, count)
        )

    units = units_late(moment, due, policy)
    if late <= timedelta(minutes=policy.grace):
        assert units == 0
    else:
        assert units >= 1
        assert moment <= end(units)
        assert units == 1 or moment > end(units - 1)


@settings(max_examples=400)
@given(MOMENTS, LATENESS, LATENESS, POLICIES, st.floats(0, 12), st.sampled_from([1.0, 10.0, 14.0]))
def test_who_is_later_never_has_more_and_nobody_has_less_than_nothing(
    due, first, second, policy, earned, possible
):
    course = Schedule(SEATTLE, {NAME: due}, policy=policy)
    sooner, later = (
        charge_at(report(earned, possible), due.astimezone(UTC) + late, course)
        for late in sorted((first, second))
    )
    assert 0 <= later.score <= sooner.score <= earned
    assert 0 <= sooner.penalty <= later.penalty <= earned
    if policy.cap is not None and policy.closes is None:
        assert Fraction(later.penalty) <= policy.cap / 100 * Fraction(possible) + Fraction(
            1, 10**12
        )


@settings(max_examples=400)
@given(MOMENTS, POLICIES)
def test_at_the_due_time_itself_nothing_is_ever_taken_off(due, policy):
    assert charge_at(report(), due, Schedule(SEATTLE, {NAME: due}, policy=policy)).penalty == 0


@given(st.integers(0, 2**33 * 10**6))
def test_a_time_that_came_as_a_float_is_the_same_microsecond_again(micros):
    stated = datetime(1970, 1, 1, tzinfo=UTC) + micros * TICK
    course = Schedule(policy=TEN_A_DAY)
    told = charge(report(), submission(stated, Clock.STATED), course).identity.submitted
    assert micros == 0 or datetime.fromisoformat(told) == stated
