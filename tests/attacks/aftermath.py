"""What can be seen, from outside, after an attack."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.outputs.pages import PageMeta, write_pages
from autograder.outputs.terminal import print_reports
from autograder.reports.report_json import to_dict, write_json
from autograder.student.model.results import ExerciseResult, Report, Status
from tests.attacks.stage import Stage


@dataclass(frozen=True)
class Aftermath:
    """What was seen after an attack.

    attackers: the reports of the attacking submissions.  others: of everybody graded after or beside them.  usual: the
    report of the same notebook without the attack.  crashed: how the grader stopped, "" if it did not.  left_out: what
    is said about files that were not graded.
    """

    stage: Stage
    usual: Report
    attackers: tuple[Report, ...] = ()
    others: tuple[Report, ...] = ()
    crashed: str = ""
    left_out: str = ""
    lived: bool = False
    changed: bool = False
    heard: bool = False
    harmed: bool = False
    left_behind: bool = False

    @property
    def report(self) -> Report | None:
        """The attacker's report, None if there is none."""
        return self.attackers[0] if self.attackers else None

    @cached_property
    def words(self) -> str:
        """Every text about the attackers' submissions."""
        return "".join(map(_words, self.attackers)) + self.left_out

    @property
    def sequel_words(self) -> str:
        """All that the next one's report says."""
        return "".join(map(_words, self.others))

    def points(self, exercise: str) -> float:
        """What the attacker earned with an exercise."""
        return (
            self._results(self.report)[exercise].earned
            if self.report and self.report.exercises
            else 0.0
        )

    def lost_more_than(self, exercise: str) -> bool:
        """Whether another exercise's result than this one's is not what it is without the attack."""
        mine, usual = self._results(self.report), self._results(self.usual)
        return any(mine.get(name) != usual[name] for name in usual if name != exercise)

    @property
    def others_graded_as_usual(self) -> bool:
        """Whether everybody else has the result that they have without the attack."""
        return all(
            other.status is Status.GRADED and other.exercises == self.usual.exercises
            for other in self.others
        )

    @property
    def how(self) -> str:
        """How the attack ended, in a few words for a table."""
        if self.crashed:
            return f"GRADER STOPPED: {self.crashed}"
        if self.report is None:
            return self.left_out or "left out"
        if self.report.status is not Status.GRADED:
            return self.report.reason
        said = [note.split("stopped: ", 1)[1] for note in self.report.notes if "stopped: " in note]
        failed = [
            _finding(result) for result in self.report.exercises if result.earned < result.possible
        ]
        return next(iter([*said, *failed]), "no effect")

    # What is written for people

    @property
    def reports(self) -> list[Report]:
        """All reports."""
        return [*self.attackers, *self.others]

    @cached_property
    def pages(self) -> dict[str, str]:
        """The pages by their paths, with every file that was written for them below the folder they belong in."""
        with tempfile.TemporaryDirectory() as folder:
            write_pages(self.reports, Path(folder, "graded"), PageMeta("A course"))
            files = [path for path in Path(folder).rglob("*") if path.is_file()]
            return {
                path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
                for path in files
            }

    @cached_property
    def table(self) -> str:
        """The table in a terminal or a log."""
        stream = io.StringIO()
        print_reports(self.reports, stream)
        return stream.getvalue()

    @cached_property
    def document(self) -> str:
        """The reports as JSON."""
        stream = io.StringIO()
        write_json(self.reports, stream)
        return stream.getvalue()

    @staticmethod
    def _results(report: Report | None) -> dict[str, ExerciseResult]:
        return {result.exercise: result for result in report.exercises} if report else {}


def _words(report: Report) -> str:
    return "\n".join(_texts(to_dict(report)))


def _texts(value: object) -> Iterator[str]:
    """Every text in plain JSON values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _finding(result: ExerciseResult) -> str:
    said = next(
        (finding.message for finding in result.findings if not finding.warning),
        result.outcome.value,
    )
    return f"{result.exercise}: {said}"
