"""Gradebooks of other systems: what is read back is what was graded, and nobody's grade goes astray."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from autograder.course.csv_file import read_sheet
from autograder.errors import MisuseError
from autograder.outputs.export import export
from autograder.outputs.pages import PageMeta, write_pages
from autograder.outputs.terminal import print_reports
from autograder.reports.report_json import read_json, write_json
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)

META = PageMeta(titles={"04_matmul": "Matrix multiply"})
HOSTILE = '=cmd|"/C calc"!A0,"x"'


def exercise(name, earned, outcome=Outcome.PASSED, **more):
    findings = (
        ()
        if outcome is Outcome.PASSED
        else (Finding("A check.", "dW is <wrong> & \x1b[31m\ufffe", ("f",)),)
    )
    return ExerciseResult(
        name, name, outcome, (PartResult("f", "f", earned, 2.0),), findings=findings, **more
    )


def graded(student, earned, outcome=Outcome.FAILED, email="", **ids):
    results = (
        exercise("a", 2.0),
        exercise("b", earned, Outcome.PASSED if earned == 2.0 else outcome),
    )
    called = {kind.replace("_", " "): value for kind, value in ids.items()}
    identity = Identity(student, ids=called, emails=(email,) if email else ())
    return Report(identity, "04_matmul", Status.GRADED, results, possible=4.0, seconds=0.5)


UNREADABLE = Report(Identity("dan"), "04_matmul", Status.UNREADABLE, reason="it is not valid JSON")
CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Matrix multiply (12)
    Points Possible,,,,,10,4
"Ng, Ada",4711,s1,adang,A,9,
"Lee, Kim",4712,s2,kim1,A,8,
"Lee, Kim",4713,s3,kim2,B,7,1.5
"O'Neil, ""Zo\u00eb""",4714,s4,zoe,B,6,
"Student, Test",9999,,,A,,
'''
HEADER = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
)
MOODLE = f"""\
{HEADER}\
Participant 12,Ada Ng,ada@school.example,Submitted for grading,,4.00,Yes,"Monday, 2 February 2026, 2:58 PM",-,
Participant 13,van_der_Berg Jo,jo@school.example,Submitted for grading,,4.00,Yes,-,-,"Well done, Jo"
Participant 14,Ada Ng,ada2@school.example,No submission,3.00,4.00,No,-,-,
"""


@pytest.fixture
def sheet(tmp_path):
    def write(text, name="gradebook.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def canvas(path, *reports, column=""):
    return export(reports, "canvas", path, "", column, META)


def moodle(path, *reports):
    return export(reports, "moodle", path, "", "", META)


# --- Canvas


def test_a_new_column_of_canvas_is_told_with_the_columns_that_may_be_meant(sheet):
    other = CANVAS.replace("Matrix multiply (12)", "HW4 (12)")
    written = export([graded("adang", 1.0)], "canvas", sheet(other), "", "", META)
    note = written.notes[-1]
    assert note.endswith(
        "has no column 'Matrix multiply', so Canvas will make a new assignment of it; "
        'to fill one that is there, say --column "Essay (11)" or --column "HW4 (12)"'
    )
    read_only = other.replace(",10,4", ",(read only),(read only)")
    assert export([graded("adang", 1.0)], "canvas", sheet(read_only), "", "", META).notes == ()


def test_canvas_students_are_found_by_id_then_login_then_name(sheet):
    known = (graded("x", 1.5, canvas_id="4712"), graded("kim2", 0.5))
    reports = (*known, graded("oneilzo\u00eb", 2.0), graded("ngada", 0.0))
    done = canvas(sheet(CANVAS), *reports)
    rows = {row["ID"]: row for row in rows_of(done.files["canvas.csv"])}
    assert {number: row["Matrix multiply (12)"] for number, row in rows.items()} == {
        "": "4", "4711": "2", "4712": "3.5", "4713": "2.5", "4714": "4", "9999": "",
    }  # fmt: skip
    assert list(rows["4711"]) == [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Matrix multiply (12)",
    ]
    assert rows["4714"]["Student"] == 'O\'Neil, "Zo\u00eb"'
    assert done.notes == ()


def test_a_grade_that_could_be_two_peoples_goes_to_neither(sheet):
    done = canvas(sheet(CANVAS), graded("leekim", 1.0))
    cells = [row["Matrix multiply (12)"] for row in rows_of(done.files["canvas.csv"])]
    assert cells == ["4", "", "", "1.5", "", ""]
    assert done.notes == ("leekim: is not in the file; enter 3 points by hand",)


def test_who_was_not_graded_gets_no_zero(sheet):
    done = canvas(
        sheet(CANVAS), graded("adang", 1.0), replace(UNREADABLE, identity=Identity("kim2"))
    )
    assert [row["Matrix multiply (12)"] for row in rows_of(done.files["canvas.csv"])] == [
        "4",
        "3",
        "",
        "1.5",
        "",
        "",
    ]
    assert done.notes == ("kim2: was not graded (it is not valid JSON); its cell is left as it is",)


def test_a_new_column_says_what_it_is_worth(sheet):
    done = canvas(sheet(CANVAS), graded("adang", 1.0), column="Another")
    assert [row["Another"] for row in rows_of(done.files["canvas.csv"])] == [
        "4",
        "3",
        "",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CANVAS.replace("10,4", "10,5"), "has 5 points, the assignment 4; set it in Canvas first"),
        (CANVAS.replace("10,4", "10,(read only)"), "is read only"),
        (CANVAS.replace("Essay (11)", "Matrix multiply (10)"), "2 columns are called"),
        (CANVAS.replace("Section", "Group"), "has no column 'Section'"),
        ("", "is empty"),
        ('a,"b', "is not a CSV file"),
    ],
)
def test_a_gradebook_that_does_not_fit_is_refused(sheet, text, said):
    with pytest.raises(MisuseError, match=r"gradebook\.csv") as error:
        canvas(sheet(text), graded("adang", 1.0))
    assert said in str(error.value)


def test_a_file_that_is_filled_again_stays_the_same(sheet):
    once = canvas(sheet(CANVAS), graded("adang", 1.25)).files["canvas.csv"]
    again = canvas(sheet(once.decode(), "again.csv"), graded("adang", 1.25)).files["canvas.csv"]
    assert again == once


def test_semicolons_and_a_byte_order_mark_come_back(sheet):
    text = "\ufeff" + CANVAS.replace('"Ng, Ada"', "Ng Ada").replace('"Lee, Kim"', "Lee Kim")
    for name in ('O\'Neil, ""Zo\u00eb""', "Student, Test"):
        text = text.replace(f'"{name}"', name[0])
    text = text.replace(",", ";")
    data = canvas(sheet(text), graded("adang", 1.0)).files["canvas.csv"]
    assert data.startswith(b"\xef\xbb\xbfStudent;ID;")
    assert b"Ng Ada;4711;s1;adang;A;3\n" in data


# --- Moodle


def test_moodles_worksheet_is_filled_and_nothing_else_in_it_moves(sheet):
    reports = (graded("Ada Ng (12)", 1.5, moodle_participant="12"), graded("van_der_Berg Jo", 2.0))
    done = moodle(sheet(MOODLE), *reports)
    assert done.notes == ()
    before, after = rows_of(MOODLE.encode()), rows_of(done.files["moodle.csv"])
    assert [row["Grade"] for row in after] == ["3.5", "4", "3.00"]
    assert [row["Feedback comments"] for row in after] == [
        "1 of 2 passed; b: failed",
        "Well done, Jo",
        "",
    ]
    changed = ("Grade", "Feedback comments")
    assert [{k: v for k, v in row.items() if k not in changed} for row in after] == [
        {k: v for k, v in row.items() if k not in changed} for row in before
    ]


def test_the_feedback_zip_has_no_underscore_in_a_name(sheet):
    done = moodle(sheet(MOODLE), graded("van_der_Berg Jo", 2.0), graded("ada@school.example", 0.0))
    with zipfile.ZipFile(io.BytesIO(done.files["moodle-feedback.zip"])) as archive:
        names = archive.namelist()
        assert b"<html" in archive.read(names[0])
    assert names == [
        "Ada Ng_12_assignfeedback_file_/feedback.html",
        "van der Berg Jo_13_assignfeedback_file_/feedback.html",
    ]
    assert all(name.split("_")[1].isdigit() for name in names)


def test_a_grade_that_moodle_has_locked_is_left(sheet):
    done = moodle(sheet(MOODLE), graded("x", 1.0, moodle_participant="14"))
    assert [row["Grade"] for row in rows_of(done.files["moodle.csv"])] == ["", "", "3.00"]
    assert done.notes == ("x: the grade cannot be changed in Moodle; it is left as it is",)


def test_a_bonus_beyond_moodles_maximum_is_cut_and_told(sheet):
    best = graded("x", 2.0, moodle_participant="12")
    with_bonus = replace(best, exercises=(*best.exercises, exercise("c", 1.0)))
    done = moodle(sheet(MOODLE), with_bonus)
    assert rows_of(done.files["moodle.csv"])[0]["Grade"] == "4"
    assert done.notes == (
        "x: 5 points are more than Moodle's maximum; 4 are entered, without the bonus",
    )


def test_another_maximum_grade_is_refused(sheet):
    with pytest.raises(MisuseError, match=r"maximum grade is 100.00, the assignment has 4 points"):
        moodle(sheet(MOODLE.replace("4.00", "100.00")), graded("Ada Ng", 1.0))


# --- the others


def test_nbgraders_csv_keeps_its_columns_whatever_the_name():
    names = ("Ng, Ada", HOSTILE, 'a"b', "line\nbreak", "\ud800")
    data = export(
        [graded(name, 1.25) for name in names] + [UNREADABLE], "nbgrader-csv", None, "", "", META
    )
    rows = rows_of(data.files["nbgrader.csv"])
    assert sorted(row["student_id"] for row in rows) == sorted(
        ["Ng, Ada", "'" + HOSTILE, 'a"b', "line\nbreak", ""]
    )
    assert {(row["score"], row["raw_score"], row["max_score"]) for row in rows} == {
        ("3.25", "3.25", "4")
    }


def test_junit_counts_each_kind_and_holds_the_points():
    reports = [
        graded("ada", 1.5),
        graded("bo", 0.0, Outcome.ERRORED),
        graded("chi", 0.0, Outcome.UNATTEMPTED),
        UNREADABLE,
    ]
    root = ElementTree.fromstring(export(reports, "junit", None, "", "", META).files["junit.xml"])
    suites = {suite.get("name"): suite for suite in root}
    counts = {
        name: [s.get(k) for k in ("tests", "failures", "errors", "skipped")]
        for name, s in suites.items()
    }
    assert counts == {
        "04_matmul ada": ["2", "1", "0", "0"],
        "04_matmul bo": ["2", "0", "1", "0"],
        "04_matmul chi": ["2", "0", "0", "1"],
        "04_matmul dan": ["1", "0", "1", "0"],
    }
    points = suites["04_matmul ada"].find("properties/property[@name='points']")
    assert points is not None
    assert points.get("value") == "3.5"
    failure = suites["04_matmul ada"].find(".//failure")
    assert failure is not None
    assert failure.text == "A check. dW is <wrong> & "


def test_gradescope_adds_up_to_what_was_graded():
    done = export([graded("ada", 1.5), UNREADABLE], "gradescope", None, "", "", META).files
    ada, dan = (
        json.loads(done[f"gradescope/04_matmul/{name}/results.json"]) for name in ("ada", "dan")
    )
    assert sum(test["score"] for test in ada["tests"]) == 3.5
    assert [
        (t["number"], t["name"], t["max_score"], t["status"], t["visibility"]) for t in ada["tests"]
    ] == [("1", "a", 2.0, "passed", "visible"), ("2", "b", 2.0, "failed", "visible")]
    assert "dW is <wrong>" in ada["tests"][1]["output"]
    assert "\x1b" not in ada["tests"][1]["output"]
    assert (dan["score"], dan["output"], dan["tests"]) == (0.0, "it is not valid JSON", [])
    assert "score" not in ada


def test_json_is_what_grade_wrote():
    reports = (graded("ada", 1.5), UNREADABLE)
    assert (
        read_json(export(reports, "json", None, "", "", META).files["report.json"].decode())
        == reports
    )


def test_several_assignments_need_a_name():
    both = [graded("ada", 1.0), replace(graded("ada", 2.0), assignment="03_sigmoid_neuron")]
    with pytest.raises(
        MisuseError, match="holds 03_sigmoid_neuron, 04_matmul; name one with --assignment"
    ):
        export(both, "canvas", __file__, "", "", META)
    with pytest.raises(MisuseError, match="nobody was graded for it"):
        export(both, "junit", None, "07_mlp_sgd", "", META)
    assert b"sigmoid" not in export(both, "junit", None, "04_matmul", "", META).files["junit.xml"]


def test_a_format_that_fills_a_file_asks_for_it():
    with pytest.raises(
        MisuseError, match="the gradebook that you exported from Canvas with --into"
    ):
        export([graded("ada", 1.0)], "canvas", None, "", "", META)
    with pytest.raises(MisuseError, match="leave --into out"):
        export([graded("ada", 1.0)], "junit", __file__, "", "", META)


def test_the_command_writes_files_and_says_whose_grade_went_nowhere(tmp_path, sheet):
    write_json([graded("adang", 1.0), graded("stranger", 2.0)], tmp_path / "report.json")
    command = [
        sys.executable,
        "-m",
        "autograder",
        "export",
        "canvas",
        "--report",
        str(tmp_path / "report.json"),
    ]
    command += [
        "--into",
        str(sheet(CANVAS)),
        "--out",
        str(tmp_path / "out"),
        "--column",
        "Matrix multiply",
    ]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (
        0,
        "stranger: is not in the file; enter 4 points by hand\n",
    )
    assert ran.stdout.strip().endswith("canvas.csv")
    filled = read_sheet(tmp_path / "out" / "canvas.csv")
    assert [row[-1] for row in filled.rows] == ["Matrix multiply (12)", "4", "3", "", "1.5", "", ""]


# --- Lateness

IN_TIME = graded("ada", 1.0, canvas_id="4711", moodle_participant="12")
LATE = replace(
    IN_TIME,
    identity=replace(IN_TIME.identity, submitted="2026-02-03T01:00:00-08:00"),
    due="2026-02-01T23:59:00-08:00",
    penalty=0.8,
    late="1 d 1 h late; 2 days begun, 20 % of 4 points taken off",
)


def test_gradebooks_get_the_points_that_count(sheet):
    assert canvas(sheet(CANVAS), LATE).files["canvas.csv"].decode().count(",2.2\n") == 1
    written = moodle(sheet(MOODLE), LATE)
    row = rows_of(written.files["moodle.csv"])[0]
    assert row["Grade"] == "2.2"
    assert LATE.late in row["Feedback comments"]
    assert (
        "enter 2.2 points by hand"
        in moodle(sheet(MOODLE), replace(LATE, identity=Identity("x"))).notes[0]
    )


def test_who_handed_in_nothing_has_a_row_of_0_in_nbgraders_columns():
    absent = Report(Identity("eve"), "04_matmul", Status.ABSENT, reason="nothing was handed in")
    data = export([graded("ada", 1.0), absent, UNREADABLE], "nbgrader-csv", None, "", "", META)
    rows = rows_of(data.files["nbgrader.csv"])
    found = {row["student_id"]: (row["score"], row["max_score"]) for row in rows}
    assert found == {"ada": ("3", "4"), "eve": ("0", "4")}


def test_nbgraders_columns_hold_penalty_and_times():
    (row,) = rows_of(export([LATE], "nbgrader-csv", None, "", "", META).files["nbgrader.csv"])
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("3", "0.8", "2.2")
    assert (row["timestamp"], row["duedate"]) == (LATE.identity.submitted, LATE.due)


def test_gradescope_takes_the_score_from_us_where_something_is_taken_off():
    (data,) = export([LATE], "gradescope", None, "", "", META).files.values()
    document = json.loads(data)
    assert (document["score"], document["output"]) == (2.2, LATE.late)
    assert sum(test["score"] for test in document["tests"]) == 3.0
    (data,) = export([replace(LATE, penalty=0.0)], "gradescope", None, "", "", META).files.values()
    assert "score" not in json.loads(data)


def test_junit_and_json_tell_earned_penalty_and_what_counts():
    root = ElementTree.fromstring(export([LATE], "junit", None, "", "", META).files["junit.xml"])
    told = {p.get("name"): p.get("value") for p in root.find("testsuite/properties")}
    assert told == {
        "points": "2.2",
        "possible": "4",
        "earned": "3",
        "penalty": "0.8",
        "late": LATE.late,
    }
    (back,) = read_json(export([LATE], "json", None, "", "", META).files["report.json"].decode())
    assert back == LATE
    assert back.score == 2.2


def test_table_and_pages_show_what_counts_and_why(tmp_path):
    stream = io.StringIO()
    print_reports([LATE], stream)
    assert " 2.2/4 " in stream.getvalue()
    assert LATE.late in stream.getvalue()
    assert "mean 2.20 of 4 points" in stream.getvalue()
    pages = [path.read_text(encoding="utf-8") for path in write_pages([LATE], tmp_path, META)]
    assert all("2.2" in page for page in pages)
    assert f"Handed in {LATE.late} (" in pages[1]
    assert "2.2 of the 3 points earned below count." in pages[1]
