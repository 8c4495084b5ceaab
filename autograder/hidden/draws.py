"""Hidden inputs that more than one notebook draws."""

import numpy as np


def numbers(rng: np.random.Generator, n: int) -> list[float]:
    """n numbers of both signs, no two of the same size, none near 0 or 1 or of the size of a slide's number."""
    sizes = 0.3 + 0.5 * (np.arange(n) + rng.uniform(0.2, 0.8, n)) / n
    return [float(v) for v in rng.permutation(sizes) * rng.choice([-1.0, 1.0], n)]
