"""Whom of the gradebook a report is about: downloads call students by other names than the roster does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.outputs.gradebooks.sheet import letters
from autograder.outputs.pages import file_name
from autograder.student.model.results import Report

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

# An id that can be the name of a folder, and is no pattern to nbgrader, which finds submissions by patterns.
PLAIN = re.compile(r"[\w@(,'-][\w@.(),' -]{0,99}")
# What other systems call a student, in a report's evidence.
OTHER_IDS = ("canvas id", "sid", "email")


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a gradebook, and by what else each of them may be called; what two share names nobody."""

    known: frozenset[str]
    ids: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, gradebook: Gradebook) -> Roster:
        """The roster of a gradebook as it is now."""
        students = gradebook.students
        ids = [(called, s.id) for s in students for called in (s.lms_user_id, s.email) if called]
        names = [
            (letters(first + second), s.id)
            for s in students
            if s.first_name and s.last_name
            for first, second in ((s.first_name, s.last_name), (s.last_name, s.first_name))
        ]
        return cls(frozenset(s.id for s in students), _single(ids), _single(names))

    def id_of(self, report: Report) -> str:
        """The id of a report's student: by id, else by an id of another system, else by name, else a new one."""
        if report.student in self.known:
            return report.student
        other = (self.ids.get(report.evidence.get(key, "")) for key in OTHER_IDS)
        found = next(filter(None, other), None) or self.names.get(letters(report.student))
        return found or (report.student if PLAIN.fullmatch(report.student) else file_name(report.student))


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By name, the one student of it."""
    distinct = set(pairs)
    counts = Counter(called for called, _ in distinct)
    return {called: student for called, student in distinct if counts[called] == 1}
