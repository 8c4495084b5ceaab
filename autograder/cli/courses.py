"""Commands for a course directory, in which nbgrader works too; and the gradebook's part in other commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.app import INSTRUCTORS, app, report_text, say, stderr
from autograder.course.paths import HERE, shown
from autograder.errors import MisuseError
from autograder.student.model.results import Report, Status

if TYPE_CHECKING:
    from autograder.course.settings import Course
    from autograder.grading.ledger import Ledger
    from autograder.grading.standing import People, Standing
    from autograder.grading.store import GradeStore
    from autograder.outputs.pages import PageMeta

NEXT = """\
next: cd {folder}
  students get the folders in release/; what they hand in is graded by
    autograder grade SUBMISSIONS     # a folder or zip, as it was downloaded; scores go into gradebook.db
    jupyter lab                      # the menu Nbgrader, Formgrader: comments and scores by hand
    autograder export --help         # into Canvas, Moodle, Gradescope
course.toml holds the secret seed of the hidden checks: keep a copy, and publish nothing but release/"""


@app.command(rich_help_panel=INSTRUCTORS)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    title: Annotated[str, typer.Option(help="The title of the course.")] = "",
    students: Annotated[
        Path | None,
        typer.Option(help="A CSV: Canvas's, Moodle's or Gradescope's, or id, first_name, ..."),
    ] = None,
    last_year: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A course directory: take its settings and texts, but no people, and draw a new seed.",
        ),
    ] = None,
) -> None:
    """Make a course directory: settings with a secret seed, all assignments, an nbgrader gradebook."""
    from autograder.course.csv_file import read_sheet
    from autograder.nbgrader_course.directory import make_course
    from autograder.nbgrader_course.gradebook import GRADEBOOK

    roster = read_sheet(students) if students else None
    if last_year and not (last_year / "course.toml").is_file():
        raise MisuseError(f"{last_year}: holds no course.toml; name a course directory with --from")
    done = make_course(folder, title, roster, HERE, last_year)
    for name in done.made:
        print(f"{shown(folder / name)}: made")
    for name in done.left:
        print(f"{shown(folder / name)}: left as it is")
    if students:
        print(f"{shown(folder / GRADEBOOK)}: {done.students} students added")
    stderr.print(NEXT.format(folder=folder))


@dataclass(frozen=True, slots=True)
class WrittenClass:
    """What was written: the reports with people's scores, the class page and report.json.

    again: what the next run would say of the gradebook if nothing changes.  problem: why the gradebook could not be
    used; the reports are without people's scores then.
    """

    reports: Sequence[Report]
    page: Path
    report: Path
    again: Sequence[str] = ()
    problem: MisuseError | None = None


def write_class(
    course: Path | None,
    settings: Course,
    ledger: Ledger,
    counting: Standing,
    graded: Sequence[Report],
    out: Path,
) -> WrittenClass:
    """Bring the gradebook of a course directory up to date with all that counts, then the pages.

    graded: what this run graded; of the rest only what has changed is looked at in the gradebook.
    """
    from autograder.nbgrader_course.gradebook import has_gradebook
    from autograder.outputs.pages import page_meta
    from autograder.outputs.publish import publish

    reports: Sequence[Report] = counting.reports
    problem, again = None, list[str]()
    meta = page_meta(settings)
    try:
        if course is not None and has_gradebook(course):
            again = _fill_gradebook(course, settings, ledger, counting, graded, meta)
        reports = with_people(course, reports)
    except MisuseError as error:
        problem = error
    page, report = publish(reports, out, meta, settings.seal, counting.reports)
    ledger.publish(counting.reports)
    return WrittenClass(reports, page, report, again, problem)


def _fill_gradebook(
    course: Path,
    settings: Course,
    ledger: Ledger,
    counting: Standing,
    graded: Sequence[Report],
    meta: PageMeta,
) -> list[str]:
    """Bring the gradebook up to date and say so; returns what the next run will say of it if nothing changes."""
    from autograder.nbgrader_course.gradebook import GRADEBOOK
    from autograder.nbgrader_course.writer import keep_course
    from autograder.nbgrader_course.written import enter_ticks

    handed_in = [r for r in counting.reports if r.status is not Status.ABSENT]
    ticked = enter_ticks(course.parent)
    newly = [report for report in handed_in if (report.assignment, report.student) in ticked]
    chosen = [*ledger.not_handed_on(handed_in), *of_run(graded, handed_in), *newly]
    reports = list({(report.assignment, report.student): report for report in chosen}.values())
    kept = keep_course(course.parent, settings, counting.submissions, reports, meta, say)
    ledger.hand_on(reports)
    for note in (*kept.notes, *kept.added):
        say(note)
    counted = f"{shown(course.parent / GRADEBOOK)}: {{}} submissions written, {{}} unchanged"
    say(counted.format(kept.written, kept.unchanged))
    return [*kept.notes, counted.format(0, kept.written + kept.unchanged)]


def of_run(graded: Sequence[Report], counting: Sequence[Report]) -> list[Report]:
    """Those of the reports that count which are of what a run has graded."""
    students: dict[str, set[str]] = {}
    for report in graded:
        students.setdefault(_work_of(report), set()).add(report.student)
    return [r for r in counting if students.get(_work_of(r), set()) & r.identity.names]


def _work_of(report: Report) -> str:
    """What a report is of: the hash of the file; its name if it could not be read."""
    return report.provenance.submission or report.identity.file


def remembered_in(course: Path | None, out: Path | None) -> Path:
    """The folder that remembers what was graded: that of a course directory, else the one for the pages."""
    from autograder.grading.store import GRADED
    from autograder.nbgrader_course.gradebook import has_gradebook

    if course is not None and has_gradebook(course):
        return course.parent / GRADED
    return out or Path(GRADED)


def people_in(course: Path | None) -> People:
    """The students of a course directory's gradebook; nobody if there is none."""
    from autograder.grading.standing import NOBODY
    from autograder.nbgrader_course.gradebook import GRADEBOOK, has_gradebook

    if course is None or not has_gradebook(course):
        return NOBODY
    from autograder.nbgrader_course.roster import read_people

    return read_people(course.parent / GRADEBOOK)


def current_reports(course: Path | None, settings: Course, report: Path | None) -> Sequence[Report]:
    """All that counts in a course, with the scores that people entered in its gradebook.

    report: a report.json to read instead; that of the folder if it keeps nothing else.  Raises MisuseError if nothing
    was graded yet.
    """
    from autograder.grading.ledger import FILE, open_ledger
    from autograder.grading.store import FOLDER
    from autograder.reports.report_json import REPORT_FILE, read_json

    memory = remembered_in(course, None)
    if report is None and (memory / FOLDER / FILE).is_file():
        with open_ledger(memory / FOLDER) as ledger:
            published = tuple(ledger.published())
        with what_counts(course, settings, memory) as counting:
            _tell_what_moved(counting, published)
            return with_people(course, counting.reports)
    report = report or memory / REPORT_FILE
    return read_json(report_text(report), str(report))


def _tell_what_moved(counting: Standing, published: Sequence[Report]) -> None:
    """Say how many scores differ from those of the last pages, as after a change in course.toml."""
    from autograder.reports.regrade import find_changes

    moved = sum(
        change.before != change.counts for change in find_changes(published, counting.reports)
    )
    if moved:
        what = f"{moved} score{'s differ' if moved > 1 else ' differs'} from the pages and the gradebook"
        say(f"{what}, which are older; autograder regrade writes them again")


def spent_seed(opened: Sequence[str]) -> str:
    """What to do about a seed whose hidden inputs are shown to students."""
    return (
        f"students may know the hidden inputs of {', '.join(opened)}: the seed is spent, so write another one into "
        "course.toml before anybody is graded on it again"
    )


def seed_problems(settings: Course, store: GradeStore, *, whole_class: bool) -> list[str]:
    """Why hidden inputs may be known: a seed that can be guessed, or one whose inputs were shown."""
    weak = [settings.seed_problem] if settings.seed_problem and whole_class else []
    opened = store.opened_with(settings.seed_hash)
    return [*weak, spent_seed(opened)] if opened else weak


@contextmanager
def what_counts(course: Path | None, settings: Course, memory: Path) -> Iterator[Standing]:
    """What counts in a course, while its ledger is open: files can be read so long.

    memory: the folder that remembers it.  Raises MisuseError if nothing was graded there yet.
    """
    from autograder.grading.ledger import FILE, open_ledger
    from autograder.grading.standing import current_standing
    from autograder.grading.store import FOLDER, GradeStore

    store = memory / FOLDER
    if not (store / FILE).is_file():
        raise MisuseError(f"{memory}: nothing was graded there yet; grade the class first")
    with open_ledger(store) as ledger:
        yield current_standing(ledger, GradeStore(store), settings.schedule, people_in(course))


def with_people(course: Path | None, reports: Sequence[Report]) -> Sequence[Report]:
    """The reports with the scores and comments that people entered in the course's gradebook, if there is one."""
    from autograder.nbgrader_course.gradebook import has_gradebook

    if course is None or not has_gradebook(course):
        return reports
    from autograder.nbgrader_course.manual_grades import with_manual_grades
    from autograder.nbgrader_course.written import enter_ticks

    enter_ticks(course.parent)
    return with_manual_grades(course.parent, reports)


def who_waits(course: Path | None, reports: Sequence[Report]) -> list[str]:
    """Notes on the written answers of these reports' assignments that wait for a person."""
    from autograder.nbgrader_course.gradebook import has_gradebook

    if course is None or not has_gradebook(course):
        return []
    from autograder.nbgrader_course.manual_grades import waiting_notes
    from autograder.nbgrader_course.written import review_notes

    waiting = waiting_notes(course.parent, {report.assignment for report in reports})
    return [*waiting, *review_notes(course.parent)]


def now() -> datetime:
    """The time on this machine, with its zone."""
    return datetime.now().astimezone()
