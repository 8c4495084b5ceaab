"""Reports as JUnit XML: a suite a submission, a case an exercise, points as properties.

A wrong answer is a failure; a crash or a timeout is an error; an exercise that was not attempted,
or
that waits for another one, is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from autograder.student.cards.wording import clean, number
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

# What XML 1.0 cannot hold, escaped or not.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ERROR_OUTCOMES = (Outcome.ERRORED, Outcome.TIMED_OUT)


def write_junit(reports: Sequence[Report]) -> bytes:
    """All reports as one document in UTF-8, sorted by assignment and student."""
    root = Element("testsuites", name="backprop-kit")
    for report in sorted(reports, key=lambda r: (r.assignment, r.student)):
        root.append(_suite(report))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(report: Report) -> Element:
    cases = [_case(report, result) for result in report.exercises]
    if report.status is not Status.GRADED:
        cases = [_ungraded(report)]
    suite = Element("testsuite", name=_text(f"{report.assignment} {report.student}".strip()))
    suite.set("tests", str(len(cases)))
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{report.seconds:.3f}")
    points = {"points": number(report.score), "possible": number(report.possible)}
    if report.late:
        points |= {
            "earned": number(report.earned),
            "penalty": number(report.penalty),
            "late": _text(report.late),
        }
    suite.append(_properties(points))
    suite.extend(cases)
    return suite


def _case(report: Report, result: ExerciseResult) -> Element:
    case = Element(
        "testcase", classname=_text(report.assignment), name=_text(result.exercise), time="0"
    )
    case.append(_properties({"points": number(result.earned), "possible": number(result.possible)}))
    if result.outcome is Outcome.PASSED:
        return case
    tag = "error" if result.outcome in ERROR_OUTCOMES else "failure"
    if result.blocked_by or result.outcome is Outcome.UNATTEMPTED:
        tag = "skipped"
    child = SubElement(case, tag, message=_text(result.brief))
    if tag != "skipped":
        child.set("type", result.outcome.value)
        findings = [finding for finding in result.findings if not finding.warning]
        child.text = _text("\n".join(f"{finding.check} {finding.message}" for finding in findings))
    return case


def _ungraded(report: Report) -> Element:
    case = Element(
        "testcase", classname=_text(report.assignment), name="the notebook is read", time="0"
    )
    SubElement(case, "error", message=_text(report.reason), type=report.status.value)
    return case


def _properties(values: dict[str, str]) -> Element:
    properties = Element("properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=value)
    return properties


def _text(text: str) -> str:
    return NOT_XML.sub("", clean(text))
