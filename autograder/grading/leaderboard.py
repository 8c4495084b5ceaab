"""How fast a student's `train` brings the network to 95 % on the digits: for a leaderboard, never for a grade.

Time is taken on the grader's clock around each epoch, and accuracy is counted here.  Pixels and classes are shuffled by
the course's secret seed, so that parameters brought along are of no use.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from autograder.grading.grade import Grader
from autograder.grading.judgements import run_steps
from autograder.student.data.mlp_sgd import load_digits
from autograder.student.model.exercises import Probe
from autograder.submissions.ingest import Submission, read_cells
from autograder.submissions.plan import make_plan

ASSIGNMENT, EXERCISE = "07_mlp_sgd", "train"
GOAL, MOST_EPOCHS = 0.95, 60
HIDDEN, RATE, BATCH = 32, 0.5, 32
EPOCH = Probe(f"{EXERCISE}(params, X, y, lr, 1, batch, seed)['params']", ("params",))
Arrays = Mapping[str, np.ndarray]


def training_seconds(grader: Grader, submission: Submission) -> float | None:
    """Seconds of training until 95 % of the digits kept back are read; None if that is never reached."""
    key = grader.keys[ASSIGNMENT]
    notebook = read_cells(submission, submission.read(), frozenset(key.checks))
    rng = np.random.default_rng(int(grader.seed_hash, 16))
    X, y, X_test, y_test = load_digits()
    pixels, classes = rng.permutation(X.shape[1]), rng.permutation(10)
    params: Arrays = {
        "W1": 0.1 * rng.normal(size=(X.shape[1], HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "W2": 0.1 * rng.normal(size=(HIDDEN, 10)),
        "b2": np.zeros(10),
    }
    seconds = 0.0
    with grader.sandbox.session(seed=0, limits=grader.limits) as session:
        steps = make_plan(notebook, key.source).steps
        run_steps(session, steps)
        for epoch in range(MOST_EPOCHS):
            given = {
                "params": params,
                "X": X[:, pixels],
                "y": classes[y],
                "lr": RATE,
                "batch": BATCH,
                "seed": epoch,
            }
            started = time.perf_counter()
            [answer] = session.answers(EPOCH, [given])
            seconds += time.perf_counter() - started
            trained = _params(answer.value, params)
            if trained is None:
                return None
            params = trained
            if _accuracy(params, X_test[:, pixels], classes[y_test]) >= GOAL:
                return seconds
    return None


def _params(value: object, before: Arrays) -> Arrays | None:
    """The parameters in an answer; None if they are not finite numbers in the shapes that they had."""
    if not isinstance(value, Mapping) or set(value) != set(before):
        return None
    found = {name: value[name] for name in before}
    right = all(
        isinstance(array, np.ndarray)
        and array.dtype.kind == "f"
        and array.shape == before[name].shape
        for name, array in found.items()
    )
    return found if right and all(np.isfinite(array).all() for array in found.values()) else None


def _accuracy(params: Arrays, X: np.ndarray, y: np.ndarray) -> float:
    """The share of images that the network reads rightly."""
    hidden = np.maximum(X @ params["W1"] + params["b1"], 0.0)
    return float(np.mean(np.argmax(hidden @ params["W2"] + params["b2"], axis=1) == y))
