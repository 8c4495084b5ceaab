"""Data of notebook 7: real handwritten digits, and a spiral that is drawn here."""

from __future__ import annotations

from importlib import resources

import numpy as np

# How many images are kept back for testing, and which: the last ones in an order drawn once.  The
# digits stand in turns of ten, so that every fifth image would show the same few.
TESTS, ORDER = 360, 1
# The brightest pixel of a digit.
BRIGHTEST = 16
# How far an arm of the spiral turns, in radians, and how far its points stray from it.
TURN, STRAY = 4.0, 0.2

Labelled = tuple[np.ndarray, np.ndarray]


def load_digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read the 1797 handwritten digits: X_train (1437, 64), y_train (1437,), X_test (360, 64),
    y_test (360,).

    X holds 8x8 images as rows of float64 in [0, 1], y the digits 0 to 9 as integers.  The split is always the same.
    Source and licence: mlp_sgd.md, in this folder.
    """
    with (resources.files(__package__) / "mlp_sgd.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    X = images.reshape(len(images), -1) / BRIGHTEST
    y = labels.astype(np.int64)
    order = np.random.default_rng(ORDER).permutation(len(X))
    train, test = order[:-TESTS], order[-TESTS:]
    return X[train], y[train], X[test], y[test]


def make_spiral(each: int, arms: int, seed: int) -> Labelled:
    """Draw a spiral: X (each * arms, 2), points in the plane; y (each * arms,), the arm that each
    belongs to."""
    rng = np.random.default_rng(seed)
    radius = np.tile(np.linspace(0.05, 1, each), arms)
    y = np.repeat(np.arange(arms), each)
    angle = TURN * radius + 2 * np.pi * y / arms + STRAY * rng.normal(size=len(y))
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), y
