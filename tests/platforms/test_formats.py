"""Each format that `ci` writes, held against a schema of its own, for reports of every kind, hostile ones too."""

import base64
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from autograder.outputs import gradescope
from autograder.outputs.junit import write_junit
from autograder.platforms.ci import wanted_formats
from autograder.reports.report_json import write_json
from autograder.student.ci import classroom, classroom50, github
from autograder.student.ci.cells import Place
from autograder.student.ci.platforms import Handed, file_names, summary_text
from autograder.student.model.results import (
    Diagnosis,
    ExerciseResult,
    Finding,
    Identity,
    Outcome,
    PartResult,
    Report,
    Status,
)

SCHEMAS = Path(__file__).parents[1] / "schemas"
HOSTILE = "::error::owned\n::set-output name=result::x\n##[add-path]/x\n</pre>\x1b[31m<img src=x>![i](http://x)\r\n`|*_#%2C"


def exercise(name, outcome, *earned, possible=1.5, said=HOSTILE, **more):
    parts = tuple(PartResult(f"p{n}", f"Part {n}", e, possible) for n, e in enumerate(earned))
    lost = tuple(part.name for part in parts if not part.earned)
    found = (
        () if outcome is Outcome.PASSED else (Finding("A check.", said, lost, "f(1)", said, "2"),)
    )
    return ExerciseResult(
        name, f"The {name}", outcome, parts, ("A check that passed.",), found, hint="Look.", **more
    )


RESULTS = (
    exercise("right", Outcome.PASSED, 1.5, 1.5),
    exercise(
        "partly",
        Outcome.FAILED,
        1.5,
        0.0,
        diagnosis=Diagnosis("transposed", "It is the transpose."),
    ),
    exercise("stopped", Outcome.ERRORED, 0.0),
    exercise("slow", Outcome.TIMED_OUT, 0.0),
    exercise("waits", Outcome.FAILED, 0.0, blocked_by="stopped"),
    exercise("idle", Outcome.UNATTEMPTED, 0.0),
    exercise("gone", Outcome.MISSING, 0.0),
)
GRADED = Report(
    Identity("ada"), "04_matmul", Status.GRADED, RESULTS, (HOSTILE,), possible=13.5, seconds=0.5
)
REPORTS = {
    "graded": GRADED,
    "late": replace(
        GRADED, penalty=1.35, late="1 d late; 1 day begun, 10 % of 13.5 points taken off"
    ),
    "all right": replace(GRADED, exercises=RESULTS[:1], notes=(), possible=3.0),
    "hostile name": replace(GRADED, identity=Identity(HOSTILE, HOSTILE)),
    "unreadable": Report(Identity("ada"), "04_matmul", Status.UNREADABLE, reason=HOSTILE),
    "stopped": Report(Identity("ada"), "", Status.STOPPED, reason="the grader failed: no memory"),
}
PLACES = {"partly": Place("work/a.ipynb", 20, 31), "stopped": Place("work/a.ipynb", 40, 44)}


@pytest.fixture(params=REPORTS.values(), ids=REPORTS)
def report(request):
    return request.param


def holds(document, schema):
    rules = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(document)


def test_gradescope_takes_the_results(report):
    document = json.loads(gradescope.write_results(report))
    holds(document, "gradescope")
    total = document.get("score", sum(test["score"] for test in document["tests"]))
    assert total == pytest.approx(report.score)


def test_classroom_50_takes_the_result_in_whole_numbers(report):
    document = json.loads(classroom50.write_result(report, "2026-06-01T14:33:11Z"))
    holds(document, "classroom50")
    assert document["score"] * report.possible == pytest.approx(
        document["max-score"] * report.score
    )
    if report.status is Status.GRADED:
        unit = document["max-score"] / report.possible
        assert [test["score"] for test in document["tests"]] == [
            e.earned * unit for e in report.exercises
        ]


def test_thirds_become_whole_numbers_too():
    thirds = replace(
        GRADED,
        exercises=(exercise("a", Outcome.FAILED, 1 / 3, 0.0, possible=1 / 3),),
        possible=2 / 3,
    )
    document = classroom50.result(thirds)
    assert (document["score"], document["max-score"]) == (1, 2)


def test_the_reporter_of_classroom_takes_each_runner_and_adds_up_to_what_was_graded(report):
    documents = classroom.runners(report, "a.ipynb", PLACES)
    outputs = classroom.step_outputs(documents)
    for line, document in zip(outputs.splitlines(), documents.values(), strict=True):
        name, _, encoded = line.partition("=")
        assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
        assert json.loads(base64.b64decode(encoded, validate=True)) == document
        holds(document, "classroom")
    tests = [test for document in documents.values() for test in document["tests"]]
    assert sum(test["score"] for test in tests) == report.earned
    # What the console of the reporter shows agrees with it, for parts that weigh the same.
    counted = [
        sum(t["status"] == "pass" for t in d["tests"]) / len(d["tests"]) * d["max_score"]
        for d in documents.values()
    ]
    assert sum(counted) == report.earned


def test_plain_json_is_as_it_is_described(report, tmp_path):
    write_json([report], tmp_path / "report.json")
    holds(json.loads((tmp_path / "report.json").read_text()), "reports")


# Jenkins' and GitLab's readers agree on these elements and attributes (FORMATS: testsuites, testsuite, testcase).
JUNIT = {
    "testsuites": ({"name"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"classname", "name", "time"}, {"properties", "failure", "error", "skipped"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}


def test_junit_has_the_elements_that_its_readers_know_and_counts_them_rightly(report):
    root = ElementTree.fromstring(write_junit([report]))
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        assert set(element.keys()) == attributes
        assert {child.tag for child in element} <= children
    [suite] = root
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases) == (len(report.exercises) or 1)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(name)) == len(suite.findall(f"testcase/{tag}"))
    assert all(
        len(case.findall("failure") + case.findall("error") + case.findall("skipped")) <= 1
        for case in cases
    )
    assert all(float(element.get("time")) >= 0 for element in (suite, *cases))


COMMAND = re.compile(
    r"::(error|warning) file=([^,:\r\n]*),line=(\d+),endLine=(\d+),title=([^,:\r\n]*)::([^\r\n]*)"
)


def test_annotations_are_single_commands_with_everything_escaped(report):
    commands = github.ranked(github.annotate(report, "work/a.ipynb", PLACES))
    for command in commands:
        kind, file, first, last, title, message = COMMAND.fullmatch(command).groups()
        assert file == "work/a.ipynb"
        assert 1 <= int(first) <= int(last)
        for escaped in (title, message):
            assert not re.search(r"%(?!25|0D|0A|3A|2C)", escaped)
        assert kind == "error" or not report.exercises or "0 of" in title
    kinds = [COMMAND.fullmatch(command)[1] for command in commands]
    assert kinds == sorted(kinds)


def test_annotations_are_ranked_and_ten_of_a_kind_whatever_the_number_of_reports():
    wrong = [exercise(f"e{n}", Outcome.FAILED, 0.0, possible=float(n)) for n in range(1, 15)]
    idle = [exercise(f"i{n}", Outcome.UNATTEMPTED, 0.0) for n in range(12)]
    reports = [
        replace(GRADED, exercises=(*idle[:5], *wrong[:3])),
        replace(GRADED, exercises=(*idle[5:], *wrong[3:])),
    ]
    commands = github.ranked(a for report in reports for a in github.annotate(report, "a.ipynb"))
    titles = [COMMAND.fullmatch(command)[5] for command in commands]
    assert titles[:10] == [f"e{n}%3A 0 of {n} points" for n in range(14, 4, -1)]
    assert len(commands) == 20


def test_an_annotation_lies_on_the_exercises_own_lines():
    commands = github.ranked(github.annotate(GRADED, "work/a.ipynb", PLACES))
    lines = {
        COMMAND.fullmatch(c)[5].partition("%")[0]: COMMAND.fullmatch(c)[3]
        + "-"
        + COMMAND.fullmatch(c)[4]
        for c in commands
    }
    assert lines["partly"] == "20-31"
    assert lines["stopped"] == "40-44"
    assert lines["gone"] == "1-1"
    assert "right" not in lines


def tokens(markdown):
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [token for block in parsed for token in (block, *(block.children or []))]


def test_a_summary_is_markdown_in_which_students_text_means_nothing(report):
    text = github.summary([report], ["Small print."])
    found = tokens(text)
    assert not [token for token in found if token.type in ("image", "link_open", "html_inline")]
    blocks = "".join(token.content for token in found if token.type == "html_block")
    assert set(re.findall(r"</?(\w+)", blocks)) <= {"details", "summary", "code", "pre"}
    rows = [token for token in found if token.type == "tr_open"]
    assert len(rows) == (len(report.exercises) + 1 if report.exercises else 0)
    if report.status is Status.GRADED:
        wrong = [result for result in report.exercises if result.outcome is not Outcome.PASSED]
        assert blocks.count("<pre>") == blocks.count("</pre>") == len(wrong)
        assert html.escape("</pre>") in blocks or not wrong


def test_a_summary_stays_below_githubs_limit_and_counts_what_it_left_out():
    loud = [exercise(f"e{n}", Outcome.FAILED, 0.0, said=f"{n}" * 3000) for n in range(600)]
    text = github.summary([replace(GRADED, exercises=tuple(loud))], ["Small print."])
    assert 900_000 < len(text.encode()) <= github.MAX_SUMMARY
    omitted = int(re.search(r"The details of (\d+) more", text)[1])
    assert text.count("<details>") + omitted == 600
    assert text.count("| ✗ |") == 600
    assert text.endswith("*Small print\\.*\n")
    everybody = [replace(GRADED, identity=Identity("x" * 500)) for _ in range(3000)]
    assert len(github.summary(everybody).encode()) <= github.MAX_SUMMARY


def test_no_line_of_a_log_is_a_command(report):
    said = summary_text(Handed(report, HOSTILE, {}))
    for line in said.splitlines():
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line


def test_a_note_that_costs_nothing_is_a_warning_and_no_failure():
    noted = replace(RESULTS[0], findings=(Finding("", "x was changed in place", warning=True),))
    report = replace(GRADED, exercises=(noted,), notes=())
    [command] = github.ranked(github.annotate(report, "a.ipynb"))
    assert command.startswith("::warning ")
    assert Handed(report, "a.ipynb", {}).passed


def test_one_report_has_a_plain_file_and_several_have_names():
    handed = Handed(GRADED, "a.ipynb", {})
    assert file_names("result", [handed]) == ["result.json"]
    assert file_names("result", [handed, handed]) == [
        "result-04_matmul.json",
        "result-04_matmul1.json",
    ]


def test_the_environment_says_what_to_write():
    assert wanted_formats({}) == ()
    assert wanted_formats({"GITHUB_STEP_SUMMARY": "x", "GITLAB_CI": "true"}) == ("github",)
    assert wanted_formats({"GITLAB_CI": "true"}) == ("junit",)


BROKEN = {
    "gradescope": [
        {},
        {"tests": []},
        {"score": "1"},
        {"score": 1, "scores": []},
        {"tests": [{"name": ""}]},
    ],
    "classroom": [{"version": 1, "status": "fail", "max_score": 1}, {"version": 2}],
    "classroom50": [
        classroom50.result(GRADED) | wrong
        for wrong in ({"score": 1.5}, {"extra": 1}, {"datetime": "now"})
    ],
    "reports": [{"schema": "backprop-kit/reports/3", "reports": [{}]}],
}


@pytest.mark.parametrize(
    ("schema", "document"), [(name, d) for name, found in BROKEN.items() for d in found]
)
def test_the_schemas_refuse_what_is_wrong(schema, document):
    with pytest.raises(jsonschema.ValidationError):
        holds(document, schema)
