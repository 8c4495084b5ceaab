"""Write the results of a graded class: pages, evidence, and report.json, which exports read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.files import replace_file
from autograder.outputs.pages import PageMeta, place_pages, write_pages
from autograder.outputs.tally import by_assignment
from autograder.reports.evidence import EVIDENCE, Seal, write_evidence
from autograder.reports.report_json import LINES_FILE, REPORT_FILE, write_json, write_lines
from autograder.student.model.results import Report, Status


def publish(
    reports: Sequence[Report], out: Path, meta: PageMeta, seal: Seal, graded: Sequence[Report] = ()
) -> tuple[Path, Path]:
    """Write everything below `out`; the paths of the class page and of report.json.  seal: that of the course.

    graded: the reports without what people entered, for the evidence, if they are others.

    report.json is replaced last: when it is new, the other files are new too.
    """
    page, *_ = write_pages(reports, out, meta)
    groups = by_assignment(graded or reports).values()
    for placed in (page for group in groups for page in place_pages(group)):
        if placed.report.status is Status.GRADED:
            path = out / EVIDENCE / f"{placed.path.removesuffix('.html')}.json"
            replace_file(path, write_evidence(placed.report, seal))
    ordered = [report for group in by_assignment(reports).values() for report in group]
    write_lines(ordered, out / LINES_FILE)
    write_json(ordered, out / REPORT_FILE)
    return page, out / REPORT_FILE
