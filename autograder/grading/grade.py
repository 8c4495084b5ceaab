"""Grade submissions: run each in a sandbox session of its own, judge it against the key, report.

Student failure is data.  One bad cell costs its own exercise, one bad submission never stops a class.
"""

from __future__ import annotations

import errno
import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from autograder.course.schedule import Schedule
from autograder.errors import KitError, OutageError
from autograder.grading.answer_key import AnswerKey
from autograder.grading.diagnose import Diagnosed, diagnose, nameless
from autograder.grading.judgements import judge_all, run_steps
from autograder.grading.late import charge, is_over
from autograder.grading.provenance import limits_text, this_grader
from autograder.grading.repair import repair
from autograder.grading.store import GradeStore
from autograder.sandbox.pool import Limits, Sandbox
from autograder.sandbox.protocol import SKIPPED
from autograder.sandbox.session import CellRun, Session
from autograder.student.judging.judge import Judgement
from autograder.student.model.exercises import Failure, Stop
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Outcome,
    Provenance,
    Report,
    Status,
)
from autograder.submissions.ingest import Notebook, Submission, UnreadableError, read_cells
from autograder.submissions.plan import Plan, Step, assignment_of, make_plan, named_like

# How often a submission is begun at most, if something outside kills or pauses it.
ATTEMPTS = 8
DISTURBED = (
    "the machine killed or paused the notebook's process while it was graded, which may have cost points; this result "
    "is not kept: grade again"
)
NO_NAME = "the grader failed as it looked for the mistake's name; the grade counts without it: report this"
CELL_OUTCOME = {
    Stop.RAISED: Outcome.ERRORED,
    Stop.TIMED_OUT: Outcome.TIMED_OUT,
    Stop.DIED: Outcome.ERRORED,
}


@dataclass(frozen=True, slots=True)
class Grader:
    """What grading a submission needs: the answer keys by assignment, the sandbox, and the seed's hash.

    limits: of one submission, if not the sandbox's own.  store: where finished grades are kept, and found.  schedule:
    what lateness costs.  repair: seconds of CPU time in which to look for the change that would make a failed exercise
    right whose mistake has no name; 0 for not at all.
    """

    keys: Mapping[str, AnswerKey]
    sandbox: Sandbox
    seed_hash: str
    limits: Limits | None = None
    store: GradeStore | None = None
    schedule: Schedule = field(default_factory=Schedule)
    repair: float = 0.0

    def grade(self, submission: Submission, free_days: int = 0) -> Report:
        """Grade one submission, and charge what lateness costs.  Whatever it holds, this returns a report.

        free_days: those that the student has left.  Raises SandboxError if the sandbox does not start, GraderError if a
        hidden check cannot be drawn.
        """
        return charge(self._uncharged(submission), submission, self.schedule, free_days)

    def _uncharged(self, submission: Submission) -> Report:
        started = time.monotonic()
        try:
            data = submission.read()
            notebook = read_cells(
                submission,
                data,
                frozenset(name for own in self._exercises.values() for name in own),
            )
            key = self.keys[assignment_of(notebook, self._exercises, submission.name)]
        except UnreadableError as why:
            reason = f"{submission.name}: {why}"
            return Report(
                submission.identity,
                named_like(submission.name, self.keys),
                Status.UNREADABLE,
                reason=reason,
            )
        except Exception as error:
            return _failed(submission, named_like(submission.name, self.keys), error)
        provenance = self._provenance(submission, data, key)
        stored = self.store.fetch(provenance, key.assignment.name) if self.store else None
        if stored:
            return replace(stored, identity=submission.identity)
        self.sandbox.start()
        list(key.checks)  # drawn now: what cannot be drawn is no fault of this submission
        report, final = self._graded(submission, notebook, key)
        report = replace(report, seconds=time.monotonic() - started, provenance=provenance)
        if self.store and final:
            self.store.keep(report)
        return report

    def _provenance(self, submission: Submission, data: bytes, key: AnswerKey) -> Provenance:
        return replace(
            this_grader(),
            submission=hashlib.sha256(data).hexdigest(),
            read_as="script" if submission.is_script else "notebook",
            checks=key.version,
            seed=self.seed_hash,
            limits=limits_text(self.limits or self.sandbox.limits),
            sandbox=self.sandbox.layers,
        )

    def _graded(
        self, submission: Submission, notebook: Notebook, key: AnswerKey
    ) -> tuple[Report, bool]:
        """The report, and whether it is final: neither the machine nor the grader itself failed."""
        try:
            report, final = self._run(submission, notebook, key)
        except Exception as error:
            report, final = _failed(submission, key.assignment.name, error), False
        return replace(report, possible=key.assignment.checked), final

    @property
    def _exercises(self) -> dict[str, list[str]]:
        """The names of each assignment's exercises."""
        return {name: [e.name for e in key.assignment.exercises] for name, key in self.keys.items()}

    def _run(
        self, submission: Submission, notebook: Notebook, key: AnswerKey
    ) -> tuple[Report, bool]:
        """Grade in a sandbox session; the report, and whether it would be the same again.

        Begun anew if something outside killed or paused it, unless twice at the same request; all
        attempts share the time of one submission.
        """
        plan = make_plan(notebook, key.source)
        best, lost = None, OutageError("")
        seen: set[frozenset[int]] = set()
        with self.sandbox.session(seed=0, limits=self.limits) as session:
            for earlier in range(ATTEMPTS):
                try:
                    report = self._attempt(session, submission, plan, key)
                except OutageError as error:
                    lost = error
                else:
                    cut_short = earlier > 0 and session.over
                    if not session.disturbed and not cut_short:
                        return report, True
                    if best is None or report.earned >= best.earned:
                        best = report
                    if session.over or session.disturbed in seen:
                        break
                    seen.add(session.disturbed)
                session.restart()
        if best is None:
            raise lost
        return replace(best, notes=(*best.notes, DISTURBED)), False

    def _attempt(
        self, session: Session, submission: Submission, plan: Plan, key: AnswerKey
    ) -> Report:
        runs = run_steps(session, plan.steps)
        stopped = _stopped(plan, runs)
        diagnosed: dict[str, Diagnosed] = {}
        judgements, late = judge_all(session, key)
        for exercise, judgement in judgements.items():
            found = self._diagnosed(submission, plan, key, judgement, diagnosed)
            diagnosed[exercise] = found
        results = tuple(_with_cell(d.result, stopped.get(name)) for name, d in diagnosed.items())
        notes = (*plan.notes, *_cell_notes(plan, runs), *late)
        return Report(submission.identity, key.assignment.name, Status.GRADED, results, notes)

    def _diagnosed(
        self,
        submission: Submission,
        plan: Plan,
        key: AnswerKey,
        judgement: Judgement,
        before: Mapping[str, Diagnosed],
    ) -> Diagnosed:
        """The result with its mistake's name.  An error in the search for it is told, and costs the name alone."""
        found = Diagnosed(nameless(judgement.result), None)
        try:
            found = diagnose(key, judgement, before)
            if self.repair and _is_nameless(found.result, judgement):
                found = replace(found, result=self._repaired(plan, key, judgement, found.result))
        except OutageError:
            raise
        except Exception as error:
            error.add_note(f"{submission.student}, {found.result.exercise}: {NO_NAME}")
            traceback.print_exception(error)
        return found

    def _repaired(
        self, plan: Plan, key: AnswerKey, judgement: Judgement, result: ExerciseResult
    ) -> ExerciseResult:
        """The result with what one change of the answer would make right, if that is clear."""
        mistake = repair(
            partial(self.sandbox.session, 0, None),
            replace(self.limits or self.sandbox.limits, submission=self.repair),
            plan.steps,
            judgement,
            key.checks[result.exercise],
            told=is_over(self.schedule, key.assignment.name),
        )
        if mistake is None:
            return result
        findings = [f if f.warning else replace(f, mistake=mistake) for f in result.findings]
        return replace(result, findings=tuple(findings), diagnosis=mistake)


def _is_nameless(result: ExerciseResult, judgement: Judgement) -> bool:
    """Whether an exercise failed by itself and its mistake has no name."""
    failed = result.outcome in (Outcome.FAILED, Outcome.ERRORED) and judgement.trials
    return bool(failed) and not (result.diagnosis or result.blocked_by or judgement.own)


def is_final(report: Report) -> bool:
    """Whether grading again would give the same: neither the grader nor the machine failed."""
    return report.status is not Status.STOPPED and DISTURBED not in report.notes


def _failed(submission: Submission, assignment: str, error: Exception) -> Report:
    """The report where the grader itself failed: it is told, and no other submission pays for it."""
    known = isinstance(error, KitError)
    if not known:
        traceback.print_exception(error)
    reason = f"the grader failed: {error if known else f'{type(error).__name__}: {error}'}"
    return Report(submission.identity, assignment, Status.STOPPED, reason=reason)


def _stopped(plan: Plan, runs: Sequence[CellRun]) -> dict[str, tuple[Step, Failure]]:
    """The cell that stopped, by exercise; of several cells the last."""
    return {
        s.exercise: (s, r.failure)
        for s, r in zip(plan.steps, runs, strict=True)
        if r.failure and s.exercise
    }


def _with_cell(result: ExerciseResult, stopped: tuple[Step, Failure] | None) -> ExerciseResult:
    """A function that is missing because its cell stopped: say so, instead of "not defined".

    A cell that never ends costs its exercise, whatever it defined before.
    """
    if stopped is None:
        return result
    step, failure = stopped
    if result.outcome is not Outcome.MISSING and failure.stop is not Stop.TIMED_OUT:
        return result
    parts = tuple(replace(part, earned=0.0) for part in result.parts)
    reason = f"cell {step.number} stopped: {failure.text}"
    finding = Finding("The cell runs to its end.", reason, tuple(part.name for part in parts))
    outcome = CELL_OUTCOME[failure.stop]
    return ExerciseResult(
        result.exercise, result.title, outcome, parts, findings=(finding,), hint=result.hint
    )


def _cell_notes(plan: Plan, runs: Sequence[CellRun]) -> list[str]:
    """A note for each cell that stopped or wanted to start another program."""
    notes = []
    for step, run in zip(plan.steps, runs, strict=True):
        where = f"cell {step.number}" if step.number else "a provided cell"
        if SKIPPED in run.stdout:
            notes.append(f"{where}: {SKIPPED}")
        if run.failure:
            notes.append(f"{where} stopped: {run.failure.text}")
    return notes


def grade_class(
    grader: Grader, submissions: Sequence[Submission], jobs: int, done: Callable[[Report], None]
) -> Iterator[Report]:
    """Grade submissions with `jobs` workers side by side; yield reports in the order of the submissions.

    done: called with each report as it is finished, in whatever order, from the worker's thread.
    """

    def one(submission: Submission) -> Report:
        report = grader.grade(submission)
        done(report)
        return report

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            reports = pool.map(one, submissions)
        except RuntimeError as error:  # the system starts no more threads
            raise OSError(errno.EAGAIN, str(error), "grade") from None
        yield from reports
