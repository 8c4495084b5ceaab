"""Find the student of a report in the gradebook: downloads and rosters name students differently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.outputs.gradebooks.sheet import letters
from autograder.outputs.pages import file_name
from autograder.student.model.results import Report

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

# An id that can be the name of a folder, and that nbgrader, which uses glob patterns, takes literally.
PLAIN_ID = re.compile(r"[\w@(,'-][\w@.(),' -]{0,99}")
# A student's ids in other systems; the e-mail address counts too.
OTHER_IDS = ("canvas id", "sid")


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a gradebook: their ids, and their ids and names elsewhere; ambiguous ones are left out."""

    known: frozenset[str]
    ids: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, gradebook: Gradebook) -> Roster:
        """The roster of a gradebook as it is now."""
        ids, names = set(), set()
        for student in gradebook.students:
            for other_id in (student.lms_user_id, student.email):
                if other_id:
                    ids.add((other_id, student.id))
            if student.first_name and student.last_name:
                first, last = student.first_name, student.last_name
                names |= {(letters(first + last), student.id), (letters(last + first), student.id)}
        known = frozenset(student.id for student in gradebook.students)
        return cls(known, _unambiguous(ids), _unambiguous(names))

    def id_of(self, report: Report) -> str:
        """The id of a report's student: by id, by an id elsewhere, by name; else a new id."""
        if report.student in self.known:
            return report.student
        identity = report.identity
        for other_id in (*(identity.ids.get(kind, "") for kind in OTHER_IDS), identity.email):
            if other_id in self.ids:
                return self.ids[other_id]
        name = letters(report.student)
        if name in self.names:
            return self.names[name]
        return report.student if PLAIN_ID.fullmatch(report.student) else file_name(report.student)


def _unambiguous(pairs: Set[tuple[str, str]]) -> dict[str, str]:
    """The pairs of a name and an id as a mapping, without the names of two students."""
    counts = Counter(name for name, _ in pairs)
    return {name: student for name, student in pairs if counts[name] == 1}
