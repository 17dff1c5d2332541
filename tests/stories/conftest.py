"""The payment provider of the stories: one real process for a file's stories, which use numbers of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.provider_process import ProviderProcess

RETRY_QUICKLY = ("--retry-ms", "50,50,100,100,200", "--hold-ms", "1500")


@pytest.fixture(scope="module")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    folder: Path = tmp_path_factory.mktemp("provider")
    provider = ProviderProcess(folder, RETRY_QUICKLY).start()
    yield provider
    assert provider.stop() == 0
    assert "Traceback" not in provider.log_text


@pytest.fixture
def local_provider(provider_process: ProviderProcess) -> Iterator[ProviderProcess]:
    """The provider; it forgets how it was told to behave."""
    yield provider_process
    provider_process.behave(reset=True)
