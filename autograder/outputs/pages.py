"""The class page and a page a student, as HTML that needs no script and no other file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.outputs.escape import pages
from autograder.outputs.histogram import draw
from autograder.outputs.tally import (
    IDLE,
    ClassTally,
    by_assignment,
    diagnoses,
    exercise_names,
    outcome,
    tally,
)
from autograder.student.card import DARK, LAYOUT, LIGHT, card_html
from autograder.student.results import ExerciseResult, Outcome, Report, Status

CLASS_PAGE = "class.html"
LONGEST_SLUG = 40
MISTAKES_IN_TABLE, MISTAKES_IN_LIST = 2, 10
# Names that some file system keeps for itself, and slugs that look as if they ended in a hash.
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)$|.*-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What the pages say besides results: the course's name, assignments' titles, and how they were made."""

    course: str = "Class report"
    titles: Mapping[str, str] = field(default_factory=dict)
    made: str = ""

    def title(self, assignment: str) -> str:
        """The title of an assignment; its name if no title is known."""
        return self.titles.get(assignment, assignment)


@dataclass(frozen=True, slots=True)
class Page:
    """A student's page: its report, and its path from the folder of the class page."""

    report: Report
    path: str


def write_pages(reports: Iterable[Report], out_dir: Path, meta: PageMeta) -> tuple[Path, ...]:
    """Write `class.html` and `<assignment>/<student>.html` below `out_dir`; return their paths, class page first."""
    groups = {name: place_pages(group) for name, group in by_assignment(reports).items()}
    files = {CLASS_PAGE: class_page(groups, meta)}
    for group in groups.values():
        files |= {page.path: student_page(page.report, meta) for page in group}
    for name, text in files.items():
        path = out_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return tuple(out_dir / name for name in files)


def place_pages(reports: Iterable[Report]) -> list[Page]:
    """Give each report a path that no other report has."""
    placed: list[Page] = []
    taken: set[str] = set()
    for report in reports:
        stem = f"{file_name(report.assignment)}/{file_name(report.student)}"
        # The same student twice (an older submission that is listed too): numbered in the order of the reports.
        path = next(p for n in range(len(taken) + 1) if (p := f"{stem}{f'.{n + 1}' if n else ''}.html") not in taken)
        taken.add(path)
        placed.append(Page(report, path))
    return placed


def file_name(name: str) -> str:
    """A name for a file or folder: readable, safe on every file system, always the same, and unique.

    Whatever is lost on the way (case, spaces, other alphabets) is made good by eight digits of a hash.
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9_]+", "-", ascii_only.lower()).strip("-")[:LONGEST_SLUG].strip("-")
    if slug and slug == name and not RESERVED.match(slug):
        return slug
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest


def class_page(groups: Mapping[str, list[Page]], meta: PageMeta) -> str:
    """The page of the whole class, one section an assignment."""
    sections = [_section(name, group) for name, group in groups.items()]
    words = {"standing_of": _standing, "by_name": _by_name, "outcome": outcome, "diagnosis": _diagnosis}
    walls = _walls(page.report for group in groups.values() for page in group)
    return _render("class.html.j2", meta, sections=sections, most_mistakes=MISTAKES_IN_LIST, walls=walls, **words)


@dataclass(frozen=True, slots=True)
class Section:
    """What the class page shows of one assignment."""

    anchor: str
    counted: ClassTally
    drawing: object
    names: list[str]
    graded: list[Page]
    others: list[Page]


def _section(name: str, group: list[Page]) -> Section:
    reports = [page.report for page in group]
    counted = tally(name, reports)
    return Section(
        anchor=file_name(name),
        counted=counted,
        drawing=draw(counted.bins),
        names=exercise_names(counted.graded),
        graded=[page for page in group if page.report.status is Status.GRADED],
        others=[page for page in group if page.report.status is not Status.GRADED],
    )


def student_page(report: Report, meta: PageMeta) -> str:
    """The page of one submission: points, notes, points by part, and each exercise's card."""
    exercises = [(result, card_html(result, style=False)) for result in report.exercises]
    passed = sum(result.outcome is Outcome.PASSED for result in report.exercises)
    walls = _walls([report])
    return _render("student.html.j2", meta, report=report, exercises=exercises, passed=passed, walls=walls)


def _walls(reports: Iterable[Report]) -> list[str]:
    """What kept the student code of these reports in, in the words of their evidence."""
    return sorted({report.evidence["sandbox"] for report in reports if "sandbox" in report.evidence})


def _render(template: str, meta: PageMeta, **values: object) -> str:
    style = {"light": LIGHT, "dark": DARK, "card_layout": LAYOUT}
    return pages().get_template(template).render(meta=meta, graded=Status.GRADED, **style, **values)


def _by_name(report: Report) -> dict[str, ExerciseResult]:
    return {result.exercise: result for result in report.exercises}


def _diagnosis(report: Report) -> str:
    return diagnoses(report, MISTAKES_IN_TABLE) or outcome(report)


def _standing(result: ExerciseResult) -> str:
    """The kind of an exercise's result, by which tables mark it (a symbol and a word go with each)."""
    if result.outcome is Outcome.PASSED:
        return "full"
    if result.outcome in IDLE:
        return "idle"
    return "part" if result.earned else "none"
