"""Grade the one submission of a Gradescope container, and write results.json.

`python -m autograder.platforms.gradescope_run ROOT` is all of the command line that an upload holds.  Exit codes: 0
results.json is whole, 2 course.toml is wrong, 3 the grader failed.

    ROOT/source/                   the unpacked upload: the kit, gradescope.json, perhaps course.toml
    ROOT/submission/               what the student handed in
    ROOT/submission_metadata.json  who, when, and when it was due
    ROOT/results/results.json      what is written here

Source: Gradescope's autograder specification, "File hierarchy" and "Submission metadata".
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.paths import HERE
from autograder.course.settings import Course, catalogue, load_course
from autograder.errors import GraderError, KitError, MisuseError
from autograder.files import replace_file
from autograder.grading.answer_key import make_key
from autograder.grading.grade import Grader
from autograder.grading.run import REPAIR_SECONDS, all_exercises, find_students_work, start_grader
from autograder.outputs import gradescope
from autograder.platforms.gradescope_upload import COURSE, SETTINGS_FILE, Settings
from autograder.student.model.results import Identity, Report, Status
from autograder.submissions.choose import is_readable
from autograder.submissions.ingest import Clock, Submission, UnreadableError, stem_of

SUBMISSION, METADATA, RESULTS = "submission", "submission_metadata.json", "results/results.json"
NOTHING = "no notebook (.ipynb) and no Python file with one of the exercises was handed in"


@dataclass(frozen=True, slots=True)
class HandIn:
    """What Gradescope knows of a submission: its members by name and email, and times as it wrote them."""

    members: tuple[tuple[str, str], ...] = ()
    created: datetime | None = None
    due: datetime | None = None

    @property
    def student(self) -> str:
        """The members' names."""
        return " and ".join(name or email for name, email in self.members) or "submission"


def run(root: Path) -> Report:
    """Grade the submission below `root` and write its results.json.  What fails is told in there, and raised."""
    settings = Settings(**json.loads((HERE.root / SETTINGS_FILE).read_text(encoding="utf-8")))
    hand_in = read_metadata(root / METADATA)
    possible = catalogue()[settings.assignment][0].checked
    try:
        course = course_of_upload(settings.assignment, hand_in)
        possible = catalogue(course.choice)[settings.assignment][0].checked
        report, board = _grade(root, settings, hand_in, course)
    except UnreadableError as why:
        report, board = _not_graded(settings, hand_in, Status.UNREADABLE, str(why), possible), ()
    except KitError as error:
        said = f"the grader could not run ({error}); this is not a verdict on your work; tell your instructor"
        _write(root, _not_graded(settings, hand_in, Status.STOPPED, said, possible), settings)
        raise
    _write(root, report, settings, board)
    return report


def main(root: Path) -> int:
    """Run on a container's root folder; the exit code."""
    try:
        report = run(root)
    except KitError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        return GraderError.exit_code
    print(report.provenance.sandbox)
    return GraderError.exit_code if report.status is Status.STOPPED else 0


def read_metadata(path: Path) -> HandIn:
    """Who handed in and when; whatever is missing or strange is left open, for it must not cost a grade."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return HandIn()
    if not isinstance(table, dict):
        return HandIn()
    users = table.get("users")
    users = [user for user in users if isinstance(user, dict)] if isinstance(users, list) else []
    assignment = table.get("assignment")
    due = assignment.get("due_date") if isinstance(assignment, dict) else None
    members = tuple((str(user.get("name") or ""), str(user.get("email") or "")) for user in users)
    return HandIn(members, _time(table.get("created_at")), _time(due))


def _time(value: object) -> datetime | None:
    """A time in ISO format with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def course_of_upload(assignment: str, hand_in: HandIn) -> Course:
    """The course of the upload; with Gradescope's due time where it has a late policy and none of its own."""
    file = HERE.root / COURSE
    course = load_course(file if file.is_file() else None, whole=False)
    return _with_due(course, assignment, hand_in)


def _grade(
    root: Path, settings: Settings, hand_in: HandIn, course: Course
) -> tuple[Report, tuple[Mapping[str, Any], ...]]:
    """The report on the submission, and the rows of the leaderboard."""
    submission = find_one(root / SUBMISSION, settings.assignment, hand_in)
    public, hidden = catalogue(course.choice)[settings.assignment]
    keys = {settings.assignment: make_key(public, hidden, course.seed)}
    # What a submission holds beside its notebook may be read by nobody, and so may not what Gradescope knows of it.
    protected = [HERE.root, root / SUBMISSION, root / METADATA]
    with start_grader(
        keys, course, protected=[path for path in protected if path.exists()]
    ) as grader:
        report = replace(grader, repair=REPAIR_SECONDS).grade(submission)
        board = _leaderboard(grader, submission, report) if settings.leaderboard else ()
    return report, board


def find_one(folder: Path, assignment: str, hand_in: HandIn) -> Submission:
    """The one file of a submission that is graded, by the rule for all downloads; one that can be read, if any can.

    UnreadableError, with the reason for the student, if there is none.
    """
    try:
        found = find_students_work(folder, hand_in.student).submissions
    except MisuseError:
        raise UnreadableError(f"{NOTHING}; hand in {assignment}.ipynb") from None
    readable = [submission for submission in found if is_readable(submission, all_exercises())]
    best = max(
        readable or found, key=lambda s: (stem_of(Path(s.name).name) == assignment, not s.is_script)
    )
    owned = replace(
        best,
        student=hand_in.student,
        emails=tuple(email for _, email in hand_in.members if email),
        members=tuple(name for name, _ in hand_in.members if name),
    )
    if hand_in.created is None:
        return owned
    return replace(owned, modified=hand_in.created.timestamp(), clock=Clock.STATED)


def _with_due(course: Course, assignment: str, hand_in: HandIn) -> Course:
    """The course, with Gradescope's due time where course.toml has a late policy and no due time of its own."""
    schedule = course.schedule
    if schedule.policy is None or assignment in schedule.due or hand_in.due is None:
        return course
    return replace(
        course, schedule=replace(schedule, due={**schedule.due, assignment: hand_in.due})
    )


def _not_graded(
    settings: Settings, hand_in: HandIn, status: Status, why: str, possible: float
) -> Report:
    return Report(
        Identity(hand_in.student), settings.assignment, status, reason=why, possible=possible
    )


def _leaderboard(
    grader: Grader, submission: Submission, report: Report
) -> tuple[Mapping[str, Any], ...]:
    from autograder.grading.leaderboard import training_seconds

    seconds = training_seconds(grader, submission) if report.status is Status.GRADED else None
    return () if seconds is None else (gradescope.row("seconds to 95 %", round(seconds, 3)),)


def _write(
    root: Path, report: Report, settings: Settings, board: tuple[Mapping[str, Any], ...] = ()
) -> None:
    replace_file(root / RESULTS, gradescope.write_results(report, settings.visibility, board))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
