"""The kit's own checker, as the table's other rows are written."""

from __future__ import annotations

from autograder.student.gradcheck.check_gradient import check_gradient
from benchmarks.corpus.subject import Candidate, Loss


def own_verdict(candidate: Candidate, f: Loss) -> tuple[str, str]:
    """Verdict from slopes alone, and the name given to the mistake."""
    subject = candidate.subject
    report = check_gradient(f, subject.x, candidate.make(), sizes=subject.sizes)
    return report.verdict.value, report.mistake.name if report.mistake else ""


def own_verdict_with_reference(candidate: Candidate, f: Loss) -> tuple[str, str]:
    """The same where the right gradient is known, as in the grader."""
    subject = candidate.subject
    report = check_gradient(
        f,
        subject.x,
        candidate.make(),
        reference=subject.gradient,
        terms=subject.terms,
        sizes=subject.sizes,
    )
    return report.verdict.value, report.mistake.name if report.mistake else ""
