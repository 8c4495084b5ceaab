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

from autograder.course.settings import Course, find_course, load_course
from autograder.errors import MisuseError
from autograder.grading.late import POLICY, charge_at, handed_in
from autograder.grading.run import find_work, make_keys, start_grader
from autograder.grading.store import Sources, read_sources
from autograder.reports.report_json import EVIDENCE_SCHEMA, from_dict, to_dict
from autograder.student.model.results import Report, Status
from autograder.submissions.ingest import Submission

# What a grade rests on, in words; a difference in one of these is a problem, in the others a note.
PROBLEMS = {
    "submission": "the submission is not the one that was graded: another hash",
    "checks": "the checks are not those that graded it: another hash",
    "seed": "the seed of the course is another one, so hidden inputs are others",
    "kit": "the kit is of another version",
    "code": "the kit's code is not the one that graded it: another hash",
    "limits": "the limits are others",
    POLICY: "the due time or the late policy is another one",
}
NOTES = ("sandbox", "python", "numpy", "platform")
# Told by the first, or no part of the grade.
NOT_COMPARED = ("seconds", "evidence")
MOST = 20
LONG = 120
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Repeated:
    """A grade made again: what differs from the evidence, what should be known besides, and the report."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    report: Report


def read_evidence(path: Path) -> dict[str, Any]:
    """The report in an evidence file, as it stands there.  MisuseError if the file is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MisuseError(f"{path}: cannot be read as evidence ({error}); name a file of graded/evidence/") from None
    if not isinstance(document, dict) or document.get("schema") != EVIDENCE_SCHEMA:
        raise MisuseError(f'{path}: its "schema" is not "{EVIDENCE_SCHEMA}"; name a file of graded/evidence/')
    report = document.get("report")
    if not isinstance(report, dict):
        raise MisuseError(f"{path}: holds no report; name a file of graded/evidence/")
    return report


def repeat(
    said: Mapping[str, Any], path: Path | None, course_file: Path | None, evidence: Path, *, unsafe: bool = False
) -> Repeated:
    """Make the grade that `said` tells again.

    path: where the submission is; if None, where it was when it was graded.  course_file: likewise.  evidence: the
    file, near which the graded folder says so.  Raises MisuseError if the evidence is no report, or there is no
    submission.
    """
    told = from_dict(said)
    sources = _sources(evidence)
    paths = (path,) if path else sources.paths
    if not paths:
        raise MisuseError(f"{evidence}: nothing says where the submission is; name it with --submission")
    course_file = course_file or sources.course or find_course(paths[0])
    course = load_course(course_file)
    submission = _submission(told, paths)
    secrets = [*paths, *([course_file.parent] if course_file else [])]
    with start_grader(make_keys(course), course, unsafe=unsafe, protected=secrets) as grader:
        graded = grader.grade(submission)
    report, notes = _as_told(graded, told, submission, course)
    if report.status is not Status.GRADED:
        return Repeated((f"the submission cannot be graded now: {report.reason}",), tuple(notes), report)
    problems = [f"{words}: {_both(told, report, key)}" for key, words in PROBLEMS.items() if _other(told, report, key)]
    notes += [f"{key}: {_both(told, report, key)}" for key in NOTES if _other(told, report, key)]
    differing = list(_differences("", _compared(said), _compared(to_dict(report))))
    problems += differing[:MOST]
    problems += [f"{len(differing) - MOST} more differences"] if len(differing) > MOST else []
    return Repeated(tuple(problems), tuple(notes), report)


def _other(told: Report, made: Report, key: str) -> bool:
    return told.evidence.get(key) != made.evidence.get(key)


def _both(told: Report, made: Report, key: str) -> str:
    return f"{told.evidence.get(key, 'nothing')} in the evidence, {made.evidence.get(key, 'nothing')} now"


def _sources(evidence: Path) -> Sources:
    """Where the submissions of the graded folder that holds the evidence were."""
    found = (read_sources(folder) for folder in evidence.resolve().parents)
    return next(filter(None, found), Sources((), None))


def _submission(told: Report, paths: Sequence[Path]) -> Submission:
    """The submission of that name; else the only one.  MisuseError if several could be meant."""
    found = find_work(paths).submissions
    name = told.evidence.get("file", "")
    owned = [s for s in found if s.name == name and s.student == told.student] or [s for s in found if s.name == name]
    chosen = owned or list(found)
    if len(chosen) != 1:
        where = ", ".join(map(str, paths))
        raise MisuseError(f"{where}: holds no submission called {name!r}, but {len(chosen)} others; name one notebook")
    return chosen[0]


def _as_told(graded: Report, told: Report, submission: Submission, course: Course) -> tuple[Report, list[str]]:
    """The grade as the student's whose evidence it is, and charged for lateness; and notes."""
    ids = {key: value for key, value in told.evidence.items() if key not in PROBLEMS and key not in NOTES}
    report = replace(graded, student=told.student, evidence=ids | dict(graded.evidence))
    moment = handed_in(report, submission, course.schedule)
    if moment is None and told.submitted:
        moment = _moment(told.submitted)
        note = f"time of submission: {told.submitted}, which nothing but the evidence says"
        return charge_at(report, moment, course.schedule), [note]
    return charge_at(report, moment, course.schedule), []


def _moment(said: str) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise MisuseError(f"evidence: submitted is {said!r}, which is no time with a zone; mend it")
    return moment


def _compared(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in NOT_COMPARED}


def _differences(where: str, told: object, made: object) -> Iterator[str]:
    """Every place where two trees of plain data differ."""
    if isinstance(told, dict) and isinstance(made, dict):
        for key in told | made:
            yield from _differences(f"{where}.{key}" if where else key, told.get(key, ABSENT), made.get(key, ABSENT))
    elif isinstance(told, list) and isinstance(made, list) and len(told) == len(made):
        for number, pair in enumerate(zip(told, made, strict=True), 1):
            yield from _differences(f"{where}[{_label(pair[1], number)}]", *pair)
    elif told != made or type(told) is not type(made):
        yield f"{where}: {_short(told)} in the evidence, {_short(made)} repeated"


def _label(item: object, number: int) -> str:
    """What an item of a list is called: an exercise or a part by its name."""
    names = (item.get("exercise"), item.get("name")) if isinstance(item, Mapping) else ()
    return next((name for name in names if isinstance(name, str)), str(number))


def _short(value: object) -> str:
    text = "nothing" if value is ABSENT else json.dumps(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
