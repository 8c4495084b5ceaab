"""The kit's own checker, as the table's other rows are written."""

from __future__ import annotations

import numpy as np

from autograder.student.slopes import UnmeasurableError, measure
from benchmarks.corpus.rivals import RIGHT, UNDECIDED, WRONG
from benchmarks.corpus.subject import Candidate, Loss


def own_verdict(candidate: Candidate, f: Loss) -> tuple[str, str]:
    """Verdict, and the name given to the mistake."""
    x = candidate.subject.x
    got, verdict = candidate.make()(**x), RIGHT
    for name in x:
        value = np.asarray(got[name], float) if name in got else np.zeros((0, 0))
        if value.shape != x[name].shape or not np.isfinite(value).all():
            return WRONG, ""
        try:
            slope = measure(lambda points: [np.asarray(f(**point)) for point in points], x, name, np.ones(()))
        except UnmeasurableError:
            verdict = UNDECIDED
            continue
        if slope.disagrees(value).any():
            return WRONG, ""
        verdict = UNDECIDED if slope.undecided() else verdict
    return verdict, ""
