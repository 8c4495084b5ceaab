"""Grade submissions: run each in a sandbox session of its own, judge it against the key, report.

Student failure is data.  One bad cell costs its own exercise, one bad submission never stops a class.
"""

from __future__ import annotations

import errno
import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

from autograder.course.schedule import Schedule
from autograder.errors import KitError, OutageError
from autograder.grading.answer_key import AnswerKey
from autograder.grading.diagnose import Diagnosed, diagnose, nameless
from autograder.grading.judgements import judge_all, run_steps
from autograder.grading.late import charge, is_over
from autograder.grading.provenance import limits_text, this_grader
from autograder.grading.repair import repair
from autograder.grading.store import GradeStore
from autograder.reports.packed import packed
from autograder.sandbox.pool import Limits, Sandbox
from autograder.sandbox.protocol import SKIPPED
from autograder.sandbox.session import CellRun, Session
from autograder.student.judging.judge import Judgement
from autograder.student.model.exercises import Failure, Stop
from autograder.student.model.results import (
    ExerciseResult,
    Finding,
    Identity,
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
NO_NAME = "the grader failed while it looked for the mistake's name; the grade counts without the name: report this"
CELL_OUTCOME = {
    Stop.RAISED: Outcome.ERRORED,
    Stop.TIMED_OUT: Outcome.TIMED_OUT,
    Stop.DIED: Outcome.ERRORED,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that was read and recognised: all that any process needs to run it.

    provenance: everything that its grade rests on.  seconds: what reading it took.
    """

    identity: Identity
    notebook: Notebook
    assignment: str
    provenance: Provenance
    seconds: float


@dataclass(frozen=True, slots=True)
class Grader:
    """What grading a submission needs: the answer keys by assignment, the sandbox, and the seed's hash.

    limits: of one submission, if not the sandbox's own.  store: where finished grades are kept, and found.  schedule:
    what lateness costs.  repair: seconds of CPU time in which to look for the change that would make a failed exercise
    right whose mistake has no name; 0 for not at all.  deadlines: when work is over, if not the schedule's.
    """

    keys: Mapping[str, AnswerKey]
    sandbox: Sandbox
    seed_hash: str
    limits: Limits | None = None
    store: GradeStore | None = None
    schedule: Schedule = field(default_factory=Schedule)
    repair: float = 0.0
    deadlines: Schedule | None = None

    def grade(self, submission: Submission, free_days: int = 0) -> Report:
        """Grade one submission, and charge what lateness costs.  Whatever it holds, this returns a report.

        free_days: those that the student has left.  Raises SandboxError if the sandbox does not start, GraderError if a
        hidden check cannot be drawn.
        """
        prepared = self.prepare(submission)
        report = prepared if isinstance(prepared, Report) else self.keep(self.run(prepared))
        return charge(report, submission, self.schedule, free_days)

    def prepare(self, submission: Submission) -> Prepared | Report:
        """Read a submission and recognise its assignment; its report if it cannot be read, or is in the store."""
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
            return failed_report(submission.identity, named_like(submission.name, self.keys), error)
        assignment, provenance = key.assignment.name, self._provenance(submission, data, key)
        stored = self.store.fetch(provenance, assignment) if self.store else None
        if stored:
            return replace(stored, identity=submission.identity)
        seconds = time.monotonic() - started
        return Prepared(submission.identity, notebook, assignment, provenance, seconds)

    def run(self, prepared: Prepared) -> Report:
        """Run a submission in the sandbox and judge it.  Neither the store nor lateness is looked at."""
        started = time.monotonic()
        key = self.keys[prepared.assignment]
        self.sandbox.start()
        list(key.checks)  # drawn now: what cannot be drawn is no fault of this submission
        try:
            report = self._run(prepared, key)
        except Exception as error:
            report = failed_report(prepared.identity, prepared.assignment, error)
        return replace(
            report,
            possible=key.assignment.checked,
            seconds=prepared.seconds + time.monotonic() - started,
            provenance=prepared.provenance,
        )

    def keep(self, report: Report) -> Report:
        """Keep the report of a run in the store, if it would be the same again."""
        if self.store and is_final(report):
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

    @property
    def _exercises(self) -> dict[str, list[str]]:
        """The names of each assignment's exercises."""
        return {name: [e.name for e in key.assignment.exercises] for name, key in self.keys.items()}

    def _run(self, prepared: Prepared, key: AnswerKey) -> Report:
        """Grade in a sandbox session.

        Begun anew if something outside killed or paused it, unless twice at the same request; all
        attempts share the time of one submission.
        """
        plan = make_plan(prepared.notebook, key.source)
        best, lost = None, OutageError("")
        seen: set[frozenset[int]] = set()
        with self.sandbox.session(seed=0, limits=self.limits) as session:
            for earlier in range(ATTEMPTS):
                try:
                    report = self._attempt(session, prepared.identity, plan, key)
                except OutageError as error:
                    lost = error
                else:
                    cut_short = earlier > 0 and session.over
                    if not session.disturbed and not cut_short:
                        return report
                    if best is None or report.earned >= best.earned:
                        best = report
                    if session.over or session.disturbed in seen:
                        break
                    seen.add(session.disturbed)
                session.restart()
        if best is None:
            raise lost
        return replace(best, notes=(*best.notes, DISTURBED))

    def _attempt(self, session: Session, identity: Identity, plan: Plan, key: AnswerKey) -> Report:
        runs = run_steps(session, plan.steps)
        stopped = _stopped(plan, runs)
        diagnosed: dict[str, Diagnosed] = {}
        judgements, late = judge_all(session, key)
        for exercise, judgement in judgements.items():
            found = self._diagnosed(identity, plan, key, judgement, diagnosed)
            diagnosed[exercise] = found
        results = tuple(_with_cell(d.result, stopped.get(name)) for name, d in diagnosed.items())
        notes = (*plan.notes, *_cell_notes(plan, runs), *late)
        return Report(identity, key.assignment.name, Status.GRADED, results, notes)

    def _diagnosed(
        self,
        identity: Identity,
        plan: Plan,
        key: AnswerKey,
        judgement: Judgement,
        before: Mapping[str, Diagnosed],
    ) -> Diagnosed:
        """The result with its mistake's name.  An error in the search for it is told, and costs the name alone."""
        found = Diagnosed(nameless(judgement.result), None)
        try:
            found = diagnose(key, judgement, before)
            if self.repair and not found.doubtful and _is_nameless(found.result, judgement):
                found = replace(found, result=self._repaired(plan, key, judgement, found.result))
        except OutageError:
            raise
        except Exception as error:
            error.add_note(f"{identity.student}, {found.result.exercise}: {NO_NAME}")
            traceback.print_exception(error)
        # A name says more than the exercise's first hint, which may be about something else.
        hint = "" if found.result.diagnosis else found.result.hint
        return replace(found, result=replace(found.result, hint=hint))

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
            told=is_over(self.deadlines or self.schedule, key.assignment.name),
        )
        if mistake is None:
            return result
        findings = [f if f.warning else replace(f, mistake=mistake) for f in result.findings]
        return replace(result, findings=tuple(findings), diagnosis=mistake)


def _is_nameless(result: ExerciseResult, judgement: Judgement) -> bool:
    """Whether an exercise failed by itself, with its process alive, and its mistake has no name."""
    failed = result.outcome in (Outcome.FAILED, Outcome.ERRORED) and judgement.trials
    answers = [answer for trial in judgement.trials for answer in trial.answers]
    # Code that ended its process, or ran too long, would do so again in the search.
    lost = any(each.failure and each.failure.stop is not Stop.RAISED for each in answers)
    return bool(failed) and not (lost or result.diagnosis or result.blocked_by or judgement.own)


def is_final(report: Report) -> bool:
    """Whether grading again would give the same: neither the grader nor the machine failed."""
    return report.status is not Status.STOPPED and DISTURBED not in report.notes


def failed_report(identity: Identity, assignment: str, error: Exception) -> Report:
    """The report where the grader itself failed: it is told, and no other submission pays for it."""
    known = isinstance(error, KitError)
    if not known:
        traceback.print_exception(error)
    reason = f"the grader failed: {error if known else f'{type(error).__name__}: {error}'}"
    return Report(identity, assignment, Status.STOPPED, reason=reason)


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

    waiting: Iterator[tuple[int, Submission]] = iter(enumerate(submissions))
    reports: dict[int, Report] = {}
    one_at_a_time = Lock()

    def work() -> None:
        while True:
            with one_at_a_time:
                number, submission = next(waiting, (-1, None))
            if submission is None:
                return
            report = packed(grader.grade(submission))
            done(report)
            reports[number] = report

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            workers = [pool.submit(work) for _ in range(min(jobs, len(submissions)))]
        except RuntimeError as error:  # the system starts no more threads
            raise OSError(errno.EAGAIN, str(error), "grade") from None
        try:
            for worker in wait(workers, return_when=FIRST_EXCEPTION).done:
                worker.result()
        except BaseException:  # as when somebody interrupts it
            with one_at_a_time:
                waiting = iter(())
            grader.sandbox.give_up_start()
            raise
    yield from (reports[number] for number in range(len(submissions)))
