"""Settle an appeal: repeat a grade from its evidence, and say what differs.

What a grade rests on is compared first, so that a difference is told as what it is: another submission, other checks,
another seed.  Then the grade is made again, and everything the evidence says about it is compared but the time it took.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.schedule import Schedule, settle_people
from autograder.course.settings import Course, course_above, load_course
from autograder.errors import MisuseError
from autograder.grading.late import handed_in
from autograder.grading.ledger import FILE, open_ledger
from autograder.grading.run import REPAIR_SECONDS, find_work, make_keys, start_grader
from autograder.grading.standing import NOBODY, People, standing
from autograder.grading.store import FOLDER, read_sources
from autograder.reports.evidence import SealedReport
from autograder.reports.report_json import from_dict, to_dict
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Clock, Submission

CHANGED = "the evidence is not as it was written: somebody has changed it"
# What a grade rests on, in words; a difference in one of these is a problem, in the others a note.
PROBLEMS = {
    "submission": "the submission is not the one that was graded: another hash",
    "checks": "the checks are not those that graded it: another hash",
    "seed": "the seed of the course has changed, so hidden inputs differ",
    "kit": "the kit is of another version",
    "code": "the kit's code is not the one that graded it: another hash",
    "limits": "the limits have changed",
    "late_policy": "the due time or the late policy has changed",
}
NOTES = ("sandbox", "python", "numpy", "platform")
# Compared before the rest, or no part of the grade.
NOT_COMPARED = ("seconds", "provenance", "kept", "graded_at")
MOST = 20
LONG = 120
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Repeated:
    """A grade made again: what differs from the evidence, what should be known besides, and the report."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    report: Report


def repeat(
    evidence: SealedReport,
    path: Path | None,
    course_file: Path | None,
    file: Path,
    *,
    people: People = NOBODY,
    unsafe: bool = False,
) -> Repeated:
    """Make the grade again that the evidence tells.

    path: where the submission is; if None, what the graded folder keeps of it, or where it was when it was graded.
    course_file: likewise.  file: that of the evidence, near which the graded folder names both.  people: the course's
    roster.  Raises MisuseError if the evidence is no report, or there is no
    submission.
    """
    graded = from_dict(evidence.report)
    folder = _graded_folder(file)
    sources = read_sources(folder) if folder else ()
    paths = (path,) if path else tuple(each.paths[0] for each in sources)
    if not paths:
        raise MisuseError(
            f"{file}: nothing says where the submission is; name it with --submission"
        )
    course_file = course_file or (sources[-1].course if sources else None)
    course_file = course_file or course_above(paths[0], paths)
    course = load_course(course_file)
    schedule = Schedule(teams=course.schedule.teams)
    kept = _kept(graded, folder, schedule, people) if folder and path is None else []
    if kept:
        found, chosen = kept, kept[0]
    else:
        found = list(find_work(paths, sources[-1].layout if sources else None).submissions)
        chosen = _submission(graded, found, paths, adopt=path is not None)
    named = {each.student: replace(each.identity, members=()) for each in (*found, chosen)}
    everyone = {each.student: each for each in people.everyone} | named
    course = replace(course, schedule=settle_people(course.schedule, everyone.values()))
    submission, notes = _dated(chosen, graded, course)
    secrets = [*paths, *([course_file.parent] if course_file else [])]
    with start_grader(make_keys(course), course, unsafe=unsafe, protected=secrets) as grader:
        report = replace(grader, repair=REPAIR_SECONDS).grade(submission, graded.free_days)
    if report.status is not Status.GRADED:
        return Repeated((f"the submission cannot be graded now: {report.reason}",), notes, report)
    problems = [
        f"{words}: {_both(graded, report, key)}"
        for key, words in PROBLEMS.items()
        if _other(graded, report, key)
    ]
    notes += tuple(
        f"{key}: {_both(graded, report, key)}" for key in NOTES if _other(graded, report, key)
    )
    differing = list(_differences("", _compared(evidence.report), _compared(to_dict(report))))
    problems += differing[:MOST]
    problems += [f"{len(differing) - MOST} more differences"] if len(differing) > MOST else []
    same_seed = not _other(graded, report, "seed")
    if same_seed and not evidence.is_sealed(course.seal):
        problems.append(CHANGED)
    return Repeated(tuple(problems), notes, report)


def _other(graded: Report, repeated: Report, key: str) -> bool:
    return bool(getattr(graded.provenance, key) != getattr(repeated.provenance, key))


def _both(graded: Report, repeated: Report, key: str) -> str:
    before, now = (getattr(report.provenance, key) or "nothing" for report in (graded, repeated))
    return f"{before} in the evidence, {now} now"


def _graded_folder(evidence: Path) -> Path | None:
    """The graded folder that holds the evidence."""
    return next((each for each in evidence.resolve().parents if read_sources(each)), None)


def _kept(graded: Report, folder: Path, schedule: Schedule, people: People) -> list[Submission]:
    """The submission as the graded folder keeps it, then the others of the same bytes; none if it keeps none."""
    if not (folder / FOLDER / FILE).is_file():
        return []
    with open_ledger(folder / FOLDER) as ledger:
        counting = standing(ledger.entries(), schedule, people).entries
        wanted = (graded.provenance.submission, graded.assignment)
        same = [entry for entry in counting if (entry.hash, entry.report.assignment) == wanted]
        same.sort(key=lambda entry: entry.submission.student != graded.student)
        return [entry.submission_in_memory() for entry in same]


def _submission(
    graded: Report, found: Sequence[Submission], paths: Sequence[Path], *, adopt: bool
) -> Submission:
    """The submission that the evidence names; else the only one.  MisuseError if several could be meant.

    adopt: take the only one, whatever its name, for that of the student whom the evidence names.
    """
    name = graded.identity.file
    called = [s for s in found if s.name == name]
    owned = [s for s in called if s.student == graded.student] or called
    if len(owned) == 1:
        return owned[0]
    if len(found) != 1:
        where = ", ".join(map(str, paths))
        raise MisuseError(
            f"{where}: holds no submission called {name!r}, but {len(found)} others; name one notebook"
        )
    if not adopt:
        return found[0]
    identity = graded.identity
    return replace(
        found[0],
        student=identity.student,
        name=name,
        attempt=identity.attempt,
        marked_late=identity.marked_late,
        ids=identity.ids,
        emails=identity.emails,
        members=identity.members,
        chosen=identity.chosen,
        first_name=identity.first_name,
        last_name=identity.last_name,
        called=identity.called,
    )


def _dated(
    submission: Submission, graded: Report, course: Course
) -> tuple[Submission, tuple[str, ...]]:
    """The submission with the time in the evidence, and a note, where nothing else says when it was handed in."""
    time = graded.identity.submitted
    if not time or handed_in(
        replace(graded, identity=submission.identity), submission, course.schedule
    ):
        return submission, ()
    note = f"time of submission: {time}, which nothing but the evidence says"
    return replace(submission, modified=_moment(time).timestamp(), clock=Clock.STATED), (note,)


def _moment(time: str) -> datetime:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise MisuseError(
            f"evidence: submitted is {time!r}, which is not a time with a zone; mend it"
        )
    return moment


def _compared(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in NOT_COMPARED}


def _differences(where: str, graded: object, repeated: object) -> Iterator[str]:
    """Every place where two trees of plain data differ."""
    if isinstance(graded, dict) and isinstance(repeated, dict):
        for key in graded | repeated:
            place = f"{where}.{key}" if where else key
            yield from _differences(place, graded.get(key, ABSENT), repeated.get(key, ABSENT))
    elif isinstance(graded, list) and isinstance(repeated, list) and len(graded) == len(repeated):
        for number, pair in enumerate(zip(graded, repeated, strict=True), 1):
            yield from _differences(f"{where}[{_label(pair[1], number)}]", *pair)
    elif graded != repeated or type(graded) is not type(repeated):
        yield f"{where}: {_short(graded)} in the evidence, {_short(repeated)} repeated"


def _label(item: object, number: int) -> str:
    """What an item of a list is called: an exercise or a part by its name."""
    names = (item.get("exercise"), item.get("name")) if isinstance(item, Mapping) else ()
    return next((name for name in names if isinstance(name, str)), str(number))


def _short(value: object) -> str:
    text = "nothing" if value is ABSENT else json.dumps(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
