"""All that was ever handed in to a course and graded, in one SQLite file: what everything else is made from.

    work     the bytes of each file, by hash
    entry    a file that a student handed in: what the download said of it, its grade before lateness, and when
    handed_on    the hash of each report that is in nbgrader's gradebook
    published    the reports of the last pages, without what people entered: a regrade compares with them

Nothing is overwritten by another way of grading, and nothing in it depends on course.toml or the roster.  Which entry
of a student counts, what it is worth and what it is called is computed when it is read (`autograder.grading.standing`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from sys import intern
from threading import Lock
from typing import Any

from autograder.errors import MisuseError
from autograder.grading.provenance import digest
from autograder.reports.packed import packed
from autograder.reports.report_json import from_dict, read_provenance, to_dict
from autograder.student.model.results import Provenance, Report, Status
from autograder.submissions.ingest import Clock, Submission, UnreadableError

FILE = "ledger.db"
# Seconds to wait for another process that writes.
PATIENCE = 60
TABLES = """
CREATE TABLE IF NOT EXISTS handed_on (
    assignment TEXT NOT NULL, student TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (assignment, student)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS published (number INTEGER PRIMARY KEY, report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS work (hash TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    person TEXT NOT NULL, assignment TEXT NOT NULL, hash TEXT NOT NULL, run INTEGER NOT NULL, graded_at TEXT NOT NULL,
    facts TEXT NOT NULL, report TEXT NOT NULL, PRIMARY KEY (person, assignment, hash)
) WITHOUT ROWID;
"""
REGRADED = "UPDATE entry SET graded_at = ?, report = ? WHERE assignment = ? AND hash = ?"
SAME_AS_PUBLISHED = "SELECT 1 FROM published WHERE report = ? AND number = ?"
INTO_ENTRY = "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)"
# A student's ids on the platforms, which stay the same in all assignments; the surest first.
STEADY_IDS = ("canvas id", "sid", "blackboard user", "d2l id")
GONE = "the file that was handed in is not there any more"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A file that was handed in, with its grade before lateness.

    run: the number of the grading that brought it, counted from 1; those of one run have the same.
    """

    submission: Submission
    report: Report
    hash: str
    run: int

    def submission_in_memory(self) -> Submission:
        """The submission with its bytes, which can be read when the ledger is closed."""
        data = self.submission.read()
        return replace(self.submission, read=lambda: data)


class Ledger:
    """The open file of a course.  dry: what is entered is forgotten when it is closed."""

    def __init__(self, database: sqlite3.Connection, *, dry: bool = False) -> None:
        self._database = database
        self._dry = dry
        self._lock = Lock()

    def enter(
        self, graded: Sequence[tuple[Submission, Report]], now: Callable[[], datetime]
    ) -> None:
        """Enter what one run has graded.  now: the date of the grades.

        The same bytes of the same student are the same entry; what an earlier download said of it stays, unless this
        one tells of a later attempt.  Where all reports that name an assignment name the same, the others belong to it.
        """
        [[last]] = self._database.execute("SELECT coalesce(max(run), 0) FROM entry")
        named = {report.assignment for _, report in graded if report.assignment}
        only = next(iter(named)) if len(named) == 1 else ""
        moment = now().isoformat(timespec="seconds")
        for submission, report in graded:
            own = replace(report, assignment=report.assignment or only)
            self._enter(submission, own, last + 1, moment)
        self._commit()

    def entries(self) -> list[LedgerEntry]:
        """All entries, by person, assignment and run."""
        rows = self._database.execute(
            "SELECT assignment, hash, run, graded_at, facts, report FROM entry"
            " ORDER BY person, assignment, run, hash"
        )
        return [self._entry(*row) for row in rows]

    def bases(self) -> Iterator[tuple[Provenance, str]]:
        """What the grade of each entry rests on, and its assignment."""
        rows = self._database.execute("SELECT report, assignment FROM entry")
        return ((read_provenance(json.loads(text)["provenance"]), name) for text, name in rows)

    def regrade(
        self, graded: Sequence[tuple[LedgerEntry, Report]], now: Callable[[], datetime]
    ) -> None:
        """Enter new grades of entries, of whatever students handed in the same bytes."""
        moment = now().isoformat(timespec="seconds")
        for entry, report in graded:
            if _stays(entry.report, report):
                continue
            own = replace(report, assignment=entry.report.assignment)
            values = (moment, json.dumps(to_dict(own)), own.assignment, entry.hash)
            self._database.execute(REGRADED, values)
        self._commit()

    def not_handed_on(self, reports: Iterable[Report]) -> list[Report]:
        """Those of the reports that are not in the gradebook as they are."""
        rows = self._database.execute("SELECT assignment, student, digest FROM handed_on")
        known = {(assignment, student): kept for assignment, student, kept in rows}
        return [r for r in reports if known.get((r.assignment, r.student)) != _digest_of(r)]

    def hand_on(self, reports: Iterable[Report]) -> None:
        """Note that the gradebook holds these reports."""
        rows = [(r.assignment, r.student, _digest_of(r)) for r in self.not_handed_on(reports)]
        self._database.executemany("INSERT OR REPLACE INTO handed_on VALUES (?, ?, ?)", rows)
        self._commit()

    def published(self) -> Iterator[Report]:
        """The reports of the last pages."""
        for (report,) in self._database.execute("SELECT report FROM published ORDER BY number"):
            yield packed(from_dict(json.loads(report)))

    def publish(self, reports: Sequence[Report]) -> None:
        """Note that these reports, and no others, are on the pages."""
        for number, report in enumerate(reports):
            row = (json.dumps(to_dict(report)), number)
            known = self._database.execute(SAME_AS_PUBLISHED, row).fetchone()
            if not known:
                self._database.execute("INSERT OR REPLACE INTO published VALUES (?2, ?1)", row)
        self._database.execute("DELETE FROM published WHERE number >= ?", (len(reports),))
        self._commit()

    def _commit(self) -> None:
        if not self._dry:
            self._database.commit()

    def _enter(self, submission: Submission, report: Report, run: int, moment: str) -> None:
        data = _bytes_of(submission)
        key = report.provenance.submission or hashlib.sha256(data or b"").hexdigest()
        known = self._database.execute("SELECT 1 FROM work WHERE hash = ?", (key,)).fetchone()
        if not known and data is not None and hashlib.sha256(data).hexdigest() == key:
            packed = (key, zlib.compress(data, 1))
            self._database.execute("INSERT INTO work VALUES (?, ?)", packed)
        owner = (person_of(submission), report.assignment, key)
        columns = "assignment, hash, run, graded_at, facts, report"
        where = "person = ? AND assignment = ? AND hash = ?"
        query = f"SELECT {columns} FROM entry WHERE {where}"
        row = self._database.execute(query, owner).fetchone()
        if row:
            before = self._entry(*row)
            newer = moment_of(submission) > moment_of(before.submission)
            run = run if newer else before.run
            submission = same_work(submission, before.submission)
            if _stays(before.report, report):
                moment, report = before.report.graded_at, before.report
        told = replace(report, graded_at="")
        values = (run, moment, _facts(submission), json.dumps(to_dict(told)))
        if not row or values != (row[2], row[3], row[4], row[5]):
            self._database.execute(INTO_ENTRY, (*owner, *values))

    def _entry(
        self, assignment: str, key: str, run: int, moment: str, facts: str, report: str
    ) -> LedgerEntry:
        read_back = packed(from_dict(json.loads(report)))
        graded = replace(read_back, assignment=assignment, graded_at=moment)
        read = partial(self._read, intern(key), graded.reason.partition(": ")[2])
        return LedgerEntry(_submission(json.loads(facts), read), graded, intern(key), run)

    def _read(self, key: str, reason: str) -> bytes:
        with self._lock:  # submissions are graded in several threads
            found = self._database.execute("SELECT data FROM work WHERE hash = ?", (key,))
            row = found.fetchone()
        if row is None:
            raise UnreadableError(reason or GONE)
        return zlib.decompress(row[0])


@contextmanager
def open_ledger(folder: Path, *, dry: bool = False) -> Iterator[Ledger]:
    """The ledger in the store of a course, made if there is none.  dry: nothing is kept.

    Another process may have it open too: each change is whole.  Raises MisuseError if it is damaged or cannot be read.
    """
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        database = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
        try:
            database.executescript(TABLES)
            yield Ledger(database, dry=dry)
        finally:
            database.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
        raise MisuseError(
            f"{path}: {error}; put a copy back, or move it away and grade the downloads again"
        ) from None


def person_of(submission: Submission) -> str:
    """The key of a person in all downloads: an id of a platform, else the e-mail address, else the name."""
    for kind in STEADY_IDS:
        if kind in submission.ids:
            return f"{kind} {submission.ids[kind]}"
    if len(submission.emails) == 1:
        return submission.emails[0].casefold()
    return submission.student


def moment_of(submission: Submission) -> tuple[int, float]:
    """Which of two files came later, as far as the platform says: the attempt, then the time that it states."""
    stated = submission.clock in (Clock.STATED, Clock.LOCAL)
    return submission.attempt, submission.modified if stated else 0.0


def same_work(new: Submission, old: Submission) -> Submission:
    """One file that was found twice: what is known of it from both downloads.

    A download that names no id says nothing about attempts and lateness.
    """
    says_nothing = not new.ids and not new.emails and new.attempt == 0
    keeps = says_nothing or moment_of(new) < moment_of(old)
    first, second = (old, new) if keeps else (new, old)
    if says_nothing and moment_of(new)[1] > moment_of(old)[1]:
        first = replace(old, modified=new.modified, clock=new.clock)
    return replace(
        first, ids={**second.ids, **first.ids}, emails=first.emails or second.emails, read=new.read
    )


def _stays(before: Report, after: Report) -> bool:
    """Whether a grade stays with its date: it is as it was, or could not be made again."""
    if after.status is Status.STOPPED and before.status is Status.GRADED:
        return True
    parts = (before, after)
    one, other = (replace(r, identity=before.identity, graded_at="", seconds=0.0) for r in parts)
    return one == other


def _digest_of(report: Report) -> str:
    return digest({**to_dict(report), "seconds": 0, "graded_at": ""})


def _bytes_of(submission: Submission) -> bytes | None:
    try:
        return submission.read()
    except UnreadableError:
        return None


def _facts(submission: Submission) -> str:
    """What a download says of a submission, as JSON."""
    values: dict[str, Any] = {
        "student": submission.student,
        "name": submission.name,
        "modified": submission.modified,
        "ids": dict(submission.ids),
        "attempt": submission.attempt,
        "clock": submission.clock.value,
        "marked_late": submission.marked_late,
        "emails": submission.emails,
        "members": submission.members,
        "chosen": submission.chosen,
        "own_name": submission.own_name,
        "dated": submission.dated,
    }
    return json.dumps(values)


def _submission(facts: dict[str, Any], read: Callable[[], bytes]) -> Submission:
    lists = {key: tuple(facts[key]) for key in ("emails", "members")}
    shared = {key: intern(facts[key]) for key in ("student", "name")}
    return Submission(**{**facts, **lists, **shared, "clock": Clock(facts["clock"])}, read=read)
