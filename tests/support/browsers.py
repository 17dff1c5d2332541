"""Fixtures: one Chromium for the run, one guarded context for each test.

Playwright's synchronous API keeps an event loop running in the main thread until the run ends, so nothing after
the first browser test could use asyncio; `browser_tests_last` therefore moves these tests to the end.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import MISSING, find, launch_options
from tests.support.guard import Guard
from tests.support.missing import skip_or_fail

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
CONSOLE = {"viewport": {"width": 1280, "height": 900}}
WAIT_MS = 10_000


def browser_tests_last(items: list[pytest.Item]) -> None:
    """Mark every test that asks for the browser, and move these behind all others."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one headless Chromium for the whole run."""
    if find() is None:
        skip_or_fail(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**launch_options())
        yield started
        started.close()


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Collect what goes wrong in this test's pages and fail it at the end; `guard.allow(422)` expects a status."""
    watching = Guard()
    yield watching
    watching.check()


@pytest.fixture
def new_page(browser: Browser, guard: Guard) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a context of its own: `new_page(**PHONE, locale="zh-Hans")`."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**(options or CONSOLE))
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        guard.watch(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Open a guarded page of console size, 1280 by 900."""
    return new_page(**CONSOLE)


@pytest.fixture
def phone_page(new_page: Callable[..., Page]) -> Page:
    """Open a guarded page of phone size, 375 by 812, with touch."""
    return new_page(**PHONE)
