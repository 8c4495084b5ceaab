"""Special arrays together fulfil every condition on arrays, whatever the seed and for small arrays too."""

import numpy as np
import pytest

from autograder.authoring.gate.predicates import OF_ARRAYS
from autograder.student.model.special import KINDS, every_kind, special


@pytest.mark.parametrize("n", [6, 10, 24])
def test_some_kind_fulfils_each_condition(n):
    for seed in range(50):
        arrays = [special(kind, np.random.default_rng(seed), n) for kind in KINDS]
        missing = [w for w, holds in OF_ARRAYS.items() if w != "one element" and not any(map(holds, arrays))]
        assert missing in ([], ["a large value"]) if n < 8 else missing == [], (seed, missing)


def test_every_input_meets_every_kind():
    cases = every_kind(np.random.default_rng(1), {"a": (2, 5), "b": (10,)})
    assert len(cases) == len(KINDS)
    for name, shape in (("a", (2, 5)), ("b", (10,))):
        assert {case[name].shape for case in cases} == {shape}
        for what, holds in OF_ARRAYS.items():
            assert what == "one element" or any(holds(case[name]) for case in cases), what
