"""The class page, a page an assignment and a page a student, as HTML that needs no script and no other file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from autograder.course.settings import Course, chosen_assignments
from autograder.files import update_file
from autograder.outputs.escape import pages
from autograder.outputs.pictures import hinton
from autograder.outputs.pictures.histogram import Histogram, draw_histogram
from autograder.outputs.tally import (
    FEWEST_GRADED,
    IDLE,
    ClassTally,
    MistakeTally,
    by_assignment,
    diagnoses,
    mistake_of,
    outcome,
    tally,
)
from autograder.reports.opened import OpenedCheck
from autograder.student.cards.card import card_html
from autograder.student.cards.style import DARK, LAYOUT, LIGHT
from autograder.student.cards.wording import said, translated
from autograder.student.model.exercises import Assignment
from autograder.student.model.results import ExerciseResult, Outcome, Report, Status

CLASS_PAGE = "class.html"
LONGEST_SLUG = 40
MISTAKES_IN_TABLE, MISTAKES_IN_LIST = 2, 8
STUDENTS_OF_A_MISTAKE = 12
# Of more students the overview's table is folded.
UNFOLDED = 80
# Names that some file system keeps for itself, and slugs that look as if they ended in a hash.
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)$|.*-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What the pages show besides results.

    course: its name.  titles: by assignment.  made: how the pages were made.  assignments: by name,
    to know which exercise is a bonus, and which questions a person grades.  words: what a course
    translates of students' pages.
    """

    course: str = "Class report"
    titles: Mapping[str, str] = field(default_factory=dict)
    made: str = ""
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def title(self, assignment: str) -> str:
        """The title of an assignment; its name if no title is known."""
        return self.titles.get(assignment, assignment) or "Unknown assignment"

    def bonuses(self, report: Report) -> list[ExerciseResult]:
        """The exercises of a report whose points come on top."""
        known = self.assignments.get(report.assignment)
        names = {e.name for e in known.exercises if e.bonus} if known else set()
        return [result for result in report.exercises if result.exercise in names]

    def by_hand(self, report: Report) -> float | None:
        """The points that a person gives for written questions besides a report's; None without such a question,
        or if the report has them.
        """
        known = self.assignments.get(report.assignment)
        if known is None or not known.written or report.possible > known.checked:
            return None
        return sum(written.points for written in known.written)


def page_meta(course: Course) -> PageMeta:
    """What the pages show about the assignments that a course uses."""
    known = {assignment.name: assignment for assignment in chosen_assignments(course.choice)}
    titles = {name: assignment.title for name, assignment in known.items()}
    return PageMeta(course.title, titles, assignments=known, words=course.words)


@dataclass(frozen=True, slots=True)
class Page:
    """A student's page: its report, and its path from the folder of the class page."""

    report: Report
    path: str


def write_pages(reports: Iterable[Report], out_dir: Path, meta: PageMeta) -> tuple[Path, ...]:
    """Write the pages of the class, assignments and students below `out_dir`; return their paths, class first.

    The class page of a single assignment is that assignment's.
    """
    groups = {name: place_pages(group) for name, group in by_assignment(reports).items()}
    sections = [_section(name, group) for name, group in groups.items()]
    names: list[str] = []

    def write(name: str, text: str | Iterator[str]) -> None:
        data = text.encode() if isinstance(text, str) else (piece.encode() for piece in text)
        update_file(out_dir / name, data)
        names.append(name)

    if len(sections) > 1:
        for section in sections:
            write(section.path, assignment_page(section, sections, meta))
    for group in groups.values():  # each is written as it is made: all together are large
        for page in group:
            write(page.path, student_page(page.report, meta))
    write(CLASS_PAGE, class_page(sections, meta))
    return tuple(out_dir / name for name in (names[-1], *names[:-1]))


def place_pages(reports: Iterable[Report]) -> list[Page]:
    """Give each report a path that no other report has."""
    placed: list[Page] = []
    taken: set[str] = set()
    for report in reports:
        stem = f"{file_name(report.assignment)}/{file_name(report.student)}"
        # The same student twice (an older submission that is listed too): numbered in the order of the reports.
        path = next(
            p
            for n in range(len(taken) + 1)
            if (p := f"{stem}{f'.{n + 1}' if n else ''}.html") not in taken
        )
        taken.add(path)
        placed.append(Page(report, path))
    return placed


def file_name(name: str) -> str:
    """A readable and unique name for a file or folder, safe on every file system.

    If the name had to be changed (case, spaces, other alphabets), eight digits of a hash follow.
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9_]+", "-", ascii_only.lower()).strip("-")[:LONGEST_SLUG].strip("-")
    if slug and slug == name and not RESERVED.match(slug):
        return slug
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else digest


@dataclass(frozen=True, slots=True)
class Section:
    """What the pages show about one assignment; `path` is that of its page, from the class page."""

    path: str
    counted: ClassTally
    drawing: Histogram | None
    names: list[str]
    graded: list[Page]
    others: list[Page]

    @property
    def last(self) -> str:
        """When the last grade of it was made; "" if that is not known."""
        return max((page.report.graded_at for page in self.graded), default="")

    @property
    def path_of(self) -> dict[str, str]:
        """The path of each graded student's page."""
        return {page.report.student: page.path for page in self.graded}

    @property
    def frequent(self) -> list[MistakeTally]:
        """The mistakes of more than one student, the most frequent ones."""
        shared = [mistake for mistake in self.counted.mistakes if mistake.count > 1]
        return shared[:MISTAKES_IN_LIST]

    @property
    def orders(self) -> dict[str, list[Page]]:
        """The graded pages in other orders than by name."""
        return {
            "The same, fewest points first": sorted(self.graded, key=lambda p: p.report.score),
            "The same, by diagnosis": sorted(self.graded, key=lambda p: _diagnosis(p.report)),
        }


def _section(name: str, group: list[Page]) -> Section:
    counted = tally(name, [page.report for page in group])
    return Section(
        path=f"class-{file_name(name)}.html",
        counted=counted,
        drawing=draw_histogram(counted.bins),
        names=[exercise.exercise for exercise in counted.exercises],
        graded=[page for page in group if page.report.status is Status.GRADED],
        others=[page for page in group if page.report.status is not Status.GRADED],
    )


def class_page(sections: Sequence[Section], meta: PageMeta) -> Iterator[str]:
    """The page of the class in pieces: the assignment's if there is one only, else an overview of all."""
    if len(sections) == 1:
        return assignment_page(sections[0], sections, meta)
    students = _students(sections)
    possible = sum(section.counted.possible for section in sections)
    values = {
        "students": students,
        "folded": len(students) > UNFOLDED,
        "possible": possible,
        "mean_total": fmean(row.total for row in students) if students else 0.0,
        "in_trouble": [row for row in _by_total(students) if row.total < possible / 2],
        "orders": {
            "The same, fewest points first": _by_total(students),
            "The same, fewest handed in first": sorted(students, key=lambda row: -row.absent),
        },
    }
    walls = _walls(
        page.report for section in sections for page in (*section.graded, *section.others)
    )
    return _rendering("class.html.j2", meta, sections=sections, walls=walls, **values)


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A student's pages by assignment, points in total, and how many assignments have no grade."""

    student: str
    label: str
    pages: Mapping[str, Page]
    total: float
    absent: int


def _students(sections: Sequence[Section]) -> list[StudentRow]:
    """A row for each student, in the order of their names."""
    found: dict[str, dict[str, Page]] = {}
    for section in sections:
        for page in (*section.graded, *section.others):
            found.setdefault(page.report.student, {}).setdefault(page.report.assignment, page)
    rows = []
    for student, own in sorted(found.items()):
        reports = [page.report for page in own.values()]
        counted = [report.score for report in reports if report.status is Status.GRADED]
        label = reports[0].identity.label
        rows.append(StudentRow(student, label, own, sum(counted), len(sections) - len(counted)))
    return rows


def _by_total(students: Sequence[StudentRow]) -> list[StudentRow]:
    return sorted(students, key=lambda row: row.total)


def assignment_page(section: Section, sections: Sequence[Section], meta: PageMeta) -> Iterator[str]:
    """The page of one assignment in pieces, with links to the class page and to the others."""
    words = {"standing_of": _standing, "by_name": _by_name, "diagnosis": _diagnosis}
    values = {
        "section": section,
        "sections": sections,
        "class_page": CLASS_PAGE,
        "most_named": STUDENTS_OF_A_MISTAKE,
    }
    values["fewest"] = FEWEST_GRADED
    walls = _walls(page.report for page in (*section.graded, *section.others))
    return _rendering("assignment.html.j2", meta, walls=walls, **values, **words)


def student_page(report: Report, meta: PageMeta, opened: Sequence[OpenedCheck] = ()) -> str:
    """The page of one submission: points, notes, points by part, and each exercise's card.

    opened: its hidden checks, where they are shown.
    """
    exercises = []
    for result in report.exercises:
        shown, repeated = _without_repeats(result)
        with translated(meta.words):
            card = card_html(shown, style=False, scored=False, picture=hinton.picture)
        exercises.append((result, card, repeated))
    passed = sum(result.outcome is Outcome.PASSED for result in report.exercises)
    values = {
        "exercises": exercises,
        "passed": passed,
        "opened": opened,
        "standing_of": _standing,
        "mistake_of": mistake_of,
        "said": said,
    }
    with translated(meta.words):
        return render("student.html.j2", meta, report=report, walls=_walls([report]), **values)


def _without_repeats(result: ExerciseResult) -> tuple[ExerciseResult, int]:
    """The result without the hidden checks that failed beside a visible one, and how many these are.

    They ask the same as the visible ones, with inputs that the student does not see.
    """
    failed = [finding for finding in result.findings if not finding.warning]
    hidden = {finding.check for finding in failed if finding.hidden}
    if all(finding.hidden for finding in failed):
        return result, 0
    kept = tuple(f for f in result.findings if f.warning or not f.hidden)
    return replace(result, findings=kept), len(hidden)


def _walls(reports: Iterable[Report]) -> list[str]:
    """The sandboxes of these reports, in the words of their provenance."""
    return sorted({report.provenance.sandbox for report in reports} - {""})


def render(template: str, meta: PageMeta, **values: object) -> str:
    """Render a template in the look of the kit."""
    return "".join(_rendering(template, meta, **values))


def _rendering(template: str, meta: PageMeta, **values: object) -> Iterator[str]:
    """The same in pieces, each made when it is asked for: the rows of a large class are never all there."""
    known = {"graded": Status.GRADED, "absent": Status.ABSENT}
    style = {"light": LIGHT, "dark": DARK, "card_layout": LAYOUT}
    return pages().get_template(template).generate(meta=meta, **known, **style, **values)


def _by_name(report: Report) -> dict[str, ExerciseResult]:
    return {result.exercise: result for result in report.exercises}


def _diagnosis(report: Report) -> str:
    return diagnoses(report, MISTAKES_IN_TABLE) or outcome(report)


def _standing(result: ExerciseResult) -> str:
    """The kind of a result, for which tables have a symbol and a word."""
    if result.outcome is Outcome.PASSED:
        return "full"
    if result.outcome in IDLE:
        return "idle"
    return "part" if result.earned else "none"
