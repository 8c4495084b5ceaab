"""One grader for each set of layers, for the whole run."""

from collections.abc import Iterator

import pytest

from tests.attacks.arena import Arenas


@pytest.fixture(scope="session")
def arenas() -> Iterator[Arenas]:
    """Graders by their layers; each is started when it is first asked for."""
    with Arenas() as started:
        yield started
