"""Run every checker on every candidate, and count false alarms and misses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.corpus.own import own_verdict, own_verdict_with_reference
from benchmarks.corpus.rivals import RIVALS, UNDECIDED, WRONG, verdict_of
from benchmarks.corpus.subject import Candidate, Kind

OWN = "this kit"
Judge = Callable[[Candidate, Callable[..., float]], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one checker said of one candidate, at what price."""

    candidate: Candidate
    message: str
    named: str
    evaluations: int

    @property
    def missed(self) -> bool:
        """Whether a wrong gradient was not called wrong; undecided is not enough."""
        return self.candidate.kind not in (Kind.RIGHT, Kind.NUMERIC) and self.message != WRONG

    @property
    def named_rightly(self) -> bool:
        """Whether the name given is the candidate's."""
        return bool(self.named) and any(
            self.named.startswith(r) for r in self.candidate.relation.split("|") if r
        )


JUDGES: dict[str, Judge] = {
    **{name: lambda c, f, rule=rule: (verdict_of(rule, c, f), "") for name, rule in RIVALS.items()},
    OWN: own_verdict,
    f"{OWN}, with the reference": own_verdict_with_reference,
}


def judged(judge: Judge, candidates: Iterable[Candidate]) -> list[Verdict]:
    """One checker's verdicts."""
    verdicts = []
    with np.errstate(all="ignore"):
        for candidate in candidates:
            calls = 0

            def f(candidate: Candidate = candidate, **x: np.ndarray) -> float:
                nonlocal calls
                calls += 1
                return candidate.subject.f(**x)

            said, named = judge(candidate, f)
            verdicts.append(Verdict(candidate, said, named, calls))
    return verdicts


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table, in percent."""

    false_alarms: float
    undecided: float
    missed: dict[Kind, float]
    evaluations: float
    named_where_simple: float
    named_of_all: float
    named_wrongly: float


def score(verdicts: Sequence[Verdict]) -> Score:
    """Count one checker's verdicts."""
    right = [v for v in verdicts if v.candidate.kind is Kind.RIGHT]
    wrong = [v for v in verdicts if v.candidate.kind in (Kind.VALUE, Kind.TINY, Kind.FORM)]
    simple = [v for v in wrong if v.candidate.relation.partition("|")[0]]
    named = [v for v in wrong if v.named]
    return Score(
        _percent(right, lambda v: v.message == WRONG),
        _percent(right, lambda v: v.message == UNDECIDED),
        {
            kind: _percent([v for v in verdicts if v.candidate.kind is kind], lambda v: v.missed)
            for kind in Kind
        },
        float(np.median([v.evaluations for v in verdicts])),
        _percent(simple, lambda v: v.named_rightly),
        _percent(wrong, lambda v: v.named_rightly),
        100 * sum(not v.named_rightly for v in named) / max(1, len(wrong)),
    )


def _percent(verdicts: Sequence[Verdict], of: Callable[[Verdict], bool]) -> float:
    return 100 * sum(map(of, verdicts)) / max(1, len(verdicts))
