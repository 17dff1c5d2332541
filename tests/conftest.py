"""Fixtures that every test may ask for; each group lives in a module of its own under tests/support."""

import pytest
import structlog

from tests.support.browsers import browser, browser_tests_last, guard, new_page, page, phone_page
from tests.support.databases import database_url, postgres, postgres_url, sqlite_url
from tools.catalogues import compile_stale

__all__ = [
    "anyio_backend",
    "browser",
    "database_url",
    "guard",
    "new_page",
    "page",
    "phone_page",
    "postgres",
    "postgres_url",
    "sqlite_url",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Undo what an earlier test said of logs, such as a command that was run to be quiet."""
    structlog.reset_defaults()


def pytest_configure() -> None:
    """Bring the message catalogues up to date, so that no test sees yesterday's translation."""
    compile_stale()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last."""
    browser_tests_last(items)
