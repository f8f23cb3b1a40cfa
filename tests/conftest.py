"""Shared by all tests. That this file stands here lets any of them `import worlds, property`."""

import pytest
from worlds import lively


@pytest.fixture(scope="session")
def busy():
    """Return a scenario of 300 people in which every process and mechanism is at work."""
    return lively(population__size=300)
