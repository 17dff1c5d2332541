"""What no page may do in any test: log an error, break its content policy, miss a file, or call another host."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Response, Route

OWN_HOSTS = ("127.0.0.1", "localhost", "::1")
OWN_SCHEMES = ("data", "blob", "about")
# Chromium also logs every answer of 400 and above as an error; those are judged by their status instead.
ANSWER_NOTE = "Failed to load resource: the server responded with a status of"


class Guard:
    """Watches browser contexts; everything wrong is in `failures`, as sentences."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.allowed: set[int] = set()

    def allow(self, *statuses: int) -> None:
        """Expect these HTTP statuses in this test, where a refusal is what it is about."""
        self.allowed.update(statuses)

    def watch(self, context: BrowserContext) -> None:
        """Watch every page that this context opens, popups included."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.failures.append(f"uncaught error: {error.error}"))
        context.on("response", self._response)
        context.route(is_foreign, self._foreign)

    def check(self) -> None:
        """Fail the test if anything went wrong."""
        if self.failures:
            pytest.fail("the page misbehaved:\n  " + "\n  ".join(self.failures), pytrace=False)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWER_NOTE):
            self.failures.append(f"console error: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.failures.append(f"HTTP {response.status}: {response.request.method} {response.url}")

    def _foreign(self, route: Route) -> None:
        self.failures.append(f"request to another host: {route.request.url}")
        route.abort()


def is_foreign(url: str) -> bool:
    """Tell whether an address leads off this machine."""
    parts = urlsplit(url)
    return parts.scheme not in OWN_SCHEMES and parts.hostname not in OWN_HOSTS
