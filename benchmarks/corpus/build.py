"""All subjects and candidates, the same every time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.corpus import formulas, graphs, networks
from benchmarks.corpus.mistakes import candidates
from benchmarks.corpus.subject import Candidate, Kind, Subject, rescaled

SCALES = ((1e-6, 1.0), (1e6, 1.0), (1.0, 1e-6), (1.0, 1e6), (1e3, 1e-3))
SEED = 20


def subjects() -> list[Subject]:
    """Every function at every point and scale."""
    rng = np.random.default_rng(SEED)
    made = [*formulas.subjects(rng), *networks.subjects(rng), *graphs.subjects(rng)]
    scaled = [
        rescaled(s, *SCALES[i % len(SCALES)])
        for i, s in enumerate(made)
        if s.parameters <= 600 and i % 2
    ]
    return (
        made
        + scaled
        + [_single(s) for s in made if s.family in SINGLES and s.place in ("ordinary", "relu")]
    )


SINGLES = (
    "matmul",
    "neuron",
    "sigmoid",
    "affine, tanh",
    "softmax cross-entropy",
    "MLP",
    "residual block",
)


def _single(subject: Subject) -> Subject:
    """The same with float32 inputs: a right gradient has float32's rounding, and so may the student's."""
    x = {name: value.astype(np.float32) for name, value in subject.x.items()}

    def rounded(**x: np.ndarray) -> dict[str, object]:
        return {name: np.asarray(g).astype(np.float32) for name, g in subject.gradient(**x).items()}

    def exact(**x: np.ndarray) -> dict[str, object]:
        return subject.gradient(**{name: value.astype(np.float64) for name, value in x.items()})

    return Subject(
        subject.family,
        f"{subject.place}, float32",
        subject.f,
        exact,
        x,
        others={"in float32": rounded},
        own={
            "twice, in float32": (
                lambda **x: {n: 2 * np.asarray(g) for n, g in rounded(**x).items()},
                "factor 2",
            )
        },
        sizes=subject.sizes,
    )


def corpus(every: int = 1) -> Iterator[Candidate]:
    """All candidates, or every n-th of them: a sample over all families."""
    rng = np.random.default_rng(SEED + 1)
    number = 0
    for subject in subjects():
        with np.errstate(all="ignore"):
            made = list(candidates(subject, rng))
        for candidate in made:
            if number % every == 0:
                yield candidate
            number += 1


def counted(candidates: list[Candidate]) -> dict[Kind, int]:
    """How many candidates there are of each kind."""
    return {kind: sum(c.kind is kind for c in candidates) for kind in Kind}
