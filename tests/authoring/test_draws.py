"""What hidden draws promise holds by construction, for every seed."""

import numpy as np
import pytest

from autograder.hidden.draws import signed


@pytest.mark.parametrize("shape", [(), (1,), (2,), (3,), (2, 3), (2, 3, 4)])
def test_signed_numbers_keep_their_bounds_and_differ_in_size(shape):
    for seed in range(200):
        drawn = signed(np.random.default_rng(seed), shape, 0.5, 1.5)
        sizes = np.abs(drawn)
        assert drawn.shape == shape
        assert sizes.min() > 0.5 and sizes.max() < 1.5
        assert len(np.unique(sizes)) == sizes.size


def test_three_numbers_or_more_are_never_all_of_one_sign():
    for seed in range(200):
        drawn = signed(np.random.default_rng(seed), 3, 0.5, 1.5)
        assert drawn.min() < 0 < drawn.max()


def test_two_numbers_take_all_four_pairs_of_signs():
    drawn = [np.sign(signed(np.random.default_rng(seed), 2, 0.5, 1.5)) for seed in range(50)]
    assert len({tuple(pair) for pair in drawn}) == 4
