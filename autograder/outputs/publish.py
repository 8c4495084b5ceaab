"""Write what a graded class leaves for people: pages, evidence, and last report.json, from which exports are made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from autograder.outputs.pages import PageMeta, place_pages, write_pages
from autograder.outputs.tally import by_assignment
from autograder.reports.report_json import EVIDENCE, EVIDENCE_SCHEMA, REPORT_FILE, to_dict, write_json
from autograder.student.model.results import Report, Status


def publish(reports: Sequence[Report], out: Path, meta: PageMeta) -> tuple[Path, Path]:
    """Write everything below `out`; the paths of the class page and of report.json.

    report.json is replaced last and whole: whoever finds it new finds the rest new as well.
    """
    page, *_ = write_pages(reports, out, meta)
    for placed in (page for group in by_assignment(reports).values() for page in place_pages(group)):
        if placed.report.status is Status.GRADED:
            document = {"schema": EVIDENCE_SCHEMA, "report": to_dict(placed.report)}
            path = out / EVIDENCE / f"{placed.path.removesuffix('.html')}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
    write_json(reports, out / REPORT_FILE)
    return page, out / REPORT_FILE
