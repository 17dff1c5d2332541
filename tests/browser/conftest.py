"""Fixtures: one demo server for all browser tests of this folder, and the words to walk through it."""

from collections.abc import Iterator

import pytest

from tests.support.server_process import ServerProcess


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The demo world, served for the run."""
    with ServerProcess(tmp_path_factory.mktemp("demo")) as server:
        yield server
