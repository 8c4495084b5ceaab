"""Find the student of a report in the gradebook: downloads and rosters name students differently."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.grading.standing import People
from autograder.nbgrader_course.gradebook import open_database
from autograder.outputs.gradebooks.sheet import letters
from autograder.outputs.pages import file_name
from autograder.student.model.results import Identity

# An id that can be the name of a folder, and that nbgrader, which uses glob patterns, takes literally.
PLAIN_ID = re.compile(r"[\w@(,'-][\w@.(),' -]{0,99}")
# A student's ids in other systems, the one that is hardest to change first; the e-mail address goes before them.
OTHER_IDS = ("canvas id", "blackboard user", "d2l id", "sid")
STUDENTS = "SELECT id, first_name, last_name, email, lms_user_id FROM student"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a gradebook knows of a student."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    lms_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a gradebook: their ids, and their ids and names elsewhere; ambiguous ones are left out.

    elsewhere: what other systems call each student, by id.
    """

    known: frozenset[str]
    ids: Mapping[str, str]
    names: Mapping[str, str]
    elsewhere: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, students: Iterable[Enrolled]) -> Roster:
        """The roster of these students."""
        ids, names, elsewhere = set(), set(), {}
        for student in students:
            elsewhere[student.id] = frozenset(filter(None, (student.lms_user_id, student.email)))
            ids |= {(other_id, student.id) for other_id in elsewhere[student.id]}
            if student.first_name and student.last_name:
                first, last = student.first_name, student.last_name
                names |= {
                    (_letters(first + last), student.id),
                    (_letters(last + first), student.id),
                }
        known = frozenset(elsewhere)
        return cls(known, _unambiguous(ids), _unambiguous(names), elsewhere)

    def id_of(self, identity: Identity) -> str:
        """The id of a student: by an id of a platform, by the roster's id, by name; else a new id.

        A name, which students can change on a platform, makes nobody a student whom the roster
        knows by another id.
        """
        for other_id in (identity.email, *(identity.ids.get(kind, "") for kind in OTHER_IDS)):
            if other_id in self.ids:
                return self.ids[other_id]
        called = identity.student
        by_name = self.names.get(_letters(called), "")
        for student in (identity.ids.get("blackboard user", ""), called, by_name):
            if student in self.known and not self._is_another(student, identity):
                return student
        if called in self.known:
            return file_name(" ".join((called, *sorted(identity.person_ids))))
        return called if PLAIN_ID.fullmatch(called) else file_name(called)

    def _is_another(self, student: str, identity: Identity) -> bool:
        """Whether the roster has an id of this student elsewhere, and the report another one of the same kind."""
        emails = {each for each in self.elsewhere[student] if "@" in each}
        numbers = self.elsewhere[student] - emails
        if emails and identity.email:
            return identity.email not in emails
        return (
            bool(numbers) and identity.ids.get("canvas id", min(numbers, default="")) not in numbers
        )


def read_people(path: Path) -> People:
    """The students of the gradebook at `path`, without the time that it takes to import nbgrader.

    Raises MisuseError if the database cannot be read.
    """
    with open_database(path) as database:
        students = [Enrolled(*row) for row in database.execute(STUDENTS)]
    return people_of(students)


def people_of(students: Iterable[Enrolled]) -> People:
    """The people of a course: those of its gradebook, and how others are found among them."""
    listed = sorted(students, key=lambda student: student.id)
    roster = Roster.of(listed)
    about = {student.id: _identity(student) for student in listed}

    def identify(identity: Identity) -> Identity:
        student = roster.id_of(identity)
        known = about.get(student, Identity(student))
        return replace(
            known, ids={**known.ids, **identity.ids}, emails=identity.emails or known.emails
        )

    return People(identify, tuple(about.values()))


def _identity(student: Enrolled) -> Identity:
    ids = {"canvas id": student.lms_user_id} if student.lms_user_id else {}
    emails = (student.email,) if student.email else ()
    first_name, last_name = student.first_name or "", student.last_name or ""
    return Identity(student.id, ids=ids, emails=emails, first_name=first_name, last_name=last_name)


def _letters(name: str) -> str:
    return letters(unicodedata.normalize("NFC", name))


def _unambiguous(pairs: Set[tuple[str, str]]) -> dict[str, str]:
    """The pairs of a name and an id as a mapping, without the names of two students."""
    counts = Counter(name for name, _ in pairs)
    return {name: student for name, student in pairs if counts[name] == 1}
