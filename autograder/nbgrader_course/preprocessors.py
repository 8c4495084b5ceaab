"""The preprocessors that `nbgrader_config.py` names; this module and `plugins` import nbgrader.

`nbgrader autograde` converts a submission twice: sanitize, then autograde.  Student code runs in the
kit's sandbox, never in a kernel.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.course.paths import HERE
from autograder.course.settings import COURSE_FILE, load_course
from autograder.errors import GraderError
from autograder.nbgrader_course.gradebook import enter, enter_due, make_kit_tables, open_gradebook
from autograder.nbgrader_course.kept_grader import KEPT_GRADER, enter_one
from autograder.nbgrader_course.sanitize import read_released, sanitized, with_notes
from autograder.nbgrader_course.scores import notes_of, scores_of, show_results
from autograder.nbgrader_course.source_cells import refuse_changes
from autograder.nbgrader_course.writer import complete_feedback
from autograder.student.cards.wording import translated
from autograder.student.model.results import Status
from autograder.submissions.ingest import Clock, Submission

Resources = dict[str, Any]


class AnyNotebook(NotebookExporter):
    """Exports any submission: a file that is not a notebook becomes an empty one."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[Any, Resources]:
        """The converted notebook; an empty one if the file cannot be read."""
        try:
            nbformat.read(filename, as_version=nbformat.NO_CONVERT)
        except Exception as error:  # nbformat does not say which errors it raises
            self.log.warning(
                "%s: cannot be read as it is (%s); its cells are looked for", filename, error
            )
            empty = nbformat.v4.new_notebook()
            converted: tuple[Any, Resources] = super().from_notebook_node(empty, resources, **kw)  # type: ignore[no-untyped-call]
        else:
            converted = super().from_filename(filename, resources, **kw)
        return converted


class CourseStep(NbGraderPreprocessor):  # type: ignore[misc]
    """A step that knows which submission it converts."""

    def folder(self) -> Path:
        """The course's folder."""
        return Path(self._directory().root)

    def released(self, resources: Resources) -> Any:
        """The notebook that students were given."""
        about = resources["nbgrader"]
        return read_released(self._path(self._directory().release_directory, ".", about))

    def submitted_file(self, resources: Resources) -> Path:
        """The student's file."""
        about = resources["nbgrader"]
        return self._path(self._directory().submitted_directory, about["student"], about)

    def _path(self, step: str, student: str, about: dict[str, str]) -> Path:
        return (
            Path(self._directory().format_path(step, student, about["assignment"]))
            / f"{about['notebook']}.ipynb"
        )

    def _directory(self) -> Any:
        return self.parent.parent.coursedir


class Sanitize(CourseStep):
    """Sanitize: the submission with every graded cell once; the released notebook if unreadable."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Replace the notebook."""
        path = self.submitted_file(resources)
        return sanitized(path.name, path.read_bytes(), self.released(resources)), resources


class GradeInSandbox(CourseStep):
    """Autograde: run and judge the submission in the kit's sandbox and show the results in the check cells."""

    unsafe = Bool(False, help="Go on even where student code could reach your files.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Fill the notebook, and leave the report for the next step."""
        about, path = resources["nbgrader"], self.submitted_file(resources)
        grader = KEPT_GRADER.get(self.folder(), about["assignment"], unsafe=self.unsafe)
        submission = self._submission(about["student"], path)
        report = grader.grade(submission)
        if report.status is Status.STOPPED:
            raise GraderError(report.reason)
        report = enter_one(self.folder(), submission, report)
        with translated(load_course(self.folder() / COURSE_FILE).words):
            show_results(nb, report)
        about["report"] = report
        return with_notes(nb, notes_of(report)), resources

    def _submission(self, student: str, path: Path) -> Submission:
        """The submission, with its time by timestamp.txt or else by the file's own date."""
        stated = self._directory().get_existing_timestamp(str(path.parent))
        if stated is None:
            return Submission(student, path.name, path.stat().st_mtime, path.read_bytes)
        seconds = stated.replace(tzinfo=UTC).timestamp()
        return Submission(student, path.name, seconds, path.read_bytes, clock=Clock.STATED)


class RecordScores(CourseStep):
    """Autograde: put scores, comments, the bonus and the late penalty into the gradebook."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write to the gradebook and hand the notebook on."""
        about = resources["nbgrader"]
        course = load_course(self.folder() / COURSE_FILE)
        with translated(course.words):
            scores = scores_of(nb, self.released(resources), about["report"])
        with open_gradebook(about["db_url"]) as gradebook:
            enter_due(gradebook, course.schedule.due)
            make_kit_tables(gradebook)
            enter(gradebook, about["assignment"], about["student"], scores)
            gradebook.db.commit()
        autograded = self._path(self._directory().autograded_directory, about["student"], about)
        submitted = self.submitted_file(resources).parent
        complete_feedback(autograded.parent, submitted, course.seal)
        return nb, resources


class RefuseChanges(CourseStep):
    """Generate: refuse a source that the grader could not follow, before anything is written."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Hand the notebook on."""
        name = resources["nbgrader"]["notebook"]
        path = self._path(self._directory().source_directory, ".", resources["nbgrader"])
        if name == resources["nbgrader"]["assignment"]:
            refuse_changes(path, nb, load_course(self.folder() / COURSE_FILE), HERE)
        return nb, resources


def complete_release(assignment: str, **_: object) -> None:
    """After `nbgrader generate_assignment`: put what the notebook needs beside it, as in the kit's release."""
    from autograder.nbgrader_course.directory import write_beside_notebook

    write_beside_notebook(Path.cwd(), assignment, HERE)
