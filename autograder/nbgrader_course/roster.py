"""Find the student of a report in the gradebook: downloads and rosters name students
differently."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.outputs.gradebooks.sheet import letters
from autograder.outputs.pages import file_name
from autograder.student.model.results import Identity, Report, Status

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

# An id that can be the name of a folder, and that nbgrader, which uses glob patterns, takes
# literally.
PLAIN_ID = re.compile(r"[\w@(,'-][\w@.(),' -]{0,99}")
# A student's ids in other systems, the one that is hardest to change first; the e-mail address goes
# before them.
OTHER_IDS = ("canvas id", "blackboard user", "d2l id", "sid")


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a gradebook: their ids, and their ids and names elsewhere; ambiguous ones are
    left out.

    elsewhere: what other systems call each student, by id.
    """

    known: frozenset[str]
    ids: Mapping[str, str]
    names: Mapping[str, str]
    elsewhere: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, gradebook: Gradebook) -> Roster:
        """The roster of a gradebook as it is now."""
        ids, names, elsewhere = set(), set(), {}
        for student in gradebook.students:
            elsewhere[student.id] = frozenset(filter(None, (student.lms_user_id, student.email)))
            ids |= {(other_id, student.id) for other_id in elsewhere[student.id]}
            if student.first_name and student.last_name:
                first, last = student.first_name, student.last_name
                names |= {
                    (_letters(first + last), student.id),
                    (_letters(last + first), student.id),
                }
        known = frozenset(student.id for student in gradebook.students)
        return cls(known, _unambiguous(ids), _unambiguous(names), elsewhere)

    def id_of(self, report: Report) -> str:
        """The id of a report's student: by an id of a platform, by the roster's id, by name; else a
        new id.

        A name, which students can change on a platform, makes nobody a student whom the roster
        knows by another id.
        """
        identity = report.identity
        for other_id in (identity.email, *(identity.ids.get(kind, "") for kind in OTHER_IDS)):
            if other_id in self.ids:
                return self.ids[other_id]
        by_name = self.names.get(_letters(report.student), "")
        for student in (identity.ids.get("blackboard user", ""), report.student, by_name):
            if student in self.known and not self._is_another(student, identity):
                return student
        if report.student in self.known:
            return file_name(" ".join((report.student, *sorted(identity.person_ids))))
        return report.student if PLAIN_ID.fullmatch(report.student) else file_name(report.student)

    def _is_another(self, student: str, identity: Identity) -> bool:
        """Whether the roster has an id of this student elsewhere, and the report another one of the
        same kind."""
        emails = {each for each in self.elsewhere[student] if "@" in each}
        numbers = self.elsewhere[student] - emails
        if emails and identity.email:
            return identity.email not in emails
        return (
            bool(numbers) and identity.ids.get("canvas id", min(numbers, default="")) not in numbers
        )


def absent(gradebook: Gradebook, reports: Sequence[Report]) -> tuple[Report, ...]:
    """A report on each student of the gradebook of whom there is none: nothing was handed in.

    It names the assignment if all reports are of one.
    """
    roster = Roster.of(gradebook)
    present = {roster.id_of(report) for report in reports}
    named = {report.assignment for report in reports if report.assignment}
    assignment = next(iter(named)) if len(named) == 1 else ""
    missing = sorted(roster.known - present)
    return tuple(
        Report(Identity(student), assignment, Status.ABSENT, reason="nothing was handed in")
        for student in missing
    )


def _letters(name: str) -> str:
    return letters(unicodedata.normalize("NFC", name))


def _unambiguous(pairs: Set[tuple[str, str]]) -> dict[str, str]:
    """The pairs of a name and an id as a mapping, without the names of two students."""
    counts = Counter(name for name, _ in pairs)
    return {name: student for name, student in pairs if counts[name] == 1}
