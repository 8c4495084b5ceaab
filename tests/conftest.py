"""Fixtures that several test files share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from autograder.sandbox.pool import Sandbox

# Where a test does not say how many examples it wants: what comes from a hostile process deserves many.
settings.register_profile("quick", max_examples=500, deadline=None)
settings.register_profile("ci", max_examples=10_000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "quick")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for the whole run: its zygote takes a second or two to start."""
    with Sandbox() as started:
        yield started
