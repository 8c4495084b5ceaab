"""Data of notebook 7: real handwritten digits, and a spiral that is drawn here.

mlp_sgd.npz holds 1797 images of handwritten digits and what they show: images, (1797, 8, 8) uint8, the
brightness from 0 to 16; labels, (1797,) uint8, the digit.

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, 1998, https://doi.org/10.24432/C50P49.  These are the images of its test set, as
scikit-learn ships them.
Licence: Creative Commons Attribution 4.0 International, https://creativecommons.org/licenses/by/4.0/.
Changed here: the format of the file only.

How it was made, once, from sklearn/datasets/data/digits.csv.gz of scikit-learn 1.9.1 (SHA-256
09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22):

    rows = np.loadtxt("digits.csv.gz", delimiter=",").astype(np.uint8)
    np.savez_compressed("mlp_sgd.npz", images=rows[:, :-1].reshape(-1, 8, 8), labels=rows[:, -1])

The images stand in the order in which they were collected, writer by writer.  `load_digits` keeps 360
back for testing, drawn at random once, so that all writers occur in both parts.  A network meets no
new handwriting in such a test: with the last 360 kept back instead, about 91 of 100 digits are read,
not 97 or 98.
"""

from __future__ import annotations

from functools import cache
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
    """Read the 1797 handwritten digits: X_train (1437, 64), y_train (1437,), X_test (360, 64), y_test (360,).

    X holds 8x8 images as rows of float64 in [0, 1], y the digits 0 to 9 as integers.  The split is always the same.
    Source and licence: above.
    """
    X_train, y_train, X_test, y_test = _digits()
    return X_train.copy(), y_train.copy(), X_test.copy(), y_test.copy()


@cache
def _digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The digits as they are read, once in a process."""
    with (resources.files(__package__) / "mlp_sgd.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"]
    X = images.reshape(len(images), -1) / BRIGHTEST
    y = labels.astype(np.int64)
    order = np.random.default_rng(ORDER).permutation(len(X))
    train, test = order[:-TESTS], order[-TESTS:]
    return X[train], y[train], X[test], y[test]


def make_spiral(each: int, arms: int, seed: int) -> Labelled:
    """Draw a spiral: X (each * arms, 2), points in the plane; y (each * arms,), the arm that each belongs to."""
    rng = np.random.default_rng(seed)
    radius = np.tile(np.linspace(0.05, 1, each), arms)
    y = np.repeat(np.arange(arms), each)
    angle = TURN * radius + 2 * np.pi * y / arms + STRAY * rng.normal(size=len(y))
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), y
