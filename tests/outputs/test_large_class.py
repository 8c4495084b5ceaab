"""Ten thousand reports fit into little memory: what one more takes, in the order in which a run comes to it.

Bytes are counted, so the load of the machine does not matter.
"""

import gc
import io
import json
import re
import tracemalloc
from dataclasses import replace

from test_outputs import report

from autograder.course.settings import Course
from autograder.outputs.pages import PageMeta
from autograder.outputs.publish import publish
from autograder.outputs.terminal import MOST_ROWS, print_reports
from autograder.reports.packed import packed
from autograder.reports.report_json import from_dict, read_json
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)


def findings_of(number):
    """What a report of a class holds: words that are much the same in all, and numbers that are not."""
    failed = [
        Finding(
            "The gradient is right.",
            "your dW is twice the slope",
            ("dW",),
            f"f({number})",
            f"{number}.5",
            "1.25",
        )
        for _ in range(8)
    ]
    return tuple(failed)


def of_class(number):
    """A report as large as one of notebook 1."""
    results = tuple(
        ExerciseResult(
            f"e{i}",
            f"Exercise {i}",
            Outcome.FAILED,
            (PartResult("dW", "dW", 0.5, 1.0),),
            findings=findings_of(number * i),
        )
        for i in range(6)
    )
    return Report(Identity(f"s{number}"), "a1", Status.GRADED, results, possible=6.0)


def test_a_packed_report_equals_the_report_and_so_do_its_results():
    plain = of_class(7)
    small = packed(plain)
    assert small == plain and plain == small
    assert small.earned == plain.earned and len(small.exercises) == 6
    assert small.exercises[2] == plain.exercises[2] and small.exercises[-2:] == plain.exercises[-2:]
    assert small != of_class(8) and packed(small) is small
    assert packed(replace(plain, exercises=())).exercises == ()


def kept_a_report(make, fewer, more):
    """Bytes that a further report takes while all are held."""

    def kept(count):
        gc.collect()
        tracemalloc.start()
        held = [make(number) for number in range(count)]
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(held) == count
        return size

    kept(fewer)  # what is made once for all
    return (kept(more) - kept(fewer)) / (more - fewer)


def test_a_further_packed_report_takes_less_than_three_kilobytes():
    assert kept_a_report(of_class, 40, 80) > 10_000
    assert kept_a_report(lambda number: packed(of_class(number)), 40, 120) < 3_000


def test_a_further_report_with_the_same_results_takes_half_a_kilobyte():
    assert (
        kept_a_report(lambda number: replace(packed(of_class(1)), reason=f"{number}"), 40, 120)
        < 600
    )


def test_the_class_page_of_a_larger_class_takes_little_more_memory(tmp_path):
    """It is written as it is made: a student's rows in its three tables are 16 kB."""

    def peak(count):
        reports = [packed(of_class(number)) for number in range(count)]
        gc.collect()
        tracemalloc.start()
        publish(reports, tmp_path / str(count), PageMeta("A course"), Course().seal)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)  # templates are compiled
    fewer, more = 60, 160
    assert (peak(more) - peak(fewer)) / (more - fewer) < 7_000


def test_report_jsonl_holds_the_reports_of_report_json_one_a_line(tmp_path):
    reports = [replace(of_class(n), notes=("a line\n##[error] of a log",)) for n in (2, 1)]
    publish(reports, tmp_path, PageMeta("A course"), Course().seal)
    lines = (tmp_path / "report.jsonl").read_text(encoding="ascii")
    whole = (tmp_path / "report.json").read_text(encoding="ascii")
    assert tuple(from_dict(json.loads(line)) for line in lines.splitlines()) == read_json(whole)
    assert [report.student for report in read_json(whole)] == ["s1", "s2"]
    assert "##[" not in lines


def test_the_table_of_a_large_class_is_printed_in_parts_with_the_same_columns():
    stream = io.StringIO()
    print_reports([report(f"s{n:04}", 1.0) for n in range(MOST_ROWS + 1)], stream)
    lines = stream.getvalue().splitlines()
    headers = [line for line in lines if "diagnosis" in line]
    assert len(headers) == 2 and len(set(headers)) == 1
    names = re.findall(r"^ *(s\d{4}) ", stream.getvalue(), re.MULTILINE)
    assert names == [f"s{n:04}" for n in range(MOST_ROWS + 1)]
