"""Scenes are recorded once for all tests of this folder."""

import pytest

from tests.sim.scenes import Scene, record


@pytest.fixture(scope="session")
def scenes() -> dict[str, Scene]:
    """A scene for every command, by its name."""
    return record()
